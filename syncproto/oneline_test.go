package syncproto

import (
	"testing"
	"unicode"
)

// What turns the direction of a text, or controls a terminal, is left out; all else stands.
func TestWhatIsShownOfATextIsReadAsItStands(t *testing.T) {
	for text, want := range map[string]string{
		"退款 \u202e00.005¥\u202c 元":      "退款 00.005¥ 元",
		"\u2066K7MQ\u2069-00042":        "K7MQ-00042",
		"\u202d138\u200e0013\u200f8000": "13800138000",
		"\u061c张伟\x00\x1b[2J\u009b":     "张伟[2J",
		"第一行\r\n第二行\t三":                 "第一行\n第二行\t三",
		"👨\u200d👩\u200d👧 车辆不在线…":        "👨\u200d👩\u200d👧 车辆不在线…",
		"": "",
	} {
		if got := Legible(text); got != want {
			t.Errorf("of %+q is shown %+q; want %+q", text, got, want)
		}
	}
	for _, span := range [][2]rune{{0x202a, 0x202e}, {0x2066, 0x2069}, {0x200e, 0x200f}, {0, 8}, {0xb, 0x1f}, {0x7f, 0x9f}} {
		for r := span[0]; r <= span[1]; r++ {
			if Legible(string(r)) != "" {
				t.Errorf("%U is shown", r)
			}
		}
	}
	if r := unicode.ReplacementChar; Legible(string(r)) == "" {
		t.Error("that something could not be read is not shown")
	}
}
