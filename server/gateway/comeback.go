package gateway

import (
	"errors"

	"redress/server/store"
	"redress/syncproto"
	"redress/syncproto/session"
)

// When a desk comes back after the server could not do its part: not all at once, each at a
// time of its own within the spread (design §8).
const (
	// toRoom: the disk is full. Then the desk hands in again; to read on it comes back from
	// readOn on.
	toRoom       = syncproto.Minute
	toRoomSpread = 30 * syncproto.Second
	readOn       = syncproto.Second
	readOnSpread = 9 * syncproto.Second
	// toQuiet: another program held the database.
	toQuiet       = 10 * syncproto.Second
	toQuietSpread = 10 * syncproto.Second
	// toCalm: there were too many at once.
	toCalm       = 5 * syncproto.Second
	toCalmSpread = 55 * syncproto.Second
	// toNext: the server goes down, and the next one is up; within what spread says whoever
	// stops it.
	toNext = syncproto.Second
)

// golden is 2⁶⁴ over the golden ratio: its multiples, cut to 64 bits, lie as far from each
// other as so many can, however many there are.
const golden = 0x9E3779B97F4A7C15

// comeBack is one desk's own time to come back: at least so long, and within the spread after
// it. However many ask in a row, they come back evenly.
func (h *Hub) comeBack(least, spread syncproto.Span) syncproto.Span {
	part := float64(h.came.Add(1)*golden>>11) / (1 << 53)
	return least + syncproto.Span(part*float64(spread))
}

// closingFor is how a session ends because the server could not do its part.
func (h *Hub) closingFor(err error) session.Closing {
	switch {
	case errors.Is(err, store.ErrFull):
		return session.Closing{Code: syncproto.CodeDiskFull, RetryAfter: h.comeBack(toRoom, toRoomSpread), ReadAfter: h.comeBack(readOn, readOnSpread)}
	case store.Passing(err):
		return session.Closing{Code: syncproto.CodeOverloaded, RetryAfter: h.comeBack(toQuiet, toQuietSpread)}
	}
	return session.Closing{Code: syncproto.CodeInternal}
}
