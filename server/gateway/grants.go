package gateway

import (
	"context"
	"slices"

	"redress/server/store"
	"redress/syncproto"
	"redress/syncproto/rules"
	"redress/syncproto/session"
)

// grants is a session's part in handing out authority: what its person's connected desks
// should have is issued, and what one should not keep is asked back, by entries; what was
// issued to this desk is offered until it has taken it.
type grants struct {
	asked    bool
	policy   uint32
	accounts []syncproto.Ref
}

// pass issues and asks once a session, and again when a month or its last days begin, a new
// policy is in force, an account changed, or another desk of the person came or went; then
// it offers. A desk that is still handing in what it did offline waits with it: until then
// nobody knows what it has left.
//
// The command decides for all desks of the person at once. Where there is nothing to do it
// leaves no entry, so what it changed wakes the sessions once more and they come to rest.
func (g *grants) pass(ctx context.Context, c *Conversation, now syncproto.Instant) []session.ServerInput {
	if c.ready.Person.IsZero() || !c.hub.hasCaught(c) || c.hub.Restoring() {
		return nil
	}
	if err := c.hub.report(ctx, c, now); err != nil {
		c.hub.log.Error().Err(err).Stringer("device", c.ready.Device).Msg("frozen accounts could not be released")
		return nil
	}
	if c.ready.HandIn {
		return nil
	}
	ref := c.hub.ledger.Reference()
	frozen := func(account syncproto.Ref) bool { return c.hub.frozen(c.ready.Person, account, now) }
	accounts := slices.DeleteFunc(rules.Accounts(c.ready.Person, now, ref), frozen)
	if again := c.regranted(); g.asked && !again && g.policy == ref.Policy.Number && slices.Equal(g.accounts, accounts) {
		return nil
	}
	g.asked, g.policy, g.accounts = true, ref.Policy.Number, accounts
	intents := rules.WhenConnected(c.ready.Person, c.connected(), c.hub.together(c.ready.Person), now, ref)
	intents = slices.DeleteFunc(intents, func(i syncproto.Intent) bool { return frozen(i.Subject) })
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

// offer is what was issued to this incarnation and is not taken yet; nothing, where the device was
// revoked since its session began. A grant is sent only when the copy of the log holds its entry
// (design §4): a restore to that copy forgets none. What the copy does not hold yet is offered when
// it does.
func (g *grants) offer(ctx context.Context, c *Conversation) ([]session.ServerInput, error) {
	if c.hub.Restoring() {
		return nil, nil
	}
	var signed []syncproto.SignedGrant
	err := c.hub.store.View(ctx, func(v *store.View) error {
		for _, account := range g.accounts {
			doc, there, err := v.Document(account)
			if err != nil {
				return err
			}
			if !there {
				continue // nothing was issued of that month
			}
			if !c.hub.copied(c, doc.Seq) {
				continue
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
	if err != nil || len(signed) == 0 || c.revokedNow() { // asked after the reading, which may have begun before
		return nil, err
	}
	return []session.ServerInput{session.Offered{Grants: signed}}, nil
}

// copied says that the copy holds the log up to there. Where it does not, the session looks
// anew when it does.
func (h *Hub) copied(c *Conversation, seq uint64) bool {
	if h.Copy == nil || h.Copy.Mark() >= seq {
		return true
	}
	h.mutex.Lock()
	defer h.mutex.Unlock()
	if h.Copy.Mark() >= seq { // it came meanwhile, and nobody would say so
		return true
	}
	h.awaiting[c] = max(h.awaiting[c], seq)
	return false
}

// Marked has the sessions look anew whose grants the copy holds now.
func (h *Hub) Marked(mark uint64) {
	h.mutex.Lock()
	defer h.mutex.Unlock()
	for c, seq := range h.awaiting {
		if seq <= mark {
			delete(h.awaiting, c)
			c.regrant()
		}
	}
}

// connected is the session as the rules know it.
func (c *Conversation) connected() rules.Connected {
	return rules.Connected{Device: c.ready.Device, Incarnation: c.ready.Incarnation}
}

// regrant has the session look anew at what its person's desks should have.
func (c *Conversation) regrant() {
	c.mutex.Lock()
	defer c.mutex.Unlock()
	c.again = true
	c.wake()
}

// regranted says whether it was asked to, once.
func (c *Conversation) regranted() bool {
	c.mutex.Lock()
	defer c.mutex.Unlock()
	again := c.again
	c.again = false
	return again
}

// hasCaught says that all the session's desk did offline is decided. Of a session that is over, or was
// replaced in this very moment, nobody knows.
func (h *Hub) hasCaught(c *Conversation) bool {
	h.mutex.Lock()
	defer h.mutex.Unlock()
	_, behind := h.behind[c]
	return !behind && h.open[c.ready.Incarnation] == c
}

// together are the desks of a person that are connected and have handed in all they did
// offline, in one order. Only the person's own sessions are interested in the person's
// bucket.
func (h *Hub) together(person syncproto.ID) []rules.Connected {
	h.mutex.Lock()
	defer h.mutex.Unlock()
	var all []rules.Connected
	for c := range h.interested[person] {
		if _, behind := h.behind[c]; !behind {
			all = append(all, c.connected())
		}
	}
	slices.SortFunc(all, func(a, b rules.Connected) int { return slices.Compare(a.Incarnation[:], b.Incarnation[:]) })
	return all
}

// left has the other desks of a person look anew after one has gone. The hub is locked.
func (h *Hub) left(person syncproto.ID) {
	for c := range h.interested[person] {
		c.regrant()
	}
}
