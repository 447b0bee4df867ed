package ui

import (
	"context"
	"image/color"
	"slices"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/canvas"
	stock "fyne.io/fyne/v2/theme"
	"fyne.io/fyne/v2/widget"

	"redress/desktop/present"
	"redress/desktop/ui/theme"
)

// monthFace is the authority of a manager's month: how much, where it lies, until when, and
// where it can be asked to lie.
type monthFace struct {
	shell   *shell
	content fyne.CanvasObject

	title, left  *prose
	bar          *split
	lies, limit  *prose
	more, right  *prose
	note, help   *prose
	take, even   *press
	movesPresses *fyne.Container
	busy         bool
	receiving    string // what lies here is still on its way
	of           present.Month
}

func newMonthFace(s *shell) *monthFace {
	w := s.words()
	m := &monthFace{shell: s, title: cut("", heading), left: say("", number), bar: newSplit(),
		lies: say("", body), limit: say("", body), more: say("", quiet), right: say("", quiet), note: say("", strong), help: say("", quiet)}
	m.take = newPress(w("month.take"), "", plain, func() { m.move(true) }).giving()
	m.even = newPress(w("month.even"), "", plain, func() { m.move(false) }).giving()
	m.movesPresses = flowing(m.take, m.even)
	m.content = card(stacked(6, m.title, m.left, m.bar, m.lies, m.limit, m.more, m.right, m.note, m.help, m.movesPresses))
	return m
}

// Signs of the picture's parts beside theme.MoneyLeft, as they are drawn: what lies on other
// devices is hollow, and what is spent is a thin line.
const (
	signElsewhere = "□"
	signSpent     = "─"
)

// receives says that what lies here is still on its way.
func (m *monthFace) receives(how string) {
	m.receiving = how
	m.showLeft()
}

// showLeft writes how much may be spent here. While nothing of it has come that is not nothing.
func (m *monthFace) showLeft() {
	if m.receiving != "" && m.of.Empty() {
		m.left.write(m.receiving, body)
		return
	}
	if m.of.None {
		m.left.write(m.of.Left, number)
		return
	}
	m.left.write(theme.MoneyLeft.Sign()+" "+m.of.Left, number.in(theme.MoneyLeft))
}

func (m *monthFace) show(v present.Month) {
	w := m.shell.words()
	m.of = v
	m.title.write(v.Title, heading)
	m.showLeft()
	m.bar.show(v.Parts)
	lies := signSpent + " " + v.Spent
	for _, h := range v.Elsewhere {
		lies = join(lies, signElsewhere+" "+h.Text())
	}
	m.lies.write(join(lies, v.Free), body)
	m.limit.write(join(v.Limit, v.Until), body)
	more := ""
	for _, text := range slices.Concat(v.Limits, v.Under, []string{v.Next}) {
		more = paragraphs(more, text)
	}
	m.more.write(more, quiet)
	m.right.write(v.Right, quiet)
	m.note.write(v.Note, strong.in(theme.Warning))
	help := v.Moved
	if v.Take {
		help = paragraphs(help, w("month.takeHelp"))
	}
	if v.Even {
		help = paragraphs(help, w("month.evenHelp"))
	}
	m.help.write(help, quiet)
	shown(m.take, v.Take)
	shown(m.even, v.Even)
	m.movesPresses.Refresh()
}

// move asks for the authority to lie on this device, or evenly.
func (m *monthFace) move(here bool) {
	if m.busy {
		return
	}
	m.busy = true
	place := m.shell.place
	ask(m.shell.app.threads, func() (struct{}, error) {
		return struct{}{}, place.Give(context.Background(), place.View().Move(place.Read(), here))
	}, func(_ struct{}, err error) {
		m.busy = false
		if err != nil {
			m.shell.line.refuse(inOneLine(m.shell.scene().Refused(err))) // the note is of the next reading
			return
		}
		m.shell.reload()
	})
}

// split is a month as a picture. Its parts differ in shape as well as in colour: what is
// here is solid, what lies on other devices is hollow, and what is spent is a thin line.
type split struct {
	widget.BaseWidget
	parts present.Parts
}

const (
	splitHeight = 10
	splitLine   = 3
)

func newSplit() *split {
	s := &split{}
	s.ExtendBaseWidget(s)
	return s
}

func (s *split) show(parts present.Parts) {
	if s.parts != parts {
		s.parts = parts
		s.Refresh()
	}
}

// CreateRenderer is the widget's own.
func (s *split) CreateRenderer() fyne.WidgetRenderer {
	r := &splitRenderer{split: s, track: &canvas.Rectangle{}, here: &canvas.Rectangle{CornerRadius: 2},
		elsewhere: &canvas.Rectangle{CornerRadius: 2, StrokeWidth: 2, FillColor: color.Transparent}, spent: &canvas.Rectangle{}}
	r.Refresh()
	return r
}

type splitRenderer struct {
	split                         *split
	track, here, elsewhere, spent *canvas.Rectangle
}

func (r *splitRenderer) Destroy() {}

func (r *splitRenderer) MinSize() fyne.Size { return fyne.NewSize(40, splitHeight) }

func (r *splitRenderer) Objects() []fyne.CanvasObject {
	return []fyne.CanvasObject{r.track, r.here, r.elsewhere, r.spent}
}

func (r *splitRenderer) Layout(size fyne.Size) {
	top := (size.Height - splitHeight) / 2
	r.track.Move(fyne.NewPos(0, top+splitHeight-1))
	r.track.Resize(fyne.NewSize(size.Width, 1))
	x := float32(0)
	part := func(o *canvas.Rectangle, share int64, y, height float32) {
		width := size.Width * float32(share) / 10_000
		o.Move(fyne.NewPos(x, y))
		o.Resize(fyne.NewSize(width, height))
		x += width
		shown(o, share > 0)
	}
	part(r.here, r.split.parts.Here, top, splitHeight)
	part(r.elsewhere, r.split.parts.Elsewhere, top, splitHeight)
	part(r.spent, r.split.parts.Spent, top+(splitHeight-splitLine)/2, splitLine)
}

func (r *splitRenderer) Refresh() {
	th, variant := r.split.Theme(), fyne.CurrentApp().Settings().ThemeVariant()
	r.track.FillColor = th.Color(stock.ColorNameInputBorder, variant)
	r.here.FillColor = th.Color(theme.MoneyLeft.Color(), variant)
	r.elsewhere.StrokeColor = th.Color(theme.MoneyLeft.Color(), variant)
	r.spent.FillColor = th.Color(theme.MoneySpent.Color(), variant)
	r.Layout(r.split.Size())
	canvas.Refresh(r.split)
}
