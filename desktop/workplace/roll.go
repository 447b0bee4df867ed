package workplace

import (
	"context"
	"errors"
	"sync"

	"redress/desktop/present"
	"redress/syncproto"
)

// roll is the server's last word on all desks, and the question under way, if there is one.
type roll struct {
	mu     sync.Mutex
	shown  present.Roll
	cancel context.CancelFunc // nil where nothing is asked
	asked  int                // which question is the last
}

// Roll is what the server last said of all desks. It never waits.
func (w *Workplace) Roll() present.Roll {
	w.roll.mu.Lock()
	defer w.roll.mu.Unlock()
	return w.roll.shown
}

// CallRoll asks the server about all desks, beside everything else; whoever watches is told
// when the answer is there, or why there is none. While it asks it does not ask again. It
// never waits.
func (w *Workplace) CallRoll() {
	r := &w.roll
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.cancel != nil {
		return
	}
	ctx, cancel := context.WithCancel(w.life)
	r.asked++
	n := r.asked
	if w.start(func() { w.hearRoll(ctx, cancel, n) }) {
		r.cancel, r.shown.Asking, r.shown.Asked = cancel, true, w.Replica.Estimate(w.Read())
	} else {
		cancel()
	}
}

// hearRoll asks, and keeps the answer unless nobody wants it any more.
func (w *Workplace) hearRoll(ctx context.Context, cancel context.CancelFunc, n int) {
	defer cancel()
	answer, err := w.client.Desks(ctx)
	r := &w.roll
	r.mu.Lock()
	wanted := r.asked == n && r.cancel != nil
	if wanted {
		r.cancel, r.shown.Asking, r.shown.Trouble = nil, false, ""
		if err == nil {
			r.shown.Answer = answer
		} else {
			r.shown.Trouble = codeOf(err)
			w.world.Log.Warn().Err(err).Msg("the desks are not known")
		}
	}
	r.mu.Unlock()
	if wanted {
		w.tell()
	}
}

// EndRoll gives up the question under way; what was answered before stays.
func (w *Workplace) EndRoll() {
	w.roll.mu.Lock()
	defer w.roll.mu.Unlock()
	if w.roll.cancel != nil {
		w.roll.cancel()
		w.roll.cancel, w.roll.shown.Asking = nil, false
		w.roll.shown.Asked = 0 // it was not answered: ask again when somebody looks
	}
}

// forgetRoll gives the question up and forgets what was answered: somebody else may log in.
func (w *Workplace) forgetRoll() {
	w.EndRoll()
	w.roll.mu.Lock()
	defer w.roll.mu.Unlock()
	w.roll.shown = present.Roll{}
}

func codeOf(err error) syncproto.Code {
	var problem *syncproto.Problem
	if errors.As(err, &problem) {
		return problem.Code
	}
	return syncproto.CodeInternal
}
