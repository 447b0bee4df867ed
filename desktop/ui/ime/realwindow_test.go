//go:build realwindow

package ime_test

import (
	"encoding/json"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"redress/desktop/ui/ime/imetest"
)

// held is what the window in testdata says it holds.
type held struct {
	Single, Multi, Password string
	Enter, Escape, Palette  int
	Focus                   string
}

type desk struct {
	*imetest.Desk
	*imetest.Window
	t    *testing.T
	file string
}

// open builds the window, sets up a desk and opens it there.
func open(t *testing.T, flags ...string) desk {
	t.Helper()
	return openAt(t, imetest.Start(t), flags...)
}

// openAt opens one more window at a desk.
func openAt(t *testing.T, at *imetest.Desk, flags ...string) desk {
	t.Helper()
	dir := t.TempDir()
	program := filepath.Join(dir, "window")
	build := exec.Command("go", "build", "-tags", "migrated_fynedo", "-o", program, "./testdata/window")
	if out, err := build.CombinedOutput(); err != nil {
		t.Fatalf("building the window: %v\n%s", err, out)
	}
	d := desk{t: t, file: filepath.Join(dir, "held"), Desk: at}
	d.Window = d.Run(program, append(flags, d.file)...).Window()
	t.Cleanup(func() {
		if t.Failed() {
			t.Logf("the window held %+v", d.read())
		}
	})
	d.Front()
	if len(flags) == 0 {
		d.holds("the keyboard in the first field", func(h held) bool { return h.Focus == "single" })
	}
	return d
}

func (d desk) read() (h held) {
	text, err := os.ReadFile(d.file)
	if err == nil {
		_ = json.Unmarshal(text, &h)
	}
	return h
}

func (d desk) holds(what string, ok func(held) bool) {
	d.t.Helper()
	d.Until(what, func() bool { return ok(d.read()) })
}

// single waits until the first field reads text.
func (d desk) single(text string) {
	d.t.Helper()
	d.holds("the first field to read "+text, func(h held) bool { return h.Single == text })
}

func (d desk) multi(text string) {
	d.t.Helper()
	d.holds("the second field to read "+text, func(h held) bool { return h.Multi == text })
}

// TestComposingInARealWindow is one sitting: what was committed stays, whatever
// is pressed while the next words are composed.
func TestComposingInARealWindow(t *testing.T) {
	d := open(t)
	d.Chinese(true)
	d.Compose("tousu")
	d.Commit("space")
	d.single("投诉")

	// Backspace goes to the letters: of nihao remains nih, which gives 你好.
	d.Compose("nihao")
	d.Press("BackSpace", "BackSpace")
	d.Commit("space")
	text := d.grown("投诉")

	// Enter commits the letters, and nothing is submitted.
	d.Compose("nihao")
	d.Commit("Return")
	d.single(text + "nihao")
	if h := d.read(); h.Enter != 0 {
		t.Errorf("Enter of the composition submitted the field")
	}

	// Escape abandons, and closes nothing; the next Backspace is for the text.
	d.Compose("nihao")
	d.Commit("Escape")
	if h := d.read(); h.Escape != 0 || h.Single != text+"nihao" {
		t.Errorf("after Escape: %+v", h)
	}
	d.Press("BackSpace", "BackSpace", "BackSpace", "BackSpace", "BackSpace")
	d.single(text)

	// Arrows and Delete move among candidates, and Tab too.
	d.Compose("xian")
	d.Press("Left", "Home", "Delete", "Tab")
	d.Press("Escape", "Escape")
	d.Until("the candidates to be gone", func() bool { return !d.Composing() })
	if h := d.read(); h.Focus != "single" || h.Single != text {
		t.Errorf("after keys for the candidates: %+v", h)
	}

	// Letter by letter to nothing, and one more: that one is for the text.
	d.Compose("ni")
	d.Press("BackSpace")
	d.Commit("BackSpace")
	d.single(text)
	d.Press("BackSpace")
	d.single(string([]rune(text)[:len([]rune(text))-1]))
}

// TestTheFastestTypistInARealWindow composes without looking: every key is
// struck before the window has answered the first.
func TestTheFastestTypistInARealWindow(t *testing.T) {
	d := open(t)
	d.Chinese(true)
	d.Burst("t", "o", "u", "s", "u", "space")
	d.single("投诉")
	d.Burst("n", "i", "BackSpace", "BackSpace", "space")
	d.single("投诉 ")
	d.Burst("n", "i", "h", "a", "o", "Return", "BackSpace", "1")
	d.single("投诉 niha1")
	d.Burst("n", "i", "Escape", "BackSpace", "BackSpace", "BackSpace", "BackSpace", "BackSpace", "BackSpace")
	d.single("投诉")
	if h := d.read(); h.Enter != 0 || h.Escape != 0 {
		t.Errorf("keys of a composition reached the owner: %+v", h)
	}
}

// grown waits until the first field reads more than text and returns it.
func (d desk) grown(text string) string {
	d.t.Helper()
	var now string
	d.holds("the first field to grow from "+text, func(h held) bool {
		now = h.Single
		return len(now) > len(text)
	})
	if now[:len(text)] != text {
		d.t.Fatalf("committed text was lost: %q became %q", text, now)
	}
	return now
}

func TestSeveralLinesInARealWindow(t *testing.T) {
	d := open(t)
	d.Press("Tab")
	d.holds("Tab to move on", func(h held) bool { return h.Focus == "multi" })
	d.Chinese(true)
	d.Compose("tousu")
	d.Commit("space")
	d.multi("投诉")
	d.Press("Return")
	d.multi("投诉\n")
	d.Compose("nihao")
	d.Commit("Return")
	d.multi("投诉\nnihao")
	d.Press("Return")
	d.Compose("tousu")
	d.Commit("1")
	d.multi("投诉\nnihao\n投诉")
	d.Press("Tab")
	d.holds("Tab to leave several lines", func(h held) bool { return h.Focus == "password" })
	d.Press("shift+Tab")
	d.holds("Shift+Tab to come back", func(h held) bool { return h.Focus == "multi" })
	if path := os.Getenv("IME_PICTURE"); path != "" {
		d.Compose("zhongwen")
		d.Desk.Picture(path)
	}
}

// TestPlainTypingInARealWindow: with the input method running but off, all
// keys at once, in the order in which they were struck.
func TestPlainTypingInARealWindow(t *testing.T) {
	d := open(t)
	d.Chinese(false)
	d.Burst("h", "e", "l", "l", "o", "BackSpace", "p")
	d.single("hellp")
	d.Burst("ctrl+a", "a", "b", "Left", "c", "Right", "d")
	d.single("acbd")
	d.Press("ctrl+a")
	d.Hold("a", "a held key to repeat", func() bool { return strings.HasPrefix(d.read().Single, "aaaaa") })
	d.Hold("BackSpace", "a held Backspace to empty the field", func() bool { return d.read().Single == "" })
	d.Type("The Quick brown fox, 17 jumps; over (the) lazy dog's back!")
	d.single("The Quick brown fox, 17 jumps; over (the) lazy dog's back!")
	d.Burst("x", "ctrl+k")
	d.holds("Ctrl+K to reach the window", func(h held) bool { return h.Palette == 1 })
	d.Burst("ctrl+a", "g", "o", "Return")
	d.holds("Enter after what was typed", func(h held) bool { return h.Enter == 1 && h.Single == "go" })
	d.Burst("x", "Tab", "l", "i", "n", "e", "Return", "t", "w", "o")
	d.single("gox")
	d.multi("line\ntwo")
}

// TestTwoWindowsAtOneDesk: a person changes between programs in mid-sentence.
func TestTwoWindowsAtOneDeskInARealWindow(t *testing.T) {
	one := open(t)
	two := openAt(t, one.Desk)
	for range 3 {
		for _, d := range []desk{one, two} {
			d.Front()
			d.Chinese(true)
			d.Compose("tousu")
			d.Commit("space")
			d.Chinese(false)
			d.Press("x")
		}
	}
	for _, d := range []desk{one, two} {
		d.single("投诉x投诉x投诉x")
	}
	// Composing in one and turning to the other loses nothing committed.
	one.Front()
	one.Chinese(true)
	one.Compose("nihao")
	two.Front()
	two.Chinese(false)
	two.Press("BackSpace")
	two.single("投诉x投诉x投诉")
	one.Front()
	one.Press("BackSpace")
	one.holds("Backspace to be heard again", func(h held) bool { return strings.HasPrefix(h.Single, "投诉x投诉x投诉") })
}
