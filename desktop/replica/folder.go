package replica

import (
	"context"
	"crypto/ed25519"
	"encoding/hex"
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
	dir  string
	lock *flock.Flock
}

// OpenFolder takes the folder, making it where there is none. If another window has it,
// the error is a Problem with CodeInUse.
func OpenFolder(dir string) (*Folder, error) {
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
	return &Folder{dir: dir, lock: lock}, nil
}

// Close gives the folder free. Close the replicas before.
func (f *Folder) Close() error {
	if err := f.lock.Unlock(); err != nil {
		return fmt.Errorf("giving the data folder %s free: %w", f.dir, err)
	}
	return nil
}

// Logins are the people who have a replica here, in alphabetical order.
func (f *Folder) Logins() ([]string, error) {
	entries, err := os.ReadDir(f.dir)
	if err != nil {
		return nil, fmt.Errorf("listing the data folder: %w", err)
	}
	var logins []string
	for _, e := range entries {
		if _, err := os.Stat(filepath.Join(f.dir, e.Name(), databaseName)); err == nil {
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
// then fresh becomes it and is on the disk before this returns, so that a device the
// server knows never lacks its key.
func (f *Folder) DeviceKey(login string, fresh ed25519.PrivateKey) (ed25519.PrivateKey, error) {
	place, err := f.place(login)
	if err != nil {
		return nil, err
	}
	key, err := readKey(place)
	if !errors.Is(err, os.ErrNotExist) {
		return key, err
	}
	if err := os.MkdirAll(place, 0o700); err != nil {
		return nil, refusedBySystem(place, "making the folder of a replica", err)
	}
	return fresh, writeKey(place, fresh)
}

// readKey reads the device's key: the seed in hexadecimal digits. It stays a file until
// the keychains of the three systems are joined; the folder's mode keeps others out.
func readKey(place string) (ed25519.PrivateKey, error) {
	path := filepath.Join(place, keyName)
	text, err := os.ReadFile(path)
	if err == nil {
		err = keepPrivate(path)
	}
	if err != nil {
		return nil, refusedBySystem(path, "reading the device's key", err)
	}
	seed, err := hex.DecodeString(strings.TrimSpace(string(text)))
	if err != nil || len(seed) != ed25519.SeedSize {
		return nil, damaged(path, "reading the device's key")
	}
	return ed25519.NewKeyFromSeed(seed), nil
}

// keepPrivate takes a file from others who may read it, as after a careless copy.
func keepPrivate(path string) error {
	info, err := os.Stat(path)
	if err != nil || runtime.GOOS == "windows" || info.Mode().Perm()&0o077 == 0 {
		return err
	}
	return os.Chmod(path, 0o600)
}

// writeKey puts the key in place whole: what a crash or a full disk leaves of one that was
// begun is not taken for the device's key, and does not stand in the way of the next.
func writeKey(place string, key ed25519.PrivateKey) error {
	const doing = "writing the device's key"
	path := filepath.Join(place, keyName)
	begun := path + ".new"
	file, err := os.OpenFile(begun, os.O_CREATE|os.O_TRUNC|os.O_WRONLY, 0o600)
	if err != nil {
		return refusedBySystem(begun, doing, err)
	}
	_, err = file.WriteString(hex.EncodeToString(key.Seed()) + "\n")
	if err == nil {
		err = file.Sync()
	}
	if err = errors.Join(err, file.Close()); err == nil {
		err = os.Rename(begun, path)
	}
	if err = errors.Join(err, syncFolder(place)); err != nil {
		return refusedBySystem(path, doing, err)
	}
	return nil
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
	if _, err := os.Stat(path); err == nil {
		return nil, &syncproto.Problem{Code: syncproto.CodeAlready, Doing: "making a replica", Detail: path}
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
	err = os.Rename(begun, path)
	if err == nil {
		err = syncFolder(place)
	}
	if err != nil {
		return nil, fmt.Errorf("putting a new replica in place: %w", err)
	}
	line := lineFile{path: filepath.Join(place, lineName)}
	if err := line.write(position{Incarnation: e.Incarnation, NextNumber: 1}); err != nil {
		return nil, err
	}
	return f.Open(ctx, e.Login, changed)
}

// Open opens the login's replica. Without one the error is a Problem with
// CodeNotEnrolled; a damaged file is one with CodeDamaged.
func (f *Folder) Open(ctx context.Context, login string, changed Changed) (*Replica, error) {
	place, err := f.place(login)
	if err != nil {
		return nil, err
	}
	path := filepath.Join(place, databaseName)
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
	key, err := readKey(place)
	if errors.Is(err, os.ErrNotExist) {
		return nil, fmt.Errorf("%w: %w", &syncproto.Problem{Code: CodeKeyMissing, Doing: "opening a replica", Detail: filepath.Join(place, keyName)}, err)
	}
	if err != nil {
		return nil, err
	}
	if err := keepPrivate(path); err != nil {
		return nil, refusedBySystem(path, "opening a replica", err)
	}
	return open(ctx, path, key, lineFile{path: filepath.Join(place, lineName)}, changed)
}
