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
	"redress/syncproto"
	"redress/syncproto/ticket"
)

const (
	control = fyne.KeyModifierControl
	alt     = fyne.KeyModifierAlt
)

// chain follows Tab from where the focus is through n widgets, by their names.
func (s *screen) chain(n int, names map[fyne.Focusable]string) string {
	s.t.Helper()
	var chain []string
	for range n {
		name, known := names[s.Canvas().Focused()]
		if !known {
			name = "?"
		}
		chain = append(chain, name)
		s.tab()
	}
	return strings.Join(chain, " · ")
}

// The orders that KEYS.md promises.
func TestTabFollowsTheConversation(t *testing.T) {
	o := presenttest.New(t)
	s := newScreen(t, door{})
	seat := &seatAt{Desk: o.Desk("seat", centraltest.Seat, "K7MQ")}
	sh := s.at(seat)
	s.press(fyne.KeyN, control)
	p, _ := sh.pages[placeNew].(*freshPage)
	got := s.chain(17, map[fyne.Focusable]string{p.name: "name", p.phone: "phone", p.vin: "vin", p.model: "model", p.subject: "subject",
		p.description: "description", p.demand: "demand", p.channel: "channel", p.kind: "type", p.board: "board", p.category: "category",
		p.region: "region", p.station: "station", p.centre: "centre", p.promise: "promise", p.department: "department", p.note: "note"})
	if want := "name · phone · vin · model · subject · description · demand · channel · type · board · category · region · station · centre · promise · department · note"; got != want {
		t.Errorf("a new ticket: %s", got)
	}
	sh.openTicket(seat.Open(seat.NewTicket("远程车控失败")))
	for _, c := range []struct {
		letter fyne.KeyName
		names  func(*ticketForm) map[fyne.Focusable]string
		want   string
	}{
		{fyne.KeyL, func(f *ticketForm) map[fyne.Focusable]string {
			return map[fyne.Focusable]string{f.direction: "who", f.channel: "channel", f.text: "text", f.send: "send"}
		}, "text · send"},
		{fyne.KeyP, func(f *ticketForm) map[fyne.Focusable]string {
			return map[fyne.Focusable]string{f.text: "what", f.send: "send"}
		}, "what · send"},
		{fyne.KeyD, func(f *ticketForm) map[fyne.Focusable]string {
			return map[fyne.Focusable]string{f.unit: "department", f.text: "note", f.send: "send"}
		}, "department · note · send"},
		{fyne.KeyM, func(f *ticketForm) map[fyne.Focusable]string {
			return map[fyne.Focusable]string{f.text: "text", f.send: "send"}
		}, "text · send"},
		{fyne.KeyE, func(f *ticketForm) map[fyne.Focusable]string {
			return map[fyne.Focusable]string{f.field: "field", f.text: "text", f.send: "send"}
		}, "field · text · send"},
		{fyne.KeyG, func(f *ticketForm) map[fyne.Focusable]string {
			return map[fyne.Focusable]string{f.kind: "kind", f.amount: "amount", f.text: "what", f.station: "station", f.send: "send"}
		}, "amount · what · station · send"},
	} {
		s.press(c.letter, control)
		if sh.work.ticket.open == nil {
			t.Errorf("Ctrl+%s opens no form", c.letter)
			continue
		}
		if got := s.chain(strings.Count(c.want, "·")+1, c.names(sh.work.ticket.open)); got != c.want {
			t.Errorf("Ctrl+%s: %s", c.letter, got)
		}
	}
}

func TestATicketIsOpenedByKeysAlone(t *testing.T) {
	o := presenttest.New(t)
	s := newScreen(t, door{})
	seat := &seatAt{Desk: o.Desk("seat", centraltest.Seat, "K7MQ")}
	sh := s.at(seat)
	s.press(fyne.KeyN, control)
	p, _ := sh.pages[placeNew].(*freshPage)
	if p.number.text != "K7MQ-00001" {
		t.Errorf("before the first key the number is %q", p.number.text)
	}
	for _, text := range []string{"张伟", "13800138000", "lfv3a23c8k3012345", "远行", "远程车控失败", "手机应用无法远程开空调"} {
		s.write(text)
		s.tab()
	}
	for range 8 {
		s.tab()
	}
	s.key(fyne.KeySpace) // the promise
	if !strings.HasPrefix(p.due.text, "最迟 明天") {
		t.Errorf("the promise is due %q", p.due.text)
	}
	s.tab()
	s.key(fyne.KeyRight) // the department
	s.tab()
	s.write("请查后台日志")
	s.press(fyne.KeyReturn, control)
	v := sh.work.ticket.view
	if sh.here != placeWork || v.Number != "K7MQ-00001" || v.Subject != "远程车控失败" || len(v.Clocks) != 5 || v.Holder != "互联网车机部" {
		t.Fatalf("at place %d is %s %s with %d clocks, held by %s", sh.here, v.Number, v.Subject, len(v.Clocks), v.Holder)
	}
	if p = freshOf(sh); p.reserved != "" || p.name.Text != "" {
		t.Error("the form still holds the ticket that was opened")
	}
}

// TestEnterAloneSendsNothing: no form on a ticket. The one exception is the log-in
// (TestEnterGoesOnAndLogsIn), with which nothing of a customer's is sent.
func TestEnterAloneSendsNothing(t *testing.T) {
	_, seat, id := offline(t)
	s := newScreen(t, door{})
	sh := s.at(seat)
	sh.openTicket(id)
	for _, letter := range []fyne.KeyName{fyne.KeyP, fyne.KeyM, fyne.KeyG} {
		s.press(letter, control)
		form := sh.work.ticket.open
		before := len(seat.See(id).Trail)
		for range 4 { // whatever has the focus, but for the buttons
			if _, button := s.Canvas().Focused().(*press); button {
				break
			}
			if _, text := s.Canvas().Focused().(*ime.Field); text {
				s.write("1")
				s.key(fyne.KeyReturn)
			}
			s.tab()
		}
		if sh.work.ticket.open != form || len(seat.See(id).Trail) != before {
			t.Errorf("Enter sent the form of Ctrl+%s", letter)
		}
	}
}

func TestATextThatWasBegunStays(t *testing.T) {
	_, seat, id := offline(t)
	other := seat.Open(seat.NewTicket("配件无货"))
	s := newScreen(t, door{})
	sh := s.at(seat)
	sh.openTicket(id)
	s.press(fyne.KeyM, control)
	s.write("需要日志")
	s.press(fyne.KeyL, control) // another action
	s.key(fyne.KeyEscape)
	sh.openTicket(other) // another ticket
	s.press(fyne.KeyM, control)
	if text := sh.work.ticket.open.text.Text; text != "" {
		t.Errorf("on the other ticket stands %q", text)
	}
	s.key(fyne.KeyEscape)
	sh.openTicket(id)
	s.press(fyne.KeyM, control)
	if text := sh.work.ticket.open.text.Text; text != "需要日志" {
		t.Errorf("of what was begun is left %q", text)
	}
	s.press(fyne.KeyReturn, control)
	if head := sh.work.ticket.view.Trail[0]; head.Text != "需要日志" || sh.work.ticket.open != nil {
		t.Errorf("the last step is %q", head.Text)
	}
	s.press(fyne.KeyM, control)
	if text := sh.work.ticket.open.text.Text; text != "" {
		t.Errorf("after it was sent the form begins with %q", text)
	}
}

// A trail longer than the window is read by keys alone.
func TestPagesAreTurnedByKeys(t *testing.T) {
	o := presenttest.New(t)
	seat := &seatAt{Desk: o.Desk("seat", centraltest.Seat, "K7MQ")}
	id := seat.Open(seat.NewTicket("远程车控失败"))
	s := newScreen(t, door{})
	sh := s.at(seat)
	sh.openTicket(id)
	for range 8 {
		s.press(fyne.KeyM, control)
		s.write("已联系服务站")
		s.press(fyne.KeyReturn, control)
	}
	paper := sh.work.paper()
	last := paper.Content.Size().Height - paper.Size().Height
	if last <= 0 {
		t.Fatal("the ticket is not higher than the window")
	}
	for _, c := range []struct {
		key  fyne.KeyName
		want func(at float32) bool
	}{
		{fyne.KeyPageUp, func(at float32) bool { return at == 0 }},
		{fyne.KeyPageDown, func(at float32) bool { return at > 0 }},
		{fyne.KeyPageDown, func(at float32) bool { return at == last }},
		{fyne.KeyPageDown, func(at float32) bool { return at == last }},
		{fyne.KeyPageUp, func(at float32) bool { return at < last }},
	} {
		if s.key(c.key); !c.want(paper.Offset.Y) {
			t.Errorf("%s: the page is at %v of %v", c.key, paper.Offset.Y, last)
		}
	}
}

// dispatched is an office in which a seat's ticket has just come to the liaison.
func dispatched(t *testing.T) (o *presenttest.Office, seat *presenttest.Desk, liaison *seatAt, id syncproto.ID) {
	t.Helper()
	o = presenttest.New(t)
	seat = o.Desk("seat", centraltest.Seat, "K7MQ")
	liaison = &seatAt{Desk: o.Desk("liaison", centraltest.Liaison, "C4RT")}
	f := seat.NewTicket("远程车控失败")
	f.Department = centraltest.Connected
	id = seat.Open(f)
	seat.Online()
	liaison.Online()
	return o, seat, liaison, id
}

func TestWhoMayNotHasNoForm(t *testing.T) {
	_, _, liaison, id := dispatched(t)
	s := newScreen(t, door{})
	sh := s.at(liaison)
	for _, letter := range []fyne.KeyName{fyne.KeyN, fyne.Key3} {
		if s.press(letter, control); sh.here != placeWork {
			t.Errorf("Ctrl+%s leads a liaison to place %d", letter, sh.here)
		}
	}
	sh.openTicket(id)
	if s.press(fyne.KeyD, control); sh.work.ticket.open != nil {
		t.Error("a liaison can dispatch")
	}
	s.press(fyne.KeyR, control)
	s.write("已重置")
	s.press(fyne.KeyReturn, control)
	if c := sh.work.ticket.view.Clocks[3]; c.State != "按时完成" {
		t.Errorf("after the answer the clock says %s", c.State)
	}
}

// It is asked for first, and one key picks it.
func TestAnAnswerThatWasBegunAsksForTheDispatchOfToday(t *testing.T) {
	o, seat, liaison, id := dispatched(t)
	s := newScreen(t, door{})
	sh := s.at(liaison)
	sh.openTicket(id)
	s.press(fyne.KeyR, control)
	s.write("已重置")
	s.key(fyne.KeyEscape)
	o.At(9, 30)
	seat.Act(id, syncproto.CommandDispatch, present.TicketForm{Department: centraltest.Connected, Text: "又发生了"})
	seat.Online()
	liaison.Online()
	s.press(fyne.KeyR, control)
	form := sh.work.ticket.open
	if form.text.Text != "已重置" || !form.filled().Cause.IsZero() {
		t.Errorf("%q would answer %v", form.text.Text, form.filled().Cause)
	}
	s.key(fyne.KeyRight)
	if today := sh.work.ticket.view.Responds[0].ID; form.filled().Cause != today {
		t.Errorf("%q would answer %v, not %v", form.text.Text, form.filled().Cause, today)
	}
}

func TestRowsKeepTheirPlacesWhileSomebodyReads(t *testing.T) {
	o := presenttest.New(t)
	seat := &seatAt{Desk: o.Desk("seat", centraltest.Seat, "K7MQ")}
	first, second := seat.NewTicket("第一张"), seat.NewTicket("第二张")
	first.Promise, second.Department = true, centraltest.Connected
	firstID := seat.Open(first)
	seat.Open(second)
	s := newScreen(t, door{})
	sh := s.at(seat)
	s.key(fyne.KeyDown)
	if sh.work.ticket.view.Subject != "第一张" {
		t.Fatalf("Down shows %q", sh.work.ticket.view.Subject)
	}
	// One comes in that the seat has to do something about, before what waits for a department.
	urgent := seat.NewTicket("加急")
	seat.Open(urgent)
	subjects := func() string {
		var all []string
		for _, i := range sh.work.list.items {
			all = append(all, i.title)
		}
		return strings.Join(all, " ")
	}
	if got := subjects(); got != "第一张 第二张" || !sh.work.long.news.Visible() {
		t.Errorf("while somebody reads the list became %q", got)
	}
	sh.work.long.news.Tapped(nil)
	if got := subjects(); got != "第一张 加急 第二张" || sh.work.list.picked != firstID {
		t.Errorf("asked for, the list is %q", got)
	}
}

func TestACardIsDoneAgainOrPutAway(t *testing.T) {
	_, seat, id := refused(t)
	s := newScreen(t, door{})
	sh := s.at(seat)
	s.press(fyne.Key4, alt)
	s.tab() // from 打开 to 按原内容再做一次
	s.key(fyne.KeyReturn)
	form := sh.work.ticket.open
	if sh.work.ticket.id != id || form == nil || form.text.Text != "远程车控失败" || form.filled().Field != ticket.FieldSubject {
		t.Fatalf("done again: %+v", form)
	}
	s.press(fyne.KeyReturn, control) // now against what stands there today
	if got := sh.work.ticket.view.Subject; got != "远程车控失败" {
		t.Errorf("the subject is %q", got)
	}
	s.press(fyne.Key4, alt)
	p, _ := sh.pages[placeSync].(*syncPage)
	if len(p.view.Cards) != 1 {
		t.Fatal("the card went by itself")
	}
	s.tab()
	s.tab()
	s.key(fyne.KeySpace) // 知道了
	if len(p.view.Cards) != 0 {
		t.Error("the card is still there")
	}
}

func TestAnApprovalThatExceedsIsNotGiven(t *testing.T) {
	manager := claims(t)
	s := newScreen(t, door{})
	sh := s.at(manager)
	s.press(fyne.Key3, alt)
	p, _ := sh.pages[placeClaims].(*claimsPage)
	approve := func() {
		s.key(fyne.KeyReturn)
		s.key(fyne.KeyRight)
		s.press(fyne.KeyReturn, control)
	}
	s.key(fyne.KeyDown)
	s.press(fyne.KeyReturn, control)
	if wrong := p.pane.form.inputs[0].wrong.text; wrong != "请填写业务理由。" {
		t.Errorf("without a reason it says %q", wrong)
	}
	approve() // 1,200 of 6,000
	s.key(fyne.KeyDown)
	if p.pane.outlook.text != "⊗ 超出您的权限 ¥200.00" || !p.pane.approve.Disabled() {
		t.Errorf("for 5,000 of 4,800 it says %q", p.pane.outlook.text)
	}
	approve()
	s.key(fyne.KeyEscape)
	s.key(fyne.KeyDown)
	approve() // the warranty order
	if got := len(p.view.Decided); got != 2 {
		t.Errorf("%d decisions were given", got)
	}
	for _, r := range p.view.Decided {
		if r.State != "已生效（有约束力），尚未发送" {
			t.Errorf("%s: %s", r.What, r.State)
		}
	}
}

func TestAnotherClaimIsFiledFromTheClaims(t *testing.T) {
	manager := claims(t)
	s := newScreen(t, door{})
	sh := s.at(manager)
	s.press(fyne.Key3, alt)
	s.key(fyne.KeyDown)
	s.press(fyne.KeyG, control)
	form := sh.work.ticket.open
	if form == nil || form.kind == nil || s.Canvas().Focused() != fyne.Focusable(form.amount) {
		t.Fatal("no form of a claim is open")
	}
	s.write("6000.01")
	if form.outlook.text != "⊗ 超出月度权限 ¥0.01，将由总部服务部审批" {
		t.Errorf("while 6,000.01 of 6,000 is typed it says %q", form.outlook.text)
	}
	s.tab()
	s.write("代步车")
	s.press(fyne.KeyReturn, control)
	if got := len(sh.work.ticket.view.Claims); got != 4 {
		t.Errorf("the ticket has %d claims", got)
	}
}

// queue is the threads of a window whose data has not come yet.
type queue struct{ work, ui []func() }

func (q *queue) run() {
	for len(q.work)+len(q.ui) > 0 {
		jobs := slices.Concat(q.work, q.ui)
		q.work, q.ui = nil, nil
		for _, job := range jobs {
			job()
		}
	}
}

func TestNothingIsReadOnTheInterfacesThread(t *testing.T) {
	_, seat, id := offline(t)
	s := newScreen(t, door{})
	q := &queue{}
	s.app.threads = Threads{Work: func(job func()) { q.work = append(q.work, job) }, UI: func(job func()) { q.ui = append(q.ui, job) }}
	sh := s.at(seat)
	sh.openTicket(id)
	if len(sh.work.list.items) > 0 || sh.work.ticket.view.Number != "" {
		t.Error("a page drew what it had to read first")
	}
	q.run()
	s.settle()
	if sh.work.ticket.view.Number == "" || len(sh.work.list.items) != 1 {
		t.Error("what was read is not shown")
	}
	// However many commits, one reading.
	before := len(q.ui)
	for range 50 {
		sh.changed(nil)
	}
	if got := len(q.ui) - before; got != 1 {
		t.Errorf("50 commits order %d readings", got)
	}
	q.run()
}

func TestLeavingForgetsThePerson(t *testing.T) {
	_, seat, _ := offline(t)
	s := newScreen(t, door{logins: []string{"wang"}})
	sh := s.at(seat)
	if s.Title() != "诉达 · 张敏 · 坐席" {
		t.Errorf("the window is called %q", s.Title())
	}
	s.app.leave(seat)
	sh.show(glance{scene: seat.Scene(seat.Reading())}, nil) // a reading that comes late
	if !seat.left || s.Title() != "诉达 · 登录" {
		t.Errorf("after leaving the window is called %q", s.Title())
	}
}

// A form is sent whole or not at all: a department that is none any more is said at the form,
// and nothing is opened twice when it was put right.
func TestATicketIsOpenedWithItsDispatchOrNotAtAll(t *testing.T) {
	o := presenttest.New(t)
	seat := &seatAt{Desk: o.Desk("seat", centraltest.Seat, "K7MQ")}
	s := newScreen(t, door{})
	sh := s.at(seat)
	s.press(fyne.KeyN, control)
	p, _ := sh.pages[placeNew].(*freshPage)
	for _, text := range []string{"张伟", "13800138000", "", "", "远程车控失败"} {
		if text != "" {
			s.write(text)
		}
		s.tab()
	}
	right := p.department.ids[1].ID
	p.department.ids[1].ID = centraltest.East // which is no department
	p.department.SetSelectedIndex(1)
	s.press(fyne.KeyReturn, control)
	status, err := seat.Replica.Status(t.Context())
	if err != nil || status.Waiting != 0 || sh.here != placeNew || p.form.general.text != "只能派往部门。" || p.subject.Text != "远程车控失败" {
		t.Errorf("%d commands were kept, at place %d the form says %q: %v", status.Waiting, sh.here, p.form.general.text, err)
	}
	p.department.ids[1].ID = right
	s.press(fyne.KeyReturn, control)
	if v := sh.work.ticket.view; v.Number != "K7MQ-00001" || len(seat.See(v.Ticket).Responds) != 0 || v.Holder == "呼叫中心" {
		t.Errorf("put right, the ticket is %q with %q", v.Number, v.Holder)
	}
}

// The disk is slow, and the person quick: the key of an action opens its form once the ticket is there, and
// nothing where they have gone to another by then.
func TestAKeyThatComesBeforeTheTicket(t *testing.T) {
	seat, ids := busy(t)
	s := newScreen(t, door{})
	sh := s.at(seat)
	sh.openTicket(ids[1])
	pane := sh.work.ticket
	q := slow(s)
	sh.openTicket(ids[2])
	s.press(fyne.KeyM, control)
	q.run()
	if pane.open == nil || pane.open.view.Ticket != ids[2] || s.Canvas().Focused() != fyne.Focusable(pane.open.text) {
		t.Error("the key did nothing")
	}
	s.key(fyne.KeyEscape)
	sh.openTicket(ids[1])
	s.press(fyne.KeyM, control)
	sh.openTicket(ids[2])
	if q.run(); pane.open != nil {
		t.Error("the form opens on another ticket")
	}
}
