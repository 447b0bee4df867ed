package ui

import (
	"strings"
	"testing"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/test"

	"redress/desktop/centraltest"
	"redress/desktop/present"
	"redress/desktop/present/presenttest"
	"redress/desktop/ui/ime"
	"redress/desktop/ui/theme"
	"redress/syncproto"
	"redress/syncproto/customer"
	"redress/syncproto/organisation"
	"redress/syncproto/ticket"
)

// forms are those that are open in the window, or can be sent from what is shown.
func (s *screen) forms() (all []*form) {
	switch at := s.app.front.(type) {
	case *loginPage:
		return []*form{at.known, at.fresh, at.back.form}
	case *shell:
		switch p := at.pages[at.here].(type) {
		case *freshPage:
			return []*form{p.form}
		case *workPage:
			if p.ticket.open != nil {
				return []*form{p.ticket.open.form}
			}
		case *claimsPage:
			return []*form{p.pane.form, p.pane.amending.form}
		case *monthsPage:
			return []*form{p.pane.limitForm.form, p.pane.lostForm.form}
		}
	}
	return nil
}

// input is the one of a key.
func (f *form) input(key string) *input {
	for _, i := range f.inputs {
		if i.key == key {
			return i
		}
	}
	return nil
}

// change is what a person does to a field.
func change(f fyne.Focusable) {
	switch f := f.(type) {
	case *ime.Field:
		f.CursorRow, f.CursorColumn = 0, 0
		if len([]rune(f.Text)) == f.Limit() {
			f.SetText("")
		} else {
			f.TypedRune('7')
		}
	case *choice:
		if len(f.Options) == 1 { // with one, it can be picked at the most
			f.ClearSelected()
		}
		for _, key := range []fyne.KeyName{fyne.KeyRight, fyne.KeyLeft} {
			f.TypedKey(&fyne.KeyEvent{Name: key})
		}
	case *tick:
		f.TypedKey(&fyne.KeyEvent{Name: fyne.KeySpace})
	}
}

// What is said of a field was said of what stood there: with it goes the blame, in every form
// and every field of it.
func TestABlameGoesWithWhatItWasOf(t *testing.T) {
	fields := 0
	for _, c := range scenes() {
		c.play(t, []variant{{wordsOf(t, "zh"), theme.Light(), []float32{100}}}, func(s *screen, _ variant, _ float32) {
			for _, f := range s.forms() {
				for _, i := range f.inputs {
					if c, picks := i.focus.(*choice); i.focus == nil || !i.box.Visible() || picks && len(c.Options) == 0 {
						continue
					}
					fields++
					i.blame("请填写。")
					if change(i.focus); i.wrong.text != "" || i.wrong.Visible() {
						t.Errorf("%s: %s was filled in and still says %q", c.name, i.key, i.wrong.text)
					}
				}
			}
		})
	}
	if fields < 100 {
		t.Errorf("only %d fields were looked at", fields)
	}
}

// A seat sends too early and then fills in what was missing: what is red is what is missing.
func TestWhatWasFilledInIsNotRed(t *testing.T) {
	s := newScreen(t, door{})
	sh := s.at(&seatAt{Desk: presenttest.New(t).Desk("seat", centraltest.Seat, "K7MQ")})
	s.press(fyne.KeyN, control)
	p := freshOf(sh)
	s.press(fyne.KeyReturn, control)
	if got := blamed(p.form); got != "customer-name: 请填写客户姓名。subject: 请填写主题。" {
		t.Errorf("sent empty it says %q", got)
	}
	s.write("张伟")
	if got := blamed(p.form); got != "subject: 请填写主题。" {
		t.Errorf("with a name it says %q", got)
	}
}

// The list of a choice is open, and the person goes on: to another page, or by sending.
func TestAnOpenListGoesWhereWorkGoesOn(t *testing.T) {
	for what, on := range map[string]func(s *screen, sh *shell){
		"another page":       func(s *screen, _ *shell) { s.press(fyne.Key1, alt) },
		"sending":            func(s *screen, _ *shell) { s.press(fyne.KeyReturn, control) },
		"the palette":        func(s *screen, _ *shell) { s.press(fyne.KeyK, control); s.press(fyne.KeyK, control) },
		"a ticket by itself": func(_ *screen, sh *shell) { sh.goTo(placeWork) },
	} {
		t.Run(what, func(t *testing.T) {
			seat, _ := busy(t)
			s := newScreen(t, door{})
			sh := s.at(seat)
			s.press(fyne.KeyN, control)
			p := freshOf(sh)
			focusOn(p.channel)
			s.key(fyne.KeySpace)
			if s.Canvas().Overlays().Top() == nil {
				t.Fatal("no list is open")
			}
			picked := p.channel.Selected
			on(s, sh)
			if top := s.Canvas().Overlays().Top(); top != nil {
				t.Fatalf("%T still lies over the page", top)
			}
			before := sh.work.list.picked
			s.key(fyne.KeyDown)
			if sh.here == placeWork && sh.work.list.picked == before || p.channel.Selected != picked {
				t.Error("the arrow is not the page's")
			}
		})
	}
}

// A subject of 600 characters is pasted: what fits is there, it says what does not, and it is
// not sent until the person has dealt with it.
func TestWhatDoesNotFitStopsTheSending(t *testing.T) {
	s := newScreen(t, door{})
	seat := &seatAt{Desk: presenttest.New(t).Desk("seat", centraltest.Seat, "K7MQ")}
	sh := s.at(seat)
	s.press(fyne.KeyN, control)
	p := freshOf(sh)
	s.write("张伟")
	p.region.SetSelectedIndex(0)
	focusOn(p.subject)
	clipboard := test.NewClipboard()
	clipboard.SetContent(strings.Repeat("远程车控失败", 100))
	p.subject.TypedShortcut(&fyne.ShortcutPaste{Clipboard: clipboard})
	const says = "subject: 最多 100 字，多出的 500 字没有录入。请改短后再提交。"
	if got := blamed(p.form); got != says {
		t.Fatalf("pasted, it says %q", got)
	}
	for range 2 { // nobody sends it by insisting
		focusOn(p.name)
		s.press(fyne.KeyReturn, control)
		if got := blamed(p.form); got != says || seat.gave != 0 || s.Canvas().Focused() != fyne.Focusable(p.subject) {
			t.Errorf("%d commands were given, and it says %q", seat.gave, got)
		}
	}
	s.key(fyne.KeyBackspace)
	if got := blamed(p.form); got != "" {
		t.Errorf("made shorter, it says %q", got)
	}
	s.press(fyne.KeyReturn, control)
	if got := len([]rune(sh.work.ticket.view.Subject)); seat.gave != 1 || got != ticket.MaxSubject-1 {
		t.Errorf("%d commands were given, with %d characters", seat.gave, got)
	}

	// So does any other form, with a rune too many that was typed.
	s.press(fyne.KeyP, control)
	form := sh.work.ticket.open
	form.text.SetText(strings.Repeat("字", form.text.Limit()))
	s.write("多")
	s.press(fyne.KeyReturn, control)
	if sh.work.ticket.open != form || seat.gave != 1 {
		t.Error("a promise was given cut")
	}
}

// The drop-down a form begins with has its answer: the letters go to the text, and Shift+Tab
// leads back. Where it is the question, it has the focus.
func TestAFormBeginsWithItsFirstQuestion(t *testing.T) {
	l := climb(t)
	l.proposed()
	s, pane := l.open(t, l.seat)
	s.press(fyne.KeyJ, control)
	s.write("客户说不行")
	if pane.open.text.Text != "客户说不行" {
		t.Errorf("the reason is %q", pane.open.text.Text)
	}
	s.Canvas().FocusPrevious()
	if s.Canvas().Focused() != fyne.Focusable(pane.open.about) {
		t.Errorf("Shift+Tab leads to %s", told(s.Canvas().Focused()))
	}
	// A second proposal: which one is a question now.
	l.liaison.Act(l.id, syncproto.CommandProposeSolved, present.TicketForm{Text: "另一种办法"})
	l.Sync()
	s.press(fyne.KeyEscape, 0)
	s.press(fyne.KeyJ, control)
	if len(pane.open.about.Options) < 2 {
		t.Fatal("there is one proposal")
	}
	if s.Canvas().Focused() != fyne.Focusable(pane.open.about) {
		t.Errorf("with two proposals the focus is on %s", told(s.Canvas().Focused()))
	}
}

// Whoever sends a form with nothing in it is told of the fields that are marked, and of no other.
func TestWhatHasToBeFilledInIsMarked(t *testing.T) {
	looked := 0
	for _, name := range []string{"new ticket", "contact", "promise", "dispatch", "note", "file a claim", "respond", "propose", "refuse", "final response",
		"take up", "hand back", "dispute", "closed", "limit", "write off", "a claim amended", "claims"} {
		named(t, name).play(t, []variant{{wordsOf(t, "zh"), theme.Light(), []float32{100}}}, func(s *screen, _ variant, _ float32) {
			for _, f := range s.forms() {
				marked := func(i *input) bool { return strings.HasSuffix(i.name.text, " *") }
				for _, i := range f.inputs {
					switch o := i.focus.(type) {
					case *ime.Field:
						o.SetText("")
					case *choice:
						if marked(i) {
							o.ClearSelected()
						}
					}
				}
				if f.general.Visible() || f.inputs[0].focus == nil || fyne.CurrentApp().Driver().CanvasForObject(f.inputs[0].box) == nil || !shows(s.app.front.board(), f.inputs[len(f.inputs)-1].focus) {
					continue // it is not open
				}
				s.app.submit()
				for _, i := range f.inputs {
					if i.key == customer.FieldPhone { // one of the two is enough, and the name is asked for
						continue
					}
					looked++
					if blamed := i.wrong.text != ""; i.box.Visible() && blamed != marked(i) {
						t.Errorf("%s: %s is called %q, and sent empty it says %q", name, i.key, i.name.text, i.wrong.text)
					}
				}
			}
		})
	}
	if looked < 40 {
		t.Errorf("only %d fields were looked at", looked)
	}
}

// 清空 stands beside 返回: it says what goes, and asks once more. Whoever goes on with the form has
// taken it back.
func TestClearingATicketAsksOnceMore(t *testing.T) {
	seat, s, sh := aSeat(t)
	s.press(fyne.KeyN, control)
	s.write("张伟")
	s.app.KeepDrafts()
	p := freshOf(sh)
	p.clear.Tapped(nil)
	if p.name.Text != "张伟" || p.clear.word != "确认清空" || p.follows.text == "" || !p.follows.Visible() {
		t.Errorf("after the first press stands %q, the button says %q, and below it %q", p.name.Text, p.clear.word, p.follows.text)
	}
	s.write("明")
	if p.clear.word != "清空" || p.follows.Visible() {
		t.Errorf("while it is typed on the button says %q", p.clear.word)
	}
	p.clear.Tapped(nil)
	s.press(fyne.Key1, alt)
	s.press(fyne.Key2, alt)
	if p.clear.word != "清空" {
		t.Errorf("back on the page the button says %q", p.clear.word)
	}
	s.app.KeepDrafts()
	wantDrafts(t, "pressed twice, but not one after the other,", seat, "open 张伟明")
	p.clear.Tapped(nil)
	p.clear.Tapped(nil)
	wantDrafts(t, "pressed twice,", seat)
	if next := freshOf(sh); next.form.touched() || next.number.text != "K7MQ-00001" || s.Canvas().Focused() != fyne.Focusable(next.name) {
		t.Errorf("cleared, there stands %+v with number %s", next.filled(), next.number.text)
	}
	if freshOf(sh).clear.Tapped(nil); freshOf(sh).armed {
		t.Error("an empty form asks what to throw away")
	}
}

// Two regions, and a seat of neither: which one it is has to be picked for each caller, and comes
// with a customer who is known.
func TestTheRegionIsTheCallersOwn(t *testing.T) {
	o := presenttest.New(t)
	west := syncproto.Derive("region west")
	o.Operate(syncproto.CommandDefineUnit, organisation.DefineUnit{ID: west, Unit: organisation.Unit{Name: "西部区", Kind: organisation.Region}})
	seat := &seatAt{Desk: o.Desk("seat", centraltest.Seat, "K7MQ")}
	for i, c := range []struct {
		name, phone, station string
		region               syncproto.ID
	}{
		{"张伟", "13800138000", "浦东一站", centraltest.East},
		{"张伟", "13800138000", "成都二站", west}, // moved since
		{"李娜", "13900139000", "", centraltest.East},
	} {
		o.At(9, 10*i)
		f := seat.NewTicket("中控屏黑屏")
		f.Name, f.Phone, f.Station, f.Region = c.name, c.phone, c.station, c.region
		seat.Open(f)
	}
	s, sh := seat.again(t)
	calls := func(phone string) *freshPage {
		p := freshOf(sh)
		p.phone.SetText(phone)
		s.press(fyne.KeyI, control)
		return p
	}
	s.press(fyne.KeyN, control)
	if got := freshOf(sh).region; got.SelectedIndex() >= 0 {
		t.Errorf("for nobody yet the region is %q", got.Selected)
	}
	if p := calls("13800138000"); p.region.Selected != "西部区" || p.station.Text != "成都二站" {
		t.Errorf("of the newest ticket are %q, %q", p.region.Selected, p.station.Text)
	}
	if p := calls("13900139000"); p.name.Text != "李娜" || p.region.Selected != "华东区" || p.station.Text != "" {
		t.Errorf("taken over after another, there stand %q, %q, %q", p.name.Text, p.region.Selected, p.station.Text)
	}
	for what, on := range map[string]func(){
		"sent": func() {
			focusOn(freshOf(sh).subject)
			s.write("又黑屏了")
			s.press(fyne.KeyReturn, control)
			s.press(fyne.KeyN, control)
		},
		"cleared": func() { freshOf(sh).clear.Tapped(nil); freshOf(sh).clear.Tapped(nil) },
	} {
		calls("13800138000")
		if on(); freshOf(sh).region.SelectedIndex() >= 0 || freshOf(sh).station.Text != "" {
			t.Errorf("%s, the next caller is in %q, %q", what, freshOf(sh).region.Selected, freshOf(sh).station.Text)
		}
	}
}

// A number that cannot be one is doubted once the person has left the field, in other words and
// with another sign than what is wrong, and can be sent.
func TestATelephoneNumberIsDoubtedAndNotRefused(t *testing.T) {
	seat, s, sh := aSeat(t)
	s.press(fyne.KeyN, control)
	s.write("张伟")
	s.tab()
	s.write("12")
	p := freshOf(sh)
	phone := p.form.input(customer.FieldPhone)
	if phone.wrong.text != "" {
		t.Errorf("while it is typed it says %q", phone.wrong.text)
	}
	s.tab()
	const doubt = "◆ “12”不像电话号码，请核对：手机 11 位，固定电话带区号，国外以 + 和国家代码开头。可以照样提交。"
	if phone.wrong.text != doubt || !phone.wrong.Visible() {
		t.Errorf("left, it says %q", phone.wrong.text)
	}
	s.press(fyne.KeyReturn, control)
	if phone.wrong.text != doubt || seat.gave != 0 {
		t.Errorf("sent without a subject it says %q", phone.wrong.text)
	}
	s.write("远程车控失败")
	s.press(fyne.KeyReturn, control)
	if seat.gave != 1 {
		t.Errorf("%d commands were given, and it says %q", seat.gave, blamed(p.form))
	}
	s.press(fyne.KeyN, control)
	s.tab()
	s.write("13800138000")
	s.tab()
	if got := blamed(freshOf(sh).form); got != "" {
		t.Errorf("of a good number it says %q", got)
	}
}

// A form in which nobody filled in anything is not kept: opened again it begins with what the
// ticket says then, and a day of looking at forms takes no memory.
func TestAFormWithNothingInItBeginsAnew(t *testing.T) {
	const before, now = "座椅异响", "座椅松动"
	seat := many(t, 2, before)
	s := newScreen(t, door{})
	sh := s.at(seat)
	pane := sh.work.ticket
	a, b := sh.work.long.line.rows[0].id, sh.work.long.line.rows[1].id
	for what, leave := range map[string]func(){
		"another ticket": func() { sh.work.pick(b) },
		"another form":   func() { s.press(fyne.KeyM, control); s.key(fyne.KeyEscape) },
		"Esc":            func() { s.key(fyne.KeyEscape) },
	} {
		sh.work.pick(a)
		s.press(fyne.KeyE, control)
		if leave(); len(pane.forms) != 0 || len(sh.drafts.forms) > 1 { // the claims' one is always there
			t.Errorf("%s: %d forms are kept, and %d looked at", what, len(pane.forms), len(sh.drafts.forms))
		}
	}
	sh.work.pick(a)
	s.press(fyne.KeyE, control)
	sh.work.pick(b)
	seat.Act(a, syncproto.CommandAmend, present.TicketForm{Field: ticket.FieldSubject, Old: before, New: now})
	sh.work.pick(a)
	s.press(fyne.KeyE, control)
	if got := pane.open.text.Text; got != now {
		t.Errorf("a correction begins with %q, want %q", got, now)
	}
	// What was filled in stays.
	pane.open.text.SetText(now + "，前排")
	sh.work.pick(b)
	sh.work.pick(a)
	s.press(fyne.KeyE, control)
	if got := pane.open.text.Text; got != now+"，前排" {
		t.Errorf("a correction that was begun says %q", got)
	}
}

// Somebody else has put the same field right: that is told, and the next press puts it right over that.
func TestAnAmendmentThatWasToldOfAnotherIsSent(t *testing.T) {
	o, seat, id := offline(t)
	manager := o.Desk("manager", centraltest.Manager, "P2XA")
	seat.Online()
	manager.Online()
	s := newScreen(t, door{})
	sh := s.at(seat)
	sh.openTicket(id)
	s.press(fyne.KeyE, control)
	pane := sh.work.ticket
	f := pane.open
	key, before := f.filled().Field, f.filled().Old
	f.text.SetText(before + "，甲")
	manager.Act(id, syncproto.CommandAmend, present.TicketForm{Field: key, Old: before, New: before + "，乙"})
	manager.Online()
	seat.Online()
	if s.press(fyne.KeyReturn, control); pane.open != f || f.form.general.text == "" {
		t.Fatalf("it is not told: %q", f.form.general.text)
	}
	s.press(fyne.KeyReturn, control)
	if pane.open != nil {
		t.Errorf("told of it, it says %q", f.form.general.text)
	}
}

// A proposal is made anew while its acceptance is open: that is told, and the next press accepts the one of now.
func TestAnAcceptanceThatWasToldOfAnotherIsSent(t *testing.T) {
	l := climb(t)
	l.proposed()
	s, pane := l.open(t, l.seat)
	s.press(fyne.KeyJ, control)
	f := pane.open
	f.text.SetText("客户说没有好")
	other := l.Desk("seat2", centraltest.Seat, "X2XA")
	other.Online()
	other.Act(l.id, syncproto.CommandRefuseProposal, present.TicketForm{Text: "没有好"})
	other.Online()
	l.liaison.Online()
	l.liaison.Act(l.id, syncproto.CommandProposeSolved, present.TicketForm{Text: "又试了一次"})
	l.Sync()
	s.press(fyne.KeyReturn, control)
	if pane.open != f || blamed(f.form) == "" {
		t.Fatal("it is not told")
	}
	if s.press(fyne.KeyReturn, control); f.form.input("about").wrong.text == "" {
		t.Fatalf("it does not ask for the proposal: %q", blamed(f.form))
	}
	s.key(fyne.KeyRight)
	s.press(fyne.KeyReturn, control)
	if pane.open != nil {
		t.Errorf("it says %q", blamed(f.form))
	}
}

// Midnight goes by while a promise is written, or it is gone on with the next day: what is read out to the customer
// is the day of now.
func TestAPromiseSaysByWhenAsOfNow(t *testing.T) {
	l := climb(t)
	s, pane := l.open(t, l.seat)
	s.press(fyne.KeyP, control)
	s.write("回电")
	l.pass(23, 50)
	pane.reload()
	if !s.shows("最迟 明天 09:00") {
		t.Fatal(written(pane.form))
	}
	l.pass(24, 10)
	if pane.reload(); s.shows("最迟 明天 09:00") || !s.shows("最迟 09:00") {
		t.Errorf("after midnight it says %q", written(pane.form))
	}
}
