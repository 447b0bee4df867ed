package simulation

import (
	"fmt"

	"redress/syncproto"
	"redress/syncproto/claim"
	"redress/syncproto/customer"
	"redress/syncproto/escalation"
	"redress/syncproto/ticket"
)

// deskVerbs are what a person does at a desk. VERBS.md describes each.
var deskVerbs = map[string]func(*world, *station, *arguments) ([]string, error){
	"offline":    offline,
	"online":     online,
	"deaf":       deaf,
	"reboots":    reboots,
	"opens":      opens,
	"contact":    contact,
	"promises":   promises,
	"dispatches": dispatches,
	"responds":   responds,
	"notes":      notes,
	"amends":     amends,
	"files":      files,
	"approves":   approves,
	"rejects":    rejects,
}

func offline(w *world, s *station, _ *arguments) ([]string, error) {
	s.online = false
	s.cut(w.now)
	return nil, nil
}

func online(w *world, s *station, _ *arguments) ([]string, error) {
	s.online = true
	return nil, w.settle()
}

// deaf has what the server sends lost on its way, until the line is cut.
func deaf(_ *world, s *station, _ *arguments) ([]string, error) {
	s.deaf = true
	return nil, nil
}

// reboots starts the machine anew: its ticks begin again, and tell nothing about those of
// before.
func reboots(w *world, s *station, _ *arguments) ([]string, error) {
	s.cut(w.now)
	s.boot, s.booted = w.id(), w.now
	return nil, w.settle()
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

// cause is the newest running clock of the ladder as the desk sees it; zero for none.
func cause(s *station, id syncproto.ID, ladder escalation.Ladder) syncproto.ID {
	var newest syncproto.ID
	body, _ := s.desk.Document(ticket.Ref(id))
	seen, _ := body.(ticket.Body)
	for _, c := range seen.Clocks {
		if c.Ladder == ladder && (c.Ended == 0 || newest.IsZero()) {
			newest = c.Cause
		}
	}
	return newest
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

func amends(w *world, s *station, a *arguments) ([]string, error) {
	id, err := w.thing(a.word("a ticket"), syncproto.KindTicket)
	if err != nil {
		return nil, err
	}
	return w.tap(s, syncproto.CommandAmend, ticket.Amend{
		Ticket: id, Field: a.word("a field"), Old: a.value("from", ""), New: a.value("to", "")})
}

func files(w *world, s *station, a *arguments) ([]string, error) {
	name := a.word("a name for the claim")
	if _, taken := w.things[name]; taken {
		return nil, fmt.Errorf("%s is there already", name)
	}
	id, err := w.thing(a.value("on", ""), syncproto.KindTicket)
	if err != nil {
		return nil, err
	}
	c := claim.File{ID: w.id(), Ticket: id, Kind: claim.Warranty}
	if amount := a.word("an amount, or warranty"); amount != "warranty" {
		c.Kind, c.Amount = claim.Goodwill, a.money(amount)
	}
	c.What = a.word("what it is for")
	w.things[name] = claim.Ref(c.ID)
	return w.tap(s, syncproto.CommandFileClaim, c)
}

func approves(w *world, s *station, a *arguments) ([]string, error) {
	id, err := w.thing(a.word("a claim"), syncproto.KindClaim)
	if err != nil {
		return nil, err
	}
	lines, _ := s.desk.Approve(s.reading(w.now), id, a.word("a business reason"))
	return lines, w.settle()
}

func rejects(w *world, s *station, a *arguments) ([]string, error) {
	id, err := w.thing(a.word("a claim"), syncproto.KindClaim)
	if err != nil {
		return nil, err
	}
	body, _ := s.desk.Document(claim.Ref(id))
	seen, _ := body.(claim.Body)
	return w.tap(s, syncproto.CommandRejectClaim, claim.Reject{Claim: id, Round: seen.Round, Reason: a.word("a reason")})
}
