package replica

import (
	"context"
	"crypto/ed25519"
	"database/sql"
	"fmt"
	"slices"

	"redress/syncproto"
	"redress/syncproto/session"
)

// Desk is what a session begins with, but for the token and the program's name.
func (r *Replica) Desk() session.Desk {
	s := r.self.Load()
	return session.Desk{LogID: s.logID, Epoch: s.epoch, Cursor: s.cursor, Device: s.device,
		Incarnation: s.incarnation, Counter: s.link.Counter, Held: slices.Clone(s.held), Filling: slices.Clone(s.filling)}
}

// Prove answers the server's challenge: the device's hash at the counter, or that it is
// behind it, signed with the device's key. So it is where the line does not go on from there, as a disk
// has damaged a row of it: what can be read is handed in under a new incarnation.
func (r *Replica) Prove(ctx context.Context, nonce []byte, counter uint64, at syncproto.Reading) (syncproto.Proof, error) {
	s := r.self.Load()
	proof := syncproto.Proof{Reading: at, Hash: s.link.Hash} // also of an erased replica
	if counter != s.link.Counter {
		link, goes, err := r.linkAt(ctx, *s, counter)
		if err != nil {
			return proof, err
		}
		proof.Hash, proof.Behind = link.Hash, !goes
	}
	proof.Signature = ed25519.Sign(r.key, syncproto.ProofBytes(nonce, proof))
	return proof, nil
}

// linkAt is where the line stands at a counter, and whether it goes on from there, to its end as it was
// when s was read: people go on working meanwhile. What stands behind a gap would not be handed in as long
// as the session holds.
func (r *Replica) linkAt(ctx context.Context, s self, counter uint64) (at syncproto.Link, goes bool, err error) {
	if counter > 0 {
		there, err := r.outgoing(ctx, s, counter-1, 1)
		if err != nil || len(there) == 0 {
			return at, false, err
		}
		at = there[0].Link()
	}
	end := at
	for end.Counter < s.link.Counter {
		next, err := r.outgoing(ctx, s, end.Counter, int(min(MaxWindow, s.link.Counter-end.Counter)))
		if err != nil || len(next) == 0 {
			return at, false, err
		}
		for _, e := range next {
			if end = end.Next(s.incarnation, e.CommandHash()); end != e.Link() {
				return at, false, nil
			}
		}
	}
	return at, end == s.link, nil
}

// FirstVerdicts are the first verdicts the commands ever had, one for each and zero for one
// that had none; nil where none had any. That a command waited first promised nothing: what it was
// told in the end does.
func (r *Replica) FirstVerdicts(ctx context.Context, commands []syncproto.Envelope) ([]syncproto.Verdict, error) {
	if len(commands) == 0 {
		return nil, nil
	}
	first, last := commands[0], commands[len(commands)-1]
	rows, err := r.reads.query(ctx, `SELECT counter, first_verdict, verdict FROM outbox
		WHERE incarnation = ? AND counter BETWEEN ? AND ? AND first_verdict IS NOT NULL`, first.Incarnation[:], first.Counter, last.Counter)
	if err != nil {
		return nil, fault(r.path, "reading what was told first", err)
	}
	defer rows.Close() //nolint:errcheck // rows.Err says what went wrong
	var all []syncproto.Verdict
	for rows.Next() {
		var counter uint64
		var data, newest []byte
		err := rows.Scan(&counter, &data, &newest)
		at := int(counter - first.Counter)
		if err == nil && at < len(commands) {
			if all == nil {
				all = make([]syncproto.Verdict, len(commands))
			}
			if told := promised(data, newest); told != nil {
				all[at] = *told
			}
		}
		if err != nil {
			return nil, fault(r.path, "reading what was told first", err)
		}
	}
	if err := rows.Err(); err != nil {
		return nil, fault(r.path, "reading what was told first", err)
	}
	return all, nil
}

// promised is what a person was told of a command: first, or in the end where it only waited first, or
// where what was told first cannot be read. nil where neither can.
func promised(first, newest []byte) *syncproto.Verdict {
	told, after := readVerdict(first), readVerdict(newest)
	if told == nil || told.Outcome == syncproto.Parked && after != nil && after.Outcome != syncproto.Parked {
		return after
	}
	return told
}

// Outgoing are at most limit commands of this incarnation after the counter, in order, up to the first
// that cannot be read. Every one of them is on the disk.
func (r *Replica) Outgoing(ctx context.Context, after uint64, limit int) ([]syncproto.Envelope, error) {
	return r.outgoing(ctx, *r.self.Load(), after, limit)
}

func (r *Replica) outgoing(ctx context.Context, s self, after uint64, limit int) ([]syncproto.Envelope, error) {
	rows, err := r.reads.query(ctx, `SELECT envelope FROM outbox WHERE incarnation = ? AND counter > ? ORDER BY counter LIMIT ?`,
		s.incarnation[:], after, limit)
	if err != nil {
		return nil, fault(r.path, "reading the outbox", err)
	}
	envelopes, err := scanEnvelopes(rows)
	if err != nil {
		return nil, fault(r.path, "reading the outbox", err)
	}
	for n, e := range envelopes {
		if e.Counter != after+uint64(n)+1 {
			return envelopes[:n], nil
		}
		envelopes[n].Device, envelopes[n].Incarnation = s.device, s.incarnation // whatever a disk made of them
	}
	return envelopes, nil
}

// scanEnvelopes reads commands. One that a disk has damaged is left out.
func scanEnvelopes(rows *sql.Rows) ([]syncproto.Envelope, error) {
	defer rows.Close() //nolint:errcheck // rows.Err says what went wrong
	var envelopes []syncproto.Envelope
	for rows.Next() {
		var data []byte
		var e syncproto.Envelope
		if err := rows.Scan(&data); err != nil {
			return nil, err
		}
		if syncproto.Decode(data, &e) == nil {
			envelopes = append(envelopes, e)
		}
	}
	return envelopes, rows.Err()
}

// ApplyWelcome takes in what the server said at the opening. After ActionRekey the
// commands that wait have their places in the line of the new incarnation, and Desk says
// who to say Hello as. Any other answer settles that this file is not older than what the
// device did. ActionUpgrade changes nothing here, nor does ActionWipe; that one is refused where the
// server of this log has not signed it.
func (r *Replica) ApplyWelcome(ctx context.Context, w syncproto.Welcome) error {
	return r.commit(ctx, "taking in the server's welcome", func(c *change) error {
		// A new line says nothing yet: the Hello that follows is told whether it may read.
		c.self.reads = w.Action == syncproto.ActionResume || w.Action == syncproto.ActionResync
		if w.Action == syncproto.ActionUpgrade {
			return nil
		}
		if w.Action == syncproto.ActionWipe {
			return c.self.ordered(w)
		}
		if w.LogID != c.self.logID {
			return &syncproto.Problem{Code: syncproto.CodeWrongLog, Doing: "taking in the server's welcome", Detail: w.LogID.String()}
		}
		c.self.doubtful, c.self.offlineSince = false, 0
		c.hear(w.Time)
		if w.Action == syncproto.ActionRekey {
			return c.rekey(w)
		}
		restored := w.Epoch != c.self.epoch
		if w.Action == syncproto.ActionResync {
			c.self.sweeping = c.self.sweeping || restored
			c.self.epoch, c.self.cursor = w.Epoch, 0
			if err := c.fillAnew(w); err != nil {
				return err
			}
		}
		if err := c.forgotten(w); err != nil {
			return err
		}
		if restored {
			if err := c.undecided(w); err != nil {
				return err
			}
		}
		c.self.head = w.Head
		c.self.current = w.Action == syncproto.ActionResume && c.self.cursor >= w.Head && len(c.self.filling) == 0
		for _, b := range w.Buckets { // one that was lost goes only with the delta that says so
			if err := c.hold(b); err != nil {
				return err
			}
		}
		if err := c.markUnsent(w.Counter); err != nil {
			return err
		}
		return c.markSent(w.Counter)
	})
}

// ordered says why an order to erase does not come from the server of this log.
func (s self) ordered(w syncproto.Welcome) error {
	order := syncproto.EraseOrder{LogID: s.logID, Device: s.device, Incarnation: s.incarnation, Counter: w.Counter}
	if !order.Verify(w.Order, s.serverKey) {
		return &syncproto.Problem{Code: syncproto.CodeUnsigned, Doing: "taking in the order to erase this device"}
	}
	return nil
}

// fillAnew notes that what is held comes from the start again: the line may go before the server's delta says
// so. An older server, which names the buckets here, sends no pages.
func (c *change) fillAnew(w syncproto.Welcome) error {
	if len(w.Buckets) > 0 {
		return nil
	}
	for _, b := range c.self.held {
		if err := c.fill(b); err != nil {
			return err
		}
	}
	return nil
}

// rekey gives the commands without a verdict new places, in the order they were made.
// Intents and signatures stay, so each remains the same command; those the server has
// already get the same verdict again. Of a server that was restored so do those that it
// lacks.
func (c *change) rekey(w syncproto.Welcome) error {
	incarnation := w.Incarnation
	if incarnation.IsZero() {
		return &syncproto.Problem{Code: syncproto.CodeMalformed, Doing: "taking a new incarnation", Detail: "it is none"}
	}
	all, err := c.toHandIn(w)
	if err != nil {
		return err
	}
	link := syncproto.Link{}
	for _, one := range all {
		moved := syncproto.Reseal(one.envelope, incarnation, link)
		link = moved.Link()
		// By its row: a disk may have damaged the place it had, in the row or in the envelope.
		if err := c.exec("giving a command its new place", `UPDATE outbox SET incarnation = ?, counter = ?, envelope = ?, sent = 0
			WHERE position = ?`, incarnation[:], moved.Counter, syncproto.MustEncode(moved), one.position); err != nil {
			return err
		}
	}
	c.self.incarnation, c.self.link = incarnation, link
	return nil
}

// waiting is a command that has to be handed in, and its row.
type waiting struct {
	position int64
	envelope syncproto.Envelope
}

// toHandIn are the commands that the server has to be given, in the order they were made.
func (c *change) toHandIn(w syncproto.Welcome) (all []waiting, err error) {
	if len(w.Covered) > 0 {
		return c.lacking(w)
	}
	const doing = "loading what waits"
	rows, err := c.query(`SELECT position, envelope FROM outbox WHERE outcome = 0 ORDER BY position`)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", doing, err)
	}
	defer rows.Close() //nolint:errcheck // rows.Err says what went wrong
	for rows.Next() {
		var one waiting
		var data []byte
		if err := rows.Scan(&one.position, &data); err != nil {
			return nil, fmt.Errorf("%s: %w", doing, err)
		}
		if syncproto.Decode(data, &one.envelope) == nil { // or a disk has damaged it: it waits here
			all = append(all, one)
		}
	}
	if err := rows.Err(); err != nil {
		return nil, fmt.Errorf("%s: %w", doing, err)
	}
	return all, nil
}

// LearnAnchor keeps a new tie between this device's ticks and the server's time.
func (r *Replica) LearnAnchor(ctx context.Context, a syncproto.Anchor) error {
	return r.commit(ctx, "noting the server's time", func(c *change) error {
		c.self.anchor = a
		c.hear(a.Server)
		return nil
	})
}

// hear notes the server's time. A session that only hands in says nothing of the person, so that offline use goes
// on from the last one that read; but the time may be less than before, where the clock was put right.
func (c *change) hear(now syncproto.Instant) {
	if c.self.reads || now < c.self.heard {
		c.self.heard = now
	}
}

// LineLost notes since when the server cannot be reached.
func (r *Replica) LineLost(ctx context.Context, at syncproto.Reading) error {
	if r.self.Load().offlineSince != 0 {
		return nil
	}
	since := r.Estimate(at)
	return r.commit(ctx, "noting that the line is gone", func(c *change) error {
		c.self.offlineSince, c.self.current = since, false
		return nil
	})
}
