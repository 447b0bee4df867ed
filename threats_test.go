package redress_test

import (
	"go/ast"
	"slices"
	"strings"
	"testing"
)

// threats is the table of who might want what, and what stops them.
const threats = "server/THREATS.md"

// TestTheThreatsAreTrue: every row says who, what for, how, what stops them, and names tests
// that are there.
func TestTheThreatsAreTrue(t *testing.T) {
	rows := rowsOf(t, threats, "| who |")
	if len(rows) < 20 {
		t.Fatalf("only %d rows were found", len(rows))
	}
	tests := map[string][]string{}
	for _, s := range sources(t) {
		for _, d := range s.syntax.Decls {
			if f, ok := d.(*ast.FuncDecl); ok && s.test && strings.HasPrefix(f.Name.Name, "Test") {
				tests[s.room+"."+f.Name.Name] = texts(f)
			}
		}
	}
	for _, row := range rows {
		if slices.Contains(row, "") {
			t.Errorf("%v: a column is empty", row)
		}
		for _, problem := range checkTests(row[columnTest], tests) {
			t.Errorf("%s, %s: %s", row[0], row[1], problem)
		}
	}
}
