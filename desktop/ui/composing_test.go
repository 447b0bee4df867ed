package ui

import (
	"testing"

	"fyne.io/fyne/v2"

	"redress/desktop/ui/ime"
	"redress/desktop/ui/theme"
)

// While an input method composes no key of the window acts, on any page with a text field: it
// would send the form without what is not written yet, or take the focus away under it. The field
// says so, until the composition is over.
func TestNoKeyOfTheWindowActsDuringAComposition(t *testing.T) {
	const says = "输入法里还有没选定的字。请先按空格选定或按 Esc 取消。"
	fields := 0
	for _, name := range []string{"login", "enrolment", "new ticket", "search", "palette", "claims", "a claim amended", "contact", "correct", "file a claim", "limit", "write off"} {
		c := named(t, name)
		c.play(t, []variant{{wordsOf(t, "zh"), theme.Light(), []float32{100}}}, func(s *screen, _ variant, _ float32) {
			if s.app.front == nil {
				return
			}
			s.fill()
			for _, w := range s.controls() {
				field, text := w.control.(*ime.Field)
				if !text {
					continue
				}
				fields++
				s.Canvas().Focus(field)
				field.TypedKey(&fyne.KeyEvent{Name: fyne.KeyW}) // and no rune: it goes into a composition
				before, front, over, page, stood := s.given(), s.app.front, s.app.over, s.app.onPage(), field.Text
				for _, key := range s.app.chords() {
					s.app.strike(key)
					if s.Canvas().Focused() != fyne.Focusable(field) || s.given() != before || s.app.front != front || s.app.over != over || s.app.onPage() != page || field.Text != stood {
						t.Fatalf("%s: %s does something while %s composes", c.name, key, told(field))
					}
				}
				if over == nil && !s.shows(says) {
					t.Errorf("%s: %s does not say why nothing is done", c.name, told(field))
				}
				field.TypedKey(&fyne.KeyEvent{Name: fyne.KeyEscape})
				if s.shows(says) {
					t.Errorf("%s: %s still says it when that is over", c.name, told(field))
				}
			}
		})
	}
	if fields < 25 {
		t.Errorf("only %d fields were tried", fields)
	}
}
