package scheduler

import (
	"bytes"
	"context"
	"errors"
	"maps"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/rs/zerolog"

	"redress/server/store"
	"redress/syncproto"
	"redress/syncproto/escalation"
	"redress/syncproto/policy"
	"redress/syncproto/rules"
	"redress/syncproto/ticket"
)

const noon = syncproto.Instant(1_800_000_000_000_000)

var department = syncproto.Derive("department")

// pending is which units have a desk with commands under way.
type pending map[syncproto.ID]bool

func (p pending) Pending(unit syncproto.ID) bool { return p[unit] }

func (p pending) Restoring() bool { return p[syncproto.Derive("restoring")] }

func (p pending) AnyPending() bool { return slices.Contains(slices.Collect(maps.Values(p)), true) }

// at is a moment whose two clocks agree.
func at(t syncproto.Instant) Moment { return Moment{Wall: t, Mono: t.Sub(noon) + syncproto.Day} }

// kept is a real store with one ticket a clock, each due at its instant and known since.
func kept(t *testing.T, clocks ...escalation.Clock) *store.Store {
	t.Helper()
	ctx := context.Background()
	s, err := store.Open(ctx, filepath.Join(t.TempDir(), "log.db"))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := s.Close(); err != nil {
			t.Error(err)
		}
	})
	b := store.Batch{Epoch: 1}
	for i, c := range clocks {
		c.Ladder, c.Rung, c.Cause, c.Unit = escalation.Response, 1, syncproto.NumberedID(uint64(i+1)), department
		body := ticket.Body{Number: "K7MQ-00001", Clocks: []escalation.Clock{c}}
		data, err := rules.WriteBody(body)
		if err != nil {
			t.Fatal(err)
		}
		ref := ticket.Ref(syncproto.Derive("ticket", syncproto.NumberedID(uint64(i))))
		b.Documents = append(b.Documents, store.Document{
			Document: syncproto.Document{Ref: ref, Epoch: 1, Version: 1, Body: data}, NextDue: rules.NextDue(ref, body)})
	}
	if err := s.Append(ctx, b); err != nil {
		t.Fatal(err)
	}
	return s
}

// TestLook tells each case of holding back (design §6).
func TestLook(t *testing.T) {
	inForce := policy.Default(1) // 30 s after due, 60 s after a start
	warned := func(due, known syncproto.Instant) escalation.Clock {
		return escalation.Clock{Start: due.Add(-2 * syncproto.Hour), Warn: due.Add(-syncproto.Hour), Warned: due.Add(-syncproto.Hour), Due: due, Known: known}
	}
	long := noon.Add(-syncproto.Day)
	tests := map[string]struct {
		clock   escalation.Clock
		started syncproto.Instant
		busy    bool
		now     syncproto.Instant
		ticks   int
		again   syncproto.Instant
	}{
		"exactly at the due time nothing fires":        {warned(noon, long), long, false, noon, 0, noon + 1},
		"just after it the rung fires":                 {warned(noon, long), long, false, noon + 1, 1, 0},
		"a desk of the unit hands in: it waits":        {warned(noon, long), long, true, noon + 1, 0, noon.Add(30 * syncproto.Second)},
		"but not longer than 30 s":                     {warned(noon, long), long, true, noon.Add(30 * syncproto.Second), 1, 0},
		"a clock learned late waits from then (B7)":    {warned(noon.Add(-3*syncproto.Day), noon), long, true, noon.Add(10 * syncproto.Second), 0, noon.Add(30 * syncproto.Second)},
		"after a start everything waits a minute":      {warned(noon, long), noon.Add(-10 * syncproto.Second), false, noon + 1, 0, noon.Add(50 * syncproto.Second)},
		"and then fires":                               {warned(noon, long), noon.Add(-60 * syncproto.Second), false, noon + 1, 1, 0},
		"the warning comes first":                      {escalation.Clock{Start: long, Warn: noon, Due: noon.Add(syncproto.Hour), Known: long}, long, false, noon.Add(syncproto.Second), 1, 0},
		"before the warning only the next look stands": {escalation.Clock{Start: long, Warn: noon, Due: noon.Add(syncproto.Hour), Known: long}, long, false, noon.Add(-syncproto.Hour), 0, noon},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			s := New(kept(t, test.clock), pending{department: test.busy}, at(test.started), 0)
			look, err := s.Look(context.Background(), at(test.now), inForce)
			if err != nil {
				t.Fatal(err)
			}
			if len(look.Ticks) != test.ticks || look.Again != test.again {
				t.Errorf("%d ticks, again at %v (%d); want %d, %v (%d)", len(look.Ticks), look.Again, look.Again, test.ticks, test.again, test.again)
			}
		})
	}
}

func TestWhatIsHeldBackHidesNobodyElse(t *testing.T) {
	other := escalation.Clock{Due: noon.Add(-syncproto.Minute), Warned: noon, Known: noon.Add(-syncproto.Day)}
	held := escalation.Clock{Due: noon, Warned: noon, Known: noon.Add(-syncproto.Day)}
	s := New(kept(t, held, other), pending{department: true}, at(noon.Add(-syncproto.Day)), 0)
	look, err := s.Look(context.Background(), at(noon.Add(syncproto.Second)), policy.Default(1))
	if err != nil {
		t.Fatal(err)
	}
	if len(look.Ticks) != 1 || look.Again != noon.Add(30*syncproto.Second) {
		t.Errorf("%d ticks, again at %v; want the one that waited long enough, and the other at %v", len(look.Ticks), look.Again, noon.Add(30*syncproto.Second))
	}
}

// TestAClockInDoubtStopsEverything until an operator confirms it (design §6).
func TestAClockInDoubtStopsEverything(t *testing.T) {
	due := escalation.Clock{Due: noon, Warned: noon, Known: noon.Add(-syncproto.Day)}
	start := noon.Add(-syncproto.Day)
	tests := map[string]struct {
		last  syncproto.Instant
		now   Moment
		doubt Doubt
	}{
		"both clocks agree":                   {0, at(noon.Add(syncproto.Second)), ""},
		"ten seconds are forgiven":            {0, Moment{noon.Add(11 * syncproto.Second), at(noon.Add(syncproto.Second)).Mono}, ""},
		"more is a jump":                      {0, Moment{noon.Add(11*syncproto.Second + 1), at(noon.Add(syncproto.Second)).Mono}, Jumped},
		"backwards too":                       {0, Moment{noon.Add(syncproto.Second), at(noon.Add(12 * syncproto.Second)).Mono}, Jumped},
		"started five minutes before the log": {start.Add(5 * syncproto.Minute), at(noon.Add(syncproto.Second)), ""},
		"started even earlier":                {start.Add(5*syncproto.Minute + 1), at(noon.Add(syncproto.Second)), Behind},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			s := New(kept(t, due), pending{}, at(start), test.last)
			look, err := s.Look(context.Background(), test.now, policy.Default(1))
			if err != nil {
				t.Fatal(err)
			}
			if s.Doubt() != test.doubt || len(look.Ticks) != map[bool]int{true: 1, false: 0}[test.doubt == ""] {
				t.Errorf("doubt %q and %d ticks; want doubt %q", s.Doubt(), len(look.Ticks), test.doubt)
			}
			if test.doubt == "" {
				return
			}
			s.Confirm(test.now)
			if look, err = s.Look(context.Background(), test.now, policy.Default(1)); err != nil || len(look.Ticks) != 1 {
				t.Errorf("after an operator confirmed: %d ticks, %v; want 1", len(look.Ticks), err)
			}
		})
	}
}

// TestAClockThatWasAheadAtTheStart and was put right holds nothing back for longer than after a start.
func TestAClockThatWasAheadAtTheStart(t *testing.T) {
	due := escalation.Clock{Due: noon, Warned: noon, Known: noon.Add(-syncproto.Day)}
	started := at(noon.Add(syncproto.Second))
	started.Wall = started.Wall.Add(8 * syncproto.Hour)
	s, inForce := New(kept(t, due), pending{}, started, 0), policy.Default(1)
	for _, after := range []struct {
		now   Moment
		ticks int
	}{{at(noon.Add(5 * syncproto.Second)), 0}, {at(noon.Add(66 * syncproto.Second)), 1}} {
		if _, err := s.Look(t.Context(), after.now, inForce); err != nil {
			t.Fatal(err)
		}
		s.Confirm(after.now)
		if look, err := s.Look(t.Context(), after.now, inForce); err != nil || len(look.Ticks) != after.ticks {
			t.Errorf("at %v: %d ticks, again at %v, %v; want %d", after.now.Wall, len(look.Ticks), look.Again, err, after.ticks)
		}
	}
}

// TestADamagedBodyIsInNobodysWay: while a desk hands in, a ticket that nobody can read any more is not held back,
// and what else is due goes on.
func TestADamagedBodyIsInNobodysWay(t *testing.T) {
	due := escalation.Clock{Due: noon, Warned: noon, Known: noon.Add(-syncproto.Day)}
	s := kept(t, due)
	ref := ticket.Ref(syncproto.Derive("damaged"))
	var head store.Head
	if err := s.View(t.Context(), func(v *store.View) (err error) { head, err = v.Head(); return err }); err != nil {
		t.Fatal(err)
	}
	damaged := store.Document{Document: syncproto.Document{Ref: ref, Epoch: 1, Version: 1, Body: []byte{0xff}}, NextDue: noon}
	if err := s.Append(t.Context(), store.Batch{After: head, Epoch: 1, Documents: []store.Document{damaged}}); err != nil {
		t.Fatal(err)
	}
	busy := pending{syncproto.Derive("another department"): true}
	look, err := New(s, busy, at(noon.Add(-syncproto.Day)), 0).Look(t.Context(), at(noon.Add(syncproto.Second)), policy.Default(1))
	if err != nil || len(look.Ticks) != 2 {
		t.Errorf("%d ticks, %v; want both", len(look.Ticks), err)
	}
}

// TestTheLogSaysOnceThatTheClockIsNotBelieved, and not again when an operator has put an end to that.
func TestTheLogSaysOnceThatTheClockIsNotBelieved(t *testing.T) {
	jumped := Moment{Wall: noon.Add(syncproto.Day), Mono: at(noon).Mono}
	var log bytes.Buffer
	changed, confirmed := make(chan struct{}), make(chan struct{}, 1)
	close(changed) // it looks on and on
	ctx, cancel := context.WithCancel(t.Context())
	since := 0 // readings since an operator confirmed
	err := New(kept(t), pending{}, at(noon), 0).Run(ctx, World{
		Clock: func() Moment {
			switch said := strings.Contains(log.String(), "is not believed"); {
			case said && since == 0 && len(confirmed) == 0:
				confirmed <- struct{}{}
				since = 1
			case since > 0 && len(confirmed) == 0:
				if since++; since == 4 { // confirmed, and looked at once since
					cancel()
				}
			}
			return jumped
		},
		Policy: func() policy.Body { return policy.Default(1) }, Changed: changed, Confirmed: confirmed, Log: zerolog.New(&log)})
	if err != nil && !errors.Is(err, context.Canceled) {
		t.Fatal(err)
	}
	if n := strings.Count(log.String(), "is not believed"); n != 1 || !strings.Contains(log.String(), "confirmed the wall clock") {
		t.Errorf("said %d times:\n%s", n, &log)
	}
}

// TestADoubtOutlivesAStart: nobody has said that the time is right because the server starts again. What an
// operator says outlives one too (design §6).
func TestADoubtOutlivesAStart(t *testing.T) {
	s := kept(t, escalation.Clock{Due: noon.Add(-syncproto.Hour), Known: noon.Add(-syncproto.Day)})
	inForce := policy.Default(1)
	look := func(of *Scheduler, now Moment) int {
		t.Helper()
		found, err := of.Look(t.Context(), now, inForce)
		if err != nil {
			t.Fatal(err)
		}
		return len(found.Ticks)
	}
	first := New(s, pending{}, at(noon), 0)
	jumped := Moment{Wall: noon.Add(syncproto.Day), Mono: at(noon).Mono + syncproto.Second}
	if look(first, jumped) > 0 || first.Doubt() != Jumped {
		t.Fatal("it did not jump")
	}
	second := New(s, pending{}, jumped, 0)
	later := Moment{Wall: jumped.Wall.Add(syncproto.Hour), Mono: jumped.Mono + syncproto.Hour}
	if n := look(second, later); n > 0 || second.Doubt() != Jumped {
		t.Errorf("after a start it is believed (%q), and %d tick", second.Doubt(), n)
	}
	second.Confirm(later)
	if n := look(second, later); n != 1 {
		t.Errorf("confirmed, %d tick", n)
	}
	third := New(s, pending{}, later, 0)
	last := Moment{Wall: later.Wall.Add(syncproto.Hour), Mono: later.Mono + syncproto.Hour}
	if n := look(third, last); n != 1 || third.Doubt() != "" {
		t.Errorf("confirmed before the start, %d tick (%q)", n, third.Doubt())
	}
	fourth := New(s, pending{}, later, 0)
	look(fourth, Moment{Wall: last.Wall.Add(syncproto.Day), Mono: last.Mono})
	fifth := New(s, pending{}, later, 0)
	fifth.Confirm(later) // before it has looked once
	if n := look(fifth, last); n != 1 {
		t.Errorf("confirmed at once after the start, %d tick", n)
	}
	if n := look(New(s, pending{}, later, 0), last); n != 1 {
		t.Errorf("and it is forgotten at the next, %d tick", n)
	}
}
