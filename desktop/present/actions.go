package present

import (
	"slices"

	"redress/desktop/turn"
	"redress/syncproto"
	"redress/syncproto/escalation"
	"redress/syncproto/ticket"
)

// Action is something the person can do with a ticket. The value is the kind of command
// it gives; 0 is none.
type Action syncproto.CommandKind

// None is no action.
const None Action = 0

// Kind is the command the action gives.
func (a Action) Kind() syncproto.CommandKind { return syncproto.CommandKind(a) }

// Word is what stands on the action's button.
func (a Action) Word(w Words) string { return w("command." + a.Kind().String()) }

// actions are all there are, in the order of their buttons.
var actions = []Action{
	Action(syncproto.CommandActOn), Action(syncproto.CommandDeEscalate), Action(syncproto.CommandDecideDispute),
	Action(syncproto.CommandRespond), Action(syncproto.CommandProposeSolved),
	Action(syncproto.CommandAcceptProposal), Action(syncproto.CommandRefuseProposal),
	Action(syncproto.CommandContact), Action(syncproto.CommandPromise), Action(syncproto.CommandDispatch),
	Action(syncproto.CommandFinalResponse), Action(syncproto.CommandClose), Action(syncproto.CommandReopen),
	Action(syncproto.CommandNote), Action(syncproto.CommandAmend), Action(syncproto.CommandFileClaim),
}

// can says whether the action can be done with the ticket as it stands, on the conditions
// by which the rules will judge it. Closing can be asked for while the ticket is open: its
// form says what is still missing.
func (s Scene) can(a Action, p Panorama, b ticket.Body) bool {
	switch a.Kind() {
	case syncproto.CommandRespond:
		return len(p.Responds) > 0
	case syncproto.CommandProposeSolved:
		solved := b.Resolved != 0 && !b.OutcomeRejected
		return b.IsOpen() && !solved && len(b.Proposals) < ticket.MaxProposals && (s.in(ticket.Solver(b)) || len(p.Responds) > 0)
	case syncproto.CommandAcceptProposal, syncproto.CommandRefuseProposal:
		return s.has(b) && len(b.Proposals) > 0
	case syncproto.CommandDispatch, syncproto.CommandFinalResponse, syncproto.CommandClose:
		return s.has(b) && b.IsOpen()
	case syncproto.CommandPromise:
		return b.IsOpen()
	case syncproto.CommandReopen:
		return s.has(b) && !b.IsOpen()
	case syncproto.CommandActOn:
		return slices.ContainsFunc(p.Escalations, func(e Escalation) bool { return e.TakeUp })
	case syncproto.CommandDeEscalate:
		return len(p.Escalations) > 0
	case syncproto.CommandDecideDispute:
		return len(p.Disputes) > 0
	}
	return true
}

// Offers says whether the person looking can do it.
func (p Panorama) Offers(a Action) bool {
	return a != None && (p.Next == a || slices.Contains(p.Others, a))
}

// has says whether the ticket is with one of the person's units.
func (s Scene) has(b ticket.Body) bool { return s.in(b.CallCentre) || s.in(b.Region) || s.in(b.Holder) }

// actions are what the person may do here: the one that is next, and the others. Where
// nothing is next, as for a head who has taken an escalation up, none is strong.
func (s Scene) actions(p Panorama, b ticket.Body) (next Action, others []Action) {
	var allowed []Action
	for _, a := range actions {
		if s.may(a.Kind()) && s.can(a, p, b) {
			allowed = append(allowed, a)
		}
	}
	for _, kind := range wishes(p, b) {
		if at := slices.Index(allowed, Action(kind)); at >= 0 {
			return allowed[at], slices.Concat(allowed[:at], allowed[at+1:])
		}
	}
	return None, allowed
}

// wishes are what is next in the state the ticket is in, most wanted first; what the person
// looking may not do is passed over.
func wishes(p Panorama, b ticket.Body) []syncproto.CommandKind {
	kinds := []syncproto.CommandKind{syncproto.CommandActOn, syncproto.CommandDecideDispute, syncproto.CommandRespond}
	if len(b.Proposals) == 0 {
		kinds = append(kinds, syncproto.CommandProposeSolved)
	}
	kinds = append(kinds, syncproto.CommandAcceptProposal)
	if b.Resolved != 0 && b.Responded == 0 {
		kinds = append(kinds, syncproto.CommandFinalResponse)
	}
	if len(p.Obstacles) == 0 {
		kinds = append(kinds, syncproto.CommandClose)
	}
	kinds = append(kinds, syncproto.CommandReopen)
	if b.Holder.IsZero() {
		kinds = append(kinds, syncproto.CommandDispatch)
	}
	return append(kinds, syncproto.CommandContact)
}

// Choice is one of several things to pick, by its id.
type Choice struct {
	ID   syncproto.ID
	Text string
}

// responds are the dispatches that still wait for an answer of the person's own unit, the
// newest first.
func (s Scene) responds(clocks []escalation.Clock) []Choice {
	var choices []Choice
	for _, c := range slices.Backward(clocks) {
		if c.Ladder == escalation.Response && c.Running() && s.in(c.Unit) {
			choices = append(choices, Choice{ID: c.Cause, Text: line(s.unitName(c.Unit), s.left(c.Due))})
		}
	}
	return choices
}

// promises are the promises that still run, nearest first.
func (s Scene) promises(clocks []escalation.Clock) []Choice {
	sorted := slices.SortedStableFunc(slices.Values(clocks), turn.Compare)
	var choices []Choice
	for _, c := range sorted {
		if c.Ladder == escalation.Promise && c.Running() {
			choices = append(choices, Choice{ID: c.Cause, Text: line(c.What, s.Words("time.until", "When", s.when(c.Due)))})
		}
	}
	return choices
}

// promiseDue is by when a call promised now is due.
func (s Scene) promiseDue(b ticket.Body) string {
	return s.Words("promise.due", "When", s.when(ticket.CallBy(s.Reference, b, s.Now)))
}
