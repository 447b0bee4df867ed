package authority

import (
	"cmp"
	"slices"

	"redress/syncproto"
)

// Left is a grant that a device has taken, and what the device has left of it: its amount
// less all that the device has approved under it. What is used up is listed too.
type Left struct {
	Grant syncproto.Grant
	Left  syncproto.Fen
}

// Covering is what a device offers for an amount.
type Covering struct {
	// Month is whose authority is spent, and Of what the device has of it in all.
	Month syncproto.Month
	Of    syncproto.Fen
	// Shares are what each grant bears; none where ShortBy says how much is wanting.
	Shares  []syncproto.Share
	ShortBy syncproto.Fen
}

// Covers says that the amount can be approved.
func (c Covering) Covers() bool { return len(c.Shares) > 0 }

// Cover is which grants bear an amount approved at the moment at, which truly lies in
// within. It is the month of at; only a device that holds nothing of that month, used up
// or not, spends the other month that the interval reaches into: after a reboot without a
// line the interval has no upper end, and a manager must neither be left with nothing nor
// spend next month's money (counterexample A4). Several grants bear one amount, the
// largest first, so that they are few.
func Cover(left []Left, amount syncproto.Fen, at syncproto.Instant, within syncproto.Interval) Covering {
	grants := offered(left, syncproto.GrantAmount, within)
	covering := Covering{Month: monthFor(grants, at, within)}
	grants = slices.DeleteFunc(grants, func(l Left) bool { return l.Grant.Month != covering.Month || l.Left <= 0 })
	slices.SortFunc(grants, func(a, b Left) int {
		if a.Left != b.Left {
			return cmp.Compare(b.Left, a.Left)
		}
		return slices.Compare(a.Grant.ID[:], b.Grant.ID[:])
	})
	if len(grants) > syncproto.MaxShares {
		grants = grants[:syncproto.MaxShares]
	}
	for _, l := range grants {
		covering.Of += l.Left
	}
	if amount > covering.Of {
		covering.ShortBy = amount - covering.Of
		return covering
	}
	for _, l := range grants {
		share := min(l.Left, amount)
		if share <= 0 {
			break
		}
		covering.Shares = append(covering.Shares, syncproto.Share{Grant: l.Grant.ID, Amount: share})
		amount -= share
	}
	return covering
}

// CoverRight is which grant bears the approval of a warranty order; it has no Shares where
// the device holds no such right.
func CoverRight(left []Left, at syncproto.Instant, within syncproto.Interval) Covering {
	grants := offered(left, syncproto.GrantRight, within)
	covering := Covering{Month: monthFor(grants, at, within)}
	for _, l := range grants {
		if l.Grant.Month == covering.Month {
			covering.Shares = []syncproto.Share{{Grant: l.Grant.ID}}
			break
		}
	}
	return covering
}

// offered are the grants of a kind that may be offered in the interval, in the order of
// their ids, on a copy.
func offered(left []Left, kind syncproto.GrantKind, within syncproto.Interval) []Left {
	grants := slices.DeleteFunc(slices.Clone(left), func(l Left) bool {
		return l.Grant.Kind != kind || l.Grant.NotBefore > within.Hi
	})
	slices.SortFunc(grants, func(a, b Left) int { return slices.Compare(a.Grant.ID[:], b.Grant.ID[:]) })
	return grants
}

// monthFor is the month whose grants are offered: that of at where there are any, else the
// nearest that the interval reaches into, else that of at.
func monthFor(grants []Left, at syncproto.Instant, within syncproto.Interval) syncproto.Month {
	month := syncproto.MonthOf(at)
	best := syncproto.Month(0)
	distance := func(m syncproto.Month) syncproto.Month { return max(m, month) - min(m, month) }
	for _, l := range grants {
		m := l.Grant.Month
		if m != month && (m.Start() > within.Hi || m.End() <= within.Lo) {
			continue
		}
		if best == 0 || distance(m) < distance(best) {
			best = m
		}
	}
	if best == 0 {
		return month
	}
	return best
}
