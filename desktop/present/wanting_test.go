package present_test

import (
	"testing"

	"redress/desktop/centraltest"
	"redress/desktop/present"
	"redress/syncproto"
	"redress/syncproto/authority"
)

// Amending an approved claim voids its approval, which comes back first: of 6,000 there are
// 1,700 for another amount of a claim of 1,200 with 500 left. The amount it has says nothing.
func TestAnAmendedApprovalComesBackFirst(t *testing.T) {
	m := newMoney(t)
	m.file("1200", "拖车")
	m.file("5000", "误工")
	m.file("800", "交通")
	m.decide(m.laptop, present.Decision{Claim: m.claim(m.laptop, "拖车").Claim, Approve: true, Reason: "客户关系维护"})
	m.decide(m.laptop, present.Decision{Claim: m.claim(m.laptop, "误工").Claim, Approve: true, Less: "4300", Reason: "客户关系维护"})
	m.everybody()
	for _, c := range []struct {
		what, typed, want string
		over              bool
	}{
		{"拖车", "1,200", "", false},
		{"拖车", "1700", "批准此单后剩余 ¥0.00", false},
		{"拖车", "100", "批准此单后剩余 ¥1,600.00", false},
		{"拖车", "1700.01", "超出您的权限 ¥0.01", true},
		{"误工", "4000", "批准此单后剩余 ¥800.00", false}, // 4,300 were approved of 5,000
		{"交通", "800", "", false},                 // not approved: nothing comes back
		{"交通", "600", "超出您的权限 ¥100.00", true},
	} {
		_, row := m.ofTicket(c.what)
		if got, over := m.laptop.Scene(m.laptop.Reading()).AmendOutlook(m.laptop.Page(), row, c.typed); got != c.want || over != c.over {
			t.Errorf("%s amended to %s: %q, want %q", c.what, c.typed, got, c.want)
		}
	}
	// What is approved by somebody else, or of another month, comes back to another account.
	m.At(24*31, 0)
	m.everybody()
	_, row := m.ofTicket("拖车")
	if got, _ := m.laptop.Scene(m.laptop.Reading()).AmendOutlook(m.laptop.Page(), row, "1700"); got != "批准此单后剩余 ¥4,300.00" {
		t.Errorf("in December, amending an approval of November: %q", got)
	}
}

// ofTicket is a claim as the manager sees it on its ticket, whatever became of it.
func (m *money) ofTicket(what string) (present.Panorama, present.ClaimRow) {
	m.t.Helper()
	p := m.laptop.See(m.ticket)
	for _, r := range p.Claims {
		if r.What == what {
			return p, r
		}
	}
	m.t.Fatalf("no claim for %s on the ticket", what)
	return p, present.ClaimRow{}
}

// What is wanting here and lies on the manager's other computer is no reason to ask anybody
// else: it says where it lies.
func TestWhatIsWantingHereLiesOnAnotherDevice(t *testing.T) {
	m := newMoney(t)
	m.Operate(syncproto.CommandSetLimit, authority.SetLimit{Manager: centraltest.Manager, Month: m.month(), Limit: 8000 * syncproto.Yuan, Reason: "台风期间"})
	m.second()
	m.file("5500", "误工")
	m.decide(m.laptop, present.Decision{Claim: m.claim(m.laptop, "误工").Claim, Approve: true, Reason: "客户关系维护"})
	m.file("900", "补贴")
	m.file("2600", "交通")
	m.everybody()
	for _, c := range []struct {
		what, over, brief string
		elsewhere         bool
	}{
		{"补贴", "超出本机 ¥400.00；Q3YB 上还有 ¥2,000.00", "超出本机 ¥400.00", true},
		{"交通", "超出您的权限 ¥2,100.00", "超出您的权限 ¥2,100.00", false}, // the whole month has 2,500
	} {
		if o := m.claim(m.laptop, c.what).Outlook; o.Over != c.over || o.Brief != c.brief || o.Elsewhere != c.elsewhere || o.Approve {
			t.Errorf("%s: %+v", c.what, o)
		}
	}
	scene, page := m.laptop.Scene(m.laptop.Reading()), m.laptop.Page()
	for typed, want := range map[string]string{
		"2500":    "超出本机 ¥2,000.00；Q3YB 上还有 ¥2,000.00",
		"2500.01": "超出您的权限 ¥2,000.01",
	} {
		if got, over := scene.AmountOutlook(page, typed); got != want || !over {
			t.Errorf("while %s is typed: %q", typed, got)
		}
	}
	row := m.claim(m.laptop, "补贴")
	if faults := m.laptop.Decide(present.Decision{Claim: row.Claim, Approve: true, Reason: "补偿"}); len(faults) != 1 || faults[0].Text != "超出本机 ¥400.00；Q3YB 上还有 ¥2,000.00" {
		t.Errorf("approved all the same: %v", faults)
	}
	if faults := m.laptop.Decide(present.Decision{Claim: row.Claim, Instead: syncproto.CommandRouteUp}); len(faults) != 1 || faults[0].Field != present.FieldReason {
		t.Errorf("up without a reason, though the month covers it: %v", faults)
	}
}

// A laptop that was without a line since before the next month was handed out: on the 1st it has nothing of
// December, of which nothing is used. That exceeds nobody's authority, nor is it a reason to go up.
func TestAMonthThatHasTurnedWithoutALineExceedsNothing(t *testing.T) {
	m := newMoney(t)
	row := m.file("500", "补贴")
	m.laptop.Offline()
	m.At(24*30+9, 0) // 1 December
	const says = "额度还没有领到本机。发放后连上服务器即自动领取。"
	if month := m.laptop.Page().Month; month.Note != says || !month.None {
		t.Errorf("the month says %q", month.Note)
	}
	if o := m.claim(m.laptop, "补贴").Outlook; o.Over != says || !o.Elsewhere || o.Approve {
		t.Errorf("%+v", o)
	}
	if got, over := m.laptop.Scene(m.laptop.Reading()).AmountOutlook(m.laptop.Page(), "400"); got != says || !over {
		t.Errorf("while it is typed: %q", got)
	}
	if faults := m.laptop.Decide(present.Decision{Claim: row.Claim, Instead: syncproto.CommandRouteUp}); len(faults) != 1 || faults[0].Field != present.FieldReason {
		t.Errorf("up without a reason: %v", faults)
	}
	m.laptop.Online()
	if o := m.claim(m.laptop, "补贴").Outlook; !o.Approve {
		t.Errorf("with the line back: %+v", o)
	}
}

// A manager amends an approved claim without a line: what comes back is the month's again, and not here yet.
func TestWhatComesBackWithoutALineIsNotExceeded(t *testing.T) {
	m := newMoney(t)
	m.file("5000", "误工")
	row := m.claim(m.laptop, "误工")
	m.decide(m.laptop, present.Decision{Claim: row.Claim, Approve: true, Reason: "客户关系维护"})
	m.everybody()
	m.laptop.Offline()
	wishes, faults, err := m.laptop.Amend(t.Context(), m.laptop.Reading(), present.Amendment{Claim: row.Claim, Amount: "5200", What: "误工", Reason: "算错了"})
	if err != nil {
		t.Fatal(err)
	}
	m.laptop.Give(wishes, faults)
	if o := m.claim(m.laptop, "误工").Outlook; o.Over != "超出本机 ¥4,200.00；未下发 ¥5,000.00" || !o.Elsewhere {
		t.Errorf("%+v", o)
	}
	m.laptop.Online()
	if o := m.claim(m.laptop, "误工").Outlook; !o.Approve || o.After != "批准此单后剩余 ¥800.00" {
		t.Errorf("%+v", o)
	}
}
