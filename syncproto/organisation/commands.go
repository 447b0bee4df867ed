package organisation

import (
	"slices"
	"strings"

	"redress/syncproto"
	"redress/syncproto/decision"
)

// DefineUnit makes a unit or changes it.
type DefineUnit struct {
	ID   syncproto.ID `cbor:"1,keyasint,omitzero"`
	Unit Unit         `cbor:"2,keyasint,omitzero"`
}

// DefinePerson makes a person or changes them. Ever is kept by the rule.
type DefinePerson struct {
	ID     syncproto.ID `cbor:"1,keyasint,omitzero"`
	Person Person       `cbor:"2,keyasint,omitzero"`
}

// EnrolDevice makes a device known. The server gives it on behalf of whoever redeemed an
// enrolment code.
type EnrolDevice struct {
	ID     syncproto.ID `cbor:"1,keyasint,omitzero"`
	Device Device       `cbor:"2,keyasint,omitzero"`
}

// RekeyDevice gives a device one more incarnation: its file fell behind, or two files of it
// exist. It moves no grant, and the incarnations before are taken as before.
type RekeyDevice struct {
	ID          syncproto.ID `cbor:"1,keyasint,omitzero"`
	Incarnation syncproto.ID `cbor:"2,keyasint,omitzero"`
	// Forked says that it is because of a second history: what the device did and what the
	// server has of it differ.
	Forked bool `cbor:"3,keyasint,omitempty"`
}

// RevokeDevice ends a device for good: it was stolen or lost, or its person is not to have it
// any more. It hands in what was done on it, and then it is told to erase itself.
type RevokeDevice struct {
	ID     syncproto.ID `cbor:"1,keyasint,omitzero"`
	Reason string       `cbor:"2,keyasint,omitempty"`
}

// NoteWiped is the server's own: a revoked device has erased what it held.
type NoteWiped struct {
	ID syncproto.ID `cbor:"1,keyasint,omitzero"`
}

// UnitDefined carries the unit as it is from now on.
type UnitDefined struct {
	Unit Unit `cbor:"1,keyasint,omitzero"`
}

// PersonDefined carries the person as they are from now on.
type PersonDefined struct {
	Person Person `cbor:"1,keyasint,omitzero"`
}

// DeviceEnrolled carries the new device.
type DeviceEnrolled struct {
	Device Device `cbor:"1,keyasint,omitzero"`
}

// DeviceRekeyed carries the incarnation that alone was taken from then on.
type DeviceRekeyed struct {
	Incarnation syncproto.ID `cbor:"1,keyasint,omitzero"`
}

// DeviceForked carries one more incarnation, the newest from now on.
type DeviceForked struct {
	Incarnation syncproto.ID `cbor:"1,keyasint,omitzero"`
	// Found is when a second history of the device was seen; 0 where none was.
	Found syncproto.Instant `cbor:"2,keyasint,omitempty"`
}

// DeviceWiped carries when.
type DeviceWiped struct {
	At syncproto.Instant `cbor:"1,keyasint,omitempty"`
}

// DeviceRevoked carries when and why.
type DeviceRevoked struct {
	At     syncproto.Instant `cbor:"1,keyasint,omitempty"`
	Reason string            `cbor:"2,keyasint,omitempty"`
}

// MaxLogin and MaxUnits bound what a person may have.
const (
	MaxLogin = 32
	MaxUnits = 16
)

// Needs is which documents the command is decided from.
func Needs(in decision.Input) []syncproto.Ref {
	switch c := in.Command.(type) {
	case DefineUnit:
		return []syncproto.Ref{UnitRef(c.ID)}
	case DefinePerson:
		return []syncproto.Ref{PersonRef(c.ID)}
	case EnrolDevice:
		return []syncproto.Ref{DeviceRef(c.ID)}
	case RekeyDevice:
		return []syncproto.Ref{DeviceRef(c.ID)}
	case RevokeDevice:
		return []syncproto.Ref{DeviceRef(c.ID)}
	case NoteWiped:
		return []syncproto.Ref{DeviceRef(c.ID)}
	}
	return nil
}

// Decide answers a command. allowed says whether the person may; known looks up a unit.
func Decide(in decision.Input, allowed bool, directory Directory) decision.Outcome {
	if !allowed {
		return decision.Reject(syncproto.Finding{Code: syncproto.CodeNotAllowed})
	}
	switch c := in.Command.(type) {
	case DefineUnit:
		return decideUnit(in, c, directory)
	case DefinePerson:
		return decidePerson(in, c, directory)
	case EnrolDevice:
		return decideEnrol(in, c, directory)
	case RekeyDevice:
		return decideRekey(in, c)
	case RevokeDevice:
		return decideRevoke(in, c)
	case NoteWiped:
		return decideWiped(in, c)
	}
	return decision.Reject(syncproto.Finding{Code: syncproto.CodeUnknownKind})
}

func decideRekey(in decision.Input, c RekeyDevice) decision.Outcome {
	doc := DeviceRef(c.ID)
	body, held := decision.Body[Device](in.Docs, doc)
	switch {
	case !held || c.Incarnation.IsZero():
		return decision.Reject(syncproto.Finding{Code: syncproto.CodeNotThere, Doc: doc})
	case body.Takes(c.Incarnation):
		return decision.Reject(syncproto.Finding{Code: syncproto.CodeAlready, Field: "incarnation", Doc: doc})
	}
	event := DeviceForked{Incarnation: c.Incarnation}
	if c.Forked {
		event.Found = in.Now
	}
	return decision.Accept(decision.Change{Doc: doc, Kind: syncproto.EventDeviceForked, Body: event})
}

func decideRevoke(in decision.Input, c RevokeDevice) decision.Outcome {
	doc := DeviceRef(c.ID)
	if wrong := decision.Require("reason", c.Reason, syncproto.MaxShortText); wrong != nil {
		return decision.Reject(*wrong)
	}
	body, held := decision.Body[Device](in.Docs, doc)
	switch {
	case !held:
		return decision.Reject(syncproto.Finding{Code: syncproto.CodeNotThere, Doc: doc})
	case body.Revoked != 0:
		return decision.Reject(syncproto.Finding{Code: syncproto.CodeAlready, Field: "device", Doc: doc, When: body.Revoked})
	}
	at := in.Now
	if in.Clock != 0 { // where the log is ahead of the clock since that was wrong, what is done from now on is after it too
		at = min(at, in.Clock)
	}
	return decision.Accept(decision.Change{Doc: doc, Kind: syncproto.EventDeviceRevoked, Body: DeviceRevoked{At: at, Reason: c.Reason}})
}

// decideUnit makes no second headquarters: the claims, accounts and escalations of one would be those of the other.
func decideUnit(in decision.Input, c DefineUnit, directory Directory) decision.Outcome {
	wrong := decision.First(
		decision.Require("name", c.Unit.Name, syncproto.MaxShortText),
		decision.Limit("phone", c.Unit.Phone, syncproto.MaxShortText))
	if wrong == nil && (c.ID.IsZero() || c.Unit.Kind.String() == "") {
		wrong = &syncproto.Finding{Code: syncproto.CodeMissing, Field: "kind"}
	}
	before, _ := decision.Body[Unit](in.Docs, UnitRef(c.ID))
	second := c.Unit.Kind == Headquarters && before.Kind != Headquarters && !in.Told
	if hq := directory.Headquarters(); wrong == nil && second && !hq.IsZero() {
		wrong = &syncproto.Finding{Code: syncproto.CodeAlready, Field: "kind", Doc: UnitRef(hq)}
	}
	if wrong != nil {
		return decision.Reject(*wrong)
	}
	return decision.Accept(decision.Change{Doc: UnitRef(c.ID), Kind: syncproto.EventUnitDefined, Body: UnitDefined{Unit: c.Unit}})
}

func decidePerson(in decision.Input, c DefinePerson, directory Directory) decision.Outcome {
	p := c.Person
	wrong := decision.First(
		decision.Require("name", p.Name, syncproto.MaxShortText),
		decision.Require("login", p.Login, MaxLogin),
		decision.Limit("phone", p.Phone, syncproto.MaxShortText))
	switch {
	case wrong != nil:
	case c.ID.IsZero() || len(p.Roles) == 0:
		wrong = &syncproto.Finding{Code: syncproto.CodeMissing, Field: "roles"}
	case strings.ContainsFunc(p.Login, func(r rune) bool { return r <= ' ' || r > '~' || strings.ContainsRune(`/\:*?"<>|`, r) }):
		wrong = &syncproto.Finding{Code: syncproto.CodeMalformed, Field: "login"}
	case len(p.Units) > MaxUnits:
		wrong = &syncproto.Finding{Code: syncproto.CodeTooLong, Field: "units"}
	}
	if wrong != nil {
		return decision.Reject(*wrong)
	}
	for _, u := range p.Units {
		if _, known := directory.Unit(u); !known {
			return decision.Reject(syncproto.Finding{Code: syncproto.CodeNotThere, Field: "unit", Doc: UnitRef(u)})
		}
	}
	if other, taken := directory.ByLogin(p.Login); taken && other != c.ID {
		return decision.Reject(syncproto.Finding{Code: syncproto.CodeAlready, Field: "login", Text: p.Login})
	}
	before, _ := decision.Body[Person](in.Docs, PersonRef(c.ID))
	p.Ever = append(slices.Clone(before.Ever), p.Roles...)
	slices.Sort(p.Ever)
	p.Ever = slices.Compact(p.Ever)
	return decision.Accept(decision.Change{Doc: PersonRef(c.ID), Kind: syncproto.EventPersonDefined, Body: PersonDefined{Person: p}})
}

func decideEnrol(in decision.Input, c EnrolDevice, directory Directory) decision.Outcome {
	d := c.Device
	wrong := decision.First(
		decision.Require("name", d.Name, syncproto.MaxShortText),
		decision.Require("code", d.Code, 8))
	if wrong == nil && (c.ID.IsZero() || d.Incarnation.IsZero() || len(d.Key) != 32) {
		wrong = &syncproto.Finding{Code: syncproto.CodeMissing, Field: "key"}
	}
	if wrong != nil {
		return decision.Reject(*wrong)
	}
	if _, known := directory.Person(d.Person); !known {
		return decision.Reject(syncproto.Finding{Code: syncproto.CodeNotThere, Doc: PersonRef(d.Person)})
	}
	if _, held := decision.Body[Device](in.Docs, DeviceRef(c.ID)); held || directory.CodeTaken(d.Code) {
		return decision.Reject(syncproto.Finding{Code: syncproto.CodeAlready, Field: "code"})
	}
	d.EnrolledAt, d.Revoked = in.Now, 0
	return decision.Accept(decision.Change{Doc: DeviceRef(c.ID), Kind: syncproto.EventDeviceEnrolled, Body: DeviceEnrolled{Device: d}})
}

// decideWiped: only what was revoked can have been erased by order. Who says so on another line while that is
// being written has said it: there is nothing to do.
func decideWiped(in decision.Input, c NoteWiped) decision.Outcome {
	doc := DeviceRef(c.ID)
	body, held := decision.Body[Device](in.Docs, doc)
	switch {
	case !held || body.Revoked == 0:
		return decision.Reject(syncproto.Finding{Code: syncproto.CodeNotThere, Doc: doc})
	case body.Wiped != 0:
		return decision.Accept()
	}
	return decision.Accept(decision.Change{Doc: doc, Kind: syncproto.EventDeviceWiped, Body: DeviceWiped{At: in.Now}})
}

// EvolveUnit applies an event to a unit.
func EvolveUnit(body Unit, event any) Unit {
	if e, ok := event.(UnitDefined); ok {
		return e.Unit
	}
	return body
}

// EvolvePerson applies an event to a person.
func EvolvePerson(body Person, event any) Person {
	if e, ok := event.(PersonDefined); ok {
		return e.Person
	}
	return body
}

// EvolveDevice applies an event to a device.
func EvolveDevice(body Device, event any) Device {
	switch e := event.(type) {
	case DeviceEnrolled:
		return e.Device
	case DeviceRekeyed:
		body.Incarnation = e.Incarnation
	case DeviceForked:
		former := append(slices.Clone(body.Former), body.Incarnation)
		body.Former, body.Incarnation = former[max(len(former)-MaxFormer, 0):], e.Incarnation
		if body.Forked == 0 {
			body.Forked = e.Found
		}
	case DeviceRevoked:
		body.Revoked = e.At
	case DeviceWiped:
		body.Wiped = e.At
	}
	return body
}

// Directory is what the rules ask of who is who.
type Directory interface {
	Person(id syncproto.ID) (Person, bool)
	Unit(id syncproto.ID) (Unit, bool)
	ByLogin(login string) (syncproto.ID, bool)
	CodeTaken(code string) bool
	Headquarters() syncproto.ID
}
