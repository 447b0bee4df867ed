package ui

import (
	"context"
	"maps"
	"slices"
	"strconv"
	"sync"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/container"
	stock "fyne.io/fyne/v2/theme"
	"fyne.io/fyne/v2/widget"

	"redress/desktop/present"
	"redress/desktop/ui/theme"
	"redress/syncproto"
)

// page fills the zones beside the navigation.
type page interface {
	content() fyne.CanvasObject
	// open is called when somebody comes here: it puts the focus where work begins.
	open()
	// reload reads anew what is shown; what a person is in the middle of stays.
	reload()
	submit()
	// back leaves what is open on the page and says whether anything was.
	back() bool
	// hurried says that the page shows a deadline so near that seconds count.
	hurried() bool
	// paper is what may be higher than the window; nil for nothing.
	paper() *container.Scroll
}

// Places, in the order of their keys.
const (
	placeWork = iota + 1
	placeNew
	placeClaims
	placeSync
	placeMonths
	placeDesks
	placeFind   // by Ctrl+F, or with the mouse
	placeDrafts // by Alt+7; there while there are some
)

// slowly is how many ticks pass between two readings where nothing is near.
const slowly = 10

// shell is the window of somebody at work: who, where, and the line, around a page.
type shell struct {
	app     *App
	place   Place
	content *fyne.Container

	who    *prose
	where  *prose
	line   *lineButton
	nav    map[int]*press
	keys   *prose
	middle *fyne.Container // the page

	pages   map[int]page
	here    int
	work    *workPage
	drafts  *drafts
	ticks   int
	touched touched
	title   string
	claims  bool // has to do with claims
	opens   bool
	calls   bool // customers call the person
	months  bool // watches over the offices: the managers' authority and all devices
	came    bool // to the place where the person was last
	last    int  // that place
	alarms  alarms

	glanced bool // it is known which places the person has
}

func newShell(a *App, p Place) *shell {
	s := &shell{app: a, place: p, nav: map[int]*press{}, middle: container.New(anyHeight{})}
	s.who, s.where = cut("", strong), cut("", quiet)
	s.where.whole = true
	s.line = newLineButton(func() { s.goTo(placeSync) })
	s.drafts = newDrafts(s)
	s.work = newWork(s)
	s.pages = map[int]page{placeWork: s.work, placeNew: newFresh(s), placeClaims: newClaims(s), placeSync: newSync(s), placeMonths: newMonths(s),
		placeDesks: newDevices(s), placeFind: newFind(s), placeDrafts: newDraftsPage(s)}
	s.content = below(s.top(), beside(navWidth, s.left(), s.middle), true)
	return s
}

func (s *shell) words() present.Words { return s.app.words }

// scene is who looks, now.
func (s *shell) scene() present.Scene { return s.place.View().Scene(s.place.Read()) }

func (s *shell) left() fyne.CanvasObject {
	w := s.words()
	add := func(at int, key string) fyne.CanvasObject {
		b := newPress(w(key), "", destination, func() { s.goTo(at) })
		s.nav[at] = b
		return b
	}
	list := stacked(2,
		add(placeWork, "place.work"), add(placeNew, "place.new"), add(placeClaims, "place.claims"), add(placeSync, "place.sync"),
		add(placeMonths, "place.months"), add(placeDesks, "place.desks"))
	for _, at := range []int{placeNew, placeClaims, placeMonths, placeDesks} {
		s.nav[at].Hide()
	}
	search := newPress(w("place.find"), findHint, destination, s.find)
	s.nav[placeFind] = search
	list.Add(search)
	list.Add(add(placeDrafts, "place.drafts")) // the last, so that no other moves when it comes
	s.nav[placeDrafts].Hide()
	s.keys = say("", quiet)
	settings := newPress(w("settings.title"), settingsHint, destination, s.app.openSettings)
	keys := newPress(w("keys.title"), keysHint, destination, s.app.toggleKeys)
	return ground(container.NewBorder(padded(8, list), stacked(0, padded(8, stacked(2, settings, keys)), padded(12, s.keys)), nil, nil), theme.ColorPanel, "")
}

// begin is called once the shell is on the screen.
func (s *shell) begin() {
	s.place.Watch(s.changed)
	s.last = s.app.habits.Looks.Places[placeKey(s.place)]
	s.drafts.read() // before anything a form can be opened from
	s.reload()
	s.goTo(placeWork)
	s.comeBack()
}

// changed is told of every commit, from any goroutine, with what it touched: one reading for
// however many.
func (s *shell) changed(refs []syncproto.Ref) {
	if !s.touched.add(refs) {
		return
	}
	s.app.threads.UI(func() {
		refs := s.touched.take()
		for _, p := range s.pages {
			if l, lists := p.(interface{ changed([]syncproto.Ref) }); lists {
				l.changed(refs)
			}
		}
		s.reload()
	})
}

// touched is what commits touched that no reading knows of yet.
type touched struct {
	mu   sync.Mutex
	refs map[syncproto.Ref]bool
	told bool // a reading is ordered
}

// add says whether a reading is to be ordered.
func (t *touched) add(refs []syncproto.Ref) (first bool) {
	t.mu.Lock()
	defer t.mu.Unlock()
	if t.refs == nil {
		t.refs = map[syncproto.Ref]bool{}
	}
	for _, ref := range refs {
		t.refs[ref] = true
	}
	first, t.told = !t.told, true
	return first
}

func (t *touched) take() []syncproto.Ref {
	t.mu.Lock()
	defer t.mu.Unlock()
	refs := slices.Collect(maps.Keys(t.refs))
	t.refs, t.told = nil, false
	return refs
}

// tick is called once a second.
func (s *shell) tick() {
	if !s.app.away && s.app.settings == nil { // else nobody reads it
		s.line.stands = max(0, s.line.stands-1)
	}
	if s.ticks++; s.ticks%slowly == 0 || s.pages[s.here].hurried() {
		s.reload()
	}
}

// glance is what the frame shows.
type glance struct {
	scene  present.Scene
	line   present.Line
	counts present.Counts
	alarm  *present.Alarm // read only while the window is not in front
	out    bool           // the server has refused the person
}

// reload reads the frame and the page anew.
func (s *shell) reload() {
	if s.app.shell != s {
		return // somebody else is here now
	}
	away := s.app.away
	ask(s.app.threads, func() (glance, error) {
		view, at := s.place.View(), s.place.Read()
		g := glance{scene: view.Scene(at), out: s.place.Refused()}
		var err error
		if g.line, err = view.Line(context.Background(), at, s.place.Trouble()); err != nil {
			return g, err
		}
		if g.counts, err = view.Counts(context.Background(), at); err != nil || !away {
			return g, err
		}
		alarm, err := view.Alarm(context.Background(), at)
		g.alarm = &alarm
		return g, err
	}, s.show)
	if p := s.pages[s.here]; p != nil {
		p.reload()
	}
}

func (s *shell) show(g glance, err error) {
	if s.app.shell != s {
		return
	}
	if g.out && !sends(s) { // what is sent is answered before
		s.app.shutOut(s.place)
		return
	}
	if err != nil {
		s.line.fail(present.Problem(s.words(), err))
		return
	}
	if title := s.words()("window.title", "Who", syncproto.Legible(g.scene.Title())); title != s.title {
		s.title = title
		s.app.window.SetTitle(title)
	}
	s.who.write(g.scene.Title(), strong)
	s.where.write(g.scene.Units(), quiet)
	s.line.show(g.line)
	s.glanced = true
	s.claims, s.opens, s.months = g.scene.Claims(), g.scene.Opens(), g.scene.Months()
	s.calls = g.scene.Calls()
	last := placeSync
	if s.months {
		last = placeDesks
	}
	keys := s.words()("place.keys", "Last", last)
	if s.opens {
		keys = s.words()("place.keysNew") + "\n" + keys
	}
	s.keys.write(keys, quiet)
	shown(s.nav[placeNew], s.opens)
	shown(s.nav[placeClaims], s.claims)
	shown(s.nav[placeMonths], s.months)
	shown(s.nav[placeDesks], s.months)
	s.count(placeWork, "place.work", g.counts.Work)
	s.work.counted(g.counts)
	if p, ok := s.pages[placeClaims].(*claimsPage); ok {
		p.receives(g.counts.Receiving)
	}
	claims := "place.claimsFiled"
	if g.scene.Manager() {
		claims = "place.claims"
	}
	s.count(placeClaims, claims, g.counts.Claims)
	s.count(placeSync, "place.sync", g.counts.NeedsYou)
	s.content.Refresh()
	s.alarms.hear(s.app, g.alarm)
	s.comeBack()
}

// comeBack goes to where the person was when they left, once it is known that they still
// have that place, and unless they have gone somewhere meanwhile.
func (s *shell) comeBack() {
	if s.came || s.here == 0 || !s.glanced {
		return
	}
	s.came = true
	if s.here == placeWork && s.work.list.picked.IsZero() {
		s.goTo(s.last)
	}
}

func (s *shell) count(at int, key string, n int) {
	text := ""
	if n > 0 {
		text = strconv.Itoa(n)
	}
	if at == placeSync && n > 0 {
		text = theme.NeedsYou.Sign() + " " + text
	}
	s.nav[at].write(s.words()(key), text)
}

// goTo goes to a place, if the person has it.
func (s *shell) goTo(at int) {
	p := s.pages[at]
	s.drafts.keep()
	if p == nil || at == placeNew && !s.opens || at == placeClaims && !s.claims || (at == placeMonths || at == placeDesks) && !s.months {
		return
	}
	s.turnTo(at)
	s.app.habits.visit(placeKey(s.place), at)
	p.open()
	p.reload()
}

// turnTo shows a place and leaves the focus alone.
func (s *shell) turnTo(at int) {
	for n, b := range s.nav {
		if b.here != (n == at) {
			b.here = n == at
			b.Refresh()
		}
	}
	if before, leaves := s.pages[s.here].(interface{ gone() }); leaves && s.here != at {
		before.gone()
	}
	s.here = at
	s.app.closeLists()
	s.middle.Objects = []fyne.CanvasObject{s.pages[at].content()}
	s.middle.Refresh()
}

// openTicket goes to a ticket, wherever one is.
func (s *shell) openTicket(id syncproto.ID) {
	s.goTo(placeWork)
	s.work.pick(id)
}

func (s *shell) submit() { s.pages[s.here].submit() }

// board is the page: what stands around it are places, which have keys of their own.
func (s *shell) board() fyne.CanvasObject {
	if p := s.pages[s.here]; p != nil {
		return p.content()
	}
	return nil
}

// overlap is how much of a page stands on the next one too.
const overlap = 48

func (s *shell) turn(pages float32) { turnPage(s.pages[s.here].paper(), pages) }

// turnPage shows what is so many windows further down, as far as there is something.
func turnPage(paper *container.Scroll, pages float32) {
	if paper == nil {
		return
	}
	least, most := float32(0), paper.Content.Size().Height-paper.Size().Height
	paper.ScrollToOffset(fyne.NewPos(0, max(least, min(most, paper.Offset.Y+pages*(paper.Size().Height-overlap)))))
}

// leave leaves what is open, and then the page.
func (s *shell) leave() {
	if !s.pages[s.here].back() && s.here != placeWork {
		s.goTo(placeWork)
	}
}

// centred puts its object in the middle of the height, over all of the width.
type centred struct{}

func (centred) MinSize(objects []fyne.CanvasObject) fyne.Size { return objects[0].MinSize() }

func (centred) Layout(objects []fyne.CanvasObject, size fyne.Size) {
	least := objects[0].MinSize()
	objects[0].Move(fyne.NewPos(gap, (size.Height-least.Height)/2))
	objects[0].Resize(fyne.NewSize(size.Width-gap, least.Height))
}

// lineButton is the state of sync in one look.
type lineButton struct {
	widget.BaseWidget
	press *press
	row   *fyne.Container
	state *prose
	needs *prose

	stands int // for how many ticks more what was refused stands in place of the line
}

func newLineButton(act func()) *lineButton {
	l := &lineButton{press: newPress("", "", destination, act), state: cut("", strong), needs: cut("", strong)}
	l.row = container.NewHBox(natural(l.state), natural(l.needs))
	l.ExtendBaseWidget(l)
	return l
}

// signs of the line, by its state.
var lineSigns = map[present.LineState]string{present.Offline: "○ ", present.Catching: "◐ ", present.Connected: "● "}

func (l *lineButton) show(v present.Line) {
	if l.stands > 0 {
		return
	}
	text := lineSigns[v.State] + v.Text
	if v.Waiting != "" {
		text += " · " + v.Waiting
	}
	pen := strong
	if v.State == present.Connected {
		pen = pen.in(theme.Met)
	}
	l.state.write(text, pen)
	needs := ""
	if v.NeedsYou != "" {
		needs = "  " + theme.NeedsYou.Sign() + " " + v.NeedsYou
	}
	l.needs.write(needs, strong.in(theme.NeedsYou))
	l.Refresh()
}

func (l *lineButton) fail(text string) {
	l.state.write(text, ink{body.size, stock.ColorNameError, true})
	l.Refresh()
}

// refuse says what was not kept to whoever is not where it was done: long enough to be read.
func (l *lineButton) refuse(text string) {
	l.stands = slowly
	l.fail(text)
}

// CreateRenderer is the widget's own.
func (l *lineButton) CreateRenderer() fyne.WidgetRenderer {
	return widget.NewSimpleRenderer(container.NewStack(l.press, container.NewPadded(l.row)))
}
