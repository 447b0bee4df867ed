package rules

import (
	"redress/syncproto"
	"redress/syncproto/decision"
	"redress/syncproto/reference"
)

// document is a row of the table of documents, with the types of its business package
// already closed over.
type document struct {
	reference bool
	zero      any
	decode    func([]byte) (any, error)
	evolve    func(body, event any) any
	buckets   func(syncproto.ID, any) []syncproto.Bucket
	nextDue   func(any) syncproto.Instant
	waitsFor  func(any, syncproto.Instant) Waiting
	index     func(any) Index
}

// kept is a row for documents with the body B.
func kept[B any](evolve func(B, any) B, buckets func(syncproto.ID, B) []syncproto.Bucket) document {
	var zero B
	return document{
		zero:   zero,
		decode: read[B],
		evolve: func(body, event any) any { return evolve(as[B](body), event) },
		buckets: func(id syncproto.ID, body any) []syncproto.Bucket {
			return buckets(id, as[B](body))
		},
	}
}

// referenceData is a row for documents in the bucket that every desk holds.
func referenceData[B any](evolve func(B, any) B) document {
	d := kept(evolve, func(syncproto.ID, B) []syncproto.Bucket { return nil })
	d.reference = true
	return d
}

// indexed adds what lists need.
func indexed[B any](d document, index func(B) Index) document {
	d.index = func(body any) Index { return index(as[B](body)) }
	return d
}

// ticking adds deadline clocks.
func ticking[B any](d document, nextDue func(B) syncproto.Instant, waitsFor func(B, syncproto.Instant) Waiting) document {
	d.nextDue = func(body any) syncproto.Instant { return nextDue(as[B](body)) }
	d.waitsFor = func(body any, now syncproto.Instant) Waiting { return waitsFor(as[B](body), now) }
	return d
}

// as is the body as the row's type; the engine never mixes kinds, so a body of another
// type is none.
func as[B any](body any) B {
	b, _ := body.(B)
	return b
}

// command is a row of the table of commands.
type command struct {
	fact    bool
	makes   bool // its subject, which is not there before
	decode  func([]byte) (any, error)
	subject func(any) syncproto.Ref
	needs   func(decision.Input, reference.Reference) []syncproto.Ref
	decide  func(decision.Input, reference.Reference) decision.Outcome
}

type needing func(decision.Input, reference.Reference) []syncproto.Ref

type deciding func(decision.Input, reference.Reference) decision.Outcome

// request is a row for a command judged by today's Reference.
func request[C any](decide deciding, needs needing, subject func(C) syncproto.Ref) command {
	return command{
		decode:  read[C],
		subject: func(c any) syncproto.Ref { return subject(as[C](c)) },
		needs:   needs,
		decide:  decide,
	}
}

// fact is a row for a command that happened whatever the server thinks.
func fact[C any](decide deciding, needs needing, subject func(C) syncproto.Ref) command {
	row := request(decide, needs, subject)
	row.fact = true
	return row
}

// making says of a row that its command makes its subject, under an id that the desk chose
// and that later commands of this desk may build on while nobody else knows it.
func making(row command) command {
	row.makes = true
	return row
}

func read[T any](data []byte) (any, error) {
	var value T
	if err := syncproto.Decode(data, &value); err != nil {
		return nil, err
	}
	return value, nil
}
