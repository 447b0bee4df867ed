package redress_test

import (
	"flag"
	"fmt"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"redress/server/servertest"
)

var ringCuts = flag.Int("powercuts", 3, "at how many moments of each trace the power is cut")

// slip is a bug that is planted, in one place or in several.
type slip struct {
	file, is, becomes string
	also              []slip
}

var (
	normalAtDesk   = slip{file: "desktop/replica/replica.go", is: "synchronous(FULL)", becomes: "synchronous(NORMAL)"}
	offAtDesk      = slip{file: "desktop/replica/replica.go", is: "synchronous(FULL)", becomes: "synchronous(OFF)"}
	normalAtServer = slip{file: "server/store/store.go", is: "synchronous(FULL)", becomes: "synchronous(NORMAL)"}
	offAtServer    = slip{file: "server/store/store.go", is: "synchronous(FULL)", becomes: "synchronous(OFF)"}
	outboxUnsynced = slip{file: "server/operator/outbox.go", is: "err = o.file.Sync()", becomes: "err = nil"}
	copyUnsynced   = slip{file: "server/logcopy/copy.go", is: "if err := c.file.Sync(); err != nil {", becomes: "if err := error(nil); err != nil {"}
	// sentBeforeCommit has the line end one command later than what is committed, and hands in what
	// the writer is about to commit. It waits a little on both sides, so that the two meet.
	sentBeforeCommit = slip{file: "desktop/replica/replica.go", is: "\tif _, err := c.run(`COMMIT`); err != nil {",
		becomes: "\tif c.self.created > before.created {\n\t\tr.self.Store(&c.self)\n\t\t<-time.After(30 * time.Millisecond)\n\t}\n\tif _, err := c.run(`COMMIT`); err != nil {",
		also: []slip{
			{file: "desktop/replica/replica.go", is: "\"sync/atomic\"", becomes: "\"sync/atomic\"\n\t\"time\""},
			{file: "desktop/replica/welcome.go", is: "r.reads.query(ctx, `SELECT envelope FROM outbox WHERE incarnation = ? AND counter > ?",
				becomes: "r.writes.query(ctx, `SELECT envelope FROM outbox WHERE incarnation = ? AND counter > ?"},
			{file: "desktop/syncclient/line.go", is: "\treturn l.talk.Pass(ctx, at)", becomes: "\t<-time.After(10 * time.Millisecond)\n\treturn l.talk.Pass(ctx, at)"},
		}}
)

// flags are what plants it, for go build.
func (s slip) flags(t *testing.T) []string {
	t.Helper()
	if s.file == "" {
		return nil
	}
	planted := map[string]string{}
	for _, one := range append([]slip{s}, s.also...) {
		text, begun := planted[one.file]
		if !begun {
			text = textOf(t, one.file)
		}
		if planted[one.file] = strings.Replace(text, one.is, one.becomes, 1); planted[one.file] == text {
			t.Fatalf("%s does not say %q any more", one.file, one.is)
		}
	}
	return []string{"-overlay", writeOverlay(t, planted)}
}

// asked keeps these out of the tests that run every time: tracing a program makes it slow.
func asked(t *testing.T) {
	t.Helper()
	if os.Getenv("POWER") == "" {
		t.Skip("asked for by make power")
	}
}

// TestPowerLossAtADesk: what a person saw done is on the disk when the power goes, at any
// moment of a day, and so is every command in the moment in which the server is handed it
// (invariant 2; ring_sent_test.go). Kills do not show this: what a dead program wrote is with
// the system, synced or not.
func TestPowerLossAtADesk(t *testing.T) {
	asked(t)
	if wrong := powerAtADesk(t, slip{}); len(wrong) > 0 {
		t.Errorf("%d things were lost:\n%s", len(wrong), some(wrong))
	}
}

// TestPowerLossAtTheServer: every verdict that left the server, every grant and every delta
// stand on what is on its disk when the power goes, at any moment; and a grant on what is on
// the copy's.
func TestPowerLossAtTheServer(t *testing.T) {
	asked(t)
	if wrong := powerAtTheServer(t, slip{}); len(wrong) > 0 {
		t.Errorf("%d things were lost:\n%s", len(wrong), some(wrong))
	}
}

// TestPowerLossAtTheCommandLine: what the command line sends is on the disk of its outbox
// before it leaves.
func TestPowerLossAtTheCommandLine(t *testing.T) {
	asked(t)
	if wrong := powerAtTheCommandLine(t, slip{}); len(wrong) > 0 {
		t.Errorf("%d things were lost:\n%s", len(wrong), some(wrong))
	}
}

// TestPowerLossIsSeen plants what these rings are for, at each side, and has each of them go
// red. It builds the programs anew.
func TestPowerLossIsSeen(t *testing.T) {
	asked(t)
	for _, c := range []struct {
		name string
		play func(*testing.T, slip) []string
		slip slip
	}{
		{"a desk with synchronous=NORMAL", powerAtADesk, normalAtDesk},
		{"a desk with synchronous=OFF", powerAtADesk, offAtDesk},
		{"a desk that sends before its commit", sentAtADesk, sentBeforeCommit},
		{"what a desk with synchronous=NORMAL sends", sentAtADesk, normalAtDesk},
		{"a server with synchronous=NORMAL", powerAtTheServer, normalAtServer},
		{"a server with synchronous=OFF", powerAtTheServer, offAtServer},
		{"a copy that is not synced", powerAtTheServer, copyUnsynced},
		{"an operator's outbox that is not synced", powerAtTheCommandLine, outboxUnsynced},
	} {
		t.Run(c.name, func(t *testing.T) {
			wrong := c.play(t, c.slip)
			if len(wrong) == 0 {
				t.Error("nothing was lost, so the ring sees nothing")
			}
			t.Logf("%d things lost, as they should be; the first:\n%s", len(wrong), some(wrong[:min(len(wrong), 2)]))
		})
	}
}

// chances are how much of what was not synced a power cut leaves, in a hundred.
var chances = []int{0, 50, 90}

// powerAtADesk has a desk work under trace, from its enrolment on, and says what was lost.
func powerAtADesk(t *testing.T, planted slip) []string {
	t.Helper()
	lost, early := tracedDesk(t, planted)
	return append(lost, early...)
}

// sentAtADesk does the same, and says what was handed in too early.
func sentAtADesk(t *testing.T, planted slip) []string {
	t.Helper()
	_, early := tracedDesk(t, planted)
	return early
}

func tracedDesk(t *testing.T, planted slip) (lost, early []string) {
	t.Helper()
	sent := 0
	traces := t.TempDir()
	r := newRing(t, servertest.Build(t), 1)
	d := r.desks[0]
	if planted.file != "" {
		d.program = buildCore(t, "", planted.flags(t)...)
	}
	before := witness{}
	for life, work := range []string{"tap 25", "tap 0"} {
		disk := diskOf(t, d.folder)
		trace := filepath.Join(traces, fmt.Sprint(life))
		d.under = underTrace(t, trace)
		d.start()
		d.loggedIn = time.Time{}
		d.logIn()
		d.must(ringPatience, "at work", func(w *witness) bool { return w.current })
		d.tell(work)
		kept := len(d.witness().kept)
		d.must(ringPatience, "busy", func(w *witness) bool { return w.tapped > 0 || len(w.kept) > kept+30 })
		d.kill()
		traceEnds(t, trace)
		lost = append(lost, cutAtADesk(t, d, disk, trace, before)...)
		wrong, commands := sentTooEarly(t, d, disk, trace)
		early, sent = append(early, wrong...), sent+commands
		before = d.witness()
	}
	if sent == 0 {
		t.Fatal("no command was seen to be handed in")
	}
	t.Logf("power was cut %d times of each of 2 lives of a desk, %d images each, and whenever a command was handed in, %d times; %d commands",
		*ringCuts, len(chances), sent, len(before.kept))
	return lost, early
}

// cutAtADesk cuts the power at moments of a trace that begins with a disk and what was said.
func cutAtADesk(t *testing.T, d *coreDesk, disk *tracedDisk, trace string, before witness) (wrong []string) {
	t.Helper()
	dice := rand.New(rand.NewPCG(7, d.starts))
	for n, cut := range momentsOf(t, disk, trace, dice) {
		said := before.clone()
		now := disk.clone()
		var out []byte
		step := 0
		now.replay(t, trace, func(m moment) {
			if step++; step > cut {
				return
			}
			if strings.HasPrefix(m.whom, "1pipe:") {
				out = append(out, m.said...)
			}
			if step < cut {
				return
			}
			for line := range strings.Lines(string(out)) {
				if err := said.hear(line); err != nil {
					t.Error(err)
				}
			}
			for _, chance := range chances {
				folder := t.TempDir()
				now.image(t, folder, chance, dice)
				for _, w := range holdsTo(folder, d.person.Login, said) {
					if len(said.kept)+len(said.verdicts) > 0 || strings.Contains(w, "damage") { // before there was a replica
						wrong = append(wrong, fmt.Sprintf("life %d, cut %d at step %d, %d of a hundred unsynced sectors kept: %s", d.starts, n+1, cut, chance, w))
					}
				}
				_ = os.RemoveAll(folder)
			}
		})
	}
	return wrong
}

// momentsOf are moments of a trace: half of them right after something was said.
func momentsOf(t *testing.T, disk *tracedDisk, trace string, dice *rand.Rand) (cuts []int) {
	t.Helper()
	steps := 0
	var saying []int
	disk.clone().replay(t, trace, func(m moment) {
		if steps++; m.whom != "" {
			saying = append(saying, steps)
		}
	})
	if len(saying) == 0 {
		t.Fatal("a trace in which nothing is said")
	}
	for n := range *ringCuts {
		if n%2 == 0 {
			cuts = append(cuts, saying[dice.IntN(len(saying))])
		} else {
			cuts = append(cuts, 1+dice.IntN(steps))
		}
	}
	return append(cuts, steps)
}

// buildCore builds the test's own program anew, which becomes the core of a desk.
func buildCore(t *testing.T, tree string, flags ...string) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), "core")
	command := exec.CommandContext(t.Context(), "go", append(append([]string{"test", "-c", "-vet=off", "-o", path}, flags...), ".")...)
	command.Dir, command.Env = tree, append(os.Environ(), "CGO_ENABLED=0")
	if out, err := command.CombinedOutput(); err != nil {
		t.Fatalf("building a core: %v\n%s", err, out)
	}
	return path
}
