package syncclient

import (
	"testing"

	"redress/syncproto"
)

// TestADeskKeepsTheTimeItWasGiven: of a thousand desks that were told to come back over a
// minute, none comes before its time, and none much later; what the server asks for is bounded.
func TestADeskKeepsTheTimeItWasGiven(t *testing.T) {
	for n := range 1000 {
		asked := 5*syncproto.Second + syncproto.Span(n)*syncproto.Minute/1000
		var b Backoff
		wait := b.after(syncproto.CodeShutdown, asked, float64(n%7)/7)
		if wait < asked || wait > asked+firstWait {
			t.Fatalf("a desk told to come back in %v waits %v", asked, wait)
		}
	}
	var b Backoff
	if wait := b.after(syncproto.CodeOverloaded, syncproto.Day, 0); wait != longestWait {
		t.Errorf("told to come back in a day it waits %v, want %v", wait, longestWait)
	}
}
