package gateway_test

import (
	"testing"

	"redress/server/ledger/ledgertest"
	"redress/syncproto"
)

// A restored server goes on collecting until a desk that has nothing to hand in has said all it was
// told of what waits here: only then is nothing decided otherwise than that.
func TestADeskHasReportedWhenItHasSaidWhatItWasTold(t *testing.T) {
	w := ledgertest.New(t)
	desk := w.Desk(w.Seat, "K7MQ")
	s := serveCollecting(t, w)
	i := s.opened(s.as(desk, "wang"), nil)
	for _, step := range []struct {
		says syncproto.Frame
		over bool
	}{{nil, false}, {&syncproto.Told{More: true}, false}, {&syncproto.Told{}, true}} {
		if step.says != nil {
			i.say(step.says)
		}
		if ok, code := i.goesOn(); !ok {
			t.Fatalf("the session ended with %q", code)
		}
		over, err := s.Hub.Collected(t.Context(), s.Clock())
		if err != nil || over != step.over {
			t.Errorf("after %+v the collecting is over %v, %v", step.says, over, err)
		}
	}
}
