package present_test

import (
	"testing"

	"redress/desktop/centraltest"
	"redress/desktop/present"
	"redress/desktop/present/presenttest"
	"redress/desktop/replica"
	"redress/syncproto"
)

// searched is a seat's desk at ten past three: an old ticket of 张伟 that is closed, a new
// one with a claim, and one of somebody else, opened without a line.
func searched(t *testing.T) *presenttest.Desk {
	t.Helper()
	o := presenttest.New(t)
	seat := o.Desk("seat", centraltest.Seat, "K7MQ")
	old := seat.Open(seat.NewTicket("中控屏黑屏"))
	seat.Act(old, syncproto.CommandFinalResponse, present.TicketForm{Channel: "400热线", Text: "已更换主机"})
	seat.Act(old, syncproto.CommandClose, present.TicketForm{})
	o.At(14, 0)
	now := seat.Open(seat.NewTicket("远程车控失败"))
	seat.Act(now, syncproto.CommandNote, present.TicketForm{Text: "第一次来电没有说清楚，第二次来电才知道：服务站检测后确认要换网关，\n备件月底到货，届时联系客户进站更换，客户要求书面回复"})
	o.At(14, 5)
	seat.Act(now, syncproto.CommandFileClaim, present.TicketForm{Amount: "1200", Text: "代步车"})
	seat.Online()
	seat.Offline()
	o.At(15, 0)
	f := seat.NewTicket("座椅异响")
	f.Name, f.Phone, f.VIN, f.Model = "欧阳静", "13800139999、021-5555 6666", "LSVAA4182E2184847", "远行"
	seat.Open(f)
	o.At(15, 10)
	return seat
}

func TestWhatASearchShows(t *testing.T) {
	seat := searched(t)
	for _, c := range []struct{ text, want string }{
		{"张伟", `
		K7MQ-00002 · 远程车控失败 · 还剩 1 天 22 小时 · 解决 · 张伟 · 13800138000
		K7MQ-00001 · 中控屏黑屏 · 已关闭 · 09:00 · 张伟 · 13800138000`},
		{"K7MQ-00001", `
		K7MQ-00001 · 中控屏黑屏 · 已关闭 · 09:00 · 张伟 · 13800138000`},
		{"网关", `
		K7MQ-00002 · 远程车控失败 · 还剩 1 天 22 小时 · 解决 · 张伟 · 13800138000 · 记录：…服务站检测后确认要换网关， 备件月底到货，届时联系客户进站更换，客户要求书面回复`},
		{"代步", `
		K7MQ-00002 · 代步车 · ¥1,200.00 · 待审批 · 理赔（特别理赔）`},
		{"6666 异响", `
		K7MQ-00003 · 座椅异响 · 还剩 1 天 23 小时 · 解决 · 欧阳静 · 13800139999 · 电话 021-5555 6666 · 仅存本机，未发送`},
		{"184847", `
		K7MQ-00003 · 座椅异响 · 还剩 1 天 23 小时 · 解决 · 欧阳静 · 13800139999 · 车架号 LSVAA4182E2184847 · 仅存本机，未发送`},
	} {
		found, err := seat.Find(t.Context(), seat.Reading(), c.text, replica.Place{}, 20)
		if err != nil {
			t.Fatal(err)
		}
		shows(t, found.Lines(), c.want)
	}
}

func TestWhoCalls(t *testing.T) {
	seat := searched(t)
	for _, c := range []struct{ typed, want string }{
		{"1380013", `
		欧阳静 · 13800139999 · LSVAA4182E2184847 · 远行
		K7MQ-00003 · 座椅异响 · 还剩 1 天 23 小时
		张伟 · 13800138000 · LFV3A23C8K3012345 · 远行 PHEV · 1 张已关闭
		K7MQ-00002 · 远程车控失败 · 还剩 1 天 22 小时`},
		{"021-5555", `
		欧阳静 · 021-5555 6666 · LSVAA4182E2184847 · 远行
		K7MQ-00003 · 座椅异响 · 还剩 1 天 23 小时`},
		{"lfv3a", `
		张伟 · 13800138000 · LFV3A23C8K3012345 · 远行 PHEV · 1 张已关闭
		K7MQ-00002 · 远程车控失败 · 还剩 1 天 22 小时`},
		{"138", ""}, {"18888888888", ""},
	} {
		callers, err := seat.Callers(t.Context(), seat.Reading(), c.typed)
		if err != nil {
			t.Fatal(err)
		}
		lines := []string{}
		for _, one := range callers {
			lines = append(lines, one.Text()...)
		}
		if c.want == "" && len(lines) == 0 {
			continue
		}
		shows(t, lines, c.want)
	}
}

// Of a caller with many tickets the newest that are open are shown, and how many there are.
func TestACallerWithManyTickets(t *testing.T) {
	o := presenttest.New(t)
	seat := o.Desk("seat", centraltest.Seat, "K7MQ")
	for n := range 5 {
		o.At(10+n, 0)
		seat.Open(seat.NewTicket("远程车控失败"))
	}
	callers, err := seat.Callers(t.Context(), seat.Reading(), "13800138000")
	if err != nil || len(callers) != 1 {
		t.Fatalf("%d callers: %v", len(callers), err)
	}
	c := callers[0]
	if len(c.Open) != present.MaxCallerTickets || c.Open[0].Number != "K7MQ-00005" || c.Others != "另有 2 张未关闭" {
		t.Errorf("%q", c.Text())
	}
}

// Of a claim approved in part the search says what was approved, in the words of its pane.
func TestASearchSaysWhatWasApproved(t *testing.T) {
	m := newMoney(t)
	m.file("3000", "拖车费")
	m.decide(m.laptop, present.Decision{Claim: m.claim(m.laptop, "拖车费").Claim, Approve: true, Less: "595", Reason: "部分承担"})
	found, err := m.laptop.Find(t.Context(), m.laptop.Reading(), "拖车费", replica.Place{}, 20)
	if err != nil {
		t.Fatal(err)
	}
	shows(t, found.Lines(), `
		K7MQ-00001 · 拖车费 · ¥595.00 · 已批准 · 理赔（特别理赔） · 批准 ¥595.00（申请 ¥3,000.00） · 仅存本机，未发送`)
}
