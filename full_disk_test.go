package redress_test

import (
	"errors"
	"path/filepath"
	"strings"
	"testing"

	"redress/desktop/present"
	"redress/desktop/replica"
	"redress/server/store/storetest"
	"redress/syncproto"
	"redress/syncproto/ticket"
)

// A full disk, as SQLite itself says it, at either end of the line. What is promised: who
// cannot keep something says so and keeps nothing of it, everything else goes on, and when
// there is room all goes on by itself (issue: bad input; requirements §13).

// long is a note that does not fit into what is left of a full disk for long.
func long(on syncproto.ID) ticket.Note {
	return ticket.Note{Ticket: on, Text: strings.Repeat("满", syncproto.MaxText)}
}

// TestAFullDiskAtTheServer: it takes nothing and says so, goes on serving those who read,
// and takes everything when there is room. Nobody has to do anything at the desks.
func TestAFullDiskAtTheServer(t *testing.T) {
	w := caseOf(t)
	on := w.openedIn("east")
	disk := storetest.NewDisk(filepath.Join(w.dir, "central.db"))
	w.killServer()
	w.killServer()
	w.settle()
	seat, manager := w.places[0], w.places[2]
	w.cut(seat)
	w.cut(manager)
	given := 0
	for ; given < syncproto.MaxInFlight; given++ {
		w.tap(seat, syncproto.CommandNote, long(on))
	}
	before := w.ledger.Head()
	w.must(disk.Fill())

	w.connect(seat)
	for seat.line != nil && (w.decideSome(len(w.queue)) > 0 || w.carry(seat)) {
	}
	if !w.ledger.Full() || seat.line != nil {
		t.Fatalf("the ledger says full: %v; the session goes on: %v", w.ledger.Full(), seat.line != nil)
	}
	tally := must(seat.replica.Tally(w.ctx))
	if tally.Pending != uint64(given) || !tally.Balanced() || w.ledger.Head() != before {
		t.Errorf("at the seat %+v of %d given; the log goes from %d to %d", tally, given, before.Seq, w.ledger.Head().Seq)
	}
	w.connect(manager) // reads as before
	for w.carry(manager) {
	}
	if manager.line == nil || !must(manager.replica.Status(w.ctx)).Current {
		t.Error("a desk that only reads is not served while the disk is full")
	}
	w.must(w.Verify())

	w.must(disk.Room())
	w.heal()
	if tally := must(seat.replica.Tally(w.ctx)); tally.Pending != 0 || w.ledger.Full() {
		t.Errorf("with room again: %+v, full %v", tally, w.ledger.Full())
	}
	w.agree()
}

// TestAFullDiskAtADesk: a tap is refused in words and a delta is not half applied; both
// work when there is room, and everybody agrees.
func TestAFullDiskAtADesk(t *testing.T) {
	w := caseOf(t)
	on := w.openedIn("east")
	seat, manager := w.places[0], w.places[2]
	disk := manager.disk
	w.kill(manager)
	w.settle()
	w.cut(manager)
	w.must(disk.Fill())

	var refused error
	kept := uint64(0)
	before := must(manager.replica.Tally(w.ctx))
	for refused == nil && kept < 200 {
		_, refused = manager.replica.Tap(w.ctx, replica.Wish{Kind: syncproto.CommandNote, Command: long(on)},
			replica.Moment{ID: w.chance.id(), Reading: manager.reading(w.now)})
		if refused == nil {
			kept++
		}
	}
	words := must(present.LoadWords("zh"))
	if !errors.Is(refused, &syncproto.Problem{Code: syncproto.CodeDiskFull}) || present.Problem(words, refused) != words("code.disk-full") {
		t.Errorf("the tap says %q: %v", present.Problem(words, refused), refused)
	}
	if after := must(manager.replica.Tally(w.ctx)); after.Created != before.Created+kept || !after.Balanced() {
		t.Errorf("%d were kept: %+v, before %+v", kept, after, before)
	}

	for range 40 { // more than fits into the pages that are left
		w.tap(seat, syncproto.CommandNote, long(on))
	}
	manager.online = false
	w.settle()
	w.connect(manager)
	line := manager.line
	var failed error
	for failed == nil && (len(line.up) > 0 || len(line.down) > 0 || w.decideSome(len(w.queue)) > 0) {
		if len(line.up) > 0 {
			message := line.up[0]
			line.up = line.up[1:]
			w.served(line, line.there.Hear(w.ctx, w.now, message))
			continue
		}
		if len(line.down) == 0 {
			continue
		}
		message := line.down[0]
		line.down = line.down[1:]
		cursor, trail := manager.replica.Desk().Cursor, must(manager.replica.History(w.ctx, ticket.Ref(on)))
		turn := line.here.Hear(w.ctx, manager.reading(w.now), message)
		if failed = turn.Err; failed == nil {
			w.asked(line, turn)
			continue
		}
		after := must(manager.replica.History(w.ctx, ticket.Ref(on)))
		if manager.replica.Desk().Cursor != cursor || len(after) != len(trail) {
			t.Errorf("half of it was taken in: from %d to %d, %d steps, before %d", cursor, manager.replica.Desk().Cursor, len(after), len(trail))
		}
	}
	if !errors.Is(failed, &syncproto.Problem{Code: syncproto.CodeDiskFull}) {
		t.Errorf("taking in what does not fit: %v", failed)
	}
	w.must(disk.Room())
	manager.online = true
	w.heal()
	if tally := must(manager.replica.Tally(w.ctx)); tally.Pending != 0 || tally.Created != before.Created+kept {
		t.Errorf("with room again: %+v", tally)
	}
	w.agree()
}

// TestADraftOnAFullDisk: what a person is typing is refused in the same words, the drafts that
// were kept stay as they were, and with room the same one is kept.
func TestADraftOnAFullDisk(t *testing.T) {
	w := caseOf(t)
	manager := w.places[2]
	disk := manager.disk
	w.kill(manager)
	w.settle()
	w.must(disk.Fill())
	draft := func(n int) replica.Draft {
		return replica.Draft{Key: replica.DraftKey{Form: syncproto.CommandNote, Subject: ticket.Ref(syncproto.NumberedID(uint64(n)))}, SavedAt: w.now,
			Fields: []replica.DraftField{{Name: "text", Text: strings.Repeat("满", 2000)}}}
	}
	kept, refused := 0, error(nil)
	for ; refused == nil && kept < 200; kept++ {
		refused = manager.replica.SaveDraft(w.ctx, draft(kept+1))
	}
	kept-- // the last was not
	words := must(present.LoadWords("zh"))
	if !errors.Is(refused, &syncproto.Problem{Code: syncproto.CodeDiskFull}) || present.Problem(words, refused) != words("code.disk-full") {
		t.Fatalf("the draft is refused with %q: %v", present.Problem(words, refused), refused)
	}
	if all := must(manager.replica.Drafts(w.ctx)); len(all) != kept {
		t.Errorf("%d drafts were kept, and there are %d", kept, len(all))
	}
	w.must(disk.Room())
	w.must(manager.replica.SaveDraft(w.ctx, draft(kept+1)))
	if all := must(manager.replica.Drafts(w.ctx)); len(all) != kept+1 {
		t.Errorf("with room again there are %d drafts, want %d", len(all), kept+1)
	}
}
