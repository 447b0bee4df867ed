// Package theme is how the product looks: one font in two weights, quiet
// greys, one accent for what can be done, and strong colour for time and money
// only.
//
// It promises that every text is legible: each colour that text is written in
// has a contrast of at least 4.5 : 1 on every ground that it is written on, in
// both the light and the dark theme, and a test measures it. It also promises
// that colour never speaks alone: a Role has a sign of its own shape and a
// word, so a picture without colours reads the same.
//
// Pages name roles, never colours: theme.Missed.Color() is a Fyne colour name
// for any widget, theme.Missed.Sign() the sign, theme.Missed.WordKey() where the
// word is found. A role is a string, so that what decides on it need not know
// Fyne.
package theme

import (
	"image/color"

	"fyne.io/fyne/v2"
	stock "fyne.io/fyne/v2/theme"

	"redress/assets"
)

// Sizes, in units that grow with the person's scale. Body text is 14; Noto
// Sans SC sets it on lines of 1.45, and LineSpacing brings them to 1.5.
const (
	BodySize    float32 = 14
	CaptionSize float32 = 12
	HeadSize    float32 = 18
	NumberSize  float32 = 24 // a number that a page is about
)

var (
	regular = fyne.NewStaticResource("NotoSansSC-Regular.ttf", assets.FontRegular)
	bold    = fyne.NewStaticResource("NotoSansSC-Bold.ttf", assets.FontBold)
)

type look struct {
	palette palette
	variant fyne.ThemeVariant
}

// Light is the theme that is shipped.
func Light() fyne.Theme { return look{light, stock.VariantLight} }

// Dark is the same for dark rooms.
func Dark() fyne.Theme { return look{dark, stock.VariantDark} }

// Color ignores the variant of the system: the person chooses in the product.
func (l look) Color(name fyne.ThemeColorName, _ fyne.ThemeVariant) color.Color {
	if c, ok := l.palette[name]; ok {
		return c
	}
	return stock.DefaultTheme().Color(name, l.variant)
}

// Font is one family for everything: numbers and Latin in Chinese text come
// from the same font, and fixed-width text too, whose digits are of one width
// here anyway. Chinese has no italics.
func (l look) Font(style fyne.TextStyle) fyne.Resource {
	switch {
	case style.Symbol:
		return stock.DefaultTheme().Font(style)
	case style.Bold:
		return bold
	}
	return regular
}

func (l look) Icon(name fyne.ThemeIconName) fyne.Resource { return stock.DefaultTheme().Icon(name) }

func (l look) Size(name fyne.ThemeSizeName) float32 {
	switch name {
	case stock.SizeNameText:
		return BodySize
	case stock.SizeNameCaptionText:
		return CaptionSize
	case stock.SizeNameSubHeadingText:
		return HeadSize
	case stock.SizeNameHeadingText:
		return NumberSize
	case stock.SizeNameLineSpacing:
		return 1
	case stock.SizeNamePadding:
		return 4
	case stock.SizeNameInnerPadding:
		return 7
	case stock.SizeNameInputRadius, stock.SizeNameSelectionRadius:
		return 4
	case stock.SizeNameScrollBar:
		return 10
	}
	return stock.DefaultTheme().Size(name)
}
