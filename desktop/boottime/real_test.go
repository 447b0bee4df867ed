package boottime

import (
	"os"
	"os/exec"
	"strings"
	"testing"
	"time"

	"redress/syncproto"
)

// The tests of this file ask the machine they run on, whichever it is.

func TestThisMachineTellsWhatItShould(t *testing.T) {
	clock := Open()
	if err := clock.Lacks(); err != nil {
		t.Fatal(err)
	}
	if wall := time.Since(clock.Read().Wall.Time()); wall < 0 || wall > time.Minute {
		t.Errorf("the wall clock is %v off", wall)
	}
}

// Of one boot, and ticks that never go back, whoever reads, from several clocks at once.
func TestTicksOfThisMachineNeverGoBack(t *testing.T) {
	shared, ends := Open(), make(chan syncproto.Reading)
	first := shared.Read()
	const readers = 4
	for n := range readers {
		go func() {
			own := Open()
			last := shared.Read()
			for i := range 20_000 {
				c := shared
				if (i+n)%3 == 0 {
					c = own
				}
				now := c.Read()
				if now.Ticks < last.Ticks || now.Boot != first.Boot {
					t.Errorf("%+v after %+v", now, last)
					break
				}
				last = now
			}
			ends <- last
		}()
	}
	var last syncproto.Reading
	for range readers {
		if end := <-ends; end.Ticks > last.Ticks {
			last = end
		}
	}
	if last.Ticks <= first.Ticks {
		t.Errorf("ticks stand still at %v", first.Ticks)
	}
}

// Another process of this boot says the same boot, and ticks between the two of ours.
func TestAnotherProcessIsOfTheSameBoot(t *testing.T) {
	if os.Getenv("BOOTTIME_CHILD") != "" {
		r := Open().Read()
		os.Stdout.WriteString("child " + r.Boot.String() + " " + r.Ticks.Duration().String() + "\n")
		return
	}
	program, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	before := Open().Read()
	child := exec.CommandContext(t.Context(), program, "-test.run=^TestAnotherProcessIsOfTheSameBoot$", "-test.v")
	child.Env = append(os.Environ(), "BOOTTIME_CHILD=1")
	out, err := child.Output()
	if err != nil {
		t.Fatal(err)
	}
	after := Open().Read()
	var said []string
	for line := range strings.Lines(string(out)) {
		if strings.HasPrefix(line, "child ") {
			said = strings.Fields(line)
		}
	}
	if len(said) != 3 || said[1] != before.Boot.String() || after.Boot != before.Boot {
		t.Fatalf("we are of boot %v and then %v, the other process says %q", before.Boot, after.Boot, out)
	}
	ticks, err := time.ParseDuration(said[2])
	if span := syncproto.SpanOf(ticks); err != nil || span < before.Ticks || span > after.Ticks {
		t.Errorf("it read %v, we %v before and %v after: %v", ticks, before.Ticks, after.Ticks, err)
	}
}
