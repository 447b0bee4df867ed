package ledger

import (
	"errors"
	"maps"
	"slices"

	"redress/server/store"
	"redress/syncproto"
	"redress/syncproto/authority"
	"redress/syncproto/decision"
)

// After a restore to an older state the log may have forgotten grants, and would hand the
// same money out again (counterexample A1). So the accounts of all months that may have been
// handed out are frozen: nothing is issued or delivered, until all devices of the manager
// have reported or a named person at headquarters releases them. What was approved under a
// forgotten grant stands, told or not, for the command shows the grant as the server signed it; one
// that shows none, as older programs' do, and was not told of yet waits for a person.

// freeze is which accounts are frozen; nil where none ever were.
type freeze struct {
	since  uint32          // the epoch that began with it
	months syncproto.Month // the last
	thawed map[syncproto.ID]bool
	coded  []syncproto.ID // who may have devices that the log does not know
}

func frozenBy(r store.Restoration) *freeze {
	if !r.Older {
		return nil
	}
	f := &freeze{since: r.Since, months: r.Months, thawed: map[syncproto.ID]bool{}, coded: r.Coded}
	for _, manager := range r.Thawed {
		f.thawed[manager] = true
	}
	return f
}

// without is the freeze after some managers' accounts were released.
func (f *freeze) without(managers []syncproto.ID) *freeze {
	if f == nil || len(managers) == 0 {
		return f
	}
	next := &freeze{since: f.since, months: f.months, thawed: maps.Clone(f.thawed), coded: f.coded}
	for _, manager := range managers {
		next.thawed[manager] = true
	}
	return next
}

// Frozen says that the accounts of a manager are frozen, up to a month.
func (l *Ledger) Frozen(manager syncproto.ID) (upTo syncproto.Month, frozen bool) {
	f := l.frozen.Load()
	if f == nil || f.thawed[manager] {
		return 0, false
	}
	return f.months, true
}

// KnowsDevices says that the log has not forgotten a device of a manager whose accounts are
// frozen: then the reports of all that it knows are those of all there are.
func (l *Ledger) KnowsDevices(manager syncproto.ID) bool {
	f := l.frozen.Load()
	return f == nil || !slices.Contains(f.coded, manager)
}

// FrozenAccounts is how many of the managers have frozen accounts.
func (l *Ledger) FrozenAccounts(managers []syncproto.ID) (frozen int) {
	for _, manager := range managers {
		if _, is := l.Frozen(manager); is {
			frozen++
		}
	}
	return frozen
}

// forgets says that the log may have forgotten grants, so that an approval under one it does
// not know is no reason to refuse it: it proves its grant, or waits for a person.
func (l *Ledger) forgets() bool { return l.frozen.Load() != nil }

// ends says that a release that was told of first in that epoch, or never, ends this freezing. One of
// before does not: whoever gave it knew nothing of what the restore since then may have forgotten.
func (f *freeze) ends(first syncproto.Verdict) bool {
	return f == nil || first.IsZero() || first.Epoch >= f.since
}

// frozen says that the accounts of a manager are, after what is decided and may be being written yet.
func (b *batch) frozen(manager syncproto.ID) bool {
	_, frozen := b.ledger.Frozen(manager)
	return frozen && !slices.Contains(b.thawed, manager) && !slices.Contains(b.under.thawed, manager)
}

// releaseAccount ends the freezing of a manager's accounts, on record.
func (b *batch) releaseAccount(o opened) (syncproto.Verdict, error) {
	var wish syncproto.ReleaseAccount
	if err := syncproto.Decode(o.intent.Body, &wish); err != nil {
		return b.write(o, rejectedBy(syncproto.CodeMalformed), 0)
	}
	switch frozen := b.frozen(wish.Manager); {
	case !frozen && o.Source == FromServer: // another of the manager's desks came to it before: there is nothing to do
		return syncproto.Verdict{Command: o.intent.ID, Hash: o.hash, Epoch: b.ledger.identity.Epoch,
			Time: o.time, Within: o.within, Outcome: syncproto.Accepted}, nil
	case !frozen:
		return b.write(o, rejectedBy(syncproto.CodeAlready), 0)
	}
	if b.ledger.frozen.Load().ends(o.first) {
		b.thawed = append(b.thawed, wish.Manager)
	}
	return b.write(o, decided{Outcome: decision.Accept()}, 0)
}

// replayRestore takes over what an entry of a restore, or of a release after one, has
// decided.
func (b *batch) replayRestore(o opened, p syncproto.Payload) error {
	switch {
	case o.Source == FromServer && o.intent.Kind == syncproto.CommandRestore:
		var r syncproto.Restoration
		if err := syncproto.Decode(o.intent.Body, &r); err != nil {
			return err
		}
		restored := store.Restoration{Epoch: r.Epoch, Older: r.Older, Since: r.Epoch, Months: r.Months, Coded: r.Coded}
		b.restored = append(b.restored, restored)
		if r.Older {
			b.thawed = nil
			b.ledger.frozen.Store(frozenBy(restored)) // what follows is of this freezing
		}
	case o.Source != FromDesk && o.intent.Kind == syncproto.CommandRelease && p.Outcome == syncproto.Accepted && b.ledger.frozen.Load().ends(p.First):
		var wish syncproto.ReleaseAccount
		if err := syncproto.Decode(o.intent.Body, &wish); err != nil {
			return errors.Join(errDefect, err)
		}
		b.thawed = append(b.thawed, wish.Manager)
	case o.Source == FromOperator && o.intent.Kind == syncproto.CommandReleaseParked && p.Outcome == syncproto.Accepted:
		var wish syncproto.ReleaseParked
		if err := syncproto.Decode(o.intent.Body, &wish); err != nil {
			return errors.Join(errDefect, err)
		}
		for _, waiting := range b.parked.all() {
			if waiting.Command == wish.Command { // for a person no more: the next entry decides it, or it waits on
				b.waitsUnsaid(waiting)
			}
		}
	}
	return nil
}

// unknownGrant says that it was rejected for a grant that the account does not have.
func unknownGrant(d decided) bool {
	for _, f := range d.Findings {
		if d.Outcome.Outcome == syncproto.Rejected && f.Code == authority.CodeNoSuchGrant {
			return true
		}
	}
	return false
}
