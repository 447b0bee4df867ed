package redress_test

import (
	"crypto/ed25519"
	"fmt"
	"strings"
	"testing"

	"redress/server/gateway"
	"redress/syncproto"
	"redress/syncproto/ticket"
)

// What a line says that does not belong there ends its session: nothing is answered but
// why, and nothing is in the log.
func TestWhatALineMayNotSay(t *testing.T) {
	w := caseOf(t)
	on := w.openedIn("east")
	r, stolen := w.rogue(w.places[0]), w.rogue(w.places[2])
	hello := syncproto.Hello{Newest: 1, Oldest: 1, Device: r.device, Incarnation: r.incarnation, Token: r.token}
	note := syncproto.Seal(r.intent(syncproto.CommandNote, ticket.Note{Ticket: on, Text: "日志"}), r.key, r.device, r.incarnation, syncproto.Link{})
	for _, c := range []struct {
		story string
		says  func(*talk)
		code  syncproto.Code
	}{
		{"nothing that can be read", func(l *talk) { l.raw([]byte("GET / HTTP/1.1")) }, syncproto.CodeMalformed},
		{"a frame cut off", func(l *talk) { l.raw([]byte{0x82, 0x0b, 0xa1, 0x01}) }, syncproto.CodeMalformed},
		{"more after the frame", func(l *talk) { l.raw([]byte{0x82, 0x0b, 0xa1, 0x01, 0x03, 0x00}) }, syncproto.CodeMalformed},
		{"one key twice", func(l *talk) { l.raw([]byte{0x82, 0x0b, 0xa2, 0x01, 0x03, 0x01, 0x04}) }, syncproto.CodeMalformed},
		{"a tag", func(l *talk) { l.raw([]byte{0x82, 0x0b, 0xc1, 0xa1, 0x01, 0x03}) }, syncproto.CodeMalformed},
		{"an indefinite length", func(l *talk) { l.raw([]byte{0x82, 0x0b, 0xbf, 0x01, 0x03, 0xff}) }, syncproto.CodeMalformed},
		{"a float", func(l *talk) { l.raw([]byte{0x82, 0x0b, 0xa1, 0x01, 0xf9, 0x3c, 0x00}) }, syncproto.CodeMalformed},
		{"text that is not UTF-8", func(l *talk) { l.raw([]byte{0x82, 0x0d, 0xa1, 0x01, 0x61, 0xff}) }, syncproto.CodeMalformed},
		{"more than a message holds", func(l *talk) { l.raw(make([]byte, syncproto.MaxMessage+1)) }, syncproto.CodeTooLarge},
		{"a frame there is none of", func(l *talk) { l.raw([]byte{0x82, 0x18, 99, 0xa0}) }, syncproto.CodeUnknownKind},
		{"a frame of the server's", func(l *talk) { l.open(hello, r.key); l.say(&syncproto.Head{Seq: 1}) }, syncproto.CodeOutOfOrder},
		{"commands before the proof", func(l *talk) { l.say(&hello); l.say(&syncproto.Commands{Commands: []syncproto.Envelope{note}}) }, syncproto.CodeOutOfOrder},
		{"commands before anything", func(l *talk) { l.say(&syncproto.Commands{Commands: []syncproto.Envelope{note}}) }, syncproto.CodeOutOfOrder},
		{"hello twice", func(l *talk) { l.open(hello, r.key); l.say(&hello) }, syncproto.CodeOutOfOrder},
		{"a proof by another key", func(l *talk) { l.open(hello, stolen.key) }, syncproto.CodeUnsigned},
		{"an unknown device", func(l *talk) { h := hello; h.Device = w.chance.id(); l.say(&h) }, syncproto.CodeUnknownDevice},
		{"another log", func(l *talk) { h := hello; h.LogID = w.chance.id(); l.say(&h) }, syncproto.CodeWrongLog},
		{"too many buckets", func(l *talk) { h := hello; h.Held = make([]syncproto.Bucket, syncproto.MaxBuckets+1); l.say(&h) }, syncproto.CodeMalformed},
		{"too many commands", func(l *talk) {
			l.open(hello, r.key)
			l.say(&syncproto.Commands{Commands: make([]syncproto.Envelope, syncproto.MaxInFlight+1)})
		}, syncproto.CodeOverloaded},
		{"another device's commands", func(l *talk) {
			l.open(hello, r.key)
			e := note
			e.Device = stolen.device
			l.say(&syncproto.Commands{Commands: []syncproto.Envelope{e}})
		}, syncproto.CodeOutOfOrder},
	} {
		t.Run(c.story, func(t *testing.T) {
			l := w.talk()
			head := w.ledger.Head()
			c.says(l)
			if l.ended != c.code || w.ledger.Head() != head {
				t.Errorf("ended by %q, want %q; the log ends at %d, before at %d", l.ended, c.code, w.ledger.Head().Seq, head.Seq)
			}
		})
	}
	t.Run("another device's token", func(t *testing.T) {
		l, h := w.talk(), hello
		h.Token = stolen.token
		l.open(h, r.key)
		if l.welcome == nil || l.welcome.Action != syncproto.ActionHandIn || len(l.welcome.Buckets) > 0 || l.read > 0 {
			t.Errorf("%+v, %d deltas", l.welcome, l.read)
		}
	})
}

// A token is good for twelve hours, also in a session that never ends.
func TestReadingEndsWithTheToken(t *testing.T) {
	w := caseOf(t)
	r := w.rogue(w.places[0])
	l := w.talk()
	l.open(syncproto.Hello{Newest: 1, Oldest: 1, Device: r.device, Incarnation: r.incarnation, Token: r.token}, r.key)
	began := w.now
	for l.ended == "" && w.now < began.Add(13*syncproto.Hour) {
		w.now = w.now.Add(syncproto.Minute)
		l.say(&syncproto.Ping{ID: 1})
		l.hear(l.there.Pass(w.ctx, w.now))
	}
	if l.ended != syncproto.CodeTokenExpired || w.now != began.Add(12*syncproto.Hour) {
		t.Errorf("ended by %q after %v", l.ended, w.now.Sub(began))
	}
}

// Verdicts that quote what stands there are more than one message holds.
func TestVerdictsFitTheirMessages(t *testing.T) {
	w := caseOf(t)
	r, on := w.rogue(w.places[0]), w.openedIn("east")
	long := r.intent(syncproto.CommandAmend, ticket.Amend{Ticket: on, Field: ticket.FieldDescription, New: strings.Repeat("长", ticket.MaxDescription)})
	if v := r.hands(r.seal(long))[0].Verdict; v.Outcome != syncproto.Accepted {
		t.Fatal(v)
	}
	l := w.talk()
	hello := syncproto.Hello{Newest: 1, Oldest: 1, Device: r.device, Incarnation: r.incarnation, Counter: 1, Token: r.token}
	l.open(hello, r.key, long)
	var stale []syncproto.Envelope
	for range syncproto.MaxInFlight {
		stale = append(stale, r.seal(r.intent(syncproto.CommandAmend, ticket.Amend{Ticket: on, Field: ticket.FieldDescription, Old: "短", New: "改"})))
	}
	l.say(&syncproto.Commands{Commands: stale})
	if l.verdicts != len(stale) || l.ended != "" {
		t.Errorf("%d verdicts of %d, ended %q", l.verdicts, len(stale), l.ended)
	}
}

// talk is a line on which a test says what it likes.
type talk struct {
	w        *walk
	there    *gateway.Conversation
	nonce    []byte
	counter  uint64
	welcome  *syncproto.Welcome
	read     int // deltas and grants
	verdicts int
	ended    syncproto.Code
}

func (w *walk) talk() *talk { return &talk{w: w, there: w.hub.Answer(w.now)} }

func (l *talk) say(f syncproto.Frame) { l.raw(must(syncproto.EncodeFrame(f))) }

func (l *talk) raw(message []byte) { l.hear(l.there.Hear(l.w.ctx, l.w.now, message)) }

func (l *talk) hear(turn gateway.Turn) {
	for _, answer := range l.there.Settle(l.w.ctx, l.w.now, turn).Send {
		switch f := must(syncproto.DecodeFrame(answer)).(type) {
		case *syncproto.Challenge:
			l.nonce, l.counter = f.Nonce, f.Counter
		case *syncproto.Welcome:
			l.welcome = f
		case *syncproto.Goaway:
			l.ended = f.Code
		case *syncproto.Verdicts:
			l.verdicts += len(f.Verdicts)
		case *syncproto.Delta, *syncproto.Grants:
			l.read++
		}
	}
}

// open says Hello and proves it with a key, and with the hash of all that was handed in.
func (l *talk) open(h syncproto.Hello, key ed25519.PrivateKey, before ...syncproto.Intent) {
	l.say(&h)
	var line syncproto.Link
	for _, intent := range before {
		line = line.Next(h.Incarnation, syncproto.HashOf(syncproto.MustEncode(intent)))
	}
	p := syncproto.Proof{Hash: line.Hash}
	p.Signature = ed25519.Sign(key, syncproto.ProofBytes(l.nonce, p))
	l.say(&p)
}

// Whatever bytes come, at whatever moment, nobody falls over: the session ends or goes on.
func TestNoiseOnTheLine(t *testing.T) {
	w := caseOf(t)
	on := w.openedIn("east")
	r := w.rogue(w.places[0])
	hello := syncproto.Hello{Newest: 1, Oldest: 1, Device: r.device, Incarnation: r.incarnation, Token: r.token}
	for n := range 2000 {
		l := w.talk()
		if w.one(2) {
			h := hello
			h.Counter = r.link.Counter
			l.open(h, r.key)
		}
		e := syncproto.Seal(r.intent(syncproto.CommandNote, ticket.Note{Ticket: on, Text: fmt.Sprint(n)}), r.key, r.device, r.incarnation, r.link)
		frames := []syncproto.Frame{&hello, &syncproto.Commands{Commands: []syncproto.Envelope{e}}, &syncproto.Applied{Cursor: 7},
			&syncproto.Ping{ID: 1}, &syncproto.Proof{}, &syncproto.Goaway{Code: syncproto.CodeShutdown, Detail: strings.Repeat("x", 99)}}
		message := must(syncproto.EncodeFrame(pick(w, frames)))
		for range 1 + w.dice.IntN(3) {
			message[w.dice.IntN(len(message))] = byte(w.dice.Uint32())
		}
		l.raw(message)
		l.there.Drop()
	}
	w.must(w.Verify())
}
