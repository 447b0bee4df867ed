package ui

import (
	"image/color"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/canvas"
	"fyne.io/fyne/v2/driver/desktop"
	stock "fyne.io/fyne/v2/theme"
	"fyne.io/fyne/v2/widget"

	"redress/desktop/ui/theme"
	"redress/syncproto"
)

// weight is how much a button asks for.
type weight uint8

const (
	plain       weight = iota // one of several things to do
	next                      // the one that is next
	destination               // where one can go; lies flat until it is where one is
)

// press is a button: a word, and beside it in small the key that does the same. Space and
// Enter press it when it has the focus, which a strong border shows.
type press struct {
	widget.DisableableWidget
	word, hint string
	weight     weight
	here       bool // of a place: one is there
	act        func()
	about      string // what it is about, where several say the same
	of         string // tells it apart from others that are about the same; nobody reads it
	gives      bool   // pressing it gives something at once
	sure       string // what it says when it asks once more; "" where it does not ask
	asks       string // what it said before that; "" while it does not ask

	focused, hovered bool
}

var (
	_ fyne.Focusable    = (*press)(nil)
	_ fyne.Tappable     = (*press)(nil)
	_ desktop.Hoverable = (*press)(nil)
)

func newPress(word, hint string, w weight, act func()) *press {
	p := &press{word: word, hint: hint, weight: w, act: act}
	p.ExtendBaseWidget(p)
	return p
}

// on says what it is about, for where it does not stand beside that.
func (p *press) on(about string) *press {
	p.about = about
	return p
}

// only tells it apart from others that say the same of the same.
func (p *press) only(of string) *press {
	p.of = of
	return p
}

// giving says that pressing it gives or throws away something at once, as a button that sends
// a form does: the palette only goes to it.
func (p *press) giving() *press {
	p.gives = true
	return p
}

// asking has it ask once more before it does something that cannot be brought back: the next
// press is the last word, until the person goes on with something else.
func (p *press) asking(sure string) *press {
	p.sure = sure
	return p
}

// ask asks once more, or has that taken back.
func (p *press) ask(is bool) {
	switch {
	case is && p.asks == "":
		p.asks = p.word
		p.write(p.sure, p.hint)
		focusOn(p)
	case !is && p.asks != "":
		p.write(p.asks, p.hint)
		p.asks = ""
	}
}

// write changes what stands on it.
func (p *press) write(word, hint string) {
	if p.word != word || p.hint != hint {
		p.word, p.hint = word, hint
		p.Refresh()
	}
}

// heavy makes it the one that is next, or one of several.
func (p *press) heavy(is bool) {
	w := plain
	if is {
		w = next
	}
	if p.weight != w {
		p.weight = w
		p.Refresh()
	}
}

// Tapped presses it.
func (p *press) Tapped(*fyne.PointEvent) {
	if p.Disabled() || p.act == nil {
		return
	}
	if p.sure != "" && p.asks == "" {
		p.ask(true)
		return
	}
	p.ask(false)
	p.act()
}

// FocusGained shows where the keyboard is.
func (p *press) FocusGained() { p.focused = true; p.Refresh(); reveal(p) }

// FocusLost takes the border away, and what was asked.
func (p *press) FocusLost() { p.focused = false; p.ask(false); p.Refresh() }

// TypedRune has nothing to type.
func (p *press) TypedRune(rune) {}

// TypedKey presses it, or leaves the key to the window.
func (p *press) TypedKey(key *fyne.KeyEvent) {
	if !typed(buttonKeys, p, key) {
		toWindow(p, key)
	}
}

// MouseIn, MouseMoved and MouseOut show that it can be pressed.
func (p *press) MouseIn(*desktop.MouseEvent) { p.hovered = true; p.Refresh() }

// MouseMoved changes nothing.
func (p *press) MouseMoved(*desktop.MouseEvent) {}

// MouseOut ends what MouseIn began.
func (p *press) MouseOut() { p.hovered = false; p.Refresh() }

// toWindow gives a key that a widget has no use for to the window, where Esc goes back.
func toWindow(o fyne.CanvasObject, key *fyne.KeyEvent) {
	c := fyne.CurrentApp().Driver().CanvasForObject(o)
	if c != nil && c.OnTypedKey() != nil {
		c.OnTypedKey()(key)
	}
}

// CreateRenderer is the widget's own.
func (p *press) CreateRenderer() fyne.WidgetRenderer {
	p.ExtendBaseWidget(p)
	r := &pressRenderer{press: p, back: &canvas.Rectangle{CornerRadius: 5}, word: &canvas.Text{}, hint: &canvas.Text{}}
	r.Refresh()
	return r
}

type pressRenderer struct {
	press      *press
	back       *canvas.Rectangle
	word, hint *canvas.Text
}

const (
	pressAside = 12
	pressAbove = 6
)

func (r *pressRenderer) Destroy() {}

func (r *pressRenderer) Objects() []fyne.CanvasObject {
	return []fyne.CanvasObject{r.back, r.word, r.hint}
}

func (r *pressRenderer) MinSize() fyne.Size {
	word, hint := r.word.MinSize(), r.hint.MinSize()
	width := word.Width + 2*pressAside
	if r.press.hint != "" {
		width += hint.Width + gap
	}
	return fyne.NewSize(width, word.Height+2*pressAbove)
}

func (r *pressRenderer) Layout(size fyne.Size) {
	r.back.Resize(size)
	word, hint := r.word.MinSize(), r.hint.MinSize()
	middle := func(of fyne.Size) float32 { return (size.Height - of.Height) / 2 }
	r.word.Resize(word)
	r.hint.Resize(hint)
	if r.press.weight == destination {
		r.word.Move(fyne.NewPos(pressAside, middle(word)))
		r.hint.Move(fyne.NewPos(size.Width-pressAside-hint.Width, middle(hint)))
		return
	}
	whole := word.Width
	if r.press.hint != "" {
		whole += gap + hint.Width
	}
	left := (size.Width - whole) / 2
	r.word.Move(fyne.NewPos(left, middle(word)))
	r.hint.Move(fyne.NewPos(left+word.Width+gap, middle(hint)))
}

func (r *pressRenderer) Refresh() {
	p := r.press
	th, variant := p.Theme(), fyne.CurrentApp().Settings().ThemeVariant()
	named := func(n fyne.ThemeColorName) color.Color { return th.Color(n, variant) }
	fill, pen, small := named(stock.ColorNameButton), named(stock.ColorNameForeground), named(theme.ColorQuiet)
	switch {
	case p.Disabled():
		fill, pen = named(stock.ColorNameDisabledButton), named(stock.ColorNameDisabled)
		small = pen
	case p.weight == next:
		fill, pen = named(stock.ColorNamePrimary), named(stock.ColorNameForegroundOnPrimary)
		small = pen
	case p.weight == destination && p.here:
		fill = named(theme.ColorSelected)
	case p.weight == destination:
		fill = color.Transparent
		if p.hovered {
			fill = named(stock.ColorNameHover)
		}
	}
	r.back.FillColor, r.back.StrokeColor, r.back.StrokeWidth = fill, color.Transparent, 0
	if p.focused {
		r.back.StrokeColor, r.back.StrokeWidth = named(stock.ColorNameForeground), 2
	} else if p.weight == plain || p.hovered && !p.Disabled() && p.weight != destination {
		r.back.StrokeColor, r.back.StrokeWidth = named(stock.ColorNameInputBorder), 1
	}
	write := func(t *canvas.Text, text string, size fyne.ThemeSizeName, c color.Color) {
		t.Text, t.TextSize, t.Color = syncproto.Legible(text), th.Size(size), c
	}
	write(r.word, p.word, stock.SizeNameText, pen)
	write(r.hint, p.hint, stock.SizeNameCaptionText, small)
	r.word.TextStyle.Bold = p.weight == next || p.here
	r.Layout(p.Size())
	canvas.Refresh(p)
}
