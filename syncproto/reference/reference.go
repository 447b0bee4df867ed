// Package reference is the one value that answers "who is who and what is the rule": the
// persons, units, devices and policy in force.
//
// It promises that a Reference never changes once it was handed out. The server makes a
// new one with every entry that touches it and keeps the old ones by log position, so
// that a fact done offline is judged by what its desk knew then; a desk has just the
// newest.
package reference

import (
	"maps"
	"slices"
	"sort"

	"redress/syncproto"
	"redress/syncproto/organisation"
	"redress/syncproto/policy"
)

// Reference is who is who and what is the rule, as of one position of the log. The zero
// Reference knows nobody.
type Reference struct {
	Seq     uint64
	persons map[syncproto.ID]organisation.Person
	units   map[syncproto.ID]organisation.Unit
	devices map[syncproto.ID]organisation.Device
	logins  map[string]syncproto.ID
	codes   map[string]syncproto.ID
	Policy  policy.Body
	today   *Reference // where this is what somebody knew
}

// Known is the Reference as what somebody knew, who is judged by it, while today holds.
func (r Reference) Known(today Reference) Reference {
	r.today = &today
	return r
}

// Today is who is who now: whoever is told of what somebody did who knew less.
func (r Reference) Today() Reference {
	if r.today != nil {
		return *r.today
	}
	return r
}

// With is the Reference after the document has this body, as of seq. Bodies of other
// kinds than reference data change nothing but the position.
func (r Reference) With(seq uint64, ref syncproto.Ref, body any) Reference {
	r.Seq = seq
	switch b := body.(type) {
	case organisation.Person:
		if old, known := r.persons[ref.ID]; known && old.Login != b.Login {
			r.logins = without(r.logins, old.Login)
		}
		r.persons, r.logins = with(r.persons, ref.ID, b), with(r.logins, b.Login, ref.ID)
	case organisation.Unit:
		r.units = with(r.units, ref.ID, b)
	case organisation.Device:
		r.devices, r.codes = with(r.devices, ref.ID, b), with(r.codes, b.Code, ref.ID)
	case policy.Body:
		if b.Number > r.Policy.Number {
			r.Policy = b
		}
	}
	return r
}

// Change is a document of reference data as it was from a log position on.
type Change struct {
	Seq  uint64
	Ref  syncproto.Ref
	Body any
}

// WithAll is the Reference after many changes in order, as With would make it, for whoever
// starts from the log.
func (r Reference) WithAll(changes []Change) Reference {
	next := Reference{Seq: r.Seq, Policy: r.Policy,
		persons: writable(r.persons), units: writable(r.units), devices: writable(r.devices),
		logins: writable(r.logins), codes: writable(r.codes)}
	for _, c := range changes {
		next.Seq = c.Seq
		switch b := c.Body.(type) {
		case organisation.Person:
			if old, known := next.persons[c.Ref.ID]; known && old.Login != b.Login {
				delete(next.logins, old.Login)
			}
			next.persons[c.Ref.ID], next.logins[b.Login] = b, c.Ref.ID
		case organisation.Unit:
			next.units[c.Ref.ID] = b
		case organisation.Device:
			next.devices[c.Ref.ID], next.codes[b.Code] = b, c.Ref.ID
		case policy.Body:
			if b.Number > next.Policy.Number {
				next.Policy = b
			}
		}
	}
	return next
}

func writable[K comparable, V any](m map[K]V) map[K]V {
	if m == nil {
		return map[K]V{}
	}
	return maps.Clone(m)
}

func with[K comparable, V any](m map[K]V, key K, value V) map[K]V {
	next := maps.Clone(m)
	if next == nil {
		next = map[K]V{}
	}
	next[key] = value
	return next
}

func without[K comparable, V any](m map[K]V, key K) map[K]V {
	next := maps.Clone(m)
	delete(next, key)
	return next
}

// Person looks up a person.
func (r Reference) Person(id syncproto.ID) (organisation.Person, bool) {
	p, ok := r.persons[id]
	return p, ok
}

// Unit looks up a unit.
func (r Reference) Unit(id syncproto.ID) (organisation.Unit, bool) {
	u, ok := r.units[id]
	return u, ok
}

// Device looks up a device.
func (r Reference) Device(id syncproto.ID) (organisation.Device, bool) {
	d, ok := r.devices[id]
	return d, ok
}

// ByLogin finds the person of a log-in name.
func (r Reference) ByLogin(login string) (syncproto.ID, bool) {
	id, ok := r.logins[login]
	return id, ok
}

// ByCode finds the device of a code, the first half of the numbers of its tickets.
func (r Reference) ByCode(code string) (syncproto.ID, bool) {
	id, ok := r.codes[code]
	return id, ok
}

// CodeTaken says whether a device already has the code.
func (r Reference) CodeTaken(code string) bool {
	_, taken := r.codes[code]
	return taken
}

// Members are the persons of a unit with the role, in order of their ids.
func (r Reference) Members(unit syncproto.ID, role policy.Role) []syncproto.ID {
	var members []syncproto.ID
	for id, p := range r.persons {
		if p.In(unit) && p.Has(role) && p.Left == 0 {
			members = append(members, id)
		}
	}
	sort.Slice(members, func(i, j int) bool { return members[i].Less(members[j]) })
	return members
}

// Ever are the persons who have the role or once had it, in order of their ids: those who
// have left still have accounts.
func (r Reference) Ever(role policy.Role) []syncproto.ID {
	var persons []syncproto.ID
	for id, p := range r.persons {
		if p.Has(role) || slices.Contains(p.Ever, role) {
			persons = append(persons, id)
		}
	}
	slices.SortFunc(persons, syncproto.ID.Compare)
	return persons
}

// Devices are a person's devices that are not revoked, in order of their ids.
func (r Reference) Devices(person syncproto.ID) []syncproto.ID {
	var devices []syncproto.ID
	for id, d := range r.devices {
		if d.Person == person && d.Revoked == 0 {
			devices = append(devices, id)
		}
	}
	slices.SortFunc(devices, syncproto.ID.Compare)
	return devices
}

// AllDevices are every person's devices, the revoked ones too, in order of their ids.
func (r Reference) AllDevices() []syncproto.ID {
	return slices.SortedFunc(maps.Keys(r.devices), syncproto.ID.Compare)
}

// UnitsOf are all units of a kind, in order of their names.
func (r Reference) UnitsOf(kind organisation.UnitKind) []syncproto.ID {
	var units []syncproto.ID
	for id, u := range r.units {
		if u.Kind == kind {
			units = append(units, id)
		}
	}
	slices.SortFunc(units, func(a, b syncproto.ID) int {
		if r.units[a].Name != r.units[b].Name {
			if r.units[a].Name < r.units[b].Name {
				return -1
			}
			return 1
		}
		if a.Less(b) {
			return -1
		}
		return 1
	})
	return units
}

// Headquarters is the service department's unit, which sees every claim and account and
// decides what nobody else can; zero where there is none.
func (r Reference) Headquarters() syncproto.ID {
	if units := r.UnitsOf(organisation.Headquarters); len(units) > 0 {
		return units[0]
	}
	return syncproto.ID{}
}

// May says whether the person may give the command now: one of their roles is in the
// policy's table and they have not left.
func (r Reference) May(person syncproto.ID, kind syncproto.CommandKind) bool {
	p, known := r.persons[person]
	return known && p.Left == 0 && r.Policy.Allows(kind, p.Roles)
}

// WatchesOver says that the person looks after the offices for headquarters (requirements §1,
// the service department and administration): they see every manager's month and every desk.
func (r Reference) WatchesOver(person syncproto.ID) bool {
	return r.May(person, syncproto.CommandApproveAbove) || r.May(person, syncproto.CommandSetLimit)
}

// EverMight says whether the person ever had a role that may give the command: all that
// a fact needs (design §3).
func (r Reference) EverMight(person syncproto.ID, kind syncproto.CommandKind) bool {
	p, known := r.persons[person]
	return known && r.Policy.Allows(kind, p.Ever)
}
