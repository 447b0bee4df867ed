// Package customer keeps the two files that tickets share: who called, and which car it
// is about.
//
// It promises, in order of importance:
//
//  1. Whoever holds a ticket can see its customer and its car, and nobody else: both
//     documents count, for each unit, the tickets through which it reads them, and leave
//     a unit's desks when the count comes to nothing (design §7).
//  2. Two desks that open tickets about one car while offline mean one document: a car's
//     id follows from its VIN. A customer's id is chosen by the desk, because a telephone
//     number is not a person.
//  3. What one person wrote is never overwritten in silence by another's ticket: a file
//     that is there already is only completed, and amended by a command that says what it
//     replaces.
package customer

import (
	"slices"

	"redress/syncproto"
)

// Body is a customer's file.
type Body struct {
	Name    string   `cbor:"1,keyasint,omitempty"`
	Phones  []string `cbor:"2,keyasint,omitempty"`
	Readers []Reader `cbor:"3,keyasint,omitempty"`
}

// Vehicle is a car's file (requirements §2).
type Vehicle struct {
	VIN     string   `cbor:"1,keyasint,omitempty"` // normalised: 17 capital letters and digits
	Model   string   `cbor:"2,keyasint,omitempty"`
	Readers []Reader `cbor:"3,keyasint,omitempty"`
}

// Reader is a unit that reads a file because of so many tickets.
type Reader struct {
	Bucket  syncproto.Bucket `cbor:"1,keyasint,omitzero"`
	Tickets uint32           `cbor:"2,keyasint,omitempty"`
}

// Caller says whose ticket it is: the customer's id, and name and numbers where the desk
// does not know the customer yet.
type Caller struct {
	ID     syncproto.ID `cbor:"1,keyasint,omitzero"`
	Name   string       `cbor:"2,keyasint,omitempty"`
	Phones []string     `cbor:"3,keyasint,omitempty"`
}

// Car says which car a ticket is about; the zero Car says none.
type Car struct {
	VIN   string `cbor:"1,keyasint,omitempty"`
	Model string `cbor:"2,keyasint,omitempty"`
}

// Known is the event that makes a customer's file.
type Known struct {
	Name   string   `cbor:"1,keyasint,omitempty"`
	Phones []string `cbor:"2,keyasint,omitempty"`
}

// Amended is the event of a mistyped field put right.
type Amended struct {
	Field string `cbor:"1,keyasint,omitempty"` // FieldName or FieldPhone
	Old   string `cbor:"2,keyasint,omitempty"` // "" adds a number
	New   string `cbor:"3,keyasint,omitempty"` // "" takes one away
}

// VehicleKnown is the event that makes a car's file.
type VehicleKnown struct {
	VIN   string `cbor:"1,keyasint,omitempty"`
	Model string `cbor:"2,keyasint,omitempty"`
}

// VehicleAmended is the event that completes a car's file.
type VehicleAmended struct {
	Model string `cbor:"1,keyasint,omitempty"`
}

// ReaderAdded is the event of one more ticket through which a unit reads the file.
type ReaderAdded struct {
	Bucket syncproto.Bucket `cbor:"1,keyasint,omitzero"`
}

// ReaderRemoved is the event of one ticket less.
type ReaderRemoved struct {
	Bucket syncproto.Bucket `cbor:"1,keyasint,omitzero"`
}

// The fields of a customer's file that can be amended; their names in assets/words.
const (
	FieldName  = "customer-name"
	FieldPhone = "customer-phone"
)

// Limits of the files.
const (
	MaxPhones = 8
	MaxPhone  = 40  // runes
	MaxName   = 100 // runes
	MaxModel  = 100 // runes
)

// Ref names a customer's document.
func Ref(id syncproto.ID) syncproto.Ref {
	if id.IsZero() {
		return syncproto.Ref{}
	}
	return syncproto.Ref{Kind: syncproto.KindCustomer, ID: id}
}

// VehicleRef names a car's document by its id (see VehicleID).
func VehicleRef(id syncproto.ID) syncproto.Ref {
	if id.IsZero() {
		return syncproto.Ref{}
	}
	return syncproto.Ref{Kind: syncproto.KindVehicle, ID: id}
}

// Evolve applies an event to a customer's file.
func Evolve(body Body, event any) Body {
	switch e := event.(type) {
	case Known:
		body.Name, body.Phones = e.Name, slices.Clone(e.Phones)
	case Amended:
		body = amend(body, e)
	case ReaderAdded:
		body.Readers = count(body.Readers, e.Bucket, 1)
	case ReaderRemoved:
		body.Readers = count(body.Readers, e.Bucket, -1)
	}
	return body
}

// EvolveVehicle applies an event to a car's file.
func EvolveVehicle(body Vehicle, event any) Vehicle {
	switch e := event.(type) {
	case VehicleKnown:
		body.VIN, body.Model = e.VIN, e.Model
	case VehicleAmended:
		body.Model = e.Model
	case ReaderAdded:
		body.Readers = count(body.Readers, e.Bucket, 1)
	case ReaderRemoved:
		body.Readers = count(body.Readers, e.Bucket, -1)
	}
	return body
}

func amend(body Body, e Amended) Body {
	if e.Field == FieldName {
		body.Name = e.New
		return body
	}
	phones := slices.Clone(body.Phones)
	at := slices.Index(phones, e.Old)
	switch {
	case e.Old == "":
		phones = append(phones, e.New)
	case at >= 0 && e.New == "":
		phones = slices.Delete(phones, at, at+1)
	case at >= 0:
		phones[at] = e.New
	}
	body.Phones = phones
	return body
}

// count gives a reader one ticket more or less, on a copy in the order of the buckets.
func count(readers []Reader, bucket syncproto.Bucket, by int) []Reader {
	next := slices.Clone(readers)
	at, found := slices.BinarySearchFunc(next, bucket, func(r Reader, b syncproto.Bucket) int {
		switch {
		case r.Bucket == b:
			return 0
		case syncproto.ID(r.Bucket).Less(syncproto.ID(b)):
			return -1
		}
		return 1
	})
	switch {
	case by > 0 && found:
		next[at].Tickets++
	case by > 0:
		next = slices.Insert(next, at, Reader{Bucket: bucket, Tickets: 1})
	case found && next[at].Tickets > 1:
		next[at].Tickets--
	case found:
		next = slices.Delete(next, at, at+1)
	}
	return next
}

// Buckets are the readers of a customer's file.
func Buckets(_ syncproto.ID, body Body) []syncproto.Bucket { return readersOf(body.Readers) }

// VehicleBuckets are the readers of a car's file.
func VehicleBuckets(_ syncproto.ID, body Vehicle) []syncproto.Bucket { return readersOf(body.Readers) }

func readersOf(readers []Reader) []syncproto.Bucket {
	buckets := make([]syncproto.Bucket, 0, len(readers))
	for _, r := range readers {
		buckets = append(buckets, r.Bucket)
	}
	return buckets
}
