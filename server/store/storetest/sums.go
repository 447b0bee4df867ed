package storetest

import (
	"testing"

	"redress/server/store"
	"redress/syncproto"
)

// sumsFollowBatches: more buckets in one batch than are read and written together, a sum
// that passes 2⁶⁴, and one that goes back to nothing.
func sumsFollowBatches(t *testing.T, s *store.Store) {
	const large = 1 << 63
	region := func(n uint64) syncproto.Bucket {
		return syncproto.Bucket(syncproto.Derive("region", syncproto.NumberedID(n)))
	}
	b := batch(t, s, 1)
	for n := range uint64(300) {
		b.Recounts = append(b.Recounts, store.Recount{Bucket: region(n), Part: 7, By: syncproto.One(n)})
	}
	b.Recounts = append(b.Recounts, store.Recount{Bucket: east, Part: 255, By: syncproto.One(large + 3)},
		store.Recount{Bucket: east, Part: 255, By: syncproto.One(large + 4)}, store.Recount{Bucket: west, Part: 0, By: syncproto.One(9)})
	write(t, s, b)
	b = batch(t, s, 1)
	b.Recounts = []store.Recount{{Bucket: east, Part: 255, By: syncproto.Sum{}.Less(syncproto.One(large + 3))}, {Bucket: west, Part: 0, By: syncproto.Sum{}.Less(syncproto.One(9))},
		{Bucket: region(299), Part: 8, By: syncproto.One(1)}}
	write(t, s, b)
	view(t, s, func(v *store.View) error {
		var all []syncproto.Bucket
		for n := range uint64(300) {
			all = append(all, region(n))
		}
		sums, err := v.Sums(append(all, east, west, syncproto.Bucket(device)))
		if err != nil {
			return err
		}
		for n, sum := range sums[:299] {
			same(t, "a region", *sum, syncproto.Sums{7: syncproto.One(uint64(n))})
		}
		same(t, "the last region", *sums[299], syncproto.Sums{7: syncproto.One(299), 8: syncproto.One(1)})
		same(t, "what grew and shrank", *sums[300], syncproto.Sums{255: syncproto.One(large + 4)})
		same(t, "what is empty again", *sums[301], syncproto.Sums{})
		same(t, "what nothing was ever in", *sums[302], syncproto.Sums{})
		return nil
	})
}
