package session

import (
	"crypto/ed25519"
	"testing"

	"redress/syncproto"
)

// restoredClient is a desk's end that a restored server has just welcomed.
func (w *world) restoredClient(desk Desk, action syncproto.Action) (*Client, []ClientOutput) {
	c := NewClient(desk)
	c.Step(w.reading(), Opened{})
	c.Step(w.reading(), Heard{&syncproto.Challenge{Version: syncproto.Version, LogID: logID}})
	c.Step(w.reading(), Proved{})
	return c, c.Step(w.reading(), Heard{&syncproto.Welcome{Action: action, LogID: logID, Epoch: 2}})
}

func outputs[T any](out []ClientOutput) (found []T) {
	for _, o := range out {
		if one, is := o.(T); is {
			found = append(found, one)
		}
	}
	return found
}

func toldIn(out []ClientOutput) (told []*syncproto.Told) {
	for _, o := range outputs[Send](out) {
		if f, is := o.Frame.(*syncproto.Told); is {
			told = append(told, f)
		}
	}
	return told
}

// TestWhatWasToldIsSaidFirst: before a command is handed in, and before anything is erased; in messages
// within their limit; and nothing of it where the server takes nothing.
func TestWhatWasToldIsSaidFirst(t *testing.T) {
	w := newWorld(t)
	w.tap(2)
	c, out := w.restoredClient(w.desk, syncproto.ActionResume)
	if len(outputs[Recall](out)) != 1 || len(outputs[Load](out)) != 0 {
		t.Fatalf("welcomed by a restored server: %v", out)
	}
	if out := c.Step(w.reading(), Grew{Counter: 3}); len(out) != 0 {
		t.Errorf("it hands in before it has said what it was told: %v", out)
	}
	out = c.Step(w.reading(), Recalled{make([]syncproto.Verdict, 2*syncproto.MaxTold+1)})
	told := toldIn(out)
	if len(told) != 3 || !told[0].More || !told[1].More || told[2].More || len(told[0].Verdicts) != syncproto.MaxTold || len(told[2].Verdicts) != 1 {
		t.Errorf("it says %v", told)
	}
	if len(outputs[Load](out)) != 1 {
		t.Error("then it hands nothing in")
	}
	if out := c.Step(w.reading(), Recalled{}); len(out) != 0 {
		t.Errorf("what nobody asked for: %v", out)
	}

	reader := w.desk
	reader.ReadsOnly = true
	c, out = w.restoredClient(reader, syncproto.ActionResume)
	if len(outputs[Recall](out)) != 0 || len(outputs[Recall](c.Step(w.reading(), HandIn{}))) != 1 {
		t.Error("a desk that only reads says it before the server has room")
	}

	idle := w.desk
	idle.Counter = 0
	c, out = w.restoredClient(idle, syncproto.ActionWipe)
	if len(outputs[Wipe](out)) != 0 || len(outputs[Recall](out)) != 1 {
		t.Errorf("told to erase itself: %v", out)
	}
	if out := c.Step(w.reading(), Recalled{}); len(toldIn(out)) != 1 || len(outputs[Wipe](out)) != 1 {
		t.Errorf("when it has said it: %v", out)
	}
}

// TestTheServerHearsItOnce: in a log that was restored, of a desk of this version, before its commands.
func TestTheServerHearsItOnce(t *testing.T) {
	w := newWorld(t)
	w.tap(1)
	session := func(epoch uint32, newest uint16) *Server {
		s := NewServer(w.now)
		s.Step(w.now, Heard{&syncproto.Hello{Newest: newest, Oldest: 1, Device: device, Incarnation: first, Counter: 1}})
		s.Step(w.now, Identified{Identity{Key: w.key.Public().(ed25519.PublicKey), Incarnation: first, LogID: logID, Epoch: epoch, Nonce: make([]byte, 32)}})
		proof := syncproto.Proof{}
		proof.Signature = ed25519.Sign(w.key, syncproto.ProofBytes(make([]byte, 32), proof))
		for _, o := range s.Step(w.now, Heard{&proof}) {
			if ready, is := o.(Ready); is && ready.Tells != (epoch > 1 && newest >= firstVersion) {
				t.Errorf("epoch %d, version %d: it says that the desk tells %v", epoch, newest, ready.Tells)
			}
		}
		return s
	}
	some, last := &syncproto.Told{Verdicts: make([]syncproto.Verdict, 1), More: true}, &syncproto.Told{}
	for name, c := range map[string]struct {
		server *Server
		frames []syncproto.Frame
		notes  int
		ended  syncproto.Code
	}{
		"in order":             {session(2, 3), []syncproto.Frame{some, last}, 2, ""},
		"after all":            {session(2, 3), []syncproto.Frame{last, some}, 1, syncproto.CodeOutOfOrder},
		"a command before any": {session(2, 3), []syncproto.Frame{&syncproto.Commands{Commands: w.outbox}}, 0, syncproto.CodeOutOfOrder},
		"too many":             {session(2, 3), []syncproto.Frame{&syncproto.Told{Verdicts: make([]syncproto.Verdict, syncproto.MaxTold+1)}}, 0, syncproto.CodeMalformed},
		"never restored":       {session(1, 3), []syncproto.Frame{last}, 0, syncproto.CodeOutOfOrder},
		"of an older version":  {session(2, 2), []syncproto.Frame{last}, 0, syncproto.CodeOutOfOrder},
		"a command before all": {session(2, 3), []syncproto.Frame{some, &syncproto.Commands{Commands: w.outbox}}, 1, syncproto.CodeOutOfOrder},
	} {
		notes, ended := 0, syncproto.Code("")
		for _, f := range c.frames {
			for _, o := range c.server.Step(w.now, Heard{f}) {
				switch o := o.(type) {
				case NoteTold:
					notes++
					if o.All == f.(*syncproto.Told).More {
						t.Errorf("%s: that it is all is %v", name, o.All)
					}
				case End:
					ended = o.Code
				}
			}
		}
		if notes != c.notes || ended != c.ended {
			t.Errorf("%s: %d noted, ended %q", name, notes, ended)
		}
	}
}
