package ui

import (
	"slices"
	"strings"
	"testing"

	"fyne.io/fyne/v2"

	"redress/desktop/centraltest"
	"redress/desktop/present"
	"redress/desktop/present/presenttest"
	"redress/syncproto"
)

// busy is a seat with tickets of two customers: an open one and a closed one of the first,
// with a note and a claim on the open one, and one of another.
func busy(t *testing.T) (seat *seatAt, ids [3]syncproto.ID) {
	t.Helper()
	o := presenttest.New(t)
	seat = &seatAt{Desk: o.Desk("seat", centraltest.Seat, "K7MQ")}
	for i, c := range []struct{ subject, name, phone, vin string }{
		{"中控屏黑屏", "张伟", "13800138000", "LFV3A23C8K3012345"},
		{"远程车控失败", "张伟", "13800138000", "LFV3A23C8K3012345"},
		{"座椅异响", "欧阳静", "13800139999", "LSVAA4182E2184847"},
	} {
		o.At(9, 10*i)
		f := seat.NewTicket(c.subject)
		f.Name, f.Phone, f.VIN = c.name, c.phone, c.vin
		ids[i] = seat.Open(f)
	}
	o.At(9, 40)
	seat.Act(ids[0], syncproto.CommandFinalResponse, present.TicketForm{Channel: "400热线", Text: "已更换主机，客户满意"})
	seat.Act(ids[0], syncproto.CommandClose, present.TicketForm{})
	seat.Act(ids[1], syncproto.CommandNote, present.TicketForm{Text: "服务站反映要换网关，备件月底到货，届时联系客户进站更换"})
	seat.Act(ids[1], syncproto.CommandFileClaim, present.TicketForm{Amount: "1200", Text: "更换网关期间的代步车"})
	o.At(9, 45)
	seat.Online()
	return seat, ids
}

// found is what the search lists.
func (p *findPage) found() string {
	var all []string
	for _, i := range p.list.items {
		all = append(all, i.title)
	}
	return strings.Join(all, " ")
}

func TestTheSearchAsDrawn(t *testing.T) {
	seat, _ := busy(t)
	s := newScreen(t, door{})
	s.at(seat)
	s.press(fyne.KeyF, control)
	s.golden("find-empty")
	s.write("网关")
	s.settle()
	s.golden("find-words")
	s.write("坏了")
	s.settle()
	s.golden("find-nothing")
}

func TestACallerAsDrawn(t *testing.T) {
	seat, _ := busy(t)
	s := newScreen(t, door{})
	s.at(seat)
	s.press(fyne.KeyN, control)
	s.tab()
	s.write("1380013")
	s.settle()
	s.golden("new-ticket-caller")
}

// From wherever one is, and back to there.
func TestTheSearchIsAKeyAway(t *testing.T) {
	seat, ids := busy(t)
	s := newScreen(t, door{})
	sh := s.at(seat)
	p, _ := sh.pages[placeFind].(*findPage)
	for _, from := range []int{placeWork, placeNew, placeClaims, placeSync} {
		sh.goTo(from)
		s.press(fyne.KeyF, control)
		if sh.here != placeFind || s.Canvas().Focused() != fyne.Focusable(p.text) {
			t.Errorf("Ctrl+F leads from place %d to %d", from, sh.here)
		}
		s.press(fyne.KeyF, control)
		if s.key(fyne.KeyEscape); sh.here != from {
			t.Errorf("Esc leads back to place %d, not %d", sh.here, from)
		}
	}
	s.press(fyne.KeyF, control)
	s.write("张伟")
	if got := p.found(); got != "远程车控失败 中控屏黑屏" {
		t.Fatalf("found: %q", got)
	}
	for _, step := range []struct {
		key  fyne.KeyName
		want syncproto.ID
	}{{fyne.KeyDown, ids[0]}, {fyne.KeyDown, ids[0]}, {fyne.KeyUp, ids[1]}, {fyne.KeyUp, ids[1]}, {fyne.KeyDown, ids[0]}} {
		if s.key(step.key); p.list.picked != step.want {
			t.Errorf("%s picks another", step.key)
		}
	}
	if s.key(fyne.KeyReturn); sh.here != placeWork || sh.work.ticket.id != ids[0] {
		t.Errorf("Enter opens %v at place %d", sh.work.ticket.id, sh.here)
	}
	s.press(fyne.KeyF, control)
	if p.text.Text != "张伟" || p.text.SelectedText() != "张伟" || p.found() == "" {
		t.Errorf("the next time %q stands there, %q selected", p.text.Text, p.text.SelectedText())
	}
	s.write("异响") // over it
	if got := p.found(); got != "座椅异响" {
		t.Errorf("typed over, it finds %q", got)
	}
}

func TestAClaimThatIsFoundIsOpened(t *testing.T) {
	seat, _ := busy(t)
	s := newScreen(t, door{})
	sh := s.at(seat)
	s.press(fyne.KeyF, control)
	s.write("代步")
	s.key(fyne.KeyReturn)
	p, _ := sh.pages[placeClaims].(*claimsPage)
	if r := p.row(p.current()); sh.here != placeClaims || r == nil || r.What != "更换网关期间的代步车" {
		t.Errorf("Enter leads to place %d", sh.here)
	}
}

// slow is a window whose answers come when the test says so.
func slow(s *screen) *queue {
	q := &queue{}
	s.app.threads = Threads{Work: func(job func()) { q.work = append(q.work, job) }, UI: func(job func()) { q.ui = append(q.ui, job) }}
	return q
}

// lastFirst does the work and shows the last answer first.
func (q *queue) lastFirst() {
	for _, job := range q.work {
		job()
	}
	answers := q.ui
	q.work, q.ui = nil, nil
	slices.Reverse(answers)
	for _, answer := range answers {
		answer()
	}
	q.run()
}

// Only the answer to what stands there is shown, in whatever order they come, and Enter never
// opens what was found for something else.
func TestOnlyTheNewestAnswerIsShown(t *testing.T) {
	seat, ids := busy(t)
	s := newScreen(t, door{})
	sh := s.at(seat)
	s.press(fyne.KeyF, control)
	p, _ := sh.pages[placeFind].(*findPage)
	s.write("张")
	q := slow(s)
	s.write("伟")
	p.text.SetText("异响")
	if p.found() != "远程车控失败 中控屏黑屏" {
		t.Errorf("before an answer stands %q", p.found())
	}
	if s.key(fyne.KeyReturn); sh.here != placeFind {
		t.Fatal("Enter opened what was found for an earlier text")
	}
	q.lastFirst()
	if sh.here != placeWork || sh.work.ticket.id != ids[2] || p.found() != "座椅异响" {
		t.Errorf("at place %d stands %q", sh.here, p.found())
	}
}

// Whoever goes on to another page before the answer is there is not taken away from it.
func TestEnterLeadsNobodyAwayFromAnotherPage(t *testing.T) {
	seat, _ := busy(t)
	s := newScreen(t, door{})
	sh := s.at(seat)
	s.press(fyne.KeyF, control)
	q := slow(s)
	s.write("张伟")
	s.key(fyne.KeyReturn)
	s.press(fyne.KeyN, control) // the next customer calls
	q.run()
	if sh.here != placeNew {
		t.Errorf("the answer leads to place %d", sh.here)
	}
}

// The list grows as it is read to its end, and says so.
func TestWhatIsFoundGoesOn(t *testing.T) {
	o := presenttest.New(t)
	seat := &seatAt{Desk: o.Desk("seat", centraltest.Seat, "K7MQ")}
	for range window + 5 {
		seat.Open(seat.NewTicket("座椅异响"))
	}
	s := newScreen(t, door{})
	sh := s.at(seat)
	s.press(fyne.KeyF, control)
	s.write("异响")
	p, _ := sh.pages[placeFind].(*findPage)
	if len(p.list.items) != window || p.state.text != "先列出 100 条，向下翻会继续列出。" {
		t.Errorf("%d rows, and %q", len(p.list.items), p.state.text)
	}
	for range window {
		s.Canvas().Focused().TypedKey(&fyne.KeyEvent{Name: fyne.KeyDown})
	}
	s.settle()
	if len(p.list.items) != window+5 || p.state.text != "找到 105 条" || p.list.at() < window-1 {
		t.Errorf("read to the end: %d rows, %q, the %d. picked", len(p.list.items), p.state.text, p.list.at())
	}
}

func TestACallerIsTakenOverByOneKey(t *testing.T) {
	seat, ids := busy(t)
	s := newScreen(t, door{})
	sh := s.at(seat)
	s.press(fyne.KeyN, control)
	p, _ := sh.pages[placeNew].(*freshPage)
	s.tab()
	s.write("138")
	if len(p.caller.callers) != 0 {
		t.Error("three digits tell of a caller")
	}
	s.write("0013")
	if got := len(p.caller.callers); got != 2 {
		t.Fatalf("%d callers are listed", got)
	}
	if p.name.Text != "" || p.vin.Text != "" || p.phone.Text != "1380013" || s.Canvas().Focused() != fyne.Focusable(p.phone) {
		t.Error("something was taken over by itself")
	}
	s.write("8")
	s.press(fyne.KeyI, control)
	if p.name.Text != "张伟" || p.phone.Text != "13800138000" || p.vin.Text != "LFV3A23C8K3012345" || p.model.Text != "远行 PHEV" ||
		s.Canvas().Focused() != fyne.Focusable(p.subject) {
		t.Errorf("taken over: %q %q %q %q", p.name.Text, p.phone.Text, p.vin.Text, p.model.Text)
	}
	s.write("又失败了")
	focusOn(p.phone)
	s.key(fyne.KeyDown)
	if word, is := s.focused(); word != "填入表单" || !is {
		t.Errorf("Down goes to %q", word)
	}
	s.press(fyne.KeyO, control)
	if sh.here != placeWork || sh.work.ticket.id != ids[1] {
		t.Fatalf("Ctrl+O leads to place %d", sh.here)
	}
	s.press(fyne.Key2, alt)
	if freshOf(sh) != p || p.subject.Text != "又失败了" {
		t.Errorf("the form keeps %q", p.subject.Text)
	}
}

// Somebody else hears of the other caller just then, who stands first from now on. The focus stays with the caller
// it was on: Enter never takes over another's name and car.
func TestTheFocusStaysWithTheCallerItIsOn(t *testing.T) {
	seat, _ := busy(t)
	s := newScreen(t, door{})
	sh := s.at(seat)
	s.press(fyne.KeyN, control)
	p, _ := sh.pages[placeNew].(*freshPage)
	s.tab()
	s.write("1380013")
	first, other := p.caller.callers[0], p.caller.callers[1]
	focusOn(p.caller.first)
	seat.Office.At(9, 50)
	f := seat.NewTicket("又响了")
	f.Name, f.Phone, f.VIN = other.Name, other.Phone, other.VIN
	seat.Open(f)
	if p.caller.callers[0].Name != other.Name {
		t.Fatalf("%s stands first", p.caller.callers[0].Name)
	}
	if s.key(fyne.KeyReturn); p.name.Text != first.Name || p.vin.Text != first.VIN {
		t.Errorf("Enter takes over %q %q, and the focus was on %q", p.name.Text, p.vin.Text, first.Name)
	}
}

// A VIN tells of a caller too; the one that tells nothing yet does not hide the other.
func TestACarTellsOfItsOwner(t *testing.T) {
	seat, _ := busy(t)
	s := newScreen(t, door{})
	sh := s.at(seat)
	s.press(fyne.KeyN, control)
	p, _ := sh.pages[placeNew].(*freshPage)
	s.tab()
	s.tab()
	s.write("lsva")
	if got := p.caller.callers; len(got) != 1 || got[0].Name != "欧阳静" {
		t.Fatalf("the car tells of %v", got)
	}
	focusOn(p.phone)
	for _, typed := range []string{"13", "9999"} { // too short, and of nobody
		if s.write(typed); len(p.caller.callers) != 1 {
			t.Errorf("with %q typed the car tells nothing", p.phone.Text)
		}
	}
	s.press(fyne.KeyN, control)
	if next := freshOf(sh); next == p || len(next.caller.callers) != 0 {
		t.Error("an empty form still says who calls")
	}
}

func TestAnOldCallerIsNotShownForANewNumber(t *testing.T) {
	seat, _ := busy(t)
	s := newScreen(t, door{})
	sh := s.at(seat)
	s.press(fyne.KeyN, control)
	p, _ := sh.pages[placeNew].(*freshPage)
	s.tab()
	q := slow(s)
	s.write("13800138")
	p.phone.SetText("13800139")
	q.lastFirst()
	if got := p.caller.callers; len(got) != 1 || got[0].Name != "欧阳静" {
		t.Errorf("it tells of %v", got)
	}
}

// Another answer begins at its top, where the first of it is picked.
func TestAnotherAnswerBeginsAtItsTop(t *testing.T) {
	s := newScreen(t, door{})
	sh := s.at(many(t, 60, "座椅异响"))
	s.press(fyne.KeyF, control)
	s.write("座椅")
	p, _ := sh.pages[placeFind].(*findPage)
	p.long.scrollTo(40)
	if s.write("异"); p.list.GetScrollOffset() != 0 || p.list.at() != 0 {
		t.Errorf("it begins at row %v, and row %d is picked", p.list.GetScrollOffset()/p.list.rowHeight(), p.list.at())
	}
}

// A row is picked among those of the answer before while a slow disk answers: Enter opens that one, and no other
// that stands there by then.
func TestEnterOpensWhatWasPickedInTheSearch(t *testing.T) {
	seat, _ := busy(t)
	for _, early := range []bool{true, false} {
		s := newScreen(t, door{})
		sh := s.at(seat)
		s.press(fyne.KeyF, control)
		s.write("13800")
		p, _ := sh.pages[placeFind].(*findPage)
		q := slow(s)
		s.write("1")
		s.key(fyne.KeyDown)
		picked := p.list.picked
		if early {
			s.key(fyne.KeyReturn)
		}
		q.run()
		if !early {
			s.key(fyne.KeyReturn)
		}
		q.run()
		r, _ := p.long.line.row(picked)
		if sh.work.ticket.id != r.Ticket {
			t.Errorf("early %v: it opens %s and not %s", early, sh.work.ticket.view.Subject, r.Subject)
		}
	}
}

// Somebody searched, and works elsewhere by the time the pages are made anew, where the search was never drawn: the
// program goes on, and what was found stands there.
func TestWhatWasSearchedWhereThePagesAreMadeAnew(t *testing.T) {
	seat, _ := busy(t)
	s, _ := habitual(t, door{}, seat.Desk)
	s.at(seat)
	s.press(fyne.KeyF, control)
	s.write("1380013")
	s.press(fyne.Key1, alt)
	q := slow(s)
	s.app.renew()
	q.run()
	s.press(fyne.KeyF, control)
	q.run()
	if p, _ := s.app.shell.pages[placeFind].(*findPage); p.text.Text != "1380013" || len(p.list.items) == 0 {
		t.Errorf("%q finds %d", p.text.Text, len(p.list.items))
	}
}
