package access

import (
	"context"
	"crypto/ed25519"

	"redress/syncproto"
)

// Watcher lets somebody ask about all desks: the person who is logged in on the device that
// signed the request just now, if they watch over the offices. The errors of the asker are
// Problems: CodeTokenExpired whatever does not fit, and CodeNotAllowed for everybody else.
func (a *Access) Watcher(ctx context.Context, now syncproto.Instant, r syncproto.DesksRequest) error {
	const doing = "asking about the desks"
	ref := a.ledger.Reference()
	device, known := ref.Device(r.Device)
	age := now.Sub(r.At)
	if !known || device.Revoked != 0 || max(age, -age) > syncproto.MaxRequestAge || !ed25519.Verify(device.Key, r.SigningBytes(), r.Signature) {
		return refused(syncproto.CodeTokenExpired, doing)
	}
	until, err := a.ReadsUntil(ctx, now, r.Token, r.Device, device.Person)
	if err != nil {
		return err
	}
	if until == 0 {
		return refused(syncproto.CodeTokenExpired, doing)
	}
	if !ref.WatchesOver(device.Person) {
		return refused(syncproto.CodeNotAllowed, doing)
	}
	return nil
}
