package ui

import (
	"image/color"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/canvas"
	"fyne.io/fyne/v2/container"
	stock "fyne.io/fyne/v2/theme"
	"fyne.io/fyne/v2/widget"

	"redress/desktop/ui/theme"
)

// ground lays an object on a colour of the theme, with a border of another where named.
func ground(o fyne.CanvasObject, fill, border fyne.ThemeColorName) fyne.CanvasObject {
	return container.NewStack(newPanel(fill, border), o)
}

// panel is a rectangle in colours of the theme.
type panel struct {
	widget.BaseWidget
	fill, border fyne.ThemeColorName
	stroke       float32
	radius       float32
}

func newPanel(fill, border fyne.ThemeColorName) *panel {
	p := &panel{fill: fill, border: border, stroke: 1}
	p.ExtendBaseWidget(p)
	return p
}

// edge changes the border.
func (p *panel) edge(border fyne.ThemeColorName, stroke float32) {
	p.border, p.stroke = border, stroke
	p.Refresh()
}

// CreateRenderer is the widget's own.
func (p *panel) CreateRenderer() fyne.WidgetRenderer {
	r := &panelRenderer{panel: p, rectangle: &canvas.Rectangle{}}
	r.Refresh()
	return r
}

type panelRenderer struct {
	panel     *panel
	rectangle *canvas.Rectangle
}

func (r *panelRenderer) Destroy() {}

func (r *panelRenderer) MinSize() fyne.Size { return fyne.NewSize(0, 0) }

func (r *panelRenderer) Objects() []fyne.CanvasObject { return []fyne.CanvasObject{r.rectangle} }

func (r *panelRenderer) Layout(size fyne.Size) { r.rectangle.Resize(size) }

func (r *panelRenderer) Refresh() {
	th, variant := r.panel.Theme(), fyne.CurrentApp().Settings().ThemeVariant()
	r.rectangle.FillColor, r.rectangle.StrokeColor, r.rectangle.StrokeWidth = color.Transparent, color.Transparent, 0
	if r.panel.fill != "" {
		r.rectangle.FillColor = th.Color(r.panel.fill, variant)
	}
	if r.panel.border != "" {
		r.rectangle.StrokeColor, r.rectangle.StrokeWidth = th.Color(r.panel.border, variant), r.panel.stroke
	}
	r.rectangle.CornerRadius = r.panel.radius
	r.rectangle.Refresh()
}

// card is an object on white, with a fine border.
func card(o fyne.CanvasObject) fyne.CanvasObject { return cardOf(12, o) }

// slim is a card that is one of many.
func slim(o fyne.CanvasObject) fyne.CanvasObject { return cardOf(8, o) }

// sheet is a form that is open, on the colour of what stands around.
func sheet(o fyne.CanvasObject) fyne.CanvasObject { return rounded(theme.ColorPanel, "", 12, o) }

func cardOf(distance float32, o fyne.CanvasObject) fyne.CanvasObject {
	return rounded(stock.ColorNameInputBackground, stock.ColorNameSeparator, distance, o)
}

func rounded(fill, border fyne.ThemeColorName, distance float32, o fyne.CanvasObject) fyne.CanvasObject {
	back := newPanel(fill, border)
	back.radius = 6
	return container.NewStack(back, padded(distance, o))
}

// bar is a share of a whole, as a filled part of a line.
type bar struct {
	widget.BaseWidget
	part int64 // basis points
	full theme.Role
}

func newBar(part int64, full theme.Role) *bar {
	b := &bar{part: part, full: full}
	b.ExtendBaseWidget(b)
	return b
}

// CreateRenderer is the widget's own.
func (b *bar) CreateRenderer() fyne.WidgetRenderer {
	r := &barRenderer{bar: b, back: &canvas.Rectangle{CornerRadius: 3}, front: &canvas.Rectangle{CornerRadius: 3}}
	r.Refresh()
	return r
}

type barRenderer struct {
	bar         *bar
	back, front *canvas.Rectangle
}

func (r *barRenderer) Destroy() {}

func (r *barRenderer) MinSize() fyne.Size { return fyne.NewSize(40, 6) }

func (r *barRenderer) Objects() []fyne.CanvasObject { return []fyne.CanvasObject{r.back, r.front} }

func (r *barRenderer) Layout(size fyne.Size) {
	middle := (size.Height - 6) / 2
	r.back.Move(fyne.NewPos(0, middle))
	r.back.Resize(fyne.NewSize(size.Width, 6))
	r.front.Move(fyne.NewPos(0, middle))
	r.front.Resize(fyne.NewSize(size.Width*float32(r.bar.part)/10_000, 6))
}

func (r *barRenderer) Refresh() {
	th, variant := r.bar.Theme(), fyne.CurrentApp().Settings().ThemeVariant()
	r.back.FillColor = th.Color(stock.ColorNameSeparator, variant)
	r.front.FillColor = th.Color(r.bar.full.Color(), variant)
	r.Layout(r.bar.Size())
	r.back.Refresh()
	r.front.Refresh()
}
