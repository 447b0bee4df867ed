package replica_test

import (
	"database/sql"
	"slices"
	"strings"
	"testing"

	"github.com/klauspost/compress/zstd"

	"redress/desktop/centraltest"
	"redress/desktop/replica"
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

// A restored server's history of a ticket comes in parts, and the ticket as it was before stands
// meanwhile: what was done here and waits is in its trail, once, and over it (invariant 7).
func TestWhatWaitsIsInSightWhileALongHistoryComes(t *testing.T) {
	central := centraltest.New(t)
	seat, manager := newDesk(t, central, "seat", centraltest.Seat, "K7MQ"), newDesk(t, central, "manager", centraltest.Manager, "P2XA")
	id := seat.open("远程车控失败")
	seat.sync()
	manager.pull()
	manager.noteOn(id, "第一条")
	manager.sync()
	for range 3 {
		seat.noteOn(id, "没有恢复的")
	}
	seat.sync()
	manager.pull()
	manager.mustTap(syncproto.CommandAmend, ticket.Amend{Ticket: id, Field: ticket.FieldSubject, Old: "远程车控失败", New: "车控失败"})
	noted := func() (n int) {
		for _, step := range manager.trail(ticket.Ref(id)) {
			if step == "noted" || step == "noted*" {
				n++
			}
		}
		return n
	}
	restored := manager.setBack()
	enrol(restored, seat, manager)
	restored.Take(seat.outgoing()[0])
	manager.resync()
	seen := func(when string, steps int) {
		t.Helper()
		if body, _ := manager.ticket(id); body.Subject != "车控失败" || noted() != steps {
			t.Errorf("%s the ticket is %q, its trail %v", when, body.Subject, manager.trail(ticket.Ref(id)))
		}
	}
	seen("at first", 4)
	steps, err := manager.History(ctx, ticket.Ref(id))
	manager.must(err)
	another := steps[4].HistoryEntry
	another.Command, another.Epoch = restored.NewID(), 2
	ahead := manager.delta()
	ahead.History = append(ahead.History, another)
	manager.begins(ahead, id, 5)
	seen("with another's step in the place of the note", 5)
	verdicts := manager.handIn()
	manager.begins(manager.delta(), id, 5) // up to the note, which the copy has in the very place
	seen("with a beginning", 4)
	manager.begins(manager.delta(), id, 6) // up to the amendment, in the place of a note that was not restored
	seen("with more of it", 3)
	if steps := manager.trail(ticket.Ref(id)); !slices.Contains(steps, "amended") || slices.Contains(steps, "amended*") {
		t.Errorf("the trail is %v", steps)
	}
	manager.hear(verdicts)
	seen("with its verdict", 3)
	manager.pull()
	seen("at last", 1)
	manager.derivedIsFolded()
}

// A long history is read once, and not once for each step that waits on it.
func TestALongHistoryIsReadOnceForWhatWaits(t *testing.T) {
	d := seatDesk(t)
	steps, err := d.PlanOf(ctx, replica.OwnSteps())
	d.must(err)
	for _, s := range steps {
		if strings.Contains(s, "CORRELATED") {
			t.Errorf("for each: %v", steps)
		}
	}
}

// What waits is confirmed while the history is read: it stands there once, and never flickers.
func TestAHistoryThatIsReadWhileItIsConfirmed(t *testing.T) {
	d := seatDesk(t)
	id := d.open("远程车控失败")
	d.sync()
	d.noteOn(id, "断线时记的")
	steps, err := d.HistoryWhile(ctx, ticket.Ref(id), d.sync)
	d.must(err)
	if want := d.trail(ticket.Ref(id)); len(steps) != len(want) || steps[len(steps)-1].Event.Kind != syncproto.EventNoted {
		t.Errorf("%d steps, the last %v; want %v", len(steps), steps[len(steps)-1].Event.Kind, want)
	}
}
