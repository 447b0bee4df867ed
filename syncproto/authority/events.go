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

// Returned is the event of a part of a grant given back.
type Returned struct {
	Grant syncproto.ID  `cbor:"1,keyasint,omitzero"`
	Now   syncproto.Fen `cbor:"2,keyasint,omitempty"` // stated this time
	Given syncproto.Fen `cbor:"3,keyasint,omitempty"` // stated in all
	// Credit is what went back to the account: less than Now where a copy of the device had
	// spent or returned it already.
	Credit syncproto.Fen `cbor:"4,keyasint,omitempty"`
}

// Asked is the event of a device asked to return a part of a grant.
type Asked struct {
	Grant  syncproto.ID  `cbor:"1,keyasint,omitzero"`
	Amount syncproto.Fen `cbor:"2,keyasint,omitempty"`
}

// Moved is the event of a month's authority moved to a device, or, without one, to be
// evened out again.
type Moved struct {
	To syncproto.ID      `cbor:"1,keyasint,omitzero"`
	By syncproto.ID      `cbor:"2,keyasint,omitzero"`
	At syncproto.Instant `cbor:"3,keyasint,omitempty"`
}

// LimitSet is the event of another limit.
type LimitSet struct {
	Limit    syncproto.Fen     `cbor:"1,keyasint,omitempty"`
	Reason   string            `cbor:"2,keyasint,omitempty"`
	By       syncproto.ID      `cbor:"3,keyasint,omitzero"`
	Operator string            `cbor:"4,keyasint,omitempty"` // where it was done on the command line
	At       syncproto.Instant `cbor:"5,keyasint,omitempty"`
}

// WrittenOff is the event of a grant given up as lost.
type WrittenOff struct {
	Grant    syncproto.ID      `cbor:"1,keyasint,omitzero"`
	Amount   syncproto.Fen     `cbor:"2,keyasint,omitempty"` // that was left of it
	Reason   string            `cbor:"3,keyasint,omitempty"`
	By       syncproto.ID      `cbor:"4,keyasint,omitzero"`
	Operator string            `cbor:"5,keyasint,omitempty"`
	At       syncproto.Instant `cbor:"6,keyasint,omitempty"`
}

// Withdrawn is the event of an untaken grant taken back from an incarnation that makes
// commands no more.
type Withdrawn struct {
	Grant syncproto.ID      `cbor:"1,keyasint,omitzero"`
	At    syncproto.Instant `cbor:"2,keyasint,omitempty"`
}

// Evolve applies an event to an account. After each, what a cut has not yet got back is at
// most what is still out above the limit.
func Evolve(body Body, event any) Body {
	if e, ok := event.(LimitSet); ok {
		out := min(body.InForce(), body.Spent()+body.Reserved())
		body.Limit, body.Above = e.Limit, max(0, out-e.Limit)
		return body
	}
	body = evolve(body, event)
	if body.Above > 0 {
		body.Above = max(0, min(body.Above, -body.Free()))
	}
	return body
}

func evolve(body Body, event any) Body {
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
	case Returned:
		body.Grants = changed(body.Grants, e.Grant, func(g *GrantState) {
			g.Returned += e.Credit
			g.Asked = max(g.Asked-e.Now, 0)
		})
	case Asked:
		body.Grants = changed(body.Grants, e.Grant, func(g *GrantState) { g.Asked = e.Amount })
	case Moved:
		body.To = e.To
	case WrittenOff:
		body.Grants = changed(body.Grants, e.Grant, func(g *GrantState) { g.WrittenOff += e.Amount })
	case Withdrawn:
		body.Grants = changed(body.Grants, e.Grant, func(g *GrantState) { g.Withdrawn = e.At })
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
