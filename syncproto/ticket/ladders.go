package ticket

import (
	"slices"

	"redress/syncproto"
	"redress/syncproto/customer"
	"redress/syncproto/decision"
	"redress/syncproto/escalation"
	"redress/syncproto/policy"
)

// clocks are the ticket's clocks, for the command to touch.
func (d deciding) clocks() *escalation.Deciding {
	p := d.ref.Policy
	return &escalation.Deciding{In: d.in, Doc: d.doc, Clocks: d.body.Clocks, Ahead: d.body.Ahead, Told: d.told, Next: d.next,
		Limits: escalation.Limits{WarnAt: p.WarnAt, RemindEvery: p.RemindEvery, Reminders: p.Reminders, Dispute: p.DisputeLimit,
			Referee: d.ref.Headquarters()}}
}

// beginLadders starts what runs on every ticket from its first contact on: resolution,
// unless the policy counts it from the dispatch, and ageing (requirements §4).
func (d deciding) beginLadders(clocks *escalation.Deciding) {
	if d.ref.Policy.ResolutionBasis == policy.FromFirstContact {
		d.beginResolution(clocks, d.body.FirstContact, 0)
	}
	for n := range d.ref.Policy.AgeingLimits {
		d.beginAgeing(clocks, n, 0)
	}
}

// beginResolution starts the first rung: to the department head. It is due not before
// earliest: what is done in the grace after a reopening is in time, so that the record does
// not depend on whether the news of it came before the firing.
func (d deciding) beginResolution(clocks *escalation.Deciding, from, earliest syncproto.Instant) {
	if d.ref.Policy.ResolutionLimit > 0 {
		clocks.Begin(escalation.Started{Clock: escalation.Name{Ladder: escalation.Resolution, Rung: 1},
			Start: from, Due: max(from.Add(d.ref.Policy.ResolutionLimit), earliest), Policy: d.ref.Policy.Number})
	}
}

// beginAgeing starts a rung of the ageing ladder: so long after the first contact, the time
// spent closed not counted, and not before earliest.
func (d deciding) beginAgeing(clocks *escalation.Deciding, n int, earliest syncproto.Instant) {
	start := d.body.FirstContact
	clocks.Begin(escalation.Started{Clock: escalation.Name{Ladder: escalation.Ageing, Rung: uint8(n + 1)},
		Start: start, Due: max(start.Add(d.ref.Policy.AgeingLimits[n]+d.body.ClosedFor), earliest), Policy: d.ref.Policy.Number})
}

// next is what begins when a rung fires: the clocks of whoever it is escalated to now, and
// the next rung where that counts from this firing. Whoever has the next rung of the ladder
// running against them needs no second clock for solving.
func (d deciding) next(c escalation.Clock) []escalation.Started {
	p := d.ref.Policy
	if c.Ladder != escalation.Resolution && c.Ladder != escalation.Ageing {
		return nil
	}
	to := d.escalatee(c)
	begin := func(name escalation.Name, limit syncproto.Span) []escalation.Started {
		if limit <= 0 {
			return nil
		}
		return []escalation.Started{{Clock: name, Unit: to.unit, Person: to.person, Start: d.in.Now, Due: d.in.Now.Add(limit), Policy: p.Number}}
	}
	firing := escalation.FiringID(d.doc.ID, c.Name())
	started := begin(escalation.Name{Ladder: escalation.Recipient, Rung: escalation.TakesUp, Cause: firing}, p.RecipientResponse)
	if c.Ladder == escalation.Resolution && c.Rung == 1 && p.HeadLimit > 0 {
		return append(started, begin(escalation.Name{Ladder: escalation.Resolution, Rung: 2, Cause: c.Cause}, p.HeadLimit)...)
	}
	return append(started, begin(escalation.Name{Ladder: escalation.Recipient, Rung: escalation.Solves, Cause: firing}, p.RecipientResolution)...)
}

// escalatee is who a rung goes to: a person, or a whole unit where nobody in particular.
type escalatee struct {
	unit, person syncproto.ID
	told         []syncproto.ID // those of the unit who have the role
}

// office is persons of one role in one unit.
type office struct {
	unit syncproto.ID
	role policy.Role
}

// escalatee finds who a rung goes to: the first of the offices that is filled. An
// escalation must reach somebody, so the last resort is the service department.
func (d deciding) escalatee(c escalation.Clock) escalatee {
	hq := d.ref.Headquarters()
	service := office{hq, policy.ServiceDesk}
	var offices []office
	switch {
	case c.Ladder == escalation.Resolution && c.Rung == 1:
		offices = []office{{d.holder(), policy.Head}, {d.holder(), policy.VicePresident}, service}
	case c.Ladder == escalation.Resolution:
		offices = []office{{d.holder(), policy.VicePresident}, {hq, policy.VicePresident}, {hq, policy.Leadership}, service}
	case c.Rung == 1:
		offices = []office{service, {hq, policy.Leadership}}
	default:
		offices = []office{{hq, policy.Leadership}, {hq, policy.VicePresident}, service}
	}
	for _, o := range offices {
		persons := d.ref.Members(o.unit, o.role)
		if len(persons) == 0 {
			continue
		}
		to := escalatee{unit: o.unit, told: persons}
		if o.role != policy.ServiceDesk { // which is a department, and no one person
			to.person = persons[0]
		}
		return to
	}
	return escalatee{unit: hq}
}

// holder is the unit that has to solve the ticket now.
func (d deciding) holder() syncproto.ID {
	if d.body.Holder.IsZero() {
		return d.body.CallCentre
	}
	return d.body.Holder
}

// told is who hears that a clock fired or is overdue: whoever it goes to now, who opened
// the ticket, who promised, and the heads and liaisons of the responsible unit.
func (d deciding) told(c escalation.Clock) []syncproto.ID {
	d.ref = d.ref.Today() // whoever is there now, though late evidence is judged by what its desk knew
	var told []syncproto.ID
	add := func(persons ...syncproto.ID) {
		for _, p := range persons {
			if !p.IsZero() && !slices.Contains(told, p) {
				told = append(told, p)
			}
		}
	}
	unit := c.Unit
	switch c.Ladder {
	case escalation.Resolution, escalation.Ageing:
		add(d.escalatee(c).told...)
		unit = d.holder()
	case escalation.Recipient:
		add(c.Person)
		if c.Person.IsZero() {
			add(d.ref.Members(c.Unit, policy.ServiceDesk)...)
		}
	case escalation.Response, escalation.Promise:
	}
	add(d.body.OpenedBy, c.Person)
	add(d.ref.Members(unit, policy.Head)...)
	add(d.ref.Members(unit, policy.Liaison)...)
	return told
}

// showFiles lets whoever the ticket was escalated to by these changes read the files of its
// customer and car, as they now read the ticket.
func (d deciding) showFiles(changes []decision.Change) []decision.Change {
	before := readers(d.body)
	after := d.body
	for _, c := range changes {
		if c.Doc == d.doc {
			after = Evolve(after, c.Body)
		}
	}
	now := readers(after)
	for _, file := range d.body.files() {
		if d.in.Docs[file].Presence != decision.Held {
			continue
		}
		for _, r := range now {
			if !slices.Contains(before, r) {
				changes = append(changes, customer.AddReaders(file, []syncproto.ID{r})...)
			}
		}
		for _, r := range before {
			if !slices.Contains(now, r) {
				changes = append(changes, customer.RemoveReader(file, r))
			}
		}
	}
	return changes
}

// readers are who sees the ticket besides those that have it: the persons and units that
// the clocks of recipients name, while such a clock stands in the body, and whoever decides
// what is disputed.
func readers(body Body) []syncproto.ID {
	var all []syncproto.ID
	add := func(id syncproto.ID) {
		if !id.IsZero() && !slices.Contains(all, id) {
			all = append(all, id)
		}
	}
	for _, c := range body.Clocks {
		if c.Result == escalation.Disputed || c.Judged {
			add(body.Referee)
		}
		switch {
		case c.Ladder != escalation.Recipient:
		case c.Person.IsZero():
			add(c.Unit)
		default:
			add(c.Person)
		}
	}
	return all
}
