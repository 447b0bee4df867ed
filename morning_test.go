//go:build realwindow

package redress_test

import (
	"slices"
	"strings"
	"testing"
	"time"

	"redress/syncproto"
	"redress/syncproto/escalation"
)

// morning is the story of syncproto/simulation/scenarios/morning.txt with the built
// programs: a server, three windows, each behind a line of its own, and a keyboard.
type morning struct {
	*office
	seat, manager, liaison *colleague

	yesterday string // number of the ticket that has the claims
	today     string // number of the ticket that is opened offline
	ref       syncproto.Ref
	promised  escalation.Clock
}

const (
	// practice is how long an hour lasts this morning: long enough to type in.
	practice = time.Minute
	// ticking is how many pixels differ from one second to the next in a window where the
	// last minutes of a deadline are counted: digits and a bar.
	ticking = 600
)

// The subjects of the tickets.
const (
	screenDark   = "主屏幕黑屏"
	remoteFailed = "远程车控失败"
)

// TestTheMorningInRealWindows: one ticket, one approval, one deadline, while the line is
// cut, from the first log-in to the last verdict.
func TestTheMorningInRealWindows(t *testing.T) {
	o := openOffice(t, "", practice)
	m := &morning{office: o}
	o.play(
		scene{"everybody's first log-in", func() {
			m.seat, m.manager, m.liaison = o.arrive("seat"), o.arrive("manager"), o.arrive("liaison")
		}},
		scene{"a ticket with five claims lies on everybody's desk", m.claimsAreFiled},
		scene{"09:05 the seat is cut off; it opens a ticket, promises a call and dispatches", m.seatOpensATicketOffline},
		scene{"09:20 the manager, cut off too, approves what the month allows and not a fen more", m.managerApprovesOffline},
		scene{"10:00 the seat is back; the department's two hours begin; the customer calls again", m.seatIsBack},
		scene{"10:15 the server is killed and started again", m.serverDies},
		scene{"10:30 the liaison is cut off and responds in time", m.liaisonRespondsOffline},
		scene{"12:00 the rung fires", m.theRungFires},
		scene{"12:30 the liaison is back: rescinded, met offline", m.liaisonIsBack},
		scene{"12:40 the manager is back: all final, nothing left", m.managerIsBack},
		scene{"everybody agrees", m.everybodyAgrees},
	)
}

// claimsAreFiled: a ticket with five claims lies on everybody's desk.
func (m *morning) claimsAreFiled() {
	m.t.Helper()
	c := m.seat
	c.Front()
	c.picture("nothing-waits-yet")
	c.open("ctrl+n")
	c.caller("liunvshi", "13900001111", "LSVAA4182E2184847")
	c.chinese("zhupingmu", "heiping")
	c.tab(7)         // description, demand, channel, type, board, category
	c.Press("Right") // the region
	c.send()
	m.wait(patience, "the first ticket", func() (string, bool) {
		m.yesterday = c.numberOf(screenDark)
		return strings.Join(c.page("work", ""), "\n"), m.yesterday != ""
	})
	for _, claim := range []struct {
		amount  string // "" of a warranty order
		what    []string
		shown   string
		picture string // "" for none
	}{
		{"1200.00", []string{"weixiu", "butie"}, "¥1,200.00 · 维修补贴", "files-a-claim"},
		{"", []string{"genghuan", "xianshiping", "zongcheng"}, "更换显示屏总成", "files-a-warranty-order"},
		{"5000.00", []string{"zuche", "feiyong"}, "¥5,000.00 · 租车费用", ""},
		{"4800.00", []string{"jiaotong", "buchang"}, "¥4,800.00 · 交通补偿", ""},
		{"0.01", []string{"lingqian"}, "¥0.01 · 零钱", ""},
	} {
		c.settle()
		c.open("ctrl+g") // the amount has the focus
		if claim.amount == "" {
			c.Press("shift+Tab")
			c.Press("Right") // the kind
		} else {
			c.types(claim.amount)
		}
		c.tab(1)
		c.chinese(claim.what...)
		if claim.picture != "" {
			c.picture(claim.picture)
		}
		c.send()
		c.has("ticket", m.yesterday, claim.shown)
	}
	m.manager.has("claims", "", "本机可用 ¥6,000.00", "本机可审批包修单", "¥0.01 · 零钱")
}

// seatOpensATicketOffline: 09:05 and 09:10.
func (m *morning) seatOpensATicketOffline() {
	m.t.Helper()
	c := m.seat
	c.cutOff(refusing)
	c.Front()
	struck, asked := c.Strikes(), time.Now()
	c.open("ctrl+n")
	waited := time.Since(asked)
	c.picture("the-number-before-the-first-key")
	c.caller("zhangwei", "13800138000", "LFV3A23C8K3012345")
	c.chinese("yuancheng", "che", "kongzhi")
	c.Press("BackSpace")
	c.chinese("shibai")
	c.tab(1)
	c.chinese("shoujiyingyong", "wufa", "yuancheng", "kaikongtiao")
	c.tab(6)         // demand, channel, type, board, category
	c.Press("Right") // the region
	c.tab(3)         // station, call centre
	c.Press("space") // the promise
	c.tab(1)
	c.Press("Right") // the department
	c.tab(1)
	c.chinese("qingchakan", "houtai", "rizhi")
	c.picture("a-new-ticket-offline")
	asked = time.Now()
	c.send()
	m.wait(patience, "the ticket opened offline", func() (string, bool) {
		m.today = c.numberOf(remoteFailed)
		return strings.Join(c.page("work", ""), "\n"), m.today != ""
	})
	m.quick(c.Strikes()-struck, waited+time.Since(asked))
	c.has("ticket", m.today, m.today+" · "+remoteFailed+" · 仅存本机，未发送", "响应 · 送达服务器后开始计时", "专员回电",
		"派往 互联网车机部 · 仅存本机，未发送", "请查看后台日志")
	c.has("sync", "", "3 项待发送", "新建工单", "作出承诺", "派往部门")
	c.picture("the-ticket-kept-here")
	c.open("alt+4")
	c.picture("offline-three-wait")
	body, ref, _ := c.ticket(m.today)
	m.ref = ref
	if body.Description != "手机应用无法远程开空调" {
		m.t.Errorf("typed through the input method, the description became %q", body.Description)
	}
	if kinds := m.trail(ref); len(kinds) > 0 {
		m.t.Errorf("the line is cut, and the server has %q", kinds)
	}
}

// quick says how long a ticket takes somebody who strikes five keys a second, and holds the
// form to a minute of them. waited is what the program needed for its own part at the most:
// to see that it is done takes the test longer than a person.
func (m *morning) quick(strikes int, waited time.Duration) {
	m.t.Helper()
	const key = 200 * time.Millisecond
	typed := time.Duration(strikes) * key
	m.t.Logf("一张工单：%d 次击键 %v，另等程序至多 %v · a ticket: %d keystrokes, %v, and the program at most %v",
		strikes, typed, waited.Round(time.Millisecond), strikes, typed, waited.Round(time.Millisecond))
	if typed > time.Minute {
		m.t.Errorf("a ticket takes %d keystrokes, which is %v", strikes, typed)
	}
}

// managerApprovesOffline: 09:20.
func (m *morning) managerApprovesOffline() {
	m.t.Helper()
	c := m.manager
	c.cutOff(swallowing)
	c.Front()
	c.open("alt+3")
	c.picture("my-month-offline")
	c.open("Down")
	m.approve([]string{"anquan", "xiangguan"}, "a-claim-within-authority", "维修补贴", "剩余 ¥4,800.00 · 已生效（有约束力），尚未发送")
	c.open("Down")
	m.approve(nil, "a-warranty-order", "更换显示屏总成", "包修单", "已生效（有约束力），尚未发送")
	c.has("claims", "", "¥5,000.00 · 租车费用 · 待审批 · 超出您的权限 ¥200.00")
	c.open("Down")
	c.send()
	c.picture("refused-on-the-spot")
	c.open("Down")
	m.approve([]string{"yidi", "yongche"}, "the-rest-of-the-month", "¥4,800.00 · 交通补偿", "剩余 ¥0.00 · 已生效（有约束力），尚未发送")
	c.open("Down")
	c.open("Down")
	c.send()
	c.has("claims", "", "本机可用 ¥0.00", "¥0.01 · 零钱 · 待审批 · 超出您的权限 ¥0.01", "¥5,000.00 · 租车费用 · 待审批 · 超出您的权限 ¥5,000.00")
	c.picture("one-fen-more-does-not-pass")
	c.has("sync", "", "3 项待发送")
}

// approve approves the claim that was picked, for the first reason of the list.
func (m *morning) approve(comment []string, picture string, shown ...string) {
	m.t.Helper()
	c := m.manager
	c.open("Return")
	c.Press("Right")
	c.tab(1)
	c.chinese(comment...)
	c.picture(picture)
	c.send()
	c.has("claims", "", shown...)
	c.settle()
}

// seatIsBack: 10:00 and 10:05. The department's time begins now, the promise began when it
// was given; the customer's second call changes neither.
func (m *morning) seatIsBack() {
	m.t.Helper()
	c := m.seat
	m.promised = m.running(c, escalation.Promise)
	for _, c := range []*colleague{m.seat, m.manager, m.liaison} {
		c.noise = ticking // from now on the department's two hours run
	}
	m.noise = ticking
	mended := syncproto.InstantOf(time.Now())
	c.back()
	response := m.running(c, escalation.Response)
	if response.Start < mended {
		m.t.Errorf("the department's time began at %v, before the server knew of it at %v", response.Start, mended)
	}
	if response.Due.Sub(response.Start) != syncproto.SpanOf(2*practice) {
		m.t.Errorf("the department has %v", response.Due.Sub(response.Start))
	}
	c.open("alt+1")
	c.picture("back-the-two-hours-begin")
	m.calls(c, "kehu", "cuiwen", "jindu")
	c.picture("the-customer-calls-again")
	c.send()
	c.has("ticket", m.today, "客户催问进度")
	m.wait(patience, "the second call to be final", c.connected)
	m.sameDue(response)
}

// running is a clock of the ticket on a desk.
func (m *morning) running(c *colleague, ladder escalation.Ladder) (found escalation.Clock) {
	m.t.Helper()
	m.wait(patience, "the clock "+ladder.String(), func() (string, bool) {
		body, _, _ := c.ticket(m.today)
		var there bool
		found, there = clock(body, ladder)
		return "", there && found.Running()
	})
	return found
}

// sameDue: what the customer was promised and what the department was given stay.
func (m *morning) sameDue(response escalation.Clock) {
	m.t.Helper()
	if now := m.running(m.seat, escalation.Promise); now.Start != m.promised.Start || now.Due != m.promised.Due {
		m.t.Errorf("the promise was due %v and is now due %v", m.promised.Due, now.Due)
	}
	if now := m.running(m.seat, escalation.Response); now.Due != response.Due {
		m.t.Errorf("the response was due %v and is now due %v", response.Due, now.Due)
	}
}

// serverDies: pulled out of the socket with a command under way, it comes back, and the
// desks come back by themselves. What was written down meanwhile is there once.
func (m *morning) serverDies() {
	m.t.Helper()
	c := m.seat
	m.calls(c, "kehu", "xiwang", "jinkuai", "chuli")
	c.send()
	m.kill()
	m.wait(patience, "the seat to notice that the server is dead", c.offline)
	c.has("ticket", m.today, "客户希望尽快处理")
	c.settle()
	m.calls(c, "kehu", "yuanyi", "dengdai")
	c.send()
	c.has("ticket", m.today, "客户愿意等待")
	c.has("sync", "", "待发送")
	c.picture("the-server-is-dead")
	m.serve()
	m.wait(2*patience, "the seat to come back by itself", c.connected)
	m.wait(2*patience, "the liaison to come back by itself", m.liaison.connected)
	if body, _, confirmed := c.ticket(m.today); body.Contacts != 4 || !confirmed {
		m.t.Errorf("the customer called four times, the ticket says %d", body.Contacts)
	}
}

// calls writes down what the customer said on the phone.
func (m *morning) calls(c *colleague, words ...string) {
	m.t.Helper()
	c.open("ctrl+l") // the text has the focus
	c.chinese(words...)
}

// liaisonRespondsOffline: 10:30 and 11:30. Her window is closed by force and opened again
// without a line, and what she did is still there.
func (m *morning) liaisonRespondsOffline() {
	m.t.Helper()
	c := m.liaison
	c.has("ticket", m.today, remoteFailed, "客户愿意等待")
	c.Front()
	c.open("alt+1")
	c.open("Down")
	c.picture("the-deadline-runs")
	c.cutOff(swallowing)
	c.open("ctrl+r")
	c.chinese("houtai", "lingpai", "shixiao", "，", "yichongzhi")
	c.picture("responding-offline")
	c.send()
	c.has("ticket", m.today, "响应 · 按时完成", "互联网车机部 已响应 · 仅存本机，未发送", "后台令牌失效")
	c.settle()
	c.picture("answered-in-time-kept-here")
	c.program.Stop()
	c.start()
	c.settle()
	c.types(c.who.password)
	c.picture("logging-in-offline")
	c.send()
	c.atWork()
	c.has("ticket", m.today, "互联网车机部 已响应 · 仅存本机，未发送")
	c.open("Down")
	c.picture("her-answer-is-still-there")
}

// theRungFires: 12:00. The server does not know that the department has answered.
func (m *morning) theRungFires() {
	m.t.Helper()
	m.wait(3*practice, "the rung to fire", func() (string, bool) {
		kinds := m.trail(m.ref)
		return strings.Join(kinds, "\n"), slices.Contains(kinds, "clock-fired")
	})
	m.seat.has("ticket", m.today, "响应超过时限", "已升级提醒")
	m.seat.Front()
	m.seat.picture("the-rung-fires")
}

// liaisonIsBack: 12:30. Rescinded, met offline; both stand in the trail.
func (m *morning) liaisonIsBack() {
	m.t.Helper()
	m.liaison.back()
	want := []string{"opened", "clock-started", "clock-started", "clock-started", "promised", "clock-started", "dispatched", "clock-started", "contacted", "contacted",
		"contacted", "clock-warned", "clock-fired", "responded", "firing-rescinded", "clock-ended"}
	if got := m.trail(m.ref); !slices.Equal(got, want) {
		m.t.Errorf("the log has %q of the ticket, want %q", got, want)
	}
	for _, c := range []*colleague{m.seat, m.liaison} {
		c.has("ticket", m.today, "响应 · 离线期间按时完成", "的升级提醒已撤回", "响应超过时限", "撤回响应升级提醒：离线期间已按时完成")
	}
	m.liaison.open("alt+1")
	m.liaison.picture("met-offline")
	m.seat.Front()
	m.seat.picture("rescinded-and-met-offline")
	m.seat.open("Next") // PageDown
	m.seat.picture("firing-and-rescission-stand-in-the-trail")
}

// managerIsBack: 12:40. All approvals are final, and nothing is left.
func (m *morning) managerIsBack() {
	m.t.Helper()
	c := m.manager
	c.back()
	c.picture("everything-sent")
	c.has("claims", "", "已用 ¥6,000.00", "本机可用 ¥0.00")
	m.wait(patience, "three final approvals", func() (string, bool) {
		shown := strings.Join(c.page("claims", ""), "\n")
		return shown, strings.Count(shown, "已确认") == 3
	})
	c.open("alt+3")
	c.picture("all-final-nothing-left")
}

// everybodyAgrees: the log is in order, nothing was refused, and nobody has anything left
// to send or to look at.
func (m *morning) everybodyAgrees() {
	m.t.Helper()
	log := m.read("log", "--full")
	for kind, times := range map[string]int{"approve-claim": 2, "approve-warranty": 1, "respond": 1, "open": 2, "file-claim": 5, "contact": 3} {
		if found := strings.Count(log, "accepted  "+kind+" "); found != times {
			m.t.Errorf("the log has %d accepted %s, want %d", found, kind, times)
		}
	}
	for _, word := range []string{"rejected", "parked", "breached", "refunded"} {
		if strings.Contains(log, word) {
			m.t.Errorf("something was %s:\n%s", word, m.read("log"))
		}
	}
	for _, text := range []string{remoteFailed, "后台令牌失效，已重置", "更换显示屏总成", "客户催问进度"} {
		if !strings.Contains(log, text) {
			m.t.Errorf("the log does not have %q", text)
		}
	}
	for _, c := range []*colleague{m.seat, m.manager, m.liaison} {
		if seen, done := c.connected(); !done {
			m.t.Errorf("%s: %s", c.who.login, seen)
		}
		if lines := c.page("sync", ""); len(lines) != 1 {
			m.t.Errorf("%s still has on the sync page: %q", c.who.login, lines)
		}
	}
	m.t.Log(strings.TrimSpace(m.read("verify")))
}
