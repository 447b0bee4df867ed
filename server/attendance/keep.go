package attendance

import (
	"context"
	"errors"
	"slices"
	"time"

	"github.com/rs/zerolog"

	"redress/server/store"
)

// Run writes what changed until ctx is done, and once more then. It returns an error only
// where nobody can tell any more what is on the disk; what could not be written for another
// reason is written later.
func (a *Attendance) Run(ctx context.Context, log zerolog.Logger) error {
	ticker := time.NewTicker(WriteEvery.Duration())
	defer ticker.Stop()
	for {
		over := false
		select {
		case <-ticker.C:
		case <-ctx.Done():
			over = true
		}
		err := a.Write(context.WithoutCancel(ctx))
		if errors.Is(err, store.ErrUncertain) {
			return err
		}
		if err != nil {
			log.Warn().Err(err).Msg("when desks were heard could not be kept; tried again")
		}
		if over {
			return nil
		}
	}
}

// Write keeps what changed.
func (a *Attendance) Write(ctx context.Context) error {
	if a.store == nil {
		return nil
	}
	var failed []error
	for some := range slices.Chunk(a.toWrite(), writeAtOnce) {
		if err := a.store.SetPresence(ctx, some); err != nil {
			failed = append(failed, err)
			a.again(some)
		}
	}
	return errors.Join(failed...)
}

// toWrite are the desks of which something changed, or that were heard long after it was
// written. They count as written.
func (a *Attendance) toWrite() []store.Presence {
	a.mutex.Lock()
	defer a.mutex.Unlock()
	var some []store.Presence
	for _, d := range a.desks {
		p := d.now()
		if !d.changed && p.Seen.Sub(d.written) < RefreshEvery {
			continue
		}
		d.changed, d.written = false, p.Seen
		some = append(some, p)
	}
	slices.SortFunc(some, func(x, y store.Presence) int { return slices.Compare(x.Device[:], y.Device[:]) })
	return some
}

// again has desks written at the next time that could not be at this one.
func (a *Attendance) again(some []store.Presence) {
	a.mutex.Lock()
	defer a.mutex.Unlock()
	for _, p := range some {
		a.desks[p.Device].changed = true
	}
}
