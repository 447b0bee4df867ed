package gateway_test

import (
	"errors"
	"maps"
	"slices"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/rs/zerolog"

	"redress/server/gateway"
	"redress/server/gateway/gatewaytest"
	"redress/server/ledger"
	"redress/server/ledger/ledgertest"
	"redress/syncproto"
	"redress/syncproto/organisation"
	"redress/syncproto/policy"
	"redress/syncproto/ticket"
)

// served is a world behind a real port, with its ledger's loop running.
type served struct {
	*ledgertest.World
	*gatewaytest.Served
	log *strings.Builder
}

func wallClock() syncproto.Instant { return syncproto.InstantOf(time.Now()) }

func serve(t *testing.T) *served {
	t.Helper()
	return serveWorld(t, ledgertest.New(t))
}

func serveWorld(t *testing.T, w *ledgertest.World) *served {
	t.Helper()
	return serveBy(t, w, wallClock)
}

// serveBy serves a world by a clock, which has to move by itself.
func serveBy(t *testing.T, w *ledgertest.World, clock func() syncproto.Instant) *served {
	t.Helper()
	return serveWithin(t, w, clock, gateway.DefaultLimits())
}

// serveWithin serves by another clock, and with other limits on who may come in.
func serveWithin(t *testing.T, w *ledgertest.World, clock func() syncproto.Instant, limits gateway.Limits) *served {
	t.Helper()
	s := &served{World: w, log: &strings.Builder{}}
	s.Served = gatewaytest.ServeWithin(w.Store, w.Ledger, w.ID, clock, zerolog.New(zerolog.SyncWriter(s.log)), limits)
	t.Cleanup(func() {
		if err := s.Close(); err != nil {
			t.Error(err)
		}
	})
	return s
}

// desk enrols and logs in.
func (s *served) desk(person syncproto.ID, login string) *gatewaytest.Desk {
	s.T.Helper()
	d := s.enrolled(person, login)
	if err := d.LogIn(s.T.Context()); err != nil {
		s.T.Fatal(err)
	}
	return d
}

const password = gatewaytest.Password

func (s *served) enrolled(person syncproto.ID, login string) *gatewaytest.Desk {
	s.T.Helper()
	d, err := s.Enrolled(s.T.Context(), person, login)
	if err != nil {
		s.T.Fatal(err)
	}
	return d
}

// online dials and plays until the desk is current.
func online(t *testing.T, d *gatewaytest.Desk) {
	t.Helper()
	if err := d.Dial(t.Context()); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = d.Hang() }) // it may be over already
	play(t, d, func() bool { return d.Current })
}

// synced has the desk read once and go offline: it knows who is who.
func synced(t *testing.T, d *gatewaytest.Desk) {
	t.Helper()
	online(t, d)
	if err := d.Hang(); err != nil {
		t.Fatal(err)
	}
}

func play(t *testing.T, d *gatewaytest.Desk, done func() bool) {
	t.Helper()
	if err := d.Play(done); err != nil {
		t.Fatal(err)
	}
}

// ends plays until the session ends and says why.
func ends(t *testing.T, d *gatewaytest.Desk) syncproto.Code {
	t.Helper()
	var ended *gatewaytest.Ended
	if err := d.Play(func() bool { return false }); !errors.As(err, &ended) {
		t.Fatalf("got %v, want the server's word on why it ends", err)
	}
	return ended.Code
}

func tap(t *testing.T, d *gatewaytest.Desk, kind syncproto.CommandKind, command any, shares ...syncproto.Share) syncproto.ID {
	t.Helper()
	id, err := d.Tap(kind, command, shares...)
	if err != nil {
		t.Fatal(err)
	}
	return id
}

// asOpened is the version of a ticket that was only opened: the opening, and the clocks of
// its resolution and of both rungs of its ageing.
const asOpened = 4

func TestADeskEnrolsLogsInHandsInAndReads(t *testing.T) {
	s := serve(t)
	seat, manager := s.desk(s.Seat, "wang"), s.desk(s.Manager, "li")
	if len(seat.DeviceCode) != 4 || seat.DeviceCode == manager.DeviceCode {
		t.Errorf("device codes %q and %q", seat.DeviceCode, manager.DeviceCode)
	}
	id := s.ID()
	synced(t, seat)
	opening := tap(t, seat, syncproto.CommandOpen, s.Open(id, s.East, "K7MQ-00001")) // offline
	online(t, seat)
	online(t, manager)
	play(t, seat, func() bool {
		return seat.Verdicts[opening].Outcome == syncproto.Accepted && seat.Documents[ticket.Ref(id)].Version > 0
	})
	play(t, manager, func() bool { return manager.Documents[ticket.Ref(id)].Version == asOpened })
	noted := tap(t, manager, syncproto.CommandNote, ticket.Note{Ticket: id, Text: "已联系服务站"})
	play(t, manager, func() bool { return manager.Verdicts[noted].Outcome == syncproto.Accepted })
	play(t, seat, func() bool { return seat.Documents[ticket.Ref(id)].Version == asOpened+1 })
	s.Verify()
}

func TestWhoIsNotLoggedInHandsInAndGetsNothing(t *testing.T) {
	s := serve(t)
	seat := s.desk(s.Seat, "wang")
	synced(t, seat)
	seat.Token, seat.Documents, seat.Welcomes = "no token of this server", map[syncproto.Ref]gatewaytest.Kept{}, nil
	opening := tap(t, seat, syncproto.CommandOpen, s.Open(s.ID(), s.East, "K7MQ-00001"))
	if err := seat.Dial(t.Context()); err != nil {
		t.Fatal(err)
	}
	play(t, seat, func() bool { return seat.Verdicts[opening].Outcome == syncproto.Accepted })
	if seat.Welcomes[0] != syncproto.ActionHandIn || len(seat.Documents) > 0 {
		t.Errorf("welcome %v, %d documents", seat.Welcomes, len(seat.Documents))
	}
	if err := seat.Hang(); err != nil {
		t.Fatal(err)
	}
}

func TestANewerSessionEndsTheOlder(t *testing.T) {
	s := serve(t)
	seat := s.desk(s.Seat, "wang")
	online(t, seat)
	newer := *seat
	online(t, &newer)
	if code := ends(t, seat); code != syncproto.CodeReplaced {
		t.Errorf("the older ended with %q, want %q", code, syncproto.CodeReplaced)
	}
}

func TestACopiedDiskGetsANewLine(t *testing.T) {
	s := serve(t)
	seat := s.desk(s.Seat, "wang")
	id := s.ID()
	online(t, seat)
	first := tap(t, seat, syncproto.CommandOpen, s.Open(id, s.East, "K7MQ-00001"))
	copied := *seat
	copied.Outbox, copied.Links = nil, []syncproto.Link{{}}
	copied.Verdicts, copied.Documents = map[syncproto.ID]syncproto.Verdict{}, maps.Clone(seat.Documents)
	play(t, seat, func() bool { return seat.Verdicts[first].Outcome != 0 })
	mine := tap(t, &copied, syncproto.CommandNote, ticket.Note{Ticket: id, Text: "副本"})
	online(t, &copied)
	device, _ := s.Ledger.Reference().Device(seat.Device)
	if copied.Incarnation == seat.Incarnation || copied.Welcomes[len(copied.Welcomes)-2] != syncproto.ActionRekey || device.Forked == 0 {
		t.Fatalf("the copy goes on as %v, found at %v; welcomes %v", copied.Incarnation, device.Forked, copied.Welcomes)
	}
	play(t, &copied, func() bool { return copied.Verdicts[mine].Outcome == syncproto.Accepted })
	s.Verify()
}

// Two copies of one disk, both online: the one whose history differs gets an incarnation of its
// own, once, and from then on both go on beside each other. That there are two is on record from
// the first time on (invariant 13).
func TestTwoCopiesOfADeviceGoOnBesideEachOther(t *testing.T) {
	s := serve(t)
	seat := s.desk(s.Seat, "wang")
	id := s.ID()
	online(t, seat)
	first := tap(t, seat, syncproto.CommandOpen, s.Open(id, s.East, "K7MQ-00001"))
	play(t, seat, func() bool { return seat.Verdicts[first].Outcome != 0 })
	copied := *seat
	copied.Outbox, copied.Links = slices.Clone(seat.Outbox), slices.Clone(seat.Links)
	copied.Verdicts, copied.Documents = map[syncproto.ID]syncproto.Verdict{}, maps.Clone(seat.Documents)
	says := func(d *gatewaytest.Desk, text string) {
		t.Helper()
		given := tap(t, d, syncproto.CommandNote, ticket.Note{Ticket: id, Text: text})
		play(t, d, func() bool { return d.Verdicts[given].Outcome == syncproto.Accepted })
	}
	says(seat, "原机")
	tap(t, &copied, syncproto.CommandNote, ticket.Note{Ticket: id, Text: "副本"})
	online(t, &copied)
	device, _ := s.Ledger.Reference().Device(seat.Device)
	found := device.Forked
	if copied.Incarnation == seat.Incarnation || found == 0 {
		t.Fatalf("incarnation %v, found at %v", copied.Incarnation, found)
	}
	for range 3 {
		says(seat, "原机")
		says(&copied, "副本")
		for _, d := range []*gatewaytest.Desk{seat, &copied} {
			own := d.Incarnation
			if online(t, d); d.Incarnation != own {
				t.Fatalf("%v became %v as it came back", own, d.Incarnation)
			}
		}
	}
	if device, _ = s.Ledger.Reference().Device(seat.Device); device.Forked != found || len(device.Former) != 1 {
		t.Errorf("%+v", device)
	}
	s.Verify()
}

func TestAPersonWhoMovesIsReadAnew(t *testing.T) {
	s := serve(t)
	seat, manager := s.desk(s.Seat, "wang"), s.desk(s.Manager, "li")
	eastern, western := s.ID(), s.ID()
	online(t, seat)
	tap(t, seat, syncproto.CommandOpen, s.Open(eastern, s.East, "K7MQ-00001"))
	tap(t, seat, syncproto.CommandOpen, s.Open(western, s.West, "K7MQ-00002"))
	online(t, manager)
	play(t, seat, func() bool { return len(seat.Verdicts) == 2 })
	play(t, manager, func() bool { return manager.Documents[ticket.Ref(eastern)].Version == asOpened })
	s.Redefine(s.Manager, organisation.Person{Name: "李强", Login: "li", Roles: []policy.Role{policy.Manager}, Units: []syncproto.ID{s.West}})
	if code := ends(t, manager); code != syncproto.CodeScopeChanged {
		t.Errorf("ended with %q, want %q", code, syncproto.CodeScopeChanged)
	}
	online(t, manager)
	if _, there := manager.Documents[ticket.Ref(eastern)]; there || manager.Documents[ticket.Ref(western)].Version != asOpened {
		t.Errorf("after the move: the eastern ticket %v, the western %v", there, manager.Documents[ticket.Ref(western)].Version)
	}
}

// TestABadMessageEndsTheSessionWithItsCode and is in the log; others go on.
func TestABadMessageEndsTheSessionWithItsCode(t *testing.T) {
	frame := func(f syncproto.Frame) []byte {
		data, err := syncproto.EncodeFrame(f)
		if err != nil {
			t.Fatal(err)
		}
		return data
	}
	for name, test := range map[string]struct {
		message []byte
		code    syncproto.Code
	}{
		"no CBOR":                       {[]byte("GET / HTTP/1.1"), syncproto.CodeMalformed},
		"nothing":                       {nil, syncproto.CodeMalformed},
		"a kind of frame nobody knows":  {[]byte{0x82, 0x18, 0x63, 0xa0}, syncproto.CodeUnknownKind},
		"a second hello":                {frame(&syncproto.Hello{Newest: 1, Oldest: 1}), syncproto.CodeOutOfOrder},
		"a frame only the server sends": {frame(&syncproto.Welcome{}), syncproto.CodeOutOfOrder},
		"a command out of its line":     {frame(&syncproto.Commands{Commands: []syncproto.Envelope{{Counter: 99}}}), syncproto.CodeOutOfOrder},
		"too many commands at once":     {frame(&syncproto.Commands{Commands: make([]syncproto.Envelope, syncproto.MaxInFlight+1)}), syncproto.CodeOverloaded},
	} {
		t.Run(name, func(t *testing.T) {
			s := serve(t)
			bad, good := s.desk(s.Seat, "wang"), s.desk(s.Manager, "li")
			online(t, bad)
			online(t, good)
			if err := bad.SendRaw(test.message); err != nil {
				t.Fatal(err)
			}
			if code := ends(t, bad); code != test.code {
				t.Errorf("ended with %q, want %q", code, test.code)
			}
			opening := tap(t, good, syncproto.CommandOpen, s.Open(s.ID(), s.East, "P3RT-00001"))
			play(t, good, func() bool { return good.Verdicts[opening].Outcome == syncproto.Accepted })
			online(t, bad)
		})
	}
}

func TestAMessageOverTheLimitEndsTheLine(t *testing.T) {
	s := serve(t)
	seat := s.desk(s.Seat, "wang")
	online(t, seat)
	if err := seat.SendRaw(make([]byte, syncproto.MaxMessage+1)); err != nil {
		t.Fatal(err)
	}
	if err := seat.Play(func() bool { return false }); err == nil {
		t.Error("the session goes on")
	}
}

func TestGoingDownTellsEveryDeskWhenToComeBack(t *testing.T) {
	s := serve(t)
	desks := []*gatewaytest.Desk{s.desk(s.Seat, "wang"), s.desk(s.Manager, "li"), s.desk(s.Liaison, "chen")}
	for _, d := range desks {
		online(t, d)
	}
	s.Hub.Close(syncproto.CodeShutdown, 30*syncproto.Second)
	seen := map[syncproto.Span]bool{}
	for _, d := range desks {
		var ended *gatewaytest.Ended
		if err := d.Play(func() bool { return false }); !errors.As(err, &ended) || ended.Code != syncproto.CodeShutdown {
			t.Fatalf("got %v", err)
		}
		seen[ended.RetryAfter] = true
	}
	if len(seen) != len(desks) {
		t.Errorf("they come back after %v: at the same time", seen)
	}
	if err := desks[0].Dial(t.Context()); err == nil {
		t.Error("a server that goes down takes a new session")
	}
}

func TestUnitsWithABacklogAreKnownWhileItLasts(t *testing.T) {
	s := serve(t)
	caught := make(chan struct{}, 1)
	s.Hub.OnCaught = func() {
		select {
		case caught <- struct{}{}:
		default:
		}
	}
	var during atomic.Bool
	s.Ledger.OnAdvance(func(ledger.Advance) {
		if s.Hub.AnyPending() && s.Hub.Pending(s.CallCentre) {
			during.Store(true)
		}
	})
	seat := s.desk(s.Seat, "wang")
	synced(t, seat)
	for range 10 {
		tap(t, seat, syncproto.CommandOpen, s.Open(s.ID(), s.East, "K7MQ-00001"))
	}
	online(t, seat)
	play(t, seat, func() bool { return len(seat.Verdicts) == 10 })
	<-caught
	if !during.Load() {
		t.Error("nothing was said to be under way while it was")
	}
	if s.Hub.Pending(s.CallCentre) || s.Hub.AnyPending() {
		t.Error("the call centre still has commands under way")
	}
	conversation := s.Hub.Answer(s.Clock())
	defer conversation.Drop()
	if s.Hub.Sessions() != 2 {
		t.Errorf("%d sessions, want 2", s.Hub.Sessions())
	}
}
