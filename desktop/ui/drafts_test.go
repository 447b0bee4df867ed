package ui

import (
	"slices"
	"strings"
	"testing"

	"fyne.io/fyne/v2"

	"redress/desktop/centraltest"
	"redress/desktop/present"
	"redress/desktop/present/presenttest"
	"redress/desktop/ui/ime"
	"redress/desktop/ui/theme"
	"redress/syncproto"
	"redress/syncproto/policy"
	"redress/syncproto/ticket"
)

// drafts are what the desk's disk has, each as its form and its texts.
func (p *seatAt) drafts(t *testing.T) []string {
	t.Helper()
	all, err := p.Desk.Replica.Drafts(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	var texts []string
	for _, one := range all {
		text := one.Key.Form.String()
		for _, f := range one.Fields {
			if !f.Pick && f.Text != "" {
				text += " " + f.Text
			}
		}
		texts = append(texts, text)
	}
	return texts
}

func wantDrafts(t *testing.T, when string, p *seatAt, want ...string) {
	t.Helper()
	if got := p.drafts(t); !slices.Equal(got, want) {
		t.Errorf("%s the disk has the drafts %q, want %q", when, got, want)
	}
}

// again is the same person at the same desk after the program died: nothing of the window is
// left.
func (p *seatAt) again(t *testing.T) (*screen, *shell) {
	t.Helper()
	p.Changed = nil
	s := newScreen(t, door{logins: []string{"li"}})
	return s, s.at(p)
}

// begin is a form that was begun and left, at a window that is gone.
func (p *seatAt) begin(t *testing.T, id syncproto.ID, letter fyne.KeyName, text string) {
	t.Helper()
	s, sh := p.again(t)
	sh.openTicket(id)
	s.press(letter, control)
	sh.work.ticket.open.text.SetText(text)
	s.app.KeepDrafts()
}

// threeBegun is a ladder on which the seat has begun three forms.
func threeBegun(t *testing.T) *ladder {
	t.Helper()
	l := climb(t)
	l.seat.begin(t, l.id, fyne.KeyM, "客户试过，可以了")
	l.At(9, 2)
	l.seat.begin(t, l.id, fyne.KeyG, "更换网关期间的代步车")
	l.At(9, 3)
	l.seat.begin(t, l.id, fyne.KeyP, "已回电")
	return l
}

// twice presses a button that asks once more.
func twice(p *press) {
	p.Tapped(nil)
	p.Tapped(nil)
}

func freshOf(sh *shell) *freshPage {
	p, _ := sh.pages[placeNew].(*freshPage)
	return p
}

// A new ticket: typed, the program dies, and all of it stands there again, with the number that
// was read out; sent, nothing of it is left.
func TestANewTicketOutlivesTheProgram(t *testing.T) {
	seat := &seatAt{Desk: presenttest.New(t).Desk("seat", centraltest.Seat, "K7MQ")}
	s, sh := seat.again(t)
	s.press(fyne.KeyN, control)
	s.app.KeepDrafts()
	wantDrafts(t, "before the first key", seat)
	for _, text := range []string{"张伟", "13800138000", "", "", "远程车控失败"} {
		if text != "" {
			s.write(text)
		}
		s.tab()
	}
	p := freshOf(sh)
	p.promise.SetChecked(true)
	p.department.SetSelectedIndex(1)
	p.category.SetSelectedIndex(2)
	p.channel.SetSelectedIndex(1)
	wantDrafts(t, "before it was looked at", seat)
	s.app.KeepDrafts()
	wantDrafts(t, "half a second later", seat, "open 张伟 13800138000 远程车控失败")
	sh.openTicket(syncproto.ID{}) // whatever else is looked at meanwhile
	s.press(fyne.Key2, alt)
	if p.form.draft.text.text != "草稿，今天 09:00 保存" {
		t.Errorf("the form says %q", p.form.draft.text.text)
	}
	want := p.filled()

	seat.Office.At(9, 12)
	s, sh = seat.again(t)
	if b := sh.nav[placeDrafts]; !b.Visible() || b.word != "草稿" || b.hint != "1" {
		t.Errorf("after the start the place of drafts is shown %v with %q", b.Visible(), b.hint)
	}
	s.press(fyne.Key2, alt)
	p = freshOf(sh)
	if got := p.filled(); got != want || p.number.text != "K7MQ-00001" {
		t.Errorf("after the start the form is\n%+v\nand was\n%+v, with the number %s", got, want, p.number.text)
	}
	if p.form.draft.text.text != "草稿，今天 09:00 保存" || !p.form.draft.box.Visible() || s.Canvas().Focused() != fyne.Focusable(p.name) {
		t.Errorf("it says %q", p.form.draft.text.text)
	}
	s.write("明")
	if p.name.Text != "张伟明" {
		t.Errorf("typing goes on with %q", p.name.Text)
	}
	s.press(fyne.KeyReturn, control)
	if v := sh.work.ticket.view; v.Number != "K7MQ-00001" {
		t.Errorf("the ticket is %q", v.Number)
	}
	s.app.KeepDrafts()
	wantDrafts(t, "sent,", seat)
	if sh.nav[placeDrafts].Visible() || freshOf(sh).name.Text != "" {
		t.Error("something of the draft is still shown")
	}
	_, sh = seat.again(t)
	if sh.nav[placeDrafts].Visible() {
		t.Error("after the next start it is back")
	}
}

// Leaving is keeping: another page, another ticket, Esc, the log-out. Nobody waits for the clock.
func TestLeavingKeepsADraft(t *testing.T) {
	for what, leave := range map[string]func(s *screen, sh *shell, seat *seatAt, other syncproto.ID){
		"another page":   func(s *screen, _ *shell, _ *seatAt, _ syncproto.ID) { s.press(fyne.Key4, alt) },
		"another ticket": func(_ *screen, sh *shell, _ *seatAt, other syncproto.ID) { sh.work.pick(other) },
		"Esc":            func(s *screen, _ *shell, _ *seatAt, _ syncproto.ID) { s.key(fyne.KeyEscape) },
		"log-out":        func(s *screen, _ *shell, seat *seatAt, _ syncproto.ID) { s.app.leave(seat) },
		"the window":     func(s *screen, _ *shell, _ *seatAt, _ syncproto.ID) { s.app.KeepDrafts() },
	} {
		t.Run(what, func(t *testing.T) {
			_, seat, id := offline(t)
			other := seat.Open(seat.NewTicket("配件无货"))
			s, sh := seat.again(t)
			sh.openTicket(id)
			s.press(fyne.KeyM, control)
			s.write("需要日志")
			leave(s, sh, seat, other)
			wantDrafts(t, "after it", seat, "note 需要日志")

			s, sh = seat.again(t)
			sh.openTicket(id)
			s.press(fyne.KeyM, control)
			form := sh.work.ticket.open
			if form.text.Text != "需要日志" || s.Canvas().Focused() != fyne.Focusable(form.text) || form.form.draft.text.text != "草稿，今天 09:10 保存" {
				t.Errorf("back again there stands %q, %q", form.text.Text, form.form.draft.text.text)
			}
			s.write("，今天要")
			if form.text.Text != "需要日志，今天要" {
				t.Errorf("typing goes on with %q", form.text.Text)
			}
		})
	}
}

// Every form of the ladder comes back as it stood, in the other language too.
func TestEveryFormComesBack(t *testing.T) {
	nothing, proposed := func(*ladder) {}, func(l *ladder) { l.proposed() }
	late := func(l *ladder) { l.proposed(); l.pass(57, 1) }
	seat, head := func(l *ladder) *seatAt { return l.seat }, func(l *ladder) *seatAt { return l.head }
	liaison, hq := func(l *ladder) *seatAt { return l.liaison }, func(l *ladder) *seatAt { return l.hq }
	for _, c := range []struct {
		letter fyne.KeyName
		person func(*ladder) *seatAt
		before func(*ladder)
		fill   func(f *ticketForm)
	}{
		{fyne.KeyL, seat, nothing, func(f *ticketForm) {
			f.direction.SetSelectedIndex(1)
			f.channel.SetSelectedIndex(1)
			f.keeps.SetSelectedIndex(0)
		}},
		{fyne.KeyP, seat, nothing, func(*ticketForm) {}},
		{fyne.KeyD, seat, nothing, func(f *ticketForm) { f.unit.SetSelectedIndex(0) }},
		{fyne.KeyM, seat, nothing, func(*ticketForm) {}},
		{fyne.KeyE, seat, nothing, func(f *ticketForm) { f.field.SetSelectedIndex(2) }},
		{fyne.KeyG, seat, nothing, func(f *ticketForm) { f.amount.SetText("120"); f.station.SetText("华东一站") }},
		{fyne.KeyR, liaison, nothing, func(*ticketForm) {}},
		{fyne.KeyS, liaison, nothing, func(*ticketForm) {}},
		{fyne.KeyJ, seat, proposed, func(*ticketForm) {}},
		{fyne.KeyH, seat, proposed, func(f *ticketForm) { f.rejected.SetChecked(true); f.channel.SetSelectedIndex(2) }},
		{fyne.KeyO, seat, func(l *ladder) { l.closed() }, func(*ticketForm) {}},
		{fyne.KeyT, head, late, func(*ticketForm) {}},
		{fyne.KeyB, head, late, func(*ticketForm) {}},
		{fyne.KeyQ, hq, func(l *ladder) { l.disputed() }, func(f *ticketForm) { f.verdict.SetSelectedIndex(1) }},
	} {
		t.Run(string(c.letter), func(t *testing.T) {
			l := climb(t)
			c.before(l)
			person := c.person(l)
			s, sh := person.again(t)
			sh.openTicket(l.id)
			s.press(c.letter, control)
			form := sh.work.ticket.open
			if form == nil {
				t.Fatal("there is no form")
			}
			c.fill(form)
			form.text.SetText("第一行\n第二行")
			want := form.filled()
			s.app.KeepDrafts()

			person.Words = wordsOf(t, "en")
			s = newScreenOf(t, door{}, person.Words, theme.Light(), 100)
			sh = s.at(person)
			sh.openTicket(l.id)
			s.press(c.letter, control)
			if form = sh.work.ticket.open; form == nil || form.filled() != want {
				t.Errorf("it comes back as\n%+v\nand was\n%+v", form.filled(), want)
			}
			twice(form.form.draft.drop)
			wantDrafts(t, "discarded,", person)
			if form = sh.work.ticket.open; form == nil || form.filled() != form.blank || form.form.draft.drop.Visible() {
				t.Errorf("discarded, there stands %+v", form)
			}
		})
	}
}

// Somebody else closes the ticket meanwhile: the form cannot be opened any more, and the text
// is there to be read, copied and discarded.
func TestATextStaysWhenTheTicketIsClosedMeanwhile(t *testing.T) {
	l := climb(t)
	s, sh := l.liaison.again(t)
	sh.openTicket(l.id)
	s.press(fyne.KeyR, control)
	s.write("已重置后台令牌")
	s.app.KeepDrafts()
	l.closed()
	s, sh = l.liaison.again(t)
	s.press(fyne.Key7, alt)
	p, _ := sh.pages[placeDrafts].(*draftsPage)
	s.key(fyne.KeyDown)
	if got := p.view.Lines(); len(got) != 1 || got[0] != "响应 · K7MQ-00001 · 远程车控失败 · 今天 09:00 · 已重置后台令牌" && !strings.HasPrefix(got[0], "响应 · K7MQ-00001 · 远程车控失败 · ") {
		t.Errorf("the page has %q", got)
	}
	s.key(fyne.KeyReturn)
	pane := sh.work.ticket
	if sh.here != placeWork || pane.open != nil || pane.head.warning.text != "这张工单现在不能“响应”了。写好的文字还在“草稿”里（Alt+7），可以复制到别处。" {
		t.Fatalf("at place %d it says %q", sh.here, pane.head.warning.text)
	}
	look := firstPress(pane.drafts.box)
	if look == nil || look.word != "查看草稿" || !pane.drafts.box.Visible() {
		t.Fatal("the ticket does not say that there is a draft")
	}
	look.Tapped(nil)
	if sh.here != placeDrafts || !p.card.Visible() {
		t.Fatal("it does not lead to the draft")
	}
	p.copy.Tapped(nil)
	if got := fyne.CurrentApp().Clipboard().Content(); got != "已重置后台令牌" {
		t.Errorf("%q was copied", got)
	}
	wantDrafts(t, "copied,", l.liaison, "respond 已重置后台令牌")
	twice(p.discard)
	wantDrafts(t, "discarded,", l.liaison)
	if p.card.Visible() || pane.drafts.box.Visible() || !p.empty.box.Visible() {
		t.Error("it is still shown")
	}
}

// A correction that somebody else came before says what stands there now.
func TestACorrectionSaysWhatWasChangedSince(t *testing.T) {
	_, seat, id := refused(t)
	s, sh := seat.again(t)
	sh.openTicket(id)
	s.press(fyne.KeyE, control)
	sh.work.ticket.open.text.SetText("远程控制失败")
	before := sh.work.ticket.view.Subject
	s.app.KeepDrafts()
	seat.Act(id, syncproto.CommandAmend, present.TicketForm{Field: ticket.FieldSubject, Old: before, New: "车控失败"})
	s, sh = seat.again(t)
	sh.openTicket(id)
	s.press(fyne.KeyE, control)
	form := sh.work.ticket.open
	if form.text.Text != "远程控制失败" || !form.since.Visible() || form.since.text != "您填写之后，“主题”已被改为“车控失败”。提交后以您填写的为准。" {
		t.Errorf("%q, and it says %q", form.text.Text, form.since.text)
	}
	s.press(fyne.KeyReturn, control)
	if got := sh.work.ticket.view.Subject; got != "远程控制失败" {
		t.Errorf("the subject is %q", got)
	}
}

// A draft is what somebody has typed, and the button that discards it stands beside those that
// send and leave the form: wherever it stands it asks once more, and takes that back where the
// person goes on.
func TestDiscardingADraftAsksOnceMore(t *testing.T) {
	const word, sure = "放弃草稿", "确认放弃，不能找回"
	ticket := func(t *testing.T) (*screen, *press) {
		l := threeBegun(t)
		s, sh := l.seat.again(t)
		sh.openTicket(l.id)
		s.press(fyne.KeyM, control)
		return s, sh.work.ticket.open.form.draft.drop
	}
	claims := func(amends bool) func(t *testing.T) (*screen, *press) {
		return func(t *testing.T) (*screen, *press) {
			s := newScreen(t, door{})
			s.at(claims(t))
			s.keys("3", fyne.KeyDown)
			p, _ := s.app.shell.pages[placeClaims].(*claimsPage)
			if !amends {
				p.pane.comment.SetText("客户已等两周")
				return s, p.pane.form.draft.drop
			}
			s.keys("E")
			p.pane.amending.reason.SetText("少写了一件")
			return s, p.pane.amending.form.draft.drop
		}
	}
	months := func(key fyne.KeyName, f func(*accountPane) *form) func(t *testing.T) (*screen, *press) {
		return func(t *testing.T) (*screen, *press) {
			o, _ := twoDevices(t)
			s := newScreen(t, door{})
			p := s.monthsShown(o, policy.Administration)
			s.press(key, control)
			f(p.pane).inputs[1].focus.(*ime.Field).SetText("预算调整")
			return s, f(p.pane).draft.drop
		}
	}
	drafts := func(t *testing.T) (*screen, *press) {
		s, sh := threeBegun(t).seat.again(t)
		s.keys("7", fyne.KeyDown)
		p, _ := sh.pages[placeDrafts].(*draftsPage)
		return s, p.discard
	}
	for name, at := range map[string]func(t *testing.T) (*screen, *press){
		"a ticket": ticket, "a decision": claims(false), "an amendment": claims(true), "drafts": drafts,
		"a limit":     months(fyne.KeyL, func(a *accountPane) *form { return a.limitForm.form }),
		"a write-off": months(fyne.KeyW, func(a *accountPane) *form { return a.lostForm.form }),
	} {
		s, drop := at(t)
		s.app.KeepDrafts()
		s.settle()
		before := len(s.app.shell.drafts.saved)
		left := func() int { return before - len(s.app.shell.drafts.saved) }
		if before == 0 || !drop.Visible() || drop.word != word {
			t.Fatalf("%s: of %d drafts the button says %q", name, before, drop.word)
		}
		if drop.Tapped(nil); left() != 0 || drop.word != sure || s.Canvas().Focused() != fyne.Focusable(drop) {
			t.Errorf("%s: pressed once it says %q, and %d are gone", name, drop.word, left())
		}
		if s.tab(); drop.word != word {
			t.Errorf("%s: somebody went on, and it says %q", name, drop.word)
		}
		drop.Tapped(nil)
		if s.key(fyne.KeyReturn); left() != 1 || drop.word != word {
			t.Errorf("%s: pressed twice it says %q, and %d are gone", name, drop.word, left())
		}
	}
}

// So does the amendment of a claim: while its form is open, and where it was a draft.
func TestAnAmendmentSaysWhatWasChangedSince(t *testing.T) {
	manager := claims(t)
	s, sh := manager.again(t)
	s.press(fyne.Key3, alt)
	s.key(fyne.KeyDown)
	s.press(fyne.KeyE, control)
	p, _ := sh.pages[placeClaims].(*claimsPage)
	p.pane.amending.what.SetText("更换中控屏补贴（含工时）")
	row := p.pane.row
	s.app.KeepDrafts()
	wishes, faults, err := manager.Amend(t.Context(), manager.Reading(), present.Amendment{Claim: row.Claim, Amount: "1300", What: "更换中控屏补贴，含拖车", Reason: "少写一项"})
	if err != nil {
		t.Fatal(err)
	}
	manager.Desk.Give(wishes, faults)
	const want = "您填写之后，“金额”已被改为“¥1,300.00”。提交后以您填写的为准。\n您填写之后，“事由”已被改为“更换中控屏补贴，含拖车”。提交后以您填写的为准。"
	says := func(when string) {
		t.Helper()
		if f := p.pane.amending; !f.open || f.what.Text != "更换中控屏补贴（含工时）" || !f.since.Visible() || f.since.text != want {
			t.Errorf("%s, open %v, %q, and it says %q", when, f.open, f.what.Text, f.since.text)
		}
	}
	sh.reload()
	s.settle()
	says("while it is open")
	s, sh = manager.again(t)
	sh.openClaim(row.Claim)
	s.settle()
	s.press(fyne.KeyE, control)
	p, _ = sh.pages[placeClaims].(*claimsPage)
	says("from a draft")
}

// A call that was to keep a promise keeps no other where a colleague has kept that one meanwhile and given another.
func TestADraftOfACallKeepsNoOtherPromise(t *testing.T) {
	_, seat, id := refused(t)
	seat.Act(id, syncproto.CommandPromise, present.TicketForm{Text: "专员回电"})
	s, sh := seat.again(t)
	sh.openTicket(id)
	sh.work.ticket.act(syncproto.CommandContact)
	form := sh.work.ticket.open
	form.direction.SetSelectedIndex(1)
	form.text.SetText("已回电")
	kept := form.keeps.picked().ID
	s.app.KeepDrafts()
	seat.Act(id, syncproto.CommandContact, present.TicketForm{Outbound: true, Channel: form.channel.Selected, Cause: kept, Text: "回过了"})
	seat.Act(id, syncproto.CommandPromise, present.TicketForm{Text: "三天内退款"})
	s, sh = seat.again(t)
	sh.openTicket(id)
	s.settle()
	sh.work.ticket.act(syncproto.CommandContact)
	form = sh.work.ticket.open
	if got := form.filled(); kept.IsZero() || len(form.keeps.ids) != 2 || got.Text != "已回电" || !got.Outbound || !got.Cause.IsZero() {
		t.Errorf("%+v, of a call that was to keep %v", got, kept)
	}
	if form.keeps.Selected != form.keepsNone {
		t.Errorf("of what it keeps stands %q", form.keeps.Selected)
	}
}

// An answer goes to no other dispatch where the one it was written for is answered meanwhile.
func TestAnAnswerGoesToNoOtherDispatch(t *testing.T) {
	for _, again := range []bool{false, true} {
		l := climb(t)
		s, pane := l.open(t, l.liaison)
		pane.act(syncproto.CommandRespond)
		written := pane.open.cause.picked().ID
		pane.open.text.SetText("已远程升级")
		s.app.KeepDrafts()
		pane.back()
		l.liaison.Act(l.id, syncproto.CommandRespond, present.TicketForm{Text: "答过了", Cause: written})
		l.seat.Act(l.id, syncproto.CommandDispatch, present.TicketForm{Department: centraltest.Connected, Text: "账单也请看一下"})
		l.Sync()
		if again {
			s, pane = l.open(t, l.liaison)
		} else {
			pane.reload()
			s.settle()
		}
		pane.act(syncproto.CommandRespond)
		form := pane.open
		form.submit()
		s.settle()
		if form.text.Text != "已远程升级" || !form.cause.picked().ID.IsZero() || pane.open != form || form.form.input("dispatch").wrong.text == "" {
			t.Fatalf("begun again %v: %+v, written for %v", again, form.filled(), written)
		}
		s.key(fyne.KeyRight) // the choice has the focus
		form.submit()
		s.settle()
		if see := l.liaison.See(l.id); pane.open != nil || len(see.Responds) != 0 {
			t.Errorf("begun again %v: still to answer %+v", again, see.Responds)
		}
	}
}

// That a form cannot be opened is said until another is.
func TestWhatCannotBeOpenedIsNotSaidForEver(t *testing.T) {
	l := climb(t)
	s, pane := l.open(t, l.seat)
	pane.resume(present.TicketForm{Action: present.Action(syncproto.CommandRespond)}, "")
	if pane.head.warning.text == "" {
		t.Fatal("it can be opened")
	}
	s.press(fyne.KeyM, control)
	if got := pane.head.warning.text; got != "" {
		t.Errorf("with a note open it says %q", got)
	}
}
