package store

import (
	"context"
	"database/sql"
	"errors"
	"fmt"

	"redress/syncproto"
)

// Restoration is a restore of the log to an earlier state.
type Restoration struct {
	Epoch uint32 // that began with it
	Older bool   // grants may be forgotten: accounts are frozen
	// Since is the epoch that began with the newest older one, Months the last month of which
	// authority may have been handed out before it, and Thawed are the managers whose accounts are
	// not frozen any more.
	Since  uint32
	Months syncproto.Month
	// Newest is Months of the newest restore of all.
	Newest     syncproto.Month
	Thawed     []syncproto.ID
	Coded      []syncproto.ID // may have devices that it forgot: no report of devices thaws their accounts
	Collecting bool           // what the state lacks is still being handed in
	Missing    []syncproto.ID // devices that had not said what they were told when that ended, and have not since
}

// Reoffered is a command that the restored state lacks, with what was told of it first; a
// zero First where nothing was.
type Reoffered struct {
	Command syncproto.Envelope
	First   syncproto.Verdict
}

// Restored begins a new epoch, in one transaction with b, whose entries are its first. Every
// document is vouched for anew: what a desk has of the epochs before is older, whatever its
// version (counterexample C6).
func (s *Store) Restored(ctx context.Context, r Restoration, b Batch, again []Reoffered) (err error) {
	const doing = "beginning a new epoch"
	id, err := s.Identity(ctx)
	if err != nil {
		return fmt.Errorf("%s: %w", doing, err)
	}
	tx, err := s.writer.BeginTx(ctx, nil)
	if err != nil {
		return fmt.Errorf("%s: %w", doing, sorted(err))
	}
	defer func() {
		if err != nil {
			err = fmt.Errorf("%s: %w", doing, errors.Join(sorted(err), ignoreDone(tx.Rollback())))
		}
	}()
	w := writing{ctx: ctx, tx: tx, statements: s.insert}
	w.batch(b)
	if w.err != nil {
		return w.err
	}
	exec := func(text string, values ...any) {
		if err == nil {
			_, err = tx.ExecContext(ctx, text, values...)
		}
	}
	exec(`UPDATE identity SET epoch = ?`, r.Epoch)
	exec(`UPDATE document SET epoch = ?`, r.Epoch)
	exec(`INSERT INTO restoration (epoch, older, months, coded, collecting) VALUES (?, ?, ?, ?, 1)`, r.Epoch, r.Older, r.Months, syncproto.MustEncode(r.Coded))
	if r.Older {
		exec(`DELETE FROM thawed`)
	}
	exec(`DELETE FROM reoffered`)
	for n, one := range again {
		first := []byte{}
		if !one.First.IsZero() {
			first = syncproto.MustEncode(one.First)
		}
		// They are counted here: the command line may have gone on in another line, which counts anew.
		exec(`INSERT INTO reoffered (counter, envelope, first) VALUES (?, ?, ?)`, n+1, syncproto.MustEncode(one.Command), first)
	}
	if err == nil {
		err = recount(ctx, tx, id.LogID) // the epoch is in what is counted
	}
	if err != nil {
		return err
	}
	return tx.Commit()
}

func ignoreDone(err error) error {
	if errors.Is(err, sql.ErrTxDone) {
		return nil
	}
	return err
}

// Collected ends the collecting of every restore, without what the missing devices were told;
// or says anew which are missing.
func (s *Store) Collected(ctx context.Context, missing []syncproto.ID) error {
	_, err := s.writer.ExecContext(ctx, `UPDATE restoration SET collecting = 0, missing = ?`, syncproto.MustEncode(missing))
	if err == nil {
		_, err = s.writer.ExecContext(ctx, `DELETE FROM reoffered`)
	}
	if err != nil {
		return fmt.Errorf("ending the collecting: %w", sorted(err))
	}
	return nil
}

// Restoration is what is still in force of the restores of the log: the newest epoch, whether
// it is collecting, and what the newest restore to an older state has frozen.
func (s *Store) Restoration(ctx context.Context) (Restoration, error) {
	const doing = "reading the restores"
	var r Restoration
	var coded, missing []byte
	err := s.readers.QueryRowContext(ctx, `SELECT coalesce(max(epoch), 0), coalesce(max(collecting), 0), coalesce(max(older), 0), coalesce(max(months), 0),
		coalesce((SELECT max(epoch) FROM restoration WHERE older = 1), 0),
		coalesce((SELECT months FROM restoration WHERE older = 1 ORDER BY epoch DESC LIMIT 1), 0),
		coalesce((SELECT coded FROM restoration WHERE older = 1 ORDER BY epoch DESC LIMIT 1), x''),
		coalesce((SELECT missing FROM restoration ORDER BY epoch DESC LIMIT 1), x'') FROM restoration`).
		Scan(&r.Epoch, &r.Collecting, &r.Older, &r.Newest, &r.Since, &r.Months, &coded, &missing)
	if err == nil && len(coded) > 0 {
		err = syncproto.Decode(coded, &r.Coded)
	}
	if err == nil && len(missing) > 0 {
		err = syncproto.Decode(missing, &r.Missing)
	}
	if err != nil {
		return r, fmt.Errorf("%s: %w", doing, sorted(err))
	}
	rows, err := s.readers.QueryContext(ctx, `SELECT manager FROM thawed ORDER BY manager`)
	if err != nil {
		return r, fmt.Errorf("%s: %w", doing, sorted(err))
	}
	for rows.Next() {
		var manager []byte
		if err = rows.Scan(&manager); err != nil {
			break
		}
		var id syncproto.ID
		copy(id[:], manager)
		r.Thawed = append(r.Thawed, id)
	}
	if err = errors.Join(err, rows.Err(), rows.Close()); err != nil {
		return r, fmt.Errorf("%s: %w", doing, sorted(err))
	}
	return r, nil
}

// Reoffered are the commands of the command line that the last restore found forgotten.
func (s *Store) Reoffered(ctx context.Context) ([]Reoffered, error) {
	const doing = "reading what is to be decided again"
	rows, err := s.readers.QueryContext(ctx, `SELECT envelope, first FROM reoffered ORDER BY counter`)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", doing, sorted(err))
	}
	var all []Reoffered
	for rows.Next() {
		var one Reoffered
		var envelope, first []byte
		if err = rows.Scan(&envelope, &first); err != nil {
			break
		}
		if err = syncproto.Decode(envelope, &one.Command); err == nil && len(first) > 0 {
			err = syncproto.Decode(first, &one.First)
		}
		if err != nil {
			break
		}
		all = append(all, one)
	}
	if err = errors.Join(err, rows.Err(), rows.Close()); err != nil {
		return nil, fmt.Errorf("%s: %w", doing, sorted(err))
	}
	return all, nil
}
