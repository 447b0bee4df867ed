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
)

// workSource is the list of open tickets.
type workSource struct{ view func() present.Desk }

func (s workSource) window(ctx context.Context, at syncproto.Reading, after replica.Key, limit int) (stretch[present.Row, replica.Key], error) {
	w, err := s.view().Work(ctx, at, after, limit)
	return stretch[present.Row, replica.Key]{rows: w.Rows, last: w.Last, more: w.More}, err
}

func (s workSource) again(ctx context.Context, at syncproto.Reading, standing map[syncproto.ID]replica.Key, touched []syncproto.ID) (stretch[present.Row, replica.Key], error) {
	open, err := s.view().WorkOf(ctx, at, slices.AppendSeq(slices.Clone(touched), maps.Keys(standing)))
	return stretch[present.Row, replica.Key]{rows: open}, err
}

// workPage is the person's own work: what they have to do first, then what others owe, each by
// its clock, and beside it the ticket that was picked.
type workPage struct {
	shell  *shell
	whole  fyne.CanvasObject
	long   *longList[present.Row, replica.Key]
	list   *rows
	counts *prose // how many wait for the person, and for others

	receiving string // what there is is still on its way
	empty     *nothing
	ticket    *ticketPane
}

func newWork(s *shell) *workPage {
	p := &workPage{shell: s, ticket: newTicket(s)}
	p.long = newLongList[present.Row, replica.Key](s, workItem, "work.new", p.picked, p.ticket.enter)
	p.long.from = workSource{s.place.View}
	p.long.onShow = p.shows
	p.list = p.long.list
	p.list.three = true
	p.empty = newNothing()
	p.counts = say("", quiet)
	head := padded(12, stacked(0, cut(s.words()("place.work"), heading), p.counts))
	p.whole = beside(listWidth, below(stacked(0, head, p.long.news, p.empty.box), p.list.framed(), false), p.ticket.content)
	return p
}

func (p *workPage) content() fyne.CanvasObject { return p.whole }

// open is coming here: to the list, which then shows what is new.
func (p *workPage) open() {
	p.long.arriving = true
	focusOn(p.list)
}

// pick shows a ticket from its top, whether or not it is in the list. Where it is, its row comes
// into sight.
func (p *workPage) pick(id syncproto.ID) {
	p.list.pick(id)
	p.long.seek(id)
	p.picked(id)
	p.ticket.scroll.ScrollToTop()
}

// counted says how many tickets there are to do, and how many others have.
func (p *workPage) counted(c present.Counts) {
	text := ""
	if c.Work+c.Others > 0 {
		text = p.shell.words()("work.counts", "Yours", c.Work, "Others", c.Others)
	}
	p.counts.write(text, quiet)
	if p.receiving != c.Receiving {
		p.receiving = c.Receiving
		p.shows(nil)
	}
}

func (p *workPage) picked(id syncproto.ID) { p.ticket.show(id) }

func (p *workPage) changed(refs []syncproto.Ref) { p.long.changed(refs, syncproto.KindTicket) }

func (p *workPage) reload() {
	p.long.reload()
	p.ticket.reload()
}

func workItem(r present.Row) item {
	i := item{id: r.Ticket, role: theme.Role(r.Urgency), lead: r.Left, under: r.Ladder, due: r.Due,
		title: r.Subject, below: join(r.Number, r.Customer, r.Mark, r.Holder), todo: r.Todo, mark: join(r.Escalated, r.Waiting)}
	if r.Escalated != "" {
		i.flag = theme.Escalated
	}
	return i
}

// shows says what stands in place of rows.
func (p *workPage) shows(err error) {
	if err != nil {
		p.empty.say(p.long.problem(err), fault)
		return
	}
	text := ""
	switch {
	case len(p.list.items) > 0:
	case p.receiving != "":
		text = p.receiving
	default:
		text = p.shell.words()("work.empty")
		if p.shell.calls {
			text += "\n" + p.shell.words()("work.begin")
		}
	}
	p.empty.say(text, body)
	p.ticket.invite(len(p.list.items) > 0)
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
	for _, r := range p.long.inSight() {
		if r.row != nil && r.row.Soon {
			return true
		}
	}
	return p.ticket.hurried()
}
