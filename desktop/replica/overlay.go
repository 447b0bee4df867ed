package replica

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"math"

	"redress/desktop/turn"
	"redress/syncproto"
	"redress/syncproto/decision"
	"redress/syncproto/reference"
	"redress/syncproto/rules"
)

// noDeadline is how the listing keeps "none", so that those come last.
const noDeadline = math.MaxInt64

// confirmed loads a document as the server last sent it. limbo says that it has left since
// and is kept only for what waits on it.
func (c *change) confirmed(ref syncproto.Ref) (doc decision.Doc, limbo bool, err error) {
	now, just := c.written[ref]
	if !just {
		err = c.row(`SELECT version, body, limbo FROM document WHERE kind = ? AND id = ?`, ref.Kind, ref.ID[:]).
			Scan(&now.version, &now.body, &limbo)
		if errors.Is(err, sql.ErrNoRows) {
			return decision.Doc{}, false, nil
		}
		if err != nil {
			return decision.Doc{}, false, fmt.Errorf("loading %v: %w", ref, err)
		}
	}
	doc.Version, doc.Body = now.version, now.read
	if now.read == nil {
		doc.Body, err = rules.ReadBody(ref.Kind, now.body)
	}
	if err != nil && !just {
		err = fmt.Errorf("%w: %w", errDamaged, err)
	}
	if err != nil {
		return decision.Doc{}, limbo, fmt.Errorf("loading %v: %w", ref, err)
	}
	doc.Presence = decision.Held
	return doc, limbo, nil
}

// errDamaged says that a body on this disk cannot be read. It is found at a checkpoint and fetched
// again (invariant 23): what the server says meanwhile of it, and of all others, must go on.
var errDamaged = errors.New("its row is damaged")

// shown loads a document as the person sees it, for a decision: with the overlay. What is
// not held is unknown; so is what has left, which can only be read any more, and a damaged row.
func (c *change) shown(ref syncproto.Ref) (decision.Doc, error) {
	doc, limbo, err := c.confirmed(ref)
	if errors.Is(err, errDamaged) {
		return decision.Doc{}, nil
	}
	if err != nil || limbo {
		return decision.Doc{}, err
	}
	var body []byte
	err = c.row(`SELECT version, body FROM overlay WHERE kind = ? AND id = ?`, ref.Kind, ref.ID[:]).Scan(&doc.Version, &body)
	if errors.Is(err, sql.ErrNoRows) {
		return doc, nil
	}
	if err != nil {
		return decision.Doc{}, fmt.Errorf("loading the overlay of %v: %w", ref, err)
	}
	read, err := rules.ReadBody(ref.Kind, body)
	if err != nil {
		return decision.Doc{}, nil //nolint:nilerr // as over a damaged row: it is made anew at the next checkpoint
	}
	doc.Presence, doc.Body = decision.Held, read
	return doc, nil
}

// refold makes what is derived from a document anew: overlay, listing and index. A document in
// limbo goes with the last command that waited on it.
func (c *change) refold(ref syncproto.Ref) error {
	doc, limbo, err := c.confirmed(ref)
	if errors.Is(err, &syncproto.Problem{Code: syncproto.CodeUnknownKind}) {
		return nil // of a newer program: its bytes are kept for that one
	}
	if err != nil && limbo {
		doc, err = decision.Doc{}, nil // it was damaged, and has left
	}
	if errors.Is(err, errDamaged) {
		return nil // what is shown stays as it was, until the row is fetched again
	}
	if err != nil {
		return err
	}
	var events []syncproto.Event
	commands := 0
	if !c.lone {
		events, commands, err = c.overlaid(ref)
	}
	if err == nil && commands > 0 && c.touched[ref] == arrived {
		if err = c.leaveConfirmed(ref, doc); err == nil {
			events, commands, err = c.overlaid(ref)
		}
	}
	if err != nil {
		return err
	}
	if limbo {
		waits, err := c.waitsOn(ref)
		if err == nil && !waits {
			doc, err = decision.Doc{}, c.drop(ref)
		}
		if err != nil {
			return err
		}
	}
	for _, e := range events {
		if after, ok := applied(ref, doc, e); ok {
			doc = after
		}
	}
	if !c.lone {
		if err := c.storeOverlay(ref, doc, commands); err != nil {
			return err
		}
	}
	if err := c.storeListing(ref, doc, limbo); err != nil {
		return err
	}
	return c.storeFindable(ref, doc)
}

// leaveConfirmed ends the overlay of what the confirmed body contains, by its history. The
// cursor may come to the entry only with a later delta: nothing must show twice until
// then.
func (c *change) leaveConfirmed(ref syncproto.Ref, doc decision.Doc) error {
	if c.self.sweeping { // a long history comes ahead of its body, and that of an epoch before contains other steps
		var before bool
		err := c.row(`SELECT EXISTS (SELECT 1 FROM document WHERE kind = ? AND id = ? AND epoch < ?)`, ref.Kind, ref.ID[:], c.self.epoch).Scan(&before)
		if err != nil || before {
			return err
		}
	}
	return c.exec("ending the overlay of what is confirmed", `UPDATE command_event SET overlaid = 0
		WHERE kind = ?1 AND id = ?2 AND overlaid = 1 AND position IN (SELECT o.position FROM history h JOIN outbox o ON o.id = h.command
			WHERE h.kind = ?1 AND h.id = ?2 AND h.version <= ?3)`,
		ref.Kind, ref.ID[:], doc.Version)
}

// overlaid are the document's events that its confirmed body does not contain yet, in the
// order they were made, and of how many commands they are.
func (c *change) overlaid(ref syncproto.Ref) (events []syncproto.Event, commands int, err error) {
	rows, err := c.query(`SELECT position, event FROM command_event
		WHERE kind = ? AND id = ? AND overlaid = 1 ORDER BY position, n`, ref.Kind, ref.ID[:])
	if err != nil {
		return nil, 0, fmt.Errorf("loading what was done to %v: %w", ref, err)
	}
	defer rows.Close() //nolint:errcheck // rows.Err says what went wrong
	last := int64(-1)
	for rows.Next() {
		var position int64
		var data []byte
		var event syncproto.Event
		if err := rows.Scan(&position, &data); err != nil {
			return nil, 0, fmt.Errorf("loading what was done to %v: %w", ref, err)
		}
		if position != last {
			commands++
		}
		last = position
		if syncproto.Decode(data, &event) == nil { // or a disk has damaged it: the others are shown
			events = append(events, event)
		}
	}
	return events, commands, rows.Err()
}

// waitsOn says whether anything done here to the document has no verdict yet, or is not in
// its confirmed body.
func (c *change) waitsOn(ref syncproto.Ref) (bool, error) {
	var waits bool
	err := c.row(`SELECT EXISTS (SELECT 1 FROM command_event e JOIN outbox o ON o.position = e.position
		WHERE e.kind = ? AND e.id = ? AND (e.overlaid = 1 OR o.outcome IN (0, ?)))`, ref.Kind, ref.ID[:], syncproto.Parked).Scan(&waits)
	if err != nil {
		return false, fmt.Errorf("looking for what waits on %v: %w", ref, err)
	}
	return waits, nil
}

// applied is one event over a document. Where the body below has changed so that the
// event cannot be applied any more, the document stays without it: the command itself
// still waits in the outbox, and its verdict will say. So it is where the command that
// would have made the document was rejected: what was done to it makes none of nothing.
func applied(ref syncproto.Ref, doc decision.Doc, event syncproto.Event) (after decision.Doc, ok bool) {
	if doc.Presence != decision.Held && event.Version > 1 {
		return doc, false
	}
	defer func() {
		if recover() != nil {
			after, ok = doc, false
		}
	}()
	event.Version = doc.Version + 1
	after, err := rules.Evolve(ref, doc, event)
	return after, err == nil
}

func (c *change) storeOverlay(ref syncproto.Ref, doc decision.Doc, commands int) error {
	if commands == 0 || doc.Presence != decision.Held {
		return c.exec("dropping an overlay", `DELETE FROM overlay WHERE kind = ? AND id = ?`, ref.Kind, ref.ID[:])
	}
	body, err := syncproto.Encode(doc.Body)
	if err != nil {
		return err
	}
	return c.exec("writing an overlay", `INSERT INTO overlay (kind, id, version, body, commands) VALUES (?, ?, ?, ?, ?)
		ON CONFLICT (kind, id) DO UPDATE SET version = excluded.version, body = excluded.body, commands = excluded.commands`,
		ref.Kind, ref.ID[:], doc.Version, body, commands)
}

func (c *change) storeListing(ref syncproto.Ref, doc decision.Doc, limbo bool) error {
	if doc.Presence != decision.Held {
		return c.exec("dropping a row of the lists", `DELETE FROM listing WHERE kind = ? AND id = ?`, ref.Kind, ref.ID[:])
	}
	index := rules.IndexOf(ref, doc.Body)
	deadline := int64(index.Deadline)
	if deadline == 0 {
		deadline = noDeadline
	}
	at := place(turn.ReaderOf(c.self.person, c.known), doc.Body, limbo)
	return c.exec("writing a row of the lists", `INSERT INTO listing (kind, id, open, deadline, rank, due, number, parent_kind, parent_id)
		VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?) ON CONFLICT (kind, id) DO UPDATE SET open = excluded.open, deadline = excluded.deadline,
		rank = excluded.rank, due = excluded.due, number = excluded.number, parent_kind = excluded.parent_kind, parent_id = excluded.parent_id`,
		ref.Kind, ref.ID[:], index.Open, deadline, at.Rank, at.Due, index.Number, index.Parent.Kind, index.Parent.ID[:])
}

// damagedOverlays are the documents whose overlay a disk has damaged. It is derived, so no checkpoint counts
// it; and what it stands over is not shown, however whole.
func damagedOverlays(query func(text string, arguments ...any) (*sql.Rows, error)) ([]syncproto.Ref, error) {
	rows, err := query(`SELECT kind, id, body FROM overlay`)
	if err != nil {
		return nil, fmt.Errorf("looking through the overlays: %w", err)
	}
	defer rows.Close() //nolint:errcheck // rows.Err says what went wrong
	var damaged []syncproto.Ref
	for rows.Next() {
		var ref syncproto.Ref
		var body []byte
		if err := rows.Scan(&ref.Kind, fixed(&ref.ID), &body); err != nil {
			return nil, fmt.Errorf("looking through the overlays: %w", err)
		}
		if _, err := rules.ReadBody(ref.Kind, body); err != nil {
			damaged = append(damaged, ref)
		}
	}
	return damaged, rows.Err()
}

// foldDamaged folds those anew, at a start and at every checkpoint.
func (c *change) foldDamaged() error {
	damaged, err := damagedOverlays(c.query)
	for _, ref := range damaged {
		c.touch(ref, done)
	}
	return err
}

func (r *Replica) foldDamaged(ctx context.Context) error {
	const doing = "looking through the overlays"
	damaged, err := damagedOverlays(func(text string, arguments ...any) (*sql.Rows, error) { return r.reads.query(ctx, text, arguments...) })
	if err != nil {
		return fault(r.path, doing, err)
	}
	if len(damaged) == 0 {
		return nil
	}
	return r.quietly(ctx, doing, (*change).foldDamaged)
}

// drop forgets a confirmed document and its history.
func (c *change) drop(ref syncproto.Ref) error {
	if err := c.exec("dropping a history", `DELETE FROM history WHERE kind = ? AND id = ?`, ref.Kind, ref.ID[:]); err != nil {
		return err
	}
	delete(c.written, ref)
	c.forgets = c.forgets || rules.IsReference(ref.Kind)
	return c.exec("dropping a document", `DELETE FROM document WHERE kind = ? AND id = ?`, ref.Kind, ref.ID[:])
}

// RebuildOverlay makes overlay, lists and index anew from the confirmed documents and the
// stored events. The result is what they were before (invariant 19).
func (r *Replica) RebuildOverlay(ctx context.Context) error {
	return r.commit(ctx, "rebuilding the overlay", (*change).deriveAnew)
}

// deriveAnew clears what is derived, counts what is here, and touches every document.
func (c *change) deriveAnew() error {
	// The count goes first: it is made anew with the rows, even if it was wrong.
	for _, statement := range []string{`DELETE FROM overlay`, `DELETE FROM open_count`, `DELETE FROM listing`, `DELETE FROM findable`, `DELETE FROM file`,
		`INSERT INTO words (words) VALUES ('delete-all')`} {
		if err := c.exec("clearing what is derived", statement); err != nil {
			return err
		}
	}
	if err := c.exec("noting how the index is filled", `UPDATE search SET version = ?`, searchVersion); err != nil {
		return err
	}
	refs, err := c.refs(`SELECT kind, id FROM document UNION SELECT kind, id FROM command_event WHERE overlaid = 1`)
	if err != nil {
		return err
	}
	for _, ref := range refs {
		c.touch(ref, done)
	}
	return c.countAnew(refs)
}

// refs runs a query for kinds and ids.
func (c *change) refs(query string, arguments ...any) ([]syncproto.Ref, error) {
	rows, err := c.query(query, arguments...)
	if err != nil {
		return nil, fmt.Errorf("listing documents: %w", err)
	}
	defer rows.Close() //nolint:errcheck // rows.Err says what went wrong
	var refs []syncproto.Ref
	for rows.Next() {
		var ref syncproto.Ref
		if err := rows.Scan(&ref.Kind, fixed(&ref.ID)); err != nil {
			return nil, fmt.Errorf("listing documents: %w", err)
		}
		refs = append(refs, ref)
	}
	return refs, rows.Err()
}

// loadReference folds the confirmed reference data, which is of a log position, into the one
// value.
func loadReference(query func(text string, arguments ...any) (*sql.Rows, error), position uint64) (reference.Reference, error) {
	known := reference.Reference{Seq: position}
	for _, kind := range rules.ReferenceKinds() {
		next, err := withDocuments(query, known, kind)
		if err != nil {
			return known, fmt.Errorf("reading every %v: %w", kind, err)
		}
		known = next
	}
	return known, nil
}

func withDocuments(query func(text string, arguments ...any) (*sql.Rows, error), known reference.Reference, kind syncproto.DocKind) (reference.Reference, error) {
	rows, err := query(`SELECT id, body FROM document WHERE kind = ? ORDER BY id`, kind)
	if err != nil {
		return known, err
	}
	defer rows.Close() //nolint:errcheck // rows.Err says what went wrong
	var changes []reference.Change
	for rows.Next() {
		ref := syncproto.Ref{Kind: kind}
		var data []byte
		if err := rows.Scan(fixed(&ref.ID), &data); err != nil {
			return known, err
		}
		body, err := rules.ReadBody(kind, data)
		if err != nil {
			continue // damaged: it is found at a checkpoint, and comes again
		}
		changes = append(changes, reference.Change{Seq: known.Seq, Ref: ref, Body: body})
	}
	return known.WithAll(changes), rows.Err()
}
