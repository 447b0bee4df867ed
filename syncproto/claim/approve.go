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
	decision Decision
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
		return a.ofRefused(in, account)
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
	charges, breach := authority.Charge(in, account, a.claim, why == nil)
	if a.kind == Warranty {
		charges, breach = nil, nil // a right has no amount to charge
	}
	changes := append(a.changes(in, body, why), charges...)
	out := decision.Accept(changes...)
	switch {
	case why != nil:
		out = out.Remark(*why)
	case body.State == StateRejected:
		out = out.Remark(syncproto.Finding{Code: CodeWasRejected, Person: body.Rejection.Person, When: body.Rejection.At, Text: body.Rejection.Reason})
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
func (a approval) ofRefused(in decision.Input, account syncproto.Ref) decision.Outcome {
	why := syncproto.Finding{Code: CodeClaimRefused, Field: a.kind.String(), Amount: a.decision.Amount, Doc: Ref(a.claim)}
	if a.kind == Warranty {
		return decision.Accept().Remark(why) // a right has no amount to charge
	}
	charges, _ := authority.Charge(in, account, a.claim, false) // nothing overdrawn: all of it goes back
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
	case a.kind == Goodwill && (a.decision.Amount <= 0 || a.decision.Amount > syncproto.MaxAmount):
		return &syncproto.Finding{Code: CodeBadAmount, Field: "amount", Amount: a.decision.Amount}
	}
	body, held := decision.Body[authority.Body](in.Docs, account)
	return authority.Check(in, body, held, a.grant, a.decision.Amount)
}

// refusal is what a desk says to the manager before anything is spent; nil where the
// approval would stand.
func (a approval) refusal(in decision.Input, ref reference.Reference, body Body) *syncproto.Finding {
	switch {
	case !inRegion(in, ref, body):
		return &syncproto.Finding{Code: CodeOtherRegion, Doc: Ref(a.claim)}
	case body.State != StateFiled:
		decided := body.decided()
		return &decided
	case a.round != body.Round:
		return &syncproto.Finding{Code: syncproto.CodeChanged, Field: "round", Doc: Ref(a.claim)}
	case a.decision.Amount != body.Amount:
		return &syncproto.Finding{Code: CodeAmountChanged, Amount: body.Amount, Doc: Ref(a.claim)}
	}
	return nil
}

// fails says why the approval does not stand; nil where it pays the claim. A claim that
// was rejected in the round it saw is still unapproved, so it is paid.
func (a approval) fails(body Body) *syncproto.Finding {
	switch {
	case a.round != body.Round || body.State == StateApproved:
		return &syncproto.Finding{Code: CodeDuplicate, Amount: a.decision.Amount, Person: body.Approval.Person,
			When: body.Approval.At, Doc: Ref(a.claim)}
	case a.decision.Amount != body.Amount:
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
	selfFiled := body.FiledBy == in.Intent.Person
	change := decision.Change{Doc: doc, Kind: syncproto.EventClaimApproved, Body: Approved{Decision: given, Round: a.round, SelfFiled: selfFiled}}
	if a.kind == Warranty {
		change.Kind, change.Body = syncproto.EventWarrantyApproved, WarrantyApproved{Decision: given, Round: a.round, SelfFiled: selfFiled}
	}
	return append([]decision.Change{change}, trail(in, a.claim, body, true)...)
}
