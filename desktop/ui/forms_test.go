package ui

import (
	"strings"
	"testing"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/test"

	"redress/desktop/centraltest"
	"redress/desktop/present"
	"redress/desktop/present/presenttest"
	"redress/desktop/ui/ime"
	"redress/desktop/ui/theme"
	"redress/syncproto"
	"redress/syncproto/ticket"
)

// forms are those that are open in the window, or can be sent from what is shown.
func (s *screen) forms() (all []*form) {
	switch at := s.app.front.(type) {
	case *loginPage:
		return []*form{at.known, at.fresh}
	case *shell:
		switch p := at.pages[at.here].(type) {
		case *freshPage:
			return []*form{p.form}
		case *workPage:
			if p.ticket.open != nil {
				return []*form{p.ticket.open.form}
			}
		case *claimsPage:
			return []*form{p.pane.form, p.pane.amending.form}
		case *monthsPage:
			return []*form{p.pane.limitForm.form, p.pane.lostForm.form}
		}
	}
	return nil
}

// input is the one of a key.
func (f *form) input(key string) *input {
	for _, i := range f.inputs {
		if i.key == key {
			return i
		}
	}
	return nil
}

// change is what a person does to a field.
func change(f fyne.Focusable) {
	switch f := f.(type) {
	case *ime.Field:
		f.CursorRow, f.CursorColumn = 0, 0
		if len([]rune(f.Text)) == f.Limit() {
			f.SetText("")
		} else {
			f.TypedRune('7')
		}
	case *choice:
		f.TypedKey(&fyne.KeyEvent{Name: fyne.KeyRight})
	case *tick:
		f.TypedKey(&fyne.KeyEvent{Name: fyne.KeySpace})
	}
}

// What is said of a field was said of what stood there: with it goes the blame, in every form
// and every field of it.
func TestABlameGoesWithWhatItWasOf(t *testing.T) {
	fields := 0
	for _, c := range scenes() {
		c.play(t, []variant{{wordsOf(t, "zh"), theme.Light(), []float32{100}}}, func(s *screen, _ variant, _ float32) {
			for _, f := range s.forms() {
				for _, i := range f.inputs {
					if c, picks := i.focus.(*choice); i.focus == nil || !i.box.Visible() || picks && len(c.Options) == 0 {
						continue
					}
					fields++
					i.blame("请填写。")
					if change(i.focus); i.wrong.text != "" || i.wrong.Visible() {
						t.Errorf("%s: %s was filled in and still says %q", c.name, i.key, i.wrong.text)
					}
				}
			}
		})
	}
	if fields < 100 {
		t.Errorf("only %d fields were looked at", fields)
	}
}

// A seat sends too early and then fills in what was missing: what is red is what is missing.
func TestWhatWasFilledInIsNotRed(t *testing.T) {
	s := newScreen(t, door{})
	sh := s.at(&seatAt{Desk: presenttest.New(t).Desk("seat", centraltest.Seat, "K7MQ")})
	s.press(fyne.KeyN, control)
	p := freshOf(sh)
	s.press(fyne.KeyReturn, control)
	if got := blamed(p.form); got != "customer-name: 请填写客户姓名。subject: 请填写主题。" {
		t.Errorf("sent empty it says %q", got)
	}
	s.write("张伟")
	if got := blamed(p.form); got != "subject: 请填写主题。" {
		t.Errorf("with a name it says %q", got)
	}
}

// The list of a choice is open, and the person goes on: to another page, or by sending.
func TestAnOpenListGoesWhereWorkGoesOn(t *testing.T) {
	for what, on := range map[string]func(s *screen, sh *shell){
		"another page":       func(s *screen, _ *shell) { s.press(fyne.Key1, alt) },
		"sending":            func(s *screen, _ *shell) { s.press(fyne.KeyReturn, control) },
		"the palette":        func(s *screen, _ *shell) { s.press(fyne.KeyK, control); s.press(fyne.KeyK, control) },
		"a ticket by itself": func(_ *screen, sh *shell) { sh.goTo(placeWork) },
	} {
		t.Run(what, func(t *testing.T) {
			seat, _ := busy(t)
			s := newScreen(t, door{})
			sh := s.at(seat)
			s.press(fyne.KeyN, control)
			p := freshOf(sh)
			focusOn(p.channel)
			s.key(fyne.KeySpace)
			if s.Canvas().Overlays().Top() == nil {
				t.Fatal("no list is open")
			}
			picked := p.channel.Selected
			on(s, sh)
			if top := s.Canvas().Overlays().Top(); top != nil {
				t.Fatalf("%T still lies over the page", top)
			}
			before := sh.work.list.picked
			s.key(fyne.KeyDown)
			if sh.here == placeWork && sh.work.list.picked == before || p.channel.Selected != picked {
				t.Error("the arrow is not the page's")
			}
		})
	}
}

// A subject of 600 characters is pasted: what fits is there, it says what does not, and it is
// not sent until the person has dealt with it.
func TestWhatDoesNotFitStopsTheSending(t *testing.T) {
	s := newScreen(t, door{})
	seat := &seatAt{Desk: presenttest.New(t).Desk("seat", centraltest.Seat, "K7MQ")}
	sh := s.at(seat)
	s.press(fyne.KeyN, control)
	p := freshOf(sh)
	s.write("张伟")
	p.region.SetSelectedIndex(0)
	focusOn(p.subject)
	clipboard := test.NewClipboard()
	clipboard.SetContent(strings.Repeat("远程车控失败", 100))
	p.subject.TypedShortcut(&fyne.ShortcutPaste{Clipboard: clipboard})
	const says = "subject: 最多 100 字，多出的 500 字没有录入。请改短后再提交。"
	if got := blamed(p.form); got != says {
		t.Fatalf("pasted, it says %q", got)
	}
	for range 2 { // nobody sends it by insisting
		focusOn(p.name)
		s.press(fyne.KeyReturn, control)
		if got := blamed(p.form); got != says || seat.gave != 0 || s.Canvas().Focused() != fyne.Focusable(p.subject) {
			t.Errorf("%d commands were given, and it says %q", seat.gave, got)
		}
	}
	s.key(fyne.KeyBackspace)
	if got := blamed(p.form); got != "" {
		t.Errorf("made shorter, it says %q", got)
	}
	s.press(fyne.KeyReturn, control)
	if got := len([]rune(sh.work.ticket.view.Subject)); seat.gave != 1 || got != ticket.MaxSubject-1 {
		t.Errorf("%d commands were given, with %d characters", seat.gave, got)
	}

	// So does any other form, with a rune too many that was typed.
	s.press(fyne.KeyP, control)
	form := sh.work.ticket.open
	form.text.SetText(strings.Repeat("字", form.text.Limit()))
	s.write("多")
	s.press(fyne.KeyReturn, control)
	if sh.work.ticket.open != form || seat.gave != 1 {
		t.Error("a promise was given cut")
	}
}

// The drop-down a form begins with has its answer: the letters go to the text, and Shift+Tab
// leads back. Where it is the question, it has the focus.
func TestAFormBeginsWithItsFirstQuestion(t *testing.T) {
	l := climb(t)
	l.proposed()
	s, pane := l.open(t, l.seat)
	s.press(fyne.KeyJ, control)
	s.write("客户说不行")
	if pane.open.text.Text != "客户说不行" {
		t.Errorf("the reason is %q", pane.open.text.Text)
	}
	s.Canvas().FocusPrevious()
	if s.Canvas().Focused() != fyne.Focusable(pane.open.about) {
		t.Errorf("Shift+Tab leads to %s", told(s.Canvas().Focused()))
	}
	// A second proposal: which one is a question now.
	l.liaison.Act(l.id, syncproto.CommandProposeSolved, present.TicketForm{Text: "另一种办法"})
	l.Sync()
	s.press(fyne.KeyEscape, 0)
	s.press(fyne.KeyJ, control)
	if len(pane.open.about.Options) < 2 {
		t.Fatal("there is one proposal")
	}
	if s.Canvas().Focused() != fyne.Focusable(pane.open.about) {
		t.Errorf("with two proposals the focus is on %s", told(s.Canvas().Focused()))
	}
}
