package session

import (
	"testing"

	"redress/syncproto"
)

// collect holds commands as a restored server does: those with a verdict take up no room.
func (w *world) collect(o Submit) {
	n := 0
	for i, e := range o.Commands {
		w.collected = append(w.collected, e)
		if i < len(o.First) && !o.First[i].IsZero() {
			w.told = append(w.told, o.First[i])
			n++
		}
	}
	if n > 0 {
		w.serve(w.server.Step(w.now, Collected{Counter: o.Commands[n-1].Counter, Count: n}))
	}
}

// forgotten is a desk with commands the server lost, all but the last few told of.
func forgotten(t *testing.T, commands, told int) *world {
	w := newWorld(t)
	w.tap(commands)
	for i := range told {
		w.firsts = append(w.firsts, syncproto.Verdict{Hash: w.outbox[i].CommandHash(), Epoch: 1, Seq: uint64(i + 1), Outcome: syncproto.Accepted})
	}
	w.collecting = true
	return w
}

// TestWhatARestoredServerLacksIsHandedInWhole: what was told of fills no window, each command
// travels with its own verdict, and what was never told waits behind within the window.
func TestWhatARestoredServerLacksIsHandedInWhole(t *testing.T) {
	w := forgotten(t, 500, 300)
	w.connect()
	if len(w.told) != 300 || len(w.collected) < 300 || len(w.collected) > 300+syncproto.MaxInFlight {
		t.Fatalf("%d told, %d collected of 500", len(w.told), len(w.collected))
	}
	for i, v := range w.told {
		if v.Hash != w.collected[i].CommandHash() {
			t.Fatalf("command %d travels with the verdict on another", i)
		}
	}
	if w.verdicts != 0 || w.caught || w.ended != "" {
		t.Errorf("%d verdicts, caught %v, ended %q, while nothing is decided", w.verdicts, w.caught, w.ended)
	}
	w.collecting = false
	w.serve([]ServerOutput{Submit{Commands: w.collected}})
	w.run()
	if len(w.taken) != 500 || w.verdicts != 500 || !w.caught || w.desk.Cursor != 500 {
		t.Errorf("then %d taken, %d verdicts, caught %v, cursor %d", len(w.taken), w.verdicts, w.caught, w.desk.Cursor)
	}
}

// TestTheCoveredLineIsTold to a desk that knows of it.
func TestTheCoveredLineIsTold(t *testing.T) {
	w := newWorld(t)
	w.tap(3)
	w.connect()
	w.connect()
	if !w.covered.Covers(syncproto.Verdict{Epoch: 1, Seq: 3}) || w.covered.Covers(syncproto.Verdict{Epoch: 1, Seq: 4}) || w.covered.Covers(syncproto.Verdict{Epoch: 2, Seq: 1}) {
		t.Errorf("the desk was told %v", w.covered)
	}
}

// TestAnOlderSideHearsNothingNew: neither the line of epochs nor first verdicts nor what is
// collected goes into a session of an older version.
func TestAnOlderSideHearsNothingNew(t *testing.T) {
	s := NewServer(1)
	s.step(1, Heard{&syncproto.Hello{Newest: 2, Oldest: 1, Device: device, Incarnation: first}})
	s.step(1, Identified{Identity{Incarnation: first, LogID: logID, Epoch: 1, Covered: syncproto.Covered{{Epoch: 1, Seq: 1}}}})
	s.state = serverChallenging
	for _, out := range s.welcome(1) {
		if send, ok := out.(Send); ok && len(send.Frame.(*syncproto.Welcome).Covered) > 0 {
			t.Error("it is told the line of epochs")
		}
	}
	if out := s.step(1, Collected{Counter: 1, Count: 1}); len(out) > 0 {
		t.Errorf("it is told what is collected: %+v", out)
	}
	w := forgotten(t, 2, 2)
	c := NewClient(w.desk)
	c.state, c.version = clientOpen, 2
	for _, out := range c.loaded(Loaded{Commands: w.outbox, First: w.firsts}) {
		if send, ok := out.(Send); ok && len(send.Frame.(*syncproto.Commands).First) > 0 {
			t.Error("an older server is handed first verdicts")
		}
	}
}

// TestVerdictsThatAreNotOneForEach end the session.
func TestVerdictsThatAreNotOneForEach(t *testing.T) {
	w := forgotten(t, 2, 2)
	w.connect()
	w.tap(1)
	w.serve(w.server.Step(w.now, Heard{&syncproto.Commands{Commands: w.outbox[2:], First: w.firsts}}))
	if w.serverEnd != syncproto.CodeMalformed {
		t.Errorf("it ends with %q", w.serverEnd)
	}
}
