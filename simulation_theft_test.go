package redress_test

import (
	"errors"
	"slices"

	"redress/server/gateway"
	"redress/syncproto"
	"redress/syncproto/organisation"
)

// A laptop is stolen, and headquarters revokes it (design §7). Who has it may use it on, until it
// connects: then it hands in, is erased once the copy of the log holds all of that, and is used no
// more. What it did outlasts it, also where the server's disk is lost afterwards (design §4).

// stealable are the laptops that may go: without them nobody else lacks what to work on.
var stealable = []string{"li2", "zhao"}

// erasedPlace is a desk that has erased itself, with what became of its commands by then: what was
// final is so by that entry for ever, for the copy has it.
type erasedPlace struct {
	*place
	ends map[syncproto.ID]verdictSeen
	lost bool // of what it did nothing may be left: only an older state of the server is
}

// steal has a laptop stolen and revoked. Nobody steals one whose disk was copied: that the copy is
// told from it is found where it hands in (13), which a revoked one does only once.
func (w *walk) steal(*place) bool {
	here := slices.DeleteFunc(slices.Clone(w.places), func(p *place) bool {
		return !slices.Contains(stealable, p.name) || p.stolen || p.full || w.copied[p.Device()]
	})
	if len(here) == 0 || !w.commands() {
		return false
	}
	p := pick(w, here)
	w.note("%s's laptop is stolen, and revoked", p.name)
	c := organisation.RevokeDevice{ID: p.Device(), Reason: "电脑被盗"}
	if err := w.ordered(syncproto.CommandRevokeDevice, c); err != nil {
		w.t.Fatalf("a device that is in use cannot be revoked: %v", err)
	}
	p.stolen = true
	w.say(nil, "hq revokes %s %q", p.name, c.Reason)
	return true
}

// revoked says that the device of a place is, as the log has it now.
func (w *walk) revoked(p *place) bool {
	device, _ := w.body(organisation.DeviceRef(p.Device())).Body.(organisation.Device)
	return device.Revoked != 0
}

// dialsOnly says that nobody is logged in where a device was revoked: not where the desk knows it,
// for it lets nobody in; nor where the server does, which lets nobody log in. A restored one that
// has forgotten it does, until the outbox of the command line has brought it back.
func (w *walk) dialsOnly(p *place) bool {
	if !p.stolen {
		return false
	}
	if p.replica.Erased() || p.barred == w.book.epoch() {
		return true
	}
	before := p.expires
	err := p.logIn(w.now)
	if err == nil {
		if w.compare(16); p.expires != before && w.revoked(p) {
			w.t.Fatalf("16: somebody logs in on %s, which is revoked", p.name)
		}
		return false
	}
	if !errors.Is(err, &syncproto.Problem{Code: syncproto.CodeWrongLogin}) {
		w.t.Fatal(err)
	}
	if w.revoked(p) { // which only a restore takes back; whoever tries again waits as long
		p.barred = w.book.epoch()
	}
	return true
}

// readsNothing: a device that is revoked is sent nothing of the log, and no authority (16), from
// the turn on that begins after the entry. A server whose disk did not say how a write ended does
// not know of the entry, and is about to stop.
func (w *walk) readsNothing(l *wire, turn gateway.Turn) {
	if !l.place.stolen || w.broken || !w.revoked(l.place) {
		return
	}
	for _, message := range turn.Send {
		frame, err := syncproto.DecodeFrame(message)
		w.must(err)
		w.compare(16)
		switch frame.(type) {
		case *syncproto.Delta, *syncproto.Grants, *syncproto.Checkpoint, *syncproto.Parts:
			w.t.Fatalf("16: %s is revoked and gets %T", l.place.name, frame)
		}
	}
}

// isErased takes in that a desk has erased itself. At that moment nothing is left on it (16), and
// all that was ever done on it is in the log (2), and in the copy of it, where one is kept (17).
func (w *walk) isErased(p *place) {
	if slices.ContainsFunc(w.erased, func(e erasedPlace) bool { return e.place == p }) {
		return
	}
	w.note("%s has erased itself", p.name)
	if w.compare(16); !p.stolen {
		w.t.Fatalf("16: %s has erased itself, and nobody stole it", p.name)
	}
	documents, err := p.sight.everyDocument()
	w.must(err)
	histories, err := p.sight.everyHistory()
	w.must(err)
	seen, err := p.sight.made(0)
	w.must(err)
	if len(documents)+len(histories)+seen.there > 0 || len(p.sight.ids(syncproto.KindTicket)) > 0 {
		w.t.Fatalf("16: %s has erased itself, and has %d documents and %d commands", p.name, len(documents), seen.there)
	}
	if w.compare(6); seen.created != len(p.order) {
		w.t.Fatalf("6: %s has erased itself and made %d commands, of which %d were known", p.name, seen.created, len(p.order))
	}
	e := erasedPlace{place: p, ends: map[syncproto.ID]verdictSeen{}}
	for _, d := range p.order {
		w.compare(2)
		r, there := w.book.last(d.id)
		if !there {
			w.t.Fatalf("2: %s has erased itself, and %v is not in the log", p.name, d.kind)
		}
		e.ends[d.id] = endOf(r)
		if w.copying.on {
			if w.compare(17); w.copying.follower.Mark() < r.Seq {
				w.t.Fatalf("17: %s has erased itself, and the copy ends before entry %d, which decides %v", p.name, r.Seq, d.kind)
			}
		}
	}
	w.erased = append(w.erased, e)
}

// bury takes the places away whose devices have nothing more to say: each gave up its key, for the
// server said that it has it on record (2). It is called where nobody goes through the places.
func (w *walk) bury() {
	var left []*place
	for _, p := range w.places {
		if !p.replica.Buried() {
			left = append(left, p)
			continue
		}
		w.note("%s is used no more", p.name)
		w.cut(p)
		device, _ := w.body(organisation.DeviceRef(p.Device())).Body.(organisation.Device)
		if w.compare(2); device.Wiped == 0 {
			w.t.Fatalf("2: %s gave up its key, and it is not in the log that it has erased itself", p.name)
		}
	}
	w.places = left
}

// owesForEver says that a desk has erased itself, and that the server was set back since to an older
// state that lacks some of what was done there, before it was on record that it is erased. Nobody
// can hand that in any more. So the server goes on waiting for it, and its person's accounts are
// released by a named person only: nobody knows what it spent (design §4).
func (w *walk) owesForEver(p *place) bool {
	n := slices.IndexFunc(w.erased, func(e erasedPlace) bool { return e.place == p })
	return n >= 0 && w.erased[n].lost && slices.ContainsFunc(p.order, func(d *deed) bool {
		_, there := w.book.last(d.id)
		return !there
	})
}

// outlasts: whatever became of the server's disk since, what was done on a device that erased
// itself is in the log, as it was decided by then (2, 17).
func (w *walk) outlasts() {
	for _, e := range w.erased {
		for _, d := range e.order {
			if e.lost {
				break
			}
			w.compare(2)
			end, there := w.book.last(d.id)
			if !there {
				w.t.Errorf("17: %v was done on %s, which has erased itself, and is in the log no more", d.kind, e.name)
				continue
			}
			w.comesBack(e.place, d, end)
			was := e.ends[d.id]
			if w.compare(1); was.outcome != syncproto.Parked && was != endOf(end) {
				w.t.Errorf("17: %v was done on %s, which has erased itself: it was %v by entry %d, and is %v by entry %d", d.kind, e.name, was.outcome, was.seq, end.Outcome, end.Seq)
			}
		}
	}
}

// everybodysPlaces are those that are there, and those that were.
func (w *walk) everybodysPlaces() []*place {
	all := slices.Clone(w.places)
	for _, e := range w.erased {
		if !slices.Contains(all, e.place) {
			all = append(all, e.place)
		}
	}
	return all
}

// waitsForAPerson: what is done on a device after it was revoked counts by nobody's word but a
// person's (design §7), released by whatever it waited for besides, and also after a restore. What
// the desk was told is accepted stands (17).
func (b *book) waitsForAPerson(r record) {
	d := b.deeds[r.intent.ID]
	device, _ := b.body(organisation.DeviceRef(r.Command.Device)).Body.(organisation.Device)
	if d == nil || d.bent || device.Revoked == 0 || d.done <= device.Revoked {
		return
	}
	if told, promised := b.promised[d.id]; promised && b.forgot(told.verdictSeen) {
		return
	}
	b.compare(16)
	if r.Outcome == syncproto.Accepted && !b.byHand[d.id] {
		b.t.Errorf("16: entry %d: %v was done on a device after it was revoked, and counts without a person's word", r.Seq, d.kind)
	}
}
