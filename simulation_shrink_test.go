package redress_test

import (
	"strings"
	"testing"
	"time"
)

// longestShrink is how long a trace is made shorter.
const longestShrink = 10 * time.Minute

// shrink leaves out steps for as long as the same goes wrong (delta debugging): each step has
// dice of its own, so the others stay what they were, as far as the world under them does.
func shrink(t testing.TB, made *moulds, failed *walk, wrong []string) (*walk, []string) {
	began, what := time.Now(), kindOfFailure(wrong[0])
	steps := failed.past
	try := func(steps []int) bool {
		var w *walk
		p := failed.plan
		p.steps = steps
		again := play(t, func(one *trial) {
			w = cast(one, p, made.of(p.seed))
			w.run()
		})
		if len(again) == 0 || kindOfFailure(again[0]) != what {
			return false
		}
		failed, wrong = w, again
		return true
	}
	for size := (len(steps) + 1) / 2; size > 0; {
		before := len(steps)
		for from := 0; from < len(steps) && time.Since(began) < longestShrink; {
			end := min(from+size, len(steps))
			if rest := append(append([]int{}, steps[:from]...), steps[end:]...); try(rest) {
				steps = failed.past[:min(len(failed.past), len(rest))]
			} else {
				from = end
			}
		}
		if size > 1 || len(steps) == before || time.Since(began) > longestShrink {
			size /= 2
		}
	}
	return failed, wrong
}

// kindOfFailure is what two failures have in common that are the same: the invariant, or the
// first words.
func kindOfFailure(wrong string) string {
	before, _, _ := strings.Cut(wrong, ":")
	return before
}
