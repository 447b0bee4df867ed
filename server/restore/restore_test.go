package restore_test

import (
	"crypto/ed25519"
	"errors"
	"os"
	"path/filepath"
	"testing"

	"github.com/rs/zerolog"

	"redress/server/ledger/ledgertest"
	"redress/server/logcopy"
	"redress/server/operator"
	"redress/server/restore"
	"redress/server/store"
	"redress/syncproto"
	"redress/syncproto/organisation"
)

// What the command says and refuses is tested beside it (server.TestARestoreThatMustNotBe,
// server.TestARestoreMakesAllThatFollows, server.TestARestoreFromABackup); here is what it relies on.

// remembers is the command line's outbox: of an epoch, or of none for its disk is full.
type remembers struct {
	epoch     uint32
	full      error
	codes     []operator.Code
	passwords []operator.Password
	given     []operator.Given
}

func (r *remembers) Given() []operator.Given        { return r.given }
func (r *remembers) Codes() []operator.Code         { return r.codes }
func (r *remembers) Epoch() uint32                  { return r.epoch }
func (r *remembers) Passwords() []operator.Password { return r.passwords }

func (r *remembers) NoteEpoch(number uint32) error {
	if r.full == nil {
		r.epoch = number
	}
	return r.full
}

// wish is to restore a world from a copy of its log, to a new file.
func wish(t *testing.T, w *ledgertest.World, copied string, outbox restore.Outbox) restore.Wish {
	t.Helper()
	return restore.Wish{Path: filepath.Join(t.TempDir(), store.File), Copy: copied, From: copied, By: "周敏", Outbox: outbox,
		NewID: w.ID, Now: w.Now, Log: zerolog.Nop()}
}

// copyOf is a copy of the world's log as it is now.
func copyOf(t *testing.T, w *ledgertest.World) string {
	t.Helper()
	dir := t.TempDir()
	bringUp(t, w, dir)
	return dir
}

func bringUp(t *testing.T, w *ledgertest.World, dir string) {
	t.Helper()
	f := logcopy.Follow(dir, w.Store, zerolog.Nop())
	if err := errors.Join(f.Step(t.Context()), f.Close()); err != nil {
		t.Fatal(err)
	}
}

// An epoch's number is never given twice: what was restored and thrown away is remembered outside
// of the log, and what cannot be remembered is not begun.
func TestNoEpochIsGivenTwice(t *testing.T) {
	w := ledgertest.New(t)
	copied, outbox := copyOf(t, w), &remembers{}
	for _, c := range []struct {
		knows, begins uint32
	}{{0, 2}, {2, 3}, {7, 8}} {
		outbox.epoch = c.knows
		report, err := restore.Run(t.Context(), wish(t, w, copied, outbox))
		if err != nil || report.Epoch != c.begins || outbox.epoch != c.begins || report.After != w.Ledger.Head() || report.Entries != w.Ledger.Head().Seq+1 {
			t.Errorf("where %d was given before: %+v, %v; it is noted %d; want epoch %d after %v", c.knows, report, err, outbox.epoch, c.begins, w.Ledger.Head())
		}
	}
	full := errors.New("no room")
	forgetful := wish(t, w, copied, &remembers{full: full})
	if _, err := restore.Run(t.Context(), forgetful); !errors.Is(err, full) {
		t.Errorf("where it cannot be noted: %v", err)
	}
	if began := epochOf(t, forgetful.Path); began > 1 {
		t.Errorf("what could not be noted began epoch %d all the same", began)
	}
}

func epochOf(t *testing.T, path string) uint32 {
	t.Helper()
	s, err := store.OpenToRead(t.Context(), path)
	if err != nil {
		t.Fatal(err)
	}
	defer s.Close()
	id, err := s.Identity(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	return id.Epoch
}

// A copy that is damaged before its last sync is refused, wherever; whoever says that an older state is wanted gets
// all that comes before it, on record as that, with the months whose money it may have forgotten.
func TestADamagedCopyIsAnOlderStateForWhoeverWantsIt(t *testing.T) {
	w := ledgertest.New(t)
	copied := copyOf(t, w)
	first, err := logcopy.Read(copied, nil)
	if err != nil {
		t.Fatal(err)
	}
	w.Own(syncproto.CommandDefineUnit, organisation.DefineUnit{ID: w.ID(), Unit: organisation.Unit{Name: "华南区", Kind: organisation.Region}})
	bringUp(t, w, copied)
	whole, err := os.ReadFile(filepath.Join(copied, logcopy.File))
	if err != nil {
		t.Fatal(err)
	}
	for name, at := range map[string]int64{"in the middle": first.Length / 2, "just before the last sync": first.Length - 1} {
		t.Run(name, func(t *testing.T) {
			spoilt := append([]byte(nil), whole...)
			spoilt[at] ^= 1
			if err := os.WriteFile(filepath.Join(copied, logcopy.File), spoilt, 0o600); err != nil {
				t.Fatal(err)
			}
			if _, err := restore.Run(t.Context(), wish(t, w, copied, &remembers{})); !errors.Is(err, logcopy.ErrDamaged) {
				t.Errorf("as the newest: %v", err)
			}
			older := wish(t, w, copied, &remembers{})
			older.Older = true
			report, err := restore.Run(t.Context(), older)
			if err != nil || report.After.Seq == 0 || report.After.Seq >= w.Ledger.Head().Seq {
				t.Fatalf("as an older one: %+v, %v; the log went to %v", report, err, w.Ledger.Head())
			}
			s, err := store.OpenToRead(t.Context(), older.Path)
			if err != nil {
				t.Fatal(err)
			}
			defer s.Close()
			is, err := s.Restoration(t.Context())
			if err != nil || !is.Older || is.Months != syncproto.MonthOf(w.Now)+1 || is.Epoch != 2 {
				t.Errorf("on record it is %+v, %v", is, err)
			}
		})
	}
}

// The clock of the machine that it is restored on may be wrong: what the log says of the time counts too, or what it
// forgets of a month would be handed out again.
func TestAWrongClockFreezesTheMonthsOfTheLog(t *testing.T) {
	w := ledgertest.New(t)
	wrong := wish(t, w, copyOf(t, w), &remembers{})
	wrong.Older, wrong.Now = true, w.Now.Add(-6*365*syncproto.Day)
	if _, err := restore.Run(t.Context(), wrong); err != nil {
		t.Fatal(err)
	}
	s, err := store.OpenToRead(t.Context(), wrong.Path)
	if err != nil {
		t.Fatal(err)
	}
	defer s.Close()
	if is, err := s.Restoration(t.Context()); err != nil || is.Months != syncproto.MonthOf(w.Now)+1 {
		t.Errorf("frozen are the accounts up to %v, %v", is.Months, err)
	}
}

// A copy is never put over a log that is there: of its own or of another's.
func TestACopyGoesIntoNothingElse(t *testing.T) {
	w, other := ledgertest.New(t), ledgertest.New(t)
	copied := copyOf(t, w)
	over := wish(t, w, copied, &remembers{})
	over.Path = other.Path
	if report, err := restore.Run(t.Context(), over); err == nil {
		t.Errorf("over a log it was restored: %+v", report)
	}
	if head := other.Ledger.Head(); epochOf(t, other.Path) != 1 || head.Seq == 0 {
		t.Errorf("the log that was there is at epoch %d, %v", epochOf(t, other.Path), head)
	}
	other.Verify()
}

// The command line has gone on in a second line, where a copy of its outbox was put back. What an older
// state lacks of both is decided again, in the order in which it was given.
func TestTheCommandLineHasTwoLines(t *testing.T) {
	w, outbox := ledgertest.New(t), &remembers{}
	id := w.Ledger.Identity()
	for _, incarnation := range []syncproto.ID{id.OperatorDevice, w.ID()} {
		var line syncproto.Link
		for range 2 {
			intent := syncproto.Intent{ID: w.ID(), Kind: syncproto.CommandDefinePerson, Operator: "周敏", Body: []byte{0xa0}}
			e := syncproto.Seal(intent, ed25519.NewKeyFromSeed(make([]byte, ed25519.SeedSize)), id.OperatorDevice, incarnation, line)
			line = e.Link()
			outbox.given = append(outbox.given, operator.Given{Command: e, First: syncproto.Verdict{Command: intent.ID, Epoch: 1, Seq: 99}})
		}
	}
	wish := wish(t, w, copyOf(t, w), outbox)
	wish.Older = true
	_, s := run(t, wish)
	again, err := s.Reoffered(t.Context())
	if err != nil || len(again) != len(outbox.given) {
		t.Fatalf("%d are decided again, of %d: %v", len(again), len(outbox.given), err)
	}
	for i, one := range again {
		if one.First.Command != outbox.given[i].First.Command {
			t.Errorf("%d: another was given there", i)
		}
	}
}
