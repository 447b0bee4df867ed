package replica_test

import (
	"database/sql"
	"slices"
	"testing"

	"github.com/klauspost/compress/zstd"

	"redress/desktop/centraltest"
	"redress/syncproto"
	"redress/syncproto/ticket"
)

// A history that no message holds comes in parts, and the document with the last. Here the line is cut
// in between.

// begins takes in of a delta the first n steps of a ticket's history, as they come ahead of the ticket.
func (d *desk) begins(whole syncproto.Delta, id syncproto.ID, n int) {
	d.t.Helper()
	part := syncproto.Delta{Epoch: whole.Epoch, From: whole.From, Cursor: whole.From}
	for _, entry := range whole.History {
		if entry.Event.Doc == ticket.Ref(id) && len(part.History) < n {
			part.History = append(part.History, entry)
		}
	}
	d.must(d.Apply(ctx, part))
}

// stepsHere is how many rows of a ticket's history are on the disk.
func (d *desk) stepsHere(id syncproto.ID) (n int) {
	d.t.Helper()
	db, err := sql.Open("sqlite", "file://"+d.file("replica.db")+"?_pragma=busy_timeout(5000)")
	d.must(err)
	d.must(db.QueryRowContext(ctx, `SELECT count(*) FROM history WHERE id = ?`, id[:]).Scan(&n))
	d.must(db.Close())
	return n
}

// Nothing of it stays where the desk has lost the right to it since, or a restored server does not have
// it (invariant 16); and where the rest comes all the same, the end is not taken for the whole.
func TestWhatCameOfAHistoryGoesWithItsBucket(t *testing.T) {
	for _, how := range []string{"a delta", "a page"} {
		t.Run(how, func(t *testing.T) {
			central := centraltest.New(t)
			seat, manager := newDesk(t, central, "seat", centraltest.Seat, "K7MQ"), newDesk(t, central, "manager", centraltest.Manager, "P2XA")
			id := seat.open("远程车控失败")
			seat.noteOn(id, "只有华东区能看")
			seat.sync()
			manager.begins(manager.delta(), id, 2)
			if manager.stepsHere(id) != 2 {
				t.Fatal("there is no beginning")
			}
			central.Employ(centraltest.Manager, "manager", "王强", 2)
			manager.connect()
			manager.pull()
			if n := manager.stepsHere(id); n != 0 {
				t.Errorf("%d steps stay", n)
			}
			central.Employ(centraltest.Manager, "manager", "王强", 2, centraltest.East)
			manager.connect()
			whole := manager.delta()
			rest := slices.Clone(whole.History)
			rest = slices.DeleteFunc(rest, func(e syncproto.HistoryEntry) bool { return e.Event.Doc == ticket.Ref(id) && e.Event.Version <= 2 })
			whole.History = rest
			if how == "a page" {
				i := slices.IndexFunc(whole.Documents, func(doc syncproto.Document) bool { return doc.Ref == ticket.Ref(id) })
				packer, err := zstd.NewWriter(nil)
				manager.must(err)
				contents := syncproto.PageContents{Documents: whole.Documents[i : i+1]}
				for _, e := range rest {
					if e.Event.Doc == ticket.Ref(id) {
						contents.History = append(contents.History, e)
					}
				}
				whole.History, whole.Documents = nil, nil
				manager.must(manager.Apply(ctx, whole))
				own := manager.Desk()
				whole = syncproto.Delta{Epoch: 1, From: own.Cursor, Cursor: own.Cursor, Current: true, Page: &syncproto.Page{Bucket: syncproto.Bucket(centraltest.East),
					Parts: syncproto.AllParts, After: syncproto.Ref{Kind: syncproto.KindTicket}, Upto: ticket.Ref(id), Packed: packer.EncodeAll(syncproto.MustEncode(contents), nil)}}
			}
			manager.must(manager.Apply(ctx, whole))
			if got := manager.trail(ticket.Ref(id)); len(got) != 0 {
				t.Errorf("the end of the trail is taken for the whole: %v", got)
			}
			for range 3 {
				manager.checkpoint()
			}
			if got, want := manager.trail(ticket.Ref(id)), seat.trail(ticket.Ref(id)); !slices.Equal(got, want) {
				t.Errorf("its trail reads %v, where it was made %v", got, want)
			}
			manager.sameAsServer()
		})
	}
}
