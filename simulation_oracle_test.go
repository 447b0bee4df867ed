package redress_test

import (
	"bytes"
	"context"
	"slices"

	"redress/desktop/replica"
	"redress/server/ledger"
	"redress/syncproto"
	"redress/syncproto/claim"
)

// What is checked at a desk after every step, by what the step changed there.

// deed is a command that a desk kept, with the true time at which that was.
type deed struct {
	id      syncproto.ID
	kind    syncproto.CommandKind
	subject syncproto.Ref
	done    syncproto.Instant
	blind   bool // about what this desk has nothing of
	bent    bool // somebody was at the ticks of its machine
	left    bool // by somebody who was no longer here

	outcome syncproto.Outcome // as this desk has it
	told    bool              // the person had a verdict
	saw     verdictSeen       // at this desk
	bytes   []byte            // of that verdict
}

// verdictSeen is what a desk told its person became of a command.
type verdictSeen struct {
	outcome syncproto.Outcome
	idle    bool // an approval that pays nothing
	epoch   uint32
	seq     uint64
}

// toldAs is a verdict that a restored server has to keep to.
type toldAs struct {
	verdictSeen
	within syncproto.Interval // in which it was done
}

func seenAs(v syncproto.Verdict) verdictSeen {
	return verdictSeen{v.Outcome, paysNothing(v.Findings), v.Epoch, v.Seq}
}

// endOf is the same of an entry.
func endOf(r record) verdictSeen {
	return verdictSeen{r.Outcome, paysNothing(r.Findings), r.Epoch, r.Seq}
}

// paysNothing says that an approval does not stand: the claim was paid, is of another amount, or refused.
func paysNothing(findings []syncproto.Finding) bool {
	return slices.ContainsFunc(findings, func(f syncproto.Finding) bool {
		return slices.Contains([]syncproto.Code{claim.CodeDuplicate, claim.CodeAmountChanged, claim.CodeClaimRefused}, f.Code)
	})
}

// says that both tell the person the same.
func (v verdictSeen) says(as verdictSeen) bool { return v.outcome == as.outcome && v.idle == as.idle }

// compare counts that something of an invariant was compared.
func (w *walk) compare(invariant int) { w.compared[invariant]++ }

// give's and carry's places are watched at once; what the step did to others, and what costs
// more, is looked at now.
func (w *walk) afterStep() {
	for _, p := range w.places {
		if !w.touched[p] {
			continue
		}
		w.watch(p)
		if p.replica.Erased() {
			continue
		}
		if w.one(3) {
			w.leftIsKept(p, false)
		}
		switch {
		case w.one(150):
			w.overlayIsItsFold(p)
		case w.one(30):
			w.nothingTwice(p)
		case w.one(10):
			w.holdsWhatTheLogHas(p)
		}
	}
}

// watch looks at what is new in the outboxes: nothing went missing (6), what was told stays
// told (1) and is in the log (2), what was done is in sight (7).
func (w *walk) watch(places ...*place) {
	for _, p := range places {
		w.touched[p] = true
		if p.replica.Erased() {
			w.isErased(p)
			continue
		}
		p.notesLost()
		seen, err := p.sight.made(p.behind)
		w.must(err)
		w.compare(6)
		if seen.created != seen.there || seen.there != p.open+len(seen.kept) || seen.there < len(p.order) {
			w.t.Fatalf("6: %s made %d commands, of which %d are in the outbox and %d were known: something went missing", p.name, seen.created, seen.there, len(p.order))
		}
		open := p.open
		for n, k := range seen.kept {
			d := w.noticed(p, open+n, k)
			w.keepsItsWord(p, d, k)
			switch waits := k.outcome == 0 || k.outcome == syncproto.Parked; {
			case waits && w.one(8):
				w.isVisible(p, d)
			case k.outcome == syncproto.Accepted && w.stillToCome(p, d) && w.one(2):
				w.isVisible(p, d)
			}
		}
		for p.open < len(p.order) && (p.order[p.open].outcome == syncproto.Accepted || p.order[p.open].outcome == syncproto.Rejected) {
			p.behind = seen.kept[p.open-open].position
			p.open++
		}
	}
}

// noticed takes in a row of the outbox. What is newly in it was made now.
func (w *walk) noticed(p *place, at int, k kept) *deed {
	if at < len(p.order) {
		if p.order[at].id != k.id {
			w.t.Fatalf("6: %s: the outbox changed its order at %d", p.name, at)
		}
		return p.order[at]
	}
	var e syncproto.Envelope
	var intent syncproto.Intent
	w.must(syncproto.Decode(k.envelope, &e))
	w.must(syncproto.Decode(e.Intent, &intent))
	d := &deed{id: k.id, kind: intent.Kind, subject: intent.Subject, done: w.now, bent: w.unsure(p), left: w.gone(p)}
	if d.kind == syncproto.CommandMoveAuthority { // perhaps of a month that is not here, as by a wrong clock, or of which no more than a wish for a grant is
		d.blind = !p.sight.shows(intent.Subject)
	}
	known := *d
	w.deeds[d.id], p.made[d.id], p.order = &known, d, append(p.order, d)
	return d
}

// keepsItsWord: what was accepted or rejected stays so, by the same entry (1), and that entry is
// in the log (2).
func (w *walk) keepsItsWord(p *place, d *deed, k kept) {
	d.outcome = k.outcome
	if k.verdict == nil {
		if d.told && !w.forgot(d.saw) {
			w.t.Fatalf("1: %s: the verdict on %v is forgotten", p.name, d.kind)
		}
		return
	}
	if d.told && bytes.Equal(d.bytes, k.verdict) {
		return
	}
	var v syncproto.Verdict
	w.must(syncproto.Decode(k.verdict, &v))
	d.told, d.bytes = true, k.verdict
	now := seenAs(v)
	d.saw = now
	if _, promised := w.promised[d.id]; !promised && v.Outcome == syncproto.Accepted {
		w.promised[d.id] = toldAs{now, v.Within}
	}
	before, told := w.seen[d.id]
	if told && w.forgot(now) && now.epoch < before.epoch && w.copied[p.Device()] {
		return // a disk that was set back tells what it was told then
	}
	w.compare(1)
	if told && before != now && before.outcome != syncproto.Parked && now.outcome != syncproto.Parked && !w.mayBeTold(p, d, before, now) {
		w.t.Fatalf("1: %s: %v was %v by entry %d and is %v by entry %d", p.name, d.kind, before.outcome, before.seq, now.outcome, now.seq)
	}
	w.seen[d.id] = now
	if w.forgot(now) {
		return
	}
	w.compare(2)
	if !slices.ContainsFunc(w.book.of[d.id], func(n int) bool {
		r := w.book.records[n]
		return r.Seq == v.Seq && r.Outcome == v.Outcome && r.Epoch == v.Epoch
	}) {
		w.t.Fatalf("2: %s was told that %v is %v by entry %d, and it is not", p.name, d.kind, v.Outcome, v.Seq)
	}
}

// stillToCome says that the entry that accepted the command is behind the desk's cursor, and of
// a document that the person still may see.
func (w *walk) stillToCome(p *place, d *deed) bool {
	desk, of := p.replica.Desk(), w.book.docs[d.subject]
	return d.saw.epoch == desk.Epoch && d.saw.seq > desk.Cursor && (of == nil || p.sees(of.buckets))
}

// isVisible: what a person did stays in sight until a verdict says otherwise (7).
func (w *walk) isVisible(p *place, d *deed) {
	if d.kind == syncproto.CommandTakeGrant || d.blind {
		return // nothing of it is shown before the server has it, but among what waits
	}
	if p.spoilt[d.subject] {
		return // it waits, and what it was done to cannot be read until it is fetched again
	}
	w.compare(7)
	seen, err := p.sight.has(d.id, d.subject)
	w.must(err)
	if !seen && !w.returns(p, d) && !w.inFormBefore(p, d) {
		w.t.Fatalf("7: %s: %v has no final verdict and is not in sight", p.name, d.kind)
	}
}

// returns says that the command is accepted, and was done to what has left the desk: it is back when the
// cursor has come to the entry. Of an epoch before it left with its bucket, as where the restored server
// had forgotten that the person was moved, and they were moved once more.
func (w *walk) returns(p *place, d *deed) bool {
	documents, err := p.sight.everyDocument()
	w.must(err)
	desk := p.replica.Desk()
	return d.saw.outcome == syncproto.Accepted && d.saw.epoch == desk.Epoch && d.saw.seq > desk.Cursor &&
		!slices.ContainsFunc(documents, func(c confirmed) bool { return c.ref == d.subject }) &&
		(slices.ContainsFunc(w.book.records, func(r record) bool {
			return r.Seq <= desk.Cursor && slices.ContainsFunc(r.Events, func(e syncproto.Event) bool { return e.Doc == d.subject })
		}) || slices.ContainsFunc(w.olds, func(o older) bool {
			h := o.book.docs[d.subject]
			return h != nil && slices.ContainsFunc(h.buckets, func(b syncproto.Bucket) bool { return p.lost[b] })
		}))
}

// notesLost notes which buckets the desk had and has no more.
func (p *place) notesLost() {
	desk := p.replica.Desk()
	has := slices.Concat(desk.Held, desk.Filling)
	for _, b := range p.had {
		if !slices.Contains(has, b) {
			p.lost[b] = true
		}
	}
	p.had = has
}

// inFormBefore says that what is shown is still the document of an epoch that is over, in which the
// command had its effect; after the restore it waits.
func (w *walk) inFormBefore(p *place, d *deed) bool {
	version, epoch, err := p.sight.stands(d.subject)
	w.must(err)
	if at := int(epoch) - 1; version == 0 || at < 0 || at >= len(w.olds) || epoch >= p.replica.Desk().Epoch {
		return false
	}
	old := w.olds[epoch-1].book
	h := old.docs[d.subject]
	r, there := old.last(d.id)
	return there && h != nil && version <= uint64(len(h.seqs)) && r.Outcome == syncproto.Accepted && r.Seq <= h.seqs[version-1]
}

// nothingTwice: what was done here is seen once, as confirmed or as not (counterexample
// C5), also between the deltas of a long catch-up.
func (w *walk) nothingTwice(p *place) {
	seen := map[syncproto.Ref]bool{}
	for _, d := range p.order[max(0, len(p.order)-16):] {
		if seen[d.subject] {
			continue
		}
		seen[d.subject] = true
		steps, err := p.replica.History(w.ctx, d.subject)
		w.must(err)
		confirmed := map[syncproto.ID]bool{}
		for _, s := range steps {
			w.compare(7)
			if s.Seq > 0 {
				confirmed[s.Command] = true
			} else if confirmed[s.Command] {
				w.t.Fatalf("7: %s: what it did to %v is seen twice", p.name, d.subject)
			}
		}
	}
}

// overlayIsItsFold: made anew, what is shown is what was shown (19).
func (w *walk) overlayIsItsFold(p *place) {
	if p.full || len(p.spoilt) > 0 {
		return
	}
	w.compare(19)
	if before, after, err := foldedAgain(w.ctx, p.replica); err != nil || before != after {
		w.t.Fatalf("19: %s: the overlay made anew is another:\n%s\nwas\n%s: %v", p.name, after, before, err)
	}
}

// foldedAgain is all that a desk shows, as it was and with the overlay made anew.
func foldedAgain(ctx context.Context, r *replica.Replica) (before, after string, err error) {
	if before, err = everythingShown(ctx, r); err != nil {
		return "", "", err
	}
	if err = r.RebuildOverlay(ctx); err != nil {
		return before, "", err
	}
	after, err = everythingShown(ctx, r)
	return before, after, err
}

func everythingShown(ctx context.Context, r *replica.Replica) (string, error) {
	var all bytes.Buffer
	for _, kind := range docKinds {
		rows, err := everyRow(ctx, r, kind)
		if err != nil {
			return "", err
		}
		for _, row := range rows {
			all.Write(syncproto.MustEncode([]any{row.Ref, row.Version, row.Body, row.Pending, row.Limbo, row.Number, row.Deadline}))
		}
	}
	return syncproto.HashOf(all.Bytes()).String(), nil
}

var docKinds = []syncproto.DocKind{
	syncproto.KindPerson, syncproto.KindUnit, syncproto.KindDevice, syncproto.KindPolicy, syncproto.KindCustomer,
	syncproto.KindVehicle, syncproto.KindTicket, syncproto.KindClaim, syncproto.KindAccount,
}

// holdsWhatTheLogHas: every confirmed document of a desk is one that the log led to, byte for
// byte, at that version (3); and where the desk has come to the end of the log, at the newest,
// of what its person may see and of nothing else (5, 16).
func (w *walk) holdsWhatTheLogHas(p *place) {
	documents, err := p.sight.everyDocument()
	w.must(err)
	status, err := p.replica.Status(w.ctx)
	w.must(err)
	current := status.Current && status.Cursor == w.book.head && p.replica.Desk().Epoch == w.book.epoch() && p.line != nil && !p.line.locked && !w.gone(p)
	there := 0
	for _, c := range documents {
		if p.spoilt[c.ref] {
			continue
		}
		w.compare(3)
		if !w.everWas(c) {
			w.t.Fatalf("3: %s has %v at version %d, and the log does not lead to that", p.name, c.ref, c.version)
		}
		if !current || c.limbo {
			continue
		}
		h := w.book.docs[c.ref]
		w.compare(5)
		there++
		if h == nil || !w.book.leadsTo(c) || c.version != uint64(len(h.bodies)) {
			w.t.Fatalf("5: %s is current and has %v at version %d, which is not the newest", p.name, c.ref, c.version)
		}
		if w.compare(16); !p.sees(h.buckets) {
			w.t.Fatalf("16: %s is current and still has %v", p.name, c.ref)
		}
	}
	for ref, h := range w.book.docs {
		if current && p.sees(h.buckets) && !p.spoilt[ref] {
			if there--; there < 0 {
				w.t.Fatalf("5: %s is current and has not all, perhaps not %v", p.name, ref)
			}
		}
	}
}

// mayHear: nothing outside a desk's scope is ever sent to it, and nothing at all of the log where
// nobody is logged in (16); what is sent is in the log (3); no message is too long (20).
func (w *walk) mayHear(l *wire, message []byte) {
	frame, err := syncproto.DecodeFrame(message)
	w.must(err)
	if w.compare(20); len(message) > syncproto.MaxMessage {
		w.t.Fatalf("20: a message of %d bytes", len(message))
	}
	d, isDelta := frame.(*syncproto.Delta)
	if _, isGrants := frame.(*syncproto.Grants); l.locked && (isDelta || isGrants) {
		w.t.Fatalf("16: %s is not logged in and gets %T", l.place.name, frame)
	}
	if !isDelta {
		return
	}
	w.mayHold(l, d.Cursor, d.Documents, d.History)
	if d.Page != nil {
		w.mayBePaged(l, d.Cursor, d.Page)
	}
}

// mayHold: what a desk is sent it may see, and is what the log has (3, 16).
func (w *walk) mayHold(l *wire, cursor uint64, documents []syncproto.Document, history []syncproto.HistoryEntry) {
	for _, doc := range documents {
		h := w.maySee(l.place, doc.Ref, cursor, doc.Version)
		if w.compare(3); h != nil && (doc.Version > uint64(len(h.bodies)) || h.bodies[doc.Version-1] != syncproto.HashOf(doc.Body)) {
			w.t.Fatalf("3: %s is sent %v at version %d as the log does not have it", l.place.name, doc.Ref, doc.Version)
		}
	}
	for _, e := range history {
		h := w.maySee(l.place, e.Event.Doc, cursor, e.Event.Version)
		if w.compare(3); h != nil && (e.Event.Version > uint64(len(h.events)) || h.events[e.Event.Version-1] != e.Event.ID) {
			w.t.Fatalf("3: %s is sent a step of %v that is not in the log", l.place.name, e.Event.Doc)
		}
	}
}

// maySee: now, or where a delta is as of a position, at that and as the document was there: what follows
// takes it away again (5).
func (w *walk) maySee(p *place, ref syncproto.Ref, cursor, version uint64) *held {
	h := w.book.docs[ref]
	if w.compare(16); h == nil || !p.sees(h.buckets) && (!p.sees(h.bucketsAt(cursor)) || version > h.versionAt(cursor)) {
		w.t.Fatalf("16: %s is sent %v, which it may not see", p.name, ref)
	}
	return h
}

// mayHandIn: no session has more commands under way than it may (20).
func (w *walk) mayHandIn(l *wire, commands []ledger.Submission) {
	w.compare(20)
	waiting := len(commands)
	for _, h := range w.queue {
		if h.line == l {
			waiting += len(h.commands)
		}
	}
	if waiting > syncproto.MaxInFlight {
		w.t.Fatalf("20: %s has %d commands under way", l.place.name, waiting)
	}
}

// tally: created = accepted + rejected + parked + pending, by the desk's own count (6).
func (w *walk) tally(p *place) {
	tally, err := p.replica.Tally(w.ctx)
	w.must(err)
	if w.compare(6); !tally.Balanced() || tally.Created != uint64(len(p.order)) {
		w.t.Fatalf("6: %s: %+v with %d commands in the outbox: something went missing", p.name, tally, len(p.order))
	}
}
