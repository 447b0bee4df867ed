package present_test

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"redress/desktop/centraltest"
	"redress/desktop/present"
	"redress/desktop/present/presenttest"
	"redress/syncproto"
	"redress/syncproto/authority"
	"redress/syncproto/organisation"
	"redress/syncproto/policy"
)

// watch is administration's desk beside those of the office, with what the server says of
// them. Time stands at 09:00 of 2026-11-20, where nothing else is said.
type watch struct {
	*presenttest.Office
	t      *testing.T
	admin  *presenttest.Desk
	roll   present.Roll
	picked syncproto.ID
}

func newWatch(t *testing.T) *watch {
	t.Helper()
	w := &watch{Office: presenttest.New(t), t: t}
	person := syncproto.Derive("administrator")
	w.Employ(person, "admin", "周敏", policy.Administration, centraltest.HQ)
	w.Desk("seat", centraltest.Seat, "K7MQ")
	w.Desk("manager", centraltest.Manager, "P2XA")
	w.Desk("tablet", centraltest.Manager, "Q3YB")
	w.Desk("liaison", centraltest.Liaison, "L4LM")
	w.admin = w.Desk("admin", person, "A1AA")
	w.At(19*24+9, 0)
	w.admin.Online()
	return w
}

// says has the server answer now: of each device, by its code, how long ago it was heard (0:
// it is connected), and what waits.
func (w *watch) says(heard map[string]syncproto.Span, waits map[string]uint64) {
	w.t.Helper()
	w.roll = present.Roll{Asked: w.Now, Answer: syncproto.DesksAnswer{Time: w.Now}}
	for code, ago := range heard {
		device, known := w.Reference().ByCode(code)
		if !known {
			w.t.Fatalf("there is no device %s", code)
		}
		w.roll.Answer.Desks = append(w.roll.Answer.Desks, syncproto.DeskSeen{Device: device, Connected: ago == 0, Seen: w.Now.Add(-ago),
			Waiting: waits[code], Announced: w.Now.Add(-ago), Program: "redress 1.2", Version: syncproto.Version})
	}
}

func (w *watch) page() present.Devices {
	w.t.Helper()
	v, err := w.admin.Devices(w.t.Context(), w.admin.Reading(), w.roll, w.picked)
	if err != nil {
		w.t.Fatal(err)
	}
	return v
}

// one is a device in full.
func (w *watch) one(code string) present.Device {
	w.t.Helper()
	w.picked, _ = w.Reference().ByCode(code)
	v := w.page()
	if v.Picked == nil {
		w.t.Fatalf("%s is not there", code)
	}
	return *v.Picked
}

var everybodyHere = map[string]syncproto.Span{"K7MQ": 0, "P2XA": 0, "Q3YB": 0, "L4LM": 0, "A1AA": 0}

func away(spans map[string]syncproto.Span) map[string]syncproto.Span {
	all := map[string]syncproto.Span{}
	for code, ago := range everybodyHere {
		all[code] = ago
	}
	for code, ago := range spans {
		all[code] = ago
	}
	return all
}

// The most worrying stand first: away beyond what may be used offline, cut off while it
// handed in, away for long, away; then who is connected. The longest unheard is first among
// equals, and the figures are as of the server's answer.
func TestTheMostWorryingDeviceStandsFirst(t *testing.T) {
	w := newWatch(t)
	w.says(away(map[string]syncproto.Span{"P2XA": 15 * syncproto.Day, "Q3YB": 2*syncproto.Day + 3*syncproto.Hour, "K7MQ": 12 * syncproto.Minute,
		"L4LM": 5 * syncproto.Hour}), map[string]uint64{"K7MQ": 3})
	shows(t, w.page().Lines(), `
		服务器 09:00:00 的情况 · 额度按 09:00:00 从服务器收到的资料
		5 台设备，1 台已连接 · 2 台断开超过 24 小时 · 1 台有操作未送达 · 设备上有本月额度 ¥6,000.00，断开的占 ¥6,000.00
		断开 15 天 · 最后联系 11月5日 09:00 · 王强 · 华东区 · P2XA · ¥6,000.00
		断开 12 分钟 · 最后联系 08:48 · 张敏 · 呼叫中心 · K7MQ · 3 项未送达
		断开 2 天 3 小时 · 最后联系 11月18日 06:00 · 王强 · 华东区 · Q3YB
		断开 5 小时 · 最后联系 04:00 · 李雷 · 互联网车机部 · L4LM
		已连接 · 最后联系 09:00 · 周敏 · 总部 · A1AA`)
	if page := w.page(); page.Rows[0].Urgency != present.Overdue || page.Rows[1].Urgency != present.Warning ||
		page.Rows[2].Urgency != present.Warning || page.Rows[3].Urgency != "" || page.Rows[4].Urgency != "" {
		t.Errorf("urgencies: %+v", page.Rows)
	}
}

// Exactly as long as it may be used offline is not yet too long, nor is a day long.
func TestWhenADeviceIsAwayTooLong(t *testing.T) {
	for _, c := range []struct {
		ago  syncproto.Span
		want present.Urgency
	}{
		{syncproto.Day, ""}, {syncproto.Day + 1, present.Warning}, {14 * syncproto.Day, present.Warning}, {14*syncproto.Day + 1, present.Overdue},
	} {
		w := newWatch(t)
		w.says(away(map[string]syncproto.Span{"K7MQ": c.ago}), nil)
		if got := w.page().Rows[0]; got.Urgency != c.want || got.Machine != "K7MQ" {
			t.Errorf("away for %v: %q is first with %q, want %q", c.ago, got.Machine, got.Urgency, c.want)
		}
	}
}

// Where the line is down the last answer stands with its time, and nothing of it as current;
// where there was none, only what is held here.
// A copied disk: headquarters is told of the device, with what to do, and for two weeks before
// all but those that nobody may log in at any more.
func TestADeviceWithTwoHistoriesIsShown(t *testing.T) {
	w := newWatch(t)
	tablet, _ := w.Reference().ByCode("Q3YB")
	again := syncproto.Derive("again")
	w.Operate(syncproto.CommandRekeyDevice, organisation.RekeyDevice{ID: tablet, Incarnation: again, Forked: true})
	w.Operate(syncproto.CommandRekeyDevice, organisation.RekeyDevice{ID: tablet, Incarnation: syncproto.Derive("and again"), Forked: true})
	w.admin.Online()
	w.says(map[string]syncproto.Span{"K7MQ": 0, "P2XA": 20 * syncproto.Day, "Q3YB": 0, "A1AA": 0}, nil)
	w.picked = tablet
	page := w.page()
	if got := page.Rows[2]; got.Device != tablet || got.Urgency != present.Warning || got.Forked != "09:00 发现两份数据" {
		t.Errorf("%+v", got)
	}
	if text := strings.Join(page.Picked.Lines(), "\n"); !strings.Contains(text, "redress-server revoke manager --device Q3YB --reason 理由") {
		t.Error(text)
	}
	w.At(19*24+9+15*24, 0)
	w.says(map[string]syncproto.Span{"K7MQ": 0, "P2XA": 0, "Q3YB": 0, "A1AA": 0}, nil)
	if i := slices.IndexFunc(w.page().Rows, func(r present.DeviceRow) bool { return r.Device == tablet }); w.page().Rows[i].Urgency != "" {
		t.Error("after two weeks it is as any other")
	}
}

func TestWithoutALineTheLastAnswerStandsWithItsTime(t *testing.T) {
	w := newWatch(t)
	w.says(away(map[string]syncproto.Span{"K7MQ": syncproto.Hour}), nil)
	w.admin.Offline()
	w.At(19*24+12, 0)
	page := w.page()
	shows(t, page.Lines()[:4], `
		这是服务器 09:00:00 的情况，不是现在的 · 额度按 09:00:00 从服务器收到的资料
		本机离线，无法查询；连上服务器后自动更新。
		5 台设备，4 台已连接 · 设备上有本月额度 ¥6,000.00，断开的占 ¥0.00
		断开 1 小时 · 最后联系 08:00 · 张敏 · 呼叫中心 · K7MQ`)
	if !page.Stale || page.Due || !slices.ContainsFunc(page.Rows, func(r present.DeviceRow) bool { return r.Lead == "当时已连接" }) ||
		slices.ContainsFunc(page.Rows, func(r present.DeviceRow) bool { return r.Lead == "已连接" }) {
		t.Errorf("shown as current: %v", page.Lines())
	}
	if next := w.one("P2XA").Next; next[0].Text != "当时已连接。现在如何，要等本机连上服务器才知道。" {
		t.Errorf("the next step: %+v", next)
	}
	w.roll = present.Roll{}
	if lines := w.page().Lines(); !strings.HasPrefix(lines[0], "还不知道各设备的连接情况") || lines[2] != "共 5 台，其上本月额度 ¥6,000.00" || !strings.HasPrefix(lines[3], "尚不清楚") {
		t.Errorf("before the first answer: %v", lines)
	}
}

// The server is asked now and then while there is a line, not while it is asked; an answer
// that has grown old is not current, and why there is none is said.
func TestWhenTheServerIsAsked(t *testing.T) {
	w := newWatch(t)
	for _, c := range []struct {
		name       string
		since      syncproto.Span // the last question and answer
		change     func(*present.Roll)
		offline    bool
		due, stale bool
	}{
		{"never asked", 0, func(r *present.Roll) { *r = present.Roll{} }, false, true, true},
		{"just asked", 0, nil, false, false, false},
		{"half a minute ago", present.RollEvery, nil, false, true, false},
		{"while it is asked", present.RollOld, func(r *present.Roll) { r.Asking = true }, false, false, false},
		{"no answer for long", present.RollOld + 1, nil, false, true, true},
		{"without a line", syncproto.Hour, nil, true, false, true},
	} {
		w.says(everybodyHere, nil)
		w.Now = w.Now.Add(c.since)
		if c.change != nil {
			c.change(&w.roll)
		}
		if w.admin.Online(); c.offline {
			w.admin.Offline()
		}
		if v := w.page(); v.Due != c.due || v.Stale != c.stale {
			t.Errorf("%s: due %v, stale %v; want %v, %v", c.name, v.Due, v.Stale, c.due, c.stale)
		}
	}
	w.admin.Online()
	w.roll.Trouble = syncproto.CodeNotAllowed
	if note := w.page().Note; note != "没有取到新的情况，会自动再试：您的岗位不能做这项操作。" {
		t.Errorf("why there is nothing newer: %q", note)
	}
}

// What is to be done, in words, with the very command for the server's operator.
func TestTheNextStepOfADevice(t *testing.T) {
	w := newWatch(t)
	w.says(away(map[string]syncproto.Span{"P2XA": 15 * syncproto.Day, "Q3YB": syncproto.Hour, "K7MQ": 2 * syncproto.Day}), map[string]uint64{"K7MQ": 3})
	shows(t, w.one("P2XA").Lines(), `
		断开 15 天 · 最后联系 11月5日 09:00 · 王强 · 华东区 · P2XA · ¥6,000.00
		申报的操作都已送达（11月5日 09:00:00 时） · 程序 redress 1.2，协议 3
		2026年11月 ¥6,000.00
		2026年11月 包修单审批权限
		断开已超过 14 天，本人要先连上服务器才能再登录；做过的不会丢，连上就送达。
		请联系 王强 8022：把设备连上网络并打开诉达，不用登录，做过的就会送达。断开以后做了什么，服务器还不知道。
		确认设备遗失或损坏后，才核销 P2XA 上的额度，由服务器操作员执行： · redress-server write-off manager --device P2XA --month 2026-11 --reason 理由
		也可以在“各区域经理额度”里选 王强，按 Ctrl+W 核销。
		王强 忘记密码时，由服务器操作员重设： · redress-server password manager
		电脑换了或要重新登记时，由服务器操作员给 王强 新的登记码： · redress-server enrol manager`)
	shows(t, w.one("K7MQ").Lines()[1:4], `
		申报的操作有 3 项未送达（11月18日 09:00:00 时） · 程序 redress 1.2，协议 3
		上次连接时申报的操作还有 3 项未送达。送达之前，相关工单可能显示超时，请先不要追究。
		请联系 张敏 8022：把设备连上网络并打开诉达，不用登录，做过的就会送达。断开以后做了什么，服务器还不知道。`)
	shows(t, w.one("L4LM").Lines()[2:], `
		已连接，无需处理。`)
	for n := range w.roll.Answer.Desks {
		w.roll.Answer.Desks[n].HandsIn, w.roll.Answer.Desks[n].Version = true, 1
	}
	shows(t, w.one("L4LM").Lines()[2:], `
		设备连着，但没有人登录：做过的会送达，新的资料收不到。请 李雷 8022 登录。
		这台设备的程序较旧，请安排升级。`)
	w.says(map[string]syncproto.Span{"A1AA": 0}, nil)
	shows(t, w.one("L4LM").Lines()[2:3], `
		登记后没有连接过。请联系 李雷 8022：连上网络，打开诉达并登录。`)
}

// Where the money lies: what is taken and what is not, of this month and the next; a right
// without an amount; and nothing of what was written off.
func TestWhatLiesOnADevice(t *testing.T) {
	w := newWatch(t)
	w.says(everybodyHere, nil)
	shows(t, w.one("Q3YB").Lines()[2:3], `
		2026年11月 包修单审批权限`)
	w.Operate(syncproto.CommandSetLimit, authority.SetLimit{Manager: centraltest.Manager, Month: syncproto.MonthOf(w.Now), Limit: 7000 * syncproto.Yuan, Reason: "台风期间"})
	w.Grants(centraltest.Manager, syncproto.Derive("device of tablet"), syncproto.Derive("first incarnation of tablet"))
	w.admin.Online()
	shows(t, w.one("Q3YB").Lines()[2:4], `
		2026年11月 ¥1,000.00，待领取 ¥1,000.00
		2026年11月 包修单审批权限`)
	account, err := w.admin.Account(t.Context(), w.admin.Reading(), centraltest.Manager, syncproto.MonthOf(w.Now))
	if err != nil {
		t.Fatal(err)
	}
	lost, _ := w.Reference().ByCode("P2XA")
	w.admin.Give(w.admin.Scene(w.admin.Reading()).WriteOff(account, lost, "笔记本遗失"))
	w.admin.Online()
	shows(t, w.one("P2XA").Lines()[2:3], `
		2026年11月 包修单审批权限`)
	if row := w.one("P2XA").Row; row.Holds != "" {
		t.Errorf("what was written off is still there: %q", row.Holds)
	}
	w.At(24*24+9, 0) // from the 25th on the next month is handed out
	w.Grants(centraltest.Manager, syncproto.Derive("device of tablet"), syncproto.Derive("first incarnation of tablet"))
	w.admin.Online()
	w.says(everybodyHere, nil)
	if row := w.one("Q3YB").Row; row.Holds != "¥7,000.00、下月 ¥6,000.00" {
		t.Errorf("of two months: %q", row.Holds)
	}
}

// Devices that nobody uses any more stand apart, at the end; unless something lies on them
// that somebody has to see to.
func TestDevicesOfThoseWhoLeftStandApart(t *testing.T) {
	w := newWatch(t)
	leaves := func(id syncproto.ID) {
		p, _ := w.Reference().Person(id)
		p.Left = w.Now
		w.Operate(syncproto.CommandDefinePerson, organisation.DefinePerson{ID: id, Person: p})
	}
	leaves(centraltest.Seat)
	leaves(centraltest.Liaison)
	leaves(centraltest.Manager)
	w.admin.Online()
	w.says(away(map[string]syncproto.Span{"K7MQ": 40 * syncproto.Day, "L4LM": 40 * syncproto.Day, "P2XA": syncproto.Hour, "Q3YB": 50 * syncproto.Day}), map[string]uint64{"L4LM": 1})
	var order []string
	for _, r := range w.page().Rows {
		order = append(order, r.Machine+" "+r.Lead)
	}
	if want := []string{"L4LM 断开 40 天", "P2XA 断开 1 小时", "A1AA 已连接", "Q3YB 人员已离职", "K7MQ 人员已离职"}; !slices.Equal(order, want) {
		t.Errorf("the order is %q, want %q", order, want)
	}
}

// A word that a shell would read otherwise stands in quotes.
func TestACommandIsTypedAsItIsMeant(t *testing.T) {
	for login, want := range map[string]string{"li.qiang-2": "li.qiang-2", "li;reboot": "'li;reboot'", "o'neil": `'o'\''neil'`} {
		w := newWatch(t)
		w.Employ(centraltest.Seat, login, "张敏", policy.Seat, centraltest.CallCentre)
		w.admin.Online()
		w.says(away(map[string]syncproto.Span{"K7MQ": syncproto.Hour}), nil)
		if !slices.ContainsFunc(w.one("K7MQ").Next, func(s present.DeviceStep) bool { return s.Command == "redress-server password "+want }) {
			t.Errorf("%q is typed as %+v", login, w.one("K7MQ").Next)
		}
	}
}

// Of very many devices the most worrying are listed, and how many are not is said.
func TestVeryManyDevices(t *testing.T) {
	w := newWatch(t)
	for n := range present.MaxDevices {
		w.Enrol(syncproto.Derive("one of many", syncproto.NumberedID(uint64(n))), centraltest.Seat, fmt.Sprintf("M%03d", n), make([]byte, 32), syncproto.Derive("of many"))
	}
	w.admin.Online()
	w.says(everybodyHere, nil)
	page := w.page()
	if len(page.Rows) != present.MaxDevices || page.Hidden != "另有 5 台或更多没有列出，都不如这些要紧。" {
		t.Errorf("%d rows, %q", len(page.Rows), page.Hidden)
	}
}
