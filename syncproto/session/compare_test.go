package session

import (
	"slices"
	"testing"

	"redress/syncproto"
)

// other is a bucket that the desk gains.
var other = syncproto.Bucket(second)

// read is what a server answers that has one entry a delta, so that the window is felt, and
// two pages a bucket.
func (w *world) read(o ReadDelta) Read {
	answer := Read{Delta: &syncproto.Delta{Epoch: 1, From: o.From, Cursor: o.From + 1, Removed: []syncproto.Ref{{Kind: 1}}}}
	if len(o.Fresh) == len(o.Buckets) || o.From >= w.head { // nothing streams, or nothing is left
		answer.Delta = &syncproto.Delta{Epoch: 1, From: o.From, Cursor: w.head}
	}
	d := answer.Delta
	if d.Lost = o.Lost; d.Cursor < w.head {
		return answer
	}
	d.Filling = o.Fresh
	if o.Page != nil {
		w.pages = append(w.pages, *o.Page)
		d.Page = &syncproto.Page{Bucket: o.Page.Bucket, Parts: o.Page.Parts, Last: o.Page.After.Skip > 0}
		answer.After.Skip = 1
	}
	for _, b := range o.Parts {
		answer.Parts = append(answer.Parts, syncproto.Parts{Epoch: 1, Seq: w.head, Bucket: b})
	}
	if o.Sums {
		answer.Sums = []syncproto.BucketSum{}
		for _, b := range o.Buckets {
			answer.Sums = append(answer.Sums, syncproto.BucketSum{Bucket: b, Sum: syncproto.Sum{Count: full}})
		}
	}
	return answer
}

// take is what the desk does with a delta.
func (w *world) take(d *syncproto.Delta) {
	w.desk.Cursor = d.Cursor
	w.desk.Held = slices.DeleteFunc(slices.Clone(w.desk.Held), func(b syncproto.Bucket) bool { return slices.Contains(append(d.Lost, d.Filling...), b) })
	w.desk.Filling = append(slices.DeleteFunc(slices.Clone(w.desk.Filling), func(b syncproto.Bucket) bool { return slices.Contains(append(d.Lost, d.Filling...), b) }), d.Filling...)
	for _, b := range d.Lost {
		delete(w.holds, b)
	}
	if d.Page != nil && d.Page.Last {
		w.holds[d.Page.Bucket] = full
	}
}

// compare is a desk that has all of a bucket or asks for it.
func (w *world) compare(o Compare) (c Comparison) {
	if o.Parts != nil {
		c.Fetch = []syncproto.Fetch{{Bucket: o.Parts.Bucket, Parts: syncproto.PartSet{}.With(9), Heals: true}}
		return c
	}
	w.compared++
	for _, b := range o.Checkpoint.Buckets {
		filling := slices.Index(w.desk.Filling, b.Bucket)
		switch has := w.holds[b.Bucket]; {
		case w.fetchless:
		case has == b.Sum.Count && filling >= 0:
			w.desk.Filling = slices.Delete(w.desk.Filling, filling, filling+1)
			w.desk.Held = append(w.desk.Held, b.Bucket)
		case has == b.Sum.Count:
		case has == 0:
			c.Fetch = append(c.Fetch, syncproto.Fetch{Bucket: b.Bucket, Parts: syncproto.AllParts})
		default:
			c.Differs = append(c.Differs, b.Bucket)
		}
	}
	c.Filling = len(w.desk.Filling) > 0
	return c
}

// TestAFirstSyncComesInPages: nothing that lies before is streamed, and the desk is current
// only when all of it is there.
func TestAFirstSyncComesInPages(t *testing.T) {
	w := newWorld(t)
	w.head, w.buckets, w.desk.Held, w.holds = 40, []syncproto.Bucket{region, other}, nil, map[syncproto.Bucket]uint32{}
	w.connect()
	if len(w.pages) != 4 || w.desk.Cursor != 40 || len(w.desk.Held) != 2 || len(w.desk.Filling) != 0 {
		t.Errorf("%d pages, cursor %d, %d held, %d filling; want 4, 40, 2, 0", len(w.pages), w.desk.Cursor, len(w.desk.Held), len(w.desk.Filling))
	}
	if len(w.applied) != 5 || w.current != 1 {
		t.Errorf("%d deltas, %d times current; want 5 (one and four pages), once", len(w.applied), w.current)
	}
	if w.heals != 0 {
		t.Error("what is filled is taken for healed")
	}
}

// TestAGainedBucketIsFilled while the desk goes on from its cursor with the others (C1, C4).
func TestAGainedBucketIsFilled(t *testing.T) {
	w := newWorld(t)
	w.head, w.desk.Cursor, w.buckets = 12, 10, []syncproto.Bucket{region, other}
	w.connect()
	if !slices.Equal(w.welcome, []syncproto.Action{syncproto.ActionResume}) || w.applied[0] != 11 {
		t.Errorf("welcomes %v, first delta to %d; want to resume from 10", w.welcome, w.applied[0])
	}
	if len(w.pages) != 2 || w.pages[0].Bucket != other || !slices.Equal(w.desk.Held, w.buckets) {
		t.Errorf("pages %v, held %v; want two of the gained one, and both held", w.pages, w.desk.Held)
	}
}

// TestALineCutWhileFillingFillsOn: wherever it is cut, in the end all is held, and what was
// begun is still known as being filled.
func TestALineCutWhileFillingFillsOn(t *testing.T) {
	for cut := range 40 {
		w := newWorld(t)
		w.head, w.desk.Cursor, w.buckets = 12, 10, []syncproto.Bucket{region, other}
		w.client, w.server = NewClient(w.desk), NewServer(w.now)
		w.do(w.client.Step(w.reading(), Opened{}))
		for range cut {
			w.deliver()
		}
		begun := len(w.desk.Filling) > 0
		w.connect()
		if !slices.Equal(w.desk.Held, w.buckets) || w.desk.Cursor != w.head || len(w.desk.Filling) > 0 {
			t.Errorf("cut after %d frames, being filled %v: held %v, filling %v, cursor %d", cut, begun, w.desk.Held, w.desk.Filling, w.desk.Cursor)
		}
	}
}

// TestANewEpochComparesEveryBucket, whatever the cursor (C6).
func TestANewEpochComparesEveryBucket(t *testing.T) {
	for name, spoil := range map[string]func(*world){
		"another epoch":       func(w *world) { w.desk.Epoch = 0 },
		"ahead of the server": func(w *world) { w.desk.Cursor = 30 },
	} {
		t.Run(name, func(t *testing.T) {
			w := newWorld(t)
			w.head, w.desk.Cursor = 20, 10
			spoil(w)
			w.connect()
			if !slices.Contains(w.welcome, syncproto.ActionResync) || len(w.applied) != 1 || w.desk.Cursor != 20 {
				t.Errorf("welcomes %v, %d deltas to %d; want a resync that sends nothing again, to 20", w.welcome, len(w.applied), w.desk.Cursor)
			}
			if w.compared != 1 || !slices.Equal(w.desk.Held, w.buckets) || len(w.pages) > 0 {
				t.Errorf("compared %d times, held %v, %d pages; want once, all held, and nothing fetched that is the same", w.compared, w.desk.Held, len(w.pages))
			}
		})
	}
}

// TestWhatDiffersIsHealedByItsParts, and then compared again.
func TestWhatDiffersIsHealedByItsParts(t *testing.T) {
	w := newWorld(t)
	w.holds[region] = full - 1
	w.connect()
	if len(w.pages) != 2 || w.pages[0].Parts.Count() != 1 || w.heals != 1 || w.compared != 2 {
		t.Errorf("%d pages of %d parts, %d heals, compared %d times; want 2, 1, 1, 2", len(w.pages), w.pages[0].Parts.Count(), w.heals, w.compared)
	}
}

// TestItIsComparedEveryFiveMinutes, and at once when the line comes up.
func TestItIsComparedEveryFiveMinutes(t *testing.T) {
	w := newWorld(t)
	w.connect()
	for range 11 * 12 {
		w.now = w.now.Add(5 * syncproto.Second)
		w.do(w.client.Step(w.reading(), Elapsed{}))
		w.serve(w.server.Step(w.now, Elapsed{}))
		w.run()
	}
	if w.compared != 3 || w.ended != "" {
		t.Errorf("in eleven minutes it was compared %d times, want 3 (%q)", w.compared, w.ended)
	}
}

// TestAnOldDeskIsNotAsked to compare, nor heard when it does.
func TestAnOldDeskIsNotAsked(t *testing.T) {
	for version := syncproto.Oldest; version < syncproto.CheckpointVersion; version++ {
		w := newWorld(t)
		w.speaks = version
		w.head = 5
		w.connect()
		if w.compared != 0 || w.current == 0 || w.desk.Cursor != 5 {
			t.Errorf("version %d: compared %d times, current %d times, cursor %d", version, w.compared, w.current, w.desk.Cursor)
		}
		w.serve(w.server.Step(w.now, Heard{&syncproto.Fetch{Bucket: region, Parts: syncproto.AllParts}}))
		if w.serverEnd != syncproto.CodeOutOfOrder {
			t.Errorf("version %d: a fetch ends it with %q", version, w.serverEnd)
		}
	}
}

// TestNobodyIsToldOfABucketThatIsNotTheirs: neither what it holds nor a page of it.
func TestNobodyIsToldOfABucketThatIsNotTheirs(t *testing.T) {
	for name, c := range map[string]struct {
		token string
		frame syncproto.Frame
	}{
		"its parts":          {"good", &syncproto.Differs{Buckets: []syncproto.Bucket{region, other}}},
		"a page":             {"good", &syncproto.Fetch{Bucket: other, Parts: syncproto.AllParts}},
		"nothing":            {"good", &syncproto.Fetch{Bucket: region}},
		"without logging in": {"expired", &syncproto.Fetch{Bucket: region, Parts: syncproto.AllParts}},
	} {
		t.Run(name, func(t *testing.T) {
			w := newWorld(t)
			w.desk.Token = c.token
			w.connect()
			pages := len(w.pages)
			w.serve(w.server.Step(w.now, Heard{c.frame}))
			if w.serverEnd != syncproto.CodeOutOfOrder || len(w.pages) > pages {
				t.Errorf("ended with %q, %d pages read; want %q and none", w.serverEnd, len(w.pages)-pages, syncproto.CodeOutOfOrder)
			}
		})
	}
}

// TestTheOperatorHearsOfADeskThatStopped healing.
func TestTheOperatorHearsOfADeskThatStopped(t *testing.T) {
	w := newWorld(t)
	w.connect()
	w.serve(w.server.Step(w.now, Heard{&syncproto.Differs{Buckets: []syncproto.Bucket{region}, Stopped: true}}))
	w.run()
	if !slices.Equal(w.stopped, []syncproto.Bucket{region}) || len(w.pages) > 0 || w.serverEnd != "" {
		t.Errorf("told of %v, %d pages, ended %q", w.stopped, len(w.pages), w.serverEnd)
	}
}

// TestABucketThatIsLostWhileItIsFilledGoes with the first delta.
func TestABucketThatIsLostWhileItIsFilledGoes(t *testing.T) {
	w := newWorld(t)
	w.head, w.desk.Cursor, w.desk.Filling = 10, 10, []syncproto.Bucket{other}
	w.connect()
	if len(w.desk.Filling) > 0 || !slices.Equal(w.desk.Held, w.buckets) {
		t.Errorf("held %v, filling %v; want %v and none", w.desk.Held, w.desk.Filling, w.buckets)
	}
}
