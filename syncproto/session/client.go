package session

import "redress/syncproto"

type clientState uint8

const (
	clientClosed clientState = iota
	clientGreeting
	clientProving // asked for the proof
	clientProved  // and sent it
	clientRekeying
	clientOpen
	clientWiping // asked for everything to be erased
	clientErased // and said that it is
	clientEnded
)

// Client is the desk's machine. Make it with NewClient; one for each line.
type Client struct {
	desk    Desk
	state   clientState
	version uint16 // the session's

	openedAt syncproto.Span // ticks
	heardAt  syncproto.Span
	pingedAt syncproto.Reading
	pingID   uint64
	ponged   bool
	probedAt syncproto.Span // ticks; only while probing
	probing  bool           // nothing was heard since somebody asked for it

	sent     uint64 // counter of the last command sent in this session
	received uint64 // counter of the last command that the server has, be it only in memory
	loading  bool
	untold   *syncproto.Welcome // of a restored server, that has not been told yet what was told here
	telling  bool
	revoked  bool   // the server wants this device to hand in and erase itself
	erasing  uint64 // the counter that it was asked to be erased at
	safe     uint64 // counter of the last command that is safe with the server
	ordered  uint64 // counter up to which it is ordered to erase

	storing  int    // deltas handed out and not yet Stored
	incoming uint64 // cursor of the last delta handed out

	filling bool // some of the desk's buckets are not complete

	fetching map[syncproto.Bucket]bool // of which pages are under way
}

// NewClient makes the machine for one line.
func NewClient(desk Desk) *Client { return &Client{desk: desk, fetching: map[syncproto.Bucket]bool{}} }

// Online says that the opening is done and the server sends.
func (c *Client) Online() bool { return c.state == clientOpen }

// Step takes one input at the device's reading and returns what to do, in order.
func (c *Client) Step(at syncproto.Reading, in ClientInput) []ClientOutput {
	switch in := in.(type) {
	case Opened:
		if c.state != clientClosed {
			return nil
		}
		c.openedAt, c.heardAt = at.Ticks, at.Ticks
		return c.greet()
	case Heard:
		if c.state == clientClosed || c.state == clientEnded {
			return nil
		}
		c.heardAt, c.probing = at.Ticks, false
		return c.hear(at, in.Frame)
	case Proved:
		if c.state != clientProving {
			return nil
		}
		c.state = clientProved
		proof := in.Proof
		return []ClientOutput{Send{&proof}}
	case Rekeyed:
		if c.state != clientRekeying {
			return nil
		}
		in.Desk.ReadsOnly = c.desk.ReadsOnly
		c.desk = in.Desk
		return c.greet()
	case Erased:
		return c.erased(in)
	case Loaded:
		return c.loaded(in)
	case Recalled:
		return c.recalled(in)
	case Grew:
		c.desk.Counter = max(c.desk.Counter, in.Counter)
		return c.load()
	case HandIn:
		c.desk.ReadsOnly = false
		return c.load()
	case Stored:
		return c.stored(in.Cursor)
	case Compared:
		return c.compared(in.Comparison)
	case Probe:
		return c.probe(at)
	case Elapsed:
		return c.elapsed(at)
	}
	return nil
}

func (c *Client) greet() []ClientOutput {
	c.state = clientGreeting
	d := c.desk
	return []ClientOutput{Send{&syncproto.Hello{
		Newest: syncproto.Version, Oldest: syncproto.Oldest, Program: d.Program,
		LogID: d.LogID, Epoch: d.Epoch, Cursor: d.Cursor,
		Device: d.Device, Incarnation: d.Incarnation, Counter: d.Counter,
		Token: d.Token, Held: d.Held, Filling: d.Filling,
	}}}
}

func (c *Client) end(code syncproto.Code, detail string) []ClientOutput {
	c.state = clientEnded
	return []ClientOutput{Send{&syncproto.Goaway{Code: code, Detail: detail}}, End{Code: code, Detail: detail}}
}

func (c *Client) hear(at syncproto.Reading, frame syncproto.Frame) []ClientOutput {
	switch f := frame.(type) {
	case *syncproto.Goaway:
		c.state = clientEnded
		return []ClientOutput{End{Code: f.Code, RetryAfter: max(f.RetryAfter, 0), ReadAfter: max(f.ReadAfter, 0), Detail: f.Detail}}
	case *syncproto.Challenge:
		if c.state == clientGreeting {
			return c.challenged(f)
		}
	case *syncproto.Welcome:
		// An upgrade is told before anything is proved.
		if c.state == clientProved || c.state == clientGreeting && f.Action == syncproto.ActionUpgrade {
			return c.welcomed(at, f)
		}
	default:
		if c.state == clientOpen {
			return c.hearOpen(at, frame)
		}
		if c.state == clientWiping || c.state == clientErased {
			return nil // nothing counts any more but that the server ends the session
		}
	}
	return c.end(syncproto.CodeOutOfOrder, "a frame that cannot come now")
}

func (c *Client) challenged(f *syncproto.Challenge) []ClientOutput {
	if !c.desk.LogID.IsZero() && f.LogID != c.desk.LogID {
		return c.end(syncproto.CodeWrongLog, "this server keeps another log")
	}
	if f.Version < syncproto.Oldest || f.Version > syncproto.Version {
		return c.end(syncproto.CodeUpgrade, "the server chose a version this program does not speak")
	}
	c.state, c.version = clientProving, f.Version
	return []ClientOutput{Prove{Nonce: f.Nonce, Counter: f.Counter}}
}

func (c *Client) welcomed(at syncproto.Reading, f *syncproto.Welcome) []ClientOutput {
	store := StoreWelcome{f}
	switch f.Action {
	case syncproto.ActionRekey:
		c.state = clientRekeying
		return []ClientOutput{store}
	case syncproto.ActionResume, syncproto.ActionResync, syncproto.ActionHandIn:
		c.opened(f)
		c.filling = c.compares() && (len(c.desk.Filling) > 0 || c.desk.Cursor == 0)
		out := append(append([]ClientOutput{store}, c.ping(at)...), c.load()...)
		if f.Action == syncproto.ActionResume && f.Head == c.desk.Cursor && !c.compares() {
			out = append(out, Current{f.Head}) // nothing happened meanwhile, so no delta will say so
		}
		return out
	case syncproto.ActionUpgrade:
		c.state = clientEnded
		return []ClientOutput{store, End{Code: syncproto.CodeUpgrade}}
	case syncproto.ActionWipe:
		c.revoked, c.ordered = true, f.Counter
		c.opened(f)
		out := append(append([]ClientOutput{store}, c.ping(at)...), c.load()...)
		return append(out, c.wipe()...)
	}
	return c.end(syncproto.CodeMalformed, "a welcome without a known action")
}

func (c *Client) opened(f *syncproto.Welcome) {
	c.state = clientOpen
	c.sent, c.received, c.safe = f.Counter, f.Counter, f.Counter
	if f.Action == syncproto.ActionResync {
		c.desk.Cursor = 0
	}
	c.incoming = c.desk.Cursor
	if c.version >= firstVersion && restored(f.Epoch) {
		c.untold = f
	}
}

func (c *Client) hearOpen(at syncproto.Reading, frame syncproto.Frame) []ClientOutput {
	switch f := frame.(type) {
	case *syncproto.Verdicts:
		c.received = max(c.received, min(max(f.Received, f.Collected), c.sent))
		c.safe = max(c.safe, min(f.Received, c.sent))
		return append(append([]ClientOutput{StoreVerdicts{f}}, c.load()...), c.wipe()...)
	case *syncproto.Delta:
		if f.From != c.incoming || f.Cursor < f.From {
			return c.end(syncproto.CodeOutOfOrder, "a delta that does not follow the last one")
		}
		c.incoming = f.Cursor
		c.storing++
		c.filling = c.filling || len(f.Filling) > 0
		c.paged(f.Page)
		return []ClientOutput{StoreDelta{f}}
	case *syncproto.Checkpoint, *syncproto.Parts:
		return c.compare(f)
	case *syncproto.Head:
		return c.head(f)
	case *syncproto.Grants:
		return []ClientOutput{StoreGrants{f}}
	case *syncproto.Pong:
		return c.pong(at, f)
	}
	return c.end(syncproto.CodeOutOfOrder, "a frame that only a desk sends")
}

// head moves the cursor past entries that did not concern the desk: an empty delta.
func (c *Client) head(f *syncproto.Head) []ClientOutput {
	if f.Seq < c.incoming {
		return nil // it was overtaken by a delta
	}
	if f.Seq == c.incoming {
		if c.storing > 0 || c.filling {
			return nil
		}
		return []ClientOutput{Current{f.Seq}}
	}
	empty := &syncproto.Delta{Epoch: f.Epoch, From: c.incoming, Cursor: f.Seq, Current: true}
	c.incoming = f.Seq
	c.storing++
	return []ClientOutput{StoreDelta{empty}}
}

func (c *Client) stored(cursor uint64) []ClientOutput {
	if c.state != clientOpen || c.storing == 0 {
		return nil
	}
	c.storing--
	c.desk.Cursor = cursor
	out := []ClientOutput{Send{&syncproto.Applied{Cursor: cursor}}}
	if c.storing == 0 && !c.filling {
		out = append(out, Current{cursor})
	}
	return out
}

// load asks for the next commands while there is room in the window, after what was told.
func (c *Client) load() []ClientOutput {
	if c.state == clientOpen && !c.desk.ReadsOnly && c.untold != nil {
		return c.recall()
	}
	room := syncproto.MaxInFlight - int(c.sent-c.received)
	if c.state != clientOpen || c.desk.ReadsOnly || c.telling || c.loading || c.desk.Counter <= c.sent || room <= 0 {
		return nil
	}
	c.loading = true
	return []ClientOutput{Load{After: c.sent, Limit: room}}
}

func (c *Client) elapsed(at syncproto.Reading) []ClientOutput {
	switch {
	case c.state == clientClosed || c.state == clientEnded:
		return nil
	case at.Ticks-c.heardAt > syncproto.SilenceLimit:
		return c.end(syncproto.CodeSilent, "nothing was heard from the server")
	case c.probing && at.Ticks-c.probedAt > syncproto.ProbeLimit:
		return c.end(syncproto.CodeSilent, "the server did not answer when it was asked")
	case c.state < clientOpen && at.Ticks-c.openedAt > syncproto.HandshakeLimit:
		return c.end(syncproto.CodeSilent, "the opening took too long")
	case c.state == clientOpen && at.Ticks-c.pingedAt.Ticks >= syncproto.PingEvery:
		return c.ping(at)
	}
	return nil
}
