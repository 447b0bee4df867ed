package authority_test

import (
	"math"
	"testing"

	"redress/syncproto"
	"redress/syncproto/authority"
)

const (
	november = syncproto.Month(2026*12 + 10)
	december = november + 1
	yuan     = syncproto.Yuan
)

func grant(name string, month syncproto.Month, kind syncproto.GrantKind, left syncproto.Fen) authority.Left {
	return authority.Left{Grant: syncproto.Grant{ID: syncproto.Derive(name), Month: month, Kind: kind, Amount: left, NotBefore: month.Start()}, Left: left}
}

func amount(name string, month syncproto.Month, left syncproto.Fen) authority.Left {
	return grant(name, month, syncproto.GrantAmount, left)
}

// What a desk offers (requirements §6 and §12, counterexamples A4 and A8).
func TestCover(t *testing.T) {
	noon := november.Start().Add(22*syncproto.Day + 12*syncproto.Hour)
	exact := syncproto.Interval{Lo: noon, Hi: noon}
	rebooted := syncproto.Interval{Lo: noon.Add(-syncproto.Day), Hi: math.MaxInt64}
	for _, c := range []struct {
		story   string
		left    []authority.Left
		amount  syncproto.Fen
		within  syncproto.Interval
		month   syncproto.Month
		shares  int
		shortBy syncproto.Fen
	}{
		{"exactly 6,000.00 is allowed", []authority.Left{amount("a", november, 6000*yuan)}, 6000 * yuan, exact, november, 1, 0},
		{"6,000.01 is not", []authority.Left{amount("a", november, 6000*yuan)}, 6000*yuan + 1, exact, november, 0, 1},
		{"5,999.99 spent, 0.01 more", []authority.Left{amount("a", november, 1)}, 1, exact, november, 1, 0},
		{"5,999.99 spent, 0.02 more", []authority.Left{amount("a", november, 1)}, 2, exact, november, 0, 1},
		{"4,800.00 left, 5,000.00 wanted", []authority.Left{amount("a", november, 4800*yuan)}, 5000 * yuan, exact, november, 0, 200 * yuan},
		{"two grants bear one amount (A8)", []authority.Left{amount("a", november, 100), amount("b", november, 100)}, 200, exact, november, 2, 0},
		{"the larger alone where it suffices", []authority.Left{amount("a", november, 100), amount("b", november, 300)}, 200, exact, november, 1, 0},
		{"never grants of two months", []authority.Left{amount("a", november, 100), amount("b", december, 100)}, 200, exact, november, 0, 100},
		{"after a reboot the month of at, not the next (A4)", []authority.Left{amount("a", november, 100), amount("b", december, 100)}, 100, rebooted, november, 1, 0},
		{"after a reboot, used up: still not the next month", []authority.Left{amount("a", november, 0), amount("b", december, 100)}, 100, rebooted, november, 0, 100},
		{"holds nothing of the month and the interval reaches the next", []authority.Left{amount("b", december, 100)}, 100, rebooted, december, 1, 0},
		{"holds nothing of the month and the interval does not", []authority.Left{amount("b", december, 100)}, 100, exact, november, 0, 100},
		{"a right bears no amount", []authority.Left{grant("r", november, syncproto.GrantRight, 0)}, 100, exact, november, 0, 100},
		{"nothing at all", nil, 1, exact, november, 0, 1},
	} {
		t.Run(c.story, func(t *testing.T) {
			got := authority.Cover(c.left, c.amount, noon, c.within)
			if got.Month != c.month || len(got.Shares) != c.shares || got.ShortBy != c.shortBy || got.Covers() != (c.shortBy == 0) {
				t.Fatalf("%+v", got)
			}
			var sum syncproto.Fen
			for _, s := range got.Shares {
				sum += s.Amount
			}
			if got.Covers() && sum != c.amount {
				t.Fatalf("the shares add up to %v", sum)
			}
		})
	}
}

func TestCoverRight(t *testing.T) {
	noon := november.Start().Add(syncproto.Day)
	exact := syncproto.Interval{Lo: noon, Hi: noon}
	if got := authority.CoverRight([]authority.Left{amount("a", november, 100), grant("r", november, syncproto.GrantRight, 0)}, noon, exact); !got.Covers() || got.Shares[0].Amount != 0 {
		t.Fatalf("%+v", got)
	}
	if got := authority.CoverRight([]authority.Left{amount("a", november, 100), grant("r", december, syncproto.GrantRight, 0)}, noon, exact); got.Covers() {
		t.Fatalf("%+v", got)
	}
}
