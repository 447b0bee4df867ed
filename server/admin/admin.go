// Package admin is how the command line reaches a running server: a few requests over a
// Unix socket in the data directory that only its owner may open.
//
// It promises that there is one way to do each thing: where no server runs, the command
// line puts the same Handler around the ledger it opened itself. Commands come signed by
// the operator's key, as from any device; what is done beside the log (codes, passwords,
// confirming the clock) is open to whoever may open the socket, who could as well read
// the database.
package admin

import (
	"context"
	"errors"
	"io"
	"net/http"

	"github.com/rs/zerolog"

	"redress/server/access"
	"redress/server/ledger"
	"redress/server/store"
	"redress/syncproto"
)

// Paths of the requests, all POST, with CBOR bodies.
const (
	PathCommands = "/commands" // Commands → Verdicts
	PathCode     = "/code"     // CodeRequest → CodeAnswer
	PathPassword = "/password" // PasswordRequest → PasswordAnswer
	PathConfirm  = "/confirm"  // empty → Nothing
)

// Commands are commands of the operator in the order of their line.
type Commands struct {
	Commands []syncproto.Envelope `cbor:"1,keyasint,omitempty"`
}

// Verdicts are what became of them, up to the first that could not be taken.
type Verdicts struct {
	Verdicts []syncproto.Verdict `cbor:"1,keyasint,omitempty"`
}

// CodeRequest asks for an enrolment code.
type CodeRequest struct {
	Person   syncproto.ID `cbor:"1,keyasint,omitzero"`
	Operator string       `cbor:"2,keyasint,omitempty"`
}

// CodeAnswer is the code, good until Expires.
type CodeAnswer struct {
	Code    string            `cbor:"1,keyasint,omitempty"`
	Expires syncproto.Instant `cbor:"2,keyasint,omitempty"`
}

// PasswordRequest sets a person's password; an empty one asks for one to be made.
type PasswordRequest struct {
	Person   syncproto.ID `cbor:"1,keyasint,omitzero"`
	Password string       `cbor:"2,keyasint,omitempty"`
}

// PasswordAnswer is the password that was made.
type PasswordAnswer struct {
	Password string `cbor:"1,keyasint,omitempty"`
}

// Nothing is an empty request or answer.
type Nothing struct{}

// Refusal is why a request was not done.
type Refusal struct {
	Code   syncproto.Code `cbor:"1,keyasint,omitempty"`
	Detail string         `cbor:"2,keyasint,omitempty"`
}

// Office is what the requests are carried out with.
type Office struct {
	Ledger *ledger.Ledger
	Access *access.Access
	Clock  func() syncproto.Instant
	// Confirm says that the clock is right; nil where nothing fires anyway.
	Confirm func()
	Log     zerolog.Logger
}

// maxRequest bounds a request: as many commands as a batch takes.
const maxRequest = 8 << 20

// Handler answers the command line.
func (o *Office) Handler() http.Handler {
	mux := http.NewServeMux()
	handle(mux, o, PathCommands, o.commands)
	handle(mux, o, PathCode, func(ctx context.Context, q CodeRequest) (CodeAnswer, error) {
		code, expires, err := o.Access.IssueCode(ctx, o.Clock(), q.Person, q.Operator)
		return CodeAnswer{Code: code, Expires: expires}, err
	})
	handle(mux, o, PathPassword, func(ctx context.Context, q PasswordRequest) (PasswordAnswer, error) {
		if q.Password == "" {
			q.Password = o.Access.Suggest()
		}
		return PasswordAnswer{Password: q.Password}, o.Access.SetPassword(ctx, q.Person, q.Password)
	})
	handle(mux, o, PathConfirm, func(ctx context.Context, _ Nothing) (Nothing, error) {
		if o.Confirm == nil {
			return Nothing{}, &syncproto.Problem{Code: syncproto.CodeNotThere, Doing: "confirming the clock", Detail: "no server is running on this data, so nothing fires"}
		}
		err := o.Access.ClockIsRight(ctx, o.Clock()) // first: whoever has to come back for it finds it done
		o.Confirm()
		return Nothing{}, err
	})
	return mux
}

func (o *Office) commands(ctx context.Context, q Commands) (Verdicts, error) {
	var answer Verdicts
	for len(q.Commands) > 0 {
		some := q.Commands[:min(len(q.Commands), syncproto.MaxBatch)]
		q.Commands = q.Commands[len(some):]
		now := o.Clock()
		submissions := make([]ledger.Submission, 0, len(some))
		for _, e := range some {
			submissions = append(submissions, ledger.Submission{Source: ledger.FromOperator, Command: e, Received: now})
		}
		results, err := o.Ledger.Commit(ctx, now, submissions)
		if err != nil {
			return answer, err
		}
		for _, r := range results {
			if r.Problem != nil {
				return answer, r.Problem
			}
			answer.Verdicts = append(answer.Verdicts, r.Verdict)
		}
	}
	return answer, nil
}

// codeOf is a failure as the command line is told of it: what passes has codes of its own.
func codeOf(err error) syncproto.Code {
	var problem *syncproto.Problem
	var long *http.MaxBytesError
	switch {
	case errors.As(err, &problem):
		return problem.Code
	case errors.As(err, &long):
		return syncproto.CodeTooLarge
	case errors.Is(err, store.ErrFull):
		return syncproto.CodeDiskFull
	case store.Passing(err):
		return syncproto.CodeOverloaded
	}
	return syncproto.CodeInternal
}

func handle[Q, A any](mux *http.ServeMux, o *Office, path string, do func(context.Context, Q) (A, error)) {
	mux.HandleFunc("POST "+path, func(w http.ResponseWriter, r *http.Request) {
		var q Q
		data, err := io.ReadAll(http.MaxBytesReader(w, r.Body, maxRequest))
		if err == nil {
			err = syncproto.Decode(data, &q)
		}
		var answer A
		if err == nil {
			answer, err = do(r.Context(), q)
		}
		status, body := http.StatusOK, any(answer)
		if err != nil {
			o.Log.Warn().Err(err).Str("path", path).Msg("a request of the command line failed")
			refusal := Refusal{Code: codeOf(err), Detail: err.Error()}
			status, body = http.StatusConflict, refusal
		}
		w.Header().Set("Content-Type", "application/cbor")
		w.WriteHeader(status)
		if _, err := w.Write(syncproto.MustEncode(body)); err != nil {
			o.Log.Debug().Err(err).Msg("an answer could not be sent")
		}
	})
}
