package logcopy_test

import (
	"errors"
	"os"
	"path/filepath"
	"syscall"
	"testing"

	"redress/server/logcopy"
)

// TestAFullDisk of the copy is said, moves no mark and leaves nothing half-written behind;
// with room again the copy goes on by itself. The disk is a real one of 256 KiB.
func TestAFullDisk(t *testing.T) {
	w := world(t)
	if err := syscall.Mount("tmpfs", w.dir, "tmpfs", 0, "size=256k,mode=700"); err != nil {
		t.Skipf("this process may not mount a disk: %v", err)
	}
	t.Cleanup(func() { _ = syscall.Unmount(w.dir, syscall.MNT_DETACH) })
	w.step()
	before := w.Mark()
	filler := filepath.Join(w.dir, "filler")
	file, err := os.Create(filler)
	if err != nil {
		t.Fatal(err)
	}
	for err == nil {
		_, err = file.Write(make([]byte, 1<<10))
	}
	_ = file.Close()
	for range 20 {
		w.unit("华南区")
	}
	for range 3 {
		if err := w.Step(t.Context()); !errors.Is(err, syscall.ENOSPC) || logcopy.Fatal(err) || w.Mark() != before || w.Trouble() == "" {
			t.Fatalf("%v, mark %d", err, w.Mark())
		}
	}
	if err := os.Remove(filler); err != nil {
		t.Fatal(err)
	}
	w.step()
	w.holds()
}
