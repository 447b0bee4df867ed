package ui

import (
	"slices"

	"fyne.io/fyne/v2"

	"redress/desktop/present"
	"redress/desktop/replica"
	"redress/desktop/ui/ime"
)

// Every widget is made in one language. When another is chosen the pages are made anew, and
// what a person typed and picked is carried from the old ones to theirs.

// carrier is a page that holds something of the person's.
type carrier interface{ carry(before page) }

// carry takes everything over from the shell before.
func (s *shell) carry(before *shell) {
	s.claims, s.opens, s.months = before.claims, before.opens, before.months
	s.came = true // the person is where they are
	s.alarms = before.alarms
	if before.line.stands > 0 {
		s.line.refuse(before.line.state.text)
	}
	s.drafts = before.drafts
	s.drafts.shell, s.drafts.forms = s, map[replica.DraftKey]*form{}
	for at, p := range s.pages {
		if c, holds := p.(carrier); holds && before.pages[at] != nil {
			c.carry(before.pages[at])
		}
	}
	s.place.Watch(s.changed)
	s.here = before.here
	s.draftsChanged()
	s.turnTo(s.here)
	s.reload()
}

// heir is who has the focus once it is shown, unless the person has gone on from where it is instead.
type heir struct{ to, instead fyne.Focusable }

// inherits has a widget take over the focus of another, if that has it.
func (a *App) inherits(before, now fyne.Focusable) {
	if before != nil && a.window.Canvas().Focused() == before {
		a.heir.to = now
	}
}

// carry takes over what the same form held before: its inputs stand in the same order.
func (f *form) carry(a *App, before *form) {
	for n, i := range f.inputs {
		if n >= len(before.inputs) || before.inputs[n].key != i.key {
			return
		}
		a.inherits(before.inputs[n].focus, i.focus)
		switch from := before.inputs[n].focus.(type) {
		case *ime.Field:
			if to, same := i.focus.(*ime.Field); same && to.Text != from.Text {
				to.SetText(from.Text)
				to.CursorRow, to.CursorColumn = from.CursorRow, from.CursorColumn
				to.Refresh()
			}
			i.leftOut(before.inputs[n].cut)
		case *choice:
			if to, same := i.focus.(*choice); same {
				to.carry(from)
			}
		case *tick:
			if to, same := i.focus.(*tick); same {
				to.SetChecked(from.Checked)
			}
		}
	}
}

// carry picks what was picked before: by its id, or by its place where the options are
// words of the interface, which read otherwise now.
func (c *choice) carry(before *choice) {
	if len(c.Options) == 0 {
		c.ids, c.Options = slices.Clone(before.ids), slices.Clone(before.Options)
	}
	at := before.SelectedIndex()
	if picked := before.picked(); !picked.ID.IsZero() {
		at = slices.IndexFunc(c.ids, func(o present.Choice) bool { return o.ID == picked.ID })
	}
	if at >= 0 && at < len(c.Options) && at != c.SelectedIndex() {
		c.SetSelectedIndex(at)
	}
}

func (p *loginPage) carry(before *loginPage) {
	p.known.carry(p.app, before.known)
	p.fresh.carry(p.app, before.fresh)
	p.show(before.enrolling)
	p.back.carry(before.back)
}

func (p *workPage) carry(from page) {
	before, same := from.(*workPage)
	if !same {
		return
	}
	p.list.picked = before.list.picked // the rows are read in the new words, from the first on
	p.ticket.carry(before.ticket)
}

func (t *ticketPane) carry(before *ticketPane) {
	for key, old := range before.forms {
		t.view = old.view // the form is about the ticket as it was seen then
		f := newTicketForm(t, old.action)
		f.form.carry(t.shell.app, old.form)
		f.blank, f.full = old.blank, old.full
		if old.later != nil {
			f.keepFor(*old.later)
		}
		t.forms[key] = f
	}
	t.view = present.Panorama{}
	if before.id.IsZero() {
		return
	}
	offset := before.scroll.Offset
	t.then = then{before.id, func() {
		if f := t.forms[begun{t.id, formAction(before.open)}]; before.open != nil && f != nil {
			f.renew(t.view)
			t.turnForm(f)
		}
		t.scroll.ScrollToOffset(offset)
	}}
	t.show(before.id)
}

// formAction is what a form does; nothing where there is none.
func formAction(f *ticketForm) present.Action {
	if f == nil {
		return present.None
	}
	return f.action
}

func (p *freshPage) carry(from page) {
	before, same := from.(*freshPage)
	if !same {
		return
	}
	p.key = before.key
	if !before.begun {
		return
	}
	p.ready()
	p.reload()
	p.reserve(before.reserved)
	p.form.carry(p.shell.app, before.form)
	for n, i := range before.form.inputs {
		from, _ := i.focus.(*ime.Field)
		to, _ := p.form.inputs[n].focus.(*ime.Field)
		if text, took := before.caller.took[from]; took {
			p.caller.took[to] = text
		}
	}
}

func (p *findPage) carry(from page) {
	before, same := from.(*findPage)
	if !same {
		return
	}
	p.from = before.from
	if before.text.Text != "" {
		p.text.SetText(before.text.Text)
	}
	p.chose = before.chose
	p.list.pick(before.list.picked)
}

func (p *draftsPage) carry(from page) {
	if before, same := from.(*draftsPage); same {
		p.list.picked = before.list.picked
	}
}

func (p *claimsPage) carry(from page) {
	before, same := from.(*claimsPage)
	if !same {
		return
	}
	p.want(before.wanted)
	p.list.picked = before.list.picked
	c, old := p.pane, before.pane
	c.row, c.saw = old.row, old.saw // so that what is typed is of this claim
	if !old.form.draft.key.IsZero() {
		p.shell.drafts.begin(c.form, old.form.draft.key)
	}
	c.reason.SetOptions(slices.Clone(old.reason.Options))
	c.form.carry(p.shell.app, old.form)
	if old.amending.open {
		c.amending.begin(c.row)
	}
	c.amending.begun, c.amending.from = old.amending.begun, old.amending.from
	if key := old.amending.form.draft.key; !key.IsZero() {
		p.shell.drafts.begin(c.amending.form, key)
	}
	c.amending.form.carry(p.shell.app, old.amending.form)
}

func (p *devicesPage) carry(from page) {
	if before, same := from.(*devicesPage); same {
		p.list.picked = before.list.picked
	}
}

func (p *monthsPage) carry(from page) {
	before, same := from.(*monthsPage)
	if !same {
		return
	}
	p.month, p.list.picked = before.month, before.list.picked
	a, old := p.pane, before.pane
	a.view, a.limitForm.saw = old.view, old.limitForm.saw
	for f, key := range map[*form]replica.DraftKey{a.limitForm.form: old.limitForm.form.draft.key, a.lostForm.form: old.lostForm.form.draft.key} {
		if !key.IsZero() {
			p.shell.drafts.begin(f, key)
		}
	}
	a.limitForm.form.carry(p.shell.app, old.limitForm.form)
	a.lostForm.form.carry(p.shell.app, old.lostForm.form)
	switch old.open {
	case accountForm(old.limitForm):
		a.turn(a.limitForm)
	case accountForm(old.lostForm):
		a.turn(a.lostForm)
	}
}
