package rules_test

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

// What the oracle makes of the events of a command, and how it compares.

// follow takes in what began and what fired, and holds every event against what may be.
func (o *watcher) follow(w *watched, g Given, r Result) {
	began := o.begins(w, g)
	for _, c := range r.Changed {
		if c.Ref != ticket.Ref(w.id) {
			continue
		}
		for _, e := range c.Events {
			value, err := rules.ReadEvent(e)
			if err != nil {
				o.Fatal(err)
			}
			switch v := value.(type) {
			case escalation.Started:
				o.started(w, v, &began)
			case escalation.Fired:
				began = append(began, o.fired(w, v, e.ID)...)
			case escalation.Warned:
				o.warned(w, v)
			case escalation.Reminded:
				o.reminded(w, v)
			case escalation.Rescinded:
				o.rescinded(w, g, v)
			case escalation.Archived:
				o.archived(w, v.Clocks[0])
			}
		}
	}
	for _, name := range began {
		o.Fatalf("%v: %v %d did not begin", g.Kind, name.name.Ladder, name.name.Rung)
	}
	if g.Kind == syncproto.CommandTick {
		o.ticked(w, r)
	}
}

// begins is what the requirements say begins with the command itself.
func (o *watcher) begins(w *watched, g Given) []duty {
	now, cause := o.log.Now, escalation.CauseOf(g.ID)
	one := func(ladder escalation.Ladder, rung int, due syncproto.Instant) duty {
		return duty{name: escalation.Name{Ladder: ladder, Rung: uint8(rung), Cause: cause}, due: due}
	}
	switch c := g.Command.(type) {
	case ticket.Open:
		return []duty{one(escalation.Resolution, 1, g.At.Add(resolutionLimit)),
			one(escalation.Ageing, 1, g.At.Add(ageingLimits[0])), one(escalation.Ageing, 2, g.At.Add(ageingLimits[1]))}
	case ticket.Dispatch:
		return []duty{one(escalation.Response, 1, now.Add(responseLimit))}
	case ticket.Promise:
		due, running := c.Due, 0
		if due == 0 {
			if due = w.first.Add(promiseLimit); due < g.At {
				due = g.At.Add(promiseLimit)
			}
		}
		for _, d := range w.duties {
			if d.name.Ladder == escalation.Promise && (d.want == escalation.Running || o.now.Hi <= d.ended) {
				running++
			}
		}
		if running == 0 {
			return []duty{one(escalation.Promise, 1, due)}
		}
	case ticket.Reopen:
		earliest, closed := now.Add(grace), w.closedFor+max(g.At.Sub(w.closed), 0)
		all := []duty{one(escalation.Resolution, 1, max(g.At.Add(resolutionLimit), earliest))}
		for n, limit := range ageingLimits {
			if !slices.ContainsFunc(w.duties, func(d *duty) bool { return d.is(escalation.Ageing, uint8(n+1)) && d.fired != 0 && !d.takenBack }) {
				all = append(all, one(escalation.Ageing, n+1, max(w.first.Add(limit+closed), earliest)))
			}
		}
		return all
	}
	return nil
}

func (o *watcher) started(w *watched, v escalation.Started, began *[]duty) {
	at := slices.IndexFunc(*began, func(d duty) bool { return d.name == v.Clock && d.due == v.Due })
	if at < 0 && v.Clock.Ladder != escalation.Promise || w.duty(v.Clock) != nil {
		o.Fatalf("%v %d began, due %v; to begin: %+v", v.Clock.Ladder, v.Clock.Rung, v.Due, *began)
	}
	if at >= 0 {
		*began = slices.Delete(*began, at, at+1)
	}
	d := &duty{name: v.Clock, start: v.Start, due: v.Due, known: o.log.Now, round: w.rounds}
	if w.closed != 0 && v.Clock.Ladder != escalation.Promise {
		d.round++ // it begins with a reopening
	}
	if v.Clock.Ladder == escalation.Resolution {
		w.resolution = v.Clock.Cause
	}
	if d.reader = v.Person; v.Person.IsZero() {
		d.reader = v.Unit
	}
	w.duties = append(w.duties, d)
}

// fired: past its due time, once, while it ran; and it gives clocks to whom it goes to.
func (o *watcher) fired(w *watched, v escalation.Fired, id syncproto.ID) []duty {
	now, d := o.log.Now, w.duty(v.Clock)
	switch {
	case d == nil || d.left || d.want != escalation.Running:
		o.Fatalf("14: %v fired and does not run", v.Clock)
	case d.fired != 0:
		o.Fatalf("14: %v %d fired twice", v.Clock.Ladder, v.Clock.Rung)
	case now <= d.due || v.Due != d.due || v.At != now:
		o.Fatalf("14: %v %d fired at %v and says %v, due %v and says %v", v.Clock.Ladder, v.Clock.Rung, now, v.At, d.due, v.Due)
	case v.ArrivedLate != (d.due < d.known):
		o.Fatalf("%v %d arrived late: %v; due %v, known since %v", v.Clock.Ladder, v.Clock.Rung, v.ArrivedLate, d.due, d.known)
	case id != escalation.FiringID(w.id, v.Clock) || len(v.Told) == 0:
		o.Fatalf("a firing with another id, or that nobody was told of")
	}
	d.fired, d.told, d.lastTold = now, v.Told, now
	o.seen.firings++
	if v.Clock.Ladder != escalation.Resolution && v.Clock.Ladder != escalation.Ageing {
		return nil
	}
	if w.rounds > 0 && now <= w.reentered.Add(grace) {
		o.Fatalf("14: %v %d fired at %v, reopened at %v", v.Clock.Ladder, v.Clock.Rung, now, w.reentered)
	}
	begun := []duty{{name: escalation.Name{Ladder: escalation.Recipient, Rung: 1, Cause: id}, due: now.Add(takesUpLimit)}}
	if d.is(escalation.Resolution, 1) {
		return append(begun, duty{name: escalation.Name{Ladder: escalation.Resolution, Rung: 2, Cause: v.Clock.Cause}, due: now.Add(headLimit)})
	}
	return append(begun, duty{name: escalation.Name{Ladder: escalation.Recipient, Rung: 2, Cause: id}, due: now.Add(solvesLimit)})
}

func (o *watcher) warned(w *watched, v escalation.Warned) {
	d := w.duty(v.Clock)
	if length := d.due.Sub(d.start); d.warned || d.fired != 0 || o.log.Now > d.due || o.log.Now < d.start.Add(length*8/10) || d.want != escalation.Running {
		o.Fatalf("warned at %v: %+v", o.log.Now, d)
	}
	d.warned = true
}

func (o *watcher) reminded(w *watched, v escalation.Reminded) {
	d := w.duty(v.Clock)
	if d.reminded++; d.fired == 0 || d.want != escalation.Running || d.reminded > 3 || o.log.Now < d.lastTold.Add(4*syncproto.Hour) {
		o.Fatalf("reminded at %v: %+v", o.log.Now, d)
	}
	d.lastTold = o.log.Now
}

// rescinded names a firing, those who were told, and what proves it: a person's decision,
// or evidence in time for the clock or for one that it follows from.
func (o *watcher) rescinded(w *watched, g Given, v escalation.Rescinded) {
	d := w.duty(v.Clock)
	if d.fired == 0 || d.takenBack || v.Firing != escalation.FiringID(w.id, v.Clock) || !slices.Equal(v.Told, d.told) {
		o.Fatalf("14: %+v rescinds %+v", v, d)
	}
	o.seen.rescinded++
	if decision, is := g.Command.(ticket.DecideDispute); is && decision.InTime && v.Evidence == g.ID {
		return
	}
	e, known := o.intervals[v.Evidence]
	if !known || !o.excuses(w, d, e.Hi) && d.want != escalation.Disputed {
		o.Fatalf("14: rescinded by what was done until %v: %+v", e.Hi, d)
	}
}

// excuses says that what was done by then was in time for the duty, or for one that it
// follows from.
func (o *watcher) excuses(w *watched, d *duty, by syncproto.Instant) bool {
	return by <= d.due || slices.ContainsFunc(w.duties, func(p *duty) bool {
		lower := p.name.Ladder == d.name.Ladder && p.name.Cause == d.name.Cause && p.name.Rung < d.name.Rung
		return (lower || escalation.FiringID(w.id, p.name) == d.name.Cause) && o.excuses(w, p, by)
	})
}

// archived: nothing leaves that a later rule asks for.
func (o *watcher) archived(w *watched, name escalation.Name) {
	d := w.duty(name)
	if d.name.Ladder == escalation.Ageing && d.fired != 0 && !d.takenBack || d.name.Ladder == escalation.Resolution && d.name.Cause == w.resolution {
		o.Fatalf("archived: %+v", d)
	}
	o.leaving = append(o.leaving, d)
}

// leave: only what ended has left. A dispute that leaves is decided for whoever would be
// blamed.
func (o *watcher) leave(w *watched) {
	for _, d := range o.leaving {
		switch d.want {
		case escalation.Running:
			o.Fatalf("archived: %+v", d)
		case escalation.Disputed:
			d.want, d.takenBack = escalation.MetOffline, true
			o.takeBack(w, d)
		}
		d.left = true
		o.seen.archived++
	}
	o.leaving = nil
}

// ticked: all that was due has fired, and the next tick is in the future.
func (o *watcher) ticked(w *watched, r Result) {
	now := o.log.Now
	for _, d := range w.duties {
		if d.want == escalation.Running && d.due < now && d.fired == 0 {
			o.Fatalf("14: due %v, and a tick at %v did not fire %v %d", d.due, now, d.name.Ladder, d.name.Rung)
		}
	}
	if next := ticket.NextDue(Body[ticket.Body](o.log, ticket.Ref(w.id))); next != 0 && next <= now {
		o.Fatalf("a tick at %v wants another one at once", now)
	}
	if asked := o.next[w.id] != 0 && o.next[w.id] <= now; asked != (len(r.Changed) > 0) {
		o.Fatalf("a tick was asked for: %v; it did something: %v", asked, len(r.Changed) > 0)
	}
}

// compare holds the body against what it should have come to.
func (o *watcher) compare(w *watched, g Given) {
	body := Body[ticket.Body](o.log, ticket.Ref(w.id))
	for _, d := range w.duties {
		c, there := escalation.Get(body.Clocks, d.name)
		if there == d.left {
			o.Fatalf("%v: %v %d is in the body: %v", g.Kind, d.name.Ladder, d.name.Rung, there)
		}
		if !there {
			continue
		}
		if c.Result != d.want || c.Rescinded != d.takenBack || c.Fired != d.fired {
			o.Fatalf("%v: %v %d is %v, rescinded %v; want %v, %v (due %v, %+v, %+v)", g.Kind, d.name.Ladder, d.name.Rung, c.Result, c.Rescinded,
				d.want, d.takenBack, d.due, o.now, *d)
		}
		if (d.want == escalation.Missed || d.want == escalation.Disputed) && d.fired == 0 {
			o.Fatalf("%v: %v without a firing", d.name.Ladder, d.want)
		}
	}
	if (body.Closed == 0) != (w.closed == 0) {
		o.Fatalf("closed %v; want %v", body.Closed, w.closed)
	}
	o.readers(w, body)
	o.next[w.id] = ticket.NextDue(body)
}

// who sees the ticket: those that have it, those it was escalated to, and who decides what
// is disputed.
func (w *watched) who() []syncproto.ID {
	all := []syncproto.ID{}
	for _, d := range w.duties {
		switch {
		case d.left:
		case d.want == escalation.Disputed || d.judged:
			all = append(all, Headquarters)
		}
		if !d.left && d.name.Ladder == escalation.Recipient {
			all = append(all, d.reader)
		}
	}
	slices.SortFunc(all, syncproto.ID.Compare)
	all = append(slices.Compact(all), CallCentre, EastRegion)
	if !w.holder.IsZero() {
		all = append(all, w.holder)
	}
	return all
}

// readers compares who sees ticket, customer and car with a count from nothing.
func (o *watcher) readers(w *watched, body ticket.Body) {
	var seeing []syncproto.Bucket
	for _, id := range w.who() {
		seeing = append(seeing, syncproto.Bucket(id))
	}
	got := rules.Buckets(ticket.Ref(w.id), body)
	slices.SortFunc(seeing, func(a, b syncproto.Bucket) int { return slices.Compare(a[:], b[:]) })
	if seeing = slices.Compact(seeing); !slices.Equal(got, seeing) {
		o.Fatalf("seen by %v; want %v", got, seeing)
	}
	counts := map[syncproto.Bucket]uint32{}
	for _, other := range o.cases {
		for _, id := range other.who() {
			counts[syncproto.Bucket(id)]++
		}
	}
	for _, files := range [][]customer.Reader{Body[customer.Body](o.log, customer.Ref(body.Customer)).Readers,
		Body[customer.Vehicle](o.log, customer.VehicleRef(body.Vehicle)).Readers} {
		if len(files) != len(counts) {
			o.Fatalf("read by %v; want %v", files, counts)
		}
		for _, r := range files {
			if counts[r.Bucket] != r.Tickets {
				o.Fatalf("read by %v; want %v", files, counts)
			}
		}
	}
}

// settled: nine days after the last word nothing waits and nothing is disputed.
func (o *watcher) settled() {
	for _, w := range o.cases {
		for _, d := range w.duties {
			if !d.left && d.want == escalation.Disputed {
				o.Fatalf("still disputed: %+v", d)
			}
			if o.seen.results[d.name.Ladder] == nil {
				o.seen.results[d.name.Ladder] = map[escalation.Result]int{}
			}
			o.seen.results[d.name.Ladder][d.want]++
		}
	}
}

// sights counts over all sequences.
type sights struct {
	made, accepted               map[syncproto.CommandKind]int
	lengths                      []int
	results                      map[escalation.Ladder]map[escalation.Result]int
	firings, rescinded, archived int
}

func (s *sights) report(t *testing.T) {
	total := 0
	for _, n := range s.lengths {
		total += n
	}
	slices.Sort(s.lengths)
	median := s.lengths[len(s.lengths)/2]
	t.Logf("%d commands and %d ticks in %d sequences, median length %d; %d firings, %d rescinded, %d clocks archived", total,
		s.made[syncproto.CommandTick], len(s.lengths), median, s.firings, s.rescinded, s.archived)
	if median < 40 {
		t.Errorf("the median sequence has %d commands", median)
	}
	for _, kind := range []syncproto.CommandKind{syncproto.CommandDispatch, syncproto.CommandRespond, syncproto.CommandPromise,
		syncproto.CommandContact, syncproto.CommandProposeSolved, syncproto.CommandAcceptProposal, syncproto.CommandRefuseProposal,
		syncproto.CommandFinalResponse, syncproto.CommandClose, syncproto.CommandReopen, syncproto.CommandActOn,
		syncproto.CommandDeEscalate, syncproto.CommandDecideDispute, syncproto.CommandTick} {
		share := 100 * float64(s.accepted[kind]) / float64(max(s.made[kind], 1))
		t.Logf("%-16v %7d made, %5.1f %% accepted", kind, s.made[kind], share)
		if share < 20 {
			t.Errorf("only %.1f %% of %v were accepted: the runs prove little about it", share, kind)
		}
	}
	for ladder := escalation.Response; ladder <= escalation.Recipient; ladder++ {
		t.Logf("%-10v %v", ladder, s.results[ladder])
	}
}
