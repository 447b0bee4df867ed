package ui

import (
	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/container"
	"fyne.io/fyne/v2/layout"
	"fyne.io/fyne/v2/widget"
)

// Widths of the zones, in units, for a window of 1280.
const (
	navWidth  = 176
	listWidth = 456
)

// gap is the usual space between two things.
const gap float32 = 8

// column stacks its objects, each as high as it needs at the column's width: a text that
// wraps knows its height only once it knows its width.
type column struct{ gap float32 }

func (c column) MinSize(objects []fyne.CanvasObject) fyne.Size {
	var size fyne.Size
	for _, o := range objects {
		if !o.Visible() {
			continue
		}
		least := o.MinSize()
		if size.Height > 0 && least.Height > 0 { // what has nothing to show takes no room
			size.Height += c.gap
		}
		size.Width, size.Height = max(size.Width, least.Width), size.Height+least.Height
	}
	return size
}

func (c column) Layout(objects []fyne.CanvasObject, size fyne.Size) {
	y := float32(0)
	for _, o := range objects {
		if !o.Visible() {
			continue
		}
		o.Resize(fyne.NewSize(size.Width, o.MinSize().Height))
		height := o.MinSize().Height
		o.Resize(fyne.NewSize(size.Width, height))
		if y > 0 && height > 0 {
			y += c.gap
		}
		o.Move(fyne.NewPos(0, y))
		y += height
	}
}

// stacked puts objects under one another.
func stacked(gap float32, objects ...fyne.CanvasObject) *fyne.Container {
	return container.New(column{gap}, objects...)
}

// shares gives each object of a row its share of the width, as parts of their sum.
type shares []float32

func (s shares) MinSize(objects []fyne.CanvasObject) fyne.Size {
	var size fyne.Size
	for _, o := range objects {
		least := o.MinSize()
		size.Width, size.Height = size.Width+least.Width, max(size.Height, least.Height)
	}
	size.Width += gap * float32(max(0, len(objects)-1))
	return size
}

func (s shares) Layout(objects []fyne.CanvasObject, size fyne.Size) {
	var whole float32
	for _, part := range s {
		whole += part
	}
	free, x := size.Width-gap*float32(max(0, len(objects)-1)), float32(0)
	for i, o := range objects {
		width := free * s[i] / whole
		o.Resize(fyne.NewSize(width, size.Height))
		o.Move(fyne.NewPos(x, 0))
		x += width + gap
	}
}

// inRow puts objects beside one another, all of one width.
func inRow(objects ...fyne.CanvasObject) *fyne.Container {
	s := make(shares, len(objects))
	for i := range s {
		s[i] = 1
	}
	return container.New(s, objects...)
}

// flow puts objects of their own widths beside one another and goes on below where the row
// is full.
type flow struct{ width *float32 }

func (f flow) MinSize(objects []fyne.CanvasObject) fyne.Size {
	height := f.place(objects, *f.width, false)
	var widest float32
	for _, o := range objects {
		if o.Visible() {
			widest = max(widest, o.MinSize().Width)
		}
	}
	return fyne.NewSize(widest, height)
}

func (f flow) Layout(objects []fyne.CanvasObject, size fyne.Size) {
	*f.width = size.Width
	f.place(objects, size.Width, true)
}

func (f flow) place(objects []fyne.CanvasObject, width float32, move bool) (height float32) {
	x, y, row := float32(0), float32(0), float32(0)
	for _, o := range objects {
		if !o.Visible() {
			continue
		}
		least := o.MinSize()
		if x > 0 && x+least.Width > width {
			x, y, row = 0, y+row+gap, 0
		}
		if move {
			o.Move(fyne.NewPos(x, y))
			o.Resize(least)
		}
		x += least.Width + gap
		row = max(row, least.Height)
	}
	return y + row
}

func flowing(objects ...fyne.CanvasObject) *fyne.Container {
	return container.New(flow{width: new(float32)}, objects...)
}

// fixed gives its object a width of its own, and the height there is.
type fixed float32

func (f fixed) MinSize(objects []fyne.CanvasObject) fyne.Size {
	return fyne.NewSize(float32(f), objects[0].MinSize().Height)
}

func (f fixed) Layout(objects []fyne.CanvasObject, size fyne.Size) {
	objects[0].Move(fyne.NewPos(0, 0))
	objects[0].Resize(fyne.NewSize(float32(f), size.Height))
}

func wideAs(width float32, o fyne.CanvasObject) *fyne.Container {
	return container.New(fixed(width), o)
}

// natural gives a text the width it has on one line.
func natural(p *prose) *fyne.Container {
	return container.New(naturalLayout{p}, p)
}

type naturalLayout struct{ text *prose }

func (n naturalLayout) MinSize([]fyne.CanvasObject) fyne.Size { return n.text.natural() }

func (n naturalLayout) Layout(_ []fyne.CanvasObject, size fyne.Size) {
	n.text.Move(fyne.NewPos(0, (size.Height-n.text.natural().Height)/2))
	n.text.Resize(fyne.NewSize(size.Width, n.text.natural().Height))
}

// leading gives a text the width it has on one line, as far as there is room, and another the
// rest of it. Where the first is cut the second has none.
type leading struct{ text *prose }

func (l leading) MinSize(objects []fyne.CanvasObject) fyne.Size {
	var size fyne.Size
	for _, o := range objects {
		size = size.Max(o.MinSize())
	}
	return size
}

func (l leading) Layout(objects []fyne.CanvasObject, size fyne.Size) {
	first := float32(0)
	if l.text.text != "" {
		first = min(size.Width, l.text.natural().Width)
	}
	objects[0].Resize(fyne.NewSize(first, size.Height))
	rest := first
	if first > 0 {
		rest = min(size.Width, first+gap)
	}
	objects[1].Move(fyne.NewPos(rest, 0))
	objects[1].Resize(fyne.NewSize(size.Width-rest, size.Height))
}

// beside puts an object of a fixed width at the left of the rest, with a fine line between.
// In a window too narrow for both, as at a large scale, neither has more than half.
func beside(width float32, left, rest fyne.CanvasObject) *fyne.Container {
	return container.New(besideLayout(width), left, widget.NewSeparator(), rest)
}

type besideLayout float32

func (b besideLayout) MinSize(objects []fyne.CanvasObject) fyne.Size {
	left, rest := objects[0].MinSize(), objects[2].MinSize()
	width := min(float32(b)+1+rest.Width, 2*max(left.Width, rest.Width+1))
	return fyne.NewSize(width, max(left.Height, rest.Height))
}

func (b besideLayout) Layout(objects []fyne.CanvasObject, size fyne.Size) {
	x, left := float32(0), min(float32(b), size.Width/2)
	for i, width := range []float32{left, 1, size.Width - left - 1} {
		objects[i].Move(fyne.NewPos(x, 0))
		objects[i].Resize(fyne.NewSize(width, size.Height))
		x += width
	}
}

// below puts the rest under an object of its own height, and a fine line between where
// there is to be one.
func below(top, rest fyne.CanvasObject, line bool) *fyne.Container {
	between := fyne.CanvasObject(widget.NewSeparator())
	if !line {
		between = container.NewWithoutLayout()
	}
	return container.New(belowLayout(line), top, between, rest)
}

type belowLayout bool

func (b belowLayout) line() float32 {
	if b {
		return 1
	}
	return 0
}

func (b belowLayout) MinSize(objects []fyne.CanvasObject) fyne.Size {
	top, rest := objects[0].MinSize(), objects[2].MinSize()
	return fyne.NewSize(max(top.Width, rest.Width), top.Height+b.line()+rest.Height)
}

func (b belowLayout) Layout(objects []fyne.CanvasObject, size fyne.Size) {
	objects[0].Resize(fyne.NewSize(size.Width, objects[0].MinSize().Height))
	top, y := objects[0].MinSize().Height, float32(0)
	for i, height := range []float32{top, b.line(), max(0, size.Height-top-b.line())} {
		objects[i].Move(fyne.NewPos(0, y))
		objects[i].Resize(fyne.NewSize(size.Width, height))
		y += height
	}
}

// anyHeight gives its objects all the room there is, however little is in the height: what has
// too little is turned, or is a list of fewer rows, and the window stays within the screen.
type anyHeight struct{}

func (anyHeight) MinSize(objects []fyne.CanvasObject) fyne.Size {
	return fyne.NewSize(layout.NewStackLayout().MinSize(objects).Width, 0)
}

func (anyHeight) Layout(objects []fyne.CanvasObject, size fyne.Size) {
	layout.NewStackLayout().Layout(objects, size)
}

// labelled puts an object beside a name or a moment of so much width, in small.
func labelled(width float32, text string, o fyne.CanvasObject) fyne.CanvasObject {
	return container.NewBorder(nil, nil, wideAs(width, stacked(0, cut(text, quiet))), nil, o)
}

// shown shows or hides an object.
func shown(o fyne.CanvasObject, show bool) {
	if show {
		o.Show()
	} else {
		o.Hide()
	}
}

// padded keeps a distance all around.
func padded(by float32, o fyne.CanvasObject) *fyne.Container {
	return container.New(layout.NewCustomPaddedLayout(by, by, by, by), o)
}
