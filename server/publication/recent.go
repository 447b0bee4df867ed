package publication

import (
	"cmp"
	"slices"
	"sync"

	"redress/server/store"
	"redress/syncproto"
	"redress/syncproto/reference"
	"redress/syncproto/session"
)

const (
	// maxRecent is how many bytes of the newest batches are kept in memory: what a desk that
	// is connected and keeps up is behind by, many times over.
	maxRecent = 32 << 20
	// roomAgain is how much of it is made free where it is full, so that the list of batches
	// is not copied at each.
	roomAgain = maxRecent / 8
	// rowCost is what a row of a batch takes beside its bytes.
	rowCost = 256
)

// recent is the newest batches of the log in memory. A desk that is behind by no more than
// these gets from here what it would get from the store, without a query; which desk that
// is makes no difference to what it gets.
type recent struct {
	mutex   sync.RWMutex
	from    uint64 // everything past here is held
	end     uint64 // up to here
	size    int
	batches []*written // in their order; a slice that was handed out does not change
	people  reference.Reference
}

// written is a batch that is on the disk, by what a desk asks for.
type written struct {
	head      store.Head
	size      int
	documents map[syncproto.Ref]*document
	changed   map[syncproto.Bucket][]store.Membership
	own       map[syncproto.ID][]*verdict // by device
}

// document is one as a batch left it, with the history it got there.
type document struct {
	syncproto.Document
	history []*event
}

type event = decoded[syncproto.HistoryEntry]

type verdict struct {
	command syncproto.ID
	seq     uint64
	decoded[syncproto.Verdict]
}

// decoded is decoded once, by the first who wants it.
type decoded[T any] struct {
	bytes []byte
	once  sync.Once
	value T
	err   error
}

func (d *decoded[T]) get(read func([]byte) (T, error)) (T, error) {
	d.once.Do(func() { d.value, d.err = read(d.bytes) })
	return d.value, d.err
}

func readVerdict(data []byte) (v syncproto.Verdict, err error) {
	err = syncproto.Decode(data, &v)
	return v, err
}

// add takes in a batch that is on the disk, with who is who from there on.
func (r *recent) add(b store.Batch, people reference.Reference) {
	w := indexed(b)
	r.mutex.Lock()
	defer r.mutex.Unlock()
	if r.end != b.After.Seq {
		r.batches, r.size = nil, 0
	}
	if len(r.batches) == 0 {
		r.from = b.After.Seq
	}
	r.batches, r.size, r.people, r.end = append(r.batches, w), r.size+w.size, people, w.head.Seq
	if r.size > maxRecent {
		r.trim()
	}
}

// trim lets go of the oldest batches, and be it all of them where the last is too large alone.
// The list is copied: what was let go of would live on in front of it.
func (r *recent) trim() {
	n := 0
	for ; n < len(r.batches) && r.size > maxRecent-roomAgain; n++ {
		r.from, r.size = r.batches[n].head.Seq, r.size-r.batches[n].size
	}
	r.batches = slices.Clone(r.batches[n:])
}

func indexed(b store.Batch) *written {
	w := &written{head: b.Head(), documents: map[syncproto.Ref]*document{},
		changed: map[syncproto.Bucket][]store.Membership{}, own: map[syncproto.ID][]*verdict{}}
	for _, d := range b.Documents {
		w.documents[d.Ref] = &document{Document: d.Document}
		w.size += len(d.Body) + rowCost
	}
	for _, h := range b.History {
		d := w.documents[h.Ref]
		d.history = append(d.history, &event{bytes: h.Entry})
		w.size += 2*len(h.Entry) + rowCost // what is decoded has its bytes once more
	}
	for _, m := range b.Memberships {
		w.changed[m.Bucket] = append(w.changed[m.Bucket], m)
		w.size += rowCost
	}
	for _, c := range b.Commands {
		w.own[c.Device] = append(w.own[c.Device], &verdict{command: c.ID, seq: c.Seq, decoded: decoded[syncproto.Verdict]{bytes: c.Verdict}})
		w.size += 2*len(c.Verdict) + rowCost
	}
	return w
}

// past are the batches past a position, with who is who after the last of them; false where
// the position is older than what is held, or there is nothing past it.
func (r *recent) past(seq uint64) ([]*written, reference.Reference, bool) {
	r.mutex.RLock()
	defer r.mutex.RUnlock()
	if seq < r.from || len(r.batches) == 0 {
		return nil, reference.Reference{}, false
	}
	n, at := slices.BinarySearchFunc(r.batches, seq, func(w *written, seq uint64) int { return cmp.Compare(w.head.Seq, seq) })
	if at {
		n++
	} else if n > 0 || seq != r.from {
		return nil, reference.Reference{}, false // a cursor inside of a batch is nothing that was given out
	}
	return slices.Clip(r.batches[n:]), r.people, n < len(r.batches)
}

// head is where the last batch ended that was told of; 0 where none was.
func (r *recent) head() uint64 {
	r.mutex.RLock()
	defer r.mutex.RUnlock()
	return r.end
}

// read makes the next delta of a desk: to the head, or as many whole batches as it holds.
// A batch is a moment of the log with its own bodies, so the cursor can stop at each. False
// where the store has to be asked: for a desk that is far behind, in the middle of a
// catch-up, that gains, fills, compares or loses a bucket, or for a batch that no delta holds.
func (r *recent) read(desk Desk, ask session.ReadDelta) (Reading, bool, error) {
	if ask.From == 0 || ask.Place != (session.Place{}) || ask.Whole || len(ask.Lost)+len(ask.Fresh)+len(ask.Parts) > 0 || ask.Page != nil || ask.Sums {
		return Reading{}, false, nil
	}
	batches, people, there := r.past(ask.From)
	person, known := people.Person(desk.Person)
	if !there || !known || !slices.Equal(person.HeldNow(desk.Person), ask.Buckets) {
		return Reading{}, false, nil
	}
	m := merging{desk: desk, buckets: ask.Buckets, places: map[syncproto.Ref]*place{}, own: map[syncproto.ID]*verdict{}}
	n := 0
	for n < len(batches) && m.add(batches[n]) {
		n++
	}
	if n == 0 {
		return Reading{}, false, nil
	}
	head := batches[n-1].head
	delta, whole, err := m.delta()
	if err != nil || !whole {
		return Reading{}, false, err
	}
	delta.Epoch, delta.From, delta.Cursor, delta.Current = head.Epoch, ask.From, head.Seq, n == len(batches)
	return Reading{Delta: delta}, true, nil
}
