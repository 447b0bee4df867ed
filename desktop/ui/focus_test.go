package ui

import (
	"testing"

	"fyne.io/fyne/v2"

	"redress/desktop/centraltest"
	"redress/desktop/present"
	"redress/desktop/present/presenttest"
	"redress/syncproto"
	"redress/syncproto/ticket"
)

// focused is what stands on the button that has the focus, and whether it is shown.
func (s *screen) focused() (word string, shown bool) {
	b, is := s.Canvas().Focused().(*press)
	if !is {
		return "", false
	}
	return b.word, fyne.CurrentApp().Driver().CanvasForObject(b) != nil && b.Visible()
}

// What a sent form leads to is known only after the ticket was read again, on another
// thread: the focus goes on to it then, and does not stay with a button that is gone.
func TestTheFocusGoesOnToWhatIsNextNow(t *testing.T) {
	l := climb(t)
	l.proposed()
	s, pane := l.open(t, l.seat)
	q := &queue{}
	s.app.threads = Threads{Work: func(job func()) { q.work = append(q.work, job) }, UI: func(job func()) { q.ui = append(q.ui, job) }}
	for _, step := range []struct {
		letter fyne.KeyName
		text   string
		next   string
	}{
		{fyne.KeyU, "", "回复处理结果"},
		{fyne.KeyM, "客户在外地", "回复处理结果"},
	} {
		s.press(step.letter, control)
		if step.text != "" {
			s.write(step.text)
		}
		s.press(fyne.KeyReturn, control)
		q.run()
		s.settle()
		if word, shown := s.focused(); word != step.next || !shown || s.Canvas().Focused() != fyne.Focusable(firstPress(pane.actions)) {
			t.Errorf("after Ctrl+%s the focus is on %q, shown %v", step.letter, word, shown)
		}
	}
}

// Others go on working meanwhile: a button that is still there keeps the focus.
func TestTheFocusStaysWithItsAction(t *testing.T) {
	l := climb(t)
	s, _ := l.open(t, l.seat)
	s.press(fyne.Key1, control)
	s.key(fyne.KeyReturn)
	for range 2 {
		s.tab()
	}
	before, _ := s.focused()
	l.proposed()
	s.settle()
	if after, shown := s.focused(); after != before || !shown || before == "" {
		t.Errorf("the focus went from %q to %q, shown %v", before, after, shown)
	}
}

// The line is tried, and what comes over it needs the person: the first thing to be done
// has the focus, not the button that is no longer there.
func TestTheFocusGoesToACardThatComes(t *testing.T) {
	o := presenttest.New(t)
	seat, manager := o.Desk("seat", centraltest.Seat, "K7MQ"), o.Desk("manager", centraltest.Manager, "P2XA")
	id := seat.Open(seat.NewTicket("远程车空失败"))
	seat.Online()
	manager.Online()
	seat.Offline()
	for i, d := range []*presenttest.Desk{seat, manager} {
		d.Act(id, syncproto.CommandAmend, present.TicketForm{Field: ticket.FieldSubject, Old: "远程车空失败", New: []string{"远程车控失败", "远程控车失败"}[i]})
	}
	manager.Online()
	s := newScreen(t, door{})
	s.at(&seatAt{Desk: seat})
	s.press(fyne.Key4, alt)
	if word, shown := s.focused(); word != "立即重连" || !shown {
		t.Errorf("without a line the focus is on %q", word)
	}
	seat.Online()
	s.settle()
	if word, shown := s.focused(); word != "打开" || !shown {
		t.Errorf("with a card the focus is on %q, shown %v", word, shown)
	}
}

// The claim that is picked is decided on another device just before Enter, and leaves the list: Enter leads to
// no other, whose decision would be taken for it.
func TestEnterLeadsToNoOtherClaim(t *testing.T) {
	_, _, manager := filed(t, "900", "1200")
	s := newScreen(t, door{})
	p := s.claimsShown(manager)
	s.key(fyne.KeyDown)
	s.key(fyne.KeyDown)
	mine := p.list.picked
	if faults := manager.Decide(present.Decision{Claim: mine, Approve: true, Reason: "客户关系维护"}); len(faults) > 0 {
		t.Fatal(faults)
	}
	if p.list.at() >= 0 {
		t.Fatal("it is still in the list")
	}
	s.key(fyne.KeyReturn)
	if p.pane.row.Claim != mine && !p.pane.row.Claim.IsZero() {
		t.Errorf("Enter leads to %s", p.pane.row.What)
	}
}

// So it is with a ticket that was come to from elsewhere and is in no list, as a closed one: Enter leads to it.
func TestEnterLeadsToTheTicketThatIsShown(t *testing.T) {
	seat, ids := busy(t)
	s := newScreen(t, door{})
	sh := s.at(seat)
	sh.openTicket(ids[0]) // closed
	if sh.work.list.at() >= 0 {
		t.Fatal("it is in the list")
	}
	s.key(fyne.KeyReturn)
	if sh.work.ticket.id != ids[0] {
		t.Errorf("Enter shows %s", sh.work.ticket.view.Subject)
	}
}

// Somebody comes to a claim that is in the list, and goes on in its form before a slow disk has answered: what
// they type stays where they type it, and picks no other reason.
func TestWhoHasGoneOnInAClaimKeepsTheFocus(t *testing.T) {
	manager := claims(t)
	s := newScreen(t, door{})
	sh := s.at(manager)
	s.press(fyne.Key3, alt)
	p, _ := sh.pages[placeClaims].(*claimsPage)
	id := p.long.line.rows[0].id
	q := slow(s)
	sh.openClaim(id)
	focusOn(p.pane.comment)
	s.write("客户")
	q.run()
	if s.Canvas().Focused() != fyne.Focusable(p.pane.comment) {
		t.Errorf("the focus is on %T", s.Canvas().Focused())
	}
}

// Evening comes, and the system turns dark while somebody types: they go on typing where they were. Letters of a
// password pick nobody else's login, and are written beside none.
func TestTheFocusStaysWhereItIsTypedAtDusk(t *testing.T) {
	manager := claims(t)
	s, _ := habitual(t, door{}, manager.Desk)
	sh := s.at(manager)
	s.press(fyne.Key3, alt)
	s.key(fyne.KeyDown)
	p, _ := sh.pages[placeClaims].(*claimsPage)
	focusOn(p.pane.comment)
	s.write("客户")
	s.app.renew()
	p, _ = s.app.shell.pages[placeClaims].(*claimsPage)
	if s.Canvas().Focused() != fyne.Focusable(p.pane.comment) {
		t.Errorf("the focus is on %T", s.Canvas().Focused())
	}

	_, seat, id := offline(t)
	s, _ = habitual(t, door{}, seat.Desk)
	sh = s.at(seat)
	sh.openTicket(id)
	s.press(fyne.KeyM, control)
	s.write("需要")
	s.app.renew()
	if pane := s.app.shell.work.ticket; s.Canvas().Focused() != fyne.Focusable(pane.open.text) {
		t.Errorf("the focus is on %T", s.Canvas().Focused())
	}

	s, _ = habitual(t, door{logins: []string{"li", "wang"}})
	s.app.Greet()
	l, _ := s.app.front.(*loginPage)
	focusOn(l.password)
	s.write("geh")
	s.app.renew()
	s.write("w")
	l, _ = s.app.front.(*loginPage)
	if l.password.Text != "gehw" || l.login.Selected != "li" {
		t.Errorf("there stands %q, and %q is picked, beside %q", l.password.Text, l.login.Selected, l.known.inputs[0].name.text)
	}
}

// Somebody comes to the page of the line and goes on to another button before a slow disk has answered: Enter
// presses that one.
func TestWhoHasGoneOnToAnotherCard(t *testing.T) {
	_, p, _ := refused(t)
	s := newScreen(t, door{})
	sh := s.at(p)
	s.press(fyne.Key4, alt)
	page, _ := sh.pages[placeSync].(*syncPage)
	all := pressesIn(page.cards)
	s.press(fyne.Key1, alt)
	q := slow(s)
	s.press(fyne.Key4, alt)
	last := all[len(all)-1]
	focusOn(last)
	q.run()
	if s.Canvas().Focused() != fyne.Focusable(last) {
		t.Errorf("the focus is on %v", s.Canvas().Focused().(*press).word)
	}
}

// A slow disk keeps what was sent once the person has gone on to the list: they stay there.
func TestWhoHasGoneOnWhileItIsSent(t *testing.T) {
	seat, ids := busy(t)
	s := newScreen(t, door{})
	sh := s.at(seat)
	sh.openTicket(ids[1])
	s.press(fyne.KeyM, control)
	s.write("需要日志")
	q := slow(s)
	s.press(fyne.KeyReturn, control)
	focusOn(sh.work.list)
	q.run()
	if s.Canvas().Focused() != fyne.Focusable(sh.work.list) {
		t.Errorf("the focus is on %T", s.Canvas().Focused())
	}
}

// Somebody opens the form of a card on the ticket that is shown, and another before a slow disk has answered:
// what they type is of the one they see.
func TestWhoHasGoneOnToAnotherFormStaysThere(t *testing.T) {
	_, seat, id := offline(t)
	s := newScreen(t, door{})
	sh := s.at(seat)
	sh.openTicket(id)
	pane := sh.work.ticket
	q := slow(s)
	pane.resume(present.TicketForm{Action: present.Action(syncproto.CommandContact), Channel: "400热线", Text: "客户来电"}, "")
	s.press(fyne.KeyM, control)
	s.write("需要")
	q.run()
	if pane.open.action.Kind() != syncproto.CommandNote || s.Canvas().Focused() != fyne.Focusable(pane.open.text) {
		t.Errorf("the form of %v is open", pane.open.action.Kind())
	}
}

// What was picked among what was found, or among the drafts, stays picked at dusk: Enter opens no other.
func TestWhatIsPickedStaysAtDusk(t *testing.T) {
	seat, _ := busy(t)
	s, _ := habitual(t, door{}, seat.Desk)
	s.at(seat)
	for range 3 {
		s.press(fyne.KeyN, control)
		s.write("张伟")
		s.app.KeepDrafts()
	}
	for name, at := range map[string]struct {
		goes func()
		list func() *rows
	}{
		"found":  {func() { s.press(fyne.KeyF, control); s.write("1380013") }, func() *rows { return s.app.shell.pages[placeFind].(*findPage).list }},
		"drafts": {func() { s.press(fyne.Key7, alt); s.key(fyne.KeyDown) }, func() *rows { return s.app.shell.pages[placeDrafts].(*draftsPage).list }},
	} {
		at.goes()
		s.key(fyne.KeyDown)
		picked := at.list().picked
		threads := s.app.threads
		q := slow(s)
		s.app.renew()
		q.run()
		s.app.threads = threads
		if l := at.list(); picked.IsZero() || l.picked != picked || l.at() != 1 {
			t.Errorf("%s: of %d the picked is %d", name, len(l.items), l.at())
		}
	}
}
