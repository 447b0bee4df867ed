package ledger_test

import (
	"slices"
	"testing"

	"redress/server/ledger/ledgertest"
	"redress/syncproto"
	"redress/syncproto/escalation"
	"redress/syncproto/rules"
	"redress/syncproto/ticket"
)

// TestNothingFiresEarlyWhereTheLogIsAhead: the clock was eight hours ahead for one entry. What a tick does
// is decided by what the clock says, and not by the time of its entry, which comes after that one.
func TestNothingFiresEarlyWhereTheLogIsAhead(t *testing.T) {
	w := ledgertest.New(t)
	d, id, start := w.Desk(w.Seat, "K7MQ"), w.ID(), w.Now
	d.Give(syncproto.CommandOpen, w.Open(id, w.East, "K7MQ-00001"))
	d.Give(syncproto.CommandDispatch, ticket.Dispatch{Ticket: id, Unit: w.Department})
	d.Give(syncproto.CommandPromise, ticket.Promise{Ticket: id, What: "专员回电", Due: w.Now.Add(6 * syncproto.Hour)})
	w.Now = start.Add(8 * syncproto.Hour)
	d.Give(syncproto.CommandNote, ticket.Note{Ticket: id, Text: "客户催问"})
	w.Now = start.Add(3 * syncproto.Hour)
	tick, err := rules.Tick(ticket.Ref(id))
	must(t, err)
	w.Commit(w.Ledger.Own(tick, w.Now))
	doc, _ := w.Document(ticket.Ref(id))
	body, err := rules.ReadBody(doc.Ref.Kind, doc.Body)
	must(t, err)
	for _, c := range body.(ticket.Body).Clocks {
		if want := c.Ladder == escalation.Response; (c.Fired != 0) != want || c.Fired > w.Now {
			t.Errorf("%v, due %v, fired %v; it is %v", c.Ladder, c.Due, c.Fired, w.Now)
		}
	}
	w.Verify()
}

// TestADispatchFiresNothingEarlyWhereTheLogIsAhead: so too where a ticket is dispatched again: the department
// that is relieved of it had its time still.
func TestADispatchFiresNothingEarlyWhereTheLogIsAhead(t *testing.T) {
	for _, after := range []syncproto.Span{syncproto.Hour, 3 * syncproto.Hour} {
		w := ledgertest.New(t)
		d, id, start := w.Desk(w.Seat, "K7MQ"), w.ID(), w.Now
		d.Give(syncproto.CommandOpen, w.Open(id, w.East, "K7MQ-00001"))
		d.Give(syncproto.CommandDispatch, ticket.Dispatch{Ticket: id, Unit: w.Department})
		w.Now = start.Add(8 * syncproto.Hour)
		d.Give(syncproto.CommandNote, ticket.Note{Ticket: id, Text: "客户催问"})
		w.Now = start.Add(after)
		d.Give(syncproto.CommandDispatch, ticket.Dispatch{Ticket: id, Unit: w.Department})
		doc, _ := w.Document(ticket.Ref(id))
		body, err := rules.ReadBody(doc.Ref.Kind, doc.Body)
		must(t, err)
		first := slices.IndexFunc(body.(ticket.Body).Clocks, func(c escalation.Clock) bool { return c.Ladder == escalation.Response })
		if c := body.(ticket.Body).Clocks[first]; c.Result != escalation.Withdrawn || (c.Fired != 0) != (c.Due < w.Now) {
			t.Errorf("due %v, fired %v, %v; it is %v", c.Due, c.Fired, c.Result, w.Now)
		}
		w.Verify()
	}
}
