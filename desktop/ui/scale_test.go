package ui

import (
	"strings"
	"testing"

	"fyne.io/fyne/v2"

	"redress/desktop/ui/theme"
	"redress/desktop/workplace"
	"redress/syncproto"
)

// TestAScaleThereAndBack: the window is as large as it was, whatever the toolkit and the
// system made of it in between.
func TestAScaleThereAndBack(t *testing.T) {
	s, k := habitual(t, door{logins: []string{"li"}})
	s.app.Greet()
	s.app.openSettings()
	for _, name := range []fyne.KeyName{fyne.KeyRight, fyne.KeyRight, fyne.KeyRight, fyne.KeyRight, fyne.KeyLeft, fyne.KeyLeft, fyne.KeyLeft, fyne.KeyLeft} {
		focusOn(s.app.settings.scale)
		s.Canvas().Focused().TypedKey(&fyne.KeyEvent{Name: name})
		size := s.Canvas().Size()
		s.Resize(fyne.NewSize(size.Width-9, size.Height-9))
	}
	if last := k.looks[len(k.looks)-1]; last.Scale != 100 || last.Width != 1280 || last.Height != 800 {
		t.Errorf("there and back the window is %d × %d at %d %%", last.Width, last.Height, last.Scale)
	}
}

// TestAScaleStopsAtTheEnds: one press too many is none.
func TestAScaleStopsAtTheEnds(t *testing.T) {
	for name, want := range map[fyne.KeyName]string{fyne.KeyLeft: "80%", fyne.KeyRight: "200%"} {
		s, _ := habitual(t, door{logins: []string{"li"}})
		s.app.Greet()
		s.app.openSettings()
		for range 2 * len(workplace.Scales) {
			focusOn(s.app.settings.scale)
			s.Canvas().Focused().TypedKey(&fyne.KeyEvent{Name: name})
		}
		if got := strings.ReplaceAll(s.app.settings.scale.Selected, " ", ""); got != want {
			t.Errorf("%s leads to %q, want %q", name, got, want)
		}
	}
}

// TestTheWindowIsNeverLargerThanTheScreen: no page, in no language, needs more than a screen
// of 1440 × 900 has at the largest scale, below the frame that the system gives a window.
func TestTheWindowIsNeverLargerThanTheScreen(t *testing.T) {
	most := fyne.NewSize(1440*100/200, (900-40)*100/200)
	for _, language := range workplace.Languages {
		manager := claims(t)
		manager.Words = wordsOf(t, language)
		manager.trouble = syncproto.CodeTokenExpired
		s := newScreenOf(t, door{}, manager.Words, theme.Light(), 200)
		sh := s.at(manager)
		for at, p := range sh.pages {
			sh.goTo(at)
			s.settle()
			if least := sh.content.MinSize(); least.Width > most.Width || least.Height > most.Height {
				t.Errorf("%s: the window with %T is at least %v", language, p, least)
			}
		}
		s.app.openSettings()
		if least := s.Content().MinSize(); least.Width > most.Width || least.Height > most.Height {
			t.Errorf("%s: the settings are at least %v", language, least)
		}
	}
}

// TestTheHeadLeavesOutWhatHasNoRoom: a unit's name is there whole or not at all.
func TestTheHeadLeavesOutWhatHasNoRoom(t *testing.T) {
	for _, scale := range []float32{100, 150, 200} {
		manager := claims(t)
		manager.Words = wordsOf(t, "en")
		s := newScreenOf(t, door{}, manager.Words, theme.Light(), scale)
		sh := s.at(manager)
		got := strings.Join(sh.where.broken(), "")
		if got != "" && got != sh.where.text || scale == 100 && got == "" {
			t.Errorf("at %v %% of %q stands %q", scale, sh.where.text, got)
		}
	}
}
