package publication_test

import (
	"fmt"
	"math/rand/v2"
	"reflect"
	"slices"
	"testing"

	"redress/server/ledger"
	"redress/server/ledger/ledgertest"
	"redress/server/publication"
	"redress/syncproto"
	"redress/syncproto/organisation"
	"redress/syncproto/policy"
	"redress/syncproto/session"
	"redress/syncproto/ticket"
)

// live reads as a connected desk does, and holds what comes from memory against what the
// store says at the same moment.
type live struct {
	w           *ledgertest.World
	publication *publication.Publication
	seen        map[string]int
}

func follow(w *ledgertest.World, seen map[string]int) *live {
	l := &live{w: w, publication: publication.New(w.Store, w.Ledger.Head().Seq), seen: seen}
	w.Ledger.OnAdvance(func(a ledger.Advance) { l.publication.Written(a.Batch, a.Reference) })
	return l
}

func (l *live) reader(d *ledgertest.Desk) *reader {
	r := newReader(l.w, d)
	r.read = l.read
	return r
}

func (l *live) read(desk publication.Desk, ask session.ReadDelta) publication.Reading {
	l.w.T.Helper()
	reading, whole, err := l.publication.FromMemory(desk, ask)
	if err != nil {
		l.w.T.Fatal(err)
	}
	if !whole {
		l.seen["from the store"]++
		return fromStore(l.w, desk, ask)
	}
	l.seen["from memory"]++
	d := reading.Delta
	l.seen["removed"] += len(d.Removed)
	l.seen["own"] += len(d.Own)
	versions := map[syncproto.Ref]bool{}
	for _, h := range d.History {
		versions[h.Event.Doc] = versions[h.Event.Doc] || h.Event.Version == 1
	}
	for _, doc := range d.Documents {
		if versions[doc.Ref] {
			l.seen["came"]++
		}
	}
	if !d.Current {
		l.seen["not up to the head"]++
		return reading
	}
	want := fromStore(l.w, desk, ask)
	if want.Delta.Current { // it may hold more than the store tells in one: bodies that changed since are no part of it
		once(d)
		once(want.Delta)
		if !reflect.DeepEqual(want, reading) {
			l.w.T.Fatalf("from %d the store says\n%+v\nand memory\n%+v", ask.From, want.Delta, d)
		}
		l.seen["compared"]++
	}
	return reading
}

// once leaves one removal of each document: what left two buckets is removed twice by the
// store.
func once(d *syncproto.Delta) {
	slices.SortFunc(d.Removed, syncproto.Ref.Compare)
	d.Removed = slices.Compact(d.Removed)
}

// TestWhatComesFromMemoryIsWhatTheStoreSays plays random work in batches, some of whose
// commands wait for others, and desks that read rarely: the same deltas, and in the end
// exactly what their buckets hold.
func TestWhatComesFromMemoryIsWhatTheStoreSays(t *testing.T) {
	seen := map[string]int{}
	for seed := range uint64(4) {
		random := rand.New(rand.NewPCG(seed, 8))
		w := ledgertest.New(t)
		units := []syncproto.ID{w.Department}
		for _, name := range []string{"质量部", "配件部"} {
			units = append(units, w.ID())
			w.Own(syncproto.CommandDefineUnit, organisation.DefineUnit{ID: units[len(units)-1], Unit: organisation.Unit{Name: name, Kind: organisation.Department}})
		}
		seat, other := w.Desk(w.Seat, "K7MQ"), w.Desk(w.Person("zhao", policy.Seat, w.CallCentre), "P3RT")
		moving := w.Person("sun", policy.Liaison, units[1], units[2])
		both := w.Person("qian", policy.Liaison, w.East, units[1])
		l := follow(w, seen)
		readers := []*reader{l.reader(seat), l.reader(other), l.reader(w.Desk(w.Manager, "Q4SU")), l.reader(w.Desk(w.Liaison, "R5TV")),
			l.reader(w.Desk(moving, "S6UW")), l.reader(w.Desk(both, "T7VX"))}
		for _, r := range readers {
			r.catchUp()
		}
		var ids, early []syncproto.ID // early: of tickets that are not open yet
		some := func() syncproto.ID { return ids[random.IntN(len(ids))] }
		for step := range 250 {
			var batch []ledger.Submission
			give := func(d *ledgertest.Desk, kind syncproto.CommandKind, command any) {
				batch = append(batch, d.Submission(d.Make(kind, command)))
			}
			for range 1 + random.IntN(6) {
				desk := []*ledgertest.Desk{seat, other}[random.IntN(2)]
				switch n := random.IntN(10); {
				case n < 2 || len(ids) < 3:
					id := w.ID()
					if random.IntN(2) == 0 { // what waits for its ticket is released by it, some batches later
						early = append(early, id)
						give(other, syncproto.CommandNote, ticket.Note{Ticket: id, Text: "先到"})
						continue
					}
					ids = append(ids, id)
					give(seat, syncproto.CommandOpen, w.Open(id, []syncproto.ID{w.East, w.West}[random.IntN(2)], fmt.Sprintf("K7MQ-%05d", step)))
				case n < 3 && len(early) > 0:
					ids = append(ids, early[0])
					give(seat, syncproto.CommandOpen, w.Open(early[0], w.East, fmt.Sprintf("K7MQ-%05d", step)))
					early = early[1:]
				case n < 6:
					give(desk, syncproto.CommandDispatch, ticket.Dispatch{Ticket: some(), Unit: units[random.IntN(len(units))]})
				default:
					give(desk, syncproto.CommandNote, ticket.Note{Ticket: some(), Text: []string{"短", long("记")}[random.IntN(2)]})
				}
			}
			w.Commit(batch...)
			if step%60 < 30 { // nobody reads, so that there is more than one delta holds
				continue
			}
			if r := readers[random.IntN(len(readers))]; r.next().Delta.Current {
				r.complete(fmt.Sprintf("seed %d, step %d", seed, step))
			}
		}
		for _, r := range readers {
			r.catchUp()
			r.complete(fmt.Sprintf("seed %d, in the end", seed))
		}
		for n, desk := range []*ledgertest.Desk{seat, other} {
			for id, times := range readers[n].own {
				if c := w.Command(id); c.Device != desk.Device || times == 0 {
					t.Errorf("desk %d got the verdict on another's command %v", n, id)
				}
			}
		}
	}
	t.Log(seen)
	for _, what := range []string{"from memory", "from the store", "removed", "own", "came", "not up to the head", "compared"} {
		if seen[what] < 10 {
			t.Errorf("%s: %d times; the test tells little", what, seen[what])
		}
	}
}

// TestMemoryGivesNothingToWhoLostABucket: from the batch on that takes a region from its
// manager, nothing of it comes from memory either.
func TestMemoryGivesNothingToWhoLostABucket(t *testing.T) {
	w := ledgertest.New(t)
	seat := w.Desk(w.Seat, "K7MQ")
	l := follow(w, map[string]int{})
	r := l.reader(w.Desk(w.Manager, "P3RT"))
	eastern := w.ID()
	seat.Give(syncproto.CommandOpen, w.Open(eastern, w.East, "K7MQ-00001"))
	r.catchUp()
	seat.Give(syncproto.CommandNote, ticket.Note{Ticket: eastern, Text: "还看得到"})
	w.Redefine(w.Manager, organisation.Person{Name: "李强", Login: "li", Roles: []policy.Role{policy.Manager}, Units: []syncproto.ID{w.West}})
	if reading := r.next(); len(reading.Delta.Lost) != 1 || !reading.Rescoped || len(reading.Delta.History) > 1 {
		t.Errorf("the manager who lost the region got %+v", reading)
	}
	w.Redefine(w.Manager, organisation.Person{Name: "李强", Login: "li", Roles: []policy.Role{policy.Manager}, Units: []syncproto.ID{w.East}, Left: w.Now})
	if _, whole, _ := l.publication.FromMemory(r.desk, session.ReadDelta{From: r.cursor, Buckets: r.buckets}); whole {
		t.Error("who left is read for")
	}
}

// TestMemoryKnowsWhatItDoesNotHold: a batch it was not told of, what is older than it, and
// what is no moment of the log.
func TestMemoryKnowsWhatItDoesNotHold(t *testing.T) {
	w := ledgertest.New(t)
	seat := w.Desk(w.Seat, "K7MQ")
	before := w.Ledger.Head().Seq
	p, told := publication.New(w.Store, before), true
	w.Ledger.OnAdvance(func(a ledger.Advance) {
		if told {
			p.Written(a.Batch, a.Reference)
		}
	})
	r := newReader(w, seat)
	fromMemory := func(from uint64) bool {
		_, whole, err := p.FromMemory(r.desk, session.ReadDelta{From: from, Buckets: r.buckets})
		if err != nil {
			t.Fatal(err)
		}
		return whole
	}
	open := func(number string) syncproto.Envelope {
		return seat.Make(syncproto.CommandOpen, w.Open(w.ID(), w.East, number))
	}
	w.Commit(seat.Submission(open("K7MQ-00001")), seat.Submission(open("K7MQ-00002")))
	if !fromMemory(before) || fromMemory(before-1) || fromMemory(before+1) || fromMemory(before+2) {
		t.Errorf("after a batch from %d to %d: %v from there, %v from before, %v from within, %v from its end", before, before+2,
			fromMemory(before), fromMemory(before-1), fromMemory(before+1), fromMemory(before+2))
	}
	told = false
	w.Commit(seat.Submission(open("K7MQ-00003")))
	told = true
	w.Commit(seat.Submission(open("K7MQ-00004")))
	if head := w.Ledger.Head().Seq; fromMemory(before) || fromMemory(before+2) || !fromMemory(head-1) || p.Head() != head {
		t.Errorf("with a batch missing: %v and %v over it, %v after it", fromMemory(before), fromMemory(before+2), fromMemory(head-1))
	}
}

// TestWhatCameToADeskComesWithAllItsHistory, or not from memory: a ticket that was sent to a
// department, and changed there, when its beginning is not held any more. Who had it before,
// through a region, gets what is new.
func TestWhatCameToADeskComesWithAllItsHistory(t *testing.T) {
	w := ledgertest.New(t)
	seat := w.Desk(w.Seat, "K7MQ")
	liaison, both := newReader(w, w.Desk(w.Liaison, "P3RT")), newReader(w, w.Desk(w.Person("qian", policy.Liaison, w.East, w.Department), "Q4SU"))
	// The department knows the customer and the car from another ticket: they do not come.
	id, known := w.ID(), w.Open(w.ID(), w.East, "K7MQ-00001")
	again := w.Open(id, w.East, "K7MQ-00002")
	again.Customer, again.Vehicle = known.Customer, known.Vehicle
	seat.Give(syncproto.CommandOpen, known)
	seat.Give(syncproto.CommandDispatch, ticket.Dispatch{Ticket: known.ID, Unit: w.Department})
	seat.Give(syncproto.CommandOpen, again)
	l := follow(w, map[string]int{})
	liaison.catchUp()
	both.catchUp()
	seat.Give(syncproto.CommandDispatch, ticket.Dispatch{Ticket: id, Unit: w.Department})
	seat.Give(syncproto.CommandNote, ticket.Note{Ticket: id, Text: "已催"})
	for _, c := range []struct {
		who   string
		r     *reader
		whole bool
	}{{"the department", liaison, false}, {"department and region", both, true}} {
		_, whole, err := l.publication.FromMemory(c.r.desk, session.ReadDelta{From: c.r.cursor, Buckets: c.r.buckets})
		if err != nil || whole != c.whole {
			t.Errorf("%s is read for from memory: %v, %v; want %v", c.who, whole, err, c.whole)
		}
		c.r.read = l.read
		c.r.catchUp()
		c.r.complete(c.who)
	}
}

// TestWhatLeftADeskAndCameBackHasNoGap: a ticket that began before the department's eyes, was
// sent on, and was changed where the department cannot see it, until it was sent back.
func TestWhatLeftADeskAndCameBackHasNoGap(t *testing.T) {
	w := ledgertest.New(t)
	elsewhere := w.ID()
	w.Own(syncproto.CommandDefineUnit, organisation.DefineUnit{ID: elsewhere, Unit: organisation.Unit{Name: "质量部", Kind: organisation.Department}})
	seat := w.Desk(w.Seat, "K7MQ")
	r := follow(w, map[string]int{}).reader(w.Desk(w.Liaison, "P3RT"))
	r.catchUp()
	id := w.ID()
	give := func(kind syncproto.CommandKind, command any) ledger.Submission {
		return seat.Submission(seat.Make(kind, command))
	}
	dispatch := func(unit syncproto.ID) ledger.Submission {
		return give(syncproto.CommandDispatch, ticket.Dispatch{Ticket: id, Unit: unit})
	}
	w.Commit(give(syncproto.CommandOpen, w.Open(id, w.East, "K7MQ-00001")), dispatch(w.Department))
	w.Commit(dispatch(elsewhere))
	w.Commit(give(syncproto.CommandNote, ticket.Note{Ticket: id, Text: "别处"}))
	w.Commit(dispatch(w.Department))
	r.catchUp()
	r.complete("the department")
	if _, there := r.docs[ticket.Ref(id)]; !there {
		t.Error("the department does not have the ticket")
	}
}
