package syncclient

import (
	"errors"
	"io"
	"log"
	"net/http"
	"net/http/httptest"
	"testing"

	"github.com/gorilla/websocket"

	"redress/desktop/replica"
	"redress/syncproto"
)

// TestACertificateThatIsNotTrusted is told apart from a server that is away: waiting does
// not help there. Who has worked here before goes on without the server.
func TestACertificateThatIsNotTrusted(t *testing.T) {
	s := newSeat(t)
	asked := false
	web := httptest.NewUnstartedServer(http.HandlerFunc(func(http.ResponseWriter, *http.Request) { asked = true }))
	web.Config.ErrorLog = log.New(io.Discard, "", 0)
	web.StartTLS()
	defer web.Close()
	address, err := ParseAddress(web.URL)
	must(t, err)
	server, salt := Server{Address: address}, make([]byte, replica.SaltLength)
	if _, err := LogIn(ctx, s.Replica, server, "夏天2026!", s.reading(), salt); !errors.Is(err, &syncproto.Problem{Code: CodeCertificate}) {
		t.Errorf("before the first time: %v", err)
	}
	folder, err := replica.OpenFolder(t.TempDir())
	must(t, err)
	defer folder.Close()
	newcomer := Newcomer{Code: "ABCDE-23456", Login: "seat", Machine: "坐席一号机", Key: deviceKey(), Incarnation: seatIncarnation}
	if _, err := Enrol(ctx, folder, server, newcomer, nil); !errors.Is(err, &syncproto.Problem{Code: CodeCertificate}) {
		t.Errorf("enrolling: %v", err)
	}
	must(t, s.RememberPassword(ctx, "夏天2026!", salt))
	session, err := LogIn(ctx, s.Replica, server, "夏天2026!", s.reading(), salt)
	if err != nil || !session.Offline() {
		t.Errorf("who has worked here before: %v", err)
	}
	s.run(server, session).until("said", func(state State) bool { return state.Trouble == CodeCertificate })
	s.run(server, Session{}).until("said where nobody is logged in", func(state State) bool { return state.Trouble == CodeCertificate })
	if asked {
		t.Error("something was sent to a server that is not trusted")
	}
}

// TestTheServersFullDiskIsNotTheDesks: what the server says of its disk is told as that, at
// the log-in and in a session; who has worked here before goes on without the server.
func TestTheServersFullDiskIsNotTheDesks(t *testing.T) {
	s := newSeat(t)
	mux := http.NewServeMux()
	mux.HandleFunc(syncproto.PathNonce, func(w http.ResponseWriter, _ *http.Request) { answer(w, syncproto.NonceAnswer{Nonce: []byte("once")}) })
	mux.HandleFunc(syncproto.PathLogin, func(w http.ResponseWriter, _ *http.Request) { refuseWith(w, syncproto.CodeDiskFull) })
	mux.HandleFunc(syncproto.PathSession, func(w http.ResponseWriter, r *http.Request) {
		socket, err := (&websocket.Upgrader{}).Upgrade(w, r, nil)
		if err != nil {
			t.Error(err)
			return
		}
		defer socket.Close()
		goaway, err := syncproto.EncodeFrame(&syncproto.Goaway{Code: syncproto.CodeDiskFull, RetryAfter: syncproto.Minute})
		if err = errors.Join(err, socket.WriteMessage(websocket.BinaryMessage, goaway)); err != nil {
			t.Error(err)
		}
		_, _, _ = socket.ReadMessage() // what the desk says until it hangs up
	})
	web := httptest.NewServer(mux)
	defer web.Close()
	address, err := ParseAddress(web.URL)
	must(t, err)
	server, salt := Server{Address: address}, make([]byte, replica.SaltLength)
	if _, err := LogIn(ctx, s.Replica, server, "夏天2026!", s.reading(), salt); !errors.Is(err, &syncproto.Problem{Code: CodeServerFull}) {
		t.Errorf("before the first time: %v", err)
	}
	must(t, s.RememberPassword(ctx, "夏天2026!", salt))
	session, err := LogIn(ctx, s.Replica, server, "夏天2026!", s.reading(), salt)
	if err != nil || !session.Offline() {
		t.Errorf("who has worked here before: %v", err)
	}
	s.run(server, Session{}).until("told apart", func(state State) bool { return state.Trouble == CodeServerFull })
}

// TestAnAnswerThatIsNone: too large, cut off, not CBOR, or of somebody else.
func TestAnAnswerThatIsNone(t *testing.T) {
	for name, c := range map[string]struct {
		say  func(w http.ResponseWriter)
		code syncproto.Code
	}{
		"not CBOR":  {func(w http.ResponseWriter) { _, _ = w.Write([]byte("<html>")) }, syncproto.CodeMalformed},
		"too large": {func(w http.ResponseWriter) { _, _ = w.Write(make([]byte, syncproto.MaxRequest+1)) }, syncproto.CodeTooLarge},
		"cut off": {func(w http.ResponseWriter) {
			w.Header().Set("Content-Length", "100")
			_, _ = w.Write([]byte("x"))
		}, CodeUnreachable},
		"a web page that is not there": {func(w http.ResponseWriter) { http.Error(w, "nothing here", http.StatusNotFound) }, CodeUnreachable},
		"another place": {func(w http.ResponseWriter) {
			w.Header().Set("Location", "http://127.0.0.1:1/")
			w.WriteHeader(http.StatusFound)
		}, CodeUnreachable},
	} {
		t.Run(name, func(t *testing.T) {
			web := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { c.say(w) }))
			web.Config.ErrorLog = log.New(io.Discard, "", 0)
			defer web.Close()
			address, err := ParseAddress(web.URL)
			must(t, err)
			var nonce syncproto.NonceAnswer
			if err := (Server{Address: address}).ask(ctx, "asking", syncproto.PathNonce, nil, &nonce); !errors.Is(err, &syncproto.Problem{Code: c.code}) {
				t.Errorf("%v, want %s", err, c.code)
			}
		})
	}
}

// The server is too busy to renew it when the line comes up. The line hands in, and whoever works there is
// let in once the server takes the log-in, without a question.
func TestATokenIsRenewedOnceTheServerHasTime(t *testing.T) {
	s := newSeat(t)
	f := newFront(t, s.central)
	defer f.Close()
	session, err := LogIn(ctx, s.Replica, f.server(), "夏天2026!", s.reading(), make([]byte, replica.SaltLength))
	must(t, err)
	f.tokens, session.token, f.busy = nil, "", true
	world, late := s.ticking()
	w := s.runIn(world, f.server(), session)
	w.until("handing in", func(state State) bool {
		return state.Online && state.HandsInOnly && state.Trouble == syncproto.CodeTooOften
	})
	f.mu.Lock()
	f.busy = false
	f.mu.Unlock()
	late.Add(int64(lastWait))
	w.Grew() // as every two seconds
	w.until("online", online)
}
