package redress_test

import (
	"fmt"
	"slices"

	"redress/desktop/present"
	"redress/desktop/replica"
	"redress/syncproto"
	"redress/syncproto/claim"
	"redress/syncproto/policy"
)

// atClaim has whoever decides claims do something with one of them, by the form that the
// windows use.
func (w *walk) atClaim(p *place) string {
	claims := slices.DeleteFunc(w.rows(p, syncproto.KindClaim), func(r replica.Row) bool {
		b, _ := r.Body.(claim.Body)
		return p.role == policy.ServiceDesk && b.State != claim.StateRoutedUp && b.State != claim.StateApproved
	})
	if len(claims) == 0 {
		return "sees no claim"
	}
	c := pick(w, claims)
	seen, _ := c.Body.(claim.Body)
	d := present.Decision{Claim: c.Ref.ID, Reason: "维系客户"}
	switch {
	case seen.State == claim.StateApproved && p.role == policy.ServiceDesk:
		d.Instead = syncproto.CommandReverse
	case p.role == policy.ServiceDesk:
		d.Approve = !w.one(4)
	default:
		switch w.dice.IntN(10) {
		case 0:
			d.Instead = syncproto.CommandRejectClaim
		case 1:
			d.Instead = syncproto.CommandSendBack
		case 2:
			d.Instead = syncproto.CommandRouteUp
		default:
			d.Approve = true
		}
	}
	if d.Approve && seen.Amount > 1 && w.one(4) {
		d.Less = syncproto.Fen(1 + w.dice.Int64N(int64(seen.Amount))).String()
	}
	return w.decides(p, d)
}

// routedUp are the claims that wait for the service department, as its desk shows them.
func (w *walk) routedUp(p *place) []replica.Row {
	return slices.DeleteFunc(w.rows(p, syncproto.KindClaim), func(r replica.Row) bool {
		b, _ := r.Body.(claim.Body)
		return b.State != claim.StateRoutedUp
	})
}

// above is the service department's word on a claim that was routed up to it.
func (w *walk) above(p *place, c replica.Row) string {
	return w.decides(p, present.Decision{Claim: c.Ref.ID, Reason: "维系客户", Approve: !w.one(4)})
}

// decides gives what a form makes of a decision; faults are part of life. What a manager cannot
// approve is often routed up.
func (w *walk) decides(p *place, d present.Decision) string {
	wishes, faults, err := p.present.Decide(w.ctx, p.reading(w.now), d)
	w.must(err)
	if len(faults) > 0 && d.Approve && p.role == policy.Manager && w.one(2) {
		d.Approve, d.Less, d.Instead = false, "", syncproto.CommandRouteUp
		wishes, faults, err = p.present.Decide(w.ctx, p.reading(w.now), d)
		w.must(err)
	}
	if len(faults) > 0 {
		return fmt.Sprintf("cannot decide: %v", faults)
	}
	said := ""
	for _, wish := range wishes {
		said += w.give(p, wish)
	}
	return said
}

// amendClaim changes what a claim says: the amount, or only its words.
func (w *walk) amendClaim(p *place) string {
	claims := w.rows(p, syncproto.KindClaim)
	if len(claims) == 0 {
		return "sees no claim"
	}
	c := pick(w, claims)
	seen, _ := c.Body.(claim.Body)
	amended := claim.Amend{Claim: c.Ref.ID, Round: seen.Round, Amount: seen.Amount, What: seen.What, Reason: "算错了"}
	if seen.Kind == claim.Goodwill && !w.one(4) {
		amended.Amount = w.amount()
	} else {
		amended.What = fmt.Sprintf("补贴 %d", w.dice.IntN(100))
	}
	return w.tap(p, syncproto.CommandAmendClaim, amended)
}

// amount is what is asked for: mostly little, now and then more than any manager may give.
func (w *walk) amount() syncproto.Fen {
	if w.one(10) {
		return pick(w, []syncproto.Fen{1, 300_000, 599_999, 600_000, 600_001, 900_000})
	}
	return syncproto.Fen(1 + w.dice.Int64N(150_000))
}

func (w *walk) file(on syncproto.ID, amount syncproto.Fen) claim.File {
	if w.one(5) {
		return claim.File{ID: w.chance.id(), Ticket: on, Kind: claim.Warranty, What: "更换总成"}
	}
	return claim.File{ID: w.chance.id(), Ticket: on, Kind: claim.Goodwill, Amount: amount, What: "补贴"}
}

// desksOf are all desks of a person.
func (w *walk) desksOf(person syncproto.ID) (all []*place) {
	for _, p := range w.places {
		if p.person == person {
			all = append(all, p)
		}
	}
	return all
}
