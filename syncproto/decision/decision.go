// Package decision is what a rule is given and what it answers.
//
// It promises that a Decide which takes an Input and returns an Outcome needs nothing
// else: no clock, no search, no network. The same Input gives the same Outcome on a desk
// and on the server; what differs is what the docs hold, and AtTap.
package decision

import "redress/syncproto"

// Presence says whether a document is there, as far as the one who decides can know.
type Presence uint8

// Presences. On Unknown a desk may not say final: it holds only its own buckets. Refused,
// which only the server knows, is a document whose making was rejected: it is not there
// and never will be under this id, so nothing may wait for it.
const (
	Unknown Presence = 0
	Absent  Presence = 1
	Held    Presence = 2
	Refused Presence = 3
)

// Doc is a document loaded for a decision. Body is the business package's own value
// (ticket.Body, claim.Body …), never a pointer: nobody can change it in place.
type Doc struct {
	Presence Presence
	Version  uint64
	Body     any
}

// Docs are the documents loaded for one decision.
type Docs map[syncproto.Ref]Doc

// Body is the held document's body as a T; false where it is not held.
func Body[T any](docs Docs, ref syncproto.Ref) (T, bool) {
	body, ok := docs[ref].Body.(T)
	return body, ok && docs[ref].Presence == Held
}

// Input is all that a decision is made from.
type Input struct {
	Intent      syncproto.Intent
	Command     any // the decoded Intent.Body, the business package's own value
	Device      syncproto.ID
	Incarnation syncproto.ID
	// Now is the time of the entry; on a desk its best estimate.
	Now syncproto.Instant
	// Clock is what the server's clock shows, 0 on a desk. Now is later where the log is ahead since
	// the clock was wrong.
	Clock syncproto.Instant
	// Confirmed is when an operator last said that the clock is right, by that clock; 0 where nobody
	// has since the server's start. A clock that is behind that was set back since.
	Confirmed syncproto.Instant
	// Within is the interval of the action and At its moment: deadline clocks start at At,
	// evidence is judged by the interval's ends.
	Within syncproto.Interval
	At     syncproto.Instant
	// AtTap says that a desk decides, in front of the person: what the server would take
	// with a remark (a second approval, say) is refused here, while it can still be undone.
	AtTap bool
	// Told says that it is to be honoured whatever the log has forgotten: the server told its
	// person before a restore that it stands, or a named person says so after one.
	Told bool
	// Shown are grants that the device shows signed to a server whose log may have forgotten some.
	Shown []syncproto.Grant
	// Restored is the last month of which authority may have been handed out before the log was
	// restored, 0 where it never was: what became of that the log may have forgotten.
	Restored syncproto.Month
	Docs     Docs
}

// EventID is the id of the nth event of a command: it follows from the command's.
func (in Input) EventID(n int) syncproto.ID {
	return syncproto.Derive("event", in.Intent.ID, syncproto.NumberedID(uint64(n)))
}

// Change is an event before its id and version are given.
type Change struct {
	Doc  syncproto.Ref
	Kind syncproto.EventKind
	Body any // the business package's event value, encoded by the table in rules
	// ID is set where the event's id follows from something else than the command, as a
	// firing's does.
	ID syncproto.ID
}

// Outcome is the answer: accepted with its changes and remarks, rejected, or parked.
type Outcome struct {
	Outcome  syncproto.Outcome
	Changes  []Change
	Findings []syncproto.Finding // remarks of what is accepted; why not, of the others
}

// Accept is an accepted command with its changes.
func Accept(changes ...Change) Outcome {
	return Outcome{Outcome: syncproto.Accepted, Changes: changes}
}

// Reject is a rejected command with the reason.
func Reject(why syncproto.Finding) Outcome {
	return Outcome{Outcome: syncproto.Rejected, Findings: []syncproto.Finding{why}}
}

// WaitFor is a parked command that the entry creating the document releases.
func WaitFor(doc syncproto.Ref) Outcome {
	return Outcome{Outcome: syncproto.Parked, Findings: []syncproto.Finding{{Code: syncproto.CodeWaitsForDoc, Doc: doc}}}
}

// Remark adds a remark to an accepted command.
func (o Outcome) Remark(f syncproto.Finding) Outcome {
	o.Findings = append(o.Findings[:len(o.Findings):len(o.Findings)], f)
	return o
}

// Require is the rejection for a text that is empty or too long; nil where it is fine.
func Require(field, text string, limit int) *syncproto.Finding {
	switch n := len([]rune(text)); {
	case n == 0:
		return &syncproto.Finding{Code: syncproto.CodeMissing, Field: field}
	case n > limit:
		return &syncproto.Finding{Code: syncproto.CodeTooLong, Field: field}
	}
	return nil
}

// Limit is the rejection for a text that is too long; empty is fine.
func Limit(field, text string, limit int) *syncproto.Finding {
	if text == "" {
		return nil
	}
	return Require(field, text, limit)
}

// First is the first rejection of several checks, nil where all passed.
func First(checks ...*syncproto.Finding) *syncproto.Finding {
	for _, c := range checks {
		if c != nil {
			return c
		}
	}
	return nil
}
