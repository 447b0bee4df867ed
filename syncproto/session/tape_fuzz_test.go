package session

import (
	"encoding/binary"
	"strings"
	"testing"

	"redress/syncproto"
	"redress/syncproto/wiretest"
)

// tape is what a fuzzer made up, read as what happens to a machine, one thing after another.
type tape struct{ wiretest.Tape }

func record(data []byte) *tape { return &tape{wiretest.Tape{Rest: data}} }

// under is the next number, below n.
func (p *tape) under(n int) int { return int(p.Byte()) % n }

// number is a small one, or any.
func (p *tape) number() uint64 {
	small := p.under(256)
	if small != 255 || len(p.Rest) < 8 {
		return uint64(small)
	}
	n := binary.BigEndian.Uint64(p.Rest)
	p.Rest = p.Rest[8:]
	return n
}

// buckets are none, one or two of those that the machines are asked about, or one nobody is told of.
func (p *tape) buckets() []syncproto.Bucket {
	return [][]syncproto.Bucket{nil, {region}, {other}, {region, other}, {nobodys}, {region, region}}[p.under(6)]
}

// nobodys is a bucket that no desk here may read.
var nobodys = syncproto.Bucket(syncproto.Derive("another region"))

func (p *tape) bucket() syncproto.Bucket {
	return []syncproto.Bucket{region, other, nobodys}[p.under(3)]
}

// parts are all of a bucket, none, or one.
func (p *tape) parts() syncproto.PartSet {
	switch part := p.under(256); part {
	case 0:
		return syncproto.AllParts
	case 1:
		return syncproto.PartSet{}
	default:
		return syncproto.PartSet{}.With(uint8(part))
	}
}

// verdicts are so many, none of them or each with what it says; from 250 on each quotes the longest
// text there is.
func (p *tape) verdicts(n int) []syncproto.Verdict {
	all := make([]syncproto.Verdict, n)
	like := p.under(256)
	if like == 0 {
		return all
	}
	for i := range all {
		of := uint64(like + i)
		all[i] = syncproto.Verdict{Command: syncproto.NumberedID(of), Hash: wish(first, of, false).CommandHash(), Epoch: 1, Seq: of, Time: syncproto.Instant(of),
			Outcome: syncproto.Outcome(1 + of%3), Signature: make([]byte, 64)}
		if of%3 != 0 {
			all[i].Findings = []syncproto.Finding{{Code: syncproto.CodeChanged, Field: "subject", Text: "原文"}}
		}
		if like >= 250 {
			all[i].Findings = []syncproto.Finding{{Code: syncproto.CodeChanged, Text: longest}}
		}
	}
	return all
}

// longest is a text of as many runes as there may be, of as many bytes as they have.
var longest = strings.Repeat("\U0002a6df", syncproto.MaxText)

// wish is a command as a desk hands it in, as long as one may be where it is heavy.
func wish(incarnation syncproto.ID, counter uint64, heavy bool) syncproto.Envelope {
	intent := syncproto.MustEncode(syncproto.Intent{ID: syncproto.NumberedID(counter), Kind: syncproto.CommandNote, Body: []byte{0xa0}})
	if heavy {
		intent = append(intent, make([]byte, syncproto.MaxIntent-len(intent))...)
	}
	return syncproto.Envelope{Device: device, Incarnation: incarnation, Counter: counter, DeviceHash: syncproto.HashOf(intent), Intent: intent, Signature: make([]byte, 64)}
}

// delta is a transaction with something of everything, or with nothing, and perhaps a page.
func (p *tape) delta() *syncproto.Delta {
	d := &syncproto.Delta{Epoch: 1, From: p.number(), Cursor: p.number()}
	switch p.under(4) {
	case 1:
		ref := syncproto.Ref{Kind: syncproto.KindTicket, ID: device}
		d.Documents = []syncproto.Document{{Ref: ref, Epoch: 1, Version: 2, Body: []byte{0xa0}}}
		d.History = []syncproto.HistoryEntry{{Event: syncproto.Event{ID: first, Doc: ref, Kind: syncproto.EventNoted, Version: 2, Body: []byte{0xa0}}, Epoch: 1, Seq: d.Cursor}}
		d.Removed, d.Own, d.Current = []syncproto.Ref{{Kind: syncproto.KindClaim, ID: second}}, p.verdicts(1), true
	case 2:
		d.Held, d.Lost, d.Filling = p.buckets(), p.buckets(), p.buckets()
	case 3:
		d.Page = &syncproto.Page{Bucket: p.bucket(), Parts: p.parts(), Last: p.under(2) == 1, Packed: []byte{1}}
	}
	return d
}

// raw is a message as it stands on a tape: a number that is not small, and then as many bytes.
func raw(message []byte) []byte {
	return append(binary.BigEndian.AppendUint64([]byte{0, 255}, uint64(len(message))), message...)
}

// frame is the next message: one that stands on the tape as it is, or one with small numbers
// in the right places. It is nil where it cannot be read.
func (p *tape) frame() syncproto.Frame {
	kind := syncproto.FrameKind(p.under(int(syncproto.FrameTold) + 1))
	if kind == 0 {
		length := min(p.number(), uint64(len(p.Rest)))
		data := p.Rest[:length]
		p.Rest = p.Rest[length:]
		frame, err := syncproto.DecodeFrame(data)
		if err != nil {
			return nil
		}
		return frame
	}
	if frame := p.ofDesk(kind); frame != nil {
		return frame
	}
	return p.ofServer(kind)
}

// ofDesk is what a desk sends, or either side.
func (p *tape) ofDesk(kind syncproto.FrameKind) syncproto.Frame {
	switch kind {
	case syncproto.FrameHello:
		return &syncproto.Hello{Newest: uint16(p.under(4)), Oldest: uint16(p.under(4)), Program: "redress", LogID: logID, Epoch: uint32(p.under(3)),
			Cursor: p.number(), Device: device, Incarnation: []syncproto.ID{first, second}[p.under(2)], Counter: p.number(),
			Token: []string{"good", ""}[p.under(2)], Held: p.buckets(), Filling: p.buckets()}
	case syncproto.FrameProof:
		return &syncproto.Proof{Behind: p.under(2) == 1, Signature: make([]byte, 64)}
	case syncproto.FrameCommands:
		c := &syncproto.Commands{}
		from, count, as := p.number(), uint64(p.under(80)), p.under(5)
		for n := range count {
			c.Commands = append(c.Commands, wish([]syncproto.ID{first, second}[as/4], from+n, false))
		}
		if as == 1 || as == 2 {
			c.First = p.verdicts(int(count))
		}
		if as == 2 {
			c.First = append(c.First, syncproto.Verdict{Seq: 1})
		}
		if as == 3 && count > 0 {
			c.Commands[count-1].Device = second
		}
		return c
	case syncproto.FrameApplied:
		return &syncproto.Applied{Cursor: p.number()}
	case syncproto.FramePing:
		return &syncproto.Ping{ID: p.number()}
	case syncproto.FrameDiffers:
		return &syncproto.Differs{Buckets: p.buckets(), Stopped: p.under(2) == 1, Complete: p.under(2) == 1}
	case syncproto.FrameFetch:
		return &syncproto.Fetch{Bucket: p.bucket(), Parts: p.parts(), Heals: p.under(2) == 1}
	case syncproto.FrameWiped:
		return &syncproto.Wiped{Counter: p.number()}
	case syncproto.FrameTold:
		count, more := p.under(syncproto.MaxTold+2), p.under(2) == 1
		return &syncproto.Told{Verdicts: p.verdicts(count), More: more}
	case syncproto.FrameGoaway:
		span := syncproto.Span(p.under(256)-128) * syncproto.Second
		return &syncproto.Goaway{Code: syncproto.CodeShutdown, RetryAfter: span, ReadAfter: -span, Detail: "going down"}
	}
	return nil
}

// ofServer is what a server sends.
func (p *tape) ofServer(kind syncproto.FrameKind) syncproto.Frame {
	switch kind {
	case syncproto.FrameChallenge:
		return &syncproto.Challenge{Version: uint16(p.under(4)), LogID: logID, Epoch: 1, Nonce: make([]byte, 32), Counter: p.number()}
	case syncproto.FrameWelcome:
		action := p.under(16) // and whether the log was restored
		w := &syncproto.Welcome{Action: syncproto.Action(action % 8), LogID: logID, Epoch: uint32(1 + action/8), Head: p.number(), Counter: p.number(), Incarnation: second}
		w.Buckets, w.Covered = []syncproto.Bucket{region}, syncproto.Covered{{Epoch: 1, Seq: w.Head}}
		return w
	case syncproto.FrameVerdicts:
		count, received := p.under(4), p.number()
		return &syncproto.Verdicts{Verdicts: p.verdicts(count), Received: received, Collected: p.number()}
	case syncproto.FrameDelta:
		return p.delta()
	case syncproto.FrameHead:
		return &syncproto.Head{Epoch: 1, Seq: p.number()}
	case syncproto.FrameGrants:
		return &syncproto.Grants{Grants: []syncproto.SignedGrant{{Grant: []byte{0xa0}, Signature: make([]byte, 64)}, {}}[:p.under(3)]}
	case syncproto.FrameCheckpoint:
		c := &syncproto.Checkpoint{Epoch: 1, Seq: p.number()}
		for _, b := range p.buckets() {
			c.Buckets = append(c.Buckets, syncproto.BucketSum{Bucket: b, Sum: syncproto.Sum{Count: full, Marks: 1 << 63}})
		}
		return c
	case syncproto.FrameParts:
		sums := &syncproto.Sums{9: {Count: full}}
		return &syncproto.Parts{Epoch: 1, Seq: p.number(), Bucket: p.bucket(), Sums: sums.Bytes()}
	}
	return &syncproto.Pong{ID: p.number(), Time: 9}
}

// released are the messages of every version as they stand in the goldens of the wire.
func released(f *testing.F) (all [][]byte) {
	f.Helper()
	for _, golden := range wiretest.Goldens(f, "..") {
		if _, err := syncproto.DecodeFrame(golden.Data); err == nil {
			all = append(all, golden.Data)
		}
	}
	return all
}

// sendable fails where a machine would send what cannot be said in one message.
func sendable(t *testing.T, frame syncproto.Frame) {
	t.Helper()
	if _, err := syncproto.EncodeFrame(frame); err != nil {
		t.Fatalf("it sends a %T that is no message: %v", frame, err)
	}
}
