package ledger_test

import (
	"context"
	"errors"
	"testing"

	"redress/server/ledger"
	"redress/server/ledger/ledgertest"
	"redress/server/store"
	"redress/syncproto"
	"redress/syncproto/decision"
	"redress/syncproto/organisation"
	"redress/syncproto/reference"
	"redress/syncproto/rules"
	"redress/syncproto/ticket"
)

// waitsSinceBefore is a restored world in which a desk's dispatch waits for its ticket. What was taken
// back had the ticket, and rejected the dispatch; as things are now it would be accepted.
func waitsSinceBefore(t *testing.T) (l *lost, opening, dispatch syncproto.Envelope) {
	t.Helper()
	l, opening, dispatch = waitedAndWas(t, syncproto.Rejected)
	l.Ledger.Await([]syncproto.ID{l.desk.Device})
	return l, opening, dispatch
}

// waitedAndWas is the same, where it was decided with that outcome and nobody is awaited yet.
func waitedAndWas(t *testing.T, outcome syncproto.Outcome) (l *lost, opening, dispatch syncproto.Envelope) {
	t.Helper()
	var other *ledgertest.Desk
	l = afterARestore(t, func(w *ledgertest.World, d *ledgertest.Desk) {
		other = w.Desk(w.Seat, "P2XA")
		id := w.ID()
		opening = other.Make(syncproto.CommandOpen, w.Open(id, w.East, "P2XA-00001"))
		dispatch = d.Make(syncproto.CommandDispatch, ticket.Dispatch{Ticket: id, Unit: w.Department, Note: "请查"})
		d.Hand(dispatch)
	}, func(d *ledgertest.Desk) []syncproto.Envelope {
		d.Ledger.SetRule(rejectsDispatch(outcome == syncproto.Rejected))
		other.Hand(opening)
		return []syncproto.Envelope{opening, dispatch}
	})
	if got := l.told[idOf(l.World, dispatch)].First.Outcome; got != outcome {
		t.Fatalf("the dispatch was %v", got)
	}
	return l, opening, dispatch
}

func (l *lost) tells(device syncproto.ID, verdicts ...syncproto.Verdict) {
	l.T.Helper()
	must(l.T, l.Ledger.Told(context.Background(), l.Now, device, verdicts, true))
}

func (l *lost) waitsFor(e syncproto.Envelope) syncproto.Code {
	l.T.Helper()
	var code syncproto.Code
	must(l.T, l.Store.View(context.Background(), func(v *store.View) error {
		all, err := v.Parked()
		for _, p := range all {
			if p.Command == idOf(l.World, e) {
				code = p.Code
			}
		}
		return err
	}))
	return code
}

// TestWhatWaitedEndsAsWasTold (invariants 1 and 17): the desk has nothing to hand in, for the server
// has the command; it says how that ended.
func TestWhatWaitedEndsAsWasTold(t *testing.T) {
	l, opening, dispatch := waitsSinceBefore(t)
	v := l.told[idOf(l.World, dispatch)].First
	l.tells(l.desk.Device, v)
	if r := l.again(opening); r.Verdict.Outcome != syncproto.Accepted {
		t.Fatalf("the ticket is %+v", r)
	}
	if got := outcome(l.World, dispatch); got != syncproto.Rejected {
		t.Errorf("it was told that it is rejected and is %v", got)
	}
	must(t, l.Ledger.EndRestoring(context.Background(), l.Now))
	l.Verify()
}

// TestWhatWaitedWaitsForItsDevice, where that comes after the collecting: also over a start of the
// server. Of a device that was told nothing it is decided as things are then.
func TestWhatWaitedWaitsForItsDevice(t *testing.T) {
	for _, knows := range []bool{true, false} {
		l, opening, dispatch := waitsSinceBefore(t)
		l.again(opening)
		must(t, l.Ledger.EndRestoring(context.Background(), l.Now))
		l.Restart()
		if got := l.waitsFor(dispatch); got != syncproto.CodeWaitsDevice {
			t.Errorf("before its device came it waits for %q", got)
		}
		var told []syncproto.Verdict
		want := syncproto.Accepted
		if knows {
			told, want = append(told, l.told[idOf(l.World, dispatch)].First), syncproto.Rejected
		}
		l.tells(l.desk.Device, told...)
		if got := outcome(l.World, dispatch); got != want {
			t.Errorf("its device came, and was told %v: it is %v", knows, got)
		}
		l.Restart()
		if r, err := l.Store.Restoration(context.Background()); err != nil || len(r.Missing) != 0 {
			t.Errorf("it is still waited for: %v, %v", r.Missing, err)
		}
		l.Verify()
	}
}

// TestNobodyTellsWhatTheServerDidNotSay: a verdict that was changed, or is said by another device,
// counts nothing.
func TestNobodyTellsWhatTheServerDidNotSay(t *testing.T) {
	for name, tell := range map[string]func(l *lost, v syncproto.Verdict){
		"changed": func(l *lost, v syncproto.Verdict) {
			v.Outcome = syncproto.Accepted
			l.tells(l.desk.Device, v)
		},
		"another's": func(l *lost, v syncproto.Verdict) {
			l.tells(syncproto.Derive("another"), v)
			l.tells(l.desk.Device)
		},
	} {
		l, opening, dispatch := waitsSinceBefore(t)
		tell(l, l.told[idOf(l.World, dispatch)].First)
		l.again(opening)
		p := l.Payload(l.Ledger.Head().Seq)
		if got := outcome(l.World, dispatch); got != syncproto.Accepted || !p.First.IsZero() {
			t.Errorf("%s: it is %v, and its entry says that it was told %+v", name, got, p.First)
		}
		l.Verify()
	}
}

// TestWhatWasToldOutlivesAStart: a device has said that its dispatch was accepted, and the ticket is
// not there yet. That is on record once, however often it is said: it outlives a start of the server,
// and the device, which may be revoked and have erased itself, need not come again.
func TestWhatWasToldOutlivesAStart(t *testing.T) {
	for _, collecting := range []bool{true, false} {
		l, opening, dispatch := waitedAndWas(t, syncproto.Accepted)
		l.Ledger.Await([]syncproto.ID{l.desk.Device})
		v := l.told[idOf(l.World, dispatch)].First
		end := func() { must(t, l.Ledger.EndRestoring(context.Background(), l.Now)) }
		before := l.Ledger.Head().Seq
		if !collecting {
			end()
		}
		for range 2 {
			l.tells(l.desk.Device, v)
			l.tells(l.desk.Device)
		}
		if got := l.Ledger.Head().Seq; got != before+1 {
			t.Errorf("it is on record %d times", got-before)
		}
		if collecting {
			end()
		}
		l.Verify()
		l.Restart()
		l.Ledger.SetRule(rejectsDispatch(true)) // as if what it needed were otherwise now
		l.again(opening)
		if got := l.waitsFor(dispatch); got != syncproto.CodeWaitsPerson {
			t.Errorf("after a start it waits for %q, and is %v", got, outcome(l.World, dispatch))
		}
		if r, err := l.Store.Restoration(context.Background()); err != nil || len(r.Missing) != 0 {
			t.Errorf("it is still waited for: %v, %v", r.Missing, err)
		}
		l.Verify()
	}
}

// TestWhoHasSomethingWaitingIsAwaited, however long ago it was heard: it alone knows what it was told.
func TestWhoHasSomethingWaitingIsAwaited(t *testing.T) {
	l, opening, dispatch := waitedAndWas(t, syncproto.Rejected)
	l.Ledger.Await(nil)
	l.again(opening)
	must(t, l.Ledger.EndRestoring(context.Background(), l.Now))
	if got := l.waitsFor(dispatch); got != syncproto.CodeWaitsDevice {
		t.Errorf("before its device came it waits for %q, and is %v", got, outcome(l.World, dispatch))
	}
	l.tells(l.desk.Device, l.told[idOf(l.World, dispatch)].First)
	if got := outcome(l.World, dispatch); got != syncproto.Rejected {
		t.Errorf("its device came, and it is %v", got)
	}
	l.Verify()
}

// hooked is a store in which something happens before the end of the collecting is written down.
type hooked struct {
	*store.Store
	before func()
}

func (h hooked) Collected(ctx context.Context, missing []syncproto.ID) error {
	h.before()
	return h.Store.Collected(ctx, missing)
}

// TestADeviceTellsAtTheEndOfTheCollecting: what waits of it is decided, and what it says comes before
// the end is written down. It is heard all the same.
func TestADeviceTellsAtTheEndOfTheCollecting(t *testing.T) {
	l, opening, dispatch := waitedAndWas(t, syncproto.Rejected)
	told := false // who is missing is written down once more then
	l.LoadFrom(hooked{l.Store, func() {
		if !told {
			told = true
			l.tells(l.desk.Device, l.told[idOf(l.World, dispatch)].First)
		}
	}})
	l.Ledger.Await(nil)
	l.again(opening)
	must(t, l.Ledger.EndRestoring(context.Background(), l.Now))
	if got := outcome(l.World, dispatch); !told || got != syncproto.Rejected {
		t.Errorf("it was told that it is rejected, and is %v and waits for %q", got, l.waitsFor(dispatch))
	}
	l.Verify()
}

// TestWhatWasToldComesFromTheCopy: every row is as it was, while the command waits and when it has
// been decided.
func TestWhatWasToldComesFromTheCopy(t *testing.T) {
	for _, decided := range []bool{false, true} {
		l, opening, dispatch := waitedAndWas(t, syncproto.Rejected)
		back := copied(t, l.World)
		l.tells(l.desk.Device, l.told[idOf(l.World, dispatch)].First)
		if decided {
			l.again(opening)
		}
		must(t, back.Ledger.Replay(t.Context(), 2, entriesAfter(l.World, back.Ledger.Head().Seq)))
		compare(t, rows(t, l.World), rows(t, back))
		back.Verify()
	}
}

func entriesAfter(w *ledgertest.World, seq uint64) (all []syncproto.Entry) {
	w.T.Helper()
	must(w.T, w.Store.View(w.T.Context(), func(v *store.View) error {
		for seq++; seq <= w.Ledger.Head().Seq; seq++ {
			e, _, err := v.Entry(seq)
			if err != nil {
				return err
			}
			all = append(all, e)
		}
		return nil
	}))
	return all
}

// TestWhatMakesWhatItsLineWaitsForIsDecidedToo: of two copies of a disk the one handed in the approval,
// and then the other its claim, whose ticket was not there yet. It was there in what was taken back.
func TestWhatMakesWhatItsLineWaitsForIsDecidedToo(t *testing.T) {
	var boss *manager
	var opening, approve, file syncproto.Envelope
	l := afterARestore(t, func(w *ledgertest.World, d *ledgertest.Desk) {
		boss = &manager{Desk: w.Desk(w.Manager, "LI01")}
		boss.connect()
		on, filed := w.ID(), w.ID()
		opening = d.Make(syncproto.CommandOpen, w.Open(on, w.East, "K7MQ-00001"))
		approve, file = boss.approve(filed, 3000*syncproto.Yuan), boss.file(filed, on, 3000*syncproto.Yuan)
		boss.Hand(approve)
		boss.Hand(file)
	}, func(d *ledgertest.Desk) []syncproto.Envelope {
		d.Hand(opening)
		return []syncproto.Envelope{opening}
	})
	l.Ledger.Await(nil)
	l.again(opening)
	must(t, l.Ledger.EndRestoring(context.Background(), l.Now))
	l.tells(boss.Device)
	for _, e := range []syncproto.Envelope{file, approve} {
		if got := outcome(l.World, e); got != syncproto.Accepted {
			t.Errorf("its device came, and was told nothing: it is %v and waits for %q", got, l.waitsFor(e))
		}
	}
	l.Verify()
}

// TestTheOtherCopyOfADiskWasTold: after a restore the one hands in a dispatch that it never heard of,
// or later than the other that it waits, and it waits. The other hands in the same, and was told that it
// is accepted.
func TestTheOtherCopyOfADiskWasTold(t *testing.T) {
	for _, waited := range []bool{true, false} {
		var other *ledgertest.Desk
		var opening, dispatch syncproto.Envelope
		l := afterARestore(t, func(w *ledgertest.World, _ *ledgertest.Desk) { other = w.Desk(w.Seat, "P2XA") },
			func(d *ledgertest.Desk) []syncproto.Envelope {
				id := d.ID()
				opening = other.Make(syncproto.CommandOpen, d.Open(id, d.East, "P2XA-00001"))
				dispatch = d.Make(syncproto.CommandDispatch, ticket.Dispatch{Ticket: id, Unit: d.Department, Note: "请查"})
				other.Hand(opening)
				d.Hand(dispatch)
				return []syncproto.Envelope{opening, dispatch}
			})
		must(t, l.Ledger.EndRestoring(context.Background(), l.Now))
		first := l.desk.Submission(dispatch)
		if id, v := l.Ledger.Identity(), l.told[idOf(l.World, dispatch)].First; waited {
			v.Seq, v.Outcome = v.Seq+1, syncproto.Parked
			first.First = v.Sign(id.LogID, id.ServerKey)
		}
		l.Commit(first)
		for range 2 {
			if r := l.again(dispatch); r.Verdict.Outcome != syncproto.Parked {
				t.Fatalf("it is %+v", r)
			}
		}
		l.Restart()
		l.Ledger.SetRule(rejectsDispatch(true)) // as if what it needed were otherwise now
		l.again(opening)
		if got := l.waitsFor(dispatch); got != syncproto.CodeWaitsPerson {
			t.Errorf("it waits for %q, and is %v", got, outcome(l.World, dispatch))
		}
		l.Verify()
	}
}

// TestWhatADeviceSaidIsLost with its batch, for want of room, and what it speaks of is decided on top of
// that: it waits on for the device, which says it again.
func TestWhatADeviceSaidIsLost(t *testing.T) {
	l, opening, dispatch := waitsSinceBefore(t)
	must(t, l.Ledger.EndRestoring(context.Background(), l.Now))
	v := l.told[idOf(l.World, dispatch)].First
	writing, let := make(chan bool), make(chan error)
	overFailing(t, l.World).fail = func(store.Batch) error {
		writing <- true
		return <-let
	}
	decided := make(chan bool, 10)
	l.Ledger.SetRule(func(in decision.Input, ref reference.Reference) decision.Outcome {
		decided <- true
		return rules.Decide(in, ref)
	})
	ends := make(chan error, 2)
	go func() { ends <- l.Ledger.Told(t.Context(), l.Now, l.desk.Device, []syncproto.Verdict{v}, true) }()
	<-writing
	go func() {
		_, err := l.Ledger.Commit(t.Context(), l.Now, []ledger.Submission{l.told[idOf(l.World, opening)]})
		ends <- err
	}()
	<-decided
	let <- store.ErrFull
	<-writing
	let <- nil
	if err := errors.Join(<-ends, <-ends); !errors.Is(err, store.ErrFull) {
		t.Fatal(err)
	}
	if got := l.waitsFor(dispatch); got != syncproto.CodeWaitsDevice {
		t.Errorf("it waits for %q, and is %v", got, outcome(l.World, dispatch))
	}
	go func() { <-writing; let <- nil }()
	l.tells(l.desk.Device, v)
	if got := outcome(l.World, dispatch); got != syncproto.Rejected {
		t.Errorf("it was told that it is rejected, and is %v", got)
	}
	l.Verify()
}

// TestWhatADeviceSaidIsNotLost with the batch behind it, for want of room: what is decided in that moment, of
// what the device was told nothing of, does not wait for its word any more. Which comes first in that moment
// nobody can say, so it is tried often.
func TestWhatADeviceSaidIsNotLost(t *testing.T) {
	for range 20 {
		saidBeforeTheRoomWasGone(t)
	}
}

func saidBeforeTheRoomWasGone(t *testing.T) {
	t.Helper()
	var opening, dispatch, note syncproto.Envelope
	var other *ledgertest.Desk
	l := afterARestore(t, func(w *ledgertest.World, d *ledgertest.Desk) {
		other = w.Desk(w.Seat, "P2XA")
		id := w.ID()
		opening = other.Make(syncproto.CommandOpen, w.Open(id, w.East, "P2XA-00001"))
		dispatch = d.Make(syncproto.CommandDispatch, ticket.Dispatch{Ticket: id, Unit: w.Department, Note: "请查"})
		note = d.Make(syncproto.CommandNote, ticket.Note{Ticket: w.ID(), Text: "已回电"})
		d.Hand(dispatch)
		d.Hand(note)
	}, func(*ledgertest.Desk) []syncproto.Envelope {
		other.Hand(opening)
		return []syncproto.Envelope{opening, dispatch}
	})
	l.Ledger.Await([]syncproto.ID{l.desk.Device})
	must(t, l.Ledger.EndRestoring(context.Background(), l.Now))
	id := l.Ledger.Identity()
	v := syncproto.Verdict{Command: idOf(l.World, note), Hash: note.CommandHash(), Epoch: 1, Seq: 99, Time: l.Now, Outcome: syncproto.Accepted}
	writing, let, decided := make(chan bool), make(chan error), make(chan bool, 9)
	overFailing(t, l.World).fail = func(store.Batch) error {
		writing <- true
		return <-let
	}
	l.Ledger.SetRule(func(in decision.Input, ref reference.Reference) decision.Outcome {
		decided <- true
		return rules.Decide(in, ref)
	})
	ends := make(chan error, 3)
	go func() {
		ends <- l.Ledger.Told(t.Context(), l.Now, l.desk.Device, []syncproto.Verdict{v.Sign(id.LogID, id.ServerKey)}, true)
	}()
	<-writing
	unit := organisation.DefineUnit{ID: l.ID(), Unit: organisation.Unit{Name: "华中区", Kind: organisation.Region}}
	intent, err := rules.Write(syncproto.CommandDefineUnit, unit)
	must(t, err)
	intent.Operator = "周敏"
	commit := func(s ledger.Submission) {
		_, err := l.Ledger.Commit(t.Context(), l.Now, []ledger.Submission{s})
		ends <- err
	}
	for len(decided) > 0 {
		<-decided
	}
	go commit(l.Ledger.Own(intent, l.Now))
	<-decided // and waits for what was said
	go commit(l.told[idOf(l.World, opening)])
	let <- nil
	<-writing
	let <- store.ErrFull
	<-writing
	let <- nil
	if err := errors.Join(<-ends, <-ends, <-ends); !errors.Is(err, store.ErrFull) {
		t.Fatal(err)
	}
	if got := outcome(l.World, dispatch); got != syncproto.Accepted {
		t.Fatalf("it is %v, and waits for %q", got, l.waitsFor(dispatch))
	}
	l.Verify()
}

// TestWhoeverCountsWhatWaitsHearsWhy, also where no entry says it: from the copy a dispatch waits for its
// ticket, which is there, and at the end of the restoring for its device, of which an alarm tells.
func TestWhoeverCountsWhatWaitsHearsWhy(t *testing.T) {
	l, opening, dispatch := waitsSinceBefore(t)
	back := copied(t, l.World)
	l.again(opening)
	must(t, back.Ledger.Replay(t.Context(), 2, entriesAfter(l.World, back.Ledger.Head().Seq)))
	intent := syncproto.Intent{ID: l.ID(), Kind: syncproto.CommandRestore, Operator: "周敏"}
	must(t, back.Store.Restored(t.Context(), store.Restoration{Epoch: 3}, back.Ledger.AsRestored(3, l.Now, intent), nil))
	back.Restart()
	back.Ledger.Await(nil)
	var code syncproto.Code
	back.Ledger.OnAdvance(func(a ledger.Advance) {
		for _, p := range a.Batch.Parked {
			code = p.Code
		}
	})
	must(t, back.Ledger.EndRestoring(t.Context(), l.Now))
	l.World = back
	if got := l.waitsFor(dispatch); got != syncproto.CodeWaitsDevice || got != code {
		t.Errorf("it waits for %q, and whoever counts was told %q", got, code)
	}
	back.Verify()
}

// TestADeviceIsAwaitedUntilItsWordIsOnTheDisk: it is revoked, has said what it was told, and its line breaks while
// that is being written. On its next line it is not to erase itself yet: what it said may be lost.
func TestADeviceIsAwaitedUntilItsWordIsOnTheDisk(t *testing.T) {
	l, _, dispatch := waitsSinceBefore(t)
	must(t, l.Ledger.EndRestoring(t.Context(), l.Now))
	writing, let := make(chan bool), make(chan error)
	overFailing(t, l.World).fail = func(store.Batch) error {
		writing <- true
		return <-let
	}
	v := l.told[idOf(l.World, dispatch)].First
	for _, want := range []error{store.ErrFull, nil} {
		end := make(chan error)
		go func() { end <- l.Ledger.Told(t.Context(), l.Now, l.desk.Device, []syncproto.Verdict{v}, true) }()
		<-writing
		if !l.Ledger.Awaits(l.desk.Device) {
			t.Error("what it said is not on the disk, and it is not awaited")
		}
		let <- want
		if err := <-end; !errors.Is(err, want) {
			t.Fatal(err)
		}
		if got := l.Ledger.Awaits(l.desk.Device); got != (want != nil) {
			t.Errorf("its word was written with %v, and it is awaited: %v", want, got)
		}
	}
	l.Verify()
}

// TestADeviceThatTellsOnTwoLinesIsAwaitedWhereBothAreLost: its line broke while what it said was being written, and it
// said the same on its next one. There is no room for either, and what waits of it waits on.
func TestADeviceThatTellsOnTwoLinesIsAwaitedWhereBothAreLost(t *testing.T) {
	l, _, dispatch := waitsSinceBefore(t)
	must(t, l.Ledger.EndRestoring(t.Context(), l.Now))
	writing, let, decided := make(chan bool), make(chan error), make(chan bool, 9)
	f := overFailing(t, l.World)
	f.fail = func(store.Batch) error {
		writing <- true
		return <-let
	}
	f.viewed = func() { decided <- true }
	first, second := make(chan error, 1), make(chan error, 1)
	tell := func(end chan error) {
		end <- l.Ledger.Told(t.Context(), l.Now, l.desk.Device, []syncproto.Verdict{l.told[idOf(l.World, dispatch)].First}, true)
	}
	go tell(first)
	<-decided
	<-writing
	go tell(second)
	<-decided // and waits for the first to be written
	for _, one := range []chan error{first, second} {
		let <- store.ErrFull
		if one == first {
			<-writing
		}
		if err := <-one; !errors.Is(err, store.ErrFull) {
			t.Fatal(err)
		}
	}
	if !l.Ledger.Awaits(l.desk.Device) {
		t.Error("what it said is lost, and it is not awaited")
	}
	f.fail, f.viewed = func(store.Batch) error { return nil }, nil
	l.tells(l.desk.Device, l.told[idOf(l.World, dispatch)].First)
	if got := outcome(l.World, dispatch); got != syncproto.Rejected || l.Ledger.Awaits(l.desk.Device) {
		t.Errorf("said again: it is %v, and waits for %q", got, l.waitsFor(dispatch))
	}
	l.Verify()
}

// TestWhoHasSaidAllIsNotAwaitedAfterAStart, also where that was while the end of the restoring, or another device's
// word, was being written down: what waits for its ticket would wait for the device then, which may be erased by now.
func TestWhoHasSaidAllIsNotAwaitedAfterAStart(t *testing.T) {
	for _, atTheEnd := range []bool{true, false} {
		l, opening, dispatch := waitedAndWas(t, syncproto.Accepted)
		another := syncproto.Derive("another")
		l.Ledger.Await([]syncproto.ID{l.desk.Device, another})
		if !atTheEnd {
			must(t, l.Ledger.EndRestoring(t.Context(), l.Now))
		}
		says := func() { l.tells(l.desk.Device) }
		l.LoadFrom(hooked{l.Store, func() {
			if now := says; now != nil {
				says = nil
				now()
			}
		}})
		if atTheEnd {
			l.Ledger.Await([]syncproto.ID{l.desk.Device})
			must(t, l.Ledger.EndRestoring(t.Context(), l.Now))
		} else {
			l.tells(another)
		}
		l.Restart()
		if r, err := l.Store.Restoration(t.Context()); err != nil || len(r.Missing) != 0 {
			t.Errorf("at the end: %v; %v is awaited, %v", atTheEnd, r.Missing, err)
		}
		if l.again(opening); outcome(l.World, dispatch) != syncproto.Accepted {
			t.Errorf("at the end: %v; the dispatch waits for %q", atTheEnd, l.waitsFor(dispatch))
		}
		l.Verify()
	}
}
