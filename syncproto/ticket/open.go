package ticket

import (
	"strings"

	"redress/syncproto"
	"redress/syncproto/customer"
	"redress/syncproto/decision"
	"redress/syncproto/organisation"
	"redress/syncproto/reference"
)

// decideOpen makes the ticket, and with it the files of its customer and car. Opening is a
// fact: it is refused only where it says too little to be a ticket.
func decideOpen(in decision.Input, ref reference.Reference, c Open) decision.Outcome {
	doc := Ref(c.ID)
	if wrong := checkOpen(ref, c); wrong != nil {
		return decision.Reject(*wrong)
	}
	if _, held := decision.Body[Body](in.Docs, doc); held {
		return decision.Reject(syncproto.Finding{Code: syncproto.CodeAlready, Doc: doc})
	}
	files, missing := customer.Introduce(in.Docs, c.Customer, c.Vehicle, []syncproto.ID{c.CallCentre, c.Region})
	switch {
	case !missing.IsZero() && in.AtTap:
		return decision.Reject(syncproto.Finding{Code: syncproto.CodeMissing, Field: customer.FieldName})
	case !missing.IsZero():
		return decision.WaitFor(missing)
	}
	opened := Opened{
		Number: c.Number, Channel: c.Channel, Board: c.Board, Type: c.Type, Category: c.Category,
		Subject: c.Subject, Description: c.Description, Demand: c.Demand, Station: c.Station,
		Region: c.Region, CallCentre: c.CallCentre, Customer: c.Customer.ID,
		OpenedBy: in.Intent.Person, OpenedOn: in.Device, FirstContact: in.At, Policy: ref.Policy.Number,
	}
	if c.Vehicle.VIN != "" {
		opened.Vehicle = customer.VehicleID(c.Vehicle.VIN)
	}
	d := deciding{in: in, ref: ref, doc: doc, body: Evolve(Body{}, opened)}
	clocks := d.clocks()
	d.beginLadders(clocks)
	changes := append([]decision.Change{{Doc: doc, Kind: syncproto.EventTicketOpened, Body: opened}}, files...)
	out := decision.Accept(append(changes, clocks.Changes()...)...)
	if IsForeign(ref, in.Device, c.Number) {
		out = out.Remark(syncproto.Finding{Code: CodeForeignNumber, Text: c.Number})
	}
	return out
}

// IsForeign says that a ticket's number is not of the device that opened it: a desk counts its own
// numbers, so two that are alike have one that was made up. Of a device that is not known nobody
// can say.
func IsForeign(ref reference.Reference, device syncproto.ID, number string) bool {
	d, known := ref.Device(device)
	return known && d.Code != "" && !strings.HasPrefix(number, d.Code+"-")
}

func checkOpen(ref reference.Reference, c Open) *syncproto.Finding {
	if c.ID.IsZero() {
		return &syncproto.Finding{Code: syncproto.CodeMissing, Field: "ticket"}
	}
	wrong := decision.First(
		decision.Require("number", c.Number, MaxNumber),
		decision.Require("channel", c.Channel, MaxChoice),
		decision.Limit("board", c.Board, MaxChoice),
		decision.Require("type", c.Type, MaxChoice),
		checkField(FieldSubject, c.Subject),
		checkField(FieldDescription, c.Description),
		checkField(FieldDemand, c.Demand),
		checkField(FieldStation, c.Station),
		checkField(FieldCategory, c.Category),
		customer.Check(c.Customer, c.Vehicle))
	switch {
	case wrong != nil:
		return wrong
	case !isUnit(ref, c.Region, organisation.Region):
		return &syncproto.Finding{Code: syncproto.CodeNotThere, Field: "region", Doc: organisation.UnitRef(c.Region)}
	case !isUnit(ref, c.CallCentre, organisation.CallCentre):
		return &syncproto.Finding{Code: syncproto.CodeNotThere, Field: "call-centre", Doc: organisation.UnitRef(c.CallCentre)}
	}
	return nil
}

// checkField finds what is wrong with the text of a field that stands in the body; nil
// where nothing is.
func checkField(field, text string) *syncproto.Finding {
	limits := map[string]int{FieldSubject: MaxSubject, FieldDescription: MaxDescription, FieldDemand: MaxDemand,
		FieldStation: MaxStation, FieldCategory: MaxChoice}
	limit, known := limits[field]
	switch {
	case !known:
		return &syncproto.Finding{Code: syncproto.CodeMalformed, Field: field}
	case len(text) > 3*limit: // a body full of characters of four bytes would not fit
		return &syncproto.Finding{Code: syncproto.CodeTooLong, Field: field}
	case field == FieldSubject:
		return decision.Require(field, text, limit)
	}
	return decision.Limit(field, text, limit)
}
