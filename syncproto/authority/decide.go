package authority

import (
	"slices"

	"redress/syncproto"
	"redress/syncproto/decision"
	"redress/syncproto/organisation"
	"redress/syncproto/reference"
)

// Needs is which documents the command is decided from.
func Needs(in decision.Input, _ reference.Reference) []syncproto.Ref {
	switch c := in.Command.(type) {
	case IssueGrant:
		return []syncproto.Ref{c.Subject()}
	case TakeGrant:
		return []syncproto.Ref{c.Subject()}
	}
	return nil
}

// Decide answers a command about an account.
func Decide(in decision.Input, ref reference.Reference) decision.Outcome {
	switch c := in.Command.(type) {
	case IssueGrant:
		return decideIssue(in, ref, c)
	case TakeGrant:
		return decideTake(in, c)
	}
	return decision.Reject(syncproto.Finding{Code: syncproto.CodeUnknownKind})
}

// decideIssue gives an incarnation all that is free of the running month, and the right to
// approve warranty orders where it has none. Where there is nothing to give it changes
// nothing.
func decideIssue(in decision.Input, ref reference.Reference, c IssueGrant) decision.Outcome {
	device, known := ref.Device(c.Device)
	if !known || device.Person != c.Manager || device.Incarnation != c.Incarnation || device.Revoked != 0 ||
		c.Month != syncproto.MonthOf(in.Now) || c.Incarnation.IsZero() {
		return decision.Accept()
	}
	doc := c.Subject()
	body, held := decision.Body[Body](in.Docs, doc)
	var changes []decision.Change
	if !held {
		opened := Opened{Manager: c.Manager, Month: c.Month, Limit: ref.Policy.MonthlyLimit, Policy: ref.Policy.Number}
		if units := ref.UnitsOf(organisation.Headquarters); len(units) > 0 {
			opened.Headquarters = units[0]
		}
		body = Evolve(body, opened)
		changes = append(changes, decision.Change{Doc: doc, Kind: syncproto.EventAccountOpened, Body: opened})
	}
	issue := func(kind syncproto.GrantKind, amount syncproto.Fen) {
		if len(body.Grants) >= MaxGrants {
			return
		}
		issued := Issued{ID: grantID(in.Intent.ID, kind), Kind: kind, Amount: amount, Device: c.Device,
			Incarnation: c.Incarnation, NotBefore: c.Month.Start()}
		body = Evolve(body, issued)
		changes = append(changes, decision.Change{Doc: doc, Kind: syncproto.EventGrantIssued, Body: issued})
	}
	if free := body.Free(); free > 0 && ref.May(c.Manager, syncproto.CommandApproveClaim) {
		issue(syncproto.GrantAmount, free)
	}
	hasRight := slices.ContainsFunc(body.Grants, func(g GrantState) bool {
		return g.Kind == syncproto.GrantRight && g.Incarnation == c.Incarnation
	})
	if !hasRight && ref.May(c.Manager, syncproto.CommandApproveWarranty) {
		issue(syncproto.GrantRight, 0)
	}
	if len(body.Grants) == 0 {
		return decision.Accept() // no account without a grant
	}
	return decision.Accept(changes...)
}

// grantID is the id of the grant that a command issues.
func grantID(command syncproto.ID, kind syncproto.GrantKind) syncproto.ID {
	return syncproto.Derive("grant", command, syncproto.NumberedID(uint64(kind)))
}

// decideTake marks a grant as taken. A second taking by another command is refused: of two
// copies of a disk only one may have it. The device decides and not the incarnation, for
// what was under way at a rekey is the same command.
func decideTake(in decision.Input, c TakeGrant) decision.Outcome {
	doc := c.Subject()
	body, held := decision.Body[Body](in.Docs, doc)
	grant, found := body.Grant(c.Grant)
	switch {
	case c.Grant.IsZero() || c.Month == 0 || c.Manager != in.Intent.Person:
		return decision.Reject(syncproto.Finding{Code: CodeNoSuchGrant, Doc: doc})
	case !held && in.AtTap, held && !found && in.AtTap:
		// The offer may have come before the account that says so; the server decides.
		return decision.Accept()
	case !held:
		return decision.WaitFor(doc)
	case !found || grant.Device != in.Device:
		return decision.Reject(syncproto.Finding{Code: CodeNoSuchGrant, Doc: doc})
	case grant.Taken != 0:
		return decision.Reject(syncproto.Finding{Code: syncproto.CodeAlready, Field: "grant", Doc: doc, When: grant.Taken})
	}
	return decision.Accept(decision.Change{Doc: doc, Kind: syncproto.EventGrantTaken, Body: Taken{Grant: c.Grant, At: in.Now}})
}
