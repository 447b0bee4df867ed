package redress_test

import (
	"flag"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"redress/syncproto/simulation"
)

var rewrite = flag.Bool("rewrite", false, "write the results of the scenarios into their files")

// TestScenarios plays every scenario of the product on the real desks and the real server.
func TestScenarios(t *testing.T) {
	files, err := filepath.Glob(filepath.Join("syncproto", "simulation", "scenarios", "*.txt"))
	if err != nil || len(files) == 0 {
		t.Fatal("no scenarios", err)
	}
	for _, file := range files {
		t.Run(strings.TrimSuffix(filepath.Base(file), ".txt"), func(t *testing.T) { playFile(t, file) })
	}
}

// TestScenarioFile plays the file that SCENARIO names: make scenario FILE=any/path.txt.
func TestScenarioFile(t *testing.T) {
	file := os.Getenv("SCENARIO")
	if file == "" {
		file = filepath.Join("syncproto", "simulation", "scenarios", "morning.txt")
	}
	playFile(t, file)
}

func playFile(t *testing.T, file string) {
	t.Helper()
	text, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	script, err := simulation.Parse(file, string(text))
	if err != nil {
		t.Fatal(err)
	}
	results, err := simulation.Run(script, newStage(t))
	if err != nil {
		t.Fatal(err)
	}
	if *rewrite || os.Getenv("REWRITE") != "" {
		if err := os.WriteFile(file, []byte(script.Rewritten(results)), 0o600); err != nil {
			t.Fatal(err)
		}
		return
	}
	for _, difference := range simulation.Differences(script, results) {
		t.Error(difference)
	}
}
