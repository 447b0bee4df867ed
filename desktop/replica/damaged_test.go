package replica_test

import (
	"errors"
	"slices"
	"testing"

	"redress/desktop/centraltest"
	"redress/desktop/replica"
	"redress/syncproto"
	"redress/syncproto/claim"
	"redress/syncproto/ticket"
)

// session is a whole one, from the proof on: where the desk says that its line does not go on from where
// the server has it, it gets another.
func (d *desk) session() {
	d.t.Helper()
	had := d.central.Line(d.Desk().Incarnation)
	proof, err := d.Prove(ctx, []byte("nonce"), had.Counter, d.reading())
	d.must(err)
	if proof.Behind || proof.Hash != had.Hash {
		fresh := d.central.NewID()
		d.central.Rekey(d.device, fresh)
		d.must(d.ApplyWelcome(ctx, syncproto.Welcome{Action: syncproto.ActionRekey, LogID: d.central.LogID, Epoch: d.central.Epoch,
			Incarnation: fresh, Person: d.person, Time: d.central.Now}))
	}
	d.connect()
	waiting, err := d.Outgoing(ctx, d.central.Line(d.Desk().Incarnation).Counter, 1000)
	d.must(err)
	_, err = d.FirstVerdicts(ctx, waiting)
	d.must(err)
	var verdicts []syncproto.Verdict
	for _, e := range waiting {
		if had := d.central.Line(e.Incarnation); had.Next(e.Incarnation, e.CommandHash()) != e.Link() {
			break // the server ends the session
		}
		verdicts = append(verdicts, d.central.Take(e))
	}
	d.hear(verdicts)
	d.pull()
}

// reads reads all there is to see of a ticket and of what was done.
func (d *desk) reads(id syncproto.ID) {
	d.t.Helper()
	for what, read := range map[string]func() error{
		"its trail":       func() error { _, err := d.History(ctx, ticket.Ref(id)); return err },
		"the list":        func() error { _, err := d.List(ctx, syncproto.KindTicket, true, replica.Key{}, 10); return err },
		"what waits":      func() error { _, err := d.Waiting(ctx); return err },
		"the cards":       func() error { _, err := d.NeedsYou(ctx); return err },
		"what was done":   func() error { _, err := d.Recent(ctx); return err },
		"an answer":       func() error { _, err := d.Find(ctx, replica.ReadQuery("断线"), replica.Place{}, 10); return err },
		"the drafts":      func() error { _, err := d.Drafts(ctx); return err },
		"what is left":    func() error { _, err := d.GrantsLeft(ctx); return err },
		"what was told":   func() error { _, err := d.FirstVerdicts(ctx, d.outgoing()); return err },
		"what is to send": func() error { _, err := d.Outgoing(ctx, 0, 1000); return err },
	} {
		if err := read(); err != nil {
			d.t.Errorf("reading %s: %v", what, err)
		}
	}
}

// A row that a disk has damaged, of whatever table, stops nothing else (invariant 23): all else is read,
// handed in and taken in, also by a server that was restored; and what the server has too is healed.
func TestADamagedRowStopsNothing(t *testing.T) {
	for name, c := range map[string]struct {
		statement string
		lost      int // commands that cannot be handed in
	}{
		"nothing":                          {`UPDATE self SET one = 1`, 0},
		"a step of the trail":              {`UPDATE history SET entry = x'ff' WHERE kind = 20 AND version > 1`, 0},
		"what was done":                    {`UPDATE command_event SET event = x'ff' WHERE position = 1`, 0},
		"what waits over a ticket":         {`UPDATE command_event SET event = x'ff' WHERE position = 3`, 0},
		"a command that has its verdict":   {`UPDATE outbox SET envelope = x'ff' WHERE position = 2`, 0},
		"a command that was sent":          {`UPDATE outbox SET envelope = x'ff' WHERE position = 3`, 0},
		"a command that waits":             {`UPDATE outbox SET envelope = x'ff' WHERE position = 4`, 1},
		"a command that waits behind":      {`UPDATE outbox SET envelope = x'ff' WHERE position = 5`, 1},
		"a command that is lost":           {`DELETE FROM outbox WHERE position = 4`, 0},
		"a verdict":                        {`UPDATE outbox SET verdict = x'ff' WHERE position = 2`, 0},
		"what was told first":              {`UPDATE outbox SET first_verdict = x'ff' WHERE position = 2`, 0},
		"what was told first and at last":  {`UPDATE outbox SET first_verdict = x'ff', verdict = x'ff' WHERE position = 2`, 0},
		"what is shown of a ticket":        {`UPDATE overlay SET body = x'ff'`, 0},
		"a row of the lists":               {`DELETE FROM listing WHERE kind = 20`, 0},
		"a draft":                          {`UPDATE draft SET fields = x'ff' WHERE subject_id IN (SELECT id FROM document)`, 0},
		"the tie to the server's time":     {`UPDATE self SET anchor = x'ff'`, 0},
		"all that was told, and the trail": {`UPDATE outbox SET verdict = x'ff', first_verdict = x'ff' WHERE outcome <> 0`, 0},
	} {
		t.Run(name, func(t *testing.T) {
			central := centraltest.New(t)
			d := newDesk(t, central, "seat", centraltest.Seat, "K7MQ")
			id := d.open("远程车控失败")
			d.noteOn(id, "断线时记的")
			d.sync()
			d.noteOn(id, "断线又记的")
			d.handIn() // and the verdict is under way
			d.noteOn(id, "断线再记的")
			d.noteOn(id, "断线还记的")
			d.noteOn(id, "断线末记的")
			d.drafted(noteOf(id), "需要日志")
			d.drafted(noteOf(d.central.NewID()), "另一张")
			d.spoil(c.statement)
			d = d.reopen(d.image())
			d.reads(id)
			d.must(d.renamed())
			if _, err := d.tap(syncproto.CommandNote, ticket.Note{Ticket: id, Text: "断线先记的"}); err != nil {
				t.Errorf("a note on it: %v", err)
			}
			d.session()
			status, err := d.Status(ctx)
			d.must(err)
			if status.Waiting != c.lost {
				t.Errorf("%d commands wait", status.Waiting)
			}
			d.noteOn(id, "断线后记的")
			d.session()
			for range aWhileOfCheckpoints {
				central.Now = central.Now.Add(syncproto.CheckpointEvery)
				d.checkpoint()
			}
			d.sameAsServer()
			d.reads(id)
			other := newDesk(t, central, "manager", centraltest.Manager, "P2XA")
			if got, want := d.confirmed(id), other.confirmed(id); !slices.Equal(got, want) {
				t.Errorf("its trail reads %v, elsewhere %v", got, want)
			}
			d.setBack()
			enrol(d.central, d)
			w := syncproto.Welcome{Action: syncproto.ActionResync, LogID: d.central.LogID, Epoch: 2, Head: d.central.Head(),
				Person: d.person, Time: d.central.Now, Buckets: d.central.Buckets(d.person), Covered: line}
			d.must(d.ApplyWelcome(ctx, w))
			_, err = d.Told(ctx, w)
			d.must(err)
			d.session()
			w.Action, w.Incarnation = syncproto.ActionRekey, d.central.NewID()
			d.central.Rekey(d.device, w.Incarnation)
			d.must(d.ApplyWelcome(ctx, w))
			d.session()
			d.reads(id)
			d.must(d.RebuildOverlay(ctx))
		})
	}
}

// A person goes on working while the proof is made: what comes after its beginning says nothing against
// the line. The server would take it for the line of a second disk.
func TestALineGoesOnWhileAPersonWorks(t *testing.T) {
	d := seatDesk(t)
	id := d.open("远程车控失败")
	d.noteOn(id, "断线时记的")
	for counter := range uint64(3) {
		goes, err := d.GoesOnFrom(ctx, counter, func() { d.noteOn(id, "同时记的") })
		if err != nil || !goes {
			t.Errorf("from %d on the line goes on: %v, %v", counter, goes, err)
		}
	}
}

// So it is where a text can be read and is another than was written: what the server says of it is taken
// in, and the line goes on anew before it. Another command than that with the id is still an alarm.
func TestADamagedTextStopsNothing(t *testing.T) {
	const damages = `UPDATE outbox SET envelope = substr(envelope, 1, length(envelope) - 110) || x'00' || substr(envelope, length(envelope) - 108) WHERE position = 2`
	d := seatDesk(t)
	id := d.open("远程车控失败")
	d.noteOn(id, "断线时记的")
	before := d.outgoing()
	behind := func() bool {
		proof, err := d.Prove(ctx, []byte("nonce"), 1, d.reading())
		d.must(err)
		return proof.Behind || proof.Hash != before[0].DeviceHash
	}
	if behind() {
		t.Error("a line that is whole does not go on")
	}
	odd := syncproto.Verdict{Command: idOf(t, before[1]), Hash: before[0].CommandHash(), Epoch: 1, Seq: 90, Outcome: syncproto.Accepted}
	if err := d.ApplyVerdicts(ctx, []syncproto.Verdict{odd.Sign(d.central.LogID, d.central.Key)}, 0); !errors.Is(err, &syncproto.Problem{Code: syncproto.CodeSameIDOtherHash}) {
		t.Errorf("a verdict on another command: %v", err)
	}
	d.spoil(damages)
	if !behind() {
		t.Error("a line goes on with a text that is not what was written")
	}
	d.hear([]syncproto.Verdict{d.central.Take(before[0]), d.central.Take(before[1])})
	d.pull()
	if tally := d.balanced(); tally.Accepted != 2 {
		t.Errorf("%+v", tally)
	}
}

// A command whose place in the line a disk has damaged, so that it can still be read, gets a place anew like all
// others.
func TestADamagedPlaceInTheLineStopsNothing(t *testing.T) {
	for name, damage := range map[string]func(*syncproto.Envelope){
		"nothing":         func(*syncproto.Envelope) {},
		"the device":      func(e *syncproto.Envelope) { e.Device[3] ^= 1 },
		"the incarnation": func(e *syncproto.Envelope) { e.Incarnation[3] ^= 1 },
		"the counter":     func(e *syncproto.Envelope) { e.Counter ^= 1 << 4 },
		"the hash":        func(e *syncproto.Envelope) { e.DeviceHash[3] ^= 1 },
	} {
		t.Run(name, func(t *testing.T) {
			d := seatDesk(t)
			id := d.open("远程车控失败")
			d.sync()
			d.noteOn(id, "断线时记的")
			d.noteOn(id, "断线又记的")
			d.noteOn(id, "断线再记的")
			e := d.outgoing()[2]
			damage(&e)
			d.spoil(`UPDATE outbox SET envelope = ? WHERE position = 3`, syncproto.MustEncode(e))
			d.session()
			d.session()
			if tally := d.balanced(); tally.Accepted != 4 {
				t.Errorf("%+v", tally)
			}
			for _, e := range d.outgoing() {
				if e.Device != d.device {
					t.Errorf("command %d is said to be of %v", e.Counter, e.Device)
				}
			}
		})
	}
}

// So it is where the row stands at another place in the line.
func TestADamagedCounterStopsNothing(t *testing.T) {
	for _, statement := range []string{`UPDATE outbox SET counter = 19 WHERE position = 3`, `UPDATE outbox SET incarnation = zeroblob(16) WHERE position = 3`} {
		d := seatDesk(t)
		id := d.open("远程车控失败")
		d.sync()
		d.noteOn(id, "断线时记的")
		d.noteOn(id, "断线又记的")
		d.noteOn(id, "断线再记的")
		d.spoil(statement)
		d.session()
		d.session()
		if tally := d.balanced(); tally.Accepted != 4 {
			t.Errorf("%s: %+v", statement, tally)
		}
	}
}

// idOf is the id of a command.
func idOf(t *testing.T, e syncproto.Envelope) syncproto.ID {
	t.Helper()
	var intent syncproto.Intent
	if err := syncproto.Decode(e.Intent, &intent); err != nil {
		t.Fatal(err)
	}
	return intent.ID
}

// So it is with the index of what can be found, which whatever is written goes through: it is made anew.
func TestADamagedIndexStopsNothing(t *testing.T) {
	for name, meanwhile := range map[string]func(*desk, syncproto.ID) error{
		"a tap":    func(d *desk, id syncproto.ID) error { d.noteOn(id, "断线又记的"); return nil },
		"a delta":  func(d *desk, _ syncproto.ID) error { return d.renamed() },
		"a search": func(*desk, syncproto.ID) error { return nil },
	} {
		t.Run(name, func(t *testing.T) {
			d := seatDesk(t)
			id := d.open("远程车控失败")
			d.noteOn(id, "断线时记的")
			d.sync()
			d.spoil(`UPDATE words_data SET block = x'ffffffffff'`)
			d = d.reopen(d.image())
			if err := meanwhile(d, id); err != nil {
				t.Error(err)
			}
			if found, err := d.Find(ctx, replica.ReadQuery("断线"), replica.Place{}, 10); err != nil || len(found) != 1 {
				t.Errorf("%d tickets are found: %v", len(found), err)
			}
			d.derivedIsFolded()
		})
	}
}

// A grant that cannot be read stops no session: what is left of the others is spent, and nothing of it.
func TestADamagedGrantStopsNothing(t *testing.T) {
	laptop, tablet := twoDesks(t)
	tablet.together(laptop)
	laptop.spoil(`UPDATE grants SET signed = x'ff'`)
	laptop.pull()
	laptop.giveBack()
	laptop.connect()
	if all, err := laptop.GrantsLeft(ctx); err != nil || len(all) != 0 {
		t.Errorf("%v, %v", all, err)
	}
	grant := laptop.account().Grants[0].ID
	_, err := laptop.tap(syncproto.CommandApproveClaim, claim.Approve{Claim: laptop.central.NewID(), Round: 1, Amount: 100, Reason: "配件长期缺货"}, syncproto.Share{Grant: grant, Amount: 100})
	if len(refused(t, err)) == 0 {
		t.Error("it is spent")
	}
}

// confirmed are the steps of a ticket that the server has.
func (d *desk) confirmed(id syncproto.ID) (kinds []string) {
	d.t.Helper()
	steps, err := d.History(ctx, ticket.Ref(id))
	d.must(err)
	for _, s := range steps {
		if s.Stage == replica.Final {
			kinds = append(kinds, s.Event.Kind.String())
		}
	}
	return kinds
}

// A restored server lacks that a grant was taken: nothing is spent of it before that is known, also where
// the disk has damaged what was said of the taking, or lost it.
func TestAGrantWithADamagedVerdictIsNotSpentAfterARestore(t *testing.T) {
	for name, statement := range map[string]string{
		"nothing":                         `UPDATE self SET one = 1`,
		"the verdict":                     `UPDATE outbox SET verdict = x'ff'`,
		"what was told first":             `UPDATE outbox SET first_verdict = x'ff'`,
		"what was told first and at last": `UPDATE outbox SET first_verdict = x'ff', verdict = x'ff'`,
		"the taking":                      `DELETE FROM outbox`,
	} {
		t.Run(name, func(t *testing.T) {
			_, manager := branch(t)
			manager.spoil(statement)
			if left := manager.left(); left != 6000_00 {
				t.Errorf("%v is left before the restore", left)
			}
			restored := manager.setBack()
			enrol(restored, manager)
			manager.resync()
			if left := manager.left(); left != 0 {
				t.Errorf("%v is spent of what the server hands out again", left)
			}
		})
	}
}

// The same for a desk that only hands in, and reads nothing of the restored log: it may be offline again
// before it does.
func TestAGrantThatTheServerLacksIsNotSpentByWhoOnlyHandsIn(t *testing.T) {
	for _, c := range []struct {
		covered uint64
		left    syncproto.Fen
	}{{1, 0}, {0, 6000 * syncproto.Yuan}} {
		_, manager := branch(t)
		if c.covered == 0 {
			c.covered = manager.central.Head()
		}
		manager.must(manager.ApplyWelcome(ctx, syncproto.Welcome{Action: syncproto.ActionHandIn, LogID: manager.central.LogID, Epoch: 2, Covered: syncproto.Covered{{Epoch: 1, Seq: c.covered}}}))
		if left := manager.left(); left != c.left {
			t.Errorf("with the copy up to %d %v can be spent, want %v", c.covered, left, c.left)
		}
	}
}

// A step that says nothing is read by nobody but who reads the trail: that one has it fetched again.
func TestADamagedStepThatSaysNothingIsFetchedAgain(t *testing.T) {
	d := seatDesk(t)
	id := d.open("远程车控失败")
	d.noteOn(id, "断线时记的")
	d.sync()
	whole := d.confirmed(id)
	d.spoil(`UPDATE history SET entry = x'ff' WHERE kind = 20 AND version = 1`)
	if got := d.confirmed(id); len(got) != len(whole)-1 {
		t.Errorf("its trail reads %v", got)
	}
	for range aWhileOfCheckpoints {
		d.checkpoint()
	}
	if got := d.confirmed(id); !slices.Equal(got, whole) {
		t.Errorf("its trail reads %v, and was %v", got, whole)
	}
	d.sameAsServer()
}

// What is shown of a ticket is damaged while the desk is running: it is in its list again from the next
// checkpoint on, with what waits.
func TestADamagedOverlayIsFoldedAnew(t *testing.T) {
	d := seatDesk(t)
	id := d.open("远程车控失败")
	d.sync()
	d.noteOn(id, "断线时记的")
	d.spoil(`UPDATE overlay SET body = x'ff'`)
	d.checkpoint()
	if doc, shown, err := d.Document(ctx, ticket.Ref(id)); err != nil || !shown || !doc.Pending {
		t.Errorf("it is shown: %v, with what waits: %v, %v", shown, doc.Pending, err)
	}
	d.derivedIsFolded()
}

// A command that has its verdict, and of whose row nothing can be read any more, does not wait for one when
// the desk gets another line: it cannot be handed in, and the server says nothing of it again. After a
// restore, where the server may lack it, it is not lost silently.
func TestADamagedCommandThatWasDecidedWaitsForNothing(t *testing.T) {
	for epoch, waits := range map[uint32]uint64{1: 0, 2: 1} {
		d := seatDesk(t)
		id := d.open("远程车控失败")
		d.noteOn(id, "断线时记的")
		d.sync()
		d.spoil(`UPDATE outbox SET envelope = x'ff', verdict = x'ff', first_verdict = x'ff' WHERE position = 2`)
		d.must(d.ApplyWelcome(ctx, syncproto.Welcome{Action: syncproto.ActionRekey, LogID: d.central.LogID, Epoch: epoch, Incarnation: d.central.NewID(),
			Covered: syncproto.Covered{{Epoch: 1, Seq: d.central.Head()}}}))
		if tally := d.balanced(); tally.Pending != waits {
			t.Errorf("in epoch %d: %+v", epoch, tally)
		}
	}
}
