package main

import (
	"context"
	"fmt"

	"redress/server/ledger"
	"redress/server/store"
	"redress/syncproto"
	"redress/syncproto/reference"
)

func parked(ctx context.Context, w world, arguments []string) error {
	f := newForm("parked", "Lists the commands that wait, with why. 'parked release ID' has one that waits for a person decided as things are now, or refused with --reject: after a restore it would end otherwise than its person was told, so call that person first.")
	reject := f.Bool("reject", false, "with release: refuse it")
	directory, as := operatorFlags(f)
	f.optional = 2
	if err := f.parse(w, arguments); err != nil {
		return err
	}
	if len(f.words) == 0 {
		return read(ctx, *f.data, func(s *store.Store) error { return listParked(ctx, w, s) })
	}
	if f.words[0] != "release" || len(f.words) != 2 {
		return f.mistaken(fmt.Errorf("after parked comes nothing, or release and the ID of a command"))
	}
	id, err := syncproto.ParseID(f.words[1])
	if err != nil {
		return f.mistaken(err)
	}
	return operate(ctx, *f.data, *directory, *as, func(o *office, _ reference.Reference) error {
		return o.giveIntent(ctx, syncproto.Intent{Kind: syncproto.CommandReleaseParked,
			Body: syncproto.MustEncode(syncproto.ReleaseParked{Command: id, Reject: *reject})})
	})
}

func listParked(ctx context.Context, w world, s *store.Store) error {
	ref, err := ledger.ReadReference(ctx, s)
	if err != nil {
		return err
	}
	return s.View(ctx, func(v *store.View) error {
		all, err := v.Parked()
		if err != nil {
			return err
		}
		for _, p := range all {
			line, err := parkedLine(v, ref, p)
			if err != nil {
				return err
			}
			plain(w.out, line)
		}
		return nil
	})
}

// parkedLine is a command that waits: its id, since when, whose it is, what it is, why it
// waits, and what its person was told of it before a restore.
func parkedLine(v *store.View, ref reference.Reference, p store.Parked) (string, error) {
	e, _, err := v.Entry(p.Seq)
	told := e
	if err == nil && p.Told != 0 {
		told, _, err = v.Entry(p.Told)
	}
	var header syncproto.Header
	var payload syncproto.Payload
	var intent syncproto.Intent
	if err == nil {
		err = syncproto.Decode(e.Header, &header)
	}
	if err == nil {
		err = syncproto.Decode(told.Payload, &payload)
	}
	if err != nil {
		return "", fmt.Errorf("reading entry %d: %w", p.Seq, err)
	}
	if err := syncproto.Decode(payload.Command.Intent, &intent); err != nil {
		intent = syncproto.Intent{} // it waits because nobody here can read it
	}
	line := fmt.Sprintf("%v  %v  %-16v %s  %s", p.Command, header.Time, intent.Kind, printer{ref: ref}.who(intent, payload.Command), p.Code)
	if !p.Doc.IsZero() {
		line += " " + p.Doc.String()
	}
	if payload.First.Outcome != 0 {
		line += fmt.Sprintf("  was %v", payload.First.Outcome)
		if len(payload.First.Findings) > 0 {
			line += " " + findings(payload.First.Findings)
		}
	}
	return line, nil
}

func releaseAccount(ctx context.Context, w world, arguments []string) error {
	f := newForm("release-account", "After a restore to an older state: lets authority of a manager be handed out again before all the manager's devices have reported. What a device that did not report still holds may then be spent twice: ask the manager first.", "LOGIN")
	directory, as := operatorFlags(f)
	reasonOf := reasonFlag(f)
	if err := f.parse(w, arguments); err != nil {
		return err
	}
	reason, err := reasonOf()
	if err != nil {
		return err
	}
	return operate(ctx, *f.data, *directory, *as, func(o *office, ref reference.Reference) error {
		manager, err := personNamed(ref, f.words[0])
		if err != nil {
			return err
		}
		return o.giveIntent(ctx, syncproto.Intent{Kind: syncproto.CommandRelease,
			Body: syncproto.MustEncode(syncproto.ReleaseAccount{Manager: manager, Reason: reason})})
	})
}
