package authority

import (
	"slices"

	"redress/syncproto"
)

// Opened is the event of a new account.
type Opened struct {
	Manager      syncproto.ID    `cbor:"1,keyasint,omitzero"`
	Month        syncproto.Month `cbor:"2,keyasint,omitempty"`
	Limit        syncproto.Fen   `cbor:"3,keyasint,omitempty"`
	Headquarters syncproto.ID    `cbor:"4,keyasint,omitzero"`
	Policy       uint32          `cbor:"5,keyasint,omitempty"` // version the limit is from
}

// Issued is the event of a grant made for a device.
type Issued struct {
	ID          syncproto.ID        `cbor:"1,keyasint,omitzero"`
	Kind        syncproto.GrantKind `cbor:"2,keyasint,omitempty"`
	Amount      syncproto.Fen       `cbor:"3,keyasint,omitempty"`
	Device      syncproto.ID        `cbor:"4,keyasint,omitzero"`
	Incarnation syncproto.ID        `cbor:"5,keyasint,omitzero"`
	NotBefore   syncproto.Instant   `cbor:"6,keyasint,omitempty"`
}

// Taken is the event of a grant taken by its device.
type Taken struct {
	Grant syncproto.ID      `cbor:"1,keyasint,omitzero"`
	At    syncproto.Instant `cbor:"2,keyasint,omitempty"` // of the entry
}

// Charged is the event of an approval: each share is charged to its grant.
type Charged struct {
	Command syncproto.ID      `cbor:"1,keyasint,omitzero"` // the approval
	Claim   syncproto.ID      `cbor:"2,keyasint,omitzero"`
	Shares  []syncproto.Share `cbor:"3,keyasint,omitempty"`
}

// Refunded is the event of a charge that does not stand.
type Refunded struct {
	Command syncproto.ID  `cbor:"1,keyasint,omitzero"` // the approval
	Claim   syncproto.ID  `cbor:"2,keyasint,omitzero"`
	Amount  syncproto.Fen `cbor:"3,keyasint,omitempty"`
}

// Breached is the event of an entry that took more than there was.
type Breached struct {
	Command syncproto.ID  `cbor:"1,keyasint,omitzero"`
	By      syncproto.Fen `cbor:"2,keyasint,omitempty"` // how much further below nothing
}

// Evolve applies an event to an account.
func Evolve(body Body, event any) Body {
	switch e := event.(type) {
	case Opened:
		return Body{Manager: e.Manager, Month: e.Month, Limit: e.Limit, Headquarters: e.Headquarters}
	case Issued:
		body.Grants = append(slices.Clone(body.Grants), GrantState{ID: e.ID, Kind: e.Kind, Amount: e.Amount,
			Device: e.Device, Incarnation: e.Incarnation, NotBefore: e.NotBefore})
	case Taken:
		body.Grants = changed(body.Grants, e.Grant, func(g *GrantState) { g.Taken = e.At })
	case Charged:
		for _, share := range e.Shares {
			body.Grants = changed(body.Grants, share.Grant, func(g *GrantState) { g.Charged += share.Amount })
		}
	case Refunded:
		body.Refunded += e.Amount
	case Breached:
		body.Breaches++
	}
	return body
}

// changed is the grants with one of them changed, on a copy. A grant the account does not
// have changes nothing.
func changed(grants []GrantState, id syncproto.ID, change func(*GrantState)) []GrantState {
	next := slices.Clone(grants)
	for i := range next {
		if next[i].ID == id {
			change(&next[i])
		}
	}
	return next
}
