package ui

import (
	"strings"
	"testing"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/container"

	"redress/desktop/centraltest"
	"redress/desktop/present"
	"redress/desktop/present/presenttest"
	"redress/desktop/ui/theme"
	"redress/syncproto"
)

// A claim is decided with the case before one's eyes; the button says what it gives; and
// nothing left is not written like something left.
func TestAClaimIsDecidedWithItsCaseInSight(t *testing.T) {
	o := presenttest.New(t)
	seat, manager := o.Desk("seat", centraltest.Seat, "K7MQ"), o.Desk("manager", centraltest.Manager, "P2XA")
	f := seat.NewTicket("刹车异响")
	f.Name, f.Phone, f.VIN, f.Model, f.Station = "欧阳静", "13800139999", "LSVAA4182E2184847", "远行", "静安一店"
	f.Description = strings.Repeat("低速刹车时左前轮有金属摩擦声，检查过两次。", 30)
	id := seat.Open(f)
	seat.Act(id, syncproto.CommandFileClaim, present.TicketForm{Amount: "6000", Text: "误工"})
	o.Now = o.Now.Add(syncproto.Minute)
	seat.Act(id, syncproto.CommandFileClaim, present.TicketForm{Warranty: true, Text: "更换制动盘"})
	seat.Online()
	manager.Online()
	s := newScreen(t, door{})
	p := s.claimsShown(manager)
	s.key(fyne.KeyDown)
	s.settle()
	c := p.pane
	if c.about.text != "欧阳静 · 13800139999 · LSVAA4182E2184847 · 远行" || c.story.text != f.Description {
		t.Errorf("it is about %q, %q", c.about.text, c.story.text)
	}
	if n := len(c.story.broken()); n != storyLines {
		t.Errorf("what the customer said takes %d lines", n)
	}
	if c.approve.word != "批准 ¥6,000.00" {
		t.Errorf("the button says %q", c.approve.word)
	}
	s.key(fyne.KeyDown)
	if c.approve.word != "批准包修单" {
		t.Errorf("of a warranty order it says %q", c.approve.word)
	}
	s.key(fyne.KeyUp)
	s.key(fyne.KeyReturn)
	s.key(fyne.KeyRight)
	s.press(fyne.KeyReturn, control)
	if left := p.month.left; left.text != "本机可用 ¥0.00" || left.ink.color == theme.MoneyLeft.Color() {
		t.Errorf("nothing left is written %q in %s", left.text, left.ink.color)
	}
	if p.title.text != "等您处理 1 笔" || len(p.account.Objects) < 2 {
		t.Errorf("headed %q, with %d parts of the account", p.title.text, len(p.account.Objects))
	}
	if texts := words(s.Canvas().Content()); !strings.Contains(texts, "批准占用 ¥6,000.00") {
		t.Error("the page does not say where 已用 comes from")
	}

	sh := s.at(&seatAt{Desk: seat})
	sh.openTicket(id)
	s.settle()
	s.press(fyne.KeyG, control)
	if form := sh.work.ticket.open; form == nil || form.station == nil || form.station.Text != "静安一店" {
		t.Error("the form of a claim does not know the ticket's station")
	}
}

// words are all that is written in an object.
func words(in fyne.CanvasObject) string {
	var all []string
	visit(in, nil, func(o fyne.CanvasObject, _ []*container.Scroll) bool {
		if p, is := o.(*prose); is {
			all = append(all, p.text)
		}
		return false
	})
	return strings.Join(all, "\n")
}

// A text of so many lines ends with an ellipsis where there is more.
func TestATextOfAtMostSomeLines(t *testing.T) {
	newScreen(t, door{})
	for _, c := range []struct {
		text  string
		lines int
		more  bool
	}{{"", 1, false}, {"一行", 1, false}, {strings.Repeat("很长的一段话，", 40), 3, true}, {"一\n二\n三", 3, false}, {"一\n二\n三\n四", 3, true}} {
		p := newProse(c.text, body, 3)
		p.Resize(fyne.NewSize(200, 0))
		set := p.broken()
		if len(set) != c.lines || strings.HasSuffix(set[len(set)-1], "…") != c.more {
			t.Errorf("%.12q is set as %q", c.text, set)
		}
		for _, l := range set {
			if p.width(l) > 200 {
				t.Errorf("%q does not fit", l)
			}
		}
	}
}
