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
	"redress/syncproto/authority"
	"redress/syncproto/claim"
	"redress/syncproto/policy"
)

// claimsShown goes to the page of claims.
func (s *screen) claimsShown(d *presenttest.Desk) *claimsPage {
	s.t.Helper()
	sh := s.at(&seatAt{Desk: d})
	s.press(fyne.Key3, alt)
	p, _ := sh.pages[placeClaims].(*claimsPage)
	return p
}

// filed is an office with a manager's desk and claims of so much on it, in this order.
func filed(t *testing.T, amounts ...string) (o *presenttest.Office, seat, manager *presenttest.Desk) {
	t.Helper()
	o = presenttest.New(t)
	seat = o.Desk("seat", centraltest.Seat, "K7MQ")
	manager = o.Desk("manager", centraltest.Manager, "P2XA")
	id := seat.Open(seat.NewTicket("中控屏黑屏"))
	for _, amount := range amounts {
		o.Now = o.Now.Add(syncproto.Minute)
		seat.Act(id, syncproto.CommandFileClaim, present.TicketForm{Amount: amount, Text: "补贴 " + amount})
	}
	seat.Online()
	manager.Online()
	return o, seat, manager
}

func claimNow(t *testing.T, d *presenttest.Desk, id syncproto.ID) claim.Body {
	t.Helper()
	body, held, err := d.Claim(t.Context(), id)
	if err != nil || !held {
		t.Fatalf("the claim is not held: %v", err)
	}
	return body
}

// The orders that KEYS.md promises for claims and months.
func TestTabThroughADecisionAndAnAmendment(t *testing.T) {
	_, _, manager := filed(t, "900")
	s := newScreen(t, door{})
	p := s.claimsShown(manager)
	s.key(fyne.KeyDown)
	s.key(fyne.KeyReturn)
	c := p.pane
	if got := s.chain(9, map[fyne.Focusable]string{c.reason: "reason", c.comment: "comment", c.less: "less", c.approve: "approve", c.up: "up",
		c.sendBack: "back", c.reject: "reject", c.amend: "amend", c.another: "another"}); got != "reason · comment · less · approve · up · back · reject · amend · ?" {
		t.Errorf("a decision: %s", got)
	}
	s.press(fyne.KeyE, control)
	f := c.amending
	if got := s.chain(4, map[fyne.Focusable]string{f.amount: "amount", f.what: "what", f.reason: "reason", f.send: "send"}); got != "amount · what · reason · send" {
		t.Errorf("an amendment: %s", got)
	}
	if s.key(fyne.KeyEscape); f.open || s.Canvas().Focused() != c.reason {
		t.Error("Esc does not go back to the decision")
	}
}

// Above authority approving is off and says by how much; a smaller amount is on again, and
// what the button says is what is given.
func TestApproveSaysHowMuchItWouldGive(t *testing.T) {
	_, _, manager := filed(t, "5500", "900")
	s := newScreen(t, door{})
	p := s.claimsShown(manager)
	s.key(fyne.KeyDown)
	s.key(fyne.KeyReturn)
	s.key(fyne.KeyRight)
	s.press(fyne.KeyReturn, control)
	s.key(fyne.KeyDown)
	id := p.pane.row.Claim
	if p.pane.approve.word != "批准（超出 ¥400.00）" || !p.pane.approve.Disabled() || p.pane.up.word != "上报服务部（超出 ¥400.00）" || p.pane.up.weight != next {
		t.Errorf("for 900 of 500 the buttons say %q and %q", p.pane.approve.word, p.pane.up.word)
	}
	s.press(fyne.KeyReturn, control)
	if got := claimNow(t, manager, id).State; got != claim.StateFiled || p.pane.form.general.text != "超出您的权限 ¥400.00" {
		t.Errorf("it is %v; the form says %q", got, p.pane.form.general.text)
	}
	s.key(fyne.KeyReturn)
	s.key(fyne.KeyRight)
	s.tab()
	s.tab()
	s.write("500")
	if p.pane.approve.word != "批准 ¥500.00" || p.pane.outlook.text != "批准此单后剩余 ¥0.00" || p.pane.up.weight != plain {
		t.Errorf("with 500 typed it says %q, %q", p.pane.approve.word, p.pane.outlook.text)
	}
	s.press(fyne.KeyReturn, control)
	if got := claimNow(t, manager, id); got.State != claim.StateApproved || got.Approval.Amount != 500*syncproto.Yuan {
		t.Errorf("it is %v with %v", got.State, got.Approval.Amount)
	}
}

// Back to who filed it with a comment, amended and filed again there, up with its reason.
func TestAClaimGoesBackAndUpByKeys(t *testing.T) {
	_, seat, manager := filed(t, "900")
	s := newScreen(t, door{})
	p := s.claimsShown(manager)
	s.key(fyne.KeyDown)
	id := p.pane.row.Claim
	if s.press(fyne.KeyB, control); p.pane.form.inputs[1].wrong.text != "请填写备注。" {
		t.Errorf("without a comment it says %q", p.pane.form.inputs[1].wrong.text)
	}
	s.write("请补照片")
	s.press(fyne.KeyB, control)
	manager.Online()
	seat.Online()

	s.claimsShown(seat)
	if n := s.app.shell.nav[placeClaims]; !n.Visible() || n.word != "理赔" || n.hint != "1" {
		t.Errorf("the seat's way there says %q %q", n.word, n.hint)
	}
	s.key(fyne.KeyDown)
	s.key(fyne.KeyReturn) // on the button
	s.key(fyne.KeyReturn)
	for range 2 {
		s.tab()
	}
	s.write("已补照片")
	s.press(fyne.KeyReturn, control)
	seat.Online()
	manager.Online()
	if got := claimNow(t, manager, id).State; got != claim.StateFiled {
		t.Fatalf("filed again it is %v", got)
	}
	p = s.claimsShown(manager)
	s.key(fyne.KeyDown)
	s.key(fyne.KeyReturn)
	s.key(fyne.KeyRight)
	s.press(fyne.KeyU, control)
	if got := claimNow(t, manager, id).State; got != claim.StateRoutedUp || p.pane.approve.Visible() {
		t.Errorf("routed up it is %v", got)
	}
}

// A claim that was approved is amended from its ticket, with the warning, and the approval is
// void.
func TestAnApprovedClaimIsAmendedFromItsTicket(t *testing.T) {
	_, _, manager := filed(t, "900")
	s := newScreen(t, door{})
	p := s.claimsShown(manager)
	s.key(fyne.KeyDown)
	id, on := p.pane.row.Claim, p.pane.row.Ticket
	s.key(fyne.KeyReturn)
	s.key(fyne.KeyRight)
	s.press(fyne.KeyReturn, control)
	s.app.shell.openTicket(on)
	s.settle()
	way := firstPress(s.app.shell.work.ticket.claims)
	if way == nil || way.word != "打开" {
		t.Fatal("the ticket has no way to its claim")
	}
	way.Tapped(nil)
	s.settle()
	if p.pane.row.Claim != id || p.pane.approve.Visible() || !p.pane.amend.Visible() {
		t.Fatalf("the way leads to %+v", p.pane.row)
	}
	s.press(fyne.KeyE, control)
	p.pane.amending.amount.SetText("800")
	if got := p.pane.amending.warning.text; got != "◆ 金额一改，原批准作废（您 · 09:01 · ¥900.00 · 2026年11月 额度），金额退回额度，申请重新等待审批。" {
		t.Errorf("the warning is %q", got)
	}
	p.pane.amending.reason.SetText("算错了")
	s.press(fyne.KeyReturn, control)
	if got := claimNow(t, manager, id); got.State != claim.StateFiled || got.Amount != 800*syncproto.Yuan || got.Round != 2 {
		t.Errorf("amended it is %v of %v in round %d", got.State, got.Amount, got.Round)
	}
}

// twoDevices is a manager with 900 spent of a month that lies on two computers.
func twoDevices(t *testing.T) (o *presenttest.Office, manager *presenttest.Desk) {
	t.Helper()
	o, _, manager = filed(t, "900")
	o.Desk("tablet", centraltest.Manager, "Q3YB")
	if faults := manager.Decide(present.Decision{Claim: manager.Page().Waiting[0].Claim, Approve: true, Reason: "客户关系维护"}); len(faults) > 0 {
		t.Fatal(faults)
	}
	manager.Online()
	return o, manager
}

func TestTheAuthorityIsAskedToLieHere(t *testing.T) {
	_, manager := twoDevices(t)
	s := newScreen(t, door{})
	p := s.claimsShown(manager)
	if !p.month.take.Visible() || p.month.even.Visible() {
		t.Fatal("it cannot be asked to lie here")
	}
	p.month.take.Tapped(nil)
	s.settle()
	if p.month.take.Visible() || !p.month.even.Visible() || p.view.Month.Moved == "" {
		t.Errorf("afterwards: %q", p.month.help.text)
	}
}

// monthsShown is administration's page of months with the manager's account on it.
func (s *screen) monthsShown(o *presenttest.Office, role policy.Role) *monthsPage {
	s.t.Helper()
	person := syncproto.Derive("headquarters person")
	o.Employ(person, "hq", "周敏", role, centraltest.HQ)
	sh := s.at(&seatAt{Desk: o.Desk("hq", person, "A1AA")})
	s.press(fyne.Key5, alt)
	s.key(fyne.KeyDown)
	p, _ := sh.pages[placeMonths].(*monthsPage)
	return p
}

func TestMonthsAsDrawn(t *testing.T) {
	o, _ := twoDevices(t)
	s := newScreen(t, door{})
	p := s.monthsShown(o, policy.ServiceDesk)
	if p.pane.setLimit.Visible() || p.pane.write.Visible() {
		t.Error("the service department can set limits")
	}
	s.golden("months")
	s.press(fyne.KeyL, control)
	if p.pane.open != nil {
		t.Error("Ctrl+L opens a form for who may not")
	}
}

// What follows is shown, and only the second press gives a device's authority up.
func TestAWriteOffAsksOnceMore(t *testing.T) {
	o, _ := twoDevices(t)
	s := newScreen(t, door{})
	p := s.monthsShown(o, policy.Administration)
	s.press(fyne.KeyW, control)
	s.key(fyne.KeyRight) // the first device
	s.tab()
	s.write("笔记本遗失")
	s.press(fyne.KeyReturn, control)
	if p.pane.lostForm.send.word != "确认核销" || len(p.pane.view.WriteOff) == 0 {
		t.Fatalf("after the first press the button says %q", p.pane.lostForm.send.word)
	}
	s.golden("months-write-off")
	s.write("。") // another reason is another question
	if p.pane.lostForm.send.word != "核销…" {
		t.Errorf("after the reason changed the button says %q", p.pane.lostForm.send.word)
	}
	s.press(fyne.KeyReturn, control)
	before := len(p.pane.view.WriteOff)
	s.press(fyne.KeyReturn, control)
	if got := len(p.pane.view.WriteOff); got != before-1 || p.pane.open != nil {
		t.Errorf("of %d devices %d can be written off", before, got)
	}
}

func TestALimitIsSetAndTheMonthTurned(t *testing.T) {
	o, _ := twoDevices(t)
	s := newScreen(t, door{})
	p := s.monthsShown(o, policy.Administration)
	s.press(fyne.KeyL, control)
	s.write("5000")
	if got := p.pane.limitForm.outlook.text; got != "已用和已发出共 ¥6,000.00，多出的 ¥1,000.00 在设备连上服务器后收回；收回之前仍可使用。" {
		t.Errorf("while 5,000 is typed it says %q", got)
	}
	s.press(fyne.KeyReturn, control)
	if i := p.pane.limitForm.form.inputs[1]; i.wrong.text != "请填写业务理由。" || i.title != "业务理由（记录在案） *" {
		t.Errorf("without what is called %q it says %q", i.title, i.wrong.text)
	}
	s.write("预算调整")
	s.press(fyne.KeyReturn, control)
	if p.pane.asked.text == "" || p.pane.open != nil {
		t.Errorf("afterwards the account says %q", p.pane.asked.text)
	}
	p.which.SetSelectedIndex(2)
	s.settle()
	if p.view.Title != "2026年12月" || !slices.Contains(p.which.Options, "2026年10月") || p.pane.view.Month != p.view.Month {
		t.Errorf("the page shows %s and the account %s", p.view.Title, p.pane.view.Title)
	}
}

// A quick person on a slow disk picks another manager, or month, and asks for the form at once: it opens once
// that account is there, with what was begun on it. Another's limit is never filled in under their name.
func TestALimitIsOfTheAccountThatWasPicked(t *testing.T) {
	o, _ := twoDevices(t)
	o.Employ(syncproto.Derive("second manager"), "manager2", "刘洋", policy.Manager, centraltest.East)
	s := newScreen(t, door{})
	p := s.monthsShown(o, policy.Administration)
	one := p.pane.view.Row.Manager
	s.press(fyne.KeyL, control)
	s.write("5000")
	s.tab()
	s.write("预算调整")
	s.app.KeepDrafts()
	for what, goes := range map[string]func(){
		"another manager": func() {
			focusOn(p.list)
			s.key(fyne.KeyDown)
			if p.list.picked == one {
				s.key(fyne.KeyUp)
			}
		},
		"another month": func() { p.which.SetSelectedIndex(2) },
	} {
		p.resume(one, syncproto.MonthOf(o.Now), syncproto.CommandSetLimit)
		q := slow(s)
		goes()
		s.press(fyne.KeyL, control)
		q.run()
		s.app.threads = inline
		f := p.pane.limitForm
		if p.pane.open != accountForm(f) || p.pane.view.Row.Manager == one && p.pane.view.Month == syncproto.MonthOf(o.Now) {
			t.Fatalf("%s: the form is not open on it", what)
		}
		if subject := authority.Ref(p.pane.view.Row.Manager, p.pane.view.Month); f.amount.Text != "" || f.form.draft.key.Subject != subject {
			t.Errorf("%s: under %s stands %q, and is kept as of %v", what, p.pane.name.text, f.amount.Text, f.form.draft.key.Subject)
		}
		p.pane.back()
	}
}

// The month turns while a limit is typed: what was typed is of the month in which it was begun, and lies in 草稿.
func TestALimitIsOfTheMonthInWhichItWasBegun(t *testing.T) {
	o, _ := twoDevices(t)
	s := newScreen(t, door{})
	p := s.monthsShown(o, policy.Administration)
	begun := p.pane.view.Month
	s.press(fyne.KeyL, control)
	s.write("5000")
	for syncproto.MonthOf(o.Now) == begun {
		o.Now = o.Now.Add(syncproto.Day)
	}
	p.reload()
	if p.pane.view.Month != begun+1 || p.pane.open != nil || p.pane.limitForm.amount.Text != "" {
		t.Errorf("in month %d, of %d, there stands %q", p.pane.view.Month, begun, p.pane.limitForm.amount.Text)
	}
	if key := (replica.DraftKey{Form: syncproto.CommandSetLimit, Subject: authority.Ref(p.list.picked, begun)}); len(p.shell.drafts.saved[key].Fields) == 0 {
		t.Errorf("kept are %v", p.shell.drafts.saved)
	}
}

// What is wanting here lies on the other computer: having it lie here is offered first, and
// the way up is one of several.
func TestWhatIsWantingIsFetchedBeforeAnybodyIsAsked(t *testing.T) {
	o, seat, manager := filed(t, "5500", "900")
	o.Operate(syncproto.CommandSetLimit, authority.SetLimit{Manager: centraltest.Manager, Month: syncproto.MonthOf(o.Now), Limit: 8000 * syncproto.Yuan, Reason: "台风期间"})
	tablet := o.Desk("tablet", centraltest.Manager, "Q3YB")
	if faults := manager.Decide(present.Decision{Claim: manager.Page().Waiting[0].Claim, Approve: true, Reason: "客户关系维护"}); len(faults) > 0 {
		t.Fatal(faults)
	}
	for _, d := range []*presenttest.Desk{tablet, manager, seat} {
		d.Online()
	}
	s := newScreen(t, door{})
	p := s.claimsShown(manager)
	s.key(fyne.KeyDown)
	c := p.pane
	if c.outlook.text != "⊗ 超出本机 ¥400.00；Q3YB 上还有 ¥2,000.00" || c.approve.word != "批准（超出本机 ¥400.00）" || !c.approve.Disabled() || c.up.word != "上报服务部" || c.up.weight != plain {
		t.Errorf("it says %q, %q, %q", c.outlook.text, c.approve.word, c.up.word)
	}
	if first := firstPress(c.actions); first != c.take || first.weight != next || first.word != "把额度放到这台电脑" {
		t.Fatalf("first it offers %q", first.word)
	}
	c.less.SetText("500")
	if c.take.Visible() || c.approve.Disabled() {
		t.Error("500 can be approved here; it offers to fetch the rest")
	}
	c.less.SetText("")
	c.take.Tapped(nil)
	s.settle()
	if p.view.Month.Moved == "" || c.take.Visible() {
		t.Errorf("afterwards: %q", p.view.Month.Moved)
	}
}

// An open form says of the money what is so now, also where that has changed since it was typed.
func TestAnOpenFormSaysWhatIsLeftNow(t *testing.T) {
	manager := claims(t)
	s, sh := manager.again(t)
	s.press(fyne.Key3, alt)
	p, _ := sh.pages[placeClaims].(*claimsPage)
	s.key(fyne.KeyDown)
	first := p.pane.row
	s.key(fyne.KeyDown)
	s.press(fyne.KeyE, control)
	p.pane.amending.amount.SetText("1500")
	id := p.pane.row.Ticket
	before := p.pane.amending.outlook.text
	sh.openTicket(id)
	sh.work.ticket.resume(present.TicketForm{Action: present.Action(syncproto.CommandFileClaim)}, "")
	s.settle()
	filed := sh.work.ticket.open
	filed.amount.SetText("1500")
	s.settle()
	if before == "" || filed.outlook.text != before {
		t.Fatalf("%q, and %q", before, filed.outlook.text)
	}
	if faults := manager.Decide(present.Decision{Claim: first.Claim, Approve: true, Reason: "合理", Seen: first.Seen}); len(faults) > 0 {
		t.Fatal(faults)
	}
	s.settle()
	want, _ := sh.scene().AmountOutlook(manager.Page(), "1500")
	sh.reload()
	s.settle()
	if want == before || filed.outlook.text != want {
		t.Errorf("a claim that is filed would leave %q; the form says %q", want, filed.outlook.text)
	}
	s.press(fyne.Key3, alt)
	s.settle()
	if got := p.pane.amending.outlook.text; got != want {
		t.Errorf("a claim that is amended would leave %q; the form says %q, open %v", want, got, p.pane.amending.open)
	}
}

// So does the form of a limit, of what lies on the manager's devices.
func TestAnOpenFormOfALimitSaysWhatIsOutNow(t *testing.T) {
	o, _, manager := filed(t, "1200")
	person := syncproto.Derive("headquarters person")
	o.Employ(person, "hq", "周敏", policy.Administration, centraltest.HQ)
	hq := &seatAt{Desk: o.Desk("hq", person, "A1AA")}
	s, sh := hq.again(t)
	s.press(fyne.Key5, alt)
	s.key(fyne.KeyDown)
	s.press(fyne.KeyL, control)
	s.write("7000")
	p, _ := sh.pages[placeMonths].(*monthsPage)
	before := p.pane.limitForm.outlook.text
	o.Operate(syncproto.CommandSetLimit, authority.SetLimit{Manager: centraltest.Manager, Month: syncproto.MonthOf(o.Now), Limit: 8000 * syncproto.Yuan, Reason: "旺季"})
	manager.Online()
	hq.Online()
	sh.reload()
	s.settle()
	want := sh.scene().LimitOutlook(p.pane.view, "7000")
	if got := p.pane.limitForm.outlook.text; before == "" || want == before || got != want {
		t.Errorf("it was %q, and is %q; want %q", before, got, want)
	}
}
