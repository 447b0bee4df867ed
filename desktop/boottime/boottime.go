// Package boottime reads the device's clocks: the wall clock, and one that counts since
// the boot, time asleep included.
//
// It promises, in order of importance:
//
//  1. Two readings of one boot differ in Ticks by the time that really passed, also where
//     the lid was closed in between. Go's own monotonic clock stops then, so it is not
//     used: a deadline judged by it would come hours late (design §6).
//  2. Readings of different boots never carry the same Boot, so nobody subtracts ticks
//     that cannot be compared.
//
// The clocks are CLOCK_BOOTTIME on Linux, CLOCK_MONOTONIC_RAW (mach_continuous_time) on
// macOS and QueryInterruptTime on Windows. This package and the main files are the only
// places that ask a clock; everywhere else a reading is a value.
package boottime

import (
	"fmt"
	"time"

	"redress/syncproto"
)

// Clock reads the clocks of the boot it was opened in.
type Clock struct {
	boot syncproto.ID
}

// Open asks the system which boot this is. The error says what the system did not tell;
// without it no reading can be compared with another, so there is no clock.
func Open() (Clock, error) {
	name, err := bootName()
	if err != nil {
		return Clock{}, fmt.Errorf("asking the system which boot this is: %w", err)
	}
	if _, err := sinceBoot(); err != nil {
		return Clock{}, fmt.Errorf("asking the system how long it has been running: %w", err)
	}
	return Clock{boot: syncproto.Derive("boot " + name)}, nil
}

// Read is what the clocks show now.
func (c Clock) Read() syncproto.Reading {
	ticks, err := sinceBoot()
	if err != nil {
		// The clock answered at Open. A reading of no known boot bounds nothing, which is
		// the truth: the server then goes by the time of receipt.
		return syncproto.Reading{Wall: syncproto.InstantOf(time.Now())}
	}
	return syncproto.Reading{Wall: syncproto.InstantOf(time.Now()), Boot: c.boot, Ticks: syncproto.SpanOf(ticks)}
}
