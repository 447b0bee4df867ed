package ui

import (
	"context"
	"strings"
	"testing"

	"fyne.io/fyne/v2"

	"redress/desktop/ui/ime"
	"redress/desktop/workplace"
	"redress/syncproto"
)

// counted is a door that counts who knocks.
type counted struct {
	door
	knocks int
	enrols bool // whoever knocks is known here afterwards, and the log-in refuses them
}

func (d *counted) LogIn(context.Context, string, string) (*workplace.Workplace, error) {
	d.knocks++
	return nil, d.err
}

func (d *counted) Enrol(_ context.Context, n workplace.Newcomer) (*workplace.Workplace, error) {
	d.knocks++
	if d.enrols {
		d.logins = append(d.logins, n.Login)
	}
	return nil, d.err
}

// TestEnterGoesOnAndLogsIn: everybody presses it in the last field, the password. In the ones
// before it goes to the next.
func TestEnterGoesOnAndLogsIn(t *testing.T) {
	for _, c := range []struct {
		logins []string
		fields string // in which Enter is pressed, * for a knock
	}{
		{nil, "server login code password *"},
		{[]string{"li"}, "login password *"},
		{[]string{"li", "wang"}, "login password *"},
	} {
		d := &counted{door: door{logins: c.logins, err: context.Canceled}}
		s := newScreen(t, d)
		s.app.Greet()
		s.settle()
		p, _ := s.app.front.(*loginPage)
		f := p.known
		if p.enrolling {
			f = p.fresh
		}
		for _, i := range f.inputs {
			if field, text := i.focus.(*ime.Field); text {
				field.SetText("secret")
			}
		}
		focusOn(f.inputs[0].focus)
		var way []string
		for range f.inputs {
			for _, i := range f.inputs {
				if s.Canvas().Focused() == i.focus {
					way = append(way, i.key)
				}
			}
			if s.key(fyne.KeyReturn); d.knocks > 0 {
				way = append(way, strings.Repeat("*", d.knocks))
			}
		}
		if got := strings.Join(way, " "); got != c.fields {
			t.Errorf("with %v known here Enter goes %q, want %q", c.logins, got, c.fields)
		}
		if s.press(fyne.KeyReturn, control); d.knocks != 2 {
			t.Errorf("with %v known here Ctrl+Enter knocks %d times", c.logins, d.knocks-1)
		}
		listed := 0
		for _, l := range s.app.listings() {
			for _, line := range l.lines {
				if strings.Join(line.keys, " ") == "Enter" {
					listed++
				}
				if strings.Contains(line.word, "不提交") {
					t.Errorf("the page of keys says of %v: %s", line.keys, line.word)
				}
			}
		}
		if listed == 0 {
			t.Error("the page of keys does not name Enter")
		}
	}
}

// TestEnterOfACompositionDoesNotLogIn: it belongs to the input method.
func TestEnterOfACompositionDoesNotLogIn(t *testing.T) {
	d := &counted{door: door{logins: []string{"li"}, err: context.Canceled}}
	s := newScreen(t, d)
	s.app.Greet()
	s.Canvas().Focused().TypedKey(&fyne.KeyEvent{Name: fyne.KeyN})
	if s.key(fyne.KeyReturn); d.knocks > 0 {
		t.Error("Enter behind a letter without its rune logs in")
	}
}

// TestWhoEnrolledWithAWrongPasswordIsToldWhatToDo: the code is used up, and the device is
// enrolled. What is left to do is the password.
func TestWhoEnrolledWithAWrongPasswordIsToldWhatToDo(t *testing.T) {
	for _, c := range []struct {
		code syncproto.Code
		want string
	}{
		{syncproto.CodeWrongLogin, "password: 已登记，密码不对，请重新输入密码。"},
		{syncproto.CodeOverloaded, "已登记，登记码已使用。\n服务器繁忙，稍后自动重连。"},
	} {
		d := &counted{door: door{err: &syncproto.Problem{Code: c.code}}, enrols: true}
		s := newScreen(t, d)
		s.app.Greet()
		p, _ := s.app.front.(*loginPage)
		for _, text := range []string{"wang", "K7MQ-2X4P", "falsch"} {
			s.write(text)
			s.key(fyne.KeyReturn)
		}
		if got := blamed(p.known); got != c.want {
			t.Errorf("%s: it says %q, want %q", c.code, got, c.want)
		}
		if p.enrolling || p.login.Selected != "wang" || s.Canvas().Focused() != fyne.Focusable(p.password) {
			t.Errorf("%s: enrolling %v, %q is chosen, the focus is on %v", c.code, p.enrolling, p.login.Selected, s.Canvas().Focused())
		}
		s.write("richtig")
		if s.key(fyne.KeyReturn); d.knocks != 2 {
			t.Errorf("%s: the password typed again knocks %d times", c.code, d.knocks-1)
		}
	}
}

// So it is where they have gone back to the log-in meanwhile: the server takes its time.
func TestWhoEnrolledAndWentBackIsKnownHere(t *testing.T) {
	d := &counted{door: door{logins: []string{"li"}, err: &syncproto.Problem{Code: syncproto.CodeWrongLogin}}, enrols: true}
	s := newScreen(t, d)
	s.app.Greet()
	p, _ := s.app.front.(*loginPage)
	p.show(true)
	p.begin()
	q := slow(s)
	for _, text := range []string{"wang", "K7MQ-2X4P", "falsch"} {
		s.write(text)
		s.key(fyne.KeyReturn)
	}
	p.leave()
	q.run()
	if got, want := blamed(p.known), "password: 已登记，密码不对，请重新输入密码。"; p.enrolling || p.login.Selected != "wang" || got != want {
		t.Errorf("%q of %q is chosen, and it says %q", p.login.Selected, p.login.Options, got)
	}
}

// TestAPasswordSaysWhatTheInputMethodDoes, which its dots do not.
func TestAPasswordSaysWhatTheInputMethodDoes(t *testing.T) {
	s := newScreen(t, door{logins: []string{"li"}})
	s.app.Greet()
	p, _ := s.app.front.(*loginPage)
	says := func(what, want string) {
		t.Helper()
		if got := blamed(p.known); !strings.Contains(got, want) || want == "" && got != "" {
			t.Errorf("%s it says %q, want %q", what, got, want)
		}
	}
	s.write("secret")
	says("of plain letters", "")
	p.password.OnComposing(true)
	says("while the input method composes", "没有写进密码")
	p.password.OnComposing(false)
	says("after that", "")
	s.write("密")
	says("with a character that was committed", "中文等非英文字符")
	s.key(fyne.KeyBackspace)
	says("when that is gone", "")
	if p.password.Text != "secret" {
		t.Errorf("the password is %q", p.password.Text)
	}
}

// TestWhoWasKnownHereHasEnrolledNothing: a wrong code is said as such, at the code.
func TestWhoWasKnownHereHasEnrolledNothing(t *testing.T) {
	for code, says := range map[syncproto.Code]string{syncproto.CodeWrongCode: "code.wrong-code", syncproto.CodeAlready: "login.already"} {
		d := &counted{door: door{logins: []string{"wang"}, err: &syncproto.Problem{Code: code}}}
		s := newScreen(t, d)
		s.app.Greet()
		p, _ := s.app.front.(*loginPage)
		p.show(true)
		p.begin()
		for _, text := range []string{"wang", "K7MQ-2X4P", "richtig"} {
			s.write(text)
			s.key(fyne.KeyReturn)
		}
		if want := s.app.words(says); d.knocks != 1 || !p.enrolling || blamed(p.fresh) != want || blamed(p.known) != "" {
			t.Errorf("%s: enrolling %v, it says %q, the log-in says %q; want %q", code, p.enrolling, blamed(p.fresh), blamed(p.known), want)
		}
	}
}

// TestAWrongPasswordIsTypedAnew: behind dots nobody can put it right. After anything else it stays.
func TestAWrongPasswordIsTypedAnew(t *testing.T) {
	for code, want := range map[syncproto.Code]string{syncproto.CodeWrongLogin: "", syncproto.CodeOverloaded: "falsch"} {
		s := newScreen(t, &counted{door: door{logins: []string{"li"}, err: &syncproto.Problem{Code: code}}})
		s.app.Greet()
		p, _ := s.app.front.(*loginPage)
		s.write("falsch")
		if s.key(fyne.KeyReturn); p.password.Text != want || s.Canvas().Focused() != fyne.Focusable(p.password) {
			t.Errorf("after %s there stands %q, want %q", code, p.password.Text, want)
		}
	}
}

// The server takes its time, and the person closes the window: the answer lets nobody into one that is gone.
func TestNobodyComesInOnceTheWindowIsClosed(t *testing.T) {
	s := newScreen(t, door{logins: []string{"li"}, err: &syncproto.Problem{Code: syncproto.CodeWrongLogin}})
	q := slow(s)
	s.app = New(s.Window, s.app.door, s.app.words, s.app.threads, Newcomer{})
	s.app.Greet()
	p, _ := s.app.front.(*loginPage)
	p.password.SetText("falsch")
	p.submit()
	s.app.Close()
	q.run()
	if !p.busy || p.known.general.text != "" {
		t.Errorf("it says %q", p.known.general.text)
	}
}

// The list of the logins is open as the system turns dark, or as somebody is let in: it goes with its page, and what
// is picked goes nowhere else.
func TestTheListOfTheLoginsGoesWithItsPage(t *testing.T) {
	_, seat, _ := offline(t)
	for what, goes := range map[string]func(s *screen){
		"made anew": func(s *screen) { s.app.renew() },
		"let in":    func(s *screen) { s.at(seat) },
	} {
		s, _ := habitual(t, door{logins: []string{"li", "wang"}}, seat.Desk)
		s.app.Greet()
		p, _ := s.app.front.(*loginPage)
		focusOn(p.login)
		if s.key(fyne.KeySpace); s.Canvas().Overlays().Top() == nil {
			t.Fatal("it is not open")
		}
		if goes(s); s.Canvas().Overlays().Top() != nil {
			t.Errorf("%s: it lies over the next page", what)
		}
	}
}
