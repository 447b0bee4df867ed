package ui

import (
	"slices"
	"strings"
	"testing"

	"fyne.io/fyne/v2"

	"redress/desktop/centraltest"
	"redress/desktop/present"
	"redress/desktop/present/presenttest"
	"redress/syncproto"
	"redress/syncproto/policy"
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

// TestNoTextTurnsWhatIsAroundIt: a customer's name, a subject, a description and what a claim is
// for are written with signs that turn the direction of what follows, so that 1,200.00 would be
// read as 00.002,1. The manager reads each page as it stands; what was written is kept as it is.
func TestNoTextTurnsWhatIsAroundIt(t *testing.T) {
	const turned, back, control = "\u202e", "\u2066", "\u009b"
	o := presenttest.New(t)
	seat, manager := o.Desk("seat", centraltest.Seat, "K7MQ"), o.Desk("manager", centraltest.Manager, "P2XA")
	f := seat.NewTicket("退款" + turned + " 700")
	f.Name, f.Description = "张"+back+"伟", "第一行\n"+turned+"第二行"+control
	id := seat.Open(f)
	seat.Act(id, syncproto.CommandNote, present.TicketForm{Text: "请" + turned + "回电"})
	seat.Act(id, syncproto.CommandFileClaim, present.TicketForm{Amount: "1200", Text: "补" + turned + "贴"})
	seat.Online()
	o.Employ(centraltest.Seat, "seat", "张敏"+turned, policy.Seat, centraltest.CallCentre)
	manager.Online()
	manager.Offline()
	page := manager.Page()
	manager.Decide(present.Decision{Claim: page.Waiting[0].Claim, Approve: true, Reason: "客户" + turned + "关系"})

	s := newScreen(t, door{})
	sh := s.at(&seatAt{Desk: manager})
	for _, c := range []struct {
		place string
		names bool // the ticket
		lead  func()
	}{
		{"the ticket", true, func() { sh.openTicket(id) }},
		{"the claims", false, func() { s.keys("3") }},
		{"the claim", false, func() { s.keys("3", fyne.KeyDown) }},
		{"sync", false, func() { s.keys("4") }},
		{"the search", true, func() { s.press(fyne.KeyF, fyne.KeyModifierControl); s.write("退款") }},
		{"a form", true, func() { sh.openTicket(id); s.settle(); s.keys("D") }},
		{"palette", true, func() { s.keys("K"); s.write("退款") }},
	} {
		c.lead()
		s.settle()
		texts := append(written(s.face()), s.Title())
		said := strings.Join(texts, "\n")
		if strings.ContainsFunc(said, syncproto.TurnsOrControls) {
			t.Errorf("on %s something turns what is read: %+q", c.place, said)
		}
		if c.names && !strings.Contains(said, "退款 700") {
			t.Errorf("%s does not show the ticket: %q", c.place, said)
		}
	}
	if body, _, err := manager.Claim(t.Context(), page.Waiting[0].Claim); err != nil || body.What != "补"+turned+"贴" {
		t.Errorf("what was written is %+q, %v", body.What, err)
	}
}
