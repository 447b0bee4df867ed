package ui

import (
	"fyne.io/fyne/v2"

	"redress/desktop/present"
	"redress/desktop/replica"
	"redress/syncproto"
	"redress/syncproto/ticket"
)

// The forms on a ticket: one is open at most, and those that were begun stay as they were left.

// act opens the form of an action the person has here, as it was left. A form of another
// action is put away with its text.
func (t *ticketPane) act(kind syncproto.CommandKind) {
	a := present.Action(kind)
	if t.view.Ticket.IsZero() && t.then.do == nil { // it is on its way
		t.then = then{t.id, func() {
			if t.shell.here == placeWork {
				t.act(kind)
			}
		}}
	}
	if t.view.Ticket.IsZero() || !t.view.Offers(a) {
		return
	}
	f, there := t.forms[begun{t.id, a}]
	if !there {
		f = newTicketForm(t, a)
		t.forms[begun{t.id, a}] = f
	}
	f.renew(t.view)
	t.warn("") // of another
	t.turnForm(f)
	f.begin()
}

// resume opens a form filled in, as soon as the ticket asked for is shown; filled with nothing it
// stands as it was left. Where somebody else has made the action impossible it says so.
//
// Of a form that was begun all stays as it is, and it says what was to be filled in: nothing that
// somebody typed or picked is written over, and no act is made of two, as of one claim's amount
// and another's reason. Once the draft is discarded the form is filled in.
func (t *ticketPane) resume(filled present.TicketForm, screen string) {
	open := t.open
	t.then = then{t.id, func() {
		if t.open != open { // they have gone on to something else
			return
		}
		t.act(filled.Action.Kind())
		f := t.open
		switch {
		case f == nil || f.action != filled.Action:
			w := t.shell.words()
			t.warn(w("draft.cannot", "Action", filled.Action.Word(w)))
		case filled == present.TicketForm{Action: filled.Action}:
		case f.untouched():
			f.refill(filled)
		default:
			f.keepFor(again{filled, screen})
		}
	}}
	t.reload()
}

// again begins a form anew, after its draft was discarded.
func (t *ticketPane) again(f *ticketForm) {
	delete(t.forms, begun{f.view.Ticket, f.action})
	if t.open != f {
		return
	}
	t.turnForm(nil)
	if t.shell.here != placeWork {
		return
	}
	t.act(f.action.Kind())
	if f.later != nil && t.open != nil {
		t.open.refill(f.later.filled)
	}
}

// turnForm shows a form, or none. The one before stays where something was filled in. Else it
// goes: when it is opened again it begins with what the ticket says then.
func (t *ticketPane) turnForm(f *ticketForm) {
	if old := t.open; old != nil && old != f && !old.busy && old.filled() == old.blank {
		t.shell.drafts.end(old.form)
		delete(t.forms, begun{old.view.Ticket, old.action})
	}
	t.open = f
	t.form.Objects = nil
	t.waits.Show()
	if f != nil && f.about != nil {
		t.waits.Hide() // the form says it
	}
	if f != nil {
		t.form.Objects = []fyne.CanvasObject{f.content}
		t.scroll.Offset = fyne.NewPos(0, 0)
	}
	t.form.Refresh()
	t.drawDrafts()
	t.content.Refresh()
}

func (t *ticketPane) submit() {
	if t.open != nil {
		t.open.submit()
	}
}

// back puts the open form away; its text stays.
func (t *ticketPane) back() bool {
	if t.open == nil {
		return false
	}
	t.shell.drafts.keep()
	t.turnForm(nil)
	t.enter()
	return true
}

// warn says above the ticket what cannot be done.
func (t *ticketPane) warn(text string) {
	t.head.warning.write(text, t.head.warning.ink)
	t.content.Refresh()
}

// sent is called when a form's command was kept. A quick person has another form open by
// then, or another ticket; the form that was sent is done with all the same. The commit that
// kept it has had everything read anew (shell.changed).
func (t *ticketPane) sent(f *ticketForm) {
	delete(t.forms, begun{f.view.Ticket, f.action})
	if t.open == f {
		t.turnForm(nil)
		t.warn("")
		if !shows(t.shell.app.window.Canvas().Content(), t.shell.app.window.Canvas().Focused()) {
			t.enter() // else they have gone on from the form
		}
	}
}

// drawDrafts shows which forms on the ticket were begun and are not open.
func (t *ticketPane) drawDrafts() {
	var keys []replica.DraftKey
	if !t.id.IsZero() && t.view.Ticket == t.id {
		var open *form
		if t.open != nil {
			open = t.open.form
		}
		keys = t.shell.drafts.about(ticket.Ref(t.id), open)
	}
	if t.drafts.show(t.shell, keys, func(kind syncproto.CommandKind) bool { return t.view.Offers(present.Action(kind)) }, t.act) {
		t.content.Refresh()
	}
}
