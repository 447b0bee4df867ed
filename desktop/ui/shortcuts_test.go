package ui

import (
	"go/ast"
	"go/parser"
	"go/token"
	"os"
	"slices"
	"strings"
	"testing"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/test"

	"redress/desktop/present/presenttest"
	"redress/desktop/ui/theme"
)

// listedKeys are all keys that stand on the page of shortcuts.
func (a *App) listedKeys() (keys []string) {
	for _, l := range a.listings() {
		for _, line := range l.lines {
			keys = append(keys, line.keys...)
		}
	}
	return keys
}

// keysAlone are keys that somebody may strike where there is no text: also those that have no
// name here, of the volume or the brightness of a laptop.
func keysAlone() []fyne.KeyName {
	keys := []fyne.KeyName{fyne.KeyUnknown, fyne.KeyInsert, fyne.KeyDelete, fyne.KeyBackspace, fyne.KeyF2, fyne.KeyF5, fyne.KeyF12}
	for c := '0'; c <= 'Z'; c++ {
		keys = append(keys, fyne.KeyName(c))
	}
	return keys
}

// TestAShortcutThatIsNotListedDoesNothing: on every page, each chord the window listens to and
// each key struck alone is on the page of shortcuts, or changes nothing; and none means two
// things.
func TestAShortcutThatIsNotListedDoesNothing(t *testing.T) {
	for _, c := range scenes() {
		t.Run(c.name, func(t *testing.T) {
			c.play(t, []variant{{presenttest.Words(t), theme.Light(), []float32{100}}}, func(s *screen, _ variant, _ float32) {
				if s.app.front == nil {
					return
				}
				keys, before, focus := s.app.listedKeys(), test.RenderToMarkup(s.Canvas()), s.Canvas().Focused()
				for _, c := range s.app.chords() {
					if !slices.Contains(keys, c.String()) {
						s.app.strike(c)
						s.settle()
					}
				}
				for _, name := range keysAlone() {
					if !slices.Contains(keys, alone(name).String()) {
						s.Canvas().OnTypedKey()(&fyne.KeyEvent{Name: name})
						s.settle()
					}
				}
				if test.RenderToMarkup(s.Canvas()) != before || s.Canvas().Focused() != focus {
					t.Errorf("a chord that is not among %q changes something", keys)
				}
				on := map[string]string{}
				for _, b := range s.app.offers() {
					if b.hint == "" || b.hint == submitHint || b.hint == leaveHint || b.hint == enterHint {
						continue
					}
					if other, twice := on[b.hint]; twice {
						t.Errorf("%s stands on %q and on %q", b.hint, other, b.word)
					}
					on[b.hint] = b.word
					if !slices.ContainsFunc(s.app.chords(), func(c chord) bool { return c.String() == b.hint }) {
						t.Errorf("%s stands on %q, and the window does not listen to it", b.hint, b.word)
					}
				}
			})
		})
	}
}

// TestAButtonsKeyPressesIt, and the page of shortcuts names it with its word.
func TestAButtonsKeyPressesIt(t *testing.T) {
	seat, ids := busy(t)
	s := newScreen(t, door{})
	sh := s.at(seat)
	sh.openTicket(ids[1])
	s.settle()
	here := s.app.listings()[1]
	for _, b := range s.app.offers() {
		if b.hint == "" {
			continue
		}
		if !slices.ContainsFunc(here.lines, func(l listed) bool { return slices.Equal(l.keys, []string{b.hint}) && l.word == join(b.word, b.about) }) {
			t.Errorf("%s %s is not listed", b.hint, b.word)
		}
		pressed := false
		b.act = func() { pressed = true }
		if s.press(fyne.KeyName(strings.TrimPrefix(b.hint, "Ctrl+")), control); !pressed {
			t.Errorf("%s does not press %q", b.hint, b.word)
		}
		b.Disable()
		pressed = false
		if s.press(fyne.KeyName(strings.TrimPrefix(b.hint, "Ctrl+")), control); pressed {
			t.Errorf("%s presses %q, which cannot be pressed", b.hint, b.word)
		}
	}
}

// parsed are the files of the package that are not tests.
func parsed(t *testing.T) (*token.FileSet, map[string]*ast.File) {
	t.Helper()
	files, all := token.NewFileSet(), map[string]*ast.File{}
	entries, err := os.ReadDir(".")
	if err != nil {
		t.Fatal(err)
	}
	for _, e := range entries {
		if name := e.Name(); strings.HasSuffix(name, ".go") && !strings.HasSuffix(name, "_test.go") {
			f, err := parser.ParseFile(files, name, nil, 0)
			if err != nil {
				t.Fatal(err)
			}
			all[name] = f
		}
	}
	return files, all
}

// TestKeysAreNamedInTheirTablesAlone: a key cannot be given a meaning anywhere else, and every
// table of keys is listed.
func TestKeysAreNamedInTheirTablesAlone(t *testing.T) {
	tables := []string{"keys.go", "widgetkeys.go"}
	files, all := parsed(t)
	listing := map[string]bool{}
	ast.Inspect(all["shortcuts.go"], func(n ast.Node) bool {
		if id, is := n.(*ast.Ident); is {
			listing[id.Name] = true
		}
		return true
	})
	for name, f := range all {
		ast.Inspect(f, func(n ast.Node) bool {
			sel, is := n.(*ast.SelectorExpr)
			if !is || slices.Contains(tables, name) {
				return true
			}
			what := sel.Sel.Name
			pkg, _ := sel.X.(*ast.Ident)
			key := pkg != nil && (pkg.Name == "fyne" || pkg.Name == "desktop") && strings.HasPrefix(what, "Key") && what != "KeyEvent"
			if key || slices.Contains([]string{"AddShortcut", "SetOnTypedKey", "SetOnTypedRune", "OnEnter", "OnArrow", "OnEscape"}, what) {
				t.Errorf("%s: %s: what a key does belongs into %v, where it is listed", files.Position(n.Pos()), what, tables)
			}
			return true
		})
	}
	for _, d := range all["widgetkeys.go"].Decls {
		g, is := d.(*ast.GenDecl)
		if !is || g.Tok != token.VAR {
			continue
		}
		for _, spec := range g.Specs {
			v, _ := spec.(*ast.ValueSpec)
			for _, id := range v.Names {
				if strings.HasSuffix(id.Name, "Keys") && !listing[id.Name] {
					t.Errorf("the table %s is not on the page of shortcuts", id.Name)
				}
			}
		}
	}
}

// TestKEYSmdNamesEveryChord of the window and of its actions.
func TestKEYSmdNamesEveryChord(t *testing.T) {
	text, err := os.ReadFile("KEYS.md")
	if err != nil {
		t.Fatal(err)
	}
	s := newScreen(t, door{})
	hints := []string{takeOverHint}
	for kind := range letters {
		hints = append(hints, hint(kind))
	}
	for _, k := range s.app.windowKeys() {
		for _, c := range k.chords {
			hints = append(hints, c.String())
		}
	}
	for _, h := range hints {
		if !strings.Contains(string(text), "`"+h+"`") {
			t.Errorf("KEYS.md does not name %s", h)
		}
	}
}

func TestTheShortcutsAsDrawn(t *testing.T) {
	named(t, "shortcuts").play(t, []variant{{presenttest.Words(t), theme.Light(), []float32{100}}}, func(s *screen, _ variant, _ float32) {
		s.golden("shortcuts")
		before := s.Canvas().Focused()
		if b, is := before.(*press); !is || b.hint != leaveHint {
			t.Errorf("the focus is on %s", told(before))
		}
		s.key(fyne.KeyF1)
		if s.app.over != nil {
			t.Error("F1 does not take away what it brought")
		}
	})
}

// F1 reaches the window whatever has the focus: a text, a list, a choice, a tick, a button.
func TestShortcutsAreListedOnOneKey(t *testing.T) {
	named(t, "who calls").play(t, []variant{{presenttest.Words(t), theme.Light(), []float32{100}}}, func(s *screen, _ variant, _ float32) {
		for _, w := range s.controls() {
			s.Canvas().Focus(w.control)
			if s.key(fyne.KeyF1); !s.app.isOver(keysName) {
				t.Errorf("in %s F1 does nothing", told(w.control))
			}
			if s.key(fyne.KeyEscape); s.app.over != nil || s.Canvas().Focused() != w.control {
				t.Errorf("Esc leads back to %s, not to %s", told(s.Canvas().Focused()), told(w.control))
			}
		}
	})
}
