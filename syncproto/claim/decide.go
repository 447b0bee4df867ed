package claim

import (
	"redress/syncproto"
	"redress/syncproto/authority"
	"redress/syncproto/decision"
	"redress/syncproto/policy"
	"redress/syncproto/reference"
	"redress/syncproto/ticket"
)

// Needs is which documents the command is decided from: the claim, the ticket whose trail
// tells of it, and the account that an approval charges or that gets an amount back.
func Needs(in decision.Input, _ reference.Reference) []syncproto.Ref {
	withTicket := func(claim syncproto.ID) []syncproto.Ref {
		body, _ := decision.Body[Body](in.Docs, Ref(claim))
		return []syncproto.Ref{Ref(claim), body.TicketRef()}
	}
	withBooked := func(claim syncproto.ID) []syncproto.Ref {
		body, _ := decision.Body[Body](in.Docs, Ref(claim))
		return append(withTicket(claim), body.booked())
	}
	switch c := in.Command.(type) {
	case File:
		return []syncproto.Ref{Ref(c.ID), ticket.Ref(c.Ticket)}
	case Approve:
		return append(withTicket(c.Claim), authority.Ref(in.Intent.Person, c.Month))
	case ApproveWarranty:
		return append(withTicket(c.Claim), authority.Ref(in.Intent.Person, c.Month))
	case Reject:
		return withTicket(c.Claim)
	case SendBack:
		return withTicket(c.Claim)
	case RouteUp:
		return withTicket(c.Claim)
	case ApproveAbove:
		return withTicket(c.Claim)
	case Amend:
		return withBooked(c.Claim)
	case Reverse:
		return withBooked(c.Claim)
	}
	return nil
}

// Decide answers a command about a claim.
func Decide(in decision.Input, ref reference.Reference) decision.Outcome {
	switch c := in.Command.(type) {
	case File:
		return decideFile(in, ref, c)
	case Approve:
		return decideApproval(in, ref, approval{
			claim: c.Claim, kind: Goodwill, grant: syncproto.GrantAmount, round: c.Round, month: c.Month, saw: c.Amount, less: c.Less,
			decision: Decision{Amount: approves(c.Amount, c.Less), Reason: c.Reason, Comment: c.Comment, Month: c.Month},
		})
	case ApproveWarranty:
		return decideApproval(in, ref, approval{
			claim: c.Claim, kind: Warranty, grant: syncproto.GrantRight, round: c.Round, month: c.Month,
			decision: Decision{Reason: c.Reason, Month: c.Month},
		})
	case Reject:
		return decideReject(in, ref, c)
	case Amend:
		return decideAmend(in, ref, c)
	case SendBack:
		return decideSendBack(in, ref, c)
	case RouteUp:
		return decideRouteUp(in, ref, c)
	case ApproveAbove:
		return decideAbove(in, c)
	case Reverse:
		return decideReverse(in, c)
	}
	return decision.Reject(syncproto.Finding{Code: syncproto.CodeUnknownKind})
}

func reject(f syncproto.Finding) decision.Outcome { return decision.Reject(f) }

// absent is the answer where the document is not there: a desk cannot say, and on the
// server the command waits for the desk that made the document, unless that was refused.
func absent(in decision.Input, doc syncproto.Ref) decision.Outcome {
	switch {
	case in.AtTap:
		return reject(syncproto.Finding{Code: syncproto.CodeUnknownHere, Doc: doc})
	case in.Docs[doc].Presence == decision.Refused:
		return reject(syncproto.Finding{Code: syncproto.CodeNotThere, Field: doc.Kind.String(), Doc: doc})
	}
	return decision.WaitFor(doc)
}

func decideFile(in decision.Input, ref reference.Reference, c File) decision.Outcome {
	wrong := decision.First(
		decision.Require("what", c.What, MaxWhat),
		decision.Limit("station", c.Station, ticket.MaxStation))
	switch {
	case wrong != nil:
		return reject(*wrong)
	case c.ID.IsZero() || c.Ticket.IsZero():
		return reject(syncproto.Finding{Code: syncproto.CodeMissing, Field: "ticket"})
	case c.Kind.String() == "":
		return reject(syncproto.Finding{Code: CodeWrongKind, Field: "kind"})
	}
	if wrong := badAmount(c.Kind, c.Amount, 0); wrong != nil {
		return reject(*wrong)
	}
	on, held := decision.Body[ticket.Body](in.Docs, ticket.Ref(c.Ticket))
	switch {
	case !held:
		return absent(in, ticket.Ref(c.Ticket))
	case in.Docs[Ref(c.ID)].Presence == decision.Held:
		return reject(syncproto.Finding{Code: syncproto.CodeAlready, Doc: Ref(c.ID)})
	case !mayFile(in, ref, on.Region, on.CallCentre):
		return reject(syncproto.Finding{Code: CodeOtherRegion, Doc: ticket.Ref(c.Ticket)})
	case len(on.Claims) >= ticket.MaxClaims:
		return reject(syncproto.Finding{Code: CodeTooManyClaims, Doc: ticket.Ref(c.Ticket)})
	}
	filed := Filed{Ticket: c.Ticket, TicketNumber: on.Number, Region: on.Region, CallCentre: on.CallCentre,
		Kind: c.Kind, Amount: c.Amount, What: c.What, Station: c.Station, By: in.Intent.Person, At: in.At,
		Headquarters: ref.Headquarters()}
	changes := []decision.Change{
		{Doc: Ref(c.ID), Kind: syncproto.EventClaimFiled, Body: filed},
		{Doc: ticket.Ref(c.Ticket), Kind: syncproto.EventClaimAttached, Body: ticket.ClaimAttached{Claim: c.ID, Kind: uint8(c.Kind)}},
	}
	return routedByAmount(in, ref, c.ID, Evolve(Body{}, filed), changes)
}

// mayFile: a seat for any ticket of its call centre, a regional manager for one of the
// region (requirements §1).
func mayFile(in decision.Input, ref reference.Reference, region, callCentre syncproto.ID) bool {
	person, _ := ref.Person(in.Intent.Person)
	return in.Intent.Operator != "" || person.Has(policy.Seat) && person.In(callCentre) || person.In(region)
}

// decideReject ends a claim without paying it. It is a request: what somebody decided
// first stands. What was routed up the service department rejects, all else a manager.
func decideReject(in decision.Input, ref reference.Reference, c Reject) decision.Outcome {
	body, wrong := standing(in, c.Claim, c.Round, decision.Require("reason", c.Reason, MaxReason))
	switch {
	case wrong != nil:
		return *wrong
	case !inRegion(in, ref, body) && !isServiceDesk(in, ref): // who does not see the claim is told nothing of it
		return reject(syncproto.Finding{Code: CodeOtherRegion, Doc: Ref(c.Claim)})
	case !body.Open():
		return reject(*body.elsewhere())
	case body.State == StateRoutedUp && !isServiceDesk(in, ref):
		return reject(*body.elsewhere())
	case body.State != StateRoutedUp && !inRegion(in, ref, body):
		return reject(syncproto.Finding{Code: CodeOtherRegion, Doc: Ref(c.Claim)})
	case c.Round != body.Round:
		return reject(syncproto.Finding{Code: syncproto.CodeChanged, Field: "round", Doc: Ref(c.Claim)})
	}
	rejected := Rejected{Decision: Decision{Reason: c.Reason, Waited: body.waited()}.by(in), Round: c.Round}
	changes := []decision.Change{{Doc: Ref(c.Claim), Kind: syncproto.EventClaimRejected, Body: rejected}}
	return decision.Accept(append(changes, trail(in, c.Claim, body, false)...)...)
}

// standing is the claim that a request names, or the answer where it cannot be given: the
// command is not whole, or the claim is not there.
func standing(in decision.Input, claim syncproto.ID, round uint32, wrong *syncproto.Finding) (Body, *decision.Outcome) {
	body, held := decision.Body[Body](in.Docs, Ref(claim))
	var answer decision.Outcome
	switch {
	case wrong != nil:
		answer = reject(*wrong)
	case claim.IsZero() || round == 0:
		answer = reject(syncproto.Finding{Code: syncproto.CodeMissing, Field: "claim"})
	case !held:
		answer = absent(in, Ref(claim))
	default:
		return body, nil
	}
	return body, &answer
}

func isServiceDesk(in decision.Input, ref reference.Reference) bool {
	person, _ := ref.Person(in.Intent.Person)
	return in.Intent.Operator != "" || person.Has(policy.ServiceDesk)
}

func inRegion(in decision.Input, ref reference.Reference, body Body) bool {
	person, _ := ref.Person(in.Intent.Person)
	return in.Intent.Operator != "" || person.In(body.Region)
}

// elsewhere is the finding that the claim does not wait for a manager: somebody has decided
// it, sent it back, or it was routed up.
func (b Body) elsewhere() *syncproto.Finding {
	switch b.State {
	case StateRejected:
		return &syncproto.Finding{Code: CodeDecided, Person: b.Rejection.Person, Amount: b.Rejection.Amount, When: b.Rejection.At}
	case StateReturned:
		return &syncproto.Finding{Code: CodeSentBack, Person: b.Returned.Person, When: b.Returned.At, Text: b.Returned.Comment}
	case StateRoutedUp:
		return &syncproto.Finding{Code: CodeRoutedUp, Person: b.Routed.Person, When: b.Routed.At, Amount: b.Exceeds, Text: b.Routed.Reason}
	default:
		return &syncproto.Finding{Code: CodeDecided, Person: b.Approval.Person, Amount: b.Approval.Amount, When: b.Approval.At}
	}
}

// by completes a decision with who gave the command, and when.
func (d Decision) by(in decision.Input) Decision {
	d.Command, d.Person, d.At = in.Intent.ID, in.Intent.Person, in.At
	return d
}

// trail is the line in the ticket's trail, where the ticket is held.
func trail(in decision.Input, claim syncproto.ID, body Body, approved bool) []decision.Change {
	if in.Docs[body.TicketRef()].Presence != decision.Held {
		return nil
	}
	return []decision.Change{{Doc: body.TicketRef(), Kind: syncproto.EventClaimDecided,
		Body: ticket.ClaimDecided{Claim: claim, Kind: uint8(body.Kind), Approved: approved}}}
}

// moved is the line in the ticket's trail of what was done to a claim other than to decide
// it.
func moved(in decision.Input, claim syncproto.ID, body Body, what ticket.ClaimMove) []decision.Change {
	if in.Docs[body.TicketRef()].Presence != decision.Held {
		return nil
	}
	line := ticket.ClaimMoved{Claim: claim, Kind: uint8(body.Kind), What: what}
	if what == ticket.ClaimRoutedUp {
		line.To = body.Headquarters
	}
	return []decision.Change{{Doc: body.TicketRef(), Kind: syncproto.EventClaimMoved, Body: line}}
}
