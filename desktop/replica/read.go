package replica

import (
	"bytes"
	"cmp"
	"context"
	"database/sql"
	"errors"
	"fmt"
	"slices"

	"redress/desktop/turn"
	"redress/syncproto"
	"redress/syncproto/rules"
)

// MaxWindow is how many rows one reading of a list gives at most.
const MaxWindow = 200

// Document is a document as the person sees it: confirmed, with the overlay.
type Document struct {
	Ref     syncproto.Ref
	Version uint64
	Body    any // the business package's own value
	// Pending: something done here is in it that is not confirmed.
	Pending bool
	// Stage is the least far that any of that has come; Final where nothing waits for a verdict.
	Stage Stage
	// Limbo: it has left this replica and can only be read, until what was done here has
	// its verdicts.
	Limbo bool
}

// Document reads one document; false where it is not held here.
func (r *Replica) Document(ctx context.Context, ref syncproto.Ref) (Document, bool, error) {
	row := r.reads.row(ctx, `SELECT `+columns+` FROM listing l
		LEFT JOIN overlay o ON o.kind = l.kind AND o.id = l.id
		LEFT JOIN document d ON d.kind = l.kind AND d.id = l.id
		WHERE l.kind = ? AND l.id = ?`, ref.Kind, ref.ID[:])
	found, err := scanRow(row)
	if errors.Is(err, sql.ErrNoRows) || errors.Is(err, errLost) {
		return Document{}, false, nil
	}
	if err != nil {
		return Document{}, false, fault(r.path, "reading "+ref.String(), err)
	}
	return found.Document, true, nil
}

// Row is a document in a list.
type Row struct {
	Document
	Number   string
	Deadline syncproto.Instant // the nearest one people see; 0 for none

	turn turn.Turn
}

// Key is where the row stands in its list; the next window begins after it.
func (r Row) Key() Key { return Key{turn: r.turn, id: r.Ref.ID} }

// Key is a place in a list. The zero Key is before the first row.
type Key struct {
	turn turn.Turn
	id   syncproto.ID
}

// Compare is the order of the list.
func (k Key) Compare(other Key) int {
	return cmp.Or(cmp.Compare(k.turn.Rank, other.turn.Rank), cmp.Compare(k.turn.Due, other.turn.Due), bytes.Compare(k.id[:], other.id[:]))
}

// columns are those of a row (scanRow), of a listing l with its overlay o and document d.
const columns = `l.kind, l.id, l.deadline, l.rank, l.due, l.number, coalesce(o.version, d.version, 0),
	coalesce(o.body, d.body), o.commands IS NOT NULL, ` + least + `, coalesce(d.limbo, 0)`

// least is the Stage of a row of a list; only what waits is looked up. Over a damaged row stands also what
// does not wait any more.
const least = `CASE WHEN o.commands IS NULL THEN 5 ELSE (SELECT coalesce(min(` + stage + `), 5) FROM command_event e JOIN outbox o ON o.position = e.position
	WHERE e.kind = l.kind AND e.id = l.id AND e.overlaid = 1) END`

const selectRows = `SELECT ` + columns + ` FROM listing l
	LEFT JOIN overlay o ON o.kind = l.kind AND o.id = l.id
	LEFT JOIN document d ON d.kind = l.kind AND d.id = l.id `

const selectWindow = selectRows +
	`WHERE l.kind = ? AND l.open = ? AND (l.rank, l.due, l.id) > (?, ?, ?) ORDER BY l.rank, l.due, l.id LIMIT ?`

const countOpen = `SELECT coalesce((SELECT open FROM open_count WHERE kind = ?), 0)`

// List is a window of the documents of a kind, in the order in which they wait for the person
// (turn.Reader): at most limit after the key. Each window is one query over an index, however
// many documents there are.
// What a disk has damaged takes no place in it: a window that is not full is the last.
func (r *Replica) List(ctx context.Context, kind syncproto.DocKind, open bool, after Key, limit int) (all []Row, err error) {
	limit = min(limit, MaxWindow)
	for full := true; full && len(all) < limit; {
		room := limit - len(all)
		some, last, read, err := scanWindow(r.reads.query(ctx, selectWindow, kind, open, after.turn.Rank, after.turn.Due, after.id[:], room))
		if err != nil {
			return nil, fault(r.path, fmt.Sprintf("listing every %v", kind), err)
		}
		all, after, full = append(all, some...), last, read == room
	}
	return all, nil
}

// Children are the documents of a kind that belong to one, nearest deadline first; at most
// MaxWindow.
func (r *Replica) Children(ctx context.Context, parent syncproto.Ref, kind syncproto.DocKind) ([]Row, error) {
	return r.rows(ctx, fmt.Sprintf("listing every %v of %v", kind, parent), selectRows+
		`WHERE l.parent_kind = ? AND l.parent_kind <> 0 AND l.parent_id = ? AND l.kind = ? ORDER BY l.deadline, l.id LIMIT ?`,
		parent.Kind, parent.ID[:], kind, MaxWindow)
}

// Numbered are the documents with a number, as read out on the phone.
func (r *Replica) Numbered(ctx context.Context, number string) ([]Row, error) {
	return r.rows(ctx, "looking for "+number, selectRows+`WHERE l.number = ? AND l.number <> '' ORDER BY l.kind, l.id LIMIT ?`, number, MaxWindow)
}

// Among are those of the documents with the ids that are open, or closed, in the order in
// which they wait; at most MaxWindow are asked for at once. The others are left out.
func (r *Replica) Among(ctx context.Context, kind syncproto.DocKind, open bool, ids []syncproto.ID) ([]Row, error) {
	if len(ids) == 0 {
		return nil, nil
	}
	ids = ids[:min(len(ids), MaxWindow)]
	rows, err := scanRows(r.reader.QueryContext(ctx, selectAmong(len(ids)), idArguments(ids, kind, open)...))
	if err != nil {
		return nil, fault(r.path, fmt.Sprintf("reading some of every %v", kind), err)
	}
	slices.SortFunc(rows, func(a, b Row) int { return a.Key().Compare(b.Key()) })
	return rows, nil
}

// AmongAll is Among for any number of ids; the rows are in no order, each once.
func (r *Replica) AmongAll(ctx context.Context, kind syncproto.DocKind, open bool, ids []syncproto.ID) ([]Row, error) {
	var rows []Row
	for some := range slices.Chunk(distinct(ids), MaxWindow) {
		part, err := r.Among(ctx, kind, open, some)
		if err != nil {
			return nil, err
		}
		rows = append(rows, part...)
	}
	return rows, nil
}

// selectAmong reads rows by the ids of so many documents. Each is looked up by its id: the plus
// keeps SQLite from going through all that are open.
func selectAmong(n int) string {
	return selectRows + `WHERE l.kind = ? AND +l.open = ? AND l.id IN (` + marks(n) + `)`
}

// CountOpen is how many documents of a kind still want something from someone. The count is
// kept (migrations/replica, open_count): it costs the same however many there are.
func (r *Replica) CountOpen(ctx context.Context, kind syncproto.DocKind) (int, error) {
	var n int
	if err := r.reads.row(ctx, countOpen, kind).Scan(&n); err != nil {
		return 0, fault(r.path, fmt.Sprintf("counting every open %v", kind), err)
	}
	return n, nil
}

const countTurn = `SELECT count(*) FROM listing WHERE kind = ? AND open = 1 AND rank = ?`

// CountOwn is how many documents of a kind wait for the person's own doing (turn.Reader), and
// CountShared how many wait for those they do it with: each counted in an index.
func (r *Replica) CountOwn(ctx context.Context, kind syncproto.DocKind) (int, error) {
	return r.countTurn(ctx, kind, 0)
}

// CountShared is beside CountOwn.
func (r *Replica) CountShared(ctx context.Context, kind syncproto.DocKind) (int, error) {
	return r.countTurn(ctx, kind, 1)
}

func (r *Replica) countTurn(ctx context.Context, kind syncproto.DocKind, rank int) (int, error) {
	var n int
	if err := r.reads.row(ctx, countTurn, kind, rank).Scan(&n); err != nil {
		return 0, fault(r.path, fmt.Sprintf("counting every %v that waits for the person", kind), err)
	}
	return n, nil
}

func (r *Replica) rows(ctx context.Context, doing, query string, arguments ...any) ([]Row, error) {
	all, err := scanRows(r.reads.query(ctx, query, arguments...))
	if err != nil {
		return nil, fault(r.path, doing, err)
	}
	return all, nil
}

// scanRows reads all rows of a query, or takes over why there are none.
func scanRows(rows *sql.Rows, err error) ([]Row, error) {
	all, _, _, err := scanWindow(rows, err)
	return all, err
}

// scanWindow is scanRows, and says up to where it read, and how many with those that are left out.
func scanWindow(rows *sql.Rows, err error) (all []Row, last Key, read int, _ error) {
	if err != nil {
		return nil, last, 0, err
	}
	defer rows.Close() //nolint:errcheck // rows.Err says what went wrong
	for ; rows.Next(); read++ {
		row, err := scanRow(rows)
		if err != nil && !errors.Is(err, errLost) {
			return nil, last, 0, err
		}
		if last = row.Key(); err == nil {
			all = append(all, row)
		}
	}
	return all, last, read, rows.Err()
}

// errLost says that a document is listed and its row is gone, or cannot be read, as by a disk: it is
// left out until it is fetched again (invariant 23). The others can be read.
var errLost = errors.New("the row is gone")

// scanRow reads the columns of a row, and after them more.
func scanRow(from scanner, more ...any) (Row, error) {
	var row Row
	var body []byte
	err := from.Scan(append([]any{&row.Ref.Kind, fixed(&row.Ref.ID), &row.Deadline, &row.turn.Rank, &row.turn.Due, &row.Number, &row.Version, &body, &row.Pending, &row.Stage, &row.Limbo}, more...)...)
	if err != nil {
		return Row{}, err
	}
	if row.Deadline == noDeadline {
		row.Deadline = 0
	}
	if body == nil {
		return row, errLost
	}
	if row.Body, err = rules.ReadBody(row.Ref.Kind, body); err != nil {
		return row, errLost
	}
	return row, nil
}

// Step is one thing that happened to a document, as its readers see it.
type Step struct {
	syncproto.HistoryEntry
	// Stage is Final for what the server confirmed; what was done here and is not
	// confirmed shows how far it is. It has no Time, but for what a server told that was
	// restored since (Told).
	Stage Stage
}

// History is what happened to a document, oldest first: what is confirmed, then what was
// done here and is not confirmed yet. A step that a disk has damaged is left out, until it is fetched
// again.
func (r *Replica) History(ctx context.Context, ref syncproto.Ref) ([]Step, error) {
	own, err := r.ownSteps(ctx, ref)
	if err != nil {
		return nil, fault(r.path, "reading what waits on "+ref.String(), err)
	}
	return r.historyBefore(ctx, ref, own)
}

// historyBefore is the history with what waits, which is read first: of that, what was confirmed meanwhile
// stands among what is. The other way round it would be in neither.
func (r *Replica) historyBefore(ctx context.Context, ref syncproto.Ref, own []Step) ([]Step, error) {
	doing := "reading the history of " + ref.String()
	steps, damaged, err := r.confirmedSteps(ctx, ref)
	if err != nil {
		return nil, fault(r.path, doing, err)
	}
	if damaged {
		if err := r.quietly(ctx, doing, func(c *change) error { return c.fetchAgain(ref) }); err != nil {
			return nil, err
		}
	}
	confirmed := map[syncproto.ID]bool{}
	for _, step := range steps {
		confirmed[step.Command] = true
	}
	return append(steps, slices.DeleteFunc(own, func(step Step) bool { return confirmed[step.Command] })...), nil
}

// confirmedSteps are those that the confirmed body contains. A long history comes before
// its body, in several deltas. damaged says that one cannot be read, and is not fetched again yet.
func (r *Replica) confirmedSteps(ctx context.Context, ref syncproto.Ref) (steps []Step, damaged bool, err error) {
	rows, err := r.reads.query(ctx, `SELECT entry, epoch <> 0 FROM history h JOIN document d USING (kind, id)
		WHERE h.kind = ? AND h.id = ? AND h.version <= d.version ORDER BY h.version`, ref.Kind, ref.ID[:])
	if err != nil {
		return nil, false, err
	}
	defer rows.Close() //nolint:errcheck // rows.Err says what went wrong
	for rows.Next() {
		var data []byte
		var had bool
		step := Step{Stage: Final}
		if err := rows.Scan(&data, &had); err != nil {
			return nil, false, err
		}
		if syncproto.Decode(data, &step.HistoryEntry) == nil {
			steps = append(steps, step)
		} else {
			damaged = damaged || had
		}
	}
	return steps, damaged, rows.Err()
}

// selectOwnSteps reads what is confirmed of a history once, however much waits.
const selectOwnSteps = `SELECT e.event, ` + outboxColumns + ` FROM command_event e JOIN outbox o ON o.position = e.position
	WHERE e.kind = ?1 AND e.id = ?2 AND (e.overlaid = 1 OR o.outcome IN (0, ?3)) AND o.id NOT IN (SELECT h.command FROM history h JOIN document d USING (kind, id)
		WHERE h.kind = ?1 AND h.id = ?2 AND h.version <= d.version)
	ORDER BY e.position, e.n`

// ownSteps are those that wait, and are not confirmed. They may be in the body all the same: of a restored
// server the steps of a long history come ahead of it, in the place of those that it takes back.
func (r *Replica) ownSteps(ctx context.Context, ref syncproto.Ref) ([]Step, error) {
	rows, err := r.reads.query(ctx, selectOwnSteps, ref.Kind, ref.ID[:], syncproto.Parked)
	if err != nil {
		return nil, err
	}
	defer rows.Close() //nolint:errcheck // rows.Err says what went wrong
	var steps []Step
	for rows.Next() {
		var data []byte
		command, err := scanCommand(rows, &data)
		if err != nil {
			return nil, err
		}
		step := Step{Stage: command.Stage, HistoryEntry: syncproto.HistoryEntry{
			Command: command.Intent.ID, Person: command.Intent.Person, Device: command.Device,
			At: command.MadeAt, Within: within(command.Intent.Readings), Time: command.Told(),
		}}
		if syncproto.Decode(data, &step.Event) == nil {
			steps = append(steps, step)
		}
	}
	return steps, rows.Err()
}
