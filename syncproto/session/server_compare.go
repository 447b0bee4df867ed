package session

import (
	"slices"

	"redress/syncproto"
)

// PageAsk asks for a page of a bucket, from a place on.
type PageAsk struct {
	Bucket syncproto.Bucket
	Parts  syncproto.PartSet
	After  PagePlace
}

// PagePlace is how far the pages of a bucket have come: all documents up to Ref were sent, and
// of the history of Of, where a page could not hold it all, what goes up to the version Skip. It is
// the next one, unless it has left the bucket meanwhile, or another has come before it.
type PagePlace struct {
	Ref  syncproto.Ref
	Of   syncproto.Ref
	Skip uint64
}

// comparing is what the server owes a desk that compares (syncproto.Checkpoint). It keeps no
// list of what a desk has: the desk asks for what it lacks.
type comparing struct {
	fresh     []syncproto.Bucket // gained: they come from the next delta at the head on
	fetches   []PageAsk          // in the order they were asked for, one a bucket
	parts     []syncproto.Bucket // whose parts were asked for
	check     bool               // a checkpoint is due
	checkedAt syncproto.Instant
	filling   bool // some of the desk's buckets are not complete
}

// compares says that the session is of a version that compares.
func (s *Server) compares() bool { return s.version >= syncproto.CheckpointVersion }

// resume says how a desk that compares goes on: from its cursor, with the buckets it holds or
// fills. Those it gained come with the first delta at the head. In a new epoch, and where the
// desk has nothing yet, all are as if gained: nothing that lies before is sent, all is compared.
func (s *Server) resume() syncproto.Action {
	known := slices.Concat(s.hello.Held, s.hello.Filling)
	for _, b := range known {
		if !slices.Contains(s.who.Buckets, b) {
			s.lost = append(s.lost, b)
		}
	}
	s.check, s.filling = true, len(s.hello.Filling) > 0
	anew := s.hello.Epoch != s.who.Epoch || s.hello.Cursor > s.head
	if anew || s.hello.Cursor == 0 {
		s.fresh = slices.Clone(s.who.Buckets)
	} else {
		s.fresh = slices.DeleteFunc(slices.Clone(s.who.Buckets), func(b syncproto.Bucket) bool { return slices.Contains(known, b) })
	}
	if anew {
		return syncproto.ActionResync
	}
	s.cursor, s.told, s.applied = s.hello.Cursor, s.hello.Cursor, s.hello.Cursor
	return syncproto.ActionResume
}

// owes says that the desk waits for more than the log.
func (s *Server) owes() bool {
	return len(s.fresh) > 0 || len(s.fetches) > 0 || len(s.parts) > 0 || s.check
}

// ask adds to a reading what the desk waits for: pages before sums, so that a checkpoint comes
// when they are done.
func (s *Server) ask(read ReadDelta) ReadDelta {
	read.Fresh, read.Whole = s.fresh, s.filling
	switch {
	case len(s.fetches) > 0:
		page := s.fetches[0]
		read.Page = &page
	default:
		read.Parts, read.Sums = s.parts, s.check
	}
	return read
}

// answered notes what a reading answered, and says what to send after its delta.
func (s *Server) answered(now syncproto.Instant, in Read) (after []ServerOutput) {
	d := in.Delta
	if len(d.Filling) > 0 {
		s.fresh, s.filling = nil, true
	}
	if d.Page != nil && len(s.fetches) > 0 {
		if s.fetches[0].After = in.After; d.Page.Last {
			s.fetches = s.fetches[1:]
		}
		s.check = s.check || len(s.fetches) == 0
	}
	for _, p := range in.Parts {
		after = append(after, Send{&p})
		s.parts = slices.DeleteFunc(s.parts, func(b syncproto.Bucket) bool { return b == p.Bucket })
	}
	if in.Sums != nil {
		s.check, s.checkedAt = false, now
		after = append(after, Send{&syncproto.Checkpoint{Epoch: d.Epoch, Seq: d.Cursor, Time: now, Buckets: in.Sums}})
	}
	return after
}

// differs takes in which buckets differ.
func (s *Server) differs(f *syncproto.Differs) []ServerOutput {
	if !s.mayAsk(f.Buckets...) {
		return s.end(syncproto.CodeOutOfOrder, "it compares a bucket that is not the desk's", 0)
	}
	if f.Complete {
		s.filling = false
	}
	if f.Stopped {
		return []ServerOutput{Stopped{f.Buckets}}
	}
	for _, b := range f.Buckets {
		if !slices.Contains(s.parts, b) {
			s.parts = append(slices.Clip(s.parts), b)
		}
	}
	return s.read()
}

// fetch takes in which parts of a bucket are to be sent. What is asked for again begins anew.
func (s *Server) fetch(f *syncproto.Fetch) []ServerOutput {
	if !s.mayAsk(f.Bucket) || f.Parts.IsZero() {
		return s.end(syncproto.CodeOutOfOrder, "it fetches from a bucket that is not the desk's, or nothing", 0)
	}
	ask := PageAsk{Bucket: f.Bucket, Parts: f.Parts}
	s.fetches = append(slices.DeleteFunc(slices.Clone(s.fetches), func(before PageAsk) bool {
		if before.Bucket == f.Bucket {
			ask.Parts = before.Parts.Or(ask.Parts)
		}
		return before.Bucket == f.Bucket
	}), ask)
	var out []ServerOutput
	if f.Heals {
		out = append(out, Heals{f.Bucket, f.Parts.Count()})
	}
	return append(out, s.read()...)
}

// mayAsk says that the desk may be told of these buckets: they are its person's, and the
// session is one that compares.
func (s *Server) mayAsk(buckets ...syncproto.Bucket) bool {
	return s.compares() && !s.handIn && !slices.ContainsFunc(buckets, func(b syncproto.Bucket) bool { return !slices.Contains(s.who.Buckets, b) })
}
