package authority

import (
	"redress/syncproto"
	"redress/syncproto/decision"
	"redress/syncproto/reference"
)

// Needs is which documents the command is decided from: the account, and for the next
// month also the running one, whose shares it follows.
func Needs(in decision.Input, _ reference.Reference) []syncproto.Ref {
	switch c := in.Command.(type) {
	case IssueGrant:
		if c.Month == syncproto.MonthOf(today(in))+1 {
			return []syncproto.Ref{c.Subject(), Ref(c.Manager, c.Month-1)}
		}
		return []syncproto.Ref{c.Subject()}
	case TakeGrant:
		return []syncproto.Ref{c.Subject()}
	case ReturnGrant:
		return []syncproto.Ref{c.Subject()}
	case MoveAuthority:
		return []syncproto.Ref{c.Subject()}
	case SetLimit:
		return []syncproto.Ref{c.Subject()}
	case WriteOff:
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
	case ReturnGrant:
		return decideReturn(in, c)
	case MoveAuthority:
		return decideMove(in, ref, c)
	case SetLimit:
		return decideLimit(in, ref, c)
	case WriteOff:
		return decideWriteOff(in, c)
	}
	return decision.Reject(syncproto.Finding{Code: syncproto.CodeUnknownKind})
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
	case in.Told && !found:
		return decision.Accept() // a restore forgot it: what is spent of it is honoured one by one
	case !held:
		return decision.WaitFor(doc)
	case !found || grant.Device != in.Device:
		return decision.Reject(syncproto.Finding{Code: CodeNoSuchGrant, Doc: doc})
	case grant.Dead():
		return decision.Reject(syncproto.Finding{Code: CodeGrantDead, Doc: doc})
	case grant.Taken != 0 && in.Told && grant.NotBefore == 0:
		return decision.Accept() // a restore forgot it, and what was spent of it has come before this
	case grant.Taken != 0:
		return decision.Reject(syncproto.Finding{Code: syncproto.CodeAlready, Field: "grant", Doc: doc, When: grant.Taken})
	}
	return decision.Accept(decision.Change{Doc: doc, Kind: syncproto.EventGrantTaken, Body: Taken{Grant: c.Grant, At: in.Now}})
}

// decideReturn takes parts of grants back. It is a fact: the device has subtracted them.
// Each grant is credited with what all statements up to now leave of it, so that a second
// copy of a disk that returns again, or has spent what it returns, makes no money
// (counterexample A6). What is written off or withdrawn stays so.
func decideReturn(in decision.Input, c ReturnGrant) decision.Outcome {
	doc := c.Subject()
	body, held := decision.Body[Body](in.Docs, doc)
	switch {
	case c.Month == 0 || c.Manager.IsZero() || c.Manager != in.Intent.Person:
		return decision.Reject(syncproto.Finding{Code: CodeNoSuchGrant, Doc: doc})
	case !statesReturn(in.Intent.Shares, c.Given):
		return decision.Reject(syncproto.Finding{Code: CodeSharesDiffer, Doc: doc})
	case !held && in.AtTap:
		return decision.Reject(syncproto.Finding{Code: syncproto.CodeUnknownHere, Doc: doc})
	case !held && in.Told:
		return decision.Accept()
	case !held:
		return decision.WaitFor(doc)
	}
	var changes []decision.Change
	for n, share := range in.Intent.Shares {
		grant, found := body.Grant(share.Grant)
		given := c.Given[n].Amount
		switch {
		case in.Told && (!found || given > grant.Amount || grant.Dead()):
			continue // a restore forgot it, or that it was taken before it died: nothing of it is out but what is spent
		case !found || grant.Kind != syncproto.GrantAmount || grant.Device != in.Device || grant.Taken == 0:
			return decision.Reject(syncproto.Finding{Code: CodeNoSuchGrant, Doc: doc})
		case given > grant.Amount:
			return decision.Reject(syncproto.Finding{Code: CodeSharesDiffer, Amount: grant.Amount, Doc: doc})
		case grant.Dead():
			continue
		}
		ceiling := max(grant.Amount-given, grant.Charged)
		changes = append(changes, decision.Change{Doc: doc, Kind: syncproto.EventGrantReturned, Body: Returned{
			Grant: grant.ID, Now: share.Amount, Given: given, Credit: max(grant.Amount-ceiling-grant.Returned, 0)}})
	}
	return decision.Accept(changes...)
}

// statesReturn says that shares and given name the same grants in the same order, each
// once, and that nothing was given now that is not in what was given in all.
func statesReturn(shares, given []syncproto.Share) bool {
	if len(shares) == 0 || len(shares) > syncproto.MaxShares || len(shares) != len(given) {
		return false
	}
	named := map[syncproto.ID]bool{}
	for n, s := range shares {
		if s.Amount <= 0 || s.Amount > given[n].Amount || given[n].Amount > syncproto.MaxAmount || s.Grant != given[n].Grant || named[s.Grant] {
			return false
		}
		named[s.Grant] = true
	}
	return true
}
