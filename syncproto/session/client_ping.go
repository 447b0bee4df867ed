package session

import "redress/syncproto"

// ping samples the server's time.
func (c *Client) ping(at syncproto.Reading) []ClientOutput {
	c.pingID++
	c.pingedAt, c.ponged = at, false
	return []ClientOutput{Send{&syncproto.Ping{ID: c.pingID}}}
}

// probe asks the server whether it is there. Asked again it waits no longer for that.
func (c *Client) probe(at syncproto.Reading) []ClientOutput {
	if c.state != clientOpen || c.probing {
		return nil
	}
	c.probing, c.probedAt = true, at.Ticks
	return c.ping(at)
}

func (c *Client) pong(at syncproto.Reading, f *syncproto.Pong) []ClientOutput {
	rtt := at.Ticks - c.pingedAt.Ticks
	// In hours, as of a machine that slept before it heard the answer, its ticks drift by more than
	// the slack that an anchor is given.
	if f.ID != c.pingID || c.ponged || at.Boot != c.pingedAt.Boot || rtt > syncproto.SilenceLimit {
		return nil // answered too late to measure anything
	}
	c.ponged = true
	// The server read its clock somewhere between: the middle, give or take half.
	return []ClientOutput{LearnAnchor{syncproto.Anchor{
		Server: f.Time, RTT: rtt, Boot: at.Boot, Ticks: at.Ticks - rtt/2,
	}}}
}
