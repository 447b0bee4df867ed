package redress_test

import (
	"time"

	"redress/desktop/syncclient"
	"redress/server/gateway"
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
	line   *wire
	clocks simulation.Clocks

	made  map[syncproto.ID]*deed
	order []*deed // as they were made
	said  [][]byte
}

// reading is what the place's clocks show at the true time.
func (p *place) reading(now syncproto.Instant) syncproto.Reading { return p.clocks.Reading(now) }

// sees says whether a document in these buckets may come to the place.
func (p *place) sees(buckets []syncproto.Bucket) bool {
	for _, b := range buckets {
		if b == syncproto.ReferenceBucket || syncproto.ID(b) == p.person {
			return true
		}
		for _, u := range p.units {
			if syncproto.ID(b) == u {
				return true
			}
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
}

// connectAll dials from every desk that is online and has no line.
func (w *walk) connectAll() {
	for _, p := range w.places {
		if p.line != nil || !p.online || p.asleep || !w.running || w.broken || !w.healing && w.one(3) {
			continue
		}
		w.connect(p)
	}
}

func (w *walk) connect(p *place) {
	l := &wire{place: p, locked: !w.healing && w.one(8), carries: 1 << 30}
	if !w.healing {
		l.carries = 1 + w.dice.IntN(80)
	}
	token := ""
	if !l.locked {
		w.must(p.logIn(w.now))
		token = p.token
	}
	if l.there = w.hub.Answer(w.now); l.there == nil {
		w.t.Fatal("the server has no room for another session")
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
	if turn.Err != nil {
		w.t.Fatalf("%s's desk gave up: %v", l.place.name, turn.Err)
	}
	for _, message := range turn.Send {
		w.neverDiffers(l, message)
	}
	l.up = append(l.up, turn.Send...)
	l.hereOver = l.hereOver || turn.End != nil
}

// served takes what the server's turn asks of the line.
func (w *walk) served(l *wire, turn gateway.Turn) {
	for _, message := range turn.Send {
		w.mayHear(l, message)
	}
	l.down = append(l.down, turn.Send...)
	for _, commands := range turn.Submit {
		w.queue = append(w.queue, handed{l, commands})
	}
	l.thereOut = l.thereOut || turn.Closed
}

// carry brings one message to its end, sometimes twice.
func (w *walk) carry(p *place) bool {
	l := p.line
	if l == nil {
		return false
	}
	if l.thereOut {
		l.up = nil
	}
	if l.hereOver {
		l.down = nil
	}
	if len(l.up)+len(l.down) == 0 {
		if l.hereOver || l.thereOut {
			w.cut(p)
			return true
		}
		return false
	}
	times := 1
	if !w.healing && w.one(50) {
		times = 2
		w.note("a message between %s and the server comes twice", p.name)
	}
	upward := len(l.down) == 0 || len(l.up) > 0 && w.one(2)
	for range times {
		if upward {
			p.said = append(p.said, l.up[0])
			w.served(l, l.there.Hear(w.ctx, w.now, l.up[0]))
		} else {
			made := p.replica.Desk().Counter
			w.asked(l, l.here.Hear(w.ctx, p.reading(w.now), l.down[0]))
			if p.replica.Desk().Counter != made { // it took a grant, or gave one back
				w.watch(p)
			}
		}
	}
	if upward {
		l.up = l.up[1:]
	} else {
		l.down = l.down[1:]
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
	if l := p.line; l != nil && !l.hereOver && !l.thereOut {
		w.asked(l, l.here.Pass(w.ctx, p.reading(w.now)))
		w.served(l, l.there.Pass(w.ctx, w.now))
	}
}

// cut takes a line away with all that is under way. The server does not always notice.
func (w *walk) cut(p *place) {
	l := p.line
	if l == nil {
		return
	}
	p.line, l.over = nil, true
	w.must(l.here.Drop(w.ctx, p.reading(w.now)))
	if w.one(2) {
		l.there.Drop()
	}
}

// replay says to the server again what a desk said in an earlier session.
func (w *walk) replay(p *place) {
	if !w.running || w.broken || p.line != nil || len(p.said) == 0 {
		return
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
}
