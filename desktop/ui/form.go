package ui

import (
	"fmt"
	"slices"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/container"
	stock "fyne.io/fyne/v2/theme"
	"fyne.io/fyne/v2/widget"

	"redress/desktop/present"
	"redress/desktop/ui/ime"
	"redress/syncproto"
)

// choice is a list to pick one from. Space, Up and Down open it; Left and Right change it
// without opening.
type choice struct {
	widget.Select
	ids   []present.Choice // where the options stand for something with an id
	codes []string         // of the options that are words of the interface
	frame *panel           // its border shows the focus

	onEnter func()            // nil where Enter does nothing
	typed   string            // letters that led to what is picked
	tell    func(text string) // says beside the choice what was typed; nil where nothing does
}

func newChoice(options []string, none string) *choice {
	c := &choice{frame: newPanel("", stock.ColorNameInputBorder)}
	c.frame.radius = 4
	c.Options, c.PlaceHolder = options, none
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
		text := o.Text
		for n := 2; slices.Contains(c.Options, text); n++ { // the toolkit knows what is picked by its text
			text = fmt.Sprintf("%s (%d)", o.Text, n)
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
	if !typed(choiceKeys, c, key) {
		toWindow(c, key)
	}
}

// tick is a thing to say yes to; Space changes it.
type tick struct{ widget.Check }

func newTick(text string, changed func(bool)) *tick {
	t := &tick{}
	t.Text, t.OnChanged = text, changed
	t.ExtendBaseWidget(t)
	return t
}

// TypedKey changes it, or leaves the key to the window.
func (t *tick) TypedKey(key *fyne.KeyEvent) {
	if !typed(tickKeys, t, key) {
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

// input is one thing of a form: its name above, and below it what is wrong with it.
type input struct {
	key   string
	box   *fyne.Container
	name  *prose
	wrong *prose
	focus fyne.Focusable
}

// newInput names a widget. key is the field's name in findings.
func newInput(key, name string, o fyne.CanvasObject) *input {
	i := &input{key: key, name: say(name, quiet), wrong: say("", fault)}
	i.wrong.Hide()
	if name == "" {
		i.name.Hide()
	}
	i.focus, _ = o.(fyne.Focusable)
	if c, ok := o.(*choice); ok {
		c.tell = func(typed string) {
			i.name.write(join(name, typed), quiet)
			shown(i.name, name != "" || typed != "")
			i.box.Refresh()
		}
		o = container.NewStack(c, c.frame)
	}
	i.box = stacked(2, i.name, o, i.wrong)
	return i
}

func (i *input) blame(text string) {
	i.wrong.write(text, fault)
	shown(i.wrong, text != "")
	i.box.Refresh()
}

// form is several inputs that are sent together.
type form struct {
	inputs  []*input
	general *prose // what is wrong with the whole
	draft   draft
}

func newForm() *form {
	f := &form{general: say("", ink{body.size, fault.color, false})}
	f.general.Hide()
	return f
}

// add puts an input at the end of the form and gives its box.
func (f *form) add(i *input) fyne.CanvasObject {
	f.inputs = append(f.inputs, i)
	return i.box
}

// field adds a text field that takes so many runes, and says where one too many is typed.
func (f *form) field(w present.Words, key, name string, entry *ime.Field) fyne.CanvasObject {
	i := newInput(key, name, entry)
	entry.OnFocus = func(focused bool) {
		if focused {
			reveal(entry)
		}
	}
	entry.OnLimit = func(limit, leftOut int) { i.blame(w("field.limit", "Limit", limit, "LeftOut", leftOut)) }
	return f.add(i)
}

// blame shows what is wrong, each at its field, and puts the focus on the first of them.
func (f *form) blame(faults []present.Fault) {
	for _, i := range f.inputs {
		i.blame("")
	}
	rest := ""
	var first fyne.Focusable
	for _, wrong := range faults {
		found := false
		for _, i := range f.inputs {
			if i.key == wrong.Field && wrong.Field != "" && i.box.Visible() {
				i.blame(wrong.Text)
				found = true
				if first == nil {
					first = i.focus
				}
				break
			}
		}
		if !found {
			rest = paragraphs(rest, wrong.Text)
		}
	}
	f.general.write(rest, f.general.ink)
	shown(f.general, rest != "")
	focusOn(first)
}

// begin puts the focus on the first input; false where there is none.
func (f *form) begin() bool {
	for _, i := range f.inputs {
		if i.focus != nil && i.box.Visible() {
			focusOn(i.focus)
			return true
		}
	}
	return false
}

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
