package demo

import (
	"container/heap"
	"context"
	"fmt"

	"redress/server/ledger"
	"redress/syncproto"
	"redress/syncproto/rules"
)

// step is the least by which the clock goes on: what falls into one is decided together.
const step = 5 * syncproto.Second

// world is the making of a history.
type world struct {
	Making
	chance
	ctx    context.Context //nolint:containedctx // lives as long as the one making
	ledger *ledger.Ledger
	log    *ahead // that the ledger writes
	org    Organisation
	desks  map[string]*desk // by log-in name; a manager's newest
	codes  map[string]bool

	now    syncproto.Instant // the server's
	agenda agenda
	order  uint64

	batch   []ledger.Submission
	touched map[syncproto.Ref]bool // by the batch

	callers  []*caller
	decks    decks
	opened   int
	scenes   []scene // that wait for a ticket
	refusals map[string]int
}

// plan is something that will be done at a moment.
type plan struct {
	at    syncproto.Instant
	order uint64
	do    func(at syncproto.Instant) error
}

type agenda []plan

func (a agenda) Len() int { return len(a) }
func (a agenda) Less(i, j int) bool {
	if a[i].at != a[j].at {
		return a[i].at < a[j].at
	}
	return a[i].order < a[j].order
}
func (a agenda) Swap(i, j int) { a[i], a[j] = a[j], a[i] }
func (a *agenda) Push(p any)   { *a = append(*a, p.(plan)) }
func (a *agenda) Pop() any {
	last := (*a)[len(*a)-1]
	*a = (*a)[:len(*a)-1]
	return last
}

// at puts something on the agenda; what is after the end is never done.
func (w *world) at(at syncproto.Instant, do func(syncproto.Instant) error) {
	if at >= w.End {
		return
	}
	w.order++
	heap.Push(&w.agenda, plan{at: max(at, w.now), order: w.order, do: do})
}

// run goes through the agenda up to the end.
func (w *world) run() error {
	for {
		if err := w.ctx.Err(); err != nil {
			return err
		}
		next := w.log.next()
		if len(w.agenda) > 0 && (next == 0 || w.agenda[0].at < next) {
			next = w.agenda[0].at
		}
		if next == 0 || next >= w.End {
			return nil
		}
		w.now = min(max(next.Add(step)/syncproto.Instant(step)*syncproto.Instant(step), w.now), w.End)
		for len(w.agenda) > 0 && w.agenda[0].at < w.now {
			p, _ := heap.Pop(&w.agenda).(plan)
			if err := p.do(p.at); err != nil {
				return err
			}
		}
		if err := w.tick(); err != nil {
			return err
		}
	}
}

// tick decides the batch with the ticks that are due, as the scheduler would give them.
func (w *world) tick() error {
	for _, ref := range w.log.ticked(w.now) {
		tick, err := rules.Tick(ref)
		if err != nil {
			return err
		}
		tick.ID = w.id(w.now)
		if err := w.submit(w.ledger.Own(tick, w.now), ref); err != nil {
			return err
		}
	}
	return w.flush()
}

// submit puts a command into the batch.
func (w *world) submit(s ledger.Submission, subject syncproto.Ref) error {
	w.batch, w.touched[subject] = append(w.batch, s), true
	if len(w.batch) < syncproto.MaxBatch {
		return nil
	}
	return w.flush()
}

// own gives a command of the server's own, or of an operator, and decides it at once.
func (w *world) own(kind syncproto.CommandKind, command any) error {
	intent, err := rules.Write(kind, command)
	if err != nil {
		return err
	}
	intent.ID = w.id(w.now)
	if !kind.OfServer() {
		intent.Operator = w.Operator
	}
	if err := w.submit(w.ledger.Own(intent, w.now), intent.Subject); err != nil {
		return err
	}
	return w.flush()
}

// flush has the batch decided and written.
func (w *world) flush() error {
	if len(w.batch) == 0 {
		return nil
	}
	results, err := w.ledger.Commit(w.ctx, w.now, w.batch)
	if err != nil {
		return fmt.Errorf("writing the history: %w", err)
	}
	for _, r := range results {
		switch {
		case r.Problem != nil:
			return fmt.Errorf("a command of the demo was not taken: %w", r.Problem)
		case r.Verdict.Outcome == syncproto.Rejected:
			w.refusals[string(r.Verdict.Findings[0].Code)]++
		}
	}
	w.batch = w.batch[:0]
	clear(w.touched)
	return nil
}

// read is a document's body as it is now; false where it is not there.
func read[T any](w *world, ref syncproto.Ref) (body T, there bool, err error) {
	if w.touched[ref] {
		if err := w.flush(); err != nil {
			return body, false, err
		}
	}
	stored, there := w.log.docs[ref]
	if !there {
		return body, false, nil
	}
	value, err := rules.ReadBody(ref.Kind, stored.Body)
	if err != nil {
		return body, false, err
	}
	body, there = value.(T)
	return body, there, nil
}
