package reference_test

import (
	"reflect"
	"testing"

	"redress/syncproto"
	"redress/syncproto/organisation"
	"redress/syncproto/policy"
	"redress/syncproto/reference"
)

func id(n uint64) syncproto.ID { return syncproto.NumberedID(n) }

// changes: a unit, a person who changes login, another who takes the old one, a device
// that is rekeyed, and two policy versions.
func changes() []reference.Change {
	return []reference.Change{
		{Seq: 1, Ref: organisation.UnitRef(id(1)), Body: organisation.Unit{Name: "华东区", Kind: organisation.Region}},
		{Seq: 2, Ref: organisation.PersonRef(id(2)), Body: organisation.Person{Name: "李敏", Login: "li", Roles: []policy.Role{policy.Manager}, Units: []syncproto.ID{id(1)}}},
		{Seq: 3, Ref: organisation.PersonRef(id(2)), Body: organisation.Person{Name: "李敏", Login: "limin", Roles: []policy.Role{policy.Manager}, Units: []syncproto.ID{id(1)}}},
		{Seq: 4, Ref: organisation.PersonRef(id(3)), Body: organisation.Person{Name: "李强", Login: "li", Roles: []policy.Role{policy.Seat}}},
		{Seq: 5, Ref: organisation.DeviceRef(id(4)), Body: organisation.Device{Person: id(2), Code: "K7MQ", Incarnation: id(5)}},
		{Seq: 6, Ref: organisation.DeviceRef(id(4)), Body: organisation.Device{Person: id(2), Code: "K7MQ", Incarnation: id(6)}},
		{Seq: 7, Ref: policy.Ref(1), Body: policy.Body{Number: 1}},
		{Seq: 9, Ref: policy.Ref(2), Body: policy.Body{Number: 2}},
	}
}

func TestManyChangesAtOnceAreTheSameAsOneByOne(t *testing.T) {
	var oneByOne reference.Reference
	for i, c := range changes() {
		oneByOne = oneByOne.With(c.Seq, c.Ref, c.Body)
		atOnce := reference.Reference{}.WithAll(changes()[:3])
		atOnce = atOnce.WithAll(changes()[min(3, i+1) : i+1])
		if i >= 3 && !reflect.DeepEqual(people(oneByOne), people(atOnce)) {
			t.Errorf("after change %d: one by one %v, at once %v", i, people(oneByOne), people(atOnce))
		}
	}
	if who, _ := oneByOne.ByLogin("li"); who != id(3) {
		t.Errorf("login li is %v, want the second person", who)
	}
	if oneByOne.Policy.Number != 2 || oneByOne.Seq != 9 {
		t.Errorf("policy %d at %d, want 2 at 9", oneByOne.Policy.Number, oneByOne.Seq)
	}
}

func TestAReferenceHandedOutDoesNotChange(t *testing.T) {
	before := reference.Reference{}.WithAll(changes()[:2])
	before.WithAll(changes()[2:])
	before.With(3, changes()[2].Ref, changes()[2].Body)
	if p, _ := before.Person(id(2)); p.Login != "li" {
		t.Errorf("an old Reference now says %q, want li", p.Login)
	}
	if _, known := before.Person(id(3)); known {
		t.Error("an old Reference knows a person who came later")
	}
}

// people is what a Reference answers, to compare two.
func people(r reference.Reference) []any {
	answers := []any{r.Seq, r.Policy.Number, r.CodeTaken("K7MQ"), r.Members(id(1), policy.Manager), r.UnitsOf(organisation.Region)}
	for n := range uint64(8) {
		p, _ := r.Person(id(n))
		d, _ := r.Device(id(n))
		u, _ := r.Unit(id(n))
		answers = append(answers, p, d, u)
	}
	for _, login := range []string{"li", "limin"} {
		who, known := r.ByLogin(login)
		answers = append(answers, who, known)
	}
	return answers
}
