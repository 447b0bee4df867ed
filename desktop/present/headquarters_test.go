package present_test

import (
	"slices"
	"strings"
	"testing"

	"redress/desktop/centraltest"
	"redress/desktop/present"
	"redress/desktop/present/presenttest"
	"redress/syncproto"
	"redress/syncproto/authority"
	"redress/syncproto/policy"
)

// Headquarters' page: every manager's month and, drilled down, who did what and why; a
// tablet written off that turns up used is on record.
func TestEveryManagersMonth(t *testing.T) {
	m := newMoney(t)
	m.headquarters()
	m.Employ(syncproto.Derive("new manager"), "li", "李娜", policy.Manager, centraltest.East)
	m.Operate(syncproto.CommandSetLimit, authority.SetLimit{Manager: centraltest.Manager, Month: m.month(), Limit: 8000 * syncproto.Yuan, Reason: "台风期间"})
	m.second()
	row := m.file("1500", "误工")
	m.tablet.Offline()
	m.decide(m.tablet, present.Decision{Claim: row.Claim, Approve: true, Reason: "客户关系维护"})
	m.admin.Online()
	months := func(d *presenttest.Desk, month syncproto.Month) present.Months {
		t.Helper()
		page, err := d.Months(t.Context(), d.Reading(), month)
		if err != nil {
			t.Fatal(err)
		}
		return page
	}
	shows(t, months(m.admin, 0).Lines(), `
		2026年11月
		李娜 · 华东区 · 规则额度 ¥6,000.00 · 已用 ¥0.00 · 本月尚未下发
		王强 · 华东区 · 额度 ¥8,000.00 · 已用 ¥0.00 · P2XA ¥6,000.00 · Q3YB ¥2,000.00 · 未下发 ¥0.00`)
	account := func(d *presenttest.Desk) present.Account {
		t.Helper()
		a, err := d.Account(t.Context(), d.Reading(), centraltest.Manager, m.month())
		if err != nil {
			t.Fatal(err)
		}
		return a
	}
	a, scene := account(m.admin), m.admin.Scene(m.admin.Reading())
	lost := a.WriteOff[1]
	if _, faults := scene.WriteOff(a, syncproto.ID{}, " "); len(faults) != 2 {
		t.Errorf("nothing filled in: %v", faults)
	}
	if follows := scene.WriteOffOutlook(a, lost.ID); !strings.HasPrefix(follows, "Q3YB 上的 ¥2,000.00 将作废，立即可以重新下发给 王强。") {
		t.Errorf("what follows: %q", follows)
	}
	m.Now = m.Now.Add(syncproto.Minute)
	m.admin.Give(scene.WriteOff(a, lost.ID, "平板遗失"))
	m.admin.Online()
	m.laptop.Online() // gets what is free again
	m.tablet.Online() // and the tablet turns up
	m.admin.Online()
	shows(t, months(m.admin, m.month()).Lines(), `
		2026年11月 · 1 位经理有超支记录
		王强 · 华东区 · 额度 ¥8,000.00 · 已用 ¥1,500.00 · P2XA ¥8,000.00 · 未下发 ¥0.00 · 超支 1 次，现超出 ¥1,500.00
		李娜 · 华东区 · 规则额度 ¥6,000.00 · 已用 ¥0.00 · 本月尚未下发`)
	shows(t, account(m.admin).Lines()[1:8], `
		09:02 · 系统 · 超支 ¥1,500.00 · 09:03 送达
		09:02 · 王强 · Q3YB · 批准占用 ¥1,500.00 · 09:03 送达 · K7MQ-00001 · 误工
		09:03 · 王强 · P2XA · 领取 ¥2,000.00 · P2XA
		09:03 · 系统 · 下发 ¥2,000.00 到 P2XA
		09:03 · 您 · A1AA · 核销 ¥2,000.00 · Q3YB · 平板遗失
		09:00 · 王强 · Q3YB · 领取包修单审批权限 · Q3YB
		09:00 · 王强 · Q3YB · 领取 ¥2,000.00 · Q3YB`)
	if service := account(m.service); service.SetLimit || len(service.WriteOff) > 0 {
		t.Error("the service department can set limits")
	}
	if before := months(m.admin, m.month()-1); before.Title != "2026年10月" || before.Rows[0].Open {
		t.Errorf("the month before: %v", before.Lines())
	}
}

// Another limit says what it does before it is set.
func TestAnotherLimitSaysWhatItDoes(t *testing.T) {
	m := newMoney(t)
	m.headquarters()
	m.file("1000", "误工")
	m.decide(m.laptop, present.Decision{Claim: m.claim(m.laptop, "误工").Claim, Approve: true, Reason: "客户关系维护"})
	m.everybody()
	a, err := m.admin.Account(t.Context(), m.admin.Reading(), centraltest.Manager, m.month())
	if err != nil {
		t.Fatal(err)
	}
	scene := m.admin.Scene(m.admin.Reading())
	for _, c := range []struct{ typed, want string }{
		{"", ""},
		{"8000", "立即生效。可再下发 ¥2,000.00。"},
		{"5000", "已用和已发出共 ¥6,000.00，多出的 ¥1,000.00 在设备连上服务器后收回；收回之前仍可使用。"},
	} {
		if got := scene.LimitOutlook(a, c.typed); got != c.want {
			t.Errorf("%q: %q", c.typed, got)
		}
	}
	if _, faults := scene.SetLimit(a, present.LimitForm{Amount: "-1"}); len(faults) != 2 {
		t.Errorf("a negative limit without a reason: %v", faults)
	}
	wishes, faults := scene.SetLimit(a, present.LimitForm{Amount: "8000", Reason: "台风期间"})
	m.admin.Give(wishes, faults)
	a, err = m.admin.Account(t.Context(), m.admin.Reading(), centraltest.Manager, m.month())
	if got := scene.LimitOutlook(a, "7000"); err != nil || got != "立即生效。可再下发的减为 ¥1,000.00。" {
		t.Errorf("7,000 of 8,000 with 6,000 out: %q, %v", got, err)
	}
	m.everybody()
	if limits := m.laptop.Page().Month.Limits; !slices.Equal(limits, []string{"周敏 于 09:02 把额度调整为 ¥8,000.00：台风期间"}) {
		t.Errorf("the manager reads %q", limits)
	}
}

// §13: of a month that is not handed out yet, too, nobody replaces a limit that another desk of headquarters
// set meanwhile; one's own, of which this desk has not heard again, one does.
func TestAnotherLimitOfAMonthToCome(t *testing.T) {
	m := newMoney(t)
	m.headquarters()
	m.Employ(syncproto.Derive("colleague"), "sun", "孙丽", policy.Administration, centraltest.HQ)
	other := m.Desk("sun", syncproto.Derive("colleague"), "A2AA")
	m.admin.Online()
	set := func(d *presenttest.Desk, amount string) {
		t.Helper()
		m.Now = m.Now.Add(syncproto.Minute)
		a, err := d.Account(t.Context(), d.Reading(), centraltest.Manager, m.month()+1)
		if err != nil || !a.SetLimit || a.Row.Open {
			t.Fatalf("%+v, %v", a.Row, err)
		}
		d.Give(d.Scene(d.Reading()).SetLimit(a, present.LimitForm{Amount: amount, Reason: "旺季"}))
	}
	m.admin.Offline()
	other.Offline()
	set(m.admin, "8000")
	set(m.admin, "8500")
	set(other, "3000")
	m.admin.Online()
	other.Online()
	a, err := other.Account(t.Context(), other.Reading(), centraltest.Manager, m.month()+1)
	if err != nil || a.Row.Limit != "额度 ¥8,500.00" {
		t.Errorf("%q, %v", a.Row.Limit, err)
	}
	if mine, theirs := syncPage(t, m.admin).Cards, syncPage(t, other).Cards; len(mine) != 0 || len(theirs) != 1 {
		t.Errorf("%v and %v", mine, theirs)
	}
}

// The service department sees of the regions' claims what was routed up, and what a manager
// approved and it can reverse: whose approval, and where the amount goes. What came back is
// handed out again.
func TestAManagersApprovalIsReversed(t *testing.T) {
	m := newMoney(t)
	m.headquarters()
	row := m.file("900", "补贴")
	if page := m.service.Page(); len(page.Waiting) != 0 {
		t.Errorf("what waits for a manager stands with the service department: %v", page.Lines())
	}
	m.decide(m.laptop, present.Decision{Claim: row.Claim, Approve: true, Less: "800", Reason: "客户关系维护"})
	m.everybody()
	approved := m.claim(m.service, "补贴")
	if want := "要撤销的批准：王强 · 09:02 · ¥800.00 · 2026年11月 额度。撤销后 ¥800.00 退回 王强 的 2026年11月 额度，申请重新等待审批；路上迟到的旧批准不会再支付。"; approved.Undo != want {
		t.Errorf("what reversing does: %q", approved.Undo)
	}
	m.decide(m.service, present.Decision{Claim: row.Claim, Instead: syncproto.CommandReverse, Reason: "重复申请", Seen: approved.Seen})
	m.everybody()
	shows(t, m.laptop.Page().Lines()[:3], `
		2026年11月 · 本月额度 ¥6,000.00 · 已用 ¥0.00 · 本机可用 ¥6,000.00 · 至 11月30日 24:00
		本机可审批包修单
		K7MQ-00001 · 特别理赔 · ¥900.00 · 补贴 · 待审批 · 赵敏 于 09:03 撤销过批准：重复申请 · 批准此单后剩余 ¥5,100.00`)
}
