package main

import (
	"context"
	"crypto/ed25519"
	"errors"
	"fmt"
	"os"
	"os/user"
	"path/filepath"

	"redress/server/operator"
	"redress/server/store"
	"redress/syncproto"
	"redress/syncproto/policy"
)

// operatorDirectory is where the command line keeps its key and outbox, unless told
// otherwise.
func operatorDirectory() string {
	base, err := os.UserConfigDir()
	if err != nil {
		return "redress-operator"
	}
	return filepath.Join(base, "redress-operator")
}

// operatorFlags are those of every subcommand that gives commands.
func operatorFlags(f *form) (directory, as *string) {
	name := ""
	if u, err := user.Current(); err == nil {
		name = u.Username
	}
	return f.String("operator", operatorDirectory(), "the `directory` with the command line's key and outbox"),
		f.String("as", name, "your `name`, as it stands in the log")
}

func initialise(ctx context.Context, w world, arguments []string) (err error) {
	f := newForm("init", "Makes a new, empty log in the data directory, with the default policy in force, and a key for the command line outside of it. Keep the two apart: after a loss of the data, the operator's directory still has every command given here.")
	directory, as := operatorFlags(f)
	if err := f.parse(w, arguments); err != nil {
		return err
	}
	err = makeAlone(*f.data, "Use that one, or name another directory with --data", func(path string) error {
		_, err := create(ctx, path, *directory)
		return err
	})
	if err != nil {
		return err
	}
	o, err := openOffice(ctx, *f.data, *directory, *as)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, o.close()) }()
	if err := o.give(ctx, syncproto.CommandIssuePolicy, policy.Issue{Policy: policy.Default(1)}); err != nil {
		return err
	}
	id, err := o.reader.Identity(ctx)
	if err != nil {
		return err
	}
	fmt.Fprintf(w.out, "log       %v\ndata      %s\noperator  %s\n", id.LogID, *f.data, operator.Path(*directory, id.LogID))
	return nil
}

// makeAlone has a log made in a directory that has none, in which nobody else writes meanwhile. What to do
// where it has one says instead.
func makeAlone(data, instead string, do func(path string) error) (err error) {
	if _, err := vacant(data, instead); err != nil {
		return err
	}
	if err := os.MkdirAll(data, 0o700); err != nil {
		return fmt.Errorf("making the data directory: %w: %w", store.ErrClosed, err)
	}
	l, err := lock(data)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, l.Unlock()) }()
	path, err := vacant(data, instead) // once more: before the lock was this one's another may have made one
	if err != nil {
		return err
	}
	return do(path)
}

// vacant is where the database of a new log goes: there is none, nor the write-ahead log of one that was moved
// away, which SQLite would take for the new one's and read into it.
func vacant(data, instead string) (path string, err error) {
	path, err = databasePath(data)
	if err == nil {
		return path, fmt.Errorf("%s already has a log; nothing was changed\n%s", data, instead)
	}
	if !errors.Is(err, errNoLog) {
		return path, err
	}
	if _, err := os.Lstat(path + "-wal"); err == nil {
		return path, fmt.Errorf("%s-wal is left of another log, and may hold what came last in it; nothing was changed\n"+
			"Move it to where its database is, or name an empty directory with --data", path)
	}
	return path, nil
}

// create makes the database with its identity, and the operator's outbox, and returns the
// log's id. The database appears under its name only when it is whole: what a crash or a
// full disk leaves looks like no log, and init can be given again. The caller holds the
// lock.
func create(ctx context.Context, path, directory string) (logID syncproto.ID, err error) {
	seed := func() []byte {
		data := make([]byte, ed25519.SeedSize)
		fill(data)
		return data
	}
	logID = newID()
	outbox, err := operator.Create(directory, logID, newID(), newID(), seed())
	if err != nil {
		return logID, err
	}
	defer func() { err = errors.Join(err, outbox.Close()) }()
	begun := path + ".new"
	if err := removeDatabase(begun); err != nil {
		return logID, fmt.Errorf("clearing away a log that was begun: %w", err)
	}
	s, err := store.Open(ctx, begun)
	if err != nil {
		return logID, err
	}
	err = s.Initialise(ctx, store.Identity{LogID: logID, Epoch: 1, ServerKey: ed25519.NewKeyFromSeed(seed()),
		OperatorDevice: outbox.Device(), OperatorKey: outbox.Key()})
	if err := errors.Join(err, s.Close()); err != nil {
		return logID, err
	}
	if err := store.Place(begun, path); err != nil {
		return logID, fmt.Errorf("putting a new log in place: %w", err)
	}
	return logID, nil
}

// removeDatabase removes a database with what SQLite keeps beside it, as far as it is there.
func removeDatabase(path string) error {
	for _, left := range []string{path + "-wal", path + "-shm", path} {
		if err := os.Remove(left); err != nil && !errors.Is(err, os.ErrNotExist) {
			return err
		}
	}
	return nil
}
