package ui

import (
	"fmt"
	"slices"

	"fyne.io/fyne/v2"
	stock "fyne.io/fyne/v2/theme"
	"fyne.io/fyne/v2/widget"

	"redress/desktop/present"
	"redress/syncproto"
)

// choice is a list to pick one from. Space, Up and Down open it; Left and Right change it
// without opening.
type choice struct {
	widget.Select
	ids   []present.Choice // where the options stand for something with an id
	codes []string         // of the options that are words of the interface
	none  bool             // the first option is none of them, and stands for what is there no more

	OnChanged func(text string) // the page's
	onEdit    func()            // the form's
	frame     *panel            // its border shows the focus

	onEnter func()            // nil where Enter does nothing
	typed   string            // letters that led to what is picked
	tell    func(text string) // says beside the choice what was typed; nil where nothing does
}

func newChoice(options []string, none string) *choice {
	c := &choice{frame: newPanel("", stock.ColorNameInputBorder)}
	c.frame.radius = 4
	c.Options, c.PlaceHolder = options, none
	c.Select.OnChanged = func(text string) {
		if c.OnChanged != nil {
			c.OnChanged(text)
		}
		if c.onEdit != nil {
			c.onEdit()
		}
	}
	c.ExtendBaseWidget(c)
	return c
}

// newPick is a choice of things with ids.
func newPick(options []present.Choice, none string) *choice {
	c := newChoice(nil, none)
	c.offer(options)
	return c
}

// offer changes what can be picked; what was picked stays if it is still there.
func (c *choice) offer(options []present.Choice) {
	before := c.picked()
	c.ids, c.Options = options, nil
	for _, o := range options {
		name := syncproto.Legible(o.Text)
		text := name
		for n := 2; slices.Contains(c.Options, text); n++ { // the toolkit knows what is picked by its text
			text = fmt.Sprintf("%s (%d)", name, n)
		}
		c.Options = append(c.Options, text)
	}
	if at := slices.IndexFunc(options, func(o present.Choice) bool { return o.ID == before.ID }); at >= 0 && c.Selected != "" {
		c.SetSelectedIndex(at)
		return
	}
	c.ClearSelected()
}

// picked is what was picked; the zero Choice where nothing was.
func (c *choice) picked() present.Choice {
	if i := c.SelectedIndex(); i >= 0 && i < len(c.ids) {
		return c.ids[i]
	}
	return present.Choice{}
}

// choose picks the option of an id, where it is among them.
func (c *choice) choose(id syncproto.ID) {
	if at := slices.IndexFunc(c.ids, func(o present.Choice) bool { return o.ID == id }); at >= 0 {
		c.SetSelectedIndex(at)
	} else if c.none {
		c.SetSelectedIndex(0)
	}
}

// step picks the next option, or the one before. It stops at the ends: one press too many at
// the smallest scale must not lead to the largest.
func (c *choice) step(onwards bool) {
	at := c.SelectedIndex() - 1
	if onwards {
		at += 2
	}
	if at >= 0 && at < len(c.Options) {
		c.SetSelectedIndex(at)
	}
}

// FocusGained shows where the keyboard is.
func (c *choice) FocusGained() {
	c.Select.FocusGained()
	c.frame.edge(stock.ColorNamePrimary, 2)
	reveal(c)
}

// FocusLost takes that back.
func (c *choice) FocusLost() {
	c.note("")
	c.Select.FocusLost()
	c.frame.edge(stock.ColorNameInputBorder, 1)
}

// TypedKey leaves what a list has no use for to the window.
func (c *choice) TypedKey(key *fyne.KeyEvent) {
	if key.Name == takesBack && c.typed != "" {
		c.note("")
		return
	}
	if c.onEnter != nil && slices.Contains(enters, key.Name) {
		c.onEnter()
		return
	}
	if c.Disabled() || !typed(choiceKeys, c, key) {
		toWindow(c, key)
	}
}

// tick is a thing to say yes to; Space changes it.
type tick struct {
	widget.Check
	OnChanged func(checked bool) // the page's
	onEdit    func()             // the form's
}

func newTick(text string, changed func(bool)) *tick {
	t := &tick{}
	t.Text, t.OnChanged = text, changed
	t.Check.OnChanged = func(checked bool) {
		if t.OnChanged != nil {
			t.OnChanged(checked)
		}
		if t.onEdit != nil {
			t.onEdit()
		}
	}
	t.ExtendBaseWidget(t)
	return t
}

// TypedKey changes it, or leaves the key to the window.
func (t *tick) TypedKey(key *fyne.KeyEvent) {
	if t.Disabled() || !typed(tickKeys, t, key) {
		toWindow(t, key)
	}
}

// FocusGained shows where the keyboard is.
func (t *tick) FocusGained() {
	t.Check.FocusGained()
	reveal(t)
}

// TypedRune has nothing to type. A key comes at once and its rune a little later: by then a
// quick typist has the focus somewhere else.
func (t *tick) TypedRune(rune) {}

// focusOn puts the focus on a widget that is shown, or is about to be: the driver knows a
// widget's window only once it has been drawn there, so before that the last window opened
// is asked.
func focusOn(f fyne.Focusable) {
	o, ok := f.(fyne.CanvasObject)
	if !ok {
		return
	}
	driver := fyne.CurrentApp().Driver()
	c := driver.CanvasForObject(o)
	if open := driver.AllWindows(); c == nil && len(open) > 0 {
		c = open[len(open)-1].Canvas()
	}
	if c != nil {
		c.Focus(f)
	}
}
