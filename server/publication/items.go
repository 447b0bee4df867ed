package publication

import (
	"cmp"
	"slices"

	"redress/server/store"
	"redress/syncproto"
	"redress/syncproto/session"
)

// item is one thing that a catch-up brings, in its order: a changed document, or the
// verdict on one of the desk's own commands.
type item struct {
	seq    uint64
	ref    syncproto.Ref // of a verdict: verdictRef, so that it comes after the documents
	change store.Change
	own    *store.Command
}

// verdictRef comes after every document of a position.
var verdictRef = syncproto.Ref{Kind: ^syncproto.DocKind(0)}

func (i item) compare(other item) int {
	order := cmp.Or(cmp.Compare(i.seq, other.seq), i.ref.Compare(other.ref))
	if order == 0 && i.own != nil && other.own != nil {
		return cmp.Compare(i.own.Seq, other.own.Seq)
	}
	return order
}

// passed says that an earlier delta of the catch-up brought the item whole.
func (i item) passed(place session.Place) bool {
	order := cmp.Or(cmp.Compare(i.seq, place.Seq), i.ref.Compare(place.Ref))
	switch {
	case order != 0:
		return order < 0
	case i.own != nil:
		return i.own.Seq <= place.Skip
	}
	return place.Skip == 0
}

// place is where a catch-up stands when the item was brought whole.
func (i item) place() session.Place {
	if i.own != nil {
		return session.Place{Seq: i.seq, Ref: i.ref, Skip: i.own.Seq}
	}
	return session.Place{Seq: i.seq, Ref: i.ref}
}

// pageOfChanges is how many changes are looked at for one delta: those of the position at
// the place once more, and as many as a delta holds.
const pageOfChanges = syncproto.MaxDeltaDocs + syncproto.MaxDocuments

// items are the next changes and verdicts past the place, in order; more says that there
// are others. at is where a verdict comes.
func (p *page) items(own []store.Command, at func(store.Command) (uint64, error)) (items []item, more bool, err error) {
	changes, err := p.view.Changes(p.buckets, max(p.from, max(p.place.Seq, 1)-1), pageOfChanges)
	if err != nil {
		return nil, false, err
	}
	more = len(changes) == pageOfChanges
	for _, c := range changes {
		items = append(items, item{seq: c.Seq, ref: c.Ref, change: c})
	}
	for i := range own {
		seq, err := at(own[i])
		if err != nil {
			return nil, false, err
		}
		if more && seq >= changes[len(changes)-1].Seq {
			continue // it comes behind changes that were not looked at
		}
		items = append(items, item{seq: seq, ref: verdictRef, own: &own[i]})
	}
	slices.SortFunc(items, item.compare)
	return slices.DeleteFunc(items, func(i item) bool { return i.passed(p.place) }), more, nil
}

// own are the desk's commands with verdicts past the cursor.
func (p *page) own() ([]store.Command, error) {
	const some = 1024
	var all []store.Command
	for after := p.from; ; after = all[len(all)-1].Seq {
		own, err := p.view.Own(p.desk.Device, after, some)
		if err != nil {
			return nil, err
		}
		all = append(all, own...)
		if len(own) < some {
			return all, nil
		}
	}
}

// atHead has every verdict come with the last delta.
func (p *page) atHead(store.Command) (uint64, error) { return p.head, nil }

// withItsDocuments has a verdict come with the last of the documents that the command
// changed, as far as the desk sees them: where each stands now.
func (p *page) withItsDocuments(c store.Command) (uint64, error) {
	entry, _, err := p.view.Entry(c.Seq)
	if err != nil {
		return 0, err
	}
	var payload syncproto.Payload
	if err := syncproto.Decode(entry.Payload, &payload); err != nil {
		return 0, err
	}
	at, looked := c.Seq, map[syncproto.Ref]bool{}
	for _, e := range payload.Events {
		if looked[e.Doc] {
			continue
		}
		looked[e.Doc] = true
		for _, b := range p.buckets {
			m, _, err := p.view.Membership(b, e.Doc)
			if err != nil {
				return 0, err
			}
			at = max(at, m.Seq)
		}
	}
	return at, nil
}
