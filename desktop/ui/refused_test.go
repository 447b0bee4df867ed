package ui

import (
	"testing"

	"fyne.io/fyne/v2"
)

// The server refuses the password of who works here, for headquarters changed it: they are led to the log-in, which
// says why, wherever they are, and read on nowhere. What they had begun is a draft; what is being sent is answered
// first. While there is no line nobody is led anywhere.
func TestWhoIsRefusedIsLedToTheLogIn(t *testing.T) {
	for what, goes := range map[string]func(s *screen){
		"in the form":     func(*screen) {},
		"in the settings": func(s *screen) { s.app.openSettings() },
		"at the keys":     func(s *screen) { s.app.toggleKeys() },
	} {
		t.Run(what, func(t *testing.T) {
			_, seat, id := offline(t)
			s := newScreen(t, door{logins: []string{"li", "seat", "wang"}})
			sh := s.at(seat)
			sh.openTicket(id)
			s.press(fyne.KeyM, control)
			s.write("需要日志")
			for range slowly {
				s.app.Tick()
			}
			if s.app.shell != sh || seat.left {
				t.Error("without a line somebody is led away")
			}
			goes(s)
			seat.refused = true
			sh.drafts.giving++
			if seat.Changed(nil); s.app.shell != sh || seat.left {
				t.Error("what is being sent is not answered yet, and nobody there would hear of it")
			}
			sh.drafts.giving--
			seat.Changed(nil)
			p, greets := s.app.front.(*loginPage)
			if !greets || s.app.shell != nil || s.app.settings != nil || s.app.over != nil || !seat.left || s.Content() != fyne.CanvasObject(p.content) {
				t.Fatalf("the log-in is shown: %v, and the person has left: %v", greets, seat.left)
			}
			if got := blamed(p.known); got != "服务器不再接受您之前的密码，已退出登录。没填完的内容已存为草稿。请用新密码登录；没有新密码请联系管理员。" {
				t.Errorf("it says %q", got)
			}
			if p.login.Selected != "seat" || s.Canvas().Focused() != fyne.Focusable(p.password) {
				t.Errorf("it is %q's, and the focus is on %s", p.login.Selected, told(s.Canvas().Focused()))
			}
			wantDrafts(t, "after it", seat, "note 需要日志")
		})
	}
}
