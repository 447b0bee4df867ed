package gateway

import (
	"context"
	"errors"
	"sync"
	"sync/atomic"

	"redress/server/attendance"
	"redress/server/ledger"
	"redress/server/publication"
	"redress/syncproto"
	"redress/syncproto/session"
)

// Turn is what a step of a conversation leaves to do: messages to send in their order,
// commands to give to the ledger, and, after the messages, whether to close the line.
type Turn struct {
	Send   [][]byte
	Submit [][]ledger.Submission
	Closed bool
}

// Conversation is the server's end of one line. It is used by one goroutine at a time,
// but for what the hub calls: wake and end.
type Conversation struct {
	hub        *Hub
	from       string // the address of the line
	machine    *session.Server
	hello      *syncproto.Hello
	buckets    []syncproto.Bucket
	ready      session.Ready // zero until the opening is done
	last       uint64        // counter of the last command decided in this session
	first      int           // messages before that
	grants     grants
	revoked    bool              // the device is, and hands in to erase itself
	readsUntil syncproto.Instant // as long as the token was good when it said Hello
	visit      *attendance.Visit // nil before the opening is done

	at atomic.Pointer[uint64] // how far the desk is; nil where it reads nothing

	interests []syncproto.ID // the hub's: what wakes it

	signal chan struct{} // of capacity 1: look at what the hub says

	mutex   sync.Mutex
	ending  bool
	closing session.Closing
	again   bool // grants are to be looked at anew
	// What the collecting of a restored server left for the next Pass.
	answered []ledger.Submission
	answers  ledger.Answer
	fresh    []ledger.Submission
}

// Answer begins a conversation on a line that came up now; nil where there are too many.
func (h *Hub) Answer(now syncproto.Instant) *Conversation { return h.answer(now, "", func() {}) }

// answer begins one on a line from an address. It is counted before the hub is closed, or not at all.
func (h *Hub) answer(now syncproto.Instant, from string, count func()) *Conversation {
	c := &Conversation{hub: h, from: from, machine: session.NewServer(now), signal: make(chan struct{}, 1)}
	if limit, joined := h.join(c, count); !joined {
		if limit != "" {
			h.turnedAway(limit, from, now)
		}
		return nil
	}
	return c
}

// Signal gets something when Pass should be called.
func (c *Conversation) Signal() <-chan struct{} { return c.signal }

func (c *Conversation) wake() {
	select {
	case c.signal <- struct{}{}:
	default: // it will look anyway
	}
}

// end has the session ended at its next Pass.
func (c *Conversation) end(code syncproto.Code, retry syncproto.Span) {
	c.mutex.Lock()
	defer c.mutex.Unlock()
	c.ending, c.closing = true, session.Closing{Code: code, RetryAfter: retry}
	c.wake()
}

// Hear takes a message from the desk.
func (c *Conversation) Hear(ctx context.Context, now syncproto.Instant, message []byte) Turn {
	c.visit.Hear(now)
	frame, err := syncproto.DecodeFrame(message)
	if err != nil {
		var problem *syncproto.Problem
		code := syncproto.CodeMalformed
		if errors.As(err, &problem) {
			code = problem.Code
		}
		c.hub.log.Warn().Err(err).Stringer("device", c.device()).Msg("a message cannot be read; the session ends")
		return c.step(ctx, now, session.Closing{Code: code})
	}
	if !c.proved() {
		if c.first++; c.first > c.hub.limits.FirstMessages {
			c.hub.turnedAway(limitFirst, c.from, now)
			return c.step(ctx, now, session.Closing{Code: syncproto.CodeOverloaded, RetryAfter: c.hub.comeBack(toCalm, toCalmSpread)})
		}
	}
	if c.stopping() { // it was replaced, or the server goes down: what comes now is not taken
		return c.Pass(ctx, now)
	}
	return c.step(ctx, now, session.Heard{Frame: frame})
}

// Pass lets the conversation do what the time, the log or the hub asks for. To be called
// when Signal says so, and every few seconds.
func (c *Conversation) Pass(ctx context.Context, now syncproto.Instant) Turn {
	c.mutex.Lock()
	ending, closing, answered := c.ending, c.closing, len(c.answered) > 0
	c.mutex.Unlock()
	if ending {
		return c.step(ctx, now, closing)
	}
	if c.revokedNow() {
		return c.step(ctx, now, session.Closing{Code: syncproto.CodeScopeChanged, RetryAfter: syncproto.Millisecond})
	}
	var before Turn
	if answered {
		before = c.Decided(ctx, now, nil, ledger.Answer{})
	}
	inputs := []session.ServerInput{session.Advanced{Head: c.hub.publication.Head()}, session.Elapsed{}}
	inputs = append(inputs, c.whetherKept(ctx)...)
	turn := c.step(ctx, now, append(inputs, c.grants.pass(ctx, c, now)...)...)
	turn.Send, turn.Submit = append(before.Send, turn.Send...), append(before.Submit, turn.Submit...)
	turn.Closed = turn.Closed || before.Closed
	turn.Submit = append(turn.Submit, c.newBehind()...)
	return turn
}

func (c *Conversation) stopping() bool {
	c.mutex.Lock()
	defer c.mutex.Unlock()
	return c.ending
}

// Decided takes what became of the commands of the first Submit that has no answer yet, or
// of several. With an error, it became of those for which there are results.
func (c *Conversation) Decided(ctx context.Context, now syncproto.Instant, submitted []ledger.Submission, answer ledger.Answer) Turn {
	collected, answers := c.afterCollecting() // it comes before
	submitted, answer.Results = append(collected, submitted...), append(answers.Results, answer.Results...)
	var decided session.Decided
	for i, r := range answer.Results {
		if r.Problem != nil {
			c.hub.log.Warn().Err(r.Problem).Stringer("device", c.device()).Msg("a command ends the session")
			decided.Problem = r.Problem.Code
			break
		}
		c.last = submitted[i].Command.Counter
		decided.Verdicts = append(decided.Verdicts, r.Verdict)
	}
	decided.Received = c.last
	c.visit.Waits(now, c.outstanding())
	inputs := []session.ServerInput{decided}
	if answer.Err != nil {
		c.hub.log.Error().Err(answer.Err).Stringer("device", c.device()).Msg("commands were not taken; the session ends")
		inputs = append(inputs, c.hub.closingFor(answer.Err))
	}
	return c.step(ctx, now, inputs...)
}

// Drop forgets the conversation: its line is gone.
func (c *Conversation) Drop() {
	c.visit.Leave()
	c.hub.leave(c)
}

// outstanding is how many of the commands announced in Hello are not decided yet.
func (c *Conversation) outstanding() uint64 { return c.hello.Counter - min(c.last, c.hello.Counter) }

// proved says that the device has proved itself, and the opening is done.
func (c *Conversation) proved() bool { return !c.ready.Device.IsZero() }

// tooOften is how long a device that has proved itself has to wait before its session may
// begin; 0 where it may begin now.
func (c *Conversation) tooOften(now syncproto.Instant) syncproto.Span {
	wait := c.hub.byDevice.Take(c.hello.Device.String(), now)
	if wait > 0 {
		c.hub.turnedAway(limitByDevice, c.from, now)
	}
	return wait
}

func (c *Conversation) device() syncproto.ID {
	if c.hello == nil {
		return syncproto.ID{}
	}
	return c.hello.Device
}

// step feeds inputs to the machine and carries out what it asks for, until it asks no
// more.
func (c *Conversation) step(ctx context.Context, now syncproto.Instant, inputs ...session.ServerInput) Turn {
	var turn Turn
	for len(inputs) > 0 && !turn.Closed {
		in := inputs[0]
		inputs = inputs[1:]
		for _, out := range c.machine.Step(now, in) {
			more, err := c.carryOut(ctx, now, out, &turn)
			if err != nil {
				c.hub.log.Error().Err(err).Stringer("device", c.device()).Msg("a session ends because of the server")
				more = []session.ServerInput{c.hub.closingFor(err)}
			}
			inputs = append(inputs, more...)
		}
	}
	c.note()
	return turn
}

// carryOut does one thing the machine asks for and returns its answer.
func (c *Conversation) carryOut(ctx context.Context, now syncproto.Instant, out session.ServerOutput, turn *Turn) ([]session.ServerInput, error) {
	switch out := out.(type) {
	case session.Send:
		message, err := syncproto.EncodeFrame(out.Frame)
		if err != nil {
			return nil, err
		}
		turn.Send = append(turn.Send, message)
	case session.End:
		turn.Closed = true
		c.hub.log.Info().Stringer("device", c.device()).Str("code", logged(string(out.Code))).Str("detail", logged(out.Detail)).Msg("session ended")
		c.Drop()
	case session.Identify:
		c.hello = out.Hello
		who, err := c.identify(ctx, now)
		return []session.ServerInput{session.Identified{Identity: who}}, err
	case session.Rekey:
		if wait := c.tooOften(now); wait > 0 {
			return []session.ServerInput{session.Closing{Code: syncproto.CodeOverloaded, RetryAfter: wait}}, nil
		}
		incarnation, err := c.rekey(ctx, now, out)
		return []session.ServerInput{session.NewIncarnation{Incarnation: incarnation}}, err
	case session.NoteWiped:
		return []session.ServerInput{session.Noted{}}, c.noteWiped(ctx, now, out.Device)
	case session.Ready:
		if wait := c.tooOften(now); wait > 0 {
			return []session.ServerInput{session.Closing{Code: syncproto.CodeOverloaded, RetryAfter: wait}}, nil
		}
		c.welcome(now, out)
		if !out.HandIn { // asked again now that LogOut finds it: the token was good when it said Hello
			until, err := c.hub.tokens.ReadsUntil(ctx, now, c.hello.Token, out.Device, out.Person)
			if err != nil || until == 0 {
				return []session.ServerInput{session.Closing{Code: syncproto.CodeTokenExpired}}, err
			}
			if until < c.readsUntil { // and ClockIsRight did not: it was good for longer
				return []session.ServerInput{session.Closing{Code: syncproto.CodeScopeChanged, RetryAfter: c.hub.comeBack(readOn, readOnSpread)}}, nil
			}
		}
		if !out.Tells { // there is nothing to tell, or its program is too old to
			if err := c.tell(ctx, now, nil, true); err != nil {
				return nil, err
			}
		}
		if out.HandIn {
			return nil, nil
		}
		return c.grants.pass(ctx, c, now), nil
	case session.NoteTold:
		return nil, c.tell(ctx, now, out.Verdicts, out.All)
	case session.Submit:
		submissions := c.submissions(now, out)
		if counter, told, held := c.collect(submissions); held {
			return []session.ServerInput{session.Collected{Counter: counter, Count: told}}, nil
		}
		turn.Submit = append(append(turn.Submit, c.newBehind()...), submissions) // the collecting may have ended just now
	case session.Caught:
		c.hub.caught(c)
		return c.grants.pass(ctx, c, now), nil
	case session.ReadDelta:
		return c.read(ctx, out)
	case session.Heals:
		c.hub.figures.heals.Add(1)
		c.hub.log.Warn().Stringer("device", c.device()).Stringer("bucket", out.Bucket).Int("parts", out.Parts).Msg("a desk fetches again what it held")
	case session.Stopped:
		c.hub.stoppedHealing(c.ready.Device, now)
		c.hub.log.Error().Stringer("device", c.device()).Int("buckets", len(out.Buckets)).Msg("a desk differs and has stopped healing: see OPERATING.md")
	}
	return nil, nil
}

// maxLogged is how many runes of what a desk says stand in one field of the log.
const maxLogged = 120

// logged is what a desk says as it stands in the log.
func logged(text string) string { return syncproto.OneLine(text, maxLogged) }

// welcome notes who this is; Pass is called soon, for what came between identifying and
// now.
func (c *Conversation) welcome(now syncproto.Instant, ready session.Ready) {
	c.ready = ready
	c.last = c.hello.Counter - ready.Backlog
	c.visit = c.hub.Attendance.Come(now, attendance.Arrival{Device: ready.Device, Waiting: ready.Backlog, HandsIn: ready.HandIn,
		Program: c.hello.Program, Version: c.hello.Newest})
	var units []syncproto.ID
	if p, known := c.hub.ledger.Reference().Person(ready.Person); known {
		units = p.Units
	}
	buckets := c.buckets
	if ready.HandIn {
		buckets = nil
	}
	c.hub.welcome(c, buckets, units)
	c.hub.log.Info().Stringer("device", ready.Device).Uint64("backlog", ready.Backlog).Bool("hand-in", ready.HandIn).
		Str("program", logged(c.hello.Program)).Msg("session begun")
	c.wake()
}

func (c *Conversation) submissions(now syncproto.Instant, out session.Submit) []ledger.Submission {
	submissions := make([]ledger.Submission, 0, len(out.Commands))
	for i, e := range out.Commands {
		s := ledger.Submission{Source: ledger.FromDesk, Command: e, Received: now, Reconnect: out.Reconnect}
		if i < len(out.First) {
			s.First = out.First[i]
		}
		submissions = append(submissions, s)
	}
	return submissions
}

// read makes the next delta. Where the person's buckets have changed, the session ends
// after it: the next begins with the new ones.
func (c *Conversation) read(ctx context.Context, ask session.ReadDelta) ([]session.ServerInput, error) {
	desk := publication.Desk{Device: c.ready.Device, Person: c.ready.Person}
	reading, err := c.hub.publication.Read(ctx, desk, ask)
	if err != nil {
		return nil, err
	}
	if c.revokedNow() { // asked after the reading, which may have begun before
		return []session.ServerInput{session.Closing{Code: syncproto.CodeScopeChanged, RetryAfter: syncproto.Millisecond}}, nil
	}
	answers := []session.ServerInput{session.Read{Delta: reading.Delta, Place: reading.Place, After: reading.After, Sums: reading.Sums, Parts: reading.Parts}}
	if reading.Rescoped {
		return append(answers, session.Closing{Code: syncproto.CodeScopeChanged, RetryAfter: syncproto.Millisecond}), nil
	}
	if c.grants.concerns(reading.Delta.Documents) || c.grants.concerns(reading.Paged) {
		c.grants.asked = false // what came back to the account is issued at the next Pass
		c.wake()
		offer, err := c.grants.offer(ctx, c)
		return append(answers, offer...), err
	}
	return answers, nil
}

// Settle carries out a turn's submissions at once, where there is no running ledger, and
// returns all that is to be sent then.
func (c *Conversation) Settle(ctx context.Context, now syncproto.Instant, turn Turn) Turn {
	whole := Turn{Send: turn.Send, Closed: turn.Closed}
	for waiting := turn.Submit; len(waiting) > 0; waiting = waiting[1:] {
		results, err := c.hub.ledger.Commit(ctx, now, waiting[0])
		next := c.Decided(ctx, now, waiting[0], ledger.Answer{Results: results, Err: err})
		whole.Send = append(whole.Send, next.Send...)
		whole.Closed = whole.Closed || next.Closed
		waiting = append(waiting, next.Submit...)
	}
	return whole
}
