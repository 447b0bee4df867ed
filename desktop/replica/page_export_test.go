package replica

import (
	"bytes"
	"context"
	"errors"
	"fmt"

	"redress/syncproto"
)

// TryPage takes in a page and takes it back again. refused is why it was not taken in; wrong is
// what is not as the page says, or not counted as it is here, once it was.
func (r *Replica) TryPage(ctx context.Context, p *syncproto.Page) (refused, wrong error) {
	_, err := r.transact(ctx, func(c *change) error {
		if refused = c.carryOut(func(c *change) error { return c.takePage(p) }); refused == nil {
			wrong = errors.Join(c.asListed(p), c.asCounted())
		}
		return errTried
	})
	if !errors.Is(err, errTried) {
		wrong = errors.Join(wrong, err)
	}
	return refused, wrong
}

// asListed: what the page lists is here to the byte, and of its part of the bucket nothing else.
func (c *change) asListed(p *syncproto.Page) error {
	contents, err := unpack(p)
	if err != nil {
		return err
	}
	listed := map[syncproto.Ref]bool{}
	last := map[syncproto.Ref]syncproto.Document{}
	for _, doc := range contents.Documents {
		listed[doc.Ref], last[doc.Ref] = true, doc
	}
	gone, err := c.notListed(p, listed)
	if err != nil || len(gone) > 0 {
		return fmt.Errorf("what is not listed is still here: %v (%w)", gone, err)
	}
	for ref, doc := range last {
		if ends, is := endsHistory(contents); is && ends.Ref == ref {
			continue // its beginning may be missing, and then it is left out
		}
		var here syncproto.Document
		err := c.row(`SELECT epoch, version, body FROM document WHERE kind = ? AND id = ? AND limbo = 0`, ref.Kind, ref.ID[:]).Scan(&here.Epoch, &here.Version, &here.Body)
		if err != nil || here.Epoch != doc.Epoch || here.Version != doc.Version || !bytes.Equal(here.Body, doc.Body) {
			return fmt.Errorf("%+v is here as %+v (%w)", doc, here, err)
		}
	}
	return nil
}

// asCounted: the sums of this desk's buckets are what the rows make.
func (c *change) asCounted() error {
	made := map[syncproto.Bucket]*syncproto.Sums{}
	err := c.eachCounted(`SELECT kind, id, mark, buckets FROM document WHERE limbo = 0`, func(ref syncproto.Ref, as counted) {
		for b := range eachBucket(as.buckets) {
			if made[b] == nil {
				made[b] = &syncproto.Sums{}
			}
			part := &made[b][ref.Part()]
			*part = part.Add(syncproto.One(as.mark))
		}
	})
	for _, b := range append(append([]syncproto.Bucket{}, c.self.held...), c.self.filling...) {
		var kept, rows syncproto.Sums
		if c.self.sums[b] != nil {
			kept = *c.self.sums[b]
		}
		if made[b] != nil {
			rows = *made[b]
		}
		if kept != rows {
			err = errors.Join(err, fmt.Errorf("bucket %v is counted %+v, and its rows make %+v", b, kept.Total(), rows.Total()))
		}
	}
	return err
}
