package ime

import (
	"strconv"
	"strings"
	"testing"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/container"
	"fyne.io/fyne/v2/driver/desktop"
	"fyne.io/fyne/v2/test"
)

// A keyboard plays what a window delivers into a field, written as a line:
//
//	N I H     keys that print, without their runes
//	space bs del enter esc tab left right up home accent   other keys
//	all cut ctrl+bs ctrl+k                          shortcuts
//	'投诉'    runes, one after the other with nothing between
//	~6        six frames
//	hello     (in lower case) each key with its rune a frame later, as a
//	          window without composition delivers what is typed at leisure
type keyboard struct {
	field *Field
	each  func() // draws a frame; nil while the field wants none
}

func newKeyboard(t *testing.T, f *Field, text string) *keyboard {
	t.Helper()
	test.NewTempApp(t)
	k := &keyboard{field: f}
	f.frames = func(each func()) func() {
		k.each = each
		return func() { k.each = nil }
	}
	w := test.NewTempWindow(t, f)
	w.Resize(fyne.NewSize(400, 120))
	w.Canvas().Focus(f)
	f.SetText(text)
	f.TypedKey(&fyne.KeyEvent{Name: fyne.KeyPageDown}) // the cursor to the end
	return k
}

var named = map[string]fyne.KeyName{
	"space": fyne.KeySpace, "bs": fyne.KeyBackspace, "del": fyne.KeyDelete, "enter": fyne.KeyReturn,
	"esc": fyne.KeyEscape, "tab": fyne.KeyTab, "left": fyne.KeyLeft, "right": fyne.KeyRight,
	"up": fyne.KeyUp, "home": fyne.KeyHome, "accent": fyne.KeyApostrophe,
}

var shortcuts = map[string]fyne.Shortcut{
	"all": &fyne.ShortcutSelectAll{}, "undo": &fyne.ShortcutUndo{},
	"ctrl+bs": &desktop.CustomShortcut{KeyName: fyne.KeyBackspace, Modifier: fyne.KeyModifierControl},
	"ctrl+k":  &desktop.CustomShortcut{KeyName: fyne.KeyK, Modifier: fyne.KeyModifierControl},
}

func (k *keyboard) play(line string) {
	for _, word := range strings.Fields(line) {
		switch {
		case named[word] != "":
			k.key(named[word])
		case shortcuts[word] != nil:
			k.field.TypedShortcut(shortcuts[word])
		case word[0] == '\'':
			for _, r := range strings.Trim(word, "'") {
				k.rune(r)
			}
		case word[0] == '~':
			n, _ := strconv.Atoi(word[1:])
			k.draw(n)
		case len(word) == 1:
			k.key(fyne.KeyName(word))
		default:
			for _, r := range word {
				k.key(fyne.KeyName(strings.ToUpper(string(r))))
				k.draw(1)
				k.rune(r)
			}
		}
	}
}

func (k *keyboard) key(name fyne.KeyName) {
	// As the driver does: Tab moves the focus unless the widget wants it.
	if name == fyne.KeyTab && !k.field.AcceptsTab() {
		k.field.canvas().FocusNext()
		return
	}
	k.field.TypedKey(&fyne.KeyEvent{Name: name})
}

func (k *keyboard) rune(r rune) {
	if r == '_' {
		r = ' '
	}
	k.field.TypedRune(r)
}

func (k *keyboard) draw(frames int) {
	for range frames {
		if k.each != nil {
			k.each()
		}
	}
}

// Every line begins with 投诉 committed and the cursor behind it.
func TestNoKeyOfACompositionReachesTheText(t *testing.T) {
	for _, c := range []struct{ what, keys, want string }{
		{"two Backspaces while composing", "N I H A O ~20 bs bs ~30 space ~1 '拟合'", "投诉拟合"},
		{"Backspace to the first letter and on", "N I ~20 bs bs ~20 bs", "投"},
		{"a Backspace that came before the silence was long enough", "N I H ~2 bs ~30 space ~1 '你'", "投诉你"},
		{"composition emptied and begun again", "N ~20 bs ~20 H A O ~20 bs ~20 space ~1 '哈'", "投诉哈"},
		{"the commit gives the account back", "N I ~20 space ~1 '你' bs", "投诉"},
		{"Enter commits the letters", "N I H A O ~20 enter ~1 'nihao' ~20 bs", "投诉niha"},
		{"Enter commits the letters at once", "N I H A O enter 'nihao'", "投诉nihao"},
		{"Enter, and the next key before the runes", "N I ~20 enter bs 'ni' ~1", "投诉n"},
		{"Escape abandons, then Backspace is for the text", "N I H A O ~20 esc ~20 bs", "投"},
		{"Delete and arrows stay with the candidates", "N I ~20 left right up home del ~20 space ~1 '你'", "投诉你"},
		{"a digit chooses", "X I A N ~20 2 ~1 '先'", "投诉先"},
		{"a sign commits the first candidate and itself", "N I ~20 , ~1 '你，' bs", "投诉你"},
		{"a digit that chooses a part is taken back first", "N I M E N ~20 1 ~20 bs bs bs bs bs bs ~20 space ~1 '你'", "投诉你"},
		{"the next word begun before the commit arrives", "N I ~20 space H A ~1 '你' ~20 bs bs ~20 bs", "投诉"},
		{"select all while composing", "N I ~20 all space ~1 '你'", "投诉你"},
		{"Ctrl+Backspace while composing", "N I ~20 ctrl+bs ~20 space ~1 '你'", "投诉你"},
		{"composed, taken back and a space, all at once", "N I bs bs space ~12 '_' bs bs", "投"},
		{"Tab chooses a candidate, then Space commits", "N I ~20 tab space ~1 '你' bs", "投诉"},
		{"Tab, then Enter commits the letters", "N I ~20 tab enter 'ni' ~1 bs", "投诉n"},
		{"an English candidate by Space, and the next word", "H E ~20 bs E space ~1 'he' N I bs ~20 bs bs", "投诉h"},
		{"a page of candidates turned is no letter", "N I ~20 - = - = bs bs ~20 bs", "投"},
	} {
		t.Run(c.what, func(t *testing.T) {
			k := newKeyboard(t, New(0), "投诉")
			k.play(c.keys)
			if k.field.Text != c.want {
				t.Errorf("%s\n gives %q\n want  %q", c.keys, k.field.Text, c.want)
			}
		})
	}
}

// What is typed without composing is as in any other program, also where the
// window is slow or the input method is running but off.
func TestPlainTypingIsUntouched(t *testing.T) {
	for _, c := range []struct{ what, keys, want string }{
		{"at leisure", "hello bs", "hell"},
		{"Backspace before the answers, one rune a frame", "H E L L O bs 'h' ~2 'e' ~3 'l' ~2 'l' ~2 'o'", "hell"},
		{"key repeat of a letter and of Backspace", "H 'h' H 'h' H 'h' bs bs", "h"},
		{"typing on behind a waiting Backspace", "H E bs L 'h' ~2 'e' ~2 'l'", "hl"},
		{"arrows keep their turn", "A B left C 'a' ~2 'b' ~2 'c'", "acb"},
		{"select all keeps its turn", "A B all C 'a' ~2 'b' ~2 'c'", "c"},
		{"signs and capitals", "1 '!' A 'A' , '<' space '_' bs bs", "!A"},
		{"an answer slower than the silence", "H E ~20 'h' ~20 'e' bs", "h"},
		{"keypad without NumLock prints nothing and opens nothing", "1 ~120 A 'a' bs bs 7 ~120 bs", ""},
		{"keypad without NumLock, then at once a letter", "7 A bs 'a'", ""},
		{"the same key twice in a millisecond is one key and two runes", "H E L O bs 'h' ~2 'e' ~2 'l' ~2 'l' ~2 'o'", "hell"},
		{"keys that print nothing take their turn too", "A left B ~8 'a' ~4 'b'", "ba"},
		{"runes without keys, as another layout or a click on a candidate", "'你好é' bs", "你好"},
		{"a letter with its dead accent", "accent ~20 E ~1 'é' bs", ""},
	} {
		t.Run(c.what, func(t *testing.T) {
			k := newKeyboard(t, New(0), "")
			k.play(c.keys)
			if k.field.Text != c.want {
				t.Errorf("%s\n gives %q\n want  %q", c.keys, k.field.Text, c.want)
			}
		})
	}
}

// Keys typed ahead while the machine lags: the silence is taken for a composition, and the
// runes come after all. Every key then does what it is for, in its turn: what is behind a Tab
// goes into the next field, and nothing of it into this one. The answer to the last key
// comes after a frame of its own.
func TestWhatIsTypedAheadGoesWhereItWasMeant(t *testing.T) {
	for _, c := range []struct{ what, keys, first, second string }{
		{"a Tab", "C L ~20 O tab T I 'c' ~2 'l' ~2 'o' ~2 't' ~2 'i'", "clo", "ti"},
		{"a Tab that waits already", "C L tab T ~30 I 'c' ~2 'l' ~2 't' ~2 'i'", "cl", "ti"},
		{"words with spaces, struck before and after the silence", "N O space ~20 C L tab T space I 'n' ~2 'o' ~2 '_' ~2 'c' ~2 'l' ~2 't' ~2 '_' ~2 'i'", "no cl", "t i"},
		{"two answers in one frame, up to the space", "N O space ~20 C tab T 'no' ~2 '_' ~2 'c' ~2 't'", "no c", "t"},
		{"Backspace", "A B ~20 bs C 'a' ~2 'b' ~2 'c'", "ac", ""},
		{"an arrow", "A B ~20 left C 'a' ~2 'b' ~2 'c'", "acb", ""},
		{"signs", "A ~20 - 1 tab B 'a' ~2 '-' ~2 '1' ~2 'b'", "a-1", "b"},
		{"Enter, and a Tab behind it", "A B ~20 enter tab C 'a' ~2 'b' ~2 'c'", "ab", "c"},
		{"a telephone number, whose digits open no composition", "1 3 8 tab L ~100 '1' ~30 '3' ~30 '8' ~2 'l'", "138", "l"},
		{"two silences", "A B ~20 tab C ~20 'a' ~20 'b' ~20 'c'", "ab", "c"},
	} {
		t.Run(c.what, func(t *testing.T) {
			first, second := New(0), New(0)
			k := newKeyboard(t, first, "")
			second.frames = first.frames
			w := test.NewTempWindow(t, container.NewVBox(first, second))
			w.Resize(fyne.NewSize(400, 120))
			w.Canvas().Focus(first)
			second.OnFocus = func(is bool) {
				if is {
					k.field = second
				}
			}
			k.play(c.keys)
			if first.Text != c.first || second.Text != c.second {
				t.Errorf("%s\n gives %q, %q\n want  %q, %q", c.keys, first.Text, second.Text, c.first, c.second)
			}
		})
	}
}

func TestEnterAddsNoLineThatACompositionMeant(t *testing.T) {
	for _, c := range []struct{ keys, want string }{
		{"ab enter cd", "ab\ncd"},
		{"A B enter C 'a' ~2 'b' ~2 'c'", "ab\nc"},
		{"N I H A O ~20 enter ~1 'nihao' ~20 enter", "nihao\n"},
		{"A ~10 enter ~1 'a'", "a"}, // a composition of one letter
		{"A enter 'a'", "a\n"},
		{"N I ~20 enter ~20 enter 'x'", "\nx"}, // the first threw the letters away
	} {
		k := newKeyboard(t, NewMultiLine(0), "")
		k.play(c.keys)
		if k.field.Text != c.want {
			t.Errorf("%s\n gives %q\n want  %q", c.keys, k.field.Text, c.want)
		}
	}
}

// The account never grows without bound and never stays busy: a guard that
// waits draws frames, and an idle window must not.
func TestTheGuardComesToRest(t *testing.T) {
	k := newKeyboard(t, New(0), "")
	for range 500 {
		k.key(fyne.KeyA)
	}
	if n := len(k.field.guard.pending); n > maxPending {
		t.Errorf("%d keys remembered, more than %d", n, maxPending)
	}
	k.draw(silentFrames)
	if k.each != nil {
		t.Error("frames are still drawn after the silence was judged")
	}
	k.field.FocusLost()
	if k.field.guard.open() {
		t.Error("a composition outlived the focus")
	}
}

// Every sequence of six events: each waiting key acts at most once and in the
// order in which it was struck, nothing fails, and after silence the guard rests.
func TestEverySequenceComesToAnEnd(t *testing.T) {
	const length = 6
	names := []fyne.KeyName{"A", fyne.KeySpace, fyne.KeyBackspace, fyne.KeyReturn, fyne.KeyEscape}
	kinds := len(names) + 3
	total := 1
	for range length {
		total *= kinds
	}
	for n := range total {
		var acted []bool // per acted key: whether it was in order
		struck, last := 0, 0
		g := guard{}
		g.act = func(p press) {
			at, _ := strconv.Atoi(p.shortcutName())
			acted = append(acted, at > last)
			last = at
		}
		for rest, i := n, 0; i < length; rest, i = rest/kinds, i+1 {
			switch kind := rest % kinds; {
			case kind < 2:
				g.printing(names[kind])
			case kind < len(names):
				struck++
				g.control(press{name: names[kind], shortcut: numbered(struck)})
			case kind == len(names):
				g.typed('a')
			case kind == len(names)+1:
				g.typed('你')
			default:
				for range silentFrames {
					g.frame()
				}
			}
		}
		for range length * lostFrames {
			g.frame()
		}
		if g.busy() {
			t.Fatalf("sequence %d: still busy", n)
		}
		for _, inOrder := range acted {
			if !inOrder {
				t.Fatalf("sequence %d: keys acted out of order or twice", n)
			}
		}
	}
}

// numbered is a shortcut that says when it was struck.
type numbered int

func (n numbered) ShortcutName() string { return strconv.Itoa(int(n)) }

func (p press) shortcutName() string { return p.shortcut.ShortcutName() }
