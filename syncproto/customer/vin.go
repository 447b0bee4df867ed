package customer

import (
	"fmt"
	"strings"

	"redress/syncproto"
)

// CodeVIN says that a text is no vehicle identification number.
const CodeVIN syncproto.Code = "vin"

// vinLength is that of every VIN since ISO 3779 (GB 16735).
const vinLength = 17

// NormaliseVIN reads a VIN as a person types it: small letters, full-width characters of
// an input method, spaces and hyphens are taken; 17 characters must remain, without the
// letters I, O and Q, which no VIN has. Errors are Problems with CodeVIN.
func NormaliseVIN(text string) (string, error) {
	var vin strings.Builder
	for _, r := range text {
		r = syncproto.Narrow(r)
		if r >= 'a' && r <= 'z' {
			r -= 'a' - 'A'
		}
		switch {
		case r == ' ' || r == '\t' || r == '-' || r == '\u3000':
			continue
		case r >= '0' && r <= '9', r >= 'A' && r <= 'Z' && r != 'I' && r != 'O' && r != 'Q':
			vin.WriteRune(r)
		default:
			return "", &syncproto.Problem{Code: CodeVIN, Doing: "reading a VIN", Detail: fmt.Sprintf("%q cannot be in one", r)}
		}
	}
	if vin.Len() != vinLength {
		return "", &syncproto.Problem{Code: CodeVIN, Doing: "reading a VIN", Detail: fmt.Sprintf("%d characters and not %d", vin.Len(), vinLength)}
	}
	return vin.String(), nil
}

// VehicleID is the id of the car with a normalised VIN, the same on every desk.
func VehicleID(vin string) syncproto.ID { return syncproto.Derive("vehicle " + vin) }
