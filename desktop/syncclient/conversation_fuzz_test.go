package syncclient

import (
	"bytes"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"reflect"
	"runtime"
	"slices"
	"testing"

	"github.com/klauspost/compress/zstd"

	"redress/desktop/centraltest"
	"redress/desktop/replica"
	"redress/syncproto"
	"redress/syncproto/ticket"
	"redress/syncproto/wiretest"
)

// standingBy is a seat's folder as it is before each input: with tickets that the server confirmed,
// and others that wait to be handed in.
type standingBy struct {
	seat
	folder   string
	template string // in it; "" before the first input
	files    int
	ticket   syncproto.ID
	packer   *zstd.Encoder
}

func (b *standingBy) found(t *testing.T) {
	t.Helper()
	dir := filepath.Join(b.folder, "world")
	must(t, os.Mkdir(dir, 0o700))
	b.seat = newSeatIn(t, dir)
	b.talk(b.conversation("good"), b.central.Answer("good"), 1000)
	b.ticket = b.open("远程车控失败")
	b.talk(b.conversation("good"), b.central.Answer("good"), 1000)
	b.open("一")
	b.open("二")
	b.open("三")
	b.template = filepath.Join(b.folder, "template")
	must(t, os.CopyFS(b.template, os.DirFS(dir))) // nobody writes now
}

// anew is the seat as it was found, on files of its own.
func (b *standingBy) anew(t *testing.T) seat {
	t.Helper()
	if b.template == "" {
		b.found(t)
	}
	dir := filepath.Join(b.folder, fmt.Sprint(b.files))
	b.files++
	must(t, os.CopyFS(dir, os.DirFS(b.template)))
	folder, err := replica.OpenFolder(dir)
	must(t, err)
	r, err := folder.Open(ctx, "seat", nil)
	must(t, err)
	t.Cleanup(func() { must(t, errors.Join(r.Close(), folder.Close(), os.RemoveAll(dir))) })
	return seat{r, t, b.central}
}

// pretended is a line at whose other end anything may be said.
type pretended struct {
	seat
	*standingBy
	c      *Conversation
	proved bool
	over   bool
	pings  uint64
	ticks  syncproto.Span
	cursor uint64
	wishes [][]byte // what waits
}

func (p *pretended) at() syncproto.Reading {
	at := p.seat.reading()
	at.Ticks += p.ticks
	return at
}

// roomForMessage is the most that may be taken for one: before the desk has proved itself nothing
// is stored, and after it the rows of a full page are, with what is found in them.
func (p *pretended) roomForMessage(length int) uint64 {
	if !p.proved {
		return 1<<20 + 256*uint64(length)
	}
	return 24<<20 + 256*uint64(length)
}

func (p *pretended) takes(length int, step func() Turn) {
	t := p.seat.t
	t.Helper()
	if p.over {
		return
	}
	var before, after runtime.MemStats
	runtime.ReadMemStats(&before)
	turn := step()
	runtime.ReadMemStats(&after)
	if took := after.TotalAlloc - before.TotalAlloc; took > p.roomForMessage(length) {
		t.Errorf("%d bytes took %d; proved: %v", length, took, p.proved)
	}
	p.over = turn.End != nil
	if turn.Err != nil && (turn.End == nil || turn.End.Code == "") {
		t.Errorf("what was wrong ends nothing, or has no code: %v", turn.Err)
	}
	for _, sent := range turn.Send {
		frame, err := syncproto.DecodeFrame(sent)
		if err != nil {
			t.Fatalf("the desk says %x: %v", sent, err)
		}
		switch f := frame.(type) {
		case *syncproto.Proof:
			p.proved = true
		case *syncproto.Applied:
			p.cursor = f.Cursor
		case *syncproto.Ping:
			p.pings = f.ID
		case *syncproto.Hello, *syncproto.Goaway:
		default:
			if !p.proved {
				t.Errorf("to whom it has proved nothing it says a %T", frame)
			}
		}
	}
}

func (p *pretended) hears(message []byte) {
	p.seat.t.Helper()
	p.takes(len(message), func() Turn { return p.c.Hear(ctx, p.at(), message) })
}

func (p *pretended) says(f syncproto.Frame) {
	p.seat.t.Helper()
	message, err := syncproto.EncodeFrame(f)
	if err != nil {
		return // nobody can say it
	}
	p.hears(message)
}

// How far a line is before what was made up comes on it.
const (
	asOpened = iota
	asProved
	asResumed
	asRestored // of a server that was restored
	asHandIn
	asFull // of a server that has room only to be read
	asStates
)

func (p *pretended) opens(state int) {
	p.seat.t.Helper()
	if state == asFull {
		p.c.ReadOnly()
	}
	p.takes(0, func() Turn { return p.c.Open(ctx, p.at()) })
	desk := p.Desk()
	if p.cursor = desk.Cursor; state == asOpened {
		return
	}
	p.says(&syncproto.Challenge{Version: syncproto.Version, LogID: desk.LogID, Epoch: desk.Epoch, Nonce: make([]byte, 32), Counter: 1})
	if state == asProved {
		return
	}
	w := &syncproto.Welcome{Action: syncproto.ActionResume, LogID: desk.LogID, Epoch: desk.Epoch, Head: desk.Cursor, Counter: 1, Person: centraltest.Seat, Time: p.central.Now}
	switch state {
	case asRestored:
		w.Action, w.Epoch, p.cursor = syncproto.ActionResync, desk.Epoch+1, 0
	case asHandIn:
		w.Action = syncproto.ActionHandIn
	}
	if p.says(w); p.over || !p.c.Online() {
		p.seat.t.Fatal("it is welcomed, and is not there")
	}
}

// comes is the next thing that is said: a message as it was made up, or one that fits.
func (p *pretended) comes(s *wiretest.Tape) {
	p.seat.t.Helper()
	held := []syncproto.Bucket{syncproto.Bucket(centraltest.CallCentre), syncproto.ReferenceBucket, syncproto.Bucket(centraltest.East)}
	switch what := s.Byte() % 9; what {
	case 0, 1:
		p.hears(s.Bytes())
	case 2: // a document and its history
		ref := syncproto.Ref{Kind: syncproto.DocKind(s.Byte()), ID: p.ticket}
		d := &syncproto.Delta{Epoch: 1, From: p.cursor, Cursor: p.cursor + uint64(s.Byte())}
		version := uint64(s.Byte())
		d.Documents = []syncproto.Document{{Ref: ref, Epoch: 1, Version: version, Body: s.Bytes()}}
		d.History = []syncproto.HistoryEntry{{Event: syncproto.Event{ID: syncproto.Derive("event"), Doc: ref, Kind: syncproto.EventKind(s.Byte()), Version: version, Body: s.Bytes()}, Epoch: 1, Seq: d.Cursor}}
		p.says(d)
	case 3: // a page
		which := s.Byte()
		page := &syncproto.Page{Bucket: held[which%3], Parts: syncproto.AllParts, Last: which >= 128, Packed: p.packer.EncodeAll(s.Bytes(), nil)}
		p.says(&syncproto.Delta{Epoch: 1, From: p.cursor, Cursor: p.cursor, Page: page})
	case 4:
		c := &syncproto.Checkpoint{Epoch: 1, Seq: p.cursor, Time: p.central.Now}
		for _, b := range held[:1+s.Byte()%3] {
			c.Buckets = append(c.Buckets, syncproto.BucketSum{Bucket: b, Sum: syncproto.Sum{Count: uint32(s.Byte()), Marks: 1}})
		}
		p.says(c)
	case 5:
		p.says(&syncproto.Parts{Epoch: 1, Seq: p.cursor, Bucket: held[s.Byte()%3], Sums: s.Bytes()})
	case 6:
		v := &syncproto.Verdicts{Received: uint64(s.Byte()), Collected: uint64(s.Byte())}
		if as := s.Byte(); as > 0 { // of what waits, which the server never signed
			v.Verdicts = []syncproto.Verdict{p.forged(as)}
		}
		p.says(v)
	case 7:
		buckets := held[:s.Byte()%4]
		d := &syncproto.Delta{Epoch: 1, From: p.cursor, Cursor: p.cursor + 1, Removed: []syncproto.Ref{ticket.Ref(p.ticket)}[:s.Byte()%2]}
		if as := s.Byte(); as > 0 {
			d.Own = []syncproto.Verdict{p.forged(as)}
		}
		switch s.Byte() % 3 {
		case 0:
			d.Lost = buckets
		case 1:
			d.Filling = buckets
		case 2:
			d.Held = buckets
		}
		p.says(d)
	case 8:
		p.ticks += syncproto.Span(s.Byte()) * syncproto.Second
		p.says(&syncproto.Pong{ID: p.pings, Time: p.central.Now})
		p.takes(0, func() Turn { return p.c.Pass(ctx, p.at()) })
	}
}

// forged is a verdict on a command that waits, signed by somebody who is not the server.
func (p *pretended) forged(as byte) syncproto.Verdict {
	intent := p.wishes[int(as)%len(p.wishes)]
	var wish syncproto.Intent
	must(p.seat.t, syncproto.Decode(intent, &wish))
	return syncproto.Verdict{Command: wish.ID, Hash: syncproto.HashOf(intent), Epoch: 1, Seq: p.cursor, Time: p.central.Now,
		Outcome: syncproto.Outcome(as % 4)}.Sign(p.Desk().LogID, strangersKey())
}

// waits are the commands that wait, as the desk made them.
func (s seat) waits(t *testing.T) (wishes [][]byte) {
	t.Helper()
	all, err := s.Outgoing(ctx, 1, replica.MaxWindow)
	if s.Desk().Incarnation != seatIncarnation { // with their places in another line
		all, err = s.Outgoing(ctx, 0, replica.MaxWindow)
	}
	must(t, err)
	for _, e := range all {
		wishes = append(wishes, e.Intent)
	}
	return wishes
}

// plays has all of it said to the desk, and looks at what it left of the person's work.
func (b *standingBy) plays(t *testing.T, state uint8, data []byte) {
	t.Helper()
	s := b.anew(t)
	before, err := s.Tally(ctx)
	must(t, err)
	desk := s.Desk()
	wishes := s.waits(t)
	p := &pretended{seat: s, standingBy: b, wishes: wishes, c: s.conversation([]string{"good", ""}[int(state)/asStates%2])}
	p.opens(int(state) % asStates)
	for m := (&wiretest.Tape{Rest: data}); !m.Ended() && !p.over; {
		p.comes(m)
	}
	must(t, p.c.Drop(ctx, p.at()))
	if !p.proved && !reflect.DeepEqual(s.Desk(), desk) {
		t.Errorf("before it has proved itself it has taken in what makes of %+v %+v", desk, s.Desk())
	}
	if s.Erased() {
		t.Fatal("it has erased itself on the word of somebody who is not its server")
	}
	after, err := s.Tally(ctx)
	must(t, err)
	own := after.Created - before.Created // that it gives back what it holds of a month, if it is told to
	if !after.Balanced() || after.Accepted != before.Accepted || after.Rejected != before.Rejected || after.Parked != before.Parked || after.Pending != before.Pending+own {
		t.Errorf("the books were %+v, and are %+v", before, after)
	}
	waits := s.waits(t)
	if len(waits) < len(wishes) || !slices.EqualFunc(waits[:len(wishes)], wishes, bytes.Equal) {
		t.Errorf("of %d commands that wait %d are left, or they are others", len(wishes), len(waits))
	}
}

// FuzzConversation: whatever is said to a desk, before it has proved itself or in a session, as of a
// server that goes on, was restored, only takes what is handed in or has no room, it does not fall,
// takes no more room than the message may, and what waits to be handed in waits on as it was: only
// a verdict that the server signed says otherwise.
func FuzzConversation(f *testing.F) {
	packer, err := zstd.NewWriter(nil, zstd.WithEncoderConcurrency(1))
	if err != nil {
		f.Fatal(err)
	}
	b := &standingBy{folder: f.TempDir(), packer: packer}
	raw := func(message []byte) []byte { return append([]byte{0}, wiretest.Recorded(message)...) }
	for n, golden := range wiretest.Goldens(f, filepath.Join("..", "..", "syncproto")) {
		f.Add(uint8(n%(2*asStates)), raw(golden.Data))
		f.Add(uint8(asResumed), append(raw(golden.Data), 8, 1))
	}
	page := []byte{0xa0}
	for state := range uint8(2 * asStates) {
		f.Add(state, slices.Concat([]byte{4, 1, 3, 3, 3, 128, 0, 1}, page, []byte{4, 0, 0, 8, 31}))
		f.Add(state, []byte{2, 1, 3, 9, 0, 1, 0xa0, 1, 0, 1, 0xa0, 6, 9, 9, 0, 8, 40, 8, 40})
		f.Add(state, []byte{6, 0, 0, 1 + state})
		f.Add(state, []byte{7, 1, 0, 1, 0, 7, 2, 0, 0, 1, 7, 3, 0, 0, 2, 5, 0, 0, 0, 7, 0, 0, 1 + state, 0})
	}
	for action := syncproto.ActionResume; action <= syncproto.ActionHandIn; action++ {
		welcome := &syncproto.Welcome{Action: action, LogID: syncproto.Derive("log"), Epoch: 1, Counter: 4, Incarnation: syncproto.Derive("another")}
		message, err := syncproto.EncodeFrame(welcome)
		if err != nil {
			f.Fatal(err)
		}
		f.Add(uint8(asOpened), raw(message))
		f.Add(uint8(asProved), append(raw(message), 6, 4, 0, 8, 1))
	}
	f.Fuzz(func(t *testing.T, state uint8, data []byte) { b.plays(t, state, data) })
}
