package scheduler

import (
	"context"
	"errors"
	"slices"
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
	Begin(ctx context.Context, now syncproto.Instant, submissions []ledger.Submission) (end func() ([]ledger.Result, error))
}

// Ticking puts ticks through the ledger, a batch at a time, so that whoever else waits for
// the ledger waits for two batches at the most, and not for all that is due.
type Ticking struct {
	Ledger Ledger
	Clock  func() syncproto.Instant
	Log    zerolog.Logger
}

// Put returns when the ticks are decided and on the disk. A batch is decided while the one
// before it is being written. What fires is what was due as of the look that found them: nobody has
// compared the clocks since.
func (t Ticking) Put(ctx context.Context, looked syncproto.Instant, ticks []syncproto.Intent) error {
	changed, last := false, func() error { return nil }
	for some := range slices.Chunk(ticks, syncproto.MaxBatch) {
		end := t.begin(ctx, looked, some, &changed)
		if err := last(); err != nil {
			return errors.Join(err, end())
		}
		last = end
	}
	if err := last(); err != nil {
		return err
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

// begin has ticks decided. The function it returns waits until they are on the disk, and
// notes whether they changed anything.
func (t Ticking) begin(ctx context.Context, looked syncproto.Instant, ticks []syncproto.Intent, changed *bool) (end func() error) {
	submissions := make([]ledger.Submission, 0, len(ticks))
	for _, tick := range ticks {
		submissions = append(submissions, t.Ledger.Own(tick, looked))
	}
	written := t.Ledger.Begin(ctx, t.Clock(), submissions)
	return func() error {
		results, err := written()
		if err != nil && !store.Passing(err) {
			return err
		}
		for i, r := range results {
			if r.Verdict.Seq > 0 {
				*changed = true
				continue
			}
			t.Log.Error().Stringer("document", ticks[i].Subject).Msg("a due document changed nothing when ticked")
		}
		return nil
	}
}
