// Package wiretest is what the fuzz tests on both sides begin with, and how they read what a
// fuzzer made up.
//
// It promises that the messages are those of every released version, and that the same bytes are
// read as the same story by whoever plays it: a corpus stays good.
package wiretest

import (
	"encoding/binary"
	"encoding/hex"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// Golden is one thing as a released version wrote it.
type Golden struct {
	File string // v3-hello.golden
	Name string // what it is: hello, intent, …
	Data []byte
}

// Goldens are all of syncproto/testdata/wire, read from the folder of syncproto.
func Goldens(t testing.TB, syncproto string) (all []Golden) {
	t.Helper()
	files, err := filepath.Glob(filepath.Join(syncproto, "testdata", "wire", "*.golden"))
	if err != nil || len(files) == 0 {
		t.Fatal("no goldens", err)
	}
	for _, file := range files {
		text, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		_, digits, _ := strings.Cut(string(text), "\n\n")
		data, err := hex.DecodeString(strings.TrimSpace(digits))
		if err != nil {
			t.Fatalf("%s: %v", file, err)
		}
		base := filepath.Base(file)
		_, name, _ := strings.Cut(strings.TrimSuffix(base, ".golden"), "-")
		all = append(all, Golden{base, name, data})
	}
	return all
}

// Tape is what a fuzzer made up, read as one thing after another.
type Tape struct{ Rest []byte }

// Ended says that nothing is left.
func (p *Tape) Ended() bool { return len(p.Rest) == 0 }

// Byte is the next one; 0 where nothing is left.
func (p *Tape) Byte() byte {
	if p.Ended() {
		return 0
	}
	b := p.Rest[0]
	p.Rest = p.Rest[1:]
	return b
}

// Bytes are as many as the next two say, or all that are left.
func (p *Tape) Bytes() []byte {
	length := min(int(p.Byte())<<8|int(p.Byte()), len(p.Rest))
	data := p.Rest[:length]
	p.Rest = p.Rest[length:]
	return data
}

// Recorded is data as Bytes reads it.
func Recorded(data []byte) []byte {
	return append(binary.BigEndian.AppendUint16(nil, uint16(len(data))), data...)
}
