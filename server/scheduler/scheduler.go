package scheduler

import (
	"context"
	"fmt"

	"redress/server/store"
	"redress/syncproto"
	"redress/syncproto/policy"
	"redress/syncproto/rules"
)

// Store is what the scheduler asks of the store.
type Store interface {
	View(ctx context.Context, read func(*store.View) error) error
}

// Backlogs says whether a desk of the unit has announced commands that are not here yet.
type Backlogs interface {
	Pending(unit syncproto.ID) bool
}

// maxLook is how many due documents one look takes: far more than can be held back, so
// that those held back never hide the others.
const maxLook = 4096

// Scheduler finds what is due. Its methods are called by one goroutine at a time.
type Scheduler struct {
	store    Store
	backlogs Backlogs
	started  syncproto.Instant
	clock    Watch
}

// New is the scheduler of a server that starts at the moment. last is the time of the
// log's last entry, 0 where there is none.
func New(s Store, backlogs Backlogs, start Moment, last syncproto.Instant) *Scheduler {
	return &Scheduler{store: s, backlogs: backlogs, started: start.Wall, clock: NewWatch(start, last)}
}

// Doubt is why nothing fires until an operator confirms the time; "" where all is well.
func (s *Scheduler) Doubt() Doubt { return s.clock.Doubt() }

// Confirm says that the wall clock is right.
func (s *Scheduler) Confirm(now Moment) { s.clock = NewWatch(now, 0) }

// Look is what one look found: ticks to be put through the ledger, and when to look again
// (0: when something changes).
type Look struct {
	Ticks []syncproto.Intent
	Again syncproto.Instant
}

// Look finds what is due at the moment under the policy in force.
func (s *Scheduler) Look(ctx context.Context, now Moment, inForce policy.Body) (Look, error) {
	if s.clock.Observe(now) != "" {
		return Look{}, nil
	}
	if open := s.started.Add(inForce.HoldAfterStart); now.Wall < open {
		return Look{Again: open}, nil
	}
	var look Look
	err := s.store.View(ctx, func(v *store.View) error {
		due, err := v.Due(now.Wall, maxLook)
		if err != nil {
			return err
		}
		for _, d := range due {
			if err := s.add(&look, d, now.Wall, inForce.HoldAfterDue); err != nil {
				return err
			}
		}
		next, err := v.NextDue(now.Wall)
		look.wakeAt(next)
		return err
	})
	if err != nil {
		return Look{}, fmt.Errorf("looking for what is due: %w", err)
	}
	return look, nil
}

// add puts a due document among the ticks, or among what is held back.
func (s *Scheduler) add(look *Look, d store.Document, now syncproto.Instant, hold syncproto.Span) error {
	body, err := rules.ReadBody(d.Ref.Kind, d.Body)
	if err != nil {
		return fmt.Errorf("reading %v: %w", d.Ref, err)
	}
	waiting := rules.WaitsFor(d.Ref, body, now)
	if until := waiting.Since.Add(hold); now < until && s.anyPending(waiting.Units) {
		look.wakeAt(until)
		return nil
	}
	tick, err := rules.Tick(d.Ref)
	if err != nil {
		return err
	}
	look.Ticks = append(look.Ticks, tick)
	return nil
}

func (s *Scheduler) anyPending(units []syncproto.ID) bool {
	for _, u := range units {
		if s.backlogs.Pending(u) {
			return true
		}
	}
	return false
}

func (l *Look) wakeAt(at syncproto.Instant) {
	if at != 0 && (l.Again == 0 || at < l.Again) {
		l.Again = at
	}
}
