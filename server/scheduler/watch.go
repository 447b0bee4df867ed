package scheduler

import "redress/syncproto"

// Moment is what the server's two clocks show: the wall clock, which someone may set, and
// a monotonic one, which nobody can.
type Moment struct {
	Wall syncproto.Instant
	Mono syncproto.Span
}

// Doubt is why the wall clock is not believed.
type Doubt string

// Doubts.
const (
	Jumped Doubt = "jumped" // it moved against the monotonic clock
	Behind Doubt = "behind" // the server started before the last entry
)

// How far the wall clock may be off before nothing fires any more (design §6).
const (
	maxJump   = 10 * syncproto.Second
	maxBehind = 5 * syncproto.Minute
)

// Watch compares the wall clock with the monotonic one.
type Watch struct {
	last  Moment
	doubt Doubt
}

// NewWatch begins at a moment; last is the time of the log's last entry.
func NewWatch(start Moment, last syncproto.Instant) Watch {
	w := Watch{last: start}
	if last.Sub(start.Wall) > maxBehind {
		w.doubt = Behind
	}
	return w
}

// Doubt is why the clock is not believed; "" where it is.
func (w *Watch) Doubt() Doubt { return w.doubt }

// Suspect says that the clock had jumped before, and nobody has confirmed it since.
func (w *Watch) Suspect() {
	if w.doubt == "" {
		w.doubt = Jumped
	}
}

// Observe takes a new moment. A doubt stays until a new Watch is made.
func (w *Watch) Observe(now Moment) Doubt {
	jump := now.Wall.Sub(w.last.Wall) - (now.Mono - w.last.Mono)
	if w.doubt == "" && max(jump, -jump) > maxJump {
		w.doubt = Jumped
	}
	w.last = now
	return w.doubt
}
