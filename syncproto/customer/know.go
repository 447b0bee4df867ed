package customer

import (
	"slices"

	"redress/syncproto"
	"redress/syncproto/decision"
)

// Check finds what is wrong with what a desk says of customer and car; nil where nothing
// is. A customer the desk knows needs the id only.
func Check(caller Caller, car Car) *syncproto.Finding {
	wrong := decision.First(
		decision.Limit(FieldName, caller.Name, MaxName),
		decision.Limit("model", car.Model, MaxModel),
		checkPhones(caller.Phones))
	switch {
	case wrong != nil:
		return wrong
	case caller.ID.IsZero():
		return &syncproto.Finding{Code: syncproto.CodeMissing, Field: FieldName}
	case car.VIN == "" && car.Model != "":
		return &syncproto.Finding{Code: syncproto.CodeMissing, Field: "vin"}
	case car.VIN != "":
		if vin, err := NormaliseVIN(car.VIN); err != nil || vin != car.VIN {
			return &syncproto.Finding{Code: CodeVIN, Field: "vin", Text: car.VIN}
		}
	}
	return nil
}

func checkPhones(phones []string) *syncproto.Finding {
	if len(phones) > MaxPhones {
		return &syncproto.Finding{Code: syncproto.CodeTooLong, Field: FieldPhone}
	}
	for _, p := range phones {
		if wrong := decision.Require(FieldPhone, p, MaxPhone); wrong != nil {
			return wrong
		}
	}
	return nil
}

// Files are the documents of customer and car.
func Files(caller Caller, car Car) []syncproto.Ref {
	refs := []syncproto.Ref{Ref(caller.ID)}
	if car.VIN != "" {
		refs = append(refs, VehicleRef(VehicleID(car.VIN)))
	}
	return refs
}

// Introduce is the changes by which a new ticket makes or completes the files of its
// customer and car, and lets the units read them. A file that is there keeps what it says.
// missing names the customer's document where the desk said too little to make it.
func Introduce(docs decision.Docs, caller Caller, car Car, units []syncproto.ID) (changes []decision.Change, missing syncproto.Ref) {
	ref := Ref(caller.ID)
	_, held := decision.Body[Body](docs, ref)
	switch {
	case !held && caller.Name == "" && len(caller.Phones) == 0:
		return nil, ref
	case !held:
		changes = append(changes, decision.Change{Doc: ref, Kind: syncproto.EventCustomerKnown,
			Body: Known{Name: caller.Name, Phones: caller.Phones}})
	}
	changes = append(changes, AddReaders(ref, units)...)
	if car.VIN == "" {
		return changes, syncproto.Ref{}
	}
	ref = VehicleRef(VehicleID(car.VIN))
	vehicle, held := decision.Body[Vehicle](docs, ref)
	switch {
	case !held:
		changes = append(changes, decision.Change{Doc: ref, Kind: syncproto.EventVehicleKnown,
			Body: VehicleKnown(car)})
	case vehicle.Model == "" && car.Model != "":
		changes = append(changes, decision.Change{Doc: ref, Kind: syncproto.EventVehicleAmended,
			Body: VehicleAmended{Model: car.Model}})
	}
	return append(changes, AddReaders(ref, units)...), syncproto.Ref{}
}

// AddReaders lets units read a file because of one more ticket.
func AddReaders(file syncproto.Ref, units []syncproto.ID) []decision.Change {
	changes := make([]decision.Change, 0, len(units))
	for _, u := range units {
		changes = append(changes, decision.Change{Doc: file, Kind: syncproto.EventReaderAdded, Body: ReaderAdded{Bucket: syncproto.Bucket(u)}})
	}
	return changes
}

// RemoveReader is one ticket less through which the unit reads a file.
func RemoveReader(file syncproto.Ref, unit syncproto.ID) decision.Change {
	return decision.Change{Doc: file, Kind: syncproto.EventReaderRemoved, Body: ReaderRemoved{Bucket: syncproto.Bucket(unit)}}
}

// Amend is the change that puts a field of a customer's file right, or why not: it no
// longer reads old.
func Amend(docs decision.Docs, ref syncproto.Ref, amended Amended) (decision.Change, *syncproto.Finding) {
	body, held := decision.Body[Body](docs, ref)
	if !held {
		return decision.Change{}, &syncproto.Finding{Code: syncproto.CodeNotThere, Field: amended.Field, Doc: ref}
	}
	refuse := func(code syncproto.Code) (decision.Change, *syncproto.Finding) {
		return decision.Change{}, &syncproto.Finding{Code: code, Field: amended.Field}
	}
	limit := MaxName
	if amended.Field == FieldPhone {
		limit = MaxPhone
	}
	if wrong := decision.Limit(amended.Field, amended.New, limit); wrong != nil {
		return decision.Change{}, wrong
	}
	switch amended.Field {
	case FieldName:
		switch {
		case body.Name != amended.Old:
			return decision.Change{}, &syncproto.Finding{Code: syncproto.CodeChanged, Field: amended.Field, Text: body.Name}
		case amended.New == "":
			return refuse(syncproto.CodeMissing)
		}
	case FieldPhone:
		switch {
		case amended.Old == "" && amended.New == "":
			return refuse(syncproto.CodeMissing)
		case amended.Old != "" && !slices.Contains(body.Phones, amended.Old):
			return refuse(syncproto.CodeChanged)
		case slices.Contains(body.Phones, amended.New):
			return refuse(syncproto.CodeAlready)
		case amended.Old == "" && len(body.Phones) >= MaxPhones:
			return refuse(syncproto.CodeTooLong)
		}
	}
	return decision.Change{Doc: ref, Kind: syncproto.EventCustomerAmended, Body: amended}, nil
}
