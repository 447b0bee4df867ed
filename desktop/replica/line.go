package replica

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"os"

	"redress/syncproto"
)

// position is how far this device has come, as it is remembered outside the database.
type position struct {
	Incarnation syncproto.ID
	Counter     uint64
	NextNumber  uint64
}

// lineFile keeps the position in a file of its own, so that a database set back to an
// earlier state is noticed: a file behind it approves nothing before the server was asked
// (design §4).
//
// The file has one fixed length below a disk's sector and is written over in place, after
// the commit and without a sync. So a crash leaves the new line or the one before, which
// at worst is behind the database: that is no reason for suspicion. A sync here would
// double what a tap costs and buy nothing.
//
// Where the device's key lies in the system's keychain, the position lies there too, as far as
// keychains can keep up: then also a folder that is set back with all in it is noticed.
type lineFile struct {
	path    string
	chained *chainedLine // nil where there is no keychain
}

const lineLength = 256

type lineText struct {
	Incarnation string `json:"incarnation"`
	Counter     uint64 `json:"counter"`
	NextNumber  uint64 `json:"nextNumber"`
}

// read reports false where there is no position to be had: then nothing vouches for the
// database either.
func (l lineFile) read() (position, bool, error) {
	data, err := os.ReadFile(l.path)
	if errors.Is(err, os.ErrNotExist) {
		return position{}, false, nil
	}
	if err != nil {
		return position{}, false, fmt.Errorf("reading how far this device has come: %w", err)
	}
	at, said := readPosition(data) // a file that says nothing vouches for nothing
	return at, said, nil
}

func readPosition(data []byte) (position, bool) {
	var text lineText
	if err := json.Unmarshal(bytes.TrimSpace(data), &text); err != nil {
		return position{}, false
	}
	incarnation, err := syncproto.ParseID(text.Incarnation)
	return position{Incarnation: incarnation, Counter: text.Counter, NextNumber: text.NextNumber}, err == nil
}

func (p position) text() ([]byte, error) {
	data, err := json.Marshal(lineText{Incarnation: p.Incarnation.String(), Counter: p.Counter, NextNumber: p.NextNumber})
	if err != nil {
		return nil, fmt.Errorf("writing how far this device has come: %w", err)
	}
	return data, nil
}

// behind says that the file has not come as far as the position, or is in another line. A
// position beyond which the file has come says nothing against it: it is written after.
func (s self) behind(at position) bool {
	return at.Incarnation != s.incarnation || at.Counter > s.link.Counter
}

// vouches says how far the device has come, by the file and by the keychain, and whether the
// database has come as far. Where neither says anything, nothing vouches for it.
func (l lineFile) vouches(s self) (nextNumber uint64, vouched bool, err error) {
	at, vouched, err := l.read()
	if err != nil {
		return 0, false, err
	}
	vouched = vouched && !s.behind(at)
	if l.chained != nil {
		outside, said := l.chained.read()
		vouched = vouched && said && !s.behind(outside)
		at.NextNumber = max(at.NextNumber, outside.NextNumber)
	}
	return at.NextNumber, vouched, nil
}

func (l lineFile) write(p position) error {
	if l.chained != nil {
		l.chained.note(p)
	}
	data, err := p.text()
	if err != nil {
		return err
	}
	data = append(data, bytes.Repeat([]byte{' '}, lineLength-1-len(data))...)
	file, err := os.OpenFile(l.path, os.O_CREATE|os.O_WRONLY, 0o600)
	if err == nil {
		_, err = file.WriteAt(append(data, '\n'), 0)
		err = errors.Join(err, file.Close())
	}
	if err != nil {
		return fmt.Errorf("writing how far this device has come: %w", err)
	}
	return nil
}
