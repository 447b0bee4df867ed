package ledger_test

import (
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
