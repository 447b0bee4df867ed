package ui

import (
	"context"
	"slices"
	"testing"

	"fyne.io/fyne/v2"

	"redress/desktop/present"
	"redress/desktop/workplace"
	"redress/syncproto"
)

// mended is the door of a machine whose server was set back and knows it no more: it refuses every
// log-in, until the machine is known again.
type mended struct {
	door
	again error // what becomes of enrolling again
	asked []workplace.Return
}

func (d *mended) LogIn(context.Context, string, string) (*workplace.Workplace, error) {
	return nil, &syncproto.Problem{Code: syncproto.CodeWrongLogin}
}

func (d *mended) EnrolAgain(_ context.Context, back workplace.Return) (*workplace.Workplace, error) {
	d.asked = append(d.asked, back)
	return nil, d.again
}

// refuse has a log-in refused.
func (s *screen) refuse(password string) {
	s.t.Helper()
	p, _ := s.app.front.(*loginPage)
	focusOn(p.password)
	s.write(password)
	s.key(fyne.KeyReturn)
}

// comeBack goes with the keyboard alone from the password to the other card, and fills it in.
func (s *screen) comeBack(code, password string) {
	s.t.Helper()
	p, _ := s.app.front.(*loginPage)
	for range 4 {
		s.tab()
		if s.Canvas().Focused() == fyne.Focusable(p.back.offer) {
			break
		}
	}
	s.key(fyne.KeySpace)
	for _, text := range []string{code, password} {
		s.write(text)
		s.key(fyne.KeyReturn)
	}
}

func TestEnrollingAgainAsDrawn(t *testing.T) {
	s := newScreen(t, &mended{door: door{logins: []string{"li", "wang"}}, again: &syncproto.Problem{Code: syncproto.CodeWrongCode}})
	s.app.Greet()
	s.refuse("falsch")
	s.golden("login-refused")
	s.comeBack("K7MQ-2X4P", "richtig")
	s.golden("enrolment-again")
}

// TestAComputerIsEnrolledAgain where the server has forgotten it: the way there shows when a log-in
// is refused, leads through with the keyboard alone, and each answer says what to do next.
func TestAComputerIsEnrolledAgain(t *testing.T) {
	for _, c := range []struct {
		code  syncproto.Code
		says  string // at the card
		login string // or at the log-in, to which it goes back
		focus string
	}{
		{syncproto.CodeWrongCode, "登记码无效、已用过，或不是发给这个登录名的；也可能这台电脑不是在这台服务器上登记的。请核对，或向管理员要一个新的登记码。", "", "code"},
		{syncproto.CodeWrongLog, "这是另一套系统的服务器，什么都没有改动。请检查服务器地址；要在这套系统里工作，请换一个数据文件夹登记，并留好原来的文件夹。", "", "code"},
		{syncproto.CodeRestoring, "服务器刚恢复数据，正在收回各台电脑上的记录，最多半小时，在此期间不能登记。请留好登记码，稍后再试。", "", "code"},
		{syncproto.CodeOverloaded, "服务器繁忙，稍后自动重连。", "", "code"},
		{syncproto.CodeWrongLogin, "", "password: 本机已重新登记，密码不对，请重新输入密码。", "password"},
	} {
		d := &mended{door: door{logins: []string{"li", "wang"}}, again: &syncproto.Problem{Code: c.code}}
		s := newScreen(t, d)
		s.app.Greet()
		p, _ := s.app.front.(*loginPage)
		if p.back.way.Visible() {
			t.Error("it is offered before any log-in was refused")
		}
		p.login.SetSelected("wang")
		s.refuse("falsch")
		s.comeBack("K7MQ-2X4P", "richtig")
		if want := []workplace.Return{{Login: "wang", Code: "K7MQ-2X4P", Password: "richtig"}}; !slices.Equal(d.asked, want) {
			t.Errorf("%s: it asks %+v, want %+v", c.code, d.asked, want)
		}
		if got := blamed(p.back.form); got != c.says {
			t.Errorf("%s: it says %q, want %q", c.code, got, c.says)
		}
		if got := blamed(p.known); c.login != "" && got != c.login {
			t.Errorf("%s: the log-in says %q, want %q", c.code, got, c.login)
		}
		focus := fyne.Focusable(p.back.code)
		if c.focus == "password" {
			focus = p.password
		}
		if s.Canvas().Focused() != focus || p.back.open != (c.login == "") {
			t.Errorf("%s: the card is open: %v, the focus is on %s, want %s", c.code, p.back.open, told(s.Canvas().Focused()), c.focus)
		}
	}
}

// TestEscapeGoesBackToTheLogIn, and what is wanting is said at its field.
func TestEscapeGoesBackToTheLogIn(t *testing.T) {
	d := &mended{door: door{logins: []string{"li"}}}
	s := newScreen(t, d)
	s.app.Greet()
	p, _ := s.app.front.(*loginPage)
	s.refuse("falsch")
	if got, want := blamed(p.known), present.Problem(s.app.words, &syncproto.Problem{Code: syncproto.CodeWrongLogin}); got != want {
		t.Errorf("the log-in says %q, want %q", got, want)
	}
	s.comeBack("", "")
	if got := blamed(p.back.form); got != "code: 请填写登记码。password: 请填写密码。" || len(d.asked) > 0 {
		t.Errorf("it says %q, and asks %v", got, d.asked)
	}
	if s.key(fyne.KeyEscape); p.back.open || s.Canvas().Focused() != fyne.Focusable(p.password) {
		t.Errorf("the card is open: %v, the focus is on %s", p.back.open, told(s.Canvas().Focused()))
	}
}
