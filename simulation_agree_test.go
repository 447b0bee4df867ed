package redress_test

import (
	"bytes"
	"slices"

	"redress/server/store"
	"redress/syncproto"
	"redress/syncproto/rules"
)

// What must hold when all have been online for five minutes, and what must hold wherever a seed
// of safety stops.

// agree checks everything that must hold when all have been online for five minutes.
func (w *walk) agree() {
	w.verified()
	here := w.onTheDisk()
	w.places = slices.DeleteFunc(w.places, func(p *place) bool {
		owes := w.owesForEver(p)
		if owes {
			w.cut(p)
		}
		return owes
	})
	for _, p := range w.places {
		if w.compare(21); p.stolen {
			w.t.Errorf("21: %s is revoked, and after five minutes it is not erased, or not on record as that", p.name)
			continue
		}
		w.outboxAgrees(p)
		w.tally(p)
		w.projectionAgrees(p, here)
		w.overlayIsItsFold(p)
		w.leftIsKept(p, true)
	}
	w.outlasts()
	w.forksAreFound()
	w.nothingWaits()
	w.book.money.moneyAgrees()
	w.book.money.nothingEarly()
	w.sharesAgree()
	w.book.clocks.clocksAgree()
	w.readersAgree()
}

// stop is the end of a seed in which nothing is mended: what the log says of itself, and what the
// desks have, stands as it lies.
func (w *walk) stop() {
	w.trouble = nil
	if w.broken && w.running {
		w.killServer()
	}
	if !w.running {
		w.killServer()
	}
	w.verified()
	for _, p := range w.places {
		p.open, p.behind = 0, 0
		if w.watch(p); p.replica.Erased() {
			continue
		}
		w.tally(p)
		w.nothingTwice(p)
		w.holdsWhatTheLogHas(p)
		w.overlayIsItsFold(p)
		w.leftIsKept(p, false)
	}
	w.outlasts()
	w.book.money.moneyAgrees()
}

// verified walks the chain and refolds every document from the log (4, 22).
func (w *walk) verified() {
	w.compare(4)
	w.compare(22)
	if err := w.Verify(); err != nil {
		w.t.Errorf("4: %v", err)
	}
	w.must(w.store.View(w.ctx, func(v *store.View) error {
		head, err := v.Head()
		if head.Seq != w.book.head || head.Chain != w.book.chain {
			w.t.Errorf("2: the log ends at %d, and %d entries were on its disk", head.Seq, w.book.head)
		}
		return err
	}))
}

// outboxAgrees: every command of the desk is in the log, decided, as the desk has it (1, 2, 6,
// 21); and in the order it was made (8).
func (w *walk) outboxAgrees(p *place) {
	p.open, p.behind = 0, 0
	w.watch(p)
	last := 0
	for _, d := range p.order {
		of := w.book.of[d.id]
		w.compare(21)
		if len(of) == 0 {
			w.t.Errorf("2: %s: %v is not in the log", p.name, d.kind)
			continue
		}
		end := w.book.records[of[len(of)-1]]
		if seen := w.seen[d.id]; seen.seq != end.Seq || seen.outcome != end.Outcome {
			w.t.Errorf("21: %s: %v is %v at %d in the log, and the desk has it %v at %d", p.name, d.kind, end.Outcome, end.Seq, seen.outcome, seen.seq)
		}
		w.comesBack(p, d, end)
		if w.compare(8); of[0] < last && !w.copied[p.Device()] {
			w.t.Errorf("8: %s: %v was decided before what was done before it", p.name, d.kind)
		}
		last = of[0]
	}
}

// nothingWaits: everybody has reported, so every document there will be is there, and the
// rejection of what would have made one has decided what waited for it (21). Of a document
// that was refused nothing is left anywhere.
func (w *walk) nothingWaits() {
	refused := map[syncproto.Ref]record{}
	for _, r := range w.book.records {
		if r.Outcome == syncproto.Rejected && rules.Makes(r.intent.Kind) {
			refused[r.intent.Subject] = r
		}
	}
	now := w.waitNow()
	for id := range w.book.of {
		r, _ := w.book.last(id)
		if w.compare(21); r.Outcome == syncproto.Parked && !now.behind(r) && !w.lostWithADisk(now[id].Doc, now) {
			w.t.Errorf("21: entry %d: %v still waits: %v, for %v; it is there %v, refused by entry %d", r.Seq, r.intent.Kind, now[id].Code, now[id].Doc,
				w.book.docs[now[id].Doc] != nil, refused[now[id].Doc].Seq)
		}
	}
	for _, p := range w.places {
		for ref, by := range refused {
			if _, shown, err := p.replica.Document(w.ctx, ref); err != nil || shown && w.book.docs[ref] == nil {
				w.t.Errorf("21: %s: %v, refused by entry %d, is shown: %v", p.name, ref, by.Seq, err)
			}
		}
	}
}

// waiting is what waits, by command, and why now: a person may have released what waits for something
// else since.
type waiting map[syncproto.ID]store.Parked

func (w *walk) waitNow() waiting {
	now := waiting{}
	w.must(w.store.View(w.ctx, func(v *store.View) error {
		all, err := v.Parked()
		for _, p := range all {
			now[p.Command] = p
		}
		return err
	}))
	return now
}

// behind: another command of the device about the same, given before, still waits too.
func (now waiting) behind(r record) bool {
	here := now[r.intent.ID]
	if here.Code != syncproto.CodeWaitsBehind {
		return false
	}
	for _, other := range now {
		if other.Device == here.Device && other.Subject == here.Subject && other.Seq < here.Seq {
			return true
		}
	}
	return false
}

// lostWithADisk: what would have made the document was done at a desk whose disk was set back
// before it handed it in, or waits itself for what is lost so.
func (w *walk) lostWithADisk(ref syncproto.Ref, now waiting) bool {
	for _, d := range w.deeds {
		if d.subject != ref || !rules.Makes(d.kind) {
			continue
		}
		r, there := w.book.last(d.id)
		if !there || r.Outcome == syncproto.Parked && (now.behind(r) || w.lostWithADisk(now[d.id].Doc, now)) {
			return true
		}
	}
	return false
}

// forksAreFound: where two histories of one device are in the log, the second got an incarnation
// of its own (13).
func (w *walk) forksAreFound() {
	type line struct{ device, incarnation syncproto.ID }
	ends := map[line]syncproto.ID{}
	for _, p := range w.places {
		if at := p.replica.Desk(); w.copied[p.Device()] && at.Counter > 0 {
			w.compare(13)
			of, last := line{at.Device, at.Incarnation}, p.order[len(p.order)-1].id
			if end, known := ends[of]; known && end != last {
				w.t.Errorf("13: %s has made %d commands in the line of another", p.name, at.Counter)
			}
			ends[of] = last
		}
	}
}

// serverSide is what the server's database holds, by its bytes.
type serverSide struct {
	documents map[syncproto.Ref]store.Document
	buckets   map[syncproto.Ref][]syncproto.Bucket
	histories map[syncproto.Ref][][]byte
}

func (w *walk) onTheDisk() serverSide {
	s := serverSide{map[syncproto.Ref]store.Document{}, map[syncproto.Ref][]syncproto.Bucket{}, map[syncproto.Ref][][]byte{}}
	w.must(w.store.View(w.ctx, func(v *store.View) error {
		err := v.EveryDocument(func(d store.Document) error {
			s.documents[d.Ref] = d
			h := w.book.docs[d.Ref]
			if h == nil || !bytes.Equal(syncproto.MustEncode(h.doc.Body), d.Body) {
				w.t.Errorf("4: the server has %v as the log does not lead to it", d.Ref)
				return nil
			}
			s.buckets[d.Ref] = h.buckets
			return nil
		})
		if err != nil {
			return err
		}
		return v.EveryHistory(func(h store.History) error {
			s.histories[h.Ref] = append(s.histories[h.Ref], h.Entry)
			return nil
		})
	}))
	return s
}

// outOfTurn says that another file of the same device has the line just now. As long as neither
// has done anything the two are one device, and have one session, by turns.
func (w *walk) outOfTurn(p *place) bool {
	return w.now <= p.back && slices.ContainsFunc(w.places, func(o *place) bool {
		return o != p && o.line != nil && o.replica.Desk().Incarnation == p.replica.Desk().Incarnation
	})
}

// projectionAgrees: the desk holds exactly what its buckets hold, byte for byte: bodies, versions,
// histories without a gap, and nothing more (3, 5, 16); and shows nothing that is not confirmed
// but what is parked (21).
func (w *walk) projectionAgrees(p *place, server serverSide) {
	w.allHeld(p)
	if status, err := p.replica.Status(w.ctx); err != nil || status.Waiting > 0 || status.Cursor < w.reached || !status.Current && !w.outOfTurn(p) {
		w.t.Errorf("21: %s: after five minutes %+v, the log ended at %d: %v", p.name, status, w.reached, err)
	}
	if n, err := p.sight.waits(); err != nil || n > 0 {
		w.t.Errorf("21: %s shows %d events more than are confirmed: %v", p.name, n, err)
	}
	if w.outOfTurn(p) && p.replica.Desk().Cursor < w.book.head {
		return // the other has the line, and something happened since its turn ended
	}
	documents, err := p.sight.everyDocument()
	w.must(err)
	histories, err := p.sight.everyHistory()
	w.must(err)
	there := map[syncproto.Ref]bool{}
	for _, c := range documents {
		if c.limbo && w.onlyParked(p, c.ref) {
			continue
		}
		there[c.ref] = true
		want := server.documents[c.ref]
		if w.compare(16); !p.sees(server.buckets[c.ref]) || c.limbo {
			w.t.Errorf("16: %s holds %v, which is nothing to it (limbo %v)", p.name, c.ref, c.limbo)
			continue
		}
		if w.compare(5); c.version != want.Version || !bytes.Equal(c.body, want.Body) {
			w.t.Errorf("5: %s has %v at version %d; the server has version %d", p.name, c.ref, c.version, want.Version)
		}
		w.sameHistory(p, c.ref, histories[c.ref], server.histories[c.ref])
	}
	for ref := range server.documents {
		if p.sees(server.buckets[ref]) && !there[ref] {
			w.t.Errorf("5: %s does not have %v", p.name, ref)
		}
	}
}

func (w *walk) sameHistory(p *place, ref syncproto.Ref, got, want [][]byte) {
	if len(got) != len(want) {
		w.t.Errorf("5: %s has %d entries of the history of %v, the server %d", p.name, len(got), ref, len(want))
		return
	}
	for i := range got {
		if w.compare(5); !bytes.Equal(got[i], want[i]) {
			w.t.Errorf("5: %s has another entry %d in the history of %v", p.name, i+1, ref)
		}
	}
}

// onlyParked: a document that has left is kept only for what is parked: about it, or about what
// leaves a trace in it, as a claim does in its ticket.
func (w *walk) onlyParked(p *place, ref syncproto.Ref) bool {
	held, err := p.sight.forParked(ref)
	w.must(err)
	return held
}
