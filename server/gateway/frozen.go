package gateway

import (
	"context"
	"fmt"
	"slices"

	"redress/server/store"
	"redress/syncproto"
	"redress/syncproto/authority"
	"redress/syncproto/organisation"
)

// frozen says that the account is one of the person's that are frozen after a restore to an
// older state.
func (h *Hub) frozen(person syncproto.ID, account syncproto.Ref, now syncproto.Instant) bool {
	upTo, frozen := h.ledger.Frozen(person)
	for month := syncproto.MonthOf(now); frozen && month <= upTo; month++ {
		if account == authority.Ref(person, month) {
			return true
		}
	}
	return false
}

// report notes that a desk has handed in all it did, and releases the accounts of its person
// where all devices of the person have: whatever they were told of is in the log again. Each line of a
// device has to: of two copies of a disk either may have spent, and where a line went on in another,
// as of a disk that was set back, a named person says that nothing more comes: no log can tell the one
// from the other. Of a line that was given after the restored state nobody knows. A device
// that was revoked may have spent before, until it has erased itself. Who may have a device that
// the log does not know waits for a named person's word.
func (h *Hub) report(ctx context.Context, c *Conversation, now syncproto.Instant) error {
	if _, frozen := h.ledger.Frozen(c.ready.Person); !frozen || h.Restoring() || !h.ledger.KnowsDevices(c.ready.Person) {
		return nil
	}
	h.mutex.Lock()
	h.reported[c.ready.Incarnation] = true
	ref := h.ledger.Reference()
	missing := slices.ContainsFunc(ref.AllDevices(), func(id syncproto.ID) bool {
		device, _ := ref.Device(id)
		return device.Person == c.ready.Person && device.Wiped == 0 && !h.allReported(device)
	})
	h.mutex.Unlock()
	if missing {
		return nil
	}
	if waits, err := h.unsettled(ctx, c.ready.Person); err != nil || waits {
		return err
	}
	return c.own(ctx, now, syncproto.Intent{Kind: syncproto.CommandRelease,
		Body: syncproto.MustEncode(syncproto.ReleaseAccount{Manager: c.ready.Person, Reason: "all devices have reported"})})
}

// allReported says that every line of the device has. The hub is locked.
func (h *Hub) allReported(device organisation.Device) bool {
	return h.reported[device.Incarnation] &&
		!slices.ContainsFunc(device.Former, func(incarnation syncproto.ID) bool { return !h.reported[incarnation] })
}

// unsettled says that something the manager did waits: for a named person, who may have it
// honoured, or an approval, for a claim that another desk has not handed in yet. Until then nobody
// knows what the accounts have left. What was taken or given back may wait for the account itself,
// which is opened when it is released.
func (h *Hub) unsettled(ctx context.Context, manager syncproto.ID) (waits bool, err error) {
	ref := h.ledger.Reference()
	err = h.store.View(ctx, func(v *store.View) error {
		all, err := v.Parked()
		for _, p := range all {
			if device, _ := ref.Device(p.Device); err != nil || waits || device.Person != manager {
				continue
			}
			if waits = p.Code.WaitsForPerson(); !waits && p.Subject.Kind == syncproto.KindClaim {
				waits, err = isApproval(v, p)
			}
		}
		return err
	})
	return waits, err
}

// isApproval says that what waits is an approval of money.
func isApproval(v *store.View, p store.Parked) (bool, error) {
	entry, _, err := v.Entry(p.Seq)
	var payload syncproto.Payload
	var intent syncproto.Intent
	if err == nil {
		err = syncproto.Decode(entry.Payload, &payload)
	}
	if err == nil {
		err = syncproto.Decode(payload.Command.Intent, &intent)
	}
	if err != nil {
		return false, fmt.Errorf("reading what waits since entry %d: %w", p.Seq, err)
	}
	return intent.Kind == syncproto.CommandApproveClaim, nil
}
