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

// Connected is a device that is connected, with the incarnation that makes its commands.
type Connected struct {
	Device      syncproto.ID
	Incarnation syncproto.ID
}

// WhenConnected are the server's own commands to put through the ledger when a desk of
// the person is connected, without ids: grants it should have, of every month that is
// handed out now, and returns to be asked. together are all desks of the person that are
// connected, this one included. What is not needed any more is dropped by Decide.
func WhenConnected(person syncproto.ID, desk Connected, together []Connected, now syncproto.Instant, ref reference.Reference) []syncproto.Intent {
	if !spends(person, ref) {
		return nil
	}
	var holders []authority.Holder
	for _, c := range together[:min(len(together), maxTogether)] {
		holders = append(holders, authority.Holder(c))
	}
	var intents []syncproto.Intent
	for _, month := range authority.Months(now, ref.Policy) {
		intent, err := Write(syncproto.CommandIssueGrant, authority.IssueGrant{
			Manager: person, Month: month, Device: desk.Device, Incarnation: desk.Incarnation, Together: holders})
		if err != nil {
			return nil // so few holders are always under the limit
		}
		intents = append(intents, intent)
	}
	return intents
}

// maxTogether is among how many of a person's desks shares are evened out at a time.
const maxTogether = 16

// Accounts are the accounts a desk of the person may get grants of.
func Accounts(person syncproto.ID, now syncproto.Instant, ref reference.Reference) []syncproto.Ref {
	if !spends(person, ref) {
		return nil
	}
	var accounts []syncproto.Ref
	for _, month := range authority.Months(now, ref.Policy) {
		accounts = append(accounts, authority.Ref(person, month))
	}
	return accounts
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

// AskedBack is what an account asks the incarnation to return, of each grant.
func AskedBack(body any, incarnation syncproto.ID) []syncproto.Share {
	return authority.AskedOf(as[authority.Body](body), incarnation)
}

// ReturnGrants is the command by which a desk gives back parts of an account's grants,
// without an id. given is what the desk has given back of each of them in all.
func ReturnGrants(body any, shares, given []syncproto.Share) (syncproto.Intent, error) {
	account := as[authority.Body](body)
	intent, err := Write(syncproto.CommandReturnGrant, authority.ReturnGrant{Manager: account.Manager, Month: account.Month, Given: given})
	intent.Shares = shares
	return intent, err
}

// Knows says that an account has the grant as it was issued, whatever became of it. What a restore
// forgot is in it with no more than was spent.
func Knows(body any, grant syncproto.Grant) bool {
	state, known := as[authority.Body](body).Grant(grant.ID)
	return known && state.Amount == grant.Amount
}

// Dead says that a grant was written off or withdrawn: a desk that knows offers it no more.
func Dead(body any, grant syncproto.ID) bool {
	state, _ := as[authority.Body](body).Grant(grant)
	return state.Dead()
}
