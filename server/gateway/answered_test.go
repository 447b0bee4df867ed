package gateway_test

import (
	"testing"

	"redress/server/gateway"
	"redress/server/ledger"
	"redress/server/store"
	"redress/syncproto"
)

// TestWhatIsAnsweredMeanwhileLeavesTogether: in its order, up to the first that has no answer
// yet, or of which nothing came.
func TestWhatIsAnsweredMeanwhileLeavesTogether(t *testing.T) {
	for name, test := range map[string]struct {
		answered int // of four submissions
		fails    int // this one, with those behind it; none where 0
		results  int
		left     int
	}{
		"one":                       {answered: 1, results: 1, left: 3},
		"three of four":             {answered: 3, results: 3, left: 1},
		"all":                       {answered: 4, results: 4},
		"the third found no room":   {answered: 4, fails: 3, results: 2, left: 1},
		"the first found no room":   {answered: 2, fails: 1, left: 3},
		"the fourth found no room":  {answered: 4, fails: 4, results: 3},
		"the second, then silence":  {answered: 2, fails: 2, results: 1, left: 2},
		"the first, nothing behind": {answered: 1, fails: 1, left: 3},
	} {
		t.Run(name, func(t *testing.T) {
			var commands [][]ledger.Submission
			var answers []<-chan ledger.Answer
			for n := range uint64(4) {
				commands = append(commands, []ledger.Submission{{Command: syncproto.Envelope{Counter: n + 1}}})
				answer := make(chan ledger.Answer, 1)
				switch {
				case int(n) >= test.answered:
				case test.fails > 0 && int(n) >= test.fails-1:
					answer <- ledger.Answer{Err: store.ErrFull}
				default:
					answer <- ledger.Answer{Results: []ledger.Result{{Verdict: syncproto.Verdict{Seq: n + 1}}}}
				}
				answers = append(answers, answer)
			}
			taken, all, left := gateway.Answered(commands, answers, <-answers[0])
			if len(all.Results) != test.results || left != test.left || (all.Err != nil) != (test.fails > 0) {
				t.Fatalf("%d results, error %v, %d left; want %+v", len(all.Results), all.Err, left, test)
			}
			for n, r := range all.Results {
				if r.Verdict.Seq != uint64(n+1) || taken[n].Command.Counter != uint64(n+1) {
					t.Errorf("place %d has the result %d for command %d", n, r.Verdict.Seq, taken[n].Command.Counter)
				}
			}
		})
	}
}
