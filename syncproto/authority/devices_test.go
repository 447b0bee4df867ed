package authority_test

import (
	"testing"

	"redress/syncproto"
	"redress/syncproto/authority"
	"redress/syncproto/decision"
	"redress/syncproto/organisation"
	"redress/syncproto/reference"
	"redress/syncproto/rules"
	. "redress/syncproto/rules/rulestest"
)

// The first device has everything; connected together once, each has half; what one spends
// is evened out when shares differ by more than a tenth of both together, and not before.
func TestSharesAreEvenedOut(t *testing.T) {
	s := begin(t)
	s.meet(november, laptop)
	s.have("alone", 6000*yuan, 0, 0)
	s.meet(november, laptop, tablet)
	s.have("together", 3000*yuan, 3000*yuan, 0)
	s.spend(november, laptop, 500*yuan)
	s.meet(november, laptop, tablet)
	s.have("500 of 5,500 apart", 2500*yuan, 3000*yuan, 0)
	s.spend(november, laptop, 100*yuan)
	s.meet(november, laptop, tablet)
	s.have("600 of 5,400 apart", 2700*yuan, 2700*yuan, 0)
	s.spend(november, laptop, 2000*yuan+1)
	s.meet(november, laptop, tablet)
	s.have("the odd fen stays with the richer", 1700*yuan-1, 1700*yuan, 0)
}

// A7: the line is cut anywhere in the middle of a share moving: what a device keeps stays
// usable, and nobody is asked again while what was asked has not come.
func TestCutWhileSharesMove(t *testing.T) {
	s := begin(t)
	s.meet(november, laptop)
	s.connect(november, tablet, laptop, tablet)
	s.have("asked", 6000*yuan, 0, 0)
	if r := s.connect(november, tablet, laptop, tablet); len(r.Changed) != 0 {
		t.Fatalf("asked again: %v", r.Events())
	}
	back := s.returning(november, laptop, syncproto.Share{Grant: s.only(laptop), Amount: 3000 * yuan})
	s.have("queued on the laptop, offline", 3000*yuan, 0, 0)
	s.accepted(back)
	s.have("arrived, and the tablet is gone", 3000*yuan, 0, 3000*yuan)
	s.meet(november, laptop)
	s.have("the laptop is alone again", 6000*yuan, 0, 0)
}

// A Return counts once, however often it is sent; a second copy of the disk that returns
// again, or returns what is spent, is credited nothing (A6 b, d).
func TestReturnIsCreditedOnce(t *testing.T) {
	s := begin(t)
	s.meet(november, laptop)
	grant := s.only(laptop)
	back := s.returning(november, laptop, syncproto.Share{Grant: grant, Amount: 2000 * yuan})
	back.ID = s.NextID()
	s.accepted(back)
	s.accepted(back)
	s.have("once", 4000*yuan, 0, 2000*yuan)
	copied := back
	copied.ID = s.NextID()
	s.accepted(copied)
	s.have("a copy that states the same", 4000*yuan, 0, 2000*yuan)
	s.charge(november, grant, 3000*yuan)
	s.given[grant] = 0 // a copy that has neither spent nor returned
	s.accepted(s.returning(november, laptop, syncproto.Share{Grant: grant, Amount: 5000 * yuan}))
	body := s.body(november)
	if g, _ := body.Grant(grant); body.Free() != 3000*yuan || g.Returned != 3000*yuan || g.Left() != 0 {
		t.Fatalf("free %v, %+v", body.Free(), g)
	}
}

func TestReturnRefused(t *testing.T) {
	s := begin(t)
	s.meet(november, laptop, tablet)
	grant := s.only(laptop)
	share := syncproto.Share{Grant: grant, Amount: 100}
	var right syncproto.ID
	for _, g := range s.body(november).Grants {
		if g.Kind == syncproto.GrantRight && g.Device == laptop.Device {
			right = g.ID
		}
	}
	give := func(h authority.Holder, given []syncproto.Share, shares ...syncproto.Share) Given {
		return on(h, syncproto.CommandReturnGrant, authority.ReturnGrant{Manager: Manager, Month: november, Given: given}, shares...)
	}
	one := []syncproto.Share{share}
	for _, c := range []struct {
		story string
		given Given
		code  syncproto.Code
	}{
		{"another device's grant", give(tablet, one, share), authority.CodeNoSuchGrant},
		{"a right", give(laptop, []syncproto.Share{{Grant: right, Amount: 100}}, syncproto.Share{Grant: right, Amount: 100}), authority.CodeNoSuchGrant},
		{"a grant there is not", give(laptop, []syncproto.Share{{Grant: s.NextID(), Amount: 100}}, syncproto.Share{Grant: grant, Amount: 100}), authority.CodeSharesDiffer},
		{"nothing", give(laptop, nil), authority.CodeSharesDiffer},
		{"less than nothing", give(laptop, one, syncproto.Share{Grant: grant, Amount: -100}), authority.CodeSharesDiffer},
		{"more now than in all", give(laptop, one, syncproto.Share{Grant: grant, Amount: 101}), authority.CodeSharesDiffer},
		{"more than was granted", give(laptop, []syncproto.Share{{Grant: grant, Amount: 6000*yuan + 1}}, share), authority.CodeSharesDiffer},
		{"a grant named twice", give(laptop, []syncproto.Share{share, share}, share, share), authority.CodeSharesDiffer},
	} {
		t.Run(c.story, func(t *testing.T) {
			s.t = t
			s.refused(c.given, c.code)
			s.have("nothing moved", 3000*yuan, 3000*yuan, 0)
		})
	}
	s.t = t
	others := give(laptop, one, share)
	others.Person = Substitute
	s.refused(others, authority.CodeNoSuchGrant)
}

// What was returned and is still parked elsewhere, or spent by a re-sent command of the
// former incarnation, counts: the device returns, not the incarnation.
func TestReturnAfterRekey(t *testing.T) {
	s := begin(t)
	s.meet(november, laptop)
	back := s.returning(november, laptop, syncproto.Share{Grant: s.only(laptop), Amount: 2000 * yuan})
	fresh := holder(laptop.Device, s.NextID())
	s.operate(syncproto.CommandRekeyDevice, organisation.RekeyDevice{ID: laptop.Device, Incarnation: fresh.Incarnation})
	back.Incarnation = fresh.Incarnation
	s.accepted(back)
	if free := s.body(november).Free(); free != 2000*yuan {
		t.Fatalf("free %v", free)
	}
	s.meet(november, fresh)
	if s.has(fresh) != 2000*yuan || s.body(november).Free() != 0 {
		t.Fatalf("%v, free %v", s.has(fresh), s.body(november).Free())
	}
}

// "Take my authority on this laptop": the tablet, connected, gives back all it has, and
// nothing goes to it until the manager says otherwise. It gives nothing while the laptop
// is away: there it could not be spent.
func TestMoveAuthority(t *testing.T) {
	s := begin(t)
	s.meet(november, laptop, tablet)
	move := func(to syncproto.ID) Given {
		return on(laptop, syncproto.CommandMoveAuthority, authority.MoveAuthority{Manager: Manager, Month: november, To: to})
	}
	s.accepted(move(laptop.Device))
	s.meet(november, tablet)
	s.have("the tablet alone", 3000*yuan, 3000*yuan, 0)
	s.meet(november, laptop, tablet)
	s.have("both", 6000*yuan, 0, 0)
	s.operate(syncproto.CommandSetLimit, limit(7000*yuan))
	s.meet(november, tablet)
	s.have("a raise waits for the laptop", 6000*yuan, 0, 1000*yuan)
	s.refused(move(laptop.Device), syncproto.CodeAlready)
	s.refused(move(s.NextID()), syncproto.CodeUnknownDevice)
	seat, _ := DeviceOf(Seat)
	s.refused(move(seat), syncproto.CodeUnknownDevice)
	others := move(syncproto.ID{})
	others.Person = Substitute
	s.refused(others, authority.CodeOtherAccount)
	s.accepted(move(syncproto.ID{}))
	s.meet(november, laptop, tablet)
	s.have("evened out again", 3500*yuan, 3500*yuan, 0)
}

// What was offered to a former incarnation that is not connected is withdrawn, and taking it
// afterwards is refused; another person's device gets nothing, also not as one that is
// said to be connected, and a revoked one gives back what it never took.
func TestWithdrawn(t *testing.T) {
	s := begin(t)
	s.connect(november, laptop)
	offer := authority.Offered(account, s.body(november), laptop.Incarnation)
	fresh := holder(laptop.Device, s.NextID())
	s.operate(syncproto.CommandRekeyDevice, organisation.RekeyDevice{ID: laptop.Device, Incarnation: fresh.Incarnation})
	stranger := holder(DeviceOf(Seat))
	s.connect(november, laptop, stranger, laptop)
	if got := authority.Offered(account, s.body(november), laptop.Incarnation); len(got) != len(offer) {
		t.Fatalf("another file of the laptop is connected and may still take %v, got %v", offer, got)
	}
	s.connect(november, tablet, stranger, tablet)
	s.take(november, tablet)
	s.have("withdrawn, and granted to the tablet", 0, 6000*yuan, 0)
	s.connect(november, fresh, fresh, tablet)
	s.accepted(s.returning(november, tablet, syncproto.Share{Grant: s.only(tablet), Amount: 3000 * yuan}))
	s.connect(november, fresh, fresh, tablet)
	revoked, _ := s.Reference.Device(fresh.Device)
	revoked.Revoked = Morning
	s.Reference = s.Reference.With(s.Reference.Seq+1, organisation.DeviceRef(fresh.Device), revoked)
	if r := s.connect(november, fresh, fresh, tablet); len(r.Changed) != 0 {
		t.Fatalf("a revoked device: %v", r.Events())
	}
	s.connect(november, tablet, fresh, tablet)
	s.take(november, tablet)
	s.have("the revoked device's is the tablet's", 0, 6000*yuan, 0)
	if left := authority.Offered(account, s.body(november), laptop.Incarnation); len(left) != 0 {
		t.Fatalf("still offered: %v", left)
	}
	for _, g := range offer {
		s.refused(on(laptop, syncproto.CommandTakeGrant, authority.TakeGrant{Grant: g.ID, Month: november, Manager: Manager}), authority.CodeGrantDead)
	}
}

// From the 25th on the next month is handed out in the shares of this one, each device its
// own and once; what rounding leaves is granted when the month runs, and then nothing of
// the month that is over moves any more.
func TestNextMonth(t *testing.T) {
	s := begin(t)
	s.meet(november, laptop, tablet)
	s.spend(november, laptop, 1000*yuan)
	s.spend(november, tablet, 1000*yuan)
	s.Now = november.Start().Add(24*syncproto.Day) - 1
	s.connect(december, laptop, laptop, tablet)
	if _, there := s.Docs[authority.Ref(Manager, december)]; there {
		t.Fatal("on the 24th")
	}
	s.Now++
	if got := rules.Accounts(Manager, s.Now, s.Reference); len(got) != 2 || got[1] != authority.Ref(Manager, december) {
		t.Fatalf("accounts %v", got)
	}
	if got := rules.WhenConnected(Manager, rules.Connected(laptop), nil, s.Now, s.Reference); len(got) != 2 {
		t.Fatalf("commands %v", got)
	}
	s.operate(syncproto.CommandSetLimit, authority.SetLimit{Manager: Manager, Month: december, Limit: 6000*yuan + 1, Reason: "活动"})
	s.meet(december, laptop)
	body := s.body(december)
	if len(body.Grants) != 2 || body.Grants[0].Amount != 3000*yuan || body.Grants[0].NotBefore != december.Start() || body.Free() != 3000*yuan+1 {
		t.Fatalf("%+v", body)
	}
	s.meet(december, laptop, tablet)
	if body := s.body(december); body.Free() != 1 || body.Share(tablet.Incarnation) != 3000*yuan || len(body.Grants) != 4 {
		t.Fatalf("%+v", body)
	}
	s.Now = december.Start()
	s.meet(december, tablet)
	if body := s.body(december); body.Free() != 0 || body.Share(tablet.Incarnation) != 3000*yuan+1 {
		t.Fatalf("%+v", body)
	}
	s.meet(november, laptop, tablet)
	s.operateRefused(limit(1))
	if r := s.connect(november, laptop, laptop, tablet); len(r.Changed) != 0 {
		t.Fatalf("of the month that is over: %v", r.Events())
	}
}

func (s *twoDevices) operateRefused(c authority.SetLimit) {
	s.t.Helper()
	s.refused(Given{Kind: syncproto.CommandSetLimit, Command: c, Operator: "admin"}, authority.CodeMonthClosed)
}

// A restore to an older state may forget that a device took a grant, and not that it was issued; and
// headquarters may write it off before the device has handed in that it took it. What it gave back of
// it, and was told of, still stands, and is credited to nobody: what died stays dead.
func TestWhatWasToldOfAForgottenTaking(t *testing.T) {
	dead := authority.GrantState{ID: syncproto.ID{1}, Kind: syncproto.GrantAmount, Device: laptop.Device, Amount: 3000 * yuan, WrittenOff: 3000 * yuan}
	alive := dead
	alive.ID, alive.WrittenOff, alive.Taken = syncproto.ID{2}, 0, Morning
	both := []syncproto.Share{{Grant: dead.ID, Amount: 1000 * yuan}, {Grant: alive.ID, Amount: 500 * yuan}}
	given := authority.ReturnGrant{Manager: Manager, Month: november, Given: both}
	for _, told := range []bool{true, false} {
		out := authority.Decide(decision.Input{
			Intent: syncproto.Intent{Kind: syncproto.CommandReturnGrant, Person: Manager, Shares: both}, Command: given,
			Device: laptop.Device, Now: Morning, Told: told,
			Docs: decision.Docs{given.Subject(): {Presence: decision.Held, Body: authority.Body{
				Manager: Manager, Month: november, Grants: []authority.GrantState{dead, alive}}}},
		}, reference.Reference{})
		if !told {
			if out.Outcome != syncproto.Rejected {
				t.Errorf("nobody was told, and nobody took it: %+v", out)
			}
			continue
		}
		if out.Outcome != syncproto.Accepted || len(out.Changes) != 1 {
			t.Fatalf("%+v", out)
		}
		if back, _ := out.Changes[0].Body.(authority.Returned); back.Grant != alive.ID || back.Credit != 500*yuan {
			t.Errorf("%+v", back)
		}
	}
}

// After a restore that forgot a grant, what was spent of it may be handed in before its taking, and
// brings it back as taken. The device that was told it has it is not refused it then. A grant that
// the server has issued is taken once all the same (A2 d).
func TestATakingStandsThatItsSpendingOvertook(t *testing.T) {
	for _, c := range []struct {
		story     string
		told      bool
		notBefore syncproto.Instant // which what was spent does not say
		want      syncproto.Outcome
	}{
		{"told, and brought back by what was spent", true, 0, syncproto.Accepted},
		{"told, and issued", true, Morning, syncproto.Rejected},
		{"not told", false, 0, syncproto.Rejected},
	} {
		take := authority.TakeGrant{Manager: Manager, Month: november, Grant: syncproto.ID{1}}
		grant := authority.GrantState{ID: take.Grant, Kind: syncproto.GrantAmount, Device: laptop.Device, Amount: 3000 * yuan, Taken: Morning, NotBefore: c.notBefore}
		out := authority.Decide(decision.Input{
			Intent: syncproto.Intent{Kind: syncproto.CommandTakeGrant, Person: Manager}, Command: take, Device: laptop.Device, Now: Morning, Told: c.told,
			Docs: decision.Docs{take.Subject(): {Presence: decision.Held, Body: authority.Body{Manager: Manager, Month: november, Grants: []authority.GrantState{grant}}}},
		}, reference.Reference{})
		if out.Outcome != c.want || len(out.Changes) != 0 {
			t.Errorf("%s: %+v", c.story, out)
		}
	}
}
