package redress_test

import (
	"errors"

	"redress/desktop/replica"
	"redress/server/store"
	"redress/syncproto"
	"redress/syncproto/authority"
	"redress/syncproto/claim"
	"redress/syncproto/rules"
)

// What the drills hold a server to, as its files say it.

// lacks are the promised commands that the server has not.
func (r *ring) lacks(promised map[syncproto.ID]promise) map[syncproto.ID]bool {
	r.t.Helper()
	lacking, ids := map[syncproto.ID]bool{}, make([]syncproto.ID, 0, len(promised))
	for id := range promised {
		ids, lacking[id] = append(ids, id), true
	}
	r.view(func(v *store.View) error {
		return v.Commands(ids, func(c store.Command) { delete(lacking, c.ID) })
	})
	return lacking
}

// logged are all entries of the log, by their commands.
func (r *ring) logged() map[syncproto.ID][]record {
	r.t.Helper()
	all := map[syncproto.ID][]record{}
	r.view(func(v *store.View) error {
		for after := uint64(0); ; {
			entries, err := v.Entries(after, 1000)
			if err != nil || len(entries) == 0 {
				return err
			}
			for _, e := range entries {
				var one record
				if err := errors.Join(syncproto.Decode(e.Header, &one.Header), syncproto.Decode(e.Payload, &one.Payload)); err != nil {
					return err
				}
				_ = syncproto.Decode(one.Command.Intent, &one.intent) // what says nothing is rejected, and on record too
				all[one.intent.ID] = append(all[one.intent.ID], one)
				after = one.Seq
			}
		}
	})
	return all
}

// keptTo: each command that was promised is in the log once, and has ended as it had, or waits
// for a person; it returns how many do. What was forgotten was decided by what had been told of it.
func (r *ring) keptTo(promised map[syncproto.ID]promise, forgotten map[syncproto.ID]bool) (parked int) {
	r.t.Helper()
	logged := r.logged()
	for id, was := range promised {
		entries := logged[id]
		if len(entries) == 0 {
			r.t.Errorf("%v of %s was acknowledged and is lost", id, was.desk.person.Login)
			continue
		}
		finals := 0
		for _, e := range entries {
			if e.Outcome != syncproto.Parked {
				finals++
			}
		}
		is := entries[len(entries)-1]
		waits := is.Outcome == syncproto.Parked && len(is.Findings) > 0 && is.Findings[0].Code.WaitsForPerson()
		if waits {
			parked++
		}
		if finals > 1 || is.Outcome != was.outcome && was.outcome != syncproto.Parked && !waits {
			r.t.Errorf("%v (%v) of %s was told to be %v; in the log it has %d ends, the last %v %v", id, is.intent.Kind, was.desk.person.Login, was.outcome, finals, is.Outcome, is.Findings)
		}
		if forgotten[id] && entries[0].First.IsZero() {
			r.t.Errorf("%v (%v) of %s was decided as if it were new", id, is.intent.Kind, was.desk.person.Login)
		}
	}
	return parked
}

// withinLimits: of no account more is spent and reserved than the limit in force, and none ever
// was overdrawn. It returns what was spent of all.
func (r *ring) withinLimits() (spent syncproto.Fen) {
	r.t.Helper()
	for _, b := range r.accounts() {
		spent += b.Spent()
		if b.Over() > 0 || b.Breaches > 0 {
			r.t.Errorf("the account of %v of %v is overdrawn by %v, %d times: spent %v and reserved %v of %v", b.Manager, b.Month, b.Over(), b.Breaches, b.Spent(), b.Reserved(), b.InForce())
		}
	}
	if spent == 0 {
		r.t.Error("nothing was spent: of the accounts nothing is shown")
	}
	return spent
}

// accounts are all there are.
func (r *ring) accounts() (all []authority.Body) {
	r.t.Helper()
	r.view(func(v *store.View) error {
		return v.EveryOfKind(syncproto.KindAccount, func(d store.Document) error {
			body, err := rules.ReadBody(d.Ref.Kind, d.Body)
			if b, is := body.(authority.Body); is {
				all = append(all, b)
			}
			return err
		})
	})
	return all
}

// left is what may be spent at a core's desk without a line.
func (c *core) left() (left syncproto.Fen, grants []replica.GrantLeft, err error) {
	all, err := c.replica.GrantsLeft(c.ctx)
	for _, g := range all {
		if g.Usable && g.Grant.Kind == syncproto.GrantAmount && g.Left > 0 && g.Grant.Month == syncproto.MonthOf(c.replica.Estimate(c.read())) {
			left, grants = left+g.Left, append(grants, g)
		}
	}
	return left, grants, err
}

// spend approves, for each grant of this month, a claim of so many hundredths of what is left of
// it. It returns the approvals.
func (c *core) spend(hundredths syncproto.Fen) (approvals []syncproto.ID, err error) {
	_, grants, err := c.left()
	if err != nil {
		return nil, err
	}
	for _, g := range grants {
		if amount := g.Left * hundredths / 100; amount > 0 {
			id, err := c.approve(g.Grant, amount)
			var refusal *replica.Refusal
			if errors.As(err, &refusal) {
				continue // another desk of the person's was given of it just then
			}
			if err != nil {
				return approvals, err
			}
			approvals = append(approvals, id)
		}
	}
	return approvals, nil
}

// approve files a claim of its own and approves it under a grant.
func (c *core) approve(of syncproto.Grant, amount syncproto.Fen) (approval syncproto.ID, err error) {
	tickets, err := c.replica.List(c.ctx, syncproto.KindTicket, true, replica.Key{}, 1)
	if err == nil && len(tickets) == 0 {
		if err = c.openOne(); err == nil {
			tickets, err = c.replica.List(c.ctx, syncproto.KindTicket, true, replica.Key{}, 1)
		}
	}
	if err != nil {
		return approval, err
	}
	if len(tickets) == 0 {
		return approval, errors.New("there is no ticket to file a claim on")
	}
	id := coreID()
	if _, err := c.give(replica.Wish{Kind: syncproto.CommandFileClaim, Command: claim.File{ID: id, Ticket: tickets[0].Ref.ID, Kind: claim.Goodwill,
		Amount: amount, What: "代步车", Station: "上海浦东店"}}); err != nil {
		return approval, err
	}
	doc, _, err := c.replica.Document(c.ctx, claim.Ref(id))
	body, is := doc.Body.(claim.Body)
	if err != nil || !is {
		return approval, errors.Join(err, errors.New("the claim is not there"))
	}
	return c.give(replica.Wish{Kind: syncproto.CommandApproveClaim, Command: claim.Approve{Claim: id, Round: body.Round, Amount: amount, Month: of.Month,
		Reason: "客户关系维护"}, Shares: []syncproto.Share{{Grant: of.ID, Amount: amount}}})
}

// give gives a command, whose refusal is an error too.
func (c *core) give(wish replica.Wish) (syncproto.ID, error) {
	receipt, err := c.replica.Tap(c.ctx, wish, replica.Moment{ID: coreID(), Reading: c.read()})
	if err != nil {
		return receipt.Command, err
	}
	c.client.Grew()
	c.say("kept", receipt.Command, receipt.Counter)
	return receipt.Command, nil
}
