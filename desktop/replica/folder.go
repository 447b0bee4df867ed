package replica

import (
	"context"
	"crypto/ed25519"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"runtime"
	"slices"
	"strings"

	"github.com/gofrs/flock"

	"redress/syncproto"
)

// Names of the files in a replica's folder.
const (
	databaseName = "replica.db"
	keyName      = "device.key"
	lineName     = "line.json"
	lockName     = "redress.lock"
)

// Folder is the data folder of a machine: the replicas of the people who work on it, side
// by side, each in a folder named after the login. It is held by one program at a time.
type Folder struct {
	dir   string
	lock  *flock.Flock
	chain Keychain // nil where the system has none
}

// OpenFolder takes the folder, making it where there is none. If another window has it,
// the error is a Problem with CodeInUse.
func OpenFolder(dir string) (*Folder, error) { return OpenFolderWith(dir, nil) }

// OpenFolderWith does the same on a system with a keychain: there the devices' keys lie.
func OpenFolderWith(dir string, chain Keychain) (*Folder, error) {
	const doing = "opening the data folder"
	unusable := func(err error) error {
		return fmt.Errorf("%w: %w", &syncproto.Problem{Code: CodeNoFolder, Doing: doing, Detail: dir}, err)
	}
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return nil, unusable(err)
	}
	lock := flock.New(filepath.Join(dir, lockName))
	free, err := lock.TryLock()
	if err != nil {
		return nil, unusable(err)
	}
	if !free {
		return nil, &syncproto.Problem{Code: CodeInUse, Doing: doing, Detail: dir + " is in use by another window"}
	}
	return &Folder{dir: dir, lock: lock, chain: chain}, nil
}

// Close gives the folder free. Close the replicas before.
func (f *Folder) Close() error {
	if err := f.lock.Unlock(); err != nil {
		return fmt.Errorf("giving the data folder %s free: %w", f.dir, err)
	}
	return nil
}

// Logins are the people who have a replica here, or had one on a device that was revoked, in
// alphabetical order.
func (f *Folder) Logins() ([]string, error) {
	entries, err := os.ReadDir(f.dir)
	if err != nil {
		return nil, fmt.Errorf("listing the data folder: %w", err)
	}
	var logins []string
	for _, e := range entries {
		if _, err := os.Stat(filepath.Join(f.dir, e.Name(), databaseName)); err == nil || isErased(filepath.Join(f.dir, e.Name())) {
			logins = append(logins, e.Name())
		}
	}
	slices.Sort(logins)
	return logins, nil
}

// place is the folder of a login's replica. A login that would lead out of the data folder,
// into another's or to a device is refused, whatever the server took: Windows passes over a
// point at the end, and names of devices are no files there.
func (f *Folder) place(login string) (string, error) {
	if login == "" || strings.HasPrefix(login, ".") || strings.ContainsAny(login, `/\:*?"<>|`) || strings.HasSuffix(login, ".") || !filepath.IsLocal(login) {
		return "", &syncproto.Problem{Code: syncproto.CodeMalformed, Doing: "looking for a replica", Detail: fmt.Sprintf("%q is no login", login)}
	}
	return filepath.Join(f.dir, login), nil
}

// DeviceKey is the key of the login's device. Before the first enrolment there is none:
// then fresh becomes it and is kept before this returns, so that a device the server knows
// never lacks its key. Where there is a replica, also one that has erased itself and is to say so yet,
// the error is a Problem with CodeAlready: its key makes no second device, and no code is used up.
func (f *Folder) DeviceKey(login string, fresh ed25519.PrivateKey) (ed25519.PrivateKey, error) {
	place, err := f.place(login)
	if err != nil {
		return nil, err
	}
	if err := clearGrave(place, f.chain); err != nil {
		return nil, err
	}
	if err := vacant(place); err != nil {
		return nil, err
	}
	key, err := readKey(place, f.chain)
	if !errors.Is(err, os.ErrNotExist) {
		return key.private, err
	}
	if err := os.MkdirAll(place, 0o700); err != nil {
		return nil, refusedBySystem(place, "making the folder of a replica", err)
	}
	key, err = keepKey(place, fresh, f.chain)
	return key.private, err
}

// vacant says that no replica is in the place, but what is left of a revoked device.
func vacant(place string) error {
	path := filepath.Join(place, databaseName)
	if _, err := os.Stat(path); err == nil && !isErased(place) {
		return &syncproto.Problem{Code: syncproto.CodeAlready, Doing: "making a replica", Detail: path}
	}
	return nil
}

// keepPrivate takes a file from others who may read it, as after a careless copy.
func keepPrivate(path string) error {
	info, err := os.Stat(path)
	if err != nil || runtime.GOOS == "windows" || info.Mode().Perm()&0o077 == 0 {
		return err
	}
	return os.Chmod(path, 0o600)
}

// syncFolder has the names in a folder outlast a power cut. Windows keeps them without
// being asked, and does not let a folder be synced.
func syncFolder(place string) error {
	if runtime.GOOS == "windows" {
		return nil
	}
	folder, err := os.Open(place)
	if err != nil {
		return err
	}
	return errors.Join(folder.Sync(), folder.Close())
}

// Enrolment is what makes a replica: the server's answer to an enrolment.
type Enrolment struct {
	Server      string // address, as enrolled
	Login       string
	Person      syncproto.ID
	Device      syncproto.ID
	DeviceCode  string
	Incarnation syncproto.ID
	LogID       syncproto.ID
	Epoch       uint32
	ServerKey   ed25519.PublicKey
	Time        syncproto.Instant // the server's, at the enrolment
}

// Create makes the replica of a freshly enrolled device and opens it. The device's key is
// there already (DeviceKey). Where there is a replica already, it is left alone and the
// error is a Problem with CodeAlready.
func (f *Folder) Create(ctx context.Context, e Enrolment, changed Changed) (*Replica, error) {
	place, err := f.place(e.Login)
	if err != nil {
		return nil, err
	}
	path := filepath.Join(place, databaseName)
	if name := filepath.Join(place, erasedName); isErased(place) { // the key that is there is the new device's
		if err := removed(name); err != nil {
			return nil, refusedBySystem(name, "clearing away a revoked device", err)
		}
	}
	if err := vacant(place); err != nil {
		return nil, err
	}
	// The database appears under its name only when it is whole: a crash in between leaves
	// nothing that looks like a replica.
	begun := path + ".new"
	for _, left := range []string{begun, begun + "-wal", begun + "-shm"} {
		if err := os.Remove(left); err != nil && !errors.Is(err, os.ErrNotExist) {
			return nil, fmt.Errorf("clearing away a replica that was begun: %w", err)
		}
	}
	if err := found(ctx, begun, e); err != nil {
		return nil, err
	}
	if err = setAside(path, e.Incarnation); err == nil {
		err = os.Rename(begun, path)
	}
	if err == nil {
		err = syncFolder(place)
	}
	if err != nil {
		return nil, fmt.Errorf("putting a new replica in place: %w", err)
	}
	first := position{Incarnation: e.Incarnation, NextNumber: 1}
	if err := (lineFile{path: filepath.Join(place, lineName)}).write(first); err != nil {
		return nil, err
	}
	if key, err := readKey(place, f.chain); err == nil && key.chained {
		line := newChainedLine(f.chain, key.public)
		line.note(first)
		line.settle()
	}
	return f.Open(ctx, e.Login, changed)
}

// setAside keeps what a killed program left beside a database that was taken away since, out of the way of the new
// one: SQLite would read it into that, and what was not sent may be in it alone.
func setAside(path string, by syncproto.ID) error {
	if err := os.Rename(path+"-wal", path+"-wal."+by.String()); err != nil && !errors.Is(err, os.ErrNotExist) {
		return err
	}
	return removed(path + "-shm")
}

// Open opens the login's replica. Without one the error is a Problem with
// CodeNotEnrolled; a damaged file is one with CodeDamaged.
func (f *Folder) Open(ctx context.Context, login string, changed Changed) (*Replica, error) {
	place, err := f.place(login)
	if err != nil {
		return nil, err
	}
	path := filepath.Join(place, databaseName)
	if isErased(place) {
		_ = clearGrave(place, f.chain) // it holds nothing any more; the next start tries again
		return nil, &syncproto.Problem{Code: syncproto.CodeRevoked, Doing: "opening a replica"}
	}
	info, err := os.Stat(path)
	switch {
	case errors.Is(err, os.ErrNotExist):
		return nil, &syncproto.Problem{Code: CodeNotEnrolled, Doing: "opening a replica", Detail: path}
	case err != nil:
		return nil, refusedBySystem(path, "opening a replica", err)
	case info.IsDir():
		return nil, &syncproto.Problem{Code: CodeForeign, Doing: "opening a replica", Detail: path}
	case info.Size() == 0: // which SQLite would take for a new database
		return nil, damaged(path, "opening a replica")
	}
	key, err := readKey(place, f.chain)
	if errors.Is(err, os.ErrNotExist) {
		return nil, fmt.Errorf("%w: %w", &syncproto.Problem{Code: CodeKeyMissing, Doing: "opening a replica", Detail: filepath.Join(place, keyName)}, err)
	}
	if err != nil {
		return nil, err
	}
	if err := keepPrivate(path); err != nil {
		return nil, refusedBySystem(path, "opening a replica", err)
	}
	line := lineFile{path: filepath.Join(place, lineName)}
	if key = chainKey(place, key, line, f.chain); key.chained {
		line.chained = newChainedLine(f.chain, key.public)
	}
	return open(ctx, path, key, line, changed)
}
