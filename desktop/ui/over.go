package ui

import (
	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/container"
	stock "fyne.io/fyne/v2/theme"
	"fyne.io/fyne/v2/widget"
)

// over is a sheet that lies over what is in the window, with its own focus: Tab stays in it,
// and Esc gives the focus back to where it was.
type over struct {
	name   string
	whole  fyne.CanvasObject
	scroll *container.Scroll
	before fyne.Focusable
}

const (
	paletteName = "palette"
	keysName    = "keys"
)

// lay lays a sheet over the window.
func (a *App) lay(name string, sheet fyne.CanvasObject, scroll *container.Scroll, width float32, first fyne.Focusable) {
	a.closeOver()
	c := a.window.Canvas()
	a.closeLists()
	o := &over{name: name, scroll: scroll, before: c.Focused()}
	c.Unfocus()
	card := newCatcher(rounded(stock.ColorNameBackground, stock.ColorNameInputBorder, 16, sheet), func() { c.Focus(first) })
	veil := newCatcher(container.NewStack(newPanel(stock.ColorNameShadow, ""), container.New(hung(width), card)), a.closeOver)
	o.whole = veil
	a.over = o
	c.Overlays().Add(veil)
	veil.Resize(c.Size())
	c.Focus(first)
}

// closeOver takes the sheet away, and gives the focus back.
func (a *App) closeOver() {
	if a.over == nil {
		return
	}
	o, c := a.over, a.window.Canvas()
	a.over = nil
	c.Overlays().Remove(o.whole)
	switch {
	case c.Focused() != nil: // something that was read meanwhile has it
	case o.before == nil:
	case shows(c.Content(), o.before):
		c.Focus(o.before)
	default:
		if was, is := o.before.(*press); is {
			if b := same(a.offers(), was); b != nil {
				c.Focus(b)
				return
			}
		}
		a.home()
	}
}

// closeLists closes the list of a choice that is open: whoever goes on, to another page or by
// sending the form, has done with it, and it would lie over the next page and take its arrows.
func (a *App) closeLists() {
	all := a.window.Canvas().Overlays()
	for top := all.Top(); top != nil && (a.over == nil || top != a.over.whole); top = all.Top() {
		all.Remove(top)
	}
}

// isOver says whether the sheet of a name lies over the window.
func (a *App) isOver(name string) bool { return a.over != nil && a.over.name == name }

// hung hangs a sheet of a width below the top of the window, in the middle.
type hung float32

// hungFrom is the distance to the edges.
const hungFrom = 40

func (h hung) MinSize(objects []fyne.CanvasObject) fyne.Size { return objects[0].MinSize() }

func (h hung) Layout(objects []fyne.CanvasObject, size fyne.Size) {
	width := min(float32(h), size.Width-2*gap)
	objects[0].Resize(fyne.NewSize(width, size.Height-2*hungFrom))
	objects[0].Move(fyne.NewPos((size.Width-width)/2, hungFrom))
}

// catcher keeps what is clicked on it from what lies below.
type catcher struct {
	widget.BaseWidget
	content fyne.CanvasObject
	act     func()
}

func newCatcher(content fyne.CanvasObject, act func()) *catcher {
	c := &catcher{content: content, act: act}
	c.ExtendBaseWidget(c)
	return c
}

// Tapped does what a click beside everything does.
func (c *catcher) Tapped(*fyne.PointEvent) { c.act() }

// CreateRenderer is the widget's own.
func (c *catcher) CreateRenderer() fyne.WidgetRenderer { return widget.NewSimpleRenderer(c.content) }
