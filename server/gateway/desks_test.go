package gateway_test

import (
	"context"
	"errors"
	"net/http"
	"runtime"
	"slices"
	"testing"
	"time"

	"redress/server/gateway/gatewaytest"
	"redress/syncproto"
	"redress/syncproto/organisation"
	"redress/syncproto/policy"
	"redress/syncproto/ticket"
)

// watch asks as the desk's person and device.
func (s *served) watch(d *gatewaytest.Desk, change func(*syncproto.DesksRequest)) (syncproto.DesksAnswer, error) {
	s.T.Helper()
	q := syncproto.DesksRequest{Device: d.Device, Token: d.Token, At: s.Clock()}
	if change != nil {
		change(&q)
	}
	var answer syncproto.DesksAnswer
	err := d.Ask(s.T.Context(), syncproto.PathDesks, q.Sign(d.Key), &answer)
	return answer, err
}

// seen is what the administrator sees of a device; false where it is not among them.
func (s *served) seen(admin *gatewaytest.Desk, device syncproto.ID) (syncproto.DeskSeen, bool) {
	s.T.Helper()
	answer, err := s.watch(admin, nil)
	if err != nil {
		s.T.Fatal(err)
	}
	at := slices.IndexFunc(answer.Desks, func(d syncproto.DeskSeen) bool { return d.Device == device })
	if at < 0 {
		return syncproto.DeskSeen{}, false
	}
	return answer.Desks[at], true
}

// until waits for the server to notice something of a device: its sessions run by themselves.
func (s *served) until(device syncproto.ID, noticed func(syncproto.DeskSeen) bool) {
	s.T.Helper()
	limit, stop := context.WithTimeout(s.T.Context(), 20*time.Second)
	defer stop()
	for limit.Err() == nil {
		all, _ := s.Attendance.Desks(syncproto.ID{}, syncproto.MaxDesks)
		if slices.ContainsFunc(all, func(d syncproto.DeskSeen) bool { return d.Device == device && noticed(d) }) {
			return
		}
		runtime.Gosched()
	}
	s.T.Fatalf("it was never noticed of %v", device)
}

// A desk connects, announces what it did offline, hands it in, and its line is cut: at
// headquarters it is here, waits, waits no more, and was last heard.
func TestHeadquartersSeesADeskComeAndGo(t *testing.T) {
	s := serve(t)
	admin, seat := s.desk(s.Administrator, "zhou"), s.desk(s.Seat, "wang")
	if _, there := s.seen(admin, seat.Device); there {
		t.Error("a desk that never connected was heard")
	}
	started := s.Clock()
	synced(t, seat)
	id := s.ID()
	tap(t, seat, syncproto.CommandOpen, s.Open(id, s.East, seat.DeviceCode+"-00001"))
	note := ticket.Note{Ticket: id, Text: "客户同意周六到店"}
	tap(t, seat, syncproto.CommandNote, note)
	outbox := seat.Outbox
	seat.Outbox = nil // it has announced them and does not get to sending them
	if err := seat.Dial(t.Context()); err != nil {
		t.Fatal(err)
	}
	play(t, seat, func() bool { return len(seat.Welcomes) == 2 })
	here, _ := s.seen(admin, seat.Device)
	if !here.Connected || here.HandsIn || here.Waiting != 2 || here.Program != "gatewaytest" || here.Version != syncproto.Version || here.Announced < started {
		t.Errorf("it has announced two commands: %+v", here)
	}
	seat.Outbox = outbox
	tap(t, seat, syncproto.CommandNote, note)
	play(t, seat, func() bool { return len(seat.Verdicts) == 3 })
	s.until(seat.Device, func(d syncproto.DeskSeen) bool { return d.Waiting == 0 })
	if caught, _ := s.seen(admin, seat.Device); caught.Waiting != 0 || caught.Announced < here.Announced {
		t.Errorf("both are decided: %+v", caught)
	}
	if err := seat.Hang(); err != nil {
		t.Fatal(err)
	}
	s.until(seat.Device, func(d syncproto.DeskSeen) bool { return !d.Connected })
	gone, _ := s.seen(admin, seat.Device)
	if gone.Connected || gone.Seen < here.Seen || gone.Seen > s.Clock() || gone.Waiting != 0 {
		t.Errorf("its line was cut: %+v", gone)
	}
	seat.Token = ""
	if err := seat.Dial(t.Context()); err != nil {
		t.Fatal(err)
	}
	play(t, seat, func() bool { return seat.Welcomes[len(seat.Welcomes)-1] == syncproto.ActionHandIn })
	if handing, _ := s.seen(admin, seat.Device); !handing.Connected || !handing.HandsIn {
		t.Errorf("nobody is logged in there: %+v", handing)
	}
}

// Whoever does not watch over the offices is told nothing; nor is a token without its device,
// a request that was signed long ago, or a device that is nobody's.
func TestOnlyHeadquartersSeesTheDesks(t *testing.T) {
	s := serve(t)
	service := s.Person("wu", policy.ServiceDesk, s.Headquarters)
	admin, fresh := s.desk(s.Administrator, "zhou"), s.enrolled(s.Administrator, "zhou")
	for _, c := range []struct {
		who    string
		desk   *gatewaytest.Desk
		change func(*syncproto.DesksRequest)
		want   syncproto.Code // "" for an answer
	}{
		{"administration", admin, nil, ""},
		{"the service department", s.desk(service, "wu"), nil, ""},
		{"a seat", s.desk(s.Seat, "wang"), nil, syncproto.CodeNotAllowed},
		{"a manager", s.desk(s.Manager, "li"), nil, syncproto.CodeNotAllowed},
		{"a liaison", s.desk(s.Liaison, "chen"), nil, syncproto.CodeNotAllowed},
		{"nobody logged in", fresh, nil, syncproto.CodeTokenExpired},
		{"another device's token", fresh, func(q *syncproto.DesksRequest) { q.Token = admin.Token }, syncproto.CodeTokenExpired},
		{"a device nobody enrolled", admin, func(q *syncproto.DesksRequest) { q.Device = s.ID() }, syncproto.CodeTokenExpired},
		{"signed three minutes ago", admin, func(q *syncproto.DesksRequest) { q.At = q.At.Add(-3 * syncproto.Minute) }, syncproto.CodeTokenExpired},
		{"signed for later", admin, func(q *syncproto.DesksRequest) { q.At = q.At.Add(3 * syncproto.Minute) }, syncproto.CodeTokenExpired},
	} {
		t.Run(c.who, func(t *testing.T) {
			_, err := s.watch(c.desk, c.change)
			var refused *gatewaytest.Refused
			if errors.As(err, &refused); c.want == "" && err != nil || c.want != "" && (refused == nil || refused.Code != c.want || refused.Status != http.StatusForbidden) {
				t.Errorf("got %v, want %q", err, c.want)
			}
		})
	}
	left := s.desk(service, "wu")
	s.Redefine(service, organisation.Person{Name: "wu", Login: "wu", Roles: []policy.Role{policy.ServiceDesk}, Left: s.Clock()})
	if _, err := s.watch(left, nil); err == nil {
		t.Error("who works here no more is answered")
	}
}

// A stranger's signature opens nothing, though the token is right.
func TestATokenAloneOpensNothing(t *testing.T) {
	s := serve(t)
	admin := s.desk(s.Administrator, "zhou")
	thief := *admin
	thief.Key = s.Stranger("zhou").Key
	var refused *gatewaytest.Refused
	if _, err := s.watch(&thief, nil); !errors.As(err, &refused) || refused.Code != syncproto.CodeTokenExpired {
		t.Errorf("got %v, want %s", err, syncproto.CodeTokenExpired)
	}
}

// Who asks for ever is slowed down, and nobody's log-in with it.
func TestAskingAboutDesksIsSlowedDownByItself(t *testing.T) {
	s := serve(t)
	admin := s.desk(s.Administrator, "zhou")
	var err error
	for n := 0; err == nil && n < 1000; n++ {
		_, err = s.watch(admin, nil)
	}
	var refused *gatewaytest.Refused
	if !errors.As(err, &refused) || refused.Code != syncproto.CodeTooOften || refused.RetryAfter <= 0 {
		t.Errorf("after many: %v", err)
	}
	if err := admin.LogIn(t.Context()); err != nil {
		t.Errorf("logging in: %v", err)
	}
}
