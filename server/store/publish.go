package store

import (
	"cmp"
	"database/sql"
	"errors"
	"slices"

	"redress/syncproto"
)

// What publication and the scheduler ask of a View.

// Change is a document that changed in one of a desk's buckets, or left it. Since is when
// it came into the first of those it is present in. Elsewhere says that it left one and is
// still in another: it comes again where it last changed there.
type Change struct {
	Ref       syncproto.Ref
	Seq       uint64
	Present   bool
	Since     uint64
	Elsewhere bool
}

// Changes are at most limit documents that changed in, came into or left any of the
// buckets after a position, ordered by position and Ref.
func (v *View) Changes(buckets []syncproto.Bucket, after uint64, limit int) ([]Change, error) {
	var all []Change
	for _, bucket := range buckets {
		err := v.each(readChanges, func(rows *sql.Rows) error {
			var c Change
			var id []byte
			var seq, since int64
			err := rows.Scan(&c.Ref.Kind, &id, &seq, &c.Present, &since)
			copy(c.Ref.ID[:], id)
			c.Seq, c.Since = position(seq), position(since)
			all = append(all, c)
			return err
		}, bucket[:], integer(after), limit)
		if err != nil {
			return nil, err
		}
	}
	// Of one document and position: present before absent, the longest present first.
	slices.SortFunc(all, func(a, b Change) int {
		return cmp.Or(cmp.Compare(a.Seq, b.Seq), a.Ref.Compare(b.Ref), -compareBool(a.Present, b.Present), cmp.Compare(a.Since, b.Since))
	})
	all = slices.CompactFunc(all, func(a, b Change) bool { return a.Seq == b.Seq && a.Ref == b.Ref })
	if len(all) > limit {
		all = all[:limit]
	}
	return all, v.lookElsewhere(all, buckets)
}

// lookElsewhere marks what left a bucket and is in another.
func (v *View) lookElsewhere(changes []Change, buckets []syncproto.Bucket) error {
	for i, c := range changes {
		for _, bucket := range buckets {
			if c.Present || changes[i].Elsewhere {
				break
			}
			m, _, err := v.Membership(bucket, c.Ref)
			if err != nil {
				return err
			}
			changes[i].Elsewhere = m.Present
		}
	}
	return nil
}

func compareBool(a, b bool) int {
	switch {
	case a == b:
		return 0
	case a:
		return 1
	}
	return -1
}

// Membership is a document's place in a bucket; false where it never was in it.
func (v *View) Membership(bucket syncproto.Bucket, ref syncproto.Ref) (Membership, bool, error) {
	m := Membership{Bucket: bucket, Ref: ref}
	var seq, since int64
	there, err := found(readMembership, v.row(readMembership, bucket[:], ref.Kind, ref.ID[:]).Scan(&seq, &m.Present, &since))
	m.Seq, m.Since = position(seq), position(since)
	return m, there, err
}

// readHistorySQL finds where the new steps begin from the newest on: what a desk is told of a
// ticket costs by what is new of it, and not by how long its history is.
const readHistorySQL = `SELECT version, seq, entry FROM history WHERE kind = ?1 AND id = ?2
	AND version > max(?3, iif(?4 = 0, 0, coalesce((SELECT version FROM history WHERE kind = ?1 AND id = ?2 AND seq <= ?4 ORDER BY version DESC LIMIT 1), 0)))
	ORDER BY version`

// errEnough ends a query early.
var errEnough = errors.New("enough")

// History are a document's events after a version and after a log position, in order, as
// many as fit into so many bytes but at least one; more says that there are others.
func (v *View) History(ref syncproto.Ref, afterVersion, afterSeq uint64, bytes int) (events []History, more bool, err error) {
	err = v.each(readHistory, func(rows *sql.Rows) error {
		h := History{Ref: ref}
		var version, seq int64
		if err := rows.Scan(&version, &seq, &h.Entry); err != nil {
			return err
		}
		h.Version, h.Seq = position(version), position(seq)
		bytes -= len(h.Entry)
		if bytes < 0 && len(events) > 0 {
			more = true
			return errEnough
		}
		events = append(events, h)
		return nil
	}, ref.Kind, ref.ID[:], integer(afterVersion), integer(afterSeq))
	if errors.Is(err, errEnough) {
		err = nil
	}
	return events, more, err
}

// KindHistory are all events of all documents of a kind, in the order of the log.
func (v *View) KindHistory(kind syncproto.DocKind) ([]History, error) {
	var all []History
	return all, v.each(readKind, func(rows *sql.Rows) error {
		h := History{Ref: syncproto.Ref{Kind: kind}}
		var id []byte
		var version, seq int64
		err := rows.Scan(&id, &version, &seq, &h.Entry)
		copy(h.Ref.ID[:], id)
		h.Version, h.Seq = position(version), position(seq)
		all = append(all, h)
		return err
	}, kind)
}

// Own are at most limit commands of a device whose verdicts were given after a position,
// in order.
func (v *View) Own(device syncproto.ID, after uint64, limit int) ([]Command, error) {
	var own []Command
	return own, v.each(readOwn, func(rows *sql.Rows) error {
		c := Command{Device: device}
		var id, hash []byte
		var seq int64
		err := rows.Scan(&id, &hash, &c.Outcome, &seq, &c.Verdict)
		copy(c.ID[:], id)
		copy(c.Hash[:], hash)
		c.Seq = position(seq)
		own = append(own, c)
		return err
	}, device[:], integer(after), limit)
}

// Due is a document with a clock that wants a tick.
type Due struct {
	Ref syncproto.Ref
	At  syncproto.Instant
}

// Due are at most limit documents with a clock that wants a tick at now, the longest due
// first. It reads the index alone: what a tick does is decided by whoever reads the body.
func (v *View) Due(now syncproto.Instant, limit int) ([]Due, error) {
	var due []Due
	return due, v.each(readDue, func(rows *sql.Rows) error {
		var d Due
		var id []byte
		err := rows.Scan(&d.Ref.Kind, &id, &d.At)
		copy(d.Ref.ID[:], id)
		due = append(due, d)
		return err
	}, int64(now), limit)
}

// NextDue is the least instant after now at which a document wants a tick; 0 for none.
func (v *View) NextDue(now syncproto.Instant) (syncproto.Instant, error) {
	var next syncproto.Instant
	_, err := found(readNextDue, v.row(readNextDue, int64(now)).Scan(&next))
	return next, err
}
