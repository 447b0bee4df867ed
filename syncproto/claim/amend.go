package claim

import (
	"redress/syncproto"
	"redress/syncproto/authority"
	"redress/syncproto/decision"
	"redress/syncproto/reference"
	"redress/syncproto/ticket"
)

// decideAmend changes what a claim says. A changed amount opens a new round, in which the
// claim is undecided, and an approval of the old one stands no longer: what it cost goes
// back to its account (requirements §6). Whatever was sent back is filed again with it. A
// rejected claim is over: what is still wanted is filed anew.
func decideAmend(in decision.Input, ref reference.Reference, c Amend) decision.Outcome {
	body, wrong := standing(in, c.Claim, c.Round, decision.First(
		decision.Require("what", c.What, MaxWhat),
		decision.Require("reason", c.Reason, MaxReason)))
	if wrong != nil {
		return *wrong
	}
	if bad := badAmount(body.Kind, c.Amount, 0); bad != nil {
		return reject(*bad)
	}
	same := c.Amount == body.Amount
	switch {
	case !mayFile(in, ref, body.Region, body.CallCentre):
		return reject(syncproto.Finding{Code: CodeOtherRegion, Doc: Ref(c.Claim)})
	case body.State == StateRejected:
		return reject(*body.elsewhere())
	case c.Round != body.Round:
		return reject(syncproto.Finding{Code: syncproto.CodeChanged, Field: "round", Doc: Ref(c.Claim)})
	case c.Saw != "" && c.Saw != body.What:
		return reject(syncproto.Finding{Code: syncproto.CodeChanged, Field: "what", Text: body.What, Doc: Ref(c.Claim)})
	case same && c.What == body.What && body.State != StateReturned:
		return reject(syncproto.Finding{Code: syncproto.CodeAlready, Field: "amount", Amount: c.Amount, Doc: Ref(c.Claim)})
	}
	unseen := body.State == StateReturned && c.Saw != "" && c.Answers != body.Returned.Command
	amended := Amended{Amount: c.Amount, What: c.What, Reason: c.Reason, By: in.Intent.Person, At: in.At, Round: body.Round, State: body.State}
	var back []decision.Change
	switch {
	case !same:
		amended.Round, amended.State, amended.Voids = body.Round+1, StateFiled, body.Approval.Command
		back = body.giveBack(in, c.Claim)
	case body.State == StateReturned:
		amended.State = StateFiled
	}
	if unseen { // what is wanting has not come with it
		amended.State = StateReturned
	}
	changes := append([]decision.Change{{Doc: Ref(c.Claim), Kind: syncproto.EventClaimAmended, Body: amended}}, back...)
	changes = append(changes, moved(in, c.Claim, body, ticket.ClaimAmended)...)
	if unseen {
		return decision.Accept(changes...).Remark(*body.elsewhere())
	}
	if amended.State != StateFiled {
		return decision.Accept(changes...)
	}
	return routedByAmount(in, ref, c.Claim, Evolve(body, amended), changes)
}

// routedByAmount sends a claim that was just filed on to the service department where its
// amount exceeds what any manager may approve in a month. Whoever enters it is told at the
// tap by how much; afterwards the claim says so.
func routedByAmount(in decision.Input, ref reference.Reference, claim syncproto.ID, body Body, changes []decision.Change) decision.Outcome {
	by := body.Amount - ref.Policy.MonthlyLimit
	if body.Kind != Goodwill || by <= 0 {
		return decision.Accept(changes...)
	}
	changes = append(changes, decision.Change{Doc: Ref(claim), Kind: syncproto.EventClaimRoutedUp, Body: RoutedUp{
		Decision: Decision{Command: in.Intent.ID, Amount: body.Amount, At: in.At}, Round: body.Round, Exceeds: by, Headquarters: ref.Headquarters()}})
	out := decision.Accept(append(changes, moved(in, claim, body, ticket.ClaimRoutedUp)...)...)
	if in.AtTap {
		out = out.Remark(syncproto.Finding{Code: authority.CodeExceeds, Amount: by, Doc: Ref(claim)})
	}
	return out
}

// booked is the account that bears the approval that stands; none where none does, or where
// it was given on no manager's account.
func (b Body) booked() syncproto.Ref {
	if b.State != StateApproved || b.Approval.Above || b.Approval.Amount == 0 {
		return syncproto.Ref{}
	}
	return authority.Ref(b.Approval.Person, b.Approval.MonthCharged())
}

// giveBack is the change of the approval that stands to its account, where it stands no
// longer.
func (b Body) giveBack(in decision.Input, claim syncproto.ID) []decision.Change {
	doc := b.booked()
	if doc.IsZero() {
		return nil
	}
	return authority.GiveBack(in, doc, b.Approval.Command, claim, b.Approval.Amount)
}
