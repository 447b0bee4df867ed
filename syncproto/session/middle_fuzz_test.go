package session

import (
	"slices"
	"testing"

	"redress/syncproto"
)

// meddle is what a hostile middle does next: it carries, drops, doubles, holds back and cuts,
// while people work and time passes at both ends.
func (w *world) meddle(p *tape) {
	queue := &w.toSrv
	if p.under(2) == 1 {
		queue = &w.toDesk
	}
	switch p.under(12) {
	case 0, 1:
		w.deliverFrom(queue)
	case 2:
		w.deliver()
	case 3: // dropped
		if len(*queue) > 0 {
			*queue = (*queue)[1:]
		}
	case 4: // doubled
		if len(*queue) > 0 {
			*queue = slices.Insert(*queue, p.under(len(*queue)+1), (*queue)[0])
		}
	case 5: // held back behind the others
		if len(*queue) > 1 {
			*queue = append((*queue)[1:], (*queue)[0])
		}
	case 6:
		w.open()
	case 7:
		w.tap(p.under(40))
		w.do(w.client.Step(w.reading(), Grew{w.desk.Counter}))
		w.head += uint64(p.under(4)) // and others work, too
		w.serve(w.server.Step(w.now, Advanced{w.head}))
	case 8:
		w.now = w.now.Add(syncproto.Span(p.under(80)) * syncproto.Second)
		w.do(w.client.Step(w.reading(), Elapsed{}))
		w.serve(w.server.Step(w.now, Elapsed{}))
	case 9: // the person gains a bucket or loses one
		w.buckets = [][]syncproto.Bucket{{region}, {region, other}, {other}}[p.under(3)]
		w.serve(w.server.Step(w.now, Closing{Code: syncproto.CodeScopeChanged}))
	case 10: // a row of the desk's is damaged
		w.holds[region] = min(w.holds[region], full-1)
	case 11:
		w.do(w.client.Step(w.reading(), Probe{}))
	}
}

// open begins anew on another line: what was under way on the last one is lost.
func (w *world) open() {
	w.client, w.server = NewClient(w.desk), NewServer(w.now)
	w.toDesk, w.toSrv = nil, nil
	w.do(w.client.Step(w.reading(), Opened{}))
}

// deliverFrom carries one message of a direction.
func (w *world) deliverFrom(queue *[]syncproto.Frame) {
	if len(*queue) == 0 {
		return
	}
	f := (*queue)[0]
	*queue = (*queue)[1:]
	if queue == &w.toSrv {
		w.serve(w.server.Step(w.now, Heard{f}))
	} else {
		w.do(w.client.Step(w.reading(), Heard{f}))
	}
}

// FuzzMiddle: whatever somebody between desk and server does with their messages, no command is
// taken twice or out of its order, the desk's cursor never goes back but for a resync, and with
// a good line everything is there, of all that is the person's and of nothing else (invariants 1, 5,
// 8, 16, 21).
func FuzzMiddle(f *testing.F) {
	for _, data := range [][]byte{
		{}, {0, 7, 30, 0, 0, 2, 0, 2, 0, 2, 0, 2, 0, 2}, {0, 7, 39, 3, 0, 2, 0, 2, 0, 2, 0, 2, 0, 6, 0, 2, 0, 2},
		{0, 4, 0, 0, 0, 0, 0}, {0, 2, 0, 2, 0, 2, 0, 2, 0, 7, 9, 0, 0, 4, 0, 0, 0, 0, 0},
		{0, 2, 0, 2, 0, 2, 0, 2, 0, 7, 9, 0, 0, 3, 0, 7, 5, 0, 0, 0}, {0, 2, 0, 2, 0, 2, 0, 2, 0, 7, 9, 3, 0, 2, 1, 5, 1, 0, 1, 0},
		{0, 2, 0, 2, 0, 2, 0, 2, 0, 7, 9, 3, 0, 2, 1, 3, 1, 0, 0, 8, 11, 1, 0, 0, 6, 0, 2},
		{0, 9, 1, 0, 6, 0, 2, 0, 2, 0, 2, 0, 2, 0, 2, 0, 2, 1, 5, 0, 2, 0, 2, 0, 2, 0, 2, 1, 3, 0, 2}, // a bucket is gained, and its pages are meddled with
		{0, 10, 0, 6, 0, 2, 0, 2, 0, 2, 0, 2, 0, 2, 0, 2, 0, 2, 0, 4, 0, 0, 2, 0, 11, 0, 2, 0, 9, 2, 0, 6, 0, 2, 0, 9, 0},
	} {
		f.Add(data)
	}
	f.Fuzz(func(t *testing.T, data []byte) {
		w := newWorld(t)
		w.open()
		for p := record(data); !p.Ended() && len(w.outbox) < 600; {
			cursor, resyncs := w.desk.Cursor, count(w.welcome, syncproto.ActionResync)
			w.meddle(p)
			if w.desk.Cursor < cursor && count(w.welcome, syncproto.ActionResync) == resyncs {
				t.Fatalf("the cursor went back from %d to %d", cursor, w.desk.Cursor)
			}
		}
		w.connect()
		if len(w.taken) != len(w.outbox) || w.desk.Cursor != w.head {
			t.Fatalf("with a good line %d of %d commands are taken, and the cursor is %d of %d", len(w.taken), len(w.outbox), w.desk.Cursor, w.head)
		}
		for _, b := range []syncproto.Bucket{region, other} {
			if mine := slices.Contains(w.buckets, b); slices.Contains(w.desk.Held, b) != mine || mine && w.holds[b] != full || len(w.desk.Filling) > 0 {
				t.Fatalf("of %v it holds %v, fills %v, and has %v", w.buckets, w.desk.Held, w.desk.Filling, w.holds)
			}
		}
		for n, e := range w.taken {
			if e.CommandHash() != w.outbox[n].CommandHash() {
				t.Fatalf("command %d is another", n+1)
			}
		}
	})
}

func count(all []syncproto.Action, one syncproto.Action) (n int) {
	for _, a := range all {
		if a == one {
			n++
		}
	}
	return n
}
