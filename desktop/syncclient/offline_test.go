package syncclient

import (
	"errors"
	"testing"

	"redress/desktop/replica"
	"redress/syncproto"
)

// logIn is a log-in at the front, or without it where that is closed.
func (s seat) logIn(server Server, password string) error {
	s.t.Helper()
	_, err := LogIn(ctx, s.Replica, server, password, s.reading(), make([]byte, replica.SaltLength))
	return err
}

// Offline use counts from the last session that read, as its person was let in. The line of a desk is kept with
// nobody logged in too, and is given a new one where there is a doubt: that lets nobody work on for ever.
func TestOfflineUseEndsThoughTheDeskHandsIn(t *testing.T) {
	for what, overtaken := range map[string]bool{"the line goes on": false, "with a new line every day": true} {
		t.Run(what, func(t *testing.T) {
			s := newSeat(t)
			f := newFront(t, s.central)
			server := f.server()
			must(t, s.logIn(server, "夏天2026!"))
			read := func() { s.talk(s.conversation("good"), s.central.Answer("good"), 1000) }
			read()
			f.Close()
			for day := 1; day <= 15; day++ {
				s.central.Now = s.central.Now.Add(syncproto.Day)
				if day > 12 { // before it only takes its time
					err := s.logIn(server, "夏天2026!")
					if (day <= 13) != (err == nil) || err != nil && !errors.Is(err, &syncproto.Problem{Code: CodeOfflineEnded}) {
						t.Errorf("on day %d: %v", day, err)
					}
				}
				if overtaken {
					s.open("断线时的工单")
					s.central.Overtake(s.Desk().Incarnation)
				}
				s.talk(s.conversation(""), s.central.Answer("good"), 1000)
				must(t, s.LineLost(ctx, s.reading()))
				if status, err := s.Status(ctx); err != nil || s.central.Now.Sub(status.Heard) > syncproto.Minute || status.Waiting != 0 {
					t.Fatalf("it does not hand in: %+v, %v", status, err)
				}
			}
			read()
			must(t, s.logIn(server, "夏天2026!"))
		})
	}
}
