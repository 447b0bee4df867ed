package gateway_test

import (
	"slices"
	"testing"

	"redress/server/gateway/gatewaytest"
	"redress/server/store"
	"redress/syncproto"
	"redress/syncproto/authority"
	"redress/syncproto/rules"
)

// The clock of these tests moves by itself, so late in a month the next one is handed out
// too; they look at the month that runs.

// offered are the grants of the running month that the desk was offered, by kind.
func offered(d *gatewaytest.Desk, kind syncproto.GrantKind) []syncproto.Grant {
	return slices.DeleteFunc(slices.Clone(d.Grants), func(g syncproto.Grant) bool {
		return g.Kind != kind || g.Month != syncproto.MonthOf(d.Clock())
	})
}

// takes waits until the desk was offered an amount, takes all there is, and says how much
// it took of the running month.
func takes(t *testing.T, d *gatewaytest.Desk) syncproto.Fen {
	t.Helper()
	play(t, d, func() bool {
		return len(offered(d, syncproto.GrantAmount)) > 0 && len(offered(d, syncproto.GrantRight)) > 0
	})
	var took syncproto.Fen
	var last syncproto.ID
	for _, g := range offered(d, syncproto.GrantAmount) {
		took += g.Amount
	}
	for _, g := range d.Grants {
		last = tap(t, d, syncproto.CommandTakeGrant, authority.TakeGrant{Grant: g.ID, Month: g.Month, Manager: g.Manager})
	}
	play(t, d, func() bool { return d.Verdicts[last].Outcome != 0 })
	return took
}

// account is the running month as the desk was last told of it.
func account(t *testing.T, d *gatewaytest.Desk) authority.Body {
	t.Helper()
	doc, there := d.Documents[authority.Ref(d.Person, syncproto.MonthOf(d.Clock()))]
	if !there {
		return authority.Body{}
	}
	body, err := rules.ReadBody(syncproto.KindAccount, doc.Body())
	if err != nil {
		t.Fatal(err)
	}
	return body.(authority.Body)
}

func TestAManagerIsOfferedAuthorityAndTakesIt(t *testing.T) {
	s := serve(t)
	manager := s.desk(s.Manager, "li")
	online(t, manager)
	if took := takes(t, manager); took != 6000*syncproto.Yuan {
		t.Errorf("offered %v", took)
	}
	taken := manager.Grants
	if err := manager.Hang(); err != nil {
		t.Fatal(err)
	}
	manager.Grants = nil
	online(t, manager)
	for _, g := range manager.Grants {
		if slices.Contains(taken, g) {
			t.Errorf("a taken grant is offered again: %+v", g)
		}
	}
	s.Verify()
}

// asked is what the account asks of a device, as another or the same was last told.
func asked(t *testing.T, told, of *gatewaytest.Desk) []syncproto.Share {
	t.Helper()
	return authority.AskedOf(account(t, told), of.Incarnation)
}

// evenedOut are two devices of a manager, connected, with half of the month each: they know
// of each other through their sessions. When the second came, the first was asked for half,
// and what it gave back was granted to the second.
func evenedOut(t *testing.T, s *served) (laptop, tablet *gatewaytest.Desk) {
	t.Helper()
	laptop, tablet = s.desk(s.Manager, "li"), s.desk(s.Manager, "li")
	online(t, laptop)
	takes(t, laptop)
	online(t, tablet)
	play(t, laptop, func() bool { return len(asked(t, laptop, laptop)) > 0 })
	half := asked(t, laptop, laptop)
	if len(half) != 1 || half[0].Amount != 3000*syncproto.Yuan {
		t.Fatalf("asked for %v", half)
	}
	tap(t, laptop, syncproto.CommandReturnGrant, authority.ReturnGrant{Manager: s.Manager, Month: account(t, laptop).Month, Given: half}, half...)
	if took := takes(t, tablet); took != 3000*syncproto.Yuan {
		t.Fatalf("the tablet took %v", took)
	}
	return laptop, tablet
}

func TestSharesMoveBetweenConnectedDevices(t *testing.T) {
	s := serve(t)
	laptop, tablet := evenedOut(t, s)
	play(t, laptop, func() bool { return account(t, laptop).Share(tablet.Incarnation) == 3000*syncproto.Yuan })
	if b := account(t, laptop); b.Share(laptop.Incarnation) != 3000*syncproto.Yuan || b.Free() != 0 {
		t.Errorf("the laptop has %v, free %v", b.Share(laptop.Incarnation), b.Free())
	}
	s.Verify()
}

// A device that was asked and is gone before it answered holds up nobody: when it goes, the
// others are looked at without it.
func TestTheOthersGoOnWithoutADeviceThatLeaves(t *testing.T) {
	s := serve(t)
	laptop, tablet := evenedOut(t, s)
	phone := s.desk(s.Manager, "li")
	online(t, phone)
	play(t, phone, func() bool { return len(asked(t, phone, laptop))+len(asked(t, phone, tablet)) > 0 })
	leaves, stays := laptop, tablet
	if len(asked(t, phone, tablet)) > 0 {
		leaves, stays = tablet, laptop
	}
	for _, d := range []*gatewaytest.Desk{stays, phone} { // their sessions have come to rest
		play(t, d, func() bool { return len(asked(t, d, leaves)) > 0 })
		for range 5 {
			last := tap(t, d, syncproto.CommandOpen, s.Open(s.ID(), s.East, "K7MQ-00001"))
			play(t, d, func() bool { return d.Verdicts[last].Outcome != 0 })
		}
	}
	if err := leaves.Hang(); err != nil {
		t.Fatal(err)
	}
	play(t, stays, func() bool { return len(asked(t, stays, stays)) > 0 })
	s.Verify()
}

// A device that hands in what it did offline is asked for nothing until that is decided:
// what it has left is not known before.
func TestADeviceIsAskedOnceItsBacklogIsDecided(t *testing.T) {
	s := serve(t)
	laptop, tablet := s.desk(s.Manager, "li"), s.desk(s.Manager, "li")
	online(t, laptop)
	takes(t, laptop)
	if err := laptop.SendRaw([]byte("not a frame")); err != nil { // so that the server knows that it is gone
		t.Fatal(err)
	}
	ends(t, laptop)
	online(t, tablet)
	var last syncproto.ID
	for range 3 { // offline
		last = tap(t, laptop, syncproto.CommandOpen, s.Open(s.ID(), s.East, "K7MQ-00001"))
	}
	online(t, laptop)
	play(t, laptop, func() bool { return len(asked(t, laptop, laptop)) > 0 && laptop.Verdicts[last].Outcome != 0 })
	if !slices.ContainsFunc(s.entriesAfter(t, laptop.Verdicts[last].Seq), func(e syncproto.Event) bool { return e.Kind == syncproto.EventReturnAsked }) {
		t.Error("it was asked before all it did was decided")
	}
}

// entriesAfter are the events after a position of the log.
func (s *served) entriesAfter(t *testing.T, seq uint64) []syncproto.Event {
	t.Helper()
	var events []syncproto.Event
	for _, p := range s.payloadsAfter(t, seq) {
		events = append(events, p.Events...)
	}
	return events
}

func (s *served) payloadsAfter(t *testing.T, seq uint64) []syncproto.Payload {
	t.Helper()
	var all []syncproto.Payload
	err := s.Store.View(t.Context(), func(v *store.View) error {
		entries, err := v.Entries(seq, 1000)
		for _, e := range entries {
			var payload syncproto.Payload
			if err := syncproto.Decode(e.Payload, &payload); err != nil {
				return err
			}
			all = append(all, payload)
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return all
}
