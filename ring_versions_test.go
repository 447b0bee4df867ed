package redress_test

import (
	"errors"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"redress/server/servertest"
	"redress/server/store"
	"redress/syncproto/rules"
	"redress/syncproto/ticket"
)

// earlier is a program of an earlier version, from this repository's own history.
type earlier struct {
	name, commit string
	demo         []string // further flags of its seed-demo
}

var earlierVersions = []earlier{
	{"protocol 1, the oldest still spoken", "949cbe1^", nil},
	{"protocol 2, the last before this one", "b6853a6", []string{"--tickets", "0"}},
}

// TestEarlierVersions: desks and servers of two versions work with each other as with their
// like, both ways: commands, approvals and escalations, and everybody has one history
// (invariant 18). What was done without a line by the earlier desk, the later one hands in.
//
// It builds the earlier programs from the commits before a protocol was raised, so it asks for
// VERSIONS=1: make versions.
func TestEarlierVersions(t *testing.T) {
	if os.Getenv("VERSIONS") == "" {
		t.Skip("asked for by make versions")
	}
	for _, e := range earlierVersions {
		t.Run(e.name, func(t *testing.T) { e.play(t) })
	}
}

// tree is the earlier version's source, its own tests at the top put aside for a core's.
func (e earlier) tree(t *testing.T) string {
	t.Helper()
	dir := t.TempDir()
	archive := exec.CommandContext(t.Context(), "git", "archive", "--format=tar", "-o", filepath.Join(dir, "tree.tar"), e.commit)
	unpack := exec.CommandContext(t.Context(), "tar", "-xf", "tree.tar")
	unpack.Dir = dir
	for _, c := range []*exec.Cmd{archive, unpack} {
		if out, err := c.CombinedOutput(); err != nil {
			t.Fatalf("%v: %v\n%s", c.Args, err, out)
		}
	}
	tests, err := filepath.Glob(filepath.Join(dir, "*_test.go"))
	if err != nil {
		t.Fatal(err)
	}
	for _, file := range tests {
		err = errors.Join(err, os.Remove(file))
	}
	for _, file := range []string{"ring_core_test.go", "ring_work_test.go"} {
		text, bad := os.ReadFile(file)
		err = errors.Join(err, bad, os.WriteFile(filepath.Join(dir, file), text, 0o600))
	}
	if err != nil {
		t.Fatal(err)
	}
	return dir
}

// play has an office begin with the earlier server and, at two of its three desks, the earlier
// core. Then the server is replaced, then one of these two; the other stays.
func (e earlier) play(t *testing.T) {
	t.Helper()
	tree := e.tree(t)
	oldServer, oldCore, newServer := servertest.BuildIn(t, tree), buildCore(t, tree), servertest.Build(t)
	r := newRing(t, oldServer, 3, append([]string{"--practice", "2s"}, e.demo...)...)
	manager, seat, liaison := r.desks[0], r.desks[1], r.desks[2]
	newCore := manager.program
	manager.program, liaison.program = oldCore, oldCore

	t.Log("an earlier server, with earlier desks and later ones")
	r.begin()
	r.work("tap 30")

	t.Log("the earlier manager and a later seat work without a line")
	for _, d := range []*coreDesk{manager, seat} {
		d.line.cut(refusing)
		tapped := d.witness().tapped
		d.tell("tap 20")
		d.must(r.patience(), "done", func(w *witness) bool { return w.tapped > tapped })
		d.leave()
		if w := d.witness(); len(w.kept) == w.final() {
			t.Errorf("%s has nothing to hand in", d.person.Login)
		}
	}
	t.Log("the server becomes a later one, on the same log; so does the manager's desk, on the same files")
	r.server.Kill()
	r.server.Path = newServer
	manager.program = newCore
	for _, d := range []*coreDesk{manager, seat} {
		if wrong := holdsTo(d.folder, d.person.Login, d.witness()); len(wrong) > 0 { // which brings the files to its version
			t.Fatalf("%s: the later program finds\n%s", d.person.Login, some(wrong))
		}
		d.line.mend()
	}
	r.restart()
	for _, d := range []*coreDesk{manager, seat} {
		d.start()
		d.logInAgain()
	}
	r.rest()

	t.Log("a later server, with an earlier desk and later ones")
	r.work("tap 30")
	r.converge(r.patience())
	fired := 0
	r.view(func(v *store.View) error {
		return v.EveryDocument(func(d store.Document) error {
			body, err := rules.ReadBody(d.Ref.Kind, d.Body)
			if b, is := body.(ticket.Body); is {
				for _, c := range b.Clocks {
					if c.Fired != 0 {
						fired++
					}
				}
			}
			return err
		})
	})
	spent := 0
	for _, d := range r.desks {
		spent += len(d.witness().left)
	}
	if fired == 0 || spent == 0 {
		t.Errorf("%d clocks have fired and %d grants were spent from: of that nothing is shown", fired, spent)
	}
	t.Logf("%s; %d grants spent from, %d firings; %s", r.tally(), spent, fired, strings.TrimSpace(r.server.Run("verify")))
}

// work has everybody do something, and waits until it is decided.
func (r *ring) work(order string) {
	r.t.Helper()
	r.each(func(d *coreDesk) {
		tapped := d.witness().tapped
		d.tell(order)
		d.must(r.patience(), "done", func(w *witness) bool { return w.tapped > tapped })
	})
	r.rest()
	r.each(func(d *coreDesk) {
		if d.until(lineHolds, func(w *witness) bool { return w.way != "online" }) {
			r.t.Errorf("the line of %s does not hold", d.person.Login)
		}
	})
}

// lineHolds is how long a line is looked at that nothing should end: two that do not understand
// each other end it again and again.
const lineHolds = 5 * time.Second

// rest waits until everybody has handed in what they did.
func (r *ring) rest() {
	r.t.Helper()
	r.each(func(d *coreDesk) { d.must(r.patience(), "at rest", d.now(settled(0))) })
}
