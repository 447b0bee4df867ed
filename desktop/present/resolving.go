package present

import (
	"math"
	"slices"

	"redress/syncproto"
	"redress/syncproto/escalation"
	"redress/syncproto/rules"
	"redress/syncproto/ticket"
)

// Proposed is an engineer's word that it is solved, which waits for the seat.
type Proposed struct {
	ID   syncproto.ID // the proposing command
	Head string       // 李雷（互联网车机部）· 11:30
	Text string       // what was done
}

// Escalation is one that went to the person looking and that still wants something of them.
type Escalation struct {
	ID     syncproto.ID // of the firing
	Head   string       // 解决超时升级 · 自 11月3日 09:01
	Clocks []string     // the person's own clocks of it, each in one string
	TakeUp bool         // it was not taken up yet
}

// Dispute is evidence of which nobody can tell whether it was in time.
type Dispute struct {
	ID     syncproto.ID // stands for the clock
	Head   string       // 响应 · 互联网车机部
	Within string       // when it was done, as far as anybody can know
	Due    string       // 时限 12:00
	Until  string       // when it counts as missed

	clock escalation.Name
}

// choices are things to pick, by their heads.
func choices[T any](of []T, choice func(T) Choice) []Choice {
	all := make([]Choice, 0, len(of))
	for _, o := range of {
		all = append(all, choice(o))
	}
	return all
}

// ProposalChoices are the waiting proposals to pick from, the oldest first.
func (p Panorama) ProposalChoices() []Choice {
	return choices(p.Proposals, func(o Proposed) Choice { return Choice{o.ID, o.Head} })
}

// EscalationChoices are the person's escalations to pick from: those to take up, or all
// that can be handed back.
func (p Panorama) EscalationChoices(takeUp bool) []Choice {
	open := slices.DeleteFunc(slices.Clone(p.Escalations), func(e Escalation) bool { return takeUp && !e.TakeUp })
	return choices(open, func(o Escalation) Choice { return Choice{o.ID, o.Head} })
}

// DisputeChoices are the disputes to pick from.
func (p Panorama) DisputeChoices() []Choice {
	return choices(p.Disputes, func(o Dispute) Choice { return Choice{o.ID, o.Head} })
}

// events are the events of a ticket's trail that this program can read.
func (a about) events() []any {
	events := make([]any, 0, len(a.steps))
	for _, step := range a.steps {
		if event, err := rules.ReadEvent(step.Event); err == nil {
			events = append(events, event)
		}
	}
	return events
}

func (s Scene) proposals(a about) []Proposed {
	var all []Proposed
	texts := map[syncproto.ID]string{}
	for _, event := range a.events() {
		if e, is := event.(ticket.Proposed); is {
			texts[e.Proposal.Command] = e.Text
		}
	}
	for _, p := range a.ticket.Proposals {
		all = append(all, Proposed{ID: p.Command, Text: texts[p.Command],
			Head: line(s.personName(p.Person), s.unitOrNobody(p.Unit), s.when(p.At))})
	}
	return all
}

// escalations are those that went to the person, or to a unit of theirs as a whole, and
// whose clocks still run.
func (s Scene) escalations(a about) []Escalation {
	var all []Escalation
	for _, c := range a.ticket.Clocks {
		if c.Ladder != escalation.Recipient || !c.Running() || !s.answers(c) {
			continue
		}
		at := slices.IndexFunc(all, func(e Escalation) bool { return e.ID == c.Cause })
		if at < 0 {
			at = len(all)
			all = append(all, Escalation{ID: c.Cause, Head: s.escalatedBy(a, c)})
		}
		all[at].Clocks = append(all[at].Clocks, s.ownClock(a, c))
		if c.Rung == escalation.TakesUp {
			all[at].TakeUp = true
			all[at].Clocks = append(all[at].Clocks, s.nextRung(a, c)...)
		}
	}
	return all
}

// escalatedBy is which rung a recipient's clock comes from, and since when.
func (s Scene) escalatedBy(a about, recipient escalation.Clock) string {
	since := s.Words("escalation.since", "When", s.when(recipient.Start))
	by, found := escalation.Escalating(a.doc.Ref.ID, a.ticket.Clocks, recipient.Cause)
	if !found {
		return since
	}
	key := "escalation.of"
	if by.Ladder == escalation.Ageing {
		key = "escalation.ofAgeing"
	}
	return line(s.Words(key, "Ladder", s.clockName(a.ticket, by)), since)
}

// nextRung is the rung that runs against the person beside taking up, where the ladder goes
// on from them: until then they have to solve it.
func (s Scene) nextRung(a about, recipient escalation.Clock) []string {
	var texts []string
	for _, c := range a.ticket.Clocks {
		if c.Ladder == escalation.Resolution && c.Rung > 1 && c.Running() && c.Person == recipient.Person && c.Start == recipient.Start {
			texts = append(texts, s.ownClock(a, c))
		}
	}
	return texts
}

func (s Scene) ownClock(a about, c escalation.Clock) string {
	l := s.clockLine(a, c, onItsWay{})
	return line(l.Ladder, l.State, l.Due)
}

// disputes are the clocks on whose evidence the service department decides. What this desk
// alone is in doubt of is none: the server may know better when it was.
func (s Scene) disputes(a about) []Dispute {
	var all []Dispute
	own := ownClocks(a.steps)
	doubts := map[escalation.Name]escalation.Doubted{}
	for _, event := range a.events() {
		if e, is := event.(escalation.Doubted); is {
			doubts[e.Clock] = e
		}
	}
	for _, c := range a.ticket.Clocks {
		if c.Result != escalation.Disputed || own[c.Name()].stage != 0 {
			continue
		}
		d := Dispute{ID: escalation.FiringID(a.doc.Ref.ID, c.Name()), Head: line(s.clockName(a.ticket, c), s.answersFor(a, c)),
			Due: s.Words("dispute.due", "When", s.moment(c.Due)), clock: c.Name()}
		if c.Until != 0 {
			d.Until = s.Words("dispute.until", "When", s.when(c.Until))
		}
		if e, known := doubts[c.Name()]; known {
			d.Within = s.Words("dispute.within", "From", s.moment(e.Within.Lo), "To", s.moment(e.Within.Hi))
			if e.Within.Hi == math.MaxInt64 {
				d.Within = s.Words("dispute.after", "From", s.moment(e.Within.Lo))
			}
		}
		all = append(all, d)
	}
	return all
}

// waiting is how many proposals wait for the seat; "" for none.
func (s Scene) waiting(b ticket.Body) string {
	switch {
	case len(b.Proposals) == 0:
		return ""
	case s.may(syncproto.CommandAcceptProposal) && s.has(b):
		return s.Words("ticket.waitsForYou", "N", len(b.Proposals))
	}
	return s.Words("ticket.waitsForSeat", "N", len(b.Proposals))
}

// state is how far the ticket has come, in words; "" while it is simply open.
func (s Scene) state(b ticket.Body) string {
	state := ""
	switch {
	case !b.IsOpen():
		state = s.Words("ticket.closed", "When", s.when(b.Closed))
	case b.OutcomeRejected:
		state = s.Words("ticket.rejected", "When", s.when(b.Responded))
	case len(ticket.Obstacles(b)) == 0:
		state = s.Words("ticket.ready", "When", s.when(b.Responded))
	case b.Responded != 0:
		state = s.Words("ticket.told", "When", s.when(b.Responded))
	case b.Resolved != 0:
		state = s.Words("ticket.solved", "When", s.when(b.Resolved))
	}
	reopened := ""
	if b.Reopenings > 0 {
		reopened = s.Words("ticket.reopened", "N", b.Reopenings, "When", s.when(b.ReopenedAt))
	}
	return line(state, s.waiting(b), reopened)
}

// obstacles are why the ticket cannot be closed, each with what is to be done.
func (s Scene) obstacles(b ticket.Body) []string {
	var texts []string
	for _, f := range ticket.Obstacles(b) {
		texts = append(texts, s.Finding(f))
	}
	return texts
}

// ReopenHelp is what a reopening does to the deadlines.
func (s Scene) ReopenHelp() string {
	return s.Words("form.againHelp", "Span", s.length(s.Reference.Policy.ReopenGrace))
}

// Verdict is what the service department decides about disputed evidence.
type Verdict uint8

// Verdicts; the zero one is none yet.
const (
	InTime Verdict = 1
	Late   Verdict = 2
)

// resolve makes the commands that solve, close, reopen and hand round.
func (s Scene) resolve(p Panorama, f TicketForm) (command any, screen string, faults []Fault) {
	need := func(field string, empty bool) { faults = append(faults, s.missingIf(empty, field)...) }
	gone := func(field string, is bool) { faults = append(faults, s.goneIf(is, field)...) }
	switch f.Action.Kind() {
	case syncproto.CommandProposeSolved:
		gone(FieldDispatch, f.Cause.IsZero() && len(p.Responds) > 0)
		need(FieldText, f.Text == "")
		return ticket.ProposeSolved{Ticket: p.Ticket, Cause: f.Cause, Text: f.Text, Resolves: p.resolves}, f.Text, faults
	case syncproto.CommandAcceptProposal:
		gone(FieldAbout, f.About.IsZero())
		picked, head := pick(p.ProposalChoices(), f.About)
		return ticket.AcceptProposal{Ticket: p.Ticket, Proposal: picked}, head, faults
	case syncproto.CommandRefuseProposal:
		gone(FieldAbout, f.About.IsZero())
		need(FieldReason, f.Text == "")
		picked, head := pick(p.ProposalChoices(), f.About)
		return ticket.RefuseProposal{Ticket: p.Ticket, Proposal: picked, Reason: f.Text}, line(head, f.Text), faults
	case syncproto.CommandFinalResponse:
		need(FieldText, f.Text == "")
		rejected := ""
		if f.Rejected {
			rejected = s.Words("form.rejected")
		}
		return ticket.FinalResponse{Ticket: p.Ticket, Channel: f.Channel, Text: f.Text, Rejected: f.Rejected},
			line(f.Text, rejected), faults
	case syncproto.CommandClose:
		for _, text := range p.Obstacles {
			faults = append(faults, Fault{Text: text})
		}
		return ticket.Close{Ticket: p.Ticket, Reopenings: p.reopenings}, "", faults
	case syncproto.CommandReopen:
		need(FieldText, f.Text == "")
		return ticket.Reopen{Ticket: p.Ticket, Channel: f.Channel, Text: f.Text}, f.Text, faults
	case syncproto.CommandActOn:
		gone(FieldAbout, f.About.IsZero())
		need(FieldText, f.Text == "")
		picked, head := pick(p.EscalationChoices(true), f.About)
		return ticket.ActOn{Ticket: p.Ticket, Firing: picked, Text: f.Text}, line(head, f.Text), faults
	case syncproto.CommandDeEscalate:
		gone(FieldAbout, f.About.IsZero())
		need(FieldReason, f.Text == "")
		picked, head := pick(p.EscalationChoices(false), f.About)
		return ticket.DeEscalate{Ticket: p.Ticket, Firing: picked, Reason: f.Text}, line(head, f.Text), faults
	}
	gone(FieldAbout, f.About.IsZero())
	need(FieldVerdict, f.Verdict == 0)
	need(FieldReason, f.Text == "")
	picked, head := pick(p.DisputeChoices(), f.About)
	var clock escalation.Name
	for _, d := range p.Disputes {
		if d.ID == picked {
			clock = d.clock
		}
	}
	return ticket.DecideDispute{Ticket: p.Ticket, Clock: clock, InTime: f.Verdict == InTime, Reason: f.Text},
		line(head, s.verdict(f.Verdict), f.Text), faults
}

func (s Scene) verdict(v Verdict) string {
	if v == InTime {
		return s.Words("dispute.inTime")
	}
	return s.Words("dispute.late")
}

// goneIf is the fault of a form that is about nothing: it begins with one that waits, so that one
// waits no more.
func (s Scene) goneIf(is bool, field string) []Fault {
	if !is {
		return nil
	}
	return []Fault{{Field: field, Text: s.Words("form.gone")}}
}

// pick is what was picked, with what it is called.
func pick(from []Choice, id syncproto.ID) (picked syncproto.ID, text string) {
	for _, c := range from {
		if c.ID == id {
			return id, c.Text
		}
	}
	return id, ""
}

// refillResolving is what a form looked like that gave a command of resolve.
func refillResolving(command any, f TicketForm) (on syncproto.ID, filled TicketForm, ok bool) {
	switch c := command.(type) {
	case ticket.ProposeSolved:
		f.Cause, f.Text = c.Cause, c.Text
		return c.Ticket, f, true
	case ticket.AcceptProposal:
		f.About = c.Proposal
		return c.Ticket, f, true
	case ticket.RefuseProposal:
		f.About, f.Text = c.Proposal, c.Reason
		return c.Ticket, f, true
	case ticket.FinalResponse:
		f.Channel, f.Text, f.Rejected = c.Channel, c.Text, c.Rejected
		return c.Ticket, f, true
	case ticket.Close:
		return c.Ticket, f, true
	case ticket.Reopen:
		f.Channel, f.Text = c.Channel, c.Text
		return c.Ticket, f, true
	case ticket.ActOn:
		f.About, f.Text = c.Firing, c.Text
		return c.Ticket, f, true
	case ticket.DeEscalate:
		f.About, f.Text = c.Firing, c.Reason
		return c.Ticket, f, true
	case ticket.DecideDispute:
		f.About, f.Text, f.Verdict = escalation.FiringID(c.Ticket, c.Clock), c.Reason, Late
		if c.InTime {
			f.Verdict = InTime
		}
		return c.Ticket, f, true
	}
	return on, f, false
}
