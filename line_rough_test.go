package redress_test

import (
	"net"
	"time"
)

// What goes wrong on a line that is not just cut.

// rough is how bad a line is. The line's lock is held for all of it.
type rough struct {
	up, down way
	pairs    map[*pair]struct{}
}

// way is one direction of a line.
type way struct {
	held chan struct{} // closed when what is held back goes on; nil where nothing is
	slow time.Duration // of every piece
	torn int           // 0: nothing; else the line is cut after so many bytes more
}

// pair is a connection of a desk to the server through the line.
type pair struct {
	desk, server net.Conn
	said         []byte        // by the desk, as far as it is kept
	alone        bool          // one end was left without a word
	over         chan struct{} // closed when nobody keeps it any more
}

// keptOfADesk is how much of what a desk says is kept to be said once more.
const keptOfADesk = 1 << 20

// smooth ends what is bad about the line. What was held back goes on, and who was left alone
// stays alone.
func (r *rough) smooth() {
	for _, w := range []*way{&r.up, &r.down} {
		if w.held != nil {
			close(w.held)
		}
		*w = way{}
	}
}

// leaveNobody lets go of everybody who was left alone.
func (r *rough) leaveNobody() {
	for p := range r.pairs {
		p.end()
	}
}

func (p *pair) end() {
	select {
	case <-p.over:
	default:
		close(p.over)
	}
}

func (l *line) join(desk, server net.Conn) *pair {
	l.mu.Lock()
	defer l.mu.Unlock()
	p := &pair{desk: desk, server: server, over: make(chan struct{})}
	if l.rough.pairs == nil {
		l.rough.pairs = map[*pair]struct{}{}
	}
	l.rough.pairs[p] = struct{}{}
	if l.ended {
		p.end()
	}
	return p
}

// way is that of a direction.
func (l *line) way(up bool) *way {
	if up {
		return &l.rough.up
	}
	return &l.rough.down
}

// hold keeps back all that goes one way, until the line is mended: the other way goes on.
func (l *line) hold(up bool) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if w := l.way(up); w.held == nil {
		w.held = make(chan struct{})
	}
}

// delay has every piece that goes one way take so long.
func (l *line) delay(up bool, by time.Duration) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.way(up).slow = by
}

// tear cuts the line after so many bytes more one way, in the middle of a frame or not.
func (l *line) tear(up bool, after int) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.way(up).torn = after
}

// leaveAlone has one end of every connection gone, of which the other is never told.
func (l *line) leaveAlone(server bool) {
	l.mu.Lock()
	defer l.mu.Unlock()
	for p := range l.rough.pairs {
		p.alone = true
		gone := p.server
		if server {
			gone = p.desk
		}
		hangUp(gone)
	}
}

// twice has the network say once more, on a connection of its own, all that the desk has said
// on its: the same desk connects twice.
func (l *line) twice() {
	l.mu.Lock()
	defer l.mu.Unlock()
	for p := range l.rough.pairs {
		if p.alone || len(p.said) == 0 {
			continue
		}
		again, err := net.Dial("tcp", l.server)
		if err != nil {
			return // it is down
		}
		l.open[again] = struct{}{}
		said := p.said[:len(p.said):len(p.said)]
		l.ways.Go(func() {
			defer l.drop(again)
			_, _ = again.Write(said)
			for buffer := make([]byte, 4096); ; {
				if _, err := again.Read(buffer); err != nil {
					return
				}
			}
		})
	}
}

// pass passes on what one end says to the other until either is gone. Then both are, or one
// is left alone.
func (l *line) pass(p *pair, to, from net.Conn, up bool) {
	buffer := make([]byte, 32<<10)
	for {
		n, err := from.Read(buffer)
		if n > 0 && !l.through(p, to, buffer[:n], up) || err != nil {
			break
		}
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	if !p.alone {
		hangUp(p.desk)
		hangUp(p.server)
		delete(l.rough.pairs, p)
		p.end()
	}
}

// through carries a piece one way, as the line is; false where it is cut there.
func (l *line) through(p *pair, to net.Conn, piece []byte, up bool) bool {
	l.mu.Lock()
	if up && len(p.said)+len(piece) <= keptOfADesk {
		p.said = append(p.said, piece...)
	}
	w := l.way(up)
	held, slow, torn := w.held, w.slow, false
	if w.torn > 0 {
		if w.torn -= len(piece); w.torn <= 0 {
			piece, torn = piece[:max(0, len(piece)+w.torn)], true
			w.torn = 0
		}
	}
	l.mu.Unlock()
	if held != nil {
		<-held
	}
	if slow > 0 {
		<-time.After(slow)
	}
	_, err := to.Write(piece)
	return err == nil && !torn
}
