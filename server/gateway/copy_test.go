package gateway_test

import (
	"sync/atomic"
	"testing"

	"redress/syncproto"
	"redress/syncproto/organisation"
)

// markOf is a copy that a test moves on.
type markOf struct{ atomic.Uint64 }

func (m *markOf) Mark() uint64 { return m.Load() }

// TestAGrantWaitsForTheCopy: it is issued and stands in the account, and no desk gets it
// before the copy of the log holds its entry. Then it is sent without anybody asking.
func TestAGrantWaitsForTheCopy(t *testing.T) {
	s := serve(t)
	copied := &markOf{}
	s.Hub.Copy = copied
	copied.Store(s.Ledger.Head().Seq)
	manager := s.desk(s.Manager, "li")
	online(t, manager)
	play(t, manager, func() bool { return account(t, manager).Share(manager.Incarnation) == 6000*syncproto.Yuan })
	ask := tap(t, manager, syncproto.CommandNote, struct{}{}) // rejected; its verdict comes behind whatever was sent before
	play(t, manager, func() bool { return manager.Verdicts[ask].Outcome != 0 })
	if len(manager.Grants) > 0 {
		t.Fatalf("the copy is at %d of %d, and %d grants were sent", copied.Mark(), s.Ledger.Head().Seq, len(manager.Grants))
	}
	copied.Store(s.Ledger.Head().Seq)
	s.Hub.Marked(copied.Mark())
	if took := takes(t, manager); took != 6000*syncproto.Yuan {
		t.Errorf("with the copy there: took %v", took)
	}
	s.Verify()
}

// TestARevokedDeviceWaitsForTheCopy: it hands in what was done on it and is not told to erase that
// before the copy of the log holds it, however often it comes. Then its session ends without anybody
// asking, and the next begins with the order. What the copy lacks of others keeps nobody waiting.
func TestARevokedDeviceWaitsForTheCopy(t *testing.T) {
	s := serve(t)
	copied := &markOf{}
	s.Hub.Copy = copied
	laptop, seat := s.desk(s.Seat, "wang"), s.desk(s.Seat, "wang")
	online(t, laptop)
	opening := tap(t, laptop, syncproto.CommandOpen, s.Open(s.NewID(), s.East, "K7MQ-00001"))
	play(t, laptop, func() bool { return laptop.Verdicts[opening].Outcome == syncproto.Accepted })
	if err := laptop.Hang(); err != nil {
		t.Fatal(err)
	}
	copied.Store(s.Ledger.Head().Seq - 1)
	s.Own(syncproto.CommandRevokeDevice, organisation.RevokeDevice{ID: laptop.Device, Reason: "被盗"})
	i := s.opened(laptop, nil)
	if i.welcome.Action != syncproto.ActionHandIn {
		t.Fatalf("the copy lacks the newest that was done on it, and the session begins with action %d", i.welcome.Action)
	}
	before := s.Ledger.Head().Seq
	later := seal(laptop, s.wish(laptop, syncproto.CommandNote, struct{}{})) // in the very moment
	if v, code := i.verdictOn(later); v.Outcome == 0 {
		t.Fatalf("it is not taken: %q", code)
	}
	copied.Store(before) // not sooner: with all of it there the session may end at any time
	for range 2 {        // and when the line goes and comes
		if goesOn, code := i.goesOn(); !goesOn {
			t.Fatalf("the copy is at %d of %d, and the session ends with %q", copied.Mark(), s.Ledger.Head().Seq, code)
		}
		if i = s.opened(laptop, nil); i.welcome.Action != syncproto.ActionHandIn {
			t.Fatalf("the copy is at %d of %d, and the session begins with action %d", copied.Mark(), s.Ledger.Head().Seq, i.welcome.Action)
		}
	}
	copied.Store(s.Ledger.Head().Seq)
	s.Hub.Marked(copied.Mark())
	if code := i.ends(); code != syncproto.CodeScopeChanged {
		t.Fatalf("with the copy there it ends with %q", code)
	}
	online(t, seat)
	s.unharmed(seat) // the log goes on, and the copy stays where it is
	if i = s.opened(laptop, nil); i.welcome.Action != syncproto.ActionWipe {
		t.Fatalf("the copy holds all of it, and the session begins with action %d", i.welcome.Action)
	}
	i.say(&syncproto.Wiped{Counter: later.Counter})
	if code := i.ends(); code != syncproto.CodeRevoked {
		t.Errorf("it ends with %q", code)
	}
	if device, _ := s.Ledger.Reference().Device(laptop.Device); device.Wiped == 0 {
		t.Error("nobody notes that it has erased itself")
	}
	s.Verify()
}
