package ticket

import (
	"slices"

	"redress/syncproto"
	"redress/syncproto/customer"
	"redress/syncproto/decision"
	"redress/syncproto/escalation"
	"redress/syncproto/organisation"
	"redress/syncproto/reference"
)

// Needs is which documents the command is decided from: the ticket, and the files of its
// customer and car, which change with who has the ticket and who it was escalated to.
func Needs(in decision.Input, _ reference.Reference) []syncproto.Ref {
	files := func(ticket syncproto.ID) []syncproto.Ref {
		body, _ := decision.Body[Body](in.Docs, Ref(ticket))
		return append([]syncproto.Ref{Ref(ticket)}, body.files()...)
	}
	switch c := in.Command.(type) {
	case Open:
		return append([]syncproto.Ref{Ref(c.ID)}, customer.Files(c.Customer, c.Vehicle)...)
	case Note, RefuseProposal, FinalResponse:
		return []syncproto.Ref{in.Intent.Subject}
	default:
		return files(in.Intent.Subject.ID)
	}
}

// Decide answers a command about a ticket.
func Decide(in decision.Input, ref reference.Reference) decision.Outcome {
	switch c := in.Command.(type) {
	case Open:
		return decideOpen(in, ref, c)
	case Contact:
		return onTicket(in, ref, c.Ticket, func(d deciding) decision.Outcome { return d.contact(c) })
	case Promise:
		return onTicket(in, ref, c.Ticket, func(d deciding) decision.Outcome { return d.promise(c) })
	case Dispatch:
		return onTicket(in, ref, c.Ticket, func(d deciding) decision.Outcome { return d.dispatch(c) })
	case Respond:
		return onTicket(in, ref, c.Ticket, func(d deciding) decision.Outcome { return d.respond(c) })
	case Note:
		return onTicket(in, ref, c.Ticket, func(d deciding) decision.Outcome { return d.note(c) })
	case Amend:
		return onTicket(in, ref, c.Ticket, func(d deciding) decision.Outcome { return d.amend(c) })
	case ProposeSolved:
		return onTicket(in, ref, c.Ticket, func(d deciding) decision.Outcome { return d.propose(c) })
	case AcceptProposal:
		return onTicket(in, ref, c.Ticket, func(d deciding) decision.Outcome { return d.acceptProposal(c) })
	case RefuseProposal:
		return onTicket(in, ref, c.Ticket, func(d deciding) decision.Outcome { return d.refuseProposal(c) })
	case FinalResponse:
		return onTicket(in, ref, c.Ticket, func(d deciding) decision.Outcome { return d.finalResponse(c) })
	case Close:
		return onTicket(in, ref, c.Ticket, func(d deciding) decision.Outcome { return d.close(c) })
	case Reopen:
		return onTicket(in, ref, c.Ticket, func(d deciding) decision.Outcome { return d.reopen(c) })
	case ActOn:
		return onTicket(in, ref, c.Ticket, func(d deciding) decision.Outcome { return d.actOn(c) })
	case DeEscalate:
		return onTicket(in, ref, c.Ticket, func(d deciding) decision.Outcome { return d.deEscalate(c) })
	case DecideDispute:
		return onTicket(in, ref, c.Ticket, func(d deciding) decision.Outcome { return d.decideDispute(c) })
	case escalation.Tick:
		return decideTick(in, ref, c)
	}
	return decision.Reject(syncproto.Finding{Code: syncproto.CodeUnknownKind})
}

// deciding is a command about a ticket that is there.
type deciding struct {
	in   decision.Input
	ref  reference.Reference
	doc  syncproto.Ref
	body Body
}

// onTicket decides about a ticket that is there. What comes before its ticket waits for
// it: the ticket was opened on a desk that has not reported yet. A desk that does not hold
// it cannot say. On a ticket whose opening was refused there is nothing that could stand.
func onTicket(in decision.Input, ref reference.Reference, id syncproto.ID, decide func(deciding) decision.Outcome) decision.Outcome {
	doc := Ref(id)
	body, held := decision.Body[Body](in.Docs, doc)
	switch {
	case id.IsZero():
		return decision.Reject(syncproto.Finding{Code: syncproto.CodeMissing, Field: "ticket"})
	case !held && in.AtTap:
		return decision.Reject(syncproto.Finding{Code: syncproto.CodeUnknownHere, Doc: doc})
	case in.Docs[doc].Presence == decision.Refused:
		return decision.Reject(syncproto.Finding{Code: syncproto.CodeNotThere, Field: "ticket", Doc: doc})
	case !held:
		return decision.WaitFor(doc)
	}
	return decide(deciding{in: in, ref: ref, doc: doc, body: body})
}

// mine says whether the ticket is with one of the person's units: those that see it. The
// command line acts for headquarters and may touch all.
func (d deciding) mine() bool {
	p, known := d.ref.Person(d.in.Intent.Person)
	return d.in.Intent.Operator != "" || known && (p.In(d.body.CallCentre) || p.In(d.body.Region) || p.In(d.body.Holder))
}

// decideTick does what is due. A tick that finds nothing changes nothing.
func decideTick(in decision.Input, ref reference.Reference, c escalation.Tick) decision.Outcome {
	body, held := decision.Body[Body](in.Docs, c.Document)
	if !held {
		return decision.Accept()
	}
	d := deciding{in: in, ref: ref, doc: c.Document, body: body}
	clocks := d.clocks()
	clocks.Tick()
	return d.accept(clocks.Changes()...)
}

// accept is an accepted command with its changes. Whoever it escalates the ticket to reads
// the files from then on.
func (d deciding) accept(changes ...decision.Change) decision.Outcome {
	return decision.Accept(d.showFiles(changes)...)
}

// isUnit says whether the unit is known and of one of the kinds.
func isUnit(ref reference.Reference, id syncproto.ID, kinds ...organisation.UnitKind) bool {
	unit, known := ref.Unit(id)
	return known && slices.Contains(kinds, unit.Kind)
}
