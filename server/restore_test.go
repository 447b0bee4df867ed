package main

import (
	"bytes"
	"database/sql"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/rs/zerolog"

	"redress/server/logcopy"
	"redress/server/store"
	"redress/syncproto"
)

// copyOf makes the copy of a data directory as a server does.
func copyOf(t *testing.T, data string) string {
	t.Helper()
	dir := t.TempDir()
	bringUp(t, data, dir)
	return dir
}

func bringUp(t *testing.T, data, dir string) {
	t.Helper()
	err := read(t.Context(), data, func(s *store.Store) error {
		f := logcopy.Follow(dir, s, zerolog.Nop())
		defer f.Close()
		return f.Step(t.Context())
	})
	if err != nil {
		t.Fatal(err)
	}
}

// rows are all rows that follow from the log, as text, but for the epoch that vouches.
func rows(t *testing.T, data string, upTo uint64) []string {
	t.Helper()
	var all []string
	add := func(format string, args ...any) { all = append(all, fmt.Sprintf(format, args...)) }
	err := read(t.Context(), data, func(s *store.Store) error {
		return s.View(t.Context(), func(v *store.View) error {
			lines := map[[2]syncproto.ID]bool{}
			entries, err := v.Entries(0, int(upTo))
			if err != nil {
				return err
			}
			for _, e := range entries {
				add("entry %x %x", e.Header, e.Chain)
				var p syncproto.Payload
				if err := syncproto.Decode(e.Payload, &p); err != nil {
					return err
				}
				lines[[2]syncproto.ID{p.Command.Device, p.Command.Incarnation}] = true
			}
			err = v.EveryDocument(func(d store.Document) error {
				add("document %v %d %d %d %x", d.Ref, d.Version, d.Seq, d.NextDue, d.Body)
				return nil
			})
			if err == nil {
				err = v.EveryHistory(func(h store.History) error { add("history %+v", h); return nil })
			}
			if err == nil {
				err = v.EveryMembership(func(m store.Membership) error { add("membership %+v", m); return nil })
			}
			if err == nil {
				err = v.EveryCommand(func(c store.Command) error {
					if c.Seq <= upTo {
						add("command %+v", c)
					}
					return nil
				})
			}
			if err != nil {
				return err
			}
			parked, err1 := v.Parked()
			refused, err2 := v.Refusals()
			add("parked %+v, refused %+v (%v, %v)", parked, refused, err1, err2)
			n := 0
			for key := range lines {
				if link, err := v.Line(key[0], key[1]); err == nil {
					n += int(link.Counter) + int(link.Hash[0])
				}
			}
			add("lines %d", n)
			return nil
		})
	})
	if err != nil {
		t.Fatal(err)
	}
	return all
}

func restored(t *testing.T, flags []string, more ...string) (data string, said told) {
	t.Helper()
	data = filepath.Join(t.TempDir(), "restored")
	arguments := append([]string{"restore", "--data", data, "--operator", flags[3], "--as", "周敏"}, more...)
	return data, call(t, "", arguments...)
}

// TestARestoreMakesAllThatFollows from the log, of months of the demo's work in which every
// kind of thing happens, to the byte; and the log goes on in a new epoch.
func TestARestoreMakesAllThatFollows(t *testing.T) {
	data, flags := place(t)
	if said := call(t, "", append([]string{"seed-demo", "--tickets", "120", "--days", "30"}, flags...)...); said.status != 0 {
		t.Fatalf("%+v", said)
	}
	from := copyOf(t, data)
	to, said := restored(t, flags, "--copy", from)
	if said.status != 0 || !strings.Contains(said.out, "begins epoch 2") {
		t.Fatalf("%+v", said)
	}
	contents, err := logcopy.Read(from, nil)
	if err != nil {
		t.Fatal(err)
	}
	want, got := rows(t, data, contents.Head.Seq), rows(t, to, contents.Head.Seq)
	if len(want) != len(got) {
		t.Fatalf("%d rows, want %d", len(got), len(want))
	}
	for i := range want {
		if got[i] != want[i] {
			t.Fatalf("row %d:\n got %s\nwant %s", i, got[i], want[i])
		}
	}
	if said := call(t, "", "verify", "--data", to); said.status != 0 || !strings.Contains(said.out, "verified up to 2/") {
		t.Errorf("verify: %+v", said)
	}
	if said := call(t, "", "log", "--data", to, "--after", fmt.Sprint(contents.Head.Seq)); !strings.Contains(said.out, "restore") || !strings.Contains(said.out, "周敏") {
		t.Errorf("the log says %q", said.out)
	}
	// The old server's copy goes on with the new epoch, and the old server is refused beside it.
	bringUp(t, to, from)
	if again, err := logcopy.Read(from, nil); err != nil || again.Identity.Epoch != 2 || again.Head.Epoch != 2 {
		t.Errorf("the copy then: %+v (%v)", again, err)
	}
	if said := call(t, "", "serve", "--data", data, "--listen", "127.0.0.1:0", "--copy", from); said.status != 1 || !strings.Contains(said.err, "further than") || !strings.Contains(said.err, "redress-server restore") {
		t.Errorf("the old server: %+v", said)
	}
}

// TestARestoreFromABackup, and again from the same: no epoch is given twice, because the
// command line remembers.
func TestARestoreFromABackup(t *testing.T) {
	data, flags := place(t)
	for _, arguments := range [][]string{{"unit", "华南区", "--kind", "region"}, {"person", "li", "--name", "李强", "--role", "manager", "--unit", "华南区"}} {
		if said := call(t, "", append(arguments, flags...)...); said.status != 0 {
			t.Fatalf("%v: %+v", arguments, said)
		}
	}
	file := filepath.Join(t.TempDir(), "backup.db")
	if said := call(t, "", "backup", file, "--data", data); said.status != 0 {
		t.Fatalf("%+v", said)
	}
	if info, err := os.Stat(file); err != nil || info.Mode().Perm() != 0o600 {
		t.Errorf("the backup: %v (%v)", info.Mode(), err)
	}
	if said := call(t, "", "backup", file, "--data", data); said.status != 1 || !strings.Contains(said.err, "already") {
		t.Errorf("over another: %+v", said)
	}
	if said := call(t, "", append([]string{"unit", "华东区", "--kind", "region"}, flags...)...); said.status != 0 {
		t.Fatalf("%+v", said)
	}
	if said := call(t, "", append([]string{"enrol", "li"}, flags...)...); said.status != 0 {
		t.Fatalf("%+v", said)
	}
	for _, epoch := range []string{"epoch 2", "epoch 3"} {
		to, said := restored(t, flags, "--backup", file)
		if said.status != 0 || !strings.Contains(said.out, epoch) || !strings.Contains(said.out, "1 commands of the command line") ||
			!strings.Contains(said.out, "1 persons could make a device known") {
			t.Errorf("%s: %+v", epoch, said)
		}
		if said := call(t, "", "verify", "--data", to); said.status != 0 {
			t.Errorf("verify: %+v", said)
		}
	}
}

// TestARestoreFromABackupOfAnOlderRelease brings up to date what it makes of it, and leaves the backup as it is.
func TestARestoreFromABackupOfAnOlderRelease(t *testing.T) {
	data, flags := place(t)
	file := filepath.Join(t.TempDir(), "backup.db")
	if said := call(t, "", "backup", file, "--data", data); said.status != 0 {
		t.Fatalf("%+v", said)
	}
	db, err := sql.Open("sqlite", file)
	if err == nil {
		_, err = db.ExecContext(t.Context(), `DROP TABLE bucket_sums; DROP TABLE counted; DROP TABLE restoration; DROP TABLE reoffered; DROP TABLE thawed;
			DROP TABLE doubt; DROP INDEX parked_told; ALTER TABLE parked DROP COLUMN told;
			DELETE FROM goose_db_version WHERE version_id > 6`)
	}
	if err := errors.Join(err, db.Close()); err != nil {
		t.Fatal(err)
	}
	before, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	to, said := restored(t, flags, "--backup", file)
	if said.status != 0 || !strings.Contains(said.out, "begins epoch 2") {
		t.Fatalf("%+v", said)
	}
	if said := call(t, "", "verify", "--data", to); said.status != 0 {
		t.Errorf("verify: %+v", said)
	}
	if after, err := os.ReadFile(file); err != nil || !bytes.Equal(before, after) {
		t.Errorf("the backup is another one now (%v)", err)
	}
}

// TestARestoreThatMustNotBe is refused with what to do, and changes nothing.
func TestARestoreThatMustNotBe(t *testing.T) {
	data, flags := place(t)
	from := copyOf(t, data)
	elsewhere, _ := place(t)
	others := copyOf(t, elsewhere)
	spoilt := t.TempDir()
	if said := call(t, "", append([]string{"unit", "华南区", "--kind", "region"}, flags...)...); said.status != 0 {
		t.Fatalf("%+v", said)
	}
	bringUp(t, data, spoilt)
	if said := call(t, "", append([]string{"unit", "华东区", "--kind", "region"}, flags...)...); said.status != 0 {
		t.Fatalf("%+v", said)
	}
	first, err := logcopy.Read(spoilt, nil)
	if err != nil {
		t.Fatal(err)
	}
	bringUp(t, data, spoilt)
	file := filepath.Join(spoilt, logcopy.File)
	bytes, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	bytes[first.Length-5] ^= 1
	if err := os.WriteFile(file, bytes, 0o600); err != nil {
		t.Fatal(err)
	}
	for name, c := range map[string]struct {
		more []string
		says string
	}{
		"from nothing":          {nil, "--copy"},
		"from both":             {[]string{"--copy", from, "--backup", from}, "--copy"},
		"from an empty place":   {[]string{"--copy", t.TempDir()}, "there is no copy"},
		"from a damaged copy":   {[]string{"--copy", spoilt}, "--older"},
		"from another log's":    {[]string{"--copy", others}, "is not in " + flags[3] + "; name its directory with --operator"},
		"without the outbox":    {[]string{"--copy", from, "--operator", t.TempDir()}, "--operator"},
		"into what has one":     {[]string{"--copy", from, "--data", data}, "already has a log"},
		"from a file not there": {[]string{"--backup", filepath.Join(from, "none")}, "no such file"},
	} {
		arguments, into := []string{"restore", "--as", "周敏"}, filepath.Join(t.TempDir(), "new")
		for flag, value := range map[string]string{"--data": into, "--operator": flags[3]} {
			if !strings.Contains(strings.Join(c.more, " "), flag) {
				arguments = append(arguments, flag, value)
			}
		}
		if said := call(t, "", append(arguments, c.more...)...); said.status == 0 || !strings.Contains(said.err, c.says) {
			t.Errorf("%s: %+v; want %q", name, said, c.says)
		}
		if _, err := databasePath(into); !errors.Is(err, errNoLog) {
			t.Errorf("%s: there is a log all the same, or more: %v", name, err)
		}
	}
	// What comes before the damage is an older state, for whoever says that it is wanted.
	if _, said := restored(t, flags, "--copy", spoilt, "--older"); said.status != 0 ||
		!strings.Contains(said.out, fmt.Sprintf("restored up to 1/%d, which begins epoch 2", first.Head.Seq-1)) {
		t.Errorf("from before the damage: %+v, where the log went to %d", said, first.Head.Seq)
	}
	// An end that a crash left is left out, and that is said.
	torn := filepath.Join(from, logcopy.File)
	info, err := os.Stat(torn)
	if err == nil {
		err = os.Truncate(torn, info.Size()-1)
	}
	if err != nil {
		t.Fatal(err)
	}
	if _, said := restored(t, flags, "--copy", from); said.status != 0 || !strings.Contains(said.out, "bytes at the end of the copy were not whole") {
		t.Errorf("from a torn copy: %+v", said)
	}
}

// TestTheCopyHoldsWhatNoEntrySaysOf: a password while the server runs, for somebody may know the one before, and all
// else when it has stopped. From the newest copy the one before would come back.
func TestTheCopyHoldsWhatNoEntrySaysOf(t *testing.T) {
	data, flags := place(t)
	for _, arguments := range [][]string{{"unit", "华东区", "--kind", "region"}, {"person", "li", "--name", "李强", "--role", "manager", "--unit", "华东区"}} {
		if said := call(t, "", append(arguments, flags...)...); said.status != 0 {
			t.Fatalf("%+v", said)
		}
	}
	dir := t.TempDir()
	lacks := func() (lacks int) {
		t.Helper()
		contents, err := logcopy.Read(dir, nil)
		if err != nil {
			t.Fatal(err)
		}
		held := map[string]bool{}
		for _, c := range contents.Credentials() {
			held[fmt.Sprint(c)] = true
		}
		err = read(t.Context(), data, func(s *store.Store) error {
			return s.Credentials(t.Context(), func(c store.Credential) error {
				if !held[fmt.Sprint(c)] {
					lacks++
				}
				return nil
			})
		})
		if err != nil {
			t.Fatal(err)
		}
		return lacks
	}
	s := show(t, data, "--copy", dir)
	if said := call(t, "", append([]string{"password", "li"}, flags...)...); said.status != 0 {
		t.Fatalf("%+v", said)
	}
	for end := time.Now().Add(2 * time.Second); lacks() > 0; {
		if time.Now().After(end) {
			t.Error("a password is not in the copy")
			break
		}
	}
	if said := call(t, "", append([]string{"enrol", "li"}, flags...)...); said.status != 0 {
		t.Fatalf("%+v", said)
	}
	if status := s.stop(); status != 0 || lacks() > 0 {
		t.Errorf("it ended with status %d, and the copy lacks %d credentials", status, lacks())
	}
}

// TestARestoreBesideWhatIsLeftOfALog: somebody moved the database of a server away that was killed, and not the write-ahead
// log beside it. SQLite would take that for the restored one's, and read into it what was in the other.
func TestARestoreBesideWhatIsLeftOfALog(t *testing.T) {
	data, flags := place(t)
	from := copyOf(t, data)
	s, err := store.Open(t.Context(), filepath.Join(data, store.File))
	if err != nil {
		t.Fatal(err)
	}
	if err := s.AddEnrolment(t.Context(), store.Enrolment{Code: syncproto.HashOf([]byte("code")), Operator: "周敏"}); err != nil {
		t.Fatal(err)
	}
	wal, err := os.ReadFile(filepath.Join(data, store.File+"-wal"))
	if err := errors.Join(err, s.Close()); err != nil || len(wal) == 0 {
		t.Fatal(len(wal), err)
	}
	for _, how := range [][]string{{"restore", "--copy", from}, {"init"}} {
		into := t.TempDir()
		left := filepath.Join(into, store.File+"-wal")
		if err := os.WriteFile(left, wal, 0o600); err != nil {
			t.Fatal(err)
		}
		arguments := slices.Concat(how, []string{"--data", into, "--operator", flags[3], "--as", "周敏"})
		said := call(t, "", arguments...)
		kept, err := os.ReadFile(left)
		if said.status != 1 || !strings.Contains(said.err, store.File+"-wal") || err != nil || string(kept) != string(wal) {
			t.Errorf("%s: %+v; %d of %d bytes are left, %v", how[0], said, len(kept), len(wal), err)
		}
		if said := call(t, "", "verify", "--data", into); said.status != 1 || !strings.Contains(said.err, "there is no log") {
			t.Errorf("%s: %+v", how[0], said)
		}
	}
}
