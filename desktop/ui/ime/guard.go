package ime

import (
	"slices"
	"unicode"

	"fyne.io/fyne/v2"
)

const (
	// silentFrames is how many frames may pass without any answer before the
	// printing keys that wait for one are taken to be in a composition. A key
	// that an input method hands back is answered two frames after the one
	// before it, and keys that print nothing take their turn as well: Ctrl+A
	// and a letter, struck at once, took eight. Waiting longer costs nothing
	// but the moment in which a held key shows no effect. Frames and not
	// milliseconds, because a window that stalls draws no frames and hears no
	// answers either.
	silentFrames = 20

	// lateFrames is when it is already more likely than not. It counts for
	// Enter, which the runes of a single letter cannot judge.
	lateFrames = 6

	// lostFrames is how long keys are waited for that open no composition, before
	// they are taken to print nothing: digits of a keypad without NumLock. A Tab
	// behind a telephone number that the window is slow to write must not go
	// before it.
	lostFrames = 120

	// maxPending bounds what is remembered: no composition is longer, and nobody
	// types further ahead of a window that lags.
	maxPending = 512
)

// A press is one key event, or the shortcut that it made, which has not come to
// its end yet.
type press struct {
	name     fyne.KeyName
	shortcut fyne.Shortcut
	// prints says that a rune does what the key is for, not act.
	prints bool
	// back says that Shift was held with Tab.
	back bool
	// survives says that a composition is no reason to drop it: the key is not
	// for the text (Ctrl+K), it only has to wait its turn.
	survives bool
	// late says that the silence was long already when the key was struck.
	late bool
}

// A guard decides what becomes of the keys that reach a text field, from
// nothing but the order in which keys, runes and frames arrive. The package
// documentation says why. It is not for concurrent use.
type guard struct {
	// act does what a key or shortcut is for, once it is known to be for the
	// text. It is the field's.
	act func(press)
	// pending holds printing keys without an answer, oldest first, and between
	// them the keys that wait to learn whether they are for the text or for the
	// input method.
	pending   []press
	composing bool
	silent    int  // frames since anything last moved
	burst     int  // runes since the last key or frame
	commit    bool // this burst is a commit: its runes answer no key

	// heard is every key, but for those that acted, since a silence was taken for
	// a composition, with those that waited then. If their own runes come after
	// all, they wait again, in the order in which they were struck.
	heard []press
	// belated is how many of heard this burst has passed, answering all that print.
	belated int
}

// open says that a composition may be open, so that a key which moves the
// focus must be asked about first.
func (g *guard) open() bool { return len(g.pending) > 0 }

// busy says that frames matter: something is pending and not yet judged.
func (g *guard) busy() bool {
	return g.open() && (!g.composing || g.commit || g.belated > 0 || g.closing())
}

// closing says that Enter went to the input method, which now ends the
// composition one way or the other.
func (g *guard) closing() bool {
	if !g.composing {
		return false
	}
	for _, p := range g.pending {
		if enters(p.name) {
			return true
		}
	}
	return false
}

// printing notes a key that ought to be answered by a rune.
func (g *guard) printing(name fyne.KeyName) {
	g.endBurst()
	g.hear(press{name: name, prints: true})
	if g.composing && !opens(name) && !chooses(name) {
		return // turns a page of candidates, or commits: then runes say so
	}
	if !g.open() {
		g.silent = 0
	}
	if len(g.pending) == maxPending {
		g.pending = g.pending[1:]
	}
	g.pending = append(g.pending, press{name: name, prints: true})
}

// control takes a key that acts on text already there. It acts now, later in
// its turn, or never.
func (g *guard) control(p press) {
	g.endBurst()
	switch {
	case !g.open():
		g.act(p)
	case g.composing && !g.closing():
		g.toComposition(p)
	default:
		p.late = g.silent >= lateFrames
		g.hear(p)
		g.pending = append(g.pending, p)
	}
}

// typed is told of every rune, after it went into the text.
func (g *guard) typed(r rune) {
	g.burst++
	if !g.open() || g.commit {
		return
	}
	g.silent = 0
	if g.composing && g.late(r) {
		if committer(g.heard) >= 0 {
			return // the end of the burst tells
		}
		g.belated = 0
		g.pending = g.heard // it never was, the answer was only slow
		g.end()
	}
	i := g.answered(r)
	switch {
	case g.composing, i < 0 && r > unicode.MaxASCII:
		g.committed()
	case i < 0:
		// A rune without a key: GLFW loses the key where the same one is struck
		// twice in a millisecond. It says nothing about the others.
	default:
		// Answers come in order: keys passed over will have none, so they went
		// into a composition that is over.
		passed, rest := g.pending[:i], g.pending[i+1:]
		g.pending = passed
		g.compose()
		g.pending = rest
		g.end()
		g.release()
	}
}

// answered is the place of the first pending key that prints the rune without
// an input method, or -1.
func (g *guard) answered(r rune) int {
	return slices.IndexFunc(g.pending, func(p press) bool { return p.prints && answers(p.name, r) })
}

// frame is told of every frame drawn while the guard is busy.
func (g *guard) frame() {
	g.endBurst()
	if !g.busy() {
		return
	}
	if g.silent++; g.silent < g.patience() {
		return
	}
	if g.closing() {
		g.committed() // of nothing: the input method threw its letters away
		g.endBurst()
		return
	}
	g.compose()
}

// patience is how many frames without an answer are a silence.
func (g *guard) patience() int {
	for _, p := range g.pending {
		switch {
		case !p.prints && !g.closing():
			return lostFrames
		case opens(p.name):
			return silentFrames
		}
	}
	return silentFrames
}

// reset forgets everything; keys still waiting are dropped.
func (g *guard) reset() { *g = guard{act: g.act} }

// take hands out what still waits and forgets it: the keys struck after a Tab
// are for the next field.
func (g *guard) take() []press {
	rest := g.pending
	g.reset()
	return rest
}

// compose takes the silence for what it is: the pending keys are in a
// composition, and so are the keys held behind them.
func (g *guard) compose() {
	held := g.pending
	g.pending, g.silent = nil, 0
	g.end()
	g.composing = true
	for i, p := range held {
		switch {
		case p.prints && (opens(p.name) || chooses(p.name) && g.open()):
			g.hear(p)
			g.pending = append(g.pending, p)
		case p.prints:
			g.hear(p) // a sign or digit without a composition to go into printed nothing
		case g.open():
			g.toComposition(p)
		default:
			// It acts in its turn, and what was struck after it is a matter of its own: after
			// a Tab, the next field's.
			held[i].late = false
			g.pending = held[i:]
			g.end()
			g.release()
			return
		}
		if g.closing() { // keys after Enter are a matter of their own
			g.pending, g.heard = append(g.pending, held[i+1:]...), append(g.heard, held[i+1:]...)
			return
		}
	}
	g.closeIfEmpty()
}

// toComposition lets the input method alone have the key.
func (g *guard) toComposition(p press) {
	if !p.survives {
		g.hear(p)
	}
	switch {
	case p.name == fyne.KeyBackspace:
		// Takes back a letter, or the choice made last.
		g.pending = g.pending[:len(g.pending)-1]
	case p.name == fyne.KeyEscape:
		g.pending = nil
	case enters(p.name):
		g.pending, g.silent = append(g.pending, press{name: p.name, prints: true}), 0
	case p.survives:
		g.act(p)
	}
	g.closeIfEmpty()
}

// committed drops what a commit was made of: up to the key that caused it, or
// everything where no key did (a click on a candidate). What follows that key
// belongs to the text again, but only after the last rune of the commit.
func (g *guard) committed() {
	if i := committer(g.pending); i >= 0 {
		g.pending = g.pending[i+1:]
	} else {
		g.pending = nil
	}
	g.end()
	g.commit, g.silent = true, 0
}

// committer is the place of the first key that makes an input method commit, or -1.
func committer(keys []press) int {
	return slices.IndexFunc(keys, func(p press) bool { return enters(p.name) || p.prints && !opens(p.name) })
}

// endBurst is called when anything but a rune happens. Runes that one commit
// brings come without anything between them.
func (g *guard) endBurst() {
	g.judge()
	after := g.commit
	g.burst, g.commit = 0, false
	if after {
		g.release()
	}
}

// release lets the held keys act whose predecessors are all answered. Enter is
// the exception where several runes came at once, or the one only after it:
// that is how a composition is committed as the letters it was typed with, and
// the Enter is part of it.
func (g *guard) release() {
	for g.open() && !g.pending[0].prints {
		p := g.pending[0]
		g.pending = g.pending[1:]
		if enters(p.name) && (g.burst > 1 || p.late) {
			continue
		}
		g.act(p)
	}
}

func (g *guard) closeIfEmpty() {
	if !g.open() {
		g.end()
		g.silent = 0
	}
}

func enters(name fyne.KeyName) bool { return name == fyne.KeyReturn || name == fyne.KeyEnter }

// prints says whether a key ought to be answered by a rune.
func prints(name fyne.KeyName) bool {
	return name == fyne.KeySpace || len(name) == 1
}

// opens says whether an input method may begin a composition with the key:
// letters, and the few signs that open quick phrases, reverse look-up or a
// dead accent. A digit never does; on a keypad without NumLock it does not
// even print.
func opens(name fyne.KeyName) bool {
	if len(name) != 1 {
		return false
	}
	c := name[0]
	return c >= 'A' && c <= 'Z' || c == ';' || c == '/' || c == '`' || c == '\''
}

// chooses says whether the key chooses a candidate.
func chooses(name fyne.KeyName) bool {
	return name == fyne.KeySpace || len(name) == 1 && name[0] >= '0' && name[0] <= '9'
}

// answers says whether the rune is what the key prints without an input
// method. Signs and digits differ between keyboards, so for them any sign will
// do.
func answers(name fyne.KeyName, r rune) bool {
	if name == fyne.KeySpace {
		return r == ' '
	}
	if c := rune(name[0]); c >= 'A' && c <= 'Z' {
		return unicode.ToUpper(r) == c
	}
	return r > ' ' && r <= unicode.MaxASCII && !unicode.IsLetter(r)
}
