// Package migrations holds the SQL that makes and changes both databases: the server's
// (central) and a desk's (replica).
//
// It promises, in order of importance:
//
//  1. A file that is not ours, or that a newer program has changed, is left as it is: it is
//     told apart before the first write (ErrForeign, ErrNewer).
//  2. A database of any released version becomes one of this version in order, each step in
//     a transaction of its own.
//  3. A step once released is never edited.
//
// It is the only importer of goose.
package migrations

import (
	"context"
	"database/sql"
	"embed"
	"errors"
	"fmt"
	"io/fs"

	"github.com/pressly/goose/v3"
)

//go:embed central replica
var files embed.FS

var (
	// ErrForeign says that the file is a database, but another program's or the other side's.
	ErrForeign = errors.New("it is not a database of this program")
	// ErrNewer says that a newer program has changed the database in a way this one does not
	// know.
	ErrNewer = errors.New("a newer version of this program has changed the database")
)

// Central brings the server's database to this version. look reads the same file and
// writes nothing, not even by being opened: through it the file is looked at first.
func Central(ctx context.Context, look, db *sql.DB) error {
	done, err := check(ctx, look, "central", "identity")
	if err != nil || done {
		return err
	}
	return up(ctx, db, "central")
}

// Replica brings a desk's database to this version; look is as with Central.
func Replica(ctx context.Context, look, db *sql.DB) error {
	done, err := check(ctx, look, "replica", "self")
	if err != nil || done {
		return err
	}
	return up(ctx, db, "replica")
}

// CheckCentral says whether the file is a server's database of this version or an older
// one, for whoever only reads.
func CheckCentral(ctx context.Context, look *sql.DB) error {
	_, err := check(ctx, look, "central", "identity")
	return err
}

// versions is goose's table of what was done to a database.
const versions = goose.DefaultTablename

func up(ctx context.Context, db *sql.DB, directory string) error {
	steps, err := fs.Sub(files, directory)
	if err != nil {
		return fmt.Errorf("opening the steps of the %s database: %w", directory, err)
	}
	provider, err := goose.NewProvider(goose.DialectSQLite3, db, steps)
	if err != nil {
		return fmt.Errorf("reading the steps of the %s database: %w", directory, err)
	}
	if _, err := provider.Up(ctx); err != nil {
		return fmt.Errorf("bringing the %s database to this version: %w", directory, err)
	}
	return nil
}

// newest is the number of the last step, and how many there are.
func newest(directory string) (last int64, steps int, err error) {
	names, err := fs.Glob(files, directory+"/*.sql")
	if err != nil {
		return 0, 0, fmt.Errorf("listing the steps of the %s database: %w", directory, err)
	}
	for _, name := range names {
		version, err := goose.NumericComponent(name)
		if err != nil {
			return 0, 0, fmt.Errorf("reading the steps of the %s database: %w", directory, err)
		}
		last = max(last, version)
	}
	return last, len(names), nil
}

// check reads whose database this is, and whether all steps are done: mostly they are, and a
// start need not go through them. An empty one is whoever's makes it; one that a crash
// left before its first step has goose's table alone. sign is a table that only databases
// of this directory have, from their first step on.
func check(ctx context.Context, db *sql.DB, directory, sign string) (done bool, err error) {
	last, steps, err := newest(directory)
	if err != nil {
		return false, err
	}
	var all, ours, signs int
	err = db.QueryRowContext(ctx, `SELECT count(*), coalesce(sum(name = ?), 0), coalesce(sum(name = ?), 0)
		FROM sqlite_master WHERE type = 'table' AND name NOT LIKE 'sqlite\_%' ESCAPE '\'`, versions, sign).Scan(&all, &ours, &signs)
	if err != nil {
		return false, fmt.Errorf("reading whose database it is: %w", err)
	}
	if ours == 0 && all > 0 || all > 1 && signs == 0 {
		return false, ErrForeign
	}
	if ours == 0 {
		return false, nil
	}
	var version sql.NullInt64
	var applied int
	err = db.QueryRowContext(ctx, `SELECT max(version_id), count(DISTINCT version_id) FROM `+versions+` WHERE is_applied AND version_id > 0`).Scan(&version, &applied)
	if err != nil {
		return false, fmt.Errorf("reading the version of the database: %w", err)
	}
	if version.Int64 > last {
		return false, fmt.Errorf("%w: it is at step %d, this program knows %d", ErrNewer, version.Int64, last)
	}
	return version.Int64 == last && applied == steps, nil
}
