package ui

import (
	"testing"

	"fyne.io/fyne/v2"

	"redress/desktop/centraltest"
	"redress/desktop/present"
	"redress/desktop/present/presenttest"
	"redress/desktop/replica"
	"redress/syncproto"
	"redress/syncproto/policy"
	"redress/syncproto/ticket"
)

// A decision is begun, and the claim looked away from; then somebody else decides it.
func TestADecisionThatWasBegun(t *testing.T) {
	manager := claims(t)
	s, sh := manager.again(t)
	s.press(fyne.Key3, alt)
	p, _ := sh.pages[placeClaims].(*claimsPage)
	s.key(fyne.KeyDown)
	p.pane.reason.SetSelectedIndex(0)
	p.pane.comment.SetText("客户已等两周")
	p.pane.less.SetText("1000")
	first := p.pane.row
	s.key(fyne.KeyDown) // another claim
	if p.pane.comment.Text != "" || p.pane.form.draft.box.Visible() {
		t.Errorf("on the other claim stands %q", p.pane.comment.Text)
	}
	wantDrafts(t, "on another claim", manager, "approve-claim 客户已等两周 1000")
	s.key(fyne.KeyUp)
	if p.pane.comment.Text != "客户已等两周" || p.pane.less.Text != "1000" || p.pane.reason.SelectedIndex() != 0 || p.pane.form.draft.text.text == "" {
		t.Errorf("back on it stands %q %q", p.pane.comment.Text, p.pane.less.Text)
	}

	s, sh = manager.again(t)
	s.press(fyne.Key7, alt)
	s.key(fyne.KeyDown)
	s.key(fyne.KeyReturn)
	p, _ = sh.pages[placeClaims].(*claimsPage)
	if sh.here != placeClaims || p.pane.row.Claim != first.Claim || p.pane.comment.Text != "客户已等两周" || s.Canvas().Focused() != fyne.Focusable(p.pane.comment) {
		t.Fatalf("at place %d there stands %q", sh.here, p.pane.comment.Text)
	}
	s.press(fyne.KeyReturn, control)
	wantDrafts(t, "approved,", manager)
	if p.pane.comment.Text != "" {
		t.Errorf("approved, there stands %q", p.pane.comment.Text)
	}

	// The second claim is rejected from elsewhere while its comment is being written.
	p.list.pick(syncproto.ID{})
	s.press(fyne.Key3, alt)
	s.key(fyne.KeyDown)
	p.picked(p.list.picked)
	p.pane.comment.SetText("再核实")
	s.app.KeepDrafts()
	second := p.pane.row.Claim
	if faults := manager.Decide(present.Decision{Claim: second, Reason: "不符合标准", Seen: p.pane.row.Seen}); len(faults) > 0 {
		t.Fatal(faults)
	}
	sh.openClaim(second)
	s.settle()
	if p.pane.deciding.Visible() || !p.pane.drafts.box.Visible() {
		t.Errorf("the form is shown %v, the way to the text %v", p.pane.deciding.Visible(), p.pane.drafts.box.Visible())
	}
	wantDrafts(t, "decided by another,", manager, "approve-claim 再核实")
}

// The amendment of a claim, and both forms on a manager's month.
func TestTheOtherFormsComeBack(t *testing.T) {
	manager := claims(t)
	s, sh := manager.again(t)
	s.press(fyne.Key3, alt)
	s.key(fyne.KeyDown)
	s.press(fyne.KeyE, control)
	p, _ := sh.pages[placeClaims].(*claimsPage)
	p.pane.amending.what.SetText("更换中控屏补贴（含工时）")
	s.key(fyne.KeyDown)
	s.press(fyne.Key1, alt)
	s, sh = manager.again(t)
	s.press(fyne.Key7, alt)
	s.key(fyne.KeyDown)
	s.key(fyne.KeyReturn)
	p, _ = sh.pages[placeClaims].(*claimsPage)
	if f := p.pane.amending; !f.open || f.what.Text != "更换中控屏补贴（含工时）" || f.amount.Text != "¥1,200.00" {
		t.Errorf("open %v, %q %q", f.open, f.what.Text, f.amount.Text)
	}
	twice(p.pane.amending.form.draft.drop)
	if f := p.pane.amending; !f.open || f.what.Text != "更换中控屏补贴" {
		t.Errorf("discarded, open %v, %q", f.open, f.what.Text)
	}
	wantDrafts(t, "discarded,", manager)

	o, _ := twoDevices(t)
	person := syncproto.Derive("headquarters person")
	o.Employ(person, "hq", "周敏", policy.Administration, centraltest.HQ)
	hq := &seatAt{Desk: o.Desk("hq", person, "A1AA")}
	s, sh = hq.again(t)
	s.press(fyne.Key5, alt)
	s.key(fyne.KeyDown)
	months, _ := sh.pages[placeMonths].(*monthsPage)
	months.which.SetSelectedIndex(2) // the next
	s.settle()
	s.press(fyne.KeyL, control)
	s.write("5000")
	s.press(fyne.Key1, alt)
	wantDrafts(t, "of a limit", hq, "set-limit 5000")
	s, sh = hq.again(t)
	s.press(fyne.Key7, alt)
	s.key(fyne.KeyDown)
	s.key(fyne.KeyReturn)
	months, _ = sh.pages[placeMonths].(*monthsPage)
	if f := months.pane.limitForm; months.pane.open != accountForm(f) || f.amount.Text != "5000" || months.view.Title != "2026年12月" || f.outlook.text == "" {
		t.Errorf("on %s there stands %q, %q", months.view.Title, f.amount.Text, f.outlook.text)
	}
}

// More than there may be: it is said at the form, and what was typed stays.
func TestTooManyDraftsAreSaid(t *testing.T) {
	_, seat, id := offline(t)
	for n := range replica.MaxDrafts {
		if err := seat.Replica.SaveDraft(t.Context(), replica.Draft{Key: replica.DraftKey{Form: syncproto.CommandNote, Subject: ticket.Ref(syncproto.NumberedID(uint64(n + 1)))},
			Fields: []replica.DraftField{{Name: "text", Text: "旧"}}}); err != nil {
			t.Fatal(err)
		}
	}
	s, sh := seat.again(t)
	sh.openTicket(id)
	s.press(fyne.KeyM, control)
	s.write("需要日志")
	s.app.KeepDrafts()
	form := sh.work.ticket.open
	if got := form.form.draft.text.text; got != "草稿没有保存：本机已有 200 份草稿。请提交或放弃几份，再继续。" || form.text.Text != "需要日志" || form.form.draft.drop.Visible() {
		t.Errorf("it says %q", got)
	}
	s.press(fyne.Key7, alt)
	s.key(fyne.KeyDown)
	p, _ := sh.pages[placeDrafts].(*draftsPage)
	twice(p.discard)
	s.app.KeepDrafts()
	if got := form.form.draft.text.text; got != "草稿，今天 09:10 保存" {
		t.Errorf("with room again it says %q", got)
	}
}

// The disk is slow, and the person quick: what is sent is not kept as a draft once more, and
// nothing is read or written on the interface's thread.
func TestAQuickPersonAndASlowDisk(t *testing.T) {
	_, seat, id := offline(t)
	s, sh := seat.again(t)
	sh.openTicket(id)
	q := &queue{}
	s.app.threads = Threads{Work: func(job func()) { q.work = append(q.work, job) }, UI: func(job func()) { q.ui = append(q.ui, job) }}
	s.press(fyne.KeyM, control)
	s.write("需要日志")
	s.app.KeepDrafts()
	wantDrafts(t, "before the disk was asked", seat)
	s.write("，今天要")
	s.press(fyne.KeyReturn, control)
	s.app.KeepDrafts() // the command is not kept yet
	s.press(fyne.Key4, alt)
	q.run()
	s.app.KeepDrafts()
	q.run()
	wantDrafts(t, "sent,", seat)
	if got := seat.See(id).Trail[0].Text; got != "需要日志，今天要" {
		t.Errorf("the last step is %q", got)
	}
	if sh.nav[placeDrafts].Visible() {
		t.Error("a draft is still counted")
	}
}

// What was sent last before leaving is refused: nobody is there to be told, and it lies in 草稿.
func TestWhatIsRefusedAfterLeavingIsADraft(t *testing.T) {
	_, desk, id := offline(t)
	seat := &stuckSeat{seatAt: desk, full: &syncproto.Problem{Code: syncproto.CodeDiskFull}}
	s := newScreen(t, door{logins: []string{"li"}})
	s.app.Enter(seat)
	s.settle()
	s.app.shell.openTicket(id)
	s.press(fyne.KeyM, control)
	s.write("需要日志")
	q := slow(s)
	s.press(fyne.KeyReturn, control)
	s.app.leave(seat)
	q.run()
	wantDrafts(t, "refused,", desk, "note 需要日志")
}

// So it is before the window is closed; and where it is kept there is no draft of it.
func TestWhatIsRefusedAfterClosingIsADraft(t *testing.T) {
	for full, want := range map[error][]string{error(&syncproto.Problem{Code: syncproto.CodeDiskFull}): {"note 需要日志"}, nil: nil} {
		_, desk, id := offline(t)
		s := newScreen(t, door{})
		s.app.Enter(&stuckSeat{seatAt: desk, full: full})
		s.settle()
		s.app.shell.openTicket(id)
		s.press(fyne.KeyM, control)
		s.write("需要日志")
		q := slow(s)
		s.press(fyne.KeyReturn, control)
		s.app.Close()
		for _, job := range q.work { // and nothing of what is answered
			job()
		}
		wantDrafts(t, "closed,", desk, want...)
	}
}

// A quick manager on a slow disk decides, looks at the next claim and comes back: what is being sent stands
// there, and where it is refused nothing of it is lost.
func TestADecisionThatIsComeBackToWhileItIsSent(t *testing.T) {
	manager := claims(t)
	seat := &stuckSeat{seatAt: manager, full: &syncproto.Problem{Code: syncproto.CodeDiskFull}}
	s := newScreen(t, door{})
	s.app.Enter(seat)
	s.settle()
	s.press(fyne.Key3, alt)
	s.key(fyne.KeyDown)
	p, _ := s.app.shell.pages[placeClaims].(*claimsPage)
	q := slow(s)
	p.pane.reason.SetSelectedIndex(0)
	p.pane.comment.SetText("客户已等两周")
	s.press(fyne.KeyReturn, control)
	focusOn(p.list)
	s.key(fyne.KeyDown)
	s.key(fyne.KeyUp)
	q.run()
	if p.pane.comment.Text != "客户已等两周" || p.pane.reason.SelectedIndex() != 0 {
		t.Errorf("refused, there stands %q", p.pane.comment.Text)
	}
	s.app.KeepDrafts()
	q.run()
	wantDrafts(t, "refused,", manager, "approve-claim 客户已等两周")
	seat.full = nil
	s.press(fyne.KeyReturn, control)
	focusOn(p.list)
	s.key(fyne.KeyDown)
	s.key(fyne.KeyUp)
	q.run()
	s.app.KeepDrafts()
	q.run()
	wantDrafts(t, "approved,", manager)
}

// Whoever takes everything out again has no draft.
func TestAnEmptiedFormIsNoDraft(t *testing.T) {
	_, seat, id := offline(t)
	seat.begin(t, id, fyne.KeyM, "需要日志")
	s, sh := seat.again(t)
	sh.openTicket(id)
	s.press(fyne.KeyM, control)
	sh.work.ticket.open.text.SetText("")
	s.app.KeepDrafts()
	wantDrafts(t, "emptied,", seat)
	if form := sh.work.ticket.open.form; form.draft.box.Visible() || form.draft.drop.Visible() || sh.nav[placeDrafts].Visible() {
		t.Error("a draft is still shown")
	}
}

func TestDraftsAsDrawn(t *testing.T) {
	l := threeBegun(t)
	s, sh := l.seat.again(t)
	s.press(fyne.Key7, alt)
	s.key(fyne.KeyDown)
	s.golden("drafts")
	sh.openTicket(l.id)
	s.press(fyne.KeyM, control)
	s.golden("ticket-draft")
}

// The drafts could not be read at first, and a form was opened meanwhile: what was begun before stands in it once
// they are, and nothing is kept over it.
func TestADraftThatIsReadOnceItsFormIsOpen(t *testing.T) {
	_, seat, id := offline(t)
	seat.begin(t, id, fyne.KeyM, "需要日志")
	s, sh := seat.again(t)
	sh.openTicket(id)
	sh.drafts.known, sh.drafts.saved = false, map[replica.DraftKey]replica.Draft{} // as where the reading failed
	s.press(fyne.KeyM, control)
	s.app.KeepDrafts()
	s.write("。")
	s.app.KeepDrafts()
	wantDrafts(t, "read late,", seat, "note 需要日志。")
}

// What is typed while the form is sent on a slow disk would be in no command, and gone with the form: it is not
// taken, and the person sees that. Esc leaves the form all the same, and what is refused can be gone on with.
func TestNothingIsTypedIntoAFormThatIsBeingSent(t *testing.T) {
	_, desk, id := offline(t)
	seat := &stuckSeat{seatAt: desk, full: &syncproto.Problem{Code: syncproto.CodeDiskFull}}
	s := newScreen(t, door{})
	s.app.Enter(seat)
	s.settle()
	pane := s.app.shell.work.ticket
	s.app.shell.openTicket(id)
	s.press(fyne.KeyL, control)
	s.write("客户来电")
	channel := pane.open.channel.SelectedIndex()
	q := slow(s)
	s.press(fyne.KeyReturn, control)
	f := pane.open
	s.write("，说")
	f.channel.TypedKey(&fyne.KeyEvent{Name: fyne.KeyRight})
	f.channel.TypedRune([]rune(f.channel.Options[1])[0])
	f.text.TypedShortcut(&fyne.ShortcutUndo{})
	if f.text.Text != "客户来电" || f.channel.SelectedIndex() != channel {
		t.Errorf("while it is sent there stands %q, and %q is picked", f.text.Text, f.channel.Selected)
	}
	if s.key(fyne.KeyEscape); pane.open != nil {
		t.Error("Esc does not leave it")
	}
	s.press(fyne.KeyL, control)
	q.run()
	s.press(fyne.KeyL, control)
	s.write("，说已好")
	if pane.open.text.Text != "客户来电，说已好" {
		t.Errorf("refused, there stands %q", pane.open.text.Text)
	}
}

// A seat became a liaison since: Enter on the draft of a new ticket says that it cannot be gone on with.
func TestADraftOfWhatAPersonHasNoMore(t *testing.T) {
	o := presenttest.New(t)
	seat := &seatAt{Desk: o.Desk("seat", centraltest.Seat, "K7MQ")}
	s, _ := seat.again(t)
	s.press(fyne.KeyN, control)
	s.write("张伟")
	s.app.KeepDrafts()
	o.Employ(centraltest.Seat, "seat", "张敏", policy.Liaison, centraltest.Connected)
	seat.Online()
	s, sh := seat.again(t)
	s.press(fyne.Key7, alt)
	s.key(fyne.KeyDown)
	s.key(fyne.KeyReturn)
	if got, want := sh.line.state.text, sh.words()("drafts.cannot"); got != want || sh.here != placeDrafts {
		t.Errorf("at place %d the line says %q", sh.here, got)
	}
}

// So it is with the limit of a month that is over.
func TestADraftOfAMonthThatIsOver(t *testing.T) {
	o, _ := twoDevices(t)
	s := newScreen(t, door{})
	p := s.monthsShown(o, policy.Administration)
	s.press(fyne.KeyL, control)
	s.write("7000")
	s.app.KeepDrafts()
	o.At(24*40, 0)
	sh := s.app.shell
	s.press(fyne.Key7, alt)
	s.key(fyne.KeyDown)
	s.key(fyne.KeyReturn)
	if got, want := sh.line.state.text, sh.words()("drafts.cannot"); got != want || sh.here != placeMonths || p.pane.open != nil {
		t.Errorf("at place %d the line says %q", sh.here, got)
	}
}
