package ime

import (
	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/driver/desktop"
	"fyne.io/fyne/v2/widget"
)

// A Field is a guarded text field. It is a widget.Entry in all that the guard
// does not change, so text, placeholder, validator and OnChanged are set as
// there. Make one with New, NewMultiLine or NewPassword.
type Field struct {
	widget.Entry

	// OnChanged is called with the text whenever it changes. It is the page's.
	OnChanged func(text string)
	// OnEdit is called after OnChanged. It belongs to the form around the field,
	// so that a page which sets OnChanged takes nothing from it.
	OnEdit func()
	// OnEnter is called for Enter in a field of one line, never for the Enter
	// that ends a composition. Leave it nil in forms: a form is sent by its
	// button or by Ctrl+Enter. (OnSubmitted of the entry belongs to the field.)
	OnEnter func(text string)
	// OnEscape is called for Escape, never for the Escape that abandons a
	// composition. Without it Escape goes to the window, where Esc goes back.
	OnEscape func()
	// OnArrow is called for Up and Down in a field of one line, where they have
	// no other use: a search box moves through what it found.
	OnArrow func(fyne.KeyName)
	// OnFocus is called when the field gains or loses the focus.
	OnFocus func(focused bool)
	// OnComposing is called when the input method is taken to have opened a composition, whose
	// keys do not go into the text, and when that is over.
	OnComposing func(composing bool)
	// OnHeld is called when a key of the window is not done because the input method composes.
	OnHeld func()
	// OnLimit is called when something did not fit: how many runes the field
	// takes, and how many were left out. What fits is taken.
	OnLimit func(limit, leftOut int)

	limit int
	guard guard
	said  bool // what OnComposing was told last

	// frames calls each for every frame drawn until the returned function is
	// called. It is the driver's animation; tests draw their own frames.
	frames func(each func()) (stop func())
	rest   func() // stops the running frames; nil when none run
}

var (
	_ fyne.Tabbable     = (*Field)(nil)
	_ fyne.Shortcutable = (*Field)(nil)
	_ desktop.Keyable   = (*Field)(nil)
)

// New makes a field of one line that takes at most limit runes; 0 is no limit.
func New(limit int) *Field { return build(limit, func(*Field) {}) }

// NewMultiLine makes a field of several lines that wraps anywhere, as Chinese is
// set, and takes at most limit runes, line ends included; 0 is no limit.
func NewMultiLine(limit int) *Field {
	return build(limit, func(f *Field) {
		f.MultiLine = true
		f.Wrapping = fyne.TextWrapBreak
	})
}

// NewPassword makes a field of one line that shows dots and a button to reveal
// them.
func NewPassword(limit int) *Field {
	return build(limit, func(f *Field) { f.Password = true })
}

func build(limit int, shape func(*Field)) *Field {
	f := &Field{limit: limit, frames: animationFrames}
	f.guard.act = f.act
	shape(f)
	f.ExtendBaseWidget(f)
	f.OnSubmitted = f.submitted
	f.Entry.OnChanged = f.changed
	return f
}

// Limit is the number of runes the field takes; 0 is no limit.
func (f *Field) Limit() int { return f.limit }

// Holds says whether a composition is open. What is on the screen then is not all that the
// person has written: a key of the window would send a form without it, or take the focus away
// under it. The page is told why nothing is done.
func (f *Field) Holds() bool {
	if f.guard.composing && f.OnHeld != nil {
		f.OnHeld()
	}
	return f.guard.composing
}

// TypedKey gives the key to the text, now or in its turn, or leaves it to the
// input method.
func (f *Field) TypedKey(key *fyne.KeyEvent) {
	if f.Disabled() && !ofWindow(key.Name) && key.Name != fyne.KeyTab && key.Name != fyne.KeyEscape { // those lead away
		return
	}
	switch {
	case prints(key.Name):
		f.guard.printing(key.Name)
		f.Entry.TypedKey(key) // does nothing to the text; wakes the cursor
	case ofWindow(key.Name):
		f.guard.control(press{name: key.Name, survives: true})
	case guarded(key.Name):
		f.guard.control(press{name: key.Name, back: key.Name == fyne.KeyTab && shiftHeld()})
	default:
		f.Entry.TypedKey(key)
	}
	f.settle()
}

// TypedRune takes the rune into the text if it fits.
func (f *Field) TypedRune(r rune) {
	if f.Disabled() {
		return
	}
	if f.room() == 0 {
		f.refused(1)
	} else {
		f.Entry.TypedRune(r)
	}
	f.guard.typed(r)
	f.settle()
}

// TypedShortcut does what the shortcut says if it is one for text, in its turn
// and not during a composition. Any other goes to the window: Fyne gives
// shortcuts to the focused widget alone, so Ctrl+K would be lost while writing.
func (f *Field) TypedShortcut(s fyne.Shortcut) {
	f.guard.control(press{shortcut: s, survives: !edits(s)})
	f.settle()
}

// AcceptsTab is false, so that Tab moves on, but for Tab that may be meant for
// the input method or has to wait its turn.
func (f *Field) AcceptsTab() bool { return f.guard.open() }

// FocusGained begins with a clean account of keys.
func (f *Field) FocusGained() {
	f.guard.reset()
	f.keepOut(f.Password)
	f.Entry.FocusGained()
	f.settle()
	if f.OnFocus != nil {
		f.OnFocus(true)
	}
}

// FocusLost forgets the composition; the input method ends it too.
func (f *Field) FocusLost() {
	f.guard.reset()
	f.keepOut(false)
	f.Entry.FocusLost()
	f.settle()
	if f.OnFocus != nil {
		f.OnFocus(false)
	}
}

// MouseUp moves the candidate window to where the cursor was put.
func (f *Field) MouseUp(m *desktop.MouseEvent) {
	f.Entry.MouseUp(m)
	f.place()
}

// act does what a key is for, once the guard knows that it is for the text.
func (f *Field) act(p press) {
	key := &fyne.KeyEvent{Name: p.name}
	switch p.name {
	case "":
		if p.survives {
			f.pass(p.shortcut)
		} else {
			f.edit(p.shortcut)
		}
		return
	case fyne.KeyTab:
		f.moveOn(p.back)
		return
	case fyne.KeyF1, fyne.KeyF5:
		f.toWindow(key)
		return
	case fyne.KeyEscape:
		f.escape(key)
		return
	case fyne.KeyReturn, fyne.KeyEnter:
		if f.MultiLine && f.room() == 0 {
			f.refused(1)
			return
		}
	case fyne.KeyUp, fyne.KeyDown:
		if !f.MultiLine && f.OnArrow != nil {
			f.OnArrow(p.name)
			return
		}
	}
	f.Entry.TypedKey(key)
}

// replay takes a key that was struck while the keyboard was still elsewhere.
func (f *Field) replay(p press) {
	if p.prints {
		f.guard.printing(p.name)
	} else {
		f.guard.control(p)
	}
}

// submitted is where the entry reports Enter in one line, after the guard.
func (f *Field) submitted(text string) {
	if !f.MultiLine && f.OnEnter != nil {
		f.OnEnter(text)
	}
}

// changed is where the entry reports another text.
func (f *Field) changed(text string) {
	if f.OnChanged != nil {
		f.OnChanged(text)
	}
	if f.OnEdit != nil {
		f.OnEdit()
	}
}

// settle runs frames as long as the guard waits for them, and keeps the
// candidate window at the cursor.
func (f *Field) settle() {
	switch busy := f.guard.busy(); {
	case busy && f.rest == nil:
		f.rest = f.frames(func() {
			f.guard.frame()
			f.settle()
		})
	case !busy && f.rest != nil:
		f.rest()
		f.rest = nil
	}
	f.place()
	if is := f.guard.composing; is != f.said {
		f.said = is
		if f.OnComposing != nil {
			f.OnComposing(is)
		}
	}
}

// ofWindow says whether the key means nothing to text, and is the window's wherever the
// focus is.
func ofWindow(name fyne.KeyName) bool { return name == fyne.KeyF1 || name == fyne.KeyF5 }

// guarded says whether the key does something to text, or to the page, that an
// input method may have meant for itself.
func guarded(name fyne.KeyName) bool {
	switch name {
	case fyne.KeyBackspace, fyne.KeyDelete, fyne.KeyReturn, fyne.KeyEnter, fyne.KeyTab, fyne.KeyEscape,
		fyne.KeyLeft, fyne.KeyRight, fyne.KeyUp, fyne.KeyDown,
		fyne.KeyHome, fyne.KeyEnd, fyne.KeyPageUp, fyne.KeyPageDown:
		return true
	}
	return false
}
