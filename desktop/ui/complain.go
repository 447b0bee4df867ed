package ui

import (
	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/container"

	"redress/desktop/present"
)

// Complain shows why nobody can work here, in the window that would have been worked in.
func Complain(window fyne.Window, words present.Words, text string) {
	window.SetTitle(words("window.title", "Who", words("error.cannotOpen")))
	ok := newPress(words("action.close"), "", next, window.Close)
	window.SetContent(container.NewCenter(wideAs(480, card(stacked(14,
		cut(words("error.cannotOpen"), heading), say(text, body), flowing(ok))))))
	window.Canvas().Focus(ok)
}
