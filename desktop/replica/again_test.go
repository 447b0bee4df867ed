package replica_test

import (
	"crypto/ed25519"
	"errors"
	"reflect"
	"testing"

	"redress/desktop/centraltest"
	"redress/syncproto"
)

// setBack is the server of the desk after it was restored to a state from before the desk was made
// known: the same log in its next epoch, without anything the desk did.
func (d *desk) setBack() *centraltest.Central {
	d.t.Helper()
	before := d.central
	after := centraltest.New(d.t)
	after.Now, after.Epoch = before.Now.Add(syncproto.Hour), before.Epoch+1
	for range 100 {
		after.NewID() // no id is given twice
	}
	d.central = after
	return after
}

// enrol makes desks known to that server, under the lines they have.
func enrol(restored *centraltest.Central, desks ...*desk) {
	for _, d := range desks {
		restored.Enrol(d.device, d.person, d.Owner().DeviceCode, keyOf(d.login).Public().(ed25519.PublicKey), d.Desk().Incarnation)
	}
}

// resync is how its session begins with the desk.
func (d *desk) resync() {
	d.t.Helper()
	d.must(d.ApplyWelcome(ctx, syncproto.Welcome{Action: syncproto.ActionResync, LogID: d.central.LogID, Epoch: d.central.Epoch, Head: d.central.Head(),
		Person: d.person, Time: d.central.Now, Buckets: d.central.Buckets(d.person), Covered: line}))
}

// line is the line of epochs of that server: the desk was made known after its end.
var line = syncproto.Covered{{Epoch: 1, Seq: 3}, {Epoch: 2}}

// askedAgain is the request to be known again, as the server would read it.
func (d *desk) askedAgain(fresh syncproto.ID) syncproto.EnrolRequest {
	d.t.Helper()
	r, err := d.AskAgain(ctx, syncproto.EnrolRequest{Code: "ABCDE-23456", Name: "坐席一号机", Incarnation: fresh})
	d.must(err)
	key := keyOf(d.login)
	if !ed25519.Verify(key.Public().(ed25519.PublicKey), r.SigningBytes(), r.Signature) || !ed25519.PublicKey(r.Key).Equal(key.Public()) {
		d.t.Error("it is not signed with the device's key")
	}
	if r.Device != d.device || r.DeviceCode != d.Owner().DeviceCode || r.Login != d.login || r.Code != "ABCDE-23456" {
		d.t.Errorf("it says %+v", r)
	}
	return r
}

// answer is what the server says to it.
func (d *desk) answer(change func(*syncproto.EnrolAnswer)) syncproto.EnrolAnswer {
	a := syncproto.EnrolAnswer{Device: d.device, DeviceCode: d.Owner().DeviceCode, Person: d.person, LogID: d.central.LogID, Epoch: d.central.Epoch,
		ServerKey: d.central.Key.Public().(ed25519.PublicKey), Time: d.central.Now}
	if change != nil {
		change(&a)
	}
	return a
}

// A desk whose server has forgotten it is known again under the incarnation it has: all that it ever
// did waits in sight and is handed in from its first command on, each with its first verdict.
func TestAForgottenDeskHandsInAllItDid(t *testing.T) {
	d := newDesk(t, centraltest.New(t), "seat", centraltest.Seat, "K7MQ")
	id := d.open("漆面起泡")
	d.sync()
	d.noteOn(id, "断线时记的")
	first, err := d.FirstVerdicts(ctx, d.outgoing())
	d.must(err)
	incarnation := d.Desk().Incarnation
	d.setBack()
	if r := d.askedAgain(d.central.NewID()); r.Incarnation != incarnation {
		t.Errorf("it asks to be known under %v, and goes on under %v", r.Incarnation, incarnation)
	}
	enrol(d.central, d)
	d.must(d.KnownAgain(ctx, d.answer(nil)))
	d.must(d.ApplyWelcome(ctx, syncproto.Welcome{Action: syncproto.ActionResync, LogID: d.central.LogID, Epoch: 2, Head: d.central.Head(),
		Person: d.person, Time: d.central.Now, Covered: line}))
	if tally := d.balanced(); tally.Pending != 2 || tally.Accepted != 0 {
		t.Errorf("%+v", tally)
	}
	again, err := d.FirstVerdicts(ctx, d.outgoing())
	d.must(err)
	if len(again) != 2 || again[0].Epoch != 1 || !again[1].IsZero() || !reflect.DeepEqual(again, first) {
		t.Errorf("it hands in with the first verdicts %v, before %v", again, first)
	}
	d.hear(d.handIn())
	if tally := d.balanced(); tally.Accepted != 2 {
		t.Errorf("%+v", tally)
	}
}

// TestWhatTheServerHasWaitingAgainIsToldOf: it has the command, and lacks the entry that decided it. The
// desk has it wait again, and says how it ended, in every session until that is decided anew; of what
// it hands in itself, and of what the server's line of epochs has, it says nothing here.
func TestWhatTheServerHasWaitingAgainIsToldOf(t *testing.T) {
	d := newDesk(t, centraltest.New(t), "seat", centraltest.Seat, "K7MQ")
	id := d.open("漆面起泡")
	d.sync()
	had := d.Desk().Counter
	first, err := d.FirstVerdicts(ctx, d.outgoing())
	d.must(err)
	d.noteOn(id, "断线时记的")
	w := syncproto.Welcome{Action: syncproto.ActionHandIn, LogID: d.central.LogID, Epoch: 2, Counter: had, Person: d.person, Time: d.central.Now,
		Covered: syncproto.Covered{{Epoch: 1, Seq: first[0].Seq - 1}, {Epoch: 2}}}
	for range 2 {
		d.must(d.ApplyWelcome(ctx, w))
		told, err := d.Told(ctx, w)
		if d.must(err); !reflect.DeepEqual(told, first) {
			t.Errorf("it says it was told %v; it was %v", told, first)
		}
		if tally := d.balanced(); tally.Pending != 2 {
			t.Errorf("%+v", tally)
		}
	}
	w.Covered[0].Seq++
	if told, err := d.Told(ctx, w); err != nil || len(told) != 0 {
		t.Errorf("of what the server's line has it says %v, %v", told, err)
	}
}

// TestWhatARestoredServerHasNotIsNotSent: the server had a command, and a state from before that does not:
// it is kept only here, and says so.
func TestWhatARestoredServerHasNotIsNotSent(t *testing.T) {
	d := newDesk(t, centraltest.New(t), "seat", centraltest.Seat, "K7MQ")
	id := d.open("漆面起泡")
	d.sync()
	had := d.Desk().Counter
	d.noteOn(id, "断线时记的")
	for epoch, c := range []struct {
		counter uint64
		unsent  int
	}{{had + 1, 0}, {had, 1}, {had + 1, 0}} {
		d.must(d.ApplyWelcome(ctx, syncproto.Welcome{Action: syncproto.ActionHandIn, LogID: d.central.LogID, Epoch: uint32(epoch + 1), Counter: c.counter,
			Covered: syncproto.Covered{{Epoch: 1, Seq: d.central.Head()}}}))
		if status, err := d.Status(ctx); err != nil || status.Waiting != 1 || status.Unsent != c.unsent {
			t.Errorf("the server has %d commands: %+v, %v", c.counter, status, err)
		}
	}
}

// TestAnotherLineInARestoredEpochBringsAll: a rejection is lost with the restore. The desk has read the
// new epoch when it gets another line, as where a copy of its disk has taken the one it had: what was
// rejected is handed in under that.
func TestAnotherLineInARestoredEpochBringsAll(t *testing.T) {
	d := newDesk(t, centraltest.New(t), "seat", centraltest.Seat, "K7MQ")
	id := d.open("漆面起泡")
	d.sync()
	d.tell(d.noteOn(id, "断线时记的").Command, 1, syncproto.Rejected)
	w := syncproto.Welcome{Action: syncproto.ActionResync, LogID: d.central.LogID, Epoch: 2, Person: d.person, Covered: line}
	d.must(d.ApplyWelcome(ctx, w))
	w.Action, w.Incarnation = syncproto.ActionRekey, d.central.NewID()
	d.must(d.ApplyWelcome(ctx, w))
	if all := d.outgoing(); len(all) != 2 || all[1].Incarnation != w.Incarnation {
		t.Errorf("%d commands are handed in", len(all))
	}
	if tally := d.balanced(); tally.Pending != 1 || tally.Rejected != 1 {
		t.Errorf("%+v", tally)
	}
}

// outgoing is all that the desk has to hand in to a server that has nothing of it.
func (d *desk) outgoing() []syncproto.Envelope {
	d.t.Helper()
	all, err := d.Outgoing(ctx, 0, 100)
	d.must(err)
	return all
}

// A desk that did something in a former incarnation asks under a fresh one: the server gives it
// another, and it hands in what was done in all of them, in the order in which it was.
func TestAForgottenDeskWithTwoLinesHandsInBoth(t *testing.T) {
	d := newDesk(t, centraltest.New(t), "seat", centraltest.Seat, "K7MQ")
	id := d.open("漆面起泡")
	d.sync()
	second := d.central.NewID()
	d.central.Rekey(d.device, second)
	d.must(d.ApplyWelcome(ctx, syncproto.Welcome{Action: syncproto.ActionRekey, LogID: d.central.LogID, Epoch: 1, Incarnation: second}))
	d.noteOn(id, "第二条线")
	d.sync()
	d.setBack()
	fresh := d.central.NewID()
	if r := d.askedAgain(fresh); r.Incarnation != fresh {
		t.Fatalf("it asks to be known under %v", r.Incarnation)
	}
	d.central.Enrol(d.device, d.person, "K7MQ", keyOf("seat").Public().(ed25519.PublicKey), fresh)
	d.must(d.KnownAgain(ctx, d.answer(nil)))
	third := d.central.NewID()
	d.central.Rekey(d.device, third)
	d.must(d.ApplyWelcome(ctx, syncproto.Welcome{Action: syncproto.ActionRekey, LogID: d.central.LogID, Epoch: 2, Incarnation: third, Covered: line}))
	if n := len(d.outgoing()); n != 2 {
		t.Errorf("%d commands are handed in, want those of both lines", n)
	}
	d.hear(d.handIn())
	if tally := d.balanced(); tally.Accepted != 2 {
		t.Errorf("%+v", tally)
	}
	// What the restored server itself has decided it has, covered by a copy or not.
	fourth := d.central.NewID()
	d.central.Rekey(d.device, fourth)
	d.must(d.ApplyWelcome(ctx, syncproto.Welcome{Action: syncproto.ActionRekey, LogID: d.central.LogID, Epoch: 2, Incarnation: fourth,
		Covered: syncproto.Covered{line[0], {Epoch: 2, Seq: 1}}}))
	if n := len(d.outgoing()); n != 0 {
		t.Errorf("%d commands are handed in that were decided in this epoch", n)
	}
	if tally := d.balanced(); tally.Accepted != 2 {
		t.Errorf("then %+v", tally)
	}
}

// TestAnAnswerThatIsNotForThisDesk changes nothing: another installation's, a false server's, or one
// that made another device known.
func TestAnAnswerThatIsNotForThisDesk(t *testing.T) {
	d := newDesk(t, centraltest.New(t), "seat", centraltest.Seat, "K7MQ")
	before := d.Desk()
	for name, c := range map[string]struct {
		change func(*syncproto.EnrolAnswer)
		code   syncproto.Code
	}{
		"another log":    {func(a *syncproto.EnrolAnswer) { a.LogID = d.central.NewID() }, syncproto.CodeWrongLog},
		"another key":    {func(a *syncproto.EnrolAnswer) { a.ServerKey = make([]byte, ed25519.PublicKeySize) }, syncproto.CodeWrongLog},
		"no key":         {func(a *syncproto.EnrolAnswer) { a.ServerKey = nil }, syncproto.CodeWrongLog},
		"another device": {func(a *syncproto.EnrolAnswer) { a.Device = d.central.NewID() }, syncproto.CodeMalformed},
		"another person": {func(a *syncproto.EnrolAnswer) { a.Person = centraltest.Manager }, syncproto.CodeMalformed},
		"no code":        {func(a *syncproto.EnrolAnswer) { a.DeviceCode = "" }, syncproto.CodeMalformed},
		"nothing at all": {func(a *syncproto.EnrolAnswer) { *a = syncproto.EnrolAnswer{} }, syncproto.CodeWrongLog},
	} {
		answer := d.answer(func(a *syncproto.EnrolAnswer) { a.DeviceCode = "P2XA"; c.change(a) })
		if err := d.KnownAgain(ctx, answer); !errors.Is(err, &syncproto.Problem{Code: c.code}) {
			t.Errorf("%s: %v, want %s", name, err, c.code)
		}
		if !reflect.DeepEqual(d.Desk(), before) || d.Owner().DeviceCode != "K7MQ" {
			t.Errorf("%s: it is %+v", name, d.Owner())
		}
	}
}

// TestNumbersGoOnUnderTheCodeThatIsFree, also after the next start; none is given twice.
func TestNumbersGoOnUnderTheCodeThatIsFree(t *testing.T) {
	d := newDesk(t, centraltest.New(t), "seat", centraltest.Seat, "K7MQ")
	d.open("漆面起泡")
	d.must(d.KnownAgain(ctx, d.answer(func(a *syncproto.EnrolAnswer) { a.DeviceCode = "P2XA"; a.Epoch = 9 })))
	for _, at := range []*desk{d, d.reopen(d.image())} {
		if number, err := at.ReserveNumber(ctx); err != nil || number != "P2XA-00002" {
			t.Errorf("the number is %q (%v)", number, err)
		}
		if own := at.Desk(); own.Epoch != 1 || own.Counter != 1 || own.Device != d.device {
			t.Errorf("it is %+v", own)
		}
	}
}

// TestARevokedDeskAsksForNothing: it has nothing to hand in any more.
func TestARevokedDeskAsksForNothing(t *testing.T) {
	d := newDesk(t, centraltest.New(t), "seat", centraltest.Seat, "K7MQ")
	if _, err := d.Erase(ctx, d.Desk().Counter); err != nil {
		t.Fatal(err)
	}
	if _, err := d.AskAgain(ctx, syncproto.EnrolRequest{Code: "ABCDE-23456"}); !errors.Is(err, &syncproto.Problem{Code: syncproto.CodeRevoked}) {
		t.Errorf("%v", err)
	}
}

// After a restore a command says up to where in the new epoch its desk knows who may do what: by a position of the
// epoch before it would be judged by what came to pass since, which this desk never heard of (design §3).
func TestWhatADeskKnowsIsOfTheRestoredLog(t *testing.T) {
	central := centraltest.New(t)
	d := newDesk(t, central, "seat", centraltest.Seat, "K7MQ")
	id := d.open("远程车控失败")
	for range 5 {
		d.noteOn(id, "断线时记的")
	}
	d.sync()
	known := func() uint64 {
		t.Helper()
		all := d.outgoing()
		var intent syncproto.Intent
		d.must(syncproto.Decode(all[len(all)-1].Intent, &intent))
		return intent.Known
	}
	before := d.Desk().Cursor
	enrol(d.setBack(), d)
	d.resync()
	d.open("漆面起泡")
	if got := known(); got != before {
		t.Errorf("before anything is read of it %d is known, want %d", got, before)
	}
	begins := d.delta()
	begins.Documents, begins.History, begins.Filling, begins.Held = nil, nil, d.central.Buckets(d.person), nil
	d.must(d.Apply(ctx, begins))
	for range 2 {
		d.open("轮胎鼓包")
		if got := known(); got != d.central.Head() || got >= before {
			t.Errorf("at %d of the restored log %d is known", d.central.Head(), got)
		}
		d.checkpoint()
	}
}
