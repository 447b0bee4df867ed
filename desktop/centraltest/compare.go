package centraltest

import (
	"slices"

	"github.com/klauspost/compress/zstd"

	"redress/syncproto"
	"redress/syncproto/decision"
	"redress/syncproto/rules"
)

// What the server says of its buckets, counted anew each time.

// in are the documents of a bucket, in order.
func (c *Central) in(bucket syncproto.Bucket) (docs []syncproto.Document) {
	for ref, doc := range c.docs {
		if doc.Presence != decision.Held || !slices.Contains(rules.Buckets(ref, doc.Body), bucket) {
			continue
		}
		body, err := rules.WriteBody(doc.Body)
		if err != nil {
			c.T.Fatal(err)
		}
		docs = append(docs, syncproto.Document{Ref: ref, Epoch: c.Epoch, Version: doc.Version, Body: body})
	}
	slices.SortFunc(docs, func(a, b syncproto.Document) int { return a.Ref.Compare(b.Ref) })
	return docs
}

// Sums are what a bucket holds.
func (c *Central) Sums(bucket syncproto.Bucket) *syncproto.Sums {
	sums := &syncproto.Sums{}
	for _, doc := range c.in(bucket) {
		part := &sums[doc.Ref.Part()]
		*part = part.Add(syncproto.One(syncproto.Mark(c.LogID, doc)))
	}
	return sums
}

// Checkpoint is what a person's desk is told now.
func (c *Central) Checkpoint(person syncproto.ID) syncproto.Checkpoint {
	cp := syncproto.Checkpoint{Epoch: c.Epoch, Seq: c.seq, Time: c.Now}
	for _, b := range c.Buckets(person) {
		cp.Buckets = append(cp.Buckets, syncproto.BucketSum{Bucket: b, Sum: c.Sums(b).Total()})
	}
	return cp
}

// Parts are what a desk is told of one bucket.
func (c *Central) Parts(bucket syncproto.Bucket) syncproto.Parts {
	return syncproto.Parts{Epoch: c.Epoch, Seq: c.seq, Bucket: bucket, Sums: c.Sums(bucket).Bytes()}
}

// Page is a delta with some parts of a bucket in one page, for a desk that stands at the head.
func (c *Central) Page(bucket syncproto.Bucket, parts syncproto.PartSet) syncproto.Delta {
	c.T.Helper()
	var contents syncproto.PageContents
	for _, doc := range c.in(bucket) {
		if !parts.Has(doc.Ref.Part()) {
			continue
		}
		contents.Documents = append(contents.Documents, doc)
		for _, entry := range c.history {
			if entry.Event.Doc == doc.Ref {
				contents.History = append(contents.History, entry)
			}
		}
	}
	encoder, err := zstd.NewWriter(nil)
	if err != nil {
		c.T.Fatal(err)
	}
	packed := encoder.EncodeAll(syncproto.MustEncode(contents), nil)
	return syncproto.Delta{Epoch: c.Epoch, From: c.seq, Cursor: c.seq, Current: true,
		Page: &syncproto.Page{Bucket: bucket, Parts: parts, Last: true, Packed: packed}}
}
