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
	Headquarters syncproto.ID      `cbor:"11,keyasint,omitzero"` // that also sees it
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

// Amended is the event of what a claim says changed. Where it opens a new round the claim
// is undecided in it, and Voids is the approval that stands no longer.
type Amended struct {
	Amount syncproto.Fen     `cbor:"1,keyasint,omitempty"`
	What   string            `cbor:"2,keyasint,omitempty"`
	Reason string            `cbor:"3,keyasint,omitempty"`
	By     syncproto.ID      `cbor:"4,keyasint,omitzero"`
	At     syncproto.Instant `cbor:"5,keyasint,omitempty"`
	Round  uint32            `cbor:"6,keyasint,omitempty"` // from now on
	State  State             `cbor:"7,keyasint,omitempty"` // from now on
	Voids  syncproto.ID      `cbor:"8,keyasint,omitzero"`  // command
}

// SentBack is the event of a claim gone back to whoever filed it; the decision's comment
// says what is wanting.
type SentBack struct {
	Decision Decision `cbor:"1,keyasint,omitzero"`
	Round    uint32   `cbor:"2,keyasint,omitempty"`
}

// RoutedUp is the event of a claim gone to the service department. It is nobody's decision
// where the amount itself Exceeds a manager's authority.
type RoutedUp struct {
	Decision     Decision      `cbor:"1,keyasint,omitzero"`
	Round        uint32        `cbor:"2,keyasint,omitempty"`
	Exceeds      syncproto.Fen `cbor:"3,keyasint,omitempty"`
	Headquarters syncproto.ID  `cbor:"4,keyasint,omitzero"`
}

// Reversed is the event of an approval that stands no longer.
type Reversed struct {
	Decision Decision     `cbor:"1,keyasint,omitzero"` // who reversed, with the amount that went back
	Approval syncproto.ID `cbor:"2,keyasint,omitzero"` // command
	Round    uint32       `cbor:"3,keyasint,omitempty"`
	State    State        `cbor:"4,keyasint,omitempty"` // waits again for whom it had waited for
}

// Evolve applies an event to a claim.
func Evolve(body Body, event any) Body {
	switch e := event.(type) {
	case Filed:
		return Body{Ticket: e.Ticket, TicketNumber: e.TicketNumber, Region: e.Region, CallCentre: e.CallCentre,
			Kind: e.Kind, Amount: e.Amount, What: e.What, Station: e.Station, FiledBy: e.By, FiledAt: e.At,
			Round: 1, State: StateFiled, Headquarters: e.Headquarters}
	case Approved:
		body.State, body.Approval, body.SelfFiled = StateApproved, e.Decision, e.SelfFiled
	case WarrantyApproved:
		body.State, body.Approval, body.SelfFiled = StateApproved, e.Decision, e.SelfFiled
	case Rejected:
		body.State, body.Rejection = StateRejected, e.Decision
	case Duplicate:
		body.Duplicates++
	case Amended:
		if e.Round != body.Round {
			body.Approval, body.Rejection, body.SelfFiled, body.Exceeds = Decision{}, Decision{}, false, 0
		}
		if body.Approval.Waited == StateReturned { // what was wanting has come
			body.Approval.Waited = 0
		}
		body.Amount, body.What, body.Round, body.State = e.Amount, e.What, e.Round, e.State
	case SentBack:
		body.State, body.Returned = StateReturned, e.Decision
	case RoutedUp:
		body.State, body.Routed, body.Exceeds = StateRoutedUp, e.Decision, e.Exceeds
		body.Headquarters = e.Headquarters
	case Reversed:
		body.Approval, body.SelfFiled = Decision{}, false
		body.Reversed, body.Round, body.State = e.Decision, e.Round, e.State
	}
	return body
}
