package replica

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"hash/fnv"
	"slices"
	"strings"
	"unicode/utf8"

	"redress/syncproto"
	"redress/syncproto/claim"
	"redress/syncproto/customer"
	"redress/syncproto/decision"
	"redress/syncproto/escalation"
	"redress/syncproto/rules"
	"redress/syncproto/ticket"
)

// The index of what is shown here. It follows the documents in the transaction that changes
// them: what is shown is found, and what is not shown is not (requirements §1, design §7).

// searchVersion is of how texts become terms, of what is looked at, and of where documents
// stand in their lists (package turn). A file that was filled by another is filled anew when it
// is opened.
const searchVersion = 4

// maxTrail is how many runes of a ticket's trail are searched, the newest first: a tap on a
// ticket with a very long one must not take longer for it.
const maxTrail = 50_000

// texts are what is found of a document, in the order of the columns of words.
type texts struct {
	number, phone, vin, name, subject, details, trail string
}

func (t texts) columns() []any {
	return []any{t.number, t.phone, t.vin, t.name, t.subject, t.details, t.trail}
}

// sum tells texts apart.
func (t texts) sum() int64 {
	h := fnv.New64a()
	for _, column := range t.columns() {
		_, _ = fmt.Fprintf(h, "%v\n", column) // a hash takes everything
	}
	return int64(h.Sum64())
}

// findable is a document in the index.
type findable struct {
	place             int64
	customer, vehicle []byte
	sum               int64
}

// storeFindable keeps the index as the document is shown now.
func (c *change) storeFindable(ref syncproto.Ref, doc decision.Doc) error {
	switch body := doc.Body.(type) {
	case customer.Body:
		return c.storeFile(ref, doc.Presence == decision.Held, body.Name, strings.Join(body.Phones, "\n"))
	case customer.Vehicle:
		return c.storeFile(ref, doc.Presence == decision.Held, body.Model, body.VIN)
	case ticket.Body:
		if doc.Presence == decision.Held {
			return c.storeTicketFindable(ref, body)
		}
	case claim.Body:
		if doc.Presence == decision.Held {
			return c.storeWords(ref, placesOf(ref, body, body.FiledAt), findable{customer: []byte{}, vehicle: []byte{}}, claimTexts(body))
		}
	}
	switch ref.Kind {
	case syncproto.KindCustomer, syncproto.KindVehicle:
		return c.storeFile(ref, false, "", "")
	case syncproto.KindTicket, syncproto.KindClaim:
		return c.dropFindable(ref)
	}
	return nil
}

// storeFile keeps what is known of a customer or a car. Where it changed, so did what the
// tickets about it are found by.
func (c *change) storeFile(ref syncproto.Ref, held bool, name, numbers string) error {
	statement, arguments := `DELETE FROM file WHERE kind = ? AND id = ?`, []any{ref.Kind, ref.ID[:]}
	if held {
		statement = `INSERT INTO file (kind, id, name, numbers) VALUES (?, ?, ?, ?)
			ON CONFLICT (kind, id) DO UPDATE SET name = excluded.name, numbers = excluded.numbers
			WHERE (excluded.name, excluded.numbers) <> (file.name, file.numbers)`
		arguments = append(arguments, name, numbers)
	}
	result, err := c.run(statement, arguments...)
	if err != nil {
		return fmt.Errorf("keeping the file of %v: %w", ref, err)
	}
	if changed, err := result.RowsAffected(); err != nil || changed == 0 {
		return err
	}
	about := `SELECT kind, id FROM findable WHERE customer = ? AND customer <> x''`
	if ref.Kind == syncproto.KindVehicle {
		about = `SELECT kind, id FROM findable WHERE vehicle = ? AND vehicle <> x''`
	}
	refs, err := c.refs(about, ref.ID[:])
	if err != nil {
		return err
	}
	for _, on := range refs {
		if _, touched := c.touched[on]; touched {
			continue // its own turn comes: files stand before tickets in the order of kinds
		}
		if err := c.findAnew(on); err != nil {
			return err
		}
		c.renamed[on] = true
	}
	return nil
}

// selectBody is a document as it is shown.
const selectBody = `SELECT coalesce(o.body, d.body) FROM listing l
	LEFT JOIN overlay o ON o.kind = l.kind AND o.id = l.id LEFT JOIN document d ON d.kind = l.kind AND d.id = l.id
	WHERE l.kind = ? AND l.id = ?`

// findAnew reads a ticket as it is shown, for the index.
func (c *change) findAnew(ref syncproto.Ref) error {
	var data []byte
	err := c.row(selectBody, ref.Kind, ref.ID[:]).Scan(&data)
	if err != nil && !errors.Is(err, sql.ErrNoRows) {
		return fmt.Errorf("loading %v for the search: %w", ref, err)
	}
	body, err := rules.ReadBody(ref.Kind, data)
	if err != nil {
		return nil //nolint:nilerr // its row is damaged or gone: it is found as before, until it is fetched again
	}
	return c.storeFindable(ref, decision.Doc{Presence: decision.Held, Body: body})
}

func (c *change) storeTicketFindable(ref syncproto.Ref, body ticket.Body) error {
	f, t, err := c.ticketTexts(ref, body)
	if err != nil {
		return err
	}
	return c.storeWords(ref, placesOf(ref, body, body.FirstContact), f, t)
}

// ticketTexts is what a ticket is found by: its own texts, those of whose it is and about
// which car, and its trail.
func (c *change) ticketTexts(ref syncproto.Ref, body ticket.Body) (findable, texts, error) {
	t := texts{number: indexedNumber(body.Number), subject: indexed(body.Subject)}
	f := findable{customer: idBytes(body.Customer), vehicle: idBytes(body.Vehicle)}
	name, numbers, err := c.fileOf(syncproto.KindCustomer, f.customer)
	if err != nil {
		return f, t, err
	}
	t.name = indexed(name)
	for number := range strings.SplitSeq(numbers, "\n") {
		t.phone += indexedPhone(number) + " " + insidePhone(number)
	}
	model, vin, err := c.fileOf(syncproto.KindVehicle, f.vehicle)
	if err != nil {
		return f, t, err
	}
	t.vin = indexedVIN(vin)
	for _, text := range details(body, model) {
		t.details += indexed(text)
	}
	said, damaged, err := c.statements.said(c.ctx, ref)
	if err == nil && damaged {
		err = c.fetchAgain(ref)
	}
	if err != nil {
		return f, t, fmt.Errorf("reading the trail of %v for the search: %w", ref, err)
	}
	var trail strings.Builder
	for _, text := range said {
		index(&trail, text)
	}
	t.trail = trail.String()
	return f, t, nil
}

// details are the texts of a ticket that stand neither in its row nor in its trail.
func details(body ticket.Body, model string) []string {
	return []string{body.Description, body.Demand, body.Station, body.Category, body.Board, body.Type, model}
}

func claimTexts(body claim.Body) texts {
	t := texts{number: indexedNumber(body.TicketNumber), subject: indexed(body.What)}
	for _, text := range claimDetails(body) {
		t.details += indexed(text)
	}
	return t
}

// claimDetails are what was written on a claim besides what it is for.
func claimDetails(body claim.Body) []string {
	all := []string{body.Station}
	for _, d := range []claim.Decision{body.Approval, body.Rejection, body.Routed, body.Returned, body.Reversed} {
		all = append(all, d.Reason, d.Comment)
	}
	return slices.DeleteFunc(all, func(text string) bool { return text == "" })
}

func idBytes(id syncproto.ID) []byte {
	if id.IsZero() {
		return []byte{}
	}
	return id[:]
}

// fileOf is what is known of a customer or a car; nothing where it is not held here.
func (c *change) fileOf(kind syncproto.DocKind, id []byte) (name, numbers string, err error) {
	if len(id) == 0 {
		return "", "", nil
	}
	err = c.row(`SELECT name, numbers FROM file WHERE kind = ? AND id = ?`, kind, id).Scan(&name, &numbers)
	if err != nil && !errors.Is(err, sql.ErrNoRows) {
		return "", "", fmt.Errorf("looking for the file of a %v: %w", kind, err)
	}
	return name, numbers, nil
}

// selectSaid reads the trail of a ticket but for the steps of which it is known that they have no
// text: those are most, and every tap on the ticket reads it.
const selectSaid = `SELECT own, data FROM (
		SELECT 1 AS own, e.event AS data, e.position AS at, e.n AS n FROM command_event e WHERE e.kind = ?1 AND e.id = ?2 AND e.overlaid = 1
		UNION ALL
		SELECT 0, h.entry, h.version, 0 FROM history h JOIN document d USING (kind, id) WHERE h.kind = ?1 AND h.id = ?2 AND h.speaks = 1 AND h.version <= d.version)
	ORDER BY own DESC, at DESC, n DESC`

// said are the texts of a ticket's trail, newest first: what was done here, then what is
// confirmed and in the body. damaged says that a step of the second cannot be read.
func (s *statements) said(ctx context.Context, ref syncproto.Ref) (all []string, damaged bool, err error) {
	rows, err := s.query(ctx, selectSaid, ref.Kind, ref.ID[:])
	if err != nil {
		return nil, false, err
	}
	defer rows.Close() //nolint:errcheck // rows.Err says what went wrong
	for room := maxTrail; room > 0 && rows.Next(); {
		var own bool
		var data []byte
		if err := rows.Scan(&own, &data); err != nil {
			return nil, false, err
		}
		text, err := saidIn(own, data)
		damaged = damaged || err != nil && !own
		if text != "" {
			all = append(all, text)
			room -= utf8.RuneCountInString(text)
		}
	}
	return all, damaged, rows.Err()
}

// fetchAgain has a document, of whose history a disk has damaged a step, differ from the server's: its
// part is fetched again, when it is counted, with all of its history (invariant 23).
func (c *change) fetchAgain(ref syncproto.Ref) error {
	return c.exec("having a history fetched again", `UPDATE document SET epoch = 0 WHERE kind = ? AND id = ?`, ref.Kind, ref.ID[:])
}

// saidIn is what was said or written in a step; "" for those without a text of their own.
func saidIn(own bool, data []byte) (string, error) {
	var event syncproto.Event
	if own {
		if err := syncproto.Decode(data, &event); err != nil {
			return "", err
		}
	} else {
		var entry syncproto.HistoryEntry
		if err := syncproto.Decode(data, &entry); err != nil {
			return "", err
		}
		event = entry.Event
	}
	if !speaks[event.Kind] {
		return "", nil
	}
	read, err := rules.ReadEvent(event)
	if err != nil {
		return "", err
	}
	return textOf(read), nil
}

// speaks are the kinds of events that have a text which stands nowhere else. Whoever adds one
// marks the histories that are there: UPDATE history SET speaks = 1.
var speaks = map[syncproto.EventKind]bool{
	syncproto.EventContacted: true, syncproto.EventPromised: true, syncproto.EventDispatched: true, syncproto.EventResponded: true,
	syncproto.EventNoted: true, syncproto.EventProposed: true, syncproto.EventProposalRefused: true, syncproto.EventFinallyResponded: true,
	syncproto.EventReopened: true, syncproto.EventEscalationActedOn: true, syncproto.EventDeEscalated: true, syncproto.EventDisputeDecided: true,
}

func textOf(event any) string {
	switch e := event.(type) {
	case ticket.Contacted:
		return e.Text
	case ticket.Promised:
		return e.What
	case ticket.Dispatched:
		return e.Note
	case ticket.Responded:
		return e.Text
	case ticket.Noted:
		return e.Text
	case ticket.Proposed:
		return e.Text
	case ticket.ProposalRefused:
		return e.Reason
	case ticket.FinallyResponded:
		return e.Text
	case ticket.Reopened:
		return e.Text
	case ticket.EscalationActedOn:
		return e.Text
	case ticket.DeEscalated:
		return e.Reason
	case escalation.Judged:
		return e.Reason
	}
	return ""
}
