package access_test

import (
	"strings"
	"testing"

	"redress/server/access"
)

// TestALoginIsCountedAsItIsCompared: writing it another way gives no more guesses.
func TestALoginIsCountedAsItIsCompared(t *testing.T) {
	for _, way := range []string{"wang", "WANG", " wang", "wang\t", "\nWang "} {
		if got := access.LoginKey(way); got != "wang" {
			t.Errorf("%q is counted as %q", way, got)
		}
	}
	if got := access.LoginKey("ſeat"); got == "seat" {
		t.Error("a long s is compared as another sign than it is counted")
	}
	if got := access.LoginKey(strings.Repeat("x", 8000)); len(got) > 64 {
		t.Errorf("%d bytes are remembered of a login", len(got))
	}
}
