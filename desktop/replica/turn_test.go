package replica_test

import (
	"bytes"
	"cmp"
	"maps"
	"slices"
	"strings"
	"testing"

	"redress/desktop/centraltest"
	"redress/desktop/replica"
	"redress/desktop/turn"
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
		{"now a seat, who has a promise to keep, and waits for the department", func() {
			central.Employ(centraltest.Liaison, "liaison", "李雷", policy.Seat, centraltest.CallCentre)
			liaison.connect()
			liaison.pull()
		}, "K7MQ-00003 K7MQ-00001 K7MQ-00002"},
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
	const want = "K7MQ-00003 K7MQ-00001 K7MQ-00002"
	if got := seat.waits(); got != want {
		t.Errorf("for the seat they wait %s", got)
	}
	// A file of a program that went by the clocks alone is put in this order when it is opened.
	old := seat.closed()
	old.change(old.file("replica.db"), `UPDATE listing SET rank = 1`, `UPDATE search SET version = 2`)
	after := old.reopen(old.dir)
	if got := after.waits(); got != want {
		t.Errorf("in an older file they wait %s", got)
	}
	after.inTurn()
}

// inTurn compares the list of open tickets, read in windows of three, and how many are the
// person's own, with a plain sort of all of them by what they are.
func (d *desk) inTurn() {
	d.t.Helper()
	var got []replica.Row
	for after := (replica.Key{}); ; after = got[len(got)-1].Key() {
		rows, err := d.List(ctx, syncproto.KindTicket, true, after, 3)
		d.must(err)
		if len(rows) == 0 {
			break
		}
		got = append(got, rows...)
	}
	reader := turn.ReaderOf(d.person, d.Reference())
	want, own := slices.Clone(got), 0
	of := func(r replica.Row) turn.Turn {
		if r.Limbo {
			return reader.OfLeft(r.Body)
		}
		return reader.Of(r.Body)
	}
	slices.SortFunc(want, func(a, b replica.Row) int {
		x, y := of(a), of(b)
		return cmp.Or(x.Rank-y.Rank, cmp.Compare(x.Due, y.Due), bytes.Compare(a.Ref.ID[:], b.Ref.ID[:]))
	})
	for n, r := range want {
		if tasks := reader.Tasks(r.Body.(ticket.Body)); len(tasks) > 0 && !r.Limbo {
			own++
		}
		if got[n].Ref != r.Ref {
			d.t.Fatalf("for %s in place %d of %d waits %s, not %s", d.login, n, len(want), got[n].Number, r.Number)
		}
	}
	counted, err := d.CountOwn(ctx, syncproto.KindTicket)
	d.must(err)
	open, err := d.CountOpen(ctx, syncproto.KindTicket)
	d.must(err)
	if counted != own || open != len(want) {
		d.t.Fatalf("for %s %d of %d are the person's own, not %d of %d", d.login, counted, open, own, len(want))
	}
}

// Of the customers asked for those are named whose files are held here.
func TestCustomersAreNamed(t *testing.T) {
	d := seatDesk(t)
	var ids []syncproto.ID
	for _, name := range []string{"陈静", "任艳"} {
		body, _ := d.ticket(d.openFor("远程车控失败", name, "13800138000", "", ""))
		ids = append(ids, body.Customer)
	}
	asked := slices.Repeat([]syncproto.ID{syncproto.Derive("nobody")}, replica.MaxWindow)
	names, err := d.Names(ctx, append(asked, ids...))
	d.must(err)
	if want := map[syncproto.ID]string{ids[0]: "陈静", ids[1]: "任艳"}; !maps.Equal(names, want) {
		t.Errorf("they are called %v, not %v", names, want)
	}
}

// Who has left the company loses the reference data too. What the program knows then is what it
// would read at its next start, and the lists stand in that order.
func TestWhatHasLeftIsNotKnownAnyMore(t *testing.T) {
	d := seatDesk(t)
	d.open("远程车控失败")
	d.sync()
	at := d.Desk()
	d.must(d.Apply(ctx, syncproto.Delta{Epoch: at.Epoch, From: at.Cursor, Cursor: at.Cursor, Lost: []syncproto.Bucket{syncproto.ReferenceBucket}}))
	again := d.reopen(d.image())
	_, now := d.Reference().Person(d.person)
	_, then := again.Reference().Person(d.person)
	if now || then {
		t.Errorf("the person who left is known %v, after a start %v", now, then)
	}
}
