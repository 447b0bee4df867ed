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

// §12 promise: calls at 0 h, 10 h, 23 h; due stays 24 h after the first.
func TestPromiseIsDueAfterTheFirstContact(t *testing.T) {
	s := begin(t)
	s.after(10 * minute).remarked(s.promise("专员回电", 0))
	first := s.clock(0)
	if want := Morning.Add(24 * hour); first.Due != want || first.Start != Morning.Add(10*minute) {
		t.Fatalf("due %v; want %v", first.Due, want)
	}
	for _, at := range []syncproto.Span{10 * hour, 23 * hour} {
		s.after(at).accepted(By(OtherSeat, syncproto.CommandContact, ticket.Contact{Ticket: s.ticket, Direction: ticket.Inbound, Channel: "400热线"}))
		s.remarked(By(OtherSeat, syncproto.CommandPromise, ticket.Promise{Ticket: s.ticket, What: "工程师会打电话"}), syncproto.CodeAlready)
	}
	if b := s.body(); len(s.byHand()) != 1 || s.clock(0).Due != first.Due || b.Contacts != 3 || b.LastContact != Morning.Add(23*hour) {
		t.Fatalf("%+v", b)
	}
}

// A promise given when 24 h are over counts from itself (ours).
func TestPromiseAfterTheLimit(t *testing.T) {
	s := begin(t)
	s.after(30 * hour).remarked(s.promise("专员回电", 0))
	if got, want := s.clock(0).Due, Morning.Add(54*hour); got != want {
		t.Fatalf("due %v; want %v", got, want)
	}
}

// §4 promise: any commitment with a date is one, beside the call that was promised.
func TestPromiseWithDate(t *testing.T) {
	s := begin(t)
	refund := Morning.Add(72 * hour)
	s.remarked(s.promise("专员回电", 0))
	s.remarked(s.promise("三天内退款", refund))
	s.remarked(s.promise("三天内退款", refund.Add(24*hour)), syncproto.CodeAlready)
	if clocks := s.byHand(); len(clocks) != 2 || clocks[1].Due != refund {
		t.Fatalf("%+v", clocks)
	}
	early := s.promise("昨天已退款", Morning.Add(-hour))
	if r := s.Try(early); r.Outcome != syncproto.Rejected || !slices.Equal(r.Codes(), []syncproto.Code{ticket.CodePromiseOutOfTime}) {
		t.Fatalf("a desk lets it pass: %v", r)
	}
	s.remarked(early, ticket.CodePromiseOutOfTime)
	s.remarked(s.promise("永远免费", Morning.Add(10*ticket.MaxPromiseAhead)), ticket.CodePromiseOutOfTime)
	if clocks := s.byHand(); clocks[2].Due != Morning || clocks[3].Due != Morning.Add(ticket.MaxPromiseAhead) {
		t.Fatalf("the nearest date that can be: %+v", clocks[2:])
	}
}

// A promise is kept by a call of ours that says so; calls of the customer keep nothing.
func TestContactKeepsPromise(t *testing.T) {
	s := begin(t)
	first := escalation.CauseOf(s.accepted(s.promise("专员回电", 0)).ID)
	again := escalation.CauseOf(s.accepted(s.promise("专员回电", 0)).ID)
	contact := func(direction ticket.Direction, cause syncproto.ID) Given {
		return By(Seat, syncproto.CommandContact, ticket.Contact{Ticket: s.ticket, Direction: direction, Fulfils: cause})
	}
	s.refused(contact(ticket.Inbound, first), syncproto.CodeMalformed)
	s.remarked(contact(ticket.Outbound, s.NextID()), escalation.CodeAhead)
	s.after(hour).remarked(contact(ticket.Outbound, again))
	if c := s.clock(0); c.Result != escalation.Met || s.body().Contacts != 1 {
		t.Fatalf("who keeps a repeated promise keeps the first: %+v", c)
	}
}

// offline is what somebody did so long after the first contact, at a desk that hands it in later.
func offline(g Given, after syncproto.Span) Given {
	at := Morning.Add(after)
	return g.Done(at, syncproto.Interval{Lo: at, Hi: at})
}

// The call was promised offline; a colleague promised it too, and called, before the desk reports:
// the customer was called, and nobody has missed it. What is promised after the call is another.
func TestPromiseThatWasKeptMeanwhile(t *testing.T) {
	for _, c := range []struct {
		made, called syncproto.Span
		result       escalation.Result
		clocks       int
	}{{hour, 10 * hour, escalation.Met, 1}, {hour, 26 * hour, escalation.Missed, 1}, {11 * hour, 10 * hour, escalation.Met, 2}} {
		s := begin(t)
		again := By(OtherSeat, syncproto.CommandPromise, ticket.Promise{Ticket: s.ticket, What: "工程师会打电话"})
		cause := escalation.CauseOf(s.after(2 * hour).accepted(again).ID)
		s.after(c.called).accepted(By(OtherSeat, syncproto.CommandContact, ticket.Contact{Ticket: s.ticket, Direction: ticket.Outbound, Fulfils: cause}))
		s.after(30 * hour).accepted(offline(s.promise("专员回电", 0), c.made))
		s.result(s.clock(0), c.result, c.result == escalation.Missed)
		if n := len(s.byHand()); n != c.clocks {
			t.Fatalf("made after %v, called after %v: %d clocks", c.made, c.called, n)
		}
	}
}

// A seat promised the call offline, and called; when the customer got in touch again a colleague
// promised another. That is still to come, whichever desk reports first.
func TestCalledBeforeItWasPromised(t *testing.T) {
	for _, comes := range [][]int{{0, 1, 2}, {2, 0, 1}, {2, 1, 0}} {
		s := begin(t)
		first := offline(s.promise("专员回电", 0), hour)
		first.ID = s.NextID()
		call := offline(By(Seat, syncproto.CommandContact, ticket.Contact{Ticket: s.ticket, Direction: ticket.Outbound,
			Fulfils: escalation.CauseOf(first.ID)}), 5*hour)
		again := By(OtherSeat, syncproto.CommandPromise, ticket.Promise{Ticket: s.ticket, What: "工程师会打电话"})
		s.after(8 * hour)
		for _, n := range comes {
			s.accepted([]Given{first, call, again}[n])
		}
		last := s.clock(len(s.byHand()) - 1)
		if !last.Running() || len(s.body().Ahead) != 0 {
			t.Fatalf("%v: %+v", comes, last)
		}
	}
}

// §4 response: from the server's commit of the dispatch, whatever the desk's clock said,
// and the files go with the ticket.
func TestDispatch(t *testing.T) {
	s := begin(t)
	offline := By(Seat, syncproto.CommandDispatch, ticket.Dispatch{Ticket: s.ticket, Unit: ConnectedCar}).
		Done(Morning.Add(10*minute), syncproto.Interval{Lo: Morning, Hi: Morning.Add(hour)})
	s.after(hour).accepted(offline)
	c := s.clock(0)
	if c.Start != Morning.Add(hour) || c.Due != Morning.Add(3*hour) || c.Warn != Morning.Add(hour+96*minute) || c.Unit != ConnectedCar {
		t.Fatalf("%+v", c)
	}
	s.dispatch(Quality)
	want := []syncproto.Bucket{syncproto.Bucket(CallCentre), syncproto.Bucket(EastRegion), syncproto.Bucket(Quality)}
	for _, ref := range []syncproto.Ref{ticket.Ref(s.ticket), customer.Ref(s.body().Customer), customer.VehicleRef(s.body().Vehicle)} {
		if got := rules.Buckets(ref, s.Docs[ref].Body); !sameBuckets(got, want) {
			t.Fatalf("after the second dispatch %v is seen by %v", ref, got)
		}
	}
}

func TestDispatchRefused(t *testing.T) {
	s := begin(t)
	to := func(person, unit syncproto.ID) Given {
		return By(person, syncproto.CommandDispatch, ticket.Dispatch{Ticket: s.ticket, Unit: unit})
	}
	s.refused(to(Seat, EastRegion), ticket.CodeNotADepartment)
	s.refused(to(Seat, s.NextID()), ticket.CodeNotADepartment)
	s.refused(to(Manager, ConnectedCar), syncproto.CodeNotAllowed)
	for range ticket.MaxDispatches {
		s.dispatch(ConnectedCar)
	}
	s.refused(to(Seat, ConnectedCar), ticket.CodeTooManyDispatch)
}

// The morning: the liaison is offline from 10:30 and responds at 11:30; the rung fires at
// 12:00; at 12:30 the liaison is back: rescinded, met offline, and both stand in the trail.
func TestLateEvidenceRescinds(t *testing.T) {
	s := begin(t)
	cause := s.after(hour).dispatch(ConnectedCar)
	s.after(3 * hour).tick()
	if c := s.clock(0); c.Fired != 0 {
		t.Fatalf("fired at the due time itself: %+v", c)
	}
	events := s.after(3*hour + syncproto.Microsecond).tick()
	fired, is := events[0].(escalation.Fired)
	if !is || !slices.Equal(fired.Told, []syncproto.ID{Seat, CarHead, Liaison}) {
		t.Fatalf("%+v", events)
	}
	if len(s.tick()) != 0 {
		t.Fatal("a second tick found something")
	}
	done := Morning.Add(150 * minute)
	s.after(210 * minute).remarked(s.respond(Liaison, cause).Done(done, syncproto.Interval{Lo: done.Add(-minute), Hi: done.Add(minute)}))
	if c := s.clock(0); c.Result != escalation.MetOffline || !c.Rescinded || c.Fired == 0 || c.Ended != done {
		t.Fatalf("%+v", c)
	}
	kinds := []syncproto.EventKind{}
	for _, e := range s.History[ticket.Ref(s.ticket)][4:] { // after the opening and its three clocks
		kinds = append(kinds, e.Kind)
	}
	want := []syncproto.EventKind{syncproto.EventDispatched, syncproto.EventClockStarted, syncproto.EventClockWarned,
		syncproto.EventClockFired, syncproto.EventResponded, syncproto.EventFiringRescinded, syncproto.EventClockEnded}
	if !slices.Equal(kinds, want) {
		t.Fatalf("the trail is %v; want %v", kinds, want)
	}
}

// B1: an answer to one dispatch never silences another.
func TestAnswerToOneDispatchTouchesNoOther(t *testing.T) {
	s := begin(t)
	first := s.dispatch(ConnectedCar)
	second := s.after(hour).dispatch(ConnectedCar)
	s.after(90 * minute).remarked(s.respond(Liaison, first).Done(Morning.Add(30*minute), syncproto.Interval{Lo: Morning, Hi: Morning.Add(hour)}))
	if c := s.clock(1); c.Cause != second || !c.Running() {
		t.Fatalf("the second clock: %+v", c)
	}
	if c := s.clock(0); c.Result != escalation.MetOffline {
		t.Fatalf("the first clock: %+v", c)
	}
}

// B4: late or perhaps-late evidence before its held-back firing fires it, in its entry.
func TestLateAnswerFiresFirst(t *testing.T) {
	s := begin(t)
	cause := s.dispatch(ConnectedCar)
	s.after(2*hour+10*syncproto.Second).remarked(s.respond(Engineer, cause), escalation.CodeLate)
	if c := s.clock(0); c.Fired == 0 || c.Result != escalation.Missed {
		t.Fatalf("%+v", c)
	}
	s = begin(t)
	cause = s.dispatch(ConnectedCar)
	s.after(2*hour+10*syncproto.Second).remarked(
		s.respond(Engineer, cause).Done(Morning.Add(2*hour), syncproto.Interval{Lo: Morning.Add(hour), Hi: s.Now}), escalation.CodeDisputed)
	if c := s.clock(0); c.Fired == 0 || c.Result != escalation.Disputed {
		t.Fatalf("%+v", c)
	}
}

// A response is for the unit of its dispatch: the desk refuses others, the server
// records them with a remark.
func TestRespondIsForTheUnit(t *testing.T) {
	s := begin(t)
	cause := s.dispatch(ConnectedCar)
	if r := s.Try(s.respond(QualityMan, cause)); !slices.Equal(r.Codes(), []syncproto.Code{ticket.CodeNotYourUnit}) {
		t.Fatalf("%v", r)
	}
	if r := s.Try(s.respond(Liaison, s.NextID())); !slices.Equal(r.Codes(), []syncproto.Code{ticket.CodeNoSuchClock}) {
		t.Fatalf("%v", r)
	}
	s.remarked(s.respond(QualityMan, cause), ticket.CodeNotYourUnit)
	s.remarked(s.respond(Liaison, s.NextID()), escalation.CodeAhead)
	s.refused(s.respond(Seat, cause), syncproto.CodeNeverRole)
}

// A fact that comes before its ticket waits for it; a desk that does not hold the ticket
// cannot say.
func TestFactWaitsForItsTicket(t *testing.T) {
	s := &story{Log: NewLog(), t: t}
	open := opening(s.Log)
	note := By(Seat, syncproto.CommandNote, ticket.Note{Ticket: open.ID, Text: "客户情绪激动"})
	note.ID = s.NextID()
	if r := s.Try(note); !slices.Equal(r.Codes(), []syncproto.Code{syncproto.CodeUnknownHere}) {
		t.Fatalf("%v", r)
	}
	if r := s.Give(note); r.Outcome != syncproto.Parked {
		t.Fatalf("%v", r)
	}
	s.accepted(By(Seat, syncproto.CommandOpen, open))
	if r := s.Result(note.ID); r.Outcome != syncproto.Accepted || s.Parked() != 0 {
		t.Fatalf("%v", r)
	}
}

// Two clocks side by side: both fire, in order of their due times.
func TestTickFiresAllInOrder(t *testing.T) {
	s := begin(t)
	s.accepted(s.promise("专员回电", 0))
	s.dispatch(ConnectedCar)
	events := s.after(25 * hour).tick()
	if len(events) != 2 || events[0].(escalation.Fired).Clock.Ladder != escalation.Response || events[1].(escalation.Fired).Clock.Ladder != escalation.Promise {
		t.Fatalf("%+v", events)
	}
	waiting := rules.WaitsFor(ticket.Ref(s.ticket), s.body(), s.Now)
	remind := s.Now.Add(s.Reference.Policy.RemindEvery)
	if len(waiting.Units) != 0 || rules.NextDue(ticket.Ref(s.ticket), s.body()) != remind {
		t.Fatalf("still waits for %v", waiting)
	}
}

// What is due waits for the evidence of the unit that answers for it, since it is due.
func TestFiringWaitsForItsUnit(t *testing.T) {
	s := begin(t)
	s.dispatch(ConnectedCar)
	s.accepted(By(Manager, syncproto.CommandPromise, ticket.Promise{Ticket: s.ticket, What: "区域经理回电"}))
	if c := s.clock(1); c.Unit != EastRegion || c.Person != Manager {
		t.Fatalf("the region answers for what its manager promises: %+v", c)
	}
	doc, due := ticket.Ref(s.ticket), Morning.Add(2*hour)
	if w := rules.WaitsFor(doc, s.body(), due); len(w.Units) != 0 {
		t.Fatalf("nothing is past its due time: %+v", w)
	}
	if w := rules.WaitsFor(doc, s.body(), due+1); !slices.Equal(w.Units, []syncproto.ID{ConnectedCar}) || w.Since != due {
		t.Fatalf("%+v", w)
	}
	if w := rules.WaitsFor(doc, s.body(), Morning.Add(25*hour)); !slices.Equal(w.Units, []syncproto.ID{ConnectedCar, EastRegion}) || w.Since != due {
		t.Fatalf("%+v", w)
	}
}
