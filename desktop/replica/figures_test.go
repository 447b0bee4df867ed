package replica_test

import (
	"database/sql"
	"errors"
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"testing"
	"time"

	"redress/desktop/centraltest"
	"redress/desktop/present"
	"redress/desktop/replica"
	"redress/syncproto"
	"redress/syncproto/customer"
	"redress/syncproto/ticket"
)

// Where the figures are taken: make bench names a folder that a desk filled over a socket
// from a real server (bench_desk_test.go at the top), and a plain test takes a small desk of
// its own and only sees to it that the benchmark still does what it says.
var (
	benchFolder = flag.String("folder", "", "a data folder with a big replica; it is copied, and left as it was")
	benchLogin  = flag.String("login", "wang", "whose replica in that folder")
	benchTimes  = flag.Int("times", 20, "how often each thing is done")
)

// figure prints one line: name, value, unit, what it is in proportion to what stands
// beside it in the same run, and the goal of design §12 where it has one.
func figure(name string, value float64, unit string, ratio float64, goal ...string) {
	line := fmt.Sprintf("%s\t%.3f\t%s\t%.2f", name, value, unit, ratio)
	fmt.Fprintln(os.Stdout, strings.Join(append([]string{line}, goal...), "\t"))
}

// firstRows is how many rows the first page reads, and one step of scrolling.
const firstRows = 100

// TestFiguresOfTheDesk takes the desk's rows: what a person waits for with all of their
// tickets on the disk. Real are the file, the replica and present, which makes the rows in
// words; not there is drawing, of which TestFiguresOfTheScreen in ui takes the figures.
// Beside each stands the bare query or commit, done in turns with it: the very SQL by
// database/sql on the same file, its columns scanned and not read; of a tap one INSERT and
// its commit with synchronous=FULL, on the same disk. Both find the file in the system's
// memory: a machine that was just started waits for its disk besides.
//
//	desk.first            opening the data folder and the replica, to the first list of work,
//	                      and closing them
//	desk.search.one       a first page of what has one Chinese character; .two has two
//	desk.search.number    of a ticket's whole number; .phone of a whole telephone number
//	desk.scroll           the next hundred rows in the middle of the list
//	desk.tap              a note: decided, signed, on the disk with its events, folded, found
func TestFiguresOfTheDesk(t *testing.T) {
	b := newFiguresDesk(t)
	b.first()
	b.searches()
	b.scroll()
	b.taps()
}

// figuresDesk is the desk that the figures are taken of.
type figuresDesk struct {
	t       *testing.T
	dir     string
	login   string
	folder  *replica.Folder
	replica *replica.Replica
	view    present.Desk
	bare    *sql.DB
	rows    []replica.Row // of the middle of the list
	now     syncproto.Instant
}

func newFiguresDesk(t *testing.T) *figuresDesk {
	t.Helper()
	b := &figuresDesk{t: t, login: *benchLogin, now: centraltest.Start}
	if *benchFolder == "" {
		d := newDesk(t, centraltest.New(t), "seat", centraltest.Seat, "K7MQ")
		d.stock(0, 4*firstRows)
		b.dir, b.login = d.image(), "seat"
	} else {
		beside, err := os.MkdirTemp(filepath.Dir(*benchFolder), "copy-*") // on the same disk
		b.must(err)
		t.Cleanup(func() { b.must(os.RemoveAll(beside)) })
		b.dir = filepath.Join(beside, "desk")
		b.must(os.CopyFS(b.dir, os.DirFS(*benchFolder)))
	}
	words, err := present.LoadWords("zh")
	b.must(err)
	b.view.Words = words
	b.open()
	t.Cleanup(func() { b.close() })
	b.bare = b.connect()
	t.Cleanup(func() { b.must(b.bare.Close()) })
	b.rows = b.middle()
	return b
}

func (b *figuresDesk) must(err error) {
	b.t.Helper()
	if err != nil {
		b.t.Fatal(err)
	}
}

func (b *figuresDesk) file() string { return filepath.Join(b.dir, b.login, "replica.db") }

func (b *figuresDesk) open() {
	var err error
	b.folder, err = replica.OpenFolder(b.dir)
	b.must(err)
	b.replica, err = b.folder.Open(ctx, b.login, nil)
	b.must(err)
	b.view.Replica = b.replica
}

func (b *figuresDesk) close() { b.must(errors.Join(b.replica.Close(), b.folder.Close())) }

// connect opens the file as bare as can be.
func (b *figuresDesk) connect() *sql.DB {
	db, err := sql.Open("sqlite", "file://"+b.file()+"?mode=ro&_pragma=busy_timeout(5000)&_pragma=query_only(1)")
	b.must(err)
	return db
}

func (b *figuresDesk) reading() syncproto.Reading {
	return syncproto.Reading{Wall: b.now, Boot: syncproto.Derive("boot"), Ticks: syncproto.Hour}
}

// middle are rows from half way down the list.
func (b *figuresDesk) middle() []replica.Row {
	open, err := b.replica.CountOpen(ctx, syncproto.KindTicket)
	b.must(err)
	if open < 2*firstRows {
		b.t.Fatalf("%d open tickets are too few", open)
	}
	var key replica.Key
	for at := 0; at < open/2; at += firstRows {
		rows, err := b.replica.List(ctx, syncproto.KindTicket, true, key, firstRows)
		b.must(err)
		key = rows[len(rows)-1].Key()
	}
	rows, err := b.replica.List(ctx, syncproto.KindTicket, true, key, firstRows)
	b.must(err)
	return rows
}

// beside does a thing and its bare counterpart in turns, and prints what each took.
func (b *figuresDesk) beside(name string, do, bare func(n int)) {
	b.t.Helper()
	var real, raw []time.Duration
	timed := func(of *[]time.Duration, what func(int), n int) {
		runtime.GC() // neither pays for the other's garbage
		started := time.Now()
		what(n)
		*of = append(*of, time.Since(started))
	}
	do(0) // once for what is made at the first time
	bare(0)
	for n := range *benchTimes {
		if n%2 == 0 {
			timed(&real, do, n+1)
		}
		timed(&raw, bare, n+1)
		if n%2 == 1 {
			timed(&real, do, n+1)
		}
	}
	slices.Sort(real)
	slices.Sort(raw)
	for _, p := range []int{50, 99} {
		at := (len(real) - 1) * p / 100
		figure(fmt.Sprintf("%s.p%d", name, p), real[at].Seconds()*1e3, "ms", real[at].Seconds()/raw[at].Seconds())
	}
}

// ask puts queries to the file, and counts the rows of the first.
func (b *figuresDesk) ask(db *sql.DB, all ...replica.Asked) (count int) {
	b.t.Helper()
	for n, asked := range all {
		rows, err := db.QueryContext(ctx, asked.SQL, asked.Arguments...)
		b.must(err)
		columns, err := rows.Columns()
		b.must(err)
		into := make([]any, len(columns))
		for i := range into {
			into[i] = new(sql.RawBytes)
		}
		for rows.Next() {
			b.must(rows.Scan(into...))
			if n == 0 {
				count++
			}
		}
		b.must(errors.Join(rows.Err(), rows.Close()))
	}
	return count
}

func (b *figuresDesk) first() {
	b.close() // neither has the other's memory
	b.beside("desk.first", func(int) {
		b.open()
		defer b.close()
		work, err := b.view.Work(ctx, b.reading(), replica.Key{}, firstRows)
		b.must(err)
		b.expect("the first list", len(work.Rows), firstRows)
	}, func(int) {
		db := b.connect()
		b.expect("the first list, bare", b.ask(db, replica.BareWork(replica.Key{}, firstRows)...), firstRows)
		b.must(db.Close())
	})
	b.open()
}

func (b *figuresDesk) expect(what string, have, want int) {
	b.t.Helper()
	if have != want {
		b.t.Fatalf("%s has %d rows, not %d", what, have, want)
	}
}

func (b *figuresDesk) scroll() {
	b.beside("desk.scroll", func(n int) {
		work, err := b.view.Work(ctx, b.reading(), b.rows[n%len(b.rows)].Key(), firstRows)
		b.must(err)
		b.expect("the next rows", len(work.Rows), firstRows)
	}, func(n int) {
		b.expect("the next rows, bare", b.ask(b.bare, replica.BareWork(b.rows[n%len(b.rows)].Key(), firstRows)[0]), firstRows)
	})
}

// searches look for what stands in tickets from the middle of the list, each time another.
func (b *figuresDesk) searches() {
	subject := func(runes int) func(ticket.Body) string {
		return func(body ticket.Body) string { return string([]rune(body.Subject)[:runes]) }
	}
	phone := func(body ticket.Body) string {
		doc, held, err := b.replica.Document(ctx, customer.Ref(body.Customer))
		b.must(err)
		caller, _ := doc.Body.(customer.Body)
		if !held || len(caller.Phones) == 0 {
			b.t.Fatalf("%s has no customer with a telephone", body.Number)
		}
		return caller.Phones[0]
	}
	for _, s := range []struct {
		name string
		text func(ticket.Body) string
	}{
		{"one", subject(1)}, {"two", subject(2)},
		{"number", func(body ticket.Body) string { return body.Number }}, {"phone", phone},
	} {
		var texts []string
		for _, r := range b.rows {
			body, _ := r.Body.(ticket.Body)
			texts = append(texts, s.text(body))
		}
		found, bare := map[string]int{}, map[string]int{}
		b.beside("desk.search."+s.name, func(n int) {
			text := texts[n%len(texts)]
			search, err := b.view.Find(ctx, b.reading(), text, replica.Place{}, firstRows)
			b.must(err)
			found[text] = len(search.Rows)
		}, func(n int) {
			text := texts[n%len(texts)]
			exact, rest := replica.BareFind(text)
			count := 0
			if exact != "" {
				count = b.ask(b.bare, replica.BareFound(exact, firstRows))
			}
			if count < firstRows {
				count += b.ask(b.bare, replica.BareFound(rest, firstRows-count))
			}
			bare[text] = count
		})
		for text, count := range found {
			if count == 0 || count != bare[text] {
				b.t.Errorf("%q finds %d, bare %d", text, count, bare[text])
			}
		}
	}
}

// taps are notes on tickets from the middle of the list.
func (b *figuresDesk) taps() {
	plain := filepath.Join(b.dir, "plain.db")
	db, err := sql.Open("sqlite", "file://"+plain+"?_txlock=immediate&_pragma=journal_mode(WAL)&_pragma=synchronous(FULL)")
	b.must(err)
	defer func() { b.must(db.Close()) }()
	_, err = db.ExecContext(ctx, `CREATE TABLE plain (n INTEGER PRIMARY KEY, data BLOB NOT NULL)`)
	b.must(err)
	before := b.waiting()
	b.beside("desk.tap", func(n int) {
		_, err := b.replica.Tap(ctx, replica.Wish{Kind: syncproto.CommandNote,
			Command: ticket.Note{Ticket: b.rows[n%len(b.rows)].Ref.ID, Text: "已联系服务站，备件明天到，客户同意周六到店。"}, Screen: "备注"},
			replica.Moment{ID: syncproto.Derive("tap", syncproto.NumberedID(uint64(n))), Reading: b.reading()})
		b.must(err)
	}, func(int) {
		tx, err := db.BeginTx(ctx, nil)
		b.must(err)
		_, err = tx.ExecContext(ctx, `INSERT INTO plain (data) VALUES (?)`, make([]byte, 500)) // about a command
		b.must(errors.Join(err, tx.Commit()))
	})
	b.expect("what waits", b.waiting()-before, *benchTimes+1)
}

func (b *figuresDesk) waiting() int {
	status, err := b.replica.Status(ctx)
	b.must(err)
	return status.Waiting
}
