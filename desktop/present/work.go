package present

import (
	"redress/desktop/replica"
	"redress/syncproto"
	"redress/syncproto/escalation"
	"redress/syncproto/ticket"
)

// Work is the first page: the open tickets, what went to the person looking first, then the
// nearest deadline.
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
	Left    string // 还剩 1:50
	Ladder  string // 响应
	Due     string // 至 12:00
	Holder  string
	// Escalated says with whom the ticket is higher up, and Waiting what the seat has to
	// decide on it; "" for none. Yours says that either waits for the person looking.
	Escalated string
	Waiting   string
	Yours     bool
	Mark      string // 仅存本机，未发送; "" once final
	Soon      bool   // seconds count
	// Key is where the row stands among all.
	Key replica.Key
}

// Listed is which ticket the row is of, and where it stands.
func (r Row) Listed() (syncproto.ID, replica.Key) { return r.Ticket, r.Key }

// Text is the row in one string.
func (r Row) Text() string {
	return line(r.Number, r.Subject, r.Left, r.Ladder, r.Due, r.Holder, r.Escalated, r.Waiting, r.Mark)
}

// Lines is the page as text.
func (w Work) Lines() []string {
	lines := make([]string, 0, len(w.Rows))
	for _, r := range w.Rows {
		lines = append(lines, r.Text())
	}
	return lines
}

// startedBy are the causes of the clocks that commands of this desk, not yet confirmed, start.
func startedBy(waiting []replica.Command) map[syncproto.ID]bool {
	causes := map[syncproto.ID]bool{}
	for _, c := range waiting {
		causes[escalation.CauseOf(c.Intent.ID)] = true
	}
	return causes
}

func (s Scene) work(rows []replica.Row, waiting []replica.Command, total, limit int) Work {
	w := Work{Rows: s.workRows(rows, waiting), Total: total, More: len(rows) == limit}
	if len(rows) > 0 {
		w.Last = rows[len(rows)-1].Key()
	}
	return w
}

func (s Scene) workRows(rows []replica.Row, waiting []replica.Command) []Row {
	causes := startedBy(waiting)
	all := make([]Row, 0, len(rows))
	for _, r := range rows {
		if body, ok := r.Body.(ticket.Body); ok {
			all = append(all, s.row(r, body, causes))
		}
	}
	return all
}

func (s Scene) row(r replica.Row, body ticket.Body, causes map[syncproto.ID]bool) Row {
	row := Row{Ticket: r.Ref.ID, Number: body.Number, Subject: body.Subject, Urgency: Void,
		Left: s.Words("clock.none"), Holder: s.holder(body), Key: r.Key()}
	of := about{doc: r.Document, ticket: body}
	reader := s.reader()
	if c, some := reader.Nearest(body); some {
		l := s.clockLine(of, c, causes[c.Cause])
		row.Urgency, row.Left, row.Ladder, row.Due, row.Soon = l.Urgency, l.State, l.Ladder, l.Due, l.Soon
		if l.waits {
			row.Left = s.Words("clock.notYet")
		}
		if c.Result == escalation.Disputed {
			due, _ := reader.WaitsFor(c)
			row.Due = s.Words("time.until", "When", s.when(due))
		}
	}
	row.Escalated = s.escalated(of)
	row.Waiting = s.waiting(body)
	row.Yours = len(s.escalations(of)) > 0 || row.Waiting != "" && s.can(Action(syncproto.CommandAcceptProposal), Panorama{}, body)
	switch {
	case r.Limbo:
		row.Mark = s.Words("ticket.limbo")
	case r.Pending:
		row.Mark = s.Words("final.kept")
	}
	return row
}

// holder is who has the ticket now.
func (s Scene) holder(body ticket.Body) string {
	if body.Holder.IsZero() {
		return s.unitName(body.CallCentre)
	}
	return s.unitName(body.Holder)
}
