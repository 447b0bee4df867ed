package demo_test

import (
	"testing"

	"redress/server/demo"
	"redress/server/store"
	"redress/syncproto"
	"redress/syncproto/authority"
	"redress/syncproto/rules"
)

// TestTheManagersOfTheDemoHaveTheirMonth: what is left of it is not on devices that nobody
// has any more, whatever went on with them when the history ends: somebody was on the way
// without a line, or had lost a laptop. But for the little that 华北区's keeps, and for what a
// tablet was issued that never came back for it.
func TestTheManagersOfTheDemoHaveTheirMonth(t *testing.T) {
	for seed, made := range map[uint64]struct {
		tickets, days int
		later         syncproto.Span
	}{
		3: {250, 6, 33 * syncproto.Minute}, // 华东区's approves without a line
		1: {300, 30, 0},                    // 华南区's lost laptop has the new month too
		2: {200, 12, 0},
	} {
		m := begin(t, made.days)
		at := end.Add(made.later)
		if _, err := demo.Fill(t.Context(), demo.Making{Store: m.store, Start: m.ledger.LastTime(), End: at, Tickets: made.tickets, Seed: seed, Operator: "周敏"}, m.org); err != nil {
			t.Fatal(err)
		}
		keeping := 0
		err := m.store.View(t.Context(), func(v *store.View) error {
			return v.EveryDocument(func(d store.Document) error {
				body, err := rules.ReadBody(d.Ref.Kind, d.Body)
				account, is := body.(authority.Body)
				if !is || account.Month != syncproto.MonthOf(at) {
					return err
				}
				var lies syncproto.Fen
				for _, g := range account.Grants {
					if g.Taken != 0 && !g.Dead() {
						lies += g.Left()
					}
				}
				if lies > 0 {
					keeping++
				}
				if lies > 500*syncproto.Yuan || keeping > 1 {
					t.Errorf("seed %d: %v of an account of %v lie on a device, %v are free", seed, lies, account.InForce(), account.Free())
				}
				return err
			})
		})
		if err != nil {
			t.Fatal(err)
		}
	}
}
