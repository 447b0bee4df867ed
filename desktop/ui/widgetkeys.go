package ui

import (
	"slices"

	"fyne.io/fyne/v2"

	"redress/desktop/ui/ime"
)

// widgetKey is something a widget does with keys when it has the focus.
type widgetKey[W any] struct {
	word string // the key of the words that say what it does
	keys []fyne.KeyName
	do   func(w W, key *fyne.KeyEvent)
}

// typed has a widget do what a key is for; false where it has no use for it.
func typed[W any](keys []widgetKey[W], w W, key *fyne.KeyEvent) bool {
	for _, k := range keys {
		if slices.Contains(k.keys, key.Name) {
			k.do(w, key)
			return true
		}
	}
	return false
}

// Keys of a choice that act together with what was typed on it: which takes that back, and
// which shows the toolkit's list.
const (
	takesBack = fyne.KeyEscape
	unfolds   = fyne.KeySpace
)

// overruled says that a key of text does something else on the open page.
func overruled(k givenKey, own []fieldKey) bool {
	return slices.ContainsFunc(own, func(f fieldKey) bool {
		return slices.ContainsFunc(f.keys, func(name fyne.KeyName) bool { return slices.Contains(k.chords, alone(name)) })
	})
}

var listKeys = []widgetKey[*rows]{
	{"keys.pick", []fyne.KeyName{fyne.KeyUp, fyne.KeyDown}, func(r *rows, key *fyne.KeyEvent) { r.step(towards(key)) }},
	{"keys.ends", []fyne.KeyName{fyne.KeyHome, fyne.KeyEnd}, func(r *rows, key *fyne.KeyEvent) {
		if key.Name == fyne.KeyHome {
			r.step(-len(r.items))
		} else {
			r.step(len(r.items))
			r.toEnd = true
		}
	}},
	{"keys.pageRows", []fyne.KeyName{fyne.KeyPageUp, fyne.KeyPageDown}, func(r *rows, key *fyne.KeyEvent) {
		if key.Name == fyne.KeyPageUp {
			r.step(-r.page())
		} else {
			r.step(r.page())
		}
	}},
	{"keys.open", []fyne.KeyName{fyne.KeyReturn, fyne.KeyEnter, fyne.KeySpace}, func(r *rows, _ *fyne.KeyEvent) {
		if r.picked.IsZero() { // else it leads to what was picked, and where that has left to no other
			r.step(1)
		}
		r.onOpen()
	}},
}

// towards is where an arrow leads.
func towards(key *fyne.KeyEvent) int {
	if key.Name == fyne.KeyUp {
		return -1
	}
	return 1
}

var buttonKeys = []widgetKey[*press]{
	{"keys.press", []fyne.KeyName{fyne.KeyReturn, fyne.KeyEnter, fyne.KeySpace}, func(p *press, _ *fyne.KeyEvent) { p.Tapped(nil) }},
}

var choiceKeys = []widgetKey[*choice]{
	{"keys.choiceStep", []fyne.KeyName{fyne.KeyLeft, fyne.KeyRight}, func(c *choice, key *fyne.KeyEvent) { c.step(key.Name == fyne.KeyRight) }},
	{"keys.choiceOpen", []fyne.KeyName{fyne.KeyUp, fyne.KeyDown, fyne.KeySpace}, func(c *choice, _ *fyne.KeyEvent) { c.open() }},
	{"keys.choiceType", []fyne.KeyName{fyne.KeyBackspace}, func(c *choice, _ *fyne.KeyEvent) { c.note("") }},
}

var tickKeys = []widgetKey[*tick]{
	{"keys.tick", []fyne.KeyName{fyne.KeySpace}, func(t *tick, _ *fyne.KeyEvent) { t.SetChecked(!t.Checked) }},
}

// fieldKey is something a page does with a key in one of its text fields.
type fieldKey = widgetKey[*ime.Field]

// onKeys has a field of one line do them: Enter, Up and Down are what it leaves to a page.
func onKeys(f *ime.Field, keys []fieldKey) {
	do := func(name fyne.KeyName) { typed(keys, f, &fyne.KeyEvent{Name: name}) }
	f.OnArrow = do
	f.OnEnter = func(string) { do(fyne.KeyReturn) }
}

// withFieldKeys is a page that does something with keys in its text fields.
type withFieldKeys interface{ fieldKeys() []fieldKey }

var (
	arrows = []fyne.KeyName{fyne.KeyUp, fyne.KeyDown}
	down   = []fyne.KeyName{fyne.KeyDown}
	enters = []fyne.KeyName{fyne.KeyReturn, fyne.KeyEnter}
)

// givenKey is a key that the toolkit or the text field gives a meaning, wherever one is.
type givenKey struct {
	word   string
	chords []chord
}

// formKeys move between the fields and the buttons.
var formKeys = []givenKey{
	{"keys.next", []chord{alone(fyne.KeyTab)}},
	{"keys.previous", []chord{{fyne.KeyTab, fyne.KeyModifierShift}}},
}

// textKeys are those of text. No button has one of them.
var textKeys = []givenKey{
	{"keys.newLine", []chord{alone(fyne.KeyReturn)}},
	{"keys.selectAll", []chord{ctrl(fyne.KeyA)}},
	{"keys.copy", []chord{ctrl(fyne.KeyC), ctrl(fyne.KeyX), ctrl(fyne.KeyV)}},
	{"keys.undo", []chord{ctrl(fyne.KeyZ), ctrl(fyne.KeyY)}},
}

// forText says whether a chord is one of text.
func forText(c chord) bool {
	return slices.ContainsFunc(textKeys, func(k givenKey) bool { return slices.Contains(k.chords, c) })
}
