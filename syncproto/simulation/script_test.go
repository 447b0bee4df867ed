package simulation

import (
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
)

func TestAScriptIsRewrittenInPlace(t *testing.T) {
	text := "# a story\ndate 2026-11-02\n\nwang opens T1 \"远程 车控\" vin=X note=\"a=b\"\n  old result\n  more\nat 09:00\n"
	script, err := Parse("story", text)
	if err != nil {
		t.Fatal(err)
	}
	if got := script.Steps[1]; got.Words[3] != "远程 车控" || got.Values["note"] != "a=b" || len(got.Want) != 2 {
		t.Errorf("parsed as %+v", got)
	}
	got := script.Rewritten([][]string{nil, {"new"}, {"x", "y"}})
	want := "# a story\ndate 2026-11-02\n\nwang opens T1 \"远程 车控\" vin=X note=\"a=b\"\n  new\nat 09:00\n  x\n  y\n"
	if got != want {
		t.Errorf("got\n%s\nwant\n%s", got, want)
	}
}

func TestAScriptThatMakesNoSenseIsRefused(t *testing.T) {
	for name, text := range map[string]string{
		"a result without a step":      "  result\n",
		"an open quotation mark":       "wang notes T1 \"abc\n",
		"a setting given twice":        "policy limit=1 limit=2\n",
		"a result after an empty line": "date 2026-11-02\n\n  result\n",
	} {
		if _, err := Parse("s", text); err == nil {
			t.Errorf("%s: was taken", name)
		}
	}
}

// TestAScenarioLastsAYearAtMost: a slip in a date is told at once, by whichever verb it comes.
func TestAScenarioLastsAYearAtMost(t *testing.T) {
	for step, fails := range map[string]bool{
		"date 2027-11-03 at=08:00": false, "date 2027-11-03 at=08:01": true, "date 2602-11-04": true,
		"after 8784h": false, "after 8785h": true,
	} {
		script, err := Parse("s", "date 2026-11-02 at=08:00\n"+step+"\n")
		if err != nil {
			t.Fatal(err)
		}
		_, err = Run(script, hollowStage{})
		if fails != (err != nil) || fails && !strings.Contains(err.Error(), "lasts a year at most") {
			t.Errorf("%s: %v", step, err)
		}
	}
}

// TestEveryVerbIsDescribed: VERBS.md names each verb, and no other.
func TestEveryVerbIsDescribed(t *testing.T) {
	text, err := os.ReadFile("VERBS.md")
	if err != nil {
		t.Fatal(err)
	}
	described := map[string]bool{}
	for _, row := range regexp.MustCompile("(?m)^\\| (`[^|]*)\\|").FindAllStringSubmatch(string(text), -1) {
		for _, verb := range regexp.MustCompile("`([a-z-]+)`").FindAllStringSubmatch(row[1], -1) {
			described[verb[1]] = true
		}
	}
	for verb := range worldVerbs {
		if !described[verb] {
			t.Errorf("%s is not described", verb)
		}
	}
	for verb := range deskVerbs {
		if !described[verb] {
			t.Errorf("%s is not described", verb)
		}
	}
	for verb := range machineVerbs {
		if !described[verb] {
			t.Errorf("%s is not described", verb)
		}
		if deskVerbs[verb] != nil {
			t.Errorf("%s is both done at a desk and to its machine", verb)
		}
	}
}

// TestScenariosAreStories: every scenario can be read and begins with what it tells.
func TestScenariosAreStories(t *testing.T) {
	files, err := filepath.Glob(filepath.Join("scenarios", "*.txt"))
	if err != nil || len(files) == 0 {
		t.Fatal("no scenarios", err)
	}
	for _, file := range files {
		text, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		if !strings.HasPrefix(string(text), "# ") {
			t.Errorf("%s does not begin with what it tells", file)
		}
		if _, err := Parse(file, string(text)); err != nil {
			t.Error(err)
		}
	}
}
