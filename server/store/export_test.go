package store

import (
	"context"
	"strconv"
)

// LimitPages lets the database have no more than so many pages: a disk that is full.
func (s *Store) LimitPages(ctx context.Context, pages int) error {
	_, err := s.writer.ExecContext(ctx, `PRAGMA max_page_count = `+strconv.Itoa(pages))
	return err
}

// Pages is how many pages the database has.
func (s *Store) Pages(ctx context.Context) (pages int, err error) {
	return pages, s.writer.QueryRowContext(ctx, `PRAGMA page_count`).Scan(&pages)
}

// Impatient has the writer wait for no other program.
func (s *Store) Impatient(ctx context.Context) error {
	_, err := s.writer.ExecContext(ctx, `PRAGMA busy_timeout = 0`)
	return err
}
