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
// tells of it, and the account an approval charges.
func Needs(in decision.Input, _ reference.Reference) []syncproto.Ref {
	withTicket := func(claim syncproto.ID) []syncproto.Ref {
		body, _ := decision.Body[Body](in.Docs, Ref(claim))
		return []syncproto.Ref{Ref(claim), body.TicketRef()}
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
			claim: c.Claim, kind: Goodwill, grant: syncproto.GrantAmount, round: c.Round, month: c.Month,
			decision: Decision{Amount: c.Amount, Reason: c.Reason, Comment: c.Comment},
		})
	case ApproveWarranty:
		return decideApproval(in, ref, approval{
			claim: c.Claim, kind: Warranty, grant: syncproto.GrantRight, round: c.Round, month: c.Month,
			decision: Decision{Reason: c.Reason},
		})
	case Reject:
		return decideReject(in, ref, c)
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
	case c.Kind == Warranty && c.Amount != 0, c.Kind == Goodwill && (c.Amount <= 0 || c.Amount > syncproto.MaxAmount):
		return reject(syncproto.Finding{Code: CodeBadAmount, Field: "amount", Amount: c.Amount})
	}
	on, held := decision.Body[ticket.Body](in.Docs, ticket.Ref(c.Ticket))
	switch {
	case !held:
		return absent(in, ticket.Ref(c.Ticket))
	case in.Docs[Ref(c.ID)].Presence == decision.Held:
		return reject(syncproto.Finding{Code: syncproto.CodeAlready, Doc: Ref(c.ID)})
	case !mayFile(in, ref, on):
		return reject(syncproto.Finding{Code: CodeOtherRegion, Doc: ticket.Ref(c.Ticket)})
	case len(on.Claims) >= ticket.MaxClaims:
		return reject(syncproto.Finding{Code: CodeTooManyClaims, Doc: ticket.Ref(c.Ticket)})
	}
	filed := Filed{Ticket: c.Ticket, TicketNumber: on.Number, Region: on.Region, CallCentre: on.CallCentre,
		Kind: c.Kind, Amount: c.Amount, What: c.What, Station: c.Station, By: in.Intent.Person, At: in.At}
	return decision.Accept(
		decision.Change{Doc: Ref(c.ID), Kind: syncproto.EventClaimFiled, Body: filed},
		decision.Change{Doc: ticket.Ref(c.Ticket), Kind: syncproto.EventClaimAttached,
			Body: ticket.ClaimAttached{Claim: c.ID, Kind: uint8(c.Kind)}})
}

// mayFile: a seat for any ticket of its call centre, a regional manager for one of the
// region (requirements §1).
func mayFile(in decision.Input, ref reference.Reference, on ticket.Body) bool {
	person, _ := ref.Person(in.Intent.Person)
	return in.Intent.Operator != "" || person.Has(policy.Seat) && person.In(on.CallCentre) || person.In(on.Region)
}

// decideReject ends a claim without paying it. It is a request: what somebody decided
// first stands.
func decideReject(in decision.Input, ref reference.Reference, c Reject) decision.Outcome {
	if wrong := decision.Require("reason", c.Reason, MaxReason); wrong != nil {
		return reject(*wrong)
	}
	body, held := decision.Body[Body](in.Docs, Ref(c.Claim))
	switch {
	case c.Claim.IsZero():
		return reject(syncproto.Finding{Code: syncproto.CodeMissing, Field: "claim"})
	case !held:
		return absent(in, Ref(c.Claim))
	case !inRegion(in, ref, body):
		return reject(syncproto.Finding{Code: CodeOtherRegion, Doc: Ref(c.Claim)})
	case body.State != StateFiled:
		return reject(body.decided())
	case c.Round != body.Round:
		return reject(syncproto.Finding{Code: syncproto.CodeChanged, Field: "round", Doc: Ref(c.Claim)})
	}
	rejected := Rejected{Decision: Decision{Reason: c.Reason}.by(in), Round: c.Round}
	changes := []decision.Change{{Doc: Ref(c.Claim), Kind: syncproto.EventClaimRejected, Body: rejected}}
	return decision.Accept(append(changes, trail(in, c.Claim, body, false)...)...)
}

func inRegion(in decision.Input, ref reference.Reference, body Body) bool {
	person, _ := ref.Person(in.Intent.Person)
	return in.Intent.Operator != "" || person.In(body.Region)
}

// decided is the finding that somebody has decided the claim.
func (b Body) decided() syncproto.Finding {
	by := b.Approval
	if b.State == StateRejected {
		by = b.Rejection
	}
	return syncproto.Finding{Code: CodeDecided, Person: by.Person, Amount: by.Amount, When: by.At}
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
