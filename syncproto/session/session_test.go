package session

import (
	"crypto/ed25519"
	"math/rand/v2"
	"slices"
	"testing"

	"redress/syncproto"
)

// world is a desk and a server with the least that answers their machines: an outbox, a
// line of commands, a log of cursors. Frames go through the codec.
type world struct {
	t        *testing.T
	now      syncproto.Instant
	key      ed25519.PrivateKey
	desk     Desk
	outbox   []syncproto.Envelope
	links    []syncproto.Link // of the desk, by counter
	applied  []uint64         // cursors committed on the desk
	verdicts int
	welcome  []syncproto.Action
	anchors  []syncproto.Anchor
	firsts   []syncproto.Verdict // that the first commands of the outbox had
	current  int
	ended    syncproto.Code // first end seen by the desk

	taken       []syncproto.Envelope // by the server
	incarnation syncproto.ID         // the one the server takes
	line        syncproto.Link
	head        uint64
	token       bool
	buckets     []syncproto.Bucket
	caught      bool
	collecting  bool                 // the server was restored and decides nothing yet
	collected   []syncproto.Envelope // that it holds meanwhile
	told        []syncproto.Verdict  // what they say they were told
	covered     syncproto.Covered    // as the desk heard it
	serverEnd   syncproto.Code

	speaks    uint16                      // the version the desk speaks; 0 for today's
	holds     map[syncproto.Bucket]uint32 // how much the desk has of each bucket
	pages     []PageAsk                   // that were read
	fetchless bool                        // the desk asks for nothing that differs
	stopped   []syncproto.Bucket
	heals     int
	compared  int // checkpoints the desk took in

	client *Client
	server *Server
	toDesk []syncproto.Frame
	toSrv  []syncproto.Frame
}

var (
	device = syncproto.Derive("device")
	first  = syncproto.Derive("first incarnation")
	second = syncproto.Derive("second incarnation")
	logID  = syncproto.Derive("log")
	region = syncproto.Bucket(syncproto.Derive("region"))
)

func newWorld(t *testing.T) *world {
	t.Helper()
	w := &world{
		t: t, now: 1_000_000_000, key: ed25519.NewKeyFromSeed(make([]byte, 32)),
		desk:        Desk{LogID: logID, Epoch: 1, Device: device, Incarnation: first, Token: "good", Held: []syncproto.Bucket{region}},
		incarnation: first, token: true, buckets: []syncproto.Bucket{region},
		links: []syncproto.Link{{}}, holds: map[syncproto.Bucket]uint32{region: full},
	}
	return w
}

func (w *world) tap(n int) {
	for range n {
		intent := syncproto.Intent{ID: syncproto.Derive("command", syncproto.NumberedID(uint64(len(w.outbox)))), Kind: syncproto.CommandNote}
		e := syncproto.Seal(intent, w.key, device, w.desk.Incarnation, w.links[len(w.links)-1])
		w.outbox, w.links = append(w.outbox, e), append(w.links, e.Link())
		w.desk.Counter = e.Counter
	}
}

func (w *world) reading() syncproto.Reading {
	return syncproto.Reading{Wall: w.now, Boot: device, Ticks: syncproto.Span(w.now)}
}

// connect brings up a line and runs until nobody has anything to say.
func (w *world) connect() {
	w.client, w.server = NewClient(w.desk), NewServer(w.now)
	w.toDesk, w.toSrv = nil, nil
	w.do(w.client.Step(w.reading(), Opened{}))
	w.run()
}

func (w *world) run() {
	for range 10_000 {
		if !w.deliver() {
			return
		}
		w.now += 1000
	}
	w.t.Fatal("the conversation does not come to rest")
}

// deliver carries one frame, those to the server first; false where none is under way.
func (w *world) deliver() bool {
	switch {
	case len(w.toSrv) > 0:
		f := w.toSrv[0]
		w.toSrv = w.toSrv[1:]
		w.serve(w.server.Step(w.now, Heard{f}))
	case len(w.toDesk) > 0:
		f := w.toDesk[0]
		w.toDesk = w.toDesk[1:]
		w.do(w.client.Step(w.reading(), Heard{f}))
	default:
		return false
	}
	return true
}

// full is what a bucket holds on the server.
const full = 3

func (w *world) pass(f syncproto.Frame) syncproto.Frame {
	if hello, ok := f.(*syncproto.Hello); ok && w.speaks != 0 {
		hello.Newest = w.speaks
	}
	data, err := syncproto.EncodeFrame(f)
	if err != nil {
		w.t.Fatal(err)
	}
	back, err := syncproto.DecodeFrame(data)
	if err != nil {
		w.t.Fatal(err)
	}
	return back
}

func (w *world) do(outputs []ClientOutput) {
	for _, o := range outputs {
		switch o := o.(type) {
		case Send:
			w.toSrv = append(w.toSrv, w.pass(o.Frame))
		case Prove:
			p := syncproto.Proof{Reading: w.reading(), Behind: o.Counter >= uint64(len(w.links))}
			if !p.Behind {
				p.Hash = w.links[o.Counter].Hash
			}
			p.Signature = ed25519.Sign(w.key, syncproto.ProofBytes(o.Nonce, p))
			w.do(w.client.Step(w.reading(), Proved{p}))
		case Load:
			from := int(o.After)
			to := min(from+o.Limit, len(w.outbox))
			w.do(w.client.Step(w.reading(), Loaded{Commands: w.outbox[from:to], First: w.firsts[min(from, len(w.firsts)):min(to, len(w.firsts))]}))
		case StoreWelcome:
			w.welcome, w.covered = append(w.welcome, o.Welcome.Action), o.Welcome.Covered
			switch o.Welcome.Action {
			case syncproto.ActionRekey:
				w.rekey(o.Welcome.Incarnation)
			case syncproto.ActionResync:
				w.desk.Cursor, w.desk.Epoch = 0, o.Welcome.Epoch
			}
			if len(o.Welcome.Buckets) > 0 {
				w.desk.Held = o.Welcome.Buckets
			}
		case StoreVerdicts:
			w.verdicts += len(o.Verdicts.Verdicts)
		case StoreDelta:
			w.take(o.Delta)
			w.applied = append(w.applied, o.Delta.Cursor)
			w.do(w.client.Step(w.reading(), Stored{o.Delta.Cursor}))
		case Compare:
			w.do(w.client.Step(w.reading(), Compared{w.compare(o)}))
		case Current:
			w.current++
		case LearnAnchor:
			w.anchors = append(w.anchors, o.Anchor)
		case End:
			if w.ended == "" {
				w.ended = o.Code
			}
		}
	}
}

func (w *world) rekey(incarnation syncproto.ID) {
	w.desk.Incarnation = incarnation
	w.links = []syncproto.Link{{}}
	for i, e := range w.outbox {
		w.outbox[i] = syncproto.Reseal(e, incarnation, w.links[i])
		w.links = append(w.links, w.outbox[i].Link())
	}
	w.desk.Counter = uint64(len(w.outbox))
	w.do(w.client.Step(w.reading(), Rekeyed{w.desk}))
}

func (w *world) serve(outputs []ServerOutput) {
	for _, o := range outputs {
		switch o := o.(type) {
		case Send:
			w.toDesk = append(w.toDesk, w.pass(o.Frame))
		case Identify:
			until := syncproto.Instant(0)
			if w.token && o.Hello.Token == "good" {
				until = w.now.Add(12 * syncproto.Hour)
			}
			w.serve(w.server.Step(w.now, Identified{Identity{
				Key: w.key.Public().(ed25519.PublicKey), Incarnation: w.incarnation, Line: w.line,
				Buckets: w.buckets, ReadsUntil: until,
				Nonce: make([]byte, 32), LogID: logID, Epoch: 1, Head: w.head, Covered: syncproto.Covered{{Epoch: 1, Seq: w.head}},
			}}))
		case Rekey:
			w.incarnation, w.line = second, syncproto.Link{}
			w.serve(w.server.Step(w.now, NewIncarnation{second}))
		case Submit:
			if w.collecting {
				w.collect(o)
				continue
			}
			for _, e := range o.Commands {
				if next := w.line.Next(e.Incarnation, e.CommandHash()); next != e.Link() {
					w.t.Fatalf("command %d does not follow", e.Counter)
				}
				w.taken, w.line = append(w.taken, e), e.Link()
				w.head++
			}
			w.serve(w.server.Step(w.now, Decided{Verdicts: make([]syncproto.Verdict, len(o.Commands)), Received: w.line.Counter}))
			w.serve(w.server.Step(w.now, Advanced{w.head}))
		case ReadDelta:
			w.serve(w.server.Step(w.now, w.read(o)))
		case Heals:
			w.heals++
		case Stopped:
			w.stopped = o.Buckets
		case Caught:
			w.caught = true
		case End:
			w.serverEnd = o.Code
		}
	}
}

func TestABacklogIsHandedInAndReadBack(t *testing.T) {
	w := newWorld(t)
	w.tap(200)
	w.connect()
	if len(w.taken) != 200 || w.verdicts != 200 || w.desk.Cursor != 200 || !w.caught {
		t.Errorf("taken %d, verdicts %d, cursor %d, caught %v; want 200, 200, 200, true", len(w.taken), w.verdicts, w.desk.Cursor, w.caught)
	}
	if !slices.IsSorted(w.applied) {
		t.Errorf("deltas were applied out of order: %v", w.applied)
	}
	if len(w.anchors) != 1 || w.anchors[0].RTT <= 0 {
		t.Errorf("anchors %v; want one with a round trip", w.anchors)
	}
}

func TestALineCutAnywhereLosesNothing(t *testing.T) {
	for cut := range 60 {
		w := newWorld(t)
		w.tap(30)
		w.client, w.server = NewClient(w.desk), NewServer(w.now)
		w.do(w.client.Step(w.reading(), Opened{}))
		for range cut {
			w.deliver()
		}
		w.connect()
		if len(w.taken) != 30 || w.desk.Cursor != w.head {
			t.Errorf("cut after %d frames: %d commands taken, cursor %d of %d", cut, len(w.taken), w.desk.Cursor, w.head)
		}
	}
}

func TestADeviceBehindIsRekeyedBeforeItsCommandsAreRead(t *testing.T) {
	tests := map[string]func(w *world){
		"its file is older than what the server has": func(w *world) {
			w.outbox, w.links, w.desk.Counter = w.outbox[:2], w.links[:3], 2
		},
		"its hash at the last common command differs (A3)": func(w *world) {
			w.outbox, w.links = nil, w.links[:1]
			w.key = ed25519.NewKeyFromSeed(make([]byte, 32))
			for i := range 8 { // a copy that went on by itself, and further
				intent := syncproto.Intent{ID: syncproto.Derive("other", syncproto.NumberedID(uint64(i))), Kind: syncproto.CommandNote}
				e := syncproto.Seal(intent, w.key, device, first, w.links[i])
				w.outbox, w.links = append(w.outbox, e), append(w.links, e.Link())
			}
			w.desk.Counter = 8
		},
	}
	for name, spoil := range tests {
		t.Run(name, func(t *testing.T) {
			w := newWorld(t)
			w.tap(5)
			w.connect()
			before := len(w.taken)
			spoil(w)
			w.connect()
			if !slices.Contains(w.welcome, syncproto.ActionRekey) {
				t.Fatalf("welcomes were %v; want a rekey", w.welcome)
			}
			for _, e := range w.taken[before:] {
				if e.Incarnation != second {
					t.Errorf("a command of the old incarnation was read")
				}
			}
			if got := len(w.taken) - before; got != len(w.outbox) {
				t.Errorf("%d commands came after the rekey, want %d", got, len(w.outbox))
			}
		})
	}
}

func TestWithoutATokenCommandsAreTakenAndNothingIsSent(t *testing.T) {
	w := newWorld(t)
	w.head, w.desk.Token = 10, "expired"
	w.tap(3)
	w.connect()
	if len(w.taken) != 3 || len(w.applied) != 0 || w.verdicts != 3 {
		t.Errorf("taken %d, applied %v, verdicts %d; want 3, none, 3", len(w.taken), w.applied, w.verdicts)
	}
}

// TestAGainedBucketIsReadFromTheStart where the desk is of a version that does not compare.
func TestAGainedBucketIsReadFromTheStart(t *testing.T) {
	w := newWorld(t)
	w.speaks = syncproto.CheckpointVersion - 1
	w.head, w.desk.Cursor = 10, 10
	w.buckets = append(w.buckets, syncproto.Bucket(second))
	w.connect()
	if !slices.Contains(w.welcome, syncproto.ActionResync) || len(w.applied) != 10 {
		t.Errorf("welcomes %v, %d deltas; want a resync and 10", w.welcome, len(w.applied))
	}
}

func TestASlowDeskHasABoundedNumberOfDeltasUnderWay(t *testing.T) {
	w := newWorld(t)
	w.connect()
	w.head = 50
	w.serve(w.server.Step(w.now, Advanced{50}))
	if len(w.toDesk) != syncproto.MaxDeltasInWay {
		t.Errorf("%d deltas under way, want %d", len(w.toDesk), syncproto.MaxDeltasInWay)
	}
	w.run()
	if w.desk.Cursor != 50 {
		t.Errorf("cursor %d, want 50", w.desk.Cursor)
	}
}

func TestAnotherServersLogIsRefused(t *testing.T) {
	w := newWorld(t)
	w.desk.LogID = second
	w.connect()
	if w.ended != syncproto.CodeWrongLog {
		t.Errorf("ended with %q, want %q", w.ended, syncproto.CodeWrongLog)
	}
}

func TestAForeignProofEndsTheSession(t *testing.T) {
	w := newWorld(t)
	server := w.key
	w.client, w.server = NewClient(w.desk), NewServer(w.now)
	w.do(w.client.Step(w.reading(), Opened{}))
	w.key = ed25519.NewKeyFromSeed([]byte("another device's 32 bytes of key"))
	hello := w.toSrv[0]
	w.toSrv = nil
	out := w.server.Step(w.now, Heard{hello})
	if _, ok := out[0].(Identify); !ok {
		t.Fatalf("got %T, want Identify", out[0])
	}
	w.serve(w.server.Step(w.now, Identified{Identity{Key: server.Public().(ed25519.PublicKey), Incarnation: first, Nonce: make([]byte, 32), LogID: logID, Epoch: 1}}))
	w.run()
	if w.serverEnd != syncproto.CodeUnsigned {
		t.Errorf("ended with %q, want %q", w.serverEnd, syncproto.CodeUnsigned)
	}
}

// A server that welcomes a desk which has not proved itself yet is none: a proof that was asked
// for and comes afterwards would answer another challenge.
func TestAWelcomeBeforeTheProofEndsTheSession(t *testing.T) {
	w := newWorld(t)
	c := NewClient(w.desk)
	c.Step(w.reading(), Opened{})
	c.Step(w.reading(), Heard{&syncproto.Challenge{Version: syncproto.Version, LogID: logID, Nonce: make([]byte, 32)}})
	out := c.Step(w.reading(), Heard{&syncproto.Welcome{Action: syncproto.ActionRekey, Incarnation: second}})
	if end, is := out[len(out)-1].(End); !is || end.Code != syncproto.CodeOutOfOrder {
		t.Errorf("got %v, want the end with %s", out, syncproto.CodeOutOfOrder)
	}
}

// TestNothingASideSaysBreaksTheOther feeds both machines anything in any order: they may
// end the session, never panic, and the server never reads a command before Welcome.
func TestNothingASideSaysBreaksTheOther(t *testing.T) {
	frames := []syncproto.Frame{
		&syncproto.Hello{Newest: 1, Oldest: 1, Incarnation: first, Device: device}, &syncproto.Hello{Newest: 9, Oldest: 9}, &syncproto.Hello{},
		&syncproto.Challenge{Version: 1, LogID: logID}, &syncproto.Proof{}, &syncproto.Proof{Behind: true},
		&syncproto.Welcome{Action: syncproto.ActionResume}, &syncproto.Welcome{Action: syncproto.ActionRekey}, &syncproto.Welcome{Action: 77},
		&syncproto.Commands{Commands: []syncproto.Envelope{{Counter: 1}}}, &syncproto.Commands{}, &syncproto.Verdicts{Received: 1 << 60},
		&syncproto.Delta{Cursor: 5}, &syncproto.Delta{From: 9, Cursor: 1}, &syncproto.Applied{Cursor: 3}, &syncproto.Head{Seq: 4},
		&syncproto.Challenge{Version: 3}, &syncproto.Checkpoint{}, &syncproto.Checkpoint{Seq: 4}, &syncproto.Differs{}, &syncproto.Differs{Stopped: true},
		&syncproto.Parts{}, &syncproto.Fetch{}, &syncproto.Fetch{Bucket: region, Parts: syncproto.AllParts},
		&syncproto.Grants{}, &syncproto.Ping{ID: 1}, &syncproto.Pong{ID: 1}, &syncproto.Goaway{Code: syncproto.CodeShutdown},
	}
	for seed := range uint64(3000) {
		random := rand.New(rand.NewPCG(seed, 1))
		client, server := NewClient(Desk{Device: device, Counter: 3}), NewServer(0)
		welcomed := false
		for i := range 40 {
			now := syncproto.Instant(i) * syncproto.Instant(syncproto.Second)
			at := syncproto.Reading{Ticks: syncproto.Span(now)}
			frame := frames[random.IntN(len(frames))]
			inputs := []ServerInput{Heard{frame}, Elapsed{}, Identified{Identity{Incarnation: first}}, NewIncarnation{second},
				Decided{Received: random.Uint64N(5)}, Advanced{random.Uint64N(9)}, Offered{},
				Read{Delta: &syncproto.Delta{Cursor: random.Uint64N(9), Page: &syncproto.Page{Last: random.IntN(2) == 0}}, Sums: []syncproto.BucketSum{}}}
			for _, o := range server.Step(now, inputs[random.IntN(len(inputs))]) {
				switch o := o.(type) {
				case Send:
					if w, ok := o.Frame.(*syncproto.Welcome); ok && w.Action == syncproto.ActionResume {
						welcomed = true
					}
				case Submit:
					if !welcomed {
						t.Fatalf("seed %d: commands were read before the welcome", seed)
					}
				}
			}
			answers := []ClientInput{Heard{frame}, Elapsed{}, Opened{}, Proved{}, Loaded{Commands: []syncproto.Envelope{{Counter: random.Uint64N(4)}}},
				Grew{random.Uint64N(9)}, Stored{random.Uint64N(9)}, Rekeyed{}, Compared{Comparison{Fetch: []syncproto.Fetch{{}}}}}
			client.Step(at, answers[random.IntN(len(answers))])
		}
	}
}

func TestSilenceEndsTheSession(t *testing.T) {
	w := newWorld(t)
	w.connect()
	w.now = w.now.Add(syncproto.SilenceLimit + syncproto.Second)
	w.do(w.client.Step(w.reading(), Elapsed{}))
	w.serve(w.server.Step(w.now, Elapsed{}))
	if w.ended != syncproto.CodeSilent || w.serverEnd != syncproto.CodeSilent {
		t.Errorf("ended with %q and %q, want %q on both sides", w.ended, w.serverEnd, syncproto.CodeSilent)
	}
}

// A machine that slept before it heard the answer learns no time from it: over hours its ticks drift
// by more than what an anchor may be off. The next answer is measured again.
func TestAnAnswerFromBeforeASleepIsNoAnchor(t *testing.T) {
	w := newWorld(t)
	w.connect()
	learns := func(slept syncproto.Span) bool {
		out := w.client.Step(w.reading(), Probe{})
		asked, is := out[0].(Send).Frame.(*syncproto.Ping)
		if !is {
			t.Fatalf("a probe sends %v", out)
		}
		at := w.now
		w.now = w.now.Add(slept)
		for _, o := range w.client.Step(w.reading(), Heard{&syncproto.Pong{ID: asked.ID, Time: at}}) {
			if _, is := o.(LearnAnchor); is {
				return true
			}
		}
		return false
	}
	if learns(3 * syncproto.Hour) {
		t.Error("it takes an answer of three hours for an anchor")
	}
	if !learns(syncproto.Second) {
		t.Error("after that it learns nothing any more")
	}
}

// Somebody who presses for a new line is not told for 75 seconds that there is one: what does not
// answer within five is none. One that does goes on, however often it is asked.
func TestADoubtedLineHasToAnswerSoon(t *testing.T) {
	w := newWorld(t)
	w.connect()
	for range 3 {
		w.do(w.client.Step(w.reading(), Probe{}))
		w.run() // the server answers
		w.now = w.now.Add(syncproto.ProbeLimit + syncproto.Second)
		w.do(w.client.Step(w.reading(), Elapsed{}))
		w.run()
	}
	if w.ended != "" {
		t.Fatalf("a line that answers ended with %q", w.ended)
	}
	w.client.Step(w.reading(), Probe{}) // goes nowhere
	for _, after := range []syncproto.Span{syncproto.ProbeLimit, syncproto.Microsecond} {
		if w.ended != "" {
			t.Fatalf("%v too early: %q", syncproto.Microsecond, w.ended)
		}
		w.now = w.now.Add(after)
		if again := w.client.Step(w.reading(), Probe{}); len(again) > 0 {
			t.Errorf("asked again it sends %v", again)
		}
		w.do(w.client.Step(w.reading(), Elapsed{}))
	}
	if w.ended != syncproto.CodeSilent {
		t.Errorf("a line that does not answer ended with %q", w.ended)
	}
}

func TestADeskThatMissedNothingIsCurrentAtOnce(t *testing.T) {
	w := newWorld(t)
	w.connect()
	if w.current != 1 {
		t.Errorf("it was current %d times, want once, with the welcome", w.current)
	}
}

func TestAQuietDeskHearsTheHeadAndMovesItsCursor(t *testing.T) {
	w := newWorld(t)
	w.connect()
	w.now = w.now.Add(syncproto.HeadEvery)
	w.server.cursor, w.server.head = 7, 7 // seven entries that did not concern this desk
	w.serve(w.server.Step(w.now, Elapsed{}))
	w.run()
	if w.desk.Cursor != 7 {
		t.Errorf("cursor %d, want 7", w.desk.Cursor)
	}
}

// TestAClockThatWasAheadPutsOffNothing: it is set back by a day while a line is up. What the desk hears
// every so often goes on, and silence is silence (design §7, §8; invariant 20).
func TestAClockThatWasAheadPutsOffNothing(t *testing.T) {
	w := newWorld(t)
	w.now = w.now.Add(2 * syncproto.Day)
	w.connect()
	right := w.now.Add(-syncproto.Day)
	w.server.Step(right, Elapsed{})
	sends := func(after syncproto.Span) bool {
		return slices.ContainsFunc(w.server.Step(right.Add(after), Elapsed{}), func(o ServerOutput) bool { _, is := o.(Send); return is })
	}
	if !sends(syncproto.HeadEvery) {
		t.Error("the head is not said")
	}
	w.server.Step(right.Add(syncproto.HeadEvery), Heard{&syncproto.Ping{ID: 1}})
	if w.server.Step(right.Add(syncproto.HeadEvery+syncproto.SilenceLimit+1), Elapsed{}); w.server.state != serverEnded {
		t.Error("a silent line stays")
	}
	w.now = w.now.Add(2 * syncproto.Day)
	w.connect()
	right = w.now.Add(-syncproto.Day)
	w.server.Step(right, Elapsed{})
	if w.server.Step(right.Add(syncproto.SilenceLimit+1), Elapsed{}); w.server.state != serverEnded {
		t.Error("a line on which nothing was heard since stays")
	}
	w.connect()
	compared := w.compared
	w.now = w.now.Add(-syncproto.Day)
	w.serve(w.server.Step(w.now, Elapsed{}))
	for range syncproto.CheckpointEvery / syncproto.HeadEvery {
		w.now = w.now.Add(syncproto.HeadEvery)
		w.serve(w.server.Step(w.now, Heard{&syncproto.Ping{ID: 2}}))
		w.serve(w.server.Step(w.now, Elapsed{}))
		w.run()
	}
	if w.compared == compared {
		t.Error("nothing is compared")
	}
}
