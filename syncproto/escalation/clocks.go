package escalation

import (
	"slices"

	"redress/syncproto"
)

// Name names the clock within its document.
func (c Clock) Name() Name { return Name{Ladder: c.Ladder, Rung: c.Rung, Cause: c.Cause} }

// Running says that the clock has not ended; where it fired it is overdue.
func (c Clock) Running() bool { return c.Result == Running }

// fires says that the clock's rung is to fire at now.
func (c Clock) fires(now syncproto.Instant) bool {
	return c.Running() && c.Fired == 0 && c.Due < now
}

// warns says that the clock's warning is to be given at now.
func (c Clock) warns(now syncproto.Instant) bool {
	return c.Running() && c.Fired == 0 && c.Warned == 0 && c.Warn <= now && !c.fires(now)
}

// NextDue is the least instant at which one of the clocks warns or fires; 0 for never.
// A clock fires only after its due time, so the tick comes one microsecond later and finds
// it done.
func NextDue(clocks []Clock) syncproto.Instant {
	var next syncproto.Instant
	for _, c := range clocks {
		if !c.Running() || c.Fired != 0 {
			continue
		}
		wants := c.Due.Add(syncproto.Microsecond)
		if c.Warned == 0 {
			wants = min(wants, c.Warn)
		}
		if wants = max(wants, 1); next == 0 || wants < next {
			next = wants
		}
	}
	return next
}

// Deadline is the nearest due time of the clocks that still run; 0 for none.
func Deadline(clocks []Clock) syncproto.Instant {
	var nearest syncproto.Instant
	for _, c := range clocks {
		if c.Running() && (nearest == 0 || c.Due < nearest) {
			nearest = c.Due
		}
	}
	return nearest
}

// WaitsFor is the units whose evidence could still undo what fires at now, and since when
// it is due: the later of the due time and the entry that made the clock known. Of several
// clocks it is the earliest, so none is held longer than the policy allows.
func WaitsFor(clocks []Clock, now syncproto.Instant) (units []syncproto.ID, since syncproto.Instant) {
	for _, c := range clocks {
		if !c.fires(now) {
			continue
		}
		if from := max(c.Due, c.Known); since == 0 || from < since {
			since = from
		}
		if !c.Unit.IsZero() && !slices.Contains(units, c.Unit) {
			units = append(units, c.Unit)
		}
	}
	return units, since
}

// Find looks up the clock of a ladder by its cause, or by the cause of a promise that
// repeated it.
func Find(clocks []Clock, ladder Ladder, cause syncproto.ID) (Clock, bool) {
	at := slices.IndexFunc(clocks, func(c Clock) bool {
		return c.Ladder == ladder && !cause.IsZero() && (c.Cause == cause || slices.Contains(c.Repeats, cause))
	})
	if at < 0 {
		return Clock{}, false
	}
	return clocks[at], true
}

// Count is how many clocks of the ladder there are, ended ones included.
func Count(clocks []Clock, ladder Ladder) int {
	n := 0
	for _, c := range clocks {
		if c.Ladder == ladder {
			n++
		}
	}
	return n
}

// Evolve applies an event to the clocks, on a copy. What is there already stays: a desk's
// own prediction may be applied over what the server did meanwhile.
func Evolve(clocks []Clock, event any) []Clock {
	switch e := event.(type) {
	case Started:
		return start(clocks, e)
	case Warned:
		return change(clocks, e.Clock, func(c *Clock) { c.Warned = e.At })
	case Fired:
		return change(clocks, e.Clock, func(c *Clock) {
			if c.Fired == 0 {
				c.Fired, c.ArrivedLate, c.Told = e.At, e.ArrivedLate, slices.Clone(e.Told)
			}
		})
	case Ended:
		return change(clocks, e.Clock, func(c *Clock) { c.Ended, c.Result, c.Evidence = e.At, e.Result, e.Evidence })
	case Doubted:
		return change(clocks, e.Clock, func(c *Clock) { c.Ended, c.Result, c.Evidence = e.At, Disputed, e.Evidence })
	case Rescinded:
		return change(clocks, e.Clock, func(c *Clock) { c.Rescinded = true })
	}
	return clocks
}

func start(clocks []Clock, e Started) []Clock {
	if slices.ContainsFunc(clocks, func(c Clock) bool { return c.Name() == e.Clock }) {
		return clocks
	}
	return append(slices.Clone(clocks), Clock{Cause: e.Clock.Cause, Ladder: e.Clock.Ladder, Rung: e.Clock.Rung,
		Unit: e.Unit, Person: e.Person, Start: e.Start, Warn: e.Warn, Due: e.Due, Known: e.Known, What: e.What, Dated: e.Dated})
}

// Repeat remembers that a promise only repeated another, on a copy.
func Repeat(clocks []Clock, of, cause syncproto.ID) []Clock {
	kept, found := Find(clocks, Promise, of)
	if !found || len(kept.Repeats) >= MaxRepeats {
		return clocks
	}
	return change(clocks, kept.Name(), func(c *Clock) { c.Repeats = append(slices.Clone(c.Repeats), cause) })
}

func change(clocks []Clock, name Name, how func(*Clock)) []Clock {
	next := slices.Clone(clocks)
	for i := range next {
		if next[i].Name() == name {
			how(&next[i])
		}
	}
	return next
}
