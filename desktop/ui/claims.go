package ui

import (
	"context"
	"maps"
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
	long    *longList[present.ClaimRow, present.ClaimPlace]
	list    *rows
	empty   *nothing
	pane    *claimPane
	past    *fyne.Container
	history *fyne.Container // the heading and past
	account *fyne.Container // where the month's sums come from
	right   *fyne.Container
	scroll  *container.Scroll

	view      present.Claims // without the list
	receiving string         // what there is is still on its way; "" once it is here

	one    *present.ClaimRow // that was come to from elsewhere, in the list or not
	wanted syncproto.ID
	lacks  bool // what is wanted was looked for, and is not held here
}

// claimsSource is the list of claims, and with each reading of it the page around it and the
// claim that was come to from elsewhere.
type claimsSource struct {
	page   *claimsPage
	wanted syncproto.ID
}

func (s claimsSource) window(ctx context.Context, at syncproto.Reading, after present.ClaimPlace, limit int) (stretch[present.ClaimRow, present.ClaimPlace], error) {
	c, err := s.page.shell.place.View().Claims(ctx, at, after, limit)
	if err != nil {
		return stretch[present.ClaimRow, present.ClaimPlace]{}, err
	}
	return s.with(ctx, at, c)
}

func (s claimsSource) again(ctx context.Context, at syncproto.Reading, standing map[syncproto.ID]present.ClaimPlace, touched []syncproto.ID) (stretch[present.ClaimRow, present.ClaimPlace], error) {
	c, err := s.page.shell.place.View().ClaimsOf(ctx, at, slices.AppendSeq(slices.Clone(touched), maps.Keys(standing)))
	if err != nil {
		return stretch[present.ClaimRow, present.ClaimPlace]{}, err
	}
	return s.with(ctx, at, c)
}

func (s claimsSource) with(ctx context.Context, at syncproto.Reading, c present.Claims) (stretch[present.ClaimRow, present.ClaimPlace], error) {
	read := stretch[present.ClaimRow, present.ClaimPlace]{rows: slices.Concat(c.Waiting, c.Approved), last: c.Last, more: c.More}
	var one *present.ClaimRow
	if !s.wanted.IsZero() {
		row, held, err := s.page.shell.place.View().One(ctx, at, s.wanted)
		if err != nil {
			return read, err
		}
		if held {
			one = &row
		}
	}
	read.with = func() {
		if s.wanted == s.page.wanted { // else another was picked meanwhile
			s.page.one, s.page.lacks = one, one == nil && !s.wanted.IsZero()
		}
		s.page.frame(c)
	}
	return read, nil
}

func newClaims(s *shell) *claimsPage {
	p := &claimsPage{shell: s, month: newMonthFace(s), past: stacked(8), title: cut("", heading)}
	p.pane = newClaimPane(p)
	face := func(r present.ClaimRow) item { return claimItem(s.words(), r) }
	p.long = newLongList[present.ClaimRow, present.ClaimPlace](s, face, "claims.new", p.picked, func() { p.pane.enter() })
	p.long.from = claimsSource{page: p}
	p.long.onShow = p.shows
	p.list = p.long.list
	p.empty = newNothing()
	p.monthly = padded(12, p.month.content)
	p.monthly.Hide()
	list := below(stacked(0, p.monthly, padded(12, p.title), p.long.news, p.empty.box), p.list.framed(), false)
	p.history = stacked(14, say(s.words()("claims.decided"), heading), p.past)
	p.account = stacked(gap)
	p.right = stacked(14, p.pane.content, p.history, p.account)
	p.scroll = container.NewVScroll(padded(16, p.right))
	p.whole = beside(listWidth, list, p.scroll)
	return p
}

func (p *claimsPage) content() fyne.CanvasObject { return p.whole }

// open is coming here: to the list, which then shows what is new.
func (p *claimsPage) open() {
	p.long.arriving = true
	focusOn(p.list)
}

func (p *claimsPage) changed(refs []syncproto.Ref) { p.long.changed(refs, syncproto.KindClaim) }

func (p *claimsPage) reload() { p.long.reload() }

// frame shows what stands around the list.
func (p *claimsPage) frame(c present.Claims) {
	w, before := p.shell.words(), p.view
	p.view = c
	p.month.show(c.Month)
	shown(p.monthly, c.Month.Manager)
	p.title.write(c.Title, heading)
	shown(p.history, c.Decides)
	redraw(p.past, before.Decided, c.Decided, func() []fyne.CanvasObject { return p.decided(c.Decided) })
	redraw(p.account, before.Account, c.Account, func() []fyne.CanvasObject { return statement(w, c.Account) })
}

// receives says that what there is is still on its way: then neither that nothing waits nor
// how much is left can be said.
func (p *claimsPage) receives(how string) {
	if p.receiving == how {
		return
	}
	p.receiving = how
	if p.month.receives(how); p.long.line.begun {
		p.shows(nil)
	}
}

// shows shows the claim that is picked, and what stands in place of rows.
func (p *claimsPage) shows(err error) {
	if err != nil {
		p.empty.say(p.long.problem(err), fault)
		return
	}
	text := ""
	switch {
	case len(p.list.items) > 0:
	case p.receiving != "":
		text = p.receiving
	case p.view.Decides:
		text = p.shell.words()("claims.empty")
	default:
		text = p.shell.words()("claims.emptyFiled")
	}
	p.empty.say(text, body)
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

// row is the claim with the id, nil where there is none here.
func (p *claimsPage) row(id syncproto.ID) *present.ClaimRow {
	if r, known := p.long.line.row(id); known {
		return &r
	}
	if p.one != nil && p.one.Claim == id {
		return p.one
	}
	return nil
}

func (p *claimsPage) picked(id syncproto.ID) {
	p.want(syncproto.ID{})
	p.pane.arriving, p.pane.amends = false, false // at another, which is not on its way any more
	p.pane.show(p.row(id))
	p.scroll.ScrollToTop()
}

// want has a claim read that may not be in the list; none by the zero id.
func (p *claimsPage) want(id syncproto.ID) {
	p.wanted, p.one, p.lacks = id, nil, false
	p.long.from = claimsSource{p, id}
}

// pick goes to a claim from its top, in the list or not. Where it is, its row comes into sight.
func (p *claimsPage) pick(id syncproto.ID) {
	p.want(id)
	p.list.pick(id)
	p.long.seek(id)
	p.pane.arriving = true // now, where it is known: later they may have gone on in it
	p.pane.show(p.row(id))
	p.scroll.ScrollToTop()
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
