package redress_test

import (
	"bytes"
	"io"
	"testing"
)

// ordered is what a core is told, by nobody that hears it.
type ordered struct{ bytes.Buffer }

// Close is a pipe's.
func (*ordered) Close() error { return nil }

var _ io.WriteCloser = (*ordered)(nil)

// TestRestIsOfAfterTheQuestion: a core says where it is when it finds that something has changed.
// What it said last may be of before what it did last, and then it is no rest.
func TestRestIsOfAfterTheQuestion(t *testing.T) {
	orders := &ordered{}
	d := &coreDesk{t: t, orders: orders}
	for _, line := range []string{"at 17 true 0 online 0", "kept 0197f0c0-0000-7000-8000-000000000001 5", "tapped"} {
		if err := d.said.hear(line); err != nil {
			t.Fatal(err)
		}
	}
	atRest := d.now(settled(0))
	if got := orders.String(); got != "look 1\n" {
		t.Errorf("it is told %q", got)
	}
	for _, c := range []struct {
		says string
		rest bool
	}{
		{"", false}, // what it said is of before
		{"at 17 true 0 online 0", false},
		{"at 17 true 1 online 1", false},
		{"at 18 true 0 online 1", true},
	} {
		if err := d.said.hear(c.says); err != nil {
			t.Fatal(err)
		}
		if got := atRest(&d.said); got != c.rest {
			t.Errorf("after %q it is at rest: %v", c.says, got)
		}
	}
}
