package redress_test

import (
	"slices"

	"redress/syncproto"
	"redress/syncproto/escalation"
	"redress/syncproto/rules"
	"redress/syncproto/ticket"
)

// deadlines is what the log says of clocks, with the true times at which things were done.
type deadlines struct {
	*book
	fired     map[syncproto.ID]escalation.Fired // by the event's id
	rescinded map[syncproto.ID]bool
	answered  map[syncproto.ID]syncproto.Instant // by cause, the first by the true time
	proved    map[syncproto.ID]syncproto.Instant // by cause, by when at the latest one answer was given
	bent      map[syncproto.ID]bool              // by cause, somebody was at the ticks of who answered
}

func newDeadlines(b *book) *deadlines {
	return &deadlines{book: b, fired: map[syncproto.ID]escalation.Fired{}, rescinded: map[syncproto.ID]bool{},
		answered: map[syncproto.ID]syncproto.Instant{}, proved: map[syncproto.ID]syncproto.Instant{}, bent: map[syncproto.ID]bool{}}
}

// enter takes an entry: no rung fires early or twice, each judged against its own due time;
// every rescission names a firing that stands, those it had told, and evidence that is in the
// log (14).
func (d *deadlines) enter(r record) {
	for _, e := range r.Events {
		if e.Doc.Kind != syncproto.KindTicket {
			continue
		}
		event, err := rules.ReadEvent(e)
		if err != nil {
			d.t.Errorf("4: entry %d has an event that cannot be read: %v", r.Seq, err)
			return
		}
		d.happened(r, e, event)
	}
}

func (d *deadlines) happened(r record, e syncproto.Event, event any) {
	answers := func(cause syncproto.ID) {
		done := d.deeds[r.intent.ID]
		if done == nil || done.bent {
			d.bent[cause] = true
			return
		}
		d.answered[cause], d.proved[cause] = first(d.answered[cause], done.done), first(d.proved[cause], r.Within.Hi)
	}
	switch event := event.(type) {
	case ticket.Responded:
		answers(event.Cause)
	case ticket.Contacted:
		answers(event.Fulfils)
	case ticket.Proposed:
		answers(event.Cause)
	case escalation.Fired:
		d.compare(14)
		if event.At <= event.Due || r.Time <= event.Due {
			d.t.Errorf("14: entry %d at %v fires what is due at %v", r.Seq, r.Time, event.Due)
		}
		if _, again := d.fired[e.ID]; again || e.ID != escalation.FiringID(e.Doc.ID, event.Clock) {
			d.t.Errorf("14: entry %d fires %+v again, or under another id", r.Seq, event.Clock)
		}
		d.fired[e.ID] = event
	case escalation.Rescinded:
		d.compare(14)
		firing, there := d.fired[event.Firing]
		if !there || d.rescinded[event.Firing] || firing.Clock != event.Clock || !slices.Equal(firing.Told, event.Told) || len(d.of[event.Evidence]) == 0 {
			d.t.Errorf("14: entry %d takes back what is no firing that stands, tells others, or has no evidence: %+v", r.Seq, event)
		}
		d.rescinded[event.Firing] = true
	}
}

// clocksAgree: what is past its due time has fired or ended; nobody who answered in time missed,
// and nobody who answered late met, unless a person decided so (14).
func (d *deadlines) clocksAgree() {
	for ref, h := range d.docs {
		body, is := h.doc.Body.(ticket.Body)
		if !is {
			continue
		}
		for _, c := range body.Clocks {
			var at, proved syncproto.Instant
			bent := false
			if c.Ladder == escalation.Response || c.Ladder == escalation.Promise {
				at, proved, bent = d.answered[c.Cause], d.proved[c.Cause], d.bent[c.Cause]
				for _, cause := range c.Repeats { // who keeps a repeated promise keeps this one, unless it was not made yet
					bent = bent || d.bent[cause]
					if d.answered[cause] >= c.Start {
						at, proved = first(at, d.answered[cause]), first(proved, d.proved[cause])
					}
				}
			}
			if evidence := d.deeds[c.Evidence]; !bent && (evidence == nil || !evidence.bent) {
				d.compare(14)
				d.clock(ref, c, at, proved)
			}
		}
	}
}

// clock is one as it stands in the end; answered is when its duty was truly done, 0 for
// never or where that is not told by one command alone, and proved by when that was at the
// latest.
func (d *deadlines) clock(ref syncproto.Ref, c escalation.Clock, answered, proved syncproto.Instant) {
	say := func(what string) {
		d.t.Errorf("14: %v: %s: %v rung %d due %v, answered %v, evidence of %v, fired %v, %v", ref, what, c.Ladder, c.Rung, c.Due, answered, d.at(c.Evidence), c.Fired, c.Result)
	}
	inTime, evidence := answered != 0 && answered <= c.Due, d.at(c.Evidence)
	switch c.Result {
	case escalation.Running:
		if answered != 0 || c.Due < d.now.Add(-5*syncproto.Minute) && c.Fired == 0 {
			say("still runs")
		}
	case escalation.Missed:
		if !c.Judged && (inTime || evidence <= c.Due) {
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

// at is when a command was truly given at its desk, 0 where at none.
func (d *deadlines) at(id syncproto.ID) syncproto.Instant {
	if done := d.deeds[id]; done != nil {
		return done.done
	}
	return 0
}

// first is the earlier of two instants, either of which may be none.
func first(a, b syncproto.Instant) syncproto.Instant {
	if a == 0 || b == 0 {
		return a + b
	}
	return min(a, b)
}
