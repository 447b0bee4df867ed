package restore_test

import (
	"errors"
	"os"
	"path/filepath"
	"testing"

	"github.com/rs/zerolog"

	"redress/server/ledger/ledgertest"
	"redress/server/logcopy"
	"redress/server/restore"
	"redress/server/store"
	"redress/syncproto"
	"redress/syncproto/organisation"
)

// A copy says of a new epoch before it holds any entry of it: where it is begun anew after a restore, that
// stands before all. What it holds of the epochs before can be restored all the same.
func TestACopyThatHoldsNothingOfItsEpochYet(t *testing.T) {
	w := ledgertest.New(t)
	w.Own(syncproto.CommandDefineUnit, organisation.DefineUnit{ID: w.ID(), Unit: organisation.Unit{Name: "华南区", Kind: organisation.Region}})
	outbox, after := &remembers{}, w.Ledger.Head()
	began := wish(t, w, copyOf(t, w), outbox)
	if _, err := restore.Run(t.Context(), began); err != nil {
		t.Fatal(err)
	}
	s, err := store.Open(t.Context(), began.Path)
	if err != nil {
		t.Fatal(err)
	}
	defer s.Close()
	anew := t.TempDir()
	f := logcopy.Follow(anew, s, zerolog.Nop())
	if err := errors.Join(f.Step(t.Context()), f.Close()); err != nil {
		t.Fatal(err)
	}
	whole, err := os.ReadFile(filepath.Join(anew, logcopy.File))
	if err != nil {
		t.Fatal(err)
	}
	for cut := len(whole) - 1; ; cut-- { // as a disk that was full, or a crash, left it
		if err := os.WriteFile(filepath.Join(anew, logcopy.File), whole[:cut], 0o600); err != nil {
			t.Fatal(err)
		}
		if contents, err := logcopy.Read(anew, nil); err != nil {
			t.Fatal(err)
		} else if contents.Head == after {
			break
		}
	}
	for _, outbox := range []*remembers{outbox, {}} { // the other is an older one, that was put back
		report, err := restore.Run(t.Context(), wish(t, w, anew, outbox))
		if err != nil || report.After != after || report.Epoch != 3 {
			t.Errorf("%+v, %v; want epoch 3 after %v", report, err, after)
		}
	}
}
