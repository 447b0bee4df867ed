package redress_test

import (
	"slices"

	"github.com/klauspost/compress/zstd"

	"redress/syncproto"
)

// neverDiffers: where no row was spoilt no desk ever holds anything else than the server says at a
// checkpoint, and nothing that was held is fetched again (5). No desk gives up (23).
func (w *walk) neverDiffers(l *wire, message []byte) {
	frame, err := syncproto.DecodeFrame(message)
	w.must(err)
	filling := l.place.replica.Desk().Filling
	switch f := frame.(type) {
	case *syncproto.Differs:
		w.compare(5)
		for _, b := range f.Buckets {
			if f.Stopped || !slices.Contains(filling, b) && len(l.place.spoilt) == 0 {
				w.t.Fatalf("5: %s differs in bucket %v, which it holds", l.place.name, b)
			}
		}
	case *syncproto.Fetch:
		if f.Heals {
			w.mayHeal(l.place, f)
		}
	}
}

// mayBePaged: also what a page brings its desk may see, and is what the log has (3, 16).
func (w *walk) mayBePaged(l *wire, cursor uint64, page *syncproto.Page) {
	decoder, err := zstd.NewReader(nil, zstd.WithDecoderConcurrency(1))
	w.must(err)
	defer decoder.Close()
	data, err := decoder.DecodeAll(page.Packed, nil)
	w.must(err)
	var contents syncproto.PageContents
	w.must(syncproto.Decode(data, &contents))
	w.mayHold(l, cursor, contents.Documents, contents.History)
}

// allHeld: after healing nothing is being filled any more, and what a desk holds is what its
// person sees (21).
func (w *walk) allHeld(p *place) {
	w.compare(21)
	desk := p.replica.Desk()
	want := []syncproto.Bucket{syncproto.ReferenceBucket, syncproto.Bucket(p.person)}
	for _, u := range p.units {
		if !slices.Contains(want, syncproto.Bucket(u)) { // one named twice is one
			want = append(want, syncproto.Bucket(u))
		}
	}
	for _, b := range want {
		if !slices.Contains(desk.Held, b) {
			w.t.Errorf("21: %s does not hold bucket %v", p.name, b)
		}
	}
	if len(desk.Filling) > 0 || len(desk.Held) != len(want) {
		w.t.Errorf("21: %s holds %d buckets of %d, %d are being filled", p.name, len(desk.Held), len(want), len(desk.Filling))
	}
}
