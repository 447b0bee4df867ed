package redress_test

import (
	"slices"

	"redress/desktop/replica"
	"redress/syncproto"
	"redress/syncproto/organisation"
	"redress/syncproto/policy"
	"redress/syncproto/simulation"
)

// operate is the operator at work, on a disk that writes.
func (w *walk) operate(kind syncproto.CommandKind, command any) {
	if !w.running {
		return
	}
	w.trouble = nil
	w.must(w.Operate(w.now, kind, command))
}

// employ makes a person with a desk.
func (w *walk) employ(name string, role policy.Role, units ...string) {
	p := &place{name: name, login: name, role: role, person: w.chance.id()}
	w.define(p, units)
	w.seatAt(p, name)
}

// enrol gives a person another desk, on another machine.
func (w *walk) enrol(of *place, machine string) {
	w.seatAt(&place{name: machine, login: of.login, role: of.role, person: of.person, units: of.units}, machine)
}

func (w *walk) seatAt(p *place, machine string) {
	p.online, p.clocks, p.made = true, simulation.NewClocks(w.now, w.chance.id()), map[syncproto.ID]*deed{}
	made, err := w.Enrol(w.now, p.person, p.login, machine)
	w.must(err)
	p.desk, _ = made.(*desk)
	w.places = append(w.places, p)
}

// called is the desk of that name.
func (w *walk) called(name string) *place {
	return w.places[slices.IndexFunc(w.places, func(p *place) bool { return p.name == name })]
}

// place has a person work in the units, at all of the person's desks.
func (w *walk) place(p *place, units []string) {
	w.define(p, units)
	for _, other := range w.places {
		if other.person == p.person {
			other.units = p.units
		}
	}
}

func (w *walk) define(p *place, units []string) {
	p.units = nil
	for _, u := range units {
		p.units = append(p.units, w.units[u])
	}
	w.operate(syncproto.CommandDefinePerson, organisation.DefinePerson{ID: p.person,
		Person: organisation.Person{Name: p.login, Login: p.login, Roles: []policy.Role{p.role}, Units: p.units}})
}

// moveSomebody takes units from a person or gives some.
func (w *walk) moveSomebody() {
	if !w.running {
		return
	}
	p, units := w.places[3], pick(w, [][]string{{"east"}, {"south"}, {"east", "south"}})
	if w.one(2) {
		p, units = w.places[4], pick(w, [][]string{{"connected"}, {"body"}, {"connected", "body"}, {}})
	}
	if w.one(3) {
		p, units = w.called("qian"), pick(w, [][]string{{"connected"}, {"body"}, {"connected", "body"}})
	}
	if p == w.places[3] && !w.one(3) {
		w.fileOffline(p)
	}
	w.note("%s now works in %v", p.login, units)
	w.place(p, units)
}

// fileOffline has a manager file a claim and approve it while the line is cut. Where the
// region is somebody else's before this is handed in, the filing will be rejected, and its
// approval has nothing to stand on.
func (w *walk) fileOffline(p *place) {
	tickets := w.rows(p, syncproto.KindTicket)
	if len(tickets) == 0 {
		return
	}
	w.cut(p)
	p.online = false
	c := w.file(pick(w, tickets).Ref.ID, syncproto.Fen(1+w.dice.Int64N(100_000)))
	w.note("%s, offline, files: %s", p.name, w.tap(p, syncproto.CommandFileClaim, c))
	lines, refused := p.Approve(p.reading(w.now), c.ID, 0, "维系客户")
	w.watch(p)
	w.note("%s, offline, approves it: refused %v %v", p.name, refused, lines)
}

func (w *walk) changePolicy() {
	if !w.running {
		return
	}
	w.policy.Number++
	w.policy.ResponseLimit = pick(w, []syncproto.Span{20 * syncproto.Minute, syncproto.Hour, 2 * syncproto.Hour})
	w.note("policy %d: response within %v", w.policy.Number, w.policy.ResponseLimit)
	w.operate(syncproto.CommandIssuePolicy, policy.Issue{Policy: w.policy})
}

// kill ends a desk's program where it stands, and starts it again on its files.
func (w *walk) kill(p *place) {
	w.note("%s's program is killed", p.name)
	w.cut(p)
	again, err := p.folder.Open(w.ctx, p.login, func([]syncproto.Ref) {})
	w.must(err)
	w.t.Cleanup(func() { w.must(again.Close()) })
	p.replica, p.present.Replica = again, again
}

// remember takes in what is newly in the outbox of a desk. Whatever it is, it was made now.
func (w *walk) remember(p *place, c replica.Command) *deed {
	d := p.made[c.Intent.ID]
	if d == nil {
		d = &deed{id: c.Intent.ID, kind: c.Intent.Kind, intent: c.Intent, done: w.now}
		if d.kind == syncproto.CommandMoveAuthority { // perhaps of a month that is not here, as by a wrong clock
			steps, err := p.replica.History(w.ctx, c.Intent.Subject)
			w.must(err)
			d.blind = len(steps) == 0
		}
		p.made[d.id] = d
		p.order = append(p.order, d)
	}
	return d
}

// shortDays is a policy whose ladders come to their end within the hours of a walk.
func shortDays(p policy.Body) policy.Body {
	p.PromiseLimit, p.ResolutionLimit, p.HeadLimit = 3*syncproto.Hour, 90*syncproto.Minute, 40*syncproto.Minute
	p.AgeingLimits = []syncproto.Span{150 * syncproto.Minute, 4 * syncproto.Hour}
	p.RecipientResponse, p.RecipientResolution = 15*syncproto.Minute, syncproto.Hour
	p.RemindEvery, p.DisputeLimit, p.ReopenGrace = 25*syncproto.Minute, 4*syncproto.Hour, 20*syncproto.Minute
	return p
}
