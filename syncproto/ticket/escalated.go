package ticket

import (
	"slices"

	"redress/syncproto"
	"redress/syncproto/decision"
	"redress/syncproto/escalation"
)

// recipients are the clocks of whoever a firing went to.
func (d deciding) recipients(firing syncproto.ID) []escalation.Clock {
	return slices.DeleteFunc(slices.Clone(d.body.Clocks), func(c escalation.Clock) bool {
		return c.Ladder != escalation.Recipient || c.Cause != firing || firing.IsZero()
	})
}

// escalatedToMe says that it went to the person, or to a unit of theirs as a whole.
func (d deciding) escalatedToMe(clocks []escalation.Clock) bool {
	person, _ := d.ref.Person(d.in.Intent.Person)
	return slices.ContainsFunc(clocks, func(c escalation.Clock) bool {
		return c.Person == d.in.Intent.Person || c.Person.IsZero() && person.In(c.Unit)
	})
}

// actOn records that an escalation was taken up: evidence for the recipient's first clock.
func (d deciding) actOn(c ActOn) decision.Outcome {
	if wrong := decision.Require("text", c.Text, syncproto.MaxText); wrong != nil {
		return decision.Reject(*wrong)
	}
	recipients := d.recipients(c.Firing)
	if len(recipients) > 0 && !d.escalatedToMe(recipients) && d.in.AtTap {
		return d.reject(CodeNotEscalated)
	}
	clock, found := escalation.Get(recipients, takenUp(c.Firing))
	event := EscalationActedOn{Firing: c.Firing, Text: c.Text, Ahead: d.ahead(c.Firing, found)}
	acted := decision.Change{Doc: d.doc, Kind: syncproto.EventEscalationActedOn, Body: event}
	out := d.answer(acted, clock, found)
	if out.Outcome == syncproto.Accepted && len(recipients) > 0 && !d.escalatedToMe(recipients) {
		out = out.Remark(syncproto.Finding{Code: CodeNotEscalated, Doc: d.doc})
	}
	return out
}

// deEscalate hands an escalation back. Taking it up is answered by that; solving it is
// withdrawn, firing first where it is due; the ladder's next rung stands.
func (d deciding) deEscalate(c DeEscalate) decision.Outcome {
	if wrong := decision.Require("reason", c.Reason, MaxReason); wrong != nil {
		return decision.Reject(*wrong)
	}
	recipients := d.recipients(c.Firing)
	if !d.escalatedToMe(recipients) || !d.isWithRecipient(recipients, c.Firing) {
		return d.reject(CodeNotEscalated)
	}
	clocks := d.clocks()
	remarks := clocks.Answer(takenUp(c.Firing), clocks.Own())
	clocks.Relieve(escalation.Name{Ladder: escalation.Recipient, Rung: escalation.Solves, Cause: c.Firing}, clocks.Own())
	change := decision.Change{Doc: d.doc, Kind: syncproto.EventDeEscalated,
		Body: DeEscalated{Firing: c.Firing, Unit: d.holder(), Reason: c.Reason}}
	return remarked(d.accept(append([]decision.Change{change}, clocks.Changes()...)...), remarks)
}

// isWithRecipient says that the escalation still waits for the recipient: nobody handed it
// back, and a clock of theirs or the rung itself runs. So it did where that ended meanwhile, and
// who handed it back offline would be blamed for what was perhaps in time.
func (d deciding) isWithRecipient(recipients []escalation.Clock, firing syncproto.ID) bool {
	by, there := escalation.Escalating(d.doc.ID, d.body.Clocks, firing)
	blamed := func(c escalation.Clock) bool {
		return !d.in.AtTap && (c.Result == escalation.Missed || c.Result == escalation.Disputed) && d.in.Within.Lo <= c.Due
	}
	waits := there && by.Running() || slices.ContainsFunc(recipients, func(c escalation.Clock) bool { return c.Running() || blamed(c) })
	return waits && !slices.ContainsFunc(recipients, func(c escalation.Clock) bool { return c.HandedBack })
}

// decideDispute is the service department's word on evidence whose time cannot be told.
func (d deciding) decideDispute(c DecideDispute) decision.Outcome {
	if wrong := decision.Require("reason", c.Reason, MaxReason); wrong != nil {
		return decision.Reject(*wrong)
	}
	clock, there := escalation.Get(d.body.Clocks, c.Clock)
	if !there || clock.Result != escalation.Disputed {
		return d.reject(CodeNotDisputed)
	}
	clocks := d.clocks()
	clocks.Judge(c.Clock, c.InTime, c.Reason)
	return d.accept(clocks.Changes()...)
}
