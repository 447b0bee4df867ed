package syncclient

import (
	"errors"
	"testing"

	"redress/desktop/centraltest"
	"redress/desktop/replica"
	"redress/syncproto"
)

// change sets another password, as headquarters does: who is logged in is so no more.
func (f *front) change(password string) {
	f.mu.Lock()
	f.password, f.tokens = password, nil
	f.mu.Unlock()
	f.fail()
}

// A password that the server refused opens nothing without it any more, where it is the one that was good here. One
// that was mistyped leaves the right one, and so does a server that this desk has no session with: it refuses them
// all. What was done stays and waits.
func TestAPasswordThatWasChangedOpensNothingHere(t *testing.T) {
	for what, c := range map[string]struct {
		changed, gone bool
		typed         string
		want          syncproto.Code // of the old one, without the server
	}{
		"changed":                           {changed: true, typed: "夏天2026!", want: CodeNoPassword},
		"mistyped":                          {typed: "夏天2026?"},
		"mistyped, when it was changed":     {changed: true, typed: "夏天2026?"},
		"a server without this desk's line": {changed: true, gone: true, typed: "夏天2026!"},
	} {
		t.Run(what, func(t *testing.T) {
			s := newSeat(t)
			f := newFront(t, s.central)
			server := f.server()
			must(t, s.logIn(server, "夏天2026!"))
			s.talk(s.conversation(f.tokens[0]), s.central.Answer(f.tokens...), 1000)
			if c.changed {
				f.change("秋天2026!")
			}
			if c.gone {
				must(t, s.LineLost(ctx, s.reading()))
			}
			s.open("远程车控失败")
			desk := s.Desk()
			if err := s.logIn(server, c.typed); !errors.Is(err, &syncproto.Problem{Code: syncproto.CodeWrongLogin}) {
				t.Errorf("at the server: %v", err)
			}
			f.Close()
			if err := s.logIn(server, "夏天2026!"); (c.want == "") != (err == nil) || err != nil && codeOf(err) != c.want {
				t.Errorf("the old one without the server: %v, want %q", err, c.want)
			}
			if waiting, _, _ := s.standing(); waiting != 1 || s.Desk().Incarnation != desk.Incarnation || s.Desk().Counter != desk.Counter {
				t.Errorf("%d wait, as %+v, was %+v", waiting, s.Desk(), desk)
			}
			f = newFront(t, s.central)
			defer f.Close()
			f.password = "秋天2026!"
			must(t, s.logIn(f.server(), "秋天2026!"))
			if !s.CheckPassword("秋天2026!") {
				t.Error("the new one is not good here")
			}
		})
	}
}

// Whoever works while headquarters changes the password is logged out, and not let in again with it; what they did is
// handed in. With the new one they work on.
func TestWhoIsRefusedWorksOnNoMore(t *testing.T) {
	for what, busy := range map[string]bool{"when the line comes up": false, "once the server has time": true} {
		t.Run(what, func(t *testing.T) {
			s := newSeat(t)
			f := newFront(t, s.central)
			defer f.Close()
			session, err := LogIn(ctx, s.Replica, f.server(), "夏天2026!", s.reading(), make([]byte, replica.SaltLength))
			must(t, err)
			world, late := s.ticking()
			w := s.runIn(world, f.server(), session)
			w.until("online", online)
			s.eventually("the first sync is done", func() bool {
				_, known := s.Reference().Person(centraltest.Manager)
				return known
			})
			s.open("远程车控失败")
			f.mu.Lock()
			f.busy = busy
			f.mu.Unlock()
			f.change("秋天2026!")
			w.Retry()
			if busy {
				w.until("handing in", func(state State) bool { return state.Online && state.Trouble == syncproto.CodeTooOften })
				if w.Refused() {
					t.Error("who is only to wait is logged out")
				}
				f.mu.Lock()
				f.busy = false
				f.mu.Unlock()
				late.Add(int64(lastWait))
				w.Grew() // as every two seconds
			}
			w.until("refused", func(state State) bool {
				w.Retry()
				return state.Online && state.HandsInOnly && state.Trouble == syncproto.CodeWrongLogin
			})
			if !w.Refused() || s.HasPassword() {
				t.Errorf("logged out %v, and without the server the old password is good: %v", w.Refused(), s.HasPassword())
			}
			s.eventually("what was done is handed in", func() bool {
				status, err := s.Status(ctx)
				return err == nil && status.Unsent == 0
			})
			session, err = LogIn(ctx, s.Replica, f.server(), "秋天2026!", s.reading(), make([]byte, replica.SaltLength))
			must(t, err)
			w.Use(session)
			w.until("online again", online)
			s.eventually("what was done is final", func() bool {
				tally, err := s.Tally(ctx)
				return err == nil && tally.Accepted == 1
			})
			if w.Refused() || !s.CheckPassword("秋天2026!") {
				t.Errorf("with the new one: logged out %v, good here %v", w.Refused(), s.CheckPassword("秋天2026!"))
			}
		})
	}
}

// A server that was restored to a state from before it knew this device refuses every log-in on it. Who works there
// goes on: no password was changed.
func TestWhoWorksOnAForgottenDeviceGoesOn(t *testing.T) {
	s := newSeat(t)
	f := newFront(t, s.central)
	defer f.Close()
	session, err := LogIn(ctx, s.Replica, f.server(), "夏天2026!", s.reading(), make([]byte, replica.SaltLength))
	must(t, err)
	w := s.run(f.server(), session)
	w.until("online", online)
	f.mu.Lock()
	f.central = centraltest.New(t)
	f.mu.Unlock()
	f.change("")
	for range 2 { // the first of them ends with the token that it does not know
		w.until("not known", func(state State) bool { w.Retry(); return state.Trouble == syncproto.CodeUnknownDevice })
	}
	if err := s.logIn(f.server(), "夏天2026!"); !errors.Is(err, &syncproto.Problem{Code: syncproto.CodeWrongLogin}) {
		t.Errorf("the log-in there: %v", err)
	}
	if w.Refused() || !s.CheckPassword("夏天2026!") {
		t.Errorf("logged out %v, and without the server the password is good: %v", w.Refused(), s.CheckPassword("夏天2026!"))
	}
}
