package redress_test

import (
	"errors"
	"slices"

	"redress/server/logcopy"
	"redress/server/store"
	"redress/syncproto"
	"redress/syncproto/escalation"
	"redress/syncproto/organisation"
	"redress/syncproto/rules"
	"redress/syncproto/simulation"
)

// The server's disk is lost, and what it was is made anew from the copy of its log (design §4):
// the log goes on in another epoch, without the entries that the copy did not have. What they
// were is known to the desks that were told.

// lostDisk is the fault that only a seed with a copy has.
const lostDisk = "the server's disk is lost, and restored from its copy"

// olderState is the fault of a server that has nothing but a backup of once: what was handed out
// since is known to the desks alone.
const olderState = "the server is set back to an older state"

// mostRestores is how often a walk loses the server's disk.
const mostRestores = 3

// older is what the oracle keeps of an epoch that is over.
type older struct {
	book *book
	end  uint64 // up to here its entries are in the log
}

// commands says that the server takes commands of the operator.
func (w *walk) commands() bool { return w.running && !w.broken && !w.ledger.Restoring() }

// follow has the copy come to what is on the disk, as it does within moments.
func (w *walk) follow() {
	if w.running && !w.broken {
		w.must(w.copyOn())
	}
}

// loseCopy has the copy's disk go away, or be there again.
func (w *walk) loseCopy() bool {
	if !w.running || !w.copying.on {
		return false
	}
	w.note("the copy's disk is there: %v", w.copying.away)
	w.say(nil, "server %s", map[bool]string{true: "copies", false: "copy-away"}[w.copying.away])
	w.must(w.Copies(w.copying.away))
	return true
}

// loseDisk has the server's disk go. A new one is begun from the copy.
func (w *walk) loseDisk() bool {
	if !w.running || w.broken || !w.copying.on || w.copying.restored == mostRestores {
		return false
	}
	w.killServer()
	contents, err := logcopy.Read(w.copyPath(), nil)
	w.must(err)
	end := contents.Head.Seq
	w.note("its disk is lost, with %d entries of which the copy has %d", w.book.head, end)
	w.must(w.Restore(w.now, false))
	w.say(nil, "server restored")
	w.forgotten += int(w.book.head - end)
	w.beginAnew(end)
	return true
}

// loseDiskBehindCopy has it go mostly some time after the copy's disk went away: a copy that follows lacks
// nothing, and nothing is forgotten then.
func (w *walk) loseDiskBehindCopy() bool {
	if !w.copying.away && w.copying.restored < mostRestores && !w.one(4) {
		w.loseCopy()
		return false
	}
	return w.loseDisk()
}

// setServerBack has the server set back to its backup, or makes one for another time.
func (w *walk) setServerBack() bool {
	if !w.running || w.broken || w.copying.restored == mostRestores {
		return false
	}
	if w.backedUp == 0 || w.one(3) {
		w.backUp()
		return false
	}
	end := w.backedUp
	w.killServer()
	w.note("it is set back, with %d entries of which the backup has %d", w.book.head, end)
	w.must(w.Restore(w.now, true))
	w.say(nil, "server set-back")
	w.forgotten += int(w.book.head - end)
	w.older = true
	for n := range w.erased {
		w.erased[n].lost = true
	}
	w.beginAnew(end)
	return true
}

// backUp keeps the server's state as it is.
func (w *walk) backUp() {
	w.must(w.BackUp())
	w.backedUp = w.book.head
	w.note("the server is backed up, with %d entries", w.backedUp)
	w.say(nil, "server backs-up")
}

// beginAnew starts a restored server, whose log has the first entries of the one before.
func (w *walk) beginAnew(end uint64) {
	w.olds = append(w.olds, older{w.book, end})
	before := w.book
	w.backedUp = 0 // the next is of this epoch
	w.book = newBook(w)
	w.book.money.copied = before.money.copied
	w.running, w.broken, w.dying = true, false, false
	w.must(w.Start(w.now))
	w.must(w.store.View(w.ctx, func(v *store.View) error {
		entries, err := v.Entries(0, 1<<20)
		w.book.take(entries)
		return err
	}))
	w.compare(4)
	if w.book.head <= end || w.book.records[end-1].Seq != end || syncproto.HashOf(syncproto.MustEncode(w.book.records[end-1].Header)) != syncproto.HashOf(syncproto.MustEncode(before.records[end-1].Header)) {
		w.t.Errorf("4: %d entries were kept, and the restored log has %d, or others", end, w.book.head)
	}
	w.written = w.book.written
	w.reread()
	for _, p := range w.places {
		p.open, p.behind = 0, 0 // what was final may wait again
		if p.bentAt != 0 {
			w.bend(p) // and be bound by an anchor that comes now
		}
	}
	if w.one(2) {
		w.rival()
	}
}

// rival keeps the managers away who were told of an approval that the server has forgotten, until
// it takes new ones: somebody else may approve the claim meanwhile (counterexample A10).
func (w *walk) rival() {
	for _, p := range w.places {
		for _, d := range p.order {
			before, promised := w.promised[d.id]
			if d.kind != syncproto.CommandApproveClaim || !promised || !w.forgot(before.verdictSeen) {
				continue
			}
			w.contested[d.subject.ID] = true
			if p.online {
				w.unplug(p)
			}
		}
	}
	if len(w.contested) > 0 {
		w.pass(31 * syncproto.Minute)
	}
}

// reread has everybody work where the log says: the forgotten end of it may have moved them.
func (w *walk) reread() {
	for _, p := range w.places {
		body, _ := w.body(organisation.PersonRef(p.person)).Body.(organisation.Person)
		p.units = slices.Clone(body.Units)
		if delete(w.leavers, p.person); body.Left != 0 {
			w.leavers[p.person] = true
		}
	}
}

// collect has a restored server be handed all that it lacks.
func (w *walk) collect() {
	if w.copying.on {
		w.must(w.Copies(true))
	}
	for _, p := range w.places {
		w.bringBack(p)
	}
	for until := w.now.Add(syncproto.Hour); w.ledger.Restoring(); {
		w.settle()
		w.now = w.now.Add(15 * syncproto.Second)
		w.wake()
		if w.compare(17); w.now > until {
			w.t.Fatal("17: a restored server never ends to be handed what it lacks")
		}
	}
	w.reread()
}

// forgot says that a verdict is of an entry that no disk has any more.
func (w *walk) forgot(v verdictSeen) bool {
	at := int(v.epoch) - 1
	return at >= 0 && at < len(w.olds) && v.seq > w.olds[at].end
}

// mayBeTold says that a command may be told of anew: its verdict was forgotten, and it is the
// same again; or a person has decided it, for whom it was parked; or the disk that was told of it
// was set back or copied, so that it came without its verdict.
func (w *walk) mayBeTold(p *place, d *deed, before, now verdictSeen) bool {
	return w.forgot(before) && (before.says(now) || w.copied[p.Device()] || w.byHand[d.id])
}

// everWas says that some epoch's log led to a document at that version, in that form.
func (w *walk) everWas(c confirmed) bool {
	return w.book.leadsTo(c) || slices.ContainsFunc(w.olds, func(o older) bool { return o.book.leadsTo(c) })
}

// leadsTo says that the log came by a document at that version, in that form.
func (b *book) leadsTo(c confirmed) bool {
	h := b.docs[c.ref]
	return h != nil && c.version <= uint64(len(h.bodies)) && (h.bodies[c.version-1] == syncproto.Hash{} || h.bodies[c.version-1] == syncproto.HashOf(c.body))
}

// comesBack: what a desk was told before the disk was lost has its effect in the log again, once,
// with the interval it had, or waits for a person (17).
func (w *walk) comesBack(p *place, d *deed, end record) {
	before, promised := w.promised[d.id]
	if !promised || !w.forgot(before.verdictSeen) || w.copied[p.Device()] { // what a set-back disk was told, it does not know
		return
	}
	w.compare(17)
	turned := end.Outcome != syncproto.Parked && paysNothing(end.Findings) != before.idle
	if (end.Outcome == syncproto.Rejected || turned) && !w.byHand[d.id] {
		w.t.Errorf("17: %s: %v was accepted in epoch %d, paying nothing %v, and after the restore it is %v: %v", p.name, d.kind, before.epoch, before.idle, end.Outcome, end.Findings)
	}
	if end.Within != before.within && !w.byHand[d.id] {
		w.t.Errorf("17: %s: %v was done within %v, and after the restore within %v", p.name, d.kind, before.within, end.Within)
	}
	old := w.olds[before.epoch-1].book
	for _, n := range old.of[d.id] {
		was, there := old.answerBy(old.records[n])
		if is, again := w.book.answerBy(end); there && again && was != is && !w.byHand[d.id] {
			w.t.Errorf("17: %s: who is to answer had from %v on, and after the restore has from %v on", p.name, was, is)
		}
	}
}

// answerBy is since when a department is to answer to what the entry says.
func (b *book) answerBy(r record) (start syncproto.Instant, there bool) {
	for _, e := range r.Events {
		event, err := rules.ReadEvent(e)
		if started, is := event.(escalation.Started); err == nil && is && started.Clock.Ladder == escalation.Response {
			return started.Start, true
		}
	}
	return 0, false
}

// decideHeld has the operator decide what was told otherwise the first time, and what was done on a
// laptop after it was revoked. What waited behind that may wait for the operator then.
func (w *walk) decideHeld() {
	waits := func(one simulation.Waiting) bool { return one.Code.WaitsForPerson() }
	for held := w.Parked(); slices.ContainsFunc(held, waits); held = w.Parked() {
		w.compare(17)
		one := held[slices.IndexFunc(held, waits)]
		_, promised := w.promised[one.Command]
		if one.Code == syncproto.CodeWaitsPerson && approves(one.Kind) && !promised {
			w.t.Fatalf("11: %v waits for a person, of which nobody was told anything", one.Kind)
		}
		c := syncproto.ReleaseParked{Command: one.Command, Reject: !rules.IsFact(one.Kind) && w.one(3)} // as OPERATING.md says
		w.note("the operator decides %v, %v: rejects %v", one.Kind, one.Code, c.Reject)
		w.byHand[c.Command] = true
		if err := w.ordered(syncproto.CommandReleaseParked, c); err != nil {
			w.t.Fatal(errors.Join(errors.New("17: what waits for a person is not released"), err))
		}
	}
}
