package simulation

import (
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"redress/syncproto"
)

// scenarios are the texts of all scenario files.
func scenarios(f *testing.F) (texts []string) {
	f.Helper()
	files, err := filepath.Glob(filepath.Join("scenarios", "*.txt"))
	if err != nil || len(files) == 0 {
		f.Fatal("no scenarios", err)
	}
	for _, file := range files {
		text, err := os.ReadFile(file)
		if err != nil {
			f.Fatal(err)
		}
		texts = append(texts, string(text))
	}
	return texts
}

// FuzzScript: whatever stands in a file, it is refused with the line, or is a script that is
// written with the results it expects just as it stands.
func FuzzScript(f *testing.F) {
	for _, text := range scenarios(f) {
		f.Add(text)
	}
	for _, text := range []string{"", "\n\n", "a", "a\n  b\n  \n", "a=b=c", `a "=" b="= " =`, "\r\n x\r\n", "\t \n  x", `""`, "a  b\n# c\n  d"} {
		f.Add(text)
	}
	f.Fuzz(func(t *testing.T, text string) {
		script, err := Parse("fuzz", text)
		if err != nil {
			if !strings.HasPrefix(err.Error(), "fuzz:") {
				t.Errorf("%v does not say where", err)
			}
			return
		}
		var want [][]string
		for _, step := range script.Steps {
			want = append(want, step.Want)
			if len(step.Words)+len(step.Values) == 0 {
				t.Errorf("line %d, %q, is a step of nothing", step.Number, step.Text)
			}
		}
		if got := strings.TrimSuffix(script.Rewritten(want), "\n"); got != strings.TrimSuffix(text, "\n") {
			t.Errorf("%q is rewritten as %q", text, got)
		}
	})
}

// hollow is a stage on which nothing happens.
type hollow struct{}

func (hollow) Start(syncproto.Instant) error { return nil }
func (hollow) Kill()                         {}
func (hollow) Operate(syncproto.Instant, syncproto.CommandKind, any) error {
	return nil
}
func (hollow) Answer(syncproto.Instant) (Line, error)                     { return hollow{}, nil }
func (hollow) Wake(syncproto.Instant) (syncproto.Instant, error)          { return 0, nil }
func (hollow) SetClock(syncproto.Span)                                    {}
func (hollow) Doubt() string                                              { return "" }
func (hollow) Confirm(syncproto.Instant)                                  {}
func (hollow) Verify() error                                              { return nil }
func (hollow) Copies(bool) error                                          { return nil }
func (hollow) BackUp() error                                              { return nil }
func (hollow) Restore(syncproto.Instant, bool) error                      { return nil }
func (hollow) Parked() []Waiting                                          { return nil }
func (hollow) Device() syncproto.ID                                       { return syncproto.ID{1} }
func (hollow) Damage(syncproto.Ref) error                                 { return nil }
func (hollow) NextNumber() (string, error)                                { return "K7MQ-00001", nil }
func (hollow) Show(syncproto.Reading, string, syncproto.Ref) []string     { return nil }
func (hollow) Dial(syncproto.Reading) (Line, [][]byte)                    { return hollow{}, nil }
func (hollow) Pass(syncproto.Instant, syncproto.Reading) ([][]byte, bool) { return nil, false }
func (hollow) Drop(syncproto.Reading)                                     {}
func (hollow) Hear(syncproto.Instant, syncproto.Reading, []byte) ([][]byte, bool) {
	return nil, false
}
func (hollow) Tap(syncproto.Reading, syncproto.CommandKind, any) ([]string, bool) { return nil, false }
func (hollow) Approve(syncproto.Reading, syncproto.ID, syncproto.Fen, string) ([]string, bool) {
	return nil, false
}

// hollowStage holds nothing, and hollowDesk neither.
type hollowStage struct{ hollow }

func (hollowStage) Document(syncproto.Ref) (any, []syncproto.HistoryEntry, bool) {
	return nil, nil, false
}
func (hollowStage) GiveCode(syncproto.Instant, syncproto.ID) error { return nil }
func (hollowStage) Enrol(syncproto.Instant, syncproto.ID, string, string) (Desk, error) {
	return hollowDesk{}, nil
}

type hollowDesk struct{ hollow }

func (hollowDesk) Document(syncproto.Ref) (any, bool)           { return nil, false }
func (hollowDesk) Copy(string) (Desk, error)                    { return hollowDesk{}, nil }
func (hollowDesk) SetBack(bool) error                           { return nil }
func (hollowDesk) LoseCode(syncproto.Instant) ([]string, error) { return nil, nil }
func (hollowDesk) EnrolAgain(syncproto.Instant) ([]string, error) {
	return nil, nil
}

// FuzzRun: whatever verbs, names and values a script has, what makes no sense is said with its
// line. Time passes in it only from date to date, by a year at most: more would take too long for
// each of a million inputs.
func FuzzRun(f *testing.F) {
	for _, text := range scenarios(f) {
		f.Add(text)
	}
	f.Fuzz(func(t *testing.T, text string) {
		script, err := Parse("fuzz", text)
		if err != nil {
			return
		}
		script.Steps = slices.DeleteFunc(script.Steps, func(s Step) bool {
			return len(s.Words) > 0 && (s.Words[0] == "at" || s.Words[0] == "after")
		})
		results, err := Run(script, hollowStage{})
		if err != nil && !strings.HasPrefix(err.Error(), "fuzz:") {
			t.Errorf("%v does not say where", err)
		}
		if err == nil && len(results) != len(script.Steps) {
			t.Errorf("%d results of %d steps", len(results), len(script.Steps))
		}
	})
}
