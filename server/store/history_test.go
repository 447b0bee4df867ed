package store_test

import (
	"database/sql"
	"errors"
	"fmt"
	"slices"
	"testing"

	"github.com/rs/zerolog"

	"redress/server/audit"
	"redress/server/ledger"
	"redress/server/ledger/ledgertest"
	"redress/server/store"
	"redress/syncproto"
	"redress/syncproto/rules"
	"redress/syncproto/ticket"
)

// byKey puts the history back to where steps 1 to 4 kept it: in the order of its key.
var byKey = []string{
	`CREATE TABLE old (kind INTEGER NOT NULL, id BLOB NOT NULL, version INTEGER NOT NULL, seq INTEGER NOT NULL, entry BLOB NOT NULL,
		PRIMARY KEY (kind, id, version)) WITHOUT ROWID`,
	`INSERT INTO old SELECT kind, id, version, seq, entry FROM history`,
	`DROP TABLE history`, `ALTER TABLE old RENAME TO history`, `DROP TABLE presence`,
	`DROP TABLE restoration`, `DROP TABLE reoffered`, `DROP TABLE thawed`,
	`DELETE FROM goose_db_version WHERE version_id > 4`,
}

// uncounted takes away what steps 7, 11 and 12 brought: after the last look by a reader, who wants it.
var uncounted = []string{`DROP TABLE doubt`, `DROP TABLE bucket_sums`, `DROP TABLE counted`, `DROP INDEX parked_told`, `ALTER TABLE parked DROP COLUMN told`}

// TestTheHistoryOfAnOlderRelease is read as before by each of its readers, and lies in the
// order of the log once the file was brought up to date; what its buckets hold is counted
// then, which the audit sees.
func TestTheHistoryOfAnOlderRelease(t *testing.T) {
	w := ledgertest.New(t)
	d := w.Desk(w.Seat, "K7MQ")
	tickets := []syncproto.ID{w.ID(), w.ID(), w.ID()}
	for n, id := range tickets {
		d.Give(syncproto.CommandOpen, w.Open(id, w.East, fmt.Sprintf("K7MQ-%05d", n)))
	}
	for range 20 {
		var batch []ledger.Submission
		for _, id := range tickets {
			batch = append(batch, d.Submission(d.Make(syncproto.CommandNote, ticket.Note{Ticket: id, Text: "客户再次来电"})))
		}
		w.Commit(batch...)
	}
	must(t, w.Store.Close())
	change(t, w.Path, byKey...)
	reader, err := store.OpenToRead(t.Context(), w.Path)
	must(t, err)
	before := histories(t, reader, tickets)
	must(t, reader.Close())
	change(t, w.Path, uncounted...)
	s := open(t, w.Path)
	after := histories(t, s, tickets)
	if !slices.Equal(after, before) || len(after) < 3*3*20 {
		t.Errorf("%d and %d rows, and not the same", len(before), len(after))
	}
	if report, err := audit.Run(t.Context(), s); err != nil || len(report.Wrong) > 0 {
		t.Errorf("verify: %v, %v", report.Wrong, err)
	}
	db, err := sql.Open("sqlite", w.Path)
	must(t, err)
	var misplaced int
	must(t, db.QueryRowContext(t.Context(), `SELECT count(*) FROM history a JOIN history b ON b.rowid = a.rowid + 1 WHERE b.seq < a.seq`).Scan(&misplaced))
	must(t, db.Close())
	if misplaced > 0 {
		t.Errorf("%d rows lie before what happened earlier", misplaced)
	}
	again, err := ledger.Open(t.Context(), s, w.ID, zerolog.Nop())
	must(t, err)
	w.Store, w.Ledger = s, again
	d.Give(syncproto.CommandNote, ticket.Note{Ticket: tickets[0], Text: "一"})
	w.Verify()
}

// histories are the rows as the audit, the reference data and publication get them, each
// checked to be in its order.
func histories(t *testing.T, s *store.Store, tickets []syncproto.ID) (all []string) {
	t.Helper()
	must(t, s.View(t.Context(), func(v *store.View) error {
		keep := func(reader string, h store.History) {
			all = append(all, fmt.Sprintf("%s: %v %d %d %x", reader, h.Ref, h.Version, h.Seq, h.Entry))
		}
		errs := []error{v.EveryHistory(func(h store.History) error { keep("audit", h); return nil })}
		for _, kind := range append(rules.ReferenceKinds(), syncproto.KindTicket) {
			list, err := v.KindHistory(kind)
			errs = append(errs, err)
			if !slices.IsSortedFunc(list, func(a, b store.History) int { return int(a.Seq) - int(b.Seq) }) {
				t.Errorf("history of kind %d is not in the order of the log", kind)
			}
			for _, h := range list {
				keep("reference", h)
			}
		}
		for _, id := range tickets {
			list, more, err := v.History(ticket.Ref(id), 1, 0, 1<<20)
			errs = append(errs, err)
			for i, h := range list {
				if h.Version != uint64(i)+2 || more {
					t.Errorf("version %d comes as number %d; more: %v", h.Version, i, more)
				}
				keep("publication", h)
			}
		}
		return errors.Join(errs...)
	}))
	return all
}
