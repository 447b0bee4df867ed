package session

import (
	"encoding/binary"
	"testing"

	"redress/syncproto"
)

// tape is what a fuzzer made up, read as what happens to a machine, one thing after another.
type tape struct{ rest []byte }

func (p *tape) ended() bool { return len(p.rest) == 0 }

// under is the next number, below n.
func (p *tape) under(n int) int {
	if p.ended() {
		return 0
	}
	b := p.rest[0]
	p.rest = p.rest[1:]
	return int(b) % n
}

// number is a small one, or any.
func (p *tape) number() uint64 {
	small := p.under(256)
	if small != 255 || len(p.rest) < 8 {
		return uint64(small)
	}
	n := binary.BigEndian.Uint64(p.rest)
	p.rest = p.rest[8:]
	return n
}

// frame is the next message: one that stands on the tape as it is, or one with small numbers
// in the right places. It is nil where it cannot be read.
func (p *tape) frame() syncproto.Frame {
	kind := p.under(16)
	if kind == 0 {
		length := min(p.under(256), len(p.rest))
		data := p.rest[:length]
		p.rest = p.rest[length:]
		frame, err := syncproto.DecodeFrame(data)
		if err != nil {
			return nil
		}
		return frame
	}
	switch syncproto.FrameKind(kind) {
	case syncproto.FrameHello:
		return &syncproto.Hello{Newest: uint16(p.under(4)), Oldest: uint16(p.under(4)), LogID: logID, Epoch: uint32(p.under(3)),
			Cursor: p.number(), Device: device, Incarnation: []syncproto.ID{first, second}[p.under(2)], Counter: p.number(),
			Token: []string{"good", ""}[p.under(2)], Held: []syncproto.Bucket{region}[:p.under(2)]}
	case syncproto.FrameChallenge:
		return &syncproto.Challenge{Version: uint16(p.under(4)), LogID: logID, Epoch: 1, Nonce: make([]byte, 32), Counter: p.number()}
	case syncproto.FrameProof:
		return &syncproto.Proof{Behind: p.under(2) == 1, Signature: make([]byte, 64)}
	case syncproto.FrameWelcome:
		action := p.under(16) // and whether the log was restored
		return &syncproto.Welcome{Action: syncproto.Action(action % 8), LogID: logID, Epoch: uint32(1 + action/8), Head: p.number(), Counter: p.number(), Incarnation: second}
	case syncproto.FrameCommands:
		c := &syncproto.Commands{}
		from := p.number()
		for n := range uint64(p.under(80)) {
			c.Commands = append(c.Commands, syncproto.Envelope{Device: device, Incarnation: first, Counter: from + n})
		}
		return c
	case syncproto.FrameVerdicts:
		return &syncproto.Verdicts{Verdicts: make([]syncproto.Verdict, p.under(4)), Received: p.number()}
	case syncproto.FrameDelta:
		return &syncproto.Delta{Epoch: 1, From: p.number(), Cursor: p.number()}
	case syncproto.FrameApplied:
		return &syncproto.Applied{Cursor: p.number()}
	case syncproto.FrameHead:
		return &syncproto.Head{Epoch: 1, Seq: p.number()}
	case syncproto.FrameGrants:
		return &syncproto.Grants{Grants: make([]syncproto.SignedGrant, p.under(3))}
	case syncproto.FramePing:
		return &syncproto.Ping{ID: p.number()}
	case syncproto.FramePong:
		return &syncproto.Pong{ID: p.number()}
	}
	if kind == 15 {
		return &syncproto.Told{Verdicts: make([]syncproto.Verdict, p.under(syncproto.MaxTold+2)), More: p.under(2) == 1}
	}
	return &syncproto.Goaway{Code: syncproto.CodeShutdown, RetryAfter: -1}
}

// sendable fails where a machine would send what cannot be said in one message.
func sendable(t *testing.T, frame syncproto.Frame) {
	t.Helper()
	if _, err := syncproto.EncodeFrame(frame); err != nil {
		t.Fatalf("it sends a %T that is no message: %v", frame, err)
	}
}
