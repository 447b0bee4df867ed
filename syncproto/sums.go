package syncproto

import (
	"bytes"
	"crypto/sha256"
	"encoding/binary"
	"fmt"
)

// What two sides compare to know that they hold the same (design §7): for every bucket a
// count and a sum in 256 parts. A sum, and not the XOR: a document that is counted twice, or
// two that are missing in the same way, must show.

// PartCount is how many parts a bucket has: who finds one that differs fetches 1/256 of it.
const PartCount = 256

// Part is which part of its buckets a document is in: the last byte of its id, which is
// random in a UUIDv7 and part of a hash where an id is derived.
func (r Ref) Part() uint8 { return r.ID[len(r.ID)-1] }

// Mark is what a document adds to the sums of its buckets: the beginning of a SHA-256 over all
// that a copy could have otherwise, keyed by the log. The epoch is part of it: what a restored
// server decided again under the same version has another history.
func Mark(log ID, d Document) uint64 {
	var head [len(ID{}) + 2 + len(ID{}) + 4 + 8]byte
	into := append(head[:0], log[:]...)
	into = binary.BigEndian.AppendUint16(into, uint16(d.Ref.Kind))
	into = append(into, d.Ref.ID[:]...)
	into = binary.BigEndian.AppendUint32(into, d.Epoch)
	into = binary.BigEndian.AppendUint64(into, d.Version)
	h := sha256.New()
	h.Write(into)
	h.Write(d.Body)
	var sum Hash
	return binary.BigEndian.Uint64(h.Sum(sum[:0]))
}

// Sum is a number of documents and their marks added up, mod 2⁶⁴. It is also a change of one,
// where what goes is taken off: both numbers wrap.
type Sum struct {
	Count uint32 `cbor:"1,keyasint,omitempty"`
	Marks uint64 `cbor:"2,keyasint,omitempty"`
}

// Add is the sum with another beside it.
func (s Sum) Add(other Sum) Sum { return Sum{s.Count + other.Count, s.Marks + other.Marks} }

// Less is the sum without what another counts.
func (s Sum) Less(other Sum) Sum { return Sum{s.Count - other.Count, s.Marks - other.Marks} }

// One is the sum of one document with that mark.
func One(mark uint64) Sum { return Sum{1, mark} }

// Sums are those of a bucket's parts.
type Sums [PartCount]Sum

// Total is the sum of the whole bucket.
func (s *Sums) Total() (total Sum) {
	for _, part := range s {
		total = total.Add(part)
	}
	return total
}

const (
	sumLength = 4 + 8
	// SumsLength is how long the sums of a bucket are as bytes. That is below a page of a
	// database, so that a bucket whose documents change costs one more page.
	SumsLength = PartCount * sumLength
)

// Bytes writes the sums as they rest and travel: count and marks of each part in turn.
func (s *Sums) Bytes() []byte {
	data := make([]byte, 0, SumsLength)
	for _, part := range s {
		data = binary.BigEndian.AppendUint32(data, part.Count)
		data = binary.BigEndian.AppendUint64(data, part.Marks)
	}
	return data
}

// ReadSums reads what Bytes wrote.
func ReadSums(data []byte) (*Sums, error) {
	if len(data) != SumsLength {
		return nil, &Problem{Code: CodeMalformed, Doing: "reading the sums of a bucket", Detail: fmt.Sprintf("%d bytes", len(data))}
	}
	s := &Sums{}
	for n := range s {
		at := data[n*sumLength:]
		s[n] = Sum{binary.BigEndian.Uint32(at), binary.BigEndian.Uint64(at[4:])}
	}
	return s, nil
}

// PartSet is some of a bucket's parts.
type PartSet [PartCount / 8]byte

// AllParts is every part.
var AllParts = PartSet(bytes.Repeat([]byte{0xff}, len(PartSet{})))

// Has says whether a part is one of them.
func (p PartSet) Has(part uint8) bool { return p[part/8]&(1<<(part%8)) != 0 }

// With is the set with one part more.
func (p PartSet) With(part uint8) PartSet {
	p[part/8] |= 1 << (part % 8)
	return p
}

// Without is the set with one part less.
func (p PartSet) Without(part uint8) PartSet {
	p[part/8] &^= 1 << (part % 8)
	return p
}

// Or is what is in either.
func (p PartSet) Or(other PartSet) PartSet {
	for n := range p {
		p[n] |= other[n]
	}
	return p
}

// IsZero says that there is none; the codec leaves such fields out.
func (p PartSet) IsZero() bool { return p == PartSet{} }

// Count is how many they are.
func (p PartSet) Count() (n int) {
	for part := range PartCount {
		if p.Has(uint8(part)) {
			n++
		}
	}
	return n
}

// Differing are the parts in which two differ.
func (s *Sums) Differing(other *Sums) (parts PartSet) {
	for n := range s {
		if s[n] != other[n] {
			parts = parts.With(uint8(n))
		}
	}
	return parts
}
