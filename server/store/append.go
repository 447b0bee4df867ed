package store

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"maps"
	"strings"

	"redress/syncproto"
)

// statements are prepared once for each of its pools.
type statements map[string]*sql.Stmt

const (
	readHead     = "read head"
	addEntry     = "add entry"
	putDocument  = "put document"
	addHistory   = "add history"
	putMember    = "put membership"
	putCommand   = "put command"
	putLine      = "put line"
	putParked    = "put parked"
	removeParked = "remove parked"
	putRefusal   = "put refusal"
	takeBack     = "take a refusal back"

	putRestoration = "put restoration"
	freezeAll      = "freeze all accounts"
	putThawed      = "put thawed"
)

const headSQL = `SELECT epoch, seq, chain FROM entry ORDER BY seq DESC LIMIT 1`

var insertSQL = map[string]string{
	readHead: headSQL,
	addEntry: `INSERT OR FAIL INTO entry (seq, epoch, header, payload, chain) VALUES (?, ?, ?, ?, ?)`,
	putDocument: `INSERT INTO document (kind, id, version, epoch, seq, next_due, body) VALUES (?, ?, ?, ?, ?, ?, ?)
		ON CONFLICT DO UPDATE SET version = excluded.version, epoch = excluded.epoch, seq = excluded.seq,
			next_due = excluded.next_due, body = excluded.body`,
	addHistory: `INSERT OR FAIL INTO history (kind, id, version, seq, entry) VALUES (?, ?, ?, ?, ?)`,
	putMember: `INSERT INTO membership (bucket, kind, id, seq, present, since) VALUES (?, ?, ?, ?, ?, ?)
		ON CONFLICT DO UPDATE SET seq = excluded.seq, present = excluded.present,
			since = CASE excluded.since WHEN 0 THEN since ELSE excluded.since END`,
	putCommand: `INSERT INTO command (id, hash, device, outcome, seq, verdict) VALUES (?, ?, ?, ?, ?, ?)
		ON CONFLICT DO UPDATE SET outcome = excluded.outcome, seq = excluded.seq, verdict = excluded.verdict`,
	putLine: `INSERT INTO line (device, incarnation, counter, hash) VALUES (?, ?, ?, ?)
		ON CONFLICT DO UPDATE SET counter = excluded.counter, hash = excluded.hash`,
	putParked: `INSERT INTO parked (command, seq, device, subject_kind, subject_id, code, doc_kind, doc_id, told) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)
		ON CONFLICT DO UPDATE SET told = excluded.told, code = excluded.code, doc_kind = excluded.doc_kind, doc_id = excluded.doc_id`,
	removeParked: `DELETE FROM parked WHERE command = ?`,
	putRefusal:   `INSERT INTO refused (kind, id, seq) VALUES (?, ?, ?)`,
	takeBack:     `DELETE FROM refused WHERE kind = ? AND id = ?`,
	readSums:     selectSums,
	putSums: `INSERT INTO bucket_sums (bucket, sums) VALUES (?, ?)
		ON CONFLICT (bucket) DO UPDATE SET sums = excluded.sums`,

	putRestoration: `INSERT INTO restoration (epoch, older, months, coded, collecting) VALUES (?, ?, ?, ?, 0)`,
	freezeAll:      `DELETE FROM thawed`,
	putThawed:      `INSERT INTO thawed (manager) VALUES (?) ON CONFLICT DO NOTHING`,
}

// together is how many rows one statement writes at once where there are so many: most of
// what a small row costs is the statement around it.
const together = 128

// ofMany are the statements that a batch has many rows for.
var ofMany = []string{addEntry, putDocument, addHistory, putMember, putCommand, putSums}

// many names the statement that writes together rows.
func many(name string) string { return name + ", many" }

// writerSQL are all statements of the writer.
func writerSQL() map[string]string {
	texts := maps.Clone(insertSQL)
	for _, name := range ofMany {
		head, rest, _ := strings.Cut(insertSQL[name], "VALUES (")
		row, tail, _ := strings.Cut(rest, ")")
		texts[many(name)] = head + "VALUES (" + row + ")" + strings.Repeat(", ("+row+")", together-1) + tail
	}
	return texts
}

func prepareAll(ctx context.Context, db *sql.DB, texts map[string]string) (statements, error) {
	prepared := statements{}
	for name, text := range texts {
		statement, err := db.PrepareContext(ctx, text)
		if err != nil {
			return nil, fmt.Errorf("preparing %q: %w", name, err)
		}
		prepared[name] = statement
	}
	return prepared, nil
}

// Append writes the batch in one transaction and returns when it is on the disk.
//
// ErrMoved, ErrFull and ErrBusy leave everything as it was. After ErrUncertain nobody can tell what
// is on the disk; the caller must stop. Any other error leaves everything as it was.
func (s *Store) Append(ctx context.Context, b Batch) error {
	tx, err := s.writer.BeginTx(ctx, nil)
	if err != nil {
		return fmt.Errorf("appending %d entries: %w", len(b.Entries), sorted(err))
	}
	w := writing{ctx: ctx, tx: tx, statements: s.insert}
	w.batch(b)
	if w.err != nil {
		err := fmt.Errorf("appending %d entries after %d: %w", len(b.Entries), b.After.Seq, sorted(w.err))
		// Where the disk is full SQLite has taken it back by itself.
		if undo := tx.Rollback(); undo != nil && !errors.Is(err, ErrFull) {
			return fmt.Errorf("%w: %w: taking it back: %w", ErrUncertain, err, undo)
		}
		return err
	}
	if err := tx.Commit(); err != nil {
		// SQLite has either taken the transaction back or not; a failed sync can be either.
		err = fmt.Errorf("committing %d entries after %d: %w", len(b.Entries), b.After.Seq, sorted(err))
		if Passing(err) {
			return err
		}
		return fmt.Errorf("%w: %w", ErrUncertain, err)
	}
	return nil
}

// writing is one transaction under way; after the first error it does nothing more.
type writing struct {
	ctx        context.Context //nolint:containedctx // lives as long as the one transaction
	tx         *sql.Tx
	statements statements
	err        error
}

func (w *writing) do(name string, values ...any) {
	if w.err != nil {
		return
	}
	if _, err := w.tx.StmtContext(w.ctx, w.statements[name]).ExecContext(w.ctx, values...); err != nil {
		w.err = fmt.Errorf("%s: %w", name, err)
	}
}

// each writes n rows, together where there are enough of them, in their order.
func (w *writing) each(name string, n int, row func(int) []any) {
	i := 0
	for ; n-i >= together; i += together {
		var values []any
		for j := range together {
			values = append(values, row(i+j)...)
		}
		w.do(many(name), values...)
	}
	for ; i < n; i++ {
		w.do(name, row(i)...)
	}
}

func (w *writing) batch(b Batch) {
	head, err := scanHead(w.tx.StmtContext(w.ctx, w.statements[readHead]).QueryRowContext(w.ctx))
	switch {
	case err != nil:
		w.err = err
	case head != b.After:
		w.err = fmt.Errorf("%w: it ends at %d/%d", ErrMoved, head.Epoch, head.Seq)
	}
	w.each(addEntry, len(b.Entries), func(i int) []any {
		e := &b.Entries[i]
		return []any{integer(b.After.Seq + uint64(i) + 1), b.Epoch, e.Header, e.Payload, e.Chain[:]}
	})
	w.each(putDocument, len(b.Documents), func(i int) []any {
		d := &b.Documents[i]
		return []any{d.Ref.Kind, d.Ref.ID[:], integer(d.Version), d.Epoch, integer(d.Seq), int64(d.NextDue), d.Body}
	})
	w.each(addHistory, len(b.History), func(i int) []any {
		h := &b.History[i]
		return []any{h.Ref.Kind, h.Ref.ID[:], integer(h.Version), integer(h.Seq), h.Entry}
	})
	w.each(putMember, len(b.Memberships), func(i int) []any {
		m := &b.Memberships[i]
		return []any{m.Bucket[:], m.Ref.Kind, m.Ref.ID[:], integer(m.Seq), m.Present, integer(m.Since)}
	})
	w.each(putCommand, len(b.Commands), func(i int) []any {
		c := &b.Commands[i]
		return []any{c.ID[:], c.Hash[:], c.Device[:], c.Outcome, integer(c.Seq), c.Verdict}
	})
	w.recount(b.Recounts)
	for _, l := range b.Lines {
		w.do(putLine, l.Device[:], l.Incarnation[:], integer(l.Link.Counter), l.Link.Hash[:])
	}
	for _, p := range b.Parked {
		w.do(putParked, p.Command[:], integer(p.Seq), p.Device[:], p.Subject.Kind, p.Subject.ID[:], p.Code, p.Doc.Kind, p.Doc.ID[:], integer(p.Told))
	}
	for _, id := range b.Released {
		w.do(removeParked, id[:])
	}
	for _, r := range b.Restored {
		w.do(putRestoration, r.Epoch, r.Older, r.Months, syncproto.MustEncode(r.Coded))
		if r.Older {
			w.do(freezeAll)
		}
	}
	for _, manager := range b.Thawed {
		w.do(putThawed, manager[:])
	}
	for _, r := range b.Refused {
		if r.Seq == 0 {
			w.do(takeBack, r.Ref.Kind, r.Ref.ID[:])
			continue
		}
		w.do(putRefusal, r.Ref.Kind, r.Ref.ID[:], integer(r.Seq))
	}
}

func scanHead(row *sql.Row) (Head, error) {
	var head Head
	var seq int64
	var chain []byte
	err := row.Scan(&head.Epoch, &seq, &chain)
	if errors.Is(err, sql.ErrNoRows) {
		return Head{}, nil
	}
	if err != nil {
		return Head{}, fmt.Errorf("reading the head: %w", err)
	}
	if len(chain) != len(head.Chain) {
		return Head{}, fmt.Errorf("reading the head: %w", ErrDamaged)
	}
	head.Seq, head.Chain = position(seq), syncproto.Hash(chain)
	return head, nil
}

// integer and position turn log positions, versions and counters into SQLite's integers
// and back. They count from 1 and never come near 2⁶³.
func integer(n uint64) int64 { return int64(n) }

func position(n int64) uint64 { return uint64(n) }
