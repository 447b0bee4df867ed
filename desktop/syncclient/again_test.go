package syncclient

import (
	"errors"
	"testing"

	"redress/desktop/centraltest"
	"redress/desktop/replica"
	"redress/syncproto"
)

// A server that was restored to a state from before this device was made known turns it away, and
// its person cannot log in. With a new code it is known again over the same address, and the line
// that has been waiting hands in at once what was done here, before anybody has logged in.
func TestADeskThatTheServerHasForgotten(t *testing.T) {
	s := newSeat(t)
	s.talk(s.conversation("a token"), s.central.Answer("a token"), 1000)
	s.open("打开时已断线")
	after := centraltest.New(t)
	after.Epoch = 2
	f := newFront(t, after)
	defer f.Close()
	w := s.run(f.server(), Session{})
	w.until("turned away", func(state State) bool { return state.Trouble == syncproto.CodeUnknownDevice })

	back := Return{Code: "WRONG-CODE2", Machine: "坐席一号机", Incarnation: syncproto.Derive("fresh")}
	if err := EnrolAgain(ctx, s.Replica, f.server(), back); !errors.Is(err, &syncproto.Problem{Code: syncproto.CodeWrongCode}) {
		t.Errorf("a wrong code: %v", err)
	}
	back.Code = "ABCDE-23456"
	must(t, EnrolAgain(ctx, s.Replica, f.server(), back))
	f.mu.Lock()
	device, known := after.Reference().Device(s.Owner().Device)
	f.mu.Unlock()
	if !known || device.Incarnation != seatIncarnation || device.Code != "K7MQ" {
		t.Errorf("the server has %+v %v", device, known)
	}
	w.Retry()
	s.eventually("what was done is final", func() bool {
		tally, err := s.Tally(ctx)
		return err == nil && tally.Accepted == 1 && tally.Pending == 0
	})
	session, err := LogIn(ctx, s.Replica, f.server(), "夏天2026!", s.reading(), make([]byte, replica.SaltLength))
	must(t, err)
	w.Use(session)
	w.until("online", online)
}

// TestAnotherInstallationAtTheAddress knows nothing of what is here, and nothing is changed.
func TestAnotherInstallationAtTheAddress(t *testing.T) {
	s := newSeat(t)
	other := centraltest.New(t)
	other.LogID = syncproto.Derive("another log")
	f := newFront(t, other)
	defer f.Close()
	before := s.Owner()
	err := EnrolAgain(ctx, s.Replica, f.server(), Return{Code: "ABCDE-23456", Machine: "坐席一号机", Incarnation: syncproto.Derive("fresh")})
	if !errors.Is(err, &syncproto.Problem{Code: syncproto.CodeWrongLog}) || s.Owner() != before {
		t.Errorf("%v, and it is %+v", err, s.Owner())
	}
}
