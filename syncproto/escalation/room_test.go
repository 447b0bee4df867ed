package escalation_test

import (
	"testing"

	"redress/syncproto"
	"redress/syncproto/escalation"
)

const day = syncproto.Instant(syncproto.Day)

// named starts a clock that is due two hours later.
func (w *clockwork) named(ladder escalation.Ladder, cause string, now syncproto.Instant) escalation.Name {
	name := escalation.Name{Ladder: ladder, Rung: 1, Cause: syncproto.Derive(cause)}
	w.do(at(cause, now, exactly(now)), func(d *escalation.Deciding) {
		d.Begin(escalation.Started{Clock: name, Unit: unit, Start: now, Due: now.Add(2 * syncproto.Hour)})
	})
	return name
}

// ends has a clock fire and be answered within the interval, a day later.
func (w *clockwork) ends(name escalation.Name, now syncproto.Instant, within syncproto.Interval) {
	w.tick(now)
	w.do(at("answer "+name.Cause.String(), now, within), func(d *escalation.Deciding) { d.Answer(name, d.Own()) })
}

func (w *clockwork) fill(now syncproto.Instant) {
	for n := len(w.clocks); n <= escalation.MaxClocks; n++ {
		w.named(escalation.Promise, "more "+string(rune('a'+n)), now)
	}
}

// A body that is full lets the clock go that is missed least: first what nothing can
// change, then what clear evidence still could, the oldest first.
func TestWhatLeavesFirst(t *testing.T) {
	w := &clockwork{}
	missed := w.named(escalation.Response, "missed", start)
	w.ends(missed, start+day, exactly(start+day))
	met := w.named(escalation.Response, "met", start+day)
	w.do(at("met", start+day, exactly(start+day)), func(d *escalation.Deciding) { d.Answer(met, d.Own()) })
	w.fill(start + day)
	if _, there := escalation.Get(w.clocks, met); there || len(w.clocks) != escalation.MaxClocks {
		t.Fatalf("%d clocks", len(w.clocks))
	}
	w.named(escalation.Promise, "one more", start+day)
	if _, there := escalation.Get(w.clocks, missed); there || len(w.clocks) != escalation.MaxClocks {
		t.Fatalf("%d clocks", len(w.clocks))
	}
}

// What a later rule asks for stays: the rungs of ageing that fired, and the last
// resolution clock.
func TestWhatNeverLeaves(t *testing.T) {
	w := &clockwork{}
	ageing, older := w.named(escalation.Ageing, "ageing", start), w.named(escalation.Resolution, "older", start)
	w.ends(ageing, start+day, exactly(start+day))
	w.ends(older, start+day, exactly(start+day))
	latest := w.named(escalation.Resolution, "latest", start+day)
	w.ends(latest, start+2*day, exactly(start+2*day))
	w.fill(start + 2*day)
	for name, stays := range map[escalation.Name]bool{ageing: true, older: false, latest: true} {
		if _, there := escalation.Get(w.clocks, name); there != stays {
			t.Errorf("%v is there: %v", name.Ladder, there)
		}
	}
}

// A dispute that has to leave is decided for whoever would be blamed, and the firing is
// taken back: nobody can decide it any more.
func TestDisputeThatLeaves(t *testing.T) {
	w := &clockwork{limits: escalation.Limits{Dispute: 7 * syncproto.Day}}
	disputed := w.named(escalation.Response, "disputed", start)
	w.ends(disputed, start+day, syncproto.Interval{Lo: start, Hi: start + day})
	w.fill(start + day)
	if count[escalation.Archived](w.events) != 1 || count[escalation.Rescinded](w.events) != 1 {
		t.Fatalf("%+v", w.events)
	}
	for _, e := range w.events {
		if judged, is := e.(escalation.Judged); is && (judged.Result != escalation.MetOffline || !judged.Expired || judged.Clock != disputed) {
			t.Fatalf("%+v", judged)
		}
	}
}

// What is handed back or closed in time is relieved, a firing of the meantime taken back;
// who was past the due time is not.
func TestRelieve(t *testing.T) {
	for _, c := range []struct {
		story  string
		within syncproto.Interval
		result escalation.Result
		stands bool
	}{
		{"in time", exactly(due), escalation.Withdrawn, false},
		{"perhaps in time", syncproto.Interval{Lo: due, Hi: due + 1}, escalation.Disputed, true},
		{"late", exactly(due + 1), escalation.Withdrawn, true},
	} {
		for _, ticks := range []bool{true, false} {
			w := begin()
			if ticks {
				w.tick(due + 5)
			}
			w.do(at("closed", due+9, c.within), func(d *escalation.Deciding) { d.Relieve(w.clocks[0].Name(), d.Own()) })
			if k := w.clocks[0]; k.Result != c.result || (k.Fired != 0 && !k.Rescinded) != c.stands {
				t.Errorf("%s, after a tick %v: %+v", c.story, ticks, k)
			}
		}
	}
}

// A recipient who took it up in time is credited also where it was solved before; a duty
// that began when it was solved already is none.
func TestSettle(t *testing.T) {
	takesUp := escalation.Name{Ladder: escalation.Recipient, Rung: escalation.TakesUp, Cause: syncproto.Derive("firing")}
	solves := escalation.Name{Ladder: escalation.Recipient, Rung: escalation.Solves, Cause: syncproto.Derive("firing")}
	all := func(escalation.Clock) bool { return true }
	for _, c := range []struct {
		story           string
		solved, took    syncproto.Interval
		takesUp, solves escalation.Result
	}{
		{"solved, then taken up in time", exactly(start + 5), exactly(due), escalation.MetOffline, escalation.MetOffline},
		{"solved in time, then taken up late", exactly(start + 5), exactly(due + 1), escalation.Void, escalation.MetOffline},
		{"solved before it reached anybody", exactly(start), exactly(due + 1), escalation.Void, escalation.Void},
		{"solved perhaps in time", syncproto.Interval{Lo: start, Hi: due + 1}, exactly(due + 1), escalation.Disputed, escalation.Disputed},
		{"solved late", exactly(due + 1), exactly(due + 1), escalation.Missed, escalation.Missed},
	} {
		settle := func(d *escalation.Deciding) { d.Settle(d.Own(), all) }
		act := func(d *escalation.Deciding) { d.Answer(takesUp, d.Own()) }
		for _, settleFirst := range []bool{true, false} {
			w := &clockwork{}
			w.do(at("fired", start, exactly(start)), func(d *escalation.Deciding) {
				d.Begin(escalation.Started{Clock: takesUp, Start: start, Due: due})
				d.Begin(escalation.Started{Clock: solves, Start: start, Due: due})
			})
			w.tick(due + 2)
			if settleFirst {
				w.do(at("solved", due+5, c.solved), settle)
			}
			w.do(at("took", due+6, c.took), act)
			if !settleFirst {
				w.do(at("solved", due+7, c.solved), settle)
			}
			if a, b := w.clocks[0].Result, w.clocks[1].Result; a != c.takesUp || b != c.solves {
				t.Errorf("%s, settled first %v: %v and %v; want %v and %v", c.story, settleFirst, a, b, c.takesUp, c.solves)
			}
		}
	}
}

// A rung that left the body shields none above it: whoever was told there is not to be
// blamed for what is proved to have been done in time.
func TestRungAboveOneThatLeft(t *testing.T) {
	second := escalation.Name{Ladder: escalation.Resolution, Rung: 2, Cause: syncproto.Derive("opened")}
	w := &clockwork{}
	w.do(at("first rung fired", start, exactly(start)), func(d *escalation.Deciding) {
		d.Begin(escalation.Started{Clock: second, Start: start, Due: due})
	})
	w.tick(due + 1)
	w.do(at("solved", due+9, exactly(start-1)), func(d *escalation.Deciding) {
		d.Climb(escalation.Resolution, second.Cause, d.Own())
	})
	if c := w.clocks[0]; c.Result != escalation.MetOffline || !c.Rescinded {
		t.Fatalf("%+v", c)
	}
}
