package redress_test

import (
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
)

var (
	traceID    = regexp.MustCompile(`\b([ABC]\d{1,2}|R[12])\b`)
	tableLink  = regexp.MustCompile(`\[([\w-]+)\]\(([^)]+)\)`)
	namedTrace = regexp.MustCompile(`counterexamples? ((?:[ABCRXZ]\d{1,2}(?: [a-e]\b)?(?:, | and )?)+)`)
)

// traces are all that the counterexamples have.
func traces() (all []string) {
	for group, n := range map[string]int{"A": 11, "B": 8, "C": 7, "R": 2} {
		for i := range n {
			all = append(all, fmt.Sprintf("%s%d", group, i+1))
		}
	}
	slices.Sort(all)
	return all
}

// namedIn are the traces that a scenario's comments name.
func namedIn(text string) (named []string) {
	var comments []string
	for line := range strings.Lines(text) {
		if comment, is := strings.CutPrefix(line, "#"); is {
			comments = append(comments, strings.TrimSpace(comment))
		}
	}
	for _, found := range namedTrace.FindAllStringSubmatch(strings.Join(comments, " "), -1) {
		named = append(named, traceID.FindAllString(found[1], -1)...)
	}
	return named
}

// TestEveryTraceIsPlayed: the table of the traces names each of them, and scenarios and tests
// that are there; and a scenario names in its comments the traces whose rows it stands in, and no
// others.
func TestEveryTraceIsPlayed(t *testing.T) {
	dir := filepath.Join("syncproto", "simulation", "scenarios")
	table := textOf(t, filepath.Join(dir, "README.md"))
	plays := map[string][]string{} // the scenarios of each trace
	var listed []string
	for line := range strings.Lines(table) {
		cells := strings.Split(line, "|")
		if len(cells) != 5 || strings.HasPrefix(cells[1], "--") || strings.HasPrefix(cells[2], " played by") {
			continue
		}
		trace := traceID.FindString(cells[1])
		if trace != "" && !strings.HasPrefix(cells[1], " "+trace) {
			trace = "" // of the second table, whose rows begin with a question
		}
		links := tableLink.FindAllStringSubmatch(cells[2], -1)
		if len(links) == 0 {
			t.Errorf("nothing plays %s", cells[1])
		}
		for _, link := range links {
			text := textOf(t, filepath.Join(dir, link[2]))
			switch {
			case strings.HasSuffix(link[2], "_test.go"):
				if !strings.Contains(text, "func "+link[1]+"(") {
					t.Errorf("%s has no %s", link[2], link[1])
				}
			case link[1]+".txt" != link[2]:
				t.Errorf("%s is called %s", link[2], link[1])
			default:
				plays[trace] = append(plays[trace], link[1])
				listed = append(listed, link[1])
				if trace != "" && !slices.Contains(namedIn(text), trace) {
					t.Errorf("%s stands in a row of %s, which its comments do not name", link[2], trace)
				}
			}
		}
	}
	all := traces()
	for _, trace := range all {
		if len(plays[trace]) == 0 {
			t.Errorf("no scenario plays %s", trace)
		}
	}
	files, err := filepath.Glob(filepath.Join(dir, "*.txt"))
	if err != nil || len(files) < len(listed)/2 {
		t.Fatal("no scenarios", err)
	}
	for _, file := range files {
		name := strings.TrimSuffix(filepath.Base(file), ".txt")
		for _, trace := range namedIn(textOf(t, file)) {
			if !slices.Contains(all, trace) || !slices.Contains(plays[trace], name) {
				t.Errorf("%s names %s, and stands in no row of it", file, trace)
			}
		}
	}
}

func textOf(t *testing.T, path string) string {
	t.Helper()
	text, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}
