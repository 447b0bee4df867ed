package syncproto

import (
	"crypto/ed25519"
	"encoding/binary"
)

// Intent is what a person wants, made once at the tap and never changed: also after a
// rekey or a restore it is the same command. The device's signature and the command's
// hash are over its encoded bytes.
type Intent struct {
	ID   ID          `cbor:"1,keyasint,omitzero"`
	Kind CommandKind `cbor:"2,keyasint,omitempty"`
	// Subject is the one document the command is about (an approval's is its claim, never
	// the account). Where the command parks, later ones of the device with the same
	// subject park behind it.
	Subject  Ref      `cbor:"3,keyasint,omitzero"`
	Person   ID       `cbor:"4,keyasint,omitzero"`
	Readings Readings `cbor:"5,keyasint,omitzero"`
	// Known is the log position of the reference data the device judged by.
	Known uint64 `cbor:"6,keyasint,omitempty"`
	// Shares are the grants an approval charges, of one month.
	Shares []Share `cbor:"7,keyasint,omitempty"`
	// Body is the business package's own command.
	Body []byte `cbor:"8,keyasint,omitempty"`
	// Operator is who acted through the command line, "" on a desk.
	Operator string `cbor:"9,keyasint,omitempty"`
	// Grants are those an approval charges, as the server signed them: by that it knows them though a
	// restore to an older state has forgotten them (invariant 11).
	Grants []SignedGrant `cbor:"10,keyasint,omitempty"`
}

// Share is the part of an approval that one grant bears.
type Share struct {
	Grant  ID  `cbor:"1,keyasint,omitzero"`
	Amount Fen `cbor:"2,keyasint,omitempty"`
}

// Envelope is a command on its way: the intent as signed, and its place in the line of
// its device's commands.
type Envelope struct {
	Device      ID     `cbor:"1,keyasint,omitzero"`
	Incarnation ID     `cbor:"2,keyasint,omitzero"`
	Counter     uint64 `cbor:"3,keyasint,omitempty"` // 1, 2, 3 … within the incarnation
	// DeviceHash is the device's chain up to and with this command.
	DeviceHash Hash   `cbor:"4,keyasint,omitzero"`
	Intent     []byte `cbor:"5,keyasint,omitempty"` // an encoded Intent
	Signature  []byte `cbor:"6,keyasint,omitempty"` // Ed25519 over Intent
}

// CommandHash identifies what was intended: two commands with one id and different
// hashes are an alarm.
func (e Envelope) CommandHash() Hash { return HashOf(e.Intent) }

// Open checks the envelope's limits and signature and decodes its intent. The intent is
// returned as far as it could be read also where there is a Problem.
func (e Envelope) Open(key ed25519.PublicKey) (Intent, error) {
	var intent Intent
	if len(e.Intent) > MaxIntent {
		return intent, &Problem{Code: CodeTooLarge, Doing: "opening a command", Detail: "intent over its limit"}
	}
	if len(key) != ed25519.PublicKeySize || !ed25519.Verify(key, e.Intent, e.Signature) {
		return intent, &Problem{Code: CodeUnsigned, Doing: "opening a command", Detail: "the device's signature does not fit"}
	}
	if err := Decode(e.Intent, &intent); err != nil {
		return intent, err
	}
	return intent, intent.check()
}

func (i Intent) check() error {
	switch {
	case i.ID.IsZero() || i.Kind == 0:
		return &Problem{Code: CodeMalformed, Doing: "opening a command", Detail: "it has no id or no kind"}
	case i.Kind.OfServer():
		return &Problem{Code: CodeNotAllowed, Doing: "opening a command", Detail: i.Kind.String() + " is the server's own"}
	case len(i.Body) > MaxCommandBody || len(i.Shares) > MaxShares || len(i.Grants) > MaxShares:
		return &Problem{Code: CodeTooLarge, Doing: "opening a command", Detail: "body, shares or grants over their limit"}
	}
	return nil
}

// Seal makes the envelope of an intent: its bytes, signature and next place in the line.
func Seal(intent Intent, key ed25519.PrivateKey, device, incarnation ID, after Link) Envelope {
	data := MustEncode(intent)
	return Reseal(Envelope{Device: device, Intent: data, Signature: ed25519.Sign(key, data)}, incarnation, after)
}

// Reseal gives a command its place in another line, as after a rekey: intent and
// signature stay.
func Reseal(e Envelope, incarnation ID, after Link) Envelope {
	next := after.Next(incarnation, e.CommandHash())
	e.Incarnation, e.Counter, e.DeviceHash = incarnation, next.Counter, next.Hash
	return e
}

// Link is a position in a device's line of commands. The zero Link is before the first.
type Link struct {
	Counter uint64 `cbor:"1,keyasint,omitempty"`
	Hash    Hash   `cbor:"2,keyasint,omitzero"`
}

// Next is the link of the command that follows.
func (l Link) Next(incarnation ID, command Hash) Link {
	n := l.Counter + 1
	var counter [8]byte
	binary.BigEndian.PutUint64(counter[:], n)
	return Link{Counter: n, Hash: HashOf(l.Hash[:], incarnation[:], counter[:], command[:])}
}

// Link is where the command stands.
func (e Envelope) Link() Link { return Link{Counter: e.Counter, Hash: e.DeviceHash} }
