package replica

import (
	"context"
	"errors"
	"fmt"
)

// FillDisk leaves the database no room to grow; 0 gives it back.
func (r *Replica) FillDisk(ctx context.Context, full bool) error {
	limit := 1 << 30
	if full {
		limit = 1 // SQLite takes the pages there are
	}
	_, err := r.writer.ExecContext(ctx, fmt.Sprintf(`PRAGMA max_page_count = %d`, limit))
	return err
}

// Impatient has the writer wait for no other program.
func (r *Replica) Impatient(ctx context.Context) error {
	_, err := r.writer.ExecContext(ctx, `PRAGMA busy_timeout = 0`)
	return err
}

// Index is all that stands in the index, a line a term: the document, where, and which; then
// who and which car is known here. It is in the order of the documents, whatever their places.
func (r *Replica) Index(ctx context.Context) (lines []string, err error) {
	db, err := r.writer.Conn(ctx)
	if err != nil {
		return nil, err
	}
	defer func() { err = errors.Join(err, db.Close()) }()
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
