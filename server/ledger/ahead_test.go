package ledger_test

import (
	"slices"
	"testing"

	"redress/server/ledger/ledgertest"
	"redress/syncproto"
	"redress/syncproto/authority"
	"redress/syncproto/escalation"
	"redress/syncproto/organisation"
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

// TestTheMonthGoesOnWhereTheLogIsAhead: the clock was in the next year for one entry. Once an operator has said that
// it is right, the month that runs is the clock's: its authority is handed out, and its limit can be changed. A clock
// that nobody vouches for, or that was set back since, hands out nothing of a month that is over.
func TestTheMonthGoesOnWhereTheLogIsAhead(t *testing.T) {
	for name, c := range map[string]struct{ confirmed, then syncproto.Span }{
		"confirmed":             {syncproto.Minute, syncproto.Hour},
		"nobody vouches for it": {0, syncproto.Hour},
		"it was set back since": {syncproto.Minute, -40 * syncproto.Day},
		"just before it was so": {syncproto.Minute, syncproto.Second},
	} {
		t.Run(name, func(t *testing.T) {
			w := ledgertest.New(t)
			manager, start := w.Desk(w.Manager, "P3RT"), w.Now
			w.Now = start.Add(60 * syncproto.Day)
			w.Own(syncproto.CommandDefineUnit, organisation.DefineUnit{ID: w.ID(), Unit: organisation.Unit{Name: "华南区", Kind: organisation.Region}})
			if c.confirmed != 0 {
				w.Ledger.Confirm(start.Add(c.confirmed))
			}
			w.Now = start.Add(c.then)
			month, goesOn := syncproto.MonthOf(w.Now), c.confirmed != 0 && c.then >= c.confirmed
			grant := authority.IssueGrant{Manager: w.Manager, Month: month, Device: manager.Device, Incarnation: manager.Incarnation}
			if v := w.Own(syncproto.CommandIssueGrant, grant); (v.Seq != 0) != goesOn {
				t.Errorf("a grant of it: %v", v)
			}
			limit := authority.SetLimit{Manager: w.Manager, Month: month, Limit: 8000_00, Reason: "展会"}
			if v := w.Own(syncproto.CommandSetLimit, limit); (v.Outcome == syncproto.Accepted) != goesOn {
				t.Errorf("its limit: %v", v)
			}
			w.Verify()
		})
	}
}

// TestWhatIsDoneAfterARevocationWaitsWhereTheLogIsAhead: the clock was in the next year for one entry, and is put
// right. A laptop is stolen and revoked; what the thief does on it an hour later came after that.
func TestWhatIsDoneAfterARevocationWaitsWhereTheLogIsAhead(t *testing.T) {
	w := ledgertest.New(t)
	d, id, start := w.Desk(w.Seat, "K7MQ"), w.ID(), w.Now
	d.Give(syncproto.CommandOpen, w.Open(id, w.East, "K7MQ-00001"))
	w.Now = start.Add(60 * syncproto.Day)
	d.Give(syncproto.CommandNote, ticket.Note{Ticket: id, Text: "客户催问"})
	w.Now = start.Add(syncproto.Hour)
	before := d.Make(syncproto.CommandNote, ticket.Note{Ticket: id, Text: "已回电"})
	w.Now = start.Add(2 * syncproto.Hour)
	w.Own(syncproto.CommandRevokeDevice, organisation.RevokeDevice{ID: d.Device, Reason: "被盗"})
	w.Now = start.Add(3 * syncproto.Hour)
	after := d.Make(syncproto.CommandNote, ticket.Note{Ticket: id, Text: "不是坐席"})
	if r := d.Hand(before); r.Verdict.Outcome != syncproto.Accepted {
		t.Errorf("what was done before: %v", r.Verdict)
	}
	if r := d.Hand(after); r.Verdict.Outcome != syncproto.Parked || r.Verdict.Findings[0].Code != syncproto.CodeAfterRevoked {
		t.Errorf("what was done after: %v", r.Verdict)
	}
	w.Verify()
}
