package gateway

import (
	"context"
	"sync"

	"redress/server/store"
	"redress/syncproto"
)

const (
	// agedFor is how old an entry is that counts as covered where no copy is kept, and
	// agedEvery how often it is looked which those are.
	agedFor   = 30 * 24 * syncproto.Hour
	agedEvery = syncproto.Hour
)

// line is the line of the log's epochs. The ends of former epochs never change.
type line struct {
	mutex   sync.Mutex
	ends    syncproto.Covered
	aged    uint64
	agedNow syncproto.Instant
}

// covered is the line of epochs as of now, the newest as far as the copy holds it.
func (h *Hub) covered(ctx context.Context, now syncproto.Instant) (syncproto.Covered, error) {
	h.line.mutex.Lock()
	defer h.line.mutex.Unlock()
	l := &h.line
	age := now.Sub(l.agedNow) // below 0 where the clock was ahead and was put right: nothing is so old
	if l.ends == nil || h.Copy == nil && (age > agedEvery || age < 0) {
		err := h.store.View(ctx, func(v *store.View) (err error) {
			if l.ends, err = v.EpochEnds(); err == nil && h.Copy == nil {
				l.aged, err = v.LastBefore(now.Add(-agedFor))
				l.agedNow = now
			}
			return err
		})
		if err != nil {
			l.ends = nil
			return nil, err
		}
	}
	if len(l.ends) == 0 {
		return nil, nil
	}
	mark := l.aged
	if h.Copy != nil {
		mark = h.Copy.Mark()
	}
	told := append(syncproto.Covered{}, l.ends...)
	told[len(told)-1].Seq = mark
	return told, nil
}
