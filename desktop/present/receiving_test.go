package present

import (
	"testing"

	"redress/desktop/replica"
)

// Before everything has come it cannot be said that nothing waits.
func TestWhatIsStillOnItsWay(t *testing.T) {
	for _, c := range []struct {
		status replica.Status
		want   string
	}{
		{replica.Status{}, "正在接收，请稍候。"}, // the line was never up
		{replica.Status{Heard: noon}, "正在接收，请稍候。"},
		{replica.Status{Heard: noon, Head: 200}, "正在接收，已到 0 %。"},
		{replica.Status{Heard: noon, Head: 200, Cursor: 84}, "正在接收，已到 42 %。"},
		{replica.Status{Heard: noon, Head: 200, Cursor: 210}, "正在接收，已到 99 %。"}, // it goes on meanwhile
		{replica.Status{Heard: noon, Head: 200, Cursor: 200, Current: true}, ""},
		{replica.Status{Heard: noon, OfflineSince: noon, Cursor: 200}, ""},
	} {
		if got := chinese(t).receiving(c.status); got != c.want {
			t.Errorf("of %+v it says %q, not %q", c.status, got, c.want)
		}
	}
}
