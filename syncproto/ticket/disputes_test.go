package ticket_test

import (
	"fmt"
	"slices"
	"testing"

	"redress/syncproto"
	"redress/syncproto/customer"
	"redress/syncproto/escalation"
	"redress/syncproto/rules"
	. "redress/syncproto/rules/rulestest"
	"redress/syncproto/ticket"

	"pgregory.net/rapid"
)

// doubted is a ticket whose resolution was fired at 48 h and on which perhaps-late evidence
// was accepted at 60 h.
func doubted(t *testing.T) *story {
	t.Helper()
	s := answered(t)
	s.fires(48*hour+tick, resolution1)
	s.after(60 * hour)
	perhaps := s.propose(47*hour).Done(Morning.Add(47*hour), syncproto.Interval{Lo: Morning.Add(46 * hour), Hi: Morning.Add(60 * hour)})
	s.remarked(s.accept(s.accepted(perhaps).ID), escalation.CodeDisputed)
	s.result(s.rung(escalation.Resolution, 1), escalation.Disputed, true)
	s.result(s.rung(escalation.Resolution, 2), escalation.Met, false)
	return s
}

func (s *story) decide(inTime bool) Given {
	return By(Service, syncproto.CommandDecideDispute, ticket.DecideDispute{Ticket: s.ticket, Clock: s.rung(escalation.Resolution, 1).Name(),
		InTime: inTime, Reason: "电话记录"})
}

// clear hands in evidence, and has it accepted, that was provably in time.
func (s *story) clear() {
	s.t.Helper()
	s.accepted(s.accept(s.accepted(s.propose(47 * hour)).ID))
	s.result(s.rung(escalation.Resolution, 1), escalation.MetOffline, false)
}

// Perhaps in time (design §6): it stands until the service department decides, clear
// evidence comes, or seven days pass; whichever is first ends the timer, and clear
// evidence rescinds even later (B5).
func TestDispute(t *testing.T) {
	week := 60*hour + 7*24*hour
	again := func(s *story) { // worse evidence than what was decided changes nothing
		s.t.Helper()
		perhaps := s.propose(47*hour).Done(Morning.Add(47*hour), syncproto.Interval{Lo: Morning.Add(46 * hour), Hi: Morning.Add(60 * hour)})
		s.remarked(s.accept(s.accepted(perhaps).ID))
	}
	t.Run("in time, says the service department", func(t *testing.T) {
		s := doubted(t)
		s.refused(By(Seat, syncproto.CommandDecideDispute, ticket.DecideDispute{Ticket: s.ticket}), syncproto.CodeNotAllowed)
		s.accepted(s.decide(true))
		s.result(s.rung(escalation.Resolution, 1), escalation.MetOffline, false)
		s.result(s.rung(escalation.Resolution, 2), escalation.Void, false)
		s.refused(s.decide(false), ticket.CodeNotDisputed)
		s.after(week + hour).tick()
		s.result(s.rung(escalation.Resolution, 1), escalation.MetOffline, false)
	})
	t.Run("late, says the service department; clear evidence comes later", func(t *testing.T) {
		s := doubted(t)
		s.accepted(s.decide(false))
		s.result(s.rung(escalation.Resolution, 1), escalation.Missed, true)
		again(s)
		s.result(s.rung(escalation.Resolution, 1), escalation.Missed, true)
		s.clear()
	})
	t.Run("nobody decides for seven days", func(t *testing.T) {
		s := doubted(t)
		s.after(week - tick).tick()
		s.result(s.rung(escalation.Resolution, 1), escalation.Disputed, true)
		s.after(week).tick()
		s.result(s.rung(escalation.Resolution, 1), escalation.Missed, true)
		again(s)
		s.result(s.rung(escalation.Resolution, 1), escalation.Missed, true)
		s.clear()
	})
	t.Run("clear evidence ends the timer", func(t *testing.T) {
		s := doubted(t)
		s.clear()
		s.after(week + hour).tick()
		s.result(s.rung(escalation.Resolution, 1), escalation.MetOffline, false)
	})
}

// The first rung is disputed while the second runs: each is judged for itself, and the
// first in time takes the second back.
func TestBothRungsDisputed(t *testing.T) {
	s := answered(t)
	s.fires(48*hour+tick, resolution1)
	s.fires(72*hour+2*tick, takesUp, resolution2)
	s.after(80 * hour)
	perhaps := s.propose(47*hour).Done(Morning.Add(47*hour), syncproto.Interval{Lo: Morning.Add(46 * hour), Hi: s.Now})
	s.accepted(s.accept(s.accepted(perhaps).ID))
	s.result(s.rung(escalation.Resolution, 1), escalation.Disputed, true)
	s.result(s.rung(escalation.Resolution, 2), escalation.Disputed, true)
	s.accepted(s.decide(true))
	s.result(s.rung(escalation.Resolution, 2), escalation.Void, false)
	s.result(s.recipient(escalation.Resolution, 1, escalation.TakesUp), escalation.Void, false)
	s.result(s.recipient(escalation.Resolution, 2, escalation.Solves), escalation.Met, false) // what was done stands
}

// Whoever it was escalated to takes it up, or hands it back; the ladder goes on.
func TestActOnAndDeEscalate(t *testing.T) {
	s := answered(t)
	s.fires(48*hour+tick, resolution1)
	firing := s.firing(escalation.Resolution, 1)
	act := func(person syncproto.ID) Given {
		return By(person, syncproto.CommandActOn, ticket.ActOn{Ticket: s.ticket, Firing: firing, Text: "已安排专人"})
	}
	back := func(person syncproto.ID) Given {
		return By(person, syncproto.CommandDeEscalate, ticket.DeEscalate{Ticket: s.ticket, Firing: firing, Reason: "由部门继续处理"})
	}
	if r := s.Try(act(Leader)); !slices.Equal(r.Codes(), []syncproto.Code{ticket.CodeNotEscalated}) {
		t.Fatalf("%v", r)
	}
	s.refused(back(VicePres), ticket.CodeNotEscalated)
	s.after(50*hour + tick).accepted(act(CarHead))
	s.result(s.recipient(escalation.Resolution, 1, escalation.TakesUp), escalation.Met, false)
	s.after(55 * hour).accepted(back(CarHead)) // having taken it up before
	s.refused(back(CarHead), ticket.CodeNotEscalated)
	s.fires(72*hour+2*tick, resolution2) // nobody gets rid of it by handing back
	if s.body().DeEscalations != 1 {
		t.Fatalf("%+v", s.body())
	}
	firing = s.firing(escalation.Resolution, 2)
	s.after(75 * hour).accepted(back(VicePres))
	s.result(s.recipient(escalation.Resolution, 2, escalation.TakesUp), escalation.Missed, true)
	s.result(s.recipient(escalation.Resolution, 2, escalation.Solves), escalation.Withdrawn, false)
	s.remarked(act(Leader), ticket.CodeNotEscalated)
}

// Whoever the ticket was escalated to sees it with its customer and car, also while their
// own clock is disputed; who decides disputes sees it while there is one.
func TestWhoSeesAnEscalatedTicket(t *testing.T) {
	s := answered(t)
	seen := func(others ...syncproto.ID) {
		t.Helper()
		want := []syncproto.Bucket{syncproto.Bucket(CallCentre), syncproto.Bucket(EastRegion), syncproto.Bucket(ConnectedCar)}
		for _, o := range others {
			want = append(want, syncproto.Bucket(o))
		}
		for _, ref := range []syncproto.Ref{ticket.Ref(s.ticket), customer.Ref(s.body().Customer), customer.VehicleRef(s.body().Vehicle)} {
			if got := rules.Buckets(ref, s.Docs[ref].Body); !sameBuckets(got, want) {
				t.Fatalf("%v is seen by %v; want %v", ref, got, want)
			}
		}
	}
	seen()
	s.fires(48*hour+tick, resolution1)
	seen(CarHead)
	act := By(CarHead, syncproto.CommandActOn, ticket.ActOn{Ticket: s.ticket, Firing: s.firing(escalation.Resolution, 1), Text: "已安排专人"})
	s.after(60 * hour).accepted(act.Done(s.Now, syncproto.Interval{Lo: Morning.Add(49 * hour), Hi: Morning.Add(60 * hour)}))
	s.result(s.recipient(escalation.Resolution, 1, escalation.TakesUp), escalation.Disputed, true)
	seen(CarHead, Headquarters)
	s.accepted(act)
	seen(CarHead, Headquarters)
	s.after(61 * hour).accepted(act.Done(s.Now, syncproto.Interval{Lo: Morning.Add(49 * hour), Hi: Morning.Add(49 * hour)}))
	seen(CarHead)
}

// What is recorded does not depend on the order in which tick, evidence and its acceptance
// arrive (B4): whatever the order, the same clocks have the same results, and the same
// firings stand.
func TestOrderOfArrivalOnTheLadder(t *testing.T) {
	rapid.Check(t, func(rt *rapid.T) {
		within := func(label string, around syncproto.Span) syncproto.Interval {
			lo := rapid.IntRange(-2, 2).Draw(rt, label+" from")
			hi := rapid.IntRange(lo, 3).Draw(rt, label+" to")
			return syncproto.Interval{Lo: Morning.Add(around + syncproto.Span(lo)*hour), Hi: Morning.Add(around + syncproto.Span(hi)*hour)}
		}
		evidence := []syncproto.Interval{within("proposal", 48*hour), within("proposal", 50*hour), within("proposal", 72*hour), within("head", 50*hour)}
		play := func(order []int) string {
			s := answered(t)
			s.fires(48*hour+tick, resolution1)
			firing := s.firing(escalation.Resolution, 1)
			s.after(80 * hour)
			for _, n := range order {
				switch {
				case n < 3:
					g := s.propose(0).Done(evidence[n].Lo, evidence[n])
					s.accepted(s.accept(s.accepted(g).ID))
				case n == 3:
					act := By(CarHead, syncproto.CommandActOn, ticket.ActOn{Ticket: s.ticket, Firing: firing, Text: "已安排专人"})
					s.accepted(act.Done(evidence[3].Lo, evidence[3]))
				default:
					s.tick()
				}
			}
			s.tick()
			record := ""
			for _, c := range s.body().Clocks {
				stands := c.Fired != 0 && !c.Rescinded
				if c.Ladder != escalation.Recipient || c.Cause == firing { // those of rung 2 begin when it fires
					record += fmt.Sprintf("%v %d: %v %v\n", c.Ladder, c.Rung, c.Result, stands)
				}
			}
			return record
		}
		order := rapid.Permutation([]int{0, 1, 2, 3, 4}).Draw(rt, "order")
		if a, b := play([]int{4, 0, 1, 2, 3}), play(order); a != b {
			rt.Fatalf("%v gives\n%s; tick first, then in turn, gives\n%s", order, b, a)
		}
	})
}
