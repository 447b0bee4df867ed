package syncproto

import (
	"cmp"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"strings"
)

// ID names a thing for ever: a document, a command, an event, a device, an incarnation,
// a grant, a log. Where a person or machine makes one it is a UUIDv7; where both sides
// must arrive at the same one it is derived (see Derive). The zero ID names nothing.
type ID [16]byte

// IsZero says that the ID names nothing; the codec leaves such fields out.
func (id ID) IsZero() bool { return id == ID{} }

// String writes the ID as a UUID.
func (id ID) String() string {
	h := hex.EncodeToString(id[:])
	return h[0:8] + "-" + h[8:12] + "-" + h[12:16] + "-" + h[16:20] + "-" + h[20:]
}

// Compare orders IDs by their bytes, which for UUIDv7 is the order of making.
func (id ID) Compare(other ID) int { return cmp.Compare(string(id[:]), string(other[:])) }

// Less says that the ID comes before the other.
func (id ID) Less(other ID) bool { return id.Compare(other) < 0 }

// ParseID reads what String wrote.
func ParseID(text string) (ID, error) {
	raw, err := hex.DecodeString(strings.ReplaceAll(text, "-", ""))
	if err != nil || len(raw) != len(ID{}) {
		return ID{}, &Problem{Code: CodeMalformed, Doing: "reading an id", Detail: fmt.Sprintf("%q is not 32 hexadecimal digits", text)}
	}
	return ID(raw), nil
}

// Derive makes the ID that follows from what it is about, so that two sides, or the same
// side before and after a restore, arrive at the same one. The purpose keeps two uses of
// the same parts apart.
func Derive(purpose string, parts ...ID) ID {
	h := sha256.New()
	h.Write([]byte(purpose))
	for _, p := range parts {
		h.Write([]byte{0})
		h.Write(p[:])
	}
	var id ID
	copy(id[:], h.Sum(nil))
	id[6] = id[6]&0x0f | 0x80 // version 8: made from application data (RFC 9562)
	id[8] = id[8]&0x3f | 0x80
	return id
}

// NumberedID is an ID that stands for a small number, as a part for Derive.
func NumberedID(n uint64) ID {
	var id ID
	for i := range 8 {
		id[15-i] = byte(n >> (8 * i))
	}
	return id
}

// Hash is a SHA-256.
type Hash [32]byte

// IsZero says that there is no hash.
func (h Hash) IsZero() bool { return h == Hash{} }

// String writes the first eight bytes, enough to compare two by eye.
func (h Hash) String() string { return hex.EncodeToString(h[:8]) }

// HashOf is the SHA-256 of the parts one after another.
func HashOf(parts ...[]byte) Hash {
	h := sha256.New()
	for _, p := range parts {
		h.Write(p)
	}
	return Hash(h.Sum(nil))
}

// DocKind is the kind of a document. The numbers are in kinds.go and never change.
type DocKind uint16

// Ref names a document: kind and id.
type Ref struct {
	Kind DocKind `cbor:"1,keyasint,omitempty"`
	ID   ID      `cbor:"2,keyasint,omitzero"`
}

// IsZero says that the Ref names nothing.
func (r Ref) IsZero() bool { return r == Ref{} }

// Compare orders Refs by kind, then id: the order in which documents are written and sent.
func (r Ref) Compare(other Ref) int {
	if r.Kind != other.Kind {
		return cmp.Compare(r.Kind, other.Kind)
	}
	return r.ID.Compare(other.ID)
}

// Less says that the Ref comes before the other.
func (r Ref) Less(other Ref) bool { return r.Compare(other) < 0 }

// String writes kind and id, for logs and failures.
func (r Ref) String() string { return r.Kind.String() + "/" + r.ID.String() }

// Bucket names a set of documents that travel together to everyone who reads it: a unit
// (a region, a department, the call centre), one person, or ReferenceBucket. A bucket's
// ID is the ID of that unit or person.
type Bucket ID

// ReferenceBucket holds what every desk needs: persons, units, devices, policy versions.
var ReferenceBucket = Bucket(Derive("bucket of reference data"))

// IsZero says that the bucket names nothing.
func (b Bucket) IsZero() bool { return b == Bucket{} }

// String writes the bucket's id.
func (b Bucket) String() string {
	if b == ReferenceBucket {
		return "reference"
	}
	return ID(b).String()
}

// UnmarshalCBOR takes an ID of just its length: the codec by itself would cut a longer one
// and fill a shorter one up, and two texts would name one thing.
func (id *ID) UnmarshalCBOR(data []byte) error { return exactly(id[:], data) }

// UnmarshalCBOR takes a Hash of just its length (see ID).
func (h *Hash) UnmarshalCBOR(data []byte) error { return exactly(h[:], data) }

// UnmarshalCBOR takes a Bucket of just an ID's length (see ID).
func (b *Bucket) UnmarshalCBOR(data []byte) error { return exactly(b[:], data) }

// UnmarshalCBOR takes a PartSet of just its length (see ID).
func (p *PartSet) UnmarshalCBOR(data []byte) error { return exactly(p[:], data) }
