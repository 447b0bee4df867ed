package present

import (
	"testing"

	"redress/syncproto/claim"
)

// What happened to a claim, as it stands on a card: an amount of what has one, and none of a
// warranty order.
func TestWhatHappenedToAClaimInWords(t *testing.T) {
	s := chinese(t)
	for want, event := range map[string]any{
		"又批准 ¥300.00，不成立，不计入已用": claim.Duplicate{Decision: claim.Decision{Amount: 30_000}},
		"又批准，不成立":               claim.Duplicate{},
		"撤销批准 ¥300.00":          claim.Reversed{Decision: claim.Decision{Amount: 30_000}},
		"撤销批准":                  claim.Reversed{},
	} {
		if got, _, _ := s.ofClaim(event); got != want {
			t.Errorf("%+v reads %q, not %q", event, got, want)
		}
	}
}
