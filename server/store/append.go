package store

import (
	"context"
	"database/sql"
	"errors"
	"fmt"

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
)

const headSQL = `SELECT epoch, seq, chain FROM entry ORDER BY seq DESC LIMIT 1`

var insertSQL = map[string]string{
	readHead: headSQL,
	addEntry: `INSERT INTO entry (seq, epoch, header, payload, chain) VALUES (?, ?, ?, ?, ?)`,
	putDocument: `INSERT INTO document (kind, id, version, epoch, seq, next_due, body) VALUES (?, ?, ?, ?, ?, ?, ?)
		ON CONFLICT DO UPDATE SET version = excluded.version, epoch = excluded.epoch, seq = excluded.seq,
			next_due = excluded.next_due, body = excluded.body`,
	addHistory: `INSERT INTO history (kind, id, version, seq, entry) VALUES (?, ?, ?, ?, ?)`,
	putMember: `INSERT INTO membership (bucket, kind, id, seq, present, since) VALUES (?, ?, ?, ?, ?, ?)
		ON CONFLICT DO UPDATE SET seq = excluded.seq, present = excluded.present,
			since = CASE excluded.since WHEN 0 THEN since ELSE excluded.since END`,
	putCommand: `INSERT INTO command (id, hash, device, outcome, seq, verdict) VALUES (?, ?, ?, ?, ?, ?)
		ON CONFLICT DO UPDATE SET outcome = excluded.outcome, seq = excluded.seq, verdict = excluded.verdict`,
	putLine: `INSERT INTO line (device, incarnation, counter, hash) VALUES (?, ?, ?, ?)
		ON CONFLICT DO UPDATE SET counter = excluded.counter, hash = excluded.hash`,
	putParked: `INSERT INTO parked (command, seq, device, subject_kind, subject_id, code, doc_kind, doc_id) VALUES (?, ?, ?, ?, ?, ?, ?, ?)
		ON CONFLICT DO UPDATE SET code = excluded.code, doc_kind = excluded.doc_kind, doc_id = excluded.doc_id`,
	removeParked: `DELETE FROM parked WHERE command = ?`,
	putRefusal:   `INSERT INTO refused (kind, id, seq) VALUES (?, ?, ?)`,
	takeBack:     `DELETE FROM refused WHERE kind = ? AND id = ?`,
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

func (w *writing) batch(b Batch) {
	head, err := scanHead(w.tx.StmtContext(w.ctx, w.statements[readHead]).QueryRowContext(w.ctx))
	switch {
	case err != nil:
		w.err = err
	case head != b.After:
		w.err = fmt.Errorf("%w: it ends at %d/%d", ErrMoved, head.Epoch, head.Seq)
	}
	for i, e := range b.Entries {
		w.do(addEntry, integer(b.After.Seq+uint64(i)+1), b.Epoch, e.Header, e.Payload, e.Chain[:])
	}
	for _, d := range b.Documents {
		w.do(putDocument, d.Ref.Kind, d.Ref.ID[:], integer(d.Version), d.Epoch, integer(d.Seq), int64(d.NextDue), d.Body)
	}
	for _, h := range b.History {
		w.do(addHistory, h.Ref.Kind, h.Ref.ID[:], integer(h.Version), integer(h.Seq), h.Entry)
	}
	for _, m := range b.Memberships {
		w.do(putMember, m.Bucket[:], m.Ref.Kind, m.Ref.ID[:], integer(m.Seq), m.Present, integer(m.Since))
	}
	for _, c := range b.Commands {
		w.do(putCommand, c.ID[:], c.Hash[:], c.Device[:], c.Outcome, integer(c.Seq), c.Verdict)
	}
	for _, l := range b.Lines {
		w.do(putLine, l.Device[:], l.Incarnation[:], integer(l.Link.Counter), l.Link.Hash[:])
	}
	for _, p := range b.Parked {
		w.do(putParked, p.Command[:], integer(p.Seq), p.Device[:], p.Subject.Kind, p.Subject.ID[:], p.Code, p.Doc.Kind, p.Doc.ID[:])
	}
	for _, id := range b.Released {
		w.do(removeParked, id[:])
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
