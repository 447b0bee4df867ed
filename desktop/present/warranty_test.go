package present_test

import (
	"strings"
	"testing"

	"redress/desktop/present"
	"redress/syncproto"
)

// A warranty order has no amount: nothing that is said of one speaks of ¥0.00, also where it was
// approved twice, reversed and amended, and where the service department approved it; and nothing
// goes back to an account.
func TestNothingSaysThatAWarrantyOrderIsOfNothing(t *testing.T) {
	m := newMoney(t)
	m.headquarters()
	m.second()
	for _, what := range []string{"终端天线", "中控屏总成", "车门滑轨"} {
		m.file("", what)
	}
	approve := func(what string) present.Decision {
		return present.Decision{Claim: m.claim(m.laptop, what).Claim, Approve: true, Reason: "政策内"}
	}
	late := []present.Decision{approve("终端天线"), approve("中控屏总成"), approve("车门滑轨")}
	m.tablet.Offline()
	for _, d := range late {
		m.decide(m.tablet, d)
	}
	m.decide(m.laptop, late[0])
	m.decide(m.laptop, late[1])
	m.decide(m.laptop, present.Decision{Claim: late[2].Claim, Instead: syncproto.CommandRouteUp, Reason: "请总部定"})
	tablet := m.tablet
	m.tablet = nil
	m.everybody()
	m.decide(m.service, present.Decision{Claim: late[0].Claim, Instead: syncproto.CommandReverse, Reason: "填错了"})
	m.decide(m.service, present.Decision{Claim: late[2].Claim, Approve: true, Reason: "政策内"})
	wishes, faults, err := m.seat.Amend(t.Context(), m.seat.Reading(), present.Amendment{Claim: late[1].Claim, What: "中控屏", Reason: "写错了"})
	if err != nil {
		t.Fatal(err)
	}
	m.seat.Give(wishes, faults)
	m.everybody()
	m.tablet = tablet
	m.everybody()
	sync, err := m.tablet.Sync(t.Context(), m.tablet.Reading(), "")
	if err != nil {
		t.Fatal(err)
	}
	if len(sync.Cards) != 3 {
		t.Fatalf("three approvals came second or late: %v", sync.Lines())
	}
	said := append(sync.Lines(), m.tablet.Page().Account.Text()...)
	said = append(said, m.laptop.Page().Account.Text()...)
	for _, text := range said {
		if strings.Contains(text, "¥0.00") || strings.Contains(text, "退回额度") {
			t.Errorf("it is said: %s", text)
		}
	}
}
