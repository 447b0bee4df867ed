package present

import (
	"redress/desktop/replica"
	"redress/syncproto"
	"redress/syncproto/escalation"
	"redress/syncproto/rules"
	"redress/syncproto/ticket"
)

// The rungs of ageing are told apart by how long they wait (requirements §4). A ticket keeps
// the limits under which its clocks began, so the length comes from the clock and not from
// the policy in force.

// ageing is how long a rung of ageing waits, the time spent closed not counted; 0 where its
// clock no longer says. lifted says that a reopening put its end off to the end of the grace,
// behind which the length is hidden: then it is the policy's.
func (s Scene) ageing(b ticket.Body, c escalation.Clock) (length syncproto.Span, lifted bool) {
	length = c.Due.Sub(c.Start)
	before := c.Known != 0 && c.Known < b.ReopenedAt
	switch {
	case b.Reopenings == 0 || before && b.Reopenings == 1:
		return length, false
	case before: // how long it had been closed by then is not in the body
		return 0, false
	}
	return s.unlifted(c.Rung, length-b.ClosedFor, c.Due.Sub(c.Known))
}

// unlifted is the length of a rung that began at a reopening, so long before it is due.
func (s Scene) unlifted(rung uint8, length, before syncproto.Span) (syncproto.Span, bool) {
	limits := s.Reference.Policy.AgeingLimits
	if rung == 0 || int(rung) > len(limits) || limits[rung-1] >= length || before != s.Reference.Policy.ReopenGrace {
		return length, false
	}
	return limits[rung-1], true
}

// clockName is what a clock of a ticket is called.
func (s Scene) clockName(b ticket.Body, c escalation.Clock) string {
	if c.Ladder != escalation.Ageing {
		return s.ladder(c.Name())
	}
	length, _ := s.ageing(b, c)
	return s.rung(c.Name(), length)
}

// rungs are how long the rungs of ageing wait, as a ticket's history tells: later events of a
// clock have its name alone.
func (s Scene) rungs(steps []replica.Step) map[escalation.Name]syncproto.Span {
	lengths, closed := map[escalation.Name]syncproto.Span{}, syncproto.Span(0)
	for _, step := range steps {
		if step.Event.Kind != syncproto.EventClockStarted && step.Event.Kind != syncproto.EventReopened {
			continue
		}
		event, err := rules.ReadEvent(step.Event)
		if err != nil {
			continue // it stands in the trail as one that cannot be read
		}
		switch e := event.(type) {
		case ticket.Reopened:
			closed += e.ClosedFor
		case escalation.Started:
			if e.Clock.Ladder != escalation.Ageing {
				continue
			}
			length := e.Due.Sub(e.Start) - closed
			if closed > 0 {
				length, _ = s.unlifted(e.Clock.Rung, length, e.Due.Sub(e.Known))
			}
			lengths[e.Clock] = length
		}
	}
	return lengths
}
