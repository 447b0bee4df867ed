package session

import "redress/syncproto"

// The end of a device that was revoked (design §7): it hands in what was done on it and reads
// nothing. When nothing of that can be lost with the server's disk (design §4) it is told to erase
// what it holds, and says so.

// ends says that the device is revoked, and of a version that can be told to erase itself.
func (s *Server) ends() bool { return s.who.Revoked && s.version >= wipeVersion }

// wipes says that the desk is told to: it has nothing more to hand in, and what it did is kept.
func (s *Server) wipes() bool {
	return s.ends() && s.who.Kept && s.hello.Counter <= s.who.Line.Counter
}

// kept ends a session in which everything was handed in: the next one begins with the order to
// erase.
func (s *Server) kept() []ServerOutput {
	if s.state != serverOpen || !s.ends() || s.wipes() || s.deciding+s.collected > 0 || s.submitted < s.hello.Counter {
		return nil
	}
	return s.end(syncproto.CodeScopeChanged, "", syncproto.Millisecond)
}

// wiped takes a desk's word that it has erased itself. It may say so once all that it announced
// has its verdict.
func (s *Server) wiped(f *syncproto.Wiped) []ServerOutput {
	if !s.wipes() || s.deciding > 0 || s.collected > 0 || f.Counter != s.submitted {
		return s.end(syncproto.CodeOutOfOrder, "nobody asked it to erase itself, or not everything is handed in", 0)
	}
	return []ServerOutput{NoteWiped{s.hello.Device}}
}

// noted ends the device: it gives up its key now, and could not say once more that it is erased.
func (s *Server) noted() []ServerOutput { return s.end(syncproto.CodeRevoked, "", 0) }

// wipe asks for everything to be erased, where the server says so and has all that was made here.
// What it only holds in memory is not safe with it. The order reaches as far as the server has signed it:
// where more was done since, and is handed in, the next session brings another.
func (c *Client) wipe() []ClientOutput {
	if c.state != clientOpen || !c.revoked || c.untold != nil || c.telling || c.safe < c.desk.Counter {
		return nil
	}
	if c.desk.Counter > c.ordered {
		return c.end(syncproto.CodeScopeChanged, "")
	}
	c.state, c.erasing = clientWiping, c.desk.Counter
	return []ClientOutput{Wipe{Counter: c.desk.Counter}}
}

// erased says so to the server, which ends the session; or goes on handing in where somebody has
// done something more in the very moment.
func (c *Client) erased(in Erased) []ClientOutput {
	if c.state != clientWiping {
		return nil
	}
	if in.Counter != c.erasing {
		c.state, c.desk.Counter = clientOpen, max(c.desk.Counter, in.Counter)
		return c.load()
	}
	c.state = clientErased
	return []ClientOutput{Send{&syncproto.Wiped{Counter: in.Counter}}}
}
