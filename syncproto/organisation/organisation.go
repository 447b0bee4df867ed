// Package organisation is who is who: persons with their roles, units they belong to, and
// the devices they work on.
//
// Persons, units and devices are documents in the bucket of reference data, so that every
// desk knows whose direct number to give a customer, also offline. Credentials are not
// here: they are rows of the server outside the log.
package organisation

import (
	"slices"

	"redress/syncproto"
	"redress/syncproto/policy"
)

// UnitKind is what a unit is.
type UnitKind uint8

// Kinds of units.
const (
	CallCentre   UnitKind = 1
	Region       UnitKind = 2
	Department   UnitKind = 3
	Headquarters UnitKind = 4
)

var unitKindNames = map[UnitKind]string{CallCentre: "call-centre", Region: "region", Department: "department", Headquarters: "headquarters"}

// String is the kind's name on the command line and in scenarios.
func (k UnitKind) String() string { return unitKindNames[k] }

// UnitKinds are all kinds in order.
func UnitKinds() []UnitKind { return []UnitKind{CallCentre, Region, Department, Headquarters} }

// ParseUnitKind reads what String wrote.
func ParseUnitKind(name string) (UnitKind, bool) {
	for k, n := range unitKindNames {
		if n == name {
			return k, true
		}
	}
	return 0, false
}

// Unit is a region, a department, the call centre or headquarters. Its ID is its bucket.
type Unit struct {
	Name  string   `cbor:"1,keyasint,omitempty"`
	Kind  UnitKind `cbor:"2,keyasint,omitempty"`
	Phone string   `cbor:"3,keyasint,omitempty"` // direct number of whoever is on duty
}

// Person is someone who works here.
type Person struct {
	Name  string            `cbor:"1,keyasint,omitempty"`
	Login string            `cbor:"2,keyasint,omitempty"`
	Roles []policy.Role     `cbor:"3,keyasint,omitempty"`
	Units []syncproto.ID    `cbor:"4,keyasint,omitempty"`
	Phone string            `cbor:"5,keyasint,omitempty"` // direct number, also given to customers
	Left  syncproto.Instant `cbor:"6,keyasint,omitempty"` // from when on they have no rights
	// Ever are all roles the person ever had: a fact is refused only from someone who never
	// had the role.
	Ever []policy.Role `cbor:"7,keyasint,omitempty"`
}

// Has says whether the person has the role now.
func (p Person) Has(role policy.Role) bool { return slices.Contains(p.Roles, role) }

// In says whether the person belongs to the unit.
func (p Person) In(unit syncproto.ID) bool { return slices.Contains(p.Units, unit) }

// Buckets are what a desk of the person holds: reference data, the person's own, and one
// for each unit, each once.
func (p Person) Buckets(person syncproto.ID) []syncproto.Bucket {
	buckets := []syncproto.Bucket{syncproto.ReferenceBucket, syncproto.Bucket(person)}
	for _, u := range p.Units {
		if b := syncproto.Bucket(u); !slices.Contains(buckets, b) {
			buckets = append(buckets, b)
		}
	}
	return buckets
}

// HeldNow is what a desk of the person is to hold; none for who left.
func (p Person) HeldNow(id syncproto.ID) []syncproto.Bucket {
	if p.Left != 0 {
		return nil
	}
	return p.Buckets(id)
}

// Device is one person's replica on one machine.
type Device struct {
	Person syncproto.ID `cbor:"1,keyasint,omitzero"`
	Name   string       `cbor:"2,keyasint,omitempty"`
	// Code is the first half of the numbers of tickets opened here: K7MQ.
	Code string `cbor:"3,keyasint,omitempty"`
	Key  []byte `cbor:"4,keyasint,omitempty"` // Ed25519 public key
	// Incarnation is the newest one.
	Incarnation syncproto.ID      `cbor:"5,keyasint,omitzero"`
	EnrolledAt  syncproto.Instant `cbor:"6,keyasint,omitempty"`
	Revoked     syncproto.Instant `cbor:"7,keyasint,omitempty"`
	// Former are the incarnations before the newest, the oldest first, at most MaxFormer. Each
	// is a line of commands of its own, and a file that goes on where such a line stopped is
	// taken: of two copies of a disk neither is in the other's way.
	Former []syncproto.ID `cbor:"8,keyasint,omitempty"`
	// Forked is when the server first saw a second history of this device: its disk was copied,
	// or set back to an earlier state. For a person at headquarters (design §4, §5).
	Forked syncproto.Instant `cbor:"9,keyasint,omitempty"`
	// Wiped is when a revoked device said that it has handed in and erased itself.
	Wiped syncproto.Instant `cbor:"10,keyasint,omitempty"`
}

// MaxFormer is how many incarnations a device keeps beside its newest. One that is forgotten
// gets a new incarnation when it comes.
const MaxFormer = 32

// Takes says that commands of the incarnation are taken.
func (d Device) Takes(incarnation syncproto.ID) bool {
	return !incarnation.IsZero() && (d.Incarnation == incarnation || slices.Contains(d.Former, incarnation))
}

// PersonRef names a person's document.
func PersonRef(id syncproto.ID) syncproto.Ref {
	return syncproto.Ref{Kind: syncproto.KindPerson, ID: id}
}

// UnitRef names a unit's document.
func UnitRef(id syncproto.ID) syncproto.Ref {
	return syncproto.Ref{Kind: syncproto.KindUnit, ID: id}
}

// DeviceRef names a device's document.
func DeviceRef(id syncproto.ID) syncproto.Ref {
	return syncproto.Ref{Kind: syncproto.KindDevice, ID: id}
}
