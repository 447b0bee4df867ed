package session

import (
	"crypto/ed25519"
	"testing"

	"redress/syncproto"
)

// A desk that is told to erase itself hands in first, and erases nothing that is not safe with the
// server: what that only holds in memory, after a restore, is not; and what is done in the very
// moment is handed in too.
func TestARevokedDeskErasesWhatIsSafe(t *testing.T) {
	w := newWorld(t)
	w.tap(2)
	has := func(out []ClientOutput, want ClientOutput) bool {
		for _, o := range out {
			if o == want {
				return true
			}
		}
		return false
	}
	// told begins a session in which the order to erase reaches up to a command.
	told := func(upTo uint64) (*Client, []ClientOutput) {
		c := NewClient(w.desk)
		c.Step(w.reading(), Opened{})
		c.Step(w.reading(), Heard{&syncproto.Challenge{Version: syncproto.Version, LogID: logID}})
		c.Step(w.reading(), Proved{})
		return c, c.Step(w.reading(), Heard{&syncproto.Welcome{Action: syncproto.ActionWipe, LogID: logID, Counter: upTo}})
	}
	again := End{Code: syncproto.CodeScopeChanged}
	c, out := told(0)
	if has(out, Wipe{2}) || !has(out, Load{After: 0, Limit: syncproto.MaxInFlight}) {
		t.Fatalf("told to erase itself with work to hand in: %v", out)
	}
	c.Step(w.reading(), Loaded{Commands: w.outbox})
	if out := c.Step(w.reading(), Heard{&syncproto.Verdicts{Collected: 2}}); has(out, Wipe{2}) || has(out, again) {
		t.Error("what the server only holds in memory is erased")
	}
	if out := c.Step(w.reading(), Heard{&syncproto.Verdicts{Received: 1}}); has(out, Wipe{2}) || has(out, Wipe{1}) || has(out, again) {
		t.Error("with one command of two")
	}
	if out := c.Step(w.reading(), Heard{&syncproto.Verdicts{Received: 2}}); !has(out, again) || has(out, Wipe{2}) {
		t.Fatalf("the order does not reach so far, and it does not ask for another: %v", out)
	}
	if c, out = told(2); !has(out, Wipe{2}) {
		t.Fatal("all is safe, and nothing is erased")
	}
	if out := c.Step(w.reading(), Erased{3}); !has(out, Load{After: 2, Limit: syncproto.MaxInFlight}) {
		t.Fatalf("something was done meanwhile: %v", out)
	}
	w.tap(1)
	c.Step(w.reading(), Loaded{Commands: w.outbox[2:]})
	if out := c.Step(w.reading(), Heard{&syncproto.Verdicts{Received: 3}}); has(out, Wipe{3}) || !has(out, again) {
		t.Fatal("it erases what no order reached")
	}
	if c, out = told(3); !has(out, Wipe{3}) {
		t.Fatal("nothing is erased in the end")
	}
	out = c.Step(w.reading(), Erased{3})
	if len(out) != 1 || out[0].(Send).Frame.(*syncproto.Wiped).Counter != 3 {
		t.Errorf("it does not say so: %v", out)
	}
	if out := c.Step(w.reading(), Heard{&syncproto.Goaway{Code: syncproto.CodeRevoked}}); !has(out, End{Code: syncproto.CodeRevoked}) {
		t.Errorf("%v", out)
	}
}

// The server takes a desk's word only where it asked for it and has everything; a desk of an older
// version hands in and is never asked.
func TestTheServerTakesAWipeWhereItAskedForIt(t *testing.T) {
	for name, c := range map[string]struct {
		revoked bool
		newest  uint16
		counter uint64
		action  syncproto.Action
		notes   bool
	}{
		"as asked":                   {true, 3, 0, syncproto.ActionWipe, true},
		"of commands it never gave":  {true, 3, 7, syncproto.ActionWipe, false},
		"of a device that is in use": {false, 3, 0, syncproto.ActionHandIn, false},
		"of a desk of version 2":     {true, 2, 0, syncproto.ActionHandIn, false},
	} {
		w := newWorld(t)
		s := NewServer(w.now)
		s.Step(w.now, Heard{&syncproto.Hello{Newest: c.newest, Oldest: 1, Device: device, Incarnation: first}})
		s.Step(w.now, Identified{Identity{Key: w.key.Public().(ed25519.PublicKey), Revoked: c.revoked, Kept: true, Incarnation: first, LogID: logID, Nonce: make([]byte, 32)}})
		proof := syncproto.Proof{}
		proof.Signature = ed25519.Sign(w.key, syncproto.ProofBytes(make([]byte, 32), proof))
		out := s.Step(w.now, Heard{&proof})
		if got := out[0].(Send).Frame.(*syncproto.Welcome).Action; got != c.action {
			t.Errorf("%s: action %d, want %d", name, got, c.action)
		}
		out = s.Step(w.now, Heard{&syncproto.Wiped{Counter: c.counter}})
		if _, notes := out[0].(NoteWiped); notes != c.notes {
			t.Errorf("%s: %v", name, out)
		}
	}
}

// revokedSession is the server's end of a session of a revoked device, which has made all that is
// in the world's outbox; the server has so many of that.
func (w *world) revokedSession(has int, kept bool) (*Server, syncproto.Action) {
	w.t.Helper()
	s := NewServer(w.now)
	s.Step(w.now, Heard{&syncproto.Hello{Newest: syncproto.Version, Oldest: 1, Device: device, Incarnation: first, Counter: w.desk.Counter}})
	s.Step(w.now, Identified{Identity{Key: w.key.Public().(ed25519.PublicKey), Revoked: true, Kept: kept, Incarnation: first,
		Line: w.links[has], LogID: logID, Nonce: make([]byte, 32)}})
	proof := syncproto.Proof{Hash: w.links[has].Hash}
	proof.Signature = ed25519.Sign(w.key, syncproto.ProofBytes(make([]byte, 32), proof))
	for _, o := range s.Step(w.now, Heard{&proof}) {
		if send, is := o.(Send); is {
			if welcome, is := send.Frame.(*syncproto.Welcome); is {
				return s, welcome.Action
			}
		}
	}
	w.t.Fatal("no welcome")
	return s, 0
}

// ended is why the outputs end the session, and that it begins anew at once; "" where they do not.
func ended(out []ServerOutput) (code syncproto.Code, atOnce bool) {
	for _, o := range out {
		if end, is := o.(End); is {
			return end.Code, end.RetryAfter == syncproto.Millisecond
		}
	}
	return "", false
}

// The order to erase comes where nothing is left to hand in and the copy of the log holds all of
// it. Before that a revoked device hands in, like one on which nobody is logged in; and when it is
// so, its session ends and the next begins with the order.
func TestTheOrderToEraseWaitsForTheCopy(t *testing.T) {
	for name, c := range map[string]struct {
		made, has int
		kept      bool
		action    syncproto.Action
	}{
		"all is there and kept":               {2, 2, true, syncproto.ActionWipe},
		"all is there, and the copy lacks it": {2, 2, false, syncproto.ActionHandIn},
		"something is to be handed in":        {2, 1, true, syncproto.ActionHandIn},
		"neither":                             {2, 0, false, syncproto.ActionHandIn},
		"nothing was ever done":               {0, 0, true, syncproto.ActionWipe},
	} {
		w := newWorld(t)
		w.tap(c.made)
		s, action := w.revokedSession(c.has, c.kept)
		if action != c.action {
			t.Errorf("%s: action %d, want %d", name, action, c.action)
		}
		code, atOnce := ended(s.Step(w.now, Kept{}))
		if again := action == syncproto.ActionHandIn && c.has == c.made; (code == syncproto.CodeScopeChanged) != again || atOnce != again {
			t.Errorf("%s: when it is kept the session ends with %q", name, code)
		}
	}
}

// While anything is on its way, or only held in memory by a restored server, nothing is kept of it,
// whatever the copy holds.
func TestNothingIsKeptThatIsUnderWay(t *testing.T) {
	w := newWorld(t)
	w.tap(3)
	s, _ := w.revokedSession(0, false)
	still := func(when string) {
		t.Helper()
		if out := s.Step(w.now, Kept{}); len(out) > 0 {
			t.Errorf("%s: %v", when, out)
		}
	}
	still("before anything is handed in")
	s.Step(w.now, Heard{&syncproto.Commands{Commands: w.outbox[:2]}})
	still("with two of three not decided")
	s.Step(w.now, Decided{Verdicts: make([]syncproto.Verdict, 2), Received: 2})
	still("with one of three to come")
	s.Step(w.now, Heard{&syncproto.Commands{Commands: w.outbox[2:]}})
	s.Step(w.now, Collected{Counter: 3, Count: 1})
	still("with one that is held in memory")
	s.Step(w.now, Decided{Verdicts: make([]syncproto.Verdict, 1), Received: 3})
	if code, atOnce := ended(s.Step(w.now, Kept{})); code != syncproto.CodeScopeChanged || !atOnce {
		t.Errorf("with everything decided and kept the session ends with %q", code)
	}
}

// Something is done on a device in the very moment in which it is told to erase itself: what it then
// hands in is not kept yet, so the session ends, and the next begins with handing in.
func TestWhatIsDoneInTheVeryMomentIsHandedInFirst(t *testing.T) {
	w := newWorld(t)
	w.tap(1)
	s, action := w.revokedSession(1, true)
	if action != syncproto.ActionWipe {
		t.Fatalf("action %d", action)
	}
	w.tap(1)
	out := s.Step(w.now, Heard{&syncproto.Commands{Commands: w.outbox[1:]}})
	if code, atOnce := ended(out); code != syncproto.CodeScopeChanged || !atOnce {
		t.Errorf("it ends with %q", code)
	}
	for _, o := range out {
		if _, submits := o.(Submit); submits {
			t.Error("it is taken, and nobody asks whether it is kept")
		}
	}
	if _, action := w.revokedSession(1, true); action != syncproto.ActionHandIn {
		t.Errorf("the next session begins with action %d", action)
	}
}
