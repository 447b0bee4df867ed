package syncproto

// Reading is what a device's clocks show at one moment.
type Reading struct {
	// Wall is the device's wall clock: may be wrong, may be set.
	Wall Instant `cbor:"1,keyasint,omitempty"`
	// Boot names the run of the operating system; Ticks of different boots cannot be
	// compared.
	Boot ID `cbor:"2,keyasint,omitzero"`
	// Ticks counts since the boot, sleep included.
	Ticks Span `cbor:"3,keyasint,omitempty"`
}

// Anchor ties a device's ticks to the server's time: at Ticks of Boot the server's clock
// showed Server, give or take half of RTT.
type Anchor struct {
	Server Instant `cbor:"1,keyasint,omitempty"`
	RTT    Span    `cbor:"2,keyasint,omitempty"`
	Boot   ID      `cbor:"3,keyasint,omitzero"`
	Ticks  Span    `cbor:"4,keyasint,omitempty"`
}

// IsZero says that there is no anchor.
func (a Anchor) IsZero() bool { return a == Anchor{} }

// Readings is what an action knows of its time: the clocks at the action and the last
// anchor the device had then. It travels raw with the command for ever, so that the
// interval can be made again with what is known later.
type Readings struct {
	Reading Reading `cbor:"1,keyasint,omitzero"`
	Anchor  Anchor  `cbor:"2,keyasint,omitzero"`
}

// Interval holds the true server time of an action: Lo ≤ true time ≤ Hi.
type Interval struct {
	Lo Instant `cbor:"1,keyasint,omitempty"`
	Hi Instant `cbor:"2,keyasint,omitempty"`
}

// How far a device's ticks may be off (design §6). maxSpan is longer than any machine runs
// or any answer takes: what says more was made up, and bounds nothing.
const (
	driftPerMillion = 200
	readingSlack    = 50 * Millisecond
	maxSpan         = 1000 * 366 * Day
)

// drift is the most by which ticks can be off the time that passed, rounded up. Ticks that
// count 200 ppm too few make of a true 1,000,000 µs 999,800.
func drift(elapsed Span) Span {
	const slowest = 1_000_000 - driftPerMillion
	return (max(elapsed, -elapsed) + slowest - 1) / slowest * driftPerMillion
}

// sane says that the anchor is one, and can be calculated with.
func (a Anchor) sane() bool {
	return a.Server > 0 && a.Server < Instant(maxSpan) && a.RTT >= 0 && a.RTT < maxSpan && a.Ticks >= 0 && a.Ticks < maxSpan
}

// here is when the anchor was taken.
func (a Anchor) here() Interval {
	err := (a.RTT+1)/2 + readingSlack
	return Interval{Lo: a.Server.Add(-err), Hi: a.Server.Add(err)}
}

// bounds is where an action can lie that was done between two ticks of the anchor's own
// boot, judged by that one anchor.
func (a Anchor) bounds(from, to Span) Interval {
	here, from, to := a.here(), from-a.Ticks, to-a.Ticks
	return Interval{Lo: here.Lo.Add(from - drift(from)), Hi: here.Hi.Add(to + drift(to))}
}

// Bound makes the interval of an action (design §6). before is the anchor that the action
// carries; reconnect is the anchor of the session that hands it in, zero on a desk that
// asks for itself; receipt is the latest the action can have happened: the server's time
// at hand-in, or the largest Instant on a desk that cannot know.
//
// Any anchor of the action's own boot bounds it from both sides. An anchor of an earlier
// boot bounds it from below only. With none of its own boot, or with anchors that
// contradict each other (a paused machine, tampering), Hi is the receipt: nobody is
// blamed, and nobody can gain by it either. A reading or anchor of no boot is of no other's
// (its clock failed), so it is never of the action's own.
//
// What can be seen of a machine that was stopped for P while true time passed (a virtual
// machine paused by its host; sleep is counted and is no stop): nothing, unless an anchor
// of the action's boot lies on either side of it, the one carried and the reconnect. They
// then disagree by P, and that is seen for certain where P is over twice the sum of their
// errors (RTT/2 + 200 ppm of elapsed + 50 ms each), and never where it is within what they
// themselves may be off. A stop that is not seen shifts the interval by at most P; for it
// to matter somebody has to stop the machine on purpose, with the deadline in between.
// Ticks that were tampered with are seen as little, and move an action at most to anywhere
// between its anchor and its receipt.
func Bound(action Readings, reconnect Anchor, receipt Instant) Interval {
	reading, before := action.Reading, action.Anchor
	own := func(a Anchor) bool {
		return a.sane() && !reading.Boot.IsZero() && a.Boot == reading.Boot && reading.Ticks >= 0 && reading.Ticks < maxSpan
	}
	var first Instant
	if before.sane() {
		first = max(before.here().Lo, 0) // whoever acted had that anchor already
	}
	result := Interval{Lo: first, Hi: receipt}
	narrow := func(by Interval) {
		result.Lo, result.Hi = max(result.Lo, by.Lo), min(result.Hi, by.Hi)
	}
	from, to := reading.Ticks, reading.Ticks
	if own(before) {
		// An answer may have come between the reading and its use: such an action is a moment
		// older than its anchor. Up to where, only its own ticks say, so it ends no earlier
		// than the anchor: nobody gains by setting ticks back.
		to = max(to, before.Ticks)
		by := before.bounds(from, to)
		first = max(min(first, by.Lo), 0)
		result.Lo = first
		narrow(by)
	}
	if own(reconnect) {
		narrow(reconnect.bounds(from, to))
	}
	if result.Lo > result.Hi {
		return Interval{Lo: min(first, receipt), Hi: receipt}
	}
	return result
}

// At is the moment an action counts from: its wall clock, clamped into what is possible.
func (i Interval) At(wall Instant) Instant { return min(max(wall, i.Lo), i.Hi) }
