package ticket_test

import (
	"slices"
	"strings"
	"testing"

	"redress/syncproto"
	"redress/syncproto/customer"
	"redress/syncproto/rules"
	. "redress/syncproto/rules/rulestest"
	"redress/syncproto/ticket"
)

// §2: a ticket has its customer and car as documents of their own, seen by those who see
// the ticket.
func TestOpen(t *testing.T) {
	s := begin(t)
	b := s.body()
	if b.Number != "K7MQ-00042" || b.OpenedBy != Seat || b.FirstContact != Morning || b.Contacts != 1 || b.Policy != 1 {
		t.Fatalf("%+v", b)
	}
	file := Body[customer.Body](s.Log, customer.Ref(b.Customer))
	car := Body[customer.Vehicle](s.Log, customer.VehicleRef(customer.VehicleID(vin)))
	if file.Name != "张先生" || car.VIN != vin || car.Model != "远航" {
		t.Fatalf("%+v %+v", file, car)
	}
	for _, ref := range []syncproto.Ref{ticket.Ref(s.ticket), customer.Ref(b.Customer), customer.VehicleRef(b.Vehicle)} {
		want := []syncproto.Bucket{syncproto.Bucket(CallCentre), syncproto.Bucket(EastRegion)}
		if got := rules.Buckets(ref, s.Docs[ref].Body); !sameBuckets(got, want) {
			t.Fatalf("%v is seen by %v", ref, got)
		}
	}
}

// What is too little to be a ticket is refused, on the desk as on the server.
func TestOpenRefused(t *testing.T) {
	for _, c := range []struct {
		story  string
		change func(*ticket.Open)
		code   syncproto.Code
	}{
		{"no number", func(o *ticket.Open) { o.Number = "" }, syncproto.CodeMissing},
		{"no channel", func(o *ticket.Open) { o.Channel = "" }, syncproto.CodeMissing},
		{"no subject", func(o *ticket.Open) { o.Subject = "" }, syncproto.CodeMissing},
		{"a description of 1,501 characters", func(o *ticket.Open) { o.Description = strings.Repeat("车", 1501) }, syncproto.CodeTooLong},
		{"a description that would not fit the body", func(o *ticket.Open) { o.Description = strings.Repeat("𠮷", 1500) }, syncproto.CodeTooLong},
		{"a VIN with an O", func(o *ticket.Open) { o.Vehicle.VIN = "LSVAA4182E212345O" }, customer.CodeVIN},
		{"a VIN that is not normalised", func(o *ticket.Open) { o.Vehicle.VIN = strings.ToLower(vin) }, customer.CodeVIN},
		{"a region that is none", func(o *ticket.Open) { o.Region = ConnectedCar }, syncproto.CodeNotThere},
		{"a call centre that is none", func(o *ticket.Open) { o.CallCentre = EastRegion }, syncproto.CodeNotThere},
		{"no customer", func(o *ticket.Open) { o.Customer = customer.Caller{} }, syncproto.CodeMissing},
	} {
		t.Run(c.story, func(t *testing.T) {
			s := &story{Log: NewLog(), t: t}
			open := opening(s.Log)
			c.change(&open)
			s.refused(By(Seat, syncproto.CommandOpen, open), c.code)
		})
	}
}

// A second ticket of a known customer needs the id only, keeps what the file says, and
// completes the car's file. One of a customer the server does not know yet waits.
func TestOpenForKnownCustomer(t *testing.T) {
	s := begin(t)
	file := s.body().Customer
	second := opening(s.Log)
	second.Customer, second.Vehicle = customer.Caller{ID: file, Name: "章先生"}, customer.Car{VIN: vin, Model: "远航Pro"}
	s.accepted(By(OtherSeat, syncproto.CommandOpen, second))
	if got := Body[customer.Body](s.Log, customer.Ref(file)); got.Name != "张先生" || got.Readers[0].Tickets != 2 {
		t.Fatalf("%+v", got)
	}
	if got := Body[customer.Vehicle](s.Log, customer.VehicleRef(customer.VehicleID(vin))); got.Model != "远航" {
		t.Fatalf("%+v", got)
	}
	early, introduced := opening(s.Log), opening(s.Log)
	early.Customer = customer.Caller{ID: introduced.Customer.ID}
	g := By(Seat, syncproto.CommandOpen, early)
	g.ID = s.NextID()
	if r := s.Give(g); r.Outcome != syncproto.Parked {
		t.Fatalf("%v", r)
	}
	s.accepted(By(OtherSeat, syncproto.CommandOpen, introduced))
	if r := s.Result(g.ID); r.Outcome != syncproto.Accepted {
		t.Fatalf("not released: %v", r)
	}
}

// A mistyped field is put right by whoever saw what stands there; the second of two is
// told that somebody was faster.
func TestAmend(t *testing.T) {
	s := begin(t)
	amend := func(person syncproto.ID, field, from, to string) Given {
		return By(person, syncproto.CommandAmend, ticket.Amend{Ticket: s.ticket, Field: field, Old: from, New: to})
	}
	s.accepted(amend(Seat, ticket.FieldSubject, "远程车控失败", "远程启动失败"))
	s.refused(amend(OtherSeat, ticket.FieldSubject, "远程车控失败", "车控失败"), syncproto.CodeChanged)
	s.refused(amend(Seat, ticket.FieldSubject, "远程启动失败", ""), syncproto.CodeMissing)
	s.refused(amend(Seat, ticket.FieldStation, "上海一站", "上海一站"), syncproto.CodeAlready)
	s.accepted(amend(Seat, ticket.FieldDescription, "手机无法远程启动", "手机与车机均无法远程启动"))
	s.accepted(amend(Seat, ticket.FieldDemand, "尽快修复", "今天修复"))
	s.accepted(amend(Seat, ticket.FieldStation, "上海一站", ""))
	s.accepted(amend(Seat, ticket.FieldStation, "", "上海一站"))
	s.accepted(amend(Seat, ticket.FieldCategory, "产品质量", "产品设计"))
	s.refused(amend(Seat, ticket.FieldDescription, "", strings.Repeat("车", ticket.MaxDescription+1)), syncproto.CodeTooLong)
	s.refused(amend(Seat, "number", "K7MQ-00042", "K7MQ-00043"), syncproto.CodeMalformed)
	s.refused(amend(Northerner, ticket.FieldStation, "上海一站", "北京一站"), ticket.CodeNotYourUnit)
	s.accepted(amend(Manager, customer.FieldName, "张先生", "章先生"))
	s.refused(amend(Seat, customer.FieldName, "张先生", "张女士"), syncproto.CodeChanged)
	s.accepted(amend(Seat, customer.FieldPhone, "", "13900000000"))
	s.refused(amend(Seat, customer.FieldPhone, "", "13900000000"), syncproto.CodeAlready)
	s.accepted(amend(Seat, customer.FieldPhone, "13800000000", ""))
	s.refused(amend(Seat, customer.FieldPhone, "13800000000", "13811111111"), syncproto.CodeChanged)
	s.refused(amend(Seat, customer.FieldPhone, "", ""), syncproto.CodeMissing)
	file := Body[customer.Body](s.Log, customer.Ref(s.body().Customer))
	if s.body().Subject != "远程启动失败" || file.Name != "章先生" || !slices.Equal(file.Phones, []string{"13900000000"}) {
		t.Fatalf("%+v %+v", s.body(), file)
	}
}
