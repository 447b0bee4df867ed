package replica

import (
	"context"
	"errors"
	"fmt"
	"slices"

	"redress/syncproto"
	"redress/syncproto/session"
)

// How this desk sees that it holds what the server says it should (design §7, invariants 5 and
// 23). Sums are kept as documents come and go, and at every checkpoint some parts are counted
// again from the very rows, in turn: so a row that was damaged on this disk shows, and the part
// it is in is fetched again.

// countedAtOnce is how many of the 256 parts are counted from their rows at a checkpoint: all of
// them in 80 minutes. Of 100,000 tickets that is some 60 ms of reading, beside all other work.
const countedAtOnce = 16

// countedPart is a part as counted from its rows, and the rows that are not as they were written.
type countedPart struct {
	number  uint8
	sums    map[syncproto.Bucket]syncproto.Sum
	damaged map[syncproto.Ref]uint64 // and how they are counted now
	strange bool                     // it has documents that only a newer program can read
}

const selectPart = `SELECT kind, id, epoch, version, body, mark, buckets FROM document WHERE substr(id, 16) = ? AND limbo = 0`

// countParts counts parts from their rows. It keeps no writer waiting.
func (r *Replica) countParts(ctx context.Context, numbers []uint8) ([]countedPart, error) {
	parts := make([]countedPart, 0, len(numbers))
	log := r.self.Load().logID
	for _, number := range numbers {
		p := countedPart{number: number, sums: map[syncproto.Bucket]syncproto.Sum{}, damaged: map[syncproto.Ref]uint64{}}
		rows, err := r.reads.query(ctx, selectPart, []byte{number})
		if err != nil {
			return nil, fault(r.path, "counting what is here", err)
		}
		for err == nil && rows.Next() {
			var doc syncproto.Document
			var mark int64
			var as counted
			if err = rows.Scan(&doc.Ref.Kind, fixed(&doc.Ref.ID), &doc.Epoch, &doc.Version, &doc.Body, &mark, &as.buckets); err != nil {
				break
			}
			as.mark = syncproto.Mark(log, doc)
			if as.mark != uint64(mark) {
				p.damaged[doc.Ref] = as.mark
			}
			p.strange = p.strange || as.strange()
			for b := range eachBucket(as.buckets) {
				p.sums[b] = p.sums[b].Add(syncproto.One(as.mark))
			}
		}
		if err = errors.Join(err, rows.Err(), rows.Close()); err != nil {
			return nil, fault(r.path, "counting what is here", err)
		}
		parts = append(parts, p)
	}
	return parts, nil
}

// adopt takes over what was counted from the rows.
func (c *change) adopt(parts []countedPart) error {
	for _, p := range parts {
		for ref, mark := range p.damaged {
			if err := c.exec("noting a row that has changed", `UPDATE document SET mark = ? WHERE kind = ? AND id = ?`, int64(mark), ref.Kind, ref.ID[:]); err != nil {
				return err
			}
		}
		for _, b := range slices.Concat(c.self.held, c.self.filling) {
			if before := c.self.sums[b]; before == nil || before[p.number] != p.sums[b] {
				c.sumsOf(b)[p.number] = p.sums[b]
			}
		}
	}
	return nil
}

// sum is what this desk holds of a bucket, as of what the transaction has done so far.
func (c *change) sum(b syncproto.Bucket) *syncproto.Sums {
	if sums := c.recounted[b]; sums != nil {
		return sums
	}
	if sums := c.self.sums[b]; sums != nil {
		return sums
	}
	return &syncproto.Sums{}
}

// Compare holds what is here against a checkpoint. A bucket that was being filled is held from
// the checkpoint on at which nothing of it is missing; one of which there is nothing yet is
// fetched whole.
func (r *Replica) Compare(ctx context.Context, cp syncproto.Checkpoint) (out session.Comparison, err error) {
	before := r.self.Load().taken
	numbers := make([]uint8, countedAtOnce)
	for n := range numbers {
		numbers[n] = uint8(r.turn.Add(1))
	}
	parts, err := r.countParts(ctx, numbers)
	if err != nil {
		return out, err
	}
	err = r.commit(ctx, "comparing what is here", func(c *change) error {
		out = session.Comparison{}
		if cp.Epoch == c.self.epoch && cp.Seq == c.self.cursor && c.self.taken == before {
			if err := c.adopt(parts); err != nil {
				return err
			}
			if err := c.compare(cp, &out); err != nil {
				return err
			}
			if err := c.foldDamaged(); err != nil {
				return err
			}
			c.self.compared = cp.Time
		}
		out.Filling = len(c.self.filling) > 0
		return nil
	})
	return out, err
}

func (c *change) compare(cp syncproto.Checkpoint, out *session.Comparison) error {
	wrong := false
	c.self.wanted = map[syncproto.Bucket]uint32{}
	for _, theirs := range cp.Buckets {
		b := theirs.Bucket
		c.self.wanted[b] = theirs.Sum.Count
		switch mine := c.sum(b).Total(); {
		case !c.self.has(b): // it comes with a delta that says so
		case mine == theirs.Sum:
			if err := c.hold(b); err != nil {
				return err
			}
		case mine.Count == 0 && slices.Contains(c.self.filling, b):
			out.Fetch = append(out.Fetch, syncproto.Fetch{Bucket: b, Parts: syncproto.AllParts})
		default:
			out.Differs = append(out.Differs, b)
			wrong = wrong || slices.Contains(c.self.held, b)
		}
	}
	// What everybody needs comes first, then what is the person's own.
	order := []syncproto.Bucket{syncproto.ReferenceBucket, syncproto.Bucket(c.self.person)}
	first := func(f syncproto.Fetch) int {
		if at := slices.Index(order, f.Bucket); at >= 0 {
			return at
		}
		return len(order)
	}
	slices.SortStableFunc(out.Fetch, func(a, b syncproto.Fetch) int { return first(a) - first(b) })
	c.self.current = len(c.self.filling) == 0
	if !wrong {
		c.self.differs = 0
	}
	return c.sweepIfComplete()
}

// CompareParts holds the parts of a bucket against what the server says. Those that differ are
// counted from their rows before anything is fetched: it may be only the counting that was wrong.
func (r *Replica) CompareParts(ctx context.Context, theirs syncproto.Parts) (out session.Comparison, err error) {
	sums, err := syncproto.ReadSums(theirs.Sums)
	if err != nil {
		return out, err
	}
	s := r.self.Load()
	mine := s.sums[theirs.Bucket]
	if mine == nil {
		mine = &syncproto.Sums{}
	}
	differing := mine.Differing(sums)
	var numbers []uint8
	for n := range syncproto.PartCount {
		if number := uint8(n); differing.Has(number) {
			numbers = append(numbers, number)
		}
	}
	parts, err := r.countParts(ctx, numbers)
	if err != nil {
		return out, err
	}
	err = r.commit(ctx, "comparing the parts of a bucket", func(c *change) error {
		out = session.Comparison{}
		if theirs.Epoch == c.self.epoch && theirs.Seq == c.self.cursor && c.self.taken == s.taken && c.self.has(theirs.Bucket) {
			if err := c.adopt(parts); err != nil {
				return err
			}
			if err := c.compareParts(theirs.Bucket, sums, parts, &out); err != nil {
				return err
			}
		}
		out.Filling = len(c.self.filling) > 0
		return nil
	})
	return out, err
}

func (c *change) compareParts(b syncproto.Bucket, theirs *syncproto.Sums, parts []countedPart, out *session.Comparison) error {
	differing := c.sum(b).Differing(theirs)
	for _, p := range parts {
		if p.strange { // of these only a newer program can say where they belong
			differing = differing.Without(p.number)
		}
	}
	if differing.IsZero() {
		if err := c.hold(b); err != nil {
			return err
		}
		c.self.current = len(c.self.filling) == 0
		return c.sweepIfComplete()
	}
	heals := slices.Contains(c.self.held, b)
	if heals {
		may, err := c.heal()
		if err != nil {
			return err
		}
		if !may {
			out.Stopped = append(out.Stopped, b)
			return nil
		}
	}
	out.Fetch = append(out.Fetch, syncproto.Fetch{Bucket: b, Parts: differing, Heals: heals})
	return nil
}

// heal notes that something is fetched again, or that it is too often: then it stops, and the
// person is told. All that one checkpoint finds is one healing.
func (c *change) heal() (may bool, err error) {
	now := c.self.compared
	// One ahead is of a clock of the server's that was wrong.
	if err := c.exec("forgetting old healings", `DELETE FROM heal WHERE at <= ? OR at > ?`, now.Add(-syncproto.Hour), now); err != nil {
		return false, err
	}
	var times int
	if err := c.row(`SELECT count(*) FROM heal WHERE at <> ?`, now).Scan(&times); err != nil {
		return false, fmt.Errorf("counting healings: %w", err)
	}
	if times >= syncproto.HealsAnHour {
		if c.self.differs == 0 {
			c.self.differs = now
		}
		return false, nil
	}
	return true, c.exec("noting a healing", `INSERT INTO heal (at) VALUES (?) ON CONFLICT (at) DO NOTHING`, now)
}
