package replica

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"slices"

	"redress/syncproto"
	"redress/syncproto/rules"
)

// Apply takes in a delta: one transaction that brings the cursor from its From to its
// Cursor. In it leaves the overlay what the delta has confirmed, and goes what the delta
// removes. A delta that was applied before changes nothing; one that does not begin where
// this replica stands is a Problem with CodeOutOfOrder, and one that breaks a limit or
// carries a verdict the server did not sign is a Problem too: then nothing is taken in.
func (r *Replica) Apply(ctx context.Context, d syncproto.Delta) error {
	return r.commit(ctx, fmt.Sprintf("taking in the log up to %d", d.Cursor), func(c *change) error {
		if d.Epoch == c.self.epoch && d.From < c.self.cursor && d.Cursor <= c.self.cursor {
			return nil
		}
		if d.Epoch != c.self.epoch || d.From != c.self.cursor || d.Cursor < d.From {
			return &syncproto.Problem{Code: syncproto.CodeOutOfOrder, Doing: "taking in a delta",
				Detail: fmt.Sprintf("it goes from %d/%d to %d, this replica stands at %d/%d", d.Epoch, d.From, d.Cursor, c.self.epoch, c.self.cursor)}
		}
		c.self.cursor, c.self.current = d.Cursor, d.Current
		c.self.known = max(c.self.known, d.Cursor)
		c.known.Seq = c.self.known
		return c.takeIn(d)
	})
}

func (c *change) takeIn(d syncproto.Delta) error {
	for _, doc := range d.Documents {
		if err := c.takeDocument(doc); err != nil {
			return err
		}
	}
	for _, entry := range d.History {
		if err := c.takeHistory(entry); err != nil {
			return err
		}
	}
	for _, ref := range d.Removed {
		if err := c.remove(ref); err != nil {
			return err
		}
	}
	if err := c.changeBuckets(d.Held, d.Lost); err != nil {
		return err
	}
	for _, verdict := range d.Own {
		if err := c.settle(verdict); err != nil {
			return err
		}
	}
	if c.self.sweeping && d.Current {
		if err := c.sweep(); err != nil {
			return err
		}
	}
	if d.Cursor == d.From {
		return nil
	}
	return c.leavePassed()
}

// takeDocument keeps the newer of two bodies, by (epoch, version). A document that had
// left and is back is no longer in limbo.
func (c *change) takeDocument(doc syncproto.Document) error {
	if len(doc.Body) > syncproto.MaxBody {
		return &syncproto.Problem{Code: syncproto.CodeTooLarge, Doing: "taking in " + doc.Ref.String()}
	}
	c.touch(doc.Ref, arrived)
	if c.self.sweeping {
		var before uint32
		err := c.row(`SELECT epoch FROM document WHERE kind = ? AND id = ?`, doc.Ref.Kind, doc.Ref.ID[:]).Scan(&before)
		if err == nil && before < doc.Epoch {
			err = c.takenBack(doc.Ref, doc.Version)
		}
		if err != nil && !errors.Is(err, sql.ErrNoRows) {
			return fmt.Errorf("looking for %v: %w", doc.Ref, err)
		}
	}
	result, err := c.run(`INSERT INTO document (kind, id, epoch, version, body) VALUES (?, ?, ?, ?, ?)
		ON CONFLICT (kind, id) DO UPDATE SET epoch = excluded.epoch, version = excluded.version, body = excluded.body, limbo = 0
		WHERE (excluded.epoch, excluded.version) >= (document.epoch, document.version)`,
		doc.Ref.Kind, doc.Ref.ID[:], doc.Epoch, doc.Version, doc.Body)
	if err != nil {
		return fmt.Errorf("writing %v: %w", doc.Ref, err)
	}
	if newer, err := result.RowsAffected(); err != nil {
		return fmt.Errorf("writing %v: %w", doc.Ref, err)
	} else if newer > 0 {
		c.written[doc.Ref] = written{doc.Version, doc.Body}
	}
	if !rules.IsReference(doc.Ref.Kind) {
		return nil
	}
	body, err := rules.ReadBody(doc.Ref.Kind, doc.Body)
	if err != nil {
		return fmt.Errorf("taking in %v: %w", doc.Ref, err)
	}
	c.known = c.known.With(c.self.known, doc.Ref, body)
	return nil
}

// takeHistory keeps an entry of a history.
func (c *change) takeHistory(entry syncproto.HistoryEntry) error {
	event := entry.Event
	if len(event.Body) > syncproto.MaxEventBody {
		return &syncproto.Problem{Code: syncproto.CodeTooLarge, Doing: "taking in the history of " + event.Doc.String()}
	}
	c.touch(event.Doc, arrived)
	return c.exec("writing the history of "+event.Doc.String(), `INSERT INTO history (kind, id, version, command, entry) VALUES (?, ?, ?, ?, ?)
		ON CONFLICT (kind, id, version) DO UPDATE SET command = excluded.command, entry = excluded.entry`,
		event.Doc.Kind, event.Doc.ID[:], event.Version, entry.Command[:], syncproto.MustEncode(entry))
}

// remove lets a document go. What waits for a verdict keeps it, in limbo, until then:
// refold sees to both.
func (c *change) remove(ref syncproto.Ref) error {
	c.touch(ref, done)
	delete(c.written, ref)
	return c.exec("removing "+ref.String(), `UPDATE document SET limbo = 1 WHERE kind = ? AND id = ?`, ref.Kind, ref.ID[:])
}

// changeBuckets notes what is held from now on and lets go what was lost: every document
// that no other bucket of this desk has, in the very transaction that passes the loss.
func (c *change) changeBuckets(held, lost []syncproto.Bucket) error {
	for _, b := range held {
		if err := c.hold(b); err != nil {
			return err
		}
	}
	if len(lost) == 0 {
		return nil
	}
	c.self.held = slices.DeleteFunc(slices.Clone(c.self.held), func(b syncproto.Bucket) bool { return slices.Contains(lost, b) })
	for _, b := range lost {
		if err := c.exec("losing a bucket", `DELETE FROM bucket WHERE id = ?`, b[:]); err != nil {
			return err
		}
	}
	refs, err := c.refs(`SELECT kind, id FROM document WHERE limbo = 0`)
	if err != nil {
		return err
	}
	for _, ref := range refs {
		doc, _, err := c.confirmed(ref)
		if errors.Is(err, &syncproto.Problem{Code: syncproto.CodeUnknownKind}) {
			continue // whose it is only a newer program can say, and the server names it
		}
		if err != nil {
			return err
		}
		seen := slices.ContainsFunc(rules.Buckets(ref, doc.Body), func(b syncproto.Bucket) bool { return slices.Contains(c.self.held, b) })
		if seen {
			continue
		}
		if err := c.remove(ref); err != nil {
			return err
		}
	}
	return nil
}

func (c *change) hold(b syncproto.Bucket) error {
	if slices.Contains(c.self.held, b) {
		return nil
	}
	if len(c.self.held) >= syncproto.MaxBuckets {
		return &syncproto.Problem{Code: syncproto.CodeTooLarge, Doing: "holding a bucket", Detail: "more than a desk may hold"}
	}
	c.self.held = append(slices.Clone(c.self.held), b)
	return c.exec("holding a bucket", `INSERT INTO bucket (id) VALUES (?)`, b[:])
}
