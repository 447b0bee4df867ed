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

// reminds says that those who are overdue are to be reminded at now.
func (c Clock) reminds(now syncproto.Instant) bool {
	return c.Running() && c.Fired != 0 && c.Remind != 0 && c.Remind <= now
}

// expires says that nobody decided about disputed evidence in time.
func (c Clock) expires(now syncproto.Instant) bool {
	return c.Result == Disputed && c.Until != 0 && c.Until <= now
}

// wants is when the clock wants a tick; 0 for never. It fires only after its due time, so
// that tick comes one microsecond later and finds it done.
func (c Clock) wants() syncproto.Instant {
	switch {
	case c.Result == Disputed:
		return c.Until
	case !c.Running():
		return 0
	case c.Fired != 0:
		return c.Remind
	}
	next := c.Due.Add(syncproto.Microsecond)
	if c.Warned == 0 {
		next = min(next, c.Warn)
	}
	return max(next, 1)
}

// warns says that the clock's warning is to be given at now.
func (c Clock) warns(now syncproto.Instant) bool {
	return c.Running() && c.Fired == 0 && c.Warned == 0 && c.Warn <= now && !c.fires(now)
}

// NextDue is the least instant at which one of the clocks wants a tick; 0 for never.
func NextDue(clocks []Clock) syncproto.Instant {
	var next syncproto.Instant
	for _, c := range clocks {
		if wants := c.wants(); wants != 0 && (next == 0 || wants < next) {
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
// clocks it is the earliest, so none is held longer than the policy allows. A clock that is
// no one unit's gives the zero ID: whoever has the document.
func WaitsFor(clocks []Clock, now syncproto.Instant) (units []syncproto.ID, since syncproto.Instant) {
	for _, c := range clocks {
		if !c.fires(now) {
			continue
		}
		if from := max(c.Due, c.Known); since == 0 || from < since {
			since = from
		}
		if !slices.Contains(units, c.Unit) {
			units = append(units, c.Unit)
		}
	}
	return units, since
}

// Get looks up a clock by its name.
func Get(clocks []Clock, name Name) (Clock, bool) {
	at := slices.IndexFunc(clocks, func(c Clock) bool { return c.Name() == name })
	if at < 0 {
		return Clock{}, false
	}
	return clocks[at], true
}

// Find looks up the first clock of a ladder by its cause, or by the cause of a promise that
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

// CountRunning is how many clocks of the ladder run.
func CountRunning(clocks []Clock, ladder Ladder) int {
	n := 0
	for _, c := range clocks {
		if c.Ladder == ladder && c.Running() {
			n++
		}
	}
	return n
}

// LastCause is the cause of the ladder's clock that was started last; zero for none.
func LastCause(clocks []Clock, ladder Ladder) syncproto.ID {
	for _, c := range slices.Backward(clocks) {
		if c.Ladder == ladder {
			return c.Cause
		}
	}
	return syncproto.ID{}
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
				c.Fired, c.ArrivedLate, c.Told, c.Remind = e.At, e.ArrivedLate, slices.Clone(e.Told), e.Remind
			}
		})
	case Reminded:
		return change(clocks, e.Clock, func(c *Clock) { c.Remind, c.Reminded = e.Remind, c.Reminded+1 })
	case Ended:
		return change(clocks, e.Clock, func(c *Clock) {
			c.Ended, c.Result, c.Evidence, c.Until, c.Remind = e.At, e.Result, e.Evidence, 0, 0
		})
	case Doubted:
		return change(clocks, e.Clock, func(c *Clock) {
			c.Ended, c.Result, c.Evidence, c.Until, c.Remind = e.At, Disputed, e.Evidence, e.Until, 0
		})
	case Judged:
		return change(clocks, e.Clock, func(c *Clock) { c.Result, c.Until, c.Judged = e.Result, 0, true })
	case Archived:
		return slices.DeleteFunc(slices.Clone(clocks), func(c Clock) bool { return slices.Contains(e.Clocks, c.Name()) })
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

// HandBack remembers that the recipients of a firing handed it back, on a copy.
func HandBack(clocks []Clock, firing syncproto.ID) []Clock {
	next := slices.Clone(clocks)
	for i := range next {
		if next[i].Ladder == Recipient && next[i].Cause == firing {
			next[i].HandedBack = true
		}
	}
	return next
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
