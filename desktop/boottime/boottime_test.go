package boottime

import (
	"errors"
	"strings"
	"testing"
	"time"

	"redress/syncproto"
)

// machine is a computer as a platform shows it, with a true time that the test owns.
type machine struct {
	t       *testing.T
	now     time.Time      // true time
	wall    time.Duration  // by how much the wall clock is off
	since   syncproto.Span // the boot, sleep included
	name    string
	nameErr error
	tickErr error
	ids     uint64
	ticks   func(m *machine) (syncproto.Span, error)
}

// platforms are how each system counts; the counting itself is what its file does.
var platforms = map[string]func(m *machine) (syncproto.Span, error){
	"linux": func(m *machine) (syncproto.Span, error) {
		return sinceEpoch(int64(m.since/syncproto.Second), int64(m.since%syncproto.Second)*1000)
	},
	"macOS on Apple silicon, by mach_continuous_time and its timebase": func(m *machine) (syncproto.Span, error) {
		return timebase{125, 3 * 1000}.span(uint64(m.since) * 24) // 24 MHz
	},
	"macOS on Intel": func(m *machine) (syncproto.Span, error) { return nanoseconds.span(uint64(m.since) * 1000) },
	"windows":        func(m *machine) (syncproto.Span, error) { return hundredNanoseconds.span(uint64(m.since) * 10) },
}

func newMachine(t *testing.T, ticks func(m *machine) (syncproto.Span, error)) *machine {
	begin := time.Date(2026, 11, 2, 9, 0, 0, 0, time.UTC)
	return &machine{t: t, now: begin, since: 90 * syncproto.Minute, name: "monday", ticks: ticks}
}

// open starts the program.
func (m *machine) open() *Clock {
	return open(system{
		boot:  func() (string, error) { return m.name, m.nameErr },
		ticks: func() (syncproto.Span, error) { return m.answer() },
		now:   func() time.Time { return m.now.Add(m.wall) }, // no monotonic part: a test's times have none
		fresh: func() syncproto.ID { m.ids++; return syncproto.Derive("fresh", syncproto.NumberedID(m.ids)) },
	})
}

func (m *machine) answer() (syncproto.Span, error) {
	if m.tickErr != nil {
		return 0, m.tickErr
	}
	return m.ticks(m)
}

// pass lets time go by, awake or asleep: the boot's clock counts both.
func (m *machine) pass(d time.Duration) {
	m.now, m.since = m.now.Add(d), m.since+syncproto.SpanOf(d)
}

// reboot starts the system anew.
func (m *machine) reboot(name string) {
	m.pass(40 * time.Second)
	m.name, m.since = name, 3*syncproto.Second
}

// Two readings of a boot differ by what passed, on every platform, however it counts: over
// work, a closed lid, and a wall clock that somebody set.
func TestTicksCountWhatPassed(t *testing.T) {
	for name, ticks := range platforms {
		t.Run(name, func(t *testing.T) {
			m := newMachine(t, ticks)
			c := m.open()
			if err := c.Lacks(); err != nil {
				t.Fatal(err)
			}
			before := c.Read()
			for _, passes := range []struct {
				what string
				d    time.Duration
			}{{"work", 17 * time.Minute}, {"a night with the lid closed", 9 * time.Hour}, {"a moment", time.Millisecond}} {
				first := c.Read()
				m.wall += 42 * time.Hour
				m.pass(passes.d)
				if got := c.Read().Ticks - first.Ticks; got != syncproto.SpanOf(passes.d) {
					t.Errorf("%s of %v is %v of ticks", passes.what, passes.d, got)
				}
			}
			after := c.Read()
			if after.Boot != before.Boot || after.Boot.IsZero() {
				t.Errorf("the boot was %v and is %v", before.Boot, after.Boot)
			}
			if again := m.open().Read(); again != after {
				t.Errorf("the program started again reads %+v, and before %+v", again, after)
			}
			if want := syncproto.InstantOf(m.now.Add(m.wall)); after.Wall != want {
				t.Errorf("the wall clock shows %v and is read as %v", want, after.Wall)
			}
		})
	}
}

// Two boots never have one name: neither where the system names them, nor where it does not.
func TestBootsAreToldApart(t *testing.T) {
	refusal := errors.New("no such file")
	for name, c := range map[string]struct {
		first, second string
		err           error
		same          bool // a second start of the program in the first boot is of it
	}{
		"each with its name":           {first: "monday", second: "tuesday", same: true},
		"the system gives an error":    {first: "", second: "", err: refusal},
		"the system gives no name":     {first: "", second: ""},
		"an error, and a name as well": {first: "monday", second: "monday", err: refusal},
	} {
		t.Run(name, func(t *testing.T) {
			m := newMachine(t, platforms["linux"])
			m.name, m.nameErr = c.first, c.err
			one := m.open()
			first := one.Read()
			m.pass(time.Minute)
			if later := one.Read(); later.Boot != first.Boot || later.Boot.IsZero() || later.Ticks-first.Ticks != syncproto.Minute {
				t.Errorf("within one start of the program: %+v, then %+v", first, later)
			}
			if again := m.open().Read(); (again.Boot == first.Boot) != c.same {
				t.Errorf("the program started again: boot %v, before %v", again.Boot, first.Boot)
			}
			m.reboot(c.second)
			other := m.open()
			if after := other.Read(); after.Boot == first.Boot || after.Boot.IsZero() {
				t.Errorf("after a reboot the boot is %v, before %v", after.Boot, first.Boot)
			}
			if lacks := one.Lacks(); (lacks == nil) != c.same || lacks != nil && !strings.Contains(lacks.Error(), "which boot this is") {
				t.Errorf("it lacks %v", lacks)
			}
		})
	}
}

// A clock that fails gives readings of no boot, which bound nothing; its ticks still go on,
// so that a silent line is noticed. When it works again, its boot is the one it was.
func TestAClockThatFails(t *testing.T) {
	m := newMachine(t, platforms["linux"])
	m.tickErr = errors.New("function not implemented")
	never := m.open()
	first := never.Read()
	m.pass(time.Minute)
	second := never.Read()
	if !first.Boot.IsZero() || !second.Boot.IsZero() || second.Ticks-first.Ticks != syncproto.Minute {
		t.Errorf("a clock that never worked reads %+v, then %+v", first, second)
	}
	if err := never.Lacks(); err == nil || !strings.Contains(err.Error(), "how long it has been running: function not implemented") {
		t.Errorf("it lacks %v", err)
	}
	m.tickErr = nil
	c := m.open()
	before := c.Read()
	m.tickErr = errors.New("gone")
	m.pass(time.Minute)
	if failed := c.Read(); !failed.Boot.IsZero() || failed.Ticks != before.Ticks+syncproto.Minute {
		t.Errorf("while it fails it reads %+v after %+v", failed, before)
	}
	m.wall = -time.Hour // Go's clock in a test follows the wall; ticks never go back
	if failed := c.Read(); failed.Ticks < before.Ticks {
		t.Errorf("while it fails ticks go back from %v to %v", before.Ticks, failed.Ticks)
	}
	m.tickErr = nil
	if after := c.Read(); after.Boot != before.Boot || after.Ticks-before.Ticks != syncproto.Minute {
		t.Errorf("when it works again it reads %+v, before %+v", after, before)
	}
}

// Ticks that go back are those of a machine that was set back to an earlier state. What was
// read before cannot be compared with what is read then, and the ticks of one program never
// go back.
func TestTicksThatGoBackAreOfAnotherBoot(t *testing.T) {
	m := newMachine(t, platforms["windows"])
	c := m.open()
	m.pass(time.Hour)
	before := c.Read()
	m.since -= 30 * syncproto.Minute
	back := c.Read()
	if back.Boot == before.Boot || back.Boot.IsZero() || back.Ticks < before.Ticks {
		t.Errorf("set back: %+v after %+v", back, before)
	}
	m.pass(time.Minute)
	if later := c.Read(); later.Boot != back.Boot || later.Ticks-back.Ticks != syncproto.Minute {
		t.Errorf("a minute later: %+v after %+v", later, back)
	}
	m.since -= 10 * syncproto.Minute
	if again := c.Read(); again.Boot == back.Boot || again.Boot == before.Boot || again.Ticks < back.Ticks {
		t.Errorf("set back again: %+v after %+v", again, back)
	}
}
