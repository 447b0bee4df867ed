package replica

import (
	"bytes"
	"context"
	"database/sql"
	"errors"
	"fmt"
	"maps"
	"slices"

	"redress/syncproto"
	"redress/syncproto/rules"
)

// What this desk holds of its buckets, counted as it comes and goes (design §7). What is in
// limbo is not counted: it is not held any more. The sums are only ever counted from what is
// here, never taken from the server.

// counted is how a document is in the sums.
type counted struct {
	mark    uint64
	buckets []byte // ids, one after the other; or strange
}

// strange stands for the buckets of a document of a kind that only a newer program knows.
var strange = []byte{0}

func (as counted) strange() bool { return bytes.Equal(as.buckets, strange) }

// countedAs is how a document is to be counted, with its body as it is read; nil for one of a
// kind that only a newer program knows.
func (c *change) countedAs(doc syncproto.Document) (counted, any, error) {
	as := counted{mark: syncproto.Mark(c.self.logID, doc)}
	body, err := rules.ReadBody(doc.Ref.Kind, doc.Body)
	if errors.Is(err, &syncproto.Problem{Code: syncproto.CodeUnknownKind}) {
		as.buckets = strange
		return as, nil, nil
	}
	if err != nil {
		return as, nil, fmt.Errorf("taking in %v: %w", doc.Ref, err)
	}
	as.buckets = []byte{}
	for _, b := range rules.Buckets(doc.Ref, body) {
		as.buckets = append(as.buckets, b[:]...)
	}
	return as, body, nil
}

// eachBucket goes through the ids.
func eachBucket(ids []byte) func(func(syncproto.Bucket) bool) {
	return func(yield func(syncproto.Bucket) bool) {
		for some := range slices.Chunk(ids, len(syncproto.Bucket{})) {
			if len(some) != len(syncproto.Bucket{}) || !yield(syncproto.Bucket(some)) {
				return
			}
		}
	}
}

// count adds what is counted to the sums of the buckets this desk has, or takes it off.
func (c *change) count(ref syncproto.Ref, as counted, by func(syncproto.Sum, syncproto.Sum) syncproto.Sum) {
	for b := range eachBucket(as.buckets) {
		if c.self.has(b) {
			part := &c.sumsOf(b)[ref.Part()]
			*part = by(*part, syncproto.One(as.mark))
		}
	}
}

// sumsOf are the sums of a bucket, to be changed.
func (c *change) sumsOf(b syncproto.Bucket) *syncproto.Sums {
	if sums, changed := c.recounted[b]; changed {
		return sums
	}
	sums := syncproto.Sums{}
	if before := c.self.sums[b]; before != nil {
		sums = *before
	}
	c.recounted[b] = &sums
	return &sums
}

// storeSums writes the sums that changed.
func (c *change) storeSums() error {
	if len(c.recounted) == 0 {
		return nil
	}
	c.self.sums = maps.Clone(c.self.sums)
	if c.self.sums == nil {
		c.self.sums = map[syncproto.Bucket]*syncproto.Sums{}
	}
	for _, b := range slices.SortedFunc(maps.Keys(c.recounted), compareBuckets) {
		if !c.self.has(b) {
			delete(c.self.sums, b)
			if err := c.exec("forgetting the sums of a bucket", `DELETE FROM bucket_sums WHERE bucket = ?`, b[:]); err != nil {
				return err
			}
			continue
		}
		c.self.sums[b] = c.recounted[b]
		if err := c.exec("writing the sums of a bucket", `INSERT INTO bucket_sums (bucket, sums) VALUES (?, ?)
			ON CONFLICT (bucket) DO UPDATE SET sums = excluded.sums`, b[:], c.recounted[b].Bytes()); err != nil {
			return err
		}
	}
	return nil
}

func compareBuckets(a, b syncproto.Bucket) int { return slices.Compare(a[:], b[:]) }

func loadSums(ctx context.Context, db *sql.DB) (map[syncproto.Bucket]*syncproto.Sums, error) {
	rows, err := db.QueryContext(ctx, `SELECT bucket, sums FROM bucket_sums`)
	if err != nil {
		return nil, err
	}
	defer rows.Close() //nolint:errcheck // rows.Err says what went wrong
	all := map[syncproto.Bucket]*syncproto.Sums{}
	for rows.Next() {
		var id syncproto.ID
		var data []byte
		if err := rows.Scan(fixed(&id), &data); err != nil {
			return nil, err
		}
		if sums, err := syncproto.ReadSums(data); err == nil { // what cannot be read differs, and is counted anew
			all[syncproto.Bucket(id)] = sums
		}
	}
	return all, rows.Err()
}

// countBucket counts a bucket that this desk has from now on: what is here of it already came
// by another.
func (c *change) countBucket(bucket syncproto.Bucket) error {
	sums := c.sumsOf(bucket)
	*sums = syncproto.Sums{}
	return c.eachCounted(`SELECT kind, id, mark, buckets FROM document WHERE limbo = 0`, func(ref syncproto.Ref, as counted) {
		for b := range eachBucket(as.buckets) {
			if b == bucket {
				part := &sums[ref.Part()]
				*part = part.Add(syncproto.One(as.mark))
			}
		}
	})
}

// eachCounted runs a query for documents as they are counted.
func (c *change) eachCounted(query string, take func(syncproto.Ref, counted), arguments ...any) error {
	rows, err := c.query(query, arguments...)
	if err != nil {
		return fmt.Errorf("counting what is here: %w", err)
	}
	defer rows.Close() //nolint:errcheck // rows.Err says what went wrong
	for rows.Next() {
		var ref syncproto.Ref
		var mark int64
		var as counted
		if err := rows.Scan(&ref.Kind, fixed(&ref.ID), &mark, &as.buckets); err != nil {
			return fmt.Errorf("counting what is here: %w", err)
		}
		as.mark = uint64(mark)
		take(ref, as)
	}
	return rows.Err()
}

// countAnew counts everything from the very rows.
func (c *change) countAnew(refs []syncproto.Ref) error {
	c.self.sums = nil
	c.recounted = map[syncproto.Bucket]*syncproto.Sums{}
	for _, b := range slices.Concat(c.self.held, c.self.filling) {
		c.sumsOf(b)
	}
	for _, ref := range refs {
		doc := syncproto.Document{Ref: ref}
		var limbo bool
		err := c.row(`SELECT epoch, version, body, limbo FROM document WHERE kind = ? AND id = ?`, ref.Kind, ref.ID[:]).
			Scan(&doc.Epoch, &doc.Version, &doc.Body, &limbo)
		if errors.Is(err, sql.ErrNoRows) {
			continue // there is only what was done here
		}
		if err != nil {
			return fmt.Errorf("counting %v: %w", ref, err)
		}
		as, _, err := c.countedAs(doc)
		if err != nil { // it is damaged: counted nowhere it differs, and is fetched again
			as.buckets = []byte{}
		}
		if err := c.exec("counting "+ref.String(), `UPDATE document SET mark = ?, buckets = ? WHERE kind = ? AND id = ?`,
			int64(as.mark), as.buckets, ref.Kind, ref.ID[:]); err != nil {
			return err
		}
		if !limbo {
			c.count(ref, as, syncproto.Sum.Add)
		}
	}
	return nil
}
