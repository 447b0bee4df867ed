package simulation

import (
	"fmt"
	"strconv"
	"strings"
)

// machineVerbs are what happens to the machine a desk runs on, whether or not somebody can
// work on it.
var machineVerbs = map[string]func(*world, *station, *arguments) ([]string, error){
	"offline":    offline,
	"online":     online,
	"deaf":       deaf,
	"mute":       mute,
	"overtaken":  overtaken,
	"damages":    damages,
	"clock":      setClock,
	"drifts":     drifts,
	"tampers":    tampers,
	"reboots":    reboots,
	"shuts-down": func(w *world, s *station, _ *arguments) ([]string, error) { return s.leave(w, off) },
	"starts":     starts,
	"sleeps":     func(w *world, s *station, _ *arguments) ([]string, error) { return s.leave(w, asleep) },
	"wakes":      wakes,
	"pauses":     pauses,
	"resumes":    resumes,
	"copied":     copied,
	"backs-up":   func(_ *world, s *station, _ *arguments) ([]string, error) { return nil, s.desk.BackUp() },
	"set-back":   setBack,
}

// copied puts a copy of the disk into another machine, whose line is cut for now.
func copied(w *world, s *station, a *arguments) ([]string, error) {
	name := a.value("as", "")
	if name == "" || w.station(name) != nil {
		return nil, fmt.Errorf("the copy needs a name of its own: %s copied as=%s-copy", s.name, s.name)
	}
	other := &station{name: name, person: s.person, clocks: s.clocks.Booted(w.now, w.id())}
	var err error
	if other.desk, err = s.desk.Copy(name); err == nil {
		w.stations = append(w.stations, other)
	}
	return nil, err
}

// setBack puts the disk back to what was kept, and starts the machine on it.
func setBack(w *world, s *station, a *arguments) ([]string, error) {
	s.cut(w.now)
	s.clocks = s.clocks.Booted(w.now, w.id())
	if err := s.desk.SetBack(a.value("only", "") == "database"); err != nil {
		return nil, err
	}
	return nil, w.settle()
}

func offline(w *world, s *station, _ *arguments) ([]string, error) {
	s.online = false
	s.cut(w.now)
	return nil, nil
}

func online(w *world, s *station, _ *arguments) ([]string, error) {
	s.online = true
	return nil, w.settle()
}

// deaf has what the server sends lost on its way, until the line is cut.
func deaf(_ *world, s *station, a *arguments) ([]string, error) {
	s.deaf = a.silent()
	return nil, a.failed
}

// mute has what the desk sends lost on its way, until the line is cut.
func mute(_ *world, s *station, a *arguments) ([]string, error) {
	s.mute = a.silent()
	return nil, a.failed
}

// overtaken has what the server sends arrive in another order, once, and until the line is cut.
func overtaken(_ *world, s *station, a *arguments) ([]string, error) {
	s.late = a.overtaken()
	return nil, a.failed
}

// damages has the disk give back something else than was written.
func damages(w *world, s *station, a *arguments) ([]string, error) {
	name := a.word("a thing")
	ref, known := w.things[name]
	if !known {
		return nil, fmt.Errorf("nothing is called %q", name)
	}
	return nil, s.desk.Damage(ref)
}

// setClock moves the wall clock by so much, or sets it.
func setClock(w *world, s *station, a *arguments) ([]string, error) {
	s.clocks = s.clocks.Set(w.now, a.moment(s.reading(w.now).Wall))
	return nil, w.settle()
}

// maxDrift is far more than any crystal is off.
const maxDrift = 100_000

// drifts has both clocks run fast, or slow, from now on.
func drifts(w *world, s *station, a *arguments) ([]string, error) {
	text := a.word("how much")
	perMillion, err := strconv.ParseInt(strings.TrimSuffix(text, "ppm"), 10, 64)
	if err != nil || !strings.HasSuffix(text, "ppm") || max(perMillion, -perMillion) > maxDrift {
		return nil, fmt.Errorf("%q is no drift such as 150ppm, or -150ppm for slow, up to %dppm", text, maxDrift)
	}
	s.clocks = s.clocks.Drifting(w.now, perMillion)
	return nil, nil
}

// tampers has the ticks jump.
func tampers(w *world, s *station, a *arguments) ([]string, error) {
	by := a.duration(a.word("by how much"))
	s.clocks = s.clocks.Tampered(w.now, by)
	return nil, w.settle()
}

// leave takes a running machine away from whoever works on it.
func (s *station) leave(w *world, to power) ([]string, error) {
	if s.power != running {
		return nil, fmt.Errorf("%s is %s", s.name, s.power)
	}
	s.cut(w.now)
	s.power = to
	return nil, nil
}

// come gives it back.
func (s *station) come(w *world, from power) ([]string, error) {
	if s.power != from {
		return nil, fmt.Errorf("%s is not %s", s.name, from)
	}
	s.power = running
	return nil, w.settle()
}

func wakes(w *world, s *station, _ *arguments) ([]string, error) { return s.come(w, asleep) }

// starts begins a new boot: its ticks begin again, and tell nothing about those of before.
func starts(w *world, s *station, _ *arguments) ([]string, error) {
	if s.power == off {
		s.clocks = s.clocks.Booted(w.now, w.id())
	}
	return s.come(w, off)
}

// reboots shuts the machine down and starts it, in no time.
func reboots(w *world, s *station, a *arguments) ([]string, error) {
	if lines, err := s.leave(w, off); err != nil {
		return lines, err
	}
	return starts(w, s, a)
}

// pauses has a virtual machine stand still: it does not notice that time passes.
func pauses(w *world, s *station, _ *arguments) ([]string, error) {
	lines, err := s.leave(w, standing)
	if err == nil {
		s.clocks = s.clocks.Paused(w.now, true)
	}
	return lines, err
}

func resumes(w *world, s *station, _ *arguments) ([]string, error) {
	if s.power == standing {
		s.clocks = s.clocks.Paused(w.now, false)
	}
	return s.come(w, standing)
}
