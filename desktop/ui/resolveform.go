package ui

import (
	"fyne.io/fyne/v2"

	"redress/desktop/present"
	"redress/desktop/ui/ime"
	"redress/desktop/ui/theme"
	"redress/syncproto"
	"redress/syncproto/ticket"
)

// The forms that solve, close, reopen and hand a ticket round. What the decision is about
// stands above the fields, so that nobody has to leave the form to see it.

// buildResolving makes the inputs of such an action; false for any other.
func (f *ticketForm) buildResolving(w present.Words, s present.Scene) ([]fyne.CanvasObject, bool) {
	f.explain = stacked(2)
	switch f.action.Kind() {
	case syncproto.CommandProposeSolved:
		which := f.answers(w)
		return []fyne.CanvasObject{which, f.textField(w, w("form.solution"), ticketText), f.explain}, true
	case syncproto.CommandAcceptProposal:
		return []fyne.CanvasObject{f.pick(w("form.proposal"), f.view.ProposalChoices()), f.explain, say(w("form.acceptHelp"), quiet)}, true
	case syncproto.CommandRefuseProposal:
		return []fyne.CanvasObject{f.pick(w("form.proposal"), f.view.ProposalChoices()), f.explain,
			f.reason(w("form.refuseReason")), say(w("form.refuseHelp"), quiet)}, true
	case syncproto.CommandFinalResponse:
		channel := f.channels(w, s)
		f.rejected = newTick(w("form.rejected"), func(bool) { f.watch(f.view) })
		return []fyne.CanvasObject{channel, f.textField(w, w("form.result"), ticketText),
			f.form.add(newInput("rejected", "", f.rejected)), f.explain}, true
	case syncproto.CommandClose:
		return []fyne.CanvasObject{f.explain}, true
	case syncproto.CommandReopen:
		channel := f.channels(w, s)
		return []fyne.CanvasObject{channel, f.textField(w, w("form.again"), ticketText), say(s.ReopenHelp(), quiet)}, true
	case syncproto.CommandActOn:
		return []fyne.CanvasObject{f.pick(w("form.escalation"), f.view.EscalationChoices(true)), f.explain,
			f.textField(w, w("form.takeUp"), ticketText)}, true
	case syncproto.CommandDeEscalate:
		return []fyne.CanvasObject{f.pick(w("form.escalation"), f.view.EscalationChoices(false)), f.explain,
			f.reason(w("form.handBack")), say(w("form.handBackHelp", "Unit", f.view.Holder), quiet)}, true
	case syncproto.CommandDecideDispute:
		pick := f.pick(w("form.dispute"), f.view.DisputeChoices())
		f.verdict = newChoice([]string{w("dispute.inTime"), w("dispute.late")}, w("form.choose"))
		f.verdict.codes = []string{"in-time", "late"}
		return []fyne.CanvasObject{pick, f.explain, f.form.add(newInput(present.FieldVerdict, w("form.verdict"), f.verdict)),
			f.reason(w("form.verdictReason"))}, true
	}
	return nil, false
}

// pick is the choice of what the form is about. It is there also where there is only one.
func (f *ticketForm) pick(name string, options []present.Choice) fyne.CanvasObject {
	f.about = newPick(options, f.pane.shell.words()("form.choose"))
	f.about.OnChanged = func(string) { f.watch(f.view) }
	f.about.SetSelectedIndex(0)
	return f.form.add(newInput(present.FieldAbout, name, f.about).asking())
}

// reason is a text field of why.
func (f *ticketForm) reason(name string) fyne.CanvasObject {
	f.text = ime.NewMultiLine(ticket.MaxReason)
	return f.form.field(f.pane.shell.words(), present.FieldReason, name, f.text)
}

// channels is the choice of the channel; the first is the likely one.
func (f *ticketForm) channels(w present.Words, s present.Scene) fyne.CanvasObject {
	channels := s.NewTicketForm().Channels
	f.channel = newChoice(channels, w("form.choose"))
	if len(channels) > 0 {
		f.channel.SetSelectedIndex(0)
	}
	return f.form.add(newInput(present.FieldChannel, w("name.channel"), f.channel))
}

// watch says what the form is about as the ticket stands now, also while it is open: what
// is missing to close goes away as it is done.
func (f *ticketForm) watch(v present.Panorama) {
	if f.outlook != nil {
		f.count()
	}
	if f.due != nil {
		f.due.write(v.PromiseDue, strong)
	}
	if f.explain == nil {
		return
	}
	w := f.pane.shell.words()
	f.view = v
	f.explain.Objects = nil
	add := func(text string, pen ink) {
		if text != "" {
			f.explain.Add(say(text, pen))
		}
	}
	switch f.action.Kind() {
	case syncproto.CommandProposeSolved:
		if len(v.Responds) == 1 && f.cause.SelectedIndex() == 0 {
			add(w("form.alsoAnswers", "Dispatch", v.Responds[0].Text), body)
		}
		add(w("form.solutionHelp"), quiet)
	case syncproto.CommandAcceptProposal, syncproto.CommandRefuseProposal:
		for _, p := range v.Proposals {
			if p.ID == f.about.picked().ID {
				add(p.Text, body)
			}
		}
	case syncproto.CommandFinalResponse:
		if f.rejected.Checked {
			add(w("form.rejectedHelp"), body.in(theme.NeedsYou))
		}
	case syncproto.CommandClose:
		f.watchClosing(v, w, add)
	case syncproto.CommandActOn, syncproto.CommandDeEscalate:
		for _, e := range v.Escalations {
			if e.ID == f.about.picked().ID {
				add(w("form.yourClocks"), quiet)
				for _, c := range e.Clocks {
					add(c, body)
				}
			}
		}
	case syncproto.CommandDecideDispute:
		for _, d := range v.Disputes {
			if d.ID == f.about.picked().ID {
				add(d.Within, strong)
				add(d.Due, strong)
				add(d.Until, quiet)
			}
		}
	}
	f.explain.Refresh()
	f.pane.content.Refresh()
}

func (f *ticketForm) watchClosing(v present.Panorama, w present.Words, add func(string, ink)) {
	if len(v.Obstacles) == 0 {
		add(w("form.closeReady"), body)
	} else {
		add(w("form.closeNotYet"), strong)
		for _, text := range v.Obstacles {
			add("· "+text, body)
		}
	}
	if f.send == nil {
		return
	}
	if len(v.Obstacles) > 0 {
		f.send.Disable()
	} else {
		f.send.Enable()
	}
}

// offer offers what can be picked today in a form that was begun before.
func (f *ticketForm) offer(v present.Panorama) {
	if f.about == nil {
		return
	}
	today := v.ProposalChoices()
	switch f.action.Kind() {
	case syncproto.CommandActOn, syncproto.CommandDeEscalate:
		today = v.EscalationChoices(f.action.Kind() == syncproto.CommandActOn)
	case syncproto.CommandDecideDispute:
		today = v.DisputeChoices()
	}
	f.anew(f.about, today)
}

func (f *ticketForm) filledResolving(t *present.TicketForm) {
	if f.about != nil {
		t.About = f.about.picked().ID
	}
	if f.channel != nil {
		t.Channel = f.channel.Selected
	}
	if f.rejected != nil {
		t.Rejected = f.rejected.Checked
	}
	if f.verdict != nil {
		t.Verdict = present.Verdict(f.verdict.SelectedIndex() + 1)
	}
}

func (f *ticketForm) fillResolving(t present.TicketForm) {
	if f.about != nil {
		f.about.choose(t.About)
	}
	if f.channel != nil && t.Channel != "" {
		f.channel.SetSelected(t.Channel)
	}
	if f.rejected != nil {
		f.rejected.SetChecked(t.Rejected)
	}
	if f.verdict != nil && t.Verdict != 0 {
		f.verdict.SetSelectedIndex(int(t.Verdict) - 1)
	}
}
