// Package rulestest is a log small enough for a table test: it decides commands by the
// rules as the server does, on values, and keeps what they make.
//
// It promises that what a test sees is what the ledger would do with the same commands:
// every command is written and read as bytes, decided, folded and kept within its limits,
// once an id; what waits for a document is decided when that is made or refused. Beyond that it
// watches the rules: it fails where a decision changed what it was given, and where a body
// does not survive being written and read.
package rulestest

import (
	"bytes"
	"fmt"
	"slices"

	"redress/syncproto"
	"redress/syncproto/decision"
	"redress/syncproto/reference"
	"redress/syncproto/rules"
)

// Given is a command with what the ledger knows of its making. The zero At and Within mean
// now.
type Given struct {
	ID          syncproto.ID // zero: the next one
	Kind        syncproto.CommandKind
	Command     any
	Person      syncproto.ID
	Operator    string
	Device      syncproto.ID
	Incarnation syncproto.ID
	Shares      []syncproto.Share
	At          syncproto.Instant
	Within      syncproto.Interval
}

// Result is what became of a command.
type Result struct {
	ID      syncproto.ID
	Outcome syncproto.Outcome
	// Findings are the remarks, or why not.
	Findings []syncproto.Finding
	Changed  []rules.Changed
}

// Events are the result's events as values, in the order of documents.
func (r Result) Events() []any {
	var values []any
	for _, c := range r.Changed {
		for _, e := range c.Events {
			value, err := rules.ReadEvent(e)
			if err != nil {
				panic(err)
			}
			values = append(values, value)
		}
	}
	return values
}

// Log decides commands. Its zero value is an empty log at the zero instant.
type Log struct {
	Now       syncproto.Instant
	Reference reference.Reference
	Docs      decision.Docs
	// History is every event of a document, in order.
	History map[syncproto.Ref][]syncproto.Event
	// Careless leaves out the watching, for long runs.
	Careless bool
	// Decided, where it is set, hears of every command that was decided, those released
	// by another included.
	Decided func(Given, Result)

	seq     uint64
	next    uint64
	results map[syncproto.ID]Result
	parked  []parked
	refused map[syncproto.Ref]bool
}

type parked struct {
	given  Given
	forDoc syncproto.Ref
}

// NextID is the id of the next thing a test makes.
func (l *Log) NextID() syncproto.ID {
	l.next++
	return syncproto.Derive("test", syncproto.NumberedID(l.next))
}

// Give decides a command and keeps what it makes. A command with an id that was decided
// already has the same result and no new effect.
func (l *Log) Give(g Given) Result {
	if g.ID.IsZero() {
		g.ID = l.NextID()
	}
	if before, decided := l.results[g.ID]; decided && before.Outcome != syncproto.Parked {
		return before
	}
	if g.At == 0 {
		g.At = l.Now
	}
	if g.Within == (syncproto.Interval{}) {
		g.Within = syncproto.Interval{Lo: g.At, Hi: g.At}
	}
	result := l.decide(g)
	if l.results == nil {
		l.results = map[syncproto.ID]Result{}
	}
	l.results[g.ID] = result
	if l.Decided != nil {
		l.Decided(g, result)
	}
	if result.Outcome == syncproto.Parked {
		l.parked = append(l.parked, parked{given: g, forDoc: result.Findings[0].Doc})
	}
	for _, c := range result.Changed {
		if c.Before.Presence != decision.Held {
			delete(l.refused, c.Ref)
			l.release(c.Ref)
		}
	}
	if result.Outcome == syncproto.Rejected && rules.Makes(g.Kind) {
		l.refuse(g)
	}
	return result
}

// refuse remembers a document that a rejected command does not make.
func (l *Log) refuse(g Given) {
	intent, err := rules.Write(g.Kind, g.Command)
	if err != nil || l.lookUp(intent.Subject).Presence != decision.Absent {
		return
	}
	if l.refused == nil {
		l.refused = map[syncproto.Ref]bool{}
	}
	l.refused[intent.Subject] = true
	l.release(intent.Subject)
}

// Result is what became of a command decided before, which for a parked one is what its
// release made.
func (l *Log) Result(id syncproto.ID) Result { return l.results[id] }

// Parked is how many commands wait for a document.
func (l *Log) Parked() int { return len(l.parked) }

func (l *Log) release(certain syncproto.Ref) {
	waiting := l.parked
	l.parked = nil
	for _, p := range waiting {
		if p.forDoc == certain {
			l.Give(p.given)
			continue
		}
		l.parked = append(l.parked, p)
	}
}

// Try is what a desk with these documents would say at the tap; it keeps nothing.
func (l *Log) Try(g Given) Result {
	if g.At == 0 {
		g.At = l.Now
	}
	if g.Within == (syncproto.Interval{}) {
		g.Within = syncproto.Interval{Lo: g.At, Hi: g.At}
	}
	result, _ := Decide(g, l.Now, true, l.Reference, l.lookUp)
	return result
}

func (l *Log) lookUp(ref syncproto.Ref) decision.Doc {
	if doc, held := l.Docs[ref]; held {
		return doc
	}
	if l.refused[ref] {
		return decision.Doc{Presence: decision.Refused}
	}
	return decision.Doc{Presence: decision.Absent}
}

func (l *Log) decide(g Given) Result {
	var before map[syncproto.Ref][]byte
	if !l.Careless {
		before = written(l.Docs)
	}
	result, err := Decide(g, l.Now, false, l.Reference, l.lookUp)
	if err != nil {
		return Result{ID: g.ID, Outcome: syncproto.Rejected, Findings: []syncproto.Finding{{Code: codeOf(err)}}}
	}
	if !l.Careless {
		for ref, body := range written(l.Docs) {
			if !bytes.Equal(before[ref], body) {
				panic(fmt.Sprintf("deciding %v changed %v, which it was only given to read", g.Kind, ref))
			}
		}
	}
	for i := range result.Changed {
		l.keep(&result.Changed[i])
	}
	return result
}

// keep writes and reads a body as it will rest, and makes it the document's.
func (l *Log) keep(c *rules.Changed) {
	data, err := rules.WriteBody(c.After.Body)
	if err != nil {
		panic(err)
	}
	if !l.Careless {
		body, err := rules.ReadBody(c.Ref.Kind, data)
		if err != nil {
			panic(err)
		}
		if again := syncproto.MustEncode(body); !bytes.Equal(data, again) {
			panic(fmt.Sprintf("%v does not survive being written and read: %x, then %x", c.Ref, data, again))
		}
		c.After.Body = body
	}
	if l.Docs == nil {
		l.Docs, l.History = decision.Docs{}, map[syncproto.Ref][]syncproto.Event{}
	}
	l.seq++
	l.Docs[c.Ref] = c.After
	l.History[c.Ref] = append(l.History[c.Ref], c.Events...)
	if rules.IsReference(c.Ref.Kind) {
		l.Reference = l.Reference.With(l.seq, c.Ref, c.After.Body)
	}
}

// Decide answers a command from the documents that lookUp gives, and folds it. An error
// says that it is over a limit.
func Decide(g Given, now syncproto.Instant, atTap bool, ref reference.Reference, lookUp func(syncproto.Ref) decision.Doc) (Result, error) {
	intent, err := rules.Write(g.Kind, g.Command)
	if err != nil {
		return Result{}, err
	}
	intent.ID, intent.Person, intent.Operator, intent.Shares = g.ID, g.Person, g.Operator, g.Shares
	command, err := rules.Read(intent)
	if err != nil {
		return Result{}, err
	}
	in := decision.Input{Intent: intent, Command: command, Device: g.Device, Incarnation: g.Incarnation,
		Now: now, Within: g.Within, At: g.At, AtTap: atTap, Docs: decision.Docs{}}
	for range syncproto.MaxNeedsRounds {
		for _, wanted := range rules.Needs(in, ref) {
			in.Docs[wanted] = lookUp(wanted)
		}
	}
	if more := rules.Needs(in, ref); len(more) > 0 {
		panic(fmt.Sprintf("%v still needs %v after %d rounds", g.Kind, more, syncproto.MaxNeedsRounds))
	}
	out := rules.Decide(in, ref)
	result := Result{ID: g.ID, Outcome: out.Outcome, Findings: slices.Clone(out.Findings)}
	if out.Outcome == syncproto.Accepted {
		result.Changed, err = rules.Fold(in, out)
	}
	return result, err
}

func written(docs decision.Docs) map[syncproto.Ref][]byte {
	all := make(map[syncproto.Ref][]byte, len(docs))
	for ref, doc := range docs {
		all[ref] = syncproto.MustEncode(doc.Body)
	}
	return all
}

func codeOf(err error) syncproto.Code {
	if problem, ok := err.(*syncproto.Problem); ok { //nolint:errorlint // the rules return Problems unwrapped
		return problem.Code
	}
	return syncproto.CodeInternal
}
