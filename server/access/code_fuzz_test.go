package access_test

import (
	"strings"
	"testing"

	"redress/server/access"
)

// FuzzCode: an enrolment code is the same however it is copied: with blanks and hyphens anywhere,
// in small letters or large; and with any other sign in it, it is another.
func FuzzCode(f *testing.F) {
	for _, code := range []string{"", "ABCDE-FGHJK", "abcde fghjk", "ABCDEFGHJK", "-- ", "ß", "ſ", "ı", "ABCDE－FGHJK", "\xff", strings.Repeat("A", 5000)} {
		f.Add(code, uint16(3), uint8('-'))
		f.Add(code, uint16(0), uint8('K'))
	}
	f.Fuzz(func(t *testing.T, code string, at uint16, sign uint8) {
		is, place := access.CodeHash(code), min(int(at), len(code))
		for place > 0 && place < len(code) && code[place]&0xc0 == 0x80 {
			place-- // between two characters
		}
		ascii := func(letter rune) rune {
			if 'a' <= letter && letter <= 'z' {
				return letter - 'a' + 'A'
			}
			return letter
		}
		for _, same := range []string{code[:place] + "-" + code[place:], code[:place] + " " + code[place:], strings.ReplaceAll(code, "-", " "), strings.Map(ascii, strings.ToValidUTF8(code, "")) + strings.Repeat("-", len(code)%3)} {
			if strings.ToValidUTF8(code, "") == code && access.CodeHash(same) != is {
				t.Errorf("%q and %q are two codes", code, same)
			}
		}
		if other := code[:place] + string(rune(sign)) + code[place:]; sign != '-' && sign != ' ' && access.CodeHash(other) == is {
			t.Errorf("%q and %q are one code", code, other)
		}
	})
}
