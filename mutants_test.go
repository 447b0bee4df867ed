package redress_test

import (
	"errors"
	"fmt"
	"go/parser"
	"go/token"
	"os"
	"path"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

// Planted bugs (design §11): each is a slip that a good engineer could make and that breaks a
// promise of the design. They lie as text in syncproto/simulation/mutants, whose MUTANTS.md
// says how they are read. Here they are kept true, in every run of the tests, and, where
// MUTANTS=1 asks for it, planted one after the other to see whether the simulator finds them.
// No product code has a hook for that: the compiler is given other text for the same file.
//
// Nothing here knows how a bug is found.

const (
	// mutantsFolder is where they lie.
	mutantsFolder = "syncproto/simulation/mutants"
	// mutantsSoFar is how many there are. It only grows.
	mutantsSoFar = 442
)

// mutant is one planted bug.
type mutant struct {
	name  string
	says  string // what is wrong now
	broke string // which promise
	seen  string // how a user would notice
	also  []string
	// attacks are the tests that carry out an attack on a defence that this takes away.
	attacks []string
	edits   []mutantEdit
}

// mutantEdit puts lines in the place of others.
type mutantEdit struct{ file, before, after string }

// readMutant reads the text of one.
func readMutant(name, text string) (mutant, error) {
	m := mutant{name: name}
	var file string
	var into *string // the lines of an edit
	for n, line := range slices.Collect(strings.Lines(text)) {
		key, value, _ := strings.Cut(strings.TrimSuffix(line, "\n"), ": ")
		switch {
		case key == "file":
			file, into = value, nil
		case line == "--- old\n" && file != "":
			m.edits = append(m.edits, mutantEdit{file: file})
			into = &m.edits[len(m.edits)-1].before
		case line == "+++ new\n" && into != nil:
			into = &m.edits[len(m.edits)-1].after
		case into != nil:
			*into += line
		case key == "says":
			m.says = value
		case key == "breaks":
			m.broke = value
		case key == "seen":
			m.seen = value
		case key == "also":
			m.also = strings.Fields(value)
		case key == "attack":
			m.attacks = append(m.attacks, value)
		default:
			return m, fmt.Errorf("line %d is of no use: %q", n+1, line)
		}
	}
	if m.says == "" || m.broke == "" || m.seen == "" || len(m.edits) == 0 {
		return m, errors.New("it does not say what is wrong, which promise breaks, how that is seen, and where")
	}
	return m, nil
}

// planted is each file that the mutant changes, as it is then, by its path.
func (m mutant) planted() (map[string]string, error) {
	files := map[string]string{}
	for _, e := range m.edits {
		product, err := os.ReadFile(e.file)
		if err != nil {
			return nil, err
		}
		now, begun := files[e.file]
		if !begun {
			now = string(product)
		}
		switch {
		case path.Ext(e.file) != ".go" || strings.HasSuffix(e.file, "_test.go") || path.Clean(e.file) != e.file:
			return nil, fmt.Errorf("%s is no file of the product", e.file)
		case e.before == e.after || e.before == "":
			return nil, fmt.Errorf("an edit of %s changes nothing", e.file)
		case !onceInLines(string(product), e.before) || !onceInLines(now, e.before):
			return nil, fmt.Errorf("these lines do not stand in %s exactly once; where they moved, renew the mutant to the same meaning:\n%s", e.file, e.before)
		}
		files[e.file] = strings.Replace(now, e.before, e.after, 1)
	}
	for file, text := range files {
		if _, err := parser.ParseFile(token.NewFileSet(), file, text, parser.SkipObjectResolution); err != nil {
			return nil, err
		}
	}
	return files, nil
}

// onceInLines says that whole lines stand in a text exactly once.
func onceInLines(text, lines string) bool {
	text, lines = "\n"+text, "\n"+lines
	at := strings.Index(text, lines)
	return strings.HasSuffix(lines, "\n") && at >= 0 && at == strings.LastIndex(text, lines)
}

// plantsIn are all there are in a folder, in the order of their names.
func plantsIn(t *testing.T, folder string) []mutant {
	t.Helper()
	paths, err := filepath.Glob(filepath.Join(folder, "*.txt"))
	if err != nil {
		t.Fatal(err)
	}
	var all []mutant
	for _, p := range paths {
		text, err := os.ReadFile(p)
		if err != nil {
			t.Fatal(err)
		}
		m, err := readMutant(strings.TrimSuffix(filepath.Base(p), ".txt"), string(text))
		if err != nil {
			t.Fatalf("%s: %v", p, err)
		}
		all = append(all, m)
	}
	return all
}

func TestEveryMutantFitsTheCode(t *testing.T) {
	all := plantsIn(t, mutantsFolder)
	if len(all) < mutantsSoFar {
		t.Errorf("there are %d mutants and there were %d: the list never shrinks", len(all), mutantsSoFar)
	}
	for _, m := range all {
		if _, err := m.planted(); err != nil {
			t.Errorf("%s: %v", m.name, err)
		}
		if len(m.attacks) > 0 {
			t.Errorf("%s: it takes away a defence, and belongs to %s", m.name, defencesFolder)
		}
		for _, p := range m.also {
			if found, err := filepath.Glob(filepath.Join(p, "*_test.go")); err != nil || len(found) == 0 {
				t.Errorf("%s: there are no tests in %s", m.name, p)
			}
		}
	}
}

func TestAMutantIsReadAsItIsWritten(t *testing.T) {
	const head = "says: a\nbreaks: b\nseen: c\n"
	for text, fits := range map[string]bool{
		head + "also: ./x ./y\nfile: f.go\n--- old\n\tone\n+++ new\n--- old\n\ttwo\n+++ new\n\tthree\n\nfile: g.go\n--- old\n:\n+++ new\n": true,
		head: false, // changes nothing
		"says: a\nseen: c\nfile: f.go\n--- old\n\tone\n+++ new\n": false, // breaks no promise
		head + "--- old\n\tone\n+++ new\n":                        false, // where?
		head + "a word\nfile: f.go\n--- old\n\tone\n+++ new\n":    false,
	} {
		m, err := readMutant("name", text)
		if (err == nil) != fits {
			t.Errorf("%q: %v", text, err)
		}
		want := []mutantEdit{{"f.go", "\tone\n", ""}, {"f.go", "\ttwo\n", "\tthree\n\n"}, {"g.go", ":\n", ""}}
		if fits && (!slices.Equal(m.edits, want) || !slices.Equal(m.also, []string{"./x", "./y"})) {
			t.Errorf("%q was read as %q, also %q", text, m.edits, m.also)
		}
	}
	if onceInLines("\tone()\n\tone()\n", "\tone()\n") || onceInLines("\tone() // two\n", "\tone()") || !onceInLines("\tone()\n\tone() \n", "\tone()\n") {
		t.Error("lines stand in a text exactly once where they do as whole lines")
	}
}
