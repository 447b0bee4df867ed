package simulation

import (
	"fmt"
	"strings"
	"time"

	"redress/syncproto"
)

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

// moment is what a clock shows after it was set: by so much from what it shows, +3h or
// -20m, or to a day and a time of day.
func (a *arguments) moment(shows syncproto.Instant) syncproto.Instant {
	text := a.word("by how much, or a day and a time")
	if strings.HasPrefix(text, "+") || strings.HasPrefix(text, "-") {
		return shows.Add(a.duration(text))
	}
	day := text + " " + a.word("the time of that day")
	t, err := time.ParseInLocation("2006-01-02 15:04", day, syncproto.Shanghai)
	if err != nil {
		a.fail("%q is neither +3h or -20m nor a moment such as 2026-11-30 23:00", day)
	}
	return syncproto.InstantOf(t)
}

// month is a month as month= says it, or that of the moment.
func (a *arguments) month(now syncproto.Instant) syncproto.Month {
	text := a.value("month", "")
	if text == "" {
		return syncproto.MonthOf(now)
	}
	t, err := time.ParseInLocation("2006-01", text, syncproto.Shanghai)
	if err != nil {
		a.fail("%q is not a month such as 2026-12", text)
	}
	return syncproto.MonthOf(syncproto.InstantOf(t))
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
