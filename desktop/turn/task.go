package turn

import (
	"cmp"
	"slices"

	"redress/syncproto"
	"redress/syncproto/escalation"
	"redress/syncproto/organisation"
	"redress/syncproto/reference"
	"redress/syncproto/ticket"
)

// Duty is what a person has to do about a ticket, as the table of requirements §1 gives it to
// their role. Only what they can do themselves is one: what they answer for with others, or
// only watch, is not.
type Duty uint8

// Duties, in the order in which they are done where two are due at once.
const (
	TakeUp  Duty = iota + 1 // it was escalated to them
	Decide                  // a dispute
	Respond                 // their department was sent it
	Accept                  // a proposal waits for the seat: accept or refuse it
	Tell                    // solved, and the customer was not told
	Keep                    // a promise of their unit
	SolveUp                 // escalated to them and taken up: it is to be solved
	Solve                   // their department has it
	GoOn                    // the customer does not accept the result
	Handle                  // nobody has it: answer or dispatch it
	Close                   // nothing stands in the way
)

// String is the duty's name in assets/words, under "duty.<name>".
func (d Duty) String() string { return dutyNames[d] }

var dutyNames = map[Duty]string{TakeUp: "take-up", Decide: "decide", Respond: "respond", Accept: "accept", Tell: "tell", Keep: "keep",
	SolveUp: "solve-up", Solve: "solve", GoOn: "go-on", Handle: "handle", Close: "close"}

// Duties are all of them.
func Duties() []Duty {
	return []Duty{TakeUp, Decide, Respond, Accept, Tell, Keep, SolveUp, Solve, GoOn, Handle, Close}
}

// Command is what does the duty; 0 where no single one does.
func (d Duty) Command() syncproto.CommandKind { return commands[d] }

var commands = map[Duty]syncproto.CommandKind{
	TakeUp: syncproto.CommandActOn, Decide: syncproto.CommandDecideDispute, Respond: syncproto.CommandRespond,
	Accept: syncproto.CommandAcceptProposal, Tell: syncproto.CommandFinalResponse, Keep: syncproto.CommandContact,
	Solve: syncproto.CommandProposeSolved, GoOn: syncproto.CommandDispatch, Handle: syncproto.CommandDispatch, Close: syncproto.CommandClose,
}

// Task is a duty on a ticket, and by when.
type Task struct {
	Duty Duty
	// Clock is the person's own that runs for it. Without one (not Timed) it counts as due since
	// it waits.
	Clock escalation.Clock
	Timed bool
	Due   syncproto.Instant
}

// rights are the commands of tickets that the person may give.
type rights struct {
	acts, judges, responds, proposes, accepts, contacts, dispatches, tells, closes bool
}

func rightsOf(id syncproto.ID, known reference.Reference) rights {
	may := func(kind syncproto.CommandKind) bool { return known.May(id, kind) }
	return rights{
		acts: may(syncproto.CommandActOn), judges: may(syncproto.CommandDecideDispute), responds: may(syncproto.CommandRespond),
		proposes: may(syncproto.CommandProposeSolved), accepts: may(syncproto.CommandAcceptProposal),
		contacts: may(syncproto.CommandContact), dispatches: may(syncproto.CommandDispatch),
		tells: may(syncproto.CommandFinalResponse), closes: may(syncproto.CommandClose),
	}
}

// Tasks are the person's on a ticket, the one it stands at its place for first.
func (r Reader) Tasks(b ticket.Body) []Task {
	var all []Task
	for _, c := range b.Clocks {
		if duty := r.duty(b, c); duty != 0 {
			due, _ := r.WaitsFor(c)
			all = append(all, Task{Duty: duty, Clock: c, Timed: true, Due: due})
		}
	}
	if b.IsOpen() {
		all = append(all, r.untimed(b)...)
	}
	// First the answer, then the solution.
	all = without(without(all, SolveUp, TakeUp), Solve, Respond)
	slices.SortStableFunc(all, func(x, y Task) int { return cmp.Or(cmp.Compare(x.Due, y.Due), cmp.Compare(x.Duty, y.Duty)) })
	return all
}

// without leaves one duty out where there is another.
func without(all []Task, one, where Duty) []Task {
	is := func(d Duty) func(Task) bool { return func(t Task) bool { return t.Duty == d } }
	if slices.ContainsFunc(all, is(where)) {
		return slices.DeleteFunc(all, is(one))
	}
	return all
}

// duty is what a clock wants of the person; 0 for nothing.
func (r Reader) duty(b ticket.Body, c escalation.Clock) Duty {
	mine, proposed := r.may.acts && (c.Person == r.ID || c.Person.IsZero() && r.person.In(c.Unit)), len(b.Proposals) > 0
	switch {
	case c.Result == escalation.Disputed && r.Judges:
		return Decide
	case !c.Running():
	case c.Ladder == escalation.Recipient && c.Rung == escalation.TakesUp && mine:
		return TakeUp
	case c.Ladder == escalation.Recipient && c.Rung != escalation.TakesUp, c.Ladder == escalation.Resolution && c.Rung > 1:
		if mine && !proposed { // else the seat decides first
			return SolveUp
		}
	case c.Ladder == escalation.Response && r.may.responds && r.person.In(c.Unit):
		return Respond
	case c.Ladder == escalation.Promise && r.may.contacts && (c.Person == r.ID || r.person.In(c.Unit)):
		return Keep
	case c.Ladder == escalation.Resolution && !proposed:
		return r.solves(b)
	}
	return 0
}

// solves is what the solution wants of the person. Once the seat has answered the customer
// itself, closing is what ends the clock (closing), or to go on.
func (r Reader) solves(b ticket.Body) Duty {
	switch {
	case b.Holder.IsZero() && b.Responded == 0 && r.may.dispatches && r.has(b):
		return Handle
	case !b.Holder.IsZero() && r.may.proposes && r.person.In(b.Holder):
		return Solve
	}
	return 0
}

// untimed are the tasks that follow from how far the ticket has come. Each but closing waits
// since something happened.
func (r Reader) untimed(b ticket.Body) []Task {
	since := func(d Duty, due syncproto.Instant) []Task { return []Task{{Duty: d, Due: due}} }
	again, dispatched := dispatchedAgain(b)
	switch {
	case len(b.Proposals) > 0:
		if r.may.accepts && r.has(b) {
			return since(Accept, slices.MinFunc(b.Proposals, func(x, y ticket.Proposal) int { return cmp.Compare(x.At, y.At) }).At)
		}
	case b.OutcomeRejected && dispatched:
		if r.may.proposes && r.person.In(again.Unit) && r.person.In(b.Holder) {
			return since(Solve, again.Start)
		}
	case b.OutcomeRejected:
		if r.may.tells && r.has(b) {
			return since(GoOn, b.Responded)
		}
	case b.Resolved != 0 && b.Responded == 0:
		if r.may.tells && r.has(b) {
			return since(Tell, b.Resolved)
		}
	case len(ticket.Obstacles(b)) == 0:
		if r.may.closes && r.has(b) {
			return []Task{closing(b)}
		}
	case b.Resolved == 0 && b.Holder.IsZero() && !resolves(b):
		if r.may.dispatches && r.has(b) {
			return since(Handle, max(b.FirstContact, b.ReopenedAt))
		}
	}
	return nil
}

// has says that the ticket is with one of the person's units.
func (r Reader) has(b ticket.Body) bool { return inOne(r.person, b.CallCentre, b.Region, b.Holder) }

func inOne(p organisation.Person, units ...syncproto.ID) bool {
	return slices.ContainsFunc(units, p.In)
}

// dispatchedAgain is the last dispatch after the customer did not accept the result.
func dispatchedAgain(b ticket.Body) (c escalation.Clock, dispatched bool) {
	for _, k := range b.Clocks {
		if k.Ladder == escalation.Response && k.Start >= b.Responded {
			c, dispatched = k, true
		}
	}
	return c, dispatched
}

// resolves says that a clock runs until it is solved.
func resolves(b ticket.Body) bool {
	return slices.ContainsFunc(b.Clocks, func(c escalation.Clock) bool { return c.Ladder == escalation.Resolution && c.Running() })
}

// closing is the seat's alone, by the nearest of the clocks that it ends: of age, and of the
// solution where nobody proposed one.
func closing(b ticket.Body) Task {
	task := Task{Duty: Close, Due: b.Responded}
	for _, c := range b.Clocks {
		ends := c.Ladder == escalation.Ageing || c.Ladder == escalation.Resolution
		if ends && c.Running() && (!task.Timed || c.Due < task.Due) {
			task.Clock, task.Timed, task.Due = c, true, c.Due
		}
	}
	return task
}
