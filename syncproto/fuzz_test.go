package syncproto

import (
	"bytes"
	"crypto/ed25519"
	"errors"
	"fmt"
	"reflect"
	"runtime"
	"slices"
	"strings"
	"testing"

	"redress/syncproto/wiretest"
)

// Whatever bytes come as something of the wire or of the log, reading them says what is wrong
// or gives a value that says the same again (design §8, §11). `make fuzz` has each of these
// tried with what nobody thought of; what was found so lies in testdata/fuzz.

// released are the bytes of every golden, of every version, by the name of what they are.
func released(f *testing.F) map[string][][]byte {
	f.Helper()
	all := map[string][][]byte{}
	for _, golden := range wiretest.Goldens(f, ".") {
		all[golden.Name] = append(all[golden.Name], golden.Data)
	}
	return all
}

// memoryFor is the most that may be taken to read a message: the largest thing of which a
// list can hold many is some 150 bytes, and its shortest form is one byte.
func memoryFor(message int) uint64 { return 64<<10 + 256*uint64(message) }

// taken is what a step took of memory, whether or not it was given back.
func taken(step func()) uint64 {
	var before, after runtime.MemStats
	runtime.ReadMemStats(&before)
	step()
	runtime.ReadMemStats(&after)
	return after.TotalAlloc - before.TotalAlloc
}

// isProblem fails where what was wrong has no code: the session's Goaway, and what stands in
// the log, is made of it.
func isProblem(t *testing.T, err error) {
	t.Helper()
	var problem *Problem
	if !errors.As(err, &problem) || problem.Code == "" {
		t.Fatalf("got %v, want a Problem with a code", err)
	}
}

func FuzzFrame(f *testing.F) {
	for _, all := range released(f) {
		for _, data := range all {
			f.Add(data)
		}
	}
	// Long lists of the shortest things, as somebody who wants the server's memory sends them.
	for kind, field := range map[FrameKind]byte{FrameCommands: 1, FrameVerdicts: 1, FrameDelta: 5, FrameGrants: 1} {
		many := append([]byte{arrayOfTwo, byte(kind), 0xa1, field, 0x99, 0x20, 0x00}, bytes.Repeat([]byte{0xa0}, 0x2000)...)
		f.Add(many)
	}
	f.Fuzz(func(t *testing.T, data []byte) {
		var frame Frame
		var err error
		if took := taken(func() { frame, err = DecodeFrame(data) }); took > memoryFor(len(data)) {
			t.Errorf("reading %d bytes took %d, more than %d", len(data), took, memoryFor(len(data)))
		}
		if err != nil {
			isProblem(t, err)
			return
		}
		if len(data) > MaxMessage {
			t.Fatalf("%d bytes were taken for a message", len(data))
		}
		once, err := EncodeFrame(frame)
		if err != nil {
			t.Fatalf("%T was read and cannot be said: %v", frame, err)
		}
		if len(once) > len(data) {
			t.Errorf("%T was read from %d bytes, and is %d when it is said again", frame, len(data), len(once))
		}
		read, err := DecodeFrame(once)
		if err != nil {
			t.Fatalf("%T cannot be read again: %v", frame, err)
		}
		if again, err := EncodeFrame(read); err != nil || !bytes.Equal(once, again) {
			t.Errorf("%T says\n%x\nand then\n%x (%v)", frame, once, again, err)
		}
	})
}

// resting are the things that are read from bytes but are no frame: what rests in the log and
// on a desk, and what goes over HTTP.
func resting() []any {
	return []any{
		&Intent{}, &Envelope{}, &Payload{}, &Header{}, &Grant{}, &SignedGrant{}, &Verdict{}, &VerdictPromise{}, &Document{}, &Event{},
		&HistoryEntry{}, &EnrolRequest{}, &EnrolAnswer{}, &LoginRequest{}, &LoginAnswer{}, &NonceAnswer{}, &Refusal{},
		&DesksRequest{}, &DesksAnswer{}, &Finding{}, &Readings{}, &Anchor{}, &PageContents{}, &Restoration{}, &ReleaseAccount{}, &ReleaseParked{},
	}
}

func FuzzResting(f *testing.F) {
	kinds := resting()
	golden := released(f)
	names := map[string]any{"intent": Intent{}, "payload": Payload{}, "header": Header{}, "grant": Grant{}, "enrol": EnrolRequest{}, "enrol-again": EnrolRequest{}, "desks-request": DesksRequest{}, "desks-answer": DesksAnswer{},
		"page": PageContents{}}
	for name, like := range names {
		kind := slices.IndexFunc(kinds, func(k any) bool { return reflect.TypeOf(k).Elem() == reflect.TypeOf(like) })
		for _, data := range golden[name] {
			f.Add(uint8(kind), data)
		}
	}
	for kind := range kinds {
		f.Add(uint8(kind), []byte{0xa0})
		for _, data := range golden["payload"] { // as something it is not
			f.Add(uint8(kind), data)
		}
	}
	contents := slices.IndexFunc(kinds, func(k any) bool { _, is := k.(*PageContents); return is })
	for _, field := range []byte{1, 2} { // as long as a list may be, of the shortest things there are
		f.Add(uint8(contents), slices.Concat([]byte{0xa1, field, 0x99, 0x20, 0x00}, bytes.Repeat([]byte{0xa0}, 0x2000)))
	}
	f.Fuzz(func(t *testing.T, kind uint8, data []byte) {
		if len(data) > MaxMessage {
			return // nothing longer is given to it
		}
		like := reflect.TypeOf(kinds[int(kind)%len(kinds)]).Elem()
		value := reflect.New(like)
		var err error
		if took := taken(func() { err = Decode(data, value.Interface()) }); took > memoryFor(len(data)) {
			t.Errorf("reading %v from %d bytes took %d, more than %d", like, len(data), took, memoryFor(len(data)))
		}
		if err != nil {
			isProblem(t, err)
			return
		}
		once := MustEncode(value.Interface())
		if len(once) > len(data) {
			t.Errorf("%v was read from %d bytes, and is %d when it is said again", like, len(data), len(once))
		}
		read := reflect.New(like)
		if err := Decode(once, read.Interface()); err != nil {
			t.Fatalf("%v cannot be read again: %v", like, err)
		}
		if again := MustEncode(read.Interface()); !bytes.Equal(once, again) {
			t.Errorf("%v says\n%x\nand then\n%x", like, once, again)
		}
	})
}

// FuzzOpening: only what the key's owner signed opens, and what opens keeps to the limits; nothing
// about a signature or a key makes anybody fall over. Of a key that somebody chose for this (one
// of small order, all zero) nothing more is said: its owner lets others sign.
func FuzzOpening(f *testing.F) {
	for _, data := range released(f)["intent"] {
		f.Add(data, []byte("signature"), []byte("key"), true)
		f.Add(data, make([]byte, ed25519.SignatureSize), make([]byte, ed25519.PublicKeySize), false)
	}
	f.Fuzz(func(t *testing.T, data, signature, anyKey []byte, sign bool) {
		seed := HashOf([]byte("opening"))
		private := ed25519.NewKeyFromSeed(seed[:])
		key, _ := private.Public().(ed25519.PublicKey)
		if sign {
			signature = ed25519.Sign(private, data)
		}
		intent, err := Envelope{Intent: data, Signature: signature}.Open(key)
		switch {
		case err != nil:
			isProblem(t, err)
		case !ed25519.Verify(key, data, signature):
			t.Error("it opens with a signature that was made up")
		case len(data) > MaxIntent || len(intent.Body) > MaxCommandBody || len(intent.Shares) > MaxShares || len(intent.Grants) > MaxShares || intent.Kind.OfServer() || intent.ID.IsZero():
			t.Errorf("it opens as %+v", intent)
		}
		if _, err := (SignedGrant{Grant: data, Signature: signature}).Open(key); err != nil {
			isProblem(t, err)
		}
		if _, err := (Envelope{Intent: data, Signature: signature}).Open(anyKey); err != nil {
			isProblem(t, err)
		}
	})
}

// FuzzTexts: numbers that people and files write. What is read is written so that it is read as
// the same again.
func FuzzTexts(f *testing.F) {
	for _, text := range []string{"", "0", "1200", "¥1,200.50", "￥１２００", "1，200。5", "1,000,000,000.00", "1,000,000,000.01", "-1", ".5", "5.", "1,00", ",100", "1e3", "999999999999.99",
		"2026-11", "0000-01", "9999-12", "2026-13", "01900000-0000-7000-8000-000000000001", strings.Repeat("f", 32), "--", "\xff"} {
		f.Add(text)
	}
	f.Fuzz(func(t *testing.T, text string) {
		if fen, err := ParseFen(text); err != nil {
			isProblem(t, err)
		} else {
			again, err := ParseFen(fen.String())
			if err != nil || again != fen || fen < 0 || fen > MaxAmount {
				t.Errorf("%q is %d fen, written %v and read as %d: %v", text, int64(fen), fen, int64(again), err)
			}
		}
		if id, err := ParseID(text); err != nil {
			isProblem(t, err)
		} else if again, err := ParseID(id.String()); err != nil || again != id {
			t.Errorf("%q is %v, read as %v: %v", text, id, again, err)
		}
		if month, is := ParseMonth(text); is {
			if again, is := ParseMonth(month.String()); !is || again != month || month == 0 {
				t.Errorf("%q is %d, written %v and read as %d", text, uint32(month), month, uint32(again))
			}
		}
	})
}

// FuzzTimes: whatever clocks say, an action lies between two instants of which the first is not
// after the second, none after its receipt, and a moment within (invariant 15).
func FuzzTimes(f *testing.F) {
	f.Add(int64(1_800_000_000_000_000), int64(90*Minute), int64(1_799_999_990_000_000), int64(20*Millisecond), int64(89*Minute),
		int64(1_800_000_900_000_000), int64(30*Millisecond), int64(100*Minute), int64(1_800_000_900_000_000), uint8(7))
	f.Add(int64(0), int64(0), int64(0), int64(0), int64(0), int64(0), int64(0), int64(0), int64(0), uint8(0))
	f.Add(int64(-1<<63), int64(1<<63-1), int64(-1<<63), int64(1<<63-1), int64(-1<<63), int64(1<<63-1), int64(-1<<63), int64(1<<63-1), int64(-1<<63), uint8(7))
	f.Fuzz(func(t *testing.T, wall, ticks, server, rtt, at, server2, rtt2, at2, receipt int64, boots uint8) {
		boot := func(bit uint8) ID {
			if boots&bit == 0 {
				return ID{}
			}
			return ID{1}
		}
		action := Readings{Reading: Reading{Wall: Instant(wall), Boot: boot(1), Ticks: Span(ticks)},
			Anchor: Anchor{Server: Instant(server), RTT: Span(rtt), Boot: boot(2), Ticks: Span(at)}}
		reconnect := Anchor{Server: Instant(server2), RTT: Span(rtt2), Boot: boot(4), Ticks: Span(at2)}
		within := Bound(action, reconnect, Instant(receipt))
		if within.Lo > within.Hi || within.Hi > Instant(receipt) {
			t.Errorf("%+v, %+v, received %d: %+v", action, reconnect, receipt, within)
		}
		if moment := within.At(Instant(wall)); moment < within.Lo || moment > within.Hi {
			t.Errorf("%d within %+v is %d", wall, within, moment)
		}
		// Whatever instant it is, it can be shown, and belongs to a month.
		for _, i := range []Instant{Instant(wall), within.Lo, within.Hi} {
			_ = fmt.Sprint(i, MonthOf(i), Span(i), MonthOf(i).Start(), MonthOf(i).End())
			if back := InstantOf(i.Time()); back != i {
				t.Errorf("%d is %d after it was shown", int64(i), int64(back))
			}
		}
	})
}
