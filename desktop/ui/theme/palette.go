package theme

import (
	"image/color"

	"fyne.io/fyne/v2"
	stock "fyne.io/fyne/v2/theme"
)

// Grounds of the product besides Fyne's own.
const (
	// ColorPanel is the ground of the zones at the side.
	ColorPanel fyne.ThemeColorName = "redress.panel"
	// ColorSelected is the ground of the row whose ticket is open.
	ColorSelected fyne.ThemeColorName = "redress.selected"
	// ColorQuiet is text that can wait: units, times of day, hints.
	ColorQuiet fyne.ThemeColorName = "redress.quiet"
)

// A palette holds every colour by name; what it lacks comes from Fyne.
type palette map[fyne.ThemeColorName]color.NRGBA

// hex reads 0xRRGGBB.
func hex(rgb uint32) color.NRGBA {
	return color.NRGBA{R: uint8(rgb >> 16), G: uint8(rgb >> 8), B: uint8(rgb), A: 0xff}
}

// veil is a colour laid over what is there.
func veil(rgb uint32, alpha uint8) color.NRGBA {
	c := hex(rgb)
	c.A = alpha
	return c
}

var light = palette{
	stock.ColorNameBackground:        hex(0xfafafa),
	stock.ColorNameForeground:        hex(0x1f2328),
	ColorPanel:                       hex(0xf1f2f4),
	ColorSelected:                    hex(0xe3ecf6),
	ColorQuiet:                       hex(0x545b64),
	stock.ColorNameInputBackground:   hex(0xffffff),
	stock.ColorNameInputBorder:       hex(0xc3c8cf),
	stock.ColorNamePlaceHolder:       hex(0x515860),
	stock.ColorNameDisabled:          hex(0x515860),
	stock.ColorNameDisabledButton:    hex(0xeceef0),
	stock.ColorNameButton:            hex(0xe9ebee),
	stock.ColorNameHeaderBackground:  hex(0xf1f2f4),
	stock.ColorNameMenuBackground:    hex(0xffffff),
	stock.ColorNameOverlayBackground: hex(0xffffff),
	stock.ColorNameSeparator:         hex(0xdfe2e6),
	stock.ColorNameScrollBar:         veil(0x1f2328, 0x60),
	stock.ColorNameShadow:            veil(0x000000, 0x28),
	stock.ColorNameHover:             veil(0x1f2328, 0x0d),
	stock.ColorNamePressed:           veil(0x1f2328, 0x1f),
	stock.ColorNameSelection:         veil(0x1f5fa8, 0x1c),

	stock.ColorNamePrimary:             hex(0x1f5fa8),
	stock.ColorNameForegroundOnPrimary: hex(0xffffff),
	stock.ColorNameFocus:               veil(0x1f5fa8, 0x1c),
	stock.ColorNameHyperlink:           hex(0x1f5fa8),
	stock.ColorNameError:               hex(0xb3261e),
	stock.ColorNameForegroundOnError:   hex(0xffffff),
	stock.ColorNameWarning:             hex(0x8a4b00),
	stock.ColorNameForegroundOnWarning: hex(0xffffff),
	stock.ColorNameSuccess:             hex(0x1a6b35),
	stock.ColorNameForegroundOnSuccess: hex(0xffffff),

	Missed.Color():     hex(0x8c1d18),
	Overdue.Color():    hex(0xb3261e),
	Warning.Color():    hex(0x8a4b00),
	Running.Color():    hex(0x2d5a88),
	Disputed.Color():   hex(0x7a2e8e),
	MetOffline.Color(): hex(0x0b6470),
	Met.Color():        hex(0x1a6b35),
	Void.Color():       hex(0x515860),
	NeedsYou.Color():   hex(0xa1320b),
	Escalated.Color():  hex(0x8a2252),
	MoneyOver.Color():  hex(0xb3261e),
	MoneyLeft.Color():  hex(0x1a6b35),
	MoneySpent.Color(): hex(0x545b64),
}

var dark = palette{
	stock.ColorNameBackground:        hex(0x1b1d20),
	stock.ColorNameForeground:        hex(0xe6e8eb),
	ColorPanel:                       hex(0x222529),
	ColorSelected:                    hex(0x26384c),
	ColorQuiet:                       hex(0xb2b9c2),
	stock.ColorNameInputBackground:   hex(0x16181a),
	stock.ColorNameInputBorder:       hex(0x4b5159),
	stock.ColorNamePlaceHolder:       hex(0xaab2bc),
	stock.ColorNameDisabled:          hex(0xaab2bc),
	stock.ColorNameDisabledButton:    hex(0x292d32),
	stock.ColorNameButton:            hex(0x31363c),
	stock.ColorNameHeaderBackground:  hex(0x222529),
	stock.ColorNameMenuBackground:    hex(0x26292d),
	stock.ColorNameOverlayBackground: hex(0x26292d),
	stock.ColorNameSeparator:         hex(0x383d43),
	stock.ColorNameScrollBar:         veil(0xe6e8eb, 0x60),
	stock.ColorNameShadow:            veil(0x000000, 0x80),
	stock.ColorNameHover:             veil(0xe6e8eb, 0x0d),
	stock.ColorNamePressed:           veil(0xe6e8eb, 0x1a),
	stock.ColorNameSelection:         veil(0x7fb2ea, 0x30),

	stock.ColorNamePrimary:             hex(0x7fb2ea),
	stock.ColorNameForegroundOnPrimary: hex(0x10243a),
	stock.ColorNameFocus:               veil(0x7fb2ea, 0x30),
	stock.ColorNameHyperlink:           hex(0x8fbcee),
	stock.ColorNameError:               hex(0xff9c92),
	stock.ColorNameForegroundOnError:   hex(0x3b0a06),
	stock.ColorNameWarning:             hex(0xf0b357),
	stock.ColorNameForegroundOnWarning: hex(0x2f1c00),
	stock.ColorNameSuccess:             hex(0x79cf93),
	stock.ColorNameForegroundOnSuccess: hex(0x06250f),

	Missed.Color():     hex(0xffaaa3),
	Overdue.Color():    hex(0xff9c92),
	Warning.Color():    hex(0xf0b357),
	Running.Color():    hex(0x9cc3ec),
	Disputed.Color():   hex(0xdba6ea),
	MetOffline.Color(): hex(0x74cbd8),
	Met.Color():        hex(0x79cf93),
	Void.Color():       hex(0xb2b9c2),
	NeedsYou.Color():   hex(0xffab85),
	Escalated.Color():  hex(0xf2a5c8),
	MoneyOver.Color():  hex(0xff9c92),
	MoneyLeft.Color():  hex(0x79cf93),
	MoneySpent.Color(): hex(0xb2b9c2),
}
