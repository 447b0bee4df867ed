package ui

import (
	"context"
	"reflect"
	"slices"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/container"

	"redress/desktop/present"
	"redress/desktop/replica"
	"redress/desktop/ui/theme"
	"redress/syncproto"
	"redress/syncproto/authority"
)

// monthsWidth is the width of the list of managers: a row says a whole month.
const monthsWidth = 500

// monthsPage is headquarters' page of every regional manager's month, and beside it the
// account of the one that was picked.
type monthsPage struct {
	shell *shell
	whole fyne.CanvasObject

	which    *choice
	breached *prose
	list     *rows
	empty    *nothing
	pane     *accountPane

	view  present.Months
	month syncproto.Month // looked at; 0 is the running one
	asked int

	resumes syncproto.CommandKind // the form that is opened once the account is there
}

func newMonths(s *shell) *monthsPage {
	w := s.words()
	p := &monthsPage{shell: s, breached: say("", strong), empty: newNothing()}
	p.pane = newAccountPane(p)
	p.which = newChoice(nil, "")
	p.which.OnChanged = func(string) { p.turn() }
	p.list = newRows(p.picked, func() { p.pane.enter() }, nil)
	p.list.three = true
	which := newInput("", w("months.which"), p.which)
	list := below(stacked(0, padded(12, stacked(gap, which.box, p.breached)), p.empty.box), p.list.framed(), false)
	p.whole = beside(monthsWidth, list, p.pane.content)
	return p
}

func (p *monthsPage) content() fyne.CanvasObject { return p.whole }

func (p *monthsPage) open() { focusOn(p.list) }

// turn goes to the month picked.
func (p *monthsPage) turn() {
	at := p.which.SelectedIndex()
	if at < 0 || at >= len(p.view.Pick) || p.view.Pick[at].Month == p.view.Month {
		return
	}
	p.month, p.resumes = p.view.Pick[at].Month, 0
	p.pane.leave()
	p.reload()
}

// monthsRead is one reading of the page.
type monthsRead struct {
	page    present.Months
	account present.Account
	picked  bool
}

func (p *monthsPage) reload() {
	p.asked++
	n, month, manager := p.asked, p.month, p.list.picked
	ask(p.shell.app.threads, func() (monthsRead, error) {
		view, at := p.shell.place.View(), p.shell.place.Read()
		page, err := view.Months(context.Background(), at, month)
		read := monthsRead{page: page}
		read.picked = slices.ContainsFunc(page.Rows, func(r present.MonthRow) bool { return r.Manager == manager })
		if err == nil && read.picked {
			read.account, err = view.Account(context.Background(), at, manager, page.Month)
		}
		return read, err
	}, func(read monthsRead, err error) {
		if n == p.asked {
			p.draw(read, err)
		}
	})
}

func (p *monthsPage) draw(read monthsRead, err error) {
	w := p.shell.words()
	if err != nil {
		p.empty.say(present.Problem(w, err), fault)
		return
	}
	v := read.page
	p.view = v
	texts := make([]string, 0, len(v.Pick))
	at := -1
	for i, choice := range v.Pick {
		texts = append(texts, choice.Text)
		if choice.Month == v.Month {
			at = i
		}
	}
	if !reflect.DeepEqual(p.which.Options, texts) {
		p.which.SetOptions(texts)
	}
	if p.which.SelectedIndex() != at {
		p.which.SetSelectedIndex(at)
	}
	p.breached.write(signed(theme.MoneyOver, v.Breached, strong.in(theme.MoneyOver)))
	items := make([]item, 0, len(v.Rows))
	for _, r := range v.Rows {
		items = append(items, monthItem(r))
	}
	p.list.show(items)
	text := ""
	if len(items) == 0 {
		text = w("months.none")
	}
	p.empty.say(text, body)
	p.pane.show(read.account, read.picked)
	p.whole.Refresh()
	if kind := p.resumes; kind != 0 {
		p.resumes = 0
		p.pane.act(kind)
		key := replica.DraftKey{Form: kind, Subject: authority.Ref(p.list.picked, v.Month)}
		if _, begun := p.shell.drafts.saved[key]; begun && p.pane.open == nil {
			p.shell.line.refuse(w("drafts.cannot"))
		}
	}
}

// resume goes to a form on a manager's month.
func (p *monthsPage) resume(manager syncproto.ID, month syncproto.Month, form syncproto.CommandKind) {
	p.pane.leave()
	p.month, p.resumes = month, form
	p.list.pick(manager)
	p.reload()
}

// monthItem is a manager's month as a row.
func monthItem(r present.MonthRow) item {
	// Each sum has a line of its own: none is cut where the window is narrow.
	i := item{id: r.Manager, lead: r.Spent, under: r.Limit, title: join(r.Name, r.Region), below: r.Out, mark: r.Free}
	switch {
	case r.Breach != "":
		i.role, i.below, i.mark = theme.MoneyOver, r.Breach, r.Out
	case r.Out == "":
		i.below, i.mark = r.Free, ""
	}
	return i
}

func (p *monthsPage) picked(syncproto.ID) {
	p.resumes = 0 // it was of another
	p.pane.leave()
	p.pane.scroll.ScrollToTop()
	p.reload()
}

func (p *monthsPage) submit() { p.pane.submit() }

func (p *monthsPage) back() bool { return p.pane.back() || p.list.takeFocus() }

func (p *monthsPage) hurried() bool { return false }

func (p *monthsPage) paper() *container.Scroll { return p.pane.scroll }
