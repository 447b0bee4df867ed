package redress_test

import (
	"bytes"
	"crypto/rand"
	"encoding/binary"
	"fmt"
	"os"
	"testing"

	"redress/syncproto"
)

// What a desk hands in, as the trace of its writes has it: the lines of the rings are not
// encrypted, and neither side compresses. A command counts as sent with the write that makes its
// message whole, and has to lie on the disk before: not where that write returned, but where it
// began, and of the disk only what was synced.

// stream is what goes over a socket in one direction, once it speaks WebSocket.
type stream struct {
	bytes   []byte // that are no whole frame yet
	message []byte // whose last frame has not come yet
}

// read takes in what was written, and hands on each message that is whole with it.
func (s *stream) read(written []byte, each func(message []byte)) {
	s.bytes = append(s.bytes, written...)
	for {
		first, payload, rest, whole := webSocketFrame(s.bytes)
		if !whole {
			return
		}
		if s.bytes = rest; first&0x08 != 0 {
			continue // a word about the line, between the frames of a message
		}
		if s.message = append(s.message, payload...); first&0x80 != 0 {
			each(s.message)
			s.message = nil
		}
	}
}

// webSocketFrame is the first frame of a stream; a client's is masked.
func webSocketFrame(of []byte) (first byte, payload, rest []byte, whole bool) {
	if len(of) < 2 {
		return 0, nil, nil, false
	}
	at, length := uint64(2), uint64(of[1]&0x7f)
	switch {
	case length == 126 && len(of) >= 4:
		at, length = 4, uint64(binary.BigEndian.Uint16(of[2:]))
	case length == 127 && len(of) >= 10:
		at, length = 10, binary.BigEndian.Uint64(of[2:])
	case length >= 126:
		return 0, nil, nil, false
	}
	var mask []byte
	if of[1]&0x80 != 0 {
		if uint64(len(of)) < at+4 {
			return 0, nil, nil, false
		}
		mask, at = of[at:at+4], at+4
	}
	if uint64(len(of))-at < length {
		return 0, nil, nil, false
	}
	payload = bytes.Clone(of[at : at+length])
	for n := range payload {
		if mask != nil {
			payload[n] ^= mask[n%4]
		}
	}
	return of[0], payload, of[at+length:], true
}

// handing is what a desk writes to its sockets.
type handing map[string]*stream

// hear returns the commands that are handed in with what is written.
func (h handing) hear(t testing.TB, m moment) (commands []syncproto.Envelope) {
	t.Helper()
	if bytes.HasPrefix(m.said, []byte("GET "+syncproto.PathSession+" ")) { // a new line
		h[m.whom] = &stream{}
		return nil
	}
	if h[m.whom] == nil {
		return nil // a pipe, or a request
	}
	h[m.whom].read(m.said, func(message []byte) {
		frame, err := syncproto.DecodeFrame(message)
		if err != nil {
			t.Fatalf("a desk sends what is no frame: %v", err)
		}
		if f, is := frame.(*syncproto.Commands); is {
			commands = append(commands, f.Commands...)
		}
	})
	return commands
}

// sentTooEarly cuts the power whenever a desk hands in commands, where only what was synced is left,
// and says which of them are not on the disk, as they were sent.
func sentTooEarly(t *testing.T, d *coreDesk, disk *tracedDisk, trace string) (wrong []string, sent int) {
	t.Helper()
	now, hands := disk.clone(), handing{}
	now.replay(t, trace, func(m moment) {
		commands := hands.hear(t, m)
		if len(commands) == 0 {
			return
		}
		sent += len(commands)
		folder := t.TempDir()
		now.image(t, folder, 0, nil)
		for _, w := range notKept(folder, d.person.Login, commands) {
			wrong = append(wrong, fmt.Sprintf("life %d, after %d commands handed in: %s", d.starts, sent, w))
		}
		_ = os.RemoveAll(folder)
	})
	return wrong, sent
}

// notKept is which of some commands a desk's files have not.
func notKept(folder, login string, commands []syncproto.Envelope) (wrong []string) {
	files, wrong := openCore(folder, login)
	if len(wrong) > 0 {
		return wrong
	}
	made, err := files.sight.made(0)
	if err != nil {
		return append(files.close(), err.Error())
	}
	there := map[string]bool{}
	for _, k := range made.kept {
		there[string(k.envelope)] = true
	}
	for _, e := range commands {
		if !there[string(syncproto.MustEncode(e))] {
			wrong = append(wrong, fmt.Sprintf("command %d was handed in before it was on the disk, which has %d", e.Counter, len(made.kept)))
		}
	}
	return append(wrong, files.close()...)
}

// TestAStreamIsRead: frames masked and not, of every length, in pieces, with others between them.
func TestAStreamIsRead(t *testing.T) {
	frame := func(first byte, payload, mask []byte) []byte {
		out := []byte{first}
		switch n := len(payload); {
		case n < 126:
			out = append(out, byte(n))
		case n < 1<<16:
			out = binary.BigEndian.AppendUint16(append(out, 126), uint16(n))
		default:
			out = binary.BigEndian.AppendUint64(append(out, 127), uint64(n))
		}
		if mask != nil {
			out[1] |= 0x80
			out = append(out, mask...)
		}
		for n, b := range payload {
			if mask != nil {
				b ^= mask[n%4]
			}
			out = append(out, b)
		}
		return out
	}
	for _, mask := range [][]byte{nil, {1, 2, 3, 4}} {
		var written []byte
		var want [][]byte
		for _, length := range []int{0, 1, 125, 126, 4000, 1<<16 - 1, 1 << 16} {
			message := make([]byte, length)
			_, _ = rand.Read(message)
			want = append(want, message)
			half := length / 2
			written = append(written, frame(0x02, message[:half], mask)...)
			written = append(written, frame(0x89, []byte("ping"), mask)...)
			written = append(written, frame(0x80, message[half:], mask)...)
		}
		for _, piece := range []int{1, 7, 5000, len(written)} {
			var s stream
			var got [][]byte
			for at := 0; at < len(written); at += piece {
				s.read(written[at:min(at+piece, len(written))], func(m []byte) { got = append(got, m) })
			}
			if len(got) != len(want) || len(s.bytes) > 0 {
				t.Fatalf("in pieces of %d, masked %v: %d messages of %d, %d bytes left", piece, mask != nil, len(got), len(want), len(s.bytes))
			}
			for n := range want {
				if !bytes.Equal(got[n], want[n]) {
					t.Errorf("in pieces of %d, masked %v: message %d is another", piece, mask != nil, n)
				}
			}
		}
	}
}
