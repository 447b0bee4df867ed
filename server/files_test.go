package main

import (
	"bytes"
	"context"
	"errors"
	"io"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"redress/server/operator"
	"redress/server/store"
	"redress/server/store/storetest"
	"redress/syncproto"
)

// TestADatabaseThatIsNoneOfOurs is named with what to do, by whatever is to open it, and
// left as it is.
func TestADatabaseThatIsNoneOfOurs(t *testing.T) {
	for name, c := range map[string]struct {
		spoil func(path string) error
		says  []string
	}{
		"emptied":     {func(path string) error { return os.Truncate(path, 0) }, []string{"damaged", "Keep the file"}},
		"cut in half": {halve, []string{"damaged", "Keep the file"}},
		"a folder": {func(path string) error { return errors.Join(os.Remove(path), os.Mkdir(path, 0o700)) },
			[]string{"it is a directory", "can be read and written"}},
	} {
		data, flags := place(t)
		path := filepath.Join(data, store.File)
		if err := c.spoil(path); err != nil {
			t.Fatal(err)
		}
		before, _ := os.ReadFile(path) // a folder has no bytes
		for _, arguments := range [][]string{{"serve", "--data", data}, {"verify", "--data", data}, {"log", "--data", data},
			append([]string{"unit", "华南区", "--kind", "region"}, flags...)} {
			said := call(t, "", arguments...)
			for _, part := range append(c.says, path) {
				if said.status != 1 || !strings.Contains(said.err, part) {
					t.Errorf("%s, %v: %+v, want %q in it", name, arguments, said, part)
				}
			}
		}
		if said := call(t, "", append([]string{"init"}, flags...)...); said.status != 1 || !strings.Contains(said.err, "nothing was changed") {
			t.Errorf("%s: init says %+v", name, said)
		}
		if after, _ := os.ReadFile(path); !bytes.Equal(before, after) {
			t.Errorf("%s: the file was changed", name)
		}
	}
}

func halve(path string) error {
	info, err := os.Stat(path)
	if err != nil {
		return err
	}
	return os.Truncate(path, info.Size()/2)
}

// TestALogThatWasOnlyBegunIsNone: what a crash in the middle of init leaves does not stand
// in its way.
func TestALogThatWasOnlyBegunIsNone(t *testing.T) {
	dir := t.TempDir()
	data := filepath.Join(dir, "data")
	if err := os.Mkdir(data, 0o700); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(filepath.Join(data, store.File+".new"), []byte("half"), 0o600); err != nil {
		t.Fatal(err)
	}
	flags := []string{"--data", data, "--operator", filepath.Join(dir, "operator"), "--as", "周敏"}
	if said := call(t, "", "verify", "--data", data); said.status != 1 || !strings.Contains(said.err, "there is no log") {
		t.Errorf("before: %+v", said)
	}
	if said := call(t, "", append([]string{"init"}, flags...)...); said.status != 0 {
		t.Errorf("init: %+v", said)
	}
	if said := call(t, "", "verify", "--data", data); said.status != 0 || !strings.Contains(said.out, "1 entries") {
		t.Errorf("after: %+v", said)
	}
}

// TestADamagedOutboxIsNamedAndKept: nothing is given from it, and nothing is cut off.
func TestADamagedOutboxIsNamedAndKept(t *testing.T) {
	_, flags := place(t)
	files, err := filepath.Glob(filepath.Join(flags[3], "*.outbox"))
	if err != nil || len(files) != 1 {
		t.Fatal(files, err)
	}
	data, err := os.ReadFile(files[0])
	if err != nil {
		t.Fatal(err)
	}
	data[len(data)/3] ^= 0xff
	if err := os.WriteFile(files[0], data, 0o600); err != nil {
		t.Fatal(err)
	}
	said := call(t, "", append([]string{"unit", "华南区", "--kind", "region"}, flags...)...)
	if said.status != 1 || !strings.Contains(said.err, operator.ErrDamaged.Error()) || !strings.Contains(said.err, files[0]) || !strings.Contains(said.err, "Keep the file") {
		t.Errorf("%+v", said)
	}
	if after, err := os.ReadFile(files[0]); err != nil || !bytes.Equal(after, data) {
		t.Errorf("the file was changed (%v)", err)
	}
}

// TestAServerOnAFullDisk runs, says at its door that it takes nothing, tells the command
// line what to do, and is read as before. With room again what was given is taken.
func TestAServerOnAFullDisk(t *testing.T) {
	data, flags := place(t)
	disk := storetest.NewDisk(filepath.Join(data, store.File))
	disk.Next(true)
	s := started(t, data)
	full := told{}
	for range 200 { // until the pages that are left are used up
		if full = call(t, "", append([]string{"unit", "华南区" + newID().String(), "--kind", "region"}, flags...)...); full.status != 0 {
			break
		}
	}
	if full.status != 1 || !strings.Contains(full.err, string(syncproto.CodeDiskFull)) || !strings.Contains(full.err, "Make room") {
		t.Errorf("a command: %+v", full)
	}
	if status, text := s.asks(t, "/readyz"); status != http.StatusServiceUnavailable || !strings.Contains(text, string(syncproto.CodeDiskFull)) {
		t.Errorf("/readyz answers %d: %s", status, text)
	}
	if status, _ := s.asks(t, "/healthz"); status != http.StatusOK {
		t.Errorf("/healthz answers %d", status)
	}
	before := call(t, "", "verify", "--data", data)
	if before.status != 0 {
		t.Errorf("verify: %+v", before)
	}
	s.end(t)
	disk.Next(false)
	if said := call(t, "", append([]string{"unit", "华东区", "--kind", "region"}, flags...)...); said.status != 0 {
		t.Errorf("with room again: %+v", said)
	}
	// The one that found no room was kept and went first.
	after := call(t, "", "log", "--data", data)
	if strings.Count(after.out, "define-unit") < 2 || !strings.Contains(call(t, "", "verify", "--data", data).out, "verified") {
		t.Errorf("afterwards:\n%s", after.out)
	}
}

// asks asks the door of a running server.
func (s *running) asks(t *testing.T, path string) (int, string) {
	t.Helper()
	response, err := http.Get("http://" + s.log.address + path)
	if err != nil {
		t.Fatal(err)
	}
	text, err := io.ReadAll(response.Body)
	if err := errors.Join(err, response.Body.Close()); err != nil {
		t.Fatal(err)
	}
	return response.StatusCode, string(text)
}

// running is a server in this process.
type running struct {
	log   *serving
	stop  context.CancelFunc
	ended chan int
}

func started(t *testing.T, data string) *running {
	t.Helper()
	ctx, stop := context.WithCancel(t.Context())
	s := &running{log: &serving{ready: make(chan struct{})}, stop: stop, ended: make(chan int, 1)}
	go func() {
		s.ended <- run(ctx, world{out: s.log, err: s.log}, []string{"serve", "--data", data, "--listen", "127.0.0.1:0"})
	}()
	<-s.log.ready
	return s
}

func (s *running) end(t *testing.T) {
	t.Helper()
	s.stop()
	if status := <-s.ended; status != 0 {
		t.Errorf("it ended with status %d", status)
	}
}
