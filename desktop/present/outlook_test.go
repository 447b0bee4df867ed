package present

import (
	"testing"

	"redress/syncproto"
	"redress/syncproto/authority"
	"redress/syncproto/claim"
)

// A desk that cannot know the time better says which month it would charge wherever that
// could be another than the manager thinks.
func TestTheMonthIsPointedOutWhereItCouldBeAnother(t *testing.T) {
	region, month := syncproto.Derive("east"), syncproto.MonthOf(noon)
	of := func(m syncproto.Month) purse {
		return purse{left: []authority.Left{{Grant: syncproto.Grant{ID: syncproto.Derive("g"), Kind: syncproto.GrantAmount, Month: m}, Left: 600_000}}}
	}
	body := claim.Body{Region: region, Kind: claim.Goodwill, Amount: 500_000, State: claim.StateFiled}
	for _, c := range []struct {
		story  string
		lo, hi syncproto.Instant
		purse  purse
		want   string
	}{
		{"the time is known", noon, noon, of(month), ""},
		{"it may still be October", noon.Add(-3 * syncproto.Day), noon, of(month), "请留意月份：现在是 11月2日 12:00，计入 2026年11月 额度"},
		{"only October is left, and it may be October", noon.Add(-3 * syncproto.Day), noon, of(month - 1), "请留意月份：现在是 11月2日 12:00，计入 2026年10月 额度"},
		{"only December is left, and it may be December", noon, noon.Add(40 * syncproto.Day), of(month + 1), "请留意月份：现在是 11月2日 12:00，计入 2026年12月 额度"},
	} {
		s := chinese(t)
		s.Person = syncproto.Derive("manager")
		s.Reference = managerIn(region, s.Person)
		s.Within = syncproto.Interval{Lo: c.lo, Hi: c.hi}
		if got := s.outlook(body, body.Amount, c.purse); got.Mind != c.want || !got.Approve {
			t.Errorf("%s: %q, %+v", c.story, got.Mind, got)
		}
	}
}
