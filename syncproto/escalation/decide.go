package escalation

import (
	"cmp"
	"slices"

	"redress/syncproto"
	"redress/syncproto/decision"
)

// Deciding is a document whose clocks a command touches.
type Deciding struct {
	In     decision.Input
	Doc    syncproto.Ref
	Clocks []Clock
	// Told says who a firing of the clock goes to, most concerned first; at most MaxTold of
	// them are told.
	Told func(Clock) []syncproto.ID
}

// Begin is the change that starts a clock. Its event is the cause that answers name, so
// its id follows from the command alone. warnAt is where between start and due it warns,
// in basis points.
func (d Deciding) Begin(s Started, warnAt int64) decision.Change {
	s.Clock.Cause, s.Known = CauseOf(d.In.Intent.ID), d.In.Now
	length := s.Due.Sub(s.Start)
	s.Warn = s.Start.Add(length/10_000*syncproto.Span(warnAt) + length%10_000*syncproto.Span(warnAt)/10_000)
	return decision.Change{Doc: d.Doc, Kind: syncproto.EventClockStarted, Body: s, ID: s.Clock.Cause}
}

// Tick is all that is due now, in order of the due times: what is past its due time fires,
// what is past its warning point warns. A clock that does both only fires.
func (d Deciding) Tick() []decision.Change {
	clocks := slices.Clone(d.Clocks)
	slices.SortStableFunc(clocks, func(a, b Clock) int { return cmp.Compare(a.Due, b.Due) })
	var changes []decision.Change
	for _, c := range clocks {
		changes = append(changes, d.fire(c)...)
		if c.warns(d.In.Now) {
			changes = append(changes, decision.Change{Doc: d.Doc, Kind: syncproto.EventClockWarned,
				Body: Warned{Clock: c.Name(), Due: c.Due, At: d.In.Now}})
		}
	}
	return changes
}

// fire is the firing of a clock that is past its due time, nothing otherwise. A desk never
// fires: it would show a notice that was given to nobody.
func (d Deciding) fire(c Clock) []decision.Change {
	if !c.fires(d.In.Now) || d.In.AtTap {
		return nil
	}
	told := d.Told(c)
	return []decision.Change{{Doc: d.Doc, Kind: syncproto.EventClockFired, ID: FiringID(d.Doc.ID, c.Name()),
		Body: Fired{Clock: c.Name(), Unit: c.Unit, Due: c.Due, At: d.In.Now, ArrivedLate: c.Due <= c.Known,
			Told: told[:min(len(told), MaxTold)]}}}
}

// Withdraw ends the clocks of a ladder that still run, because a new one takes their
// place. What is past its due time fires first: nobody escapes a deadline by being
// relieved of it.
func (d Deciding) Withdraw(ladder Ladder) []decision.Change {
	var changes []decision.Change
	for _, c := range d.Clocks {
		if c.Ladder == ladder && c.Running() {
			changes = append(changes, d.fire(c)...)
			changes = append(changes, d.end(c, Withdrawn, d.In.Now))
		}
	}
	return changes
}

func (d Deciding) end(c Clock, result Result, at syncproto.Instant) decision.Change {
	return decision.Change{Doc: d.Doc, Kind: syncproto.EventClockEnded,
		Body: Ended{Clock: c.Name(), Result: result, At: at, Evidence: d.In.Intent.ID, Due: c.Due}}
}

// Answer is what the command, as evidence that the clock's duty was done, makes of the
// clock; its interval says when that was (design §6, late evidence).
func (d Deciding) Answer(c Clock) ([]decision.Change, []syncproto.Finding) {
	switch within := d.In.Within; {
	case within.Hi <= c.Due:
		return d.inTime(c), nil
	case within.Lo <= c.Due:
		return d.doubtful(c)
	default:
		return d.late(c)
	}
}

// inTime: a firing is rescinded however long ago it was. The result is met only where
// nobody could have thought otherwise meanwhile.
func (d Deciding) inTime(c Clock) []decision.Change {
	if c.Result == Met || c.Result == MetOffline {
		return nil
	}
	if c.Running() && c.Fired == 0 && d.In.Now <= c.Due {
		return []decision.Change{d.end(c, Met, d.In.At)}
	}
	var changes []decision.Change
	if c.Fired != 0 {
		changes = append(changes, decision.Change{Doc: d.Doc, Kind: syncproto.EventFiringRescinded,
			Body: Rescinded{Clock: c.Name(), Firing: FiringID(d.Doc.ID, c.Name()), Evidence: d.In.Intent.ID, Told: c.Told}})
	}
	return append(changes, d.end(c, MetOffline, d.In.At))
}

// doubtful: the due time lies inside the interval. A clock that was withdrawn before it
// fired blames nobody and is left alone.
func (d Deciding) doubtful(c Clock) ([]decision.Change, []syncproto.Finding) {
	settled := c.Result == Met || c.Result == MetOffline || c.Result == Disputed
	if settled || !c.Running() && c.Result == Withdrawn && c.Fired == 0 {
		return nil, nil
	}
	changes := append(d.fire(c), decision.Change{Doc: d.Doc, Kind: syncproto.EventEvidenceDisputed,
		Body: Doubted{Clock: c.Name(), Evidence: d.In.Intent.ID, At: d.In.At, Within: d.In.Within, Due: c.Due}})
	return changes, []syncproto.Finding{{Code: CodeDisputed, Doc: d.Doc, When: c.Due}}
}

// late: done, but after the due time.
func (d Deciding) late(c Clock) ([]decision.Change, []syncproto.Finding) {
	if !c.Running() {
		return nil, nil
	}
	changes := append(d.fire(c), d.end(c, Missed, d.In.At))
	return changes, []syncproto.Finding{{Code: CodeLate, Doc: d.Doc, When: c.Due}}
}
