package gateway_test

import (
	"testing"

	"redress/syncproto"
)

// TestAClockThatWasAheadCoversNothing: without a copy a desk keeps what it did until it is old enough. By a
// clock that is ahead all is; once that is put right, nothing is any more that is not (invariant 17).
func TestAClockThatWasAheadCoversNothing(t *testing.T) {
	s := serve(t)
	covered := func(at syncproto.Instant) uint64 {
		t.Helper()
		line, err := s.Hub.Covered(t.Context(), at)
		if err != nil {
			t.Fatal(err)
		}
		return line[len(line)-1].Seq
	}
	if seq := covered(s.Now.Add(31 * syncproto.Day)); seq != s.Ledger.Head().Seq {
		t.Fatalf("the clock is ahead, and up to entry %d it is old", seq)
	}
	if seq := covered(s.Now); seq != 0 {
		t.Errorf("it was put right, and up to entry %d all counts as old", seq)
	}
}
