package replica_test

import (
	"reflect"
	"testing"

	"github.com/klauspost/compress/zstd"

	"redress/desktop/centraltest"
	"redress/syncproto"
)

// FuzzTakePage: whatever a page holds, none of it is taken in, or all of it: what it lists is here
// to the byte, nothing else is left of its part of the bucket, and what is here is counted. What
// is refused leaves the desk as it was, and the true page is taken in after it.
func FuzzTakePage(f *testing.F) {
	central := centraltest.New(f)
	d := newDesk(f, central, "seat", centraltest.Seat, "K7MQ")
	id := d.open("远程车控失败")
	d.noteOn(id, "已重置")
	d.sync()
	bucket := syncproto.Bucket(centraltest.CallCentre)
	good := central.Page(bucket, syncproto.AllParts)
	packer, err := zstd.NewWriter(nil, zstd.WithEncoderConcurrency(1))
	if err != nil {
		f.Fatal(err)
	}
	opener, err := zstd.NewReader(nil, zstd.WithDecoderConcurrency(1))
	if err != nil {
		f.Fatal(err)
	}
	plain, err := opener.DecodeAll(good.Page.Packed, nil)
	if err != nil {
		f.Fatal(err)
	}
	var contents syncproto.PageContents
	if err := syncproto.Decode(plain, &contents); err != nil || len(contents.Documents) < 2 || len(contents.History) < 3 {
		f.Fatal(contents, err)
	}
	first := contents.Documents[0].Ref
	add := func(change func(*syncproto.PageContents)) {
		odd := syncproto.PageContents{Documents: append([]syncproto.Document{}, contents.Documents...), History: append([]syncproto.HistoryEntry{}, contents.History...)}
		change(&odd)
		f.Add(syncproto.MustEncode(odd), uint8(0), true)
		f.Add(syncproto.MustEncode(odd), first.Part(), false)
	}
	add(func(*syncproto.PageContents) {})
	add(func(p *syncproto.PageContents) { p.Documents, p.History = nil, nil })
	add(func(p *syncproto.PageContents) { p.Documents = append(p.Documents, p.Documents...) })
	add(func(p *syncproto.PageContents) { p.Documents[0].Version += 3 })
	add(func(p *syncproto.PageContents) { p.Documents[0].Version = 1 << 63 })
	add(func(p *syncproto.PageContents) { p.Documents[0].Body = make([]byte, syncproto.MaxBody+1) })
	add(func(p *syncproto.PageContents) { p.Documents[0].Ref.Kind = 999 })
	add(func(p *syncproto.PageContents) { p.Documents[0].Ref.ID[15]++ })
	add(func(p *syncproto.PageContents) { p.Documents[0].Epoch = 9 })
	add(func(p *syncproto.PageContents) { p.History[0].Event.Body = nil })
	add(func(p *syncproto.PageContents) { p.History[0].Event.Version = 77 })
	before := d.countsItsRows()
	tally := d.balanced()
	f.Fuzz(func(t *testing.T, contents []byte, part uint8, all bool) {
		page := syncproto.Page{Bucket: bucket, Parts: syncproto.AllParts, Last: true, Packed: packer.EncodeAll(contents, nil)}
		if !all {
			page.Parts = syncproto.PartSet{}.With(part)
		}
		if _, wrong := d.TryPage(ctx, &page); wrong != nil {
			t.Error(wrong)
		}
		if after, err := d.Tally(ctx); err != nil || after != tally {
			t.Errorf("what waits was %+v, and is %+v (%v)", tally, after, err)
		}
		kept, made, err := d.Counted(ctx)
		if err != nil || !reflect.DeepEqual(kept, before) || !reflect.DeepEqual(made, before) {
			t.Errorf("a page that was taken back is counted (%v)", err)
		}
		if refused, wrong := d.TryPage(ctx, good.Page); refused != nil || wrong != nil {
			t.Errorf("after it the true page: %v, %v", refused, wrong)
		}
	})
}
