package ticket

import (
	"redress/syncproto"
	"redress/syncproto/decision"
	"redress/syncproto/reference"
)

// Needs is which documents the command is decided from.
func Needs(decision.Input, reference.Reference) []syncproto.Ref { return nil }

// Decide answers a command.
func Decide(decision.Input, reference.Reference) decision.Outcome {
	return decision.Reject(syncproto.Finding{Code: syncproto.CodeUnknownKind})
}
