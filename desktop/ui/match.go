package ui

import (
	"strings"
	"unicode"

	"github.com/mozillazg/go-pinyin"
)

// fits says whether every word that was typed stands in one of the texts: as it is, or, where
// it is letters, as the first letters of how the Chinese of a text is read. Nothing typed
// fits everything.
func fits(typed string, texts ...string) bool {
	for _, word := range strings.Fields(strings.ToLower(typed)) {
		found := false
		for _, text := range texts {
			found = found || strings.Contains(strings.ToLower(text), word) || reads(text, word)
		}
		if !found {
			return false
		}
	}
	return true
}

// initials reads a character by its first letter, in every way it can be read: 重 is z and c.
var initials = pinyin.Args{Style: pinyin.FirstLetter, Heteronym: true}

// reads says whether letters are the initials of some characters of the text, next to one
// another: cxdk of 重新打开.
func reads(text, letters string) bool {
	if strings.ContainsFunc(letters, func(r rune) bool { return r < 'a' || r > 'z' }) {
		return false
	}
	var heads []string // for each character the letters it may begin with
	for _, r := range text {
		head := ""
		if unicode.Is(unicode.Han, r) {
			head = strings.Join(pinyin.SinglePinyin(r, initials), "")
		}
		heads = append(heads, head)
	}
	for from := range heads {
		n := 0
		for from+n < len(heads) && n < len(letters) && strings.IndexByte(heads[from+n], letters[n]) >= 0 {
			n++
		}
		if n == len(letters) {
			return true
		}
	}
	return false
}
