package present

import (
	"context"
	"strings"

	"redress/desktop/replica"
	"redress/syncproto"
	"redress/syncproto/authority"
	"redress/syncproto/claim"
)

// Decision is what somebody decides on a claim.
type Decision struct {
	Claim   syncproto.ID
	Approve bool
	Less    string // what is approved of it, as typed; "" for all
	// Instead is what is done where it is not approved: reject it, send it back, route it
	// up, or reverse the approval it has. Zero rejects.
	Instead syncproto.CommandKind
	Reason  string
	Comment string
	// Seen is the claim as it stood before the person's eyes; the zero Seen is the claim as
	// it is held now.
	Seen Seen
	// Charges is the month that the person saw an amount charged to; the zero Month is whichever
	// it comes to.
	Charges syncproto.Month
}

// Seen is what of a claim a decision is about: another round or amount is another claim.
type Seen struct {
	Round    uint32
	Amount   syncproto.Fen
	Approval syncproto.ID
}

func seen(b claim.Body) Seen {
	return Seen{Round: b.Round, Amount: b.Amount, Approval: b.Approval.Command}
}

// Decide makes the command of a decision from what this desk holds now. An approval names
// the grants it charges; one that exceeds them is a fault that says by how much.
func (d Desk) Decide(ctx context.Context, at syncproto.Reading, w Decision) ([]replica.Wish, []Fault, error) {
	scene := d.Scene(at)
	body, held, err := d.Claim(ctx, w.Claim)
	switch {
	case err != nil:
		return nil, nil, err
	case !held:
		return nil, []Fault{scene.fault(syncproto.Finding{Code: syncproto.CodeUnknownHere})}, nil
	}
	if fault, changed := scene.changedSince(w.Seen, body); changed {
		return nil, []Fault{fault}, nil
	}
	purse, err := d.purse(ctx, scene)
	if err != nil {
		return nil, nil, err
	}
	wish, faults := scene.decide(w, body, purse)
	if len(faults) > 0 {
		return nil, faults, nil
	}
	wish.Screen = clip(wish.Screen)
	return []replica.Wish{wish}, nil, nil
}

// changedSince says that the claim is no longer the one that was looked at.
func (s Scene) changedSince(saw Seen, body claim.Body) (Fault, bool) {
	switch {
	case saw == Seen{} || saw == seen(body):
		return Fault{}, false
	case saw.Round == body.Round && saw.Amount != body.Amount:
		return Fault{Text: s.Finding(syncproto.Finding{Code: syncproto.CodeChanged, Field: "amount", Text: body.Amount.String()})}, true
	}
	return Fault{Text: s.Finding(syncproto.Finding{Code: syncproto.CodeChanged, Field: "round"})}, true
}

// decide is the command of a decision.
func (s Scene) decide(w Decision, body claim.Body, p purse) (replica.Wish, []Fault) {
	w.Reason, w.Comment = strings.TrimSpace(w.Reason), strings.TrimSpace(w.Comment)
	screen := s.onScreen(body)
	if !w.Approve {
		return s.instead(w, body, p, screen)
	}
	if w.Reason == "" { // what was written may stand for what was not picked
		w.Reason, w.Comment = w.Comment, ""
	}
	if w.Reason == "" {
		return replica.Wish{}, s.missing(FieldReason)
	}
	less, fault := s.less(w.Less, body)
	switch {
	case fault != nil:
		return replica.Wish{}, []Fault{*fault}
	case body.State == claim.StateRoutedUp && s.may(syncproto.CommandApproveAbove):
		return replica.Wish{Kind: syncproto.CommandApproveAbove, Screen: line(screen, w.Reason, s.approved(body, less)),
			Command: claim.ApproveAbove{Claim: w.Claim, Round: body.Round, Amount: body.Amount, Less: less, Reason: w.Reason, Comment: w.Comment}}, nil
	}
	return s.approve(w, body, less, p, screen)
}

// onScreen is a claim as it is remembered with what was done to it. A text that begins with
// the kind of the claim names it once.
func (s Scene) onScreen(b claim.Body) string {
	kind := s.Words("claim." + b.Kind.String())
	if strings.HasPrefix(b.What, kind) {
		kind = ""
	}
	return line(b.TicketNumber, kind, amountIn(b.Kind, b.Amount), b.What)
}

// less is what is approved of the claim where that is not all of it.
func (s Scene) less(typed string, body claim.Body) (syncproto.Fen, *Fault) {
	typed = strings.TrimSpace(typed)
	if typed == "" || body.Kind == claim.Warranty {
		return 0, nil
	}
	amount, err := syncproto.ParseFen(typed)
	switch {
	case err != nil || amount <= 0:
		fault := s.fault(syncproto.Finding{Code: claim.CodeBadAmount, Field: FieldAmount})
		return 0, &fault
	case amount > body.Amount:
		fault := s.fault(syncproto.Finding{Code: claim.CodeBadLess, Field: FieldAmount, Amount: body.Amount})
		return 0, &fault
	case amount == body.Amount:
		return 0, nil
	}
	return amount, nil
}

// approved says what of the claim was approved, where it was not all of it.
func (s Scene) approved(body claim.Body, less syncproto.Fen) string {
	if less == 0 {
		return s.Words("command.approve-claim")
	}
	return s.Words("claim.approvedOf", "Amount", less, "Asked", body.Amount)
}

func (s Scene) approve(w Decision, body claim.Body, less syncproto.Fen, p purse, screen string) (replica.Wish, []Fault) {
	amount := body.Amount
	if less != 0 {
		amount = less
	}
	covering := s.cover(p, body.Kind, amount)
	switch {
	case body.Kind == claim.Goodwill && w.Charges != 0 && w.Charges != covering.Month: // its midnight went by
		return replica.Wish{}, []Fault{s.fault(syncproto.Finding{Code: syncproto.CodeChanged, Field: "month", Text: s.monthName(covering.Month)})}
	case covering.ShortBy > 0:
		if text, elsewhere := s.over(p, covering.Month, covering.ShortBy); elsewhere {
			return replica.Wish{}, []Fault{{Text: text}}
		}
		return replica.Wish{}, []Fault{s.fault(syncproto.Finding{Code: authority.CodeExceeds, Amount: covering.ShortBy})}
	case !covering.Covers() && body.Kind == claim.Warranty:
		return replica.Wish{}, []Fault{{Text: s.Words("month.noRight")}}
	case !covering.Covers():
		return replica.Wish{}, []Fault{{Text: s.Words("month.nothingHere")}}
	case body.Kind == claim.Warranty: // carries the reason alone
		reason := s.together(w)
		return replica.Wish{Kind: syncproto.CommandApproveWarranty, Shares: covering.Shares, Screen: line(screen, reason),
			Command: claim.ApproveWarranty{Claim: w.Claim, Round: body.Round, Month: covering.Month, Reason: reason}}, nil
	}
	part := ""
	if less != 0 {
		part = s.approved(body, less)
	}
	left := s.Words("money.afterThen", "Amount", covering.Of-amount)
	return replica.Wish{Kind: syncproto.CommandApproveClaim, Shares: covering.Shares, Screen: line(screen, part, w.Reason, left),
		Command: claim.Approve{Claim: w.Claim, Round: body.Round, Amount: body.Amount, Less: less, Month: covering.Month,
			Reason: w.Reason, Comment: w.Comment}}, nil
}

// together is the reason with the comment, for commands that carry the reason alone.
func (s Scene) together(w Decision) string {
	return join([]string{w.Reason, w.Comment}, s.Words("reason.separator"))
}

// instead is the command of a decision that approves nothing.
func (s Scene) instead(w Decision, body claim.Body, p purse, screen string) (replica.Wish, []Fault) {
	reason, kind := s.together(w), w.Instead
	if kind == 0 {
		kind = syncproto.CommandRejectClaim
	}
	if kind == syncproto.CommandRouteUp && reason == "" { // that it exceeds is a reason
		reason = s.overBy(s.outlook(body, body.Amount, p).short)
	}
	if reason == "" {
		if kind == syncproto.CommandSendBack {
			return replica.Wish{}, s.missing(FieldComment)
		}
		return replica.Wish{}, s.missing(FieldReason)
	}
	wish := replica.Wish{Kind: kind, Screen: line(screen, s.Words("command."+kind.String()), reason)}
	switch kind {
	case syncproto.CommandSendBack:
		wish.Command = claim.SendBack{Claim: w.Claim, Round: body.Round, Comment: reason}
	case syncproto.CommandRouteUp:
		wish.Command = claim.RouteUp{Claim: w.Claim, Round: body.Round, Reason: reason}
	case syncproto.CommandReverse:
		wish.Command = claim.Reverse{Claim: w.Claim, Round: body.Round, Approval: body.Approval.Command, Reason: reason}
		wish.Screen = line(wish.Screen, s.approvalOf(body))
	default:
		wish.Command = claim.Reject{Claim: w.Claim, Round: body.Round, Reason: reason}
	}
	return wish, nil
}

// overBy is the reason of a claim that is routed up for its amount; "" where that is covered.
func (s Scene) overBy(short syncproto.Fen) string {
	if short <= 0 {
		return ""
	}
	return s.Words("claim.overReason", "Amount", short)
}

// missing is the fault of a field that has to be filled in.
func (s Scene) missing(field string) []Fault {
	return []Fault{s.fault(syncproto.Finding{Code: syncproto.CodeMissing, Field: field})}
}

// missingIf is missing where the field is empty; none otherwise.
func (s Scene) missingIf(empty bool, field string) []Fault {
	if !empty {
		return nil
	}
	return s.missing(field)
}
