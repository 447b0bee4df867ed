package ledger_test

import (
	"errors"
	"testing"

	"redress/server/ledger"
	"redress/server/store"
	"redress/syncproto"
	"redress/syncproto/organisation"
	"redress/syncproto/policy"
	"redress/syncproto/rules"
)

// TestALostBatchLeavesNoReferenceBehind: of two changes, what a desk knew lies between
// them. After a batch that was lost, as after none, that is the first of those in the log.
func TestALostBatchLeavesNoReferenceBehind(t *testing.T) {
	w, _, id := opened(t)
	late := w.Person("sun", policy.Supervisor, w.CallCentre)
	d := w.Desk(late, "P3RT")
	f := overFailing(t, w)
	becomes := func(role policy.Role) ledger.Submission {
		intent, err := rules.Write(syncproto.CommandDefinePerson, organisation.DefinePerson{ID: late,
			Person: organisation.Person{Name: "孙丽", Login: "sun", Roles: []policy.Role{role}, Units: []syncproto.ID{w.CallCentre}}})
		must(t, err)
		intent.Operator = "周敏"
		return w.Ledger.Own(intent, w.Now)
	}
	intent := d.Intent(syncproto.CommandNote, note(id, "一"))
	intent.Known++ // the entry of the first change
	fact := d.Submission(d.Seal(intent))
	f.fail = func(store.Batch) error { return store.ErrFull }
	if _, err := w.Ledger.Commit(t.Context(), w.Now, []ledger.Submission{becomes(policy.Supervisor), becomes(policy.Seat), fact}); !errors.Is(err, store.ErrFull) {
		t.Fatalf("got %v, want %v", err, store.ErrFull)
	}
	f.fail = func(store.Batch) error { return nil }
	if v := w.Commit(becomes(policy.Seat), becomes(policy.Supervisor), fact)[2].Verdict; v.Outcome != syncproto.Accepted {
		t.Errorf("a note of who was a seat then is %v: %v", v.Outcome, v.Findings)
	}
	w.Verify()
}
