package replica_test

import (
	"strings"
	"testing"

	"redress/desktop/centraltest"
	"redress/desktop/replica"
	"redress/syncproto"
	"redress/syncproto/escalation"
	"redress/syncproto/organisation"
	"redress/syncproto/policy"
	"redress/syncproto/ticket"
)

// waits are the numbers of the open tickets as they wait for the person, read one by one.
func (d *desk) waits() string {
	d.t.Helper()
	var all []string
	for after := (replica.Key{}); ; {
		rows, err := d.List(ctx, syncproto.KindTicket, true, after, 1)
		d.must(err)
		if len(rows) == 0 {
			return strings.Join(all, " ")
		}
		all = append(all, rows[0].Number)
		after = rows[0].Key()
	}
}

// What a person answers for decides where a ticket stands, over all windows of the list; and
// it stands elsewhere as soon as they answer for more.
func TestTicketsWaitInTheOrderOfThePersonsOwnClocks(t *testing.T) {
	central := centraltest.New(t)
	seat := newDesk(t, central, "seat", centraltest.Seat, "K7MQ")
	liaison := newDesk(t, central, "liaison", centraltest.Liaison, "P2XA")
	var ids [3]syncproto.ID
	for n := range ids {
		ids[n] = seat.openFor("远程车控失败", "陈静", "13800138000", "", "")
		seat.mustTap(syncproto.CommandDispatch, ticket.Dispatch{Ticket: ids[n], Unit: centraltest.Connected})
	}
	seat.mustTap(syncproto.CommandPromise, ticket.Promise{Ticket: ids[2], What: "回电"}) // due before the others' solutions
	seat.sync()
	liaison.pull()
	for _, id := range ids[1:] { // the first still waits for an answer
		body, _ := liaison.ticket(id)
		liaison.mustTap(syncproto.CommandRespond, ticket.Respond{Ticket: id, Cause: escalation.LastCause(body.Clocks, escalation.Response), Text: "在查"})
	}
	for _, c := range []struct {
		what string
		do   func()
		want string
	}{
		{"offline, a promise is the call centre's", func() {}, "K7MQ-00001 K7MQ-00002 K7MQ-00003"},
		{"confirmed", func() { liaison.sync() }, "K7MQ-00001 K7MQ-00002 K7MQ-00003"},
		{"now also of the region, where promises are kept", func() {
			central.Employ(centraltest.Liaison, "liaison", "李雷", policy.Liaison, centraltest.Connected, centraltest.East)
			liaison.connect()
			liaison.pull()
		}, "K7MQ-00001 K7MQ-00003 K7MQ-00002"},
		{"and no longer", func() {
			central.Employ(centraltest.Liaison, "liaison", "李雷", policy.Liaison, centraltest.Connected)
			liaison.connect()
			liaison.pull()
		}, "K7MQ-00001 K7MQ-00002 K7MQ-00003"},
		{"somebody else came", func() {
			central.Operate(syncproto.CommandDefineUnit, organisation.DefineUnit{ID: syncproto.Derive("west"), Unit: organisation.Unit{Name: "西北区", Kind: organisation.Region}})
			liaison.pull()
		}, "K7MQ-00001 K7MQ-00002 K7MQ-00003"},
	} {
		if c.do(); liaison.waits() != c.want {
			t.Errorf("%s: %s, want %s", c.what, liaison.waits(), c.want)
		}
		liaison.derivedIsFolded()
	}
	seat.pull()
	if got := seat.waits(); got != "K7MQ-00001 K7MQ-00003 K7MQ-00002" {
		t.Errorf("for the seat they wait %s", got)
	}
}
