// Package operator is the command line as a device: its key, and an outbox of every
// command it ever gave with the verdict that came first.
//
// It promises, in order of importance:
//
//  1. Nothing is sent before it is on the disk here, and nothing here is ever changed:
//     after a restore of the server, what headquarters did can be handed in again like
//     any desk's work (design §4).
//  2. A command whose answer was lost is sent again, as the same command, before any new
//     one.
//  3. One program at a time gives commands: two would give two commands one place in the
//     line, and the second could never be sent.
//
// It lies outside the server's directory: what happens to that must not happen to this. A
// file is one log's; a directory can hold several.
package operator

import (
	"context"
	"crypto/ed25519"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"slices"
	"time"

	"github.com/gofrs/flock"

	"redress/syncproto"
)

// record is one thing in the file. Exactly one of its parts is there.
type record struct {
	Start    *start              `cbor:"1,keyasint,omitempty"`
	Command  *syncproto.Envelope `cbor:"2,keyasint,omitempty"`
	Verdict  *syncproto.Verdict  `cbor:"3,keyasint,omitempty"`
	Epoch    *epoch              `cbor:"4,keyasint,omitempty"`
	Code     *Code               `cbor:"5,keyasint,omitempty"`
	Password *Password           `cbor:"6,keyasint,omitempty"`
}

// epoch is a restore of the server: its number is not given to another.
type epoch struct {
	Number uint32 `cbor:"1,keyasint,omitempty"`
}

// Code says that a person was given a code with which to make a device known, good until then.
// A log that is set back may have forgotten the device (counterexample A1, X7).
type Code struct {
	Person syncproto.ID      `cbor:"1,keyasint,omitzero"`
	Until  syncproto.Instant `cbor:"2,keyasint,omitempty"`
	Hash   syncproto.Hash    `cbor:"3,keyasint,omitzero"` // of the code, as the store keeps it
}

// Password says that a person was given another password. A backup that is put back may have the one
// before, which somebody else may know.
type Password struct {
	Person syncproto.ID `cbor:"1,keyasint,omitzero"`
	Hash   string       `cbor:"2,keyasint,omitempty"` // as the store keeps it
}

// Given is a command with its first verdict, zero where it has none yet.
type Given struct {
	Command syncproto.Envelope
	First   syncproto.Verdict
}

// start is the first record.
type start struct {
	LogID       syncproto.ID `cbor:"1,keyasint,omitzero"`
	Device      syncproto.ID `cbor:"2,keyasint,omitzero"`
	Incarnation syncproto.ID `cbor:"3,keyasint,omitzero"`
	Seed        []byte       `cbor:"4,keyasint,omitempty"` // of the Ed25519 key
}

// ErrDamaged says that the file is not what was written, and not just by an end that a
// crash left unfinished. Nothing of it is changed.
var ErrDamaged = errors.New("the operator's outbox is damaged")

// maxRecord bounds what is believed of a length.
const maxRecord = syncproto.MaxMessage

// Outbox is the open file.
type Outbox struct {
	file      *os.File
	length    int64        // of the records in it
	turn      *flock.Flock // nil where it was just made
	start     start
	key       ed25519.PrivateKey
	last      syncproto.Link
	waiting   []syncproto.Envelope // commands without a verdict, in their order
	given     []Given              // all there ever were
	epoch     uint32               // the newest that was heard of
	codes     []Code
	passwords []Password
}

// Path is where the outbox of a log lies in a directory.
func Path(directory string, logID syncproto.ID) string {
	return filepath.Join(directory, logID.String()+".outbox")
}

// Create makes a new outbox with a key made from 32 random bytes.
func Create(directory string, logID, device, incarnation syncproto.ID, seed []byte) (*Outbox, error) {
	if err := os.MkdirAll(directory, 0o700); err != nil {
		return nil, fmt.Errorf("making the operator's directory: %w", err)
	}
	file, err := os.OpenFile(Path(directory, logID), os.O_CREATE|os.O_EXCL|os.O_RDWR, 0o600)
	if err != nil {
		return nil, fmt.Errorf("making the operator's outbox: %w", err)
	}
	o := &Outbox{file: file, start: start{LogID: logID, Device: device, Incarnation: incarnation, Seed: seed}, key: ed25519.NewKeyFromSeed(seed)}
	if err := o.append(record{Start: &o.start}); err != nil {
		return nil, errors.Join(err, file.Close(), os.Remove(file.Name()))
	}
	return o, nil
}

// Open reads the outbox of a log, when no other program gives commands from it. A last
// record that a crash left unfinished is cut off: what it would have said was never sent.
func Open(ctx context.Context, directory string, logID syncproto.ID) (*Outbox, error) {
	path := Path(directory, logID)
	file, err := os.OpenFile(path, os.O_RDWR, 0)
	if err != nil {
		return nil, fmt.Errorf("opening the operator's outbox: %w", err)
	}
	o := &Outbox{file: file}
	if err := file.Chmod(0o600); err != nil { // it holds the key: taken from others after a careless copy
		return nil, errors.Join(fmt.Errorf("opening the operator's outbox: %w", err), file.Close())
	}
	if err := o.await(ctx, path); err != nil {
		return nil, errors.Join(err, file.Close())
	}
	if err := o.load(); err != nil {
		return nil, errors.Join(fmt.Errorf("reading the operator's outbox %s: %w", path, err), o.Close())
	}
	if o.start.LogID != logID || len(o.start.Seed) != ed25519.SeedSize {
		return nil, errors.Join(fmt.Errorf("reading the operator's outbox %s: it is not this log's; name its directory with --operator", path), o.Close())
	}
	o.key = ed25519.NewKeyFromSeed(o.start.Seed)
	if err := o.moveOn(); err != nil {
		return nil, errors.Join(err, o.Close())
	}
	return o, nil
}

const (
	patience = 10 * time.Second // with another command that is being given
	lookEach = 20 * time.Millisecond
)

// await waits for the turn to give commands.
func (o *Outbox) await(ctx context.Context, path string) error {
	o.turn = flock.New(path+".lock", flock.SetPermissions(0o600))
	limited, stop := context.WithTimeout(ctx, patience)
	defer stop()
	if _, err := o.turn.TryLockContext(limited, lookEach); err != nil {
		return fmt.Errorf("another command is being given from %s; wait for it to end: %w", path, err)
	}
	return nil
}

func (o *Outbox) load() error {
	data, err := io.ReadAll(o.file)
	if err != nil {
		return err
	}
	read := 0
	for {
		body, size := next(data[read:])
		if size == 0 {
			break
		}
		var r record
		if err := syncproto.Decode(body, &r); err != nil {
			return fmt.Errorf("%w at byte %d: %w", ErrDamaged, read, err)
		}
		o.take(r)
		read += size
	}
	if o.start.LogID.IsZero() || anyRecord(data[read:]) {
		return fmt.Errorf("%w at byte %d", ErrDamaged, read)
	}
	o.length = int64(read)
	if read == len(data) {
		return nil
	}
	return o.cutOff()
}

// anyRecord says whether a whole record begins anywhere. A crash leaves at most one that is
// unfinished, at the end: what has another behind it was damaged later, and cutting it off
// would take away commands that were given.
func anyRecord(data []byte) bool {
	for at := range data {
		if _, size := next(data[at:]); size > 0 {
			return true
		}
	}
	return false
}

// cutOff leaves the whole records alone in the file, and the next one to be written behind
// them.
func (o *Outbox) cutOff() error {
	if err := o.file.Truncate(o.length); err != nil {
		return err
	}
	_, err := o.file.Seek(o.length, io.SeekStart)
	return err
}

// next is the next whole record and how many bytes it takes; 0 where there is none.
func next(data []byte) ([]byte, int) {
	const head = 4 + 8
	if len(data) < head {
		return nil, 0
	}
	said := binary.BigEndian.Uint32(data)
	length := int(min(said, maxRecord)) // before it is an int, which may be too small for it
	if said > maxRecord || len(data) < head+length {
		return nil, 0
	}
	body := data[head : head+length]
	sum := syncproto.HashOf(body)
	if string(sum[:8]) != string(data[4:head]) {
		return nil, 0
	}
	return body, head + length
}

func (o *Outbox) take(r record) {
	switch {
	case r.Start != nil:
		o.start = *r.Start
	case r.Command != nil:
		o.last, o.start.Incarnation = r.Command.Link(), r.Command.Incarnation
		o.forget(r.Command.CommandHash()) // where it has another place now
		o.waiting = append(o.waiting, *r.Command)
		o.given = append(o.given, Given{Command: *r.Command})
	case r.Epoch != nil:
		o.epoch = max(o.epoch, r.Epoch.Number)
	case r.Code != nil:
		o.codes = append(o.codes, *r.Code)
	case r.Password != nil:
		o.passwords = append(o.passwords, *r.Password)
	case r.Verdict != nil:
		o.epoch = max(o.epoch, r.Verdict.Epoch)
		for i := len(o.given) - 1; i >= 0; i-- {
			if g := &o.given[i]; g.First.IsZero() && g.Command.CommandHash() == r.Verdict.Hash {
				g.First = *r.Verdict
				break
			}
		}
		o.waiting = slices.DeleteFunc(slices.Clone(o.waiting), func(e syncproto.Envelope) bool { return e.CommandHash() == r.Verdict.Hash })
	}
}

// forget takes away the place that a command without a verdict had before.
func (o *Outbox) forget(hash syncproto.Hash) {
	waits := len(o.waiting)
	o.waiting = slices.DeleteFunc(slices.Clone(o.waiting), func(e syncproto.Envelope) bool { return e.CommandHash() == hash })
	if len(o.waiting) < waits {
		o.given = slices.DeleteFunc(o.given, func(g Given) bool { return g.First.IsZero() && g.Command.CommandHash() == hash })
	}
}

// append writes a record and returns when it is on the disk.
func (o *Outbox) append(r record) error {
	body, err := syncproto.Encode(r)
	if err != nil {
		return err
	}
	sum := syncproto.HashOf(body)
	data := binary.BigEndian.AppendUint32(nil, uint32(len(body)))
	data = append(append(data, sum[:8]...), body...)
	_, err = o.file.Write(data)
	if err == nil {
		err = o.file.Sync()
	}
	if err != nil { // what a full disk took of it must not come before the next record
		return fmt.Errorf("writing the operator's outbox: %w", errors.Join(err, o.cutOff()))
	}
	o.length += int64(len(data))
	o.take(r)
	return nil
}

// Device is the command line's id at this log.
func (o *Outbox) Device() syncproto.ID { return o.start.Device }

// Key is the command line's public key.
func (o *Outbox) Key() ed25519.PublicKey {
	public, _ := o.key.Public().(ed25519.PublicKey) // an Ed25519 key's is always one
	return public
}

// Give signs a command and keeps it.
func (o *Outbox) Give(intent syncproto.Intent) error {
	e := syncproto.Seal(intent, o.key, o.start.Device, o.start.Incarnation, o.last)
	return o.append(record{Command: &e})
}

// Incarnation is the line in which commands are given.
func (o *Outbox) Incarnation() syncproto.ID { return o.start.Incarnation }

// Has says that its line comes by that link.
func (o *Outbox) Has(link syncproto.Link) bool {
	return link.Counter == 0 || slices.ContainsFunc(o.given, func(g Given) bool {
		return g.Command.Incarnation == o.start.Incarnation && g.Command.Link() == link
	})
}

// GoOn begins another line, in which what waits has its places: the log has more than this in the one
// before, for a copy of this file was put back.
func (o *Outbox) GoOn(incarnation syncproto.ID) error {
	o.start.Incarnation, o.last = incarnation, syncproto.Link{}
	return o.moveOn()
}

// moveOn gives what waits its places in the newest line: all of it, or the rest after a crash.
func (o *Outbox) moveOn() error {
	for _, e := range slices.Clone(o.waiting) {
		if e.Incarnation == o.start.Incarnation {
			continue
		}
		moved := syncproto.Reseal(e, o.start.Incarnation, o.last)
		if err := o.append(record{Command: &moved}); err != nil {
			return err
		}
	}
	return nil
}

// Waiting are the commands without a verdict, in their order.
func (o *Outbox) Waiting() []syncproto.Envelope { return o.waiting }

// Given are all commands ever given, in their order.
func (o *Outbox) Given() []Given { return o.given }

// Epoch is the newest epoch of the log that was heard of here.
func (o *Outbox) Epoch() uint32 { return o.epoch }

// NoteEpoch remembers that a restore begins this epoch.
func (o *Outbox) NoteEpoch(number uint32) error {
	return o.append(record{Epoch: &epoch{Number: number}})
}

// NoteCode remembers that a person was given a code. Whoever prints it notes it first.
func (o *Outbox) NoteCode(c Code) error { return o.append(record{Code: &c}) }

// Codes are all codes ever given.
func (o *Outbox) Codes() []Code { return o.codes }

// NotePassword remembers that a person has another password.
func (o *Outbox) NotePassword(p Password) error { return o.append(record{Password: &p}) }

// Passwords are all passwords ever given, in their order.
func (o *Outbox) Passwords() []Password { return o.passwords }

// Learn keeps the first verdict on a command.
func (o *Outbox) Learn(v syncproto.Verdict) error { return o.append(record{Verdict: &v}) }

// Close ends the use of the file.
func (o *Outbox) Close() error {
	if o.turn == nil {
		return o.file.Close()
	}
	return errors.Join(o.file.Close(), o.turn.Unlock())
}
