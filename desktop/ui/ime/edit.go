package ime

import (
	"runtime"
	"strings"
	"unicode"
	"unicode/utf8"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/driver/desktop"
	"fyne.io/fyne/v2/theme"

	"redress/syncproto"
)

const textSize = theme.SizeNameText

// edits says whether the shortcut is one that a text field understands.
func edits(s fyne.Shortcut) bool {
	custom, ok := s.(*desktop.CustomShortcut)
	if !ok {
		return true // copy, cut, paste, select all, undo, redo
	}
	switch custom.KeyName {
	case fyne.KeyLeft, fyne.KeyRight, fyne.KeyBackspace, fyne.KeyDelete:
		held := custom.Modifier &^ fyne.KeyModifierShift
		return held == fyne.KeyModifierShortcutDefault || runtime.GOOS == "darwin" && held == fyne.KeyModifierAlt
	}
	return false
}

// edit does what the shortcut says to the text, within the limit.
func (f *Field) edit(s fyne.Shortcut) {
	switch s.(type) {
	case *fyne.ShortcutCopy, *fyne.ShortcutSelectAll:
	default:
		if f.Disabled() { // the entry would cut and undo all the same
			return
		}
	}
	if paste, ok := s.(*fyne.ShortcutPaste); ok {
		f.paste(paste)
		return
	}
	f.Entry.TypedShortcut(s)
}

// paste takes as much as fits and says what was left out.
func (f *Field) paste(s *fyne.ShortcutPaste) {
	if f.Disabled() {
		return
	}
	text := printable(s.Clipboard.Content())
	n := utf8.RuneCountInString(text)
	out := 0
	if room := f.room(); room >= 0 && n > room {
		text, out = string([]rune(text)[:room]), n-room
	}
	if text != "" {
		f.Entry.TypedShortcut(&fyne.ShortcutPaste{Clipboard: prepared{s.Clipboard, text}, Secondary: s.Secondary})
	}
	if out > 0 {
		f.refused(out) // after the text has changed, which ends what was said of it before
	}
}

// room is how many runes still fit, given that a selection is replaced; -1 is
// no limit.
func (f *Field) room() int {
	if f.limit <= 0 {
		return -1
	}
	kept := utf8.RuneCountInString(f.Text) - utf8.RuneCountInString(f.SelectedText())
	return max(0, f.limit-kept)
}

func (f *Field) refused(runes int) {
	if f.OnLimit != nil {
		f.OnLimit(f.limit, runes)
	}
}

// printable drops what other programs leave in text and no reader would see: control
// characters, the carriage returns of Windows, and the signs of direction that telephones put
// around a number.
func printable(text string) string {
	text = strings.ReplaceAll(text, "\r\n", "\n")
	return strings.Map(func(r rune) rune {
		switch {
		case r == '\n' || r == '\t':
			return r
		case syncproto.TurnsOrControls(r), r == unicode.ReplacementChar, r == '\ufeff':
			return -1
		}
		return r
	}, text)
}

// prepared is a clipboard that holds what fits.
type prepared struct {
	fyne.Clipboard
	text string
}

func (p prepared) Content() string { return p.text }

// ToEnd has typing go on behind what stands there.
func (f *Field) ToEnd() {
	if f.MultiLine {
		f.Entry.TypedKey(&fyne.KeyEvent{Name: fyne.KeyPageDown})
	}
	f.Entry.TypedKey(&fyne.KeyEvent{Name: fyne.KeyEnd})
}
