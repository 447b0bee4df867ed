package scheduler

import (
	"context"
	"slices"
	"testing"

	"github.com/rs/zerolog"

	"redress/server/ledger"
	"redress/syncproto"
)

// counting is a ledger that counts what it is given together, and when.
type counting struct {
	sizes []int
	times []syncproto.Instant
	asOf  []syncproto.Instant // of the first of each
}

func (c *counting) Own(_ syncproto.Intent, now syncproto.Instant) ledger.Submission {
	return ledger.Submission{Source: ledger.FromServer, Received: now}
}

func (c *counting) Begin(_ context.Context, now syncproto.Instant, submissions []ledger.Submission) func() ([]ledger.Result, error) {
	c.sizes, c.times = append(c.sizes, len(submissions)), append(c.times, now)
	c.asOf = append(c.asOf, submissions[0].Received)
	results := make([]ledger.Result, len(submissions))
	for n := range results {
		results[n].Verdict.Seq = uint64(n + 1)
	}
	return func() ([]ledger.Result, error) { return results, nil }
}

// TestTicksAreDecidedABatchAtATime, each batch at its own time: others take their turn
// between them.
func TestTicksAreDecidedABatchAtATime(t *testing.T) {
	l := &counting{}
	now := noon
	clock := func() syncproto.Instant { now++; return now }
	ticking := Ticking{Ledger: l, Clock: clock, Log: zerolog.Nop()}
	if err := ticking.Put(t.Context(), noon, make([]syncproto.Intent, 2*syncproto.MaxBatch+88)); err != nil {
		t.Fatal(err)
	}
	if want := []int{syncproto.MaxBatch, syncproto.MaxBatch, 88}; !slices.Equal(l.sizes, want) {
		t.Errorf("batches of %v, want %v", l.sizes, want)
	}
	if want := []syncproto.Instant{noon + 1, noon + 2, noon + 3}; !slices.Equal(l.times, want) {
		t.Errorf("decided at %v, want %v", l.times, want)
	}
}

// TestAClockThatJumpsAmidTheTicksFiresNothingEarly: whether the wall clock is believed is found out where
// it is looked, and what was due then is what fires (design §6).
func TestAClockThatJumpsAmidTheTicksFiresNothingEarly(t *testing.T) {
	l := &counting{}
	clock := noon
	ticking := Ticking{Ledger: l, Clock: func() syncproto.Instant { clock = clock.Add(syncproto.Day); return clock }, Log: zerolog.Nop()}
	if err := ticking.Put(t.Context(), noon, make([]syncproto.Intent, syncproto.MaxBatch+1)); err != nil {
		t.Fatal(err)
	}
	if want := []syncproto.Instant{noon, noon}; !slices.Equal(l.asOf, want) {
		t.Errorf("what is due as of %v fires, and was looked for as of %v", l.asOf, want)
	}
}
