package ticket

import (
	"slices"

	"redress/syncproto"
	"redress/syncproto/decision"
	"redress/syncproto/escalation"
	"redress/syncproto/organisation"
)

func (d deciding) reject(code syncproto.Code) decision.Outcome {
	return decision.Reject(syncproto.Finding{Code: code, Doc: d.doc})
}

// propose records an engineer's word that it is solved. It answers the dispatch it names;
// the other clocks run on until the seat accepts it (design §6).
func (d deciding) propose(c ProposeSolved) decision.Outcome {
	if wrong := decision.Require("text", c.Text, syncproto.MaxText); wrong != nil {
		return decision.Reject(*wrong)
	}
	proposal := Proposal{Command: d.in.Intent.ID, Person: d.in.Intent.Person, Unit: d.holder(), At: d.in.At,
		Within: d.in.Within, Known: d.in.Now, Resolves: c.Resolves}
	clock, found := escalation.Find(d.body.Clocks, escalation.Response, c.Cause)
	event := Proposed{Proposal: proposal, Cause: c.Cause, Text: c.Text, Ahead: d.ahead(c.Cause, found)}
	proposed := decision.Change{Doc: d.doc, Kind: syncproto.EventProposed, Body: event}
	var remarks []syncproto.Finding
	person, _ := d.ref.Person(d.in.Intent.Person)
	if !person.In(d.holder()) && (c.Cause.IsZero() || found && !person.In(clock.Unit)) {
		remarks = append(remarks, syncproto.Finding{Code: CodeNotYourUnit, Doc: organisation.UnitRef(d.holder())})
	}
	if len(d.body.Proposals) >= MaxProposals {
		remarks = append(remarks, syncproto.Finding{Code: CodeTooManyProposals, Doc: d.doc})
	}
	if !d.body.IsOpen() && d.in.AtTap {
		remarks = append(remarks, syncproto.Finding{Code: CodeClosed, Doc: d.doc})
	}
	if !c.Resolves.IsZero() && !d.resolves(c.Resolves) {
		remarks = append(remarks, syncproto.Finding{Code: CodeNoSuchClock, Doc: d.doc})
	}
	if len(remarks) > 0 && d.in.AtTap {
		return decision.Reject(remarks[0])
	}
	out := decision.Accept(proposed)
	if !c.Cause.IsZero() {
		out = d.answer(proposed, clock, found)
	}
	if out.Outcome != syncproto.Accepted {
		return out
	}
	return remarked(out, remarks)
}

// resolves says that the ticket has a resolution clock with the cause.
func (d deciding) resolves(cause syncproto.ID) bool {
	_, found := escalation.Find(d.body.Clocks, escalation.Resolution, cause)
	return found
}

// proposal finds what the seat decides on; otherwise the answer why not.
func (d deciding) proposal(command syncproto.ID) (Proposal, *syncproto.Finding) {
	if !d.mine() {
		return Proposal{}, &syncproto.Finding{Code: CodeNotYourUnit, Doc: d.doc}
	}
	at := slices.IndexFunc(d.body.Proposals, func(p Proposal) bool { return p.Command == command })
	if at < 0 {
		return Proposal{}, &syncproto.Finding{Code: CodeNoSuchProposal, Doc: d.doc}
	}
	return d.body.Proposals[at], nil
}

// acceptProposal makes a proposal evidence, from the moment it was made: each rung of the
// resolution ladder is judged against its own due time.
func (d deciding) acceptProposal(c AcceptProposal) decision.Outcome {
	p, wrong := d.proposal(c.Proposal)
	if wrong != nil {
		return decision.Reject(*wrong)
	}
	clocks := d.clocks()
	evidence := escalation.Evidence{Command: p.Command, Within: p.Within, At: p.At, Known: p.Known}
	event := ProposalAccepted{Proposal: p.Command, Person: p.Person}
	cause, current := d.about(p)
	if current {
		event.At, evidence = p.At, evidence.NotBefore(d.body.ReopenedAt)
	}
	remarks := clocks.Climb(escalation.Resolution, cause, evidence)
	clocks.Settle(evidence, d.escalatedBy(cause, current))
	accepted := decision.Change{Doc: d.doc, Kind: syncproto.EventProposalAccepted, Body: event}
	return remarked(d.accept(append([]decision.Change{accepted}, clocks.Changes()...)...), disputed(remarks))
}

// disputed are the remarks that somebody has to know of: whose evidence is in doubt. That
// others were late is nothing the seat did, and stands on the clocks.
func disputed(remarks []syncproto.Finding) []syncproto.Finding {
	return slices.DeleteFunc(remarks, func(f syncproto.Finding) bool { return f.Code != escalation.CodeDisputed })
}

// about is the cause of the resolution clock that the proposal answers, and whether that is
// the last one: what was solved before a reopening says nothing about the time after it.
func (d deciding) about(p Proposal) (cause syncproto.ID, current bool) {
	latest := escalation.LastCause(d.body.Clocks, escalation.Resolution)
	if p.Resolves.IsZero() && p.At >= d.body.ReopenedAt {
		return latest, true
	}
	return p.Resolves, !p.Resolves.IsZero() && p.Resolves == latest
}

// escalatedBy tells which recipients the ladder's evidence is about: those of its own
// rungs, and where it is about the time now, all that run, and those of the ageing rungs.
func (d deciding) escalatedBy(cause syncproto.ID, current bool) func(escalation.Clock) bool {
	causes := []syncproto.ID{cause}
	if current {
		causes = append(causes, d.ageing())
	}
	return func(c escalation.Clock) bool { return current && c.Running() || c.FollowsFrom(d.doc.ID, causes...) }
}

// ageing is the cause of the ageing clocks that run; zero for none. Those that ended, ended
// when the ticket was closed before.
func (d deciding) ageing() syncproto.ID {
	for _, c := range d.body.Clocks {
		if c.Ladder == escalation.Ageing && c.Running() {
			return c.Cause
		}
	}
	return syncproto.ID{}
}

// refuseProposal lets a proposal not count. It never stopped a clock, so none changes.
func (d deciding) refuseProposal(c RefuseProposal) decision.Outcome {
	if wrong := decision.Require("reason", c.Reason, MaxReason); wrong != nil {
		return decision.Reject(*wrong)
	}
	p, wrong := d.proposal(c.Proposal)
	if wrong != nil {
		return decision.Reject(*wrong)
	}
	return decision.Accept(decision.Change{Doc: d.doc, Kind: syncproto.EventProposalRefused,
		Body: ProposalRefused{Proposal: p.Command, Person: p.Person, Reason: c.Reason}})
}

// finalResponse records that the customer was told the result.
func (d deciding) finalResponse(c FinalResponse) decision.Outcome {
	wrong := decision.First(
		decision.Limit("channel", c.Channel, MaxChoice),
		decision.Require("text", c.Text, syncproto.MaxText))
	if wrong != nil {
		return decision.Reject(*wrong)
	}
	told := decision.Change{Doc: d.doc, Kind: syncproto.EventFinallyResponded,
		Body: FinallyResponded{Channel: c.Channel, Text: c.Text, Rejected: c.Rejected, At: d.in.At}}
	foreign := syncproto.Finding{Code: CodeNotYourUnit, Doc: d.doc}
	switch {
	case !d.mine() && d.in.AtTap:
		return decision.Reject(foreign)
	case !d.body.IsOpen() && d.in.AtTap:
		return d.reject(CodeClosed)
	case !d.mine():
		return decision.Accept(told).Remark(foreign)
	case !d.body.IsOpen() && c.Rejected: // the seat is to know that somebody closed it
		return decision.Accept(told).Remark(syncproto.Finding{Code: CodeClosed, Doc: d.doc})
	}
	return decision.Accept(told)
}

// close ends the ticket: only the seat does, after the customer was told, and with no
// promise open (requirements §7). Every running clock ends, firing first what is due; the
// command's readings are the evidence.
func (d deciding) close(c Close) decision.Outcome {
	if why := d.keepsOpen(c); why != nil {
		return decision.Reject(*why)
	}
	clocks := d.clocks()
	evidence := clocks.Own().NotBefore(d.body.ReopenedAt)
	latest := escalation.LastCause(d.body.Clocks, escalation.Resolution)
	remarks := clocks.Climb(escalation.Resolution, latest, evidence)
	remarks = append(remarks, clocks.Climb(escalation.Ageing, d.ageing(), evidence)...)
	clocks.Settle(evidence, d.escalatedBy(latest, true))
	for _, c := range d.body.Clocks {
		if c.Ladder == escalation.Response {
			clocks.Relieve(c.Name(), evidence)
		}
	}
	closed := decision.Change{Doc: d.doc, Kind: syncproto.EventClosed, Body: Closed{At: d.in.At}}
	return remarked(d.accept(append([]decision.Change{closed}, clocks.Changes()...)...), disputed(remarks))
}

// keepsOpen is why the ticket cannot be closed; nil where it can.
func (d deciding) keepsOpen(c Close) *syncproto.Finding {
	why := syncproto.Finding{Doc: d.doc}
	switch {
	case !d.mine():
		why.Code = CodeNotYourUnit
		return &why
	case d.body.IsOpen() && c.Reopenings != d.body.Reopenings:
		why.Code, why.Field = syncproto.CodeChanged, "reopenings"
		return &why
	}
	for _, obstacle := range Obstacles(d.body) {
		obstacle.Doc = d.doc
		return &obstacle
	}
	return nil
}

// reopen opens a closed ticket again, at the customer's contact. The resolution clock
// starts anew at that contact; of ageing the rungs that have not fired go on, the time
// spent closed not counted; and nothing fires before the policy's grace is over.
func (d deciding) reopen(c Reopen) decision.Outcome {
	wrong := decision.First(
		decision.Limit("channel", c.Channel, MaxChoice),
		decision.Require("text", c.Text, syncproto.MaxText))
	switch {
	case wrong != nil:
		return decision.Reject(*wrong)
	case !d.mine():
		return d.reject(CodeNotYourUnit)
	case d.body.IsOpen():
		return d.reject(CodeNotClosed)
	case d.in.Within.Hi < d.body.Closed: // a colleague reopened it too, and what this customer wanted was done since
		return decision.Reject(syncproto.Finding{Code: syncproto.CodeChanged, Field: "closed", Doc: d.doc})
	}
	reopened := Reopened{Channel: c.Channel, Text: c.Text, At: d.in.At, ClosedFor: max(d.in.At.Sub(d.body.Closed), 0)}
	fired := func(rung uint8) bool {
		return slices.ContainsFunc(d.body.Clocks, func(k escalation.Clock) bool {
			return k.Ladder == escalation.Ageing && k.Rung == rung && k.Fired != 0 && !k.Rescinded
		})
	}
	d.body = Evolve(d.body, reopened)
	clocks := d.clocks()
	earliest := d.in.Now.Add(d.ref.Policy.ReopenGrace)
	d.beginResolution(clocks, d.in.At, earliest)
	for n := range d.ref.Policy.AgeingLimits {
		if !fired(uint8(n + 1)) {
			d.beginAgeing(clocks, n, earliest)
		}
	}
	change := decision.Change{Doc: d.doc, Kind: syncproto.EventReopened, Body: reopened}
	return d.accept(append([]decision.Change{change}, clocks.Changes()...)...)
}
