package syncclient

import (
	"context"
	"crypto/ed25519"
	"errors"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/gorilla/websocket"
	"github.com/rs/zerolog"

	"redress/desktop/centraltest"
	"redress/desktop/replica"
	"redress/syncproto"
	"redress/syncproto/organisation"
)

func unitWest() organisation.DefineUnit {
	return organisation.DefineUnit{ID: syncproto.Derive("west"), Unit: organisation.Unit{Name: "西北区", Kind: organisation.Region}}
}

// front puts the small server on real sockets: requests and sessions, one at a time.
type front struct {
	*httptest.Server
	t        *testing.T
	mu       sync.Mutex
	central  *centraltest.Central
	tokens   []string
	password string
	enrolled int  // how often
	busy     bool // log-ins are refused for now
	drop     chan struct{}
	deaf     chan syncproto.Frame // what came and is not answered, up to the next line; nil where all is
}

func newFront(t *testing.T, central *centraltest.Central) *front {
	f := &front{t: t, central: central, password: "夏天2026!", drop: make(chan struct{})}
	mux := http.NewServeMux()
	mux.HandleFunc(syncproto.PathEnrol, f.enrol)
	mux.HandleFunc(syncproto.PathNonce, func(w http.ResponseWriter, _ *http.Request) { answer(w, syncproto.NonceAnswer{Nonce: []byte("once")}) })
	mux.HandleFunc(syncproto.PathLogin, f.logIn)
	mux.HandleFunc(syncproto.PathSession, f.session)
	f.Server = httptest.NewServer(mux)
	return f
}

func answer(w http.ResponseWriter, v any) {
	_, _ = w.Write(syncproto.MustEncode(v))
}

func refuseWith(w http.ResponseWriter, code syncproto.Code) {
	w.WriteHeader(http.StatusForbidden)
	answer(w, syncproto.Refusal{Code: code})
}

func (f *front) enrol(w http.ResponseWriter, r *http.Request) {
	f.mu.Lock()
	defer f.mu.Unlock()
	data, _ := io.ReadAll(r.Body)
	var q syncproto.EnrolRequest
	if err := syncproto.Decode(data, &q); err != nil || q.Code != "ABCDE-23456" {
		refuseWith(w, syncproto.CodeWrongCode)
		return
	}
	if !ed25519.Verify(q.Key, q.SigningBytes(), q.Signature) {
		f.t.Error("the enrolment is not signed by the device")
	}
	f.enrolled++
	f.central.Enrol(seatDevice, centraltest.Seat, "K7MQ", q.Key, q.Incarnation)
	answer(w, syncproto.EnrolAnswer{Device: seatDevice, DeviceCode: "K7MQ", Person: centraltest.Seat, LogID: f.central.LogID,
		Epoch: f.central.Epoch, ServerKey: f.central.Key.Public().(ed25519.PublicKey), Time: f.central.Now})
}

func (f *front) logIn(w http.ResponseWriter, r *http.Request) {
	f.mu.Lock()
	defer f.mu.Unlock()
	data, _ := io.ReadAll(r.Body)
	var q syncproto.LoginRequest
	if f.busy {
		refuseWith(w, syncproto.CodeTooOften)
		return
	}
	if err := syncproto.Decode(data, &q); err != nil || q.Password != f.password {
		refuseWith(w, syncproto.CodeWrongLogin)
		return
	}
	token := "token " + f.central.NewID().String()
	f.tokens = append(f.tokens, token)
	answer(w, syncproto.LoginAnswer{Token: token, Expires: f.central.Now.Add(12 * syncproto.Hour), Person: centraltest.Seat, Time: f.central.Now})
}

func (f *front) session(w http.ResponseWriter, r *http.Request) {
	socket, err := (&websocket.Upgrader{}).Upgrade(w, r, nil)
	if err != nil {
		f.t.Error(err)
		return
	}
	defer socket.Close()
	over := make(chan struct{})
	defer close(over)
	f.mu.Lock()
	cable := f.drop
	f.mu.Unlock()
	go func() {
		select {
		case <-cable:
			socket.Close()
		case <-over:
		}
	}()
	f.mu.Lock()
	f.deaf = nil // it is the old line that nothing comes from
	at := f.central.Answer(f.tokens...)
	f.mu.Unlock()
	for {
		_, message, err := socket.ReadMessage()
		if err != nil {
			return
		}
		f.mu.Lock()
		if f.deaf != nil {
			frame, err := syncproto.DecodeFrame(message)
			if err != nil {
				f.t.Error(err)
			}
			f.deaf <- frame
			f.mu.Unlock()
			continue
		}
		messages := append(at.Hear(message), at.Pass()...)
		f.mu.Unlock()
		for _, m := range messages {
			if socket.WriteMessage(websocket.BinaryMessage, m) != nil {
				return
			}
		}
		if at.Ended != nil {
			return
		}
	}
}

// fail ends every session that is up, as a cable does.
func (f *front) fail() {
	f.mu.Lock()
	defer f.mu.Unlock()
	close(f.drop)
	f.drop = make(chan struct{})
}

func (f *front) server() Server {
	f.t.Helper()
	address, err := ParseAddress(f.URL)
	must(f.t, err)
	return Server{Address: address}
}

func (s seat) world() World {
	var n uint64
	return World{Read: s.reading, NewID: func() syncproto.ID { n++; return syncproto.Derive("of the client", syncproto.NumberedID(n)) },
		Jitter: func() float64 { return 0 }, Program: "test", Log: zerolog.Nop()}
}

// watched is a running client whose states a test waits for.
type watched struct {
	*Client
	t      *testing.T
	states chan State
}

func (s seat) run(server Server, session Session) watched { return s.runIn(s.world(), server, session) }

func (s seat) runIn(world World, server Server, session Session) watched {
	w := watched{t: s.t, states: make(chan State, 100)}
	w.Client = NewClient(s.Replica, server, world, func(state State) { w.states <- state })
	w.session = session
	ctx, cancel := context.WithCancel(context.Background())
	done := make(chan struct{})
	go func() { w.Run(ctx); close(done) }()
	s.t.Cleanup(func() { cancel(); <-done })
	return w
}

// until waits for a state.
func (w watched) until(what string, fits func(State) bool) {
	w.t.Helper()
	limit := time.NewTimer(20 * time.Second)
	defer limit.Stop()
	for {
		select {
		case state := <-w.states:
			if fits(state) {
				return
			}
		case <-limit.C:
			w.t.Fatalf("never %s", what)
		}
	}
}

func (s seat) eventually(what string, holds func() bool) {
	s.t.Helper()
	ticker := time.NewTicker(5 * time.Millisecond)
	defer ticker.Stop()
	for range 4000 {
		if holds() {
			return
		}
		<-ticker.C
	}
	s.t.Fatalf("never: %s", what)
}

func online(s State) bool { return s.Online && !s.HandsInOnly && s.Trouble == "" }

func TestFromTheFirstCodeToTheFirstTicket(t *testing.T) {
	central := centraltest.New(t)
	f := newFront(t, central)
	defer f.Close()
	folder, err := replica.OpenFolder(t.TempDir())
	must(t, err)
	defer folder.Close()

	newcomer := Newcomer{Code: "WRONG-CODE2", Login: "seat", Machine: "坐席一号机", Key: deviceKey(), Incarnation: seatIncarnation}
	if _, err := Enrol(ctx, folder, f.server(), newcomer, nil); !errors.Is(err, &syncproto.Problem{Code: syncproto.CodeWrongCode}) {
		t.Errorf("a wrong code: %v", err)
	}
	newcomer.Code = "ABCDE-23456"
	r, err := Enrol(ctx, folder, f.server(), newcomer, nil)
	must(t, err)
	defer r.Close()
	s := seat{r, t, central}
	again := newcomer
	again.Incarnation = central.NewID()
	if _, err := Enrol(ctx, folder, f.server(), again, nil); !errors.Is(err, &syncproto.Problem{Code: syncproto.CodeAlready}) || f.enrolled != 1 {
		t.Errorf("where there is a replica the server is asked %d times: %v", f.enrolled, err)
	}

	if _, err := LogIn(ctx, r, f.server(), "wrong", s.reading(), make([]byte, replica.SaltLength)); !errors.Is(err, &syncproto.Problem{Code: syncproto.CodeWrongLogin}) {
		t.Errorf("a wrong password: %v", err)
	}
	session, err := LogIn(ctx, r, f.server(), "夏天2026!", s.reading(), make([]byte, replica.SaltLength))
	must(t, err)
	w := s.run(f.server(), session)
	w.until("online", online)
	s.eventually("the first sync is done", func() bool {
		_, known := s.Reference().Person(centraltest.Manager)
		return known
	})

	f.mu.Lock()
	s.open("远程车控失败")
	f.mu.Unlock()
	w.Grew()
	s.eventually("the ticket is final", func() bool {
		tally, err := s.Tally(ctx)
		return err == nil && tally.Accepted == 1
	})

	f.fail()
	w.until("offline", func(s State) bool { return !s.Online && s.Trouble == CodeUnreachable })
	status, err := s.Status(ctx)
	must(t, err)
	if status.OfflineSince == 0 {
		t.Error("the line is gone and not said to be")
	}
	w.Retry()
	w.until("online again", online)
}

func TestATokenThatRanOutIsRenewedWithoutAQuestion(t *testing.T) {
	s := newSeat(t)
	f := newFront(t, s.central)
	defer f.Close()
	session, err := LogIn(ctx, s.Replica, f.server(), "夏天2026!", s.reading(), make([]byte, replica.SaltLength))
	must(t, err)
	f.tokens = nil // as after twelve hours
	w := s.run(f.server(), session)
	w.until("told that the token ran out", func(s State) bool { return s.Trouble == syncproto.CodeTokenExpired })
	w.Retry()
	w.until("online", online)
}

func TestLoggingInWithoutTheServer(t *testing.T) {
	s := newSeat(t)
	f := newFront(t, s.central)
	salt := make([]byte, replica.SaltLength)
	server := f.server()
	f.Close()
	if _, err := LogIn(ctx, s.Replica, server, "夏天2026!", s.reading(), salt); !errors.Is(err, &syncproto.Problem{Code: CodeNoPassword}) {
		t.Errorf("before the first time: %v", err)
	}
	f = newFront(t, s.central)
	_, err := LogIn(ctx, s.Replica, f.server(), "夏天2026!", s.reading(), salt)
	must(t, err)
	s.talk(s.conversation(f.tokens[0]), s.central.Answer(f.tokens...), 1000)
	f.Close()
	session, err := LogIn(ctx, s.Replica, server, "夏天2026!", s.reading(), salt)
	if err != nil || !session.Offline() {
		t.Errorf("with what was taken the last time: %v", err)
	}
	if _, err := LogIn(ctx, s.Replica, server, "wrong", s.reading(), salt); !errors.Is(err, &syncproto.Problem{Code: syncproto.CodeWrongLogin}) {
		t.Errorf("a wrong password: %v", err)
	}
	s.central.Now = s.central.Now.Add(14*syncproto.Day + syncproto.Minute)
	if _, err := LogIn(ctx, s.Replica, server, "夏天2026!", s.reading(), salt); !errors.Is(err, &syncproto.Problem{Code: CodeOfflineEnded}) {
		t.Errorf("after fourteen days without the server: %v", err)
	}
}

// What was heard while the server's clock was a year ahead does not let anybody in for a year more.
func TestLoggingInWithoutTheServerAfterAClockThatWasAhead(t *testing.T) {
	s := newSeat(t)
	f := newFront(t, s.central)
	_, err := LogIn(ctx, s.Replica, f.server(), "夏天2026!", s.reading(), make([]byte, replica.SaltLength))
	must(t, err)
	for _, wrong := range []syncproto.Span{365 * syncproto.Day, -365 * syncproto.Day} {
		s.central.Now = s.central.Now.Add(wrong)
		s.talk(s.conversation(f.tokens[0]), s.central.Answer(f.tokens...), 1000)
	}
	server := f.server()
	f.Close()
	s.central.Now = s.central.Now.Add(14*syncproto.Day + syncproto.Minute)
	if _, err := LogIn(ctx, s.Replica, server, "夏天2026!", s.reading(), nil); !errors.Is(err, &syncproto.Problem{Code: CodeOfflineEnded}) {
		t.Errorf("after fourteen days without the server: %v", err)
	}
}

func TestSomethingElseAtTheAddressIsNoServer(t *testing.T) {
	s := newSeat(t)
	web := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { http.Error(w, "nothing here", http.StatusNotFound) }))
	defer web.Close()
	address, err := ParseAddress(web.URL)
	must(t, err)
	if err := (&Session{password: "x"}).renew(ctx, s.Replica, Server{Address: address}); !errors.Is(err, &syncproto.Problem{Code: CodeUnreachable}) {
		t.Errorf("%v", err)
	}
}

func TestAddresses(t *testing.T) {
	for _, c := range []struct {
		text, want string
		code       syncproto.Code
	}{
		{"redress.example.cn", "wss://redress.example.cn/session", ""},
		{" redress.example.cn:8443 ", "wss://redress.example.cn:8443/session", ""},
		{"https://redress.example.cn/desk/", "wss://redress.example.cn/desk/session", ""},
		{"https://redress.example.cn/100%25//", "wss://redress.example.cn/100%25/session", ""},
		{"https://[fe80::1%25eth0]:8460", "", CodeBadAddress},
		{"127.0.0.1:8460", "ws://127.0.0.1:8460/session", ""},
		{"ws://[::1]:8460", "ws://[::1]:8460/session", ""},
		{"http://localhost:8460", "ws://localhost:8460/session", ""},
		{"https://localhost", "wss://localhost/session", ""},
		{"http://redress.example.cn", "", CodeInsecure},
		{"ws://192.168.1.2:8460", "", CodeInsecure},
		{"ftp://redress.example.cn", "", CodeBadAddress},
		{"https://someone@redress.example.cn", "", CodeBadAddress},
		{"", "", CodeBadAddress},
		{"https://", "", CodeBadAddress},
	} {
		a, err := ParseAddress(c.text)
		if c.code != "" {
			if !errors.Is(err, &syncproto.Problem{Code: c.code}) {
				t.Errorf("%q: %v, want %s", c.text, err, c.code)
			}
			continue
		}
		if err != nil || a.socket() != c.want {
			t.Errorf("%q: %s %v, want %s", c.text, a.socket(), err, c.want)
			continue
		}
		if again, err := ParseAddress(a.String()); err != nil || again != a {
			t.Errorf("%q is written as %q, which reads as %v %v", c.text, a, again, err)
		}
	}
}

func TestBackoffGrowsToAMinuteAndIsSpread(t *testing.T) {
	var b Backoff
	var waits []string
	for range 9 {
		waits = append(waits, b.Next(0.5).String())
	}
	want := "750ms 1.5s 3s 6s 12s 24s 45s 45s 45s"
	if got := strings.Join(waits, " "); got != want {
		t.Errorf("waits %s, want %s", got, want)
	}
	b.Reset()
	if low, high := b.Next(0), (&Backoff{}).Next(0.999); low != syncproto.Second/2 || high <= low || high >= syncproto.Second {
		t.Errorf("the first wait is from %v to %v", low, high)
	}
	if wait := (&Backoff{}).after(syncproto.CodeShutdown, 5*syncproto.Second, 0); wait != 5*syncproto.Second {
		t.Errorf("the server asked for 5 s, the desk waits %v", wait)
	}
	if wait := (&Backoff{}).after(syncproto.CodeUpgrade, 0, 0); wait != patientWait {
		t.Errorf("a program that is too old waits %v", wait)
	}
}
