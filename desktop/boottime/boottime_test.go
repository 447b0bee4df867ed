package boottime

import (
	"testing"
	"time"
)

func TestReadingsOfOneBootCanBeSubtracted(t *testing.T) {
	first, err := Open()
	if err != nil {
		t.Fatal(err)
	}
	second, err := Open()
	if err != nil {
		t.Fatal(err)
	}
	a, b := first.Read(), second.Read()
	if a.Boot.IsZero() || a.Boot != b.Boot {
		t.Errorf("two readings of one boot are of %v and %v", a.Boot, b.Boot)
	}
	if a.Ticks <= 0 || b.Ticks < a.Ticks {
		t.Errorf("ticks went from %v to %v", a.Ticks, b.Ticks)
	}
	if wall := time.Since(a.Wall.Time()); wall < 0 || wall > time.Minute {
		t.Errorf("the wall clock is %v off", wall)
	}
}
