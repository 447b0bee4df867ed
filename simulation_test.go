package redress_test

import (
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"runtime/debug"
	"slices"
	"strconv"
	"strings"
	"sync/atomic"
	"testing"
	"time"
)

// The simulation (design §11): the real replicas and the real server in one process, any command
// at any time, and everything that can go wrong going wrong. Each seed enables a part of the
// faults and of the kinds of commands (simulation_faults_test.go, simulation_wishes_test.go) and
// is at least five hundred commands at nine desks in three days; what must hold is listed by
// number in simulation_invariants_test.go.
//
//	make sim SEEDS=500            that many seeds, in both modes
//	make sim SEEDS=9999 MINUTES=60   as many of them as are begun within the hour
//	make sim SEED=17 MODE=safety  that one alone, in that mode
//	make sim SEED=17 SHRINK=1     and its trace made short, with a scenario beside it
//	make sim SEEDS=20 ARCHES=1    and the same logs on amd64 and on 386
//
// A failing seed prints its steps, and walks the same again under its number.

// wanted are what a run of the simulation is asked for.
type wanted struct {
	first, count int
	modes        []mode
	inTurn       bool // each seed in one of the modes, not in all
	shrink       bool
	hashes       string        // file that the seeds' logs are written to
	within       time.Duration // no seed is begun after; 0 for no end
	oneIsEnough  bool          // no seed is begun after one that failed: go test's own -failfast ends no parallel ones
}

// fresh is how many seeds a run of all tests walks: seeds that nobody has walked before, each in
// one of the modes. Where there is no time for all, MINUTES says for how long.
const fresh = 100

// askedFor reads it from the environment. Without anything asked these are fresh seeds.
func askedFor(t *testing.T) wanted {
	number := func(name string, otherwise int) int {
		text := os.Getenv(name)
		if text == "" {
			return otherwise
		}
		n, err := strconv.Atoi(text)
		if err != nil || n < 1 {
			t.Fatalf("%s=%s is no number of seeds", name, text)
		}
		return n
	}
	want := wanted{first: 1, count: number("SEEDS", 0), modes: []mode{safety, liveness}, shrink: os.Getenv("SHRINK") != "", hashes: os.Getenv("HASHES")}
	switch m := mode(os.Getenv("MODE")); m {
	case safety, liveness:
		want.modes = []mode{m}
	case "", "both":
	default:
		t.Fatalf("MODE=%s: it is safety, liveness or both", m)
	}
	want.within = time.Duration(number("MINUTES", 0)) * time.Minute
	if f := flag.Lookup("test.failfast"); f != nil {
		want.oneIsEnough = f.Value.String() == "true"
	}
	if seed := number("SEED", 0); seed > 0 {
		want.first, want.count = seed, max(1, want.count)
	} else if want.count == 0 {
		// Nobody asked for any in particular.
		want.first, want.count, want.inTurn = int(time.Now().Unix()), fresh, true
	}
	return want
}

// TestSimulation walks seeds.
func TestSimulation(t *testing.T) {
	want := askedFor(t)
	if testing.Short() {
		t.Skip("it takes minutes")
	}
	t.Logf("seeds %d to %d", want.first, want.first+want.count-1)
	defer debug.SetGCPercent(debug.SetGCPercent(roomy))
	all, made, began := newReport(), &moulds{t: t}, time.Now()
	var red atomic.Bool
	t.Run("seeds", func(t *testing.T) {
		for seed := want.first; seed < want.first+want.count; seed++ {
			for n, m := range want.modes {
				if want.inTurn && seed%len(want.modes) != n {
					continue
				}
				t.Run(fmt.Sprintf("%d/%s", seed, m), func(t *testing.T) {
					t.Parallel()
					if want.within > 0 && time.Since(began) > want.within || want.oneIsEnough && red.Load() {
						t.SkipNow()
					}
					simulate(t, made, plan{seed: seed, mode: m}, want.shrink, all)
					if t.Failed() {
						red.Store(true)
					}
				})
			}
		}
	})
	t.Log(all.text(time.Since(began)))
	if want.hashes != "" {
		all.write(t, want.hashes)
	}
	if all.seeds < telling {
		return
	}
	if missing := all.missing(); len(missing) > 0 {
		t.Errorf("no seed came by %v: they see too little", missing)
	}
	if never := all.neverAccepted(); len(never) > 0 {
		t.Errorf("no %v was accepted in any seed: somebody has to wish for it, and more often (simulation_wishes_test.go)", never)
	}
	if blind := all.blind(); len(blind) > 0 {
		t.Errorf("nothing was ever compared of the invariants %v", blind)
	}
}

// roomy is how much garbage there may be, in percent of what is in use: that is little, and there
// is memory.
const roomy = 400

// telling is how many seeds must come by everything that is rare, and see every kind of command
// accepted that anybody is offered.
const telling = 40

// simulate walks one seed in one mode.
func simulate(t *testing.T, made *moulds, p plan, shrinks bool, all *report) {
	var w *walk
	wrong := play(t, func(one *trial) {
		w = cast(one, p, made.of(p.seed))
		w.run()
	})
	if len(wrong) == 0 {
		all.add(w)
		return
	}
	if shrinks && w != nil {
		w, wrong = shrink(t, made, w, wrong)
		path := filepath.Join(".build", "simulation", fmt.Sprintf("seed-%d-%s.txt", p.seed, p.mode))
		if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
			t.Error(err)
		}
		if err := os.WriteFile(path, []byte(w.scenario(wrong[0])), 0o644); err != nil {
			t.Error(err)
		}
		t.Logf("%d steps are left: %v; as a scenario: %s", len(w.past), w.past, path)
	}
	all.failed(wrong[0])
	trace := ""
	if w != nil {
		trace = strings.Join(w.trace, "\n")
	}
	t.Errorf("%s\nseed %d of %s, again with: make sim SEED=%d MODE=%s\n%s", strings.Join(wrong, "\n"), p.seed, p.mode, p.seed, p.mode, trace)
}

// TestTheSameSeedGivesTheSameLog: nothing decides by the order of a map or by a clock of its own
// (22). On another platform: make sim ARCHES=1.
func TestTheSameSeedGivesTheSameLog(t *testing.T) {
	made := &moulds{t: t}
	for seed, m := range map[int]mode{1: safety, 91: liveness} {
		var ends []string
		for range 2 {
			if wrong := play(t, func(one *trial) {
				w := cast(one, plan{seed: seed, mode: m}, made.of(seed))
				w.run()
				ends = append(ends, w.ending())
			}); len(wrong) > 0 {
				t.Fatal(wrong[0])
			}
		}
		if ends[0] != ends[1] {
			t.Errorf("seed %d of %s ends at %s, and the second time at %s", seed, m, ends[0], ends[1])
		}
	}
}

// TestEveryCommandIsWishedFor: a kind that the table of the rules has is given by somebody.
func TestEveryCommandIsWishedFor(t *testing.T) {
	for _, kind := range commandKinds() {
		wished := slices.ContainsFunc(wishes, func(w wish) bool { return w.kind == kind })
		if !wished && !kind.OfServer() && elsewhere[kind] == "" {
			t.Errorf("nobody wishes for %v: a line of wishes (simulation_wishes_test.go), or of elsewhere with where it is given", kind)
		}
	}
}
