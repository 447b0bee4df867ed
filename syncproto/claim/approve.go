package claim

import (
	"redress/syncproto"
	"redress/syncproto/authority"
	"redress/syncproto/decision"
	"redress/syncproto/reference"
)

// approval is an approval of either kind of claim.
type approval struct {
	claim    syncproto.ID
	kind     Kind
	grant    syncproto.GrantKind
	round    uint32
	month    syncproto.Month
	saw      syncproto.Fen // the claim's amount in front of who approved
	less     syncproto.Fen // what is approved of it; 0: all
	decision Decision      // Amount is what is approved of it
}

// approves is what is approved of the amount seen: all of it, or less.
func approves(saw, less syncproto.Fen) syncproto.Fen {
	if less != 0 {
		return less
	}
	return saw
}

// badAmount finds what is wrong with an amount and what is approved of it, 0 for all; nil
// where nothing is.
func badAmount(kind Kind, amount, less syncproto.Fen) *syncproto.Finding {
	switch {
	case kind == Warranty && (amount != 0 || less != 0), kind == Goodwill && (amount <= 0 || amount > syncproto.MaxAmount):
		return &syncproto.Finding{Code: CodeBadAmount, Field: "amount", Amount: amount}
	case less != 0 && (less < 0 || less >= amount):
		return &syncproto.Finding{Code: CodeBadLess, Field: "amount", Amount: amount}
	}
	return nil
}

// decideApproval answers an approval. Its grants are charged whatever becomes of it; what
// does not stand goes back to the account in the same entry. It is refused only where it
// is no approval at all: without a reason, with shares that do not add up, or under a
// grant this device never had. In front of the manager, whatever would not stand is
// refused, while it costs nothing.
func decideApproval(in decision.Input, ref reference.Reference, a approval) decision.Outcome {
	account := authority.Ref(in.Intent.Person, a.month)
	if wrong := a.check(in, account); wrong != nil {
		return reject(*wrong)
	}
	body, held := decision.Body[Body](in.Docs, Ref(a.claim))
	switch {
	case in.Docs[Ref(a.claim)].Presence == decision.Refused:
		return a.ofRefused(in, ref, account)
	case !held:
		return absent(in, Ref(a.claim))
	case body.Kind != a.kind:
		return reject(syncproto.Finding{Code: CodeWrongKind, Doc: Ref(a.claim)})
	case in.AtTap:
		if wrong := a.refusal(in, ref, body); wrong != nil {
			return reject(*wrong)
		}
	}
	why := a.fails(body)
	if why != nil && a.kind == Goodwill && authority.Overdraws(in, account) {
		why.Field = Overdrawn
	}
	charges, breach := authority.Charge(in, ref, account, a.claim, a.month, why == nil)
	if a.kind == Warranty {
		charges, breach = nil, nil // a right has no amount to charge
	}
	changes := append(a.changes(in, body, why), charges...)
	out := decision.Accept(changes...)
	if why == nil {
		why = body.meanwhile()
	}
	if why != nil {
		out = out.Remark(*why)
	}
	if !inRegion(in, ref, body) {
		out = out.Remark(syncproto.Finding{Code: CodeOtherRegion, Doc: Ref(a.claim)})
	}
	for _, b := range breach {
		out = out.Remark(b)
	}
	return out
}

// ofRefused answers an approval of a claim whose filing was refused: it happened, so its
// grants are charged, and it cannot stand, so all of it goes back to the account. There is
// no claim to say so on.
func (a approval) ofRefused(in decision.Input, ref reference.Reference, account syncproto.Ref) decision.Outcome {
	why := syncproto.Finding{Code: CodeClaimRefused, Field: a.kind.String(), Amount: a.decision.Amount, Doc: Ref(a.claim)}
	if a.kind == Warranty {
		return decision.Accept().Remark(why) // a right has no amount to charge
	}
	charges, _ := authority.Charge(in, ref, account, a.claim, a.month, false) // nothing overdrawn: all of it goes back
	return decision.Accept(charges...).Remark(why)
}

// check finds why the command is no approval at all; nil where it is one.
func (a approval) check(in decision.Input, account syncproto.Ref) *syncproto.Finding {
	wrong := decision.First(
		decision.Require("reason", a.decision.Reason, MaxReason),
		decision.Limit("comment", a.decision.Comment, MaxComment))
	switch {
	case wrong != nil:
		return wrong
	case a.claim.IsZero() || a.round == 0 || a.month == 0:
		return &syncproto.Finding{Code: syncproto.CodeMissing, Field: "claim"}
	}
	if wrong := badAmount(a.kind, a.saw, a.less); wrong != nil {
		return wrong
	}
	return authority.Check(in, account, a.grant, a.decision.Amount)
}

// refusal is what a desk says to the manager before anything is spent; nil where the
// approval would stand.
func (a approval) refusal(in decision.Input, ref reference.Reference, body Body) *syncproto.Finding {
	switch {
	case !inRegion(in, ref, body):
		return &syncproto.Finding{Code: CodeOtherRegion, Doc: Ref(a.claim)}
	case body.State != StateFiled:
		return body.elsewhere()
	case a.round != body.Round:
		return &syncproto.Finding{Code: syncproto.CodeChanged, Field: "round", Doc: Ref(a.claim)}
	case a.saw != body.Amount:
		return &syncproto.Finding{Code: CodeAmountChanged, Amount: body.Amount, Doc: Ref(a.claim)}
	}
	return nil
}

// meanwhile is the remark on an approval that stands although the claim was rejected, sent
// back or routed up in the round it saw: it is still unapproved, so it is paid (invariant
// 11).
func (b Body) meanwhile() *syncproto.Finding {
	switch b.State {
	case StateRejected:
		return &syncproto.Finding{Code: CodeWasRejected, Person: b.Rejection.Person, When: b.Rejection.At, Text: b.Rejection.Reason}
	case StateReturned:
		return &syncproto.Finding{Code: CodeWasSentBack, Person: b.Returned.Person, When: b.Returned.At, Text: b.Returned.Comment}
	case StateRoutedUp:
		return &syncproto.Finding{Code: CodeWasRoutedUp, Person: b.Routed.Person, When: b.Routed.At, Text: b.Routed.Reason}
	default:
		return nil
	}
}

// fails says why the approval does not stand; nil where it pays the claim.
func (a approval) fails(body Body) *syncproto.Finding {
	switch {
	case a.round != body.Round || body.State == StateApproved:
		return &syncproto.Finding{Code: CodeDuplicate, Amount: a.decision.Amount, Person: body.Approval.Person,
			When: body.Approval.At, Doc: Ref(a.claim)}
	case a.saw != body.Amount:
		return &syncproto.Finding{Code: CodeAmountChanged, Amount: body.Amount, Doc: Ref(a.claim)}
	}
	return nil
}

// changes are what the approval makes of the claim and of the ticket's trail.
func (a approval) changes(in decision.Input, body Body, why *syncproto.Finding) []decision.Change {
	given, doc := a.decision.by(in), Ref(a.claim)
	if why != nil {
		return []decision.Change{{Doc: doc, Kind: syncproto.EventClaimDuplicate,
			Body: Duplicate{Decision: given, Round: a.round, Why: why.Code}}}
	}
	given.Waited = body.waited()
	return append([]decision.Change{approved(in, doc, body, given)}, trail(in, a.claim, body, true)...)
}

// approved is the event of an approval that stands.
func approved(in decision.Input, doc syncproto.Ref, body Body, given Decision) decision.Change {
	selfFiled := body.FiledBy == in.Intent.Person
	if body.Kind == Warranty {
		return decision.Change{Doc: doc, Kind: syncproto.EventWarrantyApproved, Body: WarrantyApproved{Decision: given, Round: body.Round, SelfFiled: selfFiled}}
	}
	return decision.Change{Doc: doc, Kind: syncproto.EventClaimApproved, Body: Approved{Decision: given, Round: body.Round, SelfFiled: selfFiled}}
}
