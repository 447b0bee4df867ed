package workplace_test

import (
	"context"
	"testing"

	"redress/desktop/centraltest"
	"redress/desktop/diskcrypt"
	"redress/desktop/workplace"
)

// The system is asked about the disk that the folder lies on. It may take its time: until it has answered nobody can
// tell, and then everybody who works here is told.
func TestTheSystemIsAskedAboutTheDisk(t *testing.T) {
	dir := t.TempDir()
	employ(t, dir, "wang", centraltest.Seat)
	for _, says := range []diskcrypt.State{diskcrypt.On, diskcrypt.Off, diskcrypt.Unknown} {
		answer := make(chan diskcrypt.State)
		world, about := world(t), ""
		world.Disk = func(_ context.Context, folder string) diskcrypt.State {
			about = folder
			return <-answer
		}
		m, err := workplace.Open(dir, world)
		must(t, err)
		w, err := m.LogIn(t.Context(), "wang", password)
		must(t, err)
		if m.Disk() != diskcrypt.Unknown || w.View().Disk != diskcrypt.Unknown {
			t.Errorf("before it has answered: %d, %d", m.Disk(), w.View().Disk)
		}
		answer <- says
		must(t, m.Close()) // what runs beside the lines has ended
		if about != dir || m.Disk() != says || w.View().Disk != says {
			t.Errorf("asked about %q it said %d, which reads %d and %d", about, says, m.Disk(), w.View().Disk)
		}
	}
	if nobody := open(t, t.TempDir()); nobody.Disk() != diskcrypt.Unknown {
		t.Errorf("where the system is not asked: %d", nobody.Disk())
	}
}
