package publication

import (
	"redress/server/store"
	"redress/syncproto"
	"redress/syncproto/session"
)

// What the parts of a delta cost beside their bytes.
const (
	documentCost = 64
	historyCost  = 8
	verdictCost  = 8
	removedCost  = 32
)

// page is one delta being filled.
type page struct {
	view    *store.View
	desk    Desk
	now     []syncproto.Bucket // the desk's
	buckets []syncproto.Bucket // of these: whose changes come
	whole   bool               // every document comes with all of its history
	delta   *syncproto.Delta
	head    uint64
	from    uint64
	place   session.Place
	room    int
}

// fill puts in what there is room for. Where everything up to the head is in, the cursor
// moves there.
//
// Mostly it all fits: then the desk's own verdicts come with everything they did. A
// catch-up of several deltas brings each verdict with the last document its command
// changed. (A command that changed two documents, one of which changed again later, is
// seen applied twice on the other in between: the price of needing no memory of what was
// sent.)
func (p *page) fill() error {
	own, err := p.own()
	if err != nil {
		return err
	}
	if p.place == (session.Place{}) {
		empty, room := *p.delta, p.room
		whole, err := p.pack(own, p.atHead)
		if err != nil || whole {
			return err
		}
		*p.delta, p.room, p.place = empty, room, session.Place{}
	}
	_, err = p.pack(own, p.withItsDocuments)
	return err
}

// pack puts in items in their order as long as there is room; whole says that nothing up
// to the head is left.
func (p *page) pack(own []store.Command, at func(store.Command) (uint64, error)) (whole bool, err error) {
	items, more, err := p.items(own, at)
	if err != nil {
		return false, err
	}
	for _, i := range items {
		fits, err := p.put(i)
		if err != nil || !fits {
			return false, err
		}
		p.place = i.place()
	}
	if more {
		return false, nil
	}
	p.delta.Cursor, p.delta.Current, p.place = p.head, true, session.Place{}
	return true, nil
}

func (p *page) put(i item) (bool, error) {
	switch {
	case i.own != nil:
		return p.putVerdict(*i.own)
	case i.change.Elsewhere:
		return true, nil
	case !i.change.Present:
		fits := p.take(removedCost)
		if fits {
			p.delta.Removed = append(p.delta.Removed, i.ref)
		}
		return fits, nil
	}
	return p.putDocument(i)
}

// take takes room. The first thing in a delta always fits: the limit of each is far below
// that of a message.
func (p *page) take(cost int) bool {
	d := p.delta
	empty := len(d.Documents)+len(d.History)+len(d.Removed)+len(d.Own) == 0
	if !empty && (p.room < cost || len(d.Documents)+len(d.Removed) >= syncproto.MaxDeltaDocs) {
		return false
	}
	p.room -= cost
	return true
}

func (p *page) putVerdict(c store.Command) (bool, error) {
	if !p.take(len(c.Verdict) + verdictCost) {
		return false, nil
	}
	var verdict syncproto.Verdict
	if err := syncproto.Decode(c.Verdict, &verdict); err != nil {
		return false, err
	}
	p.delta.Own = append(p.delta.Own, verdict)
	return true, nil
}

// putDocument puts in a document with its new history. Where the history is longer than
// there is room for, a part of it goes in, and the document itself with the last part. Not in
// a delta that passes the loss of a bucket: if the document as the desk has it goes with that,
// so does all of its history, and the rest would come without its beginning.
func (p *page) putDocument(i item) (bool, error) {
	doc, _, err := p.view.Document(i.ref)
	if err != nil {
		return false, err
	}
	cost := len(doc.Body) + documentCost
	if !p.take(cost) {
		return false, nil
	}
	var sent uint64
	if p.place.Seq == i.seq && p.place.Ref == i.ref {
		sent = p.place.Skip
	}
	known := p.from
	if i.change.Since > p.from || p.whole {
		known = 0 // it came into the desk's buckets since: all of its history
	}
	history, more, err := p.view.History(i.ref, sent, known, p.room)
	if err != nil || more && len(p.delta.Lost) > 0 {
		return false, err
	}
	for _, h := range history {
		entry, err := syncproto.RestingHistory(h.Entry)
		if err != nil {
			return false, err
		}
		p.delta.History = append(p.delta.History, entry)
		p.room -= len(h.Entry) + historyCost
	}
	if more {
		p.place = session.Place{Seq: i.seq, Ref: i.ref, Skip: history[len(history)-1].Version}
		return false, nil
	}
	p.delta.Documents = append(p.delta.Documents, doc.Document)
	return true, nil
}
