package gateway_test

import (
	"context"
	"errors"
	"net/http"
	"path/filepath"
	"strings"
	"testing"

	"redress/server/gateway/gatewaytest"
	"redress/server/ledger"
	"redress/server/ledger/ledgertest"
	"redress/server/store"
	"redress/server/store/storetest"
	"redress/syncproto"
	"redress/syncproto/ticket"
)

// fillable is a store whose disk is filled and emptied by whoever appends, between two
// batches: nobody else uses the connection then.
type fillable struct {
	*store.Store
	disk   *storetest.Disk
	orders chan bool // full or not
}

// Append does what was ordered first.
func (f *fillable) Append(ctx context.Context, b store.Batch) error {
	select {
	case full := <-f.orders:
		set := f.disk.Room
		if full {
			set = f.disk.Fill
		}
		if err := set(); err != nil {
			return err
		}
	default:
	}
	return f.Store.Append(ctx, b)
}

// serveOnDisk serves a world from a disk that can be filled.
func serveOnDisk(t *testing.T) (*served, *fillable) {
	t.Helper()
	w := ledgertest.New(t)
	disk := storetest.NewDisk(filepath.ToSlash(w.Path))
	w.Restart() // its database is opened anew, on the disk
	f := &fillable{Store: w.Store, disk: disk, orders: make(chan bool, 1)}
	w.LoadFrom(f)
	return serveWorld(t, w), f
}

// TestAFullDiskAcknowledgesNothing (real sockets, SQLite's own word): the session of who
// hands in ends with the code and a time to come back, others are served what there is, and
// with room again everything that was handed in is in the log, once.
func TestAFullDiskAcknowledgesNothing(t *testing.T) {
	s, disk := serveOnDisk(t)
	seat, reader := s.desk(s.Seat, "wang"), s.desk(s.Manager, "li")
	online(t, seat)
	id := s.ID()
	opening := tap(t, seat, syncproto.CommandOpen, s.Open(id, s.East, "K7MQ-00001"))
	play(t, seat, func() bool { return seat.Verdicts[opening].Outcome == syncproto.Accepted })

	disk.orders <- true
	var ended *gatewaytest.Ended
	var given []syncproto.ID
	for n := 0; n < 400 && ended == nil; n++ {
		note := tap(t, seat, syncproto.CommandNote, ticket.Note{Ticket: id, Text: strings.Repeat("满", syncproto.MaxText)})
		given = append(given, note)
		err := seat.Play(func() bool { return seat.Verdicts[note].Outcome != 0 })
		if err != nil && !errors.As(err, &ended) {
			t.Fatal(err)
		}
	}
	if ended == nil || ended.Code != syncproto.CodeDiskFull || ended.RetryAfter <= 0 {
		t.Fatalf("the session ended with %+v, want %s and a time to come back", ended, syncproto.CodeDiskFull)
	}
	last := given[len(given)-1]
	if v, told := seat.Verdicts[last]; told || !s.Ledger.Full() {
		t.Errorf("what found no room was told %v; the ledger says full: %v", v.Outcome, s.Ledger.Full())
	}
	online(t, reader)
	if _, there := reader.Documents[ticket.Ref(id)]; !there {
		t.Error("who only reads is not served")
	}
	if err := reader.Hang(); err != nil {
		t.Fatal(err)
	}

	disk.orders <- false
	online(t, seat)
	play(t, seat, func() bool { return seat.Verdicts[last].Outcome == syncproto.Accepted })
	for _, note := range given {
		if v := seat.Verdicts[note]; v.Outcome != syncproto.Accepted {
			t.Errorf("a note was %v", v.Outcome)
		}
	}
	if s.Ledger.Full() {
		t.Error("with room again the ledger still says full")
	}
	s.Verify()
}

// TestLoggingInOnAFullDisk says that it is the server that has no room, and when to try
// again; whoever logged in before can go on working without.
func TestLoggingInOnAFullDisk(t *testing.T) {
	s, disk := serveOnDisk(t)
	seat := s.desk(s.Seat, "wang")
	if err := disk.disk.Fill(); err != nil { // nobody is connected
		t.Fatal(err)
	}
	var filling error
	for filling == nil { // until the pages that are left are used up
		token := s.ID()
		filling = disk.AddToken(t.Context(), store.Token{Token: syncproto.HashOf(token[:]), Expires: s.Clock().Add(syncproto.Day)}, s.Clock())
	}
	var refused *gatewaytest.Refused
	if err := seat.LogIn(t.Context()); !errors.Is(filling, store.ErrFull) || !errors.As(err, &refused) {
		t.Fatalf("filling it: %v; logging in: %v", filling, err)
	}
	if refused.Code != syncproto.CodeDiskFull || refused.RetryAfter <= 0 || refused.Status != http.StatusServiceUnavailable {
		t.Errorf("%+v, want %s", refused, syncproto.CodeDiskFull)
	}
	if err := disk.disk.Room(); err != nil {
		t.Fatal(err)
	}
	if err := seat.LogIn(t.Context()); err != nil {
		t.Errorf("with room again: %v", err)
	}
}

var _ ledger.Store = (*fillable)(nil)
