// Package boottime reads the device's clocks: the wall clock, and one that counts since
// the boot, time asleep included.
//
// It promises, in order of importance:
//
//  1. Readings of different boots never carry the same Boot, so nobody subtracts ticks
//     that cannot be compared. Where the system does not say which boot this is, each
//     start of the program is one of its own; where it does not say how long it has been
//     running, or its ticks go back, the readings are of no boot that any other is of.
//     Either only costs sharpness: the server then goes by the time of receipt, and
//     nobody gains by it (design §6).
//  2. Two readings of one boot differ in Ticks by the time that really passed, also where
//     the lid was closed in between. Go's own monotonic clock stops then, so it is not
//     used: what was done in time would seem done hours before it was. Across a sleep the
//     ticks are as good as the clock that the machine keeps then, on many PCs a whole
//     second; a virtual machine that its host has stopped does not count at all, which the
//     server sees where an anchor lies on either side of it (syncproto.Bound).
//  3. There are always readings: a clock that fails is no reason not to work or to sync.
//
// The clocks are CLOCK_BOOTTIME on Linux, CLOCK_MONOTONIC_RAW (mach_continuous_time) on
// macOS and QueryInterruptTime on Windows. What a platform is asked is in the file named
// after it, and nothing else is there; what is made of the answers is the same for all and
// tested on all. This package and the main files are the only places that ask a clock;
// everywhere else a reading is a value.
package boottime

import (
	"crypto/rand"
	"errors"
	"fmt"
	"sync"
	"time"

	"redress/syncproto"
)

// system is what a platform is asked.
type system struct {
	// boot names the run of the operating system.
	boot func() (string, error)
	// ticks is how long it has been running, sleep included.
	ticks func() (syncproto.Span, error)
	// now is Go's clock: the wall, and where ticks fail what has passed since a moment.
	now func() time.Time
	// fresh is an id that nobody else has.
	fresh func() syncproto.ID
}

// Clock reads the clocks of the boot it was opened in. It may be read from anywhere.
type Clock struct {
	system system
	lacks  error

	mutex sync.Mutex
	boot  syncproto.ID
	last  syncproto.Span // ticks as read last
	ahead syncproto.Span // what was added to the system's ticks because they had gone back
	then  time.Time      // when they were read last
}

// Open asks the system which boot this is.
func Open() *Clock {
	return open(system{boot: bootName, ticks: sinceBoot, now: time.Now, fresh: fresh})
}

func open(s system) *Clock {
	c := &Clock{system: s, then: s.now()}
	name, err := s.boot()
	switch {
	case err == nil && name == "":
		err = errors.New("it gave no name")
		fallthrough
	case err != nil:
		c.boot, c.lacks = s.fresh(), fmt.Errorf("asking the system which boot this is: %w", err)
	default:
		c.boot = syncproto.Derive("boot " + name)
	}
	if _, err := s.ticks(); err != nil {
		c.lacks = errors.Join(c.lacks, fmt.Errorf("asking the system how long it has been running: %w", err))
	}
	return c
}

// Lacks says what the system did not tell when the clock was opened, nil where it told all.
// What is lacking makes deadlines less sharp, and stops nothing.
func (c *Clock) Lacks() error { return c.lacks }

// Read is what the clocks show now.
func (c *Clock) Read() syncproto.Reading {
	c.mutex.Lock() // two readings must not pass each other
	defer c.mutex.Unlock()
	now := c.system.now()
	ticks, err := c.system.ticks()
	if err != nil {
		// Go's clock stands still in sleep, so these ticks serve to measure how long a line
		// is silent, and for nothing that a deadline is judged by: they are of no boot.
		passed := max(now.Sub(c.then), 0)
		return syncproto.Reading{Wall: syncproto.InstantOf(now), Ticks: c.last + syncproto.SpanOf(passed)}
	}
	ticks += c.ahead
	if ticks < c.last {
		// A machine set back to an earlier state, or tampering: what was read before cannot
		// be compared with what is read from here on.
		c.boot, c.ahead = c.system.fresh(), c.ahead+c.last-ticks
		ticks = c.last
	}
	c.last, c.then = ticks, now
	return syncproto.Reading{Wall: syncproto.InstantOf(now), Boot: c.boot, Ticks: ticks}
}

// fresh names a boot that nobody else can name.
func fresh() syncproto.ID {
	var random syncproto.ID
	_, _ = rand.Read(random[:]) // never returns an error
	return syncproto.Derive("boot without a name", random)
}
