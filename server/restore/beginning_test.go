package restore_test

import (
	"errors"
	"os"
	"path/filepath"
	"testing"

	"redress/server/ledger/ledgertest"
	"redress/server/logcopy"
	"redress/server/restore"
	"redress/syncproto"
	"redress/syncproto/organisation"
)

// A copy that is damaged before it says whose log it is holds no older state either: whoever asks
// for one is told so.
func TestACopyDamagedAtItsBeginningIsNoOlderState(t *testing.T) {
	w := ledgertest.New(t)
	copied := copyOf(t, w)
	w.Own(syncproto.CommandDefineUnit, organisation.DefineUnit{ID: w.ID(), Unit: organisation.Unit{Name: "华南区", Kind: organisation.Region}})
	bringUp(t, w, copied)
	path := filepath.Join(copied, logcopy.File)
	whole, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	for _, at := range []int{9, 40} { // where its first batch is begun; in what comes next, whose it is
		spoilt := append([]byte(nil), whole...)
		spoilt[at] ^= 1
		if err := os.WriteFile(path, spoilt, 0o600); err != nil {
			t.Fatal(err)
		}
		older := wish(t, w, copied, &remembers{})
		older.Older = true
		if report, err := restore.Run(t.Context(), older); !errors.Is(err, logcopy.ErrNone) || errors.Is(err, logcopy.ErrDamaged) {
			t.Errorf("damaged at byte %d: %+v, %v", at, report, err)
		}
	}
}
