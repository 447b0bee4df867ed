package rules_test

import (
	"slices"
	"testing"

	"redress/syncproto"
	"redress/syncproto/customer"
	"redress/syncproto/escalation"
	. "redress/syncproto/rules/rulestest"
	"redress/syncproto/ticket"

	"pgregory.net/rapid"
)

// TestLaddersProperty plays random weeks of two tickets of one customer and car: people
// act on line and off line, what they did arrives late, with wide or narrow intervals, and
// the ticks of the server stay away for hours. An oracle that knows the requirements (§4,
// design §6) as a table follows every command and checks
//
//	 8  what one device did takes effect in order
//	14  no rung fires early or twice, each is judged against its own due time, every
//	    rescission names a firing and its evidence or a person, and nothing of a ladder
//	    fires within 24 h after the entry of a reopening
//
// and that a firing's recipients have clocks, that results are those of the best evidence,
// that what ended stays ended but for evidence and decisions, that a tick that was asked
// for does something and asks for none at once, and that the readers of ticket, customer
// and car are whom the clocks name. A long run: make ladders
func TestLaddersProperty(t *testing.T) {
	seen := &sights{made: map[syncproto.CommandKind]int{}, accepted: map[syncproto.CommandKind]int{},
		results: map[escalation.Ladder]map[escalation.Result]int{}}
	rapid.Check(t, func(rt *rapid.T) {
		w := newWeeks(rt, seen)
		commands := rapid.IntRange(40, 100).Draw(rt, "commands")
		for w.made < commands {
			w.step()
		}
		w.ticking = true
		for len(w.queue) > 0 {
			w.deliver()
		}
		w.pass(9 * syncproto.Day)
		w.oracle.settled()
		seen.lengths = append(seen.lengths, w.made)
	})
	seen.report(t)
}

// weeks is one sequence.
type weeks struct {
	*rapid.T
	log     *Log
	seen    *sights
	oracle  *watcher
	tickets []syncproto.ID
	queue   []late
	made    int
	ticking bool
}

// late is a command that waits on a desk without a line.
type late struct {
	given Given
	made  syncproto.Instant
}

func newWeeks(rt *rapid.T, seen *sights) *weeks {
	w := &weeks{T: rt, log: NewLog(), seen: seen, ticking: true}
	w.log.Careless = true
	w.oracle = &watcher{T: rt, log: w.log, seen: seen, cases: map[syncproto.ID]*watched{}, intervals: map[syncproto.ID]evidence{},
		next: map[syncproto.ID]syncproto.Instant{}}
	w.log.Decided = func(g Given, r Result) {
		if r.Outcome == syncproto.Accepted {
			seen.accepted[g.Kind]++
		}
		w.oracle.decided(g, r)
	}
	caller, car := customer.Caller{ID: w.log.NextID(), Name: "张先生"}, customer.Car{VIN: "LSVAA4182E2123456"}
	for range 2 {
		id := w.log.NextID()
		open := By(Seat, syncproto.CommandOpen, ticket.Open{ID: id, Number: "K7MQ-00042", Channel: "400热线", Type: "投诉", Subject: "异响",
			Region: EastRegion, CallCentre: CallCentre, Customer: caller, Vehicle: car})
		back := syncproto.Span(rapid.SampledFrom([]int64{0, 0, 49, 130, 300}).Draw(rt, "opened so long ago")) * syncproto.Hour
		w.log.Give(open.Done(w.log.Now.Add(-back), syncproto.Interval{Lo: w.log.Now.Add(-back - 1), Hi: w.log.Now.Add(-back)}))
		w.tickets = append(w.tickets, id)
	}
	return w
}

func (w *weeks) draw(n int, label string) int { return rapid.IntRange(0, n-1).Draw(w.T, label) }

func (w *weeks) body(id syncproto.ID) ticket.Body { return Body[ticket.Body](w.log, ticket.Ref(id)) }

// give has a person do something now: on line, or on a desk that hands it in later.
func (w *weeks) give(person syncproto.ID, kind syncproto.CommandKind, command any) {
	g := By(person, kind, command)
	g.ID = w.log.NextID()
	w.made++
	w.seen.made[kind]++
	if w.draw(5, "off line") < 2 {
		w.queue = append(w.queue, late{given: g, made: w.log.Now})
		return
	}
	w.log.Give(g)
}

// deliver hands in the oldest of what waits on somebody's desk, with as narrow an interval
// as it can tell: what another did before may come after.
func (w *weeks) deliver() {
	if len(w.queue) == 0 {
		return
	}
	person := w.queue[w.draw(len(w.queue), "whose")].given.Person
	oldest := slices.IndexFunc(w.queue, func(l late) bool { return l.given.Person == person })
	l := w.queue[oldest]
	w.queue = slices.Delete(w.queue, oldest, oldest+1)
	within := syncproto.Interval{Lo: l.made, Hi: l.made}
	switch w.draw(5, "interval") {
	case 0, 3: // rebooted before and after
		within = syncproto.Interval{Lo: l.made.Add(-10 * syncproto.Hour), Hi: w.log.Now}
	case 1:
		within = syncproto.Interval{Lo: l.made.Add(-syncproto.Minute), Hi: min(l.made.Add(syncproto.Minute), w.log.Now)}
	case 2:
		within = syncproto.Interval{Lo: l.made - 1, Hi: min(l.made+1, w.log.Now)}
	}
	w.log.Give(l.given.Done(within.At(l.made), within))
}

// pass lets time go by; while the server ticks, it does what is due when it is due.
func (w *weeks) pass(d syncproto.Span) {
	until := w.log.Now.Add(d)
	for w.ticking {
		var at syncproto.Instant
		var due syncproto.ID
		for _, id := range w.tickets {
			if next := ticket.NextDue(w.body(id)); next != 0 && (at == 0 || next < at) {
				at, due = next, id
			}
		}
		if at == 0 || at > until {
			break
		}
		w.log.Now = max(w.log.Now, at)
		w.tick(due)
	}
	w.log.Now = max(w.log.Now, until)
}

func (w *weeks) tick(id syncproto.ID) {
	w.seen.made[syncproto.CommandTick]++
	w.log.Give(Given{Kind: syncproto.CommandTick, Command: escalation.Tick{Document: ticket.Ref(id)}})
}

func (w *weeks) time() {
	spans := []syncproto.Span{syncproto.Second, syncproto.Minute, 10 * syncproto.Minute, syncproto.Hour, syncproto.Hour, 2 * syncproto.Hour,
		9 * syncproto.Hour, 30 * syncproto.Hour}
	d := rapid.SampledFrom(spans).Draw(w.T, "how long")
	if w.draw(3, "to a due time") == 0 {
		body := w.body(rapid.SampledFrom(w.tickets).Draw(w.T, "of"))
		if due := ticket.Deadline(body); due > w.log.Now {
			d = due.Sub(w.log.Now) + syncproto.Span(rapid.IntRange(-1, 1).Draw(w.T, "edge"))
		}
	}
	w.pass(d)
}

// step is one thing that happens.
func (w *weeks) step() {
	id := rapid.SampledFrom(w.tickets).Draw(w.T, "ticket")
	b := w.body(id)
	switch op := w.draw(30, "op"); {
	case op < 7:
		w.time()
	case op < 10:
		w.deliver()
	case op < 11:
		if w.ticking = w.draw(3, "server") > 0; w.draw(3, "stray") == 0 {
			w.tick(id)
		}
	case op < 13:
		unit := rapid.SampledFrom([]syncproto.ID{ConnectedCar, ConnectedCar, Quality, Headquarters}).Draw(w.T, "unit")
		w.give(Seat, syncproto.CommandDispatch, ticket.Dispatch{Ticket: id, Unit: unit})
	case op < 15:
		w.respond(id, b)
	case op < 16:
		w.promise(id, b)
	case op < 18:
		w.propose(id, b)
	case op < 20:
		w.answerProposal(id, b)
	case op < 27:
		w.finish(id, b)
	default:
		w.escalated(id, b)
	}
}

func (w *weeks) respond(id syncproto.ID, b ticket.Body) {
	causes := causesOf(b, escalation.Response)
	if len(causes) == 0 {
		return
	}
	c := ticket.Respond{Ticket: id, Cause: rapid.SampledFrom(causes).Draw(w.T, "dispatch"), Text: "已重启服务"}
	clock, _ := escalation.Find(b.Clocks, escalation.Response, c.Cause)
	// Clear evidence after a doubt or a decision: the desk it lies on was away until now.
	if doubted := clock.Judged || clock.Result == escalation.Disputed; doubted && w.draw(2, "somebody had answered") == 0 {
		g := By(Liaison, syncproto.CommandRespond, c)
		g.ID = w.log.NextID()
		w.made++
		w.seen.made[g.Kind]++
		w.queue = append(w.queue, late{given: g, made: clock.Start.Add(syncproto.Minute)})
		return
	}
	w.give(rapid.SampledFrom([]syncproto.ID{Liaison, Engineer, QualityMan}).Draw(w.T, "who"), syncproto.CommandRespond, c)
}

func causesOf(b ticket.Body, ladder escalation.Ladder) (causes []syncproto.ID) {
	for _, c := range b.Clocks {
		if c.Ladder == ladder {
			causes = append(causes, c.Cause)
		}
	}
	return causes
}

func (w *weeks) promise(id syncproto.ID, b ticket.Body) {
	causes := causesOf(b, escalation.Promise)
	if len(causes) > 0 && w.draw(3, "keep") > 0 {
		w.give(Seat, syncproto.CommandContact, ticket.Contact{Ticket: id, Direction: ticket.Outbound, Fulfils: rapid.SampledFrom(causes).Draw(w.T, "promise")})
		return
	}
	p := ticket.Promise{Ticket: id, What: "专员回电"}
	if w.draw(2, "dated") == 0 {
		p.Due = w.log.Now.Add(syncproto.Span(rapid.SampledFrom([]int64{0, 1, 30}).Draw(w.T, "in")) * syncproto.Hour)
	}
	w.give(Seat, syncproto.CommandPromise, p)
}

func (w *weeks) propose(id syncproto.ID, b ticket.Body) {
	p := ticket.ProposeSolved{Ticket: id, Text: "已更换模块", Resolves: escalation.LastCause(b.Clocks, escalation.Resolution)}
	if w.draw(4, "about nothing") == 0 {
		p.Resolves = syncproto.ID{}
	}
	if w.draw(2, "answers too") == 0 {
		p.Cause = escalation.LastCause(b.Clocks, escalation.Response)
	}
	w.give(Engineer, syncproto.CommandProposeSolved, p)
}

func (w *weeks) answerProposal(id syncproto.ID, b ticket.Body) {
	if len(b.Proposals) == 0 {
		return
	}
	p := rapid.SampledFrom(b.Proposals).Draw(w.T, "proposal").Command
	if w.draw(3, "accept") > 0 {
		w.give(Seat, syncproto.CommandAcceptProposal, ticket.AcceptProposal{Ticket: id, Proposal: p})
		return
	}
	w.give(OtherSeat, syncproto.CommandRefuseProposal, ticket.RefuseProposal{Ticket: id, Proposal: p, Reason: "客户仍能听到异响"})
}

// finish closes, or does what closing still needs.
func (w *weeks) finish(id syncproto.ID, b ticket.Body) {
	promise := slices.IndexFunc(b.Clocks, func(c escalation.Clock) bool { return c.Ladder == escalation.Promise && c.Running() })
	switch hasty := w.draw(8, "hasty") == 0; {
	case !b.IsOpen():
		w.give(OtherSeat, syncproto.CommandReopen, ticket.Reopen{Ticket: id, Text: "异响又出现"})
	case hasty || b.Responded != 0 && !b.OutcomeRejected && promise < 0 && len(b.Proposals) == 0:
		w.give(Seat, syncproto.CommandClose, ticket.Close{Ticket: id, Reopenings: b.Reopenings})
	case promise >= 0:
		w.give(Seat, syncproto.CommandContact, ticket.Contact{Ticket: id, Direction: ticket.Outbound, Fulfils: b.Clocks[promise].Cause})
	case len(b.Proposals) > 0:
		w.answerProposal(id, b)
	default:
		w.give(Seat, syncproto.CommandFinalResponse, ticket.FinalResponse{Ticket: id, Text: "已修复", Rejected: w.draw(6, "rejected") == 0})
	}
}

// escalated has somebody act on what the ticket was escalated for, or decide a dispute.
func (w *weeks) escalated(id syncproto.ID, b ticket.Body) {
	var disputed []escalation.Name
	var recipients []escalation.Clock
	for _, c := range b.Clocks {
		if c.Result == escalation.Disputed {
			disputed = append(disputed, c.Name())
		}
		if c.Ladder == escalation.Recipient {
			recipients = append(recipients, c)
		}
	}
	if len(disputed) > 0 && (len(recipients) == 0 || w.draw(2, "decide") == 0) {
		w.give(Service, syncproto.CommandDecideDispute, ticket.DecideDispute{Ticket: id, Clock: rapid.SampledFrom(disputed).Draw(w.T, "dispute"),
			InTime: w.draw(2, "in time") == 0, Reason: "电话记录"})
		return
	}
	if len(recipients) == 0 {
		return
	}
	c := rapid.SampledFrom(recipients).Draw(w.T, "recipient")
	person := c.Person
	if person.IsZero() {
		person = Service
	}
	if w.draw(3, "hand back") == 0 {
		w.give(person, syncproto.CommandDeEscalate, ticket.DeEscalate{Ticket: id, Firing: c.Cause, Reason: "由部门继续处理"})
		return
	}
	w.give(person, syncproto.CommandActOn, ticket.ActOn{Ticket: id, Firing: c.Cause, Text: "已安排专人"})
}
