package ui

import (
	"context"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/container"

	"redress/desktop/present"
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

	amount  *prose
	what    *prose
	facts   *prose
	outlook *prose
	reason  *choice
	comment *ime.Field
	form    *form
	approve *press
	reject  *press

	row  present.ClaimRow
	busy bool
}

func newClaimPane(p *claimsPage) *claimPane {
	w := p.shell.words()
	c := &claimPane{page: p, form: newForm(), none: say("", quiet),
		amount: cut("", number), what: say("", heading), facts: say("", quiet), outlook: say("", strong)}
	c.reason = newChoice(nil, w("form.choose"))
	c.comment = ime.NewMultiLine(claim.MaxComment)
	c.comment.SetMinRowsVisible(2)
	c.approve = newPress(w("command.approve-claim"), submitHint, next, func() { c.decide(true) })
	c.reject = newPress(w("command.reject-claim"), hint(syncproto.CommandRejectClaim), plain, func() { c.decide(false) })
	open := newPress(w("claims.openTicket"), "", plain, func() { p.shell.openTicket(c.row.Ticket) })
	c.card = card(stacked(gap, c.amount, c.what, c.facts, c.outlook,
		c.form.add(newInput(present.FieldReason, w("name.reason"), c.reason)),
		c.form.field(w, "comment", w("claims.comment"), c.comment),
		c.form.general, flowing(c.approve, c.reject, open,
			newPress(w("claims.another"), hint(syncproto.CommandFileClaim), plain, c.file))))
	c.content = container.NewStack(c.none, c.card)
	c.card.Hide()
	return c
}

// show shows a claim, or none.
func (c *claimPane) show(r *present.ClaimRow) {
	if r == nil {
		c.row = present.ClaimRow{}
		text := ""
		if len(c.page.view.Waiting) > 0 {
			text = c.page.shell.words()("claims.pick")
		}
		c.none.write(text, quiet)
		c.card.Hide()
		c.none.Show()
		c.content.Refresh()
		return
	}
	if r.Claim != c.row.Claim {
		c.reason.ClearSelected()
		c.comment.SetText("")
		c.form.blame(nil)
	}
	c.row = *r
	c.draw()
}

func (c *claimPane) draw() {
	r := c.row
	w := c.page.shell.words()
	if r.Warranty {
		c.amount.write(r.Kind, number)
		c.approve.write(w("command.approve-warranty"), submitHint)
	} else {
		c.amount.write(r.Amount, number)
		c.approve.write(w("command.approve-claim"), submitHint)
	}
	c.what.write(r.What, heading)
	c.facts.write(join(r.Number, r.Kind, r.Station, r.Filed, r.Mark), quiet)
	if r.Over != "" {
		c.outlook.write(theme.MoneyOver.Sign()+" "+r.Over, strong.in(theme.MoneyOver))
	} else {
		c.outlook.write(r.After, strong.in(theme.MoneyLeft))
	}
	if reasons := c.page.shell.place.View().Replica.Reference().Policy.Reasons; len(c.reason.Options) != len(reasons) {
		c.reason.SetOptions(reasons)
	}
	if r.Approve {
		c.approve.Enable()
	} else {
		c.approve.Disable()
	}
	if r.Decide {
		c.reject.Enable()
	} else {
		c.reject.Disable()
	}
	c.none.Hide()
	c.card.Show()
	c.content.Refresh()
}

// file opens the form of another claim on the same ticket.
func (c *claimPane) file() {
	if c.row.Claim.IsZero() {
		return
	}
	shell := c.page.shell
	shell.openTicket(c.row.Ticket)
	shell.work.ticket.resume(present.TicketForm{Action: present.Action(syncproto.CommandFileClaim)})
}

// decide approves or rejects the claim for the reason picked or written.
func (c *claimPane) decide(approve bool) {
	if c.busy || c.row.Claim.IsZero() || !c.row.Decide {
		return
	}
	if approve && !c.row.Approve {
		c.form.blame([]present.Fault{{Text: c.row.Over}})
		return
	}
	shell := c.page.shell
	d := present.Decision{Claim: c.row.Claim, Approve: approve, Reason: c.reason.Selected, Comment: c.comment.Text}
	type answer struct{ faults []present.Fault }
	c.busy = true
	ask(shell.app.threads, func() (answer, error) {
		wishes, faults, err := shell.place.View().Decide(context.Background(), shell.place.Read(), d)
		if err != nil || len(faults) > 0 {
			return answer{faults}, err
		}
		_, err = shell.place.Give(context.Background(), wishes)
		return answer{}, err
	}, func(a answer, err error) {
		c.busy = false
		if err != nil {
			a.faults = shell.scene().Refused(err)
		}
		if c.form.blame(a.faults); len(a.faults) == 0 {
			shell.reload()
			focusOn(c.page.list)
		}
		c.content.Refresh()
	})
}
