package syncproto

import (
	"fmt"
	"time"
)

// Instant is a moment: microseconds since 1970-01-01 00:00 UTC. The zero Instant means
// "none".
type Instant int64

// Span is a length of time in microseconds.
type Span int64

// The usual spans.
const (
	Microsecond Span = 1
	Millisecond      = 1000 * Microsecond
	Second           = 1000 * Millisecond
	Minute           = 60 * Second
	Hour             = 60 * Minute
	Day              = 24 * Hour
)

// Shanghai is the zone of every time that people see and of every calendar rule. China
// has one zone without summer time, so it is a fixed offset and needs no zone database.
var Shanghai = time.FixedZone("Asia/Shanghai", 8*60*60)

// InstantOf turns a clock's reading into an Instant.
func InstantOf(t time.Time) Instant { return Instant(t.UnixMicro()) }

// Time is the Instant in Asia/Shanghai.
func (t Instant) Time() time.Time { return time.UnixMicro(int64(t)).In(Shanghai) }

// Add moves the Instant.
func (t Instant) Add(d Span) Instant { return t + Instant(d) }

// Sub is the span from other to t.
func (t Instant) Sub(other Instant) Span { return Span(t - other) }

// String writes the Instant to the second in Asia/Shanghai; "–" where there is none.
func (t Instant) String() string {
	if t == 0 {
		return "–"
	}
	return t.Time().Format("2006-01-02 15:04:05")
}

// Duration is the Span for Go's timers.
func (d Span) Duration() time.Duration { return time.Duration(d) * time.Microsecond }

// SpanOf is the Span of a Go duration.
func SpanOf(d time.Duration) Span { return Span(d / time.Microsecond) }

// String writes the Span as Go writes durations.
func (d Span) String() string { return d.Duration().String() }

// Month is a calendar month in Asia/Shanghai: year × 12 + month − 1, so that the next one
// is one more. The zero Month means "none".
type Month uint32

// MonthOf is the month that an Instant lies in.
func MonthOf(t Instant) Month {
	y, m, _ := t.Time().Date()
	return Month(y*12 + int(m) - 1)
}

// Start is the first instant of the month, and End that of the next.
func (m Month) Start() Instant {
	return InstantOf(time.Date(int(m)/12, time.Month(m%12+1), 1, 0, 0, 0, 0, Shanghai))
}

// End is the first instant after the month.
func (m Month) End() Instant { return (m + 1).Start() }

// String writes the month as 2026-11.
func (m Month) String() string { return fmt.Sprintf("%04d-%02d", int(m)/12, int(m)%12+1) }

// ParseMonth reads what String wrote; false where it is none.
func ParseMonth(text string) (Month, bool) {
	at, err := time.ParseInLocation("2006-01", text, Shanghai)
	if err != nil {
		return 0, false
	}
	month := MonthOf(InstantOf(at))
	return month, month != 0 // the first month of the year 0 would be none
}
