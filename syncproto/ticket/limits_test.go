package ticket_test

import (
	"strings"
	"testing"

	"redress/syncproto"
	"redress/syncproto/escalation"
	"redress/syncproto/organisation"
	"redress/syncproto/policy"
	"redress/syncproto/rules"
	. "redress/syncproto/rules/rulestest"
	"redress/syncproto/ticket"
)

// The fullest ticket there can be stays under the limit of a body, so that a tick can
// always be written.
func TestFullBodyFits(t *testing.T) {
	s := begin(t)
	open := opening(s.Log)
	fill := func(runes int) string { return strings.Repeat("车", runes) }
	open.Number, open.Channel, open.Board, open.Type = fill(ticket.MaxNumber), fill(ticket.MaxChoice), fill(ticket.MaxChoice), fill(ticket.MaxChoice)
	open.Category, open.Subject, open.Description = fill(ticket.MaxChoice), fill(ticket.MaxSubject), fill(ticket.MaxDescription)
	open.Demand, open.Station = fill(ticket.MaxDemand), fill(ticket.MaxStation)
	s.ticket = open.ID
	s.accepted(By(Seat, syncproto.CommandOpen, open))
	for range ticket.MaxDispatches {
		s.dispatch(ConnectedCar)
		s.after(s.Now.Sub(Morning) + 3*hour).tick()
	}
	s.refused(By(Seat, syncproto.CommandDispatch, ticket.Dispatch{Ticket: s.ticket, Unit: ConnectedCar}), ticket.CodeTooManyDispatch)
	for n := range ticket.MaxPromises {
		s.accepted(s.promise(fill(escalation.MaxWhat-1)+string(rune('一'+n)), s.Now.Add(hour)))
	}
	if r := s.Try(s.promise("再多一个", s.Now.Add(hour))); r.Outcome != syncproto.Rejected {
		t.Fatalf("a desk can still say so: %v", r)
	}
	s.remarked(s.promise("再多一个", s.Now.Add(hour)), ticket.CodeTooManyPromises)
	s.after(s.Now.Sub(Morning) + 3*hour).tick()
	body := s.body()
	for range ticket.MaxClaims {
		body = ticket.Evolve(body, ticket.ClaimAttached{Claim: s.NextID()})
	}
	for n := range ticket.MaxProposals {
		body = ticket.Evolve(body, ticket.Proposed{Proposal: ticket.Proposal{Command: s.NextID(), Person: s.NextID(), Unit: s.NextID(),
			At: s.Now, Within: syncproto.Interval{Lo: s.Now, Hi: s.Now}, Known: s.Now + syncproto.Instant(n), Resolves: s.NextID()}})
	}
	var newest syncproto.ID
	for range 2 * escalation.MaxAhead { // of more, the oldest leaves
		newest = s.NextID()
		body = ticket.Evolve(body, ticket.Responded{Cause: s.NextID(), Ahead: escalation.Evidence{Command: newest,
			Within: syncproto.Interval{Lo: s.Now, Hi: s.Now}, At: s.Now, Known: s.Now}})
	}
	if n := len(body.Ahead); n != escalation.MaxAhead || body.Ahead[n-1].Evidence.Command != newest {
		t.Fatalf("%d answers are kept, the newest is not the last: %+v", n, body.Ahead)
	}
	for body.Referee = s.NextID(); len(body.Clocks) < escalation.MaxClocks; {
		body.Clocks = append(body.Clocks, escalation.Clock{Ladder: escalation.Recipient, Rung: 1, Cause: s.NextID(), Unit: s.NextID(),
			Person: s.NextID(), Start: s.Now, Warn: s.Now, Due: s.Now, Known: s.Now, Fired: s.Now})
	}
	promises := 0
	for i := range body.Clocks {
		c := &body.Clocks[i]
		if c.Ladder != escalation.Promise && promises+escalation.CountRunning(body.Clocks, escalation.Promise) < escalation.MaxByHand {
			c.Ladder, c.What = escalation.Promise, fill(escalation.MaxWhat)
			promises++
		}
		c.Warned, c.Ended, c.Result, c.Evidence = c.Due, c.Due, escalation.Disputed, s.NextID()
		c.ArrivedLate, c.Rescinded, c.Judged, c.Dated = true, true, true, true
		c.Until, c.Reminded, c.HandedBack = c.Due, 3, true // Remind and Until are never both set
		for len(c.Told) < escalation.MaxTold {
			c.Told = append(c.Told, s.NextID())
		}
		for c.Ladder == escalation.Promise && len(c.Repeats) < escalation.MaxRepeats {
			c.Repeats = append(c.Repeats, s.NextID())
		}
	}
	data, err := rules.WriteBody(body)
	if err != nil || len(body.Clocks) != escalation.MaxClocks {
		t.Fatalf("%d clocks: %v", len(body.Clocks), err)
	}
	t.Logf("%d of %d bytes", len(data), syncproto.MaxBody)
}

// Only so many are told: who opened it first, then the heads and liaisons.
func TestToldIsBounded(t *testing.T) {
	s := begin(t)
	for n := range 20 {
		p := Body[organisation.Person](s.Log, syncproto.Ref{Kind: syncproto.KindPerson, ID: Liaison})
		p.Login += string(rune('a' + n))
		s.Reference = s.Reference.With(s.Reference.Seq+1, syncproto.Ref{Kind: syncproto.KindPerson, ID: s.NextID()}, p)
	}
	s.dispatch(ConnectedCar)
	events := s.after(3 * hour).tick()
	if told := events[0].(escalation.Fired).Told; len(told) != escalation.MaxTold || told[0] != Seat || told[1] != CarHead {
		t.Fatalf("%v", told)
	}
}

// A new policy binds clocks started after it; a clock that runs keeps its due time.
func TestPolicyBindsNewClocks(t *testing.T) {
	s := begin(t)
	s.dispatch(ConnectedCar)
	short := policy.Default(2)
	short.ResponseLimit = hour
	s.accepted(Given{Kind: syncproto.CommandIssuePolicy, Command: policy.Issue{Policy: short}, Operator: "test"})
	s.dispatch(ConnectedCar)
	if a, b := s.clock(0).Due, s.clock(1).Due; a != Morning.Add(2*hour) || b != Morning.Add(hour) {
		t.Fatalf("%v and %v", a, b)
	}
}

// The most that one command can do to a ticket stays within the limits of an entry:
// everything is due at once, on a full body, and it is closed late.
func TestEverythingAtOnceFits(t *testing.T) {
	s := &story{Log: NewLog(), t: t}
	open := opening(s.Log)
	s.ticket = open.ID
	early := syncproto.Interval{Lo: Morning.Add(-300 * hour), Hi: Morning.Add(-300 * hour)}
	s.accepted(By(Seat, syncproto.CommandOpen, open).Done(early.Lo, early))
	for range 2 * escalation.MaxClocks {
		s.dispatch(ConnectedCar)
	}
	for n := range ticket.MaxPromises {
		s.accepted(s.promise(string(rune('一'+n)), Morning.Add(hour)))
	}
	s.after(3 * hour)
	most := func(what string, r Result) {
		events, documents := 0, len(r.Changed)
		for _, c := range r.Changed {
			events += len(c.Events)
		}
		t.Logf("%s: %d events on %d documents", what, events, documents)
		if r.Outcome != syncproto.Accepted || events == 0 || events > syncproto.MaxEvents || documents > syncproto.MaxDocuments {
			t.Fatalf("%s: %v %v", what, r.Outcome, r.Findings)
		}
	}
	most("tick", s.Give(Given{Kind: syncproto.CommandTick, Command: escalation.Tick{Document: ticket.Ref(s.ticket)}}))
	for _, c := range s.byHand() {
		if c.Ladder == escalation.Promise {
			s.accepted(By(Seat, syncproto.CommandContact, ticket.Contact{Ticket: s.ticket, Direction: ticket.Outbound, Fulfils: c.Cause}))
		}
	}
	s.dispatch(ConnectedCar)
	s.accepted(s.finalResponse())
	s.after(48 * hour) // the second rung and all that recipients owe is due
	most("close", s.accepted(s.close()))
	most("reopen", s.after(50*hour).accepted(s.reopen()))
}

// §4: whether resolution counts from the first contact or from the first dispatch is
// policy; a policy from before the ladders has none.
func TestPolicyOfLadders(t *testing.T) {
	begun := func(change func(*policy.Body)) *story {
		s := &story{Log: NewLog(), t: t}
		p := policy.Default(2)
		change(&p)
		s.accepted(Given{Kind: syncproto.CommandIssuePolicy, Command: policy.Issue{Policy: p}, Operator: "test"})
		open := opening(s.Log)
		s.ticket = open.ID
		s.accepted(By(Seat, syncproto.CommandOpen, open))
		return s
	}
	s := begun(func(p *policy.Body) { p.ResolutionBasis = policy.FromDispatch })
	if got := escalation.LastCause(s.body().Clocks, escalation.Resolution); !got.IsZero() {
		t.Fatal("resolution runs before the dispatch")
	}
	s.after(hour).dispatch(ConnectedCar)
	first := s.rung(escalation.Resolution, 1)
	s.after(5 * hour).dispatch(Quality)
	if c := s.rung(escalation.Resolution, 1); c.Due != Morning.Add(49*hour) || c.Cause != first.Cause {
		t.Fatalf("%+v", c)
	}
	s.fires(49*hour+tick, response, resolution1)
	s = begun(func(p *policy.Body) {
		p.ResolutionLimit, p.HeadLimit, p.AgeingLimits, p.RecipientResponse, p.RecipientResolution = 0, 0, nil, 0, 0
	})
	s.accepted(s.finalResponse())
	s.accepted(s.close())
	s.after(hour).accepted(s.reopen())
	if b := s.body(); len(b.Clocks) != 0 || ticket.NextDue(b) != 0 {
		t.Fatalf("%+v", b.Clocks)
	}
}

// A ticket is opened while resolution counts from the dispatch, and before it is dispatched a new policy
// counts from the first contact: that binds what is opened after it, and this ticket goes to the head too.
func TestTheBasisChangesBeforeTheDispatch(t *testing.T) {
	s := &story{Log: NewLog(), t: t}
	issue := func(number uint32, basis policy.Basis) {
		p := policy.Default(number)
		p.ResolutionBasis = basis
		s.accepted(Given{Kind: syncproto.CommandIssuePolicy, Command: policy.Issue{Policy: p}, Operator: "test"})
	}
	issue(2, policy.FromDispatch)
	open := opening(s.Log)
	s.ticket = open.ID
	s.accepted(By(Seat, syncproto.CommandOpen, open))
	issue(3, policy.FromFirstContact)
	s.after(hour).dispatch(ConnectedCar)
	s.fires(49*hour+tick, response, resolution1)
}
