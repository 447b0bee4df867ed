package ime

import "slices"

// A silence is taken for a composition. Where it was a machine that lags, the answers come
// after all, and what follows finds that out.

// late says that the rune may be the answer to the next of the keys that were taken to be
// in a composition, and notes that.
func (g *guard) late(r rune) bool {
	for i := g.belated; i < len(g.heard); i++ {
		switch p := g.heard[i]; {
		case !p.prints:
		case answers(p.name, r):
			g.belated = i + 1
			return true
		case g.belated > 0 || opens(p.name):
			return false
		}
	}
	return false
}

// judge says, at the end of a burst that could be belated answers or a commit of just the
// letters that were typed, which it was: such a commit has all letters up to the Enter that
// made it, and nothing else.
func (g *guard) judge() {
	if g.belated == 0 {
		return
	}
	if at := committer(g.heard); at >= 0 && enters(g.heard[at].name) && g.belated <= at &&
		!slices.ContainsFunc(g.heard[g.belated:at], func(p press) bool { return p.prints }) {
		g.committed()
		return
	}
	var waits []press
	for i, p := range g.heard {
		if i >= g.belated || !p.prints {
			waits = append(waits, p)
		}
	}
	g.pending = waits
	g.end()
	g.release()
}

// hear remembers a key that is taken to be in a composition.
func (g *guard) hear(p press) {
	if !g.composing {
		return
	}
	if len(g.heard) == maxPending {
		g.heard = g.heard[1:]
	}
	g.heard = append(g.heard, p)
}

// end is where a composition is over, or never was.
func (g *guard) end() { g.composing, g.heard, g.belated = false, nil, 0 }
