package escalation

import (
	"slices"

	"redress/syncproto"
)

// AnswerAhead judges a clock by the answer to the cause that came before it, as if it had
// come after: what it fires then, fires when the answer came.
func (d *Deciding) AnswerAhead(name Name, cause syncproto.ID) {
	for _, a := range d.Ahead {
		if a.Clock.answeredBy(name, cause) && !d.clock(name).Precedes(a.Evidence, cause) {
			decidedAt := d.In.Now
			d.In.Now = max(decidedAt, a.Evidence.Known)
			d.Answer(name, a.Evidence)
			d.In.Now = decidedAt
		}
	}
}

// Precedes says that the evidence kept another promise, which repeats this one only because the news
// of it came later: who called before this one was made has not kept it.
func (c Clock) Precedes(e Evidence, cause syncproto.ID) bool {
	return c.Cause != cause && e.Within.Hi < c.Start
}

// answeredBy says that an answer to the one clock is one to the other, by that cause.
func (n Name) answeredBy(clock Name, cause syncproto.ID) bool {
	clock.Cause = cause
	return n == clock
}

// Keep keeps an answer whose clock is not there, on a copy; none if the evidence is zero. Of more than
// MaxAhead the newest leaves that came after another one to the same clock, for it is the first that counts;
// where there is none such, the oldest.
func Keep(ahead []Ahead, clock Name, e Evidence) []Ahead {
	if e.Command.IsZero() {
		return ahead
	}
	kept := append(slices.Clone(ahead), Ahead{Clock: clock, Evidence: e})
	if len(kept) <= MaxAhead {
		return kept
	}
	leaves := 0
	for n, a := range kept {
		if slices.ContainsFunc(kept, func(b Ahead) bool {
			return b.Clock == a.Clock && b.Evidence.Within.Hi <= a.Evidence.Within.Lo && b != a
		}) {
			leaves = n
		}
	}
	return slices.Delete(kept, leaves, leaves+1)
}

// Arrived lets the answers leave that the clock was judged by when it came, on a copy.
func Arrived(ahead []Ahead, clock Name, cause syncproto.ID) []Ahead {
	if len(ahead) == 0 {
		return ahead
	}
	return slices.DeleteFunc(slices.Clone(ahead), func(a Ahead) bool { return a.Clock.answeredBy(clock, cause) })
}
