package syncproto

import (
	"errors"
	"fmt"

	"github.com/fxamacker/cbor/v2"
)

var encoder = func() cbor.EncMode {
	options := cbor.CoreDetEncOptions()
	options.TagsMd = cbor.TagsForbidden
	options.Time = cbor.TimeUnix
	mode, err := options.EncMode()
	if err != nil {
		panic(err) // the options are constants: they are wrong for everybody or nobody
	}
	return mode
}()

var decoder = func() cbor.DecMode {
	mode, err := cbor.DecOptions{
		DupMapKey:         cbor.DupMapKeyEnforcedAPF,
		IndefLength:       cbor.IndefLengthForbidden,
		TagsMd:            cbor.TagsForbidden,
		UTF8:              cbor.UTF8RejectInvalid,
		MaxNestedLevels:   12,
		MaxArrayElements:  8192,
		MaxMapPairs:       1024,
		ExtraReturnErrors: cbor.ExtraDecErrorNone, // a newer side may send fields this one does not know
	}.DecMode()
	if err != nil {
		panic(err)
	}
	return mode
}()

// Encode writes a value in core deterministic CBOR: the same value gives the same bytes
// on every platform.
func Encode(v any) ([]byte, error) {
	data, err := encoder.Marshal(v)
	if err != nil {
		return nil, fmt.Errorf("encoding %T: %w", v, err)
	}
	return data, nil
}

// MustEncode is Encode for the types of this package and those below, which can always be
// encoded.
func MustEncode(v any) []byte {
	data, err := Encode(v)
	if err != nil {
		panic(err)
	}
	return data
}

// Decode reads one CBOR value into v, a pointer to a struct. Duplicate keys, tags,
// indefinite lengths, floats, invalid UTF-8 and anything after the value are refused;
// fields it does not know are passed over. Errors are Problems with CodeMalformed.
func Decode(data []byte, v any) error {
	return undecoded(v, decoder.Unmarshal(data, v))
}

// decodeFirst is Decode for a value with more after it, which it returns.
func decodeFirst(data []byte, v any) (rest []byte, err error) {
	rest, err = decoder.UnmarshalFirst(data, v)
	return rest, undecoded(v, err)
}

func undecoded(v any, err error) error {
	if err == nil {
		return nil
	}
	problem := &Problem{Code: CodeMalformed, Doing: fmt.Sprintf("decoding %T", v), Detail: err.Error()}
	var extra *cbor.ExtraneousDataError
	if errors.As(err, &extra) {
		problem.Detail = "there is more after the end"
	}
	return problem
}

// Diagnose writes CBOR in diagnostic notation, for goldens and for people.
func Diagnose(data []byte) (string, error) { return cbor.Diagnose(data) }

// exactly reads a byte string that fills into, no more and no less; or nothing, as null.
func exactly(into, data []byte) error {
	const short, long, null, undefined = 0x40, 0x58, 0xf6, 0xf7 // how they begin: up to 23 bytes, up to 255
	switch n := len(into); {
	case len(data) == 1 && (data[0] == null || data[0] == undefined):
		return nil
	case len(data) == 1+n && n < 24 && data[0] == byte(short+n):
	case len(data) == 2+n && data[0] == long && data[1] == byte(n):
	default:
		return &Problem{Code: CodeMalformed, Doing: "decoding an id or a hash", Detail: fmt.Sprintf("it is no byte string of %d", n)}
	}
	copy(into, data[len(data)-len(into):])
	return nil
}
