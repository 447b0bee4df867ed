package demo

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"slices"

	"github.com/rs/zerolog"

	"redress/server/ledger"
	"redress/syncproto"
)

// Limits of what is made.
const (
	MaxTickets = 100_000
	MaxDays    = 365
)

// Making is what a history is made of.
type Making struct {
	Store Store // of a log that has a policy and the organisation, and nothing else; nobody else writes it
	// Start is not before the log's last entry, and End is when the history stops.
	Start, End syncproto.Instant
	Tickets    int
	Seed       uint64
	Secret     []byte // that the keys of the devices are made with besides the seed
	Log        zerolog.Logger
	Operator   string // in whose name devices are enrolled
	// Progress is told how many tickets of how many were opened, and up to when it is done.
	Progress func(done, all int, at syncproto.Instant)
}

// Told is what was made.
type Told struct {
	Tickets int
	// Refused are commands that the rules rejected, by code: somebody was faster, as in life.
	Refused map[string]int
}

// Fill makes the history. Where ctx ends before it, what was written is a whole prefix of
// the log, and the error is the context's.
func Fill(ctx context.Context, m Making, org Organisation) (Told, error) {
	w := &world{Making: m, chance: chance{state: m.Seed*0x5851f42d4c957f2d + 1}, ctx: ctx, org: org, now: m.Start,
		log: newAhead(m.Store), desks: map[string]*desk{}, codes: map[string]bool{}, touched: map[syncproto.Ref]bool{}, refusals: map[string]int{}, decks: newDecks()}
	if m.End <= m.Start {
		return Told{}, fmt.Errorf("making a history from %v to %v: it ends before it begins", m.Start, m.End)
	}
	var err error
	if w.ledger, err = ledger.Open(ctx, w.log, func() syncproto.ID { return w.id(w.now) }, m.Log); err != nil {
		return Told{}, err
	}
	for _, p := range People() {
		d, err := w.enrol(p.Login, "办公电脑", w.now)
		if err != nil {
			return Told{}, fmt.Errorf("enrolling the device of %s: %w", p.Login, err)
		}
		w.desks[p.Login] = d
	}
	w.planCalls()
	w.planMoney()
	w.planScenes()
	err = w.run()
	if ctx.Err() == nil {
		err = errors.Join(err, w.flush())
	}
	err = errors.Join(err, w.log.write(context.WithoutCancel(ctx)))
	return Told{Tickets: w.opened, Refused: w.refusals}, err
}

// planCalls spreads the tickets over the days: more in the morning and on weekdays, and
// always some in the last hours, whatever time of day it is now.
func (w *world) planCalls() {
	fresh := min(w.Tickets, max(w.Tickets/80, min(w.Tickets/4, 16)))
	var calls []syncproto.Instant
	for len(calls) < w.Tickets-fresh {
		at := w.Start.Add(w.between(syncproto.Hour, w.End.Sub(w.Start)-syncproto.Minute))
		if w.in(busy(at)) {
			calls = append(calls, at)
		}
	}
	for range fresh {
		calls = append(calls, w.End.Add(-w.between(2*syncproto.Minute, 5*syncproto.Hour)))
	}
	slices.Sort(calls)
	for _, at := range calls {
		w.at(max(at, w.Start+1), w.call)
	}
}

// busy is how likely a call is at the moment, in a hundred.
func busy(at syncproto.Instant) int {
	t := at.Time()
	likely := [24]int{4, 2, 1, 1, 1, 2, 8, 25, 70, 100, 95, 80, 50, 60, 75, 75, 70, 60, 45, 45, 40, 30, 20, 10}[t.Hour()]
	if day := t.Weekday(); day == 0 || day == 6 {
		return (likely*55 + 99) / 100
	}
	return likely
}

// told tells the progress.
func (w *world) told(at syncproto.Instant) {
	w.opened++
	if w.Progress != nil {
		w.Progress(w.opened, w.Tickets, at)
	}
}

// Codes are the codes of refusals in order.
func (t Told) Codes() []string { return slices.Sorted(maps.Keys(t.Refused)) }
