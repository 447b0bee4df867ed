package rules

import (
	"redress/syncproto"
	"redress/syncproto/reference"
)

// The questions about authority that the engine asks. They are answered by package
// authority.

// WhenConnected are the server's own commands to put through the ledger when a desk of
// the person is connected: grants it should have. What is not needed any more is dropped
// by Decide.
func WhenConnected(person, device, incarnation syncproto.ID, now syncproto.Instant, ref reference.Reference) []syncproto.Intent {
	return nil
}

// Accounts are the accounts a desk of the person may get grants of.
func Accounts(person syncproto.ID, now syncproto.Instant, ref reference.Reference) []syncproto.Ref {
	return nil
}

// Offered are the grants of an account that the incarnation has been issued and has not
// taken yet.
func Offered(account syncproto.Ref, body any, incarnation syncproto.ID) []syncproto.Grant {
	return nil
}

// TakeGrant is the command by which a desk takes a grant.
func TakeGrant(g syncproto.Grant) (syncproto.Intent, error) { return syncproto.Intent{}, nil }
