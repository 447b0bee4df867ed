package attendance_test

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/rs/zerolog"

	"redress/server/attendance"
	"redress/server/store"
	"redress/syncproto"
)

// office is a store that counts how often it is written to, with moments in minutes after
// nine.
type office struct {
	t *testing.T
	*attendance.Attendance
	store *counting
}

type counting struct {
	*store.Store
	writes []int // how many desks each
	fail   error
}

func (c *counting) SetPresence(ctx context.Context, desks []store.Presence) error {
	if c.fail != nil {
		return c.fail
	}
	c.writes = append(c.writes, len(desks))
	return c.Store.SetPresence(ctx, desks)
}

func open(t *testing.T) *office {
	t.Helper()
	s, err := store.Open(t.Context(), store.Memory)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := s.Close(); err != nil {
			t.Error(err)
		}
	})
	o := &office{t: t, store: &counting{Store: s}}
	o.restart()
	return o
}

// restart is the server after it was killed: what was not written is gone.
func (o *office) restart() {
	o.t.Helper()
	a, err := attendance.Open(o.t.Context(), o.store)
	if err != nil {
		o.t.Fatal(err)
	}
	o.Attendance = a
}

func (o *office) write() {
	o.t.Helper()
	if err := o.Write(o.t.Context()); err != nil {
		o.t.Fatal(err)
	}
}

// at is so many minutes after nine.
func at(minute int) syncproto.Instant {
	return syncproto.Instant(0).Add(9*syncproto.Hour + syncproto.Span(minute)*syncproto.Minute)
}

func device(n int) syncproto.ID { return syncproto.NumberedID(uint64(n)) }

func (o *office) shows(when, want string) {
	o.t.Helper()
	var lines []string
	seen, _ := o.Desks(syncproto.ID{}, 100)
	for _, d := range seen {
		state := "away"
		switch {
		case d.HandsIn:
			state = "hands in"
		case d.Connected:
			state = "here"
		}
		lines = append(lines, fmt.Sprintf("%s, heard at %d, %d waiting as of %d, %s v%d", state,
			d.Seen.Sub(at(0))/syncproto.Minute, d.Waiting, d.Announced.Sub(at(0))/syncproto.Minute, d.Program, d.Version))
	}
	if got := strings.Join(lines, "\n"); got != want {
		o.t.Errorf("%s:\n%s\nwant\n%s", when, got, want)
	}
}

// A desk comes with three commands, hands in one of them, and its line is cut.
func TestADeskComesHandsInAndIsCutOff(t *testing.T) {
	o := open(t)
	o.shows("before anybody came", "")
	v := o.Come(at(0), attendance.Arrival{Device: device(1), Waiting: 3, Program: "redress 1", Version: 2})
	o.shows("it came", "here, heard at 0, 3 waiting as of 0, redress 1 v2")
	v.Hear(at(1))
	v.Waits(at(1), 2)
	v.Hear(at(2))
	v.Waits(at(2), 2)
	o.shows("one arrived", "here, heard at 2, 2 waiting as of 1, redress 1 v2")
	v.Leave()
	v.Leave()
	o.shows("its line is cut", "away, heard at 2, 2 waiting as of 1, redress 1 v2")
	v.Hear(at(9))
	v.Waits(at(9), 0)
	o.shows("what is over says no more", "away, heard at 2, 2 waiting as of 1, redress 1 v2")
	o.Come(at(60), attendance.Arrival{Device: device(1), HandsIn: true, Program: "redress 2", Version: 3})
	o.shows("nobody is logged in there", "hands in, heard at 60, 0 waiting as of 60, redress 2 v3")
}

// A newer session of a device is the one that counts, whenever the older ends.
func TestANewerVisitCounts(t *testing.T) {
	o := open(t)
	older := o.Come(at(0), attendance.Arrival{Device: device(1)})
	newer := o.Come(at(5), attendance.Arrival{Device: device(1), Waiting: 1})
	older.Waits(at(6), 7)
	older.Leave()
	o.shows("the older ended", "here, heard at 5, 1 waiting as of 5,  v0")
	newer.Leave()
	o.shows("both ended", "away, heard at 5, 1 waiting as of 5,  v0")
}

// What a desk says of its program is cut to what fits and can be shown.
func TestWhatAProgramIsCalled(t *testing.T) {
	for said, want := range map[string]string{
		"redress 1.2":                  "redress 1.2",
		"two\nlines\x00\u202e":         "twolines",
		strings.Repeat("长", 41):        strings.Repeat("长", 40),
		"":                             "",
		"\n" + strings.Repeat("a", 40): strings.Repeat("a", 40),
	} {
		o := open(t)
		o.Come(at(0), attendance.Arrival{Device: device(1), Program: said})
		if seen, _ := o.Desks(syncproto.ID{}, 1); seen[0].Program != want {
			t.Errorf("%q is shown as %q, want %q", said, seen[0].Program, want)
		}
	}
}

// Talking costs no writing: what changed is written together, and a desk that only stays is
// written once in five minutes.
func TestWhatIsWrittenAndWhen(t *testing.T) {
	o := open(t)
	var visits []*attendance.Visit
	for n := range 300 {
		visits = append(visits, o.Come(at(0), attendance.Arrival{Device: device(n + 1)}))
	}
	wrote := func(when string, want ...int) {
		t.Helper()
		o.store.writes = nil
		o.write()
		if !slices.Equal(o.store.writes, want) {
			t.Errorf("%s: %v desks were written, want %v", when, o.store.writes, want)
		}
	}
	wrote("all came", 256, 44)
	visits[0].Hear(at(4))
	wrote("one talks")
	visits[0].Hear(at(5))
	wrote("one has talked for five minutes", 1)
	visits[0].Waits(at(6), 1)
	visits[1].Leave()
	wrote("one announced and one left", 2)
	wrote("nothing happened")
}

// What was written is known after a crash, and nobody counts as connected then.
func TestWhatIsKnownAfterACrash(t *testing.T) {
	o := open(t)
	v := o.Come(at(0), attendance.Arrival{Device: device(1), Waiting: 3, Program: "redress 1", Version: 2})
	o.write()
	v.Hear(at(4))
	v.Waits(at(4), 1)
	o.restart()
	o.shows("killed before it was written", "away, heard at 0, 3 waiting as of 0, redress 1 v2")
}

// Where the disk is full it is written when there is room; where nobody can tell what is on
// the disk the server stops. The last word is written as the server goes down.
func TestWhatCannotBeWrittenIsWrittenLater(t *testing.T) {
	o := open(t)
	o.Come(at(0), attendance.Arrival{Device: device(1)}).Leave()
	o.store.fail = store.ErrFull
	over, end := context.WithCancel(t.Context())
	end()
	if err := o.Write(t.Context()); !errors.Is(err, store.ErrFull) {
		t.Errorf("on a full disk: %v", err)
	}
	o.store.fail = store.ErrUncertain
	if err := o.Run(over, zerolog.Nop()); !errors.Is(err, store.ErrUncertain) {
		t.Errorf("on a disk nobody understands: %v", err)
	}
	o.store.fail = nil
	o.Come(at(1), attendance.Arrival{Device: device(1), Waiting: 2})
	if err := o.Run(over, zerolog.Nop()); err != nil {
		t.Fatal(err)
	}
	o.restart()
	o.shows("at the next start", "away, heard at 1, 2 waiting as of 1,  v0")
}

func TestDesksComeInParts(t *testing.T) {
	o := open(t)
	for n := range 5 {
		o.Come(at(n), attendance.Arrival{Device: device(n + 1)})
	}
	var after syncproto.ID
	var parts []int
	for more := true; more; {
		var some []syncproto.DeskSeen
		some, more = o.Desks(after, 2)
		parts = append(parts, len(some))
		after = some[len(some)-1].Device
	}
	if !slices.Equal(parts, []int{2, 2, 1}) || after != device(5) {
		t.Errorf("parts of %v, up to %v", parts, after)
	}
}

// Without an attendance a server works as before.
func TestNobodyNotes(t *testing.T) {
	var none *attendance.Attendance
	v := none.Come(at(0), attendance.Arrival{Device: device(1)})
	v.Hear(at(1))
	v.Waits(at(1), 1)
	v.Leave()
	if some, more := none.Desks(syncproto.ID{}, 10); len(some) > 0 || more {
		t.Errorf("%v", some)
	}
}
