// Package migrations holds the SQL that makes and changes both databases: the server's
// (central) and a desk's (replica).
//
// It promises that a database of any released version becomes one of this version in
// order, each step in a transaction of its own, and that a step once released is never
// edited. It is the only importer of goose.
package migrations

import (
	"context"
	"database/sql"
	"embed"
	"fmt"
	"io/fs"

	"github.com/pressly/goose/v3"
)

//go:embed central replica
var files embed.FS

// Central brings the server's database to this version.
func Central(ctx context.Context, db *sql.DB) error { return up(ctx, db, "central") }

// Replica brings a desk's database to this version.
func Replica(ctx context.Context, db *sql.DB) error { return up(ctx, db, "replica") }

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
