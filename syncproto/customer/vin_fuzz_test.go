package customer

import (
	"errors"
	"testing"

	"redress/syncproto"
)

// FuzzVIN: whatever is typed is refused with its code, or is a VIN, the same however often it
// is read.
func FuzzVIN(f *testing.F) {
	for _, text := range []string{"LSVAA4182E2184847", "ｌｓｖａａ４１８２ｅ２１８４８４７", "LFV3-A23C8 K3012345", "lfv3a23c8k3012345　", "", "IOQIOQIOQIOQIOQIO", "LSVAA4182E218484", "\xff\xff"} {
		f.Add(text)
	}
	f.Fuzz(func(t *testing.T, text string) {
		vin, err := NormaliseVIN(text)
		if err != nil {
			if !errors.Is(err, &syncproto.Problem{Code: CodeVIN}) {
				t.Errorf("%q: %v", text, err)
			}
			return
		}
		if again, err := NormaliseVIN(vin); err != nil || again != vin || len(vin) != vinLength {
			t.Errorf("%q is %q, and that is %q: %v", text, vin, again, err)
		}
	})
}
