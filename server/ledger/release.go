package ledger

import (
	"context"
	"errors"
	"fmt"

	"redress/server/store"
	"redress/syncproto"
)

// park keeps a command until what it waits for is there.
func (b *batch) park(o opened, why syncproto.Finding, seq uint64) {
	p := store.Parked{Command: o.row, Seq: seq, Told: o.toldIn, Device: o.Command.Device, Subject: o.intent.Subject, Code: why.Code}
	if why.Code == syncproto.CodeWaitsForDoc {
		p.Doc = why.Doc
	}
	b.parked.put(p)
	b.parkings[p.Command] = p
}

// release decides what waited for the documents of which a command made certain that they
// are there or never will be, and what waits behind a parked command that is decided now.
func (b *batch) release(o opened, certain []syncproto.Ref, releases uint64) error {
	if err := b.decideWaiting(certain); err != nil || releases == 0 {
		return err
	}
	for _, p := range b.parked.line(o.Command.Device, o.intent.Subject) {
		if p.Code != syncproto.CodeWaitsBehind {
			return nil // what it waits for is not there, so those behind it go on waiting
		}
		if left, err := b.retry(p); err != nil || !left {
			return err
		}
	}
	return nil
}

// decideWaiting decides what waited for the documents.
func (b *batch) decideWaiting(docs []syncproto.Ref) error {
	var waiting []store.Parked
	for _, doc := range docs {
		waiting = append(waiting, b.parked.waitingFor(doc)...)
	}
	for _, p := range waiting {
		if _, err := b.retry(p); err != nil {
			return err
		}
	}
	return nil
}

// retry decides a parked command again, with all that was known of it when it came. It
// is parked no longer or stays as it is, perhaps for another reason: a second entry that
// says parked would say nothing. True says that it waits no longer.
func (b *batch) retry(p store.Parked) (bool, error) {
	if !b.parked.has(p.Command, p.Device, p.Subject) {
		return true, nil // decided meanwhile, as a consequence of another
	}
	o, err := b.reopen(p)
	if err != nil {
		return false, err
	}
	if p.Code == syncproto.CodeWaitsBehind && b.afterRevoked(o) { // nobody has asked yet
		b.park(o, syncproto.Finding{Code: syncproto.CodeAfterRevoked}, p.Seq)
		return false, nil
	}
	// An approval waits for its claim only under grants that are known, or that a person has honoured.
	o.honoured = p.Code == syncproto.CodeWaitsForDoc && approves(o.intent.Kind)
	d, err := b.asTold(o)
	if err != nil {
		return false, err
	}
	if d.Outcome.Outcome == syncproto.Parked {
		b.park(o, d.Findings[0], p.Seq)
		return false, nil
	}
	b.left(p)
	_, err = b.write(o, d, p.Seq)
	return true, err
}

// left lets a parked command wait no longer.
func (b *batch) left(p store.Parked) {
	b.parked.remove(p.Command, p.Device, p.Subject)
	delete(b.parkings, p.Command)
	b.released = append(b.released, p.Command)
}

// reopen reads a parked command from the entry that parked it, or from the last that says what was
// told of it.
func (b *batch) reopen(p store.Parked) (opened, error) {
	seq := max(p.Seq, p.Told)
	entry, err := b.entry(seq)
	if err != nil {
		return opened{}, err
	}
	var header syncproto.Header
	var payload syncproto.Payload
	if err := errors.Join(syncproto.Decode(entry.Header, &header), syncproto.Decode(entry.Payload, &payload)); err != nil {
		return opened{}, fmt.Errorf("reading the parked command of entry %d: %w", seq, err)
	}
	o := opened{
		Submission: Submission{Source: b.ledger.sourceOf(payload.Command), Command: payload.Command, Received: payload.Received, Reconnect: payload.Reconnect},
		hash:       payload.Command.CommandHash(), row: p.Command, within: payload.Within, time: b.nextTime(), first: payload.First, parkedAt: header.Time, parkedIn: header.Epoch, toldIn: p.Told,
	}
	if o.first.Outcome == syncproto.Accepted {
		o.asOf = o.first.Time
	}
	if err := syncproto.Decode(payload.Command.Intent, &o.intent); err != nil {
		return opened{}, fmt.Errorf("reading the parked command of entry %d: %w", seq, err)
	}
	o.at = o.within.At(o.intent.Readings.Reading.Wall)
	return o, nil
}

// Retry decides the commands again that an older program could not read or failed at, or
// let wait for what it had refused. To be called once at a start.
func (l *Ledger) Retry(ctx context.Context, now syncproto.Instant) error {
	err := <-l.write(ctx, now, func(b *batch) error {
		if err := b.recall(); err != nil {
			return err
		}
		for _, p := range b.parked.all() {
			if p.Code != syncproto.CodeWaitsVersion && p.Code != syncproto.CodeDefect {
				continue
			}
			if _, err := b.retry(p); err != nil {
				return err
			}
		}
		return nil
	})
	if err != nil {
		return fmt.Errorf("deciding parked commands again: %w", err)
	}
	return nil
}
