package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"

	"github.com/rs/zerolog"

	"redress/server/logcopy"
	"redress/server/operator"
	"redress/server/restore"
	"redress/server/store"
	"redress/syncproto"
)

func restoreLog(ctx context.Context, w world, arguments []string) error {
	f := newForm("restore", "Makes the server's data anew in an empty directory, from the copy of its log or from a backup, verifies it, and begins a new epoch. What was decided after that state comes back from the desks, and from the command line's outbox: until then the server takes nothing new.")
	from := f.String("copy", "", "the `directory` with the copy of the log")
	backup := f.String("backup", "", "a `file` that backup wrote; implies --older")
	older := f.Bool("older", false, "it is not the newest copy: accounts stay frozen until all their devices have reported")
	directory, as := operatorFlags(f)
	if err := f.parse(w, arguments); err != nil {
		return err
	}
	if (*from == "") == (*backup == "") {
		return f.wrong("copy", "name either a copy with --copy or a backup with --backup")
	}
	return makeAlone(*f.data, "Keep it as it is, and name an empty directory with --data", func(path string) error {
		wish := restore.Wish{Path: path + ".new", Copy: *from, From: *from, Older: *older, By: *as, NewID: newID, Now: now(), Log: zerolog.Nop()}
		if *backup != "" {
			wish.From, wish.Older = *backup, true
		}
		return carryOutRestore(ctx, w, wish, path, *backup, *directory)
	})
}

func carryOutRestore(ctx context.Context, w world, wish restore.Wish, path, backup, directory string) (err error) {
	if err := removeDatabase(wish.Path); err != nil {
		return fmt.Errorf("clearing away what was begun: %w", err)
	}
	if backup != "" {
		if err := store.Backup(ctx, backup, wish.Path); err != nil {
			return err
		}
	}
	logID, err := restoredID(ctx, wish)
	if err != nil {
		return err
	}
	outbox, err := operator.Open(ctx, directory, logID)
	if err != nil {
		if errors.Is(err, os.ErrNotExist) {
			err = fmt.Errorf("the key of the command line for this log is not in %s; name its directory with --operator: %w", directory, err)
		}
		return err
	}
	defer func() { err = errors.Join(err, outbox.Close()) }()
	wish.Outbox = outbox
	report, err := restore.Run(ctx, wish)
	if err != nil {
		return err
	}
	if err := store.Place(wish.Path, path); err != nil {
		return fmt.Errorf("putting the restored log in place: %w", err)
	}
	fmt.Fprintf(w.out, "restored up to %d/%d, which begins epoch %d\n%d entries, verified\n", report.After.Epoch, report.After.Seq, report.Epoch, report.Entries)
	if report.Unfinished > 0 {
		fmt.Fprintf(w.out, "%d bytes at the end of the copy were not whole and are left out, as a crash leaves them. Where no crash was, the copy was damaged: restore with --older into a new place instead\n", report.Unfinished)
	}
	if report.Again > 0 {
		fmt.Fprintf(w.out, "%d commands of the command line are decided again\n", report.Again)
	}
	if report.Coded > 0 {
		fmt.Fprintf(w.out, "%d persons could make a device known that this state lacks: of these, managers' accounts stay frozen until '%s release-account'\n", report.Coded, program)
	}
	if report.Void > 0 {
		fmt.Fprintf(w.out, "%d enrolment codes that nobody had used are void, because they may have been used after that state: give out new ones with '%s enrol'\n", report.Void, program)
	}
	fmt.Fprintln(w.out, "Start the server: it is handed what it lacks by the desks, and takes new commands after that")
	return nil
}

// restoredID is whose log is restored. What was taken of a backup is opened for that, and not the backup: one of
// an older release is brought up to date, and stays as it is.
func restoredID(ctx context.Context, wish restore.Wish) (id syncproto.ID, err error) {
	if wish.Copy != "" {
		contents, err := logcopy.Read(wish.Copy, nil)
		if err != nil && (!wish.Older || !errors.Is(err, logcopy.ErrDamaged)) {
			return id, err
		}
		return contents.Identity.LogID, nil
	}
	s, err := store.Open(ctx, wish.Path)
	if err != nil {
		return id, fmt.Errorf("taking the backup %s: %w", wish.From, err)
	}
	identity, err := s.Identity(ctx)
	return identity.LogID, errors.Join(err, s.Close())
}

func backupLog(ctx context.Context, w world, arguments []string) error {
	f := newForm("backup", "Writes all of the server's data into a new file, also while it serves.", "FILE")
	if err := f.parse(w, arguments); err != nil {
		return err
	}
	path, err := databasePath(*f.data)
	if err != nil {
		return err
	}
	if err := store.Backup(ctx, path, f.words[0]); err != nil {
		return err
	}
	fmt.Fprintln(w.out, filepath.Clean(f.words[0]))
	return nil
}
