package ledger_test

import (
	"redress/server/ledger"
	"redress/server/store"
	"redress/syncproto"
)

// settled is a batch with its answer.
type settled struct {
	*flight
	ledger.Answer
}

// take notes the answers: each only of what is on the disk, and never two for one command,
// but for what was parked.
func (r *inFlight) take(f *settled) {
	r.T.Helper()
	if f.Err != nil {
		if !store.Passing(f.Err) {
			r.T.Fatal(f.Err)
		}
		for _, s := range r.senders {
			s.rewind()
		}
		return
	}
	for i, result := range f.Results {
		if result.Verdict.Seq > r.store.durable.Load() {
			r.T.Errorf("a verdict of entry %d, and on the disk are %d", result.Verdict.Seq, r.store.durable.Load())
		}
		if f.senders[i] != nil {
			r.note(f.senders[i], f.places[i], result, f.known[i], f.first())
		}
	}
}

// note notes the answer to one command, of which known was known before its batch was begun,
// whose first entry is first. What has its answer fits its line whatever was lost. What is
// tried one by one may be decided after a batch that was begun later: then that one still
// found parked what is decided by now.
func (r *inFlight) note(s *sender, place int, result ledger.Result, known sent, first uint64) {
	r.T.Helper()
	c, sure := s.line[place], r.last || known.answered
	if p := result.Problem; p != nil {
		r.seen[string(p.Code)]++
		s.rewind()
		switch {
		case p.Code == syncproto.CodeInternal && c.poisonous:
			c.cured = true
		case p.Code != syncproto.CodeOutOfOrder || sure:
			r.T.Errorf("command %d: %v", place, p)
		}
		return
	}
	v := result.Verdict
	earlier := !equal(known.verdict, c.verdict) && first < c.verdict.Seq
	if c.answered && c.verdict.Outcome != syncproto.Parked && v.Outcome == syncproto.Parked && earlier {
		return
	}
	if was := c.verdict; c.answered && !equal(was, v) && (was.Outcome != syncproto.Parked || v.Outcome == syncproto.Parked) {
		r.T.Errorf("command %d was %+v and is %+v", place, was, v)
	}
	if v.Hash != c.Command.CommandHash() {
		r.T.Errorf("command %d got another's answer: %+v", place, v)
	}
	c.answered, c.verdict = true, v
	r.seen[v.Outcome.String()]++
}

// first is the first entry that the batch made, or found made by what was not on the disk
// when it was begun; 0 where there is none.
func (f *settled) first() (first uint64) {
	for _, r := range f.Results {
		if seq := r.Verdict.Seq; seq > f.head && (first == 0 || seq < first) {
			first = seq
		}
	}
	return first
}
