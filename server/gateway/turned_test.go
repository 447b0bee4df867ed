package gateway_test

import (
	"bytes"
	"encoding/json"
	"net/http"
	"strings"
	"sync"
	"testing"

	"github.com/gorilla/websocket"
	"github.com/rs/zerolog"

	"redress/server/gateway"
	"redress/server/gateway/gatewaytest"
	"redress/server/ledger/ledgertest"
	"redress/syncproto"
)

// written is a log that may be read while it is written.
type written struct {
	mutex sync.Mutex
	all   []byte
}

func (w *written) Write(line []byte) (int, error) {
	w.mutex.Lock()
	defer w.mutex.Unlock()
	w.all = append(w.all, line...)
	return len(line), nil
}

// turnedAway are the lines that say so.
func (w *written) turnedAway(t *testing.T) (lines []map[string]any) {
	t.Helper()
	w.mutex.Lock()
	defer w.mutex.Unlock()
	for line := range bytes.Lines(w.all) {
		said := map[string]any{}
		if err := json.Unmarshal(line, &said); err != nil {
			t.Fatal(err)
		}
		if said["message"] == "turned away" {
			lines = append(lines, said)
		}
	}
	return lines
}

// Whoever is turned away, at whichever limit, is in the log with the address they came from, which
// is all an operator has to keep them out by; and a flood of them is one line a second, with how
// many they were.
func TestWhoIsTurnedAwayIsInTheLogAndDoesNotFillIt(t *testing.T) {
	once := gateway.Rate{Burst: 1, Every: syncproto.Hour}
	raw := func(from string) func(*served) {
		return func(s *served) { gone(s.T, s.raw(from)) }
	}
	holds := func(from string) func(*served) {
		return func(s *served) { s.raw(from); s.raw(from) }
	}
	stranger := func(s *served) {
		if conn, err := s.stranger(); err == nil {
			_ = conn.WriteMessage(websocket.BinaryMessage, make([]byte, gateway.DefaultLimits().FirstBytes+1))
			gone(s.T, conn.NetConn())
		}
	}
	refusedAtOnce := func(s *served) {
		if _, err := s.stranger(); err == nil {
			s.T.Fatal("it was let in")
		}
	}
	let := func(s *served) {
		if _, err := s.stranger(); err != nil {
			s.T.Fatal(err)
		}
	}
	asks := func(path string, body any) func(*served) {
		return func(s *served) {
			response, err := http.Post(s.URL+path, "application/cbor", bytes.NewReader(syncproto.MustEncode(body)))
			if err != nil {
				s.T.Fatal(err)
			}
			defer response.Body.Close()
			bodyOf(s.T, response.Body)
		}
	}
	nonce, desks := asks(syncproto.PathNonce, struct{}{}), asks(syncproto.PathDesks, syncproto.DesksRequest{})
	code := asks(syncproto.PathEnrol, syncproto.EnrolRequest{})
	var laptop *gatewaytest.Desk
	proves := func(s *served) {
		if laptop == nil {
			laptop = s.desk(s.Seat, "wang")
		}
		s.opened(laptop, nil)
	}
	for name, c := range map[string]struct {
		limits         func(*gateway.Limits)
		before, comes  func(*served)
		limit, address string
	}{
		"more lines than there may be":         {func(l *gateway.Limits) { l.Connections = 2 }, holds("127.0.0.8"), raw("127.0.0.9"), "connections", "127.0.0.9"},
		"more of one address":                  {func(l *gateway.Limits) { l.OfAddress = 2 }, holds("127.0.0.9"), raw("127.0.0.9"), "address-connections", "127.0.0.9"},
		"an address that comes too often":      {func(l *gateway.Limits) { l.ByAddress = once }, let, refusedAtOnce, "address-sessions", "127.0.0.1"},
		"more sessions than there may be":      {func(l *gateway.Limits) { l.Sessions = 1 }, let, refusedAtOnce, "sessions", "127.0.0.1"},
		"more strangers than there may be":     {func(l *gateway.Limits) { l.Opening = 1 }, let, refusedAtOnce, "opening", "127.0.0.1"},
		"a long message before the proof":      {func(*gateway.Limits) {}, func(*served) {}, stranger, "first-messages", "127.0.0.1"},
		"many messages before the proof":       {func(l *gateway.Limits) { l.FirstMessages = 1 }, func(*served) {}, proves, "first-messages", "127.0.0.1"},
		"a device that comes too often":        {func(l *gateway.Limits) { l.ByDevice = once }, proves, proves, "device-sessions", "127.0.0.1"},
		"whoever asks too often what to sign":  {func(l *gateway.Limits) { l.NoncesOfAddress = once }, nonce, nonce, "requests", "127.0.0.1"},
		"whoever tries too many codes":         {func(l *gateway.Limits) { l.AsksOfAddress = once }, code, code, "requests", "127.0.0.1"},
		"whoever logs in too often":            {func(l *gateway.Limits) { l.AsksOfAddress = once }, code, asks(syncproto.PathLogin, syncproto.LoginRequest{}), "requests", "127.0.0.1"},
		"whoever asks too often for all desks": {func(l *gateway.Limits) { l.WatchesOfAddress = once }, desks, desks, "requests", "127.0.0.1"},
	} {
		t.Run(name, func(t *testing.T) {
			laptop = nil
			limits, clock, log := gateway.DefaultLimits(), newStill(), &written{}
			c.limits(&limits)
			w := ledgertest.New(t)
			s := &served{World: w, log: &strings.Builder{}}
			s.Served = gatewaytest.ServeWithin(w.Store, w.Ledger, w.ID, clock.now, zerolog.New(log), limits)
			t.Cleanup(func() {
				if err := s.Close(); err != nil {
					t.Error(err)
				}
			})
			c.before(s)
			says := func(number int, times float64) {
				t.Helper()
				lines := log.turnedAway(t)
				if len(lines) != number {
					t.Fatalf("the log has %d lines of it, want %d", len(lines), number)
				}
				last := lines[number-1]
				if last["limit"] != c.limit || last["address"] != c.address || last["times"] != times || len(last) != 5 {
					t.Errorf("it says %v, want %s, %s, %v", last, c.limit, c.address, times)
				}
			}
			c.comes(s)
			says(1, 1)
			for range 9 {
				c.comes(s)
			}
			says(1, 1)
			clock.move(syncproto.Second)
			c.comes(s)
			says(2, 10)
			if n := s.Hub.Refused()[c.limit]; n != 11 {
				t.Errorf("%d were counted, want 11", n)
			}
			clock.move(-2 * syncproto.Second)
			c.comes(s)
			says(3, 1)
		})
	}
}
