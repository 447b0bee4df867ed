package gateway_test

import (
	"bufio"
	"errors"
	"net"
	"net/http"
	"net/http/httptest"
	"testing"
	"testing/synctest"

	"github.com/rs/zerolog"

	"redress/server/gateway"
	"redress/server/ledger/ledgertest"
	"redress/syncproto"
)

// hijacked is a line of which something happens as it becomes a session's.
type hijacked struct {
	http.ResponseWriter
	happens func()
}

func (h hijacked) Hijack() (net.Conn, *bufio.ReadWriter, error) {
	h.happens()
	return nil, nil, errors.New("it is gone")
}

// TestASessionThatBeginsAsTheServerStops is waited for: the database is closed only behind it.
func TestASessionThatBeginsAsTheServerStops(t *testing.T) {
	w := ledgertest.New(t)
	synctest.Test(t, func(t *testing.T) {
		sockets := &gateway.Sockets{Hub: gateway.NewHub(w.Ledger, w.Store, nil, gateway.Chance{}, zerolog.Nop()), Ledger: w.Ledger,
			Clock: func() syncproto.Instant { return w.Now }}
		over := make(chan struct{})
		r := httptest.NewRequestWithContext(t.Context(), http.MethodGet, syncproto.PathSession, http.NoBody)
		for name, value := range map[string]string{"Connection": "Upgrade", "Upgrade": "websocket", "Sec-Websocket-Version": "13", "Sec-Websocket-Key": "MDEyMzQ1Njc4OWFiY2RlZg=="} {
			r.Header.Set(name, value)
		}
		met := false
		sockets.Open(hijacked{httptest.NewRecorder(), func() {
			met = true
			sockets.Hub.Close(syncproto.CodeShutdown, 0)
			go func() {
				sockets.Wait()
				close(over)
			}()
			synctest.Wait()
			select {
			case <-over:
				t.Error("it is over for who waits for the sessions, and one begins")
			default:
			}
		}}, r)
		if <-over; !met {
			t.Error("nothing became a session's")
		}
	})
}
