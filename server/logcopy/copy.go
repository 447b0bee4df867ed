package logcopy

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"

	"redress/server/store"
	"redress/syncproto"
)

// Log is the log that is copied.
type Log interface {
	Identity(ctx context.Context) (store.Identity, error)
	View(ctx context.Context, read func(*store.View) error) error
	CredentialsVersion() uint64
	Credentials(ctx context.Context, take func(store.Credential) error) error
}

const (
	// entriesABatch and bytesABatch bound what is written with one sync.
	entriesABatch = 512
	bytesABatch   = 4 << 20
)

// copied is an open copy that belongs to the log.
type copied struct {
	file     *os.File
	contents *Contents
	version  uint64 // of the credentials in it, plus one; 0 before they were first compared
}

// open opens the copy of a log, or begins one, and has all of it on the disk. synced is how
// long it was when this process wrote to it last, -1 where it never did: what lies behind was
// not on the disk for sure, whatever can be read of it now.
func open(ctx context.Context, directory string, log Log, synced int64) (*copied, error) {
	id, err := log.Identity(ctx)
	if err != nil {
		return nil, err
	}
	file, err := os.OpenFile(filepath.Join(directory, File), os.O_RDWR|os.O_CREATE, 0o600)
	if err != nil {
		return nil, fmt.Errorf("opening the copy of the log: %w", err)
	}
	c := &copied{file: file}
	if err := c.prepare(ctx, directory, id, log, synced); err != nil {
		return nil, errors.Join(err, file.Close())
	}
	return c, nil
}

func (c *copied) prepare(ctx context.Context, directory string, id store.Identity, log Log, synced int64) error {
	if err := c.file.Chmod(0o600); err != nil { // it holds the server's key: taken from others after a careless copy
		return fmt.Errorf("opening the copy of the log: %w", err)
	}
	if err := c.cutBack(synced); err != nil {
		return err
	}
	var err error
	if c.contents, err = scan(c.file, nil); err != nil {
		return fmt.Errorf("reading the copy of the log %s: %w", c.file.Name(), err)
	}
	if err := c.belongs(ctx, id, log); err != nil {
		return fmt.Errorf("opening the copy of the log %s: %w", c.file.Name(), err)
	}
	if err := c.cutOff(); err != nil {
		return err
	}
	if c.contents.Identity.Epoch != id.Epoch {
		return c.append(directory, record{Identity: &identity{LogID: id.LogID, Epoch: id.Epoch, ServerSeed: id.ServerKey.Seed(),
			OperatorDevice: id.OperatorDevice, OperatorKey: id.OperatorKey}})
	}
	return c.sync() // what another process wrote and did not come to sync
}

// cutBack leaves what was synced, where this process knows how much that is.
func (c *copied) cutBack(synced int64) error {
	if synced < 0 {
		return nil
	}
	info, err := c.file.Stat()
	if err == nil && info.Size() > synced {
		err = c.file.Truncate(synced)
	}
	if err != nil {
		return fmt.Errorf("opening the copy of the log: %w", err)
	}
	return nil
}

// belongs says whether the copy is of this log, and not further.
func (c *copied) belongs(ctx context.Context, id store.Identity, log Log) error {
	held := c.contents
	if held.Identity.LogID.IsZero() {
		return nil // nothing is in it yet
	}
	if held.Identity.LogID != id.LogID {
		return fmt.Errorf("%w: %v, and the server's is %v", ErrOther, held.Identity.LogID, id.LogID)
	}
	if held.Identity.Epoch > id.Epoch {
		return fmt.Errorf("%w: it is in epoch %d, the server in %d", ErrAhead, held.Identity.Epoch, id.Epoch)
	}
	return log.View(ctx, func(v *store.View) error {
		head, err := v.Head()
		if err != nil {
			return err
		}
		if held.Head.Seq > head.Seq {
			return fmt.Errorf("%w: it ends at %d/%d, the server at %d/%d", ErrAhead, held.Head.Epoch, held.Head.Seq, head.Epoch, head.Seq)
		}
		e, _, err := v.Entry(held.Head.Seq)
		if err == nil && e.Chain != held.Head.Chain {
			err = fmt.Errorf("%w: entry %d is another", ErrForked, held.Head.Seq)
		}
		return err
	})
}

// cutOff leaves the records that hold, and the next to be written behind them.
func (c *copied) cutOff() error {
	err := c.file.Truncate(c.contents.Length)
	if err == nil {
		_, err = c.file.Seek(c.contents.Length, io.SeekStart)
	}
	if err != nil {
		return fmt.Errorf("cutting off the unfinished end of the copy: %w", err)
	}
	return nil
}

func (c *copied) sync() error {
	if err := c.file.Sync(); err != nil {
		return fmt.Errorf("syncing the copy of the log: %w", err)
	}
	return nil
}

// append writes records as one batch and returns when they are on the disk. directory is
// synced too where the file is new, "" where it is not. After an error nobody knows what is
// in the file: it has to be opened again.
func (c *copied) append(directory string, records ...record) error {
	info, err := c.file.Stat()
	if err != nil {
		return fmt.Errorf("writing the copy of the log: %w", err)
	}
	if info.Size() != c.contents.Length {
		return fmt.Errorf("writing the copy of the log: it has %d bytes and should have %d: another program writes it", info.Size(), c.contents.Length)
	}
	data := appendRecord(nil, record{Batch: &batch{At: c.contents.Length}})
	for _, r := range records {
		data = appendRecord(data, r)
	}
	if _, err := c.file.Write(data); err != nil {
		return fmt.Errorf("writing the copy of the log: %w", err)
	}
	if err := c.sync(); err != nil {
		return err
	}
	if directory != "" {
		if err := store.SyncDirectory(directory); err != nil {
			return err
		}
	}
	for _, r := range records {
		if err := c.contents.take(r, nil); err != nil {
			return err
		}
	}
	c.contents.Length += int64(len(data))
	return nil
}

// errGone is that the file that is written is no longer the one in the directory: it was deleted or moved
// away, and what is written there nobody would find.
var errGone = errors.New("the file was deleted or moved away")

func (c *copied) inPlace() error {
	written, err := c.file.Stat()
	if err != nil {
		return fmt.Errorf("looking for the copy of the log: %w", err)
	}
	if there, err := os.Stat(c.file.Name()); err != nil || !os.SameFile(there, written) {
		return errors.Join(fmt.Errorf("looking for the copy of the log %s: %w", c.file.Name(), errGone), err)
	}
	return nil
}

// advance copies what comes next of the log; false where there is nothing more.
func (c *copied) advance(ctx context.Context, log Log) (bool, error) {
	if err := c.inPlace(); err != nil {
		return false, err
	}
	records, err := c.credentials(ctx, log)
	if err != nil {
		return false, err
	}
	err = log.View(ctx, func(v *store.View) error {
		entries, err := v.Entries(c.contents.Head.Seq, entriesABatch)
		size := 0
		for i, e := range entries {
			if size += len(e.Payload); i > 0 && size > bytesABatch {
				break
			}
			var header syncproto.Header
			if err := syncproto.Decode(e.Header, &header); err != nil {
				return fmt.Errorf("reading entry %d: %w", c.contents.Head.Seq+uint64(i)+1, err)
			}
			records = append(records, record{Entry: &entry{Seq: header.Seq, Epoch: header.Epoch, Header: e.Header, Payload: e.Payload, Chain: e.Chain}})
		}
		return err
	})
	if err != nil || len(records) == 0 {
		return false, err
	}
	return true, c.append("", records...)
}

// credentials are what has changed of them since they were copied last.
func (c *copied) credentials(ctx context.Context, log Log) ([]record, error) {
	version := log.CredentialsVersion() + 1
	if version == c.version {
		return nil, nil
	}
	var records []record
	there := map[string]bool{}
	err := log.Credentials(ctx, func(row store.Credential) error {
		one := ofRow(row)
		there[one.name()] = true
		if before, copied := c.contents.credentials[one.name()]; !copied || !same(before, one) {
			records = append(records, record{Credential: &one})
		}
		return nil
	})
	if err != nil {
		return nil, err
	}
	for name, one := range c.contents.credentials {
		if !there[name] {
			records = append(records, record{Credential: &credential{Kind: one.Kind, Key: one.Key, Removed: true}})
		}
	}
	c.version = version
	return records, nil
}

func same(a, b credential) bool {
	return string(syncproto.MustEncode(a)) == string(syncproto.MustEncode(b))
}
