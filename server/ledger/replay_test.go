package ledger_test

import (
	"database/sql"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"redress/server/ledger"
	"redress/server/ledger/ledgertest"
	"redress/server/store"
	"redress/syncproto"
)

func must(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

// copied is the world as it is now, in a file of its own.
func copied(t *testing.T, w *ledgertest.World) *ledgertest.World {
	t.Helper()
	path := filepath.Join(t.TempDir(), store.File)
	for _, end := range []string{"", "-wal"} {
		data, err := os.ReadFile(w.Path + end)
		if errors.Is(err, os.ErrNotExist) {
			continue
		}
		must(t, err)
		must(t, os.WriteFile(path+end, data, 0o600))
	}
	c := &ledgertest.World{T: t, Path: path, Now: w.Now}
	c.Restart()
	return c
}

// expectOneVerdictEach: each command has one entry that decides it, or one that parks it
// and at most one that releases it.
func (r *inFlight) expectOneVerdictEach() {
	r.T.Helper()
	entries := map[syncproto.Hash][]syncproto.Payload{}
	for seq := uint64(1); seq <= r.Ledger.Head().Seq; seq++ {
		p := r.Payload(seq)
		entries[p.Command.CommandHash()] = append(entries[p.Command.CommandHash()], p)
	}
	for _, s := range r.senders {
		for place, c := range s.line {
			list := entries[c.Command.CommandHash()]
			once := len(list) == 1 || len(list) == 2 && list[0].Outcome == syncproto.Parked && list[1].Releases > 0
			if !once || list[0].Releases > 0 {
				r.T.Errorf("command %d of %s has %d entries: %+v", place, s.Device, len(list), list)
				continue
			}
			if now := r.Command(idOf(r.World, c.Command)); now.Outcome != list[len(list)-1].Outcome {
				r.T.Errorf("command %d of %s is %v, its entry says %v", place, s.Device, now.Outcome, list[len(list)-1].Outcome)
			}
		}
	}
}

// replay commits what a log took, one command at a time, and compares every row.
func replay(t *testing.T, from, log *ledgertest.World) {
	t.Helper()
	from.Ledger.SetRule(broken)
	start := from.Ledger.Head().Seq
	for seq := start + 1; seq <= log.Ledger.Head().Seq; seq++ {
		p, at := log.Payload(seq), timeOf(log, seq)
		if p.Releases > 0 {
			continue // follows by itself
		}
		s := ledger.Submission{Source: ledger.FromDesk, Command: p.Command, Received: p.Received, Reconnect: p.Reconnect}
		if p.Command.Device.IsZero() {
			s.Source = ledger.FromServer
		}
		if _, err := from.Ledger.Commit(t.Context(), at, []ledger.Submission{s}); err != nil {
			t.Fatal(err)
		}
		if from.Ledger.Head().Seq < seq {
			t.Fatalf("one by one entry %d was not written", seq)
		}
	}
	from.Restart()
	must(t, from.Ledger.Retry(t.Context(), log.Now))
	compare(t, rows(t, log), rows(t, from))
}

func timeOf(w *ledgertest.World, seq uint64) syncproto.Instant {
	w.T.Helper()
	var header syncproto.Header
	must(w.T, w.Store.View(w.T.Context(), func(v *store.View) error {
		e, _, err := v.Entry(seq)
		if err != nil {
			return err
		}
		return syncproto.Decode(e.Header, &header)
	}))
	return header.Time
}

// rows is all of a database but goose's own table.
func rows(t *testing.T, w *ledgertest.World) (all []string) {
	t.Helper()
	db, err := sql.Open("sqlite", w.Path)
	must(t, err)
	defer func() { must(t, db.Close()) }()
	for _, table := range []string{
		"entry ORDER BY seq", "document ORDER BY kind, id", "history ORDER BY kind, id, version", "membership ORDER BY bucket, kind, id",
		"command ORDER BY id", "line ORDER BY device, incarnation", "parked ORDER BY command", "refused ORDER BY kind, id",
	} {
		found, err := db.QueryContext(t.Context(), "SELECT * FROM "+table)
		must(t, err)
		columns, err := found.Columns()
		must(t, err)
		for found.Next() {
			values, into := make([]any, len(columns)), make([]any, len(columns))
			for i := range values {
				into[i] = &values[i]
			}
			must(t, found.Scan(into...))
			all = append(all, fmt.Sprintf("%s: %x", strings.Fields(table)[0], values))
		}
		must(t, errors.Join(found.Err(), found.Close()))
	}
	return all
}

func compare(t *testing.T, got, want []string) {
	t.Helper()
	for i := range max(len(got), len(want)) {
		if i >= len(got) || i >= len(want) || got[i] != want[i] {
			t.Errorf("%d rows, one by one %d; from row %d on they differ:\n%.300s\n%.300s", len(got), len(want), i,
				strings.Join(got[min(i, len(got)):min(i+1, len(got))], ""), strings.Join(want[min(i, len(want)):min(i+1, len(want))], ""))
			return
		}
	}
}
