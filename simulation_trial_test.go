package redress_test

import (
	"fmt"
	"os"
	"runtime/debug"
	"slices"
	"strings"
	"testing"
)

// trial is a test within a test: it keeps what went wrong instead of ending the test, so that
// one seed can be played again and again while its trace shrinks. Also a panic is something
// that went wrong.
type trial struct {
	testing.TB
	wrong    []string
	cleanups []func()
}

// stopped is thrown where a test would end.
type stopped struct{}

// play runs what may fail, and clears away after it.
func play(t testing.TB, run func(*trial)) (wrong []string) {
	one := &trial{TB: t}
	defer func() { wrong = one.wrong }()
	defer func() {
		for _, tidy := range slices.Backward(one.cleanups) {
			one.guarded(tidy)
		}
	}()
	one.guarded(func() { run(one) })
	return nil
}

// guarded takes a panic for something that went wrong.
func (t *trial) guarded(run func()) {
	defer func() {
		if cause := recover(); cause != nil && cause != (stopped{}) {
			t.Errorf("panic: %v\n%s", cause, debug.Stack())
		}
	}()
	run()
}

func (t *trial) Helper() {}

func (t *trial) Cleanup(tidy func()) { t.cleanups = append(t.cleanups, tidy) }

func (t *trial) Failed() bool { return len(t.wrong) > 0 }

func (t *trial) Error(args ...any) {
	t.wrong = append(t.wrong, strings.TrimSpace(fmt.Sprintln(args...)))
}

func (t *trial) Errorf(format string, args ...any) { t.Error(fmt.Sprintf(format, args...)) }

func (t *trial) Fatal(args ...any) { t.Error(args...); t.FailNow() }

func (t *trial) Fatalf(format string, args ...any) {
	t.Error(fmt.Sprintf(format, args...))
	t.FailNow()
}

func (t *trial) FailNow() { panic(stopped{}) }

// TempDir is a folder in memory, where the system has such: what is real is SQLite and its
// files, not the disk.
func (t *trial) TempDir() string { return inMemory(t) }

// memory is where Linux keeps files that are on no disk.
const memory = "/dev/shm"

func inMemory(t testing.TB) string {
	within := memory
	if _, err := os.Stat(memory); err != nil {
		within = ""
	}
	dir, err := os.MkdirTemp(within, "redress-simulation-")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := os.RemoveAll(dir); err != nil {
			t.Error(err)
		}
	})
	return dir
}
