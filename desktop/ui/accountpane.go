package ui

import (
	"reflect"
	"strconv"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/container"

	"redress/desktop/present"
	"redress/desktop/replica"
	"redress/desktop/ui/ime"
	"redress/desktop/ui/theme"
	"redress/syncproto"
	"redress/syncproto/authority"
)

// accountPane is one manager's month in full, with the forms of administration: another
// limit, and what a lost device holds given up.
type accountPane struct {
	page    *monthsPage
	content *fyne.Container
	none    *prose
	scroll  *container.Scroll

	name, spent     *prose
	breach          *prose
	bar             *split
	limit, asked    *prose
	devices         *fyne.Container
	setLimit, write *press
	actions         *fyne.Container
	place           *fyne.Container // of the open form
	history         *fyne.Container

	limitForm *limitForm
	lostForm  *lostForm
	open      accountForm // nil for none
	view      present.Account
}

// accountForm is a form on an account.
type accountForm interface {
	box() fyne.CanvasObject
	kind() syncproto.CommandKind
	inputs() *form
	begin()
	clear()
	// wishes are the commands of the form; none and no fault where it asks once more first.
	wishes() ([]replica.Wish, []present.Fault)
}

func newAccountPane(p *monthsPage) *accountPane {
	w := p.shell.words()
	a := &accountPane{page: p, none: say(w("months.pick"), quiet), name: say("", heading), spent: say("", number), breach: say("", strong),
		bar: newSplit(), limit: say("", body), asked: say("", body), devices: stacked(2), place: stacked(0), history: stacked(gap)}
	kind := func(kind syncproto.CommandKind) *press {
		return newPress(w("command."+kind.String()), hint(kind), plain, func() { a.act(kind) })
	}
	a.setLimit, a.write = kind(syncproto.CommandSetLimit), kind(syncproto.CommandWriteOff)
	a.actions = flowing(a.setLimit, a.write)
	a.limitForm, a.lostForm = newLimitForm(a), newLostForm(a)
	top := card(stacked(gap, a.name, a.breach, a.spent, a.bar, a.limit, a.asked, say(w("months.devices"), strong), a.devices, a.actions, a.place))
	a.scroll = container.NewVScroll(padded(16, stacked(14, top, say(w("months.history"), heading), a.history)))
	a.content = container.NewStack(padded(16, a.none), a.scroll)
	a.scroll.Hide()
	return a
}

// show shows an account, or none.
func (a *accountPane) show(v present.Account, there bool) {
	shown(a.scroll, there)
	shown(a.none, !there)
	if !there {
		a.view = present.Account{}
		a.content.Refresh()
		return
	}
	w, before := a.page.shell.words(), a.view
	if a.open != nil && !a.open.inputs().draft.key.IsZero() && a.open.inputs().draft.key.Subject != authority.Ref(v.Row.Manager, v.Month) {
		a.leave() // the month has turned while it was typed
	}
	a.view = v
	if !a.limitForm.form.touched() {
		a.limitForm.saw = v
	}
	r := v.Row
	a.name.write(join(r.Name, r.Region, v.Title), heading)
	a.breach.write(signed(theme.MoneyOver, r.Breach, strong.in(theme.MoneyOver)))
	a.spent.write(signSpent+" "+r.Spent, number)
	a.bar.show(r.Parts)
	shown(a.bar, r.Open)
	a.limit.write(join(r.Limit, r.Out, r.Free), body)
	a.asked.write(r.Asked, strong.in(theme.Warning))
	redraw(a.devices, before.Row.Devices, r.Devices, func() []fyne.CanvasObject { return deviceFaces(w, r.Devices) })
	shown(a.setLimit, v.SetLimit)
	shown(a.write, len(v.WriteOff) > 0)
	redraw(a.history, before.History, v.History, func() []fyne.CanvasObject { return accountFaces(w, v.History) })
	a.lostForm.offer(v.WriteOff)
	a.limitForm.look()
	a.content.Refresh()
}

func deviceFaces(w present.Words, devices []present.Holding) []fyne.CanvasObject {
	if len(devices) == 0 {
		return []fyne.CanvasObject{say(w("months.noDevices"), quiet)}
	}
	faces := make([]fyne.CanvasObject, 0, len(devices))
	for _, h := range devices {
		faces = append(faces, say(signElsewhere+" "+h.Text(), body))
	}
	return faces
}

// accountFaces are the steps of an account, newest first.
func accountFaces(w present.Words, history []present.TrailLine) []fyne.CanvasObject {
	if len(history) == 0 {
		return []fyne.CanvasObject{say(w("months.noHistory"), quiet)}
	}
	faces := make([]fyne.CanvasObject, 0, len(history))
	for _, l := range history {
		faces = append(faces, stepFace(l, say(l.What, body)))
	}
	return faces
}

// enter puts the focus on the open form, else on what can be done.
func (a *accountPane) enter() {
	switch {
	case a.open != nil:
		a.open.inputs().begin()
	case a.setLimit.Visible():
		focusOn(a.setLimit)
	case a.write.Visible():
		focusOn(a.write)
	}
}

// act opens the form of an action the person has here.
func (a *accountPane) act(kind syncproto.CommandKind) {
	switch {
	case !a.scroll.Visible():
	case a.view.Row.Manager != a.page.list.picked || a.page.month != 0 && a.view.Month != a.page.month:
		a.page.resumes = kind // that account is on its way, and what is shown is another
	case kind == syncproto.CommandSetLimit && a.view.SetLimit:
		a.turn(a.limitForm)
	case kind == syncproto.CommandWriteOff && len(a.view.WriteOff) > 0:
		a.turn(a.lostForm)
	}
}

// turn shows a form, or none.
func (a *accountPane) turn(f accountForm) {
	a.open = f
	a.place.Objects = nil
	if f != nil {
		a.draft(f)
		f.begin()
		a.place.Objects = []fyne.CanvasObject{sheet(f.box())}
	}
	a.place.Refresh()
	a.scroll.Content.Refresh()
	a.content.Refresh()
	if f != nil {
		f.inputs().begin()
	}
}

// draft has a form kept as a draft about the account that is shown.
func (a *accountPane) draft(f accountForm) {
	form, manager, month := f.inputs(), a.view.Row.Manager, a.view.Month
	key := replica.DraftKey{Form: f.kind(), Subject: authority.Ref(manager, month)}
	if form.draft.key == key {
		return
	}
	form.draft.more = []remembered{
		{present.DraftManager, manager.String, func(string) {}},
		{present.DraftMonth, func() string { return strconv.FormatUint(uint64(month), 10) }, func(string) {}},
	}
	form.draft.empty = func() {
		f.clear()
		if a.open == f {
			a.draft(f)
		}
	}
	if f == accountForm(a.limitForm) {
		a.limitForm.saw = a.view
	}
	a.page.shell.drafts.begin(form, key)
}

// leave puts the open form away: another account is another thing. What was typed is kept as a
// draft.
func (a *accountPane) leave() {
	for _, f := range []accountForm{a.limitForm, a.lostForm} {
		a.page.shell.drafts.end(f.inputs())
		f.clear()
	}
	if a.open != nil {
		a.turn(nil)
	}
}

func (a *accountPane) back() bool {
	if a.open == nil {
		return false
	}
	a.turn(nil)
	a.enter()
	return true
}

func (a *accountPane) submit() {
	if a.open == nil || a.page.shell.drafts.sends(a.open.inputs()) {
		return
	}
	f, shell := a.open, a.page.shell
	var wishes []replica.Wish
	faults := f.inputs().stopped()
	if len(faults) == 0 {
		wishes, faults = f.wishes()
	}
	f.inputs().blame(faults)
	if len(wishes) == 0 {
		a.content.Refresh()
		return
	}
	manager, month := a.view.Row.Manager, a.view.Month
	shell.drafts.give(f.inputs(), wish(wishes), func(_ []present.Fault, err error) {
		here := a.view.Row.Manager == manager && a.view.Month == month // else a quick person has another account by then
		switch {
		case err != nil:
			faults := shell.scene().Refused(err)
			if !here || a.open != f || shell.here != placeMonths {
				shell.line.refuse(inOneLine(faults)) // what was filled in stands there, or is a draft
			}
			if here {
				f.inputs().blame(faults)
				if f == accountForm(a.limitForm) {
					a.limitForm.saw = a.view // that it is another by now was said
				}
				a.content.Refresh()
			}
			return
		case here:
			f.clear()
			if a.open == f {
				a.turn(nil)
				focusOn(a.page.list)
			}
		}
		shell.reload()
	})
}

// limitForm sets another limit, and says while it is typed what that does.
type limitForm struct {
	pane    *accountPane
	content *fyne.Container
	form    *form
	amount  *ime.Field
	reason  *ime.Field
	outlook *prose
	saw     present.Account // as it stood when the form was begun, or as it was told of since
}

func newLimitForm(a *accountPane) *limitForm {
	w := a.page.shell.words()
	f := &limitForm{pane: a, form: newForm(), amount: ime.New(maxAmountText), reason: ime.New(authority.MaxReason), outlook: say("", strong)}
	f.amount.OnChanged = func(string) { f.look() }
	amount := f.form.field(w, present.FieldLimit, w("months.newLimit"), f.amount)
	reason := f.form.field(w, present.FieldReason, w("months.reason"), f.reason)
	f.form.must(present.FieldLimit, present.FieldReason)
	f.content = stacked(gap, say(w("command.set-limit"), heading), amount, f.outlook, reason, f.form.general,
		flowing(newPress(w("action.send"), submitHint, next, a.submit), newPress(w("action.cancel"), leaveHint, plain, func() { a.back() }),
			legend(w("form.must")), f.form.draftMark(), a.discards(w, f)))
	return f
}

// discards is the button that discards the draft of a form.
func (a *accountPane) discards(w present.Words, f accountForm) *press {
	form := f.inputs()
	return form.draftDrop(w, func() { a.page.shell.drafts.discard(form.draft.key); form.begin() })
}

func (f *limitForm) kind() syncproto.CommandKind { return syncproto.CommandSetLimit }
func (f *limitForm) box() fyne.CanvasObject      { return f.content }
func (f *limitForm) inputs() *form               { return f.form }
func (f *limitForm) begin()                      { f.look() }

func (f *limitForm) look() {
	f.outlook.write(f.pane.page.shell.scene().LimitOutlook(f.pane.view, f.amount.Text), strong)
	f.pane.content.Refresh()
}

func (f *limitForm) wishes() ([]replica.Wish, []present.Fault) {
	return f.pane.page.shell.scene().SetLimit(f.saw, present.LimitForm{Amount: f.amount.Text, Reason: f.reason.Text})
}

func (f *limitForm) clear() {
	f.amount.SetText("")
	f.reason.SetText("")
	f.form.blame(nil)
}

// lostForm gives up what a lost device holds. It says what follows and asks once more.
type lostForm struct {
	pane    *accountPane
	content *fyne.Container
	form    *form
	device  *choice
	reason  *ime.Field
	follows *prose
	send    *press
	armed   bool // what follows was read: the next press gives it
}

func newLostForm(a *accountPane) *lostForm {
	w := a.page.shell.words()
	f := &lostForm{pane: a, form: newForm(), device: newPick(nil, w("form.choose")), reason: ime.New(authority.MaxReason), follows: say("", strong)}
	f.device.OnChanged = func(string) { f.arm(false) }
	f.reason.OnChanged = func(string) { f.arm(false) }
	device := f.form.add(newInput(present.FieldDevice, w("lost.device"), f.device))
	reason := f.form.field(w, present.FieldReason, w("months.reason"), f.reason)
	f.form.must(present.FieldDevice, present.FieldReason)
	f.send = newPress(w("lost.ready"), submitHint, next, a.submit)
	f.content = stacked(gap, say(w("command.write-off"), heading), device, reason, f.follows, f.form.general,
		flowing(f.send, newPress(w("action.cancel"), leaveHint, plain, func() { a.back() }), legend(w("form.must")), f.form.draftMark(), a.discards(w, f)))
	return f
}

func (f *lostForm) kind() syncproto.CommandKind { return syncproto.CommandWriteOff }
func (f *lostForm) box() fyne.CanvasObject      { return f.content }
func (f *lostForm) inputs() *form               { return f.form }
func (f *lostForm) begin()                      { f.arm(false) }

// arm shows what follows; armed, the next press is the last word.
func (f *lostForm) arm(armed bool) {
	w := f.pane.page.shell.words()
	f.armed = armed
	follows, word := f.pane.page.shell.scene().WriteOffOutlook(f.pane.view, f.device.picked().ID), w("lost.ready")
	if armed {
		word = w("lost.confirm")
	}
	f.follows.write(signed(theme.Warning, follows, strong.in(theme.Warning)))
	f.send.write(word, submitHint)
	f.pane.content.Refresh()
}

func (f *lostForm) offer(devices []present.Choice) {
	if !reflect.DeepEqual(f.device.ids, devices) {
		f.device.offer(devices)
	}
}

func (f *lostForm) wishes() ([]replica.Wish, []present.Fault) {
	wishes, faults := f.pane.page.shell.scene().WriteOff(f.pane.view, f.device.picked().ID, f.reason.Text)
	if len(faults) > 0 || f.armed {
		return wishes, faults
	}
	f.arm(true)
	return nil, nil
}

func (f *lostForm) clear() {
	f.device.ClearSelected()
	f.reason.SetText("")
	f.form.blame(nil)
	f.arm(false)
}
