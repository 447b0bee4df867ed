package present

import (
	"redress/syncproto"
	"redress/syncproto/escalation"
	"redress/syncproto/policy"
	"redress/syncproto/reference"
)

// Scene is what every view is made from besides its own data: the words, who is who, who
// looks, and the moment.
type Scene struct {
	Words     Words
	Reference reference.Reference
	Person    syncproto.ID
	Device    syncproto.ID // that the person looks at it on
	Now       syncproto.Instant
	// Within is where the true time lies, as far as this desk can know.
	Within syncproto.Interval

	// lengths are those of the rungs of ageing of the ticket that is shown, by their clocks.
	lengths map[escalation.Name]syncproto.Span
}

// personName is how a person is called on screen; the server itself where there is none.
func (s Scene) personName(id syncproto.ID) string {
	if id.IsZero() {
		return s.Words("who.system")
	}
	if id == s.Person {
		return s.Words("who.you")
	}
	if p, known := s.Reference.Person(id); known {
		return p.Name
	}
	return s.Words("who.unknown")
}

// unitName is how a unit is called on screen.
func (s Scene) unitName(id syncproto.ID) string {
	if u, known := s.Reference.Unit(id); known {
		return u.Name
	}
	return s.Words("who.unknown")
}

// deskName is the device as people tell it apart: the first half of its ticket numbers.
func (s Scene) deskName(id syncproto.ID) string {
	if d, known := s.Reference.Device(id); known {
		return d.Code
	}
	return ""
}

// machine is a device as its owner calls it, with its code: 平板（Q3YB）.
func (s Scene) machine(id syncproto.ID) string {
	d, known := s.Reference.Device(id)
	switch {
	case !known:
		return s.Words("month.unknownDevice")
	case d.Name == "" || d.Name == d.Code:
		return d.Code
	}
	return s.Words("month.device", "Name", d.Name, "Code", d.Code)
}

// may says whether the person looking may give the command now.
func (s Scene) may(kind syncproto.CommandKind) bool { return s.Reference.May(s.Person, kind) }

// in says whether the person looking belongs to the unit.
func (s Scene) in(unit syncproto.ID) bool {
	p, known := s.Reference.Person(s.Person)
	return known && p.In(unit)
}

// Title is who works here, for the window and the top bar: 陈晓 · 坐席.
func (s Scene) Title() string {
	p, known := s.Reference.Person(s.Person)
	if !known {
		return s.Words("who.arriving")
	}
	if len(p.Roles) == 0 {
		return p.Name
	}
	return s.Words("who.title", "Name", p.Name, "Role", s.roleName(p.Roles[0]))
}

// Manager says that the person approves claims from a month's authority of their own.
func (s Scene) Manager() bool { return s.may(syncproto.CommandApproveClaim) }

// Opens says that the person opens tickets.
func (s Scene) Opens() bool { return s.may(syncproto.CommandOpen) }

// Calls says that customers call the person: a manager opens tickets too, but is not called.
func (s Scene) Calls() bool {
	p, known := s.Reference.Person(s.Person)
	return known && p.Has(policy.Seat) && s.Opens()
}

// Units names the units of the person looking, 、 between them.
func (s Scene) Units() string {
	p, _ := s.Reference.Person(s.Person)
	names := make([]string, 0, len(p.Units))
	for _, u := range p.Units {
		names = append(names, s.unitName(u))
	}
	return s.list(names)
}

func (s Scene) roleName(role policy.Role) string { return s.Words("role." + role.String()) }

// list puts the language's own separator between the parts that are not empty.
func (s Scene) list(parts []string) string { return join(parts, s.Words("list.separator")) }

// line puts a middle dot between the parts that are not empty.
func line(parts ...string) string { return join(parts, " · ") }

func join(parts []string, separator string) string {
	text := ""
	for _, p := range parts {
		if p == "" {
			continue
		}
		if text != "" {
			text += separator
		}
		text += p
	}
	return text
}
