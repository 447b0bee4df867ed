package ticket

import (
	"redress/syncproto"
	"redress/syncproto/escalation"
	"redress/syncproto/reference"
)

// What windows ask of a ticket before anybody gives a command: the very rules by which the
// command will be judged.

// Obstacles are why the ticket cannot be closed as it stands, in the order in which they
// are best cleared away (requirements §7); none where the seat may close it.
func Obstacles(body Body) []syncproto.Finding {
	if !body.IsOpen() {
		return []syncproto.Finding{{Code: CodeClosed}}
	}
	var all []syncproto.Finding
	for _, p := range body.Proposals {
		all = append(all, syncproto.Finding{Code: CodeProposalWaits, Person: p.Person})
	}
	for _, c := range body.Clocks {
		if c.Ladder == escalation.Promise && c.Running() {
			all = append(all, syncproto.Finding{Code: CodePromiseOpen, When: c.Due, Text: c.What})
		}
	}
	switch {
	case body.Responded == 0:
		all = append(all, syncproto.Finding{Code: CodeNotTold})
	case body.OutcomeRejected:
		all = append(all, syncproto.Finding{Code: CodeOutcomeRejected})
	}
	return all
}

// CallBy is when a call that is promised at the moment is due: the policy's limit after the
// first contact, or after the moment where that has passed (ours).
func CallBy(ref reference.Reference, body Body, at syncproto.Instant) syncproto.Instant {
	limit := ref.Policy.PromiseLimit
	if due := body.FirstContact.Add(limit); due >= at {
		return due
	}
	return at.Add(limit)
}

// Escalatee is who a rung of resolution or ageing would go to if it fired now: a person, or
// the whole unit where that is zero.
func Escalatee(ref reference.Reference, body Body, c escalation.Clock) (unit, person syncproto.ID) {
	to := deciding{ref: ref, body: body}.escalatee(c)
	return to.unit, to.person
}

// Solver is the unit that has to solve the ticket now.
func Solver(body Body) syncproto.ID { return deciding{body: body}.holder() }
