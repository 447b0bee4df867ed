package ticket_test

import (
	"reflect"
	"slices"
	"testing"

	"redress/syncproto"
	"redress/syncproto/escalation"
	"redress/syncproto/organisation"
	. "redress/syncproto/rules/rulestest"
	"redress/syncproto/ticket"
)

const tick = syncproto.Microsecond

// rung is a clock of the last round of a ladder.
func (s *story) rung(ladder escalation.Ladder, rung uint8) escalation.Clock {
	s.t.Helper()
	for _, c := range slices.Backward(s.body().Clocks) {
		if c.Ladder == ladder && c.Rung == rung {
			return c
		}
	}
	s.t.Fatalf("no %v %d", ladder, rung)
	return escalation.Clock{}
}

// firing is the event id of a rung's firing, and recipient the clock it gave.
func (s *story) firing(ladder escalation.Ladder, rung uint8) syncproto.ID {
	s.t.Helper()
	return escalation.FiringID(s.ticket, s.rung(ladder, rung).Name())
}

func (s *story) recipient(ladder escalation.Ladder, rung, duty uint8) escalation.Clock {
	s.t.Helper()
	c, _ := escalation.Get(s.body().Clocks, escalation.Name{Ladder: escalation.Recipient, Rung: duty, Cause: s.firing(ladder, rung)})
	return c
}

// result says what became of a clock: its result, and whether a firing stands.
func (s *story) result(c escalation.Clock, want escalation.Result, fired bool) {
	s.t.Helper()
	if c.Result != want || (c.Fired != 0 && !c.Rescinded) != fired {
		s.t.Fatalf("%v %d is %v, fired %v, rescinded %v; want %v, fired %v", c.Ladder, c.Rung, c.Result, c.Fired, c.Rescinded, want, fired)
	}
}

// fires ticks and says which rungs fired.
func (s *story) fires(after syncproto.Span, want ...escalation.Name) {
	s.t.Helper()
	var got []escalation.Name
	for _, e := range s.after(after).tick() {
		if f, is := e.(escalation.Fired); is {
			got = append(got, escalation.Name{Ladder: f.Clock.Ladder, Rung: f.Clock.Rung})
		}
	}
	if !slices.Equal(got, want) {
		s.t.Fatalf("after %v there fired %v; want %v", after, got, want)
	}
}

func (s *story) propose(at syncproto.Span) Given {
	g := By(Engineer, syncproto.CommandProposeSolved, ticket.ProposeSolved{Ticket: s.ticket, Text: "已更换模块", Resolves: s.rung(escalation.Resolution, 1).Cause})
	return g.Done(Morning.Add(at), syncproto.Interval{Lo: Morning.Add(at), Hi: Morning.Add(at)})
}

func (s *story) accept(proposal syncproto.ID) Given {
	return By(Seat, syncproto.CommandAcceptProposal, ticket.AcceptProposal{Ticket: s.ticket, Proposal: proposal})
}

func (s *story) finalResponse() Given {
	return By(Seat, syncproto.CommandFinalResponse, ticket.FinalResponse{Ticket: s.ticket, Channel: "外呼", Text: "已修复"})
}

func (s *story) close() Given {
	return By(Seat, syncproto.CommandClose, ticket.Close{Ticket: s.ticket, Reopenings: s.body().Reopenings})
}

func (s *story) reopen() Given {
	return By(Seat, syncproto.CommandReopen, ticket.Reopen{Ticket: s.ticket, Text: "异响又出现"})
}

var (
	resolution1 = escalation.Name{Ladder: escalation.Resolution, Rung: 1}
	resolution2 = escalation.Name{Ladder: escalation.Resolution, Rung: 2}
	ageing1     = escalation.Name{Ladder: escalation.Ageing, Rung: 1}
	ageing2     = escalation.Name{Ladder: escalation.Ageing, Rung: 2}
	takesUp     = escalation.Name{Ladder: escalation.Recipient, Rung: escalation.TakesUp}
	solves      = escalation.Name{Ladder: escalation.Recipient, Rung: escalation.Solves}
	response    = escalation.Name{Ladder: escalation.Response, Rung: 1}
)

// answered is a ticket with a department that responded at once.
func answered(t *testing.T) *story {
	t.Helper()
	s := begin(t)
	s.accepted(s.respond(Liaison, s.dispatch(ConnectedCar)))
	return s
}

// §12 resolution: silence from the first contact; the head at 48 h, the vice president at
// 72 h when the head got it at 48 h, each once; and whoever got it has clocks.
func TestResolutionClimbs(t *testing.T) {
	s := answered(t)
	s.fires(48 * hour)
	s.fires(48*hour+tick, resolution1)
	if c := s.rung(escalation.Resolution, 1); !slices.Equal(c.Told, []syncproto.ID{CarHead, Seat, Liaison}) || c.ArrivedLate {
		t.Fatalf("%+v", c)
	}
	if c := s.recipient(escalation.Resolution, 1, escalation.TakesUp); c.Person != CarHead || c.Due != Morning.Add(50*hour+tick) {
		t.Fatalf("%+v", c)
	}
	if c := s.rung(escalation.Resolution, 2); c.Start != Morning.Add(48*hour+tick) || c.Due != Morning.Add(72*hour+tick) {
		t.Fatalf("the next rung counts from the firing: %+v", c)
	}
	s.fires(50*hour+2*tick, takesUp)
	s.fires(72*hour + tick)
	s.fires(72*hour+2*tick, resolution2)
	if c := s.recipient(escalation.Resolution, 2, escalation.Solves); c.Person != VicePres || c.Due != s.Now.Add(24*hour) {
		t.Fatalf("%+v", c)
	}
	s.fires(72*hour + 2*tick)
}

// The server was down from hour 47 to 49: the head at 49:01, the vice president 24 h after
// that firing.
func TestServerDownOverARung(t *testing.T) {
	s := answered(t)
	s.fires(49*hour+minute, resolution1)
	s.after(49*hour + minute).accepted(By(CarHead, syncproto.CommandActOn, ticket.ActOn{Ticket: s.ticket, Firing: s.firing(escalation.Resolution, 1), Text: "已安排专人"}))
	s.fires(73*hour + minute)
	s.fires(73*hour+minute+tick, resolution2)
}

// §4 ageing: more than 5 days to the service department, more than 10 to leadership; both
// from the first contact, whenever the first one fired.
func TestAgeing(t *testing.T) {
	s := answered(t)
	s.accepted(s.accept(s.accepted(s.propose(0)).ID)) // nothing but ageing runs
	s.fires(120 * hour)
	s.fires(130*hour, ageing1)
	if c := s.recipient(escalation.Ageing, 1, escalation.Solves); c.Unit != Headquarters || !c.Person.IsZero() || c.Due != Morning.Add(154*hour) {
		t.Fatalf("%+v", c)
	}
	act := By(Service, syncproto.CommandActOn, ticket.ActOn{Ticket: s.ticket, Firing: s.firing(escalation.Ageing, 1), Text: "督办"})
	s.accepted(act)
	s.fires(155*hour, solves)
	s.fires(240 * hour)
	s.fires(240*hour+tick, ageing2)
	if c := s.recipient(escalation.Ageing, 2, escalation.TakesUp); c.Person != Leader {
		t.Fatalf("%+v", c)
	}
}

// A ticket opened offline on Monday reaches the server on Thursday: the rung already past
// fires once, arrived late; the next counts from that firing.
func TestOpenedOfflineDaysAgo(t *testing.T) {
	s := &story{Log: NewLog(), t: t}
	open := opening(s.Log)
	s.ticket = open.ID
	s.after(73 * hour).accepted(By(Seat, syncproto.CommandOpen, open).Done(Morning, syncproto.Interval{Lo: Morning, Hi: Morning}))
	s.fires(73*hour, resolution1)
	if c := s.rung(escalation.Resolution, 1); !c.ArrivedLate || s.rung(escalation.Resolution, 2).Due != Morning.Add(97*hour) {
		t.Fatalf("%+v", c)
	}
	s.fires(73*hour + tick)
}

// B3: solved at 50 h offline, before the second rung was due; handed in after it fired:
// the second is rescinded with all that followed, the first stands; the head had the whole
// of two hours and needed no longer.
func TestSolvedBetweenTheRungs(t *testing.T) {
	s := answered(t)
	s.fires(48*hour+tick, resolution1)
	s.fires(50*hour+2*tick, takesUp)
	s.fires(72*hour+2*tick, resolution2)
	s.fires(75*hour, takesUp)
	before := s.body().Clocks
	proposal := s.after(80 * hour).accepted(s.propose(50 * hour)).ID
	if !reflect.DeepEqual(before, s.body().Clocks) {
		t.Fatal("a proposal is not yet evidence (B6)")
	}
	s.remarked(s.accept(proposal))
	s.result(s.rung(escalation.Resolution, 1), escalation.Missed, true)
	s.result(s.rung(escalation.Resolution, 2), escalation.MetOffline, false)
	s.result(s.recipient(escalation.Resolution, 2, escalation.TakesUp), escalation.Void, false)
	s.result(s.recipient(escalation.Resolution, 2, escalation.Solves), escalation.Void, false)
	s.result(s.recipient(escalation.Resolution, 1, escalation.TakesUp), escalation.Void, false)
}

// What a recipient did stands when the firing is taken back; what it did not is void (B3).
func TestWhatRecipientsDidStands(t *testing.T) {
	s := answered(t)
	s.fires(48*hour+tick, resolution1)
	s.after(49 * hour).accepted(By(CarHead, syncproto.CommandActOn, ticket.ActOn{Ticket: s.ticket, Firing: s.firing(escalation.Resolution, 1), Text: "已安排专人"}))
	s.accepted(s.accept(s.accepted(s.propose(47 * hour)).ID))
	s.result(s.rung(escalation.Resolution, 1), escalation.MetOffline, false)
	s.result(s.rung(escalation.Resolution, 2), escalation.Void, false)
	s.result(s.recipient(escalation.Resolution, 1, escalation.TakesUp), escalation.Met, false)
}

// After a restore the desk of whoever answered may hand in before the desk of whoever asked:
// the clock begins, and is judged by the answer that was here before it, as if that had come
// after it. Nobody is blamed for the order.
func TestAnAnswerBeforeWhatItAnswers(t *testing.T) {
	type says func(ticket, cause syncproto.ID) Given
	dispatch := says(func(of, _ syncproto.ID) Given {
		return By(Seat, syncproto.CommandDispatch, ticket.Dispatch{Ticket: of, Unit: ConnectedCar})
	})
	promise := says(func(of, _ syncproto.ID) Given {
		return By(Seat, syncproto.CommandPromise, ticket.Promise{Ticket: of, What: "专员回电", Due: Morning.Add(2 * hour)})
	})
	respond := says(func(of, cause syncproto.ID) Given {
		return By(Engineer, syncproto.CommandRespond, ticket.Respond{Ticket: of, Cause: cause, Text: "已重启服务"})
	})
	propose := says(func(of, cause syncproto.ID) Given {
		return By(Engineer, syncproto.CommandProposeSolved, ticket.ProposeSolved{Ticket: of, Cause: cause, Text: "已解决"})
	})
	call := says(func(of, cause syncproto.ID) Given {
		return By(Seat, syncproto.CommandContact, ticket.Contact{Ticket: of, Direction: ticket.Outbound, Fulfils: cause})
	})
	for _, c := range []struct {
		story          string
		asks, answers  says
		ladder         escalation.Ladder
		done, doubtful syncproto.Span
		result         escalation.Result
		fired          bool
	}{
		{"answered in time", dispatch, respond, escalation.Response, hour, 0, escalation.Met, false},
		{"at the due time itself", dispatch, respond, escalation.Response, 2 * hour, 0, escalation.Met, false},
		{"a microsecond late", dispatch, respond, escalation.Response, 2*hour + tick, 0, escalation.Missed, true},
		{"perhaps in time", dispatch, respond, escalation.Response, 2 * hour, minute, escalation.Disputed, true},
		{"by a proposal", dispatch, propose, escalation.Response, hour, 0, escalation.Met, false},
		{"a promise kept", promise, call, escalation.Promise, hour, 0, escalation.Met, false},
	} {
		t.Run(c.story, func(t *testing.T) {
			s := begin(t)
			id := s.NextID()
			cause, done := escalation.CauseOf(id), Morning.Add(c.done)
			s.after(c.done+c.doubtful).remarked(c.answers(s.ticket, cause).
				Done(done, syncproto.Interval{Lo: done.Add(-c.doubtful), Hi: done.Add(c.doubtful)}), escalation.CodeAhead)
			ask := c.asks(s.ticket, cause)
			ask.ID = id
			s.after(0).accepted(ask) // decided as of then
			clock, _ := escalation.Find(s.body().Clocks, c.ladder, cause)
			s.result(clock, c.result, c.fired)
			if kept := s.body().Ahead; len(kept) != 0 {
				t.Fatalf("still waits for its clock: %+v", kept)
			}
		})
	}
	s := begin(t)
	asked := s.NextID()
	s.accepted(s.promise("专员回电", 0))
	s.after(hour).remarked(By(Seat, syncproto.CommandContact, ticket.Contact{Ticket: s.ticket, Direction: ticket.Outbound,
		Fulfils: escalation.CauseOf(asked)}), escalation.CodeAhead)
	again := s.promise("专员回电", 0)
	again.ID = asked
	s.remarked(again, syncproto.CodeAlready)
	s.result(s.clock(0), escalation.Met, false)
	if kept := s.body().Ahead; len(kept) != 0 {
		t.Fatalf("what only repeats another is answered by what answers it: %+v", kept)
	}
}

// The head handed it back offline, in time; the ticket was closed before the news of that came.
func TestHandedBackBeforeTheClosing(t *testing.T) {
	for _, c := range []struct {
		at     syncproto.Span
		result escalation.Result
	}{{49 * hour, escalation.MetOffline}, {51 * hour, escalation.Missed}} {
		s := answered(t)
		s.fires(48*hour+tick, resolution1)
		back := By(CarHead, syncproto.CommandDeEscalate, ticket.DeEscalate{Ticket: s.ticket, Firing: s.firing(escalation.Resolution, 1), Reason: "由部门处理"})
		s.after(50*hour + 2*tick).tick()
		s.after(52 * hour).accepted(s.finalResponse())
		s.accepted(s.close())
		s.result(s.recipient(escalation.Resolution, 1, escalation.TakesUp), escalation.Missed, true)
		r := s.after(53 * hour).Give(offline(back, c.at))
		if in := c.result == escalation.MetOffline; (r.Outcome == syncproto.Accepted) != in {
			t.Fatalf("%v %v", r.Outcome, r.Findings)
		}
		s.result(s.recipient(escalation.Resolution, 1, escalation.TakesUp), c.result, c.result == escalation.Missed)
		back.ID = s.NextID()
		s.refused(offline(back, c.at), ticket.CodeNotEscalated) // once
	}
}

// The rung that escalated it is given again after a restore, after the recipient's answer to
// it was handed in again.
func TestTakenUpBeforeItWasEscalatedAgain(t *testing.T) {
	s := answered(t)
	firing := escalation.FiringID(s.ticket, s.rung(escalation.Resolution, 1).Name())
	acted := Morning.Add(49 * hour)
	s.after(50*hour).remarked(By(CarHead, syncproto.CommandActOn, ticket.ActOn{Ticket: s.ticket, Firing: firing, Text: "已安排专人"}).
		Done(acted, syncproto.Interval{Lo: acted, Hi: acted}), escalation.CodeAhead)
	s.tick()
	s.result(s.recipient(escalation.Resolution, 1, escalation.TakesUp), escalation.Met, false)
}

// §4, B6: solved at exactly 48:00:00 is met, a microsecond later is not; what the server
// knew in time is met, though the seat accepts it after the firing; a refused proposal
// leaves every clock as it was.
func TestProposal(t *testing.T) {
	for _, c := range []struct {
		story    string
		at, said syncproto.Span
		result   escalation.Result
		fired    bool
	}{
		{"in time, on line", 48 * hour, 48 * hour, escalation.Met, false},
		{"a microsecond late", 48*hour + tick, 48*hour + tick, escalation.Missed, true},
		{"in time, handed in after the firing", 47 * hour, 49 * hour, escalation.MetOffline, false},
	} {
		t.Run(c.story, func(t *testing.T) {
			s := answered(t)
			proposal := s.after(c.said).accepted(s.propose(c.at)).ID
			s.after(49*hour + tick).tick()
			s.accepted(s.accept(proposal))
			s.result(s.rung(escalation.Resolution, 1), c.result, c.fired)
			s.refused(s.accept(proposal), ticket.CodeNoSuchProposal)
		})
	}
	s := answered(t)
	proposal := s.after(hour).accepted(s.propose(hour)).ID
	before := s.body().Clocks
	s.refused(By(Seat, syncproto.CommandRefuseProposal, ticket.RefuseProposal{Ticket: s.ticket, Proposal: proposal}), syncproto.CodeMissing)
	s.accepted(By(Seat, syncproto.CommandRefuseProposal, ticket.RefuseProposal{Ticket: s.ticket, Proposal: proposal, Reason: "仍有异响"}))
	if b := s.body(); !reflect.DeepEqual(before, b.Clocks) || len(b.Proposals) != 0 || b.Resolved != 0 {
		t.Fatalf("%+v", b)
	}
	s.fires(48*hour+tick, resolution1)
}

// A proposal is for the unit that has the ticket, about clocks it has, and only so many
// wait.
func TestProposalRefused(t *testing.T) {
	s := answered(t)
	foreign := By(QualityMan, syncproto.CommandProposeSolved, ticket.ProposeSolved{Ticket: s.ticket, Text: "已解决"})
	stray := By(Engineer, syncproto.CommandProposeSolved, ticket.ProposeSolved{Ticket: s.ticket, Text: "已解决", Resolves: s.NextID()})
	for _, c := range []struct {
		given Given
		code  syncproto.Code
	}{{foreign, ticket.CodeNotYourUnit}, {stray, ticket.CodeNoSuchClock}} {
		if r := s.Try(c.given); !slices.Equal(r.Codes(), []syncproto.Code{c.code}) {
			t.Fatalf("%v; want %v", r.Findings, c.code)
		}
		s.remarked(c.given, c.code) // it was said all the same
	}
	s.accepted(s.propose(0))
	s.accepted(s.propose(0))
	s.remarked(s.propose(0), ticket.CodeTooManyProposals)
}

// 催单: who is overdue is reminded every four hours, three times, by itself.
func TestReminders(t *testing.T) {
	s := begin(t)
	s.dispatch(ConnectedCar)
	s.fires(2*hour+tick, response)
	for n := range 3 {
		at := 2*hour + tick + syncproto.Span(n+1)*4*hour
		if got := s.after(at - tick).tick(); len(got) != 0 {
			t.Fatalf("%v", got)
		}
		got := s.after(at).tick()
		if reminded, is := got[0].(escalation.Reminded); !is || len(got) != 1 || !slices.Equal(reminded.Told, []syncproto.ID{Seat, CarHead, Liaison}) {
			t.Fatalf("reminder %d: %+v", n, got)
		}
	}
	if got := s.after(30 * hour).tick(); len(got) != 0 {
		t.Fatalf("a fourth reminder: %+v", got)
	}
}

// §4 ageing: to the service department, whatever units somebody makes meanwhile: there is one headquarters.
func TestASecondHeadquarters(t *testing.T) {
	s := begin(t)
	define := func(id syncproto.ID, name string) Given {
		return Given{Kind: syncproto.CommandDefineUnit, Operator: "test", Command: organisation.DefineUnit{ID: id,
			Unit: organisation.Unit{Name: name, Kind: organisation.Headquarters, Phone: "9000"}}}
	}
	s.refused(define(s.NextID(), "一号总部"), syncproto.CodeAlready)
	s.refused(define(NorthRegion, "一号总部"), syncproto.CodeAlready)
	s.accepted(define(Headquarters, "总部"))
	s.fires(120*hour+tick, resolution1, ageing1)
	if c := s.recipient(escalation.Ageing, 1, escalation.TakesUp); c.Unit != Headquarters {
		t.Fatalf("%+v", c)
	}
}
