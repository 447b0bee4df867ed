package operator

import (
	"bytes"
	"errors"
	"os"
	"path/filepath"
	"testing"

	"redress/syncproto"
)

// FuzzOutbox: whatever stands in the file, it is named as damaged and left to the byte, or its
// whole records are read and the next one stands behind them.
func FuzzOutbox(f *testing.F) {
	o, err := Create(f.TempDir(), syncproto.ID{1}, syncproto.ID{2}, syncproto.ID{3}, bytes.Repeat([]byte{4}, 32))
	if err == nil {
		err = errors.Join(o.Give(syncproto.Intent{ID: syncproto.ID{5}, Kind: syncproto.CommandIssuePolicy}), o.Learn(syncproto.Verdict{Hash: syncproto.Hash{6}}))
	}
	var whole []byte
	if err == nil {
		whole, err = os.ReadFile(o.file.Name())
	}
	if err := errors.Join(err, o.Close()); err != nil {
		f.Fatal(err)
	}
	for _, data := range [][]byte{whole, whole[:len(whole)-1], whole[:len(whole)/2], append(bytes.Clone(whole), 0xff, 0xff, 0xff, 0xff, 0, 0, 0, 0, 0, 0, 0, 0, 1), whole[1:], {}, make([]byte, 64)} {
		f.Add(data)
	}
	path := filepath.Join(f.TempDir(), "outbox")
	f.Fuzz(func(t *testing.T, data []byte) {
		if err := os.WriteFile(path, data, 0o600); err != nil {
			t.Fatal(err)
		}
		file, err := os.OpenFile(path, os.O_RDWR, 0)
		if err != nil {
			t.Fatal(err)
		}
		o := &Outbox{file: file}
		defer func() {
			if err := o.Close(); err != nil {
				t.Error(err)
			}
		}()
		err = o.load()
		kept, unread := os.ReadFile(path)
		switch {
		case unread != nil:
			t.Fatal(unread)
		case err != nil && (!errors.Is(err, ErrDamaged) || !bytes.Equal(kept, data)):
			t.Fatalf("%v, and the file is %d bytes of %d", err, len(kept), len(data))
		case err != nil:
			return
		case int64(len(kept)) != o.length || !bytes.HasPrefix(data, kept):
			t.Fatalf("of %d bytes %d are kept, and %d are records", len(data), len(kept), o.length)
		}
		if err := o.Learn(syncproto.Verdict{}); err != nil {
			t.Fatal(err)
		}
		if after, err := os.ReadFile(path); err != nil || !bytes.HasPrefix(after, kept) || int64(len(after)) != o.length {
			t.Errorf("the next record does not stand behind the others: %v", err)
		}
	})
}
