package storetest

import (
	"context"
	"testing"

	"redress/server/store"
	"redress/syncproto"
)

// presence: what is known of a desk replaces what was known before, the log stays as it was,
// and a row that cannot be written takes those of its transaction with it.
func presence(t *testing.T, s *store.Store) {
	ctx := context.Background()
	first, second := store.Presence{Device: syncproto.NumberedID(1), Seen: 10, Announced: 9, Waiting: 1<<63 - 1, HandsIn: true, Program: "诉达 1", Version: 2},
		store.Presence{Device: syncproto.NumberedID(2), Seen: 20, Announced: 20}
	none, err := s.Presence(ctx)
	must(t, err, s.SetPresence(ctx, nil), s.SetPresence(ctx, []store.Presence{second, first}))
	before, err1 := s.Presence(ctx)
	later := first
	later.Seen, later.Waiting, later.HandsIn = 30, 0, false
	must(t, err1, s.SetPresence(ctx, []store.Presence{later}))
	after, err2 := s.Presence(ctx)
	must(t, err2)
	same(t, "at first, then, and after one was heard again", [][]store.Presence{none, before, after},
		[][]store.Presence{nil, {first, second}, {later, second}})
	same(t, "head", head(t, s), store.Head{})
	gone, cancel := context.WithCancel(ctx)
	cancel()
	if err := s.SetPresence(gone, []store.Presence{first}); err == nil {
		t.Error("it was kept after all")
	}
}
