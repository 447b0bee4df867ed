package syncproto

import "crypto/ed25519"

// What goes over HTTP beside the sessions: making a device known, and a person's logging
// in. Bodies are CBOR; an answer other than 200 has a Refusal as its body.

// Paths of the HTTP requests, all POST.
const (
	PathEnrol = "/enrol" // EnrolRequest → EnrolAnswer
	PathNonce = "/nonce" // empty → NonceAnswer
	PathLogin = "/login" // LoginRequest → LoginAnswer
	// PathSession is where a WebSocket session is opened (GET).
	PathSession = "/session"
)

// MaxRequest is how many bytes a request or an answer of enrolling and logging in has at
// most, and MaxPassword how many bytes a password.
const (
	MaxRequest  = 8 << 10
	MaxPassword = 256
)

// Codes of a Refusal. One code covers every reason why a log-in or an enrolment does not
// fit, so that nobody learns which part was wrong.
const (
	CodeWrongLogin Code = "wrong-login" // login, password or device do not fit
	CodeWrongCode  Code = "wrong-code"  // the enrolment code is not valid, or not for this login
	CodeTooOften   Code = "too-often"   // wait RetryAfter
)

// Refusal is why a request was not done.
type Refusal struct {
	Code       Code `cbor:"1,keyasint,omitempty"`
	RetryAfter Span `cbor:"2,keyasint,omitempty"`
}

// EnrolRequest makes a device known with a one-time code. Asked again with the same code
// and key, as after a lost answer, the same device comes back.
//
// After a restore to an older state a device that was made known since is not known any more. It
// says who it was (Device), and is that one again, with its key and what lies in its folder: so
// that what was done on it can be handed in (counterexamples A1, X7). For that too a person has to
// have been given a code.
type EnrolRequest struct {
	Code        string `cbor:"1,keyasint,omitempty"` // as printed: small letters and dashes do not matter
	Login       string `cbor:"2,keyasint,omitempty"`
	Key         []byte `cbor:"3,keyasint,omitempty"` // the device's Ed25519 public key
	Name        string `cbor:"4,keyasint,omitempty"` // of the machine, for the operator
	Incarnation ID     `cbor:"5,keyasint,omitzero"`
	// Signature is the device's over SigningBytes: the key is the asker's own.
	Signature []byte `cbor:"6,keyasint,omitempty"`
	// Device is who this device was, and DeviceCode the first half of the numbers that it gave: the
	// answer's is another one where that is taken by now. Zero and "" of a new device.
	Device     ID     `cbor:"7,keyasint,omitzero"`
	DeviceCode string `cbor:"8,keyasint,omitempty"`
}

// EnrolAnswer is all that a new replica has to know.
type EnrolAnswer struct {
	Device     ID      `cbor:"1,keyasint,omitzero"`
	DeviceCode string  `cbor:"2,keyasint,omitempty"` // first half of ticket numbers: K7MQ
	Person     ID      `cbor:"3,keyasint,omitzero"`
	LogID      ID      `cbor:"4,keyasint,omitzero"`
	Epoch      uint32  `cbor:"5,keyasint,omitempty"`
	ServerKey  []byte  `cbor:"6,keyasint,omitempty"` // Ed25519: signs verdicts and grants
	Time       Instant `cbor:"7,keyasint,omitempty"`
}

// NonceAnswer is what the next LoginRequest signs; good for two minutes.
type NonceAnswer struct {
	Nonce []byte `cbor:"1,keyasint,omitempty"`
}

// LoginRequest asks for a token: the person's password, on the person's device.
type LoginRequest struct {
	Device    ID     `cbor:"1,keyasint,omitzero"`
	Login     string `cbor:"2,keyasint,omitempty"`
	Password  string `cbor:"3,keyasint,omitempty"`
	Nonce     []byte `cbor:"4,keyasint,omitempty"`
	Signature []byte `cbor:"5,keyasint,omitempty"` // the device's over SigningBytes
}

// LoginAnswer is the token for Hello, good on this device until Expires.
type LoginAnswer struct {
	Token   string  `cbor:"1,keyasint,omitempty"`
	Expires Instant `cbor:"2,keyasint,omitempty"`
	Person  ID      `cbor:"3,keyasint,omitzero"`
	Time    Instant `cbor:"4,keyasint,omitempty"`
}

// SigningBytes is what the device signs of an EnrolRequest.
func (r EnrolRequest) SigningBytes() []byte {
	r.Signature = nil
	return append([]byte("redress enrol\x00"), MustEncode(r)...)
}

// SigningBytes is what the device signs of a LoginRequest.
func (r LoginRequest) SigningBytes() []byte {
	r.Signature = nil
	return append([]byte("redress login\x00"), MustEncode(r)...)
}

// Sign puts the device's signature under the request.
func (r EnrolRequest) Sign(key ed25519.PrivateKey) EnrolRequest {
	r.Signature = ed25519.Sign(key, r.SigningBytes())
	return r
}

// Sign puts the device's signature under the request.
func (r LoginRequest) Sign(key ed25519.PrivateKey) LoginRequest {
	r.Signature = ed25519.Sign(key, r.SigningBytes())
	return r
}
