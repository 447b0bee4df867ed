package present_test

import (
	"slices"
	"strings"
	"testing"

	"redress/desktop/centraltest"
	"redress/desktop/present"
	"redress/desktop/present/presenttest"
	"redress/syncproto"
	"redress/syncproto/policy"
)

// claimList is what each claim of the list is for, read in windows of so many; | stands before
// those that are decided.
func claimList(t *testing.T, d *presenttest.Desk, limit int) string {
	t.Helper()
	var all []string
	decided := false
	for after := (present.ClaimPlace{}); ; {
		c, err := d.Claims(t.Context(), d.Reading(), after, limit)
		if err != nil || len(c.Waiting)+len(c.Approved) > limit || len(all) > 20 {
			t.Fatalf("after %v: %v %v", all, c.Lines(), err)
		}
		for _, r := range slices.Concat(c.Waiting, c.Approved) {
			if !r.Open && !decided {
				all, decided = append(all, "|"), true
			}
			if r.Place.Compare(after) <= 0 {
				t.Errorf("%s stands before the one above it", r.What)
			}
			all, after = append(all, r.What), r.Place
		}
		if after.Compare(c.Last) != 0 && len(c.Waiting)+len(c.Approved) > 0 {
			t.Error("the next window does not begin after the last row")
		}
		if !c.More {
			return strings.Join(all, " ")
		}
	}
}

// What waits for the person comes first, then what waits for others, longest first, then what
// can be reversed, newest first: over all windows, whatever their length; and each row is read
// by its id as it stands there.
func TestClaimsAreReadInWindows(t *testing.T) {
	m := newMoney(t)
	m.headquarters()
	rows := map[string]present.ClaimRow{}
	for _, what := range []string{"甲", "乙", "丙", "丁", "戊", "己"} {
		rows[what] = m.file("100", what)
	}
	for _, d := range []struct {
		what string
		do   present.Decision
	}{
		{"乙", present.Decision{Instead: syncproto.CommandRouteUp, Reason: "客户关系维护"}},
		{"甲", present.Decision{Approve: true, Reason: "客户关系维护"}},
		{"丁", present.Decision{Approve: true, Reason: "客户关系维护"}},
		{"戊", present.Decision{Instead: syncproto.CommandRejectClaim, Reason: "客户关系维护"}},
		{"己", present.Decision{Instead: syncproto.CommandSendBack, Comment: "请补照片"}},
	} {
		d.do.Claim = rows[d.what].Claim
		m.decide(m.laptop, d.do)
		m.everybody()
	}
	for who, want := range map[*presenttest.Desk]string{
		m.laptop:  "丙 乙 己",
		m.seat:    "己 乙 丙",
		m.service: "乙 | 丁 甲",
	} {
		for _, limit := range []int{1, 2, 3, present.MaxClaims} {
			if got := claimList(t, who, limit); got != want {
				t.Errorf("by %d: %s, want %s", limit, got, want)
			}
		}
		var ids []syncproto.ID
		for _, r := range rows {
			ids = append(ids, r.Claim)
		}
		one, err := who.ClaimsOf(t.Context(), who.Reading(), ids)
		whole := who.Page()
		if err != nil || len(one.Waiting) != len(whole.Waiting) || len(one.Approved) != len(whole.Approved) {
			t.Fatalf("by their ids: %v %v", one.Lines(), err)
		}
		for _, r := range slices.Concat(one.Waiting, one.Approved) {
			if !slices.Contains(slices.Concat(whole.Waiting, whole.Approved), r) {
				t.Errorf("by its id a claim reads %s", r.Text())
			}
		}
		if counts, err := who.Counts(t.Context(), who.Reading()); err != nil || counts.Claims != 1 {
			t.Errorf("%d claims wait for the person: %v", counts.Claims, err)
		}
	}
	// Who is manager no longer has nothing to decide, as soon as it is known.
	m.Employ(centraltest.Manager, "manager", "王强", policy.Liaison, centraltest.East)
	m.laptop.Online()
	if counts, err := m.laptop.Counts(t.Context(), m.laptop.Reading()); err != nil || counts.Claims != 0 || claimList(t, m.laptop, 2) != "乙 丙 己" {
		t.Errorf("afterwards %d claims wait, in the order %s: %v", counts.Claims, claimList(t, m.laptop, 2), err)
	}
}
