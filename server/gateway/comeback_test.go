package gateway_test

import (
	"slices"
	"testing"

	"redress/server/gateway"
	"redress/server/store"
	"redress/syncproto"
)

// TestEachDeskComesBackAtItsOwnTime: when the server goes down, or has no room, every desk of
// many is told a time of its own, and in no part of the spread do much more of them come back
// than in another.
func TestEachDeskComesBackAtItsOwnTime(t *testing.T) {
	const desks = 500
	for name, end := range map[string]struct {
		least, spread syncproto.Span
		wait          func(s *served) []syncproto.Span
	}{
		"going down": {syncproto.Second, 30 * syncproto.Second, func(s *served) (waits []syncproto.Span) {
			var all []*gateway.Conversation
			for range desks {
				all = append(all, s.Hub.Answer(s.Clock()))
			}
			s.Hub.Close(syncproto.CodeShutdown, 30*syncproto.Second)
			for _, c := range all {
				turn := c.Pass(t.Context(), s.Clock())
				frame, err := syncproto.DecodeFrame(turn.Send[len(turn.Send)-1])
				goaway, is := frame.(*syncproto.Goaway)
				if err != nil || !is || !turn.Closed || goaway.Code != syncproto.CodeShutdown {
					t.Fatalf("a desk hears %+v, %v", frame, err)
				}
				waits = append(waits, goaway.RetryAfter)
			}
			return waits
		}},
		"no room": {syncproto.Minute, 30 * syncproto.Second, func(s *served) (waits []syncproto.Span) {
			for range desks {
				waits = append(waits, s.Hub.ClosingFor(store.ErrFull).RetryAfter)
			}
			return waits
		}},
		"held by another program": {10 * syncproto.Second, 10 * syncproto.Second, func(s *served) (waits []syncproto.Span) {
			for range desks {
				waits = append(waits, s.Hub.ClosingFor(store.ErrBusy).RetryAfter)
			}
			return waits
		}},
	} {
		t.Run(name, func(t *testing.T) {
			waits := end.wait(serve(t))
			slices.Sort(waits)
			if n := len(slices.Compact(slices.Clone(waits))); n != desks {
				t.Errorf("%d desks have %d different times", desks, n)
			}
			if waits[0] < end.least || waits[desks-1] > end.least+end.spread {
				t.Errorf("they come back from %v to %v, want within %v of %v", waits[0], waits[desks-1], end.spread, end.least)
			}
			const parts = 10
			var in [parts]int
			for _, w := range waits {
				in[min(int((w-end.least)*parts/end.spread), parts-1)]++
			}
			if slices.Max(in[:]) > 2*desks/parts {
				t.Errorf("of %d desks there come in each tenth of the spread %v", desks, in)
			}
		})
	}
}
