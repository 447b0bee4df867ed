package simulation

import (
	"fmt"
	"strings"
	"time"

	"redress/syncproto"
	"redress/syncproto/organisation"
	"redress/syncproto/policy"
)

// worldVerbs are the verbs that no desk gives: time, people, policy, the server, and what
// is expected of it. VERBS.md describes each.
var worldVerbs = map[string]func(*world, *arguments) ([]string, error){
	"date":   date,
	"at":     at,
	"after":  after,
	"server": server,
	"hq":     headquarters,
	"unit":   unit,
	"person": person,
	"policy": setPolicy,
	"desk":   desk,
	"expect": expect,
}

func date(w *world, a *arguments) ([]string, error) {
	text := a.word("the day")
	day, err := time.ParseInLocation("2006-01-02 15:04", text+" "+a.value("at", "08:00"), syncproto.Shanghai)
	if err != nil {
		return nil, fmt.Errorf("%q is not a day such as 2026-11-02", text)
	}
	return nil, w.reach(syncproto.InstantOf(day))
}

// reach sets the clock the first time and advances it from then on.
func (w *world) reach(to syncproto.Instant) error {
	if w.now == 0 {
		w.now, w.began = to, to
		return nil
	}
	return w.advance(to)
}

func at(w *world, a *arguments) ([]string, error) {
	text := a.word("the time of day")
	for _, layout := range []string{"15:04", "15:04:05", "15:04:05.000000"} {
		if clock, err := time.Parse(layout, text); err == nil {
			y, m, d := w.now.Time().Date()
			return nil, w.advance(syncproto.InstantOf(time.Date(y, m, d, clock.Hour(), clock.Minute(), clock.Second(), clock.Nanosecond(), syncproto.Shanghai)))
		}
	}
	return nil, fmt.Errorf("%q is not a time of day such as 09:10", text)
}

func after(w *world, a *arguments) ([]string, error) {
	span := a.duration(a.word("how long"))
	if a.failed != nil {
		return nil, a.failed
	}
	return nil, w.advance(w.now.Add(span))
}

func unit(w *world, a *arguments) ([]string, error) {
	name, title := a.word("a name"), a.word("a title")
	kind, ok := organisation.ParseUnitKind(a.word("a kind of unit"))
	if !ok {
		return nil, fmt.Errorf("a unit is a call-centre, region, department or headquarters")
	}
	w.units[name] = w.id()
	return nil, w.operate(syncproto.CommandDefineUnit, organisation.DefineUnit{
		ID: w.units[name], Unit: organisation.Unit{Name: title, Kind: kind, Phone: a.value("phone", "")}})
}

func person(w *world, a *arguments) ([]string, error) {
	name, title := a.word("a name"), a.word("a person's name")
	role, ok := policy.ParseRole(a.word("a role"))
	if !ok {
		return nil, fmt.Errorf("there is no such role; requirements §1 lists them")
	}
	p := organisation.Person{Name: title, Login: name, Roles: []policy.Role{role}, Phone: a.value("phone", "")}
	for _, u := range strings.Split(a.value("in", ""), ",") {
		id, known := w.units[u]
		if !known {
			return nil, fmt.Errorf("there is no unit %q", u)
		}
		p.Units = append(p.Units, id)
	}
	if a.value("left", "") == "yes" {
		p.Left = w.now
	}
	if _, known := w.persons[name]; !known {
		w.persons[name] = w.id()
	}
	return nil, w.operate(syncproto.CommandDefinePerson, organisation.DefinePerson{ID: w.persons[name], Person: p})
}

func setPolicy(w *world, a *arguments) ([]string, error) {
	next := w.policy
	for key, span := range map[string]*syncproto.Span{
		"response": &next.ResponseLimit, "promise": &next.PromiseLimit,
		"resolution": &next.ResolutionLimit, "head": &next.HeadLimit,
		"recipient-response": &next.RecipientResponse, "recipient-resolution": &next.RecipientResolution,
		"remind-every": &next.RemindEvery, "dispute": &next.DisputeLimit, "reopen-grace": &next.ReopenGrace,
		"hold-after-due": &next.HoldAfterDue, "hold-after-start": &next.HoldAfterStart,
	} {
		*span = a.span(key, *span)
	}
	if ageing := a.value("ageing", ""); ageing != "" {
		next.AgeingLimits = nil
		for _, limit := range strings.Split(ageing, ",") {
			next.AgeingLimits = append(next.AgeingLimits, a.duration(limit))
		}
	}
	if basis := a.value("resolution-from", ""); basis != "" {
		var known bool
		if next.ResolutionBasis, known = policy.ParseBasis(basis); !known {
			return nil, fmt.Errorf("resolution-from is first-contact or dispatch")
		}
	}
	if limit := a.value("limit", ""); limit != "" {
		next.MonthlyLimit = a.money(limit)
	}
	if a.failed != nil {
		return nil, a.failed
	}
	if !w.running {
		w.policy = next // what the server will be founded with
		return nil, nil
	}
	next.Number++
	w.policy = next
	return nil, w.operate(syncproto.CommandIssuePolicy, policy.Issue{Policy: next})
}

// desk enrols a device for a person. A person may have any number; each is a machine of
// its own with a name of its own.
func desk(w *world, a *arguments) ([]string, error) {
	login := a.word("whose desk")
	name := a.value("as", login)
	who, known := w.persons[login]
	switch {
	case !known:
		return nil, fmt.Errorf("there is no person %q", login)
	case w.station(name) != nil || name == "":
		return nil, fmt.Errorf("%q is taken; a person's second desk has a name of its own: desk %s as=%s2", name, login, login)
	case !w.running:
		return nil, fmt.Errorf("the server is down, so no desk can be enrolled")
	}
	s := &station{name: name, person: who, online: true, clocks: NewClocks(w.now, w.id())}
	var err error
	if s.desk, err = w.stage.Enrol(w.now, who, login, name); err != nil {
		return nil, err
	}
	w.stations = append(w.stations, s)
	return nil, w.settle()
}

// losesCode has somebody try the code that made the desk known.
func losesCode(w *world, s *station, _ *arguments) ([]string, error) {
	if !w.running {
		return nil, fmt.Errorf("the server is down")
	}
	lines, err := s.desk.LoseCode(w.now)
	if err != nil {
		return nil, err
	}
	return lines, w.settle()
}

// enrolsAgain has the person bring a desk that the server has forgotten to the line, and type a new
// code at its log-in. A desk that is refused keeps off the line: it would be turned away at once,
// again and again.
func enrolsAgain(w *world, s *station, _ *arguments) ([]string, error) {
	if !w.running {
		return nil, fmt.Errorf("the server is down")
	}
	lines, err := s.desk.EnrolAgain(w.now)
	if err != nil {
		return nil, err
	}
	s.online = s.online || len(lines) == 0
	return lines, w.settle()
}
