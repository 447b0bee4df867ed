//go:build realwindow

package redress_test

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"redress/syncproto"
	"redress/syncproto/escalation"
)

// day is the rest of the day with the built programs: the ladder up to the vice president,
// and a manager with two laptops. Deadlines are seconds, so nothing here waits for a length
// of time; what happened is read from the server's log and the desks' databases.
type day struct {
	*office
	seat, liaison, head, vp, manager, second, hq *colleague

	number string // of the ticket
	ref    syncproto.Ref
}

const (
	// briefly is how long an hour lasts on this day: 48 of them can be waited for.
	briefly = time.Second
	// restless is how many pixels differ from one second to the next where deadlines run:
	// digits and bars, and a line that was added. What is opened changes more.
	restless = 6000
	// slack is what a busy machine may add to a firing that is due.
	slack = 2 * time.Second
)

// TestTheDayInRealWindows: nobody solves a ticket, so it goes to the head and to the vice
// president, each once; and a claim that was approved twice is paid once.
func TestTheDayInRealWindows(t *testing.T) {
	o := openOffice(t, "day-", briefly)
	o.noise = restless
	d := &day{office: o}
	o.play(
		scene{"everybody's first log-in", func() {
			d.head, d.vp, d.liaison, d.seat = o.arrive("head"), o.arrive("vp"), o.arrive("liaison"), o.arrive("seat")
		}},
		scene{"the seat opens a ticket and dispatches it; nobody solves it", d.seatDispatches},
		scene{"48 h after the first contact the head has it", d.headHasIt},
		scene{"24 h after that firing the vice president has it, each once", d.vicePresidentHasIt},
		scene{"the vice president takes it up", d.vicePresidentTakesItUp},
		scene{"the seat asks for a compensation of 800.00", d.seatFilesAClaim},
		scene{"the liaison proposes that it is solved", d.liaisonProposes},
		scene{"the seat accepts, tells the customer and closes; everybody sees it closed", d.seatCloses},
		scene{"the manager has two laptops, connected together once: 3,000.00 each", d.twoLaptops},
		scene{"both cut off, both approve the same claim", d.bothApprove},
		scene{"paid once, 800.00 back, and the second laptop says which and why", d.paidOnce},
		scene{"headquarters sees the manager's month", d.headquartersLooks},
		scene{"everybody agrees", d.everybodyAgrees},
	)
}

// seatDispatches: the ticket has no promise, so that the seat may close it in the evening.
func (d *day) seatDispatches() {
	d.t.Helper()
	c := d.seat
	c.Front()
	c.open("ctrl+n")
	c.noise = flicker // no deadline runs on this page
	c.caller("zhangwei", "13800138000", "LFV3A23C8K3012345")
	c.chinese("zhupingmu", "heiping")
	c.tab(7)         // description, demand, channel, type, board, category
	c.Press("Right") // the region
	c.tab(3)         // station, call centre, promise
	c.tab(1)
	c.Press("Right") // the department
	c.tab(1)
	c.chinese("qingchakan", "houtai", "rizhi")
	c.picture("dispatches")
	c.noise = restless
	c.send()
	d.wait(patience, "the ticket to be final", func() (string, bool) {
		d.number = c.numberOf(screenDark)
		_, ref, confirmed := c.ticket(d.number)
		d.ref = ref
		return strings.Join(c.page("work", ""), "\n"), d.number != "" && confirmed
	})
}

// headHasIt: the window was open on the ticket before it fired.
func (d *day) headHasIt() {
	d.t.Helper()
	c := d.head
	c.has("ticket", d.number, screenDark)
	d.watches(c)
	c.picture("nothing-is-asked-of-the-head")
	d.fires(1)
	c.has("work", "", d.number+" · "+screenDark, "已升级给您")
	c.has("ticket", d.number, "已升级给您", "升级响应", "升级后解决", "您 · 自升级起 2 秒", "您 · 自升级起 24 秒")
	c.picture("escalated-to-the-head")
}

// vicePresidentHasIt: the head did nothing. The second rung counts from the firing of the
// first, and neither fires again.
func (d *day) vicePresidentHasIt() {
	d.t.Helper()
	c := d.vp
	d.watches(c)
	fired := d.fires(2)
	body, _, _ := c.ticket(d.number)
	if first := fired[0]; first.Due != body.FirstContact.Add(syncproto.SpanOf(48*briefly)) || first.Clock.Rung != 1 {
		d.t.Errorf("the first rung %d was due %v after the first contact", first.Clock.Rung, first.Due.Sub(body.FirstContact))
	}
	if second := fired[1]; second.Due != fired[0].At.Add(syncproto.SpanOf(24*briefly)) || second.Clock.Rung != 2 {
		d.t.Errorf("the second rung %d was due %v after the first had fired", second.Clock.Rung, second.Due.Sub(fired[0].At))
	}
	for _, f := range fired {
		late := f.At.Sub(f.Due)
		if hold := syncproto.SpanOf(briefly / 120); late <= 0 || late > hold+syncproto.SpanOf(slack) {
			d.t.Errorf("rung %d fired %v after it was due", f.Clock.Rung, late)
		}
		d.t.Logf("rung %d fired %v after it was due", f.Clock.Rung, late)
	}
	c.has("work", "", d.number+" · "+screenDark, "已升级给您")
	c.has("ticket", d.number, "已升级给您", "升级响应", "升级解决", "您 · 自升级起 2 秒", "您 · 自升级起 24 秒")
	c.picture("escalated-to-the-vice-president")
	d.head.has("ticket", d.number, "已升级给分管副总 高远")
}

// watches brings a window to the front with the ticket shown beside the list.
func (d *day) watches(c *colleague) {
	d.t.Helper()
	c.Front()
	c.open("alt+1")
	c.open("Down")
}

// fires waits until so many rungs of the resolution have fired, and no more have.
func (d *day) fires(rungs int) (fired []escalation.Fired) {
	d.t.Helper()
	d.wait(48*briefly+patience, fmt.Sprintf("rung %d to fire", rungs), func() (string, bool) {
		fired = d.firings(d.ref, escalation.Resolution)
		return fmt.Sprintf("%+v", fired), len(fired) >= rungs
	})
	if len(fired) != rungs {
		d.t.Errorf("the server fired %+v, want %d rungs", fired, rungs)
	}
	return fired
}

// vicePresidentTakesItUp: two hours are two seconds, so it is late, and the desk says so.
func (d *day) vicePresidentTakesItUp() {
	d.t.Helper()
	c := d.vp
	c.open("ctrl+t")
	c.chinese("wolai", "xietiao")
	c.picture("takes-it-up")
	c.send()
	c.has("ticket", d.number, "接手处理", "我来协调")
	d.wait(patience, "it to be final", c.connected)
	c.picture("has-taken-it-up")
}

func (d *day) seatFilesAClaim() {
	d.t.Helper()
	c := d.seat
	d.watches(c)
	c.picture("sees-both-escalations")
	c.open("ctrl+g")
	c.types("800.00")
	c.tab(1)
	c.chinese("jiaotong", "buchang")
	c.send()
	c.has("ticket", d.number, "¥800.00 · 交通补偿")
}

func (d *day) liaisonProposes() {
	d.t.Helper()
	c := d.liaison
	d.watches(c)
	c.open("ctrl+s")
	c.chinese("houtai", "lingpai", "shixiao", "，", "yichongzhi")
	c.picture("proposes")
	c.send()
	c.has("ticket", d.number, "后台令牌失效，已重置")
	d.wait(patience, "the proposal to be final", c.connected)
	c.picture("proposed")
}

// seatCloses: what the engineer said stands above the choice, and closing says that nothing
// is missing.
func (d *day) seatCloses() {
	d.t.Helper()
	c := d.seat
	c.has("ticket", d.number, "1 项解决待您确认")
	d.watches(c)
	c.open("ctrl+u")
	c.picture("reads-the-proposal")
	c.send()
	c.has("ticket", d.number, "已解决，待回复客户")
	c.settle()
	c.open("ctrl+h")
	c.chinese("kehu", "biaoshi", "manyi")
	c.picture("tells-the-customer")
	c.send()
	c.has("ticket", d.number, "已回复客户结果，可以关闭", "客户表示满意")
	c.settle()
	c.open("ctrl+w")
	c.picture("closes")
	c.send()
	for _, c := range []*colleague{d.seat, d.liaison, d.head, d.vp} {
		c.has("ticket", d.number, "已关闭")
	}
	for _, c := range []*colleague{d.head, d.vp} {
		c.Front()
		c.picture("closed")
		c.program.Stop() // went home
	}
	c.Front()
	c.picture("closed")
	d.liaison.program.Stop()
}

// twoLaptops: the operator gives a second code for the same person.
func (d *day) twoLaptops() {
	d.t.Helper()
	d.manager = d.arrive("manager")
	d.manager.noise = flicker
	d.manager.has("claims", "", "本机可用 ¥6,000.00", "¥800.00 · 交通补偿")
	who := d.people["manager"]
	who.code = strings.TrimSpace(d.give("enrol", "manager"))
	d.second = d.enrol(who, "manager-laptop")
	d.second.noise = flicker
	for c, other := range map[*colleague]*colleague{d.manager: d.second, d.second: d.manager} {
		c.has("claims", "", "本机可用 ¥3,000.00", "（"+other.code()+"） ¥3,000.00", "¥800.00 · 交通补偿 · 待审批")
		d.wait(patience, "nothing to be on its way", c.connected)
	}
	d.second.open("alt+3")
	d.second.picture("my-month-on-two-laptops")
}

// bothApprove: the lines die in the two ways there are.
func (d *day) bothApprove() {
	d.t.Helper()
	d.manager.cutOff(refusing)
	d.second.cutOff(swallowing)
	for _, c := range []*colleague{d.manager, d.second} {
		c.Front()
		c.open("alt+3")
		c.open("Down")
		c.open("Return")
		c.Press("Right") // the reason
		c.picture("approves-offline")
		c.send()
		c.has("claims", "", "¥800.00 · 交通补偿", "剩余 ¥2,200.00 · 已生效（有约束力），尚未发送")
		c.settle()
	}
	d.second.picture("has-approved")
}

// paidOnce: the first to hand in is paid; the second is given back in the same entry.
func (d *day) paidOnce() {
	d.t.Helper()
	d.manager.back()
	d.manager.has("claims", "", "¥800.00 · 交通补偿", "已确认")
	d.second.back()
	d.second.has("sync", "", "1 项需要您处理", "在另一台设备上批准了这笔申请，只支付一次；这次的 ¥800.00 已退回额度。",
		"您 · "+d.manager.code()+" · 批准 ¥800.00")
	d.second.picture("which-was-paid-and-why")
	d.wait(patience, "800.00 to be granted anew", func() (string, bool) {
		said := d.read("authority")
		return said, strings.Contains(said, "spent ¥800.00  on devices ¥5,200.00  free ¥0.00  breaches 0")
	})
	for _, c := range []*colleague{d.manager, d.second} {
		c.has("claims", "", "已用 ¥800.00")
		d.wait(patience, "nothing to be on its way", c.connected)
	}
	if lines := d.manager.page("sync", ""); len(lines) != 1 {
		d.t.Errorf("the laptop that was paid has on its sync page %q", lines)
	}
	d.second.open("alt+3")
	d.second.picture("my-month-afterwards")
}

func (d *day) headquartersLooks() {
	d.t.Helper()
	d.hq = d.arrive("hq")
	d.hq.noise = flicker
	d.hq.has("months", "", "李强 · 华东区 · 额度 ¥6,000.00 · 已用 ¥800.00")
	d.hq.open("alt+5")
	d.hq.open("Down")
	d.hq.picture("every-month")
}

// everybodyAgrees: the log is in order and has each thing as often as it happened.
func (d *day) everybodyAgrees() {
	d.t.Helper()
	if fired := d.firings(d.ref, escalation.Resolution); len(fired) != 2 {
		d.t.Errorf("the server fired %+v", fired)
	}
	log := d.read("log")
	for what, times := range map[string]int{
		"accepted  act-on ": 1, "accepted  propose-solved ": 1, "accepted  accept-proposal ": 1, "accepted  final-response ": 1,
		"accepted  close ": 1, "accepted  approve-claim ": 2, "claim-approved ": 1, "claim-duplicate ": 1, "rejected ": 0, "parked ": 0,
	} {
		if found := strings.Count(log, what); found != times {
			d.t.Errorf("the log has %d times %q, want %d:\n%s", found, what, times, log)
		}
	}
	for _, c := range []*colleague{d.seat, d.manager, d.second, d.hq} {
		if seen, done := c.connected(); !done {
			d.t.Errorf("%s: %s", c.desk, seen)
		}
	}
	d.t.Log(strings.TrimSpace(d.read("verify")))
}
