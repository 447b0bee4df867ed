package simulation

import (
	"fmt"
	"slices"
	"strings"

	"redress/syncproto"
	"redress/syncproto/policy"
)

// beat is how often both ends of every line are given the time, and stride how often on a
// way that is longer than far: often enough that no session takes the other end for dead.
const (
	beat   = 5 * syncproto.Second
	stride = syncproto.PingEvery
	far    = syncproto.Hour
)

// longest is how much time a scenario may take in all: a year is played in seconds, and a slip
// in a date would have whoever plays it wait for centuries.
const longest = 366 * syncproto.Day

// world is a stage with names: what a scenario calls things, and its clock.
type world struct {
	stage   Stage
	now     syncproto.Instant
	began   syncproto.Instant
	founded bool // the server has been up once
	running bool
	due     syncproto.Instant // when the server wants to be woken next; 0 for never
	// backAt is when a server that is down starts by itself; 0 for not at all.
	backAt syncproto.Instant
	// serverOff is by how much the server's wall clock is wrong.
	serverOff syncproto.Span

	policy   policy.Body
	stations []*station
	units    map[string]syncproto.ID
	persons  map[string]syncproto.ID
	things   map[string]syncproto.Ref // T1, C1 …
	made     uint64
}

// Run plays a script and returns the result of every step, in order. A step that makes no
// sense ends the run with an error; a result that differs from what was expected does
// not: the caller compares.
func Run(script Script, stage Stage) ([][]string, error) {
	w := &world{
		stage: stage, policy: policy.Default(1),
		units: map[string]syncproto.ID{}, persons: map[string]syncproto.ID{}, things: map[string]syncproto.Ref{},
	}
	results := make([][]string, 0, len(script.Steps))
	for _, step := range script.Steps {
		lines, err := w.play(step)
		if err != nil {
			return results, fmt.Errorf("%s:%d: %s: %w", script.Name, step.Number, step.Text, err)
		}
		results = append(results, lines)
	}
	return results, nil
}

// Differences are the steps whose result is not the expected one, as a person reads them.
func Differences(script Script, results [][]string) []string {
	var all []string
	for i, step := range script.Steps {
		if i < len(results) && !slices.Equal(results[i], step.Want) {
			all = append(all, fmt.Sprintf("%s:%d: %s\n    got:  %s\n    want: %s", script.Name, step.Number, step.Text,
				strings.Join(results[i], "\n          "), strings.Join(step.Want, "\n          ")))
		}
	}
	return all
}

// id makes the next id of the scenario: the same in every run.
func (w *world) id() syncproto.ID {
	w.made++
	return syncproto.Derive("scenario", syncproto.NumberedID(w.made))
}

// play does one step.
func (w *world) play(step Step) ([]string, error) {
	if len(step.Words) == 0 {
		return nil, fmt.Errorf("a step begins with a verb or a name")
	}
	verb, args := step.Words[0], arguments{words: step.Words[1:], values: step.Values, used: map[string]bool{}}
	act, known := worldVerbs[verb]
	if s := w.station(verb); s != nil && len(step.Words) > 1 {
		if known {
			return nil, fmt.Errorf("%q is a verb, so no desk can have that name", verb)
		}
		desk, ok := machineVerbs[step.Words[1]]
		if !ok {
			desk, ok = deskVerbs[step.Words[1]]
			if ok && s.power != running {
				return nil, fmt.Errorf("nobody can work on %s: it is %s", s.name, s.power)
			}
		}
		if !ok {
			return nil, fmt.Errorf("a desk does not know the verb %q; VERBS.md lists them", step.Words[1])
		}
		args.words = step.Words[2:]
		act, known = func(w *world, a *arguments) ([]string, error) { return desk(w, s, a) }, true
	}
	if !known {
		return nil, fmt.Errorf("there is no verb and no desk %q; VERBS.md lists the verbs", verb)
	}
	lines, err := act(w, &args)
	if err == nil {
		err = args.leftOver()
	}
	return lines, err
}

func (w *world) station(name string) *station {
	for _, s := range w.stations {
		if s.name == name {
			return s
		}
	}
	return nil
}

// mostSaid is how much all together may say at one moment: two hundred times what any scenario here
// has them say, and counted in seconds.
const mostSaid = 20_000

// settle lets everybody say what they have to say at this moment.
func (w *world) settle() error {
	for said := 0; said < mostSaid; {
		if w.running {
			var err error
			if w.due, err = w.stage.Wake(w.now); err != nil {
				return err
			}
		}
		before := said
		for _, s := range w.stations {
			if w.running && s.reachable() && s.here == nil {
				if err := s.connect(w.now, w.stage); err != nil {
					return err
				}
				said++
			}
			for said < mostSaid && s.deliver(w.now) {
				said++
			}
		}
		if said == before {
			return nil
		}
	}
	return fmt.Errorf("the conversation does not come to rest at %v", w.now)
}

// advance lets the time pass, stopping wherever something is due.
func (w *world) advance(to syncproto.Instant) error {
	if to < w.now {
		return fmt.Errorf("time does not go back: it is %v", w.now)
	}
	if last := w.began.Add(longest); to > last {
		return fmt.Errorf("a scenario lasts a year at most, and this one would go on past %v; begin another on a later day", last)
	}
	for w.now < to {
		pace := beat
		if to.Sub(w.now) > far {
			pace = stride
		}
		next := min(to, w.now.Add(pace))
		if w.running {
			if w.due > w.now {
				next = min(next, w.due)
			}
		} else if w.backAt != 0 {
			next = min(next, w.backAt)
		}
		w.now = next
		if w.backAt != 0 && w.now >= w.backAt {
			if err := w.startServer(); err != nil {
				return err
			}
		}
		if err := w.settle(); err != nil {
			return err
		}
	}
	return w.settle()
}
