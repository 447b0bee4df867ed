package customer_test

import (
	"errors"
	"testing"

	"redress/syncproto"
	"redress/syncproto/customer"
)

func TestNormaliseVIN(t *testing.T) {
	for _, c := range []struct{ typed, vin string }{
		{"LSVAA4182E2123456", "LSVAA4182E2123456"},
		{" lsv aa418-2e2123456 ", "LSVAA4182E2123456"},
		{"ＬＳＶＡＡ４１８２Ｅ２１２３４５６", "LSVAA4182E2123456"},
		{"LSVAA4182E212345", ""},
		{"LSVAA4182E21234567", ""},
		{"LSVAA4182E212345O", ""},
		{"ISVAA4182E2123456", ""},
		{"QSVAA4182E2123456", ""},
		{"LSVAA4182E212345车", ""},
		{"", ""},
	} {
		vin, err := customer.NormaliseVIN(c.typed)
		if vin != c.vin || (err == nil) != (c.vin != "") {
			t.Errorf("%q became %q, %v; want %q", c.typed, vin, err, c.vin)
		}
		if err != nil && !errors.Is(err, &syncproto.Problem{Code: customer.CodeVIN}) {
			t.Errorf("%q: %v", c.typed, err)
		}
	}
}

// Two desks that are offline make one document of one car.
func TestVehicleIDFollowsFromTheVIN(t *testing.T) {
	a, _ := customer.NormaliseVIN("lsvaa4182e2123456")
	b, _ := customer.NormaliseVIN("LSVAA 4182 E212 3456")
	if customer.VehicleID(a) != customer.VehicleID(b) || customer.VehicleID(a) == customer.VehicleID("LSVAA4182E2123457") {
		t.Fatal("the id does not follow from the VIN")
	}
}

// A unit reads a file as long as one of its tickets concerns it, whatever the order in
// which they come and go.
func TestReadersAreCounted(t *testing.T) {
	a, b := syncproto.Bucket(syncproto.Derive("a")), syncproto.Bucket(syncproto.Derive("b"))
	var body customer.Body
	for _, e := range []any{customer.ReaderAdded{Bucket: a}, customer.ReaderAdded{Bucket: b}, customer.ReaderAdded{Bucket: a}, customer.ReaderRemoved{Bucket: a}} {
		body = customer.Evolve(body, e)
	}
	if got := customer.Buckets(syncproto.ID{}, body); len(got) != 2 {
		t.Fatalf("%v", got)
	}
	body = customer.Evolve(body, customer.ReaderRemoved{Bucket: a})
	body = customer.Evolve(body, customer.ReaderRemoved{Bucket: a})
	if got := customer.Buckets(syncproto.ID{}, body); len(got) != 1 || got[0] != b {
		t.Fatalf("%v", got)
	}
}
