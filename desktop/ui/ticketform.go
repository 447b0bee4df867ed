package ui

import (
	"context"
	"errors"
	"slices"

	"fyne.io/fyne/v2"

	"redress/desktop/present"
	"redress/desktop/replica"
	"redress/desktop/ui/ime"
	"redress/desktop/ui/theme"
	"redress/syncproto"
	"redress/syncproto/claim"
	"redress/syncproto/ticket"
)

// maxAmountText is how many characters an amount of money is typed with.
const maxAmountText = 20

// ticketForm is one action on a ticket, being filled in.
type ticketForm struct {
	pane    *ticketPane
	view    present.Panorama // as it was when the form was opened
	action  present.Action
	content fyne.CanvasObject
	form    *form
	send    *press
	leave   *press
	busy    bool

	text      *ime.Field
	direction *choice
	channel   *choice
	keeps     *choice
	unit      *choice
	cause     *choice
	field     *choice
	kind      *choice
	amount    *ime.Field
	station   *ime.Field
	outlook   *prose
	due       *prose  // by when a promise given now is due
	about     *choice // the proposal, the escalation, the dispute
	explain   *fyne.Container
	rejected  *tick
	verdict   *choice
	claims    present.Claims
	keepsNone string
	blank     present.TicketForm // as it began
	since     *prose             // what somebody else made of a field since the draft was saved

	full  present.TicketForm // as it was filled in from an act that is done again
	stays *prose             // that the draft stands, and what was to be filled in over it
	later *again             // that; nil for nothing
}

// again is an act that is done once more.
type again struct {
	filled present.TicketForm
	screen string // what it was, in words
}

func newTicketForm(t *ticketPane, a present.Action) *ticketForm {
	f := &ticketForm{pane: t, view: t.view, action: a, form: newForm()}
	w := t.shell.words()
	f.stays = say("", strong.in(theme.Warning))
	f.stays.Hide()
	parts := []fyne.CanvasObject{say(a.Word(w), heading), f.stays}
	parts = append(parts, f.build(w, t.shell.scene())...)
	f.send = newPress(w("action.send"), submitHint, next, f.submit)
	f.leave = newPress(w("action.cancel"), leaveHint, plain, func() { t.back() })
	discard := f.form.draftDrop(w, func() { t.shell.drafts.discard(f.form.draft.key) })
	f.form.draft.empty = func() { t.again(f) }
	buttons := []fyne.CanvasObject{f.send, f.leave}
	if must := mustFill(a.Kind()); len(must) > 0 {
		f.form.must(must...)
		buttons = append(buttons, legend(w("form.must")))
	}
	parts = append(parts, f.form.general, flowing(append(buttons, f.form.draftMark(), discard)...))
	f.watch(t.view)
	f.content = sheet(stacked(gap, parts...))
	f.blank = f.filled()
	t.shell.drafts.begin(f.form, replica.DraftKey{Form: a.Kind(), Subject: ticket.Ref(t.view.Ticket)})
	return f
}

// build makes the inputs of the action, in the order of the conversation.
func (f *ticketForm) build(w present.Words, s present.Scene) []fyne.CanvasObject {
	switch f.action.Kind() {
	case syncproto.CommandContact:
		return f.buildContact(w, s)
	case syncproto.CommandPromise:
		f.text = ime.New(syncproto.MaxShortText)
		f.text.SetPlaceHolder(w("promise.what"))
		f.due = say("", strong)
		return []fyne.CanvasObject{f.form.field(w, present.FieldWhat, w("form.promise"), f.text), f.due}
	case syncproto.CommandDispatch:
		f.unit = newPick(s.NewTicketForm().Departments, w("form.choose"))
		return []fyne.CanvasObject{f.form.add(newInput(present.FieldDepartment, w("name.department"), f.unit)), f.textField(w, w("name.note"), ticketText)}
	case syncproto.CommandRespond:
		return f.buildRespond(w)
	case syncproto.CommandAmend:
		return f.buildAmend(w)
	case syncproto.CommandFileClaim:
		return f.buildClaim(w)
	}
	if parts, is := f.buildResolving(w, s); is {
		return parts
	}
	return []fyne.CanvasObject{f.textField(w, w("name.text"), ticketText)}
}

// mustFill are the fields without which an action cannot be given.
func mustFill(kind syncproto.CommandKind) []string {
	switch kind {
	case syncproto.CommandPromise, syncproto.CommandAmend, syncproto.CommandAcceptProposal, syncproto.CommandClose:
		return nil
	case syncproto.CommandDispatch:
		return []string{present.FieldDepartment}
	case syncproto.CommandFileClaim:
		return []string{present.FieldAmount, present.FieldWhat}
	case syncproto.CommandRefuseProposal, syncproto.CommandDeEscalate:
		return []string{present.FieldReason}
	case syncproto.CommandDecideDispute:
		return []string{present.FieldVerdict, present.FieldReason}
	}
	return []string{present.FieldText}
}

// ticketText is how many runes a text in the trail has at most.
const ticketText = syncproto.MaxText

func (f *ticketForm) textField(w present.Words, name string, limit int) fyne.CanvasObject {
	f.text = ime.NewMultiLine(limit)
	f.text.SetMinRowsVisible(4)
	return f.form.field(w, present.FieldText, name, f.text)
}

func (f *ticketForm) buildContact(w present.Words, s present.Scene) []fyne.CanvasObject {
	f.direction = newChoice([]string{w("form.inbound"), w("form.outbound")}, "")
	f.direction.codes = []string{"inbound", "outbound"}
	f.keepsNone = w("form.keepsNone")
	f.keeps = newPick(append([]present.Choice{{Text: f.keepsNone}}, f.view.Promises...), "")
	f.keeps.none = true // a call that was to keep a promise keeps no other in its place
	keeps := f.form.add(newInput("keeps", w("form.keeps"), f.keeps))
	keeps.Hide()
	f.direction.OnChanged = func(string) {
		some := f.direction.SelectedIndex() == 1 && len(f.keeps.ids) > 1
		first := 0 // which keeps none
		if some {
			first = 1
		}
		f.keeps.SetSelectedIndex(first)
		shown(keeps, some)
		f.pane.content.Refresh()
	}
	f.direction.SetSelectedIndex(0)
	row := inRow(f.form.add(newInput("direction", w("form.direction"), f.direction)), f.channels(w, s))
	f.form.inputs = append(f.form.inputs[1:], f.form.inputs[0]) // the direction comes first
	return []fyne.CanvasObject{row, keeps, f.textField(w, w("name.text"), ticketText)}
}

func (f *ticketForm) buildRespond(w present.Words) []fyne.CanvasObject {
	which := f.answers(w)
	return []fyne.CanvasObject{which, f.textField(w, w("form.answer"), ticketText)}
}

// answers is the choice of the dispatch that is answered, shown where there are several, or where
// the one that the text was written for is answered by now.
func (f *ticketForm) answers(w present.Words) fyne.CanvasObject {
	f.cause = newPick(f.view.Responds, w("form.choose"))
	which := f.form.add(newInput(present.FieldDispatch, w("form.answers"), f.cause).asking())
	f.cause.OnChanged = func(string) {
		shown(which, len(f.cause.ids) > 1 || f.cause.SelectedIndex() < 0)
		f.pane.content.Refresh()
	}
	f.cause.SetSelectedIndex(0)
	return which
}

func (f *ticketForm) buildAmend(w present.Words) []fyne.CanvasObject {
	var names, codes []string
	for _, field := range f.view.Amendable {
		names, codes = append(names, field.Name), append(codes, field.Key)
	}
	f.field = newChoice(names, "")
	f.field.codes = codes
	f.since = say("", strong.in(theme.Warning))
	f.since.Hide()
	seen := func() present.Field { return f.view.Amendable[f.field.SelectedIndex()] }
	f.form.draft.more = []remembered{{present.DraftOld, func() string { return seen().Text }, func(before string) {
		if today := seen(); today.Text != before {
			f.since.write(w("draft.since", "Field", today.Name, "Text", today.Text), f.since.ink)
			f.since.Show()
		}
	}}}
	limit := f.textField(w, w("form.newText"), ticket.MaxDescription)
	f.field.OnChanged = func(string) {
		f.text.SetText(seen().Text)
		f.since.Hide()
	}
	f.field.SetSelectedIndex(0)
	which := f.form.add(newInput("which", w("form.which"), f.field).asking())
	f.form.inputs[0], f.form.inputs[1] = f.form.inputs[1], f.form.inputs[0] // which comes first
	return []fyne.CanvasObject{which, limit, f.since}
}

func (f *ticketForm) buildClaim(w present.Words) []fyne.CanvasObject {
	f.kind = newChoice([]string{w("claim.goodwill"), w("claim.warranty")}, "")
	f.kind.codes = []string{"goodwill", "warranty"}
	f.amount, f.station = ime.New(maxAmountText), ime.New(ticket.MaxStation)
	f.station.SetText(f.view.Text(ticket.FieldStation))
	f.outlook = say("", strong)
	kind := f.form.add(newInput("kind", w("name.kind"), f.kind))
	amount := f.form.field(w, present.FieldAmount, w("form.amount"), f.amount)
	f.kind.OnChanged = func(string) {
		goodwill := f.kind.SelectedIndex() == 0
		shown(amount, goodwill)
		shown(f.outlook, goodwill)
		f.pane.content.Refresh()
	}
	f.kind.SetSelectedIndex(0)
	f.amount.OnChanged = func(string) { f.look() }
	f.text = ime.NewMultiLine(claim.MaxWhat)
	what := f.form.field(w, present.FieldWhat, w("name.what"), f.text)
	station := f.form.field(w, ticket.FieldStation, w("name.station"), f.station)
	return []fyne.CanvasObject{inRow(kind, amount), f.outlook, what, station}
}

// count reads what is left now: it may have been spent since the form was opened.
func (f *ticketForm) count() {
	ask(f.pane.shell.app.threads, func() (present.Claims, error) {
		return f.pane.shell.place.View().Claims(context.Background(), f.pane.shell.place.Read(), present.ClaimPlace{}, 0)
	}, func(c present.Claims, err error) {
		if err == nil {
			f.claims = c
			f.look()
		}
	})
}

// look says what the typed amount leads to.
func (f *ticketForm) look() {
	f.outlook.write(ofMoney(f.pane.shell.scene().AmountOutlook(f.claims, f.amount.Text)))
}

// ofMoney is what an amount leads to, as it is written: what would be left, or what is over.
func ofMoney(text string, over bool) (string, ink) {
	if over {
		return signed(theme.MoneyOver, text, strong)
	}
	return text, strong.in(theme.MoneyLeft)
}

// renew offers what can be answered and kept today in a form that was begun before. What
// an amendment replaces stays what was seen when it was begun: who changed it since is not
// overwritten.
func (f *ticketForm) renew(v present.Panorama) {
	f.offer(v)
	if f.cause != nil {
		f.anew(f.cause, v.Responds)
	}
	f.watch(v)
	if promises := append([]present.Choice{{Text: f.keepsNone}}, v.Promises...); f.keeps != nil && !slices.Equal(f.keeps.ids, promises) {
		f.keeps.offer(promises)
	}
}

// told is called where somebody reads that the ticket is another by now: what they send then is about that.
func (f *ticketForm) told(v present.Panorama) {
	f.renew(v)
	if f.field != nil && slices.EqualFunc(f.view.Amendable, v.Amendable, func(a, b present.Field) bool { return a.Key == b.Key }) {
		f.view = v
	}
}

// anew offers what can be picked today. Where something is written nothing else is picked in
// place of what is gone: it was written about that.
func (f *ticketForm) anew(c *choice, today []present.Choice) {
	if slices.Equal(c.ids, today) {
		return
	}
	c.offer(today)
	if c.SelectedIndex() < 0 && (f.text == nil || f.text.Text == "") {
		c.SetSelectedIndex(0)
	}
}

// begin puts the focus on the first input. A form without one asks for a yes alone: there
// the focus is on what leaves it, so that a second Enter sends nothing.
func (f *ticketForm) begin() {
	if !f.form.begin() {
		focusOn(f.leave)
	}
}

// filled is what was filled in.
func (f *ticketForm) filled() present.TicketForm {
	t := present.TicketForm{Action: f.action}
	if f.text != nil {
		t.Text = f.text.Text
	}
	f.filledResolving(&t)
	if f.direction != nil {
		t.Outbound, t.Channel, t.Cause = f.direction.SelectedIndex() == 1, f.channel.Selected, f.keeps.picked().ID
	}
	if f.unit != nil {
		t.Department = f.unit.picked().ID
	}
	if f.cause != nil {
		t.Cause = f.cause.picked().ID
	}
	if f.field != nil {
		field := f.view.Amendable[f.field.SelectedIndex()]
		t.Field, t.Old, t.New = field.Key, field.Text, f.text.Text
	}
	if f.kind != nil {
		t.Warranty, t.Amount, t.Station = f.kind.SelectedIndex() == 1, f.amount.Text, f.station.Text
	}
	return t
}

// fill puts into the form what was filled in before.
func (f *ticketForm) fill(t present.TicketForm) {
	nth := map[bool]int{true: 1}
	if f.direction != nil {
		f.direction.SetSelectedIndex(nth[t.Outbound])
		f.channel.SetSelected(t.Channel)
		f.keeps.choose(t.Cause)
	}
	if f.unit != nil {
		f.unit.choose(t.Department)
	}
	if f.cause != nil {
		f.cause.choose(t.Cause)
	}
	if i := slices.IndexFunc(f.view.Amendable, func(a present.Field) bool { return a.Key == t.Field }); f.field != nil && i >= 0 {
		f.field.SetSelectedIndex(i)
		t.Text = t.New
	}
	if f.kind != nil {
		f.kind.SetSelectedIndex(nth[t.Warranty])
		f.amount.SetText(t.Amount)
		f.station.SetText(t.Station)
	}
	f.fillResolving(t)
	if f.text != nil {
		f.text.SetText(t.Text)
	}
}

// untouched says that nobody typed or picked anything in it.
func (f *ticketForm) untouched() bool { return f.filled() == f.blank || f.filled() == f.full }

// refill puts into the form what an act was given with.
func (f *ticketForm) refill(t present.TicketForm) {
	f.fill(t)
	f.full = f.filled()
}

// keepFor leaves the form as it is, and says what was to be filled in. It is once the draft is
// discarded.
func (f *ticketForm) keepFor(later again) {
	f.later = &later
	f.stays.write(f.pane.shell.words()("draft.stays", "What", later.screen), f.stays.ink)
	f.stays.Show()
	f.pane.content.Refresh()
}

// submit gives the command and puts the form away once it is kept.
func (f *ticketForm) submit() {
	if f.busy {
		return
	}
	shell := f.pane.shell
	wishes, faults := shell.scene().Act(f.view, f.filled(), shell.place.NewID)
	faults = append(f.form.stopped(), faults...)
	if f.form.blame(faults); len(faults) > 0 {
		f.pane.content.Refresh()
		return
	}
	f.busy = true
	shell.drafts.give(f.form, wish(wishes), func(_ []present.Fault, err error) {
		f.busy = false
		if err != nil {
			faults := shell.scene().Refused(err)
			var refusal *replica.Refusal
			if errors.As(err, &refusal) && f.pane.view.Ticket == f.view.Ticket {
				f.told(f.pane.view)
			}
			f.form.blame(faults)
			f.pane.content.Refresh()
			if f.pane.open != f || shell.here != placeWork {
				shell.line.refuse(inOneLine(faults)) // what was filled in stands there
			}
			return
		}
		f.pane.sent(f)
	})
}
