package ui

import (
	"strings"
	"testing"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/test"

	"redress/desktop/present"
	"redress/syncproto"
)

// A list that was out of sight so long that the toolkit let its renderer go shows its rows where
// they can be seen, and where it was left.
func TestAListThatWasLongOutOfSightShowsItsRows(t *testing.T) {
	for _, at := range []int{0, 3, 60} {
		l, _, s := shelved(t, window)
		l.scrollTo(at)
		seen := func() (top string) {
			for _, text := range written(l.list) {
				if text != "" {
					return text
				}
			}
			return ""
		}
		before, want := l.list.GetScrollOffset(), seen()
		t.Run("a minute goes by", func(t *testing.T) { test.TempWidgetRenderer(t, fyne.Widget(l.list)) })
		s.SetContent(l.list.framed())
		if got := l.list.GetScrollOffset(); got != before || seen() != want {
			t.Errorf("left at %v with %q on top, it stands at %v with %q", before, want, got, seen())
		}
		if first := l.list.inView(); first < 0 {
			t.Errorf("left at %v, none of its rows is drawn where it can be seen", before)
		}
	}
}

// inView is how many rows are drawn wholly where the list is; -1 for none.
func (r *rows) inView() int {
	n := -1
	var look func(o fyne.CanvasObject, at fyne.Position)
	look = func(o fyne.CanvasObject, at fyne.Position) {
		at = at.Add(o.Position())
		switch o := o.(type) {
		case *rowFace:
			if at.Y >= 0 && at.Y+o.Size().Height <= r.Size().Height {
				n++
			}
		case *fyne.Container:
			for _, inner := range o.Objects {
				look(inner, at)
			}
		case fyne.Widget:
			for _, inner := range test.WidgetRenderer(o).Objects() {
				look(inner, at)
			}
		}
	}
	for _, o := range test.WidgetRenderer(r).Objects() {
		look(o, fyne.Position{})
	}
	return n
}

// Whoever comes to a ticket from elsewhere sees its number, and its row in the list, also where
// it is the one they were reading before.
func TestAnOpenedTicketBeginsAtItsTop(t *testing.T) {
	seat := many(t, 60, "座椅异响")
	s := newScreen(t, door{})
	sh := s.at(seat)
	p := sh.work
	first, last := p.long.line.rows[1].id, p.long.line.rows[55].id
	inSight := func(id syncproto.ID) bool {
		top := float32(p.long.line.at[id])*p.list.rowHeight() - p.list.GetScrollOffset()
		return top >= 0 && top+p.list.rowHeight() <= p.list.Size().Height+gap
	}
	for _, c := range []struct {
		what string
		id   syncproto.ID
	}{{"one", first}, {"the same", first}, {"another, far down", last}, {"the same", last}} {
		sh.goTo(placeFind)
		sh.openTicket(c.id)
		s.settle()
		if y := p.ticket.scroll.Offset.Y; y != 0 || p.list.picked != c.id || !inSight(c.id) {
			t.Errorf("%s begins at %v, its row can be seen: %v", c.what, y, inSight(c.id))
		}
		sh.turn(1)
		p.long.scrollTo(25)
		if p.ticket.scroll.Offset.Y == 0 || inSight(c.id) {
			t.Fatal("nobody has gone on reading")
		}
	}
}

// While what there is is still on its way no page says that there is nothing.
func TestNothingIsSaidOfWhatHasNotCome(t *testing.T) {
	const how = "正在接收，已到 42 %。"
	_, _, manager := filed(t)
	s := newScreen(t, door{})
	claims := s.claimsShown(manager)
	work := claims.shell.work
	for _, c := range []struct{ receiving, work, claims string }{
		{"", "现在没有等您处理的工单。", "没有等待审批的申请。"}, {how, how, how}, {"", "现在没有等您处理的工单。", "没有等待审批的申请。"},
	} {
		work.list.items, claims.list.items = nil, nil
		work.counted(present.Counts{Receiving: c.receiving})
		claims.receives(c.receiving)
		work.shows(nil)
		if got, _, _ := strings.Cut(work.empty.text.text, "\n"); got != c.work || claims.empty.text.text != c.claims {
			t.Errorf("the work says %q, the claims %q, not %q and %q", got, claims.empty.text.text, c.work, c.claims)
		}
	}
	// Money that has come is shown, and none that has not.
	claims.month.receives(how)
	if left := claims.month.left.text; !strings.Contains(left, "¥") {
		t.Errorf("of what lies here it says %q", left)
	}
	if claims.month.show(present.Month{Manager: true, Left: "本机可用 ¥0.00"}); claims.month.left.text != how {
		t.Errorf("before it came it says %q", claims.month.left.text)
	}
}

// The frame is what tells both pages, with each of its readings.
func TestTheFrameTellsThePagesWhatHasNotCome(t *testing.T) {
	const how = "正在接收，已到 42 %。"
	_, _, manager := filed(t)
	s := newScreen(t, door{})
	claims := s.claimsShown(manager)
	sh := claims.shell
	for _, c := range []struct{ receiving, work, claims string }{{how, how, how}, {"", "现在没有等您处理的工单。", "没有等待审批的申请。"}} {
		sh.work.list.items, claims.list.items = nil, nil
		sh.show(glance{scene: sh.scene(), counts: present.Counts{Receiving: c.receiving}}, nil)
		if got, _, _ := strings.Cut(sh.work.empty.text.text, "\n"); got != c.work || claims.empty.text.text != c.claims {
			t.Errorf("the work says %q, the claims %q, not %q and %q", got, claims.empty.text.text, c.work, c.claims)
		}
	}
}

// The head of a ticket says whose it is, before any clock.
func TestTheHeadOfATicketSaysWhoseItIs(t *testing.T) {
	seat := many(t, 1, "座椅异响")
	s := newScreen(t, door{})
	sh := s.at(seat)
	sh.openTicket(sh.work.long.line.rows[0].id)
	s.settle()
	whose := sh.work.ticket.head.whose.text
	for _, part := range []string{"张伟", "13800138000", "LFV3A23C8K3012345"} {
		if !strings.Contains(whose, part) {
			t.Errorf("%q does not name %s", whose, part)
		}
	}
	if below := sh.work.list.items[0].below; !strings.HasPrefix(below, "K7MQ-00001 · 张伟") {
		t.Errorf("the row says %q", below)
	}
}
