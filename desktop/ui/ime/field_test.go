package ime

import (
	"fmt"
	"strings"
	"testing"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/container"
	"fyne.io/fyne/v2/test"
	"fyne.io/fyne/v2/widget"
)

func TestEnterAndEscapeReachTheOwnerOnlyOutsideAComposition(t *testing.T) {
	for _, c := range []struct{ keys, heard string }{
		{"hi enter", "enter:hi "},
		{"esc", "escape "},
		{"up", "arrow:Up "},
		{"N I ~20 enter ~1 'ni'", ""},
		{"N I ~20 enter ~1 'ni' ~20 enter", "enter:ni "},
		{"N I ~20 esc", ""},
		{"N I ~20 esc esc", "escape "},
		{"N I ~20 up", ""},
		{"A B enter 'a' ~2 'b'", "enter:ab "},
	} {
		heard := ""
		f := New(0)
		f.OnEnter = func(text string) { heard += "enter:" + text + " " }
		f.OnEscape = func() { heard += "escape " }
		f.OnArrow = func(name fyne.KeyName) { heard += "arrow:" + string(name) + " " }
		newKeyboard(t, f, "").play(c.keys)
		if heard != c.heard {
			t.Errorf("%s: the owner heard %q, want %q", c.keys, heard, c.heard)
		}
	}
}

func TestEscapeWithoutAnOwnerGoesToTheWindow(t *testing.T) {
	f := New(0)
	k := newKeyboard(t, f, "")
	var heard fyne.KeyName
	f.canvas().SetOnTypedKey(func(e *fyne.KeyEvent) { heard = e.Name })
	k.play("esc")
	if heard != fyne.KeyEscape {
		t.Errorf("the window heard %q", heard)
	}
}

func TestTabMovesOnUnlessItChoosesACandidate(t *testing.T) {
	for _, c := range []struct {
		keys  string
		moved bool
	}{
		{"tab", true},
		{"hi tab", true},
		{"N I ~20 tab", false},
		{"A B tab", false},              // not yet known whose it is
		{"A B tab 'a' ~2 'b' ~2", true}, // in its turn
	} {
		first, second := NewMultiLine(0), New(0)
		k := newKeyboard(t, first, "")
		w := test.NewTempWindow(t, container.NewVBox(first, second))
		w.Canvas().Focus(first)
		k.play(c.keys)
		if moved := w.Canvas().Focused() == fyne.Focusable(second); moved != c.moved {
			t.Errorf("%s: moved on is %v, want %v (text %q)", c.keys, moved, c.moved, first.Text)
		}
	}
}

// Keys struck after a Tab that had to wait are for the next field.
func TestKeysAfterAWaitingTabGoToTheNextField(t *testing.T) {
	first, second := New(0), NewMultiLine(0)
	k := newKeyboard(t, first, "")
	w := test.NewTempWindow(t, container.NewVBox(first, second))
	w.Canvas().Focus(first)
	second.frames = func(func()) func() { return func() {} }
	k.play("A B tab C enter D 'a' ~2 'b' ~2")
	k.field = second
	k.play("'c' 'd'")
	if first.Text != "ab" || second.Text != "c\nd" {
		t.Errorf("%q and %q", first.Text, second.Text)
	}
}

// So are they where that is no field: the second Tab moves on as well, and Space presses.
func TestKeysAfterAWaitingTabGoToWhateverComesNext(t *testing.T) {
	first, list := New(0), widget.NewSelect([]string{"a", "b"}, nil)
	pressed := 0
	button := widget.NewButton("", func() { pressed++ })
	k := newKeyboard(t, first, "")
	w := test.NewTempWindow(t, container.NewVBox(first, list, button))
	w.Canvas().Focus(first)
	k.play("A B tab right tab space 'a' ~2 'b' ~2")
	if first.Text != "ab" || list.Selected != "a" || pressed != 1 {
		t.Errorf("%q, %q, pressed %d times", first.Text, list.Selected, pressed)
	}
}

// The canvas of the test driver keeps no shortcuts, so this asks the guard; the
// test of the real window presses Ctrl+K.
func TestAShortcutOfTheWindowIsNeverDropped(t *testing.T) {
	for _, before := range []string{"", "A", "A B"} {
		for frames := range 2 * silentFrames {
			times := 0
			g := guard{act: func(press) { times++ }}
			for _, name := range strings.Fields(before) {
				g.printing(fyne.KeyName(name))
			}
			for range frames {
				g.frame()
			}
			g.control(press{shortcut: shortcuts["ctrl+k"], survives: true})
			for range 2 * silentFrames {
				g.frame()
			}
			if times != 1 {
				t.Errorf("behind %q and %d frames it acted %d times", before, frames, times)
			}
		}
	}
}

func TestALimitRefusesWhatDoesNotFitAndSaysSo(t *testing.T) {
	for _, c := range []struct {
		keys, paste string
		want, told  string
	}{
		{"'投诉配件'", "", "投诉配件", ""},
		{"'投诉配件无货'", "", "投诉配件无", "5:1 "},
		{"'投诉配件无' all '货'", "", "货", ""},
		{"'投诉'", "配件\r\n无货", "投诉配件 ", "5:2 "},
		{"'投诉'", "\x00\ufeff件", "投诉件", ""},
		{"'投诉配件无' all", "客户来电反映", "客户来电反", "5:1 "},
	} {
		told := ""
		f := New(5)
		f.OnLimit = func(limit, leftOut int) { told += fmt.Sprintf("%d:%d ", limit, leftOut) }
		k := newKeyboard(t, f, "")
		k.play(c.keys)
		if c.paste != "" {
			clipboard := fyne.CurrentApp().Clipboard()
			clipboard.SetContent(c.paste)
			f.TypedShortcut(&fyne.ShortcutPaste{Clipboard: clipboard})
		}
		if f.Text != c.want || told != c.told {
			t.Errorf("%s, paste %q: %q and told %q, want %q and %q", c.keys, c.paste, f.Text, told, c.want, c.told)
		}
	}
}

func TestALineEndCountsToo(t *testing.T) {
	told := 0
	f := NewMultiLine(2)
	f.OnLimit = func(int, int) { told++ }
	newKeyboard(t, f, "").play("ab enter")
	if f.Text != "ab" || told != 1 {
		t.Errorf("%q, told %d times", f.Text, told)
	}
}

func TestAPasswordShowsNoText(t *testing.T) {
	f := NewPassword(0)
	newKeyboard(t, f, "").play("secret")
	if !f.Password || f.Text != "secret" {
		t.Errorf("password %v, text %q", f.Password, f.Text)
	}
}

func TestADisabledFieldTakesNothing(t *testing.T) {
	f := New(0)
	k := newKeyboard(t, f, "投诉")
	f.Disable()
	k.play("A B bs 'ab' ~20")
	if f.Text != "投诉" || f.guard.open() {
		t.Errorf("%q, composing %v", f.Text, f.guard.open())
	}
}

// The stock entry with the same keys: what the guard is there for. If Fyne ever
// does this right, the guard can go.
func TestAStockEntryStillLosesText(t *testing.T) {
	test.NewTempApp(t)
	e := widget.NewEntry()
	e.SetText("投诉")
	e.TypedKey(&fyne.KeyEvent{Name: fyne.KeyEnd})
	for _, name := range []fyne.KeyName{"N", "I", "H", "A", "O", fyne.KeyBackspace, fyne.KeyBackspace} {
		e.TypedKey(&fyne.KeyEvent{Name: name})
	}
	if e.Text != "" {
		t.Errorf("%q", e.Text)
	}
}

// The page of a password says when the keys do not go in, and no longer than that.
func TestAFieldTellsOfAComposition(t *testing.T) {
	for keys, want := range map[string]string{
		"hello": "", "N I ~19": "", "N I ~20": "open", "N I ~20 esc": "open over", "N I ~20 space '你'": "open over", "N ~20 bs": "open over",
		"N I ~20 'n' ~2 'i'": "open over",
	} {
		k := newKeyboard(t, NewPassword(0), "")
		told := ""
		k.field.OnComposing = func(is bool) {
			told += map[bool]string{true: " open", false: " over"}[is]
		}
		if k.play(keys); strings.TrimSpace(told) != want {
			t.Errorf("%s\n tells %q\n want %q", keys, told, want)
		}
	}
}
