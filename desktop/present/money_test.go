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

var (
	service        = syncproto.Derive("service department")
	administration = syncproto.Derive("administration")
)

// money is an office with a seat, a manager on a laptop and a tablet, the service
// department, and one ticket.
type money struct {
	*presenttest.Office
	t                                    *testing.T
	seat, laptop, tablet, service, admin *presenttest.Desk
	ticket                               syncproto.ID
}

func newMoney(t *testing.T) *money {
	t.Helper()
	o := presenttest.New(t)
	o.Employ(service, "service", "赵敏", policy.ServiceDesk, centraltest.HQ)
	o.Employ(administration, "admin", "周敏", policy.Administration, centraltest.HQ)
	m := &money{Office: o, t: t, seat: o.Desk("seat", centraltest.Seat, "K7MQ"), laptop: o.Desk("laptop", centraltest.Manager, "P2XA")}
	m.ticket = m.seat.Open(m.seat.NewTicket("中控屏黑屏"))
	m.seat.Online()
	return m
}

// headquarters opens the desks of headquarters, and second the manager's tablet.
func (m *money) headquarters() {
	m.service, m.admin = m.Desk("service", service, "H1AA"), m.Desk("admin", administration, "A1AA")
}

func (m *money) second() { m.tablet = m.Desk("tablet", centraltest.Manager, "Q3YB") }

// file has the seat ask for an amount and gives the claim; everybody who is there hears.
func (m *money) file(amount, what string) present.ClaimRow {
	m.t.Helper()
	m.Now = m.Now.Add(syncproto.Minute)
	m.seat.Act(m.ticket, syncproto.CommandFileClaim, present.TicketForm{Amount: amount, Text: what, Warranty: amount == ""})
	m.everybody()
	return m.claim(m.seat, what)
}

func (m *money) everybody() {
	for _, d := range []*presenttest.Desk{m.seat, m.laptop, m.tablet, m.service, m.admin, m.seat, m.laptop} {
		if d != nil {
			d.Online()
		}
	}
}

// claim is a claim by what it is for, as a desk shows it.
func (m *money) claim(d *presenttest.Desk, what string) present.ClaimRow {
	m.t.Helper()
	page := d.Page()
	rows := slices.Concat(page.Waiting, page.Approved)
	at := slices.IndexFunc(rows, func(r present.ClaimRow) bool { return r.What == what })
	if at < 0 {
		m.t.Fatalf("no claim for %s is shown", what)
	}
	return rows[at]
}

// decide gives a decision that must be possible.
func (m *money) decide(d *presenttest.Desk, w present.Decision) {
	m.t.Helper()
	m.Now = m.Now.Add(syncproto.Minute)
	if faults := d.Decide(w); len(faults) > 0 {
		m.t.Fatal(faults)
	}
}

func (m *money) month() syncproto.Month { return syncproto.MonthOf(m.Now) }

func monthLines(d *presenttest.Desk) []string {
	lines := d.Page().Lines()
	return lines[:len(lines)-len(d.Page().Waiting)-len(d.Page().Decided)]
}

// My month: what is here, what lies on the other computer by name, and why the limit is
// another; asked to lie here, and evenly again.
func TestAMonthOnTwoDevices(t *testing.T) {
	m := newMoney(t)
	shows(t, monthLines(m.laptop), `
		2026年11月 · 本月额度 ¥6,000.00 · 已用 ¥0.00 · 本机可用 ¥6,000.00 · 至 11月30日 24:00
		本机可审批包修单`)
	if page := m.laptop.Page(); page.Month.Take || page.Month.Even {
		t.Error("with one device the authority can be moved")
	}
	m.second()
	m.Operate(syncproto.CommandSetLimit, authority.SetLimit{Manager: centraltest.Manager, Month: m.month(), Limit: 8000 * syncproto.Yuan, Reason: "台风期间"})
	m.tablet.Online()
	m.everybody()
	shows(t, monthLines(m.laptop), `
		2026年11月 · 本月额度 ¥8,000.00 · 已用 ¥0.00 · 本机可用 ¥6,000.00 · Q3YB ¥2,000.00 · 至 11月30日 24:00
		本机可审批包修单
		test 于 09:00 把额度调整为 ¥8,000.00：台风期间`)
	if p := m.laptop.Page().Month.Parts; p != (present.Parts{Here: 7500, Elsewhere: 2500}) {
		t.Errorf("the picture is %+v", p)
	}
	m.laptop.Give(m.laptop.Move(m.laptop.Reading(), true), nil)
	if moved := m.laptop.Page().Month.Moved; !strings.HasPrefix(moved, "您已要求把额度放到这台电脑。") || !strings.HasSuffix(moved, " · 仅存本机，未发送") {
		t.Errorf("asked without a line: %q", moved)
	}
	m.everybody()
	if mine, other := m.laptop.Page().Month, m.tablet.Page().Month; mine.Take || !mine.Even || !other.Take ||
		!strings.HasPrefix(mine.Moved, "您已要求把额度放到这台电脑。") || strings.Contains(mine.Moved, "未发送") || other.Moved != "您已要求把额度放到 P2XA。这台电脑连上服务器后交回自己的部分。" {
		t.Errorf("moved here: %q, on the other: %q", mine.Moved, other.Moved)
	}
	m.laptop.Give(m.laptop.Move(m.laptop.Reading(), false), nil)
	if mine := m.laptop.Page().Month; mine.Even || mine.Moved != "要求平均分配 · 仅存本机，未发送" {
		t.Errorf("evenly again: %+v", mine)
	}
}

// A cut is in force only as far as devices have given back, and the month says so.
func TestALimitThatWasCutAndIsStillOut(t *testing.T) {
	m := newMoney(t)
	m.Operate(syncproto.CommandSetLimit, authority.SetLimit{Manager: centraltest.Manager, Month: m.month(), Limit: 5000 * syncproto.Yuan, Reason: "预算调整"})
	m.everybody()
	shows(t, monthLines(m.laptop)[:3], `
		2026年11月 · 本月额度 ¥6,000.00 · 已用 ¥0.00 · 本机可用 ¥6,000.00 · 至 11月30日 24:00
		本机可审批包修单
		已调整为 ¥5,000.00；已发出的 ¥1,000.00 要等交回或到月底`)
}

// Next month's authority comes ahead; around midnight the month that is charged is named.
func TestNextMonthAndMidnight(t *testing.T) {
	m := newMoney(t)
	m.At(24*25+9, 0) // 26 November
	row, november := m.file("500", "补贴"), m.month()
	m.laptop.Offline()
	if next := m.laptop.Page().Month.Next; next != "下月额度 ¥6,000.00 已到本机，自 12月1日 起可用" {
		t.Errorf("the next month: %q", next)
	}
	if o := m.claim(m.laptop, "补贴").Outlook; o.Month != "计入 2026年11月 额度" || o.Mind != "" {
		t.Errorf("on the 26th: %q %q", o.Month, o.Mind)
	}
	for _, c := range []struct {
		hour, minute int
		mind         string
	}{
		{24*29 + 17, 59, ""},
		{24*29 + 23, 50, "请留意月份：现在是 11月30日 23:50，计入 2026年11月 额度"},
		{24*30 + 0, 5, "请留意月份：现在是 12月1日 00:05，计入 2026年12月 额度"},
	} {
		m.At(c.hour, c.minute)
		if mind := m.claim(m.laptop, "补贴").Mind; mind != c.mind {
			t.Errorf("%d:%02d: %q", c.hour, c.minute, mind)
		}
	}
	before := present.Decision{Claim: row.Claim, Approve: true, Reason: "客户关系维护", Charges: november}
	if faults := m.laptop.Decide(before); len(faults) != 1 || faults[0].Text != "这笔申请现在计入 2026年12月 额度，请看过后再决定。" {
		t.Errorf("for another month: %v", faults)
	}
	m.decide(m.laptop, present.Decision{Claim: row.Claim, Approve: true, Reason: "客户关系维护", Charges: m.month()})
	shows(t, monthLines(m.laptop)[:1], `
		2026年12月 · 本月额度 ¥6,000.00 · 已用 ¥500.00 · 本机可用 ¥5,500.00 · 至 12月31日 24:00`)
}

// Several grants of one device bear one claim, and are named.
func TestSeveralGrantsBearOneClaim(t *testing.T) {
	m := newMoney(t)
	m.Operate(syncproto.CommandSetLimit, authority.SetLimit{Manager: centraltest.Manager, Month: m.month(), Limit: 8000 * syncproto.Yuan, Reason: "台风期间"})
	m.file("5900", "误工")
	m.decide(m.laptop, present.Decision{Claim: m.claim(m.laptop, "误工").Claim, Approve: true, Reason: "客户关系维护"})
	m.file("2050", "补贴")
	if o := m.claim(m.laptop, "补贴").Outlook; o.Month != "计入 2026年11月 额度，由本机 2 笔额度共同承担：¥2,000.00、¥50.00" || o.After != "批准此单后剩余 ¥50.00" {
		t.Errorf("%q, %q", o.Month, o.After)
	}
}

// Approve less: the outlook follows the amount, and the claim says what it got.
func TestAClaimIsApprovedInPart(t *testing.T) {
	m := newMoney(t)
	m.file("5500", "误工")
	m.decide(m.laptop, present.Decision{Claim: m.claim(m.laptop, "误工").Claim, Approve: true, Reason: "客户关系维护"})
	m.file("900", "补贴")
	page := m.laptop.Page()
	row := m.claim(m.laptop, "补贴")
	for _, c := range []struct {
		typed string
		want  present.Outlook
	}{
		{"", present.Outlook{Over: "超出您的权限 ¥400.00", Short: "¥400.00"}},
		{"500.01", present.Outlook{Over: "超出您的权限 ¥0.01", Short: "¥0.01", Part: "¥500.01"}},
		{"500", present.Outlook{After: "批准此单后剩余 ¥0.00", Part: "¥500.00", Approve: true}},
		{"900.01", present.Outlook{Over: "批准的金额应大于零、不超过申请的 ¥900.00。"}},
		{"0", present.Outlook{Over: "请填写大于零的金额，最多两位小数。"}},
	} {
		got := m.laptop.Scene(m.laptop.Reading()).LessOutlook(page, row, c.typed)
		if got.After != c.want.After || got.Over != c.want.Over || got.Short != c.want.Short || got.Part != c.want.Part || got.Approve != c.want.Approve {
			t.Errorf("%q: %+v", c.typed, got)
		}
	}
	m.decide(m.laptop, present.Decision{Claim: row.Claim, Approve: true, Less: "500", Reason: "客户关系维护"})
	m.everybody()
	claims := m.seat.See(m.ticket).Claims
	at := slices.IndexFunc(claims, func(r present.ClaimRow) bool { return r.What == "补贴" })
	if state := claims[at].State; state != "批准 ¥500.00（申请 ¥900.00） · 王强 · 09:04 · 客户关系维护" {
		t.Errorf("the seat reads %q", state)
	}
}

// A claim sent back shows the comment to whoever filed it, waits for them, and goes on when
// it is filed again.
func TestAClaimSentBackIsFiledAgain(t *testing.T) {
	m := newMoney(t)
	row := m.file("900", "补贴")
	m.decide(m.laptop, present.Decision{Claim: row.Claim, Instead: syncproto.CommandSendBack, Comment: "请补充工单照片"})
	m.everybody()
	shows(t, m.seat.Page().Lines(), `
		K7MQ-00001 · 特别理赔 · ¥900.00 · 补贴 · 已退回补充 · 王强 · 09:02 · 请补充工单照片`)
	if back := m.claim(m.seat, "补贴"); !back.Mine || !back.Returned || !back.Amend || m.claim(m.laptop, "补贴").Mine {
		t.Errorf("it does not wait for who filed it: %+v", back)
	}
	if n, err := m.seat.Counts(t.Context(), m.seat.Reading()); err != nil || n.Claims != 1 {
		t.Errorf("%d claims wait for the seat, %v", n.Claims, err)
	}
	give := func(d *presenttest.Desk, w present.Amendment) []present.Fault {
		wishes, faults, err := d.Amend(t.Context(), d.Reading(), w)
		if err != nil {
			t.Fatal(err)
		}
		if len(faults) == 0 {
			d.Give(wishes, nil)
		}
		return faults
	}
	if faults := give(m.seat, present.Amendment{Claim: row.Claim}); len(faults) != 3 {
		t.Errorf("an empty form has the faults %v", faults)
	}
	give(m.seat, present.Amendment{Claim: row.Claim, Amount: "900", What: "补贴，附照片", Reason: "已补照片"})
	m.everybody()
	if again := m.claim(m.laptop, "补贴，附照片"); !again.Mine || again.State != "待审批" {
		t.Errorf("filed again it says %q", again.State)
	}
}

// What exceeds a month is known as it is typed, by whoever types it, and lies with the
// service department, which decides it on no manager's account and can take that back.
func TestAboveAMonthTheServiceDepartmentDecides(t *testing.T) {
	m := newMoney(t)
	m.headquarters()
	for _, c := range []struct {
		typed, want string
		over        bool
	}{
		{"6000", "", false},
		{"6000.01", "超出月度权限 ¥0.01，将由总部服务部审批", true},
	} {
		if got, over := m.seat.Scene(m.seat.Reading()).AmountOutlook(m.seat.Page(), c.typed); got != c.want || over != c.over {
			t.Errorf("the seat types %s and reads %q", c.typed, got)
		}
	}
	m.file("7000", "误工")
	if row := m.claim(m.laptop, "误工"); row.Decide || row.Up || row.State != "待服务部审批 · 超出月度权限 ¥1,000.00" {
		t.Errorf("the manager sees %+v", row)
	}
	shows(t, m.service.Page().Lines(), `
		K7MQ-00001 · 特别理赔 · ¥7,000.00 · 误工 · 待服务部审批 · 超出月度权限 ¥1,000.00 · 由服务部批准，不占用区域经理的额度`)
	row := m.claim(m.service, "误工")
	m.decide(m.service, present.Decision{Claim: row.Claim, Approve: true, Less: "6500", Reason: "重复维修未解决", Seen: row.Seen})
	m.everybody()
	approved := m.claim(m.service, "误工")
	if !approved.Reverse || approved.Undo != "要撤销的批准：您 · 09:02 · ¥6,500.00 · 服务部批准。撤销后申请重新等待服务部审批；路上迟到的旧批准不会再支付。" {
		t.Errorf("what reversing does: %q", approved.Undo)
	}
	m.decide(m.service, present.Decision{Claim: row.Claim, Instead: syncproto.CommandReverse, Reason: "客户已另获赔付", Seen: approved.Seen})
	m.everybody()
	shows(t, m.service.Page().Lines()[:1], `
		K7MQ-00001 · 特别理赔 · ¥7,000.00 · 误工 · 待服务部审批 · 超出月度权限 ¥1,000.00 · 您 于 09:03 撤销过批准：客户已另获赔付 · 由服务部批准，不占用区域经理的额度`)
	if faults := m.service.Decide(present.Decision{Claim: row.Claim, Approve: true, Reason: "补偿", Seen: row.Seen}); len(faults) != 1 || faults[0].Text != "这笔申请在此期间已重新处理，请打开查看后再决定。" {
		t.Errorf("a decision on what was on the screen before: %v", faults)
	}
}

// A manager's own way up: that it exceeds is a reason, otherwise one is asked for.
func TestTheWayUp(t *testing.T) {
	m := newMoney(t)
	m.file("5500", "误工")
	m.decide(m.laptop, present.Decision{Claim: m.claim(m.laptop, "误工").Claim, Approve: true, Reason: "客户关系维护"})
	over, within := m.file("900", "补贴"), m.file("100", "交通")
	if faults := m.laptop.Decide(present.Decision{Claim: within.Claim, Instead: syncproto.CommandRouteUp}); len(faults) != 1 || faults[0].Field != present.FieldReason {
		t.Errorf("without a reason: %v", faults)
	}
	m.decide(m.laptop, present.Decision{Claim: over.Claim, Instead: syncproto.CommandRouteUp})
	if state := m.claim(m.laptop, "补贴").State; state != "待服务部审批 · 您 · 09:05 · 超出本人权限 ¥400.00" {
		t.Errorf("routed up it says %q", state)
	}
}

func cards(t *testing.T, d *presenttest.Desk) []string {
	t.Helper()
	lines := syncPage(t, d).Lines()
	return lines[1:]
}

// The same claim approved on both of a manager's computers without a line: the second says
// which one paid, and how much came back.
func TestADuplicateSaysWhichOfMyDevicesPaid(t *testing.T) {
	m := newMoney(t)
	m.Operate(syncproto.CommandSetLimit, authority.SetLimit{Manager: centraltest.Manager, Month: m.month(), Limit: 8000 * syncproto.Yuan, Reason: "台风期间"})
	m.second()
	row := m.file("800", "补贴")
	m.laptop.Offline()
	m.tablet.Offline()
	m.decide(m.laptop, present.Decision{Claim: row.Claim, Approve: true, Reason: "客户关系维护"})
	m.decide(m.tablet, present.Decision{Claim: row.Claim, Approve: true, Reason: "客户关系维护"})
	m.laptop.Online()
	m.tablet.Online()
	shows(t, cards(t, m.tablet), `
		09:03 · 批准 · K7MQ-00001 · 特别理赔 · ¥800.00 · 补贴 · 客户关系维护 · 批准后剩余 ¥1,200.00
		  您已于 09:02 在另一台设备上批准了这笔申请，只支付一次；这次的 ¥800.00 已退回额度。
		  09:02 · 您 · P2XA · 批准 ¥800.00 · 09:03 送达 · 客户关系维护
		  退回的额度在连接时自动重新下发。不用再做什么；可以打开查看，或收起此提示。`)
}

// An approval of a round that was over says so, and what can be done.
func TestAnApprovalOfAnOlderRound(t *testing.T) {
	m := newMoney(t)
	row := m.file("800", "补贴")
	m.laptop.Offline()
	m.decide(m.laptop, present.Decision{Claim: row.Claim, Approve: true, Reason: "客户关系维护"})
	m.Now = m.Now.Add(syncproto.Minute)
	wishes, faults, err := m.seat.Amend(t.Context(), m.seat.Reading(), present.Amendment{Claim: row.Claim, Amount: "700", What: "补贴", Reason: "算错了"})
	if err != nil {
		t.Fatal(err)
	}
	m.seat.Give(wishes, faults)
	m.seat.Online()
	m.laptop.Online()
	shows(t, cards(t, m.laptop), `
		09:02 · 批准 · K7MQ-00001 · 特别理赔 · ¥800.00 · 补贴 · 客户关系维护 · 批准后剩余 ¥5,200.00
		  您批准时看到的那一轮已经结束：批准被撤销或金额改过。您批准的 ¥800.00 不成立，已退回额度。
		  09:03 · 张敏 · K7MQ · 修改申请 ¥700.00 · 算错了
		  请打开查看这笔申请现在的状态。如果仍在等您审批、并且仍要支付，请再批准一次。`)
}

// Where the new round was decided before the late approval came, it does not say that the claim waits.
func TestAnApprovalOfAnOlderRoundThatWasRejected(t *testing.T) {
	m := newMoney(t)
	m.Employ(syncproto.Derive("second manager"), "li", "李娜", policy.Manager, centraltest.East)
	other := m.Desk("li", syncproto.Derive("second manager"), "R4ZZ")
	row := m.file("800", "补贴")
	m.laptop.Offline()
	m.decide(m.laptop, present.Decision{Claim: row.Claim, Approve: true, Reason: "客户关系维护"})
	wishes, faults, err := m.seat.Amend(t.Context(), m.seat.Reading(), present.Amendment{Claim: row.Claim, Amount: "700", What: "补贴", Reason: "算错了"})
	if err != nil {
		t.Fatal(err)
	}
	m.seat.Give(wishes, faults)
	m.seat.Online()
	other.Online()
	m.decide(other, present.Decision{Claim: row.Claim, Reason: "不属实"})
	other.Online()
	m.laptop.Online()
	all := syncPage(t, m.laptop).Cards
	if got := all[len(all)-1].Next; got != "请打开查看这笔申请现在的状态。如果仍在等您审批、并且仍要支付，请再批准一次。" {
		t.Errorf("%q", got)
	}
}

// Sent back by one and approved by the other: the approval stands, and says what was
// meanwhile.
func TestAnApprovalStandsThoughItWasSentBack(t *testing.T) {
	m := newMoney(t)
	m.Employ(syncproto.Derive("second manager"), "li", "李娜", policy.Manager, centraltest.East)
	other := m.Desk("li", syncproto.Derive("second manager"), "R4ZZ")
	for _, c := range []struct {
		kind       syncproto.CommandKind
		what, says string
		next       string
	}{
		{syncproto.CommandSendBack, "补贴", "李娜 曾于 09:03 退回补充（请补照片），您的批准仍然有效。", "批准有效，提交人不用再补充。可以打开查看，或收起此提示。"},
		{syncproto.CommandRouteUp, "交通", "李娜 曾于 09:06 上报服务部（请补照片），您的批准仍然有效。", "批准有效，服务部不用再处理。可以打开查看，或收起此提示。"},
	} {
		row := m.file("800", c.what)
		other.Online()
		m.laptop.Offline()
		m.decide(m.laptop, present.Decision{Claim: row.Claim, Approve: true, Reason: "客户关系维护"})
		m.decide(other, present.Decision{Claim: row.Claim, Instead: c.kind, Reason: "请补照片"})
		other.Online()
		m.laptop.Online()
		all := syncPage(t, m.laptop).Cards
		if card := all[len(all)-1]; card.Says != c.says || card.Next != c.next {
			t.Errorf("%v: %q, %q", c.kind, card.Says, card.Next)
		}
	}
}

// What was asked for of one month says nothing of the next; and what is asked for of a month whose account has
// not come says what was asked for.
func TestAWishForOneMonthIsNoOtherMonths(t *testing.T) {
	m := newMoney(t)
	m.second()
	m.everybody()
	m.laptop.Offline()
	m.laptop.Give(m.laptop.Move(m.laptop.Reading(), true), nil)
	m.Now = m.month().End().Add(33 * syncproto.Hour)
	if month := m.laptop.Page().Month; month.Title != "2026年12月" || month.Moved != "" {
		t.Errorf("of %s, nothing was asked for: %q", month.Title, month.Moved)
	}
	m.laptop.Give(m.laptop.Move(m.laptop.Reading(), true), nil)
	if month := m.laptop.Page().Month; month.Moved != "要求把额度放到 P2XA · 仅存本机，未发送" {
		t.Errorf("asked to lie here, it says %q", month.Moved)
	}
}
