package publication_test

import (
	"bytes"
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"

	"redress/server/ledger"
	"redress/server/ledger/ledgertest"
	"redress/server/publication"
	"redress/server/store"
	"redress/syncproto"
	"redress/syncproto/organisation"
	"redress/syncproto/policy"
	"redress/syncproto/rules"
	"redress/syncproto/session"
	"redress/syncproto/ticket"
)

// reader is the least that a desk keeps of what it gets.
type reader struct {
	w       *ledgertest.World
	desk    publication.Desk
	buckets []syncproto.Bucket
	cursor  uint64
	place   session.Place
	docs    map[syncproto.Ref]syncproto.Document
	history map[syncproto.Ref]map[uint64]syncproto.HistoryEntry
	own     map[syncproto.ID]int
	deltas  int
	read    func(publication.Desk, session.ReadDelta) publication.Reading
}

func newReader(w *ledgertest.World, d *ledgertest.Desk) *reader {
	p, _ := w.Ledger.Reference().Person(d.Person)
	return &reader{w: w, desk: publication.Desk{Device: d.Device, Person: d.Person}, buckets: p.Buckets(d.Person),
		docs: map[syncproto.Ref]syncproto.Document{}, history: map[syncproto.Ref]map[uint64]syncproto.HistoryEntry{}, own: map[syncproto.ID]int{},
		read: func(desk publication.Desk, ask session.ReadDelta) publication.Reading { return fromStore(w, desk, ask) }}
}

func fromStore(w *ledgertest.World, desk publication.Desk, ask session.ReadDelta) publication.Reading {
	w.T.Helper()
	reading, err := publication.Read(w.T.Context(), w.Store, desk, ask)
	if err != nil {
		w.T.Fatal(err)
	}
	return reading
}

// next reads and applies one delta.
func (r *reader) next() publication.Reading {
	r.w.T.Helper()
	reading := r.read(r.desk, session.ReadDelta{From: r.cursor, Place: r.place, Buckets: r.buckets})
	r.apply(reading)
	return reading
}

// apply takes in what is no page of a delta.
func (r *reader) apply(reading publication.Reading) {
	r.w.T.Helper()
	d := reading.Delta
	if data, err := syncproto.EncodeFrame(d); err != nil {
		r.w.T.Fatalf("a delta of %d documents and %d history entries does not fit a message (%d bytes): %v", len(d.Documents), len(d.History), len(data), err)
	}
	if d.From != r.cursor || d.Cursor < d.From || len(d.Documents)+len(d.Removed) > syncproto.MaxDeltaDocs {
		r.w.T.Fatalf("delta from %d to %d with %d documents after %d", d.From, d.Cursor, len(d.Documents), r.cursor)
	}
	for _, h := range d.History {
		if r.history[h.Event.Doc] == nil {
			r.history[h.Event.Doc] = map[uint64]syncproto.HistoryEntry{}
		}
		r.history[h.Event.Doc][h.Event.Version] = h
	}
	for _, doc := range d.Documents {
		r.docs[doc.Ref] = doc
	}
	for _, ref := range d.Removed {
		r.remove(ref)
	}
	for _, v := range d.Own {
		r.own[v.Command]++
	}
	r.cursor, r.place, r.deltas = d.Cursor, reading.Place, r.deltas+1
}

func (r *reader) remove(ref syncproto.Ref) {
	delete(r.docs, ref)
	delete(r.history, ref)
}

// catchUp reads until it is current.
func (r *reader) catchUp() publication.Reading {
	r.w.T.Helper()
	for range 10_000 {
		if reading := r.next(); reading.Delta.Current {
			return reading
		}
	}
	r.w.T.Fatal("it never becomes current")
	return publication.Reading{}
}

// complete fails where the reader does not hold exactly what its buckets hold (invariant
// 5): every body as it rests, every history without a gap, and nothing else.
func (r *reader) complete(when string) {
	r.w.T.Helper()
	seen := 0
	err := r.w.Store.View(r.w.T.Context(), func(v *store.View) error {
		return v.EveryDocument(func(d store.Document) error {
			body, err := rules.ReadBody(d.Ref.Kind, d.Body)
			if err != nil {
				return err
			}
			mine := slices.ContainsFunc(rules.Buckets(d.Ref, body), func(b syncproto.Bucket) bool { return slices.Contains(r.buckets, b) })
			held, there := r.docs[d.Ref]
			switch {
			case mine != there:
				r.w.T.Errorf("%s: %v is in the desk's buckets: %v, at the desk: %v", when, d.Ref, mine, there)
			case !mine:
			case !bytes.Equal(held.Body, d.Body) || held.Version != d.Version:
				r.w.T.Errorf("%s: %v is at version %d, want %d", when, d.Ref, held.Version, d.Version)
			case uint64(len(r.history[d.Ref])) != d.Version:
				r.w.T.Errorf("%s: %v has %d history entries at version %d", when, d.Ref, len(r.history[d.Ref]), d.Version)
			}
			if mine {
				seen++
			}
			return nil
		})
	})
	if err != nil {
		r.w.T.Fatal(err)
	}
	if seen != len(r.docs) {
		r.w.T.Errorf("%s: the desk holds %d documents, its buckets %d", when, len(r.docs), seen)
	}
}

func long(text string) string { return strings.Repeat(text, 1200) }

func TestAFirstSyncBringsEverythingInBoundedDeltas(t *testing.T) {
	w := ledgertest.New(t)
	seat := w.Desk(w.Seat, "K7MQ")
	for n := range 150 { // each makes a ticket and a customer
		var batch []ledger.Submission
		for m := range 2 {
			batch = append(batch, seat.Submission(seat.Make(syncproto.CommandOpen, w.Open(w.ID(), w.East, fmt.Sprintf("K7MQ-%05d", n*2+m)))))
		}
		w.Commit(batch...)
	}
	r := newReader(w, seat)
	reading := r.catchUp()
	r.complete("after the first sync")
	if r.deltas < 3 || !slices.Equal(reading.Delta.Held, r.buckets) {
		t.Errorf("%d deltas, held %v; want several, and the buckets held with the last", r.deltas, reading.Delta.Held)
	}
	if len(r.own) != 300 {
		t.Errorf("%d own verdicts, want 300", len(r.own))
	}
	manager := newReader(w, w.Desk(w.Manager, "P3RT"))
	manager.catchUp()
	manager.complete("the manager of the region")
	other := newReader(w, w.Desk(w.Person("zhao", policy.Manager, w.West), "Q4SU"))
	other.catchUp()
	other.complete("the manager of another region")
	if slices.ContainsFunc(slices.Collect(mapKeys(other.docs)), func(ref syncproto.Ref) bool { return !rules.IsReference(ref.Kind) }) {
		t.Error("the manager of another region has a ticket")
	}
}

func mapKeys[V any](m map[syncproto.Ref]V) func(func(syncproto.Ref) bool) {
	return func(yield func(syncproto.Ref) bool) {
		for k := range m {
			if !yield(k) {
				return
			}
		}
	}
}

// TestAHistoryTooLongForADeltaComesInParts, the document with the last.
func TestAHistoryTooLongForADeltaComesInParts(t *testing.T) {
	w := ledgertest.New(t)
	seat := w.Desk(w.Seat, "K7MQ")
	id := w.ID()
	seat.Give(syncproto.CommandOpen, w.Open(id, w.East, "K7MQ-00001"))
	for range 80 {
		if v := seat.Give(syncproto.CommandNote, ticket.Note{Ticket: id, Text: long("记")}); v.Outcome != syncproto.Accepted {
			t.Fatalf("a note was %v: %v", v.Outcome, v.Findings)
		}
	}
	r := newReader(w, seat)
	for !r.next().Delta.Current {
		if _, there := r.docs[ticket.Ref(id)]; there {
			t.Fatal("the document came before the last of its history")
		}
	}
	r.complete("in the end")
	if r.deltas < 2 {
		t.Errorf("%d deltas, want several", r.deltas)
	}
}

// TestACatchUpThatIsOvertakenHasNoGap: what changed while the desk was away changes again
// while it catches up, so that its last change moves behind the desk's place.
func TestACatchUpThatIsOvertakenHasNoGap(t *testing.T) {
	w := ledgertest.New(t)
	seat := w.Desk(w.Seat, "K7MQ")
	var ids []syncproto.ID
	for n := range 40 {
		ids = append(ids, w.ID())
		seat.Give(syncproto.CommandOpen, w.Open(ids[n], w.East, fmt.Sprintf("K7MQ-%05d", n)))
	}
	r := newReader(w, w.Desk(w.Manager, "P3RT"))
	r.catchUp()
	away := r.cursor
	note := func(n int) {
		seat.Give(syncproto.CommandNote, ticket.Note{Ticket: ids[n], Text: long("记")})
	}
	for range 3 {
		for n := range ids {
			note(n)
		}
	}
	for n := 0; ; n++ {
		reading := r.next()
		if reading.Delta.Current {
			break
		}
		if r.cursor != away {
			t.Fatal("the cursor moved before everything was sent")
		}
		if n < len(ids) {
			note(len(ids) - 1 - n) // also those already sent, and those to come
			note(n)
		}
	}
	r.complete("after the overtaken catch-up")
}

// TestALeaverIsRemovedUnlessAnotherBucketHasIt: a second dispatch takes the ticket from
// the first department, and whoever is in both keeps it.
func TestALeaverIsRemovedUnlessAnotherBucketHasIt(t *testing.T) {
	w := ledgertest.New(t)
	seat := w.Desk(w.Seat, "K7MQ")
	second := w.ID()
	w.Own(syncproto.CommandDefineUnit, organisation.DefineUnit{ID: second, Unit: organisation.Unit{Name: "质量部", Kind: organisation.Department}})
	both := newReader(w, w.Desk(w.Person("sun", policy.Liaison, w.Department, second), "P3RT"))
	first := newReader(w, w.Desk(w.Liaison, "Q4SU"))
	id := w.ID()
	seat.Give(syncproto.CommandOpen, w.Open(id, w.East, "K7MQ-00001"))
	seat.Give(syncproto.CommandNote, ticket.Note{Ticket: id, Text: "一"})
	for _, unit := range []syncproto.ID{w.Department, second, w.Department, second} {
		if v := seat.Give(syncproto.CommandDispatch, ticket.Dispatch{Ticket: id, Unit: unit}); v.Outcome != syncproto.Accepted {
			t.Fatalf("a dispatch was %v: %v", v.Outcome, v.Findings)
		}
		both.catchUp()
		first.catchUp()
		both.complete("the liaison of both departments")
		first.complete("the liaison of the first")
	}
}

// TestALostBucketGoesAtOnce and a gained one has the session begin anew (counterexample C1).
func TestALostBucketGoesAtOnce(t *testing.T) {
	w := ledgertest.New(t)
	seat := w.Desk(w.Seat, "K7MQ")
	r := newReader(w, w.Desk(w.Manager, "P3RT"))
	eastern := w.ID()
	seat.Give(syncproto.CommandOpen, w.Open(eastern, w.East, "K7MQ-00001"))
	r.catchUp()
	w.Redefine(w.Manager, organisation.Person{Name: "李强", Login: "li", Roles: []policy.Role{policy.Manager}, Units: []syncproto.ID{w.West}})
	seat.Give(syncproto.CommandNote, ticket.Note{Ticket: eastern, Text: "不该看到"})
	before := r.cursor
	reading := r.next()
	if !reading.Rescoped || reading.Delta.Current || !slices.Equal(reading.Delta.Lost, []syncproto.Bucket{syncproto.Bucket(w.East)}) {
		t.Errorf("rescoped %v, lost %v, current %v", reading.Rescoped, reading.Delta.Lost, reading.Delta.Current)
	}
	for _, h := range reading.Delta.History {
		if h.Event.Doc == ticket.Ref(eastern) {
			t.Errorf("after %d the lost region's note was sent", before)
		}
	}
	w.Redefine(w.Manager, organisation.Person{Name: "李强", Login: "li", Roles: []policy.Role{policy.Manager}, Units: []syncproto.ID{w.West}, Left: w.Now})
	if left := r.next(); len(left.Delta.Documents)+len(left.Delta.History) > 0 || !left.Rescoped {
		t.Errorf("who left still gets %d documents", len(left.Delta.Documents))
	}
}

// Everything is read anew, and the person is given a unit in that moment: the last delta of the session says
// what comes from then on, for the next goes on from there.
func TestWhatComesAnewIsNamedAsThePersonIsMoved(t *testing.T) {
	w := ledgertest.New(t)
	r := newReader(w, w.Desk(w.Manager, "P3RT"))
	w.Redefine(w.Manager, organisation.Person{Name: "李强", Login: "li", Roles: []policy.Role{policy.Manager}, Units: []syncproto.ID{w.East, w.West}})
	reading := r.read(r.desk, session.ReadDelta{Buckets: r.buckets, Fresh: r.buckets})
	if d := reading.Delta; !reading.Rescoped || d.Current || d.Cursor == 0 || !slices.Equal(d.Filling, r.buckets) {
		t.Errorf("rescoped %v, current %v, up to %d, filling %v", reading.Rescoped, d.Current, d.Cursor, d.Filling)
	}
}

// TestOwnVerdictsComeWithWhatTheyDid (counterexample C5): never before the document's
// body, never later than the delta that brings it.
func TestOwnVerdictsComeWithWhatTheyDid(t *testing.T) {
	w := ledgertest.New(t)
	seat, other := w.Desk(w.Seat, "K7MQ"), w.Desk(w.Person("zhao", policy.Seat, w.CallCentre), "P3RT")
	r := newReader(w, seat)
	r.catchUp()
	var ids, notes []syncproto.ID
	for n := range 60 {
		id := w.ID()
		ids = append(ids, id)
		other.Give(syncproto.CommandOpen, w.Open(id, w.East, fmt.Sprintf("P3RT-%05d", n)))
		other.Give(syncproto.CommandNote, ticket.Note{Ticket: id, Text: long("记")})
	}
	made := map[syncproto.ID]syncproto.ID{}
	for n := 0; n < len(ids); n += 7 {
		v := seat.Give(syncproto.CommandNote, ticket.Note{Ticket: ids[n], Text: long("我")})
		made[v.Command] = ids[n]
		notes = append(notes, v.Command)
	}
	rejected := seat.Give(syncproto.CommandDispatch, ticket.Dispatch{Ticket: ids[0]})
	for n := range ids { // the others change later, and some of these too
		if n%7 != 0 || n%14 == 0 {
			other.Give(syncproto.CommandNote, ticket.Note{Ticket: ids[n], Text: long("再")})
		}
	}
	for current := false; !current; {
		before := len(r.own)
		current = r.next().Delta.Current
		for command, id := range made {
			_, document := r.docs[ticket.Ref(id)]
			if (r.own[command] > 0) != document {
				t.Errorf("after delta %d (%d verdicts before it): verdict on %v there: %v, its document: %v", r.deltas, before, command, r.own[command] > 0, document)
			}
		}
	}
	for _, command := range append(notes, rejected.Command) {
		if r.own[command] == 0 {
			t.Errorf("the verdict on %v never came", command)
		}
	}
	if r.deltas < 3 {
		t.Errorf("%d deltas; the test tells nothing", r.deltas)
	}
}

// TestMoreVerdictsThanADeltaHoldsComeInSeveral: a backlog handed in before a line was cut.
func TestMoreVerdictsThanADeltaHoldsComeInSeveral(t *testing.T) {
	w := ledgertest.New(t)
	seat := w.Desk(w.Seat, "K7MQ")
	id := w.ID()
	seat.Give(syncproto.CommandOpen, w.Open(id, w.East, "K7MQ-00001"))
	const notes = 3000 // more than a message holds
	for range notes / 200 {
		var batch []ledger.Submission
		for range 200 {
			batch = append(batch, seat.Submission(seat.Make(syncproto.CommandNote, ticket.Note{Ticket: id, Text: "一"})))
		}
		w.Commit(batch...)
	}
	r := newReader(w, seat)
	r.catchUp()
	r.complete("after the backlog")
	if len(r.own) != notes+1 {
		t.Errorf("%d verdicts, want %d", len(r.own), notes+1)
	}
}

// TestWhateverHappensADeskIsCompleteWhenItIsCurrent plays random work and random reading.
func TestWhateverHappensADeskIsCompleteWhenItIsCurrent(t *testing.T) {
	for seed := range uint64(4) {
		random := rand.New(rand.NewPCG(seed, 7))
		w := ledgertest.New(t)
		seat := w.Desk(w.Seat, "K7MQ")
		units := []syncproto.ID{w.Department}
		for _, name := range []string{"质量部", "配件部"} {
			units = append(units, w.ID())
			w.Own(syncproto.CommandDefineUnit, organisation.DefineUnit{ID: units[len(units)-1], Unit: organisation.Unit{Name: name, Kind: organisation.Department}})
		}
		readers := []*reader{
			newReader(w, seat), newReader(w, w.Desk(w.Manager, "P3RT")), newReader(w, w.Desk(w.Liaison, "Q4SU")),
			newReader(w, w.Desk(w.Person("sun", policy.Liaison, units[1], units[2]), "R5TV")),
		}
		var ids []syncproto.ID
		for step := range 400 {
			switch n := random.IntN(10); {
			case n < 2 || len(ids) == 0:
				ids = append(ids, w.ID())
				region := []syncproto.ID{w.East, w.West}[random.IntN(2)]
				seat.Give(syncproto.CommandOpen, w.Open(ids[len(ids)-1], region, fmt.Sprintf("K7MQ-%05d", step)))
			case n < 4:
				seat.Give(syncproto.CommandDispatch, ticket.Dispatch{Ticket: ids[random.IntN(len(ids))], Unit: units[random.IntN(len(units))]})
			case n < 8:
				seat.Give(syncproto.CommandNote, ticket.Note{Ticket: ids[random.IntN(len(ids))], Text: long("记")})
			default:
				r := readers[random.IntN(len(readers))]
				if r.next().Delta.Current {
					r.complete(fmt.Sprintf("seed %d, step %d", seed, step))
				}
			}
		}
		for _, r := range readers {
			r.catchUp()
			r.complete(fmt.Sprintf("seed %d, in the end", seed))
		}
	}
}
