package publication

import (
	"slices"
	"sync"

	"github.com/klauspost/compress/zstd"

	"redress/syncproto"
	"redress/syncproto/session"
)

// What a desk lacks comes in pages (syncproto.Page). Each is read in the same View as the delta
// that brings the desk to the head, so that it is neither ahead of the desk's cursor nor behind
// it: nothing has to follow it (counterexamples C3, X8).

// leastRoom is what has to be left of a delta for a page to go with it. Otherwise the changes
// go alone, and the page with the next. So they do where the desk loses a bucket
// (page.putDocument).
const leastRoom = syncproto.MaxDeltaBytes / 2

// packer packs pages. It may be used by several at once.
var packer = sync.OnceValues(func() (*zstd.Encoder, error) {
	return zstd.NewWriter(nil, zstd.WithEncoderLevel(zstd.SpeedFastest), zstd.WithWindowSize(syncproto.MaxPageBytes))
})

// rest adds to a delta that comes to the head what else was asked for.
func (p *page) rest(ask session.ReadDelta, reading *Reading) (err error) {
	if ask.Page != nil && slices.Contains(p.now, ask.Page.Bucket) && p.room >= leastRoom && len(p.delta.Lost) == 0 {
		reading.After, reading.Paged, err = p.addPage(*ask.Page)
	}
	if err != nil || len(ask.Parts) == 0 && !ask.Sums {
		return err
	}
	sums, err := p.view.Sums(p.now)
	if err != nil {
		return err
	}
	if ask.Sums {
		reading.Sums = []syncproto.BucketSum{}
	}
	for n, b := range p.now {
		if ask.Sums {
			reading.Sums = append(reading.Sums, syncproto.BucketSum{Bucket: b, Sum: sums[n].Total()})
		}
		if slices.Contains(ask.Parts, b) {
			reading.Parts = append(reading.Parts, syncproto.Parts{Epoch: p.delta.Epoch, Seq: p.head, Bucket: b, Sums: sums[n].Bytes()})
		}
	}
	return nil
}

// addPage puts the next page of a bucket into the delta, and says where the one after begins and
// what is in this one.
func (p *page) addPage(ask session.PageAsk) (session.PagePlace, []syncproto.Document, error) {
	room := syncproto.MaxDeltaDocs - len(p.delta.Documents) - len(p.delta.Removed)
	refs, err := p.view.Members(ask.Bucket, ask.Parts, ask.After.Ref, room+1)
	if err != nil {
		return ask.After, nil, err
	}
	at := ask.After
	var contents syncproto.PageContents
	for _, ref := range refs[:min(room, len(refs))] {
		next, err := p.pageDocument(&contents, ref, at)
		if err != nil {
			return at, nil, err
		}
		whole := next.Ref == ref
		if at = next; !whole {
			break
		}
	}
	last := len(refs) == 0 || at.Skip == 0 && at.Ref == refs[len(refs)-1]
	page := &syncproto.Page{Bucket: ask.Bucket, Parts: ask.Parts, After: ask.After.Ref, Upto: at.Ref, Last: last}
	page.Packed, err = pack(contents)
	p.delta.Page = page
	return at, contents.Documents, err
}

// pageDocument adds a document with all of its history where there is room. Of one whose
// history no page holds a part goes alone, and the document with the last.
func (p *page) pageDocument(contents *syncproto.PageContents, ref syncproto.Ref, at session.PagePlace) (session.PagePlace, error) {
	doc, _, err := p.view.Document(ref)
	if err != nil {
		return at, err
	}
	first := len(contents.Documents)+len(contents.History) == 0
	cost := len(doc.Body) + documentCost
	if p.room < cost && !first {
		return at, nil
	}
	var sent uint64
	if at.Of == ref {
		sent = at.Skip
	}
	history, more, err := p.view.History(ref, sent, 0, max(p.room-cost, 0))
	if err != nil || more && !first {
		return at, err
	}
	for _, h := range history {
		entry, err := syncproto.RestingHistory(h.Entry)
		if err != nil {
			return at, err
		}
		contents.History = append(contents.History, entry)
		cost += len(h.Entry) + historyCost
	}
	p.room -= cost
	if more {
		return session.PagePlace{Ref: at.Ref, Of: ref, Skip: history[len(history)-1].Version}, nil
	}
	contents.Documents = append(contents.Documents, doc.Document)
	return session.PagePlace{Ref: ref}, nil
}

func pack(contents syncproto.PageContents) ([]byte, error) {
	data, err := syncproto.Encode(contents)
	if err != nil {
		return nil, err
	}
	encoder, err := packer()
	if err != nil {
		return nil, err
	}
	return encoder.EncodeAll(data, nil), nil
}
