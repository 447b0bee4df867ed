package syncclient

import (
	"crypto/ed25519"
	"errors"
	"slices"
	"testing"

	"redress/desktop/centraltest"
	"redress/syncproto"
)

// strangersKey is that of somebody who pretends to be the server.
func strangersKey() ed25519.PrivateKey {
	seed := syncproto.HashOf([]byte("not the server"))
	return ed25519.NewKeyFromSeed(seed[:])
}

// standing is what the person sees and what counts: it is compared before and after.
func (s seat) standing() (waiting, accepted uint64, cursor uint64) {
	s.t.Helper()
	tally, err := s.Tally(ctx)
	must(s.t, err)
	status, err := s.Status(ctx)
	must(s.t, err)
	if !tally.Balanced() {
		s.t.Errorf("the books do not balance: %+v", tally)
	}
	return uint64(status.Waiting), tally.Accepted, status.Cursor
}

// Somebody stands at the server's address with the log's id (every desk knows it) and a key of
// their own, behind a certificate the desk trusts. What the desk hands in there is acknowledged
// by nobody: no verdict of theirs is believed, the work waits on, and the true server takes it.
func TestAServerWithAnotherKey(t *testing.T) {
	s := newSeat(t)
	s.talk(s.conversation("good"), s.central.Answer("good"), 1000)
	s.open("给真服务器的工单")
	waiting, accepted, cursor := s.standing()
	pretender := centraltest.New(t)
	pretender.LogID, pretender.Key, pretender.Now = s.central.LogID, strangersKey(), s.central.Now
	pretender.Enrol(seatDevice, centraltest.Seat, "K7MQ", deviceKey().Public().(ed25519.PublicKey), seatIncarnation)
	c, at := s.conversation("good"), pretender.Answer("good")
	turn := c.Open(ctx, s.reading())
	said := map[syncproto.Code]bool{}
	for range 50 {
		if turn.Err != nil || turn.End != nil {
			break
		}
		var answers [][]byte
		for _, m := range turn.Send {
			answers = append(answers, at.Hear(m)...)
		}
		answers = append(answers, at.Pass()...)
		turn = Turn{}
		for _, m := range answers {
			if next := c.Hear(ctx, s.reading(), m); turn.Err == nil && turn.End == nil {
				turn.Send, turn.End, turn.Err = append(turn.Send, next.Send...), next.End, next.Err
			}
		}
		if next := c.Pass(ctx, s.reading()); turn.End == nil && turn.Err == nil {
			turn.Send, turn.End, turn.Err = append(turn.Send, next.Send...), next.End, next.Err
		}
	}
	if turn.End != nil {
		said[turn.End.Code] = true
	}
	if !said[syncproto.CodeUnsigned] || !errors.Is(turn.Err, &syncproto.Problem{Code: syncproto.CodeUnsigned}) {
		t.Errorf("the session with it ended by %+v, %v", turn.End, turn.Err)
	}
	must(t, c.Drop(ctx, s.reading()))
	if w, a, n := s.standing(); w != waiting || a != accepted || n != cursor {
		t.Errorf("after it %d wait, %d are accepted, at %d; before it %d, %d, at %d", w, a, n, waiting, accepted, cursor)
	}
	s.talk(s.conversation("good"), s.central.Answer("good"), 1000)
	if w, a, _ := s.standing(); w != 0 || a != accepted+waiting {
		t.Errorf("at the true server %d wait and %d are accepted", w, a)
	}
}

// Somebody on the line has kept every message of former sessions and plays them to the desk
// again, in their order or any one of them at once: nothing it does since is taken for
// decided, nothing it has goes back to what it was, and the true server finds it as it was.
func TestOldMessagesOfTheServer(t *testing.T) {
	s := newSeat(t)
	s.talk(s.conversation("good"), s.central.Answer("good"), 1000)
	var old [][]byte
	for n, subject := range []string{"一", "二"} {
		s.open(subject)
		c, at := s.conversation("good"), s.central.Answer("good")
		turn := c.Open(ctx, s.reading())
		for range 40 {
			var answers [][]byte
			for _, m := range turn.Send {
				answers = append(answers, at.Hear(m)...)
			}
			answers = append(answers, at.Pass()...)
			turn = Turn{}
			for _, m := range answers {
				old = append(old, m)
				turn.Send = append(turn.Send, c.Hear(ctx, s.reading(), m).Send...)
			}
			turn.Send = append(turn.Send, c.Pass(ctx, s.reading()).Send...)
			s.central.Now += 1000
		}
		must(t, c.Drop(ctx, s.reading()))
		if w, a, _ := s.standing(); w != 0 || int(a) != n+1 {
			t.Fatalf("%d wait, %d are accepted", w, a)
		}
	}
	s.open("三")
	s.open("四")
	waiting, accepted, cursor := s.standing()
	play := func(messages [][]byte) {
		t.Helper()
		c := s.conversation("good")
		c.Open(ctx, s.reading())
		for _, m := range messages {
			if turn := c.Hear(ctx, s.reading(), m); turn.End != nil || turn.Err != nil {
				break
			}
		}
		must(t, c.Drop(ctx, s.reading()))
		if w, a, n := s.standing(); w != waiting || a != accepted || n != cursor {
			t.Errorf("after %d old messages %d wait, %d are accepted, at %d; before %d, %d, at %d", len(messages), w, a, n, waiting, accepted, cursor)
		}
	}
	opening := slices.IndexFunc(old, func(m []byte) bool {
		f, err := syncproto.DecodeFrame(m)
		_, is := f.(*syncproto.Welcome)
		return err == nil && is
	})
	play(old)
	for n := range old {
		play(slices.Concat(old[:opening+1], old[n:n+1])) // an opening of then, and one message
	}
	s.talk(s.conversation("good"), s.central.Answer("good"), 1000)
	if w, a, n := s.standing(); w != 0 || a != accepted+waiting || n != s.central.Head() {
		t.Errorf("at the true server %d wait, %d are accepted, at %d of %d", w, a, n, s.central.Head())
	}
}
