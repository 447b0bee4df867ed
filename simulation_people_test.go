package redress_test

import (
	"path/filepath"
	"slices"

	"redress/syncproto"
	"redress/syncproto/organisation"
	"redress/syncproto/policy"
	"redress/syncproto/simulation"
	"redress/syncproto/ticket"
)

// operate is the operator at work, on a disk that writes.
func (w *walk) operate(kind syncproto.CommandKind, command any) {
	if !w.running || w.ledger.Restoring() {
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
	w.plate(p, filepath.Join(w.dir, "desk-"+machine))
	made, err := w.Enrol(w.now, p.person, p.login, machine)
	w.must(err)
	p.desk, _ = made.(*desk)
	w.must(w.arrive(p, simulation.NewClocks(w.now, w.chance.id())))
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
	left := syncproto.Instant(0)
	if w.gone(p) {
		left = w.now
	}
	w.redefine(p, left)
}

func (w *walk) redefine(p *place, left syncproto.Instant) {
	w.operate(syncproto.CommandDefinePerson, organisation.DefinePerson{ID: p.person,
		Person: organisation.Person{Name: p.login, Login: p.login, Roles: []policy.Role{p.role}, Units: p.units, Left: left}})
}

// moveSomebody takes units from a person or gives some.
func (w *walk) moveSomebody() {
	if !w.commands() {
		return
	}
	p, units := w.called("sun"), pick(w, [][]string{{"east"}, {"south"}, {"east", "south"}})
	if w.one(2) {
		p, units = w.called("chen"), pick(w, [][]string{{"connected"}, {"body"}, {"connected", "body"}, {}})
	}
	if w.one(3) {
		p, units = w.called("qian"), pick(w, [][]string{{"connected"}, {"body"}, {"connected", "body"}})
	}
	if p.login == "sun" && !w.one(3) {
		w.fileOffline(p)
	}
	w.note("%s now works in %v", p.login, units)
	w.place(p, units)
}

// leave has somebody leave, or come back. It is nobody who spends money.
func (w *walk) leave() bool {
	if !w.commands() {
		return false
	}
	p := pick(w, slices.DeleteFunc(slices.Clone(w.places), func(p *place) bool {
		return p.second || !slices.Contains([]string{"qian", "hou", "zhao"}, p.name)
	}))
	if w.gone(p) {
		w.comeBack(p)
	} else {
		w.note("%s has left", p.login)
		w.leavers[p.person] = true
		w.redefine(p, w.now)
	}
	return true
}

func (w *walk) gone(p *place) bool { return w.leavers[p.person] }

// comeBack has somebody work here again.
func (w *walk) comeBack(p *place) {
	w.note("%s is back", p.login)
	delete(w.leavers, p.person)
	w.redefine(p, 0)
}

// fileOffline has a manager file a claim and approve it while the line is cut. Where the
// region is somebody else's before this is handed in, the filing will be rejected, and its
// approval has nothing to stand on.
func (w *walk) fileOffline(p *place) {
	on, _, some := w.ticketFor(p, func(ticket.Body) bool { return true })
	if !some || p.away() {
		return
	}
	w.cut(p)
	p.online = false
	c := w.file(on, syncproto.Fen(1+w.dice.Int64N(100_000)))
	w.note("%s, offline, files: %s", p.name, w.tap(p, syncproto.CommandFileClaim, c))
	lines, refused := p.Approve(p.reading(w.now), c.ID, 0, "维系客户")
	w.watch(p)
	w.note("%s, offline, approves it: refused %v %v", p.name, refused, lines)
}

func (w *walk) changePolicy() {
	if !w.commands() {
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
	if p.dies = false; p.replica.Buried() {
		return // nothing is left that could be started
	}
	w.must(p.restart())
	w.touched[p] = true
}

// shortDays is a policy whose ladders come to their end within the days of a walk.
func shortDays(p policy.Body) policy.Body {
	p.PromiseLimit, p.ResolutionLimit, p.HeadLimit = 6*syncproto.Hour, 5*syncproto.Hour, 3*syncproto.Hour
	p.AgeingLimits = []syncproto.Span{12 * syncproto.Hour, 24 * syncproto.Hour}
	p.RecipientResponse, p.RecipientResolution = 40*syncproto.Minute, 4*syncproto.Hour
	p.RemindEvery, p.DisputeLimit, p.ReopenGrace = 3*syncproto.Hour, 16*syncproto.Hour, 30*syncproto.Minute
	return p
}
