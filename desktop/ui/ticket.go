package ui

import (
	"context"
	"reflect"
	"slices"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/container"
	stock "fyne.io/fyne/v2/theme"
	"fyne.io/fyne/v2/widget"

	"redress/desktop/present"
	"redress/desktop/ui/theme"
	"redress/syncproto"
)

// ticketPane is all of one ticket: head, actions, clocks, facts, claims, trail. What did
// not change is not drawn anew, so that neither the focus nor the place of reading moves.
type ticketPane struct {
	shell   *shell
	content *fyne.Container
	scroll  *container.Scroll
	empty   *prose

	head    *ticketHead
	actions *fyne.Container
	form    *fyne.Container
	drafts  *draftLines     // of forms that are not open
	waits   *fyne.Container // what waits for somebody's decision
	clocks  *fyne.Container
	facts   *fyne.Container
	claims  *fyne.Container
	trail   *fyne.Container

	id    syncproto.ID
	view  present.Panorama
	asked int
	then  then // what comes once the ticket asked for is shown

	forms map[begun]*ticketForm // not sent
	open  *ticketForm
}

// then is what is to be done on one ticket once it is shown. Whoever goes to another meanwhile has
// done with it: a form filled in for one ticket never opens on another.
type then struct {
	ticket syncproto.ID
	do     func()
}

// begun names a form that was begun: an action on a ticket.
type begun struct {
	ticket syncproto.ID
	action present.Action
}

func newTicket(s *shell) *ticketPane {
	t := &ticketPane{shell: s, head: newTicketHead(), actions: flowing(), form: container.NewStack(), drafts: newDraftLines(),
		waits: stacked(6), clocks: stacked(6), facts: stacked(6), claims: stacked(6), trail: stacked(10), forms: map[begun]*ticketForm{}}
	t.scroll = container.NewVScroll(padded(16, stacked(14, t.head.content, t.actions, t.form, t.drafts.box, t.waits, t.clocks, t.facts, t.claims, t.trail)))
	t.empty = say("", quiet)
	t.content = container.NewStack(t.scroll, padded(24, stacked(0, t.empty)))
	t.scroll.Hide()
	return t
}

// show asks for a ticket and shows it from its top.
func (t *ticketPane) show(id syncproto.ID) {
	if id != t.id {
		t.shell.drafts.keep()
		t.id, t.view = id, present.Panorama{}
		if t.then.ticket != id {
			t.then = then{}
		}
		for _, part := range []*fyne.Container{t.waits, t.clocks, t.facts, t.claims, t.trail} {
			part.Objects = nil // nothing of one ticket is ever seen on another
		}
		t.warn("")
		t.scroll.Offset = fyne.NewPos(0, 0)
		t.turnForm(nil)
	}
	t.reload()
}

func (t *ticketPane) reload() {
	if t.id.IsZero() {
		return
	}
	t.asked++
	n, id := t.asked, t.id
	type answer struct {
		view present.Panorama
		held bool
	}
	ask(t.shell.app.threads, func() (answer, error) {
		view, held, err := t.shell.place.View().Panorama(context.Background(), t.shell.place.Read(), id)
		return answer{view, held}, err
	}, func(a answer, err error) {
		switch {
		case n != t.asked:
		case err != nil:
			t.say(present.Problem(t.shell.words(), err))
		case !a.held:
			t.say(t.shell.words()("ticket.gone"))
		default:
			t.draw(a.view)
		}
	})
}

// invite says how to pick a ticket, where there is one to pick and none is shown.
func (t *ticketPane) invite(some bool) {
	if !t.id.IsZero() {
		return
	}
	text := ""
	if some {
		text = t.shell.words()("ticket.none")
	}
	t.empty.write(text, quiet)
}

// say shows a sentence in place of a ticket.
func (t *ticketPane) say(text string) {
	t.empty.write(text, quiet)
	t.empty.Show()
	t.scroll.Hide()
	t.content.Refresh()
}

func (t *ticketPane) draw(v present.Panorama) {
	before := t.view
	t.view = v
	t.head.show(v)
	if before.Ticket != v.Ticket || before.Next != v.Next || !reflect.DeepEqual(before.Others, v.Others) {
		t.drawActions(v)
	}
	redraw(t.waits, [4]any{before.Offers(accepts), before.Proposals, before.Escalations, before.Disputes}, [4]any{v.Offers(accepts), v.Proposals, v.Escalations, v.Disputes},
		func() []fyne.CanvasObject { return waitFaces(t.shell.words(), v) })
	redraw(t.clocks, before.Clocks, v.Clocks, func() []fyne.CanvasObject { return clockFaces(v.Clocks) })
	redraw(t.facts, [2][]present.Fact{before.Facts, before.Story}, [2][]present.Fact{v.Facts, v.Story},
		func() []fyne.CanvasObject { return factFaces(v) })
	redraw(t.claims, before.Claims, v.Claims, func() []fyne.CanvasObject { return t.claimFaces(v.Claims) })
	redraw(t.trail, before.Trail, v.Trail, func() []fyne.CanvasObject { return trailFaces(t.shell.words(), v.Trail) })
	if t.open != nil {
		t.open.watch(v)
	}
	t.drawDrafts()
	if !t.scroll.Visible() {
		t.empty.Hide()
		t.scroll.Show()
	}
	t.content.Refresh()
	if next := t.then; next.do != nil {
		t.then = then{}
		next.do()
	}
}

// redraw makes a part anew where what it shows has changed.
func redraw(part *fyne.Container, before, now any, faces func() []fyne.CanvasObject) {
	if len(part.Objects) > 0 && reflect.DeepEqual(before, now) {
		return
	}
	part.Objects = faces()
	part.Refresh()
}

// drawActions draws the buttons anew. Where one of them has the focus it stays with the
// same action; with what was next it goes on to what is next now.
func (t *ticketPane) drawActions(v present.Panorama) {
	focused, _ := t.shell.app.window.Canvas().Focused().(*press)
	held := focused != nil && slices.Contains(t.actions.Objects, fyne.CanvasObject(focused))
	t.actions.Objects = nil
	var same *press
	add := func(a present.Action, w weight) {
		kind := a.Kind()
		p := newPress(a.Word(t.shell.words()), hint(kind), w, func() { t.act(kind) })
		if held && focused.weight == plain && focused.word == p.word {
			same = p
		}
		t.actions.Add(p)
	}
	if v.Next != present.None {
		add(v.Next, next)
	}
	for _, a := range v.Others {
		add(a, plain)
	}
	t.actions.Refresh()
	switch {
	case same != nil:
		focusOn(same)
	case held:
		t.enter()
	}
}

// enter puts the focus on the ticket: on the form that is open, else on what is next. Where
// nothing can be done with it the focus is on the list.
func (t *ticketPane) enter() {
	if t.open != nil {
		t.open.begin()
		return
	}
	if len(t.actions.Objects) > 0 {
		if b, ok := t.actions.Objects[0].(*press); ok {
			focusOn(b)
			return
		}
	}
	focusOn(t.shell.work.list)
}

func (t *ticketPane) hurried() bool {
	for _, c := range t.view.Clocks {
		if c.Soon {
			return true
		}
	}
	return false
}

// ticketHead is what stands above everything else of a ticket.
type ticketHead struct {
	content *fyne.Container
	number  *prose
	mark    *prose
	subject *prose
	whose   *prose // customer and car
	holder  *prose
	state   *prose
	higher  *prose // with whom it is higher up
	warning *prose
}

func newTicketHead() *ticketHead {
	h := &ticketHead{number: cut("", number), mark: say("", strong), subject: say("", heading), whose: say("", strong), holder: say("", body), state: say("", strong), higher: say("", strong), warning: say("", ink{body.size, stock.ColorNameError, true})}
	h.content = stacked(2, container.NewBorder(nil, nil, natural(h.number), nil, container.New(centred{}, h.mark)), h.subject, h.whose, h.holder, h.state, h.higher, h.warning)
	return h
}

func (h *ticketHead) show(v present.Panorama) {
	h.number.write(v.Number, number)
	h.mark.write(v.Mark, strong.in(theme.Warning))
	h.subject.write(v.Subject, heading)
	h.whose.write(join(v.Customer, v.Vehicle), strong)
	h.holder.write(join(v.Holder, v.Phone), body)
	h.state.write(v.State, strong)
	h.higher.write(signed(theme.Escalated, v.Escalated, strong))
	h.content.Refresh()
}

// factWidth is the width of a fact's name.
const factWidth = 72

// factFaces are what was told, each over the whole width, and the rest in two columns.
func factFaces(v present.Panorama) []fyne.CanvasObject {
	face := func(f present.Fact) fyne.CanvasObject {
		return labelled(factWidth, f.Name, stacked(0, say(f.Text, body)))
	}
	var faces []fyne.CanvasObject
	for _, f := range v.Story {
		faces = append(faces, face(f))
	}
	for pair := range slices.Chunk(v.Facts, 2) {
		row := []fyne.CanvasObject{face(pair[0]), stacked(0)}
		if len(pair) == 2 {
			row[1] = face(pair[1])
		}
		faces = append(faces, inRow(row...))
	}
	return faces
}

// claimFaces are the ticket's claims, on one card.
func (t *ticketPane) claimFaces(claims []present.ClaimRow) []fyne.CanvasObject {
	if len(claims) == 0 {
		return nil
	}
	lines := stacked(gap)
	for _, c := range claims {
		id := c.Claim
		line := stacked(0, say(join(c.Kind, c.Amount, c.What), body), say(join(c.State, c.Filed, c.Station, c.Mark), quiet))
		if c.Way != "" {
			way := newPress(c.Way, "", plain, func() { t.shell.openClaim(id) }).on(join(c.Kind, c.Amount)).only(id.String())
			lines.Add(container.NewBorder(nil, nil, nil, container.NewCenter(way), line))
			continue
		}
		lines.Add(line)
	}
	return []fyne.CanvasObject{card(lines)}
}

// toneSigns tell what kind of step a line of the trail is.
var toneSigns = map[present.Tone]string{present.ToneWork: "▪", present.ToneContact: "☎", present.ToneNote: "※"}

// whenWidth is the width of a moment in the trail.
const whenWidth = 112

func trailFaces(w present.Words, trail []present.TrailLine) []fyne.CanvasObject {
	faces := make([]fyne.CanvasObject, 0, len(trail)+2)
	faces = append(faces, widget.NewSeparator(), say(w("ticket.trail"), heading))
	for _, l := range trail {
		sign, pen := toneSigns[l.Tone], body
		if l.Tone == present.ToneClock {
			role := theme.Role(l.Urgency)
			sign, pen = role.Sign(), body.in(role)
		}
		faces = append(faces, stepFace(l, say(sign+" "+l.What, pen)))
	}
	return faces
}

// stepFace is a step of a trail, under what says what was done.
func stepFace(l present.TrailLine, what *prose) fyne.CanvasObject {
	lines := stacked(0, what)
	if l.Text != "" {
		lines.Add(say(l.Text, body))
	}
	lines.Add(say(join(l.Who, l.Desk, l.Arrived), quiet))
	if l.Mark != "" {
		lines.Add(say(l.Mark, kept))
	}
	return labelled(whenWidth, l.When, lines)
}
