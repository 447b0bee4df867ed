package ui

import (
	"context"
	"errors"
	"fmt"
	"testing"

	"fyne.io/fyne/v2"

	"redress/desktop/centraltest"
	"redress/desktop/present"
	"redress/desktop/present/presenttest"
	"redress/desktop/replica"
	"redress/syncproto"
	"redress/syncproto/ticket"
)

// stuckSeat is a seat whose disk has no room, until the test gives it some.
type stuckSeat struct {
	*seatAt
	full error
}

func (p *stuckSeat) Give(ctx context.Context, wishes []replica.Wish) error {
	if p.full != nil {
		return p.full
	}
	return p.seatAt.Give(ctx, wishes)
}

// TestAFormThatIsNotKeptKeepsItsText: whatever the disk says is said at the form, what was
// typed stays, and the same key sends it when there is room.
func TestAFormThatIsNotKeptKeepsItsText(t *testing.T) {
	for code, says := range map[syncproto.Code]string{
		syncproto.CodeDiskFull: "磁盘空间不足，请清理后重试。",
		replica.CodeBusy:       "另一个程序正占用数据文件 C:\\数据，这一步没有保存。请关闭它（例如备份软件）后重试。",
		replica.CodeUnwritable: "无法读写 C:\\数据，这一步没有保存。请检查文件和文件夹是否允许当前用户读写，再试一次。",
	} {
		t.Run(string(code), func(t *testing.T) {
			o := presenttest.New(t)
			seat := &stuckSeat{seatAt: &seatAt{Desk: o.Desk("seat", centraltest.Seat, "K7MQ")}}
			s := newScreen(t, door{})
			s.app.Enter(seat)
			s.settle()
			sh := s.app.shell
			s.press(fyne.KeyN, control)
			p, _ := sh.pages[placeNew].(*freshPage)
			for _, text := range []string{"张伟", "13800138000", "", "", "远程车控失败"} {
				if text != "" {
					s.write(text)
				}
				s.tab()
			}
			seat.full = fmt.Errorf("keeping it: %w", errors.Join(&syncproto.Problem{Code: code, Detail: `C:\数据`}, errors.New("the cause")))
			s.press(fyne.KeyReturn, control)
			if p.form.general.text != says || p.name.Text != "张伟" || p.subject.Text != "远程车控失败" || sh.here != placeNew {
				t.Errorf("a new ticket says %q and keeps %q, %q", p.form.general.text, p.name.Text, p.subject.Text)
			}
			number := p.reserved
			seat.full = nil
			s.press(fyne.KeyReturn, control)
			if v := sh.work.ticket.view; v.Number != number || v.Subject != "远程车控失败" {
				t.Fatalf("with room again the ticket is %q %q", v.Number, v.Subject)
			}
			s.press(fyne.KeyM, control)
			s.write("需要日志")
			seat.full = &syncproto.Problem{Code: code, Detail: `C:\数据`}
			s.press(fyne.KeyReturn, control)
			form := sh.work.ticket.open
			if form == nil || form.form.general.text != says || form.text.Text != "需要日志" {
				t.Fatalf("a note is not there any more, or says something else")
			}
			seat.full = nil
			s.press(fyne.KeyReturn, control)
			if head := sh.work.ticket.view.Trail[0]; head.Text != "需要日志" || sh.work.ticket.open != nil {
				t.Errorf("with room again the last step is %q", head.Text)
			}
		})
	}
}

// TestWhatIsTooLongIsSaidWhileItIsTyped, with how much was left out, and what fits stays.
func TestWhatIsTooLongIsSaidWhileItIsTyped(t *testing.T) {
	_, seat, _ := offline(t)
	s := newScreen(t, door{})
	sh := s.at(seat)
	s.press(fyne.KeyN, control)
	p, _ := sh.pages[placeNew].(*freshPage)
	focusOn(p.subject)
	fits := make([]rune, ticket.MaxSubject)
	for i := range fits {
		fits[i] = '长'
	}
	s.write(string(fits))
	s.write("多")
	want := fmt.Sprintf("最多 %d 字", ticket.MaxSubject)
	for _, i := range p.form.inputs {
		if i.key == ticket.FieldSubject && (len(i.wrong.text) < len(want) || i.wrong.text[:len(want)] != want) {
			t.Errorf("it says %q, want %q", i.wrong.text, want)
		}
	}
	if p.subject.Text != string(fits) {
		t.Errorf("of what was typed is left %q", p.subject.Text)
	}
}

// TestWhoComesInWithoutSomethingIsToldWhat: each empty field of a log-in and of an enrolment.
func TestWhoComesInWithoutSomethingIsToldWhat(t *testing.T) {
	s := newScreen(t, door{logins: []string{"wang"}})
	s.app.Greet()
	p, _ := s.app.front.(*loginPage)
	p.submit()
	if got := blamed(p.known); got != "password: 请填写密码。" {
		t.Errorf("a log-in says %q", got)
	}
	p.show(true)
	p.server.SetText("")
	p.submit()
	if got := blamed(p.fresh); got != "server: 请填写服务器地址。login: 请填写登录名。code: 请填写登记码。password: 请填写密码。" {
		t.Errorf("an enrolment says %q", got)
	}
}

// blamed is what a form says is wrong, each with its field.
func blamed(f *form) (text string) {
	for _, i := range f.inputs {
		if i.wrong.text != "" {
			text += i.key + ": " + i.wrong.text
		}
	}
	return text + f.general.text
}

// The disk is full, and slow, and whoever sent the form is at another ticket, in another form or on another page
// by then: they are told all the same, and long enough to read it.
func TestARefusalIsToldWhereThePersonIs(t *testing.T) {
	for what, goes := range map[string]func(*screen, *shell){
		"another page": func(s *screen, _ *shell) { s.press(fyne.Key4, alt) },
		"another form": func(s *screen, _ *shell) { s.press(fyne.KeyP, control) },
		"the list":     func(s *screen, _ *shell) { s.key(fyne.KeyEscape) },
	} {
		_, desk, id := offline(t)
		seat := &stuckSeat{seatAt: desk, full: &syncproto.Problem{Code: syncproto.CodeDiskFull}}
		s := newScreen(t, door{})
		s.app.Enter(seat)
		s.settle()
		sh := s.app.shell
		sh.openTicket(id)
		s.press(fyne.KeyM, control)
		s.write("需要日志")
		q := slow(s)
		s.press(fyne.KeyReturn, control)
		goes(s, sh)
		q.run()
		sh.tick()
		q.run()
		if got := sh.line.state.text; got != "磁盘空间不足，请清理后重试。" {
			t.Errorf("%s: the line says %q", what, got)
		}
		for range slowly {
			sh.tick()
			q.run()
		}
		if sh.line.state.text == "磁盘空间不足，请清理后重试。" {
			t.Errorf("%s: it is not taken back", what)
		}
	}
}

// So it is with a decision.
func TestADecisionThatIsRefusedIsToldWhereThePersonIs(t *testing.T) {
	manager := claims(t)
	seat := &stuckSeat{seatAt: manager, full: &syncproto.Problem{Code: syncproto.CodeDiskFull}}
	s := newScreen(t, door{})
	s.app.Enter(seat)
	s.settle()
	s.press(fyne.Key3, alt)
	s.key(fyne.KeyDown)
	s.key(fyne.KeyDown)
	p, _ := s.app.shell.pages[placeClaims].(*claimsPage)
	q := slow(s)
	p.pane.reason.SetSelectedIndex(0)
	s.press(fyne.KeyReturn, control)
	s.press(fyne.Key1, alt)
	q.run()
	if got := s.app.shell.line.state.text; got != "磁盘空间不足，请清理后重试。" {
		t.Errorf("the line says %q", got)
	}
}

// shutSeat is a seat whose replica fails what is asked of it next.
type shutSeat struct {
	*seatAt
	shut *replica.Replica
}

func (p *shutSeat) View() present.Desk {
	view := p.seatAt.View()
	if p.shut != nil {
		view.Replica, p.shut = p.shut, nil
	}
	return view
}

// A card that could not be put away stays, and it is told why, long enough to be read.
func TestACardThatIsNotPutAwayIsTold(t *testing.T) {
	o, desk, _ := refused(t)
	seat := &shutSeat{seatAt: desk}
	s := newScreen(t, door{})
	s.app.Enter(seat)
	s.settle()
	s.press(fyne.Key4, alt)
	other := o.Desk("gone", centraltest.Manager, "Q3YB").Replica
	if err := other.Close(); err != nil {
		t.Fatal(err)
	}
	p, _ := s.app.shell.pages[placeSync].(*syncPage)
	all := pressesIn(p.cards)
	seat.shut = other
	before := s.app.shell.line.state.text
	if all[len(all)-1].Tapped(nil); s.app.shell.line.state.text == before || len(p.view.Cards) != 1 {
		t.Errorf("of %d cards the line says %q, and the page %q", len(p.view.Cards), s.app.shell.line.state.text, p.trouble.text)
	}
}

// So it is where the authority was asked for, and the page was left or is drawn anew.
func TestAMoveThatIsRefusedIsTold(t *testing.T) {
	for what, goes := range map[string]func(*screen){
		"another page": func(s *screen) { s.press(fyne.Key1, alt) },
		"drawn anew":   func(s *screen) { s.app.shell.reload() },
	} {
		_, manager := twoDevices(t)
		seat := &stuckSeat{seatAt: &seatAt{Desk: manager}, full: &syncproto.Problem{Code: syncproto.CodeDiskFull}}
		s := newScreen(t, door{})
		s.app.Enter(seat)
		s.settle()
		s.press(fyne.Key3, alt)
		p, _ := s.app.shell.pages[placeClaims].(*claimsPage)
		q := slow(s)
		p.month.take.Tapped(nil)
		goes(s)
		q.run()
		s.app.shell.reload()
		q.run()
		if got := s.app.shell.line.state.text; got != "磁盘空间不足，请清理后重试。" {
			t.Errorf("%s: the line says %q", what, got)
		}
	}
}

// Who is in the settings, or in another program's window, reads what was refused once they are back.
func TestARefusalWaitsForWhoeverIsAway(t *testing.T) {
	for what, goes := range map[string]func(*screen) func(){
		"the settings":    func(s *screen) func() { s.app.openSettings(); return s.app.closeSettings },
		"another program": func(s *screen) func() { s.app.InFront(false); return func() { s.app.InFront(true) } },
		"another language": func(s *screen) func() {
			s.app.openSettings()
			s.app.settings.language.SetSelectedIndex(1)
			return s.app.closeSettings
		},
	} {
		_, desk, id := offline(t)
		seat := &stuckSeat{seatAt: desk, full: &syncproto.Problem{Code: syncproto.CodeDiskFull}}
		s := newScreen(t, door{})
		s.app.Enter(seat)
		s.settle()
		s.app.shell.openTicket(id)
		s.press(fyne.KeyM, control)
		s.write("需要日志")
		q := slow(s)
		s.press(fyne.KeyReturn, control)
		s.key(fyne.KeyEscape)
		back := goes(s)
		for range 3 * slowly {
			q.run()
			s.app.Tick()
		}
		back()
		s.app.Tick()
		q.run()
		if got := s.app.shell.line.state.text; got != "磁盘空间不足，请清理后重试。" {
			t.Errorf("%s: the line says %q", what, got)
		}
	}
}
