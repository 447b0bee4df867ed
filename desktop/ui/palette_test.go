package ui

import (
	"strings"
	"testing"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/container"

	"redress/desktop/present/presenttest"
	"redress/desktop/ui/ime"
	"redress/desktop/ui/theme"
	"redress/syncproto"
)

// palette are the lines of the palette that lies over the window.
func (s *screen) palette() []*paletteLine { return linesIn(s.face()) }

func linesIn(o fyne.CanvasObject) (lines []*paletteLine) {
	switch o := o.(type) {
	case *paletteLine:
		return []*paletteLine{o}
	case *catcher:
		return linesIn(o.content)
	case *fyne.Container:
		for _, inner := range o.Objects {
			lines = append(lines, linesIn(inner)...)
		}
	case *container.Scroll:
		return linesIn(o.Content)
	}
	return lines
}

// paletteWords are what the palette's lines say, the picked one in brackets.
func (s *screen) paletteWords() string {
	var all []string
	for _, l := range s.palette() {
		if l.picked {
			all = append(all, "["+l.line.word+"]")
		} else {
			all = append(all, l.line.word)
		}
	}
	return strings.Join(all, " ")
}

// command opens the palette and types.
func (s *screen) command(text string) {
	s.t.Helper()
	s.press(fyne.KeyK, control)
	s.write(text)
	s.settle()
}

// TestThePaletteIsAKeyAwayFromEverywhere, and Esc gives the focus back to where it was.
func TestThePaletteIsAKeyAwayFromEverywhere(t *testing.T) {
	for _, c := range scenes() {
		t.Run(c.name, func(t *testing.T) {
			c.play(t, []variant{{presenttest.Words(t), theme.Light(), []float32{100}}}, func(s *screen, _ variant, _ float32) {
				if s.app.front == nil {
					return
				}
				s.app.closeOver()
				before := s.Canvas().Focused()
				if s.press(fyne.KeyK, control); !s.app.isOver(paletteName) {
					t.Fatal("Ctrl+K opens nothing")
				}
				if _, text := s.Canvas().Focused().(*ime.Field); !text {
					t.Errorf("the focus is on %s", told(s.Canvas().Focused()))
				}
				if s.key(fyne.KeyEscape); s.app.over != nil || s.Canvas().Focused() != before {
					t.Errorf("Esc leads back to %s, not to %s", told(s.Canvas().Focused()), told(before))
				}
				s.press(fyne.KeyK, control)
				if s.press(fyne.KeyK, control); s.app.over != nil || s.Canvas().Focused() != before {
					t.Error("Ctrl+K does not take away what it brought")
				}
			})
		})
	}
}

// TestThePaletteOffersWhatThePageOffers: the same buttons, in the same words, with the same
// keys; what the person may not do, and what cannot be pressed now, is not there.
func TestThePaletteOffersWhatThePageOffers(t *testing.T) {
	for _, c := range scenes() {
		t.Run(c.name, func(t *testing.T) {
			c.play(t, []variant{{presenttest.Words(t), theme.Light(), []float32{100}}}, func(s *screen, _ variant, _ float32) {
				if s.app.front == nil {
					return
				}
				s.app.closeOver()
				var buttons, lines []string
				all, _ := controls(s.app.front.board(), fyne.NewPos(0, 0), 0, s.size.Height)
				for _, w := range all {
					if b, is := w.control.(*press); is {
						buttons = append(buttons, b.word+" "+b.hint)
					}
				}
				s.press(fyne.KeyK, control)
				for _, l := range s.palette() {
					if l.line.group == "palette.here" {
						lines = append(lines, l.line.word+" "+l.line.hint)
					}
				}
				if strings.Join(buttons, " · ") != strings.Join(lines, " · ") {
					t.Errorf("the page offers\n%q, the palette\n%q", buttons, lines)
				}
			})
		})
	}
}

// TestThePaletteGivesNothing: whatever is taken from it, with forms filled in or not.
func TestThePaletteGivesNothing(t *testing.T) {
	for _, c := range scenes() {
		t.Run(c.name, func(t *testing.T) {
			c.play(t, []variant{{presenttest.Words(t), theme.Light(), []float32{100}}}, func(s *screen, _ variant, _ float32) {
				if s.app.front == nil {
					return
				}
				s.app.closeOver()
				s.fill()
				before := s.given()
				s.press(fyne.KeyK, control)
				for n := range s.palette() {
					if !s.app.isOver(paletteName) {
						s.press(fyne.KeyK, control)
					}
					lines := s.palette()
					if n >= len(lines) || lines[n].line.word == s.app.words("action.signOut") {
						break
					}
					lines[n].Tapped(nil)
					s.settle()
					if s.given() != before {
						t.Fatalf("%q gives something", lines[n].line.word)
					}
				}
			})
		})
	}
}

// TestNothingBelowThePaletteIsSent: Ctrl+Enter is for what is before one's eyes.
func TestNothingBelowThePaletteIsSent(t *testing.T) {
	seat, ids := busy(t)
	s := newScreen(t, door{})
	s.at(seat).openTicket(ids[1])
	s.settle()
	s.press(fyne.KeyM, control)
	s.write("客户在外地")
	for _, over := range []func(){s.app.togglePalette, s.app.toggleKeys} {
		over()
		if s.press(fyne.KeyReturn, control); seat.gave != 0 {
			t.Fatal("Ctrl+Enter sends what lies below")
		}
	}
	s.key(fyne.KeyEscape)
	if s.press(fyne.KeyReturn, control); seat.gave != 1 {
		t.Errorf("afterwards Ctrl+Enter gives %d", seat.gave)
	}
}

// TestAButtonThatGivesIsGoneTo: it has the focus, and Enter presses it.
func TestAButtonThatGivesIsGoneTo(t *testing.T) {
	manager := claims(t)
	s := newScreen(t, door{})
	sh := s.at(manager)
	s.press(fyne.Key3, alt)
	s.key(fyne.KeyDown)
	p, _ := sh.pages[placeClaims].(*claimsPage)
	p.pane.reason.SetSelectedIndex(0)
	s.command("驳回")
	s.key(fyne.KeyReturn)
	if word, shown := s.focused(); word != "驳回" || !shown || manager.gave > 0 {
		t.Fatalf("the focus is on %q, and %d were given", word, manager.gave)
	}
	if s.key(fyne.KeyReturn); manager.gave != 1 {
		t.Error("Enter on the button gives nothing")
	}
}

func TestWhatFitsWhileSomebodyTypes(t *testing.T) {
	seat, ids := busy(t)
	s := newScreen(t, door{})
	sh := s.at(seat)
	sh.openTicket(ids[1])
	s.settle()
	for _, c := range []struct{ typed, want string }{
		{"内部", "[内部备注]"},
		{"nbbz", "[内部备注]"},  // first letters
		{"SZ", "[设置]"},      // in either case
		{"kjj", "[快捷键]"},    // and anywhere
		{"记录 联系", "[记录联系]"}, // every word
		{"K7MQ-00001", "[K7MQ-00001 · 中控屏黑屏]"},
		{"13800139999", "[K7MQ-00003 · 座椅异响]"},
		{"LSVAA4182E2184847", "[K7MQ-00003 · 座椅异响]"},
		{"欧阳", "[K7MQ-00003 · 座椅异响]"},
		{"龙", ""},
	} {
		s.command(c.typed)
		if got := s.paletteWords(); got != c.want {
			t.Errorf("%q: %q", c.typed, got)
		}
		s.key(fyne.KeyEscape)
	}
	s.command("理赔")
	s.key(fyne.KeyDown)
	s.key(fyne.KeyDown)
	if got := s.paletteWords(); !strings.HasPrefix(got, "提交理赔 打开 [理赔]") {
		t.Errorf("Down picks %q", got)
	}
	if s.key(fyne.KeyReturn); sh.here != placeClaims {
		t.Errorf("Enter leads to place %d", sh.here)
	}
	s.command("13800139999")
	if s.key(fyne.KeyReturn); sh.here != placeWork || sh.work.ticket.id != ids[2] {
		t.Errorf("Enter opens %v at place %d", sh.work.ticket.id, sh.here)
	}
	s.command("内部")
	s.key(fyne.KeyReturn)
	if form := sh.work.ticket.open; form == nil || form.action.Kind() != syncproto.CommandNote || s.Canvas().Focused() != fyne.Focusable(form.text) {
		t.Errorf("Enter opens the form %+v", form)
	}
}

// Chinese with several readings is found by each of them.
func TestFirstLetters(t *testing.T) {
	for _, c := range []struct {
		text, letters string
		want          bool
	}{
		{"重新打开", "cxdk", true}, {"重新打开", "zxdk", true}, {"重新打开", "dk", true}, {"重新打开", "cd", false},
		{"调整额度", "tzed", true}, {"确认解决", "qrjj", true}, {"确认解决", "qrjjx", false},
		{"设置 · Language", "sz", true}, {"Ctrl", "xx", false},
	} {
		if got := fits(c.letters, c.text); got != c.want {
			t.Errorf("%s of %s: %v", c.letters, c.text, got)
		}
	}
}

// Enter that is struck before the tickets came takes what comes, not what stood there.
func TestEnterWaitsForWhatIsFound(t *testing.T) {
	seat, ids := busy(t)
	s := newScreen(t, door{})
	sh := s.at(seat)
	s.press(fyne.KeyK, control)
	q := slow(s)
	s.write("K7MQ-0000")
	s.write("3")
	s.key(fyne.KeyReturn)
	if s.app.over == nil {
		t.Fatal("Enter takes what is not there yet")
	}
	q.lastFirst()
	q.run()
	if s.app.over != nil || sh.work.ticket.id != ids[2] {
		t.Errorf("Enter opens %v", sh.work.ticket.id)
	}
}

// What is done from elsewhere is done there: the settings are left for a place.
func TestThePaletteLeadsOutOfTheSettings(t *testing.T) {
	seat, _ := busy(t)
	s := newScreen(t, door{})
	sh := s.at(seat)
	s.press(fyne.KeyComma, control)
	s.command("同步")
	if s.key(fyne.KeyReturn); s.app.settings != nil || sh.here != placeSync {
		t.Errorf("the settings are open %v at place %d", s.app.settings != nil, sh.here)
	}
	s.press(fyne.KeyK, control)
	s.app.renew() // another language: every page is made anew
	if s.app.over != nil {
		t.Error("the palette is about pages that are gone")
	}
}

func TestThePaletteAsDrawn(t *testing.T) {
	for name, golden := range map[string]string{"palette": "palette", "palette finds": "palette-found"} {
		named(t, name).play(t, []variant{{presenttest.Words(t), theme.Light(), []float32{100}}}, func(s *screen, _ variant, _ float32) {
			s.golden(golden)
		})
	}
}

// Of a palette that was closed nothing is taken, also where another is open by the time the answer comes.
func TestNothingOfAClosedPaletteIsTaken(t *testing.T) {
	seat, _ := busy(t)
	s := newScreen(t, door{})
	sh := s.at(seat)
	s.press(fyne.KeyK, control)
	q := slow(s)
	s.write("K7MQ-00003")
	s.key(fyne.KeyReturn)
	s.key(fyne.KeyEscape)
	s.press(fyne.KeyK, control)
	now := s.app.over
	q.run()
	if s.app.over != now || !sh.work.ticket.id.IsZero() {
		t.Errorf("the palette is open %v, and ticket %v", s.app.over == now, sh.work.ticket.id)
	}
}

// A line is picked among those of the answer before while a slow disk answers: Enter takes that one, wherever it
// stands by then, and where it is not found any more none.
func TestEnterOpensWhatWasPickedInThePalette(t *testing.T) {
	seat, _ := busy(t)
	for more, want := range map[string]string{"3": "K7MQ-00002", "39": ""} {
		for _, early := range []bool{true, false} {
			s := newScreen(t, door{})
			sh := s.at(seat)
			s.press(fyne.KeyK, control)
			s.write("138001")
			q := slow(s)
			s.write(more)
			s.key(fyne.KeyDown)
			if early {
				s.key(fyne.KeyReturn)
			}
			q.run()
			if !early {
				s.key(fyne.KeyReturn)
			}
			q.run()
			if got := sh.work.ticket.view.Number; got != want {
				t.Errorf("with %s behind, Enter before the answer %v: it opens %q and not %q", more, early, got, want)
			}
		}
	}
}
