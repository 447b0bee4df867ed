package ui

import (
	"strings"
	"testing"

	"fyne.io/fyne/v2"

	"redress/desktop/centraltest"
	"redress/desktop/present"
	"redress/desktop/present/presenttest"
	"redress/syncproto"
	"redress/syncproto/policy"
)

// Do it again: an act that was refused is offered once more, with its form filled in as it was.

// claimRefused is a seat whose claim of ¥1,200.00 reached the server while the seat had no right
// to file one; now it has again.
func claimRefused(t *testing.T) (*seatAt, syncproto.ID) {
	t.Helper()
	o := presenttest.New(t)
	seat := &seatAt{Desk: o.Desk("seat", centraltest.Seat, "K7MQ")}
	id := seat.Open(seat.NewTicket("中控屏黑屏"))
	seat.Online()
	seat.Offline()
	seat.Act(id, syncproto.CommandFileClaim, present.TicketForm{Amount: "1200", Text: "更换中控屏补贴", Station: "浦东站"})
	o.Employ(centraltest.Seat, "seat", "张敏", policy.Liaison, centraltest.CallCentre)
	seat.Online()
	o.Employ(centraltest.Seat, "seat", "张敏", policy.Seat, centraltest.CallCentre)
	seat.Online()
	return seat, id
}

// doAgain presses 按原内容再做一次 on the first card.
func (s *screen) doAgain(t *testing.T) {
	t.Helper()
	s.press(fyne.Key4, alt)
	s.tab() // from 打开
	if b, is := s.Canvas().Focused().(*press); !is || b.word != "按原内容再做一次" {
		t.Fatalf("the focus is on %s", told(s.Canvas().Focused()))
	}
	s.key(fyne.KeyReturn)
}

// claimForm is what stands in the open form of a claim, and whether it says that this is a draft
// that stays.
func claimForm(sh *shell) string {
	f := sh.work.ticket.open
	if f == nil {
		return "no form"
	}
	text := strings.Join([]string{f.kind.Selected, f.amount.Text, f.text.Text, f.station.Text}, " ")
	if f.stays.Visible() {
		text += "; " + f.stays.text
	}
	return text
}

// Another claim on the same ticket was begun: its amount, its kind and its words stay as they are,
// in the window and after the program died, and the form says what was to be done again. Once the
// draft is discarded the form is filled in; or the draft is sent and the card is still there.
func TestWhatWasBegunIsNotWrittenOver(t *testing.T) {
	const (
		begun   = "特别理赔 300 代步车费 "
		refused = "特别理赔 ¥1,200.00 更换中控屏补贴 浦东站"
		says    = "; 这里有一份没有提交的草稿，已原样保留。要再做的是：K7MQ-00001 · 中控屏黑屏 · 特别理赔 · ¥1,200.00 · 更换中控屏补贴。" +
			"放弃草稿，就会填入这些内容；也可以先提交草稿，再到“同步”里按一次“按原内容再做一次”。"
	)
	begin := func(t *testing.T) (*seatAt, *screen, *shell) {
		seat, id := claimRefused(t)
		s, sh := seat.again(t)
		sh.openTicket(id)
		s.press(fyne.KeyG, control)
		sh.work.ticket.open.amount.SetText("300")
		sh.work.ticket.open.text.SetText("代步车费")
		return seat, s, sh
	}
	want := func(when string, sh *shell, want string) {
		t.Helper()
		if got := claimForm(sh); got != want {
			t.Errorf("%s there stands\n%s\nwant\n%s", when, got, want)
		}
	}

	seat, s, sh := begin(t)
	s.doAgain(t)
	want("over what was begun", sh, begun+says)
	s.app.KeepDrafts()
	wantDrafts(t, "over what was begun", seat, "file-claim 300 代步车费")
	s.press(fyne.Key1, alt)
	s, sh = seat.again(t)
	s.doAgain(t)
	want("over what was begun before the program died", sh, begun+says)
	twice(sh.work.ticket.open.form.draft.drop)
	want("the draft discarded", sh, refused)
	s.app.KeepDrafts()
	wantDrafts(t, "the draft discarded", seat, "file-claim ¥1,200.00 更换中控屏补贴 浦东站")

	_, s, sh = begin(t)
	s.doAgain(t)
	s.press(fyne.KeyReturn, control)
	want("the draft sent", sh, "no form")
	s.doAgain(t)
	want("again once it was sent", sh, refused)
	s.doAgain(t)
	want("again, with nothing typed", sh, refused)
	sh.work.ticket.open.amount.SetText("1100")
	s.doAgain(t)
	want("again, with another amount typed", sh, strings.Replace(refused, "¥1,200.00", "1100", 1)+says)
	s.press(fyne.KeyReturn, control)
	filed := sh.work.ticket.view.Claims
	if len(filed) != 2 || filed[0].Amount+filed[1].Amount != "¥1,100.00¥300.00" {
		t.Errorf("of %d claims the first is %s %s", len(filed), filed[0].Amount, filed[0].What)
	}
}

// What was picked is work too: a correction of another field that was begun is neither mixed with
// the one that is done again, nor cut.
func TestAPickIsNotWrittenOver(t *testing.T) {
	_, seat, id := refused(t)
	s, sh := seat.again(t)
	sh.openTicket(id)
	s.press(fyne.KeyE, control)
	form := sh.work.ticket.open
	form.field.SetSelectedIndex(1)
	form.text.SetText("倒车时黑屏")
	field := form.filled().Field
	s.doAgain(t)
	form = sh.work.ticket.open
	if got := form.filled(); got.Field != field || got.New != "倒车时黑屏" || !form.stays.Visible() {
		t.Errorf("there stands %q of %s, and it says %q", got.New, got.Field, form.stays.text)
	}
}

// In another language the form says the same, and still knows what it is to be filled in with.
func TestWhatIsDoneAgainSurvivesTheLanguage(t *testing.T) {
	seat, id := claimRefused(t)
	seat.Changed = nil
	s, _ := habitual(t, door{}, seat.Desk)
	s.at(seat).openTicket(id)
	s.press(fyne.KeyG, control)
	s.app.shell.work.ticket.open.amount.SetText("300")
	s.doAgain(t)
	s.app.openSettings()
	s.pickFrom(language, 1)
	s.key(fyne.KeyEscape)
	f := s.app.shell.work.ticket.open
	if f == nil || f.amount.Text != "300" || !f.stays.Visible() || !strings.HasPrefix(f.stays.text, "There is a draft here") {
		t.Fatalf("there stands %q", claimForm(s.app.shell))
	}
	twice(f.form.draft.drop)
	if got := claimForm(s.app.shell); got != "Goodwill claim ¥1,200.00 更换中控屏补贴 浦东站" {
		t.Errorf("the draft discarded, there stands %q", got)
	}
}

// Whoever goes to another ticket before the one that was asked for is there, or because that is
// gone, has done with it: what was filled in for one customer is not sent for another.
func TestWhatIsDoneAgainDoesNotGoToAnotherTicket(t *testing.T) {
	filled := present.TicketForm{Action: present.Action(syncproto.CommandFileClaim), Amount: "1200", Text: "更换中控屏补贴"}
	for what, asked := range map[string]func(theirs syncproto.ID) syncproto.ID{
		"quicker than the disk":       func(theirs syncproto.ID) syncproto.ID { return theirs },
		"one that is not held by now": func(syncproto.ID) syncproto.ID { return syncproto.NumberedID(7) },
	} {
		seat, theirs := claimRefused(t)
		other := seat.Open(seat.NewTicket("座椅异响"))
		s, sh := seat.again(t)
		q := slow(s)
		sh.openTicket(asked(theirs))
		sh.work.ticket.resume(filled, "")
		if what != "quicker than the disk" {
			q.run()
		}
		sh.work.pick(other)
		q.run()
		if got := claimForm(sh); got != "no form" || sh.work.ticket.view.Ticket != other {
			t.Errorf("%s: on the other ticket stands %s", what, got)
		}
		sh.work.pick(theirs)
		q.run()
		if got := claimForm(sh); got != "no form" {
			t.Errorf("%s: back again a form opens by itself: %s", what, got)
		}
	}
}
