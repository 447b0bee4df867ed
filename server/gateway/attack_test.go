package gateway_test

import (
	"bytes"
	"crypto/ed25519"
	"errors"
	"io"
	"net"
	"slices"
	"strings"
	"testing"

	"github.com/gorilla/websocket"
	"github.com/klauspost/compress/zstd"

	"redress/server/gateway/gatewaytest"
	"redress/syncproto"
	"redress/syncproto/rules"
)

// The attacks of server/THREATS.md, over real sockets: an enrolled device with another
// program, or somebody without one. intruder is a line on which anything can be said; it keeps
// all it was ever sent.
type intruder struct {
	*served
	conn    *websocket.Conn
	mute    bool // it says nothing by itself: not even how far it is
	heard   [][]byte
	nonce   []byte
	welcome *syncproto.Welcome
	verdict map[syncproto.ID]syncproto.Verdict
}

func (s *served) intruder() *intruder {
	s.T.Helper()
	conn, response, err := websocket.DefaultDialer.Dial("ws"+strings.TrimPrefix(s.URL, "http")+syncproto.PathSession, nil)
	if response != nil && response.Body != nil {
		err = errors.Join(err, response.Body.Close())
	}
	if err != nil {
		s.T.Fatal(err)
	}
	s.T.Cleanup(func() { _ = conn.Close() }) // it may be over already
	return &intruder{served: s, conn: conn, verdict: map[syncproto.ID]syncproto.Verdict{}}
}

// patience is how long an intruder waits for a word of the server's, which speaks every ten
// seconds.
const patience = 30 * syncproto.Second

// raw sends bytes. The server may have hung up, and says why in what is still to be heard.
func (i *intruder) raw(data []byte) { _ = i.conn.WriteMessage(websocket.BinaryMessage, data) }

func (i *intruder) say(f syncproto.Frame) {
	i.T.Helper()
	data, err := syncproto.EncodeFrame(f)
	if err != nil {
		i.T.Fatal(err)
	}
	i.raw(data)
}

// hear is the next frame; nil when the line is over.
func (i *intruder) hear() syncproto.Frame {
	i.T.Helper()
	if err := i.conn.SetReadDeadline(wallClock().Add(patience).Time()); err != nil {
		i.T.Fatal(err)
	}
	_, data, err := i.conn.ReadMessage()
	var late net.Error
	if errors.As(err, &late) && late.Timeout() {
		i.T.Fatal("the server neither answers nor hangs up")
	}
	if err != nil {
		return nil
	}
	i.heard = append(i.heard, data)
	f, err := syncproto.DecodeFrame(data)
	if err != nil {
		i.T.Fatal(err)
	}
	switch f := f.(type) {
	case *syncproto.Challenge:
		i.nonce = f.Nonce
	case *syncproto.Welcome:
		i.welcome = f
	case *syncproto.Delta:
		if !i.mute {
			i.say(&syncproto.Applied{Cursor: f.Cursor})
		}
	case *syncproto.Verdicts:
		for _, v := range f.Verdicts {
			i.verdict[v.Command] = v
		}
	}
	return f
}

// until hears until a frame fits, or the line ends. What it is to hear has not come before.
func (i *intruder) until(fits func(syncproto.Frame) bool) {
	i.T.Helper()
	for f := i.hear(); f != nil && !fits(f); f = i.hear() {
	}
}

func is[F syncproto.Frame](f syncproto.Frame) bool { _, is := f.(F); return is }

// ends hears until the server says why it ends; "" where it only hangs up.
func (i *intruder) ends() (code syncproto.Code) {
	i.T.Helper()
	i.until(func(f syncproto.Frame) bool {
		if away, is := f.(*syncproto.Goaway); is {
			code = away.Code
		}
		return code != ""
	})
	return code
}

// goesOn says whether the session is still one: it answers what the time is. Why it ended is
// the other answer.
func (i *intruder) goesOn() (bool, syncproto.Code) {
	i.T.Helper()
	i.say(&syncproto.Ping{ID: 4711})
	var code syncproto.Code
	answered := false
	i.until(func(f syncproto.Frame) bool {
		switch f := f.(type) {
		case *syncproto.Pong:
			answered = f.ID == 4711
		case *syncproto.Goaway:
			code = f.Code
		}
		return answered || code != ""
	})
	return answered, code
}

// helloOf is what the desk would say.
func helloOf(d *gatewaytest.Desk) syncproto.Hello {
	return syncproto.Hello{Newest: syncproto.Version, Oldest: 1, Program: "intruder", LogID: d.LogID, Epoch: d.Epoch, Cursor: d.Cursor,
		Device: d.Device, Incarnation: d.Incarnation, Counter: d.Links[len(d.Links)-1].Counter, Token: d.Token}
}

// open says a Hello and proves it with the desk's key and line. What comes then is to be heard.
func (i *intruder) open(d *gatewaytest.Desk, hello syncproto.Hello) {
	i.T.Helper()
	i.challenged(hello)
	i.say(i.proof(d))
}

// challenged says a Hello and hears what is to be proved.
func (i *intruder) challenged(hello syncproto.Hello) {
	i.T.Helper()
	i.say(&hello)
	i.until(is[*syncproto.Challenge])
}

func (i *intruder) proof(d *gatewaytest.Desk) *syncproto.Proof {
	p := syncproto.Proof{Hash: d.Links[len(d.Links)-1].Hash}
	p.Signature = ed25519.Sign(d.Key, syncproto.ProofBytes(i.nonce, p))
	return &p
}

// opened is a line on which the desk is welcome.
func (s *served) opened(d *gatewaytest.Desk, change func(*syncproto.Hello)) *intruder {
	s.T.Helper()
	i, hello := s.intruder(), helloOf(d)
	if change != nil {
		change(&hello)
	}
	i.open(d, hello)
	i.until(func(f syncproto.Frame) bool { return is[*syncproto.Welcome](f) || is[*syncproto.Goaway](f) })
	return i
}

// verdictOn hands in a command and hears what becomes of it.
func (i *intruder) verdictOn(e syncproto.Envelope, first ...syncproto.Verdict) (verdict syncproto.Verdict, ended syncproto.Code) {
	i.T.Helper()
	var intent syncproto.Intent
	if err := syncproto.Decode(e.Intent, &intent); err != nil {
		i.T.Fatal(err)
	}
	i.say(&syncproto.Commands{Commands: []syncproto.Envelope{e}, First: first})
	i.until(func(f syncproto.Frame) bool {
		if away, is := f.(*syncproto.Goaway); is {
			ended = away.Code
		}
		return ended != "" || i.verdict[intent.ID].Outcome != 0
	})
	return i.verdict[intent.ID], ended
}

// wish is a command of the desk's that is in no line yet.
func (s *served) wish(d *gatewaytest.Desk, kind syncproto.CommandKind, command any, shares ...syncproto.Share) syncproto.Intent {
	s.T.Helper()
	intent, err := rules.Write(kind, command)
	if err != nil {
		s.T.Fatal(err)
	}
	intent.ID, intent.Person, intent.Known = s.NewID(), d.Person, 1<<40
	intent.Readings.Reading, intent.Shares = d.Reading(), shares
	return intent
}

// seal gives a wish the next place in the desk's line, signed by its key.
func seal(d *gatewaytest.Desk, intent syncproto.Intent) syncproto.Envelope {
	e := syncproto.Seal(intent, d.Key, d.Device, d.Incarnation, d.Links[len(d.Links)-1])
	d.Outbox, d.Links = append(d.Outbox, e), append(d.Links, e.Link())
	return e
}

// reads says whether a text was in anything that was sent, pages unpacked.
func (i *intruder) reads(text string) bool {
	i.T.Helper()
	unpack, err := zstd.NewReader(nil, zstd.WithDecoderConcurrency(1))
	if err != nil {
		i.T.Fatal(err)
	}
	defer unpack.Close()
	return slices.ContainsFunc(i.heard, func(data []byte) bool {
		if f, err := syncproto.DecodeFrame(data); err == nil {
			if d, is := f.(*syncproto.Delta); is && d.Page != nil {
				page, err := unpack.DecodeAll(d.Page.Packed, nil)
				if err != nil {
					i.T.Fatal(err)
				}
				data = slices.Concat(data, page)
			}
		}
		return bytes.Contains(data, []byte(text))
	})
}

// unharmed: whatever was tried, the log verifies and somebody else's work is taken.
func (s *served) unharmed(d *gatewaytest.Desk) {
	s.T.Helper()
	opening := tap(s.T, d, syncproto.CommandOpen, s.Open(s.NewID(), s.East, "P3RT-00099"))
	play(s.T, d, func() bool { return d.Verdicts[opening].Outcome == syncproto.Accepted })
	s.Verify()
}

func bodyOf(t *testing.T, r io.ReadCloser) []byte {
	t.Helper()
	data, err := io.ReadAll(r)
	if err := errors.Join(err, r.Close()); err != nil {
		t.Fatal(err)
	}
	return data
}

// clean: each line of the server's log is one that the server wrote, short, and to be shown.
func (s *served) clean(t *testing.T) {
	t.Helper()
	for line := range strings.Lines(s.log.String()) {
		if !strings.HasPrefix(line, `{"level":`) || len(line) > 1000 || strings.ContainsAny(line, "\u202e\u009b\x1b") {
			t.Errorf("in the log stands %.200q", line)
		}
	}
}
