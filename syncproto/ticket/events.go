package ticket

import (
	"slices"

	"redress/syncproto"
	"redress/syncproto/escalation"
)

// Opened is the event of a new ticket.
type Opened struct {
	Number       string            `cbor:"1,keyasint,omitempty"`
	Channel      string            `cbor:"2,keyasint,omitempty"`
	Board        string            `cbor:"3,keyasint,omitempty"`
	Type         string            `cbor:"4,keyasint,omitempty"`
	Category     string            `cbor:"5,keyasint,omitempty"`
	Subject      string            `cbor:"6,keyasint,omitempty"`
	Description  string            `cbor:"7,keyasint,omitempty"`
	Demand       string            `cbor:"8,keyasint,omitempty"`
	Station      string            `cbor:"9,keyasint,omitempty"`
	Region       syncproto.ID      `cbor:"10,keyasint,omitzero"`
	CallCentre   syncproto.ID      `cbor:"11,keyasint,omitzero"`
	Customer     syncproto.ID      `cbor:"12,keyasint,omitzero"`
	Vehicle      syncproto.ID      `cbor:"13,keyasint,omitzero"`
	OpenedBy     syncproto.ID      `cbor:"14,keyasint,omitzero"`
	OpenedOn     syncproto.ID      `cbor:"15,keyasint,omitzero"`
	FirstContact syncproto.Instant `cbor:"16,keyasint,omitempty"`
	Policy       uint32            `cbor:"17,keyasint,omitempty"`
}

// Contacted is the event of a contact.
type Contacted struct {
	Direction Direction         `cbor:"1,keyasint,omitempty"`
	Channel   string            `cbor:"2,keyasint,omitempty"`
	Text      string            `cbor:"3,keyasint,omitempty"`
	Fulfils   syncproto.ID      `cbor:"4,keyasint,omitzero"`
	At        syncproto.Instant `cbor:"5,keyasint,omitempty"`
	// Ahead is the answer as evidence, where what it answers is not there.
	Ahead escalation.Evidence `cbor:"6,keyasint,omitzero"`
}

// Promised is the event of a promise. The clock it starts, if any, is an event of its own.
type Promised struct {
	What  string            `cbor:"1,keyasint,omitempty"`
	Due   syncproto.Instant `cbor:"2,keyasint,omitempty"`
	Cause syncproto.ID      `cbor:"3,keyasint,omitzero"`
	// Repeats is the cause of the promise that this one only repeats.
	Repeats syncproto.ID `cbor:"4,keyasint,omitzero"`
}

// Dispatched is the event of a ticket sent to a department.
type Dispatched struct {
	Unit  syncproto.ID `cbor:"1,keyasint,omitzero"`
	Note  string       `cbor:"2,keyasint,omitempty"`
	Cause syncproto.ID `cbor:"3,keyasint,omitzero"`
	From  syncproto.ID `cbor:"4,keyasint,omitzero"` // unit that held it before
}

// Responded is the event of a department's answer.
type Responded struct {
	Cause syncproto.ID `cbor:"1,keyasint,omitzero"`
	Unit  syncproto.ID `cbor:"2,keyasint,omitzero"` // that the dispatch went to
	Text  string       `cbor:"3,keyasint,omitempty"`
	// Ahead is the answer as evidence, where what it answers is not there.
	Ahead escalation.Evidence `cbor:"4,keyasint,omitzero"`
}

// Noted is the event of a note.
type Noted struct {
	Text string `cbor:"1,keyasint,omitempty"`
}

// Amended is the event of a field put right. Of a customer's field it is a line in the
// trail; the customer's file has an event of its own.
type Amended struct {
	Field string `cbor:"1,keyasint,omitempty"`
	Old   string `cbor:"2,keyasint,omitempty"`
	New   string `cbor:"3,keyasint,omitempty"`
}

// ClaimAttached is the event of a claim filed on the ticket.
type ClaimAttached struct {
	Claim syncproto.ID `cbor:"1,keyasint,omitzero"`
	Kind  uint8        `cbor:"2,keyasint,omitempty"` // claim.Kind
}

// ClaimDecided is the event of a decision on one of the ticket's claims: a line in the
// trail, without the amount, which not all who read tickets may see.
type ClaimDecided struct {
	Claim    syncproto.ID `cbor:"1,keyasint,omitzero"`
	Kind     uint8        `cbor:"2,keyasint,omitempty"` // claim.Kind
	Approved bool         `cbor:"3,keyasint,omitempty"`
}

// Proposed is the event of an engineer's word that it is solved.
type Proposed struct {
	Proposal Proposal     `cbor:"1,keyasint,omitzero"`
	Cause    syncproto.ID `cbor:"2,keyasint,omitzero"` // of the dispatch it also answers
	Text     string       `cbor:"3,keyasint,omitempty"`
	// Ahead is the answer as evidence, where what it answers is not there.
	Ahead escalation.Evidence `cbor:"4,keyasint,omitzero"`
}

// ProposalAccepted is the event of a ticket that is solved, since the proposal.
type ProposalAccepted struct {
	Proposal syncproto.ID `cbor:"1,keyasint,omitzero"`
	Person   syncproto.ID `cbor:"2,keyasint,omitzero"` // who proposed
	// At is since when the ticket is solved; 0 where the proposal says nothing about the time
	// since it was reopened.
	At syncproto.Instant `cbor:"3,keyasint,omitempty"`
}

// ProposalRefused is the event of a proposal that does not count.
type ProposalRefused struct {
	Proposal syncproto.ID `cbor:"1,keyasint,omitzero"`
	Person   syncproto.ID `cbor:"2,keyasint,omitzero"` // who proposed
	Reason   string       `cbor:"3,keyasint,omitempty"`
}

// FinallyResponded is the event of the customer told the result.
type FinallyResponded struct {
	Channel  string            `cbor:"1,keyasint,omitempty"`
	Text     string            `cbor:"2,keyasint,omitempty"`
	Rejected bool              `cbor:"3,keyasint,omitempty"`
	At       syncproto.Instant `cbor:"4,keyasint,omitempty"`
}

// Closed is the event of a ticket closed.
type Closed struct {
	At syncproto.Instant `cbor:"1,keyasint,omitempty"`
}

// Reopened is the event of a closed ticket that is open again, by a contact.
type Reopened struct {
	Channel string            `cbor:"1,keyasint,omitempty"`
	Text    string            `cbor:"2,keyasint,omitempty"`
	At      syncproto.Instant `cbor:"3,keyasint,omitempty"`
	// ClosedFor is how long it was closed this time: it does not count for ageing.
	ClosedFor syncproto.Span `cbor:"4,keyasint,omitempty"`
}

// EscalationActedOn is the event of an escalation taken up.
type EscalationActedOn struct {
	Firing syncproto.ID `cbor:"1,keyasint,omitzero"`
	Text   string       `cbor:"2,keyasint,omitempty"`
	// Ahead is the answer as evidence, where what it answers is not there.
	Ahead escalation.Evidence `cbor:"3,keyasint,omitzero"`
}

// DeEscalated is the event of an escalation handed back.
type DeEscalated struct {
	Firing syncproto.ID `cbor:"1,keyasint,omitzero"`
	Unit   syncproto.ID `cbor:"2,keyasint,omitzero"` // that has the ticket
	Reason string       `cbor:"3,keyasint,omitempty"`
}

// Evolve applies an event to a ticket.
func Evolve(body Body, event any) Body {
	switch e := event.(type) {
	case Opened:
		return opened(e)
	case Contacted:
		if e.Direction == Inbound {
			body.Contacts++
			body.LastContact = max(body.LastContact, e.At)
		}
		body.Ahead = escalation.Keep(body.Ahead, promiseOf(e.Fulfils), e.Ahead)
	case Promised:
		if !e.Repeats.IsZero() {
			body.Clocks = escalation.Repeat(body.Clocks, e.Repeats, e.Cause)
			body.Ahead = escalation.Arrived(body.Ahead, promiseOf(e.Repeats), e.Cause)
		}
	case Responded:
		body.Ahead = escalation.Keep(body.Ahead, responseTo(e.Cause), e.Ahead)
	case EscalationActedOn:
		body.Ahead = escalation.Keep(body.Ahead, takenUp(e.Firing), e.Ahead)
	case Dispatched:
		body.Holder = e.Unit
		body.Dispatches++
	case Amended:
		if text := body.field(e.Field); text != nil {
			*text = e.New
		}
	case ClaimAttached:
		body.Claims = append(slices.Clone(body.Claims), e.Claim)
	case ClaimMoved:
		if !e.To.IsZero() {
			body.ClaimsWith = e.To
		}
	case Proposed:
		if !slices.ContainsFunc(body.Proposals, e.Proposal.is) && len(body.Proposals) < MaxProposals {
			body.Proposals = append(slices.Clone(body.Proposals), e.Proposal)
		}
		body.Ahead = escalation.Keep(body.Ahead, responseTo(e.Cause), e.Ahead)
	case ProposalAccepted:
		body.Proposals = without(body.Proposals, e.Proposal)
		if e.At != 0 && (body.Resolved == 0 || e.At < body.Resolved) {
			body.Resolved = e.At
		}
	case ProposalRefused:
		body.Proposals = without(body.Proposals, e.Proposal)
	case FinallyResponded:
		if e.At >= max(body.ReopenedAt, body.Responded) { // the last word, in whatever order they come
			body.Responded, body.OutcomeRejected = e.At, e.Rejected
		}
	case Closed:
		body.Closed = e.At
		if body.Resolved == 0 {
			body.Resolved = e.At
		}
	case Reopened:
		body.Reopenings++
		body.ClosedFor += e.ClosedFor
		body.Contacts++
		body.LastContact = max(body.LastContact, e.At)
		body.ReopenedAt = e.At
		body.Closed, body.Resolved, body.Responded, body.OutcomeRejected = 0, 0, 0, false
	case DeEscalated:
		body.DeEscalations++
		body.Clocks = escalation.HandBack(body.Clocks, e.Firing)
	default:
		if doubted, is := event.(escalation.Doubted); is && !doubted.Referee.IsZero() {
			body.Referee = doubted.Referee
		}
		if started, is := event.(escalation.Started); is {
			body.Ahead = escalation.Arrived(body.Ahead, started.Clock, started.Clock.Cause)
		}
		body.Clocks = escalation.Evolve(body.Clocks, event)
	}
	return body
}

func responseTo(dispatch syncproto.ID) escalation.Name {
	return escalation.Name{Ladder: escalation.Response, Rung: 1, Cause: dispatch}
}

func promiseOf(cause syncproto.ID) escalation.Name {
	return escalation.Name{Ladder: escalation.Promise, Rung: 1, Cause: cause}
}

func takenUp(firing syncproto.ID) escalation.Name {
	return escalation.Name{Ladder: escalation.Recipient, Rung: escalation.TakesUp, Cause: firing}
}

func (p Proposal) is(other Proposal) bool { return p.Command == other.Command }

func without(proposals []Proposal, command syncproto.ID) []Proposal {
	return slices.DeleteFunc(slices.Clone(proposals), func(p Proposal) bool { return p.Command == command })
}

func opened(e Opened) Body {
	return Body{
		Number: e.Number, Channel: e.Channel, Board: e.Board, Type: e.Type, Category: e.Category,
		Subject: e.Subject, Description: e.Description, Demand: e.Demand, Station: e.Station,
		Region: e.Region, CallCentre: e.CallCentre, Customer: e.Customer, Vehicle: e.Vehicle,
		OpenedBy: e.OpenedBy, OpenedOn: e.OpenedOn, Policy: e.Policy,
		FirstContact: e.FirstContact, LastContact: e.FirstContact, Contacts: 1,
	}
}

// field is where the body keeps a field that can be amended; nil for one it does not keep.
func (b *Body) field(name string) *string {
	switch name {
	case FieldSubject:
		return &b.Subject
	case FieldDescription:
		return &b.Description
	case FieldDemand:
		return &b.Demand
	case FieldStation:
		return &b.Station
	case FieldCategory:
		return &b.Category
	}
	return nil
}
