package redress_test

import (
	"bytes"
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"
	"text/tabwriter"
	"time"
)

// Planting the bugs of mutants_test.go, one after the other: make mutants.

// mutantCatcher is what has to go red when a bug is planted, as arguments of go test. It runs
// as many seeds as SEEDS says, each as a subtest.
var mutantCatcher = []string{".", "-run", "^TestSimulation$"}

// mutantStories is what may find what the simulator has not: the scenarios, in which the same two
// sides go through the traces of the counterexamples. It is told apart.
var mutantStories = []string{".", "-run", "^TestScenarios$"}

const (
	// mutantsCaught is how many in a hundred have to be caught.
	mutantsCaught = 95
	// mutantLimit is how long one may take where MUTANT_LIMIT does not say otherwise.
	mutantLimit = 15 * time.Minute // far above MINUTES, so that who is not over by then stands still
)

// fate is what became of a run.
type fate string

const (
	stayedGreen    fate = "not caught"
	wentRed        fate = "caught"
	wentRedInStory fate = "caught by a scenario"
	wentRedInUnit  fate = "caught by a unit test"
	neverEnded     fate = "caught: did not end"
	notCompiled    fate = "did not compile"
	notRun         fate = "could not be run"
)

// caught says that somebody was told.
func (f fate) caught() bool {
	return f == wentRed || f == wentRedInStory || f == wentRedInUnit || f == neverEnded
}

// mutantRun is one run of the catcher, with or without a mutant.
type mutantRun struct {
	name  string
	fate  fate
	seeds int // that were run until it was over, as far as the catcher says
	took  time.Duration
	why   string // the first line that says so

	asked, simulated bool // the simulator was asked, and it was the simulator that found it
}

// TestMutants plants each of them, or those that MUTANT names. It asks for MUTANTS=1: the
// whole list takes hours. MUTANTS=compile only sees that each compiles.
func TestMutants(t *testing.T) {
	mode := os.Getenv("MUTANTS")
	if mode == "" {
		t.Skip("asked for by make mutants")
	}
	all := named(t, plantsIn(t, mutantsFolder), os.Getenv("MUTANT"))
	if mode == "compile" {
		for _, m := range all {
			if run := plantAndRun(t, m, "build", m.packages()); run.fate != stayedGreen {
				t.Errorf("%s: %s: %s", m.name, run.fate, run.why)
			}
		}
		return
	}
	within := []string{"-count=1", "-failfast", "-v", "-vet=off", "-timeout", limitOfMutants(t).String()}
	tries := triesAtMutants(t)
	sound := [][]string{mutantCatcher, mutantStories}
	if rooms := roomsAsked(all); len(rooms) > 0 && slices.ContainsFunc(tries, func(try try) bool { return try.caught == wentRedInUnit }) {
		sound = append(sound, rooms)
	}
	for _, with := range sound {
		if none := plantAndRun(t, mutant{name: "nothing planted"}, "test", slices.Concat(within, with)); none.fate != stayedGreen {
			t.Fatalf("it is red without a mutant, so it can catch none: %s: %s", none.fate, none.why)
		}
	}
	var runs []mutantRun
	for n, m := range all {
		run := mutantRun{name: m.name, fate: stayedGreen}
		for _, try := range tries {
			if run.fate != stayedGreen || !try.can(m) {
				continue
			}
			tried := plantAndRun(t, m, "test", slices.Concat(within, try.with(m)))
			if try.caught == wentRed {
				run.asked, run.simulated = true, tried.fate.caught()
			}
			run.took, run.seeds, run.why = run.took+tried.took, run.seeds+tried.seeds, tried.why
			if run.fate = tried.fate; run.fate == wentRed {
				run.fate = try.caught
			}
		}
		t.Logf("%d of %d: %s: %s in %v: %.120s", n+1, len(all), m.name, run.fate, run.took.Round(time.Second), run.why)
		runs = append(runs, run)
	}
	tellMutants(t, all, runs)
}

// try is something that may find a mutant.
type try struct {
	caught fate
	can    func(mutant) bool
	with   func(mutant) []string
}

// triesAtMutants are the simulator and the scenarios, where what they are built of is what the
// mutant changes, and the unit tests that it names: after those with UNITS=1, before them with
// UNITS=first, which takes a third of the time and tells less of the simulator.
func triesAtMutants(t *testing.T) []try {
	t.Helper()
	built := builtByCatcher(t)
	seen := func(m mutant) bool {
		return slices.ContainsFunc(m.packages(), func(p string) bool { return slices.Contains(built, p) })
	}
	tries := []try{
		{wentRed, seen, func(mutant) []string { return mutantCatcher }},
		{wentRedInStory, seen, func(mutant) []string { return mutantStories }},
	}
	units := func(can func(mutant) bool) try {
		return try{wentRedInUnit, can, func(m mutant) []string { return m.also }}
	}
	whole := func(m mutant) bool { return slices.Contains(m.also, ".") } // in which the simulator is as well
	switch os.Getenv("UNITS") {
	case "1":
		return append(tries, units(func(m mutant) bool { return len(m.also) > 0 }))
	case "first":
		tries = append(tries, units(whole))
		return slices.Insert(tries, 0, units(func(m mutant) bool { return len(m.also) > 0 && !whole(m) }))
	}
	return tries
}

// roomsAsked are all whose unit tests may find one of them.
func roomsAsked(all []mutant) (rooms []string) {
	for _, m := range all {
		rooms = append(rooms, m.also...)
	}
	slices.Sort(rooms)
	return slices.Compact(rooms)
}

// named are those that a list of names asks for; all, where it names none.
func named(t *testing.T, all []mutant, list string) []mutant {
	t.Helper()
	names := strings.FieldsFunc(list, func(r rune) bool { return r == ',' || r == ' ' })
	if len(names) == 0 {
		return all
	}
	all = slices.DeleteFunc(all, func(m mutant) bool { return !slices.Contains(names, m.name) })
	if len(all) != len(names) {
		t.Fatalf("not all of %q are there", names)
	}
	return all
}

// limitOfMutants is how long one may take.
func limitOfMutants(t *testing.T) time.Duration {
	t.Helper()
	text := os.Getenv("MUTANT_LIMIT")
	if text == "" {
		return mutantLimit
	}
	limit, err := time.ParseDuration(text)
	if err != nil {
		t.Fatal(err)
	}
	return limit
}

// builtByCatcher are the packages that the catcher is built of: what is planted in none of them it
// cannot find.
func builtByCatcher(t *testing.T) []string {
	t.Helper()
	out, err := exec.CommandContext(t.Context(), "go", "list", "-deps", "-test", "-f", "{{if .Module}}{{if .Module.Main}}{{.Dir}}{{end}}{{end}}", ".").Output()
	if err != nil {
		t.Fatal(err)
	}
	here, err := os.Getwd()
	if err != nil {
		t.Fatal(err)
	}
	var all []string
	for folder := range strings.Lines(string(out)) {
		inside, err := filepath.Rel(here, strings.TrimSpace(folder))
		if err != nil {
			t.Fatal(err)
		}
		all = append(all, "./"+filepath.ToSlash(inside))
	}
	return all
}

// packages are those that the mutant changes.
func (m mutant) packages() []string {
	var all []string
	for _, e := range m.edits {
		all = append(all, "./"+path.Dir(e.file))
	}
	slices.Sort(all)
	return slices.Compact(all)
}

// plantAndRun runs go with the mutant planted.
func plantAndRun(t *testing.T, m mutant, verb string, arguments []string) mutantRun {
	t.Helper()
	files, err := m.planted()
	if err != nil {
		t.Fatalf("%s: %v", m.name, err)
	}
	overlay := writeOverlay(t, files)
	const grace = 2 * time.Minute // in which go test itself says that the time is over
	ctx, cancel := context.WithTimeout(t.Context(), limitOfMutants(t)+grace)
	defer cancel()
	command := exec.CommandContext(ctx, "go", append([]string{verb, "-overlay", overlay}, arguments...)...)
	command.Env = append(os.Environ(), "MUTANTS=", "CGO_ENABLED=0")
	command.WaitDelay = 10 * time.Second // what go started may outlive it
	start := time.Now()
	out, err := command.CombinedOutput()
	run := mutantRun{name: m.name, took: time.Since(start), seeds: len(aSeed.FindAll(out, -1))}
	run.fate, run.why = fateOf(out, err)
	if ctx.Err() != nil {
		run.fate, run.why = neverEnded, ""
	}
	return run
}

// writeOverlay gives the compiler other text for some files.
func writeOverlay(t *testing.T, files map[string]string) string {
	t.Helper()
	folder := t.TempDir()
	replace := map[string]string{}
	for file, text := range files {
		product, err := filepath.Abs(file)
		if err != nil {
			t.Fatal(err)
		}
		replace[product] = filepath.Join(folder, strconv.Itoa(len(replace))+".go")
		if err := os.WriteFile(replace[product], []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	data, err := json.Marshal(map[string]any{"Replace": replace})
	if err != nil {
		t.Fatal(err)
	}
	overlay := filepath.Join(folder, "overlay.json")
	if err := os.WriteFile(overlay, data, 0o600); err != nil {
		t.Fatal(err)
	}
	return overlay
}

var (
	// aSeed is the end of a subtest, of which the catcher has one a seed.
	aSeed = regexp.MustCompile(`(?m)^ +--- (PASS|FAIL): `)
	// aReason is a line that says what went wrong: one of a test that failed, or a panic. The first
	// counts that says more than theSeeds.
	aReason  = regexp.MustCompile(`^(panic: .*|fatal error: .*| +\w+_test\.go:\d+: .*)$`)
	aTest    = regexp.MustCompile(`^(?:=== (?:RUN|CONT|NAME) +| *--- (FAIL): )(\S+)`)
	theSeeds = regexp.MustCompile(`: seeds \d+ to \d+$`)
	// noTests is what go says where the catcher is not there any more.
	noTests = []byte("no tests to run")
)

// fateOf reads what go said.
func fateOf(out []byte, err error) (fate, string) {
	var exit *exec.ExitError
	reason := reasonIn(string(out))
	switch {
	case bytes.Contains(out, noTests):
		return notRun, "there is no such test"
	case err == nil:
		return stayedGreen, ""
	case bytes.Contains(out, []byte("[build failed]")), bytes.Contains(out, []byte("[setup failed]")):
		return notCompiled, tail(out)
	case bytes.Contains(out, []byte("panic: test timed out")):
		return neverEnded, ""
	case !errors.As(err, &exit), !bytes.Contains(out, []byte("FAIL")) && reason == "":
		return notRun, cmp.Or(tail(out), err.Error())
	}
	return wentRed, reason
}

// reasonIn is the first line that says what went wrong, "" where none does. What tests say that passed is none.
func reasonIn(out string) (reason string) {
	type said struct{ test, line string }
	var all []said
	failed, of := map[string]bool{"": true}, ""
	for line := range strings.Lines(out) {
		line = strings.TrimSuffix(line, "\n")
		if m := aTest.FindStringSubmatch(line); m != nil {
			of = m[2]
			failed[of] = failed[of] || m[1] != ""
		} else if aReason.MatchString(line) {
			all = append(all, said{of, strings.TrimSpace(line)})
		}
	}
	for _, s := range all {
		if ends := strings.HasPrefix(s.line, "panic: ") || strings.HasPrefix(s.line, "fatal error: "); !ends && !failed[s.test] {
			continue
		}
		if reason = s.line; !theSeeds.MatchString(reason) {
			break
		}
	}
	return reason
}

// tail is the end of what was said.
func tail(out []byte) string {
	const most = 600
	return string(out[max(0, len(out)-most):])
}

func TestWhatBecameOfAMutant(t *testing.T) {
	red := &exec.ExitError{}
	for out, want := range map[string]fate{
		"ok  \tredress\t3.2s\n":                   stayedGreen,
		"ok  \tredress\t0.1s [no tests to run]\n": notRun,
		"    --- FAIL: TestWalks/3 (0.1s)\n        walks_test.go:7: T1 differs\nFAIL\n":                          wentRed,
		"panic: runtime error: index out of range\n\ngoroutine 7\nFAIL\tredress\t3.2s\n":                         wentRed,
		"panic: test timed out after 15m0s\nFAIL\tredress\t900s\n":                                               neverEnded,
		"# redress/server/ledger\nserver/ledger/take.go:3:2: undefined: x\nFAIL\tredress [build failed]\nFAIL\n": notCompiled,
		"go: cannot find main module\n": notRun,
	} {
		var err error = red
		if strings.HasPrefix(out, "ok") {
			err = nil
		}
		if got, why := fateOf([]byte(out), err); got != want {
			t.Errorf("%q: %s (%s), want %s", out, got, why, want)
		}
	}
	for out, want := range map[string]string{
		"=== RUN   TestA\n    a_test.go:1: by the way\n--- PASS: TestA (0s)\n=== RUN   TestB\n    a_test.go:9: 1, want 2\n--- FAIL: TestB (0s)\nFAIL\n":                   "a_test.go:9: 1, want 2",
		"=== RUN   TestA\n    a_test.go:1: seeds 1 to 9\n=== RUN   TestA/1\n=== NAME  TestA/1\n    b_test.go:2: lost\n    --- FAIL: TestA/1 (0s)\n--- FAIL: TestA (0s)\n": "b_test.go:2: lost",
		"=== RUN   TestA\npanic: nil map\n\ngoroutine 1\n":                     "panic: nil map",
		"--- FAIL: TestA (0s)\n    a_test.go:3: not so\nFAIL\n":                "a_test.go:3: not so",
		"=== RUN   TestA\n    a_test.go:1: by the way\n--- PASS: TestA (0s)\n": "",
	} {
		if got := reasonIn(out); got != want {
			t.Errorf("of %q the reason is %q, want %q", out, got, want)
		}
	}
	if got := len(aSeed.FindAllString("=== RUN   TestWalks/1\n--- FAIL: TestWalks (1s)\n    --- PASS: TestWalks/1 (1s)\n    --- FAIL: TestWalks/2 (1s)\n", -1)); got != 2 {
		t.Errorf("two seeds were counted as %d", got)
	}
}

// tellMutants prints what became of each, and fails where too many were not caught.
func tellMutants(t *testing.T, all []mutant, runs []mutantRun) {
	t.Helper()
	var table strings.Builder
	w := tabwriter.NewWriter(&table, 0, 0, 2, ' ', 0)
	fmt.Fprintln(w, "mutant\tfate\tseeds\tseconds\twhy")
	caught, asked, simulated := 0, 0, 0
	var missed []string
	for i, r := range runs {
		if r.asked {
			asked++
		}
		if r.simulated {
			simulated++
		}
		fmt.Fprintf(w, "%s\t%s\t%d\t%.0f\t%.100s\n", r.name, r.fate, r.seeds, r.took.Seconds(), r.why)
		if r.fate.caught() {
			caught++
			continue
		}
		missed = append(missed, fmt.Sprintf("%s (%s): %s Breaks %s. %s", r.name, r.fate, all[i].says, all[i].broke, r.why))
	}
	if err := w.Flush(); err != nil {
		t.Fatal(err)
	}
	t.Logf("\n%s%d of %d caught; by the simulator alone %d of the %d that it was asked for", table.String(), caught, len(runs), simulated, asked)
	if len(missed) > 0 {
		t.Logf("not caught:\n%s", strings.Join(missed, "\n"))
	}
	if caught*100 < mutantsCaught*len(runs) {
		t.Errorf("%d of %d caught, and it has to be %d in a hundred", caught, len(runs), mutantsCaught)
	}
}
