package ui

import (
	"slices"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/container"

	"redress/desktop/present"
	"redress/desktop/ui/ime"
	"redress/desktop/ui/theme"
)

// input is one thing of a form: its name above, and below it what is wrong with it.
type input struct {
	key   string
	title string // what stands above it
	box   *fyne.Container
	name  *prose
	wrong *prose
	focus fyne.Focusable

	// asks says of a choice that which it is is a question of its own where there are several:
	// the first is picked because one has to be, not because it is likely.
	asks bool
	cut  cutting
	says func(cutting) string // what was left out, in words

	after func()        // a change
	doubt func() string // what is doubtful about what stands in it, though it can be sent; nil for nothing
}

// cutting is what did not fit into a field: how many runes it takes, and how many were left
// out. It stands until the person changes the text, who has seen it then.
type cutting struct{ limit, out int }

// newInput names a widget. key is the field's name in findings.
func newInput(key, name string, o fyne.CanvasObject) *input {
	i := &input{key: key, title: name, name: say(name, quiet), wrong: say("", fault)}
	i.wrong.Hide()
	if name == "" {
		i.name.Hide()
	}
	i.focus, _ = o.(fyne.Focusable)
	switch w := o.(type) {
	case *choice:
		w.onEdit, w.tell = i.edited, i.tell
		o = container.NewStack(w, w.frame)
	case *tick:
		w.onEdit = i.edited
	case *ime.Field:
		w.OnEdit = i.edited
	}
	i.box = stacked(2, i.name, o, i.wrong)
	return i
}

// asking says that which is picked is a question of its own.
func (i *input) asking() *input {
	i.asks = true
	return i
}

// edited takes back what was said of the field: it was said of what stood there before.
func (i *input) edited() {
	i.cut = cutting{}
	i.blame("")
	if i.after != nil {
		i.after()
	}
}

func (i *input) blame(text string) {
	if i.wrong.text == text {
		return
	}
	i.wrong.write(text, fault)
	shown(i.wrong, text != "")
	i.box.Refresh()
}

// look says what is doubtful, where nothing is wrong: once the person has left the field, as half
// a number is no number yet.
func (i *input) look() {
	if i.doubt == nil || i.wrong.text != "" {
		return
	}
	if text := i.doubt(); text != "" {
		i.wrong.write(signed(theme.Warning, text, quiet.in(theme.Warning)))
		i.wrong.Show()
		i.box.Refresh()
	}
}

// tell shows beside the name what was typed on a choice.
func (i *input) tell(typed string) {
	i.name.write(join(i.title, typed), quiet)
	shown(i.name, i.title != "" || typed != "")
	i.box.Refresh()
}

// must marks it as one that has to be filled in, with a sign beside its name.
func (i *input) must() {
	i.title += " *"
	i.name.write(i.title, i.name.ink)
}

// leftOut says what did not fit.
func (i *input) leftOut(c cutting) {
	if c.out > 0 {
		i.cut = c
		i.blame(i.says(c))
	}
}

// form is several inputs that are sent together.
type form struct {
	inputs  []*input
	general *prose // what is wrong with the whole
	draft   draft
	onEdit  func() // a field was changed; nil for nothing to do
}

func newForm() *form {
	f := &form{general: say("", ink{body.size, fault.color, false})}
	f.general.Hide()
	return f
}

// close closes the inputs, or opens them again: what is typed while the form is sent would go with it, and be
// in no command.
func (f *form) close(is bool) {
	for _, i := range f.inputs {
		if w, can := i.focus.(fyne.Disableable); can && w.Disabled() != is {
			if is {
				w.Disable()
			} else {
				w.Enable()
			}
		}
	}
}

// add puts an input at the end of the form and gives its box.
func (f *form) add(i *input) fyne.CanvasObject {
	f.inputs = append(f.inputs, i)
	i.after = func() {
		if f.onEdit != nil {
			f.onEdit()
		}
	}
	return i.box
}

// field adds a text field that takes so many runes, and says where one too many is typed.
func (f *form) field(w present.Words, key, name string, entry *ime.Field) fyne.CanvasObject {
	i := newInput(key, name, entry)
	i.says = func(c cutting) string { return w("field.limit", "Limit", c.limit, "LeftOut", c.out) }
	entry.OnFocus = func(focused bool) {
		if focused {
			reveal(entry)
		} else {
			i.look()
		}
	}
	held := w("field.composing")
	entry.OnHeld = func() { i.blame(held) }
	entry.OnComposing = func(is bool) {
		if !is && i.wrong.text == held {
			i.blame("")
		}
	}
	entry.OnLimit = func(limit, leftOut int) { i.leftOut(cutting{limit, leftOut}) }
	return f.add(i)
}

// must marks the inputs that have to be filled in. What it means stands behind the buttons
// (legend).
func (f *form) must(keys ...string) {
	for _, i := range f.inputs {
		if slices.Contains(keys, i.key) {
			i.must()
		}
	}
}

// legend says what the mark means.
func legend(text string) fyne.CanvasObject { return smallBeside(cut(text, quiet)) }

// stopped is why the form cannot be sent as it stands, whatever its command may say: something
// that was typed or pasted is not in it. Nothing is sent cut without the person knowing.
func (f *form) stopped() (faults []present.Fault) {
	for _, i := range f.inputs {
		if i.cut.out > 0 && i.box.Visible() {
			faults = append(faults, present.Fault{Field: i.key, Text: i.says(i.cut)})
		}
	}
	return faults
}

// blame shows what is wrong, each at its field, and puts the focus on the first of them.
func (f *form) blame(faults []present.Fault) {
	at, rest := map[*input]string{}, ""
	var first fyne.Focusable
	for _, wrong := range faults {
		found := false
		for _, i := range f.inputs {
			if i.key == wrong.Field && wrong.Field != "" && i.box.Visible() {
				at[i], found = wrong.Text, true
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
	for _, i := range f.inputs {
		i.blame(at[i])
		i.look()
	}
	f.general.write(rest, f.general.ink)
	shown(f.general, rest != "")
	focusOn(first)
}

// begin puts the focus on the first input that is still a question: a choice that has its
// answer is passed over, as whatever is typed there goes nowhere. Shift+Tab leads to it. Where
// all have one it is the first; false where there is none.
func (f *form) begin() bool {
	var first fyne.Focusable
	for _, i := range f.inputs {
		if i.focus == nil || !i.box.Visible() {
			continue
		}
		if first == nil {
			first = i.focus
		}
		c, picks := i.focus.(*choice)
		if picks && c.SelectedIndex() >= 0 && (!i.asks || len(c.Options) < 2) {
			continue
		}
		if _, ticks := i.focus.(*tick); !ticks {
			first = i.focus
			break
		}
	}
	focusOn(first)
	return first != nil
}
