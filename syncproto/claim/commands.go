package claim

import "redress/syncproto"

// File asks for something on a ticket. The desk chooses the id.
type File struct {
	ID      syncproto.ID  `cbor:"1,keyasint,omitzero"`
	Ticket  syncproto.ID  `cbor:"2,keyasint,omitzero"`
	Kind    Kind          `cbor:"3,keyasint,omitempty"`
	Amount  syncproto.Fen `cbor:"4,keyasint,omitempty"` // of Goodwill; 0 for Warranty
	What    string        `cbor:"5,keyasint,omitempty"`
	Station string        `cbor:"6,keyasint,omitempty"`
}

// Approve is the fact of a goodwill claim approved under the grants that the intent's
// Shares name; their amounts add up to Amount and they are all of Month.
type Approve struct {
	Claim   syncproto.ID    `cbor:"1,keyasint,omitzero"`
	Round   uint32          `cbor:"2,keyasint,omitempty"` // that the manager saw
	Amount  syncproto.Fen   `cbor:"3,keyasint,omitempty"` // that the manager saw
	Month   syncproto.Month `cbor:"4,keyasint,omitempty"` // whose authority is spent
	Reason  string          `cbor:"5,keyasint,omitempty"`
	Comment string          `cbor:"6,keyasint,omitempty"`
}

// Reject asks for a claim, of either kind, to be rejected.
type Reject struct {
	Claim  syncproto.ID `cbor:"1,keyasint,omitzero"`
	Round  uint32       `cbor:"2,keyasint,omitempty"`
	Reason string       `cbor:"3,keyasint,omitempty"`
}

// ApproveWarranty is the fact of a warranty repair order approved under the grant of kind
// right that the intent's one Share names, with amount 0.
type ApproveWarranty struct {
	Claim  syncproto.ID    `cbor:"1,keyasint,omitzero"`
	Round  uint32          `cbor:"2,keyasint,omitempty"`
	Month  syncproto.Month `cbor:"3,keyasint,omitempty"`
	Reason string          `cbor:"4,keyasint,omitempty"`
}

// Subject is the claim.
func (c File) Subject() syncproto.Ref { return Ref(c.ID) }

// Subject is the claim, never the account: one approval that parks must not hold up the
// manager's others (design §3).
func (c Approve) Subject() syncproto.Ref { return Ref(c.Claim) }

// Subject is the claim.
func (c Reject) Subject() syncproto.Ref { return Ref(c.Claim) }

// Subject is the claim.
func (c ApproveWarranty) Subject() syncproto.Ref { return Ref(c.Claim) }
