package redress_test

import (
	"slices"

	"redress/syncproto"
	"redress/syncproto/authority"
	"redress/syncproto/claim"
	"redress/syncproto/policy"
	"redress/syncproto/rules"
)

// books is what the log says of money, added up by hand: commands say what was charged,
// events only what commands cannot say.
type books struct {
	*walk
	accounts map[syncproto.Ref]*ledgered
	spent    map[syncproto.ID]*approval // approvals that were accepted
	paid     map[inRound]int
}

// ledgered is one manager's month.
type ledgered struct {
	grants         map[syncproto.ID]*granted
	limit          syncproto.Fen
	inForce        syncproto.Fen // a cut counts as far as something came back (design §5)
	refunded       syncproto.Fen
	breached, lost syncproto.Fen
}

type granted struct {
	amount, charged, returned, lost syncproto.Fen
	withdrawn                       bool
}

// approval is what became of one that was accepted: exactly one of the two, in the end.
type approval struct {
	amount   syncproto.Fen
	stands   bool
	refunded []syncproto.Fen
}

type inRound struct {
	claim syncproto.ID
	round uint32
}

func (g granted) left() syncproto.Fen {
	if g.withdrawn {
		return 0
	}
	return max(0, g.amount-g.charged-g.returned-g.lost)
}

func (l *ledgered) out() syncproto.Fen {
	out := -l.refunded
	for _, g := range l.grants {
		out += g.charged + g.left()
	}
	return out
}

// moneyAgrees: in every prefix of the log what is spent and reserved is within the limit in
// force, but for breaches on record, and these come from write-offs alone (9); nothing is
// refused that a device spent or gave back (11); a claim is paid once a round, and every
// approval stands or was given back once, in full (12).
func (w *walk) moneyAgrees(records []record) {
	b := books{walk: w, accounts: map[syncproto.Ref]*ledgered{}, spent: map[syncproto.ID]*approval{}, paid: map[inRound]int{}}
	for _, r := range records {
		b.enter(r)
	}
	for id, a := range b.spent {
		whole := len(a.refunded) == 1 && a.refunded[0] == a.amount
		if a.stands == (len(a.refunded) > 0) || !a.stands && !whole {
			w.t.Errorf("approval %v of %v stands: %v, and of it went back %v", id, a.amount, a.stands, a.refunded)
		}
	}
	for ref, l := range b.accounts {
		body, _ := w.body(ref).Body.(authority.Body)
		if body.Spent()+body.Reserved() != l.out() || body.InForce() != l.inForce {
			w.t.Errorf("%v says %v out and %v in force, it is %v and %v", ref, body.Spent()+body.Reserved(), body.InForce(), l.out(), l.inForce)
		}
	}
}

func (b *books) enter(r record) {
	kind := r.intent.Kind
	approves := kind == syncproto.CommandApproveClaim || kind == syncproto.CommandApproveWarranty
	if (approves || kind == syncproto.CommandReturnGrant) && r.Outcome == syncproto.Rejected {
		b.t.Errorf("entry %d refuses %v, which its device has spent: %v", r.Seq, kind, r.Findings)
	}
	if approves && r.Outcome == syncproto.Accepted && b.spent[r.intent.ID] == nil && kind == syncproto.CommandApproveClaim {
		b.spent[r.intent.ID] = &approval{}
		for _, s := range r.intent.Shares {
			b.grant(s.Grant).charged += s.Amount
			b.spent[r.intent.ID].amount += s.Amount
		}
	}
	touched := map[syncproto.Ref]bool{}
	for _, e := range r.Events {
		event, err := rules.ReadEvent(e)
		b.must(err)
		b.claimed(r, e.Doc, event)
		if e.Doc.Kind == syncproto.KindAccount {
			b.account(e.Doc, event)
			touched[e.Doc] = true
		}
	}
	for ref := range touched {
		l := b.accounts[ref]
		l.inForce = max(l.limit, min(l.inForce, l.out()))
		switch {
		case l.out() > l.inForce+l.breached:
			b.t.Errorf("entry %d: %v is out, %v in force, breaches on record of %v", r.Seq, l.out(), l.inForce, l.breached)
		case l.breached > l.lost:
			b.t.Errorf("entry %d: breaches of %v, and %v was written off", r.Seq, l.breached, l.lost)
		}
	}
}

// claimed follows which approvals stand.
func (b *books) claimed(r record, doc syncproto.Ref, event any) {
	pay := func(round uint32) {
		if b.paid[inRound{doc.ID, round}]++; b.paid[inRound{doc.ID, round}] > 1 {
			b.t.Errorf("entry %d pays claim %v again in round %d", r.Seq, doc.ID, round)
		}
	}
	ends := func(command syncproto.ID) {
		if a := b.spent[command]; a != nil {
			a.stands = false
		}
	}
	switch e := event.(type) {
	case claim.Approved:
		pay(e.Round)
		if !e.Decision.Above {
			b.spent[e.Decision.Command].stands = true
		}
	case claim.WarrantyApproved:
		pay(e.Round)
	case claim.Reversed:
		ends(e.Approval)
	case claim.Amended:
		ends(e.Voids)
	}
}

func (b *books) account(ref syncproto.Ref, event any) {
	l := b.accounts[ref]
	if l == nil {
		l = &ledgered{grants: map[syncproto.ID]*granted{}}
		b.accounts[ref] = l
	}
	switch e := event.(type) {
	case authority.Opened:
		l.limit, l.inForce = e.Limit, e.Limit
	case authority.Issued:
		l.grants[e.ID] = &granted{amount: e.Amount}
	case authority.Returned:
		l.grants[e.Grant].returned += e.Credit
	case authority.WrittenOff:
		l.grants[e.Grant].lost += e.Amount
		l.lost += e.Amount
	case authority.Withdrawn:
		l.grants[e.Grant].withdrawn = true
	case authority.Refunded:
		l.refunded += e.Amount
		a := b.spent[e.Command]
		a.refunded = append(a.refunded, e.Amount)
	case authority.Breached:
		l.breached += e.By
	case authority.LimitSet:
		l.inForce, l.limit = max(e.Limit, min(l.inForce, l.out())), e.Limit
	}
}

// grant is what an approval or a Return names; whatever it is, it was issued before.
func (b *books) grant(id syncproto.ID) *granted {
	for _, l := range b.accounts {
		if g := l.grants[id]; g != nil {
			return g
		}
	}
	b.t.Fatalf("a grant is charged that was never issued: %v", id)
	return nil
}

// leftIsKept: whatever a desk may still spend of a grant, the account keeps for it; in the
// end both say the same. Of what was written off a desk may still have what it likes.
func (w *walk) leftIsKept(p *place, settled bool) {
	if !w.running || w.broken || p.role != policy.Manager {
		return
	}
	grants, err := p.replica.GrantsLeft(w.ctx)
	w.must(err)
	for _, g := range grants {
		body, _ := w.body(g.Grant.Account).Body.(authority.Body)
		state, issued := body.Grant(g.Grant.ID)
		switch {
		case !issued:
			w.t.Fatalf("%s has a grant that was never issued", p.name)
		case state.Dead() || g.Grant.Kind != syncproto.GrantAmount:
		case g.Left > state.Left() || settled && g.Left != state.Left():
			w.t.Fatalf("%s has %v left of a grant of %v, the account says %v (everything handed in: %v)", p.name, g.Left, g.Grant.Amount, state.Left(), settled)
		}
	}
}

// sharesAgree: everybody is connected and has been for minutes, so nothing that was asked is
// open, nothing is free of the month that runs, and what there is lies as it should: all
// on the device it was moved to, or evenly (design §5).
func (w *walk) sharesAgree() {
	month := syncproto.MonthOf(w.now)
	for _, login := range []string{"li", "sun"} {
		desks := w.desksOf(w.called(login).person)
		body, held := w.body(authority.Ref(desks[0].person, month)).Body.(authority.Body)
		if !held || len(body.Grants) >= authority.MaxEvened {
			continue
		}
		var shares []syncproto.Fen
		moved := slices.IndexFunc(desks, func(p *place) bool { return p.Device() == body.To })
		for n, p := range desks {
			incarnation := p.replica.Desk().Incarnation
			if asked := authority.AskedOf(body, incarnation); len(asked) > 0 {
				w.t.Errorf("%s is still asked for %v", p.name, asked)
			}
			share := body.Share(incarnation)
			if shares = append(shares, share); moved >= 0 && n != moved && share > 0 {
				w.t.Errorf("the authority was moved to %s, and %s has %v", desks[moved].name, p.name, share)
			}
		}
		most, least := slices.Max(shares), slices.Min(shares)
		if moved < 0 && (most-least)*10 > most+least {
			w.t.Errorf("%s's desks have %v", login, shares)
		}
		if body.Free() > 0 {
			w.t.Errorf("%v of %s's month is free, and everybody connected", body.Free(), login)
		}
	}
}
