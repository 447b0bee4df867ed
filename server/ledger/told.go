package ledger

import (
	"cmp"
	"context"
	"crypto/ed25519"
	"fmt"
	"maps"
	"slices"

	"redress/server/store"
	"redress/syncproto"
	"redress/syncproto/decision"
)

// A restored log can have a command waiting that was decided in what was taken back: its desk was
// told, and has nothing to hand in. So it says what it was told, and the command ends as that says,
// or before a person (design §4). Until a device has said all, nothing that waits of it since before
// the restore is decided but by a person.

// told is who has yet to say that; what was said is in the log. It is used while a batch is decided.
type told struct {
	missing map[syncproto.ID]bool   // devices that have not said all
	writing map[syncproto.ID]*batch // in which those have that said it just now
	late    bool                    // the end of the restoring is decided: what is said is late for that
}

// Await has what waits of the devices wait until they have said what they were told, or a person
// decides it; and of every other that may come, however long it has not. To be called before the
// first session.
func (l *Ledger) Await(devices []syncproto.ID) {
	l.deciding.Lock()
	defer l.deciding.Unlock()
	l.told.missing = setOf(devices)
	for _, p := range l.parked.all() {
		device, known := l.tip.refs.newest.Device(p.Device)
		if known && device.Wiped == 0 { // the command line says by itself what it was told
			l.told.missing[p.Device] = true
		}
	}
}

// Awaits says that a device has not said yet all that it was told of what waits.
func (l *Ledger) Awaits(device syncproto.ID) bool {
	l.deciding.Lock()
	defer l.deciding.Unlock()
	return l.told.awaits(device)
}

func (t told) awaits(device syncproto.ID) bool {
	_, writing := t.writing[device] // what it said may be lost yet
	return writing || t.missing[device]
}

// Told takes what a device was told in the epochs before, of what this log has waiting; all says
// that nothing more comes. What is not this server's word on a command of the device counts
// nothing.
func (l *Ledger) Told(ctx context.Context, now syncproto.Instant, device syncproto.ID, verdicts []syncproto.Verdict, all bool) error {
	const doing = "taking what a device was told before the restore"
	l.deciding.Lock()
	awaited := l.told.awaits(device) // also where it says so on another line just now: both may be lost
	l.deciding.Unlock()
	if len(verdicts) == 0 && !awaited {
		return nil
	}
	var said *batch
	late := false // the end of the restoring, which writes down who is missing, may come meanwhile
	err := <-l.write(ctx, now, func(b *batch) error {
		if err := b.hear(device, verdicts); err != nil || !all {
			return err
		}
		delete(l.told.missing, device)
		l.told.writing[device], said = b, b
		if l.restoring.Load() && !l.told.late { // at its end all that waits is decided
			return nil
		}
		late = true
		return b.retryHeads(func(p store.Parked) bool { return p.Device == device })
	})
	if all {
		l.deciding.Lock()
		if l.told.writing[device] == said {
			delete(l.told.writing, device)
		}
		delete(l.told.missing, device)
		if err != nil && awaited { // it says it again in its next session
			l.told.missing[device] = true
		}
		l.deciding.Unlock()
	}
	if err == nil && late && awaited && !l.restoring.Load() {
		err = l.noteMissing(ctx, func() {})
	}
	if err != nil {
		return fmt.Errorf("%s: %w", doing, err)
	}
	return nil
}

// hear has it on record what was told of commands that wait, where that is the last word on them.
func (b *batch) hear(device syncproto.ID, verdicts []syncproto.Verdict) error {
	if len(verdicts) == 0 {
		return nil
	}
	waiting := map[syncproto.ID]store.Parked{}
	for _, p := range b.parked.all() {
		if p.Device == device {
			waiting[p.Command] = p
		}
	}
	id := b.ledger.identity
	public, _ := id.ServerKey.Public().(ed25519.PublicKey)
	for _, v := range verdicts {
		p, waits := waiting[v.Command]
		if !waits || v.Outcome == syncproto.Parked {
			continue
		}
		o, err := b.reopen(p)
		if err != nil {
			return err
		}
		if !v.Promised(o.Command, id.LogID, public) {
			b.ledger.log.Warn().Stringer("device", device).Msg("a desk tells of a verdict that this server did not give")
			continue
		}
		later := cmp.Or(cmp.Compare(v.Epoch, o.first.Epoch), cmp.Compare(v.Seq, o.first.Seq)) > 0
		if later || o.first.Outcome == syncproto.Parked { // that promised nothing
			b.keepWaiting(p, o, v)
		}
	}
	return nil
}

// keepWaiting has a command wait on, at its place, by an entry that says what it was told of it: the
// copy of the log has that, and the device may erase itself.
func (b *batch) keepWaiting(p store.Parked, o opened, first syncproto.Verdict) {
	header := b.append(syncproto.Payload{Command: o.Command, Received: o.Received, Reconnect: o.Reconnect, Within: first.Within,
		Outcome: syncproto.Parked, Findings: []syncproto.Finding{{Code: p.Code, Doc: p.Doc}}, Releases: p.Seq, First: first}, o.time)
	b.waitOn(p, header)
}

// waitOn notes the entry that says what was told of a command that waits.
func (b *batch) waitOn(p store.Parked, header syncproto.Header) {
	p.Told = header.Seq
	b.parked.put(p)
	b.parkings[p.Command] = p
}

// asTold decides what waits, as was told of it.
func (b *batch) asTold(o opened) (decided, error) {
	if o.first.Outcome == syncproto.Rejected {
		return refusedAs(o.first), nil
	}
	d, err := b.decide(o)
	if err != nil {
		return d, err
	}
	if d = b.heldTo(o, d); d.Outcome.Outcome != syncproto.Parked && b.awaits(o) {
		return parkedBy(syncproto.CodeWaitsDevice), nil
	}
	return d, nil
}

// refusedAs is a rejection as it was told.
func refusedAs(first syncproto.Verdict) decided {
	return decided{Outcome: decision.Outcome{Outcome: syncproto.Rejected, Findings: first.Findings}}
}

// retryHeads decides what waits, but for what only a person decides. What waits behind it follows it:
// not what makes what the first of its line waits for.
func (b *batch) retryHeads(which func(store.Parked) bool) error {
	for _, p := range b.parked.all() {
		line := b.parked.line(p.Device, p.Subject)
		behind := p.Code == syncproto.CodeWaitsBehind && len(line) > 0 && line[0].Command != p.Command
		if behind || p.Code.OnlyByPerson() || !which(p) {
			continue
		}
		if _, err := b.retry(p); err != nil {
			return err
		}
	}
	return nil
}

// awaits says that a command waits since before a restore, and its device has not said yet what it
// was told of it.
func (b *batch) awaits(o opened) bool {
	return o.parkedIn < b.ledger.identity.Epoch && b.ledger.told.missing[o.Command.Device]
}

// noteMissing writes down who is awaited after a start, and has noted called. Who says all meanwhile may
// have written that down before: so it is looked once more.
func (l *Ledger) noteMissing(ctx context.Context, noted func()) error {
	for {
		missing := l.missing()
		if err := l.store.Collected(ctx, missing); err != nil {
			return err
		}
		if noted(); slices.Equal(missing, l.missing()) {
			return nil
		}
	}
}

// missing are the devices to be awaited after a start: what they said is not on the disk.
func (l *Ledger) missing() []syncproto.ID {
	l.deciding.Lock()
	defer l.deciding.Unlock()
	l.writing.Lock()
	defer l.writing.Unlock()
	missing := maps.Clone(l.told.missing)
	for device, said := range l.told.writing {
		if !said.safe {
			missing[device] = true
		}
	}
	return slices.SortedFunc(maps.Keys(missing), syncproto.ID.Compare)
}

func setOf(ids []syncproto.ID) map[syncproto.ID]bool {
	set := make(map[syncproto.ID]bool, len(ids))
	for _, id := range ids {
		set[id] = true
	}
	return set
}
