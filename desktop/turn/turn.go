// Package turn is what a person has to do next: what a ticket wants of them and by which clock,
// which claims wait for them, and where each stands among those that wait.
//
// It promises, in order of importance:
//
//  1. A row shows the clock that it stands at its place for: whoever lists tickets and
//     whoever shows them ask here.
//  2. What the person has to do comes before what others owe, each by its clock: nobody has to
//     look through what waits for others to find it (requirements §1, §4).
//  3. It follows from the ticket and from who the person is, not from the time: a list need not be
//     sorted anew because a minute went by.
package turn

import (
	"cmp"
	"math"
	"slices"

	"redress/syncproto"
	"redress/syncproto/claim"
	"redress/syncproto/escalation"
	"redress/syncproto/organisation"
	"redress/syncproto/policy"
	"redress/syncproto/reference"
	"redress/syncproto/ticket"
)

// Reader is the person for whom tickets wait, as far as it matters to their order.
type Reader struct {
	ID     syncproto.ID
	Judges bool // decides on disputed evidence
	// Of claims: Manager decides those of their region, Above those that were routed up.
	Manager, Above bool
	may            rights
	person         organisation.Person
}

// ReaderOf is a person as the reference data knows them.
func ReaderOf(id syncproto.ID, known reference.Reference) Reader {
	person, _ := known.Person(id)
	may := func(kind syncproto.CommandKind) bool { return known.May(id, kind) }
	return Reader{ID: id, Judges: may(syncproto.CommandDecideDispute), Manager: may(syncproto.CommandApproveClaim),
		Above: may(syncproto.CommandApproveAbove), may: rightsOf(id, known), person: person}
}

// Same says that tickets and claims wait for both in the same order.
func (r Reader) Same(other Reader) bool {
	return r.ID == other.ID && r.Judges == other.Judges && r.Manager == other.Manager && r.Above == other.Above && r.may == other.may &&
		slices.Equal(r.person.Units, other.person.Units) && slices.Equal(r.person.Roles, other.person.Roles)
}

// Decides says that the claim waits for a manager, and the person is one of its region.
func (r Reader) Decides(b claim.Body) bool {
	return r.Manager && r.person.In(b.Region) && b.ForManager()
}

// DecidesAbove says that the claim waits for the service department, and the person is of it.
func (r Reader) DecidesAbove(b claim.Body) bool { return r.Above && b.State == claim.StateRoutedUp }

// Mine says that the claim waits for the person: to decide it, or to complete what was sent
// back to them.
func (r Reader) Mine(b claim.Body) bool {
	return r.Decides(b) || r.DecidesAbove(b) || b.State == claim.StateReturned && b.FiledBy == r.ID
}

// Files says that the person may file on the claim's ticket, and so amend the claim.
func (r Reader) Files(b claim.Body) bool {
	return r.person.Has(policy.Seat) && r.person.In(b.CallCentre) || r.person.In(b.Region)
}

// Concern is how much a clock is the person's own: 0 for their own duty, 1 for that of
// those they answer with, 2 for others'.
func (r Reader) Concern(b ticket.Body, c escalation.Clock) int {
	mine := c.Person == r.ID || c.Person.IsZero() && r.person.In(c.Unit)
	switch {
	case c.Result == escalation.Disputed && r.Judges:
		return 0
	case c.Ladder == escalation.Recipient && mine, c.Ladder == escalation.Resolution && c.Person == r.ID:
		return 0
	case c.Ladder == escalation.Recipient:
		return 2
	case r.person.In(c.Unit), r.person.In(b.CallCentre), r.person.In(b.Region), c.Unit.IsZero() && r.person.In(b.Holder):
		return 1
	}
	return 2
}

// WaitsFor says that the clock still wants something of somebody, and by when: of whoever
// decides, where it is disputed.
func (r Reader) WaitsFor(c escalation.Clock) (due syncproto.Instant, waits bool) {
	if c.Result == escalation.Disputed && r.Judges {
		return c.Until, true
	}
	return c.Due, c.Running()
}

// Nearest is the clock that a row shows of a ticket on which the person has no task: of those
// that run, the nearest of the person's own, else of those they answer with, else of others;
// else the one that ended last. False where there is none.
func (r Reader) Nearest(b ticket.Body) (escalation.Clock, bool) {
	if len(b.Clocks) == 0 {
		return escalation.Clock{}, false
	}
	return slices.MinFunc(b.Clocks, func(x, y escalation.Clock) int {
		first, runs := r.WaitsFor(x)
		second, other := r.WaitsFor(y)
		switch {
		case runs != other && runs:
			return -1
		case runs != other:
			return 1
		case !runs:
			return Compare(x, y)
		}
		if by := r.Concern(b, x) - r.Concern(b, y); by != 0 {
			return by
		}
		return cmp.Compare(first, second)
	}), true
}

// Compare puts clocks in the order they are shown in: those that run nearest first, then what
// is disputed, then the ended ones, newest first.
func Compare(a, b escalation.Clock) int {
	tier := func(c escalation.Clock) int {
		switch {
		case c.Running():
			return 0
		case c.Result == escalation.Disputed:
			return 1
		}
		return 2
	}
	switch by := tier(a) - tier(b); {
	case by != 0:
		return by
	case a.Running():
		return cmp.Compare(a.Due, b.Due)
	}
	return cmp.Compare(b.Ended, a.Ended)
}

// Never is when a document is due that waits for nothing: after all others.
const Never syncproto.Instant = math.MaxInt64

// Turn is where a document stands in a list: by rank, then by time.
type Turn struct {
	Rank int // 0 the person has something to do, 1 others, 2 nothing runs, or it is none of theirs
	Due  syncproto.Instant
}

// OfLeft is where a document stands that has left and can only be read, with the body that it had then: it
// waits for the person no more, and which clocks of a ticket still run is not known.
func (r Reader) OfLeft(body any) Turn {
	if _, is := body.(ticket.Body); is {
		return Turn{2, Never}
	}
	at := r.Of(body)
	return Turn{max(at.Rank, 1), at.Due}
}

// Of is where a document stands among those of its kind: tickets by what the person has to do
// first, and the others by the clock that is shown; claims that are not decided by whether they
// wait for the person and how long they have waited, those approved by how lately, before those
// that were not.
func (r Reader) Of(body any) Turn {
	switch b := body.(type) {
	case ticket.Body:
		if tasks := r.Tasks(b); len(tasks) > 0 {
			return Turn{0, tasks[0].Due}
		}
		c, some := r.Nearest(b)
		if due, runs := r.WaitsFor(c); some && runs {
			return Turn{1, due}
		}
		return Turn{2, Never}
	case claim.Body:
		switch {
		case b.Open() && r.Mine(b):
			return Turn{0, b.FiledAt}
		case b.Open() && r.Files(b):
			return Turn{1, b.FiledAt}
		case b.Open():
			return Turn{2, b.FiledAt}
		}
		return Turn{2, Never - b.Approval.At}
	}
	return Turn{2, Never}
}
