package rules

import (
	"redress/syncproto"
	"redress/syncproto/authority"
	"redress/syncproto/escalation"
	"redress/syncproto/reference"
)

// The questions about authority and time that the engine asks. They are answered by
// packages authority and escalation.

// Tick is the server's own command that looks at a document's clocks, without an id.
func Tick(document syncproto.Ref) (syncproto.Intent, error) {
	return Write(syncproto.CommandTick, escalation.Tick{Document: document})
}

// WhenConnected are the server's own commands to put through the ledger when a desk of
// the person is connected, without ids: grants it should have. What is not needed any more
// is dropped by Decide.
func WhenConnected(person, device, incarnation syncproto.ID, now syncproto.Instant, ref reference.Reference) []syncproto.Intent {
	if !spends(person, ref) {
		return nil
	}
	intent, err := Write(syncproto.CommandIssueGrant, authority.IssueGrant{
		Manager: person, Month: syncproto.MonthOf(now), Device: device, Incarnation: incarnation})
	if err != nil {
		return nil // four fixed-size fields are always under the limit
	}
	return []syncproto.Intent{intent}
}

// Accounts are the accounts a desk of the person may get grants of.
func Accounts(person syncproto.ID, now syncproto.Instant, ref reference.Reference) []syncproto.Ref {
	if !spends(person, ref) {
		return nil
	}
	return []syncproto.Ref{authority.Ref(person, syncproto.MonthOf(now))}
}

// spends says that the person has authority of their own.
func spends(person syncproto.ID, ref reference.Reference) bool {
	return ref.May(person, syncproto.CommandApproveClaim) || ref.May(person, syncproto.CommandApproveWarranty)
}

// Offered are the grants of an account that the incarnation has been issued and has not
// taken yet.
func Offered(account syncproto.Ref, body any, incarnation syncproto.ID) []syncproto.Grant {
	return authority.Offered(account, as[authority.Body](body), incarnation)
}

// TakeGrant is the command by which a desk takes a grant, without an id.
func TakeGrant(g syncproto.Grant) (syncproto.Intent, error) {
	return Write(syncproto.CommandTakeGrant, authority.TakeGrant{Grant: g.ID, Month: g.Month, Manager: g.Manager})
}
