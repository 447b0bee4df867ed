package replica_test

import (
	"errors"
	"slices"
	"strings"
	"testing"

	"redress/desktop/centraltest"
	"redress/desktop/replica"
	"redress/syncproto"
	"redress/syncproto/customer"
	"redress/syncproto/escalation"
	"redress/syncproto/organisation"
	"redress/syncproto/ticket"
)

// once counts how often a trail has a kind of event, final or not.
func once(t *testing.T, trail []string, kind string) {
	t.Helper()
	n := 0
	for _, line := range trail {
		if strings.TrimSuffix(line, "*") == kind {
			n++
		}
	}
	if n != 1 {
		t.Errorf("%s stands %d times in %v", kind, n, trail)
	}
}

// C5: own work is never shown twice and never missing, whichever of verdict and delta
// comes first, and also where no verdict comes at all.
func TestOwnWorkIsShownOnceInEveryOrder(t *testing.T) {
	orders := map[string]func(d *desk, verdicts []syncproto.Verdict){
		"verdict, delta":       func(d *desk, v []syncproto.Verdict) { d.hear(v); d.look(); d.pull() },
		"delta, verdict":       func(d *desk, v []syncproto.Verdict) { d.pull(); d.look(); d.hear(v) },
		"delta, no verdict":    func(d *desk, _ []syncproto.Verdict) { d.pull() },
		"verdict twice, delta": func(d *desk, v []syncproto.Verdict) { d.hear(v); d.hear(v); d.look(); d.pull() },
		"delta without the named": func(d *desk, v []syncproto.Verdict) {
			delta := d.delta()
			delta.Own = nil
			d.must(d.Apply(ctx, delta))
			d.look()
			d.hear(v)
		},
		"half of the delta, then all": func(d *desk, v []syncproto.Verdict) {
			whole := d.delta()
			part := whole
			part.Cursor, part.Own, part.Current = part.From, nil, false
			d.must(d.Apply(ctx, part))
			d.look()
			d.hear(v)
			d.look()
			d.must(d.Apply(ctx, whole))
		},
		"history before the body": func(d *desk, _ []syncproto.Verdict) {
			whole := d.delta()
			part := whole
			part.Documents, part.Cursor, part.Own = nil, part.From, nil
			d.must(d.Apply(ctx, part))
			d.look()
			whole.History = nil
			d.must(d.Apply(ctx, whole))
		},
	}
	for name, order := range orders {
		t.Run(name, func(t *testing.T) {
			d := seatDesk(t)
			id := d.open("远程车控失败")
			d.sync()
			d.mustTap(syncproto.CommandContact, ticket.Contact{Ticket: id, Direction: ticket.Inbound, Text: "又来电"})
			d.look = func() {
				if body, _ := d.ticket(id); body.Contacts != 2 {
					t.Errorf("in between, %d contacts are shown", body.Contacts)
				}
			}
			order(d, d.handIn())
			body, doc := d.ticket(id)
			if body.Contacts != 2 || doc.Pending {
				t.Errorf("at the end %d contacts are shown, pending %v", body.Contacts, doc.Pending)
			}
			once(t, d.trail(ticket.Ref(id)), "contacted")
			if tally := d.balanced(); tally.Pending != 0 {
				t.Errorf("%+v", tally)
			}
			d.derivedIsFolded()
		})
	}
}

// C5: a command that moves the document away leaves no trace of itself in the overlay.
func TestAHandedOverTicketLeavesWithItsOverlay(t *testing.T) {
	central := centraltest.New(t)
	seat := newDesk(t, central, "seat", centraltest.Seat, "K7MQ")
	liaison := newDesk(t, central, "liaison", centraltest.Liaison, "P2XA")
	id := seat.open("远程车控失败")
	cause := seat.mustTap(syncproto.CommandDispatch, ticket.Dispatch{Ticket: id, Unit: centraltest.Connected}).Command
	seat.sync()
	liaison.pull()
	if !liaison.shows(ticket.Ref(id)) || !liaison.shows(customer.VehicleRef(customer.VehicleID(vin))) {
		t.Fatal("the department does not see what was sent to it")
	}
	// C2: what enters brings its whole history, though the desk's cursor had passed it.
	once(t, liaison.trail(ticket.Ref(id)), "opened")

	// The liaison answers offline; meanwhile the seat sends the ticket elsewhere.
	body, _ := liaison.ticket(id)
	liaison.mustTap(syncproto.CommandRespond, ticket.Respond{Ticket: id, Cause: escalation.LastCause(body.Clocks, escalation.Response), Text: "正在远程诊断"})
	seat.mustTap(syncproto.CommandDispatch, ticket.Dispatch{Ticket: id, Unit: centraltest.Parts})
	seat.sync()
	liaison.connect()
	liaison.pull()

	// It has left, and stays to be read while the answer waits: limbo.
	_, doc := liaison.ticket(id)
	if !doc.Limbo || !doc.Pending {
		t.Errorf("limbo %v, pending %v", doc.Limbo, doc.Pending)
	}
	if own, err := liaison.CountOwn(ctx, syncproto.KindTicket); err != nil || own != 0 {
		t.Errorf("%d wait for the person to do something, %v; nothing can be done with it", own, err)
	}
	liaison.inTurn()
	if codes := refused(t, second(liaison.tap(syncproto.CommandRespond, ticket.Respond{Ticket: id, Cause: cause, Text: "再答"}))); !slices.Equal(codes, []syncproto.Code{syncproto.CodeUnknownHere}) {
		t.Errorf("a tap on what has left: %v", codes)
	}
	liaison.sync()
	if liaison.shows(ticket.Ref(id)) {
		t.Error("the ticket is still there after the last verdict on it")
	}
	if steps := liaison.trail(ticket.Ref(id)); len(steps) > 0 {
		t.Errorf("its history is still there: %v", steps)
	}
	liaison.derivedIsFolded()
	if tally := liaison.balanced(); tally.Accepted != 1 || tally.Pending != 0 {
		t.Errorf("%+v", tally)
	}
}

// C1: a lost bucket goes in the delta that passes the loss, with all that no other bucket
// of the desk has; one of the two tickets is also in the region that stays.
func TestALostBucketTakesItsDocumentsWithIt(t *testing.T) {
	central := centraltest.New(t)
	seat := newDesk(t, central, "seat", centraltest.Seat, "K7MQ")
	both := seat.open("区域与部门都看得到")
	seat.mustTap(syncproto.CommandDispatch, ticket.Dispatch{Ticket: both, Unit: centraltest.Connected})
	seat.sync()
	central.Operate(syncproto.CommandDefineUnit, organisation.DefineUnit{ID: syncproto.Derive("west"), Unit: organisation.Unit{Name: "西北区", Kind: organisation.Region}})

	central.Employ(centraltest.Liaison, "liaison", "李雷", 4, centraltest.Connected, centraltest.East)
	liaison := newDesk(t, central, "liaison", centraltest.Liaison, "P2XA")
	if !liaison.shows(ticket.Ref(both)) {
		t.Fatal("not shown")
	}
	// A crash between the welcome and the delta must not forget what is to be lost.
	central.Employ(centraltest.Liaison, "liaison", "李雷", 4, centraltest.East)
	liaison.connect()
	liaison = liaison.reopen(liaison.image())
	liaison.connect()
	liaison.pull()
	if !liaison.shows(ticket.Ref(both)) {
		t.Error("it is in the region, which stays, and is gone")
	}
	central.Employ(centraltest.Liaison, "liaison", "李雷", 4)
	liaison.connect()
	liaison.pull()
	if liaison.shows(ticket.Ref(both)) {
		t.Error("no bucket of this desk has it any more, and it is still there")
	}
	if n := len(liaison.Desk().Held); n != 2 {
		t.Errorf("%d buckets are held", n)
	}
	if _, known := liaison.Reference().Person(centraltest.Seat); !known {
		t.Error("reference data went with the bucket")
	}
}

func TestADeltaThatDoesNotFitIsRefusedWhole(t *testing.T) {
	d := seatDesk(t)
	id := d.open("远程车控失败")
	d.handIn()
	good := d.delta()
	gap, epoch, forged, fat, empty := good, good, good, good, good
	gap.From++
	epoch.Epoch++
	forged.Own = slices.Clone(good.Own)
	forged.Own[0].Outcome = syncproto.Rejected
	fat.Documents = append(slices.Clone(good.Documents), syncproto.Document{Ref: ticket.Ref(d.central.NewID()), Epoch: 1, Version: 1, Body: make([]byte, syncproto.MaxBody+1)})
	empty.Documents = append(slices.Clone(good.Documents), syncproto.Document{Ref: syncproto.Ref{Kind: 200, ID: d.central.NewID()}, Epoch: 1, Version: 1})
	before := d.derived()
	for name, c := range map[string]struct {
		delta syncproto.Delta
		code  syncproto.Code
	}{
		"a gap": {gap, syncproto.CodeOutOfOrder}, "another epoch": {epoch, syncproto.CodeOutOfOrder},
		"a verdict the server did not sign": {forged, syncproto.CodeUnsigned}, "a body over its limit": {fat, syncproto.CodeTooLarge}, "no body": {empty, syncproto.CodeMalformed},
	} {
		if err := d.Apply(ctx, c.delta); !errors.Is(err, &syncproto.Problem{Code: c.code}) {
			t.Errorf("%s: %v", name, err)
		}
	}
	if after := d.derived(); after != before || d.Desk().Cursor != good.From {
		t.Errorf("something was taken in:\n%s\nbefore\n%s", after, before)
	}
	d.must(d.Apply(ctx, good))
	d.must(d.Apply(ctx, good)) // again: nothing
	if _, doc := d.ticket(id); doc.Pending {
		t.Error("still pending")
	}
}

// Newer is by (epoch, version): a body that comes late never takes the place of a newer.
func TestAnOlderBodyNeverReplacesANewer(t *testing.T) {
	central := centraltest.New(t)
	a, b := newDesk(t, central, "seat", centraltest.Seat, "K7MQ"), newDesk(t, central, "manager", centraltest.Manager, "P2XA")
	id := a.open("远程车控失败")
	a.sync()
	late := b.delta()
	late.Cursor = late.From
	a.mustTap(syncproto.CommandContact, ticket.Contact{Ticket: id, Direction: ticket.Inbound})
	a.mustTap(syncproto.CommandAmend, ticket.Amend{Ticket: id, Field: ticket.FieldSubject, Old: "远程车控失败", New: "中控屏黑屏"})
	a.sync()
	early := b.delta()
	early.Cursor, early.History = early.From, nil // the bodies alone: the history comes later
	b.must(b.Apply(ctx, early))
	for range 2 {
		if body, doc := b.ticket(id); body.Contacts != 2 || doc.Version != 6 { // the opening is four events
			t.Errorf("%d contacts at version %d", body.Contacts, doc.Version)
		}
		if now, before := b.finds("黑屏"), b.finds("车控"); now != "K7MQ-00001" || before != "" {
			t.Errorf("by its subject it is found as %q, by the one before as %q", now, before)
		}
		b.must(b.Apply(ctx, late))
	}
	b.derivedIsFolded()
}

// What one delta brings and takes away again is gone, and cannot be found.
func TestADeltaMayTakeAwayWhatItBrought(t *testing.T) {
	central := centraltest.New(t)
	a, b := newDesk(t, central, "seat", centraltest.Seat, "K7MQ"), newDesk(t, central, "manager", centraltest.Manager, "P2XA")
	id := a.open("远程车控失败")
	a.sync()
	delta := b.delta()
	delta.Removed = append(delta.Removed, ticket.Ref(id))
	b.must(b.Apply(ctx, delta))
	if found := b.finds("车控"); b.shows(ticket.Ref(id)) || found != "" {
		t.Errorf("it is shown, or found as %q", found)
	}
	b.derivedIsFolded()
}

// A document of a kind this program does not know keeps its bytes and disturbs nothing.
func TestADocumentOfANewerProgramIsKept(t *testing.T) {
	d := seatDesk(t)
	d.central.Now++
	from := d.Desk().Cursor
	strange := syncproto.Ref{Kind: 999, ID: d.central.NewID()}
	d.must(d.Apply(ctx, syncproto.Delta{Epoch: 1, From: from, Cursor: from + 1, Documents: []syncproto.Document{{Ref: strange, Epoch: 1, Version: 1, Body: []byte{0xa0}}}}))
	if d.shows(strange) {
		t.Error("it is shown, though nobody here can read it")
	}
	d.must(d.RebuildOverlay(ctx))
	after := d.reopen(d.image())
	after.must(after.RebuildOverlay(ctx))
}

func TestWindowsOfAListAreInOrderOfDeadlines(t *testing.T) {
	d := seatDesk(t)
	var want []syncproto.ID
	var without []syncproto.ID
	for n := range 7 {
		id := d.open("工单")
		if n%3 == 2 {
			without = append(without, id)
			continue
		}
		d.central.Now = d.central.Now.Add(syncproto.Minute)
		d.mustTap(syncproto.CommandPromise, ticket.Promise{Ticket: id, What: "回电"})
		want = append(want, id)
	}
	var got []syncproto.ID
	var after replica.Key
	for {
		rows, err := d.List(ctx, syncproto.KindTicket, true, after, 2)
		d.must(err)
		if len(rows) == 0 {
			break
		}
		for _, row := range rows {
			if body, _ := d.ticket(row.Ref.ID); row.Deadline != ticket.Deadline(body) || row.Number != body.Number {
				t.Errorf("row %v says %v %s", row.Ref, row.Deadline, row.Number)
			}
			got = append(got, row.Ref.ID)
		}
		after = rows[len(rows)-1].Key()
	}
	if len(got) != 7 || !slices.Equal(got[:len(want)], want) {
		t.Errorf("order %v, want %v, then %v", got, want, without)
	}
	open, err := d.CountOpen(ctx, syncproto.KindTicket)
	d.must(err)
	if open != 7 {
		t.Errorf("%d are open", open)
	}
	if rows, err := d.Numbered(ctx, "K7MQ-00003"); err != nil || len(rows) != 1 || rows[0].Ref.ID != without[0] {
		t.Errorf("number: %v %v", rows, err)
	}
	claim := d.fileClaim(want[0], 100)
	if rows, err := d.Children(ctx, ticket.Ref(want[0]), syncproto.KindClaim); err != nil || len(rows) != 1 || rows[0].Ref.ID != claim {
		t.Errorf("claims of the ticket: %v %v", rows, err)
	}
}

// A resync sets the cursor back, but not what this desk knew: a fact done in the middle of
// it is judged by the roles and the policy its person went by.
func TestAResyncForgetsNobodysRole(t *testing.T) {
	d := seatDesk(t)
	id := d.open("远程车控失败")
	d.sync()
	before := d.Desk().Cursor
	d.must(d.ApplyWelcome(ctx, syncproto.Welcome{Action: syncproto.ActionResync, LogID: d.central.LogID, Epoch: 1, Head: d.central.Head(),
		Counter: 1, Person: d.person, Time: d.central.Now, Buckets: d.central.Buckets(d.person)}))
	d = d.reopen(d.image())
	d.noteOn(id, "重新同步途中")
	waiting, err := d.Waiting(ctx)
	d.must(err)
	if d.Desk().Cursor != 0 || len(waiting) != 1 || waiting[0].Intent.Known != before {
		t.Errorf("cursor %d, known %d, before the resync %d", d.Desk().Cursor, waiting[0].Intent.Known, before)
	}
	d.sync()
	if tally := d.balanced(); tally.Accepted != 2 {
		t.Errorf("%+v", tally)
	}
	d.derivedIsFolded()
}

// The confirmed body has what was done here, and leaves before the verdict comes: it stays
// to be read until then, though nothing of it is in the overlay any more.
func TestLimboLastsUntilTheVerdict(t *testing.T) {
	central := centraltest.New(t)
	seat := newDesk(t, central, "seat", centraltest.Seat, "K7MQ")
	liaison := newDesk(t, central, "liaison", centraltest.Liaison, "P2XA")
	id := seat.open("远程车控失败")
	seat.mustTap(syncproto.CommandDispatch, ticket.Dispatch{Ticket: id, Unit: centraltest.Connected})
	seat.sync()
	liaison.pull()
	body, _ := liaison.ticket(id)
	liaison.mustTap(syncproto.CommandRespond, ticket.Respond{Ticket: id, Cause: escalation.LastCause(body.Clocks, escalation.Response), Text: "正在远程诊断"})
	verdicts := liaison.handIn()
	part := liaison.delta()
	part.Cursor, part.Own = part.From, nil
	liaison.must(liaison.Apply(ctx, part))
	seat.mustTap(syncproto.CommandDispatch, ticket.Dispatch{Ticket: id, Unit: centraltest.Parts})
	seat.sync()
	leaving := liaison.delta()
	leaving.Cursor, leaving.Own = leaving.From, nil
	liaison.must(liaison.Apply(ctx, leaving))
	if _, doc := liaison.ticket(id); !doc.Limbo || doc.Pending {
		t.Errorf("limbo %v, pending %v", doc.Limbo, doc.Pending)
	}
	liaison.hear(verdicts) // the cursor is not at its entry yet
	if liaison.shows(ticket.Ref(id)) {
		t.Error("still there after the verdict")
	}
	liaison.pull()
	if liaison.shows(ticket.Ref(id)) {
		t.Error("there again once the cursor has come to its entry")
	}
	liaison.derivedIsFolded()
}
