package logcopy

import (
	"context"
	"errors"
	"sync"
	"sync/atomic"
	"time"

	"github.com/rs/zerolog"

	"redress/syncproto"
)

const (
	// firstRetry is how long a copy that failed rests before it is tried again; it doubles up
	// to lastRetry.
	firstRetry = syncproto.Second
	lastRetry  = syncproto.Minute
	// lookEvery is after how long it looks by itself: credentials change beside the log, and somebody may
	// move the file away.
	lookEvery = 10 * syncproto.Second
)

// Follower brings a copy up to the log and keeps it there.
type Follower struct {
	directory string
	log       Log
	logger    zerolog.Logger
	changed   chan struct{}
	onMark    []func(uint64)

	mark    atomic.Uint64
	trouble atomic.Pointer[string]

	mutex  sync.Mutex // one Step at a time
	copy   *copied    // nil where it has to be opened
	synced int64      // how long the file was when it was synced last; -1 before
}

// Follow makes the follower of a log, with its copy in a directory that is there. Nothing is
// opened before the first Step.
func Follow(directory string, log Log, logger zerolog.Logger) *Follower {
	return &Follower{directory: directory, log: log, logger: logger, changed: make(chan struct{}, 1), synced: -1}
}

// Mark is the position up to which the copy holds the log for sure.
func (f *Follower) Mark() uint64 { return f.mark.Load() }

// Trouble says why the copy does not follow; "" where it does.
func (f *Follower) Trouble() string {
	if why := f.trouble.Load(); why != nil {
		return *why
	}
	return ""
}

// OnMark has told called with every new mark. It must not block. To be called before the
// first Step.
func (f *Follower) OnMark(told func(uint64)) { f.onMark = append(f.onMark, told) }

// Poke says that the log advanced.
func (f *Follower) Poke() {
	select {
	case f.changed <- struct{}{}:
	default: // it will look anyway
	}
}

// Step copies all there is. After an error that Fatal does not name, the next Step opens the
// copy anew.
func (f *Follower) Step(ctx context.Context) error {
	f.mutex.Lock()
	defer f.mutex.Unlock()
	err := f.step(ctx)
	if err != nil {
		why := err.Error()
		f.trouble.Store(&why)
		if errors.Is(err, errGone) { // with all that was in it; of another file there nothing was synced by this process
			f.synced = -1
			f.mark.Store(0)
		}
		if f.copy != nil {
			f.copy, err = nil, errors.Join(err, f.copy.file.Close())
		}
		return err
	}
	f.trouble.Store(nil)
	return nil
}

func (f *Follower) step(ctx context.Context) error {
	if f.copy == nil {
		opened, err := open(ctx, f.directory, f.log, f.synced)
		if err != nil {
			return err
		}
		f.copy = opened
		f.moved()
	}
	for {
		more, err := f.copy.advance(ctx, f.log)
		if err != nil || !more {
			return err
		}
		f.moved()
	}
}

// moved tells how far the copy is on the disk.
func (f *Follower) moved() {
	f.synced = f.copy.contents.Length
	f.mark.Store(f.copy.contents.Head.Seq)
	for _, told := range f.onMark {
		told(f.copy.contents.Head.Seq)
	}
}

// Fatal says that a server must not go on beside this copy: it is not the log's, or the log
// is not what it was. Whoever goes on gives one place in the log to two entries.
func Fatal(err error) bool {
	return errors.Is(err, ErrOther) || errors.Is(err, ErrAhead) || errors.Is(err, ErrForked)
}

// Run copies whatever comes until ctx is done. Its error is one that Fatal names.
func (f *Follower) Run(ctx context.Context) error {
	rest := firstRetry
	for {
		err := f.Step(ctx)
		wait := lookEvery
		switch {
		case err == nil:
			rest = firstRetry
		case ctx.Err() != nil:
			return nil //nolint:nilerr // the server goes down: not a failure of the copy
		case Fatal(err):
			return err
		default:
			f.logger.Error().Err(err).Str("directory", f.directory).Dur("again", rest.Duration()).
				Msg("the copy of the log cannot be written: authority waits until it can")
			wait, rest = rest, min(2*rest, lastRetry)
		}
		if !f.sleep(ctx, wait, err == nil) {
			return nil
		}
	}
}

// sleep waits until there may be something to do, or only for the time; false where ctx is
// done.
func (f *Follower) sleep(ctx context.Context, wait syncproto.Span, orChanged bool) bool {
	timer := time.NewTimer(wait.Duration())
	defer timer.Stop()
	changed := f.changed
	if !orChanged {
		changed = nil
	}
	select {
	case <-ctx.Done():
		return false
	case <-timer.C:
	case <-changed:
	}
	return true
}

// Close ends the use of the file.
func (f *Follower) Close() error {
	f.mutex.Lock()
	defer f.mutex.Unlock()
	if f.copy == nil {
		return nil
	}
	err := f.copy.file.Close()
	f.copy = nil
	return err
}
