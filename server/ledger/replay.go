package ledger

import (
	"context"
	"fmt"

	"redress/server/store"
	"redress/syncproto"
	"redress/syncproto/decision"
	"redress/syncproto/rules"
)

// Replay takes entries of this very log that were decided before, in their order, as a
// restore does: all that follows from them is made anew by what also writes it when they are
// decided, and nothing is decided. All are of one epoch, which is the ledger's from then on.
func (l *Ledger) Replay(ctx context.Context, epoch uint32, entries []syncproto.Entry) error {
	l.identity.Epoch = epoch
	return <-l.write(ctx, 0, func(b *batch) error {
		for _, e := range entries {
			if err := b.replay(e); err != nil {
				return fmt.Errorf("taking entry %d from the copy: %w", b.head.Seq+1, err)
			}
		}
		return nil
	})
}

func (b *batch) replay(e syncproto.Entry) error {
	var header syncproto.Header
	var payload syncproto.Payload
	if err := syncproto.Decode(e.Header, &header); err != nil {
		return err
	}
	if err := syncproto.Decode(e.Payload, &payload); err != nil {
		return err
	}
	if payload.Outcome == syncproto.Parked && payload.Releases != 0 {
		return b.replayTold(e, header, payload)
	}
	o, err := b.recognise(payload)
	if err != nil {
		return err
	}
	o.time, o.within = header.Time, payload.Within
	o.at = o.within.At(o.intent.Readings.Reading.Wall)
	d := decided{Outcome: decision.Outcome{Outcome: payload.Outcome, Findings: payload.Findings}}
	if d.changed, err = b.refoldEvents(payload.Events); err != nil {
		return err
	}
	b.again(e, header)
	if _, err = b.follows(o, d, header); err != nil {
		return err
	}
	b.waitsNoMore(b.newlyRefused)
	return b.replayRestore(o, payload)
}

// waitsNoMore has nothing wait for what was refused, as nothing did then: it was decided, as the next
// entries say, or went on waiting.
func (b *batch) waitsNoMore(refused []syncproto.Ref) {
	for _, doc := range refused {
		for _, p := range b.parked.waitingFor(doc) {
			b.waitsUnsaid(p)
		}
	}
}

// waitsUnsaid has a command wait on, for what no entry says: the end of the restoring finds that again.
func (b *batch) waitsUnsaid(p store.Parked) {
	p.Code, p.Doc = syncproto.CodeWaitsDevice, syncproto.Ref{}
	b.parked.put(p)
	b.parkings[p.Command] = p
}

// again is an entry as it was.
func (b *batch) again(e syncproto.Entry, header syncproto.Header) {
	b.entries = append(b.entries, e)
	b.head, b.last = store.Head{Epoch: header.Epoch, Seq: header.Seq, Chain: e.Chain}, header.Time
}

// replayTold takes an entry that says what was told of a command that waits.
func (b *batch) replayTold(e syncproto.Entry, header syncproto.Header, payload syncproto.Payload) error {
	waiting, err := b.waitingSince(payload.Releases)
	if err == nil {
		b.again(e, header)
		b.waitOn(waiting, header)
	}
	return err
}

// waitingSince is what waits since an entry.
func (b *batch) waitingSince(seq uint64) (store.Parked, error) {
	for _, waiting := range b.parked.all() {
		if waiting.Seq == seq {
			return waiting, nil
		}
	}
	return store.Parked{}, fmt.Errorf("it is about what waits since entry %d, and nothing does", seq)
}

// recognise reads the command of an entry, and under which id it is kept. What was parked
// and is decided by this entry waits no longer.
func (b *batch) recognise(p syncproto.Payload) (opened, error) {
	if p.Releases != 0 {
		waiting, err := b.waitingSince(p.Releases)
		if err != nil {
			return opened{}, err
		}
		b.left(waiting)
		return b.reopen(waiting)
	}
	o, problem, err := b.open(Submission{Source: b.ledger.sourceOf(p.Command), Command: p.Command, Received: p.Received, Reconnect: p.Reconnect})
	if err != nil {
		return o, err
	}
	if problem != nil {
		return o, problem
	}
	if c, there, err := b.command(o.row, false); err != nil {
		return o, err
	} else if there && c.Hash != o.hash {
		o.row = o.oddRow()
	}
	if o.Source != FromServer {
		key := lineKey{o.Command.Device, o.Command.Incarnation}
		b.lines[key], b.moved[key] = o.Command.Link(), true
	}
	return o, nil
}

// sourceOf says who an entry's command is from.
func (l *Ledger) sourceOf(e syncproto.Envelope) Source {
	switch e.Device {
	case syncproto.ID{}:
		return FromServer
	case l.identity.OperatorDevice:
		return FromOperator
	}
	return FromDesk
}

// refoldEvents are the documents as an entry's events leave them.
func (b *batch) refoldEvents(events []syncproto.Event) ([]changed, error) {
	var list []changed
	at := map[syncproto.Ref]int{}
	for _, e := range events {
		i, there := at[e.Doc]
		if !there {
			d, err := b.document(e.Doc)
			if err != nil {
				return nil, err
			}
			i = len(list)
			at[e.Doc] = i
			list = append(list, changed{Changed: rules.Changed{Ref: e.Doc, Before: d.doc, After: d.doc}})
		}
		c := &list[i]
		after, err := rules.Evolve(e.Doc, c.After, e)
		if err != nil {
			return nil, err
		}
		if after.Version != e.Version {
			return nil, fmt.Errorf("%v goes to version %d and not to %d", e.Doc, after.Version, e.Version)
		}
		c.After, c.Events = after, append(c.Events, e)
	}
	for i := range list {
		var err error
		if list[i].bytes, err = rules.WriteBody(list[i].After.Body); err != nil {
			return nil, err
		}
	}
	return list, nil
}

// AsRestored is what begins a new epoch after a restore: the entry that says so, in the name
// of whoever restores, to be written by the store together with the epoch itself.
func (l *Ledger) AsRestored(epoch uint32, now syncproto.Instant, intent syncproto.Intent) store.Batch {
	l.identity.Epoch = epoch
	b := newBatch(l, now)
	o := opened{Submission: l.Own(intent, now), intent: intent, row: intent.ID, time: b.nextTime()}
	o.hash, o.within = o.Command.CommandHash(), syncproto.Interval{Lo: o.time, Hi: o.time}
	payload := syncproto.Payload{Command: o.Command, Received: now, Within: o.within, Outcome: syncproto.Accepted}
	header := b.append(payload, o.time)
	verdict := syncproto.Verdict{Command: intent.ID, Hash: o.hash, Epoch: epoch, Seq: header.Seq, Time: o.time, Within: o.within, Outcome: syncproto.Accepted}
	b.commands[o.row] = store.Command{ID: o.row, Hash: o.hash, Outcome: verdict.Outcome, Seq: header.Seq, Verdict: syncproto.MustEncode(verdict)}
	return b.assemble()
}
