package ui

import (
	"context"

	"fyne.io/fyne/v2"

	"redress/desktop/present"
	"redress/desktop/replica"
	"redress/desktop/ui/ime"
	"redress/desktop/ui/theme"
	"redress/syncproto"
	"redress/syncproto/claim"
)

// asked is what a form asked for, or what is wrong with it.
type asked struct {
	wishes []replica.Wish
	faults []present.Fault
}

// give makes the commands of a form and gives them, off the interface's thread; done is
// called once they are kept.
func (c *claimPane) give(f *form, make func(present.Desk, syncproto.Reading) (asked, error), done func()) {
	if c.busy {
		return
	}
	shell := c.page.shell
	c.busy = true
	ask(shell.app.threads, func() (asked, error) {
		a, err := make(shell.place.View(), shell.place.Read())
		if err == nil && len(a.faults) == 0 {
			_, err = shell.place.Give(context.Background(), a.wishes)
		}
		return a, err
	}, func(a asked, err error) {
		c.busy = false
		if err != nil {
			a.faults = shell.scene().Refused(err)
		}
		if f.blame(a.faults); len(a.faults) == 0 {
			done()
		}
		c.content.Refresh()
	})
}

// amendForm changes what a claim says. While the amount is typed it says what that leads to,
// and what a changed amount does to an approval.
type amendForm struct {
	pane    *claimPane
	content *fyne.Container
	form    *form

	amount    *ime.Field
	amountBox fyne.CanvasObject
	what      *ime.Field
	reason    *ime.Field
	outlook   *prose
	warning   *prose
	send      *press

	open  bool
	begun syncproto.ID // whose texts stand in it
}

func newAmendForm(c *claimPane) *amendForm {
	w := c.page.shell.words()
	f := &amendForm{pane: c, form: newForm(), outlook: say("", strong), warning: say("", strong)}
	f.amount, f.what, f.reason = ime.New(maxAmountText), ime.NewMultiLine(claim.MaxWhat), ime.New(claim.MaxReason)
	f.what.SetMinRowsVisible(2)
	f.amount.OnChanged = func(string) { f.look() }
	f.amountBox = f.form.field(w, present.FieldAmount, w("form.amount"), f.amount)
	what := f.form.field(w, present.FieldWhat, w("name.what"), f.what)
	reason := f.form.field(w, present.FieldReason, w("amend.reason"), f.reason)
	f.send = newPress(w("amend.send"), submitHint, next, f.submit)
	leave := newPress(w("action.cancel"), leaveHint, plain, func() { c.back() })
	f.content = stacked(gap, f.amountBox, f.outlook, f.warning, what, reason, f.form.general, flowing(f.send, leave))
	f.content.Hide()
	return f
}

// begin opens the form with what the claim says, or with what was typed before.
func (f *amendForm) begin(r present.ClaimRow) {
	if f.begun != r.Claim {
		f.begun = r.Claim
		f.amount.SetText(r.Typed())
		f.amount.CursorColumn = len(r.Typed())
		f.what.SetText(r.What)
		f.reason.SetText("")
	}
	shown(f.amountBox, !r.Warranty)
	word := f.pane.page.shell.words()("amend.send")
	if r.Returned {
		word = f.pane.page.shell.words()("claim.fileAgain")
	}
	f.send.write(word, submitHint)
	f.open = true
	f.content.Show()
	f.look()
}

func (f *amendForm) hide() {
	f.open = false
	f.content.Hide()
}

// close forgets what was typed.
func (f *amendForm) close() {
	f.begun = syncproto.ID{}
	f.form.blame(nil)
	f.hide()
}

// look says what the typed amount leads to.
func (f *amendForm) look() {
	scene, row := f.pane.page.shell.scene(), f.pane.row
	text, over := "", false
	if !row.Warranty {
		text, over = scene.AmountOutlook(f.pane.page.view, f.amount.Text)
	}
	f.outlook.write(ofMoney(text, over))
	f.warning.write(signed(theme.Warning, scene.AmendWarning(row, f.amount.Text), strong.in(theme.Warning)))
	f.pane.content.Refresh()
}

func (f *amendForm) submit() {
	row := f.pane.row
	w := present.Amendment{Claim: row.Claim, Amount: f.amount.Text, What: f.what.Text, Reason: f.reason.Text, Seen: row.Seen}
	f.pane.give(f.form, func(view present.Desk, at syncproto.Reading) (asked, error) {
		wishes, faults, err := view.Amend(context.Background(), at, w)
		return asked{wishes, faults}, err
	}, func() {
		f.close()
		f.pane.page.shell.reload()
		focusOn(f.pane.page.list)
	})
}
