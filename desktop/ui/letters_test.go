package ui

import (
	"fmt"
	"os"
	"slices"
	"strings"
	"testing"

	"fyne.io/fyne/v2"

	"redress/syncproto"
)

// elsewhere are the actions that are not a ticket's, by their pages.
var elsewhere = map[syncproto.CommandKind]string{
	syncproto.CommandRejectClaim: "claims", syncproto.CommandAmendClaim: "claims", syncproto.CommandSendBack: "claims",
	syncproto.CommandRouteUp: "claims", syncproto.CommandReverse: "claims",
	syncproto.CommandSetLimit: "months", syncproto.CommandWriteOff: "months",
}

// Two actions that can be there together never share a letter, and none has one that text fields
// or the window need. Where a ticket's letters are used up, KEYS.md says what the next command is
// to do, and it names those that are free.
func TestALetterMeansOneThing(t *testing.T) {
	type place struct {
		letter fyne.KeyName
		page   string
	}
	s := newScreen(t, door{})
	var window []chord
	for _, k := range s.app.windowKeys() {
		window = append(window, k.chords...)
	}
	byPlace := map[place][]syncproto.CommandKind{}
	for kind, letter := range letters {
		at := place{letter, elsewhere[kind]} // "" is the ticket's
		byPlace[at] = append(byPlace[at], kind)
	}
	var free []string
	for letter := 'A'; letter <= 'Z'; letter++ {
		if c := ctrl(fyne.KeyName(letter)); !forText(c) && !slices.Contains(window, c) && byPlace[place{c.name, ""}] == nil {
			free = append(free, string(letter))
		}
	}
	next := fmt.Sprintf("on a ticket are still free: %s. The next command takes one of these, and none where none is left: "+
		"Tab and Ctrl+K lead to it (KEYS.md)", strings.Join(free, " "))
	for at, kinds := range byPlace {
		slices.Sort(kinds)
		switch c := ctrl(at.letter); {
		case forText(c):
			t.Errorf("%v has %s, which text fields need; %s", kinds, c, next)
		case slices.Contains(window, c):
			t.Errorf("%v has %s, which is the window's; %s", kinds, c, next)
		case len(kinds) > 1:
			t.Errorf("%s is %v on one page; %s", c, kinds, next)
		}
	}
	text, err := os.ReadFile("KEYS.md")
	if err != nil {
		t.Fatal(err)
	}
	if says := "Letters still free on a ticket: " + strings.Join(free, ", ") + "."; !strings.Contains(string(text), says) {
		t.Errorf("KEYS.md does not say %q", says)
	}
}
