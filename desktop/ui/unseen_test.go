package ui

import (
	"testing"

	"fyne.io/fyne/v2"

	"redress/desktop/centraltest"
	"redress/desktop/present"
	"redress/desktop/present/presenttest"
	"redress/syncproto"
	"redress/syncproto/authority"
	"redress/syncproto/claim"
	"redress/syncproto/policy"
)

// Nobody decides on anything else than what they looked at, or were told of.

// approvesOnceTold has the key pressed twice: first it only says what became another, then it approves.
func (s *screen) approvesOnceTold(p *claimsPage, manager *presenttest.Desk, id syncproto.ID, says string) {
	s.t.Helper()
	s.press(fyne.KeyReturn, control)
	if got, want := claimNow(s.t, manager, id).State, claim.StateFiled; got != want || p.pane.form.general.text != says {
		s.t.Fatalf("it is %v, and it says %q", got, p.pane.form.general.text)
	}
	s.press(fyne.KeyReturn, control)
	if got, want := claimNow(s.t, manager, id).State, claim.StateApproved; got != want {
		s.t.Errorf("told of it, it is %v: %q", got, p.pane.form.general.text)
	}
}

// The amount of a claim is changed on another desk while its decision is typed, and the change comes just before
// Ctrl+Enter: nobody approves an amount that they have not seen. Told of it, they do with the next press.
func TestNobodyApprovesAnAmountThatCameJustBefore(t *testing.T) {
	_, seat, manager := filed(t, "900")
	s := newScreen(t, door{})
	p := s.claimsShown(manager)
	s.key(fyne.KeyDown)
	id := p.list.picked
	p.pane.reason.SetSelectedIndex(0)
	wishes, faults, err := seat.Amend(t.Context(), seat.Reading(), present.Amendment{Claim: id, Amount: "2900", What: "补贴", Reason: "少写一项"})
	if err != nil {
		t.Fatal(err)
	}
	seat.Give(wishes, faults)
	seat.Online()
	manager.Online()
	if p.pane.row.Amount != "¥2,900.00" {
		t.Fatalf("there stands %s", p.pane.row.Amount)
	}
	s.approvesOnceTold(p, manager, id, "这笔申请在此期间已重新处理，请打开查看后再决定。")
}

// So it is with the month, whose midnight goes by between the drawing and the keys.
func TestNobodyChargesAMonthThatCameJustBefore(t *testing.T) {
	o, _, manager := filed(t, "900")
	o.At(24*29+23, 59)
	manager.Online() // which brings the authority of December
	s := newScreen(t, door{})
	p := s.claimsShown(manager)
	s.key(fyne.KeyDown)
	id := p.list.picked
	p.pane.reason.SetSelectedIndex(0)
	o.At(24*30, 1)
	s.approvesOnceTold(p, manager, id, "这笔申请现在计入 2026年12月 额度，请看过后再决定。")
}

// So it is with a limit that somebody else sets while another is typed: it is not replaced unseen.
func TestNobodyReplacesALimitThatCameJustBefore(t *testing.T) {
	o, _ := twoDevices(t)
	s := newScreen(t, door{})
	p := s.monthsShown(o, policy.Administration)
	desk, _ := p.shell.place.(*seatAt)
	limit := func() syncproto.Fen {
		doc, _, err := desk.Replica.Document(t.Context(), authority.Ref(p.list.picked, syncproto.MonthOf(o.Now)))
		body, is := doc.Body.(authority.Body)
		if err != nil || !is {
			t.Fatal(err)
		}
		return body.Limit
	}
	s.press(fyne.KeyL, control)
	s.write("7000")
	s.tab()
	s.write("预算调整")
	o.Operate(syncproto.CommandSetLimit, authority.SetLimit{Manager: centraltest.Manager, Month: syncproto.MonthOf(o.Now), Limit: 8000 * syncproto.Yuan, Reason: "台风期间"})
	desk.Online()
	if limit() != 8000*syncproto.Yuan {
		t.Fatal(limit())
	}
	if s.press(fyne.KeyReturn, control); limit() != 8000*syncproto.Yuan || p.pane.limitForm.form.inputs[0].wrong.text == "" {
		t.Errorf("it is %v, and it says %q", limit(), p.pane.limitForm.form.inputs[0].wrong.text)
	}
	if s.press(fyne.KeyReturn, control); limit() != 7000*syncproto.Yuan {
		t.Errorf("told of it, it is %v: %q", limit(), p.pane.limitForm.form.inputs[0].wrong.text)
	}
}

// Nor where the form of the limit was left meanwhile for that of a lost device.
func TestALimitThatWasBegunReplacesNoOtherAfterAnotherForm(t *testing.T) {
	o, _ := twoDevices(t)
	s := newScreen(t, door{})
	p := s.monthsShown(o, policy.Administration)
	desk, _ := p.shell.place.(*seatAt)
	s.press(fyne.KeyL, control)
	s.write("7000")
	s.tab()
	s.write("预算调整")
	s.key(fyne.KeyEscape)
	month := syncproto.MonthOf(o.Now)
	o.Operate(syncproto.CommandSetLimit, authority.SetLimit{Manager: centraltest.Manager, Month: month, Limit: 8000 * syncproto.Yuan, Reason: "台风期间"})
	desk.Online()
	s.press(fyne.KeyW, control)
	s.press(fyne.KeyL, control)
	s.press(fyne.KeyReturn, control)
	doc, _, err := desk.Replica.Document(t.Context(), authority.Ref(p.list.picked, month))
	if body, _ := doc.Body.(authority.Body); err != nil || body.Limit != 8000*syncproto.Yuan || p.pane.limitForm.form.inputs[0].wrong.text == "" {
		t.Errorf("it is %v, and it says %q: %v", body.Limit, p.pane.limitForm.form.inputs[0].wrong.text, err)
	}
}

// The disk is slow: the next claim is decided while the decision before is on its way.
func TestTheNextClaimIsDecidedWhileTheOneBeforeIsSent(t *testing.T) {
	_, _, manager := filed(t, "900", "800")
	s := newScreen(t, door{})
	p := s.claimsShown(manager)
	q := slow(s)
	s.key(fyne.KeyDown)
	var ids []syncproto.ID
	for range 2 {
		q.run()
		ids = append(ids, p.pane.row.Claim)
		s.key(fyne.KeyDown)
	}
	s.key(fyne.KeyUp)
	q.run()
	for _, id := range ids {
		if p.pane.row.Claim != id {
			t.Fatal("another claim is shown")
		}
		p.pane.reason.SetSelectedIndex(0)
		s.press(fyne.KeyReturn, control)
		s.press(fyne.KeyReturn, control) // once more is once
		focusOn(p.list)
		s.key(fyne.KeyDown)
	}
	q.run()
	for _, id := range ids {
		if got := claimNow(t, manager, id).State; got != claim.StateApproved {
			t.Errorf("it is %v", got)
		}
	}
	s.app.KeepDrafts()
	q.run()
	wantDrafts(t, "decided", &seatAt{Desk: manager})
}

// Nor where the first press was about something else: what is wanting is said, and the month goes by then.
func TestNobodyIsToldOfTheMonthByWhatIsWanting(t *testing.T) {
	o, _, manager := filed(t, "900")
	o.At(24*29+23, 59)
	manager.Online() // which brings the authority of December
	s := newScreen(t, door{})
	p := s.claimsShown(manager)
	s.key(fyne.KeyDown)
	id := p.list.picked
	if s.press(fyne.KeyReturn, control); p.pane.form.inputs[0].wrong.text == "" {
		t.Fatal("nothing is wanting")
	}
	p.pane.reason.SetSelectedIndex(0)
	o.At(24*30, 1)
	s.press(fyne.KeyReturn, control)
	if got := claimNow(t, manager, id).State; got != claim.StateFiled || p.pane.form.general.text == "" {
		t.Errorf("it is %v, and it says %q", got, p.pane.form.general.text)
	}
}
