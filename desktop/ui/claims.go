package ui

import (
	"context"
	"slices"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/container"

	"redress/desktop/present"
	"redress/desktop/ui/theme"
	"redress/syncproto"
)

// claimsPage is a manager's month and what waits for a decision; beside it the claim that
// was picked, and what became of the decisions taken here. Who files claims has it without
// the month, and the service department with what was routed up.
type claimsPage struct {
	shell *shell
	whole fyne.CanvasObject

	month   *monthFace
	monthly *fyne.Container
	title   *prose
	list    *rows
	empty   *nothing
	pane    *claimPane
	past    *fyne.Container
	history *fyne.Container // the heading and past
	account *fyne.Container // where the month's sums come from
	right   *fyne.Container
	scroll  *container.Scroll

	view   present.Claims
	one    *present.ClaimRow // that was come to from elsewhere and is not in the list
	wanted syncproto.ID
	asked  int
}

func newClaims(s *shell) *claimsPage {
	p := &claimsPage{shell: s, month: newMonthFace(s), past: stacked(8), title: cut("", heading)}
	p.pane = newClaimPane(p)
	p.list = newRows(p.picked, func() { p.pane.enter() }, nil)
	p.empty = newNothing()
	p.monthly = padded(12, p.month.content)
	p.monthly.Hide()
	list := below(stacked(0, p.monthly, padded(12, p.title), p.empty.box), p.list.framed(), false)
	p.history = stacked(14, say(s.words()("claims.decided"), heading), p.past)
	p.account = stacked(gap)
	p.right = stacked(14, p.pane.content, p.history, p.account)
	p.scroll = container.NewVScroll(padded(16, p.right))
	p.whole = beside(listWidth, list, p.scroll)
	return p
}

func (p *claimsPage) content() fyne.CanvasObject { return p.whole }

func (p *claimsPage) open() { focusOn(p.list) }

// claimsRead is one reading of the page.
type claimsRead struct {
	page present.Claims
	one  *present.ClaimRow
}

func (p *claimsPage) reload() {
	p.asked++
	n, wanted := p.asked, p.wanted
	ask(p.shell.app.threads, func() (claimsRead, error) {
		view, at := p.shell.place.View(), p.shell.place.Read()
		page, err := view.Claims(context.Background(), at)
		read := claimsRead{page: page}
		if err != nil || wanted.IsZero() || among(page, wanted) != nil {
			return read, err
		}
		row, held, err := view.One(context.Background(), at, wanted)
		if held {
			read.one = &row
		}
		return read, err
	}, func(read claimsRead, err error) {
		if n == p.asked {
			p.draw(read, err)
		}
	})
}

func (p *claimsPage) draw(read claimsRead, err error) {
	if err != nil {
		p.empty.say(present.Problem(p.shell.words(), err), fault)
		return
	}
	w, before := p.shell.words(), p.view
	c := read.page
	p.view, p.one = c, read.one
	p.month.show(c.Month)
	shown(p.monthly, c.Month.Manager)
	empty := "claims.emptyFiled"
	if c.Decides {
		empty = "claims.empty"
	}
	p.title.write(c.Title, heading)
	var items []item
	for _, r := range slices.Concat(c.Waiting, c.Approved) {
		items = append(items, claimItem(w, r))
	}
	p.list.show(items)
	text := ""
	if len(items) == 0 {
		text = w(empty)
	}
	p.empty.say(text, body)
	shown(p.history, c.Decides)
	redraw(p.past, before.Decided, c.Decided, func() []fyne.CanvasObject { return p.decided(c.Decided) })
	redraw(p.account, before.Account, c.Account, func() []fyne.CanvasObject { return statement(w, c.Account) })
	p.pane.show(p.row(p.current()))
	p.whole.Refresh()
	p.scroll.Refresh()
}

// current is the claim that is shown: come to from elsewhere, or picked in the list.
func (p *claimsPage) current() syncproto.ID {
	if !p.wanted.IsZero() {
		return p.wanted
	}
	return p.list.picked
}

// claimItem is a claim as a row: the amount, and at once whether it can be approved, or
// where it stands if it waits for somebody else.
func claimItem(w present.Words, r present.ClaimRow) item {
	i := item{id: r.Claim, lead: r.Amount, under: r.Brief, title: r.What, below: join(r.Number, r.Kind, r.Filed)}
	if r.Warranty {
		i.lead = r.Kind
		i.below = join(r.Number, r.Filed)
	}
	switch {
	case r.Over != "":
		i.role = theme.MoneyOver
	case r.Returned && r.Mine:
		i.role, i.under = theme.NeedsYou, r.Stand
	case r.Reverse:
		i.role, i.under = theme.Met, w("claims.reversible")
	case !r.Mine:
		i.under = r.Stand
	}
	return i
}

// among is the claim with the id, nil where the page does not list it.
func among(c present.Claims, id syncproto.ID) *present.ClaimRow {
	for _, rows := range [][]present.ClaimRow{c.Waiting, c.Approved} {
		if at := slices.IndexFunc(rows, func(r present.ClaimRow) bool { return r.Claim == id }); at >= 0 {
			return &rows[at]
		}
	}
	return nil
}

// row is the claim with the id, nil where there is none here.
func (p *claimsPage) row(id syncproto.ID) *present.ClaimRow {
	if r := among(p.view, id); r != nil {
		return r
	}
	if p.one != nil && p.one.Claim == id {
		return p.one
	}
	return nil
}

func (p *claimsPage) picked(id syncproto.ID) {
	p.wanted, p.one = syncproto.ID{}, nil
	p.pane.show(p.row(id))
	p.scroll.ScrollToTop()
}

// pick goes to a claim, in the list or not.
func (p *claimsPage) pick(id syncproto.ID) {
	p.wanted = id
	p.list.pick(id)
	p.pane.show(p.row(id))
	p.pane.arriving = true
	p.reload()
}

func (p *claimsPage) decided(rows []present.DecidedRow) []fyne.CanvasObject {
	if len(rows) == 0 {
		return []fyne.CanvasObject{say(p.shell.words()("claims.noneDecided"), quiet)}
	}
	faces := make([]fyne.CanvasObject, 0, len(rows))
	for _, r := range rows {
		sign, pen := theme.MetOffline.Sign(), kept
		switch {
		case r.Trouble:
			sign, pen = theme.NeedsYou.Sign(), kept.in(theme.NeedsYou)
		case r.Final:
			sign, pen = theme.Met.Sign(), kept.in(theme.Met)
		}
		faces = append(faces, labelled(whenWidth, r.When, stacked(0, say(r.What, body), say(sign+" "+r.State, pen))))
	}
	return faces
}

// statement is a month's account below the decisions; nothing for whoever has none.
func statement(w present.Words, t present.Statement) []fyne.CanvasObject {
	if len(t.Lines) == 0 {
		return nil
	}
	parts := []fyne.CanvasObject{say(t.Title, heading)}
	if t.Short != "" {
		parts = append(parts, say(t.Short, quiet))
	}
	return append(parts, accountFaces(w, t.Lines)...)
}

func (p *claimsPage) submit() { p.pane.submit() }

func (p *claimsPage) back() bool { return p.pane.back() || p.list.takeFocus() }

func (p *claimsPage) hurried() bool { return false }

func (p *claimsPage) paper() *container.Scroll { return p.scroll }

// openClaim goes to a claim, wherever one is.
func (s *shell) openClaim(id syncproto.ID) {
	s.goTo(placeClaims)
	if p, ok := s.pages[placeClaims].(*claimsPage); ok {
		p.pick(id)
	}
}
