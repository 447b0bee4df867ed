package syncproto

// EpochEnd is the last position of an epoch that is safe in this log's line.
type EpochEnd struct {
	Epoch uint32 `cbor:"1,keyasint,omitempty"`
	Seq   uint64 `cbor:"2,keyasint,omitempty"`
}

// Covered is the line of a log's epochs: of each the last position, of the newest as far as
// a copy elsewhere holds it. A position alone says nothing: after a restore the same one is
// another entry (counterexample R1).
type Covered []EpochEnd

// Covers says that the entry a verdict names is in the line.
func (c Covered) Covers(v Verdict) bool {
	for _, end := range c {
		if end.Epoch == v.Epoch {
			return v.Seq != 0 && v.Seq <= end.Seq
		}
	}
	return false
}
