package gateway

import (
	"context"
	"errors"
	"io"
	"log"
	"net"
	"net/http"
	"slices"
	"strings"

	"github.com/rs/zerolog"

	"redress/server/access"
	"redress/server/store"
	"redress/syncproto"
)

// Door answers what goes over HTTP beside the sessions.
type Door struct {
	Access  *access.Access
	Sockets *Sockets
	Clock   func() syncproto.Instant
	Log     zerolog.Logger
	// Troubles are what is not as it should be now.
	Troubles func() []Trouble

	byDevice  *access.Limiter // log-ins that the device has signed: guesses at its person's password
	byAddress *access.Limiter // what no device has signed
	byNonce   *access.Limiter // by address, of its own as the next: what is to be signed costs nobody their log-in
	byWatcher *access.Limiter // nor does looking at the desks
}

// Handler is everything a desk may ask for.
func (d *Door) Handler() http.Handler {
	limits := d.Sockets.Hub.limits
	d.byDevice, d.byAddress = limits.LoginsOfDevice.limiter(), limits.AsksOfAddress.limiter()
	d.byNonce, d.byWatcher = limits.NoncesOfAddress.limiter(), limits.WatchesOfAddress.limiter()
	mux := http.NewServeMux()
	mux.HandleFunc("GET "+syncproto.PathSession, d.Sockets.Open)
	mux.HandleFunc("POST "+syncproto.PathEnrol, d.enrol)
	mux.HandleFunc("POST "+syncproto.PathNonce, d.nonce)
	mux.HandleFunc("POST "+syncproto.PathLogin, d.login)
	mux.HandleFunc("POST "+syncproto.PathDesks, d.desks)
	mux.HandleFunc("GET /healthz", d.healthy)
	mux.HandleFunc("GET /readyz", d.ready)
	return mux
}

// Server answers with Handler, on lines that Door.Listen let in. What runs in a session ends
// with living.
func (d *Door) Server(living context.Context) *http.Server {
	limits := d.Sockets.Hub.limits
	return &http.Server{Handler: d.Handler(), ReadHeaderTimeout: limits.Header, ReadTimeout: limits.Request, WriteTimeout: limits.Request,
		IdleTimeout: limits.Idle, MaxHeaderBytes: limits.HeaderBytes, BaseContext: func(net.Listener) context.Context { return living },
		ErrorLog: log.New(httpLog{d.Log}, "", 0)}
}

// httpLog takes what the standard library says of single lines, mostly of strangers: its text
// is not fixed, and stands in a field.
type httpLog struct{ log zerolog.Logger }

func (h httpLog) Write(text []byte) (int, error) {
	h.log.Debug().Str("what", strings.TrimSpace(string(text))).Msg("a line could not be served")
	return len(text), nil
}

func (d *Door) enrol(w http.ResponseWriter, r *http.Request) {
	serve(d, w, r, func(ctx context.Context, q syncproto.EnrolRequest) (syncproto.EnrolAnswer, string, error) {
		answer, err := d.Access.Enrol(ctx, d.Clock(), q)
		return answer, "device enrolled", err
	}, func(_ syncproto.EnrolRequest, from string, now syncproto.Instant) syncproto.Span {
		return d.byAddress.Take(from, now)
	})
}

func (d *Door) login(w http.ResponseWriter, r *http.Request) {
	serve(d, w, r, func(ctx context.Context, q syncproto.LoginRequest) (syncproto.LoginAnswer, string, error) {
		answer, err := d.Access.Login(ctx, d.Clock(), q)
		return answer, "logged in", err
	}, d.slow)
}

// slow is how long who logs in has to wait. A guess at a password counts against the device
// that signed it, and against nobody else: a whole office may log in at once. Without its
// signature no password is right, and a stranger who names a login keeps nobody out of it.
func (d *Door) slow(q syncproto.LoginRequest, from string, now syncproto.Instant) syncproto.Span {
	if d.Access.Proven(now, q) {
		return d.byDevice.Take(q.Device.String(), now)
	}
	return d.byAddress.Take(from, now)
}

func (d *Door) nonce(w http.ResponseWriter, r *http.Request) {
	now, from := d.Clock(), address(r)
	if wait := d.byNonce.Take(from, now); wait > 0 {
		d.Sockets.Hub.turnedAway(limitAsks, from, now)
		d.refuse(w, http.StatusTooManyRequests, syncproto.Refusal{Code: syncproto.CodeTooOften, RetryAfter: wait})
		return
	}
	d.answer(w, http.StatusOK, syncproto.NonceAnswer{Nonce: d.Access.Nonce(now)})
}

// serve reads a request, keeps to the limits, and answers. What does not fit gets one
// answer, whatever it is. do says what was done, for the log; "" for nothing worth a line.
// slow says how long the asker has to wait, 0 where they may ask now.
func serve[Q, A any](d *Door, w http.ResponseWriter, r *http.Request, do func(context.Context, Q) (A, string, error), slow func(q Q, from string, now syncproto.Instant) syncproto.Span) {
	var q Q
	data, err := io.ReadAll(http.MaxBytesReader(w, r.Body, syncproto.MaxRequest))
	if err == nil {
		err = syncproto.Decode(data, &q)
	}
	if err != nil {
		d.refuse(w, http.StatusBadRequest, syncproto.Refusal{Code: syncproto.CodeMalformed})
		return
	}
	now, from := d.Clock(), address(r)
	if wait := slow(q, from, now); wait > 0 {
		d.Sockets.Hub.turnedAway(limitAsks, from, now)
		d.refuse(w, http.StatusTooManyRequests, syncproto.Refusal{Code: syncproto.CodeTooOften, RetryAfter: wait})
		return
	}
	answer, done, err := do(r.Context(), q)
	var problem *syncproto.Problem
	switch {
	case err == nil:
		if done != "" {
			d.Log.Info().Str("what", done).Msg("a request was done")
		}
		d.answer(w, http.StatusOK, answer)
	case errors.As(err, &problem) && slices.Contains(ofTheAsker, problem.Code):
		d.Log.Warn().Str("path", r.URL.Path).Str("address", from).Str("code", string(problem.Code)).Msg("refused")
		d.refuse(w, http.StatusForbidden, syncproto.Refusal{Code: problem.Code})
	case errors.As(err, &problem) && problem.Code == syncproto.CodeRestoring:
		d.Log.Warn().Str("path", r.URL.Path).Str("address", from).Str("code", string(problem.Code)).Msg("refused")
		d.refuse(w, http.StatusServiceUnavailable, syncproto.Refusal{Code: problem.Code})
	case store.Passing(err):
		d.Log.Error().Err(err).Str("path", r.URL.Path).Msg("a request failed")
		closing := d.Sockets.Hub.closingFor(err)
		d.refuse(w, http.StatusServiceUnavailable, syncproto.Refusal{Code: closing.Code, RetryAfter: closing.RetryAfter})
	default:
		d.Log.Error().Err(err).Str("path", r.URL.Path).Msg("a request failed")
		d.refuse(w, http.StatusInternalServerError, syncproto.Refusal{Code: syncproto.CodeInternal})
	}
}

// ofTheAsker are the codes of what does not fit about whoever asks.
var ofTheAsker = []syncproto.Code{syncproto.CodeWrongCode, syncproto.CodeWrongLogin, syncproto.CodeTokenExpired, syncproto.CodeNotAllowed}

func (d *Door) refuse(w http.ResponseWriter, status int, refusal syncproto.Refusal) {
	d.answer(w, status, refusal)
}

func (d *Door) answer(w http.ResponseWriter, status int, value any) {
	data, err := syncproto.Encode(value)
	if err != nil {
		d.Log.Error().Err(err).Msg("an answer cannot be written")
		status, data = http.StatusInternalServerError, nil
	}
	w.Header().Set("Content-Type", "application/cbor")
	w.WriteHeader(status)
	if _, err := w.Write(data); err != nil {
		d.Log.Debug().Err(withoutAddress(err)).Msg("an answer could not be sent")
	}
}
