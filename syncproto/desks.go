package syncproto

import "crypto/ed25519"

// What headquarters asks about all desks, over HTTP beside the session (requirements §1,
// the service department and administration). It is no frame: a desk that never asks
// knows nothing of it.

// PathDesks is where it is asked: DesksRequest → DesksAnswer.
const PathDesks = "/desks"

// Limits of the question and of its answer.
const (
	MaxDesks       = 1000       // desks of one DesksAnswer
	MaxDesksAnswer = MaxMessage // bytes of one DesksAnswer
	MaxProgram     = 40         // runes of a program's name, as it is kept and shown

	// MaxRequestAge is by how much the time in a signed request may differ from the
	// server's.
	MaxRequestAge = 2 * Minute
)

// DesksRequest asks when the server heard each desk last. It is the person's by the token
// and the device's by the signature, so that a token alone opens nothing.
type DesksRequest struct {
	Device    ID      `cbor:"1,keyasint,omitzero"`
	Token     string  `cbor:"2,keyasint,omitempty"`
	At        Instant `cbor:"3,keyasint,omitempty"` // the server's time, as the device estimates it
	After     ID      `cbor:"4,keyasint,omitzero"`  // the last device of the answer before; zero for the first
	Signature []byte  `cbor:"5,keyasint,omitempty"` // the device's over SigningBytes
}

// DesksAnswer are at most MaxDesks desks in the order of their ids, as the server knows of
// them at Time. A device that never had a session is not among them.
type DesksAnswer struct {
	Time  Instant    `cbor:"1,keyasint,omitempty"`
	Desks []DeskSeen `cbor:"2,keyasint,omitempty"`
	More  bool       `cbor:"3,keyasint,omitempty"` // ask again, after the last of these
}

// DeskSeen is when the server heard a desk last, and what the desk said then.
type DeskSeen struct {
	Device    ID   `cbor:"1,keyasint,omitzero"`
	Connected bool `cbor:"2,keyasint,omitempty"`
	// HandsIn says that it is connected and nobody is logged in there: it only hands in.
	HandsIn bool    `cbor:"3,keyasint,omitempty"`
	Seen    Instant `cbor:"4,keyasint,omitempty"`
	// Waiting is how many commands it announced that have not arrived, as of Announced.
	Waiting   uint64  `cbor:"5,keyasint,omitempty"`
	Announced Instant `cbor:"6,keyasint,omitempty"`
	Program   string  `cbor:"7,keyasint,omitempty"` // name and version, as it says
	Version   uint16  `cbor:"8,keyasint,omitempty"` // the newest protocol it speaks
}

// SigningBytes is what the device signs of a DesksRequest.
func (r DesksRequest) SigningBytes() []byte {
	r.Signature = nil
	return append([]byte("redress desks\x00"), MustEncode(r)...)
}

// Sign puts the device's signature under the request.
func (r DesksRequest) Sign(key ed25519.PrivateKey) DesksRequest {
	r.Signature = ed25519.Sign(key, r.SigningBytes())
	return r
}
