package syncproto

// Header is what an entry's place in the log consists of. Time is max(now, last + 1 µs).
type Header struct {
	LogID   ID      `cbor:"1,keyasint,omitzero"`
	Epoch   uint32  `cbor:"2,keyasint,omitempty"`
	Seq     uint64  `cbor:"3,keyasint,omitempty"`
	Time    Instant `cbor:"4,keyasint,omitempty"`
	Format  uint16  `cbor:"5,keyasint,omitempty"` // EntryFormat of whoever wrote it
	Payload Hash    `cbor:"6,keyasint,omitzero"`  // SHA-256 of the payload's bytes
}

// Payload is what was decided. Its bytes can be erased on record and the chain still
// verifies, because the header holds their hash.
type Payload struct {
	Command Envelope `cbor:"1,keyasint,omitzero"`
	// Received is the server's clock when the command came in, and Reconnect the anchor of
	// the session that brought it: with the command's own readings, all that was known of
	// its time.
	Received  Instant   `cbor:"2,keyasint,omitempty"`
	Reconnect Anchor    `cbor:"3,keyasint,omitzero"`
	Within    Interval  `cbor:"4,keyasint,omitzero"`
	Outcome   Outcome   `cbor:"5,keyasint,omitempty"`
	Findings  []Finding `cbor:"6,keyasint,omitempty"`
	Events    []Event   `cbor:"7,keyasint,omitempty"`
	// Releases is the position of the entry that parked this very command, 0 where it was
	// not parked. Where the Outcome is Parked it is not released: it waits on, and First is what
	// its device said meanwhile that it was told of it.
	Releases uint64 `cbor:"8,keyasint,omitempty"`
	// First is the first verdict the command had, from an epoch that a restore took back:
	// what the entry had to keep to.
	First Verdict `cbor:"9,keyasint,omitzero"`
}

// Entry is one decided command in the log.
type Entry struct {
	Header  []byte // encoded Header
	Payload []byte // encoded Payload
	Chain   Hash
}

// EntryFormat is the newest form of entry this program writes and reads. A ledger that
// meets a newer one refuses to start.
const EntryFormat = 1

// Chained makes the entry that follows previous.
func Chained(previous Hash, header Header, payload []byte) Entry {
	header.Format, header.Payload = EntryFormat, HashOf(payload)
	encoded := MustEncode(header)
	return Entry{Header: encoded, Payload: payload, Chain: ChainOf(previous, encoded, header.Payload)}
}

// ChainOf is the running hash: SHA-256(previous ‖ header ‖ SHA-256(payload)).
func ChainOf(previous Hash, header []byte, payload Hash) Hash {
	return HashOf(previous[:], header, payload[:])
}
