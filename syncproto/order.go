package syncproto

import "crypto/ed25519"

// EraseOrder is what the server signs where a revoked device is to erase what it holds (design §7): a
// certificate that the desk's system trusts is not enough for that, for what is erased nobody hands in.
type EraseOrder struct {
	LogID       ID     `cbor:"1,keyasint,omitzero"`
	Device      ID     `cbor:"2,keyasint,omitzero"`
	Incarnation ID     `cbor:"3,keyasint,omitzero"`
	Counter     uint64 `cbor:"4,keyasint,omitempty"` // of the last command that is safe with the server
}

// Sign is the server's signature.
func (o EraseOrder) Sign(key ed25519.PrivateKey) []byte { return ed25519.Sign(key, MustEncode(o)) }

// Verify says whether the server signed it.
func (o EraseOrder) Verify(signature []byte, key ed25519.PublicKey) bool {
	return len(key) == ed25519.PublicKeySize && ed25519.Verify(key, MustEncode(o), signature)
}
