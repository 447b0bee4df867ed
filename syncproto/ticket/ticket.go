// Package ticket is the heart of the business: what a customer wants, who has it now, what
// was promised, and by when.
//
// It promises, in order of importance:
//
//  1. What happened is recorded, whatever the server thinks of it: opening, contacts,
//     promises, responses, proposals, final responses, notes and taking up an escalation are
//     facts (design §3). Where a fact meets a rule that would forbid it, it carries a remark.
//  2. Every department that a ticket is sent to answers for its own dispatch, from the
//     moment it was sent, and for no other (design §6).
//  3. A repeated call or promise never moves a deadline (requirements §4).
//  4. Only the seat closes, after the customer was told; an engineer's word that it is
//     solved stops no clock before the seat has accepted it (requirements §4, §7).
//  5. A mistyped field is put right only by someone who saw what stands there.
//  6. The body holds what decisions and lists need and stays under its limit with every
//     field full of Chinese; texts of contacts, responses and notes are in the history.
package ticket

import (
	"redress/syncproto"
	"redress/syncproto/customer"
	"redress/syncproto/escalation"
)

// Body is a ticket as it stands.
type Body struct {
	Number      string       `cbor:"1,keyasint,omitempty"` // K7MQ-00042; an attribute, never a key
	Channel     string       `cbor:"2,keyasint,omitempty"`
	Board       string       `cbor:"3,keyasint,omitempty"`
	Type        string       `cbor:"4,keyasint,omitempty"`
	Category    string       `cbor:"5,keyasint,omitempty"`
	Subject     string       `cbor:"6,keyasint,omitempty"`
	Description string       `cbor:"7,keyasint,omitempty"`
	Demand      string       `cbor:"8,keyasint,omitempty"` // what the customer asks for, 诉求期望
	Station     string       `cbor:"9,keyasint,omitempty"`
	Region      syncproto.ID `cbor:"10,keyasint,omitzero"` // unit
	CallCentre  syncproto.ID `cbor:"11,keyasint,omitzero"` // unit
	Customer    syncproto.ID `cbor:"12,keyasint,omitzero"`
	Vehicle     syncproto.ID `cbor:"13,keyasint,omitzero"`
	OpenedBy    syncproto.ID `cbor:"14,keyasint,omitzero"` // person
	OpenedOn    syncproto.ID `cbor:"15,keyasint,omitzero"` // device
	// FirstContact is when the customer first got in touch, and LastContact when last;
	// Contacts counts these, the opening included, our own calls not.
	FirstContact syncproto.Instant  `cbor:"16,keyasint,omitempty"`
	LastContact  syncproto.Instant  `cbor:"17,keyasint,omitempty"`
	Contacts     uint32             `cbor:"18,keyasint,omitempty"`
	Holder       syncproto.ID       `cbor:"19,keyasint,omitzero"` // unit it was dispatched to last
	Dispatches   uint32             `cbor:"20,keyasint,omitempty"`
	Clocks       []escalation.Clock `cbor:"21,keyasint,omitempty"` // in the order they started
	Claims       []syncproto.ID     `cbor:"22,keyasint,omitempty"`
	Policy       uint32             `cbor:"23,keyasint,omitempty"` // version it was opened under
	// Proposals are the engineers' words that it is solved, on which the seat has not
	// decided.
	Proposals []Proposal `cbor:"24,keyasint,omitempty"`
	// Resolved is when it was solved, as the seat accepted it; 0 while it is not.
	Resolved syncproto.Instant `cbor:"25,keyasint,omitempty"`
	// Responded is when the customer was told the result, and OutcomeRejected that the
	// customer did not accept it.
	Responded       syncproto.Instant `cbor:"26,keyasint,omitempty"`
	OutcomeRejected bool              `cbor:"27,keyasint,omitempty"`
	Closed          syncproto.Instant `cbor:"28,keyasint,omitempty"` // 0 while it is open
	Reopenings      uint32            `cbor:"29,keyasint,omitempty"`
	// ClosedFor is how long it was closed before it was reopened, in all.
	ClosedFor     syncproto.Span `cbor:"30,keyasint,omitempty"`
	DeEscalations uint32         `cbor:"31,keyasint,omitempty"`
	// ReopenedAt is the contact of the last reopening: what was answered before it is no
	// answer to it.
	ReopenedAt syncproto.Instant `cbor:"32,keyasint,omitempty"`
	// Referee is the unit that decides on disputed evidence, and sees the ticket for it.
	Referee syncproto.ID `cbor:"33,keyasint,omitzero"`
	// ClaimsWith is the unit that one of its claims was routed up to. It reads the ticket, not
	// the files of customer and car: it decides on money.
	ClaimsWith syncproto.ID `cbor:"34,keyasint,omitzero"`
	// Ahead are answers to what the ticket does not have, as a dispatch that a restored server
	// has not been handed again.
	Ahead []escalation.Ahead `cbor:"35,keyasint,omitempty"`
}

// Proposal is an engineer's word that the ticket is solved.
type Proposal struct {
	Command  syncproto.ID       `cbor:"1,keyasint,omitzero"` // that proposed; the seat's answer names it
	Person   syncproto.ID       `cbor:"2,keyasint,omitzero"`
	Unit     syncproto.ID       `cbor:"3,keyasint,omitzero"` // that held the ticket
	At       syncproto.Instant  `cbor:"4,keyasint,omitempty"`
	Within   syncproto.Interval `cbor:"5,keyasint,omitzero"`
	Known    syncproto.Instant  `cbor:"6,keyasint,omitempty"` // entry that brought it
	Resolves syncproto.ID       `cbor:"7,keyasint,omitzero"`  // cause of the resolution clock it is about
}

// Limits of a ticket, in runes for people and, where the text stands in the body, in three
// bytes for each of them, as Chinese takes.
const (
	MaxNumber      = 16
	MaxChoice      = 32   // channel, board, type, category
	MaxSubject     = 100  // runes
	MaxDescription = 1500 // runes
	MaxDemand      = 300  // runes
	MaxStation     = 100  // runes
	MaxDispatches  = 64   // then the ticket wants another way
	MaxPromises    = 8    // that run at once
	MaxProposals   = 4    // that wait at once
	MaxReason      = 300  // runes of why something is refused, handed back or decided
	MaxClaims      = 16
	// MaxPromiseAhead is how far off a promise may be due.
	MaxPromiseAhead = 366 * syncproto.Day
)

// Findings of tickets.
const (
	CodeNotYourUnit      syncproto.Code = "not-your-unit"       // the ticket, or the dispatch, is not with a unit of the person
	CodeForeignNumber    syncproto.Code = "foreign-number"      // the number, Text, is of another device; on record
	CodeNotADepartment   syncproto.Code = "not-a-department"    // tickets are dispatched to departments
	CodeNoSuchClock      syncproto.Code = "no-such-clock"       // it answers something the ticket does not have
	CodeTooManyDispatch  syncproto.Code = "too-many-dispatches" // MaxDispatches
	CodeTooManyPromises  syncproto.Code = "too-many-promises"   // MaxPromises; on record, without a clock
	CodeTooManyProposals syncproto.Code = "too-many-proposals"  // MaxProposals; on record, and not to be accepted
	CodeClosed           syncproto.Code = "closed"              // the ticket is closed; reopen it
	CodeNotClosed        syncproto.Code = "not-closed"          // only what is closed is reopened
	CodeNoSuchProposal   syncproto.Code = "no-such-proposal"    // the seat has decided on it, or it never was
	CodeProposalWaits    syncproto.Code = "proposal-waits"      // accept or refuse it first
	CodeNotTold          syncproto.Code = "not-told"            // the customer was not told the result
	CodeOutcomeRejected  syncproto.Code = "outcome-rejected"    // the customer does not accept the result
	CodePromiseOpen      syncproto.Code = "promise-open"        // a promise to the customer runs, due When
	CodeNotEscalated     syncproto.Code = "not-escalated"       // it was not escalated to the person
	CodeNotDisputed      syncproto.Code = "not-disputed"        // nothing is disputed there
	CodeClocksFull       syncproto.Code = "clocks-full"         // too much runs at once on the ticket
	CodePromiseOutOfTime syncproto.Code = "promise-out-of-time" // due before the first contact, or too far off; on record, with the nearest date
)

// Ref names a ticket's document.
func Ref(id syncproto.ID) syncproto.Ref {
	if id.IsZero() {
		return syncproto.Ref{}
	}
	return syncproto.Ref{Kind: syncproto.KindTicket, ID: id}
}

// Buckets are who sees a ticket: the call centre, the region, the unit that holds it, the one
// that a claim was routed up to, and whoever it was escalated to or decides a dispute on it.
func Buckets(_ syncproto.ID, body Body) []syncproto.Bucket {
	buckets := []syncproto.Bucket{syncproto.Bucket(body.CallCentre), syncproto.Bucket(body.Region),
		syncproto.Bucket(body.Holder), syncproto.Bucket(body.ClaimsWith)}
	for _, r := range readers(body) {
		buckets = append(buckets, syncproto.Bucket(r))
	}
	return buckets
}

// IsOpen says that the ticket is not closed.
func (b Body) IsOpen() bool { return b.Closed == 0 }

// NextDue is when the ticket's clocks want a tick; 0 for never.
func NextDue(body Body) syncproto.Instant { return escalation.NextDue(body.Clocks) }

// Deadline is the nearest due time that people see; 0 for none.
func Deadline(body Body) syncproto.Instant { return escalation.Deadline(body.Clocks) }

// WaitsFor is whose evidence the firing of what is due waits for, and since when. Clocks of
// the whole ticket wait for those who can solve it and those who can say that it is solved.
func WaitsFor(body Body, now syncproto.Instant) ([]syncproto.ID, syncproto.Instant) {
	named, since := escalation.WaitsFor(body.Clocks, now)
	var units []syncproto.ID
	for _, u := range named {
		if u.IsZero() {
			units = append(units, body.CallCentre, body.Holder)
			continue
		}
		units = append(units, u)
	}
	return units, since
}

// files are the documents of the ticket's customer and car.
func (b Body) files() []syncproto.Ref {
	return []syncproto.Ref{customer.Ref(b.Customer), customer.VehicleRef(b.Vehicle)}
}
