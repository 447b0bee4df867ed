package session

import (
	"bytes"
	"testing"

	"redress/syncproto"
)

// watchedClient is a client machine with an outbox and answers as the tape has them, and what
// is promised of it: it says nothing after its end, sends its commands in their order and
// never more than may be under way, and its cursor goes back for a resync alone.
type watchedClient struct {
	t       *testing.T
	machine *Client
	desk    Desk
	at      syncproto.Reading
	heavy   bool // the commands are as long as they may be

	over     bool
	open     bool
	prove    bool
	rekey    bool
	load     *Load
	untold   bool // the log was restored, and it has not said yet what it was told
	recall   bool
	storing  []uint64 // cursors of deltas handed out and not stored yet
	incoming uint64
	sent     uint64
	received uint64
	pings    uint64
}

func (w *watchedClient) step(in ClientInput) {
	w.t.Helper()
	if heard, is := in.(Heard); is {
		w.hear(heard.Frame)
	}
	for _, o := range w.machine.Step(w.at, in) {
		if w.over {
			w.t.Fatalf("%T after the end, on %T", o, in)
		}
		w.out(o)
	}
	if w.sent-w.received > syncproto.MaxInFlight {
		w.t.Fatalf("%d commands are under way", w.sent-w.received)
	}
}

// hear keeps what the other side said that counts for what is promised.
func (w *watchedClient) hear(frame syncproto.Frame) {
	if v, is := frame.(*syncproto.Verdicts); is && w.open {
		w.received = max(w.received, min(v.Received, w.sent))
	}
}

func (w *watchedClient) out(o ClientOutput) {
	w.t.Helper()
	switch o := o.(type) {
	case Send:
		sendable(w.t, o.Frame)
		w.sends(o.Frame)
	case End:
		w.over = true
	case Prove:
		if w.open || w.prove {
			w.t.Fatal("it proves itself twice")
		}
		w.prove = true
	case Load:
		if w.load != nil || !w.open || w.untold || o.After != w.sent || o.Limit <= 0 || o.Limit > syncproto.MaxInFlight-int(w.sent-w.received) {
			w.t.Fatalf("it loads %+v with %d sent and %d received; already loading: %v", o, w.sent, w.received, w.load)
		}
		w.load = &o
	case Recall:
		if w.recall || !w.untold {
			w.t.Fatal("it looks for what it was told, and said it or need not")
		}
		w.recall = true
	case Wipe:
		if w.untold || w.received < o.Counter {
			w.t.Fatalf("it erases %d commands, of which %d are safe; it has said what it was told: %v", o.Counter, w.received, !w.untold)
		}
	case StoreWelcome:
		w.welcomed(o.Welcome)
	case StoreDelta:
		if !w.open || o.Delta.From != w.incoming || o.Delta.Cursor < w.incoming {
			w.t.Fatalf("a delta from %d to %d at %d", o.Delta.From, o.Delta.Cursor, w.incoming)
		}
		w.incoming = o.Delta.Cursor
		w.storing = append(w.storing, o.Delta.Cursor)
	case StoreVerdicts, StoreGrants:
		if !w.open {
			w.t.Fatalf("%T before the welcome", o)
		}
	case LearnAnchor:
		if o.Anchor.RTT < 0 || o.Anchor.Ticks > w.at.Ticks {
			w.t.Fatalf("at %+v it learns %+v", w.at, o.Anchor)
		}
	case Current:
		if len(w.storing) > 0 || o.Seq != w.incoming {
			w.t.Fatalf("it is current at %d, with %d deltas to store, at %d", o.Seq, len(w.storing), w.incoming)
		}
	}
}

func (w *watchedClient) welcomed(welcome *syncproto.Welcome) {
	w.t.Helper()
	if w.open {
		w.t.Fatal("it is welcomed twice")
	}
	switch welcome.Action {
	case syncproto.ActionRekey:
		w.rekey = true
	case syncproto.ActionResume, syncproto.ActionResync, syncproto.ActionHandIn, syncproto.ActionWipe:
		w.untold = w.machine.version >= firstVersion && welcome.Epoch > 1
		w.open, w.sent, w.received, w.incoming = true, welcome.Counter, welcome.Counter, w.desk.Cursor
		if welcome.Action == syncproto.ActionResync {
			w.incoming = 0
		}
	}
}

func (w *watchedClient) sends(frame syncproto.Frame) {
	w.t.Helper()
	switch f := frame.(type) {
	case *syncproto.Commands:
		if !w.open {
			w.t.Fatal("commands before the welcome")
		}
		if w.untold {
			w.t.Fatal("commands before what it was told")
		}
		for _, e := range f.Commands {
			if e.Counter != w.sent+1 {
				w.t.Fatalf("command %d after %d", e.Counter, w.sent)
			}
			w.sent++
		}
	case *syncproto.Told:
		if !w.untold || w.recall || len(f.Verdicts) > syncproto.MaxTold {
			w.t.Fatalf("it says that it was told %d verdicts, said it already: %v", len(f.Verdicts), !w.untold)
		}
		w.untold = f.More
	case *syncproto.Ping:
		if f.ID != w.pings+1 {
			w.t.Fatalf("ping %d after %d", f.ID, w.pings)
		}
		w.pings++
	case *syncproto.Hello, *syncproto.Proof:
		if w.open {
			w.t.Fatalf("a %T in an open session", frame)
		}
	}
}

// commands are what the outbox gives.
func (w *watchedClient) commands(ask Load) (all []syncproto.Envelope) {
	length := 8
	if w.heavy {
		length = syncproto.MaxIntent
	}
	for n := ask.After + 1; n <= w.desk.Counter && len(all) < ask.Limit; n++ {
		all = append(all, syncproto.Envelope{Device: device, Incarnation: w.desk.Incarnation, Counter: n, Intent: make([]byte, length), Signature: make([]byte, 64)})
	}
	return all
}

// happens is the next thing on the tape.
func (w *watchedClient) happens(p *tape) {
	switch p.under(9) {
	case 0:
		w.step(Opened{})
	case 1, 2:
		if f := p.frame(); f != nil {
			w.step(Heard{f})
		}
	case 3:
		w.at.Ticks += syncproto.Span(p.under(80)) * syncproto.Second
		w.step(Elapsed{})
	case 4:
		if w.prove {
			w.prove = false
			w.step(Proved{syncproto.Proof{Reading: w.at}})
		}
	case 5:
		if w.recall {
			w.recall = false
			w.step(Recalled{make([]syncproto.Verdict, p.under(40))})
		}
		if w.load != nil {
			ask := *w.load
			w.load = nil
			w.step(Loaded{Commands: w.commands(ask)})
		}
	case 6:
		w.desk.Counter += uint64(p.under(100))
		w.step(Grew{w.desk.Counter})
	case 7:
		if len(w.storing) > 0 {
			cursor := w.storing[0]
			w.storing = w.storing[1:]
			w.step(Stored{cursor})
		}
	case 8:
		if w.rekey {
			w.rekey, w.desk.Incarnation = false, second
			w.step(Rekeyed{w.desk})
		}
	}
}

// FuzzClient: a desk's machine keeps what is promised of it, whatever the server, the replica
// and the clock do.
func FuzzClient(f *testing.F) {
	// Opened, challenged, proved, welcomed to resume at 5 with 2 commands received.
	opening := []byte{0, 1, 2, 2, 0, 4, 1, 4, 1, 5, 2}
	for _, rest := range [][]byte{
		{}, {5, 1, 6, 2, 4}, // verdicts
		{1, 7, 5, 9, 1, 7, 9, 9, 7, 7},   // two deltas, stored
		{1, 9, 12, 7, 1, 9, 12, 1, 9, 3}, // the head
		{6, 99, 5, 1, 6, 0, 60, 5, 1, 6, 3, 66, 5}, {3, 40, 1, 12, 1, 3, 79}, {1, 13, 1, 7, 0, 3}, {1, 7, 9, 12}, {1, 7, 5, 3},
	} {
		f.Add(append(bytes.Clone(opening), rest...), uint8(3), false)
		f.Add(append(bytes.Clone(opening), rest...), uint8(200), true)
	}
	f.Add([]byte{0, 1, 2, 2, 0, 4, 1, 4, 9, 5, 2, 5, 35, 5, 1, 6, 2, 4}, uint8(9), false)               // of a restored server
	f.Add([]byte{0, 1, 2, 2, 0, 4, 1, 4, 3, 5, 2, 8, 1, 2, 2, 0, 4, 1, 4, 2, 5, 0, 5}, uint8(9), false) // a rekey, then a resync
	f.Fuzz(func(t *testing.T, data []byte, counter uint8, heavy bool) {
		w := &watchedClient{t: t, heavy: heavy, at: syncproto.Reading{Boot: device, Ticks: syncproto.Hour},
			desk: Desk{LogID: logID, Epoch: 1, Cursor: 5, Device: device, Incarnation: first, Counter: uint64(counter)}}
		w.machine = NewClient(w.desk)
		for p := (&tape{data}); !p.ended(); {
			w.happens(p)
		}
	})
}
