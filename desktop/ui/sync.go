package ui

import (
	"context"
	"slices"
	"strings"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/container"
	stock "fyne.io/fyne/v2/theme"

	"redress/desktop/present"
	"redress/desktop/ui/theme"
	"redress/syncproto"
)

// syncPage says how this desk and the server stand: since when it is offline, what waits,
// and what needs the person and what can be done about it. Nothing leaves it by itself.
type syncPage struct {
	shell *shell
	whole *container.Scroll

	state   *prose
	trouble *prose
	heard   *prose
	kept    *prose
	retry   *press
	cards   *fyne.Container
	waiting *fyne.Container

	view     present.Sync
	asked    int
	arriving bool // the focus goes to what is first, once it is there
}

func newSync(s *shell) *syncPage {
	w := s.words()
	p := &syncPage{shell: s, state: say("", number), trouble: say("", body), heard: say("", quiet), kept: say("", quiet), cards: stacked(gap), waiting: stacked(gap)}
	p.retry = newPress(w("sync.retry"), submitHint, plain, func() { s.place.Retry() })
	p.retry.Hide()
	all := stacked(14, stacked(4, p.state, p.trouble, p.heard, flowing(p.retry)),
		say(w("sync.needsYou"), heading), p.cards, say(w("sync.waiting"), heading), p.waiting,
		say(w("sync.kept"), heading), p.kept)
	p.whole = container.NewVScroll(padded(16, container.New(limited(960), all)))
	return p
}

func (p *syncPage) content() fyne.CanvasObject { return p.whole }

func (p *syncPage) open() { p.arriving = true }

// enter puts the focus on the first thing that can be done.
func (p *syncPage) enter() {
	if b := firstPress(p.cards); b != nil {
		focusOn(b)
	} else if p.retry.Visible() {
		focusOn(p.retry)
	}
}

func firstPress(o fyne.CanvasObject) *press {
	switch o := o.(type) {
	case *press:
		return o
	case *fyne.Container:
		for _, inner := range o.Objects {
			if b := firstPress(inner); b != nil {
				return b
			}
		}
	}
	return nil
}

func (p *syncPage) reload() {
	p.asked++
	n := p.asked
	ask(p.shell.app.threads, func() (present.Sync, error) {
		return p.shell.place.View().Sync(context.Background(), p.shell.place.Read(), p.shell.place.Trouble())
	}, func(v present.Sync, err error) {
		if n == p.asked {
			p.draw(v, err)
		}
	})
}

func (p *syncPage) draw(v present.Sync, err error) {
	if err != nil {
		p.state.write(present.Problem(p.shell.words(), err), ink{number.size, stock.ColorNameError, true})
		return
	}
	w := p.shell.words()
	before, focused := p.view, p.shell.app.window.Canvas().Focused()
	p.view = v
	pen := number
	if v.Line.State == present.Connected {
		pen = pen.in(theme.Met)
	}
	p.state.write(lineSigns[v.Line.State]+v.Line.Text, pen)
	p.trouble.write(v.Line.Trouble, body)
	heard := ""
	if v.Heard != "" {
		heard = w("sync.heard", "When", v.Heard)
	}
	p.heard.write(heard, quiet)
	p.kept.write(strings.Join(v.Kept, "\n"), quiet)
	shown(p.retry, v.Line.State == present.Offline || v.Line.Waiting != "") // a line that answers nothing may be none
	was, is := focused.(*press)
	had := is && slices.Contains(pressesIn(p.cards), was)
	redraw(p.cards, before.Cards, v.Cards, func() []fyne.CanvasObject { return p.cardFaces(v.Cards) })
	redraw(p.waiting, before.Waiting, v.Waiting, func() []fyne.CanvasObject { return p.waitingFaces(v.Waiting) })
	p.whole.Refresh()
	stays := shows(p.whole, focused) // or is drawn anew: whoever has gone on to it is not led away
	switch {
	case focused == nil, focused == fyne.Focusable(p.shell.nav[placeSync]):
		p.arriving = true // there was nothing to be done here
	case had:
		stays = same(pressesIn(p.cards), was) != nil
		p.arriving = true
	case focused == fyne.Focusable(p.retry):
		p.arriving = true
	}
	if p.arriving {
		p.arriving = false
		if !stays {
			p.enter()
		}
	}
}

func (p *syncPage) cardFaces(cards []present.Card) []fyne.CanvasObject {
	w := p.shell.words()
	if len(cards) == 0 {
		return []fyne.CanvasObject{say(w("sync.noneNeedsYou"), quiet)}
	}
	faces := make([]fyne.CanvasObject, 0, len(cards))
	for _, c := range cards {
		lines := stacked(4,
			say(theme.NeedsYou.Sign()+" "+c.Says, strong.in(theme.NeedsYou)),
			say(w("sync.youDid", "When", c.When, "What", c.What), body),
			say(c.Screen, quiet))
		for _, changed := range c.Changed {
			lines.Add(say(w("sync.meanwhile", "What", changed), quiet))
		}
		lines.Add(say(c.Next, body))
		lines.Add(flowing(p.ways(c)...))
		faces = append(faces, card(lines))
	}
	return faces
}

// ways are the things that can be done about a card.
func (p *syncPage) ways(c present.Card) []fyne.CanvasObject {
	w := p.shell.words()
	var ways []fyne.CanvasObject
	add := func(word string, how weight, do func()) *press {
		p := newPress(word, "", how, do).on(c.What).only(c.Command.String())
		ways = append(ways, p)
		return p
	}
	switch c.About.Kind {
	case syncproto.KindTicket:
		add(w("action.open"), next, func() { p.shell.openTicket(c.About.ID) })
	case syncproto.KindClaim:
		add(w("action.open"), next, func() { p.openClaim(c.About.ID) })
	case syncproto.KindAccount:
		if p.shell.claims {
			add(w("action.open"), next, func() { p.shell.goTo(placeClaims) })
		}
	}
	if c.Again {
		add(w("sync.again"), plain, func() { p.again(c) })
	}
	if !c.Parked { // else there is more to come, and it stays
		add(w("sync.dismiss"), plain, func() { p.dismiss(c) }).giving()
	}
	return ways
}

// openClaim goes to the claim, or to its ticket where the person has nothing to do with
// claims.
func (p *syncPage) openClaim(id syncproto.ID) {
	if p.shell.claims {
		p.shell.openClaim(id)
		return
	}
	ask(p.shell.app.threads, func() (syncproto.ID, error) {
		body, _, err := p.shell.place.View().Claim(context.Background(), id)
		return body.Ticket, err
	}, func(on syncproto.ID, err error) {
		if err == nil && !on.IsZero() && p.shell.here == placeSync { // who has gone on is not led away
			p.shell.openTicket(on)
		}
	})
}

// again opens the form of the command once more, filled in as it was, or as it was begun since.
func (p *syncPage) again(c present.Card) {
	p.shell.openTicket(c.Ticket)
	p.shell.work.ticket.resume(c.Filled, c.Screen)
}

func (p *syncPage) dismiss(c present.Card) {
	ask(p.shell.app.threads, func() (struct{}, error) {
		return struct{}{}, p.shell.place.View().Replica.Dismiss(context.Background(), c.Command, c.Told)
	}, func(_ struct{}, err error) {
		if err != nil {
			p.shell.line.refuse(present.Problem(p.shell.words(), err)) // what stands on the page is read anew
		}
		p.shell.reload()
	})
}

func (p *syncPage) waitingFaces(rows []present.WaitingRow) []fyne.CanvasObject {
	if len(rows) == 0 {
		return []fyne.CanvasObject{say(p.shell.words()("sync.noneWaiting"), quiet)}
	}
	faces := make([]fyne.CanvasObject, 0, len(rows))
	for _, r := range rows {
		faces = append(faces, labelled(whenWidth, r.When, stacked(0, say(r.What, strong), say(r.About, body), say(r.State, kept))))
	}
	return faces
}

// submit tries the line now.
func (p *syncPage) submit() {
	if p.retry.Visible() {
		p.shell.place.Retry()
	}
}

func (p *syncPage) back() bool { return false }

func (p *syncPage) hurried() bool { return false }

func (p *syncPage) paper() *container.Scroll { return p.whole }
