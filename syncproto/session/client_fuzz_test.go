package session

import (
	"slices"
	"testing"

	"redress/syncproto"
)

// watchedClient is a client machine with an outbox and answers as the tape has them, and what
// is promised of it: it says nothing after its end, sends its commands in their order and
// never more than may be under way, nothing while the server has no room, and its cursor goes
// back for a resync alone. It is current only when nothing is stored, fetched or filled any more,
// asks for what was compared alone, and erases itself only where all of it is safe.
type watchedClient struct {
	t       *testing.T
	machine *Client
	desk    Desk
	at      syncproto.Reading
	heavy   bool // the commands are as long as they may be

	begun    bool
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
	received uint64 // be it only in memory
	safe     uint64
	pings    uint64

	compare  []Compare                 // without an answer
	answer   *Comparison               // the one that is given now
	fetching map[syncproto.Bucket]bool // of which pages are under way
	filling  bool
	wipe     *Wipe // it was told to erase itself, and has not
	erased   bool
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
	if v, is := frame.(*syncproto.Verdicts); is && w.open && w.wipe == nil && !w.erased {
		w.safe = max(w.safe, min(v.Received, w.sent))
		w.received = max(w.received, min(max(v.Received, v.Collected), w.sent))
	}
}

func (w *watchedClient) out(o ClientOutput) {
	w.t.Helper()
	if w.wipe != nil || w.erased {
		send, is := o.(Send)
		_, goes := o.(End)
		if is {
			_, goes = send.Frame.(*syncproto.Goaway)
		}
		if !goes {
			w.t.Fatalf("%T of a desk that is erased", o)
		}
	}
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
		if w.load != nil || !w.open || w.untold || w.desk.ReadsOnly || o.After != w.sent || o.Limit <= 0 || o.Limit > syncproto.MaxInFlight-int(w.sent-w.received) {
			w.t.Fatalf("it loads %+v with %d sent and %d received; already loading: %v", o, w.sent, w.received, w.load)
		}
		w.load = &o
	case Recall:
		if w.recall || !w.untold || w.desk.ReadsOnly {
			w.t.Fatal("it looks for what it was told, and said it, need not or has nobody to say it to")
		}
		w.recall = true
	case Wipe:
		if w.untold || w.safe < o.Counter || o.Counter != w.desk.Counter {
			w.t.Fatalf("it erases %d commands of %d, of which %d are safe; it has said what it was told: %v", o.Counter, w.desk.Counter, w.safe, !w.untold)
		}
		w.wipe = &o
	case StoreWelcome:
		w.welcomed(o.Welcome)
	case StoreDelta:
		if !w.open || o.Delta.From != w.incoming || o.Delta.Cursor < w.incoming {
			w.t.Fatalf("a delta from %d to %d at %d", o.Delta.From, o.Delta.Cursor, w.incoming)
		}
		w.incoming = o.Delta.Cursor
		w.storing = append(w.storing, o.Delta.Cursor)
		w.filling = w.filling || len(o.Delta.Filling) > 0
		if page := o.Delta.Page; page != nil && page.Last {
			delete(w.fetching, page.Bucket)
		}
	case Compare:
		w.compares(o)
	case StoreVerdicts, StoreGrants:
		if !w.open {
			w.t.Fatalf("%T before the welcome", o)
		}
	case LearnAnchor:
		if o.Anchor.RTT < 0 || o.Anchor.Ticks > w.at.Ticks {
			w.t.Fatalf("at %+v it learns %+v", w.at, o.Anchor)
		}
	case Current:
		if len(w.storing) > 0 || o.Seq != w.incoming || w.filling {
			w.t.Fatalf("it is current at %d, with %d deltas to store, at %d; being filled: %v", o.Seq, len(w.storing), w.incoming, w.filling)
		}
	}
}

// compares is what the server holds, of a moment in which the desk will stand there.
func (w *watchedClient) compares(o Compare) {
	w.t.Helper()
	if !w.open || w.machine.version < syncproto.CheckpointVersion || (o.Checkpoint == nil) == (o.Parts == nil) {
		w.t.Fatalf("it compares %+v", o)
	}
	if o.Parts != nil && o.Parts.Seq != w.incoming || o.Checkpoint != nil && (o.Checkpoint.Seq != w.incoming || len(w.fetching) > 0) {
		w.t.Fatalf("at %d it compares %+v, with pages of %v under way", w.incoming, o, w.fetching)
	}
	w.compare = append(w.compare, o)
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
		w.open, w.sent, w.received, w.safe, w.incoming = true, welcome.Counter, welcome.Counter, welcome.Counter, w.desk.Cursor
		if welcome.Action == syncproto.ActionResync {
			w.incoming = 0
		}
		w.filling = welcome.Action != syncproto.ActionWipe && w.machine.compares() && (len(w.desk.Filling) > 0 || w.incoming == 0)
	}
}

func (w *watchedClient) sends(frame syncproto.Frame) {
	w.t.Helper()
	switch f := frame.(type) {
	case *syncproto.Commands:
		if !w.open {
			w.t.Fatal("commands before the welcome")
		}
		if w.untold || w.desk.ReadsOnly {
			w.t.Fatalf("commands before what it was told, or for a server without room: %v", w.desk.ReadsOnly)
		}
		if len(f.First) > 0 && (w.machine.version < firstVersion || len(f.First) != len(f.Commands)) {
			w.t.Fatalf("%d first verdicts of %d commands in version %d", len(f.First), len(f.Commands), w.machine.version)
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
	case *syncproto.Differs:
		if w.answer == nil {
			w.t.Fatal("it differs, and nobody has compared")
		}
	case *syncproto.Fetch:
		if w.answer == nil || !slices.Contains(w.answer.Fetch, *f) {
			w.t.Fatalf("it fetches %+v, which nobody wants", f)
		}
		w.fetching[f.Bucket] = true
	case *syncproto.Wiped:
		w.t.Fatal("it says that it is erased, and is not") // but for where it was asked
	case *syncproto.Hello, *syncproto.Proof:
		if w.open {
			w.t.Fatalf("a %T in an open session", frame)
		}
	}
}

// commands are what the outbox gives.
func (w *watchedClient) commands(ask Load) (all []syncproto.Envelope) {
	for n := ask.After + 1; n <= w.desk.Counter && len(all) < ask.Limit; n++ {
		all = append(all, wish(w.desk.Incarnation, n, w.heavy))
	}
	return all
}

// happens is the next thing on the tape.
func (w *watchedClient) happens(p *tape) {
	switch p.under(13) {
	case 0:
		w.begun = true
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
		w.reads(p)
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
	case 9:
		if len(w.compare) > 0 {
			w.compare = w.compare[1:]
			w.compared(p)
		}
	case 10:
		w.erases(p)
	case 11:
		w.step(Probe{})
	case 12:
		w.room(p)
	}
}

// reads is what the outbox gives of what was asked for.
func (w *watchedClient) reads(p *tape) {
	w.t.Helper()
	if w.recall {
		w.recall = false
		w.step(Recalled{p.verdicts(p.under(40))})
	}
	if w.load != nil {
		ask := *w.load
		w.load = nil
		loaded := Loaded{Commands: w.commands(ask)}
		if p.under(3) == 1 {
			loaded.First = p.verdicts(len(loaded.Commands))
		}
		w.step(loaded)
	}
}

// compared is what came of a comparison: nothing, or what the desk wants.
func (w *watchedClient) compared(p *tape) {
	w.t.Helper()
	var c Comparison
	if what := p.under(8); what > 0 {
		c.Filling = what%2 == 1
		c.Differs, c.Stopped = p.buckets(), p.buckets()
		for _, b := range p.buckets() {
			c.Fetch = append(c.Fetch, syncproto.Fetch{Bucket: b, Parts: p.parts(), Heals: p.under(2) == 1})
		}
	}
	if w.open && !w.over && w.wipe == nil && !w.erased {
		w.filling = c.Filling
	}
	w.answer = &c
	w.step(Compared{c})
	w.answer = nil
}

// erases has the desk erase what it holds, unless something more was done on it in the very
// moment.
func (w *watchedClient) erases(p *tape) {
	w.t.Helper()
	if w.wipe == nil || w.over {
		return
	}
	asked := w.wipe.Counter
	w.wipe = nil
	if w.desk.Counter += uint64(p.under(3)); w.desk.Counter != asked {
		w.step(Erased{w.desk.Counter})
		return
	}
	out := w.machine.Step(w.at, Erased{asked})
	if len(out) != 1 || *out[0].(Send).Frame.(*syncproto.Wiped) != (syncproto.Wiped{Counter: asked}) {
		w.t.Fatalf("erased at %d it says %v", asked, out)
	}
	w.erased = true
}

// room is how a desk comes: to a server that has room only to be read, with nothing, or with what
// is being filled; or, once it is there, that the server has room.
func (w *watchedClient) room(p *tape) {
	w.t.Helper()
	if w.begun {
		w.desk.ReadsOnly = false
		w.step(HandIn{})
		return
	}
	switch p.under(4) {
	case 0:
		w.desk.ReadsOnly = true
	case 1:
		w.desk.Cursor = 0
	case 2:
		w.desk.Filling = []syncproto.Bucket{other}
	case 3:
		w.desk.Token = "good"
	}
	w.machine = NewClient(w.desk)
}

// FuzzClient: a desk's machine keeps what is promised of it, whatever the server, the replica
// and the clock do.
func FuzzClient(f *testing.F) {
	// Opened, challenged, proved, welcomed with that action of a log of that many restores, at the head 5 with 2 commands received.
	opening := func(action byte) []byte { return []byte{0, 1, 2, 3, 0, 4, 1, 4, action, 5, 2} }
	for _, rest := range [][]byte{
		{}, {5, 0, 1, 6, 2, 4, 7, 0}, {5, 0, 1, 6, 0, 2, 0, 4}, // verdicts, and what is only in memory
		{5, 1, 9, 1, 6, 3, 9, 250, 0}, {5, 1, 251}, // first verdicts, and long ones
		{1, 7, 5, 9, 0, 1, 7, 9, 9, 1, 0, 7, 7}, {1, 7, 5, 9, 2, 0, 0, 2, 7}, // two deltas, stored; one that begins a bucket
		{1, 9, 12, 7, 1, 9, 12, 1, 9, 3}, // the head
		{6, 99, 5, 0, 1, 6, 0, 60, 0, 0, 5, 0, 1, 6, 3, 66, 5, 0, 0, 5, 0}, {3, 40, 1, 12, 1, 3, 79}, {1, 13, 100, 1, 7, 0, 3, 0}, {1, 7, 9, 12, 0}, {1, 7, 5, 3, 0},
		{1, 14, 5, 3, 9, 1, 1, 0, 1, 0, 0, 1, 14, 5, 1, 1, 7, 5, 5, 3, 0, 0, 1, 7, 1, 14, 5, 1, 9, 0}, // a checkpoint, a fetch, its last page, and another
		{1, 14, 5, 1, 9, 2, 1, 0, 0, 1, 16, 5, 0, 9, 2, 0, 2, 1, 9, 0}, {1, 14, 9, 1, 1, 16, 4, 0},    // parts; what was overtaken
		{11, 3, 6}, {11, 1, 12, 2, 11, 3, 4}, {1, 10, 2, 1, 15, 1, 0, 0}, {1, 18, 2},
	} {
		f.Add(append(opening(1), rest...), uint8(3), false)
		f.Add(append(opening(1), rest...), uint8(200), true)
	}
	for _, before := range [][]byte{{12, 0}, {12, 1}, {12, 2}, {12, 3}} { // reads only, has nothing, is being filled
		for _, action := range []byte{1, 2, 4, 9} {
			f.Add(slices.Concat(before, opening(action), []byte{1, 14, 5, 2, 9, 2, 0, 0, 0, 12, 5, 2, 7, 5, 0, 6, 1, 5, 0}), uint8(9), false)
		}
	}
	for _, message := range released(f) { // before anything is proved, and in an open session
		f.Add(append([]byte{0, 1}, raw(message)...), uint8(3), false)
		f.Add(slices.Concat(opening(1), []byte{1}, raw(message), []byte{7, 9, 0}), uint8(3), false)
	}
	f.Add(append(opening(9), 5, 35, 7, 5, 0, 1, 6, 2, 4, 1, 0), uint8(9), false)                                   // of a restored server
	f.Add(append(opening(9), 5, 39, 251, 5, 1, 250), uint8(9), true)                                               // with as much as can be said
	f.Add(append(opening(3), 8, 1, 2, 2, 0, 4, 1, 4, 2, 5, 0, 5, 0), uint8(9), false)                              // a rekey, then a resync
	f.Add(append(opening(4), 5, 0, 1, 6, 0, 9, 0, 0, 10, 0, 1, 13, 1), uint8(9), false)                            // it hands in, and erases itself
	f.Add(append(opening(4), 5, 0, 1, 6, 0, 9, 0, 0, 10, 2, 5, 0, 1, 6, 0, 11, 0, 0, 10, 0, 1, 2), uint8(9), true) // something was done meanwhile
	f.Add(append(opening(4), 5, 0, 1, 6, 0, 2, 0, 9, 10, 0), uint8(9), false)                                      // what is only in memory is not safe
	f.Add(append(opening(12), 5, 3, 7, 10, 0), uint8(2), false)                                                    // of a restored server
	f.Fuzz(func(t *testing.T, data []byte, counter uint8, heavy bool) {
		w := &watchedClient{t: t, heavy: heavy, fetching: map[syncproto.Bucket]bool{}, at: syncproto.Reading{Boot: device, Ticks: syncproto.Hour},
			desk: Desk{LogID: logID, Epoch: 1, Cursor: 5, Device: device, Incarnation: first, Counter: uint64(counter)}}
		w.machine = NewClient(w.desk)
		for p := record(data); !p.Ended(); {
			w.happens(p)
		}
	})
}
