package session

import "redress/syncproto"

// messageRoom is what a message can hold of commands: the limit less the frame around.
const messageRoom = syncproto.MaxMessage - 4096

// wipeVersion is the oldest version in which a desk erases itself and says so.
const wipeVersion = 3

// firstVersion is the oldest version in which a command travels with its first verdict.
const firstVersion = 3

// handIn is a message of commands that is being filled.
type handIn struct {
	commands []syncproto.Envelope
	first    []syncproto.Verdict
	size     int
	told     bool // one of them had a verdict
}

func (h *handIn) add(e syncproto.Envelope, first syncproto.Verdict, size int) {
	h.commands, h.first, h.size = append(h.commands, e), append(h.first, first), h.size+size
	h.told = h.told || !first.IsZero()
}

// frame is the message. Where no command had a verdict it is as it ever was.
func (h *handIn) frame() *syncproto.Commands {
	if !h.told {
		return &syncproto.Commands{Commands: h.commands}
	}
	return &syncproto.Commands{Commands: h.commands, First: h.first}
}

// loaded sends commands, with the first verdict of each that had one: a server that asks for
// such a command was restored, and keeps to what was told (design §4).
func (c *Client) loaded(in Loaded) []ClientOutput {
	c.loading = false
	if c.state != clientOpen || len(in.Commands) == 0 {
		return nil
	}
	var out []ClientOutput
	var batch handIn
	flush := func() {
		if len(batch.commands) > 0 {
			out = append(out, Send{batch.frame()})
			batch = handIn{}
		}
	}
	for i, e := range in.Commands {
		if e.Counter != c.sent+1 {
			return c.end(syncproto.CodeInternal, "the outbox has a gap")
		}
		c.sent = e.Counter
		length := len(e.Intent) + len(e.Signature) + 160
		var first syncproto.Verdict
		if c.version >= firstVersion && i < len(in.First) && !in.First[i].IsZero() {
			first = in.First[i]
			length += len(syncproto.MustEncode(first))
		}
		if batch.size+length > messageRoom {
			flush()
		}
		batch.add(e, first, length)
	}
	flush()
	return append(out, c.load()...)
}
