package main

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"os"
	"path/filepath"
	"syscall"

	"github.com/gofrs/flock"
	"github.com/rs/zerolog"

	"redress/server/access"
	"redress/server/admin"
	"redress/server/ledger"
	"redress/server/logcopy"
	"redress/server/operator"
	"redress/server/store"
	"redress/syncproto"
	"redress/syncproto/reference"
	"redress/syncproto/rules"
)

// lockName is the file that says who writes the database.
const lockName = "central.lock"

var (
	errServed = errors.New("another program is writing this data")
	errNoLog  = errors.New("there is no log")
)

// advise says what to do about an error.
func advise(err error) string {
	var problem *syncproto.Problem
	switch {
	case errors.Is(err, errNoLog), errors.Is(err, store.ErrNoIdentity):
		return "Make one with '" + program + " init --data DIRECTORY', or name the directory that has one with --data."
	case errors.Is(err, logcopy.ErrAhead), errors.Is(err, logcopy.ErrForked):
		return "This server's data is older than the copy of its log: nothing may write to it. Run '" + program + " restore' from that copy into an empty directory; keep this one as it is."
	case errors.Is(err, logcopy.ErrOther):
		return "Name a directory of this log's own with --copy: an empty one begins a new copy."
	case errors.Is(err, logcopy.ErrDamaged):
		return "Keep the file as it is. A server that runs writes a new copy when this one is moved away; a restore takes what is whole of it with --older."
	case errors.Is(err, logcopy.ErrNone):
		return "Name the directory of the copy with --copy. Where its file is damaged at its very beginning nothing can be taken of it: keep it, and restore from another copy, or a backup with --backup."
	case errors.Is(err, store.ErrDamaged):
		return "Keep the file as it is. '" + program + " restore' makes the data anew in an empty directory, from the copy of the log or from a backup."
	case errors.Is(err, operator.ErrDamaged):
		return "Keep the file as it is: it may be all there is of what was given here. Put back a copy of it, or ask whoever looks after the disk; nothing was given and nothing was changed."
	case errors.Is(err, store.ErrForeign):
		return "Name the server's data directory with --data. The file was left as it is."
	case errors.Is(err, store.ErrNewer):
		return "Start the newer version. The file was left as it is."
	case errors.Is(err, store.ErrBusy):
		return "Close whatever else has the file open (a backup, a database viewer) and try again. Nothing was changed."
	case errors.Is(err, store.ErrClosed), errors.Is(err, store.ErrUncertain), errors.Is(err, os.ErrPermission):
		return "See that the file and its directory belong to who runs this program and can be read and written, then try again."
	case errors.Is(err, store.ErrFull), errors.Is(err, syscall.ENOSPC):
		return "Make room on the disk that holds the data directory. Nothing that was acknowledged is lost."
	case errors.Is(err, errServed):
		return "If it is a server, it takes commands while it runs; if it is a command, wait for it to end."
	case errors.As(err, &problem) && problem.Code == syncproto.CodeDiskFull:
		return "Make room on the disk that holds the data directory. Nothing that was acknowledged is lost."
	case errors.As(err, &problem) && problem.Code == syncproto.CodeOverloaded:
		return "Another program holds the server's database. What was given is kept here and goes with the next command."
	case errors.As(err, &problem) && problem.Code == syncproto.CodeRestoring:
		return "The server was restored and takes nothing new yet, for at most 30 minutes. Nothing was given: give it again then."
	case errors.As(err, &problem) && problem.Code == syncproto.CodeUpgrade:
		return "A newer version of this program has written the log. Start that version."
	case errors.As(err, &problem) && problem.Code == syncproto.CodeChainBroken:
		return "Keep the data as they are for whoever looks into it. '" + program + " restore' makes them anew in an empty directory, from the copy of the log or from a backup."
	}
	return ""
}

// lock makes this process the one that writes the data.
func lock(data string) (*flock.Flock, error) {
	l := flock.New(filepath.Join(data, lockName), flock.SetPermissions(0o600))
	got, err := l.TryLock()
	if err != nil {
		return nil, fmt.Errorf("locking %s: %w: %w", data, store.ErrClosed, err)
	}
	if !got {
		return nil, fmt.Errorf("%s: %w", data, errServed)
	}
	return l, nil
}

// databasePath is where the database of a data directory is; an error where there is none.
func databasePath(data string) (string, error) {
	path := filepath.Join(data, store.File)
	_, err := os.Stat(path)
	switch {
	case errors.Is(err, os.ErrNotExist):
		return path, fmt.Errorf("%s: %w", data, errNoLog)
	case errors.Is(err, syscall.ENOTDIR):
		return path, fmt.Errorf("%s is no directory, so in it %w", data, errNoLog)
	case err != nil:
		return path, fmt.Errorf("opening the log: %w: %w", store.ErrClosed, err)
	}
	return path, nil
}

// central is the opened log, with this process as its writer.
type central struct {
	store  *store.Store
	ledger *ledger.Ledger
	access *access.Access
	lock   *flock.Flock // nil where the caller holds it
}

// openCentral opens the log of a data directory for writing.
//
// Its ledger sees the store through each of through, the last first.
func openCentral(ctx context.Context, data string, log zerolog.Logger, through ...func(ledger.Store) ledger.Store) (*central, error) {
	path, err := databasePath(data)
	if err != nil {
		return nil, err
	}
	l, err := lock(data)
	if err != nil {
		return nil, err
	}
	c, err := openLocked(ctx, path, log, through...)
	if err != nil {
		return nil, errors.Join(err, l.Unlock())
	}
	c.lock = l
	return c, nil
}

// openLocked opens the log in a file; the caller holds the lock, and gives it back.
func openLocked(ctx context.Context, path string, log zerolog.Logger, through ...func(ledger.Store) ledger.Store) (*central, error) {
	c := &central{}
	var err error
	if c.store, err = store.Open(ctx, path); err != nil {
		return nil, err
	}
	var seen ledger.Store = c.store
	for _, t := range through {
		seen = t(seen)
	}
	if c.ledger, err = ledger.Open(ctx, seen, newID, log); err != nil {
		return nil, errors.Join(err, c.close())
	}
	c.access = access.New(c.store, c.ledger, access.Chance{Fill: fill, NewID: newID})
	return c, nil
}

func (c *central) close() error {
	err := c.store.Close()
	if c.lock != nil {
		err = errors.Join(err, c.lock.Unlock())
	}
	return err
}

// office is how an operator's subcommand reaches the log: through the server that runs on
// it, or by itself.
type office struct {
	data    string
	reader  *store.Store
	client  *admin.Client
	central *central // where no server runs
	outbox  *operator.Outbox
	name    string // the operator's
	clock   func() syncproto.Instant
	held    error // why nothing can be given now
}

// openOffice finds out whether a server runs. directory is where the operator's outbox
// is, "" where no command will be given.
func openOffice(ctx context.Context, data, directory, name string) (*office, error) {
	path, err := databasePath(data)
	if err != nil {
		return nil, err
	}
	o := &office{data: data, name: name, clock: now}
	o.central, err = openCentral(ctx, data, zerolog.Nop())
	switch {
	case err == nil:
		o.client = admin.Direct(o.central.adminHandler(now, nil, zerolog.Nop()))
	case errors.Is(err, errServed):
		if _, err := os.Stat(admin.SocketPath(data)); err != nil {
			return nil, fmt.Errorf("%s: %w", data, errServed)
		}
		o.client = admin.Dial(data)
	default:
		return nil, err
	}
	if o.reader, err = store.OpenToRead(ctx, path); err != nil {
		return nil, errors.Join(err, o.close())
	}
	if directory == "" {
		return o, nil
	}
	id, err := o.reader.Identity(ctx)
	if err == nil {
		o.outbox, err = operator.Open(ctx, directory, id.LogID)
	}
	if errors.Is(err, os.ErrNotExist) {
		err = fmt.Errorf("the key of the command line for this log is not in %s; name its directory with --operator: %w", directory, err)
	}
	if err != nil {
		return nil, errors.Join(err, o.close())
	}
	return o, nil
}

func (o *office) close() error {
	var errs []error
	if o.outbox != nil {
		errs = append(errs, o.outbox.Close())
	}
	if o.reader != nil {
		errs = append(errs, o.reader.Close())
	}
	if o.central != nil {
		errs = append(errs, o.central.close())
	}
	return errors.Join(errs...)
}

// reference is who is who and what is the rule now.
func (o *office) reference(ctx context.Context) (reference.Reference, error) {
	return ledger.ReadReference(ctx, o.reader)
}

// give has a command decided and returns when it is accepted.
func (o *office) give(ctx context.Context, kind syncproto.CommandKind, command any) error {
	intent, err := rules.Write(kind, command)
	if err != nil {
		return err
	}
	return o.giveIntent(ctx, intent)
}

// giveIntent is give for a command that no rule decides, but the ledger itself.
func (o *office) giveIntent(ctx context.Context, intent syncproto.Intent) error {
	kind := intent.Kind
	if o.held != nil {
		return fmt.Errorf("%v: %w", kind, o.held)
	}
	intent.ID, intent.Operator = newID(), o.name
	intent.Readings.Reading.Wall = o.clock()
	if err := o.outbox.Give(intent); err != nil {
		return err
	}
	verdicts, err := o.decided(ctx)
	if err != nil {
		return fmt.Errorf("%v: %w", kind, err)
	}
	var last syncproto.Verdict
	if len(verdicts) > 0 {
		last = verdicts[len(verdicts)-1]
	}
	if last.Command != intent.ID {
		return fmt.Errorf("%v: the server gave no verdict; give any command to try again", kind)
	}
	if last.Outcome != syncproto.Accepted {
		return fmt.Errorf("%v was %v: %s", kind, last.Outcome, findings(last.Findings))
	}
	return nil
}

// handIn has decided what was given before and has no verdict yet. What is given next says what a person
// or a policy is like from now on, and is worked out from what they are: not from what they were before
// that, nor from what a restored server has before it was handed what it lacks.
func (o *office) handIn(ctx context.Context) error {
	restored, err := o.reader.Restoration(ctx)
	if err != nil {
		return err
	}
	if restored.Collecting {
		return &syncproto.Problem{Code: syncproto.CodeRestoring, Doing: "giving a command", Detail: "this server is being handed what it lacks"}
	}
	if err := o.inLine(ctx); err != nil || len(o.outbox.Waiting()) == 0 {
		return err
	}
	verdicts, err := o.decided(ctx)
	for _, v := range verdicts {
		if v.Outcome != syncproto.Accepted {
			err = errors.Join(err, fmt.Errorf("%v, given before, was %v: %s; nothing was given after it", v.Command, v.Outcome, findings(v.Findings)))
		}
	}
	return err
}

// inLine begins another line of commands where the log's is not the outbox's: a copy of that was put back,
// and in the same line nothing would ever be taken.
func (o *office) inLine(ctx context.Context) error {
	var line syncproto.Link
	err := o.reader.View(ctx, func(v *store.View) (err error) {
		line, err = v.Line(o.outbox.Device(), o.outbox.Incarnation())
		return err
	})
	if err != nil || o.outbox.Has(line) {
		return err
	}
	return o.outbox.GoOn(newID())
}

// decided are the verdicts on what waits, kept.
func (o *office) decided(ctx context.Context) ([]syncproto.Verdict, error) {
	var answer admin.Verdicts
	err := o.client.Ask(ctx, admin.PathCommands, admin.Commands{Commands: o.outbox.Waiting()}, &answer)
	for _, v := range answer.Verdicts {
		if err == nil {
			err = o.outbox.Learn(v)
		}
	}
	return answer.Verdicts, err
}

// ask sends a request about what lies beside the log.
func (o *office) ask(ctx context.Context, path string, request, answer any) error {
	return o.client.Ask(ctx, path, request, answer)
}

// adminHandler answers the command line. confirm is nil where nothing fires anyway.
func (c *central) adminHandler(clock func() syncproto.Instant, confirm func(), log zerolog.Logger) http.Handler {
	return (&admin.Office{Ledger: c.ledger, Access: c.access, Clock: clock, Confirm: confirm, Log: log}).Handler()
}
