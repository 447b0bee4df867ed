// Package rules is the one table that lists every kind of document, command and event,
// and the few questions both sides ask of them: Needs → Decide → Fold → NextDue → Buckets.
//
// It promises that the engine (ledger, scheduler, gateway, replica) knows nothing of the
// business, and the business nothing of the engine: a new command is a line in this table
// and a file in its business package. The table is table.go.
package rules

import (
	"fmt"
	"slices"

	"redress/syncproto"
	"redress/syncproto/decision"
	"redress/syncproto/reference"
)

// Index is what lists need of a document without decoding every body.
type Index struct {
	Open     bool              // still wants something from someone
	Deadline syncproto.Instant // nearest due time people see; 0 for none
	Number   string            // as read out on the phone
	Parent   syncproto.Ref     // the document it belongs to, as a claim to its ticket
}

// Changed is a document that a command changed.
type Changed struct {
	Ref    syncproto.Ref
	Before decision.Doc
	After  decision.Doc
	Events []syncproto.Event
}

// Known says whether the table has the kind of command.
func Known(kind syncproto.CommandKind) bool { _, ok := commands[kind]; return ok }

// IsFact says that a command of the kind happened whatever the server thinks (design §3):
// it is judged by the Reference its device had.
func IsFact(kind syncproto.CommandKind) bool { return commands[kind].fact }

// Makes says that a command of the kind makes its subject. Where it is rejected, what
// waits for that document is decided with decision.Refused: the rejection of what would
// make a document decides what waits for it.
//
// Reference data is made by headquarters and accounts by the server: no command of a desk
// ever waits for those to be made by another command of a desk.
func Makes(kind syncproto.CommandKind) bool { return commands[kind].makes }

// IsReference says that documents of the kind are reference data.
func IsReference(kind syncproto.DocKind) bool { return documents[kind].reference }

// ReferenceKinds are the kinds of documents that are reference data, in order.
func ReferenceKinds() []syncproto.DocKind {
	var kinds []syncproto.DocKind
	for kind, row := range documents {
		if row.reference {
			kinds = append(kinds, kind)
		}
	}
	slices.Sort(kinds)
	return kinds
}

// Read decodes the body of a command into in.Command. An unknown kind is a Problem with
// CodeUnknownKind: made by a newer program.
func Read(intent syncproto.Intent) (any, error) {
	entry, ok := commands[intent.Kind]
	if !ok {
		return nil, &syncproto.Problem{Code: syncproto.CodeUnknownKind, Doing: "reading a command", Detail: intent.Kind.String()}
	}
	command, err := entry.decode(intent.Body)
	if err != nil {
		return nil, err
	}
	if subject := entry.subject(command); subject != intent.Subject {
		return nil, &syncproto.Problem{Code: syncproto.CodeMalformed, Doing: "reading a command",
			Detail: fmt.Sprintf("its subject is %v and it says %v", subject, intent.Subject)}
	}
	return command, nil
}

// Write makes the kind-dependent part of an intent from a business package's command.
func Write(kind syncproto.CommandKind, command any) (syncproto.Intent, error) {
	entry, ok := commands[kind]
	if !ok {
		return syncproto.Intent{}, &syncproto.Problem{Code: syncproto.CodeUnknownKind, Doing: "writing a command", Detail: kind.String()}
	}
	body, err := syncproto.Encode(command)
	if err != nil {
		return syncproto.Intent{}, err
	}
	if len(body) > syncproto.MaxCommandBody {
		return syncproto.Intent{}, &syncproto.Problem{Code: syncproto.CodeTooLarge, Doing: "writing a command", Detail: kind.String()}
	}
	if _, err := entry.decode(body); err != nil { // also catches a command of another kind's type
		return syncproto.Intent{}, err
	}
	return syncproto.Intent{Kind: kind, Subject: entry.subject(command), Body: body}, nil
}

// Needs is which documents the decision still wants, beyond those in in.Docs. It is asked
// until it wants nothing new, at most syncproto.MaxNeedsRounds times.
func Needs(in decision.Input, ref reference.Reference) []syncproto.Ref {
	var wanted []syncproto.Ref
	for _, r := range commands[in.Intent.Kind].needs(in, ref) {
		if _, there := in.Docs[r]; !there && !r.IsZero() && !slices.Contains(wanted, r) {
			wanted = append(wanted, r)
		}
	}
	return wanted
}

// Decide answers the command. It is pure and total; a panic in it is the caller's to
// turn into a parked command.
func Decide(in decision.Input, ref reference.Reference) decision.Outcome {
	entry := commands[in.Intent.Kind]
	if !in.Intent.Kind.OfServer() && in.Intent.Operator == "" {
		late := entry.fact && !in.AtTap
		if late && !ref.EverMight(in.Intent.Person, in.Intent.Kind) {
			return decision.Reject(syncproto.Finding{Code: syncproto.CodeNeverRole, Person: in.Intent.Person})
		}
		if !late && !ref.May(in.Intent.Person, in.Intent.Kind) {
			return decision.Reject(syncproto.Finding{Code: syncproto.CodeNotAllowed, Person: in.Intent.Person})
		}
	}
	return entry.decide(in, ref)
}

// Fold turns an accepted outcome into events with ids and versions, and the documents as
// they are after them, ordered by Ref. It refuses what is over a limit.
func Fold(in decision.Input, out decision.Outcome) ([]Changed, error) {
	if len(out.Changes) > syncproto.MaxEvents {
		return nil, &syncproto.Problem{Code: syncproto.CodeTooLarge, Doing: "folding a command", Detail: fmt.Sprintf("%d events", len(out.Changes))}
	}
	changed := map[syncproto.Ref]*Changed{}
	for n, c := range out.Changes {
		doc, ok := changed[c.Doc]
		if !ok {
			before := in.Docs[c.Doc]
			doc = &Changed{Ref: c.Doc, Before: before, After: before}
			changed[c.Doc] = doc
		}
		body, err := syncproto.Encode(c.Body)
		if err != nil {
			return nil, err
		}
		if len(body) > syncproto.MaxEventBody {
			return nil, &syncproto.Problem{Code: syncproto.CodeTooLarge, Doing: "folding a command", Detail: c.Kind.String()}
		}
		event := syncproto.Event{ID: c.ID, Doc: c.Doc, Kind: c.Kind, Version: doc.After.Version + 1, Body: body}
		if event.ID.IsZero() {
			event.ID = in.EventID(n)
		}
		doc.Events = append(doc.Events, event)
		if doc.After, err = Evolve(c.Doc, doc.After, event); err != nil {
			return nil, err
		}
	}
	if len(changed) > syncproto.MaxDocuments {
		return nil, &syncproto.Problem{Code: syncproto.CodeTooLarge, Doing: "folding a command", Detail: fmt.Sprintf("%d documents", len(changed))}
	}
	list := make([]Changed, 0, len(changed))
	for _, c := range changed {
		list = append(list, *c)
	}
	slices.SortFunc(list, func(a, b Changed) int {
		if a.Ref.Less(b.Ref) {
			return -1
		}
		return 1
	})
	return list, nil
}

// Evolve applies one event to a document. A document that is not there is made from
// nothing; an event of an unknown kind is a Problem with CodeUnknownKind.
func Evolve(ref syncproto.Ref, doc decision.Doc, event syncproto.Event) (decision.Doc, error) {
	kind, ok := documents[ref.Kind]
	read, known := events[event.Kind]
	if !ok || !known {
		return doc, &syncproto.Problem{Code: syncproto.CodeUnknownKind, Doing: "applying an event", Detail: ref.Kind.String() + " " + event.Kind.String()}
	}
	value, err := read(event.Body)
	if err != nil {
		return doc, err
	}
	body := doc.Body
	if doc.Presence != decision.Held {
		body = kind.zero
	}
	return decision.Doc{Presence: decision.Held, Version: event.Version, Body: kind.evolve(body, value)}, nil
}

// ReadBody decodes a document's body.
func ReadBody(kind syncproto.DocKind, data []byte) (any, error) {
	entry, ok := documents[kind]
	if !ok {
		return nil, &syncproto.Problem{Code: syncproto.CodeUnknownKind, Doing: "reading a document", Detail: kind.String()}
	}
	return entry.decode(data)
}

// WriteBody encodes a document's body and refuses one over syncproto.MaxBody.
func WriteBody(body any) ([]byte, error) {
	data, err := syncproto.Encode(body)
	if err == nil && len(data) > syncproto.MaxBody {
		return nil, &syncproto.Problem{Code: syncproto.CodeTooLarge, Doing: "writing a document", Detail: fmt.Sprintf("%T of %d bytes", body, len(data))}
	}
	return data, err
}

// ReadEvent decodes an event's body into the business package's own value.
func ReadEvent(event syncproto.Event) (any, error) {
	read, ok := events[event.Kind]
	if !ok {
		return nil, &syncproto.Problem{Code: syncproto.CodeUnknownKind, Doing: "reading an event", Detail: event.Kind.String()}
	}
	return read(event.Body)
}

// NextDue is the least instant at which any clock of the document wants a tick; 0 for
// none.
func NextDue(ref syncproto.Ref, body any) syncproto.Instant {
	if entry := documents[ref.Kind]; entry.nextDue != nil {
		return entry.nextDue(body)
	}
	return 0
}

// Waiting is whose evidence a tick at now should still wait for, and since when.
type Waiting struct {
	Units []syncproto.ID    // responsible for what is due
	Since syncproto.Instant // the later of its due time and the entry that made the clock known
}

// WaitsFor says what the firing of what is due now is held back for: a desk of one of the
// units may have announced commands that are not here yet (design §6, holding back).
func WaitsFor(ref syncproto.Ref, body any, now syncproto.Instant) Waiting {
	if entry := documents[ref.Kind]; entry.waitsFor != nil {
		return entry.waitsFor(body, now)
	}
	return Waiting{}
}

// Buckets are who may see the document: a pure function of its body.
func Buckets(ref syncproto.Ref, body any) []syncproto.Bucket {
	entry := documents[ref.Kind]
	if entry.reference {
		return []syncproto.Bucket{syncproto.ReferenceBucket}
	}
	if entry.buckets == nil {
		return nil
	}
	buckets := entry.buckets(ref.ID, body)
	slices.SortFunc(buckets, func(a, b syncproto.Bucket) int {
		if syncproto.ID(a).Less(syncproto.ID(b)) {
			return -1
		}
		if a == b {
			return 0
		}
		return 1
	})
	return slices.DeleteFunc(slices.Compact(buckets), syncproto.Bucket.IsZero)
}

// IndexOf is what lists need of the document.
func IndexOf(ref syncproto.Ref, body any) Index {
	if entry := documents[ref.Kind]; entry.index != nil {
		return entry.index(body)
	}
	return Index{}
}
