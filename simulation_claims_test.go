package redress_test

import (
	"context"
	"fmt"
	"slices"

	"redress/desktop/present"
	"redress/desktop/replica"
	"redress/syncproto"
	"redress/syncproto/claim"
	"redress/syncproto/organisation"
	"redress/syncproto/policy"
	"redress/syncproto/ticket"
)

// decided is a claim before the person who decides it, and what is done about it.
type decided struct {
	seen    claim.Body
	instead syncproto.CommandKind
}

// decides has somebody decide a claim that fits, by the form that the windows use.
func decides(fits func(*decided) bool) func(*walk, *place) string {
	return func(w *walk, p *place) string {
		id, seen, d := w.claimFor(p, fits)
		if id.IsZero() {
			return ""
		}
		form := present.Decision{Claim: id, Reason: "维系客户", Instead: d.instead, Approve: d.instead == 0}
		if form.Approve && seen.Amount > 1 && w.one(4) {
			form.Less = syncproto.Fen(1 + w.dice.Int64N(int64(seen.Amount))).String()
		}
		return w.decides(p, form)
	}
}

// instead is what is done about a claim that stands so, where it is not approved.
func instead(kind syncproto.CommandKind, state claim.State) func(*decided) bool {
	return func(d *decided) bool {
		d.instead = kind
		return d.seen.State == state
	}
}

// claimFor is a claim that a desk shows and that fits; once in a while any.
func (w *walk) claimFor(p *place, fits func(*decided) bool) (syncproto.ID, claim.Body, *decided) {
	ids := p.sight.ids(syncproto.KindClaim)
	if len(ids) == 0 {
		return syncproto.ID{}, claim.Body{}, nil
	}
	from, any := w.dice.IntN(len(ids)), w.one(12)
	if len(w.contested) > 0 && w.one(2) {
		from = max(0, slices.IndexFunc(ids, func(id syncproto.ID) bool { return w.contested[id] }))
	}
	for n := range ids {
		ref := syncproto.Ref{Kind: syncproto.KindClaim, ID: ids[(from+n)%len(ids)]}
		if body, there := w.body(ref).Body.(claim.Body); there && !fits(&decided{seen: body}) && !any {
			continue
		}
		doc, held, err := p.replica.Document(w.ctx, ref)
		w.must(err)
		seen, is := doc.Body.(claim.Body)
		if d := (&decided{seen: seen}); held && is && (fits(d) || any) {
			return ref.ID, seen, d
		}
	}
	return syncproto.ID{}, claim.Body{}, nil
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
	id, seen, _ := w.claimFor(p, func(d *decided) bool { return d.seen.State != claim.StateRejected })
	if id.IsZero() {
		return ""
	}
	amended := claim.Amend{Claim: id, Round: seen.Round, Amount: seen.Amount, Saw: seen.What, Answers: seen.Returned.Command, What: seen.What, Reason: "算错了"}
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
	return syncproto.Fen(1 + w.dice.Int64N(80_000))
}

func (w *walk) file(on syncproto.ID, amount syncproto.Fen) claim.File {
	if w.one(4) {
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

// nonsense is what no form offers.
func (w *walk) nonsense(p *place) string {
	me := organisation.Person{Name: p.name, Login: p.name, Roles: policy.Roles(), Units: p.units}
	switch w.dice.IntN(5) {
	case 0:
		return w.tap(p, syncproto.CommandDefinePerson, organisation.DefinePerson{ID: p.person, Person: me})
	case 1:
		return w.tap(p, syncproto.CommandNote, ticket.Note{Ticket: w.chance.id(), Text: "无此工单"})
	case 2:
		return w.tap(p, syncproto.CommandOpen, ticket.Open{})
	case 3:
		return w.tap(p, syncproto.CommandIssuePolicy, policy.Issue{Policy: policy.Default(w.policy.Number + 1)})
	}
	if len(p.order) == 0 {
		return "does nothing"
	}
	// The same tap twice, under the same id.
	again := p.order[len(p.order)-1]
	_, err := p.replica.Tap(w.ctx, replica.Wish{Kind: syncproto.CommandNote, Command: ticket.Note{Ticket: again.subject.ID, Text: "又一次"}},
		replica.Moment{ID: again.id, Reading: p.reading(w.now)})
	if err == nil {
		w.t.Fatalf("1: %s: two taps under one id are kept", p.name)
	}
	return "taps twice"
}

// everyRow is all of a kind that a desk shows, open and closed, a window after the other.
func everyRow(ctx context.Context, r *replica.Replica, kind syncproto.DocKind) ([]replica.Row, error) {
	var all []replica.Row
	for _, open := range []bool{true, false} {
		for key := (replica.Key{}); ; {
			rows, err := r.List(ctx, kind, open, key, replica.MaxWindow)
			if err != nil {
				return nil, err
			}
			all = append(all, rows...)
			if len(rows) < replica.MaxWindow {
				break
			}
			key = rows[len(rows)-1].Key()
		}
	}
	return all, nil
}
