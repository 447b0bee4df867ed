package ui

import (
	"context"
	"sync/atomic"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/container"

	"redress/desktop/present"
	"redress/desktop/replica"
	"redress/desktop/ui/ime"
	"redress/desktop/ui/theme"
	"redress/syncproto"
)

// findPage searches everything that is held here while somebody types. What is typed and
// found stays until the next time.
type findPage struct {
	shell *shell
	whole fyne.CanvasObject
	from  int // the place it was come to from

	text  *ime.Field
	goes  *press // opens what is picked
	state *prose // what can be searched, or how much was found
	list  *rows

	view present.Search
	of   string // the text that view answers
	want int    // rows to read
	// asked is the last of the readings, and answered the last whose answer is shown. A
	// reading that is not the last when its turn comes is left out.
	asked    atomic.Int64
	answered int64
	enter    bool // Enter was pressed before the answer came
}

func newFind(s *shell) *findPage {
	p := &findPage{shell: s, want: window, from: placeWork}
	w := s.words()
	p.text = ime.New(replica.MaxQuery)
	p.text.SetPlaceHolder(w("find.placeholder"))
	p.text.OnChanged = func(string) { p.typed() }
	onKeys(p.text, p.fieldKeys())
	p.goes = newPress(w("action.open"), enterHint, plain, p.opened)
	p.goes.Disable()
	p.state = say(w("find.empty"), quiet)
	p.list = newRows(func(syncproto.ID) {}, p.opened, p.more)
	p.list.three = true
	line := container.NewBorder(nil, nil, nil, p.goes, p.text)
	head := padded(12, stacked(gap, cut(w("place.find"), heading), container.New(limited(960), line), container.New(limited(960), p.state)))
	p.whole = below(head, p.list.framed(), false)
	return p
}

func (p *findPage) content() fyne.CanvasObject { return p.whole }

// open begins with what was searched last, ready to be typed over.
func (p *findPage) open() {
	focusOn(p.text)
	if p.text.Text != "" {
		p.text.TypedShortcut(&fyne.ShortcutSelectAll{})
	}
}

// reload reads anew what is found.
func (p *findPage) reload() { p.read() }

// typed is called for every change of the text.
func (p *findPage) typed() {
	p.want, p.enter = window, false
	p.read()
}

func (p *findPage) read() {
	n, text, want := p.asked.Add(1), p.text.Text, p.want
	if replica.ReadQuery(text).Empty() {
		p.show(n, text, present.Search{}, nil)
		return
	}
	ask(p.shell.app.threads, func() (present.Search, error) {
		var all present.Search
		for after := (replica.Place{}); len(all.Rows) < want && n == p.asked.Load(); after = all.Last {
			part, err := p.shell.place.View().Find(context.Background(), p.shell.place.Read(), text, after, min(replica.MaxWindow, want-len(all.Rows)))
			if err != nil {
				return all, err
			}
			all.Rows, all.More, all.Last = append(all.Rows, part.Rows...), part.More, part.Last
			if !part.More {
				break
			}
		}
		return all, nil
	}, func(found present.Search, err error) { p.show(n, text, found, err) })
}

// more reads another window when the end of the list comes into sight.
func (p *findPage) more() {
	if p.view.More && len(p.view.Rows) >= p.want && p.answered == p.asked.Load() {
		p.want += window
		p.read()
	}
}

// show shows an answer, if nothing was asked since.
func (p *findPage) show(n int64, text string, found present.Search, err error) {
	if n != p.asked.Load() {
		return
	}
	p.answered = n
	if err != nil {
		p.enter = false
		p.state.write(present.Problem(p.shell.words(), err), fault)
		p.whole.Refresh()
		return
	}
	another := text != p.of
	p.view, p.of = found, text
	items := make([]item, 0, len(found.Rows))
	for _, r := range found.Rows {
		items = append(items, foundItem(r))
	}
	if another && len(items) > 0 {
		p.list.picked = items[0].id // of another text the first is meant
	}
	p.list.show(items)
	p.list.mark()
	p.say()
	if len(items) > 0 {
		p.goes.Enable()
	} else {
		p.goes.Disable()
	}
	p.whole.Refresh()
	if p.enter {
		p.opened()
	}
}

// say says how much was found, or what was searched in.
func (p *findPage) say() {
	w, n := p.shell.words(), len(p.view.Rows)
	switch {
	case replica.ReadQuery(p.of).Empty():
		p.state.write(w("find.empty"), quiet)
	case n == 0:
		p.state.write(w("find.none", "Text", p.of), body)
	case p.view.More:
		p.state.write(w("find.first", "N", n), quiet)
	default:
		p.state.write(w("find.all", "N", n), quiet)
	}
}

func foundItem(r present.FoundRow) item {
	return item{id: r.ID, role: theme.Role(r.Urgency), lead: r.Stand, under: r.Since, title: r.Subject,
		below: join(r.Number, r.Who, r.Mark), mark: r.Where}
}

// opened opens what is picked. Before the answer to what was typed is there, it waits for it:
// what stands there may be of another text.
func (p *findPage) opened() {
	if p.answered != p.asked.Load() {
		p.enter = true
		return
	}
	p.enter = false
	for _, r := range p.view.Rows {
		if r.ID != p.list.picked {
			continue
		}
		p.shell.openFound(r)
		return
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
