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
