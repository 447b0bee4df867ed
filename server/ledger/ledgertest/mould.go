package ledgertest

import (
	"bytes"
	"context"
	"slices"
	"sync"

	"github.com/rs/zerolog"

	"redress/server/ledger"
	"redress/server/store"
	"redress/syncproto"
)

// Mould is what the ledger wrote for some commands, and where in it the names stand that
// are another's for every cast: so a log of a million tickets is made in minutes, of rows
// that are byte for byte what the ledger would have written for them, whatever the rules
// come to write. What is not the rules' work, a cast's place in the log (positions, times,
// the chain, the hash of a command, the verdict's signature), is made anew.
//
// Not as in life are: a cast's dates, which are those of the commands it was made from,
// and the ids of its events, which do not follow from its commands.
type Mould struct {
	identity store.Identity
	batch    store.Batch
	slots    []slot
	payloads []blob
	bodies   []blob
	events   []blob // of the history
	intents  []blob
	history  []syncproto.HistoryEntry
	verdicts []syncproto.Verdict
}

// slot is a text that differs from cast to cast.
type slot struct{ text []byte }

// blob is bytes with the places where slots stand.
type blob struct {
	bytes []byte
	holes []hole
}

type hole struct{ at, slot int }

// Recorder is a real store that remembers what was appended to it.
type Recorder struct {
	*store.Store
	mutex   sync.Mutex
	batches []store.Batch
}

// All are the batches so far.
func (r *Recorder) All() []store.Batch {
	r.mutex.Lock()
	defer r.mutex.Unlock()
	return slices.Clone(r.batches)
}

// Forget forgets the batches so far.
func (r *Recorder) Forget() {
	r.mutex.Lock()
	defer r.mutex.Unlock()
	r.batches = nil
}

// Append appends, and remembers what was appended.
func (r *Recorder) Append(ctx context.Context, b store.Batch) error {
	err := r.Store.Append(ctx, b)
	if err == nil {
		r.mutex.Lock()
		defer r.mutex.Unlock()
		r.batches = append(r.batches, b)
	}
	return err
}

// Record has intents decided in one batch, as the server's own, and makes a mould of what
// was written. The names are those of the documents, units and numbers that differ from
// cast to cast; the ids of commands and events always do.
//
// The commands may only touch documents that they make.
func (w *World) Record(names [][]byte, intents ...syncproto.Intent) *Mould {
	w.T.Helper()
	recorder := &Recorder{Store: w.Store}
	l, err := ledger.Open(context.Background(), recorder, w.ID, zerolog.Nop())
	if err != nil {
		w.T.Fatal(err)
	}
	w.Ledger = l
	submissions := make([]ledger.Submission, 0, len(intents))
	for _, i := range intents {
		i.ID = w.ID()
		submissions = append(submissions, w.Ledger.Own(i, w.Now))
	}
	for _, r := range w.Commit(submissions...) {
		if r.Verdict.Outcome != syncproto.Accepted {
			w.T.Fatalf("a command to be cast was %v: %v", r.Verdict.Outcome, r.Verdict.Findings)
		}
	}
	batches := recorder.All()
	if len(batches) != 1 || len(batches[0].Entries) != len(intents) {
		w.T.Fatalf("%d commands became %d batches", len(intents), len(batches))
	}
	m := &Mould{identity: l.Identity(), batch: batches[0]}
	for _, n := range names {
		m.slots = append(m.slots, slot{n})
	}
	m.take(w)
	w.Ledger = w.load() // one that remembers nothing
	return m
}

// take finds the slots of what was recorded.
func (m *Mould) take(w *World) {
	w.T.Helper()
	b := m.batch
	made := map[syncproto.Ref]uint64{}
	payloads := make([]syncproto.Payload, len(b.Entries))
	for n, e := range b.Entries {
		m.must(w, syncproto.Decode(e.Payload, &payloads[n]))
		var intent syncproto.Intent
		m.must(w, syncproto.Decode(payloads[n].Command.Intent, &intent))
		m.slots = append(m.slots, slot{bytes.Clone(intent.ID[:])})
		for _, e := range payloads[n].Events {
			m.slots = append(m.slots, slot{bytes.Clone(e.ID[:])})
			made[e.Doc]++
		}
	}
	for n, e := range b.Entries {
		m.payloads = append(m.payloads, m.blob(e.Payload))
		m.intents = append(m.intents, m.blob(payloads[n].Command.Intent))
	}
	for _, d := range b.Documents {
		if made[d.Ref] != d.Version {
			w.T.Fatalf("a mould cannot be made of commands that change %v, which was there before", d.Ref)
		}
		m.bodies = append(m.bodies, m.blob(d.Body))
	}
	for _, h := range b.History {
		var entry syncproto.HistoryEntry
		m.must(w, syncproto.Decode(h.Entry, &entry))
		m.history, m.events = append(m.history, entry), append(m.events, m.blob(entry.Event.Body))
	}
	for _, c := range b.Commands {
		var verdict syncproto.Verdict
		m.must(w, syncproto.Decode(c.Verdict, &verdict))
		m.verdicts = append(m.verdicts, verdict)
	}
}

func (m *Mould) must(w *World, err error) {
	w.T.Helper()
	if err != nil {
		w.T.Fatal(err)
	}
}

func (m *Mould) blob(data []byte) blob {
	b := blob{bytes: data}
	for n, s := range m.slots {
		for from := 0; ; {
			at := bytes.Index(data[from:], s.text)
			if at < 0 {
				break
			}
			b.holes = append(b.holes, hole{from + at, n})
			from += at + len(s.text)
		}
	}
	return b
}

// Slots is how many names a cast takes: the ones given to Record first, then the ids.
func (m *Mould) Slots() int { return len(m.slots) }

// NextDue is the least instant at which a document of a cast wants a tick; 0 for never.
func (m *Mould) NextDue() syncproto.Instant {
	var next syncproto.Instant
	for _, d := range m.batch.Documents {
		if d.NextDue != 0 && (next == 0 || d.NextDue < next) {
			next = d.NextDue
		}
	}
	return next
}

func (b blob) with(names [][]byte) []byte {
	data := bytes.Clone(b.bytes)
	for _, h := range b.holes {
		copy(data[h.at:], names[h.slot])
	}
	return data
}

// cast is one cast under way.
type cast struct {
	*Mould
	names  [][]byte
	offset uint64 // of its positions to those in the mould
	times  []syncproto.Instant
	marks  map[syncproto.Ref]uint64 // of its documents
}

// Cast adds what the ledger would have written for these names, which are as long as those
// in the mould, to a batch; its entries are dated at and each a microsecond later.
func (m *Mould) Cast(out *store.Batch, at syncproto.Instant, names [][]byte) {
	c := cast{Mould: m, names: names, offset: out.Head().Seq - m.batch.After.Seq, marks: map[syncproto.Ref]uint64{}}
	hashes := map[syncproto.ID]syncproto.Hash{}
	chain := out.Head().Chain
	for n := range m.payloads {
		header := syncproto.Header{LogID: m.identity.LogID, Epoch: m.batch.Epoch, Seq: m.batch.After.Seq + uint64(n) + 1 + c.offset, Time: at}
		entry := syncproto.Chained(chain, header, m.payloads[n].with(names))
		out.Entries, chain = append(out.Entries, entry), entry.Chain
		c.times = append(c.times, at)
		at++
	}
	for n, d := range m.batch.Documents {
		d.Ref.ID, d.Seq, d.Body = c.id(d.Ref.ID), d.Seq+c.offset, m.bodies[n].with(names)
		out.Documents = append(out.Documents, d)
		c.marks[d.Ref] = syncproto.Mark(m.identity.LogID, d.Document)
	}
	for n, h := range m.batch.History {
		h.Ref.ID, h.Seq = c.id(h.Ref.ID), h.Seq+c.offset
		entry := m.history[n]
		entry.Event.ID, entry.Event.Doc.ID, entry.Event.Body = c.id(entry.Event.ID), h.Ref.ID, m.events[n].with(names)
		entry.Seq, entry.Time, entry.Command = h.Seq, c.time(h.Seq), c.id(entry.Command)
		h.Entry = syncproto.MustEncode(entry)
		out.History = append(out.History, h)
	}
	for _, r := range m.batch.Memberships {
		r.Bucket, r.Ref.ID, r.Seq = syncproto.Bucket(c.id(syncproto.ID(r.Bucket))), c.id(r.Ref.ID), r.Seq+c.offset
		if r.Since != 0 {
			r.Since += c.offset
		}
		out.Memberships = append(out.Memberships, r)
		if r.Present { // all documents of a cast are new
			out.Recounts = append(out.Recounts, store.Recount{Bucket: r.Bucket, Part: r.Ref.Part(), By: syncproto.One(c.marks[r.Ref])})
		}
	}
	for _, i := range m.intents {
		data := i.with(names)
		var intent syncproto.Intent
		if err := syncproto.Decode(data, &intent); err != nil {
			panic(err) // it was encoded by the ledger, and names are as long as before
		}
		hashes[intent.ID] = syncproto.HashOf(data)
	}
	for n, r := range m.batch.Commands {
		r.ID, r.Seq = c.id(r.ID), r.Seq+c.offset
		v := m.verdicts[n]
		v.Command, v.Seq, v.Time = r.ID, r.Seq, c.time(r.Seq)
		v.Hash = hashes[r.ID]
		if len(v.Signature) > 0 {
			v = v.Sign(m.identity.LogID, m.identity.ServerKey)
		}
		r.Hash, r.Verdict = v.Hash, syncproto.MustEncode(v)
		out.Commands = append(out.Commands, r)
	}
}

// id is the name that takes an id's place; itself where it is the same in all casts.
func (c cast) id(id syncproto.ID) syncproto.ID {
	for n, s := range c.slots {
		if bytes.Equal(s.text, id[:]) {
			return syncproto.ID(c.names[n])
		}
	}
	return id
}

// time is when the entry at a position was written.
func (c cast) time(seq uint64) syncproto.Instant { return c.times[seq-c.offset-c.batch.After.Seq-1] }
