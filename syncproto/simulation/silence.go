package simulation

import (
	"fmt"
	"slices"
	"strconv"
	"strings"

	"redress/syncproto"
)

// silence is a direction of a line on which messages are lost until the line is cut: all of
// them, or from a kind of message on.
type silence struct {
	on   bool
	from string // one of losable; "" for any message
	left int    // so many of them arrive before
}

// losable are the kinds of messages that a scenario may name: what decides what the other side
// knows. A page is a delta that has one.
var losable = []string{"commands", "verdicts", "delta", "page", "applied", "grants", "wiped"}

// silent reads from= and after=.
func (a *arguments) silent() silence {
	s := silence{on: true, from: a.value("from", "")}
	if s.from != "" && !slices.Contains(losable, s.from) {
		a.fail("what is lost begins from=%s", strings.Join(losable, ", "))
	}
	if after := a.value("after", ""); after != "" {
		left, err := strconv.Atoi(after)
		if err != nil || left < 0 {
			a.fail("%q is not how many arrive before", after)
		}
		s.left = left
	}
	return s
}

// takes says that the message is lost. Where one is, so is all that follows it.
func (s *silence) takes(message []byte) bool {
	if !s.on || s.from != "" && kindOf(message) != s.from {
		return false
	}
	if s.left > 0 {
		s.left--
		return false
	}
	s.from = ""
	return true
}

// detour has one message overtaken by what is sent after it: the next of its kind arrives behind
// the next of another.
type detour struct {
	kind, by string // of losable; "" for none
	away     []byte // the one that is overtaken
}

// overtaken reads which, and by=.
func (a *arguments) overtaken() detour {
	d := detour{kind: a.word("what is overtaken"), by: a.value("by", "")}
	if !slices.Contains(losable, d.kind) || !slices.Contains(losable, d.by) || d.kind == d.by {
		a.fail("one of %s is overtaken by=another", strings.Join(losable, ", "))
	}
	return d
}

// order says what arrives where the message would: nothing, if it is the one that is overtaken.
func (d *detour) order(message []byte) [][]byte {
	switch {
	case d.kind == "": // all keep their order
	case d.away == nil && kindOf(message) == d.kind:
		d.away = message
		return nil
	case d.away != nil && kindOf(message) == d.by:
		away := d.away
		*d = detour{}
		return [][]byte{message, away}
	}
	return [][]byte{message}
}

func kindOf(message []byte) string {
	frame, err := syncproto.DecodeFrame(message)
	if err != nil {
		return ""
	}
	if d, isDelta := frame.(*syncproto.Delta); isDelta && d.Page != nil {
		return "page"
	}
	return strings.ToLower(strings.TrimPrefix(fmt.Sprintf("%T", frame), "*syncproto."))
}
