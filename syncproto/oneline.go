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

// Legible is what somebody else wrote as a screen shows it, so that an amount, a number or a name
// is read as it stands: without signs that nobody sees and that turn the direction of what is
// around them, and without control signs but for a new line and a tab. What is kept is the text.
func Legible(text string) string {
	return strings.Map(func(r rune) rune {
		if TurnsOrControls(r) {
			return -1
		}
		return r
	}, text)
}

// TurnsOrControls says that the sign is one that Legible leaves out.
func TurnsOrControls(r rune) bool {
	return unicode.IsControl(r) && r != '\n' && r != '\t' || unicode.Is(unicode.Bidi_Control, r)
}
