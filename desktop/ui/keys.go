package ui

import (
	"slices"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/driver/desktop"

	"redress/syncproto"
)

// keyed is whatever fills the window and understands its keys.
type keyed interface {
	// submit sends the form that is open: Ctrl+Enter.
	submit()
	// goTo goes to one of the places, counted from 1: Ctrl or Alt with a digit.
	goTo(place int)
	// act begins an action on what is open: Ctrl with a letter.
	act(kind syncproto.CommandKind)
	// leave leaves what is open: Esc.
	leave()
	// turn turns the pages of what is higher than the window: PageDown, and PageUp with -1.
	turn(pages float32)
}

// atWork is what understands the keys of somebody at work.
type atWork interface {
	// find goes to the search: Ctrl+F.
	find()
	// takeOver takes over who calls into the form of a new ticket: Ctrl+I.
	takeOver()
}

// letters are the keys of the actions, with Ctrl. KEYS.md lists them for people. Actions
// that are never on one page may share one: each page does its own.
var letters = map[syncproto.CommandKind]fyne.KeyName{
	syncproto.CommandOpen:        fyne.KeyN,
	syncproto.CommandRespond:     fyne.KeyR,
	syncproto.CommandContact:     fyne.KeyL,
	syncproto.CommandPromise:     fyne.KeyP,
	syncproto.CommandDispatch:    fyne.KeyD,
	syncproto.CommandNote:        fyne.KeyM,
	syncproto.CommandAmend:       fyne.KeyE,
	syncproto.CommandFileClaim:   fyne.KeyG,
	syncproto.CommandRejectClaim: fyne.KeyJ,

	syncproto.CommandProposeSolved:  fyne.KeyS,
	syncproto.CommandAcceptProposal: fyne.KeyU,
	syncproto.CommandRefuseProposal: fyne.KeyJ, // as a claim is rejected, which is on another page
	syncproto.CommandFinalResponse:  fyne.KeyH,
	syncproto.CommandClose:          fyne.KeyW,
	syncproto.CommandReopen:         fyne.KeyO,
	syncproto.CommandActOn:          fyne.KeyT,
	syncproto.CommandDeEscalate:     fyne.KeyB,
	syncproto.CommandDecideDispute:  fyne.KeyQ,

	syncproto.CommandAmendClaim: fyne.KeyE,
	syncproto.CommandSendBack:   fyne.KeyB,
	syncproto.CommandRouteUp:    fyne.KeyU,
	syncproto.CommandReverse:    fyne.KeyR,
	syncproto.CommandSetLimit:   fyne.KeyL,
	syncproto.CommandWriteOff:   fyne.KeyW,
}

// hint is how an action's key is written on its button.
func hint(kind syncproto.CommandKind) string {
	if letter, ok := letters[kind]; ok {
		return "Ctrl+" + string(letter)
	}
	return ""
}

const (
	submitHint = "Ctrl+Enter"
	findKey    = fyne.KeyF
)

// binding is a key of the window.
type binding struct {
	name     fyne.KeyName
	modifier fyne.KeyModifier
	do       func()
}

// bindings are the keys that k understands.
func bindings(k keyed) []binding {
	const control, alt = fyne.KeyModifierControl, fyne.KeyModifierAlt
	keys := []binding{{fyne.KeyReturn, control, k.submit}, {fyne.KeyEnter, control, k.submit}}
	kinds := map[fyne.KeyName][]syncproto.CommandKind{}
	for kind, letter := range letters {
		kinds[letter] = append(kinds[letter], kind)
	}
	for letter, share := range kinds {
		slices.Sort(share)
		keys = append(keys, binding{letter, control, func() {
			for _, kind := range share {
				k.act(kind)
			}
		}})
	}
	if w, is := k.(atWork); is {
		keys = append(keys, binding{findKey, control, w.find}, binding{takeOverKey, control, w.takeOver})
	}
	for i, digit := range []fyne.KeyName{fyne.Key1, fyne.Key2, fyne.Key3, fyne.Key4, fyne.Key5, fyne.Key6} {
		to := func() { k.goTo(i + 1) }
		keys = append(keys, binding{digit, control, to}, binding{digit, alt, to})
	}
	return keys
}

// listen has the window's keys go to whatever fills it now.
func (a *App) listen(k keyed) {
	a.front = k
	c := a.window.Canvas()
	for _, b := range bindings(k) {
		c.AddShortcut(&desktop.CustomShortcut{KeyName: b.name, Modifier: b.modifier}, func(fyne.Shortcut) { b.do() })
	}
	c.AddShortcut(&desktop.CustomShortcut{KeyName: fyne.KeyComma, Modifier: fyne.KeyModifierControl}, func(fyne.Shortcut) { a.openSettings() })
	c.SetOnTypedKey(func(key *fyne.KeyEvent) {
		switch key.Name {
		case fyne.KeyEscape:
			k.leave()
		case fyne.KeyPageUp:
			k.turn(-1)
		case fyne.KeyPageDown:
			k.turn(1)
		}
	})
}
