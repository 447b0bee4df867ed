package access

import (
	"bytes"
	"context"
	"slices"
	"strings"

	"redress/syncproto"
)

// A log that was restored to an older state does not know the devices that were made known since.
// What was done on one lies in its folder, signed with its key and under its id; so it is made
// known again as who it was (counterexamples A1, X7). It takes a person: somebody at headquarters
// gives out a new code, so a device that was revoked since does not come back by itself.
//
// Who it was it does not just say. The id of a device follows from its key and the code that first
// made it known, and the operator's outbox remembers every code: a restore puts them back, and none
// of them makes a device known any more (restore.Run). So nobody takes a forgotten device's id with
// another key, nor under another person's code: the true one would be kept out with all its work.

// DeviceID is the id of the device that a code, by its hash, makes of a key. Asked again, the same
// device comes back; and nobody chooses an id.
func DeviceID(code syncproto.Hash, key []byte) syncproto.ID {
	return syncproto.Derive("enrolled device", syncproto.ID(code[:16]), syncproto.ID(key[:16]), syncproto.ID(key[16:]))
}

// wasDevice says that the asker is the person's device that they say they were: the log knows it
// as that and it is not revoked, or knows no such device and a code of the person made it.
func (a *Access) wasDevice(ctx context.Context, person syncproto.ID, r syncproto.EnrolRequest) (bool, error) {
	if device, known := a.ledger.Reference().Device(r.Device); known {
		return device.Person == person && device.Revoked == 0 && bytes.Equal(device.Key, r.Key), nil
	}
	codes, err := a.store.EnrolmentsOf(ctx, person)
	for _, c := range codes {
		if DeviceID(c.Code, r.Key) == r.Device {
			return true, nil
		}
	}
	return false, err
}

// usedAgain is what is kept of a code that made a device known again: the key, as of every code,
// and who it was. So the same code makes no second device of the same key.
func usedAgain(key []byte, device syncproto.ID) []byte { return slices.Concat(key, device[:]) }

// deviceCode is how many signs the first half of a ticket's number has.
const deviceCode = 4

// earlierCode is the first half of the numbers that a device gave before; "" where it is none.
func earlierCode(code string) string {
	foreign := func(r rune) bool { return !strings.ContainsRune(alphabet, r) }
	if len(code) != deviceCode || strings.ContainsFunc(code, foreign) {
		return ""
	}
	return code
}
