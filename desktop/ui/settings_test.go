package ui

import (
	"errors"
	"os"
	"slices"
	"strings"
	"testing"

	"fyne.io/fyne/v2"

	"redress/desktop/centraltest"
	"redress/desktop/present"
	"redress/desktop/present/presenttest"
	"redress/desktop/ui/theme"
	"redress/desktop/workplace"
	"redress/syncproto"
	"redress/syncproto/policy"
	"redress/syncproto/ticket"
)

// settled is where a test's settings go.
type settled struct {
	looks  []workplace.Looks
	err    error
	notes  []string
	tongue *workplace.Tongue
}

// habitual is a screen whose settings count, in the language they say.
func habitual(t *testing.T, d Door, desks ...*presenttest.Desk) (*screen, *settled) {
	t.Helper()
	t.Setenv(scaleVariable, "")
	tongue, err := workplace.NewTongue()
	if err != nil {
		t.Fatal(err)
	}
	k := &settled{tongue: tongue}
	for _, desk := range desks {
		desk.Words = tongue.Words
	}
	s := newScreenOf(t, d, tongue.Words, theme.Light(), 100)
	s.app.Use(Habits{Looks: workplace.DefaultLooks(), Speak: tongue.Speak,
		Keep: func(l workplace.Looks) error {
			if k.err == nil {
				k.looks = append(k.looks, l)
			}
			return k.err
		},
		Notify: func(title, text string) { k.notes = append(k.notes, title+": "+text) }})
	return s, k
}

// pickFrom changes a choice of the settings as a person does, with the arrow.
func (s *screen) pickFrom(c func(*settingsPage) *choice, right int) {
	focusOn(c(s.app.settings))
	for range right {
		s.key(fyne.KeyRight)
	}
}

func language(p *settingsPage) *choice { return p.language }
func shade(p *settingsPage) *choice    { return p.shade }

// TestALanguageChangesAtOnceAndNothingTypedIsLost: on the page of a new ticket, in the open
// and the put-away form of a ticket, in a decision, and on both forms of an account.
func TestALanguageChangesAtOnceAndNothingTypedIsLost(t *testing.T) {
	o := presenttest.New(t)
	seat := o.Desk("seat", centraltest.Seat, "K7MQ")
	f := seat.NewTicket("中控屏黑屏")
	f.Promise = true
	id := seat.Open(f)
	s, k := habitual(t, door{}, seat)
	sh := s.at(&seatAt{Desk: seat})
	s.press(fyne.KeyN, control)
	fresh := func() *freshPage { p, _ := s.app.shell.pages[placeNew].(*freshPage); return p }
	s.write("李娜")
	focusOn(fresh().subject)
	s.write("空调异响")
	fresh().category.SetSelectedIndex(1)
	fresh().promise.SetChecked(true)
	number, category := fresh().reserved, fresh().category.Selected
	sh.openTicket(id)
	s.press(fyne.KeyM, control)
	s.write("放一放的备注")
	s.key(fyne.KeyEscape)
	s.press(fyne.KeyL, control)
	s.app.shell.work.ticket.open.direction.SetSelectedIndex(1)
	focusOn(s.app.shell.work.ticket.open.text)
	s.write("客户说明天再打")

	s.app.openSettings()
	s.pickFrom(language, 1)
	if s.app.shell == sh {
		t.Fatal("the pages are the old ones")
	}
	if got := s.app.settings.language.Selected; got != "English" || s.Canvas().Focused() != fyne.Focusable(s.app.settings.language) {
		t.Errorf("the settings stand at %q, and the focus is on %v", got, s.Canvas().Focused())
	}
	s.key(fyne.KeyEscape)
	now := s.app.shell
	p := fresh()
	if p.name.Text != "李娜" || p.subject.Text != "空调异响" || p.category.Selected != category || category == "" || !p.promise.Checked || p.reserved != number || p.number.text != number {
		t.Errorf("of a new ticket is left %q %q %q %v %q", p.name.Text, p.subject.Text, p.category.Selected, p.promise.Checked, p.reserved)
	}
	if drafts := now.nav[placeDrafts]; !drafts.Visible() || drafts.hint != "3" {
		t.Errorf("the place of drafts is there: %v, with %q of 3", drafts.Visible(), drafts.hint)
	}
	form := now.work.ticket.open
	if now.here != placeWork || form == nil || form.text.Text != "客户说明天再打" || form.direction.Selected != "We contacted the customer" || form.filled().Cause.IsZero() {
		t.Fatalf("at place %d the open form is %+v", now.here, form)
	}
	if got := s.Title(); got != "Redress · 张敏 · Seat" {
		t.Errorf("the window is called %q", got)
	}
	s.key(fyne.KeyEscape)
	s.press(fyne.KeyM, control)
	if got := now.work.ticket.open; got == nil || got.text.Text != "放一放的备注" {
		t.Errorf("the form that was put away is %+v", got)
	}
	if len(k.looks) != 1 || k.looks[0].Language != "en" {
		t.Errorf("settled was %+v", k.looks)
	}
	s.press(fyne.KeyReturn, control)
	if head := now.work.ticket.view.Trail[0]; head.Text != "放一放的备注" || head.What != "Internal note" {
		t.Errorf("sent it reads %q, %q", head.What, head.Text)
	}
}

func TestADecisionAndAnAccountSurviveTheLanguage(t *testing.T) {
	_, _, manager := filed(t, "900")
	s, _ := habitual(t, door{}, manager)
	claims := s.claimsShown(manager)
	s.key(fyne.KeyDown)
	claims.pane.reason.SetSelectedIndex(1)
	reason := claims.pane.reason.Selected
	claims.pane.comment.SetText("已与服务站核对")
	claims.pane.less.SetText("800")
	s.press(fyne.KeyE, control)
	claims.pane.amending.reason.SetText("写错了")
	s.app.openSettings()
	s.pickFrom(language, 1)
	s.key(fyne.KeyEscape)
	after, _ := s.app.shell.pages[placeClaims].(*claimsPage)
	c := after.pane
	if c.reason.Selected != reason || reason == "" || c.comment.Text != "已与服务站核对" || c.less.Text != "800" || !c.amending.open || c.amending.reason.Text != "写错了" || c.amending.what.Text != "补贴 900" {
		t.Errorf("of a decision is left %q %q %q, of an amendment %v %q", c.reason.Selected, c.comment.Text, c.less.Text, c.amending.open, c.amending.reason.Text)
	}

	o, _ := twoDevices(t)
	s, k := habitual(t, door{})
	months := s.monthsShown(o, policy.Administration)
	s.press(fyne.KeyL, control)
	months.pane.limitForm.amount.SetText("7000")
	s.press(fyne.KeyW, control)
	s.key(fyne.KeyRight)
	device := months.pane.lostForm.device.picked()
	months.pane.lostForm.reason.SetText("遗失")
	k.tongue.Speak("en")
	s.app.renew()
	s.settle()
	now, _ := s.app.shell.pages[placeMonths].(*monthsPage)
	lost := now.pane.lostForm
	if now.pane.open != accountForm(lost) || lost.reason.Text != "遗失" || lost.device.picked().ID != device.ID || device.ID.IsZero() || now.pane.limitForm.amount.Text != "7000" {
		t.Errorf("of an account is left %q on %v, %q", lost.reason.Text, lost.device.picked(), now.pane.limitForm.amount.Text)
	}
}

func TestTheSettingsAreReachedBeforeTheLogIn(t *testing.T) {
	s, k := habitual(t, door{logins: []string{"li", "wang"}})
	s.app.Greet()
	p, _ := s.app.front.(*loginPage)
	p.login.SetSelected("wang")
	p.password.SetText("geheim")
	s.app.openSettings()
	s.app.openSettings() // a second time changes nothing
	s.pickFrom(language, 1)
	s.pickFrom(shade, 1)
	s.key(fyne.KeyEscape)
	after, _ := s.app.front.(*loginPage)
	if after == nil || after == p || after.login.Selected != "wang" || after.password.Text != "geheim" || after.enter.word != "Sign in" {
		t.Fatalf("afterwards the log-in is %+v", after)
	}
	if len(k.looks) != 2 || k.looks[1].Shade != workplace.ShadeDark || !dark(fyne.CurrentApp().Settings().Theme()) {
		t.Errorf("settled was %+v", k.looks)
	}
}

// TestAScaleLeavesTheWindowAsLargeAsItIs: what is larger is drawn in fewer units.
func TestAScaleLeavesTheWindowAsLargeAsItIs(t *testing.T) {
	s, k := habitual(t, door{logins: []string{"li"}})
	s.app.Greet()
	s.app.openSettings()
	s.settle()
	for range 4 { // 110, 120, 130, 150
		before := len(k.looks)
		scale := s.app.settings.scale
		scale.SetSelectedIndex(scale.SelectedIndex() + 1)
		if len(k.looks) != before+1 {
			t.Fatal("a step of the scale is not settled")
		}
	}
	last := k.looks[len(k.looks)-1]
	if last.Width < 1278 || last.Width > 1280 {
		t.Errorf("settled is a window of %d × %d", last.Width, last.Height)
	}
	if got := os.Getenv(scaleVariable); got != "1.5" || last.Scale != 150 {
		t.Errorf("the toolkit reads %q, settled is %d", got, last.Scale)
	}
	s.app.habits.NativeScale = "2"
	if err := s.app.habits.Appear(); err != nil || os.Getenv(scaleVariable) != "3.0" {
		t.Errorf("on a screen of its own scale the toolkit reads %q, %v", os.Getenv(scaleVariable), err)
	}
	if got := s.app.habits.Window(); got.Width < 853 || got.Width > 854 {
		t.Errorf("the next window is %v", got)
	}
}

func TestWhatIsNotKeptIsSaid(t *testing.T) {
	s, k := habitual(t, door{logins: []string{"li"}})
	s.app.habits.Trouble = "settings.damaged"
	s.app.Greet()
	if got := s.app.words("settings.damaged"); !s.shows(got) {
		t.Errorf("the log-in does not say %q", got)
	}
	s.app.openSettings()
	if got := s.app.words("settings.damaged"); !s.shows(got) {
		t.Errorf("the settings do not say %q", got)
	}
	k.err = errors.New("no room")
	s.app.settings.notify.SetChecked(false)
	if got := s.app.settings.form.general.text; got == "" || s.app.habits.Looks.Silent != true {
		t.Errorf("what was not settled says %q", got)
	}
}

// shows says whether the text stands in the window.
func (s *screen) shows(text string) bool {
	for _, t := range written(s.Content()) {
		if t == text {
			return true
		}
	}
	return false
}

// TestOneComesBackToWhereOneWas, and to one's work where one has that place no more.
func TestOneComesBackToWhereOneWas(t *testing.T) {
	o := presenttest.New(t)
	seat := o.Desk("seat", centraltest.Seat, "K7MQ")
	p := &seatAt{Desk: seat}
	s, _ := habitual(t, door{}, seat)
	sh := s.at(p)
	s.press(fyne.Key4, alt)
	places := s.app.Looks().Places
	if sh.here != placeSync || places[placeKey(p)] != placeSync {
		t.Fatalf("the place settled is %v", places)
	}
	for at, want := range map[int]int{placeSync: placeSync, placeMonths: placeWork, 77: placeWork} {
		again, _ := habitual(t, door{}, seat)
		again.app.habits.Looks.Places = map[string]int{placeKey(p): at}
		if got := again.at(p).here; got != want {
			t.Errorf("left at %d one comes back to %d, not %d", at, got, want)
		}
	}
}

// TestTheSystemIsFollowed: a theme of the system's own variant.
func TestTheSystemIsFollowed(t *testing.T) {
	for variant, want := range map[fyne.ThemeVariant]fyne.Theme{0: theme.Dark(), 1: theme.Light()} {
		if got := theme.System().Color("foreground", variant); got != want.Color("foreground", variant) {
			t.Errorf("variant %d is %v", variant, got)
		}
	}
}

// TestNotices: fixed words, when the window is not in front, for what is new, unless silent.
func TestNotices(t *testing.T) {
	l := climb(t)
	s, k := habitual(t, door{}, l.head.Desk, l.liaison.Desk)
	s.at(l.liaison)
	said := func(want ...string) {
		t.Helper()
		s.app.shell.reload()
		if len(k.notes) != len(want) || len(want) > 0 && k.notes[0] != want[0] {
			t.Errorf("it says %q, want %q", k.notes, want)
		}
		k.notes = nil
	}
	l.pass(10, 50)
	said() // in front
	s.app.InFront(false)
	said() // what is there already was seen
	l.pass(11, 30)
	said("诉达: 有一项您的时限已超时。") // the department's answer
	said()                  // once
	s.app.InFront(true)
	l.pass(57, 1)
	said()
	s.at(l.head)
	s.app.InFront(false)
	l.pass(57, 2)
	said()
}

func TestANoticeOfAnEscalation(t *testing.T) {
	for _, silent := range []bool{false, true} {
		l := climb(t)
		s, k := habitual(t, door{}, l.head.Desk)
		s.app.habits.Looks.Silent = silent
		s.at(l.head)
		s.app.InFront(false)
		l.pass(57, 1)
		s.app.shell.reload()
		if told := slices.Contains(k.notes, "诉达: 有工单升级给您。"); told == silent || silent && len(k.notes) > 0 {
			t.Errorf("silent %v it says %q", silent, k.notes)
		}
	}
}

// Evening comes, and the system turns dark: the pages are made anew just when something is escalated. The
// person looks at something else, and is told all the same.
func TestANoticeWhileThePagesAreMadeAnew(t *testing.T) {
	l := climb(t)
	s, k := habitual(t, door{}, l.head.Desk)
	s.at(l.head)
	s.app.InFront(false)
	q := slow(s)
	s.app.renew()
	l.pass(57, 1)
	q.run()
	if !slices.Contains(k.notes, "诉达: 有工单升级给您。") {
		t.Errorf("it says %q", k.notes)
	}
}

// So it is where something is being sent: what stands in the new form would be sent once more. And what is
// wrong with a log-in is said where the person looks.
func TestWhatIsBeingSentWhileThePagesAreMadeAnew(t *testing.T) {
	_, seat, id := offline(t)
	s, _ := habitual(t, door{}, seat.Desk)
	sh := s.at(seat)
	sh.openTicket(id)
	s.press(fyne.KeyM, control)
	s.write("需要日志")
	q := slow(s)
	s.app.renew()
	q.work[0]() // and before the pages are
	q.work = q.work[1:]
	s.press(fyne.KeyReturn, control)
	q.run()
	s.app.KeepDrafts()
	q.run()
	wantDrafts(t, "sent,", seat)
	if pane := s.app.shell.work.ticket; s.app.shell == sh || pane.open != nil || len(pane.forms) != 0 || pane.view.Trail[0].Text != "需要日志" || seat.gave != 1 {
		t.Errorf("after %d commands %v is open, of %d forms", seat.gave, pane.open != nil, len(pane.forms))
	}

	s, _ = habitual(t, door{logins: []string{"wang"}, err: &syncproto.Problem{Code: syncproto.CodeWrongLogin}})
	s.app.Greet()
	p, _ := s.app.front.(*loginPage)
	p.password.SetText("falsch")
	q = slow(s)
	s.app.renew()
	q.work[0]()
	q.work = q.work[1:]
	p.submit()
	q.run()
	now, _ := s.app.front.(*loginPage)
	if now == p || now.busy || now.password.Text != "" || !now.back.way.Visible() {
		t.Errorf("the page is another %v, busy %v, with %q", now != p, now.busy, now.password.Text)
	}
}

// And where the form that had the focus was sent, and is gone, when the settings are closed: work goes on with
// the list, and no key goes nowhere.
func TestTheFormIsGoneWhenTheSettingsAreClosed(t *testing.T) {
	_, seat, id := offline(t)
	s, _ := habitual(t, door{}, seat.Desk)
	sh := s.at(seat)
	sh.openTicket(id)
	s.press(fyne.KeyM, control)
	s.write("需要日志")
	q := slow(s)
	s.press(fyne.KeyReturn, control)
	s.app.openSettings()
	q.run()
	s.app.closeSettings()
	q.run()
	if at := s.Canvas().Focused(); sh.work.ticket.open != nil || at != fyne.Focusable(sh.work.list) {
		t.Errorf("the focus is on %s", told(at))
	}
}

func TestANoticeOfWhatNeedsThePerson(t *testing.T) {
	o, p, _ := refused(t)
	s, k := habitual(t, door{}, p.Desk)
	s.at(p)
	s.app.InFront(false)
	manager := o.Desk("manager2", centraltest.Manager, "Q3YB")
	seat := p.Desk
	id := seat.Open(seat.NewTicket("远程车空失败"))
	seat.Online()
	manager.Online()
	seat.Act(id, syncproto.CommandAmend, amendment("远程车空失败", "甲"))
	manager.Act(id, syncproto.CommandAmend, amendment("远程车空失败", "乙"))
	manager.Online()
	seat.Online()
	s.app.shell.reload()
	if len(k.notes) != 1 || k.notes[0] != "诉达: 有事项需要您处理。" {
		t.Errorf("it says %q", k.notes)
	}
}

// So it is where the server had put the decision off, and has refused it by now: there are no more cards than before.
func TestANoticeOfWhatWasPutOffAndIsRefused(t *testing.T) {
	o, p, _ := refused(t)
	seat, manager := p.Desk, o.Desk("manager2", centraltest.Manager, "Q3YB")
	id := seat.Open(seat.NewTicket("远程车空失败"))
	seat.Online()
	manager.Online()
	manager.Act(id, syncproto.CommandAmend, amendment("远程车空失败", "甲"))
	manager.Online()
	seat.Offline()
	seat.Act(id, syncproto.CommandAmend, amendment("远程车空失败", "乙"))
	last := seat.Replica.Desk().Counter
	all, err := seat.Replica.Outgoing(t.Context(), last-1, 1)
	if err != nil || len(all) != 1 {
		t.Fatal(all, err)
	}
	waiting, err := seat.Replica.Waiting(t.Context())
	if err != nil || len(waiting) != 1 {
		t.Fatal(waiting, err)
	}
	held := syncproto.Verdict{Command: waiting[0].Intent.ID, Hash: all[0].CommandHash(), Epoch: 1, Seq: o.Head() + 1, Time: o.Now, Outcome: syncproto.Parked,
		Findings: []syncproto.Finding{{Code: syncproto.CodeWaitsBehind}}}.Sign(o.LogID, o.Key)
	if err := seat.Replica.ApplyVerdicts(t.Context(), []syncproto.Verdict{held}, last); err != nil {
		t.Fatal(err)
	}
	s, k := habitual(t, door{}, seat)
	s.at(p)
	s.app.InFront(false)
	seat.Online()
	s.app.shell.reload()
	if len(k.notes) != 1 || k.notes[0] != "诉达: 有事项需要您处理。" {
		t.Errorf("it says %q", k.notes)
	}
}

// TestANoticeIsFixedWords: nothing is filled in, and nothing in it means anything to a shell
// that it may be passed through.
func TestANoticeIsFixedWords(t *testing.T) {
	for _, language := range workplace.Languages {
		words := wordsOf(t, language)
		for _, n := range append(notices, "app.name") {
			text := words(string(n))
			if text == "" {
				t.Errorf("%s: %s has no words", language, n)
			}
			for _, r := range text {
				harmless := r >= 'a' && r <= 'z' || r >= 'A' && r <= 'Z' || r >= '0' && r <= '9' || strings.ContainsRune(" .,-", r)
				if r < 0x80 && !harmless {
					t.Errorf("%s: %s holds %q", language, n, r)
				}
			}
		}
	}
}

// amendment changes the subject.
func amendment(from, to string) present.TicketForm {
	return present.TicketForm{Field: ticket.FieldSubject, Old: from, New: to}
}

// So it is with what makes the pages anew; and it goes once there is room.
func TestWhatIsNotKeptIsSaidOnThePagesMadeAnew(t *testing.T) {
	s, k := habitual(t, door{logins: []string{"li"}})
	s.app.Greet()
	s.app.openSettings()
	q := slow(s)
	k.err = errors.New("no room")
	s.pickFrom(func(p *settingsPage) *choice { return p.language }, 1)
	q.run()
	if got := s.app.settings.form.general; !got.Visible() || !strings.Contains(got.text, "no room") {
		t.Errorf("in another language it says %q", got.text)
	}
	k.err = nil
	s.pickFrom(func(p *settingsPage) *choice { return p.shade }, 1)
	if q.run(); s.app.settings.form.general.Visible() {
		t.Errorf("with room it says %q", s.app.settings.form.general.text)
	}
}

// And where the settings are left at once: at work it stands where the line does.
func TestWhatIsNotKeptIsSaidAtWork(t *testing.T) {
	_, seat, _ := offline(t)
	s, k := habitual(t, door{}, seat.Desk)
	sh := s.at(seat)
	s.app.openSettings()
	q := slow(s)
	k.err = errors.New("no room")
	s.app.settings.notify.SetChecked(false)
	s.key(fyne.KeyEscape)
	if q.run(); !strings.Contains(sh.line.state.text, "no room") {
		t.Errorf("the line says %q", sh.line.state.text)
	}
}
