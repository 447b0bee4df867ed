package gateway_test

import (
	"context"
	"crypto/ed25519"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"testing"

	"github.com/rs/zerolog"

	"redress/server/audit"
	"redress/server/gateway"
	"redress/server/ledger"
	"redress/server/ledger/ledgertest"
	"redress/server/store"
	"redress/syncproto"
	"redress/syncproto/organisation"
	"redress/syncproto/rules"
	"redress/syncproto/ticket"
	"redress/syncproto/wiretest"
)

// approached is a server on a real file as it is before each input, with a seat, a manager and a
// laptop that was revoked; and messages that come on lines to it.
type approached struct {
	folder   string
	template string // a file in it; "" before the first input
	files    int
	desks    []*ledgertest.Desk // the revoked one is the last
	tickets  []syncproto.ID
	now      syncproto.Instant

	store  *store.Store // nil where the next input needs a new file
	ledger *ledger.Ledger
	hub    *gateway.Hub
	head   store.Head
	before syncproto.Hash
}

// tokens is who is logged in: whoever says the right word.
type tokens struct{}

func (tokens) ReadsUntil(_ context.Context, now syncproto.Instant, token string, _, _ syncproto.ID) (syncproto.Instant, error) {
	if token != "good" {
		return 0, nil
	}
	return now.Add(syncproto.Hour), nil
}

// found makes what is there before each input.
func (a *approached) found(t *testing.T) {
	t.Helper()
	w := ledgertest.NewAt(t, filepath.Join(a.folder, "world"))
	seat, manager, stolen := w.Desk(w.Seat, "K7MQ"), w.Desk(w.Manager, "P3RT"), w.Desk(w.Seat, "W9XY")
	for n := range 3 {
		id := w.ID()
		seat.Give(syncproto.CommandOpen, w.Open(id, []syncproto.ID{w.East, w.West}[n%2], fmt.Sprintf("K7MQ-0000%d", n+1)))
		a.tickets = append(a.tickets, id)
	}
	stolen.Give(syncproto.CommandNote, ticket.Note{Ticket: a.tickets[0], Text: "已联系服务站"})
	w.Own(syncproto.CommandRevokeDevice, organisation.RevokeDevice{ID: stolen.Device, Reason: "电脑被盗"})
	a.desks, a.now, a.template = []*ledgertest.Desk{seat, manager, stolen}, w.Now.Add(syncproto.Minute), filepath.Join(a.folder, "template")
	if err := store.Backup(context.Background(), w.Path, a.template); err != nil {
		t.Fatal(err)
	}
}

func (a *approached) close(t testing.TB) {
	t.Helper()
	if a.store != nil {
		if err := a.store.Close(); err != nil {
			t.Error(err)
		}
		a.store = nil
	}
}

// anew has the server as it was found.
func (a *approached) anew(t *testing.T) {
	t.Helper()
	if a.template == "" {
		a.found(t)
	}
	if a.store != nil {
		return
	}
	data, err := os.ReadFile(a.template)
	path := filepath.Join(a.folder, fmt.Sprintf("%d", a.files%2))
	a.files++
	for _, rest := range []string{"", "-wal", "-shm"} { // of the last but one
		if gone := os.Remove(path + rest); !errors.Is(gone, os.ErrNotExist) {
			err = errors.Join(err, gone)
		}
	}
	if err = errors.Join(err, os.WriteFile(path, data, 0o600)); err != nil {
		t.Fatal(err)
	}
	if a.store, err = store.Open(context.Background(), path); err != nil {
		t.Fatal(err)
	}
	ids := uint64(0)
	newID := func() syncproto.ID { ids++; return syncproto.Derive("of the line", syncproto.NumberedID(ids)) }
	if a.ledger, err = ledger.Open(context.Background(), a.store, newID, zerolog.Nop()); err != nil {
		t.Fatal(err)
	}
	a.hub = gateway.NewHub(a.ledger, a.store, tokens{}, gateway.Chance{Fill: func(nonce []byte) { id := newID(); copy(nonce, id[:]) }, NewID: newID}, zerolog.Nop())
	limits := gateway.DefaultLimits()
	limits.ByDevice.Burst = 1 << 40 // as many come here as there are inputs, all in one moment
	a.hub.Restrict(limits)
	a.ledger.OnAdvance(a.hub.Advanced)
	a.head, a.before = a.ledger.Head(), a.stands(t)
}

// stands is all that the server keeps.
func (a *approached) stands(t *testing.T) syncproto.Hash {
	t.Helper()
	var all strings.Builder
	err := a.store.View(context.Background(), func(v *store.View) error {
		head, err := v.Head()
		fmt.Fprintf(&all, "%+v", head)
		return errors.Join(err,
			v.EveryDocument(func(d store.Document) error { fmt.Fprintf(&all, "%+v", d); return nil }),
			v.EveryMembership(func(m store.Membership) error { fmt.Fprintf(&all, "%+v", m); return nil }),
			v.EveryCommand(func(c store.Command) error { fmt.Fprintf(&all, "%+v", c); return nil }))
	})
	if err != nil {
		t.Fatal(err)
	}
	return syncproto.HashOf([]byte(all.String()))
}

// roomFor is the most that may be taken for a message: of a stranger's what it takes to look the
// device up, and of a desk's the decisions of a full message, and the deltas that it is sent.
func roomFor(message int, proved bool) uint64 {
	if !proved {
		return 1<<20 + 256*uint64(message)
	}
	return 24<<20 + 256*uint64(message)
}

// approach is a line: how far its opening has come, and what comes on it.
type approach struct {
	*approached
	t      *testing.T
	line   *gateway.Conversation
	desk   *ledgertest.Desk
	last   syncproto.Link
	proved bool
	over   bool
	inWay  []uint64 // deltas that are not said to be applied
}

// hears gives the server a message, and settles all that comes of it.
func (a *approach) hears(message []byte) (heard []syncproto.Frame) {
	a.t.Helper()
	return a.takes(len(message), func() gateway.Turn { return a.line.Hear(a.t.Context(), a.now, message) })
}

func (a *approach) takes(message int, step func() gateway.Turn) (heard []syncproto.Frame) {
	a.t.Helper()
	if a.over {
		return nil
	}
	var before, after runtime.MemStats
	runtime.ReadMemStats(&before)
	turn := a.line.Settle(a.t.Context(), a.now, step())
	runtime.ReadMemStats(&after)
	if took := after.TotalAlloc - before.TotalAlloc; took > roomFor(message, a.proved) {
		a.t.Errorf("%d bytes took %d; proved: %v", message, took, a.proved)
	}
	a.over = turn.Closed
	for _, sent := range turn.Send {
		frame, err := syncproto.DecodeFrame(sent)
		if err != nil {
			a.t.Fatalf("the server says %x: %v", sent, err)
		}
		if d, is := frame.(*syncproto.Delta); is {
			a.inWay = append(a.inWay, d.Cursor)
		}
		if w, is := frame.(*syncproto.Welcome); !a.proved && (!is || w.Action != syncproto.ActionUpgrade) && !isOpening(frame) {
			a.t.Errorf("to whom has proved nothing it says a %T", frame)
		}
		heard = append(heard, frame)
	}
	return heard
}

// isOpening says that a frame may be said to anybody.
func isOpening(f syncproto.Frame) bool {
	return is[*syncproto.Challenge](f) || is[*syncproto.Goaway](f)
}

func (a *approach) says(f syncproto.Frame) []syncproto.Frame {
	a.t.Helper()
	message, err := syncproto.EncodeFrame(f)
	if err != nil {
		a.t.Fatal(err)
	}
	return a.hears(message)
}

// How far a line's opening is before what was made up comes on it. Whose it is, and the rest:
// in what state.
const (
	asStranger = iota
	asChallenged
	asReader
	asHandIn
	asUnknown // of an incarnation that nobody knows
	asStates
)

// opens brings the line into its state.
func (a *approach) opens(state int) {
	a.t.Helper()
	if state == asStranger {
		return
	}
	a.last = a.desk.Last
	identity := a.ledger.Identity()
	hello := &syncproto.Hello{Newest: syncproto.Version, Oldest: 1, Program: "redress", LogID: identity.LogID, Epoch: identity.Epoch, Device: a.desk.Device,
		Incarnation: a.desk.Incarnation, Counter: a.desk.Last.Counter, Token: "good"}
	if state == asHandIn {
		hello.Token = "nobody's"
	}
	if state == asUnknown {
		hello.Incarnation, a.last = syncproto.Derive("nobody's"), syncproto.Link{}
		hello.Counter = 0
	}
	heard := a.says(hello)
	challenge, is := heard[0].(*syncproto.Challenge)
	if !is {
		a.t.Fatalf("a Hello is answered with %T", heard[0])
	}
	if state == asChallenged {
		return
	}
	proof := &syncproto.Proof{Hash: a.last.Hash}
	proof.Signature = ed25519.Sign(a.desk.Key, syncproto.ProofBytes(challenge.Nonce, *proof))
	a.proved = true
	if heard = a.says(proof); a.over || len(heard) == 0 {
		a.t.Fatalf("a proof is answered with %v", heard)
	}
}

// signed is a command of the desk's, in its line: whatever it says, it is the device's.
func (a *approach) signed(intent []byte) *syncproto.Commands {
	e := syncproto.Envelope{Device: a.desk.Device, Incarnation: a.desk.Incarnation, Intent: intent, Signature: ed25519.Sign(a.desk.Key, intent)}
	next := a.last.Next(e.Incarnation, e.CommandHash())
	e.Counter, e.DeviceHash = next.Counter, next.Hash
	if a.proved && !a.over {
		a.last = next
	}
	return &syncproto.Commands{Commands: []syncproto.Envelope{e}}
}

// comes is the next thing on the line: a message as it was made up, or one that fits.
func (a *approach) comes(m *wiretest.Tape) {
	a.t.Helper()
	buckets := []syncproto.Bucket{syncproto.ReferenceBucket, syncproto.Bucket(a.desk.East), syncproto.Bucket(a.desk.CallCentre), syncproto.Bucket(a.desk.West)}
	switch m.Byte() % 8 {
	case 0, 1:
		a.hears(m.Bytes())
	case 2: // signed, whatever it is
		a.says(a.signed(m.Bytes()))
	case 3: // a command of a kind and of a body
		intent := syncproto.Intent{ID: syncproto.Derive("wish", syncproto.NumberedID(a.last.Counter)), Kind: syncproto.CommandKind(m.Byte()),
			Subject: ticket.Ref(a.tickets[int(m.Byte())%len(a.tickets)]), Person: a.desk.Person, Known: 1 << 40, Body: m.Bytes()}
		a.says(a.signed(syncproto.MustEncode(intent)))
	case 4:
		what := m.Byte()
		a.says(&syncproto.Fetch{Bucket: buckets[what%4], Parts: syncproto.AllParts, Heals: what >= 128})
	case 5:
		what := m.Byte()
		a.says(&syncproto.Differs{Buckets: buckets[what%4 : what%4+1], Stopped: what&8 != 0, Complete: what&16 != 0})
	case 6:
		for _, cursor := range a.inWay {
			a.says(&syncproto.Applied{Cursor: cursor})
		}
		a.inWay = nil
	case 7:
		a.now = a.now.Add(syncproto.Span(m.Byte()) * syncproto.Second)
		a.takes(0, func() gateway.Turn { return a.line.Pass(a.t.Context(), a.now) })
	}
}

// plays brings a line up, has all of it come, and looks at what it left.
func (a *approached) plays(t *testing.T, state uint8, data []byte) {
	t.Helper()
	a.anew(t)
	now := a.now
	defer func() { a.now = now }()
	line := &approach{approached: a, t: t, line: a.hub.Answer(a.now), desk: a.desks[int(state)/asStates%len(a.desks)]}
	line.opens(int(state) % asStates)
	for m := (&wiretest.Tape{Rest: data}); !m.Ended() && !line.over; {
		line.comes(m)
	}
	if !line.over {
		line.line.Drop()
	}
	if a.hub.Sessions() != 0 || a.hub.AnyPending() {
		t.Errorf("%d sessions stay, and one is waited for: %v", a.hub.Sessions(), a.hub.AnyPending())
	}
	if line.proved && a.ledger.Head() == a.head || !line.proved && a.stands(t) == a.before {
		return
	}
	if !line.proved {
		t.Error("who has proved nothing has changed what the server keeps")
	}
	report, err := audit.Run(context.Background(), a.store)
	if err != nil || len(report.Wrong) > 0 {
		t.Errorf("the log does not verify: %v %v", report.Wrong, err)
	}
	a.close(t)
}

// FuzzConversation: whatever comes on a line, from before its Hello to within a session, of a
// seat, a manager or a device that was revoked, the server does not fall, takes no more room than
// the message may, says to a stranger nothing but what is to be proved, and keeps what it kept
// until the device has proved itself; and after that the log verifies, with every command signed.
func FuzzConversation(f *testing.F) {
	a := &approached{folder: f.TempDir()}
	f.Cleanup(func() { a.close(f) })
	raw := func(message []byte) []byte { return append([]byte{0}, wiretest.Recorded(message)...) }
	for n, golden := range wiretest.Goldens(f, filepath.Join("..", "..", "syncproto")) {
		for _, state := range []uint8{asStranger, asChallenged, asReader} {
			f.Add(state, raw(golden.Data))
		}
		f.Add(uint8(n%(3*asStates)), slices.Concat([]byte{7, 5, 6, 0}, raw(golden.Data), raw(golden.Data)))
	}
	note, err := rules.Write(syncproto.CommandNote, ticket.Note{Text: "已联系服务站"})
	if err != nil {
		f.Fatal(err)
	}
	whole := syncproto.MustEncode(note)
	for state := range uint8(3 * asStates) {
		f.Add(state, []byte{7, 1, 6, 4, 1, 6, 6, 5, 1, 6, 4, 3, 6})
		f.Add(state, slices.Concat([]byte{2, 0, byte(len(whole))}, whole, []byte{3, byte(syncproto.CommandNote), 1, 0, byte(len(note.Body))}, note.Body, []byte{7, 6}))
		f.Add(state, append(raw(encoded(f, &syncproto.Wiped{Counter: 1})), raw(encoded(f, &syncproto.Told{More: true}))...))
		f.Add(state, raw(encoded(f, &syncproto.Commands{Commands: make([]syncproto.Envelope, 70)})))
		f.Add(state, []byte{5, 9, 5, 16, 7, 80, 7, 255})
	}
	f.Fuzz(func(t *testing.T, state uint8, data []byte) { a.plays(t, state, data) })
}

func encoded(f *testing.F, frame syncproto.Frame) []byte {
	f.Helper()
	message, err := syncproto.EncodeFrame(frame)
	if err != nil {
		f.Fatal(err)
	}
	return message
}
