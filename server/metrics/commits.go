package metrics

import (
	"context"

	"github.com/prometheus/client_golang/prometheus"

	"redress/server/ledger"
	"redress/server/store"
	"redress/syncproto"
)

// Commits measures how long batches take to be on the disk, and how many commands they have.
type Commits struct {
	clock func() syncproto.Span
	took  prometheus.Histogram
	size  prometheus.Histogram
}

// NewCommits measures by a monotonic clock.
func NewCommits(clock func() syncproto.Span) *Commits {
	return &Commits{
		clock: clock,
		took: prometheus.NewHistogram(prometheus.HistogramOpts{Name: "redress_commit_duration_seconds",
			Help: "How long a batch took to be on the disk.", Buckets: prometheus.ExponentialBuckets(0.0005, 2, 16)}), // to 16 s
		size: prometheus.NewHistogram(prometheus.HistogramOpts{Name: "redress_batch_commands",
			Help: "Commands of a batch.", Buckets: prometheus.ExponentialBuckets(1, 2, 9)}), // to 256, syncproto.MaxBatch
	}
}

// Store is the same store, for a ledger, measured from outside.
func (c *Commits) Store(s ledger.Store) ledger.Store { return measured{s, c} }

type measured struct {
	ledger.Store
	commits *Commits
}

// Append measures what is written. What failed is not counted: it may have waited for
// another program.
func (m measured) Append(ctx context.Context, b store.Batch) error {
	began := m.commits.clock()
	err := m.Store.Append(ctx, b)
	if err == nil {
		m.commits.took.Observe((m.commits.clock() - began).Duration().Seconds())
		m.commits.size.Observe(float64(len(b.Commands)))
	}
	return err
}
