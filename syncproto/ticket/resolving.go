package ticket

import (
	"redress/syncproto"
	"redress/syncproto/escalation"
)

// ProposeSolved is the fact of an engineer's word that it is solved. It ends no clock but
// that of the dispatch it answers, until the seat accepts it (design §6).
type ProposeSolved struct {
	Ticket syncproto.ID `cbor:"1,keyasint,omitzero"`
	// Cause names the dispatch that this also answers; none if zero.
	Cause syncproto.ID `cbor:"2,keyasint,omitzero"`
	Text  string       `cbor:"3,keyasint,omitempty"`
	// Resolves names the resolution clock it is about, by its cause: what was solved before
	// a reopening is no answer to the time after it. None if zero.
	Resolves syncproto.ID `cbor:"4,keyasint,omitzero"`
}

// AcceptProposal asks for a proposal to count: it is evidence from the moment it was made.
type AcceptProposal struct {
	Ticket   syncproto.ID `cbor:"1,keyasint,omitzero"`
	Proposal syncproto.ID `cbor:"2,keyasint,omitzero"` // the proposing command
}

// RefuseProposal asks for a proposal not to count: it never stopped a clock (§4).
type RefuseProposal struct {
	Ticket   syncproto.ID `cbor:"1,keyasint,omitzero"`
	Proposal syncproto.ID `cbor:"2,keyasint,omitzero"`
	Reason   string       `cbor:"3,keyasint,omitempty"`
}

// FinalResponse is the fact of the customer told the result (处理完毕回复).
type FinalResponse struct {
	Ticket  syncproto.ID `cbor:"1,keyasint,omitzero"`
	Channel string       `cbor:"2,keyasint,omitempty"`
	Text    string       `cbor:"3,keyasint,omitempty"`
	// Rejected says that the customer does not accept the outcome: the ticket cannot be
	// closed, and the customer was told of outside recourse (§7).
	Rejected bool `cbor:"4,keyasint,omitempty"`
}

// Close asks for the ticket to be closed, after the final response; its readings are the
// evidence that ends the clocks.
type Close struct {
	Ticket syncproto.ID `cbor:"1,keyasint,omitzero"`
	// Reopenings is how many the person saw: a ticket that was closed and reopened meanwhile
	// is not closed by someone who does not know.
	Reopenings uint32 `cbor:"2,keyasint,omitempty"`
}

// Reopen asks for a closed ticket to be opened again, because the customer got in touch
// with the same problem (激活).
type Reopen struct {
	Ticket  syncproto.ID `cbor:"1,keyasint,omitzero"`
	Channel string       `cbor:"2,keyasint,omitempty"`
	Text    string       `cbor:"3,keyasint,omitempty"`
}

// ActOn is the fact of an escalation taken up by whom it went to: the answer to their
// response clock.
type ActOn struct {
	Ticket syncproto.ID `cbor:"1,keyasint,omitzero"`
	Firing syncproto.ID `cbor:"2,keyasint,omitzero"` // event id of the firing: the cause of their clocks
	Text   string       `cbor:"3,keyasint,omitempty"`
}

// DeEscalate asks for an escalation to be handed back to the unit that has the ticket. The
// ladder's next rung stands: nobody gets rid of it by handing back.
type DeEscalate struct {
	Ticket syncproto.ID `cbor:"1,keyasint,omitzero"`
	Firing syncproto.ID `cbor:"2,keyasint,omitzero"`
	Reason string       `cbor:"3,keyasint,omitempty"`
}

// DecideDispute asks for disputed evidence to be judged by the service department.
type DecideDispute struct {
	Ticket syncproto.ID    `cbor:"1,keyasint,omitzero"`
	Clock  escalation.Name `cbor:"2,keyasint,omitzero"`
	InTime bool            `cbor:"3,keyasint,omitempty"`
	Reason string          `cbor:"4,keyasint,omitempty"`
}

// Subject is the ticket.
func (c ProposeSolved) Subject() syncproto.Ref { return Ref(c.Ticket) }

// Subject is the ticket.
func (c AcceptProposal) Subject() syncproto.Ref { return Ref(c.Ticket) }

// Subject is the ticket.
func (c RefuseProposal) Subject() syncproto.Ref { return Ref(c.Ticket) }

// Subject is the ticket.
func (c FinalResponse) Subject() syncproto.Ref { return Ref(c.Ticket) }

// Subject is the ticket.
func (c Close) Subject() syncproto.Ref { return Ref(c.Ticket) }

// Subject is the ticket.
func (c Reopen) Subject() syncproto.Ref { return Ref(c.Ticket) }

// Subject is the ticket.
func (c ActOn) Subject() syncproto.Ref { return Ref(c.Ticket) }

// Subject is the ticket.
func (c DeEscalate) Subject() syncproto.Ref { return Ref(c.Ticket) }

// Subject is the ticket.
func (c DecideDispute) Subject() syncproto.Ref { return Ref(c.Ticket) }
