package syncclient

import (
	"context"
	"crypto/ed25519"
	"errors"
	"fmt"
	"testing"

	"redress/desktop/centraltest"
	"redress/desktop/replica"
	"redress/syncproto"
	"redress/syncproto/authority"
	"redress/syncproto/customer"
	"redress/syncproto/rules"
	"redress/syncproto/session"
	"redress/syncproto/ticket"
)

var ctx = context.Background()

// seat is a seat's replica at a small server, never connected.
type seat struct {
	*replica.Replica
	t       *testing.T
	central *centraltest.Central
}

func deviceKey() ed25519.PrivateKey { return keyOf("the seat's device") }

func keyOf(device string) ed25519.PrivateKey {
	seed := syncproto.HashOf([]byte(device))
	return ed25519.NewKeyFromSeed(seed[:])
}

var (
	seatDevice      = syncproto.Derive("the seat's device")
	seatIncarnation = syncproto.Derive("the seat's first incarnation")
)

func newSeat(t *testing.T) seat {
	t.Helper()
	return newSeatIn(t, t.TempDir())
}

func newSeatIn(t *testing.T, dir string) seat {
	t.Helper()
	return newDeskIn(t, dir, "seat", centraltest.Seat)
}

func newDeskIn(t *testing.T, dir, login string, person syncproto.ID) seat {
	t.Helper()
	central := centraltest.New(t)
	folder, err := replica.OpenFolder(dir)
	must(t, err)
	key, err := folder.DeviceKey(login, deviceKey())
	must(t, err)
	public := key.Public().(ed25519.PublicKey)
	central.Enrol(seatDevice, person, "K7MQ", public, seatIncarnation)
	r, err := folder.Create(ctx, replica.Enrolment{Server: "http://localhost", Login: login, Person: person, Device: seatDevice,
		DeviceCode: "K7MQ", Incarnation: seatIncarnation, LogID: central.LogID, Epoch: central.Epoch,
		ServerKey: central.Key.Public().(ed25519.PublicKey), Time: central.Now}, nil)
	must(t, err)
	t.Cleanup(func() { must(t, errors.Join(r.Close(), folder.Close())) })
	return seat{r, t, central}
}

func must(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

func (s seat) reading() syncproto.Reading {
	return syncproto.Reading{Wall: s.central.Now, Boot: syncproto.Derive("boot"), Ticks: s.central.Now.Sub(centraltest.Start) + syncproto.Hour}
}

func (s seat) open(subject string) syncproto.ID {
	s.t.Helper()
	number, err := s.ReserveNumber(ctx)
	must(s.t, err)
	id := s.central.NewID()
	_, err = s.Tap(ctx, replica.Wish{Kind: syncproto.CommandOpen, Command: ticket.Open{ID: id, Number: number, Channel: "400热线", Type: "投诉", Subject: subject,
		Region: centraltest.East, CallCentre: centraltest.CallCentre, Customer: customer.Caller{ID: s.central.NewID(), Name: "陈静", Phones: []string{"13800000000"}}}},
		replica.Moment{ID: s.central.NewID(), Reading: s.reading()})
	must(s.t, err)
	return id
}

// talk is a conversation with a server, in one goroutine. After cut messages the line is
// gone, in the middle of whatever was under way.
func (s seat) talk(c *Conversation, at *centraltest.Session, cut int) {
	s.t.Helper()
	var toServer, toDesk [][]byte
	take := func(turn Turn) {
		if turn.Err != nil {
			s.t.Fatal(turn.Err)
		}
		toServer = append(toServer, turn.Send...)
	}
	take(c.Open(ctx, s.reading()))
	for range cut {
		s.central.Now += 1000
		switch {
		case len(toServer) > 0:
			toDesk = append(toDesk, at.Hear(toServer[0])...)
			toServer = toServer[1:]
		case len(toDesk) > 0:
			take(c.Hear(ctx, s.reading(), toDesk[0]))
			toDesk = toDesk[1:]
		default:
			toDesk = append(toDesk, at.Pass()...)
			take(c.Pass(ctx, s.reading()))
			if len(toServer)+len(toDesk) == 0 {
				return
			}
		}
	}
	must(s.t, c.Drop(ctx, s.reading()))
}

func (s seat) conversation(token string) *Conversation {
	return NewConversation(s.Replica, token, "test", s.central.NewID)
}

func TestALineCutAnywhereLosesNothing(t *testing.T) {
	for cut := range 25 {
		t.Run(fmt.Sprintf("after %d messages", cut), func(t *testing.T) {
			s := newSeat(t)
			s.talk(s.conversation("good"), s.central.Answer("good"), 1000)
			for n := range 3 {
				s.open(fmt.Sprintf("工单 %d", n))
			}
			s.talk(s.conversation("good"), s.central.Answer("good"), cut)
			s.open("断线之后")
			s.talk(s.conversation("good"), s.central.Answer("good"), 1000)
			tally, err := s.Tally(ctx)
			must(t, err)
			if !tally.Balanced() || tally.Accepted != 4 {
				t.Errorf("%+v", tally)
			}
			status, err := s.Status(ctx)
			must(t, err)
			if !status.Current || status.OfflineSince != 0 || status.Cursor != s.central.Head() || status.Waiting != 0 {
				t.Errorf("%+v, the log ends at %d", status, s.central.Head())
			}
		})
	}
}

// A server that has another history of the incarnation gives a new one; every command goes
// under it, in order, and counts once.
func TestARekeyHandsInWhatWaits(t *testing.T) {
	s := newSeat(t)
	s.talk(s.conversation("good"), s.central.Answer("good"), 1000)
	s.open("一")
	s.talk(s.conversation("good"), s.central.Answer("good"), 1000)
	s.open("二")
	s.open("三")
	s.central.Overtake(seatIncarnation)
	s.talk(s.conversation("good"), s.central.Answer("good"), 1000)
	tally, err := s.Tally(ctx)
	must(t, err)
	if !tally.Balanced() || tally.Accepted != 3 {
		t.Errorf("%+v", tally)
	}
	if own := s.Desk().Incarnation; own == seatIncarnation || s.central.Line(own).Counter != 2 {
		t.Errorf("incarnation %v has %d commands", own, s.central.Line(own).Counter)
	}
}

// The program was killed after it took in what the server asks back and before it gave it back
// (design §5, Return; invariant 21).
func TestWhatWasAskedBeforeAKillIsGivenBack(t *testing.T) {
	s := newDeskIn(t, t.TempDir(), "manager", centraltest.Manager)
	s.talk(s.conversation("good"), s.central.Answer("good"), 1000)
	tablet := rules.Connected{Device: syncproto.Derive("tablet"), Incarnation: syncproto.Derive("the tablet's incarnation")}
	s.central.Enrol(tablet.Device, centraltest.Manager, "Q3YB", keyOf("tablet").Public().(ed25519.PublicKey), tablet.Incarnation)
	s.central.Grants(centraltest.Manager, tablet.Device, tablet.Incarnation, tablet, rules.Connected{Device: seatDevice, Incarnation: seatIncarnation})
	must(t, s.Apply(ctx, s.central.Delta(seatDevice, s.central.Buckets(centraltest.Manager), nil, s.Desk().Cursor)))
	given := func() syncproto.Fen {
		grants, err := s.GrantsLeft(ctx)
		must(t, err)
		return grants[0].Given // of the first: what comes back while the tablet is away is issued anew
	}
	if given() != 0 {
		t.Fatalf("before the session %v was given back", given())
	}
	s.talk(s.conversation("good"), s.central.Answer("good"), 1000)
	account, _ := s.central.Doc(authority.Ref(centraltest.Manager, syncproto.MonthOf(s.central.Now))).Body.(authority.Body)
	if given() != 3000_00 || account.Grants[0].Returned != 3000_00 {
		t.Errorf("given back here %v, at the server %v", given(), account.Grants[0].Returned)
	}
}

func TestWithoutATokenWorkIsHandedInAndNothingRead(t *testing.T) {
	s := newSeat(t)
	s.talk(s.conversation("good"), s.central.Answer("good"), 1000)
	s.open("一")
	c := s.conversation("")
	s.central.Operate(syncproto.CommandDefineUnit, unitWest())
	s.talk(c, s.central.Answer("good"), 1000)
	tally, err := s.Tally(ctx)
	must(t, err)
	if !c.HandsInOnly() || tally.Accepted != 1 {
		t.Errorf("hand-in %v, %+v", c.HandsInOnly(), tally)
	}
	if status, err := s.Status(ctx); err != nil || status.Current || status.Cursor == s.central.Head() {
		t.Errorf("something was read: %+v %v", status, err)
	}
}

// A server that was restored has forgotten that the device was revoked, and would send it all anew: a
// replica that has erased itself keeps nothing any more, and asks for nothing.
func TestWhatHasErasedItselfReadsNothing(t *testing.T) {
	s := newSeat(t)
	s.talk(s.conversation("good"), s.central.Answer("good"), 1000)
	s.open("一")
	s.talk(s.conversation("good"), s.central.Answer("good"), 1000)
	if last, err := s.Erase(ctx, s.Desk().Counter); err != nil || last != s.Desk().Counter || !s.Erased() {
		t.Fatalf("%d, %v", last, err)
	}
	s.talk(s.conversation("good"), s.central.Answer("good"), 1000)
	rows, err := s.List(ctx, syncproto.KindTicket, true, replica.Key{}, 10)
	if own := s.Desk(); err != nil || len(rows) > 0 || len(own.Held)+len(own.Filling) > 0 || own.Cursor != 0 {
		t.Errorf("%d tickets are listed, and it holds %v and %v: %v", len(rows), own.Held, own.Filling, err)
	}
}

func TestABadFrameEndsTheSessionWithItsCode(t *testing.T) {
	s := newSeat(t)
	c := s.conversation("good")
	c.Open(ctx, s.reading())
	turn := c.Hear(ctx, s.reading(), []byte("not a frame"))
	if turn.End == nil || turn.End.Code != syncproto.CodeMalformed || turn.Err == nil || len(turn.Send) != 1 {
		t.Errorf("%+v", turn)
	}
	frame, err := syncproto.DecodeFrame(turn.Send[0])
	must(t, err)
	if goaway, ok := frame.(*syncproto.Goaway); !ok || goaway.Code != syncproto.CodeMalformed {
		t.Errorf("the server is told %+v", frame)
	}
}

func TestAnotherInstallationsServerIsToldApart(t *testing.T) {
	s := newSeat(t)
	other := centraltest.New(t)
	other.LogID = syncproto.Derive("another log")
	other.Enrol(seatDevice, centraltest.Seat, "K7MQ", deviceKey().Public().(ed25519.PublicKey), seatIncarnation)
	c, at := s.conversation("good"), other.Answer("good")
	turn := c.Open(ctx, s.reading())
	answers := at.Hear(turn.Send[0])
	turn = c.Hear(ctx, s.reading(), answers[0])
	if turn.End == nil || turn.End.Code != syncproto.CodeWrongLog {
		t.Errorf("%+v", turn)
	}
}

// A command that is to be sent and cannot be read any more ends the session: what stands behind it would
// not be sent as long as the line holds, and the next Hello says that it does not go on.
func TestALineWithAGapEndsTheSession(t *testing.T) {
	s := newSeat(t)
	s.talk(s.conversation("good"), s.central.Answer("good"), 1000)
	s.open("一")
	if _, err := s.conversation("").carryOut(ctx, s.reading(), session.Load{After: 0, Limit: 10}, &Turn{}); err != nil {
		t.Errorf("a line that is whole: %v", err)
	}
	_, err := s.conversation("").carryOut(ctx, s.reading(), session.Load{After: 1, Limit: 10}, &Turn{})
	if !errors.Is(err, &syncproto.Problem{Code: syncproto.CodeInternal}) {
		t.Errorf("nothing is there to be sent: %v", err)
	}
}
