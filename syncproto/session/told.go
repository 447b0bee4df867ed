package session

import (
	"slices"

	"redress/syncproto"
)

// What a desk was told of a command by an entry that a restored server lacks, while that server has the
// command waiting as it did before, is said ahead of all that is handed in: what was told stands
// (design §4).

// restored says that a log of the epoch was restored at least once.
func restored(epoch uint32) bool { return epoch > 1 }

// recall asks for what was told here.
func (c *Client) recall() []ClientOutput {
	welcome := c.untold
	c.untold, c.telling = nil, true
	return []ClientOutput{Recall{Welcome: welcome}}
}

// recalled says it, and that this was all, and goes on to hand in.
func (c *Client) recalled(in Recalled) []ClientOutput {
	if !c.telling || c.state != clientOpen {
		return nil
	}
	c.telling = false
	var out []ClientOutput
	rest := in.Verdicts
	for len(rest) > syncproto.MaxTold {
		out = append(out, Send{&syncproto.Told{Verdicts: rest[:syncproto.MaxTold], More: true}})
		rest = rest[syncproto.MaxTold:]
	}
	out = append(out, Send{&syncproto.Told{Verdicts: rest}})
	return append(append(out, c.load()...), c.wipe()...)
}

// tells says that the desk has to.
func (s *Server) tells() bool { return s.version >= firstVersion && restored(s.who.Epoch) }

// hearTold takes it. It comes before the first command, or the server would decide what it is about
// without it.
func (s *Server) hearTold(f *syncproto.Told) []ServerOutput {
	if !s.tells() || s.heard {
		return s.end(syncproto.CodeOutOfOrder, "what was told is said once, and before the commands", 0)
	}
	if len(f.Verdicts) > syncproto.MaxTold {
		return s.end(syncproto.CodeMalformed, "too many verdicts in one message", 0)
	}
	s.heard = !f.More
	return []ServerOutput{NoteTold{Verdicts: slices.Clone(f.Verdicts), All: !f.More}}
}
