package imetest

import (
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"time"
	"unicode"
)

// candidates is the title of the window in which fcitx5 shows its candidates.
const candidates = "Fcitx5 Input Window"

// A Program runs at a desk until the test ends or Stop.
type Program struct {
	desk *Desk
	name string
	cmd  *exec.Cmd
	log  string
}

// Run starts a program at the desk. What it prints is shown if the test fails.
func (d *Desk) Run(name string, args ...string) *Program {
	d.t.Helper()
	cmd := exec.Command(name, args...)
	cmd.Env = d.env
	return d.start(cmd)
}

func (d *Desk) start(cmd *exec.Cmd) *Program {
	d.t.Helper()
	log, err := os.CreateTemp(d.home, "log")
	if err != nil {
		d.t.Fatalf("starting %s: %v", cmd.Path, err)
	}
	defer log.Close()
	cmd.Stdout, cmd.Stderr = log, log
	endsWithTest(cmd)
	if err := cmd.Start(); err != nil {
		d.t.Fatalf("starting %s: %v", cmd.Path, err)
	}
	p := &Program{desk: d, name: filepath.Base(cmd.Path), cmd: cmd, log: log.Name()}
	d.t.Cleanup(func() {
		p.Stop()
		if said, err := os.ReadFile(p.log); err == nil && d.t.Failed() && len(said) > 0 {
			d.t.Logf("%s printed:\n%s", p.name, said)
		}
	})
	return p
}

// Stop kills the program, as pulling the plug does.
func (p *Program) Stop() {
	if p.cmd.ProcessState != nil {
		return
	}
	_ = p.cmd.Process.Kill()
	_ = p.cmd.Wait()
}

// Ended waits until the program has ended by itself, and without a complaint.
func (p *Program) Ended() {
	p.desk.t.Helper()
	done := make(chan error, 1)
	go func() { done <- p.cmd.Wait() }()
	select {
	case err := <-done:
		if err != nil {
			p.desk.t.Errorf("%s ended with %v", p.name, err)
		}
	case <-time.After(patience):
		p.desk.t.Fatalf("waited %v for %s to end", patience, p.name)
	}
}

// PID is the number of the process.
func (p *Program) PID() int { return p.cmd.Process.Pid }

// Window waits for the first window of the program.
func (p *Program) Window() *Window {
	p.desk.t.Helper()
	var id string
	p.desk.until("a window of "+p.name, func() bool {
		out, err := p.desk.try("xdotool", "search", "--onlyvisible", "--pid", strconv.Itoa(p.PID()))
		if found := strings.Fields(out); err == nil && len(found) > 0 {
			id = found[0]
		}
		return id != ""
	})
	return &Window{desk: p.desk, id: id}
}

// A Window is one window on the display, to look at and to type into.
type Window struct {
	desk    *Desk
	id      string
	strikes int
}

// ID is the number X gave the window.
func (w *Window) ID() string { return w.id }

// Strikes is how many keys a person has struck in this window, with Press, Type, Compose and
// Commit: Shift and Ctrl count, and so do letters that were wrong.
func (w *Window) Strikes() int { return w.strikes }

// Front brings the window to the front, with the keyboard and the input method
// on it.
func (w *Window) Front() {
	w.desk.t.Helper()
	w.desk.must("xdotool", "windowactivate", w.id)
	w.desk.until("window "+w.id+" to come to the front", w.inFront)
	w.desk.until("the input method to follow to window "+w.id, func() bool {
		now := w.desk.context()
		if now == "" {
			// fcitx5 now and then loses sight of the keyboard when two programs
			// report at once; the next key shows it. This one means nothing.
			w.desk.must("xdotool", "key", "Control_R")
			return false
		}
		if owner, known := w.desk.contexts[now]; known && owner != w.id {
			return false
		}
		w.desk.contexts[now] = w.id
		return true
	})
}

func (w *Window) inFront() bool {
	out, err := w.desk.try("xdotool", "getwindowfocus")
	return err == nil && strings.TrimSpace(out) == w.id
}

// Press strikes keys one after the other, by their X names: "space",
// "BackSpace", "Return", "ctrl+a", "shift+Tab".
func (w *Window) Press(keys ...string) {
	w.desk.t.Helper()
	w.mustBeInFront()
	for _, key := range keys {
		w.strikes += strings.Count(key, "+") + 1
		w.desk.must("xdotool", "key", "--clearmodifiers", key)
	}
}

// Burst strikes keys faster than any window answers. (Not at once: GLFW loses a
// key struck twice in one millisecond.)
func (w *Window) Burst(keys ...string) {
	w.desk.t.Helper()
	w.mustBeInFront()
	w.desk.must("xdotool", append([]string{"key", "--delay", "2"}, keys...)...)
}

// Hold keeps a key down, so that it repeats, until the condition holds.
func (w *Window) Hold(key, what string, holds func() bool) {
	w.desk.t.Helper()
	w.mustBeInFront()
	w.desk.must("xdotool", "keydown", key)
	defer w.desk.must("xdotool", "keyup", key)
	w.desk.until(what, holds)
}

// Type types text as fast as a very fast typist, with no input method.
func (w *Window) Type(text string) {
	w.desk.t.Helper()
	w.mustBeInFront()
	for _, r := range text {
		w.strikes++
		if unicode.IsUpper(r) {
			w.strikes++
		}
	}
	w.desk.must("xdotool", "type", "--delay", "12", "--", text)
}

// Click clicks with the first button at a place of the window, in pixels.
func (w *Window) Click(x, y int) {
	w.desk.t.Helper()
	w.desk.must("xdotool", "mousemove", "--window", w.id, strconv.Itoa(x), strconv.Itoa(y), "click", "1")
}

// Chinese switches the input method of the window on or off, as a person does,
// with Ctrl+Space.
func (w *Window) Chinese(on bool) {
	w.desk.t.Helper()
	want := map[bool]string{false: "1", true: "2"}[on]
	if w.desk.inputState() == want {
		return
	}
	w.Press("ctrl+space")
	w.desk.until(fmt.Sprintf("Chinese input to be %v", on), func() bool { return w.desk.inputState() == want })
}

// Compose strikes letters and waits for the list of candidates.
func (w *Window) Compose(letters string) {
	w.desk.t.Helper()
	w.Press(strings.Split(letters, "")...)
	w.desk.until("candidates for "+letters, w.desk.Composing)
}

// Commit strikes a key that ends the composition and waits until the
// candidates are gone.
func (w *Window) Commit(key string) {
	w.desk.t.Helper()
	w.Press(key)
	w.desk.until("the candidates to be gone", func() bool { return !w.desk.Composing() })
}

// Composing says whether candidates are on the screen.
func (d *Desk) Composing() bool { return len(d.Windows(candidates)) > 0 }

// Picture writes a picture of the window as PNG.
func (w *Window) Picture(path string) {
	w.desk.t.Helper()
	w.desk.must("import", "-window", w.id, path)
}

// mustBeInFront keeps a test from typing into a window it did not mean.
func (w *Window) mustBeInFront() {
	w.desk.t.Helper()
	if !w.inFront() {
		w.desk.t.Fatalf("window %s is not in front: call Front before typing into it", w.id)
	}
}
