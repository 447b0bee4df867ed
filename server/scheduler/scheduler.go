package scheduler

import (
	"context"
	"fmt"
	"sync/atomic"

	"redress/server/store"
	"redress/syncproto"
	"redress/syncproto/policy"
	"redress/syncproto/rules"
)

// Store is what the scheduler asks of the store.
type Store interface {
	View(ctx context.Context, read func(*store.View) error) error
	Doubt(ctx context.Context) (jumped bool, err error)
	NoteDoubt(ctx context.Context, jumped bool) error
}

// Backlogs says whether a desk of the unit, or any desk, has announced commands that are
// not here yet.
type Backlogs interface {
	Pending(unit syncproto.ID) bool
	AnyPending() bool
	// Restoring says that the server was restored and is being handed what it lacks: nothing
	// fires before the answers that were told of are there again (counterexample B2).
	Restoring() bool
}

// maxLook is how many due documents one look takes: far more than can be held back, so
// that those held back never hide the others, and so many that what became due in a night
// goes through the ledger without a pause to look again.
const maxLook = 16384

// Scheduler finds what is due. Its methods are called by one goroutine at a time, but for
// Doubt.
type Scheduler struct {
	store    Store
	backlogs Backlogs
	started  syncproto.Instant // by a clock that may have been ahead then: never later than now
	clock    Watch
	recalled bool                  // what rests of a doubt of before the start, or an operator has spoken since
	rests    bool                  // a jump, in the store
	doubt    atomic.Pointer[Doubt] // of the clock, for whoever asks
}

// New is the scheduler of a server that starts at the moment. last is the time of the
// log's last entry, 0 where there is none.
func New(s Store, backlogs Backlogs, start Moment, last syncproto.Instant) *Scheduler {
	made := &Scheduler{store: s, backlogs: backlogs, started: start.Wall, clock: NewWatch(start, last)}
	made.tell()
	return made
}

// tell has Doubt say what the clock says now.
func (s *Scheduler) tell() {
	doubt := s.clock.Doubt()
	s.doubt.Store(&doubt)
}

// Doubt is why nothing fires until an operator confirms the time; "" where all is well.
// Anybody may ask.
func (s *Scheduler) Doubt() Doubt { return *s.doubt.Load() }

// Confirm says that the wall clock is right.
func (s *Scheduler) Confirm(now Moment) {
	s.clock = NewWatch(now, 0)
	s.recalled, s.rests = true, true // whatever rests is over
	s.tell()
}

// remember has a jump outlive a start: only an operator says that the time is right. Where there is no
// room to keep it, it is kept at a later look.
func (s *Scheduler) remember(ctx context.Context) error {
	if !s.recalled {
		jumped, err := s.store.Doubt(ctx)
		if err != nil {
			return err
		}
		s.recalled, s.rests = true, jumped
		if jumped {
			s.clock.Suspect()
		}
	}
	jumped := s.clock.Doubt() == Jumped
	if jumped == s.rests {
		return nil
	}
	err := s.store.NoteDoubt(ctx, jumped)
	if store.Passing(err) {
		return nil
	}
	s.rests = jumped
	return err
}

// Look is what one look found: ticks to be put through the ledger, and when to look again
// (0: when something changes).
type Look struct {
	Ticks []syncproto.Intent
	Again syncproto.Instant
}

// Look finds what is due at the moment under the policy in force.
func (s *Scheduler) Look(ctx context.Context, now Moment, inForce policy.Body) (Look, error) {
	s.clock.Observe(now)
	if err := s.remember(ctx); err != nil {
		return Look{}, err
	}
	doubt := s.clock.Doubt()
	s.tell()
	if doubt != "" || s.backlogs.Restoring() {
		return Look{}, nil
	}
	s.started = min(s.started, now.Wall)
	if open := s.started.Add(inForce.HoldAfterStart); now.Wall < open {
		return Look{Again: open}, nil
	}
	var look Look
	err := s.store.View(ctx, func(v *store.View) error {
		due, err := v.Due(now.Wall, maxLook)
		if err != nil {
			return err
		}
		mayHold := s.backlogs.AnyPending()
		for _, d := range due {
			if mayHold {
				until, err := s.held(v, d.Ref, now.Wall, inForce.HoldAfterDue)
				if err != nil {
					return err
				}
				if until != 0 {
					look.wakeAt(until)
					continue
				}
			}
			tick, err := rules.Tick(d.Ref)
			if err != nil {
				return err
			}
			look.Ticks = append(look.Ticks, tick)
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

// held is until when a due document is held back; 0 where it is not. Only this needs its
// body, and so is asked only while some desk hands in.
func (s *Scheduler) held(v *store.View, ref syncproto.Ref, now syncproto.Instant, hold syncproto.Span) (syncproto.Instant, error) {
	d, _, err := v.Document(ref)
	if err != nil {
		return 0, err
	}
	body, err := rules.ReadBody(ref.Kind, d.Body)
	if err != nil {
		return 0, nil //nolint:nilerr // the ledger says what is wrong with this one, and all else goes on
	}
	waiting := rules.WaitsFor(ref, body, now)
	if until := waiting.Since.Add(hold); now < until && s.anyPending(waiting.Units) {
		return until, nil
	}
	return 0, nil
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
