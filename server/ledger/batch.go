package ledger

import (
	"fmt"
	"maps"
	"slices"

	"redress/server/store"
	"redress/syncproto"
	"redress/syncproto/decision"
	"redress/syncproto/reference"
	"redress/syncproto/rules"
)

// batch is the working set of one transaction: what was loaded, what was decided. Nothing
// of it is seen outside before it is written, but by the batch that is decided on top of
// it meanwhile.
type batch struct {
	ledger *Ledger
	view   *store.View // while it is decided
	under  *batch      // while it is decided: what the view may not show yet
	now    syncproto.Instant

	head   store.Head
	last   syncproto.Instant
	refs   *references
	parked *parking

	entries  []syncproto.Entry
	history  []store.History
	events   map[syncproto.EventKind]int // how many of each kind
	released []syncproto.ID

	foreseen  map[syncproto.Ref]*store.Document // read, and perhaps not wanted yet; nil where it is not there
	foreknown map[syncproto.ID]*store.Command   // likewise
	documents map[syncproto.Ref]*working
	commands  map[syncproto.ID]store.Command
	lines     map[lineKey]syncproto.Link // loaded or changed
	moved     map[lineKey]bool           // changed
	parkings  map[syncproto.ID]store.Parked
	refusals  map[syncproto.Ref]uint64 // refused by that entry, 0 where it was made after all

	restored []store.Restoration // by entries that are taken from a copy
	thawed   []syncproto.ID      // managers whose accounts are frozen no more

	newlyRefused []syncproto.Ref // by the entry that was written last

	out  store.Batch // what is written, from when it is decided until then
	safe bool        // nothing of it can be lost any more
}

// working is a document as it is after what the batch has decided so far.
type working struct {
	doc     decision.Doc
	size    int    // of the body; 0 where it came from the cache
	bytes   []byte // of the body, where it was changed
	seq     uint64 // of the last change
	changed bool
	members []store.Membership // in buckets it was in before the batch or came to in it
	mark    uint64             // what it adds to the sums of its buckets, as it rests
	was     int                // how many of members it was in before the batch, the first ones
}

// resting is a document as it is on the disk, or will be before what is decided upon it.
type resting struct {
	doc  decision.Doc
	mark uint64
}

type lineKey struct{ device, incarnation syncproto.ID }

func newBatch(l *Ledger, now syncproto.Instant) *batch {
	return &batch{
		ledger: l, under: l.tip, now: now, head: l.tip.head, last: l.tip.last, refs: l.tip.refs, parked: l.parked,
		foreseen:  map[syncproto.Ref]*store.Document{},
		foreknown: map[syncproto.ID]*store.Command{},
		documents: map[syncproto.Ref]*working{},
		commands:  map[syncproto.ID]store.Command{},
		lines:     map[lineKey]syncproto.Link{},
		moved:     map[lineKey]bool{},
		parkings:  map[syncproto.ID]store.Parked{},
		refusals:  map[syncproto.Ref]uint64{},
		events:    map[syncproto.EventKind]int{},
	}
}

// changesSomething: a re-sent command moves no more than its line.
func (b *batch) changesSomething() bool {
	return len(b.entries) > 0 || len(b.moved) > 0 || len(b.parkings) > 0 || len(b.refusals) > 0
}

// document is a document as the batch has it so far.
func (b *batch) document(ref syncproto.Ref) (*working, error) {
	if d, loaded := b.documents[ref]; loaded {
		return d, nil
	}
	d := &working{}
	if kept, there := b.kept(ref); there {
		d.doc, d.mark = kept.doc, kept.mark
		b.documents[ref] = d
		return d, nil
	}
	stored, err := b.stored(ref)
	if err != nil {
		return nil, err
	}
	d.doc.Presence = decision.Absent
	if _, refused := b.parked.refused[ref]; refused {
		d.doc.Presence = decision.Refused
	}
	if stored != nil {
		body, err := rules.ReadBody(ref.Kind, stored.Body)
		if err != nil {
			return nil, fmt.Errorf("%w: the body of %v cannot be read: %w", errDefect, ref, err)
		}
		d.doc = decision.Doc{Presence: decision.Held, Version: stored.Version, Body: body}
		d.size = len(stored.Body)
		d.mark = syncproto.Mark(b.ledger.identity.LogID, stored.Document)
	}
	b.documents[ref] = d
	return d, nil
}

// stored is a document as it rests; nil where there is none.
func (b *batch) stored(ref syncproto.Ref) (*store.Document, error) {
	if d, asked := b.foreseen[ref]; asked {
		return d, nil
	}
	d, there, err := b.view.Document(ref)
	if err != nil || !there {
		return nil, err
	}
	return &d, nil
}

// kept is a document that need not be read from the store.
func (b *batch) kept(ref syncproto.Ref) (resting, bool) {
	if d, there := b.under.documents[ref]; there {
		return resting{d.doc, d.mark}, true
	}
	return b.ledger.documents.get(ref)
}

// command is what became of a command before, also in this batch; for one that is new only
// this batch is asked.
func (b *batch) command(id syncproto.ID, isNew bool) (store.Command, bool, error) {
	if c, there := b.commands[id]; there || isNew {
		return c, there, nil
	}
	if c, there := b.under.commands[id]; there {
		return c, true, nil
	}
	if c, asked := b.foreknown[id]; asked {
		if c == nil {
			return store.Command{}, false, nil
		}
		return *c, true, nil
	}
	return b.view.Command(id)
}

// line is the last link of an incarnation.
func (b *batch) line(key lineKey) (syncproto.Link, error) {
	if link, loaded := b.lines[key]; loaded {
		return link, nil
	}
	link, kept := b.under.lines[key]
	if !kept {
		link, kept = b.ledger.lines.get(key)
	}
	if !kept {
		var err error
		if link, err = b.view.Line(key.device, key.incarnation); err != nil {
			return link, err
		}
	}
	b.lines[key] = link
	return link, nil
}

// entry is an entry of the log, also of this batch or the one under it.
func (b *batch) entry(seq uint64) (syncproto.Entry, error) {
	for _, in := range []*batch{b, b.under} {
		if after := in.head.Seq - uint64(len(in.entries)); seq > after {
			return in.entries[seq-after-1], nil
		}
	}
	e, _, err := b.view.Entry(seq)
	return e, err
}

// append adds an entry and returns its header.
func (b *batch) append(payload syncproto.Payload, at syncproto.Instant) syncproto.Header {
	id := b.ledger.identity
	header := syncproto.Header{LogID: id.LogID, Epoch: id.Epoch, Seq: b.head.Seq + 1, Time: at}
	entry := syncproto.Chained(b.head.Chain, header, syncproto.MustEncode(payload))
	b.entries = append(b.entries, entry)
	b.head = store.Head{Epoch: header.Epoch, Seq: header.Seq, Chain: entry.Chain}
	b.last = at
	return header
}

// nextTime is the time of the next entry: never before or at the last one.
func (b *batch) nextTime() syncproto.Instant { return max(b.now, b.last+1) }

// change takes over what a command made of a document.
func (b *batch) change(c changed, header syncproto.Header) error {
	d, err := b.document(c.Ref)
	if err != nil {
		return err
	}
	if !d.changed {
		for _, bucket := range bucketsOf(c.Ref, d.doc) {
			d.members = append(d.members, store.Membership{Bucket: bucket, Ref: c.Ref, Present: true})
		}
		d.was = len(d.members)
	}
	if d.doc.Presence == decision.Refused {
		b.made(c.Ref)
	}
	d.move(c.Ref, bucketsOf(c.Ref, c.After), header.Seq)
	d.doc, d.bytes, d.size, d.seq, d.changed = c.After, c.bytes, len(c.bytes), header.Seq, true
	if rules.IsReference(c.Ref.Kind) {
		b.refs = b.refs.after(reference.Change{Seq: header.Seq, Ref: c.Ref, Body: c.After.Body})
	}
	return nil
}

func bucketsOf(ref syncproto.Ref, doc decision.Doc) []syncproto.Bucket {
	if doc.Presence != decision.Held {
		return nil
	}
	return rules.Buckets(ref, doc.Body)
}

// move brings the memberships of a document to the buckets it is in now: what it stays in
// it changed in, what it comes to it is in from here on, and what it left keeps a row that
// says so.
func (d *working) move(ref syncproto.Ref, now []syncproto.Bucket, seq uint64) {
	for i, m := range d.members {
		if m.Present {
			d.members[i].Seq, d.members[i].Present = seq, slices.Contains(now, m.Bucket)
		}
	}
	for _, bucket := range now {
		i := slices.IndexFunc(d.members, func(m store.Membership) bool { return m.Bucket == bucket })
		switch {
		case i < 0:
			d.members = append(d.members, store.Membership{Bucket: bucket, Ref: ref, Seq: seq, Present: true, Since: seq})
		case !d.members[i].Present:
			d.members[i].Seq, d.members[i].Present, d.members[i].Since = seq, true, seq
		}
	}
}

// recount is how the document changes the sums of the buckets it was in and of those it is
// in now; it rests with that mark.
func (d *working) recount(mark uint64) (changes []store.Recount) {
	for n, m := range d.members {
		by := syncproto.Sum{}
		if n < d.was {
			by = by.Less(syncproto.One(d.mark))
		}
		if m.Present {
			by = by.Add(syncproto.One(mark))
		}
		if by != (syncproto.Sum{}) {
			changes = append(changes, store.Recount{Bucket: m.Bucket, Part: m.Ref.Part(), By: by})
		}
	}
	d.mark = mark
	return changes
}

// assemble is what is written.
func (b *batch) assemble() store.Batch {
	out := store.Batch{
		After: b.under.head, Epoch: b.ledger.identity.Epoch, Entries: b.entries, History: b.history, Released: b.released,
		Restored: b.restored, Thawed: b.thawed,
	}
	for _, ref := range sortedRefs(b.documents) {
		if d := b.documents[ref]; d.changed {
			doc := syncproto.Document{Ref: ref, Epoch: out.Epoch, Version: d.doc.Version, Body: d.bytes}
			out.Documents = append(out.Documents, store.Document{Document: doc, Seq: d.seq, NextDue: rules.NextDue(ref, d.doc.Body)})
			out.Memberships = append(out.Memberships, d.members...)
			out.Recounts = append(out.Recounts, d.recount(syncproto.Mark(b.ledger.identity.LogID, doc))...)
		}
	}
	for _, id := range slices.SortedFunc(maps.Keys(b.commands), syncproto.ID.Compare) {
		out.Commands = append(out.Commands, b.commands[id])
	}
	for key := range b.moved {
		out.Lines = append(out.Lines, store.Line{Device: key.device, Incarnation: key.incarnation, Link: b.lines[key]})
	}
	slices.SortFunc(out.Lines, func(a, b store.Line) int { return a.Device.Compare(b.Device) })
	for _, id := range slices.SortedFunc(maps.Keys(b.parkings), syncproto.ID.Compare) {
		out.Parked = append(out.Parked, b.parkings[id])
	}
	for _, ref := range sortedRefs(b.refusals) {
		out.Refused = append(out.Refused, store.Refusal{Ref: ref, Seq: b.refusals[ref]})
	}
	return out
}

// advance is what the batch changed.
func (b *batch) advance() Advance {
	a := Advance{Head: b.head, Batch: b.out, Reference: b.refs.newest, Events: b.events}
	buckets, devices := map[syncproto.Bucket]bool{}, map[syncproto.ID]bool{}
	for _, ref := range sortedRefs(b.documents) {
		if d := b.documents[ref]; d.changed {
			a.Changed, a.Bodies = append(a.Changed, ref), append(a.Bodies, d.doc.Body)
			for _, m := range d.members {
				buckets[m.Bucket] = true
			}
		}
	}
	for _, c := range b.commands {
		devices[c.Device] = true
	}
	a.Buckets = slices.SortedFunc(maps.Keys(buckets), func(a, b syncproto.Bucket) int { return syncproto.ID(a).Compare(syncproto.ID(b)) })
	a.Devices = slices.SortedFunc(maps.Keys(devices), syncproto.ID.Compare)
	return a
}
