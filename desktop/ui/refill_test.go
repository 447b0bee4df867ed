package ui

import (
	"testing"

	"redress/desktop/present"
	"redress/syncproto"
	"redress/syncproto/ticket"
)

// Every form on a ticket, filled in as an act was given, holds all of it: what present makes of a
// command comes back from the widgets as it was, whichever of several it is about.
func TestAFilledInFormHoldsAllOfIt(t *testing.T) {
	_, seat, id := offline(t)
	s := newScreen(t, door{})
	sh := s.at(seat)
	sh.openTicket(id)
	pane := sh.work.ticket
	of := func(name string) syncproto.ID { return syncproto.Derive(name) }
	two := []present.Choice{{ID: of("first"), Text: "一"}, {ID: of("second"), Text: "二"}}
	pane.view.Responds, pane.view.Promises = two, two
	pane.view.Proposals = []present.Proposed{{ID: of("first"), Head: "李雷 · 11:30"}, {ID: of("second"), Head: "李雷 · 11:30"}} // in one minute
	pane.view.Escalations = []present.Escalation{{ID: of("first"), Head: "解决", TakeUp: true}, {ID: of("second"), Head: "逾期", TakeUp: true}}
	pane.view.Disputes = []present.Dispute{{ID: of("first"), Head: "响应"}, {ID: of("second"), Head: "承诺"}}
	choices := sh.scene().NewTicketForm()
	channel, department := choices.Channels[1], choices.Departments[len(choices.Departments)-1].ID
	second := of("second")
	forms := map[syncproto.CommandKind][]present.TicketForm{
		syncproto.CommandContact: {
			{Channel: channel, Text: "催问"},
			{Outbound: true, Channel: channel, Text: "已回电", Cause: second},
			{Outbound: true, Channel: channel, Text: "未接通"}, // keeps no promise
		},
		syncproto.CommandPromise:  {{Text: "三天内退款"}},
		syncproto.CommandDispatch: {{Department: department, Text: "请查后台日志"}},
		syncproto.CommandRespond:  {{Cause: second, Text: "已重置"}},
		syncproto.CommandNote:     {{Text: "需要日志"}},
		syncproto.CommandAmend:    {{Field: ticket.FieldDemand, New: "换车"}},
		syncproto.CommandFileClaim: {
			{Amount: "¥1,200.05", Text: "更换网关", Station: "浦东站"},
			{Warranty: true, Amount: "¥0.00", Text: "中控屏总成", Station: "浦东站"},
		},
		syncproto.CommandProposeSolved:  {{Cause: second, Text: "已重置"}},
		syncproto.CommandAcceptProposal: {{About: second}},
		syncproto.CommandRefuseProposal: {{About: second, Text: "仍然打不开"}},
		syncproto.CommandFinalResponse:  {{Channel: channel, Text: "已修好"}, {Channel: channel, Text: "已修好", Rejected: true}},
		syncproto.CommandClose:          {{}},
		syncproto.CommandReopen:         {{Channel: channel, Text: "又打不开了"}},
		syncproto.CommandActOn:          {{About: second, Text: "我来协调"}},
		syncproto.CommandDeEscalate:     {{About: second, Text: "部门已在处理"}},
		syncproto.CommandDecideDispute:  {{About: second, Verdict: present.InTime, Text: "录音为证"}, {About: second, Verdict: present.Late, Text: "没有记录"}},
	}
	for kind := range letters {
		if elsewhere[kind] == "" && len(forms[kind]) == 0 {
			t.Errorf("%v is not filled in here", kind)
		}
	}
	for kind, all := range forms {
		for _, want := range all {
			want.Action = present.Action(kind)
			f := newTicketForm(pane, want.Action)
			f.fill(want)
			got := f.filled()
			got.Old = "" // what stands there today
			if kind == syncproto.CommandAmend {
				want.Text = want.New
			}
			if got != want {
				t.Errorf("%v filled in with\n%+v\nholds\n%+v", kind, want, got)
			}
			sh.drafts.forget(f.form)
		}
	}
	call := newTicketForm(pane, present.Action(syncproto.CommandContact))
	call.fill(present.TicketForm{Outbound: true, Channel: channel, Text: "已回电", Cause: of("kept meanwhile")})
	if got := call.filled(); !got.Cause.IsZero() || call.keeps.Selected != call.keepsNone {
		t.Errorf("a call that was to keep a promise kept meanwhile holds %+v, of what it keeps stands %q", got, call.keeps.Selected)
	}
}
