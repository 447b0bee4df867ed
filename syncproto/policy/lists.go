package policy

import (
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"

	"redress/syncproto"
)

// Limits of the lists people choose from. A list longer than a person can look through is
// none, an entry has to fit on a button, and all lists together leave room for the rest of
// a policy in one document.
const (
	MaxListEntries = 64       // entries of one list
	MaxListEntry   = 40       // runes of one entry
	MaxListBytes   = 10 << 10 // bytes of all lists together
)

// Codes of what can be wrong with a list. The finding's Field names the list, and its Text
// the entry where it is about one.
const (
	CodeTooMany     syncproto.Code = "too-many"     // more entries than a list may have
	CodeListedTwice syncproto.Code = "listed-twice" // the same entry twice
	CodeBadEntry    syncproto.Code = "bad-entry"    // empty, with spaces around it, or with what cannot be shown
)

// FieldLists is the field of what is wrong with all lists together.
const FieldLists = "lists"

// List is one of a policy's lists with its name, as in a file of lists.
type List struct {
	Name    string
	Entries []string
}

// Lists are the lists people choose from, in their order (requirements §2, §6).
func (b Body) Lists() []List {
	return []List{
		{"channels", b.Channels}, {"boards", b.Boards}, {"types", b.Types},
		{"categories", b.Categories}, {"reasons", b.Reasons},
	}
}

// CheckLists finds the first thing wrong with the lists: a form without a channel or a
// decision without a reason could not be filled in by anybody.
func (b Body) CheckLists() *syncproto.Finding {
	size := 0
	for _, l := range b.Lists() {
		if wrong := l.check(); wrong != nil {
			return wrong
		}
		for _, e := range l.Entries {
			size += len(e)
		}
	}
	if size > MaxListBytes {
		return &syncproto.Finding{Code: syncproto.CodeTooLong, Field: FieldLists}
	}
	return nil
}

func (l List) check() *syncproto.Finding {
	wrong := func(code syncproto.Code, entry string) *syncproto.Finding {
		return &syncproto.Finding{Code: code, Field: l.Name, Text: clipped(entry)}
	}
	switch {
	case len(l.Entries) == 0:
		return wrong(syncproto.CodeMissing, "")
	case len(l.Entries) > MaxListEntries:
		return wrong(CodeTooMany, "")
	}
	for i, e := range l.Entries {
		switch {
		case e == "" || e != strings.TrimSpace(e) || !utf8.ValidString(e) || strings.ContainsFunc(e, unicode.IsControl):
			return wrong(CodeBadEntry, e)
		case utf8.RuneCountInString(e) > MaxListEntry:
			return wrong(syncproto.CodeTooLong, e)
		case slices.Contains(l.Entries[:i], e):
			return wrong(CodeListedTwice, e)
		}
	}
	return nil
}

// clipped is an entry as a finding quotes it: no longer than one may be, and valid text.
func clipped(entry string) string {
	runes := []rune(strings.ToValidUTF8(entry, "?"))
	if len(runes) > MaxListEntry {
		return string(runes[:MaxListEntry]) + "…"
	}
	return string(runes)
}
