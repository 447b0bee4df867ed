package redress_test

import (
	"slices"

	"redress/syncproto"
	"redress/syncproto/authority"
	"redress/syncproto/claim"
	"redress/syncproto/policy"
	"redress/syncproto/rules"
)

// money is what the log says of it, added up by hand: commands say what was charged, events
// only what commands cannot say.
type money struct {
	*book
	accounts map[syncproto.Ref]*ledgered
	grants   map[syncproto.ID]*granted
	spent    map[syncproto.ID]*approval // approvals that were accepted
	paid     map[inRound]int
	unpaid   bool                            // the claim of the approval that is entered, in the round and of the amount it saw
	copied   map[syncproto.Ref]syncproto.Fen // what copied disks had left, by account (13)
}

// ledgered is one manager's month.
type ledgered struct {
	grants         []*granted
	limit          syncproto.Fen
	highest        syncproto.Fen // that it ever was: a cut is no reason to take back what was told before
	inForce        syncproto.Fen // a cut counts as far as something came back (design §5)
	refunded       syncproto.Fen
	breached, lost syncproto.Fen
	early          syncproto.Fen // of what was breached: while it was frozen, before everybody had reported
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
	shares   []syncproto.Share
}

type inRound struct {
	claim syncproto.ID
	round uint32
}

func newMoney(b *book) *money {
	return &money{book: b, accounts: map[syncproto.Ref]*ledgered{}, grants: map[syncproto.ID]*granted{},
		spent: map[syncproto.ID]*approval{}, paid: map[inRound]int{}, copied: map[syncproto.Ref]syncproto.Fen{}}
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

// before looks at the claim of an approval that is about to be entered.
func (b *money) before(r record) {
	b.unpaid = false
	seen, _ := b.body(r.intent.Subject).Body.(claim.Body)
	switch command, _ := rules.Read(r.intent); c := command.(type) {
	case claim.Approve:
		b.unpaid = seen.State != claim.StateApproved && seen.Round == c.Round && seen.Amount == c.Amount
	case claim.ApproveWarranty:
		b.unpaid = seen.State != claim.StateApproved && seen.Round == c.Round
	}
}

// enter takes an entry. In every prefix of the log what is spent and reserved is within the
// limit in force, but for breaches on record, and these come from write-offs and copied disks
// alone (9, 13); each account says itself what was granted, charged, kept, given back and written
// off (10); nothing is refused that a device spent or gave back (11); a claim is paid once a
// round (12).
func (b *money) enter(r record) {
	kind := r.intent.Kind
	if approves(kind) || kind == syncproto.CommandReturnGrant {
		b.compare(11)
		if r.Outcome == syncproto.Rejected && b.deeds[r.intent.ID] != nil {
			b.t.Errorf("11: entry %d refuses %v, which its device has spent: %v", r.Seq, kind, r.Findings)
		}
	}
	if approves(kind) && r.Outcome == syncproto.Parked && r.First.IsZero() && r.Findings[0].Code == syncproto.CodeWaitsPerson {
		b.t.Errorf("11: entry %d has %v wait for a person, of which nobody was told anything", r.Seq, kind)
	}
	charges := kind == syncproto.CommandApproveClaim && r.Outcome == syncproto.Accepted && b.spent[r.intent.ID] == nil
	if charges {
		b.spent[r.intent.ID] = &approval{shares: r.intent.Shares}
		for _, s := range r.intent.Shares {
			b.spent[r.intent.ID].amount += s.Amount
		}
	}
	touched := map[syncproto.Ref]bool{}
	for _, e := range r.Events {
		if e.Doc.Kind != syncproto.KindAccount && e.Doc.Kind != syncproto.KindClaim {
			continue
		}
		event, err := rules.ReadEvent(e)
		if err != nil {
			b.t.Errorf("4: entry %d has an event that cannot be read: %v", r.Seq, err)
			return
		}
		b.claimed(r, e.Doc, event)
		if e.Doc.Kind == syncproto.KindAccount {
			b.account(e.Doc, event)
			touched[e.Doc] = true
		}
	}
	if charges {
		b.charge(r)
	}
	for ref := range touched {
		b.balanced(r, ref)
	}
	if approves(kind) && r.Outcome == syncproto.Accepted {
		b.pays(r)
		b.stands(r)
	}
}

func approves(kind syncproto.CommandKind) bool {
	return kind == syncproto.CommandApproveClaim || kind == syncproto.CommandApproveWarranty
}

// balanced checks an account that an entry changed.
func (b *money) balanced(r record, ref syncproto.Ref) {
	l := b.accounts[ref]
	l.inForce = max(l.limit, min(l.inForce, l.out()))
	b.compare(9)
	switch body, _ := b.body(ref).Body.(authority.Body); {
	case l.out() > l.inForce+l.breached:
		b.t.Errorf("9: entry %d: %v is out, %v in force, breaches on record of %v", r.Seq, l.out(), l.inForce, l.breached)
	case l.breached-l.early > l.lost+b.copied[ref]:
		b.t.Errorf("13: entry %d: breaches of %v, %v was written off, and copied disks had %v left", r.Seq, l.breached, l.lost, b.copied[ref])
	case body.Spent()+body.Reserved() != l.out() || body.InForce() != l.inForce:
		b.t.Errorf("10: entry %d: %v says %v out and %v in force, it is %v and %v", r.Seq, ref, body.Spent()+body.Reserved(), body.InForce(), l.out(), l.inForce)
	}
	b.compare(10)
	if b.copied[ref] > 0 {
		b.compare(13)
	}
}

// charge charges an approval to the grants it names. One that a restore to an older state forgot is
// issued by the very entry.
func (b *money) charge(r record) {
	for _, s := range r.intent.Shares {
		if g := b.grants[s.Grant]; g != nil {
			g.charged += s.Amount
		} else {
			b.t.Errorf("10: entry %d charges a grant that was never issued: %v", r.Seq, s.Grant)
		}
	}
}

// pays: an approval that was accepted pays its claim where that was unpaid in the round and of the
// amount it saw, however late it came, and nowhere else (11, 12).
func (b *money) pays(r record) {
	pays := false
	for _, e := range r.Events {
		pays = pays || e.Doc == r.intent.Subject && (e.Kind == syncproto.EventClaimApproved || e.Kind == syncproto.EventWarrantyApproved)
	}
	if b.compare(11); pays != b.unpaid {
		b.t.Errorf("11: entry %d: the claim was unpaid: %v, and the approval pays it: %v (%v)", r.Seq, b.unpaid, pays, r.Findings)
	}
}

// stands: an approval that was accepted stands, or went back in full by the same entry (12).
func (b *money) stands(r record) {
	a := b.spent[r.intent.ID]
	if a == nil {
		return
	}
	b.compare(12)
	whole := len(a.refunded) == 1 && a.refunded[0] == a.amount
	if a.stands == (len(a.refunded) > 0) || !a.stands && !whole {
		b.t.Errorf("12: entry %d: an approval of %v stands: %v, and of it went back %v", r.Seq, a.amount, a.stands, a.refunded)
	}
}

// claimed follows which approvals stand.
func (b *money) claimed(r record, doc syncproto.Ref, event any) {
	pay := func(round uint32) {
		b.compare(12)
		if b.paid[inRound{doc.ID, round}]++; b.paid[inRound{doc.ID, round}] > 1 {
			b.t.Errorf("12: entry %d pays claim %v again in round %d", r.Seq, doc.ID, round)
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
		if a := b.spent[e.Decision.Command]; !e.Decision.Above && a != nil {
			a.stands = true
		}
	case claim.WarrantyApproved:
		pay(e.Round)
	case claim.Reversed:
		ends(e.Approval)
	case claim.Amended:
		ends(e.Voids)
	}
}

func (b *money) account(ref syncproto.Ref, event any) {
	l := b.accounts[ref]
	if l == nil {
		l = &ledgered{}
		b.accounts[ref] = l
	}
	of := func(id syncproto.ID) *granted {
		if g := b.grants[id]; g != nil {
			return g
		}
		b.t.Errorf("10: %v speaks of a grant that was never issued: %v", ref, id)
		return &granted{}
	}
	switch e := event.(type) {
	case authority.Opened:
		l.limit, l.inForce, l.highest = e.Limit, e.Limit, e.Limit
	case authority.Issued:
		g := &granted{amount: e.Amount}
		b.grants[e.ID], l.grants = g, append(l.grants, g)
	case authority.Returned:
		of(e.Grant).returned += e.Credit
	case authority.WrittenOff:
		of(e.Grant).lost += e.Amount
		l.lost += e.Amount
	case authority.Withdrawn:
		of(e.Grant).withdrawn = true
	case authority.Refunded:
		l.refunded += e.Amount
		if a := b.spent[e.Command]; a != nil {
			a.refunded = append(a.refunded, e.Amount)
		} else {
			b.t.Errorf("12: %v gets back what was never spent: %v", ref, e.Amount)
		}
	case authority.Breached:
		l.breached += e.By
		if b.isFrozen(ref) {
			l.early += e.By - min(e.By, b.ofWrittenOff(e.Command))
		}
	case authority.LimitSet:
		l.inForce, l.limit, l.highest = max(e.Limit, min(l.inForce, l.out())), e.Limit, max(l.highest, e.Limit)
	}
}

// ofWrittenOff is how much an approval spent of grants that were written off: that is spent twice,
// and does not come back when everybody has reported.
func (b *money) ofWrittenOff(command syncproto.ID) (amount syncproto.Fen) {
	if a := b.spent[command]; a != nil {
		for _, s := range a.shares {
			if g := b.grants[s.Grant]; g != nil && g.lost > 0 {
				amount += s.Amount
			}
		}
	}
	return amount
}

// isFrozen says that the account is frozen since a restore to an older state: then its grants come
// back before the returns that funded them have, and what is over for that is not spent (design §4).
func (b *money) isFrozen(ref syncproto.Ref) bool {
	body, _ := b.body(ref).Body.(authority.Body)
	if !b.older || body.Manager.IsZero() {
		return b.older
	}
	return !slices.ContainsFunc(b.records, func(r record) bool {
		var release syncproto.ReleaseAccount
		return r.Epoch == b.epoch() && r.intent.Kind == syncproto.CommandRelease && r.Outcome == syncproto.Accepted &&
			syncproto.Decode(r.intent.Body, &release) == nil && release.Manager == body.Manager
	})
}

// nothingEarly: everybody has reported, so what an account was over while it was frozen has come
// back (9).
func (b *money) nothingEarly() {
	for ref, l := range b.accounts {
		body, _ := b.body(ref).Body.(authority.Body)
		if _, frozen := b.ledger.Frozen(body.Manager); frozen {
			continue
		}
		if b.compare(9); l.out() > max(l.inForce, l.highest)+l.breached-l.early {
			b.t.Errorf("9: everybody has reported, and %v is out of %v, %v in force and %v at most, breaches on record of %v, of which %v while it was frozen", l.out(), ref, l.inForce, l.highest, l.breached, l.early)
		}
	}
}

// moneyAgrees: whatever became of an approval later, it stands or it went back once, in full
// (12).
func (b *money) moneyAgrees() {
	for id, a := range b.spent {
		b.compare(12)
		whole := len(a.refunded) == 1 && a.refunded[0] == a.amount
		if a.stands == (len(a.refunded) > 0) || !a.stands && !whole {
			b.t.Errorf("12: approval %v of %v stands: %v, and of it went back %v", id, a.amount, a.stands, a.refunded)
		}
	}
}

// leftIsKept: whatever a desk may still spend of a grant, the account keeps for it; in the end
// both say the same. Of what was written off a desk may still have what it likes, and so may
// whoever's disk was copied or set back.
func (w *walk) leftIsKept(p *place, settled bool) {
	if !w.running || w.broken || p.role != policy.Manager || w.copied[p.Device()] {
		return
	}
	grants, err := p.replica.GrantsLeft(w.ctx)
	w.must(err)
	for _, g := range grants {
		body, _ := w.body(g.Grant.Account).Body.(authority.Body)
		state, issued := body.Grant(g.Grant.ID)
		w.compare(9)
		switch {
		case w.older && (!settled || !g.Usable): // forgotten: whoever hears of that spends nothing more of it
		case !issued:
			w.t.Fatalf("10: %s has a grant that was never issued", p.name)
		case state.Dead() || g.Grant.Kind != syncproto.GrantAmount:
		case g.Left > state.Left() || settled && g.Left+w.waitsOf(p, g.Grant.ID) != state.Left():
			w.t.Fatalf("9: %s has %v left of a grant of %v, the account says %v (everything handed in: %v)", p.name, g.Left, g.Grant.Amount, state.Left(), settled)
		}
	}
}

// approvalWaits says that an approval of the manager's waits for a claim that is lost.
func (w *walk) approvalWaits(manager syncproto.ID) bool {
	for id, d := range w.deeds {
		r, there := w.book.last(id)
		if there && r.Outcome == syncproto.Parked && d.kind == syncproto.CommandApproveClaim && r.intent.Person == manager {
			return true
		}
	}
	return false
}

// waitsOf is what approvals charge to a grant that wait: for a claim that is lost with a disk, or with
// an older state of the server.
func (w *walk) waitsOf(p *place, grant syncproto.ID) (sum syncproto.Fen) {
	for _, d := range p.order {
		r, there := w.book.last(d.id)
		if !there || r.Outcome != syncproto.Parked || d.kind != syncproto.CommandApproveClaim {
			continue
		}
		for _, s := range r.intent.Shares {
			if s.Grant == grant {
				sum += s.Amount
			}
		}
	}
	return sum
}

// sharesAgree: everybody is connected and has been for minutes, so nothing that was asked is
// open, nothing is free of the month that runs, and what there is lies as it should: all
// on the device it was moved to, or evenly (design §5).
func (w *walk) sharesAgree() {
	month := syncproto.MonthOf(w.now)
	for _, login := range []string{"li", "sun"} {
		desks := w.desksOf(w.called(login).person)
		body, held := w.body(authority.Ref(desks[0].person, month)).Body.(authority.Body)
		some := slices.ContainsFunc(desks, func(p *place) bool { return w.copied[p.Device()] })
		if !held || some || len(body.Grants) >= authority.MaxEvened {
			continue
		}
		w.compare(21)
		if _, frozen := w.ledger.Frozen(desks[0].person); frozen { // one that erased itself reports no more, nor does a line that went on in another: a person has to be asked
			ended := slices.ContainsFunc(desks, func(p *place) bool {
				device, _ := w.ledger.Reference().Device(p.Device())
				return len(device.Former) > 0
			})
			if len(w.erased) == 0 && !ended && !w.approvalWaits(desks[0].person) {
				w.t.Errorf("21: %s's account is frozen, and everybody has reported", login)
			}
			continue
		}
		var shares []syncproto.Fen
		moved := slices.IndexFunc(desks, func(p *place) bool { return p.Device() == body.To })
		for n, p := range desks {
			incarnation := p.replica.Desk().Incarnation
			for _, asked := range authority.AskedOf(body, incarnation) {
				if asked.Amount > w.waitsOf(p, asked.Grant) { // what an approval spends that waits is not there to be given back
					w.t.Errorf("21: %s is still asked for %v", p.name, asked)
				}
			}
			share, waits := body.Share(incarnation), syncproto.Fen(0)
			for _, g := range body.Grants {
				waits += w.waitsOf(p, g.ID)
			}
			if shares = append(shares, share); moved >= 0 && n != moved && share > waits {
				w.t.Errorf("21: the authority was moved to %s, and %s has %v", desks[moved].name, p.name, share)
			}
		}
		most, least := slices.Max(shares), slices.Min(shares)
		if moved < 0 && most-least > 1 && (most-least)*10 > most+least { // one fen is not shared
			w.t.Errorf("21: %s's desks have %v", login, shares)
		}
		if body.Free() > 0 {
			w.t.Errorf("21: %v of %s's month is free, and everybody connected", body.Free(), login)
		}
	}
}
