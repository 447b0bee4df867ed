package ledger_test

import (
	"context"
	"errors"
	"slices"
	"testing"

	"redress/server/ledger"
	"redress/server/store"
	"redress/syncproto"
)

// TestTheLoopAnswersAllItTook: the batch that is being written and the one that is decided on
// top of it, also where the loop is to end meanwhile, or the first of them is the last ever.
// When it has ended nobody waits any more, and a session has its answers in their order.
func TestTheLoopAnswersAllItTook(t *testing.T) {
	for name, test := range map[string]struct {
		ends  []error // of what comes to the disk
		first error
		then  error
		over  error
	}{
		"both are written":           {ends: []error{nil, nil}},
		"the first finds no room":    {ends: []error{store.ErrFull}, first: store.ErrFull},
		"the second finds no room":   {ends: []error{nil, store.ErrFull}, then: store.ErrFull},
		"nobody knows of the first":  {ends: []error{store.ErrUncertain}, first: store.ErrUncertain, then: store.ErrUncertain, over: store.ErrUncertain},
		"nobody knows of the second": {ends: []error{nil, store.ErrUncertain}, then: store.ErrUncertain, over: store.ErrUncertain},
	} {
		t.Run(name, func(t *testing.T) {
			w, d, id := opened(t)
			p := pipelineOf(t, w)
			ctx, stop := context.WithCancel(t.Context())
			ended := make(chan error, 1)
			go func() { ended <- w.Ledger.Run(ctx, func() syncproto.Instant { return w.Now }) }()
			var answers []<-chan ledger.Answer
			for _, text := range []string{"一", "二"} {
				e := d.Make(syncproto.CommandNote, note(id, text))
				answer, err := w.Ledger.Submit(ctx, []ledger.Submission{d.Submission(e)})
				must(t, err)
				for answers = append(answers, answer); <-p.decided != idOf(w, e); {
				}
			}
			stop()
			for _, end := range test.ends {
				select {
				case p.let <- end:
				case err := <-ended:
					t.Fatalf("the loop ended with %v before what it had taken was written", err)
				}
			}
			if err := <-ended; !errors.Is(err, test.over) || (err == nil) != (test.over == nil) {
				t.Errorf("the loop ended with %v, want %v", err, test.over)
			}
			for n, want := range []error{test.first, test.then} {
				select {
				case a := <-answers[n]:
					if !errors.Is(a.Err, want) || (a.Err == nil) != (want == nil) || a.Err == nil && len(a.Results) != 1 {
						t.Errorf("answer %d: %+v, want %v", n, a, want)
					}
				default:
					t.Errorf("the loop has ended, and there is no answer %d", n)
				}
			}
		})
	}
}

// TestABatchOfSeveralSessions: who signed a command was found out before the loop took it, and
// each session's answer is its own: what one adds to it is not in another's.
func TestABatchOfSeveralSessions(t *testing.T) {
	w, d, id := opened(t)
	forged := d.Make(syncproto.CommandNote, note(id, "伪造"))
	forged.Signature = slices.Clone(forged.Signature)
	forged.Signature[0] ^= 1
	ctx, stop := context.WithCancel(t.Context())
	defer stop()
	var answers []<-chan ledger.Answer
	for _, e := range []syncproto.Envelope{forged, d.Make(syncproto.CommandNote, note(id, "一")), d.Make(syncproto.CommandNote, note(id, "二"))} {
		answer, err := w.Ledger.Submit(ctx, []ledger.Submission{d.Submission(e)})
		must(t, err)
		answers = append(answers, answer)
	}
	ended := make(chan error, 1)
	go func() { ended <- w.Ledger.Run(ctx, func() syncproto.Instant { return w.Now }) }() // finds all three waiting
	first, second, third := <-answers[0], <-answers[1], <-answers[2]
	if _ = append(first.Results, third.Results...); second.Results[0].Verdict.Seq+1 != third.Results[0].Verdict.Seq {
		t.Errorf("what was added to the first answer is in the second: %+v", second)
	}
	if v := first.Results[0].Verdict; v.Outcome != syncproto.Rejected || v.Findings[0].Code != syncproto.CodeUnsigned {
		t.Errorf("a forged command was %v: %v", v.Outcome, v.Findings)
	}
	for _, a := range []ledger.Answer{second, third} {
		if a.Results[0].Verdict.Outcome != syncproto.Accepted {
			t.Errorf("a signed command got %+v", a)
		}
	}
	stop()
	must(t, <-ended)
}
