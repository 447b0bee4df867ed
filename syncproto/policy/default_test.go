package policy_test

import (
	"testing"

	"redress/syncproto"
	"redress/syncproto/policy"
)

// The values of requirements §4 and §6.
func TestDefault(t *testing.T) {
	b := policy.Default(1)
	if b.ResponseLimit != 2*syncproto.Hour || b.PromiseLimit != syncproto.Day || b.MonthlyLimit.String() != "¥6,000.00" || b.WarnAt != 8000 {
		t.Fatalf("%+v", b)
	}
	if len(b.Categories) != 8 || len(b.Types) != 4 || len(b.Boards) != 4 || len(b.Channels) < 20 {
		t.Fatal("the lists of requirements §2 are not complete")
	}
}

// In practice a minute stands for an hour, and everything that is a deadline shrinks
// alike.
func TestScaled(t *testing.T) {
	b := policy.Scaled(policy.Default(1), syncproto.Minute)
	if b.ResponseLimit != 2*syncproto.Minute || b.PromiseLimit != 24*syncproto.Minute || b.HoldAfterDue != syncproto.Second/2 ||
		b.HoldAfterStart != syncproto.Second || b.OfflineUse != 14*syncproto.Day || b.Check() != nil {
		t.Fatalf("%+v", b)
	}
	if same := policy.Scaled(policy.Default(1), syncproto.Hour); same.ResponseLimit != 2*syncproto.Hour || same.HoldAfterDue != 30*syncproto.Second {
		t.Fatalf("%+v", same)
	}
}
