package rules_test

import (
	"redress/syncproto"
	"redress/syncproto/customer"
	"redress/syncproto/escalation"
	. "redress/syncproto/rules/rulestest"
	"redress/syncproto/ticket"
)

// tellLadders tells the way of a ticket up to the vice president and back: reminders,
// whoever it was escalated to, proposals, a dispute and its decision, closing, reopening,
// and the clocks that leave a body that is full.
func (s *telling) tellLadders() {
	s.t.Helper()
	const hour = syncproto.Hour
	id := s.NextID()
	opened := s.by(Seat, syncproto.CommandOpen, ticket.Open{ID: id, Number: "K7MQ-00041", Channel: "400热线", Type: "投诉", Subject: "异响",
		Region: EastRegion, CallCentre: CallCentre, Customer: customer.Caller{ID: s.NextID(), Name: "刘女士"}})
	dispatched := escalation.CauseOf(s.by(Seat, syncproto.CommandDispatch, ticket.Dispatch{Ticket: id, Unit: ConnectedCar}))
	resolution := escalation.CauseOf(opened)
	firing := func(rung uint8) syncproto.ID {
		return escalation.FiringID(id, escalation.Name{Ladder: escalation.Resolution, Rung: rung, Cause: resolution})
	}
	tick := func(after syncproto.Span) {
		s.after(after)
		s.give(Given{Kind: syncproto.CommandTick, Command: escalation.Tick{Document: ticket.Ref(id)}})
	}
	propose := func(cause, resolves syncproto.ID) Given {
		return By(Engineer, syncproto.CommandProposeSolved, ticket.ProposeSolved{Ticket: id, Cause: cause, Text: "已更换模块", Resolves: resolves})
	}
	tick(3 * hour)
	tick(8 * hour)
	tick(48*hour + syncproto.Microsecond)
	s.after(49 * hour)
	s.by(CarHead, syncproto.CommandActOn, ticket.ActOn{Ticket: id, Firing: firing(1), Text: "已安排专人"})
	tick(73 * hour)
	s.after(74 * hour)
	s.by(VicePres, syncproto.CommandDeEscalate, ticket.DeEscalate{Ticket: id, Firing: firing(2), Reason: "由部门继续处理"})
	refused := s.give(propose(dispatched, resolution))
	s.by(Seat, syncproto.CommandRefuseProposal, ticket.RefuseProposal{Ticket: id, Proposal: refused, Reason: "客户仍能听到异响"})
	due := Morning.Add(48 * hour)
	accepted := s.give(propose(syncproto.ID{}, resolution).Done(due, syncproto.Interval{Lo: due - 5, Hi: due + 5}))
	s.by(Seat, syncproto.CommandAcceptProposal, ticket.AcceptProposal{Ticket: id, Proposal: accepted})
	s.by(Service, syncproto.CommandDecideDispute, ticket.DecideDispute{Ticket: id, InTime: true, Reason: "电话记录证明已解决",
		Clock: escalation.Name{Ladder: escalation.Resolution, Rung: 1, Cause: resolution}})
	s.by(Seat, syncproto.CommandFinalResponse, ticket.FinalResponse{Ticket: id, Channel: "外呼", Text: "已修复"})
	s.by(Seat, syncproto.CommandClose, ticket.Close{Ticket: id})
	s.after(100 * hour)
	s.by(OtherSeat, syncproto.CommandReopen, ticket.Reopen{Ticket: id, Channel: "400热线", Text: "异响又出现"})
	for range escalation.MaxClocks {
		s.by(Seat, syncproto.CommandDispatch, ticket.Dispatch{Ticket: id, Unit: ConnectedCar})
	}
	s.give(propose(syncproto.ID{}, syncproto.ID{})) // waits
	s.after(0)
}
