package ui

import (
	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/container"

	"redress/desktop/present"
	"redress/desktop/ui/theme"
)

// devicePane is one device in full: how it stands, what lies on it, and what can be done.
type devicePane struct {
	page    *devicesPage
	content *fyne.Container
	none    *prose
	scroll  *container.Scroll

	name, lead *prose
	seen, unit *prose
	waiting    *prose
	program    *prose
	holds      *fyne.Container
	steps      *fyne.Container
	copied     *prose
	view       *present.Device
}

func newDevicePane(p *devicesPage) *devicePane {
	w := p.shell.words()
	d := &devicePane{page: p, none: say(w("desks.pick"), quiet), name: say("", heading), lead: say("", number), seen: say("", body),
		unit: say("", body), waiting: say("", body), program: say("", quiet), holds: stacked(2), steps: stacked(gap), copied: say("", quiet)}
	top := card(stacked(gap, d.name, d.unit, d.lead, d.seen, d.waiting, d.program, say(w("desks.holding"), strong), d.holds))
	d.scroll = container.NewVScroll(padded(16, stacked(14, top, say(w("desks.next"), heading), d.steps, d.copied)))
	d.content = container.NewStack(padded(16, d.none), d.scroll)
	d.scroll.Hide()
	return d
}

// show shows a device, or none.
func (d *devicePane) show(v *present.Device) {
	shown(d.scroll, v != nil)
	shown(d.none, v == nil)
	if v == nil {
		d.view = nil
		d.content.Refresh()
		return
	}
	w, r := d.page.shell.words(), v.Row
	before := d.view
	if before == nil || before.Row.Device != r.Device {
		d.copied.write("", quiet)
		before = &present.Device{}
	}
	d.view = v
	d.name.write(join(r.Person, r.Machine), heading)
	d.unit.write(r.Unit, body)
	i := deviceItem(r)
	d.lead.write(signed(i.role, i.lead, number))
	d.seen.write(r.Seen, body)
	waiting := body
	if r.Waiting != "" {
		waiting = strong.in(theme.Warning)
	}
	d.waiting.write(v.Waiting, waiting)
	d.program.write(v.Program, quiet)
	redraw(d.holds, before.Holds, v.Holds, func() []fyne.CanvasObject { return d.holdFaces(w, v.Holds) })
	redraw(d.steps, before.Next, v.Next, func() []fyne.CanvasObject { return d.stepFaces(w, v.Next) })
	d.content.Refresh()
}

func (d *devicePane) holdFaces(w present.Words, holds []present.DeviceHold) []fyne.CanvasObject {
	if len(holds) == 0 {
		return []fyne.CanvasObject{say(w("desks.holdsNothing"), quiet)}
	}
	faces := make([]fyne.CanvasObject, 0, len(holds))
	for _, h := range holds {
		sign := ""
		if h.Money {
			sign = theme.MoneyLeft.Sign() + " "
		}
		faces = append(faces, say(sign+h.Text, body))
	}
	return faces
}

// stepFaces are what can be done, in order. A command of the server's operator can be copied.
func (d *devicePane) stepFaces(w present.Words, next []present.DeviceStep) []fyne.CanvasObject {
	faces := make([]fyne.CanvasObject, 0, len(next))
	for _, n := range next {
		if n.Command == "" {
			faces = append(faces, slim(say(n.Text, body)))
			continue
		}
		copying := newPress(w("desks.copy"), "", plain, func() {
			fyne.CurrentApp().Clipboard().SetContent(n.Command)
			d.copied.write(w("desks.copied", "Command", n.Command), quiet)
			d.content.Refresh()
		}).on(n.Command)
		faces = append(faces, slim(stacked(4, say(n.Text, body), say(n.Command, strong), flowing(copying))))
	}
	return faces
}

// enter puts the focus on the first command that can be copied, else on asking again.
func (d *devicePane) enter() {
	if b := firstPress(d.steps); b != nil {
		focusOn(b)
		return
	}
	focusOn(d.page.again)
}
