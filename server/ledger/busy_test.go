package ledger_test

import (
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
	if tries != 1 || w.Ledger.Full() || w.Ledger.Head() != head {
		t.Errorf("%d tries, each of which waits; full %v, head %v", tries, w.Ledger.Full(), w.Ledger.Head())
	}
	f.fail = func(store.Batch) error { return nil }
	for _, r := range w.Commit(d.Submission(e), d.Submission(other)) {
		if r.Verdict.Outcome != syncproto.Accepted {
			t.Errorf("when it is free: %+v", r)
		}
	}
	w.Verify()
}
