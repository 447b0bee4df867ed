package main

import (
	"context"
	"time"

	"redress/server/ledger"
	"redress/server/store"
	"redress/syncproto"
	"redress/syncproto/policy"
)

// restAfterNothing is how long ticking rests when it achieved nothing: the disk is full,
// or a rule and its column do not agree.
const restAfterNothing = 5 * time.Second

func (s *server) currentPolicy() policy.Body { return s.ledger.Reference().Policy }

// tick puts ticks through the ledger, a batch at a time.
func (s *server) tick(ctx context.Context, ticks []syncproto.Intent) error {
	changed := false
	for len(ticks) > 0 {
		some := ticks[:min(len(ticks), syncproto.MaxBatch)]
		ticks = ticks[len(some):]
		at := now()
		submissions := make([]ledger.Submission, 0, len(some))
		for _, t := range some {
			submissions = append(submissions, s.ledger.Own(t, at))
		}
		results, err := s.ledger.Commit(ctx, at, submissions)
		if err != nil && !store.Passing(err) {
			return err
		}
		for i, r := range results {
			if r.Verdict.Seq > 0 {
				changed = true
				continue
			}
			s.log.Error().Stringer("document", some[i].Subject).Msg("a due document changed nothing when ticked")
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
