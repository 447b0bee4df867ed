package redress_test

import (
	"errors"
	"fmt"
	"slices"
	"strings"

	"redress/desktop/replica"
	"redress/syncproto"
	"redress/syncproto/authority"
	"redress/syncproto/claim"
	"redress/syncproto/customer"
	"redress/syncproto/escalation"
	"redress/syncproto/policy"
	"redress/syncproto/ticket"
)

// wish is a kind of command that somebody gives at a desk. Every kind that the table of the rules
// has for people stands here or among the others (TestEveryCommandIsWishedFor).
type wish struct {
	kind   syncproto.CommandKind
	weight int
	needed bool // the others come to nothing without it, so every seed has it
	roles  []policy.Role
	// give has it given at a desk of such a role, and says what was; "" where there is nothing
	// to give it about.
	give func(*walk, *place) string
}

var (
	seats    = []policy.Role{policy.Seat}
	managers = []policy.Role{policy.Manager}
	liaisons = []policy.Role{policy.Liaison}
	offices  = []policy.Role{policy.Head, policy.VicePresident}
	service  = []policy.Role{policy.ServiceDesk}
)

// wishes are what people do at desks.
var wishes = []wish{
	{syncproto.CommandOpen, 5, true, seats, (*walk).open},
	{syncproto.CommandContact, 5, true, seats, (*walk).contact},
	{syncproto.CommandPromise, 3, false, seats, about(isOpen, func(w *walk, _ *place, on syncproto.ID, _ ticket.Body) any { return w.promise(on) })},
	{syncproto.CommandDispatch, 7, true, seats, about(isOpen, (*walk).dispatch)},
	{syncproto.CommandRespond, 8, true, liaisons, about(runs(escalation.Response), (*walk).respond)},
	{syncproto.CommandNote, 4, false, []policy.Role{policy.Seat, policy.Manager, policy.Liaison}, about(isOpen, (*walk).noteOn)},
	{syncproto.CommandAmend, 3, false, seats, about(isOpen, (*walk).amend)},
	{syncproto.CommandProposeSolved, 5, false, liaisons, about(isOpen, (*walk).propose)},
	{syncproto.CommandAcceptProposal, 5, false, seats, about(proposed, (*walk).accept)},
	{syncproto.CommandRefuseProposal, 2, false, seats, about(proposed, (*walk).refuse)},
	{syncproto.CommandFinalResponse, 4, true, seats, about(isOpen, (*walk).tellCustomer)},
	{syncproto.CommandClose, 6, true, seats, about(nearlyClosed, (*walk).closeIt)},
	{syncproto.CommandReopen, 4, false, seats, about(closed, (*walk).reopen)},
	{syncproto.CommandActOn, 4, false, offices, about(runs(escalation.Recipient), (*walk).actOn)},
	{syncproto.CommandDeEscalate, 3, false, offices, about(runs(escalation.Recipient), (*walk).deEscalate)},
	{syncproto.CommandDecideDispute, 6, false, service, about(inDispute, (*walk).judge)},
	{syncproto.CommandFileClaim, 8, true, []policy.Role{policy.Seat, policy.Manager}, about(isOpen, func(w *walk, _ *place, on syncproto.ID, _ ticket.Body) any { return w.file(on, w.amount()) })},
	{syncproto.CommandApproveClaim, 14, true, managers, decides(func(d *decided) bool { return d.seen.State == claim.StateFiled })},
	{syncproto.CommandApproveWarranty, 5, false, managers, decides(func(d *decided) bool { return d.seen.Kind == claim.Warranty })},
	{syncproto.CommandRejectClaim, 2, false, managers, decides(instead(syncproto.CommandRejectClaim, claim.StateFiled))},
	{syncproto.CommandAmendClaim, 4, false, []policy.Role{policy.Seat, policy.Manager}, (*walk).amendClaim},
	{syncproto.CommandSendBack, 3, false, managers, decides(instead(syncproto.CommandSendBack, claim.StateFiled))},
	{syncproto.CommandRouteUp, 3, false, managers, decides(instead(syncproto.CommandRouteUp, claim.StateFiled))},
	{syncproto.CommandApproveAbove, 4, false, service, decides(func(d *decided) bool { return d.seen.State == claim.StateRoutedUp })},
	{syncproto.CommandReverse, 3, false, service, decides(instead(syncproto.CommandReverse, claim.StateApproved))},
	{syncproto.CommandMoveAuthority, 3, false, managers, (*walk).moveAuthority},
}

// wish has somebody do something: mostly what the role does, sometimes nonsense.
func (w *walk) wish() {
	if w.one(24) {
		p := pick(w, w.places)
		if p.away() {
			return
		}
		w.note("%s %s", p.name, w.nonsense(p))
		return
	}
	total := 0
	for _, one := range wishes {
		total += one.weight
	}
	at := w.dice.IntN(total)
	for _, one := range wishes {
		if at -= one.weight; at >= 0 {
			continue
		}
		if w.dice.IntN(100) < w.swarm.shy[one.kind] {
			return
		}
		desks := slices.DeleteFunc(slices.Clone(w.places), func(p *place) bool { return p.away() || !slices.Contains(one.roles, p.role) })
		if len(desks) == 0 {
			return
		}
		p := pick(w, desks)
		if said := one.give(w, p); said != "" {
			w.note("%s %s", p.name, said)
		}
		return
	}
}

// What a ticket has to be like for what is done to it.

func isOpen(b ticket.Body) bool { return b.IsOpen() }

func closed(b ticket.Body) bool { return !b.IsOpen() }

func proposed(b ticket.Body) bool { return len(b.Proposals) > 0 }

func nearlyClosed(b ticket.Body) bool { return b.IsOpen() && len(ticket.Obstacles(b)) == 0 }

func inDispute(b ticket.Body) bool { return disputed(b) >= 0 }

func runs(ladder escalation.Ladder) func(ticket.Body) bool {
	return func(b ticket.Body) bool { return running(b, ladder) >= 0 }
}

// running is a clock of the ladder that runs, of one of the units if any are named; -1 for none.
func running(b ticket.Body, ladder escalation.Ladder, units ...syncproto.ID) int {
	return slices.IndexFunc(b.Clocks, func(c escalation.Clock) bool {
		return c.Ladder == ladder && c.Running() && (len(units) == 0 || slices.Contains(units, c.Unit))
	})
}

// disputed is the clock of which nobody can tell whether something was done in time; -1 for none.
func disputed(b ticket.Body) int {
	return slices.IndexFunc(b.Clocks, func(c escalation.Clock) bool { return c.Result == escalation.Disputed })
}

// ticketFor is a ticket that a desk shows and that fits, as the log has it or, where it is not
// there yet, the desk; once in a while any. The body is what the desk shows.
func (w *walk) ticketFor(p *place, fits func(ticket.Body) bool) (syncproto.ID, ticket.Body, bool) {
	ids := p.sight.ids(syncproto.KindTicket)
	if len(ids) == 0 {
		return syncproto.ID{}, ticket.Body{}, false
	}
	from := w.dice.IntN(len(ids))
	any := w.one(12)
	for n := range ids {
		id := ids[(from+n)%len(ids)]
		body, there := w.book.ticketBody(id)
		if there && !any && !fits(body) {
			continue
		}
		doc, held, err := p.replica.Document(w.ctx, ticket.Ref(id))
		w.must(err)
		if shown, is := doc.Body.(ticket.Body); held && is && (any || fits(shown)) {
			return id, shown, true
		}
	}
	return syncproto.ID{}, ticket.Body{}, false
}

// about gives what make makes of a ticket that fits.
func about(fits func(ticket.Body) bool, make func(*walk, *place, syncproto.ID, ticket.Body) any) func(*walk, *place) string {
	return func(w *walk, p *place) string {
		id, body, some := w.ticketFor(p, fits)
		if !some {
			return ""
		}
		command := make(w, p, id, body)
		return w.tap(p, kindOf(command), command)
	}
}

// kindOf is the kind of what is given about a ticket.
func kindOf(command any) syncproto.CommandKind {
	switch command.(type) {
	case ticket.Promise:
		return syncproto.CommandPromise
	case ticket.Dispatch:
		return syncproto.CommandDispatch
	case ticket.Respond:
		return syncproto.CommandRespond
	case ticket.Note:
		return syncproto.CommandNote
	case ticket.Amend:
		return syncproto.CommandAmend
	case ticket.ProposeSolved:
		return syncproto.CommandProposeSolved
	case ticket.AcceptProposal:
		return syncproto.CommandAcceptProposal
	case ticket.RefuseProposal:
		return syncproto.CommandRefuseProposal
	case ticket.FinalResponse:
		return syncproto.CommandFinalResponse
	case ticket.Close:
		return syncproto.CommandClose
	case ticket.Reopen:
		return syncproto.CommandReopen
	case ticket.ActOn:
		return syncproto.CommandActOn
	case ticket.DeEscalate:
		return syncproto.CommandDeEscalate
	case ticket.DecideDispute:
		return syncproto.CommandDecideDispute
	case claim.File:
		return syncproto.CommandFileClaim
	default:
		panic(fmt.Sprintf("nobody gives %T", command))
	}
}

// mostOpen is from how many tickets on hardly any is opened: people meet on few.
const mostOpen = 14

func (w *walk) open(p *place) string {
	if len(p.sight.ids(syncproto.KindTicket)) >= mostOpen && !w.one(6) {
		return ""
	}
	number, err := p.replica.ReserveNumber(w.ctx)
	if p.full && err != nil {
		return "has no room for another number"
	}
	w.must(err)
	c := ticket.Open{ID: w.chance.id(), Number: number, Subject: "远程车控失败", Channel: "400热线", Type: "投诉",
		Region: w.units[pick(w, []string{"east", "east", "south"})], CallCentre: w.units["centre"], Description: w.text()[:3],
		Customer: customer.Caller{ID: w.chance.id(), Name: "张伟", Phones: []string{"13800138000"}}}
	if w.one(2) {
		c.Vehicle = customer.Car{VIN: pick(w, []string{"LFV3A23C8K3012345", "LSVAA4182E2184847"})}
	}
	return w.tap(p, syncproto.CommandOpen, c)
}

// contact is the customer on the phone, or a call that was promised.
func (w *walk) contact(p *place) string {
	fits := runs(escalation.Promise)
	inbound := w.one(3)
	if inbound {
		fits = isOpen
	}
	id, body, some := w.ticketFor(p, fits)
	switch {
	case !some:
		return ""
	case inbound:
		return w.tap(p, syncproto.CommandContact, ticket.Contact{Ticket: id, Direction: ticket.Inbound, Text: "催问"})
	default:
		return w.tap(p, syncproto.CommandContact, ticket.Contact{Ticket: id, Direction: ticket.Outbound, Fulfils: w.cause(body, escalation.Promise)})
	}
}

func (w *walk) dispatch(_ *place, on syncproto.ID, _ ticket.Body) any {
	return ticket.Dispatch{Ticket: on, Unit: w.units[pick(w, []string{"connected", "connected", "body", "hq"})]}
}

func (w *walk) respond(p *place, on syncproto.ID, seen ticket.Body) any {
	cause := w.cause(seen, escalation.Response)
	if at := running(seen, escalation.Response, p.units...); at >= 0 && !w.one(4) {
		cause = seen.Clocks[at].Cause
	}
	return ticket.Respond{Ticket: on, Cause: cause, Text: "已重置"}
}

func (w *walk) noteOn(_ *place, on syncproto.ID, _ ticket.Body) any {
	return ticket.Note{Ticket: on, Text: w.text()}
}

func (w *walk) amend(_ *place, on syncproto.ID, seen ticket.Body) any {
	return ticket.Amend{Ticket: on, Field: ticket.FieldSubject, Old: seen.Subject, New: fmt.Sprintf("题 %d", w.dice.IntN(1000))}
}

func (w *walk) propose(_ *place, on syncproto.ID, seen ticket.Body) any {
	c := ticket.ProposeSolved{Ticket: on, Text: "已换件", Resolves: w.cause(seen, escalation.Resolution)}
	if w.one(2) {
		c.Cause = w.cause(seen, escalation.Response)
	}
	if w.one(6) {
		c.Resolves = syncproto.ID{}
	}
	return c
}

func (w *walk) accept(_ *place, on syncproto.ID, seen ticket.Body) any {
	return ticket.AcceptProposal{Ticket: on, Proposal: w.proposal(seen)}
}

func (w *walk) refuse(_ *place, on syncproto.ID, seen ticket.Body) any {
	return ticket.RefuseProposal{Ticket: on, Proposal: w.proposal(seen), Reason: "客户说没好"}
}

func (w *walk) proposal(seen ticket.Body) syncproto.ID {
	if len(seen.Proposals) == 0 {
		return syncproto.ID{}
	}
	return pick(w, seen.Proposals).Command
}

func (w *walk) tellCustomer(_ *place, on syncproto.ID, _ ticket.Body) any {
	return ticket.FinalResponse{Ticket: on, Text: "已处理", Rejected: w.one(5)}
}

func (w *walk) closeIt(_ *place, on syncproto.ID, seen ticket.Body) any {
	return ticket.Close{Ticket: on, Reopenings: seen.Reopenings}
}

func (w *walk) reopen(_ *place, on syncproto.ID, _ ticket.Body) any {
	return ticket.Reopen{Ticket: on, Text: "又坏了"}
}

func (w *walk) actOn(_ *place, on syncproto.ID, seen ticket.Body) any {
	return ticket.ActOn{Ticket: on, Firing: w.cause(seen, escalation.Recipient), Text: "已安排"}
}

func (w *walk) deEscalate(_ *place, on syncproto.ID, seen ticket.Body) any {
	return ticket.DeEscalate{Ticket: on, Firing: w.cause(seen, escalation.Recipient), Reason: "由部门处理"}
}

// judge is the service department's word on what is disputed.
func (w *walk) judge(_ *place, on syncproto.ID, seen ticket.Body) any {
	c := ticket.DecideDispute{Ticket: on, InTime: w.one(2), Reason: "有通话记录"}
	if at := disputed(seen); at >= 0 {
		c.Clock = seen.Clocks[at].Name()
	}
	return c
}

// lastWord is the service department's on half of what is still disputed once everybody is heard;
// the rest is left to the limit.
func (w *walk) lastWord() {
	he := w.called("he")
	for _, id := range he.sight.ids(syncproto.KindTicket) {
		if b, _ := w.book.ticketBody(id); disputed(b) >= 0 && w.one(2) {
			w.note("%s %s", he.name, w.tap(he, syncproto.CommandDecideDispute, w.judge(he, id, b)))
		}
	}
	w.settle()
}

func (w *walk) moveAuthority(p *place) string {
	c := authority.MoveAuthority{Manager: p.person, Month: syncproto.MonthOf(p.replica.Estimate(p.reading(w.now)))}
	if w.one(2) {
		c.To = pick(w, w.desksOf(p.person)).Device()
	}
	return w.tap(p, syncproto.CommandMoveAuthority, c)
}

// tap gives a command at a desk. To be refused is part of life, and so is a full disk; anything
// else is not.
func (w *walk) tap(p *place, kind syncproto.CommandKind, command any) string {
	return w.give(p, replica.Wish{Kind: kind, Command: command})
}

func (w *walk) give(p *place, wish replica.Wish) string {
	_, err := p.replica.Tap(w.ctx, wish, replica.Moment{ID: w.chance.id(), Reading: p.reading(w.now)})
	var refusal *replica.Refusal
	noRoom := p.full && errors.Is(err, &syncproto.Problem{Code: syncproto.CodeDiskFull})
	if err != nil && !errors.As(err, &refusal) && !noRoom {
		w.t.Fatalf("6: %s: %v: %v", p.name, wish.Kind, err)
	}
	w.sayGiven(p, wish)
	w.watch(p)
	if p.dies && err == nil && !w.healing {
		w.note("%s's program dies behind its commit", p.name)
		w.happened[diesBehind]++
		w.kill(p)
	}
	return fmt.Sprintf("gives %v: %v", wish.Kind, err)
}

// text is sometimes so long that a catch-up takes several deltas.
func (w *walk) text() string {
	if w.one(10) {
		return strings.Repeat("长", 3900)
	}
	return "需要日志"
}

func (w *walk) promise(on syncproto.ID) ticket.Promise {
	c := ticket.Promise{Ticket: on, What: "专员回电"}
	if w.one(3) {
		c.Due = w.now.Add(syncproto.Span(w.dice.Int64N(int64(8 * syncproto.Hour))))
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
