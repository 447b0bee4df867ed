package ledger_test

import (
	"context"
	"errors"
	"fmt"
	"testing"

	"github.com/rs/zerolog"

	"redress/server/ledger"
	"redress/server/store"
	"redress/syncproto"
)

// blind is a store that can be read so many times more.
type blind struct {
	failing
	views int
}

func (b *blind) View(ctx context.Context, read func(*store.View) error) error {
	if b.views--; b.views < 0 {
		return fmt.Errorf("reading: %w", store.ErrBusy)
	}
	return b.failing.View(ctx, read)
}

// TestWhatStoppedTheLedgerDoesNotPass (promise 2): also where it began with a file that was
// held. The loop ends, and with it the server: nobody is told to come back to it.
func TestWhatStoppedTheLedgerDoesNotPass(t *testing.T) {
	busy := fmt.Errorf("writing: %w", store.ErrBusy)
	for name, test := range map[string]struct {
		fail  error
		views int
		first error // what the first command gets
	}{
		"a held file, and what was written could not be taken back": {fmt.Errorf("%w: %w", store.ErrUncertain, busy), 1, store.ErrUncertain},
		"a held file, and what was parked cannot be read again":     {busy, 1, store.ErrBusy},
		"a file that cannot be read at all":                         {nil, 0, nil},
	} {
		t.Run(name, func(t *testing.T) {
			w, d, id := opened(t)
			s := &blind{failing: failing{Store: w.Store, fail: func(store.Batch) error { return test.fail }}, views: 1}
			l, err := ledger.Open(t.Context(), s, w.ID, zerolog.Nop())
			must(t, err)
			s.views = test.views
			submissions := []ledger.Submission{d.Submission(d.Make(syncproto.CommandNote, note(id, "一")))}
			if _, err := l.Commit(t.Context(), w.Now, submissions); err == nil || test.first != nil && !errors.Is(err, test.first) {
				t.Errorf("the first: %v, want %v", err, test.first)
			}
			ended := make(chan error, 1)
			go func() { ended <- l.Run(t.Context(), func() syncproto.Instant { return w.Now }) }()
			for range 1000 { // the loop's first may find it out, and what comes later is answered until its end is seen
				answer, err := l.Submit(t.Context(), submissions)
				must(t, err)
				select {
				case a := <-answer:
					if a.Err == nil {
						t.Errorf("afterwards: %+v", a)
					}
				case err = <-ended:
					if err == nil || store.Passing(err) {
						t.Errorf("the loop ended with %v", err)
					}
					return
				}
			}
			t.Error("the loop goes on")
		})
	}
}
