package store

import (
	"context"
	"fmt"
)

// A clock that has jumped is not believed until an operator says that it is right, whatever starts
// the server in between. So it lies here, beside the log: no copy of that remembers it.

// NoteDoubt keeps whether the clock has jumped and nobody has said since that it is right.
func (s *Store) NoteDoubt(ctx context.Context, jumped bool) error {
	text := `DELETE FROM doubt`
	if jumped {
		text = `INSERT INTO doubt (jumped) VALUES (1) ON CONFLICT DO NOTHING`
	}
	if _, err := s.writer.ExecContext(ctx, text); err != nil {
		return fmt.Errorf("keeping whether the clock is believed: %w", sorted(err))
	}
	return nil
}

// Doubt is what NoteDoubt kept.
func (s *Store) Doubt(ctx context.Context) (jumped bool, err error) {
	if err := s.readers.QueryRowContext(ctx, `SELECT EXISTS (SELECT 1 FROM doubt)`).Scan(&jumped); err != nil {
		return false, fmt.Errorf("reading whether the clock is believed: %w", sorted(err))
	}
	return jumped, nil
}
