package ui

import (
	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/container"
	"fyne.io/fyne/v2/driver/desktop"
	"fyne.io/fyne/v2/layout"
	stock "fyne.io/fyne/v2/theme"
	"fyne.io/fyne/v2/widget"

	"redress/desktop/ui/theme"
)

// paletteLine is how a line of the palette looks: its words, and its own key at the right.
type paletteLine struct {
	widget.BaseWidget
	line  line
	frame *panel
	act   func()

	picked bool
}

func newPaletteLine(l line, act func()) *paletteLine {
	p := &paletteLine{line: l, act: act, frame: newPanel("", "")}
	p.frame.radius = 5
	p.ExtendBaseWidget(p)
	return p
}

// pick shows, or no longer, that Enter takes it.
func (p *paletteLine) pick(picked bool) {
	if p.picked == picked {
		return
	}
	p.picked = picked
	p.frame.fill = ""
	if picked {
		p.frame.fill = theme.ColorSelected
		p.frame.edge(stock.ColorNamePrimary, 2)
		return
	}
	p.frame.edge("", 0)
}

// Tapped takes it.
func (p *paletteLine) Tapped(*fyne.PointEvent) { p.act() }

// MouseIn shows that it can be clicked.
func (p *paletteLine) MouseIn(*desktop.MouseEvent) {
	if !p.picked {
		p.frame.fill = stock.ColorNameHover
		p.frame.Refresh()
	}
}

// MouseMoved changes nothing.
func (p *paletteLine) MouseMoved(*desktop.MouseEvent) {}

// MouseOut ends what MouseIn began.
func (p *paletteLine) MouseOut() {
	if !p.picked {
		p.frame.fill = ""
		p.frame.Refresh()
	}
}

// CreateRenderer is the widget's own.
func (p *paletteLine) CreateRenderer() fyne.WidgetRenderer {
	word, pen := signed(p.line.role, p.line.word, body)
	lines := stacked(0, cut(word, pen))
	if p.line.below != "" {
		lines.Add(cut(p.line.below, quiet))
	}
	key := natural(cut(p.line.hint, quiet))
	return widget.NewSimpleRenderer(container.NewStack(p.frame, container.New(layout.NewCustomPaddedLayout(3, 3, 12, 12),
		container.NewBorder(nil, nil, nil, key, lines))))
}
