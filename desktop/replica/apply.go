package replica

import (
	"cmp"
	"context"
	"database/sql"
	"errors"
	"fmt"

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
		c.self.cursor = d.Cursor
		c.self.taken++
		if c.self.sweeping && d.From == 0 && d.Cursor > 0 { // from here on it is of the restored log
			c.self.known = 0
		}
		c.self.known = max(c.self.known, d.Cursor)
		c.known.Seq = c.self.known
		err := c.takeIn(d)
		c.self.current = d.Current && len(c.self.filling) == 0
		return err
	})
}

func (c *change) takeIn(d syncproto.Delta) error {
	for _, b := range d.Filling {
		if err := c.fill(b); err != nil {
			return err
		}
	}
	var fresh []syncproto.Document
	for _, doc := range d.Documents {
		here, err := c.takeDocument(doc)
		if err != nil {
			return err
		}
		if !here {
			fresh = append(fresh, doc)
		}
	}
	for _, entry := range d.History {
		if err := c.takeHistory(entry); err != nil {
			return err
		}
	}
	for _, doc := range fresh {
		if err := c.leaveOutGap(doc); err != nil {
			return err
		}
	}
	for _, ref := range d.Removed {
		if err := c.remove(ref); err != nil {
			return err
		}
	}
	if d.Page != nil {
		if err := c.takePage(d.Page); err != nil {
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
	if d.Current {
		if err := c.sweepIfComplete(); err != nil {
			return err
		}
	}
	if d.Cursor == d.From {
		return nil
	}
	return c.leavePassed()
}

// takeDocument keeps the newer of two bodies, by (epoch, version). A document that had
// left and is back is no longer in limbo. here says that there was one.
func (c *change) takeDocument(doc syncproto.Document) (here bool, err error) {
	var epoch uint32
	var version uint64
	err = c.row(`SELECT epoch, version FROM document WHERE kind = ? AND id = ?`, doc.Ref.Kind, doc.Ref.ID[:]).Scan(&epoch, &version)
	if err != nil && !errors.Is(err, sql.ErrNoRows) {
		return false, fmt.Errorf("loading %v: %w", doc.Ref, err)
	}
	here = err == nil
	if cmp.Or(cmp.Compare(epoch, doc.Epoch), cmp.Compare(version, doc.Version)) > 0 {
		c.touch(doc.Ref, arrived)
		return here, nil
	}
	return here, c.write(doc)
}

// leaveOutGap lets a document go again that came with only the end of its history. The server
// sends what this desk had at its cursor without what lies before; where a damaged row had let it
// go, the next checkpoint finds that it is missing, and it is fetched whole (invariants 5, 23).
func (c *change) leaveOutGap(doc syncproto.Document) error {
	var entries uint64
	err := c.row(`SELECT count(*) FROM history WHERE kind = ? AND id = ? AND version <= ?`, doc.Ref.Kind, doc.Ref.ID[:], doc.Version).Scan(&entries)
	if err != nil {
		return fmt.Errorf("counting the history of %v: %w", doc.Ref, err)
	}
	if entries == 0 || entries >= doc.Version { // none: it comes behind the bodies
		return nil
	}
	if err := c.uncount(doc.Ref); err != nil {
		return err
	}
	return c.drop(doc.Ref)
}

// write writes a confirmed document and counts it.
func (c *change) write(doc syncproto.Document) error {
	switch {
	case len(doc.Body) > syncproto.MaxBody:
		return &syncproto.Problem{Code: syncproto.CodeTooLarge, Doing: "taking in " + doc.Ref.String()}
	case len(doc.Body) == 0:
		return &syncproto.Problem{Code: syncproto.CodeMalformed, Doing: "taking in " + doc.Ref.String(), Detail: "it has no body"}
	}
	as, body, err := c.countedAs(doc)
	if err != nil {
		return err
	}
	if err := c.uncount(doc.Ref); err != nil {
		return err
	}
	c.touch(doc.Ref, arrived)
	if c.self.sweeping {
		var before uint32
		err := c.row(`SELECT epoch FROM document WHERE kind = ? AND id = ?`, doc.Ref.Kind, doc.Ref.ID[:]).Scan(&before)
		if lost := errors.Is(err, sql.ErrNoRows); lost || err == nil && before < doc.Epoch {
			err = c.takenBack(doc.Ref, doc.Version)
		}
		if err != nil {
			return fmt.Errorf("looking for %v: %w", doc.Ref, err)
		}
	}
	if err := c.exec("writing "+doc.Ref.String(), `INSERT INTO document (kind, id, epoch, version, body, mark, buckets) VALUES (?, ?, ?, ?, ?, ?, ?)
		ON CONFLICT (kind, id) DO UPDATE SET epoch = excluded.epoch, version = excluded.version, body = excluded.body,
			mark = excluded.mark, buckets = excluded.buckets, limbo = 0`,
		doc.Ref.Kind, doc.Ref.ID[:], doc.Epoch, doc.Version, doc.Body, int64(as.mark), as.buckets); err != nil {
		return err
	}
	c.count(doc.Ref, as, syncproto.Sum.Add)
	c.written[doc.Ref] = written{doc.Version, doc.Body, body}
	if rules.IsReference(doc.Ref.Kind) {
		c.known = c.known.With(c.self.known, doc.Ref, body)
	}
	return nil
}

// uncount takes a document off the sums, where it is in them.
func (c *change) uncount(ref syncproto.Ref) error {
	return c.eachCounted(`SELECT kind, id, mark, buckets FROM document WHERE kind = ? AND id = ? AND limbo = 0`,
		func(_ syncproto.Ref, as counted) { c.count(ref, as, syncproto.Sum.Less) }, ref.Kind, ref.ID[:])
}

// takeHistory keeps an entry of a history.
func (c *change) takeHistory(entry syncproto.HistoryEntry) error {
	event := entry.Event
	if len(event.Body) > syncproto.MaxEventBody {
		return &syncproto.Problem{Code: syncproto.CodeTooLarge, Doing: "taking in the history of " + event.Doc.String()}
	}
	c.touch(event.Doc, arrived)
	return c.exec("writing the history of "+event.Doc.String(), `INSERT INTO history (kind, id, version, command, entry, speaks) VALUES (?, ?, ?, ?, ?, ?)
		ON CONFLICT (kind, id, version) DO UPDATE SET command = excluded.command, entry = excluded.entry, speaks = excluded.speaks`,
		event.Doc.Kind, event.Doc.ID[:], event.Version, entry.Command[:], syncproto.MustEncode(entry), speaks[event.Kind])
}

// remove lets a document go. What waits for a verdict keeps it, in limbo, until then:
// refold sees to both.
func (c *change) remove(ref syncproto.Ref) error {
	c.touch(ref, done)
	delete(c.written, ref)
	if err := c.uncount(ref); err != nil {
		return err
	}
	result, err := c.run(`UPDATE document SET limbo = 1 WHERE kind = ? AND id = ?`, ref.Kind, ref.ID[:])
	if err != nil {
		return fmt.Errorf("removing %v: %w", ref, err)
	}
	if there, err := result.RowsAffected(); err != nil || there > 0 {
		return err
	}
	// Of a history that was too long for one delta, the body never came; or a disk has lost it.
	return c.takenBack(ref, 0)
}

// ghosts are shown, and no confirmed document is below them: what was made here, or what a disk has
// lost. Of the second nothing says that it has left, and a page that does not name it is silent.
func (c *change) ghosts() ([]syncproto.Ref, error) {
	return c.refs(`SELECT l.kind, l.id FROM listing l LEFT JOIN document d ON d.kind = l.kind AND d.id = l.id WHERE d.id IS NULL`)
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
	for _, b := range lost {
		if err := c.lose(b); err != nil {
			return err
		}
	}
	var gone []syncproto.Ref
	err := c.eachCounted(`SELECT kind, id, mark, buckets FROM document WHERE limbo = 0`, func(ref syncproto.Ref, as counted) {
		seen := as.strange() // whose it is only a newer program can say, and the server names it
		for b := range eachBucket(as.buckets) {
			seen = seen || c.self.has(b)
		}
		if !seen {
			gone = append(gone, ref)
		}
	})
	if err != nil {
		return err
	}
	ghosts, err := c.ghosts()
	if err != nil {
		return err
	}
	for _, ref := range append(gone, ghosts...) {
		if err := c.remove(ref); err != nil {
			return err
		}
	}
	return c.dropBegun()
}

// dropBegun lets go what came of long histories ahead of their documents: nobody can say any more whose
// they are. Where the rest is still to come, it is fetched whole (leaveOutGap).
func (c *change) dropBegun() error {
	return c.exec("dropping the beginnings of histories", `DELETE FROM history
		WHERE NOT EXISTS (SELECT 1 FROM document d WHERE d.kind = history.kind AND d.id = history.id)`)
}
