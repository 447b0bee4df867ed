// Package publication reads from the log what a desk gets: the deltas that bring it from
// its cursor to the head.
//
// It promises, in order of importance:
//
//  1. A desk gets nothing outside the buckets its person has at the moment of reading, and
//     is told at once which it has lost.
//  2. A delta that moves the cursor leaves the desk with exactly what its buckets hold at
//     that position: every body, and every history entry, without a gap; of a bucket that is
//     being filled, with what came since. A catch-up from the store that needs several deltas
//     leaves the cursor where it was until the last; from memory it stops after each batch,
//     whose bodies are those of that moment. Pages and sums are of the delta's moment.
//  3. The desk's own commands come with the delta that brings what they did, so that
//     nothing is seen twice and nothing flickers (design §3, overlay).
//  4. A delta keeps to the limits of the wire, whatever it is about.
//
// Reading is by cursor, from the newest batches in memory or from one View of the store
// that is over before anything is sent: a slow desk has no queue here, it just reads on
// later. Which of the two it was makes no difference to what a desk gets.
package publication

import (
	"context"
	"fmt"
	"slices"

	"redress/server/store"
	"redress/syncproto"
	"redress/syncproto/organisation"
	"redress/syncproto/reference"
	"redress/syncproto/rules"
	"redress/syncproto/session"
)

// Store is what publication asks of the store.
type Store interface {
	View(ctx context.Context, read func(*store.View) error) error
}

// Desk is whom a delta is for.
type Desk struct {
	Device syncproto.ID
	Person syncproto.ID
}

// Reading is a delta and how to go on.
type Reading struct {
	Delta *syncproto.Delta
	Place session.Place
	After session.PagePlace // where the page after the delta's begins
	Paged []syncproto.Document
	Sums  []syncproto.BucketSum
	Parts []syncproto.Parts
	// Rescoped says that the person's buckets are not those that were asked for: the
	// session has to begin anew after this delta.
	Rescoped bool
}

// Publication reads a log that goes on.
type Publication struct {
	store  Store
	head   uint64 // where the log ended when this began
	recent recent
}

// New reads the log of a store, which ends at head. Written has to be told of every batch.
func New(s Store, head uint64) *Publication { return &Publication{store: s, head: head} }

// Written takes in a batch that is on the disk, with who is who from there on.
func (p *Publication) Written(b store.Batch, people reference.Reference) {
	if len(b.Entries) > 0 {
		p.recent.add(b, people)
	}
}

// Head is up to where Read reads.
func (p *Publication) Head() uint64 { return max(p.head, p.recent.head()) }

// Read makes the next delta past ask.From, as the session's machine asks for it.
func (p *Publication) Read(ctx context.Context, desk Desk, ask session.ReadDelta) (Reading, error) {
	if reading, whole, err := p.recent.read(desk, ask); whole || err != nil {
		return reading, err
	}
	return Read(ctx, p.store, desk, ask)
}

// Read makes the next delta past ask.From from the store alone.
func Read(ctx context.Context, s Store, desk Desk, ask session.ReadDelta) (Reading, error) {
	var reading Reading
	err := s.View(ctx, func(v *store.View) (err error) {
		reading, err = read(v, desk, ask)
		return err
	})
	if err != nil {
		return Reading{}, fmt.Errorf("reading what device %v gets after %d: %w", desk.Device, ask.From, err)
	}
	return reading, nil
}

func read(v *store.View, desk Desk, ask session.ReadDelta) (Reading, error) {
	head, err := v.Head()
	if err != nil {
		return Reading{}, err
	}
	now, err := bucketsOf(v, desk.Person)
	if err != nil {
		return Reading{}, err
	}
	delta := &syncproto.Delta{Epoch: head.Epoch, From: ask.From, Cursor: ask.From, Lost: slices.Clone(ask.Lost)}
	held := make([]syncproto.Bucket, 0, len(ask.Buckets))
	for _, b := range ask.Buckets {
		switch {
		case slices.Contains(now, b):
			held = append(held, b)
		case !slices.Contains(delta.Lost, b):
			delta.Lost = append(delta.Lost, b)
		}
	}
	rescoped := len(held) != len(ask.Buckets) || len(held) != len(now)
	p := &page{view: v, desk: desk, now: held, delta: delta, head: head.Seq, from: ask.From, place: ask.Place, room: syncproto.MaxDeltaBytes, whole: ask.Whole}
	p.buckets = slices.DeleteFunc(slices.Clone(held), func(b syncproto.Bucket) bool { return slices.Contains(ask.Fresh, b) })
	if err := p.fill(); err != nil {
		return Reading{}, err
	}
	reading := Reading{Delta: delta, Place: p.place, Rescoped: rescoped}
	if !delta.Current {
		return reading, nil
	}
	if len(ask.Fresh) > 0 {
		delta.Filling = slices.DeleteFunc(slices.Clone(held), func(b syncproto.Bucket) bool { return !slices.Contains(ask.Fresh, b) })
	} else if ask.From == 0 {
		delta.Held = held
	}
	if rescoped { // what was gained comes in the next session, which goes on from what is said here
		delta.Current = false
		return reading, nil
	}
	return reading, p.rest(ask, &reading)
}

// bucketsOf are the buckets of the person as of the View; none for who left.
func bucketsOf(v *store.View, person syncproto.ID) ([]syncproto.Bucket, error) {
	doc, there, err := v.Document(organisation.PersonRef(person))
	if err != nil || !there {
		return nil, err
	}
	body, err := rules.ReadBody(syncproto.KindPerson, doc.Body)
	if err != nil {
		return nil, err
	}
	p, _ := body.(organisation.Person)
	return p.HeldNow(person), nil
}
