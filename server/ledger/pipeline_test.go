package ledger_test

import (
	"errors"
	"fmt"
	"slices"
	"testing"

	"redress/server/ledger"
	"redress/server/ledger/ledgertest"
	"redress/server/store"
	"redress/syncproto"
	"redress/syncproto/decision"
	"redress/syncproto/reference"
	"redress/syncproto/rules"
)

// pipeline is a ledger whose batches come to the disk only when a test lets them.
type pipeline struct {
	*ledgertest.World
	let     chan error        // what becomes of the batch that is being written
	decided chan syncproto.ID // commands as the rules are asked about them
}

func pipelineOf(t *testing.T, w *ledgertest.World) *pipeline {
	t.Helper()
	p := &pipeline{World: w, let: make(chan error), decided: make(chan syncproto.ID, 100)}
	f := overFailing(t, w)
	f.fail = func(store.Batch) error { return <-p.let }
	w.Ledger.SetRule(func(in decision.Input, ref reference.Reference) decision.Outcome {
		p.decided <- in.Intent.ID
		return rules.Decide(in, ref)
	})
	return p
}

// begin has commands decided together, and returns when they are, whatever is being
// written. The channel gets what Commit would have returned.
func (p *pipeline) begin(submissions ...ledger.Submission) <-chan ledger.Answer {
	p.T.Helper()
	answer := make(chan ledger.Answer, 1)
	now := p.Now
	go func() {
		results, err := p.Ledger.Commit(p.T.Context(), now, submissions)
		answer <- ledger.Answer{Results: results, Err: err}
	}()
	last := idOf(p.World, submissions[len(submissions)-1].Command)
	for id := range p.decided {
		if id == last {
			return answer
		}
	}
	return nil
}

// end lets batches come to their ends, one after the other, and returns the answer that
// comes after them and not before.
func (p *pipeline) end(answer <-chan ledger.Answer, ends ...error) ledger.Answer {
	p.T.Helper()
	for _, err := range ends {
		select {
		case p.let <- err:
		case a := <-answer:
			p.T.Errorf("answered before it was on the disk: %+v", a)
			return a
		}
	}
	return <-answer
}

func (p *pipeline) expectNoAnswer(answer <-chan ledger.Answer) {
	p.T.Helper()
	select {
	case a := <-answer:
		p.T.Errorf("answered before it was on the disk: %+v", a)
	default:
	}
}

func outcomes(a ledger.Answer) (list []string) {
	for _, r := range a.Results {
		switch {
		case r.Problem != nil:
			list = append(list, string(r.Problem.Code))
		case r.Verdict.Outcome == syncproto.Accepted:
			list = append(list, "accepted")
		default:
			list = append(list, fmt.Sprintf("%v %s", r.Verdict.Outcome, r.Verdict.Findings[0].Code))
		}
	}
	return list
}

func (p *pipeline) expect(a ledger.Answer, want ...string) {
	p.T.Helper()
	if got := outcomes(a); a.Err != nil || !slices.Equal(got, want) {
		p.T.Errorf("they were %q, %v; want %q", got, a.Err, want)
	}
}

// TestABatchIsDecidedOnTopOfTheOneThatIsBeingWritten: it sees that one's documents, lines,
// verdicts and parked commands, and gives no answer before it.
func TestABatchIsDecidedOnTopOfTheOneThatIsBeingWritten(t *testing.T) {
	w, d, elsewhere := opened(t)
	other := w.Desk(w.Seat, "P3RT")
	p := pipelineOf(t, w)
	here, later := w.ID(), w.ID()
	opens, waits := d.Make(syncproto.CommandOpen, w.Open(here, w.East, "K7MQ-00002")), other.Make(syncproto.CommandNote, note(later, "等待"))
	first := p.begin(d.Submission(opens), other.Submission(waits))

	document := d.Make(syncproto.CommandNote, note(here, "一"))
	entry := d.Make(syncproto.CommandOpen, w.Open(later, w.East, "K7MQ-00003"))
	last := d.Make(syncproto.CommandNote, note(elsewhere, "二"))
	second := p.begin(d.Submission(opens), d.Submission(document), d.Submission(entry), d.Submission(last))
	p.expectNoAnswer(first)
	before := p.end(first, nil)
	p.expect(before, "accepted", "parked waits-for")
	p.expectNoAnswer(second)
	after := p.end(second, nil)
	p.expect(after, "accepted", "accepted", "accepted", "accepted")
	if !equal(after.Results[0].Verdict, before.Results[0].Verdict) {
		t.Errorf("the opening was decided twice: %+v, %+v", before.Results[0], after.Results[0])
	}
	if got := outcome(w, waits); got != syncproto.Accepted {
		t.Errorf("what waited is %v", got)
	}
	w.Verify()
}

// TestWhatWasDecidedOnTopOfALostBatchIsDecidedAnew: as if the lost one had never come.
func TestWhatWasDecidedOnTopOfALostBatchIsDecidedAnew(t *testing.T) {
	for name, test := range map[string]struct {
		lost     error
		oneByOne bool
	}{
		"no room": {lost: store.ErrFull},
		// What is to blame is found one by one, after what was decided meanwhile.
		"a row that cannot be written": {lost: errors.New("bad"), oneByOne: true},
	} {
		t.Run(name, func(t *testing.T) {
			w, d, elsewhere := opened(t)
			other := w.Desk(w.Seat, "P3RT")
			p := pipelineOf(t, w)
			here := w.ID()
			opens, more := d.Make(syncproto.CommandOpen, w.Open(here, w.East, "K7MQ-00002")), d.Make(syncproto.CommandNote, note(here, "一"))
			first := p.begin(d.Submission(opens), d.Submission(more))
			next, onIt, well := d.Make(syncproto.CommandNote, note(elsewhere, "二")), other.Make(syncproto.CommandNote, note(here, "三")), other.Make(syncproto.CommandNote, note(elsewhere, "四"))
			second := p.begin(d.Submission(next), other.Submission(onIt), other.Submission(well))
			p.expect(p.end(second, test.lost, nil), string(syncproto.CodeOutOfOrder), "parked waits-for", "accepted")
			if test.oneByOne {
				p.expect(p.end(first, nil, nil), "accepted", "accepted")
			} else {
				if a := p.end(first); !errors.Is(a.Err, test.lost) {
					t.Errorf("the lost batch: %+v, want %v", a, test.lost)
				}
				p.expect(p.end(p.begin(d.Submission(opens), d.Submission(more)), nil), "accepted", "accepted")
			}
			if got := outcome(w, onIt); got != syncproto.Accepted {
				t.Errorf("what waited for the opening is %v", got)
			}
			p.expect(p.end(p.begin(d.Submission(next)), nil), "accepted")
			w.Verify()
		})
	}
}

// TestNothingIsWrittenAfterAnUncertainCommit, also not what was decided before it failed.
func TestNothingIsWrittenAfterAnUncertainCommit(t *testing.T) {
	w, d, id := opened(t)
	p := pipelineOf(t, w)
	first := p.begin(d.Submission(d.Make(syncproto.CommandNote, note(id, "一"))))
	second := p.begin(d.Submission(d.Make(syncproto.CommandNote, note(id, "二"))))
	head := w.Ledger.Head()
	for n, a := range []ledger.Answer{p.end(first, store.ErrUncertain), p.end(second)} {
		if !errors.Is(a.Err, store.ErrUncertain) {
			t.Errorf("%d: %+v", n, a)
		}
	}
	w.Restart()
	if w.Ledger.Head() != head {
		t.Errorf("the log went on from %v to %v", head, w.Ledger.Head())
	}
}
