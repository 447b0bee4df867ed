package store_test

import (
	"bytes"
	"database/sql"
	"errors"
	"os"
	"path/filepath"
	"runtime"
	"testing"

	_ "modernc.org/sqlite"

	"redress/server/store"
)

// made is a whole database with one entry, closed again.
func made(t *testing.T) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), store.File)
	s, err := store.Open(t.Context(), path)
	if err != nil {
		t.Fatal(err)
	}
	if err := errors.Join(s.Append(t.Context(), entry(store.Head{})), s.Close()); err != nil {
		t.Fatal(err)
	}
	return path
}

// change runs SQL on a file, as another program would.
func change(t *testing.T, path string, texts ...string) {
	t.Helper()
	db, err := sql.Open("sqlite", path)
	if err != nil {
		t.Fatal(err)
	}
	for _, text := range texts {
		if _, err := db.ExecContext(t.Context(), text); err != nil {
			t.Fatal(err)
		}
	}
	if err := db.Close(); err != nil {
		t.Fatal(err)
	}
}

// TestAFileThatIsNoneOfOurs is told apart before the first write, by whoever writes and by
// whoever reads, and is left as it is to the byte.
func TestAFileThatIsNoneOfOurs(t *testing.T) {
	for name, c := range map[string]struct {
		spoil func(t *testing.T, path string)
		want  error
	}{
		"another program's": {func(t *testing.T, path string) {
			must(t, os.Remove(path))
			change(t, path, `CREATE TABLE bookmark (id INTEGER PRIMARY KEY)`, `INSERT INTO bookmark VALUES (1)`)
		}, store.ErrForeign},
		"a desk's": {func(t *testing.T, path string) {
			must(t, os.Remove(path))
			change(t, path, `CREATE TABLE goose_db_version (id INTEGER PRIMARY KEY, version_id INTEGER, is_applied INTEGER)`,
				`INSERT INTO goose_db_version VALUES (1, 0, 1), (2, 1, 1)`, `CREATE TABLE self (one INTEGER)`)
		}, store.ErrForeign},
		"a newer program's": {func(t *testing.T, path string) {
			change(t, path, `INSERT INTO goose_db_version (version_id, is_applied) VALUES (99, 1)`)
		}, store.ErrNewer},
		"no database": {func(t *testing.T, path string) {
			must(t, os.WriteFile(path, bytes.Repeat([]byte("garbage "), 1000), 0o600))
		}, store.ErrDamaged},
		"cut in its first page": {func(t *testing.T, path string) { must(t, os.Truncate(path, 1000)) }, store.ErrDamaged},
		"cut in half": {func(t *testing.T, path string) {
			info, err := os.Stat(path)
			must(t, err)
			must(t, os.Truncate(path, info.Size()/2))
		}, store.ErrDamaged},
		"emptied": {func(t *testing.T, path string) { must(t, os.Truncate(path, 0)) }, store.ErrDamaged},
		"of a newer SQLite": {func(t *testing.T, path string) {
			data, err := os.ReadFile(path)
			must(t, err)
			data[18], data[19] = 9, 9 // versions of the file format
			must(t, os.WriteFile(path, data, 0o600))
		}, store.ErrDamaged},
	} {
		t.Run(name, func(t *testing.T) {
			path := made(t)
			c.spoil(t, path)
			before, err := os.ReadFile(path)
			must(t, err)
			writer, opening := store.Open(t.Context(), path)
			if opening == nil {
				opening = writer.Check(t.Context())
				must(t, writer.Close())
			}
			reader, reading := store.OpenToRead(t.Context(), path)
			if reading == nil {
				reading = reader.Check(t.Context())
				must(t, reader.Close())
			}
			if !errors.Is(opening, c.want) || !errors.Is(reading, c.want) {
				t.Errorf("to write: %v; to read: %v; want %v", opening, reading, c.want)
			}
			if after, err := os.ReadFile(path); err != nil || !bytes.Equal(before, after) {
				t.Errorf("the file was changed (%v)", err)
			}
		})
	}
}

// TestAnEmptiedFileKeepsItsLogBeside: SQLite would take it for a new one and delete the
// write-ahead log, in which everything may still be.
func TestAnEmptiedFileKeepsItsLogBeside(t *testing.T) {
	path := filepath.Join(t.TempDir(), store.File)
	must(t, open(t, path).Append(t.Context(), entry(store.Head{}))) // never closed: all is in the write-ahead log
	wal, err := os.ReadFile(path + "-wal")
	must(t, err)
	beside := filepath.Join(t.TempDir(), store.File)
	must(t, os.WriteFile(beside, nil, 0o600))
	must(t, os.WriteFile(beside+"-wal", wal, 0o600))
	if _, err := store.Open(t.Context(), beside); !errors.Is(err, store.ErrDamaged) {
		t.Errorf("%v, want %v", err, store.ErrDamaged)
	}
	if kept, err := os.ReadFile(beside + "-wal"); err != nil || !bytes.Equal(kept, wal) {
		t.Errorf("of the write-ahead log of %d bytes there are %d: %v", len(wal), len(kept), err)
	}
}

// TestAFileThatCannotBeOpened says which and why.
func TestAFileThatCannotBeOpened(t *testing.T) {
	folder := filepath.Join(t.TempDir(), store.File)
	must(t, os.Mkdir(folder, 0o700))
	file := filepath.Join(t.TempDir(), "file")
	must(t, os.WriteFile(file, []byte("x"), 0o600))
	places := map[string]string{"a folder": folder, "below a file": filepath.Join(file, store.File)}
	if os.Geteuid() > 0 { // whoever may do everything is refused nothing
		locked := made(t)
		must(t, os.Chmod(locked, 0))
		places["a file that others keep"] = locked
	}
	for name, path := range places {
		if _, err := store.Open(t.Context(), path); !errors.Is(err, store.ErrClosed) || !bytes.Contains([]byte(err.Error()), []byte(filepath.Dir(path))) {
			t.Errorf("%s: %v, want %v and the place", name, err, store.ErrClosed)
		}
	}
}

// TestAFileThatMayOnlyBeRead refuses what is to be written, at once, and can be read.
func TestAFileThatMayOnlyBeRead(t *testing.T) {
	path := made(t)
	data, err := os.ReadFile(path)
	must(t, err)
	data[18] = 9 // only newer programs may write: SQLite opens it for reading
	must(t, os.WriteFile(path, data, 0o600))
	s, err := store.Open(t.Context(), path)
	if err == nil {
		err = s.Append(t.Context(), entry(entry(store.Head{}).Head()))
		must(t, s.Close())
	}
	if !errors.Is(err, store.ErrUncertain) {
		t.Errorf("%v, want %v", err, store.ErrUncertain)
	}
	reader, err := store.OpenToRead(t.Context(), path)
	must(t, err)
	must(t, errors.Join(reader.Check(t.Context()), reader.Close()))
}

// TestAnotherProgramHoldsTheFile: nothing is written, nothing has stopped, and it goes on
// when the other is done.
func TestAnotherProgramHoldsTheFile(t *testing.T) {
	path := made(t)
	s := open(t, path)
	must(t, s.Impatient(t.Context()))
	other, err := sql.Open("sqlite", path+"?_txlock=immediate")
	must(t, err)
	defer other.Close()
	held, err := other.BeginTx(t.Context(), nil)
	must(t, err)
	next := entry(entry(store.Head{}).Head())
	if err := s.Append(t.Context(), next); !errors.Is(err, store.ErrBusy) || !store.Passing(err) || errors.Is(err, store.ErrUncertain) {
		t.Errorf("%v, want %v", err, store.ErrBusy)
	}
	if err := s.Free(t.Context()); !errors.Is(err, store.ErrBusy) {
		t.Errorf("looked at: %v, want %v", err, store.ErrBusy)
	}
	must(t, held.Rollback())
	must(t, s.Free(t.Context()))
	must(t, s.Append(t.Context(), next))
}

// TestWhatOthersMayReadIsTakenFromThem when it is opened, as after a careless copy.
func TestWhatOthersMayReadIsTakenFromThem(t *testing.T) {
	if runtime.GOOS == "windows" {
		t.Skip("Windows has no such modes")
	}
	path := made(t)
	must(t, os.Chmod(path, 0o644))
	open(t, path)
	if info, err := os.Stat(path); err != nil || info.Mode().Perm() != 0o600 {
		t.Errorf("its mode is %v (%v)", info.Mode(), err)
	}
}

// TestTwoBackupsToOneName at once: the second leaves alone what the first is writing, which would say that the
// database is damaged.
func TestTwoBackupsToOneName(t *testing.T) {
	path, target := made(t), filepath.Join(t.TempDir(), "backup.db")
	first := target + ".new"
	must(t, os.WriteFile(first, []byte("of the first, as far as it has come"), 0o600))
	under, err := os.ReadDir(filepath.Dir(target))
	must(t, err)
	must(t, store.Backup(t.Context(), path, target))
	if got, err := os.ReadFile(first); err != nil || string(got) != "of the first, as far as it has come" {
		t.Errorf("the first is now %d bytes, %v", len(got), err)
	}
	ends := make(chan error, 2)
	another := filepath.Join(t.TempDir(), "another.db")
	for range cap(ends) {
		go func() { ends <- store.Backup(t.Context(), path, another) }()
	}
	for range cap(ends) {
		if err := <-ends; err != nil && !errors.Is(err, os.ErrExist) { // the first was done before it looked
			t.Error(err)
		}
	}
	s, err := store.OpenToRead(t.Context(), another)
	must(t, err)
	must(t, errors.Join(s.Check(t.Context()), s.Close()))
	if left, err := os.ReadDir(filepath.Dir(target)); err != nil || len(left) != len(under)+1 {
		t.Errorf("beside the backup are %v, %v", left, err)
	}
}

func must(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}
