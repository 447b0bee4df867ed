package present

import (
	"testing"

	"redress/syncproto"
	"redress/syncproto/escalation"
	"redress/syncproto/policy"
	"redress/syncproto/ticket"
)

// A ticket keeps the limits under which its clocks began: what a rung is called and since when
// it counts agree, whatever policy is in force now.
func TestARungOfAgeingIsCalledByItsOwnClock(t *testing.T) {
	s := chinese(t)
	s.Reference = referenceOf(syncproto.Derive("hq"), syncproto.Derive("service"), policy.ServiceDesk)
	s.Reference.Policy.AgeingLimits = []syncproto.Span{2 * syncproto.Hour, 4 * syncproto.Hour}
	first := noon.Add(-18 * syncproto.Hour)
	again := ticket.Body{FirstContact: first, Reopenings: 1, ReopenedAt: noon.Add(-syncproto.Hour), ClosedFor: 6 * syncproto.Hour}
	twice := ticket.Body{FirstContact: first, Reopenings: 2, ReopenedAt: noon.Add(-syncproto.Hour), ClosedFor: 9 * syncproto.Hour}
	day := 24 * syncproto.Hour
	for _, c := range []struct {
		story string
		body  ticket.Body
		known syncproto.Instant // when the clock began
		due   syncproto.Instant
		want  string
	}{
		{"never closed", ticket.Body{FirstContact: first}, first, first.Add(5 * day), "超期 5 天"},
		{"begun at the reopening", again, noon, first.Add(5*day + 6*syncproto.Hour), "超期 5 天"},
		{"put off to the end of the grace", again, noon, noon.Add(day), "超期 2 小时"},
		{"fired before the reopening", again, first, first.Add(10 * syncproto.Hour), "超期 10 小时"},
		{"begun at an earlier reopening", twice, noon.Add(-9 * syncproto.Hour), noon, "超期"},
	} {
		clock := escalation.Clock{Ladder: escalation.Ageing, Rung: 1, Start: first, Due: c.due, Known: c.known}
		if got := s.clockName(c.body, clock); got != c.want {
			t.Errorf("%s: it is called %q, not %q", c.story, got, c.want)
		}
	}
}
