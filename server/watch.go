package main

import (
	"context"
	"net/http"
	"slices"
	"time"

	"redress/server/gateway"
	"redress/server/metrics"
	"redress/server/scheduler"
)

// troubles are what is not as it should be now.
func (s *server) troubles() (all []gateway.Trouble) {
	doubt := s.scheduler.Doubt()
	for trouble, is := range map[gateway.Trouble]bool{
		gateway.DiskFull:       s.ledger.Full() && !s.room.NearlyFull(),
		gateway.DiskNearlyFull: s.room.NearlyFull(),
		gateway.DatabaseHeld:   s.ledger.Held(),
		gateway.Collecting:     s.ledger.Restoring(),
		gateway.CopyFailing:    s.copy != nil && s.copy.Trouble() != "",
		gateway.ClockJumped:    doubt == scheduler.Jumped,
		gateway.ClockBehind:    doubt == scheduler.Behind,
		gateway.HealsStopped:   s.hub.Differing(now()) > 0,
	} {
		if is {
			all = append(all, trouble)
		}
	}
	slices.Sort(all)
	return all
}

// roomChanged says that the disk is nearly full, or no longer.
func (s *server) roomChanged(nearlyFull bool) {
	if nearlyFull {
		s.log.Error().Uint64("bytes", s.room.Room()).Msg("the disk is nearly full: nothing more is taken until there is room, reading goes on")
		return
	}
	s.ledger.MadeRoom()
	s.log.Info().Uint64("bytes", s.room.Room()).Msg("there is room on the disk again")
}

// holdLooked is how often a server looks whether another program holds its database still.
const holdLooked = time.Second

// watchHold finds out when another program holds the database no longer.
func (s *server) watchHold(ctx context.Context) error {
	ticker := time.NewTicker(holdLooked)
	defer ticker.Stop()
	for {
		select {
		case <-ctx.Done():
			return nil
		case <-ticker.C:
		}
		if s.ledger.LookAgain(ctx) {
			s.log.Info().Msg("no other program holds the database any more")
		}
	}
}

// metricsHandler shows how the server is.
func (s *server) metricsHandler() http.Handler {
	sources := metrics.Sources{
		Log: s.figures, Commits: s.commits, Ledger: s.ledger, Sessions: s.hub, WAL: s.store.WALBytes, Room: s.room.Room,
		Words: words(gateway.Troubles()), Troubled: func() []string { return words(s.troubles()) },
	}
	if s.copy != nil {
		sources.Copy = s.copy
	}
	return metrics.Handler(sources, s.log)
}

func words(troubles []gateway.Trouble) (all []string) {
	for _, t := range troubles {
		all = append(all, string(t))
	}
	return all
}
