package replica_test

import (
	"fmt"
	"testing"

	"redress/desktop/centraltest"
	"redress/desktop/replica"
	"redress/syncproto"
)

// A row that a disk has damaged ends no list, and no answer: what comes behind it is in the window.
func TestADamagedRowEndsNoList(t *testing.T) {
	d := newDesk(t, centraltest.New(t), "seat", centraltest.Seat, "K7MQ")
	for n := range 5 {
		d.open(fmt.Sprintf("远程车控失败 %d", n))
	}
	d.sync()
	list := func(after replica.Key) []replica.Row {
		t.Helper()
		rows, err := d.List(ctx, syncproto.KindTicket, true, after, 2)
		d.must(err)
		return rows
	}
	find := func(after replica.Place) []replica.Found {
		t.Helper()
		rows, err := d.Find(ctx, replica.ReadQuery("远程车控"), after, 2)
		d.must(err)
		return rows
	}
	listed, found := list(replica.Key{})[1], find(replica.Place{})[1]
	for _, id := range []syncproto.ID{listed.Ref.ID, found.Ref.ID} {
		d.spoil(`UPDATE document SET body = x'00' WHERE kind = ? AND id = ?`, syncproto.KindTicket, id[:])
	}
	rows := list(replica.Key{})
	if len(rows) != 2 {
		t.Fatalf("the first window has %d rows, as if no more were there", len(rows))
	}
	if rest := list(rows[1].Key()); len(rest) != 1 {
		t.Errorf("%d rows behind it, want the third that can be read", len(rest))
	}
	answer := find(replica.Place{})
	if len(answer) != 2 {
		t.Fatalf("the first window of what is found has %d rows", len(answer))
	}
	if rest := find(answer[1].Place()); len(rest) != 1 {
		t.Errorf("%d found behind it, want the third that can be read", len(rest))
	}
}
