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
}

func (c *counting) Own(_ syncproto.Intent, now syncproto.Instant) ledger.Submission {
	return ledger.Submission{Source: ledger.FromServer, Received: now}
}

func (c *counting) Begin(_ context.Context, now syncproto.Instant, submissions []ledger.Submission) func() ([]ledger.Result, error) {
	c.sizes, c.times = append(c.sizes, len(submissions)), append(c.times, now)
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
	if err := ticking.Put(t.Context(), make([]syncproto.Intent, 2*syncproto.MaxBatch+88)); err != nil {
		t.Fatal(err)
	}
	if want := []int{syncproto.MaxBatch, syncproto.MaxBatch, 88}; !slices.Equal(l.sizes, want) {
		t.Errorf("batches of %v, want %v", l.sizes, want)
	}
	if want := []syncproto.Instant{noon + 1, noon + 2, noon + 3}; !slices.Equal(l.times, want) {
		t.Errorf("decided at %v, want %v", l.times, want)
	}
}
