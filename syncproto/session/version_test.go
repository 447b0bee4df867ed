package session

import (
	"slices"
	"testing"

	"redress/syncproto"
)

// TestADeskTooOldForASessionIsToldToUpgrade before anybody asks whose it is, and nothing of its commands is read
// (design §8).
func TestADeskTooOldForASessionIsToldToUpgrade(t *testing.T) {
	w := newWorld(t)
	w.tap(2)
	w.client, w.server = NewClient(w.desk), NewServer(w.now)
	w.do(w.client.Step(w.reading(), Opened{}))
	hello := w.toSrv[0].(*syncproto.Hello)
	hello.Newest, hello.Oldest = syncproto.Oldest-1, syncproto.Oldest-1
	w.run()
	if w.serverEnd != syncproto.CodeUpgrade || w.ended != syncproto.CodeUpgrade {
		t.Errorf("the server ended with %q, the desk with %q, want %q", w.serverEnd, w.ended, syncproto.CodeUpgrade)
	}
	if !slices.Equal(w.welcome, []syncproto.Action{syncproto.ActionUpgrade}) || len(w.taken) > 0 || w.verdicts > 0 {
		t.Errorf("it was told %v; %d commands were taken, %d verdicts came", w.welcome, len(w.taken), w.verdicts)
	}
}
