package replica_test

import (
	"slices"
	"testing"

	"redress/desktop/centraltest"
	"redress/syncproto"
	"redress/syncproto/ticket"
)

// What a restored server decided before this desk read anything of it stays in sight until it is read: the
// cursor passes its entry in the delta from which on everything is read anew (design §3: no flicker).
func TestWhatWasDecidedBeforeTheReadingAnewStaysInSight(t *testing.T) {
	central := centraltest.New(t)
	d := newDesk(t, central, "seat", centraltest.Seat, "K7MQ")
	d.sync()
	first := d.open("远程车控失败")
	d.sync()
	second := d.open("漆面起泡")
	d.noteOn(first, "断线时记的")
	enrol(d.setBack(), d)
	welcome := syncproto.Welcome{Action: syncproto.ActionHandIn, LogID: d.central.LogID, Epoch: d.central.Epoch, Head: d.central.Head(),
		Person: d.person, Time: d.central.Now, Covered: line}
	d.must(d.ApplyWelcome(ctx, welcome))
	d.hear(d.handIn())
	seen := func(when string) {
		t.Helper()
		if !d.shows(ticket.Ref(first)) || !d.shows(ticket.Ref(second)) {
			t.Errorf("%s the tickets are shown: %v, %v", when, d.shows(ticket.Ref(first)), d.shows(ticket.Ref(second)))
			return
		}
		noted := 0
		for _, step := range d.trail(ticket.Ref(first)) {
			if step == "noted" || step == "noted*" {
				noted++
			}
		}
		if noted != 1 {
			t.Errorf("%s the trail reads %v", when, d.trail(ticket.Ref(first)))
		}
	}
	seen("handed in")
	welcome.Action, welcome.Counter, welcome.Head = syncproto.ActionResync, d.central.Line(d.Desk().Incarnation).Counter, d.central.Head()
	d.must(d.ApplyWelcome(ctx, welcome))
	seen("welcomed")
	begins := d.delta()
	begins.Documents, begins.History, begins.Filling, begins.Held = nil, nil, d.central.Buckets(d.person), nil
	d.must(d.Apply(ctx, begins))
	seen("while it is read anew")
	for range 3 {
		d.checkpoint()
		seen("at a checkpoint")
	}
	d.sameAsServer()
	d.derivedIsFolded()
	if tally := d.balanced(); tally.Accepted != 3 {
		t.Errorf("%+v", tally)
	}
}

// What is read anew and leaves again while a command on it has no verdict stays for that, read-only, and goes with it,
// also while there is more to read (invariant 16).
func TestWhatLeftGoesWithItsVerdictWhileEverythingIsReadAnew(t *testing.T) {
	central := centraltest.New(t)
	d := newDesk(t, central, "seat", centraltest.Seat, "K7MQ")
	d.sync()
	first := d.open("远程车控失败")
	d.sync()
	enrol(d.setBack(), d)
	welcome := syncproto.Welcome{Action: syncproto.ActionResync, LogID: d.central.LogID, Epoch: d.central.Epoch, Head: d.central.Head(),
		Person: d.person, Time: d.central.Now, Covered: line}
	d.must(d.ApplyWelcome(ctx, welcome))
	d.hear(d.handIn())
	begins := d.delta()
	begins.Filling, begins.Held = d.central.Buckets(d.person), nil
	d.must(d.Apply(ctx, begins))
	d.noteOn(first, "断线时记的")
	verdicts := d.handIn()
	comes := d.delta()
	comes.Own, comes.Held = nil, nil
	d.must(d.Apply(ctx, comes))
	d.must(d.Apply(ctx, syncproto.Delta{Epoch: comes.Epoch, From: comes.Cursor, Cursor: comes.Cursor, Removed: []syncproto.Ref{ticket.Ref(first)}}))
	if !d.shows(ticket.Ref(first)) {
		t.Fatal("it is gone before the verdict")
	}
	d.hear(verdicts)
	if d.shows(ticket.Ref(first)) {
		t.Error("it has its verdict, and is still there")
	}
}

// Everything is to come anew, and the line goes before the first delta says so: what is held does not count
// as complete, and the next session is told.
func TestWhatComesAnewIsNotHeld(t *testing.T) {
	d := seatDesk(t)
	d.pull()
	held := d.Desk().Held
	if len(held) == 0 || len(d.Desk().Filling) > 0 {
		t.Fatalf("before: %+v", d.Desk())
	}
	d.must(d.ApplyWelcome(ctx, syncproto.Welcome{Action: syncproto.ActionResync, LogID: d.central.LogID, Epoch: d.central.Epoch + 1, Head: 9,
		Person: d.person, Time: d.central.Now}))
	if own := d.Desk(); len(own.Held) > 0 || !slices.Equal(own.Filling, held) {
		t.Errorf("it says that it holds %v, and %v comes; it held %v", own.Held, own.Filling, held)
	}
}
