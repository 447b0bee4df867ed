package ui

import (
	"context"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/container"

	"redress/desktop/present"
	"redress/desktop/replica"
	"redress/desktop/ui/ime"
	"redress/desktop/ui/theme"
	"redress/syncproto"
)

// findSource is what fits a text.
type findSource struct {
	view func() present.Desk
	text string
}

func (s findSource) window(ctx context.Context, at syncproto.Reading, after replica.Place, limit int) (stretch[present.FoundRow, replica.Place], error) {
	f, err := s.view().Find(ctx, at, s.text, after, limit)
	return stretch[present.FoundRow, replica.Place]{rows: f.Rows, last: f.Last, more: f.More}, err
}

func (s findSource) again(ctx context.Context, at syncproto.Reading, standing map[syncproto.ID]replica.Place, touched []syncproto.ID) (stretch[present.FoundRow, replica.Place], error) {
	found, err := s.view().FindOf(ctx, at, s.text, standing, touched)
	return stretch[present.FoundRow, replica.Place]{rows: found}, err
}

// findPage searches everything that is held here while somebody types. What is typed and
// found stays until the next time.
type findPage struct {
	shell *shell
	whole fyne.CanvasObject
	from  int // the place it was come to from

	text  *ime.Field
	goes  *press // opens what is picked
	state *prose // what can be searched, or how much was found
	long  *longList[present.FoundRow, replica.Place]
	list  *rows
	enter bool // Enter was pressed before the answer came
	chose bool // a row was picked since the text was typed
}

func newFind(s *shell) *findPage {
	p := &findPage{shell: s, from: placeWork}
	w := s.words()
	p.text = ime.New(replica.MaxQuery)
	p.text.SetPlaceHolder(w("find.placeholder"))
	p.text.OnChanged = func(string) { p.typed() }
	p.text.OnHeld = func() { p.state.write(w("field.composing"), fault); p.whole.Refresh() }
	p.text.OnComposing = func(is bool) {
		if !is {
			p.shows(nil)
		}
	}
	onKeys(p.text, p.fieldKeys())
	p.goes = newPress(w("action.open"), enterHint, plain, p.opened)
	p.goes.Disable()
	p.state = say(w("find.empty"), quiet)
	p.long = newLongList[present.FoundRow, replica.Place](s, foundItem, "find.new", func(syncproto.ID) { p.chose = true }, p.opened)
	p.long.still = 0 // the first is picked by itself
	p.long.onBegin, p.long.onShow = p.begins, p.shows
	p.list = p.long.list
	p.list.three = true
	line := container.NewBorder(nil, nil, nil, p.goes, p.text)
	head := padded(12, stacked(gap, cut(w("place.find"), heading), container.New(limited(960), line), container.New(limited(960), p.state), p.long.news))
	p.whole = below(head, p.list.framed(), false)
	return p
}

func (p *findPage) content() fyne.CanvasObject { return p.whole }

// open begins with what was searched last, ready to be typed over, and with what was found
// since.
func (p *findPage) open() {
	p.long.arriving = true
	focusOn(p.text)
	if p.text.Text != "" {
		p.text.TypedShortcut(&fyne.ShortcutSelectAll{})
	}
}

func (p *findPage) changed(refs []syncproto.Ref) {
	p.long.changed(refs, syncproto.KindTicket, syncproto.KindClaim)
}

func (p *findPage) reload() { p.long.reload() }

// gone is called when somebody goes to another page: what they were to be led to is not waited for any more.
func (p *findPage) gone() { p.enter = false }

// typed is called for every change of the text.
func (p *findPage) typed() {
	p.enter, p.chose = false, false
	if replica.ReadQuery(p.text.Text).Empty() {
		p.long.turnTo(nil)
		p.shows(nil)
		return
	}
	p.long.turnTo(findSource{p.shell.place.View, p.text.Text})
}

// begins is the first of another answer: the first row of it is meant, or the one that was picked
// meanwhile among those of the answer before.
func (p *findPage) begins() {
	p.list.items = nil // also where it has the same rows
	p.list.ScrollToTop()
	rows := p.long.line.rows
	if _, there := p.long.line.at[p.list.picked]; p.chose && there {
		return
	}
	switch {
	case p.chose: // that is not found any more, and no other was meant
		p.enter, p.list.picked = false, syncproto.ID{}
	case len(rows) > 0:
		p.list.picked = rows[0].id
	}
}

// shows says how much was found, or what was searched in.
func (p *findPage) shows(err error) {
	w, n := p.shell.words(), len(p.list.items)
	text, pen := w("find.all", "N", n), quiet
	switch {
	case err != nil:
		p.enter = false
		text, pen = p.long.problem(err), fault
	case replica.ReadQuery(p.text.Text).Empty():
		text = w("find.empty")
	case n == 0:
		text, pen = w("find.none", "Text", p.text.Text), body
	case p.long.line.more:
		text = w("find.first", "N", n)
	}
	if p.state.text != text {
		p.state.write(text, pen)
		p.whole.Refresh()
	}
	if n > 0 {
		p.goes.Enable()
	} else {
		p.goes.Disable()
	}
	if p.enter {
		p.opened()
	}
}

func foundItem(r present.FoundRow) item {
	return item{id: r.ID, role: theme.Role(r.Urgency), lead: r.Stand, under: r.Since, title: r.Subject,
		below: join(r.Number, r.Who, r.Mark), mark: r.Where}
}

// opened opens what is picked. Before the answer to what was typed is there, it waits for it:
// what stands there may be of another text.
func (p *findPage) opened() {
	p.enter = !p.long.line.begun
	if r, known := p.long.line.row(p.list.picked); known {
		p.shell.openFound(r)
	}
}

// fieldKeys are the keys of the text.
func (p *findPage) fieldKeys() []fieldKey {
	return []fieldKey{
		{"keys.pick", arrows, func(_ *ime.Field, key *fyne.KeyEvent) { p.list.step(towards(key)) }},
		{"keys.openFound", enters, func(*ime.Field, *fyne.KeyEvent) { p.opened() }},
	}
}

// openFound goes to a ticket or claim that was found.
func (s *shell) openFound(r present.FoundRow) {
	if r.IsClaim && s.claims {
		s.openClaim(r.ID)
	} else {
		s.openTicket(r.Ticket)
	}
}

// findText searches a text on the page that is open already.
func (s *shell) findText(text string) {
	if p, ok := s.pages[placeFind].(*findPage); ok {
		p.text.SetText(text)
	}
}

func (p *findPage) submit() {}

// back goes to where one came from.
func (p *findPage) back() bool {
	p.enter = false
	p.shell.goTo(p.from)
	return true
}

func (p *findPage) hurried() bool { return false }

// paper is nothing: the list turns its own pages.
func (p *findPage) paper() *container.Scroll { return nil }

// find goes to the search, from anywhere.
func (s *shell) find() {
	if p, ok := s.pages[placeFind].(*findPage); ok && s.here != placeFind {
		p.from = s.here
	}
	s.goTo(placeFind)
}
