package simulation

import (
	"fmt"

	"redress/syncproto"
	"redress/syncproto/customer"
	"redress/syncproto/escalation"
	"redress/syncproto/ticket"
)

// deskVerbs are what a person does at a desk. VERBS.md describes each.
var deskVerbs = map[string]func(*world, *station, *arguments) ([]string, error){
	"opens":      opens,
	"contact":    contact,
	"promises":   promises,
	"dispatches": dispatches,
	"responds":   responds,
	"notes":      notes,
	"amends":     amends,

	"enrols-again": enrolsAgain,
	"loses-code":   losesCode,

	"proposes":     proposes,
	"accepts":      accepts,
	"refuses":      refuses,
	"tells":        tells,
	"closes":       closes,
	"reopens":      reopens,
	"acts-on":      actsOn,
	"de-escalates": deEscalates,
	"decides":      decides,

	"files":          files,
	"approves":       approves,
	"rejects":        rejects,
	"sends-back":     sendsBack,
	"routes-up":      routesUp,
	"approves-above": approvesAbove,
	"reverses":       reverses,

	"takes-authority": takesAuthority,
	"evens-out":       evensOut,
}

// tap gives a command and lets the line, if there is one, do its work.
func (w *world) tap(s *station, kind syncproto.CommandKind, command any) ([]string, error) {
	lines, _ := s.desk.Tap(s.reading(w.now), kind, command)
	return lines, w.settle()
}

// thing is the document a scenario calls by a name.
func (w *world) thing(name string, kind syncproto.DocKind) (syncproto.ID, error) {
	ref, known := w.things[name]
	if !known || ref.Kind != kind {
		return syncproto.ID{}, fmt.Errorf("there is no %v called %q", kind, name)
	}
	return ref.ID, nil
}

func opens(w *world, s *station, a *arguments) ([]string, error) {
	name, subject := a.word("a name for the ticket"), a.word("a subject")
	if _, taken := w.things[name]; taken {
		return nil, fmt.Errorf("%s is there already", name)
	}
	number, err := s.desk.NextNumber()
	if err != nil {
		return nil, err
	}
	c := ticket.Open{
		ID: w.id(), Number: number, Subject: subject,
		Channel: a.value("channel", w.policy.Channels[0]), Board: a.value("board", w.policy.Boards[0]),
		Type: a.value("type", w.policy.Types[0]), Category: a.value("category", w.policy.Categories[0]),
		Description: a.value("description", ""), Demand: a.value("demand", ""), Station: a.value("station", ""),
		Region: w.units[a.value("region", "east")], CallCentre: w.units[a.value("centre", "centre")],
		Vehicle: customer.Car{VIN: a.value("vin", ""), Model: a.value("model", "")},
		Customer: customer.Caller{
			ID: w.id(), Name: a.value("customer", "张先生"), Phones: []string{a.value("phone", "13800000000")}},
	}
	w.things[name] = ticket.Ref(c.ID)
	lines, err := w.tap(s, syncproto.CommandOpen, c)
	return append([]string{number}, lines...), err
}

func contact(w *world, s *station, a *arguments) ([]string, error) {
	direction := ticket.Inbound
	if way := a.word("in or out"); way == "out" {
		direction = ticket.Outbound
	} else if way != "in" {
		return nil, fmt.Errorf("a contact is in (the customer called) or out (we did), not %q", way)
	}
	id, err := w.thing(a.word("a ticket"), syncproto.KindTicket)
	if err != nil {
		return nil, err
	}
	c := ticket.Contact{Ticket: id, Direction: direction, Channel: a.value("channel", w.policy.Channels[0]), Text: a.optional()}
	if a.value("keeps", "") == "promise" {
		c.Fulfils = cause(s, id, escalation.Promise)
	}
	return w.tap(s, syncproto.CommandContact, c)
}

// cause is that of the newest clock of the ladder that runs as the desk sees it, else of the
// first there was; zero for none.
func cause(s *station, id syncproto.ID, ladder escalation.Ladder) syncproto.ID {
	var found syncproto.ID
	for _, c := range seenTicket(s, id).Clocks {
		if c.Ladder == ladder && (c.Ended == 0 || found.IsZero()) {
			found = c.Cause
		}
	}
	return found
}

func promises(w *world, s *station, a *arguments) ([]string, error) {
	id, err := w.thing(a.word("a ticket"), syncproto.KindTicket)
	if err != nil {
		return nil, err
	}
	c := ticket.Promise{Ticket: id, What: a.word("what is promised")}
	if within := a.span("within", 0); within > 0 {
		c.Due = w.now.Add(within)
	}
	return w.tap(s, syncproto.CommandPromise, c)
}

func dispatches(w *world, s *station, a *arguments) ([]string, error) {
	id, err := w.thing(a.word("a ticket"), syncproto.KindTicket)
	if err != nil {
		return nil, err
	}
	to := a.word("a department")
	department, known := w.units[to]
	if !known {
		return nil, fmt.Errorf("there is no unit %q", to)
	}
	return w.tap(s, syncproto.CommandDispatch, ticket.Dispatch{Ticket: id, Unit: department, Note: a.optional()})
}

func responds(w *world, s *station, a *arguments) ([]string, error) {
	id, err := w.thing(a.word("a ticket"), syncproto.KindTicket)
	if err != nil {
		return nil, err
	}
	return w.tap(s, syncproto.CommandRespond, ticket.Respond{Ticket: id, Cause: cause(s, id, escalation.Response), Text: a.word("the answer")})
}

func notes(w *world, s *station, a *arguments) ([]string, error) {
	id, err := w.thing(a.word("a ticket"), syncproto.KindTicket)
	if err != nil {
		return nil, err
	}
	return w.tap(s, syncproto.CommandNote, ticket.Note{Ticket: id, Text: a.word("the note")})
}

// amends puts a field of a ticket right, or changes what a claim asks for.
func amends(w *world, s *station, a *arguments) ([]string, error) {
	name := a.word("a ticket or a claim")
	if w.things[name].Kind == syncproto.KindClaim {
		return amendsClaim(w, s, a, w.things[name].ID)
	}
	id, err := w.thing(name, syncproto.KindTicket)
	if err != nil {
		return nil, err
	}
	return w.tap(s, syncproto.CommandAmend, ticket.Amend{
		Ticket: id, Field: a.word("a field"), Old: a.value("from", ""), New: a.value("to", "")})
}
