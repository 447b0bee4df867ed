package ui

import (
	"slices"
	"testing"

	"fyne.io/fyne/v2"

	"redress/desktop/centraltest"
	"redress/desktop/present"
	"redress/desktop/present/presenttest"
	"redress/desktop/replica"
	"redress/syncproto"
)

// aSeat is a window of a seat, and the form of a new ticket in it.
func aSeat(t *testing.T) (*seatAt, *screen, *shell) {
	t.Helper()
	seat := &seatAt{Desk: presenttest.New(t).Desk("seat", centraltest.Seat, "K7MQ")}
	s, sh := seat.again(t)
	return seat, s, sh
}

// A second customer calls while the ticket of the first is half filled in: from the form itself
// and from any other page. Nothing of the first is in the second, both are kept, each with the
// number that was read out, and both are sent.
func TestTheNextCallerHasAnotherForm(t *testing.T) {
	seat, s, sh := aSeat(t)
	s.press(fyne.KeyN, control)
	s.write("张伟")
	focusOn(freshOf(sh).subject)
	s.write("远程车控失败")
	freshOf(sh).promise.SetChecked(true)
	first := freshOf(sh)
	s.press(fyne.KeyN, control)
	p := freshOf(sh)
	if p == first || p.form.touched() || p.number.text != "K7MQ-00002" || s.Canvas().Focused() != fyne.Focusable(p.name) || p.promise.Checked {
		t.Fatalf("the next caller has %+v, number %s", p.filled(), p.number.text)
	}
	if p.others.text != "另有 1 张填了一半，在“草稿”里（Alt+7）" || first.name.Text != "张伟" {
		t.Errorf("the form says %q", p.others.text)
	}
	wantDrafts(t, "with the second caller", seat, "open 张伟 远程车控失败")
	s.write("李娜")
	s.press(fyne.Key1, alt)
	s.press(fyne.Key2, alt) // the form as it stands
	if freshOf(sh) != p || p.name.Text != "李娜" || p.number.text != "K7MQ-00002" {
		t.Errorf("Alt+2 leads to %q, %s", freshOf(sh).name.Text, freshOf(sh).number.text)
	}
	s.press(fyne.Key1, alt)
	s.press(fyne.KeyN, control) // the third calls
	if p = freshOf(sh); p.form.touched() || p.number.text != "K7MQ-00003" || p.others.text != "另有 2 张填了一半，在“草稿”里（Alt+7）" {
		t.Errorf("the third caller has %q, %s, %q", p.name.Text, p.number.text, p.others.text)
	}
	s.press(fyne.KeyN, control) // nothing was filled in: it is the same form
	if freshOf(sh) != p || p.number.text != "K7MQ-00003" {
		t.Errorf("an empty form was put aside for %s", freshOf(sh).number.text)
	}

	// The first calls back: by 草稿, with the number that was read out.
	s.press(fyne.Key7, alt)
	drafts, _ := sh.pages[placeDrafts].(*draftsPage)
	at := slices.IndexFunc(drafts.view.Rows, func(r present.DraftRow) bool { return r.About == "K7MQ-00001" })
	if at < 0 || len(drafts.view.Rows) != 2 {
		t.Fatalf("草稿 has %q", drafts.view.Lines())
	}
	for range at + 1 {
		s.key(fyne.KeyDown)
	}
	s.key(fyne.KeyReturn)
	p = freshOf(sh)
	if sh.here != placeNew || p.name.Text != "张伟" || !p.promise.Checked || p.number.text != "K7MQ-00001" {
		t.Fatalf("at place %d stands %+v", sh.here, p.filled())
	}
	s.press(fyne.KeyReturn, control)
	if got := sh.work.ticket.view.Number; got != "K7MQ-00001" {
		t.Errorf("the ticket is %s", got)
	}
	wantDrafts(t, "with the first sent", seat, "open 李娜")
	s.press(fyne.KeyN, control)
	if got := freshOf(sh).number.text; got != "K7MQ-00004" {
		t.Errorf("after that the number is %s", got)
	}
}

// The program dies with two begun: both are there, the one that was typed in last stands on the
// page, and whoever calls next has a number of their own.
func TestSeveralBegunTicketsOutliveTheProgram(t *testing.T) {
	seat, s, _ := aSeat(t)
	s.press(fyne.KeyN, control)
	s.write("张伟")
	seat.Office.At(9, 5)
	s.press(fyne.KeyN, control)
	s.write("李娜")
	seat.Office.At(9, 6)
	s.app.KeepDrafts()

	s, sh := seat.again(t)
	s.press(fyne.Key2, alt)
	if p := freshOf(sh); p.name.Text != "李娜" || p.number.text != "K7MQ-00002" || p.others.text == "" {
		t.Errorf("after the start stands %q, %s, and it says %q", p.name.Text, p.number.text, p.others.text)
	}
	s, sh = seat.again(t)
	s.press(fyne.KeyN, control)
	if p := freshOf(sh); p.name.Text != "" || p.number.text != "K7MQ-00003" {
		t.Errorf("the next caller after the start has %q, %s", p.name.Text, p.number.text)
	}
	wantDrafts(t, "after both starts", seat, "open 李娜", "open 张伟")
}

// What an older program kept when it was killed, of the one new ticket that it knew, is opened,
// put aside and sent as any other.
func TestADraftOfAnOlderProgramIsOpened(t *testing.T) {
	seat, _, _ := aSeat(t)
	old := replica.Draft{Key: replica.DraftKey{Form: syncproto.CommandOpen}, Fields: []replica.DraftField{
		{Name: "customer-name", Text: "张伟"}, {Name: "subject", Text: "远程车控失败"}, {Name: "number", Text: "K7MQ-00007", Pick: true}}}
	if err := seat.Replica.SaveDraft(t.Context(), old); err != nil {
		t.Fatal(err)
	}
	s, sh := seat.again(t)
	s.press(fyne.Key2, alt)
	if p := freshOf(sh); p.name.Text != "张伟" || p.number.text != "K7MQ-00007" {
		t.Fatalf("after the update stands %q, %s", p.name.Text, p.number.text)
	}
	s.write("明")
	s.press(fyne.KeyN, control)
	wantDrafts(t, "put aside,", seat, "open 张伟明 远程车控失败")
	s.press(fyne.Key7, alt)
	s.key(fyne.KeyDown)
	s.key(fyne.KeyReturn)
	s.press(fyne.KeyReturn, control)
	if v := sh.work.ticket.view; v.Number != "K7MQ-00007" || v.Subject != "远程车控失败" {
		t.Errorf("the ticket is %s %q", v.Number, v.Subject)
	}
	wantDrafts(t, "sent,", seat)
}

// The disk is slow and the seat quick: the first ticket is being sent when the next customer is
// on the phone. What is typed then is the next one's, and the page does not turn under it; where
// the first is refused it lies in 草稿.
func TestTheNextCallerDoesNotWaitForTheDisk(t *testing.T) {
	seat, s, sh := aSeat(t)
	s.press(fyne.KeyN, control)
	s.write("张伟")
	focusOn(freshOf(sh).subject)
	s.write("远程车控失败")
	q := &queue{}
	s.app.threads = Threads{Work: func(job func()) { q.work = append(q.work, job) }, UI: func(job func()) { q.ui = append(q.ui, job) }}
	s.press(fyne.KeyReturn, control)
	s.press(fyne.KeyN, control)
	s.write("李娜")
	q.run()
	p := freshOf(sh)
	if sh.here != placeNew || p.name.Text != "李娜" || p.number.text != "K7MQ-00002" || seat.gave != 1 {
		t.Errorf("at place %d stands %q, %s, and %d commands were given", sh.here, p.name.Text, p.number.text, seat.gave)
	}
	s.app.KeepDrafts()
	q.run()
	wantDrafts(t, "with the first sent", seat, "open 李娜")
}

// fillsIn has a seat fill in a new ticket, which is a draft by then.
func (s *screen) fillsIn(sh *shell) {
	s.press(fyne.KeyN, control)
	s.write("张伟")
	focusOn(freshOf(sh).subject)
	s.write("远程车控失败")
	s.app.KeepDrafts()
}

// The disk is slow, and the seat clears the form that is being sent: it is the next caller's then, with a
// number of its own. No two customers ever hear the same.
func TestAClearedFormHasNotTheNumberThatIsSent(t *testing.T) {
	seat, s, sh := aSeat(t)
	s.fillsIn(sh)
	q := slow(s)
	s.press(fyne.KeyReturn, control)
	sent := freshOf(sh)
	sent.discard()
	sent.discard()
	q.run()
	s.press(fyne.KeyN, control)
	q.run()
	s.write("李娜")
	if p := freshOf(sh); p.name.Text != "李娜" || p.number.text != "K7MQ-00002" || seat.gave != 1 || sh.work.ticket.view.Number != "K7MQ-00001" {
		t.Errorf("%d commands were given, %s is shown, and %q stands under %s", seat.gave, sh.work.ticket.view.Number, p.name.Text, p.number.text)
	}
	s.app.KeepDrafts()
	q.run()
	wantDrafts(t, "sent and cleared,", seat, "open 李娜")
}

// Nor has a form that is opened from 草稿 while it is being sent: it is no second ticket, under the same number.
func TestADraftIsNotOpenedWhileItIsSent(t *testing.T) {
	seat, s, sh := aSeat(t)
	s.fillsIn(sh)
	s.press(fyne.Key7, alt)
	s.key(fyne.KeyDown)
	s.press(fyne.Key2, alt)
	q := slow(s)
	s.press(fyne.KeyReturn, control)
	s.press(fyne.KeyN, control)
	s.press(fyne.Key7, alt)
	s.key(fyne.KeyReturn)
	q.run()
	s.press(fyne.Key2, alt)
	q.run()
	if p := freshOf(sh); p.name.Text != "" || p.number.text == "K7MQ-00001" || seat.gave != 1 {
		t.Errorf("%d commands were given, and %q stands under %s", seat.gave, p.name.Text, p.number.text)
	}
}

// Letters that an input method still composes belong to the caller of before: the form stays
// until they are settled, and says so.
func TestWhatIsBeingComposedDoesNotGoToTheNextCaller(t *testing.T) {
	_, s, sh := aSeat(t)
	s.press(fyne.KeyN, control)
	s.write("张")
	p := freshOf(sh)
	for _, name := range []fyne.KeyName{"W", "E", "I"} { // keys, and no runes: they go into a composition
		p.name.TypedKey(&fyne.KeyEvent{Name: name})
	}
	s.press(fyne.KeyN, control)
	if freshOf(sh) != p || blamed(p.form) != "customer-name: 输入法里还有没选定的字。请先按空格选定或按 Esc 取消。" {
		t.Errorf("there stands %q, and it says %q", freshOf(sh).name.Text, blamed(p.form))
	}
	p.name.TypedRune('伟')
	s.settle()
	p.name.FocusLost() // frames end the commit in a window
	p.name.FocusGained()
	s.press(fyne.KeyN, control)
	if next := freshOf(sh); next == p || next.name.Text != "" || p.name.Text != "张伟" {
		t.Errorf("the next caller has %q, the one before %q", next.name.Text, p.name.Text)
	}
}

// At the limit of drafts a form cannot be put aside: it stays, and says why.
func TestAFormThatCannotBePutAsideStays(t *testing.T) {
	seat, _, _ := aSeat(t)
	for n := range replica.MaxDrafts {
		if err := seat.Replica.SaveDraft(t.Context(), replica.Draft{Key: freshKey(syncproto.NumberedID(uint64(n + 1))),
			Fields: []replica.DraftField{{Name: "subject", Text: "旧"}}}); err != nil {
			t.Fatal(err)
		}
	}
	s, sh := seat.again(t)
	s.press(fyne.KeyN, control)
	s.write("张伟")
	s.press(fyne.Key1, alt)
	p := freshOf(sh)
	s.press(fyne.KeyN, control)
	if freshOf(sh) != p || sh.here != placeNew || p.name.Text != "张伟" || p.form.general.text != "草稿没有保存：本机已有 200 份草稿。请提交或放弃几份，再继续。" {
		t.Errorf("at place %d stands %q, and it says %q", sh.here, freshOf(sh).name.Text, p.form.general.text)
	}
}

// The disk is slow, and the seat looks at something else meanwhile: the page does not turn under
// them, and where the ticket is refused they are told there.
func TestASentTicketDoesNotTurnAnotherPage(t *testing.T) {
	for _, c := range []struct {
		full error
		line string
	}{{nil, ""}, {&syncproto.Problem{Code: syncproto.CodeDiskFull}, "磁盘空间不足，请清理后重试。"}} {
		seat := &stuckSeat{seatAt: &seatAt{Desk: presenttest.New(t).Desk("seat", centraltest.Seat, "K7MQ")}, full: c.full}
		s := newScreen(t, door{})
		s.app.Enter(seat)
		s.settle()
		sh := s.app.shell
		s.press(fyne.KeyN, control)
		s.write("张伟")
		focusOn(freshOf(sh).subject)
		s.write("远程车控失败")
		sent := freshOf(sh)
		q := slow(s)
		s.press(fyne.KeyReturn, control)
		s.press(fyne.KeyF, control)
		s.write("李")
		for len(q.work) > 0 && seat.gave == 0 && sh.line.state.text != c.line {
			q.upTo(1)
		}
		q.upTo(1)
		told := sh.line.state.text
		q.run()
		p, _ := sh.pages[placeFind].(*findPage)
		if sh.here != placeFind || s.Canvas().Focused() != fyne.Focusable(p.text) || p.text.Text != "李" {
			t.Errorf("with %v it leads to place %d", c.full, sh.here)
		}
		if c.line != "" && (told != c.line || freshOf(sh) != sent || sent.form.general.text != c.line) {
			t.Errorf("refused, it says %q above and %q at the form", told, sent.form.general.text)
		}
		if c.line == "" && (freshOf(sh) == sent || freshOf(sh).name.Text != "") {
			t.Error("sent, it stands there still")
		}
	}
}

// Evening comes between two callers: what the first was taken over with goes all the same as the next is.
func TestTheNextCallerHasNothingOfTheFirstAtDusk(t *testing.T) {
	seat, _ := busy(t)
	f := seat.NewTicket("空调异响")
	f.Name, f.Phone, f.VIN, f.Model = "李娜", "13800131111", "", ""
	seat.Open(f)
	s, _ := habitual(t, door{}, seat.Desk)
	sh := s.at(seat)
	s.press(fyne.KeyN, control)
	p, _ := sh.pages[placeNew].(*freshPage)
	p.phone.SetText("13800138000")
	s.press(fyne.KeyI, control)
	if p.vin.Text == "" {
		t.Fatal("no car was taken over")
	}
	s.app.renew()
	p = s.app.shell.fresh()
	p.phone.SetText("13800131111")
	s.press(fyne.KeyI, control)
	if p.name.Text != "李娜" || p.vin.Text != "" {
		t.Errorf("%s has the car %q", p.name.Text, p.vin.Text)
	}
}
