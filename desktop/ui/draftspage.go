package ui

import (
	"context"
	"slices"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/container"

	"redress/desktop/present"
	"redress/desktop/replica"
	"redress/syncproto"
)

// draftsPage lists what was begun here and not sent, and shows beside it all that was typed, to
// go on with or to copy: also where the form cannot be opened any more, because somebody else
// has closed the ticket or decided the claim.
type draftsPage struct {
	shell *shell
	whole fyne.CanvasObject
	list  *rows
	empty *nothing

	none    *prose
	title   *prose
	saved   *prose
	texts   *fyne.Container
	said    *prose // that it was copied
	goes    *press
	copy    *press
	discard *press
	card    fyne.CanvasObject
	scroll  *container.Scroll

	view  present.Drafts
	asked int
}

func newDraftsPage(s *shell) *draftsPage {
	w := s.words()
	p := &draftsPage{shell: s, empty: newNothing(), none: say(w("drafts.pick"), quiet), title: say("", heading), saved: say("", quiet),
		texts: stacked(gap), said: say("", quiet)}
	p.list = newRows(func(syncproto.ID) { p.show() }, p.opened, nil)
	p.goes = newPress(w("action.open"), enterHint, next, p.opened)
	p.copy = newPress(w("drafts.copy"), "", plain, p.copied)
	p.discard = newPress(w("draft.discard"), "", plain, p.discarded).giving().asking(w("draft.discardSure"))
	p.card = card(stacked(gap, p.title, p.saved, p.texts, flowing(p.goes, p.copy, p.discard), p.said))
	p.card.Hide()
	p.scroll = container.NewVScroll(padded(16, stacked(0, p.none, p.card)))
	head := padded(12, cut(w("place.drafts"), heading))
	p.whole = beside(listWidth, below(stacked(0, head, p.empty.box), p.list.framed(), false), p.scroll)
	return p
}

func (p *draftsPage) content() fyne.CanvasObject { return p.whole }

func (p *draftsPage) open() { focusOn(p.list) }

func (p *draftsPage) reload() {
	p.asked++
	n := p.asked
	ask(p.shell.app.threads, func() (present.Drafts, error) {
		return p.shell.place.View().Drafts(context.Background(), p.shell.place.Read())
	}, func(v present.Drafts, err error) {
		if n == p.asked {
			p.draw(v, err)
		}
	})
}

func (p *draftsPage) draw(v present.Drafts, err error) {
	if err != nil {
		p.empty.say(present.Problem(p.shell.words(), err), fault)
		return
	}
	p.view = v
	items := make([]item, 0, len(v.Rows))
	for _, r := range v.Rows {
		items = append(items, item{id: r.ID, lead: r.Saved, title: join(r.Form, r.About), below: r.Begins})
	}
	p.list.show(items)
	text := ""
	if len(items) == 0 {
		text = p.shell.words()("drafts.none")
	}
	p.empty.say(text, body)
	p.show()
}

// picked is the draft that was picked; false where none is.
func (p *draftsPage) picked() (present.DraftRow, bool) {
	for _, r := range p.view.Rows {
		if r.ID == p.list.picked {
			return r, true
		}
	}
	return present.DraftRow{}, false
}

// show shows the draft that was picked.
func (p *draftsPage) show() {
	r, some := p.picked()
	shown(p.card, some)
	shown(p.none, !some && len(p.view.Rows) > 0)
	p.said.write("", quiet)
	p.texts.Objects = nil
	if some {
		p.title.write(join(r.Form, r.About), heading)
		p.saved.write(p.shell.words()("draft.saved", "When", r.Saved), quiet)
		for _, t := range r.Texts {
			parts := stacked(2)
			if t.Name != "" {
				parts.Add(say(t.Name, quiet))
			}
			parts.Add(say(t.Text, body))
			p.texts.Add(parts)
		}
	}
	p.whole.Refresh()
	p.scroll.Refresh()
}

// opened goes to the form.
func (p *draftsPage) opened() {
	if r, some := p.picked(); some {
		p.shell.openDraft(r)
	}
}

// copied puts all that was typed on the clipboard.
func (p *draftsPage) copied() {
	if r, some := p.picked(); some {
		fyne.CurrentApp().Clipboard().SetContent(r.Copy(p.shell.words()))
		p.said.write(p.shell.words()("drafts.copied"), quiet)
		p.scroll.Refresh()
	}
}

func (p *draftsPage) discarded() {
	if r, some := p.picked(); some {
		p.shell.drafts.discard(r.Key)
		focusOn(p.list)
	}
}

func (p *draftsPage) submit() {}

func (p *draftsPage) back() bool { return p.list.takeFocus() }

func (p *draftsPage) hurried() bool { return false }

func (p *draftsPage) paper() *container.Scroll { return p.scroll }

// draftsChanged has every place show which drafts there are.
func (s *shell) draftsChanged() {
	if s.app.shell != s {
		return
	}
	some := len(s.drafts.saved) > 0
	shown(s.nav[placeDrafts], some || s.here == placeDrafts)
	s.count(placeDrafts, "place.drafts", len(s.drafts.saved))
	s.work.ticket.drawDrafts()
	s.fresh().sayOthers()
	if p, ok := s.pages[placeClaims].(*claimsPage); ok {
		p.pane.drawDrafts()
	}
	if s.here == placeDrafts {
		s.pages[placeDrafts].reload()
	}
}

// openDraft goes to the form of a draft, or says that the person has it no more.
func (s *shell) openDraft(r present.DraftRow) {
	claims, _ := s.pages[placeClaims].(*claimsPage)
	months, _ := s.pages[placeMonths].(*monthsPage)
	switch kind := r.Key.Subject.Kind; {
	case r.Key.Form == syncproto.CommandOpen && s.opens:
		s.resumeTicket(r.Key)
	case r.Key.Form != syncproto.CommandOpen && kind == syncproto.KindTicket:
		s.openTicket(r.Key.Subject.ID)
		s.work.ticket.resume(present.TicketForm{Action: present.Action(r.Key.Form)}, "")
	case kind == syncproto.KindClaim && s.claims:
		claims.pane.amends = r.Key.Form == syncproto.CommandAmendClaim
		s.openClaim(r.Key.Subject.ID)
	case kind == syncproto.KindAccount && s.months:
		s.goTo(placeMonths)
		months.resume(r.Manager, r.Month, r.Key.Form)
	default:
		s.line.refuse(s.words()("drafts.cannot"))
	}
}

// lookAtDraft shows a draft on its page.
func (s *shell) lookAtDraft(key replica.DraftKey) {
	p, ok := s.pages[placeDrafts].(*draftsPage)
	if !ok {
		return
	}
	s.goTo(placeDrafts)
	p.list.pick(present.DraftID(key))
	p.show()
}

// draftLines are lines about drafts that wait, drawn anew only where they change: somebody may
// be typing.
type draftLines struct {
	box  *fyne.Container
	told []draftLine
}

type draftLine struct {
	key  replica.DraftKey
	text string
	can  bool // its form can be opened
}

func newDraftLines() *draftLines {
	l := &draftLines{box: stacked(6)}
	l.box.Hide()
	return l
}

// show shows the drafts, each with the way on: to its form where that can be opened, else to the
// page where it can be read. It says whether anything changed.
func (l *draftLines) show(s *shell, keys []replica.DraftKey, can func(syncproto.CommandKind) bool, open func(syncproto.CommandKind)) bool {
	w, scene := s.words(), s.scene()
	lines := make([]draftLine, 0, len(keys))
	for _, key := range keys {
		lines = append(lines, draftLine{key, join(scene.DraftForm(key.Form), scene.DraftMark(s.drafts.saved[key].SavedAt)), can(key.Form)})
	}
	if slices.Equal(lines, l.told) {
		return false
	}
	l.told, l.box.Objects = lines, nil
	for _, line := range lines {
		way := newPress(w("draft.continue"), "", plain, func() { open(line.key.Form) })
		if !line.can {
			way = newPress(w("draft.look"), "", plain, func() { s.lookAtDraft(line.key) })
		}
		l.box.Add(flowing(smallBeside(cut(line.text, quiet)), way))
	}
	shown(l.box, len(lines) > 0)
	l.box.Refresh()
	return true
}
