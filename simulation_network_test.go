package redress_test

import (
	"errors"
	"slices"
	"time"

	"redress/desktop/syncclient"
	"redress/server/gateway"
	"redress/server/store/storetest"
	"redress/syncproto"
	"redress/syncproto/policy"
	"redress/syncproto/simulation"
)

// starts are when walks begin: a Monday morning, the day from which the next month is
// handed out, and an evening whose walk ends in another month.
var starts = []time.Time{
	time.Date(2026, 11, 30, 20, 0, 0, 0, syncproto.Shanghai),
	time.Date(2026, 11, 2, 8, 0, 0, 0, syncproto.Shanghai),
	time.Date(2026, 11, 24, 21, 0, 0, 0, syncproto.Shanghai),
}

// place is a person at a desk in a walk. A person with two desks has two places.
type place struct {
	*desk
	name   string // of the desk
	login  string
	role   policy.Role
	person syncproto.ID
	units  []syncproto.ID
	online bool
	asleep bool
	still  bool              // a virtual machine that was paused
	bent   bool              // somebody was at its ticks, and it has not heard of the time since: nothing is known of its times
	bentAt syncproto.Instant // since it was started; zero for never
	dies   bool              // with the next thing it commits
	full   bool              // its disk
	stolen bool              // and revoked
	barred uint32            // the epoch in which the server, which knows that, let nobody log in
	line   *wire
	clocks simulation.Clocks
	sight  *sight
	disk   *storetest.Disk

	made   map[syncproto.ID]*deed
	order  []*deed // as they were made
	open   int     // all before it in that order have their final verdict
	behind int64   // where the last of those is in the outbox
	said   [][]byte
	second bool                      // a copy of another place's disk
	spoilt map[syncproto.Ref]bool    // rows that its disk spoilt since everything was mended
	had    []syncproto.Bucket        // when it was last looked at
	lost   map[syncproto.Bucket]bool // that it had at any time, and not any more then
	back   syncproto.Instant         // when it dials again after another file of its device took the line
}

// away says that nobody can work at the place.
func (p *place) away() bool { return p.off() || p.replica.Erased() }

// off says that its machine does nothing.
func (p *place) off() bool { return p.asleep || p.still }

// reading is what the place's clocks show at the true time.
func (p *place) reading(now syncproto.Instant) syncproto.Reading { return p.clocks.Reading(now) }

// sees says whether a document in these buckets may come to the place.
func (p *place) sees(buckets []syncproto.Bucket) bool {
	for _, b := range buckets {
		if b == syncproto.ReferenceBucket || syncproto.ID(b) == p.person || slices.Contains(p.units, syncproto.ID(b)) {
			return true
		}
	}
	return false
}

// wire is a line between a desk and the server, with what is under way on it.
type wire struct {
	place    *place
	here     *syncclient.Conversation
	there    *gateway.Conversation
	up, down [][]byte
	locked   bool // nobody is logged in: nothing may be read
	carries  int  // so many messages more
	hereOver bool
	thereOut bool
	over     bool
	ghost    bool // the desk has given it up, and the server has not noticed
	twice    bool // the next message comes twice
	noUp     bool // what the desk sends is lost from now on, and it does not notice
	noDown   bool
	stuckTo  syncproto.Instant // nothing arrives before
}

// connectAll dials from every desk that is online and has no line.
func (w *walk) connectAll() {
	w.bury()
	for _, p := range w.places {
		if p.line != nil || !p.online || p.off() || !w.running || w.broken || w.now < p.back || !w.healing && w.one(3) {
			continue
		}
		w.connect(p)
	}
}

func (w *walk) connect(p *place) {
	l := &wire{place: p, locked: w.leavers[p.person] || !w.healing && w.one(8), carries: 1 << 30}
	if !w.healing {
		l.carries = 1 + w.dice.IntN(160)
	}
	token := ""
	l.locked = l.locked || w.dialsOnly(p)
	if !l.locked {
		switch err := p.logIn(w.now); {
		case err == nil:
			token = p.token
		case w.ledger.Restoring(): // what made it known may be in what is collected
			l.locked = true
		default:
			w.t.Fatal(err)
		}
	}
	if l.there = w.hub.Answer(w.now); l.there == nil {
		w.t.Fatal("20: the server has no room for another session")
	}
	l.here = syncclient.NewConversation(p.replica, token, "walk", w.chance.id)
	p.line, p.said = l, nil
	w.asked(l, l.here.Open(w.ctx, p.reading(w.now)))
	if !w.healing {
		w.note("%s dials, locked %v, for %d messages", p.name, l.locked, l.carries)
	}
}

// asked takes what a desk's turn asks of the line.
func (w *walk) asked(l *wire, turn syncclient.Turn) {
	p := l.place
	if p.full && errors.Is(turn.Err, &syncproto.Problem{Code: syncproto.CodeDiskFull}) {
		w.note("%s's disk is full: %v", p.name, turn.Err)
		l.hereOver = true
		return
	}
	if turn.Err != nil {
		w.t.Fatalf("6: %s's desk gave up: %v", p.name, turn.Err)
	}
	for _, message := range turn.Send {
		w.neverDiffers(l, message)
	}
	l.up = append(l.up, turn.Send...)
	l.hereOver = l.hereOver || turn.End != nil
	if l.here.HandsInOnly() && !l.locked { // the token is good no more: whoever sits there is asked to log in
		p.expires, l.hereOver = 0, true
	}
	if turn.End != nil {
		p.back = w.now.Add(turn.End.RetryAfter)
	}
	if turn.End != nil && turn.End.Code == syncproto.CodeReplaced {
		p.back = w.now.Add(syncproto.Minute)
	}
}

// served takes what the server's turn asks of the line.
func (w *walk) served(l *wire, turn gateway.Turn) {
	w.readsNothing(l, turn)
	for _, message := range turn.Send {
		w.mayHear(l, message)
	}
	l.down = append(l.down, turn.Send...)
	for _, commands := range turn.Submit {
		w.mayHandIn(l, commands)
		w.queue = append(w.queue, handed{l, commands})
	}
	l.thereOut = l.thereOut || turn.Closed
}

// carry brings one message to its end, sometimes twice.
func (w *walk) carry(p *place) bool {
	l := p.line
	if l == nil || w.now < l.stuckTo {
		return false
	}
	if l.thereOut || l.noUp {
		l.up = nil
	}
	if l.hereOver || l.noDown {
		l.down = nil
	}
	if len(l.up)+len(l.down) == 0 {
		if l.hereOver || l.thereOut && !l.noDown {
			w.cut(p)
			return true
		}
		return false
	}
	times := 1
	if l.twice {
		times, l.twice = 2, false
	}
	upward := len(l.down) == 0 || len(l.up) > 0 && w.one(2)
	for range times {
		if upward {
			p.said = append(p.said, l.up[0])
			w.served(l, l.there.Hear(w.ctx, w.now, l.up[0]))
		} else {
			w.touched[p] = true
			w.asked(l, l.here.Hear(w.ctx, p.reading(w.now), l.down[0]))
			w.watch(p)
		}
	}
	if upward {
		l.up = l.up[1:]
	} else {
		l.down = l.down[1:]
		if p.dies && !w.healing { // what it would say of what it has committed is never sent
			w.note("%s's program dies behind its commit", p.name)
			w.happened[diesBehind]++
			w.kill(p)
			return true
		}
	}
	if l.carries--; l.carries == 0 {
		w.note("%s's line breaks", p.name)
		w.cut(p)
	}
	return true
}

func (w *walk) carrySome(p *place, n int) (carried int) {
	for carried < n && w.carry(p) {
		carried++
	}
	return carried
}

// passOn gives both ends of a line the time.
func (w *walk) passOn(p *place) {
	if l := p.line; l != nil && !l.hereOver && !l.thereOut && !p.still {
		made := p.replica.Desk().Counter
		w.asked(l, l.here.Pass(w.ctx, p.reading(w.now)))
		w.served(l, l.there.Pass(w.ctx, w.now))
		if p.replica.Desk().Counter != made { // it took a grant, or gave one back
			w.watch(p)
		}
	}
}

// cut takes a line away with all that is under way. The server does not always notice, and then
// what the desk said may still come.
func (w *walk) cut(p *place) {
	l := p.line
	if l == nil {
		return
	}
	p.line, l.over = nil, true
	if err := l.here.Drop(w.ctx, p.reading(w.now)); err != nil && !p.full {
		w.must(err)
	}
	if w.one(2) || w.healing {
		l.there.Drop()
	} else if !l.thereOut && len(w.ghosts) < 16 {
		l.ghost = true
		w.ghosts = append(w.ghosts, l)
	}
}

// haunt has something arrive on a line that its desk has long given up.
func (w *walk) haunt() (came bool) {
	for len(w.ghosts) > 0 && !came {
		l := w.ghosts[0]
		for len(l.up) > 0 && !l.thereOut && w.running && !w.broken && !l.noUp {
			message := l.up[0]
			l.up, came = l.up[1:], true
			w.served(l, l.there.Hear(w.ctx, w.now, message))
			if w.one(3) {
				break
			}
		}
		if len(l.up) == 0 || l.thereOut || l.noUp {
			w.ghosts = w.ghosts[1:]
		}
	}
	return came
}

// replay says to the server again what a desk said in an earlier session.
func (w *walk) replay(p *place) bool {
	if !w.running || w.broken || p.line != nil || len(p.said) == 0 {
		return false
	}
	w.note("somebody replays what %s said", p.name)
	head, there := w.ledger.Head(), w.hub.Answer(w.now)
	for _, message := range p.said {
		turn := there.Hear(w.ctx, w.now, message)
		for _, answer := range turn.Send {
			frame, err := syncproto.DecodeFrame(answer)
			w.must(err)
			switch frame.(type) {
			case *syncproto.Challenge, *syncproto.Goaway:
			default:
				w.t.Fatalf("whoever replays a session is answered with %T", frame)
			}
		}
		if len(turn.Submit) > 0 || w.ledger.Head() != head {
			w.t.Fatal("what was replayed is taken")
		}
	}
	there.Drop()
	return true
}
