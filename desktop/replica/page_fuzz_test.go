package replica

import (
	"bytes"
	"errors"
	"runtime"
	"slices"
	"testing"

	"github.com/klauspost/compress/zstd"

	"redress/syncproto"
	"redress/syncproto/customer"
	"redress/syncproto/ticket"
)

// pack packs as the server does.
func pack(t testing.TB, data []byte) []byte {
	t.Helper()
	encoder, err := zstd.NewWriter(nil, zstd.WithEncoderLevel(zstd.SpeedFastest), zstd.WithEncoderConcurrency(1))
	if err != nil {
		t.Fatal(err)
	}
	defer encoder.Close()
	return encoder.EncodeAll(data, nil)
}

// frameOf is a frame of zstd that says what comes out of it, or not, and whose only blocks are
// one byte again and again.
func frameOf(blocks, each int, said bool) []byte {
	frame := []byte{0x28, 0xb5, 0x2f, 0xfd}
	if said {
		n := blocks * each
		frame = append(frame, 0xa0, byte(n), byte(n>>8), byte(n>>16), byte(n>>24))
	} else {
		frame = append(frame, 0x00, 0x58)
	}
	for n := range blocks {
		head := each<<3 | 1<<1
		if n == blocks-1 {
			head |= 1
		}
		frame = append(frame, byte(head), byte(head>>8), byte(head>>16), 'x')
	}
	return frame
}

// bombs unpack to more than a page may hold, or take more than that on the way.
func bombs(t testing.TB) map[string][]byte {
	t.Helper()
	return map[string][]byte{
		"one frame":                   pack(t, make([]byte, 100*syncproto.MaxPageBytes)),
		"blocks without end":          frameOf(20_000, 128<<10, false),
		"a frame that is not true":    append(frameOf(1, 10, true)[:9], frameOf(9, 128<<10, false)[6:]...),
		"many frames of much":         bytes.Repeat(frameOf(2, 128<<10, false), 10_000),
		"many frames of little":       bytes.Repeat(frameOf(1, 17, true), syncproto.MaxPageBytes/17-1),
		"many frames of little, bare": bytes.Repeat(frameOf(1, 17, false), syncproto.MaxPageBytes/17-1),
		"many frames of nothing":      bytes.Repeat(frameOf(1, 0, true), 19_000),
		"a window of a gigabyte":      {0x28, 0xb5, 0x2f, 0xfd, 0x00, 0xa0, 0x03, 0, 0, 'x'},
	}
}

// memoryForPage is the most that may be taken to unpack a page: what comes out and as much again
// while it grows, the room of the unpacker, and for what is read of it as for any message.
func memoryForPage(unpacked int) uint64 { return 2<<20 + 256*uint64(unpacked) }

func unpackTaking(p *syncproto.Page) (contents syncproto.PageContents, took uint64, err error) {
	var before, after runtime.MemStats
	runtime.ReadMemStats(&before)
	contents, err = unpack(p)
	runtime.ReadMemStats(&after)
	return contents, after.TotalAlloc - before.TotalAlloc, err
}

// TestABombIsRefused, whatever it is made of, in the room of a page and a little.
func TestABombIsRefused(t *testing.T) {
	if _, _, err := unpackTaking(&syncproto.Page{Packed: pack(t, syncproto.MustEncode(syncproto.PageContents{}))}); err != nil { // the unpacker is made
		t.Fatal(err)
	}
	for name, packed := range bombs(t) {
		_, took, err := unpackTaking(&syncproto.Page{Packed: packed})
		if !errors.Is(err, &syncproto.Problem{Code: syncproto.CodeMalformed}) {
			t.Errorf("%s: %v", name, err)
		}
		if took > memoryForPage(0) {
			t.Errorf("%s: %d bytes took %d", name, len(packed), took)
		}
	}
}

// somePages are contents as the server sends them.
func somePages() []syncproto.PageContents {
	body := syncproto.MustEncode(customer.Body{Name: "刘洋"})
	doc := syncproto.Document{Ref: syncproto.Ref{Kind: syncproto.KindCustomer, ID: syncproto.ID{3}}, Epoch: 1, Version: 2, Body: body}
	event := syncproto.Event{ID: syncproto.ID{4}, Doc: doc.Ref, Kind: 1, Version: 2, Body: body}
	return []syncproto.PageContents{
		{}, {Documents: []syncproto.Document{doc, {Ref: ticket.Ref(syncproto.ID{5}), Version: 1}}},
		{Documents: []syncproto.Document{doc}, History: []syncproto.HistoryEntry{{Event: event, Epoch: 1, Seq: 9, Time: 7}, {}}},
	}
}

// FuzzPage: whatever a page is packed from, it is refused, or unpacks to no more than a page may
// hold and says the same when it is said again. It takes no more room than such a page needs.
func FuzzPage(f *testing.F) {
	for _, contents := range somePages() {
		f.Add(syncproto.MustEncode(contents), false)
		f.Add(pack(f, syncproto.MustEncode(contents)), true)
	}
	for _, many := range []byte{1, 2} { // as long as a list may be, of the shortest things there are
		f.Add(slices.Concat([]byte{0xa1, many, 0x99, 0x20, 0x00}, bytes.Repeat([]byte{0xa0}, 0x2000)), false)
	}
	for _, packed := range bombs(f) {
		f.Add(packed[:min(len(packed), 400)], true)
	}
	f.Add([]byte{}, true)
	f.Add([]byte("something"), true)
	if _, err := unpack(&syncproto.Page{}); err == nil {
		f.Fatal("nothing is a page")
	}
	f.Fuzz(func(t *testing.T, data []byte, packed bool) {
		if len(data) > syncproto.MaxMessage {
			return // nothing longer comes over the wire
		}
		page := &syncproto.Page{Packed: data}
		if !packed {
			page.Packed = pack(t, data)
		}
		contents, took, err := unpackTaking(page)
		if err != nil {
			if !errors.Is(err, &syncproto.Problem{Code: syncproto.CodeMalformed}) {
				t.Errorf("%v", err)
			}
			if took > memoryForPage(syncproto.MaxPageBytes) {
				t.Errorf("refusing %d bytes took %d", len(data), took)
			}
			return
		}
		once := syncproto.MustEncode(contents)
		if len(once) > syncproto.MaxPageBytes || took > memoryForPage(syncproto.MaxPageBytes) {
			t.Errorf("%d bytes unpack to %d, and take %d", len(data), len(once), took)
		}
		if !packed && len(once) > len(data) {
			t.Errorf("it was read from %d bytes, and is %d when it is said again", len(data), len(once))
		}
		again, err := unpack(&syncproto.Page{Packed: pack(t, once)})
		if err != nil || !bytes.Equal(syncproto.MustEncode(again), once) {
			t.Errorf("it says\n%x\nand then\n%x (%v)", once, syncproto.MustEncode(again), err)
		}
	})
}
