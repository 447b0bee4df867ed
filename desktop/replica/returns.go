package replica

import (
	"context"
	"errors"
	"fmt"
	"slices"

	"redress/syncproto"
	"redress/syncproto/rules"
)

// ReturnGrants gives back what the accounts held here ask of this device, of each grant at
// most what the device has left: one command an account, kept in the transaction that
// subtracts. Where nothing is asked, or all that was is under way, it does nothing. What
// the device keeps stays usable, also where the line is cut before the command arrived
// (design §5, Return). newID makes the ids of the commands.
func (r *Replica) ReturnGrants(ctx context.Context, at syncproto.Reading, newID func() syncproto.ID) error {
	accounts, err := r.asking(ctx)
	if err != nil || len(accounts) == 0 {
		return err
	}
	return r.commit(ctx, "giving back grants", func(c *change) error {
		for _, account := range accounts {
			if err := c.giveBack(account, Moment{ID: newID(), Reading: at}); err != nil {
				return err
			}
		}
		return nil
	})
}

// asking are the accounts that ask this device for something, as they are shown here: what
// is under way is not asked any more.
func (r *Replica) asking(ctx context.Context) ([]syncproto.Ref, error) {
	grants, err := r.GrantsLeft(ctx)
	if err != nil {
		return nil, err
	}
	var seen, asking []syncproto.Ref
	for _, g := range grants {
		account := g.Grant.Account
		if !g.Usable || g.Left <= 0 || slices.Contains(seen, account) {
			continue
		}
		seen = append(seen, account)
		doc, held, err := r.Document(ctx, account)
		if err != nil {
			return nil, err
		}
		if held && len(rules.AskedBack(doc.Body, r.self.Load().incarnation)) > 0 {
			asking = append(asking, account)
		}
	}
	return asking, nil
}

// giveBack answers what an account asks. A grant of which the server once refused to take
// anything back is left alone: asked again, it would only be used up.
func (c *change) giveBack(account syncproto.Ref, m Moment) error {
	doc, err := c.shown(account)
	if err != nil {
		return err
	}
	var shares, given []syncproto.Share
	for _, asked := range rules.AskedBack(doc.Body, c.self.incarnation) {
		grant, refused, err := c.returnable(asked.Grant)
		if err != nil {
			return err
		}
		part := min(asked.Amount, grant.Left)
		if refused || !grant.Usable || part <= 0 {
			continue
		}
		shares = append(shares, syncproto.Share{Grant: asked.Grant, Amount: part})
		given = append(given, syncproto.Share{Grant: asked.Grant, Amount: grant.Given + part})
	}
	if len(shares) == 0 {
		return nil
	}
	intent, err := rules.ReturnGrants(doc.Body, shares, given)
	if err != nil {
		return fmt.Errorf("giving back grants: %w", err)
	}
	var refusal *Refusal
	if _, err = c.queue(intent, "", m); errors.As(err, &refusal) {
		return nil // this file must first be vouched for, or the policy lets nobody answer yet
	}
	return err
}

// returnable is a grant of this device, and whether the server refused a Return of it. A
// grant that is not known here, as in a file set back, or cannot be read, is one without anything left.
func (c *change) returnable(id syncproto.ID) (grant GrantLeft, refused bool, err error) {
	var known, times int
	if err := c.row(`SELECT count(*) FROM grants WHERE id = ?`, id[:]).Scan(&known); err != nil || known == 0 {
		return GrantLeft{}, false, err
	}
	grant, _, err = scanGrant(c.row(selectGrants+` WHERE g.id = ?`, id[:]), c.self)
	if errors.Is(err, errDamaged) {
		return GrantLeft{}, false, nil
	}
	if err != nil {
		return GrantLeft{}, false, fmt.Errorf("reading what is left of a grant: %w", err)
	}
	err = c.row(`SELECT count(*) FROM charge c JOIN outbox o ON o.id = c.command WHERE c.grant_id = ? AND o.kind = ? AND o.outcome = ?`,
		id[:], syncproto.CommandReturnGrant, syncproto.Rejected).Scan(&times)
	return grant, times > 0, err
}
