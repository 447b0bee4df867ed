package redress_test

import (
	"math/rand/v2"
	"slices"

	"redress/syncproto"
)

// fault is something that goes wrong. All of them stand in one table, and every branch that
// brings a mechanism with a fault of its own adds its line here.
type fault struct {
	name   string
	weight int // of how often, beside the others, where a seed has it
	// apply has it happen, to a place if to any. It says whether it really did.
	apply func(*walk, *place) bool
}

// diesBehind is the fault that strikes where a desk commits next.
const diesBehind = "a desk dies between commit and sending"

// faults lists all of them. A program of another version on the same files is a ring of its own.
var faults = []fault{
	// The network.
	{"a line is cut", 10, (*walk).cutLine},
	{"a desk is offline", 8, (*walk).unplug},
	{"a message comes twice", 6, onLine(func(_ *walk, l *wire) { l.twice = true })},
	{"all that a desk sends is lost", 4, onLine(func(_ *walk, l *wire) { l.noUp = true })},
	{"all that the server sends is lost", 4, onLine(func(_ *walk, l *wire) { l.noDown = true })},
	{"a line stands still", 5, onLine(func(w *walk, l *wire) { l.stuckTo = w.now.Add(w.span()) })},
	{"an old line's messages come late", 8, func(w *walk, _ *place) bool { return w.haunt() }},
	{"a session is replayed", 4, (*walk).replay},
	// The server.
	{"the server is killed", 5, func(w *walk, _ *place) bool { return w.serverFalls() }},
	{"the server dies between commit and acknowledgement", 5, func(w *walk, _ *place) bool { return w.arm(diesCommitted) }},
	{"the server's commit fails, and is on the disk", 4, func(w *walk, _ *place) bool { return w.arm(uncertainKept) }},
	{"the server's commit fails, and is lost", 4, func(w *walk, _ *place) bool { return w.arm(uncertainLost) }},
	{"the server's disk is full", 4, func(w *walk, _ *place) bool { return w.arm(noRoom) }},
	{lostDisk, 2, func(w *walk, _ *place) bool { return w.loseDiskBehindCopy() }},
	{olderState, 1, func(w *walk, _ *place) bool { return w.setServerBack() }},
	{"the copy's disk goes away, or comes back", 3, func(w *walk, _ *place) bool { return w.loseCopy() }},
	{"a second server writes", 2, func(w *walk, _ *place) bool { return w.secondServer() }},
	// The desks.
	{"a desk is killed", 6, func(w *walk, p *place) bool { w.kill(p); return true }},
	{diesBehind, 6, func(_ *walk, p *place) bool { p.dies = true; return false }},
	{"a desk's disk is full", 4, (*walk).fillDesk},
	{"a disk is set back", 2, (*walk).setBack},
	{"a disk spoils a row", 3, (*walk).spoil},
	{"a disk is copied, and both are used", 2, (*walk).clone},
	// Their clocks.
	{"a machine is rebooted", 5, func(w *walk, p *place) bool { w.reboot(p); return true }},
	{"a crystal drifts", 4, (*walk).drift},
	{"a wall clock is set", 5, (*walk).setWall},
	{"a machine sleeps", 5, (*walk).sleep},
	{"a virtual machine is paused", 3, (*walk).pause},
	{"ticks are tampered with", 2, (*walk).tamper},
	// The people.
	{"somebody leaves", 3, func(w *walk, _ *place) bool { return w.leave() }},
	{"a laptop is stolen, and revoked", 3, (*walk).steal},
}

// swarm is what a seed has of everything: a part of the faults and of the kinds of commands,
// each as often as it likes. What is rare among all of them is common somewhere.
type swarm struct {
	weights []int // of the faults
	total   int
	often   int // faults among a thousand steps
	shy     map[syncproto.CommandKind]int
}

// Bounds of a swarm: of how many faults it has at least, and how often they strike.
const (
	leastOfSwarm = leastFaults + 2
	mildest      = 40 // in a thousand steps
	wildest      = 260
)

func swarmOf(seed int) swarm {
	dice := rand.New(rand.NewPCG(uint64(seed), 1<<50))
	s := swarm{weights: make([]int, len(faults)), often: mildest + dice.IntN(wildest-mildest), shy: map[syncproto.CommandKind]int{}}
	has := dice.Perm(len(faults))[:leastOfSwarm+dice.IntN(len(faults)-leastOfSwarm)]
	slices.Sort(has)
	for _, n := range has {
		s.weights[n] = faults[n].weight * (1 + dice.IntN(4))
		s.total += s.weights[n]
	}
	for _, wish := range wishes {
		switch dice.IntN(8) {
		case 0: // never, but for what the others need
			if !wish.needed {
				s.shy[wish.kind] = 100
			}
		case 1, 2:
			s.shy[wish.kind] = 70
		}
	}
	return s
}

// has says that the seed has a fault.
func (s swarm) has(name string) bool {
	return s.weights[slices.IndexFunc(faults, func(f fault) bool { return f.name == name })] > 0
}

// fault is the one that strikes in this step, nil for none.
func (s swarm) fault(w *walk) *fault {
	if w.dice.IntN(1000) >= s.often {
		return nil
	}
	at := w.dice.IntN(s.total)
	for n, weight := range s.weights {
		if at -= weight; at < 0 {
			return &faults[n]
		}
	}
	return nil
}

// onLine is a fault of a line that is up.
func onLine(happen func(*walk, *wire)) func(*walk, *place) bool {
	return func(w *walk, p *place) bool {
		if p.line == nil {
			return false
		}
		happen(w, p.line)
		w.note("something is wrong with %s's line: twice %v, up %v, down %v, until %v", p.name, p.line.twice, !p.line.noUp, !p.line.noDown, p.line.stuckTo)
		return true
	}
}

func (w *walk) cutLine(p *place) bool {
	if p.line == nil {
		return false
	}
	w.note("%s's line is cut", p.name)
	w.cut(p)
	return true
}

func (w *walk) unplug(p *place) bool {
	if !p.online {
		return false
	}
	p.online = false
	w.note("%s is offline", p.name)
	w.say(p, "offline")
	w.cut(p)
	return true
}

// better is what does not stay broken: a server is started again, a machine wakes, a line is
// there again.
func (w *walk) better(p *place) {
	switch {
	case !w.running:
		w.killServer()
	case p.asleep:
		w.wakeUp(p)
	case p.still:
		w.resume(p)
	case p.full:
		w.room(p)
	case !p.online:
		p.online = true
		w.note("%s is online", p.name)
		w.say(p, "online")
	case w.gone(p) && w.commands():
		w.comeBack(p)
	}
}

// mend takes away all that is wrong with a place.
func (w *walk) mend(p *place) {
	w.bringBack(p)
	if w.gone(p) {
		w.comeBack(p)
	}
}

// bringBack has a place work again, whoever sits there.
func (w *walk) bringBack(p *place) {
	if p.asleep {
		w.wakeUp(p)
	}
	if p.still {
		w.resume(p)
	}
	if p.full {
		w.room(p)
	}
	if !p.online {
		w.say(p, "online")
	}
	p.online, p.dies = true, false
}
