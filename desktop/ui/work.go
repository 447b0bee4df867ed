package ui

import (
	"context"
	"maps"
	"slices"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/container"

	"redress/desktop/present"
	"redress/desktop/replica"
	"redress/desktop/ui/theme"
	"redress/syncproto"
	"redress/syncproto/rules"
)

// window is how many rows one reading of the list adds.
const window = 100

// workReads is what the page reads: the list in windows, and single rows of it.
type workReads interface {
	Work(ctx context.Context, at syncproto.Reading, after replica.Key, limit int) (present.Work, error)
	WorkOf(ctx context.Context, at syncproto.Reading, tickets []syncproto.ID) ([]present.Row, error)
}

// workPage is the person's own work: what waits, nearest deadline first, and beside it the
// ticket that was picked.
//
// However long the list is, one look costs the same: a further window is read when its end
// comes into sight, and after that what happened to a ticket, and what is in sight, are read
// row by row (lineup).
type workPage struct {
	shell  *shell
	whole  fyne.CanvasObject
	list   *rows
	news   *press // what came while somebody reads
	empty  *nothing
	ticket *ticketPane
	reads  func() workReads

	line     lineup
	changes  changes
	asked    int // of the readings, the last
	answered int // of those whose answers are shown, the last
	fetching bool
	arriving bool                  // what is new is shown with the next answer
	seen     map[syncproto.ID]bool // read since the last reload
	looking  bool                  // a reading of what is in sight is under way
}

func newWork(s *shell) *workPage {
	p := &workPage{shell: s, ticket: newTicket(s), reads: func() workReads { return s.place.View() }, seen: map[syncproto.ID]bool{}}
	p.list = newRows(p.picked, p.ticket.enter, p.more)
	p.list.three = true
	p.list.onDraw = p.drawn
	p.news = newPress("", "", plain, p.takeNews)
	p.news.Hide()
	p.empty = newNothing()
	head := padded(12, cut(s.words()("place.work"), heading))
	p.whole = beside(listWidth, below(stacked(0, head, p.news, p.empty.box), p.list.framed(), false), p.ticket.content)
	return p
}

func (p *workPage) content() fyne.CanvasObject { return p.whole }

// open is coming here: to the list, which then shows what is new.
func (p *workPage) open() {
	p.arriving = true
	focusOn(p.list)
}

// pick shows a ticket, whether or not it is in the list.
func (p *workPage) pick(id syncproto.ID) {
	p.list.pick(id)
	p.picked(id)
}

func (p *workPage) picked(id syncproto.ID) { p.ticket.show(id) }

// changed is told which documents may be shown differently from before. Reference data may
// change any row, and the order of all.
func (p *workPage) changed(refs []syncproto.Ref) {
	for _, ref := range refs {
		switch {
		case rules.IsReference(ref.Kind):
			p.changes.noteAll(p.asked + 1)
		case ref.Kind == syncproto.KindTicket:
			p.changes.note(ref.ID, p.asked+1)
		}
	}
}

func (p *workPage) reload() {
	clear(p.seen)
	p.read()
	p.ticket.reload()
}

// workRead is one reading: of the rows asked for those that are open, and the first window
// where that is wanted.
type workRead struct {
	asked []syncproto.ID
	open  []present.Row
	first *present.Work
	whole bool // all that is shown is asked for
}

// read reads what is in sight, and what something happened to; where nothing is known yet, or
// of too much whether something happened to it, the first window.
func (p *workPage) read() {
	p.asked++
	p.looking = true
	n, reads, first := p.asked, p.reads(), !p.line.begun || p.changes.all > 0
	whole := first && p.line.begun && len(p.line.rows) <= window
	ids := slices.AppendSeq(p.inSight(), maps.Keys(p.changes.of))
	if whole {
		ids = slices.Collect(maps.Keys(p.line.at))
	}
	ask(p.shell.app.threads, func() (workRead, error) {
		at := p.shell.place.Read()
		read := workRead{asked: ids, whole: whole}
		if first {
			w, err := reads.Work(context.Background(), at, replica.Key{}, window)
			if err != nil {
				return read, err
			}
			read.first = &w
		}
		var err error
		if len(ids) > 0 {
			read.open, err = reads.WorkOf(context.Background(), at, ids)
		}
		return read, err
	}, func(read workRead, err error) {
		if n > p.answered { // else a later one has come already
			p.answered = n
			p.take(n, read, err)
			p.looking = p.answered < p.asked
		}
	})
}

// inSight are the rows that can be seen.
func (p *workPage) inSight() []syncproto.ID {
	from, to := p.list.sight()
	to = min(to, len(p.line.rows))
	var ids []syncproto.ID
	for _, r := range p.line.rows[min(from, to):to] {
		ids = append(ids, r.Ticket)
	}
	return ids
}

// drawn is told of every row that is drawn: one that came into sight since the last reading
// is as old as that.
func (p *workPage) drawn(at int) {
	if p.looking || at >= len(p.line.rows) || p.seen[p.line.rows[at].Ticket] {
		return
	}
	p.read()
}

// more reads the next window when the end of the list comes into sight.
func (p *workPage) more() {
	if !p.line.begun || !p.line.more || p.fetching {
		return
	}
	p.fetching = true
	reads, after := p.reads(), p.line.last
	ask(p.shell.app.threads, func() (present.Work, error) {
		return reads.Work(context.Background(), p.shell.place.Read(), after, window)
	}, func(w present.Work, err error) {
		p.fetching = false
		switch {
		case err != nil:
			p.empty.say(present.Problem(p.shell.words(), err), fault)
		case p.line.begun && p.line.last == after: // else the list was begun anew
			p.line.add(w)
			p.see(w.Rows)
			p.draw()
		}
	})
}

func (p *workPage) see(rows []present.Row) {
	for _, r := range rows {
		p.seen[r.Ticket] = true
	}
}

func (p *workPage) take(n int, read workRead, err error) {
	if err != nil {
		p.empty.say(present.Problem(p.shell.words(), err), fault)
		return
	}
	p.changes.known(n)
	p.see(read.open)
	var changed []int
	anew := read.first != nil && (!p.line.begun || !p.reading())
	switch {
	case anew:
		p.see(read.first.Rows)
		p.line.begin(*read.first)
	case read.first != nil:
		p.see(read.first.Rows)
		changed, anew = p.line.compare(read)
	default:
		changed, anew = p.line.renew(read.asked, read.open)
	}
	if p.arriving || !p.reading() {
		p.arriving = false
		if p.line.unsure {
			p.startOver()
			return
		}
		anew = anew || p.line.waits()
		p.line.settle()
	}
	p.announce()
	if anew {
		p.draw()
		return
	}
	p.list.change(changed, func(at int) item { return workItem(p.line.rows[at]) })
}

// reading says that somebody has picked a row and is at the list or its ticket, or has
// scrolled away from the first.
func (p *workPage) reading() bool {
	from, _ := p.list.sight()
	return p.list.at() >= 0 || from > 0
}

// takeNews shows everything where it belongs, and what is new.
func (p *workPage) takeNews() {
	if p.line.unsure {
		p.startOver()
		return
	}
	fresh := p.line.settle()
	p.announce()
	p.draw()
	top := -1
	for _, id := range fresh {
		if at := p.line.at[id]; top < 0 || at < top {
			top = at
		}
	}
	if top >= 0 {
		p.list.ScrollTo(top)
	}
}

// startOver reads the list from its beginning.
func (p *workPage) startOver() {
	p.line = lineup{}
	p.list.ScrollToTop()
	p.read()
}

// announce says what waits to be shown. Nothing is drawn where nothing changes.
func (p *workPage) announce() {
	waits, text := p.line.waits(), p.shell.words()("work.moved")
	if fresh := len(p.line.news); fresh > 0 {
		text = p.shell.words()("work.new", "N", fresh)
	}
	if waits && p.news.word != text {
		p.news.write(text, "")
	}
	if waits != p.news.Visible() {
		shown(p.news, waits)
	}
}

func workItem(r present.Row) item {
	i := item{id: r.Ticket, role: theme.Role(r.Urgency), lead: r.Left, under: r.Ladder, due: r.Due,
		title: r.Subject, below: join(r.Number, r.Holder, r.Mark), mark: join(r.Escalated, r.Waiting)}
	switch {
	case r.Escalated != "":
		i.flag = theme.Escalated
	case r.Waiting != "" && r.Yours:
		i.flag = theme.NeedsYou
	}
	return i
}

func (p *workPage) draw() {
	items := make([]item, 0, len(p.line.rows))
	for _, r := range p.line.rows {
		items = append(items, workItem(r))
	}
	p.list.show(items)
	text := ""
	if len(items) == 0 {
		text = p.shell.words()("work.empty")
		if p.shell.calls {
			text += "\n" + p.shell.words()("work.begin")
		}
	}
	p.empty.say(text, body)
	p.ticket.invite(len(items) > 0)
}

// nothing is a sentence in place of rows; without a text it takes no room.
type nothing struct {
	box  *fyne.Container
	text *prose
}

func newNothing() *nothing {
	n := &nothing{text: say("", body)}
	n.box = padded(12, n.text)
	n.box.Hide()
	return n
}

func (n *nothing) say(text string, pen ink) {
	n.text.write(text, pen)
	shown(n.box, text != "")
}

func (p *workPage) submit() { p.ticket.submit() }

func (p *workPage) back() bool {
	if p.ticket.back() {
		return true
	}
	focusOn(p.list)
	return true
}

func (p *workPage) paper() *container.Scroll { return p.ticket.scroll }

func (p *workPage) hurried() bool {
	for _, id := range p.inSight() {
		if p.line.rows[p.line.at[id]].Soon {
			return true
		}
	}
	return p.ticket.hurried()
}
