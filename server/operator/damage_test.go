package operator_test

import (
	"bytes"
	"errors"
	"os"
	"runtime"
	"syscall"
	"testing"

	"redress/server/operator"
)

// TestDamageIsNoUnfinishedEnd: where a whole record lies behind what cannot be read, or
// where the key itself cannot be, nothing is cut off. Each byte of the file is spoiled once.
func TestDamageIsNoUnfinishedEnd(t *testing.T) {
	whole, err := os.ReadFile(operator.Path(create(t), logID))
	if err != nil {
		t.Fatal(err)
	}
	// An end cut by one byte is cut off to where the last record begins.
	dir := t.TempDir()
	path := operator.Path(dir, logID)
	if err := os.WriteFile(path, whole[:len(whole)-1], 0o600); err != nil {
		t.Fatal(err)
	}
	if err := open(t, dir).Close(); err != nil {
		t.Fatal(err)
	}
	info, err := os.Stat(path)
	if err != nil {
		t.Fatal(err)
	}
	last := int(info.Size())
	for at := range whole {
		spoiled := bytes.Clone(whole)
		spoiled[at] ^= 0xff
		if err := os.WriteFile(path, spoiled, 0o600); err != nil {
			t.Fatal(err)
		}
		o, err := operator.Open(t.Context(), dir, logID)
		if at >= last { // the verdict: as if it had never been written
			if err != nil || len(o.Waiting()) != 3 {
				t.Fatalf("byte %d of the last record: %v", at, err)
			}
			if err := o.Close(); err != nil {
				t.Fatal(err)
			}
			continue
		}
		if !errors.Is(err, operator.ErrDamaged) {
			t.Fatalf("byte %d: %v, want %v", at, err, operator.ErrDamaged)
		}
		if left, err := os.ReadFile(path); err != nil || !bytes.Equal(left, spoiled) {
			t.Fatalf("byte %d: the file was changed (%v)", at, err)
		}
	}
	for name, data := range map[string][]byte{"emptied": nil, "cut in its first record": whole[:20], "no outbox": []byte("this is no outbox at all")} {
		if err := os.WriteFile(path, data, 0o600); err != nil {
			t.Fatal(err)
		}
		if _, err := operator.Open(t.Context(), dir, logID); !errors.Is(err, operator.ErrDamaged) {
			t.Errorf("%s: %v, want %v", name, err, operator.ErrDamaged)
		}
		if left, err := os.ReadFile(path); err != nil || !bytes.Equal(left, data) {
			t.Errorf("%s: the file was changed (%v)", name, err)
		}
	}
}

// TestAFullDiskKeepsNoHalfRecord: the command is not given, and the next one is when there
// is room.
func TestAFullDiskKeepsNoHalfRecord(t *testing.T) {
	full, err := os.OpenFile("/dev/full", os.O_WRONLY, 0)
	if errors.Is(err, os.ErrNotExist) {
		t.Skip("this system has no device that is always full")
	}
	if err != nil {
		t.Fatal(err)
	}
	defer full.Close()
	dir := create(t)
	o := open(t, dir)
	before := len(o.Waiting())
	file := o.Onto(full)
	if err := o.Give(intent(4)); !errors.Is(err, syscall.ENOSPC) {
		t.Errorf("%v, want %v", err, syscall.ENOSPC)
	}
	if len(o.Waiting()) != before {
		t.Errorf("%d wait, before %d", len(o.Waiting()), before)
	}
	o.Onto(file)
	// What a disk takes before it is full.
	if _, err := file.Write([]byte{0, 0, 1, 0, 9, 9}); err != nil {
		t.Fatal(err)
	}
	if err := o.Close(); err != nil {
		t.Fatal(err)
	}
	again := open(t, dir)
	if err := again.Give(intent(5)); err != nil {
		t.Fatal(err)
	}
	if err := again.Close(); err != nil {
		t.Fatal(err)
	}
	if n := len(open(t, dir).Waiting()); n != before+1 {
		t.Errorf("%d wait, want %d", n, before+1)
	}
}

// TestWhatOthersMayReadIsTakenFromThem when it is opened: it holds the key.
func TestWhatOthersMayReadIsTakenFromThem(t *testing.T) {
	if runtime.GOOS == "windows" {
		t.Skip("Windows has no such modes")
	}
	dir := create(t)
	path := operator.Path(dir, logID)
	if err := os.Chmod(path, 0o644); err != nil {
		t.Fatal(err)
	}
	open(t, dir)
	if info, err := os.Stat(path); err != nil || info.Mode().Perm() != 0o600 {
		t.Errorf("its mode is %v (%v)", info.Mode(), err)
	}
}
