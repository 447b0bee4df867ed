package gateway_test

import (
	"testing"

	"github.com/rs/zerolog"

	"redress/server/gateway"
	"redress/server/gateway/gatewaytest"
	"redress/server/ledger/ledgertest"
	"redress/server/store"
	"redress/syncproto"
	"redress/syncproto/reference"
	"redress/syncproto/ticket"
)

// asking is a ledger with which something happens while somebody asks who is who, or whose log it is.
type asking struct {
	gateway.Ledger
	happens, whose func()
}

func (a *asking) Identity() store.Identity {
	if happens := a.whose; happens != nil {
		a.whose = nil
		happens()
	}
	return a.Ledger.Identity()
}

func (a *asking) Reference() reference.Reference {
	if happens := a.happens; happens != nil {
		a.happens = nil
		happens()
	}
	return a.Ledger.Reference()
}

// byHand is a session without a line.
type byHand struct {
	*intruder
	conversation *gateway.Conversation
}

func (s *served) byHand(hub *gateway.Hub, d *gatewaytest.Desk, hello syncproto.Hello) *byHand {
	b := &byHand{intruder: &intruder{served: s}, conversation: hub.Answer(s.Clock())}
	b.says(&hello)
	challenge, is := b.frames(0)[0].(*syncproto.Challenge)
	if !is {
		s.T.Fatalf("%+v", b.frames(0))
	}
	b.nonce = challenge.Nonce
	b.says(b.proof(d))
	return b
}

func (b *byHand) says(f syncproto.Frame) {
	message, err := syncproto.EncodeFrame(f)
	if err != nil {
		b.T.Fatal(err)
	}
	b.settle(b.conversation.Hear(b.T.Context(), b.Clock(), message))
}

func (b *byHand) passes() { b.settle(b.conversation.Pass(b.T.Context(), b.Clock())) }

func (b *byHand) settle(turn gateway.Turn) {
	b.heard = append(b.heard, b.conversation.Settle(b.T.Context(), b.Clock(), turn).Send...)
}

// TestAReplacedSessionHasNotReported: after a restore to an older state a laptop has something to hand in,
// and its line is made anew while its older session looks at its authority. The accounts stay frozen.
func TestAReplacedSessionHasNotReported(t *testing.T) {
	w := ledgertest.New(t)
	desk := w.Desk(w.Manager, "P2XA")
	intent := syncproto.Intent{ID: w.ID(), Kind: syncproto.CommandRestore, Operator: "周敏"}
	older := store.Restoration{Epoch: 2, Older: true, Months: syncproto.MonthOf(w.Now)}
	if err := w.Store.Restored(t.Context(), older, w.Ledger.AsRestored(2, w.Now, intent), nil); err != nil {
		t.Fatal(err)
	}
	w.Restart()
	if err := w.Ledger.EndRestoring(t.Context(), w.Now); err != nil {
		t.Fatal(err)
	}
	s := serveWorld(t, w)
	d := s.as(desk, "li")
	seal(d, s.wish(d, syncproto.CommandNote, ticket.Note{Ticket: s.NewID(), Text: "已回电"}))
	hello := helloOf(d)
	d.Links = d.Links[:1] // the server has none of it
	between := &asking{Ledger: s.Ledger}
	fill := func(data []byte) { copy(data, "a nonce that nobody else was given") }
	hub := gateway.NewHub(between, s.Store, s.Access, gateway.Chance{Fill: fill, NewID: s.NewID}, zerolog.Nop())
	first := s.byHand(hub, d, hello)
	first.passes()
	between.happens = func() { s.byHand(hub, d, hello) }
	first.passes()
	if _, frozen := s.Ledger.Frozen(s.Manager); !frozen || between.happens != nil {
		t.Errorf("the laptop has not handed in, and the accounts are frozen: %v", frozen)
	}
}

// isDecided says that a command has a verdict in the log.
func (s *served) isDecided(e syncproto.Envelope) (is bool) {
	s.T.Helper()
	err := s.Store.View(s.T.Context(), func(v *store.View) (err error) {
		_, is, err = v.Command(s.verdictOf(e).Command)
		return err
	})
	if err != nil {
		s.T.Fatal(err)
	}
	return is
}

// handsIn has a desk that a server has restored hand in commands that it was told of.
func (b *byHand) handsIn(told []syncproto.Verdict, some ...syncproto.Envelope) {
	b.says(&syncproto.Commands{Commands: some, First: told})
}

// TestALineThatIsMadeAnewAmidTheCollecting: a desk that has handed in all it was told of says it again on a new
// line, or has its older line bring the rest of it only then. Nothing of it is decided later than it was.
func TestALineThatIsMadeAnewAmidTheCollecting(t *testing.T) {
	for _, late := range []bool{false, true} {
		w := ledgertest.New(t)
		desk := w.Desk(w.Seat, "K7MQ")
		s := serveCollecting(t, w)
		d := s.as(desk, "wang")
		id := s.Ledger.Identity()
		var both []syncproto.Envelope
		var told []syncproto.Verdict
		for n, number := range []string{"K7MQ-00001", "K7MQ-00002"} {
			e := seal(d, s.wish(d, syncproto.CommandOpen, s.Open(s.NewID(), s.East, number)))
			v := syncproto.Verdict{Hash: e.CommandHash(), Epoch: 1, Seq: uint64(n) + 1, Time: s.Clock(), Outcome: syncproto.Accepted}
			both, told = append(both, e), append(told, v.Sign(id.LogID, id.ServerKey))
		}
		hello := helloOf(d)
		d.Links = d.Links[:1] // the server has none of them
		between := &asking{Ledger: s.Ledger}
		fill := func(data []byte) { copy(data, "a nonce that nobody else was given") }
		hub := gateway.NewHub(between, s.Store, s.Access, gateway.Chance{Fill: fill, NewID: s.NewID}, zerolog.Nop())
		if err := hub.Collect(t.Context(), s.Clock(), nil); err != nil {
			t.Fatal(err)
		}
		first := s.byHand(hub, d, hello)
		first.says(&syncproto.Told{})
		var second *byHand
		anew := func() {
			second = s.byHand(hub, d, hello)
			second.says(&syncproto.Told{})
		}
		if late {
			between.whose = func() {
				anew()
				second.handsIn(told, both...)
			}
			first.handsIn(told[:1], both[:1]...)
		} else {
			first.handsIn(told, both...)
			anew()
			second.handsIn(told[:1], both[:1]...)
		}
		if over, err := hub.Collected(t.Context(), s.Clock()); err != nil || !over {
			t.Fatalf("the collecting is over %v, %v", over, err)
		}
		for n, e := range both {
			if !s.isDecided(e) {
				t.Errorf("the older line is late: %v; command %d of 2 is not decided with what was told of", late, n+1)
			}
		}
		second.passes()
		if !late {
			second.handsIn(told[1:], both[1:]...)
		}
		answered := 0
		for _, f := range second.frames(0) {
			switch f := f.(type) {
			case *syncproto.Verdicts:
				answered += len(f.Verdicts)
			case *syncproto.Goaway:
				t.Errorf("the newer line ended with %q", f.Code)
			}
		}
		if answered != 2 {
			t.Errorf("the newer line has %d verdicts, want 2", answered)
		}
	}
}

// TestASessionThatBeganWhileTheClockWasAhead begins anew once the clock is said to be right: its token is good
// for no longer than any other. The others go on.
func TestASessionThatBeganWhileTheClockWasAhead(t *testing.T) {
	s := serve(t)
	d := s.desk(s.Manager, "li")
	i := s.opened(d, nil)
	s.Hub.ClockIsRight(s.Clock())
	if ok, code := i.goesOn(); !ok {
		t.Errorf("a session that began by a clock that is right ended with %q", code)
	}
	s.Hub.ClockIsRight(s.Clock().Add(-300 * syncproto.Day))
	if code := i.ends(); code != syncproto.CodeScopeChanged {
		t.Errorf("it ended with %q", code)
	}
}

// TestTheClockIsSaidToBeRightDuringHello: a desk has said Hello with a token of while the clock was ahead, and
// proves itself when the token has been cut. It begins anew, or it would read for as long as it was good before.
func TestTheClockIsSaidToBeRightDuringHello(t *testing.T) {
	s := serve(t)
	d := s.desk(s.Manager, "li")
	i, hello := s.intruder(), helloOf(d)
	i.say(&hello)
	if !is[*syncproto.Challenge](i.hear()) {
		t.Fatal("it is not asked who it is")
	}
	right := s.Clock().Add(-6 * syncproto.Hour)
	if err := s.Access.ClockIsRight(t.Context(), right); err != nil {
		t.Fatal(err)
	}
	s.Hub.ClockIsRight(right)
	i.say(i.proof(d))
	if reads, code := i.goesOn(); reads || code != syncproto.CodeScopeChanged {
		t.Errorf("it goes on: %v; it ended with %q", reads, code)
	}
}

// TestWhatIsDoneAsTheCollectingEnds: a desk has handed in what it was told of and what is new behind it, and in
// the moment in which the first is decided sends what its person does then. That comes after the second.
func TestWhatIsDoneAsTheCollectingEnds(t *testing.T) {
	w := ledgertest.New(t)
	desk := w.Desk(w.Seat, "K7MQ")
	s := serveCollecting(t, w)
	d := s.as(desk, "wang")
	id := s.Ledger.Identity()
	var all []syncproto.Envelope
	for _, number := range []string{"K7MQ-00001", "K7MQ-00002", "K7MQ-00003"} {
		all = append(all, seal(d, s.wish(d, syncproto.CommandOpen, s.Open(s.NewID(), s.East, number))))
	}
	told := syncproto.Verdict{Hash: all[0].CommandHash(), Epoch: 1, Seq: 1, Time: s.Clock(), Outcome: syncproto.Accepted}
	hello := helloOf(d)
	hello.Counter, d.Links = 2, d.Links[:1] // the server has none of them
	b := s.byHand(s.Hub, d, hello)
	b.says(&syncproto.Told{})
	b.handsIn([]syncproto.Verdict{told.Sign(id.LogID, id.ServerKey), {}}, all[:2]...)
	if over, err := s.Hub.Collected(t.Context(), s.Clock()); err != nil || !over {
		t.Fatalf("the collecting is over %v, %v", over, err)
	}
	b.handsIn(nil, all[2:]...)
	b.passes()
	var received uint64
	for _, f := range b.frames(0) {
		switch f := f.(type) {
		case *syncproto.Goaway:
			t.Errorf("the session ended with %q", f.Code)
		case *syncproto.Verdicts:
			if f.Collected == 0 && f.Received < received {
				t.Errorf("it is told that %d are here, and then %d", received, f.Received)
			}
			received = max(received, f.Received)
		}
	}
	for n, e := range all {
		if !s.isDecided(e) {
			t.Errorf("command %d of 3 is not decided", n+1)
		}
	}
	if desks, _ := s.Attendance.Desks(syncproto.ID{}, 10); len(desks) != 1 || desks[0].Waiting != 0 {
		t.Errorf("whoever watches is told of %+v", desks)
	}
}
