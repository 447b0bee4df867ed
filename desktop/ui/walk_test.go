package ui

import (
	"fmt"
	"slices"
	"testing"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/container"
	"fyne.io/fyne/v2/test"

	"redress/desktop/present/presenttest"
	"redress/desktop/ui/ime"
	"redress/desktop/ui/theme"
)

// drawn is where a control is drawn, and the part of the window in which it can be seen.
type drawn struct {
	control  fyne.Focusable
	from, to fyne.Position
	top, end float32 // of what is seen
}

// controls are all that can be used with the mouse, as drawn, in the order of drawing; mouse
// is what can be used with nothing else.
func controls(o fyne.CanvasObject, at fyne.Position, top, end float32) (all []drawn, mouse []string) {
	if !o.Visible() {
		return nil, nil
	}
	if d, is := o.(fyne.Disableable); is && d.Disabled() {
		return nil, nil
	}
	at = at.Add(o.Position())
	if f, is := o.(fyne.Focusable); is {
		return []drawn{{f, at, at.AddXY(o.Size().Width, o.Size().Height), top, end}}, nil
	}
	into := func(objects ...fyne.CanvasObject) {
		for _, inner := range objects {
			more, only := controls(inner, at, top, end)
			all, mouse = append(all, more...), append(mouse, only...)
		}
	}
	switch o := o.(type) {
	case *container.Scroll:
		top, end = max(top, at.Y), min(end, at.Y+o.Size().Height)
		into(o.Content)
	case *fyne.Container:
		into(o.Objects...)
	case *paletteLine: // as the rows of a list: the arrows lead there
	case fyne.Widget:
		if _, tappable := o.(fyne.Tappable); tappable {
			if _, ground := o.(*catcher); !ground { // a click beside the sheet is Esc
				mouse = append(mouse, fmt.Sprintf("%T", o))
			}
		}
		into(test.WidgetRenderer(o).Objects()...)
	}
	return all, mouse
}

func (s *screen) controls() (all []drawn) {
	all, _ = controls(s.face(), fyne.NewPos(0, 0), 0, s.size.Height)
	return all
}

// border is what shows the focus of a control.
func border(f fyne.Focusable) string {
	switch f := f.(type) {
	case *choice:
		return test.RenderObjectToMarkup(f.frame)
	case *rows:
		return test.RenderObjectToMarkup(f.frame)
	case fyne.CanvasObject:
		return test.RenderObjectToMarkup(f)
	}
	return ""
}

// TestTabLeadsThroughEveryPage: through everything that can be used with the mouse, in the
// order of the page, and back; each is to be seen, and shows that it has the focus.
func TestTabLeadsThroughEveryPage(t *testing.T) {
	for _, c := range scenes() {
		t.Run(c.name, func(t *testing.T) {
			c.play(t, []variant{{presenttest.Words(t), theme.Light(), []float32{100, 150}}}, func(s *screen, _ variant, scale float32) {
				if s.app.front == nil {
					return // a complaint has one button, and no pages
				}
				want := s.controls()
				_, mouse := controls(s.face(), fyne.NewPos(0, 0), 0, s.size.Height)
				for _, only := range mouse {
					t.Errorf("%s can be used with the mouse alone", only)
				}
				for _, w := range want {
					if s.app.over == nil && !shows(s.Content(), w.control) {
						t.Errorf("%s stands in something that visit does not walk through", told(w.control))
					}
				}
				s.Canvas().Unfocus()
				for n, w := range want {
					before := border(w.control)
					s.tab()
					if got := s.Canvas().Focused(); got != w.control {
						t.Fatalf("Tab %d leads to %s, not to %s", n+1, told(got), told(w.control))
					}
					if border(w.control) == before {
						t.Errorf("%s does not show that it has the focus", told(w.control))
					}
					now := s.controls()[n]
					if seen := min(now.to.Y, now.end) - max(now.from.Y, now.top); seen < min(now.to.Y-now.from.Y, now.end-now.top)-1 {
						t.Errorf("%s has the focus at %v to %v, and what is seen is %v to %v", told(w.control), now.from.Y, now.to.Y, now.top, now.end)
					}
				}
				s.tab()
				if got := s.Canvas().Focused(); got != want[0].control {
					t.Errorf("after the last Tab leads to %s", told(got))
				}
				for _, w := range slices.Backward(want) {
					s.Canvas().FocusPrevious()
					if got := s.Canvas().Focused(); got != w.control {
						t.Fatalf("Shift+Tab leads to %s, not to %s", told(got), told(w.control))
					}
				}
				if scale > 100 {
					return // a narrow window has who calls above the form, which comes first all the same
				}
				for n, before := range want {
					for _, after := range want[n+1:] {
						above := after.to.Y <= before.from.Y && after.from.X < before.to.X && before.from.X < after.to.X
						left := after.to.X <= before.from.X && after.from.Y < before.to.Y && before.from.Y < after.to.Y
						if above || left {
							t.Errorf("Tab leads to %s after %s, which stands below or to the right of it", told(after.control), told(before.control))
						}
					}
				}
			})
		})
	}
}

// told names a control for whoever reads a failure.
func told(f fyne.Focusable) string {
	switch f := f.(type) {
	case *press:
		return fmt.Sprintf("the button %q", f.word)
	case *choice:
		return fmt.Sprintf("the choice of %q", f.Options)
	case *ime.Field:
		return fmt.Sprintf("the text %q at %v", f.Text, f.Position())
	case nil:
		return "nothing"
	}
	return fmt.Sprintf("%T", f)
}

// given counts what was given at the place of work that is open.
func (s *screen) given() int {
	if s.app.shell == nil {
		return 0
	}
	if p, is := s.app.shell.place.(*seatAt); is {
		return p.gave
	}
	return 0
}

// fill fills in whatever is open, so that it only wants to be sent.
func (s *screen) fill() {
	for _, w := range s.controls() {
		switch f := w.control.(type) {
		case *ime.Field:
			if f.Text == "" {
				f.SetText("100")
			}
		case *choice:
			if f.SelectedIndex() < 0 && len(f.Options) > 0 {
				f.SetSelectedIndex(0)
			}
		}
	}
	if p, is := s.app.onPage().(*freshPage); is {
		p.vin.SetText("")
	}
	s.settle()
}

// TestEnterGivesNothing: on every page and form but the log-in, filled in, in everything but a button. In a list it
// goes on, also when it is pressed again and again.
func TestEnterGivesNothing(t *testing.T) {
	const again = 4
	for _, c := range scenes() {
		t.Run(c.name, func(t *testing.T) {
			c.play(t, []variant{{presenttest.Words(t), theme.Light(), []float32{100}}}, func(s *screen, _ variant, _ float32) {
				if s.app.front == nil {
					return
				}
				if _, door := s.app.front.(*loginPage); door && s.app.over == nil {
					return // the one exception: TestEnterGoesOnAndLogsIn
				}
				before := s.given()
				s.fill()
				for _, w := range s.controls() {
					if _, button := w.control.(*press); button || !shows(s.Content(), w.control) {
						continue
					}
					s.Canvas().Focus(w.control)
					for range again {
						s.key(fyne.KeyReturn)
					}
					if s.given() != before {
						t.Fatalf("Enter in %s gives something", told(w.control))
					}
					s.key(fyne.KeyEscape)
				}
			})
		})
	}
}

// TestTheFocusStaysWhereSomethingIs: what has it goes while somebody is there.
func TestTheFocusStaysWhereSomethingIs(t *testing.T) {
	// The last row of a list goes: the list shows that it has the focus still.
	manager := claims(t)
	s := newScreen(t, door{})
	sh := s.at(manager)
	p, _ := sh.pages[placeClaims].(*claimsPage)
	s.press(fyne.Key3, alt)
	with := border(p.list)
	p.list.show(nil)
	if without := border(p.list); s.Canvas().Focused() != fyne.Focusable(p.list) || without != with {
		t.Errorf("the list that has nothing any more looks as %s", without)
	}
	p.list.FocusLost()
	if border(p.list) == with {
		t.Error("a list without the focus looks as one that has it")
	}
	p.long.draw()
	// A form goes in which somebody writes: work goes on with the list.
	s.press(fyne.Key3, alt)
	s.key(fyne.KeyDown)
	s.key(fyne.KeyReturn)
	if s.Canvas().Focused() != fyne.Focusable(p.pane.reason) {
		t.Fatalf("the focus is on %s", told(s.Canvas().Focused()))
	}
	ask(s.app.threads, func() (struct{}, error) { return struct{}{}, nil }, func(struct{}, error) { p.pane.card.Hide() })
	if got := s.Canvas().Focused(); got != fyne.Focusable(p.list) {
		t.Errorf("when the form is gone the focus is on %s", told(got))
	}
}
