package redress_test

import (
	"slices"

	"redress/syncproto"
	"redress/syncproto/decision"
	"redress/syncproto/escalation"
	"redress/syncproto/rules"
	"redress/syncproto/ticket"
)

// deadlines is what the log says of clocks, with the true times at which things were done.
type deadlines struct {
	*walk
	done      map[syncproto.ID]syncproto.Instant // by command
	decided   map[syncproto.ID]bool              // commands with an entry so far
	fired     map[syncproto.ID]escalation.Fired  // by the event's id
	rescinded map[syncproto.ID]bool
	answered  map[syncproto.ID]syncproto.Instant // by cause, the first by the true time
	proved    map[syncproto.ID]syncproto.Instant // by cause, by when at the latest one answer was given
	tickets   map[syncproto.Ref]decision.Doc
}

// clocksAgree: no rung fires early or twice, each judged against its own due time; every
// rescission names a firing that stands, those it had told, and evidence that is in the log;
// what is past its due time has fired or ended; nobody who answered in time missed, and
// nobody who answered late met, unless a person decided so (14).
func (w *walk) clocksAgree(records []record) {
	d := deadlines{walk: w, done: map[syncproto.ID]syncproto.Instant{}, decided: map[syncproto.ID]bool{},
		fired: map[syncproto.ID]escalation.Fired{}, rescinded: map[syncproto.ID]bool{}, answered: map[syncproto.ID]syncproto.Instant{},
		proved: map[syncproto.ID]syncproto.Instant{}, tickets: map[syncproto.Ref]decision.Doc{}}
	for _, p := range w.places {
		for _, made := range p.order {
			d.done[made.id] = made.done
		}
	}
	for _, r := range records {
		d.decided[r.intent.ID] = true
		for _, e := range r.Events {
			d.happened(r, e)
		}
	}
	for ref, doc := range d.tickets {
		body, _ := doc.Body.(ticket.Body)
		for _, c := range body.Clocks {
			var at, proved syncproto.Instant
			if c.Ladder == escalation.Response || c.Ladder == escalation.Promise {
				for _, cause := range append(slices.Clone(c.Repeats), c.Cause) { // who keeps a repeated promise keeps this one
					at, proved = first(at, d.answered[cause]), first(proved, d.proved[cause])
				}
			}
			d.clock(ref, body, c, at, proved)
		}
	}
}

func (d *deadlines) happened(r record, e syncproto.Event) {
	event, err := rules.ReadEvent(e)
	d.must(err)
	at := d.done[r.intent.ID]
	answers := func(cause syncproto.ID) {
		d.answered[cause], d.proved[cause] = first(d.answered[cause], at), first(d.proved[cause], r.Within.Hi)
	}
	switch e := event.(type) {
	case ticket.Responded:
		answers(e.Cause)
	case ticket.Contacted:
		answers(e.Fulfils)
	case ticket.Proposed:
		answers(e.Cause)
	}
	switch event := event.(type) {
	case escalation.Fired:
		if event.At <= event.Due || r.Time <= event.Due {
			d.t.Errorf("entry %d at %v fires what is due at %v", r.Seq, r.Time, event.Due)
		}
		if _, again := d.fired[e.ID]; again || e.ID != escalation.FiringID(e.Doc.ID, event.Clock) {
			d.t.Errorf("entry %d fires %+v again, or under another id", r.Seq, event.Clock)
		}
		d.fired[e.ID] = event
	case escalation.Rescinded:
		firing, there := d.fired[event.Firing]
		if !there || d.rescinded[event.Firing] || firing.Clock != event.Clock || !slices.Equal(firing.Told, event.Told) || !d.decided[event.Evidence] {
			d.t.Errorf("entry %d takes back what is no firing that stands, tells others, or has no evidence: %+v", r.Seq, event)
		}
		d.rescinded[event.Firing] = true
	}
	if e.Doc.Kind == syncproto.KindTicket {
		d.tickets[e.Doc], err = rules.Evolve(e.Doc, d.tickets[e.Doc], e)
		d.must(err)
	}
}

// clock is one as it stands in the end; answered is when its duty was truly done, 0 for
// never or where that is not told by one command alone, and proved by when that was at the
// latest.
func (d *deadlines) clock(ref syncproto.Ref, body ticket.Body, c escalation.Clock, answered, proved syncproto.Instant) {
	say := func(what string) {
		d.t.Errorf("%v: %s: %v rung %d due %v, answered %v, evidence of %v, fired %v, %v", ref, what, c.Ladder, c.Rung, c.Due, answered, d.done[c.Evidence], c.Fired, c.Result)
	}
	inTime, evidence := answered != 0 && answered <= c.Due, d.done[c.Evidence]
	switch c.Result {
	case escalation.Running:
		if answered != 0 || c.Due < d.now.Add(-5*syncproto.Minute) && c.Fired == 0 {
			say("still runs")
		}
	case escalation.Missed:
		if !c.Judged && (inTime || evidence <= c.Due && body.Reopenings == 0) {
			say("missed by who was in time")
		}
	case escalation.Met, escalation.MetOffline:
		if !c.Judged && (evidence == 0 || evidence > c.Due) {
			say("met by who was late")
		}
	case escalation.Disputed:
		if c.Until < d.now.Add(-5*syncproto.Minute) {
			say("disputed for too long")
		}
	case escalation.Withdrawn:
		// Doubtful evidence changes nothing where nobody is blamed (RULES: deadlines).
		if proved != 0 && proved <= c.Due {
			say("withdrawn though provably answered in time")
		}
	}
	if over := c.Result == escalation.Met || c.Result == escalation.MetOffline || c.Result == escalation.Void; over && c.Fired != 0 && !c.Rescinded {
		say("a firing stands")
	}
}

// first is the earlier of two instants, either of which may be none.
func first(a, b syncproto.Instant) syncproto.Instant {
	if a == 0 || b == 0 {
		return a + b
	}
	return min(a, b)
}
