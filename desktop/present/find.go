package present

import (
	"context"
	"slices"
	"strings"

	"redress/desktop/replica"
	"redress/syncproto"
	"redress/syncproto/claim"
	"redress/syncproto/ticket"
)

// Search is a window of what was found.
type Search struct {
	Rows []FoundRow
	// More says that another window may follow Last.
	More bool
	Last replica.Place
}

// FoundRow is one ticket or claim that was found.
type FoundRow struct {
	ID      syncproto.ID // of the ticket or claim
	Ticket  syncproto.ID
	IsClaim bool
	Number  string
	Subject string
	Urgency Urgency // "" of what has no deadline any more
	Stand   string  // 还剩 1:50, 已关闭, ¥1,200.00
	Since   string  // below it: 响应, the day it was closed, the state of a claim
	Who     string  // whose it is: 张伟 · 13800138000
	Where   string  // what fits, where the row does not show it: 备注 …滑轨…
	Mark    string  // as of a Panorama
	Exact   bool
	// Place is where the row stands in the answer.
	Place replica.Place
}

// Listed is what the row is of, and where it stands.
func (r FoundRow) Listed() (syncproto.ID, replica.Place) { return r.ID, r.Place }

// Text is the row in one string.
func (r FoundRow) Text() string {
	return line(r.Number, r.Subject, r.Stand, r.Since, r.Who, r.Where, r.Mark)
}

// Lines is the window as text.
func (s Search) Lines() []string {
	lines := make([]string, 0, len(s.Rows))
	for _, r := range s.Rows {
		lines = append(lines, r.Text())
	}
	return lines
}

// Find reads a window of what fits a text that somebody typed, whatever stands in it.
func (d Desk) Find(ctx context.Context, at syncproto.Reading, text string, after replica.Place, limit int) (Search, error) {
	found, err := d.Replica.Find(ctx, replica.ReadQuery(text), after, limit)
	if err != nil || len(found) == 0 {
		return Search{}, err
	}
	rows, err := d.foundRows(ctx, at, found)
	return Search{Rows: rows, More: len(found) == limit, Last: found[len(found)-1].Place()}, err
}

// FindOf reads some rows of what fits anew: those of standing, found at these places and not
// changed since, and those of touched that fit now (replica.FindOf).
func (d Desk) FindOf(ctx context.Context, at syncproto.Reading, text string, standing map[syncproto.ID]replica.Place, touched []syncproto.ID) ([]FoundRow, error) {
	found, err := d.Replica.FindOf(ctx, replica.ReadQuery(text), standing, touched)
	if err != nil || len(found) == 0 {
		return nil, err
	}
	return d.foundRows(ctx, at, found)
}

func (d Desk) foundRows(ctx context.Context, at syncproto.Reading, found []replica.Found) ([]FoundRow, error) {
	causes, err := d.startedOn(ctx, rowsOf(found))
	if err != nil {
		return nil, err
	}
	scene := d.Scene(at)
	rows := make([]FoundRow, 0, len(found))
	for _, f := range found {
		rows = append(rows, scene.foundRow(f, causes))
	}
	return rows, nil
}

func rowsOf(found []replica.Found) []replica.Row {
	rows := make([]replica.Row, 0, len(found))
	for _, f := range found {
		rows = append(rows, f.Row)
	}
	return rows
}

func (s Scene) foundRow(f replica.Found, causes map[syncproto.ID]onItsWay) FoundRow {
	row := FoundRow{ID: f.Ref.ID, Number: f.Number, Exact: f.Exact, Who: f.Known.Name, Place: f.Place()}
	if len(f.Known.Phones) > 0 {
		row.Who = line(row.Who, f.Known.Phones[0])
	}
	switch body := f.Body.(type) {
	case ticket.Body:
		of := s.row(f.Row, body, causes)
		row.Ticket, row.Subject, row.Mark = f.Ref.ID, body.Subject, of.Mark
		row.Urgency, row.Stand, row.Since = of.Urgency, of.Left, of.Ladder
		if !body.IsOpen() {
			row.Urgency, row.Stand, row.Since = "", s.Words("find.closed"), s.when(body.Closed)
		}
	case claim.Body:
		of := s.claimRow(f.Row, body)
		row.Ticket, row.IsClaim, row.Subject, row.Mark = body.Ticket, true, body.What, of.Mark
		row.Stand, row.Since, row.Who = of.Amount, of.Stand, s.Words("find.claim", "Kind", of.Kind)
		if of.Warranty {
			row.Stand = of.Kind
		}
		if part := s.part(body); part != "" {
			row.Stand, row.Who = body.Approval.Amount.String(), line(row.Who, part)
		}
	}
	row.Where = s.where(f)
	return row
}

// where says what fits, of the texts that the row does not show by itself.
func (s Scene) where(f replica.Found) string {
	var parts []string
	for _, m := range f.Matches {
		first := m.Field == replica.InPhone && len(f.Known.Phones) > 0 && m.Text == f.Known.Phones[0]
		if m.Field == replica.InNumber || m.Field == replica.InSubject || m.Field == replica.InName || first {
			continue
		}
		part := s.Words("find.in."+string(m.Field), "Text", excerpt(m.Text, m.At))
		if !slices.Contains(parts, part) {
			parts = append(parts, part)
		}
	}
	return line(parts...)
}

// How much of a text is shown around what fits, in runes.
const (
	excerptBefore = 10
	excerptAfter  = 30
)

// excerpt is the part of a text around what fits, on one line.
func excerpt(text string, at replica.Span) string {
	before, after := []rune(text[:at.From]), []rune(text[at.To:])
	short := text[at.From:at.To]
	if len(before) > excerptBefore {
		before = append([]rune("…"), before[len(before)-excerptBefore:]...)
	}
	if len(after) > excerptAfter {
		after = append(after[:excerptAfter:excerptAfter], '…')
	}
	return strings.Join(strings.Fields(string(before)+short+string(after)), " ")
}
