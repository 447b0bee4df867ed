package replica_test

import (
	"bytes"
	"crypto/ed25519"
	"database/sql"
	"errors"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"testing"

	_ "modernc.org/sqlite"

	"redress/desktop/replica"
	"redress/syncproto"
	"redress/syncproto/ticket"
)

// closed is a copy of the desk's folder with all of it in one file, as after a clean end.
func (d *desk) closed() (copied *desk) {
	d.t.Helper()
	copied = &desk{}
	*copied = *d
	copied.dir = d.image()
	d.change(copied.file("replica.db"), `PRAGMA wal_checkpoint(TRUNCATE)`)
	return copied
}

// change runs SQL on a file, as another program would.
func (d *desk) change(path string, texts ...string) {
	d.t.Helper()
	db, err := sql.Open("sqlite", path)
	d.must(err)
	for _, text := range texts {
		_, err := db.ExecContext(ctx, text)
		d.must(err)
	}
	d.must(db.Close())
}

// opened tries to open the replica of the folder.
func (d *desk) opened() error {
	d.t.Helper()
	folder, err := replica.OpenFolder(d.dir)
	d.must(err)
	r, err := folder.Open(ctx, d.login, nil)
	if err == nil {
		d.must(r.Close())
	}
	d.must(folder.Close())
	return err
}

// TestAFileThatIsNoReplica is told apart before the first write and left as it is.
func TestAFileThatIsNoReplica(t *testing.T) {
	d := seatDesk(t)
	d.open("远程车控失败")
	for name, c := range map[string]struct {
		spoil func(d *desk, path string)
		code  syncproto.Code
	}{
		"another program's": {func(d *desk, path string) {
			d.must(os.Remove(path))
			d.change(path, `CREATE TABLE bookmark (id INTEGER PRIMARY KEY)`)
		}, replica.CodeForeign},
		"a server's": {func(d *desk, path string) {
			d.must(os.Remove(path))
			d.change(path, `CREATE TABLE goose_db_version (id INTEGER PRIMARY KEY, version_id INTEGER, is_applied INTEGER)`,
				`INSERT INTO goose_db_version VALUES (1, 0, 1), (2, 1, 1)`, `CREATE TABLE identity (one INTEGER)`)
		}, replica.CodeForeign},
		"a newer program's": {func(d *desk, path string) {
			d.change(path, `INSERT INTO goose_db_version (version_id, is_applied) VALUES (99, 1)`)
		}, replica.CodeNewer},
		"a folder": {func(d *desk, path string) {
			d.must(os.Remove(path))
			d.must(os.Mkdir(path, 0o700))
		}, replica.CodeForeign},
		"one that may only be read": {func(d *desk, path string) {
			data, err := os.ReadFile(path)
			d.must(err)
			data[18] = 9 // only newer programs may write: SQLite opens it for reading
			d.must(os.WriteFile(path, data, 0o600))
		}, ""},
	} {
		t.Run(name, func(t *testing.T) {
			copied := d.closed()
			copied.t = t
			path := copied.file("replica.db")
			c.spoil(copied, path)
			before, _ := os.ReadFile(path) // a folder has no bytes
			err := copied.opened()
			if c.code == "" { // what it says is what a tap says
				folder, opening := replica.OpenFolder(copied.dir)
				copied.must(opening)
				defer folder.Close()
				if copied.Replica, opening = folder.Open(ctx, copied.login, nil); opening == nil {
					_, opening = copied.Replica.ReserveNumber(ctx)
					copied.must(copied.Close())
				}
				err, c.code = opening, replica.CodeUnwritable
			}
			if !errors.Is(err, &syncproto.Problem{Code: c.code}) || !strings.Contains(err.Error(), path) {
				t.Errorf("%v, want %s and the file", err, c.code)
			}
			if after, _ := os.ReadFile(path); !bytes.Equal(before, after) {
				t.Error("the file was changed")
			}
		})
	}
}

// TestAnotherProgramHoldsTheFile: the tap is refused with its code and keeps nothing, and
// works when the other is done.
func TestAnotherProgramHoldsTheFile(t *testing.T) {
	d := seatDesk(t)
	id := d.open("远程车控失败")
	d.must(d.Impatient(ctx))
	other, err := sql.Open("sqlite", d.file("replica.db")+"?_txlock=immediate")
	d.must(err)
	defer other.Close()
	held, err := other.BeginTx(ctx, nil)
	d.must(err)
	before := d.balanced()
	if _, err := d.tap(syncproto.CommandNote, ticket.Note{Ticket: id, Text: "已安抚"}); !errors.Is(err, &syncproto.Problem{Code: replica.CodeBusy}) {
		t.Errorf("%v, want %s", err, replica.CodeBusy)
	}
	d.must(held.Rollback())
	if after := d.balanced(); after != before {
		t.Errorf("%+v, before %+v", after, before)
	}
	d.noteOn(id, "已安抚")
}

// TestAKeyThatIsAway: gone, garbage, or where others may read it.
func TestAKeyThatIsAway(t *testing.T) {
	d := seatDesk(t)
	id := d.open("远程车控失败")
	for name, c := range map[string]struct {
		spoil func(path string) error
		code  syncproto.Code
	}{
		"gone":        {os.Remove, replica.CodeKeyMissing},
		"garbage":     {func(path string) error { return os.WriteFile(path, []byte("garbage"), 0o600) }, replica.CodeDamaged},
		"cut off":     {func(path string) error { return os.Truncate(path, 20) }, replica.CodeDamaged},
		"emptied":     {func(path string) error { return os.Truncate(path, 0) }, replica.CodeDamaged},
		"a folder":    {func(path string) error { return errors.Join(os.Remove(path), os.Mkdir(path, 0o700)) }, replica.CodeUnwritable},
		"for all":     {func(path string) error { return os.Chmod(path, 0o644) }, ""},
		"still there": {func(string) error { return nil }, ""},
	} {
		t.Run(name, func(t *testing.T) {
			copied := d.closed()
			copied.t = t
			key := copied.file("device.key")
			copied.must(c.spoil(key))
			err := copied.opened()
			if c.code == "" {
				info, stat := os.Stat(key)
				if err != nil || stat != nil || runtime.GOOS != "windows" && info.Mode().Perm() != 0o600 {
					t.Errorf("%v; its mode is %v", err, info.Mode())
				}
				return
			}
			if !errors.Is(err, &syncproto.Problem{Code: c.code}) || !strings.Contains(err.Error(), key) {
				t.Errorf("%v, want %s and the file", err, c.code)
			}
			data, err := os.ReadFile(d.file("device.key")) // put back, all is there
			copied.must(err)
			copied.must(os.RemoveAll(key))
			copied.must(os.WriteFile(key, data, 0o600))
			if after := copied.reopen(copied.dir); !after.shows(ticket.Ref(id)) {
				t.Error("with the key back, the ticket is gone")
			}
		})
	}
}

// TestAKeyIsMadeForItsOwnerAlone, before anything has read it, which would put that right.
func TestAKeyIsMadeForItsOwnerAlone(t *testing.T) {
	d := seatDesk(t)
	_, err := d.folder.DeviceKey("another", keyOf("another"))
	d.must(err)
	info, err := os.Stat(filepath.Join(d.dir, "another", "device.key"))
	d.must(err)
	if info.Mode().Perm() != 0o600 {
		t.Errorf("the device's key can be read by others: %v", info.Mode())
	}
}

// TestAKeyThatWasOnlyBegunIsNone: what a crash or a full disk leaves of an enrolment does
// not stand in the way of the next.
func TestAKeyThatWasOnlyBegunIsNone(t *testing.T) {
	dir := t.TempDir()
	folder, err := replica.OpenFolder(dir)
	if err != nil {
		t.Fatal(err)
	}
	defer folder.Close()
	place := filepath.Join(dir, "wang")
	if err := errors.Join(os.Mkdir(place, 0o700), os.WriteFile(filepath.Join(place, "device.key.new"), []byte("half"), 0o600)); err != nil {
		t.Fatal(err)
	}
	key, err := folder.DeviceKey("wang", keyOf("wang"))
	if err != nil || !key.Equal(keyOf("wang")) {
		t.Fatalf("%v", err)
	}
	if again, err := folder.DeviceKey("wang", keyOf("another")); err != nil || !again.Equal(key) {
		t.Errorf("the next enrolment gets another key: %v", err)
	}
}

// TestAFolderThatIsNone says which, and what to do.
func TestAFolderThatIsNone(t *testing.T) {
	file := filepath.Join(t.TempDir(), "file")
	if err := os.WriteFile(file, []byte("x"), 0o600); err != nil {
		t.Fatal(err)
	}
	for _, dir := range []string{file, filepath.Join(file, "below")} {
		if _, err := replica.OpenFolder(dir); !errors.Is(err, &syncproto.Problem{Code: replica.CodeNoFolder}) || !strings.Contains(err.Error(), dir) {
			t.Errorf("%s: %v, want %s", dir, err, replica.CodeNoFolder)
		}
	}
}

// TestADeltaOnAFullDiskIsTakenWholeOrNot: after the refusal all is as it was, and the same
// delta is taken when there is room.
func TestADeltaOnAFullDiskIsTakenWholeOrNot(t *testing.T) {
	d := seatDesk(t)
	id := d.open("远程车控失败")
	for range 30 {
		d.noteOn(id, strings.Repeat("满", 1000))
	}
	d.handIn()
	delta := d.delta()
	d.must(d.FillDisk(ctx, true))
	before, cursor := d.derived(), d.Desk().Cursor
	if err := d.Apply(ctx, delta); !errors.Is(err, &syncproto.Problem{Code: syncproto.CodeDiskFull}) {
		t.Fatalf("%v, want %s", err, syncproto.CodeDiskFull)
	}
	if after := d.derived(); after != before || d.Desk().Cursor != cursor {
		t.Errorf("half of it was taken in: cursor %d, before %d", d.Desk().Cursor, cursor)
	}
	d.must(d.FillDisk(ctx, false))
	d.must(d.Apply(ctx, delta))
	d.derivedIsFolded()
	if tally := d.balanced(); tally.Pending != 0 {
		t.Errorf("%+v", tally)
	}
}

// Whoever closes a file last tidies it up: SQLite does so only where nothing is left open, also no
// statement.
func TestNothingIsLeftOpen(t *testing.T) {
	d := seatDesk(t)
	d.open("远程车控失败")
	if _, err := d.Replica.Tally(ctx); err != nil {
		t.Fatal(err)
	}
	d.must(d.Replica.Close())
	for _, beside := range []string{"replica.db-wal", "replica.db-shm"} {
		if _, err := os.Stat(d.file(beside)); !errors.Is(err, os.ErrNotExist) {
			t.Errorf("the replica is closed, and %s is there: %v", beside, err)
		}
	}
}

// TestAReplicaIsMadeBesideWhatIsLeftOfAnother: somebody took the database away, and not the write-ahead log that a
// killed program left beside it. SQLite would take that for the new one's, and the new device be the one before; and
// what was not sent may be in it alone, so it is kept.
func TestAReplicaIsMadeBesideWhatIsLeftOfAnother(t *testing.T) {
	d := seatDesk(t)
	d.open("远程车控失败")
	left := &desk{}
	*left = *d
	left.dir = d.image()
	log, err := os.ReadFile(left.file("replica.db-wal"))
	d.must(err)
	if len(log) == 0 {
		t.Fatal("there is nothing in the write-ahead log")
	}
	d.must(os.Remove(left.file("replica.db")))
	folder, err := replica.OpenFolder(left.dir)
	d.must(err)
	defer folder.Close()
	key, err := folder.DeviceKey(d.login, keyOf("another"))
	d.must(err)
	device, incarnation := syncproto.Derive("another device"), syncproto.Derive("another incarnation")
	d.central.Enrol(device, d.person, "P9ZZ", key.Public().(ed25519.PublicKey), incarnation)
	r, err := folder.Create(ctx, replica.Enrolment{
		Server: "ws://localhost", Login: d.login, Person: d.person, Device: device, DeviceCode: "P9ZZ", Incarnation: incarnation,
		LogID: d.central.LogID, Epoch: d.central.Epoch, ServerKey: d.central.Key.Public().(ed25519.PublicKey), Time: d.central.Now,
	}, nil)
	d.must(err)
	if own := r.Desk(); own.Device != device || own.Incarnation != incarnation || own.Counter != 0 {
		t.Errorf("the new device is %v in %v, with %d commands", own.Device, own.Incarnation, own.Counter)
	}
	d.must(r.Close())
	kept, err := filepath.Glob(left.file("replica.db-wal.*"))
	d.must(err)
	if len(kept) != 1 {
		t.Fatalf("kept is %v", kept)
	}
	if got, err := os.ReadFile(kept[0]); err != nil || !bytes.Equal(got, log) {
		t.Errorf("of %d bytes %d are kept, %v", len(log), len(got), err)
	}
}
