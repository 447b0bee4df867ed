package ledger

import (
	"cmp"
	"context"
	"fmt"
	"slices"

	"redress/server/store"
	"redress/syncproto"
	"redress/syncproto/decision"
	"redress/syncproto/reference"
	"redress/syncproto/rules"
)

// maxOldReferences is how many References of the past are kept ready.
const maxOldReferences = 64

// references answers what the reference data was at any position of the log.
type references struct {
	changes []reference.Change // all there ever were, in order
	newest  reference.Reference
	old     *recent[int, reference.Reference] // by how many changes it has
}

// at is the newest Reference a device that knew the log up to known can have had.
func (r *references) at(known uint64) reference.Reference {
	if known >= r.newest.Seq {
		return r.newest
	}
	n, _ := slices.BinarySearchFunc(r.changes, known+1, func(c reference.Change, seq uint64) int { return cmp.Compare(c.Seq, seq) })
	then, kept := r.old.get(n)
	if !kept {
		then = reference.Reference{}.WithAll(r.changes[:n])
		r.old.put(n, then, 1)
	}
	return then.Known(r.newest)
}

// after is the references with one more change; the receiver stays as it was.
func (r *references) after(c reference.Change) *references {
	return &references{changes: append(r.changes, c), newest: r.newest.With(c.Seq, c.Ref, c.Body), old: r.old}
}

// forget lets go of the References kept ready: some may be of a batch that failed.
func (r *references) forget() { r.old = newRecent[int, reference.Reference](maxOldReferences) }

// loadReferences folds the history of all reference data.
func loadReferences(v *store.View) (*references, error) {
	var all []store.History
	for _, kind := range rules.ReferenceKinds() {
		events, err := v.KindHistory(kind)
		if err != nil {
			return nil, err
		}
		all = append(all, events...)
	}
	slices.SortStableFunc(all, func(a, b store.History) int { return cmp.Compare(a.Seq, b.Seq) })
	r := &references{old: newRecent[int, reference.Reference](maxOldReferences)}
	docs := decision.Docs{}
	for _, h := range all {
		var entry syncproto.HistoryEntry
		if err := syncproto.Decode(h.Entry, &entry); err != nil {
			return nil, err
		}
		doc, err := rules.Evolve(h.Ref, docs[h.Ref], entry.Event)
		if err != nil {
			return nil, err
		}
		docs[h.Ref] = doc
		r.changes = append(r.changes, reference.Change{Seq: h.Seq, Ref: h.Ref, Body: doc.Body})
	}
	r.newest = reference.Reference{}.WithAll(r.changes)
	return r, nil
}

// restore is where the log was set back, and when.
type restore struct {
	left uint64
	at   syncproto.Instant
}

func restoresOf(v *store.View) ([]restore, error) {
	ends, err := v.EpochEnds()
	if err != nil || len(ends) == 0 {
		return nil, err
	}
	var all []restore
	for _, end := range ends[:len(ends)-1] {
		e, _, err := v.Entry(end.Seq + 1)
		if err != nil {
			return nil, err
		}
		var header syncproto.Header
		if err := syncproto.Decode(e.Header, &header); err != nil {
			return nil, err
		}
		all = append(all, restore{left: end.Seq, at: header.Time})
	}
	return all, nil
}

// takenBack says that a command was given before a restore took back what its device knew of the log,
// and what was left of that.
func (l *Ledger) takenBack(c syncproto.Intent) (left uint64, of bool) {
	for _, r := range l.restores {
		if c.Known > r.left && c.Readings.Anchor.Server < r.at {
			return r.left, true
		}
	}
	return 0, false
}

// ReadReference is who is who and what is the rule now, for whoever only reads.
func ReadReference(ctx context.Context, s Viewer) (reference.Reference, error) {
	var newest reference.Reference
	err := s.View(ctx, func(v *store.View) error {
		r, err := loadReferences(v)
		if err == nil {
			newest = r.newest
		}
		return err
	})
	if err != nil {
		return newest, fmt.Errorf("reading the reference data: %w", err)
	}
	return newest, nil
}

// Viewer is where one can read.
type Viewer interface {
	View(ctx context.Context, read func(*store.View) error) error
}
