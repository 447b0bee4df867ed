package syncproto

import "crypto/ed25519"

// Outcome is what became of a command.
type Outcome uint8

// Outcomes. Parked is left once, for one of the other two.
const (
	Accepted Outcome = 1
	Rejected Outcome = 2
	Parked   Outcome = 3
)

// String is the outcome's name in logs and scenarios.
func (o Outcome) String() string {
	switch o {
	case Accepted:
		return "accepted"
	case Rejected:
		return "rejected"
	case Parked:
		return "parked"
	}
	return "pending"
}

// Finding is a code with what its words need: never prose.
type Finding struct {
	Code   Code    `cbor:"1,keyasint,omitempty"`
	Field  string  `cbor:"2,keyasint,omitempty"` // which field, by its name in assets/words
	Amount Fen     `cbor:"3,keyasint,omitempty"`
	When   Instant `cbor:"4,keyasint,omitempty"`
	Doc    Ref     `cbor:"5,keyasint,omitzero"`
	Person ID      `cbor:"6,keyasint,omitzero"`
	Text   string  `cbor:"7,keyasint,omitempty"` // what someone wrote, quoted
}

// Verdict is the server's word on one command. Final but for Parked.
type Verdict struct {
	Command  ID        `cbor:"1,keyasint,omitzero"`
	Hash     Hash      `cbor:"2,keyasint,omitzero"` // CommandHash
	Epoch    uint32    `cbor:"3,keyasint,omitempty"`
	Seq      uint64    `cbor:"4,keyasint,omitempty"`
	Time     Instant   `cbor:"5,keyasint,omitempty"` // of the entry
	Within   Interval  `cbor:"6,keyasint,omitzero"`  // when it was done
	Outcome  Outcome   `cbor:"7,keyasint,omitempty"`
	Findings []Finding `cbor:"8,keyasint,omitempty"` // why not, or remarks
	// Signature is the server's over what VerdictPromise encodes: what a restored server
	// must keep to.
	Signature []byte `cbor:"9,keyasint,omitempty"`
}

// VerdictPromise is the part of a verdict that the server signs.
type VerdictPromise struct {
	LogID   ID       `cbor:"1,keyasint,omitzero"`
	Hash    Hash     `cbor:"2,keyasint,omitzero"`
	Epoch   uint32   `cbor:"3,keyasint,omitempty"`
	Seq     uint64   `cbor:"4,keyasint,omitempty"`
	Time    Instant  `cbor:"5,keyasint,omitempty"`
	Within  Interval `cbor:"6,keyasint,omitzero"`
	Outcome Outcome  `cbor:"7,keyasint,omitempty"`
}

func (v Verdict) promise(logID ID) []byte {
	return MustEncode(VerdictPromise{LogID: logID, Hash: v.Hash, Epoch: v.Epoch, Seq: v.Seq,
		Time: v.Time, Within: v.Within, Outcome: v.Outcome})
}

// Sign puts the server's signature under the verdict.
func (v Verdict) Sign(logID ID, key ed25519.PrivateKey) Verdict {
	v.Signature = ed25519.Sign(key, v.promise(logID))
	return v
}

// IsZero says that it is none.
func (v Verdict) IsZero() bool { return v.Hash.IsZero() && v.Seq == 0 && v.Outcome == 0 }

// Promised says that the server of that log gave the verdict on that very command.
func (v Verdict) Promised(e Envelope, logID ID, key ed25519.PublicKey) bool {
	return v.Outcome != 0 && v.Hash == e.CommandHash() && v.Verify(logID, key)
}

// Verify says whether the server of that log signed the verdict.
func (v Verdict) Verify(logID ID, key ed25519.PublicKey) bool {
	return len(key) == ed25519.PublicKeySize && ed25519.Verify(key, v.promise(logID), v.Signature)
}

// Plain says that the person has nothing to see: accepted, without a remark.
func (v Verdict) Plain() bool { return v.Outcome == Accepted && len(v.Findings) == 0 }
