package replica

import (
	"bytes"
	"context"
	"database/sql"
	"errors"
	"fmt"

	"redress/syncproto"
)

// What a desk does when the server was restored to an earlier state (design §4): its log goes
// on in a new epoch, and lacks some of what was told here. Nothing of it is lost. What was
// done here is handed in again, with what was told first; and until it is decided anew it
// waits, visibly, over what the server has now (counterexamples C6, C7).

// forgotten has what the server turns out to lack wait again: it names the last command it
// has of this line. What was rejected stays so; it is only handed in again. In its own epoch a
// server forgets nothing: there it said what it had before it decided more. Nor does it lack what
// its line of epochs covers: the same command came in another line, from a copy of this disk.
func (c *change) forgotten(w syncproto.Welcome) error {
	again, err := c.positions(`SELECT position, outcome, verdict FROM outbox WHERE incarnation = ? AND counter > ? AND outcome IN (?, ?)`,
		lostVerdict(w), c.self.incarnation[:], w.Counter, syncproto.Accepted, syncproto.Parked)
	if err != nil {
		return err
	}
	return c.waitAgain(again)
}

// undecided has wait again what a restored server has, and not how it ended: it waited there first,
// for something else, and the entry that decided it is lost. What the server has of it comes with
// what is read anew (invariant 21). A server of before said nothing of its line of epochs.
func (c *change) undecided(w syncproto.Welcome) error {
	if len(w.Covered) == 0 {
		return nil
	}
	again, err := c.positions(`SELECT position, outcome, verdict FROM outbox WHERE outcome <> 0 AND NOT (incarnation = ? AND counter > ?)`,
		lostVerdict(w), c.self.incarnation[:], w.Counter)
	if err != nil {
		return err
	}
	return c.waitAgain(again)
}

// lostVerdict says of what was told that it was by an entry that the server lost.
func lostVerdict(w syncproto.Welcome) func(syncproto.Outcome, *syncproto.Verdict) bool {
	return func(_ syncproto.Outcome, v *syncproto.Verdict) bool {
		return v != nil && v.Epoch < w.Epoch && !w.Covered.Covers(*v)
	}
}

// Told is what was told here of commands that a restored server has, by entries that it lacks: it
// may have them waiting, as they did first. Of a line that is new to it those are any.
func (r *Replica) Told(ctx context.Context, w syncproto.Welcome) (told []syncproto.Verdict, err error) {
	const doing = "looking for what was told before a restore"
	lost, incarnation := lostVerdict(w), r.self.Load().incarnation
	rows, err := r.reads.query(ctx, `SELECT first_verdict, verdict FROM outbox WHERE first_verdict IS NOT NULL
		AND (outcome IN (0, ?) AND NOT (incarnation = ? AND counter > ?) OR ?)
		ORDER BY position`, syncproto.Parked, incarnation[:], w.Counter, w.Counter == 0)
	if err != nil {
		return nil, fault(r.path, doing, err)
	}
	defer rows.Close() //nolint:errcheck // rows.Err says what went wrong
	for rows.Next() {
		var first, newest []byte
		if err := rows.Scan(&first, &newest); err != nil {
			return nil, fault(r.path, doing, err)
		}
		if v := promised(first, newest); v != nil && v.Outcome != syncproto.Parked && lost(v.Outcome, v) {
			told = append(told, *v)
		}
	}
	if err := rows.Err(); err != nil {
		return nil, fault(r.path, doing, err)
	}
	return told, nil
}

// waitAgain takes the verdicts back from what stands there. What of it this desk has confirmed is
// shown as that until the server's pages take it back; what has left since is shown as waiting.
func (c *change) waitAgain(positions []int64) error {
	for _, position := range positions {
		if err := c.keepPromise(position); err != nil {
			return err
		}
		if err := c.exec("having what the server lacks wait again", `UPDATE outbox SET outcome = 0, verdict = NULL WHERE position = ?`, position); err != nil {
			return err
		}
		if err := c.exec("spending nothing more of a grant that the server lacks", `UPDATE grants SET usable = 0
			WHERE taken_by = (SELECT id FROM outbox WHERE position = ?)`, position); err != nil {
			return err
		}
		if err := c.showUnconfirmed(position); err != nil {
			return err
		}
	}
	return nil
}

// showUnconfirmed puts what a command did, and is not shown as confirmed, over what is. Of a row that a
// disk has lost nothing is shown.
func (c *change) showUnconfirmed(position int64) error {
	refs, err := c.refs(`SELECT DISTINCT e.kind, e.id FROM command_event e JOIN outbox o USING (position) WHERE e.position = ? AND e.overlaid = 0
		AND NOT EXISTS (SELECT 1 FROM history h JOIN document d USING (kind, id)
			WHERE h.kind = e.kind AND h.id = e.id AND h.command = o.id AND h.version <= d.version)`, position)
	if err != nil {
		return err
	}
	for _, ref := range refs {
		if err := c.showAgain(position, ref); err != nil {
			return err
		}
		c.touch(ref, done)
	}
	return nil
}

// keepPromise keeps what was told of a command that waited first and was decided then: its verdict
// is about to be taken back, and what a restored server has to keep to is that one.
func (c *change) keepPromise(position int64) error {
	const doing = "keeping what was told"
	var first, newest []byte
	if err := c.row(`SELECT first_verdict, verdict FROM outbox WHERE position = ? AND first_verdict IS NOT NULL`, position).Scan(&first, &newest); errors.Is(err, sql.ErrNoRows) {
		return nil
	} else if err != nil {
		return fmt.Errorf("%s: %w", doing, err)
	}
	told := promised(first, newest)
	if told == nil {
		return nil
	}
	kept := syncproto.MustEncode(*told)
	if bytes.Equal(kept, first) {
		return nil
	}
	return c.exec(doing, `UPDATE outbox SET first_verdict = ? WHERE position = ?`, kept, position)
}

// showAgain puts what a command did to a document over what is confirmed.
func (c *change) showAgain(position int64, ref syncproto.Ref) error {
	return c.exec("showing again what waits", `UPDATE command_event SET overlaid = 1 WHERE kind = ? AND id = ? AND position = ?`,
		ref.Kind, ref.ID[:], position)
}

// lacking are the commands that a server in a new epoch lacks, or never had: those whose
// verdict it lost, in the order in which they were made.
func (c *change) lacking(w syncproto.Welcome) ([]waiting, error) {
	const doing = "looking for what the server lacks"
	rows, err := c.query(`SELECT position, envelope, outcome, verdict FROM outbox ORDER BY position`)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", doing, err)
	}
	defer rows.Close() //nolint:errcheck // rows.Err says what went wrong
	var all []waiting
	var again []int64
	lost := lostVerdict(w)
	for rows.Next() {
		var position int64
		var outcome syncproto.Outcome
		var data, told []byte
		var e syncproto.Envelope
		if err := rows.Scan(&position, &data, &outcome, &told); err != nil {
			return nil, fmt.Errorf("%s: %w", doing, err)
		}
		verdict := readVerdict(told)
		if verdict != nil && !lost(outcome, verdict) {
			continue
		}
		readable := syncproto.Decode(data, &e) == nil
		if readable { // or a disk has damaged it: it waits, and the others are handed in
			all = append(all, waiting{position, e})
		}
		mayLack := readable || verdict != nil || w.Epoch != c.self.epoch // else nothing would decide it again
		if mayLack && (outcome == syncproto.Accepted || outcome == syncproto.Parked) {
			again = append(again, position)
		}
	}
	if err := rows.Err(); err != nil {
		return nil, fmt.Errorf("%s: %w", doing, err)
	}
	return all, c.waitAgain(again)
}

// takenBack is a document as a restored server has it, in place of one of an epoch before:
// the history that it does not have goes, and what was done here and is not in it is shown over
// it again: what waits, and what was accepted anew behind the cursor.
func (c *change) takenBack(ref syncproto.Ref, version uint64) error {
	if err := c.exec("dropping a history that was taken back", `DELETE FROM history WHERE kind = ? AND id = ? AND version > ?`,
		ref.Kind, ref.ID[:], version); err != nil {
		return err
	}
	again, err := c.positions(`SELECT DISTINCT o.position, o.outcome, o.verdict FROM command_event e JOIN outbox o USING (position)
		WHERE e.kind = ? AND e.id = ? AND e.overlaid = 0 ORDER BY o.position`,
		func(outcome syncproto.Outcome, v *syncproto.Verdict) bool {
			return outcome == 0 || outcome == syncproto.Parked ||
				outcome == syncproto.Accepted && v != nil && v.Epoch == c.self.epoch && v.Seq > c.self.cursor
		}, ref.Kind, ref.ID[:])
	if err != nil {
		return err
	}
	for _, position := range again {
		if err := c.showAgain(position, ref); err != nil {
			return err
		}
	}
	passed, err := c.positions(`SELECT DISTINCT o.position, o.outcome, o.verdict FROM command_event e JOIN outbox o USING (position)
		WHERE e.kind = ? AND e.id = ? AND e.overlaid = 1 AND o.outcome = ? ORDER BY o.position`,
		func(_ syncproto.Outcome, v *syncproto.Verdict) bool { return c.entered(v) }, ref.Kind, ref.ID[:], syncproto.Accepted)
	if err != nil {
		return err
	}
	for _, position := range passed { // it is in what the server has, or this desk sees it no more
		if err := c.leave(position, ref); err != nil {
			return err
		}
	}
	return nil
}

// leaveEarlier ends the overlay of what was accepted in an epoch before, and stands in the restored
// log: its verdict came, the line was gone before the delta that passes it, and no cursor of this
// epoch will. What this desk still sees has left the overlay with its history; this is what it
// sees no more. So it is with what the cursor has passed of this epoch.
func (c *change) leaveEarlier() error {
	passed, err := c.positions(`SELECT DISTINCT o.position, o.outcome, o.verdict FROM command_event e JOIN outbox o USING (position)
		WHERE e.overlaid = 1 AND o.outcome = ? ORDER BY o.position`,
		func(_ syncproto.Outcome, v *syncproto.Verdict) bool {
			return v != nil && v.Epoch < c.self.epoch || c.entered(v)
		}, syncproto.Accepted)
	if err != nil {
		return err
	}
	for _, position := range passed {
		if err := c.leaveOverlay(position); err != nil {
			return err
		}
	}
	return nil
}

// sweepIfComplete ends the reading of everything after a restore, where nothing is being filled
// any more: what the server did not send it does not have. A document that was made here stays as
// long as what made it waits.
func (c *change) sweepIfComplete() error {
	if !c.self.sweeping || len(c.self.filling) > 0 {
		return nil
	}
	refs, err := c.refs(`SELECT kind, id FROM document WHERE epoch < ?`, c.self.epoch)
	if err != nil {
		return err
	}
	ghosts, err := c.ghosts()
	if err != nil {
		return err
	}
	for _, ref := range append(refs, ghosts...) {
		if err := c.forget(ref); err != nil {
			return err
		}
	}
	c.self.sweeping = false
	if err := c.dropBegun(); err != nil {
		return err
	}
	return c.leaveEarlier()
}

// forget lets a document go that a restored server does not have; where another bucket has it
// after all, it comes with that one's page.
func (c *change) forget(ref syncproto.Ref) error {
	if err := c.takenBack(ref, 0); err != nil {
		return err
	}
	if err := c.uncount(ref); err != nil {
		return err
	}
	c.touch(ref, done)
	return c.drop(ref)
}
