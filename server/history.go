package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"

	"github.com/rs/zerolog"

	"redress/server/admin"
	"redress/server/demo"
	"redress/server/operator"
	"redress/server/store"
	"redress/syncproto"
	"redress/syncproto/policy"
)

// history makes a log with the demo's history in the place of the empty one.
//
// Times in a log only rise, and the empty one begins now: what is to begin days ago is a
// new log, with an id and keys of its own. It is made in a file beside the empty one and
// takes its place when it is whole, so whatever breaks it off leaves the empty one.
func (d demoFlags) history(ctx context.Context, progress io.Writer) (org demo.Organisation, err error) {
	path, err := databasePath(d.data)
	if err != nil {
		return org, err
	}
	l, err := lock(d.data)
	if err != nil {
		return org, err
	}
	defer func() { err = errors.Join(err, l.Unlock()) }()
	old, err := identityOf(ctx, path)
	if err != nil {
		return org, err
	}
	making := filepath.Join(d.data, "demo.db")
	if err := removeDatabase(making); err != nil {
		return org, fmt.Errorf("clearing away a demo that was begun: %w", err)
	}
	logID, err := create(ctx, making, d.directory)
	made := 0
	if err == nil {
		org, made, err = d.play(ctx, making, logID, progress)
	}
	switch {
	case err != nil && ctx.Err() != nil:
		err = fmt.Errorf("interrupted after %d of %d tickets; the log in %s is empty, as it was: %w", made, d.tickets, d.data, err)
	case err != nil:
		err = fmt.Errorf("making the demo's history: the log in %s is empty, as it was: %w", d.data, err)
	default:
		if err = removeBeside(path); err == nil {
			err = store.Place(making, path)
		}
	}
	if err != nil {
		return org, errors.Join(err, removeDatabase(making), removeOutbox(d.directory, logID))
	}
	return org, removeOutbox(d.directory, old)
}

// play makes the organisation and the history in a new log, and says how many tickets it
// came to.
func (d demoFlags) play(ctx context.Context, path string, logID syncproto.ID, progress io.Writer) (org demo.Organisation, made int, err error) {
	end := now()
	start := end.Add(-syncproto.Span(d.days) * syncproto.Day)
	o := &office{data: d.data, name: d.as, clock: func() syncproto.Instant { return start }}
	defer func() { err = errors.Join(err, o.close()) }()
	if o.central, err = openLocked(ctx, path, zerolog.Nop()); err != nil {
		return org, 0, err
	}
	o.client = admin.Direct(o.central.adminHandler(o.clock, nil, zerolog.Nop()))
	if o.outbox, err = operator.Open(ctx, d.directory, logID); err != nil {
		return org, 0, err
	}
	give := func(kind syncproto.CommandKind, command any) error { return o.give(ctx, kind, command) }
	if err := give(syncproto.CommandIssuePolicy, policy.Issue{Policy: policy.Default(1)}); err != nil {
		return org, 0, err
	}
	if org, err = demo.Found(give, newID); err != nil {
		return org, 0, err
	}
	secret := make([]byte, 32)
	fill(secret)
	told, err := demo.Fill(ctx, demo.Making{Store: o.central.store, Start: o.central.ledger.LastTime(), End: end, Tickets: d.tickets, Seed: d.seed,
		Secret: secret, Operator: d.as, Log: zerolog.Nop(), Progress: lines(progress)}, org)
	return org, told.Tickets, err
}

// lines tells how far it is, a line for every twentieth part.
func lines(out io.Writer) func(done, all int, at syncproto.Instant) {
	return func(done, all int, at syncproto.Instant) {
		if done*20/all != (done-1)*20/all {
			fmt.Fprintf(out, "%d of %d tickets, up to %s\n", done, all, at.Time().Format("2006-01-02"))
		}
	}
}

// identityOf is the id of the log in a file.
func identityOf(ctx context.Context, path string) (id syncproto.ID, err error) {
	s, err := store.OpenToRead(ctx, path)
	if err != nil {
		return id, err
	}
	defer func() { err = errors.Join(err, s.Close()) }()
	identity, err := s.Identity(ctx)
	return identity.LogID, err
}

// removeBeside removes what SQLite left beside a database that is about to be replaced: it
// would be taken for the new one's.
func removeBeside(path string) error {
	for _, left := range []string{path + "-wal", path + "-shm"} {
		if err := os.Remove(left); err != nil && !errors.Is(err, os.ErrNotExist) {
			return fmt.Errorf("putting the demo in place: %w", err)
		}
	}
	return nil
}

// removeOutbox removes the command line's outbox of a log that is no more.
func removeOutbox(directory string, logID syncproto.ID) error {
	path := operator.Path(directory, logID)
	for _, left := range []string{path, path + ".lock"} {
		if err := os.Remove(left); err != nil && !errors.Is(err, os.ErrNotExist) {
			return fmt.Errorf("removing the outbox of a log that is no more: %w", err)
		}
	}
	return nil
}
