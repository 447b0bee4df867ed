package publication_test

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"testing"

	"github.com/klauspost/compress/zstd"

	"redress/server/ledger/ledgertest"
	"redress/syncproto"
	"redress/syncproto/organisation"
	"redress/syncproto/policy"
	"redress/syncproto/rules"
	"redress/syncproto/session"
	"redress/syncproto/ticket"
)

// page reads one delta with a page, and takes it in as a desk does: the page replaces what is
// there of its range.
func (r *reader) page(ask session.PageAsk) (syncproto.Page, session.PagePlace) {
	r.w.T.Helper()
	reading := r.read(r.desk, session.ReadDelta{From: r.cursor, Place: r.place, Buckets: r.buckets, Whole: true, Page: &ask})
	r.apply(reading)
	d := reading.Delta
	if d.Page == nil {
		return syncproto.Page{}, ask.After
	}
	contents := r.unpack(d.Page)
	for ref := range r.docs {
		inRange := ref.Compare(d.Page.After) > 0 && (d.Page.Last || ref.Compare(d.Page.Upto) <= 0) && d.Page.Parts.Has(ref.Part())
		listed := slices.ContainsFunc(contents.Documents, func(doc syncproto.Document) bool { return doc.Ref == ref })
		if inRange && !listed && r.in(ref, d.Page.Bucket) {
			r.remove(ref)
		}
	}
	for _, h := range contents.History {
		if r.history[h.Event.Doc] == nil {
			r.history[h.Event.Doc] = map[uint64]syncproto.HistoryEntry{}
		}
		r.history[h.Event.Doc][h.Event.Version] = h
	}
	for _, doc := range contents.Documents {
		r.docs[doc.Ref] = doc
	}
	return *d.Page, reading.After
}

func (r *reader) unpack(page *syncproto.Page) (contents syncproto.PageContents) {
	r.w.T.Helper()
	decoder, err := zstd.NewReader(nil, zstd.WithDecoderConcurrency(1), zstd.WithDecoderMaxMemory(syncproto.MaxPageBytes))
	if err != nil {
		r.w.T.Fatal(err)
	}
	defer decoder.Close()
	data, err := decoder.DecodeAll(page.Packed, nil)
	if err == nil {
		err = syncproto.Decode(data, &contents)
	}
	if err != nil {
		r.w.T.Fatal(err)
	}
	return contents
}

// in says whether a document is in a bucket, as the reader has it.
func (r *reader) in(ref syncproto.Ref, bucket syncproto.Bucket) bool {
	r.w.T.Helper()
	body, err := rules.ReadBody(ref.Kind, r.docs[ref].Body)
	if err != nil {
		r.w.T.Fatal(err)
	}
	return slices.Contains(rules.Buckets(ref, body), bucket)
}

// begin reads the delta from which on all buckets are being filled.
func (r *reader) begin() {
	r.w.T.Helper()
	reading := r.read(r.desk, session.ReadDelta{From: r.cursor, Buckets: r.buckets, Fresh: r.buckets})
	d := reading.Delta
	if len(d.Documents)+len(d.History) > 0 || !slices.Equal(d.Filling, r.buckets) || len(d.Held) > 0 || !d.Current {
		r.w.T.Errorf("the first delta has %d documents, filling %v, held %v", len(d.Documents), d.Filling, d.Held)
	}
	r.apply(reading)
}

// sums fails where the reader does not count what the server says.
func (r *reader) sums(when string) {
	r.w.T.Helper()
	reading := r.read(r.desk, session.ReadDelta{From: r.cursor, Buckets: r.buckets, Sums: true, Parts: r.buckets})
	r.apply(reading)
	if len(reading.Sums) != len(r.buckets) || len(reading.Parts) != len(r.buckets) {
		r.w.T.Fatalf("%s: %d sums and %d parts of %d buckets", when, len(reading.Sums), len(reading.Parts), len(r.buckets))
	}
	for n, theirs := range reading.Sums {
		var mine syncproto.Sums
		for ref, doc := range r.docs {
			if r.in(ref, theirs.Bucket) {
				mine[ref.Part()] = mine[ref.Part()].Add(syncproto.One(syncproto.Mark(r.w.Ledger.Identity().LogID, doc)))
			}
		}
		if mine.Total() != theirs.Sum || string(mine.Bytes()) != string(reading.Parts[n].Sums) || reading.Parts[n].Seq != r.cursor {
			r.w.T.Errorf("%s: of %v the desk counts %+v, the server %+v", when, theirs.Bucket, mine.Total(), theirs.Sum)
		}
	}
}

// TestPagesBringWhatTheBucketsHold while work goes on: in the end every body and history is
// there, and the same is counted. What changes, comes or leaves between two pages is neither
// missed nor a ghost (C2, C3).
func TestPagesBringWhatTheBucketsHold(t *testing.T) {
	for seed := range uint64(3) {
		random := rand.New(rand.NewPCG(seed, 3))
		w := ledgertest.New(t)
		seat := w.Desk(w.Seat, "K7MQ")
		second := w.ID()
		w.Own(syncproto.CommandDefineUnit, organisation.DefineUnit{ID: second, Unit: organisation.Unit{Name: "质量部", Kind: organisation.Department}})
		var ids []syncproto.ID
		work := func() {
			if len(ids) < 5 || random.IntN(3) == 0 {
				ids = append(ids, w.ID())
				seat.Give(syncproto.CommandOpen, w.Open(ids[len(ids)-1], w.East, fmt.Sprintf("K7MQ-%05d", len(ids))))
				return
			}
			id := ids[random.IntN(len(ids))]
			if random.IntN(2) == 0 {
				seat.Give(syncproto.CommandDispatch, ticket.Dispatch{Ticket: id, Unit: []syncproto.ID{w.Department, second}[random.IntN(2)]})
				return
			}
			seat.Give(syncproto.CommandNote, ticket.Note{Ticket: id, Text: long("记")})
		}
		for range 320 {
			work()
		}
		readers := []*reader{newReader(w, w.Desk(w.Person("zhao", policy.Seat, w.CallCentre), "P3RT")), newReader(w, w.Desk(w.Liaison, "Q4SU"))}
		for _, r := range readers {
			r.begin()
			pages := 0
			for _, b := range r.buckets {
				ask := session.PageAsk{Bucket: b, Parts: syncproto.AllParts}
				for {
					page, after := r.page(ask)
					ask.After = after
					pages++
					if random.IntN(2) == 0 {
						work()
					}
					if page.Last {
						break
					}
				}
			}
			if r == readers[0] && pages < len(r.buckets)+2 {
				t.Errorf("%d pages of %d buckets; the test tells little", pages, len(r.buckets))
			}
			r.catchUp()
			r.complete(fmt.Sprintf("seed %d, filled", seed))
			r.sums(fmt.Sprintf("seed %d, filled", seed))
		}
		for _, r := range readers {
			for range 10 {
				work()
			}
			r.catchUp()
			r.sums(fmt.Sprintf("seed %d, later", seed))
		}
	}
}

// TestAPageOfSomePartsHasTheseAlone, and one of a bucket that the person lost is not read.
func TestAPageOfSomePartsHasTheseAlone(t *testing.T) {
	w := ledgertest.New(t)
	seat := w.Desk(w.Seat, "K7MQ")
	var ids []syncproto.ID
	for n := range 20 {
		ids = append(ids, w.ID())
		seat.Give(syncproto.CommandOpen, w.Open(ids[n], w.East, fmt.Sprintf("K7MQ-%05d", n)))
	}
	r := newReader(w, seat)
	part := ticket.Ref(ids[3]).Part()
	reading := fromStore(w, r.desk, session.ReadDelta{From: w.Ledger.Head().Seq, Buckets: r.buckets,
		Page: &session.PageAsk{Bucket: syncproto.Bucket(w.CallCentre), Parts: syncproto.PartSet{}.With(part)}})
	contents := r.unpack(reading.Delta.Page)
	for _, doc := range contents.Documents {
		if doc.Ref.Part() != part {
			t.Errorf("%v is of part %d", doc.Ref, doc.Ref.Part())
		}
	}
	if !slices.ContainsFunc(contents.Documents, func(d syncproto.Document) bool { return d.Ref == ticket.Ref(ids[3]) }) || !reading.Delta.Page.Last {
		t.Errorf("%d documents, last %v", len(contents.Documents), reading.Delta.Page.Last)
	}
	foreign := fromStore(w, r.desk, session.ReadDelta{From: w.Ledger.Head().Seq, Buckets: r.buckets,
		Page: &session.PageAsk{Bucket: syncproto.Bucket(w.Manager), Parts: syncproto.AllParts}, Parts: []syncproto.Bucket{syncproto.Bucket(w.Manager)}})
	if foreign.Delta.Page != nil || len(foreign.Parts) > 0 {
		t.Error("a page or the parts of a bucket that is not the desk's are read")
	}
}

// TestAHistoryTooLongForAPageComesInParts: the first of a bucket, where nothing is before it.
func TestAHistoryTooLongForAPageComesInParts(t *testing.T) {
	w := ledgertest.New(t)
	seat := w.Desk(w.Seat, "K7MQ")
	open := w.Open(w.ID(), w.East, "K7MQ-00001")
	seat.Give(syncproto.CommandOpen, open)
	seat.Give(syncproto.CommandDispatch, ticket.Dispatch{Ticket: open.ID, Unit: w.Department})
	for range 80 {
		seat.Give(syncproto.CommandNote, ticket.Note{Ticket: open.ID, Text: long("记")})
	}
	r := newReader(w, w.Desk(w.Liaison, "P3RT"))
	r.begin()
	ask := session.PageAsk{Bucket: syncproto.Bucket(w.Department), Parts: syncproto.AllParts}
	parts := 0
	for {
		page, after := r.page(ask)
		if after.Skip > 0 {
			parts++
			if _, there := r.docs[ticket.Ref(open.ID)]; there {
				t.Error("the document came before the last of its history")
			}
		}
		if ask.After = after; page.Last {
			break
		}
	}
	if parts == 0 || uint64(len(r.history[ticket.Ref(open.ID)])) != r.docs[ticket.Ref(open.ID)].Version {
		t.Errorf("%d parts, %d entries at version %d", parts, len(r.history[ticket.Ref(open.ID)]), r.docs[ticket.Ref(open.ID)].Version)
	}
}

// TestWhatIsSentOfALongHistoryIsOfThatDocument: it leaves the bucket amid its parts, and the document
// behind it comes with all of its own (invariant 5).
func TestWhatIsSentOfALongHistoryIsOfThatDocument(t *testing.T) {
	w := ledgertest.New(t)
	seat := w.Desk(w.Seat, "K7MQ")
	second := w.ID()
	w.Own(syncproto.CommandDefineUnit, organisation.DefineUnit{ID: second, Unit: organisation.Unit{Name: "质量部", Kind: organisation.Department}})
	long80, short := w.Open(w.ID(), w.East, "K7MQ-00001"), w.Open(w.ID(), w.East, "K7MQ-00002")
	for _, open := range []ticket.Open{long80, short} {
		seat.Give(syncproto.CommandOpen, open)
		seat.Give(syncproto.CommandDispatch, ticket.Dispatch{Ticket: open.ID, Unit: w.Department})
	}
	for range 80 {
		seat.Give(syncproto.CommandNote, ticket.Note{Ticket: long80.ID, Text: long("记")})
	}
	r := newReader(w, w.Desk(w.Liaison, "P3RT"))
	r.begin()
	for _, b := range r.buckets {
		for ask := (session.PageAsk{Bucket: b, Parts: syncproto.AllParts}); ; {
			page, after := r.page(ask)
			if ask.After = after; page.Last {
				break
			}
			if after.Skip > 0 {
				seat.Give(syncproto.CommandDispatch, ticket.Dispatch{Ticket: long80.ID, Unit: second})
			}
		}
	}
	r.catchUp()
	if _, there := r.docs[ticket.Ref(long80.ID)]; there {
		t.Error("what left the bucket is still here")
	}
	r.complete("behind what left amid its parts")
}

// TestMoreThanAPageHoldsComesInSeveral, without one too few at the seam.
func TestMoreThanAPageHoldsComesInSeveral(t *testing.T) {
	w := ledgertest.New(t)
	for n := range syncproto.MaxDeltaDocs + 20 {
		w.Own(syncproto.CommandDefineUnit, organisation.DefineUnit{ID: w.ID(), Unit: organisation.Unit{Name: fmt.Sprintf("%d区", n), Kind: organisation.Region}})
	}
	r := newReader(w, w.Desk(w.Liaison, "P3RT"))
	r.begin()
	for _, b := range r.buckets {
		for ask := (session.PageAsk{Bucket: b, Parts: syncproto.AllParts}); ; {
			page, after := r.page(ask)
			if ask.After = after; page.Last {
				break
			}
		}
	}
	r.complete("of many units")
	r.sums("of many units")
}

// TestWhatChangesWhileItIsFilledComesWhole: its page may never be asked for, if the line is cut
// now and all of its part came in this way (C2).
func TestWhatChangesWhileItIsFilledComesWhole(t *testing.T) {
	w := ledgertest.New(t)
	seat := w.Desk(w.Seat, "K7MQ")
	open := w.Open(w.ID(), w.East, "K7MQ-00001")
	seat.Give(syncproto.CommandOpen, open)
	r := newReader(w, w.Desk(w.Manager, "P3RT"))
	r.begin()
	seat.Give(syncproto.CommandNote, ticket.Note{Ticket: open.ID, Text: "其间"})
	r.apply(fromStore(w, r.desk, session.ReadDelta{From: r.cursor, Buckets: r.buckets, Whole: true}))
	if have, want := uint64(len(r.history[ticket.Ref(open.ID)])), r.docs[ticket.Ref(open.ID)].Version; have != want || want == 0 {
		t.Errorf("%d entries at version %d", have, want)
	}
}

// TestALossCutsNoHistory: a desk lost the bucket in which it had a ticket and gained another that
// has it. With the loss all that it has of the ticket goes; had half of a long history come
// beside the loss, it would have gone too (invariant 5).
func TestALossCutsNoHistory(t *testing.T) {
	w := ledgertest.New(t)
	seat := w.Desk(w.Seat, "K7MQ")
	open := w.Open(w.ID(), w.East, "K7MQ-00001")
	seat.Give(syncproto.CommandOpen, open)
	for range 80 {
		seat.Give(syncproto.CommandNote, ticket.Note{Ticket: open.ID, Text: long("记")})
	}
	r := newReader(w, w.Desk(w.Manager, "P3RT"))
	left := syncproto.Bucket(w.Department)
	for n, ask := 0, (session.ReadDelta{Buckets: r.buckets, Lost: []syncproto.Bucket{left}, Whole: true}); ; n++ {
		reading := fromStore(w, r.desk, ask)
		r.apply(reading)
		if n == 0 && (!slices.Equal(reading.Delta.Lost, []syncproto.Bucket{left}) || reading.Delta.Current) {
			t.Fatalf("the first delta loses %v, current %v; want %v and more to come", reading.Delta.Lost, reading.Delta.Current, left)
		}
		if n == 0 && len(r.history[ticket.Ref(open.ID)]) > 0 {
			t.Errorf("%d entries of its history came beside the loss, and the ticket did not", len(r.history[ticket.Ref(open.ID)]))
		}
		if ask.Place, ask.Lost = reading.Place, nil; reading.Delta.Current {
			break
		}
	}
	r.complete("after the loss")
}
