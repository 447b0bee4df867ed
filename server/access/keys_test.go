package access_test

import (
	"crypto/ed25519"
	"encoding/hex"
	"errors"
	"slices"
	"testing"

	"redress/server/access"
	"redress/server/ledger/ledgertest"
	"redress/syncproto"
)

// An attacker who was given a code brings a key of small order: under the point of order 1 the
// signature R = B, S = 1 fits every message, so whoever knows it could sign as this device.
func TestAKeyThatFitsEverythingIsNoDevice(t *testing.T) {
	r, _ := hex.DecodeString("5866666666666666666666666666666666666666666666666666666666666666") // the base point
	signature := slices.Concat(r, make([]byte, 32))
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

// Whoever knew the old password reads nothing more from the moment there is another: the tokens go
// at once, and the sessions are ended.
func TestANewPasswordTakesTheTokens(t *testing.T) {
	w := ledgertest.New(t)
	a := access.New(w.Store, w.Ledger, chance(w))
	var ended []syncproto.ID
	a.OnPassword = func(person syncproto.ID) { ended = append(ended, person) }
	if err := a.SetPassword(t.Context(), w.Seat, "correct horse"); err != nil {
		t.Fatal(err)
	}
	code, _, err := a.IssueCode(t.Context(), w.Now, w.Seat, "周敏")
	if err != nil {
		t.Fatal(err)
	}
	d, err := enrol(t, w, a, code, "wang")
	if err != nil {
		t.Fatal(err)
	}
	in, err := d.login(t, w, a, "wang", "correct horse")
	if err != nil {
		t.Fatal(err)
	}
	if until, err := a.ReadsUntil(t.Context(), w.Now, in.Token, d.Device, w.Seat); err != nil || until == 0 {
		t.Fatalf("logged in: until %v, %v", until, err)
	}
	if err := a.SetPassword(t.Context(), w.Seat, "battery staple"); err != nil {
		t.Fatal(err)
	}
	if until, err := a.ReadsUntil(t.Context(), w.Now, in.Token, d.Device, w.Seat); err != nil || until != 0 {
		t.Errorf("after the password was set anew: until %v, %v", until, err)
	}
	if len(ended) != 2 || ended[1] != w.Seat {
		t.Errorf("told of %v", ended)
	}
}
