package ui

import (
	"slices"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/container"
)

// visit walks through what is shown of an object, in the order of the page, with the areas
// it can be scrolled in, until see says that it has seen enough.
func visit(o fyne.CanvasObject, within []*container.Scroll, see func(o fyne.CanvasObject, within []*container.Scroll) bool) bool {
	if o == nil || !o.Visible() {
		return false
	}
	if see(o, within) {
		return true
	}
	switch o := o.(type) {
	case *fyne.Container:
		return slices.ContainsFunc(o.Objects, func(inner fyne.CanvasObject) bool { return visit(inner, within, see) })
	case *container.Scroll:
		return visit(o.Content, append(slices.Clone(within), o), see)
	case *lineButton:
		return visit(o.press, within, see)
	}
	return false
}

// offers are the buttons of the open page that can be pressed now, in the order of the page.
// They are what the person may do on what is open: the palette lists them, and chords press
// them. Nothing else knows what is allowed.
func (a *App) offers() (all []*press) {
	if a.front == nil {
		return nil
	}
	visit(a.front.board(), nil, func(o fyne.CanvasObject, _ []*container.Scroll) bool {
		if b, is := o.(*press); is && !b.Disabled() {
			all = append(all, b)
		}
		return false
	})
	return all
}

// choose does what a button does, for somebody who does not have it before their eyes. One
// that gives something at once is only gone to: what it would send is seen before Enter is
// pressed.
func choose(b *press) {
	if b.gives || b.hint == submitHint {
		focusOn(b)
		return
	}
	b.Tapped(nil)
}

// same is the button among all that stands for the same as one that was drawn before.
func same(all []*press, as *press) *press {
	for _, b := range all {
		if b == as {
			return b
		}
	}
	for _, b := range all {
		if b.word == as.word && b.about == as.about && b.of == as.of && (b.hint == as.hint || b.of != "") {
			return b
		}
	}
	return nil
}

// shows says whether a widget is to be seen in an object.
func shows(in fyne.CanvasObject, f fyne.Focusable) bool {
	wanted, _ := f.(fyne.CanvasObject)
	return visit(in, nil, func(o fyne.CanvasObject, _ []*container.Scroll) bool { return o == wanted })
}

// reveal scrolls to what has come into focus.
func reveal(o fyne.CanvasObject) {
	driver := fyne.CurrentApp().Driver()
	c := driver.CanvasForObject(o)
	if c == nil {
		return
	}
	visit(c.Content(), nil, func(seen fyne.CanvasObject, within []*container.Scroll) bool {
		if seen != o {
			return false
		}
		for _, s := range slices.Backward(within) {
			top := driver.AbsolutePositionForObject(o).Y - driver.AbsolutePositionForObject(s).Y
			bottom := top + o.Size().Height
			switch most := s.Size().Height; {
			case top < 0:
				s.ScrollToOffset(s.Offset.AddXY(0, top-gap))
			case bottom > most: // of what is higher than the window, the top
				s.ScrollToOffset(s.Offset.AddXY(0, min(top, bottom-most+gap)))
			}
		}
		return true
	})
}

// keepFocus is called whenever something was drawn: where what had the focus is gone, work
// goes on with the list of the page, or with what stands first. The focus is never on what
// is not shown, where what is typed would be lost.
func (a *App) keepFocus() {
	c := a.window.Canvas()
	focused := c.Focused()
	switch h := a.heir; {
	case h.to == nil || h.instead == nil:
	case focused != h.instead:
		a.heir = heir{}
	case shows(c.Content(), h.to):
		a.heir = heir{}
		c.Focus(h.to)
		return
	}
	if focused == nil || c.Overlays().Top() != nil || a.front == nil || shows(c.Content(), focused) {
		return
	}
	if was, is := focused.(*press); is {
		if b := same(a.offers(), was); b != nil {
			c.Focus(b)
			return
		}
	}
	a.home()
}

// home puts the focus on the list of the page, or on what stands first on it.
func (a *App) home() {
	var list, first fyne.Focusable
	visit(a.front.board(), nil, func(o fyne.CanvasObject, _ []*container.Scroll) bool {
		if d, is := o.(fyne.Disableable); is && d.Disabled() {
			return false
		}
		if f, is := o.(fyne.Focusable); is && first == nil {
			first = f
		}
		r, is := o.(*rows)
		if is {
			list = r
		}
		return is
	})
	if list == nil {
		list = first
	}
	if s, works := a.front.(*shell); works && list == nil {
		list = s.nav[s.here] // where there is nothing to be done, the place itself
	}
	a.window.Canvas().Unfocus()
	if list != nil {
		a.window.Canvas().Focus(list)
	}
}
