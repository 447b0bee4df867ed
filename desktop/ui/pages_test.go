package ui

import (
	"testing"

	"fyne.io/fyne/v2"

	"redress/desktop/centraltest"
	"redress/desktop/present"
	"redress/desktop/present/presenttest"
	"redress/desktop/syncclient"
	"redress/syncproto"
	"redress/syncproto/ticket"
)

// Each page as it is drawn at 1280 × 800, with the shipped font. A picture that changed on
// purpose is made anew by deleting it: the test then leaves it in testdata/failed.

func TestLogInAsDrawn(t *testing.T) {
	s := newScreen(t, door{logins: []string{"li", "wang"}})
	s.app.Greet()
	s.golden("login")
}

func TestEnrolmentAsDrawn(t *testing.T) {
	s := newScreen(t, door{err: &syncproto.Problem{Code: syncproto.CodeWrongCode}})
	s.app.Greet()
	s.write("wang")
	s.tab()
	s.write("K7MQ-2X4P")
	s.tab()
	s.write("secret")
	s.press(fyne.KeyReturn, fyne.KeyModifierControl)
	s.golden("enrolment-refused")
}

// TestAnEnrolmentBeginsWithWhatTheProgramWasTold: the focus is on the first that is wanting.
func TestAnEnrolmentBeginsWithWhatTheProgramWasTold(t *testing.T) {
	for _, c := range []struct {
		told  Newcomer
		focus string
	}{
		{Newcomer{}, "server"},
		{Newcomer{Login: "wang"}, "server"},
		{Newcomer{Server: "https://redress.example.cn"}, "login"},
		{Newcomer{Server: "https://redress.example.cn", Login: "wang"}, "code"},
	} {
		s := newScreen(t, door{})
		s.app.newcomer = c.told
		s.app.Greet()
		p, _ := s.app.front.(*loginPage)
		fields := map[string]fyne.Focusable{"server": p.server, "login": p.newLogin, "code": p.code}
		if p.server.Text != c.told.Server || p.newLogin.Text != c.told.Login || s.Canvas().Focused() != fields[c.focus] {
			t.Errorf("told %+v it begins with %q and %q, and the focus is on %s", c.told, p.server.Text, p.newLogin.Text, told(s.Canvas().Focused()))
		}
	}
}

func TestNothingToDoAsDrawn(t *testing.T) {
	o := presenttest.New(t)
	s := newScreen(t, door{})
	s.at(&seatAt{Desk: o.Desk("seat", centraltest.Seat, "K7MQ")})
	s.golden("work-empty")
}

func TestNewTicketAsDrawn(t *testing.T) {
	o := presenttest.New(t)
	s := newScreen(t, door{})
	s.at(&seatAt{Desk: o.Desk("seat", centraltest.Seat, "K7MQ")})
	s.press(fyne.KeyN, fyne.KeyModifierControl)
	s.write("张伟")
	s.press(fyne.KeyReturn, fyne.KeyModifierControl)
	s.golden("new-ticket-unfinished")
}

// offline is a seat's desk with a ticket it opened without a line.
func offline(t *testing.T) (*presenttest.Office, *seatAt, syncproto.ID) {
	t.Helper()
	o := presenttest.New(t)
	seat := o.Desk("seat", centraltest.Seat, "K7MQ")
	o.At(9, 5)
	seat.Offline()
	o.At(9, 10)
	f := seat.NewTicket("远程车控失败")
	f.Promise, f.Department, f.Note = true, centraltest.Connected, "请查后台日志"
	return o, &seatAt{Desk: seat, trouble: syncclient.CodeUnreachable}, seat.Open(f)
}

// forgotten is a seat's desk whose server was restored to before its dispatch.
func forgotten(t *testing.T) (*seatAt, syncproto.ID) {
	t.Helper()
	o := presenttest.New(t)
	seat := o.Desk("seat", centraltest.Seat, "K7MQ")
	id := seat.Open(seat.NewTicket("远程车控失败"))
	seat.Online()
	pages := seat.Remembered()
	seat.Act(id, syncproto.CommandDispatch, present.TicketForm{Department: centraltest.Connected, Text: "请查后台日志"})
	seat.Online()
	o.At(10, 50)
	seat.Forgets(pages, 1)
	return &seatAt{Desk: seat}, id
}

func TestATicketOpenedOfflineAsDrawn(t *testing.T) {
	_, seat, id := offline(t)
	s := newScreen(t, door{})
	s.at(seat).openTicket(id)
	s.golden("ticket-offline")
	s.press(fyne.KeyL, fyne.KeyModifierControl)
	s.golden("ticket-contact")
}

func TestSyncOfflineAsDrawn(t *testing.T) {
	_, seat, _ := offline(t)
	s := newScreen(t, door{})
	s.at(seat)
	s.press(fyne.Key4, fyne.KeyModifierAlt)
	s.golden("sync-offline")
}

func TestNeedsYouAsDrawn(t *testing.T) {
	_, seat, _ := refused(t)
	s := newScreen(t, door{})
	s.at(seat)
	s.press(fyne.Key4, fyne.KeyModifierAlt)
	s.golden("sync-needs-you")
}

// refused is a desk whose correction came second.
func refused(t *testing.T) (*presenttest.Office, *seatAt, syncproto.ID) {
	t.Helper()
	o := presenttest.New(t)
	seat := o.Desk("seat", centraltest.Seat, "K7MQ")
	manager := o.Desk("manager", centraltest.Manager, "P2XA")
	id := seat.Open(seat.NewTicket("远程车空失败"))
	seat.Online()
	manager.Online()
	for i, d := range []*presenttest.Desk{seat, manager} {
		o.At(9, 30+i)
		d.Act(id, syncproto.CommandAmend, present.TicketForm{Field: ticket.FieldSubject, Old: "远程车空失败", New: []string{"远程车控失败", "远程控车失败"}[i]})
	}
	manager.Online()
	seat.Online()
	return o, &seatAt{Desk: seat}, id
}

// Another verdict comes while the focus is on a card: it stays on the card that was read, and Enter puts no other
// away, though their buttons say the same.
func TestTheFocusStaysWithTheCardItIsOn(t *testing.T) {
	o := presenttest.New(t)
	seat := &seatAt{Desk: o.Desk("seat", centraltest.Seat, "K7MQ")}
	manager := o.Desk("manager", centraltest.Manager, "P2XA")
	var ids []syncproto.ID
	for _, subject := range []string{"远程车空失败", "坐椅异响", "中控平黑屏"} {
		ids = append(ids, seat.Open(seat.NewTicket(subject)))
	}
	seat.Online()
	manager.Online()
	second := func(ids ...syncproto.ID) {
		manager.Offline()
		seat.Offline()
		for i, d := range []*presenttest.Desk{manager, seat.Desk} {
			for _, id := range ids {
				o.Now = o.Now.Add(syncproto.Minute)
				d.Act(id, syncproto.CommandAmend, present.TicketForm{Field: ticket.FieldSubject, Old: d.See(id).Subject, New: []string{"甲", "乙"}[i]})
			}
		}
		manager.Online()
		seat.Online()
	}
	second(ids[0], ids[1])
	s := newScreen(t, door{})
	sh := s.at(seat)
	s.press(fyne.Key4, alt)
	p, _ := sh.pages[placeSync].(*syncPage)
	if len(p.view.Cards) != 2 {
		t.Fatalf("%d cards", len(p.view.Cards))
	}
	first := p.view.Cards[0].Command
	all := pressesIn(p.cards)
	focusOn(all[len(all)-1]) // which puts the second away
	second(ids[2])
	if len(p.view.Cards) != 3 {
		t.Fatalf("%d cards", len(p.view.Cards))
	}
	s.key(fyne.KeyReturn)
	if len(p.view.Cards) != 2 || p.view.Cards[0].Command != first {
		t.Errorf("Enter put another card away")
	}
}

// claims is a manager's desk without a line, with claims of 1,200, 5,000 and a warranty
// order on it.
func claims(t *testing.T) *seatAt {
	t.Helper()
	o := presenttest.New(t)
	seat := o.Desk("seat", centraltest.Seat, "K7MQ")
	manager := o.Desk("manager", centraltest.Manager, "P2XA")
	id := seat.Open(seat.NewTicket("中控屏黑屏"))
	for _, c := range []struct{ amount, what string }{{"1200", "更换中控屏补贴"}, {"5000", "误工补偿"}, {"", "更换中控屏总成"}} {
		o.Now = o.Now.Add(syncproto.Minute)
		seat.Act(id, syncproto.CommandFileClaim, present.TicketForm{Amount: c.amount, Warranty: c.amount == "", Text: c.what})
	}
	seat.Online()
	manager.Online()
	o.At(9, 20)
	manager.Offline()
	return &seatAt{Desk: manager, trouble: syncclient.CodeUnreachable}
}

func TestClaimsAsDrawn(t *testing.T) {
	s := newScreen(t, door{})
	s.at(claims(t))
	s.press(fyne.Key3, fyne.KeyModifierAlt)
	s.key(fyne.KeyDown)
	s.golden("claims-to-decide")
	s.key(fyne.KeyReturn) // to the reason
	s.key(fyne.KeyRight)
	s.press(fyne.KeyReturn, fyne.KeyModifierControl)
	s.key(fyne.KeyDown)
	s.golden("claims-over")
}

func TestAComplaintAsDrawn(t *testing.T) {
	s := newScreen(t, door{})
	Complain(s.Window, presenttest.Words(t), present.Problem(presenttest.Words(t), &syncproto.Problem{Code: "in-use"}))
	s.golden("complaint")
}

// What the server has put off is told, and cannot be put away before there is more: no button says so.
func TestACardOfWhatIsPutOffHasNoButtonThatDoesNothing(t *testing.T) {
	o, p, _ := refused(t)
	seat := p.Desk
	id := seat.Open(seat.NewTicket("坐椅异响"))
	last := seat.Replica.Desk().Counter
	all, err := seat.Replica.Outgoing(t.Context(), last-1, 1)
	if err != nil || len(all) != 1 {
		t.Fatal(all, err)
	}
	waiting, err := seat.Replica.Waiting(t.Context())
	if err != nil || len(waiting) == 0 {
		t.Fatal(waiting, err)
	}
	held := syncproto.Verdict{Command: waiting[len(waiting)-1].Intent.ID, Hash: all[0].CommandHash(), Epoch: 1, Seq: o.Head() + 1, Time: o.Now, Outcome: syncproto.Parked,
		Findings: []syncproto.Finding{{Code: syncproto.CodeWaitsBehind}}}.Sign(o.LogID, o.Key)
	if err := seat.Replica.ApplyVerdicts(t.Context(), []syncproto.Verdict{held}, last); err != nil {
		t.Fatal(err)
	}
	s := newScreen(t, door{})
	sh := s.at(p)
	s.press(fyne.Key4, alt)
	page, _ := sh.pages[placeSync].(*syncPage)
	if len(page.view.Cards) != 2 || !page.view.Cards[1].Parked {
		t.Fatalf("%+v", page.view.Cards)
	}
	var words []string
	for _, b := range pressesIn(page.cards.Objects[1].(*fyne.Container)) {
		words = append(words, b.word)
	}
	if len(words) != 1 || words[0] != "打开" {
		t.Errorf("of %v it offers %q", id, words)
	}
}
