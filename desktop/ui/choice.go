package ui

import (
	"strings"
	"unicode"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/widget"
)

// What is typed on a choice leads to the option it is of: a region or a unit is quicker to type
// than to walk to. Without a clock: typing goes on until a letter fits no further, or somebody
// begins anew.

// TypedRune picks the next option that what was typed fits.
func (c *choice) TypedRune(r rune) {
	if at := c.seek(r, c.SelectedIndex()); at >= 0 && at != c.SelectedIndex() {
		c.SetSelectedIndex(at)
	}
}

// seek is the option that what was typed leads to with one letter more, from one on: that one
// too, where the letters before led to it. -1 where none fits; then the letter is not taken.
func (c *choice) seek(r rune, from int) int {
	if c.Disabled() || !unicode.IsPrint(r) || unicode.IsSpace(r) {
		return -1
	}
	if more := c.typed + string(r); c.typed != "" {
		if at := c.next(more, from); at >= 0 {
			c.note(more)
			return at
		}
	}
	at := c.next(string(r), from+1)
	if at >= 0 {
		c.note(string(r))
	}
	return at
}

// next is the first option, from one on and around, that begins with what was typed, else that
// it fits; -1 for none.
func (c *choice) next(typed string, from int) int {
	for _, fit := range []func(typed, option string) bool{begins, func(typed, option string) bool { return fits(typed, option) }} {
		for n := range c.Options {
			if at := (max(0, from) + n) % len(c.Options); fit(typed, c.Options[at]) {
				return at
			}
		}
	}
	return -1
}

// begins says that a text begins with what was typed, as it is written or read (fits).
func begins(typed, text string) bool {
	if strings.HasPrefix(strings.ToLower(text), strings.ToLower(typed)) {
		return true
	}
	runes, n := []rune(text), len([]rune(typed))
	return n <= len(runes) && reads(string(runes[:n]), strings.ToLower(typed))
}

// note remembers what was typed, and shows it beside the choice.
func (c *choice) note(typed string) {
	if c.typed == typed {
		return
	}
	if c.typed = typed; c.tell != nil {
		c.tell(typed)
	}
}

// open shows the options, from what is picked on. The toolkit's list marks none by itself.
func (c *choice) open() {
	over := fyne.CurrentApp().Driver().CanvasForObject(c)
	if over == nil || c.Disabled() {
		return
	}
	at := c.SelectedIndex()
	c.Select.TypedKey(&fyne.KeyEvent{Name: unfolds})
	if list, is := over.Focused().(*widget.PopUpMenu); is {
		for range at + 1 {
			list.ActivateNext()
		}
	}
}

// Tapped opens it.
func (c *choice) Tapped(*fyne.PointEvent) {
	if !c.Disabled() {
		focusOn(c)
		c.open()
	}
}
