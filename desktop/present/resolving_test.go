package present

import (
	"testing"

	"redress/syncproto"
	"redress/syncproto/escalation"
	"redress/syncproto/policy"
	"redress/syncproto/ticket"
)

// What a form lacks is said at its field, in words.
func TestAFormOfAResolutionSaysWhatIsMissing(t *testing.T) {
	s := chinese(t)
	it := syncproto.Derive("it")
	for _, c := range []struct {
		kind  syncproto.CommandKind
		about syncproto.ID
		want  string
	}{
		{syncproto.CommandProposeSolved, syncproto.ID{}, "text: 请填写内容。"},
		{syncproto.CommandAcceptProposal, it, ""},
		{syncproto.CommandAcceptProposal, syncproto.ID{}, "about: 先前选的那一项已不再等待处理，请重新选择。"},
		{syncproto.CommandRefuseProposal, it, "reason: 请填写业务理由。"},
		{syncproto.CommandFinalResponse, syncproto.ID{}, "text: 请填写内容。"},
		{syncproto.CommandClose, syncproto.ID{}, ": 还没有向客户回复处理结果。请先回复。"},
		{syncproto.CommandReopen, syncproto.ID{}, "text: 请填写内容。"},
		{syncproto.CommandActOn, it, "text: 请填写内容。"},
		{syncproto.CommandDeEscalate, it, "reason: 请填写业务理由。"},
		{syncproto.CommandDecideDispute, it, "verdict: 请填写判定。reason: 请填写业务理由。"},
	} {
		_, faults := s.Act(Panorama{Obstacles: s.obstacles(ticket.Body{})}, TicketForm{Action: Action(c.kind), Text: "  ", About: c.about}, nil)
		got := ""
		for _, f := range faults {
			got += f.Field + ": " + f.Text
		}
		if got != c.want {
			t.Errorf("%v: %q, not %q", c.kind, got, c.want)
		}
	}
}

// The row of a ticket shows the clock that is the person's own, else the nearest of those
// they answer with.
func TestTheClockOfARowConcernsWhoLooks(t *testing.T) {
	unit, head, centre := syncproto.Derive("department"), syncproto.Derive("head"), syncproto.Derive("centre")
	at := func(l escalation.Ladder, rung uint8, due syncproto.Span, unit, person syncproto.ID) escalation.Clock {
		return escalation.Clock{Ladder: l, Rung: rung, Due: noon.Add(due * syncproto.Hour), Unit: unit, Person: person}
	}
	body := ticket.Body{CallCentre: centre, Holder: unit, Clocks: []escalation.Clock{
		at(escalation.Response, 1, -1, unit, syncproto.ID{}),
		at(escalation.Promise, 1, -2, centre, syncproto.Derive("seat")),
		at(escalation.Recipient, 1, 2, unit, head),
		at(escalation.Resolution, 2, 24, unit, head),
		at(escalation.Ageing, 1, 70, syncproto.ID{}, syncproto.ID{}),
		{Ladder: escalation.Response, Rung: 2, Unit: unit, Result: escalation.Disputed, Until: noon.Add(syncproto.Day)},
	}}
	for _, c := range []struct {
		who    string
		person syncproto.ID
		role   policy.Role
		unit   syncproto.ID
		want   string
	}{
		{"a head, to whom it was escalated", head, policy.Head, unit, "recipient 1"},
		{"another head, who has nothing of their own", syncproto.Derive("other"), policy.Head, unit, "response 1"},
		{"a liaison of the department", syncproto.Derive("liaison"), policy.Liaison, unit, "response 1"},
		{"a seat, which answers for the whole", syncproto.Derive("seat"), policy.Seat, centre, "promise 1"},
		{"the service department, which decides what is disputed", syncproto.Derive("service"), policy.ServiceDesk, syncproto.Derive("hq"), "response 2"},
		{"somebody of another department", syncproto.Derive("stranger"), policy.Engineer, syncproto.Derive("parts"), "promise 1"},
	} {
		s := chinese(t)
		s.Person, s.Reference = c.person, referenceOf(c.unit, c.person, c.role)
		k, _ := s.reader().Nearest(body)
		if got := k.Ladder.String() + " " + string('0'+rune(k.Rung)); got != c.want {
			t.Errorf("%s is shown %s, not %s", c.who, got, c.want)
		}
	}
}

// Who reads a ticket without having it is offered nothing of the seat's.
func TestASeatDecidesOnItsOwnTickets(t *testing.T) {
	centre, elsewhere := syncproto.Derive("centre"), syncproto.Derive("elsewhere")
	open := ticket.Body{CallCentre: centre, Proposals: []ticket.Proposal{{Command: syncproto.Derive("proposal")}}}
	closed := ticket.Body{CallCentre: centre, Closed: noon}
	for _, c := range []struct {
		unit syncproto.ID
		want bool
	}{{centre, true}, {elsewhere, false}} {
		s := chinese(t)
		s.Person = syncproto.Derive("seat")
		s.Reference = referenceOf(c.unit, s.Person, policy.Seat)
		for kind, body := range map[syncproto.CommandKind]ticket.Body{
			syncproto.CommandAcceptProposal: open, syncproto.CommandRefuseProposal: open, syncproto.CommandDispatch: open,
			syncproto.CommandFinalResponse: open, syncproto.CommandClose: open, syncproto.CommandReopen: closed,
		} {
			if got := s.can(Action(kind), Panorama{}, body); got != c.want {
				t.Errorf("%v is offered: %v, not %v", kind, got, c.want)
			}
		}
	}
}

// What is due within the grace after a reopening says so, and not an odd number of days.
func TestAgeingAfterAReopening(t *testing.T) {
	s := chinese(t)
	s.Reference = referenceOf(syncproto.Derive("hq"), syncproto.Derive("service"), policy.ServiceDesk)
	first := noon.Add(-20 * syncproto.Day)
	body := ticket.Body{FirstContact: first, Reopenings: 1, ReopenedAt: noon, ClosedFor: 12 * syncproto.Day}
	for _, c := range []struct {
		rung uint8
		due  syncproto.Instant
		want string
	}{
		{1, noon.Add(syncproto.Day), "自首次来电起 5 天，关闭期间不计，重新打开后顺延"},
		{2, first.Add(22 * syncproto.Day), "自首次来电起 10 天，关闭期间不计"},
	} {
		clock := escalation.Clock{Ladder: escalation.Ageing, Rung: c.rung, Start: first, Due: c.due, Known: noon, Fired: noon}
		if got := s.rule(about{ticket: body}, clock); got != c.want {
			t.Errorf("rung %d counts %q, not %q", c.rung, got, c.want)
		}
	}
}
