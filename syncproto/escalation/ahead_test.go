package escalation_test

import (
	"fmt"
	"testing"

	"redress/syncproto"
	"redress/syncproto/escalation"
)

// A department answers again and again, and what it answers comes last, as after a restore to an older
// state: its first answer is kept, of each dispatch.
func TestTheFirstAnswersAheadStay(t *testing.T) {
	at := func(n int) escalation.Evidence {
		when := syncproto.Instant(n) * syncproto.Instant(syncproto.Hour)
		return escalation.Evidence{Command: syncproto.Derive(fmt.Sprint("answer ", n)), Within: syncproto.Interval{Lo: when, Hi: when}, At: when, Known: when}
	}
	one := escalation.Name{Ladder: escalation.Response, Rung: 1, Cause: syncproto.Derive("a dispatch")}
	other := escalation.Name{Ladder: escalation.Response, Rung: 1, Cause: syncproto.Derive("another dispatch")}
	var kept []escalation.Ahead
	for n := range 4 * escalation.MaxAhead {
		clock := one
		if n%5 == 2 {
			clock = other
		}
		kept = escalation.Keep(kept, clock, at(n+1))
	}
	first := map[escalation.Name]syncproto.Instant{}
	for _, a := range kept {
		if was, there := first[a.Clock]; !there || a.Evidence.At < was {
			first[a.Clock] = a.Evidence.At
		}
	}
	if len(kept) != escalation.MaxAhead || first[one] != at(1).At || first[other] != at(3).At {
		t.Errorf("%d are kept, the first of them of %v and %v", len(kept), first[one], first[other])
	}
}
