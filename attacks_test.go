package redress_test

import (
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"time"
)

// The attacks of server/THREATS.md, each with its defence taken away: what shows an attack has to
// go red then, or it would not notice one that succeeds. They lie in server/defences in the form
// of the planted bugs, whose reader and planter these are (mutants_test.go, mutants_plant_test.go);
// its DEFENCES.md says what is different.

const (
	// defencesFolder is where they lie.
	defencesFolder = "server/defences"
	// attackLimit is how long an attack may take that has no defence against it.
	attackLimit = 3 * time.Minute
)

// TestEveryAttackHasItsDefence: what a row of the threats names is attacked by some defence that
// can be taken away, and nothing else is.
func TestEveryAttackHasItsDefence(t *testing.T) {
	attacked := map[string]bool{} // whether a row of the threats names it
	for _, d := range plantsIn(t, defencesFolder) {
		if _, err := d.planted(); err != nil {
			t.Errorf("%s: %v", d.name, err)
		}
		if len(d.attacks) == 0 || len(d.also) > 0 {
			t.Errorf("%s: a defence names the attacks on it, and no packages", d.name)
		}
		for _, a := range d.attacks {
			attacked[a] = false
		}
	}
	for _, row := range rowsOf(t, threats, "| who |") {
		for _, n := range ticked.FindAllStringSubmatch(row[columnTest], -1) {
			if _, is := attacked[n[1]]; !is {
				t.Errorf("%s, %s: no defence against %s is taken away", row[0], row[1], n[1])
			}
			attacked[n[1]] = true
		}
	}
	for a, threat := range attacked {
		if !threat {
			t.Errorf("no threat names %s", a)
		}
	}
}

// TestAttacksWithoutDefence takes away each defence, or those that ATTACK names, and carries out
// the attacks on it. It asks for ATTACKS=1.
func TestAttacksWithoutDefence(t *testing.T) {
	if os.Getenv("ATTACKS") == "" {
		t.Skip("asked for by make attacks")
	}
	all := named(t, plantsIn(t, defencesFolder), os.Getenv("ATTACK"))
	attacks, held := 0, 0
	shows := map[string]bool{} // what is green with all defences
	for n, d := range all {
		for _, a := range d.attacks {
			if !shows[a] {
				none := plantAndRun(t, mutant{name: "nothing taken away"}, "test", argumentsOf(a))
				if shows[a] = none.fate == stayedGreen; !shows[a] {
					t.Errorf("%s is red with all defences, so it shows nothing: %s: %s", a, none.fate, none.why)
					continue
				}
			}
			run := plantAndRun(t, d, "test", argumentsOf(a))
			attacks++
			if !run.fate.caught() {
				held++
				t.Errorf("%s: without it %s is %s: %s", d.name, a, run.fate, run.why)
			}
			t.Logf("%d of %d: %s: %s: %s in %v: %.160s", n+1, len(all), d.name, a, run.fate, run.took.Round(time.Second), run.why)
		}
	}
	t.Logf("%d defences taken away, %d attacks, %d of them not noticed", len(all), attacks, held)
}

// argumentsOf are those of go test that carry out one attack, written as folder.Test/case.
func argumentsOf(attack string) []string {
	parts := testForm.FindStringSubmatch(attack)
	var pattern strings.Builder
	fmt.Fprintf(&pattern, "^%s$", parts[2])
	if parts[3] != "" {
		for _, name := range strings.Split(parts[3], "/") {
			fmt.Fprintf(&pattern, "/^%s$", regexp.QuoteMeta(strings.ReplaceAll(name, " ", "_")))
		}
	}
	return []string{"./" + filepath.Clean(parts[1]), "-tags", "migrated_fynedo", "-count=1", "-v", "-timeout", attackLimit.String(), "-run", pattern.String()}
}

func TestHowAnAttackIsCarriedOut(t *testing.T) {
	for attack, want := range map[string]string{
		"TestX":                           "./. ^TestX$",
		"server/gateway.TestX/a case (b)": `./server/gateway ^TestX$/^a_case_\(b\)$`,
	} {
		got := argumentsOf(attack)
		if got := got[0] + " " + got[len(got)-1]; got != want {
			t.Errorf("%s: %s, want %s", attack, got, want)
		}
	}
}
