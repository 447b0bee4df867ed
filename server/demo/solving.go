package demo

import (
	"redress/syncproto"
	"redress/syncproto/escalation"
	"redress/syncproto/ticket"
)

// crew is who works in a department, by log-in name.
type crew struct{ liaison, engineer, head, vp string }

var crews = map[string]crew{
	connected: {"liaison", "engineer", "head", "vp"},
	quality:   {"liaison2", "liaison2", "head2", "vp"},
	parts:     {"liaison3", "liaison3", "head3", "vp2"},
	repairs:   {"liaison4", "engineer2", "head4", "vp"},
	sales:     {"liaison5", "liaison5", "head5", "vp2"},
	stations:  {"liaison6", "liaison6", "head6", "vp2"},
}

func (l *life) liaison() *desk  { return l.desks[crews[l.department].liaison] }
func (l *life) engineer() *desk { return l.desks[crews[l.department].engineer] }

// dispatch sends the ticket to a department, the wrong one first where it is misrouted.
func (l *life) dispatch(at syncproto.Instant) error {
	if _, there, err := l.body(true); err != nil || !there {
		return err
	}
	l.dispatches++
	right := l.topic.department
	l.department = right
	if l.route == misrouted && l.dispatches == 1 {
		l.department = map[bool]string{true: repairs, false: quality}[right == quality]
	}
	if err := l.seat.give(at, syncproto.CommandDispatch, ticket.Dispatch{Ticket: l.id, Unit: l.org.units[l.department],
		Note: l.say(one(&l.chance, dispatchNotes))}); err != nil {
		return err
	}
	if l.department != right {
		if l.world.in(60) { // otherwise the wrong department says nothing
			l.in(at, 15*syncproto.Minute, 100*syncproto.Minute, l.departmentHours, l.notMine)
		}
		l.in(at, 110*syncproto.Minute, 4*syncproto.Hour, l.seatHours, l.dispatch)
		return nil
	}
	l.plansAnswer(at)
	return nil
}

// plansAnswer is when the department answers, and when it will have solved it.
func (l *life) plansAnswer(at syncproto.Instant) {
	const minute, hour, day = syncproto.Minute, syncproto.Hour, syncproto.Day
	switch answers := l.below(100); {
	case l.route == ignored:
		l.in(at, 5*hour, 13*hour, l.departmentHours, l.respond)
	case l.route == answeredCut || l.route == rebooted:
		l.at(at.Add(l.between(30*minute, 100*minute)), l.respondCut)
	case answers < 76:
		l.in(at, 6*minute, 95*minute, l.departmentHours, l.respond)
	case answers < 91:
		l.in(at, 96*minute, 119*minute, l.departmentHours, l.respond)
	default:
		l.in(at, 2*hour, 5*hour, l.departmentHours, l.respond)
	}
	switch solves := l.below(100); {
	case l.route == slow || l.route == handedBack:
		l.in(at, 74*hour, 7*day, l.departmentHours, l.propose)
	case l.route == verySlow:
		l.in(at, 10*day+4*hour, 16*day, l.departmentHours, l.propose)
	case solves < 66:
		l.in(at, 3*hour, 28*hour, l.departmentHours, l.propose)
	case solves < 92:
		l.in(at, 28*hour, 46*hour, l.departmentHours, l.propose)
	default:
		l.in(at, 48*hour, 70*hour, l.departmentHours, l.propose)
	}
}

// response is the clock of the dispatch that waits for an answer.
func (l *life) response() (escalation.Clock, bool, error) {
	body, there, err := l.body(true)
	if err != nil || !there {
		return escalation.Clock{}, false, err
	}
	for _, c := range body.Clocks {
		if c.Ladder == escalation.Response && c.Running() {
			return c, true, nil
		}
	}
	return escalation.Clock{}, false, nil
}

func (l *life) answer(by *desk, at syncproto.Instant, text string) error {
	c, running, err := l.response()
	if err != nil || !running || c.Unit != l.org.units[l.department] {
		return err
	}
	return by.give(at, syncproto.CommandRespond, ticket.Respond{Ticket: l.id, Cause: c.Cause, Text: l.say(text)})
}

func (l *life) respond(at syncproto.Instant) error {
	return l.answer(l.liaison(), at, one(&l.chance, l.topic.answers))
}

func (l *life) notMine(at syncproto.Instant) error {
	return l.answer(l.liaison(), at, one(&l.chance, notMine))
}

// respondCut answers while the department's line is cut; with a machine that was started
// anew before and after, nobody can tell when.
func (l *life) respondCut(at syncproto.Instant) error {
	by, cutBefore := l.liaison(), l.liaison().cut
	by.cutOff(at.Add(-10 * syncproto.Minute))
	if l.route == rebooted {
		by.reboot(at.Add(-5 * syncproto.Minute))
	}
	if err := l.respond(at); err != nil {
		return err
	}
	if l.route == rebooted {
		by.reboot(at.Add(syncproto.Minute))
		l.in(at, 20*syncproto.Hour, 3*syncproto.Day, l.departmentHours, l.dispute)
	}
	if !cutBefore {
		l.at(at.Add(l.between(2*syncproto.Hour, 4*syncproto.Hour)), by.mend)
	}
	return nil
}

// dispute is decided by the service department; one in four nobody decides.
func (l *life) dispute(at syncproto.Instant) error {
	body, there, err := l.body(false)
	if err != nil || !there || l.below(4) == 0 {
		return err
	}
	for _, c := range body.Clocks {
		if c.Result == escalation.Disputed {
			inTime := l.world.in(60)
			return l.desks["service"].give(at, syncproto.CommandDecideDispute, ticket.DecideDispute{Ticket: l.id, Clock: c.Name(), InTime: inTime,
				Reason: map[bool]string{true: "联络员提供了当时的通话录音，确认按时", false: "未能提供按时处理的记录"}[inTime]})
		}
	}
	return nil
}

// propose is the department's word that it is solved.
func (l *life) propose(at syncproto.Instant) error {
	body, there, err := l.body(true)
	if err != nil || !there || len(body.Proposals) > 0 {
		return err
	}
	by := l.engineer()
	if by.cut {
		by = l.liaison()
	}
	proposal := ticket.ProposeSolved{Ticket: l.id, Text: l.say(one(&l.chance, l.topic.solutions)), Resolves: escalation.LastCause(body.Clocks, escalation.Resolution)}
	if c, running, _ := l.response(); running {
		proposal.Cause = c.Cause
	}
	if err := by.give(at, syncproto.CommandProposeSolved, proposal); err != nil {
		return err
	}
	l.in(at, 10*syncproto.Minute, 5*syncproto.Hour, l.seatHours, l.consider)
	return nil
}

// consider is the seat's word on a proposal.
func (l *life) consider(at syncproto.Instant) error {
	body, there, err := l.body(true)
	if err != nil || !there || l.unseen {
		return err
	}
	if len(body.Proposals) == 0 { // it is still on a desk without a line
		l.in(at, syncproto.Hour, 4*syncproto.Hour, l.seatHours, l.consider)
		return nil
	}
	p := body.Proposals[0]
	if l.route == sentAgain {
		l.route = dispatched
		l.in(at, 4*syncproto.Hour, 30*syncproto.Hour, l.departmentHours, l.propose)
		return l.seat.give(at, syncproto.CommandRefuseProposal, ticket.RefuseProposal{Ticket: l.id, Proposal: p.Command, Reason: l.say(one(&l.chance, refusals))})
	}
	l.in(at, 10*syncproto.Minute, 4*syncproto.Hour, l.seatHours, l.final)
	return l.seat.give(at, syncproto.CommandAcceptProposal, ticket.AcceptProposal{Ticket: l.id, Proposal: p.Command})
}

// final tells the customer the result; what was promised is kept with the same call.
func (l *life) final(at syncproto.Instant) error {
	if _, there, err := l.body(true); err != nil || !there || l.untold {
		return err
	}
	if err := l.keepPromise(at.Add(-2 * syncproto.Minute)); err != nil {
		return err
	}
	l.finals++
	rejected := l.route == unhappy && l.finals == 1
	text := one(&l.chance, finals)
	if rejected {
		text = one(&l.chance, unhappyFinals)
	}
	if err := l.seat.give(at, syncproto.CommandFinalResponse, ticket.FinalResponse{Ticket: l.id, Channel: "外呼", Text: l.say(text), Rejected: rejected}); err != nil {
		return err
	}
	if rejected {
		l.in(at, 20*syncproto.Hour, 4*syncproto.Day, l.departmentHours, l.propose)
		return nil
	}
	l.in(at, syncproto.Minute, 50*syncproto.Minute, l.anyHour, l.close)
	return nil
}

// close closes it, once nothing stands in the way.
func (l *life) close(at syncproto.Instant) error {
	body, there, err := l.body(true)
	if err != nil || !there {
		return err
	}
	if len(ticket.Obstacles(body)) > 0 {
		if err := l.keepPromise(at); err != nil {
			return err
		}
		l.in(at, syncproto.Hour, 8*syncproto.Hour, l.seatHours, l.close)
		return nil
	}
	if err := l.seat.give(at, syncproto.CommandClose, ticket.Close{Ticket: l.id, Reopenings: body.Reopenings}); err != nil {
		return err
	}
	if l.finals == 1 && l.reopenings == 0 {
		l.reopenings = l.decks.again.deal(&l.chance)
	} else if l.reopenings > 0 {
		l.reopenings--
	}
	if l.reopenings > 0 {
		l.in(at, 12*syncproto.Hour, 12*syncproto.Day, l.seatHours, l.reopen)
	}
	return nil
}

// reopen is the customer who calls again with the same problem.
func (l *life) reopen(at syncproto.Instant) error {
	body, there, err := l.body(false)
	if err != nil || !there || body.IsOpen() {
		return err
	}
	if err := l.seat.give(at, syncproto.CommandReopen, ticket.Reopen{Ticket: l.id, Channel: "400热线", Text: l.say(one(&l.chance, comingBack))}); err != nil {
		return err
	}
	l.watchFrom(at)
	if body.Holder.IsZero() {
		l.in(at, 5*syncproto.Minute, 30*syncproto.Minute, l.anyHour, l.dispatch)
		return nil
	}
	l.in(at, 4*syncproto.Hour, 60*syncproto.Hour, l.departmentHours, l.propose)
	return nil
}

// watch is those it was escalated to: they take it up, some late, one hands it back.
func (l *life) watch(at syncproto.Instant) error {
	body, there, err := l.body(true)
	if err != nil || !there {
		return err
	}
	for _, c := range body.Clocks {
		if c.Ladder != escalation.Recipient || c.Rung != escalation.TakesUp || !c.Running() || l.below(100) < 35 {
			continue
		}
		by := l.desks["service"]
		for _, d := range l.desks {
			if !c.Person.IsZero() && d.person == c.Person {
				by = d
			}
		}
		if l.route == handedBack {
			return by.give(at, syncproto.CommandDeEscalate, ticket.DeEscalate{Ticket: l.id, Firing: c.Cause, Reason: "已协调到人，退回责任部门按方案处理"})
		}
		if err := by.give(at, syncproto.CommandActOn, ticket.ActOn{Ticket: l.id, Firing: c.Cause, Text: l.say(one(&l.chance, takenUp))}); err != nil {
			return err
		}
	}
	return nil
}
