package replica

import (
	"slices"

	"redress/syncproto"
)

// The buckets of this desk. One is held when all of it is here; it is being filled while what
// lies before its first delta is fetched. Both get what is new.

// has says that the bucket is this desk's.
func (s *self) has(b syncproto.Bucket) bool {
	return slices.Contains(s.held, b) || slices.Contains(s.filling, b)
}

func without(buckets []syncproto.Bucket, b syncproto.Bucket) []syncproto.Bucket {
	return slices.DeleteFunc(slices.Clone(buckets), func(other syncproto.Bucket) bool { return other == b })
}

// hold notes that all of a bucket is here.
func (c *change) hold(b syncproto.Bucket) error {
	if slices.Contains(c.self.held, b) {
		return nil
	}
	if err := c.come(b, false); err != nil {
		return err
	}
	c.self.held, c.self.filling = append(slices.Clone(c.self.held), b), without(c.self.filling, b)
	return nil
}

// fill notes that a bucket comes from now on, and is not complete.
func (c *change) fill(b syncproto.Bucket) error {
	if slices.Contains(c.self.filling, b) {
		return nil
	}
	if err := c.come(b, true); err != nil {
		return err
	}
	c.self.held, c.self.filling = without(c.self.held, b), append(slices.Clone(c.self.filling), b)
	return nil
}

func (c *change) come(b syncproto.Bucket, filling bool) error {
	if known := c.self.has(b); !known {
		if len(c.self.held)+len(c.self.filling) >= syncproto.MaxBuckets {
			return &syncproto.Problem{Code: syncproto.CodeTooLarge, Doing: "holding a bucket", Detail: "more than a desk may hold"}
		}
		if err := c.countBucket(b); err != nil {
			return err
		}
	}
	return c.exec("holding a bucket", `INSERT INTO bucket (id, filling) VALUES (?, ?) ON CONFLICT (id) DO UPDATE SET filling = excluded.filling`, b[:], filling)
}

// lose notes that a bucket is not this desk's any more.
func (c *change) lose(b syncproto.Bucket) error {
	c.self.held, c.self.filling = without(c.self.held, b), without(c.self.filling, b)
	c.sumsOf(b) // which go with it
	return c.exec("losing a bucket", `DELETE FROM bucket WHERE id = ?`, b[:])
}
