package ui

import (
	"context"
	"slices"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/container"

	"redress/desktop/present"
	"redress/desktop/replica"
	"redress/desktop/ui/ime"
	"redress/desktop/ui/theme"
	"redress/syncproto"
	"redress/syncproto/claim"
)

// claimPane is the claim that was picked, with what deciding it means and the form to
// decide it. What was typed stays while the claim is open here.
type claimPane struct {
	page    *claimsPage
	content *fyne.Container
	none    *prose
	card    fyne.CanvasObject

	amount, what, facts *prose
	about, story        *prose // whom and what its ticket is about
	state, note, undo   *prose
	outlook, month      *prose
	mind                *prose

	deciding *fyne.Container // the form of a decision
	reason   *choice
	comment  *ime.Field
	less     *ime.Field
	lessBox  fyne.CanvasObject
	form     *form
	amending *amendForm

	approve, up, sendBack *press
	reject, reverse       *press
	take                  *press // the authority that lies on another device
	amend, another        *press
	actions               *fyne.Container

	row      present.ClaimRow
	saw      present.Seen    // the claim as it stood when its decision was begun, or as it was told of since
	charges  syncproto.Month // the month that is drawn as charged, or that was told of since
	arriving bool            // the focus goes to the form once the claim is there
	amends   bool            // and that form is the amendment
	drafts   *draftLines
}

func newClaimPane(p *claimsPage) *claimPane {
	w := p.shell.words()
	c := &claimPane{page: p, form: newForm(), none: say("", quiet), amount: cut("", number), what: say("", heading), facts: say("", quiet),
		about: say("", body), story: newProse("", body, storyLines),
		state: say("", body), note: say("", body), undo: say("", strong), outlook: say("", strong), month: say("", quiet), mind: say("", strong)}
	c.reason = newChoice(nil, w("form.choose"))
	c.comment = ime.NewMultiLine(claim.MaxComment)
	c.comment.SetMinRowsVisible(2)
	c.less = ime.New(maxAmountText)
	c.less.OnChanged = func(string) { c.look() }
	reason := c.form.add(newInput(present.FieldReason, w("name.reason"), c.reason))
	comment := c.form.field(w, present.FieldComment, w("claims.comment"), c.comment)
	c.lessBox = c.form.field(w, present.FieldAmount, w("claim.less"), c.less)
	c.form.must(present.FieldReason) // or the comment, as its name says
	c.deciding = stacked(gap, reason, comment, c.lessBox, say(w("form.must"), quiet))
	c.amending = newAmendForm(c)
	c.buttons(w)
	c.drafts = newDraftLines()
	c.card = card(stacked(gap, c.amount, c.what, c.facts, c.about, c.story, c.state, c.note, c.undo, c.outlook, c.mind, c.month,
		c.drafts.box, c.deciding, c.amending.content, c.form.general, c.actions))
	c.content = container.NewStack(c.none, c.card)
	c.card.Hide()
	return c
}

func (c *claimPane) buttons(w present.Words) {
	kind := func(kind syncproto.CommandKind) *press {
		return newPress(w("command."+kind.String()), hint(kind), plain, func() { c.act(kind) })
	}
	c.approve = newPress(w("command.approve-claim"), submitHint, next, func() { c.decide(present.Decision{Approve: true}) })
	c.up, c.sendBack = kind(syncproto.CommandRouteUp), kind(syncproto.CommandSendBack)
	c.reject, c.reverse = kind(syncproto.CommandRejectClaim), kind(syncproto.CommandReverse)
	for _, b := range []*press{c.up, c.sendBack, c.reject, c.reverse} {
		b.giving()
	}
	c.amend = kind(syncproto.CommandAmendClaim)
	c.take = newPress(w("month.take"), "", next, func() { c.page.month.move(true) }).giving()
	c.take.Hide()
	open := newPress(w("claims.openTicket"), "", plain, func() { c.page.shell.openTicket(c.row.Ticket) })
	c.another = newPress(w("claims.another"), hint(syncproto.CommandFileClaim), plain, c.file)
	discard := c.form.draftDrop(w, func() { c.page.shell.drafts.discard(c.form.draft.key); c.form.begin() })
	c.form.draft.empty = c.again
	c.actions = flowing(c.take, c.approve, c.up, c.sendBack, c.reject, c.reverse, c.amend, open, c.another, c.form.draftMark(), discard)
}

// show shows a claim, or none.
func (c *claimPane) show(r *present.ClaimRow) {
	if r == nil || r.Claim != c.row.Claim {
		c.page.shell.drafts.end(c.form) // while its text stands in it
		c.amending.close()
	}
	if r == nil {
		c.row = present.ClaimRow{}
		text := ""
		switch {
		case c.page.lacks:
			text = c.page.shell.words()("claims.notHere")
		case len(c.page.list.items) > 0:
			text = c.page.shell.words()("claims.pick")
		}
		c.none.write(text, quiet)
		c.card.Hide()
		c.none.Show()
		c.content.Refresh()
		return
	}
	if r.Claim != c.row.Claim {
		c.empty()
		if r.Ticket != c.row.Ticket {
			c.tell(present.ClaimAbout{})
		}
	}
	if c.row = *r; !c.form.touched() {
		c.saw = r.Seen
	}
	c.draw()
	c.read()
	if c.arriving {
		c.arriving = false
		if c.amends {
			c.act(syncproto.CommandAmendClaim)
		}
		c.amends = false
		c.enter()
	}
}

// read reads whom and what the claim is about: of the one that is shown, not of the whole list.
func (c *claimPane) read() {
	shell, id := c.page.shell, c.row.Claim
	ask(shell.app.threads, func() (present.ClaimAbout, error) {
		return shell.place.View().About(context.Background(), shell.place.Read(), id)
	}, func(about present.ClaimAbout, err error) {
		if id != c.row.Claim {
			return // another is shown by now
		}
		if err != nil {
			about = present.ClaimAbout{Description: present.Problem(shell.words(), err)}
		}
		c.tell(about)
	})
}

// storyLines is how much of what the customer said is shown; all of it stands on the ticket.
const storyLines = 4

func (c *claimPane) tell(about present.ClaimAbout) {
	c.about.write(join(about.Who, about.Car), body)
	c.story.write(about.Description, body)
	c.content.Refresh()
	c.page.right.Refresh()
}

// drawDrafts shows what was begun about the claim and stands in no form that is open.
func (c *claimPane) drawDrafts() {
	var keys []replica.DraftKey
	if !c.row.Claim.IsZero() {
		open := []*form{c.form}
		if c.amending.open {
			open = append(open, c.amending.form)
		}
		keys = c.page.shell.drafts.about(claim.Ref(c.row.Claim), open...)
	}
	if c.drafts.show(c.page.shell, keys, func(kind syncproto.CommandKind) bool {
		return kind == syncproto.CommandAmendClaim && c.row.Amend
	}, c.act) {
		c.content.Refresh()
	}
}

// empty takes everything out of the form of a decision.
func (c *claimPane) empty() {
	c.reason.ClearSelected()
	c.comment.SetText("")
	c.less.SetText("")
	c.form.blame(nil)
}

// again has the form begin anew, after its draft was discarded.
func (c *claimPane) again() {
	c.empty()
	c.draft()
}

// draft has the form of a decision kept while a decision can be taken. Once somebody else has
// taken it, what was typed is a draft that can be read and copied.
func (c *claimPane) draft() {
	drafts, key := c.page.shell.drafts, replica.DraftKey{Form: syncproto.CommandApproveClaim, Subject: claim.Ref(c.row.Claim)}
	switch able := c.row.Decide || c.row.Reverse; {
	case able && c.form.draft.key != key:
		drafts.begin(c.form, key)
		c.saw = c.row.Seen
	case !able && !c.form.draft.key.IsZero() && !drafts.sends(c.form):
		drafts.end(c.form)
		c.empty()
	}
}

// enter puts the focus where work on the claim begins.
func (c *claimPane) enter() {
	switch {
	case c.amending.open:
		c.amending.form.begin()
	case c.deciding.Visible():
		c.form.begin()
	case c.amend.Visible():
		focusOn(c.amend)
	}
}

func (c *claimPane) draw() {
	r := c.row
	if r.Warranty {
		c.amount.write(r.Kind, number)
	} else {
		c.amount.write(r.Amount, number)
	}
	c.what.write(r.What, heading)
	c.facts.write(join(r.Number, r.Kind, r.Station, r.Filed, r.Mark), quiet)
	pen := body
	if r.Returned {
		pen = strong.in(theme.NeedsYou)
	}
	c.state.write(r.State, pen)
	c.note.write(r.Note, body)
	c.undo.write(r.Undo, strong.in(theme.Warning))
	if reasons := c.page.shell.place.View().Replica.Reference().Policy.Reasons; !slices.Equal(c.reason.Options, reasons) {
		c.reason.SetOptions(reasons)
	}
	c.draft()
	amending := c.amending.open
	shown(c.deciding, (r.Decide || r.Reverse) && !amending)
	shown(c.lessBox, r.Decide && !r.Warranty)
	for p, show := range map[*press]bool{c.approve: r.Decide, c.up: r.Up, c.sendBack: r.Back, c.reject: r.Decide, c.reverse: r.Reverse, c.amend: r.Amend, c.another: r.File} {
		shown(p, show && !amending)
	}
	c.drawDrafts()
	c.none.Hide()
	c.card.Show()
	c.look()
}

// look says what approving the typed amount would mean, and on the buttons what pressing
// them does.
func (c *claimPane) look() {
	r, w := c.row, c.page.shell.words()
	o := r.Outlook
	if r.Decide && !r.Warranty {
		o = c.page.shell.scene().LessOutlook(c.page.view, r, c.less.Text)
	}
	if o.Over != "" {
		c.outlook.write(ofMoney(o.Over, true))
	} else {
		c.outlook.write(ofMoney(o.After, false))
	}
	if c.amending.open {
		c.amending.look()
	}
	c.month.write(o.Month, quiet)
	c.charges = o.Charges
	c.mind.write(signed(theme.Warning, o.Mind, strong.in(theme.Warning)))
	approve, up := w("claim.approvePart", "Amount", r.Amount), w("claim.up")
	switch {
	case o.Elsewhere:
		approve = w("claim.approveOverHere", "Amount", o.Short)
	case o.Short != "":
		approve, up = w("claim.approveOver", "Amount", o.Short), w("claim.upOver", "Amount", o.Short)
	case r.Warranty:
		approve = w("command.approve-warranty")
	case o.Part != "":
		approve = w("claim.approvePart", "Amount", o.Part)
	}
	c.approve.write(approve, submitHint)
	c.up.write(up, hint(syncproto.CommandRouteUp))
	amend := w("command.amend-claim")
	if r.Returned {
		amend = w("claim.fileAgain")
	}
	c.amend.write(amend, hint(syncproto.CommandAmendClaim))
	if o.Approve {
		c.approve.Enable()
	} else {
		c.approve.Disable()
	}
	shown(c.take.on(o.Over), o.Elsewhere && c.page.view.Month.Take && !c.amending.open)
	c.up.heavy(o.Short != "" && !o.Elsewhere)
	c.amend.heavy(r.Returned && r.Mine)
	c.content.Refresh()
	c.page.right.Refresh()
}

// act begins what a key or a button asks for, where the person may do it with the claim.
func (c *claimPane) act(kind syncproto.CommandKind) {
	allowed := map[syncproto.CommandKind]bool{syncproto.CommandRejectClaim: c.row.Decide, syncproto.CommandSendBack: c.row.Back,
		syncproto.CommandRouteUp: c.row.Up, syncproto.CommandReverse: c.row.Reverse}
	switch {
	case kind == syncproto.CommandFileClaim:
		c.file()
	case kind == syncproto.CommandAmendClaim && c.row.Amend:
		c.amending.begin(c.row)
		c.draw()
		c.amending.form.begin()
	case allowed[kind] && !c.amending.open:
		c.decide(present.Decision{Instead: kind})
	}
}

// submit sends the form that is open.
func (c *claimPane) submit() {
	if c.amending.open {
		c.amending.submit()
		return
	}
	c.decide(present.Decision{Approve: true})
}

// back leaves the form of an amendment; what was typed stays while the claim is shown.
func (c *claimPane) back() bool {
	if !c.amending.open {
		return false
	}
	c.amending.hide()
	c.draw()
	c.enter()
	return true
}

// file opens the form of another claim on the same ticket.
func (c *claimPane) file() {
	if !c.row.File {
		return
	}
	shell := c.page.shell
	shell.openTicket(c.row.Ticket)
	shell.work.ticket.resume(present.TicketForm{Action: present.Action(syncproto.CommandFileClaim)}, "")
}

// decide gives the decision for the reason picked or written.
func (c *claimPane) decide(d present.Decision) {
	if c.page.shell.drafts.sends(c.form) || c.row.Claim.IsZero() || !c.row.Decide && !c.row.Reverse || d.Approve && !c.row.Decide {
		return
	}
	if d.Approve && c.approve.Disabled() {
		over := c.page.shell.scene().LessOutlook(c.page.view, c.row, c.less.Text).Over
		c.form.blame([]present.Fault{{Text: over}})
		return
	}
	d.Claim, d.Reason, d.Comment, d.Less, d.Seen = c.row.Claim, c.reason.Selected, c.comment.Text, c.less.Text, c.saw
	d.Charges = c.charges
	c.give(c.form, func(view present.Desk, at syncproto.Reading) (asked, error) {
		wishes, faults, err := view.Decide(context.Background(), at, d)
		return asked{wishes, faults}, err
	}, c.empty)
}
