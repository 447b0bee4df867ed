package ui

import (
	"context"
	"slices"
	"strings"

	"fyne.io/fyne/v2"

	"redress/desktop/present"
	"redress/desktop/replica"
	"redress/desktop/ui/ime"
	"redress/desktop/ui/theme"
	"redress/syncproto"
	"redress/syncproto/claim"
)

// give makes the commands of a form and gives them; done is called once they are kept. A quick
// person has another claim by then: nothing of the one before is said at it, and it keeps the
// focus.
func (c *claimPane) give(f *form, make func(present.Desk, syncproto.Reading) (asked, error), done func()) {
	shell, of := c.page.shell, c.row.Claim
	if shell.drafts.sends(f) {
		return
	}
	if faults := f.stopped(); len(faults) > 0 {
		f.blame(faults)
		c.content.Refresh()
		return
	}
	shell.drafts.give(f, func() (asked, error) {
		return make(shell.place.View(), shell.place.Read())
	}, func(faults []present.Fault, err error) {
		if err != nil {
			faults = shell.scene().Refused(err)
		}
		if len(faults) > 0 && (c.row.Claim != of || shell.here != placeClaims) {
			shell.line.refuse(inOneLine(faults)) // what was filled in stands there, or is a draft
		}
		if c.row.Claim != of {
			return
		}
		switch f.blame(faults); {
		case len(faults) > 0 && f == c.form:
			c.saw = c.row.Seen // that it is another by now was said
			if slices.ContainsFunc(faults, func(said present.Fault) bool { return said.Field == present.DraftMonth }) {
				c.charges = 0 // and that it is another month
			}
		case len(faults) == 0:
			done()
			c.page.shows(nil) // what became of it is read because of the command
			focusOn(c.page.list)
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
	since     *prose // what somebody else made of the claim since the form was begun
	send      *press

	open  bool
	begun syncproto.ID // whose texts stand in it
	from  said         // what that claim said then
}

// said is what a claim says of itself, as it is typed.
type said struct{ amount, what string }

func newAmendForm(c *claimPane) *amendForm {
	w := c.page.shell.words()
	f := &amendForm{pane: c, form: newForm(), outlook: say("", strong), warning: say("", strong), since: say("", strong.in(theme.Warning))}
	f.since.Hide()
	f.amount, f.what, f.reason = ime.New(maxAmountText), ime.NewMultiLine(claim.MaxWhat), ime.New(claim.MaxReason)
	f.what.SetMinRowsVisible(2)
	f.amount.OnChanged = func(string) { f.look() }
	f.amountBox = f.form.field(w, present.FieldAmount, w("form.amount"), f.amount)
	what := f.form.field(w, present.FieldWhat, w("name.what"), f.what)
	reason := f.form.field(w, present.FieldReason, w("amend.reason"), f.reason)
	f.form.must(present.FieldAmount, present.FieldWhat, present.FieldReason)
	f.send = newPress(w("amend.send"), submitHint, next, f.submit)
	leave := newPress(w("action.cancel"), leaveHint, plain, func() { c.back() })
	discard := f.form.draftDrop(w, func() { c.page.shell.drafts.discard(f.form.draft.key) })
	f.form.draft.empty = f.again
	f.form.draft.more = []remembered{
		{present.DraftOld, func() string { return f.from.what }, func(before string) { f.from.what = before }},
		{present.DraftOldAmount, func() string { return f.from.amount }, func(before string) { f.from.amount = before }},
	}
	f.content = stacked(gap, f.since, f.amountBox, f.outlook, f.warning, what, reason, f.form.general, flowing(f.send, leave, legend(w("form.must")), f.form.draftMark(), discard))
	f.content.Hide()
	return f
}

// begin opens the form with what the claim says, or with what was typed before: here, or in a
// draft.
func (f *amendForm) begin(r present.ClaimRow) {
	if f.begun != r.Claim {
		f.begun, f.from = r.Claim, said{r.Typed(), r.What}
		f.amount.SetText(r.Typed())
		f.amount.CursorColumn = len(r.Typed())
		f.what.SetText(r.What)
		f.reason.SetText("")
		f.pane.page.shell.drafts.begin(f.form, replica.DraftKey{Form: syncproto.CommandAmendClaim, Subject: claim.Ref(r.Claim)})
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

// again begins with what the claim says, after a draft was discarded.
func (f *amendForm) again() {
	f.begun = syncproto.ID{}
	if f.open {
		f.begin(f.pane.row)
		f.pane.enter()
	}
}

// close lets go of the claim; what was typed is kept as a draft.
func (f *amendForm) close() {
	f.pane.page.shell.drafts.end(f.form)
	f.begun = syncproto.ID{}
	f.form.blame(nil)
	f.hide()
}

// look says what the typed amount leads to, and what would be replaced that was not seen.
func (f *amendForm) look() {
	scene, row := f.pane.page.shell.scene(), f.pane.row
	f.sayChanged(row)
	text, over := "", false
	if !row.Warranty {
		text, over = scene.AmendOutlook(f.pane.page.view, row, f.amount.Text)
	}
	f.outlook.write(ofMoney(text, over))
	f.warning.write(signed(theme.Warning, scene.AmendWarning(row, f.amount.Text), strong.in(theme.Warning)))
	f.pane.content.Refresh()
}

// sayChanged says what somebody else made of the claim since its texts were put into the form: what is sent
// replaces it.
func (f *amendForm) sayChanged(r present.ClaimRow) {
	w, text := f.pane.page.shell.words(), ""
	say := func(field, before, now, typed string) {
		if now != before && now != typed {
			text = strings.TrimSpace(text + "\n" + w("draft.since", "Field", field, "Text", now))
		}
	}
	say(w("name.amount"), f.from.amount, r.Typed(), f.amount.Text)
	say(w("name.what"), f.from.what, r.What, f.what.Text)
	f.since.write(text, f.since.ink)
	shown(f.since, text != "")
}

func (f *amendForm) submit() {
	row := f.pane.row
	w := present.Amendment{Claim: row.Claim, Amount: f.amount.Text, What: f.what.Text, Reason: f.reason.Text, Seen: row.Seen, Saw: row.What}
	f.pane.give(f.form, func(view present.Desk, at syncproto.Reading) (asked, error) {
		wishes, faults, err := view.Amend(context.Background(), at, w)
		return asked{wishes, faults}, err
	}, f.close)
}
