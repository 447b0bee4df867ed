package replica

import (
	"bytes"
	"encoding/hex"
	"errors"
	"os"
	"path/filepath"
	"testing"

	"redress/syncproto"
)

// FuzzLine: whatever stands in the file that says how far the device has come, it says nothing,
// or something that is read as the same when it is written again.
func FuzzLine(f *testing.F) {
	whole := filepath.Join(f.TempDir(), lineName)
	if err := (lineFile{path: whole}).write(position{Incarnation: syncproto.Derive("incarnation"), Counter: 7, NextNumber: 42}); err != nil {
		f.Fatal(err)
	}
	text, err := os.ReadFile(whole)
	if err != nil {
		f.Fatal(err)
	}
	for _, t := range [][]byte{text, text[:90], {}, bytes.Repeat([]byte{0}, lineLength), []byte("null"), []byte(`{"counter":-1}`), []byte(`{"counter":1e99}`), []byte(`[]`)} {
		f.Add(t)
	}
	path := filepath.Join(f.TempDir(), lineName)
	f.Fuzz(func(t *testing.T, text []byte) {
		if err := os.WriteFile(path, text, 0o600); err != nil {
			t.Fatal(err)
		}
		said, there, err := lineFile{path: path}.read()
		if err != nil {
			t.Fatalf("%q: %v", text, err)
		}
		if !there {
			return
		}
		if err := (lineFile{path: path}).write(said); err != nil {
			t.Fatal(err)
		}
		if again, there, err := (lineFile{path: path}).read(); err != nil || !there || again != said {
			t.Errorf("%q says %+v, and written again %+v: %v", text, said, again, err)
		}
	})
}

// FuzzKey: whatever stands in the place of the device's key is that key, or is named as damaged
// and kept.
func FuzzKey(f *testing.F) {
	for _, text := range []string{"", "00", string(bytes.Repeat([]byte("ab"), 32)), string(bytes.Repeat([]byte("AB"), 32)) + "\n", " \n", "keychain ", "keychain 00", "0x" + string(bytes.Repeat([]byte("a"), 62)), "\xff"} {
		f.Add([]byte(text))
	}
	place := f.TempDir()
	path := filepath.Join(place, keyName)
	f.Fuzz(func(t *testing.T, text []byte) {
		if err := os.WriteFile(path, text, 0o600); err != nil {
			t.Fatal(err)
		}
		key, err := readKey(place, nil)
		if err != nil {
			if !errors.Is(err, &syncproto.Problem{Code: CodeDamaged}) && !errors.Is(err, &syncproto.Problem{Code: CodeKeychainLocked}) {
				t.Errorf("%q: %v", text, err)
			}
		} else if err := writeKey(place, hex.EncodeToString(key.private.Seed())); err != nil {
			t.Fatal(err)
		} else if again, err := readKey(place, nil); err != nil || !again.private.Equal(key.private) {
			t.Errorf("%q is a key that cannot be written and read: %v", text, err)
		}
	})
}

// FuzzLogin: whatever somebody is called, their folder is one in the data folder, or the name
// is refused.
func FuzzLogin(f *testing.F) {
	for _, login := range []string{"wang", "王", "", ".", "..", "../x", "a/b", `a\b`, "c:", "a\x00b", "~", "-rf", "con", "a ", "\xff"} {
		f.Add(login)
	}
	f.Fuzz(func(t *testing.T, login string) {
		folder := Folder{dir: filepath.Join(string(filepath.Separator), "data")}
		place, err := folder.place(login)
		switch {
		case err != nil && !errors.Is(err, &syncproto.Problem{Code: syncproto.CodeMalformed}):
			t.Errorf("%q: %v", login, err)
		case err == nil && (filepath.Dir(place) != folder.dir || filepath.Base(place) != login):
			t.Errorf("%q works in %s", login, place)
		}
	})
}
