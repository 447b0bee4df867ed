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

// How far a device's ticks may be off (design §6).
const (
	driftPerMillion = 200
	readingSlack    = 50 * Millisecond
)

// bounds is where the action can lie judged by one anchor of its own boot.
func (a Anchor) bounds(action Reading) Interval {
	elapsed := action.Ticks - a.Ticks
	err := a.RTT/2 + max(elapsed, -elapsed)/1_000_000*driftPerMillion + readingSlack
	middle := a.Server.Add(elapsed)
	return Interval{Lo: middle.Add(-err), Hi: middle.Add(err)}
}

// Bound makes the interval of an action (design §6). before is the anchor that the action
// carries; reconnect is the anchor of the session that hands it in, zero on a desk that
// asks for itself; receipt is the latest the action can have happened: the server's time
// at hand-in, or the largest Instant on a desk that cannot know.
//
// Any anchor of the action's own boot bounds it from both sides. An anchor of an earlier
// boot bounds it from below only. With none of its own boot, or with anchors that
// contradict each other (a paused machine, tampering), Hi is the receipt: nobody is
// blamed, and nobody can gain by it either.
func Bound(action Readings, reconnect Anchor, receipt Instant) Interval {
	result := Interval{Hi: receipt}
	own := func(a Anchor) bool { return !a.IsZero() && a.Boot == action.Reading.Boot }
	narrow := func(by Interval) {
		result.Lo, result.Hi = max(result.Lo, by.Lo), min(result.Hi, by.Hi)
	}
	before := action.Anchor
	if !before.IsZero() && !own(before) {
		narrow(Interval{Lo: before.Server.Add(-before.RTT/2 - readingSlack), Hi: receipt})
	}
	lowest := result.Lo
	if own(before) {
		narrow(before.bounds(action.Reading))
		lowest = min(max(lowest, before.Server.Add(-before.RTT/2-readingSlack)), receipt)
	}
	if own(reconnect) {
		narrow(reconnect.bounds(action.Reading))
	}
	if result.Lo > result.Hi {
		return Interval{Lo: min(lowest, receipt), Hi: receipt}
	}
	return result
}

// At is the moment an action counts from: its wall clock, clamped into what is possible.
func (i Interval) At(wall Instant) Instant { return min(max(wall, i.Lo), i.Hi) }
