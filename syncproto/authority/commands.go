package authority

import "redress/syncproto"

// IssueGrant is the server's own command: give this incarnation what it should have of
// the month. It makes the account where there is none.
type IssueGrant struct {
	Manager     syncproto.ID    `cbor:"1,keyasint,omitzero"`
	Month       syncproto.Month `cbor:"2,keyasint,omitempty"`
	Device      syncproto.ID    `cbor:"3,keyasint,omitzero"`
	Incarnation syncproto.ID    `cbor:"4,keyasint,omitzero"`
	// Together are the manager's devices that are connected now, this one included: only
	// among these are shares evened out (design §5).
	Together []Holder `cbor:"5,keyasint,omitempty"`
}

// Holder is a device of a manager, with the incarnation that makes its commands.
type Holder struct {
	Device      syncproto.ID `cbor:"1,keyasint,omitzero"`
	Incarnation syncproto.ID `cbor:"2,keyasint,omitzero"`
}

// TakeGrant is the fact of a device taking a grant: it is spent only once the verdict on
// that arrived, so two copies of a disk cannot both have it (design §5).
type TakeGrant struct {
	Grant syncproto.ID    `cbor:"1,keyasint,omitzero"`
	Month syncproto.Month `cbor:"2,keyasint,omitempty"`
	// Manager is whose account the grant is of.
	Manager syncproto.ID `cbor:"3,keyasint,omitzero"`
}

// ReturnGrant is the fact of a device giving back a part of its grants: the intent's Shares
// say how much of each, now, and the device has subtracted it. It comes behind all the
// device's approvals, and what it keeps stays usable (design §5).
type ReturnGrant struct {
	Manager syncproto.ID    `cbor:"1,keyasint,omitzero"`
	Month   syncproto.Month `cbor:"2,keyasint,omitempty"`
	// Given is what the device has given back of each of these grants in all, this time
	// included: a copy of a disk that returns again must not be credited twice.
	Given []syncproto.Share `cbor:"3,keyasint,omitempty"`
}

// MoveAuthority asks for a month's authority to lie on one device, as before a trip; the
// others return theirs when they are connected. A zero To evens the shares out again.
type MoveAuthority struct {
	Manager syncproto.ID    `cbor:"1,keyasint,omitzero"`
	Month   syncproto.Month `cbor:"2,keyasint,omitempty"`
	To      syncproto.ID    `cbor:"3,keyasint,omitzero"` // device
}

// SetLimit asks for another limit of a manager's month. A raise counts at once; a cut
// counts as far as devices return what they hold (design §5).
type SetLimit struct {
	Manager syncproto.ID    `cbor:"1,keyasint,omitzero"`
	Month   syncproto.Month `cbor:"2,keyasint,omitempty"`
	Limit   syncproto.Fen   `cbor:"3,keyasint,omitempty"`
	Reason  string          `cbor:"4,keyasint,omitempty"`
	// Saw is the limit in front of the person, who does not replace another that somebody set
	// meanwhile. The command line does not say, nor do programs of the releases before.
	Saw syncproto.Fen `cbor:"5,keyasint,omitempty"`
}

// WriteOff asks for a grant to be given up as lost with its device. If it turns up used,
// its approvals are honoured and the breach is on record.
type WriteOff struct {
	Manager syncproto.ID    `cbor:"1,keyasint,omitzero"`
	Month   syncproto.Month `cbor:"2,keyasint,omitempty"`
	Grant   syncproto.ID    `cbor:"3,keyasint,omitzero"`
	Reason  string          `cbor:"4,keyasint,omitempty"`
}

// Subject is the account.
func (c IssueGrant) Subject() syncproto.Ref { return Ref(c.Manager, c.Month) }

// Subject is the account.
func (c TakeGrant) Subject() syncproto.Ref { return Ref(c.Manager, c.Month) }

// Subject is the account.
func (c ReturnGrant) Subject() syncproto.Ref { return Ref(c.Manager, c.Month) }

// Subject is the account.
func (c MoveAuthority) Subject() syncproto.Ref { return Ref(c.Manager, c.Month) }

// Subject is the account.
func (c SetLimit) Subject() syncproto.Ref { return Ref(c.Manager, c.Month) }

// Subject is the account.
func (c WriteOff) Subject() syncproto.Ref { return Ref(c.Manager, c.Month) }
