package publication_test

import (
	"runtime"
	"testing"
	"weak"

	"redress/server/publication"
	"redress/server/store"
	"redress/syncproto"
	"redress/syncproto/reference"
	"redress/syncproto/ticket"
)

// TestMemoryKeepsNoMoreThanItMay: whatever the size of the batches, and what was let go of is
// really gone.
func TestMemoryKeepsNoMoreThanItMay(t *testing.T) {
	for name, size := range map[string]int{
		"one that alone is too large": publication.MaxRecent + 1,
		"large ones":                  publication.MaxRecent / 5,
		"small ones":                  publication.MaxRecent / 100,
	} {
		t.Run(name, func(t *testing.T) {
			p, head := publication.New(nil, 1), uint64(1)
			var kept []weak.Pointer[byte]
			for range 3*publication.MaxRecent/2/size + 2 {
				body := make([]byte, size)
				kept = append(kept, weak.Make(&body[0]))
				head++
				p.Written(store.Batch{After: store.Head{Epoch: 1, Seq: head - 1}, Entries: make([]syncproto.Entry, 1),
					Documents: []store.Document{{Document: syncproto.Document{Ref: ticket.Ref(syncproto.ID{1}), Body: body}, Seq: head}}}, reference.Reference{})
				runtime.GC()
				bytes := 0
				for _, b := range kept {
					if b.Value() != nil {
						bytes += size
					}
				}
				if bytes > publication.MaxRecent || p.Head() != head {
					t.Fatalf("%d batches of %d bytes: %d bytes are kept, %d are allowed; the head is %d, want %d",
						len(kept), size, bytes, publication.MaxRecent, p.Head(), head)
				}
			}
			runtime.KeepAlive(p)
		})
	}
}
