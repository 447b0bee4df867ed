package replica_test

import (
	"database/sql"
	"errors"
	"flag"
	"path/filepath"
	"slices"
	"testing"
	"time"

	"github.com/klauspost/compress/zstd"

	"redress/desktop/centraltest"
	"redress/migrations"
	"redress/syncproto"
)

var benchTickets = flag.Int("tickets", 120, "how many tickets a first sync brings")

// TestFiguresOfTheFirstSync takes design §12's row of the first sync: how long a desk takes
// to take in its tickets, with customers, cars and two steps each, with the lists and the search
// index. They come as a server sends them: in pages, in the order of their Refs, packed.
//
// Real are the replica and its file, with synchronous=FULL. Not there are the socket and the
// server that reads and packs the pages: what the desk itself costs is measured. Raw is the same
// rows written into an empty database of the same schema, in transactions of the same documents,
// by statements prepared once: what SQLite and the disk take at least. The
// two go in turns of a hundred pages, so that what else the machine does concerns both.
//
//	sync.first       tickets a second taken in; their time in proportion to raw
//	sync.first.raw   tickets a second by rows alone
func TestFiguresOfTheFirstSync(t *testing.T) {
	d := newDesk(t, centraltest.New(t), "seat", centraltest.Seat, "K7MQ")
	bucket := syncproto.Bucket(centraltest.CallCentre)
	from := d.lastRow()
	raw := newRawSync(t, d)
	pages, sums := d.pages(bucket, *benchTickets)
	cursor := d.Desk().Cursor + 1
	d.must(d.Apply(ctx, syncproto.Delta{Epoch: 1, From: cursor - 1, Cursor: cursor, Filling: []syncproto.Bucket{bucket}}))
	var took time.Duration
	for turn := range slices.Chunk(pages, turnOfSync) {
		started := time.Now()
		for _, p := range turn {
			d.must(d.Apply(ctx, syncproto.Delta{Epoch: 1, From: cursor, Cursor: cursor, Page: &p.page}))
		}
		took += time.Since(started)
		from = raw.write(from, turn)
	}
	raw.same()
	compared, err := d.Compare(ctx, syncproto.Checkpoint{Epoch: 1, Seq: cursor, Buckets: []syncproto.BucketSum{{Bucket: bucket, Sum: sums.Total()}}})
	if d.must(err); len(compared.Differs)+len(compared.Fetch) > 0 {
		t.Errorf("when all pages are taken in it is asked for %+v", compared)
	}
	n := float64(*benchTickets)
	figure("sync.first", n/took.Seconds(), "1/s", took.Seconds()/raw.took.Seconds(), "goal: ≤ 1.50 × raw")
	figure("sync.first.raw", n/raw.took.Seconds(), "1/s", 1)
}

// turnOfSync is how many pages are taken in between two turns of raw.
const turnOfSync = 100

// pageOfSync is a page, and how many documents it brings.
type pageOfSync struct {
	page      syncproto.Page
	documents int
}

// pages are so many tickets as a server sends the whole of a bucket, each page as full as it may be;
// and what the bucket holds then.
func (d *desk) pages(bucket syncproto.Bucket, tickets int) (pages []pageOfSync, sums syncproto.Sums) {
	d.t.Helper()
	all := d.goods(0, tickets)
	steps := map[syncproto.Ref][]syncproto.HistoryEntry{}
	for _, entry := range all.History {
		steps[entry.Event.Doc] = append(steps[entry.Event.Doc], entry)
	}
	slices.SortFunc(all.Documents, func(a, b syncproto.Document) int { return a.Ref.Compare(b.Ref) })
	packer, err := zstd.NewWriter(nil, zstd.WithEncoderLevel(zstd.SpeedFastest), zstd.WithWindowSize(syncproto.MaxPageBytes))
	d.must(err)
	var contents syncproto.PageContents
	var after syncproto.Ref
	room := syncproto.MaxDeltaBytes
	for n, doc := range all.Documents {
		cost := len(doc.Body) + 64
		for _, entry := range steps[doc.Ref] {
			cost += len(syncproto.MustEncode(entry)) + 8
		}
		contents.Documents, contents.History = append(contents.Documents, doc), append(contents.History, steps[doc.Ref]...)
		sums[doc.Ref.Part()] = sums[doc.Ref.Part()].Add(syncproto.One(syncproto.Mark(d.central.LogID, doc)))
		last := n == len(all.Documents)-1
		if room -= cost; !last && room > 2048 && len(contents.Documents) < syncproto.MaxDeltaDocs {
			continue
		}
		page := syncproto.Page{Bucket: bucket, Parts: syncproto.AllParts, After: after, Upto: doc.Ref, Last: last}
		page.Packed = packer.EncodeAll(syncproto.MustEncode(contents), nil)
		pages = append(pages, pageOfSync{page, len(contents.Documents)})
		contents, after, room = syncproto.PageContents{}, doc.Ref, syncproto.MaxDeltaBytes
	}
	return pages, sums
}

func (d *desk) lastRow() (last int64) {
	db, err := sql.Open("sqlite", "file://"+d.file("replica.db")+"?mode=ro")
	d.must(err)
	d.must(db.QueryRowContext(ctx, `SELECT max(rowid) FROM document`).Scan(&last))
	d.must(db.Close())
	return last
}

// rawSync writes what a desk has taken in into a file of its own.
type rawSync struct {
	*desk
	from, to *sql.DB
	took     time.Duration
}

func newRawSync(t *testing.T, d *desk) *rawSync {
	t.Helper()
	r := &rawSync{desk: d}
	var err error
	r.from, err = sql.Open("sqlite", "file://"+d.file("replica.db")+"?mode=ro")
	d.must(err)
	r.to, err = sql.Open("sqlite", "file://"+filepath.Join(t.TempDir(), "raw.db")+"?_txlock=immediate&_pragma=journal_mode(WAL)&_pragma=synchronous(FULL)")
	d.must(err)
	r.to.SetMaxOpenConns(1)
	t.Cleanup(func() { d.must(errors.Join(r.from.Close(), r.to.Close())) })
	d.must(migrations.Replica(ctx, r.to, r.to))
	return r
}

// tablesOfSync are what a document takes to be held, listed and found: how the rows of one are
// read, and written.
var tablesOfSync = []struct{ read, write string }{
	{`SELECT kind, id, epoch, version, body, mark, buckets FROM document WHERE kind = ? AND id = ?`,
		`INSERT INTO document (kind, id, epoch, version, body, mark, buckets) VALUES (?, ?, ?, ?, ?, ?, ?)`},
	{`SELECT * FROM history WHERE kind = ? AND id = ?`, `INSERT INTO history VALUES (?, ?, ?, ?, ?, ?)`},
	{`SELECT * FROM listing WHERE kind = ? AND id = ?`, `INSERT INTO listing VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)`},
	{`SELECT * FROM findable WHERE kind = ? AND id = ?`, `INSERT INTO findable VALUES (?, ?, ?, ?, ?, ?)`},
	{`SELECT * FROM file WHERE kind = ? AND id = ?`, `INSERT INTO file VALUES (?, ?, ?, ?)`},
}

const writeWords = `INSERT INTO words (rowid, number, phone, vin, name, subject, details, trail) VALUES (?, ?, ?, ?, ?, ?, ?, ?)`

// row is one to be written: by the nth of the tables, the last being words.
type row struct {
	table int
	of    []any
}

// write writes what came after a row of the documents, a page at a time, and says which is the last
// now.
func (r *rawSync) write(after int64, pages []pageOfSync) (last int64) {
	r.t.Helper()
	for _, p := range pages {
		var rows []row
		for _, doc := range r.documents(after, p.documents) {
			rows, after = append(rows, r.read(doc.ref)...), doc.row
		}
		r.insert(rows)
	}
	return after
}

type documentAt struct {
	row int64
	ref syncproto.Ref
}

// documents are the next.
func (r *rawSync) documents(after int64, count int) (all []documentAt) {
	rows, err := r.from.QueryContext(ctx, `SELECT rowid, kind, id FROM document WHERE rowid > ? ORDER BY rowid LIMIT ?`, after, count)
	r.must(err)
	for rows.Next() {
		var d documentAt
		var id []byte
		r.must(rows.Scan(&d.row, &d.ref.Kind, &id))
		d.ref.ID = syncproto.ID(id)
		all = append(all, d)
	}
	r.must(errors.Join(rows.Err(), rows.Close()))
	return all
}

func (r *rawSync) read(ref syncproto.Ref) (all []row) {
	var body []byte
	var place any
	for n, table := range tablesOfSync {
		rows, err := r.from.QueryContext(ctx, table.read, ref.Kind, ref.ID[:])
		r.must(err)
		columns, err := rows.Columns()
		r.must(err)
		for rows.Next() {
			of, into := make([]any, len(columns)), make([]any, len(columns))
			for i := range of {
				into[i] = &of[i]
			}
			r.must(rows.Scan(into...))
			all = append(all, row{n, of})
			switch n {
			case 0:
				body, _ = of[4].([]byte)
			case 3:
				place = of[0]
			}
		}
		r.must(errors.Join(rows.Err(), rows.Close()))
	}
	if ref.Kind == syncproto.KindTicket {
		words, err := r.WordsOf(ctx, ref, body)
		r.must(err)
		all = append(all, row{len(tablesOfSync), append([]any{place}, words...)})
	}
	return all
}

// insert writes the rows of a delta, timed.
func (r *rawSync) insert(rows []row) {
	started := time.Now()
	tx, err := r.to.BeginTx(ctx, nil)
	r.must(err)
	var prepared []*sql.Stmt
	for n := range len(tablesOfSync) + 1 {
		text := writeWords
		if n < len(tablesOfSync) {
			text = tablesOfSync[n].write
		}
		statement, err := tx.PrepareContext(ctx, text)
		r.must(err)
		prepared = append(prepared, statement)
	}
	for _, one := range rows {
		_, err := prepared[one.table].ExecContext(ctx, one.of...)
		r.must(err)
	}
	r.must(tx.Commit())
	r.took += time.Since(started)
}

// same sees to it that raw wrote what the desk holds: as many rows of everything, and an
// index that finds as many. What the desk held before the first ticket is not of it.
func (r *rawSync) same() {
	r.t.Helper()
	for _, count := range []string{`SELECT count(*) FROM history WHERE kind = ?1`, `SELECT count(*) FROM listing WHERE kind = ?1`,
		`SELECT count(*) FROM findable WHERE kind = ?1`, `SELECT count(*) FROM document WHERE kind = ?1`,
		`SELECT count(*) FROM findable WHERE kind = ?1 AND place IN (SELECT rowid FROM words WHERE words MATCH '"核"')`} {
		var here, there int
		r.must(r.from.QueryRowContext(ctx, count, syncproto.KindTicket).Scan(&here))
		r.must(r.to.QueryRowContext(ctx, count, syncproto.KindTicket).Scan(&there))
		if here != there || here < *benchTickets {
			r.t.Errorf("%s: the desk has %d, raw %d", count, here, there)
		}
	}
}
