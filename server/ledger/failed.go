package ledger

import (
	"context"
	"errors"
	"fmt"

	"redress/server/store"
	"redress/syncproto"
)

// oneByOne commits the submissions of a batch that failed: something in it harmed the
// others, and so only its own source pays.
func (l *Ledger) oneByOne(ctx context.Context, now syncproto.Instant, submissions []Submission, why error) ([]Result, error) {
	l.log.Error().Err(why).Int("commands", len(submissions)).Msg("a batch failed and is tried one by one")
	results := make([]Result, 0, len(submissions))
	for _, s := range submissions {
		one, err := l.Begin(ctx, now, []Submission{s})()
		if err != nil {
			return nil, err
		}
		results = append(results, one...)
	}
	return results, nil
}

// alone is what becomes of a batch that failed and cannot be divided: the one command that
// is to blame ends its session, and anything worse has stopped the ledger.
func (l *Ledger) alone(err error, submissions []Submission) ([]Result, error) {
	if final(err) || len(submissions) != 1 {
		return nil, err
	}
	l.log.Error().Err(err).Msg("a command could not be appended")
	return []Result{{Problem: &syncproto.Problem{Code: syncproto.CodeInternal, Doing: "appending a command", Detail: err.Error()}}}, nil
}

// errStopped is why nothing is taken any more.
var errStopped = errors.New("the ledger has stopped")

// final says that nobody can go on after the error.
func final(err error) bool {
	return errors.Is(err, errStopped) || errors.Is(err, store.ErrUncertain) || errors.Is(err, store.ErrMoved) || errors.Is(err, store.ErrDamaged)
}

// fail stops the ledger where nobody can go on after the error. The caller holds writing.
func (l *Ledger) fail(err error) error {
	if final(err) {
		return l.stop(err)
	}
	return err
}

// stop has nothing taken any more. What stopped it does not pass, even if that began with
// a disk that was full or a file that was held. The caller holds writing.
func (l *Ledger) stop(why error) error {
	if store.Passing(why) {
		l.failed = fmt.Errorf("%w: %v", errStopped, why) //nolint:errorlint // nobody is to try again
	} else {
		l.failed = fmt.Errorf("%w: %w", errStopped, why)
	}
	return l.failed
}

// reload forgets what was decided since the last batch on the disk. The caller holds both
// mutexes.
func (l *Ledger) reload(ctx context.Context) error {
	l.tip, l.lost = l.written, false
	l.tip.refs.forget()
	for device, said := range l.told.writing {
		if !said.safe {
			l.told.missing[device] = true
		}
	}
	return l.store.View(ctx, l.loadParked)
}
