package present_test

import (
	"slices"
	"strings"
	"testing"

	"redress/desktop/centraltest"
	"redress/desktop/present"
	"redress/desktop/present/presenttest"
	"redress/syncproto"
	"redress/syncproto/ticket"
)

// shows compares what a page says with the story, line by line.
func shows(t *testing.T, got []string, want string) {
	t.Helper()
	var lines []string
	for line := range strings.SplitSeq(strings.TrimSpace(want), "\n") {
		lines = append(lines, strings.TrimPrefix(line, "\t\t"))
	}
	if !slices.Equal(got, lines) {
		t.Errorf("the desk shows\n%s\nand should show\n%s", strings.Join(got, "\n"), strings.Join(lines, "\n"))
	}
}

func syncPage(t *testing.T, d *presenttest.Desk) present.Sync {
	t.Helper()
	v, err := d.Sync(t.Context(), d.Reading(), "")
	if err != nil {
		t.Fatal(err)
	}
	return v
}

func workPage(t *testing.T, d *presenttest.Desk) present.Work {
	t.Helper()
	w, err := d.Work(t.Context(), d.Reading(), present.Work{}.Last, 50)
	if err != nil {
		t.Fatal(err)
	}
	return w
}

// The seat's morning: a ticket opened without a line, and what its desk says of it.
func TestATicketOpenedOfflineSaysWhatIsNotFinal(t *testing.T) {
	o := presenttest.New(t)
	seat := o.Desk("seat", centraltest.Seat, "K7MQ")
	o.At(9, 5)
	seat.Offline()
	o.At(9, 10)
	f := seat.NewTicket("远程车控失败")
	f.Promise, f.Department, f.Note = true, centraltest.Connected, "请查后台日志"
	id := seat.Open(f)
	shows(t, seat.See(id).Lines(), `
		K7MQ-00001 · 远程车控失败 · 仅存本机，未发送
		互联网车机部 · 李雷，直线 8022
		响应 · 送达服务器后开始计时 · 互联网车机部
		承诺 · 还剩 1 天 · 至 明天 09:10 · 呼叫中心 · 专员回电 · 仅存本机，未发送
		解决 · 还剩 2 天 · 至 11月3日 09:10 · 互联网车机部 · 自首次来电起 48 小时，到时升级给总部 · 仅存本机，未发送
		超期 5 天 · 还剩 5 天 · 至 11月6日 09:10 · 呼叫中心 · 自首次来电起 5 天，到时升级给总部 · 仅存本机，未发送
		超期 10 天 · 还剩 10 天 · 至 11月11日 09:10 · 呼叫中心 · 自首次来电起 10 天，到时升级给总部 · 仅存本机，未发送
		09:10 · 系统 · 响应时限从送达服务器时起算 · 仅存本机，未发送
		09:10 · 您 · K7MQ · 派往 互联网车机部 · 仅存本机，未发送
		  请查后台日志
		09:10 · 系统 · 承诺时限开始，至 明天 09:10 · 仅存本机，未发送
		09:10 · 您 · K7MQ · 向客户承诺，明天 09:10 前 · 仅存本机，未发送
		  专员回电
		09:10 · 系统 · 超期 10 天时限开始，至 11月11日 09:10 · 仅存本机，未发送
		09:10 · 系统 · 超期 5 天时限开始，至 11月6日 09:10 · 仅存本机，未发送
		09:10 · 系统 · 解决时限开始，至 11月3日 09:10 · 仅存本机，未发送
		09:10 · 您 · K7MQ · 建单 K7MQ-00001（400热线） · 仅存本机，未发送
		  远程车控失败`)
	shows(t, workPage(t, seat).Lines(), `
		K7MQ-00001 · 远程车控失败 · 张伟 · 还剩 1 天 · 承诺 · 至 明天 09:10 · 互联网车机部 · 待兑现承诺：专员回电 · 仅存本机，未发送`)
	shows(t, syncPage(t, seat).Lines(), `
		离线，自 09:05 起 · 3 项待发送
		09:10 · 新建工单 · K7MQ-00001 · 远程车控失败 · 张伟 · 13800138000 · LFV3A23C8K3012345 · 仅存本机，未发送
		09:10 · 作出承诺 · K7MQ-00001 · 远程车控失败 · 24 小时内专员回电 · 仅存本机，未发送
		09:10 · 派往部门 · K7MQ-00001 · 远程车控失败 · 互联网车机部 · 仅存本机，未发送`)

	// The department's two hours begin when the server has the dispatch; the promise began
	// with the first contact.
	o.At(10, 0)
	seat.Online()
	shows(t, workPage(t, seat).Lines(), `
		K7MQ-00001 · 远程车控失败 · 张伟 · 还剩 23:10 · 承诺 · 至 明天 09:10 · 互联网车机部 · 待兑现承诺：专员回电`)
	shows(t, syncPage(t, seat).Lines(), `
		已连接`)
	o.At(10, 5)
	seat.Act(id, syncproto.CommandContact, present.TicketForm{Text: "客户催问进度", Channel: "400热线"})
	seat.Act(id, syncproto.CommandPromise, present.TicketForm{})
	seat.Online()
	trail := seat.See(id).Trail
	for i, want := range []string{"10:05 · 您 · K7MQ · 再次承诺，时限不变", "10:05 · 您 · K7MQ · 客户来电或来信（400热线）"} {
		if trail[i].Head() != want {
			t.Errorf("line %d says %q, not %q", i, trail[i].Head(), want)
		}
	}
	if due := seat.See(id).Clocks[1].Due; due != "至 明天 09:10" {
		t.Errorf("the promise moved: %s", due)
	}
}

// The liaison's morning: an answer given in time without a line, and the firing it undoes.
func TestAnAnswerInTimeTakesTheEscalationBackAndBothStay(t *testing.T) {
	o := presenttest.New(t)
	seat := o.Desk("seat", centraltest.Seat, "K7MQ")
	liaison := o.Desk("liaison", centraltest.Liaison, "C4RT")
	o.At(10, 0)
	f := seat.NewTicket("远程车控失败")
	f.Department = centraltest.Connected
	id := seat.Open(f)
	seat.Online()
	liaison.Online()
	o.At(10, 30)
	liaison.Offline()
	o.At(11, 30)
	if next := liaison.See(id).Next; next.Kind() != syncproto.CommandRespond {
		t.Errorf("the liaison's next step is %v", next.Kind())
	}
	liaison.Act(id, syncproto.CommandRespond, present.TicketForm{Text: "已重置令牌", Cause: liaison.See(id).Responds[0].ID})
	if c := liaison.See(id).Clocks[3].Text(); c != "响应 · 按时完成 · 至 12:00 · 互联网车机部 · 仅存本机，未发送" {
		t.Errorf("after the answer: %s", c)
	}
	o.At(12, 1)
	o.Tick(id)
	seat.Online()
	if c := seat.See(id).Clocks[0]; c.Text() != "响应 · 超时 0:01 · 至 12:00 · 互联网车机部 · 12:01 已升级提醒" || c.Urgency != present.Overdue {
		t.Errorf("after the firing: %s %s", c.Urgency, c.Text())
	}
	o.At(12, 30)
	liaison.Online()
	seat.Online()
	shows(t, seat.See(id).Lines(), `
		K7MQ-00001 · 远程车控失败
		互联网车机部 · 李雷，直线 8022
		解决 · 还剩 1 天 21 小时 · 至 11月3日 10:00 · 互联网车机部 · 自首次来电起 48 小时，到时升级给总部
		超期 5 天 · 还剩 4 天 21 小时 · 至 11月6日 10:00 · 呼叫中心 · 自首次来电起 5 天，到时升级给总部
		超期 10 天 · 还剩 9 天 21 小时 · 至 11月11日 10:00 · 呼叫中心 · 自首次来电起 10 天，到时升级给总部
		响应 · 离线期间按时完成 · 至 12:00 · 互联网车机部 · 12:01 的升级提醒已撤回
		12:30 · 系统 · 响应时限结束：离线期间按时完成
		12:30 · 系统 · 撤回响应升级提醒：离线期间已按时完成
		  已通知：您、李雷
		11:30 · 李雷 · C4RT · 互联网车机部 已响应 · 12:30 送达
		  已重置令牌
		12:01 · 系统 · 响应超过时限（12:00），已升级提醒 互联网车机部
		  已通知：您、李雷
		10:00 · 系统 · 响应时限开始，至 12:00
		10:00 · 您 · K7MQ · 派往 互联网车机部
		10:00 · 系统 · 超期 10 天时限开始，至 11月11日 10:00
		10:00 · 系统 · 超期 5 天时限开始，至 11月6日 10:00
		10:00 · 系统 · 解决时限开始，至 11月3日 10:00
		10:00 · 您 · K7MQ · 建单 K7MQ-00001（400热线）
		  远程车控失败`)
}

// The manager's morning: what is left is exact before anything is spent.
func TestAManagerOfflineSpendsExactlyTheMonth(t *testing.T) {
	o := presenttest.New(t)
	seat := o.Desk("seat", centraltest.Seat, "K7MQ")
	manager := o.Desk("manager", centraltest.Manager, "P2XA")
	id := seat.Open(seat.NewTicket("中控屏黑屏"))
	for _, c := range []struct{ amount, what string }{{"1200", "补贴"}, {"5,000.00", "误工"}, {"￥4800", "交通"}, {"0.01", "零头"}, {"", "总成"}} {
		o.Now = o.Now.Add(syncproto.Minute)
		seat.Act(id, syncproto.CommandFileClaim, present.TicketForm{Amount: c.amount, Text: c.what, Warranty: c.amount == ""})
	}
	seat.Online()
	manager.Online()
	o.At(9, 20)
	manager.Offline()
	shows(t, manager.Page().Lines(), `
		2026年11月 · 本月额度 ¥6,000.00 · 已用 ¥0.00 · 本机可用 ¥6,000.00 · 至 11月30日 24:00
		本机可审批包修单
		K7MQ-00001 · 特别理赔 · ¥1,200.00 · 补贴 · 待审批 · 批准此单后剩余 ¥4,800.00
		K7MQ-00001 · 特别理赔 · ¥5,000.00 · 误工 · 待审批 · 批准此单后剩余 ¥1,000.00
		K7MQ-00001 · 特别理赔 · ¥4,800.00 · 交通 · 待审批 · 批准此单后剩余 ¥1,200.00
		K7MQ-00001 · 特别理赔 · ¥0.01 · 零头 · 待审批 · 批准此单后剩余 ¥5,999.99
		K7MQ-00001 · 包修单 · 总成 · 待审批 · 不占用本月额度`)
	waiting := manager.Page().Waiting
	for i, want := range []string{"", "超出您的权限 ¥200.00", "", "超出您的权限 ¥0.01", ""} {
		faults := manager.Decide(present.Decision{Claim: waiting[i].Claim, Approve: true, Reason: "客户关系维护"})
		got := ""
		if len(faults) > 0 {
			got = faults[0].Text
		}
		if got != want {
			t.Errorf("approving %s: %q, not %q", waiting[i].What, got, want)
		}
	}
	shows(t, manager.Page().Lines(), `
		2026年11月 · 本月额度 ¥6,000.00 · 已用 ¥6,000.00 · 本机可用 ¥0.00 · 至 11月30日 24:00
		本机可审批包修单
		K7MQ-00001 · 特别理赔 · ¥5,000.00 · 误工 · 待审批 · 超出您的权限 ¥5,000.00
		K7MQ-00001 · 特别理赔 · ¥0.01 · 零头 · 待审批 · 超出您的权限 ¥0.01
		09:20 · 批准 · K7MQ-00001 · 包修单 · 总成 · 客户关系维护 · 已生效（有约束力），尚未发送
		09:20 · 批准 · K7MQ-00001 · 特别理赔 · ¥4,800.00 · 交通 · 客户关系维护 · 批准后剩余 ¥0.00 · 已生效（有约束力），尚未发送
		09:20 · 批准 · K7MQ-00001 · 特别理赔 · ¥1,200.00 · 补贴 · 客户关系维护 · 批准后剩余 ¥4,800.00 · 已生效（有约束力），尚未发送`)
	o.At(12, 40)
	manager.Online()
	for _, r := range manager.Page().Decided {
		if r.State != "已确认" || !r.Final {
			t.Errorf("%s: %s", r.What, r.State)
		}
	}
}

// A field two people put right: the second reads what became of theirs, and can do it again.
func TestWhatTheServerRefusedIsACardUntilItIsPutAway(t *testing.T) {
	o := presenttest.New(t)
	seat := o.Desk("seat", centraltest.Seat, "K7MQ")
	other := o.Desk("manager", centraltest.Manager, "P2XA")
	id := seat.Open(seat.NewTicket("远程车空失败"))
	seat.Online()
	other.Online()
	seat.Offline()
	o.At(9, 30)
	seat.Act(id, syncproto.CommandAmend, present.TicketForm{Field: ticket.FieldSubject, Old: "远程车空失败", New: "远程车控失败"})
	o.At(9, 31)
	other.Act(id, syncproto.CommandAmend, present.TicketForm{Field: ticket.FieldSubject, Old: "远程车空失败", New: "远程控车失败"})
	other.Online()
	o.At(9, 40)
	seat.Online()
	v := syncPage(t, seat)
	shows(t, v.Lines(), `
		已连接 · 1 项需要您处理
		09:30 · 更正 · K7MQ-00001 · 远程车空失败 · 主题 · 由“远程车空失败”改为“远程车控失败”
		  主题已被他人改为“远程控车失败”，没有被您的改动覆盖。
		  09:31 · 王强 · P2XA · 更正主题
		  没有生效。您可以打开查看，按原内容重做一次，或收起此提示。`)
	if c := v.Cards[0]; !c.Again || c.Ticket != id || c.Filled.New != "远程车控失败" {
		t.Errorf("the form cannot be opened again as it was: %+v", c)
	}
	if err := seat.Replica.Dismiss(t.Context(), v.Cards[0].Command, v.Cards[0].Told); err != nil {
		t.Fatal(err)
	}
	shows(t, syncPage(t, seat).Lines(), `
		已连接`)
}
