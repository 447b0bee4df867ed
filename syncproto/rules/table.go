package rules

import (
	"redress/syncproto"
	"redress/syncproto/authority"
	"redress/syncproto/claim"
	"redress/syncproto/customer"
	"redress/syncproto/decision"
	"redress/syncproto/escalation"
	"redress/syncproto/organisation"
	"redress/syncproto/policy"
	"redress/syncproto/reference"
	"redress/syncproto/ticket"
)

// documents lists every kind of document.
var documents = map[syncproto.DocKind]document{
	syncproto.KindPerson: referenceData(organisation.EvolvePerson),
	syncproto.KindUnit:   referenceData(organisation.EvolveUnit),
	syncproto.KindDevice: referenceData(organisation.EvolveDevice),
	syncproto.KindPolicy: referenceData(policy.Evolve),

	syncproto.KindCustomer: kept(customer.Evolve, customer.Buckets),
	syncproto.KindVehicle:  kept(customer.EvolveVehicle, customer.VehicleBuckets),
	syncproto.KindTicket:   ticking(indexed(kept(ticket.Evolve, ticket.Buckets), ticketIndex), ticket.NextDue, ticketWaitsFor),
	syncproto.KindClaim:    indexed(kept(claim.Evolve, claim.Buckets), claimIndex),
	syncproto.KindAccount:  kept(authority.Evolve, authority.Buckets),
}

// commands lists every kind of command.
var commands = map[syncproto.CommandKind]command{
	syncproto.CommandDefineUnit: request(organisationDecide, organisationNeeds, func(c organisation.DefineUnit) syncproto.Ref {
		return organisation.UnitRef(c.ID)
	}),
	syncproto.CommandDefinePerson: request(organisationDecide, organisationNeeds, func(c organisation.DefinePerson) syncproto.Ref {
		return organisation.PersonRef(c.ID)
	}),
	syncproto.CommandEnrolDevice: request(organisationDecide, organisationNeeds, func(c organisation.EnrolDevice) syncproto.Ref {
		return organisation.DeviceRef(c.ID)
	}),
	syncproto.CommandRekeyDevice: request(organisationDecide, organisationNeeds, func(c organisation.RekeyDevice) syncproto.Ref {
		return organisation.DeviceRef(c.ID)
	}),
	syncproto.CommandRevokeDevice: request(organisationDecide, organisationNeeds, func(c organisation.RevokeDevice) syncproto.Ref {
		return organisation.DeviceRef(c.ID)
	}),
	syncproto.CommandNoteWiped: request(organisationDecide, organisationNeeds, func(c organisation.NoteWiped) syncproto.Ref {
		return organisation.DeviceRef(c.ID)
	}),
	syncproto.CommandIssuePolicy: request(policyDecide, policyNeeds, policy.Issue.Subject),

	syncproto.CommandOpen:           making(fact(ticket.Decide, ticket.Needs, func(c ticket.Open) syncproto.Ref { return ticket.Ref(c.ID) })),
	syncproto.CommandContact:        fact(ticket.Decide, ticket.Needs, ticket.Contact.Subject),
	syncproto.CommandPromise:        fact(ticket.Decide, ticket.Needs, ticket.Promise.Subject),
	syncproto.CommandDispatch:       request(ticket.Decide, ticket.Needs, ticket.Dispatch.Subject),
	syncproto.CommandRespond:        fact(ticket.Decide, ticket.Needs, ticket.Respond.Subject),
	syncproto.CommandNote:           fact(ticket.Decide, ticket.Needs, ticket.Note.Subject),
	syncproto.CommandAmend:          request(ticket.Decide, ticket.Needs, ticket.Amend.Subject),
	syncproto.CommandProposeSolved:  fact(ticket.Decide, ticket.Needs, ticket.ProposeSolved.Subject),
	syncproto.CommandAcceptProposal: request(ticket.Decide, ticket.Needs, ticket.AcceptProposal.Subject),
	syncproto.CommandRefuseProposal: request(ticket.Decide, ticket.Needs, ticket.RefuseProposal.Subject),
	syncproto.CommandFinalResponse:  fact(ticket.Decide, ticket.Needs, ticket.FinalResponse.Subject),
	syncproto.CommandClose:          request(ticket.Decide, ticket.Needs, ticket.Close.Subject),
	syncproto.CommandReopen:         request(ticket.Decide, ticket.Needs, ticket.Reopen.Subject),
	syncproto.CommandActOn:          fact(ticket.Decide, ticket.Needs, ticket.ActOn.Subject),
	syncproto.CommandDeEscalate:     request(ticket.Decide, ticket.Needs, ticket.DeEscalate.Subject),
	syncproto.CommandDecideDispute:  request(ticket.Decide, ticket.Needs, ticket.DecideDispute.Subject),
	syncproto.CommandTick:           request(ticket.Decide, ticket.Needs, escalation.Tick.Subject),

	syncproto.CommandFileClaim:       making(request(claim.Decide, claim.Needs, claim.File.Subject)),
	syncproto.CommandApproveClaim:    fact(claim.Decide, claim.Needs, claim.Approve.Subject),
	syncproto.CommandRejectClaim:     request(claim.Decide, claim.Needs, claim.Reject.Subject),
	syncproto.CommandApproveWarranty: fact(claim.Decide, claim.Needs, claim.ApproveWarranty.Subject),
	syncproto.CommandAmendClaim:      request(claim.Decide, claim.Needs, claim.Amend.Subject),
	syncproto.CommandSendBack:        request(claim.Decide, claim.Needs, claim.SendBack.Subject),
	syncproto.CommandRouteUp:         request(claim.Decide, claim.Needs, claim.RouteUp.Subject),
	syncproto.CommandApproveAbove:    request(claim.Decide, claim.Needs, claim.ApproveAbove.Subject),
	syncproto.CommandReverse:         request(claim.Decide, claim.Needs, claim.Reverse.Subject),

	syncproto.CommandIssueGrant:    request(authority.Decide, authority.Needs, authority.IssueGrant.Subject),
	syncproto.CommandTakeGrant:     fact(authority.Decide, authority.Needs, authority.TakeGrant.Subject),
	syncproto.CommandReturnGrant:   fact(authority.Decide, authority.Needs, authority.ReturnGrant.Subject),
	syncproto.CommandMoveAuthority: request(authority.Decide, authority.Needs, authority.MoveAuthority.Subject),
	syncproto.CommandSetLimit:      request(authority.Decide, authority.Needs, authority.SetLimit.Subject),
	syncproto.CommandWriteOff:      request(authority.Decide, authority.Needs, authority.WriteOff.Subject),
}

// events lists how every kind of event is read.
var events = map[syncproto.EventKind]func([]byte) (any, error){
	syncproto.EventUnitDefined:    read[organisation.UnitDefined],
	syncproto.EventPersonDefined:  read[organisation.PersonDefined],
	syncproto.EventDeviceEnrolled: read[organisation.DeviceEnrolled],
	syncproto.EventDeviceRekeyed:  read[organisation.DeviceRekeyed],
	syncproto.EventDeviceForked:   read[organisation.DeviceForked],
	syncproto.EventDeviceRevoked:  read[organisation.DeviceRevoked],
	syncproto.EventDeviceWiped:    read[organisation.DeviceWiped],
	syncproto.EventPolicyIssued:   read[policy.Issued],

	syncproto.EventCustomerKnown:   read[customer.Known],
	syncproto.EventCustomerAmended: read[customer.Amended],
	syncproto.EventVehicleKnown:    read[customer.VehicleKnown],
	syncproto.EventVehicleAmended:  read[customer.VehicleAmended],
	syncproto.EventReaderAdded:     read[customer.ReaderAdded],
	syncproto.EventReaderRemoved:   read[customer.ReaderRemoved],

	syncproto.EventTicketOpened:  read[ticket.Opened],
	syncproto.EventContacted:     read[ticket.Contacted],
	syncproto.EventPromised:      read[ticket.Promised],
	syncproto.EventDispatched:    read[ticket.Dispatched],
	syncproto.EventResponded:     read[ticket.Responded],
	syncproto.EventNoted:         read[ticket.Noted],
	syncproto.EventAmended:       read[ticket.Amended],
	syncproto.EventClaimAttached: read[ticket.ClaimAttached],
	syncproto.EventClaimDecided:  read[ticket.ClaimDecided],

	syncproto.EventProposed:          read[ticket.Proposed],
	syncproto.EventProposalAccepted:  read[ticket.ProposalAccepted],
	syncproto.EventProposalRefused:   read[ticket.ProposalRefused],
	syncproto.EventFinallyResponded:  read[ticket.FinallyResponded],
	syncproto.EventClosed:            read[ticket.Closed],
	syncproto.EventReopened:          read[ticket.Reopened],
	syncproto.EventEscalationActedOn: read[ticket.EscalationActedOn],
	syncproto.EventDeEscalated:       read[ticket.DeEscalated],

	syncproto.EventClockStarted:     read[escalation.Started],
	syncproto.EventClockReminded:    read[escalation.Reminded],
	syncproto.EventDisputeDecided:   read[escalation.Judged],
	syncproto.EventClocksArchived:   read[escalation.Archived],
	syncproto.EventClockWarned:      read[escalation.Warned],
	syncproto.EventClockFired:       read[escalation.Fired],
	syncproto.EventClockEnded:       read[escalation.Ended],
	syncproto.EventFiringRescinded:  read[escalation.Rescinded],
	syncproto.EventEvidenceDisputed: read[escalation.Doubted],

	syncproto.EventClaimFiled:       read[claim.Filed],
	syncproto.EventClaimApproved:    read[claim.Approved],
	syncproto.EventClaimRejected:    read[claim.Rejected],
	syncproto.EventClaimDuplicate:   read[claim.Duplicate],
	syncproto.EventWarrantyApproved: read[claim.WarrantyApproved],
	syncproto.EventClaimAmended:     read[claim.Amended],
	syncproto.EventClaimSentBack:    read[claim.SentBack],
	syncproto.EventClaimRoutedUp:    read[claim.RoutedUp],
	syncproto.EventApprovalReversed: read[claim.Reversed],
	syncproto.EventClaimMoved:       read[ticket.ClaimMoved],

	syncproto.EventAccountOpened:  read[authority.Opened],
	syncproto.EventGrantIssued:    read[authority.Issued],
	syncproto.EventGrantTaken:     read[authority.Taken],
	syncproto.EventCharged:        read[authority.Charged],
	syncproto.EventRefunded:       read[authority.Refunded],
	syncproto.EventBreached:       read[authority.Breached],
	syncproto.EventGrantReturned:  read[authority.Returned],
	syncproto.EventReturnAsked:    read[authority.Asked],
	syncproto.EventAuthorityMoved: read[authority.Moved],
	syncproto.EventLimitSet:       read[authority.LimitSet],
	syncproto.EventWrittenOff:     read[authority.WrittenOff],
	syncproto.EventGrantWithdrawn: read[authority.Withdrawn],
}

func organisationNeeds(in decision.Input, _ reference.Reference) []syncproto.Ref {
	return organisation.Needs(in)
}

func organisationDecide(in decision.Input, ref reference.Reference) decision.Outcome {
	return organisation.Decide(in, mayOperate(in, ref), ref)
}

func policyDecide(in decision.Input, ref reference.Reference) decision.Outcome {
	return policy.Decide(in, ref.Policy.Number, mayOperate(in, ref))
}

// mayOperate: the command line of the server acts with the operator's name; a person
// needs the role.
func mayOperate(in decision.Input, ref reference.Reference) bool {
	return in.Intent.Operator != "" || ref.May(in.Intent.Person, in.Intent.Kind)
}

func policyNeeds(in decision.Input, _ reference.Reference) []syncproto.Ref {
	return []syncproto.Ref{as[policy.Issue](in.Command).Subject()}
}

func ticketIndex(b ticket.Body) Index {
	return Index{Open: b.IsOpen(), Deadline: ticket.Deadline(b), Number: b.Number}
}

func ticketWaitsFor(b ticket.Body, now syncproto.Instant) Waiting {
	units, since := ticket.WaitsFor(b, now)
	return Waiting{Units: units, Since: since}
}

func claimIndex(b claim.Body) Index {
	return Index{Open: b.Open(), Number: b.TicketNumber, Parent: b.TicketRef()}
}
