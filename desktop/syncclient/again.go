package syncclient

import (
	"context"

	"redress/desktop/replica"
	"redress/syncproto"
)

// Return is what a person types to make the device of a folder known again, with what only main
// can make.
type Return struct {
	Code        string // a new one-time code
	Machine     string // name of the machine, for the operator
	Incarnation syncproto.ID
}

// EnrolAgain makes the device of a replica known again to a server that was restored to a state
// from before it was: with its folder, its key and all that was done on it. Asking again with
// the same code after a lost answer goes on where it stopped. Errors are Problems: of a code that
// does not fit, or is no code for this very device, syncproto.CodeWrongCode; of another
// installation, syncproto.CodeWrongLog.
func EnrolAgain(ctx context.Context, r *replica.Replica, server Server, back Return) error {
	request, err := r.AskAgain(ctx, syncproto.EnrolRequest{Code: back.Code, Name: back.Machine, Incarnation: back.Incarnation})
	if err != nil {
		return err
	}
	var answer syncproto.EnrolAnswer
	if err := server.ask(ctx, "making this device known again", syncproto.PathEnrol, request, &answer); err != nil {
		return err
	}
	return r.KnownAgain(ctx, answer)
}
