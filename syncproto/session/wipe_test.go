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
	c := NewClient(w.desk)
	has := func(out []ClientOutput, want ClientOutput) bool {
		for _, o := range out {
			if o == want {
				return true
			}
		}
		return false
	}
	c.Step(w.reading(), Opened{})
	c.Step(w.reading(), Heard{&syncproto.Challenge{Version: syncproto.Version, LogID: logID}})
	c.Step(w.reading(), Proved{})
	out := c.Step(w.reading(), Heard{&syncproto.Welcome{Action: syncproto.ActionWipe, LogID: logID}})
	if has(out, Wipe{2}) || !has(out, Load{After: 0, Limit: syncproto.MaxInFlight}) {
		t.Fatalf("told to erase itself with work to hand in: %v", out)
	}
	c.Step(w.reading(), Loaded{Commands: w.outbox})
	if out := c.Step(w.reading(), Heard{&syncproto.Verdicts{Collected: 2}}); has(out, Wipe{2}) {
		t.Error("what the server only holds in memory is erased")
	}
	if out := c.Step(w.reading(), Heard{&syncproto.Verdicts{Received: 1}}); has(out, Wipe{2}) || has(out, Wipe{1}) {
		t.Error("with one command of two")
	}
	if out := c.Step(w.reading(), Heard{&syncproto.Verdicts{Received: 2}}); !has(out, Wipe{2}) {
		t.Fatal("all is safe, and nothing is erased")
	}
	if out := c.Step(w.reading(), Erased{3}); !has(out, Load{After: 2, Limit: syncproto.MaxInFlight}) {
		t.Fatalf("something was done meanwhile: %v", out)
	}
	w.tap(1)
	c.Step(w.reading(), Loaded{Commands: w.outbox[2:]})
	if out := c.Step(w.reading(), Heard{&syncproto.Verdicts{Received: 3}}); !has(out, Wipe{3}) {
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
