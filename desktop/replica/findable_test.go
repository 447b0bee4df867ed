package replica_test

import (
	"math"
	"reflect"
	"slices"
	"strings"
	"testing"

	"redress/desktop/replica"
	"redress/syncproto"
	"redress/syncproto/customer"
	"redress/syncproto/decision"
	"redress/syncproto/rules"
	"redress/syncproto/ticket"
)

// unfound are the texts of events by which nothing is found, each with why.
var unfound = map[string]string{
	"opened.Channel": picked, "contacted.Channel": picked, "finally-responded.Channel": picked, "reopened.Channel": picked,

	"amended.Field": aName, "customer-amended.Field": aName, "claim-duplicate.Why": aName,
	"amended.Old": putRight, "customer-amended.Old": putRight,
	"clock-started.What": "what was promised, which is found by the promise",

	"claim-amended.Reason":             claimTrail,
	"claim-duplicate.Decision.Reason":  claimTrail,
	"claim-duplicate.Decision.Comment": claimTrail,

	"limit-set.Reason": account, "limit-set.Operator": account, "written-off.Reason": account, "written-off.Operator": account,

	"unit-defined.Unit.Name": reference, "unit-defined.Unit.Phone": reference,
	"person-defined.Person.Name": reference, "person-defined.Person.Login": reference, "person-defined.Person.Phone": reference,
	"device-enrolled.Device.Name": reference, "device-enrolled.Device.Code": reference,
	"device-revoked.Reason":         reference,
	"policy-issued.Policy.Channels": reference, "policy-issued.Policy.Boards": reference, "policy-issued.Policy.Types": reference,
	"policy-issued.Policy.Categories": reference, "policy-issued.Policy.Reasons": reference,
}

// Why texts are not searched.
const (
	picked     = "picked from a list that hundreds of tickets share: it tells nothing apart"
	aName      = "a name of the program's, which nobody wrote"
	putRight   = "a mistake that was put right: who looks for a ticket looks for what it says now"
	claimTrail = "in the trail of a claim, which is found by what it is for and by the decisions that stand; the trail is read on the claim"
	account    = "of a manager's month, which is no page of tickets and claims; it has a list of its own"
	reference  = "reference data, offered where it is picked, and too little to be searched"
)

// fields are the events that say of which field they speak: one of these makes them whole.
var fields = map[syncproto.EventKind]any{
	syncproto.EventAmended:         ticket.Amended{Field: ticket.FieldSubject},
	syncproto.EventCustomerAmended: customer.Amended{Field: customer.FieldName},
}

// marks are texts that nobody else writes: words, a telephone number, a VIN, a number.
var marks = []string{"独角兽", "13955550001", "LFV3A23C8K3055555", "K7MQ-05555"}

// Whatever people write is found: in the trail of a ticket, or by the document as it then stands.
// What is not is named above, with its reason, so that a new kind of event, or a new text in one,
// has to be found or named.
func TestEveryTextIsFoundOrNamed(t *testing.T) {
	d := seatDesk(t)
	missing := map[string]bool{}
	kinds := 0
	for kind := syncproto.EventKind(1); kind < math.MaxUint16; kind++ {
		zero, err := rules.ReadEvent(syncproto.Event{Kind: kind, Body: syncproto.MustEncode(struct{}{})})
		if err != nil {
			continue // there is none
		}
		kinds++
		if whole := fields[kind]; whole != nil {
			zero = whole
		}
		for _, path := range textsOf(reflect.TypeOf(zero), nil) {
			found := slices.ContainsFunc(marks, func(mark string) bool { return d.findsIn(kind, with(zero, path, mark), mark) })
			if name := named(kind, reflect.TypeOf(zero), path); !found {
				missing[name] = true
			}
		}
	}
	for name := range missing {
		if unfound[name] == "" {
			t.Errorf("nothing is found by %s: give its kind to speaks and textOf, or name it here with the reason", name)
		}
	}
	for name := range unfound {
		if !missing[name] {
			t.Errorf("%s is said not to be found, and it is, or there is none", name)
		}
	}
	if kinds < 40 {
		t.Errorf("only %d kinds of events were looked at", kinds)
	}
}

// findsIn says whether a mark is found that stands in an event: in the trail, or by a document
// with the event applied.
func (d *desk) findsIn(kind syncproto.EventKind, event any, mark string) bool {
	d.t.Helper()
	e := syncproto.Event{Kind: kind, Version: 1, Body: syncproto.MustEncode(event)}
	found, err := replica.FindsStep(e, mark)
	d.must(err)
	for _, doc := range []syncproto.DocKind{syncproto.KindTicket, syncproto.KindClaim, syncproto.KindCustomer, syncproto.KindVehicle} {
		if found {
			return true
		}
		ref := syncproto.Ref{Kind: doc, ID: syncproto.Derive("found")}
		after, err := rules.Evolve(ref, decision.Doc{}, e)
		d.must(err)
		found, err = d.FindsBody(ctx, ref, after.Body, mark)
		d.must(err)
	}
	return found
}

// textsOf are the ways to every text in a type.
func textsOf(typ reflect.Type, way []int) (ways [][]int) {
	switch typ.Kind() {
	case reflect.String:
		return [][]int{slices.Clone(way)}
	case reflect.Slice:
		return textsOf(typ.Elem(), append(way, 0))
	case reflect.Struct:
		for n := range typ.NumField() {
			ways = append(ways, textsOf(typ.Field(n).Type, append(way, n))...)
		}
	}
	return ways
}

// with is the event with a text at the end of a way.
func with(event any, way []int, text string) any {
	whole := reflect.New(reflect.TypeOf(event)).Elem()
	whole.Set(reflect.ValueOf(event))
	at := whole
	for _, n := range way {
		if at.Kind() == reflect.Slice {
			at.Set(reflect.MakeSlice(at.Type(), 1, 1))
			at = at.Index(0)
			continue
		}
		at = at.Field(n)
	}
	at.SetString(text)
	return whole.Interface()
}

// named is a text as it is called in the list: contacted.Text.
func named(kind syncproto.EventKind, typ reflect.Type, way []int) string {
	parts := []string{kind.String()}
	for _, n := range way {
		if typ.Kind() == reflect.Slice {
			typ = typ.Elem()
			continue
		}
		parts = append(parts, typ.Field(n).Name)
		typ = typ.Field(n).Type
	}
	return strings.Join(parts, ".")
}
