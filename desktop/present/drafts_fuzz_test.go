package present

import (
	"slices"
	"strings"
	"testing"
	"unicode/utf8"

	"redress/desktop/replica"
	"redress/syncproto"
)

// FuzzDraftRow: whatever fields a draft has, as another version of this program may have kept
// them, all that was typed is shown and can be copied, and the row has room for its beginning.
func FuzzDraftRow(f *testing.F) {
	f.Add("text", "客户要求回电", "reason", "配件长期缺货", false)
	f.Add(DraftManager, "01900000-0000-7000-8000-000000000001", DraftMonth, "24322", true)
	f.Add(DraftManager, "-", DraftMonth, "4294967295", true)
	f.Add(DraftMonth, "-1", DraftMonth, "4294967296", false)
	f.Add("", "", "\xff", "\xff", false)
	f.Add("amount", strings.Repeat("很", 5000), "amount", "一\n二", false)
	s := chinese(f)
	f.Fuzz(func(t *testing.T, name, text, second, more string, pick bool) {
		fields := []replica.DraftField{{Name: name, Text: text, Pick: pick}, {Name: second, Text: more}}
		row := s.draftRow(replica.Draft{Key: replica.DraftKey{Form: syncproto.CommandNote}, Fields: fields})
		if n := utf8.RuneCountInString(row.Begins); n > maxScreenRunes+1 {
			t.Errorf("%d characters of its beginning are shown", n)
		}
		_ = line(s.personName(row.Manager), s.monthName(row.Month), row.Text())
		copied := row.Copy(s.Words)
		for _, f := range fields {
			remembered := f.Pick || f.Name == DraftManager || f.Name == DraftMonth
			shown := slices.ContainsFunc(row.Texts, func(fact Fact) bool { return fact.Text == f.Text })
			if !remembered && f.Text != "" && (!shown || !strings.Contains(copied, f.Text)) {
				t.Errorf("%q was typed, shown are %+v, and copied is %q", f.Text, row.Texts, copied)
			}
		}
		if id, err := syncproto.ParseID(text); err == nil && name == DraftManager && second != DraftManager && row.Manager != id {
			t.Errorf("the account is %v's, and is shown as %v's", id, row.Manager)
		}
	})
}
