package gateway_test

import (
	"testing"

	"redress/server/ledger/ledgertest"
	"redress/server/store"
	"redress/syncproto"
)

// A restored server goes on collecting until a desk that has nothing to hand in has said all it was
// told of what waits here: only then is nothing decided otherwise than that.
func TestADeskHasReportedWhenItHasSaidWhatItWasTold(t *testing.T) {
	w := ledgertest.New(t)
	desk := w.Desk(w.Seat, "K7MQ")
	restored := syncproto.Intent{ID: syncproto.Derive("the restore"), Kind: syncproto.CommandRestore, Operator: "周敏"}
	if err := w.Store.Restored(t.Context(), store.Restoration{Epoch: 2}, w.Ledger.AsRestored(2, w.Now, restored), nil); err != nil {
		t.Fatal(err)
	}
	w.Restart()
	s := serveWorld(t, w)
	if err := s.Hub.Collect(t.Context(), s.Clock(), nil); err != nil {
		t.Fatal(err)
	}
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
