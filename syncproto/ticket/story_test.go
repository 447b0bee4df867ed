package ticket_test

import (
	"slices"
	"testing"

	"redress/syncproto"
	"redress/syncproto/customer"
	"redress/syncproto/escalation"
	"redress/syncproto/rules"
	. "redress/syncproto/rules/rulestest"
	"redress/syncproto/ticket"
)

const (
	hour   = syncproto.Hour
	minute = syncproto.Minute
	vin    = "LSVAA4182E2123456"
)

// story is a log with one ticket, opened in the morning.
type story struct {
	*Log
	t      *testing.T
	ticket syncproto.ID
}

func opening(l *Log) ticket.Open {
	return ticket.Open{
		ID: l.NextID(), Number: "K7MQ-00042", Channel: "400热线", Type: "报修", Category: "产品质量",
		Subject: "远程车控失败", Description: "手机无法远程启动", Demand: "尽快修复", Station: "上海一站",
		Region: EastRegion, CallCentre: CallCentre,
		Customer: customer.Caller{ID: l.NextID(), Name: "张先生", Phones: []string{"13800000000"}},
		Vehicle:  customer.Car{VIN: vin, Model: "远航"},
	}
}

func begin(t *testing.T) *story {
	t.Helper()
	s := &story{Log: NewLog(), t: t}
	open := opening(s.Log)
	s.ticket = open.ID
	s.accepted(By(Seat, syncproto.CommandOpen, open))
	return s
}

func (s *story) body() ticket.Body { return Body[ticket.Body](s.Log, ticket.Ref(s.ticket)) }

func (s *story) after(d syncproto.Span) *story { s.Now = Morning.Add(d); return s }

func (s *story) accepted(g Given) Result {
	s.t.Helper()
	r := s.Give(g)
	if r.Outcome != syncproto.Accepted {
		s.t.Fatalf("%v was %v: %v", g.Kind, r.Outcome, r.Findings)
	}
	return r
}

func (s *story) refused(g Given, code syncproto.Code) {
	s.t.Helper()
	if r := s.Give(g); r.Outcome != syncproto.Rejected || !slices.Contains(r.Codes(), code) {
		s.t.Fatalf("%v was %v %v; want rejected, %v", g.Kind, r.Outcome, r.Findings, code)
	}
}

func (s *story) remarked(g Given, codes ...syncproto.Code) Result {
	s.t.Helper()
	r := s.accepted(g)
	if !slices.Equal(r.Codes(), codes) {
		s.t.Fatalf("%v has the remarks %v; want %v", g.Kind, r.Codes(), codes)
	}
	return r
}

func (s *story) dispatch(unit syncproto.ID) (cause syncproto.ID) {
	s.t.Helper()
	return escalation.CauseOf(s.accepted(By(Seat, syncproto.CommandDispatch, ticket.Dispatch{Ticket: s.ticket, Unit: unit})).ID)
}

func (s *story) promise(what string, due syncproto.Instant) Given {
	return By(Seat, syncproto.CommandPromise, ticket.Promise{Ticket: s.ticket, What: what, Due: due})
}

func (s *story) respond(person, cause syncproto.ID) Given {
	return By(person, syncproto.CommandRespond, ticket.Respond{Ticket: s.ticket, Cause: cause, Text: "已重启服务"})
}

func (s *story) tick() []any {
	s.t.Helper()
	intent, err := rules.Tick(ticket.Ref(s.ticket))
	if err != nil {
		s.t.Fatal(err)
	}
	return s.accepted(Given{Kind: intent.Kind, Command: escalation.Tick{Document: ticket.Ref(s.ticket)}}).Events()
}

// byHand are the clocks of dispatches and promises, without the ladders that every ticket
// has from its first contact on.
func (s *story) byHand() []escalation.Clock {
	return slices.DeleteFunc(slices.Clone(s.body().Clocks), func(c escalation.Clock) bool {
		return c.Ladder != escalation.Response && c.Ladder != escalation.Promise
	})
}

func (s *story) clock(at int) escalation.Clock {
	s.t.Helper()
	clocks := s.byHand()
	if len(clocks) <= at {
		s.t.Fatalf("%d clocks", len(clocks))
	}
	return clocks[at]
}

func sameBuckets(got, want []syncproto.Bucket) bool {
	order := func(a, b syncproto.Bucket) int { return slices.Compare(a[:], b[:]) }
	want = slices.Clone(want)
	slices.SortFunc(want, order)
	return slices.Equal(got, want)
}
