package syncclient

import (
	"testing"

	"redress/syncproto"
)

// TestADeskTooOldKeepsItsOutbox (design §8): told to upgrade, it has what waited, its program's successor hands
// it in, and meanwhile whoever works there is told why there is no line.
func TestADeskTooOldKeepsItsOutbox(t *testing.T) {
	s := newSeat(t)
	s.talk(s.conversation("good"), s.central.Answer("good"), 1000)
	s.open("一")
	before, err := s.Tally(ctx)
	must(t, err)
	own, head := s.Desk(), s.central.Head()

	c, at := s.conversation("good"), s.central.Answer("good")
	turn := c.Open(ctx, s.reading())
	frame, err := syncproto.DecodeFrame(turn.Send[0])
	must(t, err)
	hello := frame.(*syncproto.Hello)
	hello.Newest, hello.Oldest = syncproto.Oldest-1, syncproto.Oldest-1
	old, err := syncproto.EncodeFrame(hello)
	must(t, err)
	answers := at.Hear(old)
	if len(answers) != 1 || at.Ended == nil || at.Ended.Code != syncproto.CodeUpgrade {
		t.Fatalf("the server says %d messages and ends with %+v", len(answers), at.Ended)
	}
	turn = c.Hear(ctx, s.reading(), answers[0])
	if turn.Err != nil || turn.End == nil || turn.End.Code != syncproto.CodeUpgrade { // present says it in words
		t.Errorf("the desk: %+v", turn)
	}
	must(t, c.Drop(ctx, s.reading()))
	after, err := s.Tally(ctx)
	must(t, err)
	if after != before || after.Pending != 1 || s.Desk().Counter != own.Counter || s.central.Head() != head {
		t.Errorf("of its outbox it has %+v, and had %+v; the log went from %d to %d", after, before, head, s.central.Head())
	}

	s.talk(s.conversation("good"), s.central.Answer("good"), 1000)
	if tally, err := s.Tally(ctx); err != nil || tally.Accepted != 1 || !tally.Balanced() {
		t.Errorf("upgraded: %+v, %v", tally, err)
	}
}
