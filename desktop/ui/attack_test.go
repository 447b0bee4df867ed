package ui

import (
	"slices"
	"testing"

	"redress/desktop/centraltest"
	"redress/syncproto"
)

// hostile is what somebody writes into a ticket, hoping that it gets to a shell, to markup or
// to a formula on somebody else's machine.
const hostile = "$(touch /tmp/x)`id`\"; rm -rf ~ #<b><img src=x>&amp;=HYPERLINK(1)\u202e"

// A notification goes through a command line on some systems, and through markup on others. A
// ticket whose words are meant for these is refused to the seat who works elsewhere: the
// notification says that something needs them, in its fixed words, and no word of the ticket.
func TestATicketSaysNothingInANotification(t *testing.T) {
	o, p, _ := refused(t)
	s, k := habitual(t, door{}, p.Desk)
	s.at(p)
	s.app.InFront(false)
	manager := o.Desk("manager2", centraltest.Manager, "Q3YB")
	id := p.Desk.Open(p.Desk.NewTicket(hostile))
	p.Desk.Online()
	manager.Online()
	p.Desk.Act(id, syncproto.CommandAmend, amendment(hostile, "甲"))
	manager.Act(id, syncproto.CommandAmend, amendment(hostile, "乙"))
	manager.Online()
	p.Desk.Online()
	s.app.shell.reload()
	var fixed []string
	for _, n := range notices {
		fixed = append(fixed, s.app.words("app.name")+": "+s.app.words(string(n)))
	}
	if len(k.notes) != 1 || !slices.Contains(fixed, k.notes[0]) {
		t.Errorf("it says %q, want one of %q", k.notes, fixed)
	}
}
