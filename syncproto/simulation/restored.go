package simulation

import (
	"fmt"

	"redress/syncproto"
)

// Waiting is a command that is parked at the server.
type Waiting struct {
	Command syncproto.ID
	Subject syncproto.Ref
	Kind    syncproto.CommandKind
	Code    syncproto.Code
}

// expectParked is what waits at the server, and why.
func expectParked(w *world) []string {
	lines := []string{}
	for _, one := range w.stage.Parked() {
		lines = append(lines, fmt.Sprintf("%v %s · %s", one.Kind, w.thingName(one.Subject), one.Code))
	}
	return lines
}

// thingName is what the scenario calls a document.
func (w *world) thingName(ref syncproto.Ref) string {
	for name, thing := range w.things {
		if thing == ref {
			return name
		}
	}
	return ref.Kind.String()
}

// releases ends what waits for a person after a restore: a manager's frozen accounts, or a
// command about a thing, which is decided now, or refused.
func releases(w *world, a *arguments, reject bool) ([]string, error) {
	name := a.word("a manager or a thing")
	if manager, known := w.persons[name]; known && !reject {
		return nil, w.given(a, syncproto.CommandRelease, syncproto.ReleaseAccount{Manager: manager, Reason: a.word("a reason")})
	}
	for _, one := range w.stage.Parked() {
		if one.Subject == w.things[name] && one.Code.WaitsForPerson() {
			return nil, w.given(a, syncproto.CommandReleaseParked, syncproto.ReleaseParked{Command: one.Command, Reject: reject})
		}
	}
	return nil, fmt.Errorf("nothing about %s waits for a person", name)
}
