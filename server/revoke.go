package main

import (
	"context"
	"fmt"

	"redress/syncproto"
	"redress/syncproto/organisation"
	"redress/syncproto/reference"
)

func revoke(ctx context.Context, w world, arguments []string) error {
	f := newForm("revoke", "Ends a device for good: it was stolen or lost, or its person is not to have it any more. When it connects it hands in what was done on it, and then it is told to erase what it holds. What was not provably done before waits for a person: 'parked'. What it may still spend is not given up by this: 'write-off'.", "LOGIN")
	directory, as := operatorFlags(f)
	code := f.String("device", "", "the device's `code`, the first half of its ticket numbers")
	reasonOf := reasonFlag(f)
	if err := f.parse(w, arguments); err != nil {
		return err
	}
	if *code == "" {
		return f.wrong("device", "it is missing; the page of devices in the desktop lists the codes")
	}
	reason, err := reasonOf()
	if err != nil {
		return err
	}
	return operate(ctx, *f.data, *directory, *as, func(o *office, ref reference.Reference) error {
		person, err := personNamed(ref, f.words[0])
		if err != nil {
			return err
		}
		id, _ := ref.ByCode(*code)
		device, known := ref.Device(id)
		switch {
		case !known || device.Person != person:
			return fmt.Errorf("%s has no device %q; the page of devices in the desktop lists the codes", f.words[0], *code)
		case device.Revoked != 0:
			return fmt.Errorf("device %s was revoked at %v", *code, device.Revoked)
		}
		if err := o.give(ctx, syncproto.CommandRevokeDevice, organisation.RevokeDevice{ID: id, Reason: reason}); err != nil {
			return err
		}
		fmt.Fprintf(w.out, "%s %s revoked\n", f.words[0], *code)
		return nil
	})
}
