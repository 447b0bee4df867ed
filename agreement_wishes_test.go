package redress_test

import (
	"errors"
	"fmt"
	"slices"
	"strings"

	"redress/desktop/replica"
	"redress/syncproto"
	"redress/syncproto/authority"
	"redress/syncproto/customer"
	"redress/syncproto/escalation"
	"redress/syncproto/organisation"
	"redress/syncproto/policy"
	"redress/syncproto/ticket"
)

// wish has a person do something: mostly what the role does, sometimes nonsense. It says
// what it was.
func (w *walk) wish(p *place) string {
	if w.one(14) {
		return w.nonsense(p)
	}
	tickets := w.rows(p, syncproto.KindTicket)
	if p.role == policy.Seat && (len(tickets) == 0 || w.one(6)) {
		return w.open(p)
	}
	if p.role == policy.ServiceDesk {
		open := slices.IndexFunc(tickets, inDispute)
		switch routed := w.routedUp(p); {
		case open >= 0 && (len(routed) == 0 || w.one(2)):
			tickets = tickets[open : open+1]
		case len(routed) > 0 && !w.one(4): // also where the desk has no ticket of its own
			return w.above(p, pick(w, routed))
		}
	}
	if len(tickets) == 0 {
		return "has nothing to do"
	}
	t := pick(w, tickets)
	seen, _ := t.Body.(ticket.Body)
	switch p.role {
	case policy.Seat:
		return w.atSeat(p, t.Ref.ID, seen)
	case policy.Manager:
		return w.atManager(p, t.Ref.ID, seen)
	case policy.Liaison:
		return w.atDepartment(p, t.Ref.ID, seen)
	default:
		return w.atOffice(p, t.Ref.ID, seen)
	}
}

// awaited is somebody for whom the others wait: the service department, often, while something
// can be decided by nobody else.
func (w *walk) awaited() *place {
	he := w.called("he")
	if w.one(3) && (slices.ContainsFunc(w.rows(he, syncproto.KindTicket), inDispute) || len(w.routedUp(he)) > 0) {
		return he
	}
	return pick(w, []*place{w.places[0], w.places[1], w.places[2], w.places[3], w.places[4], he, w.called("li's laptop")})
}

// disputed is the clock of which nobody can tell whether something was done in time; -1 for none.
func disputed(b ticket.Body) int {
	return slices.IndexFunc(b.Clocks, func(c escalation.Clock) bool { return c.Result == escalation.Disputed })
}

func inDispute(r replica.Row) bool {
	b, _ := r.Body.(ticket.Body)
	return disputed(b) >= 0
}

// judge is the service department's word on what is disputed.
func (w *walk) judge(p *place, on syncproto.ID, seen ticket.Body) string {
	clock := seen.Clocks[disputed(seen)].Name()
	return w.tap(p, syncproto.CommandDecideDispute, ticket.DecideDispute{Ticket: on, Clock: clock, InTime: w.one(2), Reason: "有通话记录"})
}

// lastWord is the service department's on half of what is still disputed once everybody is heard;
// the rest is left to the limit.
func (w *walk) lastWord() {
	he := w.called("he")
	for _, r := range w.rows(he, syncproto.KindTicket) {
		if b, _ := r.Body.(ticket.Body); disputed(b) >= 0 && w.one(2) {
			w.note("%s %s", he.name, w.judge(he, r.Ref.ID, b))
		}
	}
	w.settle()
}

// atSeat is what a seat does with a ticket: mostly what is next, on its way to be closed.
func (w *walk) atSeat(p *place, on syncproto.ID, seen ticket.Body) string {
	if !seen.IsOpen() && w.one(2) {
		return w.tap(p, syncproto.CommandReopen, ticket.Reopen{Ticket: on, Text: "又坏了"})
	}
	if w.one(2) {
		return w.towardsClosing(p, on, seen)
	}
	switch w.dice.IntN(4) {
	case 0:
		return w.tap(p, syncproto.CommandDispatch, ticket.Dispatch{Ticket: on, Unit: w.units[pick(w, []string{"connected", "connected", "body", "hq"})]})
	case 1:
		return w.tap(p, syncproto.CommandFileClaim, w.file(on, w.amount()))
	case 2:
		return w.amendClaim(p)
	default:
		return w.small(p, on, seen)
	}
}

// towardsClosing clears away what keeps the ticket open, and closes it.
func (w *walk) towardsClosing(p *place, on syncproto.ID, seen ticket.Body) string {
	obstacles := ticket.Obstacles(seen)
	if len(obstacles) == 0 || w.one(12) {
		return w.tap(p, syncproto.CommandClose, ticket.Close{Ticket: on, Reopenings: seen.Reopenings})
	}
	switch obstacles[0].Code {
	case ticket.CodeProposalWaits:
		if proposal := pick(w, seen.Proposals).Command; w.one(3) {
			return w.tap(p, syncproto.CommandRefuseProposal, ticket.RefuseProposal{Ticket: on, Proposal: proposal, Reason: "客户说没好"})
		}
		return w.tap(p, syncproto.CommandAcceptProposal, ticket.AcceptProposal{Ticket: on, Proposal: pick(w, seen.Proposals).Command})
	case ticket.CodePromiseOpen:
		return w.tap(p, syncproto.CommandContact, ticket.Contact{Ticket: on, Direction: ticket.Outbound, Fulfils: w.cause(seen, escalation.Promise)})
	default:
		return w.tap(p, syncproto.CommandFinalResponse, ticket.FinalResponse{Ticket: on, Text: "已处理", Rejected: w.one(5)})
	}
}

// small is what is done every day.
func (w *walk) small(p *place, on syncproto.ID, seen ticket.Body) string {
	switch w.dice.IntN(5) {
	case 0:
		return w.tap(p, syncproto.CommandContact, ticket.Contact{Ticket: on, Direction: ticket.Inbound, Text: "催问"})
	case 1:
		return w.tap(p, syncproto.CommandContact, ticket.Contact{Ticket: on, Direction: ticket.Outbound, Fulfils: w.cause(seen, escalation.Promise)})
	case 2:
		return w.tap(p, syncproto.CommandPromise, w.promise(on))
	case 3:
		return w.tap(p, syncproto.CommandNote, ticket.Note{Ticket: on, Text: w.text()})
	default:
		return w.tap(p, syncproto.CommandAmend, ticket.Amend{Ticket: on, Field: ticket.FieldSubject, Old: seen.Subject, New: fmt.Sprintf("题 %d", w.dice.IntN(1000))})
	}
}

// atManager is what a regional manager does: mostly with claims.
func (w *walk) atManager(p *place, on syncproto.ID, seen ticket.Body) string {
	switch n := w.dice.IntN(12); {
	case n < 8:
		return w.atClaim(p)
	case n < 9:
		c := authority.MoveAuthority{Manager: p.person, Month: syncproto.MonthOf(p.replica.Estimate(p.reading(w.now)))}
		if w.one(2) {
			c.To = pick(w, w.desksOf(p.person)).Device()
		}
		return w.tap(p, syncproto.CommandMoveAuthority, c)
	case n < 10:
		return w.tap(p, syncproto.CommandFileClaim, w.file(on, w.amount()))
	case n < 11:
		return w.amendClaim(p)
	default:
		return w.small(p, on, seen)
	}
}

// atDepartment is what a liaison does.
func (w *walk) atDepartment(p *place, on syncproto.ID, seen ticket.Body) string {
	if w.one(2) {
		return w.tap(p, syncproto.CommandRespond, ticket.Respond{Ticket: on, Cause: w.cause(seen, escalation.Response), Text: "已重置"})
	}
	c := ticket.ProposeSolved{Ticket: on, Text: "已换件", Resolves: w.cause(seen, escalation.Resolution)}
	if w.one(2) {
		c.Cause = w.cause(seen, escalation.Response)
	}
	if w.one(6) {
		c.Resolves = syncproto.ID{}
	}
	return w.tap(p, syncproto.CommandProposeSolved, c)
}

// atOffice is what those do whom a ticket was escalated to, and the service department.
func (w *walk) atOffice(p *place, on syncproto.ID, seen ticket.Body) string {
	if p.role == policy.ServiceDesk && disputed(seen) >= 0 {
		return w.judge(p, on, seen)
	}
	if p.role == policy.ServiceDesk && w.one(2) {
		return w.atClaim(p)
	}
	if w.one(3) {
		return w.tap(p, syncproto.CommandDeEscalate, ticket.DeEscalate{Ticket: on, Firing: w.cause(seen, escalation.Recipient), Reason: "由部门处理"})
	}
	return w.tap(p, syncproto.CommandActOn, ticket.ActOn{Ticket: on, Firing: w.cause(seen, escalation.Recipient), Text: "已安排"})
}

// tap gives a command at a desk. To be refused is part of life; anything else is not.
func (w *walk) tap(p *place, kind syncproto.CommandKind, command any) string {
	return w.give(p, replica.Wish{Kind: kind, Command: command})
}

func (w *walk) give(p *place, wish replica.Wish) string {
	_, err := p.replica.Tap(w.ctx, wish, replica.Moment{ID: w.chance.id(), Reading: p.reading(w.now)})
	var refusal *replica.Refusal
	if err != nil && !errors.As(err, &refusal) {
		w.t.Fatalf("%s: %v: %v", p.name, wish.Kind, err)
	}
	w.watch(p)
	return fmt.Sprintf("gives %v: %v", wish.Kind, err)
}

func (w *walk) open(p *place) string {
	number, err := p.replica.ReserveNumber(w.ctx)
	w.must(err)
	c := ticket.Open{ID: w.chance.id(), Number: number, Subject: "远程车控失败", Channel: "400热线", Type: "投诉",
		Region: w.units[pick(w, []string{"east", "east", "south"})], CallCentre: w.units["centre"], Description: w.text()[:3],
		Customer: customer.Caller{ID: w.chance.id(), Name: "张伟", Phones: []string{"13800138000"}}}
	if w.one(2) {
		c.Vehicle = customer.Car{VIN: pick(w, []string{"LFV3A23C8K3012345", "LSVAA4182E2184847"})}
	}
	return w.tap(p, syncproto.CommandOpen, c)
}

// text is sometimes so long that a catch-up takes several deltas.
func (w *walk) text() string {
	if w.one(3) {
		return strings.Repeat("长", 3900)
	}
	return "需要日志"
}

func (w *walk) promise(on syncproto.ID) ticket.Promise {
	c := ticket.Promise{Ticket: on, What: "专员回电"}
	if w.one(3) {
		c.Due = w.now.Add(syncproto.Span(w.dice.Int64N(int64(3 * syncproto.Hour))))
	}
	return c
}

// cause is that of one of the clocks the desk shows, running or not.
func (w *walk) cause(seen ticket.Body, ladder escalation.Ladder) syncproto.ID {
	var causes []syncproto.ID
	for _, c := range seen.Clocks {
		if c.Ladder == ladder {
			causes = append(causes, c.Cause)
		}
	}
	if len(causes) == 0 {
		return syncproto.ID{}
	}
	return pick(w, causes)
}

// nonsense is what no form offers.
func (w *walk) nonsense(p *place) string {
	me := organisation.Person{Name: p.name, Login: p.name, Roles: policy.Roles(), Units: p.units}
	switch w.dice.IntN(5) {
	case 0:
		return w.tap(p, syncproto.CommandDefinePerson, organisation.DefinePerson{ID: p.person, Person: me})
	case 1:
		return w.tap(p, syncproto.CommandNote, ticket.Note{Ticket: w.chance.id(), Text: "无此工单"})
	case 2:
		return w.tap(p, syncproto.CommandOpen, ticket.Open{})
	case 3:
		return w.tap(p, syncproto.CommandIssuePolicy, policy.Issue{Policy: policy.Default(w.policy.Number + 1)})
	}
	if len(p.order) == 0 {
		return "does nothing"
	}
	// The same tap twice, under the same id.
	again := p.order[len(p.order)-1]
	_, err := p.replica.Tap(w.ctx, replica.Wish{Kind: syncproto.CommandNote, Command: ticket.Note{Ticket: again.intent.Subject.ID, Text: "又一次"}},
		replica.Moment{ID: again.id, Reading: p.reading(w.now)})
	if err == nil {
		w.t.Fatalf("%s: two taps under one id are kept", p.name)
	}
	return "taps twice"
}

// rows are all documents of a kind that the desk shows.
func (w *walk) rows(p *place, kind syncproto.DocKind) []replica.Row {
	var all []replica.Row
	for _, open := range []bool{true, false} {
		for key := (replica.Key{}); ; {
			rows, err := p.replica.List(w.ctx, kind, open, key, replica.MaxWindow)
			w.must(err)
			all = append(all, rows...)
			if len(rows) < replica.MaxWindow {
				break
			}
			key = rows[len(rows)-1].Key()
		}
	}
	return all
}
