package ui

import (
	"slices"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/driver/desktop"

	"redress/desktop/ui/ime"
	"redress/syncproto"
)

// Keys come from three places, and each of them both does and lists what its keys do, so that
// no key can do what the page of shortcuts does not say (requirement: keyboard for
// everything, shortcuts listed on one key):
//
//   - windowKeys: what is there on every page;
//   - the buttons of the page that is open: the chord that stands on a button presses it;
//   - what widgets do with a key when they have the focus (widgetkeys.go).

// keyed is whatever fills the window and understands its keys.
type keyed interface {
	// submit sends the form that is open: Ctrl+Enter.
	submit()
	// leave leaves what is open: Esc.
	leave()
	// turn turns the pages of what is higher than the window: PageDown, and PageUp with -1.
	turn(pages float32)
	// board is what can be worked on: its buttons are what can be done now.
	board() fyne.CanvasObject
}

// chord is a key of the window, with what is held with it.
type chord struct {
	name     fyne.KeyName
	modifier fyne.KeyModifier
}

// caps are the keys whose names on a keyboard are not the toolkit's.
var caps = map[fyne.KeyName]string{
	fyne.KeyReturn: "Enter", fyne.KeyEnter: "Enter", fyne.KeyEscape: "Esc", fyne.KeyPageUp: "PageUp", fyne.KeyPageDown: "PageDown", fyne.KeyBackspace: "Backspace",
	fyne.KeyUp: "↑", fyne.KeyDown: "↓", fyne.KeyLeft: "←", fyne.KeyRight: "→",
}

// String is how a chord is written on a button and in a list.
func (c chord) String() string {
	text := ""
	for _, held := range []struct {
		modifier fyne.KeyModifier
		name     string
	}{{fyne.KeyModifierControl, "Ctrl+"}, {fyne.KeyModifierAlt, "Alt+"}, {fyne.KeyModifierShift, "Shift+"}} {
		if c.modifier&held.modifier != 0 {
			text += held.name
		}
	}
	if name, named := caps[c.name]; named {
		return text + name
	}
	return text + string(c.name)
}

func ctrl(name fyne.KeyName) chord  { return chord{name, fyne.KeyModifierControl} }
func alone(name fyne.KeyName) chord { return chord{name, 0} }

// letters are the keys of the actions, with Ctrl, as they stand on the actions' buttons.
// Actions that are never on one page may share one.
var letters = map[syncproto.CommandKind]fyne.KeyName{
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
		return ctrl(letter).String()
	}
	return ""
}

// Chords that stand on buttons by name.
var (
	submitHint   = ctrl(fyne.KeyReturn).String()
	leaveHint    = alone(fyne.KeyEscape).String()
	enterHint    = alone(fyne.KeyReturn).String()
	paletteHint  = ctrl(fyne.KeyK).String()
	keysHint     = alone(fyne.KeyF1).String()
	findHint     = ctrl(fyne.KeyF).String()
	settingsHint = ctrl(fyne.KeyComma).String()
	takeOverHint = ctrl(fyne.KeyI).String()
	refreshHint  = alone(fyne.KeyF5).String()
)

// digits are the places in the order of their keys, Alt or Ctrl with 1, 2, …
var digits = []int{placeWork, placeNew, placeClaims, placeSync, placeMonths, placeDesks, placeDrafts}

// windowKey is something the window does on every page.
type windowKey struct {
	word   string // what it does
	count  string // how much waits there
	chords []chord
	run    func()
	here   bool // there is such a thing now
	line   bool // the palette has it too
	form   bool // it is for forms
}

// windowKeys are all of them. What needs somebody at work is not here before the log-in.
func (a *App) windowKeys() []windowKey {
	w := a.words
	all := []windowKey{{word: w("palette.title"), chords: []chord{ctrl(fyne.KeyK)}, run: a.togglePalette, here: true}}
	for n, at := range digits {
		digit := fyne.KeyName('1' + rune(n))
		k := windowKey{chords: []chord{{digit, fyne.KeyModifierAlt}, ctrl(digit)}, line: true, run: func() { a.goTo(at) }}
		if a.shell != nil {
			nav := a.shell.nav[at]
			k.word, k.count, k.here = nav.word, nav.hint, nav.Visible()
		}
		if at == placeNew {
			all = append(all, windowKey{word: w("fresh.next"), chords: []chord{ctrl(fyne.KeyN)}, run: a.nextTicket, here: k.here, line: true})
		}
		all = append(all, k)
	}
	return append(all,
		windowKey{word: w("place.find"), chords: []chord{ctrl(fyne.KeyF)}, run: a.find, here: a.shell != nil, line: true},
		windowKey{word: w("settings.title"), chords: []chord{ctrl(fyne.KeyComma)}, run: a.openSettings, here: true, line: a.settings == nil},
		windowKey{word: w("keys.title"), chords: []chord{alone(fyne.KeyF1)}, run: a.toggleKeys, here: true, line: true},
		windowKey{word: w("action.signOut"), run: a.signOut, here: a.shell != nil, line: true},
		windowKey{word: w("keys.leave"), chords: []chord{alone(fyne.KeyEscape)}, run: a.back, here: true},
		windowKey{word: w("keys.turn"), chords: []chord{alone(fyne.KeyPageDown)}, run: func() { a.turn(1) }, here: true},
		windowKey{word: w("keys.turnBack"), chords: []chord{alone(fyne.KeyPageUp)}, run: func() { a.turn(-1) }, here: true},
		windowKey{word: w("keys.submit"), chords: []chord{ctrl(fyne.KeyReturn), ctrl(fyne.KeyEnter)}, run: a.submit, here: true, form: true},
	)
}

// chords are what the window listens to: its own keys, and Ctrl with every letter that is
// not for text, which presses the button it stands on.
func (a *App) chords() []chord {
	var all []chord
	for _, k := range a.windowKeys() {
		all = append(all, k.chords...)
	}
	for letter := 'A'; letter <= 'Z'; letter++ {
		if c := ctrl(fyne.KeyName(letter)); !slices.Contains(all, c) && !forText(c) {
			all = append(all, c)
		}
	}
	return all
}

// strike does what a chord does now, if anything; nothing while an input method composes.
func (a *App) strike(c chord) {
	if field, typing := a.window.Canvas().Focused().(*ime.Field); typing && field.Holds() {
		return
	}
	a.closeLists()
	for _, k := range a.windowKeys() {
		if k.here && slices.Contains(k.chords, c) {
			k.run()
			return
		}
	}
	if b := a.button(c); b != nil {
		over := a.over != nil
		a.closeOver()
		if over {
			choose(b)
		} else {
			b.Tapped(nil)
		}
	}
}

// button is the one on the open page that a chord stands on, nil for none: so also for a key
// that the toolkit has no name for, as those of the volume, which stands on no button.
func (a *App) button(c chord) *press {
	if c.name == fyne.KeyUnknown {
		return nil
	}
	for _, b := range a.offers() {
		if b.hint == c.String() {
			return b
		}
	}
	return nil
}

// bind has the window listen, once.
func (a *App) bind() {
	c := a.window.Canvas()
	for _, k := range a.chords() {
		if k.modifier != 0 {
			c.AddShortcut(&desktop.CustomShortcut{KeyName: k.name, Modifier: k.modifier}, func(fyne.Shortcut) { a.strike(k) })
		}
	}
	c.SetOnTypedKey(func(key *fyne.KeyEvent) { a.strike(alone(key.Name)) })
}

// listen has the window's keys go to whatever fills it now.
func (a *App) listen(k keyed) { a.front = k }

// goTo goes to one of the places, out of the settings too.
func (a *App) goTo(place int) {
	a.closeOver()
	a.closeSettings()
	a.shell.goTo(place)
}

func (a *App) nextTicket() {
	a.closeOver()
	a.closeSettings()
	a.shell.nextTicket()
}

func (a *App) find() {
	a.closeOver()
	a.closeSettings()
	a.shell.find()
}

func (a *App) signOut() {
	a.closeOver()
	a.leave(a.shell.place)
}

// submit sends the form that is open; what lies over the window is none.
func (a *App) submit() {
	if a.over == nil {
		a.front.submit()
	}
}

// back leaves what lies over the window, else what is open in it.
func (a *App) back() {
	if a.over != nil {
		a.closeOver()
		return
	}
	a.front.leave()
}

func (a *App) turn(pages float32) {
	if a.over != nil {
		turnPage(a.over.scroll, pages)
		return
	}
	a.front.turn(pages)
}
