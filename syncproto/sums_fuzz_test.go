package syncproto

import (
	"bytes"
	"testing"
)

// FuzzSums: what comes as the sums of a bucket is all of them, or refused; and it is written as it
// was read.
func FuzzSums(f *testing.F) {
	for _, length := range []int{0, SumsLength - 1, SumsLength, SumsLength + 1} {
		f.Add(bytes.Repeat([]byte{0xff}, length))
	}
	sums := Sums{3: One(7), 255: One(1 << 63)}
	f.Add(sums.Bytes())
	f.Fuzz(func(t *testing.T, data []byte) {
		read, err := ReadSums(data)
		switch {
		case err != nil:
			if isProblem(t, err); len(data) == SumsLength {
				t.Errorf("%x is refused: %v", data, err)
			}
		case !bytes.Equal(read.Bytes(), data):
			t.Errorf("%x is written again as %x", data, read.Bytes())
		}
	})
}
