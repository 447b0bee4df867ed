package scheduler

import (
	"context"
	"time"

	"github.com/rs/zerolog"

	"redress/server/ledger"
	"redress/server/store"
	"redress/syncproto"
)

// restAfterNothing is how long ticking rests when it achieved nothing: the disk is full,
// or a rule and its column do not agree.
const restAfterNothing = 5 * time.Second

// Ledger is what decides ticks.
type Ledger interface {
	Own(intent syncproto.Intent, now syncproto.Instant) ledger.Submission
	Commit(ctx context.Context, now syncproto.Instant, submissions []ledger.Submission) ([]ledger.Result, error)
}

// Ticking puts ticks through the ledger, a batch at a time, so that whoever else waits for
// the ledger waits for one batch and not for all that is due.
type Ticking struct {
	Ledger Ledger
	Clock  func() syncproto.Instant
	Log    zerolog.Logger
}

// Put returns when the ticks are decided and on the disk.
func (t Ticking) Put(ctx context.Context, ticks []syncproto.Intent) error {
	changed := false
	for len(ticks) > 0 {
		some := ticks[:min(len(ticks), syncproto.MaxBatch)]
		ticks = ticks[len(some):]
		at := t.Clock()
		submissions := make([]ledger.Submission, 0, len(some))
		for _, tick := range some {
			submissions = append(submissions, t.Ledger.Own(tick, at))
		}
		results, err := t.Ledger.Commit(ctx, at, submissions)
		if err != nil && !store.Passing(err) {
			return err
		}
		for i, r := range results {
			if r.Verdict.Seq > 0 {
				changed = true
				continue
			}
			t.Log.Error().Stringer("document", some[i].Subject).Msg("a due document changed nothing when ticked")
		}
	}
	if changed {
		return nil
	}
	rest := time.NewTimer(restAfterNothing)
	defer rest.Stop()
	select {
	case <-ctx.Done():
	case <-rest.C:
	}
	return nil
}
