package simulation

import (
	"fmt"
	"maps"
	"slices"

	"redress/syncproto"
	"redress/syncproto/authority"
	"redress/syncproto/organisation"
)

// takesAuthority asks for the month to lie on this desk, as before a trip.
func takesAuthority(w *world, s *station, a *arguments) ([]string, error) {
	return w.tap(s, syncproto.CommandMoveAuthority, authority.MoveAuthority{
		Manager: s.person, Month: a.month(w.now), To: s.desk.Device()})
}

// evensOut asks for the month to lie on all desks alike.
func evensOut(w *world, s *station, a *arguments) ([]string, error) {
	return w.tap(s, syncproto.CommandMoveAuthority, authority.MoveAuthority{Manager: s.person, Month: a.month(w.now)})
}

// headquarters is a named person at HQ, at the command line.
func headquarters(w *world, a *arguments) ([]string, error) {
	switch what := a.word("limit, writes-off, revokes, gives-code, releases or refuses"); what {
	case "releases", "refuses":
		return releases(w, a, what == "refuses")
	case "limit":
		manager, known := w.persons[a.word("a manager")]
		if !known {
			return nil, fmt.Errorf("there is no such person")
		}
		return nil, w.given(a, syncproto.CommandSetLimit, authority.SetLimit{
			Manager: manager, Month: a.month(w.now), Limit: a.money(a.word("the new limit")), Reason: a.word("a reason")})
	case "revokes":
		s := w.station(a.word("a desk"))
		if s == nil {
			return nil, fmt.Errorf("there is no such desk")
		}
		return nil, w.given(a, syncproto.CommandRevokeDevice, organisation.RevokeDevice{ID: s.desk.Device(), Reason: a.word("a reason")})
	case "writes-off":
		return writesOff(w, a)
	case "gives-code":
		person, known := w.persons[a.word("a person")]
		if !known || !w.running {
			return nil, fmt.Errorf("there is no such person, or the server is down")
		}
		return nil, w.stage.GiveCode(w.now, person)
	default:
		return nil, fmt.Errorf("headquarters does not know %q; VERBS.md lists the verbs", what)
	}
}

// writesOff gives up what lies on a desk that is lost, grant by grant.
func writesOff(w *world, a *arguments) ([]string, error) {
	s := w.station(a.word("a desk"))
	if s == nil {
		return nil, fmt.Errorf("there is no such desk")
	}
	month, reason := a.month(w.now), a.word("a reason")
	account, _ := w.account(s.person, month)
	nothing := true
	for _, g := range account.Grants {
		if g.Device != s.desk.Device() || g.Kind != syncproto.GrantAmount || g.Left() == 0 {
			continue
		}
		nothing = false
		if err := w.given(a, syncproto.CommandWriteOff, authority.WriteOff{
			Manager: s.person, Month: month, Grant: g.ID, Reason: reason}); err != nil {
			return nil, err
		}
	}
	if nothing {
		return nil, fmt.Errorf("nothing of %v lies on %s", month, s.name)
	}
	return nil, nil
}

// given is a command of the command line, once its words made sense.
func (w *world) given(a *arguments, kind syncproto.CommandKind, command any) error {
	if a.failed != nil {
		return a.failed
	}
	return w.operate(kind, command)
}

// account is what the server holds of a manager's month.
func (w *world) account(manager syncproto.ID, month syncproto.Month) (authority.Body, bool) {
	body, _, held := w.stage.Document(authority.Ref(manager, month))
	account, _ := body.(authority.Body)
	return account, held
}

// expectAccount is a manager's month.
func expectAccount(w *world, a *arguments) ([]string, error) {
	manager, known := w.persons[a.word("a manager")]
	if !known {
		return nil, fmt.Errorf("there is no such person")
	}
	account, held := w.account(manager, a.month(w.now))
	if !held {
		return []string{"no account"}, nil
	}
	return append([]string{accountLine(account)}, w.deskLines(account)...), nil
}

// expectMonths is every manager's month, in the order of their names.
func expectMonths(w *world, a *arguments) ([]string, error) {
	month := a.month(w.now)
	var lines []string
	for _, name := range slices.Sorted(maps.Keys(w.persons)) {
		if account, held := w.account(w.persons[name], month); held {
			lines = append(lines, name+" · "+accountLine(account))
		}
	}
	return lines, nil
}
