package metrics_test

import (
	"go/ast"
	"go/parser"
	"go/token"
	"strconv"
	"testing"

	"redress/server/ledger"
	"redress/server/metrics"
	"redress/server/store"
	"redress/syncproto"
)

// codes are all there are of the protocol itself, read from where they stand.
func codes(t *testing.T) (all []syncproto.Code) {
	t.Helper()
	file, err := parser.ParseFile(token.NewFileSet(), "../../syncproto/problem.go", nil, 0)
	if err != nil {
		t.Fatal(err)
	}
	ast.Inspect(file, func(n ast.Node) bool {
		spec, is := n.(*ast.ValueSpec)
		if !is {
			return true
		}
		if of, is := spec.Type.(*ast.Ident); is && of.Name == "Code" {
			text, err := strconv.Unquote(spec.Values[0].(*ast.BasicLit).Value)
			if err != nil {
				t.Fatal(err)
			}
			all = append(all, syncproto.Code(text))
		}
		return true
	})
	return all
}

// TestWhatWaitsForAPersonIsCounted whatever its code is, also where a code is new that is decided
// by a person: the figure that the alarm asks for follows from the code, and from no list. Each of
// them is shown by its own name too, from the start on.
func TestWhatWaitsForAPersonIsCounted(t *testing.T) {
	persons := 0
	for _, code := range codes(t) {
		l := metrics.NewLog()
		_, shown := l.Parked()[code]
		id, want := syncproto.Derive(string(code)), 0
		if code.WaitsForPerson() {
			persons, want = persons+1, 1
			if !shown {
				t.Errorf("%s is not shown while nothing waits with it", code)
			}
		}
		l.Advanced(ledger.Advance{Batch: store.Batch{Parked: []store.Parked{{Command: id, Code: code}}}})
		if n := l.ForAPerson(); n != want {
			t.Errorf("one that waits with %s: %d wait for a person, want %d", code, n, want)
		}
		if n := l.Parked()[code]; n != 1 {
			t.Errorf("one that waits with %s: %d are shown", code, n)
		}
		l.Advanced(ledger.Advance{Batch: store.Batch{Released: []syncproto.ID{id}}})
		if n := l.ForAPerson(); n != 0 {
			t.Errorf("none waits with %s any more: %d", code, n)
		}
	}
	if persons < 2 {
		t.Errorf("%d codes wait for a person: this shows nothing", persons)
	}
}
