package claim

import (
	"redress/syncproto"
	"redress/syncproto/decision"
	"redress/syncproto/reference"
	"redress/syncproto/ticket"
)

// forManager is the claim that a manager's request is about, or the answer where it does
// not wait for a manager of the person's region, or in another round.
func forManager(in decision.Input, ref reference.Reference, claim syncproto.ID, round uint32, wrong *syncproto.Finding) (Body, *decision.Outcome) {
	body, answer := standing(in, claim, round, wrong)
	if answer != nil {
		return body, answer
	}
	var why *syncproto.Finding
	switch {
	case !inRegion(in, ref, body):
		why = &syncproto.Finding{Code: CodeOtherRegion, Doc: Ref(claim)}
	case !body.ForManager():
		why = body.elsewhere()
	case round != body.Round:
		why = &syncproto.Finding{Code: syncproto.CodeChanged, Field: "round", Doc: Ref(claim)}
	default:
		return body, nil
	}
	rejected := reject(*why)
	return body, &rejected
}

// decideSendBack gives a claim back to whoever filed it, with what is wanting. The round
// goes on: an approval of the same amount that was under way stands.
func decideSendBack(in decision.Input, ref reference.Reference, c SendBack) decision.Outcome {
	body, answer := forManager(in, ref, c.Claim, c.Round, decision.Require("comment", c.Comment, MaxComment))
	if answer != nil {
		return *answer
	}
	back := SentBack{Decision: Decision{Comment: c.Comment}.by(in), Round: c.Round}
	changes := []decision.Change{{Doc: Ref(c.Claim), Kind: syncproto.EventClaimSentBack, Body: back}}
	return decision.Accept(append(changes, moved(in, c.Claim, body, ticket.ClaimSentBack)...)...)
}

// decideRouteUp gives a claim to the service department.
func decideRouteUp(in decision.Input, ref reference.Reference, c RouteUp) decision.Outcome {
	body, answer := forManager(in, ref, c.Claim, c.Round, decision.Require("reason", c.Reason, MaxReason))
	if answer != nil {
		return *answer
	}
	routed := RoutedUp{Decision: Decision{Reason: c.Reason}.by(in), Round: c.Round, Headquarters: ref.Headquarters()}
	changes := []decision.Change{{Doc: Ref(c.Claim), Kind: syncproto.EventClaimRoutedUp, Body: routed}}
	return decision.Accept(append(changes, moved(in, c.Claim, Evolve(body, routed), ticket.ClaimRoutedUp)...)...)
}

// decideAbove pays a claim that was routed up. It is a request and charges no account: what
// was decided first stands.
func decideAbove(in decision.Input, c ApproveAbove) decision.Outcome {
	body, answer := standing(in, c.Claim, c.Round, decision.First(
		decision.Require("reason", c.Reason, MaxReason),
		decision.Limit("comment", c.Comment, MaxComment)))
	if answer != nil {
		return *answer
	}
	if wrong := badAmount(body.Kind, c.Amount, c.Less); wrong != nil {
		return reject(*wrong)
	}
	switch {
	case body.State == StateFiled:
		return reject(syncproto.Finding{Code: CodeNotRoutedUp, Doc: Ref(c.Claim)})
	case body.State != StateRoutedUp:
		return reject(*body.elsewhere())
	case c.Round != body.Round:
		return reject(syncproto.Finding{Code: syncproto.CodeChanged, Field: "round", Doc: Ref(c.Claim)})
	case c.Amount != body.Amount:
		return reject(syncproto.Finding{Code: CodeAmountChanged, Amount: body.Amount, Doc: Ref(c.Claim)})
	}
	given := Decision{Amount: approves(c.Amount, c.Less), Reason: c.Reason, Comment: c.Comment, Above: true}.by(in)
	return decision.Accept(append([]decision.Change{approved(in, Ref(c.Claim), body, given)}, trail(in, c.Claim, body, true)...)...)
}

// decideReverse ends an approval. It names it, so that no other is hit, and the claim waits
// in a new round, so that no late approval of the old one undoes it (counterexample A9).
// What the approval cost goes back to the account and month that bear it.
func decideReverse(in decision.Input, c Reverse) decision.Outcome {
	body, answer := standing(in, c.Claim, c.Round, decision.Require("reason", c.Reason, MaxReason))
	switch {
	case answer != nil:
		return *answer
	case body.State != StateApproved || body.Approval.Command != c.Approval || c.Approval.IsZero() || c.Round != body.Round:
		return reject(syncproto.Finding{Code: CodeNotApproved, Doc: Ref(c.Claim)})
	}
	state := StateFiled
	switch waited := body.waited(); {
	case body.Approval.Above || body.Exceeds > 0:
		state = StateRoutedUp
	case waited != 0:
		state = waited
	}
	reversed := Reversed{Decision: Decision{Amount: body.Approval.Amount, Reason: c.Reason}.by(in), Approval: c.Approval, Round: body.Round + 1, State: state}
	changes := []decision.Change{{Doc: Ref(c.Claim), Kind: syncproto.EventApprovalReversed, Body: reversed}}
	changes = append(changes, body.giveBack(in, c.Claim)...)
	return decision.Accept(append(changes, moved(in, c.Claim, body, ticket.ClaimReversed)...)...)
}
