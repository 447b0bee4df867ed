package ledger_test

import (
	"fmt"
	"runtime"
	"testing"

	"redress/server/ledger/ledgertest"
	"redress/syncproto"
	"redress/syncproto/ticket"
)

// TestWhatIsKeptReadyTakesWhatItIsCountedFor: of a server with a thousand tickets, and after most of them were let
// go. What is read again then is what it was.
func TestWhatIsKeptReadyTakesWhatItIsCountedFor(t *testing.T) {
	w := ledgertest.New(t)
	seat := w.Desk(w.Seat, "K7MQ")
	var first syncproto.ID
	for n := range 1000 {
		id := w.ID()
		if n == 0 {
			first = id
		}
		seat.Give(syncproto.CommandOpen, w.Open(id, w.East, fmt.Sprintf("K7MQ-%05d", n+1)))
		seat.Give(syncproto.CommandRespond, ticket.Respond{Ticket: id, Text: "已联系服务站"})
	}
	inUse := func() int {
		runtime.GC()
		runtime.GC()
		var m runtime.MemStats
		runtime.ReadMemStats(&m)
		return int(m.HeapAlloc)
	}
	documents, counted := w.Ledger.Cached()
	before := inUse()
	w.Ledger.Cache(10 << 10)
	takes := before - inUse()
	if ratio := float64(takes) / float64(counted); documents < 2000 || ratio < 0.67 || ratio > 1.5 {
		t.Errorf("%d documents are counted as %d bytes, and take %d: %.2f times that", documents, counted, takes, ratio)
	}
	if left, bytes := w.Ledger.Cached(); left == 0 || bytes > 10<<10 {
		t.Errorf("%d are left, of %d bytes", left, bytes)
	}
	seat.Give(syncproto.CommandNote, ticket.Note{Ticket: first, Text: "服务站已回电"})
	w.Verify()
}
