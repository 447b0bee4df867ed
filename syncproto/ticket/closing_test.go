package ticket_test

import (
	"slices"
	"testing"

	"redress/syncproto"
	"redress/syncproto/escalation"
	"redress/syncproto/policy"
	. "redress/syncproto/rules/rulestest"
	"redress/syncproto/ticket"
)

// §7: only the seat closes, after the customer was told and accepts it, with no promise
// open and no proposal waiting.
func TestWhatKeepsATicketOpen(t *testing.T) {
	for _, c := range []struct {
		story   string
		prepare func(*story)
		code    syncproto.Code
	}{
		{"nobody told the customer", func(*story) {}, ticket.CodeNotTold},
		{"the customer does not accept it", func(s *story) {
			s.accepted(By(Seat, syncproto.CommandFinalResponse, ticket.FinalResponse{Ticket: s.ticket, Text: "无法修复", Rejected: true}))
		}, ticket.CodeOutcomeRejected},
		{"a promise is open", func(s *story) { s.accepted(s.finalResponse()); s.accepted(s.promise("专员回电", 0)) }, ticket.CodePromiseOpen},
		{"a proposal waits", func(s *story) { s.accepted(s.finalResponse()); s.accepted(s.propose(0)) }, ticket.CodeProposalWaits},
		{"it is closed", func(s *story) { s.accepted(s.finalResponse()); s.accepted(s.close()) }, ticket.CodeClosed},
	} {
		t.Run(c.story, func(t *testing.T) {
			s := answered(t)
			c.prepare(s)
			s.refused(s.close(), c.code)
		})
	}
	s := answered(t)
	s.refused(By(Engineer, syncproto.CommandClose, ticket.Close{Ticket: s.ticket}), syncproto.CodeNotAllowed)
	stale := s.close()
	s.accepted(s.finalResponse())
	s.accepted(s.close())
	s.after(hour).accepted(s.reopen())
	s.accepted(s.finalResponse())
	s.refused(stale, syncproto.CodeChanged)
}

// The last word to the customer counts, in whatever order the news of it comes.
func TestLastFinalResponseCounts(t *testing.T) {
	s := answered(t)
	early := By(OtherSeat, syncproto.CommandFinalResponse, ticket.FinalResponse{Ticket: s.ticket, Text: "无法修复", Rejected: true}).
		Done(Morning.Add(hour), syncproto.Interval{Lo: Morning.Add(hour), Hi: Morning.Add(hour)})
	s.after(2 * hour).accepted(s.finalResponse())
	s.after(3 * hour).accepted(early)
	if b := s.body(); b.Responded != Morning.Add(2*hour) || b.OutcomeRejected {
		t.Fatalf("%+v", b)
	}
	s.accepted(s.close())
	rejected := By(OtherSeat, syncproto.CommandFinalResponse, ticket.FinalResponse{Ticket: s.ticket, Text: "客户反悔", Rejected: true})
	s.after(4*hour).remarked(rejected, ticket.CodeClosed) // so that the seat knows
}

// Closing ends every running clock, and nothing of them fires afterwards; one that is past
// its due time fires first.
func TestCloseEndsClocks(t *testing.T) {
	s := begin(t)
	s.dispatch(ConnectedCar)
	s.accepted(s.finalResponse())
	s.after(hour).accepted(s.close())
	for _, c := range s.body().Clocks {
		if c.Running() {
			t.Fatalf("%+v", c)
		}
	}
	s.result(s.clock(0), escalation.Withdrawn, false)
	s.result(s.rung(escalation.Resolution, 1), escalation.Met, false)
	s.result(s.rung(escalation.Ageing, 1), escalation.Met, false)
	s.result(s.rung(escalation.Ageing, 2), escalation.Void, false)
	if ticket.NextDue(s.body()) != 0 || s.body().IsOpen() {
		t.Fatal("a closed ticket wants a tick")
	}
	s = begin(t)
	s.dispatch(ConnectedCar)
	s.accepted(s.finalResponse())
	s.after(50 * hour).remarked(s.close())
	s.result(s.clock(0), escalation.Withdrawn, true)
	s.result(s.rung(escalation.Resolution, 1), escalation.Missed, true)
	s.result(s.rung(escalation.Resolution, 2), escalation.Met, false)
	s.result(s.recipient(escalation.Resolution, 1, escalation.TakesUp), escalation.Void, false)
}

// Closed offline before anything was due, handed in after the rungs fired: nobody was
// late, whatever came first.
func TestClosedOfflineInTime(t *testing.T) {
	for _, ticks := range []bool{true, false} {
		s := begin(t)
		s.dispatch(ConnectedCar)
		s.accepted(s.finalResponse())
		if s.after(49 * hour); ticks {
			s.tick()
		}
		s.accepted(s.close().Done(Morning.Add(hour), syncproto.Interval{Lo: Morning, Hi: Morning.Add(2 * hour)}))
		s.result(s.clock(0), escalation.Withdrawn, false)
		s.result(s.rung(escalation.Resolution, 1), escalation.MetOffline, false)
		if s.body().Closed != Morning.Add(hour) {
			t.Fatalf("%+v", s.body())
		}
	}
}

// Closed offline before the answer was due; the department answered late meanwhile, or nobody
// can tell when: it was relieved by then, whatever came first.
func TestClosedOfflineBeforeALateAnswer(t *testing.T) {
	for _, doubt := range []syncproto.Span{0, hour} {
		for _, answeredFirst := range []bool{true, false} {
			s := begin(t)
			cause := s.dispatch(ConnectedCar)
			s.accepted(s.finalResponse())
			s.after(2*hour + tick).tick()
			at, closed := Morning.Add(150*minute), Morning.Add(90*minute)
			answer := s.respond(Liaison, cause).Done(at, syncproto.Interval{Lo: at.Add(-doubt), Hi: at})
			all := []Given{answer, s.close().Done(closed, syncproto.Interval{Lo: closed, Hi: closed})}
			if !answeredFirst {
				slices.Reverse(all)
			}
			s.after(3 * hour).accepted(all[0])
			s.accepted(all[1])
			s.result(s.clock(0), escalation.Withdrawn, false)
		}
	}
}

// reopenedAt is a ticket closed and reopened so long after the first contact, on line.
func reopenedAt(t *testing.T, closed, reopened syncproto.Span) *story {
	t.Helper()
	s := answered(t)
	s.after(closed).accepted(s.finalResponse())
	s.accepted(s.close())
	s.after(reopened).accepted(s.reopen())
	return s
}

// §4, B8: the resolution clock starts again at the contact; of ageing the time spent
// closed does not count; nothing fires before 24 h after the entry.
func TestReopen(t *testing.T) {
	s := reopenedAt(t, 20*hour, 1000*hour)
	if due := s.rung(escalation.Resolution, 1).Due; due != Morning.Add(1048*hour) {
		t.Fatalf("resolution is due %v", due)
	}
	if a, b := s.rung(escalation.Ageing, 1).Due, s.rung(escalation.Ageing, 2).Due; a != Morning.Add(1100*hour) || b != Morning.Add(1220*hour) {
		t.Fatalf("ageing is due %v and %v", a, b)
	}
	s.fires(1024 * hour)
	s.fires(1048*hour+tick, resolution1)
	s.refused(s.reopen(), ticket.CodeNotClosed)
}

// Two seats reopen it, one of them offline; the other's reopening is closed again, after the customer
// was told, before that one reports. It stays closed, as where that one had reported first.
func TestReopenedBeforeTheLastClosing(t *testing.T) {
	for _, first := range []bool{true, false} {
		s := answered(t)
		s.accepted(s.finalResponse())
		s.after(9 * hour).accepted(s.close())
		stale := offline(s.reopen(), 10*hour)
		if first {
			s.after(10 * hour).accepted(stale)
		} else {
			s.after(11 * hour).accepted(s.reopen())
		}
		s.after(15 * hour).accepted(s.finalResponse())
		s.accepted(s.close())
		if s.after(16 * hour); !first {
			s.refused(stale, syncproto.CodeChanged)
		}
		if b := s.body(); b.IsOpen() || b.Reopenings != 1 {
			t.Fatalf("%+v", b)
		}
		s.accepted(s.reopen())
	}
}

// Closed an hour before the fifth day was over, reopened: the rung is due a day later, and
// who closes before that was in time.
func TestNothingFiresInTheGrace(t *testing.T) {
	s := reopenedAt(t, 119*hour, 200*hour)
	s.fires(224 * hour)
	s.fires(224*hour+tick, ageing1)
	s = reopenedAt(t, 119*hour, 200*hour)
	s.after(210 * hour).accepted(s.finalResponse())
	s.accepted(s.close())
	s.result(s.rung(escalation.Ageing, 1), escalation.Met, false)
}

// Reopened offline 60 h ago: the grace counts from the entry, arrived late or not (B8).
func TestReopenedOfflineLongAgo(t *testing.T) {
	s := answered(t)
	s.after(hour).accepted(s.finalResponse())
	s.accepted(s.close())
	at := Morning.Add(10 * hour)
	s.after(70 * hour).accepted(s.reopen().Done(at, syncproto.Interval{Lo: at, Hi: at}))
	s.fires(94 * hour)
	s.fires(94*hour+tick, resolution1)
	if b := s.body(); b.ClosedFor != 9*hour || b.ReopenedAt != at || s.rung(escalation.Ageing, 1).Due != Morning.Add(129*hour) {
		t.Fatalf("%+v", b)
	}
}

// What fired stays fired, over several reopenings: of ageing only the rest goes on.
func TestFiredRungsStayFired(t *testing.T) {
	s := answered(t)
	s.fires(121*hour, resolution1, ageing1)
	fired := s.rung(escalation.Ageing, 1)
	s.accepted(s.finalResponse())
	s.after(121 * hour).accepted(s.close())
	s.after(200 * hour).accepted(s.reopen())
	s.after(210 * hour).accepted(s.finalResponse())
	s.accepted(s.close())
	s.after(300 * hour).accepted(s.reopen())
	if c := s.rung(escalation.Ageing, 1); c.Cause != fired.Cause || c.Fired != fired.Fired || c.Rescinded {
		t.Fatalf("%+v", c)
	}
	if due := s.rung(escalation.Ageing, 2).Due; due != Morning.Add((240+79+90)*hour) {
		t.Fatalf("%v", due)
	}
	// A close whose time nobody can tell is all the same from after the reopening.
	s.after(301 * hour).accepted(s.finalResponse())
	s.accepted(s.close().Done(s.Now, syncproto.Interval{Hi: s.Now}))
	if c := s.rung(escalation.Ageing, 1); c.Result != escalation.Missed || s.body().Reopenings != 2 {
		t.Fatalf("%+v", c)
	}
}

// What was solved before a reopening says nothing about the time after it, but is evidence
// for the time before.
func TestSolvedBeforeTheReopening(t *testing.T) {
	s := answered(t)
	old := s.propose(47 * hour)
	s.fires(49*hour, resolution1)
	first := s.rung(escalation.Resolution, 1)
	s.accepted(s.finalResponse())
	s.accepted(s.close())
	s.after(60 * hour).accepted(s.reopen())
	s.accepted(s.accept(s.after(61 * hour).accepted(old).ID))
	c, _ := escalation.Get(s.body().Clocks, first.Name())
	s.result(c, escalation.MetOffline, false)
	if b := s.body(); !s.rung(escalation.Resolution, 1).Running() || b.Resolved != 0 {
		t.Fatalf("%+v", b)
	}
	s.accepted(s.accept(s.accepted(s.propose(61 * hour)).ID))
	s.result(s.rung(escalation.Resolution, 1), escalation.Met, false)
	if s.body().Resolved != Morning.Add(61*hour) {
		t.Fatalf("%+v", s.body())
	}
}

// What is promised on a desk that does not know of the closing is kept in sight.
func TestPromiseAfterClosing(t *testing.T) {
	s := answered(t)
	s.accepted(s.finalResponse())
	s.accepted(s.close())
	if r := s.Try(s.promise("专员回电", 0)); !slices.Equal(r.Codes(), []syncproto.Code{ticket.CodeClosed}) {
		t.Fatalf("%v", r)
	}
	s.remarked(s.promise("专员回电", 0), ticket.CodeClosed)
	s.fires(24*hour+tick, escalation.Name{Ladder: escalation.Promise, Rung: 1})
}

// A close whose time nobody can tell is all the same from after the reopening that its
// person saw: it casts no doubt on what was missed before, also where a new policy begins
// no clocks of its own.
func TestCloseIsAfterTheReopening(t *testing.T) {
	s := answered(t)
	s.fires(49*hour, resolution1)
	s.accepted(s.finalResponse())
	s.accepted(s.close())
	s.result(s.rung(escalation.Resolution, 1), escalation.Missed, true)
	p := policy.Default(2)
	p.ResolutionLimit, p.HeadLimit = 0, 0
	s.accepted(Given{Kind: syncproto.CommandIssuePolicy, Command: policy.Issue{Policy: p}, Operator: "test"})
	s.after(60 * hour).accepted(s.reopen())
	s.accepted(s.finalResponse())
	s.after(61 * hour).accepted(s.close().Done(s.Now, syncproto.Interval{Hi: s.Now}))
	s.result(s.rung(escalation.Resolution, 1), escalation.Missed, true)
}
