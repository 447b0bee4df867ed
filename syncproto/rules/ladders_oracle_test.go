package rules_test

import (
	"slices"

	"redress/syncproto"
	"redress/syncproto/escalation"
	"redress/syncproto/rules"
	. "redress/syncproto/rules/rulestest"
	"redress/syncproto/ticket"

	"pgregory.net/rapid"
)

// evidence is when something was done, and since when the server knows.
type evidence struct {
	syncproto.Interval
	known syncproto.Instant
	at    syncproto.Instant
}

// duty is one deadline as the requirements see it: what it came to is kept by hand, from
// commands alone; events only tell that it began and that it fired.
type duty struct {
	name       escalation.Name
	start, due syncproto.Instant
	known      syncproto.Instant // entry by which it began
	ended      syncproto.Instant // when what answered it was done
	round      int               // how often the ticket had been reopened when it began
	fired      syncproto.Instant
	told       []syncproto.ID
	reminded   int
	lastTold   syncproto.Instant
	warned     bool
	want       escalation.Result
	takenBack  bool
	judged     bool
	doubted    syncproto.Instant
	left       bool // the body
	reader     syncproto.ID
}

// watched is a ticket as the oracle knows it.
type watched struct {
	id         syncproto.ID
	duties     []*duty
	rounds     int               // reopenings
	first      syncproto.Instant // contact
	closed     syncproto.Instant // 0 while open
	closedFor  syncproto.Span
	reopened   syncproto.Instant // contact of the last reopening
	reentered  syncproto.Instant // and its entry
	resolution syncproto.ID      // cause of the last resolution clock
	holder     syncproto.ID
	proposals  map[syncproto.ID]proposal
}

type proposal struct {
	evidence
	resolves syncproto.ID
}

// watcher follows every command of a log.
type watcher struct {
	*rapid.T
	log       *Log
	seen      *sights
	cases     map[syncproto.ID]*watched
	intervals map[syncproto.ID]evidence          // of every accepted command
	now       evidence                           // of the command that is looked at
	leaving   []*duty                            // the body with it
	next      map[syncproto.ID]syncproto.Instant // when each ticket asked for a tick
}

const (
	responseLimit   = 2 * syncproto.Hour
	promiseLimit    = 24 * syncproto.Hour
	resolutionLimit = 48 * syncproto.Hour
	headLimit       = 24 * syncproto.Hour
	takesUpLimit    = 2 * syncproto.Hour
	solvesLimit     = 24 * syncproto.Hour
	grace           = 24 * syncproto.Hour
	disputeLimit    = 7 * syncproto.Day
)

var ageingLimits = []syncproto.Span{120 * syncproto.Hour, 240 * syncproto.Hour}

func (w *watched) duty(name escalation.Name) *duty {
	for _, d := range w.duties {
		if d.name == name {
			return d
		}
	}
	return nil
}

// of are the duties of a ladder and cause, lowest rung first.
func (w *watched) of(ladder escalation.Ladder, cause syncproto.ID) []*duty {
	var all []*duty
	for _, d := range w.duties {
		if d.name.Ladder == ladder && d.name.Cause == cause {
			all = append(all, d)
		}
	}
	slices.SortFunc(all, func(a, b *duty) int { return int(a.name.Rung) - int(b.name.Rung) })
	return all
}

func (d *duty) done() bool { return d.want == escalation.Met || d.want == escalation.MetOffline }

func (d *duty) is(ladder escalation.Ladder, rung uint8) bool {
	return d.name.Ladder == ladder && d.name.Rung == rung
}

// hear is what evidence makes of one duty: design §6, late evidence, as a table.
func (o *watcher) hear(w *watched, d *duty, e evidence) {
	switch inTime, late := e.Hi <= d.due, e.Lo > d.due; {
	case d.left || d.done():
	case inTime && d.want == escalation.Void && !d.is(escalation.Recipient, 1):
	case inTime:
		d.want, d.takenBack = result(d, e), d.takenBack || d.fired != 0
		o.takeBack(w, d)
	case late && d.want == escalation.Running:
		d.want = escalation.Missed
	case late || d.judged:
	case d.want == escalation.Running, d.want == escalation.Missed, d.want == escalation.Withdrawn && d.fired != 0 && !d.takenBack:
		d.want, d.doubted = escalation.Disputed, o.log.Now
	}
}

func result(d *duty, e evidence) escalation.Result {
	if e.known <= d.due && d.want != escalation.Withdrawn {
		return escalation.Met
	}
	return escalation.MetOffline
}

// takeBack: what followed from a firing that is taken back no longer applies.
func (o *watcher) takeBack(w *watched, d *duty) {
	firing := escalation.FiringID(w.id, d.name)
	for _, f := range w.duties {
		higher := d.name.Ladder != escalation.Recipient && f.name.Ladder == d.name.Ladder && f.name.Cause == d.name.Cause && f.name.Rung > d.name.Rung
		if (!higher && f.name.Cause != firing) || f.left || f.want == escalation.Void {
			continue
		}
		if f.name.Ladder == escalation.Recipient && (f.done() || f.want == escalation.Withdrawn) {
			continue
		}
		f.want, f.takenBack = escalation.Void, f.takenBack || f.fired != 0
		o.takeBack(w, f)
	}
}

// climb judges the ladder rung by rung. A rung that left the body shields none above it:
// whoever was told there is not to be blamed for what is proved to have been done.
func (o *watcher) climb(w *watched, rungs []*duty, e evidence) {
	for _, d := range rungs {
		o.hear(w, d, e)
		if e.Hi <= d.due && !d.left {
			return
		}
	}
}

// settle: who was to solve it has, who was to take it up need not.
func (o *watcher) settle(w *watched, e evidence, of func(*duty) bool) {
	for _, d := range w.duties {
		switch {
		case d.name.Ladder != escalation.Recipient || d.left || d.done() || d.want == escalation.Void || d.want == escalation.Withdrawn || !of(d):
		case e.Hi <= d.due && (d.name.Rung == 1 || e.Hi <= d.start):
			d.want, d.takenBack = escalation.Void, d.takenBack || d.fired != 0
		default:
			o.hear(w, d, e)
		}
	}
}

// relieve: the duty has lapsed, but for who was past the due time; who answered late after it had is relieved too.
func (o *watcher) relieve(w *watched, d *duty, e evidence) {
	switch {
	case d == nil || d.left || d.done() || d.want == escalation.Void || d.want == escalation.Withdrawn:
	case e.Lo > d.due && d.want != escalation.Running:
	case e.Lo <= d.due && d.due < e.Hi:
		o.hear(w, d, e)
	case e.Lo > d.due && d.fired == 0:
		o.Fatalf("14: relieved after %v without a firing: %+v", d.due, *d)
	default:
		d.want, d.takenBack = escalation.Withdrawn, d.fired != 0 && e.Hi <= d.due
	}
}

// decided follows a command.
func (o *watcher) decided(g Given, r Result) {
	for _, code := range r.Codes() {
		if code == syncproto.CodeTooLarge {
			o.Fatalf("%v is over a limit", g.Kind)
		}
	}
	if r.Outcome != syncproto.Accepted {
		return
	}
	subject := subjectOf(g)
	if g.Kind == syncproto.CommandOpen {
		o.cases[subject] = &watched{id: subject, first: g.At, proposals: map[syncproto.ID]proposal{}}
	}
	w := o.cases[subject]
	if w == nil {
		return
	}
	o.now = evidence{Interval: g.Within, known: o.log.Now, at: g.At}
	o.intervals[g.ID] = o.now
	o.follow(w, g, r)
	o.apply(w, g)
	o.leave(w)
	o.compare(w, g)
}

func subjectOf(g Given) syncproto.ID {
	if tick, is := g.Command.(escalation.Tick); is {
		return tick.Document.ID
	}
	return rules.SubjectOf(g.Kind, g.Command).ID
}

// apply is what the command means, whatever events it made.
func (o *watcher) apply(w *watched, g Given) {
	e := o.now
	switch c := g.Command.(type) {
	case ticket.Dispatch:
		w.holder = c.Unit
		for _, d := range w.duties {
			if d.name.Ladder == escalation.Response && d.want == escalation.Running && d.name.Cause != escalation.CauseOf(g.ID) {
				if (d.fired != 0) != (d.due < o.log.Now) {
					o.Fatalf("withdrawn with fired %v, due %v", d.fired, d.due)
				}
				d.want = escalation.Withdrawn
			}
		}
	case ticket.Respond:
		o.answer(w, escalation.Response, c.Cause, e)
	case ticket.Contact:
		o.answer(w, escalation.Promise, c.Fulfils, e)
	case ticket.ProposeSolved:
		o.answer(w, escalation.Response, c.Cause, e)
		w.proposals[g.ID] = proposal{evidence: e, resolves: c.Resolves}
	case ticket.AcceptProposal:
		o.accept(w, w.proposals[c.Proposal])
	case ticket.Close:
		o.close(w, e)
	case ticket.Reopen:
		w.rounds++
		w.closedFor += max(g.At.Sub(w.closed), 0)
		w.closed, w.reopened, w.reentered = 0, g.At, o.log.Now
	case ticket.ActOn:
		o.answer(w, escalation.Recipient, c.Firing, e)
	case ticket.DeEscalate:
		o.answer(w, escalation.Recipient, c.Firing, e)
		o.relieve(w, w.duty(escalation.Name{Ladder: escalation.Recipient, Rung: 2, Cause: c.Firing}), e)
	case ticket.DecideDispute:
		o.judge(w, w.duty(c.Clock), c.InTime)
	case escalation.Tick:
		for _, d := range w.duties {
			if d.want == escalation.Disputed && !d.left && d.doubted.Add(disputeLimit) <= o.log.Now {
				d.want, d.judged = escalation.Missed, true
			}
		}
	}
}

// answer is evidence for the one duty that is named.
func (o *watcher) answer(w *watched, ladder escalation.Ladder, cause syncproto.ID, e evidence) {
	if d := w.duty(escalation.Name{Ladder: ladder, Rung: 1, Cause: cause}); d != nil && !cause.IsZero() {
		before := d.want
		if o.hear(w, d, e); d.want != before {
			d.ended = e.at
		}
	}
}

// accept: a proposal is evidence from when it was made, about the time it was made for.
func (o *watcher) accept(w *watched, p proposal) {
	e, cause := p.evidence, p.resolves
	current := cause == w.resolution
	if cause.IsZero() {
		if current = p.at >= w.reopened; !current {
			return
		}
		cause = w.resolution
	}
	if current {
		e.Lo, e.Hi = max(e.Lo, w.reopened), max(e.Hi, w.reopened)
	}
	rungs := w.of(escalation.Resolution, cause)
	o.climb(w, rungs, e)
	o.settle(w, e, func(d *duty) bool { return len(rungs) > 0 && d.round == rungs[0].round })
}

// close ends all that runs.
func (o *watcher) close(w *watched, e evidence) {
	w.closed = e.at
	e.Lo, e.Hi = max(e.Lo, w.reopened), max(e.Hi, w.reopened)
	o.climb(w, w.of(escalation.Resolution, w.resolution), e)
	var ageing []*duty
	for _, d := range w.duties {
		if d.name.Ladder == escalation.Ageing && d.round == w.rounds {
			ageing = append(ageing, d)
		}
	}
	o.climb(w, ageing, e)
	o.settle(w, e, func(d *duty) bool { return d.round == w.rounds })
	for _, d := range w.duties {
		if d.name.Ladder == escalation.Response {
			o.relieve(w, d, e)
		}
		if d.want == escalation.Running && d.name.Ladder != escalation.Promise {
			o.Fatalf("%v %d runs on a closed ticket", d.name.Ladder, d.name.Rung)
		}
	}
}

// judge: a person's word ends a dispute.
func (o *watcher) judge(w *watched, d *duty, inTime bool) {
	if d.want != escalation.Disputed {
		o.Fatalf("what is %v was decided", d.want)
	}
	d.want, d.judged = escalation.Missed, true
	if inTime {
		d.want, d.takenBack = escalation.MetOffline, true
		o.takeBack(w, d)
	}
}
