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
// Shares name; their amounts add up to what is approved, and they are all of Month.
type Approve struct {
	Claim   syncproto.ID    `cbor:"1,keyasint,omitzero"`
	Round   uint32          `cbor:"2,keyasint,omitempty"` // that the manager saw
	Amount  syncproto.Fen   `cbor:"3,keyasint,omitempty"` // that the manager saw
	Month   syncproto.Month `cbor:"4,keyasint,omitempty"` // whose authority is spent
	Reason  string          `cbor:"5,keyasint,omitempty"`
	Comment string          `cbor:"6,keyasint,omitempty"`
	// Less is what is approved where that is less than Amount; 0 approves all of it.
	Less syncproto.Fen `cbor:"7,keyasint,omitempty"`
}

// Amend asks for what a claim says to be changed. A changed amount voids an approval and
// opens a new round (§6).
type Amend struct {
	Claim  syncproto.ID  `cbor:"1,keyasint,omitzero"`
	Round  uint32        `cbor:"2,keyasint,omitempty"` // that the person saw
	Amount syncproto.Fen `cbor:"3,keyasint,omitempty"` // from now on; 0 for a warranty order
	What   string        `cbor:"4,keyasint,omitempty"` // from now on
	Reason string        `cbor:"5,keyasint,omitempty"`
	// Saw is what What was in front of the person; who did not see other words that somebody
	// wrote meanwhile does not replace them. Programs of the releases before do not say.
	Saw string `cbor:"6,keyasint,omitempty"`
	// Answers is the sending back that the person saw last; who did not see that the claim was sent
	// back meanwhile does not complete it.
	Answers syncproto.ID `cbor:"7,keyasint,omitzero"`
}

// SendBack asks for a claim to go back to whoever filed it, with what is wanting.
type SendBack struct {
	Claim   syncproto.ID `cbor:"1,keyasint,omitzero"`
	Round   uint32       `cbor:"2,keyasint,omitempty"`
	Comment string       `cbor:"3,keyasint,omitempty"`
}

// RouteUp asks for a claim to be decided by the service department.
type RouteUp struct {
	Claim  syncproto.ID `cbor:"1,keyasint,omitzero"`
	Round  uint32       `cbor:"2,keyasint,omitempty"`
	Reason string       `cbor:"3,keyasint,omitempty"`
}

// ApproveAbove asks for a claim that was routed up to be approved by the service
// department, on no manager's account.
type ApproveAbove struct {
	Claim   syncproto.ID  `cbor:"1,keyasint,omitzero"`
	Round   uint32        `cbor:"2,keyasint,omitempty"`
	Amount  syncproto.Fen `cbor:"3,keyasint,omitempty"` // that the person saw
	Less    syncproto.Fen `cbor:"4,keyasint,omitempty"` // as in Approve
	Reason  string        `cbor:"5,keyasint,omitempty"`
	Comment string        `cbor:"6,keyasint,omitempty"`
}

// Reverse asks for an approval to stand no longer: its amount goes back to the month it
// was booked in, and the claim begins a new round.
type Reverse struct {
	Claim    syncproto.ID `cbor:"1,keyasint,omitzero"`
	Round    uint32       `cbor:"2,keyasint,omitempty"`
	Approval syncproto.ID `cbor:"3,keyasint,omitzero"` // the approving command, so that no other is hit
	Reason   string       `cbor:"4,keyasint,omitempty"`
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

// Subject is the claim.
func (c Amend) Subject() syncproto.Ref { return Ref(c.Claim) }

// Subject is the claim.
func (c SendBack) Subject() syncproto.Ref { return Ref(c.Claim) }

// Subject is the claim.
func (c RouteUp) Subject() syncproto.Ref { return Ref(c.Claim) }

// Subject is the claim.
func (c ApproveAbove) Subject() syncproto.Ref { return Ref(c.Claim) }

// Subject is the claim.
func (c Reverse) Subject() syncproto.Ref { return Ref(c.Claim) }
