package replica

import (
	"bytes"
	"context"
	"crypto/ed25519"
	"database/sql"
	"errors"
	"fmt"
	"slices"

	"redress/syncproto"
)

// ApplyVerdicts takes in what the server says of commands. received is the counter up to
// which this incarnation's commands are safe with it. A verdict whose signature does not
// fit is a Problem, and none of them is taken in.
func (r *Replica) ApplyVerdicts(ctx context.Context, verdicts []syncproto.Verdict, received uint64) error {
	return r.commit(ctx, "taking in verdicts", func(c *change) error {
		if err := c.markSent(received); err != nil {
			return err
		}
		for _, v := range verdicts {
			if err := c.settle(v); err != nil {
				return err
			}
		}
		return nil
	})
}

func (c *change) markSent(received uint64) error {
	return c.exec("noting what is safe with the server", `UPDATE outbox SET sent = 1
		WHERE incarnation = ? AND counter <= ? AND sent = 0`, c.self.incarnation[:], received)
}

// markUnsent takes that back where a restored server has this line only up to counter.
func (c *change) markUnsent(counter uint64) error {
	return c.exec("noting what is only here again", `UPDATE outbox SET sent = 0
		WHERE incarnation = ? AND counter > ? AND sent = 1`, c.self.incarnation[:], counter)
}

// settle takes in one verdict. The first is kept for ever, and what is final stays in its epoch;
// the same verdict again changes nothing. What a restored server decided anew is told by that.
// A rejected command leaves the overlay at once, an accepted one when the cursor has come to its
// entry: it may be told of before.
func (c *change) settle(v syncproto.Verdict) error {
	position, outcome, before, err := c.commandOf(v)
	if err != nil {
		return err
	}
	if !bytes.Equal(syncproto.MustEncode(v), before) && !v.Verify(c.self.logID, c.self.serverKey) {
		return &syncproto.Problem{Code: syncproto.CodeUnsigned, Doing: "taking in a verdict", Detail: v.Command.String()}
	}
	if position == 0 {
		return nil // a command this file does not know was made before it was set back
	}
	told := readVerdict(before)
	if final := outcome == syncproto.Accepted || outcome == syncproto.Rejected; !final || told == nil || told.Epoch < v.Epoch {
		if err := c.record(position, v); err != nil {
			return err
		}
		if outcome == syncproto.Rejected { // it had left, and waits or will be there after all
			if err := c.showUnconfirmed(position); err != nil {
				return err
			}
		}
		outcome = v.Outcome
	}
	if outcome == syncproto.Rejected {
		return c.leaveOverlay(position)
	}
	if outcome == syncproto.Accepted && c.entered(&v) {
		return c.leaveRead(position)
	}
	if outcome != syncproto.Accepted {
		return nil
	}
	// What of it is not over a body any more may have left, and was kept in limbo for this verdict.
	refs, err := c.refs(`SELECT DISTINCT kind, id FROM command_event WHERE position = ? AND overlaid = 0`, position)
	for _, ref := range refs {
		c.touch(ref, done)
	}
	return err
}

// commandOf finds the command a verdict is on: its position, 0 where it is not known
// here, and what was known of it, with the verdict it had.
func (c *change) commandOf(v syncproto.Verdict) (position int64, outcome syncproto.Outcome, before []byte, err error) {
	var data []byte
	err = c.row(`SELECT position, outcome, envelope, verdict FROM outbox WHERE id = ?`, v.Command[:]).Scan(&position, &outcome, &data, &before)
	if errors.Is(err, sql.ErrNoRows) {
		return 0, 0, nil, nil
	}
	if err != nil {
		return 0, 0, nil, fmt.Errorf("looking for the command of a verdict: %w", err)
	}
	if c.contradicts(data, v) {
		return 0, 0, nil, &syncproto.Problem{Code: syncproto.CodeSameIDOtherHash, Doing: "taking in a verdict", Detail: v.Command.String()}
	}
	return position, outcome, before, nil
}

// contradicts says that a verdict is on another command than the one of this device with its id. A row
// that a disk has damaged does not: neither the verdict nor what comes with it would ever be taken in.
func (c *change) contradicts(row []byte, v syncproto.Verdict) bool {
	var e syncproto.Envelope
	if syncproto.Decode(row, &e) != nil || e.CommandHash() == v.Hash {
		return false
	}
	public, _ := c.key.Public().(ed25519.PublicKey)
	return ed25519.Verify(public, e.Intent, e.Signature)
}

// positions are those commands of a query for position, outcome and verdict that are such.
func (c *change) positions(query string, such func(syncproto.Outcome, *syncproto.Verdict) bool, arguments ...any) ([]int64, error) {
	const doing = "looking through the outbox"
	rows, err := c.query(query, arguments...)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", doing, err)
	}
	defer rows.Close() //nolint:errcheck // rows.Err says what went wrong
	var all []int64
	for rows.Next() {
		var position int64
		var outcome syncproto.Outcome
		var told []byte
		if err := rows.Scan(&position, &outcome, &told); err != nil {
			return nil, fmt.Errorf("%s: %w", doing, err)
		}
		if such(outcome, readVerdict(told)) {
			all = append(all, position)
		}
	}
	if err := rows.Err(); err != nil {
		return nil, fmt.Errorf("%s: %w", doing, err)
	}
	return all, nil
}

// record writes the verdict down. What is not plainly accepted becomes a card, and stays
// one until the person puts it away.
func (c *change) record(position int64, v syncproto.Verdict) error {
	data := syncproto.MustEncode(v)
	asBefore, err := c.saysAsFirst(position, v)
	if err != nil {
		return err
	}
	if err := c.exec("writing a verdict", `UPDATE outbox SET outcome = ?, verdict = ?, first_verdict = coalesce(first_verdict, ?),
		sent = 1, card = max(card, ?) WHERE position = ?`, v.Outcome, data, data, !v.Plain() && !asBefore, position); err != nil {
		return err
	}
	if v.Outcome != syncproto.Accepted {
		return nil
	}
	return c.exec("making a grant usable", `UPDATE grants SET usable = 1 WHERE taken_by = ?`, v.Command[:])
}

// saysAsFirst says that the person was told the very same before: a restored server has
// decided the command again, and a card that was put away does not come back for it.
func (c *change) saysAsFirst(position int64, v syncproto.Verdict) (bool, error) {
	var data, newest []byte
	if err := c.row(`SELECT first_verdict, verdict FROM outbox WHERE position = ?`, position).Scan(&data, &newest); err != nil {
		return false, fmt.Errorf("reading what was told first: %w", err)
	}
	first := promised(data, newest)
	if data == nil || first == nil || first.Epoch == v.Epoch {
		return false, nil
	}
	return first.Outcome == v.Outcome && slices.EqualFunc(first.Findings, v.Findings, func(a, b syncproto.Finding) bool { return a.Code == b.Code }), nil
}

// entered says that the cursor has come to a verdict's entry.
func (c *change) entered(v *syncproto.Verdict) bool {
	return v != nil && v.Epoch == c.self.epoch && v.Seq <= c.self.cursor
}

// leaveRead ends the overlay of a command whose entry the cursor has come to: while everything is read anew, only
// over what was read, or has left, also what was only kept for this. Nothing that lies before comes with the first
// delta of that, and the page may be long in coming.
func (c *change) leaveRead(position int64) error {
	if !c.self.sweeping {
		return c.leaveOverlay(position)
	}
	refs, err := c.refs(`SELECT DISTINCT e.kind, e.id FROM command_event e JOIN document d USING (kind, id)
		WHERE e.position = ? AND (d.epoch = ? OR d.limbo = 1)`, position, c.self.epoch)
	if err != nil {
		return err
	}
	for _, ref := range refs {
		if err := c.leave(position, ref); err != nil {
			return err
		}
		c.touch(ref, done)
	}
	return nil
}

// leave ends what a command did to a document as something over it.
func (c *change) leave(position int64, ref syncproto.Ref) error {
	return c.exec("ending the overlay of a command", `UPDATE command_event SET overlaid = 0 WHERE kind = ? AND id = ? AND position = ?`,
		ref.Kind, ref.ID[:], position)
}

func (c *change) leaveOverlay(position int64) error {
	refs, err := c.refs(`SELECT DISTINCT kind, id FROM command_event WHERE position = ?`, position)
	if err != nil {
		return err
	}
	for _, ref := range refs {
		c.touch(ref, done)
	}
	return c.exec("ending the overlay of a command", `UPDATE command_event SET overlaid = 0 WHERE position = ? AND overlaid = 1`, position)
}

// leavePassed ends the overlay of the accepted commands whose entries the cursor has come
// to now. Their verdicts may have been told of earlier, by a part of a catch-up or on their
// own; and of what has left this desk there is no history that would end it.
func (c *change) leavePassed() error {
	passed, err := c.positions(`SELECT o.position, o.outcome, o.verdict FROM outbox o WHERE o.outcome = ?
		AND o.position IN (SELECT position FROM command_event WHERE overlaid = 1) ORDER BY o.position`,
		func(_ syncproto.Outcome, v *syncproto.Verdict) bool { return c.entered(v) }, syncproto.Accepted)
	if err != nil {
		return err
	}
	for _, position := range passed {
		if err := c.leaveRead(position); err != nil {
			return err
		}
	}
	return nil
}

// Dismiss puts a card away that tells a verdict: only the person does that, and not while the command is still
// parked, when there is more to come. Where it has another verdict by now, they have not read that yet.
func (r *Replica) Dismiss(ctx context.Context, command syncproto.ID, told *syncproto.Verdict) error {
	const doing = "putting a card away"
	return r.commit(ctx, doing, func(c *change) error {
		var newest []byte
		err := c.row(`SELECT verdict FROM outbox WHERE id = ?`, command[:]).Scan(&newest)
		if errors.Is(err, sql.ErrNoRows) || err == nil && !sameVerdict(told, readVerdict(newest)) {
			return nil
		}
		if err != nil {
			return fmt.Errorf("%s: %w", doing, err)
		}
		return c.exec(doing, `UPDATE outbox SET card = 0 WHERE id = ? AND outcome IN (?, ?)`,
			command[:], syncproto.Accepted, syncproto.Rejected)
	})
}

// sameVerdict says that both are the same, or none.
func sameVerdict(a, b *syncproto.Verdict) bool {
	if a == nil || b == nil {
		return a == b
	}
	return bytes.Equal(syncproto.MustEncode(*a), syncproto.MustEncode(*b))
}
