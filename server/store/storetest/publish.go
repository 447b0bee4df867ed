package storetest

import (
	"context"
	"crypto/ed25519"
	"errors"
	"testing"

	"redress/server/store"
	"redress/syncproto"
)

func identity() store.Identity {
	key := ed25519.NewKeyFromSeed(make([]byte, ed25519.SeedSize))
	public, _ := key.Public().(ed25519.PublicKey)
	return store.Identity{LogID: syncproto.Derive("log"), Epoch: 1, ServerKey: key, OperatorDevice: device, OperatorKey: public}
}

// changesAreMerged: document 1 stays in both buckets, 2 left east and is in west, 3 left
// the only one, 4 is in west alone.
func changesAreMerged(t *testing.T, s *store.Store) {
	b := batch(t, s, 9)
	b.Memberships = []store.Membership{
		{Bucket: east, Ref: ref(1), Seq: 5, Present: true, Since: 3}, {Bucket: west, Ref: ref(1), Seq: 5, Present: true, Since: 2},
		{Bucket: east, Ref: ref(2), Seq: 6, Present: false, Since: 1}, {Bucket: west, Ref: ref(2), Seq: 8, Present: true, Since: 6},
		{Bucket: east, Ref: ref(3), Seq: 7, Present: false, Since: 1},
		{Bucket: west, Ref: ref(4), Seq: 4, Present: true, Since: 4},
	}
	write(t, s, b)
	all := []store.Change{
		{Ref: ref(4), Seq: 4, Present: true, Since: 4}, {Ref: ref(1), Seq: 5, Present: true, Since: 2},
		{Ref: ref(2), Seq: 6, Since: 1, Elsewhere: true}, {Ref: ref(3), Seq: 7, Since: 1}, {Ref: ref(2), Seq: 8, Present: true, Since: 6},
	}
	both := []syncproto.Bucket{east, west}
	for _, c := range []struct {
		name    string
		buckets []syncproto.Bucket
		after   uint64
		limit   int
		want    []store.Change
	}{
		{"both buckets from the start", both, 0, 10, all},
		{"past a position", both, 5, 10, all[2:]},
		{"the first few", both, 0, 2, all[:2]},
		{"at the end", both, 8, 10, nil},
		{"one bucket: what is in the other has left", []syncproto.Bucket{east}, 5, 10, []store.Change{{Ref: ref(2), Seq: 6, Since: 1}, {Ref: ref(3), Seq: 7, Since: 1}}},
		{"no bucket", nil, 0, 10, nil},
	} {
		view(t, s, func(v *store.View) error {
			got, err := v.Changes(c.buckets, c.after, c.limit)
			if len(got)+len(c.want) > 0 {
				same(t, c.name, got, c.want)
			}
			return err
		})
	}
}

func historyComesInParts(t *testing.T, s *store.Store) {
	b := batch(t, s, 5)
	for n := range uint64(5) {
		b.History = append(b.History, store.History{Ref: ref(1), Version: n + 1, Seq: n + 1, Entry: make([]byte, 100)})
	}
	write(t, s, b)
	for _, c := range []struct {
		name            string
		version, seq    uint64
		bytes           int
		first, last     uint64
		more, something bool
	}{
		{"all of it", 0, 0, 500, 1, 5, false, true},
		{"as much as fits", 0, 0, 499, 1, 4, true, true},
		{"at least one", 0, 0, 1, 1, 1, true, true},
		{"after a version", 2, 0, 500, 3, 5, false, true},
		{"after a position", 0, 3, 500, 4, 5, false, true},
		{"after both", 4, 2, 500, 5, 5, false, true},
		{"after the last", 5, 0, 500, 0, 0, false, false},
	} {
		view(t, s, func(v *store.View) error {
			got, more, err := v.History(ref(1), c.version, c.seq, c.bytes)
			if more != c.more || (len(got) > 0) != c.something {
				t.Errorf("%s: %d entries, more %v", c.name, len(got), more)
			} else if len(got) > 0 && (got[0].Version != c.first || got[len(got)-1].Version != c.last) {
				t.Errorf("%s: versions %d to %d, want %d to %d", c.name, got[0].Version, got[len(got)-1].Version, c.first, c.last)
			}
			return err
		})
	}
}

func ownComesInOrder(t *testing.T, s *store.Store) {
	b := batch(t, s, 6)
	for n := range uint64(6) {
		owner := device
		if n == 3 {
			owner = incarnation // another device's
		}
		b.Commands = append(b.Commands, store.Command{ID: syncproto.NumberedID(9 - n), Device: owner, Outcome: syncproto.Accepted, Seq: n + 1, Verdict: []byte{1}})
	}
	write(t, s, b)
	view(t, s, func(v *store.View) error {
		own, err := v.Own(device, 1, 3)
		var seqs []uint64
		for _, c := range own {
			seqs = append(seqs, c.Seq)
		}
		same(t, "own after 1", seqs, []uint64{2, 3, 5})
		return err
	})
}

func dueComesInOrder(t *testing.T, s *store.Store) {
	b := batch(t, s, 1)
	for n, due := range []syncproto.Instant{30, 10, 0, 20, 40} {
		b.Documents = append(b.Documents, store.Document{Document: syncproto.Document{Ref: ref(uint64(n)), Version: 1, Body: []byte{1}}, Seq: 1, NextDue: due})
	}
	write(t, s, b)
	view(t, s, func(v *store.View) error {
		due, err1 := v.Due(30, 10)
		var at []syncproto.Instant
		for _, d := range due {
			at = append(at, d.At)
		}
		same(t, "due at 30", at, []syncproto.Instant{10, 20, 30})
		next, err2 := v.NextDue(30)
		same(t, "next after 30", next, syncproto.Instant(40))
		none, err3 := v.NextDue(40)
		same(t, "next after 40", none, syncproto.Instant(0))
		few, err4 := v.Due(30, 2)
		same(t, "the first few", len(few), 2)
		return errors.Join(err1, err2, err3, err4)
	})
}

func credentials(t *testing.T, s *store.Store) {
	ctx := context.Background()
	person := syncproto.Derive("person")
	none, err := s.Password(ctx, person)
	must(t, err, s.SetPassword(ctx, person, "old"), s.SetPassword(ctx, person, "new"))
	hash, err := s.Password(ctx, person)
	must(t, err)
	same(t, "password before and after", []string{none, hash}, []string{"", "new"})

	code := syncproto.HashOf([]byte("code"))
	must(t, s.AddEnrolment(ctx, store.Enrolment{Code: code, Person: person, Operator: "周敏", Expires: 50}))
	first, err1 := s.UseEnrolment(ctx, code, []byte("key"))
	again, err2 := s.UseEnrolment(ctx, code, []byte("key"))
	other, err3 := s.UseEnrolment(ctx, code, []byte("another"))
	unknown, err4 := s.UseEnrolment(ctx, syncproto.Hash{}, []byte("key"))
	must(t, err1, err2, err3, err4)
	same(t, "used first, again by the same, by another, never given out", []bool{first, again, other, unknown}, []bool{true, true, false, false})
	e, there, err := s.Enrolment(ctx, code)
	must(t, err)
	same(t, "the code", []any{e, there}, []any{store.Enrolment{Code: code, Person: person, Operator: "周敏", Expires: 50, Key: []byte("key")}, true})

	old := store.Token{Token: syncproto.HashOf([]byte("old")), Person: person, Device: device, Expires: 10}
	fresh := store.Token{Token: syncproto.HashOf([]byte("new")), Person: person, Device: device, Expires: 30}
	must(t, s.AddToken(ctx, old, 1), s.AddToken(ctx, fresh, 20))
	_, oldThere, err1 := s.Token(ctx, old.Token)
	got, _, err2 := s.Token(ctx, fresh.Token)
	must(t, err1, err2)
	same(t, "the new token", got, fresh)
	if oldThere {
		t.Error("a token that has expired is kept")
	}
}

func must(t *testing.T, errs ...error) {
	t.Helper()
	if err := errors.Join(errs...); err != nil {
		t.Fatal(err)
	}
}
