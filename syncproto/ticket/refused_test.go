package ticket_test

import (
	"testing"

	"redress/syncproto"
	. "redress/syncproto/rules/rulestest"
	"redress/syncproto/ticket"
)

// The opening is rejected. What was done on the ticket meanwhile, facts too, has nothing to
// stand on: it is rejected with it, or when it comes.
func TestWhatWasDoneOnATicketThatWasRefused(t *testing.T) {
	for _, before := range []bool{true, false} {
		s := &story{Log: NewLog(), t: t}
		open := opening(s.Log)
		open.Region = ConnectedCar // is no region
		s.ticket = open.ID
		later := []Given{
			By(Seat, syncproto.CommandContact, ticket.Contact{Ticket: open.ID, Direction: ticket.Inbound, Text: "催问"}),
			s.promise("回电", 0),
			By(Seat, syncproto.CommandDispatch, ticket.Dispatch{Ticket: open.ID, Unit: ConnectedCar}),
			s.respond(Liaison, s.NextID()),
			By(Seat, syncproto.CommandNote, ticket.Note{Ticket: open.ID, Text: "需要日志"}),
			By(Seat, syncproto.CommandAmend, ticket.Amend{Ticket: open.ID, Field: ticket.FieldSubject, Old: "远程车控失败", New: "远程空调失败"}),
		}
		for i := range later {
			later[i].ID = s.NextID()
			if r := s.Try(later[i]); r.Outcome != syncproto.Rejected || r.Findings[0].Code != syncproto.CodeUnknownHere {
				t.Errorf("at the tap %v was %v %v", later[i].Kind, r.Outcome, r.Findings)
			}
			if before {
				if r := s.Give(later[i]); r.Outcome != syncproto.Parked {
					t.Errorf("before its ticket %v was %v", later[i].Kind, r.Outcome)
				}
			}
		}
		s.refused(By(Seat, syncproto.CommandOpen, open), syncproto.CodeNotThere)
		for _, g := range later {
			s.refused(g, syncproto.CodeNotThere)
		}
		if s.Parked() > 0 {
			t.Errorf("%d still wait", s.Parked())
		}
		open.Region = EastRegion
		s.accepted(By(Seat, syncproto.CommandOpen, open)) // another command, the same ticket
		s.accepted(By(Seat, syncproto.CommandNote, ticket.Note{Ticket: open.ID, Text: "需要日志"}))
	}
}
