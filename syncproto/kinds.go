package syncproto

import "strconv"

// Every kind of document, command and event, in one file so that a number is never given
// twice. Numbers are for ever; a kind that is no longer written keeps its line.

// Kinds of documents.
const (
	KindPerson   DocKind = 1
	KindUnit     DocKind = 2
	KindDevice   DocKind = 3
	KindPolicy   DocKind = 4
	KindCustomer DocKind = 10
	KindVehicle  DocKind = 11
	KindTicket   DocKind = 20
	KindClaim    DocKind = 30
	KindAccount  DocKind = 40
)

var docKindNames = map[DocKind]string{
	KindPerson: "person", KindUnit: "unit", KindDevice: "device", KindPolicy: "policy",
	KindCustomer: "customer", KindVehicle: "vehicle", KindTicket: "ticket",
	KindClaim: "claim", KindAccount: "account",
}

// String is the kind's name in logs and scenarios.
func (k DocKind) String() string { return nameOr(docKindNames[k], "document", uint64(k)) }

// CommandKind is the kind of a command.
type CommandKind uint16

// Kinds of commands. Those from 900 on are the server's own and never come over the wire.
const (
	CommandDefineUnit   CommandKind = 1
	CommandDefinePerson CommandKind = 2
	CommandEnrolDevice  CommandKind = 3
	CommandRekeyDevice  CommandKind = 4
	CommandIssuePolicy  CommandKind = 5
	CommandRevokeDevice CommandKind = 6

	CommandOpen     CommandKind = 20
	CommandContact  CommandKind = 21
	CommandPromise  CommandKind = 22
	CommandDispatch CommandKind = 23
	CommandRespond  CommandKind = 24
	CommandNote     CommandKind = 25
	CommandAmend    CommandKind = 26

	CommandProposeSolved  CommandKind = 27
	CommandAcceptProposal CommandKind = 28
	CommandRefuseProposal CommandKind = 29
	CommandFinalResponse  CommandKind = 30
	CommandClose          CommandKind = 31
	CommandReopen         CommandKind = 32
	CommandActOn          CommandKind = 33 // an escalation, by whom it went to
	CommandDeEscalate     CommandKind = 34
	CommandDecideDispute  CommandKind = 35

	CommandFileClaim       CommandKind = 40
	CommandApproveClaim    CommandKind = 41
	CommandRejectClaim     CommandKind = 42
	CommandApproveWarranty CommandKind = 43
	CommandAmendClaim      CommandKind = 44
	CommandSendBack        CommandKind = 45
	CommandRouteUp         CommandKind = 46
	CommandApproveAbove    CommandKind = 47 // by the service department, on no manager's account
	CommandReverse         CommandKind = 48

	CommandTakeGrant     CommandKind = 60
	CommandReturnGrant   CommandKind = 61
	CommandMoveAuthority CommandKind = 62 // which of a manager's devices it lies on
	CommandSetLimit      CommandKind = 63
	CommandWriteOff      CommandKind = 64

	CommandReleaseParked CommandKind = 65 // what waits for a person after a restore
	CommandRelease       CommandKind = 66 // an account that is frozen after a restore

	CommandIssueGrant CommandKind = 900
	CommandTick       CommandKind = 901
	CommandRestore    CommandKind = 902 // the log begins a new epoch
	CommandNoteWiped  CommandKind = 905 // a revoked device says that it has erased itself
)

var commandKindNames = map[CommandKind]string{
	CommandDefineUnit: "define-unit", CommandDefinePerson: "define-person",
	CommandEnrolDevice: "enrol-device", CommandRekeyDevice: "rekey-device", CommandIssuePolicy: "issue-policy", CommandRevokeDevice: "revoke-device",
	CommandOpen: "open", CommandContact: "contact", CommandPromise: "promise",
	CommandDispatch: "dispatch", CommandRespond: "respond", CommandNote: "note", CommandAmend: "amend",
	CommandProposeSolved: "propose-solved", CommandAcceptProposal: "accept-proposal", CommandRefuseProposal: "refuse-proposal",
	CommandFinalResponse: "final-response", CommandClose: "close", CommandReopen: "reopen",
	CommandActOn: "act-on", CommandDeEscalate: "de-escalate", CommandDecideDispute: "decide-dispute",
	CommandFileClaim: "file-claim", CommandApproveClaim: "approve-claim",
	CommandRejectClaim: "reject-claim", CommandApproveWarranty: "approve-warranty",
	CommandAmendClaim: "amend-claim", CommandSendBack: "send-back", CommandRouteUp: "route-up",
	CommandApproveAbove: "approve-above", CommandReverse: "reverse",
	CommandTakeGrant: "take-grant", CommandReturnGrant: "return-grant", CommandMoveAuthority: "move-authority",
	CommandSetLimit: "set-limit", CommandWriteOff: "write-off", CommandIssueGrant: "issue-grant",
	CommandTick: "tick", CommandRestore: "restore", CommandNoteWiped: "note-wiped", CommandReleaseParked: "release-parked", CommandRelease: "release-account",
}

// String is the kind's name in logs, policies and scenarios.
func (k CommandKind) String() string { return nameOr(commandKindNames[k], "command", uint64(k)) }

// OfServer says that only the server itself makes commands of the kind.
func (k CommandKind) OfServer() bool { return k >= 900 }

// ParseCommandKind reads what String wrote.
func ParseCommandKind(name string) (CommandKind, bool) {
	for k, n := range commandKindNames {
		if n == name {
			return k, true
		}
	}
	return 0, false
}

// EventKind is the kind of an event. Evolve of a kind is frozen once released.
type EventKind uint16

// Kinds of events.
const (
	EventUnitDefined    EventKind = 1
	EventPersonDefined  EventKind = 2
	EventDeviceEnrolled EventKind = 3
	EventDeviceRekeyed  EventKind = 4 // is not written any more: it forgot the incarnation before
	EventPolicyIssued   EventKind = 5
	EventDeviceForked   EventKind = 6 // it has one more incarnation
	EventDeviceRevoked  EventKind = 7
	EventDeviceWiped    EventKind = 8

	EventCustomerKnown   EventKind = 10 // the file is made
	EventCustomerAmended EventKind = 11
	EventReaderAdded     EventKind = 12 // a unit's ticket concerns this customer or vehicle
	EventReaderRemoved   EventKind = 13
	EventVehicleKnown    EventKind = 14
	EventVehicleAmended  EventKind = 15

	EventTicketOpened     EventKind = 20
	EventContacted        EventKind = 21
	EventPromised         EventKind = 22
	EventDispatched       EventKind = 23
	EventResponded        EventKind = 24
	EventNoted            EventKind = 25
	EventAmended          EventKind = 26
	EventClaimAttached    EventKind = 27 // a claim was filed on the ticket
	EventClaimDecided     EventKind = 28 // one of its claims was approved or rejected
	EventClockStarted     EventKind = 30
	EventClockWarned      EventKind = 31
	EventClockFired       EventKind = 32
	EventClockEnded       EventKind = 33
	EventFiringRescinded  EventKind = 34
	EventEvidenceDisputed EventKind = 35

	EventClaimFiled       EventKind = 40
	EventClaimApproved    EventKind = 41
	EventClaimRejected    EventKind = 42
	EventClaimDuplicate   EventKind = 43 // an approval that does not stand
	EventWarrantyApproved EventKind = 44

	EventAccountOpened EventKind = 60
	EventGrantIssued   EventKind = 61
	EventGrantTaken    EventKind = 62
	EventCharged       EventKind = 63
	EventRefunded      EventKind = 64 // a charge that does not stand
	EventBreached      EventKind = 65 // free became negative

	EventProposed          EventKind = 100 // an engineer says it is solved
	EventProposalAccepted  EventKind = 101
	EventProposalRefused   EventKind = 102
	EventFinallyResponded  EventKind = 103 // the customer was told the result
	EventClosed            EventKind = 104
	EventReopened          EventKind = 105
	EventEscalationActedOn EventKind = 106
	EventDeEscalated       EventKind = 107
	EventClaimMoved        EventKind = 108 // one of its claims was amended, sent back, routed up, reversed
	EventClockReminded     EventKind = 110
	EventDisputeDecided    EventKind = 111
	EventClocksArchived    EventKind = 112 // ended clocks leave the body; the history keeps them

	EventClaimAmended     EventKind = 120
	EventClaimSentBack    EventKind = 121
	EventClaimRoutedUp    EventKind = 122
	EventApprovalReversed EventKind = 123

	EventGrantReturned  EventKind = 130
	EventReturnAsked    EventKind = 131
	EventAuthorityMoved EventKind = 132
	EventLimitSet       EventKind = 133
	EventWrittenOff     EventKind = 134
	EventGrantWithdrawn EventKind = 135 // it was never taken
)

var eventKindNames = map[EventKind]string{
	EventUnitDefined: "unit-defined", EventPersonDefined: "person-defined",
	EventDeviceEnrolled: "device-enrolled", EventDeviceRekeyed: "device-rekeyed", EventPolicyIssued: "policy-issued",
	EventDeviceForked: "device-forked", EventDeviceRevoked: "device-revoked", EventDeviceWiped: "device-wiped",
	EventCustomerKnown: "customer-known", EventCustomerAmended: "customer-amended",
	EventReaderAdded: "reader-added", EventReaderRemoved: "reader-removed",
	EventVehicleKnown: "vehicle-known", EventVehicleAmended: "vehicle-amended",
	EventTicketOpened: "opened", EventContacted: "contacted", EventPromised: "promised",
	EventDispatched: "dispatched", EventResponded: "responded", EventNoted: "noted",
	EventAmended: "amended", EventClaimAttached: "claim-attached", EventClaimDecided: "claim-decided",
	EventClockStarted: "clock-started", EventClockWarned: "clock-warned", EventClockFired: "clock-fired",
	EventClockEnded: "clock-ended", EventFiringRescinded: "firing-rescinded", EventEvidenceDisputed: "evidence-disputed",
	EventClaimFiled: "claim-filed", EventClaimApproved: "claim-approved", EventClaimRejected: "claim-rejected",
	EventClaimDuplicate: "claim-duplicate", EventWarrantyApproved: "warranty-approved",
	EventAccountOpened: "account-opened", EventGrantIssued: "grant-issued", EventGrantTaken: "grant-taken",
	EventCharged: "charged", EventRefunded: "refunded", EventBreached: "breached",
	EventProposed: "proposed", EventProposalAccepted: "proposal-accepted", EventProposalRefused: "proposal-refused",
	EventFinallyResponded: "finally-responded", EventClosed: "closed", EventReopened: "reopened",
	EventEscalationActedOn: "escalation-acted-on", EventDeEscalated: "de-escalated", EventClaimMoved: "claim-moved",
	EventClockReminded: "clock-reminded", EventDisputeDecided: "dispute-decided", EventClocksArchived: "clocks-archived",
	EventClaimAmended: "claim-amended", EventClaimSentBack: "claim-sent-back", EventClaimRoutedUp: "claim-routed-up",
	EventApprovalReversed: "approval-reversed", EventGrantReturned: "grant-returned", EventReturnAsked: "return-asked",
	EventAuthorityMoved: "authority-moved", EventLimitSet: "limit-set", EventWrittenOff: "written-off",
	EventGrantWithdrawn: "grant-withdrawn",
}

// String is the kind's name in logs and scenarios.
func (k EventKind) String() string { return nameOr(eventKindNames[k], "event", uint64(k)) }

func nameOr(name, what string, n uint64) string {
	if name == "" {
		return what + "-" + strconv.FormatUint(n, 10)
	}
	return name
}
