package ticket

import (
	"redress/syncproto"
	"redress/syncproto/customer"
)

// Open is the fact of a ticket opened. The desk chooses the id and the number.
type Open struct {
	ID          syncproto.ID    `cbor:"1,keyasint,omitzero"`
	Number      string          `cbor:"2,keyasint,omitempty"`
	Channel     string          `cbor:"3,keyasint,omitempty"`
	Board       string          `cbor:"4,keyasint,omitempty"`
	Type        string          `cbor:"5,keyasint,omitempty"`
	Category    string          `cbor:"6,keyasint,omitempty"`
	Subject     string          `cbor:"7,keyasint,omitempty"`
	Description string          `cbor:"8,keyasint,omitempty"`
	Demand      string          `cbor:"9,keyasint,omitempty"`
	Station     string          `cbor:"10,keyasint,omitempty"`
	Region      syncproto.ID    `cbor:"11,keyasint,omitzero"` // unit
	CallCentre  syncproto.ID    `cbor:"12,keyasint,omitzero"` // unit
	Customer    customer.Caller `cbor:"13,keyasint,omitzero"`
	Vehicle     customer.Car    `cbor:"14,keyasint,omitzero"` // may be left out
}

// Direction tells the customer's contacts from our own calls.
type Direction uint8

// Directions.
const (
	Inbound  Direction = 1 // the customer got in touch
	Outbound Direction = 2 // we did
)

// Contact is the fact of a contact with the customer.
type Contact struct {
	Ticket    syncproto.ID `cbor:"1,keyasint,omitzero"`
	Direction Direction    `cbor:"2,keyasint,omitempty"`
	Channel   string       `cbor:"3,keyasint,omitempty"`
	Text      string       `cbor:"4,keyasint,omitempty"`
	// Fulfils is the cause of the promise that this call of ours keeps; none if zero.
	Fulfils syncproto.ID `cbor:"5,keyasint,omitzero"`
}

// Promise is the fact of something promised to the customer.
type Promise struct {
	Ticket syncproto.ID `cbor:"1,keyasint,omitzero"`
	What   string       `cbor:"2,keyasint,omitempty"`
	// Due is the date that was named; zero means the call within the policy's limit after
	// the first contact.
	Due syncproto.Instant `cbor:"3,keyasint,omitempty"`
}

// Dispatch asks for the ticket to be sent to a department.
type Dispatch struct {
	Ticket syncproto.ID `cbor:"1,keyasint,omitzero"`
	Unit   syncproto.ID `cbor:"2,keyasint,omitzero"`
	Note   string       `cbor:"3,keyasint,omitempty"`
}

// Respond is the fact of a department's answer to one dispatch, named by the cause of its
// clock.
type Respond struct {
	Ticket syncproto.ID `cbor:"1,keyasint,omitzero"`
	Cause  syncproto.ID `cbor:"2,keyasint,omitzero"`
	Text   string       `cbor:"3,keyasint,omitempty"`
}

// Note is the fact of a note for the ticket's readers.
type Note struct {
	Ticket syncproto.ID `cbor:"1,keyasint,omitzero"`
	Text   string       `cbor:"2,keyasint,omitempty"`
}

// Amend asks for a mistyped field to be put right. It is refused where the field does not
// read Old any more. For FieldPhone an empty Old adds a number, an empty New takes one
// away.
type Amend struct {
	Ticket syncproto.ID `cbor:"1,keyasint,omitzero"`
	Field  string       `cbor:"2,keyasint,omitempty"`
	Old    string       `cbor:"3,keyasint,omitempty"`
	New    string       `cbor:"4,keyasint,omitempty"`
}

// The fields that can be amended; their names in assets/words. Those of the customer are
// customer.FieldName and customer.FieldPhone.
const (
	FieldSubject     = "subject"
	FieldDescription = "description"
	FieldDemand      = "demand"
	FieldStation     = "station"
	FieldCategory    = "category"
)

// Subject is the ticket.
func (c Contact) Subject() syncproto.Ref { return Ref(c.Ticket) }

// Subject is the ticket.
func (c Promise) Subject() syncproto.Ref { return Ref(c.Ticket) }

// Subject is the ticket.
func (c Dispatch) Subject() syncproto.Ref { return Ref(c.Ticket) }

// Subject is the ticket.
func (c Respond) Subject() syncproto.Ref { return Ref(c.Ticket) }

// Subject is the ticket.
func (c Note) Subject() syncproto.Ref { return Ref(c.Ticket) }

// Subject is the ticket.
func (c Amend) Subject() syncproto.Ref { return Ref(c.Ticket) }
