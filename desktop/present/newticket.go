package present

import (
	"strings"

	"redress/desktop/replica"
	"redress/syncproto"
	"redress/syncproto/customer"
	"redress/syncproto/organisation"
	"redress/syncproto/ticket"
)

// Fault is what is wrong with a form, at the field it is about; Field is "" where it is
// about the whole.
type Fault struct{ Field, Text string }

// The names of a form's fields that no document has a name for.
const (
	FieldChannel    = "channel"
	FieldBoard      = "board"
	FieldType       = "type"
	FieldVIN        = "vin"
	FieldModel      = "model"
	FieldRegion     = "region"
	FieldCallCentre = "call-centre"
	FieldDepartment = "department"
	FieldText       = "text"
	FieldWhat       = "what"
	FieldAmount     = "amount"
	FieldReason     = "reason"
	FieldVerdict    = "verdict"
	FieldComment    = "comment"
	FieldLimit      = "limit"
	FieldDevice     = "device"
	FieldDispatch   = "dispatch"
	FieldAbout      = "about"
)

// NewTicket is what a seat fills in while the customer is on the phone.
type NewTicket struct {
	Number      string // given before the first key is pressed
	Name, Phone string
	VIN, Model  string
	Subject     string
	Description string
	Demand      string
	Station     string
	Channel     string
	Board       string
	Type        string
	Category    string
	Region      syncproto.ID
	CallCentre  syncproto.ID
	// Promise says that a specialist calls within the policy's limit.
	Promise    bool
	Department syncproto.ID // zero: not dispatched
	Note       string       // for the department
}

// NewTicketForm is what the form offers.
type NewTicketForm struct {
	Channels, Boards, Types, Categories []string
	Regions, CallCentres, Departments   []Choice     // the first of each is the likely one
	Region                              syncproto.ID // the person's own, or the only one; zero where it is to be picked
	Promise                             string       // 24 小时内专员回电
	PromiseDue                          string       // 最迟 明天 09:10
}

// NewTicketForm is the form as it stands at this moment.
func (s Scene) NewTicketForm() NewTicketForm {
	p := s.Reference.Policy
	regions := s.units(organisation.Region)
	return NewTicketForm{
		Channels: p.Channels, Boards: p.Boards, Types: p.Types, Categories: p.Categories,
		Regions:     regions,
		Region:      s.ownOf(regions),
		CallCentres: s.units(organisation.CallCentre),
		Departments: s.units(organisation.Department),
		Promise:     s.promiseWords(),
		PromiseDue:  s.Words("promise.due", "When", s.when(s.Now.Add(p.PromiseLimit))),
	}
}

func (s Scene) promiseWords() string {
	return s.Words("promise.call", "Span", s.length(s.Reference.Policy.PromiseLimit))
}

// units are the units of a kind, the person's own first.
func (s Scene) units(kind organisation.UnitKind) []Choice {
	var own, others []Choice
	for _, id := range s.Reference.UnitsOf(kind) {
		if s.in(id) {
			own = append(own, Choice{ID: id, Text: s.unitName(id)})
		} else {
			others = append(others, Choice{ID: id, Text: s.unitName(id)})
		}
	}
	return append(own, others...)
}

// ownOf is the one unit that is the person's own, or the only one there is. Where there are
// several it is zero: a region that nobody picked would go out wrong without a word.
func (s Scene) ownOf(units []Choice) syncproto.ID {
	switch {
	case len(units) == 1, len(units) > 1 && s.in(units[0].ID) && !s.in(units[1].ID):
		return units[0].ID
	}
	return syncproto.ID{}
}

// Open makes the commands of a new ticket, in the order in which they are given: open,
// then the promise, then the dispatch. The faults are all that can be told before giving
// them; where there are any, there are no commands.
func (s Scene) Open(f NewTicket, newID func() syncproto.ID) ([]replica.Wish, []Fault) {
	f = trimmed(f)
	vin, faults := s.checkNewTicket(f)
	if len(faults) > 0 {
		return nil, faults
	}
	open := ticket.Open{
		ID: newID(), Number: f.Number, Channel: f.Channel, Board: f.Board, Type: f.Type, Category: f.Category,
		Subject: f.Subject, Description: f.Description, Demand: f.Demand, Station: f.Station,
		Region: f.Region, CallCentre: f.CallCentre,
		Customer: customer.Caller{ID: newID(), Name: f.Name, Phones: phones(f.Phone)},
		Vehicle:  customer.Car{VIN: vin, Model: f.Model},
	}
	about := line(f.Number, f.Subject)
	wishes := []replica.Wish{{Kind: syncproto.CommandOpen, Command: open, Screen: line(about, f.Name, f.Phone, vin)}}
	if f.Promise {
		wishes = append(wishes, replica.Wish{Kind: syncproto.CommandPromise, Screen: line(about, s.promiseWords()),
			Command: ticket.Promise{Ticket: open.ID, What: s.Words("promise.what")}})
	}
	if !f.Department.IsZero() {
		wishes = append(wishes, replica.Wish{Kind: syncproto.CommandDispatch, Screen: line(about, s.unitName(f.Department)),
			Command: ticket.Dispatch{Ticket: open.ID, Unit: f.Department, Note: f.Note}})
	}
	return wishes, nil
}

func trimmed(f NewTicket) NewTicket {
	for _, text := range []*string{&f.Name, &f.Phone, &f.VIN, &f.Model, &f.Subject, &f.Description, &f.Demand, &f.Station, &f.Note} {
		*text = strings.TrimSpace(*text)
	}
	return f
}

// checkNewTicket finds everything that is missing at once, so that nobody has to come back
// to the form twice.
func (s Scene) checkNewTicket(f NewTicket) (vin string, faults []Fault) {
	missing := func(field string, empty bool) { faults = append(faults, s.missingIf(empty, field)...) }
	missing(customer.FieldName, f.Name == "" && f.Phone == "")
	if f.VIN != "" {
		var err error
		if vin, err = customer.NormaliseVIN(f.VIN); err != nil {
			faults = append(faults, s.fault(syncproto.Finding{Code: customer.CodeVIN, Field: FieldVIN, Text: f.VIN}))
		}
	}
	missing(FieldVIN, f.VIN == "" && f.Model != "")
	missing(ticket.FieldSubject, f.Subject == "")
	missing(FieldChannel, f.Channel == "")
	missing(FieldType, f.Type == "")
	missing(FieldRegion, f.Region.IsZero())
	missing(FieldCallCentre, f.CallCentre.IsZero())
	return vin, faults
}

// fault is a finding at its field.
func (s Scene) fault(f syncproto.Finding) Fault { return Fault{Field: f.Field, Text: s.Finding(f)} }

// phones are the numbers of one field, with whatever stands between them.
func phones(text string) []string {
	return strings.FieldsFunc(text, func(r rune) bool { return strings.ContainsRune("、,，;；/\n", r) })
}
