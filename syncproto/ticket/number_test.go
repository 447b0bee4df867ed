package ticket_test

import (
	"testing"

	"redress/syncproto"
	. "redress/syncproto/rules/rulestest"
	"redress/syncproto/ticket"
)

// A desk counts its own numbers. Another program can open a ticket under a number of somebody
// else's desk: the customer was told it, so it is a fact and is taken; that it is another's is on
// record, and in the ticket for everybody to see.
func TestANumberOfAnotherDevice(t *testing.T) {
	own, _ := DeviceOf(Seat)
	code, others := own.String()[:4], "K7MQ"
	for name, c := range map[string]struct {
		number  string
		remarks []syncproto.Code
	}{
		"of its own":              {code + "-00042", nil},
		"of another":              {others + "-00042", []syncproto.Code{ticket.CodeForeignNumber}},
		"of nobody":               {"00042", []syncproto.Code{ticket.CodeForeignNumber}},
		"that begins as its own":  {code + "X-00042", []syncproto.Code{ticket.CodeForeignNumber}},
		"with its own in the end": {others + "-" + code + "-1", []syncproto.Code{ticket.CodeForeignNumber}},
	} {
		t.Run(name, func(t *testing.T) {
			s := &story{Log: NewLog(), t: t}
			open := opening(s.Log)
			open.Number, s.ticket = c.number, open.ID
			r := s.remarked(By(Seat, syncproto.CommandOpen, open), c.remarks...)
			if b := s.body(); b.Number != c.number || ticket.IsForeign(s.Reference, b.OpenedOn, b.Number) != (c.remarks != nil) {
				t.Errorf("the ticket has %q of %v; its opening %v", b.Number, b.OpenedOn, r.Findings)
			}
		})
	}
}
