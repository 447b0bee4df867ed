package gateway

import (
	"sync"

	"redress/syncproto"
)

// Names of the limits, as they are counted.
const (
	limitSessions    = "sessions"
	limitOpening     = "opening"
	limitConnections = "connections"
	limitOfAddress   = "address-connections"
	limitFirst       = "first-messages"
	limitByAddress   = "address-sessions"
	limitByDevice    = "device-sessions"
	limitAsks        = "requests"
)

// sayEvery is how often the log says that somebody was turned away at a limit: a flood does not
// fill it.
const sayEvery = syncproto.Second

// turnedAway counts who was not let in, and says in the log from where, so that an operator knows
// whom to keep out before the server. What is between two lines stands in the second as a number.
func (h *Hub) turnedAway(limit, from string, now syncproto.Instant) {
	if times := h.refusals.count(limit, now); times > 0 {
		h.log.Warn().Str("limit", limit).Str("address", from).Uint64("times", times).Msg("turned away")
	}
}

// refusals counts who was not let in, by the limit.
type refusals struct {
	mutex sync.Mutex
	by    map[string]*refusal
}

type refusal struct {
	all  uint64
	said uint64 // how many of them the log knows
	at   syncproto.Instant
}

// count counts one, and how many the log is to be told of now; 0 where it was told just before.
func (r *refusals) count(limit string, now syncproto.Instant) (times uint64) {
	r.mutex.Lock()
	defer r.mutex.Unlock()
	if r.by == nil {
		r.by = map[string]*refusal{}
	}
	of := r.by[limit]
	if of == nil {
		of = &refusal{}
		r.by[limit] = of
	}
	of.all++
	if since := now.Sub(of.at); of.said > 0 && since >= 0 && since < sayEvery { // a clock that was set back silences nothing
		return 0
	}
	times = of.all - of.said
	of.said, of.at = of.all, now
	return times
}

// Refused is how often since the start somebody was not let in, by the limit.
func (h *Hub) Refused() map[string]uint64 {
	h.refusals.mutex.Lock()
	defer h.refusals.mutex.Unlock()
	all := map[string]uint64{}
	for _, limit := range []string{limitSessions, limitOpening, limitConnections, limitOfAddress, limitFirst, limitByAddress, limitByDevice, limitAsks} {
		all[limit] = 0
		if of := h.refusals.by[limit]; of != nil {
			all[limit] = of.all
		}
	}
	return all
}
