package present

import (
	"context"
	"slices"

	"redress/desktop/replica"
	"redress/desktop/turn"
	"redress/syncproto"
	"redress/syncproto/escalation"
	"redress/syncproto/ticket"
)

// Work is the first page: the open tickets, what the person looking has to do first, then what
// others owe, each by its clock (package turn).
type Work struct {
	Rows  []Row
	Total int // of all windows
	// More says that another window follows Last.
	More bool
	Last replica.Key
}

// Row is one ticket in a list.
type Row struct {
	Ticket  syncproto.ID
	Number  string
	Subject string
	Urgency Urgency
	// Customer is whose it is; "" where the file is not held here.
	Customer string
	Left     string // 还剩 1:50; 已等 1:50 where the person has no clock of their own
	Ladder   string // 响应
	Due      string // 至 12:00
	Holder   string
	// Todo is what the person looking has to do; "" for nothing. Escalated says with whom the
	// ticket is higher up, and Waiting what the seat has to decide on it; "" for none.
	Todo      string
	Escalated string
	Waiting   string
	Mark      string // as of a Panorama
	Soon      bool   // seconds count
	// Key is where the row stands among all.
	Key replica.Key
}

// Listed is which ticket the row is of, and where it stands.
func (r Row) Listed() (syncproto.ID, replica.Key) { return r.Ticket, r.Key }

// Text is the row in one string.
func (r Row) Text() string {
	return line(r.Number, r.Subject, r.Customer, r.Left, r.Ladder, r.Due, r.Holder, r.Todo, r.Escalated, r.Waiting, r.Mark)
}

// Lines is the page as text.
func (w Work) Lines() []string {
	lines := make([]string, 0, len(w.Rows))
	for _, r := range w.Rows {
		lines = append(lines, r.Text())
	}
	return lines
}

// startedOn are the causes of the clocks that commands of this desk, not yet confirmed, start on tickets.
func (d Desk) startedOn(ctx context.Context, rows []replica.Row) (map[syncproto.ID]onItsWay, error) {
	var own []syncproto.ID
	for _, r := range rows {
		if r.Pending && r.Ref.Kind == syncproto.KindTicket {
			own = append(own, r.Ref.ID)
		}
	}
	waiting, err := d.Replica.WaitingOn(ctx, syncproto.KindTicket, own)
	causes := map[syncproto.ID]onItsWay{}
	for _, c := range waiting {
		causes[escalation.CauseOf(c.Intent.ID)] = onItsWay{c.Stage, c.Told()}
	}
	return causes, err
}

func (s Scene) workRows(rows []replica.Row, causes map[syncproto.ID]onItsWay, names map[syncproto.ID]string) []Row {
	all := make([]Row, 0, len(rows))
	for _, r := range rows {
		if body, ok := r.Body.(ticket.Body); ok {
			row := s.row(r, body, causes)
			row.Customer = names[body.Customer]
			all = append(all, row)
		}
	}
	return all
}

func (s Scene) row(r replica.Row, body ticket.Body, causes map[syncproto.ID]onItsWay) Row {
	row := Row{Ticket: r.Ref.ID, Number: body.Number, Subject: body.Subject, Urgency: Void,
		Left: s.Words("clock.none"), Holder: s.holder(body), Key: r.Key()}
	of := about{doc: r.Document, ticket: body}
	reader := s.reader()
	if r.Limbo { // of what the ticket is now, this desk hears nothing
		row.Left, row.Mark = "", s.standing(r.Document)
		return row
	}
	tasks := reader.Tasks(body)
	c, some := reader.Nearest(body)
	if len(tasks) > 0 {
		c, some = tasks[0].Clock, tasks[0].Timed
		if !some {
			row.Urgency, row.Left = Waits, s.Words("time.waited", "Span", s.span(s.Now.Sub(tasks[0].Due)))
			row.Ladder = Action(tasks[0].Duty.Command()).Word(s.Words)
			row.Due = s.Words("escalation.since", "When", s.when(tasks[0].Due))
		}
	}
	if some {
		l := s.clockLine(of, c, causes[c.Cause])
		row.Urgency, row.Left, row.Ladder, row.Due, row.Soon = l.Urgency, l.State, l.Ladder, l.Due, l.Soon
		if l.short != "" {
			row.Left = l.short
		}
		if c.Result == escalation.Disputed {
			due, _ := reader.WaitsFor(c)
			row.Due = s.Words("time.until", "When", s.when(due))
		}
	}
	row.Todo, row.Escalated = s.todo(tasks, body), s.escalated(of)
	if !slices.ContainsFunc(tasks, func(t turn.Task) bool { return t.Duty == turn.Accept }) {
		row.Waiting = s.waiting(body)
	}
	row.Mark = s.standing(r.Document)
	return row
}

// todo is what the person looking has to do, in words; the same once.
func (s Scene) todo(tasks []turn.Task, body ticket.Body) string {
	var texts []string
	for _, t := range tasks {
		var text string
		switch t.Duty {
		case turn.Accept:
			text = s.waiting(body)
		case turn.Keep:
			text = s.Words("duty.keep", "What", t.Clock.What)
		default:
			text = s.Words("duty." + t.Duty.String())
		}
		if !slices.Contains(texts, text) {
			texts = append(texts, text)
		}
	}
	return line(texts...)
}

// holder is who has the ticket now.
func (s Scene) holder(body ticket.Body) string {
	if body.Holder.IsZero() {
		return s.unitName(body.CallCentre)
	}
	return s.unitName(body.Holder)
}
