package store

import (
	"strings"
	"testing"
)

// TestNoQueryReadsAWholeTable: however many tickets there are, what is asked while the
// server works is found by an index. What reads all is asked once at a start, or by an
// audit; and the head is the last row.
func TestNoQueryReadsAWholeTable(t *testing.T) {
	s, err := Open(t.Context(), Memory)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = s.Close() })
	whole := map[string]bool{everyDocument: true, everyHistory: true, everyMembership: true, everyCommand: true, everySums: true,
		readKind: true, readAllParked: true, readRefusals: true, readRejections: true, readHead: true}
	for _, texts := range []map[string]string{readSQL, insertSQL} {
		for name, text := range texts {
			if plan := planOf(t, s, text); !whole[name] && strings.Contains(plan, "SCAN") {
				t.Errorf("%s: %s", name, plan)
			}
		}
	}
}

func planOf(t *testing.T, s *Store, text string) string {
	values := make([]any, strings.Count(text, "?"))
	for i := range values {
		values[i] = 1
	}
	rows, err := s.readers.QueryContext(t.Context(), "EXPLAIN QUERY PLAN "+text, values...)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = rows.Close() }()
	var plan []string
	for rows.Next() {
		var id, parent, unused int
		var detail string
		if err := rows.Scan(&id, &parent, &unused, &detail); err != nil {
			t.Fatal(err)
		}
		plan = append(plan, detail)
	}
	if err := rows.Err(); err != nil {
		t.Fatal(err)
	}
	return strings.Join(plan, "; ")
}
