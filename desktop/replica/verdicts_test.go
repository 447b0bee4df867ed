package replica_test

import (
	"errors"
	"slices"
	"testing"

	"redress/desktop/centraltest"
	"redress/desktop/replica"
	"redress/syncproto"
	"redress/syncproto/ticket"
)

func (d *desk) cards() []replica.Command {
	d.t.Helper()
	cards, err := d.NeedsYou(ctx)
	d.must(err)
	return cards
}

// Two seats put the same field right. The second gets a card that says what was on the
// screen, and it stays until the person puts it away.
func TestARejectionIsACardAndItsOverlayIsGone(t *testing.T) {
	central := centraltest.New(t)
	a := newDesk(t, central, "seat", centraltest.Seat, "K7MQ")
	other := syncproto.Derive("other seat")
	central.Employ(other, "other", "赵红", 1, centraltest.CallCentre)
	b := newDesk(t, central, "other", other, "Q3RB")
	id := a.open("远成车控失败")
	a.sync()
	b.pull()
	a.mustTap(syncproto.CommandAmend, ticket.Amend{Ticket: id, Field: ticket.FieldSubject, Old: "远成车控失败", New: "远程车控失败"})
	a.sync()
	receipt := b.mustTap(syncproto.CommandAmend, ticket.Amend{Ticket: id, Field: ticket.FieldSubject, Old: "远成车控失败", New: "车控失败"})
	if body, _ := b.ticket(id); body.Subject != "车控失败" {
		t.Errorf("before the verdict it reads %q", body.Subject)
	}
	b.hear(b.handIn())
	if body, doc := b.ticket(id); body.Subject != "远成车控失败" || doc.Pending {
		t.Errorf("after the rejection it reads %q, pending %v", body.Subject, doc.Pending)
	}
	b.pull()
	if body, _ := b.ticket(id); body.Subject != "远程车控失败" {
		t.Errorf("after the delta it reads %q", body.Subject)
	}
	cards := b.cards()
	if len(cards) != 1 || cards[0].Intent.ID != receipt.Command || cards[0].Stage != replica.Refused || cards[0].Screen != "on the screen" ||
		cards[0].Verdict.Findings[0].Code != syncproto.CodeChanged || cards[0].Verdict.Findings[0].Text != "远程车控失败" {
		t.Fatalf("cards %+v", cards)
	}
	b = b.reopen(b.image())
	if len(b.cards()) != 1 {
		t.Error("the card went with the kill")
	}
	b.must(b.Dismiss(ctx, receipt.Command))
	if len(b.cards()) != 0 {
		t.Error("it was put away and is still there")
	}
	if tally := b.balanced(); tally.Rejected != 1 {
		t.Errorf("%+v", tally)
	}
	b.derivedIsFolded()
}

// A11: the approval comes before the claim it approves. Parked, it stays in sight as what
// it was; released, it is final. Both verdicts are on record.
func TestAParkedCommandStaysInSightUntilItsRelease(t *testing.T) {
	central := centraltest.New(t)
	a := newDesk(t, central, "seat", centraltest.Seat, "K7MQ")
	id := a.open("远程车控失败")
	receipt := a.noteOn(id, "备注")
	// The second of the two arrives first, as another incarnation's line would bring it.
	waiting, err := a.Waiting(ctx)
	a.must(err)
	parked := syncproto.Verdict{Command: receipt.Command, Hash: hashOf(t, a, receipt.Command), Epoch: 1, Seq: central.Head() + 1, Time: central.Now,
		Outcome: syncproto.Parked, Findings: []syncproto.Finding{{Code: syncproto.CodeWaitsForDoc, Doc: ticket.Ref(id)}}}.Sign(central.LogID, central.Key)
	a.must(a.ApplyVerdicts(ctx, []syncproto.Verdict{parked}, 0))
	if len(waiting) != 2 {
		t.Errorf("%d wait", len(waiting))
	}
	cards := a.cards()
	if len(cards) != 1 || cards[0].Stage != replica.Held {
		t.Fatalf("cards %+v", cards)
	}
	a.must(a.Dismiss(ctx, receipt.Command)) // there is more to come
	if len(a.cards()) != 1 {
		t.Error("a parked command's card was put away")
	}
	if got := a.trail(ticket.Ref(id)); !slices.Equal(got, []string{"opened*", "clock-started*", "clock-started*", "clock-started*", "noted*"}) {
		t.Errorf("parked, the trail is %v", got)
	}
	if tally := a.balanced(); tally.Parked != 1 || tally.Pending != 1 {
		t.Errorf("%+v", tally)
	}
	a.sync()
	// Pressed while it was parked, carried out when it was final: nobody has read that yet.
	a.must(a.Replica.Dismiss(ctx, receipt.Command, cards[0].Verdict))
	cards = a.cards()
	if len(cards) != 1 || cards[0].Stage != replica.Final || cards[0].First.Outcome != syncproto.Parked || cards[0].Verdict.Outcome != syncproto.Accepted {
		t.Fatalf("cards %+v", cards)
	}
	// Verdicts are final, and the first is kept for ever.
	a.must(a.ApplyVerdicts(ctx, []syncproto.Verdict{parked}, 0))
	if again := a.cards(); again[0].Stage != replica.Final || again[0].First.Outcome != syncproto.Parked {
		t.Errorf("a late verdict changed what was final: %+v", again[0])
	}
	a.must(a.Dismiss(ctx, receipt.Command))
	if len(a.cards()) != 0 {
		t.Error("still there")
	}
}

func hashOf(t testing.TB, d *desk, command syncproto.ID) syncproto.Hash {
	t.Helper()
	envelopes, err := d.Outgoing(ctx, 0, 1000)
	d.must(err)
	for _, e := range envelopes {
		var intent syncproto.Intent
		d.must(syncproto.Decode(e.Intent, &intent))
		if intent.ID == command {
			return e.CommandHash()
		}
	}
	t.Fatal("no such command")
	return syncproto.Hash{}
}

func TestAVerdictIsTheServersOrNone(t *testing.T) {
	d := seatDesk(t)
	receipt := d.noteOn(d.open("远程车控失败"), "备注")
	verdicts := d.handIn()
	forged := slices.Clone(verdicts)
	forged[1].Outcome = syncproto.Rejected
	other := slices.Clone(verdicts)
	other[1].Hash = syncproto.HashOf([]byte("something else"))
	other[1] = other[1].Sign(d.central.LogID, d.central.Key)
	for name, c := range map[string]struct {
		verdicts []syncproto.Verdict
		code     syncproto.Code
	}{"changed on the way": {forged, syncproto.CodeUnsigned}, "on another command of that id": {other, syncproto.CodeSameIDOtherHash}} {
		if err := d.ApplyVerdicts(ctx, c.verdicts, 2); !errors.Is(err, &syncproto.Problem{Code: c.code}) {
			t.Errorf("%s: %v", name, err)
		}
	}
	if tally := d.balanced(); tally.Pending != 2 {
		t.Errorf("something was taken in: %+v", tally)
	}
	stages := func() (all []replica.Stage) {
		recent, err := d.Recent(ctx)
		d.must(err)
		for _, c := range recent {
			all = append(all, c.Stage)
		}
		return all
	}
	if got := stages(); !slices.Equal(got, []replica.Stage{replica.KeptHere, replica.KeptHere}) {
		t.Errorf("%v", got)
	}
	d.must(d.ApplyVerdicts(ctx, verdicts[:1], 2))
	if got := stages(); !slices.Equal(got, []replica.Stage{replica.Sent, replica.Final}) {
		t.Errorf("%v", got)
	}
	unknown := verdicts[1]
	unknown.Command = d.central.NewID()
	d.must(d.ApplyVerdicts(ctx, []syncproto.Verdict{unknown.Sign(d.central.LogID, d.central.Key)}, 2))
	d.hear(verdicts)
	recent, err := d.Recent(ctx)
	d.must(err)
	if recent[0].Intent.ID != receipt.Command || recent[0].First == nil || recent[0].First.Seq != verdicts[1].Seq || recent[0].Card {
		t.Errorf("%+v", recent[0])
	}
}

// A verdict that comes again is taken as it was; one that differs from it in
// what is signed is nobody's word, least of all that what waited is decided.
func TestASecondVerdictIsTheServersToo(t *testing.T) {
	d := seatDesk(t)
	d.noteOn(d.open("远程车控失败"), "备注")
	parked := d.handIn()[1]
	parked.Outcome, parked.Findings = syncproto.Parked, []syncproto.Finding{{Code: syncproto.CodeWaitsBehind}}
	parked = parked.Sign(d.central.LogID, d.central.Key)
	d.must(d.ApplyVerdicts(ctx, []syncproto.Verdict{parked}, 2))
	for name, change := range map[string]func(*syncproto.Verdict){
		"decided meanwhile":   func(v *syncproto.Verdict) { v.Outcome, v.Findings = syncproto.Accepted, nil },
		"rejected meanwhile":  func(v *syncproto.Verdict) { v.Outcome = syncproto.Rejected },
		"of another entry":    func(v *syncproto.Verdict) { v.Seq++ },
		"with no signature":   func(v *syncproto.Verdict) { v.Signature = nil },
		"of another's server": func(v *syncproto.Verdict) { *v = v.Sign(d.central.NewID(), d.central.Key) },
	} {
		second := parked
		change(&second)
		if err := d.ApplyVerdicts(ctx, []syncproto.Verdict{second}, 2); !errors.Is(err, &syncproto.Problem{Code: syncproto.CodeUnsigned}) {
			t.Errorf("%s: %v", name, err)
		}
	}
	d.must(d.ApplyVerdicts(ctx, []syncproto.Verdict{parked}, 2))
	if tally := d.balanced(); tally.Pending != 1 || tally.Parked != 1 {
		t.Errorf("%+v", tally)
	}
}

// What a restored server decided anew is told by its newer verdict; one of an epoch before comes
// too late, whatever it says.
func TestAVerdictOfANewerEpochReplacesOneOfAnOlder(t *testing.T) {
	d := seatDesk(t)
	d.noteOn(d.open("远程车控失败"), "备注")
	second := d.handIn()[1]
	told := func(epoch uint32, seq uint64, outcome syncproto.Outcome) {
		v := second
		v.Epoch, v.Seq, v.Outcome = epoch, seq, outcome
		d.must(d.ApplyVerdicts(ctx, []syncproto.Verdict{v.Sign(d.central.LogID, d.central.Key)}, 2))
	}
	for _, c := range []struct {
		epoch   uint32
		seq     uint64
		outcome syncproto.Outcome
		now     uint64 // the entry that is told of then
	}{
		{1, 9, syncproto.Rejected, 9},
		{1, 11, syncproto.Accepted, 9}, // what is final stays in its epoch
		{2, 8, syncproto.Rejected, 8},
		{1, 9, syncproto.Rejected, 8},
	} {
		told(c.epoch, c.seq, c.outcome)
		recent, err := d.Recent(ctx)
		d.must(err)
		if got := recent[0].Verdict; got.Seq != c.now || got.Outcome != syncproto.Rejected || recent[0].First.Seq != 9 {
			t.Errorf("after %+v it is %v by entry %d, first by %d", c, got.Outcome, got.Seq, recent[0].First.Seq)
		}
	}
}

// tell is a verdict of an epoch, by an entry that no cursor of these tests comes to.
func (d *desk) tell(command syncproto.ID, epoch uint32, outcome syncproto.Outcome) {
	d.t.Helper()
	v := syncproto.Verdict{Command: command, Hash: hashOf(d.t, d, command), Epoch: epoch, Seq: 1000, Time: d.central.Now, Outcome: outcome}
	d.must(d.ApplyVerdicts(ctx, []syncproto.Verdict{v.Sign(d.central.LogID, d.central.Key)}, 0))
}

// What was rejected, and a restored server has waiting or accepts, as where it was handed the command by
// a copy of this disk that was never told of it, is in sight again until it is decided or there.
func TestWhatWasRejectedAndWaitsIsInSight(t *testing.T) {
	for _, c := range []struct {
		outcome syncproto.Outcome
		then    syncproto.Outcome
	}{{syncproto.Parked, syncproto.Rejected}, {syncproto.Accepted, 0}} {
		d := newDesk(t, centraltest.New(t), "seat", centraltest.Seat, "K7MQ")
		id := d.open("漆面起泡")
		d.sync()
		note := d.noteOn(id, "断线时记的").Command
		inSight := func(want bool) {
			t.Helper()
			if got := slices.Contains(d.trail(ticket.Ref(id)), "noted*"); got != want {
				t.Errorf("%v: in sight is %v", c.outcome, got)
			}
			d.derivedIsFolded()
		}
		d.tell(note, 1, syncproto.Rejected)
		inSight(false)
		d.tell(note, 2, c.outcome)
		inSight(true)
		if c.then != 0 {
			d.tell(note, 2, c.then)
			inSight(false)
		}
	}
}

// A card that was put away does not come back where a restored server says the same again, also of what
// waited first.
func TestACardOfWhatWaitedFirstStaysAway(t *testing.T) {
	for _, outcomes := range [][]syncproto.Outcome{{syncproto.Rejected}, {syncproto.Parked, syncproto.Rejected}} {
		d := newDesk(t, centraltest.New(t), "seat", centraltest.Seat, "K7MQ")
		id := d.open("漆面起泡")
		d.sync()
		note := d.noteOn(id, "断线时记的").Command
		for _, outcome := range outcomes {
			d.tell(note, 1, outcome)
		}
		if len(d.cards()) != 1 {
			t.Fatalf("%v: %d cards", outcomes, len(d.cards()))
		}
		d.must(d.Dismiss(ctx, note))
		d.must(d.ApplyWelcome(ctx, syncproto.Welcome{Action: syncproto.ActionResync, LogID: d.central.LogID, Epoch: 2, Person: d.person, Covered: line}))
		d.tell(note, 2, syncproto.Rejected)
		if len(d.cards()) != 0 {
			t.Errorf("%v: it is back", outcomes)
		}
	}
}

// A restored server has lost a note, is handed it again and accepts it, before the desk has read
// its ticket there. The page takes the ticket back to what it was before the note, which stays in
// sight: its entry is behind the desk's cursor.
func TestWhatWasAcceptedAnewStaysInSight(t *testing.T) {
	central := centraltest.New(t)
	d := newDesk(t, central, "seat", centraltest.Seat, "K7MQ")
	id := d.open("远程车控失败")
	d.sync()
	end := central.Head()
	central.Epoch = 2
	page := central.Page(syncproto.Bucket(centraltest.CallCentre), syncproto.AllParts)
	central.Epoch = 1
	note := d.noteOn(id, "备注")
	told := d.handIn()[0]
	d.hear([]syncproto.Verdict{told})
	d.pull()
	d.must(d.ApplyWelcome(ctx, syncproto.Welcome{Action: syncproto.ActionResync, LogID: central.LogID, Epoch: 2, Head: end, Counter: 1,
		Covered: syncproto.Covered{{Epoch: 1, Seq: end}, {Epoch: 2, Seq: end}}}))
	d.must(d.Apply(ctx, syncproto.Delta{Epoch: 2, Cursor: end}))
	told.Epoch, told.Seq = 2, end+1
	d.must(d.ApplyVerdicts(ctx, []syncproto.Verdict{told.Sign(central.LogID, central.Key)}, 2))
	d.must(d.Apply(ctx, page))
	trail := d.trail(ticket.Ref(id))
	if len(trail) == 0 || trail[len(trail)-1] != "noted*" {
		t.Errorf("the trail is %v, and %v was accepted", trail, note.Command)
	}
}
