package scheduler

import (
	"context"
	"time"

	"github.com/rs/zerolog"

	"redress/syncproto"
	"redress/syncproto/policy"
)

// longest is how long the scheduler sleeps at the most: often enough that what slow
// adjustment of the clock adds up to between two looks is no jump.
const longest = 10 * syncproto.Second

// World is what the loop needs of the server around it.
type World struct {
	Clock  func() Moment
	Policy func() policy.Body
	// Put has ticks decided as of when it was looked, and returns when they are.
	Put func(ctx context.Context, looked syncproto.Instant, ticks []syncproto.Intent) error
	// Changed tells that the log or a backlog changed.
	Changed <-chan struct{}
	// Confirmed tells that an operator found the time right.
	Confirmed <-chan struct{}
	Log       zerolog.Logger
}

// Run looks whenever something changed or becomes due, until ctx is done or the ledger or
// the store fails.
func (s *Scheduler) Run(ctx context.Context, w World) error {
	var told Doubt
	for {
		now := w.Clock()
		look, err := s.Look(ctx, now, w.Policy())
		if err != nil {
			return err
		}
		doubt := s.Doubt()
		if doubt != "" && doubt != told {
			w.Log.Error().Str("doubt", string(doubt)).Msg("the wall clock is not believed: nothing fires until an operator confirms it")
		}
		told = doubt
		if len(look.Ticks) > 0 {
			if err := w.Put(ctx, now.Wall, look.Ticks); err != nil {
				return err
			}
			continue
		}
		if err := s.sleep(ctx, w, now, look.Again); err != nil {
			return nil //nolint:nilerr // the server goes down: not a failure of the scheduler
		}
	}
}

// sleep waits until there may be something to do. An error says that ctx is done.
func (s *Scheduler) sleep(ctx context.Context, w World, now Moment, again syncproto.Instant) error {
	wait := longest
	if again > now.Wall {
		wait = min(wait, again.Sub(now.Wall))
	}
	timer := time.NewTimer(wait.Duration())
	defer timer.Stop()
	select {
	case <-ctx.Done():
		return ctx.Err()
	case <-timer.C:
	case <-w.Changed:
	case <-w.Confirmed:
		s.Confirm(w.Clock())
		w.Log.Info().Msg("an operator confirmed the wall clock")
	}
	return nil
}
