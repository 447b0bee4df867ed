package ui

import (
	"strings"
	"testing"

	"fyne.io/fyne/v2"

	"redress/desktop/centraltest"
	"redress/desktop/present"
	"redress/desktop/present/presenttest"
	"redress/desktop/ui/ime"
	"redress/desktop/ui/theme"
	"redress/syncproto"
)

// ladder is an office in which a ticket went to a department at 09:00, with a desk for each
// of those it can come to.
type ladder struct {
	*presenttest.Office
	seat, liaison, head, hq *seatAt
	id                      syncproto.ID
}

func climb(t *testing.T) *ladder {
	t.Helper()
	l := &ladder{Office: presenttest.New(t)}
	l.Promote()
	l.seat = &seatAt{Desk: l.Desk("seat", centraltest.Seat, "K7MQ")}
	l.liaison = &seatAt{Desk: l.Desk("liaison", centraltest.Liaison, "C4RT")}
	l.head = &seatAt{Desk: l.Desk("head", presenttest.Head, "H3AD")}
	l.hq = &seatAt{Desk: l.Desk("service", presenttest.Service, "S2RV")}
	f := l.seat.NewTicket("远程车控失败")
	f.Department, f.Promise = centraltest.Connected, true
	l.id = l.seat.Open(f)
	l.Sync()
	return l
}

// pass lets time go by, with what fires meanwhile.
func (l *ladder) pass(hour, minute int) { l.Pass(hour, minute, l.id) }

func (l *ladder) proposed() {
	l.At(9, 30)
	l.liaison.Act(l.id, syncproto.CommandProposeSolved, present.TicketForm{Text: "已重置后台令牌，请客户重新登录应用后再试一次。"})
	l.Sync()
}

// disputed has the liaison answer between two reboots without a line.
func (l *ladder) disputed() {
	l.liaison.Offline()
	l.At(10, 0)
	l.liaison.Reboot()
	l.liaison.Act(l.id, syncproto.CommandRespond, present.TicketForm{Text: "已远程升级", Cause: l.liaison.See(l.id).Responds[0].ID})
	l.liaison.Reboot()
	l.pass(11, 20)
	l.Sync()
}

// open is a window of the person at the desk with the ticket shown.
func (l *ladder) open(t *testing.T, at *seatAt) (*screen, *ticketPane) {
	t.Helper()
	s := newScreen(t, door{})
	sh := s.at(at)
	sh.openTicket(l.id)
	s.settle()
	return s, sh.work.ticket
}

func (f *ticketForm) names() map[fyne.Focusable]string {
	names := map[fyne.Focusable]string{f.send: "send", f.leave: "leave"}
	for name, o := range map[string]*choice{"about": f.about, "channel": f.channel, "verdict": f.verdict, "which": f.cause} {
		if o != nil {
			names[o] = name
		}
	}
	if f.text != nil {
		names[f.text] = "text"
	}
	if f.rejected != nil {
		names[f.rejected] = "rejected"
	}
	return names
}

// The orders that KEYS.md promises, and that Enter alone sends none of these forms.
func TestTheFormsOfAResolutionByKeys(t *testing.T) {
	for _, c := range []struct {
		who     string
		story   func(*ladder) *seatAt
		letters map[fyne.KeyName]string
	}{
		{"liaison", func(l *ladder) *seatAt { return l.liaison }, map[fyne.KeyName]string{fyne.KeyS: "text · send · leave"}},
		{"seat", func(l *ladder) *seatAt { l.proposed(); return l.seat }, map[fyne.KeyName]string{
			fyne.KeyU: "about · send · leave", fyne.KeyJ: "text · send · leave",
			fyne.KeyH: "text · rejected · send · leave", fyne.KeyW: "leave"}},
		{"seat of a closed ticket", func(l *ladder) *seatAt { l.closed(); return l.seat }, map[fyne.KeyName]string{fyne.KeyO: "text · send · leave"}},
		{"head", func(l *ladder) *seatAt { l.pass(57, 1); return l.head }, map[fyne.KeyName]string{
			fyne.KeyT: "text · send · leave", fyne.KeyB: "text · send · leave"}},
		{"service department", func(l *ladder) *seatAt { l.disputed(); return l.hq }, map[fyne.KeyName]string{
			fyne.KeyQ: "verdict · text · send · leave"}},
	} {
		l := climb(t)
		desk := c.story(l)
		s, pane := l.open(t, desk)
		for letter, want := range c.letters {
			s.press(letter, control)
			form := pane.open
			if form == nil {
				t.Errorf("%s: Ctrl+%s opens no form", c.who, letter)
				continue
			}
			if got := s.chain(strings.Count(want, "·")+1, form.names()); got != want {
				t.Errorf("%s: Ctrl+%s leads through %s, not %s", c.who, letter, got, want)
			}
			before := len(desk.See(l.id).Trail)
			form.begin()
			for range strings.Count(want, "·") + 1 {
				switch o := s.Canvas().Focused().(type) {
				case *press:
					continue // a button is pressed by Enter, and says so
				case *ime.Field:
					s.write("1")
					s.key(fyne.KeyReturn)
				case *choice, *tick:
					s.key(fyne.KeyReturn)
				default:
					t.Errorf("%s: Ctrl+%s has the focus on %T", c.who, letter, o)
				}
				s.tab()
			}
			if pane.open != form || len(desk.See(l.id).Trail) != before {
				t.Errorf("%s: Enter sent the form of Ctrl+%s", c.who, letter)
			}
			s.key(fyne.KeyEscape)
		}
	}
}

// closed has the ticket solved, the customer told, the promise kept and the ticket closed.
func (l *ladder) closed() {
	l.proposed()
	l.seat.Act(l.id, syncproto.CommandAcceptProposal, present.TicketForm{})
	l.seat.Act(l.id, syncproto.CommandContact, present.TicketForm{Text: "已回电", Outbound: true, Cause: l.seat.See(l.id).Promises[0].ID})
	l.seat.Act(l.id, syncproto.CommandFinalResponse, present.TicketForm{Text: "客户试过，可以了", Channel: "400热线"})
	l.seat.Act(l.id, syncproto.CommandClose, present.TicketForm{})
	l.Sync()
}

// From the engineer's word to the reopening, by keys alone. Enter on the ticket opens what
// is next; a close that cannot be is not sent, and says what is missing until it is done.
func TestATicketIsSolvedClosedAndReopenedByKeysAlone(t *testing.T) {
	l := climb(t)
	s, _ := l.open(t, l.liaison)
	s.press(fyne.KeyS, control)
	s.write("已重置后台令牌")
	s.press(fyne.KeyReturn, control)
	l.Sync()

	s, pane := l.open(t, l.seat)
	s.press(fyne.KeyW, control)
	if s.press(fyne.KeyReturn, control); pane.open == nil || pane.view.State != "1 项解决待您确认" {
		t.Fatalf("a ticket was closed over a proposal: %q", pane.view.State)
	}
	if got := len(pane.open.explain.Objects); got != 4 || !pane.open.send.Disabled() {
		t.Errorf("the form of closing says %d lines", got)
	}
	s.key(fyne.KeyEscape)
	step := func(keys string, do func(), want string) {
		t.Helper()
		s.key(fyne.KeyReturn) // the strong button has the focus
		if pane.open == nil || pane.open.action.Word(l.seat.Words) != keys {
			t.Fatalf("next is not %s", keys)
		}
		do()
		s.press(fyne.KeyReturn, control)
		if pane.open != nil || pane.view.State != want {
			t.Fatalf("after %s it is %q, not %q", keys, pane.view.State, want)
		}
	}
	step("确认解决", func() {}, "09:00 已解决，待回复客户")
	step("回复处理结果", func() { s.write("客户试过，可以了") }, "09:00 已回复客户结果")
	s.press(fyne.KeyW, control)
	if got := pane.open.explain.Objects; len(got) != 2 {
		t.Errorf("of what is missing to close is left %d", len(got)-1)
	}
	closing := pane.open
	l.seat.Act(l.id, syncproto.CommandContact, present.TicketForm{Text: "已回电", Outbound: true, Cause: l.seat.See(l.id).Promises[0].ID})
	if pane.open != closing || closing.send.Disabled() || len(closing.explain.Objects) != 1 {
		t.Error("what is done while the form is open does not leave it")
	}
	if got := pane.view.State; got != "09:00 已回复客户结果，可以关闭" {
		t.Errorf("before it is closed it is %q", got)
	}
	s.press(fyne.KeyReturn, control)
	if got := pane.view.State; got != "09:00 已关闭" {
		t.Fatalf("it is %q", got)
	}
	step("重新打开", func() { s.write("又打不开了") }, "09:00 重新打开（第 1 次）")
}

func TestAnEscalatedTicketAsDrawn(t *testing.T) {
	l := climb(t)
	other := l.seat.NewTicket("配件无货")
	other.Department = centraltest.Connected
	l.seat.Open(other)
	l.proposed()
	l.pass(57, 1)
	s, _ := l.open(t, l.head)
	s.golden("ticket-escalated")
	s.press(fyne.KeyT, control)
	s.golden("ticket-take-up")
}

func TestAClosingThatCannotBeAsDrawn(t *testing.T) {
	l := climb(t)
	l.proposed()
	s, _ := l.open(t, l.seat)
	s.press(fyne.KeyW, control)
	s.golden("ticket-close-not-yet")
}

func TestADisputeAsDrawn(t *testing.T) {
	l := climb(t)
	l.disputed()
	s, _ := l.open(t, l.hq)
	s.press(fyne.KeyQ, control)
	s.golden("ticket-dispute")
}

// Nothing that tells how urgent a row is, what is to be done and whose it is, is cut at
// 1280 × 800, in the longest words there are; of the rest the holder is cut first.
func TestNothingOfARowIsCut(t *testing.T) {
	s := newScreen(t, door{})
	row := present.Row{
		Number: "K7MQ-00001", Subject: "远程车控失败", Customer: "欧阳明月", Urgency: present.Overdue, Left: "超时 12 天 23 小时",
		Ladder: "升级后解决", Due: "至 11月11日 09:00", Holder: "互联网车机部", Escalated: "已升级给分管副总 欧阳明", Mark: "仅存本机，未发送",
	}
	for _, todo := range []string{"", "2 项解决待您确认", "客户不认可结果，待您继续处理"} {
		row.Todo = todo
		face := newRowFace(true)
		face.show(workItem(row))
		s.SetContent(face)
		face.Resize(fyne.NewSize(listWidth, face.MinSize().Height))
		whole := []*prose{face.lead, face.under, face.due, face.title, face.todo}
		if todo == "" {
			whole = append(whole, face.mark)
		}
		for _, p := range whole {
			if got := strings.Join(p.broken(), ""); got != p.text {
				t.Errorf("%q is cut to %q", p.text, got)
			}
		}
		if got := strings.Join(face.below.broken(), ""); !strings.HasPrefix(got, "K7MQ-00001 · 欧阳明月 · 仅存本机，未发送") {
			t.Errorf("%q is cut to %q", face.below.text, got)
		}
		if face.todo.ink.color == face.mark.ink.color || strings.HasPrefix(face.todo.text, theme.Escalated.Sign()) {
			t.Errorf("%q looks like %q", face.todo.text, face.mark.text)
		}
	}
}
