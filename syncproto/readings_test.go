package syncproto

import (
	"fmt"
	"math"
	"strings"
	"testing"

	"pgregory.net/rapid"
)

// device is a machine with a true time that the test owns: how its clocks come to show what
// they show.
type device struct {
	true Instant // the server's clock
	wall Span    // by how much the wall clock is off
	boot ID
	// ticks counts in millionths of a microsecond, so that drift adds up exactly.
	micros, millionths Span
	boots              uint64
	stopped            Span // altogether, while the machine was paused
	told               []string
}

const noonOfTests = Instant(1_800_000_000_000_000)

func newDevice() *device {
	d := &device{true: noonOfTests}
	d.reboot(0)
	return d
}

func (d *device) note(format string, args ...any) {
	d.told = append(d.told, fmt.Sprintf(format, args...))
}

// pass lets true time go by, awake or asleep, with an oscillator that is off by ppm.
func (d *device) pass(by Span, ppm int64) {
	d.true = d.true.Add(by)
	d.micros += by + by/1_000_000*Span(ppm)
	d.millionths += by % 1_000_000 * Span(ppm)
	d.micros, d.millionths = d.micros+d.millionths/1_000_000, d.millionths%1_000_000
}

// stop lets true time go by while nothing of the machine runs, its ticks neither.
func (d *device) stop(by Span) {
	d.true, d.stopped = d.true.Add(by), d.stopped+by
}

// reboot lets the ticks begin again, after some time off.
func (d *device) reboot(off Span) {
	d.true = d.true.Add(off)
	d.boots++
	d.boot, d.micros, d.millionths = Derive("boot", NumberedID(d.boots)), 0, 0
}

func (d *device) read() Reading {
	return Reading{Wall: d.true.Add(d.wall), Boot: d.boot, Ticks: d.micros}
}

// anchor asks the server for its time: out and back take what they take, and the device
// takes the middle for the moment of the answer, as session.Client does.
func (d *device) anchor(out, back Span) Anchor {
	asked := d.read()
	d.pass(out, 0)
	server := d.true
	d.pass(back, 0)
	at := d.read()
	rtt := at.Ticks - asked.Ticks
	return Anchor{Server: server, RTT: rtt, Boot: at.Boot, Ticks: at.Ticks - rtt/2}
}

// reconnect is the anchor that the server makes, as session.Server does: it asks, the
// device reads its clocks, the answer comes.
func (d *device) reconnect(out, back Span) Anchor {
	asked := d.true
	d.pass(out, 0)
	at := d.read()
	d.pass(back, 0)
	return Anchor{Server: asked + (d.true-asked)/2, RTT: d.true.Sub(asked), Boot: at.Boot, Ticks: at.Ticks}
}

// history is an action with what was before and after it.
type history struct {
	*device
	action    Readings
	done      Instant // the true time of the action
	reconnect Anchor
	receipt   Instant
	paused    Span // between the carried anchor, or the action where there is none, and the reconnect
	between   bool // the carried anchor came between the reading and its use
	rebooted  struct{ before, after bool }
}

// live draws a history. What may happen: work, sleep, drift, a wall clock set anywhere,
// reboots, anchors with any split of the round trip; and stops, where they are allowed.
func live(rt *rapid.T, stops bool) history {
	d := newDevice()
	h := history{device: d}
	long := rapid.OneOf(rapid.Int64Range(0, int64(Second)), rapid.Int64Range(0, int64(Hour)), rapid.Int64Range(0, int64(14*Day)))
	trip := rapid.OneOf(rapid.Int64Range(0, int64(200*Millisecond)), rapid.Int64Range(0, int64(20*Second)))
	span := func(of *rapid.Generator[int64], what string) Span { return Span(of.Draw(rt, what)) }
	var carried Anchor
	atAnchor := Span(0)
	steps := func(name string, reboot func()) {
		for range rapid.IntRange(0, 5).Draw(rt, name) {
			switch what := rapid.IntRange(0, 9).Draw(rt, "what"); {
			case what == 0:
				off := span(long, "off")
				d.reboot(off)
				reboot()
				d.note("rebooted, %v off", off)
			case what == 1:
				d.wall = Span(rapid.Int64Range(-int64(400*Day), int64(400*Day)).Draw(rt, "wall"))
				d.note("the wall clock is set %v off", d.wall)
			case what < 5 && stops:
				by := span(long, "stop")
				d.stop(by)
				d.note("stopped for %v", by)
			case what < 7:
				carried = d.anchor(span(trip, "out"), span(trip, "back"))
				atAnchor = d.stopped
				d.note("anchor %+v", carried)
			default:
				by, ppm := span(long, "passes"), rapid.Int64Range(-driftPerMillion, driftPerMillion).Draw(rt, "ppm")
				d.pass(by, ppm)
				d.note("%v pass, drift %d ppm", by, ppm)
			}
		}
	}
	steps("before", func() {})
	h.action, h.done = Readings{Reading: d.read()}, d.true
	if rapid.IntRange(0, 9).Draw(rt, "an answer comes between the reading and its use") == 0 {
		d.pass(Span(rapid.Int64Range(0, int64(2*Second)).Draw(rt, "it takes")), 0)
		carried, atAnchor, h.between = d.anchor(span(trip, "out"), span(trip, "back")), d.stopped, true
		d.note("anchor at the last moment %+v", carried)
	}
	h.action.Anchor = carried
	h.rebooted.before = carried.Boot != d.boot
	d.note("acts: %+v", h.action)
	before := atAnchor
	if h.rebooted.before {
		before = d.stopped
	}
	steps("after", func() { h.rebooted.after = true })
	h.paused = d.stopped - before
	h.reconnect = d.reconnect(span(trip, "to the device"), span(trip, "from the device"))
	d.pass(span(trip, "handing in"), 0)
	h.receipt = d.true
	return h
}

func (h history) String() string {
	return fmt.Sprintf("%s\ndone %d, reconnect %+v, receipt %d", strings.Join(h.told, "\n"), h.done, h.reconnect, h.receipt)
}

// off is how far an anchor's word on the action may be off, by design §6.
func (h history) off(a Anchor) Span {
	elapsed := h.action.Reading.Ticks - a.Ticks
	return a.RTT/2 + max(elapsed, -elapsed)*driftPerMillion/999_800 + readingSlack + Millisecond
}

// check looks at many histories for each that rapid asks for: what can go wrong is rare.
func check(t *testing.T, one func(rt *rapid.T)) {
	t.Helper()
	rapid.Check(t, func(rt *rapid.T) {
		for range 20 {
			one(rt)
		}
	})
}

// TestTheTrueTimeIsInTheInterval (invariant 15), whatever happened to a device that was never
// stopped; and the interval is no wider than its best anchor of the action's own boot allows.
func TestTheTrueTimeIsInTheInterval(t *testing.T) {
	counts := map[string]int{}
	check(t, func(rt *rapid.T) {
		h := live(rt, false)
		got := Bound(h.action, h.reconnect, h.receipt)
		if h.done < got.Lo || h.done > got.Hi {
			rt.Fatalf("done at %d, and the interval is %d – %d:\n%v", h.done, got.Lo, got.Hi, h)
		}
		here := Bound(h.action, Anchor{}, math.MaxInt64) // on the desk itself
		if h.done < here.Lo || h.done > here.Hi {
			rt.Fatalf("done at %d, and on the desk the interval is %d – %d:\n%v", h.done, here.Lo, here.Hi, h)
		}
		width, carried, rejoined := got.Hi.Sub(got.Lo), !h.action.Anchor.IsZero() && !h.rebooted.before, !h.rebooted.after
		switch {
		case h.between: // as wide as that moment
		case carried && width > 2*h.off(h.action.Anchor), rejoined && width > 2*h.off(h.reconnect):
			rt.Fatalf("the interval is %v wide:\n%v", width, h)
		case !carried && !rejoined && got.Hi != h.receipt:
			rt.Fatalf("rebooted before and after, and still before %d:\n%v", got.Hi, h)
		case !carried && !rejoined && !h.action.Anchor.IsZero() && got.Lo < h.action.Anchor.Server.Add(-h.off(h.action.Anchor)):
			rt.Fatalf("it was done before its anchor, at %d:\n%v", got.Lo, h)
		case !carried && here.Hi != math.MaxInt64:
			rt.Fatalf("the desk knows no end, and says %d:\n%v", here.Hi, h)
		}
		counts[fmt.Sprintf("an anchor of its boot before %v, after %v", carried, rejoined)]++
	})
	t.Log(counts)
	if len(counts) < 4 {
		t.Errorf("only %v came about", counts)
	}
}

// TestAStoppedMachine says when a stop is seen: only where anchors of the action's boot lie
// on either side of it, and then for certain where it is over twice the sum of their errors.
// What is seen ends with the receipt and holds the true time. What is not seen puts the
// interval off by the stop at most.
func TestAStoppedMachine(t *testing.T) {
	seen, unseen := 0, 0
	check(t, func(rt *rapid.T) {
		h := live(rt, true)
		got := Bound(h.action, h.reconnect, h.receipt)
		if got.Lo > got.Hi || got.Hi > h.receipt {
			rt.Fatalf("%d – %d is no interval:\n%v", got.Lo, got.Hi, h)
		}
		carried, rejoined := !h.action.Anchor.IsZero() && !h.rebooted.before, !h.rebooted.after
		if h.done.Add(h.paused) < got.Lo || h.done.Add(-h.paused) > got.Hi {
			rt.Fatalf("stopped for %v, done at %d, and the interval is %d – %d:\n%v", h.paused, h.done, got.Lo, got.Hi, h)
		}
		if !carried || !rejoined || h.between {
			return // nothing on both sides
		}
		must, receipt := 2*(h.off(h.action.Anchor)+h.off(h.reconnect)), got.Hi == h.receipt
		switch {
		case h.paused > must && !receipt:
			rt.Fatalf("a stop of %v, over %v, is not seen: %d – %d:\n%v", h.paused, must, got.Lo, got.Hi, h)
		case h.paused > must:
			seen++
			if h.done < got.Lo || h.done > got.Hi {
				rt.Fatalf("a stop is seen, done at %d, and the interval is %d – %d:\n%v", h.done, got.Lo, got.Hi, h)
			}
		case h.paused > 0:
			unseen++
		}
	})
	t.Logf("%d stops must be seen, %d need not", seen, unseen)
	if seen == 0 || unseen == 0 {
		t.Errorf("%d stops must be seen and %d need not: the test looks at one kind only", seen, unseen)
	}
}

// TestTicksThatWereTamperedWith move an action to no time before its anchor or after its
// receipt, however they are changed.
func TestTicksThatWereTamperedWith(t *testing.T) {
	any64 := rapid.OneOf(rapid.Int64(), rapid.Int64Range(-int64(30*Day), int64(30*Day)), rapid.SampledFrom([]int64{0, math.MinInt64, math.MaxInt64}))
	check(t, func(rt *rapid.T) {
		h := live(rt, false)
		switch rapid.IntRange(0, 2).Draw(rt, "how") {
		case 0:
			h.action.Reading.Ticks = Span(any64.Draw(rt, "ticks"))
		case 1:
			h.action.Reading.Ticks += Span(any64.Draw(rt, "more ticks"))
		case 2:
			h.action.Reading.Boot = rapid.SampledFrom([]ID{{}, h.action.Anchor.Boot, h.reconnect.Boot}).Draw(rt, "boot")
		}
		got := Bound(h.action, h.reconnect, h.receipt)
		if got.Lo < 0 || got.Lo > got.Hi || got.Hi > h.receipt {
			rt.Fatalf("%d – %d is no interval up to %d:\n%v", got.Lo, got.Hi, h.receipt, h)
		}
		if a := h.action.Anchor; !a.IsZero() && got.Hi < min(a.here().Lo, h.receipt) {
			rt.Fatalf("it ends at %d, before its anchor %+v:\n%v", got.Hi, a, h)
		}
	})
}

// TestBoundIsTotal: whatever an altered program sends.
func TestBoundIsTotal(t *testing.T) {
	ids := rapid.SampledFrom([]ID{{}, Derive("a"), Derive("b")})
	any64 := rapid.OneOf(rapid.Int64(), rapid.SampledFrom([]int64{0, 1, -1, math.MinInt64, math.MaxInt64, int64(noonOfTests)}))
	rapid.Check(t, func(rt *rapid.T) {
		anchor := func(name string) Anchor {
			return Anchor{Server: Instant(any64.Draw(rt, name+" server")), RTT: Span(any64.Draw(rt, name+" round trip")),
				Boot: ids.Draw(rt, name+" boot"), Ticks: Span(any64.Draw(rt, name+" ticks"))}
		}
		action := Readings{Reading: Reading{Wall: Instant(any64.Draw(rt, "wall")), Boot: ids.Draw(rt, "boot"), Ticks: Span(any64.Draw(rt, "ticks"))}, Anchor: anchor("before")}
		receipt := noonOfTests.Add(Span(rapid.Int64Range(0, int64(400*Day)).Draw(rt, "receipt")))
		got := Bound(action, anchor("reconnect"), receipt)
		if got.Lo < 0 || got.Lo > got.Hi || got.Hi > receipt {
			rt.Fatalf("%d – %d is no interval up to %d", got.Lo, got.Hi, receipt)
		}
		if at := got.At(action.Reading.Wall); at < got.Lo || at > got.Hi {
			rt.Fatalf("at %d is not in %d – %d", at, got.Lo, got.Hi)
		}
	})
}
