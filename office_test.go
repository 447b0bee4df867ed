//go:build realwindow

package redress_test

import (
	"context"
	"fmt"
	"net"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"redress/desktop/ui/ime/imetest"
)

// office is the built server as a process, and one display at which everybody sits.
type office struct {
	t        testing.TB
	at       *imetest.Desk
	programs programs
	data     string // the server's
	operator string // the command line's
	address  string
	server   *imetest.Program
	people   map[string]identity
	album    *album
	hour     time.Duration // how long an hour of the business lasts
	noise    int           // pixels in which two looks at a quiet window may differ
}

// programs are the two that people get.
type programs struct{ server, desktop string }

// identity is what the operator gives to a person.
type identity struct{ login, password, code, name string }

// patience is how long anything may take that waits for no deadline.
const patience = 30 * time.Second

// openOffice makes a log with demo people and serves it. No program has a flag that moves
// time, so deadlines are short instead: an hour of the business lasts hour. The story names
// its pictures.
func openOffice(t testing.TB, story string, hour time.Duration) *office {
	t.Helper()
	dir := shortDir(t)
	o := &office{t: t, programs: build(t), data: filepath.Join(dir, "data"), operator: filepath.Join(dir, "operator"),
		address: freeAddress(t), people: map[string]identity{}, album: openAlbum(t, story), hour: hour, noise: flicker}
	o.at = imetest.Start(t)
	o.give("init")
	o.welcome(o.give("seed-demo", "--tickets", "0", "--practice", hour.String()))
	o.serve()
	return o
}

// scene is a part of a story that is played at an office.
type scene struct {
	says string
	play func()
}

// play plays a story from its first scene to its last; the log says which one runs.
func (o *office) play(story ...scene) {
	o.t.Helper()
	for _, s := range story {
		o.t.Log(s.says)
		s.play()
	}
}

// shortDir is a folder for the test whose path is short enough for a socket.
func shortDir(t testing.TB) string {
	t.Helper()
	dir, err := os.MkdirTemp("", "office")
	if err != nil {
		t.Fatalf("making a folder for the office: %v", err)
	}
	t.Cleanup(func() { _ = os.RemoveAll(dir) })
	return dir
}

// build builds what is tested, as the Makefile does.
func build(t testing.TB) programs {
	t.Helper()
	if out, err := exec.Command("make", "--no-print-directory", "server", "desktop").CombinedOutput(); err != nil {
		t.Fatalf("building: %v\n%s", err, out)
	}
	folder, err := filepath.Abs(".build")
	if err != nil {
		t.Fatal(err)
	}
	return programs{server: filepath.Join(folder, "redress-server"), desktop: filepath.Join(folder, "redress")}
}

func freeAddress(t testing.TB) string {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatalf("looking for a free port: %v", err)
	}
	defer l.Close()
	return l.Addr().String()
}

// ask runs the command line and returns what it printed, or how it failed.
func (o *office) ask(arguments ...string) (string, error) {
	ctx, cancel := context.WithTimeout(context.Background(), patience)
	defer cancel()
	cmd := exec.CommandContext(ctx, o.programs.server, append(arguments, "--data", o.data)...)
	var said, complaint strings.Builder
	cmd.Stdout, cmd.Stderr = &said, &complaint
	if err := cmd.Run(); err != nil {
		return said.String(), fmt.Errorf("redress-server %s: %w\n%s%s", strings.Join(arguments, " "), err, &said, &complaint)
	}
	return said.String(), nil
}

func (o *office) read(arguments ...string) string {
	o.t.Helper()
	said, err := o.ask(arguments...)
	if err != nil {
		o.t.Fatal(err)
	}
	return said
}

// give has the command line change something, in the operator's name.
func (o *office) give(arguments ...string) string {
	o.t.Helper()
	return o.read(append(arguments, "--operator", o.operator, "--as", "周敏")...)
}

// welcome reads the table that seed-demo printed.
func (o *office) welcome(table string) {
	o.t.Helper()
	for row := range strings.Lines(table) {
		if cells := strings.Fields(row); len(cells) >= 6 && cells[0] != "login" {
			o.people[cells[0]] = identity{login: cells[0], password: cells[1], code: cells[2], name: cells[3]}
		}
	}
	for _, login := range []string{"seat", "manager", "liaison", "head", "vp", "hq"} {
		if _, there := o.people[login]; !there {
			o.t.Fatalf("seed-demo made no %s:\n%s", login, table)
		}
	}
}

// serve starts the server and waits until it takes desks.
func (o *office) serve() {
	o.t.Helper()
	o.server = o.at.Run(o.programs.server, "serve", "--data", o.data, "--listen", o.address)
	o.wait(patience, "the server to take desks", func() (string, bool) {
		answer, err := http.Get("http://" + o.address + "/readyz")
		if err != nil {
			return err.Error(), false
		}
		_ = answer.Body.Close()
		return answer.Status, answer.StatusCode == http.StatusOK
	})
}

// kill ends the server as pulling the plug does.
func (o *office) kill() { o.server.Stop() }

// wait looks until something holds, and fails with what was seen last.
func (o *office) wait(limit time.Duration, what string, look func() (seen string, holds bool)) {
	o.t.Helper()
	seen, holds := look()
	ticker := time.NewTicker(100 * time.Millisecond)
	defer ticker.Stop()
	for end := time.After(limit); !holds; {
		select {
		case <-ticker.C:
			seen, holds = look()
		case <-end:
			o.at.Picture(o.album.page("damaged"))
			o.t.Fatalf("waited %v for %s; last seen:\n%s", limit, what, seen)
		}
	}
}

// album is where the pictures of a story go, in the order in which they were taken.
type album struct {
	folder, story string
	pages         int
}

// openAlbum takes the story's old pictures out of the folder that PICTURES names,
// .build/pictures without.
func openAlbum(t testing.TB, story string) *album {
	t.Helper()
	folder := os.Getenv("PICTURES")
	if folder == "" {
		folder = filepath.Join(".build", "pictures")
	}
	if err := os.MkdirAll(folder, 0o755); err != nil {
		t.Fatalf("making a folder for the pictures: %v", err)
	}
	old, err := filepath.Glob(filepath.Join(folder, story+"[0-9][0-9]-*.png"))
	if err != nil {
		t.Fatal(err)
	}
	for _, picture := range old {
		if err := os.Remove(picture); err != nil {
			t.Fatalf("clearing away old pictures: %v", err)
		}
	}
	return &album{folder: folder, story: story}
}

// page names the next picture.
func (a *album) page(what string) string {
	a.pages++
	return filepath.Join(a.folder, fmt.Sprintf("%s%02d-%s.png", a.story, a.pages, what))
}
