package present

import (
	"reflect"
	"slices"
	"testing"

	"redress/syncproto"
	"redress/syncproto/claim"
	"redress/syncproto/escalation"
	"redress/syncproto/rules"
	"redress/syncproto/ticket"
)

// unfilled are the kinds of commands that no form on a ticket gives, and what a person does
// instead who was refused one.
var unfilled = map[syncproto.CommandKind]string{
	syncproto.CommandDefineUnit:      "the operator's, who has a command line",
	syncproto.CommandDefinePerson:    "the operator's",
	syncproto.CommandEnrolDevice:     "the operator's",
	syncproto.CommandRekeyDevice:     "the operator's",
	syncproto.CommandRevokeDevice:    "the operator's",
	syncproto.CommandIssuePolicy:     "the operator's",
	syncproto.CommandOpen:            "its number is used up; the card has them check, and open it anew (next.refusedOpen)",
	syncproto.CommandApproveClaim:    "the card leads to the claim, to be decided as it stands now (next.refusedDecision)",
	syncproto.CommandApproveWarranty: "likewise",
	syncproto.CommandApproveAbove:    "likewise",
	syncproto.CommandRejectClaim:     "likewise",
	syncproto.CommandSendBack:        "likewise",
	syncproto.CommandRouteUp:         "likewise",
	syncproto.CommandReverse:         "likewise",
	syncproto.CommandAmendClaim:      "the card leads to the claim, whose form begins with what it says now",
	syncproto.CommandTakeGrant:       "the desk's own",
	syncproto.CommandReturnGrant:     "the desk's own",
	syncproto.CommandMoveAuthority:   "one button, with nothing to fill in",
	syncproto.CommandSetLimit:        "the card leads to the account, whose outlook is of today",
	syncproto.CommandWriteOff:        "likewise",
}

// without are the fields of commands that no form has.
var without = map[string]string{
	"Promise.Due": "a date is named on the command line alone; a form promises the call within the limit",
}

// What was refused is done again from a card: its form, filled in from the command, gives the
// same command again, with every field there is. So it is of every kind that is offered on a
// ticket, and of each other it is said why there is nothing to fill in.
func TestAFormFilledInFromACommandGivesItAgain(t *testing.T) {
	on, round := syncproto.Derive("ticket"), uint32(2)
	id := func(name string) syncproto.ID { return syncproto.Derive(name) }
	clock := escalation.Name{Ladder: escalation.Response, Rung: 1, Cause: id("dispatch")}
	other := escalation.Name{Ladder: escalation.Resolution, Rung: 2, Cause: id("contact")}
	p := Panorama{Ticket: on, Number: "K7MQ-00042", Subject: "远程车空失败", reopenings: round, resolves: id("contact"),
		Amendable:   []Field{{ticket.FieldSubject, "主题", "远程车空失败"}, {ticket.FieldDemand, "诉求", "退车"}},
		Responds:    []Choice{{id("second dispatch"), "车身部"}, {id("dispatch"), "互联网车机部"}},
		Promises:    []Choice{{id("promise"), "专员回电"}, {id("second promise"), "退款"}},
		Proposals:   []Proposed{{ID: id("first"), Head: "李雷"}, {ID: id("second"), Head: "韩梅"}},
		Escalations: []Escalation{{ID: id("firing"), TakeUp: true}, {ID: id("second firing"), TakeUp: true}},
		Disputes:    []Dispute{{ID: escalation.FiringID(on, clock), clock: clock}, {ID: escalation.FiringID(on, other), clock: other}},
	}
	offered := map[syncproto.CommandKind][]any{
		syncproto.CommandContact: {
			ticket.Contact{Ticket: on, Direction: ticket.Inbound, Channel: "微信公众号", Text: "催问"},
			ticket.Contact{Ticket: on, Direction: ticket.Outbound, Channel: "400热线", Text: "已回电", Fulfils: id("second promise")},
		},
		syncproto.CommandPromise:  {ticket.Promise{Ticket: on, What: "三天内退款"}},
		syncproto.CommandDispatch: {ticket.Dispatch{Ticket: on, Unit: id("unit"), Note: "请查后台日志"}},
		syncproto.CommandRespond:  {ticket.Respond{Ticket: on, Cause: id("dispatch"), Text: "已重置"}},
		syncproto.CommandNote:     {ticket.Note{Ticket: on, Text: "需要日志"}},
		syncproto.CommandAmend:    {ticket.Amend{Ticket: on, Field: ticket.FieldDemand, Old: "退车", New: "换车"}},
		syncproto.CommandFileClaim: {
			claim.File{ID: id("claim"), Ticket: on, Kind: claim.Goodwill, Amount: 120_005, What: "更换网关", Station: "浦东站"},
			claim.File{ID: id("claim"), Ticket: on, Kind: claim.Warranty, What: "中控屏总成", Station: "浦东站"},
		},
		syncproto.CommandProposeSolved:  {ticket.ProposeSolved{Ticket: on, Cause: id("dispatch"), Text: "已重置", Resolves: id("contact")}},
		syncproto.CommandAcceptProposal: {ticket.AcceptProposal{Ticket: on, Proposal: id("second")}},
		syncproto.CommandRefuseProposal: {ticket.RefuseProposal{Ticket: on, Proposal: id("second"), Reason: "仍然打不开"}},
		syncproto.CommandFinalResponse: {
			ticket.FinalResponse{Ticket: on, Channel: "400热线", Text: "已修好"},
			ticket.FinalResponse{Ticket: on, Channel: "400热线", Text: "已修好", Rejected: true},
		},
		syncproto.CommandClose:      {ticket.Close{Ticket: on, Reopenings: round}},
		syncproto.CommandReopen:     {ticket.Reopen{Ticket: on, Channel: "400热线", Text: "又打不开了"}},
		syncproto.CommandActOn:      {ticket.ActOn{Ticket: on, Firing: id("second firing"), Text: "我来协调"}},
		syncproto.CommandDeEscalate: {ticket.DeEscalate{Ticket: on, Firing: id("second firing"), Reason: "部门已在处理"}},
		syncproto.CommandDecideDispute: {
			ticket.DecideDispute{Ticket: on, Clock: other, InTime: true, Reason: "通话录音为证"},
			ticket.DecideDispute{Ticket: on, Clock: other, Reason: "重启前后都没有记录"},
		},
	}
	s := chinese(t)
	for kind := range syncproto.CommandKind(1 << 10) {
		if !rules.Known(kind) || kind.OfServer() {
			continue
		}
		commands, reason := offered[kind], unfilled[kind]
		if on := slices.Contains(actions, Action(kind)); on == (reason != "") || on != (len(commands) > 0) {
			t.Errorf("%v is offered on a ticket: %v; there are %d commands of it here, and it is not to be filled in because it is %q", kind, on, len(commands), reason)
		}
		for _, c := range commands {
			s.givesAgain(t, p, kind, c)
		}
		everyField(t, commands)
	}
}

// givesAgain fills a form in from a command and sends it.
func (s Scene) givesAgain(t *testing.T, p Panorama, kind syncproto.CommandKind, command any) {
	t.Helper()
	intent, err := rules.Write(kind, command)
	if err != nil {
		t.Fatal(err)
	}
	on, f, ok := refill(intent)
	if !ok || on != p.Ticket || f.Action.Kind() != kind {
		t.Errorf("%v is filled in: %v, as %+v on %v", kind, ok, f, on)
		return
	}
	if at := slices.IndexFunc(p.Amendable, func(a Field) bool { return a.Key == f.Field }); at >= 0 {
		f.Old = p.Amendable[at].Text // a form corrects what it shows: what stands there today
	}
	made, _ := command.(claim.File) // another claim each time, but for this test
	wishes, faults := s.Act(p, f, func() syncproto.ID { return made.ID })
	if len(faults) > 0 || len(wishes) != 1 || wishes[0].Kind != kind || !reflect.DeepEqual(wishes[0].Command, command) {
		t.Errorf("%v filled in from\n%+v\ngives\n%+v %v", kind, command, wishes, faults)
	}
}

// everyField of a command is filled in by one of those here: what a new field says must come back
// too.
func everyField(t *testing.T, commands []any) {
	t.Helper()
	filled := map[string]bool{}
	for _, c := range commands {
		of := reflect.ValueOf(c)
		for n := range of.NumField() {
			name := of.Type().Name() + "." + of.Type().Field(n).Name
			filled[name] = filled[name] || !of.Field(n).IsZero()
		}
	}
	for name, some := range filled {
		if some == (without[name] != "") {
			t.Errorf("%s is filled in: %v, and it is left out because %q", name, some, without[name])
		}
	}
}
