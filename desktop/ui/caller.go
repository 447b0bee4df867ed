package ui

import (
	"context"
	"reflect"
	"slices"
	"sync/atomic"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/container"

	"redress/desktop/present"
	"redress/desktop/ui/ime"
	"redress/desktop/ui/theme"
	"redress/syncproto"
)

// callerPane says who calls, beside the form of a new ticket: the customers and cars that the
// telephone number or VIN may be of as far as it is typed, and what is open for them. It has
// its own place, so that nothing moves while somebody types, and takes over nothing by
// itself.
type callerPane struct {
	page    *freshPage
	content fyne.CanvasObject
	cards   *fyne.Container
	first   *press // takes over

	took map[*ime.Field]string // from the caller before, as it was filled in

	fields  []*ime.Field // the telephone number and the VIN, the one that was typed last first
	callers []present.Caller
	asked   atomic.Int64
}

// callerWidth is the pane's beside the form, in units; callerHeight is what it has above the
// form where the window is too narrow for both, as at a large scale. It is as high when it
// is empty, so that nothing moves while somebody types.
const (
	callerWidth  = 288
	callerHeight = 132
	formWidth    = 600 // of a form that has the pane beside it, at the least
)

// aside puts a pane at the right of a form, or above it.
type aside struct{ above *bool }

// besideForm is the form with the pane.
func besideForm(form, pane fyne.CanvasObject) *fyne.Container {
	return container.New(aside{above: new(bool)}, form, container.NewVScroll(pane))
}

// MinSize is as of the last Layout: the height follows from the width.
func (a aside) MinSize(objects []fyne.CanvasObject) fyne.Size {
	least := objects[0].MinSize()
	if *a.above {
		least.Height += callerHeight + gap
	}
	return least
}

func (a aside) Layout(objects []fyne.CanvasObject, size fyne.Size) {
	form, pane := objects[0], objects[1]
	if *a.above = size.Width < formWidth+2*gap+callerWidth; *a.above {
		pane.Move(fyne.NewPos(0, 0))
		pane.Resize(fyne.NewSize(size.Width, callerHeight))
		form.Move(fyne.NewPos(0, callerHeight+gap))
		form.Resize(fyne.NewSize(size.Width, size.Height-callerHeight-gap))
		return
	}
	width := size.Width - callerWidth - 2*gap
	form.Move(fyne.NewPos(0, 0))
	form.Resize(fyne.NewSize(width, size.Height))
	pane.Move(fyne.NewPos(width+2*gap, 0))
	pane.Resize(fyne.NewSize(callerWidth, size.Height))
}

func newCallerPane(p *freshPage) *callerPane {
	c := &callerPane{page: p, cards: stacked(gap), took: map[*ime.Field]string{}}
	c.fields = []*ime.Field{p.phone, p.vin}
	c.content = padded(2, stacked(gap, cut(p.shell.words()("caller.title"), strong), c.cards))
	c.draw(nil)
	for _, f := range []*ime.Field{p.phone, p.vin} {
		f.OnChanged = func(string) {
			if c.fields[0] != f {
				slices.Reverse(c.fields)
			}
			c.reload()
		}
		onKeys(f, p.fieldKeys())
	}
	return c
}

// typed is what may tell of a caller, the field that was typed last first.
func (c *callerPane) typed() (texts []string) {
	for _, f := range c.fields {
		if present.Recognises(f.Text) {
			texts = append(texts, f.Text)
		}
	}
	return texts
}

// reload asks who the numbers may be of. Of several askings the last is answered.
func (c *callerPane) reload() {
	n, typed := c.asked.Add(1), c.typed()
	if len(typed) == 0 {
		c.show(n, nil, nil)
		return
	}
	place := c.page.shell.place
	ask(c.page.shell.app.threads, func() (callers []present.Caller, err error) {
		for _, text := range typed {
			if len(callers) > 0 || err != nil || n != c.asked.Load() {
				break
			}
			callers, err = place.View().Callers(context.Background(), place.Read(), text)
		}
		return callers, err
	}, func(callers []present.Caller, err error) { c.show(n, callers, err) })
}

func (c *callerPane) show(n int64, callers []present.Caller, err error) {
	if n != c.asked.Load() {
		return
	}
	if err != nil {
		c.callers, c.first = nil, nil
		c.cards.Objects = []fyne.CanvasObject{say(present.Problem(c.page.shell.words(), err), fault)}
		c.page.whole.Refresh()
		return
	}
	if len(callers) == 0 || !reflect.DeepEqual(callers, c.callers) {
		c.draw(callers)
	}
}

// draw shows them. What has the focus keeps it where it is still there.
func (c *callerPane) draw(callers []present.Caller) {
	w := c.page.shell.words()
	on := c.focused()
	c.callers, c.first = callers, nil
	var cards []fyne.CanvasObject
	opens := hint(syncproto.CommandReopen) // of the first, as below: those of others are reached by Tab
	for _, caller := range callers {
		takes := ""
		if c.first == nil {
			takes = takeOverHint
		}
		take := newPress(w("caller.take"), takes, plain, func() { c.take(caller) }).on(join(caller.Name, caller.VIN)).only(caller.Phone)
		if c.first == nil {
			c.first = take
		}
		parts := []fyne.CanvasObject{say(join(caller.Name, caller.Phone), strong)}
		if car := join(caller.VIN, caller.Model); car != "" {
			parts = append(parts, say(car, body))
		}
		parts = append(parts, flowing(take))
		for _, t := range caller.Open {
			text, pen := signed(theme.Role(t.Urgency), t.Left, strong)
			open := newPress(w("action.open"), opens, plain, func() { c.page.shell.openTicket(t.Ticket) }).on(join(t.Number, t.Subject)).only(t.Number)
			opens = ""
			parts = append(parts, stacked(0, cut(text, pen), say(t.Subject, body),
				container.NewBorder(nil, nil, natural(cut(t.Number, quiet)), open)))
		}
		if past := join(caller.Others, caller.Closed); past != "" {
			parts = append(parts, say(past, quiet))
		}
		cards = append(cards, slim(stacked(gap, parts...)))
	}
	if len(cards) == 0 {
		key := "caller.hint"
		if len(c.typed()) > 0 {
			key = "caller.none"
		}
		cards = append(cards, say(w(key), quiet))
	}
	c.cards.Objects = cards
	c.cards.Refresh()
	if on != nil {
		if again := same(c.presses(), on); again != nil {
			focusOn(again)
		}
	}
	if c.page.whole != nil {
		c.page.whole.Refresh()
	}
}

// presses are the buttons, in order.
func (c *callerPane) presses() []*press { return pressesIn(c.cards) }

func pressesIn(o fyne.CanvasObject) (all []*press) {
	switch o := o.(type) {
	case *press:
		return []*press{o}
	case *fyne.Container:
		for _, inner := range o.Objects {
			all = append(all, pressesIn(inner)...)
		}
	}
	return all
}

// focused is the button that has the focus, nil for none.
func (c *callerPane) focused() *press {
	for _, p := range c.presses() {
		if p.focused {
			return p
		}
	}
	return nil
}

// take puts what is known of a caller into the form, with the region and station of their newest
// ticket, and goes on with the first field that is still empty. What another caller was taken over
// with goes, also where nothing is known instead: no ticket is of one customer's name and another's
// car or region.
func (c *callerPane) take(caller present.Caller) {
	p := c.page
	for _, f := range []struct {
		field *ime.Field
		text  string
	}{{p.name, caller.Name}, {p.phone, caller.Phone}, {p.vin, caller.VIN}, {p.model, caller.Model}, {p.station, caller.Station}} {
		if before, took := c.took[f.field]; f.text != "" || took && f.field.Text == before {
			f.field.SetText(f.text)
			c.took[f.field] = f.text
		}
	}
	p.region.choose(caller.Region)
	for _, f := range []*ime.Field{p.name, p.phone, p.vin, p.subject} {
		if f.Text == "" {
			focusOn(f)
			return
		}
	}
	focusOn(p.subject)
}

// fieldKeys are the keys of the telephone number and the VIN.
func (p *freshPage) fieldKeys() []fieldKey {
	return []fieldKey{{"keys.toCaller", down, func(*ime.Field, *fyne.KeyEvent) {
		if p.caller.first != nil {
			focusOn(p.caller.first)
		}
	}}}
}
