package ui

import (
	"context"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/container"

	"redress/desktop/present"
	"redress/desktop/ui/theme"
	"redress/syncproto"
)

// devicesWidth is the width of the list of devices: a row says whose it is and what lies on it.
const devicesWidth = 500

// devicesPage is headquarters' page of all desks, the most worrying first, and beside it the
// one that was picked. While it is open it has the server asked now and then; what was
// answered before stays on it, with its time.
type devicesPage struct {
	shell *shell
	whole fyne.CanvasObject

	asOf, money *prose
	note, sums  *prose
	again       *press
	news        *press // the order has changed while somebody reads
	list        *rows
	empty       *nothing
	hidden      *prose
	pane        *devicePane

	latest []item // as read last, in the order of worry
	asked  int
}

func newDevices(s *shell) *devicesPage {
	w := s.words()
	p := &devicesPage{shell: s, asOf: say("", strong), money: say("", quiet), note: say("", quiet), sums: say("", body),
		empty: newNothing(), hidden: say("", quiet)}
	p.again = newPress(w("desks.ask"), submitHint, plain, p.submit)
	p.news = newPress("", refreshHint, plain, p.takeNews)
	p.news.Hide()
	p.pane = newDevicePane(p)
	p.list = newRows(p.picked, func() { p.pane.enter() }, nil)
	head := padded(12, stacked(4, cut(w("place.desks"), heading), p.asOf, p.money, p.note, p.sums, p.hidden, flowing(p.again)))
	p.whole = beside(devicesWidth, below(stacked(0, head, p.news, p.empty.box), p.list.framed(), false), p.pane.content)
	return p
}

func (p *devicesPage) content() fyne.CanvasObject { return p.whole }

func (p *devicesPage) open() {
	p.takeNews()
	focusOn(p.list)
}

// gone is called when somebody goes to another page: the question under way is given up.
func (p *devicesPage) gone() { p.shell.place.EndRoll() }

func (p *devicesPage) reload() {
	p.asked++
	n, picked, place := p.asked, p.list.picked, p.shell.place
	ask(p.shell.app.threads, func() (present.Devices, error) {
		return place.View().Devices(context.Background(), place.Read(), place.Roll(), picked)
	}, func(v present.Devices, err error) {
		if n == p.asked {
			p.draw(v, err)
		}
	})
}

func (p *devicesPage) draw(v present.Devices, err error) {
	w := p.shell.words()
	if err != nil {
		p.empty.say(present.Problem(w, err), fault)
		return
	}
	pen := strong
	if v.Stale {
		pen = pen.in(theme.Warning)
	}
	p.asOf.write(v.AsOf, pen)
	p.money.write(v.Money, quiet)
	p.note.write(v.Note, quiet)
	p.sums.write(join(v.Sums...), body)
	p.hidden.write(v.Hidden, quiet)
	p.latest = make([]item, 0, len(v.Rows))
	for _, r := range v.Rows {
		p.latest = append(p.latest, deviceItem(r))
	}
	text := ""
	if len(p.latest) == 0 {
		text = w("desks.none")
	}
	p.empty.say(text, body)
	kept, moved := keepPlaces(p.list.items, p.latest)
	if p.list.at() >= 0 && moved { // somebody reads: rows keep their places
		p.news.write(w("work.moved"), refreshHint)
		p.news.Show()
		p.list.show(kept)
	} else {
		p.takeNews()
	}
	p.pane.show(v.Picked)
	p.whole.Refresh()
	if v.Due && p.shell.here == placeDesks && p.shell.app.shell == p.shell {
		p.shell.place.CallRoll()
	}
}

// takeNews shows the list in the order of worry.
func (p *devicesPage) takeNews() {
	p.news.Hide()
	p.list.show(p.latest)
}

// keepPlaces are the items of now where they stood before, and whether some stand elsewhere
// now, are new or gone.
func keepPlaces(before, now []item) (kept []item, moved bool) {
	by := map[syncproto.ID]item{}
	for _, i := range now {
		by[i.id] = i
	}
	for _, i := range before {
		if latest, there := by[i.id]; there {
			kept = append(kept, latest)
		}
	}
	moved = len(kept) != len(now)
	for n := range kept {
		moved = moved || kept[n].id != now[n].id
	}
	return kept, moved
}

// deviceItem is a device as a row. What is worrying has a role's sign and colour; else the
// sign is that of a line: connected, handing in, away.
func deviceItem(r present.DeviceRow) item {
	i := item{id: r.Device, role: theme.Role(r.Urgency), lead: r.Lead, under: r.Seen, title: join(r.Person, r.Unit),
		below: join(r.Machine, r.Waiting, r.Forked, r.Holds)}
	if r.Urgency == "" {
		i.lead = deviceSigns[r.State] + i.lead
	}
	return i
}

// deviceSigns are those of a line; what is not known, and what is used no more, has others.
var deviceSigns = map[present.DeviceState]string{
	present.DeviceHere: lineSigns[present.Connected], present.DeviceHandsIn: lineSigns[present.Catching],
	present.DeviceAway: lineSigns[present.Offline], present.DeviceNever: lineSigns[present.Offline],
	present.DeviceEnded: theme.Void.Sign() + " ",
}

func (p *devicesPage) picked(syncproto.ID) {
	p.pane.scroll.ScrollToTop()
	p.reload()
}

// submit asks the server now.
func (p *devicesPage) submit() {
	p.shell.place.CallRoll()
	p.reload()
}

func (p *devicesPage) back() bool { return p.list.takeFocus() }

func (p *devicesPage) hurried() bool { return false }

func (p *devicesPage) paper() *container.Scroll { return p.pane.scroll }
