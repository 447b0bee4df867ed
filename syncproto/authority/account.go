// Package authority is what a regional manager may spend in a month, and how that is
// handed to a device so that it can be spent without a line.
//
// It promises, in order of importance:
//
//  1. No clock, partition, crash or duplicate lets the approvals of a month exceed its
//     limit (design §5). An approval names the grants it charges and charges them whatever
//     a clock says, whatever its verdict, and whatever became of the grant.
//  2. What is free is computed from what is recorded, never stored, so that no order of
//     entries makes money: free = limit − spent − reserved.
//  3. Every entry that makes free fall below nothing is a breach on record.
//  4. A hard stop at the tap, to the fen: exactly the limit is allowed, 0.01 more is not
//     (requirements §6).
//
// An account is one manager's one calendar month in Asia/Shanghai; what is left of it
// lapses.
package authority

import (
	"slices"

	"redress/syncproto"
)

// Body is an account.
type Body struct {
	Manager syncproto.ID    `cbor:"1,keyasint,omitzero"`
	Month   syncproto.Month `cbor:"2,keyasint,omitempty"`
	Limit   syncproto.Fen   `cbor:"3,keyasint,omitempty"` // that was asked for
	Grants  []GrantState    `cbor:"4,keyasint,omitempty"` // in the order they were issued
	// Refunded is the sum of charges that do not stand.
	Refunded syncproto.Fen `cbor:"5,keyasint,omitempty"`
	Breaches uint32        `cbor:"6,keyasint,omitempty"`
	// Headquarters is the unit that also sees the account; none if zero.
	Headquarters syncproto.ID `cbor:"7,keyasint,omitzero"`
	// To is the device the manager asked the authority to lie on; zero: shares are evened
	// out.
	To syncproto.ID `cbor:"8,keyasint,omitzero"`
	// Above is by how much the limit in force is still above Limit: what a cut has not yet
	// got back from spent and reserved (design §5, "a cut is remembered"). It only falls,
	// but for another cut.
	Above syncproto.Fen `cbor:"9,keyasint,omitempty"`
}

// GrantState is a grant and what became of it.
type GrantState struct {
	ID          syncproto.ID        `cbor:"1,keyasint,omitzero"`
	Kind        syncproto.GrantKind `cbor:"2,keyasint,omitempty"`
	Amount      syncproto.Fen       `cbor:"3,keyasint,omitempty"`
	Charged     syncproto.Fen       `cbor:"4,keyasint,omitempty"`
	Device      syncproto.ID        `cbor:"5,keyasint,omitzero"`
	Incarnation syncproto.ID        `cbor:"6,keyasint,omitzero"`
	Taken       syncproto.Instant   `cbor:"7,keyasint,omitempty"` // entry of the taking; 0 before
	NotBefore   syncproto.Instant   `cbor:"8,keyasint,omitempty"`
	// Returned is what went back to the account, and WrittenOff what was given up as lost.
	Returned   syncproto.Fen `cbor:"9,keyasint,omitempty"`
	WrittenOff syncproto.Fen `cbor:"10,keyasint,omitempty"`
	// Withdrawn is when an untaken grant of a replaced incarnation was taken back.
	Withdrawn syncproto.Instant `cbor:"11,keyasint,omitempty"`
	// Asked is what the server asked the device to return, and has not had.
	Asked syncproto.Fen `cbor:"12,keyasint,omitempty"`
}

// Spent is what the approvals that stand have cost.
func (b Body) Spent() syncproto.Fen {
	var charged syncproto.Fen
	for _, g := range b.Grants {
		charged += g.Charged
	}
	return charged - b.Refunded
}

// Reserved is what devices may still spend: of each grant what is neither charged nor
// known to be gone.
func (b Body) Reserved() syncproto.Fen {
	var reserved syncproto.Fen
	for _, g := range b.Grants {
		reserved += g.Left()
	}
	return reserved
}

// Free is what can still be granted; negative after a breach or a cut.
func (b Body) Free() syncproto.Fen { return b.Limit - b.Spent() - b.Reserved() }

// InForce is the limit that counts: the one asked for, or, after a cut, what was out
// already and has not come back.
func (b Body) InForce() syncproto.Fen { return b.Limit + b.Above }

// Over is by how much spent and reserved exceed the limit in force; negative where they do
// not. What it rises by above nothing is a breach.
func (b Body) Over() syncproto.Fen { return b.Spent() + b.Reserved() - b.InForce() }

// Left is what of the grant its device may still spend, as far as the account knows:
// nothing of one that was withdrawn; else what is not charged, returned or written off.
func (g GrantState) Left() syncproto.Fen {
	if g.Withdrawn != 0 {
		return 0
	}
	return max(g.Amount-g.Returned-g.WrittenOff-g.Charged, 0)
}

// Dead says that the grant was written off or withdrawn: nothing more is offered from it
// and nothing comes back. What is charged to it all the same is honoured.
func (g GrantState) Dead() bool { return g.WrittenOff > 0 || g.Withdrawn != 0 }

// Open is what the device was asked for and can still return.
func (g GrantState) Open() syncproto.Fen {
	if g.Dead() {
		return 0
	}
	return min(g.Asked, g.Left())
}

// Grant looks up a grant of the account.
func (b Body) Grant(id syncproto.ID) (GrantState, bool) {
	at := slices.IndexFunc(b.Grants, func(g GrantState) bool { return g.ID == id })
	if at < 0 {
		return GrantState{}, false
	}
	return b.Grants[at], true
}

// MaxGrants is how many grants an account can have; then nothing more is issued in its
// month. From MaxEvened on no device is asked for a share any more: what is left is for
// money that comes back by itself.
const (
	MaxGrants = 100
	MaxEvened = 80
)

// MaxReason is how long the reason of a limit or a write-off may be, in runes.
const MaxReason = 100

// Findings of authority.
const (
	CodeNoSuchGrant  syncproto.Code = "no-such-grant"     // not issued to this device, or of another kind
	CodeSharesDiffer syncproto.Code = "shares-differ"     // the shares do not add up to the amount
	CodeExceeds      syncproto.Code = "exceeds-authority" // by Amount
	CodeBreach       syncproto.Code = "breach"            // the account is overdrawn by Amount more
	CodeGrantDead    syncproto.Code = "grant-dead"        // written off or withdrawn
	CodeNothingLeft  syncproto.Code = "nothing-left"      // of the grant to be written off
	CodeMonthClosed  syncproto.Code = "month-closed"      // only the running and the next month can be changed
	CodeOtherAccount syncproto.Code = "other-account"     // the account is not the person's own
	CodeNotManager   syncproto.Code = "not-a-manager"     // the person has no authority of their own
	CodeBadLimit     syncproto.Code = "bad-limit"         // negative, or over syncproto.MaxAmount
)

// Ref names the account of a manager and a month.
func Ref(manager syncproto.ID, month syncproto.Month) syncproto.Ref {
	return syncproto.Ref{Kind: syncproto.KindAccount, ID: syncproto.Derive("account", manager, syncproto.NumberedID(uint64(month)))}
}

// Buckets are who sees an account: the manager, and headquarters.
func Buckets(_ syncproto.ID, body Body) []syncproto.Bucket {
	return []syncproto.Bucket{syncproto.Bucket(body.Manager), syncproto.Bucket(body.Headquarters)}
}

// Offered are the grants of an account that were issued to the incarnation and not taken
// yet.
func Offered(account syncproto.Ref, body Body, incarnation syncproto.ID) []syncproto.Grant {
	var offered []syncproto.Grant
	for _, g := range body.Grants {
		if g.Incarnation == incarnation && g.Taken == 0 && !g.Dead() {
			offered = append(offered, syncproto.Grant{ID: g.ID, Account: account, Manager: body.Manager, Month: body.Month,
				Kind: g.Kind, Amount: g.Amount, Device: g.Device, Incarnation: g.Incarnation, NotBefore: g.NotBefore})
		}
	}
	return offered
}

// AskedOf is what the incarnation was asked to return and has not, of each grant; at most
// as many grants as one command can name.
func AskedOf(body Body, incarnation syncproto.ID) []syncproto.Share {
	var asked []syncproto.Share
	for _, g := range body.Grants {
		if open := g.Open(); g.Incarnation == incarnation && open > 0 && len(asked) < syncproto.MaxShares {
			asked = append(asked, syncproto.Share{Grant: g.ID, Amount: open})
		}
	}
	return asked
}
