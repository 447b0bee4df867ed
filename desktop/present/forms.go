package present

import (
	"errors"
	"strings"

	"redress/desktop/replica"
	"redress/syncproto"
	"redress/syncproto/claim"
	"redress/syncproto/rules"
	"redress/syncproto/ticket"
)

// TicketForm is what is filled in to act on a ticket; each action reads what it needs.
type TicketForm struct {
	Action     Action
	Text       string // what was said, answered, noted, promised, asked for
	Outbound   bool   // we called; otherwise the customer got in touch
	Channel    string
	Cause      syncproto.ID // the dispatch answered, or the promise kept
	Department syncproto.ID
	Field      string // to amend
	Old, New   string
	Warranty   bool
	Amount     string // as typed
	Station    string
	// About is the proposal, the escalation or the dispute it is about; the first if zero.
	About    syncproto.ID
	Rejected bool // the customer does not accept the result
	Verdict  Verdict
}

// Act makes the command of a form on a ticket. Where there are faults there is no command.
func (s Scene) Act(p Panorama, f TicketForm, newID func() syncproto.ID) ([]replica.Wish, []Fault) {
	f.Text, f.New, f.Station = strings.TrimSpace(f.Text), strings.TrimSpace(f.New), strings.TrimSpace(f.Station)
	command, screen, faults := s.act(p, f, newID)
	if len(faults) > 0 {
		return nil, faults
	}
	return []replica.Wish{{Kind: f.Action.Kind(), Command: command, Screen: clip(line(p.Number, p.Subject, screen))}}, nil
}

func (s Scene) act(p Panorama, f TicketForm, newID func() syncproto.ID) (command any, screen string, faults []Fault) {
	need := func(field string, empty bool) { faults = append(faults, s.missingIf(empty, field)...) }
	switch f.Action.Kind() {
	case syncproto.CommandContact:
		need(FieldText, f.Text == "")
		direction := ticket.Inbound
		if f.Outbound {
			direction = ticket.Outbound
		} else {
			f.Cause = syncproto.ID{} // only a call of ours keeps a promise
		}
		return ticket.Contact{Ticket: p.Ticket, Direction: direction, Channel: f.Channel, Text: f.Text, Fulfils: f.Cause}, f.Text, faults
	case syncproto.CommandPromise:
		what := f.Text
		if what == "" {
			what = s.Words("promise.what")
		}
		return ticket.Promise{Ticket: p.Ticket, What: what}, what, nil
	case syncproto.CommandDispatch:
		need(FieldDepartment, f.Department.IsZero())
		return ticket.Dispatch{Ticket: p.Ticket, Unit: f.Department, Note: f.Text}, line(s.unitOrNobody(f.Department), f.Text), faults
	case syncproto.CommandRespond:
		faults = s.goneIf(f.Cause.IsZero(), FieldDispatch)
		need(FieldText, f.Text == "")
		return ticket.Respond{Ticket: p.Ticket, Cause: f.Cause, Text: f.Text}, f.Text, faults
	case syncproto.CommandNote:
		need(FieldText, f.Text == "")
		return ticket.Note{Ticket: p.Ticket, Text: f.Text}, f.Text, faults
	case syncproto.CommandAmend:
		return ticket.Amend{Ticket: p.Ticket, Field: f.Field, Old: f.Old, New: f.New},
			line(s.fieldName(f.Field), s.Words("trail.change", "Old", s.orNothing(f.Old), "New", s.orNothing(f.New))), nil
	case syncproto.CommandFileClaim:
		return s.file(p, f, newID)
	case syncproto.CommandProposeSolved, syncproto.CommandAcceptProposal, syncproto.CommandRefuseProposal,
		syncproto.CommandFinalResponse, syncproto.CommandClose, syncproto.CommandReopen,
		syncproto.CommandActOn, syncproto.CommandDeEscalate, syncproto.CommandDecideDispute:
		return s.resolve(p, f)
	}
	return nil, "", []Fault{s.fault(syncproto.Finding{Code: syncproto.CodeUnknownKind})}
}

// refill is what a form looked like that gave this command; false for a command that no
// form on a ticket gives.
func refill(intent syncproto.Intent) (on syncproto.ID, f TicketForm, ok bool) {
	command, err := rules.Read(intent)
	if err != nil {
		return on, f, false
	}
	f.Action = Action(intent.Kind)
	switch c := command.(type) {
	case ticket.Contact:
		f.Text, f.Outbound, f.Channel, f.Cause = c.Text, c.Direction == ticket.Outbound, c.Channel, c.Fulfils
		return c.Ticket, f, true
	case ticket.Promise:
		f.Text = c.What
		return c.Ticket, f, true
	case ticket.Dispatch:
		f.Department, f.Text = c.Unit, c.Note
		return c.Ticket, f, true
	case ticket.Respond:
		f.Cause, f.Text = c.Cause, c.Text
		return c.Ticket, f, true
	case ticket.Note:
		f.Text = c.Text
		return c.Ticket, f, true
	case ticket.Amend:
		f.Field, f.New = c.Field, c.New
		return c.Ticket, f, true
	case claim.File:
		f.Warranty, f.Amount, f.Text, f.Station = c.Kind == claim.Warranty, c.Amount.String(), c.What, c.Station
		return c.Ticket, f, true
	}
	return refillResolving(command, f)
}

func (s Scene) file(p Panorama, f TicketForm, newID func() syncproto.ID) (command any, screen string, faults []Fault) {
	c := claim.File{ID: newID(), Ticket: p.Ticket, Kind: claim.Goodwill, What: f.Text, Station: f.Station}
	if f.Warranty {
		c.Kind = claim.Warranty
	} else {
		var err error
		if c.Amount, err = syncproto.ParseFen(f.Amount); err != nil || c.Amount <= 0 {
			faults = append(faults, s.fault(syncproto.Finding{Code: claim.CodeBadAmount, Field: FieldAmount}))
		}
	}
	faults = append(faults, s.missingIf(f.Text == "", FieldWhat)...)
	return c, line(s.Words("claim."+c.Kind.String()), amountIn(c.Kind, c.Amount), f.Text), faults
}

// maxScreenRunes keeps what was on the screen well under what a replica keeps of it.
const maxScreenRunes = 600

func clip(text string) string {
	if runes := []rune(text); len(runes) > maxScreenRunes {
		return string(runes[:maxScreenRunes]) + "…"
	}
	return text
}

// Refused is why a command was not kept, at the fields it is about. Any other error is one
// fault in words: nothing was kept then either.
func (s Scene) Refused(err error) []Fault {
	var refusal *replica.Refusal
	if !errors.As(err, &refusal) {
		return []Fault{{Text: s.Problem(err)}}
	}
	faults := make([]Fault, 0, len(refusal.Findings))
	for _, f := range refusal.Findings {
		faults = append(faults, s.fault(f))
	}
	return faults
}

// Problem is an error in words: by its code where it has one, and otherwise as what it is.
func (s Scene) Problem(err error) string { return Problem(s.Words, err) }

// EnrolProblem is an error of coming in, in words; again where the device is to be known again.
// What the server says so on other occasions too has another next step here.
func EnrolProblem(w Words, err error, again bool) string {
	var problem *syncproto.Problem
	if !errors.As(err, &problem) {
		return Problem(w, err)
	}
	switch {
	case problem.Code == syncproto.CodeRestoring:
		return w("login.restoring")
	case problem.Code == syncproto.CodeAlready:
		return w("login.already")
	case again && problem.Code == syncproto.CodeWrongCode:
		return w("login.againWrongCode")
	case again && problem.Code == syncproto.CodeWrongLog:
		return w("login.againWrongLog")
	}
	return Problem(w, err)
}

// Problem is an error in words, where nobody is logged in yet.
func Problem(w Words, err error) string {
	var problem *syncproto.Problem
	if errors.As(err, &problem) {
		if text := w("code."+string(problem.Code), "Text", problem.Detail, "Field", w("name.other"), "Amount", "", "When", "", "Person", ""); text != "" {
			return text
		}
	}
	return w("error.other", "Detail", err)
}
