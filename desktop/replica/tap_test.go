package replica_test

import (
	"errors"
	"os"
	"slices"
	"strings"
	"testing"
	"time"

	"redress/desktop/centraltest"
	"redress/desktop/replica"
	"redress/syncproto"
	"redress/syncproto/customer"
	"redress/syncproto/ticket"
)

func TestATicketOpenedOfflineIsThereAtOnce(t *testing.T) {
	d := seatDesk(t)
	id := d.open("远程车控失败")
	d.mustTap(syncproto.CommandPromise, ticket.Promise{Ticket: id, What: "24小时内回电"})
	d.mustTap(syncproto.CommandDispatch, ticket.Dispatch{Ticket: id, Unit: centraltest.Connected})

	body, doc := d.ticket(id)
	if body.Number != "K7MQ-00001" || body.Holder != centraltest.Connected || !doc.Pending {
		t.Errorf("shown: number %q, holder %v, pending %v", body.Number, body.Holder, doc.Pending)
	}
	want := []string{"opened*", "clock-started*", "clock-started*", "clock-started*", "promised*", "clock-started*", "dispatched*", "clock-started*"}
	if got := d.trail(ticket.Ref(id)); !slices.Equal(got, want) {
		t.Errorf("trail %v, want %v", got, want)
	}
	if !slices.Contains(d.changed, ticket.Ref(id)) || !slices.Contains(d.changed, customer.VehicleRef(customer.VehicleID(vin))) {
		t.Errorf("told of changes in %v", d.changed)
	}
	if tally := d.balanced(); tally.Pending != 3 {
		t.Errorf("%+v", tally)
	}

	d.sync()
	_, doc = d.ticket(id)
	if doc.Pending {
		t.Error("still pending after the server confirmed it")
	}
	for _, line := range d.trail(ticket.Ref(id)) {
		if line[len(line)-1] == '*' {
			t.Errorf("%s is not final after the server confirmed it", line)
		}
	}
	if tally := d.balanced(); tally.Accepted != 3 || tally.Pending != 0 {
		t.Errorf("%+v", tally)
	}
}

func TestARefusedTapKeepsNothing(t *testing.T) {
	d := seatDesk(t)
	id := d.open("远程车控失败")
	before := d.balanced()
	if codes := refused(t, second(d.tap(syncproto.CommandNote, ticket.Note{Ticket: id}))); !slices.Equal(codes, []syncproto.Code{syncproto.CodeMissing}) {
		t.Errorf("an empty note: %v", codes)
	}
	elsewhere := d.central.NewID()
	if codes := refused(t, second(d.tap(syncproto.CommandNote, ticket.Note{Ticket: elsewhere, Text: "x"}))); !slices.Equal(codes, []syncproto.Code{syncproto.CodeUnknownHere}) {
		t.Errorf("a note on a ticket this desk does not hold: %v", codes)
	}
	if after := d.balanced(); after != before {
		t.Errorf("something was kept: %+v, before %+v", after, before)
	}
}

func second[A any](_ A, err error) error { return err }

func TestTheSameTapTwiceIsKeptOnce(t *testing.T) {
	d := seatDesk(t)
	id := d.open("远程车控失败")
	wish := replica.Wish{Kind: syncproto.CommandNote, Command: ticket.Note{Ticket: id, Text: "已安抚"}}
	moment := replica.Moment{ID: d.central.NewID(), Reading: d.reading()}
	_, err := d.Tap(ctx, wish, moment)
	d.must(err)
	if codes := refused(t, second(d.Tap(ctx, wish, moment))); !slices.Equal(codes, []syncproto.Code{syncproto.CodeAlready}) {
		t.Errorf("%v", codes)
	}
	if tally := d.balanced(); tally.Created != 2 {
		t.Errorf("%+v", tally)
	}
}

// A kill at any moment leaves what Tap returned for, and the line goes on where it was.
func TestWhatWasTappedSurvivesAKill(t *testing.T) {
	d := seatDesk(t)
	id := d.open("远程车控失败")
	d.noteOn(id, "第一条")
	after := d.reopen(d.image())

	if got, want := after.trail(ticket.Ref(id)), []string{"opened*", "clock-started*", "clock-started*", "clock-started*", "noted*"}; !slices.Equal(got, want) {
		t.Errorf("after the kill the trail is %v, want %v", got, want)
	}
	if r := after.noteOn(id, "第二条"); r.Counter != 3 {
		t.Errorf("the next command has counter %d", r.Counter)
	}
	number, err := after.ReserveNumber(ctx)
	after.must(err)
	if number != "K7MQ-00002" {
		t.Errorf("the next number is %s", number)
	}
	after.connect()
	after.sync()
	if tally := after.balanced(); tally.Accepted != 3 {
		t.Errorf("%+v", tally)
	}
}

// A number read to a customer is never given again, also if the program dies before the
// ticket is saved.
func TestANumberReadAloudIsNeverGivenTwice(t *testing.T) {
	d := seatDesk(t)
	first, err := d.ReserveNumber(ctx)
	d.must(err)
	after := d.reopen(d.image())
	next, err := after.ReserveNumber(ctx)
	after.must(err)
	if first == next {
		t.Errorf("%s was given twice", first)
	}
}

func TestAFolderHasOneWindow(t *testing.T) {
	d := seatDesk(t)
	if _, err := replica.OpenFolder(d.dir); !errors.Is(err, &syncproto.Problem{Code: replica.CodeInUse}) {
		t.Errorf("a second window: %v", err)
	}
	if _, err := d.folder.Open(ctx, "nobody", nil); !errors.Is(err, &syncproto.Problem{Code: replica.CodeNotEnrolled}) {
		t.Errorf("a login without a replica: %v", err)
	}
	if _, err := d.folder.Open(ctx, "../seat", nil); !errors.Is(err, &syncproto.Problem{Code: syncproto.CodeMalformed}) {
		t.Errorf("a login that leads out of the folder: %v", err)
	}
	if _, err := d.folder.Create(ctx, replica.Enrolment{Login: "seat"}, nil); !errors.Is(err, &syncproto.Problem{Code: syncproto.CodeAlready}) {
		t.Errorf("making a replica where one is: %v", err)
	}
	logins, err := d.folder.Logins()
	d.must(err)
	if !slices.Equal(logins, []string{"seat"}) {
		t.Errorf("logins %v", logins)
	}
}

// A full disk refuses the tap with its code, and once there is room all goes on.
func TestAFullDiskRefusesAndLosesNothing(t *testing.T) {
	d := seatDesk(t)
	id := d.open("远程车控失败")
	d.must(d.FillDisk(ctx, true))
	var err error
	kept := 0
	for ; kept < 200 && err == nil; kept++ {
		_, err = d.tap(syncproto.CommandNote, ticket.Note{Ticket: id, Text: strings.Repeat("满", 1000)})
	}
	if !errors.Is(err, &syncproto.Problem{Code: syncproto.CodeDiskFull}) {
		t.Fatalf("%v", err)
	}
	t.Log(err)
	d.must(d.FillDisk(ctx, false))
	d.noteOn(id, "有空间了")
	if tally := d.balanced(); tally.Created != uint64(kept+1) {
		t.Errorf("%d were kept, %+v", kept-1, tally)
	}
	d.derivedIsFolded()
	d.sync()
	if tally := d.balanced(); tally.Pending != 0 {
		t.Errorf("%+v", tally)
	}
}

// What is refused only where it is committed never happened: the desk's place in its line is the
// one before, and the file of numbers is not ahead of the database, which would then be taken for
// one that was set back, and approve nothing (design §4; invariant 6).
func TestWhatIsNotCommittedNeverHappened(t *testing.T) {
	central := centraltest.New(t)
	manager := newDesk(t, central, "manager", centraltest.Manager, "P2XA")
	manager.takeGrants()
	seat := newDesk(t, central, "seat", centraltest.Seat, "K7MQ")
	id := seat.open("远程车控失败")
	claimed := seat.fileClaim(id, 400_00)
	seat.sync()
	manager.pull()
	before := manager.Desk().Counter
	manager.must(manager.RefuseCommits(ctx, true))
	if _, err := manager.tap(syncproto.CommandNote, ticket.Note{Ticket: id, Text: "没有写成"}); err == nil || manager.Desk().Counter != before {
		t.Fatalf("%v, and the line ends at %d after %d", err, manager.Desk().Counter, before)
	}
	manager.must(manager.RefuseCommits(ctx, false))
	manager = manager.reopen(manager.image())
	manager.noteOn(id, "写成了")
	_, err := manager.approve(claimed, 400_00) // before the line is back
	manager.must(err)
	manager.connect()
	manager.sync()
	if tally := manager.balanced(); tally.Pending != 0 || tally.Created != before+2 {
		t.Errorf("%+v after %d", tally, before)
	}
}

// Damage is named with the file and the way out, and nothing is deleted.
func TestADamagedFileIsNamedAndKept(t *testing.T) {
	for name, damage := range map[string]func([]byte) []byte{
		"no database at all": func(data []byte) []byte { copy(data, "garbage, garbage, garbage"); return data },
		"pages overwritten": func(data []byte) []byte {
			for i := 4096; i < len(data); i++ {
				data[i] = 0x5a
			}
			return data
		},
		"cut in half": func(data []byte) []byte { return data[:len(data)/2] },
		"emptied":     func([]byte) []byte { return nil },
	} {
		t.Run(name, func(t *testing.T) {
			d := seatDesk(t)
			d.open("远程车控失败")
			image := d.image()
			broken := *d
			broken.dir = image
			for _, left := range []string{"replica.db-wal", "replica.db-shm"} {
				if err := os.Remove(broken.file(left)); err != nil {
					t.Fatal(err)
				}
			}
			path := broken.file("replica.db")
			data, err := os.ReadFile(d.file("replica.db"))
			d.must(err)
			data = damage(append(data, make([]byte, 64<<10)...))
			d.must(os.WriteFile(path, data, 0o600))
			folder, err := replica.OpenFolder(image)
			d.must(err)
			defer folder.Close()
			_, err = folder.Open(ctx, "seat", nil)
			if !errors.Is(err, &syncproto.Problem{Code: replica.CodeDamaged}) {
				t.Fatalf("%v", err)
			}
			t.Log(err)
			if after, err := os.ReadFile(path); err != nil || !slices.Equal(after, data) {
				t.Errorf("the damaged file was touched: %v", err)
			}
		})
	}
}

func TestLoggingInWithoutTheServer(t *testing.T) {
	d := seatDesk(t)
	if d.HasPassword() || d.CheckPassword("") || d.CheckPassword("夏天2026!") {
		t.Error("a password fits before the first log-in")
	}
	d.must(d.RememberPassword(ctx, "夏天2026!", make([]byte, replica.SaltLength)))
	after := d.reopen(d.image())
	if !after.CheckPassword("夏天2026!") || after.CheckPassword("夏天2026") || after.CheckPassword("") {
		t.Error("the password is not checked")
	}
}

// The program is closed while what somebody did last is being kept: it is kept to the end.
func TestATapUnderWayOutlastsTheClosing(t *testing.T) {
	d := seatDesk(t)
	id := d.open("远程车控失败")
	wish := replica.Wish{Kind: syncproto.CommandNote, Command: ticket.Note{Ticket: id, Text: "关窗前记的"}}
	closed := make(chan error, 1)
	_, err := d.TapAll(ctx, []replica.Wish{wish}, func() replica.Moment {
		go func() { closed <- d.Close() }()
		select {
		case err := <-closed: // it did not wait
			closed <- err
		case <-time.After(100 * time.Millisecond):
		}
		return replica.Moment{ID: d.central.NewID(), Reading: d.reading()}
	})
	if err = errors.Join(err, <-closed); err != nil {
		t.Fatal(err)
	}
	if tally, err := d.reopen(d.image()).Tally(ctx); err != nil || tally.Pending != 2 {
		t.Errorf("%+v: %v", tally, err)
	}
}
