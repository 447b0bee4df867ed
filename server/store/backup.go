package store

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"runtime"
)

// Backup writes the whole database as it is at one moment into a new file, also while it is
// written to. The file appears under its name when it is whole and on the disk, for its owner
// alone: it holds the server's key.
func Backup(ctx context.Context, path, target string) (err error) {
	doing := fmt.Sprintf("writing a backup of %s to %s", path, target)
	if _, err := os.Stat(target); !errors.Is(err, os.ErrNotExist) {
		return fmt.Errorf("%s: %w: something is there already", doing, os.ErrExist)
	}
	if err := look(path); err != nil {
		return err
	}
	file, err := os.CreateTemp(filepath.Dir(target), filepath.Base(target)+".*.new") // of its own: another may be writing one too
	if err != nil {
		return fmt.Errorf("%s: %w", doing, err)
	}
	begun := file.Name()
	defer func() {
		if err = errors.Join(err, file.Close()); err != nil {
			err = fmt.Errorf("%s: %w", doing, errors.Join(err, os.Remove(begun)))
		}
	}()
	db, err := open(path, "") // no reader's: those may write no file
	if err != nil {
		return err
	}
	_, err = db.ExecContext(ctx, `VACUUM INTO ?`, begun)
	if err := errors.Join(err, db.Close()); err != nil {
		return sorted(err)
	}
	if err := errors.Join(file.Chmod(0o600), file.Sync()); err != nil {
		return err
	}
	return Place(begun, target)
}

// Place gives a finished file its name, which is on the disk when it returns.
func Place(begun, path string) error {
	if err := os.Rename(begun, path); err != nil {
		return err
	}
	return SyncDirectory(filepath.Dir(path))
}

// SyncDirectory has the names in a directory on the disk. Windows keeps them without being asked, and
// does not let a directory be synced.
func SyncDirectory(path string) error {
	if runtime.GOOS == "windows" {
		return nil
	}
	directory, err := os.Open(path)
	if err == nil {
		err = directory.Sync()
		if errors.Is(err, errors.ErrUnsupported) || errors.Is(err, os.ErrInvalid) {
			err = nil // some shares cannot
		}
		err = errors.Join(err, directory.Close())
	}
	if err != nil {
		return fmt.Errorf("having the names in %s on the disk: %w", path, err)
	}
	return nil
}
