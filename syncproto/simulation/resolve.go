package simulation

import (
	"fmt"
	"slices"

	"redress/syncproto"
	"redress/syncproto/escalation"
	"redress/syncproto/ticket"
)

// ticket takes the next word for a ticket, and what the desk sees of it.
func (w *world) ticket(s *station, a *arguments) (syncproto.ID, ticket.Body, error) {
	id, err := w.thing(a.word("a ticket"), syncproto.KindTicket)
	if err != nil {
		return id, ticket.Body{}, err
	}
	return id, seenTicket(s, id), nil
}

// seenTicket is the ticket as the desk sees it; empty where it does not.
func seenTicket(s *station, id syncproto.ID) ticket.Body {
	body, _ := s.desk.Document(ticket.Ref(id))
	seen, _ := body.(ticket.Body)
	return seen
}

// waitingProposal is the proposing command of the oldest proposal that the seat has
// neither accepted nor refused; zero for none.
func waitingProposal(seen ticket.Body) syncproto.ID {
	if len(seen.Proposals) == 0 {
		return syncproto.ID{}
	}
	return seen.Proposals[0].Command
}

// proposes says that it is solved; it answers the dispatch that runs, if one does.
func proposes(w *world, s *station, a *arguments) ([]string, error) {
	id, seen, err := w.ticket(s, a)
	if err != nil {
		return nil, err
	}
	c := ticket.ProposeSolved{Ticket: id, Text: a.word("what was done"), Resolves: escalation.LastCause(seen.Clocks, escalation.Resolution)}
	for _, clock := range seen.Clocks {
		if clock.Ladder == escalation.Response && clock.Ended == 0 {
			c.Cause = clock.Cause
		}
	}
	return w.tap(s, syncproto.CommandProposeSolved, c)
}

func accepts(w *world, s *station, a *arguments) ([]string, error) {
	id, seen, err := w.ticket(s, a)
	if err != nil {
		return nil, err
	}
	return w.tap(s, syncproto.CommandAcceptProposal, ticket.AcceptProposal{Ticket: id, Proposal: waitingProposal(seen)})
}

func refuses(w *world, s *station, a *arguments) ([]string, error) {
	id, seen, err := w.ticket(s, a)
	if err != nil {
		return nil, err
	}
	return w.tap(s, syncproto.CommandRefuseProposal, ticket.RefuseProposal{
		Ticket: id, Proposal: waitingProposal(seen), Reason: a.word("a reason")})
}

// tells gives the customer the result.
func tells(w *world, s *station, a *arguments) ([]string, error) {
	id, _, err := w.ticket(s, a)
	if err != nil {
		return nil, err
	}
	c := ticket.FinalResponse{Ticket: id, Channel: a.value("channel", w.policy.Channels[0]), Text: a.word("what the customer is told")}
	switch answer := a.optional(); answer {
	case "":
	case "rejected":
		c.Rejected = true
	default:
		return nil, fmt.Errorf("the customer takes the result, or it is rejected, not %q", answer)
	}
	return w.tap(s, syncproto.CommandFinalResponse, c)
}

func closes(w *world, s *station, a *arguments) ([]string, error) {
	id, seen, err := w.ticket(s, a)
	if err != nil {
		return nil, err
	}
	return w.tap(s, syncproto.CommandClose, ticket.Close{Ticket: id, Reopenings: seen.Reopenings})
}

func reopens(w *world, s *station, a *arguments) ([]string, error) {
	id, _, err := w.ticket(s, a)
	if err != nil {
		return nil, err
	}
	return w.tap(s, syncproto.CommandReopen, ticket.Reopen{
		Ticket: id, Channel: a.value("channel", w.policy.Channels[0]), Text: a.word("what the customer says")})
}

// escalatedTo is the newest firing that gave the person of the desk, or a unit as a whole,
// clocks of their own; zero for none.
func escalatedTo(s *station, seen ticket.Body) syncproto.ID {
	for _, c := range slices.Backward(seen.Clocks) {
		if c.Ladder == escalation.Recipient && (c.Person == s.person || c.Person.IsZero()) {
			return c.Cause
		}
	}
	return syncproto.ID{}
}

func actsOn(w *world, s *station, a *arguments) ([]string, error) {
	id, seen, err := w.ticket(s, a)
	if err != nil {
		return nil, err
	}
	return w.tap(s, syncproto.CommandActOn, ticket.ActOn{Ticket: id, Firing: escalatedTo(s, seen), Text: a.word("what is done")})
}

func deEscalates(w *world, s *station, a *arguments) ([]string, error) {
	id, seen, err := w.ticket(s, a)
	if err != nil {
		return nil, err
	}
	return w.tap(s, syncproto.CommandDeEscalate, ticket.DeEscalate{
		Ticket: id, Firing: escalatedTo(s, seen), Reason: a.word("a reason")})
}

// decides judges the newest disputed clock of a ladder.
func decides(w *world, s *station, a *arguments) ([]string, error) {
	id, seen, err := w.ticket(s, a)
	if err != nil {
		return nil, err
	}
	ladder := a.word("a ladder")
	c := ticket.DecideDispute{Ticket: id}
	for _, clock := range seen.Clocks {
		if clock.Ladder.String() == ladder && clock.Result == escalation.Disputed {
			c.Clock = clock.Name()
		}
	}
	if c.Clock == (escalation.Name{}) {
		return nil, fmt.Errorf("%s sees no disputed clock of a ladder %q", s.name, ladder)
	}
	switch verdict := a.word("in-time or late"); verdict {
	case "in-time":
		c.InTime = true
	case "late":
	default:
		return nil, fmt.Errorf("evidence was in-time or late, not %q", verdict)
	}
	c.Reason = a.word("a reason")
	return w.tap(s, syncproto.CommandDecideDispute, c)
}
