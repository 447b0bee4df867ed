package replica_test

import (
	"database/sql"
	"errors"
	"fmt"
	"maps"
	"slices"
	"testing"

	"github.com/klauspost/compress/zstd"

	"redress/desktop/centraltest"
	"redress/desktop/replica"
	"redress/syncproto"
	"redress/syncproto/customer"
	"redress/syncproto/escalation"
	"redress/syncproto/policy"
	"redress/syncproto/ticket"
)

// spoil changes rows behind the replica's back, as a bad sector or another program does.
func (d *desk) spoil(statement string, arguments ...any) {
	d.t.Helper()
	db, err := sql.Open("sqlite", "file://"+d.file("replica.db")+"?_pragma=busy_timeout(5000)")
	d.must(err)
	result, err := db.ExecContext(ctx, statement, arguments...)
	d.must(err)
	n, err := result.RowsAffected()
	d.must(err)
	d.must(db.Close())
	if n == 0 {
		d.t.Fatalf("%s changes nothing", statement)
	}
}

// round is what a checkpoint leads to.
type round struct {
	differs, stopped int
	fetched          []syncproto.Fetch
}

// checkpoint tells the desk what its buckets hold, and brings what it asks for; the next
// checkpoint comes by itself.
func (d *desk) checkpoint() (r round) {
	d.t.Helper()
	c, err := d.Compare(ctx, d.central.Checkpoint(d.person))
	d.must(err)
	r.differs, r.fetched = len(c.Differs), c.Fetch
	for _, b := range c.Differs {
		c, err := d.CompareParts(ctx, d.central.Parts(b))
		d.must(err)
		r.stopped += len(c.Stopped)
		r.fetched = append(r.fetched, c.Fetch...)
	}
	for _, f := range r.fetched {
		d.must(d.Apply(ctx, d.central.Page(f.Bucket, f.Parts)))
	}
	return r
}

// aWhileOfCheckpoints is until every part was counted from its rows once.
const aWhileOfCheckpoints = 256/16 + 1

// countsItsRows: what is kept as counted is what the rows make.
func (d *desk) countsItsRows() map[syncproto.Bucket]syncproto.Sums {
	d.t.Helper()
	kept, made, err := d.Counted(ctx)
	d.must(err)
	if !maps.Equal(kept, made) {
		d.t.Errorf("%s: what is kept as counted is not what the rows make", d.login)
	}
	return kept
}

// sameAsServer: every bucket is counted as the server counts it, also from the rows.
func (d *desk) sameAsServer() {
	d.t.Helper()
	kept := d.countsItsRows()
	for _, b := range d.central.Buckets(d.person) {
		if sums := kept[b]; sums != *d.central.Sums(b) {
			d.t.Errorf("%s: of bucket %v it holds %+v, the server %+v", d.login, b, sums.Total(), d.central.Sums(b).Total())
		}
	}
}

// TestADamagedRowIsFoundAndHealed by the parts it is in, wherever the damage is (invariant 23).
func TestADamagedRowIsFoundAndHealed(t *testing.T) {
	for name, c := range map[string]struct {
		statement string
		fetches   bool
	}{
		"a body":                       {`UPDATE document SET body = substr(body, 1, length(body) - 1) || x'ff' WHERE kind = 20 AND id = ?`, true},
		"a body that cannot be read":   {`UPDATE document SET body = x'00' WHERE kind = 20 AND id = ?`, true},
		"a version":                    {`UPDATE document SET version = version + 3 WHERE kind = 20 AND id = ?`, true},
		"a row that is gone":           {`DELETE FROM document WHERE kind = 20 AND id = ?`, true},
		"a row under another kind":     {`UPDATE document SET kind = 30 WHERE kind = 20 AND id = ?`, true},
		"whose it is":                  {`UPDATE document SET buckets = x'' WHERE kind = 20 AND id = ?`, true},
		"what it is counted with":      {`UPDATE document SET mark = 7 WHERE kind = 20 AND id = ?`, false},
		"a row of what is not shown":   {`UPDATE document SET body = x'a0' WHERE kind = 10 AND id <> ?`, true},
		"a row as of another epoch":    {`UPDATE document SET epoch = 9 WHERE kind = 20 AND id = ?`, true},
		"what was counted, altogether": {`DELETE FROM bucket_sums WHERE bucket <> ?`, false},
	} {
		t.Run(name, func(t *testing.T) {
			central := centraltest.New(t)
			d := newDesk(t, central, "seat", centraltest.Seat, "K7MQ")
			var ids []syncproto.ID
			for n := range 12 {
				ids = append(ids, d.open(fmt.Sprintf("远程车控失败 %d", n)))
			}
			d.sync()
			d.sameAsServer()
			d.spoil(c.statement, ids[3][:])
			if !c.fetches { // it is read at the start alone
				d = d.reopen(d.image())
				d.connect()
			}
			healed, parts := 0, 0
			for range aWhileOfCheckpoints {
				central.Now = central.Now.Add(syncproto.CheckpointEvery)
				r := d.checkpoint()
				for _, f := range r.fetched {
					healed++
					parts = max(parts, f.Parts.Count())
					if !f.Heals {
						t.Error("what was held is taken for being filled")
					}
				}
			}
			if c.fetches != (healed > 0) || name != "a row of what is not shown" && parts > 1 {
				t.Errorf("%d fetches of up to %d parts", healed, parts)
			}
			d.sameAsServer()
			if body, shown := d.ticket(ids[3]); body.Subject != "远程车控失败 3" || shown.Version != central.Doc(ticket.Ref(ids[3])).Version {
				t.Errorf("the ticket is %q at version %d", body.Subject, shown.Version)
			}
			if status, err := d.Status(ctx); err != nil || status.Differs != 0 || !status.Current {
				t.Errorf("%+v, %v", status, err)
			}
		})
	}
}

// A row that a disk has lost is left out of its list until it is fetched again, and the others can
// be read; with the bucket that it was in it goes for good.
func TestALostRowLeavesItsListReadable(t *testing.T) {
	central := centraltest.New(t)
	seat := newDesk(t, central, "seat", centraltest.Seat, "K7MQ")
	here, gone := seat.open("远程车控失败"), seat.open("无法升级")
	seat.sync()
	central.Employ(centraltest.Liaison, "liaison", "李雷", 4, centraltest.East)
	liaison := newDesk(t, central, "liaison", centraltest.Liaison, "P2XA")
	liaison.spoil(`DELETE FROM document WHERE kind = 20 AND id = ?`, gone[:])
	if rows, err := liaison.List(ctx, syncproto.KindTicket, true, replica.Key{}, 10); err != nil || len(rows) != 1 || rows[0].Ref.ID != here {
		t.Errorf("%d tickets are listed: %v", len(rows), err)
	}
	if found, err := liaison.Numbered(ctx, "K7MQ-00002"); err != nil || len(found) != 0 {
		t.Errorf("%d tickets are found by its number: %v", len(found), err)
	}
	if _, shown, err := liaison.Document(ctx, ticket.Ref(gone)); err != nil || shown {
		t.Errorf("it is shown: %v", err)
	}
	central.Employ(centraltest.Liaison, "liaison", "李雷", 4)
	liaison.connect()
	liaison.pull()
	if n, err := liaison.CountOpen(ctx, syncproto.KindTicket); err != nil || n != 0 {
		t.Errorf("%d tickets are counted after the region is lost: %v", n, err)
	}
}

// A row that a disk has lost is in no page and in no delta: where the desk has no right to it any more,
// or a restored server does not have it, also what waits on it is shown no longer.
func TestALostRowGoesAlsoWhereSomethingWaitsOnIt(t *testing.T) {
	for name, goes := range map[string]func(*desk){
		"its region is lost": func(d *desk) {
			d.central.Employ(centraltest.Manager, "manager", "王强", 2)
			d.connect()
			d.pull()
		},
		"the server is set back": func(d *desk) {
			d.setBack()
			enrol(d.central, d)
			d.resync()
			d.pull()
			for range 2 {
				d.checkpoint()
			}
		},
	} {
		t.Run(name, func(t *testing.T) {
			central := centraltest.New(t)
			seat := newDesk(t, central, "seat", centraltest.Seat, "K7MQ")
			id := seat.open("远程车控失败")
			seat.sync()
			manager := newDesk(t, central, "manager", centraltest.Manager, "P2XA")
			manager.noteOn(id, "断线时记的")
			manager.spoil(`DELETE FROM document WHERE kind = ? AND id = ?`, syncproto.KindTicket, id[:])
			if !manager.shows(ticket.Ref(id)) {
				t.Fatal("what waits on it is not shown in the first place")
			}
			goes(manager)
			if status, err := manager.Status(ctx); err != nil || !status.Current {
				t.Errorf("%+v, %v", status, err)
			}
			if manager.shows(ticket.Ref(id)) {
				t.Error("it is still shown")
			}
			if manager.balanced().Pending != 1 {
				t.Errorf("what waits is lost: %+v", manager.balanced())
			}
			manager.derivedIsFolded()
		})
	}
}

// A restored server has a ticket, and not the note on it that this desk has seen confirmed. The note waits
// again, in sight, also where the disk loses the ticket's row, before or after that was said; and where
// the server then says that the ticket has left.
func TestWhatWaitsAgainIsInSightWithoutItsRow(t *testing.T) {
	for _, when := range []string{"never", "before", "after", "after, and it leaves"} {
		t.Run(when, func(t *testing.T) {
			central := centraltest.New(t)
			seat, manager := newDesk(t, central, "seat", centraltest.Seat, "K7MQ"), newDesk(t, central, "manager", centraltest.Manager, "P2XA")
			id := seat.open("远程车控失败")
			seat.sync()
			manager.pull()
			manager.noteOn(id, "断线时记的")
			manager.sync()
			restored := manager.setBack()
			enrol(restored, seat, manager)
			for _, e := range seat.outgoing() {
				restored.Take(e)
			}
			lose := func() {
				manager.spoil(`DELETE FROM document WHERE kind = ? AND id = ?`, syncproto.KindTicket, id[:])
			}
			noted := func(as string) {
				t.Helper()
				if trail := manager.trail(ticket.Ref(id)); !slices.Contains(trail, as) {
					t.Errorf("the trail is %v", trail)
				}
			}
			if when == "before" {
				lose()
			}
			manager.resync()
			switch when {
			case "never":
				noted("noted") // the body of before, until the server's takes it back
			case "before":
				noted("noted*")
			default:
				lose()
			}
			if when == "after, and it leaves" {
				manager.must(manager.Apply(ctx, syncproto.Delta{Epoch: 2, Removed: []syncproto.Ref{ticket.Ref(id)}}))
				noted("noted*")
				return
			}
			manager.pull()
			noted("noted*")
			if _, doc := manager.ticket(id); !doc.Pending {
				t.Error("the ticket is shown as if nothing waited on it")
			}
			manager.derivedIsFolded()
			manager.hear(manager.handIn())
			manager.pull()
			noted("noted")
			manager.derivedIsFolded()
		})
	}
}

// What a desk made itself, and a restored server lacks, is shown as waiting also where the disk loses its
// row: before that was said, or after; and the server then says that it is not there.
func TestWhatWasMadeHereIsInSightWithoutItsRow(t *testing.T) {
	for _, when := range []string{"before", "after"} {
		t.Run(when, func(t *testing.T) {
			seat := seatDesk(t)
			id := seat.open("远程车控失败")
			seat.sync()
			enrol(seat.setBack(), seat)
			lose := func() { seat.spoil(`DELETE FROM document WHERE kind = ? AND id = ?`, syncproto.KindTicket, id[:]) }
			if when == "before" {
				lose()
				seat.resync()
			} else {
				seat.resync()
				lose()
				seat.must(seat.Apply(ctx, syncproto.Delta{Epoch: 2, Removed: []syncproto.Ref{ticket.Ref(id)}}))
			}
			if _, doc := seat.ticket(id); !doc.Pending {
				t.Error("it is shown as if the server had it")
			}
			seat.derivedIsFolded()
		})
	}
}

// A damaged row had let a ticket go that stays in one's bucket; then the server sends it with what
// happened since the cursor. The end of a history is not taken for the whole: the next checkpoint
// fetches it.
func TestTheEndOfAHistoryIsNotTheWhole(t *testing.T) {
	central := centraltest.New(t)
	a, b := newDesk(t, central, "seat", centraltest.Seat, "K7MQ"), newDesk(t, central, "manager", centraltest.Manager, "P2XA")
	id := a.open("远程车控失败")
	a.sync()
	b.pull()
	b.checkpoint()
	b.spoil(`DELETE FROM history WHERE kind = ? AND id = ?`, syncproto.KindTicket, id[:])
	b.spoil(`DELETE FROM document WHERE kind = ? AND id = ?`, syncproto.KindTicket, id[:])
	a.mustTap(syncproto.CommandContact, ticket.Contact{Ticket: id, Direction: ticket.Inbound})
	a.sync()
	b.pull()
	for range aWhileOfCheckpoints {
		b.checkpoint()
	}
	if got, want := b.trail(ticket.Ref(id)), a.trail(ticket.Ref(id)); !slices.Equal(got, want) || len(got) == 0 {
		t.Errorf("its history reads %v, at the desk that made it %v", got, want)
	}
	b.sameAsServer()
}

// A body that cannot be read stops nothing else: what the server says of its customer or of the person
// is taken in, what is derived is made anew, and its list can be read; at a checkpoint it is healed.
func TestADamagedBodyStopsNothing(t *testing.T) {
	for name, meanwhile := range map[string]func(*desk) error{
		"made anew":             func(d *desk) error { return d.RebuildOverlay(ctx) },
		"its customer's change": (*desk).renamed,
		"its person's other role": func(d *desk) error {
			d.central.Employ(centraltest.Seat, "seat", "张敏", policy.Manager, centraltest.CallCentre)
			d.connect()
			return d.Apply(ctx, d.delta())
		},
		"its list": func(d *desk) error {
			rows, err := d.List(ctx, syncproto.KindTicket, true, replica.Key{}, 10)
			if len(rows) != 1 {
				d.t.Errorf("%d tickets are listed", len(rows))
			}
			return err
		},
	} {
		t.Run(name, func(t *testing.T) {
			central := centraltest.New(t)
			d := newDesk(t, central, "seat", centraltest.Seat, "K7MQ")
			id := d.open("远程车控失败")
			d.open("无法升级")
			d.sync()
			d.spoil(`UPDATE document SET body = x'00' WHERE kind = 20 AND id = ?`, id[:])
			if err := meanwhile(d); err != nil {
				t.Error(err)
			}
			for range aWhileOfCheckpoints {
				central.Now = central.Now.Add(syncproto.CheckpointEvery)
				d.checkpoint()
			}
			d.sameAsServer()
			if body, _ := d.ticket(id); body.Subject != "远程车控失败" {
				t.Errorf("the ticket is %q", body.Subject)
			}
		})
	}
}

// What is shown over a body that cannot be read stays as it was, also when nothing of it waits any more,
// and the list can be read.
func TestWhatWaitedOnADamagedBodyLeavesItsListReadable(t *testing.T) {
	d := newDesk(t, centraltest.New(t), "seat", centraltest.Seat, "K7MQ")
	id := d.open("远程车控失败")
	d.open("无法升级")
	d.sync()
	note := d.noteOn(id, "断线时记的").Command
	d.spoil(`UPDATE document SET body = x'00' WHERE kind = 20 AND id = ?`, id[:])
	d.tell(note, 1, syncproto.Rejected)
	if rows, err := d.List(ctx, syncproto.KindTicket, true, replica.Key{}, 10); err != nil || len(rows) != 2 {
		t.Errorf("%d tickets are listed: %v", len(rows), err)
	}
}

// renamed is a delta in which the customer has another name.
func (d *desk) renamed() error {
	for ref, doc := range d.central.Docs() {
		if file, is := doc.Body.(customer.Body); is {
			file.Name = "张伟伟"
			own := d.Desk()
			return d.Apply(ctx, syncproto.Delta{Epoch: own.Epoch, From: own.Cursor, Cursor: own.Cursor, Documents: []syncproto.Document{
				{Ref: ref, Epoch: own.Epoch, Version: doc.Version + 1, Body: syncproto.MustEncode(file)}}})
		}
	}
	return errors.New("there is no customer")
}

// TestItStopsAfterThreeHealsInAnHour, and says so; an hour later it tries again, and what is
// right again is forgotten.
func TestItStopsAfterThreeHealsInAnHour(t *testing.T) {
	central := centraltest.New(t)
	d := newDesk(t, central, "seat", centraltest.Seat, "K7MQ")
	id := d.open("远程车控失败")
	d.sync()
	for n := range 5 {
		d.spoil(`UPDATE document SET epoch = 8 WHERE kind = 20 AND id = ?`, id[:])
		d = d.reopen(d.image()) // it counts on, and remembers its healings
		d.connect()
		var r round
		for range aWhileOfCheckpoints {
			central.Now = central.Now.Add(syncproto.Second)
			if next := d.checkpoint(); next.differs > 0 && r.differs == 0 {
				r = next
			}
		}
		status, err := d.Status(ctx)
		d.must(err)
		stops := n >= syncproto.HealsAnHour
		if stops != (r.stopped > 0) || stops == (len(r.fetched) > 0) || stops != (status.Differs != 0) {
			t.Errorf("damage %d: stopped %v, fetched %v, status %+v", n+1, r.stopped, r.fetched, status)
		}
	}
	central.Now = central.Now.Add(syncproto.Hour)
	if r := d.checkpoint(); len(r.fetched) == 0 {
		t.Error("an hour later it does not try again")
	}
	d.checkpoint()
	if status, err := d.Status(ctx); err != nil || status.Differs != 0 {
		t.Errorf("healed, it still differs: %+v %v", status, err)
	}
	d.sameAsServer()
}

// TestHealingsOfAClockThatWasAhead: what was healed while the server's clock was a year ahead is no hour
// ago for ever, once that is put right.
func TestHealingsOfAClockThatWasAhead(t *testing.T) {
	central := centraltest.New(t)
	d := newDesk(t, central, "seat", centraltest.Seat, "K7MQ")
	id := d.open("远程车控失败")
	d.sync()
	const year = 365 * 24 * syncproto.Hour
	central.Now = central.Now.Add(year)
	for n := range syncproto.HealsAnHour + 1 {
		if n == syncproto.HealsAnHour {
			central.Now = central.Now.Add(-year + 2*syncproto.Hour)
		}
		d.spoil(`UPDATE document SET epoch = 8 WHERE kind = 20 AND id = ?`, id[:])
		for range aWhileOfCheckpoints {
			central.Now = central.Now.Add(syncproto.Second)
			d.checkpoint()
		}
	}
	d.sameAsServer()
	if status, err := d.Status(ctx); err != nil || status.Differs != 0 || status.Heals != 1 {
		t.Errorf("%+v, %v", status, err)
	}
}

// TestABucketIsFilledAndThenHeld: what is new comes while it is filled, what left meanwhile is
// gone with its page (C3), and the desk is current when nothing is missing.
func TestABucketIsFilledAndThenHeld(t *testing.T) {
	central := centraltest.New(t)
	seat, manager := newDesk(t, central, "seat", centraltest.Seat, "K7MQ"), newDesk(t, central, "manager", centraltest.Manager, "P2XA")
	var ids []syncproto.ID
	for n := range 6 {
		ids = append(ids, seat.open(fmt.Sprintf("工单 %d", n)))
	}
	seat.sync()
	east := syncproto.Bucket(centraltest.East)
	manager.sync()
	for _, b := range []string{`DELETE FROM history WHERE kind = 20`, `DELETE FROM document WHERE kind <> 1 AND kind <> 2 AND kind <> 3 AND kind <> 4`} {
		manager.spoil(b)
	}
	begins := syncproto.Delta{Epoch: 1, From: central.Head(), Cursor: central.Head(), Filling: []syncproto.Bucket{east}, Current: true}
	manager.must(manager.RebuildOverlay(ctx))
	manager.must(manager.Apply(ctx, begins))
	if status, err := manager.Status(ctx); err != nil || status.Current || !status.Filling || !slices.Contains(manager.Desk().Filling, east) {
		t.Fatalf("%+v %v", status, err)
	}
	again := manager.reopen(manager.image()) // the program ends while it is filled
	if !slices.Contains(again.Desk().Filling, east) || slices.Contains(again.Desk().Held, east) {
		t.Errorf("after a kill it holds %v and fills %v", again.Desk().Held, again.Desk().Filling)
	}
	r := manager.checkpoint()
	if len(r.fetched) != 1 || r.fetched[0].Parts != syncproto.AllParts || r.fetched[0].Heals {
		t.Fatalf("fetched %+v; want all of the region, and nothing healed", r.fetched)
	}
	manager.checkpoint()
	if status, err := manager.Status(ctx); err != nil || !status.Current || status.Filling || !slices.Contains(manager.Desk().Held, east) {
		t.Errorf("filled: %+v %v", status, err)
	}
	manager.sameAsServer()
	if trail := manager.trail(ticket.Ref(ids[0])); len(trail) != int(central.Doc(ticket.Ref(ids[0])).Version) {
		t.Errorf("the trail is %v", trail)
	}
}

// TestAPageReplacesWhatIsHere: a ghost goes, and a body of an epoch that is gone is set back
// (C3, C6); what is of another part or bucket stays.
func TestAPageReplacesWhatIsHere(t *testing.T) {
	central := centraltest.New(t)
	d := newDesk(t, central, "seat", centraltest.Seat, "K7MQ")
	id := d.open("远程车控失败")
	d.sync()
	ref, seat := ticket.Ref(id), syncproto.Bucket(centraltest.CallCentre)
	ghost, other := ticket.Ref(syncproto.ID{15: ref.Part()}), ticket.Ref(syncproto.ID{15: ref.Part() + 1})
	for _, r := range []syncproto.Ref{ghost, other} {
		d.spoil(`INSERT INTO document (kind, id, epoch, version, body, mark, buckets) SELECT kind, ?, 3, 9, body, mark, buckets FROM document WHERE kind = 20 AND id = ?`, r.ID[:], id[:])
		if r == ghost {
			d.must(d.RebuildOverlay(ctx)) // it is shown
		}
	}
	d.spoil(`UPDATE document SET epoch = 2, version = 7 WHERE kind = 20 AND id = ?`, id[:])
	d.spoil(`INSERT INTO history SELECT kind, id, 7, command, entry, speaks FROM history WHERE kind = 20 AND version = 1`)
	page := central.Page(seat, syncproto.PartSet{}.With(ref.Part()))
	d.must(d.Apply(ctx, page))
	if _, doc := d.ticket(id); doc.Version != central.Doc(ref).Version || d.shows(ghost) {
		t.Errorf("it is at version %d, want %d; the ghost is shown: %v", doc.Version, central.Doc(ref).Version, d.shows(ghost))
	}
	d.must(d.RebuildOverlay(ctx))
	if d.shows(ghost) || !d.shows(other) {
		t.Errorf("the ghost %v, that of another part %v; want it gone and the other kept", d.shows(ghost), d.shows(other))
	}
	if trail := d.trail(ref); len(trail) != int(central.Doc(ref).Version) {
		t.Errorf("the trail is %v", trail)
	}
}

// TestABadPageIsRefused: one that is too large unpacked, and one of a bucket that is not the
// desk's.
func TestABadPageIsRefused(t *testing.T) {
	central := centraltest.New(t)
	d := newDesk(t, central, "seat", centraltest.Seat, "K7MQ")
	good := central.Page(syncproto.Bucket(centraltest.CallCentre), syncproto.AllParts)
	for name, spoil := range map[string]func(*syncproto.Page){
		"no zstd":               func(p *syncproto.Page) { p.Packed = []byte("something") },
		"another's bucket":      func(p *syncproto.Page) { p.Bucket = syncproto.Bucket(centraltest.Parts) },
		"larger than it may be": func(p *syncproto.Page) { p.Packed = bomb(t) },
	} {
		page, bad := *good.Page, good
		spoil(&page)
		bad.Page = &page
		if err := d.Apply(ctx, bad); err == nil {
			t.Errorf("%s: it is taken in", name)
		}
	}
	d.must(d.Apply(ctx, good))
	d.sameAsServer()
}

// bomb unpacks to far more than a page may be.
func bomb(t *testing.T) []byte {
	t.Helper()
	encoder, err := zstd.NewWriter(nil)
	if err != nil {
		t.Fatal(err)
	}
	return encoder.EncodeAll(make([]byte, 100*syncproto.MaxPageBytes), nil)
}

// TestWhatLeftIsNotCounted, also while it is kept for what waits for its verdict.
func TestWhatLeftIsNotCounted(t *testing.T) {
	central := centraltest.New(t)
	seat, liaison := newDesk(t, central, "seat", centraltest.Seat, "K7MQ"), newDesk(t, central, "liaison", centraltest.Liaison, "Q3RB")
	id := seat.open("远程车控失败")
	seat.mustTap(syncproto.CommandDispatch, ticket.Dispatch{Ticket: id, Unit: centraltest.Connected})
	seat.sync()
	liaison.sync()
	liaison.sameAsServer()
	body, _ := liaison.ticket(id)
	asked := body.Clocks[slices.IndexFunc(body.Clocks, func(c escalation.Clock) bool { return c.Ladder == escalation.Response })]
	liaison.mustTap(syncproto.CommandRespond, ticket.Respond{Ticket: id, Cause: asked.Cause, Text: "已重置"})
	seat.mustTap(syncproto.CommandDispatch, ticket.Dispatch{Ticket: id, Unit: centraltest.Parts})
	seat.sync()
	liaison.pull()
	if doc, shown, err := liaison.Document(ctx, ticket.Ref(id)); err != nil || !shown || !doc.Limbo {
		t.Fatalf("%+v, shown %v, %v; want it in limbo", doc, shown, err)
	}
	liaison.sameAsServer()
	liaison.sync()
	liaison.sameAsServer()
}
