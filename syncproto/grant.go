package syncproto

import "crypto/ed25519"

// GrantKind tells what a grant allows.
type GrantKind uint8

// Kinds of grants.
const (
	GrantAmount GrantKind = 1 // claims, up to an amount
	GrantRight  GrantKind = 2 // warranty repair orders, without an amount
)

// Grant is authority handed to one incarnation of one device: it can be spent while
// offline, once the verdict on the taking of it has arrived.
type Grant struct {
	ID          ID        `cbor:"1,keyasint,omitzero"`
	Account     Ref       `cbor:"2,keyasint,omitzero"`
	Manager     ID        `cbor:"3,keyasint,omitzero"`
	Month       Month     `cbor:"4,keyasint,omitempty"`
	Kind        GrantKind `cbor:"5,keyasint,omitempty"`
	Amount      Fen       `cbor:"6,keyasint,omitempty"`
	Device      ID        `cbor:"7,keyasint,omitzero"`
	Incarnation ID        `cbor:"8,keyasint,omitzero"`
	// NotBefore steers when a desk offers the grant, never the verdict.
	NotBefore Instant `cbor:"9,keyasint,omitempty"`
}

// SignedGrant is a Grant as the server sends it. Grant is its encoded bytes.
type SignedGrant struct {
	Grant     []byte `cbor:"1,keyasint,omitempty"`
	Signature []byte `cbor:"2,keyasint,omitempty"`
}

// SignGrant signs a grant with the server's key.
func SignGrant(g Grant, key ed25519.PrivateKey) SignedGrant {
	data := MustEncode(g)
	return SignedGrant{Grant: data, Signature: ed25519.Sign(key, data)}
}

// Open checks the server's signature and decodes the grant.
func (s SignedGrant) Open(key ed25519.PublicKey) (Grant, error) {
	var g Grant
	if len(key) != ed25519.PublicKeySize || !ed25519.Verify(key, s.Grant, s.Signature) {
		return g, &Problem{Code: CodeUnsigned, Doing: "opening a grant", Detail: "the server's signature does not fit"}
	}
	return g, Decode(s.Grant, &g)
}
