package store

import (
	"context"
	"errors"
	"fmt"

	"redress/syncproto"
)

// Presence is when a desk was heard last, and what it said then: Waiting commands that had
// not arrived as of Announced.
type Presence struct {
	Device    syncproto.ID
	Seen      syncproto.Instant
	Waiting   uint64
	Announced syncproto.Instant
	HandsIn   bool
	Program   string
	Version   uint16
}

const setPresenceSQL = `INSERT INTO presence (device, seen, waiting, announced, hands_in, program, version) VALUES (?, ?, ?, ?, ?, ?, ?)
	ON CONFLICT DO UPDATE SET seen = excluded.seen, waiting = excluded.waiting, announced = excluded.announced,
		hands_in = excluded.hands_in, program = excluded.program, version = excluded.version`

// SetPresence keeps what is known of these desks, in one transaction for all of them.
func (s *Store) SetPresence(ctx context.Context, desks []Presence) (err error) {
	const doing = "keeping when desks were heard"
	tx, err := s.writer.BeginTx(ctx, nil)
	if err != nil {
		return fmt.Errorf("%s: %w", doing, sorted(err))
	}
	for _, p := range desks {
		_, err := tx.ExecContext(ctx, setPresenceSQL, p.Device[:], int64(p.Seen), integer(p.Waiting), int64(p.Announced), p.HandsIn, p.Program, p.Version)
		if err != nil {
			return errors.Join(fmt.Errorf("%s: %w", doing, sorted(err)), tx.Rollback())
		}
	}
	if err := tx.Commit(); err != nil {
		return fmt.Errorf("%s: %w", doing, sorted(err))
	}
	return nil
}

// Presence is what is known of every desk that was ever heard, in the order of their ids.
func (s *Store) Presence(ctx context.Context) ([]Presence, error) {
	const doing = "reading when desks were heard"
	rows, err := s.readers.QueryContext(ctx, `SELECT device, seen, waiting, announced, hands_in, program, version FROM presence ORDER BY device`)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", doing, sorted(err))
	}
	var all []Presence
	for rows.Next() {
		var p Presence
		var device []byte
		var waiting int64
		if err = rows.Scan(&device, &p.Seen, &waiting, &p.Announced, &p.HandsIn, &p.Program, &p.Version); err != nil {
			break
		}
		copy(p.Device[:], device)
		p.Waiting = position(waiting)
		all = append(all, p)
	}
	if err = errors.Join(err, rows.Err(), rows.Close()); err != nil {
		return nil, fmt.Errorf("%s: %w", doing, sorted(err))
	}
	return all, nil
}
