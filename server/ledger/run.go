package ledger

import (
	"context"
	"sync"

	"redress/server/store"
	"redress/syncproto"
)

// maxWaiting is how many sessions may wait for the ledger at once; more wait for those.
const maxWaiting = 1024

// waiting is what one session submitted together.
type waiting struct {
	submissions []Submission
	answer      chan Answer
}

// Waiting is how many submissions wait to be decided.
func (l *Ledger) Waiting() int { return len(l.queue) }

// MadeRoom says that there is room on the disk again: until a batch finds none it is not Full.
func (l *Ledger) MadeRoom() { l.full.Store(false) }

// LookAgain finds out whether another program that held the database does no longer: a server that nobody
// sends anything to goes on too.
func (l *Ledger) LookAgain(ctx context.Context) (freed bool) {
	if !l.Held() {
		return false
	}
	l.writing.Lock()
	defer l.writing.Unlock()
	return l.store.Free(ctx) == nil && l.held.CompareAndSwap(true, false)
}

// Answer is what became of commands that were submitted together: a Result for each, or
// why nothing is on the disk.
type Answer struct {
	Results []Result
	Err     error
}

// Submit gives commands of one session, at most syncproto.MaxInFlight, to the running
// loop, after those the caller submitted before. The channel gets one Answer, and none
// where the loop has ended.
//
// Whether they are signed is found out here, by the caller, which leaves less to the loop.
func (l *Ledger) Submit(ctx context.Context, submissions []Submission) (<-chan Answer, error) {
	people := l.Reference()
	for i, s := range submissions {
		if key, _, problem := l.signer(s, people); problem == nil && s.Source != FromServer {
			submissions[i].read = s.by(key)
		}
	}
	w := waiting{submissions: submissions, answer: make(chan Answer, 1)}
	select {
	case l.queue <- w:
		return w.answer, nil
	case <-ctx.Done():
		return nil, ctx.Err()
	}
}

// Run takes whatever waits, at most syncproto.MaxBatch commands of several sessions, and
// commits it, until ctx is done or the ledger has to stop. There is no timer: what comes
// while a batch is decided or waits to be written is the next batch.
//
// Commands that were taken are committed also while ctx ends, so that nobody waits in vain.
func (l *Ledger) Run(ctx context.Context, clock func() syncproto.Instant) error {
	var answering sync.WaitGroup
	stopped := make(chan error, 1)
	for {
		select {
		case <-ctx.Done():
			answering.Wait()
			select {
			case err := <-stopped:
				return err
			default:
				return nil
			}
		case err := <-stopped:
			answering.Wait()
			return err
		case first := <-l.queue:
			batch := l.gather(first)
			// It is decided while the one before it is being written, and returns when it is
			// being written itself.
			end := l.Begin(context.WithoutCancel(ctx), clock(), all(batch))
			answering.Go(func() {
				if err := answer(batch, end); err != nil {
					select {
					case stopped <- err:
					default: // the first says why
					}
				}
			})
		}
	}
}

// gather takes what else waits, as long as it fits into a batch.
func (l *Ledger) gather(first waiting) []waiting {
	batch, size := []waiting{first}, len(first.submissions)
	for size < syncproto.MaxBatch-syncproto.MaxInFlight {
		select {
		case next := <-l.queue:
			batch, size = append(batch, next), size+len(next.submissions)
		default:
			return batch
		}
	}
	return batch
}

// all are the submissions of a batch, session by session.
func all(batch []waiting) []Submission {
	var all []Submission
	for _, w := range batch {
		all = append(all, w.submissions...)
	}
	return all
}

// answer waits for a batch to be on the disk and gives each session its part. Its error
// stops the loop.
func answer(batch []waiting, end func() ([]Result, error)) error {
	results, err := end()
	for _, w := range batch {
		if err != nil {
			w.answer <- Answer{Err: err}
			continue
		}
		n := len(w.submissions)
		w.answer <- Answer{Results: results[:n:n]} // whoever appends to it gets its own
		results = results[n:]
	}
	if store.Passing(err) {
		return nil // what cannot be admitted is refused; reading goes on
	}
	return err
}
