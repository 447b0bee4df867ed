package replica_test

import (
	"strings"
	"testing"
	"unicode/utf8"

	"redress/desktop/replica"
	"redress/syncproto"
	"redress/syncproto/ticket"
)

// FuzzFind: whatever is typed is a query that SQLite takes; what it finds fits where it says;
// and a ticket is found by its own subject.
func FuzzFind(f *testing.F) {
	d, _ := callCentre(f)
	for _, text := range []string{"", "K7MQ-00002", "k7mq3", "13800138000", "+86 138-0013-8000", "021 5555 6666", "LFV3-A23C8-K3012345", "张伟 黑屏", "重启 2.0", "控", "Ｋ７ＭＱ－０００３",
		`"`, `" OR subject : "x`, "NEAR(a b)", "a* AND NOT b", "{name} : x", "(", "-", "^a", "\x00", "\xff车", "𰻝", "e\u0301", "İstanbul ȺȾ", "a b c d e f g h i j k", strings.Repeat("长", 101)} {
		f.Add(text)
	}
	f.Fuzz(func(t *testing.T, text string) {
		q := replica.ReadQuery(text)
		found, err := d.Find(ctx, q, replica.Place{}, 20)
		if err != nil {
			t.Fatalf("%q: %v", text, err)
		}
		standing := map[syncproto.ID]replica.Place{}
		for _, row := range found {
			standing[row.Ref.ID] = row.Place()
			for _, m := range row.Matches {
				if m.At.From < 0 || m.At.From >= m.At.To || m.At.To > len(m.Text) || !utf8.ValidString(m.Text[m.At.From:m.At.To]) {
					t.Errorf("%q fits %q at %+v", text, m.Text, m.At)
				}
			}
		}
		if again, err := d.FindOf(ctx, q, nil, keys(standing)); err != nil || len(again) != len(found) {
			t.Errorf("%q finds %d rows, and %d of them by their ids: %v", text, len(found), len(again), err)
		}
		if _, err := d.Callers(ctx, text, 5); err != nil {
			t.Errorf("%q is no caller: %v", text, err)
		}
		if q.Empty() || utf8.RuneCountInString(text) > replica.MaxQuery {
			return // of a longer text only the beginning is looked for, which may end within a word
		}
		own := ticket.Body{Number: "K7MQ-99999", Subject: text}
		if finds, err := d.FindsBody(ctx, ticket.Ref(syncproto.Derive("fuzz")), own, text); err != nil || !finds {
			t.Errorf("a ticket about %q is not found by it: %v", text, err)
		}
	})
}

func keys(standing map[syncproto.ID]replica.Place) (ids []syncproto.ID) {
	for id := range standing {
		ids = append(ids, id)
	}
	return ids
}
