package present

import (
	"cmp"
	"context"
	"strings"

	"redress/desktop/replica"
	"redress/syncproto"
	"redress/syncproto/claim"
)

// Amendment is what a claim is to say from now on.
type Amendment struct {
	Claim  syncproto.ID
	Amount string // as typed; not of a warranty order
	What   string
	Reason string
	Seen   Seen
	Saw    string // the words of the claim before the person's eyes; "" for those it has now
}

// Amend makes the command of an amendment.
func (d Desk) Amend(ctx context.Context, at syncproto.Reading, w Amendment) ([]replica.Wish, []Fault, error) {
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
	wish, faults := scene.amend(w, body)
	if len(faults) > 0 {
		return nil, faults, nil
	}
	return []replica.Wish{wish}, nil, nil
}

func (s Scene) amend(w Amendment, body claim.Body) (replica.Wish, []Fault) {
	c := claim.Amend{Claim: w.Claim, Round: body.Round, Saw: cmp.Or(w.Saw, body.What), Answers: body.Returned.Command,
		What: strings.TrimSpace(w.What), Reason: strings.TrimSpace(w.Reason)}
	var faults []Fault
	if body.Kind == claim.Goodwill {
		var err error
		if c.Amount, err = syncproto.ParseFen(w.Amount); err != nil || c.Amount <= 0 || c.Amount > syncproto.MaxAmount {
			faults = append(faults, s.fault(syncproto.Finding{Code: claim.CodeBadAmount, Field: FieldAmount}))
		}
	}
	faults = append(faults, s.missingIf(c.What == "", FieldWhat)...)
	if c.Reason == "" { // not the business reason of a decision
		faults = append(faults, Fault{Field: FieldReason, Text: s.Words("code.missing", "Field", s.Words("amend.reason"))})
	}
	if len(faults) > 0 {
		return replica.Wish{}, faults
	}
	amount, what := "", ""
	if c.Amount != body.Amount {
		amount = s.Words("trail.change", "Old", body.Amount, "New", c.Amount)
	}
	if c.What != body.What {
		what = s.Words("trail.change", "Old", body.What, "New", c.What)
	}
	screen := line(s.onScreen(body), amount, what, c.Reason)
	return replica.Wish{Kind: syncproto.CommandAmendClaim, Command: c, Screen: clip(screen)}, nil
}

// AmendWarning is what a changed amount does, as it is being typed: to the approval that
// stands, or to one that somebody may have given without a line. It is "" while the amount
// is the same.
func (s Scene) AmendWarning(r ClaimRow, typed string) string {
	amount, err := syncproto.ParseFen(typed)
	switch {
	case r.Warranty || err != nil || amount == r.body.Amount:
		return ""
	case r.body.State == claim.StateApproved:
		return s.Words("amend.voids", "Approval", s.approvalOf(r.body))
	}
	return s.Words("amend.voidsLate")
}
