package present_test

import (
	"slices"
	"strings"
	"testing"

	"redress/desktop/centraltest"
	"redress/desktop/present"
	"redress/desktop/present/presenttest"
	"redress/desktop/replica"
	"redress/syncproto"
	"redress/syncproto/policy"
)

// ladders is an office with a ticket that was dispatched at 09:00 and with desks of all
// whom it can go to.
type ladders struct {
	*presenttest.Office
	t                             *testing.T
	seat, liaison, head, vice, hq *presenttest.Desk
	id                            syncproto.ID
}

func climb(t *testing.T) *ladders {
	t.Helper()
	l := &ladders{Office: presenttest.New(t), t: t}
	l.Promote()
	l.seat = l.Desk("seat", centraltest.Seat, "K7MQ")
	l.liaison = l.Desk("liaison", centraltest.Liaison, "C4RT")
	l.head = l.Desk("head", presenttest.Head, "H3AD")
	l.vice = l.Desk("vice", presenttest.VicePresident, "V1CE")
	l.hq = l.Desk("service", presenttest.Service, "S2RV")
	f := l.seat.NewTicket("远程车控失败")
	f.Department = centraltest.Connected
	l.id = l.seat.Open(f)
	l.Sync()
	return l
}

// pass lets time go by, with what fires meanwhile.
func (l *ladders) pass(hour, minute int) {
	l.t.Helper()
	l.Pass(hour, minute, l.id)
}

func clocksOf(p present.Panorama) []string {
	var lines []string
	for _, c := range p.Clocks {
		lines = append(lines, c.Text())
	}
	return lines
}

// buttons are what a person can do, the strong one first.
func buttons(d *presenttest.Desk, p present.Panorama) string {
	words := []string{"-"}
	if p.Next != present.None {
		words[0] = p.Next.Word(d.Words)
	}
	for _, a := range p.Others {
		words = append(words, a.Word(d.Words))
	}
	return strings.Join(words, " ")
}

// kinds are the commands of resolving a ticket.
var kinds = []syncproto.CommandKind{syncproto.CommandProposeSolved, syncproto.CommandAcceptProposal, syncproto.CommandRefuseProposal,
	syncproto.CommandFinalResponse, syncproto.CommandClose, syncproto.CommandReopen, syncproto.CommandActOn,
	syncproto.CommandDeEscalate, syncproto.CommandDecideDispute, syncproto.CommandDispatch, syncproto.CommandPromise}

// can says what a person is offered, and that the rules refuse everything else.
func (l *ladders) can(d *presenttest.Desk, want string) {
	l.t.Helper()
	p, scene := d.See(l.id), d.Scene(d.Reading())
	for _, kind := range kinds {
		if p.Offers(present.Action(kind)) || kind == syncproto.CommandProposeSolved && p.State != "" {
			continue // it could be proposed once more, which nobody needs
		}
		wishes, faults := scene.Act(p, present.TicketForm{Action: present.Action(kind), Text: "试一试", Channel: "400热线",
			Verdict: present.InTime, Department: centraltest.Connected}, l.NewID)
		if len(faults) > 0 {
			continue
		}
		if _, err := d.Replica.Tap(l.t.Context(), wishes[0], replica.Moment{ID: l.NewID(), Reading: d.Reading()}); err == nil {
			l.t.Errorf("%s is not offered %v, which is allowed", scene.Title(), kind)
		}
	}
	if got := buttons(d, d.See(l.id)); got != want {
		l.t.Errorf("%s can %s; want %s", d.Scene(d.Reading()).Title(), got, want)
	}
}

// Unresolved at 48 h: the head has it, sees own clocks first, takes it up, and the vice
// president is named as next.
func TestAnEscalatedTicketTellsItsHeadWhatIsWanted(t *testing.T) {
	l := climb(t)
	l.At(9, 30)
	l.liaison.Act(l.id, syncproto.CommandRespond, present.TicketForm{Text: "正在查后台", Cause: l.liaison.See(l.id).Responds[0].ID})
	l.Sync()
	shows(t, clocksOf(l.liaison.See(l.id)), `
		解决 · 还剩 1 天 23 小时 · 至 11月3日 09:00 · 互联网车机部 · 自首次来电起 48 小时，到时升级给部长 赵刚
		超期 5 天 · 还剩 4 天 23 小时 · 至 11月6日 09:00 · 呼叫中心 · 自首次来电起 5 天，到时升级给服务部
		超期 10 天 · 还剩 9 天 23 小时 · 至 11月11日 09:00 · 呼叫中心 · 自首次来电起 10 天，到时升级给领导 郑华
		响应 · 按时完成 · 至 11:00 · 互联网车机部`)
	l.can(l.head, "-")
	shows(t, workPage(t, l.head).Lines(), `
		K7MQ-00001 · 远程车控失败 · 张伟 · 还剩 1 天 23 小时 · 解决 · 至 11月3日 09:00 · 互联网车机部`)
	l.pass(57, 1)
	shows(t, workPage(t, l.head).Lines(), `
		K7MQ-00001 · 远程车控失败 · 张伟 · 还剩 2:00 · 升级响应 · 至 11:01 · 互联网车机部 · 待您接手 · 已升级给您`)
	shows(t, workPage(t, l.seat).Lines(), `
		K7MQ-00001 · 远程车控失败 · 张伟 · 超时 0:01 · 解决 · 至 09:00 · 互联网车机部 · 已升级给部长 赵刚`)
	shows(t, clocksOf(l.head.See(l.id))[:3], `
		解决 · 超时 0:01 · 至 09:00 · 互联网车机部 · 自首次来电起 48 小时 · 09:01 已升级给您
		升级响应 · 还剩 2:00 · 至 11:01 · 您 · 自升级起 2 小时
		升级后解决 · 还剩 1 天 · 至 明天 09:01 · 您 · 自升级起 24 小时，到时升级给分管副总 孙伟`)
	if e := l.head.See(l.id).Escalations; len(e) != 1 || e[0].Head != "解决超时升级 · 自 09:01" ||
		strings.Join(e[0].Clocks, "; ") != "升级响应 · 还剩 2:00 · 至 11:01; 升级后解决 · 还剩 1 天 · 至 明天 09:01" {
		t.Errorf("the head reads %+v", e)
	}
	l.can(l.head, "接手处理 交回")
	l.head.Act(l.id, syncproto.CommandActOn, present.TicketForm{Text: "我来协调台架复现"})
	l.Sync()
	l.can(l.head, "-")
	shows(t, workPage(t, l.head).Lines(), `
		K7MQ-00001 · 远程车控失败 · 张伟 · 还剩 1 天 · 升级后解决 · 至 明天 09:01 · 互联网车机部 · 待您解决 · 已升级给您`)
	l.pass(81, 2)
	shows(t, workPage(t, l.vice).Lines(), `
		K7MQ-00001 · 远程车控失败 · 张伟 · 还剩 2:00 · 升级响应 · 至 11:02 · 互联网车机部 · 待您接手 · 已升级给您`)
	l.can(l.vice, "接手处理 交回")
	l.pass(85, 3)
	shows(t, clocksOf(l.vice.See(l.id))[:3], `
		解决 · 超时 1 天 4 小时 · 至 昨天 09:00 · 互联网车机部 · 自首次来电起 48 小时 · 昨天 09:01 已升级给部长 赵刚、已催办 2 次
		升级后解决 · 超时 4:02 · 至 09:01 · 部长 赵刚 · 自升级起 24 小时 · 09:02 已升级给您、已催办 1 次
		升级响应 · 超时 2:01 · 至 11:02 · 您 · 自升级起 2 小时 · 13:03 已提醒`)
	l.vice.Act(l.id, syncproto.CommandDeEscalate, present.TicketForm{Text: "部门已在处理，按计划推进"})
	l.Sync()
	l.can(l.vice, "-")
	shows(t, headsOf(l.vice.See(l.id)), `
		13:03 · 系统 · 升级解决时限结束：不再计时
		13:03 · 系统 · 升级响应时限结束：未按时完成
		13:03 · 您 · V1CE · 交回 互联网车机部 处理
		  部门已在处理，按计划推进
		13:03 · 系统 · 升级响应超过时限（11:02），已提醒
		  已通知：您、张敏
		13:03 · 系统 · 催办：升级后解决已超过时限（09:01）
		  已通知：您、张敏、赵刚、李雷
		13:03 · 系统 · 催办：解决已超过时限（昨天 09:00）
		  已通知：赵刚、张敏、李雷
		09:02 · 系统 · 升级解决时限开始（您），至 明天 09:02
		09:02 · 系统 · 升级响应时限开始（您），至 11:02
		09:02 · 系统 · 升级后解决超过时限（09:01），升级给您
		  已通知：您、张敏、赵刚、李雷
		09:02 · 系统 · 催办：解决已超过时限（昨天 09:00）
		  已通知：赵刚、张敏、李雷
		昨天 09:01 · 系统 · 升级响应时限结束：按时完成
		昨天 09:01 · 赵刚 · H3AD · 接手处理
		  我来协调台架复现
		昨天 09:01 · 系统 · 升级后解决时限开始（部长 赵刚），至 09:01
		昨天 09:01 · 系统 · 升级响应时限开始（部长 赵刚），至 昨天 11:01
		昨天 09:01 · 系统 · 解决超过时限（昨天 09:00），升级给部长 赵刚
		  已通知：赵刚、张敏、李雷
		11月1日 09:30 · 系统 · 响应时限结束：按时完成
		11月1日 09:30 · 李雷 · C4RT · 互联网车机部 已响应
		  正在查后台
		11月1日 09:00 · 系统 · 响应时限开始，至 11月1日 11:00
		11月1日 09:00 · 张敏 · K7MQ · 派往 互联网车机部
		11月1日 09:00 · 系统 · 超期 10 天时限开始，至 11月11日 09:00
		11月1日 09:00 · 系统 · 超期 5 天时限开始，至 11月6日 09:00
		11月1日 09:00 · 系统 · 解决时限开始，至 昨天 09:00
		11月1日 09:00 · 张敏 · K7MQ · 建单 K7MQ-00001（400热线）
		  远程车控失败`)
}

func headsOf(p present.Panorama) []string {
	lines := p.Lines()
	return lines[len(lines)-trailLines(p):]
}

func trailLines(p present.Panorama) int {
	n := 0
	for _, l := range p.Trail {
		if n++; l.Text != "" {
			n++
		}
	}
	return n
}

// Respond, propose, refuse, propose again, accept, tell, close, reopen: what is next
// follows the ticket, and closing says what is missing.
func TestWhatIsNextFollowsTheTicket(t *testing.T) {
	l := climb(t)
	l.can(l.seat, "记录联系 作出承诺 派往部门 回复处理结果 关闭工单 内部备注 更正 提交理赔")
	l.can(l.liaison, "响应 提出已解决")
	l.seat.Act(l.id, syncproto.CommandPromise, present.TicketForm{Text: "专员回电"})
	l.At(9, 40)
	l.liaison.Act(l.id, syncproto.CommandProposeSolved, present.TicketForm{Text: "已重置令牌"})
	l.Sync()
	if c := l.seat.See(l.id).Clocks; c[len(c)-1].Text() != "响应 · 按时完成 · 至 11:00 · 互联网车机部" {
		t.Errorf("what was proposed answers its dispatch: %v", clocksOf(l.seat.See(l.id)))
	}
	l.can(l.liaison, "- 提出已解决")
	l.can(l.seat, "确认解决 不认可解决 记录联系 作出承诺 派往部门 回复处理结果 关闭工单 内部备注 更正 提交理赔")
	shows(t, workPage(t, l.seat).Lines(), `
		K7MQ-00001 · 远程车控失败 · 张伟 · 已等 0 秒 · 确认解决 · 自 09:40 · 互联网车机部 · 1 项解决待您确认 · 待兑现承诺：专员回电`)
	shows(t, workPage(t, l.liaison).Lines(), `
		K7MQ-00001 · 远程车控失败 · 张伟 · 还剩 1 天 23 小时 · 解决 · 至 11月3日 09:00 · 互联网车机部 · 1 项解决待坐席确认`)
	if p := l.seat.See(l.id).Proposals; len(p) != 1 || p[0].Head != "李雷 · 互联网车机部 · 09:40" || p[0].Text != "已重置令牌" {
		t.Errorf("the seat reads %+v", p)
	}
	shows(t, l.seat.See(l.id).Obstacles, `
		李雷 提出已解决，还没有答复。请先确认或不认可。
		对客户的承诺“专员回电”还没有兑现，时限 明天 09:00。请先联系客户，并记录兑现的是这项承诺。
		还没有向客户回复处理结果。请先回复。`)

	l.seat.Act(l.id, syncproto.CommandRefuseProposal, present.TicketForm{Text: "客户说仍然打不开"})
	l.Sync()
	l.can(l.liaison, "提出已解决")
	l.At(10, 0)
	l.liaison.Act(l.id, syncproto.CommandProposeSolved, present.TicketForm{Text: "更换了通讯模块"})
	l.Sync()
	l.At(10, 10)
	l.seat.Act(l.id, syncproto.CommandAcceptProposal, present.TicketForm{})
	l.can(l.seat, "回复处理结果 记录联系 作出承诺 派往部门 关闭工单 内部备注 更正 提交理赔")
	if got := l.seat.See(l.id).State; got != "10:00 已解决，待回复客户" {
		t.Errorf("it is %q", got)
	}
	l.seat.Act(l.id, syncproto.CommandFinalResponse, present.TicketForm{Text: "请再试一次", Channel: "400热线", Rejected: true})
	if got := l.seat.See(l.id).State; got != "10:10 已回复结果，客户不认可" {
		t.Errorf("it is %q", got)
	}
	l.can(l.seat, "记录联系 作出承诺 派往部门 回复处理结果 关闭工单 内部备注 更正 提交理赔")
	shows(t, l.seat.See(l.id).Obstacles[1:], `
		客户不认可处理结果，不能关闭。请继续处理，再次回复结果后再试。`)
	l.seat.Act(l.id, syncproto.CommandFinalResponse, present.TicketForm{Text: "客户试过，可以了", Channel: "400热线"})
	l.seat.Act(l.id, syncproto.CommandContact, present.TicketForm{Text: "已回电", Channel: "外呼", Outbound: true, Cause: l.seat.See(l.id).Promises[0].ID})
	l.can(l.seat, "关闭工单 记录联系 作出承诺 派往部门 回复处理结果 内部备注 更正 提交理赔")
	l.seat.Act(l.id, syncproto.CommandClose, present.TicketForm{})
	l.Sync()
	if rows := workPage(t, l.seat).Rows; len(rows) > 0 {
		t.Errorf("what is closed still waits: %+v", rows)
	}
	l.can(l.seat, "重新打开 记录联系 内部备注 更正 提交理赔")
	l.can(l.liaison, "-")
	shows(t, headsOf(l.seat.See(l.id))[:18], `
		10:10 · 系统 · 超期 10 天时限结束：不计
		10:10 · 系统 · 超期 5 天时限结束：按时完成
		10:10 · 您 · K7MQ · 关闭工单
		10:10 · 系统 · 承诺时限结束：按时完成
		10:10 · 您 · K7MQ · 联系客户（外呼），已兑现承诺
		  已回电
		10:10 · 您 · K7MQ · 已向客户回复处理结果（400热线）
		  客户试过，可以了
		10:10 · 您 · K7MQ · 已向客户回复处理结果（400热线），客户不认可，已告知其他途径
		  请再试一次
		10:10 · 系统 · 解决时限结束：按时完成
		10:10 · 您 · K7MQ · 确认解决（李雷 提出）
		10:00 · 李雷 · C4RT · 提出已解决，待坐席确认
		  更换了通讯模块
		09:40 · 您 · K7MQ · 不认可解决（李雷 提出），各项时限照旧
		  客户说仍然打不开
		09:40 · 系统 · 响应时限结束：按时完成
		09:40 · 李雷 · C4RT · 提出已解决，待坐席确认`)
	l.At(33, 0)
	l.seat.Act(l.id, syncproto.CommandReopen, present.TicketForm{Text: "又打不开了", Channel: "400热线"})
	l.Sync()
	shows(t, append([]string{l.seat.See(l.id).State}, clocksOf(l.seat.See(l.id))[:3]...), `
		09:00 重新打开（第 1 次）
		解决 · 还剩 2 天 · 至 11月4日 09:00 · 互联网车机部 · 自客户再次来电起 48 小时，到时升级给部长 赵刚
		超期 5 天 · 还剩 4 天 22 小时 · 至 11月7日 07:50 · 呼叫中心 · 自首次来电起 5 天，关闭期间不计，到时升级给服务部
		超期 10 天 · 还剩 9 天 22 小时 · 至 11月12日 07:50 · 呼叫中心 · 自首次来电起 10 天，关闭期间不计，到时升级给领导 郑华`)
	shows(t, headsOf(l.seat.See(l.id))[:5], `
		09:00 · 系统 · 超期 10 天时限开始，至 11月12日 07:50
		09:00 · 系统 · 超期 5 天时限开始，至 11月7日 07:50
		09:00 · 系统 · 解决时限开始，至 11月4日 09:00
		09:00 · 您 · K7MQ · 客户再次联系，重新打开（400热线）
		  又打不开了`)

	// What is said and closed now is about the time after the reopening.
	l.At(33, 30)
	l.liaison.Act(l.id, syncproto.CommandProposeSolved, present.TicketForm{Text: "换了主机"})
	l.Sync()
	l.seat.Act(l.id, syncproto.CommandAcceptProposal, present.TicketForm{})
	if c := clocksOf(l.seat.See(l.id)); !strings.HasPrefix(c[2], "解决 · 按时完成 · 至 11月4日 09:00") {
		t.Errorf("what was proposed after the reopening is about: %s", strings.Join(c, "\n"))
	}
	l.seat.Act(l.id, syncproto.CommandFinalResponse, present.TicketForm{Text: "客户确认", Channel: "400热线"})
	l.can(l.seat, "关闭工单 记录联系 作出承诺 派往部门 回复处理结果 内部备注 更正 提交理赔")
	l.seat.Act(l.id, syncproto.CommandClose, present.TicketForm{})
	l.Sync()
	if got := l.seat.See(l.id).State; got != "09:30 已关闭 · 09:00 重新打开（第 1 次）" {
		t.Errorf("it is %q", got)
	}
	for _, c := range l.seat.See(l.id).Clocks {
		if c.Running || c.Ladder == "解决" && c.State != "按时完成" {
			t.Errorf("after closing: %s", c.Text())
		}
	}
}

// Open for five days: the service department has it as a whole, takes it up and can hand it
// back, and what went to the person stands above what is due sooner and is others'.
func TestTheServiceDepartmentHasWhatIsTooOld(t *testing.T) {
	l := climb(t)
	other := l.seat.NewTicket("配件无货")
	other.Department = centraltest.Connected
	l.seat.Open(other)
	l.Sync()
	l.pass(48+9, 1)
	shows(t, workPage(t, l.head).Lines(), `
		K7MQ-00001 · 远程车控失败 · 张伟 · 还剩 2:00 · 升级响应 · 至 11:01 · 互联网车机部 · 待您接手 · 已升级给您
		K7MQ-00002 · 配件无货 · 张伟 · 超时 1 天 22 小时 · 响应 · 至 11月1日 11:00 · 互联网车机部`)
	l.pass(120+9, 1)
	e := l.hq.See(l.id).Escalations
	if len(e) != 1 || e[0].Head != "超期 5 天升级 · 自 09:01" || strings.Join(e[0].Clocks, "; ") != "升级响应 · 还剩 2:00 · 至 11:01; 升级解决 · 还剩 1 天 · 至 明天 09:01" {
		t.Errorf("the service department reads %+v", e)
	}
	l.can(l.hq, "接手处理 交回")
	l.hq.Act(l.id, syncproto.CommandActOn, present.TicketForm{Text: "请区域经理到站"})
	l.can(l.hq, "- 交回")
	l.hq.Act(l.id, syncproto.CommandDeEscalate, present.TicketForm{Text: "区域已接手"})
	l.Sync()
	l.can(l.hq, "-")
	if c := clocksOf(l.hq.See(l.id)); !slices.Contains(c, "升级解决 · 已交回，不再计时 · 至 明天 09:01 · 服务部 · 自升级起 24 小时") {
		t.Errorf("after handing back: %s", strings.Join(c, "\n"))
	}
}

// What only this desk is in doubt of, because it was started anew without a line, is
// nothing to decide yet: the server bounds it at the hand-in.
func TestOnesOwnDoubtIsNoDispute(t *testing.T) {
	l := climb(t)
	l.pass(120+9, 1)
	l.hq.Offline()
	l.hq.Reboot()
	l.hq.Act(l.id, syncproto.CommandActOn, present.TicketForm{Text: "请区域经理到站"})
	if c := clocksOf(l.hq.See(l.id)); !slices.ContainsFunc(c, func(line string) bool { return strings.Contains(line, "是否按时有争议") }) {
		t.Fatalf("the desk is sure of its time: %s", strings.Join(c, "\n"))
	}
	if d := l.hq.See(l.id).Disputes; len(d) != 0 {
		t.Errorf("to be decided is %+v", d)
	}
	l.can(l.hq, "- 交回")
}

// The laptop was off and on again before and after the answer: whether it was in time
// nobody can tell, so the service department decides, and everybody reads why.
func TestADisputeIsDecidedByTheServiceDepartment(t *testing.T) {
	l := climb(t)
	l.liaison.Offline()
	l.At(10, 0)
	l.liaison.Reboot()
	l.liaison.Act(l.id, syncproto.CommandRespond, present.TicketForm{Text: "已远程升级", Cause: l.liaison.See(l.id).Responds[0].ID})
	l.liaison.Reboot()
	l.At(11, 20)
	l.Tick(l.id)
	l.Sync()
	shows(t, workPage(t, l.hq).Lines(), `
		K7MQ-00001 · 远程车控失败 · 张伟 · 是否按时有争议 · 响应 · 至 11月8日 11:20 · 互联网车机部 · 待您判定争议`)
	if c := clocksOf(l.seat.See(l.id))[3]; c != "响应 · 是否按时有争议 · 至 11:00 · 互联网车机部 · 11:20 已升级提醒、由服务部判定；11月8日 11:20 前未判定，计为未按时完成" {
		t.Errorf("the seat reads %s", c)
	}
	l.can(l.hq, "判定争议")
	l.can(l.vice, "-")
	d := l.hq.See(l.id).Disputes
	if len(d) != 1 || d[0].Head != "响应 · 互联网车机部" || d[0].Within != "完成时间在 08:59:59 至 11:20:00 之间，无法更准" ||
		d[0].Due != "时限 11:00:00" || d[0].Until != "11月8日 11:20 前未判定，计为未按时完成" {
		t.Errorf("to be decided is %+v", d)
	}
	l.At(12, 0)
	l.hq.Act(l.id, syncproto.CommandDecideDispute, present.TicketForm{Verdict: present.InTime, Text: "远程升级记录为 10:02"})
	l.Sync()
	l.can(l.hq, "-")
	shows(t, headsOf(l.seat.See(l.id))[:4], `
		12:00 · 吴萍 · S2RV · 判定响应争议（时限 11:00）：按时
		  远程升级记录为 10:02
		12:00 · 系统 · 撤回响应升级提醒：离线期间已按时完成
		  已通知：您、赵刚、李雷`)
}

// Another policy is in force by now: the clocks of an old ticket, its trail and its row are
// called by the limits they began with.
func TestAnOldTicketKeepsTheNamesOfItsClocks(t *testing.T) {
	l := climb(t)
	next := policy.Default(2)
	next.AgeingLimits = []syncproto.Span{2 * syncproto.Hour, 4 * syncproto.Hour}
	l.Operate(syncproto.CommandIssuePolicy, policy.Issue{Policy: next})
	l.Sync()
	l.pass(24*5, 1)
	p := l.seat.See(l.id)
	if got := l.seat.Scene(l.seat.Reading()).Reference.Policy.Number; got != 2 {
		t.Fatalf("policy %d is in force", got)
	}
	for _, text := range slices.Concat(clocksOf(p), headsOf(p)) {
		if strings.Contains(text, "超期") && !strings.Contains(text, "超期 5 天") && !strings.Contains(text, "超期 10 天") {
			t.Errorf("the ticket says %s", text)
		}
	}
	if got := strings.Join(workPage(t, l.hq).Lines(), "\n"); strings.Contains(got, "小时 · 超期") {
		t.Errorf("the row says %s", got)
	}
}
