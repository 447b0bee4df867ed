package policy

import (
	"fmt"
	"strings"
	"testing"

	"redress/syncproto"
	"redress/syncproto/decision"
)

// TestListsNobodyCouldChooseFrom are refused with the list and the entry they are about,
// on the desk as on the server.
func TestListsNobodyCouldChooseFrom(t *testing.T) {
	numbered := func(n int) (entries []string) {
		for i := range n {
			entries = append(entries, fmt.Sprintf("第%d项", i+1))
		}
		return entries
	}
	long := strings.Repeat("长", MaxListEntry)
	full := make([]string, MaxListEntries)
	for i := range full {
		full[i] = fmt.Sprintf("%02d%s", i, strings.Repeat("长", MaxListEntry-2))
	}
	for name, c := range map[string]struct {
		change func(*Body)
		want   syncproto.Finding
	}{
		"an empty list":                  {func(b *Body) { b.Channels = nil }, syncproto.Finding{Code: syncproto.CodeMissing, Field: "channels"}},
		"a list of 64":                   {func(b *Body) { b.Channels = numbered(MaxListEntries) }, syncproto.Finding{}},
		"a list of 65":                   {func(b *Body) { b.Boards = numbered(MaxListEntries + 1) }, syncproto.Finding{Code: CodeTooMany, Field: "boards"}},
		"an entry of 40 characters":      {func(b *Body) { b.Types = []string{long} }, syncproto.Finding{}},
		"an entry of 41 characters":      {func(b *Body) { b.Types = []string{long + "长"} }, syncproto.Finding{Code: syncproto.CodeTooLong, Field: "types", Text: long + "…"}},
		"an entry twice":                 {func(b *Body) { b.Categories = []string{"质量", "服务", "质量"} }, syncproto.Finding{Code: CodeListedTwice, Field: "categories", Text: "质量"}},
		"an empty entry":                 {func(b *Body) { b.Reasons = []string{"致歉", ""} }, syncproto.Finding{Code: CodeBadEntry, Field: "reasons"}},
		"an entry with spaces around it": {func(b *Body) { b.Reasons = []string{" 致歉"} }, syncproto.Finding{Code: CodeBadEntry, Field: "reasons", Text: " 致歉"}},
		"an entry of two lines":          {func(b *Body) { b.Reasons = []string{"致\n歉"} }, syncproto.Finding{Code: CodeBadEntry, Field: "reasons", Text: "致\n歉"}},
		"bytes that are no text":         {func(b *Body) { b.Reasons = []string{"\xff"} }, syncproto.Finding{Code: CodeBadEntry, Field: "reasons", Text: "?"}},
		"all lists as long as they can be": {func(b *Body) {
			b.Channels, b.Boards, b.Types, b.Categories, b.Reasons = full, full, full, full, full
		}, syncproto.Finding{Code: syncproto.CodeTooLong, Field: FieldLists}},
	} {
		t.Run(name, func(t *testing.T) {
			body := Default(1)
			c.change(&body)
			out := Decide(decision.Input{Command: Issue{Policy: body}}, 0, true)
			if c.want.Code == "" {
				if out.Outcome != syncproto.Accepted {
					t.Errorf("%v: %v", out.Outcome, out.Findings)
				}
				return
			}
			if out.Outcome != syncproto.Rejected || len(out.Findings) != 1 || out.Findings[0] != c.want {
				t.Errorf("%v: %+v, want %+v", out.Outcome, out.Findings, c.want)
			}
		})
	}
}

// TestTheLongestListsFitInAPolicy: what passes the check can be kept and sent.
func TestTheLongestListsFitInAPolicy(t *testing.T) {
	body := Default(1)
	size := 0
	for _, list := range []*[]string{&body.Channels, &body.Boards, &body.Types, &body.Categories, &body.Reasons} {
		*list = nil
		for len(*list) < MaxListEntries && size+MaxListEntry <= MaxListBytes-MaxListEntry*4 || len(*list) == 0 {
			entry := fmt.Sprintf("%0*d", MaxListEntry, len(*list))
			*list, size = append(*list, entry), size+len(entry)
		}
	}
	if wrong := body.Check(); wrong != nil || size < MaxListBytes-5*MaxListEntry {
		t.Fatalf("%d bytes of lists: %v", size, wrong)
	}
	if n := len(syncproto.MustEncode(body)); n > syncproto.MaxBody {
		t.Errorf("the longest policy has %d bytes, %d may rest", n, syncproto.MaxBody)
	}
}
