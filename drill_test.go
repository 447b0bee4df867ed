package redress_test

import (
	"errors"
	"flag"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"redress/server/logcopy"
	"redress/server/servertest"
	"redress/syncproto"
)

var drillDesks = flag.Int("drilldesks", 12, "at how many desks the server's disk is lost")

// drilled keeps these out of the tests that run every time: make drill.
func drilled(t *testing.T) {
	t.Helper()
	if os.Getenv("DRILL") == "" {
		t.Skip("asked for by make drill")
	}
}

const (
	// backWithin is how long after the last desk has reached the restored server everything it
	// ever acknowledged has to be back (invariant 17).
	backWithin = 2 * time.Minute
	// devicesOfOne is how many desks a manager has who is taken on for the drill.
	devicesOfOne = 4
	// aloneFor is how long a restored server is watched while it waits for the last desk.
	aloneFor = 5 * time.Second
)

// anHourBack is the server on a machine whose clock was set wrong when its disk was replaced: all
// of the program sees that clock, so the language's own is what is changed.
func anHourBack(t *testing.T) []string {
	t.Helper()
	root, err := exec.CommandContext(t.Context(), "go", "env", "GOROOT").Output()
	if err != nil {
		t.Fatal(err)
	}
	clock := slip{file: filepath.Join(strings.TrimSpace(string(root)), "src", "time", "time.go"), is: "sec += unixToInternal - minWall", becomes: "sec += unixToInternal - minWall - 3600"}
	return clock.flags(t)
}

// TestDrillRestore: the server's disk is lost while the share with the copy of its log has been
// away for some time, and the machine that takes its place has a clock that is an hour behind.
// What was acknowledged meanwhile only the desks know. It is back within two minutes of the
// last desk's return, each command once, as it had ended or before a person; until then nothing
// new is taken; and no account is overspent, though everybody then spends all there is
// (invariants 2, 9, 12, 17; design §4).
//
// Real are the server's program and its command line, the copy and the replicas on their files,
// and the desks' lines; the desks' cores share one process, for two hundred are too many for one
// each (even so they take 15 GB of memory).
func TestDrillRestore(t *testing.T) {
	drilled(t)
	r := newDrill(t, *drillDesks)
	began := time.Now()
	r.begin()
	t.Logf("%d desks are at work after %v", len(r.desks), time.Since(began).Round(time.Second))
	r.work("tap 5")
	r.copyGoesAway()
	r.work("tap 10")
	r.spend(50)
	r.told()
	promised := r.promised()

	r.serverIsLost("tap 2")
	if err := os.Rename(r.server.Copy+"-away", r.server.Copy); err != nil {
		t.Fatal(err)
	}
	r.server.Path = servertest.Build(t, anHourBack(t)...)
	said := r.server.Run("restore", "--copy", r.server.Copy, "--operator", r.server.Office, "--as", "周敏")
	t.Log(strings.ReplaceAll(strings.TrimSpace(said), "\n", "; "))
	forgotten := r.lacks(promised)
	if len(forgotten) == 0 {
		t.Fatal("the copy was not behind: nothing is shown")
	}

	r.restart()
	restored := r.head()
	r.allButTheLast(restored)
	back, last := r.lastComesBack(promised)
	r.rest()
	parked := r.keptTo(promised, forgotten)
	r.work("tap 1")
	r.spend(100)
	r.told()
	r.converge(r.patience())
	spent := r.withinLimits()
	t.Logf("%d desks, %d commands acknowledged, %d of them forgotten by the server, back %v after the last desk, %d parked before a person; %v spent, no account over its limit; in all %v",
		len(r.desks), len(promised), len(forgotten), back.Sub(last).Round(100*time.Millisecond), parked, spent, time.Since(began).Round(time.Second))
	t.Log(strings.TrimSpace(r.server.Run("verify")))
}

// serverIsLost has the server's disk be gone, and everybody go on without it.
func (r *ring) serverIsLost(order string) {
	r.t.Helper()
	r.server.Kill()
	r.must(os.RemoveAll(r.server.Data))
	r.each(func(d *coreDesk) {
		d.line.cut(refusing)
		d.must(r.patience(), "away", func(w *witness) bool { return w.way == "away" })
		tapped := d.witness().tapped
		d.tell(order)
		d.must(r.patience(), "done", func(w *witness) bool { return w.tapped > tapped })
	})
}

// newDrill opens an office with so many desks, in which a copy of the log is kept: the people of
// the rings, and managers with four desks each.
func newDrill(t *testing.T, desks int) *ring {
	t.Helper()
	r := newRing(t, servertest.Build(t), min(desks, len(ringPeople)))
	r.keepCopy()
	for n := 1; len(r.desks) < desks; n++ {
		r.takeOn(fmt.Sprintf("drill%d", n), fmt.Sprintf("第%d区", n), min(devicesOfOne, desks-len(r.desks)))
	}
	for n, d := range r.desks {
		d.within = true
		d.line.from(n)
	}
	return r
}

// keepCopy has the server keep a copy of its log from now on, with flags beside the usual ones.
func (r *ring) keepCopy(flags ...string) {
	r.t.Helper()
	r.server.Kill()
	r.server.Copy = filepath.Join(filepath.Dir(r.server.Data), "copy")
	if err := os.MkdirAll(r.server.Copy, 0o700); err != nil {
		r.t.Fatal(err)
	}
	r.restart(flags...)
}

// operate runs a subcommand that gives commands.
func (r *ring) operate(arguments ...string) string {
	r.t.Helper()
	return strings.TrimSpace(r.server.Run(append(arguments, "--operator", r.server.Office, "--as", "周敏")...))
}

// takeOn takes on a manager of a new region, with so many desks.
func (r *ring) takeOn(login, region string, desks int) {
	r.t.Helper()
	_, people := r.hire(login, region, desks)
	for n, p := range people {
		r.desks = append(r.desks, &coreDesk{t: r.t, person: p, folder: filepath.Join(r.t.TempDir(), fmt.Sprintf("%s-%d", login, n+1)), line: newLine(r.t, r.server.Address)})
	}
}

// hire makes a manager of a new region, as many times as there are desks to enrol.
func (r *ring) hire(login, region string, desks int) (where syncproto.ID, people []servertest.Person) {
	r.t.Helper()
	where = unitID(r.t, r.operate("unit", region, "--kind", "region"))
	r.operate("person", login, "--name", "经理"+region, "--role", "manager", "--unit", region)
	password := r.operate("password", login)
	for range desks {
		people = append(people, servertest.Person{Login: login, Password: password, Code: r.operate("enrol", login), Role: "manager"})
	}
	return where, people
}

// unitID is the id of a unit in what the command line said of it.
func unitID(t testing.TB, said string) syncproto.ID {
	t.Helper()
	words := strings.Fields(said)
	id, err := syncproto.ParseID(words[len(words)-1])
	if err != nil {
		t.Fatalf("%q names no unit: %v", said, err)
	}
	return id
}

// copyGoesAway has the share with the copy go in the middle of a write.
func (r *ring) copyGoesAway() {
	r.t.Helper()
	away := r.server.Copy + "-away"
	if err := os.Rename(r.server.Copy, away); err != nil {
		r.t.Fatal(err)
	}
	file, err := os.OpenFile(filepath.Join(away, logcopy.File), os.O_WRONLY|os.O_APPEND, 0)
	if err == nil {
		_, err = file.Write([]byte{0}) // of the next record, which the server does not finish
		err = errors.Join(err, file.Close())
	}
	if err != nil {
		r.t.Fatal(err)
	}
}

// spend has every manager's desk spend so many hundredths of what it has left, and waits for
// the verdicts.
func (r *ring) spend(hundredths syncproto.Fen) {
	r.t.Helper()
	var spent atomic.Int64
	r.each(func(d *coreDesk) {
		if !d.core.may(syncproto.CommandApproveClaim) {
			return
		}
		approved, err := d.core.spend(hundredths)
		if err != nil {
			r.t.Errorf("%s cannot spend: %v", d.person.Login, err)
		}
		spent.Add(int64(len(approved)))
	})
	if spent.Load() == 0 {
		r.t.Error("nobody had anything to spend")
	}
}

// allButTheLast has all desks reach the restored server but one. Until that one is there too
// nothing is decided that the log did not have: another may have been told that it came first.
func (r *ring) allButTheLast(restored uint64) {
	r.t.Helper()
	last := r.desks[len(r.desks)-1]
	r.each(func(d *coreDesk) {
		if d != last {
			d.line.mend()
			d.must(r.patience(), "back", func(w *witness) bool { return w.way == "online" })
		}
	})
	for until := time.Now().Add(aloneFor); time.Now().Before(until); <-time.After(time.Second) {
		if head := r.head(); head != restored {
			r.t.Fatalf("the restored server has decided up to %d of %d, and the desk of %s has not reported", head, restored, last.person.Login)
		}
	}
}

// lastComesBack has the last desk reach the restored server, and waits until that has
// everything again that was ever promised.
func (r *ring) lastComesBack(promised map[syncproto.ID]promise) (back, last time.Time) {
	r.t.Helper()
	d := r.desks[len(r.desks)-1]
	d.line.mend()
	d.tell("retry")
	d.must(r.patience(), "back", func(w *witness) bool { return w.way == "online" })
	last = time.Now()
	return r.allBack(promised, last), last
}

// allBack waits until the server has everything again that was ever promised, and returns when: within
// the limit after the last desk came back.
func (r *ring) allBack(promised map[syncproto.ID]promise, last time.Time) (back time.Time) {
	r.t.Helper()
	for {
		missing := len(r.lacks(promised))
		if back = time.Now(); missing == 0 {
			return back
		}
		if back.Sub(last) > backWithin {
			r.t.Fatalf("%v after the last desk came back %d of %d acknowledged commands are not", backWithin, missing, len(promised))
		}
		<-time.After(200 * time.Millisecond)
	}
}

// told waits until every desk has been told what became of all it did.
func (r *ring) told() {
	r.t.Helper()
	r.each(func(d *coreDesk) {
		d.must(r.patience(), "told", func(w *witness) bool {
			return !slices.ContainsFunc(w.kept, func(id syncproto.ID) bool { return w.verdicts[id] == 0 })
		})
	})
}

// promise is what a desk was told of a command.
type promise struct {
	desk    *coreDesk
	outcome syncproto.Outcome
}

// promised is all that was acknowledged.
func (r *ring) promised() map[syncproto.ID]promise {
	var mu sync.Mutex
	all := map[syncproto.ID]promise{}
	r.each(func(d *coreDesk) {
		w := d.witness()
		mu.Lock()
		defer mu.Unlock()
		for id, outcome := range w.verdicts {
			all[id] = promise{d, outcome}
		}
	})
	return all
}
