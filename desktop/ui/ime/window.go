package ime

import (
	"time"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/driver/desktop"
)

// frameLimit ends a run of frames that nobody stopped. The guard stops after
// silentFrames; this only keeps a forgotten animation from running for ever.
const frameLimit = 10 * time.Second

// animationFrames counts frames by an animation that shows nothing: the only
// thing that the driver calls once a frame, on the goroutine of the interface,
// after it took in what the keyboard sent.
func animationFrames(each func()) (stop func()) {
	a := &fyne.Animation{Duration: frameLimit, Curve: fyne.AnimationLinear, Tick: func(float32) { each() }}
	a.Start()
	return a.Stop
}

// canvas is the one the field is shown on, or nil.
func (f *Field) canvas() fyne.Canvas {
	app := fyne.CurrentApp()
	if app == nil {
		return nil
	}
	return app.Driver().CanvasForObject(f)
}

// moveOn moves the focus as Tab does, where Tab had to wait its turn, and gives
// the keys struck after it to whatever has the focus then.
func (f *Field) moveOn(back bool) {
	c := f.canvas()
	if c == nil {
		return
	}
	rest := f.guard.take()
	step(c, back)
	for i, p := range rest {
		next := c.Focused()
		if field, ok := next.(*Field); ok {
			for _, p := range rest[i:] {
				field.replay(p)
			}
			field.settle()
			return
		}
		switch {
		case p.name == "":
			pass(c, p.shortcut)
		case p.name == fyne.KeyTab:
			step(c, p.back)
		case next != nil:
			next.TypedKey(&fyne.KeyEvent{Name: p.name})
		}
	}
}

func step(c fyne.Canvas, back bool) {
	if back {
		c.FocusPrevious()
	} else {
		c.FocusNext()
	}
}

// escape asks the field's owner first, then the window.
func (f *Field) escape(key *fyne.KeyEvent) {
	if f.OnEscape != nil {
		f.OnEscape()
		return
	}
	f.toWindow(key)
}

// toWindow gives the window a key that is for it.
func (f *Field) toWindow(key *fyne.KeyEvent) {
	if c := f.canvas(); c != nil && c.OnTypedKey() != nil {
		c.OnTypedKey()(key)
	}
}

// pass gives a shortcut to the window.
func (f *Field) pass(s fyne.Shortcut) { pass(f.canvas(), s) }

func pass(to fyne.Canvas, s fyne.Shortcut) {
	if c, ok := to.(fyne.Shortcutable); ok {
		c.TypedShortcut(s)
	}
}

func shiftHeld() bool {
	app := fyne.CurrentApp()
	if app == nil {
		return false
	}
	d, ok := app.Driver().(desktop.Driver)
	return ok && d.CurrentKeyModifiers()&fyne.KeyModifierShift != 0
}

// keepOut has the input method take no keys of the field's window, on systems where a program
// can say so.
func (f *Field) keepOut(is bool) {
	if !placesCandidates {
		return
	}
	if w := windowOf(f.canvas()); w != nil {
		letIn(w, !is)
	}
}

// windowOf is the window of a canvas, nil where there is none.
func windowOf(c fyne.Canvas) fyne.Window {
	if c == nil {
		return nil
	}
	for _, w := range fyne.CurrentApp().Driver().AllWindows() {
		if w.Canvas() == c {
			return w
		}
	}
	return nil
}

// place moves the candidate window of the input method to the cursor, on
// systems where it does not find it by itself.
func (f *Field) place() {
	if !placesCandidates {
		return
	}
	c := f.canvas()
	if c == nil || c.Focused() != fyne.Focusable(f) {
		return
	}
	origin := fyne.CurrentApp().Driver().AbsolutePositionForObject(f)
	cursor := f.CursorPosition()
	// The position knows nothing of scrolling: keep it inside the field.
	cursor.X = min(cursor.X, f.Size().Width)
	cursor.Y = min(cursor.Y, f.Size().Height)
	line := fyne.MeasureText("诉", f.Theme().Size(textSize), f.TextStyle).Height
	x, y := c.PixelCoordinateForPosition(origin.Add(cursor))
	_, below := c.PixelCoordinateForPosition(origin.Add(cursor).AddXY(0, line))
	if w := windowOf(c); w != nil {
		placeCandidates(w, x, y, below-y)
	}
}
