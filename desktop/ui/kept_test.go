package ui

import (
	"slices"
	"testing"

	"fyne.io/fyne/v2"

	"redress/desktop/centraltest"
	"redress/desktop/diskcrypt"
	"redress/desktop/present"
	"redress/desktop/present/presenttest"
	"redress/desktop/replica"
	"redress/desktop/ui/theme"
)

// How what lies on the machine is kept from others, in the windows.

// disks are all that is said of one, in the words of present.
func disks(words present.Words) map[diskcrypt.State]string {
	said := map[diskcrypt.State]string{}
	for state, key := range map[diskcrypt.State]string{diskcrypt.On: "disk.on", diskcrypt.Off: "disk.off", diskcrypt.Unknown: "disk.unknown"} {
		said[state] = words(key)
	}
	return said
}

// Whoever enrols reads whether the disk is encrypted before they type, as soon as the system has said so, and as a
// fault where nobody vouches for it; and nothing where the system was not asked.
func TestAnEnrolmentSaysWhetherTheDiskIsEncrypted(t *testing.T) {
	for _, language := range []string{"zh", "en"} {
		words := wordsOf(t, language)
		said := disks(words)
		read := func(s *screen) (texts []string) {
			for _, text := range written(s.Content()) {
				for _, of := range said {
					if text == of {
						texts = append(texts, text)
					}
				}
			}
			return texts
		}
		screenOf := func(disk func() diskcrypt.State) *screen {
			s := newScreenOf(t, door{}, words, theme.Light(), 100)
			s.app.Use(Habits{Disk: disk})
			s.app.Greet()
			s.settle()
			return s
		}
		if got := read(screenOf(nil)); len(got) > 0 {
			t.Errorf("in %s, not asked: %q", language, got)
		}
		for state, want := range said {
			now := state
			s := screenOf(func() diskcrypt.State { return now })
			p, _ := s.app.front.(*loginPage)
			if got := read(s); !slices.Equal(got, []string{want}) || (p.disk.ink == fault) != (state != diskcrypt.On) {
				t.Errorf("in %s, the disk %d: %q, in %+v", language, state, got, p.disk.ink)
			}
			for now = range said { // which the system says later
				s.app.Tick()
				if got := read(s); !slices.Equal(got, []string{said[now]}) || (p.disk.ink == fault) != (now != diskcrypt.On) {
					t.Errorf("in %s, the disk %d and then %d: %q, in %+v", language, state, now, got, p.disk.ink)
				}
			}
		}
	}
}

// The page of sync has a line for the key and one for the disk.
func TestThePageOfSyncDrawsHowWhatLiesHereIsKept(t *testing.T) {
	for key, chain := range map[string]replica.Keychain{"sync.keyInFile": nil, "sync.keyInKeychain": &presenttest.Keychain{}} {
		o := presenttest.New(t)
		o.Keychain = chain
		seat := &seatAt{Desk: o.Desk("seat", centraltest.Seat, "K7MQ")}
		for _, language := range []string{"zh", "en"} {
			seat.Words = wordsOf(t, language)
			for state, disk := range disks(seat.Words) {
				seat.Disk = state
				s := newScreenOf(t, door{}, seat.Words, theme.Light(), 100)
				s.at(seat)
				s.press(fyne.Key4, alt)
				if want := paragraphs(seat.Words(key), disk); !s.shows(want) {
					t.Errorf("%q is not drawn: %q", want, written(s.Content()))
				}
			}
		}
	}
}
