package ui

import (
	"context"
	"database/sql"
	"errors"
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"testing"
	"time"

	"fyne.io/fyne/v2"
	_ "modernc.org/sqlite"

	"redress/desktop/centraltest"
	"redress/desktop/present"
	"redress/desktop/present/presenttest"
	"redress/desktop/replica"
	"redress/desktop/ui/theme"
	"redress/syncproto"
	"redress/syncproto/ticket"
)

// As in desktop/replica: make bench names the big desk's folder, a plain test takes a small
// one and only sees to it that the benchmark still does what it says.
var (
	benchFolder = flag.String("folder", "", "a data folder with a big replica; it is copied, and left as it was")
	benchLogin  = flag.String("login", "wang", "whose replica in that folder")
	benchTimes  = flag.Int("times", 3, "how often each thing is done")
)

// TestFiguresOfTheScreen takes the desk's rows to the painted window. Real are the file, the
// replica, the pages and their widgets; the window is the toolkit's own for tests, which
// draws all 1280 × 800 pixels by the processor each time, where the product's has a graphics
// card draw them. So painted is more here than it is at work, and paint says how much of it.
// What reads and writes runs on the thread that draws, as if a page waited for it.
//
//	screen.paint    drawing the work page, with nothing new on it; to the bare commit
//	screen.first    opening the folder and the window, to the first painted list; to the
//	                same without a window
//	screen.tap      from the key that sends a note to the painted ticket with it; to one INSERT
//	                and its commit with synchronous=FULL, on the same disk
//	screen.tap.held the same without the drawing
//	screen.more     the next rows at the end of a list of half the tickets, not drawn; to the
//	                same window read alone
//	screen.reload   what is in sight read anew there; to a window read alone
//	screen.second   what the program does by itself in a second in which nobody does anything,
//	                without the toolkit's own loop; to that second: the part of a processor
func TestFiguresOfTheScreen(t *testing.T) {
	b := &figuresScreen{t: t, login: *benchLogin, now: centraltest.Start.Add(syncproto.Day)}
	b.copied()
	b.first()
	b.tap()
	b.more()
	b.second()
}

// figuresScreen is a desk with a window, of which the figures are taken.
type figuresScreen struct {
	t       *testing.T
	dir     string
	login   string
	now     syncproto.Instant
	ids     uint64
	folder  *replica.Folder
	view    present.Desk
	changed replica.Changed
	screen  *screen
}

// The desk as the windows see it.

func (b *figuresScreen) Read() syncproto.Reading {
	return syncproto.Reading{Wall: b.now, Boot: syncproto.Derive("boot"), Ticks: b.now.Sub(centraltest.Start)}
}

func (b *figuresScreen) NewID() syncproto.ID {
	b.ids++
	return syncproto.Derive("of the figures", syncproto.NumberedID(b.ids))
}

func (b *figuresScreen) Give(ctx context.Context, wishes []replica.Wish) error {
	_, err := b.view.Replica.TapAll(ctx, wishes, func() replica.Moment { return replica.Moment{ID: b.NewID(), Reading: b.Read()} })
	return err
}

func (b *figuresScreen) View() present.Desk       { return b.view }
func (b *figuresScreen) Trouble() syncproto.Code  { return "" }
func (b *figuresScreen) Retry()                   {}
func (b *figuresScreen) Refused() bool            { return false }
func (b *figuresScreen) Watch(do replica.Changed) { b.changed = do }
func (b *figuresScreen) Leave()                   {}
func (b *figuresScreen) Roll() present.Roll       { return present.Roll{} }
func (b *figuresScreen) CallRoll()                {}
func (b *figuresScreen) EndRoll()                 {}

func (b *figuresScreen) must(err error) {
	b.t.Helper()
	if err != nil {
		b.t.Fatal(err)
	}
}

// copied has a folder of its own: of the big desk, or of one with a few tickets.
func (b *figuresScreen) copied() {
	b.view.Words = presenttest.Words(b.t)
	if *benchFolder != "" {
		beside, err := os.MkdirTemp(filepath.Dir(*benchFolder), "copy-*") // on the same disk
		b.must(err)
		b.t.Cleanup(func() { b.must(os.RemoveAll(beside)) })
		b.dir = filepath.Join(beside, "desk")
		b.must(os.CopyFS(b.dir, os.DirFS(*benchFolder)))
	} else {
		b.dir, b.login = fewTickets(b.t), "seat"
	}
	b.open()
	b.t.Cleanup(b.close)
}

// fewTickets is the folder of a seat with three open tickets.
func fewTickets(t *testing.T) string {
	t.Helper()
	dir := t.TempDir()
	o := presenttest.New(t)
	seat := o.DeskIn(dir, "seat", centraltest.Seat, "K7MQ")
	for n := range 3 {
		seat.Open(seat.NewTicket(fmt.Sprintf("远程车控失败 %d", n)))
	}
	seat.Online()
	copied := filepath.Join(t.TempDir(), "desk")
	if err := os.CopyFS(copied, os.DirFS(dir)); err != nil {
		t.Fatal(err)
	}
	return copied
}

func (b *figuresScreen) open() {
	var err error
	b.folder, err = replica.OpenFolder(b.dir)
	b.must(err)
	b.view.Replica, err = b.folder.Open(b.t.Context(), b.login, func(refs []syncproto.Ref) {
		if b.changed != nil {
			b.changed(refs)
		}
	})
	b.must(err)
}

func (b *figuresScreen) close() {
	b.changed = nil
	b.must(errors.Join(b.view.Replica.Close(), b.folder.Close()))
}

// timed is what each of so many times took, least first.
func timed(times int, what func()) (all []time.Duration) {
	for range times {
		started := time.Now()
		what()
		all = append(all, time.Since(started))
	}
	slices.Sort(all)
	return all
}

// print prints the middle and the worst of a hundred, each beside its counterpart.
func (b *figuresScreen) print(name string, took, beside []time.Duration) {
	for _, p := range []int{50, 99} {
		at, other := took[(len(took)-1)*p/100].Seconds(), beside[(len(beside)-1)*p/100].Seconds()
		goal := ""
		if name == "screen.tap" && p == 99 {
			goal = "\tgoal: ≤ 16 ms"
		}
		fmt.Fprintf(os.Stdout, "%s.p%d\t%.3f\tms\t%.2f%s\n", name, p, at*1e3, at/other, goal)
	}
}

func (b *figuresScreen) work() present.Work {
	w, err := b.view.Work(b.t.Context(), b.Read(), replica.Key{}, window)
	b.must(err)
	return w
}

func (b *figuresScreen) first() {
	bare := timed(*benchTimes, func() { b.close(); b.open(); b.work() })
	b.print("screen.first", timed(*benchTimes, func() {
		b.close()
		b.open()
		b.screen = newScreenOf(b.t, door{}, b.view.Words, theme.Light(), 100)
		b.screen.app.Enter(b)
		b.screen.Canvas().Capture()
	}), bare)
	list := b.screen.app.shell.work.list
	if want := len(b.work().Rows); len(list.items) != want || want == 0 {
		b.t.Errorf("the list shows %d rows of %d", len(list.items), want)
	}
}

// commits is what one INSERT with its commit takes.
func (b *figuresScreen) commits() []time.Duration {
	db, err := sql.Open("sqlite", "file://"+filepath.Join(b.dir, "plain.db")+"?_txlock=immediate&_pragma=journal_mode(WAL)&_pragma=synchronous(FULL)")
	b.must(err)
	defer func() { b.must(db.Close()) }()
	_, err = db.ExecContext(b.t.Context(), `CREATE TABLE plain (n INTEGER PRIMARY KEY, data BLOB NOT NULL)`)
	b.must(err)
	return timed(*benchTimes, func() {
		_, err := db.ExecContext(b.t.Context(), `INSERT INTO plain (data) VALUES (?)`, make([]byte, 500)) // about a command
		b.must(err)
	})
}

// tap picks the first ticket, and writes notes on it.
func (b *figuresScreen) tap() {
	commits, s := b.commits(), b.screen
	b.print("screen.paint", timed(*benchTimes, func() { s.Canvas().Capture() }), commits)
	id := b.work().Rows[0].Ticket
	s.app.shell.openTicket(id)
	s.settle()
	before := b.notes(id)
	var held, painted []time.Duration
	for n := range *benchTimes {
		s.press(letters[syncproto.CommandNote], fyne.KeyModifierControl)
		s.write(fmt.Sprintf("已联系服务站，备件明天到，客户同意周六到店。%d", n))
		started := time.Now()
		s.app.front.submit()
		held = append(held, time.Since(started))
		s.Canvas().Capture()
		painted = append(painted, time.Since(started))
		if pane := s.app.shell.work.ticket; pane.open != nil || len(pane.view.Trail) == 0 {
			b.t.Fatal("the note was not kept")
		}
	}
	slices.Sort(held)
	slices.Sort(painted)
	b.print("screen.tap", painted, commits)
	b.print("screen.tap.held", held, commits)
	if after := b.notes(id); after != before+*benchTimes {
		b.t.Errorf("%d steps became %d by %d notes", before, after, *benchTimes)
	}
}

// notes is how many steps a ticket has.
func (b *figuresScreen) notes(id syncproto.ID) int {
	steps, err := b.view.Replica.History(b.t.Context(), ticket.Ref(id))
	b.must(err)
	return len(steps)
}

// more scrolls to the middle of all tickets, and takes the last steps.
func (b *figuresScreen) more() {
	page := b.screen.app.shell.work.long
	half := max(1, b.work().Total/2)
	step := func() {
		before := len(page.line.rows)
		page.more()
		if len(page.line.rows) == before && page.line.more {
			b.t.Fatalf("after %d rows nothing is read", before)
		}
	}
	for len(page.line.rows) < half && page.line.more {
		step()
	}
	times := max(1, *benchTimes/2)
	b.print("screen.more", timed(times, step), timed(times, func() { b.work() }))
	page.list.ScrollToBottom()
	b.print("screen.reload", timed(times, page.reload), timed(times, func() { b.work() }))
	if len(page.line.rows) < half {
		b.t.Errorf("%d rows were read of %d", len(page.line.rows), half)
	}
	page.startOver()
}

// second is a minute in which nobody does anything.
func (b *figuresScreen) second() {
	const seconds = 60
	started := time.Now()
	for range seconds {
		b.now = b.now.Add(syncproto.Second)
		b.screen.app.Tick()
	}
	each := time.Since(started).Seconds() / seconds
	fmt.Fprintf(os.Stdout, "screen.second\t%.3f\tms\t%.4f\n", each*1e3, each)
}
