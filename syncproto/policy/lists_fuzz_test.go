package policy

import (
	"strings"
	"testing"
	"unicode/utf8"

	"redress/syncproto"
)

// FuzzLists: whatever entries a list has, one after the other on lines of a text, it is refused
// with a finding that can be shown, or is one that people can choose from and that fits into a
// policy as it is read again.
func FuzzLists(f *testing.F) {
	for _, l := range Default(1).Lists() {
		f.Add(strings.Join(l.Entries, "\n"))
	}
	for _, text := range []string{"", "\n", "热线\n热线", " 热线", "热\t线", strings.Repeat("长", 41), strings.Repeat("a\n", 70), "\xff", "热线\u2028到店", "\u00a0x"} {
		f.Add(text)
	}
	f.Fuzz(func(t *testing.T, text string) {
		body := Default(1)
		body.Channels = strings.Split(text, "\n")
		if wrong := body.CheckLists(); wrong != nil {
			if wrong.Code == "" || wrong.Field == "" || !utf8.ValidString(wrong.Text) || utf8.RuneCountInString(wrong.Text) > MaxListEntry+1 {
				t.Errorf("%q is refused with %+v", text, wrong)
			}
			return
		}
		for _, e := range body.Channels {
			if e == "" || strings.TrimSpace(e) != e || utf8.RuneCountInString(e) > MaxListEntry {
				t.Errorf("%q can be chosen", e)
			}
		}
		data := syncproto.MustEncode(body)
		var read Body
		if err := syncproto.Decode(data, &read); err != nil || len(data) > syncproto.MaxBody {
			t.Errorf("a policy of %d bytes with %q: %v", len(data), text, err)
		}
	})
}
