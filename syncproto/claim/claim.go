// Package claim is money and warranty orders asked for on a ticket, and what the regional
// manager decided.
//
// It promises, in order of importance:
//
//  1. An approval within its grant, on an unapproved claim of that amount, is accepted
//     however late it arrives (design §5; invariant 11).
//  2. A claim is paid once a round, however many people approved it. Every approval that
//     does not stand is charged to its grant and given back to its account, once, in the
//     entry that decides it, and shown to whoever gave it (invariant 12).
//  3. The decision names its business reason, and the approval carries the amount it saw.
//  4. At the tap, in front of the manager, a second approval is refused and not refunded.
//  5. What is above a manager's authority goes to the service department, and whoever
//     enters it knows so at once, and by how much (requirements §6).
//
// A claim lives in rounds: an amount that is changed and an approval that is reversed begin
// a new one, so that no late approval undoes either (counterexample A9).
package claim

import (
	"redress/syncproto"
	"redress/syncproto/ticket"
)

// Kind is what is asked for. Numbers are for ever.
type Kind uint8

// Kinds of claims.
const (
	Goodwill Kind = 1 // 特别理赔: an amount
	Warranty Kind = 2 // 包修单: a warranty repair order, without an amount
)

var kindNames = map[Kind]string{Goodwill: "goodwill", Warranty: "warranty"}

// String is the kind's name in scenarios, and in assets/words under "claim.<name>".
func (k Kind) String() string { return kindNames[k] }

// State is where a claim stands. Numbers are for ever.
type State uint8

// States.
const (
	StateFiled    State = 1
	StateApproved State = 2
	StateRejected State = 3
	StateReturned State = 4 // to whoever filed it, with what is wanting
	StateRoutedUp State = 5 // waits for the service department
)

var stateNames = map[State]string{StateFiled: "filed", StateApproved: "approved", StateRejected: "rejected",
	StateReturned: "returned", StateRoutedUp: "routed-up"}

// String is the state's name in scenarios, and in assets/words under "claim.<name>".
func (s State) String() string { return stateNames[s] }

// Body is a claim as it stands.
type Body struct {
	Ticket       syncproto.ID      `cbor:"1,keyasint,omitzero"`
	TicketNumber string            `cbor:"2,keyasint,omitempty"`
	Region       syncproto.ID      `cbor:"3,keyasint,omitzero"`
	CallCentre   syncproto.ID      `cbor:"4,keyasint,omitzero"`
	Kind         Kind              `cbor:"5,keyasint,omitempty"`
	Amount       syncproto.Fen     `cbor:"6,keyasint,omitempty"`
	What         string            `cbor:"7,keyasint,omitempty"`
	Station      string            `cbor:"8,keyasint,omitempty"`
	FiledBy      syncproto.ID      `cbor:"9,keyasint,omitzero"`
	FiledAt      syncproto.Instant `cbor:"10,keyasint,omitempty"`
	// Round counts the claim's lives from 1; an approval names the round it saw.
	Round     uint32   `cbor:"11,keyasint,omitempty"`
	State     State    `cbor:"12,keyasint,omitempty"`
	Approval  Decision `cbor:"13,keyasint,omitzero"`
	Rejection Decision `cbor:"14,keyasint,omitzero"`
	// SelfFiled says that who approved the claim also filed it; headquarters looks at such
	// (requirements §6).
	SelfFiled bool `cbor:"15,keyasint,omitempty"`
	// Duplicates counts approvals that do not stand.
	Duplicates uint32 `cbor:"16,keyasint,omitempty"`
	// Headquarters is the unit that also sees the claim: it may reverse an approval, and
	// decides what was routed up.
	Headquarters syncproto.ID `cbor:"17,keyasint,omitzero"`
	// Exceeds is by how much the amount is above a manager's monthly authority; such a claim
	// is routed up by itself.
	Exceeds syncproto.Fen `cbor:"18,keyasint,omitempty"`
	// Routed, Returned and Reversed are who last did that, why, and when; Routed is nobody's
	// where the claim went up by itself.
	Routed   Decision `cbor:"19,keyasint,omitzero"`
	Returned Decision `cbor:"20,keyasint,omitzero"`
	Reversed Decision `cbor:"21,keyasint,omitzero"`
}

// Decision is who decided a claim, and why.
type Decision struct {
	Command syncproto.ID      `cbor:"1,keyasint,omitzero"`
	Person  syncproto.ID      `cbor:"2,keyasint,omitzero"`
	Amount  syncproto.Fen     `cbor:"3,keyasint,omitempty"`
	Reason  string            `cbor:"4,keyasint,omitempty"`
	Comment string            `cbor:"5,keyasint,omitempty"`
	At      syncproto.Instant `cbor:"6,keyasint,omitempty"` // when the person did it
	// Month is whose authority an approval was charged to.
	Month syncproto.Month `cbor:"7,keyasint,omitempty"`
	// Above says that the service department approved, on no manager's account.
	Above bool `cbor:"8,keyasint,omitempty"`
	// Waited is for whom the claim waited when it was decided, where that was not a manager: it was sent
	// back or routed up.
	Waited State `cbor:"9,keyasint,omitempty"`
}

// MonthCharged is whose authority an approval was charged to. Approvals of the first release
// do not say; they were charged to the month they were given in.
func (d Decision) MonthCharged() syncproto.Month {
	if d.Month != 0 {
		return d.Month
	}
	return syncproto.MonthOf(d.At)
}

// Limits of a claim.
const (
	MaxWhat    = 300 // runes
	MaxReason  = 100 // runes
	MaxComment = 500 // runes
)

// Findings of claims.
const (
	CodeWrongKind     syncproto.Code = "wrong-claim-kind"   // a warranty order is no amount, and the other way round
	CodeDecided       syncproto.Code = "decided"            // somebody (Person) has decided the claim already
	CodeDuplicate     syncproto.Code = "duplicate-refunded" // paid by another approval (Person); Amount went back to the account
	CodeAmountChanged syncproto.Code = "amount-changed"     // the claim says Amount; what was approved went back to the account
	CodeWasRejected   syncproto.Code = "was-rejected"       // stands, though somebody (Person) had rejected it
	CodeClaimRefused  syncproto.Code = "claim-refused"      // the claim was never filed; Amount went back to the account
	CodeOtherRegion   syncproto.Code = "other-region"       // the ticket is not of the person's region
	CodeSentBack      syncproto.Code = "sent-back"          // somebody (Person) has sent the claim back, with Text
	CodeRoutedUp      syncproto.Code = "routed-up"          // the claim waits for the service department
	CodeNotRoutedUp   syncproto.Code = "not-routed-up"      // the claim waits for a manager
	CodeWasSentBack   syncproto.Code = "was-sent-back"      // stands, though somebody (Person) had sent it back
	CodeWasRoutedUp   syncproto.Code = "was-routed-up"      // stands, though it had been routed up
	CodeNotApproved   syncproto.Code = "not-approved"       // there is no such approval to reverse
	CodeBadLess       syncproto.Code = "bad-less"           // what is approved of it must lie below Amount
	CodeTooManyClaims syncproto.Code = "too-many-claims"    // ticket.MaxClaims
	CodeBadAmount     syncproto.Code = "bad-amount"         // nothing, negative, or over syncproto.MaxAmount
)

// Overdrawn is the Field of a CodeDuplicate or CodeAmountChanged of an approval whose grant had
// less left (authority.Overdraws): it costs nothing, and nothing becomes free by that.
const Overdrawn = "overdrawn"

// Ref names a claim's document.
func Ref(id syncproto.ID) syncproto.Ref {
	if id.IsZero() {
		return syncproto.Ref{}
	}
	return syncproto.Ref{Kind: syncproto.KindClaim, ID: id}
}

// Buckets are who sees a claim: the ticket's region and call centre, and headquarters.
func Buckets(_ syncproto.ID, body Body) []syncproto.Bucket {
	return []syncproto.Bucket{syncproto.Bucket(body.Region), syncproto.Bucket(body.CallCentre), syncproto.Bucket(body.Headquarters)}
}

// TicketRef is the ticket the claim was filed on.
func (b Body) TicketRef() syncproto.Ref { return ticket.Ref(b.Ticket) }

// Open says that the claim waits for somebody: a manager, the service department, or who
// filed it.
func (b Body) Open() bool { return b.State != StateApproved && b.State != StateRejected }

// waited is for whom the claim waits, or waited before it was decided, as a decision says it.
func (b Body) waited() State {
	switch b.State {
	case StateApproved:
		return b.Approval.Waited
	case StateRejected:
		return b.Rejection.Waited
	case StateReturned, StateRoutedUp:
		return b.State
	case StateFiled:
	}
	return 0
}

// ForManager says that the claim waits for a manager of the region.
func (b Body) ForManager() bool { return b.State == StateFiled }
