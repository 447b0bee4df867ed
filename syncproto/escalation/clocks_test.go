package escalation_test

import (
	"slices"
	"testing"

	"redress/syncproto"
	"redress/syncproto/decision"
	"redress/syncproto/escalation"

	"pgregory.net/rapid"
)

const (
	start = syncproto.Instant(1_000_000_000_000_000)
	due   = start + syncproto.Instant(2*syncproto.Hour)
)

var (
	document = syncproto.Ref{Kind: syncproto.KindTicket, ID: syncproto.Derive("ticket")}
	liaison  = syncproto.Derive("liaison")
	unit     = syncproto.Derive("unit")
)

func told(escalation.Clock) []syncproto.ID { return []syncproto.ID{liaison} }

// at is a command decided at now that says it was done within the interval.
func at(name string, now syncproto.Instant, within syncproto.Interval) decision.Input {
	return decision.Input{Intent: syncproto.Intent{ID: syncproto.Derive(name)}, Now: now, Within: within, At: within.Lo}
}

func exactly(t syncproto.Instant) syncproto.Interval { return syncproto.Interval{Lo: t, Hi: t} }

// clockwork is a document's clocks, changed by one decision after another.
type clockwork struct {
	clocks []escalation.Clock
	events []any
	limits escalation.Limits
	next   func(escalation.Clock) []escalation.Started
}

func begin() *clockwork {
	w := &clockwork{}
	w.do(at("dispatch", start, exactly(start)), func(d *escalation.Deciding) {
		d.Begin(escalation.Started{Clock: escalation.Name{Ladder: escalation.Response, Rung: 1}, Unit: unit, Start: start, Due: due})
	})
	return w
}

// do makes one decision and applies it.
func (w *clockwork) do(in decision.Input, decide func(*escalation.Deciding)) {
	d := &escalation.Deciding{In: in, Doc: document, Clocks: w.clocks, Told: told, Next: w.next, Limits: w.limits}
	d.Limits.WarnAt = 8000
	decide(d)
	for _, c := range d.Changes() {
		w.clocks = escalation.Evolve(w.clocks, c.Body)
		w.events = append(w.events, c.Body)
	}
}

func (w *clockwork) tick(now syncproto.Instant) {
	w.do(at("tick", now, exactly(now)), (*escalation.Deciding).Tick)
}

func (w *clockwork) answer(name string, now syncproto.Instant, within syncproto.Interval) {
	w.do(at(name, now, within), func(d *escalation.Deciding) { d.Answer(w.clocks[0].Name(), d.Own()) })
}

func count[E any](events []any) int {
	n := 0
	for _, e := range events {
		if _, is := e.(E); is {
			n++
		}
	}
	return n
}

// What evidence makes of a clock (design §6, late evidence), with and without the firing
// having come first.
func TestAnswer(t *testing.T) {
	const hour, minute = syncproto.Instant(syncproto.Hour), syncproto.Instant(syncproto.Minute)
	for _, c := range []struct {
		story     string
		fired     syncproto.Instant // when a tick came; 0 for none
		within    syncproto.Interval
		decided   syncproto.Instant
		result    escalation.Result
		firings   int
		rescinded bool
	}{
		{"answered after an hour, online", 0, exactly(start + hour), start + hour, escalation.Met, 0, false},
		{"answered exactly at the due time (§12 response)", 0, exactly(due), due, escalation.Met, 0, false},
		{"answered in time offline, handed in while the firing was held back", 0, exactly(due - minute), due + minute, escalation.MetOffline, 0, false},
		{"answered in time offline, handed in after the firing", due + 1, exactly(due - 1), due + 30*minute, escalation.MetOffline, 1, true},
		{"one microsecond late, before its held-back firing (B4)", 0, exactly(due + 1), due + minute, escalation.Missed, 1, false},
		{"late, after the firing", due + 1, exactly(due + minute), due + minute, escalation.Missed, 1, false},
		{"perhaps in time, before its held-back firing (B4)", 0, syncproto.Interval{Lo: due - 1, Hi: due + 1}, due + minute, escalation.Disputed, 1, false},
		{"perhaps in time, after the firing", due + 1, syncproto.Interval{Lo: due, Hi: due + hour}, due + hour, escalation.Disputed, 1, false},
		{"rebooted, so that only the receipt bounds it", due + 1, syncproto.Interval{Hi: due + hour}, due + hour, escalation.Disputed, 1, false},
	} {
		t.Run(c.story, func(t *testing.T) {
			w := begin()
			if c.fired != 0 {
				w.tick(c.fired)
			}
			w.answer("answer", c.decided, c.within)
			clock := w.clocks[0]
			if clock.Result != c.result || count[escalation.Fired](w.events) != c.firings || clock.Rescinded != c.rescinded {
				t.Fatalf("%v, %d firings, rescinded %v; want %v, %d, %v", clock.Result,
					count[escalation.Fired](w.events), clock.Rescinded, c.result, c.firings, c.rescinded)
			}
			if got := count[escalation.Rescinded](w.events) == 1; got != c.rescinded {
				t.Fatalf("a rescission in the history: %v", got)
			}
		})
	}
}

// A rescission names the firing, its evidence, and exactly those who were told.
func TestRescissionNamesFiringAndEvidence(t *testing.T) {
	w := begin()
	w.tick(due + 1)
	w.answer("answer", due+5, exactly(due-5))
	rescinded := w.events[len(w.events)-2].(escalation.Rescinded)
	if rescinded.Firing != escalation.FiringID(document.ID, w.clocks[0].Name()) || rescinded.Evidence != syncproto.Derive("answer") ||
		!slices.Equal(rescinded.Told, []syncproto.ID{liaison}) {
		t.Fatalf("%+v", rescinded)
	}
}

// What comes after the clock ended: clear evidence always counts, other evidence never
// makes a settled clock worse (B5).
func TestSecondAnswer(t *testing.T) {
	clear, doubtful, late := exactly(due-1), syncproto.Interval{Lo: due, Hi: due + 9}, exactly(due+5)
	for _, c := range []struct {
		story         string
		first, second syncproto.Interval
		result        escalation.Result
	}{
		{"disputed, then clear", doubtful, clear, escalation.MetOffline},
		{"late, then clear", late, clear, escalation.MetOffline},
		{"disputed, then late", doubtful, late, escalation.Disputed},
		{"late, then perhaps in time", late, doubtful, escalation.Disputed},
		{"clear, then late", clear, late, escalation.MetOffline},
		{"clear, then disputed", clear, doubtful, escalation.MetOffline},
	} {
		t.Run(c.story, func(t *testing.T) {
			w := begin()
			w.tick(due + 1)
			w.answer("first", due+10, c.first)
			w.answer("second", due+20, c.second)
			if got := w.clocks[0].Result; got != c.result {
				t.Fatalf("%v; want %v", got, c.result)
			}
			if n := count[escalation.Fired](w.events); n != 1 {
				t.Fatalf("%d firings", n)
			}
		})
	}
}

// A new dispatch withdraws the old clock; one that is past its due time fires first, so
// that nobody escapes a deadline by being relieved of it (B1).
func TestWithdraw(t *testing.T) {
	w := begin()
	w.do(at("dispatch 2", due-1, exactly(due-1)), func(d *escalation.Deciding) { d.Withdraw(escalation.Response) })
	if c := w.clocks[0]; c.Result != escalation.Withdrawn || c.Fired != 0 {
		t.Fatalf("withdrawn before its due time: %+v", c)
	}
	w = begin()
	w.do(at("dispatch 2", due+1, exactly(due+1)), func(d *escalation.Deciding) { d.Withdraw(escalation.Response) })
	if c := w.clocks[0]; c.Result != escalation.Withdrawn || c.Fired != due+1 {
		t.Fatalf("withdrawn after its due time: %+v", c)
	}
	w.answer("answer to dispatch 1", due+9, exactly(due-9))
	if c := w.clocks[0]; c.Result != escalation.MetOffline || !c.Rescinded {
		t.Fatalf("answered in time after all (B1): %+v", c)
	}
}

// The clock warns at 80 % and fires just after its due time, each once, and asks for no
// tick in between: the scheduler never spins.
func TestWarnsAndFiresOnce(t *testing.T) {
	w := begin()
	warn := start + syncproto.Instant(96*syncproto.Minute)
	if got := escalation.NextDue(w.clocks); got != warn {
		t.Fatalf("first tick at %v; want %v", got, warn)
	}
	w.tick(warn - 1)
	w.tick(warn)
	w.tick(warn)
	if got := escalation.NextDue(w.clocks); got != due+1 {
		t.Fatalf("second tick at %v; want %v", got, due+1)
	}
	w.tick(due)
	if count[escalation.Fired](w.events) != 0 {
		t.Fatal("fired exactly at the due time")
	}
	w.tick(due + 1)
	w.tick(due + 2)
	if got := escalation.NextDue(w.clocks); got != 0 {
		t.Fatalf("wants another tick at %v", got)
	}
	if count[escalation.Warned](w.events) != 1 || count[escalation.Fired](w.events) != 1 {
		t.Fatalf("%d warnings and %d firings", count[escalation.Warned](w.events), count[escalation.Fired](w.events))
	}
}

// After an outage a clock past both points only fires: a warning would come too late.
func TestServerWasDown(t *testing.T) {
	w := begin()
	w.tick(due + 100)
	if count[escalation.Warned](w.events) != 0 || count[escalation.Fired](w.events) != 1 {
		t.Fatalf("%v", w.events)
	}
}

// A clock that was past its due time when the server first saw it fires once, marked.
func TestArrivedLate(t *testing.T) {
	w := &clockwork{}
	now := due + syncproto.Instant(syncproto.Day)
	w.do(at("promise", now, exactly(start)), func(d *escalation.Deciding) {
		d.Begin(escalation.Started{Clock: escalation.Name{Ladder: escalation.Promise, Rung: 1}, Start: start, Due: due})
	})
	if _, since := escalation.WaitsFor(w.clocks, now); since != now {
		t.Fatalf("held back since %v; want since the entry that made it known, %v (B7)", since, now)
	}
	w.tick(now)
	if c := w.clocks[0]; !c.ArrivedLate || c.Fired != now {
		t.Fatalf("%+v", c)
	}
}

// A desk decides the same but never fires: nobody was told.
func TestDeskNeverFires(t *testing.T) {
	w := begin()
	in := at("answer", due+10, exactly(due+10))
	in.AtTap = true
	w.do(in, func(d *escalation.Deciding) { d.Answer(w.clocks[0].Name(), d.Own()) })
	if c := w.clocks[0]; c.Fired != 0 || c.Result != escalation.Missed {
		t.Fatalf("%+v", c)
	}
}

// Whatever the order in which evidence and tick arrive, the result is that of the best
// evidence, and the rung fired at most once, never before its due time.
func TestOrderOfArrivalDoesNotMatter(t *testing.T) {
	rapid.Check(t, func(rt *rapid.T) {
		arrival := due + syncproto.Instant(syncproto.Day)
		var answers []syncproto.Interval
		for range rapid.IntRange(1, 5).Draw(rt, "answers") {
			lo := rapid.Int64Range(-4, 4).Draw(rt, "lo")
			hi := rapid.Int64Range(lo, 5).Draw(rt, "hi")
			answers = append(answers, syncproto.Interval{Lo: due + syncproto.Instant(lo), Hi: due + syncproto.Instant(hi)})
		}
		best := escalation.Missed
		for _, a := range answers {
			switch {
			case a.Hi <= due:
				best = escalation.MetOffline
			case a.Lo <= due && best == escalation.Missed:
				best = escalation.Disputed
			}
		}
		w := begin()
		tickAt := rapid.IntRange(0, len(answers)).Draw(rt, "tick before answer")
		for n, a := range answers {
			if n == tickAt {
				w.tick(arrival)
			}
			w.answer("answer "+string(rune('a'+n)), arrival+syncproto.Instant(n), a)
		}
		w.tick(arrival + 10)
		if got := w.clocks[0].Result; got != best {
			rt.Fatalf("%v; want %v", got, best)
		}
		if n := count[escalation.Fired](w.events); n > 1 {
			rt.Fatalf("fired %d times", n)
		}
		if escalation.NextDue(w.clocks) != 0 {
			rt.Fatal("an ended clock wants a tick")
		}
	})
}
