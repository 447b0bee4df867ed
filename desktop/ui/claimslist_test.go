package ui

import (
	"fmt"
	"testing"

	"fyne.io/fyne/v2"

	"redress/desktop/centraltest"
	"redress/desktop/present"
	"redress/desktop/present/presenttest"
	"redress/syncproto"
	"redress/syncproto/claim"
	"redress/syncproto/policy"
	"redress/syncproto/ticket"
)

// waitingClaims is a manager with so many claims to decide.
func waitingClaims(t *testing.T, n int) (seat, manager *presenttest.Desk) {
	t.Helper()
	o := presenttest.New(t)
	seat, manager = o.Desk("seat", centraltest.Seat, "K7MQ"), o.Desk("manager", centraltest.Manager, "P2XA")
	var id syncproto.ID
	for i := range n {
		if i%ticket.MaxClaims == 0 {
			id = seat.Open(seat.NewTicket("中控屏黑屏"))
		}
		o.Now = o.Now.Add(syncproto.Second)
		seat.Act(id, syncproto.CommandFileClaim, present.TicketForm{Amount: fmt.Sprint(100 + i), Text: fmt.Sprint("补贴", i)})
	}
	seat.Online()
	manager.Online()
	return seat, manager
}

// upTo runs what waits, up to so many jobs: what goes on after that has no end.
func (q *queue) upTo(most int) (did int) {
	for ; did < most && len(q.work)+len(q.ui) > 0; did++ {
		jobs := &q.work
		if len(q.ui) > 0 {
			jobs = &q.ui
		}
		job := (*jobs)[0]
		*jobs = (*jobs)[1:]
		job()
	}
	return did
}

// A look at a list that is longer than the window is one look, however often its answer has the
// page drawn: on every page that is read in windows.
func TestALookAtALongListComesToAnEnd(t *testing.T) {
	const rows, most = 30, 40
	_, manager := waitingClaims(t, rows)
	s := newScreen(t, door{})
	p := s.claimsShown(manager)
	q := slow(s)
	for what, do := range map[string]func(){
		"coming to a claim":   func() { p.shell.openClaim(p.long.line.rows[0].id) },
		"the clock":           func() { p.shell.reload() },
		"another place":       func() { p.shell.goTo(placeFind); p.shell.goTo(placeClaims) },
		"scrolling by a half": func() { p.list.ScrollToOffset(4.5 * p.list.rowHeight()); p.reload() },
		"drawn anew":          func() { p.reload(); p.whole.Refresh() },
	} {
		reads := counts(p.long)
		do()
		if did := q.upTo(most); did == most || reads.looks > 3 {
			t.Errorf("%s: %d jobs, of which %d read the list", what, did, reads.looks)
		}
		q.work, q.ui = nil, nil
		p.long.from = claimsSource{page: p}
	}
}

// Who comes to a claim that is not held here is told so, and no longer once another is picked.
func TestAClaimThatIsNotHereSaysSo(t *testing.T) {
	_, manager := waitingClaims(t, 2)
	s := newScreen(t, door{})
	p := s.claimsShown(manager)
	says := func() string { return p.pane.none.text }
	p.shell.openClaim(syncproto.Derive("a claim of another region"))
	if want := s.app.words("claims.notHere"); says() != want || p.pane.card.Visible() {
		t.Errorf("it says %q, and shows a claim: %v; want %q", says(), p.pane.card.Visible(), want)
	}
	p.picked(p.long.line.rows[1].id)
	if !p.pane.card.Visible() {
		t.Error("the one that was picked then is not shown")
	}
}

// A list of several windows of claims, in which the manager goes to the third, decides one and
// reads on.
func TestALongListOfClaimsIsReadInWindows(t *testing.T) {
	const n = 2*window + 50
	seat, manager := waitingClaims(t, n)
	s := newScreen(t, door{})
	p := s.claimsShown(manager)
	long := p.long
	reads := counts(long)
	if len(long.line.rows) != window {
		t.Fatalf("%d rows are shown at first", len(long.line.rows))
	}
	for len(long.line.rows) < n {
		long.on(t)
	}
	if windows, rows := reads.since(); windows != 2 || rows > 2*window+4*sighted {
		t.Errorf("to the third window %d windows and %d rows were read", windows, rows)
	}
	want := func(when string, n int) {
		t.Helper()
		seen := map[syncproto.ID]bool{}
		for at, i := range p.list.items {
			if i.id != long.line.rows[at].id || seen[i.id] || at > 0 && i.lead == "" {
				t.Fatalf("%s: in place %d stands %+v", when, at, i)
			}
			seen[i.id] = true
		}
		if len(seen) != n {
			t.Errorf("%s: %d rows stand there, want %d", when, len(seen), n)
		}
	}
	want("read to its end", n)

	long.scrollTo(220)
	picked := long.line.rows[222]
	p.list.pick(picked.id)
	p.picked(picked.id)
	p.shell.reload()
	reads.since()
	if p.shell.reload(); reads.windows != 0 || reads.rows > 2*sighted {
		t.Errorf("a look from there reads %d windows and %d rows", reads.windows, reads.rows)
	}
	top := func() syncproto.ID { from, _ := p.list.sight(); return p.list.items[from].id }
	first := top()

	// One far above is decided at another window of the same person's.
	if faults := manager.Decide(present.Decision{Claim: long.line.rows[10].id, Approve: true, Reason: "客户关系维护"}); len(faults) > 0 {
		t.Fatal(faults)
	}
	if top() != first || p.list.picked != picked.id || p.pane.row.Claim != picked.id || p.list.at() != 221 {
		t.Errorf("one far above is gone: row %d is picked, the pane shows another: %v", p.list.at(), p.pane.row.Claim != picked.id)
	}
	want("with one gone", n-1)

	// Another comes.
	seat.Act(seat.Open(seat.NewTicket("座椅异响")), syncproto.CommandFileClaim, present.TicketForm{Amount: "90", Text: "新的"})
	seat.Online()
	manager.Online()
	p.shell.reload()
	if top() != first || p.list.picked != picked.id {
		t.Errorf("one came: row %d is picked", p.list.at())
	}

	// The picked one is decided: what stands on the page is another, and nothing is left of it.
	s.settle()
	s.key(fyne.KeyReturn)
	p.pane.reason.SetSelectedIndex(0)
	s.press(fyne.KeyReturn, control)
	if _, there := long.line.at[picked.id]; there || p.pane.row.Claim == picked.id {
		t.Errorf("decided, it still stands there: %v", there)
	}
	if p.long.news.Visible() {
		p.long.news.Tapped(nil)
	}
	long.toTheEnd(t)
	want("at last", n-1)
}

// The disk is slow and the manager quick: another claim is open before the decision on the first
// is kept. What is typed there stays and is a draft, the focus stays, and what was wrong with the
// first is not said of the other.
func TestTheNextClaimDoesNotWaitForTheDisk(t *testing.T) {
	for _, c := range []struct {
		what   string
		reason int // of the first; -1 for none
		line   string
		state  claim.State
		drafts int
	}{
		{"kept", 0, "", claim.StateApproved, 1},
		{"refused", -1, "请填写业务理由。", claim.StateFiled, 2},
	} {
		_, _, manager := filed(t, "900", "800")
		s := newScreen(t, door{})
		p := s.claimsShown(manager)
		s.key(fyne.KeyDown)
		first := p.pane.row.Claim
		focusOn(p.pane.less)
		s.write("500")
		if c.reason >= 0 {
			p.pane.reason.SetSelectedIndex(c.reason)
		}
		q := slow(s)
		s.press(fyne.KeyReturn, control)
		focusOn(p.list)
		s.key(fyne.KeyDown)
		focusOn(p.pane.comment)
		s.write("只批一半")
		q.run()
		s.app.KeepDrafts()
		q.run()
		if got := claimNow(t, manager, first).State; got != c.state {
			t.Errorf("%s: the first is %v", c.what, got)
		}
		if p.pane.row.Claim == first || p.pane.comment.Text != "只批一半" || s.Canvas().Focused() != fyne.Focusable(p.pane.comment) || blamed(p.pane.form) != "" {
			t.Errorf("%s: at the other stands %q, it says %q, and the focus is on %s", c.what, p.pane.comment.Text, blamed(p.pane.form), told(s.Canvas().Focused()))
		}
		if got := p.shell.line.state.text; c.line != "" && got != c.line {
			t.Errorf("%s: above it says %q", c.what, got)
		}
		if len(p.shell.drafts.saved) != c.drafts {
			t.Errorf("%s: there are %d drafts, want %d", c.what, len(p.shell.drafts.saved), c.drafts)
		}
	}
}

// A claim is asked for that is not held by now, and the manager goes on through the list: the
// arrows stay the list's.
func TestTheFocusStaysWithTheListAfterAClaimThatIsGone(t *testing.T) {
	_, _, manager := filed(t, "900", "800")
	s := newScreen(t, door{})
	p := s.claimsShown(manager)
	p.pane.amends = true
	p.shell.openClaim(syncproto.NumberedID(7))
	focusOn(p.list)
	s.key(fyne.KeyDown)
	if p.pane.row.Claim.IsZero() || p.pane.amending.open || s.Canvas().Focused() != fyne.Focusable(p.list) {
		t.Errorf("an amendment is open: %v; the focus is on %s", p.pane.amending.open, told(s.Canvas().Focused()))
	}
}

// So with the accounts of managers, of which one form serves all.
func TestTheNextAccountDoesNotWaitForTheDisk(t *testing.T) {
	o, _ := twoDevices(t)
	s := newScreen(t, door{})
	p := s.monthsShown(o, policy.Administration)
	s.press(fyne.KeyL, control)
	s.write("7000")
	p.pane.limitForm.reason.SetText("预算调整")
	q := slow(s)
	s.press(fyne.KeyReturn, control)
	p.pane.leave() // to another month
	p.pane.view.Month++
	p.pane.act(syncproto.CommandSetLimit)
	s.write("8000")
	for _, job := range q.work {
		job()
	}
	q.work = nil
	for _, job := range q.ui {
		job()
	}
	if f := p.pane.limitForm; p.pane.open != accountForm(f) || f.amount.Text != "8000" || s.Canvas().Focused() != fyne.Focusable(f.amount) {
		t.Errorf("at the other month stands %q, the focus is on %s", f.amount.Text, told(s.Canvas().Focused()))
	}
}

// Whoever comes to a claim from elsewhere sees it from its top, and its row.
func TestAnOpenedClaimBeginsAtItsTop(t *testing.T) {
	_, manager := waitingClaims(t, 30)
	s := newScreen(t, door{})
	p := s.claimsShown(manager)
	inSight := func(id syncproto.ID) bool {
		top := float32(p.long.line.at[id])*p.list.rowHeight() - p.list.GetScrollOffset()
		return top >= 0 && top+p.list.rowHeight() <= p.list.Size().Height+gap
	}
	first, last := p.long.line.rows[0].id, p.long.line.rows[28].id
	for _, id := range []syncproto.ID{first, first, last, last} {
		p.shell.goTo(placeFind)
		p.shell.openClaim(id)
		s.settle()
		if p.scroll.Offset.Y != 0 || p.list.picked != id || !inSight(id) {
			t.Errorf("it begins at %v, its row is seen: %v", p.scroll.Offset.Y, inSight(id))
		}
		p.shell.turn(1)
		p.long.scrollTo(12)
		if p.scroll.Offset.Y == 0 || inSight(id) {
			t.Fatal("nobody has gone on reading")
		}
	}
}
