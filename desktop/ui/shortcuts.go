package ui

import (
	"slices"
	"strings"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/container"
)

// listed is a line of the page of shortcuts: the keys, and what they do.
type listed struct {
	keys []string
	word string
}

// listing is a group of them.
type listing struct {
	title string // the key of its words
	lines []listed
}

// chordWidth is the width of the keys beside what they do, and keysWidth the sheet's.
const (
	chordWidth = 148
	keysWidth  = 920
)

// listings are all keys that do something now, taken from what does it.
func (a *App) listings() []listing {
	w := a.words
	everywhere, here := listing{title: "keys.everywhere"}, listing{title: "keys.here"}
	lists, forms, text := listing{title: "keys.lists"}, listing{title: "keys.forms"}, listing{title: "keys.text"}
	for _, k := range a.windowKeys() {
		switch {
		case !k.here || len(k.chords) == 0:
		case k.form:
			forms.lines = append(forms.lines, listed{spelled(k.chords), k.word})
		default:
			everywhere.lines = append(everywhere.lines, listed{spelled(k.chords), k.word})
		}
	}
	general := spelled(slices.Concat(a.generalChords()...))
	for _, b := range a.offers() {
		if b.hint != "" && !slices.Contains(general, b.hint) && b.hint != enterHint {
			here.lines = append(here.lines, listed{[]string{b.hint}, join(b.word, b.about)})
		}
	}
	own := a.fieldKeys()
	here.lines = append(here.lines, ofWidget(w, own)...)
	lists.lines = ofWidget(w, listKeys)
	forms.lines = slices.Concat(forms.lines, given(w, formKeys), ofWidget(w, buttonKeys), ofWidget(w, choiceKeys), ofWidget(w, tickKeys))
	text.lines = given(w, slices.DeleteFunc(slices.Clone(textKeys), func(k givenKey) bool { return overruled(k, own) }))
	if len(here.lines) == 0 {
		here.lines = []listed{{nil, w("keys.noneHere")}}
	}
	return []listing{everywhere, here, lists, forms, text}
}

// generalChords are those of the window.
func (a *App) generalChords() (all [][]chord) {
	for _, k := range a.windowKeys() {
		all = append(all, k.chords)
	}
	return all
}

// fieldKeys are what the open page does with keys in its text fields.
func (a *App) fieldKeys() []fieldKey {
	if p, has := a.front.(withFieldKeys); has {
		return p.fieldKeys()
	}
	if p, has := a.onPage().(withFieldKeys); has {
		return p.fieldKeys()
	}
	return nil
}

// onPage is the page that is open at work; nil where none is.
func (a *App) onPage() page {
	if s, at := a.front.(*shell); at {
		return s.pages[s.here]
	}
	return nil
}

// spelled are chords as they are written, each once: there are two keys called Enter.
func spelled(chords []chord) (names []string) {
	for _, c := range chords {
		if name := c.String(); !slices.Contains(names, name) {
			names = append(names, name)
		}
	}
	return names
}

func given(w func(string, ...any) string, keys []givenKey) (lines []listed) {
	for _, k := range keys {
		lines = append(lines, listed{spelled(k.chords), w(k.word)})
	}
	return lines
}

func ofWidget[W any](w func(string, ...any) string, keys []widgetKey[W]) (lines []listed) {
	for _, k := range keys {
		var chords []chord
		for _, name := range k.keys {
			chords = append(chords, alone(name))
		}
		lines = append(lines, listed{spelled(chords), w(k.word)})
	}
	return lines
}

// toggleKeys shows all keys that do something now, over the page, or takes that away.
func (a *App) toggleKeys() {
	if a.isOver(keysName) {
		a.closeOver()
		return
	}
	a.closeOver() // what lies over the page has no keys of the page's
	w := a.words
	columns := [2]*fyne.Container{stacked(14), stacked(14)}
	for n, l := range a.listings() {
		part := stacked(2, say(w(l.title), strong))
		for _, line := range l.lines {
			part.Add(keyFace(line))
		}
		columns[n%2].Add(part)
	}
	scroll := container.NewVScroll(inRow(padded(4, columns[0]), padded(4, columns[1])))
	back := newPress(w("action.back"), leaveHint, next, a.closeOver)
	sheet := container.NewBorder(padded(4, say(w("keys.title"), heading)), padded(4, flowing(back)), nil, nil, scroll)
	a.lay(keysName, sheet, scroll, keysWidth, back)
}

// keyFace is a line as it is drawn.
func keyFace(l listed) fyne.CanvasObject {
	if len(l.keys) == 0 {
		return say(l.word, quiet)
	}
	return container.NewBorder(nil, nil, wideAs(chordWidth, say(strings.Join(l.keys, "  "), body)), nil, stacked(0, say(l.word, body)))
}
