package redress_test

import (
	"encoding/json"
	"go/ast"
	"os"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"

	"redress/assets"
)

// badInput is the table of everything bad that can come in.
const badInput = "syncproto/BADINPUT.md"

// columns of the table.
const (
	columnWhat = iota
	columnWhere
	columnSaid
	columnKept
	columnTest
	columnCount
)

var (
	ticked   = regexp.MustCompile("`([^`]+)`")
	codeForm = regexp.MustCompile(`^[a-z]+(-[a-z]+)*$`)
	testForm = regexp.MustCompile(`^(?:([a-z/]+)\.)?(Test\w+)(?:/(.+))?$`)
	spoken   = regexp.MustCompile(`「([^」]+)」`)
	printed  = regexp.MustCompile(`“([^”]+)”`)
)

// TestTheTableOfBadInputIsTrue: no row is open. Each names tests that are there, down to
// the case; each code has words; the words of people are those of the desk, and the
// messages of the command line stand in the source.
func TestTheTableOfBadInputIsTrue(t *testing.T) {
	rows := rowsOf(t, badInput, "| what comes in |")
	if len(rows) < 80 {
		t.Fatalf("only %d rows were found", len(rows))
	}
	tests, said := map[string][]string{}, &strings.Builder{}
	for _, s := range sources(t) {
		for _, d := range s.syntax.Decls {
			if f, ok := d.(*ast.FuncDecl); ok && s.test && strings.HasPrefix(f.Name.Name, "Test") {
				tests[s.room+"."+f.Name.Name] = texts(f)
			}
		}
		if !s.test {
			said.WriteString(strings.Join(texts(s.syntax), "\n") + "\n")
		}
	}
	words := wordsOf(t)
	for _, row := range rows {
		name := row[columnWhere] + ": " + row[columnWhat]
		if slices.Contains(row[:columnTest], "") {
			t.Errorf("%s: a column is empty", name)
		}
		for _, problem := range slices.Concat(checkTests(row[columnTest], tests), checkSaid(row[columnSaid], words, said.String())) {
			t.Errorf("%s: %s", name, problem)
		}
	}
}

// rowsOf are the rows of all tables of a document whose heads begin so.
func rowsOf(t *testing.T, path, head string) (rows [][]string) {
	t.Helper()
	text, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	for line := range strings.SplitSeq(string(text), "\n") {
		line = strings.TrimSpace(line)
		if !strings.HasPrefix(line, "|") || strings.HasPrefix(line, "|---") || strings.HasPrefix(line, head) {
			continue
		}
		var cells []string
		for cell := range strings.SplitSeq(strings.Trim(line, "|"), "|") {
			cells = append(cells, strings.TrimSpace(cell))
		}
		if len(cells) != columnCount {
			t.Errorf("a row of %d columns: %s", len(cells), line)
			continue
		}
		rows = append(rows, cells)
	}
	return rows
}

// checkTests finds what is wrong with the tests a row names: `folder.TestName/case`.
func checkTests(cell string, tests map[string][]string) (problems []string) {
	named := ticked.FindAllStringSubmatch(cell, -1)
	if len(named) == 0 {
		return []string{"the row is open: it names no test"}
	}
	for _, n := range named {
		parts := testForm.FindStringSubmatch(n[1])
		if parts == nil {
			problems = append(problems, n[1]+" is not written as a test")
			continue
		}
		room := parts[1]
		if room == "" {
			room = "."
		}
		cases, there := tests[room+"."+parts[2]]
		switch {
		case !there:
			problems = append(problems, "there is no test "+n[1])
		case parts[3] != "" && !slices.Contains(cases, parts[3]):
			problems = append(problems, "the test has no case "+n[1])
		}
	}
	return problems
}

// checkSaid finds what a row says is said, and is not.
func checkSaid(cell string, words map[string]string, source string) (problems []string) {
	for _, n := range ticked.FindAllStringSubmatch(cell, -1) {
		if codeForm.MatchString(n[1]) && words["code."+n[1]] == "" {
			problems = append(problems, "there are no words for the code "+n[1])
		}
	}
	for _, n := range spoken.FindAllStringSubmatch(cell, -1) {
		found := false
		for _, text := range words {
			found = found || text == n[1]
		}
		if !found {
			problems = append(problems, "nobody is told 「"+n[1]+"」")
		}
	}
	for _, n := range printed.FindAllStringSubmatch(spoken.ReplaceAllString(cell, ""), -1) {
		if !strings.Contains(source, n[1]) {
			problems = append(problems, "nothing prints “"+n[1]+"”")
		}
	}
	return problems
}

// texts are the string literals of a piece of source.
func texts(n ast.Node) (all []string) {
	ast.Inspect(n, func(n ast.Node) bool {
		if l, ok := n.(*ast.BasicLit); ok {
			if text, err := strconv.Unquote(l.Value); err == nil {
				all = append(all, text)
			}
		}
		return true
	})
	return all
}

func wordsOf(t *testing.T) map[string]string {
	t.Helper()
	data, err := assets.Words.ReadFile("words/zh.json")
	if err != nil {
		t.Fatal(err)
	}
	words := map[string]string{}
	if err := json.Unmarshal(data, &words); err != nil {
		t.Fatal(err)
	}
	return words
}

// TestAnOpenRowIsSeen: what the check above is for.
func TestAnOpenRowIsSeen(t *testing.T) {
	tests := map[string][]string{"server.TestThere": {"a case"}}
	for cell, want := range map[string]int{"": 1, "to be written": 1, "`server.TestThere`": 0, "`server.TestThere/a case`": 0,
		"`server.TestThere/another`": 1, "`server.TestGone`": 1, "`TestThere`": 1, "`server.TestThere`, `desktop.TestThere`": 1} {
		if got := checkTests(cell, tests); len(got) != want {
			t.Errorf("%q: %v", cell, got)
		}
	}
	words := map[string]string{"code.too-long": "太长。"}
	for cell, want := range map[string]int{"`too-long` 「太长。」": 0, "`too-short`": 1, "「太短。」": 1, "“it is long”": 0, "“it is short”": 1} {
		if got := checkSaid(cell, words, "it is long"); len(got) != want {
			t.Errorf("%q: %v", cell, got)
		}
	}
}
