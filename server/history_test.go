package main

import (
	"context"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// TestADemoWithAHistory takes the place of the empty log, verifies, tells how far it is,
// and is one to log in to.
func TestADemoWithAHistory(t *testing.T) {
	data, flags := place(t)
	said := call(t, "", append([]string{"seed-demo", "--tickets", "40", "--days", "10", "--seed", "3", "--practice", "60s", "--password", "demo-demo"}, flags...)...)
	if said.status != 0 || !strings.Contains(said.out, "manager    demo-demo") || strings.Count(said.out, "demo-demo") != 31 {
		t.Fatalf("%+v", said)
	}
	for _, line := range []string{"2 of 40 tickets, up to 20", "40 of 40 tickets, up to 20"} {
		if !strings.Contains(said.err, line) {
			t.Errorf("it says %q; want %q in it", said.err, line)
		}
	}
	if said := call(t, "", "verify", "--data", data); said.status != 0 || !strings.Contains(said.out, "verified up to 1/") {
		t.Errorf("%+v", said)
	}
	if said := call(t, "", append([]string{"policy"}, flags...)...); said.status != 0 || !strings.Contains(said.out, "version           2") {
		t.Errorf("for practice comes after the history: %+v", said)
	}
	if said := call(t, "", append([]string{"password", "seat"}, flags...)...); said.status != 0 {
		t.Errorf("the operator's outbox is the new log's: %+v", said)
	}
	if said := call(t, "", append([]string{"unit", "东北区", "--kind", "region"}, flags...)...); said.status != 0 {
		t.Errorf("and takes commands: %+v", said)
	}
	if left := outboxes(t, flags[3]); len(left) != 1 {
		t.Errorf("outboxes %v", left)
	}
}

// stopping ends something when it is told a line with a word in it.
type stopping struct {
	strings.Builder
	word string
	stop func()
}

func (s *stopping) Write(line []byte) (int, error) {
	if strings.Contains(string(line), s.word) {
		s.stop()
	}
	return s.Builder.Write(line)
}

// TestADemoThatIsInterrupted leaves the empty log as it was, and can be made again.
func TestADemoThatIsInterrupted(t *testing.T) {
	data, flags := place(t)
	before := outboxes(t, flags[3])
	ctx, stop := context.WithCancel(t.Context())
	said := &stopping{word: "20 of 40 tickets", stop: stop}
	arguments := append([]string{"seed-demo", "--tickets", "40", "--days", "10"}, flags...)
	if status := run(ctx, world{in: strings.NewReader(""), out: said, err: said}, arguments); status != 1 {
		t.Errorf("status %d", status)
	}
	for _, part := range []string{"interrupted after 2", "of 40 tickets", "is empty, as it was"} {
		if !strings.Contains(said.String(), part) {
			t.Errorf("it says %q; want %q in it", said.String(), part)
		}
	}
	if after := outboxes(t, flags[3]); len(after) != 1 || after[0] != before[0] {
		t.Errorf("outboxes %v, before %v", after, before)
	}
	if _, err := os.Stat(filepath.Join(data, "demo.db")); !os.IsNotExist(err) {
		t.Errorf("the begun log is still there: %v", err)
	}
	if said := call(t, "", "verify", "--data", data); said.status != 0 || !strings.Contains(said.out, "1 entries") {
		t.Errorf("%+v", said)
	}
	if said := call(t, "", append(arguments, "--password", "demo-demo")...); said.status != 0 {
		t.Errorf("again: %+v", said)
	}
}

// TestAHistoryIsForALogInWhichNothingWasDone: what was done would be thrown away.
func TestAHistoryIsForALogInWhichNothingWasDone(t *testing.T) {
	_, flags := place(t)
	if said := call(t, "", append([]string{"policy", "--response-limit", "90m"}, flags...)...); said.status != 0 {
		t.Fatalf("%+v", said)
	}
	said := call(t, "", append([]string{"seed-demo", "--tickets", "40"}, flags...)...)
	if said.status != 1 || !strings.Contains(said.err, "already has 2 entries") || !strings.Contains(said.err, "--tickets 0") {
		t.Errorf("%+v", said)
	}
}

func outboxes(t *testing.T, directory string) []string {
	t.Helper()
	found, err := filepath.Glob(filepath.Join(directory, "*.outbox"))
	if err != nil {
		t.Fatal(err)
	}
	return found
}
