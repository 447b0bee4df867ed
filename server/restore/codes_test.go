package restore_test

import (
	"crypto/ed25519"
	"crypto/rand"
	"errors"
	"slices"
	"testing"

	"redress/server/access"
	"redress/server/ledger/ledgertest"
	"redress/server/operator"
	"redress/server/restore"
	"redress/server/store"
	"redress/syncproto"
	"redress/syncproto/policy"
)

// code is one that the manager was given, as the command line and the store keep it.
func code(t *testing.T, w *ledgertest.World, outbox *remembers, plain string) syncproto.Hash {
	t.Helper()
	hash, until := access.CodeHash(plain), w.Now.Add(access.CodeLife)
	outbox.codes = append(outbox.codes, operator.Code{Person: w.Manager, Until: until, Hash: hash})
	if err := w.Store.AddEnrolment(t.Context(), store.Enrolment{Code: hash, Person: w.Manager, Operator: "周敏", Expires: until}); err != nil {
		t.Fatal(err)
	}
	return hash
}

// typed is a code of the manager's that somebody types on a computer nobody knows.
func typed(t *testing.T, w *ledgertest.World, plain string) error {
	t.Helper()
	public, private, err := ed25519.GenerateKey(rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	a := access.New(w.Store, w.Ledger, access.Chance{NewID: w.ID, Fill: func(data []byte) { _, _ = rand.Read(data) }})
	_, err = a.Enrol(t.Context(), w.Now, syncproto.EnrolRequest{Code: plain, Login: "li", Key: public, Name: "PC", Incarnation: w.ID()}.Sign(private))
	return err
}

// run restores and opens what came of it.
func run(t *testing.T, wish restore.Wish) (restore.Report, *store.Store) {
	t.Helper()
	report, err := restore.Run(t.Context(), wish)
	if err != nil {
		t.Fatal(err)
	}
	s, err := store.Open(t.Context(), wish.Path)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := s.Close(); err != nil {
			t.Error(err)
		}
	})
	return report, s
}

// Of the codes that the restored state has, one was used by then: that goes on saying which device it
// made. One lies unused, and may have been used in what was taken back, also after the end of
// the newest copy: nobody enrols with it any more, and it still says whose laptop that would be. One
// ran out before.
func TestNoCodeIsGoodAfterARestore(t *testing.T) {
	for name, older := range map[string]bool{"the newest copy": false, "an older state": true} {
		t.Run(name, func(t *testing.T) {
			w, outbox := ledgertest.New(t), &remembers{}
			morning := w.Now
			w.Now = morning.Add(-2 * access.CodeLife)
			over := code(t, w, outbox, "AAAAA-AAAAA")
			w.Now = morning
			used, unused := code(t, w, outbox, "BBBBB-BBBBB"), code(t, w, outbox, "CCCCC-CCCCC")
			key := slices.Repeat([]byte{7}, 32)
			if is, err := w.Store.UseEnrolment(t.Context(), used, key); err != nil || !is {
				t.Fatal(is, err)
			}
			wish := wish(t, w, copyOf(t, w), outbox)
			wish.Older = older
			report, s := run(t, wish)
			if report.Void != 1 {
				t.Errorf("%d codes were good until then, want 1", report.Void)
			}
			w.Path = wish.Path
			w.Restart()
			if err := w.Ledger.EndRestoring(t.Context(), w.Now); err != nil {
				t.Fatal(err)
			}
			for _, plain := range []string{"AAAAA-AAAAA", "BBBBB-BBBBB", "CCCCC-CCCCC"} {
				if err := typed(t, w, plain); !errors.Is(err, &syncproto.Problem{Code: syncproto.CodeWrongCode}) {
					t.Errorf("whoever types %s on a computer of their own: %v", plain, err)
				}
			}
			for hash, want := range map[syncproto.Hash]store.Enrolment{
				over:   {},
				used:   {Expires: w.Now.Add(access.CodeLife), Key: key},
				unused: {},
			} {
				want.Code, want.Person, want.Operator = hash, w.Manager, "周敏"
				if e, there, err := s.Enrolment(t.Context(), hash); err != nil || !there || string(syncproto.MustEncode(e)) != string(syncproto.MustEncode(want)) {
					t.Errorf("a code is %+v %v %v, want %+v", e, there, err, want)
				}
			}
		})
	}
}

// A manager may have a laptop that the log does not know. Another older restore, when all codes of
// before have long run out, does not forget that; the word of a named person between the two ends it.
func TestWhoMayHaveALaptopIsNotForgottenByTheNextRestore(t *testing.T) {
	for name, c := range map[string]struct {
		released bool
		coded    int
	}{"nobody has spoken": {false, 1}, "a named person has": {true, 0}} {
		t.Run(name, func(t *testing.T) {
			w, outbox := ledgertest.New(t), &remembers{}
			code(t, w, outbox, "AAAAA-AAAAA")
			first := wish(t, w, copyOf(t, w), outbox)
			first.Older = true
			if report, _ := run(t, first); report.Coded != 1 {
				t.Fatalf("%d persons may have one, want the manager", report.Coded)
			}
			w.Path, w.Now = first.Path, w.Now.Add(3*access.CodeLife)
			w.Restart()
			if err := w.Ledger.EndRestoring(t.Context(), w.Now); err != nil {
				t.Fatal(err)
			}
			manager := w.ID() // another's account, so that the log goes on
			if c.released {
				manager = w.Manager
			}
			release := syncproto.Intent{Kind: syncproto.CommandRelease, Operator: "周敏",
				Body: syncproto.MustEncode(syncproto.ReleaseAccount{Manager: manager, Reason: "已核对"})}
			if r := w.Commit(w.Ledger.Own(release, w.Now)); r[0].Problem != nil || r[0].Verdict.Outcome != syncproto.Accepted {
				t.Fatalf("%+v", r)
			}
			next := wish(t, w, copyOf(t, w), outbox)
			next.Older = true
			report, s := run(t, next)
			is, err := s.Restoration(t.Context())
			if err != nil || report.Coded != c.coded || len(is.Coded) != c.coded {
				t.Errorf("%d persons may have one, and it is kept of %d (%v); want %d", report.Coded, len(is.Coded), err, c.coded)
			}
		})
	}
}

// TestALaptopIsReckonedWithWhereTheLogIsAhead: the clock was in the next year for one entry, so every code has run
// out by the log's last. A manager may have a laptop all the same by one that was given after the restored state, or
// that lies there unused.
func TestALaptopIsReckonedWithWhereTheLogIsAhead(t *testing.T) {
	for name, later := range map[string]syncproto.Span{"given later": 3 * access.CodeLife, "unused": syncproto.Minute} {
		t.Run(name, func(t *testing.T) {
			w, outbox := ledgertest.New(t), &remembers{}
			morning := w.Now
			w.Now = morning.Add(60 * syncproto.Day)
			w.Person("zhao8", policy.Seat, w.CallCentre)
			w.Now = morning
			dir := copyOf(t, w)
			code(t, w, outbox, "AAAAA-AAAAA")
			if name == "unused" {
				bringUp(t, w, dir)
			}
			w.Now = morning.Add(later)
			older := wish(t, w, dir, outbox)
			older.Older = true
			if report, _ := run(t, older); report.Coded != 1 {
				t.Errorf("%d persons may have one, want the manager", report.Coded)
			}
		})
	}
}

// TestAnOldPasswordDoesNotComeBack: somebody knew the manager's password, and headquarters gave out
// another. An older state has the one before, and a token for it: neither is good. The newest copy has
// the newest itself.
func TestAnOldPasswordDoesNotComeBack(t *testing.T) {
	for _, older := range []bool{true, false} {
		w := ledgertest.New(t)
		outbox := &remembers{passwords: []operator.Password{{Person: w.Manager, Hash: "one of long ago"}, {Person: w.Manager, Hash: "the newest"}}}
		token := store.Token{Person: w.Manager, Expires: w.Now.Add(syncproto.Hour)}
		if err := errors.Join(w.Store.SetPassword(t.Context(), w.Manager, "the one before"), w.Store.AddToken(t.Context(), token, w.Now)); err != nil {
			t.Fatal(err)
		}
		wish := wish(t, w, copyOf(t, w), outbox)
		wish.Older = older
		_, s := run(t, wish)
		want := map[bool]string{true: "the newest", false: "the one before"}[older]
		if hash, err := s.Password(t.Context(), w.Manager); err != nil || hash != want {
			t.Errorf("older %v: the password is %q, want %q (%v)", older, hash, want, err)
		}
		if _, good, err := s.Token(t.Context(), token.Token); err != nil || good == older {
			t.Errorf("older %v: a token for it is good %v (%v)", older, good, err)
		}
	}
}
