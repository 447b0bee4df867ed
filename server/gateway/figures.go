package gateway

import (
	"sync/atomic"

	"redress/syncproto"
)

// figures are what operators ask about the sessions. They are counted where they are known.
type figures struct {
	heals   atomic.Uint64
	stopped atomic.Uint64
	// differing are the devices that stopped healing, and when. The hub's mutex is held.
	differing map[syncproto.ID]syncproto.Instant
}

// differsFor is how long a desk that stopped healing counts as one that differs: after an
// hour it tries again, and where that does not help it says so anew.
const differsFor = syncproto.Hour + 10*syncproto.Minute

// maxDiffering is how many such desks are remembered; more is no news.
const maxDiffering = 1024

// Heals is how often since the start a desk fetched again what it held, and how often one
// stopped doing so because it did not help.
func (h *Hub) Heals() (healed, stopped uint64) {
	return h.figures.heals.Load(), h.figures.stopped.Load()
}

// stoppedHealing notes a desk that differs and heals no more.
func (h *Hub) stoppedHealing(device syncproto.ID, now syncproto.Instant) {
	h.figures.stopped.Add(1)
	h.mutex.Lock()
	defer h.mutex.Unlock()
	if h.figures.differing == nil {
		h.figures.differing = map[syncproto.ID]syncproto.Instant{}
	}
	if len(h.figures.differing) < maxDiffering {
		h.figures.differing[device] = now
	}
}

// Differing is how many desks hold something else than they should and have stopped healing.
func (h *Hub) Differing(now syncproto.Instant) int {
	h.mutex.Lock()
	defer h.mutex.Unlock()
	for device, at := range h.figures.differing {
		if now.Sub(at) > differsFor {
			delete(h.figures.differing, device)
		}
	}
	return len(h.figures.differing)
}

// Opening is how many lines have not proved yet whose they are.
func (h *Hub) Opening() int {
	h.mutex.Lock()
	defer h.mutex.Unlock()
	return len(h.opening)
}

// Lag is by how many entries the slowest of the desks that read is behind the head.
func (h *Hub) Lag() (lag uint64) {
	head := h.publication.Head()
	h.mutex.Lock()
	defer h.mutex.Unlock()
	for c := range h.sessions {
		if at, reads := c.reached(); reads {
			lag = max(lag, head-min(at, head))
		}
	}
	return lag
}

// reached is how far the desk said it is; false where it reads nothing. Anybody may ask.
func (c *Conversation) reached() (uint64, bool) {
	at := c.at.Load()
	if at == nil {
		return 0, false
	}
	return *at, true
}

// note keeps how far the desk is, for whoever asks.
func (c *Conversation) note() {
	at, reads := c.machine.Reached()
	before, known := c.reached()
	switch {
	case !reads:
		c.at.Store(nil)
	case !known || at != before:
		c.at.Store(&at)
	}
}
