package ui

import (
	"context"
	"maps"
	"slices"
	"sync/atomic"

	"redress/desktop/present"
	"redress/syncproto"
	"redress/syncproto/rules"
)

// window is how many rows one reading of a list adds.
const window = 100

// around is how far from what is in sight rows that were let go are read again with it, so
// that whoever scrolls on finds them there.
const around = window / 2

// source is where a list is read from, off the interface's thread: in windows, and row by row.
type source[R, P any] interface {
	window(ctx context.Context, at syncproto.Reading, after P, limit int) (stretch[R, P], error)
	// again reads rows as they are now: those of standing, which stand in the list at these
	// places and nothing happened to, and of touched those that are in the list.
	again(ctx context.Context, at syncproto.Reading, standing map[syncproto.ID]P, touched []syncproto.ID) (stretch[R, P], error)
}

// longList is a list on a page that may be far longer than anybody reads. However long it is,
// and however far down somebody has read, one look costs the same: a further window is read
// when its end comes into sight, and after that what something happened to, and what is in
// sight, are read row by row (lineup).
type longList[R rowOf[P], P place[P]] struct {
	shell *shell
	list  *rows
	news  *press // what came while somebody reads
	from  source[R, P]
	face  func(R) item
	fresh string // the key of the words that say how many are new

	onBegin func()      // the first window is there, and not drawn yet
	onShow  func(error) // something was read, or could not be
	// still is up to which picked row nobody is taken to be reading: -1 where the page picks
	// none by itself.
	still int

	line     lineup[R, P]
	changes  changes
	asked    int                   // of the readings, the last
	answered int                   // of those whose answers are shown, the last
	life     atomic.Int64          // counts how often the list was begun anew: answers of an earlier life are no one's
	fetching bool                  // of a window
	arriving bool                  // what is new is shown with the next answer
	sought   syncproto.ID          // comes into sight with the next answer
	seen     map[syncproto.ID]bool // read since the last reload
	looking  bool                  // a reading of what is in sight is under way
}

// newLongList is a list that is read from a source. onPick and onOpen are those of its rows.
func newLongList[R rowOf[P], P place[P]](s *shell, face func(R) item, fresh string, onPick func(syncproto.ID), onOpen func()) *longList[R, P] {
	l := &longList[R, P]{shell: s, face: face, fresh: fresh, still: -1, seen: map[syncproto.ID]bool{}, onBegin: func() {}, onShow: func(error) {}}
	l.list = newRows(onPick, onOpen, l.more)
	l.list.onDraw = l.drawn
	l.news = newPress("", refreshHint, plain, l.takeNews)
	l.news.Hide()
	return l
}

// changed is told which documents may be shown differently from before. Reference data may
// change any row, and the order of all.
func (l *longList[R, P]) changed(refs []syncproto.Ref, kinds ...syncproto.DocKind) {
	for _, ref := range refs {
		switch {
		case rules.IsReference(ref.Kind):
			l.changes.noteAll(l.asked + 1)
		case slices.Contains(kinds, ref.Kind):
			l.changes.note(ref.ID, l.asked+1)
		}
	}
}

// turnTo has the list read from another source, or nothing from nil.
func (l *longList[R, P]) turnTo(from source[R, P]) {
	l.from = from
	l.forget()
	if from == nil {
		l.line.begin(stretch[R, P]{})
		l.announce()
		l.draw()
		return
	}
	l.read()
}

// forget has the list begin anew. What stands on the screen stays until its first window is
// there.
func (l *longList[R, P]) forget() {
	l.life.Add(1)
	l.line, l.changes, l.fetching = lineup[R, P]{}, changes{}, false
	clear(l.seen)
}

// startOver reads the list from its beginning.
func (l *longList[R, P]) startOver() {
	l.forget()
	l.list.ScrollToTop()
	l.read()
}

func (l *longList[R, P]) reload() {
	clear(l.seen)
	l.read()
}

// look is one reading: of the rows asked for those that are in the list, and the first window
// where that is wanted.
type look[R, P any] struct {
	asked []syncproto.ID
	rows  stretch[R, P]
	first *stretch[R, P]
	whole bool // all that is shown is asked for
}

// read reads what is in sight, and what something happened to; where nothing is known yet, or
// of too much whether something happened to it, the first window.
func (l *longList[R, P]) read() {
	if l.from == nil {
		return
	}
	l.asked++
	l.looking = true
	n, life, from := l.asked, l.life.Load(), l.from
	first := !l.line.begun || l.changes.all > 0
	whole := first && l.line.begun && len(l.line.rows) <= window
	standing, touched := l.near(), slices.Collect(maps.Keys(l.changes.of))
	if whole {
		for _, r := range l.line.rows {
			standing[r.id] = r.place
		}
	}
	if l.changes.all > 0 { // to any of them
		touched, standing = slices.Collect(maps.Keys(standing)), nil
	}
	for _, id := range touched {
		delete(standing, id)
	}
	ask(l.shell.app.threads, func() (look[R, P], error) {
		read := look[R, P]{whole: whole, asked: slices.AppendSeq(slices.Clone(touched), maps.Keys(standing))}
		if life != l.life.Load() {
			return read, nil // for nobody any more
		}
		at := l.shell.place.Read()
		if first {
			var none P
			w, err := from.window(context.Background(), at, none, window)
			if err != nil {
				return read, err
			}
			read.first = &w
		}
		var err error
		if !first || len(read.asked) > 0 {
			read.rows, err = from.again(context.Background(), at, standing, touched)
		}
		return read, err
	}, func(read look[R, P], err error) {
		if life != l.life.Load() || n <= l.answered { // a later one has come already
			return
		}
		l.answered, l.looking = n, n < l.asked
		l.take(n, read, err)
	})
}

// near are the rows that are drawn and the one that is picked, and of those around what was
// let go, each with its place.
func (l *longList[R, P]) near() map[syncproto.ID]P {
	near := map[syncproto.ID]P{}
	from, to := l.shown()
	for at := max(0, from-around); at < min(len(l.line.rows), to+around); at++ {
		if r := l.line.rows[at]; at >= from && at < to || r.row == nil {
			near[r.id] = r.place
		}
	}
	if at, shown := l.line.at[l.list.picked]; shown {
		near[l.list.picked] = l.line.rows[at].place
	}
	return near
}

// sight is which rows can be seen, in part too: from the first to before the last.
func (l *longList[R, P]) sight() (from, to int) {
	from, to = l.list.sight()
	return min(from, len(l.line.rows)), min(to, len(l.line.rows))
}

// shown is which rows are drawn: those that can be seen, and the one behind them, which the
// toolkit has ready.
func (l *longList[R, P]) shown() (from, to int) {
	from, to = l.sight()
	return from, min(to+1, len(l.line.rows))
}

// inSight are the rows that can be seen.
func (l *longList[R, P]) inSight() []lined[R, P] {
	from, to := l.sight()
	return l.line.rows[from:to]
}

// drawn is told of every row that is drawn: one that came into sight since the last reading
// is as old as that, or was let go. A row that a reading would pass over asks for none, or there
// would be no end of them where an answer has the list drawn.
func (l *longList[R, P]) drawn(at int) {
	if from, to := l.shown(); l.looking || at < from || at >= to || l.seen[l.line.rows[at].id] {
		return
	}
	l.read()
}

// more reads the next window when the end of the list comes into sight.
func (l *longList[R, P]) more() {
	if !l.line.begun || !l.line.more || l.fetching {
		return
	}
	l.fetching = true
	life, from, after := l.life.Load(), l.from, l.line.last
	ask(l.shell.app.threads, func() (stretch[R, P], error) {
		return from.window(context.Background(), l.shell.place.Read(), after, window)
	}, func(w stretch[R, P], err error) {
		if life != l.life.Load() {
			return
		}
		l.fetching = false
		if err == nil && l.line.last.Compare(after) == 0 {
			if w.with != nil {
				w.with()
			}
			changed, from := l.line.add(w)
			l.see(w.rows)
			l.list.change(changed, l.itemAt)
			l.list.grow(l.itemsFrom(from))
			l.letGo()
		}
		l.onShow(err)
	})
}

func (l *longList[R, P]) see(rows []R) {
	for _, r := range rows {
		id, _ := r.Listed()
		l.seen[id] = true
	}
}

func (l *longList[R, P]) take(n int, read look[R, P], err error) {
	if err != nil {
		l.onShow(err)
		return
	}
	l.changes.known(n)
	for _, s := range []*stretch[R, P]{&read.rows, read.first} {
		if s == nil {
			continue
		}
		l.see(s.rows)
		if s.with != nil {
			s.with()
		}
	}
	if l.takeIn(read) {
		l.onShow(nil)
	}
	// While it was read somebody may have scrolled on.
	if !l.looking && slices.ContainsFunc(l.inSight(), func(r lined[R, P]) bool { return !l.seen[r.id] }) {
		l.read()
	}
}

// takeIn takes in what was read and draws what is shown otherwise now; false where all is to
// be read anew instead.
func (l *longList[R, P]) takeIn(read look[R, P]) bool {
	var changed []int
	anew := read.first != nil && (!l.line.begun || !l.reading())
	switch {
	case anew:
		begins := !l.line.begun
		l.line.begin(*read.first)
		if begins {
			l.onBegin()
		}
	case read.first != nil:
		changed, anew = l.line.compare(*read.first, read.asked, read.rows.rows, read.whole)
	default:
		changed, anew = l.line.renew(read.asked, read.rows.rows)
	}
	if l.arriving || !l.reading() {
		l.arriving = false
		if l.line.unsure {
			l.startOver()
			return false
		}
		anew = anew || l.line.waits()
		l.line.settle()
	}
	l.announce()
	if anew {
		l.draw()
	} else {
		l.list.change(changed, l.itemAt)
	}
	if !l.sought.IsZero() {
		l.find(l.sought)
	}
	l.letGo()
	return true
}

// reading says that somebody has picked a row and is at the list or what it leads to, or has
// scrolled away from the first.
func (l *longList[R, P]) reading() bool {
	from, _ := l.list.sight()
	return l.list.at() > l.still || from > 0
}

// takeNews shows everything where it belongs, and what is new.
func (l *longList[R, P]) takeNews() {
	if l.line.unsure {
		l.startOver()
		return
	}
	fresh := l.line.settle()
	l.announce()
	l.draw()
	l.onShow(nil)
	top := -1
	for _, id := range fresh {
		if at := l.line.at[id]; top < 0 || at < top {
			top = at
		}
	}
	if top >= 0 {
		l.list.ScrollTo(top)
	}
}

// seek has the row of a document come into sight, if it is among those that were read: now, and
// where it stands once the answer under way is there.
func (l *longList[R, P]) seek(id syncproto.ID) {
	l.find(id)
	if l.looking || !l.line.begun {
		l.sought = id
	}
}

func (l *longList[R, P]) find(id syncproto.ID) {
	l.sought = syncproto.ID{}
	if at, shown := l.line.at[id]; shown && at < len(l.list.items) {
		l.list.ScrollTo(at)
	}
}

// announce says what waits to be shown. Nothing is drawn where nothing changes.
func (l *longList[R, P]) announce() {
	waits, text := l.line.waits(), l.shell.words()("work.moved")
	if fresh := len(l.line.news); fresh > 0 {
		text = l.shell.words()(l.fresh, "N", fresh)
	}
	if waits && l.news.word != text {
		l.news.write(text, refreshHint)
	}
	if waits != l.news.Visible() {
		shown(l.news, waits)
	}
}

// letGo lets the texts go that are far from what is in sight.
func (l *longList[R, P]) letGo() {
	from, to := l.sight()
	for _, at := range l.line.letGo(from, to, l.list.picked) {
		l.list.items[at] = l.itemAt(at)
		delete(l.seen, l.line.rows[at].id)
	}
}

// itemAt is what a row says; nothing while it is let go.
func (l *longList[R, P]) itemAt(at int) item {
	if r := l.line.rows[at]; r.row != nil {
		return l.face(*r.row)
	}
	return item{id: l.line.rows[at].id}
}

func (l *longList[R, P]) itemsFrom(from int) []item {
	items := make([]item, 0, len(l.line.rows)-from)
	for at := from; at < len(l.line.rows); at++ {
		items = append(items, l.itemAt(at))
	}
	return items
}

func (l *longList[R, P]) draw() { l.list.show(l.itemsFrom(0)) }

// problem is what could not be read, in words.
func (l *longList[R, P]) problem(err error) string { return present.Problem(l.shell.words(), err) }
