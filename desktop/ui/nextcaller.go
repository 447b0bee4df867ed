package ui

import (
	"slices"
	"strconv"

	"redress/desktop/present"
	"redress/desktop/replica"
	"redress/syncproto"
	"redress/syncproto/ticket"
)

// A customer calls while the ticket of the one before is half filled in. Each new ticket has a
// form and a draft of its own, so that no two customers meet in one: the next caller's form is
// another one, empty, with another number, and the one before lies in 草稿 with the number that
// was read out. Fields are never emptied to be used again: what an input method still composes,
// what Ctrl+Z would bring back and the region of the last caller stay behind with their form.

// freshKey is the draft of one new ticket. An older program kept one at a time, without an id:
// such a draft is opened, put aside and sent as any other.
func freshKey(id syncproto.ID) replica.DraftKey {
	return replica.DraftKey{Form: syncproto.CommandOpen, Subject: ticket.Ref(id)}
}

// fresh is the form of a new ticket that stands on its page.
func (s *shell) fresh() *freshPage {
	p, _ := s.pages[placeNew].(*freshPage)
	return p
}

// turnFresh puts another form in place of that of a new ticket; key is its draft.
func (s *shell) turnFresh(key replica.DraftKey) *freshPage {
	p := newFresh(s)
	p.key = key
	s.pages[placeNew] = p
	if s.here == placeNew {
		s.turnTo(placeNew)
	}
	return p
}

// nextTicket goes to an empty form for the next caller: Ctrl+N. What stands half filled in is put
// aside as a draft; a form that nothing was filled in is the next caller's as it is.
func (s *shell) nextTicket() {
	if !s.opens {
		return
	}
	switch p := s.fresh(); {
	case !p.begun:
		p.key = freshKey(s.place.NewID()) // whatever was begun before stays in 草稿
	case p.form.touched():
		if !s.putAside(p) {
			return
		}
		s.turnFresh(freshKey(s.place.NewID()))
	}
	s.goTo(placeNew)
}

// resumeTicket goes to the form of a draft. What stands half filled in is put aside for it.
func (s *shell) resumeTicket(key replica.DraftKey) {
	p := s.fresh()
	_, going := s.drafts.sent[key]
	switch {
	case !s.opens:
		return
	case going && p.key != key: // it goes with its command: no second form has its number, or sends it once more
		return
	case !p.begun:
		p.key = key
	case p.key != key:
		if p.form.touched() && !s.putAside(p) {
			return
		}
		s.drafts.end(p.form)
		s.turnFresh(key)
	}
	s.goTo(placeNew)
}

// putAside keeps a half filled form as a draft. It says at the form why not, where that cannot be:
// at the limit of drafts, as the text would be lost.
func (s *shell) putAside(p *freshPage) bool {
	if _, kept := s.drafts.saved[p.key]; kept || len(s.drafts.saved) < replica.MaxDrafts {
		s.drafts.end(p.form)
		return true
	}
	problem := &syncproto.Problem{Code: replica.CodeTooManyDrafts, Detail: strconv.Itoa(replica.MaxDrafts)}
	why := s.words()("draft.notSaved", "Why", present.Problem(s.words(), problem))
	if s.here != placeNew {
		s.goTo(placeNew)
	}
	p.form.blame([]present.Fault{{Text: why}})
	p.whole.Refresh()
	return false
}

// touched says that something was filled in.
func (f *form) touched() bool { return !slices.Equal(f.stand(), f.draft.begun) }

// latest is the draft of a form that was kept last, whatever it is about; the zero DraftKey for
// none.
func (d *drafts) latest(form syncproto.CommandKind) (key replica.DraftKey) {
	for k, one := range d.saved {
		if k.Form == form && (key.IsZero() || one.SavedAt > d.saved[key].SavedAt || one.SavedAt == d.saved[key].SavedAt && k.Subject.ID.String() < key.Subject.ID.String()) {
			key = k
		}
	}
	return key
}

// sayOthers says beside the number how many other tickets were begun, in a place of its own: the
// fields do not move for it.
func (p *freshPage) sayOthers() {
	n := 0
	for key := range p.shell.drafts.saved {
		if key.Form == syncproto.CommandOpen && key != p.key {
			n++
		}
	}
	text := ""
	if n > 0 {
		text = p.shell.words()("fresh.others", "N", n)
	}
	p.others.write(text, quiet)
	shown(p.others, n > 0)
}

// again puts an empty form in place of one whose draft was discarded. The number stays: nobody
// has it.
func (p *freshPage) again() {
	if p.shell.fresh() != p {
		return
	}
	next := p.shell.turnFresh(freshKey(p.shell.place.NewID()))
	next.reserve(p.reserved)
	if p.shell.here == placeNew {
		next.open()
	} else {
		next.ready()
	}
}
