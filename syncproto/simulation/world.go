package simulation

import (
	"fmt"
	"slices"
	"strings"
	"time"

	"redress/syncproto"
	"redress/syncproto/policy"
)

// beat is how often both ends of every line are given the time.
const beat = 5 * syncproto.Second

// world is a stage with names: what a scenario calls things, and its clock.
type world struct {
	stage    Stage
	now      syncproto.Instant
	running  bool
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
		desk, ok := deskVerbs[step.Words[1]]
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

// settle lets everybody say what they have to say at this moment.
func (w *world) settle() error {
	for range 100_000 {
		if w.running {
			if _, err := w.stage.Wake(w.now); err != nil {
				return err
			}
		}
		moved := false
		for _, s := range w.stations {
			if w.running && s.online && s.here == nil {
				if err := s.connect(w.now, w.stage); err != nil {
					return err
				}
				moved = true
			}
			for s.deliver(w.now) {
				moved = true
			}
		}
		if !moved {
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
	for w.now < to {
		next := min(to, w.now.Add(beat))
		if w.running {
			due, err := w.stage.Wake(w.now)
			if err != nil {
				return err
			}
			if due > w.now {
				next = min(next, due)
			}
		}
		w.now = next
		if err := w.settle(); err != nil {
			return err
		}
	}
	return w.settle()
}

// arguments are the words and values of a step; what a verb does not use is an error.
type arguments struct {
	words  []string
	values map[string]string
	used   map[string]bool
	failed error
}

// word takes the next word.
func (a *arguments) word(what string) string {
	if len(a.words) == 0 {
		a.fail("%s is missing", what)
		return ""
	}
	next := a.words[0]
	a.words = a.words[1:]
	return next
}

// optional takes the next word if there is one.
func (a *arguments) optional() string {
	if len(a.words) == 0 {
		return ""
	}
	return a.word("")
}

// value is what key= says, or the default.
func (a *arguments) value(key, otherwise string) string {
	a.used[key] = true
	if v, given := a.values[key]; given {
		return v
	}
	return otherwise
}

// span is a length of time as key= says it.
func (a *arguments) span(key string, otherwise syncproto.Span) syncproto.Span {
	text := a.value(key, "")
	if text == "" {
		return otherwise
	}
	return a.duration(text)
}

func (a *arguments) duration(text string) syncproto.Span {
	d, err := time.ParseDuration(text)
	if err != nil {
		a.fail("%q is not a length of time such as 2h or 30s", text)
	}
	return syncproto.SpanOf(d)
}

// money is an amount as people write it.
func (a *arguments) money(text string) syncproto.Fen {
	fen, err := syncproto.ParseFen(text)
	if err != nil {
		a.fail("%v", err)
	}
	return fen
}

func (a *arguments) fail(format string, args ...any) {
	if a.failed == nil {
		a.failed = fmt.Errorf(format, args...)
	}
}

func (a *arguments) leftOver() error {
	if a.failed != nil {
		return a.failed
	}
	if len(a.words) > 0 {
		return fmt.Errorf("%q is one word too many", a.words[0])
	}
	for key := range a.values {
		if !a.used[key] {
			return fmt.Errorf("%s= means nothing here", key)
		}
	}
	return nil
}
