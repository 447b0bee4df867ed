package session

import (
	"bytes"
	"crypto/ed25519"
	"slices"
	"testing"

	"redress/syncproto"
)

// watchedServer is a server machine with a ledger and answers as the tape has them, and what
// is promised of it: it says nothing after its end, hands in no command before its proof, out
// of its order or beyond what may be under way, has no more deltas under way than a desk may
// have, and sends nothing of the log to who may not read.
type watchedServer struct {
	t       *testing.T
	machine *Server
	key     ed25519.PrivateKey
	now     syncproto.Instant
	line    uint64 // counter of the last command that was decided before this session
	until   syncproto.Instant
	head    uint64

	over, open, handIn bool
	identify, rekey    bool
	ask                *ReadDelta
	untold             bool  // the log was restored, and the desk has not said what it was told
	deciding           []int // commands of each Submit without an answer
	submitted          uint64
	told               uint64
	inWay              []uint64
}

var serverNonce = bytes.Repeat([]byte{7}, 32)

func (w *watchedServer) step(in ServerInput) {
	w.t.Helper()
	if heard, is := in.(Heard); is && w.open {
		if applied, is := heard.Frame.(*syncproto.Applied); is {
			if at := slices.Index(w.inWay, applied.Cursor); at >= 0 {
				w.inWay = w.inWay[at+1:]
			}
		}
	}
	for _, o := range w.machine.Step(w.now, in) {
		if w.over {
			w.t.Fatalf("%T after the end, on %T", o, in)
		}
		w.out(o)
	}
}

func (w *watchedServer) out(o ServerOutput) {
	w.t.Helper()
	switch o := o.(type) {
	case Send:
		sendable(w.t, o.Frame)
		w.sends(o.Frame)
	case End:
		w.over = true
	case Identify:
		w.identify = true
	case Rekey:
		w.rekey = true
	case Ready:
		w.untold = o.Tells
	case NoteTold:
		if !w.untold || len(o.Verdicts) > syncproto.MaxTold {
			w.t.Fatalf("%d verdicts of a desk that has said all: %v", len(o.Verdicts), !w.untold)
		}
		w.untold = !o.All
	case Submit:
		if w.untold {
			w.t.Fatal("commands before what the desk was told")
		}
		w.submits(o.Commands)
	case ReadDelta:
		if w.ask != nil || !w.open || w.handIn || len(w.inWay) >= syncproto.MaxDeltasInWay {
			w.t.Fatalf("it reads %+v: already reading %v, hands in only %v, %d under way", o, w.ask, w.handIn, len(w.inWay))
		}
		w.ask = &o
	}
}

func (w *watchedServer) submits(commands []syncproto.Envelope) {
	w.t.Helper()
	if !w.open || len(commands) == 0 {
		w.t.Fatalf("%d commands are handed in; the desk has proved itself: %v", len(commands), w.open)
	}
	for _, e := range commands {
		if e.Counter != w.submitted+1 || e.Device != device || e.Incarnation != first {
			w.t.Fatalf("command %+v after %d", e, w.submitted)
		}
		w.submitted++
	}
	w.deciding = append(w.deciding, len(commands))
	under := 0
	for _, n := range w.deciding {
		under += n
	}
	if under > syncproto.MaxInFlight {
		w.t.Fatalf("%d commands are under way", under)
	}
}

func (w *watchedServer) sends(frame syncproto.Frame) {
	w.t.Helper()
	switch f := frame.(type) {
	case *syncproto.Welcome:
		switch f.Action {
		case syncproto.ActionHandIn:
			w.open, w.handIn = true, true
		case syncproto.ActionResume:
			w.open, w.told = true, w.machine.hello.Cursor
		case syncproto.ActionResync:
			w.open = true
		}
		if w.handIn && len(f.Buckets) > 0 {
			w.t.Fatal("who may not read is told of buckets")
		}
		w.submitted = f.Counter
	case *syncproto.Delta:
		if f.From != w.told || f.Cursor < f.From || f.Cursor > w.head {
			w.t.Fatalf("a delta from %d to %d at %d of %d", f.From, f.Cursor, w.told, w.head)
		}
		w.told = f.Cursor
		if w.inWay = append(w.inWay, f.Cursor); len(w.inWay) > syncproto.MaxDeltasInWay {
			w.t.Fatalf("%d deltas are under way", len(w.inWay))
		}
	case *syncproto.Head:
		if f.Seq < w.told || f.Seq > w.head {
			w.t.Fatalf("the head is %d, at %d of %d", f.Seq, w.told, w.head)
		}
		w.told = f.Seq
	case *syncproto.Challenge, *syncproto.Goaway:
		return
	}
	if !w.open {
		if welcome, is := frame.(*syncproto.Welcome); !is || welcome.Action != syncproto.ActionRekey && welcome.Action != syncproto.ActionUpgrade {
			w.t.Fatalf("a %T before the proof", frame)
		}
		return
	}
	switch frame.(type) {
	case *syncproto.Delta, *syncproto.Head, *syncproto.Grants:
		if w.handIn || w.now > w.until.Add(beyondToken) {
			w.t.Fatalf("a %T to who may not read", frame)
		}
	}
}

// beyondToken is more than the time on any tape: that a session ends with its token is only
// seen when the machine is given the time.
const beyondToken = syncproto.Day

// proof is one that fits, but for what it says of the desk's line.
func (w *watchedServer) proof(behind bool) *syncproto.Proof {
	p := syncproto.Proof{Behind: behind, Reading: syncproto.Reading{Boot: device, Ticks: 1}}
	p.Signature = ed25519.Sign(w.key, syncproto.ProofBytes(serverNonce, p))
	return &p
}

// read is the delta that was asked for: a part of the way, or all of it.
func (w *watchedServer) read(ask ReadDelta, p *tape) Read {
	r := Read{Delta: &syncproto.Delta{Epoch: 1, From: ask.From, Cursor: w.head, Lost: ask.Lost, Removed: make([]syncproto.Ref, p.under(2))}}
	if p.under(3) == 0 {
		r.Delta.Cursor, r.Place = ask.From, Place{Seq: ask.Place.Seq + 1}
		r.Delta.Removed = make([]syncproto.Ref, 1)
	}
	return r
}

// happens is the next thing on the tape.
func (w *watchedServer) happens(p *tape) {
	switch p.under(10) {
	case 0, 1:
		if f := p.frame(); f != nil {
			w.step(Heard{f})
		}
	case 2:
		w.now = w.now.Add(syncproto.Span(p.under(80)) * syncproto.Second)
		w.step(Elapsed{})
	case 3:
		if w.identify {
			w.identify = false
			about := p.under(4) // its bucket, and whether the log was restored
			w.step(Identified{Identity{Key: w.key.Public().(ed25519.PublicKey), Incarnation: first, Line: syncproto.Link{Counter: w.line},
				Buckets: []syncproto.Bucket{region}[:about%2], ReadsUntil: w.until, Nonce: serverNonce, LogID: logID, Epoch: uint32(1 + about/2), Head: w.head,
				Problem: []syncproto.Code{"", "", "", syncproto.CodeUnknownDevice}[p.under(4)]}})
		}
	case 4:
		w.step(Heard{w.proof(p.under(3) == 1)})
	case 5:
		if w.rekey {
			w.rekey = false
			w.step(NewIncarnation{first})
		}
	case 6:
		if len(w.deciding) > 0 {
			n := w.deciding[0]
			w.deciding = w.deciding[1:]
			w.step(Decided{Verdicts: make([]syncproto.Verdict, n), Received: p.number(), Problem: []syncproto.Code{"", "", syncproto.CodeChainBroken}[p.under(3)]})
		}
	case 7:
		w.head += uint64(p.under(9))
		w.step(Advanced{w.head})
	case 8:
		if w.ask != nil {
			ask := *w.ask
			w.ask = nil
			w.step(w.read(ask, p))
		}
	case 9:
		if p.under(4) > 0 {
			w.step(Offered{make([]syncproto.SignedGrant, p.under(2))})
		} else {
			w.step(Closing{Code: syncproto.CodeReplaced})
		}
	}
}

// FuzzServer: the server's machine keeps what is promised of it, whatever the desk, the ledger
// and the clock do.
func FuzzServer(f *testing.F) {
	// Hello with 9 commands and cursor 3, identified with one bucket, proved.
	opening := []byte{0, 1, 2, 1, 1, 3, 0, 9, 0, 1, 3, 1, 0, 4, 0}
	for _, rest := range [][]byte{
		{}, {0, 5, 1, 9, 6, 9, 0}, // nine commands, decided
		{0, 15, 3, 1, 0, 15, 0, 0, 0, 5, 1, 9}, {0, 15, 17, 0},
		{7, 3, 8, 1, 1, 7, 2, 8, 1, 1, 0, 8, 6, 7, 1}, // deltas, applied
		{8, 0, 0, 8, 0, 0, 8, 1, 1, 0, 8, 3}, {2, 11, 2, 11, 2, 76}, {9, 1, 1, 9, 0}, {0, 5, 1, 70}, {0, 11, 1, 0, 1},
		bytes.Repeat([]byte{7, 1, 8, 1, 1}, 7), // deltas, none applied
	} {
		f.Add(append(bytes.Clone(opening), rest...), uint8(0), uint8(9), true)
		f.Add(append(bytes.Clone(opening), rest...), uint8(9), uint8(3), false)
	}
	f.Add([]byte{0, 1, 3, 1, 1, 3, 0, 9, 0, 1, 3, 3, 0, 4, 0, 0, 15, 3, 1, 0, 15, 0, 0, 0, 5, 1, 9, 6, 9, 0}, uint8(0), uint8(9), true)  // a restored log
	f.Add([]byte{0, 1, 2, 1, 1, 3, 1, 9, 0, 1, 3, 1, 0, 4, 0, 5, 0, 1, 2, 1, 1, 3, 0, 9, 0, 1, 3, 1, 0, 4, 0}, uint8(0), uint8(9), true) // rekeyed
	f.Fuzz(func(t *testing.T, data []byte, line, head uint8, reads bool) {
		w := &watchedServer{t: t, key: ed25519.NewKeyFromSeed(make([]byte, 32)), now: syncproto.Instant(syncproto.Day), line: uint64(line), head: uint64(head)}
		if reads {
			w.until = w.now.Add(10 * syncproto.Minute)
		}
		w.machine = NewServer(w.now)
		for p := (&tape{data}); !p.ended(); {
			w.happens(p)
		}
	})
}
