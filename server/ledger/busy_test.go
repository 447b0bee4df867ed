package ledger_test

import (
	"database/sql"
	"errors"
	"fmt"
	"testing"

	"redress/server/ledger"
	"redress/server/store"
	"redress/syncproto"
)

// TestADatabaseThatIsHeldTakesNothingAndStopsNothing: a backup or a viewer that holds the
// file for a while costs a retry, not the server.
func TestADatabaseThatIsHeldTakesNothingAndStopsNothing(t *testing.T) {
	w, d, id := opened(t)
	f := overFailing(t, w)
	tries := 0
	f.fail = func(store.Batch) error {
		tries++
		return fmt.Errorf("writing: %w", store.ErrBusy)
	}
	e, other := d.Make(syncproto.CommandNote, note(id, "一")), d.Make(syncproto.CommandNote, note(id, "二"))
	head := w.Ledger.Head()
	if _, err := w.Ledger.Commit(t.Context(), w.Now, []ledger.Submission{d.Submission(e), d.Submission(other)}); !errors.Is(err, store.ErrBusy) {
		t.Errorf("got %v, want %v", err, store.ErrBusy)
	}
	if tries != 1 || !w.Ledger.Held() || w.Ledger.Full() || w.Ledger.Head() != head {
		t.Errorf("%d tries, each of which waits; full %v, head %v", tries, w.Ledger.Full(), w.Ledger.Head())
	}
	f.fail = func(store.Batch) error { return nil }
	for _, r := range w.Commit(d.Submission(e), d.Submission(other)) {
		if r.Verdict.Outcome != syncproto.Accepted {
			t.Errorf("when it is free: %+v", r)
		}
	}
	if w.Ledger.Held() {
		t.Error("it is said to be held though a batch was written")
	}
	w.Verify()
}

// TestADatabaseThatIsFreeAgainIsSaid also where nobody sends anything, and not before it is.
func TestADatabaseThatIsFreeAgainIsSaid(t *testing.T) {
	w, d, id := opened(t)
	f := overFailing(t, w)
	f.fail = func(store.Batch) error { return fmt.Errorf("writing: %w", store.ErrBusy) }
	if _, err := w.Ledger.Commit(t.Context(), w.Now, []ledger.Submission{d.Submission(d.Make(syncproto.CommandNote, note(id, "一")))}); err == nil {
		t.Fatal("a database that is held was written to")
	}
	other, err := sql.Open("sqlite", w.Path+"?_txlock=immediate")
	if err != nil {
		t.Fatal(err)
	}
	defer other.Close()
	held, err := other.BeginTx(t.Context(), nil)
	if err != nil {
		t.Fatal(err)
	}
	if w.Ledger.LookAgain(t.Context()) || !w.Ledger.Held() {
		t.Error("it is said to be free while another program holds it")
	}
	if err := held.Rollback(); err != nil {
		t.Fatal(err)
	}
	if !w.Ledger.LookAgain(t.Context()) || w.Ledger.Held() {
		t.Error("it is said to be held though it is free")
	}
}
