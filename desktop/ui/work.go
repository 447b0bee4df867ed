package ui

import (
	"context"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/container"

	"redress/desktop/present"
	"redress/desktop/replica"
	"redress/desktop/ui/theme"
	"redress/syncproto"
)

// window is how many rows one reading of the list adds.
const window = 100

// workPage is the person's own work: what waits, nearest deadline first, and beside it the
// ticket that was picked.
type workPage struct {
	shell  *shell
	whole  fyne.CanvasObject
	list   *rows
	news   *press // what came while somebody reads
	empty  *nothing
	ticket *ticketPane

	shown  present.Work
	latest present.Work // read, and not yet shown
	want   int          // rows to read
	asked  int          // of the readings, the last
}

func newWork(s *shell) *workPage {
	p := &workPage{shell: s, want: window, ticket: newTicket(s)}
	p.list = newRows(p.picked, p.ticket.enter, p.more)
	p.list.three = true
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
	p.takeNews()
	focusOn(p.list)
}

// pick shows a ticket, whether or not it is in the list.
func (p *workPage) pick(id syncproto.ID) {
	p.list.pick(id)
	p.picked(id)
}

func (p *workPage) picked(id syncproto.ID) { p.ticket.show(id) }

func (p *workPage) reload() {
	p.read()
	p.ticket.reload()
}

func (p *workPage) read() {
	p.asked++
	n, want := p.asked, p.want
	ask(p.shell.app.threads, func() (present.Work, error) {
		view, at := p.shell.place.View(), p.shell.place.Read()
		var all present.Work
		after := replica.Key{}
		for len(all.Rows) < want {
			part, err := view.Work(context.Background(), at, after, min(replica.MaxWindow, want-len(all.Rows)))
			if err != nil {
				return all, err
			}
			all.Rows, all.Total, all.More, all.Last = append(all.Rows, part.Rows...), part.Total, part.More, part.Last
			if after = part.Last; !part.More {
				break
			}
		}
		return all, nil
	}, func(w present.Work, err error) {
		if n == p.asked {
			p.take(w, err)
		}
	})
}

// more reads another window when the end of the list comes into sight.
func (p *workPage) more() {
	if p.shown.More && len(p.shown.Rows) >= p.want {
		p.want += window
		p.read()
	}
}

func (p *workPage) take(w present.Work, err error) {
	if err != nil {
		p.empty.say(present.Problem(p.shell.words(), err), fault)
		return
	}
	p.latest = w
	kept, fresh := merge(p.shown.Rows, w.Rows)
	// Somebody reads: rows keep their places. What is new says so and waits.
	if p.reading() && (fresh > 0 || !sameOrder(kept, w.Rows)) {
		p.announce(fresh)
		p.shown.Rows = kept
		p.draw()
		return
	}
	p.takeNews()
}

// reading says that somebody has picked a row and is at the list or its ticket.
func (p *workPage) reading() bool { return p.list.at() >= 0 }

// takeNews shows the list as it was last read.
func (p *workPage) takeNews() {
	p.shown = p.latest
	p.news.Hide()
	p.draw()
}

func (p *workPage) announce(fresh int) {
	if fresh > 0 {
		p.news.write(p.shell.words()("work.new", "N", fresh), "")
	} else {
		p.news.write(p.shell.words()("work.moved"), "")
	}
	p.news.Show()
}

func (p *workPage) draw() {
	items := make([]item, 0, len(p.shown.Rows))
	for _, r := range p.shown.Rows {
		i := item{id: r.Ticket, role: theme.Role(r.Urgency), lead: r.Left, under: r.Ladder, due: r.Due,
			title: r.Subject, below: join(r.Number, r.Holder, r.Mark), mark: join(r.Escalated, r.Waiting)}
		switch {
		case r.Escalated != "":
			i.flag = theme.Escalated
		case r.Waiting != "" && r.Yours:
			i.flag = theme.NeedsYou
		}
		items = append(items, i)
	}
	p.list.show(items)
	text := ""
	if len(items) == 0 {
		text = p.shell.words()("work.empty")
		if p.shell.opens {
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
	for _, r := range p.shown.Rows {
		if r.Soon {
			return true
		}
	}
	return p.ticket.hurried()
}

// merge keeps the rows of before in their places, each as it is now; fresh is how many of
// now were not there.
func merge(before, now []present.Row) (kept []present.Row, fresh int) {
	by := map[syncproto.ID]present.Row{}
	for _, r := range now {
		by[r.Ticket] = r
	}
	for _, r := range before {
		if latest, there := by[r.Ticket]; there {
			kept = append(kept, latest)
			delete(by, r.Ticket)
		}
	}
	return kept, len(by)
}

func sameOrder(a, b []present.Row) bool {
	if len(a) != len(b) {
		return false
	}
	for i := range a {
		if a[i].Ticket != b[i].Ticket {
			return false
		}
	}
	return true
}
