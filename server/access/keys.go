package access

import (
	"crypto/ed25519"
	"encoding/hex"
)

// smallOrder are the keys, without their sign bit, whose point generates eight points at most, as
// all their encodings: under one of these a signature fits messages that nobody signed, so it is
// no device's own. Go's verification takes them (RFC 8032 does not forbid it).
var smallOrder = func() map[[ed25519.PublicKeySize]byte]bool {
	keys := map[[ed25519.PublicKeySize]byte]bool{}
	for _, text := range []string{
		"0000000000000000000000000000000000000000000000000000000000000000", // order 4
		"0100000000000000000000000000000000000000000000000000000000000000", // order 1
		"26e8958fc2b227b045c3f489f2ef98f0d5dfac05d3c63339b13802886d53fc05", // order 8
		"c7176a703d4dd84fba3c0b760d10670f2a2053fa2c39ccc64ec7fd7792ac037a", // order 8
		"ecffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f", // order 2
		"edffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f", // order 4, written otherwise
		"eeffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f", // order 1, written otherwise
	} {
		var key [ed25519.PublicKeySize]byte
		if n, err := hex.Decode(key[:], []byte(text)); err != nil || n != len(key) {
			panic("a key of small order is no key: " + text)
		}
		keys[key] = true
	}
	return keys
}()

// ownKey says that a key can be one device's alone.
func ownKey(key []byte) bool {
	if len(key) != ed25519.PublicKeySize {
		return false
	}
	plain := [ed25519.PublicKeySize]byte(key)
	plain[len(plain)-1] &= 0x7f // the sign
	return !smallOrder[plain]
}
