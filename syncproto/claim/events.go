package claim

import "redress/syncproto"

// Filed is the event of a new claim.
type Filed struct {
	Ticket       syncproto.ID      `cbor:"1,keyasint,omitzero"`
	TicketNumber string            `cbor:"2,keyasint,omitempty"`
	Region       syncproto.ID      `cbor:"3,keyasint,omitzero"`
	CallCentre   syncproto.ID      `cbor:"4,keyasint,omitzero"`
	Kind         Kind              `cbor:"5,keyasint,omitempty"`
	Amount       syncproto.Fen     `cbor:"6,keyasint,omitempty"`
	What         string            `cbor:"7,keyasint,omitempty"`
	Station      string            `cbor:"8,keyasint,omitempty"`
	By           syncproto.ID      `cbor:"9,keyasint,omitzero"`
	At           syncproto.Instant `cbor:"10,keyasint,omitempty"`
}

// Approved is the event of the approval that pays the claim in its round.
type Approved struct {
	Decision  Decision `cbor:"1,keyasint,omitzero"`
	Round     uint32   `cbor:"2,keyasint,omitempty"`
	SelfFiled bool     `cbor:"3,keyasint,omitempty"`
}

// WarrantyApproved is the event of a warranty repair order approved.
type WarrantyApproved struct {
	Decision  Decision `cbor:"1,keyasint,omitzero"`
	Round     uint32   `cbor:"2,keyasint,omitempty"`
	SelfFiled bool     `cbor:"3,keyasint,omitempty"`
}

// Rejected is the event of a claim rejected.
type Rejected struct {
	Decision Decision `cbor:"1,keyasint,omitzero"`
	Round    uint32   `cbor:"2,keyasint,omitempty"`
}

// Duplicate is the event of an approval that does not stand.
type Duplicate struct {
	Decision Decision       `cbor:"1,keyasint,omitzero"`
	Round    uint32         `cbor:"2,keyasint,omitempty"` // that it saw
	Why      syncproto.Code `cbor:"3,keyasint,omitempty"` // CodeDuplicate or CodeAmountChanged
}

// Evolve applies an event to a claim.
func Evolve(body Body, event any) Body {
	switch e := event.(type) {
	case Filed:
		return Body{Ticket: e.Ticket, TicketNumber: e.TicketNumber, Region: e.Region, CallCentre: e.CallCentre,
			Kind: e.Kind, Amount: e.Amount, What: e.What, Station: e.Station, FiledBy: e.By, FiledAt: e.At,
			Round: 1, State: StateFiled}
	case Approved:
		body.State, body.Approval, body.SelfFiled = StateApproved, e.Decision, e.SelfFiled
	case WarrantyApproved:
		body.State, body.Approval, body.SelfFiled = StateApproved, e.Decision, e.SelfFiled
	case Rejected:
		body.State, body.Rejection = StateRejected, e.Decision
	case Duplicate:
		body.Duplicates++
	}
	return body
}
