package present

import (
	"context"
	"fmt"
	"strconv"

	"redress/desktop/replica"
	"redress/syncproto"
	"redress/syncproto/claim"
	"redress/syncproto/ticket"
)

// The names of what a draft remembers besides the fields of its form.
const (
	DraftNumber    = "number" // given to the new ticket, and perhaps read out
	DraftOld       = "old"    // what stood there when a correction was begun
	DraftOldAmount = "old-amount"
	DraftManager   = "manager" // whose account, and of which month
	DraftMonth     = "month"
)

// Drafts are the forms that were begun here and not sent, the newest first.
type Drafts struct{ Rows []DraftRow }

// DraftRow is one of them.
type DraftRow struct {
	Key   replica.DraftKey
	ID    syncproto.ID // tells it apart in a list
	Form  string       // 响应
	About string       // K7MQ-00001 · 远程车控失败
	Saved string       // 今天 10:42
	// Begins is the beginning of what was typed, and Texts all of it: a name is "" where there
	// is only one text.
	Begins string
	Texts  []Fact
	// Manager and Month are those of an account.
	Manager syncproto.ID
	Month   syncproto.Month
}

// Text is the row in one string.
func (r DraftRow) Text() string { return line(r.Form, r.About, r.Saved, r.Begins) }

// Copy is all that was typed, to be put into another field or program.
func (r DraftRow) Copy(w Words) string {
	parts := make([]string, 0, len(r.Texts))
	for _, t := range r.Texts {
		text := t.Text
		if t.Name != "" {
			text = w("drafts.named", "Name", t.Name, "Text", t.Text)
		}
		parts = append(parts, text)
	}
	return join(parts, "\n")
}

// Lines is the page as text.
func (d Drafts) Lines() []string {
	lines := make([]string, 0, len(d.Rows))
	for _, r := range d.Rows {
		lines = append(lines, r.Text())
	}
	return lines
}

// Drafts reads them, each with what it is about as it stands now; also those about something
// that is not held here any more: what a person typed is theirs.
func (d Desk) Drafts(ctx context.Context, at syncproto.Reading) (Drafts, error) {
	scene := d.Scene(at)
	drafts, err := d.Replica.Drafts(ctx)
	if err != nil {
		return Drafts{}, err
	}
	page := Drafts{}
	for _, draft := range drafts {
		row := scene.draftRow(draft)
		if row.About, err = d.draftAbout(ctx, scene, draft, row); err != nil {
			return Drafts{}, err
		}
		page.Rows = append(page.Rows, row)
	}
	return page, nil
}

// DraftID tells a draft apart in a list.
func DraftID(key replica.DraftKey) syncproto.ID {
	return syncproto.Derive(fmt.Sprintf("draft %d %d", key.Form, key.Subject.Kind), key.Subject.ID)
}

func (s Scene) draftRow(d replica.Draft) DraftRow {
	row := DraftRow{Key: d.Key, ID: DraftID(d.Key), Saved: s.SavedAt(d.SavedAt), Form: s.DraftForm(d.Key.Form)}
	for _, f := range d.Fields {
		switch {
		case f.Name == DraftManager:
			row.Manager, _ = syncproto.ParseID(f.Text)
		case f.Name == DraftMonth:
			n, _ := strconv.ParseUint(f.Text, 10, 32)
			row.Month = syncproto.Month(n)
		case !f.Pick && f.Text != "":
			row.Texts = append(row.Texts, Fact{Name: s.fieldName(f.Name), Text: f.Text})
			row.Begins = line(row.Begins, f.Text)
		}
	}
	if len(row.Texts) == 1 {
		row.Texts[0].Name = ""
	}
	row.Begins = clip(row.Begins)
	return row
}

// DraftForm is how the form of a draft is called.
func (s Scene) DraftForm(kind syncproto.CommandKind) string {
	if kind == syncproto.CommandApproveClaim {
		return s.Words("claim.decide") // approves, and whatever is decided instead
	}
	return s.Words("command." + kind.String())
}

// SavedAt is when a draft was saved: 今天 10:42, 昨天 18:00.
func (s Scene) SavedAt(t syncproto.Instant) string {
	if days(s.Now.Time(), t.Time()) == 0 {
		return s.Words("time.todayAt", "Time", s.when(t))
	}
	return s.when(t)
}

// DraftMark is what says at a form that it stands there as a draft.
func (s Scene) DraftMark(t syncproto.Instant) string {
	return s.Words("draft.saved", "When", s.SavedAt(t))
}

// draftAbout is what a draft is about, so that the person knows it again.
func (d Desk) draftAbout(ctx context.Context, s Scene, draft replica.Draft, row DraftRow) (string, error) {
	subject := draft.Key.Subject
	if draft.Key.Form == syncproto.CommandOpen { // the ticket is still to be
		for _, f := range draft.Fields {
			if f.Name == DraftNumber {
				return f.Text, nil
			}
		}
		return "", nil
	}
	if subject.Kind == syncproto.KindAccount {
		return line(s.personName(row.Manager), s.monthName(row.Month)), nil
	}
	doc, held, err := d.Replica.Document(ctx, subject)
	if err != nil {
		return "", err
	}
	switch body := doc.Body.(type) {
	case ticket.Body:
		return line(body.Number, body.Subject), nil
	case claim.Body:
		return line(body.TicketNumber, amountIn(body.Kind, body.Amount), body.What), nil
	}
	if !held {
		return s.Words("drafts.gone"), nil
	}
	return "", nil
}
