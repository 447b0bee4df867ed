package publication

import (
	"cmp"
	"maps"
	"slices"

	"redress/server/store"
	"redress/syncproto"
)

// merging makes one delta for a desk of one batch after the other.
type merging struct {
	desk    Desk
	buckets []syncproto.Bucket
	places  map[syncproto.Ref]*place
	own     map[syncproto.ID]*verdict // the last of a command that was parked and then decided
	size    int
}

// place is where a document stands after the batches as far as the desk is concerned.
type place struct {
	ref     syncproto.Ref
	rows    []store.Membership // its last in each of the desk's buckets
	newest  *document
	history []*event
}

// add takes in the next batch; false where the delta would become too large. Then nothing
// of the batch is in it.
func (m *merging) add(w *written) bool {
	rows := map[syncproto.Ref][]store.Membership{}
	for _, bucket := range m.buckets {
		for _, row := range w.changed[bucket] {
			rows[row.Ref] = append(rows[row.Ref], row)
		}
	}
	size, docs := m.size, len(m.places)
	for ref := range rows {
		p := m.places[ref]
		if p == nil {
			p = &place{}
			docs++
		}
		size += w.documents[ref].size() - p.newest.body()
	}
	for _, v := range w.own[m.desk.Device] {
		size += len(v.bytes) + verdictCost
	}
	if size > syncproto.MaxDeltaBytes || docs > syncproto.MaxDeltaDocs {
		return false
	}
	m.size = size
	for ref, rows := range rows {
		p := m.places[ref]
		if p == nil {
			p = &place{ref: ref}
			m.places[ref] = p
		}
		p.take(w.documents[ref], rows)
	}
	for _, v := range w.own[m.desk.Device] {
		m.own[v.command] = v
	}
	return true
}

// body is what the document itself takes in a delta, and size what it takes with the
// history of its batch.
func (d *document) body() int {
	if d == nil {
		return 0
	}
	return len(d.Body) + documentCost
}

func (d *document) size() int {
	size := d.body()
	for _, e := range d.history {
		size += len(e.bytes) + historyCost
	}
	return size
}

// take takes in what a batch made of the document. Since 0 keeps what is there, as in the
// store.
func (p *place) take(d *document, rows []store.Membership) {
	p.newest, p.history = d, append(p.history, d.history...)
	for _, row := range rows {
		i := slices.IndexFunc(p.rows, func(m store.Membership) bool { return m.Bucket == row.Bucket })
		if i < 0 {
			p.rows = append(p.rows, row)
			continue
		}
		if row.Since == 0 {
			row.Since = p.rows[i].Since
		}
		p.rows[i] = row
	}
}

// present says whether the desk has it, and since when; 0 where that is before the batches.
func (p *place) present() (since uint64, there bool) {
	for _, m := range p.rows {
		switch {
		case !m.Present:
		case !there:
			since, there = m.Since, true
		default:
			since = min(since, m.Since)
		}
	}
	return since, there
}

// seq is where it last changed for the desk, or left.
func (p *place) seq() uint64 {
	var seq uint64
	for _, m := range p.rows {
		seq = max(seq, m.Seq)
	}
	return seq
}

// all says whether the history is here from its beginning and without a gap. What came to a
// desk needs all of it: the batches do not hold how it began where that is long ago, and those
// in which it was nowhere the desk can see are not among what was taken in.
func (p *place) all() bool { return uint64(len(p.history)) == p.newest.Version }

// delta is what was taken in, in the order of the log; false where a document came to the
// desk and not all of its history is here.
func (m *merging) delta() (*syncproto.Delta, bool, error) {
	d := &syncproto.Delta{}
	places := slices.SortedFunc(maps.Values(m.places), func(a, b *place) int {
		return cmp.Or(cmp.Compare(a.seq(), b.seq()), a.ref.Compare(b.ref))
	})
	for _, p := range places {
		since, there := p.present()
		if !there {
			d.Removed = append(d.Removed, p.ref)
			continue
		}
		if since != 0 && !p.all() {
			return nil, false, nil
		}
		for _, e := range p.history {
			entry, err := e.get(syncproto.RestingHistory)
			if err != nil {
				return nil, false, err
			}
			d.History = append(d.History, entry)
		}
		d.Documents = append(d.Documents, p.newest.Document)
	}
	for _, v := range slices.SortedFunc(maps.Values(m.own), func(a, b *verdict) int { return cmp.Compare(a.seq, b.seq) }) {
		value, err := v.get(readVerdict)
		if err != nil {
			return nil, false, err
		}
		d.Own = append(d.Own, value)
	}
	return d, true, nil
}
