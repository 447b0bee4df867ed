package ledger_test

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"slices"
	"sync"
	"testing"

	"github.com/rs/zerolog"
	_ "modernc.org/sqlite"

	"redress/server/ledger"
	"redress/server/ledger/ledgertest"
	"redress/server/store"
	"redress/syncproto"
	"redress/syncproto/authority"
	"redress/syncproto/organisation"
	"redress/syncproto/rules"
	"redress/syncproto/ticket"
)

// failing is a real store whose Append fails where fail says so, before anything is
// written.
type failing struct {
	*store.Store
	fail   func(store.Batch) error
	viewed func() // after each View; may be nil
}

func (f *failing) View(ctx context.Context, read func(*store.View) error) error {
	err := f.Store.View(ctx, read)
	if f.viewed != nil {
		f.viewed()
	}
	return err
}

func (f *failing) Append(ctx context.Context, b store.Batch) error {
	if err := f.fail(b); err != nil {
		return err
	}
	return f.Store.Append(ctx, b)
}

// overFailing is the world's ledger on a store that can be made to fail.
func overFailing(t *testing.T, w *ledgertest.World) *failing {
	t.Helper()
	f := &failing{Store: w.Store, fail: func(store.Batch) error { return nil }}
	l, err := ledger.Open(t.Context(), f, w.ID, zerolog.Nop())
	if err != nil {
		t.Fatal(err)
	}
	w.Ledger = l
	return f
}

func TestABatchThatFailsIsTriedOneByOne(t *testing.T) {
	w, d, id := opened(t)
	other := w.Desk(w.Seat, "P3RT")
	f := overFailing(t, w)
	parks := other.Make(syncproto.CommandNote, note(w.ID(), "等待"))
	bad, good := d.Make(syncproto.CommandNote, note(id, "一")), other.Make(syncproto.CommandNote, note(id, "二"))
	poison := bad.CommandHash()
	f.fail = func(b store.Batch) error {
		if slices.ContainsFunc(b.Commands, func(c store.Command) bool { return c.Hash == poison }) {
			return errors.New("a row that cannot be written")
		}
		return nil
	}
	results := w.Commit(other.Submission(parks), d.Submission(bad), other.Submission(good))
	if results[1].Problem == nil || results[1].Problem.Code != syncproto.CodeInternal {
		t.Errorf("the one to blame: %+v", results[1])
	}
	if v := results[0].Verdict; v.Outcome != syncproto.Parked || v.Findings[0].Code != syncproto.CodeWaitsForDoc || results[2].Verdict.Outcome != syncproto.Accepted {
		t.Errorf("the others: %+v, %+v", results[0], results[2])
	}
	f.fail = func(store.Batch) error { return nil }
	if r := d.Hand(bad); r.Problem != nil || r.Verdict.Outcome != syncproto.Accepted {
		t.Errorf("handed in again: %+v", r)
	}
	w.Verify()
}

func TestAFullDiskTakesNothingAndForgetsNothing(t *testing.T) {
	w, d, id := opened(t)
	f := overFailing(t, w)
	f.fail = func(store.Batch) error { return fmt.Errorf("writing: %w", store.ErrFull) }
	e, waits := d.Make(syncproto.CommandNote, note(id, "一")), d.Make(syncproto.CommandNote, note(w.ID(), "二"))
	head := w.Ledger.Head()
	if _, err := w.Ledger.Commit(t.Context(), w.Now, []ledger.Submission{d.Submission(e), d.Submission(waits)}); !errors.Is(err, store.ErrFull) {
		t.Errorf("got %v, want %v", err, store.ErrFull)
	}
	if !w.Ledger.Full() || w.Ledger.Head() != head {
		t.Errorf("full %v, head %v", w.Ledger.Full(), w.Ledger.Head())
	}
	f.fail = func(store.Batch) error { return nil }
	results := w.Commit(d.Submission(e), d.Submission(waits))
	if results[0].Verdict.Outcome != syncproto.Accepted || results[1].Verdict.Outcome != syncproto.Parked || w.Ledger.Full() {
		t.Errorf("with room again: %+v, full %v", results, w.Ledger.Full())
	}
	w.Verify()
}

func TestAnUncertainCommitStopsTheLedgerForGood(t *testing.T) {
	for _, cause := range []error{store.ErrUncertain, store.ErrMoved, store.ErrDamaged} {
		w, d, id := opened(t)
		f := overFailing(t, w)
		f.fail = func(store.Batch) error { return cause }
		e := d.Make(syncproto.CommandNote, note(id, "一"))
		if _, err := w.Ledger.Commit(t.Context(), w.Now, []ledger.Submission{d.Submission(e), d.Submission(e)}); !errors.Is(err, cause) {
			t.Errorf("got %v, want %v", err, cause)
		}
		f.fail = func(store.Batch) error { return nil }
		if _, err := w.Ledger.Commit(t.Context(), w.Now, []ledger.Submission{d.Submission(e)}); !errors.Is(err, cause) {
			t.Errorf("afterwards: %v, want it stopped because of %v", err, cause)
		}
		w.Restart()
		if r := d.Hand(e); r.Verdict.Outcome != syncproto.Accepted {
			t.Errorf("after a new start: %+v", r)
		}
	}
}

// TestALogThatDoesNotVerifyAtItsEndIsRefused, as is one of a newer program.
func TestALogThatDoesNotVerifyAtItsEndIsRefused(t *testing.T) {
	newer := func(w *ledgertest.World) string {
		header := syncproto.MustEncode(syncproto.Header{Seq: w.Ledger.Head().Seq, Format: syncproto.EntryFormat + 1})
		return fmt.Sprintf("UPDATE entry SET header = x'%x' WHERE seq = %d", header, w.Ledger.Head().Seq)
	}
	last := func(what string) func(*ledgertest.World) string {
		return func(w *ledgertest.World) string {
			return fmt.Sprintf("UPDATE entry SET %s = x'00' || substr(%s, 2) WHERE seq = %d", what, what, w.Ledger.Head().Seq)
		}
	}
	for name, test := range map[string]struct {
		spoil func(*ledgertest.World) string
		code  syncproto.Code
	}{
		"its payload was changed":          {last("payload"), syncproto.CodeChainBroken},
		"its chain was changed":            {last("chain"), syncproto.CodeChainBroken},
		"it was written by a newer format": {newer, syncproto.CodeUpgrade},
	} {
		t.Run(name, func(t *testing.T) {
			w, _, _ := opened(t)
			db, err := sql.Open("sqlite", w.Path)
			if err != nil {
				t.Fatal(err)
			}
			defer db.Close()
			if _, err := db.Exec(test.spoil(w)); err != nil {
				t.Fatal(err)
			}
			if _, err := ledger.Open(t.Context(), w.Store, w.ID, zerolog.Nop()); !errors.Is(err, &syncproto.Problem{Code: test.code}) {
				t.Errorf("got %v, want %s", err, test.code)
			}
		})
	}
}

func TestTheServersOwnCommandsLeaveAnEntryOnlyWhereTheyChangeSomething(t *testing.T) {
	w, _, id := opened(t)
	manager := w.Desk(w.Manager, "P3RT")
	grant := authority.IssueGrant{Manager: w.Manager, Month: syncproto.MonthOf(w.Now), Device: manager.Device, Incarnation: manager.Incarnation}
	if v := w.Own(syncproto.CommandIssueGrant, grant); v.Outcome != syncproto.Accepted || v.Seq == 0 {
		t.Fatalf("the first grant was %v at %d", v.Outcome, v.Seq)
	}
	head := w.Ledger.Head()
	if v := w.Own(syncproto.CommandIssueGrant, grant); v.Outcome != syncproto.Accepted || v.Seq != 0 {
		t.Errorf("a second was %v at %d: %v", v.Outcome, v.Seq, v.Findings)
	}
	tick, err := w.Ledger.Commit(t.Context(), w.Now, []ledger.Submission{w.Ledger.Own(tickOf(t, ticket.Ref(id)), w.Now)})
	if err != nil || tick[0].Verdict.Seq != 0 {
		t.Errorf("a tick of nothing: %+v, %v", tick, err)
	}
	if w.Ledger.Head() != head {
		t.Error("the log went on")
	}
	w.Verify()
}

func TestWhoeverReadsTheLogIsToldWhatAdvanced(t *testing.T) {
	w, d, id := opened(t)
	var told []ledger.Advance
	w.Ledger.OnAdvance(func(a ledger.Advance) { told = append(told, a) })
	e := d.Make(syncproto.CommandDispatch, ticket.Dispatch{Ticket: id, Unit: w.Department})
	w.Commit(d.Submission(e))
	d.Hand(e)
	if len(told) != 1 || told[0].Head != w.Ledger.Head() {
		t.Fatalf("told %d times: %+v", len(told), told)
	}
	a := told[0]
	if !slices.Contains(a.Changed, ticket.Ref(id)) || !slices.Contains(a.Devices, d.Device) ||
		!slices.Contains(a.Buckets, syncproto.Bucket(w.Department)) || !slices.Contains(a.Buckets, syncproto.Bucket(w.East)) ||
		slices.Contains(a.Buckets, syncproto.Bucket(w.West)) {
		t.Errorf("told %+v", a)
	}
}

// TestABatchLeavesWhatItsCommandsOneByOneWould: the audit knows no batches, so it sees any
// difference. Here a ticket leaves a department and comes back within one.
func TestABatchLeavesWhatItsCommandsOneByOneWould(t *testing.T) {
	w, d, id := opened(t)
	second := w.ID()
	w.Own(syncproto.CommandDefineUnit, organisation.DefineUnit{ID: second, Unit: organisation.Unit{Name: "质量部", Kind: organisation.Department}})
	d.Give(syncproto.CommandDispatch, ticket.Dispatch{Ticket: id, Unit: w.Department})
	var batch []ledger.Submission
	for _, unit := range []syncproto.ID{second, w.Department, second, w.Department} {
		batch = append(batch, d.Submission(d.Make(syncproto.CommandDispatch, ticket.Dispatch{Ticket: id, Unit: unit})))
	}
	for _, r := range w.Commit(batch...) {
		if r.Verdict.Outcome != syncproto.Accepted {
			t.Errorf("a dispatch was %v: %v", r.Verdict.Outcome, r.Verdict.Findings)
		}
	}
	w.Verify()
}

// TestManySessionsShareTheLoop: each gets its own answers in its own order.
func TestManySessionsShareTheLoop(t *testing.T) {
	w, _, id := opened(t)
	const sessions, rounds, each = 6, 8, 5
	var desks []*ledgertest.Desk
	for n := range sessions {
		desks = append(desks, w.Desk(w.Seat, fmt.Sprintf("D%03d", n)))
	}
	before := w.Ledger.Head().Seq
	ctx, stop := context.WithCancel(t.Context())
	ended := make(chan error, 1)
	go func() { ended <- w.Ledger.Run(ctx, func() syncproto.Instant { return w.Now }) }()
	var all [sessions][rounds][]ledger.Submission
	for n, d := range desks {
		for r := range rounds {
			for range each {
				all[n][r] = append(all[n][r], d.Submission(d.Make(syncproto.CommandNote, note(id, "一"))))
			}
		}
	}
	var group sync.WaitGroup
	for n := range desks {
		group.Go(func() {
			for _, submissions := range all[n] {
				answer, err := w.Ledger.Submit(ctx, submissions)
				if err != nil {
					t.Error(err)
					return
				}
				a := <-answer
				for i, r := range a.Results {
					if a.Err != nil || r.Problem != nil || r.Verdict.Outcome != syncproto.Accepted || r.Verdict.Hash != submissions[i].Command.CommandHash() {
						t.Errorf("session %d: %+v, %v", n, r, a.Err)
					}
				}
			}
		})
	}
	group.Wait()
	stop()
	if err := <-ended; err != nil {
		t.Error(err)
	}
	if got := w.Ledger.Head().Seq - before; got != sessions*rounds*each {
		t.Errorf("%d entries, want %d", got, sessions*rounds*each)
	}
	w.Verify()
}

func tickOf(t *testing.T, ref syncproto.Ref) syncproto.Intent {
	t.Helper()
	intent, err := rules.Tick(ref)
	if err != nil {
		t.Fatal(err)
	}
	return intent
}
