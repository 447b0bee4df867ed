package present

import (
	"redress/desktop/turn"
	"redress/syncproto"
	"redress/syncproto/escalation"
	"redress/syncproto/policy"
	"redress/syncproto/ticket"
)

// The ladders of a ticket in words: what a rung is called, since when it counts, whom it
// goes to and whom it went to (requirements §4).

// ladder is what a clock is called of which the name alone is known: 响应, 解决, 升级响应;
// 超期 5 天 where the scene is of a ticket whose history says so, else 超期.
func (s Scene) ladder(name escalation.Name) string { return s.rung(name, s.lengths[name]) }

// rung is what a clock is called that waits so long: 超期 5 天.
func (s Scene) rung(name escalation.Name, length syncproto.Span) string {
	key := "ladder." + name.Ladder.String()
	if name.Ladder == escalation.Ageing && length > 0 {
		return s.Words(key+".after", "Span", s.length(length))
	}
	if name.Rung == 2 {
		if word := s.Words(key + ".second"); word != "" {
			return word
		}
	}
	return s.Words(key)
}

// escalatees are the roles that tickets are escalated to, most telling first.
var escalatees = []policy.Role{policy.Head, policy.VicePresident, policy.Leadership, policy.ServiceDesk}

// ranked is a person of an escalation with their role: 部长 赵刚.
func (s Scene) ranked(id syncproto.ID) string {
	person, known := s.Reference.Person(id)
	if id == s.Person || !known {
		return s.personName(id)
	}
	for _, role := range escalatees {
		if person.Has(role) {
			return s.Words("who.ranked", "Role", s.roleName(role), "Name", person.Name)
		}
	}
	return person.Name
}

// recipient is who has an escalation: a person, or the service department as a whole.
func (s Scene) recipient(unit, person syncproto.ID) string {
	switch {
	case !person.IsZero():
		return s.ranked(person)
	case unit.IsZero() || len(s.Reference.Members(unit, policy.ServiceDesk)) > 0:
		return s.roleName(policy.ServiceDesk)
	}
	return s.unitName(unit)
}

// wentTo is who a rung that fired went to; "" where the body no longer says.
func (s Scene) wentTo(of about, c escalation.Clock) string {
	firing := escalation.FiringID(of.doc.Ref.ID, c.Name())
	for _, k := range of.ticket.Clocks {
		if k.Ladder == escalation.Recipient && k.Cause == firing {
			return s.recipient(k.Unit, k.Person)
		}
	}
	return ""
}

// answersFor is who answers for a clock.
func (s Scene) answersFor(of about, c escalation.Clock) string {
	switch {
	case c.Ladder == escalation.Recipient, c.Ladder == escalation.Resolution && !c.Unit.IsZero():
		return s.recipient(c.Unit, c.Person)
	case !c.Unit.IsZero():
		return s.unitName(c.Unit)
	case !c.Person.IsZero():
		return s.personName(c.Person)
	case c.Ladder == escalation.Resolution:
		return s.unitOrNobody(ticket.Solver(of.ticket))
	case c.Ladder == escalation.Ageing: // only the seat closes
		return s.unitOrNobody(of.ticket.CallCentre)
	}
	return ""
}

// rule is since when a clock counts, how long, and whom it goes to then; "" for the clocks
// of dispatches and promises, whose due time says it all.
func (s Scene) rule(of about, c escalation.Clock) string {
	limit, basis := c.Due.Sub(c.Start), "dispatch"
	switch {
	case c.Ladder == escalation.Response || c.Ladder == escalation.Promise:
		return ""
	case c.Ladder == escalation.Recipient || c.Ladder == escalation.Resolution && c.Rung > 1:
		basis = "escalated"
	case c.Start == of.ticket.FirstContact:
		basis = "contact"
	case c.Start == of.ticket.ReopenedAt:
		basis = "reopened"
	}
	text := s.Words("clock.basis."+basis, "Span", s.length(limit))
	if c.Ladder == escalation.Ageing && c.Running() && of.ticket.Reopenings > 0 {
		text = s.afterReopening(of, c)
	}
	if c.Ladder != escalation.Recipient && c.Running() && c.Fired == 0 {
		text = s.Words("clock.next", "Rule", text, "Who", s.recipient(ticket.Escalatee(s.Reference, of.ticket, c)))
	}
	return text
}

// afterReopening is since when a rung of ageing counts on a ticket that was reopened: the
// time spent closed does not count, and what would be due within the grace after the
// reopening is due at its end.
func (s Scene) afterReopening(of about, c escalation.Clock) string {
	length, lifted := s.ageing(of.ticket, c)
	if lifted {
		return s.Words("clock.basis.grace", "Span", s.length(length))
	}
	return s.Words("clock.basis.open", "Span", s.length(length))
}

// notes are what happened to a clock and what will: fired, taken back, reminded, disputed,
// not before.
func (s Scene) notes(of about, c escalation.Clock) []string {
	var notes []string
	kind := "told"
	if escalates(c) {
		kind = "escalated"
	} else if c.Ladder == escalation.Recipient {
		kind = "reminded"
	}
	switch to := s.wentTo(of, c); {
	case c.Fired == 0:
	case c.Rescinded:
		notes = append(notes, s.Words("clock.rescinded."+kind, "When", s.when(c.Fired)))
	case escalates(c) && to != "":
		notes = append(notes, s.Words("clock.firedTo", "When", s.when(c.Fired), "Who", to))
	default:
		notes = append(notes, s.Words("clock.fired."+kind, "When", s.when(c.Fired)))
	}
	if c.ArrivedLate {
		notes = append(notes, s.Words("clock.arrivedLate"))
	}
	if c.Reminded > 0 && c.Running() {
		notes = append(notes, s.Words("clock.reminded", "N", c.Reminded))
	}
	switch {
	case c.Result == escalation.Disputed && c.Until != 0:
		notes = append(notes, s.Words("clock.disputedUntil", "Who", s.recipient(of.ticket.Referee, syncproto.ID{}), "When", s.when(c.Until)))
	case c.Judged && (c.Result == escalation.Missed || c.Result == escalation.MetOffline):
		notes = append(notes, s.Words("clock.judged"))
	}
	return notes
}

// result is how a clock ended, in words that fit its ladder.
func (s Scene) result(of about, c escalation.Clock) string {
	key := "result." + c.Result.String()
	if c.Result != escalation.Withdrawn {
		return s.Words(key)
	}
	switch {
	case c.Ladder == escalation.Recipient:
		return s.Words(key + ".recipient")
	case !of.ticket.IsOpen() && c.Ended >= of.ticket.Closed:
		return s.Words(key + ".closed")
	}
	return s.Words(key + ".dispatched")
}

// escalated says that the ticket is with somebody higher up, and with whom: the person
// looking, else of the latest rung that fired and stands; "" where it is not.
func (s Scene) escalated(of about) string {
	if !of.ticket.IsOpen() || of.ticket.Resolved != 0 {
		return ""
	}
	if len(s.escalations(of)) > 0 {
		return s.Words("ticket.escalatedTo", "Who", s.personName(s.Person))
	}
	var latest escalation.Clock
	for _, c := range of.ticket.Clocks {
		if escalates(c) && c.Fired != 0 && !c.Rescinded && c.Fired >= latest.Fired {
			latest = c
		}
	}
	if latest.Fired == 0 {
		return ""
	}
	if to := s.wentTo(of, latest); to != "" {
		return s.Words("ticket.escalatedTo", "Who", to)
	}
	return s.Words("ticket.escalated")
}

// answers says that the person looking answers for the clock: alone, or as one of the unit
// where it is nobody's in particular.
func (s Scene) answers(c escalation.Clock) bool {
	return c.Person == s.Person || c.Person.IsZero() && s.in(c.Unit)
}

// escalates says that the clock's firing gives the ticket to somebody higher up.
func escalates(c escalation.Clock) bool {
	return c.Ladder == escalation.Resolution || c.Ladder == escalation.Ageing
}

// reader is the person looking, for whom tickets wait.
func (s Scene) reader() turn.Reader { return turn.ReaderOf(s.Person, s.Reference) }
