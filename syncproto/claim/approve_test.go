package claim_test

import (
	"testing"

	"redress/syncproto"
	"redress/syncproto/authority"
	"redress/syncproto/claim"
	. "redress/syncproto/rules/rulestest"
	"redress/syncproto/ticket"
)

// The morning: 1,200.00 and a warranty order; 5,000.00 is refused on the spot, exceeding
// by 200.00; 4,800.00 passes; 0.01 more does not.
func TestMorningOfTheManager(t *testing.T) {
	s := begin(t)
	s.money(Manager, 0, 6000*yuan, 0)
	s.remarked(s.approve(Manager, s.file(claim.Goodwill, 1200*yuan), 1200*yuan))
	order := s.file(claim.Warranty, 0)
	s.remarked(s.warranty(Manager, order))
	tooMuch := s.approve(Manager, s.file(claim.Goodwill, 5000*yuan), 5000*yuan)
	s.refusedAtTap(tooMuch, authority.CodeExceeds)
	if r := s.Try(tooMuch); r.Findings[0].Amount != 200*yuan {
		t.Fatalf("exceeds by %v", r.Findings[0].Amount)
	}
	s.remarked(s.approve(Manager, s.file(claim.Goodwill, 4800*yuan), 4800*yuan))
	s.refusedAtTap(s.approve(Manager, s.file(claim.Goodwill, 1), 1), authority.CodeExceeds)
	s.money(Manager, 6000*yuan, 0, 0)
	if c := s.claim(order); c.State != claim.StateApproved || c.Approval.Person != Manager {
		t.Fatalf("%+v", c)
	}
}

// A claim is paid once; the second approval is charged and given back, and whoever gave it
// is told by whom the claim was paid (invariant 12).
func TestDuplicateIsRefunded(t *testing.T) {
	s := begin(t)
	id := s.file(claim.Goodwill, 800*yuan)
	s.refusedLater(id)
	first := s.remarked(s.approve(Substitute, id, 800*yuan))
	second := s.remarked(s.approve(Manager, id, 800*yuan), claim.CodeDuplicate)
	if f := second.Findings[0]; f.Person != Substitute || f.Amount != 800*yuan || f.Field != "" {
		t.Fatalf("%+v", f)
	}
	s.money(Substitute, 800*yuan, 5200*yuan, 0)
	s.money(Manager, 0, 5200*yuan, 800*yuan)
	if c := s.claim(id); c.Approval.Command != first.ID || c.Duplicates != 1 {
		t.Fatalf("%+v", c)
	}
	s.refusedAtTap(s.approve(Manager, id, 800*yuan), claim.CodeDecided)
	// What came back is granted again at the next connection; the device's own grant stays.
	s.connect(Manager)
	s.money(Manager, 0, 6000*yuan, 0)
}

// refusedLater: before anybody decided, nothing stands against an approval at the tap.
func (s *story) refusedLater(id syncproto.ID) {
	s.t.Helper()
	if r := s.Try(s.approve(Manager, id, s.claim(id).Amount)); r.Outcome != syncproto.Accepted {
		s.t.Fatalf("%v", r)
	}
}

// An approval names the round it saw; in another it is a duplicate (A9).
func TestApprovalOfAnotherRound(t *testing.T) {
	s := begin(t)
	g := s.approve(Manager, s.file(claim.Goodwill, 100*yuan), 100*yuan)
	command := g.Command.(claim.Approve)
	command.Round = 2
	g.Command = command
	s.refusedAtTap(g, syncproto.CodeChanged)
	s.remarked(g, claim.CodeDuplicate)
	s.money(Manager, 0, 5900*yuan, 100*yuan)
}

// §6: an offline approval carries the amount it saw; on a claim of another amount it is
// accepted, refunded, and shown to the manager.
func TestApprovalOfAnotherAmount(t *testing.T) {
	s := begin(t)
	id := s.file(claim.Goodwill, 100*yuan)
	s.refusedAtTap(s.approve(Manager, id, 90*yuan), claim.CodeAmountChanged)
	if r := s.remarked(s.approve(Manager, id, 90*yuan), claim.CodeAmountChanged); r.Findings[0].Field != "" {
		t.Fatalf("%+v", r.Findings)
	}
	s.money(Manager, 0, 5910*yuan, 90*yuan)
	if c := s.claim(id); !c.Open() {
		t.Fatalf("%+v", c)
	}
	// By a disk that was set back, for more than there is left: nothing becomes free by that.
	r := s.remarked(s.approve(Manager, id, 6000*yuan), claim.CodeAmountChanged)
	if r.Findings[0].Field != claim.Overdrawn {
		t.Fatalf("%+v", r.Findings)
	}
}

// Rejected meanwhile, in the same round: still unapproved, so the approval stands.
func TestApprovalAfterRejection(t *testing.T) {
	s := begin(t)
	id := s.file(claim.Goodwill, 100*yuan)
	s.remarked(s.reject(Substitute, id))
	s.refusedAtTap(s.approve(Manager, id, 100*yuan), claim.CodeDecided)
	s.remarked(s.approve(Manager, id, 100*yuan), claim.CodeWasRejected)
	s.money(Manager, 100*yuan, 5900*yuan, 0)
	s.refused(s.reject(Substitute, id), claim.CodeDecided)
}

// A11: an approval that comes before its claim waits for it and is charged then.
func TestApprovalWaitsForItsClaim(t *testing.T) {
	s := begin(t)
	file, id := s.filing(Seat, claim.Goodwill, 100*yuan)
	approval := s.approve(Manager, id, 100*yuan)
	approval.ID = s.NextID()
	s.refusedAtTap(approval, syncproto.CodeUnknownHere)
	if r := s.Give(approval); r.Outcome != syncproto.Parked {
		t.Fatalf("%v", r)
	}
	s.money(Manager, 0, 6000*yuan, 0)
	s.accepted(file)
	if r := s.Result(approval.ID); r.Outcome != syncproto.Accepted {
		t.Fatalf("%v", r)
	}
	s.money(Manager, 100*yuan, 5900*yuan, 0)
}

// What is no approval at all is refused and charges nothing.
func TestNoApprovalAtAll(t *testing.T) {
	s := begin(t)
	id := s.file(claim.Goodwill, 100*yuan)
	order := s.file(claim.Warranty, 0)
	share := func(grant syncproto.ID, amount syncproto.Fen) syncproto.Share {
		return syncproto.Share{Grant: grant, Amount: amount}
	}
	own, right := s.amount[Manager], s.right[Manager]
	for _, c := range []struct {
		story  string
		change func(*Given, *claim.Approve)
		code   syncproto.Code
	}{
		{"no reason", func(_ *Given, a *claim.Approve) { a.Reason = "" }, syncproto.CodeMissing},
		{"no round", func(_ *Given, a *claim.Approve) { a.Round = 0 }, syncproto.CodeMissing},
		{"no amount", func(g *Given, a *claim.Approve) { a.Amount, g.Shares = 0, []syncproto.Share{share(own, 0)} }, claim.CodeBadAmount},
		{"a negative amount", func(g *Given, a *claim.Approve) { a.Amount, g.Shares = -1, []syncproto.Share{share(own, -1)} }, claim.CodeBadAmount},
		{"no grant", func(g *Given, _ *claim.Approve) { g.Shares = nil }, authority.CodeSharesDiffer},
		{"shares that do not add up", func(g *Given, _ *claim.Approve) { g.Shares = []syncproto.Share{share(own, 99*yuan)} }, authority.CodeSharesDiffer},
		{"one grant named twice", func(g *Given, _ *claim.Approve) {
			g.Shares = []syncproto.Share{share(own, 50*yuan), share(own, 50*yuan)}
		}, authority.CodeSharesDiffer},
		{"a negative share", func(g *Given, _ *claim.Approve) {
			g.Shares = []syncproto.Share{share(own, 200*yuan), share(right, -100*yuan)}
		}, authority.CodeSharesDiffer},
		{"a forged grant", func(g *Given, _ *claim.Approve) { g.Shares = []syncproto.Share{share(id, 100*yuan)} }, authority.CodeNoSuchGrant},
		{"another manager's grant", func(g *Given, _ *claim.Approve) {
			g.Shares = []syncproto.Share{share(s.amount[Substitute], 100*yuan)}
		}, authority.CodeNoSuchGrant},
		{"a right as an amount", func(g *Given, _ *claim.Approve) { g.Shares = []syncproto.Share{share(right, 100*yuan)} }, authority.CodeNoSuchGrant},
		{"another month's authority", func(_ *Given, a *claim.Approve) { a.Month++ }, authority.CodeNoSuchGrant},
		{"another device", func(g *Given, _ *claim.Approve) { g.Device = id }, authority.CodeNoSuchGrant},
		{"a warranty order as money", func(_ *Given, a *claim.Approve) { a.Claim = order }, claim.CodeWrongKind},
	} {
		t.Run(c.story, func(t *testing.T) {
			s.t = t
			g := s.approve(Manager, id, 100*yuan)
			command := g.Command.(claim.Approve)
			c.change(&g, &command)
			g.Command = command
			s.refused(g, c.code)
			s.money(Manager, 0, 6000*yuan, 0)
		})
	}
	s.t = t
	g := s.warranty(Manager, order)
	g.Shares = []syncproto.Share{share(own, 0)}
	s.refused(g, authority.CodeNoSuchGrant)
	s.refused(s.approve(Seat, id, 100*yuan), syncproto.CodeNeverRole)
}

// A grant is charged whatever became of it: a device that spends more than it has, as a
// set-back disk does, is honoured, and the breach is on record (A6).
func TestOverspendingIsABreach(t *testing.T) {
	s := begin(t)
	s.remarked(s.approve(Manager, s.file(claim.Goodwill, 5900*yuan), 5900*yuan))
	r := s.remarked(s.approve(Manager, s.file(claim.Goodwill, 300*yuan), 300*yuan), authority.CodeBreach)
	if r.Findings[0].Amount != 200*yuan {
		t.Fatalf("%+v", r.Findings)
	}
	s.money(Manager, 6200*yuan, 0, -200*yuan)
	// A duplicate of a spent grant makes no money: charged and given back, free as before.
	paid := s.file(claim.Goodwill, 500*yuan)
	s.accepted(s.approve(Substitute, paid, 500*yuan))
	r = s.remarked(s.approve(Manager, paid, 500*yuan), claim.CodeDuplicate)
	s.money(Manager, 6200*yuan, 0, -200*yuan)
	if f := r.Findings[0]; f.Field != claim.Overdrawn || f.Amount != 500*yuan { // or the person waits for money
		t.Fatalf("%+v", f)
	}
	s.connect(Manager)
	s.money(Manager, 6200*yuan, 0, -200*yuan)
	if a := s.account(Manager); a.Breaches != 1 || len(a.Grants) != 2 {
		t.Fatalf("%+v", a)
	}
}

// One approval may charge several grants of the month (A8).
func TestSeveralGrants(t *testing.T) {
	s := begin(t)
	id := s.file(claim.Goodwill, 4000*yuan)
	s.accepted(s.approve(Substitute, id, 4000*yuan))
	s.remarked(s.approve(Manager, id, 4000*yuan), claim.CodeDuplicate)
	old := s.amount[Manager]
	s.connect(Manager)
	fresh := s.amount[Manager]
	g := s.approve(Manager, s.file(claim.Goodwill, 6000*yuan), 6000*yuan)
	g.Shares = []syncproto.Share{{Grant: fresh, Amount: 4000 * yuan}, {Grant: old, Amount: 2000 * yuan}}
	s.remarked(g)
	s.money(Manager, 6000*yuan, 0, 0)
}

// A warranty order is approved once; the right has no amount and is not used up.
func TestWarranty(t *testing.T) {
	s := begin(t)
	id := s.file(claim.Warranty, 0)
	s.remarked(s.warranty(Manager, id))
	s.refusedAtTap(s.warranty(Substitute, id), claim.CodeDecided)
	s.remarked(s.warranty(Substitute, id), claim.CodeDuplicate)
	s.remarked(s.warranty(Manager, s.file(claim.Warranty, 0)))
	s.money(Manager, 0, 6000*yuan, 0)
	s.money(Substitute, 0, 6000*yuan, 0)
}

// §6: self-filed approvals are marked for headquarters on the claim.
func TestSelfFiled(t *testing.T) {
	s := begin(t)
	g, id := s.filing(Manager, claim.Goodwill, 100*yuan)
	s.accepted(g)
	s.remarked(s.approve(Manager, id, 100*yuan))
	if !s.claim(id).SelfFiled {
		t.Fatal("not marked")
	}
}

// §1: a claim is for the ticket's region; the desk of another region's manager refuses,
// the server records what its device was allowed to do then.
func TestOtherRegion(t *testing.T) {
	s := begin(t)
	g, _ := s.filing(Northerner, claim.Goodwill, 100*yuan)
	s.refused(g, claim.CodeOtherRegion)
	id := s.file(claim.Goodwill, 100*yuan)
	s.refused(s.reject(Northerner, id), claim.CodeOtherRegion)
	s.refusedAtTap(s.approve(Northerner, id, 100*yuan), claim.CodeOtherRegion)
	s.remarked(s.approve(Northerner, id, 100*yuan), claim.CodeOtherRegion)
}

func TestFileRefused(t *testing.T) {
	s := begin(t)
	for _, c := range []struct {
		story  string
		kind   claim.Kind
		amount syncproto.Fen
		code   syncproto.Code
	}{
		{"an amount of nothing", claim.Goodwill, 0, claim.CodeBadAmount},
		{"a negative amount", claim.Goodwill, -1, claim.CodeBadAmount},
		{"more than any amount", claim.Goodwill, syncproto.MaxAmount + 1, claim.CodeBadAmount},
		{"a warranty order with an amount", claim.Warranty, 1, claim.CodeBadAmount},
		{"no kind", 0, 1, claim.CodeWrongKind},
	} {
		t.Run(c.story, func(t *testing.T) {
			s.t = t
			g, _ := s.filing(Seat, c.kind, c.amount)
			s.refused(g, c.code)
		})
	}
	s.t = t
	for range ticket.MaxClaims {
		s.file(claim.Goodwill, 1)
	}
	g, _ := s.filing(Seat, claim.Goodwill, 1)
	s.refused(g, claim.CodeTooManyClaims)
}

// The ticket's trail tells of its claims, without amounts: its readers include departments.
func TestTicketTrailTellsOfClaims(t *testing.T) {
	s := begin(t)
	s.accepted(s.approve(Manager, s.file(claim.Goodwill, 100*yuan), 100*yuan))
	s.accepted(s.reject(Manager, s.file(claim.Warranty, 0)))
	kinds := map[syncproto.EventKind]int{}
	for _, e := range s.History[ticket.Ref(s.ticket)] {
		kinds[e.Kind]++
	}
	if kinds[syncproto.EventClaimAttached] != 2 || kinds[syncproto.EventClaimDecided] != 2 || len(Body[ticket.Body](s.Log, ticket.Ref(s.ticket)).Claims) != 2 {
		t.Fatalf("%v", kinds)
	}
}
