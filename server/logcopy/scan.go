package logcopy

import (
	"bufio"
	"crypto/ed25519"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"

	"redress/server/store"
	"redress/syncproto"
)

// File is the copy's name in its directory.
const File = "log.copy"

var (
	// ErrOther says that the copy is another log's.
	ErrOther = errors.New("the copy is another log's")
	// ErrAhead says that the copy has entries that the server lacks.
	ErrAhead = errors.New("the copy is further than the server's log")
	// ErrForked says that copy and log have different entries at one place.
	ErrForked = errors.New("the copy and the server's log went different ways")
	// ErrDamaged says that the copy is not what was written, and not just by an end that a
	// crash left unfinished.
	ErrDamaged = errors.New("the copy of the log is damaged")
	// ErrNone says that there is no copy in the directory.
	ErrNone = errors.New("there is no copy of a log")
)

// Contents is what a copy says, but for its entries.
type Contents struct {
	Identity    store.Identity // of its last epoch
	Head        store.Head
	Last        syncproto.Instant // the time of its last entry
	Length      int64             // of the records that hold together
	Unfinished  int64             // bytes behind them
	credentials map[string]credential
}

// Credentials are those that are in force at its end, in no order.
func (c *Contents) Credentials() []store.Credential {
	all := make([]store.Credential, 0, len(c.credentials))
	for _, one := range c.credentials {
		all = append(all, one.row())
	}
	return all
}

// Read reads the copy in a directory and hands out its entries in order; take may be nil.
// Every record's sum and every entry's place in the chain is checked. ErrDamaged comes with
// the contents up to the damage, and always with an identity: damaged before that, it is ErrNone.
func Read(directory string, take func(syncproto.Entry) error) (*Contents, error) {
	path := filepath.Join(directory, File)
	file, err := os.Open(path)
	if errors.Is(err, os.ErrNotExist) {
		return nil, fmt.Errorf("%w in %s", ErrNone, directory)
	}
	if err != nil {
		return nil, fmt.Errorf("opening the copy of the log: %w", err)
	}
	c, err := scan(file, take)
	if c.Identity.LogID.IsZero() && errors.Is(err, ErrDamaged) { // nothing is left of it, also for who is content with less
		err = fmt.Errorf("%w that says whose it is: %v", ErrNone, err) //nolint:errorlint // it is not to be forgiven as damage
	}
	if err := errors.Join(err, file.Close()); err != nil {
		return c, fmt.Errorf("reading the copy of the log %s: %w", path, err)
	}
	if c.Identity.LogID.IsZero() {
		return c, fmt.Errorf("reading the copy of the log %s: %w: its beginning was never finished", path, ErrNone)
	}
	return c, nil
}

// maxUnfinished bounds what a crash can leave of one batch, with its credentials.
const maxUnfinished = 64 << 20

// readAhead is how much of the file is read at once.
const readAhead = 1 << 20

// scan reads records until the end or the first that does not hold.
func scan(file *os.File, take func(syncproto.Entry) error) (*Contents, error) {
	c := &Contents{credentials: map[string]credential{}}
	info, err := file.Stat()
	if err != nil {
		return c, err
	}
	in := bufio.NewReaderSize(file, readAhead)
	for {
		body, err := nextRecord(in)
		if err != nil {
			return c, err
		}
		if body == nil {
			break
		}
		var r record
		if err := syncproto.Decode(body, &r); err != nil {
			return c, fmt.Errorf("%w at byte %d: %w", ErrDamaged, c.Length, err)
		}
		if err := c.take(r, take); err != nil {
			return c, err
		}
		c.Length += int64(frame + len(body))
	}
	if c.Unfinished = info.Size() - c.Length; c.Unfinished == 0 {
		return c, nil
	}
	return c, c.judgeEnd(file)
}

// nextRecord is the next record's body; nil where there is no whole one.
func nextRecord(in *bufio.Reader) ([]byte, error) {
	head := make([]byte, frame)
	if _, err := io.ReadFull(in, head); err != nil {
		return nil, atEnd(err)
	}
	length := binary.BigEndian.Uint32(head)
	if length == 0 || length > maxRecord {
		return nil, nil
	}
	data := make([]byte, frame+int(length))
	copy(data, head)
	if _, err := io.ReadFull(in, data[frame:]); err != nil {
		return nil, atEnd(err)
	}
	body, _ := framed(data)
	return body, nil
}

// atEnd turns the end of the file into no error.
func atEnd(err error) error {
	if errors.Is(err, io.EOF) || errors.Is(err, io.ErrUnexpectedEOF) {
		return nil
	}
	return err
}

// judgeEnd says whether what comes after the records that hold is just an end that was never
// synced, or damage.
func (c *Contents) judgeEnd(file *os.File) error {
	if c.Unfinished > maxUnfinished {
		return fmt.Errorf("%w at byte %d", ErrDamaged, c.Length)
	}
	rest, err := io.ReadAll(io.NewSectionReader(file, c.Length, c.Unfinished))
	if err != nil {
		return err
	}
	if syncedBehind(rest, c.Length) {
		return fmt.Errorf("%w at byte %d", ErrDamaged, c.Length)
	}
	return nil
}

// take takes in a record.
func (c *Contents) take(r record, take func(syncproto.Entry) error) error {
	switch r.parts() {
	case 0:
		return &syncproto.Problem{Code: syncproto.CodeUpgrade, Doing: fmt.Sprintf("reading what stands at byte %d of the copy", c.Length),
			Detail: "a newer program wrote it: start that one"}
	case 1:
	default:
		return fmt.Errorf("%w at byte %d: it says two things at once", ErrDamaged, c.Length)
	}
	switch {
	case r.Batch != nil:
		if r.Batch.At != c.Length {
			return fmt.Errorf("%w: what stands at byte %d was written at %d", ErrDamaged, c.Length, r.Batch.At)
		}
	case r.Identity != nil:
		return c.takeIdentity(*r.Identity)
	case r.Entry != nil:
		if err := c.takeEntry(*r.Entry); err != nil || take == nil {
			return err
		}
		return take(syncproto.Entry{Header: r.Entry.Header, Payload: r.Entry.Payload, Chain: r.Entry.Chain})
	case r.Credential != nil:
		if r.Credential.Removed {
			delete(c.credentials, r.Credential.name())
		} else {
			c.credentials[r.Credential.name()] = *r.Credential
		}
	}
	return nil
}

func (c *Contents) takeIdentity(i identity) error {
	whose := len(i.ServerSeed) == ed25519.SeedSize && len(i.OperatorKey) == ed25519.PublicKeySize && !i.LogID.IsZero()
	if !whose || !c.Identity.LogID.IsZero() && (i.LogID != c.Identity.LogID || i.Epoch < c.Identity.Epoch) {
		return fmt.Errorf("%w at byte %d: it does not say whose log it is", ErrDamaged, c.Length)
	}
	c.Identity = store.Identity{LogID: i.LogID, Epoch: i.Epoch, ServerKey: ed25519.NewKeyFromSeed(i.ServerSeed),
		OperatorDevice: i.OperatorDevice, OperatorKey: i.OperatorKey}
	return nil
}

func (c *Contents) takeEntry(e entry) error {
	var header syncproto.Header
	if err := syncproto.Decode(e.Header, &header); err != nil {
		return fmt.Errorf("%w at byte %d: %w", ErrDamaged, c.Length, err)
	}
	if header.Format > syncproto.EntryFormat {
		return &syncproto.Problem{Code: syncproto.CodeUpgrade, Doing: fmt.Sprintf("reading entry %d of the copy", e.Seq),
			Detail: "a newer program wrote it: start that one"}
	}
	follows := !header.LogID.IsZero() && header.LogID == c.Identity.LogID && header.Epoch <= c.Identity.Epoch &&
		header.Seq == c.Head.Seq+1 && header.Seq == e.Seq && header.Epoch == e.Epoch &&
		header.Epoch >= c.Head.Epoch && header.Payload == syncproto.HashOf(e.Payload) &&
		e.Chain == syncproto.ChainOf(c.Head.Chain, e.Header, header.Payload)
	if !follows {
		return fmt.Errorf("%w at byte %d: the chain breaks after entry %d", ErrDamaged, c.Length, c.Head.Seq)
	}
	c.Head, c.Last = store.Head{Epoch: e.Epoch, Seq: e.Seq, Chain: e.Chain}, header.Time
	return nil
}
