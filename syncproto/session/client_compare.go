package session

import "redress/syncproto"

// Comparison is what came of comparing.
type Comparison struct {
	Differs []syncproto.Bucket // whose parts are wanted
	Fetch   []syncproto.Fetch  // what is wanted of them
	// Stopped are those that differ and are not asked for any more: it was too often.
	Stopped []syncproto.Bucket
	// Filling says that some of the desk's buckets are not complete.
	Filling bool
}

func (c *Client) compares() bool { return c.version >= syncproto.CheckpointVersion }

// compare hands on what the server holds, where the desk stands there when it has stored what
// came before. What was overtaken says nothing, nor does a checkpoint while pages are under
// way: the next one comes.
func (c *Client) compare(frame syncproto.Frame) []ClientOutput {
	var ask Compare
	var seq uint64
	switch f := frame.(type) {
	case *syncproto.Checkpoint:
		ask.Checkpoint, seq = f, f.Seq
	case *syncproto.Parts:
		ask.Parts, seq = f, f.Seq
	}
	if !c.compares() {
		return c.end(syncproto.CodeOutOfOrder, "a comparison in a session of a version without")
	}
	if seq != c.incoming || ask.Checkpoint != nil && len(c.fetching) > 0 {
		return nil
	}
	return []ClientOutput{ask}
}

// paged notes a page: after the last of all that was asked for comes a checkpoint.
func (c *Client) paged(p *syncproto.Page) {
	if p != nil && p.Last {
		delete(c.fetching, p.Bucket)
	}
}

// compared asks for what differs.
func (c *Client) compared(with Comparison) []ClientOutput {
	if c.state != clientOpen {
		return nil
	}
	var out []ClientOutput
	if c.filling && !with.Filling {
		out = append(out, Send{&syncproto.Differs{Complete: true}})
	}
	c.filling = with.Filling
	if len(with.Differs) > 0 {
		out = append(out, Send{&syncproto.Differs{Buckets: with.Differs}})
	}
	if len(with.Stopped) > 0 {
		out = append(out, Send{&syncproto.Differs{Buckets: with.Stopped, Stopped: true}})
	}
	for _, f := range with.Fetch {
		out = append(out, Send{&f})
		c.fetching[f.Bucket] = true
	}
	if !c.filling && c.storing == 0 {
		out = append(out, Current{c.incoming})
	}
	return out
}
