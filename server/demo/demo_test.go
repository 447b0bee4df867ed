package demo_test

import (
	"context"
	"crypto/ed25519"
	"path/filepath"
	"testing"

	"github.com/rs/zerolog"

	"redress/server/audit"
	"redress/server/demo"
	"redress/server/ledger"
	"redress/server/store"
	"redress/syncproto"
	"redress/syncproto/customer"
	"redress/syncproto/policy"
	"redress/syncproto/rules"
)

// end is 2026-11-23 10:00 in Shanghai, a Monday.
const end syncproto.Instant = 1_795_399_200_000_000

// made is a log with a history.
type made struct {
	*testing.T
	store  *store.Store
	ledger *ledger.Ledger
	told   demo.Told
	org    demo.Organisation
}

// makeHistory makes a history of so many tickets in so many days up to the end.
func makeHistory(t *testing.T, tickets, days int, seed uint64) *made {
	t.Helper()
	m := begin(t, days)
	m.fill(t.Context(), tickets, seed, nil)
	return m
}

// begin makes a log with the organisation alone.
func begin(t *testing.T, days int) *made {
	t.Helper()
	m := &made{T: t}
	var err error
	if m.store, err = store.Open(t.Context(), filepath.Join(t.TempDir(), store.File)); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := m.store.Close(); err != nil {
			t.Error(err)
		}
	})
	key := ed25519.NewKeyFromSeed(make([]byte, ed25519.SeedSize))
	public, _ := key.Public().(ed25519.PublicKey)
	err = m.store.Initialise(t.Context(), store.Identity{LogID: syncproto.Derive("log"), Epoch: 1, ServerKey: key,
		OperatorDevice: syncproto.Derive("operator"), OperatorKey: public})
	if err != nil {
		t.Fatal(err)
	}
	count := uint64(0)
	newID := func() syncproto.ID { count++; return syncproto.Derive("test", syncproto.NumberedID(count)) }
	if m.ledger, err = ledger.Open(t.Context(), m.store, newID, zerolog.New(zerolog.NewTestWriter(t))); err != nil {
		t.Fatal(err)
	}
	give := func(kind syncproto.CommandKind, command any) error {
		intent, err := rules.Write(kind, command)
		if err != nil {
			return err
		}
		intent.Operator = "周敏"
		start := start(days)
		results, err := m.ledger.Commit(t.Context(), start, []ledger.Submission{m.ledger.Own(intent, start)})
		if err == nil && results[0].Verdict.Outcome != syncproto.Accepted {
			t.Fatalf("%v: %v", kind, results[0].Verdict.Findings)
		}
		return err
	}
	if err := give(syncproto.CommandIssuePolicy, policy.Issue{Policy: policy.Default(1)}); err != nil {
		t.Fatal(err)
	}
	if m.org, err = demo.Found(give, newID); err != nil {
		t.Fatal(err)
	}
	return m
}

func start(days int) syncproto.Instant { return end.Add(-syncproto.Span(days) * syncproto.Day) }

func (m *made) fill(ctx context.Context, tickets int, seed uint64, progress func(int, int, syncproto.Instant)) {
	m.Helper()
	var err error
	m.told, err = demo.Fill(ctx, demo.Making{Store: m.store, Start: m.ledger.LastTime(), End: end,
		Tickets: tickets, Seed: seed, Operator: "周敏", Progress: progress}, m.org)
	if err != nil && ctx.Err() == nil {
		m.Fatal(err)
	}
}

// verify audits the log.
func (m *made) verify() {
	m.Helper()
	report, err := audit.Run(context.Background(), m.store)
	if err != nil {
		m.Fatal(err)
	}
	for _, line := range report.Wrong {
		m.Errorf("verify: %s", line)
	}
	m.Logf("%d entries, %d documents, refused %v", report.Entries, report.Documents, m.told.Refused)
}

// TestTheSameSeedGivesTheSameLog to the bit, and another seed another.
func TestTheSameSeedGivesTheSameLog(t *testing.T) {
	chain := func(seed uint64) store.Head {
		m := makeHistory(t, 80, 12, seed)
		var head store.Head
		if err := m.store.View(t.Context(), func(v *store.View) (err error) {
			head, err = v.Head()
			return err
		}); err != nil {
			t.Fatal(err)
		}
		return head
	}
	first, again, other := chain(7), chain(7), chain(8)
	if first != again {
		t.Errorf("seed 7 gave %v, and then %v", first, again)
	}
	if first.Chain == other.Chain {
		t.Error("seed 8 gave the log of seed 7")
	}
}

// TestWhatIsBrokenOffIsAWholePrefix of the log, which verifies.
func TestWhatIsBrokenOffIsAWholePrefix(t *testing.T) {
	ctx, stop := context.WithCancel(t.Context())
	m := begin(t, 12)
	m.fill(ctx, 80, 7, func(done, all int, _ syncproto.Instant) {
		if all != 80 {
			t.Errorf("%d of %d tickets", done, all)
		}
		if done == 40 {
			stop()
		}
	})
	if m.told.Tickets < 40 || m.told.Tickets > 60 {
		t.Errorf("%d tickets were made", m.told.Tickets)
	}
	m.verify()
}

// TestCheckDigits: the published example of ISO 3779, and what the demo makes.
func TestCheckDigits(t *testing.T) {
	for _, vin := range []string{"1M8GDM9AXKP042788", "11111111111111111"} {
		if digit := demo.CheckDigit(vin); digit != vin[8] {
			t.Errorf("%s: check digit %c", vin, digit)
		}
	}
	for serial := range 200 {
		vin := demo.VIN("C3A", 2010+serial%17, serial)
		if plain, err := customer.NormaliseVIN(vin); err != nil || plain != vin || demo.CheckDigit(vin) != vin[8] {
			t.Errorf("%s: %v", vin, err)
		}
	}
}
