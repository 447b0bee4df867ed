package main

import (
	"bytes"
	"regexp"
	"testing"
)

// Every row is taken and printed, and a row that lost or kept back a record is none: take
// says so itself.
func TestEveryRowIsTaken(t *testing.T) {
	var out bytes.Buffer
	if err := measure(t.Context(), &out, size{clients: 3, each: 7, heard: 6}); err != nil {
		t.Fatal(err)
	}
	want := regexp.MustCompile(`^peer\.creates\t[\d.]+\t1/s\npeer\.heard\t[\d.]+\t1/s\npeer\.heard\.open\t[\d.]+\t1/s\npeer\.batch\t[\d.]+\t1/s\n$`)
	if !want.Match(out.Bytes()) {
		t.Errorf("it prints\n%s", out.String())
	}
}

// A record that is missing is noticed.
func TestAMissingRecordIsNoticed(t *testing.T) {
	b, err := serve(t.Context(), t.TempDir(), row{})
	if err != nil {
		t.Fatal(err)
	}
	defer func() {
		if err := b.end(); err != nil {
			t.Error(err)
		}
	}()
	people, err := b.people(t.Context(), 1)
	if err != nil {
		t.Fatal(err)
	}
	if err := people[0].create(t.Context(), 0, 4, 0); err != nil {
		t.Fatal(err)
	}
	for all, there := range map[int]bool{4: true, 5: false} {
		if err := b.holds(all); (err == nil) != there {
			t.Errorf("of 4 records it holds %d: %v", all, err)
		}
	}
}
