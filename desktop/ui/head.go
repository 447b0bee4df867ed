package ui

import (
	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/container"
	stock "fyne.io/fyne/v2/theme"

	"redress/desktop/ui/theme"
)

// top is the head of the window: the product, who works here, and the line.
func (s *shell) top() fyne.CanvasObject {
	name := cut(s.words()("app.name"), heading)
	leave := newPress(s.words()("action.signOut"), "", destination, func() { s.app.leave(s.place) })
	everything := newPress(s.words()("palette.title"), paletteHint, plain, s.app.togglePalette)
	row := container.New(headLayout{}, padded(0, container.New(centred{}, s.where)),
		container.New(namedLayout{}, wideAs(navWidth-24, name), natural(s.who)),
		container.NewHBox(everything, s.line, leave))
	return ground(padded(8, row), theme.ColorPanel, "")
}

// headLayout lays out the head of the window: the first of its objects has what the others
// leave, the second stands at the left, the third at the right.
type headLayout struct{}

func (headLayout) MinSize(objects []fyne.CanvasObject) fyne.Size {
	size := fyne.NewSize(0, objects[0].MinSize().Height)
	for _, o := range objects[1:] {
		least := o.MinSize()
		size.Width, size.Height = size.Width+least.Width, max(size.Height, least.Height)
	}
	size.Width += 2 * stock.Padding()
	return size
}

func (headLayout) Layout(objects []fyne.CanvasObject, size fyne.Size) {
	middle, left, right := objects[0], objects[1], objects[2]
	end := size.Width - right.MinSize().Width
	right.Move(fyne.NewPos(end, 0))
	right.Resize(fyne.NewSize(right.MinSize().Width, size.Height))
	end -= stock.Padding()
	width := end - stock.Padding()
	if named, is := left.(*fyne.Container); is {
		if l, is := named.Layout.(namedLayout); is {
			width = min(width, l.natural(named.Objects))
		}
	}
	left.Move(fyne.NewPos(0, 0))
	left.Resize(fyne.NewSize(width, size.Height))
	middle.Move(fyne.NewPos(width+stock.Padding(), 0))
	middle.Resize(fyne.NewSize(max(0, end-width-stock.Padding()), size.Height))
}

// namedLayout puts what something is called behind it, on as much of one line as there is: the
// name of a person does not make the window wider than the screen.
type namedLayout struct{}

func (namedLayout) natural(objects []fyne.CanvasObject) float32 {
	return objects[0].MinSize().Width + stock.Padding() + objects[1].MinSize().Width
}

func (namedLayout) MinSize(objects []fyne.CanvasObject) fyne.Size {
	first, name := objects[0].MinSize(), objects[1].MinSize()
	return fyne.NewSize(first.Width, max(first.Height, name.Height))
}

func (namedLayout) Layout(objects []fyne.CanvasObject, size fyne.Size) {
	first := objects[0].MinSize().Width
	objects[0].Move(fyne.NewPos(0, 0))
	objects[0].Resize(fyne.NewSize(first, size.Height))
	objects[1].Move(fyne.NewPos(first+stock.Padding(), 0))
	objects[1].Resize(fyne.NewSize(max(0, min(size.Width-first-stock.Padding(), objects[1].MinSize().Width)), size.Height))
}
