package gateway

import (
	"context"
	"slices"

	"redress/server/store"
	"redress/syncproto"
	"redress/syncproto/rules"
	"redress/syncproto/session"
)

// grants is a session's part in handing out authority: what its person should have is
// issued by entries, and offered to the desk until it has taken it.
type grants struct {
	asked    bool
	month    syncproto.Month
	policy   uint32
	accounts []syncproto.Ref
}

// pass issues what the desk should have, once a session and again when a month begins, a
// new policy is in force or the account changed, and offers it.
func (g *grants) pass(ctx context.Context, c *Conversation, now syncproto.Instant) []session.ServerInput {
	ref := c.hub.ledger.Reference()
	month := syncproto.MonthOf(now)
	if c.ready.Person.IsZero() || c.ready.HandIn || g.asked && g.month == month && g.policy == ref.Policy.Number {
		return nil
	}
	g.asked, g.month, g.policy = true, month, ref.Policy.Number
	g.accounts = rules.Accounts(c.ready.Person, now, ref)
	intents := rules.WhenConnected(c.ready.Person, c.ready.Device, c.ready.Incarnation, now, ref)
	if len(intents) > 0 {
		if err := c.own(ctx, now, intents...); err != nil {
			c.hub.log.Error().Err(err).Stringer("device", c.ready.Device).Msg("grants could not be issued")
			g.asked = !store.Passing(err) // asked again at the next Pass; what there is can be read meanwhile
			return nil
		}
	}
	offer, err := g.offer(ctx, c)
	if err != nil {
		c.hub.log.Error().Err(err).Stringer("device", c.ready.Device).Msg("grants could not be offered")
	}
	return offer
}

// concerns says that a delta changed one of the accounts.
func (g *grants) concerns(documents []syncproto.Document) bool {
	return slices.ContainsFunc(documents, func(d syncproto.Document) bool { return slices.Contains(g.accounts, d.Ref) })
}

// offer is what was issued to this incarnation and is not taken yet.
func (g *grants) offer(ctx context.Context, c *Conversation) ([]session.ServerInput, error) {
	var signed []syncproto.SignedGrant
	err := c.hub.store.View(ctx, func(v *store.View) error {
		for _, account := range g.accounts {
			doc, there, err := v.Document(account)
			if err != nil || !there {
				return err
			}
			body, err := rules.ReadBody(account.Kind, doc.Body)
			if err != nil {
				return err
			}
			for _, grant := range rules.Offered(account, body, c.ready.Incarnation) {
				signed = append(signed, syncproto.SignGrant(grant, c.hub.ledger.Identity().ServerKey))
			}
		}
		return nil
	})
	if err != nil || len(signed) == 0 {
		return nil, err
	}
	return []session.ServerInput{session.Offered{Grants: signed}}, nil
}
