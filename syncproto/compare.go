package syncproto

// How a desk comes to hold what its buckets hold, and how both sides see that it does (design
// §7): for the first time, for a bucket that was gained, in a new epoch and after damage it is
// the same. The server says what the buckets hold where the desk stands (Checkpoint). In those
// that differ (Differs) it says what the parts hold (Parts), and the desk fetches the parts
// that differ (Fetch). They come as pages of deltas, and then another checkpoint. A bucket of
// which the desk has nothing is fetched whole at once.
//
// A desk never takes over the other side's sum: what it holds is counted from what it holds.

// CheckpointVersion is the version of the protocol from which on a session compares.
const CheckpointVersion = 3

// Checkpoint says what the desk's buckets hold at Seq. A desk that stands before it has got
// all that concerns it, and moves there.
type Checkpoint struct {
	Epoch   uint32      `cbor:"1,keyasint,omitempty"`
	Seq     uint64      `cbor:"2,keyasint,omitempty"`
	Time    Instant     `cbor:"3,keyasint,omitempty"`
	Buckets []BucketSum `cbor:"4,keyasint,omitempty"`
}

// BucketSum is what a bucket holds.
type BucketSum struct {
	Bucket Bucket `cbor:"1,keyasint,omitzero"`
	Sum    Sum    `cbor:"2,keyasint,omitzero"`
}

// Differs asks for the parts of buckets in which the desk holds something else. Stopped says
// that it has healed too often and asks for nothing any more: somebody has to look.
type Differs struct {
	Buckets []Bucket `cbor:"1,keyasint,omitempty"`
	Stopped bool     `cbor:"2,keyasint,omitempty"`
	// Complete says that nothing is being filled any more: from here on the desk has the
	// history of whatever changes up to its cursor.
	Complete bool `cbor:"3,keyasint,omitempty"`
}

// Parts says what the parts of a bucket hold at Seq (Sums.Bytes).
type Parts struct {
	Epoch  uint32 `cbor:"1,keyasint,omitempty"`
	Seq    uint64 `cbor:"2,keyasint,omitempty"`
	Bucket Bucket `cbor:"3,keyasint,omitzero"`
	Sums   []byte `cbor:"4,keyasint,omitempty"`
}

// Fetch asks for parts of a bucket. Heals says that the desk held it whole before.
type Fetch struct {
	Bucket Bucket  `cbor:"1,keyasint,omitzero"`
	Parts  PartSet `cbor:"2,keyasint,omitzero"`
	Heals  bool    `cbor:"3,keyasint,omitempty"`
}

// Page is what a bucket holds in some of its parts, of the documents past After up to Upto, in
// the order of their Refs; the last reaches to the end. It replaces what the desk has there:
// what is not in it has left.
type Page struct {
	Bucket Bucket  `cbor:"1,keyasint,omitzero"`
	Parts  PartSet `cbor:"2,keyasint,omitzero"`
	After  Ref     `cbor:"3,keyasint,omitzero"`
	Upto   Ref     `cbor:"4,keyasint,omitzero"`
	// Last says that nothing of these parts is left to come: Upto does not count.
	Last bool `cbor:"5,keyasint,omitempty"`
	// Packed is PageContents, encoded and packed with zstd: at most MaxPageBytes unpacked.
	Packed []byte `cbor:"6,keyasint,omitempty"`
}

// PageContents are documents with all of their history. A history that is longer than a page
// comes in several, and the document with the last.
type PageContents struct {
	Documents []Document     `cbor:"1,keyasint,omitempty"`
	History   []HistoryEntry `cbor:"2,keyasint,omitempty"`
}
