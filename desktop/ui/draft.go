package ui

import (
	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/container"
	"fyne.io/fyne/v2/layout"

	"redress/desktop/present"
	"redress/desktop/replica"
	"redress/desktop/ui/ime"
)

// draft is what a form knows of its draft: what stands in it, by names that stay the same in
// every language and version.
type draft struct {
	key     replica.DraftKey // zero while nothing of it is kept
	begun   []replica.DraftField
	ordered []replica.DraftField // as it was last told to be kept
	empty   func()               // has the form begin anew, after its draft was discarded
	more    []remembered

	text *prose // 草稿，今天 10:42 保存
	box  *fyne.Container
	drop *press
}

// remembered is something that a draft keeps besides the fields, and that says nothing alone.
type remembered struct {
	name string
	get  func() string
	set  func(string)
}

// stand is what stands in the form's fields now.
func (f *form) stand() []replica.DraftField {
	fields := make([]replica.DraftField, 0, len(f.inputs))
	for _, i := range f.inputs {
		switch from := i.focus.(type) {
		case *ime.Field:
			fields = append(fields, replica.DraftField{Name: i.key, Text: from.Text})
		case *choice:
			fields = append(fields, replica.DraftField{Name: i.key, Text: from.value(), Pick: true})
		case *tick:
			fields = append(fields, replica.DraftField{Name: i.key, Text: ticked[from.Checked], Pick: true})
		}
	}
	return fields
}

// ticked is how a tick is kept.
var ticked = map[bool]string{true: "1"}

// whole is what stands in the form, with what is remembered.
func (f *form) whole() []replica.DraftField {
	fields := f.stand()
	for _, m := range f.draft.more {
		fields = append(fields, replica.DraftField{Name: m.name, Text: m.get(), Pick: true})
	}
	return fields
}

// restore puts a draft into the form. Of words that cannot be picked any more the form keeps its
// own; where a thing is gone nothing is picked: the draft is about no other.
func (f *form) restore(fields []replica.DraftField) {
	texts := map[string]string{}
	for _, field := range fields {
		texts[field.Name] = field.Text
	}
	for _, i := range f.inputs {
		text, there := texts[i.key]
		if !there {
			continue
		}
		switch to := i.focus.(type) {
		case *ime.Field:
			to.SetText(text)
			to.ToEnd()
		case *choice:
			to.take(text)
		case *tick:
			to.SetChecked(text == ticked[true])
		}
	}
	for _, m := range f.draft.more {
		if text, there := texts[m.name]; there {
			m.set(text)
		}
	}
}

// value is what was picked, in a way that is the same in every language: by its id, by its
// code where the options are words of the interface, and else as the policy calls it.
func (c *choice) value() string {
	at := c.SelectedIndex()
	switch {
	case at < 0:
		return ""
	case at < len(c.ids):
		return c.ids[at].ID.String()
	case at < len(c.codes):
		return c.codes[at]
	}
	return c.Selected
}

// take picks a value, where it can still be picked.
func (c *choice) take(value string) {
	if value == "" && c.PlaceHolder != "" {
		c.ClearSelected()
		return
	}
	for at, option := range c.Options {
		switch {
		case at < len(c.ids):
			option = c.ids[at].ID.String()
		case at < len(c.codes):
			option = c.codes[at]
		}
		if option == value {
			c.SetSelectedIndex(at)
			return
		}
	}
	switch {
	case c.none:
		c.SetSelectedIndex(0)
	case len(c.ids) > 0:
		c.ClearSelected()
	}
}

// draftMark is what says that the form is kept as a draft, and since when. It stands behind the
// form's buttons, so that none of them moves when it comes.
func (f *form) draftMark() fyne.CanvasObject {
	f.draft.text = cut("", quiet)
	f.draft.box = smallBeside(f.draft.text)
	f.draft.box.Hide()
	return f.draft.box
}

// smallBeside is a small text at the middle of the buttons beside it.
func smallBeside(p *prose) *fyne.Container {
	const above = 8
	return container.New(layout.NewCustomPaddedLayout(above, above, 0, 0), natural(p))
}

// draftDrop is the button that discards the draft; it is there where there is one, and asks once
// more.
func (f *form) draftDrop(w present.Words, discard func()) *press {
	f.draft.drop = newPress(w("draft.discard"), "", plain, discard).giving().asking(w("draft.discardSure"))
	f.draft.drop.Hide()
	return f.draft.drop
}

// sayDraft says how it stands with the draft; nothing where there is none.
func (f *form) sayDraft(text string, pen ink) {
	if f.draft.text == nil {
		return
	}
	f.draft.text.write(text, pen)
	shown(f.draft.box, text != "")
	if f.draft.drop != nil {
		shown(f.draft.drop, text != "" && pen == quiet)
	}
}
