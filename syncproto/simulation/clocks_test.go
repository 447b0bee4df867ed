package simulation

import (
	"testing"
	"time"

	"redress/syncproto"
)

// TestClocksShowWhatWasDoneToThem: what is done at nine and at ten, and what the clocks
// are off by then, and at eleven. Ticks are counted from what they showed at nine.
func TestClocksShowWhatWasDoneToThem(t *testing.T) {
	nine := syncproto.InstantOf(time.Date(2026, 11, 2, 9, 0, 0, 0, syncproto.Shanghai))
	ten, eleven := nine.Add(syncproto.Hour), nine.Add(2*syncproto.Hour)
	first, second := syncproto.NumberedID(1), syncproto.NumberedID(2)
	const h, m = syncproto.Hour, syncproto.Minute
	same := func(c Clocks) Clocks { return c }
	for name, tt := range map[string]struct {
		atNine, atTen           func(Clocks) Clocks
		wallAtTen, ticksAtTen   syncproto.Span // since nine
		wallAtEnd, ticksAtEnd   syncproto.Span
		bootAtEnd               syncproto.ID
		ticksCountedFromTheBoot bool
	}{
		"left alone": {
			same, same, h, h, 2 * h, 2 * h, first, false},
		"the wall clock is set": {
			func(c Clocks) Clocks { return c.Set(nine, nine.Add(3*h)) }, same, 4 * h, h, 5 * h, 2 * h, first, false},
		"and set back": {
			func(c Clocks) Clocks { return c.Set(nine, nine.Add(3*h)) },
			func(c Clocks) Clocks { return c.Set(ten, ten.Add(-20*m)) }, 40 * m, h, 100 * m, 2 * h, first, false},
		"150 ppm fast from ten on, without a jump": {
			same, func(c Clocks) Clocks { return c.Drifting(ten, 150) }, h, h,
			2*h + 540*syncproto.Millisecond, 2*h + 540*syncproto.Millisecond, first, false},
		"slow, then right again, and what it lost stays lost": {
			func(c Clocks) Clocks { return c.Drifting(nine, -1_000) },
			func(c Clocks) Clocks { return c.Drifting(ten, 0) }, h - 3600*syncproto.Millisecond, h - 3600*syncproto.Millisecond,
			2*h - 3600*syncproto.Millisecond, 2*h - 3600*syncproto.Millisecond, first, false},
		"tampered with": {
			func(c Clocks) Clocks { return c.Tampered(nine, 5*h) }, same, h, 6 * h, 2 * h, 7 * h, first, false},
		"paused for an hour": {
			func(c Clocks) Clocks { return c.Paused(nine, true) },
			func(c Clocks) Clocks { return c.Paused(ten, false) }, 0, 0, h, h, first, false},
		"booted anew": {
			same, func(c Clocks) Clocks { return c.Booted(ten, second) }, h, 0, 2 * h, h, second, true},
	} {
		c := tt.atNine(NewClocks(nine, first))
		before := NewClocks(nine, first).ticks
		c = tt.atTen(c)
		if tt.ticksCountedFromTheBoot {
			before = 0
		}
		at := c.Reading(ten)
		if at.Wall.Sub(nine) != tt.wallAtTen || at.Ticks-before != tt.ticksAtTen {
			t.Errorf("%s: at ten %v and %v have passed on them, want %v and %v", name, at.Wall.Sub(nine), at.Ticks-before, tt.wallAtTen, tt.ticksAtTen)
		}
		end := c.Reading(eleven)
		if end.Wall.Sub(nine) != tt.wallAtEnd || end.Ticks-before != tt.ticksAtEnd || end.Boot != tt.bootAtEnd {
			t.Errorf("%s: at eleven %v and %v have passed on them in boot %v, want %v and %v in %v",
				name, end.Wall.Sub(nine), end.Ticks-before, end.Boot, tt.wallAtEnd, tt.ticksAtEnd, tt.bootAtEnd)
		}
	}
}
