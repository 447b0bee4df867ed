package syncclient

import (
	"crypto/ed25519"
	"errors"
	"io"
	"net/http"
	"net/http/httptest"
	"testing"

	"redress/syncproto"
)

// counted is a device's id by its number.
func counted(n int) syncproto.ID { return syncproto.NumberedID(uint64(n)) }

// asking is a client with a token, at a server that answers questions about the desks, the
// nth as say has it.
func asking(t *testing.T, token string, say func(w http.ResponseWriter, n int, q syncproto.DesksRequest)) *Client {
	t.Helper()
	s, n := newSeat(t), 0
	public, _ := deviceKey().Public().(ed25519.PublicKey)
	web := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		data, _ := io.ReadAll(r.Body)
		var q syncproto.DesksRequest
		if err := syncproto.Decode(data, &q); err != nil || r.URL.Path != syncproto.PathDesks || !ed25519.Verify(public, q.SigningBytes(), q.Signature) {
			t.Errorf("%s was asked for: %v, %+v", r.URL.Path, err, q)
		}
		if q.Device != seatDevice || q.Token != "token" || q.At != s.central.Now {
			t.Errorf("it was asked by %v with %q at %v", q.Device, q.Token, q.At)
		}
		n++
		say(w, n, q)
	}))
	t.Cleanup(web.Close)
	address, err := ParseAddress(web.URL)
	must(t, err)
	c := NewClient(s.Replica, Server{Address: address}, s.world(), nil)
	c.session.token = token
	return c
}

func desks(numbers ...int) (all []syncproto.DeskSeen) {
	for _, n := range numbers {
		all = append(all, syncproto.DeskSeen{Device: counted(n), Seen: 1})
	}
	return all
}

// The server's answers are put together, as of the first of them.
func TestTheDesksComeInParts(t *testing.T) {
	c := asking(t, "token", func(w http.ResponseWriter, n int, q syncproto.DesksRequest) {
		if want := []syncproto.ID{{}, counted(2), counted(4)}[n-1]; q.After != want {
			t.Errorf("question %d is for those after %v, want %v", n, q.After, want)
		}
		answer(w, syncproto.DesksAnswer{Time: syncproto.Instant(100 * n), Desks: desks([][]int{{1, 2}, {3, 4}, {5}}[n-1]...), More: n < 3})
	})
	all, err := c.Desks(ctx)
	if err != nil || len(all.Desks) != 5 || all.Desks[4].Device != counted(5) || all.More || all.Time != 100 {
		t.Errorf("%+v, %v", all, err)
	}
}

// What is no answer is none of it; a server that never ends is not asked for ever.
func TestAnAnswerAboutDesksThatIsNone(t *testing.T) {
	for name, c := range map[string]struct {
		say  func(w http.ResponseWriter)
		code syncproto.Code
	}{
		"without a time":     {func(w http.ResponseWriter) { answer(w, syncproto.DesksAnswer{Desks: desks(1)}) }, syncproto.CodeMalformed},
		"backwards":          {func(w http.ResponseWriter) { answer(w, syncproto.DesksAnswer{Time: 1, Desks: desks(2, 1)}) }, syncproto.CodeMalformed},
		"one twice":          {func(w http.ResponseWriter) { answer(w, syncproto.DesksAnswer{Time: 1, Desks: desks(1, 1)}) }, syncproto.CodeMalformed},
		"more after nothing": {func(w http.ResponseWriter) { answer(w, syncproto.DesksAnswer{Time: 1, More: true}) }, syncproto.CodeMalformed},
		"not CBOR":           {func(w http.ResponseWriter) { _, _ = w.Write([]byte("<html>")) }, syncproto.CodeMalformed},
		"too large":          {func(w http.ResponseWriter) { _, _ = w.Write(make([]byte, syncproto.MaxDesksAnswer+1)) }, syncproto.CodeTooLarge},
		"not allowed":        {func(w http.ResponseWriter) { refuseWith(w, syncproto.CodeNotAllowed) }, syncproto.CodeNotAllowed},
	} {
		t.Run(name, func(t *testing.T) {
			client := asking(t, "token", func(w http.ResponseWriter, _ int, _ syncproto.DesksRequest) { c.say(w) })
			if all, err := client.Desks(ctx); !errors.Is(err, &syncproto.Problem{Code: c.code}) || len(all.Desks) > 0 {
				t.Errorf("%+v, %v; want %s", all, err, c.code)
			}
		})
	}
	questions := 0
	client := asking(t, "token", func(w http.ResponseWriter, n int, _ syncproto.DesksRequest) {
		questions = n
		answer(w, syncproto.DesksAnswer{Time: 1, Desks: desks(n), More: true})
	})
	if all, err := client.Desks(ctx); err != nil || !all.More || len(all.Desks) != questions || questions != maxDeskAnswers {
		t.Errorf("of a server that never ends: %d questions, %+v, %v", questions, all, err)
	}
}

// Nobody is asked where nobody is logged in with the server.
func TestWithoutATokenNobodyIsAsked(t *testing.T) {
	c := asking(t, "", func(http.ResponseWriter, int, syncproto.DesksRequest) { t.Error("the server was asked") })
	if _, err := c.Desks(ctx); !errors.Is(err, &syncproto.Problem{Code: syncproto.CodeTokenExpired}) {
		t.Errorf("got %v", err)
	}
}
