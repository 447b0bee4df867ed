package present_test

import (
	"fmt"
	"strings"
	"testing"

	"redress/desktop/centraltest"
	"redress/desktop/present"
	"redress/desktop/present/presenttest"
	"redress/syncproto"
	"redress/syncproto/authority"
)

// Where 已用 comes from: every charge and refund with its claim, what was handed out, and why
// the limit is another, newest first; what is not sent yet says so.
func TestAMonthSaysWhereItsSumsComeFrom(t *testing.T) {
	m := newMoney(t)
	m.file("1200", "拖车")
	m.file("900", "补贴")
	m.decide(m.laptop, present.Decision{Claim: m.claim(m.laptop, "拖车").Claim, Approve: true, Reason: "客户关系维护"})
	m.everybody()
	m.Operate(syncproto.CommandSetLimit, authority.SetLimit{Manager: centraltest.Manager, Month: m.month(), Limit: 6100 * syncproto.Yuan, Reason: "台风期间"})
	_, row := m.ofTicket("拖车")
	wishes, faults, err := m.laptop.Amend(t.Context(), m.laptop.Reading(), present.Amendment{Claim: row.Claim, Amount: "1100", What: "拖车", Reason: "算错了"})
	if err != nil {
		t.Fatal(err)
	}
	m.laptop.Give(wishes, faults)
	m.everybody()
	m.laptop.Offline()
	m.decide(m.laptop, present.Decision{Claim: m.claim(m.laptop, "补贴").Claim, Approve: true, Less: "800", Reason: "客户关系维护"})
	page := m.laptop.Page()
	shows(t, page.Account.Text(), `
		2026年11月 额度明细
		09:04 · 您 · P2XA · 批准占用 ¥800.00 · 仅存本机，未发送 · K7MQ-00001 · 补贴
		09:03 · 系统 · 下发 ¥1,300.00 到 P2XA
		09:03 · 您 · P2XA · 退回 ¥1,200.00 · K7MQ-00001 · 拖车
		09:03 · test · 额度改为 ¥6,100.00 · 台风期间
		09:03 · 您 · P2XA · 批准占用 ¥1,200.00 · K7MQ-00001 · 拖车
		09:00 · 系统 · 下发包修单审批权限到 P2XA
		09:00 · 系统 · 下发 ¥6,000.00 到 P2XA
		09:00 · 系统 · 开立本月额度 ¥6,000.00`)
	if page.Month.Spent != "已用 ¥800.00" {
		t.Errorf("the month says %s", page.Month.Spent)
	}
	if got := m.seat.Page().Account.Text(); got != nil {
		t.Errorf("a seat reads %v", got)
	}
}

// A long account is cut, and says that it is.
func TestALongAccountSaysHowMuchOfItIsShown(t *testing.T) {
	m := newMoney(t)
	for n := range present.MaxStatement {
		m.Operate(syncproto.CommandSetLimit, authority.SetLimit{Manager: centraltest.Manager, Month: m.month(),
			Limit: syncproto.Fen(6001+n) * syncproto.Yuan, Reason: fmt.Sprint("第", n, "次")})
	}
	m.everybody()
	account := m.laptop.Page().Account
	if len(account.Lines) != present.MaxStatement || !strings.HasPrefix(account.Short, "最近 30 条，共 ") || strings.Contains(account.Short, "共 30 条") {
		t.Errorf("%d lines, %q", len(account.Lines), account.Short)
	}
	newest := false
	for _, l := range account.Lines[:2] {
		newest = newest || l.Text == "第29次"
	}
	if !newest {
		t.Errorf("the newest is not among the first: %v", account.Text()[:3])
	}
}

// The heading counts as the badge does: what was sent back, and what was handed up, waits for
// somebody else.
func TestTheBadgeAndTheHeadingCountTheSame(t *testing.T) {
	m := newMoney(t)
	m.headquarters()
	if got := m.laptop.Page().Title; got != "等待审批" {
		t.Errorf("with nothing it is headed %q", got)
	}
	for _, what := range []string{"误工", "补贴", "交通", "拖车"} {
		m.file("300", what)
	}
	if got := m.laptop.Page().Title; got != "等您处理 4 笔" {
		t.Errorf("with four it is headed %q", got)
	}
	m.decide(m.laptop, present.Decision{Claim: m.claim(m.laptop, "误工").Claim, Instead: syncproto.CommandSendBack, Comment: "请补照片"})
	m.decide(m.laptop, present.Decision{Claim: m.claim(m.laptop, "补贴").Claim, Instead: syncproto.CommandRouteUp, Reason: "请总部定"})
	m.everybody()
	for _, c := range []struct {
		who   *presenttest.Desk
		title string
		badge int
	}{
		{m.laptop, "等您处理 2 笔 · 等他人处理 2 笔", 2},
		{m.seat, "等您处理 1 笔 · 等他人处理 3 笔", 1}, // to complete what was sent back
		{m.service, "等您处理 1 笔", 1},
	} {
		n, err := c.who.Counts(t.Context(), c.who.Reading())
		if got := c.who.Page().Title; err != nil || got != c.title || n.Claims != c.badge {
			t.Errorf("headed %q with the badge %d, want %q and %d; %v", got, n.Claims, c.title, c.badge, err)
		}
	}
}

// Whom and what a claim is about stands with it, on whatever desk decides.
func TestAClaimSaysWhomAndWhatItIsAbout(t *testing.T) {
	m := newMoney(t)
	f := m.seat.NewTicket("刹车异响")
	f.Name, f.Phone, f.VIN, f.Model, f.Description = "欧阳静", "13800139999", "LSVAA4182E2184847", "远行", "低速刹车时左前轮有金属摩擦声"
	m.ticket = m.seat.Open(f)
	m.file("300", "补贴")
	about, err := m.laptop.About(t.Context(), m.laptop.Reading(), m.claim(m.laptop, "补贴").Claim)
	if want := (present.ClaimAbout{Who: "欧阳静 · 13800139999", Car: "LSVAA4182E2184847 · 远行", Description: "低速刹车时左前轮有金属摩擦声"}); err != nil || about != want {
		t.Errorf("%+v, %v", about, err)
	}
	if about, err = m.laptop.About(t.Context(), m.laptop.Reading(), syncproto.Derive("nobody's")); err != nil || about != (present.ClaimAbout{}) {
		t.Errorf("of a claim that is not held: %+v, %v", about, err)
	}
}

// An amendment wants its own reason, not the business reason of a decision; a text that names
// the kind of the claim does not have it named twice.
func TestWordsOfAnAmendmentAndOfAWarrantyOrder(t *testing.T) {
	m := newMoney(t)
	row := m.file("300", "补贴")
	_, faults, err := m.laptop.Amend(t.Context(), m.laptop.Reading(), present.Amendment{Claim: row.Claim, Amount: "200", What: "补贴"})
	if err != nil || len(faults) != 1 || faults[0] != (present.Fault{Field: present.FieldReason, Text: "请填写修改的理由。"}) {
		t.Errorf("without a reason: %v, %v", faults, err)
	}
	m.decide(m.laptop, present.Decision{Claim: m.file("", "包修单：更换终端天线").Claim, Approve: true, Reason: "政策内"})
	m.decide(m.laptop, present.Decision{Claim: row.Claim, Approve: true, Less: "200", Reason: "补偿"})
	shows(t, []string{m.laptop.Page().Decided[0].What, m.laptop.Page().Decided[1].What}, `
		K7MQ-00001 · 特别理赔 · ¥300.00 · 补贴 · 批准 ¥200.00（申请 ¥300.00） · 补偿 · 批准后剩余 ¥5,800.00
		批准 · K7MQ-00001 · 包修单：更换终端天线 · 政策内`)
}

// A manager opens tickets, but it is the seats whom customers call.
func TestWhoIsCalledByCustomers(t *testing.T) {
	m := newMoney(t)
	for d, want := range map[*presenttest.Desk]bool{m.seat: true, m.laptop: false} {
		if s := d.Scene(d.Reading()); s.Calls() != want || !s.Opens() {
			t.Errorf("%s is called: %v", s.Title(), s.Calls())
		}
	}
}
