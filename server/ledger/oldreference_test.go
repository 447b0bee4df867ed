package ledger_test

import (
	"errors"
	"slices"
	"testing"

	"redress/server/ledger"
	"redress/server/ledger/ledgertest"
	"redress/server/store"
	"redress/syncproto"
	"redress/syncproto/escalation"
	"redress/syncproto/organisation"
	"redress/syncproto/policy"
	"redress/syncproto/rules"
	"redress/syncproto/ticket"
)

// TestALostBatchLeavesNoReferenceBehind: of two changes, what a desk knew lies between
// them. After a batch that was lost, as after none, that is the first of those in the log.
func TestALostBatchLeavesNoReferenceBehind(t *testing.T) {
	w, _, id := opened(t)
	late := w.Person("sun", policy.Supervisor, w.CallCentre)
	d := w.Desk(late, "P3RT")
	f := overFailing(t, w)
	becomes := func(role policy.Role) ledger.Submission {
		intent, err := rules.Write(syncproto.CommandDefinePerson, organisation.DefinePerson{ID: late,
			Person: organisation.Person{Name: "孙丽", Login: "sun", Roles: []policy.Role{role}, Units: []syncproto.ID{w.CallCentre}}})
		must(t, err)
		intent.Operator = "周敏"
		return w.Ledger.Own(intent, w.Now)
	}
	intent := d.Intent(syncproto.CommandNote, note(id, "一"))
	intent.Known++ // the entry of the first change
	fact := d.Submission(d.Seal(intent))
	f.fail = func(store.Batch) error { return store.ErrFull }
	if _, err := w.Ledger.Commit(t.Context(), w.Now, []ledger.Submission{becomes(policy.Supervisor), becomes(policy.Seat), fact}); !errors.Is(err, store.ErrFull) {
		t.Fatalf("got %v, want %v", err, store.ErrFull)
	}
	f.fail = func(store.Batch) error { return nil }
	if v := w.Commit(becomes(policy.Seat), becomes(policy.Supervisor), fact)[2].Verdict; v.Outcome != syncproto.Accepted {
		t.Errorf("a note of who was a seat then is %v: %v", v.Outcome, v.Findings)
	}
	w.Verify()
}

// The head of a department changes while its desk is offline. Its late answer comes before the firing
// that is held back for it: told are those who are there now, as they would be by a tick (B4).
func TestWhoIsThereNowIsToldOfALateAnswer(t *testing.T) {
	w := ledgertest.New(t)
	before, after := w.Person("zhao", policy.Head, w.Department), w.Person("qian", policy.Engineer, w.Department)
	seat, liaison := w.Desk(w.Seat, "K7MQ"), w.Desk(w.Liaison, "P3RT")
	id := w.ID()
	seat.Give(syncproto.CommandOpen, w.Open(id, w.East, "K7MQ-00001"))
	dispatch := seat.Give(syncproto.CommandDispatch, ticket.Dispatch{Ticket: id, Unit: w.Department})
	answer := liaison.Intent(syncproto.CommandRespond, ticket.Respond{Ticket: id, Cause: escalation.CauseOf(dispatch.Command), Text: "已重置"})
	w.Redefine(before, organisation.Person{Name: "赵", Login: "zhao", Roles: []policy.Role{policy.Head}, Units: []syncproto.ID{w.Headquarters}})
	w.Redefine(after, organisation.Person{Name: "钱", Login: "qian", Roles: []policy.Role{policy.Head}, Units: []syncproto.ID{w.Department}})
	w.Now = w.Now.Add(3 * syncproto.Hour)
	answer.Readings.Reading.Wall, answer.Readings.Reading.Ticks = w.Now, syncproto.Span(w.Now)
	w.Commit(liaison.Submission(liaison.Seal(answer)))
	d, _ := w.Document(ticket.Ref(id))
	body, err := rules.ReadBody(syncproto.KindTicket, d.Body)
	must(t, err)
	on, _ := body.(ticket.Body)
	clock, _ := escalation.Find(on.Clocks, escalation.Response, escalation.CauseOf(dispatch.Command))
	if clock.Fired == 0 || slices.Contains(clock.Told, before) || !slices.Contains(clock.Told, after) {
		t.Errorf("fired %v, told %v; want %v and not %v", clock.Fired, clock.Told, after, before)
	}
	w.Verify()
}
