package ui

import (
	"context"
	"reflect"
	"slices"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/container"
	stock "fyne.io/fyne/v2/theme"

	"redress/desktop/present"
	"redress/desktop/ui/theme"
	"redress/syncproto"
)

// claimsPage is a manager's month and what waits for a decision; beside it the claim that
// was picked, and what became of the decisions taken here.
type claimsPage struct {
	shell *shell
	whole fyne.CanvasObject

	month  *monthFace
	list   *rows
	empty  *nothing
	pane   *claimPane
	past   *fyne.Container
	right  *fyne.Container
	scroll *container.Scroll

	view  present.Claims
	asked int
}

func newClaims(s *shell) *claimsPage {
	p := &claimsPage{shell: s, month: newMonthFace(), past: stacked(8)}
	p.pane = newClaimPane(p)
	p.list = newRows(p.picked, func() { p.pane.form.begin() }, nil)
	p.empty = newNothing()
	list := below(stacked(0, padded(12, p.month.content),
		padded(12, cut(s.words()("claims.waiting"), heading)), p.empty.box), p.list.framed(), false)
	p.right = stacked(14, p.pane.content, cut(s.words()("claims.decided"), heading), p.past)
	p.scroll = container.NewVScroll(padded(16, p.right))
	p.whole = beside(listWidth, list, p.scroll)
	return p
}

func (p *claimsPage) content() fyne.CanvasObject { return p.whole }

func (p *claimsPage) open() { focusOn(p.list) }

func (p *claimsPage) reload() {
	p.asked++
	n := p.asked
	ask(p.shell.app.threads, func() (present.Claims, error) {
		return p.shell.place.View().Claims(context.Background(), p.shell.place.Read())
	}, func(c present.Claims, err error) {
		if n == p.asked {
			p.draw(c, err)
		}
	})
}

func (p *claimsPage) draw(c present.Claims, err error) {
	if err != nil {
		p.empty.say(present.Problem(p.shell.words(), err), fault)
		return
	}
	before := p.view
	p.view = c
	p.month.show(c.Month)
	items := make([]item, 0, len(c.Waiting))
	for _, r := range c.Waiting {
		items = append(items, claimItem(r))
	}
	p.list.show(items)
	text := ""
	if len(items) == 0 {
		text = p.shell.words()("claims.empty")
	}
	p.empty.say(text, body)
	if len(p.past.Objects) == 0 || !reflect.DeepEqual(before.Decided, c.Decided) {
		p.past.Objects = p.decided(c.Decided)
		p.past.Refresh()
	}
	p.pane.show(p.row(p.list.picked))
	p.whole.Refresh()
	p.scroll.Refresh()
}

// claimItem is a claim as a row: the amount, and at once whether it can be approved.
func claimItem(r present.ClaimRow) item {
	i := item{id: r.Claim, lead: r.Amount, under: r.Over, title: r.What, below: join(r.Number, r.Kind, r.Filed)}
	if r.Warranty {
		i.lead = r.Kind
		i.below = join(r.Number, r.Filed)
	}
	if r.Over != "" {
		i.role = theme.MoneyOver
	}
	return i
}

// row is the claim with the id, nil where it does not wait any more.
func (p *claimsPage) row(id syncproto.ID) *present.ClaimRow {
	at := slices.IndexFunc(p.view.Waiting, func(r present.ClaimRow) bool { return r.Claim == id })
	if at < 0 {
		return nil
	}
	return &p.view.Waiting[at]
}

func (p *claimsPage) picked(id syncproto.ID) {
	p.pane.show(p.row(id))
	p.scroll.ScrollToTop()
}

// pick goes to a claim.
func (p *claimsPage) pick(id syncproto.ID) {
	p.list.pick(id)
	p.pane.show(p.row(id))
	p.pane.form.begin()
}

func (p *claimsPage) decided(rows []present.DecidedRow) []fyne.CanvasObject {
	if len(rows) == 0 {
		return []fyne.CanvasObject{say(p.shell.words()("claims.noneDecided"), quiet)}
	}
	faces := make([]fyne.CanvasObject, 0, len(rows))
	for _, r := range rows {
		pen := ink{stock.SizeNameCaptionText, theme.Warning.Color(), true}
		sign := theme.MetOffline.Sign()
		switch {
		case r.Trouble:
			sign, pen.color = theme.NeedsYou.Sign(), theme.NeedsYou.Color()
		case r.Final:
			sign, pen.color = theme.Met.Sign(), theme.Met.Color()
		}
		faces = append(faces, container.NewBorder(nil, nil, wideAs(whenWidth, stacked(0, cut(r.When, quiet))), nil,
			stacked(0, say(r.What, body), say(sign+" "+r.State, pen))))
	}
	return faces
}

func (p *claimsPage) submit() { p.pane.decide(true) }

func (p *claimsPage) back() bool {
	if p.list.focused {
		return false
	}
	focusOn(p.list)
	return true
}

func (p *claimsPage) act(kind syncproto.CommandKind) {
	switch kind {
	case syncproto.CommandRejectClaim:
		p.pane.decide(false)
	case syncproto.CommandFileClaim:
		p.pane.file()
	}
}

func (p *claimsPage) hurried() bool { return false }

func (p *claimsPage) paper() *container.Scroll { return p.scroll }

// openClaim goes to a claim, wherever one is.
func (s *shell) openClaim(id syncproto.ID) {
	s.goTo(placeClaims)
	if p, ok := s.pages[placeClaims].(*claimsPage); ok {
		p.pick(id)
	}
}

// monthFace is the authority of a month.
type monthFace struct {
	content     fyne.CanvasObject
	title, left *prose
	bar         *bar
	rest, right *prose
	note        *prose
}

func newMonthFace() *monthFace {
	m := &monthFace{title: cut("", heading), left: cut("", number), bar: newBar(0, theme.MoneyLeft),
		rest: say("", body), right: say("", quiet), note: say("", strong)}
	m.content = card(stacked(6, m.title, m.left, m.bar, m.rest, m.right, m.note))
	return m
}

func (m *monthFace) show(v present.Month) {
	m.title.write(v.Title, heading)
	m.left.write(v.Left, number.in(theme.MoneyLeft))
	m.bar.show(10_000-v.Used, theme.MoneyLeft)
	m.rest.write(join(v.Limit, v.Spent, v.Other, v.Until), body)
	m.right.write(v.Right, quiet)
	m.note.write(v.Note, strong.in(theme.Warning))
}
