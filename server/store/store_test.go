package store_test

import (
	"context"
	"database/sql"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"redress/server/store"
	"redress/server/store/storetest"
	"redress/syncproto"
)

func open(t *testing.T, path string) *store.Store {
	t.Helper()
	s, err := store.Open(context.Background(), path)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := s.Close(); err != nil {
			t.Error(err)
		}
	})
	return s
}

func TestAFileConforms(t *testing.T) {
	storetest.Run(t, func(t *testing.T) *store.Store { return open(t, filepath.Join(t.TempDir(), store.File)) })
}

func TestMemoryConforms(t *testing.T) {
	storetest.Run(t, func(t *testing.T) *store.Store { return open(t, store.Memory) })
}

// entry is a batch of one entry after a head.
func entry(after store.Head) store.Batch {
	return store.Batch{After: after, Epoch: 1, Entries: []syncproto.Entry{
		syncproto.Chained(after.Chain, syncproto.Header{Seq: after.Seq + 1, Epoch: 1}, []byte("payload"))}}
}

func TestAViewIsOneMomentAndHoldsUpNoWriter(t *testing.T) {
	ctx := context.Background()
	s := open(t, filepath.Join(t.TempDir(), store.File))
	err := s.View(ctx, func(v *store.View) error {
		before, err := v.Head()
		if err != nil {
			return err
		}
		if err := s.Append(ctx, entry(before)); err != nil {
			return err
		}
		after, err := v.Head()
		if after != before {
			t.Errorf("the head moved under a view from %v to %v", before, after)
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
}

func TestWhatWasAppendedIsThereAfterACrash(t *testing.T) {
	ctx := context.Background()
	path := filepath.Join(t.TempDir(), store.File)
	b := entry(store.Head{})
	if err := open(t, path).Append(ctx, b); err != nil { // and never closed, as after a kill
		t.Fatal(err)
	}
	again := open(t, path)
	err := again.View(ctx, func(v *store.View) error {
		head, err := v.Head()
		if head != b.Head() {
			t.Errorf("the log ends at %v, want %v", head, b.Head())
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
}

func TestADatabaseIsItsOwnersAlone(t *testing.T) {
	path := filepath.Join(t.TempDir(), "data", store.File)
	open(t, path)
	for _, f := range []string{path, filepath.Dir(path)} {
		info, err := os.Stat(f)
		if err != nil {
			t.Fatal(err)
		}
		if info.Mode().Perm()&0o077 != 0 {
			t.Errorf("%s has mode %v; others may look into it", f, info.Mode())
		}
	}
}

func TestADamagedFileIsNamedAndLeftAlone(t *testing.T) {
	path := filepath.Join(t.TempDir(), store.File)
	garbage := []byte(strings.Repeat("this is no database. ", 1000))
	if err := os.WriteFile(path, garbage, 0o600); err != nil {
		t.Fatal(err)
	}
	_, err := store.Open(context.Background(), path)
	if !errors.Is(err, store.ErrDamaged) || !strings.Contains(err.Error(), path) {
		t.Errorf("opening it: %v; want %v and the file's name", err, store.ErrDamaged)
	}
	if now, err := os.ReadFile(path); err != nil || string(now) != string(garbage) {
		t.Errorf("the file was changed (%v)", err)
	}
}

func TestDamageInsideIsFoundByTheCheck(t *testing.T) {
	ctx := context.Background()
	path := filepath.Join(t.TempDir(), store.File)
	s, err := store.Open(ctx, path)
	if err != nil {
		t.Fatal(err)
	}
	if err := s.Append(ctx, entry(store.Head{})); err != nil {
		t.Fatal(err)
	}
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	data, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	for i := 8192; i < 8192+2048 && i < len(data); i++ {
		data[i] = 0xff
	}
	if err := os.WriteFile(path, data, 0o600); err != nil {
		t.Fatal(err)
	}
	reader, err := store.OpenToRead(ctx, path)
	if err == nil {
		err = reader.Check(ctx)
	}
	if !errors.Is(err, store.ErrDamaged) {
		t.Errorf("got %v, want %v", err, store.ErrDamaged)
	}
}

// TestAFullDiskTakesNothing, leaves everything as it was, and takes it when there is room.
func TestAFullDiskTakesNothing(t *testing.T) {
	ctx := context.Background()
	s := open(t, filepath.Join(t.TempDir(), store.File))
	pages, err := s.Pages(ctx)
	if err != nil {
		t.Fatal(err)
	}
	if err := s.LimitPages(ctx, pages); err != nil {
		t.Fatal(err)
	}
	b := entry(store.Head{})
	b.Entries[0].Payload = make([]byte, 1<<20)
	if err := s.Append(ctx, b); !errors.Is(err, store.ErrFull) || errors.Is(err, store.ErrUncertain) {
		t.Fatalf("got %v, want %v and nothing else", err, store.ErrFull)
	}
	head := func() (head store.Head) {
		err := s.View(ctx, func(v *store.View) (err error) {
			head, err = v.Head()
			return err
		})
		if err != nil {
			t.Fatal(err)
		}
		return head
	}
	if head() != (store.Head{}) {
		t.Errorf("the log ends at %v", head())
	}
	if err := s.LimitPages(ctx, pages+1000); err != nil {
		t.Fatal(err)
	}
	if err := s.Append(ctx, b); err != nil || head() != b.Head() {
		t.Errorf("with room again: %v, the log ends at %v", err, head())
	}
}

func TestReadingNeedsAFile(t *testing.T) {
	if _, err := store.OpenToRead(context.Background(), filepath.Join(t.TempDir(), "none")); !errors.Is(err, os.ErrNotExist) {
		t.Errorf("got %v, want %v", err, os.ErrNotExist)
	}
}

// TestAFileOfAnOlderRelease cannot be read as it is, which its reader is told; the server
// brings it up to date.
func TestAFileOfAnOlderRelease(t *testing.T) {
	ctx := context.Background()
	path := filepath.Join(t.TempDir(), store.File)
	open(t, path)
	db, err := sql.Open("sqlite", path)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := db.ExecContext(ctx, "DROP INDEX document_due; CREATE INDEX document_due ON document (next_due) WHERE next_due <> 0; "+
		"DROP TABLE doubt; DROP INDEX parked_told; ALTER TABLE parked DROP COLUMN told; DROP INDEX command_rejected; DROP TABLE refused; DROP TABLE presence; DROP TABLE bucket_sums; DROP TABLE counted; DROP TABLE restoration; DROP TABLE reoffered; DROP TABLE thawed; DELETE FROM goose_db_version WHERE version_id > 2"); err != nil {
		t.Fatal(err)
	}
	if err := db.Close(); err != nil {
		t.Fatal(err)
	}
	if _, err := store.OpenToRead(ctx, path); !errors.Is(err, store.ErrOlder) {
		t.Errorf("got %v, want %v", err, store.ErrOlder)
	}
	open(t, path)
	reader, err := store.OpenToRead(ctx, path)
	if err != nil {
		t.Fatal(err)
	}
	if err := reader.Close(); err != nil {
		t.Error(err)
	}
}

// TestAFileThatLacksAColumn is of an older release too: its reader is told the same.
func TestAFileThatLacksAColumn(t *testing.T) {
	path := filepath.Join(t.TempDir(), store.File)
	must(t, open(t, path).Close())
	change(t, path, "DROP TABLE doubt", "DROP INDEX parked_told", "ALTER TABLE parked DROP COLUMN told", "DELETE FROM goose_db_version WHERE version_id > 10")
	if _, err := store.OpenToRead(t.Context(), path); !errors.Is(err, store.ErrOlder) {
		t.Errorf("got %v, want %v", err, store.ErrOlder)
	}
}
