package ui

import (
	"testing"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/test"

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
		from, to := p.list.sight()
		return p.long.line.at[id] >= from && p.long.line.at[id] < to-1
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
