package gatewaytest

import (
	"fmt"
	"slices"

	"github.com/klauspost/compress/zstd"

	"redress/syncproto"
	"redress/syncproto/session"
)

// compare counts what the desk has against what the server says. What it lacks it fetches
// whole, once a line: what differs then is an error.
func (d *Desk) compare(ask session.Compare) ([]session.ClientInput, error) {
	var c session.Comparison
	if ask.Checkpoint == nil {
		return nil, fmt.Errorf("parts of %v came, which nobody asked for", ask.Parts.Bucket)
	}
	for _, theirs := range ask.Checkpoint.Buckets {
		mine := d.sum(theirs.Bucket)
		switch {
		case mine == theirs.Sum:
			d.Filling = slices.DeleteFunc(d.Filling, func(b syncproto.Bucket) bool { return b == theirs.Bucket })
			if !slices.Contains(d.Held, theirs.Bucket) {
				d.Held = append(d.Held, theirs.Bucket)
			}
		case slices.Contains(d.Filling, theirs.Bucket) && !d.fetched[theirs.Bucket]:
			c.Fetch = append(c.Fetch, syncproto.Fetch{Bucket: theirs.Bucket, Parts: syncproto.AllParts})
			d.fetched[theirs.Bucket] = true
		default:
			return nil, fmt.Errorf("of bucket %v the desk has %+v at %d, the server %+v", theirs.Bucket, mine, d.Cursor, theirs.Sum)
		}
	}
	c.Filling = len(d.Filling) > 0
	return []session.ClientInput{session.Compared{Comparison: c}}, nil
}

func (d *Desk) sum(bucket syncproto.Bucket) (sum syncproto.Sum) {
	for _, doc := range d.Documents {
		if slices.Contains(doc.copy.buckets, bucket) {
			sum = sum.Add(syncproto.One(doc.copy.mark))
		}
	}
	return sum
}

// drop lets go what no bucket of the desk has.
func (d *Desk) drop() {
	for ref, doc := range d.Documents {
		kept := func(b syncproto.Bucket) bool { return slices.Contains(d.Held, b) || slices.Contains(d.Filling, b) }
		if !slices.ContainsFunc(doc.copy.buckets, kept) {
			delete(d.Documents, ref)
		}
	}
}

// keep takes documents in.
func (d *Desk) keep(documents []syncproto.Document) error {
	for _, doc := range documents {
		kept, err := d.Shelf.keep(d.LogID, doc)
		if err != nil {
			return err
		}
		d.Documents[doc.Ref] = kept
	}
	return nil
}

// page takes in a page.
func (d *Desk) page(page *syncproto.Page) error {
	decoder, err := zstd.NewReader(nil, zstd.WithDecoderConcurrency(1))
	if err != nil {
		return err
	}
	defer decoder.Close()
	data, err := decoder.DecodeAll(page.Packed, nil)
	if err != nil {
		return err
	}
	var contents syncproto.PageContents
	if err := syncproto.Decode(data, &contents); err != nil {
		return err
	}
	return d.keep(contents.Documents)
}
