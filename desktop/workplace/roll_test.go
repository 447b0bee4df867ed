package workplace_test

import (
	"io"
	"net/http"
	"net/http/httptest"
	"testing"

	"redress/desktop/centraltest"
	"redress/desktop/workplace"
	"redress/syncproto"
)

// headquarters is a workplace at a server that answers about the desks as a test has it: with
// no Time it refuses.
type headquarters struct {
	*workplace.Workplace
	machine *workplace.Machine
	asked   chan chan<- syncproto.DesksAnswer // gets the place of its answer when the server is asked
	told    chan struct{}
}

func newHeadquarters(t *testing.T) *headquarters {
	t.Helper()
	h := &headquarters{asked: make(chan chan<- syncproto.DesksAnswer, 10), told: make(chan struct{}, 100)}
	mux := http.NewServeMux()
	write := func(w http.ResponseWriter, v any) { _, _ = w.Write(syncproto.MustEncode(v)) }
	mux.HandleFunc(syncproto.PathNonce, func(w http.ResponseWriter, _ *http.Request) { write(w, syncproto.NonceAnswer{Nonce: []byte("once")}) })
	mux.HandleFunc(syncproto.PathLogin, func(w http.ResponseWriter, _ *http.Request) {
		write(w, syncproto.LoginAnswer{Token: "token", Expires: centraltest.Start.Add(12 * syncproto.Hour), Person: centraltest.Seat, Time: centraltest.Start})
	})
	mux.HandleFunc(syncproto.PathDesks, func(w http.ResponseWriter, r *http.Request) {
		_, _ = io.ReadAll(r.Body) // else nobody notices that the desk has gone
		said := make(chan syncproto.DesksAnswer)
		h.asked <- said
		select {
		case a := <-said:
			if a.Time == 0 {
				w.WriteHeader(http.StatusForbidden)
				write(w, syncproto.Refusal{Code: syncproto.CodeNotAllowed})
				return
			}
			write(w, a)
		case <-r.Context().Done():
		}
	})
	web := httptest.NewServer(mux)
	t.Cleanup(web.Close)
	dir := t.TempDir()
	employAt(t, web.URL, dir, "zhou", centraltest.Seat)
	h.machine = open(t, dir)
	var err error
	h.Workplace, err = h.machine.LogIn(t.Context(), "zhou", password)
	must(t, err)
	h.watch()
	return h
}

func (h *headquarters) watch() {
	h.Watch(func([]syncproto.Ref) {
		select {
		case h.told <- struct{}{}:
		default: // it is said already
		}
	})
}

// answered waits until the question under way is over.
func (h *headquarters) answered() {
	for h.Roll().Asking {
		<-h.told
	}
}

// The server is asked beside everything else, once at a time, and whoever watches is told. An
// answer stays where the next question has none.
func TestTheServerIsAskedAboutTheDesks(t *testing.T) {
	h := newHeadquarters(t)
	h.CallRoll()
	h.CallRoll()
	if r := h.Roll(); !r.Asking || r.Asked != centraltest.Start || r.Answer.Time != 0 {
		t.Errorf("while it is asked: %+v", r)
	}
	(<-h.asked) <- syncproto.DesksAnswer{Time: 100, Desks: []syncproto.DeskSeen{{Device: syncproto.NumberedID(1), Seen: 99}}}
	h.answered()
	if r := h.Roll(); r.Answer.Time != 100 || len(r.Answer.Desks) != 1 || r.Trouble != "" {
		t.Errorf("answered: %+v", r)
	}
	if len(h.asked) > 0 {
		t.Error("it was asked twice at once")
	}
	h.CallRoll()
	(<-h.asked) <- syncproto.DesksAnswer{}
	h.answered()
	if r := h.Roll(); r.Answer.Time != 100 || r.Trouble != syncproto.CodeNotAllowed {
		t.Errorf("refused: %+v", r)
	}
}

// A question is given up when nobody looks any more; the answer before it stays until the
// person leaves.
func TestAQuestionIsGivenUp(t *testing.T) {
	h := newHeadquarters(t)
	h.CallRoll()
	(<-h.asked) <- syncproto.DesksAnswer{Time: 100}
	h.answered()
	h.CallRoll()
	<-h.asked
	h.EndRoll()
	h.EndRoll()
	if r := h.Roll(); r.Asking || r.Asked != 0 || r.Answer.Time != 100 {
		t.Errorf("given up: %+v", r)
	}
	h.CallRoll() // at once, although the other has not noticed yet
	(<-h.asked) <- syncproto.DesksAnswer{Time: 200}
	h.answered()
	if r := h.Roll(); r.Answer.Time != 200 || r.Trouble != "" {
		t.Errorf("asked again: %+v", r)
	}
	h.Leave()
	if r := h.Roll(); r.Answer.Time != 0 || r.Asking {
		t.Errorf("who has left leaves %+v", r)
	}
}

// A machine closes while the server is asked, and asks nothing after that.
func TestClosingWhileTheServerIsAsked(t *testing.T) {
	h := newHeadquarters(t)
	h.CallRoll()
	<-h.asked
	must(t, h.machine.Close())
	h.answered()
	h.CallRoll()
	if h.Roll().Asking {
		t.Error("it is asked after the machine was closed")
	}
}
