package operator_test

import (
	"context"
	"errors"
	"os"
	"strings"
	"testing"
	"time"

	"redress/server/operator"
	"redress/syncproto"
)

var (
	logID       = syncproto.Derive("log")
	device      = syncproto.Derive("command line")
	incarnation = syncproto.Derive("incarnation")
)

func intent(n uint64) syncproto.Intent {
	return syncproto.Intent{ID: syncproto.NumberedID(n), Kind: syncproto.CommandDefineUnit, Operator: "周敏", Body: []byte{0xa0}}
}

func create(t *testing.T) string {
	t.Helper()
	dir := t.TempDir()
	o, err := operator.Create(dir, logID, device, incarnation, make([]byte, 32))
	if err != nil {
		t.Fatal(err)
	}
	for n := range uint64(3) {
		if err := o.Give(intent(n + 1)); err != nil {
			t.Fatal(err)
		}
	}
	first := o.Waiting()[0]
	if err := o.Learn(syncproto.Verdict{Command: syncproto.NumberedID(1), Hash: first.CommandHash(), Outcome: syncproto.Accepted}); err != nil {
		t.Fatal(err)
	}
	return dir // and never closed, as after a crash
}

func open(t *testing.T, dir string) *operator.Outbox {
	t.Helper()
	o, err := operator.Open(t.Context(), dir, logID)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = o.Close() }) // some tests have
	return o
}

func TestWhatWasGivenIsThereAfterACrash(t *testing.T) {
	o := open(t, create(t))
	if o.Device() != device || len(o.Waiting()) != 2 || o.Waiting()[0].Counter != 2 {
		t.Fatalf("%d wait: %v", len(o.Waiting()), o.Waiting())
	}
	if _, err := o.Waiting()[1].Open(o.Key()); err != nil {
		t.Error(err)
	}
	if err := o.Give(intent(4)); err != nil {
		t.Fatal(err)
	}
	last := o.Waiting()[1:]
	if want := last[0].Link().Next(incarnation, last[1].CommandHash()); last[1].Link() != want {
		t.Errorf("the line does not go on: %v, want %v", last[1].Link(), want)
	}
}

// TestACrashAsWhatWaitsIsMoved to another line, after the first command or in the middle of the second: the rest
// follows it, in its order. Two lines at once would never be taken.
func TestACrashAsWhatWaitsIsMoved(t *testing.T) {
	dir, another := create(t), syncproto.Derive("another incarnation")
	o := open(t, dir)
	if err := o.Give(intent(4)); err != nil {
		t.Fatal(err)
	}
	before, err := os.ReadFile(operator.Path(dir, logID))
	if err == nil {
		err = errors.Join(o.GoOn(another), o.Close())
	}
	if err != nil {
		t.Fatal(err)
	}
	whole, err := os.ReadFile(operator.Path(dir, logID))
	if err != nil {
		t.Fatal(err)
	}
	each := (len(whole) - len(before)) / 3
	for _, kept := range []int{each, each + each/2, 2 * each, 3 * each} {
		if err := os.WriteFile(operator.Path(dir, logID), whole[:len(before)+kept], 0o600); err != nil {
			t.Fatal(err)
		}
		for range 2 { // and it stays so
			o := open(t, dir)
			last := syncproto.Link{}
			for n, e := range o.Waiting() {
				got, err := e.Open(o.Key())
				if last = last.Next(another, e.CommandHash()); err != nil || e.Incarnation != another || e.Link() != last || got.ID != intent(uint64(n)+2).ID {
					t.Errorf("of %d bytes: %d is %v in %v at %d, %v", kept, n, got.ID, e.Incarnation, e.Counter, err)
				}
			}
			if len(o.Waiting()) != 3 || len(o.Given()) != 4 || o.Incarnation() != another {
				t.Errorf("of %d bytes: %d wait of %d", kept, len(o.Waiting()), len(o.Given()))
			}
			if err := o.Close(); err != nil {
				t.Fatal(err)
			}
		}
	}
}

// TestAnUnfinishedRecordIsCutOff at any byte: what it would have said was never sent.
func TestAnUnfinishedRecordIsCutOff(t *testing.T) {
	whole, err := os.ReadFile(operator.Path(create(t), logID))
	if err != nil {
		t.Fatal(err)
	}
	for cut := 1; cut < 60; cut++ {
		dir := t.TempDir()
		torn := whole[: len(whole)-cut : len(whole)-cut]
		if cut%2 == 0 { // the file had its length, and not yet its bytes
			torn = append(torn, make([]byte, cut)...)
		}
		if err := os.WriteFile(operator.Path(dir, logID), torn, 0o600); err != nil {
			t.Fatal(err)
		}
		o := open(t, dir)
		if n := len(o.Waiting()); n != 3 {
			t.Fatalf("cut by %d: %d wait, want 3: the verdict is gone, the commands are not", cut, n)
		}
		if err := o.Give(intent(4)); err != nil {
			t.Fatal(err)
		}
		if err := o.Close(); err != nil {
			t.Fatal(err)
		}
		if again := open(t, dir); len(again.Waiting()) != 4 {
			t.Fatalf("cut by %d and gone on: %d wait", cut, len(again.Waiting()))
		}
	}
}

func TestAnOutboxIsMadeOnceAndIsOneLogs(t *testing.T) {
	dir := create(t)
	if _, err := operator.Create(dir, logID, device, incarnation, make([]byte, 32)); err == nil {
		t.Error("it was made twice")
	}
	other := syncproto.Derive("another log")
	if _, err := operator.Open(t.Context(), dir, other); !errors.Is(err, os.ErrNotExist) {
		t.Errorf("of another log: %v", err)
	}
	if err := os.Rename(operator.Path(dir, logID), operator.Path(dir, other)); err != nil {
		t.Fatal(err)
	}
	if _, err := operator.Open(t.Context(), dir, other); err == nil || !strings.Contains(err.Error(), "not this log's") {
		t.Errorf("under another log's name: %v", err)
	}
	info, err := os.Stat(operator.Path(dir, other))
	if err != nil || info.Mode().Perm() != 0o600 {
		t.Errorf("its mode is %v (%v)", info.Mode(), err)
	}
}

// TestOneProgramAtATimeGivesCommands: the second waits for the first, and goes on where
// that stopped.
func TestOneProgramAtATimeGivesCommands(t *testing.T) {
	dir := create(t)
	first, err := operator.Open(t.Context(), dir, logID)
	if err != nil {
		t.Fatal(err)
	}
	impatient, stop := context.WithTimeout(t.Context(), 30*time.Millisecond)
	defer stop()
	if _, err := operator.Open(impatient, dir, logID); !errors.Is(err, context.DeadlineExceeded) {
		t.Fatalf("while another gives commands: %v", err)
	}
	if err := first.Give(intent(4)); err != nil {
		t.Fatal(err)
	}
	if err := first.Close(); err != nil {
		t.Fatal(err)
	}
	second, err := operator.Open(t.Context(), dir, logID)
	if err != nil {
		t.Fatal(err)
	}
	if err := second.Give(intent(5)); err != nil {
		t.Fatal(err)
	}
	waiting := second.Waiting()
	if a, b := waiting[len(waiting)-2], waiting[len(waiting)-1]; b.Counter != a.Counter+1 {
		t.Errorf("places %d and %d in the line", a.Counter, b.Counter)
	}
	if err := second.Close(); err != nil {
		t.Fatal(err)
	}
}
