package replica

import (
	"context"
	"errors"
	"fmt"
	"math"
	"strings"

	"redress/syncproto"
	"redress/syncproto/decision"
	"redress/syncproto/rules"
	"redress/syncproto/ticket"
)

// FillDisk leaves the database no room to grow; 0 gives it back.
func (r *Replica) FillDisk(ctx context.Context, full bool) error {
	limit := 1 << 30
	if full {
		limit = 1 // SQLite takes the pages there are
	}
	_, err := r.connection.ExecContext(ctx, fmt.Sprintf(`PRAGMA max_page_count = %d`, limit))
	return err
}

// RefuseCommits has SQLite take all of a transaction that queues a command, and refuse its COMMIT.
func (r *Replica) RefuseCommits(ctx context.Context, refuse bool) error {
	statements := `DROP TRIGGER temp.never`
	if refuse {
		statements = `PRAGMA foreign_keys = ON;
			CREATE TEMP TABLE IF NOT EXISTS nobody (id INTEGER PRIMARY KEY);
			CREATE TEMP TABLE IF NOT EXISTS somebody (id INTEGER REFERENCES nobody DEFERRABLE INITIALLY DEFERRED);
			CREATE TEMP TRIGGER never AFTER INSERT ON main.outbox BEGIN INSERT INTO somebody VALUES (1); END`
	}
	_, err := r.connection.ExecContext(ctx, statements)
	return err
}

// Impatient has the writer wait for no other program.
func (r *Replica) Impatient(ctx context.Context) error {
	_, err := r.connection.ExecContext(ctx, `PRAGMA busy_timeout = 0`)
	return err
}

// Index is all that stands in the index, a line a term: the document, where, and which; then
// who and which car is known here. It is in the order of the documents, whatever their places.
func (r *Replica) Index(ctx context.Context) (lines []string, err error) {
	db := r.connection
	if _, err := db.ExecContext(ctx, `CREATE VIRTUAL TABLE IF NOT EXISTS temp.vocabulary USING fts5vocab ('main', 'words', 'instance')`); err != nil {
		return nil, err
	}
	rows, err := db.QueryContext(ctx, `SELECT coalesce(hex(f.id), 'nothing') || ' ' || v.col || ' ' || v.offset || ' ' || v.term AS line
		FROM temp.vocabulary v LEFT JOIN findable f ON f.place = v.doc
		UNION ALL SELECT hex(id) || ' about ' || hex(customer) || ' ' || hex(vehicle) FROM findable
		UNION ALL SELECT hex(id) || ' ' || name || ' ' || numbers FROM file ORDER BY line`)
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	for rows.Next() {
		var line string
		if err := rows.Scan(&line); err != nil {
			return nil, err
		}
		lines = append(lines, line)
	}
	return lines, rows.Err()
}

// Bare asks the index alone what fits a text.
func (r *Replica) Bare(ctx context.Context, text string, limit int) error {
	rows, err := r.reader.QueryContext(ctx, `SELECT rowid FROM words WHERE words MATCH ? ORDER BY rowid DESC LIMIT ?`, ReadQuery(text).match(), limit)
	if err != nil {
		return err
	}
	defer rows.Close()
	for rows.Next() {
		var place int64
		if err := rows.Scan(&place); err != nil {
			return err
		}
	}
	return rows.Err()
}

// Asked is a query as the replica puts it to SQLite.
type Asked struct {
	SQL       string
	Arguments []any
}

// BareWork is what the first page of a list asks.
func BareWork(after Key, limit int) []Asked {
	return []Asked{
		{selectWindow, []any{syncproto.KindTicket, true, after.turn.Rank, after.turn.Due, after.id[:], limit}},
		{countOpen, []any{syncproto.KindTicket}},
	}
}

// BareFind is what a search asks; of the second query only as many rows as the first left.
func BareFind(text string) (exact, rest string) { return ReadQuery(text).matches() }

// BareFound is how a part of a search is asked.
func BareFound(match string, limit int) Asked {
	return Asked{selectFound, []any{match, int64(math.MaxInt64), limit}}
}

// WordsOf is the row of a ticket in the index, which does not give it back.
func (r *Replica) WordsOf(ctx context.Context, ref syncproto.Ref, body []byte) (columns []any, err error) {
	_, err = r.transact(ctx, func(c *change) error {
		read, err := rules.ReadBody(ref.Kind, body)
		if err != nil {
			return err
		}
		shown, _ := read.(ticket.Body)
		_, t, err := c.ticketTexts(ref, shown)
		columns = t.columns()
		return err
	})
	return columns, err
}

// CountsByScan are how many are open of each kind, counted row by row, and how many are kept
// as counted.
func (r *Replica) CountsByScan(ctx context.Context) (scanned, kept map[syncproto.DocKind]int, err error) {
	for _, of := range []struct {
		query string
		into  *map[syncproto.DocKind]int
	}{
		{`SELECT kind, count(*) FROM listing WHERE open = 1 GROUP BY kind`, &scanned},
		{`SELECT kind, open FROM open_count WHERE open <> 0`, &kept},
	} {
		*of.into = map[syncproto.DocKind]int{}
		rows, err := r.reader.QueryContext(ctx, of.query)
		if err != nil {
			return nil, nil, err
		}
		for rows.Next() {
			var kind syncproto.DocKind
			var n int
			if err := rows.Scan(&kind, &n); err != nil {
				return nil, nil, errors.Join(err, rows.Close())
			}
			(*of.into)[kind] = n
		}
		if err := errors.Join(rows.Err(), rows.Close()); err != nil {
			return nil, nil, err
		}
	}
	return scanned, kept, nil
}

// errTried undoes a transaction in which something was only tried.
var errTried = errors.New("tried")

// FindsStep says whether a text is found that stands in a step of a ticket's trail.
func FindsStep(event syncproto.Event, text string) (bool, error) {
	data, err := syncproto.Encode(event)
	if err != nil {
		return false, err
	}
	said, err := saidIn(true, data)
	return strings.Contains(said, text), err
}

// FindsBody says whether a document is found by a text, as it would be shown with this body.
func (r *Replica) FindsBody(ctx context.Context, ref syncproto.Ref, body any, text string) (found bool, err error) {
	_, err = r.transact(ctx, func(c *change) error {
		if err := c.storeFindable(ref, decision.Doc{Presence: decision.Held, Body: body}); err != nil {
			return err
		}
		if err := c.row(`SELECT EXISTS (SELECT 1 FROM words WHERE words MATCH ?) OR EXISTS (SELECT 1 FROM file WHERE instr(name, ?) OR instr(numbers, ?))`,
			ReadQuery(text).match(), text, text).Scan(&found); err != nil {
			return err
		}
		return errTried
	})
	if errors.Is(err, errTried) {
		err = nil
	}
	return found, err
}

// ByIDs are the queries for some documents by their ids, and for how many are the person's own.
func ByIDs() map[string]Asked {
	ids := make([]syncproto.ID, MaxWindow)
	return map[string]Asked{
		"among":   {selectAmong(len(ids)), idArguments(ids, syncproto.KindTicket, true)},
		"found":   {foundAmong(len(ids)), idArguments(ids, syncproto.KindTicket, syncproto.KindClaim)},
		"names":   {selectNames(2), []any{syncproto.KindCustomer, ids[0][:], ids[1][:]}},
		"own":     {countTurn, []any{syncproto.KindClaim, 0}},
		"fitting": {fittingAmong(2), []any{ReadQuery("车").match(), 1, 2, 1, 2}},
	}
}

// OwnSteps is the query for the steps of a ticket that wait.
func OwnSteps() Asked {
	return Asked{selectOwnSteps, []any{syncproto.KindTicket, make([]byte, 16), syncproto.Parked}}
}

// PlanOf is how SQLite goes about a query, a step a line.
func (r *Replica) PlanOf(ctx context.Context, asked Asked) (steps []string, err error) {
	rows, err := r.reader.QueryContext(ctx, "EXPLAIN QUERY PLAN "+asked.SQL, asked.Arguments...)
	if err != nil {
		return nil, err
	}
	defer func() { err = errors.Join(err, rows.Close()) }()
	for rows.Next() {
		var id, parent, unused int
		var step string
		if err := rows.Scan(&id, &parent, &unused, &step); err != nil {
			return nil, err
		}
		steps = append(steps, step)
	}
	return steps, rows.Err()
}

// Counted are the sums of the desk's buckets, as kept and as the rows make them.
func (r *Replica) Counted(ctx context.Context) (kept, made map[syncproto.Bucket]syncproto.Sums, err error) {
	s := r.self.Load()
	kept, made = map[syncproto.Bucket]syncproto.Sums{}, map[syncproto.Bucket]syncproto.Sums{}
	numbers := make([]uint8, syncproto.PartCount)
	for n := range numbers {
		numbers[n] = uint8(n)
	}
	parts, err := r.countParts(ctx, numbers)
	for _, b := range append(append([]syncproto.Bucket{}, s.held...), s.filling...) {
		if s.sums[b] != nil {
			kept[b] = *s.sums[b]
		}
		var sums syncproto.Sums
		for _, p := range parts {
			sums[p.number] = p.sums[b]
		}
		made[b] = sums
	}
	return kept, made, err
}

// GoesOnFrom says whether the line goes on from a counter to where it ended before a person did more.
func (r *Replica) GoesOnFrom(ctx context.Context, counter uint64, more func()) (bool, error) {
	s := *r.self.Load()
	more()
	_, goes, err := r.linkAt(ctx, s, counter)
	return goes, err
}

// HistoryWhile is History, with more happening while it is read.
func (r *Replica) HistoryWhile(ctx context.Context, ref syncproto.Ref, more func()) ([]Step, error) {
	own, err := r.ownSteps(ctx, ref)
	if err != nil {
		return nil, err
	}
	more()
	return r.historyBefore(ctx, ref, own)
}
