package simulation

import "redress/syncproto"

// upBefore is how long a machine has been running when its desk is made.
const upBefore = syncproto.Hour

// Clocks are the two clocks of a machine: the wall clock, which anybody may set, and the
// ticks, which count since the boot, sleep included. Both run from one crystal, so a
// crystal that is off takes both along. What they show is a function of the true time and
// of what was done to them.
type Clocks struct {
	// since is the true time of the last change, when they showed wall and ticks.
	since syncproto.Instant
	wall  syncproto.Instant
	ticks syncproto.Span
	boot  syncproto.ID
	drift int64 // parts per million they run fast; negative where slow
	still bool  // a paused virtual machine
}

// NewClocks are right, on a machine that was started a while ago.
func NewClocks(now syncproto.Instant, boot syncproto.ID) Clocks {
	return Clocks{since: now, wall: now, ticks: upBefore, boot: boot}
}

// Reading is what they show at the true time.
func (c Clocks) Reading(now syncproto.Instant) syncproto.Reading {
	passed := now.Sub(c.since)
	passed += passed * syncproto.Span(c.drift) / 1_000_000
	if c.still {
		passed = 0
	}
	return syncproto.Reading{Wall: c.wall.Add(passed), Boot: c.boot, Ticks: c.ticks + passed}
}

// settled are the same clocks, counting from now on, so that they can be changed without
// what they show jumping.
func (c Clocks) settled(now syncproto.Instant) Clocks {
	shown := c.Reading(now)
	c.since, c.wall, c.ticks = now, shown.Wall, shown.Ticks
	return c
}

// Set has the wall clock show something else; the ticks know nothing of it.
func (c Clocks) Set(now, wall syncproto.Instant) Clocks {
	c = c.settled(now)
	c.wall = wall
	return c
}

// Drifting runs fast by so many parts per million from now on.
func (c Clocks) Drifting(now syncproto.Instant, perMillion int64) Clocks {
	c = c.settled(now)
	c.drift = perMillion
	return c
}

// Tampered has the ticks jump, which no honest machine does.
func (c Clocks) Tampered(now syncproto.Instant, by syncproto.Span) Clocks {
	c = c.settled(now)
	c.ticks += by
	return c
}

// Paused stands still, or runs on from where it stood.
func (c Clocks) Paused(now syncproto.Instant, still bool) Clocks {
	c = c.settled(now)
	c.still = still
	return c
}

// Booted begins to count ticks anew. The wall clock ran on meanwhile.
func (c Clocks) Booted(now syncproto.Instant, boot syncproto.ID) Clocks {
	c = c.settled(now)
	c.boot, c.ticks = boot, 0
	return c
}
