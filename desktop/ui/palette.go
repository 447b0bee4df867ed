package ui

import (
	"context"
	"slices"
	"sync/atomic"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/container"

	"redress/desktop/present"
	"redress/desktop/replica"
	"redress/desktop/ui/ime"
	"redress/desktop/ui/theme"
)

// palette is one text field for everything: what can be done on the page that is open, where
// one can go, and every ticket and claim that is held here. It gives no command and sends no
// form: it goes somewhere, opens a form, or presses the button that the page shows.
type palette struct {
	app    *App
	text   *ime.Field
	list   *fyne.Container
	scroll *container.Scroll

	standing []line         // what can be done and where one can go, as it was when it was opened
	shown    []*paletteLine // what fits
	at       int            // of those, the one that Enter takes

	found    []line
	asked    atomic.Int64 // the last of the searches
	answered int64        // the last whose answer is shown
	enter    bool         // Enter was pressed before the answer came
	chose    bool         // a line was picked since the text was typed
	none     bool         // and is not found any more
}

// line is one thing of the palette.
type line struct {
	group string // under which heading it stands
	word  string
	below string // what it is about, where the word does not say it
	hint  string // its own key
	role  theme.Role
	do    func()
}

// The palette's width, and how many tickets and claims it lists: the rest are on the page of
// the search.
const (
	paletteWidth = 720
	paletteFinds = 8
	paletteEdge  = 4 // around the lines, so that the border of the picked one is seen
)

func (a *App) togglePalette() {
	if a.isOver(paletteName) {
		a.closeOver()
		return
	}
	a.closeOver()
	p := &palette{app: a, text: ime.New(replica.MaxQuery), list: stacked(2)}
	p.standing = p.stand()
	p.text.SetPlaceHolder(a.words("palette.placeholder"))
	p.text.OnChanged = func(string) { p.typed() }
	onKeys(p.text, p.fieldKeys())
	p.scroll = container.NewVScroll(padded(paletteEdge, p.list))
	foot := say(a.words("palette.help"), quiet)
	a.lay(paletteName, container.NewBorder(padded(2, p.text), padded(4, foot), nil, nil, p.scroll), p.scroll, paletteWidth, p.text)
	p.draw()
}

// fieldKeys are the keys of the text.
func (p *palette) fieldKeys() []fieldKey {
	return []fieldKey{
		{"keys.pick", arrows, func(_ *ime.Field, key *fyne.KeyEvent) { p.step(towards(key)) }},
		{"keys.take", enters, func(*ime.Field, *fyne.KeyEvent) { p.taken() }},
	}
}

// stand is what can be done here and where one can go.
func (p *palette) stand() (all []line) {
	a := p.app
	for _, b := range a.offers() {
		below := b.about
		if b.gives || b.hint == submitHint {
			below = join(below, a.words("palette.goesTo"))
		}
		all = append(all, line{group: "palette.here", word: b.word, below: below, hint: b.hint, do: func() {
			if now := same(a.offers(), b); now != nil {
				choose(now)
			}
		}})
	}
	for _, k := range a.windowKeys() {
		l := line{group: "palette.everywhere", word: join(k.word, k.count), do: k.run}
		if len(k.chords) > 0 {
			l.hint = k.chords[0].String()
		}
		onPage := l.hint != "" && slices.ContainsFunc(all, func(other line) bool { return other.hint == l.hint })
		if k.here && k.line && !onPage {
			all = append(all, l)
		}
	}
	return all
}

// typed is called for every change of the text.
func (p *palette) typed() {
	p.at, p.enter, p.chose, p.none = 0, false, false, false
	n, text := p.asked.Add(1), p.text.Text
	if p.app.shell == nil || replica.ReadQuery(text).Empty() {
		p.found, p.answered = nil, n
		p.draw()
		return
	}
	p.draw()
	place := p.app.shell.place
	ask(p.app.threads, func() (present.Search, error) {
		if n != p.asked.Load() {
			return present.Search{}, nil // something else was typed meanwhile
		}
		return place.View().Find(context.Background(), place.Read(), text, replica.Place{}, paletteFinds)
	}, func(found present.Search, err error) { p.take(n, found, err) })
}

// take takes an answer, if nothing was typed since.
func (p *palette) take(n int64, found present.Search, err error) {
	if n != p.asked.Load() || p.app.over == nil || p.app.over.scroll != p.scroll { // closed, also where there is another
		return
	}
	var picked line
	if p.chose && p.at < len(p.shown) {
		picked = p.shown[p.at].line
	}
	p.answered, p.found = n, nil
	w, text := p.app.words, p.text.Text
	if err != nil {
		p.found = []line{{group: "palette.found", word: present.Problem(w, err)}}
	}
	for _, r := range found.Rows {
		p.found = append(p.found, line{group: "palette.found", word: join(r.Number, r.Subject), below: join(r.Stand, r.Who, r.Where), role: theme.Role(r.Urgency),
			do: func() { p.app.closeSettings(); p.app.shell.openFound(r) }})
	}
	if found.More {
		p.found = append(p.found, line{group: "palette.found", word: w("palette.all", "Text", text), do: func() { p.app.find(); p.app.shell.findText(text) }})
	}
	if p.draw(); p.chose {
		p.keep(picked)
	}
	if p.enter {
		p.taken()
	}
}

// keep has the line stay picked that was, wherever it stands now. Where it is not found any more none is:
// no other was meant.
func (p *palette) keep(picked line) {
	p.at = slices.IndexFunc(p.shown, func(f *paletteLine) bool { return f.line.group == picked.group && f.line.word == picked.word })
	p.none = p.at < 0
	p.mark()
}

// draw shows what fits, each group under its heading.
func (p *palette) draw() {
	var fit []line
	for _, l := range p.standing {
		if fits(p.text.Text, l.word, l.below) {
			fit = append(fit, l)
		}
	}
	fit = append(fit, p.found...)
	p.list.Objects, p.shown = nil, nil
	group := ""
	for _, l := range fit {
		if l.group != group {
			group = l.group
			p.list.Add(padded(4, say(p.app.words(group), quiet)))
		}
		face := newPaletteLine(l, func() { p.do(l) })
		p.shown = append(p.shown, face)
		p.list.Add(face)
	}
	if len(fit) == 0 && p.answered == p.asked.Load() {
		p.list.Add(padded(4, say(p.app.words("palette.none", "Text", p.text.Text), body)))
	}
	p.list.Refresh()
	p.scroll.Refresh()
	p.mark()
}

func (p *palette) step(by int) {
	if !p.none {
		p.at += by
	}
	p.chose, p.none = true, false
	p.mark()
}

// mark shows which line Enter takes.
func (p *palette) mark() {
	p.at = max(0, min(len(p.shown)-1, p.at))
	for n, face := range p.shown {
		face.pick(n == p.at && !p.none)
	}
	if len(p.shown) == 0 {
		return
	}
	if p.at == 0 {
		p.scroll.ScrollToTop() // with the heading
		return
	}
	face := p.shown[p.at]
	if top, bottom := face.Position().Y, face.Position().Y+face.Size().Height+2*paletteEdge; top < p.scroll.Offset.Y {
		p.scroll.ScrollToOffset(fyne.NewPos(0, top))
	} else if least := bottom - p.scroll.Size().Height; least > p.scroll.Offset.Y {
		p.scroll.ScrollToOffset(fyne.NewPos(0, least))
	}
}

// taken does what is picked. Where nothing but a ticket may be meant it waits for the answer
// to what was typed: what stands there may be of another text.
func (p *palette) taken() {
	waits := p.answered != p.asked.Load()
	if waits && (p.at >= len(p.shown) || p.shown[p.at].line.group == "palette.found") {
		p.enter = true
		return
	}
	p.enter = false
	if p.at < len(p.shown) && !p.none {
		p.do(p.shown[p.at].line)
	}
}

// do goes back to where one was, and does it there.
func (p *palette) do(l line) {
	if l.do == nil {
		return
	}
	p.app.closeOver()
	l.do()
}
