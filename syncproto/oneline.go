package syncproto

import (
	"strings"
	"unicode"
)

// OneLine is what another side said as it can stand in one line of a log or a list: what
// cannot be shown, or turns the direction of what is around it, is left out, and what is more
// than limit runes is cut.
func OneLine(text string, limit int) string {
	var line strings.Builder
	for _, r := range text {
		if limit <= 0 {
			break
		}
		if unicode.IsPrint(r) && r != unicode.ReplacementChar {
			line.WriteRune(r)
			limit--
		}
	}
	return line.String()
}
