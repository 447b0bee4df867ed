package ui

import (
	"context"
	"fmt"
	"slices"
	"testing"

	"redress/desktop/centraltest"
	"redress/desktop/present"
	"redress/desktop/present/presenttest"
	"redress/desktop/replica"
	"redress/syncproto"
)

// counting is what a list is read from, and how often and how many rows were read.
type counting[R, P any] struct {
	source[R, P]
	windows, looks, rows int
}

func (c *counting[R, P]) window(ctx context.Context, at syncproto.Reading, after P, limit int) (stretch[R, P], error) {
	w, err := c.source.window(ctx, at, after, limit)
	c.windows, c.rows = c.windows+1, c.rows+len(w.rows)
	return w, err
}

func (c *counting[R, P]) again(ctx context.Context, at syncproto.Reading, standing map[syncproto.ID]P, touched []syncproto.ID) (stretch[R, P], error) {
	c.looks, c.rows = c.looks+1, c.rows+len(standing)+len(touched)
	return c.source.again(ctx, at, standing, touched)
}

// counts has a list read from its source by way of what counts.
func counts[R rowOf[P], P place[P]](l *longList[R, P]) *counting[R, P] {
	c := &counting[R, P]{source: l.from}
	l.from = c
	return c
}

// since forgets what was read, and says how much it was.
func (c *counting[R, P]) since() (windows, rows int) {
	windows, rows = c.windows, c.rows
	c.windows, c.looks, c.rows = 0, 0, 0
	return windows, rows
}

// sighted is more than can be seen of a list at once, at 1280 × 800.
const sighted = 20

// A list of five windows, in which somebody scrolls to the third and stays.
func TestALongListIsReadInWindows(t *testing.T) {
	o := presenttest.New(t)
	seat := &seatAt{Desk: o.Desk("seat", centraltest.Seat, "K7MQ")}
	for n := range 4*window + 50 {
		seat.Open(seat.NewTicket(fmt.Sprintf("第%d张", n)))
	}
	s := newScreen(t, door{})
	sh := s.at(seat)
	p := sh.work.long
	reads := counts(p)
	if len(p.line.rows) != window {
		t.Fatalf("%d rows are shown at first", len(p.line.rows))
	}
	for len(p.line.rows) < 3*window {
		p.on(t)
	}
	if windows, rows := reads.since(); windows != 2 || rows > 2*window+3*sighted {
		t.Errorf("to the third window %d windows and %d rows were read", windows, rows)
	}
	place := func(at int) { p.list.ScrollToOffset(float32(at) * p.list.rowHeight()) }
	place(250)
	picked := p.line.rows[252].id
	sh.work.pick(picked)
	reads.since()
	seen := func(what string, news string) {
		t.Helper()
		if from, _ := p.list.sight(); p.line.rows[from].id != p.list.items[from].id || p.list.picked != picked || p.line.rows[p.list.at()].id != picked {
			t.Errorf("%s: the picked row is at %d", what, p.list.at())
		}
		got := ""
		if p.news.Visible() {
			got = p.news.word
		}
		if windows, rows := reads.since(); windows != 0 || rows > 4*sighted || got != news {
			t.Errorf("%s: %d windows and %d rows were read, and above the list stands %q, want %q", what, windows, rows, got, news)
		}
	}
	top := func() syncproto.ID { from, _ := p.list.sight(); return p.list.items[from].id }
	first := top()

	sh.reload()
	seen("nothing happened", "")

	seat.Act(p.line.rows[251].id, syncproto.CommandNote, present.TicketForm{Text: "客户改约周五"})
	seen("a note on a ticket in sight", "")
	if got := p.list.items[251].below; got == p.list.items[255].below || p.line.rows[251].row.Mark == "" {
		t.Errorf("it is not seen on the row: %q", got)
	}

	gone := p.line.rows[10].id
	seat.Act(gone, syncproto.CommandFinalResponse, present.TicketForm{Channel: "400热线", Text: "已更换"})
	seat.Act(gone, syncproto.CommandClose, present.TicketForm{})
	if top() != first || p.list.at() != 251 || len(p.list.items) != 3*window-1 {
		t.Errorf("a ticket far above was closed: row %d is picked of %d, and what is in sight moved: %v", p.list.at(), len(p.list.items), top() != first)
	}
	reads.since()

	f := seat.NewTicket("加急")
	f.Promise = true
	urgent := seat.Open(f)
	seen("a ticket came that belongs at the top", "有 1 张新工单，点此显示")
	if top() != first || p.list.at() != 251 {
		t.Error("it moved what is in sight")
	}
	// Of others those count that belong above the last row that was read.
	var others []syncproto.ID
	for range 5 {
		others = append(others, seat.Open(seat.NewTicket("另一张")))
		reads.since()
	}
	whole := wholeList(t, seat)
	last := slices.Index(whole, p.line.rows[len(p.line.rows)-1].id)
	above := 0
	for _, id := range others {
		if slices.Index(whole, id) < last {
			above++
		}
	}
	sh.reload()
	seen("others came, above and below the last row that was read", fmt.Sprintf("有 %d 张新工单，点此显示", 1+above))
	if above == 0 || above == len(others) {
		t.Errorf("of %d others %d belong above: another number tells more", len(others), above)
	}

	p.news.Tapped(nil)
	if at := p.line.at[urgent]; at != 0 || p.list.items[0].title != "加急" || p.list.picked != picked || p.list.at() != slices.Index(whole, picked) || p.news.Visible() {
		t.Errorf("asked for, it stands at %d, and row %d is picked", at, p.list.at())
	}
	p.toTheEnd(t)
	whole = wholeList(t, seat)
	for n, r := range p.line.rows {
		if len(p.line.rows) != len(whole) || r.id != whole[n] {
			t.Fatalf("read to its end the list has %d rows of %d, or another at %d", len(p.line.rows), len(whole), n)
		}
	}
}

// wholeList is the list as it is, read in one go.
func wholeList(t *testing.T, seat *seatAt) (all []syncproto.ID) {
	t.Helper()
	for after := (replica.Key{}); ; {
		w, err := seat.View().Work(t.Context(), seat.Read(), after, window)
		if err != nil {
			t.Fatal(err)
		}
		for _, r := range w.Rows {
			all = append(all, r.Ticket)
		}
		if after = w.Last; !w.More {
			return all
		}
	}
}
