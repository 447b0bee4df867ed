package ui

import (
	"slices"

	"redress/desktop/replica"
	"redress/syncproto"
)

// maxKept is how many rows of a list stay in memory with their texts. Further ones, far from
// what is in sight, are let go and read again when they come into sight: a row with its texts
// takes about a kilobyte, and a desk holds 100,000. Of a row that was let go stays where it
// stands, so that nothing jumps.
const maxKept = 20 * window

// place is where a row stands in its list.
type place[P any] interface{ Compare(other P) int }

// rowOf is a row of a list that is read in windows: which document it is of, and where it
// stands.
type rowOf[P any] interface {
	comparable
	Listed() (syncproto.ID, P)
}

// stretch is what one reading of a list gave: rows, and where the list goes on after them.
type stretch[R, P any] struct {
	rows []R
	last P
	more bool
	with func() // shows what was read beside the rows; nil for nothing
}

// lined is a row in its place; without the row where that was let go.
type lined[R, P any] struct {
	id    syncproto.ID
	place P
	row   *R
}

// lineup is what is known of a list that may be far longer than anybody reads: the rows of
// the windows read so far, in the places where they are shown, and what came since.
//
// It promises, in order of importance:
//
//  1. A row that is shown keeps its place until settle is called, whatever becomes of it, or
//     leaves because its document left the list (interface.md: nothing jumps).
//  2. Where every change since was told it (renew), settling gives what reading all windows
//     anew would give. Where not, it is unsure, and says so.
//  3. It reads nothing itself, and keeps the texts of at most maxKept rows (letGo).
type lineup[R rowOf[P], P place[P]] struct {
	rows  []lined[R, P]
	at    map[syncproto.ID]int // where each is among the rows
	news  map[syncproto.ID]R   // what came since, and belongs among them
	full  int                  // how many rows were not let go
	moved bool                 // some belong elsewhere by now
	// unsure says that more may have changed between the rows than is known.
	unsure bool

	begun bool // the first window was read
	last  P    // up to where windows were read
	more  bool // others follow
}

func inPlace[R rowOf[P], P place[P]](r R) lined[R, P] {
	id, at := r.Listed()
	return lined[R, P]{id, at, &r}
}

// begin is the first window, in place of all that was known.
func (l *lineup[R, P]) begin(w stretch[R, P]) {
	*l = lineup[R, P]{begun: true}
	l.index()
	l.add(w)
}

// add is the next window. It says which rows above it read otherwise now, and from where on
// rows are new.
func (l *lineup[R, P]) add(w stretch[R, P]) (changed []int, from int) {
	from = len(l.rows)
	for _, r := range w.rows {
		row := inPlace(r)
		delete(l.news, row.id)
		if at, shown := l.at[row.id]; shown { // it has moved down to here since
			l.put(at, row)
			changed = append(changed, at)
			continue
		}
		l.at[row.id] = len(l.rows)
		l.rows = append(l.rows, row)
		l.full++
	}
	if len(w.rows) > 0 {
		l.last = w.last
	}
	l.more = w.more
	l.look()
	return changed, from
}

// put has a row read as it is now, at its place.
func (l *lineup[R, P]) put(at int, now lined[R, P]) {
	if l.rows[at].row == nil {
		l.full++
	}
	l.rows[at] = now
}

// renew takes in those of the documents asked for that are in the list, as they are now. It
// says which rows read otherwise than before, and whether some have left.
func (l *lineup[R, P]) renew(asked []syncproto.ID, open []R) (changed []int, left bool) {
	now := make(map[syncproto.ID]lined[R, P], len(open))
	for _, r := range open {
		row := inPlace(r)
		now[row.id] = row
	}
	gone, stepped := map[syncproto.ID]bool{}, false
	for _, id := range asked {
		row, isOpen := now[id]
		at, shown := l.at[id]
		switch {
		case shown && !isOpen:
			gone[id] = true
		case shown && (l.rows[at].row == nil || *l.rows[at].row != *row.row):
			stepped = stepped || l.rows[at].place.Compare(row.place) != 0
			l.put(at, row)
			changed = append(changed, at)
		case shown:
		case isOpen && l.reaches(row.place):
			l.news[id] = *row.row
		default:
			delete(l.news, id)
		}
	}
	if len(gone) > 0 {
		l.remove(func(r lined[R, P]) bool { return gone[r.id] })
	}
	if stepped || len(gone) > 0 {
		l.look()
	}
	return changed, len(gone) > 0
}

func (l *lineup[R, P]) remove(some func(lined[R, P]) bool) {
	l.rows = slices.DeleteFunc(l.rows, some)
	l.index()
}

// compare takes in the first window beside single rows, where it is not known what happened;
// whole says that those are all that is shown.
func (l *lineup[R, P]) compare(first stretch[R, P], asked []syncproto.ID, open []R, whole bool) (changed []int, left bool) {
	open = slices.Concat(open, first.rows)
	for _, r := range first.rows {
		id, _ := r.Listed()
		asked = append(asked, id)
	}
	changed, left = l.renew(asked, open)
	covers := !first.more || l.more && first.last.Compare(l.last) >= 0
	l.unsure = l.unsure || !whole || !covers
	return changed, left
}

// waits says that the list would read otherwise, were it settled or begun anew.
func (l *lineup[R, P]) waits() bool { return len(l.news) > 0 || l.moved || l.unsure }

// reaches says that the place is among the windows that were read.
func (l *lineup[R, P]) reaches(at P) bool { return !l.more || at.Compare(l.last) <= 0 }

// look sees whether every row stands where it belongs.
func (l *lineup[R, P]) look() {
	l.moved = !slices.IsSortedFunc(l.rows, inLine[R, P]) || slices.ContainsFunc(l.rows, l.beyond)
}

func (l *lineup[R, P]) beyond(r lined[R, P]) bool { return !l.reaches(r.place) }

func inLine[R any, P place[P]](a, b lined[R, P]) int { return a.place.Compare(b.place) }

// settle puts everything where it belongs. What belongs to a window that was not read is left
// to that window. It says which rows are new.
func (l *lineup[R, P]) settle() (fresh []syncproto.ID) {
	for id, r := range l.news {
		fresh = append(fresh, id)
		l.rows = append(l.rows, inPlace(r))
	}
	slices.SortFunc(l.rows, inLine[R, P])
	l.news, l.moved = map[syncproto.ID]R{}, false
	l.remove(l.beyond)
	return fresh
}

func (l *lineup[R, P]) index() {
	l.at, l.full = make(map[syncproto.ID]int, len(l.rows)), 0
	for at, r := range l.rows {
		l.at[r.id] = at
		if r.row != nil {
			l.full++
		}
	}
	if l.news == nil {
		l.news = map[syncproto.ID]R{}
	}
}

// row is the row of a document; false where it is not shown, or was let go.
func (l *lineup[R, P]) row(id syncproto.ID) (row R, known bool) {
	at, shown := l.at[id]
	if !shown || l.rows[at].row == nil {
		return row, false
	}
	return *l.rows[at].row, true
}

// letGo lets the texts go of what is far from the rows in sight, once there are too many, but
// not of the one that is picked. It says which.
func (l *lineup[R, P]) letGo(from, to int, picked syncproto.ID) (gone []int) {
	if l.full <= maxKept {
		return nil
	}
	from, to = from-maxKept/4, to+maxKept/4 // half of all, so that it is not done at every window
	for at, r := range l.rows {
		if r.row != nil && (at < from || at >= to) && r.id != picked {
			l.rows[at].row = nil
			l.full--
			gone = append(gone, at)
		}
	}
	return gone
}

// changes is which documents a reading has to look at because something happened to them, until
// an answer has come that knows of it. A reading under way when something happens does not.
type changes struct {
	of  map[syncproto.ID]int // the number of the first reading that knows of it
	all int                  // the same for everything; 0 for nothing
}

// note is told what happened before a reading is begun.
func (c *changes) note(id syncproto.ID, reading int) {
	if c.of == nil {
		c.of = map[syncproto.ID]int{}
	}
	c.of[id] = reading
	if len(c.of) > replica.MaxWindow {
		c.noteAll(reading) // reading them one by one would be dearer
	}
}

func (c *changes) noteAll(reading int) { c.of, c.all = nil, reading }

// known is told that the answer to a reading has come.
func (c *changes) known(reading int) {
	for id, first := range c.of {
		if first <= reading {
			delete(c.of, id)
		}
	}
	if c.all <= reading {
		c.all = 0
	}
}
