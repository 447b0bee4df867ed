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
	"strings"
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

// figure prints one line: name, value, unit, what it is in proportion to what stands
// beside it in the same run, and the goal of design §12 where it has one.
func figure(name string, value float64, unit string, ratio float64, goal ...string) {
	line := fmt.Sprintf("%s\t%.3f\t%s\t%.2f", name, value, unit, ratio)
	fmt.Fprintln(os.Stdout, strings.Join(append([]string{line}, goal...), "\t"))
}

// TestFiguresOfTheTick takes the last row of design §12: 10,000 due of 1,000,000 open fire
// within 2 s, and an idle scan costs nothing.
//
// Real are the scheduler and its loop, the ledger, and the store on a file with
// synchronous=FULL; timed is from the moment the scheduler may look to the return of the
// commit that fires the last. Not there are connected desks. How the log was made, and what
// is not as in life about it, see bench_log_test.go.
//
//	tick.idle        one look that finds nothing due; in proportion to one with 1,000 open
//	tick.due         10,000 that were opened one after the other fire; to its raw
//	tick.due.raw     the batches of that run written to a copy of the log: no query, no rule
//	tick.spread      10,000 of all over the log fire; to its raw
//	tick.spread.raw  the batches of that run, likewise
func TestFiguresOfTheTick(t *testing.T) {
	if *benchOpen < 5**benchDue {
		t.Fatalf("-open %d is too few for -due %d of each kind: at least five times as many", *benchOpen, *benchDue)
	}
	log := logOf(t, *benchOpen, *benchDue)
	small := logOf(t, full/1000, 1)
	idle, beside := idleLooks(t, log, small)
	figure("tick.idle", idle.Seconds()*1e6, "µs", idle.Seconds()/beside.Seconds(), "goal: costs nothing")

	runs := []*run{{name: "tick.due", at: log.together, goal: []string{"goal: ≤ 2 s"}}, {name: "tick.spread", at: log.spread}}
	real := fire(t, log, runs)
	if raw := replay(t, log, runs); raw != real {
		t.Errorf("the same batches made two logs: %v and %v", real, raw)
	}
	for _, r := range runs {
		figure(r.name, r.took.Seconds(), "s", r.took.Seconds()/r.raw.Seconds(), r.goal...)
		figure(r.name+".raw", r.raw.Seconds(), "s", 1)
	}
	if took, limit := runs[0].took, 2*time.Second; *benchOpen >= full && took > limit {
		t.Errorf("%d due of %d open took %v, the goal is %v", *benchDue, *benchOpen, took, limit)
	}
}

// run is one time at which much becomes due.
type run struct {
	name    string
	at      syncproto.Instant
	took    time.Duration
	raw     time.Duration
	batches []store.Batch
	goal    []string
}

// benchLog is a log on the disk, to be copied before it is changed.
type benchLog struct {
	path             string
	due              int               // how many tickets of each kind
	wakes            syncproto.Instant // the first instant at which anything is to be done
	together, spread syncproto.Instant // when the two kinds are past their due time
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

func (nobody) AnyPending() bool { return false }
func (nobody) Restoring() bool  { return false }

// at is a moment whose two clocks agree.
func at(wall syncproto.Instant) scheduler.Moment {
	return scheduler.Moment{Wall: wall, Mono: syncproto.Span(wall)}
}

// idleLooks is what a look costs that finds nothing due, on each of two logs. They are
// taken in turn, so that what else the machine does concerns both.
func idleLooks(t *testing.T, logs ...benchLog) (time.Duration, time.Duration) {
	t.Helper()
	var looks [2][]time.Duration
	var sleeping [2]*scheduler.Scheduler
	var kept []*store.Store
	defer func() { // before the files are copied
		for _, s := range kept {
			_ = s.Close()
		}
	}()
	for n, log := range logs {
		s := open(t, log.path)
		kept = append(kept, s)
		sleeping[n] = scheduler.New(s, nobody{}, at(log.wakes.Add(-syncproto.Hour)), 0)
	}
	for range 501 {
		for n, log := range logs {
			before := time.Now()
			look, err := sleeping[n].Look(t.Context(), at(log.wakes.Add(-syncproto.Minute)), policy.Default(1))
			looks[n] = append(looks[n], time.Since(before))
			if err != nil || len(look.Ticks) > 0 || look.Again != log.wakes {
				t.Fatalf("an idle look found %d due, the next at %v: %v", len(look.Ticks), look.Again, err)
			}
		}
	}
	for n := range looks {
		slices.Sort(looks[n])
	}
	return looks[0][len(looks[0])/2], looks[1][len(looks[1])/2]
}

// fire plays the runs on a copy of the log, each on a scheduler that has slept until then,
// and returns where the log ends then.
func fire(t *testing.T, log benchLog, runs []*run) store.Head {
	t.Helper()
	recorder := &ledgertest.Recorder{Store: log.copied(t)}
	l, err := ledger.Open(t.Context(), recorder, func() syncproto.ID { return syncproto.ID(uuid.Must(uuid.NewV7())) }, zerolog.Nop())
	if err != nil {
		t.Fatal(err)
	}
	for _, r := range runs {
		recorder.Forget()
		before := l.Head().Seq
		r.took = fireOnce(t, recorder.Store, l, r.at, log.due)
		r.batches = recorder.All()
		if entries := l.Head().Seq - before; entries != uint64(log.due) {
			t.Errorf("%s: %d entries for %d due", r.name, entries, log.due)
		}
		checkNothingDue(t, recorder.Store, r.at)
	}
	if *benchOpen < full { // a plain test audits in small what this does in large
		report, err := audit.Run(t.Context(), recorder.Store)
		if err != nil || len(report.Wrong) > 0 {
			t.Errorf("the audit found %v, %v", report.Wrong, err)
		}
	}
	return l.Head()
}

// fireOnce times the scheduler from an instant at which so many are due until the last has
// fired.
func fireOnce(t *testing.T, s *store.Store, l *ledger.Ledger, due syncproto.Instant, count int) time.Duration {
	t.Helper()
	ctx, stop := context.WithCancel(t.Context())
	defer stop()
	sleeping := scheduler.New(s, nobody{}, at(due.Add(-10*syncproto.Minute)), l.LastTime())
	want := l.Head().Seq + uint64(count)
	started := time.Now()
	wall := func() syncproto.Instant { return due.Add(syncproto.SpanOf(time.Since(started))) }
	ticking := scheduler.Ticking{Ledger: l, Clock: wall, Log: zerolog.New(os.Stderr)}
	var took time.Duration
	err := sleeping.Run(ctx, scheduler.World{
		Clock:  func() scheduler.Moment { return at(wall()) },
		Policy: func() policy.Body { return l.Reference().Policy },
		Put: func(ctx context.Context, looked syncproto.Instant, ticks []syncproto.Intent) error {
			err := ticking.Put(ctx, looked, ticks)
			if l.Head().Seq >= want {
				took = time.Since(started)
				stop()
			}
			return err
		},
		Log: zerolog.Nop(),
	})
	if err != nil && !errors.Is(err, context.Canceled) {
		t.Fatal(err)
	}
	return took
}

func checkNothingDue(t *testing.T, s *store.Store, now syncproto.Instant) {
	t.Helper()
	err := s.View(t.Context(), func(v *store.View) error {
		due, err := v.Due(now, 1)
		if len(due) > 0 {
			t.Errorf("%v is still due", due[0].Ref)
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
}

// replay writes the batches of the runs to another copy.
func replay(t *testing.T, log benchLog, runs []*run) store.Head {
	t.Helper()
	s := log.copied(t)
	for _, r := range runs {
		started := time.Now()
		for _, b := range r.batches {
			if err := s.Append(t.Context(), b); err != nil {
				t.Fatal(err)
			}
		}
		r.raw = time.Since(started)
	}
	var head store.Head
	err := s.View(t.Context(), func(v *store.View) (err error) {
		head, err = v.Head()
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return head
}
