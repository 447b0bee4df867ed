package ui

import (
	"slices"
	"strings"
	"testing"

	"fyne.io/fyne/v2"

	"redress/desktop/centraltest"
	"redress/desktop/replica"
	"redress/desktop/ui/ime"
	"redress/syncproto"
	"redress/syncproto/policy"
)

// counter is how often something was read or written for the window: whatever it does with the
// disk goes through its threads. And it is how often it was told that something changed.
type counter struct{ asked, told int }

// count has everything counted from now on that the window asks for.
func (s *screen) count(p *seatAt) *counter {
	c := &counter{}
	s.app.threads.Work = func(job func()) { c.asked++; inline.Work(job) }
	told := p.Changed
	p.Changed = func(refs []syncproto.Ref) { c.told++; told(refs) }
	return c
}

// Somebody types, and twice a second it is kept: each time the draft is written, and nothing is
// read for it. Neither the list nor the ticket behind the form nor the frame is loaded anew, and
// nobody is told of a change; where nothing was typed the disk is left alone. So whoever types
// costs the same whatever is shown.
func TestKeepingADraftReadsNothing(t *testing.T) {
	l := threeBegun(t) // so that there are drafts to be shown, too
	manager := claims(t)
	o, _ := twoDevices(t)
	person := syncproto.Derive("headquarters person")
	o.Employ(person, "hq", "周敏", policy.Administration, centraltest.HQ)
	headquarters := &seatAt{Desk: o.Desk("hq", person, "A1AA")}
	for _, c := range []struct {
		form string
		at   *seatAt
		open func(s *screen, sh *shell) *ime.Field
	}{
		{"a new ticket", l.seat, func(s *screen, sh *shell) *ime.Field {
			s.press(fyne.KeyN, control)
			return freshOf(sh).name
		}},
		{"a note on a ticket beside the list", l.seat, func(s *screen, sh *shell) *ime.Field {
			sh.openTicket(l.id)
			s.press(fyne.KeyM, control)
			return sh.work.ticket.open.text
		}},
		{"the decision on a claim", manager, func(s *screen, sh *shell) *ime.Field {
			s.keys("3", fyne.KeyDown)
			p, _ := sh.pages[placeClaims].(*claimsPage)
			return p.pane.comment
		}},
		{"the amendment of a claim", manager, func(s *screen, sh *shell) *ime.Field {
			s.keys("3", fyne.KeyDown, "E")
			p, _ := sh.pages[placeClaims].(*claimsPage)
			return p.pane.amending.what
		}},
		{"the limit of a month", headquarters, func(s *screen, sh *shell) *ime.Field {
			s.keys("5", fyne.KeyDown, "L")
			p, _ := sh.pages[placeMonths].(*monthsPage)
			return p.pane.limitForm.reason
		}},
	} {
		s, sh := c.at.again(t)
		text := c.open(s, sh)
		n := s.count(c.at)
		for half, typed := range []string{"需要", "需要日志", "需要日志，今天", "需要日志，今天"} {
			text.SetText(typed)
			want := counter{asked: 1} // the draft is written
			if half == 3 {
				want.asked = 0 // as it was
			}
			*n = counter{}
			s.app.KeepDrafts()
			if *n != want {
				t.Errorf("%s, half second %d: the disk was asked %d times, and %d changes were told; want %d and none", c.form, half+1, n.asked, n.told, want.asked)
			}
		}
		if all := c.at.drafts(t); !slices.ContainsFunc(all, func(one string) bool { return strings.Contains(one, "需要日志，今天") }) {
			t.Errorf("%s is not kept: the disk has %q", c.form, all)
		}
	}
}

// The one page that shows drafts is read once more when one of them changed.
func TestAKeptDraftIsShownOnThePageOfDrafts(t *testing.T) {
	l := threeBegun(t)
	s, sh := l.seat.again(t)
	s.press(fyne.Key7, alt)
	n := s.count(l.seat)
	l.At(9, 4)
	sh.drafts.save(replica.DraftKey{Form: syncproto.CommandNote, Subject: syncproto.Ref{Kind: syncproto.KindTicket, ID: l.id}},
		[]replica.DraftField{{Name: "text", Text: "客户试过，又不行了"}}, nil)
	p, _ := sh.pages[placeDrafts].(*draftsPage)
	if *n != (counter{asked: 2}) || p.view.Rows[0].Begins != "客户试过，又不行了" {
		t.Errorf("the disk was asked %d times, and the page begins with %q", n.asked, p.view.Rows[0].Begins)
	}
}
