package escalation

import (
	"cmp"
	"slices"

	"redress/syncproto"
	"redress/syncproto/decision"
)

// Deciding is a document whose clocks a command touches. Every change is applied to Clocks
// as it is made, so that what follows in the same decision sees it.
type Deciding struct {
	In     decision.Input
	Doc    syncproto.Ref
	Clocks []Clock
	Ahead  []Ahead // what came before the clock it answers
	Limits Limits
	// Told says who a firing or reminder of the clock goes to, most concerned first; at most
	// MaxTold of them are told.
	Told func(Clock) []syncproto.ID
	// Next says what begins when the clock fires; nil for nothing. The started clocks name
	// their cause.
	Next func(Clock) []Started

	changes []decision.Change
	begun   bool // the clock whose start is the command's own cause
}

// Limits are what a policy says of all clocks.
type Limits struct {
	WarnAt      int64          // where between start and due a clock warns, in basis points
	RemindEvery syncproto.Span // how often who is overdue is reminded
	Reminders   uint8          // and how many times at most
	Dispute     syncproto.Span // after which disputed evidence counts as missed; 0 for never
	Referee     syncproto.ID   // unit that decides disputes
}

// Changes are what was decided so far, in order.
func (d *Deciding) Changes() []decision.Change { return d.changes }

func (d *Deciding) emit(kind syncproto.EventKind, body any, id syncproto.ID) {
	d.changes = append(d.changes, decision.Change{Doc: d.Doc, Kind: kind, Body: body, ID: id})
	d.Clocks = Evolve(d.Clocks, body)
}

func (d *Deciding) clock(name Name) Clock {
	c, _ := Get(d.Clocks, name)
	return c
}

// Begin starts a clock. One that names no cause is caused by the command itself: its event
// is the cause that answers name, so its id follows from the command alone. Where the answer
// was here before it, the clock is judged at once.
func (d *Deciding) Begin(s Started) {
	var id syncproto.ID
	if s.Clock.Cause.IsZero() {
		s.Clock.Cause = CauseOf(d.In.Intent.ID)
		if !d.begun {
			id, d.begun = s.Clock.Cause, true
		}
	}
	s.Known = d.In.Now
	length := s.Due.Sub(s.Start)
	warnAt := syncproto.Span(d.Limits.WarnAt)
	s.Warn = s.Start.Add(length/10_000*warnAt + length%10_000*warnAt/10_000)
	d.makeRoom()
	d.emit(syncproto.EventClockStarted, s, id)
	d.AnswerAhead(s.Clock, s.Clock.Cause)
}

// Tick does all that is due now, in order of the due times: what is past its due time
// fires, what is past its warning point warns, who is overdue is reminded, and a dispute
// that nobody decided counts as missed. A clock that is past both points only fires.
func (d *Deciding) Tick() {
	due := slices.Clone(d.Clocks)
	slices.SortStableFunc(due, func(a, b Clock) int { return cmp.Compare(a.Due, b.Due) })
	for _, seen := range due {
		c, there := Get(d.Clocks, seen.Name()) // what fired before it may have changed it
		switch now := d.In.Now; {
		case !there:
		case c.fires(now):
			d.fire(c)
		case c.warns(now):
			d.emit(syncproto.EventClockWarned, Warned{Clock: c.Name(), Due: c.Due, At: now}, syncproto.ID{})
		case c.reminds(now):
			d.remind(c)
		case c.expires(now):
			d.emit(syncproto.EventDisputeDecided, Judged{Clock: c.Name(), Result: Missed, At: now, Due: c.Due, Expired: true}, syncproto.ID{})
		}
	}
}

// fire fires a clock that is past its due time, and begins what follows from that. A desk
// never fires: it would show a notice that was given to nobody.
func (d *Deciding) fire(c Clock) {
	if !c.fires(d.In.Now) || d.In.AtTap {
		return
	}
	fired := Fired{Clock: c.Name(), Unit: c.Unit, Due: c.Due, At: d.In.Now, ArrivedLate: c.Due < c.Known,
		Told: d.toldOf(c), Remind: d.remindAfter(0)}
	d.emit(syncproto.EventClockFired, fired, FiringID(d.Doc.ID, c.Name()))
	if d.Next == nil {
		return
	}
	for _, s := range d.Next(d.clock(c.Name())) {
		d.Begin(s)
	}
}

func (d *Deciding) remind(c Clock) {
	d.emit(syncproto.EventClockReminded, Reminded{Clock: c.Name(), Due: c.Due, At: d.In.Now, Told: d.toldOf(c),
		Remind: d.remindAfter(c.Reminded + 1)}, syncproto.ID{})
}

// remindAfter is when the reminder after so many comes; 0 for never.
func (d *Deciding) remindAfter(given uint8) syncproto.Instant {
	if given >= d.Limits.Reminders || d.Limits.RemindEvery <= 0 {
		return 0
	}
	return d.In.Now.Add(d.Limits.RemindEvery)
}

func (d *Deciding) toldOf(c Clock) []syncproto.ID {
	told := d.Told(c)
	return told[:min(len(told), MaxTold)]
}

// Withdraw ends the clocks of a ladder that still run, because a new one takes their
// place. What is past its due time fires first: nobody escapes a deadline by being
// relieved of it; nor is early where only the log is past it, ahead of the clock.
func (d *Deciding) Withdraw(ladder Ladder) {
	for _, c := range slices.Clone(d.Clocks) {
		if c.Ladder == ladder && c.Running() {
			if d.In.Clock == 0 || c.fires(d.In.Clock) {
				d.fire(c)
			}
			d.end(c, Withdrawn, Evidence{Command: d.In.Intent.ID, At: d.In.Now})
		}
	}
}

// end fixes a clock's result.
func (d *Deciding) end(c Clock, result Result, e Evidence) {
	d.emit(syncproto.EventClockEnded, Ended{Clock: c.Name(), Result: result, At: e.At, Evidence: e.Command, Due: c.Due}, syncproto.ID{})
}
