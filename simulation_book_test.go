package redress_test

import (
	"errors"
	"runtime/debug"
	"slices"

	"redress/server/store"
	"redress/syncproto"
	"redress/syncproto/authority"
	"redress/syncproto/decision"
	"redress/syncproto/organisation"
	"redress/syncproto/rules"
	"redress/syncproto/ticket"
)

// record is an entry as the oracle reads it.
type record struct {
	syncproto.Header
	syncproto.Payload
	intent syncproto.Intent
}

// book is the log as the oracle follows it: entry by entry, as each comes onto the disk. What
// holds in every prefix of the log is checked there, by what the entry changes.
type book struct {
	*walk
	records []record
	head    uint64
	chain   syncproto.Hash
	of      map[syncproto.ID][]int // the entries of a command, in records
	lines   map[deviceLine]uint64  // the last counter that was decided
	docs    map[syncproto.Ref]*held
	money   *money
	clocks  *deadlines
}

// deviceLine is what a device numbers its commands in.
type deviceLine struct{ device, incarnation syncproto.ID }

// held is a document as the log leads to it.
type held struct {
	doc     decision.Doc
	buckets []syncproto.Bucket
	moves   []move           // into other buckets, oldest first
	seqs    []uint64         // of each version
	bodies  []syncproto.Hash // of each version
	events  []syncproto.ID   // of each version
}

// move is where a document is from an entry on.
type move struct {
	seq     uint64
	buckets []syncproto.Bucket
}

// bucketsAt is where a document was at a position of the log.
func (h *held) bucketsAt(seq uint64) (buckets []syncproto.Bucket) {
	for _, m := range h.moves {
		if m.seq <= seq {
			buckets = m.buckets
		}
	}
	return buckets
}

// versionAt is the version it had there.
func (h *held) versionAt(seq uint64) (version uint64) {
	for version < uint64(len(h.seqs)) && h.seqs[version] <= seq {
		version++
	}
	return version
}

func newBook(w *walk) *book {
	b := &book{walk: w, of: map[syncproto.ID][]int{}, lines: map[deviceLine]uint64{}, docs: map[syncproto.Ref]*held{}}
	b.money, b.clocks = newMoney(b), newDeadlines(b)
	return b
}

// written takes a batch that is on the disk. It is called by whoever writes, not by the walk.
func (b *book) written(batch store.Batch) {
	defer func() {
		if cause := recover(); cause != nil {
			b.t.Errorf("4: the log cannot be followed from entry %d on: %v\n%s", b.head, cause, debug.Stack())
		}
	}()
	b.compare(20)
	if len(batch.Entries) > 2*syncproto.MaxBatch { // each with at most the one that it releases
		b.t.Errorf("20: a batch of %d entries", len(batch.Entries))
	}
	b.take(batch.Entries)
}

func (b *book) take(entries []syncproto.Entry) {
	for _, e := range entries {
		var r record
		if err := errors.Join(syncproto.Decode(e.Header, &r.Header), syncproto.Decode(e.Payload, &r.Payload)); err != nil {
			b.t.Errorf("4: entry %d cannot be read: %v", b.head+1, err)
			return
		}
		_ = syncproto.Decode(r.Command.Intent, &r.intent) // what says nothing is rejected, and on record too
		b.follows(e, r)
		b.records = append(b.records, r)
		if b.foreign(r) {
			b.evolve(r)
			continue
		}
		if b.waitsOn(r) {
			continue
		}
		b.once(r)
		b.inLine(r)
		b.happenedWithin(r)
		b.counts(r)
		b.waitsForAPerson(r)
		b.of[r.intent.ID] = append(b.of[r.intent.ID], len(b.records)-1)
		b.money.before(r)
		b.evolve(r)
		b.money.enter(r)
		b.clocks.enter(r)
	}
}

// follows: (epoch, seq) names one entry for ever, and the chain verifies (4).
func (b *book) follows(e syncproto.Entry, r record) {
	b.compare(4)
	before := syncproto.Instant(0)
	if len(b.records) > 0 {
		before = b.records[len(b.records)-1].Time
	}
	if r.Seq != b.head+1 || e.Chain != syncproto.ChainOf(b.chain, e.Header, syncproto.HashOf(e.Payload)) || r.Time <= before {
		b.t.Errorf("4: entry %d at %v follows entry %d at %v, or its chain does not", r.Seq, r.Time, b.head, before)
	}
	b.head, b.chain = r.Seq, e.Chain
}

// foreign says that an entry is only the record of what somebody said under another's name, or
// under the id of another's command: that is not the command of that id.
func (b *book) foreign(r record) bool {
	if r.Outcome != syncproto.Rejected || len(r.Findings) == 0 {
		return false
	}
	device, known := b.body(organisation.DeviceRef(r.Command.Device)).Body.(organisation.Device)
	return r.Findings[0].Code == syncproto.CodeSameIDOtherHash || known && device.Person != r.intent.Person
}

// waitsOn says that an entry only says what was told of a command that waits, and goes on waiting.
func (b *book) waitsOn(r record) bool {
	first, there := b.last(r.intent.ID)
	return r.Outcome == syncproto.Parked && r.Releases != 0 && len(r.Events) == 0 &&
		there && first.Outcome == syncproto.Parked && first.Seq == r.Releases
}

// once: a command has one final verdict (1): one entry, or one that parks it and one that
// releases it.
func (b *book) once(r record) {
	b.compare(1)
	of := b.of[r.intent.ID]
	switch {
	case len(of) == 0 && r.Releases == 0:
		return
	case len(of) == 1:
		first := b.records[of[0]]
		if first.Outcome == syncproto.Parked && r.Releases == first.Seq && r.Outcome != syncproto.Parked {
			return
		}
	}
	b.t.Errorf("1: entry %d decides %v %v once more", r.Seq, r.intent.Kind, r.intent.ID)
}

// inLine: commands of one device take effect in order (8). What was parked has had its turn.
func (b *book) inLine(r record) {
	if r.Releases != 0 || b.byCounter(r) == nil {
		return
	}
	b.compare(8)
	at := deviceLine{r.Command.Device, r.Command.Incarnation}
	if last := b.lines[at]; r.Command.Counter <= last {
		b.t.Errorf("8: entry %d decides command %d of a line of which %d was decided", r.Seq, r.Command.Counter, last)
	}
	b.lines[at] = r.Command.Counter
}

// byCounter is what was done at a desk, nil where nobody did it at one.
func (b *book) byCounter(r record) *deed { return b.deeds[r.intent.ID] }

// happenedWithin: the true time lies in the interval (15). Of ticks that somebody was at nothing
// is promised.
func (b *book) happenedWithin(r record) {
	d := b.deeds[r.intent.ID]
	if d == nil || d.bent {
		return
	}
	b.compare(15)
	if r.Within.Lo > d.done || r.Within.Hi < d.done {
		b.t.Errorf("15: %v was done at %v, and its interval is %v to %v", d.kind, d.done, r.Within.Lo, r.Within.Hi)
	}
}

// counts: what happened is not rejected (11), but where headquarters had written the grant off
// that a desk takes, or the person was no longer one who may.
func (b *book) counts(r record) {
	d := b.deeds[r.intent.ID]
	if d == nil || !rules.IsFact(d.kind) || d.left {
		return
	}
	b.compare(11)
	takenTwice := r.intent.Kind == syncproto.CommandTakeGrant && b.copied[r.Command.Device]
	if r.Outcome == syncproto.Rejected && !b.tookTheDead(r) && !takenTwice {
		b.t.Errorf("11: entry %d: %v happened, was taken at the desk, and is rejected: %v", r.Seq, d.kind, r.Findings)
	}
}

// tookTheDead says that a desk took what headquarters had written off meanwhile, or what a server
// that was set back had forgotten: that is refused, and nothing was spent of it, for a grant is
// spent only once it is taken.
func (b *book) tookTheDead(r record) bool {
	forgotten := b.older && r.Findings[0].Code == authority.CodeNoSuchGrant
	return r.intent.Kind == syncproto.CommandTakeGrant && (forgotten || r.Findings[0].Code == authority.CodeGrantDead)
}

// evolve follows the documents.
func (b *book) evolve(r record) {
	touched := map[syncproto.Ref]*held{}
	for _, e := range r.Events {
		h := b.docs[e.Doc]
		if h == nil {
			h = &held{}
			b.docs[e.Doc] = h
		}
		after, err := rules.Evolve(e.Doc, h.doc, e)
		if err != nil {
			b.t.Errorf("4: entry %d cannot be folded: %v", r.Seq, err)
			continue
		}
		h.doc = after
		h.events, h.seqs = append(h.events, e.ID), append(h.seqs, r.Seq)
		h.bodies = append(h.bodies, syncproto.Hash{})
		touched[e.Doc] = h
	}
	for ref, h := range touched {
		if now := rules.Buckets(ref, h.doc.Body); !slices.Equal(now, h.buckets) {
			h.buckets, h.moves = now, append(h.moves, move{r.Seq, now})
		}
		h.bodies[len(h.bodies)-1] = syncproto.HashOf(syncproto.MustEncode(h.doc.Body))
	}
}

// ticketBody is a ticket as the log leads to it.
func (b *book) ticketBody(id syncproto.ID) (ticket.Body, bool) {
	if h := b.docs[ticket.Ref(id)]; h != nil {
		body, ok := h.doc.Body.(ticket.Body)
		return body, ok
	}
	return ticket.Body{}, false
}

// last is what became of a command in the end.
func (b *book) last(id syncproto.ID) (record, bool) {
	of := b.of[id]
	if len(of) == 0 {
		return record{}, false
	}
	return b.records[of[len(of)-1]], true
}

// log is the log, as it is on the disk.
func (w *walk) log() []record { return slices.Clone(w.book.records) }

// epoch is the number of the log's.
func (b *book) epoch() uint32 { return b.records[len(b.records)-1].Epoch }
