package redress_test

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"slices"
	"testing"
	"time"

	"github.com/google/uuid"
	"github.com/rs/zerolog"

	"redress/server/audit"
	"redress/server/ledger"
	"redress/server/ledger/ledgertest"
	"redress/server/scheduler"
	"redress/server/store"
	"redress/syncproto"
	"redress/syncproto/policy"
)

// How large the figures are: make bench asks for the sizes of design §12, and a plain test
// for so few that it only sees to it that the benchmark still does what it says.
var (
	benchOpen = flag.Int("open", 3000, "how many open tickets the figures are taken with")
	benchDue  = flag.Int("due", 300, "how many of them become due at once")
)

// full is from how many open tickets on the goals of design §12 must be met.
const full = 1_000_000

// figure prints one line: name, value, unit, and what it is in proportion to what stands
// beside it in the same run.
func figure(name string, value float64, unit string, ratio float64) {
	fmt.Printf("%s\t%.3f\t%s\t%.2f\n", name, value, unit, ratio)
}

// TestFiguresOfTheTick takes the last row of design §12: 10,000 due of 1,000,000 open fire
// within 2 s, and an idle scan costs nothing.
//
// Real are the scheduler and its loop, the ledger, and the store on a file with
// synchronous=FULL; timed is from the moment the scheduler may look to the return of the
// commit that fires the last. Not there are connected desks. How the log was made, and what
// is not as in life about it, see bench_log_test.go.
//
//	tick.due   all that is due, fired and durable; in proportion to tick.raw
//	tick.raw   the very batches of that run written to a copy of the log: no query, no rule
//	tick.idle  one look that finds nothing due; in proportion to one with 1,000 open
func TestFiguresOfTheTick(t *testing.T) {
	log := logOf(t, *benchOpen, *benchDue)
	small := logOf(t, full/1000, 1)
	idle := idleLook(t, log)
	figure("tick.idle", idle.Seconds()*1e6, "µs", idle.Seconds()/idleLook(t, small).Seconds())

	took, batches, fired := fire(t, log)
	raw, again := replay(t, log, batches)
	figure("tick.due", took.Seconds(), "s", took.Seconds()/raw.Seconds())
	figure("tick.raw", raw.Seconds(), "s", 1)
	if fired != again {
		t.Errorf("the same batches made two logs: %v and %v", fired, again)
	}
	if limit := 2 * time.Second; *benchOpen >= full && took > limit {
		t.Errorf("%d due of %d open took %v, the goal is %v", *benchDue, *benchOpen, took, limit)
	}
}

// benchLog is a log on the disk, to be copied before it is changed.
type benchLog struct {
	path  string
	due   int               // how many tickets
	wakes syncproto.Instant // the first instant at which anything is to be done
	fires syncproto.Instant // when all of them are past their due time
}

// copied opens a copy that is gone when the test is over.
func (l benchLog) copied(t *testing.T) *store.Store {
	t.Helper()
	from, err := os.Open(l.path)
	if err != nil {
		t.Fatal(err)
	}
	to, err := os.CreateTemp(filepath.Dir(l.path), "copy-*.db") // beside it: on the same disk
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		for _, more := range []string{"", "-wal", "-shm"} {
			_ = os.Remove(to.Name() + more)
		}
	})
	_, err = io.Copy(to, from)
	if err = errors.Join(err, to.Sync(), to.Close(), from.Close()); err != nil {
		t.Fatal(err)
	}
	return open(t, to.Name())
}

func open(t *testing.T, path string) *store.Store {
	t.Helper()
	s, err := store.Open(t.Context(), path)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = s.Close() })
	return s
}

// nobody has a backlog.
type nobody struct{}

func (nobody) Pending(syncproto.ID) bool { return false }

// at is a moment whose two clocks agree.
func at(wall syncproto.Instant) scheduler.Moment {
	return scheduler.Moment{Wall: wall, Mono: syncproto.Span(wall)}
}

// idleLook is what a look costs that finds nothing due.
func idleLook(t *testing.T, log benchLog) time.Duration {
	t.Helper()
	s := open(t, log.path)
	sleeping := scheduler.New(s, nobody{}, at(log.wakes.Add(-syncproto.Hour)), 0)
	looks := make([]time.Duration, 201)
	for n := range looks {
		before := time.Now()
		look, err := sleeping.Look(t.Context(), at(log.wakes.Add(-syncproto.Minute)), policy.Default(1))
		looks[n] = time.Since(before)
		if err != nil || len(look.Ticks) > 0 || look.Again != log.wakes {
			t.Fatalf("an idle look found %d due, the next at %v: %v", len(look.Ticks), look.Again, err)
		}
	}
	slices.Sort(looks)
	return looks[len(looks)/2]
}

// fire lets all that is due become due at once and times the scheduler until the last has
// fired; returned are also what was appended and where the log ends then.
func fire(t *testing.T, log benchLog) (time.Duration, []store.Batch, store.Head) {
	t.Helper()
	recorder := &ledgertest.Recorder{Store: log.copied(t)}
	l, err := ledger.Open(t.Context(), recorder, func() syncproto.ID { return syncproto.ID(uuid.Must(uuid.NewV7())) }, zerolog.Nop())
	if err != nil {
		t.Fatal(err)
	}
	before := l.Head().Seq
	started := time.Now()
	wall := func() syncproto.Instant { return log.fires.Add(syncproto.SpanOf(time.Since(started))) }
	ticking := scheduler.Ticking{Ledger: l, Clock: wall, Log: zerolog.New(os.Stderr)}
	ctx, stop := context.WithCancel(t.Context())
	defer stop()
	var took time.Duration
	world := scheduler.World{
		Clock:  func() scheduler.Moment { return at(wall()) },
		Policy: func() policy.Body { return l.Reference().Policy },
		Put: func(ctx context.Context, ticks []syncproto.Intent) error {
			err := ticking.Put(ctx, ticks)
			if l.Head().Seq-before >= uint64(log.due) {
				took = time.Since(started)
				stop()
			}
			return err
		},
		Log: zerolog.Nop(),
	}
	s := scheduler.New(recorder.Store, nobody{}, at(log.fires.Add(-syncproto.Hour)), l.LastTime())
	started = time.Now()
	if err := s.Run(ctx, world); err != nil && !errors.Is(err, context.Canceled) {
		t.Fatal(err)
	}
	checkFired(t, log, recorder.Store, l.Head().Seq-before)
	return took, recorder.Batches, l.Head()
}

// checkFired sees to it that what was timed is what was promised: each fired, once.
func checkFired(t *testing.T, log benchLog, s *store.Store, entries uint64) {
	t.Helper()
	if entries != uint64(log.due) {
		t.Errorf("%d entries for %d due", entries, log.due)
	}
	err := s.View(t.Context(), func(v *store.View) error {
		due, err := v.Due(log.fires.Add(syncproto.Minute), 10)
		if len(due) > 0 {
			t.Errorf("%v is still due", due[0].Ref)
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	if *benchOpen >= full {
		return // a plain test has audited the same in small
	}
	report, err := audit.Run(t.Context(), s)
	if err != nil || len(report.Wrong) > 0 {
		t.Errorf("the audit found %v, %v", report.Wrong, err)
	}
}

// replay writes the batches to another copy.
func replay(t *testing.T, log benchLog, batches []store.Batch) (time.Duration, store.Head) {
	t.Helper()
	s := log.copied(t)
	started := time.Now()
	for _, b := range batches {
		if err := s.Append(t.Context(), b); err != nil {
			t.Fatal(err)
		}
	}
	took := time.Since(started)
	var head store.Head
	err := s.View(t.Context(), func(v *store.View) (err error) {
		head, err = v.Head()
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return took, head
}
