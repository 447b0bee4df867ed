package store

import (
	"context"
	"crypto/ed25519"
	"database/sql"
	"errors"
	"fmt"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"sync/atomic"
	"syscall"

	"modernc.org/sqlite"
	sqlite3 "modernc.org/sqlite/lib"

	"redress/migrations"
	"redress/syncproto"
)

// File is the database's name in the server's data directory.
const File = "central.db"

// Memory opens a database that is gone when it is closed.
const Memory = ":memory:"

// maxReaders is how many Views there are at once; more wait.
const maxReaders = 8

// What the writer may hold (benchmark: make bench). A batch of 256 changes some 2,000 pages
// where its documents lie far apart: with room for all of them none is written twice, and
// read again, before the commit. Pages go from the write-ahead log into the database only
// after so many, because the commit that reaches that number waits for it.
const (
	writerCacheKiB  = 64 << 10
	checkpointPages = 8192     // of 4 KiB
	maxWAL          = 64 << 20 // bytes it is cut back to
)

// What a statement has to keep in case it is undone alone lies in memory: it is gone with
// the transaction.
var writerPragmas = fmt.Sprintf("&_txlock=immediate&_pragma=journal_mode(WAL)&_pragma=synchronous(FULL)&_pragma=temp_store(MEMORY)"+
	"&_pragma=cache_size(-%d)&_pragma=wal_autocheckpoint(%d)&_pragma=journal_size_limit(%d)", writerCacheKiB, checkpointPages, maxWAL)

var (
	// ErrMoved says that the log does not end any more where a batch was decided upon.
	ErrMoved = errors.New("the log has moved on")
	// ErrFull says that there is no room on the disk. Nothing was written.
	ErrFull = errors.New("the disk is full")
	// ErrUncertain says that writing failed in a way that leaves open what is on the disk.
	// Whoever gets it must stop: only a new start can tell what is there.
	ErrUncertain = errors.New("the database could not be written")
	// ErrDamaged says that the file cannot be read as a database.
	ErrDamaged = errors.New("the database is damaged")
	// ErrOlder says that the file is of an older release, and was only opened to read.
	ErrOlder = errors.New("the database is of an older release: start the server on it, which brings it up to date")
	// ErrForeign says that the file is a database, and not a server's of this program.
	ErrForeign = errors.New("the database is another program's")
	// ErrNewer says that a newer program has changed the database.
	ErrNewer = errors.New("the database is of a newer version of this program")
	// ErrBusy says that another program holds the database. Nothing was written.
	ErrBusy = errors.New("another program holds the database")
	// ErrClosed says that this program may not read or write the file.
	ErrClosed = errors.New("the database cannot be opened")
	// ErrNoIdentity says that the database was never initialised.
	ErrNoIdentity = errors.New("the database belongs to no log yet")
)

// Passing says that the error left everything as it was and that the same can be tried
// again: when there is room, or when the other program is done. What failed for one of
// these and could not be taken back is uncertain and does not pass.
func Passing(err error) bool {
	return (errors.Is(err, ErrFull) || errors.Is(err, ErrBusy)) && !errors.Is(err, ErrUncertain)
}

// Store is one open database.
type Store struct {
	path    string
	writer  *sql.DB
	readers *sql.DB
	insert  statements
	read    statements
	changed atomic.Uint64 // how often a credential was
}

// Open opens the database file, makes it where there is none, and brings it to this
// version. Only one Store may write to a file at a time; the caller holds the lock.
func Open(ctx context.Context, path string) (*Store, error) {
	s := &Store{path: path}
	if path == Memory {
		db, err := open(path, "")
		if err != nil {
			return nil, err
		}
		db.SetMaxOpenConns(1) // another connection would be another database
		s.writer, s.readers = db, db
		return s, s.prepare(ctx, true)
	}
	if err := makePrivate(path); err != nil {
		return nil, err
	}
	var err error
	if s.readers, err = open(path, "&_pragma=query_only(1)"); err != nil {
		return nil, err
	}
	s.readers.SetMaxOpenConns(maxReaders)
	s.readers.SetMaxIdleConns(maxReaders)
	if s.writer, err = open(path, writerPragmas); err != nil {
		return nil, errors.Join(err, s.readers.Close())
	}
	s.writer.SetMaxOpenConns(1)
	return s, s.prepare(ctx, true)
}

// OpenToRead opens a database file that another process may be writing to.
func OpenToRead(ctx context.Context, path string) (*Store, error) {
	if err := look(path); err != nil {
		return nil, err
	}
	db, err := open(path, "&_pragma=query_only(1)")
	if err != nil {
		return nil, err
	}
	s := &Store{path: path, readers: db}
	return s, s.prepare(ctx, false)
}

// patience is for how many milliseconds another program is waited for.
const patience = 5000

func open(path, pragmas string) (*sql.DB, error) {
	patient := fmt.Sprintf("?_pragma=busy_timeout(%d)", patience)
	name := path + patient
	if path != Memory {
		absolute, err := filepath.Abs(path)
		if err != nil {
			return nil, fmt.Errorf("opening the database %s: %w", path, err)
		}
		name = "file:" + (&url.URL{Path: filepath.ToSlash(absolute)}).EscapedPath() + patient + pragmas
	}
	db, err := sql.Open("sqlite", name)
	if err != nil {
		return nil, fmt.Errorf("opening the database %s: %w", path, err)
	}
	return db, nil
}

// makePrivate makes the file where there is none, for its owner alone, and takes it from
// others who may read one that is there: it holds the server's key.
func makePrivate(path string) error {
	if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
		return fmt.Errorf("making the data directory: %w", closed(err))
	}
	file, err := os.OpenFile(path, os.O_CREATE|os.O_EXCL|os.O_RDWR, 0o600)
	if err == nil {
		return file.Close()
	}
	if !errors.Is(err, os.ErrExist) {
		return fmt.Errorf("opening the database: %w", closed(err))
	}
	if err := look(path); err != nil {
		return err
	}
	if file, err = os.OpenFile(path, os.O_RDWR, 0); err != nil {
		return fmt.Errorf("opening the database: %w", closed(err))
	}
	return errors.Join(file.Chmod(0o600), file.Close())
}

// look sees whether a file can be a database. SQLite takes an empty one for a new database
// and deletes the write-ahead log beside it, in which all of the lost one may still be.
func look(path string) error {
	info, err := os.Stat(path)
	switch {
	case err != nil:
		return fmt.Errorf("opening the database: %w", closed(err))
	case info.IsDir():
		return fmt.Errorf("opening the database %s: it is a directory: %w", path, ErrClosed)
	case info.Size() == 0:
		return fmt.Errorf("opening the database %s: %w: it is empty", path, ErrDamaged)
	}
	return nil
}

// closed marks what the system refused.
func closed(err error) error {
	if errors.Is(err, syscall.ENOSPC) {
		return fmt.Errorf("%w: %w", ErrFull, err)
	}
	return fmt.Errorf("%w: %w", ErrClosed, err)
}

func (s *Store) prepare(ctx context.Context, migrate bool) error {
	err := s.migrate(ctx, migrate)
	if err == nil && s.writer != nil {
		s.insert, err = prepareAll(ctx, s.writer, writerSQL())
	}
	if err == nil {
		if s.read, err = prepareAll(ctx, s.readers, readSQL); err != nil && !migrate && isMissing(err) {
			err = fmt.Errorf("%w: %w", ErrOlder, err)
		}
	}
	if err == nil && migrate {
		err = s.count(ctx)
	}
	if err != nil {
		return errors.Join(fmt.Errorf("opening the database %s: %w", s.path, sorted(err)), s.Close())
	}
	return nil
}

func (s *Store) migrate(ctx context.Context, migrate bool) error {
	if !migrate {
		return migrations.CheckCentral(ctx, s.readers)
	}
	return migrations.Central(ctx, s.readers, s.writer)
}

// Close ends all use of the database.
func (s *Store) Close() error {
	var errs []error
	if s.readers != nil && s.readers != s.writer {
		errs = append(errs, s.readers.Close())
	}
	if s.writer != nil {
		errs = append(errs, s.writer.Close())
	}
	if err := errors.Join(errs...); err != nil {
		return fmt.Errorf("closing the database %s: %w", s.path, err)
	}
	return nil
}

// Free says whether this program could write now: ErrBusy where another holds the database. It waits for nobody
// but this program's own writing.
func (s *Store) Free(ctx context.Context) error {
	const doing = "looking whether another program holds the database"
	writer, err := s.writer.Conn(ctx)
	if err != nil {
		return fmt.Errorf("%s: %w", doing, sorted(err))
	}
	ctx = context.WithoutCancel(ctx) // what was begun is brought to its end
	_, err = writer.ExecContext(ctx, `PRAGMA busy_timeout = 0; BEGIN IMMEDIATE; ROLLBACK`)
	_, patient := writer.ExecContext(ctx, fmt.Sprintf(`PRAGMA busy_timeout = %d`, patience))
	if err = errors.Join(err, patient, writer.Close()); err != nil {
		return fmt.Errorf("%s: %w", doing, sorted(err))
	}
	return nil
}

// WALBytes is how long the write-ahead log is; 0 where there is none.
func (s *Store) WALBytes() int64 {
	info, err := os.Stat(s.path + "-wal")
	if err != nil {
		return 0
	}
	return info.Size()
}

// Identity is whose log this is.
func (s *Store) Identity(ctx context.Context) (Identity, error) {
	var id Identity
	var logID, seed, device, key []byte
	err := s.readers.QueryRowContext(ctx, `SELECT log_id, epoch, server_key, operator_device, operator_key FROM identity`).
		Scan(&logID, &id.Epoch, &seed, &device, &key)
	if errors.Is(err, sql.ErrNoRows) {
		return id, ErrNoIdentity
	}
	if err != nil {
		return id, fmt.Errorf("reading whose log %s is: %w", s.path, sorted(err))
	}
	if len(seed) != ed25519.SeedSize || len(logID) != len(id.LogID) || len(device) != len(id.OperatorDevice) {
		return id, fmt.Errorf("reading whose log %s is: %w", s.path, ErrDamaged)
	}
	id.LogID, id.OperatorDevice = syncproto.ID(logID), syncproto.ID(device)
	id.ServerKey, id.OperatorKey = ed25519.NewKeyFromSeed(seed), ed25519.PublicKey(key)
	return id, nil
}

// Initialise says whose log this is, once and for ever.
func (s *Store) Initialise(ctx context.Context, id Identity) error {
	_, err := s.writer.ExecContext(ctx, `INSERT INTO identity (one, log_id, epoch, server_key, operator_device, operator_key) VALUES (1, ?, ?, ?, ?, ?)`,
		id.LogID[:], id.Epoch, id.ServerKey.Seed(), id.OperatorDevice[:], []byte(id.OperatorKey))
	if err != nil {
		return fmt.Errorf("initialising the database %s: %w", s.path, sorted(err))
	}
	return nil
}

// Check lets SQLite look for damage in the whole file.
func (s *Store) Check(ctx context.Context) error {
	var said string
	if err := s.readers.QueryRowContext(ctx, `PRAGMA integrity_check(1)`).Scan(&said); err != nil {
		return fmt.Errorf("checking the database %s: %w", s.path, sorted(err))
	}
	if said != "ok" {
		return fmt.Errorf("checking the database %s: %w: %s", s.path, ErrDamaged, said)
	}
	return nil
}

// sorted puts the errors that callers treat differently into their kinds and keeps the
// cause.
func sorted(err error) error {
	switch {
	case errors.Is(err, migrations.ErrForeign):
		return fmt.Errorf("%w: %w", ErrForeign, err)
	case errors.Is(err, migrations.ErrNewer):
		return fmt.Errorf("%w: %w", ErrNewer, err)
	}
	var fault *sqlite.Error
	if !errors.As(err, &fault) {
		return err
	}
	switch fault.Code() & 0xff {
	case sqlite3.SQLITE_FULL:
		return fmt.Errorf("%w: %w", ErrFull, err)
	case sqlite3.SQLITE_IOERR, sqlite3.SQLITE_READONLY:
		return fmt.Errorf("%w: %w", ErrUncertain, err)
	case sqlite3.SQLITE_CORRUPT, sqlite3.SQLITE_NOTADB:
		return fmt.Errorf("%w: %w", ErrDamaged, err)
	case sqlite3.SQLITE_BUSY, sqlite3.SQLITE_LOCKED:
		return fmt.Errorf("%w: %w", ErrBusy, err)
	case sqlite3.SQLITE_CANTOPEN, sqlite3.SQLITE_PERM, sqlite3.SQLITE_AUTH:
		return fmt.Errorf("%w: %w", ErrClosed, err)
	}
	return err
}

// isMissing says that a statement asks for a table or a column that is not there.
func isMissing(err error) bool {
	var fault *sqlite.Error
	return errors.As(err, &fault) && fault.Code() == sqlite3.SQLITE_ERROR &&
		(strings.Contains(fault.Error(), "no such table") || strings.Contains(fault.Error(), "no such column"))
}
