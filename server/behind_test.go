package main

import (
	"os"
	"path/filepath"
	"testing"

	"redress/syncproto/organisation"
	"redress/syncproto/policy"
)

// TestAnOutboxThatWasPutBack: its disk was damaged, and a copy from before the last commands is put back.
// The command line goes on in a line of its own, as any device that was set back.
func TestAnOutboxThatWasPutBack(t *testing.T) {
	data, flags, do := oneSeat(t)
	matches, err := filepath.Glob(filepath.Join(flags[3], "*.outbox"))
	if err != nil || len(matches) != 1 {
		t.Fatal(matches, err)
	}
	before, err := os.ReadFile(matches[0])
	if err != nil {
		t.Fatal(err)
	}
	do("person", "li", "--phone", "138")
	if err := os.WriteFile(matches[0], before, 0o600); err != nil {
		t.Fatal(err)
	}
	keep(t, data, flags[3], func(li *organisation.Person) { li.Roles = []policy.Role{policy.Manager} }) // in the line of before
	for _, phone := range []string{"139", "140"} {
		do("person", "li", "--phone", phone)
		if _, li := known(t, data, "li"); li.Phone != phone || !li.Has(policy.Manager) {
			t.Errorf("%+v", li)
		}
	}
	if said := call(t, "", "verify", "--data", data); said.status != 0 {
		t.Errorf("%+v", said)
	}
}
