package replica_test

import (
	"slices"
	"testing"

	"redress/desktop/centraltest"
	"redress/desktop/replica"
	"redress/syncproto"
	"redress/syncproto/policy"
	"redress/syncproto/ticket"
)

// How many are open is kept beside the rows, whatever becomes of them: it is right after every
// change, in a file that is opened again, and made anew where it was wrong.
func TestWhatIsOpenIsCountedAfterEveryChange(t *testing.T) {
	central := centraltest.New(t)
	seat, liaison := newDesk(t, central, "seat", centraltest.Seat, "K7MQ"), newDesk(t, central, "liaison", centraltest.Liaison, "P2XA")
	var ids []syncproto.ID
	open := func() {
		ids = append(ids, seat.open("远程车控失败"))
		seat.mustTap(syncproto.CommandDispatch, ticket.Dispatch{Ticket: ids[len(ids)-1], Unit: centraltest.Connected})
	}
	share := func() { seat.sync(); liaison.pull() }
	for _, step := range []struct {
		what          string
		do            func()
		seat, liaison int
	}{
		{"nothing yet", func() {}, 0, 0},
		{"two are opened, offline", func() { open(); open() }, 2, 0},
		{"confirmed", share, 2, 2},
		{"one is closed, offline", func() {
			seat.mustTap(syncproto.CommandFinalResponse, ticket.FinalResponse{Ticket: ids[0], Text: "已更换", Channel: "400热线"})
			seat.mustTap(syncproto.CommandClose, ticket.Close{Ticket: ids[0]})
		}, 1, 2},
		{"confirmed", share, 1, 1},
		{"reopened", func() {
			seat.mustTap(syncproto.CommandReopen, ticket.Reopen{Ticket: ids[0], Text: "又坏了", Channel: "400热线"})
			share()
		}, 2, 2},
		{"the department is another's", func() {
			central.Employ(centraltest.Liaison, "liaison", "李雷", policy.Liaison)
			liaison.connect()
			liaison.pull()
		}, 2, 0},
		{"the file is opened again", func() { seat = seat.reopen(seat.image()) }, 2, 0},
		{"the count was wrong, and is made anew", func() {
			seat = seat.closed()
			seat.change(seat.file("replica.db"), `UPDATE open_count SET open = 41`, `UPDATE search SET version = 0`)
			seat = seat.reopen(seat.dir)
		}, 2, 0},
	} {
		step.do()
		for who, want := range map[*desk]int{seat: step.seat, liaison: step.liaison} {
			if n, err := who.CountOpen(ctx, syncproto.KindTicket); err != nil || n != want {
				t.Errorf("%s: for %s %d are open, not %d: %v", step.what, who.login, n, want, err)
			}
			who.countedRight()
		}
	}
}

// Some of the list are read by their ids, however long it is.
func TestRowsAreReadByTheirIDs(t *testing.T) {
	d := seatDesk(t)
	ids := []syncproto.ID{d.open("第一张"), d.open("第二张"), d.open("第三张")}
	d.mustTap(syncproto.CommandPromise, ticket.Promise{Ticket: ids[1], What: "回电"}) // it waits first now
	d.mustTap(syncproto.CommandFinalResponse, ticket.FinalResponse{Ticket: ids[0], Text: "已更换", Channel: "400热线"})
	d.mustTap(syncproto.CommandClose, ticket.Close{Ticket: ids[0]})
	for _, c := range []struct {
		open bool
		ids  []syncproto.ID
		want []syncproto.ID
	}{
		{true, nil, nil},
		{true, []syncproto.ID{ids[2], ids[0], ids[1], syncproto.Derive("none")}, []syncproto.ID{ids[1], ids[2]}},
		{false, ids, ids[:1]},
		{true, slices.Repeat([]syncproto.ID{ids[2]}, replica.MaxWindow+1), ids[2:]},
	} {
		rows, err := d.Among(ctx, syncproto.KindTicket, c.open, c.ids)
		d.must(err)
		var got []syncproto.ID
		for n, r := range rows {
			got = append(got, r.Ref.ID)
			if n > 0 && rows[n-1].Key().Compare(r.Key()) >= 0 {
				t.Errorf("row %d of %v is before the one above it", n, c.ids)
			}
		}
		if !slices.Equal(got, c.want) {
			t.Errorf("of %v open %v are %v, want %v", c.ids, c.open, got, c.want)
		}
		if all, err := d.AmongAll(ctx, syncproto.KindTicket, c.open, slices.Concat(c.ids, nothing(), c.ids)); err != nil || len(all) != len(c.want) {
			t.Errorf("of %v, asked for twice, open %v are %d rows, want %v: %v", c.ids, c.open, len(all), c.want, err)
		}
	}
}

// A file of a program that counted anew each time is counted once, when it is opened.
func TestWhatIsOpenInAnOlderFileIsCounted(t *testing.T) {
	d := seatDesk(t)
	for range 3 {
		d.open("远程车控失败")
	}
	old := d.closed()
	old.change(old.file("replica.db"), `ALTER TABLE history DROP COLUMN speaks`, `ALTER TABLE self DROP COLUMN erased`, `ALTER TABLE self DROP COLUMN sweeping`, `DROP TRIGGER open_comes`, `DROP TRIGGER open_changes`, `DROP TRIGGER open_goes`, `DROP TABLE open_count`,
		`DROP TABLE bucket_sums`, `DROP TABLE heal`, `DROP INDEX document_part`, `ALTER TABLE document DROP COLUMN mark`,
		`ALTER TABLE document DROP COLUMN buckets`, `ALTER TABLE bucket DROP COLUMN filling`, `ALTER TABLE self DROP COLUMN differs`, `DELETE FROM goose_db_version WHERE version_id > 4`)
	after := old.reopen(old.dir)
	if n, err := after.CountOpen(ctx, syncproto.KindTicket); err != nil || n != 3 {
		t.Errorf("%d are open: %v", n, err)
	}
	after.countedRight()
}
