package ui

import (
	"cmp"
	"context"
	"fmt"
	"slices"
	"testing"

	"fyne.io/fyne/v2"

	"redress/desktop/centraltest"
	"redress/desktop/present"
	"redress/desktop/present/presenttest"
	"redress/desktop/replica"
	"redress/syncproto"
	"redress/syncproto/claim"
	"redress/syncproto/ticket"
)

// numbered is a row of a list that is made up: its number is its place.
type numbered struct {
	n    spot
	text string
}

type spot int

func (n spot) Compare(other spot) int { return cmp.Compare(n, other) }

func (n spot) id() syncproto.ID { return syncproto.NumberedID(uint64(n)) }

func (r numbered) Listed() (syncproto.ID, spot) { return r.n.id(), r.n }

// shelf is a list of so many rows, of which some are gone.
type shelf struct {
	length spot
	gone   map[syncproto.ID]bool
}

func (s *shelf) window(_ context.Context, _ syncproto.Reading, after spot, limit int) (w stretch[numbered, spot], _ error) {
	for n := after + 1; n <= s.length && len(w.rows) < limit; n++ {
		if !s.gone[n.id()] {
			w.rows, w.last = append(w.rows, numbered{n, fmt.Sprint("第", n, "行")}), n
		}
	}
	w.more = len(w.rows) == limit
	return w, nil
}

func (s *shelf) again(_ context.Context, _ syncproto.Reading, standing map[syncproto.ID]spot, touched []syncproto.ID) (w stretch[numbered, spot], _ error) {
	for n := spot(1); n <= s.length; n++ {
		if _, stands := standing[n.id()]; (stands || slices.Contains(touched, n.id())) && !s.gone[n.id()] {
			w.rows = append(w.rows, numbered{n, fmt.Sprint("第", n, "行")})
		}
	}
	return w, nil
}

// shelved is a window with nothing but such a list.
func shelved(t *testing.T, length spot) (*longList[numbered, spot], *shelf, *screen) {
	t.Helper()
	s := newScreen(t, door{})
	sh := s.at(&seatAt{Desk: presenttest.New(t).Desk("seat", centraltest.Seat, "K7MQ")})
	from := &shelf{length: length, gone: map[syncproto.ID]bool{}}
	l := newLongList[numbered, spot](sh, func(r numbered) item { return item{id: r.n.id(), title: r.text} }, "work.new", func(syncproto.ID) {}, func() {})
	l.from = from
	s.SetContent(l.list.framed())
	s.settle()
	l.reload()
	return l, from, s
}

func (l *longList[R, P]) scrollTo(at int) { l.list.ScrollToOffset(float32(at) * l.list.rowHeight()) }

// on scrolls to the end of what was read, and so to the next window.
func (l *longList[R, P]) on(t *testing.T) {
	t.Helper()
	before := len(l.line.rows)
	l.list.ScrollToBottom()
	if len(l.line.rows) == before && l.line.more {
		t.Fatalf("at the end of %d rows nothing follows", before)
	}
}

func (l *longList[R, P]) toTheEnd(t *testing.T) {
	t.Helper()
	for l.line.more {
		l.on(t)
	}
}

// However far somebody scrolls, the texts of maxKept rows stay in memory, and what is scrolled
// to again is read again, in its place.
func TestFarRowsAreLetGoAndReadAgain(t *testing.T) {
	const length = 3 * maxKept
	l, from, _ := shelved(t, length)
	l.list.pick(spot(3).id())
	most := 0
	for l.line.more {
		l.on(t)
		most = max(most, l.line.full)
	}
	if len(l.list.items) != length || most > maxKept+window || most < maxKept/2 {
		t.Fatalf("of %d rows up to %d are kept", len(l.list.items), most)
	}
	texts := 0
	for at, i := range l.list.items {
		if want := spot(at + 1); i.id != want.id() || i.title != "" && i.title != fmt.Sprint("第", want, "行") {
			t.Fatalf("in place %d stands %+v", at, i)
		}
		if i.title != "" {
			texts++
		}
	}
	if texts != l.line.full {
		t.Errorf("%d rows are kept, and %d have their texts", l.line.full, texts)
	}
	if l.list.items[2].title == "" {
		t.Error("the picked row was let go")
	}
	there := func(gone spot) {
		t.Helper()
		for _, at := range []int{length / 2, 0, 1500, length - 2*sighted} {
			l.scrollTo(at)
			from, to := l.list.sight()
			for n := from; n < to; n++ {
				want := spot(n + 1)
				if want >= gone {
					want++
				}
				if got := l.list.items[n].title; got != fmt.Sprint("第", want, "行") {
					t.Fatalf("scrolled to %d, in place %d stands %q", at, n, got)
				}
			}
		}
	}
	there(length + 1)
	// What is gone meanwhile leaves, also from among what was let go.
	from.gone[spot(1000).id()] = true
	l.changed([]syncproto.Ref{ticket.Ref(spot(1000).id())}, syncproto.KindTicket)
	l.reload()
	if len(l.list.items) != length-1 {
		t.Errorf("one is gone, and %d are left", len(l.list.items))
	}
	there(1000)
}

// An answer to a question from before the list began anew is nobody's.
func TestALateAnswerIsNotOfTheListThatBeganAnew(t *testing.T) {
	l, from, s := shelved(t, 3*window)
	l.toTheEnd(t)
	q := slow(s)
	l.reload()
	for _, job := range q.work { // it is read, and not shown yet
		job()
	}
	q.work = nil
	from.length = 5
	l.startOver()
	q.run()
	if got := len(l.list.items); got != 5 || l.line.more {
		t.Errorf("the list has %d rows, not 5", got)
	}
}

// Rows that come into sight while others are read are read next.
func TestWhoScrollsOnDuringAReadingSeesRows(t *testing.T) {
	l, _, s := shelved(t, 3*maxKept)
	l.toTheEnd(t)
	q := slow(s)
	l.reload() // in which nothing turns out to have changed
	l.scrollTo(10)
	if from, _ := l.list.sight(); l.list.items[from].title != "" {
		t.Fatal("what was let go is there already")
	}
	q.run()
	if from, to := l.list.sight(); l.list.items[from].title == "" || l.list.items[to-1].title == "" {
		t.Error("what was scrolled to stays empty")
	}
}

// many is a seat with so many tickets of that subject.
func many(t *testing.T, n int, subject string) *seatAt {
	t.Helper()
	seat := &seatAt{Desk: presenttest.New(t).Desk("seat", centraltest.Seat, "K7MQ")}
	for range n {
		seat.Open(seat.NewTicket(subject))
	}
	return seat
}

// A search that fits four windows, in which somebody scrolls to the third and stays.
func TestALongAnswerIsReadInWindows(t *testing.T) {
	seat := many(t, 3*window+50, "座椅异响")
	s := newScreen(t, door{})
	sh := s.at(seat)
	s.press(fyne.KeyF, control)
	s.write("异响")
	page, _ := sh.pages[placeFind].(*findPage)
	p := page.long
	reads := counts(p)
	for len(p.line.rows) < 3*window {
		p.on(t)
	}
	if windows, rows := reads.since(); windows != 2 || rows > 2*window+3*sighted {
		t.Errorf("to the third window %d windows and %d rows were read", windows, rows)
	}
	p.scrollTo(250)
	picked := p.line.rows[252].id
	p.list.pick(picked)
	reads.since()
	seen := func(what, news string, above int) {
		t.Helper()
		got := ""
		if p.news.Visible() {
			got = p.news.word
		}
		if windows, rows := reads.since(); windows != 0 || rows > 4*sighted || got != news {
			t.Errorf("%s: %d windows and %d rows were read, and above the list stands %q, want %q", what, windows, rows, got, news)
		}
		if p.list.picked != picked || p.list.at() != 252-above || p.list.items[p.list.at()].id != picked {
			t.Errorf("%s: row %d is picked", what, p.list.at())
		}
	}
	sh.reload()
	seen("nothing happened", "", 0)

	seat.Act(p.line.rows[251].id, syncproto.CommandNote, present.TicketForm{Text: "客户改约周五"})
	seen("a note on a ticket in sight", "", 0)
	if p.line.rows[251].row.Mark == "" {
		t.Error("it is not seen on the row")
	}
	seat.Act(p.line.rows[10].id, syncproto.CommandAmend, present.TicketForm{Field: ticket.FieldSubject, Old: "座椅异响", New: "座椅松动"})
	seen("a ticket far above fits no longer", "", 1)

	seat.Office.Now = seat.Office.Now.Add(syncproto.Minute)
	newest := seat.Open(seat.NewTicket("座椅异响"))
	seat.Open(seat.NewTicket("中控屏黑屏"))
	sh.reload()
	reads.since()
	sh.reload()
	seen("one came that fits, and one that does not", "又找到 1 条，点此显示", 1)
	p.news.Tapped(nil)
	whole := wholeAnswer(t, seat, "异响")
	if p.line.rows[0].id != newest || p.list.at() != slices.Index(whole, picked) || p.news.Visible() {
		t.Errorf("asked for, it stands at %d, and row %d is picked", p.line.at[newest], p.list.at())
	}
	p.toTheEnd(t)
	for n, r := range p.line.rows {
		if len(p.line.rows) != len(whole) || r.id != whole[n] {
			t.Fatalf("read to its end the answer has %d rows of %d, or another at %d", len(p.line.rows), len(whole), n)
		}
	}
	if want := fmt.Sprintf("找到 %d 条", len(whole)); page.state.text != want {
		t.Errorf("it says %q, want %q", page.state.text, want)
	}
}

// wholeAnswer is what fits, read in one go.
func wholeAnswer(t *testing.T, seat *seatAt, text string) (all []syncproto.ID) {
	t.Helper()
	for after := (replica.Place{}); ; {
		w, err := seat.Find(t.Context(), seat.Read(), text, after, window)
		if err != nil {
			t.Fatal(err)
		}
		for _, r := range w.Rows {
			all = append(all, r.ID)
		}
		if after = w.Last; !w.More {
			return all
		}
	}
}

// More happened at once than is read row by row: rows keep their places, the list says so, and
// begins anew when asked.
func TestTooMuchChangedAtOnce(t *testing.T) {
	seat := many(t, window+50, "座椅异响")
	s := newScreen(t, door{})
	sh := s.at(seat)
	p := sh.work.long
	p.toTheEnd(t)
	p.scrollTo(60)
	sh.work.pick(p.line.rows[62].id)
	s.settle()
	before, first := p.list.items[60].id, p.line.rows[0].id
	touch := func(n int) {
		var refs []syncproto.Ref
		for i := range n {
			refs = append(refs, ticket.Ref(syncproto.Derive("touched", syncproto.NumberedID(uint64(i)))))
		}
		sh.changed(refs)
		s.settle()
	}
	for _, c := range []struct {
		n    int
		want bool
	}{{replica.MaxWindow, false}, {replica.MaxWindow + 1, true}} {
		if touch(c.n); p.line.unsure != c.want {
			t.Errorf("of %d tickets it is not known what happened to them: %v", c.n, p.line.unsure)
		}
	}
	if from, _ := p.list.sight(); p.news.word != "列表有变化，点此刷新" || !p.news.Visible() || p.list.items[from].id != before || p.list.at() != 62 {
		t.Errorf("above the list stands %q, row %d is picked", p.news.word, p.list.at())
	}
	s.key(fyne.KeyF5)
	if from, _ := p.list.sight(); from != 0 || p.news.Visible() || p.line.rows[0].id != first || len(p.line.rows) != window {
		t.Errorf("asked for, %d rows are shown from row %d on", len(p.line.rows), from)
	}
}

// A form that is sent has the list read again once: because of the commit.
func TestAFormThatWasSentHasTheListReadOnce(t *testing.T) {
	seat := many(t, 5, "座椅异响")
	s := newScreen(t, door{})
	sh := s.at(seat)
	sh.openTicket(sh.work.long.line.rows[1].id)
	s.settle()
	q := slow(s)
	sh.reload()
	q.run()
	reads := counts(sh.work.long)
	s.press(letters[syncproto.CommandNote], control)
	s.write("客户改约周五")
	q.run()
	s.settle()
	reads.since()
	s.press(fyne.KeyReturn, control)
	q.run()
	s.settle()
	q.run()
	if reads.windows != 0 || reads.looks != 1 || sh.work.long.line.rows[1].row.Mark == "" {
		t.Errorf("after a note the work is read %d times, and %d windows; the row says %q", reads.looks, reads.windows, sh.work.long.line.rows[1].row.Mark)
	}
}

// So with a decision on a claim.
func TestADecisionHasTheClaimsReadOnce(t *testing.T) {
	_, _, manager := filed(t, "900", "800")
	s := newScreen(t, door{})
	p := s.claimsShown(manager)
	s.key(fyne.KeyDown)
	id := p.pane.row.Claim
	s.key(fyne.KeyReturn)
	s.key(fyne.KeyRight)
	q := slow(s)
	reads := counts(p.long)
	s.press(fyne.KeyReturn, control)
	q.run()
	s.settle()
	q.run()
	if got := claimNow(t, manager, id).State; got != claim.StateApproved || reads.windows != 0 || reads.looks != 1 {
		t.Errorf("the claim is %v, and the claims are read %d times, and %d windows", got, reads.looks, reads.windows)
	}
}
