package ui

import (
	"fmt"
	"testing"

	"fyne.io/fyne/v2"

	"redress/desktop/centraltest"
	"redress/desktop/present/presenttest"
	"redress/syncproto"
	"redress/syncproto/ticket"
)

// TestAListIsTurnedByThePage, and End is its end, also of a list that is read in windows.
func TestAListIsTurnedByThePage(t *testing.T) {
	o := presenttest.New(t)
	seat := &seatAt{Desk: o.Desk("seat", centraltest.Seat, "K7MQ")}
	const tickets = 2*window + 5
	for n := range tickets {
		seat.Open(seat.NewTicket(fmt.Sprintf("第%d张", n)))
	}
	s := newScreen(t, door{})
	p := s.at(seat).work
	focusOn(p.list)
	page := p.list.page()
	if page < 5 || page >= sighted {
		t.Fatalf("a page is %d rows", page)
	}
	for _, c := range []struct {
		key  fyne.KeyName
		want int
	}{
		{fyne.KeyDown, 0}, {fyne.KeyPageDown, page}, {fyne.KeyPageDown, 2 * page}, {fyne.KeyPageUp, page}, {fyne.KeyPageUp, 0}, {fyne.KeyPageUp, 0},
		{fyne.KeyEnd, tickets - 1}, {fyne.KeyUp, tickets - 2}, {fyne.KeyHome, 0},
	} {
		if s.key(c.key); p.list.at() != c.want {
			t.Errorf("%s leads to row %d of %d, want %d", c.key, p.list.at(), len(p.list.items), c.want)
		}
		if from, to := p.list.sight(); p.list.at() < from || p.list.at() >= to {
			t.Errorf("after %s row %d is picked, and %d to %d are in sight", c.key, p.list.at(), from, to)
		}
	}
	if top := p.paper(); top != nil && top.Offset.Y != 0 {
		t.Error("the ticket was turned")
	}
}

// Rows above what is in sight leave, and the topmost with them: the rest stays where it is seen,
// whether or not a row is picked.
func TestWhatIsInSightStaysWhereRowsLeave(t *testing.T) {
	for _, c := range []struct {
		picked spot // 0 for none
		gone   []spot
		stays  spot
	}{
		{0, []spot{5, 6}, 51}, {60, []spot{5, 6}, 51}, {60, []spot{60, 5}, 51}, {0, []spot{5, 6, 51}, 52}, {60, []spot{5, 6, 51, 52}, 53},
	} {
		l, from, _ := shelved(t, window)
		if c.picked > 0 {
			l.list.pick(c.picked.id())
		}
		l.scrollTo(50)
		seen := func() float32 { return float32(l.line.at[c.stays.id()])*l.list.rowHeight() - l.list.GetScrollOffset() }
		before := seen()
		var refs []syncproto.Ref
		for _, n := range c.gone {
			from.gone[n.id()] = true
			refs = append(refs, ticket.Ref(n.id()))
		}
		l.changed(refs, syncproto.KindTicket)
		l.reload()
		if now := seen(); now != before {
			t.Errorf("with %d picked and %v gone, row %d is seen at %v, and was at %v", c.picked, c.gone, c.stays, now, before)
		}
	}
}
