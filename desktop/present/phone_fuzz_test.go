package present

import (
	"strings"
	"testing"
	"unicode/utf8"

	"redress/desktop/replica"
)

// FuzzPhone: whatever is typed as a telephone number, at most one of its parts is doubted, and
// that is shown.
func FuzzPhone(f *testing.F) {
	for _, text := range []string{"13800138000", "+86 138-0013-8000", "021-55551234转802", "021-55551234分机 802", "555#1", "555ext.1", "13800138000、12", "＋８６ １３８００１３８０００", "00", "+86", "+861", "86 1", "\xff"} {
		f.Add(text)
	}
	f.Fuzz(func(t *testing.T, text string) {
		said := Scene{Words: func(_ string, args ...any) string { return args[1].(string) }}.PhoneDoubt(text)
		if shown := strings.TrimSuffix(said, "…"); !strings.Contains(text, shown) && utf8.ValidString(text) {
			t.Errorf("%q: %q is doubted", text, said)
		}
	})
}

// FuzzExcerpt: what is shown of a text around what fits is a part of it, on one line.
func FuzzExcerpt(f *testing.F) {
	f.Add("服务站说要换滑轨，等备件 AB12", uint16(9), uint16(6))
	f.Add("一\n二\n三", uint16(0), uint16(3))
	f.Add("", uint16(0), uint16(0))
	f.Fuzz(func(t *testing.T, text string, from, length uint16) {
		at := replica.Span{From: min(int(from), len(text))}
		at.To = min(at.From+int(length), len(text))
		shown := excerpt(text, at)
		if most := excerptBefore + excerptAfter + utf8.RuneCountInString(text[at.From:at.To]) + len("……"); utf8.RuneCountInString(shown) > most || strings.ContainsAny(shown, "\n\t") {
			t.Errorf("of %q from %d to %d is shown %q", text, at.From, at.To, shown)
		}
	})
}
