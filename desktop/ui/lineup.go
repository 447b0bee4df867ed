package ui

import (
	"slices"

	"redress/desktop/present"
	"redress/desktop/replica"
	"redress/syncproto"
)

// lineup is what is known of a list that may be far longer than anybody reads: the rows of
// the windows read so far, in the places where they are shown, and what came since.
//
// It promises, in order of importance:
//
//  1. A row that is shown keeps its place until settle is called, whatever becomes of it, or
//     leaves because its ticket does (interface.md: nothing jumps).
//  2. Where every change since was told it (renew), settling gives what reading all windows
//     anew would give. Where not, it is unsure, and says so.
//  3. It reads nothing itself, and keeps what was read: as many rows as somebody scrolled by.
type lineup struct {
	rows  []present.Row
	at    map[syncproto.ID]int         // where each is among the rows
	news  map[syncproto.ID]present.Row // what came since, and belongs among them
	moved bool                         // some belong elsewhere by now
	// unsure says that more may have changed between the rows than is known.
	unsure bool

	begun bool        // the first window was read
	last  replica.Key // up to where windows were read
	more  bool        // others follow
}

// begin is the first window, in place of all that was known.
func (l *lineup) begin(w present.Work) {
	*l = lineup{begun: true}
	l.index()
	l.add(w)
}

// add is the next window.
func (l *lineup) add(w present.Work) {
	for _, r := range w.Rows {
		delete(l.news, r.Ticket)
		if at, shown := l.at[r.Ticket]; shown { // it has moved down to here since
			l.rows[at] = r
			continue
		}
		l.at[r.Ticket] = len(l.rows)
		l.rows = append(l.rows, r)
	}
	if len(w.Rows) > 0 {
		l.last = w.Last
	}
	l.more = w.More
	l.look()
}

// renew takes in those of the tickets asked for that are open, as they are now. It says
// which rows read otherwise than before, and whether some have left.
func (l *lineup) renew(asked []syncproto.ID, open []present.Row) (changed []int, left bool) {
	now := make(map[syncproto.ID]present.Row, len(open))
	for _, r := range open {
		now[r.Ticket] = r
	}
	gone, stepped := map[syncproto.ID]bool{}, false
	for _, id := range asked {
		row, isOpen := now[id]
		at, shown := l.at[id]
		switch {
		case shown && !isOpen:
			gone[id] = true
		case shown && l.rows[at] != row:
			stepped = stepped || l.rows[at].Key != row.Key
			l.rows[at] = row
			changed = append(changed, at)
		case !shown && isOpen && l.reaches(row.Key):
			l.news[id] = row
		case !shown:
			delete(l.news, id)
		}
	}
	if len(gone) > 0 {
		l.rows = slices.DeleteFunc(l.rows, func(r present.Row) bool { return gone[r.Ticket] })
		l.index()
	}
	if stepped || len(gone) > 0 {
		l.look()
	}
	return changed, len(gone) > 0
}

// compare takes in the first window beside single rows, where it is not known what happened.
func (l *lineup) compare(read workRead) (changed []int, left bool) {
	w := *read.first
	asked, open := read.asked, slices.Concat(read.open, w.Rows)
	for _, r := range w.Rows {
		asked = append(asked, r.Ticket)
	}
	changed, left = l.renew(asked, open)
	covers := !w.More || l.more && w.Last.Compare(l.last) >= 0
	l.unsure = l.unsure || !read.whole || !covers
	return changed, left
}

// waits says that the list would read otherwise, were it settled or begun anew.
func (l *lineup) waits() bool { return len(l.news) > 0 || l.moved || l.unsure }

// reaches says that the place is among the windows that were read.
func (l *lineup) reaches(key replica.Key) bool { return !l.more || key.Compare(l.last) <= 0 }

// look sees whether every row stands where it belongs.
func (l *lineup) look() {
	l.moved = !slices.IsSortedFunc(l.rows, inLine) || slices.ContainsFunc(l.rows, func(r present.Row) bool { return !l.reaches(r.Key) })
}

func inLine(a, b present.Row) int { return a.Key.Compare(b.Key) }

// settle puts everything where it belongs. What belongs to a window that was not read is left
// to that window. It says which rows are new.
func (l *lineup) settle() (fresh []syncproto.ID) {
	for id, r := range l.news {
		fresh = append(fresh, id)
		l.rows = append(l.rows, r)
	}
	l.rows = slices.DeleteFunc(l.rows, func(r present.Row) bool { return !l.reaches(r.Key) })
	slices.SortFunc(l.rows, inLine)
	l.index()
	l.news, l.moved = map[syncproto.ID]present.Row{}, false
	return fresh
}

func (l *lineup) index() {
	l.at = make(map[syncproto.ID]int, len(l.rows))
	for at, r := range l.rows {
		l.at[r.Ticket] = at
	}
	if l.news == nil {
		l.news = map[syncproto.ID]present.Row{}
	}
}

// changes is which tickets a reading has to look at because something happened to them, until
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
