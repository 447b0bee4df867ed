// Package ticket is the heart of the business: what a customer wants, who has it now, what
// was promised, and by when.
//
// It promises, in order of importance:
//
//  1. What happened is recorded, whatever the server thinks of it: opening, contacts,
//     promises, responses and notes are facts (design §3). Where a fact meets a rule that
//     would forbid it, it carries a remark.
//  2. Every department that a ticket is sent to answers for its own dispatch, from the
//     moment it was sent, and for no other (design §6).
//  3. A repeated call or promise never moves a deadline (requirements §4).
//  4. A mistyped field is put right only by someone who saw what stands there.
//  5. The body holds what decisions and lists need and stays under its limit with every
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
	MaxDispatches  = 16   // response clocks; then the ticket wants another way
	MaxPromises    = 8    // promise clocks
	MaxClaims      = 16
	// MaxPromiseAhead is how far off a promise may be due.
	MaxPromiseAhead = 366 * syncproto.Day
)

// Findings of tickets.
const (
	CodeNotYourUnit      syncproto.Code = "not-your-unit"       // the ticket, or the dispatch, is not with a unit of the person
	CodeNotADepartment   syncproto.Code = "not-a-department"    // tickets are dispatched to departments
	CodeNoSuchClock      syncproto.Code = "no-such-clock"       // it answers something the ticket does not have
	CodeTooManyDispatch  syncproto.Code = "too-many-dispatches" // MaxDispatches
	CodeTooManyPromises  syncproto.Code = "too-many-promises"   // MaxPromises; on record, without a clock
	CodePromiseOutOfTime syncproto.Code = "promise-out-of-time" // due before the first contact, or too far off
)

// Ref names a ticket's document.
func Ref(id syncproto.ID) syncproto.Ref {
	if id.IsZero() {
		return syncproto.Ref{}
	}
	return syncproto.Ref{Kind: syncproto.KindTicket, ID: id}
}

// Buckets are who sees a ticket: the call centre, the region, and the unit that holds it.
func Buckets(_ syncproto.ID, body Body) []syncproto.Bucket {
	return []syncproto.Bucket{syncproto.Bucket(body.CallCentre), syncproto.Bucket(body.Region), syncproto.Bucket(body.Holder)}
}

// NextDue is when the ticket's clocks want a tick; 0 for never.
func NextDue(body Body) syncproto.Instant { return escalation.NextDue(body.Clocks) }

// Deadline is the nearest due time that people see; 0 for none.
func Deadline(body Body) syncproto.Instant { return escalation.Deadline(body.Clocks) }

// WaitsFor is whose evidence the firing of what is due waits for, and since when.
func WaitsFor(body Body, now syncproto.Instant) ([]syncproto.ID, syncproto.Instant) {
	return escalation.WaitsFor(body.Clocks, now)
}

// refs are the ticket's own document and those of its customer and car.
func (b Body) files() []syncproto.Ref {
	return []syncproto.Ref{customer.Ref(b.Customer), customer.VehicleRef(b.Vehicle)}
}
