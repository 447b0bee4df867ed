package gateway

import (
	"context"
	"slices"

	"redress/syncproto"
	"redress/syncproto/authority"
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
// where all devices of the person have: whatever they were told of is in the log again.
func (h *Hub) report(ctx context.Context, c *Conversation, now syncproto.Instant) error {
	if _, frozen := h.ledger.Frozen(c.ready.Person); !frozen || h.Restoring() {
		return nil
	}
	h.mutex.Lock()
	h.reported[c.ready.Device] = true
	ref := h.ledger.Reference()
	missing := slices.ContainsFunc(ref.Devices(c.ready.Person), func(id syncproto.ID) bool {
		device, _ := ref.Device(id)
		return device.Revoked == 0 && !h.reported[id]
	})
	h.mutex.Unlock()
	if missing {
		return nil
	}
	return c.own(ctx, now, syncproto.Intent{Kind: syncproto.CommandRelease,
		Body: syncproto.MustEncode(syncproto.ReleaseAccount{Manager: c.ready.Person, Reason: "all devices have reported"})})
}
