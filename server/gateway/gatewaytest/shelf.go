package gatewaytest

import (
	"bytes"
	"slices"
	"sync"

	"redress/syncproto"
	"redress/syncproto/rules"
)

// Kept is a document as a desk has it. A copy that is not there has version 0 and no body.
type Kept struct {
	Version uint64
	copy    *shelved
}

// Body is the bytes that came.
func (k Kept) Body() []byte {
	if k.copy == nil {
		return nil
	}
	return k.copy.body
}

// shelved is what follows from a document's bytes, and is the same for every desk that has them.
type shelved struct {
	body    []byte
	buckets []syncproto.Bucket
	mark    uint64
}

// Shelf is what desks have between them: thousands of them in one process would else have as many
// copies of who is who. It lets nothing go. The zero Shelf is empty; desks without one share nothing.
type Shelf struct {
	copies sync.Map // *shelved, by version
}

type version struct {
	log     syncproto.ID
	ref     syncproto.Ref
	epoch   uint32
	version uint64
}

// keep is the document as a desk has it. Bytes that are not the shelf's are the desk's own.
func (s *Shelf) keep(log syncproto.ID, doc syncproto.Document) (Kept, error) {
	name := version{log, doc.Ref, doc.Epoch, doc.Version}
	if c := s.find(name); c != nil && bytes.Equal(c.body, doc.Body) {
		return Kept{Version: doc.Version, copy: c}, nil
	}
	body, err := rules.ReadBody(doc.Ref.Kind, doc.Body)
	if err != nil {
		return Kept{}, err
	}
	c := &shelved{body: slices.Clone(doc.Body), buckets: rules.Buckets(doc.Ref, body), mark: syncproto.Mark(log, doc)}
	if s != nil {
		s.copies.LoadOrStore(name, c)
	}
	return Kept{Version: doc.Version, copy: c}, nil
}

func (s *Shelf) find(name version) *shelved {
	if s == nil {
		return nil
	}
	there, _ := s.copies.Load(name)
	c, _ := there.(*shelved)
	return c
}
