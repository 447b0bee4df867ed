package gateway_test

import (
	"bytes"
	"compress/flate"
	"encoding/binary"
	"errors"
	"io"
	"net"
	"strings"
	"sync/atomic"
	"testing"

	"redress/server/gateway"
	"redress/server/ledger/ledgertest"
	"redress/syncproto"
)

// still is a clock that only a test moves, however slow the machine is. It is an hour ahead of
// the wall: what the server may take to write ends by it, and is not over meanwhile.
type still struct{ at atomic.Int64 }

func newStill() *still {
	c := &still{}
	c.at.Store(int64(wallClock().Add(syncproto.Hour)))
	return c
}

func (c *still) now() syncproto.Instant { return syncproto.Instant(c.at.Load()) }
func (c *still) move(by syncproto.Span) { c.at.Add(int64(by)) }

// upgrade is what asks for a session.
const upgrade = "GET /session HTTP/1.1\r\nHost: x\r\nConnection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Version: 13\r\nSec-WebSocket-Key: AAAAAAAAAAAAAAAAAAAAAA==\r\n"

// drip is a line byte by byte: what is sent on it is what a test writes, whole frames or not.
type drip struct {
	t    *testing.T
	conn net.Conn
}

// drips opens a session by hand on a new line and says with which status it was answered.
func drips(t *testing.T, conn net.Conn, header string) (*drip, string) {
	t.Helper()
	d := &drip{t, conn}
	t.Cleanup(func() { _ = conn.Close() })
	d.write([]byte(upgrade + header + "\r\n"))
	var answer []byte
	for some := make([]byte, 512); !bytes.Contains(answer, []byte("\r\n\r\n")); {
		n, err := conn.Read(some)
		if err != nil {
			t.Fatalf("after %q: %v", answer, err)
		}
		answer = append(answer, some[:n]...)
	}
	status, _, _ := strings.Cut(string(answer), "\r\n")
	if strings.Contains(strings.ToLower(string(answer)), "sec-websocket-extensions") {
		t.Error("the server takes compressed messages")
	}
	return d, status
}

func (s *served) drips(header string) *drip {
	s.T.Helper()
	conn, err := net.Dial("tcp", strings.TrimPrefix(s.URL, "http://"))
	if err != nil {
		s.T.Fatal(err)
	}
	d, status := drips(s.T, conn, header)
	if !strings.Contains(status, "101") {
		s.T.Fatal(status)
	}
	return d
}

// write sends bytes; the server may have hung up.
func (d *drip) write(data []byte) { _, _ = d.conn.Write(data) }

// head is the head of a frame of the WebSocket: its first byte, and the length it says it has,
// under a mask of zeros.
func head(first byte, length uint64) []byte {
	h := binary.BigEndian.AppendUint64([]byte{first, 0x80 | 127}, length)
	return append(h, 0, 0, 0, 0)
}

// over reads until the server hangs up, and says how many bytes it sent.
func (d *drip) over() int64 {
	d.t.Helper()
	if err := d.conn.SetReadDeadline(wallClock().Add(patience).Time()); err != nil && !errors.Is(err, io.ErrClosedPipe) {
		d.t.Error(err)
	}
	n, err := io.Copy(io.Discard, d.conn)
	var late net.Error
	if errors.As(err, &late) && late.Timeout() {
		d.t.Error("the server does not hang up")
	}
	return n
}

const (
	binaryWhole = 0x82 // a binary message in one frame
	binaryBegun = 0x02 // its first frame of several
	goesOn      = 0x00 // another of them
	compressed  = 0xc2 // a binary message, compressed
)

// What a line says below the frames: a message that says it is larger than any, one of many
// small pieces, one that is compressed and would unpack to a gigabyte, text, and a mask left
// out. Each ends its line at once; nobody else notices.
func TestMessagesThatAreNone(t *testing.T) {
	s := serveBy(t, ledgertest.New(t), newStill().now) // no line ends because its time is over
	good := s.desk(s.Seat, "wang")
	online(t, good)
	piece := append(head(goesOn, 60<<10), make([]byte, 60<<10)...)
	var bomb bytes.Buffer
	pack, err := flate.NewWriter(&bomb, flate.BestCompression)
	if err != nil {
		t.Fatal(err)
	}
	for range 200 {
		if _, err := pack.Write(make([]byte, 1<<20)); err != nil {
			t.Fatal(err)
		}
	}
	if err := pack.Flush(); err != nil {
		t.Fatal(err)
	}
	for name, says := range map[string]func(*drip){
		"one that says it has all there is": func(d *drip) { d.write(head(binaryWhole, 1<<63-1)) },
		"one that is a byte too long":       func(d *drip) { d.write(head(binaryWhole, syncproto.MaxMessage+1)) },
		"pieces without an end": func(d *drip) {
			d.write(append(head(binaryBegun, 60<<10), make([]byte, 60<<10)...))
			for range 5 {
				d.write(piece)
			}
		},
		"a compressed one": func(d *drip) { d.write(append(head(compressed, uint64(bomb.Len())), bomb.Bytes()...)) },
		"without a mask":   func(d *drip) { d.write([]byte{binaryWhole, 2, 0x82, 0x0b}) },
		"text":             func(d *drip) { d.write(append(head(0x81, 2), "{}"...)) },
	} {
		t.Run(name, func(t *testing.T) {
			s.T = t
			d := s.drips("Sec-WebSocket-Extensions: permessage-deflate\r\n")
			says(d)
			if sent := d.over(); sent > 1000 {
				t.Errorf("it is answered with %d bytes", sent)
			}
		})
	}
	s.T = t
	s.unharmed(good)
}

// Frames that are small on the line and large in memory, or as deep as they are long: a key
// that nobody knows is passed over, and what stands under it may be anything, but not that.
func TestFramesThatGrow(t *testing.T) {
	limits := gateway.DefaultLimits()
	limits.FirstBytes = syncproto.MaxMessage // what is tried here is how they are read
	s := serveWithin(t, ledgertest.New(t), wallClock, limits)
	good := s.desk(s.Seat, "wang")
	online(t, good)
	ping := func(under ...[]byte) []byte {
		return append([]byte{0x82, 0x0b, 0xa1, 0x18, 0x63}, bytes.Join(under, nil)...)
	}
	for name, c := range map[string]struct {
		data []byte
		code syncproto.Code
	}{
		"a small thing under an unknown key":         {ping([]byte{0x81, 0x01}), syncproto.CodeOutOfOrder}, // it is read, and cannot come now
		"nested as deep as it is long":               {ping(bytes.Repeat([]byte{0x81}, 200_000), []byte{0x01}), syncproto.CodeMalformed},
		"nested deeper than may be":                  {ping(bytes.Repeat([]byte{0x81}, 13), []byte{0x01}), syncproto.CodeMalformed},
		"a list that says it has 4 thousand million": {ping([]byte{0x9b, 0, 0, 0, 1, 0, 0, 0, 0}), syncproto.CodeMalformed},
		"a list of more than any may have":           {ping([]byte{0x99, 0x20, 0x01}, bytes.Repeat([]byte{0x01}, 0x2001)), syncproto.CodeMalformed},
		"a text that says it is a gigabyte":          {ping([]byte{0x7a, 0x40, 0, 0, 0}), syncproto.CodeMalformed},
		"a map of one key a thousand times":          {append([]byte{0x82, 0x0b, 0xb9, 0x03, 0xe8}, bytes.Repeat([]byte{0x01, 0x03}, 1000)...), syncproto.CodeMalformed},
	} {
		t.Run(name, func(t *testing.T) {
			s.T = t
			i := s.intruder()
			i.raw(c.data)
			if code := i.ends(); code != c.code {
				t.Errorf("ended with %q, want %q", code, c.code)
			}
		})
	}
	s.T = t
	s.unharmed(good)
}

// Lines that are open and say nothing, or a byte now and then, end when their time is over:
// before the opening that of the handshake, after it that of silence. A whole Hello without
// its proof gains nothing.
func TestSlowLinesEnd(t *testing.T) {
	clock := newStill()
	s := serveBy(t, ledgertest.New(t), clock.now)
	d := s.desk(s.Seat, "wang")
	silent, dripping, halfway, open := s.drips(""), s.drips(""), s.drips(""), s.opened(d, nil)
	open.mute = true // an Applied that is on its way while the clock moves would be a word said then
	hello := helloOf(s.desk(s.Manager, "li"))
	message, err := syncproto.EncodeFrame(&hello)
	if err != nil {
		t.Fatal(err)
	}
	halfway.write(append(head(binaryWhole, uint64(len(message))), message...))
	dripping.write(head(binaryWhole, 1000))
	for _, step := range []syncproto.Span{syncproto.HandshakeLimit / 2, syncproto.HandshakeLimit/2 + syncproto.Second} {
		clock.move(step)
		dripping.write([]byte{0x82}) // another byte, and it has all the time in the world
	}
	for name, line := range map[string]*drip{"silent": silent, "dripping": dripping, "halfway": halfway} {
		t.Run(name, func(t *testing.T) {
			line.t = t
			line.over()
		})
	}
	if ok, code := open.goesOn(); !ok {
		t.Fatalf("who is welcome was ended with %q after %v", code, syncproto.HandshakeLimit)
	}
	other := s.Desk(s.Seat, "K7MQ")
	other.Give(syncproto.CommandOpen, s.Open(s.NewID(), s.East, "K7MQ-00001")) // to be sent a delta is no word of its own
	clock.move(syncproto.SilenceLimit + syncproto.Second)
	if code := open.ends(); code != syncproto.CodeSilent {
		t.Errorf("who says nothing for %v was ended with %q", syncproto.SilenceLimit, code)
	}
}
