package store

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"slices"
	"strings"

	"redress/syncproto"
)

const (
	readEntry      = "read entry"
	readEntries    = "read entries"
	readDocument   = "read document"
	readDocuments  = "read documents"
	readCommand    = "read command"
	readCommands   = "read commands"
	readLine       = "read line"
	readLastOf     = "read last of a device"
	readToldOf     = "read last told of a device"
	readAllParked  = "read parked"
	readRefusals   = "read refusals"
	readRejections = "read rejections"
	readChanges    = "read changes"
	readMembership = "read membership"
	readHistory    = "read history"
	readKind       = "read history of a kind"
	readOwn        = "read own verdicts"
	readDue        = "read due documents"
	readNextDue    = "read the next due"
)

var readSQL = map[string]string{
	readHead:       headSQL,
	readEntry:      `SELECT header, payload, chain FROM entry WHERE seq = ?`,
	readEntries:    `SELECT header, payload, chain FROM entry WHERE seq > ? ORDER BY seq LIMIT ?`,
	readDocument:   `SELECT version, epoch, seq, next_due, body FROM document WHERE kind = ? AND id = ?`,
	readDocuments:  `SELECT kind, id, version, epoch, seq, next_due, body FROM document WHERE kind = ? AND id IN (?` + strings.Repeat(", ?", atOnce-1) + `)`,
	readCommand:    `SELECT hash, device, outcome, seq, verdict FROM command WHERE id = ?`,
	readCommands:   `SELECT id, hash, device, outcome, seq, verdict FROM command WHERE id IN (?` + strings.Repeat(", ?", atOnce-1) + `)`,
	readLine:       `SELECT counter, hash FROM line WHERE device = ? AND incarnation = ?`,
	readLastOf:     `SELECT coalesce(max(seq), 0) FROM command WHERE device = ?`,
	readToldOf:     `SELECT coalesce(max(told), 0) FROM parked WHERE device = ? AND told > 0`,
	readAllParked:  `SELECT command, seq, device, subject_kind, subject_id, code, doc_kind, doc_id, told FROM parked ORDER BY seq`,
	readRefusals:   `SELECT kind, id, seq FROM refused ORDER BY seq, kind, id`,
	readRejections: `SELECT seq FROM command WHERE outcome = 2 ORDER BY seq`, // syncproto.Rejected
	readChanges:    `SELECT kind, id, seq, present, since FROM membership WHERE bucket = ? AND seq > ? ORDER BY seq, kind, id LIMIT ?`,
	readMembership: `SELECT seq, present, since FROM membership WHERE bucket = ? AND kind = ? AND id = ?`,
	readHistory:    readHistorySQL,
	readKind:       `SELECT id, version, seq, entry FROM history WHERE kind = ? ORDER BY seq, version`,
	readOwn:        `SELECT id, hash, outcome, seq, verdict FROM command WHERE device = ? AND seq > ? ORDER BY seq LIMIT ?`,
	readDue:        `SELECT kind, id, next_due FROM document WHERE next_due <> 0 AND next_due <= ? ORDER BY next_due, kind, id LIMIT ?`,
	readNextDue:    `SELECT next_due FROM document WHERE next_due <> 0 AND next_due > ? ORDER BY next_due LIMIT 1`,

	readSums:    selectSums,
	readMembers: readMembersSQL,

	everySums:       `SELECT bucket, sums FROM bucket_sums ORDER BY bucket`,
	everyDocument:   `SELECT kind, id, version, epoch, seq, next_due, body FROM document ORDER BY kind, id`,
	everyOfKind:     `SELECT kind, id, version, epoch, seq, next_due, body FROM document WHERE kind = ? ORDER BY id`,
	everyHistory:    `SELECT kind, id, version, seq, entry FROM history ORDER BY kind, id, version`,
	everyMembership: `SELECT bucket, kind, id, seq, present, since FROM membership ORDER BY bucket, kind, id`,
	everyCommand:    `SELECT id, hash, device, outcome, seq, verdict FROM command ORDER BY id`,
}

// View is one moment of the database. It is good only inside the function it was given to.
type View struct {
	ctx        context.Context //nolint:containedctx // lives as long as the one transaction
	tx         *sql.Tx
	statements statements
}

// View runs read with one moment of the database.
func (s *Store) View(ctx context.Context, read func(*View) error) (err error) {
	tx, err := s.readers.BeginTx(ctx, nil)
	if err != nil {
		return fmt.Errorf("reading %s: %w", s.path, sorted(err))
	}
	defer func() {
		if end := tx.Rollback(); end != nil && err == nil {
			err = fmt.Errorf("reading %s: %w", s.path, sorted(end))
		}
	}()
	return read(&View{ctx: ctx, tx: tx, statements: s.read})
}

func (v *View) row(name string, values ...any) *sql.Row {
	return v.tx.StmtContext(v.ctx, v.statements[name]).QueryRowContext(v.ctx, values...)
}

// each runs a query and hands each row to take.
func (v *View) each(name string, take func(*sql.Rows) error, values ...any) error {
	rows, err := v.tx.StmtContext(v.ctx, v.statements[name]).QueryContext(v.ctx, values...)
	if err != nil {
		return fmt.Errorf("%s: %w", name, sorted(err))
	}
	for rows.Next() {
		if err = take(rows); err != nil {
			break
		}
	}
	if err = errors.Join(err, rows.Err(), rows.Close()); err != nil {
		return fmt.Errorf("%s: %w", name, sorted(err))
	}
	return nil
}

// found turns the answer of a query for one row into found or not.
func found(name string, err error) (bool, error) {
	if errors.Is(err, sql.ErrNoRows) {
		return false, nil
	}
	if err != nil {
		return false, fmt.Errorf("%s: %w", name, sorted(err))
	}
	return true, nil
}

// Head is where the log ends.
func (v *View) Head() (Head, error) {
	head, err := scanHead(v.row(readHead))
	if err != nil {
		return Head{}, sorted(err)
	}
	return head, nil
}

// Entry is the entry at a position; false where there is none.
func (v *View) Entry(seq uint64) (syncproto.Entry, bool, error) {
	var e syncproto.Entry
	var chain []byte
	there, err := found(readEntry, v.row(readEntry, integer(seq)).Scan(&e.Header, &e.Payload, &chain))
	copy(e.Chain[:], chain)
	return e, there, err
}

// Entries are at most limit entries after a position, in order.
func (v *View) Entries(after uint64, limit int) ([]syncproto.Entry, error) {
	var entries []syncproto.Entry
	return entries, v.each(readEntries, func(rows *sql.Rows) error {
		var e syncproto.Entry
		var chain []byte
		err := rows.Scan(&e.Header, &e.Payload, &chain)
		copy(e.Chain[:], chain)
		entries = append(entries, e)
		return err
	}, integer(after), limit)
}

// Document is a document as it is; false where there is none.
func (v *View) Document(ref syncproto.Ref) (Document, bool, error) {
	d := Document{Document: syncproto.Document{Ref: ref}}
	var version, seq int64
	there, err := found(readDocument, v.row(readDocument, ref.Kind, ref.ID[:]).Scan(&version, &d.Epoch, &seq, &d.NextDue, &d.Body))
	d.Version, d.Seq = position(version), position(seq)
	return d, there, err
}

// atOnce is how many rows one query reads by their keys.
const atOnce = 64

// Documents hands out those of the documents that there are, all of one kind, in any order.
func (v *View) Documents(kind syncproto.DocKind, ids []syncproto.ID, take func(Document) error) error {
	return v.together(readDocuments, []any{kind}, ids, func(rows *sql.Rows) error {
		d, err := scanDocument(rows)
		if err != nil {
			return err
		}
		return take(d)
	})
}

// Commands hands out those of the commands that came before, in any order.
func (v *View) Commands(ids []syncproto.ID, take func(Command)) error {
	return v.together(readCommands, nil, ids, func(rows *sql.Rows) error {
		c, err := scanCommand(rows)
		if err == nil {
			take(c)
		}
		return err
	})
}

// together runs a query for as many ids at once as it asks for.
func (v *View) together(name string, first []any, ids []syncproto.ID, take func(*sql.Rows) error) error {
	for some := range slices.Chunk(ids, atOnce) {
		values := slices.Clone(first)
		for n := range atOnce { // there are always as many: the last stands for those that are not
			values = append(values, some[min(n, len(some)-1)][:])
		}
		if err := v.each(name, take, values...); err != nil {
			return err
		}
	}
	return nil
}

// Command is what became of a command; false where it never came.
func (v *View) Command(id syncproto.ID) (Command, bool, error) {
	c := Command{ID: id}
	var hash, device []byte
	var seq int64
	there, err := found(readCommand, v.row(readCommand, id[:]).Scan(&hash, &device, &c.Outcome, &seq, &c.Verdict))
	copy(c.Hash[:], hash)
	copy(c.Device[:], device)
	c.Seq = position(seq)
	return c, there, err
}

// Line is the last link of an incarnation; the zero Link where nothing came of it.
func (v *View) Line(device, incarnation syncproto.ID) (syncproto.Link, error) {
	var link syncproto.Link
	var counter int64
	var hash []byte
	_, err := found(readLine, v.row(readLine, device[:], incarnation[:]).Scan(&counter, &hash))
	copy(link.Hash[:], hash)
	link.Counter = position(counter)
	return link, err
}

// LastOf is the newest entry that decided a command of the device, or says what the device was told
// of one; 0 where there is none.
func (v *View) LastOf(device syncproto.ID) (uint64, error) {
	var decided, told int64
	_, err := found(readLastOf, v.row(readLastOf, device[:]).Scan(&decided))
	if err == nil {
		_, err = found(readToldOf, v.row(readToldOf, device[:]).Scan(&told))
	}
	return position(max(decided, told)), err
}

// Parked are all commands that wait, in the order in which they were parked.
func (v *View) Parked() ([]Parked, error) {
	var all []Parked
	return all, v.each(readAllParked, func(rows *sql.Rows) error {
		p, err := scanParked(rows)
		all = append(all, p)
		return err
	})
}

func scanParked(rows *sql.Rows) (Parked, error) {
	var p Parked
	var seq, told int64
	var command, device, subject, doc []byte
	err := rows.Scan(&command, &seq, &device, &p.Subject.Kind, &subject, &p.Code, &p.Doc.Kind, &doc, &told)
	copy(p.Command[:], command)
	copy(p.Device[:], device)
	copy(p.Subject.ID[:], subject)
	copy(p.Doc.ID[:], doc)
	p.Seq, p.Told = position(seq), position(told)
	return p, err
}

// Refusals are all documents whose making was rejected, in the order of the log.
func (v *View) Refusals() ([]Refusal, error) {
	var all []Refusal
	return all, v.each(readRefusals, func(rows *sql.Rows) error {
		var r Refusal
		var id []byte
		var seq int64
		err := rows.Scan(&r.Ref.Kind, &id, &seq)
		copy(r.Ref.ID[:], id)
		r.Seq = position(seq)
		all = append(all, r)
		return err
	})
}

// Rejections are the entries of all commands that were rejected, in order.
func (v *View) Rejections() ([]uint64, error) {
	var all []uint64
	return all, v.each(readRejections, func(rows *sql.Rows) error {
		var seq int64
		err := rows.Scan(&seq)
		all = append(all, position(seq))
		return err
	})
}
