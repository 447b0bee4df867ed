package demo

import (
	"container/heap"
	"context"
	"slices"

	"redress/server/ledger"
	"redress/server/store"
	"redress/syncproto"
)

// Store is where the log is written.
type Store interface{ ledger.Store }

// together is how many entries one transaction writes.
const together = 4096

// ahead lets the ledger go on before what it decided is on the disk, and writes many of its
// batches in one transaction: a commit costs more than all that is decided in a step.
//
// A server must never do this: an acknowledgement would mean nothing. Here nobody is told
// anything before all is written. What the ledger changed last it has in its cache, so it
// never misses what the View does not show yet; where it would read an entry back, because
// something parks or is released, all is written at once.
type ahead struct {
	Store
	pending store.Batch
	at      map[syncproto.Ref]int // of pending.Documents
	docs    map[syncproto.Ref]store.Document
	due     dueTimes
}

func newAhead(s Store) *ahead {
	return &ahead{Store: s, at: map[syncproto.Ref]int{}, docs: map[syncproto.Ref]store.Document{}}
}

// Append takes a batch.
func (a *ahead) Append(ctx context.Context, b store.Batch) error {
	p := &a.pending
	if len(p.Entries) == 0 {
		p.After, p.Epoch = b.After, b.Epoch
	}
	p.Entries, p.History, p.Memberships = append(p.Entries, b.Entries...), append(p.History, b.History...), append(p.Memberships, b.Memberships...)
	p.Recounts = append(p.Recounts, b.Recounts...)
	p.Commands, p.Lines, p.Parked = append(p.Commands, b.Commands...), append(p.Lines, b.Lines...), append(p.Parked, b.Parked...)
	p.Released, p.Refused = append(p.Released, b.Released...), append(p.Refused, b.Refused...)
	for _, d := range b.Documents {
		a.docs[d.Ref] = d
		if d.NextDue != 0 {
			heap.Push(&a.due, dueTime{d.NextDue, d.Ref})
		}
		if i, there := a.at[d.Ref]; there {
			p.Documents[i] = d
			continue
		}
		a.at[d.Ref] = len(p.Documents)
		p.Documents = append(p.Documents, d)
	}
	if len(p.Entries) < together && len(b.Parked)+len(b.Released)+len(b.Refused) == 0 {
		return nil
	}
	return a.write(ctx)
}

// write brings to the disk what was decided so far.
func (a *ahead) write(ctx context.Context) error {
	if len(a.pending.Entries) == 0 {
		return nil
	}
	b := a.pending
	a.pending = store.Batch{}
	clear(a.at)
	return a.Store.Append(ctx, b)
}

// dueTime is when a document wants a tick, unless it has changed its mind.
type dueTime struct {
	at  syncproto.Instant
	ref syncproto.Ref
}

type dueTimes []dueTime

func (d dueTimes) Len() int { return len(d) }
func (d dueTimes) Less(i, j int) bool {
	if d[i].at != d[j].at {
		return d[i].at < d[j].at
	}
	return d[i].ref.Less(d[j].ref)
}
func (d dueTimes) Swap(i, j int) { d[i], d[j] = d[j], d[i] }
func (d *dueTimes) Push(t any)   { *d = append(*d, t.(dueTime)) } //nolint:forcetypeassert // heap gives back what it got
func (d *dueTimes) Pop() any {
	last := (*d)[len(*d)-1]
	*d = (*d)[:len(*d)-1]
	return last
}

// next is when the first document wants a tick; 0 for never.
func (a *ahead) next() syncproto.Instant {
	for len(a.due) > 0 {
		if first := a.due[0]; a.docs[first.ref].NextDue == first.at {
			return first.at
		}
		heap.Pop(&a.due)
	}
	return 0
}

// ticked are the documents that want a tick by now, in the order of the scheduler.
func (a *ahead) ticked(now syncproto.Instant) []syncproto.Ref {
	var refs []syncproto.Ref
	for next := a.next(); next != 0 && next <= now; next = a.next() {
		first, _ := heap.Pop(&a.due).(dueTime)
		if !slices.Contains(refs, first.ref) {
			refs = append(refs, first.ref)
		}
	}
	return refs
}
