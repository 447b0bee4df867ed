package ui

import (
	"slices"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/container"
	"fyne.io/fyne/v2/layout"
	stock "fyne.io/fyne/v2/theme"
	"fyne.io/fyne/v2/widget"

	"redress/desktop/ui/theme"
	"redress/syncproto"
)

// item is one row of a list: what is urgent at the left, what it is about beside it.
type item struct {
	id    syncproto.ID
	role  theme.Role // sign and colour of lead; "" for none
	lead  string     // 还剩 1:50, ¥1,200.00
	under string     // below lead, in small
	title string
	below string

	// The third line, of lists that have one: the due time, and what marks the row, with
	// the sign and colour of a role.
	due  string
	todo string // what the person has to do, with the sign and colour of needs you
	flag theme.Role
	mark string
}

// rows is a list that the keyboard moves through: Up and Down pick, Enter goes to what was
// picked. It keeps its place while its rows change.
type rows struct {
	widget.List
	items  []item
	picked syncproto.ID
	frame  *panel // its border shows the focus

	focused bool
	three   bool // its rows have a third line

	onPick func(syncproto.ID)
	onOpen func()
	onEnd  func() // the last row is shown
	onDraw func(at int)

	toEnd  bool    // somebody asked for the last row: also for one that is still to be read
	height float32 // of a row with the line under it; 0 before it is known
	drawn  bool    // it was, once
}

func newRows(onPick func(syncproto.ID), onOpen, onEnd func()) *rows {
	r := &rows{onPick: onPick, onOpen: onOpen, onEnd: onEnd, frame: newPanel("", "")}
	r.Length = func() int { return len(r.items) }
	r.CreateItem = func() fyne.CanvasObject { return newRowFace(r.three) }
	r.UpdateItem = r.draw
	r.OnSelected = func(at widget.ListItemID) {
		if at < len(r.items) && r.items[at].id != r.picked {
			r.toEnd = false
			r.picked = r.items[at].id
			r.onPick(r.picked)
		}
	}
	r.ExtendBaseWidget(r)
	return r
}

// CreateRenderer is the widget's own. The toolkit lets go of the renderer of what was not seen
// for a minute, and a new one stands at the top: the list goes on where it was left, or its rows
// would be drawn where nobody sees them.
func (r *rows) CreateRenderer() fyne.WidgetRenderer {
	offset := r.GetScrollOffset()
	renderer := r.List.CreateRenderer()
	renderer.Layout(r.Size())
	r.drawn = true
	r.ScrollToTop() // so that the list knows what the new one does
	r.ScrollToOffset(offset)
	return renderer
}

// ScrollToTop goes to the first row. There is a list that was never drawn; the toolkit's own would end the program.
func (r *rows) ScrollToTop() {
	if r.drawn {
		r.List.ScrollToTop()
	}
}

func (r *rows) draw(at widget.ListItemID, o fyne.CanvasObject) {
	if at >= len(r.items) {
		return
	}
	if face, ok := o.(*rowFace); ok {
		face.show(r.items[at])
	}
	if r.onDraw != nil {
		r.onDraw(at)
	}
	if at == len(r.items)-1 && r.onEnd != nil {
		r.onEnd()
	}
}

// show changes the rows; the picked one stays picked where it is still among them, and what
// is in sight stays where it is seen.
func (r *rows) show(items []item) {
	if slices.Equal(r.items, items) {
		return
	}
	was, offset := r.at() >= 0, r.GetScrollOffset()
	if from, to := r.sight(); from > 0 {
		now := make(map[syncproto.ID]int, len(items))
		for at, i := range items {
			now[i.id] = at
		}
		for ; from < to; from++ { // the first in sight that is still there
			if at, stays := now[r.items[from].id]; stays {
				offset += float32(at-from) * r.rowHeight()
				break
			}
		}
	}
	r.items = items
	r.Refresh()
	r.mark()
	if came := !was && r.at() >= 0; !came && !r.toEnd && r.GetScrollOffset() != offset {
		r.ScrollToOffset(offset) // picking scrolls there, and nobody picked
	}
}

// grow adds rows at the end.
func (r *rows) grow(items []item) {
	if len(items) == 0 {
		return
	}
	r.items = append(r.items, items...)
	r.Refresh()
}

// Refresh draws the rows there are now, and goes on to the last of them where somebody asked for
// that, until they ask for something else.
func (r *rows) Refresh() {
	r.List.Refresh()
	if r.toEnd && r.at() < len(r.items)-1 {
		r.step(len(r.items))
		r.toEnd = true
	}
}

// page is how many rows PageDown goes on: those in sight but one, so that nobody loses the line.
func (r *rows) page() int {
	return max(1, int(r.Size().Height/r.rowHeight())-1)
}

// change changes what some rows say.
func (r *rows) change(some []int, now func(at int) item) {
	changed := false
	for _, at := range some {
		if i := now(at); r.items[at] != i {
			r.items[at], changed = i, true
		}
	}
	if changed {
		r.Refresh()
	}
}

// sight is which rows can be seen, in part too: from the first to before the last.
func (r *rows) sight() (from, to int) {
	height := r.rowHeight()
	from = int(r.GetScrollOffset() / height)
	to = int((r.GetScrollOffset()+r.Size().Height)/height) + 1
	from = max(0, min(from, len(r.items)))
	return from, max(from, min(to, len(r.items))) // a list without room shows none
}

// rowHeight is the height of every row, with the line under it.
func (r *rows) rowHeight() float32 {
	if r.height == 0 {
		r.height = newRowFace(r.three).MinSize().Height + r.Theme().Size(stock.SizeNamePadding)
	}
	return r.height
}

// mark shows which row is picked, without asking for it again.
func (r *rows) mark() {
	for at, i := range r.items {
		if i.id == r.picked {
			r.Select(at)
			return
		}
	}
	r.UnselectAll()
}

// pick picks a row by its id.
func (r *rows) pick(id syncproto.ID) {
	r.picked = id
	r.mark()
}

// at is the place of the picked row, -1 for none.
func (r *rows) at() int {
	for at, i := range r.items {
		if i.id == r.picked {
			return at
		}
	}
	return -1
}

// TypedKey moves through the list.
func (r *rows) TypedKey(key *fyne.KeyEvent) {
	if !typed(listKeys, r, key) {
		toWindow(r, key)
	}
}

func (r *rows) step(by int) {
	r.toEnd = false
	if len(r.items) == 0 {
		return
	}
	r.Select(max(0, min(len(r.items)-1, r.at()+by)))
}

// FocusGained draws the border.
func (r *rows) FocusGained() { r.focused = true; r.edge() }

// FocusLost takes it away.
func (r *rows) FocusLost() { r.focused = false; r.edge() }

// edge shows the focus, also on a list that has nothing, or nothing any more.
func (r *rows) edge() {
	if r.focused {
		r.frame.edge(stock.ColorNamePrimary, 2)
	} else {
		r.frame.edge("", 0)
	}
}

// framed is the list with its border.
func (r *rows) framed() fyne.CanvasObject { return container.NewStack(r, r.frame) }

// rowFace is how an item looks.
type rowFace struct {
	widget.BaseWidget
	lead, under, title, below *prose
	due, todo, mark           *prose // of three lines
	last                      *fyne.Container
}

func newRowFace(three bool) *rowFace {
	f := &rowFace{lead: cut("", strong), under: cut("", quiet), title: cut("", strong), below: cut("", quiet)}
	if three {
		f.due, f.todo, f.mark = cut("", quiet), cut("", quiet), cut("", quiet)
		f.last = container.New(leading{f.todo}, f.todo, f.mark)
	}
	f.ExtendBaseWidget(f)
	return f
}

func (f *rowFace) show(i item) {
	f.lead.write(signed(i.role, i.lead, strong))
	f.under.write(i.under, quiet)
	f.title.write(i.title, strong)
	f.below.write(i.below, quiet)
	if f.due != nil {
		f.due.write(i.due, quiet)
		f.todo.write(signed(theme.NeedsYou, i.todo, duty))
		f.mark.write(signed(i.flag, i.mark, quiet))
		f.last.Refresh() // what is to be done has changed its width
	}
}

// The width of what is urgent; of lists of three lines wide enough for days and hours.
const (
	leadWidth      = 140
	leadWidthThree = 152
)

// CreateRenderer is the widget's own.
func (f *rowFace) CreateRenderer() fyne.WidgetRenderer {
	left, right, width := stacked(0, f.lead, f.under), stacked(0, f.title, f.below), float32(leadWidth)
	if f.due != nil {
		width = leadWidthThree
		left.Add(f.due)
		right.Add(f.last)
	}
	return widget.NewSimpleRenderer(container.New(layout.NewCustomPaddedLayout(6, 6, 12, 12),
		container.NewBorder(nil, nil, wideAs(width, left), nil, right)))
}

// takeFocus gives the list the focus; false where it has it already.
func (r *rows) takeFocus() bool {
	if r.focused {
		return false
	}
	focusOn(r)
	return true
}
