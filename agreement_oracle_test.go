package redress_test

import (
	"bytes"
	"slices"

	"redress/desktop/replica"
	"redress/server/store"
	"redress/syncproto"
	"redress/syncproto/authority"
	"redress/syncproto/decision"
	"redress/syncproto/rules"
)

// deed is a command that a desk kept, with the true time at which that was.
type deed struct {
	id     syncproto.ID
	kind   syncproto.CommandKind
	intent syncproto.Intent
	done   syncproto.Instant
	blind  bool // about what this desk has nothing of
}

// verdictSeen is what a desk told its person became of a command.
type verdictSeen struct {
	outcome syncproto.Outcome
	seq     uint64
}

// watch checks what must hold at every moment.
func (w *walk) watch(places ...*place) {
	for _, p := range places {
		commands, err := p.replica.Recent(w.ctx)
		w.must(err)
		tally, err := p.replica.Tally(w.ctx)
		w.must(err)
		if !tally.Balanced() || tally.Created != uint64(len(commands)) {
			w.t.Fatalf("%s: %+v with %d commands in the outbox: something went missing", p.name, tally, len(commands))
		}
		slices.Reverse(commands)
		if w.one(3) {
			w.leftIsKept(p, false)
		}
		for i, c := range commands {
			if d := w.remember(p, c); p.order[i] != d {
				w.t.Fatalf("%s: the outbox changed its order at %d", p.name, i)
			}
			w.keepsItsWord(p, c)
			if c.Stage != replica.Final && c.Stage != replica.Refused && w.one(4) {
				w.isVisible(p, p.order[i], c)
			}
		}
	}
	if p := pick(w, places); w.one(8) {
		w.overlayIsItsFold(p)
		w.nothingTwice(p)
	}
}

// nothingTwice: what was done here is seen once, as confirmed or as not (counterexample
// C5), also between the deltas of a long catch-up.
func (w *walk) nothingTwice(p *place) {
	for _, kind := range []syncproto.DocKind{syncproto.KindTicket, syncproto.KindClaim} {
		for _, row := range w.rows(p, kind) {
			steps, err := p.replica.History(w.ctx, row.Ref)
			w.must(err)
			confirmed := map[syncproto.ID]bool{}
			for _, s := range steps {
				if s.Seq > 0 {
					confirmed[s.Command] = true
				} else if confirmed[s.Command] {
					w.t.Fatalf("%s: what it did to %v is seen twice", p.name, row.Ref)
				}
			}
		}
	}
}

// keepsItsWord: what was accepted or rejected stays so, by the same entry (invariant 1).
func (w *walk) keepsItsWord(p *place, c replica.Command) {
	before, told := w.seen[c.Intent.ID]
	if c.Verdict == nil {
		if told {
			w.t.Fatalf("%s: the verdict on %v is forgotten", p.name, c.Intent.Kind)
		}
		return
	}
	now := verdictSeen{c.Verdict.Outcome, c.Verdict.Seq}
	if told && before != now && before.outcome != syncproto.Parked {
		w.t.Fatalf("%s: %v was %v by entry %d and is %v by entry %d", p.name, c.Intent.Kind, before.outcome, before.seq, now.outcome, now.seq)
	}
	w.seen[c.Intent.ID] = now
}

// isVisible: what a person did stays in sight until a verdict says otherwise (invariant 7).
func (w *walk) isVisible(p *place, d *deed, c replica.Command) {
	if c.Intent.Kind == syncproto.CommandTakeGrant || d.blind {
		return // nothing of it is shown before the server has it, but among what waits
	}
	steps, err := p.replica.History(w.ctx, c.Intent.Subject)
	w.must(err)
	if !slices.ContainsFunc(steps, func(s replica.Step) bool { return s.Command == c.Intent.ID }) {
		w.t.Fatalf("%s: %v is %v and not in sight", p.name, c.Intent.Kind, c.Stage)
	}
}

// overlayIsItsFold: made anew, what is shown is what was shown (invariant 19).
func (w *walk) overlayIsItsFold(p *place) {
	before := w.shown(p)
	w.must(p.replica.RebuildOverlay(w.ctx))
	if after := w.shown(p); before != after {
		w.t.Fatalf("%s: the overlay made anew is another:\n%s\nwas\n%s", p.name, after, before)
	}
}

func (w *walk) shown(p *place) string {
	var all bytes.Buffer
	for _, kind := range docKinds {
		for _, row := range w.rows(p, kind) {
			all.Write(syncproto.MustEncode([]any{row.Ref, row.Version, row.Body, row.Pending, row.Limbo, row.Number, row.Deadline}))
		}
	}
	return syncproto.HashOf(all.Bytes()).String()
}

var docKinds = []syncproto.DocKind{
	syncproto.KindPerson, syncproto.KindUnit, syncproto.KindDevice, syncproto.KindPolicy, syncproto.KindCustomer,
	syncproto.KindVehicle, syncproto.KindTicket, syncproto.KindClaim, syncproto.KindAccount,
}

// mayHear: nothing outside a desk's scope is ever sent to it, and nothing at all of the
// log where nobody is logged in (invariant 16).
func (w *walk) mayHear(l *wire, message []byte) {
	frame, err := syncproto.DecodeFrame(message)
	w.must(err)
	d, isDelta := frame.(*syncproto.Delta)
	if _, isGrants := frame.(*syncproto.Grants); l.locked && (isDelta || isGrants) {
		w.t.Fatalf("%s is not logged in and gets %T", l.place.name, frame)
	}
	if !isDelta {
		return
	}
	var refs []syncproto.Ref
	for _, doc := range d.Documents {
		refs = append(refs, doc.Ref)
	}
	for _, h := range d.History {
		refs = append(refs, h.Event.Doc)
	}
	refs = append(refs, w.paged(d)...)
	w.must(w.store.View(w.ctx, func(v *store.View) error {
		for _, ref := range refs {
			doc, _, err := v.Document(ref)
			if err != nil {
				return err
			}
			body, err := rules.ReadBody(ref.Kind, doc.Body)
			if err != nil {
				return err
			}
			if !l.place.sees(rules.Buckets(ref, body)) {
				w.t.Fatalf("%s is sent %v, which it may not see", l.place.name, ref)
			}
		}
		return nil
	}))
}

// record is an entry as the oracle reads it.
type record struct {
	syncproto.Header
	syncproto.Payload
	intent syncproto.Intent
}

func (w *walk) log() (records []record) {
	w.must(w.store.View(w.ctx, func(v *store.View) error {
		entries, err := v.Entries(0, 1<<20)
		for _, e := range entries {
			var r record
			w.must(syncproto.Decode(e.Header, &r.Header))
			w.must(syncproto.Decode(e.Payload, &r.Payload))
			w.must(syncproto.Decode(r.Command.Intent, &r.intent))
			records = append(records, r)
		}
		return err
	}))
	return records
}

// agree checks everything that must hold when all have been online for five minutes.
func (w *walk) agree() {
	w.must(w.Verify()) // 4, and what follows from the log
	records := w.log()
	for _, p := range w.places {
		w.outboxAgrees(p, records)
		w.projectionAgrees(p)
		w.overlayIsItsFold(p)
		w.leftIsKept(p, true)
	}
	w.nothingWaits(records)
	w.moneyAgrees(records)
	w.sharesAgree()
	w.clocksAgree(records)
	w.readersAgree()
}

// outboxAgrees: every command of the desk is in the log once, or parked and then decided;
// in the order it was made; nothing else is (1, 2, 6, 8, 21), and it happened within its
// interval (15).
func (w *walk) outboxAgrees(p *place, records []record) {
	device := p.replica.Owner().Device
	entries := map[syncproto.ID][]record{}
	for _, r := range records {
		if r.Command.Device == device {
			entries[r.intent.ID] = append(entries[r.intent.ID], r)
		}
	}
	if len(entries) != len(p.order) {
		w.t.Errorf("%s made %d commands, the log has %d", p.name, len(p.order), len(entries))
	}
	last := uint64(0)
	for _, d := range p.order {
		of := entries[d.id]
		if len(of) == 0 {
			w.t.Errorf("%s: %v is not in the log", p.name, d.kind)
			continue
		}
		end := of[len(of)-1]
		once := len(of) == 1 || len(of) == 2 && of[0].Outcome == syncproto.Parked && end.Releases == of[0].Seq && end.Outcome != syncproto.Parked
		if !once {
			w.t.Errorf("%s: %v is %d times in the log", p.name, d.kind, len(of))
		}
		if seen := w.seen[d.id]; seen.seq != end.Seq || seen.outcome != end.Outcome {
			w.t.Errorf("%s: %v is %v at %d in the log, and the desk has it %v at %d", p.name, d.kind, end.Outcome, end.Seq, seen.outcome, seen.seq)
		}
		if rules.IsFact(d.kind) && end.Outcome == syncproto.Rejected && !tookTheDead(end) {
			w.t.Errorf("%s: %v happened, was taken at the desk, and is rejected: %v", p.name, d.kind, end.Findings)
		}
		if of[0].Seq <= last {
			w.t.Errorf("%s: %v was decided before what was done before it", p.name, d.kind)
		}
		last = of[0].Seq
		if end.Within.Lo > d.done || end.Within.Hi < d.done {
			w.t.Errorf("%s: %v was done at %v, and its interval is %v to %v", p.name, d.kind, d.done, end.Within.Lo, end.Within.Hi)
		}
	}
}

// tookTheDead says that a desk took what headquarters had written off meanwhile: that is
// refused, and nothing was spent of it, for a grant is spent only once it is taken.
func tookTheDead(r record) bool {
	return r.intent.Kind == syncproto.CommandTakeGrant && r.Findings[0].Code == authority.CodeGrantDead
}

// nothingWaits: everybody has reported, so every document there will be is there, and the
// rejection of what would have made one has decided what waited for it (21). Of a document
// that was refused nothing is left anywhere.
func (w *walk) nothingWaits(records []record) {
	last, there, refused := map[syncproto.ID]record{}, map[syncproto.Ref]bool{}, map[syncproto.Ref]record{}
	for _, r := range records {
		last[r.intent.ID] = r
		for _, e := range r.Events {
			there[e.Doc] = true
		}
		if r.Outcome == syncproto.Rejected && rules.Makes(r.intent.Kind) {
			refused[r.intent.Subject] = r
		}
	}
	for _, r := range last {
		if r.Outcome == syncproto.Parked {
			w.t.Errorf("entry %d: %v still waits: %v; it is there %v, refused by entry %d", r.Seq, r.intent.Kind, r.Findings,
				there[r.Findings[0].Doc], refused[r.Findings[0].Doc].Seq)
		}
	}
	for _, p := range w.places {
		for ref, by := range refused {
			if _, shown, err := p.replica.Document(w.ctx, ref); err != nil || shown && !there[ref] {
				w.t.Errorf("%s: %v, refused by entry %d, is shown: %v", p.name, ref, by.Seq, err)
			}
		}
	}
}

// projectionAgrees: the desk holds exactly what its buckets hold: bodies, versions,
// histories without a gap, and nothing more (3, 5, 16).
func (w *walk) projectionAgrees(p *place) {
	w.allHeld(p)
	if status, err := p.replica.Status(w.ctx); err != nil || status.Waiting > 0 || status.Cursor < w.reached || !status.Current {
		w.t.Errorf("%s: after five minutes %+v, the log ended at %d: %v", p.name, status, w.reached, err)
	}
	holds := map[syncproto.Ref]replica.Document{}
	for _, kind := range docKinds {
		for _, row := range w.rows(p, kind) {
			holds[row.Ref] = row.Document
		}
	}
	w.must(w.store.View(w.ctx, func(v *store.View) error {
		return v.EveryDocument(func(d store.Document) error {
			body, err := rules.ReadBody(d.Ref.Kind, d.Body)
			if err == nil && p.sees(rules.Buckets(d.Ref, body)) {
				w.sameDocument(p, v, d, holds[d.Ref])
				delete(holds, d.Ref)
			}
			return err
		})
	}))
	for ref, doc := range holds {
		if !doc.Pending || !w.onlyParked(p, ref) {
			w.t.Errorf("%s holds %v, which is nothing to it: %+v", p.name, ref, doc)
		}
	}
}

// onlyParked: what is not confirmed of a document is what parked commands did.
func (w *walk) onlyParked(p *place, ref syncproto.Ref) bool {
	steps, err := p.replica.History(w.ctx, ref)
	w.must(err)
	return !slices.ContainsFunc(steps, func(s replica.Step) bool { return s.Seq == 0 && s.Stage != replica.Held })
}

func (w *walk) sameDocument(p *place, v *store.View, want store.Document, got replica.Document) {
	if !got.Pending && (got.Version != want.Version || got.Limbo || got.Body == nil || !bytes.Equal(syncproto.MustEncode(got.Body), want.Body)) {
		w.t.Errorf("%s has %v at version %d, limbo %v; the server has version %d", p.name, want.Ref, got.Version, got.Limbo, want.Version)
	}
	if !w.onlyParked(p, want.Ref) {
		w.t.Errorf("%s shows more of %v than is confirmed", p.name, want.Ref)
	}
	steps, err := p.replica.History(w.ctx, want.Ref)
	w.must(err)
	history, _, err := v.History(want.Ref, 0, 0, 1<<30)
	w.must(err)
	steps = slices.DeleteFunc(steps, func(s replica.Step) bool { return s.Seq == 0 }) // the overlay's own
	if len(steps) != len(history) {
		w.t.Errorf("%s has %d entries of the history of %v, the server %d", p.name, len(steps), want.Ref, len(history))
		return
	}
	var doc decision.Doc
	for i, s := range steps {
		if !bytes.Equal(syncproto.MustEncode(s.HistoryEntry), history[i].Entry) {
			w.t.Errorf("%s has another entry %d in the history of %v", p.name, i+1, want.Ref)
		}
		doc, err = rules.Evolve(want.Ref, doc, s.Event)
		w.must(err)
	}
	if !bytes.Equal(syncproto.MustEncode(doc.Body), want.Body) {
		w.t.Errorf("%s: the history of %v does not lead to its body", p.name, want.Ref)
	}
}
