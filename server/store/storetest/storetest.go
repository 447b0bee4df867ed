// Package storetest is what any store must pass, whatever keeps its bytes. It promises
// that a ledger, a scheduler and a gateway that work on one store that passes work on
// another.
package storetest

import (
	"context"
	"errors"
	"reflect"
	"testing"

	"redress/server/store"
	"redress/syncproto"
)

// Run gives each case an empty store of its own.
func Run(t *testing.T, open func(t *testing.T) *store.Store) {
	for _, c := range []struct {
		name string
		play func(t *testing.T, s *store.Store)
	}{
		{"an empty store knows nothing", emptyKnowsNothing},
		{"rejections come in order", rejectionsComeInOrder},
		{"whose log it is is said once", identityIsSaidOnce},
		{"a batch reads back as it was written", batchReadsBack},
		{"a batch decided upon another head is refused", movedIsRefused},
		{"a batch that fails leaves nothing", failureLeavesNothing},
		{"what is written again replaces or keeps what it should", laterBatchReplaces},
		{"changes are merged over buckets in the order of the log", changesAreMerged},
		{"sums grow and shrink with their batches", sumsFollowBatches},
		{"a history comes in parts", historyComesInParts},
		{"own verdicts come in order", ownComesInOrder},
		{"what is due comes the longest due first", dueComesInOrder},
		{"credentials are used once, and expire", credentials},
		{"when desks were heard is kept beside the log", presence},
		{"an error of the reader is the view's", viewGivesErrorsBack},
	} {
		t.Run(c.name, func(t *testing.T) { c.play(t, open(t)) })
	}
}

var (
	device      = syncproto.Derive("device")
	incarnation = syncproto.Derive("incarnation")
	east        = syncproto.Bucket(syncproto.Derive("east"))
	west        = syncproto.Bucket(syncproto.Derive("west"))
)

func ref(n uint64) syncproto.Ref {
	return syncproto.Ref{Kind: syncproto.KindTicket, ID: syncproto.Derive("ticket", syncproto.NumberedID(n))}
}

// view reads, and fails the test on an error.
func view(t *testing.T, s *store.Store, read func(v *store.View) error) {
	t.Helper()
	if err := s.View(context.Background(), read); err != nil {
		t.Fatal(err)
	}
}

func head(t *testing.T, s *store.Store) store.Head {
	t.Helper()
	var head store.Head
	view(t, s, func(v *store.View) (err error) {
		head, err = v.Head()
		return err
	})
	return head
}

// batch is n entries after the head, with nothing that follows from them.
func batch(t *testing.T, s *store.Store, n int) store.Batch {
	t.Helper()
	b := store.Batch{After: head(t, s), Epoch: 1}
	for i := range n {
		seq := b.After.Seq + uint64(i) + 1
		previous := b.Head().Chain
		b.Entries = append(b.Entries, syncproto.Chained(previous, syncproto.Header{Seq: seq, Epoch: 1}, []byte{byte(seq)}))
	}
	return b
}

func write(t *testing.T, s *store.Store, b store.Batch) {
	t.Helper()
	if err := s.Append(context.Background(), b); err != nil {
		t.Fatal(err)
	}
	if got := head(t, s); got != b.Head() {
		t.Fatalf("the log ends at %v, want %v", got, b.Head())
	}
}

func same(t *testing.T, what string, got, want any) {
	t.Helper()
	if !reflect.DeepEqual(got, want) {
		t.Errorf("%s:\n got %+v\nwant %+v", what, got, want)
	}
}

func emptyKnowsNothing(t *testing.T, s *store.Store) {
	if _, err := s.Identity(context.Background()); !errors.Is(err, store.ErrNoIdentity) {
		t.Errorf("its identity: %v, want %v", err, store.ErrNoIdentity)
	}
	same(t, "head", head(t, s), store.Head{})
	view(t, s, func(v *store.View) error {
		_, entry, err1 := v.Entry(1)
		_, document, err2 := v.Document(ref(1))
		_, command, err3 := v.Command(device)
		link, err4 := v.Line(device, incarnation)
		due, err5 := v.NextDue(0)
		if entry || document || command || link != (syncproto.Link{}) || due != 0 {
			t.Error("something is there")
		}
		return errors.Join(err1, err2, err3, err4, err5)
	})
}

func identityIsSaidOnce(t *testing.T, s *store.Store) {
	ctx := context.Background()
	want := identity()
	if err := s.Initialise(ctx, want); err != nil {
		t.Fatal(err)
	}
	if err := s.Initialise(ctx, want); err == nil {
		t.Error("a second time was taken")
	}
	got, err := s.Identity(ctx)
	if err != nil {
		t.Fatal(err)
	}
	same(t, "identity", got, want)
}

// full is a batch with one of everything.
func full(t *testing.T, s *store.Store) store.Batch {
	b := batch(t, s, 2)
	b.Documents = []store.Document{{Document: syncproto.Document{Ref: ref(1), Epoch: 1, Version: 2, Body: []byte("body")}, Seq: 2, NextDue: 77}}
	b.History = []store.History{{Ref: ref(1), Version: 1, Seq: 1, Entry: []byte("one")}, {Ref: ref(1), Version: 2, Seq: 2, Entry: []byte("two")}}
	b.Memberships = []store.Membership{{Bucket: east, Ref: ref(1), Seq: 2, Present: true, Since: 1}}
	b.Commands = []store.Command{{ID: syncproto.Derive("command"), Hash: syncproto.HashOf([]byte("c")), Device: device, Outcome: syncproto.Parked, Seq: 2, Verdict: []byte("verdict")}}
	b.Lines = []store.Line{{Device: device, Incarnation: incarnation, Link: syncproto.Link{Counter: 2, Hash: syncproto.HashOf([]byte("l"))}}}
	b.Parked = []store.Parked{{Command: syncproto.Derive("command"), Seq: 2, Device: device, Subject: ref(1), Code: syncproto.CodeWaitsForDoc, Doc: ref(2)}}
	b.Refused = []store.Refusal{{Ref: ref(3), Seq: 1}, {Ref: ref(4), Seq: 2}}
	return b
}

func batchReadsBack(t *testing.T, s *store.Store) {
	b := full(t, s)
	write(t, s, b)
	view(t, s, func(v *store.View) error {
		entries, err1 := v.Entries(0, 10)
		same(t, "entries", entries, b.Entries)
		entry, _, err2 := v.Entry(2)
		same(t, "entry 2", entry, b.Entries[1])
		document, _, err3 := v.Document(ref(1))
		same(t, "document", document, b.Documents[0])
		history, more, err4 := v.History(ref(1), 0, 0, 1000)
		same(t, "history", history, b.History)
		membership, _, err5 := v.Membership(east, ref(1))
		same(t, "membership", membership, b.Memberships[0])
		command, _, err6 := v.Command(b.Commands[0].ID)
		same(t, "command", command, b.Commands[0])
		link, err7 := v.Line(device, incarnation)
		same(t, "line", link, b.Lines[0].Link)
		parked, err8 := v.Parked()
		same(t, "parked", parked, b.Parked)
		refusals, err10 := v.Refusals()
		same(t, "refused", refusals, b.Refused)
		kind, err9 := v.KindHistory(syncproto.KindTicket)
		same(t, "history of the kind", kind, b.History)
		if more {
			t.Error("there is no more history")
		}
		return errors.Join(err1, err2, err3, err4, err5, err6, err7, err8, err9, err10)
	})
}

func movedIsRefused(t *testing.T, s *store.Store) {
	stale := batch(t, s, 1)
	write(t, s, batch(t, s, 1))
	otherChain := batch(t, s, 1)
	otherChain.After.Chain[0]++
	for name, b := range map[string]store.Batch{"an older head": stale, "a head with another chain": otherChain} {
		b.Documents = []store.Document{{Document: syncproto.Document{Ref: ref(9), Version: 1, Body: []byte("x")}, Seq: 1}}
		if err := s.Append(context.Background(), b); !errors.Is(err, store.ErrMoved) {
			t.Errorf("%s: %v, want %v", name, err, store.ErrMoved)
		}
	}
	view(t, s, func(v *store.View) error {
		_, there, err := v.Document(ref(9))
		if there {
			t.Error("a document of the refused batch is there")
		}
		return err
	})
}

func failureLeavesNothing(t *testing.T, s *store.Store) {
	write(t, s, full(t, s))
	before := head(t, s)
	bad := batch(t, s, 1)
	bad.Documents = []store.Document{{Document: syncproto.Document{Ref: ref(9), Version: 1, Body: []byte("x")}, Seq: 3}}
	bad.History = []store.History{{Ref: ref(1), Version: 1, Seq: 3, Entry: []byte("a version that is there")}}
	err := s.Append(context.Background(), bad)
	if err == nil || errors.Is(err, store.ErrMoved) || errors.Is(err, store.ErrUncertain) {
		t.Fatalf("a history written twice: %v, want an error of the batch alone", err)
	}
	same(t, "head", head(t, s), before)
	view(t, s, func(v *store.View) error {
		_, there, err := v.Document(ref(9))
		if there {
			t.Error("a document of the failed batch is there")
		}
		return err
	})
	write(t, s, batch(t, s, 1))
}

func laterBatchReplaces(t *testing.T, s *store.Store) {
	write(t, s, full(t, s))
	b := batch(t, s, 1)
	b.Documents = []store.Document{{Document: syncproto.Document{Ref: ref(1), Epoch: 1, Version: 3, Body: []byte("new")}, Seq: 3}}
	b.Memberships = []store.Membership{{Bucket: east, Ref: ref(1), Seq: 3, Present: false}, {Bucket: west, Ref: ref(1), Seq: 3, Present: true, Since: 3}}
	b.Commands = []store.Command{{ID: syncproto.Derive("command"), Hash: syncproto.HashOf([]byte("c")), Device: device, Outcome: syncproto.Accepted, Seq: 3, Verdict: []byte("final")}}
	b.Lines = []store.Line{{Device: device, Incarnation: incarnation, Link: syncproto.Link{Counter: 3}}}
	b.Released = []syncproto.ID{syncproto.Derive("command")}
	b.Refused = []store.Refusal{{Ref: ref(3)}}
	write(t, s, b)
	view(t, s, func(v *store.View) error {
		document, _, err1 := v.Document(ref(1))
		same(t, "document", document, b.Documents[0])
		found := map[syncproto.Ref]store.Document{}
		err7 := v.Documents(document.Ref.Kind, []syncproto.ID{syncproto.Derive("nothing"), document.Ref.ID}, func(d store.Document) error {
			found[d.Ref] = d
			return nil
		})
		same(t, "those there are of several", found, map[syncproto.Ref]store.Document{ref(1): b.Documents[0]})
		left, _, err2 := v.Membership(east, ref(1))
		same(t, "the bucket it left", left, store.Membership{Bucket: east, Ref: ref(1), Seq: 3, Since: 1})
		command, _, err3 := v.Command(b.Commands[0].ID)
		same(t, "command", command, b.Commands[0])
		link, err4 := v.Line(device, incarnation)
		same(t, "line", link.Counter, uint64(3))
		parked, err5 := v.Parked()
		same(t, "parked", len(parked), 0)
		due, err6 := v.Due(1000, 10)
		same(t, "due", len(due), 0)
		refusals, err8 := v.Refusals()
		same(t, "refused", refusals, []store.Refusal{{Ref: ref(4), Seq: 2}})
		return errors.Join(err1, err2, err3, err4, err5, err6, err7, err8)
	})
}

func viewGivesErrorsBack(t *testing.T, s *store.Store) {
	want := errors.New("of the reader")
	if err := s.View(context.Background(), func(*store.View) error { return want }); !errors.Is(err, want) {
		t.Errorf("got %v, want %v", err, want)
	}
	write(t, s, batch(t, s, 1)) // the view is over
}

func rejectionsComeInOrder(t *testing.T, s *store.Store) {
	b := batch(t, s, 3)
	for i, outcome := range []syncproto.Outcome{syncproto.Rejected, syncproto.Accepted, syncproto.Rejected} {
		id := syncproto.Derive("command", syncproto.NumberedID(uint64(9-i)))
		b.Commands = append(b.Commands, store.Command{ID: id, Device: device, Outcome: outcome, Seq: uint64(i) + 1, Verdict: []byte("v")})
	}
	write(t, s, b)
	view(t, s, func(v *store.View) error {
		all, err := v.Rejections()
		same(t, "rejections", all, []uint64{1, 3})
		return err
	})
}
