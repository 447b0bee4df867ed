package gatewaytest

import (
	"context"
	"crypto/ed25519"
	"errors"
	"net"
	"net/http"
	"sync"

	"github.com/rs/zerolog"

	"redress/server/access"
	"redress/server/attendance"
	"redress/server/gateway"
	"redress/server/ledger"
	"redress/server/store"
	"redress/syncproto"
)

// Password is that of every desk's person.
const Password = "打开-天窗-2026"

// Served is a ledger behind a real port, with its loop running.
type Served struct {
	Hub        *gateway.Hub
	Access     *access.Access
	Attendance *attendance.Attendance // of no store: it begins empty
	URL        string
	Handler    http.Handler // what answers there, for a test that brings lines of its own
	NewID      func() syncproto.ID
	Clock      func() syncproto.Instant // it has to move by itself: sockets wait by it
	admitted   sync.Map                 // persons whose password is set
	end        func() error
}

// Serve puts a ledger behind a port of this machine, until Close.
func Serve(s *store.Store, l *ledger.Ledger, newID func() syncproto.ID, clock func() syncproto.Instant, log zerolog.Logger) *Served {
	return ServeWithin(s, l, newID, clock, log, gateway.DefaultLimits())
}

// ServeWithin is Serve with other limits on who may come in.
func ServeWithin(s *store.Store, l *ledger.Ledger, newID func() syncproto.ID, clock func() syncproto.Instant, log zerolog.Logger, limits gateway.Limits) *Served {
	served := &Served{NewID: newID, Clock: clock}
	fill := func(data []byte) {
		id := newID()
		for i := range data {
			data[i] = id[i%len(id)] ^ byte(i)
		}
	}
	served.Access = access.New(s, l, access.Chance{Fill: fill, NewID: newID})
	served.Hub = gateway.NewHub(l, s, served.Access, gateway.Chance{Fill: fill, NewID: newID}, log)
	served.Hub.Restrict(limits)
	served.Attendance = attendance.New()
	served.Hub.Attendance = served.Attendance
	l.OnAdvance(served.Hub.Advanced)
	ctx, stop := context.WithCancel(context.Background())
	ended := make(chan error, 1)
	go func() { ended <- l.Run(ctx, clock) }()
	sockets := &gateway.Sockets{Hub: served.Hub, Ledger: l, Clock: clock}
	door := &gateway.Door{Access: served.Access, Sockets: sockets, Clock: clock, Log: log, Troubles: func() []gateway.Trouble { return nil }}
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		stop()
		served.end = func() error { return errors.Join(err, <-ended) }
		return served
	}
	server := door.Server(ctx)
	served.Handler = server.Handler
	go func() { _ = server.Serve(door.Listen(listener)) }() // until it is closed
	served.URL = "http://" + listener.Addr().String()
	served.end = sync.OnceValue(func() error {
		served.Hub.Close(syncproto.CodeShutdown, 0)
		sockets.Wait()
		closing := server.Close()
		stop()
		return errors.Join(closing, <-ended)
	})
	return served
}

// Close ends every session, and says why the ledger's loop ended if it failed.
func (s *Served) Close() error { return s.end() }

// Stranger is a device that nobody knows yet.
func (s *Served) Stranger(login string) *Desk {
	seed := s.NewID()
	return &Desk{URL: s.URL, Login: login, Password: Password, Clock: s.Clock, NewID: s.NewID,
		Key: ed25519.NewKeyFromSeed(append(seed[:], seed[:]...))}
}

// Enrolled is a new device of the person.
func (s *Served) Enrolled(ctx context.Context, person syncproto.ID, login string) (*Desk, error) {
	d := s.Stranger(login)
	code, err := s.expect(ctx, person)
	if err == nil {
		err = d.Enrol(ctx, code)
	}
	return d, err
}

// expect lets the person enrol a device, and log in with Password. It is set once: a new one
// would end the sessions of the person's other devices.
func (s *Served) expect(ctx context.Context, person syncproto.ID) (code string, err error) {
	if _, known := s.admitted.LoadOrStore(person, true); !known {
		if err := s.Access.SetPassword(ctx, person, Password); err != nil {
			return "", err
		}
	}
	code, _, err = s.Access.IssueCode(ctx, s.Clock(), person, "周敏")
	return code, err
}

// Admitted is a new device of the person that has logged in, not through the door: that
// lets nobody come as fast as a benchmark.
func (s *Served) Admitted(ctx context.Context, person syncproto.ID, login string) (*Desk, error) {
	d := s.Stranger(login)
	code, err := s.expect(ctx, person)
	if err != nil {
		return nil, err
	}
	if d.EnrolAnswer, err = s.Access.Enrol(ctx, s.Clock(), d.enrolment(code)); err != nil {
		return nil, err
	}
	request := d.login(s.Access.Nonce(s.Clock()))
	answer, err := s.Access.Login(ctx, s.Clock(), request)
	d.Token = answer.Token
	return d, err
}
