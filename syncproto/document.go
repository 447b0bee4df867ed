package syncproto

// Document is a thing that both sides hold: one body for all its readers. Body is the
// bytes the ledger wrote; nobody re-encodes them. Version is the number of its history
// entries; of two copies the newer is the one with the larger (Epoch, Version).
type Document struct {
	Ref     Ref    `cbor:"1,keyasint,omitzero"`
	Epoch   uint32 `cbor:"2,keyasint,omitempty"`
	Version uint64 `cbor:"3,keyasint,omitempty"`
	Body    []byte `cbor:"4,keyasint,omitempty"`
}

// Event is what a command did to one document. It carries what was decided, so that
// applying it needs nothing but the body and the event.
type Event struct {
	ID      ID        `cbor:"1,keyasint,omitzero"`
	Doc     Ref       `cbor:"2,keyasint,omitzero"`
	Kind    EventKind `cbor:"3,keyasint,omitempty"`
	Version uint64    `cbor:"4,keyasint,omitempty"` // of the document, with this event applied
	Body    []byte    `cbor:"5,keyasint,omitempty"`
}

// HistoryEntry is an event as a reader of its document gets it: with who, when and from
// where, taken from the entry that made it.
type HistoryEntry struct {
	Event   Event    `cbor:"1,keyasint,omitzero"`
	Epoch   uint32   `cbor:"2,keyasint,omitempty"`
	Seq     uint64   `cbor:"3,keyasint,omitempty"`
	Time    Instant  `cbor:"4,keyasint,omitempty"` // of the entry
	Command ID       `cbor:"5,keyasint,omitzero"`
	Person  ID       `cbor:"6,keyasint,omitzero"` // zero: the server itself
	Device  ID       `cbor:"7,keyasint,omitzero"`
	At      Instant  `cbor:"8,keyasint,omitempty"` // when the person did it
	Within  Interval `cbor:"9,keyasint,omitzero"`

	rests []byte // what it was read from, where it is only handed on
}

// RestingHistory reads a history entry that is only handed on: it travels as the very bytes
// it rests as (design §3), and is not put into words again for each of its readers. Nobody is
// to change a field of it.
func RestingHistory(rests []byte) (HistoryEntry, error) {
	var h HistoryEntry
	err := Decode(rests, &h)
	h.rests = rests
	return h, err
}

// MarshalCBOR writes it.
func (h HistoryEntry) MarshalCBOR() ([]byte, error) {
	if h.rests != nil {
		return h.rests, nil
	}
	type fields HistoryEntry
	return Encode(fields(h))
}
