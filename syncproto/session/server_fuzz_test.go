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
// have, sends nothing of the log to who may not read and nothing of a bucket to who may not read
// that, and takes no desk for erased that was not told to, or of which anything is under way.
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
	who                Identity
	wiping, noting     bool // told to erase itself; and to be noted as erased
	holding            int  // commands that a restored server has in memory
	held               uint64
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
	w.bounded()
}

// bounded: it keeps no more of what a desk asks for than the desk has buckets, and knows how far
// that one is.
func (w *watchedServer) bounded() {
	w.t.Helper()
	m := w.machine
	if most := len(w.who.Buckets); len(m.fetches) > most || len(m.parts) > most || len(m.fresh) > most {
		w.t.Fatalf("it keeps %d fetches, %d parts and %d that are gained, of %d buckets", len(m.fetches), len(m.parts), len(m.fresh), most)
	}
	at, reads := m.Reached()
	if reads != (w.open && !w.over && !w.handIn) {
		w.t.Fatalf("it reads: %v", reads)
	}
	if reads && (at > w.head || len(w.inWay) > 0 && at > w.inWay[0]) {
		w.t.Fatalf("it has reached %d of %d, with deltas to %v under way", at, w.head, w.inWay)
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
		if o.Page != nil && (o.Sums || len(o.Parts) > 0) {
			w.t.Fatalf("a page beside sums: %+v", o)
		}
		w.may(o.Buckets...)
		w.may(o.Fresh...)
		w.may(o.Parts...)
		if o.Page != nil {
			w.may(o.Page.Bucket)
		}
		w.ask = &o
	case Heals:
		w.may(o.Bucket)
	case Stopped:
		w.may(o.Buckets...)
	case NoteWiped:
		if !w.wiping || w.under() > 0 || w.holding > 0 {
			w.t.Fatalf("it is noted as erased: told to %v, %d commands under way, %d in memory", w.wiping, w.under(), w.holding)
		}
		w.noting = true
	}
}

// may fails where a bucket is not the desk's to read.
func (w *watchedServer) may(buckets ...syncproto.Bucket) {
	w.t.Helper()
	for _, b := range buckets {
		if w.handIn || !slices.Contains(w.who.Buckets, b) {
			w.t.Fatalf("%v of who reads %v", b, w.who.Buckets)
		}
	}
}

// under is how many commands are under way.
func (w *watchedServer) under() (all int) {
	for _, n := range w.deciding {
		all += n
	}
	return all
}

func (w *watchedServer) submits(commands []syncproto.Envelope) {
	w.t.Helper()
	if !w.open || len(commands) == 0 || w.wiping {
		w.t.Fatalf("%d commands are handed in; the desk has proved itself: %v", len(commands), w.open)
	}
	for _, e := range commands {
		if e.Counter != w.submitted+1 || e.Device != device || e.Incarnation != first {
			w.t.Fatalf("command %+v after %d", e, w.submitted)
		}
		w.submitted++
	}
	w.deciding = append(w.deciding, len(commands))
	if under := w.under(); under > syncproto.MaxInFlight {
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
		case syncproto.ActionWipe:
			if !w.who.Revoked || !w.who.Kept || f.Counter < w.machine.hello.Counter {
				w.t.Fatalf("%+v is told to erase itself at %d", w.who, f.Counter)
			}
			w.open, w.handIn, w.wiping = true, true, true
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
		if f.Page != nil {
			w.may(f.Page.Bucket)
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
	case *syncproto.Checkpoint:
		if f.Seq != w.told {
			w.t.Fatalf("a checkpoint of %d at %d", f.Seq, w.told)
		}
		for _, b := range f.Buckets {
			w.may(b.Bucket)
		}
	case *syncproto.Parts:
		if w.may(f.Bucket); f.Seq != w.told {
			w.t.Fatalf("parts at %d, and it was told %d", f.Seq, w.told)
		}
	case *syncproto.Verdicts:
		if len(f.Verdicts) > syncproto.MaxTold || f.Collected > 0 && (len(f.Verdicts) > 0 || f.Received > 0) {
			w.t.Fatalf("%d verdicts, received %d, collected %d", len(f.Verdicts), f.Received, f.Collected)
		}
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
	case *syncproto.Delta, *syncproto.Head, *syncproto.Grants, *syncproto.Checkpoint, *syncproto.Parts:
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

// read is the delta that was asked for: a part of the way, or all of it with what else was.
func (w *watchedServer) read(ask ReadDelta, p *tape) Read {
	r := Read{Delta: &syncproto.Delta{Epoch: 1, From: ask.From, Cursor: w.head, Lost: ask.Lost, Removed: make([]syncproto.Ref, p.under(2))}}
	if p.under(3) == 0 {
		r.Delta.Cursor, r.Place = ask.From, Place{Seq: ask.Place.Seq + 1}
		r.Delta.Removed = make([]syncproto.Ref, 1)
		return r
	}
	r.Delta.Filling = ask.Fresh
	if ask.Page != nil {
		r.Delta.Page = &syncproto.Page{Bucket: ask.Page.Bucket, Parts: ask.Page.Parts, Last: p.under(2) == 1, Packed: []byte{1}}
		r.After = PagePlace{Skip: ask.Page.After.Skip + 1}
	}
	for _, b := range ask.Parts {
		r.Parts = append(r.Parts, syncproto.Parts{Epoch: 1, Seq: w.head, Bucket: b, Sums: new(syncproto.Sums).Bytes()})
	}
	if ask.Sums {
		r.Sums = []syncproto.BucketSum{}
		for _, b := range ask.Buckets {
			r.Sums = append(r.Sums, syncproto.BucketSum{Bucket: b, Sum: syncproto.Sum{Count: full, Marks: w.head}})
		}
	}
	return r
}

// identified is who says Hello: of which buckets, of a log that was restored or not, whether it is
// revoked and all of it kept, and whether it may come at all.
func (w *watchedServer) identified(p *tape) {
	w.t.Helper()
	about, state := p.under(8), p.under(4)
	w.who = Identity{Key: w.key.Public().(ed25519.PublicKey), Incarnation: first, Line: syncproto.Link{Counter: w.line},
		Buckets: [][]syncproto.Bucket{nil, {region}, {other}, {region, other}}[about%4], ReadsUntil: w.until, Nonce: serverNonce,
		LogID: logID, Epoch: uint32(1 + about/4), Head: w.head, Covered: syncproto.Covered{{Epoch: 1, Seq: w.head}},
		Revoked: state >= 2, Kept: state == 3,
		Problem: []syncproto.Code{"", "", "", syncproto.CodeUnknownDevice}[p.under(4)]}
	if state == 1 { // an incarnation that is not known any more
		w.who.Incarnation = syncproto.ID{}
	}
	w.step(Identified{w.who})
}

// decides is what the ledger says to the commands that came first.
func (w *watchedServer) decides(p *tape) {
	w.t.Helper()
	n := w.holding
	if w.holding = 0; n == 0 {
		if len(w.deciding) == 0 {
			return
		}
		n, w.deciding = w.deciding[0], w.deciding[1:]
	}
	received, problem := p.number(), []syncproto.Code{"", "", syncproto.CodeChainBroken}[p.under(3)]
	w.step(Decided{Verdicts: p.verdicts(n), Received: received, Problem: problem})
}

// collects holds the commands in memory that came first: all of them, or some.
func (w *watchedServer) collects(p *tape) {
	w.t.Helper()
	if len(w.deciding) == 0 || w.who.Epoch < 2 || w.machine.version < firstVersion {
		return
	}
	n := 1 + p.under(w.deciding[0])
	w.holding, w.held = w.holding+n, max(w.held, w.machine.who.Line.Counter)+uint64(n)
	if w.deciding[0] -= n; w.deciding[0] == 0 {
		w.deciding = w.deciding[1:]
	}
	w.step(Collected{Counter: w.held, Count: n})
}

// kept says that all that was decided of the desk's is kept.
func (w *watchedServer) kept() {
	w.t.Helper()
	whole := w.open && w.under() == 0 && w.holding == 0 && w.submitted >= w.machine.hello.Counter
	over := w.over
	w.step(Kept{})
	if !over && w.over && (!whole || !w.who.Revoked) {
		w.t.Fatalf("it ends as kept, with %d commands under way and %d in memory; revoked: %v", w.under(), w.holding, w.who.Revoked)
	}
}

// happens is the next thing on the tape.
func (w *watchedServer) happens(p *tape) {
	switch p.under(13) {
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
			w.identified(p)
		}
	case 4:
		w.step(Heard{w.proof(p.under(3) == 1)})
	case 5:
		if w.rekey {
			w.rekey = false
			w.step(NewIncarnation{first})
		}
	case 6:
		w.decides(p)
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
			w.step(Offered{[]syncproto.SignedGrant{{Grant: []byte{0xa0}, Signature: make([]byte, 64)}}[:p.under(2)]})
		} else {
			w.step(Closing{Code: syncproto.CodeReplaced, RetryAfter: syncproto.Second, ReadAfter: syncproto.Millisecond})
		}
	case 10:
		w.collects(p)
	case 11:
		w.kept()
	case 12:
		if w.noting {
			w.noting = false
			w.step(Noted{})
		}
	}
}

// FuzzServer: the server's machine keeps what is promised of it, whatever the desk, the ledger
// and the clock do.
func FuzzServer(f *testing.F) {
	// Hello with 9 commands and cursor 3, in that version and of that which is held; identified, proved.
	opening := func(version, held, filling, about, state byte) []byte {
		return []byte{0, 1, version, 1, 1, 3, 0, 9, 0, held, filling, 3, about, state, 0, 4, 0}
	}
	for _, rest := range [][]byte{
		{}, {0, 5, 1, 9, 0, 6, 9, 0, 0}, {0, 5, 1, 9, 1, 7, 6, 9, 0, 251}, // nine commands, decided; with verdicts, and long ones
		{0, 5, 1, 64, 0, 6, 64, 0, 251}, {0, 5, 1, 9, 2, 7}, {0, 5, 1, 9, 3}, {0, 5, 1, 9, 4}, // with one too many, of another device, of another incarnation
		{0, 19, 3, 1, 7, 0, 19, 0, 0, 0, 0, 5, 1, 9, 0}, {0, 19, 17, 0, 0},
		{7, 3, 8, 1, 1, 7, 2, 8, 1, 1, 0, 8, 6, 7, 1}, // deltas, applied
		{8, 0, 0, 8, 0, 0, 8, 1, 1, 0, 8, 3}, {2, 11, 2, 11, 2, 76}, {9, 1, 1, 9, 0}, {0, 5, 1, 70, 0}, {0, 11, 1, 0, 1},
		bytes.Repeat([]byte{7, 1, 8, 1, 1}, 7),                                                     // deltas, none applied
		{8, 0, 1, 0, 17, 0, 0, 1, 8, 0, 1, 0, 8, 0, 1, 1, 8, 0, 1},                                 // compared, fetched in two pages, and compared again
		{8, 0, 1, 0, 17, 1, 9, 1, 0, 17, 0, 7, 0, 0, 17, 0, 9, 0, 8, 0, 1, 1, 8, 0, 1, 1, 8, 0, 1}, // two buckets, one of them twice
		{8, 0, 1, 0, 15, 1, 0, 0, 8, 0, 1, 0, 15, 3, 1, 0, 0, 15, 0, 0, 1}, {0, 17, 0, 0, 1}, {0, 17, 2, 0, 0}, {0, 17, 0, 1, 0}, {0, 15, 4, 0, 0},
		{8, 0, 1, 2, 70, 0, 11, 1, 2, 70, 0, 11, 1, 2, 70, 0, 11, 1, 2, 70, 0, 11, 1, 2, 70, 8, 0, 1}, // five minutes
		{11, 0, 18, 9, 12}, {0, 14, 3, 1}, {0, 13, 200},
	} {
		for version := byte(2); version <= 3; version++ {
			f.Add(append(opening(version, 1, 0, 1, 0), rest...), uint8(0), uint8(9), true)
			f.Add(append(opening(version, 1, 2, 3, 0), rest...), uint8(0), uint8(9), true)
			f.Add(append(opening(version, 1, 0, 3, 0), rest...), uint8(9), uint8(3), false)
		}
	}
	for _, message := range released(f) { // before anything is proved, and in an open session
		f.Add(append([]byte{0}, raw(message)...), uint8(3), uint8(9), true)
		f.Add(slices.Concat(opening(3, 1, 0, 1, 0), []byte{0}, raw(message), []byte{8, 0, 1}), uint8(0), uint8(9), true)
	}
	restored, revoked := opening(3, 1, 0, 5, 0), opening(3, 1, 0, 1, 2)
	f.Add(append(restored, 0, 19, 3, 1, 7, 0, 19, 0, 0, 0, 0, 5, 1, 9, 1, 7, 10, 3, 0, 5, 10, 4, 0, 6, 4, 0, 7, 6, 9, 0, 0), uint8(0), uint8(9), true)
	f.Add(append(opening(3, 1, 0, 5, 0), 0, 5, 1, 9, 0), uint8(0), uint8(9), true) // commands before what was told
	f.Add(append(opening(3, 1, 0, 5, 2), 0, 19, 0, 0, 0, 0, 5, 1, 9, 1, 7, 10, 8, 11, 6, 9, 0, 7, 11), uint8(0), uint8(9), true)
	f.Add(append(revoked, 11, 0, 5, 1, 9, 0, 11, 6, 9, 0, 0, 11), uint8(0), uint8(9), true) // it hands in, and all is kept
	f.Add(append(opening(3, 1, 0, 1, 3), 0, 18, 9, 12, 0, 18, 9), uint8(9), uint8(9), true) // it erases itself
	f.Add(append(opening(3, 1, 0, 1, 3), 0, 5, 10, 1, 0), uint8(9), uint8(9), true)         // something more was done
	f.Add(append(opening(3, 1, 0, 1, 3), 0, 18, 4), uint8(9), uint8(9), true)               // it says something else
	f.Add(append(opening(3, 1, 0, 1, 1), 5, 0, 1, 3, 1, 1, 3, 0, 9, 0, 1, 0, 3, 1, 0, 0, 4, 0), uint8(0), uint8(9), true)
	f.Add([]byte{0, 1, 2, 1, 1, 3, 1, 9, 0, 1, 0, 3, 1, 0, 0, 4, 0, 5, 0, 1, 2, 1, 1, 3, 0, 9, 0, 1, 0, 3, 1, 0, 0, 4, 0}, uint8(0), uint8(9), true) // rekeyed
	f.Fuzz(func(t *testing.T, data []byte, line, head uint8, reads bool) {
		w := &watchedServer{t: t, key: ed25519.NewKeyFromSeed(make([]byte, 32)), now: syncproto.Instant(syncproto.Day), line: uint64(line), head: uint64(head)}
		if reads {
			w.until = w.now.Add(10 * syncproto.Minute)
		}
		w.machine = NewServer(w.now)
		for p := record(data); !p.Ended(); {
			w.happens(p)
		}
	})
}
