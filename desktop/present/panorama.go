package present

import (
	"slices"

	"redress/desktop/replica"
	"redress/syncproto"
	"redress/syncproto/claim"
	"redress/syncproto/customer"
	"redress/syncproto/escalation"
	"redress/syncproto/policy"
	"redress/syncproto/rules"
	"redress/syncproto/ticket"
)

// Panorama is all of one ticket on one screen (requirements §2).
type Panorama struct {
	Ticket  syncproto.ID
	Number  string
	Subject string
	// Customer is whose it is, with the telephone numbers, and Vehicle which car it is about; ""
	// where the file is not held here.
	Customer, Vehicle string
	Mark              string // how far the least of what was done here has come, or that it can only be read; "" once final
	Facts             []Fact
	Story             []Fact // description and demand, which want lines of their own
	State             string // 已解决，待回复客户; "" while it is simply open
	// Escalated says with whom it is higher up; "" where it is not.
	Escalated string
	Holder    string // who has it now
	Phone     string // whom to call, with the direct number, also for the customer
	Next      Action // the one strong button
	Others    []Action
	Clocks    []ClockLine
	Claims    []ClaimRow
	Trail     []TrailLine // newest first

	// What the forms begin with.
	Amendable []Field
	Responds  []Choice // dispatches this person can answer, newest first
	Promises  []Choice // promises a call of ours can keep, nearest first
	// PromiseDue is by when a promise given now is due: 最迟 明天 09:10.
	PromiseDue string
	// Proposals wait for the seat, Escalations for the person looking, and Disputes for the
	// service department; each for everybody to see.
	Proposals   []Proposed
	Escalations []Escalation
	Disputes    []Dispute
	// Obstacles are why it cannot be closed, each with what is to be done.
	Obstacles []string

	reopenings uint32
	resolves   syncproto.ID // cause of the resolution clock that runs now
}

// Fact is a name and what stands there.
type Fact struct{ Name, Text string }

// Field is a field that can be amended, with what it says now.
type Field struct{ Key, Name, Text string }

// Lines is the page as text.
func (p Panorama) Lines() []string {
	lines := []string{line(p.Number, p.Subject, p.Mark), line(p.Holder, p.Phone)}
	if standing := line(p.State, p.Escalated); standing != "" {
		lines = append(lines, standing)
	}
	for _, c := range p.Clocks {
		lines = append(lines, c.Text())
	}
	for _, c := range p.Claims {
		lines = append(lines, c.Text())
	}
	for _, t := range p.Trail {
		lines = append(lines, t.Head())
		if t.Text != "" {
			lines = append(lines, "  "+t.Text)
		}
	}
	return lines
}

// Text is what a field that can be amended says.
func (p Panorama) Text(field string) string {
	for _, f := range p.Amendable {
		if f.Key == field {
			return f.Text
		}
	}
	return ""
}

// about is what was read of a ticket.
type about struct {
	doc      replica.Document
	ticket   ticket.Body
	customer customer.Body
	vehicle  customer.Vehicle
	steps    []replica.Step
	claims   []replica.Row
}

func (s Scene) panorama(a about) Panorama {
	b := a.ticket
	s.lengths = s.rungs(a.steps)
	p := Panorama{
		Ticket: a.doc.Ref.ID, Number: b.Number, Subject: b.Subject, Customer: line(a.customer.Name, s.list(a.customer.Phones)),
		Vehicle: line(a.vehicle.VIN, a.vehicle.Model), Holder: s.holder(b), Phone: s.phone(b),
		Facts: s.facts(a), Story: s.story(b), Clocks: s.clockLines(a, ownClocks(a.steps)),
		Amendable: s.amendable(a), Responds: s.responds(b.Clocks), Promises: s.promises(b.Clocks),
		PromiseDue: s.promiseDue(b), State: s.state(b), Escalated: s.escalated(a),
		Proposals: s.proposals(a), Escalations: s.escalations(a), Disputes: s.disputes(a), Obstacles: s.obstacles(b),
		reopenings: b.Reopenings, resolves: escalation.LastCause(b.Clocks, escalation.Resolution),
	}
	p.Mark = s.standing(a.doc)
	if !a.doc.Limbo {
		p.Next, p.Others = s.actions(p, b)
	}
	for _, r := range a.claims {
		if body, ok := r.Body.(claim.Body); ok {
			p.Claims = append(p.Claims, s.claimRow(r, body))
		}
	}
	for _, step := range slices.Backward(a.steps) {
		p.Trail = append(p.Trail, s.trailLine(step.HistoryEntry, s.mark(step.Stage, 0)))
	}
	return p
}

// standing is how far the least of what was done here to a document has come, or that it can only
// be read any more; "" once all of it is final. Every place that shows a document says the same.
func (s Scene) standing(doc replica.Document) string {
	if doc.Limbo {
		return s.Words("ticket.limbo")
	}
	return s.mark(doc.Stage, 0)
}

// mark is how far a command has come, in words; "" once nothing is left to come. kind 0
// is any command but an approval.
func (s Scene) mark(stage replica.Stage, kind syncproto.CommandKind) string {
	approval := kind == syncproto.CommandApproveClaim || kind == syncproto.CommandApproveWarranty
	switch stage {
	case replica.KeptHere:
		if approval {
			return s.Words("final.binding")
		}
		return s.Words("final.kept")
	case replica.Again:
		return s.Words("final.again")
	case replica.Sent:
		return s.Words("final.sent")
	case replica.Held:
		return s.Words("final.held")
	case replica.Refused:
		return s.Words("final.refused")
	case replica.Final:
	}
	return ""
}

// onItsWay is what something of this desk, not yet confirmed, means to a clock: how far the least
// of it has come, 0 for nothing; and since when the clock counts all the same, 0 for from when the
// server has it. A server that was restored since keeps the time it told.
type onItsWay struct {
	stage replica.Stage
	since syncproto.Instant
}

// ownClocks are the clocks that steps of this desk, not yet confirmed, started, ended or
// left in doubt.
func ownClocks(steps []replica.Step) map[escalation.Name]onItsWay {
	names := map[escalation.Name]onItsWay{}
	add := func(name escalation.Name, step replica.Step, since syncproto.Instant) {
		own := names[name]
		if own.stage == 0 || step.Stage < own.stage {
			own.stage = step.Stage
		}
		own.since = max(own.since, since)
		names[name] = own
	}
	for _, step := range steps {
		if step.Stage == replica.Final {
			continue
		}
		event, err := rules.ReadEvent(step.Event)
		if err != nil {
			continue
		}
		switch e := event.(type) {
		case escalation.Started:
			add(e.Clock, step, step.Time)
		case escalation.Ended:
			add(e.Clock, step, 0)
		case escalation.Doubted:
			add(e.Clock, step, 0)
		}
	}
	return names
}

// phone is whom to call about the ticket: the liaison of the department that has it, or
// the seat that opened it, with the direct number; else the unit's own number.
func (s Scene) phone(b ticket.Body) string {
	unit, person := b.CallCentre, b.OpenedBy
	if !b.Holder.IsZero() {
		unit, person = b.Holder, syncproto.ID{}
		if liaisons := s.Reference.Members(unit, policy.Liaison); len(liaisons) > 0 {
			person = liaisons[0]
		}
	}
	if p, known := s.Reference.Person(person); known && p.Phone != "" {
		return s.Words("ticket.direct", "Name", p.Name, "Phone", p.Phone)
	}
	if u, known := s.Reference.Unit(unit); known && u.Phone != "" {
		return s.Words("ticket.direct", "Name", u.Name, "Phone", u.Phone)
	}
	return ""
}

func (s Scene) facts(a about) []Fact {
	b := a.ticket
	facts := []Fact{
		{"type", line(b.Type, b.Category)},
		{"channel", line(b.Channel, b.Board)},
		{"region", s.unitName(b.Region)},
		{"station", b.Station},
		{"contacts", s.Words("ticket.contacts", "N", b.Contacts, "First", s.when(b.FirstContact), "Last", s.when(b.LastContact))},
		{"opened-by", s.openedBy(b)},
	}
	return s.named(facts)
}

// openedBy is who opened the ticket, on which desk. A number that is not that desk's may be the
// number of another ticket too: whoever reads it has to see that.
func (s Scene) openedBy(b ticket.Body) string {
	by := line(s.personName(b.OpenedBy), s.deskName(b.OpenedOn))
	if ticket.IsForeign(s.Reference, b.OpenedOn, b.Number) {
		return s.Words("ticket.foreignNumber", "By", by)
	}
	return by
}

func (s Scene) story(b ticket.Body) []Fact {
	return s.named([]Fact{{"description", b.Description}, {"demand", b.Demand}})
}

// named drops what is empty and puts the fields' names in place of their keys.
func (s Scene) named(facts []Fact) []Fact {
	facts = slices.DeleteFunc(facts, func(f Fact) bool { return f.Text == "" })
	for i := range facts {
		facts[i].Name = s.fieldName(facts[i].Name)
	}
	return facts
}

func (s Scene) amendable(a about) []Field {
	phone := ""
	if len(a.customer.Phones) > 0 {
		phone = a.customer.Phones[0]
	}
	fields := []Field{
		{Key: ticket.FieldSubject, Text: a.ticket.Subject},
		{Key: ticket.FieldDescription, Text: a.ticket.Description},
		{Key: ticket.FieldDemand, Text: a.ticket.Demand},
		{Key: ticket.FieldStation, Text: a.ticket.Station},
		{Key: ticket.FieldCategory, Text: a.ticket.Category},
		{Key: customer.FieldName, Text: a.customer.Name},
		{Key: customer.FieldPhone, Text: phone},
	}
	for i := range fields {
		fields[i].Name = s.fieldName(fields[i].Key)
	}
	return fields
}
