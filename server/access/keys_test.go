package access_test

import (
	"crypto/ed25519"
	"encoding/hex"
	"errors"
	"testing"

	"redress/server/access"
	"redress/server/ledger/ledgertest"
	"redress/syncproto"
)

// An attacker who was given a code brings a key of small order: under the point of order 1 the
// signature R = B, S = 1 fits every message, so whoever knows it could sign as this device.
func TestAKeyThatFitsEverythingIsNoDevice(t *testing.T) {
	r, _ := hex.DecodeString("5866666666666666666666666666666666666666666666666666666666666666") // the base point
	signature := append(r, make([]byte, 32)...)
	signature[32] = 1
	for name, text := range map[string]string{
		"order 1":                    "0100000000000000000000000000000000000000000000000000000000000000",
		"order 1, with a sign":       "0100000000000000000000000000000000000000000000000000000000000080",
		"order 1, written otherwise": "eeffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f",
	} {
		t.Run(name, func(t *testing.T) {
			key, _ := hex.DecodeString(text)
			w := ledgertest.New(t)
			a := access.New(w.Store, w.Ledger, chance(w))
			code, _, err := a.IssueCode(t.Context(), w.Now, w.Seat, "admin")
			if err != nil {
				t.Fatal(err)
			}
			request := syncproto.EnrolRequest{Code: code, Login: "wang", Key: key, Name: "PC", Incarnation: syncproto.Derive("first"), Signature: signature}
			if !ed25519.Verify(key, request.SigningBytes(), signature) && name != "order 1, with a sign" {
				t.Fatal("the attack is none: the signature does not fit")
			}
			if _, err := a.Enrol(t.Context(), w.Now, request); !errors.Is(err, &syncproto.Problem{Code: syncproto.CodeWrongCode}) {
				t.Errorf("enrolled: %v", err)
			}
		})
	}
}
