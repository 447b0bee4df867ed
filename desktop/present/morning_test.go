package present_test

import (
	"strings"
	"testing"

	"redress/desktop/centraltest"
	"redress/desktop/present"
	"redress/desktop/present/presenttest"
	"redress/syncproto"
)

func text(lines []string) string { return strings.Join(lines, "\n") }

func TestDump(t *testing.T) {
	o := presenttest.New(t)
	seat := o.Desk("seat", centraltest.Seat, "K7MQ")
	manager := o.Desk("manager", centraltest.Manager, "P2XA")
	liaison := o.Desk("liaison", centraltest.Liaison, "C4RT")
	t0 := seat.Open(seat.NewTicket("中控屏黑屏"))
	for _, c := range []struct {
		amount string
		what   string
	}{{"1200", "更换中控屏补贴"}, {"5000", "误工补偿"}, {"4800", "交通补偿"}, {"0.01", "零头"}} {
		seat.Act(t0, syncproto.CommandFileClaim, present.TicketForm{Amount: c.amount, Text: c.what})
	}
	seat.Act(t0, syncproto.CommandFileClaim, present.TicketForm{Warranty: true, Text: "更换中控屏总成"})
	seat.Online()
	manager.Online()
	o.At(9, 5)
	seat.Offline()
	o.At(9, 10)
	f := seat.NewTicket("远程车控失败")
	f.Promise, f.Department, f.Note = true, centraltest.Connected, "请查后台日志"
	id := seat.Open(f)
	t.Log("\n" + text(seat.See(id).Lines()))
	s, _ := seat.Sync(t.Context(), seat.Reading(), "")
	t.Log("\n" + text(s.Lines()))
	w, _ := seat.Work(t.Context(), seat.Reading(), present.Work{}.Last, 50)
	t.Log("\n" + text(w.Lines()))
	o.At(9, 20)
	manager.Offline()
	t.Log("\n" + text(manager.Page().Lines()))
	for _, r := range manager.Page().Waiting {
		t.Log(manager.Decide(present.Decision{Claim: r.Claim, Approve: true, Reason: "客户关系维护"}))
	}
	t.Log("\n" + text(manager.Page().Lines()))
	o.At(10, 0)
	seat.Online()
	liaison.Online()
	o.At(10, 30)
	liaison.Offline()
	o.At(11, 30)
	p := liaison.See(id)
	liaison.Act(id, syncproto.CommandRespond, present.TicketForm{Text: "后台令牌过期，已重置，请客户重启应用", Cause: p.Responds[0].ID})
	t.Log("\n" + text(liaison.See(id).Lines()))
	o.At(12, 1)
	o.Tick(id)
	seat.Online()
	t.Log("\n" + text(seat.See(id).Lines()))
	o.At(12, 30)
	liaison.Online()
	seat.Online()
	t.Log("\n" + text(seat.See(id).Lines()))
	o.At(12, 40)
	manager.Online()
	t.Log("\n" + text(manager.Page().Lines()))
}
