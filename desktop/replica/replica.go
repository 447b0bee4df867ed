package replica

import (
	"context"
	"crypto/ed25519"
	"database/sql"
	"errors"
	"fmt"
	"net/url"
	"path/filepath"
	"strings"
	"sync"
	"sync/atomic"

	"redress/migrations"
	"redress/syncproto"
	"redress/syncproto/reference"
)

// Changed is told after every commit which documents may be shown, or found, differently from
// before: with a customer or a car also the tickets about it. None are named where only the
// state of sync or of a command changed. It is called by whoever committed, with no lock held.
type Changed func(refs []syncproto.Ref)

// Replica is one person's data on one device. Its methods may be called from several
// goroutines at once; those that write take turns.
type Replica struct {
	path    string
	key     ed25519.PrivateKey
	chained bool // the key lies in the system's keychain
	line    lineFile
	changed Changed

	writer *sql.DB // one connection
	reader *sql.DB // read only

	connection *sql.Conn   // that one of the writer
	writes     *statements // of the connection
	reads      *statements // of the reader

	writing sync.Mutex // held for the length of a transaction
	self    atomic.Pointer[self]
	buried  atomic.Bool   // the device was revoked, and its key is gone
	turn    atomic.Uint32 // the part that was counted last
	known   atomic.Pointer[reference.Reference]
}

const (
	readers  = 4
	busyWait = "busy_timeout(5000)"
)

// source is the path as SQLite takes it, with what every connection is set to.
func source(path string, options ...string) string {
	slash := filepath.ToSlash(path)
	if !strings.HasPrefix(slash, "/") {
		slash = "/" + slash
	}
	return "file://" + (&url.URL{Path: slash}).EscapedPath() + "?" + strings.Join(options, "&")
}

func openWriter(path string) (*sql.DB, error) {
	absolute, err := filepath.Abs(path)
	if err != nil {
		return nil, fmt.Errorf("finding %s: %w", path, err)
	}
	db, err := sql.Open("sqlite", source(absolute, "_txlock=immediate", "_pragma="+busyWait,
		"_pragma=journal_mode(WAL)", "_pragma=synchronous(FULL)"))
	if err != nil {
		return nil, fault(path, "opening the replica", err)
	}
	db.SetMaxOpenConns(1)
	return db, nil
}

func openReader(path string) (*sql.DB, error) {
	absolute, err := filepath.Abs(path)
	if err != nil {
		return nil, fmt.Errorf("finding %s: %w", path, err)
	}
	db, err := sql.Open("sqlite", source(absolute, "mode=ro", "_pragma="+busyWait, "_pragma=query_only(1)"))
	if err != nil {
		return nil, fault(path, "opening the replica", err)
	}
	db.SetMaxOpenConns(readers)
	db.SetMaxIdleConns(readers) // with what is prepared on them
	return db, nil
}

// found makes the database of a fresh replica and closes it again.
func found(ctx context.Context, path string, e Enrolment) error {
	db, err := openWriter(path)
	if err != nil {
		return err
	}
	if err = migrations.Replica(ctx, db, db); err == nil {
		err = insertSelf(ctx, db, e)
	}
	if err = errors.Join(err, db.Close()); err != nil {
		return fault(path, "making a replica", err)
	}
	return keepPrivate(path)
}

func open(ctx context.Context, path string, key deviceKey, line lineFile, changed Changed) (*Replica, error) {
	r := &Replica{path: path, key: key.private, chained: key.chained, line: line, changed: changed}
	if r.changed == nil {
		r.changed = func([]syncproto.Ref) {}
	}
	var err error
	if r.writer, err = openWriter(path); err != nil {
		return nil, err
	}
	if r.reader, err = openReader(path); err != nil {
		return nil, errors.Join(err, r.writer.Close())
	}
	if err := r.start(ctx); err != nil {
		return nil, errors.Join(err, r.Close())
	}
	return r, nil
}

// start brings the database to this version and loads what is kept in memory.
func (r *Replica) start(ctx context.Context) error {
	if err := migrations.Replica(ctx, r.reader, r.writer); err != nil {
		return fault(r.path, "opening the replica", err)
	}
	s, err := loadSelf(ctx, r.writer)
	if err != nil {
		return fault(r.path, "reading who this replica is", err)
	}
	number, vouched, err := r.line.vouches(s)
	if err != nil {
		return err
	}
	s.doubtful, s.nextNumber = !vouched, max(s.nextNumber, number)
	if s.doubtful {
		_ = r.line.write(s.position()) // before anything is done that would hide what the file lacks
	}
	if s.offlineSince == 0 {
		s.offlineSince = s.heardLast() // the program ended while the line was up
	}
	// From here on the writer is one connection, held until the end: what is prepared on it
	// needs no looking for, and a transaction on it no goroutine that watches over it.
	if r.connection, err = r.writer.Conn(ctx); err != nil {
		return fault(r.path, "opening the replica", err)
	}
	r.writes, r.reads = newStatements(r.connection.PrepareContext), newStatements(r.reader.PrepareContext)
	known, err := loadReference(func(text string, arguments ...any) (*sql.Rows, error) { return r.writes.query(ctx, text, arguments...) }, s.known)
	if err != nil {
		return fault(r.path, "reading persons, units and policy", err)
	}
	r.self.Store(&s)
	r.known.Store(&known)
	if err := r.fillIndex(ctx); err != nil {
		return err
	}
	return r.foldDamaged(ctx)
}

// Close gives the file free. What was committed needs no closing; what is under way is carried through, or
// somebody who has just left would be refused what they did last.
func (r *Replica) Close() error {
	r.writing.Lock()
	defer r.writing.Unlock()
	if r.line.chained != nil {
		r.line.chained.settle()
	}
	err := r.reader.Close()
	if r.connection != nil {
		err = errors.Join(err, r.writes.close())
		if ending := r.connection.Close(); !errors.Is(ending, sql.ErrConnDone) { // closed before
			err = errors.Join(err, ending)
		}
	}
	if err = errors.Join(err, r.writer.Close()); err != nil {
		return fault(r.path, "closing the replica", err)
	}
	return nil
}

// Reference is who is who and what is the rule, as far as the server confirmed it here.
func (r *Replica) Reference() reference.Reference { return *r.known.Load() }

// commit runs do in one transaction, synced to the disk before commit returns, and tells
// what changed. Where do or the commit fails, nothing has changed.
func (r *Replica) commit(ctx context.Context, doing string, do func(*change) error) error {
	// Once begun it is carried through: a commit given up half way would leave open
	// whether it happened.
	refs, err := r.transact(context.WithoutCancel(ctx), do)
	var refusal *Refusal
	switch {
	case errors.As(err, &refusal):
		return refusal
	case err != nil:
		return fault(r.path, doing, err)
	}
	r.changed(refs)
	return nil
}

// transact does so. Where a disk has damaged the index of what can be found, that is made anew, as it is
// derived, and do done once more: whatever is written is in the index, so nothing could be any more.
func (r *Replica) transact(ctx context.Context, do func(*change) error) ([]syncproto.Ref, error) {
	refs, err := r.try(ctx, do)
	if !indexDamaged(err) {
		return refs, err
	}
	if _, err := r.try(ctx, (*change).deriveAnew); err != nil {
		return nil, err
	}
	return r.try(ctx, do)
}

func (r *Replica) try(ctx context.Context, do func(*change) error) ([]syncproto.Ref, error) {
	r.writing.Lock()
	defer r.writing.Unlock()
	before := *r.self.Load()
	c := &change{statements: r.writes, ctx: ctx, key: r.key, self: before, known: *r.known.Load(), before: *r.known.Load(),
		touched: map[syncproto.Ref]touch{}, renamed: map[syncproto.Ref]bool{}, written: map[syncproto.Ref]written{},
		recounted: map[syncproto.Bucket]*syncproto.Sums{}}
	if _, err := c.run(`BEGIN IMMEDIATE`); err != nil {
		return nil, err
	}
	if err := c.carryOut(do); err != nil {
		if _, undo := c.run(`ROLLBACK`); undo != nil {
			err = errors.Join(err, fmt.Errorf("rolling back: %w", undo))
		}
		return nil, err
	}
	if _, err := c.run(`COMMIT`); err != nil {
		_, _ = c.run(`ROLLBACK`) // where SQLite left the transaction open
		return nil, err
	}
	r.self.Store(&c.self)
	r.known.Store(&c.known)
	if at := c.self.position(); at != before.position() || c.self.doubtful != before.doubtful {
		// What is committed is kept, whatever becomes of this file: left behind, it only
		// notices less. Of an erased one nothing is to be noticed.
		if c.self.erased == 0 {
			_ = r.line.write(at)
		}
	}
	for ref := range c.renamed {
		c.touch(ref, done)
	}
	return sortedRefs(c.touched), nil
}
