package authority

import (
	"slices"

	"redress/syncproto"
	"redress/syncproto/decision"
	"redress/syncproto/reference"
)

// Check finds what is wrong with the shares of an approval of the kind; nil where nothing
// is. They must add up to the amount and name grants of the account that were issued to
// this device. How much of them is left, or whether they are dead, is no reason: what was
// approved under a grant is charged to it.
//
// At the tap the grants are the desk's own, which its replica holds and subtracts from; the
// account may not have come yet, so only what it says is checked, and it must suffice.
func Check(in decision.Input, account syncproto.Ref, kind syncproto.GrantKind, amount syncproto.Fen) *syncproto.Finding {
	body, _ := decision.Body[Body](in.Docs, account)
	shares := in.Intent.Shares
	var sum syncproto.Fen
	var named []syncproto.ID
	for _, s := range shares {
		right := kind == syncproto.GrantRight && s.Amount == 0
		spends := kind == syncproto.GrantAmount && s.Amount > 0 && s.Amount <= syncproto.MaxAmount
		if !right && !spends || slices.Contains(named, s.Grant) {
			return &syncproto.Finding{Code: CodeSharesDiffer}
		}
		named, sum = append(named, s.Grant), sum+s.Amount
		grant, found := body.Grant(s.Grant)
		if !found {
			grant, found = shown(in, account, s.Grant)
		}
		switch {
		case !found && (in.AtTap || in.Told):
		case !found || grant.Kind != kind || grant.Device != in.Device:
			return &syncproto.Finding{Code: CodeNoSuchGrant}
		case in.AtTap && s.Amount > grant.Left():
			return &syncproto.Finding{Code: CodeExceeds, Amount: s.Amount - grant.Left()}
		}
	}
	if len(shares) == 0 || len(shares) > syncproto.MaxShares || sum != amount || kind == syncproto.GrantRight && len(shares) != 1 {
		return &syncproto.Finding{Code: CodeSharesDiffer, Amount: amount}
	}
	return nil
}

// shown is a grant of the account which a restore to an older state forgot, as the server signed it.
func shown(in decision.Input, account syncproto.Ref, id syncproto.ID) (GrantState, bool) {
	at := slices.IndexFunc(in.Shown, func(g syncproto.Grant) bool { return g.ID == id && g.Account == account })
	if at < 0 {
		return GrantState{}, false
	}
	g := in.Shown[at]
	return GrantState{ID: g.ID, Kind: g.Kind, Amount: g.Amount, Device: g.Device, Incarnation: g.Incarnation}, true
}

// Charge is the changes of an approval to its account: each share is charged to its grant,
// and given back to the account where the approval does not stand. An entry that takes
// spent and reserved further above the limit in force is a breach, which is also a remark.
//
// A grant that a restore to an older state forgot, and that is to be honoured, is in the
// account again from here on, with just what is charged to it.
func Charge(in decision.Input, ref reference.Reference, doc syncproto.Ref, claim syncproto.ID, month syncproto.Month, stands bool) ([]decision.Change, []syncproto.Finding) {
	before, held := decision.Body[Body](in.Docs, doc)
	var changes []decision.Change
	after := before
	add := func(kind syncproto.EventKind, event any) {
		after = Evolve(after, event)
		changes = append(changes, decision.Change{Doc: doc, Kind: kind, Body: event})
	}
	switch {
	case held:
	case !honours(in):
		return nil, nil // a desk that has its grant but not yet its account
	default:
		add(syncproto.EventAccountOpened, opening(ref, in.Intent.Person, month))
		before = after
	}
	for _, s := range in.Intent.Shares {
		if _, found := after.Grant(s.Grant); !found && honours(in) {
			add(syncproto.EventGrantIssued, Issued{ID: s.Grant, Kind: syncproto.GrantAmount, Amount: s.Amount, Device: in.Device, Incarnation: in.Incarnation})
			add(syncproto.EventGrantTaken, Taken{Grant: s.Grant, At: in.Now})
		}
	}
	charged := Charged{Command: in.Intent.ID, Claim: claim, Shares: in.Intent.Shares}
	add(syncproto.EventCharged, charged)
	if !stands {
		refunded := Refunded{Command: in.Intent.ID, Claim: claim}
		for _, s := range in.Intent.Shares {
			refunded.Amount += s.Amount
		}
		add(syncproto.EventRefunded, refunded)
	}
	by := after.Over() - max(before.Over(), 0)
	if by <= 0 {
		return changes, nil
	}
	changes = append(changes, decision.Change{Doc: doc, Kind: syncproto.EventBreached, Body: Breached{Command: in.Intent.ID, By: by}})
	return changes, []syncproto.Finding{{Code: CodeBreach, Amount: by, Doc: doc}}
}

// honours says that what the account lacks of the shares is one of those that Check let pass: forgotten,
// and told or shown.
func honours(in decision.Input) bool { return in.Told || len(in.Shown) > 0 }

// Overdraws says that the approval takes more of a grant than the account has left of it: the disk
// that it was made on was copied or set back, or the grant written off. What is given back of that
// makes nothing free, for nothing was reserved for it any more.
func Overdraws(in decision.Input, doc syncproto.Ref) bool {
	body, _ := decision.Body[Body](in.Docs, doc)
	return slices.ContainsFunc(in.Intent.Shares, func(s syncproto.Share) bool {
		grant, found := body.Grant(s.Grant)
		return found && s.Amount > grant.Left()
	})
}

// GiveBack is the change of an approval that stands no longer, because it was reversed or
// the claim's amount was edited: its amount goes back to the account, never into a grant.
func GiveBack(in decision.Input, doc syncproto.Ref, approval, claim syncproto.ID, amount syncproto.Fen) []decision.Change {
	if _, held := decision.Body[Body](in.Docs, doc); !held || amount <= 0 {
		return nil // a desk that does not hold the account
	}
	return []decision.Change{{Doc: doc, Kind: syncproto.EventRefunded, Body: Refunded{Command: approval, Claim: claim, Amount: amount}}}
}
