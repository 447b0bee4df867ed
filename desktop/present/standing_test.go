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
	"redress/syncproto/authority"
)

// TestEveryPlaceSaysHowFarItHasCome: what was done here is only on this computer, then safe with
// the server, then decided. Every place that shows the ticket or its claim says which of them it
// is, and as long as one step is less far than the others, that.
func TestEveryPlaceSaysHowFarItHasCome(t *testing.T) {
	const kept, sent, held = "仅存本机，未发送", "已发送，等待确认", "已发送，服务器待处理"
	o := presenttest.New(t)
	seat := o.Desk("seat", centraltest.Seat, "K7MQ")
	seat.Offline()
	f := seat.NewTicket("远程车控失败")
	f.Promise = true
	id := seat.Open(f)
	seat.Act(id, syncproto.CommandFileClaim, present.TicketForm{Amount: "1200", Text: "补贴"})

	corner := func(want string) {
		t.Helper()
		if got := syncPage(t, seat).Line.Waiting; got != want {
			t.Errorf("the corner says %q; want %q", got, want)
		}
	}
	says := func(when, ticket, ofClaim, step string) {
		t.Helper()
		page := seat.See(id)
		found, err := seat.Find(t.Context(), seat.Reading(), "远程车控", replica.Place{}, 10)
		if err != nil || len(found.Rows) != 1 || len(page.Claims) != 1 {
			t.Fatal(when, found.Rows, page.Claims, err)
		}
		one, _, err := seat.One(t.Context(), seat.Reading(), page.Claims[0].Claim)
		if err != nil {
			t.Fatal(when, err)
		}
		for place, c := range map[string]struct{ says, want string }{
			"the title":             {page.Mark, ticket},
			"the list":              {workPage(t, seat).Rows[0].Mark, ticket},
			"the search":            {found.Rows[0].Mark, ticket},
			"the promise's clock":   {page.Clocks[0].Note, step},
			"the first step":        {page.Trail[len(page.Trail)-1].Mark, step},
			"the claim":             {one.Mark, ofClaim},
			"the claim's row there": {page.Claims[0].Mark, ofClaim},
		} {
			if c.says != c.want {
				t.Errorf("%s, %s says %q; want %q", when, place, c.says, c.want)
			}
		}
	}
	says("offline", kept, kept, kept)
	corner("3 项待发送")
	seat.Received(2) // the ticket and its promise
	says("two of three commands arrived", kept, kept, sent)
	corner("1 项待发送 · 2 项待确认")
	seat.Received(3)
	says("all arrived", sent, sent, sent)
	corner("3 项待确认")
	if text := strings.Join(slices.Concat(seat.See(id).Lines(), workPage(t, seat).Lines()), "\n"); strings.Contains(text, kept) {
		t.Errorf("something still says that it was not sent:\n%s", text)
	}

	first, err := seat.Replica.Waiting(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	waits := syncproto.Verdict{Command: first[2].Intent.ID, Hash: hashOf(t, seat, 3), Epoch: 1, Seq: o.Head() + 1, Time: o.Now,
		Outcome: syncproto.Parked, Findings: []syncproto.Finding{{Code: syncproto.CodeWaitsBehind}}}.Sign(o.LogID, o.Key)
	if err := seat.Replica.ApplyVerdicts(t.Context(), []syncproto.Verdict{waits}, 3); err != nil {
		t.Fatal(err)
	}
	says("the claim held by the server", sent, held, sent)
	seat.Online()
	says("decided", "", "", "")
}

// hashOf is what the server signs of the command with the counter.
func hashOf(t *testing.T, d *presenttest.Desk, counter uint64) syncproto.Hash {
	t.Helper()
	envelopes, err := d.Replica.Outgoing(t.Context(), counter-1, 1)
	if err != nil || len(envelopes) != 1 {
		t.Fatal(envelopes, err)
	}
	return envelopes[0].CommandHash()
}

// A department's time begins when the server has the dispatch. Before that the desk says so;
// once it was sent it says that the server knows, and after the verdict since when.
func TestADispatchSaysFromWhenItCounts(t *testing.T) {
	o := presenttest.New(t)
	seat := o.Desk("seat", centraltest.Seat, "K7MQ")
	id := seat.Open(seat.NewTicket("远程车控失败"))
	seat.Online()
	o.At(9, 10)
	seat.Offline()
	seat.Act(id, syncproto.CommandDispatch, present.TicketForm{Department: centraltest.Connected})
	says := func(when, ticket, list string) {
		t.Helper()
		var response present.ClockLine
		for _, c := range seat.See(id).Clocks {
			if c.Ladder == "响应" {
				response = c
			}
		}
		row := workPage(t, seat).Rows[0]
		if got := response.Text(); got != ticket {
			t.Errorf("%s the ticket says %q; want %q", when, got, ticket)
		}
		if got := row.Left + " " + row.Ladder; got != list {
			t.Errorf("%s the list says %q; want %q", when, got, list)
		}
	}
	says("offline", "响应 · 送达服务器后开始计时 · 互联网车机部", "发送后计时 响应")
	seat.Received(2)
	says("sent", "响应 · 计时待确认 · 互联网车机部", "计时待确认 响应")
	o.At(9, 30)
	remembered := seat.Remembered()
	seat.Online()
	says("decided", "响应 · 还剩 2:00 · 至 11:30 · 互联网车机部", "还剩 2:00 响应")

	// The server is restored to before the dispatch: its first time counts, on every page.
	o.At(10, 0)
	seat.Forgets(remembered, 1)
	says("forgotten", "响应 · 还剩 1:30 · 至 11:30 · 互联网车机部 · 服务器恢复后重新提交，仍从首次送达的 09:30 起算", "还剩 1:30 响应")
	if page := seat.See(id); page.Mark != "服务器恢复后重新提交中" ||
		page.Trail[0].Head() != "09:30 · 系统 · 响应时限开始，至 11:30 · 服务器恢复后重新提交中" {
		t.Errorf("forgotten, the ticket says %q and its trail %q", page.Mark, page.Trail[0].Head())
	}
	if got := syncPage(t, seat); got.Line.Waiting != "1 项待确认" || got.Waiting[0].State != "服务器恢复后重新提交中" {
		t.Errorf("forgotten, the page of sync says %q and %q", got.Line.Waiting, got.Waiting[0].State)
	}
}

// A manager's first desk is being given its month: it says so, and not that somebody has to
// connect first.
func TestAMonthThatIsComingSaysSo(t *testing.T) {
	o := presenttest.New(t)
	manager := o.Enrolled(t.TempDir(), "manager", centraltest.Manager, "P2XA")
	manager.Offered()
	shows(t, manager.Page().Lines(), `
		2026年11月 · 本月额度 ¥6,000.00 · 已用 ¥0.00 · 本机可用 ¥0.00 · 至 11月30日 24:00
		本机还没有包修单审批权限 · ¥6,000.00 正在领到本机，确认后可用`)
	manager.Offered() // the account has come meanwhile, with the grant in it
	if month := manager.Page().Month; month.Note != "" || month.Left != "本机可用 ¥6,000.00" {
		t.Errorf("taken, it says %q and %q", month.Left, month.Note)
	}
	o.Operate(syncproto.CommandSetLimit, authority.SetLimit{Manager: centraltest.Manager, Month: syncproto.MonthOf(o.Now), Limit: 8000 * syncproto.Yuan, Reason: "旺季"})
	manager.Offered()
	if month := manager.Page().Month; !slices.Equal(month.Under, []string{"¥2,000.00 正在领到本机，确认后可用"}) || month.Left != "本机可用 ¥6,000.00" {
		t.Errorf("with more on its way, it says %q and %q", month.Left, month.Under)
	}
	own := manager.Replica.Desk() // the account comes behind the offer, and with it the same grant
	if err := manager.Replica.Apply(t.Context(), o.Delta(own.Device, o.Buckets(centraltest.Manager), nil, own.Cursor)); err != nil {
		t.Fatal(err)
	}
	if month := manager.Page().Month; !slices.Equal(month.Under, []string{"¥2,000.00 正在领到本机，确认后可用"}) || month.Left != "本机可用 ¥6,000.00" {
		t.Errorf("with the account come too, it says %q and %q", month.Left, month.Under)
	}
}

// A dispatch that the server holds back has not begun the department's time, and neither has the last
// of very many that wait: the list says of both what the ticket says.
func TestTheListCountsNoTimeThatHasNotBegun(t *testing.T) {
	o := presenttest.New(t)
	seat := o.Desk("seat", centraltest.Seat, "K7MQ")
	id := seat.Open(seat.NewTicket("远程车控失败"))
	seat.Online()
	o.At(9, 10)
	seat.Offline()
	agree := func(when string) {
		t.Helper()
		row := workPage(t, seat).Rows[0]
		for _, c := range seat.See(id).Clocks {
			if c.Ladder == "响应" && strings.Contains(c.State, "计时") && (row.Ladder != "响应" || strings.Contains(row.Left, "剩") || row.Due != "") {
				t.Errorf("%s the ticket says %q, and the list %q %q %q", when, c.State, row.Left, row.Ladder, row.Due)
			}
		}
	}
	for range 200 {
		seat.Act(id, syncproto.CommandNote, present.TicketForm{Text: "又问了一次"})
	}
	seat.Act(id, syncproto.CommandDispatch, present.TicketForm{Department: centraltest.Connected})
	agree("behind 200 others")
	held := syncproto.Verdict{Hash: hashOf(t, seat, 202), Epoch: 1, Seq: o.Head() + 1, Time: o.Now, Outcome: syncproto.Parked,
		Findings: []syncproto.Finding{{Code: syncproto.CodeWaitsBehind}}}
	recent, err := seat.Replica.Recent(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	held.Command = recent[0].Intent.ID
	if err := seat.Replica.ApplyVerdicts(t.Context(), []syncproto.Verdict{held.Sign(o.LogID, o.Key)}, 202); err != nil {
		t.Fatal(err)
	}
	agree("held by the server")
}

// A ticket that has left can only be read while what was done to it waits: it is nobody's duty here, and
// which of its clocks still run nobody here knows.
func TestWhatHasLeftWaitsForNobodyHere(t *testing.T) {
	o := presenttest.New(t)
	seat := o.Desk("seat", centraltest.Seat, "K7MQ")
	liaison := o.Desk("liaison", centraltest.Liaison, "P2XA")
	id := seat.Open(seat.NewTicket("远程车控失败"))
	seat.Act(id, syncproto.CommandDispatch, present.TicketForm{Department: centraltest.Connected})
	seat.Online()
	liaison.Online()
	liaison.Act(id, syncproto.CommandProposeSolved, present.TicketForm{Text: "已重启网关"})
	seat.Act(id, syncproto.CommandDispatch, present.TicketForm{Department: centraltest.Parts})
	seat.Online()
	own := liaison.Replica.Desk()
	if err := liaison.Replica.Apply(t.Context(), o.Delta(own.Device, o.Buckets(centraltest.Liaison), nil, own.Cursor)); err != nil {
		t.Fatal(err)
	}
	o.At(23, 0)
	page := workPage(t, liaison)
	if len(page.Rows) != 1 || page.Rows[0].Text() != "K7MQ-00001 · 远程车控失败 · 互联网车机部 · 已离开本机，仅供查看" {
		t.Errorf("the list says %q", page.Lines())
	}
	if counts, err := liaison.Counts(t.Context(), liaison.Reading()); err != nil || counts.Work != 0 || counts.Others != 1 {
		t.Errorf("%+v, %v", counts, err)
	}
	if alarm, err := liaison.Alarm(t.Context(), liaison.Reading()); err != nil || len(alarm.Overdue)+len(alarm.Escalated) > 0 {
		t.Errorf("%+v, %v", alarm, err)
	}
}
