package gateway_test

import (
	"bufio"
	"errors"
	"fmt"
	"io"
	"net"
	"runtime"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"github.com/gorilla/websocket"

	"redress/server/gateway"
	"redress/server/gateway/gatewaytest"
	"redress/server/ledger/ledgertest"
	"redress/syncproto"
)

// faster is a clock that runs as many times as fast: sessions wait by it.
func faster(times int) func() syncproto.Instant {
	start := time.Now()
	return func() syncproto.Instant {
		return syncproto.InstantOf(start.Add(time.Duration(times) * time.Since(start)))
	}
}

// raw is a bare line to the server from an address of this machine.
func (s *served) raw(from string) net.Conn {
	s.T.Helper()
	dialer := net.Dialer{LocalAddr: &net.TCPAddr{IP: net.ParseIP(from)}}
	conn, err := dialer.DialContext(s.T.Context(), "tcp", strings.TrimPrefix(s.URL, "http://"))
	if errors.Is(err, syscall.EMFILE) {
		s.T.Fatal("this process may not open as many files as the test needs: raise the hard limit, ulimit -Hn 16384")
	}
	if err != nil {
		s.T.Fatal(err)
	}
	s.T.Cleanup(func() { _ = conn.Close() })
	return conn
}

// stranger is a line that became a session without a word of the protocol on it.
func (s *served) stranger() (*websocket.Conn, error) {
	conn, response, err := websocket.DefaultDialer.DialContext(s.T.Context(), "ws"+strings.TrimPrefix(s.URL, "http")+syncproto.PathSession, nil)
	if err != nil {
		if response == nil {
			return nil, err
		}
		body, _ := io.ReadAll(response.Body) // as much as there is
		_ = response.Body.Close()
		refused := &gatewaytest.Refused{Status: response.StatusCode}
		return nil, errors.Join(refused, syncproto.Decode(body, &refused.Refusal))
	}
	s.T.Cleanup(func() { _ = conn.Close() })
	return conn, nil
}

// gone waits until the other side has hung up, and says what came before.
func gone(t *testing.T, conn net.Conn) string {
	t.Helper()
	if err := conn.SetReadDeadline(time.Now().Add(time.Minute)); err != nil {
		t.Fatal(err)
	}
	said, err := io.ReadAll(conn)
	var late net.Error
	if errors.As(err, &late) && late.Timeout() {
		t.Fatal("the line is still there after a minute")
	}
	return string(said)
}

// TestTenThousandHalfOpenLines from one address, some of them with half a header: those over
// the limit are hung up on, whoever comes from elsewhere is served at once, and the others are
// hung up on when the time for a header is over.
func TestTenThousandHalfOpenLines(t *testing.T) {
	limits := gateway.DefaultLimits()
	s := serveWithin(t, ledgertest.New(t), wallClock, limits)
	seat := s.desk(s.Seat, "wang")
	const lines = 10_000
	var held []net.Conn
	for n := range lines {
		conn := s.raw("127.0.0.9")
		if n%3 == 0 {
			_, _ = io.WriteString(conn, "GET /session HTTP/1.1\r\nHost: redress\r\nX-Slow:") // it may be hung up on already
		}
		held = append(held, conn)
	}
	began := time.Now()
	online(t, seat)
	opening := tap(t, seat, syncproto.CommandOpen, s.Open(s.ID(), s.East, "K7MQ-00001"))
	play(t, seat, func() bool { return seat.Verdicts[opening].Outcome == syncproto.Accepted })
	if took := time.Since(began); took > limits.Header/2 {
		t.Errorf("with %d lines half open a desk waited for %v", lines, took)
	}
	if refused := s.Hub.Refused()["address-connections"]; refused < lines/4 { // some were let in for some whose time was over
		t.Errorf("%d of %d were hung up on at once, want those over %d", refused, lines, limits.OfAddress)
	}
	var all sync.WaitGroup
	for _, conn := range held {
		all.Go(func() { gone(t, conn) })
	}
	all.Wait()
	if took := time.Since(began); took > limits.Request*3/4 {
		t.Errorf("the last of them was hung up on after %v; a header has %v", took, limits.Header)
	}
}

// TestOnlySoManyLinesAtOnce, of all addresses together, and of one; a line that ends makes
// room for another.
func TestOnlySoManyLinesAtOnce(t *testing.T) {
	limits := gateway.DefaultLimits()
	limits.Connections, limits.OfAddress = 4, 2
	s := serveWithin(t, ledgertest.New(t), wallClock, limits)
	served := func(conn net.Conn) bool {
		_, _ = io.WriteString(conn, "GET /healthz HTTP/1.1\r\nHost: redress\r\n\r\n") // who was hung up on reads nothing
		line, err := bufio.NewReader(conn).ReadString('\n')
		return err == nil && strings.Contains(line, "200")
	}
	var lines []net.Conn
	for n, c := range []struct {
		from string
		want bool
	}{{"127.0.0.9", true}, {"127.0.0.9", true}, {"127.0.0.9", false}, {"127.0.0.8", true}, {"127.0.0.7", true}, {"127.0.0.6", false}} {
		conn := s.raw(c.from)
		if got := served(conn); got != c.want {
			t.Errorf("line %d, from %s, was served: %v, want %v", n+1, c.from, got, c.want)
		}
		lines = append(lines, conn)
	}
	if err := lines[0].Close(); err != nil {
		t.Fatal(err)
	}
	for deadline := time.Now().Add(10 * time.Second); !served(s.raw("127.0.0.6")); {
		if time.Now().After(deadline) {
			t.Fatal("a line that ended makes no room")
		}
	}
	if refused := s.Hub.Refused(); refused["address-connections"] != 1 || refused["connections"] < 1 {
		t.Errorf("counted: %v", refused)
	}
}

// TestStrangersHoldOnlyTheirPart: lines on which nobody proved who they are, more than there
// may be, are told to come back each at its own time; who proved themselves stay, and there is
// room again when the strangers' time is over.
func TestStrangersHoldOnlyTheirPart(t *testing.T) {
	limits := gateway.DefaultLimits()
	limits.Opening = 3
	s := serveWithin(t, ledgertest.New(t), faster(10), limits)
	seat, manager := s.desk(s.Seat, "wang"), s.desk(s.Manager, "li")
	online(t, seat)
	var strangers []*websocket.Conn
	for range limits.Opening {
		conn, err := s.stranger()
		if err != nil {
			t.Fatal(err)
		}
		strangers = append(strangers, conn)
	}
	waits := map[syncproto.Span]bool{}
	for range 20 {
		_, err := s.stranger()
		var refused *gatewaytest.Refused
		if !errors.As(err, &refused) || refused.Code != syncproto.CodeOverloaded || refused.RetryAfter < 5*syncproto.Second || refused.RetryAfter > syncproto.Minute {
			t.Fatalf("one more is told %v", err)
		}
		waits[refused.RetryAfter] = true
	}
	if len(waits) != 20 {
		t.Errorf("20 are told %d different times to come back", len(waits))
	}
	opening := tap(t, seat, syncproto.CommandOpen, s.Open(s.ID(), s.East, "K7MQ-00001"))
	play(t, seat, func() bool { return seat.Verdicts[opening].Outcome == syncproto.Accepted })
	for _, conn := range strangers { // syncproto.HandshakeLimit, by a clock that runs faster
		gone(t, conn.NetConn())
	}
	online(t, manager)
	if n := s.Hub.Opening(); n != 0 || s.Hub.Refused()["opening"] != 20 {
		t.Errorf("%d are still opening; %v", n, s.Hub.Refused())
	}
}

// TestWhoComesBackWaitsForItsTurn: while as many as may are attended to, whoever comes in waits, and who
// is there works on; then it is let in.
func TestWhoComesBackWaitsForItsTurn(t *testing.T) {
	limits := gateway.DefaultLimits()
	limits.Welcoming = 1
	s := serveWithin(t, ledgertest.New(t), faster(1), limits)
	seat, manager := s.desk(s.Seat, "wang"), s.desk(s.Manager, "li")
	online(t, seat)
	end := s.Hub.Attend()
	came := make(chan error, 1)
	go func() {
		came <- errors.Join(manager.Dial(t.Context()), manager.Play(func() bool { return manager.Current }))
	}()
	for n := range 20 {
		opening := tap(t, seat, syncproto.CommandOpen, s.Open(s.ID(), s.East, fmt.Sprintf("K7MQ-%05d", n+1)))
		play(t, seat, func() bool { return seat.Verdicts[opening].Outcome == syncproto.Accepted })
	}
	select {
	case err := <-came:
		t.Fatalf("it did not wait for its turn: %v", err)
	default:
	}
	end()
	if err := <-came; err != nil {
		t.Fatal(err)
	}
}

// TestOnlySoManySessions: whoever is known comes beyond what the server can carry is told when to
// come back, who is there works on, and who goes makes room.
func TestOnlySoManySessions(t *testing.T) {
	limits := gateway.DefaultLimits()
	limits.Sessions = 2
	s := serveWithin(t, ledgertest.New(t), wallClock, limits)
	seat, manager, liaison := s.desk(s.Seat, "wang"), s.desk(s.Manager, "li"), s.desk(s.Liaison, "chen")
	online(t, seat)
	online(t, manager)
	if err := liaison.Dial(t.Context()); !errors.Is(err, websocket.ErrBadHandshake) {
		t.Fatalf("a third session of %d is told %v", limits.Sessions, err)
	}
	opening := tap(t, seat, syncproto.CommandOpen, s.Open(s.ID(), s.East, "K7MQ-00001"))
	play(t, seat, func() bool { return seat.Verdicts[opening].Outcome == syncproto.Accepted })
	if err := manager.Hang(); err != nil {
		t.Fatal(err)
	}
	for s.Hub.Sessions() > 1 {
		runtime.Gosched()
	}
	online(t, liaison)
	if s.Hub.Refused()["sessions"] != 1 {
		t.Errorf("counted: %v", s.Hub.Refused())
	}
}

// TestBeforeTheProofLittleMayBeSaid: a long message, many of them, many pings, and a message
// that drips in all end the line; what a desk says is well within the limits.
func TestBeforeTheProofLittleMayBeSaid(t *testing.T) {
	s := serveWithin(t, ledgertest.New(t), faster(10), gateway.DefaultLimits())
	for name, say := range map[string]func(conn *websocket.Conn) error{
		"a long message": func(conn *websocket.Conn) error {
			return conn.WriteMessage(websocket.BinaryMessage, make([]byte, gateway.DefaultLimits().FirstBytes+1))
		},
		"pings": func(conn *websocket.Conn) error {
			for range 100 {
				if err := conn.WriteControl(websocket.PingMessage, nil, time.Now().Add(time.Minute)); err != nil {
					return nil //nolint:nilerr // it was hung up on
				}
			}
			return nil
		},
		"a message that drips in": func(conn *websocket.Conn) error {
			ticker := time.NewTicker(10 * time.Millisecond)
			defer ticker.Stop()
			for _, b := range append([]byte{0x82, 0xfe, 0x10, 0x00, 1, 2, 3, 4}, make([]byte, 4096)...) { // 4,096 bytes, masked
				<-ticker.C
				if _, err := conn.NetConn().Write([]byte{b}); err != nil {
					return nil // it was hung up on
				}
			}
			return errors.New("all of it was taken")
		},
		"nothing": func(*websocket.Conn) error { return nil },
	} {
		conn, err := s.stranger()
		if err != nil {
			t.Fatal(err)
		}
		if err := say(conn); err != nil {
			t.Errorf("%s: %v", name, err)
		}
		gone(t, conn.NetConn())
	}
	if refused := s.Hub.Refused()["first-messages"]; refused != 2 {
		t.Errorf("%d were counted, want the long message and the pings", refused)
	}
}

// TestADeviceThatComesTooOften is told when it may come again, and only after it has proved
// itself: nobody can keep another's device out.
func TestADeviceThatComesTooOften(t *testing.T) {
	limits := gateway.DefaultLimits()
	limits.ByDevice = gateway.Rate{Burst: 3, Every: syncproto.Minute}
	s := serveWithin(t, ledgertest.New(t), wallClock, limits)
	seat, other := s.desk(s.Seat, "wang"), s.desk(s.Manager, "li")
	impostor := *other
	impostor.Device = seat.Device
	for range 9 { // says it is the seat's device, and cannot prove it
		if err := impostor.Dial(t.Context()); err != nil {
			t.Fatal(err)
		}
		if code := ends(t, &impostor); code != syncproto.CodeUnsigned {
			t.Fatalf("the impostor is told %q", code)
		}
	}
	for range 3 {
		synced(t, seat)
	}
	if err := seat.Dial(t.Context()); err != nil {
		t.Fatal(err)
	}
	var ended *gatewaytest.Ended
	if err := seat.Play(func() bool { return false }); !errors.As(err, &ended) || ended.Code != syncproto.CodeOverloaded || ended.RetryAfter <= 0 || ended.RetryAfter > syncproto.Minute {
		t.Errorf("the fourth time: %v", err)
	}
	online(t, other)
}

// TestAnAddressThatComesTooOften is told so before anybody looks who it is.
func TestAnAddressThatComesTooOften(t *testing.T) {
	limits := gateway.DefaultLimits()
	limits.ByAddress = gateway.Rate{Burst: 5, Every: syncproto.Hour}
	s := serveWithin(t, ledgertest.New(t), wallClock, limits)
	var answers []string
	for range 7 {
		_, err := s.stranger()
		var refused *gatewaytest.Refused
		if errors.As(err, &refused) {
			answers = append(answers, fmt.Sprint(refused.Status))
			continue
		}
		answers = append(answers, "in")
	}
	if got, want := strings.Join(answers, " "), "in in in in in 429 429"; got != want {
		t.Errorf("%s, want %s", got, want)
	}
	if s.Hub.Refused()["address-sessions"] != 2 {
		t.Errorf("counted: %v", s.Hub.Refused())
	}
}
